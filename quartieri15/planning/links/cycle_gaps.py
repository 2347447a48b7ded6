"""Gaps of the calm network: short busy stretches between calm streets.

A cyclist who refuses stressful streets pushes along them, or goes round. A candidate is a stretch
of busy streets such that

1. it runs between two junctions that calm streets reach, along busy streets only, the shortest
   way, and is no longer than ``max_gap_m``;
2. riding between the two on calm streets alone is a detour: at least ``detour_ratio`` times the
   stretch and ``detour_m`` metres more, or there is no such way;
3. no part of it is such a stretch already.

The work is a cycle track along the stretch, ridden both ways at the traveller's pace; who lives
on it may use it too. A street is *calm* if the traveller may ride it in some direction, and *busy*
if it would be calm but for the traffic (Level of Traffic Stress 3 or 4,
:mod:`quartieri15.model.stress`), motorways and trunk roads apart. So there are gaps only for
profiles that refuse stress; others ride where they may.

What is not found: one-way streets that might be opened against their direction, footpaths on
which a bicycle is pushed, and long corridors that are worth it only as a whole.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely

from quartieri15.model import stress
from quartieri15.planning.links.candidates import Candidates, searched_together
from quartieri15.planning.links.dividing import Positions, arcs_by
from quartieri15.reach import kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork
    from quartieri15.planning.links.candidates import Rule
    from quartieri15.reach.graph import TravelGraph

CALMED: Final[dict[str, float | str | bool]] = {
    "stress": 1.0,
    "cycle_facility": "track",
    "bicycle_forward": True,
    "bicycle_backward": True,
}
"""What a cycle track changes in the columns of an edge."""


class Calmed(NamedTuple):
    """What a cycle track along each edge would do.

    Parameters
    ----------
    busy : (m,) bool
        Whether the edge is closed to riding by its traffic alone.
    calm : (m,) bool
        Whether it is ridden now, in some direction.
    forward_s, backward_s : (m,) float64
        Seconds of every edge, were it calmed.
    """

    busy: NDArray[np.bool_]
    calm: NDArray[np.bool_]
    forward_s: NDArray[np.float64]
    backward_s: NDArray[np.float64]


def calmed(streets: StreetNetwork, graph: TravelGraph) -> Calmed:
    """Tell which streets a cycle track would open to riding, and how quick they would be.

    Parameters
    ----------
    streets
        The network.
    graph
        Its streets as a cyclist sees them.
    """
    profile = graph.profile
    edges = streets.edges.iloc[graph.edge_ids]
    levels = stress.levels(edges)
    riding = profile.with_(name="riding", push_speed_kmh=None)
    calm = np.logical_or(*riding.allowed(edges, streets.nodes))
    after = calmed_edges(edges)
    rideable = np.logical_or(*riding.allowed(after, streets.nodes))
    highway = edges["highway"].astype(object).astype(str)
    fast = highway.isin(stress.FAST | {"trunk_link"}).to_numpy(dtype=bool)
    ridden = (edges["bicycle_forward"] | edges["bicycle_backward"]).to_numpy(dtype=bool)
    forward, backward = profile.seconds(after, streets.nodes)
    return Calmed(
        busy=~calm & rideable & ridden & (levels > stress.LEVELS[1]) & ~fast,
        calm=calm,
        forward_s=np.minimum(forward, graph.forward_s),
        backward_s=np.minimum(backward, graph.backward_s),
    )


def calmed_edges(edges: pd.DataFrame) -> pd.DataFrame:
    """Return edges with a cycle track along each, both ways."""
    after = edges.copy(deep=False)
    for column, value in CALMED.items():
        # A column of few values may not know this one.
        after[column] = pd.Series([value] * len(edges), index=edges.index)
    return after


def cycle_gaps(
    graph: TravelGraph, tracks: Calmed, rule: Rule, said: Callable[[str], None]
) -> Candidates:
    """Find short busy stretches between calm streets.

    Parameters
    ----------
    graph
        The streets as a cyclist sees them.
    tracks
        What a cycle track along each edge would do.
    rule
        What makes a candidate.
    said
        Told how far the work is.
    """
    n = len(graph.node_ids)
    main = graph.leaves_main & graph.enters_main
    busy, calm = np.flatnonzero(tracks.busy & main), np.flatnonzero(tracks.calm)
    reached = np.zeros(n, dtype=bool)
    reached[graph.edge_u[calm]] = reached[graph.edge_v[calm]] = True
    ends = np.unique(np.concatenate([graph.edge_u[busy], graph.edge_v[busy]]))
    ends = ends[reached[ends]]
    ways = _Ways.along(graph, busy)
    pairs: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {}
    tails = np.concatenate([graph.edge_u[calm], graph.edge_v[calm]])
    heads = np.concatenate([graph.edge_v[calm], graph.edge_u[calm]])
    metres = arcs_by(n, tails, heads, np.tile(graph.length_m[calm], 2))
    together = searched_together(rule.limit_m)
    for begin in range(0, len(ends), together):
        said(f"looking for gaps between calm streets, {begin:,} of {len(ends):,} junctions")
        some = ends[begin : begin + together]
        rides = kernels.reach_within(
            metres, some[:, None].astype(np.int32), np.zeros((len(some), 1)), limit_s=rule.limit_m
        )
        for start, (node, ride) in zip(some.tolist(), rides, strict=True):
            near = ways.near(start, rule.max_length_m, reached)
            if not near:
                continue
            found = dict(zip(node.tolist(), ride.tolist(), strict=True))
            for stop, length, edges in near:
                least = rule.least_way_m(np.array([length]))[0]
                if found.get(stop, np.inf) >= least:
                    pair = (min(start, stop), max(start, stop))
                    pairs.setdefault(pair, (length, edges if start < stop else edges[::-1]))
                    break
    nodes = {pair: _nodes_along(graph, pair[0], edges) for pair, (_, edges) in pairs.items()}
    least = {pair: found for pair, found in pairs.items() if not _holds_another(nodes[pair], pairs)}
    return _candidates(graph, least)


class _Ways:
    """Busy streets, to be followed from a junction."""

    def __init__(self, steps: dict[int, list[tuple[int, int, float]]]) -> None:
        self.steps = steps

    @classmethod
    def along(cls, graph: TravelGraph, edges: NDArray[np.intp]) -> _Ways:
        steps: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
        columns = graph.edge_u[edges], graph.edge_v[edges], graph.length_m[edges]
        for edge, u, v, length in zip(
            edges.tolist(), *(column.tolist() for column in columns), strict=True
        ):
            if u != v:
                steps[u].append((v, edge, length))
                steps[v].append((u, edge, length))
        return cls(steps)

    def near(
        self, start: int, limit_m: float, wanted: NDArray[np.bool_]
    ) -> list[tuple[int, float, tuple[int, ...]]]:
        """Return wanted junctions by distance, with the edges that lead there."""
        best = {start: 0.0}
        via: dict[int, tuple[int, int]] = {}
        queue = [(0.0, start)]
        done: set[int] = set()
        found = []
        while queue:
            length, node = heapq.heappop(queue)
            if node in done:
                continue
            done.add(node)
            if node != start and wanted[node]:
                edges, at = [], node
                while at != start:
                    at, edge = via[at]
                    edges.append(edge)
                found.append((node, length, tuple(edges[::-1])))
            for there, edge, step in self.steps.get(node, ()):
                longer = length + step
                if longer <= limit_m and longer < best.get(there, np.inf):
                    best[there] = longer
                    via[there] = (node, edge)
                    heapq.heappush(queue, (longer, there))
        return found


def _nodes_along(graph: TravelGraph, start: int, edges: tuple[int, ...]) -> list[int]:
    """Return the junctions that a chain of edges passes, from its start."""
    nodes = [start]
    for edge in edges:
        u, v = int(graph.edge_u[edge]), int(graph.edge_v[edge])
        nodes.append(v if u == nodes[-1] else u)
    return nodes


def _holds_another(
    nodes: list[int], pairs: dict[tuple[int, int], tuple[float, tuple[int, ...]]]
) -> bool:
    """Tell whether a part of a stretch is a gap of its own."""
    whole = (nodes[0], nodes[-1])
    return any((min(pair), max(pair)) in pairs for pair in combinations(nodes, 2) if pair != whole)


def _candidates(
    graph: TravelGraph, pairs: dict[tuple[int, int], tuple[float, tuple[int, ...]]]
) -> Candidates:
    ends: tuple[list[tuple[int, float]], list[tuple[int, float]]] = ([], [])
    lines, lengths, along = [], [], []
    for (start, stop), (length, edges) in sorted(pairs.items()):
        xy = [graph.node_xy[[start]]]
        for edge, node in zip(edges, _nodes_along(graph, start, edges), strict=False):
            here = shapely.get_coordinates(graph.lines.lines[edge])
            xy.append(here if graph.edge_u[edge] == node else here[::-1])
        lines.append(shapely.LineString(np.concatenate(xy)))
        lengths.append(length)
        along.append(edges)
        ends[0].append((edges[0], float(graph.edge_u[edges[0]] != start)))
        ends[1].append((edges[-1], float(graph.edge_u[edges[-1]] != stop)))
    a, b = (
        Positions(
            np.array([edge for edge, _ in one], dtype=np.int32),
            np.array([fraction for _, fraction in one], dtype=float),
        )
        for one in ends
    )
    geometry = np.empty(len(lines), dtype=object)
    geometry[:] = lines
    return Candidates(
        np.full(len(lines), "cycle_gap", dtype=object),
        a,
        b,
        np.array(lengths, dtype=float),
        geometry,
        tuple(along),
    )
