"""Law: the shares are the mean over all orders of opening, and add up to what all places do."""

from __future__ import annotations

from itertools import chain, permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.contributions import contributions, shares_of_best
from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.reach.times import travel_times
from tests.analysis.line_town import (
    WALK,
    in_reach,
    line_town,
    minutes_between,
    people_lists,
    place_lists,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quartieri15.model.city import City


def worth(places: Sequence[float], people: list[tuple], value: str) -> float:
    """What some places do together for people over 65, in plain Python."""
    total = 0.0
    for x, _, older in people:
        if value == "coverage":
            total += older * any(in_reach(x, p) for p in places)
        else:
            total += older * max((max(0.0, 15 - minutes_between(x, p)) for p in places), default=0)
    return total


def over_all_orders(players: list, value_of: Callable[[list], float]) -> list[float]:
    """The mean of what each player adds, over every order in which they may come."""
    sums, orders = [0.0] * len(players), list(permutations(range(len(players))))
    for order in orders:
        come, before = [], 0.0
        for player in order:
            come.append(players[player])
            after = value_of(come)
            sums[player] += after - before
            before = after
    return [one / len(orders) for one in sums]


@settings(max_examples=40)
@given(place_lists, people_lists, st.sampled_from(["coverage", "minutes"]))
def test_the_shares_are_those_of_all_orders(
    places: list[float], people: list[tuple], value: str
) -> None:
    table = contributions(line_town(places, people), value=value, **WALK)
    everything = worth(places, people, value)
    shares = over_all_orders(places, lambda come: worth(come, people, value))
    np.testing.assert_allclose(table["shapley"], shares, rtol=0, atol=1e-6)
    assert table["shapley"].sum() == pytest.approx(everything, rel=1e-9, abs=1e-9)
    assert table.attrs["provenance"]["total"] == pytest.approx(everything, rel=1e-9, abs=1e-9)
    for i, row in table.iterrows():
        others = [p for j, p in enumerate(places) if j != i]
        assert row["alone"] == pytest.approx(worth([places[i]], people, value), abs=1e-6)
        lost = everything - worth(others, people, value)
        assert row["marginal"] == pytest.approx(lost, abs=1e-6)
    assert (table["marginal"] <= table["shapley"] + 1e-9).all()
    assert (table["shapley"] <= table["alone"] + 1e-9).all()
    if everything:
        assert table["shapley_share"].sum() == pytest.approx(1, abs=1e-9)
    else:
        assert table["shapley_share"].isna().all()
        assert (table["reason"] == "nobody_in_reach").all()


@settings(max_examples=30)
@given(place_lists, people_lists, st.sampled_from(["coverage", "minutes"]))
def test_networks_are_players_like_places(
    places: list[float], people: list[tuple], value: str
) -> None:
    table = contributions(line_town(places, people), value=value, by="kind", **WALK)
    networks = [one for one in (places[::2], places[1::2]) if one]
    shares = over_all_orders(networks, lambda come: worth([*chain(*come)], people, value))
    np.testing.assert_allclose(table["shapley"], shares, rtol=0, atol=1e-6)
    assert table["place_id"].tolist() == ["ex_csrc", "ex_cam"][: len(networks)]
    assert table["places"].tolist() == [len(one) for one in networks]


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.floats(0, 9), min_size=4, max_size=4), min_size=1, max_size=6),
    st.lists(st.floats(0, 99), min_size=6, max_size=6),
)
def test_any_benefits_are_shared_as_over_all_orders(
    benefit: list[list[float]], weights: list[float]
) -> None:
    given_to = np.array(benefit)
    people = np.array(weights[: len(benefit)])
    point, player = (one.ravel() for one in np.indices(given_to.shape))
    alone, marginal, shapley = shares_of_best(point, player, given_to.ravel(), people, 4)

    def value_of(come: list[int]) -> float:
        return float((given_to[:, come].max(axis=1) * people).sum()) if come else 0.0

    scale = 1 + value_of([0, 1, 2, 3])
    np.testing.assert_allclose(
        shapley, over_all_orders([0, 1, 2, 3], value_of), rtol=0, atol=1e-9 * scale
    )
    assert shapley.sum() == pytest.approx(value_of([0, 1, 2, 3]), rel=1e-9, abs=1e-9)
    for one in range(4):
        rest = [other for other in range(4) if other != one]
        assert alone[one] == pytest.approx(value_of([one]), abs=1e-9 * scale)
        lost = value_of([0, 1, 2, 3]) - value_of(rest)
        assert marginal[one] == pytest.approx(lost, abs=1e-9 * scale)


def test_two_places_at_one_door_share_evenly_and_neither_would_be_missed() -> None:
    town = line_town([1000, 1000, 3000], [(1000, 0, 10), (3000, 0, 4)])
    table = contributions(town, **WALK)
    assert table["alone"].tolist() == [10, 10, 4]
    assert table["marginal"].tolist() == [0, 0, 4]
    assert table["shapley"].tolist() == [5, 5, 4]


def test_a_place_without_a_position_adds_nothing_and_says_why() -> None:
    doubt = {"confidence": ["verified by two sources", "unverified", "unverified"]}
    town = line_town([1000, None, 1200], [(1000, 0, 10)], **doubt)
    table = contributions(town, **WALK)
    assert table["reason"].tolist() == ["", "not_on_streets", ""]
    assert table["shapley"].tolist() == [5, 0, 5]
    assert table["positions_in_doubt"].tolist() == [0, 0, 1]
    assert table.attrs["provenance"]["places_left_out"] == {"h1": "no_position"}
    networks = contributions(town, by="kind", **WALK)
    assert networks["reason"].tolist() == ["", "not_on_streets"]
    assert networks["positions_in_doubt"].tolist() == [1, 0]


def test_what_makes_no_sense_is_refused() -> None:
    town = line_town([1000], [(1000, 0, 10)], quarter=[None])
    for wrong, error, words in (
        ({"value": "euro"}, ParameterError, "use 'coverage'"),
        ({"group": ["over65"]}, ParameterError, "name one group"),
        ({"group": "over_65"}, UnknownNameError, "over65"),
        ({"by": "kinds"}, UnknownNameError, "kind"),
        ({"by": 3}, ParameterError, "a column of the places"),
        ({"by": "quarter"}, InputError, r"to, row 0, column quarter: the value is missing"),
        ({"minutes": 0}, ParameterError, "minutes is 0"),
        ({"to": "house"}, UnknownNameError, "houses"),
    ):
        with pytest.raises(error, match=words):
            contributions(town, **WALK | wrong)


def test_an_id_that_stands_twice_is_refused() -> None:
    town = line_town([1000, 1500], [(1000, 0, 10)])
    twice = town.places.assign(id="h0")
    with pytest.raises(InputError, match="the id 'h0' stands twice"):
        contributions(town, **WALK | {"to": twice})


def test_milano_agrees_with_coverage_and_travel_times(milano: City) -> None:
    table = contributions(milano, **WALK)
    cover = coverage(milano, by="place", groups="over65", **WALK)
    np.testing.assert_allclose(table["alone"], cover["covered"], rtol=1e-9)
    np.testing.assert_allclose(table["marginal"], cover["exclusive"], rtol=1e-9, atol=1e-6)
    city = coverage(milano, by="city", groups="over65", **WALK)["covered"].item()
    assert table["shapley"].sum() == pytest.approx(city, rel=1e-9)
    desks = contributions(milano, by="network", **WALK | {"to": "wemi"})
    assert desks["places"].tolist() == [19, 7]
    assert desks["marginal"].tolist() == pytest.approx([55_310, 11_550], abs=5)
    beside = contributions(milano, by="network", **WALK | {"to": "places"})
    assert beside["marginal"].iloc[1] == pytest.approx(1_960, abs=5)
    saved = contributions(milano, value="minutes", minutes=60, **WALK)
    nearest = travel_times(milano, **WALK)["minutes"].clip(upper=60).fillna(60)
    gained = (milano.residents["over65"] * (60 - nearest)).sum()
    assert saved["shapley"].sum() == pytest.approx(gained, rel=1e-9)
