"""A city made of another answers as one made anew of its tables does, to the last byte.

What is prepared for a table is shared, mended or searched on; no answer may show it.
"""

from __future__ import annotations

import dataclasses
import pickle
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.model import profiles
from quartieri15.reach.times import travel_times
from tests.ascii_city import CRS, draw_city
from tests.reach.town_edits import edited_streets, rebuilt
from tests.reach.towns import point, towns

if TYPE_CHECKING:
    from quartieri15.model.city import City

TRAVELLERS = [
    profiles.WALK_75,
    profiles.STEP_FREE,
    profiles.BIKE_65,
    profiles.BIKE_LOW_STRESS,
    profiles.BIKE_ADULT.with_(push_speed_kmh=None),
    profiles.WALK_ADULT.with_(crossing_wide_road_s=20.0),
]


def edited(draw: Any, city: City) -> City:
    """Return the city with other places, residents or streets; a town's tables are trusted."""
    kind = draw(st.sampled_from(["open", "close", "move", "streets", "streets", "residents"]))
    places, streets = city.places, city.streets
    if kind == "streets":
        return dataclasses.replace(city, streets=edited_streets(draw, streets))
    where = draw(point(streets.edges))
    if kind == "open":
        row = places.iloc[[0]].assign(id=f"new{len(places)}", geometry=[where])
        at = draw(st.integers(0, len(places)))
        tables = [places.iloc[:at], gpd.GeoDataFrame(row, crs=CRS), places.iloc[at:]]
        return dataclasses.replace(city, places=pd.concat(tables, ignore_index=True))
    at = draw(st.integers(0, len(places) - 1))
    if kind == "close" and len(places) > 1:
        return dataclasses.replace(city, places=places.drop(index=places.index[at]))
    if kind == "move":
        points = places.geometry.tolist()
        points[at] = where
        return dataclasses.replace(
            city, places=places.set_geometry(gpd.GeoSeries(points, places.index, crs=CRS))
        )
    people = city.residents
    points = people.geometry.tolist()
    points[0] = where
    moved = people.set_geometry(gpd.GeoSeries(points, people.index, crs=CRS))
    return dataclasses.replace(city, residents=moved)


def answer(city: City, profile: Any, direction: Any) -> bytes | str:
    """Return the travel times, or what is said against them, byte by byte."""
    try:
        times = travel_times(city, to="houses", profile=profile, direction=direction)
    except InputError as error:
        return str(error)
    return pickle.dumps(
        (
            times.to_dict("list"),
            times.index.tolist(),
            times.dtypes.astype(str).to_dict(),
            times.attrs,
        )
    )


COMB = """
A---B---C---D
|   |   |   |
E   F   G   H
"""


@pytest.mark.parametrize("direction", ["to", "from"])
def test_junctions_keep_their_times_when_others_are_no_more(direction: Any) -> None:
    people = {(x, y): 1.0 for x in (0.0, 4.0, 8.0, 12.0) for y in (0.0, 2.0)}
    city = draw_city(COMB, places={"h": (0.0, 0.0)}, people=people)
    answer(city, profiles.WALK_75, direction)
    for row in range(len(city.streets.edges)):
        fewer = dataclasses.replace(city, streets=city.streets.with_edges(removed=[row]))
        made_anew = answer(rebuilt(fewer), profiles.WALK_75, direction)
        assert answer(fewer, profiles.WALK_75, direction) == made_anew


@settings(max_examples=50)
@given(
    data=st.data(),
    town=towns(),
    profile=st.sampled_from(TRAVELLERS),
    direction=st.sampled_from(["to", "from"]),
)
def test_a_derived_city_answers_as_one_made_anew(
    data: Any, town: City, profile: Any, direction: Any
) -> None:
    before = answer(town, profile, direction)
    city = town
    for _ in range(data.draw(st.integers(1, 4))):
        city = edited(data.draw, city)
        if data.draw(st.booleans()):
            answer(city, profile, direction)
    assert answer(city, profile, direction) == answer(rebuilt(city), profile, direction)
    assert answer(town, profile, direction) == before == answer(rebuilt(town), profile, direction)
