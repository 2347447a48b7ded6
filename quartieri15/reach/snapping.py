"""Points onto streets: the nearest place on the nearest street a traveller may use.

The rule, in full:

1. Only edges the traveller may use count, and of them those that have a frontage
   (``edges["frontage"]``: a bridge may have none); and the nearest point of the drawn line, which
   may be anywhere along it. Of edges equally near, the one with the smallest id is taken.
2. A traveller is put on the main part of the network: someone who starts, on an edge from
   which the main part can be reached; someone who arrives, on an edge that can be reached
   from it. If a fragment is nearer, it is passed over and the status says so
   (``fragment_passed_over``).
3. Only where no edge of the main part is within ``max_distance_m`` is a point put on a
   fragment that is, and the status says so (``on_fragment``).
4. The straight leg between the point and the street crosses no barrier (a railway, a canal,
   a motorway: ``StreetNetwork.barriers``) if a leg that crosses none leads to another edge of
   the same part, no more than ``barrier_detour_m`` farther than the nearest. If a nearer edge
   was passed over for that, the status says so (``barrier_passed_over``). If there is no such
   leg, the nearest edge is kept, and the status says so (``across_barrier``).
5. Beyond ``far_m`` the status is ``far``; beyond ``max_distance_m`` there is ``no_street``.

A leg crosses a barrier if it begins on one side and ends on the other. One that begins or ends
on a barrier does not cross it there, nor one that runs along it: a street may end at a canal,
and whoever stands on a bridge stands on it. Each straight piece of a street is tried at its own
point nearest to the person, and pieces are cut where a barrier crosses them: of a bridge the
half on this side counts, up to the middle.

A point at the very end of an edge stands on the junction: it may leave by, and be reached
through, every street of that junction.
"""

from __future__ import annotations

import math
import threading
import weakref
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np
import shapely

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model.streets import MARGIN_M
from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.graph import EdgeLines, TravelGraph
    from quartieri15.reach.segments import SegmentGrid

    _Seeds = tuple[NDArray[np.int32], NDArray[np.float64]]

Role = Literal["start", "end"]

STATUSES = (
    "ok",
    "fragment_passed_over",
    "barrier_passed_over",
    "far",
    "across_barrier",
    "on_fragment",
    "no_street",
    "no_position",
)
"""What can be said of a snapped point, the graver the later; ``Snapped.status`` counts them."""

(
    OK,
    FRAGMENT_PASSED_OVER,
    BARRIER_PASSED_OVER,
    FAR,
    ACROSS_BARRIER,
    ON_FRAGMENT,
    NO_STREET,
    NO_POSITION,
) = range(len(STATUSES))

FAR_M = 250.0
MAX_DISTANCE_M = MARGIN_M
BARRIER_DETOUR_M = 100.0
"""How much farther than the nearest street one may be that no barrier cuts off."""


@dataclass(frozen=True, eq=False, repr=False)
class Snapped:
    """Where points stand on the streets of a graph.

    Parameters
    ----------
    role
        ``"start"``: travellers leave from these points; ``"end"``: they arrive there.
    edge : (p,) int32
        Position among ``graph.edge_ids``, -1 for none.
    fraction : (p,) float64
        Position along the drawn line from u (0) to v (1); NaN for none. Times
        ``graph.length_m`` it is a length on the ground.
    distance_m : (p,) float64
        How far the point was moved: to that position, as the crow flies; NaN for none.
    status : (p,) uint8
        Index into :data:`STATUSES`. Where two hold, the graver one is told: ``far`` hides
        ``fragment_passed_over``.
    passed_over : (p,) bool
        Whether a fragment was nearer.
    nearest_m : (p,) float64
        To the nearest edge of the same part, barriers or not; NaN for none. The difference
        from ``distance_m`` is what the barriers cost.
    barrier_passed_over : (p,) bool
        Whether an edge was nearer, but across a barrier.
    across_barrier : (p,) bool
        Whether the leg to the street crosses a barrier.
    """

    role: Role
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    status: NDArray[np.uint8]
    passed_over: NDArray[np.bool_]
    nearest_m: NDArray[np.float64]
    barrier_passed_over: NDArray[np.bool_]
    across_barrier: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.edge)

    def __repr__(self) -> str:
        counts = np.bincount(self.status, minlength=len(STATUSES))
        said = ", ".join(f"{n:,} {name}" for name, n in zip(STATUSES, counts, strict=True) if n)
        return f"Snapped({self.role}: {said or 'no point'})"


def snap(
    graph: TravelGraph,
    points_xy: NDArray[np.float64],
    *,
    role: Role,
    far_m: float = FAR_M,
    max_distance_m: float = MAX_DISTANCE_M,
    barrier_detour_m: float = BARRIER_DETOUR_M,
) -> Snapped:
    """Put points on the nearest street of a traveller; the module tells the whole rule.

    Parameters
    ----------
    graph
        The traveller's graph.
    points_xy : (p, 2) float64
        Coordinates in metres, in the CRS of the graph. NaN where a point has no position.
    role
        ``"start"`` for points from which people travel, ``"end"`` for points to which they
        travel. They differ only on one-way streets that lead nowhere else.
    far_m
        Distance in metres beyond which a point is flagged ``far``.
    max_distance_m
        Distance in metres beyond which a point has no street.
    barrier_detour_m
        How many metres farther than the nearest edge one may be that is on this side of all
        barriers. With 0 nobody is moved for a barrier; who is put across one is told.

    Returns
    -------
    Snapped

    Raises
    ------
    ParameterError
        If a distance is not a positive number; ``barrier_detour_m`` may be 0.
    """
    for name, value in (("far_m", far_m), ("max_distance_m", max_distance_m)):
        if not (math.isfinite(value) and value > 0):
            raise ParameterError(
                f"{name} is {value!r}", where="snap", mend="give a distance above 0 m"
            )
    if not (math.isfinite(barrier_detour_m) and barrier_detour_m >= 0):
        raise ParameterError(
            f"barrier_detour_m is {barrier_detour_m!r}", where="snap", mend="give 0 m or more"
        )
    if role not in ("start", "end"):
        raise UnknownNameError.among(role, ("start", "end"), kind="role")
    from quartieri15.reach.segments import HAIR_M

    # A point exactly so far away is within the distance, whatever rounding makes of it.
    far_m, max_distance_m = far_m + HAIR_M, max_distance_m + HAIR_M
    xy = np.ascontiguousarray(points_xy, dtype=np.float64).reshape(-1, 2)
    main = graph.leaves_main if role == "start" else graph.enters_main
    grid = _grid_of(graph)
    nearest = grid.nearest(
        xy,
        preferred=main,
        frontage=graph.frontage,
        max_distance_m=max_distance_m,
        detour_m=barrier_detour_m,
    )
    placed = np.isfinite(xy).all(axis=1)
    found = nearest.segment >= 0
    edge = np.where(found, grid.edge(nearest.segment), -1).astype(np.int32)
    distance = np.where(found, np.sqrt(nearest.square), np.nan)
    nearest_m = np.where(found, np.sqrt(nearest.square_nearest), np.nan)
    fraction = np.where(found, grid.fraction(nearest.segment, nearest.along), np.nan)
    on_fragment = found & ~main[edge]
    passed_over = found & ~on_fragment & (nearest.square_other < nearest.square)
    barrier_passed_over = found & (distance > nearest_m + HAIR_M)
    status = np.select(
        [
            ~placed,
            ~found,
            on_fragment,
            nearest.across,
            distance > far_m,
            barrier_passed_over,
            passed_over,
        ],
        [
            NO_POSITION,
            NO_STREET,
            ON_FRAGMENT,
            ACROSS_BARRIER,
            FAR,
            BARRIER_PASSED_OVER,
            FRAGMENT_PASSED_OVER,
        ],
        OK,
    ).astype(np.uint8)
    return Snapped(
        role,
        edge,
        fraction,
        distance,
        status,
        passed_over,
        nearest_m,
        barrier_passed_over,
        nearest.across,
    )


class Footing(NamedTuple):
    """What decides, beside the lines, which edges points are put on.

    Parameters
    ----------
    main : (m,) bool
        Whether each edge is tied to the main part.
    frontage : (m,) bool or None
        Whether points may be put on it at all; None where they may on all.
    """

    main: NDArray[np.bool_]
    frontage: NDArray[np.bool_] | None

    @classmethod
    def of(cls, graph: TravelGraph, role: Role) -> Footing:
        """Return that of a graph."""
        return cls(graph.leaves_main if role == "start" else graph.enters_main, graph.frontage)

    def is_that_of(self, other: Footing) -> bool:
        """Tell whether another is the same."""
        return all(
            one is two or (one is not None and two is not None and np.array_equal(one, two))
            for one, two in zip(self, other, strict=True)
        )


def _fronting(graph: TravelGraph) -> NDArray[np.bool_]:
    every = np.ones(len(graph.edge_ids), dtype=bool)
    return every if graph.frontage is None else graph.frontage


@dataclass(frozen=True, eq=False)
class Points:
    """Points that are put on streets again and again; what was found is remembered by them.

    Parameters
    ----------
    xy : (p, 2) float64
        Coordinates in metres; NaN where a point has no position.
    """

    xy: NDArray[np.float64]
    _snapped: weakref.WeakKeyDictionary[EdgeLines, list[tuple[Footing, Snapped]]] = field(
        default_factory=weakref.WeakKeyDictionary, repr=False
    )
    _seeds: weakref.WeakKeyDictionary[TravelGraph, dict[Role, _Seeds]] = field(
        default_factory=weakref.WeakKeyDictionary, repr=False
    )

    def snapped(self, graph: TravelGraph, role: Role) -> Snapped:
        """Return what :func:`snap` says of these points, its distances being the usual ones.

        On the graph of an edited network only those are put on a street anew that are near an
        edge that came, went, or is no longer tied to the main part as it was.
        """
        footing = Footing.of(graph, role)
        known = self._snapped.get(graph.lines, [])
        for other, found in known[:]:
            if found.role == role and footing.is_that_of(other):
                return found
        found = self._moved_over(graph, footing, role) or snap(graph, self.xy, role=role)
        with _lock:
            known = self._snapped.setdefault(graph.lines, [])
            known.append((footing, found))
            del known[:-_MOST_SNAPPED]
        return found

    def seeds(
        self, graph: TravelGraph, role: Role
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return what :func:`seeds` says of these points."""
        known = self._seeds.get(graph, {}).get(role)
        if known is None:
            known = seeds(graph, self.snapped(graph, role))
            with _lock:
                self._seeds.setdefault(graph, {})[role] = known
        return known

    def _moved_over(self, graph: TravelGraph, footing: Footing, role: Role) -> Snapped | None:
        """Return the answer before some edits, mended; None where most is to be asked anew."""
        before = graph.before
        if before is None or before.graph.lines.barriers is not graph.lines.barriers:
            return None
        base = before.graph
        main, frontage = footing
        base_main, base_frontage = Footing.of(base, role)
        old = before.edge >= 0
        gone = np.ones(len(base.edge_ids), dtype=bool)
        gone[before.edge[old]] = False
        differs = ~old
        differs[old] = main[old] != base_main[before.edge[old]]
        if frontage is not None or base_frontage is not None:
            now, then = _fronting(graph), _fronting(base)
            differs[old] |= now[old] != then[before.edge[old]]
        lines = np.concatenate([base.lines.lines[gone], graph.lines.lines[differs]])
        if len(lines) > _MOST_EDITED:
            return None
        found = self.snapped(base, role)
        farthest = np.where(
            (found.edge < 0) | (found.status == ON_FRAGMENT),
            MAX_DISTANCE_M,
            found.distance_m + BARRIER_DETOUR_M,
        )
        near = _is_near(self.xy, farthest + 1.0, shapely.bounds(lines).reshape(-1, 4))
        number = np.full(len(base.edge_ids) + 1, -1, dtype=np.int32)
        number[before.edge[old]] = np.flatnonzero(old)
        anew = snap(graph, self.xy[near], role=role)
        columns: dict[str, Any] = {}
        for column in fields(found):
            values = getattr(found, column.name)
            if isinstance(values, np.ndarray):
                values = number[values] if column.name == "edge" else values.copy()
                values[near] = getattr(anew, column.name)
                columns[column.name] = values
        return replace(found, **columns)


_MOST_SNAPPED: Final = 8
"""Answers that are remembered for the same lines: by role, and by what is tied to the main part."""

_MOST_EDITED: Final = 2000
"""Edges around which points are put on a street anew, before all are."""


@compiled
def _is_near(
    xy: NDArray[np.float64], farthest: NDArray[np.float64], boxes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which points are within their own distance of some box."""
    near = np.zeros(len(xy), dtype=np.bool_)
    for i in range(len(xy)):
        x, y, d = xy[i, 0], xy[i, 1], farthest[i]
        for j in range(len(boxes)):
            if boxes[j, 0] - d <= x <= boxes[j, 2] + d and boxes[j, 1] - d <= y <= boxes[j, 3] + d:
                near[i] = True
                break
    return near


def seeds(graph: TravelGraph, snapped: Snapped) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Tell how snapped points are joined to the nodes of their edges.

    Parameters
    ----------
    graph
        The graph the points were snapped on.
    snapped
        The points.

    Returns
    -------
    node : (p, 2) int32
        The ends u and v of each point's edge, -1 where the direction of travel forbids it
        or the point has no street.
    seconds : (p, 2) float64
        Between point and node, with the leg between the point and the street: from the
        point to the node for points that start, from the node to the point for those that
        end. Infinite where ``node`` is -1.
    """
    forward, backward = graph.forward_s, graph.backward_s
    to_u, to_v = (backward, forward) if snapped.role == "start" else (forward, backward)
    node = np.full((len(snapped.edge), 2), -1, dtype=np.int32)
    seconds = np.full(node.shape, np.inf)
    _join_to_ends(
        (graph.edge_u, graph.edge_v), (to_u, to_v), snapped.edge, snapped.fraction,
        access_seconds(graph, snapped), node, seconds,
    )  # fmt: skip
    return node, seconds


@compiled
def _join_to_ends(  # noqa: PLR0917 - a compiled function has no keyword-only options
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    to_end: tuple[NDArray[np.float64], NDArray[np.float64]],
    edge: NDArray[np.int32],
    fraction: NDArray[np.float64],
    access_s: NDArray[np.float64],
    node: NDArray[np.int32],
    seconds: NDArray[np.float64],
) -> None:
    for i in range(len(edge)):
        e = edge[i]
        if e < 0:
            continue
        # 0 * inf at a junction would be NaN: whoever stands there is there, allowed or not.
        from_u = 0.0 if fraction[i] == 0 else fraction[i] * to_end[0][e]
        from_v = 0.0 if fraction[i] == 1 else (1 - fraction[i]) * to_end[1][e]
        from_u += access_s[i]
        from_v += access_s[i]
        if np.isfinite(from_u):
            node[i, 0], seconds[i, 0] = ends[0][e], from_u
        if np.isfinite(from_v):
            node[i, 1], seconds[i, 1] = ends[1][e], from_v


def access_seconds(graph: TravelGraph, snapped: Snapped) -> NDArray[np.float64]:
    """Return the seconds between each point and the street; NaN where it has none."""
    return snapped.distance_m / graph.profile.access_speed_m_s


def along_edge_seconds(
    graph: TravelGraph,
    edge: NDArray[np.int32],
    from_fraction: NDArray[np.float64],
    to_fraction: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the seconds between two positions on one edge, along that edge.

    Parameters
    ----------
    graph
        The traveller's graph.
    edge, from_fraction, to_fraction
        Arrays of equal shape: position among ``graph.edge_ids``, and where on its line.

    Returns
    -------
    numpy.ndarray
        Infinite where the direction is not allowed.
    """
    ahead = to_fraction - from_fraction
    pace = np.where(ahead > 0, graph.forward_s[edge], graph.backward_s[edge])
    return np.where(ahead == 0, 0.0, _part(np.abs(ahead), pace))


def _part(fraction: NDArray[np.float64], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return fraction * seconds


# Lines never change, so their grid stays true; it goes when the lines go.
_grids: weakref.WeakKeyDictionary[EdgeLines, SegmentGrid] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def _grid_of(graph: TravelGraph) -> SegmentGrid:
    from quartieri15.reach.segments import SegmentGrid

    grid = _grids.get(graph.lines)
    if grid is None:
        grid = _edited_grid(graph) or SegmentGrid.build(graph.lines)
        with _lock:
            grid = _grids.setdefault(graph.lines, grid)
    return grid


def _edited_grid(graph: TravelGraph) -> SegmentGrid | None:
    """Return the grid before some edits, mended; None where it is to be built."""
    from quartieri15.reach.graph import EdgeLines

    before, lines = graph.before, graph.lines
    if before is None or before.graph.lines.barriers is not lines.barriers:
        return None
    new = np.flatnonzero(before.edge < 0).astype(np.int32)
    if len(new) > _MOST_EDITED:
        return None
    number = np.full(len(before.graph.edge_ids), -1, dtype=np.int32)
    old = np.flatnonzero(before.edge >= 0)
    number[before.edge[old]] = old
    added = EdgeLines(lines.edge_ids[new], lines.lines[new], lines.barriers)
    return _grid_of(before.graph).edited(number, added, new)
