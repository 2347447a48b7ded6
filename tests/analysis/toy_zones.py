"""A city of square kilometres in a row, with people and times given by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.model.city import City
from tests.ascii_city import CRS, ORIGIN, draw_streets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STREETS = draw_streets("A---B")


def row_of_zones(
    people: Sequence[tuple[int, float, float]],
    *,
    zones: int,
    municipi: Mapping[int, int] | None = None,
    places_in: Sequence[int] = (1,),
    **columns: Sequence[float],
) -> City:
    """Make a city of ``zones`` squares in a row, NIL 1 in the west.

    ``people`` holds (nil, residents, over65) of each point; ``municipi`` tells to which
    Municipio a NIL belongs (all to 1 if left out); a place stands in the middle of each NIL of
    ``places_in``.
    """
    nil = np.array([point[0] for point in people], dtype="int64")
    of = municipi or dict.fromkeys(range(1, zones + 1), 1)
    counts = {
        "residents": [point[1] for point in people],
        "over65": [point[2] for point in people],
    } | columns
    squares = [square(k) for k in range(1, zones + 1)]
    table = gpd.GeoDataFrame(
        {
            "id": range(1, zones + 1),
            "name": [f"Nil {k}" for k in range(1, zones + 1)],
            "area_km2": 1.0,
        },
        geometry=squares,
        crs=CRS,
    )
    whole = table.assign(id=[of[k] for k in table["id"]]).dissolve("id", as_index=False)
    whole = whole.assign(
        name=[f"Municipio {k}" for k in whole["id"]], area_km2=whole.geometry.area / 1e6
    )
    # Straight to the class: the checks at the door are tested elsewhere and cost most of the time.
    return City(
        "row",
        streets=STREETS,
        places=gpd.GeoDataFrame(
            {
                "id": [f"h{i}" for i in range(len(places_in))],
                "name": [f"House {i}" for i in range(len(places_in))],
                "kind": "ex_csrc",
                "network": "houses",
            },
            geometry=[square(k).centroid for k in places_in],
            crs=CRS,
        ),
        zones={"nil": table, "municipi": whole},
        residents=gpd.GeoDataFrame(
            {
                "id": [f"r{i}" for i in range(len(people))],
                "nil": nil,
                "municipi": [of[k] for k in nil],
            }
            | counts,
            geometry=[square(int(k)).centroid for k in nil],
            crs=CRS,
        ),
        provenance={"vintages": {"streets": "drawn"}, "licence_line": "drawn for a test"},
    )


def square(k: int) -> shapely.Polygon:
    """The square kilometre of NIL k."""
    x, y = ORIGIN
    return shapely.box(x + (k - 1) * 1000, y, x + k * 1000, y + 1000)


def times_of(city: City, minutes: Sequence[float], place: str | None = "h0") -> pd.DataFrame:
    """What travel_times would say."""
    reached = ~np.isnan(np.array(minutes, dtype=float))
    return pd.DataFrame(
        {"minutes": minutes, "place_id": np.where(reached, place, None)},
        index=city.residents.index,
    )
