"""The law: data goes one way, nothing of a machine is in the code, and importing is light.

The rooms and their order stand in pyproject.toml ([tool.importlinter]); a room that is not
listed there breaks the contract until it is given its place.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import grimp
import pytest
from importlinter.cli import lint_imports
from packaging.requirements import Requirement

import quartieri15

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

# What the command line speaks with. All other dependencies wait until a question needs them.
SPEAKING = {"typer", "rich"}
IMPORTED_AS = {"pyyaml": "yaml"}

NO_ROOM = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}

# Folders of one person's or one machine's disk. Spelled so that this line is not one of them.
MACHINE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?:home|Users|root|work|mnt|media|opt|srv|tmp)/[\w.]|\b[A-Z]:\\\w"
)
TEXT = {".py", ".toml", ".yml", ".yaml", ".md", ".ipynb", ".json", ".txt", ".cfg", ".html", ".csv"}
TEXT_FOLDERS = (".ci", "quartieri15", "tests", "notebooks", "benchmarks", "data", "maps")


def test_a_room_imports_only_the_rooms_below_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = lint_imports(config_filename=str(root / "pyproject.toml"), no_cache=True)
    assert not failed, capsys.readouterr().out


def test_no_room_imports_the_facade_above_it() -> None:
    graph = grimp.build_graph("quartieri15", cache_dir=None)
    assert graph.find_modules_that_directly_import("quartieri15") <= {"quartieri15.cli.application"}


def test_no_module_is_a_drawer_for_odds_and_ends(root: Path) -> None:
    names = {path.stem for path in (root / "quartieri15").rglob("*")}
    assert not names & NO_ROOM


def test_no_path_of_a_machine_is_in_the_code(root: Path) -> None:
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path in text_files(root)
        for match in MACHINE_PATH.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("/ho" + "me/ada/raw.csv", True),
        ('open("' + "/op" + 't/x.csv")', True),
        ("C:" + r"\Users", True),
        ("https://example.org/home/page", False),
        ("maps/work/milano", False),
        ("#!/usr/bin/env bash", False),
    ],
)
def test_what_counts_as_a_path_of_a_machine(text: str, is_one: bool) -> None:  # noqa: FBT001
    assert bool(MACHINE_PATH.search(text)) is is_one


@pytest.fixture(scope="module")
def dependencies(root: Path) -> set[str]:
    """The libraries that pyproject.toml asks for, by the names they are imported under."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [Requirement(line).name for line in project["dependencies"]]
    return {IMPORTED_AS.get(name, name) for name in names}


def imported_by(code: str) -> set[str]:
    """Every module that a new process has imported when it has run this."""
    code = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return set(result.stderr.split())


def test_importing_brings_in_no_library_and_no_room(dependencies: set[str]) -> None:
    imported = imported_by("import quartieri15; quartieri15.__version__; dir(quartieri15)")
    assert not imported & dependencies
    assert {name for name in imported if name.startswith("quartieri15")} == {"quartieri15"}


def test_a_name_of_the_facade_brings_in_what_it_needs(dependencies: set[str]) -> None:
    imported = imported_by("from quartieri15 import profiles; profiles.WALK_75.speed_kmh")
    assert "quartieri15.model.profiles" in imported
    # pandas brings pyarrow.
    assert not imported & (dependencies - {"numpy", "pandas", "pyarrow"})


@pytest.mark.parametrize("words", [["--help"], ["analyze", "--help"], ["--version"]])
def test_help_waits_for_no_heavy_library(dependencies: set[str], words: list[str]) -> None:
    imported = imported_by(
        f"from quartieri15.__main__ import main\nsys.argv[1:] = {words!r}\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert "typer" in imported
    assert not imported & (dependencies - SPEAKING)


def test_checkers_and_those_who_run_it_see_the_same_facade(root: Path) -> None:
    tree = ast.parse((root / "quartieri15" / "__init__.py").read_text(encoding="utf-8"))
    checked = {
        (statement.module, alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert {name for _, name in checked} == set(quartieri15.__all__)
    for module, name in checked:
        source = importlib.import_module(module)
        assert getattr(quartieri15, name) is getattr(source, name)


def test_the_facade_lists_its_names_and_has_no_others() -> None:
    assert set(quartieri15.__all__) | {"__version__"} <= set(dir(quartieri15))
    with pytest.raises(AttributeError, match="has no attribute 'isochrones'"):
        _ = quartieri15.isochrones
    with pytest.raises(ImportError, match="cannot import name 'isochrones'"):
        from quartieri15 import isochrones  # noqa: F401 - there is none


def test_every_public_name_of_the_facade_is_there_and_explained() -> None:
    names = getattr(quartieri15, "__all__", [])
    assert len(names) == len(set(names))
    for name in names:
        value = getattr(quartieri15, name)
        if inspect.ismodule(value) or inspect.isclass(value) or inspect.isroutine(value):
            assert inspect.getdoc(value), name


def test_every_public_function_and_class_has_a_docstring() -> None:
    silent = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name, value in public_members(module)
        if not (value.__doc__ or "").strip()
    ]
    assert not silent


def text_files(root: Path) -> Iterator[Path]:
    """Every text file that the project itself wrote."""
    yield from (path for path in root.iterdir() if path.is_file() and is_text(path))
    for folder in TEXT_FOLDERS:
        for path in (root / folder).rglob("*"):
            written = path.is_relative_to(root / "maps") and path.name != "README.md"
            if path.is_file() and is_text(path) and not written:
                yield path


def is_text(path: Path) -> bool:
    return path.suffix in TEXT or path.name in {"Makefile", "run", "environment"}


def modules() -> Iterator[ModuleType]:
    yield quartieri15
    for found in pkgutil.walk_packages(quartieri15.__path__, "quartieri15."):
        yield importlib.import_module(found.name)


def public_members(module: ModuleType) -> Iterator[tuple[str, object]]:
    """The module itself, its own functions and classes, and what its classes define."""
    yield "(module)", module
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            yield name, value
            for inner, member in vars(value).items():
                function = member.fget if isinstance(member, property) else member
                if not inner.startswith("_") and inspect.isroutine(function):
                    yield f"{name}.{inner}", function
        elif inspect.isroutine(value):
            yield name, value
