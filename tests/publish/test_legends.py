"""Every row of a table falls into one class of its legend, and the class says what the row holds.

Limits of minutes and shares are those of every other map; what is not published, and where nobody
lives, are classes of their own that look like no figure.
"""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.publish import legends
from quartieri15.publish.legends import legend_of

NAN = math.nan
numbers = st.lists(
    st.one_of(
        st.none(),
        st.just(0.0),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3)),
        st.integers(-50_000, 50_000).map(float),
    ),
    min_size=1,
    max_size=30,
)


def number_of(values: list[float | None], column: str) -> list[int]:
    table = pd.DataFrame({column: pd.array(values, dtype="Float64")})
    if not table[column].notna().any():
        return []
    return legend_of(table, column=column).class_numbers(table).tolist()


@given(numbers, st.sampled_from(["difference", "score", "share_change", "covered_change"]))
def test_every_row_has_a_class_and_classes_rise_with_the_values(
    values: list[float | None], column: str
) -> None:
    found = number_of(values, column)
    assert all(number >= 0 for number in found)
    known = sorted(
        (value, number) for value, number in zip(values, found, strict=False) if value is not None
    )
    assert [number for _, number in known] == sorted(number for _, number in known)


@given(st.lists(st.integers(0, 90_000), min_size=1, max_size=40))
def test_a_class_of_people_says_how_many_there_are(people: list[int]) -> None:
    """The text of a class is read again: it must hold the number of every row in it."""
    table = pd.DataFrame({"uncovered": np.array(people, dtype=float)})
    legend = legend_of(table)
    for value, number in zip(people, legend.class_numbers(table), strict=True):
        text = legend.classes[number].text["en"]
        told = [int(figure.replace(",", "")) for figure in re.findall(r"[\d,]+", text)]
        if text == "nobody":
            assert value == 0
        elif text.startswith("up to"):
            assert value <= told[0]
        elif text.startswith("more than"):
            assert value > told[0]
        elif text != "a value":
            assert told[0] <= value <= told[1]


def test_limits_are_the_same_on_every_map() -> None:
    for shares in ([0.1, 0.15], [0.5, 0.9], [0.0, 1.0]):
        classes = legend_of(pd.DataFrame({"share": shares})).classes
        assert [one.up_to for one in classes] == [0.2, 0.4, 0.6, 0.8, None]
    near = legend_of(pd.DataFrame({"minutes": [3.0, 12.0]})).classes
    far = legend_of(pd.DataFrame({"minutes": [3.0, 70.0]})).classes
    assert [one.text["it"] for one in near] == [
        "fino a 5 minuti",
        "da 5 a 10 minuti",
        "da 10 a 15 minuti",
    ]
    assert [(one.colour, one.up_to) for one in near] == [(one.colour, one.up_to) for one in far[:3]]
    assert far[-1].text["en"] == "more than 20 minutes"


def test_what_is_no_figure_looks_like_none() -> None:
    table = pd.DataFrame(
        {
            "population": [0.0, 40.0, NAN, 900.0],
            "uncovered": [0.0, NAN, NAN, 700.0],
            "suppressed": [False, True, True, False],
        }
    )
    legend = legend_of(table)
    empty, *_, hidden = legend.classes
    assert legend.class_numbers(table).tolist() == [0, 2, 2, 1]
    assert (empty.text["it"], hidden.text["it"]) == (
        "nessun residente",
        "non pubblicato (troppo poche persone)",
    )
    assert empty.hatched
    assert hidden.hatched


def test_less_and_more_are_told_apart() -> None:
    table = pd.DataFrame({"difference": [-30.0, -20.0, 0.0, 10.0, 5000.0]})
    legend = legend_of(table)
    texts = [one.text["it"] for one in legend.classes]
    assert texts[legend.class_numbers(table)[2]] == "nessun cambiamento"
    assert all("in meno" in texts[number] for number in legend.class_numbers(table)[:2])
    assert all("in più" in texts[number] for number in legend.class_numbers(table)[3:])


def test_categories_keep_their_colours_and_words() -> None:
    table = pd.DataFrame({"class": ["not", "hot", None, "not_tested"]})
    legend = legend_of(table)
    by_value = {one.value: one for one in legend.classes}
    assert by_value["hot"].colour == legends.LOSS[3]
    assert by_value["hot"].text["it"] == "alto, tra valori alti"
    assert by_value["not_tested"].hatched
    many = pd.DataFrame({"class": [f"value {n}" for n in range(20)]})
    legend = legend_of(many)
    assert len(legend.classes) == len(legends.CATEGORIES)
    assert (legend.class_numbers(many) >= 0).all()
    assert legend.classes[-1].text["en"] == "other values"
