"""Would a test notice? Small faults are put into reach/ and analysis/, one at a time.

    make coverage                                  # which test runs which line, how long it takes
    python benchmarks/mutation.py [--faults 200] [--seed 15] [--only reach/bands] [--again]

Of all faults that ``faults.py`` can make a random sample is drawn from each module, as large as
the module, five at least. Each is tried with the tests that run its line: those of the file named
after the module first, the quick before the slow. A run that was stopped goes on where it was;
``--again`` tries once more what survived. Survivors are judged by hand in mutation_judged.csv, and
all is written to mutation.md beside this file.

mutmut and cosmic-ray do the same for most projects. mutmut calls the faulty function through a
trampoline, which a compiled kernel cannot call; cosmic-ray writes the fault to the file and starts
Python anew, so that each fault has every kernel compiled and Milano read again. Here the faulty
module lives in the memory of a child process, Milano is read once before the first child, and the
only kernels compiled again are the faulty one and those that call it. The system must be able to
fork.
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
import os
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numba
import pytest
from coverage import CoverageData
from faults import faults_by_key
from hypothesis.internal.conjecture import engine

if TYPE_CHECKING:
    from faults import Fault

ROOT = Path(__file__).resolve().parent.parent
LIBRARY, HERE, BUILD = ROOT / "quartieri15", ROOT / "benchmarks", ROOT / "build" / "coverage"
SAID = BUILD / "pytest.txt"
LOG, JUDGED, REPORT = BUILD / "mutation.jsonl", HERE / "mutation_judged.csv", HERE / "mutation.md"
# The rooms that are tried, and what a fault in them cannot change.
BELOW = {"reach": ["model", "sources", "editions"]}
BELOW["analysis"] = [*BELOW["reach"], "reach"]
FEWEST = 5
# Tests are chosen until they have taken this long when measured, and may use this much processor.
CHOSEN_S, LIMIT_S = 25.0, 40
WAIT_S = 15 * LIMIT_S
INTRODUCTION = """\
# Faults put into `reach/` and `analysis/`, and what the tests said

Written by `python benchmarks/mutation.py`, which says how the faults are drawn and tried: one of
each module, then the next one of each. The table holds those tried so far.
"""


def all_samples(only: str, number: int, seed: int) -> list[tuple[str, Fault]]:
    """Draw from each module in turn; the same faults again while other lines are changed."""
    found = {
        file.relative_to(LIBRARY).with_suffix("").as_posix(): faults_by_key(
            ast.parse(file.read_text("utf-8"))
        )
        for room in BELOW
        for file in sorted((LIBRARY / room).glob("**/*.py"))
    }
    share = number / sum(map(len, found.values()))
    drawn = []
    for module, by_key in found.items():
        keys = sorted(by_key, key=lambda key: sha256(repr((seed, key)).encode()).digest())
        keys = keys[: max(FEWEST, round(share * len(keys)))] if module.startswith(only) else []
        drawn += [(rank, module, by_key[key]) for rank, key in enumerate(keys)]
    rooms = list(BELOW)
    drawn.sort(key=lambda each: (rooms.index(each[1].split("/")[0]), each[0]))
    return [(module, fault) for _, module, fault in drawn]


@cache
def seconds_by_test() -> dict[str, float]:
    """Read how long each test took when measured, by the name that pytest is told."""
    cases = ET.parse(BUILD / "tests.xml").iter("testcase")  # noqa: S314 - our own file
    return {
        f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}": float(
            case.attrib["time"]
        )
        for case in cases
    }


@cache
def tests_by_line(module: str) -> dict[int, set[str]]:
    """Read which tests ran which line of a module."""
    data = CoverageData(str(BUILD / "data"))
    data.read()
    return {
        line: {context.rpartition("|")[0] for context in contexts if "|" in context}
        for line, contexts in data.contexts_by_lineno(str(LIBRARY / f"{module}.py")).items()
    }


def tests_for(module: str, line: int) -> list[str]:
    """Choose the tests of a line; those of the module if it is compiled or run by each import.

    Of a module that holds nothing else, and was imported before the first test, none is known to
    run a line: then those of the file named after it.
    """
    by_line, took = tests_by_line(module), seconds_by_test()
    own = f"test_{module.rpartition('/')[2]}.py"
    tests = by_line.get(line) or set().union(*by_line.values())
    tests = tests or {test for test in took if own in test}
    in_order = sorted(tests, key=lambda test: (own not in test, took.get(test, 1.0), test))
    totals = accumulate(took.get(test, 1.0) for test in in_order)
    chosen = [test for test, total in zip(in_order, totals, strict=True) if total <= CHOSEN_S]
    return chosen or in_order[:1]


def kernels_that_use(name: str) -> set[str]:
    """Name the compiled functions that hold a function or a constant, directly or not."""
    names_in = {
        node.name: {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for file in LIBRARY.glob("**/*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(each).endswith("compiled") for each in node.decorator_list)
    }
    stale = {name}
    while more := {kernel for kernel, names in names_in.items() if names & stale} - stale:
        stale |= more
    return stale


class Faulty(SourceFileLoader):
    """Loads one module from a faulty tree, as if it stood so in its file."""

    tree: ast.Module

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        """Answer for this module alone: the import system asks here first."""
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _: str) -> Any:
        """Compile the tree and not the file."""
        return compile(ast.fix_missing_locations(self.tree), self.path, "exec")


def become_faulty(module: str, fault: Fault | None) -> None:
    """Let this process be limited, speak into a file, and import a module with a fault.

    Without a fault all is the same but for it: then the tests must pass.
    """
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    said = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S + 5))
    file = LIBRARY / f"{module}.py"
    loader = Faulty(f"quartieri15.{module.replace('/', '.')}", str(file))
    loader.tree = ast.parse(file.read_text("utf-8"))
    if fault:
        faults_by_key(loader.tree)[fault.key].make()
    sys.meta_path.insert(0, loader)
    stale, njit = kernels_that_use(fault.within if fault else ""), numba.njit

    def njit_afresh(*functions: Any, cache: bool = False, **options: Any) -> Any:
        if functions:
            return njit(*functions, cache=cache, **options)
        return lambda kernel: njit(cache=cache and kernel.__name__ not in stale, **options)(kernel)

    numba.njit = njit_afresh


def noticed_by() -> str:
    """Read which test failed last, and why."""
    lines = SAID.read_text("utf-8", errors="replace").splitlines()
    return next((line for line in lines if line.startswith(("FAILED", "ERROR"))), "")


def outcome(module: str, fault: Fault | None, tests: list[str]) -> str:
    """Run tests on a fault in a child of this process: killed, survived or timed out."""
    child = os.fork()
    if child == 0:
        try:
            become_faulty(module, fault)
            os._exit(pytest.main(["-x", "-p", "no:cacheprovider", "--assert=plain", *tests]))
        finally:
            os._exit(pytest.ExitCode.INTERNAL_ERROR)
    ends = time.monotonic() + WAIT_S
    while time.monotonic() < ends:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended and os.WIFSIGNALED(status):
            return "timed out" if os.WTERMSIG(status) == signal.SIGXCPU else "killed"
        if ended and os.WEXITSTATUS(status) == pytest.ExitCode.INTERNAL_ERROR:
            raise RuntimeError(f"pytest did not run for {module}: {fault.said}")
        if ended:
            return "killed" if os.WEXITSTATUS(status) else "survived"
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timed out"


@cache
def read_before(room: str) -> None:
    """Import what no fault in a room changes, and read Milano, for all children at once."""
    for below in BELOW[room]:
        for file in sorted((LIBRARY / below).glob("**/[!_]*.py")):
            name = file.relative_to(ROOT).with_suffix("").as_posix()
            import_module(name.replace("/", "."))
    loading: Any = import_module("quartieri15.editions.loading")
    if room == "reach":
        loading.load = cache(loading.load)
    loading.load("milano")


def write_report(results: dict[tuple[str, ...], dict[str, Any]]) -> None:
    """Write the figures by module, and the survivors with what was judged of them."""
    with JUDGED.open(encoding="utf-8", newline="") as file:
        judged = {
            (row["module"], row["within"], row["kind"], row["fault"]): row["judgement"]
            for row in csv.DictReader(file)
        }
    by_module: dict[str, Counter[str]] = defaultdict(Counter)
    for key, result in results.items():
        by_module[key[0]][result["outcome"]] += 1
        by_module["**all**"][result["outcome"]] += 1
    lines = [INTRODUCTION, "| Module | Faults | Killed | Timed out | Survived |"]
    lines += ["|---|--:|--:|--:|--:|"]
    for module, counts in sorted(by_module.items()):
        figures = [counts.total(), *(counts[each] for each in ("killed", "timed out", "survived"))]
        lines.append(f"| {module} | {' | '.join(map(str, figures))} |")
    lines += ["", "## What survived the first run", "", "| Place | Fault | Now | Judgement |"]
    lines += ["|---|---|---|---|"]
    lasting = {key for key, result in results.items() if result["outcome"] == "survived"}
    for key in sorted(judged.keys() | lasting):
        module, within, kind, said = key
        result = results.get(key, {"line": "-", "outcome": "gone"})
        cells = [
            f"{module}.py, line {result['line']}, `{within}`",
            f"{kind}: `{said}`".replace("|", "\\|"),
            result["outcome"],
            judged.get(key, "not judged yet"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Try the faults that have no result yet, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--faults", type=int, default=200, help="about how many, if more than five")
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--only", default="", help="modules whose names begin so: reach/bands")
    parser.add_argument("--again", action="store_true", help="try once more what survived")
    asked = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    # A fault needs no small example.
    engine.MAX_SHRINKS = 0
    lines = LOG.read_text("utf-8").splitlines() if LOG.exists() else []
    results = {tuple(result["key"]): result for result in map(json.loads, lines)}
    sound: set[str] = set()
    for module, fault in all_samples(asked.only, asked.faults, asked.seed):
        key = (module, *fault.key)
        before = results[key]["outcome"] if key in results else ""
        if before and not (asked.again and before == "survived"):
            continue
        read_before(module.split("/")[0])
        tests = tests_for(module, fault.line)
        if tests and module not in sound and outcome(module, None, tests) != "survived":
            raise RuntimeError(f"the tests of {module} do not pass without a fault")
        sound.add(module)
        came = outcome(module, fault, tests) if tests else "survived"
        results[key] = {"key": key, "line": fault.line, "outcome": came, "by": noticed_by()}
        with LOG.open("a", encoding="utf-8") as file:
            file.write(json.dumps(results[key], ensure_ascii=False) + "\n")
        print(f"{came:9} {module}.py, line {fault.line}, {fault.kind}: {fault.said}", flush=True)
    write_report(results)


if __name__ == "__main__":
    main()
