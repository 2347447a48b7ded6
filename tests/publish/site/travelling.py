"""A page's streets as a graph of networkx, with points that stand on them: the plainest reading."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.publish.site.extracts import Spots, StreetExtract
    from quartieri15.reach.weightings import Weighting


def ways(
    extract: StreetExtract, weighting: Weighting, points: Mapping[str, Spots]
) -> nx.MultiDiGraph:
    """Return junctions by number, points by name and number, and the cost of going between them."""
    streets = extract.streets
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(extract.node)))
    standing = defaultdict(list)
    for name, spots in points.items():
        for number, (edge, at_mm, leg_mm) in enumerate(zip(*spots, strict=True)):
            standing[int(edge)].append((int(at_mm), (name, number)))
            leg = float(leg_mm) * weighting.leg_factor
            graph.add_edge((name, number), ("on", name, number), cost=leg)
            graph.add_edge(("on", name, number), (name, number), cost=leg)
    for number, row in enumerate(extract.edge.tolist()):
        length, use = int(streets.length_mm[row]), int(streets.use[row])
        ends = [(0, int(extract.u[number])), (length, int(extract.v[number]))]
        stops = [(at, ("on", *who)) for at, who in standing[number] if 0 < at < length]
        for at, who in standing[number]:
            if at in {0, length}:
                here = ends[0 if at == 0 else 1][1]
                graph.add_edge(("on", *who), here, cost=0.0)
                graph.add_edge(here, ("on", *who), cost=0.0)
        in_turn = [ends[0], *sorted(stops, key=lambda stop: stop[0]), ends[1]]
        for (a, tail), (b, head) in pairwise(in_turn):
            for start, stop, factor in (
                (tail, head, weighting.forward[use]),
                (head, tail, weighting.backward[use]),
            ):
                # Who stands at the same spot is there, whatever the direction.
                cost = 0.0 if a == b else (b - a) * factor
                if math.isfinite(cost):
                    graph.add_edge(start, stop, cost=cost)
    return graph
