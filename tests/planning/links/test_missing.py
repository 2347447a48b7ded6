"""Law: missing links are ranked by what they give, exactly, and the same in every run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.planning.edits import edit_of
from quartieri15.planning.links import Links, missing_links
from quartieri15.planning.links.cycle_gaps import CALMED
from quartieri15.planning.scenario import Scenario
from quartieri15.reach.times import travel_times
from tests.ascii_city import CRS, ORIGIN, draw_city
from tests.planning.links.rebuilding import gains, with_links

if TYPE_CHECKING:
    from quartieri15.model.city import City

# A river between two streets, one bridge at the far right; the house is below at the left.
RIVER = """
A----------B----------C----------------------------------------Z
                                                               |
                                                               |
D----------E----------F----------------------------------------Y
"""


def town() -> City:
    city = draw_city(
        RIVER,
        cell=10,
        places={"house": (2, 3)},
        people={(2, 0): 100.0, (20, 0): 40.0, (60, 0): 20.0, (30, 3): 10.0},
    )
    x, y = ORIGIN
    line = shapely.LineString([(x - 100, y - 15), (x + 600, y - 15)])
    table = gpd.GeoDataFrame({"kind": ["canal"]}, geometry=[line], crs=CRS)
    return city.with_(streets=city.streets.with_barriers(table))


def ask(city: City, **options: Any) -> Links:
    usual: dict[str, Any] = {"group": "residents", "minutes": 10, "profile": "walk_75"}
    return missing_links(city, **(usual | options))


def test_the_bridge_over_the_river_stands_where_most_people_gain():
    found = ask(town(), n=3, sets=2)
    best = found.links.iloc[0]
    assert (best["link_id"], best["kind"], best["work"]) == (
        "link-1",
        "barrier",
        "bridge or underpass",
    )
    assert best["crosses"] == "canal"
    # Those above at the left were more than ten minutes away, and are within them now.
    assert best["gained"] == 140
    times = travel_times(town(), to="houses", profile="walk_75")["minutes"]
    assert (times > 10).sum() == 3
    assert found.links["gained"].is_monotonic_decreasing
    assert found.sets["link_id"].iloc[0] == "link-1"
    assert found.sets["gained_in_all"].is_monotonic_increasing
    assert found.provenance["population"] == 170
    assert found.provenance["covered_before"] == 10
    # From there the way round by the bridge at the far right.
    x = (best.geometry.coords[0][0] - ORIGIN[0]) / 10
    assert best["detour_before_m"] == pytest.approx(2 * (63 - x) * 10 + 30)
    assert best["length_m"] == pytest.approx(30, rel=1e-3)


def test_figures_are_those_of_the_network_with_the_link_in_it():
    city = town()
    found = ask(city, n=50, sets=0)
    weight = city.residents["residents"]
    before = travel_times(city, to="houses", profile="walk_75")["minutes"]
    assert len(found.links) > 3
    for _, row in found.links.iterrows():
        after = travel_times(with_links(city, [row]), to="houses", profile="walk_75")["minutes"]
        expected = gains(before, after, weight, 10)
        told = (row["gained"], row["minutes_saved_people"], row["quicker"])
        assert told == pytest.approx(expected, abs=1e-6)


def test_two_runs_give_the_same_bytes():
    first, second = (ask(town(), n=5, sets=3) for _ in range(2))
    pd.testing.assert_frame_equal(first.links, second.links, check_exact=True)
    pd.testing.assert_frame_equal(first.sets, second.sets, check_exact=True)
    pd.testing.assert_frame_equal(first.pairs, second.pairs, check_exact=True)
    assert first.provenance == second.provenance
    assert first.links.attrs["provenance"] == first.provenance


def test_it_tells_its_steps_and_can_be_stopped_at_each():
    told: list[str] = []
    whole = ask(town(), progress=told.append)
    assert len(told) > 5

    def stop_at(step: int) -> Any:
        left = iter(range(step, -1, -1))

        def said(_: str) -> None:
            if not next(left):
                raise KeyboardInterrupt

        return said

    for step in range(len(told)):
        with pytest.raises(KeyboardInterrupt):
            ask(town(), progress=stop_at(step))
    again = ask(town())
    pd.testing.assert_frame_equal(whole.links, again.links, check_exact=True)


def test_links_are_apart_from_each_other():
    found = ask(town(), n=50, sets=0, apart_m=150)
    middle = shapely.get_coordinates(found.links.geometry.interpolate(0.5, normalized=True))
    for i in range(len(middle)):
        for j in range(i):
            assert np.hypot(*(middle[i] - middle[j])) > 150
    assert len(ask(town(), n=50, sets=0, apart_m=0).links) > len(found.links)


def test_nothing_is_found_where_nothing_is_missing():
    found = ask(town(), detour_m=5000)
    assert (len(found.links), len(found.sets), len(found.pairs)) == (0, 0, 0)
    assert list(found.links.columns) == list(ask(town()).links.columns)
    assert found.provenance["candidates"] == 0
    # And a house that no link brings nearer.
    city = town()
    everywhere = city.residents.assign(network="houses", kind="ex_csrc", name="x")
    assert not len(ask(city, to=everywhere).links)


def test_links_are_ranked_by_the_measure_asked_for():
    for measure, column in (("gained", "gained"), ("minutes_saved", "minutes_saved_people")):
        found = ask(town(), n=50, sets=2, rank_by=measure)
        assert found.links[column].is_monotonic_decreasing
        assert found.links["rank"].is_monotonic_increasing
        assert found.sets["link_id"].iloc[0] == "link-1"
        assert found.sets[column].iloc[0] == pytest.approx(found.links[column].iloc[0])


def test_an_obstacle_moves_the_bridge():
    x, y = ORIGIN
    hall = shapely.box(x - 50, y - 25, x + 300, y - 5)
    obstacles = gpd.GeoDataFrame(geometry=[hall, None], crs=CRS)
    found = ask(town(), obstacles=obstacles, kinds="barrier")
    assert (found.links.geometry.bounds["maxx"] > x + 300).all()
    assert found.provenance["obstacles"] == 1


def test_the_buildings_of_the_city_are_in_the_way_unless_others_are_given():
    x, y = ORIGIN
    hall = gpd.GeoDataFrame(
        {"area_m2": [7000.0]}, geometry=[shapely.box(x - 50, y - 25, x + 300, y - 5)], crs=CRS
    )
    bare, built = town(), town().with_(buildings=hall)
    found = ask(built)
    pd.testing.assert_frame_equal(found.links, ask(bare, obstacles=hall).links)
    assert (found.links.geometry.disjoint(hall.geometry.iloc[0])).all()
    assert found.provenance["obstacles"] == 1
    assert found.provenance["obstacles_are"] == "the buildings of the city"
    free = ask(built, obstacles=hall.iloc[:0])
    pd.testing.assert_frame_equal(free.links, ask(bare).links)
    assert free.provenance["obstacles_are"] == "as given"
    assert ask(bare).provenance["obstacles_are"] == "none: the city has no buildings"


def test_a_link_becomes_an_edit():
    found = ask(town())
    edit = found.edit("link-1")["add_street"]
    assert edit["kind"] == "bridge"
    assert edit["joins"] == "ends"
    assert edit["frontage"] is False
    line = gpd.GeoSeries([shapely.LineString(edit["line"])], crs=4326).to_crs(CRS).iloc[0]
    assert shapely.hausdorff_distance(line, found.links.geometry.iloc[0]) < 0.1
    with pytest.raises(UnknownNameError, match="did you mean link-1"):
        found.edit("link 1")
    with pytest.raises(ParameterError, match="link_id is 1"):
        found.edit(1)
    assert found.scenario("link-1").name == "link-1"
    assert len(found.scenario(["link-1", "link-1"], "twice").edits) == 2
    with pytest.raises(ParameterError, match="no link is named"):
        found.scenario([])


def test_a_cycle_gap_becomes_an_edit_of_the_streets_under_its_line():
    streets = {"name": "Viale Uno", "highway": "primary"}
    picture = """
A     C
|     |
|     |
B     D
"""
    xy = {"B": (0, 3), "D": (6, 3)}
    road = {"u": "B", "v": "D", **streets}
    city = draw_city(
        picture, cell=100, places={"house": (6, 0)}, people={(0, 0): 5.0}, extra=[road]
    )
    assert xy
    edges = city.streets.edges.copy()
    edges["name"] = ["Via A", "Via C", "Viale Uno"]
    network = type(city.streets).from_tables(city.streets.nodes, edges)
    found = ask(
        city.with_(streets=network), profile="bike_low_stress", kinds="cycle_gap", max_gap_m=700
    )
    assert found.links["along_street"].tolist() == ["Viale Uno"]
    edit = edit_of(found.edit("link-1"))
    done = edit.resolve(city.with_(streets=network))
    assert done.matched.startswith("the line as drawn: Viale Uno, 1 edges, 600 m")
    track = done.city.streets.edges.iloc[2]
    assert {name: track[name] for name in CALMED} == CALMED
    assert done.edges == 1
    bike = profiles.BIKE_LOW_STRESS
    slower = 600 / (bike.push_speed_kmh / 3.6) - 600 / bike.speed_m_s
    assert found.links["minutes_saved_people"].iloc[0] == pytest.approx(5 * slower / 60)
    assert math.isnan(found.links["detour_before_m"].iloc[0])


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"kinds": "tunnel"}, ParameterError, "kinds is 'tunnel'"),
        ({"kinds": []}, ParameterError, "no kind is named"),
        ({"kinds": "cycle_gap"}, ParameterError, "refuses no stress"),
        ({"group": "over100"}, UnknownNameError, "unknown group"),
        ({"group": ["over65"]}, ParameterError, "group is"),
        ({"max_length_m": 0}, ParameterError, "max_length_m is 0"),
        ({"max_length_m": math.inf}, ParameterError, "max_length_m is inf"),
        ({"detour_m": -1}, ParameterError, "detour_m is -1"),
        ({"max_gap_m": 5000}, ParameterError, "up to 2000"),
        ({"n": 0}, ParameterError, "n is 0"),
        ({"n": 2.5}, ParameterError, "n is 2.5"),
        ({"sets": -1}, ParameterError, "sets is -1"),
        ({"rank_by": "people"}, ParameterError, "rank_by is 'people'"),
        ({"minutes": None}, ParameterError, "minutes is None"),
        ({"obstacles": "houses"}, InputError, "without geometry"),
        ({"progress": 3}, ParameterError, "progress is 3"),
        (
            {"profile": profiles.WALK_75.with_(crossing_wide_road_s=20)},
            ParameterError,
            "waits at crossings",
        ),
    ],
)
def test_bad_input_is_named(options, error, words):
    with pytest.raises(error, match=words):
        ask(town(), **options)


def test_milano_with_links_in_it_is_what_was_said(milano):
    found = missing_links(milano, max_length_m=40, n=40, sets=2)
    assert found.provenance["candidates_by_kind"]["dead_end"] > 2000
    links = found.links.set_index("link_id")
    assert links["gained"].iloc[0] > 200
    rows, _ = milano.buildings.sindex.query(
        links.geometry[links["kind"] != "cycle_gap"], predicate="intersects"
    )
    assert not len(rows)
    assert found.provenance["obstacles_are"] == "the buildings of the city"
    weight = milano.residents["over65"]
    before = travel_times(milano, to="houses", profile="walk_75")["minutes"]
    for names in (["link-25"], found.sets["link_id"].tolist()):
        after = with_links(milano, [links.loc[name] for name in names])
        minutes = travel_times(after, to="houses", profile="walk_75")["minutes"]
        gained, saved, quicker = gains(before, minutes, weight, 15)
        if len(names) == 1:
            row = links.loc[names[0]]
            assert row["quicker"] == pytest.approx(quicker, abs=1e-6)
            told = row["gained"], row["minutes_saved_people"]
        else:
            row = found.sets.iloc[-1]
            told = row["gained_in_all"], row["minutes_saved_people_in_all"]
        assert told == pytest.approx((gained, saved), abs=1e-6)


@pytest.mark.parametrize(
    ("profile", "kinds", "n"),
    [("walk_75", ("barrier", "dead_end"), 5), ("bike_low_stress", ("cycle_gap",), 4)],
)
def test_a_scenario_of_a_link_gives_what_was_said_of_it(milano, profile, kinds, n):
    # Short ones are found sooner.
    found = missing_links(
        milano, profile=profile, kinds=kinds, max_length_m=70, max_gap_m=250, n=n, sets=0
    )
    assert len(found.links.head(n)) == n
    weight = milano.residents["over65"]
    before = travel_times(milano, to="houses", profile=profile)["minutes"]
    for link in found.links.head(n).itertuples():
        after = Scenario(link.link_id, [edit_of(found.edit(link.link_id))]).apply(milano)
        minutes = travel_times(after, to="houses", profile=profile)["minutes"]
        gained, saved, _ = gains(before, minutes, weight, 15)
        assert gained == pytest.approx(link.gained, abs=1e-6)
        assert saved == pytest.approx(link.minutes_saved_people, rel=1e-8, abs=1e-6)
