"""The graph of an edited network is, array by array, the one that would be built of its tables."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.model import profiles
from quartieri15.reach.graph import Arcs, EdgeLines, TravelGraph, travel_graph
from tests.reach.town_edits import edited_streets, rebuilt_streets
from tests.reach.towns import towns

if TYPE_CHECKING:
    from quartieri15.model.city import City

TRAVELLERS = [
    profiles.WALK_75,
    profiles.STEP_FREE,
    profiles.BIKE_65,
    profiles.BIKE_LOW_STRESS,
    profiles.BIKE_ADULT.with_(push_speed_kmh=None),
    profiles.WALK_ADULT.with_(slope="tobler", steps_factor=2.0),
    profiles.WALK_ADULT.with_(crossing_wide_road_s=20.0),
]


def assert_same(one: Any, other: Any, where: str = "graph") -> None:
    """Compare two graphs to the last bit; where they come from is no matter."""
    assert type(one) is type(other), where
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        assert one.shape == other.shape, where
        same = one == other if one.dtype == object else one.tobytes() == other.tobytes()
        assert np.all(same), where
    elif isinstance(one, TravelGraph | Arcs | EdgeLines):
        for field in dataclasses.fields(one):
            if field.name != "before":
                assert_same(
                    getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}"
                )
    else:
        assert one == other, where


@settings(max_examples=70)
@given(data=st.data(), town=towns(), profile=st.sampled_from(TRAVELLERS))
def test_a_patched_graph_is_the_built_one(data: Any, town: City, profile: Any) -> None:
    streets = town.streets
    with contextlib.suppress(InputError):
        travel_graph(streets, profile)
    for _ in range(data.draw(st.integers(1, 3))):
        streets = edited_streets(data.draw, streets)
    try:
        expected = TravelGraph.build(rebuilt_streets(streets), profile)
    except InputError:
        with pytest.raises(InputError):
            travel_graph(streets, profile)
        return
    found = travel_graph(streets, profile)
    assert_same(found, expected)
    assert (found.outward is found.inward) == (expected.outward is expected.inward)
