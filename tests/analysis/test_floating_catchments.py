"""Law: what all people have together is the capacity of the places that somebody reaches."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.floating_catchments import LUO_QI_WEIGHTS, divided, floating_catchments
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.reach.times import travel_time_matrix
from tests.analysis.line_town import (
    WALK,
    in_reach,
    line_town,
    minutes_between,
    people_lists,
    place_lists,
)

if TYPE_CHECKING:
    from quartieri15.model.city import City

BANDS = (5.0, 10.0, 15.0)
capacities = st.lists(st.sampled_from([0.0, 1.0, 30.0, 120.0]), min_size=5, max_size=5)


def weight(one: float, other: float, bands: tuple, weights: tuple) -> float:
    for end, w in zip(bands, weights, strict=True):
        if in_reach(one, other, end):
            return w
    return 0.0


def oracle(
    places: list[float],
    room: list[float],
    people: list[tuple],
    *,
    bands: tuple,
    weights: tuple,
    steps: int,
) -> list[float]:
    """What each point has per person, with loops alone."""
    w = [[weight(x, p, bands, weights) for p in places] for x, *_ in people]
    chosen = [[(one / sum(row) if steps == 3 and sum(row) else 1.0) for one in row] for row in w]
    had = [0.0] * len(people)
    for j in range(len(places)):
        demand = sum(older * w[i][j] * chosen[i][j] for i, (_, _, older) in enumerate(people))
        for i in range(len(people)):
            if demand:
                had[i] += room[j] * w[i][j] * chosen[i][j] / demand
    return had


@settings(max_examples=40)
@given(place_lists, people_lists, capacities, st.sampled_from([2, 3]), st.sampled_from([1, 3]))
def test_it_agrees_with_plain_loops_and_nothing_is_lost_or_made(
    places: list[float], people: list[tuple], room: list[float], steps: int, number: int
) -> None:
    room = room[: len(places)]
    town = line_town(places, people, capacity=room)
    bands, weights = (BANDS, LUO_QI_WEIGHTS) if number == 3 else ((15.0,), (1.0,))
    found = floating_catchments(
        town, minutes=bands, capacity="capacity", steps=steps, by="nil", **WALK
    )
    expected = oracle(places, room, people, bands=bands, weights=weights, steps=steps)
    np.testing.assert_allclose(found.points["per_1000"], np.multiply(expected, 1000), rtol=1e-9)
    older = np.array([n for *_, n in people], dtype=float)
    reached = [any(in_reach(x, p) and n for x, _, n in people) for p in places]
    shared = sum(r for r, there in zip(room, reached, strict=True) if there)
    assert (found.points["per_1000"] * older).sum() / 1000 == pytest.approx(shared, rel=1e-9)
    # The mean over people is the capacity they reach divided by all of them.
    zones = found.zones
    had = (zones["per_1000"].fillna(0) * zones["population"]).sum() / 1000
    assert had == pytest.approx(shared, rel=1e-9)
    told = zones.attrs["provenance"]
    assert told["capacity_shared"] + told["capacity_unused"] == pytest.approx(sum(room))
    assert (
        found.places["reason"] == ["" if there else "nobody_in_reach" for there in reached]
    ).all()
    assert (zones["per_1000"].isna() == (zones["reason"] == "no_population")).all()


@settings(max_examples=15)
@given(place_lists, people_lists, capacities)
def test_pysal_says_the_same(places: list[float], people: list[tuple], room: list[float]) -> None:
    """PySAL access: two_stage_fca with and without weights by distance, and three_stage_fca."""
    fca = pytest.importorskip("access.fca")
    room = room[: len(places)]
    town = line_town(places, people, capacity=room)
    cost = pd.DataFrame(
        [
            (i, j, minutes_between(x, p))
            for i, (x, *_) in enumerate(people)
            for j, p in enumerate(places)
            if in_reach(x, p)
        ],
        columns=["origin", "dest", "cost"],
    )
    served = {
        j for j, p in enumerate(places) if any(in_reach(x, p) and older for x, _, older in people)
    }
    # It divides by zero where nobody is in reach.
    cost = cost[cost["dest"].isin(served)]
    if not len(cost):
        return
    demand = pd.DataFrame({"geoid": range(len(people)), "demand": [n for *_, n in people]})
    supplied = pd.DataFrame({"supply": room}, index=pd.RangeIndex(len(places), name="geoid"))

    def by_band(minutes: float) -> float:
        return next(w for e, w in zip(BANDS, LUO_QI_WEIGHTS, strict=True) if minutes <= e + 1e-9)

    names = {"demand_index": "geoid", "demand_name": "demand", "supply_name": "supply"}
    asked = {"to": "houses", "profile": "walk_75", "capacity": "capacity"}
    questions = [({"minutes": 15}, fca.two_stage_fca, None)]
    questions += [({"minutes": BANDS}, fca.two_stage_fca, by_band)]
    # It would have people choose among places that are left out here.
    if len(served) == len(places):
        questions += [({"minutes": BANDS, "steps": 3}, fca.three_stage_fca, by_band)]
    for ours, method, weights in questions:
        found = floating_catchments(town, **asked, **ours).points["per_1000"]
        fading = weights or (lambda _: 1.0)
        with warnings.catch_warnings():
            # Written for an older pandas.
            warnings.simplefilter("ignore", DeprecationWarning)
            theirs = method(demand, supplied, cost.copy(), None, weight_fn=fading, **names)
        expected = 1000 * theirs.reindex(range(len(people))).fillna(0)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("into", "out_of"), [(40, 40), (20, 40), (40, 20), (20, 20)])
@pytest.mark.parametrize("steps", [2, 3])
def test_the_hospitals_of_pysal(into: int, out_of: int, steps: int) -> None:
    """PySAL's own example: three tracts with doctors, weights of 1 / minutes, within an hour."""
    fca = pytest.importorskip("access.fca")
    tracts = pd.DataFrame({"pop": [100, 50, 10], "doc": [15, 20, 100]}, index=[1, 2, 3])
    tracts.index.name = "geoid"
    minutes = {(k, k): 1 for k in (1, 2, 3)} | {(1, 2): 80, (2, 1): 80}
    minutes |= {(1, 3): into, (2, 3): into, (3, 1): out_of, (3, 2): out_of}
    cost = pd.DataFrame(
        [(*pair, float(one)) for pair, one in minutes.items() if one < 61],
        columns=["origin", "dest", "cost"],
    )
    method = fca.two_stage_fca if steps == 2 else fca.three_stage_fca
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs = method(
            tracts[["pop"]].reset_index(),
            tracts[["doc"]],
            cost.copy(),
            60,
            demand_name="pop",
            supply_name="doc",
            weight_fn=lambda one: 1 / one,
        )
    *_, ours = divided(
        cost["origin"].to_numpy() - 1,
        cost["dest"].to_numpy() - 1,
        1 / cost["cost"].to_numpy(),
        people=tracts["pop"].to_numpy(dtype=float),
        capacity=tracts["doc"].to_numpy(dtype=float),
        steps=steps,
    )
    np.testing.assert_allclose(ours, theirs.sort_index(), rtol=1e-12)


def test_a_hand_computed_town() -> None:
    """Two houses; ten people at the first, ten at both within reach, the second farther away."""
    town = line_town([1000, 1600], [(1000, 0, 10), (1300, 0, 10)])
    found = floating_catchments(town, minutes=(5, 10, 15), by="city", **WALK)
    # 300 m are 5.6 minutes, 600 m are 11.25: weights 0.68 and 0.22.
    first, second = 10 + 0.68 * 10, 0.22 * 10 + 0.68 * 10
    assert found.places["demand"].tolist() == pytest.approx([first, second])
    assert found.places["in_reach"].tolist() == [20, 20]
    assert found.points["per_1000"].tolist() == pytest.approx(
        [1000 * (1 / first + 0.22 / second), 1000 * (0.68 / first + 0.68 / second)]
    )
    assert found.zones["per_1000"].item() == pytest.approx(100)
    assert found.zones["relative"].item() == pytest.approx(1)


def test_who_reaches_nothing_has_nothing_and_an_empty_zone_says_so() -> None:
    town = line_town([500], [(500, 0, 5), (3900, 0, 4)])
    found = floating_catchments(town, minutes=15, by="nil", **WALK)
    assert found.points["per_1000"].tolist() == pytest.approx([200, 0])
    assert found.zones["reason"].tolist() == ["", "no_population", "no_population", ""]
    assert found.zones["per_1000"].tolist() == pytest.approx(
        [200, math.nan, math.nan, 0], nan_ok=True
    )
    nobody = floating_catchments(
        town,
        minutes=15,
        by="nil",
        **WALK | {"to": town.places.assign(capacity=0.0)},
        capacity="capacity",
    )
    assert nobody.zones["reason"].tolist()[0] == "nothing_in_reach"


def test_what_makes_no_sense_is_refused() -> None:
    town = line_town(
        [1000, 2000], [(1000, 0, 10)], capacity=[30.0, None], rooms=[-1.0, 2.0], most=[1.0, 1e308]
    )
    for wrong, error, words in (
        ({"minutes": (5, 10)}, ParameterError, "2 bands and no weights"),
        ({"minutes": (10, 5)}, ParameterError, "ascending order"),
        ({"minutes": ()}, ParameterError, "ends of the bands"),
        ({"minutes": (5, None)}, ParameterError, "minutes is nan"),
        ({"weights": (1, 0.5)}, ParameterError, "give 3 numbers"),
        ({"weights": (0.5, 1, 0.2)}, ParameterError, "none above the one before"),
        ({"weights": (1, 0.5, 0)}, ParameterError, "above 0 and up to 1"),
        ({"weights": "heavy"}, ParameterError, "give numbers"),
        ({"steps": 4}, ParameterError, "use 2 or 3"),
        ({"steps": True}, ParameterError, "steps is True"),
        ({"capacity": "room"}, UnknownNameError, "rooms"),
        ({"capacity": 3}, ParameterError, "give a text"),
        ({"capacity": "capacity"}, InputError, "row 1, column capacity: the capacity is missing"),
        ({"capacity": "rooms"}, InputError, "row 0, column rooms: -1.0 is below 0"),
        ({"capacity": "most"}, InputError, r"row 1, column most: 1e\+308 is above 1e\+100"),
        ({"by": "place"}, UnknownNameError, "set of zones"),
    ):
        with pytest.raises(error, match=words):
            floating_catchments(town, **WALK | wrong)


def test_milano_shares_all_its_houses(milano: City) -> None:
    found = floating_catchments(milano, **WALK)
    zones = found.zones
    assert (zones["per_1000"] * zones["population"]).sum() / 1000 == pytest.approx(62, rel=1e-9)
    pairs = travel_time_matrix(milano, **WALK, minutes=15)
    assert found.points["places_in_reach"].sum() == len(pairs)
    assert zones.set_index("zone_id")["relative"].idxmin() == 3
