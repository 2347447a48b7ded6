"""What the columns of published tables are called, and what they hold, in both languages.

The phrases stand in ``locale/<language>/columns.po``: ``column.<name>`` is the label,
``column.<name>.is`` says what the column holds, in which unit.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.model.profiles import PROFILES
from quartieri15.publish import words
from quartieri15.publish.texts import in_each

if TYPE_CHECKING:
    from quartieri15.publish.texts import Texts

_DIGITS: Final = 3
"""Of a number that is not whole; its whole part is told in full."""


def column_label(name: str) -> Texts:
    """Return what a column is called; of one without a phrase, its own name.

    Examples
    --------
    >>> column_label("uncovered")["en"], column_label("of_a_stranger")["it"]
    ('people beyond the threshold', 'of_a_stranger')
    """
    for key in (f"column.{name}", name):
        if words.is_phrase(key):
            return words.in_all_languages(key)
    return dict.fromkeys(words.LANGUAGES, name)


def column_meaning(name: str) -> Texts | None:
    """Return what a column holds and in which unit; None where nobody has said so.

    Examples
    --------
    >>> column_meaning("share")["en"]
    'covered / population: a fraction between 0 and 1, empty where nobody of the group lives'
    """
    key = f"column.{name}.is"
    return words.in_all_languages(key) if words.is_phrase(key) else None


CODED: Final = (
    *("by", "group", "profile", "places", "to", "kind", "network", "class", "change"),
    *("location_precision", "confidence", "reason", "reason_codes"),
)
"""Columns of codes, for programs: a reader is told the words."""


def codes_in(column: str, value: str) -> list[str]:
    """Return the codes of a cell: several reasons stand with a blank between them.

    Examples
    --------
    >>> codes_in("reason_codes", "far dense"), codes_in("confidence", "one source")
    (['far', 'dense'], ['one source'])
    """
    return value.split() if column in ("reason", "reason_codes") else [value]


def code_text(column: str, code: str) -> Texts:
    """Say in words what a code of a column means; any other text stays as it is.

    Examples
    --------
    >>> code_text("profile", "walk_75")["en"], code_text("group", "over75")["it"]
    ('On foot, pace of a person of 75', 'persone di 75 anni e più')
    >>> code_text("reason_codes", "far")["en"], code_text("group", "sailors")["en"]
    ('half of the group lives beyond the threshold', 'sailors')
    """
    if column not in CODED:
        return dict.fromkeys(words.LANGUAGES, words.isolated(code))
    if column == "profile" and code in PROFILES:
        return in_each(partial(words.profile_text, PROFILES[code]))
    column = "reason" if column == "reason_codes" else column
    own = words.VALUES.get(column, {}).get(code, code)
    for key in (f"layers.{column}.{code}", f"{column}_{code}", own):
        if words.is_phrase(key):
            return words.in_all_languages(key)
    return dict.fromkeys(words.LANGUAGES, words.isolated(code))


def is_minutes(column: str) -> bool:
    """Tell whether a column holds minutes, by its name."""
    return "minutes" in column.split("_") and not is_change(column)


def is_share(column: str) -> bool:
    """Tell whether a column holds fractions of one, by its name."""
    return "share" in column.split("_") or column == "incidence"


def is_change(column: str) -> bool:
    """Tell whether a column holds how much more or less, by its name."""
    changes = ("difference", "minutes_saved", "change", "change_share")
    return column in changes or column.endswith("_change")


def is_name(column: str) -> bool:
    """Tell whether the numbers of a column are names: ids, years and Municipi, never counted."""
    return column in ("id", "year", "municipio") or column.endswith(("_id", "_year"))


def value_text(column: str, value: Any) -> Texts:
    """Write a cell of a table in words, with no more digits than a reader needs.

    Examples
    --------
    >>> value_text("share", 0.4449)["it"], value_text("p90_minutes", 26.8039)["it"]
    ('44,5%', '26,8')
    >>> value_text("uncovered", 10470.0)["en"], value_text("hosts_wemi", True)["it"]
    ('10,470', 'sì')
    >>> value_text("year", 2021)["it"]
    '2021'
    """
    if isinstance(value, bool | np.bool_):
        return words.in_all_languages("layers.yes" if value else "layers.no")
    if not isinstance(value, int | float | np.integer | np.floating):
        return dict.fromkeys(words.LANGUAGES, str(value))
    number = float(value)
    if is_name(column):
        return dict.fromkeys(words.LANGUAGES, f"{number:.0f}")
    if is_share(column):
        return in_each(words.percent, number, decimals=1)
    if number == round(number):
        return in_each(words.as_given, number)
    digits = max(_DIGITS, len(f"{abs(number):.0f}"))
    return in_each(words.as_given, float(f"{number:.{digits}g}"))
