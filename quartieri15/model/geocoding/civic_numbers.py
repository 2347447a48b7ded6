"""Civic numbers: what people write for one, how a register does, and which are near it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

COST_OF_PART: Final = 0.05
"""What it costs to take ``71`` or ``73`` for ``71/73``, where it has no such double number."""
COST_OF_BIS: Final = 0.05
"""What it costs to take ``15/A`` for ``15 bis``."""
# Numbers of one entrance: 71/73. A number behind a larger one is of a courtyard: 36/5.
_WIDEST: Final = 10
_BIS: Final = {"BIS": "A", "TER": "B", "QUATER": "C"}

NUMBER: Final = r"""
    (?P<first>\d{1,4})(?!\d)
    (?:\s*[-/.]?\s*(?P<letter>bis|ter|quater|[a-z](?:[a-z]?\d{2})?|[np]\d{2})(?!['\w]))?
    (?:\s*[-/]\s*(?P<second>\d{1,4}|[a-z](?!\w))
       (?:\s*[-/]?\s*(?P<third>[a-z]\d{0,2}))?(?!['\w]))?
"""
"""A number in a text, for :func:`re.compile` with ``VERBOSE`` and ``IGNORECASE``."""


@dataclass(frozen=True)
class CivicNumber:
    """A civic number as someone wrote it.

    Parameters
    ----------
    first
        The number itself.
    letter, second, third
        What follows: ``A`` of ``15/A``, ``73`` of ``71/73``, empty where nothing does.
    """

    first: str
    letter: str = ""
    second: str = ""
    third: str = ""

    @classmethod
    def of(cls, match: re.Match[str]) -> CivicNumber:
        """Return the number that :data:`NUMBER` found."""
        first, letter, second, third = (
            (match[name] or "").upper() for name in ("first", "letter", "second", "third")
        )
        return cls(str(int(first)), letter, second, third)

    @property
    def said(self) -> str:
        """The number as people write it.

        Examples
        --------
        >>> CivicNumber("15", "A").said, CivicNumber("71", second="73").said
        ('15/A', '71/73')
        """
        return "/".join(filter(None, (self.first, self.letter, self.second, self.third)))

    def spellings(self) -> list[tuple[str, float]]:
        """Return what the number may be in :func:`canonical` form, each with its cost.

        Examples
        --------
        >>> CivicNumber("15", "A").spellings(), CivicNumber("71", second="73").spellings()
        ([('15A', 0.0)], [('71/73', 0.0), ('71', 0.05), ('73', 0.05)])
        >>> CivicNumber("8", "BIS").spellings()
        [('8BIS', 0.0), ('8A', 0.05)]
        """
        numbers = [(canonical(self.said), 0.0)]
        if letter := _BIS.get(self.letter):
            return [*numbers, (f"{self.first}{letter}", COST_OF_BIS)]
        if self.is_double:
            halves = canonical(f"{self.first}{self.letter}"), canonical(self.second + self.third)
            numbers += [(half, COST_OF_PART) for half in halves]
        return numbers

    @property
    def is_double(self) -> bool:
        """Whether it may be the two numbers of one entrance, such as ``71/73``."""
        if not self.second.isdigit():
            return False
        return int(self.first) < int(self.second) <= int(self.first) + _WIDEST


def canonical(number: str) -> str:
    """Return a number in the one form in which numbers are compared.

    Examples
    --------
    >>> [canonical(one) for one in ("15 a", "15/A", "012", "70/30", "4/2/B", "8 bis")]
    ['15A', '15A', '12', '70/30', '4/2B', '8BIS']
    """
    plain = re.sub(r"\s", "", number).upper().replace("-", "/")
    return re.sub(r"(?<=\d)/(?=[A-Z])", "", plain).lstrip("0")


def leading(number: str) -> int:
    """Return the number without letters; 0 where there is none.

    Examples
    --------
    >>> leading("15A"), leading("70/30"), leading("A")
    (15, 70, 0)
    """
    digits = re.match(r"\d{1,9}", number)
    return int(digits[0]) if digits else 0


def in_order(numbers: Iterable[object]) -> list[str]:
    """Return numbers once each, as they stand along a street.

    Examples
    --------
    >>> in_order(["10", "2A", "2"])
    ['2', '2A', '10']
    """
    return sorted({str(number) for number in numbers}, key=lambda one: (leading(one), one))
