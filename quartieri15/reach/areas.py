"""The area drawn around reached streets: where, between them, the time runs out.

Three rules make it, and each is kept by construction, not by tidying up afterwards:

- the border runs where the time, read between the middles of neighbouring cells (see
  ``cells``), meets the limit;
- a reached street that would stick out, because the ground around it belongs to streets that
  are reached later, lies in a ribbon of its own;
- parts that hold no reached street are left out, and small holes are filled.

An area depends on its own limit alone and lies within that of any longer one. For the border
that holds square by square: within a square of four cells the area is the convex hull of its
reached corners and of the points on its sides where the limit is met (two triangles, where
two opposite corners are reached and the mean of the four is not); more time adds corners and
moves those points outward. For the ribbons see :func:`_ribbons`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.reach.cells import CELL_M
from quartieri15.reach.cutting import straight_parts, vertices_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.cutting import Pieces, Vertices
    from quartieri15.reach.graph import TravelGraph

HOLE_M2: Final = 2000.0
"""Holes smaller than this are filled: they are yards, not parks and tracks."""

RIBBON_M: Final = 3.0
"""Half the width of the ribbon around a reached street that sticks out of the cells: the ribbon is
as wide as a narrow street with its pavements. Thinner ones are needles on a map, wider ones let in
addresses beside them (in Milano 0.36 % at 2 m, 0.43 % at 3 m, 0.61 % at 4 m for walk_75). Not above
:data:`~quartieri15.reach.cells.CELL_M`, or areas would no longer nest."""


def area_within(
    seconds: NDArray[np.float64],
    corner: tuple[int, int],
    *,
    limit_s: float,
    slack_s: float,
    graph: TravelGraph,
    streets: Pieces,
) -> shapely.Geometry:
    """Draw the area that is reached within a limit.

    Parameters
    ----------
    seconds
        Time at the middle of each cell, rows first.
    corner
        Column and row of the first cell.
    limit_s
        The limit in seconds.
    slack_s
        Differences from the limit count up to this; see :func:`~.cells.slack_s`.
    graph
        The traveller's graph.
    streets
        The streets reached within the limit: all of them lie in the result, and every part
        of the result holds one.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Valid; empty where no street is reached.
    """
    if not len(streets.edge):
        return shapely.Polygon()
    level, corner = _level(seconds, corner, limit_s, slack_s)
    contours = _contours(level, corner)
    vertices = vertices_of(graph.lines)
    ribbons = _ribbons(level, corner, vertices, streets)
    area = _joined(contours, ribbons)
    parts = shapely.get_parts(area)
    if len(parts) > 1:
        start = np.where(streets.start_s <= streets.stop_s, streets.start, streets.stop)
        parts = parts[_holding(parts, vertices.point(streets.edge, start))]
    filled = _without_small_holes(parts)
    if len(filled) > 1:
        # A part may have stood in a hole that is no more.
        filled = shapely.get_parts(shapely.union_all(filled))
    return filled[0] if len(filled) == 1 else shapely.MultiPolygon(list(filled))


def _level(
    seconds: NDArray[np.float64], corner: tuple[int, int], limit_s: float, slack_s: float
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return the seconds above the limit around what is reached, and the new first cell."""
    near = seconds <= limit_s
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if not len(rows):
        # Only a ribbon, somewhere in the window.
        rows, columns = np.array([0, len(seconds)]), np.array([0, seconds.shape[1]])
    # Two more on each side: streets reach a cell beyond the last middle, ribbons another.
    top, left = max(rows[0] - 2, 0), max(columns[0] - 2, 0)
    level = seconds[top : rows[-1] + 3, left : columns[-1] + 3] - limit_s
    # Unequal bounds: with equal ones the mean of four cells would be 0 too often, and
    # borders would touch themselves there.
    np.clip(level, -slack_s, 0.9137 * slack_s, out=level)
    level[level == 0] = -1e-9 * slack_s
    return level, (corner[0] + int(left), corner[1] + int(top))


def _contours(level: NDArray[np.float64], corner: tuple[int, int]) -> NDArray[np.object_]:
    """Polygons where the level is not above 0, without their small holes."""
    import contourpy

    rows, columns = level.shape
    generator = contourpy.contour_generator(
        (corner[0] + np.arange(columns) + 0.5) * CELL_M,
        (corner[1] + np.arange(rows) + 0.5) * CELL_M,
        level,
        name="serial",
        fill_type=contourpy.FillType.ChunkCombinedOffsetOffset,
    )
    found: Any = generator.filled(2 * min(level.min(), -1.0), 0.0)
    (points,), (rings,), (polygons,) = found
    if points is None:
        return np.empty(0, dtype=object)
    shapes = _polygons(points, rings.astype(np.int64), polygons.astype(np.int64))
    broken = ~shapely.is_valid(shapes)
    if broken.any():
        shapes[broken] = shapely.make_valid(shapes[broken])
    return shapes


def _polygons(
    points: NDArray[np.float64], rings: NDArray[np.int64], polygons: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Build polygons of closed rings, the shell first, leaving out holes below HOLE_M2."""
    first, last = rings[:-1], rings[1:]
    x, y = points[:, 0] - points[0, 0], points[:, 1] - points[0, 1]
    turn = np.zeros(len(points))
    turn[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    turn[last - 1] = 0.0
    keep = np.abs(np.add.reduceat(turn, first)) / 2 >= HOLE_M2
    keep[polygons[:-1]] = True
    count = np.concatenate([[0], np.cumsum(keep)])
    length = (last - first)[keep]
    shapes: Any = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON,
        points[np.repeat(keep, last - first)],
        (np.concatenate([[0], np.cumsum(length)]), count[polygons]),
    )
    kept: NDArray[np.object_] = shapes
    return kept


def _ribbons(
    level: NDArray[np.float64], corner: tuple[int, int], vertices: Vertices, streets: Pieces
) -> NDArray[np.object_]:
    """Rectangles around the stretches of reached street that may stick out of the cells.

    A stretch needs none where all cells around it are reached, even two squares away: then
    the whole rectangle would lie among them. With more time a stretch only grows and the
    cells only get reached, so whatever a rectangle covers stays covered: by a rectangle that
    holds it, or by the cells.
    """
    from quartieri15.reach import field_kernels

    ends = field_kernels.sticking_out(level, straight_parts(vertices, streets), *corner)
    along = ends[:, 2:] - ends[:, :2]
    length = np.hypot(along[:, 0], along[:, 1])
    ends, along, length = ends[length > 0], along[length > 0], length[length > 0]
    aside = np.column_stack([-along[:, 1], along[:, 0]]) * (RIBBON_M / length)[:, None]
    ribbons: Any = shapely.polygons(
        np.stack(
            [ends[:, :2] + aside, ends[:, :2] - aside, ends[:, 2:] - aside, ends[:, 2:] + aside],
            axis=1,
        )
    )
    several: NDArray[np.object_] = ribbons
    return several


def _joined(contours: NDArray[np.object_], ribbons: NDArray[np.object_]) -> shapely.Geometry:
    """Join areas and ribbons.

    Joining is dear, so ribbons that lie in an area stay out of it, and the others are joined
    first, each with those that it touches.
    """
    shapely.prepare(contours)
    for contour in contours:
        ribbons = ribbons[~shapely.covers(contour, ribbons)]
    area = contours[0] if len(contours) == 1 else shapely.MultiPolygon(list(contours))
    if not len(ribbons):
        return area
    return shapely.union(area, shapely.disjoint_subset_union_all(ribbons))


def _holding(polygons: NDArray[np.object_], xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which polygons hold any of some points."""
    shapely.prepare(polygons)
    holding = np.zeros(len(polygons), dtype=bool)
    for i, (west, south, east, north) in enumerate(shapely.bounds(polygons)):
        x, y = xy.T
        near = xy[(x >= west) & (x <= east) & (y >= south) & (y <= north)]
        holding[i] = shapely.intersects_xy(polygons[i], near).any()
    return holding


def _without_small_holes(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    _, points, offsets = shapely.to_ragged_array(polygons)
    rings, parts = offsets
    return _polygons(points[:, :2], rings.astype(np.int64), parts.astype(np.int64))
