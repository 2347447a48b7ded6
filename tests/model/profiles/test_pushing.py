"""Who may push a bicycle is on no street slower than on foot at that pace, and rides no stairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.model import profiles
from quartieri15.model.profiles import STEPS_FACTOR, TravelProfile

BIKES = ("bike_adult", "bike_65", "bike_low_stress")
ROWS = st.fixed_dictionaries(
    {
        "length_m": st.sampled_from([0.0, 1.0, 80.0, 333.3]),
        "highway": st.sampled_from(["footway", "residential", "primary", "steps"]),
        "foot": st.booleans(),
        "bicycle_forward": st.booleans(),
        "bicycle_backward": st.booleans(),
        "steps": st.booleans(),
        "cycle_facility": st.sampled_from(["none", "track", "lane"]),
        "stress": st.sampled_from([np.nan, 1.0, 4.0]),
        "surface": st.sampled_from([None, "asphalt", "sett"]),
        "grade": st.sampled_from([np.nan, 0.0, 0.2]),
        "maxspeed_kmh": st.just(np.nan),
    }
)


def street(**columns: Any) -> pd.DataFrame:
    row = {"length_m": 100.0, "highway": "residential", "foot": True, "steps": False}
    ridden = {"bicycle_forward": True, "bicycle_backward": True, "cycle_facility": "none"}
    return pd.DataFrame([row | ridden | {"maxspeed_kmh": np.nan} | columns])


def kmh(profile: TravelProfile, edges: pd.DataFrame) -> tuple[float, float]:
    forward, backward = profile.seconds(edges)
    return 360 / forward[0], 360 / backward[0]


@settings(max_examples=50)
@given(
    st.lists(ROWS, min_size=1, max_size=8),
    st.sampled_from(BIKES),
    st.sampled_from([(), ("rough_surfaces",)]),
    st.sampled_from([None, 0.08]),
)
def test_nobody_is_slower_by_bike_than_on_foot_at_pushing_pace(
    rows: list[dict[str, Any]], name: str, ground: tuple[str, ...], max_grade: float | None
) -> None:
    edges = pd.DataFrame(rows)
    base = profiles.get(name)
    rides = base.with_(refusals=(*base.refusals, *ground), max_grade=max_grade)
    walks = profiles.WALK_ADULT.with_(
        speed_kmh=rides.push_speed_kmh, refusals=("steps", *ground), max_grade=max_grade
    )
    for by_bike, on_foot in zip(rides.seconds(edges), walks.seconds(edges), strict=True):
        assert (by_bike <= on_foot).all()


@settings(max_examples=50)
@given(st.lists(ROWS, min_size=1, max_size=8), st.sampled_from(BIKES))
def test_getting_off_only_opens_and_hastens(rows: list[dict[str, Any]], name: str) -> None:
    edges = pd.DataFrame(rows)
    pushes = profiles.get(name)
    never = pushes.with_(push_speed_kmh=None)
    for one, other in zip(pushes.seconds(edges), never.seconds(edges), strict=True):
        assert (one <= other).all()
    stairs = edges["steps"].to_numpy()
    for seconds in never.seconds(edges):
        assert not np.isfinite(seconds[stairs]).any()
    fastest = pushes.push_speed_kmh / STEPS_FACTOR / 3.6
    for seconds in pushes.seconds(edges):
        assert (seconds[stairs] >= edges["length_m"].to_numpy()[stairs] / fastest).all()


@pytest.mark.parametrize(
    ("columns", "forward", "backward"),
    [
        ({}, 15.0, 15.0),
        # Against a one-way street, through a pedestrian passage, past a busy street.
        ({"bicycle_backward": False}, 15.0, 4.5),
        ({"bicycle_forward": False, "bicycle_backward": False}, 4.5, 4.5),
        ({"highway": "primary"}, 15.0, 15.0),
        # Where nobody walks nobody pushes.
        ({"foot": False, "bicycle_backward": False}, 15.0, 0.0),
        # Stairs: over the ramp where cycles are admitted, and not at all elsewhere.
        ({"steps": True}, 2.25, 2.25),
        ({"steps": True, "bicycle_backward": False}, 2.25, 0.0),
        ({"steps": True, "bicycle_forward": False, "bicycle_backward": False}, 0.0, 0.0),
    ],
)
def test_where_a_bicycle_is_pushed(
    columns: dict[str, Any], forward: float, backward: float
) -> None:
    assert kmh(profiles.BIKE_ADULT, street(**columns)) == pytest.approx((forward, backward))


def test_traffic_is_no_matter_to_who_pushes_but_the_ground_is() -> None:
    busy = street(highway="primary")
    assert kmh(profiles.BIKE_LOW_STRESS, busy) == pytest.approx((4.5, 4.5))
    assert kmh(profiles.BIKE_LOW_STRESS, busy.assign(foot=False)) == (0.0, 0.0)
    smooth = profiles.BIKE_LOW_STRESS.with_(refusals=("rough_surfaces", "stress_above_2"))
    assert kmh(smooth, busy.assign(surface="sett")) == (0.0, 0.0)
    flat = profiles.BIKE_LOW_STRESS.with_(max_grade=0.08)
    assert kmh(flat, busy.assign(grade=-0.1)) == (0.0, 0.0)


def test_stairs_may_take_longer_still() -> None:
    weak = profiles.BIKE_ADULT.with_(steps_factor=3)
    assert kmh(weak, street(steps=True)) == pytest.approx((1.5, 1.5))
    # Slower stairs slow nobody elsewhere.
    assert kmh(weak, street()) == pytest.approx((15, 15))


def test_what_a_cyclist_rides_is_counted_without_what_is_pushed() -> None:
    from tests.ascii_city import draw_streets

    streets = draw_streets("A--B--C", cell=50)
    streets.edges["highway"] = ["residential", "primary"]
    row = profiles.unknown_km(streets, "bike_low_stress").iloc[0]
    assert row["refused_km"] == pytest.approx(0.15)
