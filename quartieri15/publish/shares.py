"""Shares of people as they are told: made of the published counts, once, and rounded once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quartieri15.publish import words
from quartieri15.publish.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """How many people of a zone are beyond the threshold, as far as that is published.

    Parameters
    ----------
    uncovered
        So many people.
    population
        Of so many.
    bound
        ``"at_least"`` or ``"at_most"`` where only a limit is published.
    """

    uncovered: float
    population: float
    bound: str | None = None

    @property
    def share(self) -> float:
        """The part of all that is beyond."""
        # Never 1 - share: that share is rounded already, and would be rounded twice.
        return self.uncovered / self.population

    def share_text(self, language: str) -> str:
        """Write the share, with "at least" or "at most" where only a limit is published."""
        return self._bounded(share_text(self.uncovered, self.population, language), language)

    def people_text(self, language: str) -> str:
        """Write the count, with "at least" or "at most" where only a limit is published."""
        return self._bounded(words.number(self.uncovered, language), language)

    def _bounded(self, text: str, language: str) -> str:
        return say(f"themes.{self.bound}", language, value=text) if self.bound else text


def beyond(row: Mapping[str, Any] | pd.Series) -> Beyond | None:
    """Return how many are beyond the threshold in a row of a publishable coverage.

    Parameters
    ----------
    row
        ``population``, ``uncovered``, ``covered_at_least`` and ``uncovered_at_least``.

    Returns
    -------
    Beyond or None
        None where nobody lives, or nothing is published.

    Examples
    --------
    >>> beyond({"population": 311780.0, "uncovered": 173110.0}).share_text("it")
    '56%'
    >>> hidden = {"population": 140.0, "uncovered": math.nan, "uncovered_at_least": 120.0}
    >>> beyond(hidden).share_text("en")
    'at least 86%'
    """
    population = row["population"]
    if math.isnan(population) or population == 0:
        return None
    if not math.isnan(row["uncovered"]):
        return Beyond(uncovered=row["uncovered"], population=population)
    if not math.isnan(least := row.get("uncovered_at_least", math.nan)):
        return Beyond(uncovered=least, population=population, bound="at_least")
    if not math.isnan(least := row.get("covered_at_least", math.nan)):
        return Beyond(uncovered=population - least, population=population, bound="at_most")
    return None


def share_text(part: float, whole: float, language: str) -> str:
    """Write a share in whole per cents; nearly all is not all, and nearly nobody not nobody.

    Examples
    --------
    >>> share_text(996, 1000, "en"), share_text(4, 1000, "it"), share_text(1000, 1000, "en")
    ('more than 99%', "meno dell'1%", '100%')
    """
    # Python rounds half to even, as in words.percent.
    per_cent = round(100 * part / whole)
    if per_cent == 100 and part < whole:  # noqa: PLR2004  (per cent)
        return say("summary.nearly_all", language)
    if per_cent == 0 and part > 0:
        return say("summary.nearly_nobody", language)
    return words.percent(part / whole, language)
