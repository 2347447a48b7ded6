"""The axis of a street: the line that a stretch of it is measured on.

A street is many edges: two carriageways, service lanes, a cycleway beside them, pieces that an
unnamed roundabout separates. They are linked into one graph, the shortest way through it is the
axis, and what lies beside the axis belongs to the stretch.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

LINK_M: Final = 60.0
"""Junctions of one street nearer than this are linked, where its edges do not link them."""
BESIDE_M: Final = 80.0
"""How far from the axis an edge of the street may lie: a boulevard with its service lanes."""
SAMPLES: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""Where on an edge it is looked whether it lies between the ends of a stretch."""


class Way(NamedTuple):
    """A line along a street, and how much of it leads over gaps between pieces of the street."""

    line: shapely.LineString
    gap_m: float

    @property
    def length_m(self) -> float:
        """Length of what lies on the street."""
        return self.line.length - self.gap_m


class Axis:
    """The edges of one street as a graph.

    Parameters
    ----------
    lines, u, v
        Shape, first and last junction of every edge.
    network
        All edges of the network, for the streets that meet this one.
    """

    def __init__(
        self,
        lines: NDArray[np.object_],
        u: NDArray[np.int64],
        v: NDArray[np.int64],
        *,
        network: gpd.GeoDataFrame,
    ) -> None:
        self._lines = lines
        self._network = network
        self._node_ids, ends = np.unique(np.concatenate([u, v]), return_inverse=True)
        self._u, self._v = ends[: len(u)].tolist(), ends[len(u) :].tolist()
        count = len(self._node_ids)
        xy = np.empty((count, 2))
        coordinates = [shapely.get_coordinates(line) for line in lines]
        for i, line in enumerate(coordinates):
            xy[self._u[i]], xy[self._v[i]] = line[0], line[-1]
        self._xy: list[tuple[float, float]] = [(x, y) for x, y in xy.tolist()]
        # An arc is a pair of nodes and the coordinates between them.
        self._arcs: dict[tuple[int, int], NDArray[np.float64]] = {}
        self._metres: dict[tuple[int, int], float] = {}
        self._gaps: set[tuple[int, int]] = set()
        for i, line in enumerate(coordinates):
            self._add(self._u[i], self._v[i], line)
        self._link()

    def _add(self, tail: int, head: int, line: NDArray[np.float64]) -> None:
        length = _length(line)
        if tail == head or self._metres.get((tail, head), np.inf) <= length:
            return
        for pair, shape in (((tail, head), line), ((head, tail), line[::-1])):
            self._arcs[pair] = shape
            # Two junctions at one place are still an arc.
            self._metres[pair] = max(length, 1e-6)

    def _link(self) -> None:
        """Link pieces that do not touch: all that are near, and else the nearest."""
        xy = np.array(self._xy)
        points = np.asarray(shapely.points(xy))
        tree = shapely.STRtree(points)
        one, other = tree.query(points, predicate="dwithin", distance=LINK_M)
        piece = self._pieces()
        apart = piece[one] < piece[other]
        for i, j in zip(one[apart].tolist(), other[apart].tolist(), strict=True):
            self._add(i, j, xy[[i, j]])
        piece = self._pieces()
        while piece.max() > 0:
            mine, others = np.flatnonzero(piece == 0), np.flatnonzero(piece != 0)
            near, apart_m = shapely.STRtree(points[others]).query_nearest(
                points[mine], return_distance=True, all_matches=False
            )
            i = int(mine[near[0][apart_m.argmin()]])
            j = int(others[near[1][apart_m.argmin()]])
            self._add(i, j, xy[[i, j]])
            self._gaps |= {(i, j), (j, i)}
            piece = self._pieces()

    def _pieces(self) -> NDArray[np.int32]:
        found: NDArray[np.int32] = connected_components(self._matrix(), directed=False)[1]
        return found

    def _matrix(self) -> csr_array:
        size = len(self._xy)
        pairs = np.array(list(self._metres), dtype=np.int64).reshape(-1, 2)
        weights = np.fromiter(self._metres.values(), dtype=float)
        return csr_array((weights, (pairs[:, 0], pairs[:, 1])), shape=(size, size))

    # Where something meets the street.

    def contacts(
        self, shape: shapely.Geometry, edge_ids: NDArray[np.int64], within_m: float
    ) -> NDArray[np.int64]:
        """Return the nodes of the graph where a shape meets the street.

        Junctions that are shared with the edges of another street; where there are none, the
        nearest points of all edges that come within some metres, made nodes of their own.
        """
        if len(edge_ids):
            ends = np.concatenate([self._network[end].to_numpy()[edge_ids] for end in ("u", "v")])
            shared = np.flatnonzero(np.isin(self._node_ids, ends))
            if len(shared):
                return shared
        apart = shapely.distance(self._lines, shape)
        near = np.flatnonzero(apart <= max(float(apart.min()), within_m) + 1e-9)
        if isinstance(shape, shapely.Point):
            near = near[[int(apart[near].argmin())]]
        return np.array([self._split(int(i), shape) for i in near], dtype=np.int64)

    def spread_m(self, nodes: NDArray[np.int64]) -> float:
        """Return how far some nodes lie apart, in metres, at the most."""
        xy = np.array(self._xy)[nodes]
        return float(np.hypot(*(xy.max(axis=0) - xy.min(axis=0))))

    def _split(self, edge: int, shape: shapely.Geometry) -> int:
        """Make the point of an edge that is nearest to a shape a node, and return it."""
        line = self._lines[edge]
        at = shapely.line_locate_point(
            line, shapely.get_point(shapely.shortest_line(line, shape), 0)
        )
        if at <= 0:
            return int(self._u[edge])
        if at >= line.length:
            return int(self._v[edge])
        from shapely.ops import substring

        node = len(self._xy)
        point = shapely.line_interpolate_point(line, at)
        self._xy.append((point.x, point.y))
        for end, part in (
            (self._u[edge], substring(line, 0, at)),
            (self._v[edge], shapely.reverse(substring(line, at, line.length))),
        ):
            self._add(end, node, shapely.get_coordinates(part))
        return node

    # Lines along the street.

    def between(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Way:
        """Return the shortest way along the street from one of some nodes to one of others."""
        common = np.intersect1d(starts, ends)
        if len(common):
            only = np.setdiff1d(starts, common), np.setdiff1d(ends, common)
            starts, ends = only if len(only[0]) and len(only[1]) else (starts, ends)
        return self._ways(starts, ends)

    def _ways(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Way:
        metres, before, _ = dijkstra(
            self._matrix(), indices=starts, min_only=True, return_predecessors=True
        )
        return self._line(before, int(ends[np.argmin(metres[ends])]))

    def _line(self, before: NDArray[np.int32], node: int) -> Way:
        path = [node]
        while (node := int(before[node])) >= 0:
            path.append(node)
        path.reverse()
        if len(path) == 1:
            return Way(shapely.LineString([self._xy[path[0]]] * 2), 0.0)
        pairs = list(pairwise(path))
        parts = [self._arcs[pair] for pair in pairs]
        line = shapely.LineString(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))
        gaps = [self._metres[pair] for pair in pairs if pair in self._gaps]
        return Way(line, float(sum(gaps)))

    def whole(self) -> Way:
        """Return the way from one end of the street to the other: its longest shortest way."""
        matrix = self._matrix()
        first = dijkstra(matrix, indices=[0]).argmax()
        metres, before = dijkstra(matrix, indices=[int(first)], return_predecessors=True)
        return self._line(before[0], int(metres.argmax()))

    def sides(self, nodes: NDArray[np.int64]) -> list[Way]:
        """Return the ways from some nodes to both ends of the street."""
        line = self.whole().line
        ends = [self._node_at(shapely.get_point(line, k)) for k in (0, -1)]
        return [self._ways(nodes, np.array([end])) for end in ends]

    def _node_at(self, point: shapely.Point) -> int:
        return int(np.hypot(*(np.array(self._xy) - (point.x, point.y)).T).argmin())

    def beside(self, line: shapely.LineString) -> NDArray[np.bool_]:
        """Tell which edges lie for the greater part beside a line, between its ends."""
        lengths = shapely.length(self._lines)
        points = shapely.line_interpolate_point(
            self._lines[:, None], SAMPLES[None, :] * lengths[:, None]
        )
        at = shapely.line_locate_point(line, points)
        inside = (at > 0) & (at < line.length) & (shapely.distance(line, points) <= BESIDE_M)
        chosen: NDArray[np.bool_] = inside.sum(axis=1) * 2 > len(SAMPLES)
        return chosen


def _length(line: NDArray[np.float64]) -> float:
    step = line[1:] - line[:-1]
    return float(np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2).sum())


def pieces(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for every pair of things that are linked the number of the piece it is in, from 0."""
    known, ends = np.unique(np.concatenate([one, other]), return_inverse=True)
    pairs = ends[: len(one)], ends[len(one) :]
    linked = csr_array((np.ones(len(one), dtype=bool), pairs), shape=(len(known), len(known)))
    of_thing = connected_components(linked, directed=False)[1]
    found: NDArray[np.int64] = of_thing[pairs[0]].astype(np.int64)
    return found
