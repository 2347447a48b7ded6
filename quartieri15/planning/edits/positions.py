"""Where something is: a position in degrees, an address, a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.city import require_addresses
from quartieri15.model.streets import MARGIN_M
from quartieri15.planning.edits import values
from quartieri15.planning.edits.named_places import called, place_named

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.planning.edits.values import Line, Point


def require_one_of(kind: str, **given: object) -> None:
    """Refuse none or several of some fields that say where."""
    said = [name for name, value in given.items() if value is not None]
    if len(said) == 1:
        return
    names = values.listed(given)
    what = f"{values.listed(said)} are both given" if said else f"none of {names} is given"
    raise ParameterError(what, where=kind, mend=f"give one of {names}")


def metric_point(city: City, at: Point) -> shapely.Point:
    """Return a position in degrees in the CRS of a city, if it is within its streets.

    Raises
    ------
    InputError
        If it lies outside the streets.
    """
    table = gpd.GeoDataFrame(geometry=[shapely.Point(at)], crs=GEOGRAPHIC).to_crs(city.crs)
    _require_inside(city, table, f"the position {at[0]:.5f}, {at[1]:.5f}")
    point: shapely.Point = table.geometry.iloc[0]
    return point


def metric_lines(city: City, lines: tuple[Line, ...]) -> list[shapely.LineString]:
    """Return lines in degrees in the CRS of a city, if they are within its streets.

    Raises
    ------
    InputError
        If one lies outside the streets.
    """
    drawn = [shapely.LineString(line) for line in lines]
    table = gpd.GeoDataFrame(geometry=drawn, crs=GEOGRAPHIC).to_crs(city.crs)
    _require_inside(city, table, "the line")
    return list(table.geometry)


def find(
    city: City, *, at: Point | None = None, address: str | None = None, place: str | None = None
) -> tuple[shapely.Point, str]:
    """Return a point in the CRS of the city, and what it was taken for.

    Parameters
    ----------
    city
        The city.
    at
        Longitude and latitude.
    address
        A street and number.
    place
        A place of the city.

    Raises
    ------
    InputError
        If it lies outside the streets, the place has no position, or the city has no addresses.
    UnknownNameError, AmbiguousNameError
        If nothing, or several things, are called so.
    """
    if at is not None:
        return metric_point(city, at), f"{at[0]:.5f}, {at[1]:.5f}"
    if place is not None:
        row = place_named(city, place)
        point = city.places.geometry.iloc[row]
        if point is None or point.is_empty:
            raise InputError(f"{called(city, row)} has no position", mend="give at: [lon, lat]")
        return point, called(city, row)
    return _located(city, str(address))


def _located(city: City, address: str) -> tuple[shapely.Point, str]:
    from quartieri15.model.addresses import locate

    require_addresses(city, where=address, instead="give at: [longitude, latitude]")
    found = locate(city, address)
    return found.point, found.address


def near_words(city: City, words: str) -> tuple[shapely.Point, str]:
    """Return a point for words that may be a place or an address.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        If nothing, or several things, are called so.
    """
    try:
        return find(city, place=words)
    except (UnknownNameError, InputError) as no_place:
        try:
            return find(city, address=words)
        except (UnknownNameError, InputError) as no_address:
            raise no_address from no_place


def _require_inside(city: City, table: gpd.GeoDataFrame, what: str) -> None:
    if city.streets.outside(table).any():
        west, south, east, north = city.streets.edges.total_bounds
        corners = gpd.GeoSeries.from_xy([west, east], [south, north], crs=city.crs)
        low, high = corners.to_crs(GEOGRAPHIC)
        raise InputError(
            f"{what} lies more than {MARGIN_M:g} m outside the streets of {city.name} (longitude "
            f"{low.x:.4f} to {high.x:.4f}, latitude {low.y:.4f} to {high.y:.4f})",
            mend="give longitude first, then latitude, or leave the edit out",
        )
