"""Who travels: how fast, on what, past what, and with which citation."""

from __future__ import annotations

from quartieri15.model.profiles.catalogue import (
    BIKE_65,
    BIKE_ADULT,
    PROFILES,
    WALK_65,
    WALK_75,
    WALK_80PLUS,
    WALK_ADULT,
    get,
)
from quartieri15.model.profiles.traveller import Mode, TravelProfile

__all__ = [
    "BIKE_65",
    "BIKE_ADULT",
    "PROFILES",
    "WALK_65",
    "WALK_75",
    "WALK_80PLUS",
    "WALK_ADULT",
    "Mode",
    "TravelProfile",
    "get",
]
