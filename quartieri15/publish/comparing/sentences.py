"""What a comparison says in plain words: what changes, for whom, and how to read it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final

from quartieri15.model import profiles
from quartieri15.planning.comparing import statements
from quartieri15.publish import words
from quartieri15.publish.disclosure import SMALLEST_COUNT
from quartieri15.publish.maps import vintages_text
from quartieri15.publish.texts import in_each, signed_text

if TYPE_CHECKING:
    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.publish.comparing.view import View
    from quartieri15.publish.texts import Texts

_FEW: Final = 4
"""Of so many scenarios each has its sentence; more are told by the table alone."""

_PEOPLE: Final = ("gained", "lost", "people_quicker", "people_slower")


def sentences(view: View, exact: Comparison, smallest_count: float) -> list[Texts]:
    """Say in words what the published figures say: all of the best scenario, of others the gist.

    Parameters
    ----------
    view
        What the page is about.
    exact
        The comparison before it was made publishable: which addresses change, and whether a
        count that is not told is nobody.
    smallest_count
        The smallest count that is told.
    """
    rows = view.told.summary
    rows = rows[(rows["area_set"] == "city") & (rows["group"] == view.group)]
    # A count that is not told is neither nobody nor a number: below the least, and so not said.
    hidden = {
        name: rows[name].mask(
            rows[name].isna() & (exact.summary.loc[rows.index, name] > 0), smallest_count / 2
        )
        for name in _PEOPLE
    }
    summary = rows.assign(**hidden)
    names = list(dict.fromkeys(one["profile"] for one in view.questions))
    best, *others = view.scenarios
    said = _spoken(view.told, exact, summary, best, names, smallest_count)
    said += _population_sentences(view)
    if len(view.scenarios) <= _FEW:
        for scenario in others:
            for one in view.each():
                about, names = one.rows(summary), [one.asked["profile"]]
                said += _spoken(view.told, exact, about, scenario, names, smallest_count)[:1]
    return said


def _spoken(  # noqa: PLR0917 - what is told, of whom, and how exactly
    told: Comparison,
    exact: Comparison,
    summary: pd.DataFrame,
    scenario: str,
    names: list[str],
    smallest_count: float,
) -> list[Texts]:
    """Say what a comparison says of one scenario and some travellers."""

    def as_told(value: float) -> float | None:
        return None if 0 < value < smallest_count else value

    one = dataclasses.replace(
        told,
        summary=summary,
        addresses=exact.addresses,
        provenance={
            **told.provenance,
            "scenarios": [scenario],
            "profiles": {name: told.provenance["profiles"][name] for name in names},
        },
    )
    # The sentences have a word of their own for what is below ten.
    rounded = None if smallest_count == SMALLEST_COUNT else as_told
    pairs = (
        _without_idle_median(one.statement(language, rounded=rounded), language)
        for language in words.LANGUAGES
    )
    return [dict(zip(words.LANGUAGES, pair, strict=True)) for pair in zip(*pairs, strict=True)]


def _population_sentences(view: View) -> list[Texts]:
    """Say of every group whose number changes by how many, scenario by scenario."""
    said: list[Texts] = []
    key = "population_changes" if len(view.scenarios) == 1 else "population_changes_in"
    for scenario in view.scenarios:
        rows = view.summary(area_set="city", scenario=scenario)
        # A change that is not told is no change that can be spoken of.
        rows = rows[rows["population_change"].fillna(0) != 0]
        if rows.empty:
            continue
        changes = [
            (words.in_all_languages(group), signed_text(change))
            for group, change in zip(rows["group"], rows["population_change"], strict=True)
        ]
        listed = {
            language: "; ".join(f"{group[language]} {text[language]}" for group, text in changes)
            for language in words.LANGUAGES
        }
        said.append(words.in_all_languages(key, scenario=words.isolated(scenario), changes=listed))
    return said


def _without_idle_median(said: list[str], language: str) -> list[str]:
    """Leave out a median that is rounded to no minute at all, or not told."""
    for value in (0.0, math.nan):
        minutes = words.number(value, language, decimals=1)
        phrase = statements.WORDS["median"][language].format(minutes=minutes)
        said = [text.replace(phrase, "") for text in said]
    return said


def assumptions(city: City, view: View) -> Texts:
    """Say who travels, how far, and from when the data are."""
    names = list(dict.fromkeys(one["profile"] for one in view.questions))
    limits = list(dict.fromkeys(float(one["minutes"]) for one in view.questions))
    texts = {
        language: words.say(
            "assumptions",
            language,
            traveller="; ".join(_traveller(view.told, name, language) for name in names),
            minutes=", ".join(words.as_given(minutes, language) for minutes in limits),
            vintages=vintages_text(city, language),
        )
        for language in words.LANGUAGES
    }
    if len(view.questions) == 1:
        return texts
    drawn = words.in_all_languages("drawn_for", question=view.question)
    return {language: f"{text} {drawn[language]}" for language, text in texts.items()}


def _traveller(told: Comparison, name: str, language: str) -> str:
    if name in profiles.PROFILES:
        return words.traveller_text(profiles.get(name), language)
    own = told.provenance["profiles"][name]
    label = str(own.get(f"label_{language}", name))
    return words.say(
        "traveller",
        language,
        profile=words.isolated(label[:1].upper() + label[1:]),
        speed=words.as_given(float(own["speed_kmh"]), language),
    )


def notes(view: View, smallest_count: float) -> list[Texts]:
    """Say how to read the page."""
    said: list[Texts] = [words.in_all_languages("note_compare")]
    if smallest_count:
        least = in_each(words.number, smallest_count)
        said.append(words.in_all_languages("note_hidden", smallest=least))
        said.append(words.in_all_languages("note_cells", smallest=least))
    known = view.told.summary["low"].notna().any()
    said.append(words.in_all_languages("note_interval" if known else "note_no_interval"))
    if view.asked.get("at"):
        how = words.in_all_languages(f"unknown_hours_{view.asked['unknown_hours']}")
        said.append(words.in_all_languages("note_hours", at=view.time, how=how))
    return said
