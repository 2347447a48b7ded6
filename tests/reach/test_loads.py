"""Nobody is lost on the way: who leaves home arrives, by the streets of a quickest way."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.reach import kernels
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.loads import street_loads
from quartieri15.reach.times import travel_time_matrix, travel_times
from tests.ascii_city import ORIGIN, draw_city
from tests.reach import oracle
from tests.reach.test_times import PROFILES, node_at, positions, snapped_both, usable
from tests.reach.towns import table, towns

DIRECTIONS = st.sampled_from(["to", "from"])
COLUMNS = [
    "edge_id",
    "people",
    "people_forward",
    "people_backward",
    "person_km",
    "length_m",
    "geometry",
]


def by_brute_force(city, profile, direction):
    """Walk every quickest way of networkx; None where two ways or places are equally quick."""
    traveller, edges = profiles.get(profile), city.streets.edges
    here, there = snapped_both(city, profile, direction, city.residents, city.places)
    graph = travel_graph(city.streets, traveller)
    starts, ends = positions(graph, here), positions(graph, there)
    whole = oracle.street_graph(edges, [*starts, *ends])
    weight = oracle.weight(*traveller.seconds(edges))
    near = travel_time_matrix(city, to="places", profile=profile, direction=direction, dense=True)
    people, km = defaultdict(float), defaultdict(float)
    ways = set()
    for i, start in enumerate(starts):
        times = np.sort(near.iloc[i].dropna())
        if not len(times):
            continue
        if len(times) > 1 and times[1] - times[0] < 1e-9:
            return None
        j = int(np.nanargmin(near.iloc[i]))
        one, other = (node_at(edges, position) for position in (start, ends[j]))
        pair = (one, other) if direction == "to" else (other, one)
        best, quickest = nx.single_source_dijkstra(whole, *pair, weight=weight)
        if any(quickness_without(whole, pair, weight, a) < best + 1e-9 for a in pairwise(quickest)):
            return None
        number = city.residents["residents"].iloc[i]
        used = set()
        for arc in pairwise(quickest):
            said = whole.edges[arc]
            used.add(said["edge"])
            km[j, said["edge"]] += number * said["part"] * edges["length_m"].iloc[said["edge"]]
            ways.add((j, said["edge"], said["ahead"]))
        for edge in used:
            people[j, edge] += number
    return people, km, ways


def quickness_without(graph, pair, weight, closed):
    """Seconds of the next best way: sums of the same metres may differ in their last digit."""
    tail, head = closed

    def seconds(u, v, arc):
        return None if (u, v) == (tail, head) else weight(u, v, arc)

    try:
        return nx.dijkstra_path_length(graph, *pair, weight=seconds)
    except nx.NetworkXNoPath:
        return np.inf


# A street without length makes a second way that is as quick.
@given(towns(shortest_m=0.5), PROFILES, DIRECTIONS)
@settings(max_examples=80)
def test_streets_carry_who_goes_there_by_brute_force(city, profile, direction):
    if not usable(city, profile):
        return
    known = by_brute_force(city, profile, direction)
    if known is None:
        return
    people, km, ways = known
    loads = street_loads(
        city, to="places", profile=profile, direction=direction, by_place=True
    ).set_index(["place_id", "edge_id"])
    rows = {(city.places["id"].iloc[j], edge): (j, edge) for j, edge in people}
    assert sorted(rows) == sorted(loads.index)
    for name, key in rows.items():
        row = loads.loc[name]
        assert row["people"] == pytest.approx(people[key])
        assert row["person_km"] * 1000 == pytest.approx(km[key])
        assert (row["people_forward"] > 0) == ((*key, True) in ways)
        assert (row["people_backward"] > 0) == ((*key, False) in ways)


@given(towns(), PROFILES, DIRECTIONS, st.none() | st.floats(0.1, 40))
@settings(max_examples=50)
def test_who_leaves_arrives_and_nobody_twice(city, profile, direction, minutes):
    if not usable(city, profile):
        return
    ask = {"to": "places", "profile": profile, "direction": direction, "minutes": minutes}
    loads, by_place = (street_loads(city, **ask, by_place=several) for several in (False, True))
    times = travel_times(city, **ask)
    number = city.residents["residents"]
    served = loads.attrs["people_served"]
    lost = loads.attrs["people_not_served"]
    assert sum(served.values()) + sum(lost.values()) == pytest.approx(number.sum())
    assert sum(lost.values()) == number[times["minutes"].isna()].sum()
    assert Counter(lost) == Counter(
        number[times["minutes"].isna()].groupby(times["status"].astype(str)).sum().to_dict()
    )
    expected = number.groupby(times["place_id"]).sum()
    ranked = travel_times(city, **ask, k=2)
    if not (ranked["minutes_2"] - ranked["minutes"] < 1e-9).any():
        assert {place: count for place, count in served.items() if count} == expected.to_dict()
    assert list(loads.columns) == COLUMNS
    assert list(by_place.columns) == ["place_id", *COLUMNS]
    assert not by_place.duplicated(["place_id", "edge_id"]).any()
    assert loads["edge_id"].is_monotonic_increasing
    # Nobody is on a street without having a direction, nor more often than twice.
    for told in (loads, by_place):
        both = told["people_forward"] + told["people_backward"]
        assert (both >= told["people"] * (1 - 1e-12)).all()
        assert (both <= 2 * told["people"] * (1 + 1e-12)).all()
        assert (told["person_km"] <= both * told["length_m"] / 1000 * (1 + 1e-12)).all()
    together = by_place.groupby("edge_id")[COLUMNS[1:5]].sum()
    pd.testing.assert_frame_equal(together, loads.set_index("edge_id")[COLUMNS[1:5]])
    for place, count in by_place.groupby("place_id")["people"].max().items():
        assert count <= served[place] * (1 + 1e-12)


@given(towns(), DIRECTIONS)
@settings(max_examples=30)
def test_kilometres_are_minutes_at_an_even_pace(city, direction):
    """At one metre a second, on and off the streets, all ways together are all times together."""
    pace = profiles.BIKE_ADULT.with_(speed_kmh=3.6, access_speed_kmh=3.6)
    loads = street_loads(city, to="places", profile=pace, direction=direction)
    times = travel_times(city, to="places", profile=pace, direction=direction)
    _, there = snapped_both(city, pace, direction, city.residents, city.places)
    access = pd.Series(there.distance_m, index=city.places["id"]).reindex(times["place_id"])
    metres = times["minutes"] * 60 - times["snap_distance_m"] - access.to_numpy()
    expected = (metres * city.residents["residents"]).sum() / 1000
    assert loads["person_km"].sum() == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(towns(), PROFILES, DIRECTIONS)
@settings(max_examples=10)
def test_any_number_of_threads_gives_the_same_bits(city, profile, direction):
    if not usable(city, profile):
        return
    told = []
    for cores in (1, 2):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernels, "available_cores", lambda cores=cores: cores)
            told.append(street_loads(city, to="places", profile=profile, direction=direction))
    pd.testing.assert_frame_equal(*told, check_exact=True)


TEE = """
A----B----C
     |
     D
"""


@pytest.fixture
def town():
    return draw_city(
        TEE,
        places={"west": (1, 0), "east": (9, 0)},
        people={(0, 0): 10, (4, 0): 20, (7, 0): 30, (5, 2): 40},
    )


def test_a_street_of_the_toy_town(town):
    """10, 20 and 40 people go to the west, 40 of them from D; 30 go to the east."""
    loads = street_loads(town, to="houses", profile="walk_adult", by_place=True)
    ends = town.streets.edges.loc[loads["edge_id"], ["u", "v"]].to_numpy().tolist()
    assert ends == [[1, 2], [2, 4], [2, 3]]
    assert loads["place_id"].tolist() == ["west", "west", "east"]
    assert loads["people"].tolist() == [70, 40, 30]
    assert loads["people_forward"].tolist() == [10, 0, 30]
    assert loads["people_backward"].tolist() == [60, 40, 0]
    # 10 people for 10 m, 20 for 30 m, 40 for 40 m; 40 for 20 m; 30 for 20 m.
    assert loads["person_km"].tolist() == pytest.approx([2.3, 0.8, 0.6])
    assert loads["length_m"].tolist() == [50, 20, 50]
    assert loads.attrs["people_served"] == {"west": 70, "east": 30}
    assert loads.attrs["people_not_served"] == {}
    assert loads.attrs["provenance"]["group"] == "residents"
    back = street_loads(
        town, to="houses", profile="walk_adult", by_place=True, direction="from", group="over65"
    )
    assert back["people_backward"].tolist() == [1, 0, 3]
    assert back["people_forward"].tolist() == [6, 4, 0]


def test_only_who_gets_there_in_time(town):
    loads = street_loads(town, to="houses", profile="walk_adult", minutes=31 / 75)
    assert loads["people"].tolist() == [30, 30]
    assert loads.attrs["people_served"] == {"west": 30, "east": 30}
    assert loads.attrs["people_not_served"] == {"beyond_minutes": 40}
    assert loads.attrs["provenance"]["minutes"] == 31 / 75


def test_who_lives_at_the_door_travels_on_no_street():
    town = draw_city("A----B", places={"house": (0, 0)}, people={(0, 0): 5, (0, -1): 6})
    loads = street_loads(town, to="houses", profile="walk_adult")
    assert loads.empty
    assert list(loads.columns) == COLUMNS
    assert loads.crs == town.crs
    assert loads.attrs["people_served"] == {"house": 11}


def test_round_a_one_way_street_and_back_to_its_beginning():
    """Someone who must ride on, and round, is on the own street twice and counts once."""
    town = draw_city("A>>>>B\n|    |\nC----D", places={"house": (1, 0)}, people={(3, 0): 4})
    loads = street_loads(town, to="houses", profile="bike_adult")
    own = loads[loads["edge_id"] == 0].iloc[0]
    assert own[["people", "people_forward", "people_backward"]].tolist() == [4, 8, 0]
    assert own["person_km"] == pytest.approx(4 * (20 + 10) / 1000)
    assert loads["people"].tolist() == [4, 4, 4, 4]
    assert loads["person_km"].sum() == pytest.approx(4 * (50 + 20 + 50 + 20 - 20) / 1000)


def test_of_equally_quick_ways_the_street_with_the_smallest_index_is_taken():
    """Both ways round the block, two parallel streets, and two ends of one's own street."""
    x, y = ORIGIN
    twin = {"u": "D", "v": "E", "through": [(x + 70, y - 50)], "length_m": 40.0}
    town = draw_city(
        "A----B\n|    |\nC----D---E", places={"house": (9, 2)}, people={(0, 0): 7}, extra=[twin]
    )
    loads = street_loads(town, to="houses", profile="walk_adult")
    ends = town.streets.edges.loc[loads["edge_id"], ["u", "v"]].to_numpy().tolist()
    assert ends == [[1, 2], [2, 4], [4, 5]]
    assert loads["edge_id"].iloc[-1] < town.streets.edges.index[-1]
    middle = table([shapely.Point(x + 25, y)], "m").assign(residents=3.0)
    round_town = draw_city("A----B\n|    |\nC----D", places={"house": (2.5, 2)})
    loads = street_loads(round_town, to="houses", profile="walk_adult", origins=middle)
    # Away by A, the beginning of the own street.
    assert loads["people_backward"].iloc[0] == 3
    assert len(loads) == 3


def test_streets_without_length_are_passed():
    """A square of streets that take no time has no way round, and nobody is lost in it."""
    x, y = ORIGIN
    nothing = [
        {"u": u, "v": v, "length_m": 0.0, "through": [(x + 65, y + 10.0 * i)]}
        for i, (u, v) in enumerate([("B", "C"), ("C", "D"), ("D", "B")])
    ]
    town = draw_city(
        "A----B   C   D----E", places={"house": (0, 0)}, people={(18, 0): 9}, extra=nothing
    )
    loads = street_loads(town, to="houses", profile="walk_adult")
    ends = town.streets.edges.loc[loads["edge_id"], ["u", "v"]].to_numpy().tolist()
    assert ends == [[1, 2], [4, 5], [4, 2]]
    assert loads["people"].tolist() == [9, 9, 9]
    assert loads.attrs["people_served"] == {"house": pytest.approx(9)}


def test_a_place_out_of_reach_serves_nobody(town):
    lost = table([shapely.Point(ORIGIN[0] - 900, ORIGIN[1] + 900)], "x")
    loads = street_loads(town, to=lost, profile="walk_adult", by_place=True)
    assert loads.empty
    assert list(loads.columns) == ["place_id", *COLUMNS]
    assert loads.attrs["people_served"] == {"x0": 0}
    assert loads.attrs["people_not_served"] == {"unreachable": 100}
    assert loads.attrs["left_out"] == {"x0": "no_street"}
    people = town.residents.assign(geometry=lost.geometry[0])
    loads = street_loads(town, to="houses", profile="walk_adult", origins=people)
    assert loads.attrs["people_not_served"] == {"no_street": 100}
    nobody = street_loads(town, to="houses", profile="walk_adult", origins=people.iloc[:0])
    assert nobody.empty
    assert list(nobody.columns) == COLUMNS


def test_bad_questions_are_refused(town):
    ask = {"to": "houses", "profile": "walk_adult"}
    for minutes in (0, -1, 1441, float("nan"), "15"):
        with pytest.raises(ParameterError, match="minutes"):
            street_loads(town, **ask, minutes=minutes)
    with pytest.raises(UnknownNameError, match="over65"):
        street_loads(town, **ask, group="over_65")
    with pytest.raises(ParameterError, match="name one group"):
        street_loads(town, **ask, group=["over65"])
    with pytest.raises(ParameterError, match="direction"):
        street_loads(town, **ask, direction="towards")
    with pytest.raises(InputError, match="there is no place"):
        street_loads(town, to=town.houses.iloc[:0], profile="walk_adult")
    with pytest.raises(InputError, match="EPSG:4326"):
        street_loads(town, to=town.houses.to_crs(4326), profile="walk_adult")
    people = town.residents
    with pytest.raises(InputError, match="EPSG:4326"):
        street_loads(town, **ask, origins=people.to_crs(4326))
    with pytest.raises(UnknownNameError, match=r"origins.*guests"):
        street_loads(town, **ask, origins=people, group="guests")
    for wrong in (np.nan, np.inf, -1.0, "many"):
        bad = people.assign(guests=pd.Series([1.0, wrong, 2.0, 3.0], index=people.index))
        with pytest.raises(InputError, match=f"row {people.index[1]}, column guests"):
            street_loads(town, **ask, origins=bad, group="guests")
    before = people.copy()
    street_loads(town, **ask, origins=people)
    pd.testing.assert_frame_equal(people, before)


def test_milano_carries_everyone(milano):
    for direction in ("to", "from"):
        ask = {"to": "houses", "profile": "bike_adult", "direction": direction}
        loads = street_loads(milano, **ask, by_place=True)
        times = travel_times(milano, **ask)
        served = milano.residents["residents"].groupby(times["place_id"].to_numpy()).sum()
        told = pd.Series(loads.attrs["people_served"])
        np.testing.assert_allclose(told.reindex(served.index), served, rtol=1e-12)
        profile = profiles.BIKE_ADULT
        _, there = snapped_both(milano, profile, direction, milano.residents, milano.houses)
        access = pd.Series(there.distance_m, index=milano.houses["id"])
        off = (times["snap_distance_m"] + access.reindex(times["place_id"]).to_numpy()) / (
            profile.access_speed_m_s
        )
        km = (times["minutes"] * 60 - off) * profile.speed_m_s / 1000
        expected = (km * milano.residents["residents"]).groupby(times["place_id"].to_numpy()).sum()
        found = loads.groupby("place_id")["person_km"].sum()
        np.testing.assert_allclose(found.reindex(expected.index), expected, rtol=1e-9)
        assert isinstance(loads, gpd.GeoDataFrame)
        assert loads.crs == milano.crs == milano.residents.crs
        assert loads.geometry.iloc[0].equals(
            milano.streets.edges.geometry[loads["edge_id"].iloc[0]]
        )


def test_origins_without_numbers_are_told_to_have_some():
    city = draw_city("A----B")
    origins = city.residents[["id", "geometry"]]
    with pytest.raises(UnknownNameError, match=r"no column 'residents'.*Mend: add a column"):
        street_loads(city, to="houses", profile="walk_75", origins=origins)
