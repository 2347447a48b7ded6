"""Where one class of a theme ends and the next begins: round numbers, the same on every page.

Limits are worked out once, from the whole city and every traveller that can be chosen. So a colour
means the same on the page of each Municipio, and when another traveller is chosen.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.publish.legends import MINUTES_LIMITS, PER_CENT_LIMITS
from quartieri15.publish.site.zones_shown import zones_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quartieri15.publish.site.material import Material

CLASSES: Final = 5

ROUND: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""What a limit may begin with: numbers that are easy to say and to keep."""

SMALLEST: Final = 20
"""No limit of people is below this: counts are told in tens."""


def round_limits(values: ArrayLike, classes: int = CLASSES) -> list[int]:
    """Return round limits that split values into classes of about as many each.

    Parameters
    ----------
    values
        Counts or densities; those of nobody and missing ones are left out.
    classes
        How many classes at most.

    Returns
    -------
    list of int
        Upper limits of all classes but the last, ascending: quantiles, rounded to one of
        :data:`ROUND` times a power of ten. A value that is a limit belongs to the class below it.

    Examples
    --------
    >>> round_limits([30, 40, 130, 260, 480, 900, 1400, 2600, 4100, 7300])
    [100, 400, 1000, 3000]
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known) & (known > 0)]
    if not len(known):
        return []
    wanted = np.quantile(known, np.arange(1, classes) / classes)
    limits = sorted({_rounded(float(value)) for value in wanted})
    return [limit for limit in limits if SMALLEST <= limit < known.max()]


@functools.lru_cache(maxsize=1)
def class_limits(material: Material) -> dict[str, Any]:
    """Return the limits of all themes of a site.

    Returns
    -------
    dict
        ``minutes`` and ``share`` (per cent), lists; ``count`` (people beyond the threshold) and
        ``density`` (people per km2), lists by group.
    """
    zones = zones_of(material)
    area = zones.set_index("id")["area_km2"]
    by = zones.attrs["by"]
    cover = pd.concat([pd.DataFrame(material.coverage(who, by)) for who in material.travellers])
    of_group = {group: cover[cover["group"] == group] for group in material.groups}
    return {
        "minutes": [*MINUTES_LIMITS],
        "share": [*PER_CENT_LIMITS],
        "count": {group: round_limits(rows["uncovered"]) for group, rows in of_group.items()},
        "density": {
            group: round_limits(
                rows["population"].to_numpy() / area.loc[rows["zone_id"]].to_numpy()
            )
            for group, rows in of_group.items()
        },
    }


def _rounded(value: float) -> int:
    scale = 10.0 ** math.floor(math.log10(value))
    return round(scale * min(ROUND, key=lambda step: abs(math.log(step * scale / value))))
