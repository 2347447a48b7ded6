"""Stress never falls with speed or lanes, nor rises with a cycle lane; a stated level wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import ParameterError
from quartieri15.model import profiles, stress
from quartieri15.model.schemas import CYCLE_FACILITIES
from tests.ascii_city import draw_streets

if TYPE_CHECKING:
    from quartieri15.model.city import City

CLASSES = ("residential", "unclassified", "tertiary", "secondary", "primary", "living_street")
SPEEDS = st.sampled_from([10.0, 20, 30, 40, 41, 48.3, 50, 56, 60, 61, 70, 90])


def level(highway: str, facility: str = "none", **columns: float) -> int:
    row = {"highway": highway, "cycle_facility": facility, "maxspeed_kmh": np.nan} | columns
    return int(stress.levels(pd.DataFrame([row]))[0])


@pytest.mark.parametrize(
    ("highway", "speed", "lanes", "expected"),
    [
        # Mekuria, Furth and Nixon 2012, mixed traffic: 25, 30 and 35 mph; 2-3, 4-5 and 6 lanes.
        ("residential", 40, 2, 1),
        ("tertiary", 40, 3, 2),
        ("tertiary", 40, 4, 3),
        ("tertiary", 40, 5, 3),
        ("tertiary", 40, 6, 4),
        ("residential", 50, 2, 2),
        ("tertiary", 50, 3, 3),
        ("tertiary", 50, 4, 4),
        ("residential", 60, 2, 4),
        ("tertiary", 60, 2, 4),
    ],
)
def test_mixed_traffic_is_the_table_of_2012(
    highway: str, speed: float, lanes: float, expected: int
) -> None:
    assert level(highway, maxspeed_kmh=speed, lanes=lanes) == expected


@pytest.mark.parametrize(
    ("highway", "facility", "expected"),
    [
        ("living_street", "none", 1),
        ("residential", "none", 2),
        ("unclassified", "none", 2),
        ("service", "none", 2),
        ("tertiary", "none", 3),
        ("tertiary", "lane", 2),
        ("tertiary", "shared_road", 3),
        ("secondary", "none", 4),
        ("secondary", "lane", 3),
        ("primary", "track", 1),
        ("primary;residential", "none", 4),
        ("residential;primary", "none", 4),
        ("footway;path", "none", 1),
        ("cycleway;tertiary", "lane", 2),
        ("trunk", "lane", 4),
        ("cycleway", "none", 1),
        ("footway", "crossing", 1),
        ("pedestrian", "none", 1),
        ("motorway", "none", 4),
    ],
)
def test_what_the_class_stands_for_where_nothing_else_is_known(
    highway: str, facility: str, expected: int
) -> None:
    assert level(highway, facility) == expected


@given(st.sampled_from(CLASSES), st.sampled_from(CYCLE_FACILITIES), SPEEDS, SPEEDS)
def test_a_lower_limit_never_adds_stress(
    highway: str, facility: str, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    slow = level(highway, facility, maxspeed_kmh=low)
    assert slow <= level(highway, facility, maxspeed_kmh=high)


@given(st.sampled_from(CLASSES), SPEEDS, st.integers(1, 8), st.integers(1, 8))
def test_fewer_lanes_or_a_lane_of_ones_own_never_add_stress(
    highway: str, speed: float, one: int, other: int
) -> None:
    few, many = sorted((one, other))
    for facility in CYCLE_FACILITIES:
        less, more = (level(highway, facility, maxspeed_kmh=speed, lanes=n) for n in (few, many))
        assert less <= more <= level(highway, maxspeed_kmh=speed, lanes=many)


@given(st.sampled_from(CLASSES), st.sampled_from([1.0, 2.0, 3.0, 4.0]))
def test_a_level_the_table_states_wins(highway: str, stated: float) -> None:
    assert level(highway, stress=stated) == stated
    assert level(highway, stress=np.nan) == level(highway)


def test_who_wants_calm_streets_rides_on_them_only() -> None:
    streets = draw_streets("A--B>>C--D")
    streets.edges["highway"] = ["residential", "residential", "primary"]
    rides = profiles.BIKE_LOW_STRESS.with_(push_speed_kmh=None)
    forward, backward = rides.allowed(streets.edges)
    assert forward.tolist() == [True, True, False]
    assert backward.tolist() == [True, False, False]
    brave = rides.with_(refusals=("stress_above_3",))
    assert brave.allowed(streets.edges)[0].tolist() == [True, True, False]


def test_parts_are_what_calm_streets_join() -> None:
    """60 m of calm streets, a busy bridge of 30 m, and 20 m more."""
    streets = draw_streets("A---B---C--D--E", cell=10)
    streets.edges["highway"] = ["residential", "residential", "primary", "residential"]
    parts = stress.low_stress_parts(streets)
    assert parts["km"].tolist() == pytest.approx([0.08, 0.03])
    assert parts["share"].tolist() == pytest.approx([8 / 11, 3 / 11])
    assert len(stress.low_stress_parts(streets, most=3)) == 2
    streets.edges["highway"] = "primary"
    assert stress.low_stress_parts(streets).empty
    with pytest.raises(ParameterError, match="give a level"):
        stress.low_stress_parts(streets, most=4)


def test_milano_of_low_stress_is_one_large_part_and_many_islands(milano: City) -> None:
    parts = stress.low_stress_parts(milano.streets)
    assert parts["share"].sum() == pytest.approx(1)
    assert 0.7 < parts["share"].iloc[0] < 0.75
    assert parts["share"].iloc[1] < 0.05
    levels = stress.levels(milano.streets.edges)
    assert set(np.unique(levels)) == {1, 2, 3, 4}
    conflated = milano.streets.edges["cycle_facility"].isin(["track", "shared_path"])
    assert (levels[conflated] == 1).all()
