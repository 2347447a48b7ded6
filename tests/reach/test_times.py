"""Travel times are exact: as if every point were a junction and every way had been tried."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.streets import StreetNetwork
from quartieri15.reach import kernels, snapping
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.times import REASONS, travel_time_matrix, travel_times
from tests.ascii_city import CRS, ORIGIN, draw_city
from tests.reach import oracle
from tests.reach.towns import table, towns

if TYPE_CHECKING:
    from quartieri15.model.city import City

DIRECTIONS = ("to", "from")
PROFILES = st.sampled_from(sorted(profiles.PROFILES))


def brute_force(city: City, profile: str, direction: str) -> np.ndarray:
    """Minutes, residents by houses, with networkx on a graph that holds every point."""
    traveller, edges = profiles.get(profile), city.streets.edges
    here, there = snapped_both(city, profile, direction, city.residents, city.places)
    graph = travel_graph(city.streets, traveller)
    starts, ends = positions(graph, here), positions(graph, there)
    whole = oracle.street_graph(edges, [*starts, *ends])
    # Searched from the people: with their direction of travel, or against it.
    searched = whole if direction == "to" else whole.reverse(copy=False)
    weight = oracle.weight(*traveller.seconds(edges))
    minutes = np.full((len(here), len(there)), np.nan)
    for i, start in enumerate(starts):
        seconds = oracle.seconds_from(searched, node_at(edges, start), weight)
        for j, end in enumerate(ends):
            access = (here.distance_m[i] + there.distance_m[j]) / traveller.access_speed_m_s
            if node_at(edges, end) in seconds:
                minutes[i, j] = (seconds[node_at(edges, end)] + access) / 60
    return minutes


def snapped_both(city, profile, direction, people, places):
    """People and places on the streets."""
    graph = travel_graph(city.streets, profiles.get(profile))
    roles = ("start", "end") if direction == "to" else ("end", "start")
    return tuple(
        snapping.snap(graph, shapely.get_coordinates(points.geometry), role=role)
        for points, role in zip((people, places), roles, strict=True)
    )


def positions(graph, snapped):
    return [
        (int(graph.edge_ids[edge]), float(fraction))
        for edge, fraction in zip(snapped.edge, snapped.fraction, strict=True)
    ]


def node_at(edges, position):
    edge, fraction = position
    return oracle.node_at(edge, fraction, edges["u"].iloc[edge], edges["v"].iloc[edge])


def usable(city, profile):
    """Whether a traveller may use any street of a town; if not, this must be said."""
    if np.isfinite(profiles.get(profile).seconds(city.streets.edges)).any():
        return True
    with pytest.raises(InputError, match=profile):
        travel_times(city, to="places", profile=profile)
    return False


@given(towns(), PROFILES, st.sampled_from(DIRECTIONS))
@settings(max_examples=200)
def test_every_pair_is_as_by_brute_force(city, profile, direction):
    if not usable(city, profile):
        return
    matrix = travel_time_matrix(city, to="places", profile=profile, direction=direction, dense=True)
    expected = brute_force(city, profile, direction)
    np.testing.assert_allclose(matrix.to_numpy(), expected, rtol=0, atol=1e-8)


@given(towns(), PROFILES, st.sampled_from(DIRECTIONS), st.integers(1, 6))
@settings(max_examples=100)
def test_the_nearest_are_the_smallest_of_the_matrix(city, profile, direction, k):
    if not usable(city, profile):
        return
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


@given(towns(), PROFILES, st.lists(st.floats(0.01, 60), min_size=2, max_size=2))
@settings(max_examples=60)
def test_more_time_never_reaches_less(city, profile, limits):
    if not usable(city, profile):
        return
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


@given(towns(both_ways=True), PROFILES)
@settings(max_examples=30)
def test_where_streets_are_alike_both_ways_so_are_times(city, profile):
    if not usable(city, profile):
        return
    to, back = (
        travel_time_matrix(city, to="places", profile=profile, direction=direction, dense=True)
        for direction in DIRECTIONS
    )
    np.testing.assert_allclose(to, back, rtol=1e-12)


@given(towns(), st.sampled_from(["walk_75", "walk_adult"]), st.sampled_from(DIRECTIONS))
@settings(max_examples=60)
def test_a_detour_over_a_third_point_is_never_shorter(city, profile, direction):
    points = pd.concat([city.residents, city.places[["id", "geometry"]]], ignore_index=True)
    minutes = travel_time_matrix(
        city, to=points, origins=points, profile=profile, direction=direction, dense=True
    ).to_numpy()
    direct = np.where(np.isnan(minutes), np.inf, minutes)
    assert (direct <= (direct[:, :, None] + direct[None, :, :]).min(axis=1) + 1e-9).all()


@given(towns(), PROFILES, st.data())
@settings(max_examples=40)
def test_a_shorter_street_never_slows_anyone(city, profile, data):
    if not usable(city, profile):
        return
    edges = city.streets.edges.copy()
    street = data.draw(st.sampled_from(edges.index.tolist()))
    edges.loc[street, "length_m"] *= data.draw(st.sampled_from([0.0, 0.3, 0.999]))
    shorter = dataclasses.replace(
        city, streets=StreetNetwork.from_tables(city.streets.nodes, edges)
    )
    # The main part of a network is its longest: a point on the edge of it may move elsewhere.
    for before, after in zip(
        snapped_both(city, profile, "to", city.residents, city.places),
        snapped_both(shorter, profile, "to", city.residents, city.places),
        strict=True,
    ):
        assume(np.array_equal(before.edge, after.edge))
    before, after = (
        travel_time_matrix(town, to="places", profile=profile, dense=True).to_numpy()
        for town in (city, shorter)
    )
    assert (after <= before)[~np.isnan(before)].all()
    assert (np.isnan(after) == np.isnan(before)).all()


@given(towns(), PROFILES, st.sampled_from(DIRECTIONS), st.none() | st.floats(0.1, 40))
@settings(max_examples=40)
def test_the_pairs_are_the_whole_matrix(city, profile, direction, minutes):
    if not usable(city, profile):
        return
    ask = {"to": "places", "profile": profile, "direction": direction, "minutes": minutes}
    dense = travel_time_matrix(city, **ask, dense=True)
    pairs = travel_time_matrix(city, **ask)
    origin, place = np.nonzero(dense.notna())
    expected = {
        "origin_id": city.residents["id"].to_numpy()[origin],
        "place_id": dense.columns.to_numpy()[place],
        "minutes": dense.to_numpy()[origin, place],
    }
    pd.testing.assert_frame_equal(pairs, pd.DataFrame(expected), check_dtype=False)
    assert pairs.attrs["origins_without_place"] == dense.isna().all(axis=1).sum()
    assert pairs.attrs["origins_without_place"] == dense.attrs["origins_without_place"]


@given(towns(), PROFILES, st.data())
@settings(max_examples=30)
def test_every_origin_comes_back_with_a_status(city, profile, data):
    if not usable(city, profile):
        return
    people = city.residents.copy()
    lost = np.array([data.draw(st.booleans()) for _ in range(len(people))])
    people.loc[lost, "geometry"] = None
    times = travel_times(city, to="places", profile=profile, origins=people)
    assert times.index.equals(people.index)
    assert times["status"].notna().all()
    assert (times["status"] == "no_position").tolist() == lost.tolist()
    told = travel_times(city, to="places", profile=profile)
    pd.testing.assert_frame_equal(times[~lost], told[~lost])


@given(towns(), PROFILES, st.sampled_from(DIRECTIONS), st.integers(1, 3), st.data())
@settings(max_examples=40)
def test_a_closed_place_is_no_place(city, profile, direction, k, data):
    if not usable(city, profile):
        return
    ids = city.places["id"].tolist()
    some = st.lists(st.sampled_from(ids), unique=True)
    closed = {label: data.draw(some) for label in ("Mon 10:00", ("Tue", 9), 3)}
    ask = {"to": "places", "profile": profile, "direction": direction}
    whole, matrix = travel_times(city, **ask, k=k), travel_time_matrix(city, **ask)
    times = travel_times(city, **ask, k=k, closed=closed)
    pairs = travel_time_matrix(city, **ask, closed=closed)
    dense = travel_time_matrix(city, **ask, closed=closed, dense=True)
    assert times.columns.tolist() == ["departure", *whole.columns]
    assert times["departure"].unique().tolist() == list(closed)
    assert times.attrs["closed"] == {
        str(label): [one for one in ids if one in shut] for label, shut in closed.items()
    }
    for label, shut in closed.items():
        block, pairs_then = (
            table[np.array([one == label for one in table["departure"]], dtype=bool)].drop(
                columns="departure"
            )
            for table in (times, pairs)
        )
        dense_then = dense[[one == label for one in dense.index.get_level_values(0)]]
        assert block.index.equals(city.residents.index)
        expected = matrix[~matrix["place_id"].isin(shut)].reset_index(drop=True)
        pd.testing.assert_frame_equal(pairs_then.reset_index(drop=True), expected)
        pd.testing.assert_frame_equal(
            travel_time_matrix(city, **ask, closed=shut), expected, check_dtype=bool(len(expected))
        )
        assert np.isnan(dense_then[shut].to_numpy()).all()
        assert np.count_nonzero(dense_then.notna()) == len(expected)
        for j in range(1, k + 1):
            minutes = "minutes" if j == 1 else f"minutes_{j}"
            assert not (block[minutes] < whole[minutes]).any()
            assert not (block[minutes].notna() & whole[minutes].isna()).any()
        pd.testing.assert_frame_equal(
            travel_times(city, **ask, k=k, closed=shut), block, check_dtype=len(shut) < len(ids)
        )
        if len(shut) < len(ids):
            left = city.places[~city.places["id"].isin(shut)]
            pd.testing.assert_frame_equal(travel_times(city, **ask | {"to": left}, k=k), block)
        else:
            assert block["minutes"].isna().all()
            assert set(block["status"]) <= {"all_closed", "no_street"}


@given(towns(), PROFILES, st.sampled_from(DIRECTIONS))
@settings(max_examples=30)
def test_any_number_of_threads_gives_the_same_bits(city, profile, direction):
    if not usable(city, profile):
        return
    ask = {"to": "places", "profile": profile, "direction": direction}
    days = {"all": [], "some": ["h0"], "again": ["h0"], "none": city.places["id"]}
    told = []
    for cores in (1, 2, 5):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernels, "available_cores", lambda cores=cores: cores)
            told.append(answers(city, ask, days))
    for more in told[1:]:
        for one, other in zip(told[0], more, strict=True):
            pd.testing.assert_frame_equal(one, other, check_exact=True)


def answers(city, ask, days):
    return [
        *(travel_times(city, **ask, k=k, closed=days) for k in (1, 3)),
        *(travel_time_matrix(city, **ask, minutes=15, dense=dense) for dense in (False, True)),
    ]


def test_threads_do_not_show_in_milano(milano, monkeypatch):
    days = {day: milano.houses["id"][day::7] for day in range(4)}
    told = []
    for cores in (1, 2):
        monkeypatch.setattr(kernels, "available_cores", lambda cores=cores: cores)
        told.append(answers(milano, {"to": "houses", "profile": "bike_adult"}, days))
    for one, other in zip(*told, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture(scope="module")
def cut_milano(milano):
    """120 addresses of Milano, and its streets cut there and at all houses for every profile."""
    rng = np.random.default_rng(15)
    people = milano.residents.iloc[np.sort(rng.choice(len(milano.residents), 120, replace=False))]
    cuts = set()
    for profile in profiles.PROFILES.values():
        graph = travel_graph(milano.streets, profile)
        for direction in DIRECTIONS:
            for snapped in snapped_both(milano, profile, direction, people, milano.houses):
                cuts.update(positions(graph, snapped))
    return people, oracle.street_graph(milano.streets.edges, cuts)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", profiles.PROFILES)
def test_milano_is_as_by_brute_force(milano, cut_milano, name, direction):
    """To the nearest of all houses by one search, and to two houses, others for each case."""
    (people, whole), edges = cut_milano, milano.streets.edges
    profile = profiles.get(name)
    here, there = snapped_both(milano, profile, direction, people, milano.houses)
    graph = travel_graph(milano.streets, profile)
    homes = [node_at(edges, position) for position in positions(graph, here)]
    houses = [node_at(edges, position) for position in positions(graph, there)]
    own, other = (snapped.distance_m / profile.access_speed_m_s for snapped in (here, there))
    # A node of all houses: an arc of its own leads there from each, or from there to each.
    forward, backward = profile.seconds(edges, milano.streets.nodes)
    weight = oracle.weight([*forward, *other], [*backward, *other])
    anywhere = "any house"
    for j, house in enumerate(houses):
        arc = (house, anywhere) if direction == "to" else (anywhere, house)
        arc_of = {"edge": len(edges) + j, "part": 1.0, "ahead": True}
        if not whole.has_edge(*arc) or other[j] < other[whole.edges[arc]["edge"] - len(edges)]:
            whole.add_edge(*arc, **arc_of)
    # Searched from the houses, so for travel to them every street the other way round.
    searched = whole.reverse(copy=False) if direction == "to" else whole
    nearest = oracle.seconds_from(searched, anywhere, weight)
    whole.remove_node(anywhere)
    ask = {"origins": people, "profile": profile, "direction": direction}
    times = travel_times(milano, to="houses", **ask)
    expected = own + [nearest.get(home, np.nan) for home in homes]
    np.testing.assert_allclose(times["minutes"] * 60, expected, rtol=0, atol=1e-6)
    case = 2 * list(profiles.PROFILES).index(name) + DIRECTIONS.index(direction)
    chosen = [(17 * case) % len(houses), (17 * case + 31) % len(houses)]
    matrix = travel_time_matrix(milano, to=milano.houses.iloc[chosen], dense=True, **ask)
    for column, j in enumerate(chosen):
        seconds = oracle.seconds_from(searched, houses[j], weight)
        expected = own + [seconds.get(home, np.nan) for home in homes] + other[j]
        np.testing.assert_allclose(matrix.iloc[:, column] * 60, expected, rtol=0, atol=1e-6)


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
    lost = table([shapely.Point(ORIGIN[0] - 900, ORIGIN[1] + 900)], "x")
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


@pytest.mark.parametrize("verb", [travel_times, travel_time_matrix])
def test_bad_tables_of_places_are_refused(town, verb):
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
            verb(town, to=places, profile="walk_75")
    for people, said in [
        (town.residents.to_crs(4326), "origins: .*EPSG"),
        (town.residents.assign(geometry=town.residents.buffer(5)), "origins, row 0: .*Polygon"),
        ([1], "origins: a list"),
    ]:
        with pytest.raises(InputError, match=said):
            verb(town, to="houses", origins=people, profile="walk_75")


@pytest.mark.parametrize("verb", [travel_times, travel_time_matrix])
def test_no_street_for_this_traveller(town, verb):
    for column in ("bicycle_forward", "bicycle_backward"):
        town.streets.edges[column] = False
    with pytest.raises(InputError, match="bike_adult"):
        verb(town, to="houses", profile="bike_adult")


def test_an_origin_far_from_everything_comes_back(town):
    away = table([shapely.Point(ORIGIN[0] + 50_000, ORIGIN[1])], "x")
    times = travel_times(town, to="houses", profile="walk_75", origins=away)
    assert times["status"].tolist() == ["no_street"]
    assert times[["minutes", "snap_distance_m"]].isna().all(axis=None)
    matrix = travel_time_matrix(town, to="houses", profile="walk_75", origins=away, dense=True)
    assert matrix.shape == (1, 2)
    assert matrix.isna().all(axis=None)


@pytest.mark.parametrize("verb", [travel_times, travel_time_matrix])
@pytest.mark.parametrize(
    ("closed", "error", "said"),
    [
        ("west", ParameterError, "closed: 'west' is not a collection of ids"),
        (3, ParameterError, "closed: 3 is not a collection"),
        ({}, ParameterError, "there is no departure"),
        ({"Sun": "west"}, ParameterError, r"closed\['Sun'\]: 'west' is not a collection"),
        ({"Sun": None}, ParameterError, r"closed\['Sun'\]: None is not a collection"),
        (["West"], UnknownNameError, "unknown place 'West'. Mend: did you mean west"),
        ({"Sat": [], "Sun": ["wst"]}, UnknownNameError, r"closed\['Sun'\].*did you mean west"),
        ([["west"]], UnknownNameError, "unknown place"),
        (pd.DataFrame({"id": ["west"]}), ParameterError, "a DataFrame is not a collection"),
    ],
)
def test_closings_that_make_no_sense(town, verb, closed, error, said):
    with pytest.raises(error, match=said):
        verb(town, to="houses", profile="walk_75", closed=closed)


def test_everything_closed_is_told_in_rows(town):
    people = town.residents.copy()
    people.loc[0, "geometry"] = None
    ask = {"to": "houses", "profile": "walk_75", "origins": people}
    for closed, blocks in ((["west", "east"], 1), ({"Sun": {"west", "east"}, "Mon": ()}, 2)):
        times = travel_times(town, **ask, k=2, closed=closed)
        assert times["status"].tolist()[:4] == ["no_position", *3 * ["all_closed"]]
        assert times[["minutes", "minutes_2", "place_id", "place_id_2"]][:4].isna().all(axis=None)
        assert len(times) == blocks * len(people)
        assert times["minutes"].notna().sum() == (blocks - 1) * 3
        pairs = travel_time_matrix(town, **ask, closed=closed)
        assert len(pairs) == (blocks - 1) * 6
        assert pairs.columns.tolist()[-3:] == ["origin_id", "place_id", "minutes"]
        assert pairs.attrs["origins_without_place"] == (4 if blocks == 1 else 5)
        dense = travel_time_matrix(town, **ask, closed=closed, dense=True)
        assert len(dense) == len(times)
    assert travel_times(town, **ask, closed=["west", "east"]).attrs["left_out"] == {
        "west": "closed",
        "east": "closed",
    }


def test_a_departure_reads_as_asked(town):
    closed = {"Mon 10:00": (), "Sun 10:00": ["west"]}
    ask = {"to": "houses", "profile": "walk_adult", "closed": closed}
    times = travel_times(town, **ask)
    assert times["departure"].tolist() == 4 * ["Mon 10:00"] + 4 * ["Sun 10:00"]
    assert times.index.tolist() == 2 * town.residents.index.tolist()
    assert times["place_id"].tolist() == ["west", "west", "east", "west", *4 * ["east"]]
    assert times.attrs["closed"] == {"Mon 10:00": [], "Sun 10:00": ["west"]}
    assert times.attrs["left_out"] == {}
    dense = travel_time_matrix(town, **ask, dense=True)
    assert dense.loc["Sun 10:00", "west"].isna().all()
    plain = travel_time_matrix(town, to="houses", profile="walk_adult", dense=True)
    pd.testing.assert_frame_equal(dense.loc["Mon 10:00"], plain)
    pd.testing.assert_series_equal(dense.loc["Sun 10:00", "east"], plain["east"])


def test_a_closed_place_without_position_may_be_named(town):
    places = town.places.copy()
    places.loc[1, "geometry"] = None
    times = travel_times(town, to=places, profile="walk_adult", closed=["east"])
    assert times["place_id"].eq("west").all()
    assert times.attrs["left_out"] == {"east": "no_position"}


def test_more_places_than_a_table_has_columns_for_are_refused() -> None:
    city = draw_city("A----B")
    assert len(travel_times(city, to="houses", profile="walk_75", k=1000).columns) == 2002
    with pytest.raises(ParameterError, match=r"k is 1001.*travel_time_matrix"):
        travel_times(city, to="houses", profile="walk_75", k=1001)


def test_where_no_place_has_a_street_the_reason_points_to_the_places() -> None:
    city = draw_city("A----B")
    away = city.places.set_geometry(city.places.translate(-900, -900))
    times = travel_times(city, to=away, profile="walk_75")
    assert times["status"].tolist() == ["unreachable"]
    assert times.attrs["left_out"] == {"house": "no_street"}
    assert "no place is near a street (see left_out)" in times.attrs["reasons"]["unreachable"]
