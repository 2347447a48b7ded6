"""Travel times by brute force: every point a node of its own, Dijkstra of networkx.

Nothing here is shared with the library but the tables: edges are cut at the points that stand
on them, directions are kept, and a point at the very end of an edge is the junction itself.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import Any

import networkx as nx


def street_graph(
    edges: Any, forward: Any, backward: Any, points: list[tuple[int, float]]
) -> tuple[nx.DiGraph, list[Any]]:
    """Cut edges at points and join the pieces; return the graph, and the node of each point.

    ``points`` are (edge id, fraction); ``forward`` and ``backward`` say which edges may be
    used from u to v and from v to u. Weights are metres.
    """
    graph = nx.DiGraph()
    standing = defaultdict(set)
    for edge, fraction in points:
        standing[edge].add(fraction)
    columns = zip(edges["u"], edges["v"], edges["length_m"], forward, backward, strict=True)
    for edge, (u, v, length, ahead, back) in enumerate(columns):
        stops = sorted({0.0, 1.0} | standing[edge])
        for a, b in pairwise(stops):
            metres = (b - a) * length
            tail, head = node_at(edge, a, u, v), node_at(edge, b, u, v)
            for allowed, x, y in ((ahead, tail, head), (back, head, tail)):
                if allowed and metres < graph.get_edge_data(x, y, {"metres": math.inf})["metres"]:
                    graph.add_edge(x, y, metres=metres)
    nodes = [
        node_at(edge, fraction, edges["u"].iloc[edge], edges["v"].iloc[edge])
        for edge, fraction in points
    ]
    graph.add_nodes_from(nodes)
    return graph, nodes


def node_at(edge: int, fraction: float, u: int, v: int) -> Any:
    if fraction in (0.0, 1.0):
        return int(u if fraction == 0.0 else v)
    return (edge, fraction)


def metres_from(graph: nx.DiGraph, source: Any) -> dict[Any, float]:
    """Networkx' own Dijkstra."""
    found: dict[Any, float] = nx.single_source_dijkstra_path_length(graph, source, weight="metres")
    return found
