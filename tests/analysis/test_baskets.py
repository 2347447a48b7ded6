"""Law: who reaches none, one, two, ... services add up to everybody."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings

from quartieri15.analysis.baskets import basket
from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from tests.analysis.line_town import (
    in_reach,
    line_town,
    minutes_between,
    people_lists,
    percentile,
    place_lists,
)

if TYPE_CHECKING:
    from quartieri15.model.city import City

WALK = {"profile": "walk_75"}


@settings(max_examples=40)
@given(place_lists, people_lists)
def test_it_agrees_with_a_plain_count(places: list[float], people: list[tuple]) -> None:
    town = line_town(places, people)
    services = {"all": "houses", "first": town.places.iloc[:1], "even": "ex_csrc"}
    open_at = {"all": places, "first": places[:1], "even": places[::2]}
    table = basket(town, services, groups="over65", **WALK)
    row = table.iloc[0]
    number = [sum(any(in_reach(x, p) for p in at) for at in open_at.values()) for x, *_ in people]
    older = [n for *_, n in people]
    for k in range(4):
        there = sum(n for n, has in zip(older, number, strict=True) if has == k)
        assert row[f"reach_{k}"] == there
    for name, at in open_at.items():
        there = sum(n for x, _, n in people if any(in_reach(x, p) for p in at))
        assert row[f"reach_{name}"] == there
    last = [
        (max(min(minutes_between(x, p) for p in at) for at in open_at.values()), n)
        for x, _, n in people
    ]
    assert row["median_minutes_to_last"] == pytest.approx(percentile(last, 0.5), nan_ok=True)
    assert row["p90_minutes_to_last"] == pytest.approx(percentile(last, 0.9), nan_ok=True)
    if sum(older):
        assert row["share_all"] == pytest.approx(row["reach_3"] / sum(older))
        assert row["share_any"] == pytest.approx(1 - row["reach_0"] / sum(older))
        mean = sum(n * k for n, k in zip(older, number, strict=True)) / sum(older)
        assert row["mean_services"] == pytest.approx(mean)
        assert row["reason"] == ""
    else:
        assert math.isnan(row["share_all"])
        assert row["reason"] == "no_population"


@settings(max_examples=20)
@given(place_lists, people_lists)
def test_zones_add_up_and_one_service_is_coverage(places: list[float], people: list[tuple]) -> None:
    town = line_town(places, people)
    table = basket(town, {"house": "houses"}, by="nil", **WALK)
    cover = coverage(town, to="houses", by="nil", **WALK)
    assert table["reach_1"].tolist() == cover["covered"].tolist()
    assert table["reach_0"].tolist() == cover["uncovered"].tolist()
    # In a table of several groups each has its own mean: of one service, the share that reaches it.
    assert len(table) > 1
    np.testing.assert_allclose(table["mean_services"], table["share_any"])
    whole = basket(town, {"house": "houses"}, **WALK)
    sums = table.groupby("group", sort=False)["population"].sum()
    assert sums.tolist() == whole["population"].tolist()


def test_a_house_with_a_desk_is_both(milano: City) -> None:
    table = basket(milano, {"house": "houses", "desk": "wemi"}, groups="over65", **WALK)
    told = table.attrs["provenance"]
    assert len(told["shared_places"]) == 19
    assert told["services"]["desk"]["places_left_out"] == {"WEMI-06": "no_position"}
    row = table.iloc[0]
    assert row["reach_house"] + row["reach_desk"] == pytest.approx(
        row["reach_1"] + 2 * row["reach_2"]
    )


def test_what_makes_no_sense_is_refused() -> None:
    town = line_town([1000], [(1000, 0, 10)])
    for services, error, words in (
        ({}, ParameterError, "services is {}"),
        ("houses", ParameterError, "give places by name"),
        ({"": "houses"}, ParameterError, "give a text"),
        ({"2": "houses"}, ParameterError, "'2' is a number of services"),
        ({"house": "house"}, UnknownNameError, "houses"),
        ({"house": None}, InputError, r"services\['house'\]"),
    ):
        with pytest.raises(error, match=words):
            basket(town, services, **WALK)
    with pytest.raises(UnknownNameError, match="set of zones"):
        basket(town, {"house": "houses"}, by="place", **WALK)
