"""The largest gap is where most people are left uncovered; nobody's area vanishes from the list."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import REASONS, find_gaps
from quartieri15.errors import InputError, UnknownNameError
from tests.analysis.toy_zones import row_of_zones, times_of

if TYPE_CHECKING:
    from quartieri15.model.city import City

NAN = math.nan


def covered(city: City, reached: list[float], **changes: object) -> pd.DataFrame:
    return coverage(
        city, times=times_of(city, reached), **{"to": "houses", "profile": "walk_75"} | changes
    )


@pytest.fixture
def city() -> City:
    """NIL 1 covered, NIL 2 half, NIL 3 far away, NIL 4 cut off, NIL 5 empty."""
    people = [(1, 100, 20), (2, 50, 10), (2, 50, 10), (3, 100, 60), (4, 10, 8)]
    return row_of_zones(people, zones=5, places_in=[1, 2])


TIMES = [3.0, 10.0, 16.0, 40.0, NAN]


def test_areas_are_ranked_by_uncovered_people_and_the_empty_stand_last(city: City) -> None:
    gaps = find_gaps(city, covered(city, TIMES), groups="over65")
    assert gaps["zone_id"].tolist() == [3, 2, 4, 1, 5]
    assert gaps["rank"].tolist() == [1, 2, 3, pd.NA, pd.NA]
    assert gaps["uncovered"].tolist() == [60, 10, 8, 0, 0]
    assert gaps["score"].tolist() == pytest.approx([60 / 78, 10 / 78, 8 / 78, 0, 0])
    assert gaps["density_per_km2"].tolist() == [60, 20, 8, 20, 0]
    assert gaps["incidence"].tolist()[:4] == pytest.approx([0.6, 0.2, 0.8, 0.2])
    assert gaps.crs == city.crs
    for _, row in gaps.iterrows():
        assert row["geometry"].equals(city.zones["nil"].set_index("id").geometry[row["zone_id"]])


@pytest.mark.parametrize("name", ["population", "covered", "uncovered"])
def test_a_count_that_is_not_known_is_not_one_of_nobody(city: City, name: str) -> None:
    cover = covered(city, TIMES)
    cover.loc[2, name] = NAN
    with pytest.raises(InputError, match=f"cover, row 2, column {name}: nan is not a number"):
        find_gaps(city, cover, groups="over65")


def test_the_reasons_can_be_read(city: City) -> None:
    gaps = find_gaps(city, covered(city, TIMES), groups="over65").set_index("zone_id")
    assert gaps.loc[3, "reason_codes"].split() == [
        *("nobody_covered", "no_place_inside", "far", "dense", "concentrated")
    ]
    assert gaps.loc[4, "reason_codes"].split() == [
        *("nobody_covered", "no_place_inside", "cut_off", "concentrated")
    ]
    assert gaps.loc[2, "reason_codes"] == "partly_covered"
    assert gaps.loc[1, "reasons"] == "everybody of this group is covered"
    assert gaps.loc[5, "reasons"] == "nobody of this group lives here"
    assert gaps.loc[4, "reasons"].startswith("nobody of this group is covered; no place within")


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(0, 50), st.sampled_from([5.0, 30.0, NAN])),
        max_size=12,
        min_size=1,
    )
)
@settings(max_examples=40)
def test_every_area_stands_once_per_group_and_scores_add_up_to_one(points: list[tuple]) -> None:
    city = row_of_zones([(k, n, n / 2) for k, n, _ in points], zones=5)
    cover = covered(city, [t for *_, t in points])
    gaps = find_gaps(city, cover, groups=("residents", "over65"))
    for group, rows in gaps.groupby("group"):
        assert sorted(rows["zone_id"]) == [1, 2, 3, 4, 5]
        uncovered = cover.loc[cover["group"] == group, "uncovered"].sum()
        assert rows["score"].sum() == pytest.approx(1 if uncovered else 0)
        assert (np.diff(rows["uncovered"]) <= 0).all()
        ranked = rows["rank"].notna()
        assert rows.loc[ranked, "rank"].tolist() == list(range(1, ranked.sum() + 1))
        assert (ranked == (rows["uncovered"] > 0)).all()
        assert rows["reason_codes"].str.split().explode().isin(REASONS).all()


def test_ties_stand_in_the_order_of_their_share_then_their_id() -> None:
    city = row_of_zones([(1, 9, 5), (2, 9, 5), (2, 9, 5), (3, 9, 5)], zones=3)
    gaps = find_gaps(city, covered(city, [NAN, NAN, 1.0, NAN]), groups="over65")
    assert gaps["zone_id"].tolist() == [1, 3, 2]


def test_incidence_needs_all_residents_from_the_coverage_or_the_zones(city: City) -> None:
    cover = covered(city, TIMES, groups="over65")
    assert find_gaps(city, cover, groups="over65")["incidence"].isna().all()
    nil = city.zones["nil"].assign(residents=[100.0, 100, 100, 10, 0])
    city = dataclasses.replace(city, zones={**city.zones, "nil": nil})
    assert find_gaps(city, cover, groups="over65")["incidence"].iloc[0] == pytest.approx(0.6)


def test_nothing_given_is_changed(city: City) -> None:
    cover = covered(city, TIMES)
    before = cover.copy()
    find_gaps(city, cover, groups="over65")
    pd.testing.assert_frame_equal(cover, before)


def test_only_one_coverage_by_zones_will_do(city: City) -> None:
    cover = covered(city, TIMES)
    with pytest.raises(InputError, match="gaps are areas, and this coverage is by city"):
        find_gaps(city, covered(city, TIMES, by="city"), groups="over65")
    two = pd.concat([cover, covered(city, TIMES, minutes=10)])
    with pytest.raises(InputError, match=r"column minutes: it holds 2 values \(15.0, 10.0\)"):
        find_gaps(city, two, groups="over65")
    with pytest.raises(InputError, match="column by is missing"):
        find_gaps(city, cover.drop(columns="by"), groups="over65")
    with pytest.raises(UnknownNameError, match="over65"):
        find_gaps(city, cover, groups="over66")
    with pytest.raises(UnknownNameError, match="group of this coverage"):
        find_gaps(city, covered(city, TIMES, groups="residents"), groups="over65")
