"""Whom the library counts: groups of people and households, and the ages they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUPS = (
    "residents",
    "minors",
    "over65",
    "over75",
    "over85",
    "foreign",
    "over65_alone",
    "households",
    "renting_households",
)
# The finest age bands that both the 2011 census and the counts of 2021 can be brought to: years
# of age, both ends included.
BANDS: Mapping[str, tuple[int, int]] = {
    "0-17": (0, 17),
    "18-24": (18, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65-74": (65, 74),
    "75-84": (75, 84),
    "85+": (85, 120),
}
# Where the groups stand among the bands.
MINORS = slice(0, 1)
WORKING_AGE = slice(1, 6)
OVER65 = slice(6, None)
OVER75 = slice(7, None)
OVER85 = slice(8, None)

LEADING = ("over65", "foreign")
"""Whom questions ask about if nobody is named: of these, those that the city counts."""
LEADING_AMONG_ALL = ("residents", *LEADING)
"""The same beside all residents."""
