"""Which services are near each place: whom a house can work with, as a network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15 import progress
from quartieri15.analysis.coverage import require_minutes
from quartieri15.arguments import several, shown
from quartieri15.errors import ParameterError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import places_there, require_city
from quartieri15.model.notebook_tables import tables_html
from quartieri15.plain_json import plain_json
from quartieri15.reach.times import travel_time_matrix
from quartieri15.reach.trips import Trips, ids_of, in_time, point_coordinates

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

AT_ONCE: Final = 32
"""From so many places at once the times to all services are held in memory."""

TEXTS: Final = ("name", "kind", "network")
COLUMNS: Final = (*TEXTS, "entrance_steps")
REASONS: dict[str, str] = {
    "no_position": "nobody knows where the place is",
    "no_street": "no street of this traveller is near the place",
    "steps_at_entrance": "steps lead out of the place, and this traveller takes none",
    "unreachable": "no way leads to a service of this kind by the streets of this traveller",
}
"""Why a nearest service is missing, in words."""


@dataclass(frozen=True, eq=False)
class ServiceTimes:
    """Which services are near some places.

    Parameters
    ----------
    pairs : pandas.DataFrame
        One row per place and service within the minutes asked for, nearest first:
        ``place_id, place, service_id, service, kind, network, minutes``.
    by_kind : pandas.DataFrame
        One row per place and kind of service: ``place_id, place, kind``, how many are
        ``within`` the minutes, ``nearest_id``, ``nearest`` (its name) and ``nearest_minutes`` at
        any distance, and ``reason``: a key of :data:`REASONS` where no service is the nearest,
        otherwise empty.

    Notes
    -----
    ``attrs["provenance"]`` of both tables tells what was asked, vintages, licences, and which
    places and services could not be used, with the reason.
    """

    pairs: pd.DataFrame
    by_kind: pd.DataFrame

    def _repr_html_(self) -> str:
        return tables_html(self, title="Services near places", first="by_kind")


def service_times(
    city: City,
    *,
    profile: str | TravelProfile,
    places: str | gpd.GeoDataFrame = "houses",
    services: str | gpd.GeoDataFrame | Iterable[str] = "services",
    minutes: float = 15,
) -> ServiceTimes:
    """Tell which services are within some minutes of each place, and the nearest of each kind.

    People go from the place to the service: on foot there is no other way, by bicycle a one-way
    street makes one.

    Parameters
    ----------
    city
        The city.
    profile
        Who travels, for example ``"walk_75"``.
    places
        The places to set out from: the name of a set, or a table of points.
    services
        Where to: the name of a set (``"services"`` for all that the city has, ``"library"``,
        ``"health"``, ``"wemi"``), several names, or a table of points such as
        :func:`~quartieri15.sources.facilities.read_facilities` returns. Its column ``kind`` tells
        kinds apart; without it all are of the kind ``service``.
    minutes
        The threshold, in minutes; above 0 and at most a day.

    Returns
    -------
    ServiceTimes

    Raises
    ------
    ParameterError
        If ``minutes`` makes no sense, or no service is named.
    UnknownNameError
        If the profile or a set is not known.
    InputError
        If a table is none of points, has no position, an id stands twice, or a name, a kind or a
        network is missing.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> found = service_times(milano, services=("library", "pharmacy"), profile="walk_75")
    >>> near = found.by_kind.pivot(index="place_id", columns="kind", values="within")
    >>> int((near["library"] > 0).sum()), int((near["pharmacy"] > 0).sum())
    (25, 56)
    """
    require_city(city)
    profile = profiles.get(profile)
    minutes = require_minutes(minutes)
    starts = _named(
        places_there(city, places, where="places") if isinstance(places, str) else places,
        city,
        "places",
    )
    ends = _named(_services(city, services), city, "services")
    away = Trips.plan(city, starts, profile=profile, direction="from", where="places").left_out
    lost = Trips.plan(city, ends, profile=profile, direction="to", where="services").left_out
    there = ends[~ends["id"].isin(lost)].reset_index(drop=True)
    unusable = starts["id"].isin(away).to_numpy()
    taken = _minutes_between(city, starts, there, usable=~unusable, profile=profile)
    pairs = _pairs(starts, there, taken, minutes=minutes)
    by_kind = _by_kind(starts, there, taken, kinds=_kinds(ends), minutes=minutes)
    told = by_kind["place_id"].map(away)
    by_kind["within"] = by_kind["within"].astype("Int64").mask(told.notna())
    by_kind["reason"] = told.where(told.notna(), by_kind["reason"])
    provenance = plain_json(
        {
            **city.provenance,
            "city": city.name,
            "profile": profile.name,
            "speed_kmh": float(profile.speed_kmh),
            "access_speed_kmh": float(profile.access_speed_kmh),
            "speed_source": profile.source,
            "minutes": minutes,
            "direction": "from",
            "places": len(starts),
            "services": len(ends),
            "places_left_out": away,
            "services_left_out": lost,
            "reasons": REASONS,
        }
    )
    for table in (pairs, by_kind):
        table.attrs["provenance"] = provenance
    return ServiceTimes(pairs, by_kind)


def _services(city: City, services: object) -> object:
    """Return the rows of one set or of several, or the table that was given."""
    if isinstance(services, pd.DataFrame):
        return services
    names = several(services)
    if not names or not isinstance(services, Iterable):
        raise ParameterError(
            f"{shown(services)} names no services",
            where="services",
            mend=f"use some of {', '.join(city.place_sets)}, or give a table of points",
        )
    return city.places_named(*names)


def _named(table: Any, city: City, where: str) -> gpd.GeoDataFrame:
    """Return points with an id, a name, a kind and a network each."""
    point_coordinates(table, city, where=where)
    ids = ids_of(table, where=where)
    told = {name: schemas.PLACE_COLUMNS[name] for name in TEXTS if name in table.columns}
    # Rows are named in messages as the table names them, if each has a name of its own.
    table = table if table.index.is_unique else table.reset_index(drop=True)
    table = schemas.check(table, told, where=where)
    columns: dict[str, Any] = {"id": ids, "name": ids, "kind": "service", "network": "service"}
    columns |= {name: table[name].array for name in COLUMNS if name in table.columns}
    points = table.geometry.reset_index(drop=True)
    named: gpd.GeoDataFrame = points.to_frame("geometry").assign(**columns)
    return named


def _kinds(services: gpd.GeoDataFrame) -> list[str]:
    return sorted(services["kind"].astype(str).unique())


def _minutes_between(
    city: City,
    starts: gpd.GeoDataFrame,
    ends: gpd.GeoDataFrame,
    *,
    usable: NDArray[np.bool_],
    profile: TravelProfile,
) -> NDArray[np.float64]:
    """Return minutes from each start (row) to each end (column), NaN where no way leads there."""
    taken = np.full((len(starts), len(ends)), np.nan)
    rows = np.flatnonzero(usable)
    if not len(ends):
        return taken
    with progress.shown("services") as say:
        for first in range(0, len(rows), AT_ONCE):
            block = rows[first : first + AT_ONCE]
            say(f"from {first + len(block)} of {len(rows)} places")
            # Searched from the places: they are few, and services many.
            matrix = travel_time_matrix(
                city,
                to=starts.iloc[block],
                origins=ends,
                profile=profile,
                direction="from",
                dense=True,
            )
            taken[block] = matrix.to_numpy().T
    return taken


def _pairs(
    starts: gpd.GeoDataFrame,
    ends: gpd.GeoDataFrame,
    taken: NDArray[np.float64],
    *,
    minutes: float,
) -> pd.DataFrame:
    """Return one row per start and end within the minutes, nearest first."""
    start, end = np.nonzero(in_time(taken, minutes))
    order = np.lexsort((taken[start, end], start))
    start, end = start[order], end[order]
    return pd.DataFrame(
        {
            "place_id": starts["id"].to_numpy()[start],
            "place": starts["name"].to_numpy()[start],
            "service_id": ends["id"].to_numpy()[end],
            "service": ends["name"].to_numpy()[end],
            "kind": ends["kind"].to_numpy()[end],
            "network": ends["network"].to_numpy()[end],
            "minutes": np.minimum(taken[start, end], minutes),
        }
    )


def _by_kind(
    starts: gpd.GeoDataFrame,
    ends: gpd.GeoDataFrame,
    taken: NDArray[np.float64],
    *,
    kinds: list[str],
    minutes: float,
) -> pd.DataFrame:
    """Return one row per start and kind: how many are within the minutes, and the nearest."""
    number, near = np.zeros((2, len(starts), len(kinds)), dtype=np.intp)
    least = np.full(number.shape, np.inf)
    every = np.arange(len(starts))
    for k, kind in enumerate(kinds):
        own = np.flatnonzero(ends["kind"].astype(str) == kind)
        if len(own):
            times = np.where(np.isnan(taken[:, own]), np.inf, taken[:, own])
            best = times.argmin(axis=1)
            near[:, k], least[:, k] = own[best], times[every, best]
            number[:, k] = in_time(times, minutes).sum(axis=1)
    reached = np.isfinite(least).ravel()
    near = near.ravel()[reached]
    table = pd.DataFrame(
        {
            "place_id": starts["id"].repeat(len(kinds)).array,
            "place": starts["name"].repeat(len(kinds)).array,
            "kind": np.tile(np.array(kinds, dtype=object), len(starts)),
            "within": number.ravel(),
            "nearest_id": None,
            "nearest": None,
            "nearest_minutes": np.where(reached, least.ravel(), np.nan),
            "reason": np.where(reached, "", "unreachable"),
        }
    )
    for column, told in (("nearest_id", "id"), ("nearest", "name")):
        table[column] = table[column].astype(object)
        table.loc[reached, column] = ends[told].to_numpy(dtype=object)[near]
    return table
