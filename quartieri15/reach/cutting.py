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
    """

    graph: TravelGraph
    direction: Direction
    node_s: NDArray[np.float64]
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    access_s: NDArray[np.float64]

    @property
    def rises(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Seconds per whole edge by which time grows away from u, and away from v."""
        graph = self.graph
        if self.direction == "to":
            return graph.backward_s, graph.forward_s
        return graph.forward_s, graph.backward_s

    def at(self, edge: NDArray[np.int32], fraction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the seconds at positions on edges."""
        from_u, from_v = self.rises
        seconds = np.minimum(
            self.node_s[self.graph.edge_u[edge]] + _part(fraction, from_u[edge]),
            self.node_s[self.graph.edge_v[edge]] + _part(1 - fraction, from_v[edge]),
        )
        order = np.argsort(edge, kind="stable")
        for own, place, access in zip(self.edge, self.fraction, self.access_s, strict=True):
            first, last = np.searchsorted(edge, [own, own + 1], sorter=order)
            here = order[first:last]
            ahead = fraction[here] - place
            rise = np.where(ahead > 0, from_u[own], from_v[own])
            seconds[here] = np.minimum(seconds[here], access + _part(np.abs(ahead), rise))
        return seconds

    def reached(self, limit_s: float) -> Pieces:
        """Cut every street where ``limit_s`` seconds run out.

        Returns
        -------
        Pieces
            In the order of edges and along them. Pieces of no extent are left out.
        """
        edge, low, high, low_s, high_s = self._spans
        from_u, from_v = (rise[edge] for rise in self.rises)
        with np.errstate(invalid="ignore", divide="ignore"):
            # Where both ways take equally long: the watershed of the span.
            shed = (high_s - low_s + _part(high, from_v) + _part(low, from_u)) / (from_u + from_v)
        # Nobody goes on from an end by a way that is closed, or from one never reached.
        shed = np.where(np.isinf(low_s) | np.isinf(from_u), low, shed)
        shed = np.where(np.isinf(high_s) | np.isinf(from_v), high, shed)
        shed = np.where(
            (np.isinf(low_s) | np.isinf(from_u)) & (np.isinf(high_s) | np.isinf(from_v)), low, shed
        )
        shed = np.clip(np.where(np.isnan(shed), high, shed), low, high)
        up = np.minimum(_how_far(limit_s - low_s, from_u, low, 1.0), shed)
        down = np.maximum(_how_far(limit_s - high_s, from_v, high, -1.0), shed)
        rising = (low_s <= limit_s) & (up > low) & np.isfinite(from_u)
        falling = (high_s <= limit_s) & (down < high) & np.isfinite(from_v)
        first, second = np.flatnonzero(rising), np.flatnonzero(falling)
        pieces = Pieces(
            edge=np.concatenate([edge[first], edge[second]]),
            start=np.concatenate([low[first], down[second]]),
            stop=np.concatenate([up[first], high[second]]),
            start_s=np.concatenate(
                [
                    low_s[first],
                    high_s[second] + _part((high - down)[second], from_v[second]),
                ]
            ),
            stop_s=np.concatenate(
                [low_s[first] + _part((up - low)[first], from_u[first]), high_s[second]]
            ),
        )
        order = np.lexsort((pieces.start, pieces.edge))
        return Pieces(
            edge=pieces.edge[order],
            start=pieces.start[order],
            stop=pieces.stop[order],
            start_s=pieces.start_s[order],
            stop_s=pieces.stop_s[order],
        )

    @cached_property
    def _spans(self) -> Pieces:
        """Edges that may be reached, split at the points that stand on them."""
        graph = self.graph
        own = np.unique(self.edge)
        u_s, v_s = self.node_s[graph.edge_u], self.node_s[graph.edge_v]
        near = np.isfinite(u_s) | np.isfinite(v_s)
        near[own] = False
        edge = np.flatnonzero(near).astype(np.int32)
        zero, one = np.zeros(len(edge)), np.ones(len(edge))
        spans = [Pieces(edge, zero, one, u_s[edge], v_s[edge])]
        for with_places in own:
            cuts = np.unique(np.concatenate([[0.0, 1.0], self.fraction[self.edge == with_places]]))
            same = np.full(len(cuts), with_places, dtype=np.int32)
            seconds = self.at(same, cuts)
            spans.append(Pieces(same[1:], cuts[:-1], cuts[1:], seconds[:-1], seconds[1:]))
        return joined(spans)


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
        coordinates[first] = self._point(edge, start)
        coordinates[last] = self._point(edge, stop)
        between = np.ones(len(coordinates), dtype=bool)
        between[first] = between[last] = False
        run = np.arange(int(inside.sum())) - np.repeat(np.cumsum(inside) - inside, inside)
        coordinates[between] = self.xy[np.repeat(begin, inside) + run]
        lines = np.empty(len(edge), dtype=object)
        shapely.linestrings(
            coordinates, indices=np.repeat(np.arange(len(edge)), inside + 2), out=lines
        )
        return lines

    def _point(self, edge: NDArray[np.int32], fraction: NDArray[np.float64]) -> NDArray[np.float64]:
        at = 2.0 * edge + fraction
        before = np.searchsorted(self.key, at, side="right") - 1
        before = np.clip(before, self.first[edge], self.first[edge + 1] - 2)
        low, high = self.key[before], self.key[before + 1]
        part = np.divide(at - low, high - low, out=np.zeros_like(at), where=high > low)[:, None]
        point: NDArray[np.float64] = self.xy[before] * (1 - part) + self.xy[before + 1] * part
        return point


# Lines never change, so their vertices stay true; they go when the lines go.
_vertices: weakref.WeakKeyDictionary[EdgeLines, Vertices] = weakref.WeakKeyDictionary()


def cut_lines(graph: TravelGraph, pieces: Pieces) -> NDArray[np.object_]:
    """Return the geometry of reached pieces, drawn from u to v."""
    if graph.lines not in _vertices:
        _vertices[graph.lines] = Vertices.of(graph.lines)
    if not len(pieces.edge):
        return np.empty(0, dtype=object)
    return _vertices[graph.lines].cut(pieces.edge, pieces.start, pieces.stop)


def _part(fraction: NDArray[np.float64], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply; nothing of a closed way takes no time."""
    with np.errstate(invalid="ignore"):
        return np.where(fraction == 0, 0.0, fraction * seconds)


def _how_far(
    left_s: NDArray[np.float64],
    rise: NDArray[np.float64],
    begin: NDArray[np.float64],
    sign: float,
) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        far = np.where(rise > 0, left_s / rise, np.where(left_s >= 0, np.inf, -np.inf))
        return begin + sign * np.where(np.isnan(far), -np.inf, far)
