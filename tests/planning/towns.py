"""Streets with houses and people, and scenarios that are no more than a change of a city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests.ascii_city import CRS, ORIGIN, draw_city

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from quartieri15.model.city import City

CELL_M = 25.0
STREET = "A" + "-" * 79 + "B"
"""Two kilometres of street. At 4.5 km/h one walks 375 m, 15 cells, in five minutes."""


@dataclass
class Scenario:
    """A named change."""

    name: str
    change: Callable[[City], Any]
    date: dt.date | None = None
    cost_eur: float | None = None
    told: pd.DataFrame | None = None

    def apply(self, city: City) -> Any:
        return self.change(city)

    def effects(self, city: City) -> pd.DataFrame:
        del city
        return pd.DataFrame({"edit": [1]}) if self.told is None else self.told


def street(houses: Mapping[str, float], people: Mapping[float, float], **options: Any) -> City:
    """Make a street of two quarters, west (NIL 1) and east (NIL 2) of its middle.

    Houses and people stand on it, so many cells from its west end.
    """
    city = draw_city(
        STREET,
        cell=CELL_M,
        places={name: (at, 0) for name, at in houses.items()},
        people={(at, 0): n for at, n in people.items()},
        **options,
    )
    nil = np.where(city.residents.geometry.x < ORIGIN[0] + 40 * CELL_M, 1, 2)
    return city.with_(residents=city.residents.assign(nil=nil), zones=quarters(city))


def quarters(city: City) -> dict[str, gpd.GeoDataFrame]:
    """Return the two quarters as NIL, and both as one Municipio."""
    west, south = ORIGIN[0] - 500, ORIGIN[1] - 500
    middle, east, north = ORIGIN[0] + 40 * CELL_M, ORIGIN[0] + 3000, ORIGIN[1] + 500
    nil = gpd.GeoDataFrame(
        {"id": [1, 2], "name": ["West", "East"], "area_km2": 1.0},
        geometry=[shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)],
        crs=CRS,
    )
    return {"nil": nil, "municipi": city.zones["municipi"]}


def at(cells: float) -> shapely.Point:
    """Return a point on the street."""
    return shapely.Point(ORIGIN[0] + cells * CELL_M, ORIGIN[1])


def with_house(city: City, name: str, cells: float, **columns: Any) -> City:
    """Open a house."""
    row = gpd.GeoDataFrame(
        {"id": [name], "name": [name.title()], "kind": "ex_csrc", "network": "houses"}
        | {"hosts_wemi": [False]}
        | {key: [value] for key, value in columns.items()},
        geometry=[at(cells)],
        crs=CRS,
    )
    return city.with_(places=pd.concat([city.places, row], ignore_index=True))


def without_house(city: City, name: str) -> City:
    """Close a house."""
    return city.with_(places=city.places[city.places["id"] != name])


def moved_house(city: City, name: str, cells: float) -> City:
    """Move a house."""
    places = city.places.copy()
    places.loc[places["id"] == name, "geometry"] = at(cells)
    return city.with_(places=places)


def changed_house(city: City, name: str, **facts: Any) -> City:
    """Change what is told of a house."""
    places = city.places.copy()
    for column, value in facts.items():
        if column not in places.columns:
            places[column] = None
        places[column] = places[column].astype(object)
        places.loc[places["id"] == name, column] = value
    return city.with_(places=places)
