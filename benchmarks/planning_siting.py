"""Best sites side by side with a plain model and spopt, and how the time grows.

    python benchmarks/planning_siting.py [--quick] [--repeats 5] [--patience 900]

Question: which five (ten, twenty) more houses bring most people over 65 within 15 minutes on foot,
at 3.6 km/h, the 62 houses staying? All engines get the same instance: rows of people, and the
candidates that cover them. Every answer of this library comes with a certificate, which is checked
before its figure counts. Figures go to the screen, to planning_siting.md and to a picture.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from reach import write_whole

from quartieri15.editions.loading import load
from quartieri15.planning.siting import (
    CoverInstance,
    check_certificate,
    cover_instance,
    maximal_cover,
)
from quartieri15.planning.siting.highs import sound_highs
from quartieri15.reach import kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from quartieri15.model.city import City

PROFILE = "walk_65"
EVERY = 11
"""Every eleventh address of the city is one of 4,335."""
EVERY_FOR_SPOPT = 110
NUMBERS = (5, 10, 20)
CURVE = tuple(range(1, 21))
CANDIDATES = (500, 1000, 2000, 4335, 10_000, 20_000, 47_684)
TILES = (1, 2, 4, 8, 16, 22)
TILED_CANDIDATES = 4000
CLOSE = 0.01
"""People by which engines may differ and still give the same answer."""
LONGEST_S = 180.0
"""A question is left with the bound it has after this."""
REPEATED_S = 15.0
"""No further round is begun after this."""
ROUNDING = 1e-8
"""A gap below this is one of floats alone."""


@dataclass
class Figure:
    """One answer: seconds on the clock and of the processor, the value, the bound."""

    seconds: float
    cpu: float
    value: float
    bound: float
    left: int = 0
    parts: int = 0
    checked_s: float = 0.0
    done: bool = True

    @property
    def gap(self) -> float:
        """How far the bound is above the value, as a part of the bound."""
        return max(0.0, 1 - self.value / self.bound) if self.bound else 0.0

    @property
    def said(self) -> str:
        """The gap in words."""
        return "proven" if self.gap < ROUNDING else f"{100 * self.gap:.2f} %"


def timed(task: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds on the clock and of the processor, and what came of it."""
    clock, cpu = time.perf_counter(), processor_s()
    came = task()
    return time.perf_counter() - clock, processor_s() - cpu, came


def processor_s() -> float:
    """Return the seconds of the processor that this process and those it started have had."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def ours(instance: CoverInstance, n: int, repeats: int) -> Figure:
    """Ask this library again and again, check the certificate, and return the medians."""
    spent: list[tuple[float, float]] = []
    while not spent or (len(spent) < repeats and sum(one for one, _ in spent) < REPEATED_S):
        seconds, cpu, solution = timed(lambda: maximal_cover(instance, n, time_limit_s=LONGEST_S))
        spent.append((seconds, cpu))
    checked_s, _, checked = timed(lambda: check_certificate(instance, solution.certificate))
    return Figure(
        statistics.median(one for one, _ in spent),
        statistics.median(one for _, one in spent),
        checked.value,
        checked.bound,
        solution.candidates_left,
        solution.parts,
        checked_s,
    )


def by_highs(instance: CoverInstance, n: int, patience_s: float) -> Figure:
    """Solve the plain model: a variable per candidate and row, a constraint per row."""
    highspy = sound_highs()
    c, d = len(instance), len(instance.weight)
    indptr, candidates = instance.by_row

    def solve() -> Any:
        model = highspy.Highs()
        model.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS knows no keywords
        model.setOptionValue("mip_rel_gap", 1e-9)
        model.setOptionValue("time_limit", patience_s)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = c + d, d + 1
        program.col_cost_ = np.concatenate([np.zeros(c), -instance.weight])
        program.col_lower_, program.col_upper_ = np.zeros(c + d), np.ones(c + d)
        program.row_lower_ = np.full(d + 1, -highspy.kHighsInf)
        program.row_upper_ = np.append(np.zeros(d), n)
        # Row by row: the candidates at -1, then the row's own variable at 1.
        length = np.diff(indptr)
        starts = np.concatenate([[0], np.cumsum(length + 1)])
        index = np.empty(starts[-1] + c, dtype=np.int32)
        value = np.full(len(index), -1.0)
        own = starts[1:] - 1
        others = np.ones(starts[-1], dtype=bool)
        others[own] = False
        index[: starts[-1]][others] = candidates
        index[own], value[own] = c + np.arange(d), 1.0
        index[starts[-1] :], value[starts[-1] :] = np.arange(c), 1.0
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.append(starts, len(index)).astype(np.int32)
        program.a_matrix_.index_, program.a_matrix_.value_ = index, value
        whole, part = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        program.integrality_ = [whole] * c + [part] * d
        model.passModel(program)
        model.run()
        return model

    seconds, cpu, model = timed(solve)
    info = model.getInfo()
    done = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    # Where it was stopped it may have no solution at all.
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    value = -info.objective_function_value if found else 0.0
    return Figure(seconds, cpu, value, max(value, -info.mip_dual_bound), done=done)


def by_spopt(instance: CoverInstance, n: int) -> Figure:
    """Solve by spopt's class, with the solver its examples use."""
    import warnings

    import pulp
    from spopt.locate import MCLP

    cost = np.ones((len(instance.weight), len(instance)))
    for i in range(len(instance)):
        cost[instance.rows_of(i), i] = 0.0

    def solve() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = MCLP.from_cost_matrix(
                cost, instance.weight, service_radius=0.5, p_facilities=n
            ).solve(pulp.PULP_CBC_CMD(msg=False))
        return float(model.problem.objective.value())

    seconds, cpu, value = timed(solve)
    return Figure(seconds, cpu, value, value)


def sample(city: City, number: int) -> CoverInstance:
    """Return the instance of so many addresses of the city, evenly taken."""
    at = np.unique(np.linspace(0, len(city.residents) - 1, number).astype(int))
    return cover_instance(city, profile=PROFILE, candidates=city.residents.iloc[at])


def tiled(city: City, tiles: int, candidates: int) -> tuple[CoverInstance, int]:
    """Return an instance of so many cities, and the points where people to be covered live.

    No house is there yet, so that everyone counts. Each city has the same people and other
    candidates: every so-manieth address, beginning one later. They lie side by side and no
    candidate reaches into the next one, so the rows of one city stand behind those of the other.
    Every point is a row of its own: what can be merged is left to the solver, and is in its time.
    """
    weight, indptr, rows, points = [], [np.zeros(1, dtype=np.int64)], [], 0
    begun = pairs = 0
    every = len(city.residents) * tiles // candidates
    for tile in range(tiles):
        own = city.residents.iloc[tile % every :: every]
        one = cover_instance(
            city,
            profile=PROFILE,
            candidates=own,
            keep=[],
            apart=np.arange(len(city.residents)),
        )
        weight.append(one.weight)
        rows.append(one.rows.astype(np.int64) + begun)
        indptr.append(one.indptr[1:] + pairs)
        begun, pairs = begun + len(one.weight), pairs + len(one.rows)
        points += int((city.residents["over65"] > 0).sum())
    whole = np.concatenate(indptr)
    return (
        CoverInstance(
            np.concatenate(weight),
            whole,
            np.concatenate(rows).astype(np.int32),
            pd.RangeIndex(len(whole) - 1),
        ),
        points,
    )


def peak_gb() -> float:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def warm_up(city: City) -> None:
    """Compile what is compiled at first use, and prepare the streets."""
    maximal_cover(sample(city, 60), 3)
    hard = np.random.default_rng(3)
    covers = [hard.choice(40, 8, replace=False).tolist() for _ in range(30)]
    maximal_cover(CoverInstance.of(hard.integers(1, 20, 40), covers), 4)


def everywhere(numbers: tuple[int, ...], candidates: int) -> dict[str, Any]:
    """Ask for sites among all addresses, in a process of its own."""
    city = load("milano")
    warm_up(city)
    pairs_s, _, instance = timed(lambda: sample(city, candidates))
    return {
        "pairs_s": pairs_s,
        "pairs": len(instance.rows),
        "rows": len(instance.weight),
        "candidates": len(instance),
        "figures": {n: ours(instance, n, 1) for n in numbers},
        "peak": peak_gb(),
    }


def a_million(tiles: int, candidates: int) -> dict[str, Any]:
    """Ask for five sites among a million points, in a process of its own."""
    city = load("milano")
    warm_up(city)
    pairs_s, _, (instance, points) = timed(lambda: tiled(city, tiles, candidates))
    return {
        "pairs_s": pairs_s,
        "pairs": len(instance.rows),
        "rows": len(instance.weight),
        "points": points,
        "candidates": len(instance),
        "figure": ours(instance, 5, 3),
        "peak": peak_gb(),
    }


def alone(task: Callable[..., dict[str, Any]], *asked: Any) -> dict[str, Any]:
    """Run a task in a new process, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task, *asked).result()


def both(one: Figure) -> str:
    """Return both times of a figure."""
    return f"{one.seconds:.2f} s ({one.cpu:.2f} s)"


def row(*cells: str) -> str:
    """Return a line of a table."""
    return "| " + " | ".join(cells) + " |"


def side_by_side(city: City, *, quick: bool, repeats: int, patience_s: float) -> list[str]:
    """Compare with the plain model and with spopt on the same instances."""
    lines = [
        "## Beside a plain model and spopt",
        "",
        row(
            "five sites of",
            "rows",
            "time / HiGHS",
            "time / spopt",
            "quartieri15",
            "HiGHS",
            "spopt",
            "people",
            "the same",
        ),
        "|---:" * 8 + "|---|",
    ]
    for every in (440,) if quick else (EVERY_FOR_SPOPT, EVERY):
        instance = cover_instance(city, profile=PROFILE, candidates=city.residents.iloc[::every])
        own = ours(instance, 5, repeats)
        print(f"5 of {len(instance):,}: {own.seconds:.2f} s", flush=True)
        highs = by_highs(instance, 5, patience_s)
        print(f"HiGHS: {highs.seconds:.1f} s", flush=True)
        spopt = by_spopt(instance, 5) if every >= EVERY_FOR_SPOPT else None
        same = own.value >= highs.value - CLOSE
        if highs.done:
            same &= own.value <= highs.value + CLOSE
        if spopt:
            same &= abs(spopt.value - own.value) < CLOSE
        lines.append(
            row(
                f"{len(instance):,}",
                f"{len(instance.weight):,}",
                f"{'' if highs.done else 'below '}{own.cpu / highs.cpu:.4f}",
                f"{own.cpu / spopt.cpu:.5f}" if spopt else "",
                both(own),
                both(highs) + ("" if highs.done else ", stopped without proof"),
                both(spopt) if spopt else "its matrix is too large",
                f"{own.value:,.3f}",
                ("yes" if highs.done else "not below") if same else "NO",
            )
        )
    return lines


def answers(figures: dict[int, Figure], of: str) -> list[str]:
    """Return rows of answers."""
    return [
        row(
            str(n),
            of,
            f"{one.seconds:.2f} s",
            f"{one.cpu:.2f} s",
            one.said,
            f"{one.value:,.3f}",
            f"{one.left:,}",
            f"{one.parts:,}",
            f"{one.checked_s:.2f} s",
        )
        for n, one in figures.items()
    ]


def growth(city: City, *, quick: bool) -> tuple[dict[str, dict[int, Figure]], list[str]]:
    """Measure how the time grows with sites, candidates and people."""
    by: dict[str, dict[int, Figure]] = {"sites": {}, "candidates": {}, "demand points": {}}
    instance = cover_instance(
        city, profile=PROFILE, candidates=city.residents.iloc[:: 440 if quick else EVERY]
    )
    for n in (1, 5) if quick else CURVE:
        by["sites"][n] = ours(instance, n, 1)
        print(f"{n} sites: {by['sites'][n].seconds:.2f} s", flush=True)
    for number in CANDIDATES[:2] if quick else CANDIDATES:
        by["candidates"][number] = ours(sample(city, number), 5, 1)
        print(f"{number} candidates: {by['candidates'][number].seconds:.2f} s", flush=True)
    for tiles in TILES[:2] if quick else TILES:
        more, points = tiled(city, tiles, 100 * tiles if quick else TILED_CANDIDATES)
        by["demand points"][points] = ours(more, 5, 1)
        print(f"{points} points: {by['demand points'][points].seconds:.2f} s", flush=True)
    lines = ["## Growth", ""]
    for what, figures in by.items():
        lines += [
            row(f"by {what}", *(f"{size:,}" for size in figures)),
            "|---|" + "---:|" * len(figures),
            row("seconds", *(f"{one.seconds:.2f}" for one in figures.values())),
            row("of the processor", *(f"{one.cpu:.2f}" for one in figures.values())),
            row("bound", *(one.said for one in figures.values())),
            "",
        ]
    return by, lines


def draw(by: dict[str, dict[int, Figure]], target: Path) -> None:
    """Draw a panel for each way to grow."""
    import matplotlib as mpl

    mpl.use("agg")
    # The same figures give the same file.
    mpl.rcParams |= {"svg.hashsalt": "quartieri15", "svg.fonttype": "none"}
    from matplotlib import pyplot as plt

    picture, panels = plt.subplots(1, len(by), figsize=(11, 3.6), layout="constrained")
    for panel, (what, figures) in zip(panels, by.items(), strict=True):
        sizes = sorted(figures)
        panel.plot(sizes, [figures[size].cpu for size in sizes], marker="o", markersize=4)
        panel.set(xlabel=what, ylabel="seconds of the processor", yscale="log")
        if what != "sites":
            panel.set_xscale("log")
            shown = sizes[:: max(1, len(sizes) // 4)]
            panel.set_xticks(shown, [f"{size:,}" for size in shown])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    picture.savefig(target, metadata={"Date": None})
    plt.close(picture)


def main() -> None:
    """Read the command line, measure, print, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=5, help="rounds of each short question")
    parser.add_argument("--patience", type=float, default=900, help="seconds for the plain model")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    asked = parser.parse_args()
    quick, repeats = asked.quick, 1 if asked.quick else asked.repeats
    load_before = os.getloadavg()[0]
    everything = alone(everywhere, (5,) if quick else NUMBERS, 6500 if quick else CANDIDATES[-1])
    print(everything, flush=True)
    million = alone(a_million, 2 if quick else TILES[-1], 200 if quick else TILED_CANDIDATES)
    print(million, flush=True)
    city = load("milano")
    warm_up(city)
    beside = side_by_side(city, quick=quick, repeats=repeats, patience_s=asked.patience)
    instance = cover_instance(
        city, profile=PROFILE, candidates=city.residents.iloc[:: 440 if quick else EVERY]
    )
    few = {n: ours(instance, n, repeats) for n in ((5,) if quick else NUMBERS)}
    by, grown = growth(city, quick=quick)
    one = million["figure"]
    busy = max(load_before, os.getloadavg()[0])
    run = f"Medians of up to {repeats} rounds; the plain model, spopt and growth once."
    if quick:
        run += " A quick run, which shows that everything works, not how fast it is."
    if busy > kernels.available_cores():
        run += (
            f" The machine was shared: its load was {busy:.1f} on {kernels.available_cores()} "
            "cores, so times on the clock are longer than on a machine with nothing else to do."
        )
    text = "\n".join(
        [
            "# Best sites",
            "",
            (
                f"One run on {kernels.available_cores()} cores, Python "
                f"{platform.python_version()}, HiGHS {sound_highs().Highs().version()}. {run} "
                "People over 65, 15 minutes on foot at 3.6 km/h, 62 houses staying. Every figure "
                "of this library was proven by a certificate that the checker accepted; *bound* is "
                "how far the proven bound is above the value. Times are on the clock; in brackets, "
                "and in the ratios, of the processor, which what else runs changes less."
            ),
            "",
            *beside,
            "",
            "## Many sites, many candidates",
            "",
            row(
                "sites",
                "of",
                "time",
                "of the processor",
                "bound",
                "people",
                "candidates left",
                "parts",
                "check",
            ),
            "|---:" * 9 + "|",
            *answers(few, f"{len(instance):,}"),
            *answers(everything["figures"], f"{everything['candidates']:,}"),
            "",
            (
                f"All {everything['candidates']:,} addresses as candidates: "
                f"{everything['pairs']:,} pairs within 15 minutes of {everything['rows']:,} rows, "
                f"found in {everything['pairs_s']:.1f} s besides. The whole process held at most "
                f"{everything['peak']:.2f} GB."
            ),
            "",
            "## A million points",
            "",
            (
                f"{million['points']:,} points where people over 65 live, of which "
                f"{million['rows']:,} are within reach of a candidate, each a row of its own; "
                f"{million['candidates']:,} candidates, {million['pairs']:,} pairs; no house is "
                "there yet. They are "
                f"{2 if quick else TILES[-1]} copies of the city side by side, each with other "
                "addresses as candidates; no candidate reaches into the next copy. Pairs: "
                f"{million['pairs_s']:.1f} s. Five sites: {one.seconds:.2f} s "
                f"({one.cpu:.2f} s of the processor), {one.said}, {one.value:,.3f} people. "
                f"Checked in {one.checked_s:.2f} s. The whole process held at most "
                f"{million['peak']:.2f} GB."
            ),
            "",
            *grown,
            "![Growth](planning_siting.svg)",
            "",
        ]
    )
    print(text)
    here = Path(__file__)
    if not quick:
        write_whole(here.with_name("planning_siting.md"), text)
        draw(by, here.with_name("planning_siting.svg"))


if __name__ == "__main__":
    main()
