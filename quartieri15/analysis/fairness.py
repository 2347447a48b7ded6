"""Who is better served: each group against the others, those in need against the others.

Everybody is counted at their address. How unequal a group's travel times are, how much of that is
between the Municipi and how much within them, whether coverage goes with need, and how far those
not covered are from what is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import (
    counts_of,
    minutes_of,
    parted_by_zone,
    per,
    percentiles_by_zone,
    zone_of_each_point,
)
from quartieri15.analysis.coverage import coverage, require_minutes
from quartieri15.analysis.inequality import fgt, gini, theil_parts
from quartieri15.analysis.need import INTERVAL, require_need
from quartieri15.analysis.served_by_need import REASONS as NEED_REASONS
from quartieri15.analysis.served_by_need import served, served_by_need, without_need
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.model.notebook_tables import tables_html
from quartieri15.plain_json import plain_json
from quartieri15.progress import shown as shown_progress
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import in_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.analysis.need import NeedIndex
    from quartieri15.analysis.served_by_need import Served
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

REASONS: Final = {
    **NEED_REASONS,
    "no_rest": "there is nobody who is not of this group",
    "median_unreachable": "half of one of the two have no way to a place",
    "all_the_same": "all have the same, so that there is no inequality to take apart",
    "nobody_beyond": "nobody who has a way to a place is beyond the line",
}
"""What each reason code says; those of ``zones`` are those of the coverage."""


@dataclass(frozen=True, eq=False, repr=False)
class Fairness:
    """Who is better served: the result of :func:`fairness`.

    Every table is tidy, tells its ``attrs["provenance"]``, and says in ``reason`` (codes of
    :data:`REASONS`, separated by spaces) why a value is missing or what to know of one.

    Parameters
    ----------
    groups : pandas.DataFrame
        One row per group, against the rest: the residents (of households: the households) who
        are not in the group. ``group, population, covered, share, median_minutes``, then
        ``rest_population, rest_covered, rest_share, rest_median_minutes`` and the differences,
        group less rest: ``share_difference, median_difference``.
    inequality : pandas.DataFrame
        One row per group and variable (``minutes`` to the nearest place; ``covered``, 1 for who
        is within the threshold and 0 for who is not), among the people of the group:
        ``population, mean, gini, theil``; of the latter ``theil_between`` the zones of ``by`` and
        ``theil_within`` them, which add up, and ``between_part``, the share of the former. Of
        ``covered`` the Gini coefficient is 1 less the share; what tells more is ``between_part``.
    theil : pandas.DataFrame
        The same taken apart by zone: ``group, variable, zone_id, zone, population_share,
        value_share, mean, theil, within`` (see
        :func:`~quartieri15.analysis.inequality.theil_parts`).
    need : pandas.DataFrame
        One row per group and variable: whether those in need have more of it. Everyone has the
        need of the zone they live in; zones that the need index does not rank are left out.
        ``population, zones`` counted, and the people ``in_no_ranked_zone``; ``mean``; ``palma``
        (the mean of the tenth least in need over that of the four tenths most in need; need
        ranks the people, for no income is known by zone); ``concentration`` (the relative index:
        below 0 where those in need have more, above 0 where they have less) and, of ``covered``
        alone, the same corrected for the bounds of a share, ``erreygers`` and ``wagstaff`` (see
        :func:`~quartieri15.analysis.concentration.concentration_index`); ``rank_correlation``
        (Spearman) of the need of the zones and their means, each zone counted once: above 0
        where the needier have more. ``_low`` and ``_high`` of ``concentration``, ``erreygers``
        and ``rank_correlation`` are the ends of a 90 % interval: in every draw the weights of
        the index are drawn, and the zones are drawn with replacement. It tells how far the
        answer hangs on what need is taken to be, and on single zones.
    curves : pandas.DataFrame
        The concentration curves: ``group, variable, population_share, value_share``, from the
        neediest zone on (see :func:`~quartieri15.analysis.concentration.concentration_curve`). A
        group of which nobody is there, or nobody covered, has none.
    sufficiency : pandas.DataFrame
        One row per group: ``line_minutes, population, beyond`` (people), ``fgt0`` (their share),
        ``fgt1`` and ``fgt2`` (see :func:`~quartieri15.analysis.inequality.fgt`),
        ``mean_minutes_beyond`` (of those beyond) and ``cannot_reach`` (people; counted in
        ``beyond`` and ``fgt0`` alone).
    zones : pandas.DataFrame
        The coverage by the zones of ``by``, as :func:`~quartieri15.analysis.coverage.coverage`
        tells it.
    extremes : pandas.DataFrame
        One row per group: ``best_zone_id, best_zone, best_share, worst_zone_id, worst_zone,
        worst_share, difference``. Of zones that tie, the first.
    """

    groups: pd.DataFrame
    inequality: pd.DataFrame
    theil: pd.DataFrame
    need: pd.DataFrame
    curves: pd.DataFrame
    sufficiency: pd.DataFrame
    zones: pd.DataFrame
    extremes: pd.DataFrame

    def __repr__(self) -> str:
        zones = self.zones.drop_duplicates("zone_id")
        return f"Fairness({', '.join(self.groups['group'])}; {len(zones)} {zones['by'].iloc[0]})"

    def _repr_html_(self) -> str:
        return tables_html(self, title=repr(self), first="groups")


def fairness(
    city: City,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "municipi",
    groups: str | Iterable[str] | None = None,
    need: NeedIndex | None = None,
    times: pd.DataFrame | None = None,
) -> Fairness:
    """Tell who is better served by some places: groups, zones, people in need or not.

    Parameters
    ----------
    city
        The city.
    to, profile, minutes, groups, times
        As for :func:`~quartieri15.analysis.coverage.coverage`. ``minutes`` is also the line of
        what is enough.
    by
        The set of zones between and within which inequality is told, and of which the best
        served and the worst are. No two of them may overlap.
    need
        How much in need the zones are; by default ``need_index(city)``. Its seed and number of
        draws are those of the intervals. Where the default index cannot be made of what the city
        knows, ``need`` holds no figures and ``curves`` nothing; ``attrs["provenance"]["need"]``
        says why. All other tables need no index.

    Returns
    -------
    Fairness

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`~quartieri15.analysis.coverage.coverage`; or if ``need`` is no need index,
        or of other zones than the city's, or the zones of ``by`` overlap.

    Notes
    -----
    Travel times are computed and not estimated, and the totals of the groups are published
    figures; where people live inside a zone is a model whose error is not in the intervals. They
    tell how far the answer hangs on what need is taken to be and on single zones.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> fair = fairness(milano, profile="walk_75", groups=["over65", "foreign"])
    >>> fair
    Fairness(over65, foreign; 9 municipi)
    >>> fair.extremes[["group", "best_zone", "worst_zone"]]
         group    best_zone   worst_zone
    0   over65  Municipio 5  Municipio 6
    1  foreign  Municipio 5  Municipio 6
    """
    require_city(city)
    city.zones_named(by, argument="by")
    with shown_progress("fairness") as say:
        say("travel times")
        if times is None:
            times = travel_times(city, to=to, profile=profile)
        zones = coverage(
            city, to=to, profile=profile, minutes=minutes, by=by, groups=groups, times=times
        )
        degree, of_need = _need_of(city, need)
        named = tuple(zones["group"].unique())
        reached = minutes_of(city, times, profiles.get(profile))
        limit = require_minutes(minutes)
        say("each group against the rest")
        of_groups = dict(zip(named, counts_of(city, named).T, strict=True))
        looked_at = [
            one
            for group, people in of_groups.items()
            for one in served(group, reached, people, limit)
        ]
        tables = {
            "groups": _against_the_rest(city, named, reached, limit),
            "sufficiency": pd.DataFrame(
                [
                    {"group": group, "line_minutes": limit} | _sufficiency(reached, people, limit)
                    for group, people in of_groups.items()
                ]
            ),
            "extremes": _extremes(zones, named),
            "zones": zones,
        }
        say(f"inequality within and between {by}")
        tables["inequality"], tables["theil"] = _inequality(city, by, looked_at)
        say("those in need against the others")
        tables["need"], tables["curves"] = (
            without_need(looked_at) if degree is None else served_by_need(city, looked_at, degree)
        )
    provenance = plain_json(
        {
            **zones.attrs["provenance"],
            "need": of_need,
            "interval": list(INTERVAL),
            "draws_of": "the weights of the need index (Dirichlet) and its zones (with "
            "replacement), together",
        }
    )
    for table in tables.values():
        table.attrs["provenance"] = provenance
    return Fairness(**tables)


def _need_of(city: City, need: NeedIndex | None) -> tuple[NeedIndex | None, dict[str, Any]]:
    """Return the need index and what it says of itself; or none, and why there is no default."""
    try:
        degree = require_need(city, need)
    except (InputError, UnknownNameError) as error:
        if need is not None:
            raise
        mend = "give need=need_index(city, components=...)"
        return None, {
            "reason": "no_need_index",
            "why": f"{error.where}: {error.what}",
            "mend": mend,
        }
    told = degree.zones.attrs["provenance"]
    return degree, {name: told[name] for name in told if name not in city.provenance}


def _against_the_rest(
    city: City, groups: tuple[str, ...], reached: NDArray[np.float64], limit: float
) -> pd.DataFrame:
    """Compare each group with all who are not in it, address by address."""
    own = counts_of(city, groups)
    whole = counts_of(city, tuple(_WHOLE.get(group, "residents") for group in groups))
    # A group may exceed the one it is part of by the rounding that a city allows.
    counts = np.hstack([own, np.maximum(whole - own, 0.0)])
    everyone = np.zeros(len(own), dtype=np.intp)
    covered, uncovered = parted_by_zone(
        everyone, np.arange(len(own)), in_time(reached, limit), counts, 1
    )
    median, _ = percentiles_by_zone(everyone, reached, counts, 1)
    population = covered[0] + uncovered[0]
    rows = (population, covered[0], per(covered[0], population), median[0])
    halves = [np.split(row, 2) for row in rows]
    names = ("population", "covered", "share", "median_minutes")
    table = pd.DataFrame(
        {"group": groups}
        | {name: half[0] for name, half in zip(names, halves, strict=True)}
        | {f"rest_{name}": half[1] for name, half in zip(names, halves, strict=True)}
    )
    table["share_difference"] = table["share"] - table["rest_share"]
    table["median_difference"] = table["median_minutes"] - table["rest_median_minutes"]
    unreached = table[["median_minutes", "rest_median_minutes"]].isna().any(axis=1)
    return table.assign(
        reason=np.select(
            [table["population"] == 0, table["rest_population"] == 0, unreached],
            ["no_population", "no_rest", "median_unreachable"],
            "",
        )
    )


_WHOLE: Final = {"households": "households", "renting_households": "households"}
"""Of what each group is a part, unless it is the residents."""


def _inequality(city: City, by: str, looked_at: list[Served]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tell how unequal each group's values are, and take that apart by zone."""
    zones = city.zones_named(by, argument="by")
    home = zone_of_each_point(city, by)
    ids = np.array([*zones["id"], None], dtype=object)
    names = np.array([*zones["name"], "in no zone"], dtype=object)
    rows, parted = [], [pd.DataFrame(columns=_THEIL)]
    for one in looked_at:
        row: dict[str, Any] = {"group": one.group, "variable": one.variable}
        row |= {"population": one.people.sum()} | dict.fromkeys(_MEASURES, np.nan)
        reasons = list(one.reasons)
        if one.people.any():
            theil = theil_parts(one.value, home, one.people)
            unequal = theil.total > 0
            row |= {
                "mean": one.value @ one.people / one.people.sum(),
                "gini": gini(one.value, one.people),
                "theil": theil.total,
                "theil_between": theil.between,
                "theil_within": theil.within,
                "between_part": theil.between / theil.total if unequal else np.nan,
            }
            reasons += [] if unequal else ["all_the_same"]
            part = theil.parts["part"].to_numpy(dtype=np.intp)
            parted.append(
                theil.parts.assign(
                    group=one.group, variable=one.variable, zone_id=ids[part], zone=names[part]
                )[list(_THEIL)]
            )
        rows.append(row | {"reason": " ".join(reasons)})
    return pd.DataFrame(rows), pd.concat(parted[1:] or parted, ignore_index=True)


_MEASURES: Final = (*("mean", "gini", "theil", "theil_between", "theil_within", "between_part"),)
_THEIL: Final = (
    *("group", "variable", "zone_id", "zone"),
    *("population_share", "value_share", "mean", "theil", "within"),
)


def _sufficiency(
    reached: NDArray[np.float64], people: NDArray[np.float64], line: float
) -> dict[str, Any]:
    """Tell how many of a group are beyond a line, and how far."""
    there = np.isfinite(reached)
    beyond = ~in_time(reached, line)
    row: dict[str, Any] = {
        "population": people.sum(),
        "beyond": people[beyond].sum(),
        "fgt0": np.nan,
        "fgt1": np.nan,
        "fgt2": np.nan,
        "mean_minutes_beyond": np.nan,
        "cannot_reach": people[~there].sum(),
        "reason": "",
    }
    if not people.any():
        return row | {"reason": "no_population"}
    row["fgt0"] = fgt(reached, line, people)
    if not people[there].any():
        return row | {"reason": "nobody_reaches"}
    for order in (1, 2):
        row[f"fgt{order}"] = fgt(reached[there], line, people[there], order=order)
    far = beyond & there & (people > 0)
    if far.any():
        row["mean_minutes_beyond"] = (reached[far] - line) @ people[far] / people[far].sum()
    reasons = {"cannot_reach": row["cannot_reach"] > 0, "nobody_beyond": not far.any()}
    return row | {"reason": " ".join(code for code, holds in reasons.items() if holds)}


def _extremes(zones: pd.DataFrame, groups: tuple[str, ...]) -> pd.DataFrame:
    """Find the zone where the largest share of each group is covered, and the smallest."""
    # Without what is said of the table, which pandas copies at every step.
    zones = pd.DataFrame(zones, copy=False)
    rows = []
    for group in groups:
        own = zones[(zones["group"] == group) & (zones["population"] > 0)]
        row: dict[str, Any] = {"group": group}
        for end, at in (("best", "idxmax"), ("worst", "idxmin")):
            one = own.loc[getattr(own["share"], at)()] if len(own) else None
            for name in ("zone_id", "zone", "share"):
                row[f"{end}_{name}"] = None if one is None else one[name]
        known = len(own) > 0
        row["difference"] = row["best_share"] - row["worst_share"] if known else np.nan
        rows.append(row | {"reason": "" if known else "no_population"})
    return pd.DataFrame(rows)
