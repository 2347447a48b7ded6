"""Hot spots: where a group is left out in numbers that chance would not put side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np

from quartieri15.analysis.hot_spots.false_discovery import any_dependence
from quartieri15.analysis.hot_spots.fields import REASONS, Counted
from quartieri15.analysis.hot_spots.local_tests import tested
from quartieri15.analysis.hot_spots.question import PERMUTATIONS, question_of
from quartieri15.analysis.hot_spots.units import HEXAGONS, SIDE_M, Units, units_of
from quartieri15.plain_json import plain_json
from quartieri15.progress import saying

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.local_tests import Findings
    from quartieri15.analysis.hot_spots.question import Question
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say

CLASSES: Final = {
    "hot": "high, and surrounded by high values",
    "cold": "low, and surrounded by low values",
    "high_among_low": "high, and surrounded by low values",
    "low_among_high": "low, and surrounded by high values",
    "not": (
        "no more around it, and no less, than chance may put there; of Gi* also where it lies on "
        "the other side of the mean than what surrounds it"
    ),
    "not_tested": "see the reason",
}
"""What an area is called."""

_PLAN: Final = (
    "conditional permutation: an area keeps its value, all others change places; the two sides "
    "are tested together"
)
_Q_VALUE: Final = (
    "Benjamini and Hochberg 1995, over the areas of one group and profile. The tests of "
    "neighbours share values and so depend on each other, positively: there the rate holds "
    "(Benjamini and Yekutieli 2001, of one-sided tests). For any dependence at all multiply "
    "q_value by any_dependence"
)
_EDGE: Final = (
    "nobody is counted outside the city, so that an area at its border has fewer neighbours and "
    "a test of less power, and may be part of a hot spot that goes on outside; travel times are "
    "not cut at the border"
)


def hot_spots(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile | Iterable[str | TravelProfile],
    minutes: float = 15,
    units: str = HEXAGONS,
    groups: str | Iterable[str] | None = None,
    statistic: str = "getis_ord",
    field: str = "uncovered_per_km2",
    around: str | None = None,
    level: float = 0.05,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    side_m: float = SIDE_M,
    progress: Say | None = None,
) -> gpd.GeoDataFrame:
    """Find where people beyond the threshold live side by side, more than chance would have it.

    A zone with many uncovered people may be one of many such: a hot spot is surrounded by more of
    them than nearly all ways to shuffle the city's values would put there.

    Parameters
    ----------
    city
        The city.
    to
        The places to reach; see :func:`~quartieri15.analysis.coverage.coverage`.
    profile
        Who travels, one or several.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    units
        The areas: ``"hexagons"``, ``"sections"`` (of the census), or the name of a set of zones
        such as ``"nil"``.
    groups
        The groups to look at, each on its own; all that the city knows when left out.
    statistic
        ``"getis_ord"``: Gi*, an area with its neighbours (Ord and Getis 1995). ``"moran"``: local
        Moran's I, an area against its neighbours (Anselin 1995), which tells outliers too.
    field
        What is looked at, a key of :data:`FIELDS`: ``"uncovered_per_km2"``, where the people are;
        ``"uncovered_share"``, which part of them (standardised, since a share of few people says
        little); ``"density_per_km2"``; ``"median_minutes"``.
    around
        What is looked at in the neighbours, for the bivariate local Moran: for example
        ``field="density_per_km2", around="median_minutes"`` finds where many live among people
        who have far to go. Left out, the same as ``field``.
    level
        The false discovery rate: the expected part of false calls among the areas called.
    permutations
        How many, at most 999,999. With few of them and thousands of areas, what is called hangs
        on the seed: see ``docs/hot_spots.md``.
    seed
        The seed of the permutations: the same seed gives the same bytes.
    side_m
        Side of a hexagon in metres, from 20 to 5000.
    progress
        Called with a few words at the start of every step; left out, a moving line is shown where
        somebody is looking.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per profile, unit and group.

        ``units, unit_id, unit, group``
            What the row is about.
        ``population, uncovered, uncovered_share, density_per_km2, uncovered_per_km2``
            People of the group, as in the coverage; ``median_minutes`` to the nearest place.
        ``value, around``
            What is tested, ``field`` and (for the bivariate Moran) the field around; shares are
            standardised.
        ``statistic``
            Gi*, or local Moran's I.
        ``z_value``
            The neighbours' sum in standard deviations of what permutation gives.
        ``p_value, q_value``
            How often permutation gives as extreme a sum, both sides together, and the least false
            discovery rate at which the area is called.
        ``class``
            A key of :data:`CLASSES`: ``hot``, ``cold``, ``high_among_low``, ``low_among_high`` (of
            Moran alone), ``not`` or ``not_tested``.
        ``neighbours, edge_share``
            How many neighbours have a value, and which part of the unit's surroundings lies
            outside the city.
        ``reason``
            Why the unit was not tested, or a share or time is missing: a key of :data:`REASONS`,
            otherwise empty.
        ``profile, speed_kmh, minutes, places, geometry``
            What was asked, and the unit.

        ``attrs["provenance"]`` is that of the coverage, and holds ``hot_spots``: method, units,
        islands, edge and seed.

    Raises
    ------
    ParameterError
        If a number makes no sense, ``level`` is out of reach of so few permutations, or ``around``
        is asked of Gi*.
    UnknownNameError
        If the profile, the places, the units, the field, the statistic or a group are not known.
    InputError
        If ``to`` is no table of points, or the city has no residents, or no sections where they
        are asked for.

    Notes
    -----
    Areas where nobody lives take no part: they are nobody's neighbours and are not shuffled.
    Otherwise the shuffles would put people into parks, and any quarter would be a hot spot.
    Neighbours count alike: the six hexagons around one, or all that share a border or a corner.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> found = hot_spots(milano, to="houses", profile="walk_75", units="nil", groups="over65")
    >>> found.loc[found["class"] == "hot", "unit"].tolist()[:3]
    ['XXII MARZO', 'PORTA GENOVA', 'PORTA MAGENTA']
    """
    asked = question_of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        groups=groups,
        statistic=statistic,
        field=field,
        around=around,
        level=level,
        permutations=permutations,
        seed=seed,
    )
    divided = units_of(city, units, side_m=side_m)
    with saying(progress, city.name) as say:
        return found_hot_spots(divided, asked, asked.times(city, say), say)


def found_hot_spots(
    units: Units, asked: Question, times: Mapping[str, pd.DataFrame], say: Say
) -> gpd.GeoDataFrame:
    """Answer a question that was checked, as :func:`hot_spots` tells it."""
    counted = asked.counted(units, times)
    values, around, why = asked.fields(counted, units)
    say(f"{asked.permutations:,} permutations of {values.shape[1]:,} fields")
    found = tested(
        values,
        around,
        why,
        units.neighbours,
        statistic=asked.statistic,
        permutations=asked.permutations,
        seed=asked.seed,
    )
    say("the table")
    profiles_asked, areas, groups = counted.shape
    row = np.tile(np.repeat(np.arange(areas), groups), profiles_asked)
    table = counted.table
    columns: dict[str, Any] = {
        "units": units.name,
        "unit_id": table["zone_id"],
        "unit": table["zone"],
        **{
            name: table[name]
            for name in (
                *("group", "population", "uncovered", "uncovered_share", "density_per_km2"),
                *("uncovered_per_km2", "median_minutes"),
            )
        },
        "value": counted.by_row(values),
        **({} if around is None else {"around": counted.by_row(around)}),
        **{
            name: counted.by_row(getattr(found, name))
            for name in ("statistic", "z_value", "p_value", "q_value")
        },
        "class": counted.by_row(_classes(found, asked)),
        "neighbours": counted.by_row(found.neighbours),
        "edge_share": units.edge_share[row],
        "reason": _reasons(counted, found),
        **{name: table[name] for name in ("profile", "speed_kmh", "minutes", "places")},
    }
    result = gpd.GeoDataFrame(
        columns, geometry=units.table.geometry.array[row], crs=units.city.crs
    ).reset_index(drop=True)
    result.attrs["provenance"] = plain_json(
        counted.provenance | {"hot_spots": _method(units, asked, found)}
    )
    return result


def _classes(found: Findings, asked: Question) -> NDArray[np.object_]:
    """Call areas by what they and their surroundings are."""
    called = found.q_value <= asked.level
    high, low = found.side > 0, found.side < 0
    conditions = [
        np.isnan(found.q_value),
        called & found.high & high,
        called & ~found.high & low,
        called & found.high & low & (asked.statistic == "moran"),
        called & ~found.high & high & (asked.statistic == "moran"),
    ]
    names = ["not_tested", "hot", "cold", "high_among_low", "low_among_high"]
    return np.select(conditions, names, "not").astype(object)


def _reasons(counted: Counted, found: Findings) -> NDArray[Any]:
    """Say why an area was not tested, or why another of its figures is missing."""
    table = counted.table
    reason = counted.by_row(found.reason)
    area = table["density_per_km2"].isna().to_numpy()
    population = (table["population"] == 0).to_numpy()
    time = table["median_minutes"].isna().to_numpy()
    told: NDArray[Any] = np.select(
        [reason != "", area, population, time],
        [reason, "no_area", "no_population", "median_unreachable"],
        "",
    )
    return told.astype(object)


def _method(units: Units, asked: Question, found: Findings) -> dict[str, Any]:
    """Say how it was found, and what could not be tested."""
    tests = (~np.isnan(found.p_value)).sum(axis=0)
    return {
        "units": units.name,
        "areas": len(units.table),
        "areas_lived_in": int(units.lived_in.sum()),
        "area_km2": {
            "mean": float(units.table["area_km2"].mean()),
            "median": float(units.table["area_km2"].median()),
        },
        "neighbours": "those that share a border or a corner; binary weights"
        if units.name != HEXAGONS
        else "the six around each, where anybody lives; binary weights",
        "statistic": asked.statistic,
        **asked.told(),
        "null": _PLAN,
        "smallest_p_value": 2 / (asked.permutations + 1),
        "level": asked.level,
        "q_value": _Q_VALUE,
        "any_dependence": any_dependence(int(tests.max())),
        "tests": {"least": int(tests.min()), "most": int(tests.max())},
        "areas_not_tested": {
            reason: int((found.reason == reason).any(axis=1).sum()) for reason in REASONS
        },
        "edge": _EDGE,
        "areas_at_the_edge": int((units.edge_share > 0).sum()),
    }
