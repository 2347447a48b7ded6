"""The only place that knows projections."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from quartieri15.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

GEOGRAPHIC = "EPSG:4326"


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
