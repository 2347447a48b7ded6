"""Minutes to the nearest place everywhere in the city, small enough to travel in a page."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.reach.cells import CELL_M
from quartieri15.reach.surfaces import travel_time_surface

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.profiles import TravelProfile
    from quartieri15.publish.site.material import Material

EVERY: Final = 5
"""One cell in so many, in both directions, is told: 50 m, two pixels where a whole city is shown."""

PER_MINUTE: Final = 2
"""Times are told in half minutes: a limit drawn between two cells is then as sharp as a street."""

LONGEST_MINUTES: Final = 25
"""Longer times are told as this; no class of the map begins later."""

NONE: Final = 0
"""What stands where there is no street, or no way. Times are one higher than their half minutes."""


@functools.lru_cache(maxsize=1)
def minutes_grids(material: Material) -> dict[str, Any]:
    """Return the minutes of every traveller, on one grid.

    Parameters
    ----------
    material
        What the pages are made from.

    Returns
    -------
    dict
        ``left``, ``top`` (the middle of the north-western cell, in metres), ``cell_m``,
        ``columns``, ``rows``, ``per_minute``, and ``times`` by name of the traveller, the
        northernmost row first: 0 where there is no time, otherwise one more than the time in
        ``per_minute`` parts.
    """
    grids = {who.name: _times(material, who) for who in material.travellers}
    (left, top), times = next(iter(grids.values()))
    rows, columns = times.shape
    return {
        "left": left,
        "top": top,
        "cell_m": CELL_M * EVERY,
        "columns": columns,
        "rows": rows,
        "per_minute": PER_MINUTE,
        "times": {name: grid.ravel() for name, (_, grid) in grids.items()},
    }


def _times(
    material: Material, who: TravelProfile
) -> tuple[tuple[float, float], NDArray[np.int64]]:
    material.progress(f"minutes everywhere, {who.label_en}")
    surface = travel_time_surface(
        material.city, material.places, profile=who, minutes=None, area=None
    )
    minutes = surface.minutes[EVERY // 2 :: EVERY, EVERY // 2 :: EVERY]
    first = (EVERY // 2 + 0.5) * CELL_M
    parts = np.round(np.minimum(np.nan_to_num(minutes), LONGEST_MINUTES) * PER_MINUTE)
    times = np.where(np.isnan(minutes), NONE, parts + 1).astype(np.int64)
    return (float(surface.left + first), float(surface.top - first)), times
