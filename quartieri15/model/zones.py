"""Areas by which results are summed: NIL, Municipi, target areas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.ids import checked as checked_ids
from quartieri15.model.ids import kind_of, require_same_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray


_ZONE_SET = re.compile(r"\w[\w .-]*")
_TAKEN_NAMES = ("city", "place")

OUTSIDE = -1
"""What stands for the zone of a point that is in none."""


class Located(NamedTuple):
    """What :func:`zone_of` returns: zone ids, and how many points were just outside."""

    ids: NDArray[np.int64]
    outside: int


def names_zones(key: object) -> bool:
    """Tell whether a set of zones may have a name: sets of zones name files of results.

    Examples
    --------
    >>> names_zones("nil"), names_zones("city"), names_zones("a/b")
    (True, False, False)
    """
    # The names that are taken mean something else where an answer is asked by a set of zones.
    return isinstance(key, str) and bool(_ZONE_SET.fullmatch(key)) and key not in _TAKEN_NAMES


def zones_table(
    polygons: gpd.GeoDataFrame, counts: pd.DataFrame | None = None, *, grid_m: float = 0.1
) -> gpd.GeoDataFrame:
    """Make a table of zones of polygons and counts.

    Parameters
    ----------
    polygons : geopandas.GeoDataFrame
        ``id``, ``name``, ``geometry`` in a metric CRS.
    counts
        Counts per group, indexed by zone id. A zone without a row has 0 of everything.
    grid_m
        Corners are moved to this grid, in metres. Every corner is moved by itself, so that
        neighbours that shared a corner still share it.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id``, ``name``, ``area_km2`` (in the metric CRS, after the move), one column per
        group, ``geometry``.

    Raises
    ------
    InputError
        If an id is no whole number, or counts are given for a zone that is not there.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> import shapely
    >>> square = gpd.GeoDataFrame(
    ...     {"id": [1], "name": ["A"]}, geometry=[shapely.box(0, 0, 1000, 1000)], crs=32632
    ... )
    >>> zones_table(square, pd.DataFrame({"residents": [12.0]}, index=[1])).iloc[:, :4]
       id name  area_km2  residents
    0   1    A       1.0       12.0
    """
    _require_numbered(polygons["id"])
    geometry = quantised(polygons.geometry.to_numpy(), grid_m=grid_m)
    table = gpd.GeoDataFrame(
        {
            "id": polygons["id"].to_numpy(dtype="int64"),
            "name": polygons["name"].astype(object).to_numpy(),
            "area_km2": shapely.area(geometry) / 1e6,
        },
        geometry=geometry,
        crs=polygons.crs,
    )
    if counts is not None:
        unknown = [zone for zone in counts.index if zone not in set(table["id"])]
        if unknown:
            raise InputError(
                f"there are counts for zone {unknown[0]}, which is not there",
                where="zones, counts",
                mend="add the zone, or correct its id",
            )
        for group in counts.columns:
            values = counts[group].reindex(table["id"]).fillna(0)
            table.insert(len(table.columns) - 1, group, values.to_numpy(dtype=float))
    return table


def quantised(geometry: NDArray[np.object_], *, grid_m: float) -> NDArray[np.object_]:
    """Move the corners of polygons to a grid; where that tangles an outline, untangle it.

    Parameters
    ----------
    geometry
        Polygons.
    grid_m
        Width of the grid, in metres.

    Returns
    -------
    numpy.ndarray
        Valid polygons with the same corners on the grid.
    """
    moved = shapely.transform(geometry, lambda xy: np.round(xy / grid_m) * grid_m)
    # Multiples of a decimal fraction are not exact: round once more so that they print short.
    moved = shapely.transform(moved, lambda xy: np.round(xy, 6))
    moved = shapely.remove_repeated_points(moved)
    tangled = ~shapely.is_valid(moved)
    moved[tangled] = shapely.set_precision(
        shapely.buffer(shapely.make_valid(moved[tangled]), 0), grid_m
    )
    return moved


def zone_of(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    zones: gpd.GeoDataFrame,
    *,
    id_column: str = "id",
    slack_m: float = 50.0,
) -> Located:
    """Find the zone each point lies in; just outside all zones, the nearest one.

    Parameters
    ----------
    points : geopandas.GeoDataFrame or geopandas.GeoSeries
        Points, in the CRS of the zones.
    zones : geopandas.GeoDataFrame
        Polygons with an id.
    id_column
        The column that holds the id.
    slack_m
        How far outside all zones a point may be.

    Returns
    -------
    Located
        ``ids`` (int64; on a shared border, the smallest) and how many points were ``outside``.

    Raises
    ------
    InputError
        If a point is farther out.
    """
    ids = containing(points, zones, id_column=id_column)
    shapes = points.geometry.to_numpy()
    lost = np.flatnonzero(ids == OUTSIDE)
    if len(lost):
        near = shapely.STRtree(zones.geometry.to_numpy()).query_nearest(
            shapes[lost], max_distance=slack_m
        )
        ids[lost] = _smallest(near, zones[id_column], len(lost))
        still = np.flatnonzero(ids == OUTSIDE)
        if len(still):
            raise InputError(
                f"the point is more than {slack_m:g} m outside all zones",
                where=f"points, row {points.index[still[0]]}",
                mend="correct its position, or give zones that cover it",
            )
    return Located(ids, len(lost))


def containing(
    points: gpd.GeoDataFrame | gpd.GeoSeries, zones: gpd.GeoDataFrame, *, id_column: str = "id"
) -> NDArray[np.int64]:
    """Return the id of the zone each point lies in, :data:`OUTSIDE` where there is none.

    Parameters
    ----------
    points : geopandas.GeoDataFrame or geopandas.GeoSeries
        Points, in the CRS of the zones.
    zones : geopandas.GeoDataFrame
        Polygons with an id.
    id_column
        The column that holds the id.

    Returns
    -------
    numpy.ndarray
        One int64 per point; on a shared border, the smallest id.
    """
    require_same_crs(points, zones.crs, where="points")
    _require_numbered(zones[id_column])
    shapes = points.geometry.to_numpy()
    found = shapely.STRtree(zones.geometry.to_numpy()).query(shapes, predicate="intersects")
    return _smallest(found, zones[id_column], len(shapes))


def _require_numbered(ids: pd.Series) -> None:
    """Refuse ids of text where the answer is a whole number: 007 would become 7."""
    if (kind := kind_of(ids)) not in ("whole numbers", ""):
        raise InputError(
            f"it holds {kind}, and whole numbers are needed here",
            where=f"zones, column {ids.name}",
            mend="number the zones",
        )


def _smallest(pairs: NDArray[np.intp], ids: pd.Series, count: int) -> NDArray[np.int64]:
    """Return the smallest id that each of ``count`` points is paired with."""
    nobody = np.iinfo(np.int64).max
    smallest = np.full(count, nobody)
    np.minimum.at(smallest, pairs[0], ids.to_numpy(dtype=np.int64)[pairs[1]])
    smallest[smallest == nobody] = OUTSIDE
    return smallest


def summed(points: pd.DataFrame, column: str, groups: Sequence[str]) -> pd.DataFrame:
    """Sum the groups of residents points by a zone column.

    Parameters
    ----------
    points
        One row per point.
    column
        The column with the zone ids.
    groups
        Columns to sum.

    Returns
    -------
    pandas.DataFrame
        Indexed by zone id, sorted; one column per group. Sums are rounded to the millionth
        that the points are counted in.
    """
    return points.groupby(column)[list(groups)].sum().sort_index().round(6)


def target_areas(
    zones: gpd.GeoDataFrame, ids: Iterable[int], names: Iterable[str]
) -> gpd.GeoDataFrame:
    """Return some zones, under the names an intervention gives them.

    Parameters
    ----------
    zones : geopandas.GeoDataFrame
        A zones table.
    ids, names
        The zones wanted and what to call them.

    Raises
    ------
    UnknownNameError
        If a zone is not there.
    """
    wanted = dict(zip(ids, names, strict=True))
    for zone in wanted:
        if zone not in set(zones["id"]):
            raise UnknownNameError.among(zone, map(str, zones["id"]), kind="zone")
    areas = zones[zones["id"].isin(wanted)].reset_index(drop=True)
    return areas.assign(name=areas["id"].map(wanted))


def homes_in(
    residents: gpd.GeoDataFrame, key: str, zones: gpd.GeoDataFrame, *, where: str
) -> pd.Series:
    """Return in which zone of a set each resident lives; ``where`` is what the set is called."""
    column = f"residents, column {key}"
    known = f"{where}, column id,"
    require_same_kind(residents[key], zones["id"], where=column, known_where=known)
    home = checked_ids(residents[key], where=column)
    lost = ~home.isin(zones["id"]).to_numpy()
    if lost.any():
        row = residents.index[lost][0]
        raise InputError(
            f"zone {home[lost].iloc[0]} is not among the zones",
            where=f"residents, row {row}, column {key}",
            mend=f"add the zone to {where} or correct the value",
        )
    return home


def require_outlines(zones: gpd.GeoDataFrame, *, where: str) -> None:
    """Refuse a polygon of which nobody can say what lies inside."""
    broken = ~zones.geometry.is_valid.to_numpy()
    if broken.any():
        zone = zones[broken].iloc[0]
        named = f"{zone['id']} ({zone['name']})" if "name" in zones.columns else zone["id"]
        raise InputError(
            f"the outline of zone {named} is not valid: {shapely.is_valid_reason(zone.geometry)}",
            where=f"{where}, row {zones.index[broken][0]}, column geometry",
            mend="untangle it, for example with .make_valid()",
        )
