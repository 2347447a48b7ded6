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

from quartieri15.reach.kernels import compiled

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
        seconds = np.empty(len(edge))
        _at(self.ways, self.standing, edge, fraction, seconds)
        return seconds

    def reached(self, limit_s: float) -> Pieces:
        """Cut every street where ``limit_s`` seconds run out.

        Returns
        -------
        Pieces
            In the order of edges and along them. Pieces of no extent are left out.
        """
        pieces: Pieces = _cut(self._spans, *self.rises, limit_s)
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


# Graphs never change, so their incidence stays true; it goes when they go.
_incidences: weakref.WeakKeyDictionary[TravelGraph, _Incidence] = weakref.WeakKeyDictionary()


def _incidence(graph: TravelGraph) -> _Incidence:
    if graph not in _incidences:
        ends = np.concatenate([graph.edge_u, graph.edge_v])
        order = np.argsort(ends, kind="stable")
        indptr = np.zeros(len(graph.node_ids) + 1, dtype=np.int64)
        np.cumsum(np.bincount(ends, minlength=len(graph.node_ids)), out=indptr[1:])
        _incidences[graph] = _Incidence(indptr, (order % len(graph.edge_u)).astype(np.int32))
    return _incidences[graph]


@compiled
def time_on_edge(ways: Ways, standing: Standing, edge: int, fraction: float) -> float:
    """Return the seconds at a position on an edge: the quicker of its ends, or of its points."""
    from_u, from_v = ways.from_u[edge], ways.from_v[edge]
    seconds = ways.node_s[ways.u[edge]]
    # Nothing of a closed way takes no time; infinite times nothing would be no number.
    if fraction > 0:
        seconds += fraction * from_u
    other = ways.node_s[ways.v[edge]]
    if fraction < 1:
        other += (1 - fraction) * from_v
    seconds = min(seconds, other)
    places = len(standing.edge)
    if places > 0 and standing.edge[0] <= edge <= standing.edge[places - 1]:
        for place in range(np.searchsorted(standing.edge, edge), places):
            if standing.edge[place] != edge:
                break
            ahead = fraction - standing.fraction[place]
            if ahead == 0:
                along = 0.0
            elif ahead > 0:
                along = ahead * from_u
            else:
                along = -ahead * from_v
            seconds = min(seconds, standing.access_s[place] + along)
    time: float = seconds
    return time


@compiled
def _at(
    ways: Ways,
    standing: Standing,
    edge: NDArray[np.int32],
    fraction: NDArray[np.float64],
    seconds: NDArray[np.float64],
) -> None:
    for i in range(len(edge)):
        seconds[i] = time_on_edge(ways, standing, edge[i], fraction[i])


@compiled
def _cut(
    spans: Pieces, rise_u: NDArray[np.float64], rise_v: NDArray[np.float64], limit_s: float
) -> Pieces:
    """Cut spans where the time runs out: one piece from the low end, one from the high end.

    Nobody goes on from an end by a way that is closed, or from one never reached.
    """
    most = 2 * len(spans.edge)
    edge = np.empty(most, dtype=np.int32)
    start, stop = np.empty(most), np.empty(most)
    start_s, stop_s = np.empty(most), np.empty(most)
    found = 0
    for i in range(len(spans.edge)):
        e, low, high = spans.edge[i], spans.start[i], spans.stop[i]
        low_s, high_s = spans.start_s[i], spans.stop_s[i]
        from_u, from_v = rise_u[e], rise_v[e]
        rising = low_s <= limit_s and from_u < np.inf
        falling = high_s <= limit_s and from_v < np.inf
        up, down = low, high
        if rising:
            up = high if from_u == 0 else min(low + (limit_s - low_s) / from_u, high)
        if falling:
            down = low if from_v == 0 else max(high - (limit_s - high_s) / from_v, low)
        if rising and falling and up > down:
            # Where both ways take equally long: the watershed of the span.
            if from_u + from_v > 0:
                shed = (high_s - low_s + high * from_v + low * from_u) / (from_u + from_v)
                shed = min(max(shed, low), high)
            else:
                shed = high if low_s <= high_s else low
            up, down = min(up, shed), max(down, shed)
        if rising and up > low:
            edge[found], start[found], stop[found] = e, low, up
            start_s[found], stop_s[found] = low_s, low_s + (up - low) * from_u
            found += 1
        if falling and down < high:
            edge[found], start[found], stop[found] = e, down, high
            start_s[found], stop_s[found] = high_s + (high - down) * from_v, high_s
            found += 1
    return Pieces(
        edge[:found].copy(),
        start[:found].copy(),
        stop[:found].copy(),
        start_s[:found].copy(),
        stop_s[:found].copy(),
    )


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
    parts: NDArray[np.float64] = _straight_parts(vertices.xy, vertices.key, vertices.first, pieces)
    return parts


@compiled
def _straight_parts(
    xy: NDArray[np.float64], key: NDArray[np.float64], first: NDArray[np.int64], pieces: Pieces
) -> NDArray[np.float64]:
    most = 0
    for edge in pieces.edge:
        most += first[edge + 1] - first[edge] - 1
    parts = np.empty((most, 4))
    number = 0
    for i in range(len(pieces.edge)):
        edge, start, stop = pieces.edge[i], pieces.start[i], pieces.stop[i]
        for vertex in range(first[edge], first[edge + 1] - 1):
            before, after = key[vertex] - 2.0 * edge, key[vertex + 1] - 2.0 * edge
            if after <= start or before >= stop or after <= before:
                continue
            x, y = xy[vertex]
            dx, dy = xy[vertex + 1, 0] - x, xy[vertex + 1, 1] - y
            begin = max(start - before, 0.0) / (after - before)
            end = min((stop - before) / (after - before), 1.0)
            parts[number] = x + begin * dx, y + begin * dy, x + end * dx, y + end * dy
            number += 1
    return parts[:number]


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
