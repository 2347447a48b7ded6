"""Which street is nearest: the straight pieces of many lines, sorted into square cells.

A uniform grid beats a tree here: streets are spread evenly enough, and a point is answered
from the few cells around it without any descent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from quartieri15.reach.kernels import available_cores, compiled, work_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.graph import EdgeLines


# Below this many points a second thread costs more than it helps.
_WORTH_SHARING = 2000


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

    ``square`` is the square of the distance to it, ``square_any`` that to the nearest
    segment of any edge, preferred or not.
    """

    segment: NDArray[np.int32]
    along: NDArray[np.float64]
    square: NDArray[np.float64]
    square_any: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SegmentGrid:
    """The straight segments of many lines, ready to be asked for the nearest one."""

    cells: Cells
    start_m: NDArray[np.float64]
    edge_m: NDArray[np.float64]
    is_last: NDArray[np.bool_]

    @classmethod
    def build(cls, lines: EdgeLines) -> SegmentGrid:
        """Sort the segments of some lines into cells."""
        xy, line = shapely.get_coordinates(lines.lines, return_index=True)
        joined = line[1:] == line[:-1]
        ends = np.column_stack([xy[:-1], xy[1:]])[joined]
        edge = line[:-1][joined].astype(np.int32)
        length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
        first = np.flatnonzero(np.diff(edge, prepend=-1))
        reach = np.cumsum(length)
        before, edge_m = np.zeros(len(lines.lines)), np.zeros(len(lines.lines))
        before[edge[first]] = (reach - length)[first]
        edge_m[edge[first]] = np.append(reach[first[1:] - 1], reach[-1])
        return cls(
            cells=_cells(ends, edge),
            start_m=reach - length - before[edge],
            edge_m=edge_m - before,
            is_last=np.append(edge[1:] != edge[:-1], True),
        )

    @property
    def edge(self) -> NDArray[np.int32]:
        """The line each segment belongs to."""
        return self.cells.edge

    def nearest(
        self,
        points_xy: NDArray[np.float64],
        *,
        preferred: NDArray[np.bool_],
        max_distance_m: float,
    ) -> Nearest:
        """Find the nearest segment of each point.

        Parameters
        ----------
        points_xy : (p, 2) float64
            Points; NaN for none.
        preferred : (edges,) bool
            Another edge is taken only where none of these is within the distance.
        max_distance_m
            Metres, included.

        Returns
        -------
        Nearest
            Of segments equally near, that of the edge that stands first.
        """
        p = len(points_xy)
        found = Nearest(
            np.full(p, -1, dtype=np.int32), np.zeros(p), np.full(p, np.inf), np.full(p, np.inf)
        )
        threads = available_cores() if p > _WORTH_SHARING else 1
        edges = np.linspace(0, p, 8 * threads + 1).astype(int)
        todo = iter(list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)))

        def work() -> None:
            for start, stop in todo:
                _find(self.cells, points_xy, preferred, max_distance_m, start, stop, found)

        work_together(work, threads)
        return found

    def fraction(
        self, segment: NDArray[np.int32], along: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Turn positions on segments (0 to 1) into fractions of their whole lines."""
        x0, y0, x1, y1 = self.cells.ends[segment].T
        here = self.start_m[segment] + along * np.hypot(x1 - x0, y1 - y0)
        whole = self.edge_m[self.edge[segment]]
        fraction = np.clip(here / np.where(whole > 0, whole, 1.0), 0.0, 1.0)
        # Rounding must not move a point off its junction.
        return np.where(self.is_last[segment] & (along == 1), 1.0, fraction)


def _cells(ends: NDArray[np.float64], edge: NDArray[np.int32]) -> Cells:
    low = np.minimum(ends[:, :2].min(axis=0), ends[:, 2:].min(axis=0))
    high = np.maximum(ends[:, :2].max(axis=0), ends[:, 2:].max(axis=0))
    wide, tall = np.maximum(high - low, 1.0).tolist()
    # About two segments per cell if they were spread evenly; never more than 4096 cells
    # across, whatever the shape of the city.
    size = max(float(np.sqrt(2 * wide * tall / len(edge))), wide / 2**12, tall / 2**12, 1.0)
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
    cells: Cells,
    points: NDArray[np.float64],
    preferred: NDArray[np.bool_],
    max_distance: float,
    start: int,
    stop: int,
    found: Nearest,
) -> None:
    """Look through the cells around each point, ring after ring, until none can be nearer."""
    # Of preferred segments and of others: square of the distance, segment, place on it.
    best = np.empty((2, 3))
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
        column, row = int(np.floor(from_x0 / cells.size)), int(np.floor(from_y0 / cells.size))
        # Nothing outside a block of rings is nearer than the side of the block.
        margin = min(
            from_x0 - column * cells.size,
            from_y0 - row * cells.size,
            (column + 1) * cells.size - from_x0,
            (row + 1) * cells.size - from_y0,
        )
        best[:, 0], best[:, 1], best[:, 2] = np.inf, -1.0, 0.0
        ring = 0
        while True:
            _look_around(cells, preferred, x, y, column, row, ring, best)
            seen = max(0.0, ring * cells.size + margin)
            if best[0, 0] <= seen * seen or seen > max_distance:
                break
            ring += 1
        kind = 0 if best[0, 0] <= max_distance * max_distance else 1
        if best[kind, 0] <= max_distance * max_distance:
            found.segment[i] = np.int32(best[kind, 1])
            found.along[i] = best[kind, 2]
            found.square[i] = best[kind, 0]
        found.square_any[i] = min(best[0, 0], best[1, 0])


@compiled
def _look_around(  # noqa: PLR0917 - a compiled function has no keyword-only options
    cells: Cells,
    preferred: NDArray[np.bool_],
    x: float,
    y: float,
    column: int,
    row: int,
    ring: int,
    best: NDArray[np.float64],
) -> None:
    """Measure the segments of the cells that form the ring ``ring`` cells away."""
    for r in range(max(0, row - ring), min(cells.rows - 1, row + ring) + 1):
        whole_row = abs(r - row) == ring
        stride = 1 if whole_row else max(1, 2 * ring)
        for c in range(column - ring, column + ring + 1, stride):
            if c < 0 or c >= cells.columns:
                continue
            cell = r * cells.columns + c
            for j in range(cells.indptr[cell], cells.indptr[cell + 1]):
                s = cells.segment[j]
                square, t = _to_segment(cells.ends, s, x, y)
                kind = 0 if preferred[cells.edge[s]] else 1
                # Segments are numbered edge by edge: the smaller number wins a tie.
                if square < best[kind, 0] or (square == best[kind, 0] and s < best[kind, 1]):
                    best[kind, 0], best[kind, 1], best[kind, 2] = square, s, t


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
