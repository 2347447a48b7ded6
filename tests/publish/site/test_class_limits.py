"""Law: limits of classes are round, ascending, and the same on every page, whoever travels."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.publish.site.class_limits import CLASSES, ROUND, SMALLEST, round_limits
from quartieri15.publish.site.sections import themes
from tests.publish.site.towns import page_of, town_material


@given(st.lists(st.floats(min_value=0.001, max_value=1e7), min_size=1, max_size=60))
def test_limits_are_round_and_ascending(values: list[float]) -> None:
    limits = round_limits(values)
    assert limits == sorted(set(limits))
    assert len(limits) < CLASSES
    for limit in limits:
        assert SMALLEST <= limit < max(values)
        first = limit / 10 ** math.floor(math.log10(limit))
        assert any(math.isclose(first, round_) for round_ in ROUND)


def test_classes_hold_about_as_many_each() -> None:
    limits = round_limits(range(100, 10_100, 100))
    counts = [
        sum(low < v <= high for v in range(100, 10_100, 100))
        for low, high in zip([0, *limits], [*limits, math.inf], strict=True)
    ]
    assert len(counts) == CLASSES
    assert max(counts) < 2 * min(counts)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [math.nan], [7.0, 9.0]])
def test_where_there_is_nobody_to_divide_there_is_one_class(values: list[float]) -> None:
    assert round_limits(values) == []


def test_every_page_has_the_same_limits() -> None:
    material = town_material()
    told = [
        themes.data(material, page_of(material, slug))["limits"]
        for slug in ("index", "municipio-1", "municipio-2", "area-zone-1")
    ]
    assert all(limits == told[0] for limits in told)
    assert told[0]["share"] == [20, 40, 60, 80]
    assert {*told[0]["count"]} == {*told[0]["density"]} == {*material.groups}
