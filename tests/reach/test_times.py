"""Travel times are exact: as if every point were a junction and every way had been tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.reach import snapping
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.times import REASONS, travel_time_matrix, travel_times
from tests.ascii_city import CRS, ORIGIN, draw_city
from tests.reach import oracle
from tests.reach.towns import table, towns

if TYPE_CHECKING:
    from quartieri15.model.city import City

DIRECTIONS = ("to", "from")
PROFILES = ("walk_75", "bike_65")


def brute_force(city: City, profile: str, direction: str) -> np.ndarray:
    """Minutes, residents by houses, with networkx on a graph that holds every point."""
    traveller = profiles.get(profile)
    graph = travel_graph(city.streets, traveller)
    start, end = (
        (city.residents, city.places) if direction == "to" else (city.places, city.residents)
    )
    starts, ends = (
        snapping.snap(graph, shapely.get_coordinates(points.geometry), role=role)
        for points, role in ((start, "start"), (end, "end"))
    )
    positions = [
        (int(graph.edge_ids[edge]), float(fraction))
        for snapped in (starts, ends)
        for edge, fraction in zip(snapped.edge, snapped.fraction, strict=True)
    ]
    whole, nodes = oracle.street_graph(
        city.streets.edges, *traveller.allowed(city.streets.edges), positions
    )
    minutes = np.full((len(start), len(end)), np.nan)
    for i, node in enumerate(nodes[: len(start)]):
        metres = oracle.metres_from(whole, node)
        for j, other in enumerate(nodes[len(start) :]):
            access = (starts.distance_m[i] + ends.distance_m[j]) / traveller.access_speed_m_s
            if other in metres:
                minutes[i, j] = (metres[other] / traveller.speed_m_s + access) / 60
    return minutes if direction == "to" else minutes.T


@given(towns(), st.sampled_from(PROFILES), st.sampled_from(DIRECTIONS))
@settings(max_examples=150)
def test_every_pair_is_as_by_brute_force(city, profile, direction):
    matrix = travel_time_matrix(city, to="places", profile=profile, direction=direction, dense=True)
    expected = brute_force(city, profile, direction)
    np.testing.assert_allclose(matrix.to_numpy(), expected, rtol=0, atol=1e-8)


@given(towns(), st.sampled_from(PROFILES), st.sampled_from(DIRECTIONS), st.integers(1, 6))
@settings(max_examples=100)
def test_the_nearest_are_the_smallest_of_the_matrix(city, profile, direction, k):
    ask = {"to": "places", "profile": profile, "direction": direction}
    matrix = travel_time_matrix(city, **ask, dense=True)
    times = travel_times(city, **ask, k=k)
    assert times.index.equals(city.residents.index)
    ranked = np.sort(matrix.to_numpy(), axis=1)
    for j in range(k):
        minutes = times["minutes" if j == 0 else f"minutes_{j + 1}"].to_numpy()
        place = times["place_id" if j == 0 else f"place_id_{j + 1}"]
        expected = ranked[:, j] if j < ranked.shape[1] else np.full(len(times), np.nan)
        np.testing.assert_allclose(minutes, expected, rtol=0, atol=1e-8)
        assert (place.isna().to_numpy() == np.isnan(minutes)).all()
        for row, (one, time) in enumerate(zip(place, minutes, strict=True)):
            if not np.isnan(time):
                assert matrix.iloc[row][one] == pytest.approx(time, abs=1e-8)


@given(towns(), st.sampled_from(PROFILES), st.lists(st.floats(0.01, 60), min_size=2, max_size=2))
@settings(max_examples=60)
def test_more_time_never_reaches_less(city, profile, limits):
    less, more = sorted(limits)
    whole = travel_time_matrix(city, to="places", profile=profile)
    pairs = {}
    for limit in (less, more):
        within = travel_time_matrix(city, to="places", profile=profile, minutes=limit)
        pd.testing.assert_frame_equal(
            within, whole[whole["minutes"] * 60 <= limit * 60].reset_index(drop=True)
        )
        pairs[limit] = set(zip(within["origin_id"], within["place_id"], strict=True))
        times = travel_times(city, to="places", profile=profile, minutes=limit)
        assert set(times["status"][times["minutes"].isna()]) <= {"beyond_minutes", "unreachable"}
        reached = city.residents["id"].isin(within["origin_id"])
        assert (times["minutes"].notna() == reached).all()
    assert pairs[less] <= pairs[more]


@given(towns())
@settings(max_examples=60)
def test_a_detour_over_a_third_point_is_never_shorter(city):
    points = pd.concat([city.residents, city.places[["id", "geometry"]]], ignore_index=True)
    minutes = travel_time_matrix(
        city, to=points, origins=points, profile="walk_75", dense=True
    ).to_numpy()
    direct = np.where(np.isnan(minutes), np.inf, minutes)
    assert (direct <= (direct[:, :, None] + direct[None, :, :]).min(axis=1) + 1e-9).all()
    np.testing.assert_allclose(minutes, minutes.T, atol=1e-9)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_milano_is_as_by_brute_force(milano, direction):
    """200 addresses, all houses, all profiles; one search per house and network in metres.

    A path of fewest metres is a path of fewest seconds, because a profile has one speed.
    Walkers go both ways everywhere, so one direction is enough for them.
    """
    rng = np.random.default_rng(15)
    people = milano.residents.iloc[np.sort(rng.choice(len(milano.residents), 200, replace=False))]
    done = {}
    for profile in profiles.PROFILES.values():
        if direction == "from" and profile.mode == "walk":
            continue
        graph = travel_graph(milano.streets, profile)
        role = ("start", "end") if direction == "to" else ("end", "start")
        here = snapping.snap(graph, shapely.get_coordinates(people.geometry), role=role[0])
        there = snapping.snap(graph, shapely.get_coordinates(milano.houses.geometry), role=role[1])
        # Who may use the same streets, and climbs stairs as slowly, walks the same metres.
        alike = (profile.mode, profile.refusals, profile.max_grade, profile.steps_factor)
        if alike not in done:
            forward, backward = profile.allowed(milano.streets.edges, milano.streets.nodes)
            # Searched from the houses, so for travel to them every street the other way round.
            allowed = (backward, forward) if direction == "to" else (forward, backward)
            done[alike] = metres_between(milano, graph, allowed, here, there)
        access = here.distance_m[:, None] + there.distance_m[None, :]
        seconds = done[alike] / profile.speed_m_s + access / profile.access_speed_m_s
        matrix = travel_time_matrix(
            milano,
            to="houses",
            origins=people,
            profile=profile,
            direction=direction,
            dense=True,
        )
        np.testing.assert_allclose(matrix.to_numpy() * 60, seconds, rtol=0, atol=1e-6)
        times = travel_times(
            milano, to="houses", origins=people, profile=profile, direction=direction
        )
        np.testing.assert_allclose(times["minutes"] * 60, seconds.min(axis=1), rtol=0, atol=1e-6)


def metres_between(city, graph, allowed, here, there):
    positions = [
        (int(graph.edge_ids[edge]), float(fraction))
        for snapped in (here, there)
        for edge, fraction in zip(snapped.edge, snapped.fraction, strict=True)
    ]
    edges = city.streets.edges
    slower = np.where(edges["steps"], graph.profile.steps_factor, 1.0)
    edges = edges.assign(length_m=edges["length_m"] * slower)
    whole, nodes = oracle.street_graph(edges, *allowed, positions)
    people, houses = nodes[: len(here)], nodes[len(here) :]
    metres = np.empty((len(here), len(there)))
    for j, house in enumerate(houses):
        found = oracle.metres_from(whole, house)
        metres[:, j] = [found.get(node, np.inf) for node in people]
    return metres


HIGH_STREET = """
A----B----C
     |
     D
"""


@pytest.fixture
def town() -> City:
    return draw_city(
        HIGH_STREET,
        places={"west": (1, 0), "east": (9, 0)},
        people={(0, 0): 10, (4, 1): 20, (7, 0): 30, (5, 4): 40},
    )


def test_a_row_per_origin_in_order_with_its_index(town):
    people = town.residents.set_index(pd.Index([40, 30, 20, 10], name="row")).iloc[::-1]
    times = travel_times(town, to="houses", origins=people, profile="walk_adult")
    assert times.index.equals(people.index)
    assert list(times.columns) == ["minutes", "place_id", "status", "snap_distance_m"]
    assert times["place_id"].tolist() == ["west", "east", "west", "west"]
    # The last stands 20 m beyond D, which is 20 m and 40 m of street from the nearest house.
    metres = pd.Series([80.0, 20.0, 40.0, 10.0], index=people.index)
    pd.testing.assert_series_equal(times["minutes"], metres / 75, check_names=False)
    assert times["snap_distance_m"].tolist() == [20, 0, 10, 0]


def test_of_places_equally_near_the_first_is_named(town):
    middle = table([shapely.Point(ORIGIN[0] + 50, ORIGIN[1] - 20)], "m")
    for places, first in ((town.houses, "west"), (town.houses.iloc[::-1], "east")):
        times = travel_times(town, to=places, origins=middle, profile="walk_adult", k=2)
        assert times["place_id"].tolist() == [first]
        assert times["minutes"].tolist() == times["minutes_2"].tolist()


ONE_WAY = """
A>>>>B
|    |
C----D
"""


def test_one_way_streets_bind_cyclists_and_not_walkers():
    town = draw_city(
        ONE_WAY,
        places={"house": (1, 0)},
        people={(3, 0): 1},
    )
    minutes = {
        (profile, direction): travel_times(town, to="houses", profile=profile, direction=direction)[
            "minutes"
        ].item()
        for profile in ("walk_adult", "bike_adult")
        for direction in DIRECTIONS
    }
    assert minutes["walk_adult", "to"] == minutes["walk_adult", "from"] == pytest.approx(20 / 75)
    assert minutes["bike_adult", "from"] == pytest.approx(20 / 250)
    # On to B, down, back along C--D, up, and from A to the house: all but the 20 m between.
    assert minutes["bike_adult", "to"] == pytest.approx((50 + 20 + 50 + 20 - 20) / 250)


def test_round_the_loop_if_that_is_shorter():
    loop = {
        "u": "B",
        "v": "B",
        "through": [(512_050, 5_034_040), (512_090, 5_034_040), (512_090, 5_034_000)],
        "length_m": 400.0,
    }
    town = draw_city("A----B", extra=[loop], places={"near_end": (9, -1)}, people={(5, -1): 1})
    times = travel_times(town, to="houses", profile="walk_adult")
    line = shapely.LineString(
        [(50, 0), *((x - 512_000, y - 5_034_000) for x, y in loop["through"]), (50, 0)]
    )
    start, end = (line.project(shapely.Point(x, 10)) / line.length for x in (50, 90))
    assert times["minutes"].item() == pytest.approx((start + 1 - end) * 400 / 75)


ISLAND = """
A----B-----------C        D--E
"""


def test_every_status_is_told():
    people = {(1, 0): 1, (28, 0): 1, (28, 30): 1, (120, 0): 1, (28, 130): 1}
    town = draw_city(ISLAND, places={"house": (0, 0)}, people=people)
    times = travel_times(town, to="houses", profile="walk_adult")
    expected = ["ok", "fragment_passed_over", "far", "unreachable", "no_street"]
    assert times["status"].tolist() == expected
    assert times["minutes"].notna().tolist() == [True, True, True, False, False]
    assert times["place_id"].notna().tolist() == [True, True, True, False, False]
    within = travel_times(town, to="houses", profile="walk_adult", minutes=1)
    assert within["status"].tolist() == ["ok", "beyond_minutes", "beyond_minutes", *expected[3:]]
    island = town.places.assign(geometry=town.residents.geometry.iloc[[3]].to_numpy())
    there = travel_times(town, to=island, profile="walk_adult")
    assert there["status"].tolist()[3] == "on_fragment"
    assert there.attrs["place_status"] == {"house": "on_fragment"}
    assert set(REASONS) == set(times.attrs["reasons"]) == set(times["status"].cat.categories)


def test_a_place_without_position_is_left_out_and_named(town):
    places = town.places.copy()
    places.loc[1, "geometry"] = None
    times = travel_times(town, to=places, profile="walk_adult", k=2)
    assert times["place_id"].eq("west").all()
    assert times["place_id_2"].isna().all()
    assert times.attrs["left_out"] == {"east": "no_position"}
    matrix = travel_time_matrix(town, to=places, profile="walk_adult", dense=True)
    assert list(matrix.columns) == ["west"]


def test_a_place_far_from_everything_gives_nan_and_says_so(town):
    lost = table([shapely.Point(ORIGIN[0] + 50_000, ORIGIN[1])], "x")
    times = travel_times(town, to=lost, profile="walk_adult")
    assert times["minutes"].isna().all()
    assert times["status"].eq("unreachable").all()
    assert times.attrs["left_out"] == {"x0": "no_street"}
    matrix = travel_time_matrix(town, to=lost, profile="walk_adult")
    assert list(matrix.columns) == ["origin_id", "place_id", "minutes"]
    assert matrix.empty
    assert matrix.attrs["origins_without_place"] == len(town.residents)


def test_an_origin_without_position_comes_back(town):
    people = town.residents.copy()
    people.loc[2, "geometry"] = None
    times = travel_times(town, to="houses", origins=people, profile="walk_adult")
    assert times["status"].tolist() == ["ok", "ok", "no_position", "ok"]
    assert np.isnan(times["minutes"].iloc[2])


def test_no_origin_is_no_row(town):
    nobody = town.residents.iloc[:0]
    times = travel_times(town, to="houses", origins=nobody, profile="walk_adult")
    assert list(times.columns) == ["minutes", "place_id", "status", "snap_distance_m"]
    assert times.empty
    assert travel_time_matrix(town, to="houses", origins=nobody, profile="walk_adult").empty


def test_results_say_what_they_rest_on(town):
    times = travel_times(town, to="houses", profile="walk_75", minutes=15)
    said = times.attrs["provenance"]
    assert said["profile"] == "walk_75"
    assert said["speed_kmh"] == 3.2
    assert said["minutes"] == 15
    assert said["direction"] == "to"
    assert said["licence_line"] == "drawn for a test"
    assert said["vintages"] == {"streets": "drawn"}


def test_nothing_given_is_changed(town):
    before = town.places.copy(), town.residents.copy()
    travel_times(town, to=town.places, origins=town.residents, profile="walk_75", k=2)
    pd.testing.assert_frame_equal(town.places, before[0])
    pd.testing.assert_frame_equal(town.residents, before[1])


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), 1441, "15", True])
@pytest.mark.parametrize("verb", [travel_times, travel_time_matrix])
def test_minutes_that_make_no_sense(town, verb, minutes):
    with pytest.raises(ParameterError, match="minutes"):
        verb(town, to="houses", profile="walk_75", minutes=minutes)


@pytest.mark.parametrize("k", [0, -1, 1.5, True])
def test_a_number_of_places_that_makes_no_sense(town, k):
    with pytest.raises(ParameterError, match="k is"):
        travel_times(town, to="houses", profile="walk_75", k=k)


def test_unknown_names_suggest_near_ones(town):
    with pytest.raises(UnknownNameError, match="houses"):
        travel_times(town, to="house", profile="walk_75")
    with pytest.raises(UnknownNameError, match="walk_75"):
        travel_times(town, to="houses", profile="walk_76")
    with pytest.raises(ParameterError, match="direction"):
        travel_times(town, to="houses", profile="walk_75", direction="towards")


def test_bad_tables_of_places_are_refused(town):
    nowhere = town.places.assign(geometry=gpd.GeoSeries([None, None], crs=CRS))
    for places, said in [
        (town.places.iloc[:0], "there is no place"),
        (nowhere, "no place has a position"),
        (town.places.assign(id="same"), "stands twice"),
        (town.places.to_crs(4326), "CRS|EPSG"),
        (town.places.set_crs(None, allow_override=True), "coordinate reference system"),
        (town.places.assign(geometry=town.places.buffer(5)), "Polygon"),
        (town.places.drop(columns="geometry"), "DataFrame"),
        (["west"], "list"),
    ]:
        with pytest.raises(InputError, match=said):
            travel_times(town, to=places, profile="walk_75")
    with pytest.raises(InputError, match="EPSG"):
        travel_times(town, to="houses", origins=town.residents.to_crs(4326), profile="walk_75")


def test_no_street_for_this_traveller(town):
    for column in ("bicycle_forward", "bicycle_backward"):
        town.streets.edges[column] = False
    with pytest.raises(InputError, match="bike_adult"):
        travel_times(town, to="houses", profile="bike_adult")
