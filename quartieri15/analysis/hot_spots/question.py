"""What may be asked of hot spots, and whether it makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.analysis.coverage import require_minutes
from quartieri15.analysis.hot_spots.fields import FIELDS, Counted, count, field_of
from quartieri15.arguments import (
    is_finite,
    is_one_of,
    is_whole,
    require_choice,
    require_whole,
    several,
    shown,
)
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.reach.times import travel_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.units import Units
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say

STATISTICS: Final = ("getis_ord", "moran")
PERMUTATIONS: Final = 99_999
"""How many, if nothing is said. The smallest p-value is 2 in 100,000; of thousands of areas it must
lie well below the level divided by their number, or what is called hangs on the seed."""
MOST_PERMUTATIONS: Final = 999_999


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question of hot spots, checked."""

    to: str | gpd.GeoDataFrame
    travellers: list[TravelProfile]
    minutes: float
    groups: tuple[str, ...]
    statistic: str
    field: str
    around: str | None
    level: float
    permutations: int
    seed: int

    def times(self, city: City, say: Say) -> dict[str, pd.DataFrame]:
        """Compute the travel times of each profile."""
        times = {}
        for traveller in self.travellers:
            say(f"{traveller.name}: travel times")
            times[traveller.name] = travel_times(city, to=self.to, profile=traveller)
        return times

    def counted(self, units: Units, times: Mapping[str, pd.DataFrame]) -> Counted:
        """Count who is covered in each area."""
        return count(
            units,
            to=self.to,
            travellers=self.travellers,
            minutes=self.minutes,
            groups=self.groups,
            times=times,
        )

    def fields(
        self, counted: Counted, units: Units
    ) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any]]:
        """Return the values, those around (None for the same), and why one is missing."""
        values, why = field_of(counted, units, self.field)
        if self.around is None:
            return values, None, why
        around, also = field_of(counted, units, self.around)
        return values, around, np.where(why == "", also, why)

    def told(self) -> dict[str, Any]:
        """Return what was asked, in words."""
        return {
            "field": f"{self.field}: {FIELDS[self.field]}",
            "around": None if self.around is None else f"{self.around}: {FIELDS[self.around]}",
            "permutations": self.permutations,
            "seed": self.seed,
        }


def question_of(
    city: City,
    *,
    profile: object,
    minutes: float,
    groups: str | Iterable[str] | None,
    field: object,
    around: object,
    **options: Any,
) -> Question:
    """Check a question; the options are those of ``hot_spots``."""
    require_city(city)
    travellers = [profiles.get(one) for one in several(profile)]
    if not travellers:
        raise ParameterError("no profile is named", where="profile", mend="name at least one")
    if len({traveller.name for traveller in travellers}) < len(travellers):
        raise ParameterError("a profile stands twice", where="profile", mend="name each once")
    for where, value in (("field", field), ("around", around)):
        if not (is_one_of(value, FIELDS) or (where == "around" and value is None)):
            raise UnknownNameError.among(value, FIELDS, kind="field", where=where)
    statistic, level = options["statistic"], options["level"]
    permutations, seed = options["permutations"], options["seed"]
    require_choice(
        statistic, STATISTICS, where="statistic", mend=f"use one of {', '.join(STATISTICS)}"
    )
    if around is not None and statistic != "moran":
        raise ParameterError(
            "Gi* looks at one field alone", where="around", mend="use statistic='moran'"
        )
    if not is_finite(level) or not 0 < level < 1:
        raise ParameterError(
            f"level is {shown(level)}", where="level", mend="give a rate such as 0.05"
        )
    if not is_whole(permutations) or not 2 / level - 1 <= permutations <= MOST_PERMUTATIONS:
        raise ParameterError(
            f"permutations is {shown(permutations)}",
            where="permutations",
            mend=f"give a whole number up to {MOST_PERMUTATIONS:,}; a level of {level:g} needs "
            f"{2 / level - 1:,.0f} at least, and many areas more",
        )
    seed = require_whole(seed, where="seed", least=0)
    return Question(
        travellers=travellers,
        minutes=require_minutes(minutes),
        groups=city.require_groups(groups),
        field=str(field),
        around=None if around is None or around == field else str(around),
        # As numbers of Python: those of numpy may be too small for what is counted.
        **options | {"level": float(level), "permutations": int(permutations), "seed": seed},
    )
