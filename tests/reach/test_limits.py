"""Law: what takes exactly the minutes asked for is within them, whoever is asked."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import quartieri15 as q15
from quartieri15.reach import snapping
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.trips import LIMIT_TOLERANCE_S, in_time, limit_seconds, told_minutes
from tests.ascii_city import draw_city


def straight(metres: float) -> q15.City:
    """A straight street from a house: ten people live so far away, and one farther."""
    return draw_city(
        "A--------B----C",
        cell=metres / 8,
        places={"house": (0.0, 0.0)},
        people={(8.0, 0.0): 10.0, (8.1, 0.0): 1.0},
    )


LONG, THIRD = straight(800), straight(1000 / 3)


def covered(city: q15.City, profile: q15.TravelProfile, minutes: float) -> dict[str, float]:
    """How many of all doors let the people in who live exactly so far away."""
    ask = {"to": "houses", "profile": profile}
    there = city.residents.geometry.iloc[0]
    times = q15.travel_times(city, minutes=minutes, **ask)
    matrix = q15.travel_time_matrix(city, minutes=minutes, **ask)
    by = {"by": "city", "groups": "residents", "minutes": minutes}
    one = q15.PaceDistribution.one(profile.speed_kmh)
    streets = q15.reached_streets(city, "houses", profile=profile, minutes=minutes)
    areas = q15.catchments(city, "houses", profile=profile, minutes=(minutes / 2, minutes))
    bands = q15.bands(areas)
    surface = q15.travel_time_surface(city, "houses", profile=profile, minutes=minutes)
    assert times["minutes"].max() <= minutes
    assert matrix["minutes"].max() <= minutes
    assert streets["minutes_to"].max() <= minutes
    assert np.nanmax(surface.minutes) <= np.float32(minutes)
    return {
        "times": float(np.isfinite(times["minutes"].iloc[0])),
        "matrix": float((matrix["origin_id"] == "r0").sum()),
        "loads": q15.street_loads(city, minutes=minutes, **ask).attrs["people_served"]["house"],
        "coverage": q15.coverage(city, **ask, **by)["covered"][0],
        "coverage with times": q15.coverage(city, times=q15.travel_times(city, **ask), **ask, **by)[
            "covered"
        ][0],
        "coverage by place": q15.coverage(city, **ask, **(by | {"by": "place"}))["covered"][0],
        "one pace of many": q15.expected_coverage(
            city, to="houses", distribution=one, profile=profile, **by
        )["covered"][0],
        "streets": float(streets.distance(there).min() < 1e-6),
        "area": float(areas.geometry.iloc[1].covers(there)),
        "band": float(bands.geometry.iloc[1].covers(there)),
    }


ONE = {"times": 1, "matrix": 1, "streets": 1, "area": 1, "band": 1}
TEN = dict.fromkeys(
    ["loads", "coverage", "coverage with times", "coverage by place", "one pace of many"], 10
)


def test_eight_hundred_metres_at_three_point_two_km_h_are_fifteen_minutes() -> None:
    assert covered(LONG, q15.profiles.WALK_75, 15) == ONE | TEN


@settings(max_examples=4)
@given(
    speed=st.floats(1.0, 7.0).map(lambda speed: round(speed, 3)),
    town=st.sampled_from([(LONG, 800.0), (THIRD, 1000 / 3)]),
)
def test_every_door_opens_at_the_same_minute(speed: float, town: tuple[q15.City, float]) -> None:
    city, metres = town
    profile = q15.profiles.WALK_ADULT.with_(speed_kmh=speed)
    assert covered(city, profile, metres / 1000 / speed * 60) == ONE | TEN


def test_the_tolerance_is_a_micrometre_and_no_more() -> None:
    assert limit_seconds(15) == 900 + LIMIT_TOLERANCE_S
    assert limit_seconds(None) == np.inf
    just, more = 15 + 0.9e-6 / 60, 15 + 1.1e-6 / 60
    assert in_time(np.array([15.0, just, more, np.inf, np.nan]), 15).tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert told_minutes(np.array([899.0, 900 + 5e-7]), 15).tolist() == [899 / 60, 15]
    assert told_minutes(np.array([901.0]), None).tolist() == [901 / 60]


def test_a_gap_is_far_only_beyond_the_threshold() -> None:
    cover = q15.coverage(LONG, to="houses", profile="walk_75", minutes=15)
    gaps = q15.find_gaps(LONG, cover, groups="residents")
    # Of eleven people ten live at the limit, so that the median is it.
    assert cover.set_index("group").loc["residents", "median_minutes"] == pytest.approx(15)
    assert "far" not in gaps["reason_codes"].iloc[0].split()


@pytest.mark.parametrize("offset", [0.0, 0.1, 1 / 3])
def test_a_street_exactly_so_far_away_is_near_enough(offset: float) -> None:
    graph = travel_graph(LONG.streets, q15.profiles.WALK_75)
    x, y = shapely.get_coordinates(LONG.houses.geometry)[0] + [100 + offset, offset]
    y -= offset
    points = np.array([[x, y + 250.0], [x, y + 1000.0], [x, y + 1000.001]])
    snapped = snapping.snap(graph, points, role="start")
    assert [snapping.STATUSES[code] for code in snapped.status] == ["ok", "far", "no_street"]
