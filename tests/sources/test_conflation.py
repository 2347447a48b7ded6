"""Lanes only ever open directions, go to the way they run along, and every metre is accounted for.

A lane has no drawing direction that matters: drawn from its other end, it says the same.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.conflation import FACILITY_OF, conflate_bike_lanes
from tests.ascii_city import CRS, ORIGIN, draw_streets

TRACK = "corsia ciclabile - sede propria"
PAINTED = "corsia ciclabile - segnaletica"
SHARED_PATH = "percorso promiscuo - pedonale e ciclabile"
SHARED_ROAD = "percorso promiscuo - veicolare e ciclabile"
BOTH, WITH, AGAINST = "bidirezionale", "monodirezionale - concorde", "monodirezionale - discorde"

# A one-way street of 100 m crossed by a two-way one.
ONE_WAY = """
    C
    |
A>>>X>>>B
    |
    D
"""


def town() -> StreetNetwork:
    return draw_streets(ONE_WAY, cell=25.0)


def street(name: str, **columns: object) -> StreetNetwork:
    """One street of 100 m from west to east, of some class."""
    network = draw_streets("A---B", cell=25.0)
    columns = {"highway": name, **columns}
    edges = network.edges.assign(**{key: [value] for key, value in columns.items()})
    return StreetNetwork.from_tables(network.nodes, edges)


def lane(
    kind: str, way: str, *, off: float = 0.0, start: float = 0.0, end: float = 100.0
) -> gpd.GeoDataFrame:
    """A lane from west to east, metres from the line of the first row of letters."""
    x, y = ORIGIN
    line = shapely.LineString([(x + start, y + off), (x + end, y + off)])
    return gpd.GeoDataFrame({"tipologia": [kind], "marcia": [way]}, geometry=[line], crs=CRS)


def first(network: StreetNetwork) -> tuple[str, bool, bool]:
    edge = network.edges.iloc[0]
    return edge["cycle_facility"], edge["bicycle_forward"], edge["bicycle_backward"]


def told(network: StreetNetwork) -> gpd.GeoDataFrame:
    """The edges, whatever values a category might have had."""
    return network.edges.astype({"cycle_facility": object})


def test_a_lane_beside_a_street_is_its_own():
    conflated, report = conflate_bike_lanes(street("residential"), lane(TRACK, BOTH, off=7.0))
    assert first(conflated) == ("track", True, True)
    assert report["lanes"]["matched_km"] == report["lanes"]["km"] == 0.1
    assert report["edges_km"] == {"track": 0.1}


@pytest.mark.parametrize("kind", FACILITY_OF)
def test_every_kind_of_lane_has_its_facility(kind):
    conflated, _ = conflate_bike_lanes(street("residential"), lane(kind, WITH))
    assert first(conflated)[0] == FACILITY_OF[kind]


def test_a_lane_too_far_away_is_nobodys():
    streets = street("residential")
    conflated, report = conflate_bike_lanes(streets, lane(TRACK, BOTH, off=12.5))
    assert told(conflated).equals(told(streets))
    assert report["lanes"]["unmatched_km"] == 0.1
    wider, _ = conflate_bike_lanes(streets, lane(TRACK, BOTH, off=12.5), max_distance_m=13.0)
    assert first(wider)[0] == "track"


def test_a_lane_on_its_own_way_goes_there_and_not_to_the_street():
    own = {"u": "A", "v": "B", "highway": "cycleway", "through": [(ORIGIN[0] + 50, ORIGIN[1] + 8)]}
    streets = draw_streets("A---B", cell=25.0, extra=[own])
    beside = lane(TRACK, BOTH, off=8.0, start=30, end=70)
    conflated, _ = conflate_bike_lanes(streets, beside, min_share=0.3)
    assert conflated.edges["cycle_facility"].tolist() == ["none", "track"]


def test_a_lane_shared_with_vehicles_goes_to_the_street_and_not_to_the_cycleway():
    own = {"u": "A", "v": "B", "highway": "cycleway", "through": [(ORIGIN[0] + 50, ORIGIN[1] + 1)]}
    streets = draw_streets("A---B", cell=25.0, extra=[own])
    conflated, _ = conflate_bike_lanes(streets, lane(SHARED_ROAD, WITH, off=1.0))
    assert conflated.edges["cycle_facility"].tolist() == ["shared_road", "none"]


def test_a_street_that_is_crossed_is_none_of_its_business():
    x, y = ORIGIN[0] + 100, ORIGIN[1] - 50
    along = gpd.GeoDataFrame(
        {"tipologia": [TRACK], "marcia": [BOTH]},
        geometry=[shapely.LineString([(x - 100, y + 3), (x + 100, y + 3)])],
        crs=CRS,
    )
    streets = town()
    conflated, _ = conflate_bike_lanes(streets, along)
    eastward = np.abs(streets.edges.geometry.bounds.eval("maxy - miny").to_numpy()) < 1
    assert (conflated.edges["cycle_facility"].to_numpy()[eastward] == "track").all()
    assert (conflated.edges["cycle_facility"].to_numpy()[~eastward] == "none").all()


def test_an_edge_must_be_followed_for_half_its_length():
    streets = street("residential")
    little, report = conflate_bike_lanes(streets, lane(TRACK, BOTH, end=40))
    assert first(little)[0] == "none"
    assert report["lanes"]["unmatched_km"] == 0.04
    most, _ = conflate_bike_lanes(streets, lane(TRACK, BOTH, end=60))
    assert first(most)[0] == "track"


@pytest.mark.parametrize(
    ("way", "expected"), [(WITH, (True, False)), (AGAINST, (True, True)), (BOTH, (True, True))]
)
def test_what_a_lane_opens_on_a_one_way_street(way, expected):
    oneway = street("residential", oneway="forward", bicycle_backward=False)
    conflated, report = conflate_bike_lanes(oneway, lane(PAINTED, way))
    assert first(conflated) == ("lane", *expected)
    assert conflated.edges["oneway"].tolist() == ["forward"], "for vehicles nothing changes"
    assert report["contraflow_opened"]["edges"] == int(way != WITH)


def test_a_one_way_cycleway_stays_one_way_and_is_counted():
    oneway = street("cycleway", oneway="forward", bicycle_backward=False)
    conflated, report = conflate_bike_lanes(oneway, lane(TRACK, BOTH))
    assert first(conflated) == ("track", True, False)
    assert report["one_way_cycleways_kept"] == {"edges": 1, "km": 0.1}


@pytest.mark.parametrize(
    ("way", "expected"),
    [(BOTH, ("shared_path", True, True)), (WITH, ("none", False, False))],
)
def test_a_footpath_is_opened_by_lanes_for_both_directions_only(way, expected):
    footway = street("footway", bicycle_forward=False, bicycle_backward=False)
    conflated, _ = conflate_bike_lanes(footway, lane(SHARED_PATH, way))
    assert first(conflated) == expected


@pytest.mark.parametrize("name", ["motorway", "trunk", "trunk_link", "steps"])
def test_motorways_trunks_and_steps_take_no_lane(name):
    closed = street(name, bicycle_forward=False, bicycle_backward=False)
    conflated, _ = conflate_bike_lanes(closed, lane(TRACK, BOTH))
    assert first(conflated) == ("none", False, False)


LANES = st.lists(
    st.tuples(
        st.sampled_from(sorted(FACILITY_OF)),
        st.sampled_from([BOTH, WITH, AGAINST, "monodirezionale"]),
        st.lists(
            st.tuples(st.integers(-20, 220), st.integers(-20, 120)),
            min_size=2,
            max_size=4,
            unique=True,
        ),
    ),
    min_size=1,
    max_size=4,
)


def table(drawn: list[tuple[str, str, list[tuple[int, int]]]]) -> gpd.GeoDataFrame:
    x, y = ORIGIN
    return gpd.GeoDataFrame(
        {"tipologia": [kind for kind, _, _ in drawn], "marcia": [way for _, way, _ in drawn]},
        geometry=[shapely.LineString([(x + a, y - b) for a, b in at]) for _, _, at in drawn],
        crs=CRS,
    )


@given(drawn=LANES)
@settings(max_examples=40)
def test_nothing_is_closed_and_every_metre_is_accounted_for(drawn):
    streets, lanes = town(), table(drawn)
    conflated, report = conflate_bike_lanes(streets, lanes)
    for direction in ("bicycle_forward", "bicycle_backward"):
        assert (conflated.edges[direction] >= streets.edges[direction]).all()
    touched = ("cycle_facility", "bicycle_forward", "bicycle_backward")
    others = [column for column in streets.edges.columns if column not in touched]
    assert conflated.edges[others].equals(streets.edges[others])
    km = report["lanes"]
    assert km["km"] == pytest.approx(lanes.length.sum() / 1000, abs=0.002)
    assert km["matched_km"] + km["unmatched_km"] == pytest.approx(km["km"], abs=0.002)
    assert sum(report["matched_to_km"].values()) == pytest.approx(km["matched_km"], abs=0.01)


@given(drawn=LANES)
@settings(max_examples=40)
def test_a_lane_says_the_same_from_either_end(drawn):
    lanes = table(drawn)
    turned = lanes.set_geometry(shapely.reverse(lanes.geometry.array))
    one, _ = conflate_bike_lanes(town(), lanes)
    other, _ = conflate_bike_lanes(town(), turned)
    assert one.edges.equals(other.edges)


def test_no_lanes_change_nothing():
    streets = town()
    conflated, report = conflate_bike_lanes(streets, lane(TRACK, BOTH).iloc[:0])
    assert told(conflated).equals(told(streets))
    assert report["lanes"]["km"] == 0


def test_lanes_that_cannot_be_used_are_refused():
    streets, good = town(), lane(TRACK, BOTH)
    with pytest.raises(InputError, match=r"row 0, column tipologia.*'ferrata'"):
        conflate_bike_lanes(streets, good.assign(tipologia="ferrata"))
    with pytest.raises(InputError, match="marcia is missing"):
        conflate_bike_lanes(streets, good.drop(columns="marcia"))
    with pytest.raises(InputError, match="has no geometry"):
        conflate_bike_lanes(streets, good.set_geometry([None], crs=CRS))
    with pytest.raises(InputError, match="the city is in"):
        conflate_bike_lanes(streets, good.to_crs("EPSG:4326"))


@pytest.mark.parametrize(
    "options",
    [{"max_distance_m": 0}, {"max_path_distance_m": -1}, {"max_angle_deg": 91}, {"min_share": 2}],
)
def test_thresholds_that_make_no_sense_are_refused(options):
    with pytest.raises(ParameterError, match=next(iter(options))):
        conflate_bike_lanes(town(), lane(TRACK, BOTH), **options)
