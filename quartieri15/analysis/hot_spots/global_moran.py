"""Global Moran's I: whether areas are like their neighbours, on the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.analysis.hot_spots.local_tests import alike
from quartieri15.analysis.hot_spots.moran import moran, permuted_moran
from quartieri15.analysis.hot_spots.permutations import counts_among
from quartieri15.analysis.hot_spots.question import question_of
from quartieri15.analysis.hot_spots.units import HEXAGONS, SIDE_M, Units, units_of
from quartieri15.plain_json import plain_json
from quartieri15.progress import saying

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from quartieri15.analysis.hot_spots.question import Question
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say


def global_moran(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile | Iterable[str | TravelProfile],
    minutes: float = 15,
    units: str = HEXAGONS,
    groups: str | Iterable[str] | None = None,
    field: str = "uncovered_per_km2",
    around: str | None = None,
    permutations: int = 999,
    seed: int = 0,
    side_m: float = SIDE_M,
    progress: Say | None = None,
) -> pd.DataFrame:
    """Tell whether areas are like their neighbours on the whole: Moran's I of the city.

    Parameters
    ----------
    city, to, profile, minutes, units, groups, field, around, permutations, seed, side_m, progress
        As for :func:`hot_spots`. With ``around``, the bivariate I.

    Returns
    -------
    pandas.DataFrame
        One row per profile and group.

        ``units, group, profile, speed_kmh, minutes, places``
            What the row is about.
        ``areas, islands``
            How many areas have a value, and how many of them no neighbour.
        ``moran_i``
            Near 0 where values lie anyhow, up to 1 where like lies beside like.
        ``expected, z_value, p_value``
            The mean of the shuffled I, the distance from it in their standard deviations, and how
            often they are as extreme, both sides together.
        ``reason``
            Why figures are missing: ``no_variation`` where all values are alike, ``no_neighbour``
            where no area with a value touches another; otherwise empty.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`hot_spots`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> whole = global_moran(milano, to="houses", profile="walk_75", units="nil", groups="over65")
    >>> whole[["areas", "islands", "p_value"]].round(3).to_dict("records")
    [{'areas': 87, 'islands': 0, 'p_value': 0.002}]
    """
    asked = question_of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        groups=groups,
        statistic="moran",
        field=field,
        around=around,
        level=0.5,
        permutations=permutations,
        seed=seed,
    )
    divided = units_of(city, units, side_m=side_m)
    with saying(progress, city.name) as say:
        return _global_moran(city, divided, asked, say)


def _global_moran(city: City, units: Units, asked: Question, say: Say) -> pd.DataFrame:
    counted = asked.counted(units, asked.times(city, say))
    values, around, why = asked.fields(counted, units)
    say(f"{asked.permutations:,} permutations of {values.shape[1]:,} fields")
    found = np.full((6, values.shape[1]), np.nan)
    found[:2] = 0
    for there, fields in alike(why == ""):
        among = units.neighbours.among(there)
        own = values[np.ix_(there, fields)]
        others = None if around is None else around[np.ix_(there, fields)]
        observed = moran(own, among, others)
        shuffled = permuted_moran(
            own, among, others, permutations=asked.permutations, seed=asked.seed
        )
        mean, spread = shuffled.mean(axis=0), shuffled.std(axis=0)
        p_value = counts_among(observed, shuffled).p_values()
        z_value = (observed - mean) / np.where(spread > 0, spread, np.nan)
        sizes = [np.full(len(fields), n) for n in (len(among), (among.number == 0).sum())]
        found[:, fields] = [*sizes, observed, mean, z_value, p_value]
    profiles, areas, groups = counted.shape
    rows = counted.table.iloc[:: areas * groups]
    table = pd.DataFrame(
        {
            "units": units.name,
            "group": list(asked.groups) * profiles,
            "areas": found[0].astype(np.int64),
            "islands": found[1].astype(np.int64),
            **dict(zip(("moran_i", "expected", "z_value", "p_value"), found[2:], strict=True)),
            "reason": np.select(
                [found[0] == found[1], np.isnan(found[4])], ["no_neighbour", "no_variation"], ""
            ),
            **{
                name: rows[name].to_numpy().repeat(groups)
                for name in ("profile", "speed_kmh", "minutes", "places")
            },
        }
    )
    untested = table["reason"] != ""
    table.loc[untested, ["moran_i", "expected", "z_value", "p_value"]] = np.nan
    method = {
        "units": units.name,
        **asked.told(),
        "null": "all values change places; of two fields those around",
    }
    table.attrs["provenance"] = plain_json(counted.provenance | {"global_moran": method})
    return table
