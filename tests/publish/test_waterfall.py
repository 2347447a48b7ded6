"""Law: the chart shows the numbers of the table, and refuses what it would draw wrong."""

from __future__ import annotations

import matplotlib as mpl
import pandas as pd
import pytest

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.publish.waterfall import waterfall

mpl.use("Agg")

STEPS = pd.DataFrame(
    {
        "step": ["start", "pace", "season", "hours"],
        "covered_unknown_closed": [1000.0, 700.0, 640.0, 100.0],
        "covered_unknown_open": [1000.0, 700.0, 640.0, 400.0],
        "taken_unknown_closed": [0.0, 300.0, 60.0, 540.0],
        "taken_unknown_open": [0.0, 300.0, 60.0, 240.0],
    }
)


def test_every_bar_stands_where_its_numbers_say() -> None:
    axes = waterfall(STEPS, language="en")
    bars = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches]
    assert bars == [
        (0, 1000),
        (700, 1000),
        (640, 700),
        (400, 640),
        (100, 400),
        (0, 100),
        (100, 400),
    ]
    assert [text.get_text() for text in axes.texts] == [
        *("1,000", "−300", "−60", "−540\nto −240", "100\nto 400"),
    ]
    assert waterfall(STEPS).get_ylabel() == "persone coperte"
    assert waterfall(STEPS, axes=axes) is axes


def test_where_all_hours_are_known_there_is_one_number() -> None:
    known = STEPS.assign(
        covered_unknown_closed=STEPS["covered_unknown_open"],
        taken_unknown_closed=STEPS["taken_unknown_open"],
    )
    texts = [text.get_text() for text in waterfall(known, language="en").texts]
    assert texts[-2:] == ["−240", "400"]


@pytest.mark.parametrize(
    "steps",
    [
        None,
        STEPS.iloc[:0],
        STEPS.iloc[:3],
        pd.concat([STEPS, STEPS]),
        STEPS.iloc[[0, 1, 3, 2]],
        STEPS.drop(columns="taken_unknown_open"),
        STEPS.assign(covered_unknown_open=float("nan")),
        STEPS.assign(covered_unknown_open="many"),
        STEPS.assign(step=["start", "pace", "season", "closing"]),
    ],
)
def test_rows_of_another_question_are_refused(steps: object) -> None:
    with pytest.raises(InputError, match="steps"):
        waterfall(steps)


def test_another_language_and_no_axes_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="language"):
        waterfall(STEPS, language="de")
    with pytest.raises(ParameterError, match="axes"):
        waterfall(STEPS, axes=7)
