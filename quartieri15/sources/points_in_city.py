"""The points of a table as they lie in a city, or what is wrong with them: axes, CRS, town."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.arguments import require_choice
from quartieri15.crs import GEOGRAPHIC, crs_named
from quartieri15.errors import InputError
from quartieri15.sources.located_tables import word_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

    from quartieri15.model.city import City

LIKELY_CRS: Final = (
    *(GEOGRAPHIC, "EPSG:3857"),
    *("EPSG:32632", "EPSG:32633", "EPSG:3003", "EPSG:3004"),
)
"""In which positions often are, beside the CRS of their city, when another one is said: degrees,
web mercator, and the zones of Italy."""

Outside = Literal["refuse", "leave_out"]


def require_outside(outside: object) -> None:
    """Refuse what does not say what is to be done with what lies outside a city."""
    require_choice(outside, get_args(Outside), where="outside", mend="use 'refuse' or 'leave_out'")


def points_in_city(
    table: gpd.GeoDataFrame, city: City, *, outside: Outside, file: str
) -> tuple[gpd.GeoSeries, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return a point per row in the city's CRS, which lie near its streets, and which were made.

    Parameters
    ----------
    table
        Of :func:`read_list` or :func:`read_shapes`.
    city
        The streets.
    outside
        As for :func:`read_facilities`.
    file
        What messages call the table.

    Raises
    ------
    InputError
        If coordinates are not what their CRS says, or one lies outside and none may, or all do.
    """
    crs = table.crs
    made = (table.geom_type != "Point").to_numpy()
    drawn = table.geometry.where(~made, table.geometry.representative_point())
    xy = shapely.get_coordinates(drawn.to_numpy())
    degrees = np.asarray((np.abs(xy) <= (180, 90)).all(axis=1), dtype=bool)
    if crs.is_geographic and not degrees.all():
        x, y = xy[~degrees][0]
        where, others = _where(table, ~degrees, file=file)
        raise InputError(
            f"coordinates are said to be in {crs.to_string()}, but ({x:.6g}, {y:.6g}){others} are "
            "no degrees",
            where=where,
            mend=_right_crs(xy[~degrees], crs, city)
            or "say the right CRS, or bring the coordinates to EPSG:4326",
        )
    if crs.is_projected and degrees.all():
        raise InputError(
            f"coordinates are said to be in {crs.to_string()}, but such as "
            f"({xy[0, 0]:.6g}, {xy[0, 1]:.6g}) look like degrees",
            where=file,
            mend="say EPSG:4326, or export the file again",
        )
    points = drawn.to_crs(city.crs)
    kept = ~city.streets.outside(gpd.GeoDataFrame(geometry=points))
    kept &= np.isfinite(shapely.get_coordinates(points.to_numpy())).all(axis=1)
    if not kept.all() and (outside == "refuse" or not kept.any()):
        west, south, east, north = _extent_in(crs, city)
        x, y = xy[~kept][0]
        swapped = west <= y <= east and south <= x <= north
        mend = "swap them" if swapped else _right_crs(xy[~kept], crs, city)
        where, others = _where(table, ~kept, file=file)
        raise InputError(
            f"the position {x:.7g}, {y:.7g} (east, north){others} is outside {city.name}, which "
            f"lies within {west:.6g} to {east:.6g}, {south:.6g} to {north:.6g}"
            + ("; the two are swapped" if swapped else ""),
            where=where,
            mend=mend
            or (
                "correct it, or leave out what lies outside: outside = 'leave_out'"
                if kept.any()
                else "give the positions of this city, and the CRS in which they are"
            ),
        )
    return points, kept, made


def _where(table: gpd.GeoDataFrame, wrong: NDArray[np.bool_], *, file: str) -> tuple[str, str]:
    """Say where the first wrong position stands; where all of many are wrong, it is no row's."""
    position = table.attrs.get("position")
    column = f", column {position}" if position else ""
    row = f"{word_of(table.index)} {table.index[wrong][0]}"
    if len(wrong) > 1 and wrong.all():
        return f"{file}{column}", f" of {row}, as in all others,"
    return f"{file}, {row}{column}", ""


def _extent_in(crs: CRS, city: City) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the city's streets in a CRS."""
    from pyproj import Transformer

    there = Transformer.from_crs(city.crs, crs, always_xy=True)
    bounds: tuple[float, float, float, float] = there.transform_bounds(*city.streets.extent)
    return bounds


def _right_crs(xy: NDArray[np.float64], said: CRS, city: City) -> str | None:
    """Say in which other CRS positions would lie in the city, if in a likely one."""
    for crs in (city.crs, *(crs_named(code, where="crs") for code in LIKELY_CRS)):
        west, south, east, north = _extent_in(crs, city)
        inside = (xy >= (west, south)) & (xy <= (east, north))
        if crs != said and inside.all():
            return f"say the right CRS: in {crs.to_string()} it lies in {city.name}"
    return None
