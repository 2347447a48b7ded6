"""Law: the choice is the best of all choices, and what is called a bound is one.

The oracle looks at every choice. A bound is summed up again in fractions, from nothing but the
levels it rests on.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.levels import check_levels
from quartieri15.planning.siting.subset import Stage, best_subset, greedy, in_order, interchange
from tests.planning.siting.instances import best_of_all, choices, gains_of, tables, total


def exact_bound(table: np.ndarray, n: int, level: np.ndarray) -> Fraction:
    """Sum of levels and of the n largest sums above them, without rounding."""
    above = [
        sum(
            (max(Fraction(g) - Fraction(v), Fraction(0)) for g, v in zip(col, level, strict=True)),
            Fraction(0),
        )
        for col in table.T
    ]
    return sum(map(Fraction, level), Fraction(0)) + sum(sorted(above)[::-1][:n], Fraction(0))


@settings(max_examples=150)
@given(table=tables(), n=st.integers(1, 5))
def test_it_is_the_best_of_all_choices(table: np.ndarray, n: int) -> None:
    found = best_subset(gains_of(table), n)
    best = best_of_all(table.shape[1], n, lambda chosen: total(table, chosen))
    assert found.value == pytest.approx(best, rel=1e-8, abs=1e-12)
    assert found.bound >= best * (1 - 1e-12)
    assert found.proven
    assert found.value == pytest.approx(total(table, found.chosen), abs=1e-9)
    assert len(found.chosen) <= n
    assert len(set(found.chosen.tolist())) == len(found.chosen)
    assert found.greedy <= found.swap * (1 + 1e-12) <= found.value * (1 + 1e-8)


@settings(max_examples=60)
@given(table=tables(), n=st.integers(1, 5))
def test_the_bound_is_one_whatever_the_solver_did(table: np.ndarray, n: int) -> None:
    certificate = best_subset(gains_of(table), n).certificate
    exact = exact_bound(table, n, certificate.level)
    assert Fraction(certificate.bound) >= exact
    assert certificate.bound <= float(exact) * (1 + 1e-9) + 1e-12
    best = best_of_all(table.shape[1], n, lambda chosen: total(table, chosen))
    assert exact >= Fraction(best) * Fraction(1 - 1e-12)


@settings(max_examples=80)
@given(
    table=tables(most=7),
    n=st.integers(1, 7),
    costs=st.lists(st.integers(0, 6), min_size=7, max_size=7),
    budget=st.integers(0, 15),
)
def test_what_is_chosen_can_be_paid_and_nothing_better_can(
    table: np.ndarray, n: int, costs: list[int], budget: int
) -> None:
    price = np.array(costs[: table.shape[1]], dtype=float)
    found = best_subset(gains_of(table), n, costs=price, budget=float(budget))
    assert price[found.chosen].sum() <= budget
    best = max(
        total(table, chosen)
        for chosen in choices(table.shape[1], n)
        if price[list(chosen)].sum() <= budget
    )
    assert found.value == pytest.approx(best, rel=1e-8, abs=1e-12)
    assert found.bound >= best * (1 - 1e-12)


@settings(max_examples=60)
@given(table=tables(), n=st.integers(1, 4), part=st.floats(0.3, 1.3))
def test_enough_is_answered_by_a_choice_or_by_a_bound(
    table: np.ndarray, n: int, part: float
) -> None:
    best = best_of_all(table.shape[1], n, lambda chosen: total(table, chosen))
    enough = best * part
    found = best_subset(gains_of(table), n, enough=enough)
    assert found.bound >= best * (1 - 1e-12)
    if part <= 1 - 1e-6:
        assert found.value >= enough * (1 - 1e-9)
    if part > 1 + 1e-6 and best > 0:
        assert found.bound < enough


@given(table=tables(), n=st.integers(1, 5))
def test_exchanges_never_lose_and_the_order_is_that_of_what_each_adds(
    table: np.ndarray, n: int
) -> None:
    gains = gains_of(table)
    first = np.arange(min(n, table.shape[1]))
    better = interchange(gains, first)
    assert gains.value(better) >= gains.value(first) * (1 - 1e-12)
    assert gains.value(in_order(gains, better)) == pytest.approx(gains.value(better))
    values = [0.0, *(gains.value(greedy(gains, k)) for k in range(1, n + 1))]
    added = np.diff(values)
    assert (added >= -1e-9).all()
    assert (np.diff(added) <= 1e-9).all()


@given(table=tables(), n=st.integers(1, 4))
def test_an_exchange_changes_what_it_is_said_to_change(table: np.ndarray, n: int) -> None:
    gains = gains_of(table)
    chosen = np.arange(min(n, table.shape[1]))
    gain, loss, kept = gains.swaps(chosen)
    for new in range(table.shape[1]):
        for place in range(len(chosen)):
            others = [*chosen[:place].tolist(), *chosen[place + 1 :].tolist(), new]
            if new in chosen:
                continue
            change = total(table, others) - total(table, chosen)
            assert gain[new] - loss[place] + kept[new, place] == pytest.approx(change, abs=1e-9)


def test_more_candidates_than_a_person_would_try_are_settled_and_many_threads_agree() -> None:
    seed = np.random.default_rng(5)
    points, candidates = seed.random((1500, 2)), seed.random((900, 2))
    far = np.hypot(*(points[:, None] - candidates[None]).transpose(2, 0, 1))
    table = np.where(far < 0.3, 0.3 - far, 0.0)
    gains = gains_of(table)
    found = best_subset(gains, 6, time_limit_s=30)
    assert found.proven
    assert found.value >= found.swap >= found.greedy
    ones = np.zeros(gains.points)
    one_by_one = [table[:, j].sum() for j in range(900)]
    assert np.allclose(gains.sums(ones), one_by_one)
    # A bound of a search cut short still is one.
    assert best_subset(gains, 6, time_limit_s=1e-3).bound >= found.value


def test_nothing_to_gain_is_nothing_chosen() -> None:
    empty = Gains(3, np.zeros(5, dtype=np.int64), np.empty(0, np.int32), np.empty(0))
    found = best_subset(empty, 2)
    assert len(found.chosen) == 0
    assert found.value == found.bound == found.gap == 0


@settings(max_examples=80)
@given(table=tables(), n=st.integers(1, 5), costs=st.none() | st.integers(0, 9))
def test_levels_are_summed_up_again_and_altered_ones_refused(
    table: np.ndarray, n: int, costs: int | None
) -> None:
    gains = gains_of(table)
    price = None if costs is None else np.arange(table.shape[1]) % 3 + 1.0
    budget = np.inf if costs is None else float(costs)
    found = best_subset(gains, n, costs=price, budget=budget)
    checked = check_levels(gains, found.certificate, found.chosen, costs=price, budget=budget)
    assert checked.value == pytest.approx(found.value)
    assert checked.bound >= found.value * (1 - 1e-9)
    assert checked.ruled_out + checked.left == table.shape[1]
    assert checked.left == len(found.certificate.remaining)
    if found.certificate.bound > 0:
        lower = dataclasses.replace(found.certificate, bound=found.certificate.bound * 0.99)
        with pytest.raises(InputError, match="below"):
            check_levels(gains, lower, found.chosen, costs=price, budget=budget)
    needed = Stage(np.zeros(gains.points), 0.0, found.chosen)
    if found.value > 0 and costs is None:
        wrong = dataclasses.replace(found.certificate, stages=(needed,))
        free = total(table, found.chosen)
        assert free > 0
        bound_without = exact_bound(table, n, np.zeros(gains.points))
        if bound_without > Fraction(free) * Fraction(1 + 1e-6):
            with pytest.raises(InputError, match="rules out"):
                check_levels(gains, wrong, found.chosen, costs=price, budget=budget)
