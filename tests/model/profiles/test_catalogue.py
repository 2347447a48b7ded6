"""Every traveller moves, says where the speed comes from, and can be changed without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from quartieri15.errors import ParameterError
from quartieri15.model import profiles
from tests.ascii_city import draw_streets

if TYPE_CHECKING:
    from quartieri15.model.city import City

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
    climbs = on_foot and "steps" not in profile.refusals
    # The one-way street is walked, on foot or beside the bicycle.
    assert may_backward.tolist() == [True, True, climbs]
    if not on_foot:
        assert backward[1] == pytest.approx(30 / profile.push_speed_kmh * 3.6)
        rides = profile.with_(push_speed_kmh=None)
        assert rides.allowed(streets.edges)[1].tolist() == [True, False, False]


SIX = ("walk_adult", "walk_65", "walk_75", "walk_80plus", "bike_adult", "bike_65")


@pytest.mark.parametrize("name", SIX)
def test_the_first_six_take_their_metres_at_their_speed_to_the_last_bit(
    milano: City, name: str
) -> None:
    edges = milano.streets.edges
    speeds = {"walk_adult": 4.5, "walk_65": 3.6, "walk_75": 3.2, "walk_80plus": 2.9}
    metres_a_second = (speeds | {"bike_adult": 15.0, "bike_65": 12.0})[name] / 3.6
    seconds = edges["length_m"].to_numpy() / metres_a_second
    walks = name.startswith("walk")
    open_to = ("foot", "foot") if walks else ("bicycle_forward", "bicycle_backward")
    who = profiles.get(name)
    found = who.seconds(edges, milano.streets.nodes)
    level = walks | ~edges["steps"].to_numpy()
    for column, got in zip(open_to, found, strict=True):
        expected = np.where(edges[column] & level, seconds, np.inf)
        if not walks:
            walked = (edges["foot"] & level).to_numpy()
            push = edges["length_m"].to_numpy() / (who.push_speed_kmh / 3.6)
            expected = np.minimum(expected, np.where(walked, push, np.inf))
            expected = np.where(level, expected, got)
        assert np.array_equal(got, expected)


def test_older_people_are_slower() -> None:
    speeds = [profiles.get(f"walk_{who}").speed_kmh for who in ("adult", "65", "75", "80plus")]
    assert speeds == sorted(speeds, reverse=True)
    assert profiles.BIKE_65.speed_kmh < profiles.BIKE_ADULT.speed_kmh


def test_a_small_child_and_wheels_have_their_limits() -> None:
    child, wheels, calm = profiles.WALK_WITH_CHILD, profiles.STEP_FREE, profiles.BIKE_LOW_STRESS
    assert child.speed_kmh < profiles.WALK_ADULT.speed_kmh
    assert child.steps_factor == profiles.STEPS_FACTOR
    assert {"steps", "raised_kerbs", "rough_surfaces", "wheelchair"} == set(wheels.refusals)
    assert wheels.max_grade == 0.08
    assert calm.refusals == ("stress_above_2",)
    assert calm.speed_kmh == profiles.BIKE_ADULT.speed_kmh
    for rides in (calm, profiles.BIKE_ADULT, profiles.BIKE_65):
        # Who pushes walks, at the pace of the access leg.
        assert rides.push_speed_kmh == rides.access_speed_kmh
        assert "art. 182" in rides.source


def test_a_name_of_the_library_is_taken() -> None:
    for change in ({"speed_kmh": 3}, {"mode": "bike"}, {"refusals": ["steps"]}):
        with pytest.raises(ParameterError, match=r"'walk_75': this name belongs.*another name"):
            profiles.get(profiles.WALK_75.with_(name="walk_75", **change))
    renamed = profiles.WALK_75.with_(label_en="grandma")
    assert profiles.get(renamed) is renamed


def test_what_is_neither_name_nor_profile_is_told() -> None:
    for wrong in (["walk_75"], None, 75):
        with pytest.raises(ParameterError, match="is neither a name nor a profile"):
            profiles.get(wrong)
