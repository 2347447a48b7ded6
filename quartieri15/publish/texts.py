"""Texts by language, for pages that speak both: figures, and what stands where one is not told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from quartieri15.planning.wording import Wording, said_in
from quartieri15.publish import words

Texts = Mapping[str, str]


def in_each(write: Callable[..., str], *values: Any, **options: Any) -> Texts:
    """Call a function of :mod:`quartieri15.publish.words` for every language."""
    return {language: write(*values, language, **options) for language in words.LANGUAGES}


def in_own_words(text: Wording) -> dict[str, tuple[str, str]]:
    """Return what a scenario says, for a page in each language: the text, and its language.

    Examples
    --------
    >>> in_own_words("Chiude")
    {'it': ('Chiude', 'it'), 'en': ('Chiude', 'it')}
    """
    return {language: said_in(text, language) for language in words.LANGUAGES}


def count_text(value: float) -> Texts:
    """Write a count of people in every language."""
    return in_each(words.number, value)


def minutes_text(minutes: float) -> Texts:
    """Write minutes without digits nobody needs."""
    return in_each(words.as_given, minutes)


def place_blanks(places: str) -> dict[str, Texts]:
    """Return :func:`quartieri15.publish.words.place_words` as values for a phrase."""
    said = {language: words.place_words(places, language) for language in words.LANGUAGES}
    return {
        name: {language: blanks[name] for language, blanks in said.items()}
        for name in words.place_words(places)
    }


def signed_text(value: float, sign: str | None = None) -> Texts:
    """Write a change of people with a sign, its own where none is given; none before 0."""
    if math.isnan(value):
        return words.in_all_languages("not_told")
    texts = count_text(value)
    if sign is None:
        sign = "+" if value > 0 else ""
    return {language: f"{sign}{text}" for language, text in texts.items()} if value else texts


def euro_text(value: float) -> Texts:
    """Write an amount of euro; a missing one is a dash."""
    if math.isnan(value):
        return dict.fromkeys(words.LANGUAGES, "–")
    return words.in_all_languages("euro", value=count_text(value))


def capital(texts: Texts) -> Texts:
    """Begin a text with a capital."""
    return {language: text[:1].upper() + text[1:] for language, text in texts.items()}


def missing(value: Any) -> bool:
    """Tell whether a cell of a table is empty."""
    return value is None or value == "" or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))
