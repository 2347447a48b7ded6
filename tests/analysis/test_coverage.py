"""Everybody is counted once, at their address: the parts of a city add up to the city."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.counting import weighted_percentile
from quartieri15.analysis.coverage import coverage, require_minutes
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.reach.times import travel_times
from tests.analysis.toy_zones import row_of_zones, square, times_of
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

NAN = math.nan
ZONES = 4
MUNICIPI = {1: 1, 2: 1, 3: 2, 4: 2}

people = st.lists(
    st.tuples(
        st.integers(1, ZONES),
        st.floats(0, 500, allow_subnormal=False),
        st.floats(0, 80, allow_subnormal=False),
        st.one_of(st.just(NAN), st.floats(0, 60), st.just(15.0)),
    ),
    min_size=1,
    max_size=30,
)


def asked(city: City, reached: list[float], **changes: object) -> pd.DataFrame:
    question = {"to": "houses", "profile": "walk_75"} | changes
    return coverage(city, times=times_of(city, reached), **question)


def oracle(points: list[tuple], zone: int | None, column: int, limit: float) -> tuple:
    """Population, covered, median and p90, with nothing but Python."""
    inside = [
        (math.inf if math.isnan(t) else t, p[column]) for *p, t in points if zone in (None, p[0])
    ]
    total = sum(weight for _, weight in inside)
    covered = sum(weight for t, weight in inside if t <= limit)
    found = []
    for part in (0.5, 0.9):
        below, value = 0.0, NAN
        for t, weight in sorted(inside):
            below += weight
            if total > 0 and below >= part * total * (1 - 1e-12):
                value = t if t < math.inf else NAN
                break
        found.append(value)
    return total, covered, *found


@settings(max_examples=40)
@given(people)
def test_it_agrees_with_a_plain_count(points: list[tuple]) -> None:
    city = row_of_zones([p[:3] for p in points], zones=ZONES, municipi=MUNICIPI)
    result = asked(city, [p[3] for p in points])
    for _, row in result.iterrows():
        column = {"residents": 1, "over65": 2}[row["group"]]
        total, covered, median, p90 = oracle(points, row["zone_id"], column, 15)
        assert row["population"] == pytest.approx(total, abs=1e-9)
        assert row["covered"] == pytest.approx(covered, abs=1e-9)
        assert row["median_minutes"] == pytest.approx(median, nan_ok=True)
        assert row["p90_minutes"] == pytest.approx(p90, nan_ok=True)


@settings(max_examples=40)
@given(people, st.sampled_from([5.0, 15.0, 60.0]))
def test_areas_add_up_to_the_city_and_rows_to_themselves(
    points: list[tuple], minutes: float
) -> None:
    city = row_of_zones([p[:3] for p in points], zones=ZONES, municipi=MUNICIPI)
    times = [p[3] for p in points]
    whole, *parts = (
        asked(city, times, by=by, minutes=minutes) for by in ("city", "nil", "municipi")
    )
    columns = ["population", "covered", "uncovered"]
    for part in parts:
        sums = part.groupby("group", sort=False)[columns].sum()
        np.testing.assert_allclose(sums, whole.set_index("group")[columns], rtol=0, atol=1e-6)
        assert (part["covered"] + part["uncovered"] == part["population"]).all()
        lived_in = part["population"] > 0
        assert part.loc[lived_in, "share"].between(0, 1).all()
        assert part.loc[~lived_in, "share"].isna().all()
    assert whole["population"].tolist() == pytest.approx(
        [city.residents[group].sum() for group in city.groups], abs=1e-6
    )


@settings(max_examples=40)
@given(people)
def test_more_time_never_covers_fewer(points: list[tuple]) -> None:
    city = row_of_zones([p[:3] for p in points], zones=ZONES)
    times = [p[3] for p in points]
    five, ten = (asked(city, times, minutes=m)["covered"] for m in (5, 10))
    assert (ten >= five).all()


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=20),
    st.sampled_from([0.1, 0.5, 0.9, 1.0]),
)
def test_a_percentile_is_that_of_the_people_written_out_one_by_one(
    pairs: list[tuple[int, int]], part: float
) -> None:
    minutes, weights = np.array(sorted(pairs), dtype=float).T
    found = weighted_percentile(minutes, weights[:, None], part)[0]
    one_by_one = np.repeat(minutes, weights.astype(int))
    if not len(one_by_one):
        assert math.isnan(found)
    else:
        assert found == np.quantile(one_by_one, part, method="inverted_cdf")


def test_exactly_on_time_is_in_time_and_nowhere_is_never() -> None:
    city = row_of_zones([(1, 10, 1), (1, 20, 2), (1, 5, 0)], zones=1)
    row = asked(city, [np.nextafter(15, 16), 15.001, NAN], groups="residents").iloc[0]
    assert (row["covered"], row["uncovered"]) == (10, 25)


def test_a_median_is_missing_when_more_than_half_cannot_get_there() -> None:
    city = row_of_zones([(1, 10, 6), (1, 10, 5)], zones=2)
    table = asked(city, [7.0, NAN]).set_index(["zone_id", "group"])
    assert table.loc[(1, "residents"), "median_minutes"] == 7
    assert math.isnan(table.loc[(1, "residents"), "p90_minutes"])
    assert table["reason"].tolist() == [
        "p90_unreachable",
        "p90_unreachable",
        "no_population",
        "no_population",
    ]
    swapped = asked(city, [NAN, 7.0]).set_index(["zone_id", "group"])
    assert math.isnan(swapped.loc[(1, "over65"), "median_minutes"])
    assert swapped.loc[(1, "over65"), "reason"] == "median_unreachable"


def test_each_row_says_what_was_asked_and_the_table_where_it_comes_from() -> None:
    city = row_of_zones([(1, 10, 6), (2, 10, 5)], zones=2)
    table = asked(city, [7.0, NAN])
    assert list(table.columns) == [
        *("by", "zone_id", "zone", "group", "population", "covered", "uncovered", "share"),
        *("median_minutes", "p90_minutes", "reason", "places_inside"),
        *("profile", "speed_kmh", "minutes", "places"),
    ]
    assert table.loc[0, ["profile", "speed_kmh", "minutes", "places"]].tolist() == [
        *("walk_75", 3.2, 15.0, "houses")
    ]
    told = table.attrs["provenance"]
    assert told["speed_source"] == profiles.WALK_75.source
    assert told["licence_line"] == "drawn for a test"
    assert told["cannot_reach"] == {"residents": 10.0, "over65": 5.0}


def test_places_inside_are_counted_once_even_on_a_border() -> None:
    city = row_of_zones([(1, 10, 6)], zones=3, places_in=[1, 1, 3])
    border = shapely.Point(square(2).bounds[2], square(2).centroid.y)
    places = city.places.copy()
    places.geometry = [places.geometry[0], border, None]
    places["location_precision"] = ["civic", "street", "none"]
    city = dataclasses.replace(city, places=places)
    table = asked(city, [1.0], groups="residents")
    assert table["places_inside"].tolist() == [1, 1, 0]
    told = table.attrs["provenance"]
    assert told["places_without_position"] == ["h2"]
    assert told["places_with_uncertain_position"] == {"street": 1, "none": 1}
    assert asked(city, [1.0], by="city")["places_inside"].tolist() == [2, 2]


def test_zones_the_residents_do_not_name_take_the_points_inside() -> None:
    city = row_of_zones([(1, 10, 6), (2, 30, 5), (3, 50, 5)], zones=3)
    target = gpd.GeoDataFrame(
        {"id": [7], "name": ["Target"], "area_km2": [2.0]},
        geometry=[shapely.union_all([square(1), square(2)])],
        crs=city.crs,
    )
    city = dataclasses.replace(city, zones={**city.zones, "targets": target})
    row = asked(city, [1.0, 20.0, 1.0], by="targets", groups="residents").iloc[0]
    assert (row["zone"], row["population"], row["covered"]) == ("Target", 40, 10)


def test_places_are_named_as_the_set_they_are() -> None:
    city = row_of_zones([(1, 10, 6)], zones=1, places_in=[1, 1])
    assert asked(city, [1.0], to=city.houses)["places"].unique() == ["houses"]
    assert asked(city, [1.0], to=city.houses.iloc[:1])["places"].unique() == ["1 places"]


@pytest.mark.parametrize("minutes", [0, -5, NAN, math.inf, 1441, "soon", None])
def test_a_senseless_threshold_is_refused(minutes: object) -> None:
    with pytest.raises(ParameterError, match="minutes is"):
        require_minutes(minutes)


@pytest.mark.parametrize(
    ("changes", "near"),
    [
        ({"profile": "wolk_75"}, "walk_75"),
        ({"groups": ["over_65"]}, "over65"),
        ({"by": "nils"}, "nil"),
        ({"by": "town"}, "city"),
        ({"to": "house"}, "houses"),
    ],
)
def test_unknown_names_suggest_the_nearest(changes: dict[str, object], near: str) -> None:
    with pytest.raises(UnknownNameError, match=near):
        asked(row_of_zones([(1, 10, 6)], zones=1), [1.0], **changes)


def test_times_of_other_people_or_other_places_are_refused() -> None:
    city = row_of_zones([(1, 10, 6), (1, 1, 1)], zones=1)
    with pytest.raises(InputError, match="not one row per residents point"):
        coverage(city, to="houses", profile="walk_75", times=times_of(city, [1, 2]).iloc[:1])
    with pytest.raises(InputError, match="place 'elsewhere' is not among"):
        coverage(
            city,
            to="houses",
            profile="walk_75",
            by="place",
            times=times_of(city, [1.0, 2.0], place="elsewhere"),
        )


@pytest.mark.parametrize("by", ["city", "nil", "place"])
def test_times_to_other_places_are_refused_whatever_is_asked(by: str) -> None:
    city = draw_city("A---B", places={"west": (0, 0), "east": (4, 0)}, people={(1, 0): 5.0})
    question = {"profile": "walk_75", "by": by}
    west, east = city.houses.iloc[:1], city.houses.iloc[1:]
    to_east = travel_times(city, to=east, profile="walk_75")
    with pytest.raises(InputError, match=r"row 0, column place_id: place 'east' is not among"):
        coverage(city, to=west, times=to_east, **question)
    # The nearest of both is in the west, as it is of the west alone.
    to_west = travel_times(city, to=west, profile="walk_75")
    with pytest.raises(InputError, match="those to 1 places, and 2 are asked about"):
        coverage(city, to="houses", times=to_west, **question)
    lame = profiles.WALK_75.with_(access_speed_kmh=2, name="mine")
    with pytest.raises(InputError, match=r"of mine at 3.2 km/h \(2 km/h off the streets\)"):
        coverage(
            city,
            to=west,
            times=travel_times(city, to=west, profile=lame),
            by=by,
            profile=profiles.WALK_75.with_(name="mine"),
        )
    away = travel_times(city, to=west, profile="walk_75", direction="from")
    with pytest.raises(InputError, match="from the places, not to them"):
        coverage(city, to=west, times=away, **question)
    for minutes, said in ((-1.0, "-1 is no travel time"), ("soon", "soon is no travel time")):
        wrong = to_west.astype({"minutes": object})
        wrong.loc[0, "minutes"] = minutes
        with pytest.raises(InputError, match=f"row 0, column minutes: {said}"):
            coverage(city, to=west, times=wrong, **question)
    with pytest.raises(InputError, match="times: column place_id is missing"):
        coverage(city, to=west, times=to_west.drop(columns="place_id"), **question)
    with pytest.raises(InputError, match="row 0, column place_id: no place is named"):
        coverage(city, to=west, times=to_west.assign(place_id=None), **question)
    with pytest.raises(InputError, match="a list is no table"):
        coverage(city, to=west, times=[3.0], **question)


def test_places_that_are_no_table_of_points_are_refused() -> None:
    city = row_of_zones([(1, 10, 6)], zones=1)
    for to in (None, 3, [], city.houses.geometry, city.houses.drop(columns="geometry")):
        with pytest.raises(InputError, match=r"to: a .* was given"):
            coverage(city, to=to, profile="walk_75")
    with pytest.raises(InputError, match="to: there is no place"):
        asked(city, [1.0], to=city.houses.iloc[:0])


@pytest.mark.parametrize("groups", [[], (), "", 3])
def test_to_count_nobody_is_refused(groups: object) -> None:
    city = row_of_zones([(1, 10, 6)], zones=1)
    with pytest.raises((ParameterError, UnknownNameError), match="group"):
        asked(city, [1.0], groups=groups)


def test_who_and_what_is_far_from_every_street_is_said() -> None:
    """50 km beside the one street there is."""
    city = draw_city(
        "A---B",
        places={"west": (0, 0), "moon": (0, 5000)},
        people={(1, 0): 5.0, (1, 5000): 7.0},
    )
    told = coverage(city, to="houses", profile="walk_75").attrs["provenance"]
    assert told["places_without_street"] == ["moon"]
    assert told["people_without_street"]["residents"] == 7
    untold = asked(row_of_zones([(1, 10, 6)], zones=1), [1.0]).attrs["provenance"]
    assert untold["places_without_street"] is untold["people_without_street"] is None


@pytest.mark.parametrize("by", ["city", "nil", "place"])
def test_times_to_places_that_have_moved_are_refused(by: str) -> None:
    city = draw_city("A---B", places={"west": (0, 0), "east": (4, 0)}, people={(1, 0): 5.0})
    times = travel_times(city, to="houses", profile="walk_75")
    turned = city.places.iloc[::-1]
    swapped = city.places.set_geometry(turned.geometry.array, crs=city.crs)
    question = {"to": "houses", "profile": "walk_75", "by": by, "groups": "residents"}
    question["times"] = times
    with pytest.raises(InputError, match="stood elsewhere"):
        coverage(city.with_(places=swapped), **question)
    # The order of the rows does not matter.
    told = coverage(city.with_(places=turned.reset_index(drop=True)), **question)
    assert told["population"].iloc[0] == 5


def test_times_cut_short_or_of_another_traveller_are_refused() -> None:
    city = draw_city("A---B", people={(1, 0): 5.0})
    short = travel_times(city, to="houses", profile="walk_75", minutes=15)
    with pytest.raises(InputError, match="the times end at 15 minutes"):
        coverage(city, to="houses", profile="walk_75", times=short)
    other = travel_times(city, to="houses", profile="walk_adult")
    with pytest.raises(InputError, match="those of walk_adult"):
        coverage(city, to="houses", profile="walk_75", times=other)


def test_a_place_is_told_whom_it_reaches_whom_it_serves_and_whom_only_it_covers() -> None:
    """Houses at 0 and 600 m of a street; in 5 minutes at 4.5 km/h one walks 375 m."""
    city = draw_city(
        "A" + "-" * 59 + "B",
        places={"west": (0, 0), "east": (60, 0), "cellar": (0, 0)},
        people={(10, 0): 100.0, (29, 0): 40.0, (58, 0): 30.0},
    )
    houses = city.places.copy()
    houses.loc[2, "geometry"] = None
    table = coverage(
        city, to=houses, profile="walk_adult", minutes=5, by="place", groups="residents"
    ).set_index("zone_id")
    assert table["zone"].tolist() == ["West", "East", "Cellar"]
    assert table["population"].tolist() == [170, 170, 170]
    assert table["covered"].tolist() == [140, 70, 0]
    assert table["exclusive"].tolist() == [100, 30, 0]
    assert table["nearest"].tolist() == [140, 30, 0]
    assert table["places_inside"].tolist() == [1, 1, 0]
    assert table.loc["west", "median_minutes"] == pytest.approx(100 / 1.25 / 60)
    assert table.attrs["provenance"]["places_without_position"] == ["cellar"]


def test_without_times_it_computes_them() -> None:
    city = draw_city("A---B", people={(1, 0): 5.0})
    times = travel_times(city, to="houses", profile="walk_75")
    pd.testing.assert_frame_equal(
        coverage(city, to="houses", profile="walk_75"),
        coverage(city, to=city.houses, profile="walk_75", times=times),
    )


def test_milano_closes_by_nil_and_by_municipio(milano: City) -> None:
    times = travel_times(milano, to="houses", profile="walk_75")
    whole, nil, municipi = (
        coverage(milano, to="houses", profile="walk_75", by=by, times=times)
        for by in ("city", "nil", "municipi")
    )
    columns = ["population", "covered", "uncovered"]
    for part in (nil, municipi):
        sums = part.groupby("group", sort=False)[columns].sum()
        np.testing.assert_allclose(sums, whole.set_index("group")[columns], rtol=0, atol=1e-6)
    assert whole.set_index("group").loc["over65", "population"] == pytest.approx(311_777)
    empty = nil[(nil["zone_id"] == 8) & (nil["group"] == "residents")].iloc[0]
    assert (empty["population"], empty["reason"]) == (0, "no_population")


@pytest.mark.parametrize("by", ["city", "place"])
def test_places_that_nobody_reaches_cover_nobody(by: str) -> None:
    city = draw_city("A----B", people={(0, 0): 1, (3, 0): 2})
    # Within the extent of the streets and their surroundings, and farther than any street.
    away = city.places.set_geometry(city.places.translate(-900, -900))
    table = coverage(city, to=away, profile="walk_75", by=by, groups="residents")
    assert table[["population", "covered", "uncovered", "share"]].to_numpy().tolist() == [
        [3.0, 0.0, 3.0, 0.0]
    ]
    assert table["reason"].tolist() == ["median_unreachable"]


@pytest.mark.parametrize("by", ["city", "place", "nil"])
def test_a_point_without_coordinates_has_no_position(by: str) -> None:
    places = {"here": (0.0, 0.0), "lost": (1.0, 0.0)}
    city = draw_city("A----B", places=places, people={(0, 0): 1, (3, 0): 2})
    missing, point = city.places.copy(), city.places.copy()
    missing.loc[1, "geometry"] = None
    point.loc[1, "geometry"] = shapely.Point(NAN, 5_034_000)
    found, same = (coverage(city, to=to, profile="walk_75", by=by) for to in (point, missing))
    pd.testing.assert_frame_equal(found, same)
    assert found.attrs["provenance"]["places_without_position"] == ["lost"]


def test_a_place_with_steps_at_its_entrance_covers_nobody_who_takes_none() -> None:
    city = draw_city("A---B---C", places={"near": (0, 0), "far": (8, 0)}, people={(1, 0): 10.0})
    steps = city.with_(places=city.places.assign(entrance_steps=[True, None]))
    ask = {"to": "houses", "profile": "step_free", "minutes": 1.0, "by": "place"}
    told = coverage(steps, **ask)
    people = told[told["group"] == "residents"].set_index("zone_id")
    assert people["covered"].to_dict() == {"near": 0, "far": 0}
    assert people["nearest"].to_dict() == {"near": 0, "far": 10}
    said = told.attrs["provenance"]
    assert said["places_with_steps_at_entrance"] == ["near"]
    assert said["entrance_steps_unknown"] == 1
    walked = coverage(steps, **(ask | {"profile": "walk_75"}))
    assert "entrance_steps_unknown" not in walked.attrs["provenance"]
    assert walked.equals(coverage(city, **(ask | {"profile": "walk_75"})))
