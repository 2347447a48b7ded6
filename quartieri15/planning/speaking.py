"""How figures are said in sentences, Italian first: groups of people, numbers, what is too few.

One source of the words that comparing, siting and publishing share.
"""

from __future__ import annotations

import functools
import math
from typing import Final

from quartieri15.arguments import is_one_of
from quartieri15.errors import UnknownNameError

LANGUAGES: Final = ("it", "en")
"""The languages in which sentences are said, the first where none is asked for."""

GROUPS: Final[dict[str, dict[str, str]]] = {
    "residents": {"it": "residenti", "en": "residents"},
    "minors": {"it": "minori (0-17 anni)", "en": "minors (aged 0-17)"},
    "over65": {"it": "persone di 65 anni e più", "en": "people aged 65 and over"},
    "over75": {"it": "persone di 75 anni e più", "en": "people aged 75 and over"},
    "over85": {"it": "persone di 85 anni e più", "en": "people aged 85 and over"},
    "foreign": {
        "it": "residenti con cittadinanza straniera",
        "en": "residents with foreign citizenship",
    },
    "over65_alone": {
        "it": "persone di 65 anni e più che vivono sole",
        "en": "people aged 65 and over living alone",
    },
    "households": {"it": "famiglie", "en": "households"},
    "renting_households": {"it": "famiglie in affitto", "en": "renting households"},
}
"""What each group of people is called, in both languages."""

TOO_FEW: Final = {"it": "meno di 10", "en": "fewer than 10"}


def require_language(language: str) -> str:
    """Return a language, or say which ones there are.

    Raises
    ------
    UnknownNameError
        If it is neither ``"it"`` nor ``"en"``.
    """
    if not is_one_of(language, LANGUAGES):
        raise UnknownNameError.among(language, LANGUAGES, kind="language", where="language")
    return language


def to_tens(people: float) -> float | None:
    """Round people to tens; None for what is above 0 and below 10, and for what is not told.

    Examples
    --------
    >>> to_tens(0), to_tens(3.2), to_tens(14.9), to_tens(1618.96)
    (0.0, None, 10.0, 1620.0)
    """
    if not people:
        return 0.0
    # A count that was hidden before is no number.
    return 10.0 * math.floor(people / 10 + 0.5) if people >= 10 else None  # noqa: PLR2004 - tens


def people(count: float, language: str) -> str:
    """Say a number of people to tens.

    Examples
    --------
    >>> people(1618.96, "it"), people(3.2, "en")
    ('1.620', 'fewer than 10')
    """
    told = to_tens(count)
    return TOO_FEW[language] if told is None else number(told, language)


def number(value: float, language: str = "it", *, decimals: int = 0) -> str:
    """Write a number as a language does.

    Parameters
    ----------
    value
        Any number; a missing one is a dash.
    language
        ``"it"`` writes 1.234,5 and ``"en"`` writes 1,234.5.
    decimals
        Digits after the decimal mark.

    Examples
    --------
    >>> number(312619.4), number(-1234.5, "en", decimals=1), number(float("nan"))
    ('312.619', '−1,234.5', '–')
    """
    require_language(language)
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):,.{decimals}f}".translate(_marks(language))
    return f"−{text}" if value < 0 and text.strip("0.,") else text


@functools.cache
def _marks(language: str) -> dict[int, str]:
    """Return what stands for the comma and the point of English in a language (Unicode CLDR)."""
    from babel import Locale

    symbols = Locale.parse(language).number_symbols["latn"]
    return {ord(","): symbols["group"], ord("."): symbols["decimal"]}


def percent(share: float, language: str = "it", *, decimals: int = 0) -> str:
    """Write a share between 0 and 1 as a percentage.

    Examples
    --------
    >>> percent(0.225, "it", decimals=1), percent(0.225, "en", decimals=1)
    ('22,5%', '22.5%')
    """
    text = number(100 * share, language, decimals=decimals)
    return text if text == "–" else f"{text}%"


def as_given(value: float, language: str = "it") -> str:
    """Write a number with the decimals it has, up to four.

    Examples
    --------
    >>> as_given(15.0), as_given(7.25), as_given(7.5, "en")
    ('15', '7,25', '7.5')
    """
    plain = f"{value:.4f}".rstrip("0")
    return number(value, language, decimals=len(plain.partition(".")[2]))
