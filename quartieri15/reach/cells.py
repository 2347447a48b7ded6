"""The ground between the streets: each square of it belongs to the street nearest its middle.

An address is reached through its nearest street, wherever the drawn area of that street may
end. So the ground is labelled once, square by square, by the rule that puts addresses on
streets, and a reached area is read off these labels: it agrees with what is said of the
addresses in it. Areas drawn as a buffer around reached streets do not.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import shapely

from quartieri15.reach.snapping import snap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.cutting import TimeField
    from quartieri15.reach.graph import EdgeLines, TravelGraph
    from quartieri15.reach.snapping import Role

CELL_M: Final = 20.0
"""Side of a cell in metres: half the distance between neighbouring streets of a dense block."""

FARTHEST_M: Final = 150.0
"""Ground farther than this from any street belongs to no street, in metres."""

TILE: Final = 64
"""Cells per side of a tile: tiles are labelled whole, and remembered."""

HOLE_M2: Final = 2000.0
"""Holes smaller than this, five cells, are filled: they are yards, not parks and tracks."""

RIBBON_M: Final = 2.0
"""Half the width of the ribbon that holds a reached street where the area leaves it out."""


class Labels(NamedTuple):
    """The street of each cell in a window; edge -1 where there is none."""

    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    distance_m: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ground:
    """The cells around a network as its travellers see them, labelled where needed.

    Cells are counted from the origin of the CRS, so that a cell is the same one whatever
    is asked. A window is ``(first column, first row, columns, rows)``.
    """

    role: Role
    tiles: dict[tuple[int, int], Labels] = field(default_factory=dict)

    def prepare(self, graph: TravelGraph, windows: NDArray[np.int64]) -> None:
        """Label all tiles that some windows touch."""
        missing = sorted(
            {
                (column, row)
                for x, y, wide, tall in windows.tolist()
                for column in range(x // TILE, (x + wide - 1) // TILE + 1)
                for row in range(y // TILE, (y + tall - 1) // TILE + 1)
            }
            - self.tiles.keys()
        )
        if not missing:
            return
        corner = np.array(missing, dtype=np.float64) * TILE
        offset = np.stack(np.meshgrid(np.arange(TILE), np.arange(TILE)), axis=-1).reshape(-1, 2)
        middle = ((corner[:, None] + offset[None]).reshape(-1, 2) + 0.5) * CELL_M
        found = snap(graph, middle, role=self.role, far_m=FARTHEST_M, max_distance_m=FARTHEST_M)
        shape = (len(missing), TILE, TILE)
        edge = found.edge.reshape(shape)
        fraction = found.fraction.reshape(shape)
        distance = found.distance_m.reshape(shape)
        for i, tile in enumerate(missing):
            self.tiles[tile] = Labels(edge[i], fraction[i], distance[i])

    def window(self, x: int, y: int, wide: int, tall: int) -> Labels:
        """Return the labels of a window, rows first."""
        cut = Labels(
            np.empty((tall, wide), dtype=np.int32),
            np.empty((tall, wide)),
            np.empty((tall, wide)),
        )
        for column in range(x // TILE, (x + wide - 1) // TILE + 1):
            for row in range(y // TILE, (y + tall - 1) // TILE + 1):
                left, low = max(x, column * TILE), max(y, row * TILE)
                right = min(x + wide, (column + 1) * TILE)
                high = min(y + tall, (row + 1) * TILE)
                there = (slice(low - y, high - y), slice(left - x, right - x))
                own = (
                    slice(low - row * TILE, high - row * TILE),
                    slice(left - column * TILE, right - column * TILE),
                )
                tile = self.tiles[column, row]
                cut.edge[there] = tile.edge[own]
                cut.fraction[there] = tile.fraction[own]
                cut.distance_m[there] = tile.distance_m[own]
        return cut


# Which edges a traveller may be put on depends on the lines and permissions of the graph,
# never on its speed; both are the same for all graphs that share their lines.
_grounds: weakref.WeakKeyDictionary[EdgeLines, dict[Role, Ground]] = weakref.WeakKeyDictionary()


def ground_of(graph: TravelGraph, role: Role) -> Ground:
    """Return the labelled ground of a network, remembered as long as its lines live."""
    return _grounds.setdefault(graph.lines, {}).setdefault(role, Ground(role))


def slack_s(graph: TravelGraph) -> float:
    """Return the seconds it takes to cross a cell.

    Times are looked at no farther than this from the limit, so that an area depends on its
    own limit alone.
    """
    return CELL_M / graph.profile.access_speed_m_s


def window_around(bounds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the windows of cells that reach :data:`FARTHEST_M` beyond some bounds."""
    low = np.floor((bounds[:, :2] - FARTHEST_M) / CELL_M) - 1
    high = np.floor((bounds[:, 2:] + FARTHEST_M) / CELL_M) + 2
    return np.hstack([low, high - low]).astype(np.int64)


def cell_seconds(times: TimeField, labels: Labels) -> NDArray[np.float64]:
    """Return the seconds at the middle of each cell, infinite where no street is near."""
    on_street = labels.edge >= 0
    seconds = np.full(labels.edge.shape, np.inf)
    seconds[on_street] = (
        times.at(labels.edge[on_street], labels.fraction[on_street])
        + labels.distance_m[on_street] / times.graph.profile.access_speed_m_s
    )
    return seconds


def area_within(
    seconds: NDArray[np.float64],
    corner: tuple[int, int],
    limit_s: float,
    slack: float,
    streets: NDArray[np.object_],
) -> shapely.Polygon | shapely.MultiPolygon:
    """Draw the area that is reached within a limit.

    The border runs where the time, read between the middles of neighbouring cells, meets the
    limit. As time is read through a rising function of itself, and straight on each triangle
    of cells, the area for less time lies within the area for more.

    Parameters
    ----------
    seconds
        Time at the middle of each cell, rows first.
    corner
        Column and row of the first cell.
    limit_s
        The limit in seconds.
    slack
        Differences from the limit count up to this; see :func:`slack_s`.
    streets
        The reached streets: all of them lie in the result, and every part of the result
        holds one.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Valid; empty where no street is reached.
    """
    if not len(streets):
        return shapely.Polygon()
    # Unequal bounds: with equal ones the mean of four cells would be 0 too often, and
    # borders would touch themselves there.
    level = np.clip(seconds - limit_s, -slack, 0.9137 * slack)
    contours = _contours(level, corner)
    ribbons = shapely.buffer(streets[~_covered(level, corner, streets)], RIBBON_M, quad_segs=2)
    # Joining is dear, so only what sticks out is joined: the result is the same.
    shapely.prepare(contours)
    for contour in contours:
        ribbons = ribbons[~shapely.covers(contour, ribbons)]
    area = shapely.union_all([*contours, *ribbons])
    parts = shapely.get_parts(area)
    if len(parts) > 1:
        parts = parts[_holding(parts, shapely.get_coordinates(shapely.get_point(streets, 0)))]
    parts = _without_small_holes(parts)
    if len(parts) > 1:
        # A part may have stood in a hole that is no more.
        parts = shapely.get_parts(shapely.union_all(parts))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))


def _contours(level: NDArray[np.float64], corner: tuple[int, int]) -> NDArray[np.object_]:
    """Polygons where the level is not above 0."""
    import contourpy

    rows, columns = level.shape
    x = (corner[0] + np.arange(columns) + 0.5) * CELL_M
    y = (corner[1] + np.arange(rows) + 0.5) * CELL_M
    generator = contourpy.contour_generator(
        x, y, level, name="serial", quad_as_tri=True, fill_type=contourpy.FillType.OuterOffset
    )
    found: Any = generator.filled(2 * min(level.min(), -1.0), 0.0)
    polygons = [
        shapely.Polygon(points[offset[0] : offset[1]], _rings(points, offset[1:]))
        for points, offset in zip(*found, strict=True)
    ]
    shapes: NDArray[np.object_] = np.array(polygons, dtype=object)
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    return shapes


def _rings(points: NDArray[np.float64], offset: NDArray[np.uint32]) -> list[Any]:
    return [points[a:b] for a, b in pairwise(offset)]


def _covered(
    level: NDArray[np.float64], corner: tuple[int, int], streets: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Tell which streets lie, with their ribbon, among cells that are all reached."""
    outside = np.zeros((level.shape[0] + 1, level.shape[1] + 1), dtype=np.int64)
    outside[1:, 1:] = (level > 0).cumsum(axis=0).cumsum(axis=1)
    bounds = shapely.bounds(streets)
    low = np.floor((bounds[:, :2] - RIBBON_M) / CELL_M - 0.5).astype(int) - np.array(corner)
    high = np.ceil((bounds[:, 2:] + RIBBON_M) / CELL_M - 0.5).astype(int) - np.array(corner) + 1
    (x0, y0), (x1, y1) = low.T, high.T
    count = outside[y1, x1] - outside[y0, x1] - outside[y1, x0] + outside[y0, x0]
    none: NDArray[np.bool_] = count == 0
    return none


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
    shells = shapely.get_exterior_ring(polygons)
    rings, owner = shapely.get_rings(polygons, return_index=True)
    hole = np.ones(len(rings), dtype=bool)
    hole[np.searchsorted(owner, np.arange(len(polygons)))] = False
    large = hole & (shapely.area(shapely.polygons(rings)) >= HOLE_M2)
    return np.array(
        [
            shapely.Polygon(shell, list(rings[large & (owner == i)]))
            for i, shell in enumerate(shells)
        ],
        dtype=object,
    )
