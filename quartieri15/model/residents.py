"""Where people live: expected residents per address, closed on the published totals."""

from __future__ import annotations

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
