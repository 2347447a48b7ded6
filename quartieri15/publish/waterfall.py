"""A chart of steps that fall: how many people each step takes from coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.pace_season_hours import STEPS
from quartieri15.errors import InputError, ParameterError
from quartieri15.publish import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, SOFT, KEPT, TAKEN, UNSURE = "#1c1f24", "#4a5058", "#0b4f9e", "#b3432b", "#e6b8ad"

_COLUMNS: Final = (
    *("step", "covered_unknown_closed", "covered_unknown_open"),
    *("taken_unknown_closed", "taken_unknown_open"),
)


def waterfall(steps: pd.DataFrame, *, language: str = "it", axes: Axes | None = None) -> Axes:
    """Draw what each step takes from coverage, the last with its two bounds.

    Parameters
    ----------
    steps
        Rows of one zone and one group of
        :func:`~quartieri15.analysis.pace_season_hours.pace_season_hours`.
    language
        ``"it"`` or ``"en"``.
    axes
        Where to draw; a new figure when left out.

    Returns
    -------
    matplotlib.axes.Axes
        Every bar has its number written beside it, rounded to tens, with both bounds where they
        differ.

    Raises
    ------
    UnknownNameError
        If the language is not known.
    InputError
        If the rows are not those of one zone and one group, or hours are not the last step.
    ParameterError
        If ``axes`` is none.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.analysis.pace_season_hours import pace_season_hours
    >>> milano = q15.load("milano")
    >>> steps = pace_season_hours(milano, to="houses", at="2026-12-09 16:00", groups="over65")
    >>> [label.get_text() for label in waterfall(steps, language="en").get_xticklabels()][2]
    'Season'
    """
    language = words.require_language(language)
    rows = _one_question(steps)
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes as Drawn

    if axes is None:
        axes = plt.figure(figsize=(8, 4.5), layout="constrained").subplots()
    if not isinstance(axes, Drawn):
        raise ParameterError(
            f"a {type(axes).__name__} is no axes", where="axes", mend="give axes of matplotlib"
        )
    closed, opened = (rows[f"covered_unknown_{bound}"] for bound in ("closed", "open"))
    last = len(rows)
    for i, step in enumerate(rows["step"]):
        if step == "start":
            _bar(axes, i, 0, closed[i], KEPT)
            _write(axes, i, closed[i], [closed[i]], language)
            continue
        surely, perhaps = rows["taken_unknown_open"][i], rows["taken_unknown_closed"][i]
        above = opened[i] + surely
        _bar(axes, i, opened[i], above, TAKEN)
        if perhaps - surely > closed[i - 1] * 1e-9:
            _bar(axes, i, above - perhaps, opened[i], UNSURE)
        axes.plot([i - 1.4, i + 0.4], [above, above], color=SOFT, linewidth=0.8)
        _write(axes, i, above, [-perhaps, -surely], language)
    _bar(axes, last, 0, closed[last - 1], KEPT)
    _bar(axes, last, closed[last - 1], opened[last - 1], UNSURE)
    _write(axes, last, opened[last - 1], [closed[last - 1], opened[last - 1]], language)
    _label(axes, [*rows["step"], "left"], float(opened.max()), language)
    return axes


def _one_question(steps: Any) -> pd.DataFrame:
    """Return the rows to draw, numbered; refuse those of several zones or groups."""
    mend = "give the rows of one zone and one group of pace_season_hours(...)"
    if not isinstance(steps, pd.DataFrame):
        raise InputError(f"a {type(steps).__name__} is no table", where="steps", mend=mend)
    missing = [name for name in _COLUMNS if name not in steps.columns]
    if missing:
        raise InputError(f"column {', '.join(missing)} is missing", where="steps", mend=mend)
    known = list(steps["step"])
    if sorted(map(str, known)) != sorted(["start", *STEPS]) or known[0] != "start":
        raise InputError("these are not the steps of one question", where="steps", mend=mend)
    if known[-1] != "hours":
        raise InputError(
            "the hours are not the last step, and only the last can be drawn with two bounds",
            where="steps",
            mend="ask with order=('pace', 'season', 'hours')",
        )
    numbers = steps[list(_COLUMNS[1:])].apply(pd.to_numeric, errors="coerce")
    if not np.isfinite(numbers.to_numpy(dtype=float)).all():
        raise InputError("a count is missing", where="steps", mend=mend)
    rows: pd.DataFrame = numbers.assign(step=known).reset_index(drop=True)
    return rows


def _bar(axes: Axes, at: int, low: float, high: float, colour: str) -> None:
    axes.bar(at, high - low, bottom=low, width=0.8, color=colour)


def _write(axes: Axes, at: int, above: float, values: list[float], language: str) -> None:
    """Write a number over a bar, or the two bounds where they differ."""
    told = [words.number(round(value, -1) + 0.0, language) for value in values]
    text = told[0]
    if told[0] != told[-1]:
        text = words.say("waterfall.from_to", language, low=told[0], high=told[-1])
    axes.annotate(
        text, (at, above), xytext=(0, 3), textcoords="offset points", ha="center", color=INK
    )


def _label(axes: Axes, names: list[str], most: float, language: str) -> None:
    from matplotlib.patches import Patch

    axes.set_xticks(range(len(names)), [words.say(f"waterfall.{name}", language) for name in names])
    axes.set_ylabel(words.say("waterfall.people", language))
    axes.set_ylim(0, most * 1.15 or 1.0)
    axes.yaxis.set_major_formatter(lambda value, _: words.number(value, language))
    axes.spines[["top", "right"]].set_visible(False)
    colours = {"kept": KEPT, "taken": TAKEN, "unsure": UNSURE}
    axes.legend(
        handles=[
            Patch(color=colour, label=words.say(f"waterfall.{key}", language))
            for key, colour in colours.items()
        ],
        frameon=False,
    )
