"""Travel times on the streets of Milano, side by side with other engines, in one run.

    python benchmarks/reach.py [--quick] [--repeats 9] [--engines quartieri15 scipy] [--only reach]

Every engine answers the same questions on the same arcs from the same junctions. It is asked
again and again, as a slider does; and a second time in turn with all others, so that each finds
the processor's caches full of what another one left. Figures are medians. Building and peak
memory are measured in a process of their own per engine. The tables go to the screen and to
results.md beside this file.
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
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from quartieri15.editions.loading import load
from quartieri15.model import profiles
from quartieri15.model.streets import StreetNetwork
from quartieri15.reach import kernels, snapping
from quartieri15.reach.catchments import catchments
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
PARTS = ("reach", "nearest", "whole", "polygons", "bounds", "building")

QUESTIONS = f"""\
*15 min*: all junctions within 15 minutes of 88 places (the junctions nearest to the middles of
the 88 NIL), on foot at 4.5 km/h and by bike at 15 km/h. *nearest*: the time to the nearest of
the 62 houses from every junction. *whole answer*: `travel_times` for all addresses, with
snapping and table. *polygons*: `catchments` of all 62 houses in three bands of 5, 10 and 15
minutes; *cells prepared*: what the first such call takes longer than the next, streets and
snapping being ready. networkx and the recipe of osmnx are asked for {FEW["networkx"]} and
{FEW["osmnx"]} of the 88 places, and their time is scaled up.

Two figures each: asked *again and again*, as a slider does, every engine with its own caches
warm; and *in turn* with all others, every engine finding the caches full of another's work.
"""

# Question, engine it is compared with, largest share of its time; None: seconds.
TARGETS = (
    ("walk, 15 min", "scipy", 0.06),
    ("walk, 15 min", "pandana", 0.05),
    ("bike, 15 min", "scipy", 0.12),
    ("walk, nearest", "scipy", 0.5),
    ("bike, nearest", "scipy", 0.5),
    ("walk_75, polygons", None, 1.0),
    ("walk_adult, polygons", None, 1.0),
    ("walk_75, cells prepared", None, 5.0),
)
MOST_MB = 600
# By whether it is met again and again, and in turn.
MET = {
    (True, True): "yes",
    (True, False): "again and again",
    (False, True): "in turn",
    (False, False): "no",
}

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


class Aperta:
    """aperta: tiered_path_costs between given pairs: each place and the junctions around it.

    It takes a networkx graph, whose weights may change, and turns it into arrays at each call.
    """

    def __init__(self, ground: Ground) -> None:
        import networkx as nx
        from aperta.od_pairs import TieredODNodePairs
        from scipy.spatial import KDTree

        graph, arcs = ground.graph, ground.graph.outward
        n = len(graph.node_ids)
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(range(n))
        tail = np.repeat(np.arange(n), np.diff(arcs.indptr))
        self.graph.add_weighted_edges_from(
            zip(tail.tolist(), arcs.head.tolist(), arcs.cost.tolist(), strict=True),
            weight="seconds",
        )
        # Nobody gets farther than straight ahead at the best speed of any street.
        straight = np.hypot(*(graph.node_xy[tail] - graph.node_xy[arcs.head]).T)
        self.farthest_m = LIMIT_S * float((straight / arcs.cost).max())
        self.tree, self.xy, self.pairs = KDTree(graph.node_xy), graph.node_xy, TieredODNodePairs

    def reach(self, places: np.ndarray) -> int:
        """Return how many junctions are within 15 minutes of the places, in all."""
        from aperta.routing import tiered_path_costs

        around = self.tree.query_ball_point(self.xy[places], self.farthest_m)
        pairs = {
            place: np.array(found) for place, found in zip(places.tolist(), around, strict=True)
        }
        costs = tiered_path_costs(
            self.graph,
            self.pairs(cells_to_cells=pairs),
            "seconds",
            cutoff=LIMIT_S,
            dtype=np.float64,
        )
        return sum(int(np.isfinite(found).sum()) for found in costs.cells_to_cells.values())


class Cityseer:
    """cityseer: poll_reach_hits, which counts the sources that reach each junction.

    AGPL-3.0: never in the library.
    """

    def __init__(self, ground: Ground) -> None:
        from cityseer import rustalgos

        graph, arcs = ground.graph, ground.graph.outward
        self.network = rustalgos.graph.NetworkStructure()
        for i, (x, y) in enumerate(graph.node_xy.tolist()):
            self.network.add_street_node(i, x, y, True, 1.0)  # noqa: FBT003 - its signature
        tail = np.repeat(np.arange(len(graph.node_ids)), np.diff(arcs.indptr))
        for i, (u, v, seconds) in enumerate(
            zip(tail.tolist(), arcs.head.tolist(), arcs.cost.tolist(), strict=True)
        ):
            self.network.add_transport_edge(u, v, i, u, v, seconds)

    def reach(self, places: np.ndarray) -> int:
        """Return how many junctions are within 15 minutes of the places, in all."""
        # At one metre per second its metres are seconds.
        (hits,) = self.network.poll_reach_hits(places.tolist(), [int(LIMIT_S)], 1.0)
        return sum(hits)


ENGINES: dict[str, type] = {
    "quartieri15": Quartieri15,
    "quartieri15, 1 thread": OneThread,
    "scipy": Scipy,
    "pandana": Pandana,
    "aperta": Aperta,
    "cityseer": Cityseer,
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


class Spent(NamedTuple):
    """Median seconds of one question put to one engine."""

    again: float
    in_turn: float


def medians(tasks: dict[str, Callable[[], Any]], repeats: int) -> dict[str, Spent]:
    """Ask each engine again and again, then all in turn; return the median seconds of each."""
    again: dict[str, list[float]] = {name: [] for name in tasks}
    in_turn: dict[str, list[float]] = {name: [] for name in tasks}
    for name, task in tasks.items():
        task()
        for _ in range(repeats):
            if not again[name] or sum(again[name]) < PATIENCE_S:
                again[name].append(seconds_of(task))
    for _ in range(repeats):
        for name, task in tasks.items():
            if not in_turn[name] or sum(in_turn[name]) < PATIENCE_S:
                in_turn[name].append(seconds_of(task))
    return {
        name: Spent(statistics.median(again[name]), statistics.median(in_turn[name]))
        for name in tasks
    }


def seconds_of(task: Callable[[], Any]) -> float:
    """Do something and return how long it took."""
    before = time.perf_counter()
    task()
    return time.perf_counter() - before


def compare(
    city: City, names: list[str], parts: list[str], repeats: int
) -> dict[str, dict[str, Spent]]:
    """Return the seconds by question, then by engine."""
    found: dict[str, dict[str, Spent]] = {}
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
        if "reach" in parts:
            agree(reach, f"{mode}, 15 min")
            found[f"{mode}, 15 min"] = {
                name: Spent(*(s * len(ground.places) / len(some[name]) for s in spent))
                for name, spent in medians(reach, repeats).items()
            }
        if "nearest" in parts:
            agree(nearest, f"{mode}, nearest")
            found[f"{mode}, nearest"] = medians(nearest, repeats)
        if "whole" in parts:
            # What a planner waits for: snapping all addresses, searching, writing the table.
            whole = partial(travel_times, city, to="houses", profile=profile)
            found[f"{mode}, whole answer"] = medians({"quartieri15": whole}, repeats)
    return found


def polygons(city: City, repeats: int) -> dict[str, dict[str, Spent]]:
    """Time the catchments of all houses, and what the first call prepares."""
    found: dict[str, dict[str, Spent]] = {}
    for name in ("walk_75", "walk_adult"):
        # What is remembered of a network is remembered by this very object.
        anew = replace(city, streets=StreetNetwork(city.streets.nodes, city.streets.edges))
        travel_times(anew, to="houses", profile=name)
        draw = partial(catchments, anew, "houses", profile=name, minutes=(5, 10, 15))
        first = seconds_of(draw)
        found[f"{name}, polygons"] = medians({"quartieri15": draw}, repeats)
        prepared = max(0.0, first - found[f"{name}, polygons"]["quartieri15"].again)
        found[f"{name}, cells prepared"] = {"quartieri15": Spent(prepared, prepared)}
    return found


@kernels.compiled
def walk_along(chain: np.ndarray, steps: int) -> int:
    """Follow a chain of places in memory, each known only from the one before."""
    at = 0
    for _ in range(steps):
        at = chain[at]
    return at


def copy_bytes_per_s(repeats: int) -> float:
    """Return how many bytes per second one thread reads and writes, of blocks beyond any cache."""
    block = np.ones(1 << 25)
    target = np.empty_like(block)
    spent = [seconds_of(partial(np.copyto, target, block)) for _ in range(repeats + 1)][1:]
    return 2 * block.nbytes / statistics.median(spent)


def latency_s(kilobytes: int, repeats: int) -> float:
    """Return the seconds a processor waits for one line, at random, out of so many kilobytes."""
    lines = kilobytes * 1024 // 64
    order = np.random.default_rng(15).permutation(lines)
    chain = np.zeros(8 * lines, dtype=np.int64)
    chain[8 * order] = 8 * np.roll(order, -1)
    steps = 200_000
    spent = [seconds_of(partial(walk_along, chain, steps)) for _ in range(repeats + 1)][1:]
    return statistics.median(spent) / steps


def bounds(city: City, found: dict[str, dict[str, Spent]], repeats: int) -> list[str]:
    """Say what a search must touch, how fast this machine touches it, and how far we are."""
    copied = copy_bytes_per_s(repeats)
    near, far = latency_s(512, repeats), latency_s(128 << 10, repeats)
    lines = [
        "",
        "What bounds the search. A settled junction costs its place among the arcs (4 bytes),",
        "its time (8), its places in a bucket and in the list of those taken (8) and its result",
        "(12 written and 12 copied out); a relaxed arc its head and cost (12) and the time of the",
        f"head (8). One thread copies {copied / 1e9:.1f} GB/s (read and written) and waits",
        f"{1e9 * near:.1f} ns for a random line out of 512 kB, {1e9 * far:.0f} ns out of 128 MB.",
        "*Floor*: all those bytes at the speed of copying, on all cores at once.",
        "",
        (
            "| question | settled | arcs relaxed | MB touched | floor, ms | ours, ms | × floor "
            "| ns per arc and core |"
        ),
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    cores = kernels.available_cores()
    for mode in PROFILES:
        ground = Ground(city, mode)
        arcs = ground.graph.outward
        reached = kernels.reach_within(
            arcs, ground.places[:, None], np.zeros((len(ground.places), 1)), limit_s=LIMIT_S
        )
        degree = np.diff(arcs.indptr)
        settled = sum(len(nodes) for nodes, _ in reached)
        relaxed = sum(int(degree[nodes].sum()) for nodes, _ in reached)
        touched = 44 * settled + 20 * relaxed
        floor = touched / copied / cores
        ours = found.get(f"{mode}, 15 min", {}).get("quartieri15")
        seconds = ours.again if ours else None
        lines.append(
            f"| {mode}, 15 min | {settled:,} | {relaxed:,} | {touched / 1e6:.1f} "
            f"| {1000 * floor:.2f} | "
            + (
                f"{1000 * seconds:.2f} | {seconds / floor:.1f} "
                f"| {1e9 * seconds * cores / relaxed:.1f} |"
                if seconds
                else " | | |"
            )
        )
    return lines


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


def tables(found: dict[str, dict[str, Spent]]) -> list[str]:
    """Write the figures in Markdown, two tables with a row per engine."""
    lines = []
    engines = list(dict.fromkeys(name for times in found.values() for name in times))
    for way, title in enumerate(("again and again", "in turn")):
        asked = {
            question: times
            for question, times in found.items()
            if way == 0 or len(times) > 1  # alone there are no turns
        }
        if not asked:
            continue
        lines += [
            "",
            f"| {title}, ms | " + " | ".join(f"{q} | × scipy" for q in asked) + " |",
            "|---|" + "---:|---:|" * len(asked),
        ]
        for name in engines:
            cells = []
            for times in asked.values():
                cells.append(f"{1000 * times[name][way]:,.1f}" if name in times else "")
                known = name in times and "scipy" in times
                cells.append(f"{times[name][way] / times['scipy'][way]:.3f}" if known else "")
            if any(cells):
                lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def against_targets(
    found: dict[str, dict[str, Spent]], apart: dict[str, dict[str, float]]
) -> list[str]:
    """Write what was aimed at beside what was found."""
    rows = []
    for question, peer, most in TARGETS:
        times = found.get(question, {})
        if "quartieri15" not in times or (peer and peer not in times):
            continue
        ours = times["quartieri15"]
        if peer:
            what, unit = f"{question}, share of {peer}", ""
            again, in_turn = (mine / other for mine, other in zip(ours, times[peer], strict=True))
        else:
            what, unit = question, " s"
            again, in_turn = ours
        rows.append(
            f"| {what} | {most:g}{unit} | {again:.3f}{unit} | {in_turn:.3f}{unit} "
            f"| {MET[again <= most, in_turn <= most]} |"
        )
    if "quartieri15" in apart:
        peak = apart["quartieri15"]["peak_mb"]
        met = "yes" if peak < MOST_MB else "no"
        rows.append(f"| peak memory | {MOST_MB} MB | {peak:.0f} MB | | {met} |")
    if not rows:
        return []
    return [
        "",
        "| aimed at | at most | again and again | in turn | met |",
        "|---|---:|---:|---:|---|",
        *rows,
    ]


def report(
    found: dict[str, dict[str, Spent]],
    apart: dict[str, dict[str, float]],
    bounded: list[str],
    run: str,
) -> str:
    """Write all in Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    machine = f"{kernels.available_cores()} cores, Python {platform.python_version()}, {versions}"
    lines = [
        "# Travel times on the streets of Milano",
        "",
        f"One run on {machine}. {run}",
        "Beside each figure: its share of scipy's.",
        "",
        QUESTIONS.rstrip(),
        *tables(found),
        *against_targets(found, apart),
        *bounded,
    ]
    if apart:
        lines += [BUILDING, "| engine | walk, s | bike, s | peak, MB |", "|---|---:|---:|---:|"]
        lines += [
            f"| {name} | {m['build_walk']:.2f} | {m['build_bike']:.2f} | {m['peak_mb']:,.0f} |"
            for name, m in apart.items()
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=9, help="rounds of each question")
    parser.add_argument("--quick", action="store_true", help="one round: does everything run?")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--apart", choices=ENGINES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.apart:
        print(json.dumps(build_and_measure(asked.apart)))
        return
    repeats = 1 if asked.quick else asked.repeats
    engines = [name for name in asked.engines if find_spec(name.split(",")[0])]
    missing = [name for name in asked.engines if name not in engines]
    apart = {}
    if "building" in asked.only:
        built = [name for name in engines if "thread" not in name]
        apart = {name: measured_apart(name) for name in (built[:2] if asked.quick else built)}
    city = load("milano")
    found = compare(city, engines, asked.only, repeats)
    if "polygons" in asked.only:
        found |= polygons(city, repeats)
    bounded = bounds(city, found, repeats) if "bounds" in asked.only else []
    run = f"Medians of up to {repeats} rounds, in milliseconds."
    if asked.quick:
        run += " A quick run: it shows that everything works, not how fast it is."
    if missing:
        run += f" Not installed, so not asked: {', '.join(missing)}."
    text = report(found, apart, bounded, run)
    print(text)
    write_whole(Path(__file__).with_name("results.md"), text)


def write_whole(target: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    unfinished = target.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(target)


if __name__ == "__main__":
    main()
