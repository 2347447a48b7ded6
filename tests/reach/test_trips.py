"""What cannot be used is told once and alike, whatever is asked of the places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, ParameterError
from quartieri15.reach.catchments import catchments, reached_streets
from quartieri15.reach.loads import street_loads
from quartieri15.reach.times import travel_time_matrix, travel_times
from quartieri15.reach.trips import LIMIT_TOLERANCE_S, Trips, ids_of, limit_seconds
from tests.ascii_city import CRS, ORIGIN, draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

VERBS = {
    "to": (travel_times, travel_time_matrix, street_loads),
    "places": (catchments, reached_streets),
}


@pytest.fixture
def town():
    return draw_city("A----B", people={(0, 0): 1, (3, 0): 2})


@pytest.fixture
def places():
    """One on the street, one 400 m off, one 50 km off, one nowhere."""
    x, y = ORIGIN
    points = [(x + 10, y), (x, y + 400), (x + 50_000, y)]
    return gpd.GeoDataFrame(
        {"id": ["here", "far", "away", "lost"]},
        geometry=[*map(shapely.Point, points), None],
        crs=CRS,
    )


def test_every_verb_tells_the_same_of_places(town, places):
    for name, verbs in VERBS.items():
        for verb in verbs:
            attrs = verb(town, **{name: places}, profile="walk_75").attrs
            assert attrs["left_out"] == {"lost": "no_position", "away": "no_street"}
            assert attrs["place_status"] == {"far": "far", "away": "no_street"}
            assert attrs["provenance"]["profile"] == "walk_75"
            for bad, said in (
                (places.iloc[:0], f"{name}: there is no place"),
                (places.iloc[3:], f"{name}: no place has a position"),
                (places.assign(id="twin"), f"{name}: the id 'twin' stands twice"),
                (places.to_crs(4326), f"{name}: .*EPSG:4326"),
            ):
                with pytest.raises(InputError, match=said):
                    verb(town, **{name: bad}, profile="walk_75")
            with pytest.raises(ParameterError, match="direction"):
                verb(town, **{name: places}, profile="walk_75", direction="there")


def test_choosing_places_keeps_each_with_its_own(town, places):
    trips = Trips.plan(town, places, profile="walk_75", direction="from", where="to")
    assert trips.place_ids.tolist() == ["here", "far", "away"]
    assert trips.arcs is trips.graph.outward
    chosen = trips.on_streets()
    assert chosen.place_ids.tolist() == ["here", "far"]
    np.testing.assert_array_equal(chosen.places.distance_m, [0, 400])
    assert chosen.places.role == "start"
    shut = chosen.without(np.array([False, True]))
    assert shut.place_ids.tolist() == ["here"]
    assert len(shut.places) == 1
    assert shut.left_out == {"lost": "no_position", "away": "no_street", "far": "closed"}
    assert shut.place_status == {"away": "no_street"}
    assert len(trips.place_ids) == 3
    assert trips.origins(None).on_streets.role == "end"


def test_ids_are_the_column_or_the_index(places):
    assert ids_of(places, where="to").tolist() == ["here", "far", "away", "lost"]
    numbered = places.drop(columns="id")
    assert ids_of(numbered, where="to").dtype == "Int64"
    assert ids_of(numbered.set_index(pd.Index([1.5, 2.5, 3.5, 4.5])), where="to").dtype == float


def test_a_limit_is_a_number_of_minutes_up_to_a_day():
    assert limit_seconds(None) == np.inf
    assert limit_seconds(np.int64(1440)) == 86400 + LIMIT_TOLERANCE_S
    for minutes in (0, -3, 1440.5, np.nan, np.inf, True, "5", [5]):
        with pytest.raises(ParameterError, match="minutes is"):
            limit_seconds(minutes)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["a", None, "c", "d"], "row 1: the id is missing"),
        ([1.0, 2.0, np.nan, 4.0], "row 2: the id is missing"),
        (["a", ["b"], "c", "d"], "row 1: the id is a list"),
    ],
)
def test_an_id_that_names_nothing_is_refused(town, places, ids, said):
    places["id"] = ids
    for name, verbs in VERBS.items():
        for verb in verbs:
            with pytest.raises(InputError, match=f"^{name}, {said}"):
                verb(town, **{name: places}, profile="walk_75")
    with pytest.raises(InputError, match=f"^origins, {said}"):
        travel_times(town, to=town.places, profile="walk_75", origins=places)
    with pytest.raises(InputError, match=f"^to, {said}"):
        coverage(town, to=places, profile="walk_75")


def test_a_table_that_does_not_say_its_ids_or_points_is_refused(town, places):
    twice = gpd.GeoDataFrame(pd.concat([places, places[["id"]]], axis=1), crs=CRS)
    levels = places.set_index([["x"] * 4, "id"])
    for table, said in (
        (twice, "there are 2 columns id"),
        (levels, "the index has 2 levels, and there is no column id"),
        (gpd.GeoDataFrame({"id": ["a"]}), "the table has no geometry"),
        (pd.DataFrame({"id": ["a"]}), "a DataFrame was given"),
    ):
        for verb in (travel_times, coverage):
            with pytest.raises(InputError, match=f"^to: {said}"):
                verb(town, to=table, profile="walk_75")
        with pytest.raises(InputError, match=f"^origins: {said}"):
            travel_times(town, to=town.places, profile="walk_75", origins=table)


def test_origins_are_a_table_and_the_mend_says_which(town):
    with pytest.raises(InputError, match=r"points, for example city.places_named\('houses'\)"):
        travel_times(town, to="houses", profile="walk_75", origins="houses")


def with_entrances(city: City, steps: list[bool | None]) -> City:
    return city.with_(places=city.places.assign(entrance_steps=pd.Series(steps, dtype=object)))


def test_steps_at_the_entrance_keep_out_only_who_takes_none() -> None:
    city = draw_city("A---B---C", places={"near": (0, 0), "far": (8, 0)}, people={(1, 0): 1.0})
    told = with_entrances(city, [True, None])
    times = travel_times(told, to="houses", profile="step_free")
    assert times["place_id"].tolist() == ["far"]
    assert times.attrs["left_out"] == {"near": "steps_at_entrance"}
    assert times.attrs["entrance_steps_unknown"] == 1
    for profile in ("walk_75", "bike_adult"):
        walked = travel_times(told, to="houses", profile=profile)
        assert walked["place_id"].tolist() == ["near"]
        assert "entrance_steps_unknown" not in walked.attrs
        assert walked.equals(travel_times(city, to="houses", profile=profile))


def test_where_no_column_tells_of_steps_nothing_changes() -> None:
    city = draw_city("A---B---C", places={"near": (0, 0), "far": (8, 0)}, people={(1, 0): 1.0})
    plain = travel_times(city, to="houses", profile="step_free")
    known = travel_times(with_entrances(city, [False, False]), to="houses", profile="step_free")
    assert plain.equals(known)
    assert "entrance_steps_unknown" not in plain.attrs
    assert known.attrs["entrance_steps_unknown"] == 0


def test_steps_into_every_place_are_said() -> None:
    city = with_entrances(draw_city("A---B", places={"one": (0, 0)}), [True])
    with pytest.raises(InputError, match="steps lead into every place with a position"):
        travel_times(city, to="houses", profile="step_free")
    with pytest.raises(InputError, match="'perhaps' is not true, false or missing"):
        city.with_(places=city.places.assign(entrance_steps="perhaps"))
