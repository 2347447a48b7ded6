"""Hot spots of the whole city, side by side with esda.

    python benchmarks/hot_spots.py [--quick] [--picture]

Question: Gi* of uncovered people per km2 on the hexagons of addresses, all groups, six profiles,
with 9,999 conditional permutations each. esda (compiled by numba, one thread) is asked for a few of
the same fields and scaled up; the statistics must be the same, and the p-values within the error of
drawing. Seconds are those of the processor. Figures go to the screen and to hot_spots.md.
With --picture nothing is measured: docs/hot_spots.png is drawn.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import resource
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from reach import write_whole

from quartieri15.analysis.hot_spots.global_moran import global_moran
from quartieri15.analysis.hot_spots.hot_spots import hot_spots
from quartieri15.analysis.hot_spots.local_tests import tested
from quartieri15.analysis.hot_spots.permutations import count_permutations
from quartieri15.analysis.hot_spots.units import units_of
from quartieri15.editions.loading import load
from quartieri15.model import profiles
from quartieri15.reach.kernels import available_cores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.local_tests import Findings
    from quartieri15.analysis.hot_spots.neighbours import Neighbours
    from quartieri15.analysis.hot_spots.permutations import Counts

PERMUTATIONS = 9999
PROFILES = tuple(profiles.PROFILES)[:6]
FIELDS_OF_ESDA = 3


def main() -> None:
    """Ask, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="everything once, in small")
    parser.add_argument("--picture", action="store_true", help="draw docs/hot_spots.png")
    options = parser.parse_args()
    if options.picture:
        _draw(Path(__file__).resolve().parent.parent / "docs" / "hot_spots.png")
        return
    quick = options.quick
    permutations = 199 if quick else PERMUTATIONS
    milano = load("milano")
    question = {"to": "houses", "profile": PROFILES[:1] if quick else PROFILES}
    # Compiling is paid once per installation.
    hot_spots(milano, to="houses", profile="walk_75", groups="over65", permutations=99)
    global_moran(milano, to="houses", profile="walk_75", groups="over65", permutations=99)

    # As on a first question: nothing of this city is remembered.
    milano = load("milano")
    clock, cpu = time.perf_counter(), time.process_time()
    found = hot_spots(milano, **question, permutations=permutations)
    whole_s, whole_cpu = time.perf_counter() - clock, time.process_time() - cpu
    again = hot_spots(milano, **question, permutations=permutations)
    digests = {
        hashlib.sha256(table.to_wkb().to_csv().encode()).hexdigest() for table in (found, again)
    }
    cpu = time.process_time()
    global_moran(milano, **question, permutations=permutations)
    global_cpu = time.process_time() - cpu

    units = units_of(milano, "hexagons")
    columns = found.pivot_table(
        index="unit_id", columns=["profile", "group"], values="value", sort=False
    ).reindex(units.table["id"])
    there = columns.notna().all(axis=1).to_numpy()
    neighbours = units.neighbours.among(there)
    values = columns[there].to_numpy()
    cpu = time.process_time()
    counts = count_permutations(values, neighbours, permutations=permutations, seed=0)
    ours_cpu = time.process_time() - cpu
    cpu = time.process_time()
    everything = tested(
        values,
        None,
        np.full(values.shape, "", dtype=object),
        neighbours,
        statistic="getis_ord",
        permutations=permutations,
        seed=0,
    )
    tests_cpu = time.process_time() - cpu
    theirs_cpu, apart_z, apart_p = _esda(values, neighbours, counts, everything, permutations)

    fields = values.shape[1]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [
        ("this library, permutations alone", ours_cpu, ours_cpu / fields),
        ("this library, with statistics and q-values", tests_cpu, tests_cpu / fields),
        (f"esda, {FIELDS_OF_ESDA} fields scaled up", theirs_cpu * fields, theirs_cpu),
    ]
    lines = [
        f"# {fields} fields, {len(values):,} hexagons, {permutations:,} permutations",
        "",
        (
            f"{platform.python_version()}, esda {version('esda')}, libpysal {version('libpysal')}, "
            f"numba {version('numba')}, {available_cores()} cores."
        ),
        "",
        "| engine | processor seconds | per field | times as long |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {seconds:,.2f} | {each:.3f} | {seconds / rows[0][1]:,.1f} |"
            for name, seconds, each in rows
        ),
        "",
        (
            f"The largest difference of a Gi* is {apart_z:.1e}. Of the p-values, "
            f"{100 * apart_p:.2f} % differ by more than three standard deviations of two draws "
            "(0.27 % would by chance, if the draws of neighbours were independent)."
        ),
        "",
        (
            f"The whole question (`hot_spots`, {len(found):,} rows) from a city just loaded, with "
            f"travel times for {len(question['profile'])} profile(s): {whole_cpu:.1f} s of the "
            f"processor, {whole_s:.1f} s on the clock. Global Moran's I of the same fields, every "
            f"field shuffled whole: {global_cpu:.1f} s of the processor more. Two runs with one "
            f"seed gave {'the same bytes' if len(digests) == 1 else 'DIFFERENT BYTES'}. Peak "
            f"memory of the process: {peak_mb:,.0f} MB."
        ),
        "",
    ]
    text = "\n".join(lines)
    print(text)
    if not quick:
        write_whole(Path(__file__).with_suffix(".md"), text)


def _esda(
    values: NDArray[np.float64],
    neighbours: Neighbours,
    counts: Counts,
    everything: Findings,
    permutations: int,
) -> tuple[float, float, float]:
    """Return esda's seconds per field, and by how much statistics and p-values differ."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda
        from libpysal.graph import Graph

        graph = Graph.from_sparse(neighbours.sparse.tocsr())
        options = {"transform": "B", "star": True, "n_jobs": 1, "keep_simulations": False}
        esda.G_Local(values[:, 0], graph, permutations=9, seed=1, **options)
        seconds, apart_z, apart_p = [], 0.0, []
        for field in np.linspace(0, values.shape[1] - 1, FIELDS_OF_ESDA).astype(int):
            cpu = time.process_time()
            theirs = esda.G_Local(
                values[:, field], graph, permutations=permutations, seed=1, **options
            )
            seconds.append(time.process_time() - cpu)
            alone = neighbours.number > 0
            difference = np.abs(theirs.Zs - everything.statistic[:, field])[alone]
            apart_z = max(apart_z, float(np.nanmax(difference)))
            ties = (counts.at_least + counts.at_most)[:, field] != permutations
            p, ours = np.float64(theirs.p_sim), counts.p_values()[:, field] / 2
            clear = alone & ~ties & (ours < 0.45)  # noqa: PLR2004 - near a half both fold
            error = np.sqrt(2 * p * (1 - p) / permutations) + 1 / permutations
            apart_p.append(pd.Series(np.abs(ours - p) > 3 * error)[clear])
    return float(np.mean(seconds)), apart_z, float(pd.concat(apart_p).mean())


def _draw(path: Path) -> None:
    """Draw the hot and cold areas of two groups in three kinds of areas."""
    import matplotlib.pyplot as plt

    milano = load("milano")
    titles = {"nil": "NIL", "sections": "census sections", "hexagons": "hexagons"}
    groups = {"over65": "over 65", "foreign": "foreign citizens"}
    figure, axes = plt.subplots(len(groups), len(titles), figsize=(12, 8.6), layout="constrained")
    for column, (units, title) in enumerate(titles.items()):
        found = hot_spots(milano, to="houses", profile="walk_75", units=units, groups=tuple(groups))
        for row, (group, name) in enumerate(groups.items()):
            axis = axes[row, column]
            milano.zones["nil"].plot(ax=axis, color="#f4f4f1", edgecolor="#c8c8c8", linewidth=0.4)
            for called, colour in (("hot", "#b2182b"), ("cold", "#4393c3")):
                some = found[(found["group"] == group) & (found["class"] == called)]
                if len(some):
                    some.plot(ax=axis, color=colour)
            milano.houses.plot(ax=axis, color="black", markersize=4)
            axis.set_title(f"{name}: {title}", fontsize=11)
            axis.set_axis_off()
    told = milano.provenance
    figure.supxlabel(
        f"3.2 km/h (walk_75), beyond 15 minutes; streets {told['vintages']['streets']}; residents "
        f"{told['vintages']['residents']}\n{told['licence_line']}",
        fontsize=8,
    )
    figure.savefig(path, dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    main()
