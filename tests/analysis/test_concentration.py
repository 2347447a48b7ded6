"""Values are found with those in need or with the others, whatever the numbers of the need are.

Nothing depends on the order of people equally in need, nor on how large the differences in need
are; turned round, the need turns the sign; corrected, covered and uncovered tell one story.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.analysis.concentration import concentration_curve, concentration_index, palma
from quartieri15.analysis.inequality import gini
from quartieri15.errors import InputError, ParameterError, UnknownNameError

ROWS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(-5, 5), st.integers(0, 4)), min_size=1, max_size=10
).filter(lambda rows: any(n for _, _, n in rows))


def columns(rows: list[tuple]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values, need, people = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return values, need, people


def index_of_people(values: list[float], need: list[float]) -> float:
    """Kakwani, Wagstaff and van Doorslaer, person by person: ties share the middle rank."""
    n, mean = len(values), sum(values) / len(values)
    total = 0.0
    for value, degree in zip(values, need, strict=True):
        needier = sum(other > degree for other in need)
        equal = sum(other == degree for other in need)
        rank = (needier + equal / 2) / n
        total += value * (2 * rank - 1)
    return total / (n * mean) if mean else 0.0


def palma_of_people(values: list[float], need: list[float]) -> float:
    """Ten pieces of every person in a row; people equally in need have the mean of their kind."""
    pieces = []
    for degree in sorted(set(need), reverse=True):
        kind = [value for value, other in zip(values, need, strict=True) if other == degree]
        pieces += [sum(kind) / len(kind)] * (10 * len(kind))
    most, least = pieces[: 4 * len(values)], pieces[-len(values) :]
    return (sum(least) / len(least)) / (sum(most) / len(most))


def test_small_cases_by_hand() -> None:
    # Ranks from the neediest on: 1/4 and 3/4, so twice the covariance is (3 - 1) / 4; mean 2.
    assert concentration_index([1, 3], need=[2, 1]) == pytest.approx(0.25)
    assert concentration_index([3, 1], need=[2, 1]) == pytest.approx(-0.25)
    # All of it with the neediest of four: 1/4 - 1.
    assert concentration_index([8, 0, 0, 0], need=[9, 3, 2, 1]) == pytest.approx(-0.75)
    # Erreygers: four times the mean times the index. Wagstaff: the index over 1 less the mean.
    covered, need = [1, 1, 0, 0], [4, 3, 2, 1]
    assert concentration_index(covered, need) == pytest.approx(-0.5)
    assert concentration_index(covered, need, correction="erreygers") == pytest.approx(-1)
    assert concentration_index(covered, need, correction="wagstaff") == pytest.approx(-1)
    assert palma([2] * 4 + [3] * 5 + [6], need=range(10, 0, -1)) == pytest.approx(3)
    curve = concentration_curve([1, 3], need=[2, 1], weights=[3, 1])
    assert curve["population_share"].tolist() == pytest.approx([0, 0.75, 1])
    assert curve["value_share"].tolist() == pytest.approx([0, 0.5, 1])


@given(ROWS)
def test_it_is_what_one_row_per_person_would_say(rows: list[tuple]) -> None:
    values, need, people = columns(rows)
    each = [row for row in rows for _ in range(row[2])]
    own, degree = [value for value, _, _ in each], [degree for _, degree, _ in each]
    assert concentration_index(values, need, people) == pytest.approx(
        index_of_people(own, degree), abs=1e-12
    )
    told = palma(values, need, people)
    if math.isfinite(told):
        assert told == pytest.approx(palma_of_people(own, degree))


@given(ROWS)
def test_the_index_is_twice_the_area_between_the_curve_and_the_diagonal(rows: list[tuple]) -> None:
    values, need, people = columns(rows)
    if (values * people).any():
        curve = concentration_curve(values, need, people)
        area = (curve["value_share"].rolling(2).mean() * curve["population_share"].diff()).sum()
        assert concentration_index(values, need, people) == pytest.approx(1 - 2 * area, abs=1e-12)
        assert curve.iloc[-1].tolist() == pytest.approx([1, 1])


@given(ROWS)
def test_only_the_order_of_need_matters_and_turned_round_it_turns_the_sign(
    rows: list[tuple],
) -> None:
    values, need, people = columns(rows)
    told = concentration_index(values, need, people)
    assert concentration_index(values, np.exp(need), people) == pytest.approx(told, abs=1e-12)
    assert concentration_index(values, -need, people) == pytest.approx(-told, abs=1e-12)
    assert abs(told) <= gini(values, people) + 1e-12
    assert concentration_index(values, -values, people) == pytest.approx(gini(values, people))


@given(ROWS)
def test_corrected_the_covered_and_the_others_tell_one_story(rows: list[tuple]) -> None:
    values, need, people = columns(rows)
    share = values / 10
    for correction in ("erreygers", "wagstaff"):
        told = concentration_index(share, need, people, correction=correction)
        others = concentration_index(1 - share, need, people, correction=correction)
        assert others == pytest.approx(-told, abs=1e-9)
        in_tenths = concentration_index(values, need, people, correction=correction, bounds=(0, 10))
        assert in_tenths == pytest.approx(told, abs=1e-9)
        assert -1 - 1e-9 <= told <= 1 + 1e-9
    mean = (share * people).sum() / people.sum()
    relative = concentration_index(share, need, people)
    erreygers = concentration_index(share, need, people, correction="erreygers")
    assert erreygers == pytest.approx(4 * mean * relative, abs=1e-12)
    if 0 < mean < 1:
        wagstaff = concentration_index(share, need, people, correction="wagstaff")
        assert wagstaff == pytest.approx(relative / (1 - mean), abs=1e-12)


@given(st.integers(0, 10), ROWS)
def test_equal_is_0_and_a_palma_of_1(value: int, rows: list[tuple]) -> None:
    _, need, people = columns(rows)
    same = np.full(len(need), float(value))
    for correction in ("none", "erreygers", "wagstaff"):
        told = concentration_index(same, need, people, correction=correction, bounds=(0, 10))
        assert told == pytest.approx(0, abs=1e-9)
    if value:
        assert palma(same, need, people) == pytest.approx(1)


def test_where_the_neediest_have_nothing_palma_has_no_figure() -> None:
    assert palma([0, 1], need=[2, 1]) == math.inf
    assert math.isnan(palma([0, 0], need=[2, 1]))


def test_what_makes_no_sense_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="1 degrees of need and 2 values"):
        concentration_index([1, 2], need=[1])
    with pytest.raises(InputError, match=r"need, position 1: the need of 1 points is not known"):
        palma([1, 2], need=[1, math.nan])
    with pytest.raises(InputError, match="2 is not between 0 and 1"):
        concentration_index([1, 2], need=[1, 2], correction="erreygers")
    with pytest.raises(InputError, match="there is nothing to share"):
        concentration_curve([0, 0], need=[1, 2])
    with pytest.raises(UnknownNameError, match="did you mean erreygers"):
        concentration_index([1], need=[1], correction="erreiger")
    with pytest.raises(ParameterError, match="bounds is"):
        concentration_index([1], need=[1], correction="wagstaff", bounds=(1, 0))
    with pytest.raises(ParameterError, match="least is 1"):
        palma([1], need=[1], least=1)
    with pytest.raises(ParameterError, match="overlap"):
        palma([1], need=[1], least=0.7)
