"""Links that might be missing, found by rule on the streets of one traveller.

**Across a barrier** (``barrier``). Along every railway, motorway or watercourse of
``streets.barriers`` one stands every :data:`STATION_M` metres, and looks to either side for the
nearest street. The two points are a candidate if

1. the straight line between them is no longer than ``max_length_m`` and crosses a barrier;
2. it meets no other street of the traveller on the ground between its ends, because a link ends
   at the first street it meets;
3. it goes through none of the obstacles: the buildings of the city, or what was given;
4. the shortest way between them is a detour: at least ``detour_ratio`` times the line, and
   ``detour_m`` metres more than it.

**At a dead end** (``dead_end``). From every junction where only one street ends, straight lines to
the nearest point of every other street within ``max_length_m``, by the same rules but for
the crossing. One that happens to cross a barrier is of the kind ``barrier``.

Ends lie on the main part of the traveller's network, on the ground: not on a bridge, in a tunnel
or on stairs. The detour is measured along streets that are open to the traveller in one direction
at least, whichever it is. Positions of ends are exact: anywhere along a street.

What is not looked at, because no table of a city holds it: who owns the ground, water that is not
among the obstacles and barriers, walls and fences, differences in height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.planning.links.dividing import Positions, arcs_by
from quartieri15.reach import kernels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from quartieri15.model.streets import StreetNetwork
    from quartieri15.reach.graph import Arcs, TravelGraph

STATION_M: Final = 25.0
"""How far apart one stands along a barrier."""
CLEAR_M: Final = 0.5
"""So near to its own ends a link may meet another street: they share a junction there."""
AT_JUNCTION_M: Final = 5.0
"""An end so near a junction is put there: who builds a path leads it to the corner."""
_AT_ONCE: Final = 1000
"""So many points are looked at together; what is found of more may not fit into memory."""


class _Ends(NamedTuple):
    """Positions, and where they are."""

    at: Positions
    xy: NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Candidates:
    """Links to be tried.

    Parameters
    ----------
    kind : (c,) object
        ``barrier``, ``dead_end`` or ``cycle_gap``.
    a, b
        Where they begin and end.
    length_m : (c,) float64
        How long they are.
    lines : (c,) object
        shapely LineStrings from a to b.
    edges
        For each the edges it runs along, positions among ``graph.edge_ids``; none for a new
        street.
    """

    kind: NDArray[np.object_]
    a: Positions
    b: Positions
    length_m: NDArray[np.float64]
    lines: NDArray[np.object_]
    edges: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.kind)

    def __repr__(self) -> str:
        return f"Candidates({len(self)})"

    @classmethod
    def straight(
        cls,
        kind: NDArray[np.object_],
        a: Positions,
        b: Positions,
        lines: NDArray[np.object_],
        *,
        crs: CRS,
    ) -> Self:
        """Make new streets, straight from a to b, as long as they are on the ground."""
        return cls(kind, a, b, geodesic_m(lines, crs), lines, ((),) * len(kind))

    @classmethod
    def together(cls, several: Sequence[Self]) -> Self:
        """Return several lots as one."""

        def positions(which: str) -> Positions:
            lots = [getattr(one, which) for one in several]
            return Positions(
                np.concatenate([lot.edge for lot in lots]).astype(np.int32),
                np.concatenate([lot.fraction for lot in lots]),
            )

        return cls(
            np.concatenate([one.kind for one in several]),
            positions("a"),
            positions("b"),
            np.concatenate([one.length_m for one in several]),
            np.concatenate([one.lines for one in several]),
            tuple(edges for one in several for edges in one.edges),
        )

    def take(self, rows: NDArray[np.integer]) -> Candidates:
        """Return some of them."""
        return Candidates(
            self.kind[rows],
            self.a.take(rows),
            self.b.take(rows),
            self.length_m[rows],
            self.lines[rows],
            tuple(self.edges[row] for row in rows.tolist()),
        )


class Ground:
    """The streets of a traveller as a surveyor sees them: where a link may end, what it meets.

    Parameters
    ----------
    streets
        The network.
    graph
        Its streets as the traveller sees them.
    obstacles
        shapely shapes that no new street goes through.
    """

    def __init__(
        self,
        streets: StreetNetwork,
        graph: TravelGraph,
        obstacles: NDArray[np.object_] | None = None,
    ) -> None:
        self.graph = graph
        self.obstacles = shapely.STRtree([] if obstacles is None else obstacles)
        self.lines = graph.lines.lines
        edges = streets.edges.iloc[graph.edge_ids]
        self.on_ground = ~(edges["bridge"] | edges["tunnel"]).to_numpy(dtype=bool)
        self.on_ground &= edges["layer"].to_numpy() == 0
        steps = edges["steps"].to_numpy(dtype=bool)
        self.may_end = self.on_ground & ~steps & graph.leaves_main & graph.enters_main
        self.ends = np.flatnonzero(self.may_end).astype(np.int32)
        self.tree = shapely.STRtree(self.lines[self.ends])
        self.met = np.flatnonzero(self.on_ground)
        self.met_tree = shapely.STRtree(self.lines[self.met])
        self.barriers = shapely.STRtree(graph.lines.barriers)
        self.metres = self._metres(np.ones(len(graph.edge_ids), dtype=bool))
        self.streets_at = np.bincount(
            np.concatenate([graph.edge_u, graph.edge_v]), minlength=len(graph.node_ids)
        )

    def within(
        self, points: NDArray[np.object_], distance_m: float
    ) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Return pairs of points and edges, no farther apart, in the order of the points."""
        point, edge = self.tree.query(points, predicate="dwithin", distance=distance_m)
        edges = self.ends[edge]
        order = np.lexsort((edges, point))
        return point[order], edges[order]

    def crosses_barrier(self, lines: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell which lines cross a barrier."""
        crossing = np.zeros(len(lines), dtype=bool)
        crossing[self.barriers.query(lines, predicate="intersects")[0]] = True
        return crossing

    def free(self, lines: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Tell which lines meet no street on the ground, and no obstacle, between their ends."""
        length = shapely.length(lines)
        clear = np.minimum(CLEAR_M, length / 4)
        between = _between(lines, clear / length, 1 - clear / length)
        free = np.ones(len(lines), dtype=bool)
        for tree in (self.met_tree, self.obstacles):
            free[tree.query(between, predicate="intersects")[0]] = False
        return free

    def detour_m(
        self,
        a: Positions,
        b: Positions,
        limit_m: float,
        *,
        usable: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Measure the shortest ways between positions on different edges.

        Parameters
        ----------
        a, b
            Where they begin and end. Many may begin at one place.
        limit_m
            Ways longer than this are told to be infinite.
        usable
            Which edges count, all by default. Positions on others must be at junctions.
        """
        arcs = self.metres if usable is None else self._metres(usable)
        n = len(self.graph.node_ids)
        starts, start_of = np.unique(
            np.column_stack([a.edge, a.fraction]), axis=0, return_inverse=True
        )
        start_of = start_of.reshape(-1)
        edge, fraction = starts[:, 0].astype(np.int32), starts[:, 1]
        seed_node, seed_m = self._ends_of(Positions(edge, fraction))
        to_node, to_m = self._ends_of(b)
        found = np.full(len(b.edge), np.inf)
        order = np.argsort(start_of, kind="stable")
        together = searched_together(limit_m)
        for begin in range(0, len(starts), together):
            stop = min(begin + together, len(starts))
            # The kernels add up any cost, here metres.
            indptr, node, metres = kernels.reach_within(
                arcs, seed_node[begin:stop], seed_m[begin:stop], limit_s=limit_m
            ).joined()
            key = np.repeat(np.arange(stop - begin), np.diff(indptr)) * n + node
            by_key = np.argsort(key, kind="stable")
            key, metres = np.append(key[by_key], -1), np.append(metres[by_key], np.inf)
            first, last = np.searchsorted(start_of[order], [begin, stop])
            asked = order[first:last]
            for end in (0, 1):
                none = to_node[asked, end] < 0
                wanted = np.where(none, -2, (start_of[asked] - begin) * n + to_node[asked, end])
                at = np.searchsorted(key[:-1], wanted)
                there = np.where(key[at] == wanted, metres[at], np.inf)
                found[asked] = np.minimum(found[asked], there + to_m[asked, end])
        found[found > limit_m] = np.inf
        return found

    def _metres(self, usable: NDArray[np.bool_]) -> Arcs:
        """Return arcs both ways along some edges, whose cost is their length."""
        graph = self.graph
        u, v, length = graph.edge_u[usable], graph.edge_v[usable], graph.length_m[usable]
        tail, head = np.concatenate([u, v]), np.concatenate([v, u])
        return arcs_by(len(graph.node_ids), tail, head, np.concatenate([length, length]))

    def _ends_of(self, at: Positions) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        graph = self.graph
        length = graph.length_m[at.edge]
        node = np.column_stack([graph.edge_u[at.edge], graph.edge_v[at.edge]])
        metres = np.column_stack([at.fraction * length, (1 - at.fraction) * length])
        # Who stands on a junction does not go along the street first.
        away = np.column_stack([at.fraction == 1, at.fraction == 0])
        return np.where(away, -1, node).astype(np.int32), np.where(away, np.inf, metres)


@dataclass(frozen=True)
class Rule:
    """What makes a candidate.

    Parameters
    ----------
    max_length_m
        The longest link.
    detour_ratio
        How many times as long as the link the shortest way must be.
    detour_m
        How much longer than the link it must be.
    """

    max_length_m: float
    detour_ratio: float
    detour_m: float

    def least_way_m(self, length_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how long the way beside a link of this length must at least be."""
        return np.maximum(length_m * self.detour_ratio, length_m + self.detour_m)

    @property
    def limit_m(self) -> float:
        """No way needs to be measured further than this."""
        longest = np.array([self.max_length_m])
        return float(np.nextafter(self.least_way_m(longest)[0], np.inf))


def searched_together(limit_m: float) -> int:
    """Return of how many points what is within a limit is held at once: an area, thus a square."""
    return max(16, min(_AT_ONCE, int((1000.0 / limit_m) ** 2 * _AT_ONCE)))


def across_barriers(ground: Ground, rule: Rule, said: Callable[[str], None]) -> Candidates:
    """Find links from one side of a barrier to the other."""
    stations, along = _stations(ground.graph.lines.barriers)
    lots = []
    for begin in range(0, max(len(stations), 1), _AT_ONCE):
        said(f"looking to both sides of barriers, {begin:,} of {len(stations):,} points")
        some = slice(begin, begin + _AT_ONCE)
        lots.append(_tried(ground, rule, *_both_sides(ground, rule, stations[some], along[some])))
    return _once(Candidates.together(lots))


def _both_sides(
    ground: Ground, rule: Rule, stations: NDArray[np.object_], along: NDArray[np.float64]
) -> tuple[_Ends, _Ends]:
    """Look from points on a barrier for the nearest street to the left and to the right."""
    point, edge = ground.within(stations, rule.max_length_m)
    fraction, foot = _nearest_on(ground.lines, edge, stations[point])
    leg = foot - shapely.get_coordinates(stations)[point]
    turn = along[point, 0] * leg[:, 1] - along[point, 1] * leg[:, 0]
    away = np.hypot(leg[:, 0], leg[:, 1])
    nearest = []
    for side in (turn > 0, turn < 0):
        rows = np.flatnonzero(side & (away > CLEAR_M))
        rows = rows[np.lexsort((edge[rows], away[rows], point[rows]))]
        best = np.full(len(stations), -1)
        first = np.unique(point[rows], return_index=True)[1]
        best[point[rows[first]]] = rows[first]
        nearest.append(best)
    both = (nearest[0] >= 0) & (nearest[1] >= 0)
    left, right = (
        _Ends(Positions(edge[rows], fraction[rows]), foot[rows])
        for rows in (nearest[0][both], nearest[1][both])
    )
    return left, right


def at_dead_ends(ground: Ground, rule: Rule, said: Callable[[str], None]) -> Candidates:
    """Find links from where only one street ends to other streets."""
    graph = ground.graph
    alone = [ground.streets_at[end] == 1 for end in (graph.edge_u, graph.edge_v)]
    own = np.flatnonzero(ground.may_end & (alone[0] | alone[1])).astype(np.int32)
    at_u = alone[0][own]
    xy = graph.node_xy[np.where(at_u, graph.edge_u[own], graph.edge_v[own])]
    points: NDArray[np.object_] = np.asarray(shapely.points(xy))
    lots = []
    for begin in range(0, max(len(points), 1), _AT_ONCE):
        said(f"looking around dead ends, {begin:,} of {len(points):,}")
        point, edge = ground.within(points[begin : begin + _AT_ONCE], rule.max_length_m)
        point += begin
        other = edge != own[point]
        point, edge = point[other], edge[other]
        fraction, foot = _nearest_on(ground.lines, edge, points[point])
        start = Positions(own[point], np.where(at_u[point], 0.0, 1.0))
        ends = _Ends(start, xy[point]), _Ends(Positions(edge, fraction), foot)
        lots.append(_tried(ground, rule, *ends))
    return _once(Candidates.together(lots))


def _tried(ground: Ground, rule: Rule, a: _Ends, b: _Ends) -> Candidates:
    """Keep the links that the rules allow."""
    length = np.hypot(*(b.xy - a.xy).T)
    other = a.at.edge != b.at.edge
    rows = np.flatnonzero((length > 0) & (length <= rule.max_length_m) & other)
    way = ground.detour_m(a.at.take(rows), b.at.take(rows), rule.limit_m)
    rows = rows[way >= rule.least_way_m(length[rows])]
    lines: NDArray[np.object_] = np.asarray(
        shapely.linestrings(np.stack([a.xy[rows], b.xy[rows]], axis=1))
    )
    free = ground.free(lines)
    rows, lines = rows[free], lines[free]
    kind = np.where(ground.crosses_barrier(lines), "barrier", "dead_end").astype(object)
    crs = ground.graph.crs
    return Candidates.straight(kind, a.at.take(rows), b.at.take(rows), lines, crs=crs)


def _once(found: Candidates) -> Candidates:
    """Keep one of each: a link between two dead ends is found from both."""
    a, b = found.a, found.b
    ends = np.column_stack([a.edge, a.fraction, b.edge, b.fraction])
    swap = (ends[:, 2] < ends[:, 0]) | ((ends[:, 2] == ends[:, 0]) & (ends[:, 3] < ends[:, 1]))
    turned = np.where(swap[:, None], ends[:, [2, 3, 0, 1]], ends)
    return found.take(np.sort(np.unique(turned, axis=0, return_index=True)[1]))


def _nearest_on(
    lines: NDArray[np.object_], edge: NDArray[np.int32], points: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far along an edge its nearest point to another is, and where that is."""
    fraction = shapely.line_locate_point(lines[edge], points, normalized=True)
    metres = shapely.length(lines[edge])
    near_end = np.minimum(fraction, 1 - fraction) * metres < AT_JUNCTION_M
    fraction = np.where(near_end, np.round(fraction), fraction)
    foot = shapely.line_interpolate_point(lines[edge], fraction, normalized=True)
    return fraction, shapely.get_coordinates(foot)


def geodesic_m(lines: NDArray[np.object_], crs: CRS) -> NDArray[np.float64]:
    """Return the lengths of straight lines on the ground, on the WGS84 ellipsoid.

    Lengths of streets are of this kind; in a projection they are up to 0.04 % shorter.
    """
    from pyproj import Geod, Transformer

    if not len(lines):
        return np.zeros(0)
    xy = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    to_degrees = Transformer.from_crs(crs, GEOGRAPHIC, always_xy=True)
    lon, lat = to_degrees.transform(xy[..., 0], xy[..., 1])
    metres: NDArray[np.float64]
    *_, metres = Geod(ellps="WGS84").inv(lon[:, 0], lat[:, 0], lon[:, 1], lat[:, 1])
    return np.asarray(metres)


def _stations(
    barriers: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Return points along barriers, and the direction the barrier has there."""
    length = shapely.length(barriers)
    number = np.maximum(np.ceil(length / STATION_M).astype(int), 1)
    of = np.repeat(np.arange(len(barriers)), number)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(number) - number, number)
    # In the middle of stretches of equal length: never at the very end of a barrier.
    at = (nth + 0.5) / number[of] * length[of]
    lines = barriers[of]
    points: NDArray[np.object_] = shapely.line_interpolate_point(lines, at)
    before = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(at - 1, 0)))
    after = shapely.get_coordinates(
        shapely.line_interpolate_point(lines, np.minimum(at + 1, length[of]))
    )
    return points, after - before


def _between(
    lines: NDArray[np.object_], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Return the part of straight lines between two fractions of each."""
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    step = ends[:, 1] - ends[:, 0]
    parts = [ends[:, 0] + step * fraction[:, None] for fraction in (start, end)]
    between: NDArray[np.object_] = np.asarray(shapely.linestrings(np.stack(parts, axis=1)))
    return between
