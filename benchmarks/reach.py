"""Travel times on the streets of Milano, side by side with other engines, in one run.

    python benchmarks/reach.py [--repeats 9] [--only quartieri15 scipy]

Every engine answers the same questions on the same arcs from the same junctions. Rounds are
interleaved (each engine once, then all again), so that a slow minute of the machine falls on
all alike; the figure is the median. Building and peak memory are measured in a process of
their own per engine. The table goes to the screen and to results.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from quartieri15.editions.loading import load
from quartieri15.model import profiles
from quartieri15.reach import kernels, snapping
from quartieri15.reach.graph import TravelGraph
from quartieri15.reach.times import travel_times

if TYPE_CHECKING:
    from collections.abc import Callable

    from quartieri15.model.city import City

LIMIT_S = 900.0
HALFWAY = 0.5
PROFILES = {"walk": profiles.WALK_ADULT, "bike": profiles.BIKE_ADULT}
# How many of the 88 places a slow engine is asked for; its time is scaled up.
FEW = {"networkx": 4, "osmnx": 1}
# After this much time an engine is not asked again.
PATIENCE_S = 60.0


QUESTIONS = f"""\
*15 min*: all junctions within 15 minutes of 88 places (the junctions nearest to the middles of
the 88 NIL), on foot at 4.5 km/h and by bike at 15 km/h. *nearest*: the time to the nearest of
the 62 houses from every junction. *whole answer*: `travel_times` for all addresses, with
snapping and table. networkx and the recipe of osmnx are asked for {FEW["networkx"]} and
{FEW["osmnx"]} of the 88 places, and their time is scaled up.
"""

BUILDING = """
Building, from the city in memory (scipy and pandana from this library's arrays; networkx and
osmnx from the tables), and peak memory of a process that loads the city, builds both networks
and asks once:
"""


@dataclass
class Ground:
    """One traveller's network and the places asked for."""

    city: City
    mode: str

    @cached_property
    def graph(self) -> TravelGraph:
        """The network as this library holds it."""
        return TravelGraph.build(self.city.streets, PROFILES[self.mode])

    @cached_property
    def places(self) -> np.ndarray:
        """The junction nearest to the middle of each of the 88 NIL."""
        return self.junctions(self.city.zones["nil"].geometry.representative_point())

    @cached_property
    def houses(self) -> np.ndarray:
        """The junction nearest to each of the 62 houses."""
        return self.junctions(self.city.houses.geometry)

    def junctions(self, points: Any) -> np.ndarray:
        """Return the nearer end of the nearest street of each point."""
        graph = self.graph
        snapped = snapping.snap(graph, shapely.get_coordinates(points.array), role="end")
        ends = np.where(
            snapped.fraction < HALFWAY, graph.edge_u[snapped.edge], graph.edge_v[snapped.edge]
        )
        return ends.astype(np.int32)


class Quartieri15:
    """The library, on all cores."""

    threads: int | None = None

    def __init__(self, ground: Ground) -> None:
        self.graph = ground.graph

    def reach(self, places: np.ndarray) -> int:
        """Return how many junctions are within 15 minutes of the places, in all."""
        node, seconds = places[:, None], np.zeros((len(places), 1))
        reached = kernels.reach_within(
            self.graph.outward, node, seconds, limit_s=LIMIT_S, threads=self.threads
        )
        return sum(len(found) for found, _ in reached)

    def nearest(self, houses: np.ndarray) -> float:
        """Return the seconds from all junctions to their nearest house, summed."""
        seconds, _ = kernels.nearest(self.graph.inward, houses[:, None], np.zeros((len(houses), 1)))
        return float(seconds[np.isfinite(seconds)].sum())


class OneThread(Quartieri15):
    """The library, on one core."""

    threads = 1


class Scipy:
    """scipy.sparse.csgraph.dijkstra with limit= and min_only=."""

    def __init__(self, ground: Ground) -> None:
        from scipy.sparse import csr_array

        self.outward, self.inward = (
            csr_array((arcs.cost, arcs.head, arcs.indptr), shape=(len(arcs.indptr) - 1,) * 2)
            for arcs in (ground.graph.outward, ground.graph.inward)
        )

    def reach(self, places: np.ndarray) -> int:
        """Return how many junctions are within 15 minutes of the places, in all."""
        from scipy.sparse.csgraph import dijkstra

        return int(np.isfinite(dijkstra(self.outward, indices=places, limit=LIMIT_S)).sum())

    def nearest(self, houses: np.ndarray) -> float:
        """Return the seconds from all junctions to their nearest house, summed."""
        from scipy.sparse.csgraph import dijkstra

        seconds = dijkstra(self.inward, indices=houses, min_only=True)
        return float(seconds[np.isfinite(seconds)].sum())


class Pandana:
    """pandana: nodes_in_range and nearest_pois, nodes only. AGPL-3.0: never in the library."""

    def __init__(self, ground: Ground) -> None:
        import pandana
        import pandas as pd

        graph, arcs = ground.graph, ground.graph.outward
        n = len(graph.node_ids)
        tail = np.repeat(np.arange(n), np.diff(arcs.indptr))
        self.network = pandana.Network(
            pd.Series(graph.node_xy[:, 0]),
            pd.Series(graph.node_xy[:, 1]),
            pd.Series(tail),
            pd.Series(arcs.head.astype(np.int64)),
            pd.DataFrame({"seconds": arcs.cost}),
            twoway=False,
        )
        self.xy = graph.node_xy

    def reach(self, places: np.ndarray) -> int:
        """Return how many junctions are within 15 minutes of the places, in all."""
        return len(self.network.nodes_in_range(places.tolist(), LIMIT_S))

    def nearest(self, houses: np.ndarray) -> float:
        """Return the seconds from all junctions to their nearest house, summed."""
        import pandas as pd

        x, y = (pd.Series(self.xy[houses, axis]) for axis in (0, 1))
        farthest = 4 * 3600.0
        self.network.set_pois("houses", farthest, 1, x, y)
        seconds = self.network.nearest_pois(farthest, "houses", num_pois=1)[1]
        return float(seconds[seconds < farthest].sum())


class Networkx:
    """networkx on a MultiDiGraph, as people write it."""

    def __init__(self, ground: Ground) -> None:
        self.graph = ground.city.streets.to_networkx(PROFILES[ground.mode])
        self.ids = ground.graph.node_ids

    def reach(self, places: np.ndarray) -> int:
        """Return how many junctions are within 15 minutes of the places, in all."""
        import networkx as nx

        return sum(
            len(
                nx.single_source_dijkstra_path_length(
                    self.graph, int(self.ids[place]), cutoff=LIMIT_S, weight="travel_time"
                )
            )
            for place in places
        )


class Osmnx(Networkx):
    """The isochrone recipe of osmnx: an ego graph per place and the hull of its nodes."""

    def reach(self, places: np.ndarray) -> int:
        """Return how many junctions are within 15 minutes of the places, in all."""
        import networkx as nx

        number = 0
        for place in places:
            ego = nx.ego_graph(
                self.graph, int(self.ids[place]), radius=LIMIT_S, distance="travel_time"
            )
            xy = np.array([(node["x"], node["y"]) for node in ego.nodes.values()])
            self.hull = shapely.MultiPoint(xy).convex_hull
            number += len(ego)
        return number


ENGINES: dict[str, type] = {
    "quartieri15": Quartieri15,
    "quartieri15, 1 thread": OneThread,
    "scipy": Scipy,
    "pandana": Pandana,
    "networkx": Networkx,
    "osmnx": Osmnx,
}


def build_and_measure(name: str) -> dict[str, float]:
    """Build both networks of an engine in this process and ask once; tell seconds and memory."""
    city = load("milano")
    seconds = {}
    for mode in PROFILES:
        ground = Ground(city, mode)
        # The others start from this library's arrays, which are not theirs to pay for.
        if not name.startswith("quartieri15"):
            _ = ground.graph
        before = time.perf_counter()
        engine = ENGINES[name](ground)
        seconds[f"build_{mode}"] = time.perf_counter() - before
        engine.reach(few(name, ground.places))
    return seconds | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measured_apart(name: str) -> dict[str, float]:
    """Run :func:`build_and_measure` in a process of its own."""
    ran = subprocess.run(  # noqa: S603 - runs this very script
        [sys.executable, __file__, "--apart", name], capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def medians(tasks: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Time each task once per round; return the median seconds of each."""
    for task in tasks.values():
        task()
    rounds = [(name, task, list[float]()) for name, task in tasks.items()]
    for _ in range(repeats):
        for _, task, spent in rounds:
            if sum(spent) > PATIENCE_S:
                continue
            before = time.perf_counter()
            task()
            spent.append(time.perf_counter() - before)
    return {name: statistics.median(spent) for name, _, spent in rounds}


def compare(names: list[str], repeats: int) -> dict[str, dict[str, float]]:
    """Return median seconds by question, then by engine."""
    city = load("milano")
    found: dict[str, dict[str, float]] = {}
    for mode, profile in PROFILES.items():
        ground = Ground(city, mode)
        engines = {name: ENGINES[name](ground) for name in names}
        some = {name: few(name, ground.places) for name in names}
        reach = {name: partial(engine.reach, some[name]) for name, engine in engines.items()}
        nearest = {
            name: partial(engine.nearest, ground.houses)
            for name, engine in engines.items()
            if hasattr(engine, "nearest") and not isinstance(engine, OneThread)
        }
        agree(reach, f"{mode}, 15 min")
        agree(nearest, f"{mode}, nearest")
        found[f"{mode}, 15 min"] = {
            name: seconds * len(ground.places) / len(some[name])
            for name, seconds in medians(reach, repeats).items()
        }
        found[f"{mode}, nearest"] = medians(nearest, repeats)
        # What a planner waits for: snapping all addresses, searching, writing the table.
        whole = partial(travel_times, city, to="houses", profile=profile)
        found[f"{mode}, whole answer"] = medians({"quartieri15": whole}, repeats)
    return found


def few(name: str, places: np.ndarray) -> np.ndarray:
    """Return the places a slow engine is asked for, spread over all of them."""
    return places[:: len(places) // FEW.get(name, len(places))][: FEW.get(name, len(places))]


def agree(tasks: dict[str, Callable[[], Any]], what: str) -> None:
    """Say where an engine that was asked for all places does not answer as scipy does."""
    if "scipy" not in tasks:
        return
    expected = tasks["scipy"]()
    for name, task in tasks.items():
        if name in FEW:
            continue
        answer = task()
        if abs(answer - expected) > 1e-9 * abs(expected):
            print(f"note: {what}: {name} finds {answer:,.1f}, scipy {expected:,.1f}")


def report(
    found: dict[str, dict[str, float]], apart: dict[str, dict[str, float]], repeats: int
) -> str:
    """Write the tables in Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    machine = f"{kernels.available_cores()} cores, Python {platform.python_version()}, {versions}"
    lines = [
        "# Travel times on the streets of Milano",
        "",
        f"One run on {machine}. Medians of up to {repeats} rounds, in milliseconds.",
        "Beside each figure: its share of scipy's.",
        "",
        QUESTIONS,
    ]
    engines = list(dict.fromkeys(name for times in found.values() for name in times))
    head = [question for question in found for _ in (0, 1)]
    lines += [
        "| engine | " + " | ".join(f"{q} | × scipy" for q in found) + " |",
        "|---|" + "---:|" * len(head),
    ]
    for name in engines:
        cells = []
        for times in found.values():
            cells.append(f"{1000 * times[name]:,.1f}" if name in times else "")
            known = name in times and "scipy" in times
            cells.append(f"{times[name] / times['scipy']:.3f}" if known else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [BUILDING, "| engine | walk, s | bike, s | peak, MB |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {m['build_walk']:.2f} | {m['build_bike']:.2f} | {m['peak_mb']:,.0f} |"
        for name, m in apart.items()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--only", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--apart", choices=ENGINES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.apart:
        print(json.dumps(build_and_measure(asked.apart)))
        return
    apart = {name: measured_apart(name) for name in asked.only if "thread" not in name}
    text = report(compare(asked.only, asked.repeats), apart, asked.repeats)
    print(text)
    target = Path(__file__).with_name("results.md")
    unfinished = target.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(target)


if __name__ == "__main__":
    main()
