"""A profile changed is another profile: it is told apart by its name, and must make sense."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles

if TYPE_CHECKING:
    from pathlib import Path


@given(st.floats(min_value=0.1, max_value=15))
def test_a_changed_speed_is_told(speed: float) -> None:
    changed = profiles.WALK_75.with_(speed_kmh=speed)
    assert changed.speed_kmh == changed.access_speed_kmh == speed
    assert profiles.WALK_75.speed_kmh == 3.2
    if speed != 3.2:
        assert changed.name == f"walk_75 at {speed} km/h"
        assert changed.source == "speed chosen by the user"


def test_a_cyclist_still_walks_to_the_street() -> None:
    assert profiles.BIKE_ADULT.with_(speed_kmh=18).access_speed_kmh == 4.5


@pytest.mark.parametrize("speed", [0, -3, math.nan, math.inf, "fast", None])
def test_who_does_not_move_is_refused(speed: object) -> None:
    with pytest.raises(ParameterError, match=r"profile 'walk_75.*: speed_kmh is"):
        profiles.WALK_75.with_(speed_kmh=speed)


@pytest.mark.parametrize("speed", [np.int64(3), np.float64(3.0), np.float32(3.5), np.uint8(3)])
def test_a_number_of_numpy_is_a_number(speed: np.number, tmp_path: Path) -> None:
    mine = profiles.WALK_75.with_(speed_kmh=speed)
    assert mine == profiles.WALK_75.with_(speed_kmh=speed.item())
    assert type(mine.speed_kmh) in (int, float)
    assert type(mine.access_speed_kmh) in (int, float)
    mine.to_yaml(tmp_path / "mine.yaml")
    assert profiles.from_yaml(tmp_path / "mine.yaml") == mine


def test_an_unknown_profile_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"'walk75'. Mend: did you mean walk_75"):
        profiles.get("walk75")
    with pytest.raises(UnknownNameError, match="unknown profile field 'sped_kmh'"):
        profiles.WALK_75.with_(sped_kmh=3)
    with pytest.raises(UnknownNameError, match="unknown mode 'fly'"):
        profiles.WALK_75.with_(mode="fly")
    with pytest.raises(UnknownNameError, match="unknown slope 'steep'"):
        profiles.WALK_75.with_(slope="steep")
    with pytest.raises(UnknownNameError, match=r"'step'. Mend: did you mean steps"):
        profiles.WALK_75.with_(refusals=("step",))


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("walk_75", {"steps_factor": 0.9}, "stairs are never quicker"),
        ("walk_75", {"steps_factor": True}, "steps_factor is True"),
        ("walk_75", {"crossing_wide_road_s": -1}, "nobody wins time by waiting"),
        ("walk_75", {"crossing_wide_road_s": math.nan}, "crossing_wide_road_s is nan"),
        ("walk_75", {"max_grade": -0.01}, "a grade is rise over run"),
        ("walk_75", {"max_grade": 8}, "8 % is 0.08"),
        ("walk_75", {"speed_kmh": 200}, "nobody travels on foot at more than 15 km/h"),
        ("walk_75", {"access_speed_kmh": 15.1}, "nobody travels on foot at more than 15 km/h"),
        ("bike_adult", {"speed_kmh": 60.1}, "nobody travels by bike at more than 60 km/h"),
        ("walk_75", {"speed_kmh": 10**400}, "it must be finite"),
        ("walk_75", {"refusals": "steps"}, "it is no list of rules"),
        ("walk_75", {"refusals": [["steps"]]}, "a rule is a text"),
        ("walk_75", {"refusals": ("stress_above_2",)}, "this rule is for mode 'bike'"),
        ("walk_75", {"label_it": " "}, "a profile must say it"),
        ("bike_adult", {"refusals": ("steps",)}, "this rule is for mode 'walk'"),
        ("bike_adult", {"slope": "tobler"}, "it is known for walking only"),
        ("bike_adult", {"crossing_wide_road_s": 5}, "it is known for walking only"),
        ("bike_adult", {"push_speed_kmh": 0}, "a traveller must move"),
        ("bike_adult", {"push_speed_kmh": "slow"}, "a traveller must move"),
        ("bike_adult", {"push_speed_kmh": 15.5}, "nobody pushes a bicycle faster"),
        ("bike_adult", {"speed_kmh": 4}, "push_speed_kmh is 4.5, but nobody pushes"),
        ("walk_75", {"push_speed_kmh": 3}, "nobody pushes anything on foot"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, changes: dict[str, object], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        profiles.get(name).with_(**changes)


def test_every_change_of_a_time_is_told_in_the_name() -> None:
    changed = profiles.WALK_75.with_(slope="tobler", max_grade=0.08)
    assert changed.name == "walk_75, slope tobler, max_grade 0.08"
    assert changed.with_(speed_kmh=2.5).name == "walk_75 at 2.5 km/h, slope tobler, max_grade 0.08"
    assert changed.with_(max_grade=0.05).name == "walk_75, slope tobler, max_grade 0.05"
    assert profiles.STEP_FREE.with_(refusals=()).name == "step_free, refusals none"
    assert profiles.WALK_75.with_(mode="bike").name == "walk_75, mode bike"
    assert profiles.WALK_75.with_(label_en="grandma").name == "walk_75"
    assert profiles.WALK_75.with_(refusals=["steps"], name="mine").name == "mine"


def test_another_pace_off_the_streets_is_told_in_the_name() -> None:
    other = profiles.WALK_75.with_(access_speed_kmh=2)
    assert other.name == "walk_75, access_speed_kmh 2"
    assert other.with_(speed_kmh=2.5).name == "walk_75 at 2.5 km/h, access_speed_kmh 2"
    slow = profiles.WALK_75.with_(speed_kmh=2.5, access_speed_kmh=3.2)
    assert slow.name == "walk_75 at 2.5 km/h, access_speed_kmh 3.2"
    rides = profiles.WALK_75.with_(mode="bike", speed_kmh=12)
    assert (rides.name, rides.access_speed_kmh) == ("walk_75 at 12 km/h, mode bike", 3.2)


def test_whether_a_bicycle_is_pushed_is_told_in_the_name() -> None:
    assert profiles.BIKE_65.with_(push_speed_kmh=None).name == "bike_65, push_speed_kmh None"
    assert profiles.BIKE_65.with_(push_speed_kmh=3).name == "bike_65, push_speed_kmh 3"
    walks = profiles.BIKE_ADULT.with_(mode="walk", speed_kmh=4)
    assert (walks.name, walks.push_speed_kmh) == ("bike_adult at 4 km/h, mode walk", None)


def test_refusals_in_any_order_are_the_same_profile() -> None:
    one = profiles.WALK_75.with_(refusals=("wheelchair", "steps", "steps"), name="one")
    assert one == profiles.WALK_75.with_(refusals=["steps", "wheelchair"], name="one")
    assert hash(one) == hash(one.with_())
    assert one.refusals == ("steps", "wheelchair")


def test_what_scales_with_the_pace() -> None:
    assert profiles.STEP_FREE.with_(slope="tobler").scales_with_pace
    assert not profiles.WALK_75.with_(crossing_wide_road_s=20).scales_with_pace
    assert not profiles.BIKE_ADULT.scales_with_pace
    slow = profiles.BIKE_ADULT.with_(speed_kmh=4.5)
    assert slow.scales_with_pace
    assert not slow.with_(push_speed_kmh=3).scales_with_pace
