"""Law: as few candidates as possible, and never said that fewer cannot do when they can."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.set_covering import cover_everyone, fewest
from tests.planning.siting.instances import gains_of, lists_of, tables, total


@settings(max_examples=80)
@given(table=tables(), part=st.floats(0.1, 1.0))
def test_fewest_is_the_least_of_all_choices(table: np.ndarray, part: float) -> None:
    everything = total(table, range(table.shape[1]))
    assume(everything > 0)
    wanted = part * everything
    found = fewest(gains_of(table), wanted)
    least = next(
        k
        for k in range(table.shape[1] + 1)
        for chosen in itertools.combinations(range(table.shape[1]), k)
        if total(table, chosen) >= wanted * (1 - 1e-9)
    )
    assert found.least <= least <= len(found.chosen)
    assert found.proven
    assert found.value >= wanted * (1 - 2e-9)
    assert found.value == pytest.approx(total(table, found.chosen))


@settings(max_examples=80)
@given(table=tables())
def test_everyone_is_covered_by_the_fewest(table: np.ndarray) -> None:
    table = table[(table > 0).any(axis=1)]
    assume(len(table))
    found = cover_everyone(gains_of(table))
    least = next(
        k
        for k in range(1, table.shape[1] + 1)
        for chosen in itertools.combinations(range(table.shape[1]), k)
        if (table[:, list(chosen)] > 0).any(axis=1).all()
    )
    assert len(found.chosen) == least == found.least
    assert (table[:, found.chosen] > 0).any(axis=1).all()


def test_a_larger_cover_is_proven_by_a_part_of_its_rows() -> None:
    seed = np.random.default_rng(3)
    points, candidates = seed.random((600, 2)), seed.random((150, 2))
    far = np.hypot(*(points[:, None] - candidates[None]).transpose(2, 0, 1))
    near = far < 0.25
    indptr, rows, _ = lists_of(far, near)
    kept = near.any(axis=1)
    assert kept.all()
    found = cover_everyone(Gains(600, indptr, rows, np.ones(len(rows))))
    assert found.proven
    assert near[:, found.chosen].any(axis=1).all()
    stopped = cover_everyone(Gains(600, indptr, rows, np.ones(len(rows))), stop_above=3)
    assert stopped.least > 3
