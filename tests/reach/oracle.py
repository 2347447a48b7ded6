"""Travel times by brute force: every point a node of its own, Dijkstra of networkx.

Nothing here is shared with the library but the tables and what a street costs a traveller:
edges are cut at the points that stand on them, directions are kept, and a point at the very
end of an edge is the junction itself. One cut graph serves all travellers, who only differ
in the seconds of each edge.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Iterable


def street_graph(edges: Any, points: Iterable[tuple[int, float]]) -> nx.DiGraph:
    """Cut edges at points, given as (edge id, fraction), and join the pieces both ways.

    An arc knows its ``edge``, which ``part`` of it it is and whether it leads ``ahead``, from u
    to v. Loops, and all but the first of parallel edges, are cut twice more, so that no two
    pieces join the same two nodes.
    """
    graph = nx.DiGraph()
    standing = defaultdict(set)
    for edge, fraction in points:
        standing[edge].add(fraction)
    joined = set()
    for edge, (u, v) in enumerate(zip(edges["u"].tolist(), edges["v"].tolist(), strict=True)):
        pair = (u, v) if u < v else (v, u)
        stops = {0.0, 1.0} | standing[edge]
        if u == v or pair in joined:
            stops |= {0.375, 0.625}
        joined.add(pair)
        graph.add_nodes_from((u, v))
        for a, b in pairwise(sorted(stops)):
            x, y = node_at(edge, a, u, v), node_at(edge, b, u, v)
            graph.add_edge(x, y, edge=edge, part=b - a, ahead=True)
            graph.add_edge(y, x, edge=edge, part=b - a, ahead=False)
    return graph


def node_at(edge: int, fraction: float, u: int, v: int) -> Any:
    if fraction in (0.0, 1.0):
        return int(u if fraction == 0.0 else v)
    return (edge, fraction)


def weight(forward: Iterable[float], backward: Iterable[float]) -> Any:
    """What networkx asks of an arc: its seconds, None where it is closed."""
    ahead, back = list(map(float, forward)), list(map(float, backward))

    def seconds(_x: Any, _y: Any, arc: dict[str, Any]) -> float | None:
        whole = (ahead if arc["ahead"] else back)[arc["edge"]]
        return None if whole == math.inf else arc["part"] * whole

    return seconds


def seconds_from(graph: nx.DiGraph, source: Any, arc_seconds: Any) -> dict[Any, float]:
    """Networkx' own Dijkstra."""
    found: dict[Any, float] = nx.single_source_dijkstra_path_length(
        graph, source, weight=arc_seconds
    )
    return found
