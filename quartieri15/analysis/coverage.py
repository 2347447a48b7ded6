"""How many people of each group reach a place in time, area by area."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.reach.times import travel_time_matrix, travel_times
from quartieri15.reach.trips import limit_seconds, point_coordinates

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

MEDIAN, P90 = 0.5, 0.9


def coverage(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "nil",
    groups: str | Iterable[str] | None = None,
    times: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count who reaches the nearest place within some minutes.

    People are counted at their address: everyone at a residents point is covered when the
    travel time from there to the nearest place is at most ``minutes``. No polygon is cut, so
    the areas of any set that divides the city add up to the city.

    Parameters
    ----------
    city
        The city.
    to
        The places to reach: the name of a set (``"houses"``, ``"wemi"``, ...) or a table such
        as ``city.houses``.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    by
        ``"city"``, the name of a set of zones (``"nil"``, ``"municipi"``, ...), or ``"place"``
        for one row per place. People belong to the zone their residents row names; zones that
        the residents do not name take the points that lie in them.
    groups
        The groups to count; all that the city knows when left out.
    times
        The result of ``travel_times(city, to=to, profile=profile)``, if it is at hand: a row
        per residents point with ``minutes`` and ``place_id``.

    Returns
    -------
    pandas.DataFrame
        One row per zone (or place) and group.

        ``by, zone_id, zone, group``
            What the row is about.
        ``population``
            Expected people (or households) of the group.
        ``covered, uncovered``
            Those within the threshold, and the rest; they add up to ``population``.
        ``share``
            ``covered / population``, a fraction; missing where the population is 0.
        ``median_minutes, p90_minutes``
            The shortest time within which half, or nine tenths, of the population is at its
            nearest place (the inverse of the weighted distribution function; no
            interpolation). Who cannot get there counts as infinitely far, so the value is
            missing when too few can.
        ``reason``
            Why a value is missing: ``no_population``, ``median_unreachable``,
            ``p90_unreachable``; otherwise empty.
        ``places_inside``
            How many of the places lie in the zone.
        ``profile, speed_kmh, minutes, places``
            What was asked.

        By place, ``population`` is the whole city's and ``covered`` are those within
        the threshold of this place, whichever other place may be nearer. Two more columns:
        ``nearest``, those whose nearest place it is, at any distance (the percentiles are
        theirs), and ``exclusive``, the covered whom no other place covers.

        ``attrs["provenance"]`` holds the speed and its source, vintages, licences, and what
        could not be counted: places without position, people in no zone, people who cannot
        get there. ``places_without_street`` (ids) and ``people_without_street`` (per group) are
        too far from every street this traveller may use; None where ``times`` does not tell.

    Raises
    ------
    ParameterError
        If ``minutes`` makes no sense, or no group is named.
    UnknownNameError
        If the profile, the places, the zones or a group are not known.
    InputError
        If ``to`` is no table of points, or ``times`` is not about this city's residents, these
        places and this profile, or ends at some minutes; or if the city has no residents.
    """
    profile = profiles.get(profile)
    city.require_residents()
    minutes = require_minutes(minutes)
    named = city.require_groups(groups)
    if by not in (known := [*city.zones, "city", "place"]):
        raise UnknownNameError.among(by, known, kind="set of zones")
    label, table = _places(city, to)
    if times is None:
        times = travel_times(city, to=table, profile=profile)
    reached = _minutes(city, times, profile)
    nearest = _nearest(table, times, reached)
    if by == "place":
        tidy = _by_place(
            city,
            table,
            profile=profile,
            minutes=minutes,
            nearest=nearest,
            reached=reached,
            groups=named,
        )
    else:
        tidy = _by_zone(city, table, by=by, minutes=minutes, reached=reached, groups=named)
    tidy.insert(0, "by", by)
    asked: dict[str, Any] = {
        "profile": profile.name,
        "speed_kmh": float(profile.speed_kmh),
        "minutes": minutes,
        "places": label,
    }
    tidy = tidy.assign(**asked)
    tidy.attrs["provenance"] = {
        **city.provenance,
        **asked,
        "city": city.name,
        "by": by,
        "direction": "to",
        "access_speed_kmh": float(profile.access_speed_kmh),
        "speed_source": profile.source,
        "place_ids": [str(name) for name in _ids(table)],
        "places_without_position": [str(name) for name in _ids(table)[_nowhere(table)]],
        "places_with_uncertain_position": _uncertain(table),
        "places_without_street": _places_without_street(times),
        "people_without_street": _people_without_street(city, times, named),
        "in_no_zone": _in_no_zone(city, by, named),
        "cannot_reach": city.residents.loc[np.isinf(reached), list(named)].sum().to_dict(),
    }
    return tidy


def require_minutes(minutes: float | None) -> float:
    """Return a threshold as a float, or say why it makes no sense.

    Parameters
    ----------
    minutes
        Minutes of travel, above 0 and at most a day.

    Raises
    ------
    ParameterError
        If it is not such a number.

    Examples
    --------
    >>> require_minutes(15)
    15.0
    """
    if minutes is None:
        raise ParameterError("minutes is None", mend="give the minutes within which people count")
    limit_seconds(minutes)
    return float(minutes)


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


def _places(city: City, to: str | gpd.GeoDataFrame) -> tuple[str, gpd.GeoDataFrame]:
    """Return a table of places and what to call it."""
    if isinstance(to, str):
        return to, city.places_named(to)
    point_coordinates(to, city, where="to")
    if not len(to):
        raise InputError("there is no place", where="to", mend="give at least one place")
    ids = set(_ids(to))
    for name in city.place_sets:
        if ids == set(city.places_named(name)["id"]):
            return name, to
    return f"{len(to)} places", to


def _minutes(city: City, times: pd.DataFrame, profile: TravelProfile) -> NDArray[np.float64]:
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
            f"the times end at {told['minutes']:g} minutes, so who is farther is not known",
            where="times",
            mend="leave minutes out of travel_times",
        )
    speed = told.get("speed_kmh", profile.speed_kmh)
    if told.get("profile", profile.name) != profile.name or speed != profile.speed_kmh:
        raise InputError(
            f"the times are those of {told['profile']} at {speed:g} km/h, not of {profile.name}",
            where="times",
            mend="compute them for the same profile",
        )
    if told.get("direction", "to") != "to":
        raise InputError(
            "the times are those of travel from the places, not to them",
            where="times",
            mend="compute them with direction='to'",
        )
    minutes = pd.to_numeric(times["minutes"], errors="coerce").to_numpy(dtype=float)
    unread = np.isnan(minutes) & times["minutes"].notna().to_numpy()
    wrong = unread | (minutes < 0)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        value = times["minutes"].iloc[at] if unread[at] else f"{minutes[at]:g}"
        raise InputError(
            f"{value} is no travel time",
            where=f"times, row {times.index[at]}, column minutes",
            mend="give minutes of 0 or more, missing where there is no way",
        )
    return np.where(np.isnan(minutes), np.inf, minutes)


def _nearest(
    places: gpd.GeoDataFrame, times: pd.DataFrame, reached: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return where the nearest place stands among the places, -1 where none is reached.

    Times to other places look the same, so that each place named must be one of these.
    """
    mend = "give the travel times to the same places"
    ids = _ids(places)
    there = np.isfinite(reached)
    named = times["place_id"].to_numpy()[there]
    home = np.full(len(reached), -1)
    home[there] = ids.get_indexer(pd.Index(named))
    lost = home[there] < 0
    if lost.any():
        name = named[lost][0]
        raise InputError(
            "no place is named"
            if pd.isna(name)
            else f"place {name!r} is not among the places asked about",
            where=f"times, row {times.index[there][lost][0]}, column place_id",
            mend=mend,
        )
    told = times.attrs.get("provenance", {}).get("places")
    located = int((~_nowhere(places)).sum())
    if isinstance(told, int) and told != located:
        raise InputError(
            f"the times are those to {told} places, and {located} are asked about",
            where="times",
            mend=mend,
        )
    return home


def _by_zone(
    city: City,
    places: gpd.GeoDataFrame,
    *,
    by: str,
    minutes: float,
    reached: NDArray[np.float64],
    groups: tuple[str, ...],
) -> pd.DataFrame:
    ids, names, point, zone = _members(city, by)
    within = (reached <= minutes)[point, None]
    counts = _counts(city, groups)[point]
    covered = _sums(zone, np.where(within, counts, 0), len(ids))
    uncovered = _sums(zone, np.where(within, 0, counts), len(ids))
    median, p90 = _percentiles(zone, reached[point], counts, len(ids))
    return _tidy(
        ids, names, groups, covered=covered, uncovered=uncovered, median=median, p90=p90
    ).assign(places_inside=np.repeat(_inside(city, by, places), len(groups)))


def _by_place(
    city: City,
    places: gpd.GeoDataFrame,
    *,
    profile: TravelProfile,
    minutes: float,
    nearest: NDArray[np.intp],
    reached: NDArray[np.float64],
    groups: tuple[str, ...],
) -> pd.DataFrame:
    ids = _ids(places)
    counts = _counts(city, groups)
    there = np.isfinite(reached)
    home = nearest[there]
    pairs = travel_time_matrix(city, to=places, profile=profile, minutes=minutes)
    pairs = pairs[pairs["minutes"] <= minutes]
    point = pd.Index(city.residents["id"]).get_indexer(pd.Index(pairs["origin_id"]))
    place = ids.get_indexer(pd.Index(pairs["place_id"]))
    alone = np.bincount(point, minlength=len(counts))[point] == 1
    covered = _sums(place, counts[point], len(ids))
    median, p90 = _percentiles(home, reached[there], counts[there], len(ids))
    return _tidy(
        ids.to_numpy(),
        (places["name"] if "name" in places.columns else ids).to_numpy(),
        groups,
        covered=covered,
        uncovered=counts.sum(axis=0) - covered,
        median=median,
        p90=p90,
    ).assign(
        nearest=_sums(home, counts[there], len(ids)).ravel(),
        exclusive=_sums(place[alone], counts[point[alone]], len(ids)).ravel(),
        places_inside=np.repeat(~_nowhere(places), len(groups)).astype("int64"),
    )


def _members(
    city: City, by: str
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """Zone ids and names, then who lives where: positions of points and of their zones."""
    residents = city.residents
    everyone = np.arange(len(residents))
    if by == "city":
        return np.array([0]), np.array([city.name]), everyone, np.zeros_like(everyone)
    table = city.zones_named(by)
    if by in residents.columns:
        point, zone = everyone, pd.Index(table["id"]).get_indexer(residents[by])
    else:
        zone, point = residents.sindex.query(table.geometry, predicate="intersects")
    return table["id"].to_numpy(), table["name"].to_numpy(), point, zone


def _in_no_zone(city: City, by: str, groups: tuple[str, ...]) -> dict[str, float]:
    """Return the people whom the zones leave out."""
    if by == "place":
        return dict.fromkeys(groups, 0.0)
    *_, point, _ = _members(city, by)
    left_out = np.ones(len(city.residents), dtype=bool)
    left_out[point] = False
    lost: dict[str, float] = city.residents.loc[left_out, list(groups)].sum().to_dict()
    return lost


def _inside(city: City, by: str, places: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """How many places lie in each zone; one on a common border counts in the first."""
    located = places.geometry[~_nowhere(places)]
    if by == "city":
        return np.array([len(located)], dtype="int64")
    table = city.zones_named(by)
    place, zone = table.sindex.query(located, predicate="intersects")
    first = pd.Series(zone).groupby(place).min()
    return np.bincount(first, minlength=len(table)).astype("int64")


def _counts(city: City, groups: tuple[str, ...]) -> NDArray[np.float64]:
    """Return people per residents point (rows) and group (columns)."""
    counts: NDArray[np.float64] = city.residents[list(groups)].to_numpy(dtype=float)
    return counts


def _sums(zone: NDArray[np.intp], weights: NDArray[np.float64], zones: int) -> NDArray[np.float64]:
    """Add up per zone (rows) and group (columns)."""
    columns = [np.bincount(zone, weights=column, minlength=zones) for column in weights.T]
    return np.column_stack(columns)


def _percentiles(
    zone: NDArray[np.intp], minutes: NDArray[np.float64], counts: NDArray[np.float64], zones: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Medians and 90th percentiles per zone (rows) and group (columns)."""
    order = np.lexsort((minutes, zone))
    ends = np.searchsorted(zone[order], np.arange(zones + 1))
    rows = [order[a:b] for a, b in pairwise(ends)]
    median, p90 = (
        np.array([weighted_percentile(minutes[row], counts[row], part) for row in rows])
        for part in (MEDIAN, P90)
    )
    return median, p90


def _tidy(
    ids: NDArray[Any],
    names: NDArray[Any],
    groups: tuple[str, ...],
    *,
    covered: NDArray[np.float64],
    uncovered: NDArray[np.float64],
    median: NDArray[np.float64],
    p90: NDArray[np.float64],
) -> pd.DataFrame:
    # Adding the two parts up, so that a row closes exactly and no share exceeds 1.
    population = covered + uncovered
    tidy = pd.DataFrame(
        {
            "zone_id": np.repeat(ids, len(groups)),
            "zone": np.repeat(names, len(groups)),
            "group": np.tile(np.array(groups, dtype=object), len(ids)),
            "population": population.ravel(),
            "covered": covered.ravel(),
            "uncovered": uncovered.ravel(),
            "share": np.divide(
                covered, population, out=np.full_like(covered, np.nan), where=population > 0
            ).ravel(),
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


def _ids(places: gpd.GeoDataFrame) -> pd.Index[Any]:
    ids: pd.Index[Any] = pd.Index(places["id"] if "id" in places.columns else places.index)
    return ids


def _nowhere(places: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    nowhere: NDArray[np.bool_] = (places.geometry.isna() | places.geometry.is_empty).to_numpy()
    return nowhere


def _uncertain(places: gpd.GeoDataFrame) -> dict[str, int]:
    """How many places are located less precisely than a civic number."""
    if "location_precision" not in places.columns:
        return {}
    vague = places["location_precision"].astype(object).dropna()
    return {str(k): int(n) for k, n in vague[vague != "civic"].value_counts().items()}


def _places_without_street(times: pd.DataFrame) -> list[str] | None:
    """Return the places too far from every street; None where the times do not tell."""
    left_out = times.attrs.get("left_out")
    if left_out is None:
        return None
    return [str(name) for name, why in left_out.items() if why == "no_street"]


def _people_without_street(
    city: City, times: pd.DataFrame, groups: tuple[str, ...]
) -> dict[str, float] | None:
    """Return the people too far from every street; None where the times do not tell."""
    if "status" not in times.columns:
        return None
    far = (times["status"] == "no_street").to_numpy()
    counts: dict[str, float] = city.residents.loc[far, list(groups)].sum().to_dict()
    return counts
