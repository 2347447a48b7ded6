"""How the time of an answer grows with the city and with the number of places.

    python benchmarks/scaling.py [--quick] [--repeats 5]

The city is made larger by shifted copies of its streets, side by side and not joined: each
copy is as dense and as winding as the city itself. Questions are those of reach.py. Figures are
medians of the same question asked again and again, of this library and of scipy. They go to
the screen, to scaling.md and to two pictures beside this file.
"""

from __future__ import annotations

import argparse
import platform
import statistics
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from reach import LIMIT_S, PROFILES, seconds_of, write_whole

from quartieri15.editions.loading import load
from quartieri15.model.streets import StreetNetwork
from quartieri15.reach import kernels
from quartieri15.reach.catchments import catchments
from quartieri15.reach.graph import TravelGraph, travel_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from quartieri15.model.city import City

TILES = {1: (1, 1), 2: (2, 1), 4: (2, 2), 8: (4, 2)}
PLACES = (10, 30, 100, 300, 1000)
# While the city grows, and of scipy at most at once: each place takes a row of all junctions.
FIXED_PLACES = 88
FIXED_HOUSES = 62
AT_ONCE = 100
GAP_M = 1000.0
# After this much time a question is not asked again.
PATIENCE_S = 12.0

Figures = dict[str, dict[int, float]]
"""Seconds by question and engine, then by the size of the question."""


def tiled(streets: StreetNetwork, columns: int, rows: int) -> StreetNetwork:
    """Return a network of so many copies of another, side by side."""
    west, south, east, north = streets.nodes.total_bounds
    wide, tall = east - west + GAP_M, north - south + GAP_M
    beyond = int(streets.nodes.index.max()) + 1
    nodes, edges = [], []
    for number in range(columns * rows):
        shift = np.array([wide * (number % columns), tall * (number // columns)])
        moved = partial(shapely.transform, transformation=lambda xy, by=shift: xy + by)
        copy = streets.nodes.set_geometry(moved(streets.nodes.geometry.array))
        copy.index = copy.index + number * beyond
        nodes.append(copy)
        edges.append(
            streets.edges.assign(
                u=streets.edges["u"] + number * beyond, v=streets.edges["v"] + number * beyond
            ).set_geometry(moved(streets.edges.geometry.array))
        )
    return StreetNetwork(
        nodes=gpd.GeoDataFrame(pd.concat(nodes), crs=streets.crs),
        edges=gpd.GeoDataFrame(pd.concat(edges, ignore_index=True), crs=streets.crs).rename_axis(
            "edge_id"
        ),
    )


def spread(graph: TravelGraph, number: int) -> np.ndarray:
    """Return junctions of the main pieces of a network, evenly along the curve they stand in."""
    large = np.bincount(graph.component) > len(graph.component) / 20
    junctions = np.flatnonzero(large[graph.component])
    return junctions[np.linspace(0, len(junctions) - 1, number).astype(int)].astype(np.int32)


def median_s(task: Callable[[], Any], repeats: int) -> float:
    """Ask once to warm up, then again and again; a long answer is asked for only once."""
    first = seconds_of(task)
    if first > PATIENCE_S:
        return first
    spent: list[float] = []
    while len(spent) < repeats and sum(spent) < PATIENCE_S:
        spent.append(seconds_of(task))
    return statistics.median(spent)


def searches(
    graph: TravelGraph, places: np.ndarray, houses: np.ndarray
) -> Mapping[str, Callable[[], Any]]:
    """Return the questions about times: all within 15 minutes, and the nearest house."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    outward, inward = (
        csr_array((arcs.cost, arcs.head, arcs.indptr), shape=(len(arcs.indptr) - 1,) * 2)
        for arcs in (graph.outward, graph.inward)
    )

    def scipy_reach() -> None:
        for start in range(0, len(places), AT_ONCE):
            dijkstra(outward, indices=places[start : start + AT_ONCE], limit=LIMIT_S)

    return {
        "reach, quartieri15": lambda: kernels.reach_within(
            graph.outward, places[:, None], np.zeros((len(places), 1)), limit_s=LIMIT_S
        ),
        "reach, scipy": scipy_reach,
        "nearest, quartieri15": lambda: kernels.nearest(
            graph.inward, houses[:, None], np.zeros((len(houses), 1))
        ),
        "nearest, scipy": lambda: dijkstra(inward, indices=houses, min_only=True),
    }


def note(figures: Figures, question: str, size: int, seconds: float) -> None:
    """Keep a figure."""
    figures.setdefault(question, {})[size] = seconds
    print(f"{question}, {size}: {1000 * seconds:,.1f} ms", flush=True)


def by_searches(
    figures: Figures, graph: TravelGraph, sizes: tuple[int, int, int], mode: str, repeats: int
) -> None:
    """Time the questions about times in one network: its size, the places, the houses."""
    size, places, houses = sizes
    asked = searches(graph, spread(graph, places), spread(graph, houses))
    for name, task in asked.items():
        if mode == "walk" or not name.startswith("nearest"):
            note(figures, f"{mode} {name}", size, median_s(task, repeats))


def by_polygons(figures: Figures, city: City, sizes: tuple[int, int], repeats: int) -> None:
    """Time the catchments in three bands of some places, all being prepared."""
    size, number = sizes
    graph = travel_graph(city.streets, PROFILES["walk"])
    xy = graph.node_xy[spread(graph, number)]
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=city.crs)
    places["id"] = np.arange(number)
    draw = partial(catchments, city, places, profile=PROFILES["walk"], minutes=(5, 10, 15))
    note(figures, "walk polygons, quartieri15", size, median_s(draw, repeats))


def with_the_city(city: City, tiles: list[int], repeats: int) -> Figures:
    """Ask the same number of places of ever larger cities."""
    figures: Figures = {}
    for size in tiles:
        larger = replace(city, streets=tiled(city.streets, *TILES[size]))
        for mode, profile in PROFILES.items():
            graph = travel_graph(larger.streets, profile)
            by_searches(figures, graph, (size, FIXED_PLACES, FIXED_HOUSES), mode, repeats)
        by_polygons(figures, larger, (size, FIXED_HOUSES), min(repeats, 2))
    return figures


def with_the_places(city: City, numbers: list[int], repeats: int) -> Figures:
    """Ask ever more places of one city."""
    figures: Figures = {}
    for number in numbers:
        for mode, profile in PROFILES.items():
            graph = travel_graph(city.streets, profile)
            by_searches(figures, graph, (number, number, number), mode, repeats)
        by_polygons(figures, city, (number, number), 1)
    return figures


def table(figures: Figures, what: str) -> list[str]:
    """Write figures in Markdown: a row per question, a column per size."""
    sizes = sorted({size for times in figures.values() for size in times})
    lines = [
        f"| ms, by {what} | " + " | ".join(f"{size:,}" for size in sizes) + " | growth |",
        "|---|" + "---:|" * (len(sizes) + 1),
    ]
    for question, times in sorted(figures.items()):
        cells = [f"{1000 * times[size]:,.1f}" if size in times else "" for size in sizes]
        first, last = min(times), max(times)
        power = "1.00"
        if last > first:
            power = f"{np.log(times[last] / times[first]) / np.log(last / first):.2f}"
        lines.append(f"| {question} | " + " | ".join(cells) + f" | {power} |")
    return lines


def draw_figures(figures: Figures, what: str, target: Path) -> None:
    """Draw figures on two logarithmic axes; scipy's are dashed."""
    import matplotlib as mpl

    mpl.use("agg")
    # The same figures give the same file.
    mpl.rcParams |= {"svg.hashsalt": "quartieri15", "svg.fonttype": "none"}
    from matplotlib import pyplot as plt

    picture, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    colours: dict[str, str] = {}
    for question, times in sorted(figures.items()):
        name, engine = question.rsplit(", ", 1)
        colour = colours.setdefault(name, f"C{len(colours)}")
        sizes = sorted(times)
        axes.plot(
            sizes,
            [1000 * times[size] for size in sizes],
            color=colour,
            linestyle="--" if engine == "scipy" else "-",
            marker="o",
            markersize=4,
            label=question,
        )
    sizes = sorted({size for times in figures.values() for size in times})
    axes.set(xscale="log", yscale="log", xlabel=what, ylabel="milliseconds")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    picture.savefig(target, metadata={"Date": None})
    plt.close(picture)


def main() -> None:
    """Read the command line, measure, print, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=5, help="rounds of each question")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    asked = parser.parse_args()
    repeats = 1 if asked.quick else asked.repeats
    city = load("milano")
    city_s = with_the_city(city, [1, 2] if asked.quick else list(TILES), repeats)
    places_s = with_the_places(city, [10, 100] if asked.quick else list(PLACES), repeats)
    machine = f"{kernels.available_cores()} cores, Python {platform.python_version()}"
    run = f"Medians of up to {repeats} rounds"
    if asked.quick:
        run += "; a quick run, which shows that everything works, not how fast it is"
    text = "\n".join(
        [
            "# How the time of an answer grows",
            "",
            (
                f"One run on {machine}. "
                f"{run}. *Growth*: the power of the size by which the time grows, from the first "
                "figure to the last; 1 is in proportion."
            ),
            "",
            (
                f"With the city: {FIXED_PLACES} places and {FIXED_HOUSES} houses, spread over one, "
                "two, four or eight times Milano. The reach of so many places stays as large, and "
                "so should its time; the nearest house is told for every junction."
            ),
            "",
            *table(city_s, "times Milano"),
            "",
            "![Growth with the city](scaling_city.svg)",
            "",
            "With the number of places, in Milano. *nearest*: of so many houses.",
            "",
            *table(places_s, "number of places"),
            "",
            "![Growth with the places](scaling_places.svg)",
            "",
        ]
    )
    print(text)
    here = Path(__file__)
    write_whole(here.with_name("scaling.md"), text)
    draw_figures(city_s, "times Milano", here.with_name("scaling_city.svg"))
    draw_figures(places_s, "number of places", here.with_name("scaling_places.svg"))


if __name__ == "__main__":
    main()
