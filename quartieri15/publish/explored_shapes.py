"""What of a result a map shows: which of its tables, which question, and the shapes of its rows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.errors import InputError
from quartieri15.model import schemas
from quartieri15.model.streets import StreetNetwork
from quartieri15.publish.cells import people_cells

if TYPE_CHECKING:
    from quartieri15.model.city import City

_MAIN_TABLES: Final = ("sites", "links", "zones", "headlines", "by_kind")
"""What a result of several tables shows, by the name of the table."""

_ONE_QUESTION: Final = (
    *("scenario", "places", "profile", "minutes", "group", "variable", "component", "kind", "part"),
    *("network", "unknown_hours", "at", "time", "hour", "weekday"),
)
_LAST_OF: Final = ("year",)


def main_table(result: Any, *, where: str) -> pd.DataFrame:
    """Return the table of a result that a map shows.

    Parameters
    ----------
    result
        A result of this library, or any table.
    where
        What error messages call it.

    Raises
    ------
    InputError
        If it is neither, or has no row.
    """
    from quartieri15.planning.links.missing import Links
    from quartieri15.planning.siting.result import Sites
    from quartieri15.publish.links import publishable_links
    from quartieri15.publish.sites import publishable_sites
    from quartieri15.reach.surfaces import TravelTimeSurface

    if isinstance(result, Sites):
        result = publishable_sites(result.sites)
    if isinstance(result, Links):
        result = publishable_links(result.links)
    if isinstance(result, TravelTimeSurface):
        cells: pd.DataFrame = _cells_of(result)
        return cells
    if isinstance(result, StreetNetwork):
        result = result.edges
    if not isinstance(result, pd.DataFrame):
        held = [getattr(result, name, None) for name in _MAIN_TABLES]
        tables = [table for table in held if isinstance(table, pd.DataFrame)]
        if not dataclasses.is_dataclass(result) or not tables:
            raise InputError(
                f"a {type(result).__name__} was given",
                where=where,
                mend="give a result of this library, or a table with geometry",
            )
        result = tables[0]
    table: pd.DataFrame = result
    if table.columns.has_duplicates:
        table = table.loc[:, ~table.columns.duplicated()]
    if not len(table):
        raise nothing_to_draw(where)
    return table


def nothing_to_draw(where: str) -> InputError:
    """Return the error of a result that has no shape."""
    return InputError(
        "there is nothing in it that can be drawn",
        where=where,
        mend="give a table with geometry, or one by zone, by place or by address",
    )


def is_by_zone(city: City, table: pd.DataFrame) -> bool:
    """Tell whether a table is by a set of zones of the city."""
    return "zone_id" in table.columns and zones_told(table) in city.zones


def zones_told(table: pd.DataFrame) -> str:
    """Return by what a table is: of several, the first that is not the whole city."""
    if "by" in table.columns:
        named = [str(by) for by in table["by"].unique() if by != "city"]
        return named[0] if named else "city"
    return str(table.attrs.get("provenance", {}).get("by", "nil"))


def with_shapes(city: City, table: pd.DataFrame, *, where: str) -> gpd.GeoDataFrame:
    """Return a table with the geometry of what its rows are about.

    Parameters
    ----------
    city
        The city.
    table
        A table with a geometry, or one by zone, by place or by address of the city.
    where
        What error messages call it.

    Raises
    ------
    InputError
        If its rows are about nothing that has a shape.
    """
    if isinstance(table, gpd.GeoDataFrame):
        return schemas.with_geometry(table, where=where)
    if is_by_zone(city, table):
        zones = city.zones_named(zones_told(table))
        rows = table[table["by"].astype(str) == zones_told(table)] if "by" in table else table
        return _joined(rows, "zone_id", zones)
    for key in ("place_id", "zone_id"):
        if key in table.columns and table[key].isin(city.places["id"]).any():
            if "origin_id" in table.columns or table.index.equals(city.residents.index):
                break
            return _joined(table, key, city.places)
    if "minutes" in table.columns and "origin_id" in table.columns:
        nearest = table.groupby("origin_id")["minutes"].min()
        return _hexagons(city, nearest.reindex(city.residents["id"]).set_axis(city.residents.index))
    if len(table) == len(city.residents) and table.index.equals(city.residents.index):
        column = next((name for name in ("minutes", *city.groups) if name in table.columns), None)
        if column is not None:
            return _hexagons(city, table[column])
    raise nothing_to_draw(where)


def _joined(table: pd.DataFrame, key: str, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put the shape of its zone or place beside each row of one question."""
    table = one_question(table, key=key)
    geometry = shapes.set_index("id").geometry.reindex(table[key])
    return gpd.GeoDataFrame(table, geometry=geometry.to_numpy(), crs=shapes.crs)


def one_question(table: Any, *, key: str | None = None) -> Any:
    """Keep the rows of the first question, and of the last year, where an area has several."""
    if key is None:
        key = next((name for name in ("unit_id", "zone_id") if name in table.columns), None)
    if key is None:
        return table
    for name in (*_LAST_OF, *_ONE_QUESTION):
        if not table[key].duplicated().any():
            break
        if name in table.columns:
            kept = table[name].max() if name in _LAST_OF else table[name].dropna().iloc[0]
            table = table[table[name] == kept]
    return table


def _hexagons(city: City, values: pd.Series) -> gpd.GeoDataFrame:
    """Return the mean of something known by address, over the people of each hexagon."""
    known = values.notna()
    residents = city.residents[known]
    cells = people_cells(residents, residents["residents"], minutes=values[known])
    if values.name != "minutes":
        cells = cells.rename(columns={"minutes": str(values.name)})
    if not len(cells):
        raise nothing_to_draw("layer")
    return cells


def _cells_of(surface: Any) -> gpd.GeoDataFrame:
    """Return the cells of a surface, put together where they fall into one class of minutes."""
    from quartieri15.publish.legends import MINUTES_LIMITS

    minutes = surface.minutes
    rows, columns = np.nonzero(np.isfinite(minutes))
    place = np.searchsorted(MINUTES_LIMITS, minutes[rows, columns])
    left, top, side = surface.left, surface.top, surface.cell_m
    shapes, most = [], []
    for number in np.unique(place):
        chosen = place == number
        west, north = left + columns[chosen] * side, top - rows[chosen] * side
        shapes.append(shapely.union_all(shapely.box(west, north - side, west + side, north)))
        most.append(float(minutes[rows[chosen], columns[chosen]].max()))
    return gpd.GeoDataFrame({"minutes": most}, geometry=shapes, crs=surface.crs)
