"""Which street is nearest: the straight pieces of many lines, sorted into square cells.

A uniform grid beats a tree here: streets are spread evenly enough, and a point is answered
from the few cells around it without any descent. Barriers lie in a grid of their own, with
wider cells, most of which are empty: only a leg that enters one with a barrier is examined.

Pieces are cut where a barrier crosses them, so that each lies on one side of it, and the part
of a bridge on this side has its own nearest point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

from quartieri15.reach.kernels import available_cores, compiled, work_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.graph import EdgeLines


# Below this many points a second thread costs more than it helps.
_WORTH_SHARING = 2000

HAIR_M: Final = 1e-6
"""What lies this near a barrier lies on it: a thousand times the rounding of coordinates."""

_BARRIER_CELL_M: Final = 100.0
"""Side of the cells of barriers: about as long as the longest leg of most points."""


class Cells(NamedTuple):
    """Segments ``ends[s] = x0, y0, x1, y1`` in square cells, row after row of cells."""

    ends: NDArray[np.float64]
    edge: NDArray[np.int32]
    x0: float
    y0: float
    size: float
    columns: int
    rows: int
    indptr: NDArray[np.int64]
    segment: NDArray[np.int32]


class Nearest(NamedTuple):
    """What was found for each point: a segment (-1 for none), and where on it (0 to 1).

    ``square`` is the square of the distance to it. ``square_nearest`` is that to the nearest
    segment of the same kind (preferred or not) whatever lies between, ``square_other`` that
    to the nearest one of another kind, known if it is below ``square``. ``across`` tells
    whether a barrier lies between.
    """

    segment: NDArray[np.int32]
    along: NDArray[np.float64]
    square: NDArray[np.float64]
    square_nearest: NDArray[np.float64]
    square_other: NDArray[np.float64]
    across: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SegmentGrid:
    """The straight segments of many lines, ready to be asked for the nearest one."""

    cells: Cells
    barriers: Cells
    start_m: NDArray[np.float64]
    edge_m: NDArray[np.float64]
    is_last: NDArray[np.bool_]
    number: NDArray[np.int32]
    """Which line each line in the cells is to whoever asks; -1 for one that is no more."""
    more: SegmentGrid | None = None
    """Lines that came later."""

    @classmethod
    def build(cls, lines: EdgeLines) -> SegmentGrid:
        """Sort the segments of some lines into cells."""
        walls, _ = _straight(lines.barriers)
        barriers = _cells(walls, np.zeros(len(walls), dtype=np.int32), size_m=_BARRIER_CELL_M)
        ends, edge = _cut(*_straight(lines.lines), barriers)
        length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
        start_m, edge_m = np.empty(len(ends)), np.zeros(len(lines.lines))
        _measure(length, edge, start_m, edge_m)
        return cls(
            cells=_cells(ends, edge),
            barriers=barriers,
            start_m=start_m,
            edge_m=edge_m,
            is_last=np.append(edge[1:] != edge[:-1], True),
            number=np.arange(len(lines.lines), dtype=np.int32),
        )

    def edited(
        self, number: NDArray[np.int32], added: EdgeLines, added_number: NDArray[np.int32]
    ) -> SegmentGrid | None:
        """Return the grid with lines numbered anew, without some, and with new ones.

        Parameters
        ----------
        number : (lines,) int32
            The new number of each line, -1 for one that is no more; the others ascend.
        added
            New lines, with the barriers of this grid.
        added_number
            Their numbers.

        Returns
        -------
        SegmentGrid or None
            None where new lines lie outside the cells: then the grid must be built.
        """
        if not len(added.lines):
            return replace(self, number=number, more=None)
        cells = self.cells
        ends, edge = _cut(*_straight(added.lines), self.barriers)
        low_x, low_y = cells.x0, cells.y0
        high_x, high_y = low_x + cells.columns * cells.size, low_y + cells.rows * cells.size
        x, y = ends[:, ::2], ends[:, 1::2]
        if not (
            (x >= low_x).all()
            and (x <= high_x).all()
            and (y >= low_y).all()
            and (y <= high_y).all()
        ):
            return None
        length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
        start_m, edge_m = np.empty(len(ends)), np.zeros(len(added.lines))
        _measure(length, edge, start_m, edge_m)
        more = SegmentGrid(
            cells=_cells(ends, edge),
            barriers=self.barriers,
            start_m=start_m,
            edge_m=edge_m,
            is_last=np.append(edge[1:] != edge[:-1], True),
            number=added_number,
        )
        return replace(self, number=number, more=more)

    def edge(self, segment: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the number of the line each segment belongs to."""
        own = segment < len(self.start_m)
        edge = self.number[self.cells.edge[np.where(own, segment, 0)]]
        if self.more is not None and not own.all():
            edge[~own] = self.more.edge(segment[~own] - np.int32(len(self.start_m)))
        return edge

    def nearest(
        self,
        points_xy: NDArray[np.float64],
        *,
        preferred: NDArray[np.bool_],
        frontage: NDArray[np.bool_] | None = None,
        max_distance_m: float,
        detour_m: float,
    ) -> Nearest:
        """Find the nearest segment of each point.

        Parameters
        ----------
        points_xy : (p, 2) float64
            Points; NaN for none.
        preferred : (edges,) bool
            Another edge is taken only where none of these is within the distance.
        frontage : (edges,) bool or None
            An edge without is never taken; None where all have it.
        max_distance_m
            Metres, included.
        detour_m
            How many metres farther than the nearest segment, if that lies across a barrier,
            one may be that does not; included.

        Returns
        -------
        Nearest
            Of segments equally near, that of the edge that stands first.
        """
        p = len(points_xy)
        found = Nearest(
            np.full(p, -1, dtype=np.int32),
            np.zeros(p),
            np.full(p, np.inf),
            np.full(p, np.inf),
            np.full(p, np.inf),
            np.zeros(p, dtype=bool),
        )
        threads = available_cores() if p > _WORTH_SHARING else 1
        edges = np.linspace(0, p, 8 * threads + 1).astype(int)
        nothing = _cells(np.empty((0, 4)), np.empty(0, dtype=np.int32))
        layers = [
            _Layer.of(grid, preferred, frontage) for grid in (self, self.more) if grid is not None
        ]
        first, then = layers[0], layers[-1]
        todo = iter(list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)))

        def work() -> None:
            for start, stop in todo:
                _find(
                    first, then, len(layers), self.barriers, nothing, points_xy,
                    max_distance_m, detour_m, start, stop, found,
                )  # fmt: skip

        work_together(work, threads)
        return found

    def fraction(
        self, segment: NDArray[np.int32], along: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Turn positions on segments (0 to 1) into fractions of their whole lines."""
        own = segment < len(self.start_m)
        if self.more is not None and not own.all():
            fraction = np.empty(len(segment))
            fraction[own] = replace(self, more=None).fraction(segment[own], along[own])
            later = segment[~own] - np.int32(len(self.start_m))
            fraction[~own] = self.more.fraction(later, along[~own])
            return fraction
        x0, y0, x1, y1 = self.cells.ends[segment].T
        here = self.start_m[segment] + along * np.hypot(x1 - x0, y1 - y0)
        whole = self.edge_m[self.cells.edge[segment]]
        fraction = np.clip(here / np.where(whole > 0, whole, 1.0), 0.0, 1.0)
        # Rounding must not move a point off its junction.
        return np.where(self.is_last[segment] & (along == 1), 1.0, fraction)


_PREFERRED, _OTHER, _NO_MORE = range(3)


class _Layer(NamedTuple):
    """Segments as the kernels read them: with the kind and the number of each line."""

    cells: Cells
    kind: NDArray[np.int8]
    number: NDArray[np.int32]

    @classmethod
    def of(
        cls, grid: SegmentGrid, preferred: NDArray[np.bool_], frontage: NDArray[np.bool_] | None
    ) -> _Layer:
        kind = np.where(preferred[grid.number], np.int8(_PREFERRED), np.int8(_OTHER))
        if frontage is not None:
            kind[~frontage[grid.number]] = _NO_MORE
        kind[grid.number < 0] = _NO_MORE
        return cls(grid.cells, kind, grid.number)


def _straight(lines: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the straight pieces of lines, ``x0, y0, x1, y1``, and the line of each."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    joined = line[1:] == line[:-1]
    return np.column_stack([xy[:-1], xy[1:]])[joined], line[:-1][joined].astype(np.int32)


def _cut(
    ends: NDArray[np.float64], edge: NDArray[np.int32], barriers: Cells
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Cut segments where a barrier crosses them."""
    number = np.zeros(len(ends) + 1, dtype=np.int64)
    _crossings(ends, barriers, number, np.empty(0))
    np.cumsum(number, out=number)
    if not number[-1]:
        return ends, edge
    along = np.empty(number[-1])
    _crossings(ends, barriers, number[:-1].copy(), along)
    segment = np.repeat(np.arange(len(ends)), np.diff(number))
    # A barrier with a corner on the street crosses it twice in one place.
    segment, along = np.unique(np.column_stack([segment, along]), axis=0).T
    at = segment.astype(np.int64)
    x0, y0, x1, y1 = ends[at].T
    middle = np.column_stack([x0 + along * (x1 - x0), y0 + along * (y1 - y0)])
    pieces = np.repeat(ends, 1 + np.bincount(at, minlength=len(ends)), axis=0)
    stop = at + np.arange(len(at))
    pieces[stop, 2:] = middle
    pieces[stop + 1, :2] = middle
    return pieces, np.repeat(edge, 1 + np.bincount(at, minlength=len(ends)))


def _cells(
    ends: NDArray[np.float64], edge: NDArray[np.int32], *, size_m: float | None = None
) -> Cells:
    """Sort segments into cells of a size, by default one that suits the segments."""
    if not len(ends):
        none = np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32)
        return Cells(ends, edge, 0.0, 0.0, 1.0, 0, 0, *none)
    low = np.minimum(ends[:, :2].min(axis=0), ends[:, 2:].min(axis=0))
    high = np.maximum(ends[:, :2].max(axis=0), ends[:, 2:].max(axis=0))
    wide, tall = np.maximum(high - low, 1.0).tolist()
    # About two segments per cell if they were spread evenly; never more than 4096 cells
    # across, whatever the shape of the city.
    even = float(np.sqrt(2 * wide * tall / len(edge)))
    size = max(even if size_m is None else size_m, wide / 2**12, tall / 2**12, 1.0)
    columns, rows = int(wide / size) + 1, int(tall / size) + 1
    indptr = np.zeros(columns * rows + 1, dtype=np.int64)
    empty = Cells(
        ends, edge, float(low[0]), float(low[1]), size, columns, rows, indptr,
        np.empty(0, dtype=np.int32),
    )  # fmt: skip
    _fill(empty, indptr)
    np.cumsum(indptr, out=indptr)
    cells = empty._replace(segment=np.empty(int(indptr[-1]), dtype=np.int32))
    _fill(cells, indptr[:-1].copy())
    return cells


@compiled
def _measure(
    length: NDArray[np.float64],
    edge: NDArray[np.int32],
    start_m: NDArray[np.float64],
    edge_m: NDArray[np.float64],
) -> None:
    """Add up along each line on its own, so that no other line has a part in the rounding."""
    for s in range(len(length)):
        start_m[s] = edge_m[edge[s]]
        edge_m[edge[s]] += length[s]


@compiled
def _fill(cells: Cells, place: NDArray[np.int64]) -> None:
    """Put segments at ``place[cell]``; without room for any, count them in ``place[cell + 1]``."""
    counting = len(cells.segment) == 0
    # A hair wider than exact, so that rounding loses no cell.
    hair = 1e-6
    for s in range(len(cells.ends)):
        ax, ay = cells.ends[s, 0] - cells.x0, cells.ends[s, 1] - cells.y0
        bx, by = cells.ends[s, 2] - cells.x0, cells.ends[s, 3] - cells.y0
        first_row = max(0, int((min(ay, by) - hair) / cells.size))
        last_row = min(cells.rows - 1, int((max(ay, by) + hair) / cells.size))
        for row in range(first_row, last_row + 1):
            # The part of the segment inside this row of cells.
            low, high = 0.0, 1.0
            if by != ay:
                one = (row * cells.size - hair - ay) / (by - ay)
                two = ((row + 1) * cells.size + hair - ay) / (by - ay)
                low, high = max(0.0, min(one, two)), min(1.0, max(one, two))
            left, right = ax + low * (bx - ax), ax + high * (bx - ax)
            first = max(0, int((min(left, right) - hair) / cells.size))
            last = min(cells.columns - 1, int((max(left, right) + hair) / cells.size))
            for cell in range(row * cells.columns + first, row * cells.columns + last + 1):
                if counting:
                    place[cell + 1] += 1
                else:
                    cells.segment[place[cell]] = s
                    place[cell] += 1


@compiled
def _find(  # noqa: PLR0917 - a compiled function has no keyword-only options
    layer: _Layer,
    more: _Layer,
    layers: int,
    barriers: Cells,
    nothing: Cells,
    points: NDArray[np.float64],
    max_distance: float,
    detour: float,
    start: int,
    stop: int,
    found: Nearest,
) -> None:
    """Look through the cells around each point, ring after ring, until none can be nearer."""
    # Of preferred segments and of others: square of the distance, segment, place on it, number
    # of its line.
    best, free = np.empty((2, 4)), np.empty((2, 4))
    cells = layer.cells
    own = len(cells.ends)
    wide, tall = cells.columns * cells.size, cells.rows * cells.size
    for i in range(start, stop):
        x, y = points[i, 0], points[i, 1]
        from_x0, from_y0 = x - cells.x0, y - cells.y0
        # NaN, or too far from all streets, where the number of a cell might overflow.
        if not (
            -max_distance <= from_x0 <= wide + max_distance
            and -max_distance <= from_y0 <= tall + max_distance
        ):
            continue
        _forget(best)
        _search(layer, 0, nothing, x, y, 0, max_distance, best)
        if layers > 1:
            _search(more, own, nothing, x, y, 0, max_distance, best)
        kind = 0 if best[0, 0] <= max_distance * max_distance else 1
        if best[kind, 0] > max_distance * max_distance:
            continue
        found.square_nearest[i] = best[kind, 0]
        s = int(best[kind, 1])
        across = (
            _blocked(barriers, cells.ends, s, best[kind, 2], x, y)
            if s < own
            else _blocked(barriers, more.cells.ends, s - own, best[kind, 2], x, y)
        )
        if across:
            farthest = min(np.sqrt(best[kind, 0]) + detour + HAIR_M, max_distance)
            _forget(free)
            _search(layer, 0, barriers, x, y, kind, farthest, free)
            if layers > 1:
                _search(more, own, barriers, x, y, kind, farthest, free)
            if free[kind, 0] <= farthest * farthest:
                best[kind] = free[kind]
                best[1 - kind, 0] = min(best[1 - kind, 0], free[1 - kind, 0])
            else:
                found.across[i] = True
        found.segment[i] = np.int32(best[kind, 1])
        found.along[i] = best[kind, 2]
        found.square[i] = best[kind, 0]
        found.square_other[i] = best[1 - kind, 0]


@compiled
def _forget(best: NDArray[np.float64]) -> None:
    best[:, 0], best[:, 1], best[:, 2], best[:, 3] = np.inf, -1.0, 0.0, -1.0


@compiled
def _search(  # noqa: PLR0917 - a compiled function has no keyword-only options
    layer: _Layer,
    offset: int,
    barriers: Cells,
    x: float,
    y: float,
    kind: int,
    farthest: float,
    best: NDArray[np.float64],
) -> None:
    """Find the nearest segment of a kind on this side of some barriers, if nearer than the best.

    Of the other kind, the nearest of those that are met on the way is told too.
    """
    cells = layer.cells
    from_x0, from_y0 = x - cells.x0, y - cells.y0
    column, row = int(np.floor(from_x0 / cells.size)), int(np.floor(from_y0 / cells.size))
    # Nothing outside a block of rings is nearer than the side of the block.
    margin = min(
        from_x0 - column * cells.size,
        from_y0 - row * cells.size,
        (column + 1) * cells.size - from_x0,
        (row + 1) * cells.size - from_y0,
    )
    ring = 0
    while True:
        _look_around(layer, offset, barriers, x, y, column, row, ring, kind, farthest, best)
        seen = max(0.0, ring * cells.size + margin)
        # What lies exactly as far as the best may still have a smaller number.
        if best[kind, 0] < seen * seen or seen > farthest:
            break
        ring += 1


@compiled
def _look_around(  # noqa: PLR0917 - a compiled function has no keyword-only options
    layer: _Layer,
    offset: int,
    barriers: Cells,
    x: float,
    y: float,
    column: int,
    row: int,
    ring: int,
    kind: int,
    farthest: float,
    best: NDArray[np.float64],
) -> None:
    """Measure the segments of the cells that form the ring ``ring`` cells away."""
    cells = layer.cells
    for r in range(max(0, row - ring), min(cells.rows - 1, row + ring) + 1):
        whole_row = abs(r - row) == ring
        stride = 1 if whole_row else max(1, 2 * ring)
        for c in range(column - ring, column + ring + 1, stride):
            if c < 0 or c >= cells.columns:
                continue
            cell = r * cells.columns + c
            for j in range(cells.indptr[cell], cells.indptr[cell + 1]):
                s = cells.segment[j]
                edge = cells.edge[s]
                k = layer.kind[edge]
                if k == _NO_MORE:
                    continue
                square, t = _to_segment(cells.ends, s, x, y)
                number = layer.number[edge]
                # The smaller number wins a tie, and of one line the first segment.
                if square > best[k, 0] or (
                    square == best[k, 0]
                    and (number > best[k, 3] or (number == best[k, 3] and s + offset >= best[k, 1]))
                ):
                    continue
                # The dearest question last.
                if k != kind or (
                    square <= farthest * farthest and not _blocked(barriers, cells.ends, s, t, x, y)
                ):
                    best[k, 0], best[k, 1], best[k, 2] = square, s + offset, t
                    best[k, 3] = number


@compiled
def _blocked(  # noqa: PLR0917 - a compiled function has no keyword-only options
    barriers: Cells, ends: NDArray[np.float64], s: int, t: float, x: float, y: float
) -> bool:
    """Tell whether a barrier lies between a point and a place on a segment."""
    if barriers.columns == 0:
        return False
    px, py = _place(ends, s, t)
    size = barriers.size
    west, east = min(x, px) - barriers.x0, max(x, px) - barriers.x0
    south, north = min(y, py) - barriers.y0, max(y, py) - barriers.y0
    first = max(0, int(np.floor((west - HAIR_M) / size)))
    last = min(barriers.columns - 1, int(np.floor((east + HAIR_M) / size)))
    low = max(0, int(np.floor((south - HAIR_M) / size)))
    high = min(barriers.rows - 1, int(np.floor((north + HAIR_M) / size)))
    for r in range(low, high + 1):
        for c in range(first, last + 1):
            cell = r * barriers.columns + c
            for j in range(barriers.indptr[cell], barriers.indptr[cell + 1]):
                if _crossed(barriers.ends, barriers.segment[j], x, y, px, py) >= 0:
                    return True
    return False


@compiled
def _crossed(  # noqa: PLR0917 - a compiled function has no keyword-only options
    walls: NDArray[np.float64], w: int, ax: float, ay: float, bx: float, by: float
) -> float:
    """Return where on the way from a to b (0 to 1) a straight barrier lies; -1 for nowhere.

    An end of the way on the line of the barrier is on neither side of it. The ends of the
    barrier belong to it, so that one made of two pieces has no gap.
    """
    cx, cy = walls[w, 0] - ax, walls[w, 1] - ay
    dx, dy = walls[w, 2] - ax, walls[w, 3] - ay
    bx, by = bx - ax, by - ay
    way, wall = np.sqrt(bx * bx + by * by), np.sqrt((dx - cx) ** 2 + (dy - cy) ** 2)
    if way == 0 or wall == 0:
        return -1.0
    one, two = (bx * cy - by * cx) / way, (bx * dy - by * dx) / way
    if (one > HAIR_M and two > HAIR_M) or (one < -HAIR_M and two < -HAIR_M):
        return -1.0
    # Distances of a and b from the line of the barrier, positive on one side of it.
    start = (cx * dy - cy * dx) / wall
    stop = ((cx - bx) * (dy - by) - (cy - by) * (dx - bx)) / wall
    if (start > HAIR_M and stop < -HAIR_M) or (start < -HAIR_M and stop > HAIR_M):
        return float(start / (start - stop))
    return -1.0


@compiled
def _crossings(
    ends: NDArray[np.float64], barriers: Cells, place: NDArray[np.int64], along: NDArray[np.float64]
) -> None:
    """Write down where barriers cross each segment; without room, count it in ``place[s + 1]``.

    A barrier that lies in several cells is met, and written down, in each.
    """
    counting = len(along) == 0
    if barriers.columns == 0:
        return
    size = barriers.size
    for s in range(len(ends)):
        ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
        first = max(0, int(np.floor((min(ax, bx) - barriers.x0 - HAIR_M) / size)))
        last = min(barriers.columns - 1, int(np.floor((max(ax, bx) - barriers.x0 + HAIR_M) / size)))
        low = max(0, int(np.floor((min(ay, by) - barriers.y0 - HAIR_M) / size)))
        high = min(barriers.rows - 1, int(np.floor((max(ay, by) - barriers.y0 + HAIR_M) / size)))
        for r in range(low, high + 1):
            for c in range(first, last + 1):
                cell = r * barriers.columns + c
                for j in range(barriers.indptr[cell], barriers.indptr[cell + 1]):
                    t = _crossed(barriers.ends, barriers.segment[j], ax, ay, bx, by)
                    if t < 0:
                        continue
                    if counting:
                        place[s + 1] += 1
                    else:
                        along[place[s]] = t
                        place[s] += 1


@compiled
def _place(ends: NDArray[np.float64], s: int, t: float) -> tuple[float, float]:
    """Return the place on a segment; its ends exactly, not computed."""
    if t == 0:
        return ends[s, 0], ends[s, 1]
    if t == 1:
        return ends[s, 2], ends[s, 3]
    return (
        ends[s, 0] + t * (ends[s, 2] - ends[s, 0]),
        ends[s, 1] + t * (ends[s, 3] - ends[s, 1]),
    )


@compiled
def _to_segment(ends: NDArray[np.float64], s: int, x: float, y: float) -> tuple[float, float]:
    """Return the square of the distance to a segment, and where on it the nearest point is."""
    ax, ay, bx, by = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    t = 0.0
    if length > 0:
        t = ((x - ax) * dx + (y - ay) * dy) / length
    # The ends exactly, not computed: streets that share a junction then tie there.
    if not t > 0:
        t, px, py = 0.0, ax, ay
    elif t >= 1:
        t, px, py = 1.0, bx, by
    else:
        px, py = ax + t * dx, ay + t * dy
    return (x - px) * (x - px) + (y - py) * (y - py), t
