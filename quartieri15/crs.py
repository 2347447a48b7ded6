"""The only place that knows projections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from quartieri15.arguments import shown
from quartieri15.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

GEOGRAPHIC = "EPSG:4326"

FARTHEST_M: Final = 50_000_000.0
"""No coordinate of any projection is greater: the equator is 40,075 km long, and false eastings
count zones of it."""


def metric_crs(table: gpd.GeoDataFrame, *, where: str = "table") -> CRS:
    """Return the metric CRS in which distances around a table may be measured.

    Parameters
    ----------
    table
        Any table with a known CRS. A table that is already in metres keeps its own.
    where
        What error messages call it.

    Returns
    -------
    pyproj.CRS
        The table's CRS, or the UTM zone of its middle.

    Raises
    ------
    InputError
        If the table has no CRS, or coordinates that are nowhere in it.
    """
    crs = require_crs(table, where=where)
    try:
        require_metric(table, where=where)
    except InputError:
        try:
            return cast("CRS", table.estimate_utm_crs())
        except (RuntimeError, ValueError) as error:
            raise InputError(
                f"the coordinates lie nowhere on earth in {crs.to_string()}, "
                f"they begin with {table.total_bounds[0]:g}, {table.total_bounds[1]:g}",
                where=where,
                mend="set the CRS in which they were written",
            ) from error
    return crs


def crs_named(crs: object, *, where: str) -> CRS:
    """Return the CRS that a code, a text or an object names, or say that it names none."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(crs)
    except (CRSError, TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"{shown(crs)} is no coordinate reference system that is known",
            where=where,
            mend="give one such as 'EPSG:32632'",
        ) from error


def stretch(crs: CRS, bounds: Sequence[float]) -> float:
    """Return by how much of itself a distance in a CRS differs from that on the ground, at most.

    A kilometre is walked on the WGS 84 ellipsoid, in four directions, from the corners and the
    middle of an area, and measured again between the coordinates that its ends have in the CRS.

    Parameters
    ----------
    crs
        In metres.
    bounds
        West, south, east, north of the area, in degrees.

    Returns
    -------
    float
        0.01 for 990 m or 1010 m instead of a kilometre; infinite where the CRS has no coordinates.

    Examples
    --------
    >>> milano = (9.04, 45.39, 9.28, 45.54)
    >>> for code in ("EPSG:32632", "EPSG:32633", "EPSG:27700"):
    ...     print(code, f"{stretch(crs_named(code, where='crs'), milano):.2%}")
    EPSG:32632 0.04%
    EPSG:32633 0.23%
    EPSG:27700 0.91%
    """
    from pyproj import Geod, Transformer
    from pyproj.exceptions import ProjError

    west, south, east, north = bounds
    middle = ((west + east) / 2, (south + north) / 2)
    corners = [(west, south), (west, north), (east, south), (east, north)]
    lon, lat = np.repeat(np.array([middle, *corners]), 4, axis=0).T
    ahead = np.tile([0.0, 45.0, 90.0, 135.0], 5)
    walked = np.full(len(lon), 1000.0)
    there = Transformer.from_crs(GEOGRAPHIC, crs, always_xy=True)
    try:
        to_lon, to_lat, _ = Geod(ellps="WGS84").fwd(lon, lat, ahead, walked)
        begin, end = (np.array(there.transform(*at)) for at in ((lon, lat), (to_lon, to_lat)))
    except ProjError:
        return float("inf")
    if not (np.isfinite(begin).all() and np.isfinite(end).all()):
        return float("inf")
    return float(np.abs(np.hypot(*(end - begin)) / walked - 1).max())


def require_crs(table: gpd.GeoDataFrame, *, where: str) -> CRS:
    """Return the CRS of a table, or say how to set the one that is missing."""
    if table.crs is None:
        raise InputError(
            "the table has no coordinate reference system",
            where=where,
            mend="set it with .set_crs('EPSG:4326') or whatever the file was written in",
        )
    return cast("CRS", table.crs)


def require_metric(table: gpd.GeoDataFrame, *, where: str) -> None:
    """Refuse a table whose coordinates are not metres on the ground."""
    crs = require_crs(table, where=where)
    mend = "bring it over with table.to_crs(table.estimate_utm_crs())"
    if not crs.is_projected:
        raise InputError(
            f"coordinates are in degrees ({crs.to_string()}), but distances need metres",
            where=where,
            mend=mend,
        )
    # The first two axes: a third one is the height, of which no distance is made.
    units = {axis.unit_name: axis.unit_conversion_factor for axis in crs.axis_info[:2]}
    for unit, metres in units.items():
        if metres != 1:
            raise InputError(
                f"coordinates are in {unit} ({crs.to_string()}), but distances need metres",
                where=where,
                mend=mend,
            )
    operation = (crs.sub_crs_list or [crs])[0].coordinate_operation
    if operation is not None and "Pseudo Mercator" in operation.method_name:
        raise InputError(
            f"coordinates are in web mercator ({crs.to_string()}), which stretches distances "
            "the more, the farther from the equator",
            where=where,
            mend=mend,
        )


def require_same_crs(table: gpd.GeoDataFrame, crs: object, *, where: str) -> None:
    """Refuse a table whose coordinates are in another CRS than the city's."""
    if require_crs(table, where=where) != crs:
        raise InputError(
            f"coordinates are in {table.crs.to_string()}, the city is in {crs}",
            where=where,
            mend="bring the table over with .to_crs(city.crs)",
        )


def require_on_earth(xy: NDArray[np.float64], rows: Any, *, where: str) -> None:
    """Refuse a coordinate that is nowhere; one that is missing is none.

    Parameters
    ----------
    xy : (n, 2) float64
        Coordinates in metres, or in degrees.
    rows
        The label of the row of each.
    where
        What error messages call the table.

    Raises
    ------
    InputError
        If a coordinate is infinite, or farther away than the earth is wide.
    """
    wrong = (np.abs(xy) > FARTHEST_M).any(axis=1)
    if wrong.any():
        x, y = xy[wrong][0]
        finite = np.isfinite([x, y]).all()
        said = "is nowhere on earth" if finite else "has a coordinate that is no number"
        raise InputError(
            f"the position {x:g}, {y:g} {said}",
            where=f"{where}, row {rows[wrong][0]}, column geometry",
            mend="correct it, or leave the geometry empty if it is not known",
        )


def brought_to(table: gpd.GeoDataFrame, crs: object, *, where: str) -> gpd.GeoDataFrame:
    """Return a table in another CRS, where every coordinate has a place in that.

    Raises
    ------
    InputError
        If no way leads from one CRS to the other, or a coordinate is nowhere on earth.
    """
    import shapely
    from pyproj.exceptions import ProjError

    def require_known(there: gpd.GeoDataFrame) -> None:
        xy, owner = shapely.get_coordinates(there.geometry.array, return_index=True)
        require_on_earth(xy, there.index[owner], where=where)

    # Some projections have a place for everything: far beyond the edge, that of a pole.
    require_known(table)
    try:
        moved = table.to_crs(crs)
    except ProjError as error:
        raise InputError(
            f"no way leads from {table.crs.to_string()} to {crs}",
            where=where,
            mend="state the CRS in which the coordinates were written, such as EPSG:4326",
        ) from error
    require_known(moved)
    return moved


def likely_slip(xy: NDArray[np.float64], crs: Any, extent: NDArray[np.float64]) -> str | None:
    """Say why points may lie outside an extent: swapped axes, or degrees.

    Parameters
    ----------
    xy : (n, 2) float64
        Coordinates of points, none of which is in the extent.
    crs
        The CRS in which they are said to be.
    extent
        West, south, east, north in that CRS.

    Returns
    -------
    str or None
        The cause, if one of these puts a point into the extent.
    """
    from pyproj import Transformer

    xy = xy[np.isfinite(xy).all(axis=1)]
    if _in(xy[:, ::-1], extent):
        return "x and y are swapped"
    if not (np.abs(xy) <= (180, 180)).all():
        return None
    there = Transformer.from_crs(GEOGRAPHIC, crs, always_xy=True)
    for lon, lat, said in ((0, 1, ""), (1, 0, ", latitude first")):
        if _in(np.column_stack(there.transform(xy[:, lon], xy[:, lat])), extent):
            return f"these are degrees{said}"
    return None


def _in(xy: NDArray[np.float64], extent: NDArray[np.float64]) -> bool:
    return bool(((xy >= extent[:2]) & (xy <= extent[2:])).all(axis=1).any())
