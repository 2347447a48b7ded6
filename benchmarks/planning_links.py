"""How long it takes to say what one missing link would change, beside searching the city anew.

    python benchmarks/planning_links.py [--quick] [--repeats 5]

Every candidate link of Milano on foot is tried: how many people over 65 come within 15 minutes of
a house, and how many minutes all save. Other engines add the link to the same directed arcs, search
from all houses at once, and count the same people; they are asked about a few links and their time
is told per link. Where an engine finds other people than this library, the run says so and stops.
Figures are medians. They go to the screen and to planning_links.md beside this file.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
import numpy as np
import scipy
from reach import write_whole
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from quartieri15.editions.loading import load
from quartieri15.planning.links.candidates import Candidates, Ground, Rule
from quartieri15.planning.links.candidates import across_barriers as barriers
from quartieri15.planning.links.candidates import at_dead_ends as dead_ends
from quartieri15.planning.links.evaluation import MOST_COUNTED_S, Evaluation
from quartieri15.planning.links.missing import tried
from quartieri15.progress import quiet
from quartieri15.reach import kernels
from quartieri15.reach.graph import Arcs
from quartieri15.reach.trips import Trips, limit_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quartieri15.model.city import City

PROFILE, GROUP, MINUTES = "walk_75", "over65", 15.0
RULE = Rule(max_length_m=150, detour_ratio=3, detour_m=300)
PEER_LINKS = 5


class Question(NamedTuple):
    """All that an engine needs: links, people on nodes, people on the street of a house."""

    evaluation: Evaluation
    place: tuple[NDArray[np.int32], NDArray[np.float64]]
    people: tuple[NDArray[np.int32], NDArray[np.float64]]
    direct: kernels.Pairs

    def counted(self, node_s: NDArray[np.float64]) -> tuple[float, float]:
        """Count who comes within the limit, and the seconds saved."""
        evaluation = self.evaluation
        node, seconds = self.people
        after = (np.append(node_s, np.inf)[node] + seconds).min(axis=1)
        np.minimum.at(after, self.direct.point, self.direct.seconds)
        before, limit = evaluation.now.point_s, evaluation.limit_s
        gained = evaluation.weight[(before > limit) & (after <= limit)].sum()
        saved = np.minimum(before, MOST_COUNTED_S) - np.minimum(after, MOST_COUNTED_S)
        return float(gained), float(evaluation.weight @ saved)

    def arcs_of(self, link: int) -> list[tuple[int, int, float]]:
        """Return the arcs of a link, against the direction of travel."""
        one = self.evaluation.changes
        rows = range(one.arc_at[link], one.arc_at[link + 1])
        return [(int(one.head[row]), int(one.tail[row]), float(one.arc_s[row])) for row in rows]


def asked(city: City) -> tuple[Question, float]:
    """Find all candidates and prepare the question; tell how long that took."""
    begin = time.perf_counter()
    trips = Trips.plan(city, "houses", profile=PROFILE, direction="to", where="to")
    people = trips.origins(None)
    ground = Ground(city.streets, trips.graph)
    found = Candidates.together([one(ground, RULE, quiet) for one in (barriers, dead_ends)])
    evaluation, streets = tried(
        found,
        trips,
        people,
        tracks=None,
        weight=city.residents[GROUP].to_numpy(dtype=float),
        limit_s=limit_seconds(MINUTES),
    )
    question = Question(
        evaluation,
        streets.seeds(trips.places),
        streets.seeds(people.on_streets),
        trips.along_common_edge(people),
    )
    return question, time.perf_counter() - begin


def with_networkx(question: Question) -> Callable[[int], tuple[float, float]]:
    """Search a graph of networkx, with a node above all houses."""
    arcs = question.evaluation.streets.inward
    tail = np.repeat(np.arange(len(arcs.indptr) - 1), np.diff(arcs.indptr))
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(range(len(arcs.indptr) - 1))
    # The last of parallel arcs holds, so the quickest is given last.
    order = np.argsort(-arcs.cost, kind="stable")
    columns = (tail[order].tolist(), arcs.head[order].tolist(), arcs.cost[order].tolist())
    graph.add_weighted_edges_from(zip(*columns, strict=True))
    for node, seconds in zip(*(one.ravel().tolist() for one in question.place), strict=True):
        if node >= 0:
            known = graph.get_edge_data("houses", node, {"weight": np.inf})["weight"]
            graph.add_edge("houses", node, weight=min(seconds, known))

    def answer(link: int) -> tuple[float, float]:
        edited = []
        for tail, head, seconds in question.arcs_of(link):
            known = graph.get_edge_data(tail, head, {}).get("weight")
            edited.append((tail, head, known))
            graph.add_edge(tail, head, weight=seconds if known is None else min(seconds, known))
        times = nx.single_source_dijkstra_path_length(graph, "houses")
        for tail, head, weight in edited:
            if weight is None:
                graph.remove_edge(tail, head)
            else:
                graph[tail][head]["weight"] = weight
        node_s = np.full(len(arcs.indptr) - 1, np.inf)
        times.pop("houses")
        node_s[list(times)] = list(times.values())
        return question.counted(node_s)

    return answer


def with_scipy(question: Question) -> Callable[[int], tuple[float, float]]:
    """Search a matrix of scipy, with a node above all houses."""
    arcs = question.evaluation.streets.inward
    n = len(arcs.indptr) - 1
    tail = np.repeat(np.arange(n), np.diff(arcs.indptr))
    node, seconds = (one.ravel() for one in question.place)
    tail = np.concatenate([tail, np.full((node >= 0).sum(), n)])
    head = np.concatenate([arcs.head, node[node >= 0]])
    cost = np.concatenate([arcs.cost, seconds[node >= 0]])

    def answer(link: int) -> tuple[float, float]:
        more = question.arcs_of(link)
        t, h, c = (
            np.concatenate([column, [arc[i] for arc in more]])
            for i, column in enumerate((tail, head, cost))
        )
        order = np.lexsort((c, h, t))
        t, h, c = t[order].astype(int), h[order].astype(int), c[order]
        first = np.append(True, (np.diff(t) != 0) | (np.diff(h) != 0))
        # A stored zero is no arc to scipy.
        c = np.maximum(c[first], 1e-12)
        matrix = csr_array((c, (t[first], h[first])), shape=(n + 1, n + 1))
        return question.counted(dijkstra(matrix, indices=n)[:n])

    return answer


def with_whole_search(question: Question) -> Callable[[int], tuple[float, float]]:
    """Search the whole city by the kernels of this library."""
    arcs = question.evaluation.streets.inward
    n = len(arcs.indptr) - 1

    def answer(link: int) -> tuple[float, float]:
        tail = np.repeat(np.arange(n), np.diff(arcs.indptr))
        more = question.arcs_of(link)
        t, h, c = (
            np.concatenate([column, np.array([arc[i] for arc in more], dtype=column.dtype)])
            for i, column in enumerate((tail, arcs.head, arcs.cost))
        )
        order = np.argsort(t, kind="stable")
        indptr = np.zeros(n + 1, dtype=np.int32)
        np.cumsum(np.bincount(t, minlength=n), out=indptr[1:])
        node_s, _ = kernels.nearest(Arcs(indptr, h[order], c[order]), *question.place)
        return question.counted(node_s)

    return answer


def main() -> None:
    """Ask, compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repeat, one link of each peer")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    repeats, peer_links = (1, 1) if options.quick else (options.repeats, PEER_LINKS)
    city = load("milano")
    question, prepared_s = asked(city)
    evaluation = question.evaluation
    number = len(evaluation.changes.arc_at) - 1
    sets = [(row,) for row in range(number)]
    gains = evaluation.gains(sets)
    ours = []
    for _ in range(repeats):
        begin = time.perf_counter()
        evaluation.gains(sets)
        ours.append((time.perf_counter() - begin) / number)
    best = np.argsort(-gains.saved_s, kind="stable")
    rows = best[:peer_links].tolist()
    one_by_one = []
    for row in rows:
        begin = time.perf_counter()
        evaluation.gains([(row,)])
        one_by_one.append(time.perf_counter() - begin)
    row = "| {} | {:.2f} | {:,.0f} |"
    median = statistics.median(one_by_one)
    one = median * 1e3, median / statistics.median(ours)
    asked_of = f"`{PROFILE}`, {MINUTES:g} minutes, {GROUP}"
    versions = f"{platform.python_version()}, networkx {nx.__version__}, scipy {scipy.__version__}"
    lines = [
        f"# {number:,} missing links of Milano, each tried",
        "",
        f"{asked_of}; {versions}, {kernels.available_cores()} cores.",
        f"Candidates found and streets cut in {prepared_s:.1f} s.",
        "",
        "| engine | ms per link | times as long |",
        "|---|---:|---:|",
        f"| this library, all {number:,} | {statistics.median(ours) * 1e3:.3f} | 1 |",
        row.format(f"this library, the {len(rows)} that change most, one by one", *one),
    ]
    engines = {
        "whole search by the kernels of this library": with_whole_search,
        "scipy": with_scipy,
        "networkx": with_networkx,
    }
    for name, make in engines.items():
        answer = make(question)
        seconds = []
        for row in rows:
            begin = time.perf_counter()
            gained, saved_s = answer(row)
            seconds.append(time.perf_counter() - begin)
            close = partial(np.isclose, rtol=1e-9, atol=1e-3)
            if not close(gained, gains.gained[row]) or not close(saved_s, gains.saved_s[row]):
                raise SystemExit(f"{name} finds other people for link {row}")
        median = statistics.median(seconds)
        lines.append(f"| {name} | {median * 1e3:,.0f} | {median / statistics.median(ours):,.0f} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if not options.quick:
        write_whole(Path(__file__).with_name("planning_links.md"), text)


if __name__ == "__main__":
    main()
