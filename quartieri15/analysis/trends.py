"""How people and coverage have changed over the years that the sources of a city hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import (
    counts_of,
    members,
    minutes_of,
    parted_by_zone,
    percentiles_by_zone,
    tidy_table,
)
from quartieri15.analysis.coverage import coverage, require_minutes
from quartieri15.arguments import is_one_of, is_whole, several, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import in_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

GROUPS: Final = ("over65", "foreign")
"""Whose coverage is told by default."""

CHANGE_REASONS = {
    "first_year": "there is no earlier year to compare with",
    "other_source": (
        "the earlier year was counted by another source: part of the change may be how people were "
        "counted"
    ),
    "none_before": "nobody was counted in the earlier year, so the change is no share of it",
    "not_counted": "the source has no count of this zone in this year",
    "partly_counted": "the source has no count of some of the zones this is the sum of",
}
"""What each reason of a count or a change says, in English."""


def trends(
    city: City,
    *,
    by: str = "nil",
    groups: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
) -> pd.DataFrame:
    """Tell how many people of each group lived where, year by year, as published.

    Parameters
    ----------
    city
        A city that knows of other years: see :class:`~quartieri15.model.earlier.Earlier`.
    by
        A set of zones of which something is published, or ``"city"``: what is published of the
        whole city, and the sums of what is published by zones.
    groups
        The groups; all that were counted by these zones when left out.
    years
        The years; all when left out.

    Returns
    -------
    pandas.DataFrame
        One row per group, zone, year and source, in this order:

        ``by, zone_id, zone, group, year, count, source``
            As published. A source that counted a group by zones in a year has a row for every
            zone; where it has no count the count is missing, and so is the sum over the zones.
        ``since_year, since_source, change, change_share``
            The earliest year of the same source, or where that is this year the last one before of
            another; ``count`` less the count of that year, and the same as a fraction of it.
        ``reason``
            Why a count or a change is missing, or to be read with care: a key of
            :data:`CHANGE_REASONS`.

        ``attrs["provenance"]`` holds the sources, vintages and licences.

    Raises
    ------
    InputError
        If the city knows of no other year.
    UnknownNameError
        If nothing is published by these zones, or a group or a year is not among the rest.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.analysis.trends import trends
    >>> milano = q15.load("milano")
    >>> told = trends(milano, by="city", groups="over65")
    >>> told[["year", "count", "change"]].to_dict("records")
    [{'year': 2011, 'count': 310064.0, 'change': nan}, \
{'year': 2021, 'count': 311777.0, 'change': 1713.0}]
    """
    require_city(city)
    people = _people(city)
    sets = list(dict.fromkeys(people["by"].astype(str)))
    if not is_one_of(by, [*sets, "city"]):
        raise UnknownNameError.among(by, [*sets, "city"], kind="set of zones with other years")
    if by == "city":
        known = people[people["by"] == "city"]
        sums = []
        for parts, rows in people[people["by"] != "city"].groupby("by", sort=False):
            counts = _every_zone(city, rows, str(parts)).groupby(_SERIES)["count"]
            # Without one of its parts a sum is not known.
            whole = counts.sum().where(counts.count() == counts.size())
            sums.append(whole.reset_index().assign(zone_id=0))
        names = pd.Series({0: city.name})
        people = pd.concat([known, *sums], ignore_index=True)
        people = people.drop_duplicates(_SERIES)
    else:
        zones = city.zones_named(by, argument="by")
        names = pd.Series(zones["name"].to_numpy(), index=zones["id"].to_numpy())
        people = _every_zone(city, people[people["by"] == by], by)
    wanted = _some(groups, people["group"], kind="group of other years")
    chosen = _years(years, people["year"])
    people = people[people["group"].isin(wanted) & people["year"].isin(chosen)]
    table = people.sort_values(["group", "zone_id", "year", "source"], ignore_index=True)
    table = pd.DataFrame(
        {
            "by": by,
            "zone_id": table["zone_id"],
            "zone": names.reindex(table["zone_id"]).to_numpy(),
            **{name: table[name] for name in ("group", "year", "count", "source")},
        }
    )
    table = _with_changes(table, unknown="partly_counted" if by == "city" else "not_counted")
    table.attrs["provenance"] = plain_json(
        {
            "city": city.name,
            "by": by,
            "sources": sorted(set(table["source"])),
            "vintages": city.provenance.get("vintages", {}),
            "licence_line": city.provenance.get("licence_line", "not stated"),
        }
    )
    return table


def coverage_by_year(
    city: City,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "nil",
    groups: str | Iterable[str] | None = None,
    years: int | Iterable[int] | None = None,
) -> pd.DataFrame:
    """Tell who of each year's people would reach today's places, on today's streets, in time.

    The people of a year stand at their addresses in the same parts of their zone as the residents
    of the city do, and are as many as were counted in the zone that year: a model. So what changes
    is how many live in which zone; what a year changed inside a zone, and the places and streets of
    that year, are not in it.

    Parameters
    ----------
    city
        A city that knows of other years: see :class:`~quartieri15.model.earlier.Earlier`.
    to, profile, minutes
        As for :func:`~quartieri15.analysis.coverage.coverage`.
    by
        ``"city"`` or any set of zones.
    groups
        The groups, each in the years in which it was counted by zones. When left out, those of
        :data:`GROUPS` that the city counts and that were counted by zones; if there are none, all
        that were.
    years
        The years; all when left out.

    Returns
    -------
    pandas.DataFrame
        One row per year, zone and group with the columns of
        :func:`~quartieri15.analysis.coverage.coverage`, and before them ``year`` and ``source``;
        then ``since_year``, and since then ``population_change``, ``covered_change``,
        ``uncovered_change`` and ``share_change`` (a fraction less a fraction; missing where a
        share is), and ``change_reason``, a key of :data:`CHANGE_REASONS`.

        Where people were not counted in a zone that year, what hangs on their number is missing,
        and ``reason`` is ``not_counted``, or ``partly_counted`` for an area of several zones.

        ``attrs["provenance"]`` tells the ``model``, and in ``without_pattern`` how many people of
        a year and group live in zones where no such resident lives today, who are counted nowhere;
        None where such a zone was not counted.

    Raises
    ------
    InputError
        If the city knows of no other year, or has no residents.
    ParameterError, UnknownNameError
        If ``minutes`` makes no sense; if the profile, the places, the zones or a group are not
        known, or a year is not among those counted.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.analysis.trends import coverage_by_year
    >>> milano = q15.load("milano")
    >>> told = coverage_by_year(milano, profile="walk_75", by="city", groups="over65")
    >>> told["year"].tolist()
    [2011, 2021]
    """
    require_city(city)
    traveller = profiles.get(profile)
    limit = require_minutes(minutes)
    people = _people(city)
    people = people[people["by"] != "city"]
    wanted = city.require_groups(_by_default(city, people) if groups is None else groups)
    _some(wanted, people["group"], kind="group of other years")
    people = people[people["group"].isin(wanted)]
    chosen = _years(years, people["year"])
    if is_one_of(by, ("place",)):
        raise ParameterError(
            "years are told by areas",
            where="by",
            mend="use 'city' or the name of a set of zones",
        )
    times = travel_times(city, to=to, profile=traveller)
    today = coverage(
        city, to=to, profile=traveller, minutes=limit, by=by, groups=wanted, times=times
    )
    reached = minutes_of(city, times, traveller)
    within = in_time(reached, limit)
    ids, names, point, zone = members(city, by)
    tables, without = [], {}
    for year in chosen:
        for group in wanted:
            counted = people[(people["year"] == year) & (people["group"] == group)]
            if not len(counted):
                continue
            # Of several that count a year, the one that stands first.
            which = ["by", "source"]
            counted = counted[(counted[which] == counted[which].iloc[0]).all(axis=1)]
            counts, without[f"{year} {group}"] = _people_of(city, group, counted)
            covered, uncovered = parted_by_zone(zone, point, within, counts, len(ids))
            median, p90 = percentiles_by_zone(zone, reached[point], counts[point], len(ids))
            told = tidy_table(
                ids, names, (group,), covered=covered, uncovered=uncovered, median=median, p90=p90
            )
            lost = _uncounted(city, by, counted)
            told.loc[lost, _COUNTED] = np.nan
            told.loc[lost, "reason"] = (
                "not_counted" if by == counted["by"].iloc[0] else "partly_counted"
            )
            # What does not depend on the people is that of today.
            same = today[today["group"] == group].reset_index(drop=True)
            told = told.assign(
                **{name: same[name] for name in same.columns if name not in told.columns}
            )[same.columns]
            told.insert(0, "source", counted["source"].iloc[0])
            told.insert(0, "year", year)
            tables.append(told)
    table = _with_changes_of_coverage(pd.concat(tables, ignore_index=True))
    table.attrs["provenance"] = {
        **today.attrs["provenance"],
        **plain_json(
            {
                "model": "the residents' pattern inside each zone, scaled to the people counted in "
                "the zone that year; places and streets as they are",
                "without_pattern": without,
                "sources": sorted(set(table["source"])),
            }
        ),
    }
    return table


def _people(city: City) -> pd.DataFrame:
    people = city.earlier.people
    if not len(people):
        raise InputError(
            f"{city.name} knows of the people of no other year",
            where="city.earlier",
            mend="give it a table: city.with_(earlier=Earlier(people=table))",
        )
    people = people.astype({"by": str, "group": str, "source": str})
    for by, rows in people[people["by"] != "city"].groupby("by"):
        lost = ~rows["zone_id"].isin(city.zones_named(str(by))["id"])
        if lost.any():
            raise InputError(
                f"zone {rows['zone_id'][lost].iloc[0]} is not among the zones {by} of {city.name}",
                where=f"people of other years, row {rows.index[lost][0]}, column zone_id",
                mend="give the people of this city's zones",
            )
    return people


def _by_default(city: City, people: pd.DataFrame) -> list[str]:
    """Return the groups whose coverage is told when none is named."""
    city.require_residents()
    both = [group for group in dict.fromkeys(people["group"]) if group in city.groups]
    if not both:
        raise InputError(
            f"no group that {city.name} counts was counted by zones in another year",
            where="city.earlier",
            mend=f"give it a table by zones of some of {', '.join(city.groups)}",
        )
    return [group for group in GROUPS if group in both] or both


def _some(groups: object, known: pd.Series, *, kind: str) -> list[str]:
    """Return groups of those that were counted."""
    names = list(dict.fromkeys(known))
    if groups is None:
        return names
    wanted = several(groups)
    if not wanted:
        raise ParameterError(
            f"{shown(groups)} names no group", where="groups", mend=f"use {', '.join(names)}"
        )
    for group in wanted:
        if not is_one_of(group, names):
            raise UnknownNameError.among(group, names, kind=kind)
    return wanted


def _years(years: object, known: pd.Series) -> list[int]:
    """Return years of those that were counted, rising."""
    there = sorted({int(year) for year in known})
    if years is None:
        return there
    wanted = several(years)
    for year in wanted:
        if not is_whole(year) or year not in there:
            raise ParameterError(
                f"{shown(year)} is no year that was counted",
                where="years",
                mend=f"use some of {', '.join(map(str, there))}",
            )
    if not wanted:
        raise ParameterError("there is no year", where="years", mend="give one or more, or None")
    return sorted({int(year) for year in wanted})


_SERIES: Final = ["group", "year", "source"]
"""What a source counts by zones at one time."""


def _every_zone(city: City, people: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return a row for every zone of what was counted by zones, missing where a zone was not."""
    every = (
        people[_SERIES]
        .drop_duplicates()
        .merge(city.zones_named(by, argument="by")["id"], how="cross")
    )
    return every.rename(columns={"id": "zone_id"}).merge(
        people, on=[*_SERIES, "zone_id"], how="left"
    )


def _people_of(city: City, group: str, counted: pd.DataFrame) -> tuple[NDArray[np.float64], float]:
    """Return people per residents point (one column), and how many live where nobody does today.

    There are none in zones that were not counted: see :func:`_uncounted`. Every set of zones by
    which people were counted is one that the residents name, or that parts them by position.
    """
    by = str(counted["by"].iloc[0])
    ids, _, point, zone = members(city, by)
    pattern = counts_of(city, (group,))
    today = np.bincount(zone, weights=pattern[point, 0], minlength=len(ids))
    then = counted.set_index("zone_id")["count"].reindex(ids).to_numpy()
    known = (today > 0) & ~np.isnan(then)
    factor = np.divide(then, today, out=np.zeros_like(then), where=known)
    counts = np.zeros_like(pattern)
    counts[point, 0] = pattern[point, 0] * factor[zone]
    return counts, float(then[today <= 0].sum())


def _uncounted(city: City, by: str, counted: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell of which zones not everyone was counted.

    Of zones that others were counted by: those with an address in one that was not. Of the city:
    as soon as one zone was not.
    """
    parts = str(counted["by"].iloc[0])
    ids, _, point, zone = members(city, parts)
    absent = ~np.isin(ids, counted["zone_id"])
    if by == parts:
        return absent
    lost = np.zeros(len(city.residents), dtype=bool)
    lost[point[absent[zone]]] = True
    asked, _, point, zone = members(city, by)
    return np.isin(np.arange(len(asked)), zone[lost[point]]) | (by == "city" and absent.any())


def _with_changes(table: pd.DataFrame, *, unknown: str) -> pd.DataFrame:
    """Add what changed since the earliest year of the same source, else since the year before.

    Years without a count are compared with none, and have ``unknown`` as their reason.
    """
    key = ["group", "zone_id"]
    rows = table.loc[table["count"].notna(), [*key, "year", "count", "source"]]
    same = rows.groupby([*key, "source"])[["year", "count", "source"]].transform("first")
    rows = rows.sort_values("year", kind="stable")
    earlier = rows.assign(before=rows["year"]).rename(columns={"count": "then", "source": "who"})
    last = (
        pd.merge_asof(rows.reset_index(), earlier, on="year", by=key, allow_exact_matches=False)
        .set_index("index")
        .reindex(table.index)
    )
    same = same.reindex(table.index)
    own = same["year"] < table["year"]
    other = ~own & last["before"].notna()
    since = same["count"].where(own, last["then"])
    change = table["count"] - since
    return table.assign(
        since_year=same["year"].where(own, last["before"]).astype("Int64"),
        since_source=same["source"].where(own, last["who"]).fillna(""),
        change=change,
        change_share=(change / since).where(since > 0),
        reason=np.select(
            [table["count"].isna(), since == 0, other, ~own],
            [unknown, "none_before", "other_source", "first_year"],
            "",
        ),
    )


_COUNTED: Final = [
    *("population", "covered", "uncovered", "share", "median_minutes", "p90_minutes"),
]
"""What of a coverage hangs on how many live where."""
_MEASURED: Final = ["population", "covered", "uncovered", "share"]
"""What of a coverage is compared."""


def _with_changes_of_coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Add what changed since the first year in which the people of a zone were all counted."""
    key = ["group", "zone_id"]
    counted = table[table["population"].notna()].drop_duplicates(key)
    first = table[key].merge(counted[[*key, "year", "source", *_MEASURED]], on=key, how="left")
    is_first = (first["year"] == table["year"]).to_numpy()
    unknown = table["population"].isna().to_numpy()
    columns: dict[str, Any] = {"since_year": first["year"].astype("Int64").mask(is_first | unknown)}
    columns |= {f"{name}_change": (table[name] - first[name]).mask(is_first) for name in _MEASURED}
    other = (first["source"] != table["source"]).to_numpy()
    nobody = (first["population"] == 0).to_numpy()
    reasons = ["first_year", "none_before", "other_source"]
    said = np.select([is_first, nobody, other], reasons, "")
    return table.assign(**columns, change_reason=np.where(unknown, table["reason"], said))
