"""A traveller's streets, cut where links would end, so that a link joins two nodes.

Times along a street are in proportion to the length along it, as everywhere in
:mod:`quartieri15.reach`, so cutting changes no travel time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from quartieri15.reach import snapping
from quartieri15.reach.graph import Arcs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.graph import TravelGraph
    from quartieri15.reach.snapping import Snapped


class Positions(NamedTuple):
    """Positions on the streets: edges of a traveller's graph, and how far along their lines.

    Parameters
    ----------
    edge : (p,) int32
        Position among ``graph.edge_ids``.
    fraction : (p,) float64
        From 0 (u) to 1 (v).
    """

    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]

    def take(self, rows: NDArray[np.integer]) -> Positions:
        """Return some of them."""
        return Positions(self.edge[rows], self.fraction[rows])


@dataclass(frozen=True, eq=False)
class DividedStreets:
    """A graph whose edges are cut at some positions.

    Nodes up to ``len(graph.node_ids)`` are those of the graph, the rest are cuts. The pieces of
    an edge stand one after the other, from u to v.

    Parameters
    ----------
    graph
        The graph that was cut.
    nodes
        How many nodes there are, cuts included.
    first : (m + 1,) int64
        Where the pieces of each edge begin.
    edge : (p,) int32
        The edge each piece is of.
    start, end : (p,) float64
        From which fraction of the edge to which.
    u, v : (p,) int32
        Nodes at the ends of each piece.
    inward
        Arcs by head, for searches against the direction of travel.
    """

    graph: TravelGraph
    nodes: int
    first: NDArray[np.int64]
    edge: NDArray[np.int32]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    inward: Arcs

    @classmethod
    def cut(cls, graph: TravelGraph, at: Positions) -> Self:
        """Cut a graph at some positions; one at the end of an edge cuts nothing."""
        inside = (at.fraction > 0) & (at.fraction < 1)
        # Ordered by edge, then along it; each once.
        cuts = np.unique(np.column_stack([at.edge[inside], at.fraction[inside]]), axis=0)
        cut_edge, cut_fraction = cuts[:, 0].astype(np.int64), cuts[:, 1]
        n, m = len(graph.node_ids), len(graph.edge_ids)
        number = np.bincount(cut_edge, minlength=m) + 1
        first = np.zeros(m + 1, dtype=np.int64)
        np.cumsum(number, out=first[1:])
        edge = np.repeat(np.arange(m, dtype=np.int32), number)
        # The i-th cut of all ends piece ``cut_edge + i`` and begins the next.
        before = cut_edge + np.arange(len(cuts))
        start, end = np.zeros(len(edge)), np.ones(len(edge))
        u, v = graph.edge_u[edge], graph.edge_v[edge]
        end[before] = start[before + 1] = cut_fraction
        v[before] = u[before + 1] = n + np.arange(len(cuts), dtype=np.int32)
        part = end - start
        ahead, back = part * graph.forward_s[edge], part * graph.backward_s[edge]
        nodes = n + len(cuts)
        inward = arcs_by(
            nodes, np.concatenate([v, u]), np.concatenate([u, v]), np.concatenate([ahead, back])
        )
        return cls(graph, nodes, first, edge, start, end, u, v, inward)

    def pieces_at(self, at: Positions) -> NDArray[np.int64]:
        """Return the piece each position stands on; at a cut, the one that begins there."""
        piece = self.first[at.edge].copy()
        several = np.flatnonzero(self.first[at.edge + 1] - piece > 1)
        for i in several.tolist():
            begin, stop = self.first[at.edge[i]], self.first[at.edge[i] + 1]
            piece[i] += np.searchsorted(self.start[begin:stop], at.fraction[i], side="right") - 1
        return piece

    def nodes_at(self, at: Positions) -> NDArray[np.int32]:
        """Return the node at each position, which must be the end of an edge or a cut."""
        piece = self.pieces_at(at)
        nodes: NDArray[np.int32] = np.where(at.fraction == 1, self.v[piece], self.u[piece])
        return nodes

    def seeds(
        self,
        snapped: Snapped,
        forward_s: NDArray[np.float64] | None = None,
        backward_s: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Tell how snapped points are joined to the nodes of their pieces.

        Parameters
        ----------
        snapped
            Points on the streets of the graph.
        forward_s, backward_s
            Seconds of whole edges, by default those of the graph.

        Returns
        -------
        node, seconds : (p, 2)
            As :func:`quartieri15.reach.snapping.seeds` returns them.
        """
        graph = self.graph
        forward_s = graph.forward_s if forward_s is None else forward_s
        backward_s = graph.backward_s if backward_s is None else backward_s
        edge = np.maximum(snapped.edge, 0)
        fraction = np.where(snapped.edge < 0, 0.0, snapped.fraction)
        piece = self.pieces_at(Positions(edge, fraction))
        ahead, back = forward_s[edge], backward_s[edge]
        to_u, to_v = (back, ahead) if snapped.role == "start" else (ahead, back)
        parts = [fraction - self.start[piece], self.end[piece] - fraction]
        seconds = np.column_stack(
            [_part(part, whole) for part, whole in zip(parts, (to_u, to_v), strict=True)]
        )
        seconds += snapping.access_seconds(graph, snapped)[:, None]
        node = np.column_stack([self.u[piece], self.v[piece]])
        none = ~np.isfinite(seconds) | (snapped.edge < 0)[:, None]
        return np.where(none, -1, node).astype(np.int32), np.where(none, np.inf, seconds)


def arcs_by(
    nodes: int, tail: NDArray[np.int32], head: NDArray[np.int32], cost: NDArray[np.float64]
) -> Arcs:
    """Sort arcs by their tails; those of no use (closed, or loops) are left out."""
    keep = np.isfinite(cost) & (tail != head)
    order = np.flatnonzero(keep)
    order = order[np.lexsort((head[order], tail[order]))]
    indptr = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(tail[order], minlength=nodes), out=indptr[1:])
    return Arcs(indptr, head[order].astype(np.int32), cost[order])


def _part(part: NDArray[np.float64], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take a part of each time; no part of a closed street takes no time."""
    with np.errstate(invalid="ignore"):
        return np.where(part == 0, 0.0, part * seconds)
