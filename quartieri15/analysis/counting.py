"""Counting people area by area: what coverage by one pace and by many have in common."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.errors import InputError
from quartieri15.model.prepared import Prepared
from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

MEDIAN, P90 = 0.5, 0.9


def minutes_of(city: City, times: pd.DataFrame, profile: TravelProfile) -> NDArray[np.float64]:
    """Return minutes per residents point, infinite where there is no way."""
    mend = "give the result of travel_times(city, to=..., profile=...) of this city"
    if not isinstance(times, pd.DataFrame):
        raise InputError(f"a {type(times).__name__} is no table", where="times", mend=mend)
    missing = [column for column in ("minutes", "place_id") if column not in times.columns]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing "
            f"(there are: {', '.join(map(str, times.columns))})",
            where="times",
            mend=mend,
        )
    if not times.index.equals(city.residents.index):
        raise InputError(
            f"a table of {len(times)} rows is not one row per residents point",
            where="times",
            mend=mend,
        )
    told = times.attrs.get("provenance", {})
    if told.get("minutes") is not None:
        raise InputError(
            f"the times end at {told['minutes']} minutes, so who is farther is not known",
            where="times",
            mend="leave minutes out of travel_times",
        )
    speed = told.get("speed_kmh", profile.speed_kmh)
    access = told.get("access_speed_kmh", profile.access_speed_kmh)
    paces = (profile.speed_kmh, profile.access_speed_kmh)
    if told.get("profile", profile.name) != profile.name or (speed, access) != paces:
        raise InputError(
            f"the times are those of {told['profile']} at {speed:g} km/h "
            f"({access:g} km/h off the streets), not of {profile.name}",
            where="times",
            mend="compute them for the same profile",
        )
    if told.get("direction", "to") != "to":
        raise InputError(
            "the times are those of travel from the places, not to them",
            where="times",
            mend="compute them with direction='to'",
        )
    column = column_of(times, "minutes")
    minutes = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    unread = np.isnan(minutes) & column.notna().to_numpy()
    wrong = unread | (minutes < 0)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        value = column.iloc[at] if unread[at] else f"{minutes[at]:g}"
        raise InputError(
            f"{value} is no travel time",
            where=f"times, row {times.index[at]}, column minutes",
            mend="give minutes of 0 or more, missing where there is no way",
        )
    return np.where(np.isnan(minutes), np.inf, minutes)


def column_of(times: pd.DataFrame, name: str) -> pd.Series:
    """Return a column without what is said of the table, which pandas copies at every step."""
    return pd.DataFrame(times, copy=False)[name]


def members(
    city: City, by: str
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """Zone ids and names, then who lives where: positions of points and of their zones."""
    residents = city.residents
    if by == "city":
        everyone = np.arange(len(residents))
        return np.array([0]), np.array([city.name]), everyone, np.zeros_like(everyone)
    table = city.zones_named(by, argument="by")
    column = by if by in residents.columns else residents.active_geometry_name
    known = _homes.of(residents, [column], dict)
    if by not in known or known[by][0]() is not table:
        known[by] = weakref.ref(table), _homes_in(residents, by, table)
    return table["id"].to_numpy(), table["name"].to_numpy(), *known[by][1]


def zone_of_each_point(city: City, by: str) -> NDArray[np.intp]:
    """Return the position of the zone that each residents point lies in, -1 for none.

    Raises
    ------
    InputError
        If a point lies in two zones.
    """
    _, names, point, zone = members(city, by)
    home = np.full(len(city.residents), -1, dtype=np.intp)
    home[point] = zone
    if len(point) > (home >= 0).sum():
        twice = int(np.flatnonzero(np.bincount(point) > 1)[0])
        both = " and ".join(str(names[z]) for z in zone[point == twice])
        raise InputError(
            f"{city.residents['id'].iloc[twice]} lies in {both}",
            where=f"zones {by}",
            mend="use zones that do not overlap",
        )
    return home


def people_in_no_zone(city: City, by: str, groups: tuple[str, ...]) -> dict[str, float]:
    """Return how many of each group live in none of the zones."""
    counts = counts_of(city, groups)
    outside = np.ones(len(counts), dtype=bool)
    outside[members(city, by)[2]] = False
    return dict(zip(groups, counts[outside].sum(axis=0).tolist(), strict=True))


Homes = tuple["NDArray[np.intp]", "NDArray[np.intp]"]
_homes: Prepared[dict[str, tuple[weakref.ref[gpd.GeoDataFrame], Homes]]] = Prepared()


def _homes_in(residents: gpd.GeoDataFrame, by: str, table: gpd.GeoDataFrame) -> Homes:
    """Return who lives where: positions of points and of their zones."""
    if by in residents.columns:
        return np.arange(len(residents)), pd.Index(table["id"]).get_indexer(residents[by])
    zone, point = residents.sindex.query(table.geometry, predicate="intersects")
    return point, zone


def counts_of(city: City, groups: tuple[str, ...]) -> NDArray[np.float64]:
    """Return people per residents point (rows) and group (columns)."""
    return _both_counts(city, groups)[0]


def counts_by_row(city: City, groups: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the same, all counts of a point side by side in memory: for kernels."""
    return _both_counts(city, groups)[1]


BothCounts = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
_counts: Prepared[dict[tuple[str, ...], BothCounts]] = Prepared()


def _both_counts(city: City, groups: tuple[str, ...]) -> BothCounts:
    residents = city.residents
    known = _counts.of(residents, groups, dict)
    if groups not in known:
        counts = residents[list(groups)].to_numpy(dtype=float)
        known[groups] = counts, np.ascontiguousarray(counts)
        for shared in known[groups]:
            shared.flags.writeable = False
    return known[groups]


def per(count: ArrayLike, base: ArrayLike) -> NDArray[np.float64]:
    """Divide; missing where the base is 0 or missing."""
    of, whole = np.broadcast_arrays(np.asarray(count, dtype=float), np.asarray(base, dtype=float))
    ratio = np.full(whole.shape, np.nan)
    np.divide(of, whole, out=ratio, where=whole > 0)
    return ratio


def sums_by_zone(
    zone: NDArray[np.intp], weights: NDArray[np.float64], zones: int
) -> NDArray[np.float64]:
    """Add up per zone (rows) and group (columns)."""
    sums = np.zeros((zones, weights.shape[1]))
    _add_up(zone, np.ascontiguousarray(weights, dtype=np.float64), sums)
    return sums


def parted_by_zone(
    zone: NDArray[np.intp],
    point: NDArray[np.intp],
    within: NDArray[np.bool_],
    counts: NDArray[np.float64],
    zones: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add up per zone (rows) and group (columns) those within, and the others.

    Parameters
    ----------
    zone, point
        Who lives where, as :func:`members` tells it.
    within, counts
        One row per residents point.
    zones
        Their number.
    """
    covered, uncovered = np.zeros((2, zones, counts.shape[1]))
    _part(zone, point, within, counts, covered, uncovered)
    return covered, uncovered


@compiled
def _part(  # noqa: PLR0917 - a compiled function has no keyword-only options
    zone: NDArray[np.intp],
    point: NDArray[np.intp],
    within: NDArray[np.bool_],
    counts: NDArray[np.float64],
    covered: NDArray[np.float64],
    uncovered: NDArray[np.float64],
) -> None:
    for i in range(len(zone)):
        p = point[i]
        sums = covered if within[p] else uncovered
        for group in range(counts.shape[1]):
            sums[zone[i], group] += counts[p, group]


def percentiles_by_zone(
    zone: NDArray[np.intp], minutes: NDArray[np.float64], counts: NDArray[np.float64], zones: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Medians and 90th percentiles per zone (rows) and group (columns).

    Each as :func:`weighted_percentile` tells it of the people of one zone.
    """
    ends = np.zeros(zones + 1, dtype=np.int64)
    np.cumsum(np.bincount(zone, minlength=zones), out=ends[1:])
    found = np.full((2, zones, counts.shape[1]), np.nan)
    _find_percentiles(
        _ascending(minutes),
        zone,
        ends,
        minutes,
        np.ascontiguousarray(counts, dtype=np.float64),
        np.array([MEDIAN, P90]),
        found,
    )
    return found[0], found[1]


class _LastOrder:
    """The order of the times last asked about: those of a changed city are nearly in it."""

    rows: NDArray[np.intp] = np.empty(0, dtype=np.intp)


def _ascending(minutes: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return rows by ascending time, equal times in any order."""
    last = _LastOrder.rows
    if len(last) == len(minutes):
        # A sort that finds stretches in order is quick where most already is.
        rows = last[np.argsort(minutes[last], kind="stable")]
    else:
        rows = np.argsort(minutes, kind="stable")
    _LastOrder.rows = rows
    return rows


@compiled
def _add_up(
    zone: NDArray[np.intp], weights: NDArray[np.float64], sums: NDArray[np.float64]
) -> None:
    for i in range(len(zone)):
        for group in range(weights.shape[1]):
            sums[zone[i], group] += weights[i, group]


@compiled
def _find_percentiles(  # noqa: PLR0917 - a compiled function has no keyword-only options
    ascending: NDArray[np.intp],
    zone: NDArray[np.intp],
    ends: NDArray[np.int64],
    minutes: NDArray[np.float64],
    counts: NDArray[np.float64],
    parts: NDArray[np.float64],
    found: NDArray[np.float64],
) -> None:
    # The people of each zone by ascending time, zone after zone.
    rows = np.empty(len(ascending), dtype=np.int64)
    filled = ends[:-1].copy()
    for i in ascending:
        rows[filled[zone[i]]] = i
        filled[zone[i]] += 1
    for z in range(len(ends) - 1):
        own = rows[ends[z] : ends[z + 1]]
        _order_equal(own, minutes)
        _find_in_one(own, minutes, counts, parts, found[:, z])


@compiled
def _find_in_one(
    own: NDArray[np.int64],
    minutes: NDArray[np.float64],
    counts: NDArray[np.float64],
    parts: NDArray[np.float64],
    found: NDArray[np.float64],
) -> None:
    # Row by row, as the counts lie in memory; each group adds up as it would alone.
    total = np.zeros(counts.shape[1])
    for i in own:
        for group in range(len(total)):
            total[group] += counts[i, group]
    for k in range(len(parts)):
        # Sums of fractions of people miss the exact part by some rounding.
        enough = parts[k] * total * (1 - 1e-12)
        enough[~(total > 0)] = np.inf
        left = (total > 0).sum()
        below = np.zeros(len(total))
        for i in own:
            if left == 0:
                break
            for group in range(len(total)):
                below[group] += counts[i, group]
                if not below[group] < enough[group]:
                    found[k, group] = minutes[i] if minutes[i] < np.inf else np.nan
                    enough[group] = np.inf
                    left -= 1


@compiled
def _order_equal(rows: NDArray[np.int64], minutes: NDArray[np.float64]) -> None:
    """Put rows of equal times in ascending order; the times ascend already."""
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or minutes[rows[at]] != minutes[rows[start]]:
            if at - start > 1:
                rows[start:at].sort()
            start = at


def zone_and_group(
    ids: NDArray[Any], names: NDArray[Any], groups: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    """Return the first columns of a table of one row per zone and, within it, group."""
    return {
        "zone_id": np.repeat(ids, len(groups)),
        "zone": np.repeat(names, len(groups)),
        "group": np.tile(np.array(groups, dtype=object), len(ids)),
    }


def tidy_table(
    ids: NDArray[Any],
    names: NDArray[Any],
    groups: tuple[str, ...],
    *,
    covered: NDArray[np.float64],
    uncovered: NDArray[np.float64],
    median: NDArray[np.float64],
    p90: NDArray[np.float64],
) -> pd.DataFrame:
    """Return one row per zone and group with the columns of coverage."""
    # Adding the two parts up, so that a row closes exactly and no share exceeds 1.
    population = covered + uncovered
    tidy = pd.DataFrame(
        {
            **zone_and_group(ids, names, groups),
            "population": population.ravel(),
            "covered": covered.ravel(),
            "uncovered": uncovered.ravel(),
            "share": per(covered, population).ravel(),
            "median_minutes": median.ravel(),
            "p90_minutes": p90.ravel(),
        }
    )
    tidy["reason"] = np.select(
        [tidy["population"] == 0, tidy["median_minutes"].isna(), tidy["p90_minutes"].isna()],
        ["no_population", "median_unreachable", "p90_unreachable"],
        "",
    )
    return tidy


def weighted_percentile(
    minutes: NDArray[np.float64], weights: NDArray[np.float64], part: float
) -> NDArray[np.float64]:
    """Return the shortest time within which a part of the weight lies.

    This is the inverse of the weighted distribution function (type 1 of Hyndman and Fan 1996,
    The American Statistician 50(4):361-365): always a time that occurs, never interpolated.

    Parameters
    ----------
    minutes
        Times in ascending order; infinite where there is no way.
    weights
        One row per time, one column per group.
    part
        A fraction above 0 and at most 1: 0.5 for the median.

    Returns
    -------
    numpy.ndarray
        One value per group; NaN where the time is infinite or nothing has weight.

    Examples
    --------
    >>> weighted_percentile(np.array([5.0, 20.0]), np.array([[10.0], [9.0]]), 0.5)
    array([5.])
    """
    if not len(minutes):
        return np.full(weights.shape[1], np.nan)
    below = weights.cumsum(axis=0)
    total = below[-1]
    # Sums of fractions of people miss the exact part by some rounding.
    first = (below < part * total * (1 - 1e-12)).sum(axis=0)
    found = minutes[np.minimum(first, len(minutes) - 1)]
    return np.where((total > 0) & np.isfinite(found), found, np.nan)
