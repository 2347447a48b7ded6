"""Law: zones are ranked as ``find_gaps`` ranks them, and a list of ten holds ten."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import find_gaps
from quartieri15.analysis.sensitivity.ranking import gap_order, kendall_tau, top_frequency
from tests.analysis.toy_zones import row_of_zones, times_of


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 5.0, 10.0]), st.sampled_from([0.0, 5.0, 10.0])),
        min_size=1,
        max_size=6,
    )
)
def test_the_order_is_that_of_find_gaps_ties_and_empty_zones_included(
    parts: list[tuple[float, float]],
) -> None:
    people = [(zone, 100, count) for zone, pair in enumerate(parts, start=1) for count in pair]
    city = row_of_zones(people, zones=len(parts))
    reached = [minutes for _ in parts for minutes in (3.0, 40.0)]
    cover = coverage(
        city, to="houses", profile="walk_75", groups="over65", times=times_of(city, reached)
    )
    expected = find_gaps(city, cover, groups="over65")["zone_id"].tolist()
    covered, uncovered = np.array(parts).T
    place = gap_order(covered, uncovered, np.arange(1, len(parts) + 1))
    assert (np.argsort(place) + 1).tolist() == expected


def test_draws_are_ranked_each_on_its_own() -> None:
    uncovered = np.array([[1.0, 2, 3], [3.0, 2, 1]])
    place = gap_order(np.ones_like(uncovered), uncovered, np.array([7, 8, 9]))
    assert place.tolist() == [[3, 2, 1], [1, 2, 3]]
    assert top_frequency(place, uncovered, 1).tolist() == [0.5, 0, 0.5]


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_as_many_are_among_the_first_as_there_is_room_for_and_have_a_gap(
    top: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    uncovered = random.integers(0, 4, (20, 9)).astype(float)
    place = gap_order(np.ones_like(uncovered), uncovered, np.arange(9))
    frequencies = top_frequency(place, uncovered, top)
    expected = np.minimum((uncovered > 0).sum(axis=1), top).mean()
    assert frequencies.sum() == pytest.approx(expected)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=8), st.integers(0, 2**32 - 1))
def test_tau_counts_pairs_in_and_out_of_order(values: list[int], seed: int) -> None:
    one = np.array(values, dtype=float)
    other = np.random.default_rng(seed).integers(0, 6, len(one)).astype(float)
    agree = ties_one = ties_other = 0
    pairs = [(i, j) for i in range(len(one)) for j in range(i)]
    for i, j in pairs:
        agree += np.sign(one[i] - one[j]) * np.sign(other[i] - other[j])
        ties_one += one[i] == one[j]
        ties_other += other[i] == other[j]
    room = (len(pairs) - ties_one) * (len(pairs) - ties_other)
    found = kendall_tau(one, other)
    if room == 0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(agree / np.sqrt(room))
