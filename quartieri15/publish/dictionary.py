"""What the columns of published tables are called, and what they hold, in both languages.

The phrases stand in ``locale/<language>/columns.po``: ``column.<name>`` is the label,
``column.<name>.is`` says what the column holds, in which unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

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


def value_text(column: str, value: Any) -> Texts:
    """Write a cell of a table in words, with no more digits than a reader needs.

    Examples
    --------
    >>> value_text("share", 0.4449)["it"], value_text("p90_minutes", 26.8039)["it"]
    ('44,5%', '26,8')
    >>> value_text("uncovered", 10470.0)["en"], value_text("hosts_wemi", True)["it"]
    ('10,470', 'sì')
    """
    if isinstance(value, bool | np.bool_):
        return words.in_all_languages("layers.yes" if value else "layers.no")
    if not isinstance(value, int | float | np.integer | np.floating):
        return dict.fromkeys(words.LANGUAGES, str(value))
    number = float(value)
    if is_share(column):
        return in_each(words.percent, number, decimals=1)
    if number == round(number):
        return in_each(words.as_given, number)
    digits = max(_DIGITS, len(f"{abs(number):.0f}"))
    return in_each(words.as_given, float(f"{number:.{digits}g}"))
