"""Addresses put together into hexagons, so that a map tells where people live, and of nobody alone.

A hexagon is told by the class that its people fall in, never by their number: a number of every
hexagon, beside those of zones and of the city, would be one more to subtract. Where fewer than the
smallest count live, there is no hexagon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.publish.disclosure import SMALLEST_COUNT, require_smallest_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIDE_M: Final = 100.0
"""A hexagon of this side is 2.6 hectares, about two blocks of houses of Milano."""

CLASSES: Final = (1.0, 5.0, 10.0, 20.0)
"""Lower limits of the classes, in smallest counts: from 10, 50, 100 and 200 people."""


def hexagon_of(
    x: NDArray[np.float64], y: NDArray[np.float64], *, side_m: float = SIDE_M
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the column and row of the hexagon each point lies in.

    Hexagons stand on a corner, row 0 on the origin; a row of odd number is half a hexagon to the
    east. The nearest centre is the hexagon's (the hexagons are the Voronoi cells of their centres).

    Parameters
    ----------
    x, y
        Coordinates, in metres.
    side_m
        The side of a hexagon.
    """
    width, height = np.sqrt(3) * side_m, 1.5 * side_m
    near = np.floor(y / height).astype("int64")
    best = np.full(len(x), np.inf)
    column, row = np.zeros(len(x), dtype="int64"), np.zeros(len(x), dtype="int64")
    for candidate in (near, near + 1):
        shift = np.where(candidate % 2 == 1, 0.5, 0.0)
        nearest = np.rint(x / width - shift).astype("int64")
        distance = np.hypot(x - (nearest + shift) * width, y - candidate * height)
        closer = distance < best
        best, column, row = (
            np.where(closer, distance, best),
            np.where(closer, nearest, column),
            np.where(closer, candidate, row),
        )
    return column, row


def hexagons(
    columns: Sequence[int] | NDArray[np.int64],
    rows: Sequence[int] | NDArray[np.int64],
    *,
    side_m: float = SIDE_M,
) -> NDArray[np.object_]:
    """Return the polygons of hexagons.

    Examples
    --------
    >>> float(shapely.area(hexagons([0], [0], side_m=100)[0]).round())
    25981.0
    """
    width, height = np.sqrt(3) * side_m, 1.5 * side_m
    row = np.asarray(rows)
    x = (np.asarray(columns) + np.where(row % 2 == 1, 0.5, 0.0)) * width
    y = row * height
    angles = np.radians([30, 90, 150, 210, 270, 330])
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * side_m
    corners = np.stack([x, y], axis=1)[:, None, :] + ring[None, :, :]
    return np.asarray(shapely.polygons(corners), dtype=object)


def people_cells(
    addresses: gpd.GeoDataFrame,
    people: pd.Series,
    *,
    minutes: pd.Series | None = None,
    smallest_count: float = SMALLEST_COUNT,
    side_m: float = SIDE_M,
) -> gpd.GeoDataFrame:
    """Put people into hexagons, and tell of each the class of how many they are.

    Parameters
    ----------
    addresses
        Points in a metric CRS.
    people
        How many live at each, by the index of ``addresses``.
    minutes
        Something to average over the people of a hexagon, for example minutes saved.
    smallest_count
        Hexagons of fewer people are left out.
    side_m
        The side of a hexagon.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per hexagon: ``people_from`` and ``people_below`` (NaN in the highest class),
        ``minutes`` (the mean, to half a minute) where asked for, ``geometry``.
        ``attrs["left_out"]`` counts the hexagons with too few people to be told, of which
        ``attrs["smallest_count"]`` are the fewest.
    """
    smallest = require_smallest_count(smallest_count)
    count = people.to_numpy(dtype=float)
    points = addresses.geometry
    column, row = hexagon_of(points.x.to_numpy(), points.y.to_numpy(), side_m=side_m)
    plain = pd.DataFrame({"column": column, "row": row, "people": count})
    if minutes is not None:
        plain["weighted"] = count * minutes.to_numpy(dtype=float)
    sums = plain[plain["people"] > 0].groupby(["column", "row"], as_index=False).sum()
    # Without a smallest count, ten: a class says how many, and a cell of one person says who.
    least = smallest or SMALLEST_COUNT
    enough = sums["people"].round(6) >= least
    told = sums[enough].reset_index(drop=True)
    limits = np.array(CLASSES) * least
    place = np.searchsorted(limits, told["people"].round(6), side="right") - 1
    own: dict[str, object] = {
        "people_from": limits[place],
        "people_below": np.append(limits[1:], np.nan)[place],
    }
    if minutes is not None:
        own["minutes"] = ((told["weighted"] / told["people"]) * 2).round() / 2
    shapes = hexagons(told["column"].to_numpy(), told["row"].to_numpy(), side_m=side_m)
    cells = gpd.GeoDataFrame(own, geometry=shapes, crs=addresses.crs)
    cells.attrs = {"left_out": int((~enough).sum()), "smallest_count": least}
    return cells
