"""Who travels: how fast, on what, past what, and with which citation.

A profile is looked up (:func:`get`), derived (:meth:`TravelProfile.with_`), compared
(:func:`compare`), written and read (:meth:`TravelProfile.to_yaml`,
:meth:`TravelProfile.from_yaml`). :func:`unknown_km` tells what of its refusals no tag tells.
"""

from __future__ import annotations

from quartieri15.model.profiles.catalogue import (
    BIKE_65,
    BIKE_ADULT,
    BIKE_LOW_STRESS,
    PROFILES,
    STEP_FREE,
    WALK_65,
    WALK_75,
    WALK_80PLUS,
    WALK_ADULT,
    WALK_WITH_CHILD,
    get,
)
from quartieri15.model.profiles.comparing import compare, unknown_km
from quartieri15.model.profiles.costs import REFUSALS, STEPS_FACTOR, signal_wait_s
from quartieri15.model.profiles.traveller import Mode, Slope, TravelProfile

from_yaml = TravelProfile.from_yaml

__all__ = [
    "BIKE_65",
    "BIKE_ADULT",
    "BIKE_LOW_STRESS",
    "PROFILES",
    "REFUSALS",
    "STEPS_FACTOR",
    "STEP_FREE",
    "WALK_65",
    "WALK_75",
    "WALK_80PLUS",
    "WALK_ADULT",
    "WALK_WITH_CHILD",
    "Mode",
    "Slope",
    "TravelProfile",
    "compare",
    "from_yaml",
    "get",
    "signal_wait_s",
    "unknown_km",
]
