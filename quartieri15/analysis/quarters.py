"""Who of a quarter reaches a place, where nobody says at which addresses the quarter is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import (
    counts_by_row,
    counts_of,
    members,
    minutes_of,
    parted_by_zone,
    percentiles_by_zone,
    tidy_table,
)
from quartieri15.analysis.coverage import labelled_places, require_minutes
from quartieri15.analysis.reached_pairs import provenance_of
from quartieri15.arguments import is_finite, shown
from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import ids_of, in_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

MOST_M = 10_000.0
"""No quarter is wider than this around its point."""
SLACK = 1e-6
"""Expected people are sums of fractions, and miss a whole number by some rounding."""

REASONS: dict[str, str] = {
    "people_not_known": "the table does not tell how many of this group the quarter has",
    "no_population": "nobody of this group lives in the area",
    "more_people_than_in_the_area": "the quarter is said to have more people than the area has",
    "median_unreachable": "half of the people of the area have no way to a place",
    "p90_unreachable": "a tenth of the people of the area have no way to a place",
}
"""Why a value is missing, in words."""


def quarters_reached(
    city: City,
    quarters: gpd.GeoDataFrame,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "nil",
    groups: str | Iterable[str] | None = None,
    within_m: float | None = None,
) -> pd.DataFrame:
    """Tell how many people of each quarter reach the nearest place, at least and at most.

    A quarter of public housing is published as a name and a number of tenants. Nobody says at
    which addresses they live, only in which area: its outline where the table has one, a circle
    where ``within_m`` is given, else the zone it lies in. So the people of the quarter who are
    within the minutes are told by two bounds that no choice of addresses can break: at most all
    of the area who are within, at least those that do not fit among the others of the area
    (the bounds of Fréchet 1951, Annales de l'Université de Lyon A 14:53-77).

    Parameters
    ----------
    city
        The city.
    quarters
        One row per quarter: a column per group with its people (``residents``, ``over65``),
        points or outlines in the city's CRS, ``id`` and ``name`` where there are any, and the
        zone of each in a column named like ``by``; without it, the zone in which the point lies.
        For example the result of :func:`~quartieri15.editions.loading.load_quarters`.
    to
        The places to reach: the name of a set or a table.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    by
        The set of zones.
    groups
        The groups to count: all of which both the city and the quarters have a column, when left
        out.
    within_m
        That a quarter lies within so many metres of its point, up to 10,000; None for anywhere
        in its zone. Of an outline it is not asked.

    Returns
    -------
    pandas.DataFrame
        One row per quarter and group.

        ``quarter_id, quarter, group, people``
            What the row is about, as the table says it.
        ``area``
            ``outline``, ``circle`` or ``zone``, and ``zone_id``, ``zone`` which one (missing for
            the others).
        ``point_minutes, point_within``
            From the point that stands for the quarter (one inside an outline). Missing minutes
            mean that no way leads to a place.
        ``population, covered, uncovered, share, median_minutes``
            Everyone of the group in the area, as :func:`~quartieri15.analysis.coverage.coverage`
            counts them.
        ``people_low, people_high``
            The bounds.
        ``people_expected``
            As many as if the people of the quarter lived where those of the area live; an
            assumption, not a bound.
        ``within``
            ``all``: whatever its addresses, everyone of the quarter is within the minutes;
            ``nobody``; ``not_decided``: it depends on the addresses.
        ``reason``
            A key of :data:`REASONS` where a value is missing, otherwise empty.
        ``profile, speed_kmh, minutes``
            What was asked.

        ``attrs["provenance"]`` also tells how surely the places are located
        (``position_certainty``): a bound holds for places that stand where they are drawn.

    Raises
    ------
    ParameterError
        If ``minutes`` or ``within_m`` makes no sense, or no group is named.
    UnknownNameError
        If the profile, the places, the zones, or a zone or group of the quarters is not known.
    InputError
        If the quarters have no geometry, no column of a group, a count that is none, or one lies
        in no zone.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.editions.loading import load_quarters
    >>> milano = q15.load("milano")
    >>> found = quarters_reached(milano, load_quarters(), to="houses", profile="walk_75")
    >>> older = found[found["group"] == "over65"].set_index("quarter")
    >>> older.loc["Gratosoglio", ["people_low", "people_high"]].astype(float).round(-1).tolist()
    [650.0, 2440.0]
    """
    require_city(city)
    profile = profiles.get(profile)
    minutes = require_minutes(minutes)
    city.zones_named(by, argument="by")
    if within_m is not None and not (is_finite(within_m) and 0 < within_m <= MOST_M):
        raise ParameterError(
            f"within_m is {shown(within_m)}",
            where="within_m",
            mend=f"give metres above 0 and up to {MOST_M:,.0f}, or None for the whole zone",
        )
    table, named = _checked(city, quarters, groups)
    area, zone_id, quarter, point = _addresses(city, table, by=by, within_m=within_m)
    label, places = labelled_places(city, to)
    times = travel_times(city, to=places, profile=profile)
    reached = minutes_of(city, times, profile)
    covered, uncovered = parted_by_zone(
        quarter, point, in_time(reached, minutes), counts_by_row(city, named), len(table)
    )
    median, p90 = percentiles_by_zone(
        quarter, reached[point], counts_of(city, named)[point], len(table)
    )
    names = table["name"] if "name" in table.columns else table["id"]
    tidy = tidy_table(
        table["id"].to_numpy(),
        names.to_numpy(),
        named,
        covered=covered,
        uncovered=uncovered,
        median=median,
        p90=p90,
    ).rename(columns={"zone_id": "quarter_id", "zone": "quarter"})
    people = table[list(named)].to_numpy(dtype=float).ravel()
    from_point = _from_points(city, table, to=to, profile=profile)
    zones = city.zones_named(by, argument="by").set_index("id")["name"]
    each = np.repeat(np.arange(len(table)), len(named))
    tidy.insert(3, "people", people)
    tidy.insert(4, "area", area[each])
    tidy.insert(5, "zone_id", zone_id[each])
    named_zone = tidy["zone_id"].map(zones).astype(object)
    tidy.insert(6, "zone", named_zone.where(named_zone.notna(), None))
    tidy.insert(7, "point_minutes", from_point[each])
    tidy.insert(8, "point_within", in_time(from_point, minutes)[each])
    _bound(tidy)
    asked: dict[str, Any] = {
        "profile": profile.name,
        "speed_kmh": float(profile.speed_kmh),
        "minutes": minutes,
    }
    tidy = tidy.drop(columns="p90_minutes").assign(**asked)
    tidy.attrs["provenance"] = plain_json(
        {
            **provenance_of(city, label, places, times.attrs, minutes=minutes),
            "by": by,
            "within_m": within_m,
            "reasons": REASONS,
        }
    )
    return tidy


def _checked(
    city: City, quarters: object, groups: object
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Return the quarters, numbered, and the groups that are counted of them."""
    import shapely

    city.require_residents()
    table = schemas.with_geometry(quarters, where="quarters")
    require_same_crs(table, city.crs, where="quarters")
    if not len(table):
        raise InputError("there is no quarter", where="quarters", mend="give at least one")
    if groups is None:
        groups = [group for group in city.groups if group in table.columns]
        if not groups:
            raise InputError(
                "there is no column of a group that the city counts",
                where="quarters",
                mend=f"call the column of tenants residents (known: {', '.join(city.groups)})",
            )
    named = city.require_groups(groups)
    ids = ids_of(table, where="quarters")
    if not ids.is_unique:
        raise InputError(
            f"the id {ids[ids.duplicated()][0]!r} stands twice",
            where="quarters",
            mend="give every quarter its own id",
        )
    contract = {
        **dict.fromkeys(named, schemas.Column(kind="number", low=0, nullable=True)),
        "geometry": schemas.Column(kind="geometry", shapes=("Point", "Polygon", "MultiPolygon")),
    }
    table = schemas.check(table, contract, where="quarters")
    broken = ~shapely.is_valid(table.geometry.to_numpy())
    if broken.any():
        raise InputError(
            f"the outline is not valid: {shapely.is_valid_reason(table.geometry[broken].iloc[0])}",
            where=f"quarters, row {table.index[broken][0]}, column geometry",
            mend="untangle it, for example with .make_valid()",
        )
    city.streets.require_near(table, where="quarters")
    return table.assign(id=ids.array).reset_index(drop=True), named


def _addresses(
    city: City, quarters: gpd.GeoDataFrame, *, by: str, within_m: float | None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.intp], NDArray[np.intp]]:
    """Return what bounds each quarter, its zone, and which residents points lie in there.

    Returns
    -------
    area, zone_id
        One per quarter.
    quarter, point
        Positions, one pair per quarter and residents point in its area.
    """
    outlined = (quarters.geom_type != "Point").to_numpy()
    area = np.where(outlined, "outline", "zone" if within_m is None else "circle").astype(object)
    zone_id = np.full(len(quarters), None, dtype=object)
    shapes = quarters.geometry
    if within_m is not None:
        query = city.residents.sindex.query(
            shapes[~outlined], predicate="dwithin", distance=within_m
        )
        quarter, point = np.flatnonzero(~outlined)[query[0]], query[1]
    else:
        ids, _, home, zone = members(city, by)
        zone_id[~outlined] = _zones_of(city, quarters[~outlined], by)
        place = pd.Index(ids).get_indexer(pd.Index(zone_id[~outlined]))
        found = [home[zone == one] for one in place]
        quarter = np.repeat(np.flatnonzero(~outlined), [len(one) for one in found])
        point = np.concatenate([np.empty(0, dtype=np.intp), *found])
    inside = city.residents.sindex.query(shapes[outlined], predicate="intersects")
    return (
        area,
        zone_id,
        np.concatenate([quarter, np.flatnonzero(outlined)[inside[0]]]).astype(np.intp),
        np.concatenate([point, inside[1]]).astype(np.intp),
    )


def _zones_of(city: City, points: gpd.GeoDataFrame, by: str) -> list[Any]:
    """Return the zone of each quarter: the one it states, else the one in which its point lies."""
    zones = city.zones_named(by, argument="by")
    if by in points.columns:
        stated: list[Any] = points[by].tolist()
        for row, zone in zip(points["id"], stated, strict=True):
            if zone not in set(zones["id"]):
                raise UnknownNameError.among(
                    zone, map(str, zones["id"]), kind="zone", where=f"quarters, {row}, column {by}"
                )
        return stated
    point, zone = zones.sindex.query(points.geometry, predicate="intersects")
    # On a common border the first counts.
    first = dict(zip(point[::-1].tolist(), zone[::-1].tolist(), strict=True))
    for at, row in enumerate(points["id"]):
        if at not in first:
            raise InputError(
                f"it lies in no zone of {by}",
                where=f"quarters, {row}, column geometry",
                mend=f"correct the position, state the zone in a column {by}, or give within_m",
            )
    return [zones["id"].iloc[first[at]] for at in range(len(points))]


def _from_points(
    city: City, quarters: gpd.GeoDataFrame, *, to: Any, profile: TravelProfile
) -> NDArray[np.float64]:
    points = quarters[["id"]].set_geometry(quarters.geometry.representative_point())
    times = travel_times(city, to=to, profile=profile, origins=points)
    minutes: NDArray[np.float64] = times["minutes"].to_numpy(dtype=float)
    return minutes


def _bound(tidy: pd.DataFrame) -> None:
    """Add how many people of a quarter are within, at least and at most, and why none is told."""
    people, population = tidy["people"], tidy["population"]
    many = people > population * (1 + SLACK)
    tidy["reason"] = np.select(
        [people.isna(), population == 0, many],
        ["people_not_known", "no_population", "more_people_than_in_the_area"],
        tidy["reason"],
    )
    told = ~(people.isna() | (population == 0) | many)
    # Of a quarter with all people of its area a rounding may make the least the greater.
    tidy["people_low"] = (people - tidy["uncovered"]).clip(0, tidy["covered"]).where(told)
    tidy["people_expected"] = (people * tidy["share"]).where(told)
    tidy["people_high"] = people.clip(upper=tidy["covered"]).where(told)
    tidy["within"] = np.select(
        [population == 0, tidy["uncovered"] == 0, tidy["covered"] == 0],
        ["not_decided", "all", "nobody"],
        "not_decided",
    )
