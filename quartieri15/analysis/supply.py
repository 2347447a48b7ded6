"""How many places there are for how many people, area by area, and how far the next ones are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.counting import (
    counts_of,
    members,
    people_in_no_zone,
    per,
    percentiles_by_zone,
    sums_by_zone,
)
from quartieri15.analysis.coverage import places_inside, require_zone_set
from quartieri15.analysis.reached_pairs import reached_pairs
from quartieri15.arguments import require_whole
from quartieri15.model import profiles, schemas
from quartieri15.model.city import require_city
from quartieri15.model.places import uncertainty_m
from quartieri15.plain_json import plain_json
from quartieri15.reach.times import travel_times

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

PER: Final = 1000
"""Places are told per so many people."""

MOST_NEXT: Final = 20
"""As many nearest places as have columns of their own."""


def supply(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "municipi",
    group: str = "over65",
    k: int = 3,
) -> pd.DataFrame:
    """Tell how many places each area has for a group, and how far the first, second, third are.

    Parameters
    ----------
    city
        The city.
    to
        The places: the name of a set (``"houses"``, ``"wemi"``, ...) or a table of points.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    by
        ``"city"``, or the name of a set of zones (``"municipi"``, ``"nil"``, ...).
    group
        Whom the places are for.
    k
        To how many of the nearest places the time is told; at most 20.

    Returns
    -------
    pandas.DataFrame
        One row per zone.

        ``by, zone_id, zone, group, population``
            What the row is about, and the expected people of the group.
        ``places_inside``
            How many of the places lie in the zone; one on a common border counts once.
        ``places_inside_least, places_inside_most``
            The same if every place may stand anywhere within its ``location_uncertainty_m``:
            those that are nowhere near another zone, and those that may lie in this one. Equal
            to ``places_inside`` where no uncertainty is known. Both count by position alone: a
            register may know the zone of a place better than its door.
        ``places_per_1000, places_per_1000_least, places_per_1000_most``
            The three per 1,000 people of the group; missing where nobody of it lives.
        ``places_in_reach``
            How many places somebody of the group in the zone reaches in time, wherever they lie.
        ``mean_places_in_reach``
            How many places one of them reaches in time, on average.
        ``covered, share``
            Those who reach at least one in time, as in a coverage.
        ``access``
            Whether the zone has a point of access: ``inside`` (a place lies in it),
            ``within_minutes`` (none does, and somebody reaches one elsewhere in time), ``none``
            (neither), ``nobody`` (none lies in it, and nobody of the group lives there).
        ``median_minutes, p90_minutes, median_minutes_2, p90_minutes_2, ...``
            The time within which half, or nine tenths, of the group are at their nearest place,
            at their second nearest, and so on up to ``k``; as in a coverage.
        ``reason``
            Why values are missing, codes separated by spaces: ``no_population``,
            ``too_few_places`` (there are fewer than ``k`` that can be reached at all), and
            ``unreachable:`` with the name of each column to which too few find a way.
        ``profile, speed_kmh, minutes, places``
            What was asked.

        ``attrs["provenance"]`` holds speed, vintages, licences, the places left out, and
        ``in_no_zone``, the people of the group who live in none of the zones.

    Raises
    ------
    ParameterError
        If ``minutes``, ``group`` or ``k`` makes no sense.
    UnknownNameError
        If the profile, the places, the zones or the group are not known.
    InputError
        If ``to`` is no table of points, an uncertainty is no number of metres, or the city has
        no residents.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> table = supply(milano, to="houses", profile="walk_75")
    >>> int(table["places_inside"].sum()), table.nsmallest(1, "places_per_1000")["zone"].item()
    (62, 'Municipio 3')
    """
    require_city(city)
    group = city.require_group(group)
    k = require_whole(k, where="k", least=1, most=MOST_NEXT)
    pairs = reached_pairs(city, to, profile=profile, minutes=minutes)
    require_zone_set(city, by)
    ids, names, point, zone = members(city, by)
    counts = counts_of(city, (group,))
    here = counts[point]
    population = sums_by_zone(zone, here, len(ids))[:, 0]
    reached = np.bincount(pairs.point, minlength=len(counts))[:, None]
    covered = sums_by_zone(zone, here * (reached[point] > 0), len(ids))[:, 0]
    visits = sums_by_zone(zone, here * reached[point], len(ids))[:, 0]
    inside, least, most = _inside_bounds(city, by, pairs.places)
    in_reach = _places_in_reach(pairs.point, pairs.place, (point, zone), counts[:, 0], len(ids))
    lived_in = population > 0
    columns: dict[str, Any] = {
        "by": by,
        "zone_id": ids,
        "zone": names,
        "group": group,
        "population": population,
        "places_inside": inside,
        "places_inside_least": least,
        "places_inside_most": most,
        "places_per_1000": per(PER * inside, population),
        "places_per_1000_least": per(PER * least, population),
        "places_per_1000_most": per(PER * most, population),
        "places_in_reach": in_reach,
        "mean_places_in_reach": per(visits, population),
        "covered": covered,
        "share": per(covered, population),
        "access": np.select(
            [inside > 0, in_reach > 0, lived_in], ["inside", "within_minutes", "none"], "nobody"
        ),
    }
    told = pairs.provenance
    times = travel_times(city, to=pairs.places, profile=profiles.get(profile), k=k)
    nearest = _minutes_to_next(times, k)
    reasons = np.where(lived_in, "", "no_population").astype(object)
    reachable = times.attrs["provenance"]["places"] - sum(
        why == "no_street" for why in times.attrs["left_out"].values()
    )
    if reachable < k:
        reasons[lived_in] = "too_few_places"
    for nth, reached_in in enumerate(nearest):
        for name, value in zip(
            ("median_minutes", "p90_minutes"),
            percentiles_by_zone(zone, reached_in[point], here, len(ids)),
            strict=True,
        ):
            column = name if not nth else f"{name}_{nth + 1}"
            columns[column] = value[:, 0]
            lost = np.isnan(value[:, 0]) & lived_in & (nth < reachable)
            reasons[lost] += f" unreachable:{column}"
    columns["reason"] = [reason.strip() for reason in reasons]
    columns |= {name: told[name] for name in ("profile", "speed_kmh", "minutes", "places")}
    table = pd.DataFrame(columns)
    asked = {"by": by, "group": group, "k": k}
    nowhere = {"in_no_zone": people_in_no_zone(city, by, (group,))}
    table.attrs["provenance"] = plain_json({**told, **asked, **nowhere})
    return table


def _minutes_to_next(times: pd.DataFrame, k: int) -> list[NDArray[np.float64]]:
    """Return minutes to the nearest place, the second, ...; infinite where there is none."""
    names = ["minutes", *(f"minutes_{nth}" for nth in range(2, k + 1))]
    return [times[name].fillna(np.inf).to_numpy(dtype=float) for name in names]


def _places_in_reach(
    pair_point: NDArray[np.intp],
    pair_place: NDArray[np.intp],
    homes: tuple[NDArray[np.intp], NDArray[np.intp]],
    people: NDArray[np.float64],
    zones: int,
) -> NDArray[np.int64]:
    """Count the places that somebody in each zone reaches; a point may lie in several zones."""
    live_there = people[pair_point] > 0
    pairs = pd.DataFrame({"point": pair_point[live_there], "place": pair_place[live_there]})
    lives = pd.DataFrame({"point": homes[0], "zone": homes[1]})
    reached = pairs.merge(lives, on="point")[["zone", "place"]].drop_duplicates()
    return np.bincount(reached["zone"], minlength=zones).astype("int64")


def _inside_bounds(
    city: City, by: str, places: gpd.GeoDataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count the places in each zone: as they stand, and at least and at most."""
    inside = places_inside(city, by, places)
    if by == "city":
        return inside, inside, inside
    placed = ~schemas.unplaced(places.geometry)
    uncertain_m = uncertainty_m(places, where="to")[placed]
    zones = np.asarray(city.zones_named(by, argument="by").geometry.array)
    points = np.asarray(places.geometry.array)[placed]
    near = shapely.distance(zones[:, None], points) <= uncertain_m
    # A place that is sure and on a border lies in the first of its zones, as it is counted.
    sure = uncertain_m == 0
    near[:, sure] &= near[:, sure].cumsum(axis=0) == 1
    only = near & (near.sum(axis=0) == 1)
    return inside, only.sum(axis=1), near.sum(axis=1)
