"""Law: the ages around a place add up to the people around it, and so do the citizenships."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings

from quartieri15.analysis.catchment_profiles import catchment_profile
from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, UnknownNameError
from tests.analysis.line_town import WALK, in_reach, line_town, people_lists, place_lists

if TYPE_CHECKING:
    from quartieri15.model.city import City


@settings(max_examples=40)
@given(place_lists, people_lists)
def test_it_agrees_with_a_plain_count(places: list[float], people: list[tuple]) -> None:
    table = catchment_profile(line_town(places, people), **WALK)
    assert table["part"].unique().tolist() == ["0-64", "65+"]
    everyone = sum(younger + older for _, younger, older in people)
    for i, place in enumerate(places):
        rows = table[table["place_id"] == f"h{i}"]
        near = [(a, b) for x, a, b in people if in_reach(x, place)]
        there = [sum(a for a, _ in near), sum(b for _, b in near)]
        assert rows["people"].tolist() == there
        assert (rows["residents"] == sum(there)).all()
        if not sum(there):
            assert rows["share"].isna().all()
            assert (rows["reason"] == "nobody_in_reach").all()
            continue
        shares = [one / sum(there) for one in there]
        assert rows["share"].tolist() == pytest.approx(shares)
        for row, part, column in zip(rows.itertuples(), shares, (1, 2), strict=True):
            whole = sum(p[column] for p in people) / everyone
            assert row.city_share == pytest.approx(whole)
            if whole:
                assert row.ratio == pytest.approx(part / whole)
            else:
                assert math.isnan(row.ratio)
                assert row.reason == "not_in_city"


def test_every_age_is_told_that_the_city_counts() -> None:
    town = line_town([1000], [(1000, 60, 40), (1000, 100, 0)])
    counted = town.residents.assign(minors=[10.0, 20.0], over85=[5.0, 0.0])
    table = catchment_profile(replace(town, residents=counted), **WALK)
    assert dict(zip(table["part"], table["people"], strict=True)) == {
        "0-17": 30, "18-64": 130, "65-84": 35, "85+": 5,
    }  # fmt: skip


def test_some_places_are_told_in_the_order_asked_for() -> None:
    town = line_town([0, 1000, None], [(0, 5, 5)], confidence=["unverified", "one source", "x"])
    table = catchment_profile(town, ["h2", "h0"], **WALK)
    assert table["place_id"].tolist() == ["h2", "h2", "h0", "h0"]
    assert table["reason"].tolist() == ["not_on_streets", "not_on_streets", "", ""]
    assert table["position_in_doubt"].tolist() == [False, False, True, True]


def test_an_unknown_place_is_refused() -> None:
    town = line_town([0, 1000], [(0, 5, 5)])
    for wrong in ("h9", ["h0", "House 1"], True, 1.5, {"h0": 1}):
        with pytest.raises(UnknownNameError, match="unknown place"):
            catchment_profile(town, wrong, **WALK)
    with pytest.raises(InputError, match="no place is named"):
        catchment_profile(town, [], **WALK)


def test_milano_closes_on_coverage_and_the_published_shares(milano: City) -> None:
    """Comune di Milano 2021: 65 and over 311,777 and foreign 280,819 of 1,386,285 residents."""
    table = catchment_profile(milano, **WALK)
    ages = table[table["by"] == "age"]
    assert ages["part"].unique().tolist() == ["0-17", "18-64", "65-74", "75-84", "85+"]
    cover = coverage(milano, by="place", groups="residents", **WALK).set_index("zone_id")
    sums = ages.groupby("place_id", sort=False)["people"].sum()
    np.testing.assert_allclose(sums, cover["covered"], rtol=1e-9)
    citizens = table[table["by"] == "citizenship"].groupby("place_id", sort=False)["people"].sum()
    np.testing.assert_allclose(citizens, sums, rtol=1e-9)
    city = table.drop_duplicates("part").set_index("part")["city_share"]
    assert city["foreign"] == pytest.approx(280_819 / 1_386_285, rel=1e-6)
    assert city[["65-74", "75-84", "85+"]].sum() == pytest.approx(311_777 / 1_386_285, rel=1e-6)
