"""An index of equality is 0 for equal, rises with a transfer to the better-off, and adds up.

It does not see how many people there are (population principle) nor in which unit they are measured
(scale invariance), and a count of people is what a list with one row per person would say.
"""

from __future__ import annotations

import math

import libpysal
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inequality.gini import Gini
from inequality.theil import Theil, TheilD

from quartieri15.analysis.inequality import fgt, gini, theil, theil_parts
from quartieri15.errors import InputError, ParameterError, Quartieri15Error

MEASURES = (gini, theil)
VALUES = st.lists(st.integers(0, 60), min_size=2, max_size=12)
PEOPLE = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 4), st.sampled_from("abc")),
    min_size=1,
    max_size=12,
).filter(lambda rows: any(n for _, n, _ in rows))


def one_row_each(values: list, people: list[int]) -> list:
    return [value for value, n in zip(values, people, strict=True) for _ in range(n)]


def gini_of_pairs(values: list[float]) -> float:
    """Half the mean absolute difference over the mean, pair by pair."""
    total = sum(abs(a - b) for a in values for b in values)
    mean = sum(values) / len(values)
    return total / len(values) ** 2 / (2 * mean) if mean else 0.0


def test_small_cases_by_hand() -> None:
    assert gini([1, 3]) == pytest.approx(0.25)  # |1-3| twice of four pairs, over 2 x 2
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert theil([1, 3]) == pytest.approx((0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2)
    assert theil([0, 2]) == pytest.approx(math.log(2))
    assert [fgt([10, 20, 30], 15, order=k) for k in (0, 1, 2)] == pytest.approx(
        [2 / 3, (5 / 15 + 1) / 3, (1 / 9 + 1) / 3]
    )


@given(VALUES)
def test_gini_and_theil_are_those_of_pysal(values: list[int]) -> None:
    # PySAL wants somebody who has something, and adds a trifle to what is 0.
    some = np.array([*values, 1.0])
    assert gini(some) == pytest.approx(Gini(some).g, abs=1e-12)
    assert theil(some) == pytest.approx(float(Theil(some).T), abs=1e-9)


def test_the_states_of_mexico_are_as_unequal_as_pysal_says() -> None:
    """Income per head of 32 states, 1940 to 2000: PySAL's example data and its printed results."""
    states = pd.read_csv(libpysal.examples.get_path("mexico.csv"))
    whole, between, within = (
        [0.20894344, 0.15222451, 0.10472941, 0.10194725, 0.09560113, 0.10511256, 0.10660832],
        [0.0345889, 0.02816853, 0.05260921, 0.05931219, 0.03205257, 0.02963731, 0.03635872],
        [0.17435454, 0.12405598, 0.0521202, 0.04263506, 0.06354856, 0.07547525, 0.0702496],
    )
    told = [
        theil_parts(states[f"pcgdp{year}"], states["hanson98"]) for year in range(1940, 2010, 10)
    ]
    assert [one.total for one in told] == pytest.approx(whole, abs=1e-8)
    assert [one.between for one in told] == pytest.approx(between, abs=1e-8)
    assert [one.within for one in told] == pytest.approx(within, abs=1e-8)
    for year in range(1940, 2010, 10):
        income = states[f"pcgdp{year}"].to_numpy()
        assert gini(income) == pytest.approx(Gini(income).g)


@given(PEOPLE)
def test_theil_taken_apart_is_that_of_pysal_and_adds_up(rows: list[tuple]) -> None:
    values, people, parts = map(list, zip(*rows, strict=True))
    told = theil_parts(values, parts, people)
    assert told.total == pytest.approx(told.between + told.within, abs=1e-12)
    assert told.within == pytest.approx(told.parts["within"].sum(), abs=1e-12)
    assert told.parts["population_share"].sum() == pytest.approx(1)
    assert told.parts["value_share"].sum() == pytest.approx(1)
    each, labels = one_row_each(values, people), one_row_each(parts, people)
    assert set(told.parts["part"]) == set(labels)
    if sum(each):
        theirs = TheilD(np.array(each, dtype=float), np.array(labels))
        assert told.between == pytest.approx(float(np.ravel(theirs.bg)[0]), abs=1e-9)
        assert told.within == pytest.approx(float(np.ravel(theirs.wg)[0]), abs=1e-9)


@given(VALUES)
def test_gini_is_what_every_pair_of_people_says(values: list[int]) -> None:
    assert gini(values) == pytest.approx(gini_of_pairs(values), abs=1e-12)


@given(PEOPLE)
def test_weights_say_what_one_row_per_person_would(rows: list[tuple]) -> None:
    values, people, _ = map(list, zip(*rows, strict=True))
    each = one_row_each(values, people)
    for measure in MEASURES:
        assert measure(values, people) == pytest.approx(measure(each), abs=1e-12)
    for order in (0, 1, 2, 0.5):
        assert fgt(values, 15, people, order=order) == pytest.approx(fgt(each, 15, order=order))


@given(st.integers(0, 60), st.integers(1, 9))
def test_equal_is_0(value: int, count: int) -> None:
    for measure in MEASURES:
        assert measure([value] * count) == pytest.approx(0, abs=1e-12)


@given(VALUES, st.integers(2, 5), st.floats(0.01, 100))
def test_neither_more_people_nor_another_unit_changes_it(
    values: list[int], times: int, unit: float
) -> None:
    for measure in MEASURES:
        assert measure(values * times) == pytest.approx(measure(values), abs=1e-12)
        scaled = [value * unit for value in values]
        assert measure(scaled) == pytest.approx(measure(values), abs=1e-9)
    assert fgt(values * times, 15, order=2) == pytest.approx(fgt(values, 15, order=2))


@given(VALUES, st.data())
def test_it_rises_with_a_transfer_from_who_has_less_to_who_has_more(
    values: list[int], data: st.DataObject
) -> None:
    less, more = sorted(data.draw(st.permutations(range(len(values))))[:2], key=values.__getitem__)
    values[less] += 1
    values[more] = max(values[more], values[less])
    moved = data.draw(st.integers(1, values[less]))
    after = list(values)
    after[less] -= moved
    after[more] += moved
    for measure in MEASURES:
        assert measure(after) > measure(values)
    # So does poverty of order 2, where the one who loses time gets it from one farther away.
    if values[less] - moved > 15:
        assert fgt(after, 15, order=2) > fgt(values, 15, order=2)


@given(PEOPLE)
def test_fgt_adds_up_over_the_parts_of_the_people(rows: list[tuple]) -> None:
    values, people, parts = (np.array(column) for column in zip(*rows, strict=True))
    for order in (0, 1, 2):
        whole = sum(
            fgt(values[own], 15, people[own], order=order) * people[own].sum()
            for part in "abc"
            if people[own := parts == part].sum()
        )
        assert fgt(values, 15, people, order=order) * people.sum() == pytest.approx(whole)


def test_who_has_no_way_is_counted_and_nothing_more_is_said() -> None:
    assert fgt([10, math.inf], 15) == 0.5
    with pytest.raises(InputError, match="values, position 1: inf is not from 0 to"):
        fgt([10, math.inf], 15, order=1)


def test_the_line_is_met_as_coverage_meets_it() -> None:
    assert fgt([15.0, 15.000000000000002, 15.001], 15) == pytest.approx(1 / 3)


def test_covered_or_not_has_a_gini_of_those_who_are_not() -> None:
    assert gini([0, 1], weights=[3, 7]) == pytest.approx(0.3)
    assert theil([0, 1], weights=[3, 7]) == pytest.approx(-math.log(0.7))


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: gini([]), InputError, "weights: nobody has any"),
        (lambda: gini([1, math.nan]), InputError, "values, position 1: nan is not from 0"),
        (lambda: gini([1, -1]), InputError, "values, position 1: -1 is not from 0 to"),
        (lambda: gini([1, 1e308]), InputError, "values, position 1: 1e\\+308 is not from 0 to"),
        (lambda: theil([1, 2], [1, 1e308]), InputError, "weights, position 1"),
        (lambda: fgt([60], 15, order=1e9), ParameterError, "has no end"),
        (lambda: theil([1], [1, 2]), InputError, "there are 2 weights and 1 values"),
        (lambda: theil([1, 2], [0, 0]), InputError, "nobody has any of the values"),
        (lambda: gini(["a"]), ParameterError, "give numbers"),
        (lambda: gini([[1, 2]]), ParameterError, "2 dimensions"),
        (lambda: theil_parts([1, 2], ["a"]), InputError, "1 parts and 2 values"),
        (lambda: theil_parts([1, 2], ["a", None]), InputError, "parts, position 1: no part"),
        (lambda: theil_parts([1, 2], [["a"], ["b"]]), ParameterError, "a part has no name"),
        (lambda: fgt([1], 0), ParameterError, "minutes is 0"),
        (lambda: fgt([1], None), ParameterError, "line is None"),
        (lambda: fgt([1], 15, order=-1), ParameterError, "order is -1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    call: object, error: type[Quartieri15Error], said: str
) -> None:
    with pytest.raises(error, match=said):
        call()
