"""How many people of each group reach a place in time, area by area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import (
    column_of,
    counts_by_row,
    counts_of,
    members,
    minutes_of,
    parted_by_zone,
    percentiles_by_zone,
    sums_by_zone,
    tidy_table,
)
from quartieri15.arguments import is_one_of
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import places_there, require_city
from quartieri15.model.ids import require_same_kind
from quartieri15.model.places import position_certainty
from quartieri15.plain_json import plain_json
from quartieri15.reach.times import travel_time_matrix, travel_times
from quartieri15.reach.trips import (
    ids_of,
    in_time,
    limit_seconds,
    point_coordinates,
    positions_checksum,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile


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
        as ``city.houses``. Where some are closed, give the open ones:
        ``city.houses[~city.houses["id"].isin(["CSRC-02"])]``.
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
        For a traveller who takes no steps, where the places have a column ``entrance_steps``,
        ``places_with_steps_at_entrance`` (ids) cannot be used, and of how many it is not known
        is ``entrance_steps_unknown``; those count as usable.

    Raises
    ------
    ParameterError
        If ``minutes`` makes no sense, or no group is named.
    UnknownNameError
        If the profile, the places, the zones or a group are not known.
    InputError
        If ``to`` is no table of points, or ``times`` is not about this city's residents, these
        places and this profile, or ends at some minutes; or if the city has no residents.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> cover = coverage(milano, to="houses", profile="walk_75", by="city", groups="over65")
    >>> cover[["group", "share", "median_minutes"]].round(2).to_dict("records")
    [{'group': 'over65', 'share': 0.44, 'median_minutes': 16.33}]
    """
    require_city(city)
    profile = profiles.get(profile)
    city.require_residents()
    minutes = require_minutes(minutes)
    named = city.require_groups(groups)
    require_zone_set(city, by, "place")
    label, table = labelled_places(city, to)
    if times is None:
        times = travel_times(city, to=table, profile=profile)
    reached = minutes_of(city, times, profile)
    nearest = _nearest(table, times, reached)
    counts = counts_of(city, named)
    left_out = np.zeros(len(counts), dtype=bool)
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
        homes = members(city, by)
        left_out[:] = True
        left_out[homes[2]] = False
        tidy = _by_zone(city, table, homes, by=by, minutes=minutes, reached=reached, groups=named)
    tidy.insert(0, "by", by)
    asked: dict[str, Any] = {
        "profile": profile.name,
        "speed_kmh": float(profile.speed_kmh),
        "minutes": minutes,
        "places": label,
    }
    for name, value in asked.items():
        tidy[name] = value
    provenance = {
        **city.provenance,
        **asked,
        "city": city.name,
        "by": by,
        "direction": "to",
        "access_speed_kmh": float(profile.access_speed_kmh),
        **({} if profile.push_speed_kmh is None else {"push_speed_kmh": profile.push_speed_kmh}),
        "speed_source": profile.source,
        "place_ids": [str(name) for name in _ids(table)],
        "places_without_position": [
            str(name) for name in _ids(table)[schemas.unplaced(table.geometry)]
        ],
        "places_with_uncertain_position": _uncertain(table),
        "position_certainty": position_certainty(table),
        "places_without_street": _places_without_street(times),
        **_entrances(times),
        "people_without_street": _people_without_street(counts, times, named),
        "in_no_zone": _people(counts, left_out, named),
        "cannot_reach": _people(counts, np.isinf(reached), named),
    }
    tidy.attrs["provenance"] = plain_json(provenance)
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


def require_zone_set(city: City, by: object, *others: str) -> None:
    """Refuse what is neither ``"city"`` nor the name of a set of zones, nor one of some others.

    Raises
    ------
    UnknownNameError
        If it is none of them; the nearest names are suggested.
    """
    known = [*city.zones, "city", *others]
    if not is_one_of(by, known):
        raise UnknownNameError.among(by, known, kind="set of zones", argument="by")


def labelled_places(
    city: City, to: str | gpd.GeoDataFrame, *, where: str = "to"
) -> tuple[str, gpd.GeoDataFrame]:
    """Return what to call some places, and their table.

    Parameters
    ----------
    city
        The city.
    to
        The name of a set of places, or a table of points.
    where
        What messages call it.

    Raises
    ------
    UnknownNameError
        If the city has no such places.
    InputError
        If the set or the table is empty, or the table is none of points in the city's CRS, or an
        id is missing.
    """
    if isinstance(to, str):
        return to, places_there(city, to, where=where)
    point_coordinates(to, city, where=where)
    if not len(to):
        raise InputError("there is no place", where=where, mend="give at least one place")
    ids = set(ids_of(to, where=where))
    of_services = bool(city.services["id"].isin(ids).any())
    for name in city.place_sets:
        # There are many sets of services, and most tables have none of them.
        if (of_services or name not in city.service_sets) and ids == set(
            city.places_named(name)["id"]
        ):
            return name, to
    return f"{len(to)} places", to


def _nearest(
    places: gpd.GeoDataFrame, times: pd.DataFrame, reached: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return where the nearest place stands among the places, -1 where none is reached.

    Times to other places look the same, so that each place named must be one of these.
    """
    mend = "give the travel times to the same places"
    ids = _ids(places)
    there = np.isfinite(reached)
    column = column_of(times, "place_id").array
    # A few places stand in many rows.
    number, names = pd.factorize(column)
    told_of = np.bincount(number[there] + 1, minlength=len(names) + 1)[1:] > 0
    require_same_kind(
        names[told_of],
        ids,
        where="times, column place_id",
        known_where="the places, column id,",
    )
    home = np.full(len(reached), -1)
    home[there] = np.append(ids.get_indexer(pd.Index(names)), -1)[number[there]]
    lost = home[there] < 0
    if lost.any():
        name = column[there][lost][0]
        raise InputError(
            "no place is named"
            if pd.isna(name)
            else f"place {name!r} is not among the places asked about",
            where=f"times, row {times.index[there][lost][0]}, column place_id",
            mend=mend,
        )
    told = times.attrs.get("provenance", {}).get("places")
    located = int((~schemas.unplaced(places.geometry)).sum())
    # Places that a traveller does not get into are asked about, and are not among the places.
    located -= sum(why == "steps_at_entrance" for why in times.attrs.get("left_out", {}).values())
    if isinstance(told, int) and told != located:
        raise InputError(
            f"the times are those to {told} places, and {located} are asked about",
            where="times",
            mend=mend,
        )
    stood = times.attrs.get("places_checksum")
    if stood is not None and stood != positions_checksum(places):
        raise InputError(
            "the times are those to places of which one or more stood elsewhere",
            where="times",
            mend=mend,
        )
    return home


def _by_zone(
    city: City,
    places: gpd.GeoDataFrame,
    homes: tuple[NDArray[Any], NDArray[Any], NDArray[np.intp], NDArray[np.intp]],
    *,
    by: str,
    minutes: float,
    reached: NDArray[np.float64],
    groups: tuple[str, ...],
) -> pd.DataFrame:
    ids, names, point, zone = homes
    counts = counts_by_row(city, groups)
    within = in_time(reached, minutes)
    covered, uncovered = parted_by_zone(zone, point, within, counts, len(ids))
    if len(point) != len(counts) or (point != np.arange(len(point))).any():
        reached, counts = reached[point], counts[point]
    median, p90 = percentiles_by_zone(zone, reached, counts, len(ids))
    tidy = tidy_table(
        ids, names, groups, covered=covered, uncovered=uncovered, median=median, p90=p90
    )
    tidy["places_inside"] = np.repeat(places_inside(city, by, places), len(groups))
    return tidy


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
    counts = counts_of(city, groups)
    there = np.isfinite(reached)
    home = nearest[there]
    pairs = travel_time_matrix(city, to=places, profile=profile, minutes=minutes)
    point = pd.Index(city.residents["id"]).get_indexer(pd.Index(pairs["origin_id"]))
    place = ids.get_indexer(pd.Index(pairs["place_id"]))
    alone = np.bincount(point, minlength=len(counts))[point] == 1
    covered = sums_by_zone(place, counts[point], len(ids))
    median, p90 = percentiles_by_zone(home, reached[there], counts[there], len(ids))
    return tidy_table(
        ids.to_numpy(),
        (places["name"] if "name" in places.columns else ids).to_numpy(),
        groups,
        covered=covered,
        uncovered=counts.sum(axis=0) - covered,
        median=median,
        p90=p90,
    ).assign(
        nearest=sums_by_zone(home, counts[there], len(ids)).ravel(),
        exclusive=sums_by_zone(place[alone], counts[point[alone]], len(ids)).ravel(),
        places_inside=np.repeat(~schemas.unplaced(places.geometry), len(groups)).astype("int64"),
    )


def places_inside(city: City, by: str, places: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Count the places in each zone; one on a common border counts in the first."""
    located = np.asarray(places.geometry.array)[~schemas.unplaced(places.geometry)]
    if by == "city":
        return np.array([len(located)], dtype="int64")
    table = city.zones_named(by, argument="by")
    place, zone = table.sindex.query(located, predicate="intersects")
    first = np.full(len(located), len(table))
    np.minimum.at(first, place, zone)
    return np.bincount(first, minlength=len(table) + 1)[:-1].astype("int64")


def _ids(places: gpd.GeoDataFrame) -> pd.Index[Any]:
    ids: pd.Index[Any] = pd.Index(places["id"] if "id" in places.columns else places.index)
    return ids


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


def _entrances(times: pd.DataFrame) -> dict[str, Any]:
    """Return what the times tell of steps at entrances; nothing where they tell nothing."""
    if "entrance_steps_unknown" not in times.attrs:
        return {}
    steps = [str(n) for n, why in times.attrs["left_out"].items() if why == "steps_at_entrance"]
    return {
        "places_with_steps_at_entrance": steps,
        "entrance_steps_unknown": times.attrs["entrance_steps_unknown"],
    }


def _people_without_street(
    counts: NDArray[np.float64], times: pd.DataFrame, groups: tuple[str, ...]
) -> dict[str, float] | None:
    """Return the people too far from every street; None where the times do not tell."""
    if "status" not in times.columns:
        return None
    far = (column_of(times, "status") == "no_street").to_numpy()
    return _people(counts, far, groups)


def _people(
    counts: NDArray[np.float64], there: NDArray[np.bool_], groups: tuple[str, ...]
) -> dict[str, float]:
    """Count the people of each group at some residents points."""
    people = counts[np.flatnonzero(there)].sum(axis=0)
    return dict(zip(groups, people.tolist(), strict=True))
