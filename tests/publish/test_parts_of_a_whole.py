"""Who knows a number, and is told some of its parts, does not find out a small one.

The oracle tries all whole numbers that the parts could be.
"""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quartieri15.publish.disclosure import rounded
from quartieri15.publish.parts_of_a_whole import LEAST_PART, parts_told

BASE = 10


def could_be(parts: list[int], told: np.ndarray) -> np.ndarray:
    """Every way in which the parts could be told like this, a row each."""
    whole = sum(parts)
    ranges = [
        range(whole + 1)
        if np.isnan(count) and part >= LEAST_PART * BASE
        else range(min(whole, int(LEAST_PART * BASE)) + 1)
        if np.isnan(count)
        else range(1)
        if count == 0
        else range(int(count) - BASE // 2, int(count) + BASE // 2 + 1)
        for part, count in zip(parts, told, strict=True)
    ]
    *others, last = ranges
    ways = [(*way, whole - sum(way)) for way in itertools.product(*others)]
    return np.array([way for way in ways if way[-1] in last])


@given(
    st.lists(st.one_of(st.just(0), st.integers(1, 16), st.integers(0, 45)), min_size=1, max_size=3)
)
@example([9, 9])
@example([1, 15])
@example([1, 15, 25])
@settings(max_examples=100)
def test_a_small_part_keeps_room(parts: list[int]) -> None:
    told = parts_told(np.array(parts, dtype=float), rounded(parts, BASE), BASE)
    ways = could_be(parts, told)
    assert (ways == parts).all(axis=1).any(), "the truth is among them"
    several = np.count_nonzero(parts) > 1
    for part, count, room in zip(parts, told, np.ptp(ways, axis=0), strict=True):
        assert not 0 < count < LEAST_PART * BASE
        assert (count == 0) == (part == 0)
        if 0 < part < BASE:
            assert room >= (min(BASE / 2, sum(parts)) if several else 0)


def test_parts_in_another_order_are_told_alike() -> None:
    for parts in itertools.permutations([1.0, 15.0, 16.0, 0.0]):
        told = parts_told(np.array(parts), rounded(parts, BASE), BASE)
        assert dict(zip(parts, np.nan_to_num(told, nan=-1), strict=True)) == {
            1.0: -1,
            15.0: -1,
            16.0: 20,
            0.0: 0,
        }


def test_what_is_large_is_told_as_it_is_rounded() -> None:
    parts = [15.0, 24.9, 1204.0]
    assert parts_told(np.array(parts), rounded(parts, BASE), BASE).tolist() == [20, 20, 1200]
