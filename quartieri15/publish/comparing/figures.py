"""The large figures of a comparison: who gains, who loses, which share, at what cost."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.publish import words
from quartieri15.publish.sheet import Figure
from quartieri15.publish.texts import count_text, euro_text, in_each, signed_text

if TYPE_CHECKING:
    from quartieri15.publish.comparing.view import View

_MOST_FIGURES: Final = 4
_FIGURES_EACH: Final = 2
"""Of several questions each has so many large figures, as long as there is room."""


def figures(view: View) -> list[Figure]:
    """Return the figures of the best scenario, of as many questions as there is room for."""
    if len(view.questions) == 1:
        return _captioned(view, _of_question(view))
    found: list[Figure] = []
    for one in view.each()[: _MOST_FIGURES // _FIGURES_EACH]:
        # Who passes the threshold, and who is left behind or else gets there sooner.
        first, lost, *others = _of_question(one)
        second = [lost] if lost.tone == "loss" else [*others[1:], lost]
        found += [
            dataclasses.replace(figure, caption=one.with_question(figure.caption))
            for figure in (first, second[0])
        ]
    return _captioned(view, found)


def _captioned(view: View, found: list[Figure]) -> list[Figure]:
    """Say of which scenario the figures are, where there are several."""
    return [
        dataclasses.replace(one, caption=view.of_scenario(one.caption, view.best)) for one in found
    ]


def _of_question(view: View) -> list[Figure]:
    row = view.summary(area_set="city", group=view.group, scenario=view.best).iloc[0]
    return [
        Figure(
            value=signed_text(row["gained"], "+"),
            caption=words.in_all_languages("figure_gained", **view.blanks),
            tone="gain" if row["gained"] != 0 else "plain",
        ),
        Figure(
            value=signed_text(row["lost"], "−"),
            caption=words.in_all_languages("figure_lost", **view.blanks),
            tone="loss" if row["lost"] != 0 else "plain",
        ),
        Figure(
            value=words.in_all_languages(
                "from_to_share",
                before=in_each(words.percent, row["share_before"], decimals=1),
                after=in_each(words.percent, row["share_after"], decimals=1),
            ),
            caption=words.in_all_languages("figure_share", **view.blanks),
        ),
        *_what_else(view, row),
    ]


def _what_else(view: View, row: pd.Series[Any]) -> list[Figure]:
    """Tell what each person costs, else how many people come, else who is there sooner or later."""
    cost, change = row["cost_per_newly_covered_eur"], row["population_change"]
    quicker, slower = row["people_quicker"], row["people_slower"]
    if pd.notna(cost):
        caption = words.in_all_languages("figure_cost", cost=euro_text(row["cost_eur"]))
        return [Figure(value=euro_text(cost), caption=caption)]
    if pd.notna(change) and change != 0:
        caption = words.in_all_languages("figure_population", **view.blanks)
        return [Figure(value=signed_text(change), caption=caption)]
    if slower > quicker:
        caption = words.in_all_languages("figure_slower", **view.blanks)
        return [Figure(value=count_text(slower), caption=caption, tone="loss")]
    if pd.notna(quicker):
        caption = words.in_all_languages("figure_quicker", **view.blanks)
        tone = "gain" if quicker else "plain"
        return [Figure(value=count_text(quicker), caption=caption, tone=tone)]
    return []
