"""Every traveller moves, says where the speed comes from, and can be changed without a trace."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from tests.ascii_city import draw_streets

EVERY = pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=lambda p: p.name)


@EVERY
def test_a_profile_states_its_source_and_its_labels(profile) -> None:
    assert profiles.get(profile.name) is profile
    assert f"{profile.speed_kmh:g} km/h" in profile.source
    assert profile.label_it != profile.label_en


@EVERY
def test_seconds_follow_permissions_and_speed(profile) -> None:
    streets = draw_streets("A--B>>C==D")
    forward, backward = profile.seconds(streets.edges)
    may_forward, may_backward = profile.allowed(streets.edges)
    assert (np.isfinite(forward) == may_forward).all()
    assert (np.isfinite(backward) == may_backward).all()
    assert forward[0] == pytest.approx(30 / profile.speed_kmh * 3.6)
    on_foot = profile.mode == "walk"
    assert may_backward.tolist() == [True, on_foot, on_foot]


def test_older_people_are_slower() -> None:
    speeds = [profiles.get(f"walk_{who}").speed_kmh for who in ("adult", "65", "75", "80plus")]
    assert speeds == sorted(speeds, reverse=True)
    assert profiles.BIKE_65.speed_kmh < profiles.BIKE_ADULT.speed_kmh


@given(st.floats(min_value=0.1, max_value=40))
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


def test_an_unknown_profile_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"'walk75'. Mend: did you mean walk_75"):
        profiles.get("walk75")
    with pytest.raises(UnknownNameError, match="unknown profile field 'sped_kmh'"):
        profiles.WALK_75.with_(sped_kmh=3)
    with pytest.raises(UnknownNameError, match="unknown mode 'fly'"):
        profiles.WALK_75.with_(mode="fly")
