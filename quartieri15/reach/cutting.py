"""How far along every street a traveller gets: streets cut where the time runs out.

Along a street, travel time to (or from) a place falls towards each of its ends and towards
the place itself, if it stands there. Between two neighbours of these the time is that of the
quicker way: a line that rises from either side at the pace of the traveller. So a street is
split at the places on it, and each part is cut exactly, without stepping along it.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quartieri15.reach.graph import EdgeLines, TravelGraph

Direction = Literal["to", "from"]


class Pieces(NamedTuple):
    """Reached parts of streets; time changes evenly along each.

    ``edge`` is a position among ``graph.edge_ids``; ``start`` and ``stop`` are fractions of
    its line, ``start < stop``; ``start_s`` and ``stop_s`` are the seconds there.
    """

    edge: NDArray[np.int32]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    start_s: NDArray[np.float64]
    stop_s: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TimeField:
    """Travel time everywhere on a network, to or from the nearest of some points.

    Parameters
    ----------
    graph
        The traveller's graph.
    direction
        ``"to"`` the points or ``"from"`` them.
    node_s : (n,) float64
        Seconds between each node and the nearest point; infinite where not known.
    edge : (p,) int32
        Edge on which each point stands.
    fraction : (p,) float64
        Where on the line of that edge.
    access_s : (p,) float64
        Seconds between the point and the street.
    nodes : (r,) int32, optional
        The nodes whose time is known. Given, only the streets at them are looked at.
    """

    graph: TravelGraph
    direction: Direction
    node_s: NDArray[np.float64]
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    access_s: NDArray[np.float64]
    nodes: NDArray[np.int32] | None = None

    @property
    def rises(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Seconds per whole edge by which time grows away from u, and away from v."""
        graph = self.graph
        if self.direction == "to":
            return graph.backward_s, graph.forward_s
        return graph.forward_s, graph.backward_s

    def at(self, edge: NDArray[np.int32], fraction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the seconds at positions on edges, infinite where not known."""
        from quartieri15.reach import field_kernels

        seconds = np.empty(len(edge))
        field_kernels.times_on_edges(self.ways, self.standing, edge, fraction, seconds)
        return seconds

    def reached(self, limit_s: float) -> Pieces:
        """Cut every street where ``limit_s`` seconds run out.

        Returns
        -------
        Pieces
            In the order of edges and along them. Pieces of no extent are left out.
        """
        from quartieri15.reach import field_kernels

        pieces: Pieces = field_kernels.cut(self._spans, *self.rises, limit_s)
        return pieces

    @property
    def ways(self) -> Ways:
        """What the time on an edge comes from."""
        return Ways(self.node_s, self.graph.edge_u, self.graph.edge_v, *self.rises)

    @cached_property
    def standing(self) -> Standing:
        """The points by the edge they stand on."""
        order = np.argsort(self.edge, kind="stable")
        return Standing(
            self.edge[order].astype(np.int32, copy=False),
            self.fraction[order],
            self.access_s[order],
        )

    @cached_property
    def _spans(self) -> Pieces:
        """Edges that may be reached, split at the points that stand on them."""
        graph = self.graph
        own = np.unique(self.edge)
        if self.nodes is None:
            known = np.isfinite(self.node_s)
            near = known[graph.edge_u] | known[graph.edge_v]
            near[own] = False
            edge = np.flatnonzero(near).astype(np.int32)
        else:
            edge = np.setdiff1d(_incidence(graph).edges_at(self.nodes), own)
        low_s, high_s = self.node_s[graph.edge_u[edge]], self.node_s[graph.edge_v[edge]]
        spans = [Pieces(edge, np.zeros(len(edge)), np.ones(len(edge)), low_s, high_s)]
        for with_places in own:
            cuts = np.unique(np.concatenate([[0.0, 1.0], self.fraction[self.edge == with_places]]))
            same = np.full(len(cuts), with_places, dtype=np.int32)
            seconds = self.at(same, cuts)
            spans.append(Pieces(same[1:], cuts[:-1], cuts[1:], seconds[:-1], seconds[1:]))
        several = joined(spans)
        order = np.argsort(several.edge, kind="stable")
        return Pieces(
            several.edge[order],
            several.start[order],
            several.stop[order],
            several.start_s[order],
            several.stop_s[order],
        )


class Ways(NamedTuple):
    """What the time on an edge comes from: that at its ends, and the rise from either."""

    node_s: NDArray[np.float64]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    from_u: NDArray[np.float64]
    from_v: NDArray[np.float64]


class Standing(NamedTuple):
    """Points on edges, by edge."""

    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    access_s: NDArray[np.float64]


class _Incidence(NamedTuple):
    """The edges at each node: those of node ``i`` stand at ``indptr[i]:indptr[i + 1]``."""

    indptr: NDArray[np.int64]
    edge: NDArray[np.int32]

    def edges_at(self, nodes: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the edges at some nodes, ascending, each once."""
        first, number = self.indptr[nodes], np.diff(self.indptr)[nodes]
        nth = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
        return np.unique(self.edge[np.repeat(first, number) + nth])


# Lines never change, and who sees the same ones has the same junctions: what meets there goes when
# the lines go.
_incidences: weakref.WeakKeyDictionary[EdgeLines, _Incidence] = weakref.WeakKeyDictionary()


def _incidence(graph: TravelGraph) -> _Incidence:
    if graph.lines not in _incidences:
        ends = np.concatenate([graph.edge_u, graph.edge_v])
        order = np.argsort(ends, kind="stable")
        indptr = np.zeros(len(graph.node_ids) + 1, dtype=np.int64)
        np.cumsum(np.bincount(ends, minlength=len(graph.node_ids)), out=indptr[1:])
        of_edge = (order % len(graph.edge_u)).astype(np.int32)
        _incidences[graph.lines] = _Incidence(indptr, of_edge)
    return _incidences[graph.lines]


def joined(several: Sequence[Pieces]) -> Pieces:
    """Put pieces of several searches one behind the other."""
    if not several:
        none = np.empty(0)
        return Pieces(none.astype(np.int32), none, none, none, none)
    return Pieces(
        edge=np.concatenate([pieces.edge for pieces in several]),
        start=np.concatenate([pieces.start for pieces in several]),
        stop=np.concatenate([pieces.stop for pieces in several]),
        start_s=np.concatenate([pieces.start_s for pieces in several]),
        stop_s=np.concatenate([pieces.stop_s for pieces in several]),
    )


@dataclass(frozen=True, eq=False)
class Vertices:
    """The vertices of many lines in one array, with their place along each line."""

    xy: NDArray[np.float64]
    key: NDArray[np.float64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, lines: EdgeLines) -> Vertices:
        """Unroll lines."""
        xy, line = shapely.get_coordinates(lines.lines, return_index=True)
        step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
        first = np.searchsorted(line, np.arange(len(lines.lines) + 1))
        step[first[:-1]] = 0.0
        run = np.cumsum(step)
        run -= run[first[:-1]][line]
        whole = run[first[1:] - 1][line]
        # A line without length still has a beginning and an end.
        flat = np.arange(len(xy)) != first[:-1][line]
        along = np.divide(run, whole, out=flat.astype(float), where=whole > 0)
        along[first[1:] - 1] = 1.0
        # Two apart, so that the end of one line stays before the beginning of the next.
        return cls(xy, 2.0 * line + along, first)

    def cut(
        self, edge: NDArray[np.int32], start: NDArray[np.float64], stop: NDArray[np.float64]
    ) -> NDArray[np.object_]:
        """Return the parts of lines between two fractions, as shapely LineStrings."""
        begin = np.searchsorted(self.key, 2.0 * edge + start, side="right")
        end = np.searchsorted(self.key, 2.0 * edge + stop, side="left")
        inside = np.maximum(end - begin, 0)
        last = np.cumsum(inside + 2) - 1
        first = last - inside - 1
        coordinates = np.empty((int(inside.sum()) + 2 * len(edge), 2))
        coordinates[first] = self.point(edge, start)
        coordinates[last] = self.point(edge, stop)
        between = np.ones(len(coordinates), dtype=bool)
        between[first] = between[last] = False
        run = np.arange(int(inside.sum())) - np.repeat(np.cumsum(inside) - inside, inside)
        coordinates[between] = self.xy[np.repeat(begin, inside) + run]
        lines = np.empty(len(edge), dtype=object)
        shapely.linestrings(
            coordinates, indices=np.repeat(np.arange(len(edge)), inside + 2), out=lines
        )
        return lines

    def point(self, edge: NDArray[np.int32], fraction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the coordinates of positions on lines."""
        at = 2.0 * edge + fraction
        before = np.searchsorted(self.key, at, side="right") - 1
        before = np.clip(before, self.first[edge], self.first[edge + 1] - 2)
        low, high = self.key[before], self.key[before + 1]
        part = np.divide(at - low, high - low, out=np.zeros_like(at), where=high > low)[:, None]
        point: NDArray[np.float64] = self.xy[before] * (1 - part) + self.xy[before + 1] * part
        return point


# Lines never change, so their vertices stay true; they go when the lines go.
_vertices: weakref.WeakKeyDictionary[EdgeLines, Vertices] = weakref.WeakKeyDictionary()


def straight_parts(vertices: Vertices, pieces: Pieces) -> NDArray[np.float64]:
    """Return the straight parts of reached pieces as rows of ``x0, y0, x1, y1``."""
    from quartieri15.reach import field_kernels

    parts: NDArray[np.float64] = field_kernels.straight_parts(
        vertices.xy, vertices.key, vertices.first, pieces
    )
    return parts


def vertices_of(lines: EdgeLines) -> Vertices:
    """Return the vertices of some lines, unrolled once."""
    if lines not in _vertices:
        _vertices[lines] = Vertices.of(lines)
    return _vertices[lines]


def cut_lines(graph: TravelGraph, pieces: Pieces) -> NDArray[np.object_]:
    """Return the geometry of reached pieces, drawn from u to v."""
    if not len(pieces.edge):
        return np.empty(0, dtype=object)
    return vertices_of(graph.lines).cut(pieces.edge, pieces.start, pieces.stop)
