"""Who reaches several services: all of them, some, and how long until the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import (
    counts_of,
    members,
    people_in_no_zone,
    per,
    percentiles_by_zone,
    sums_by_zone,
    zone_and_group,
)
from quartieri15.analysis.coverage import labelled_places, require_minutes, require_zone_set
from quartieri15.analysis.reached_pairs import provenance_of, provenance_of_several
from quartieri15.arguments import require_text, shown
from quartieri15.errors import ParameterError
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


def basket(
    city: City,
    services: Mapping[str, str | gpd.GeoDataFrame],
    *,
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "city",
    groups: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Count who reaches how many of several services in time.

    A service is reached where the nearest of its places is. One place may serve several: a house
    with a desk inside is both a house and a desk.

    Parameters
    ----------
    city
        The city.
    services
        The places of each service by what it is called: the name of a set (``"houses"``) or a
        table of points.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    by
        ``"city"``, or the name of a set of zones (``"nil"``, ``"municipi"``, ...).
    groups
        The groups to count; all that the city knows when left out.

    Returns
    -------
    pandas.DataFrame
        One row per zone and group.

        ``by, zone_id, zone, group, population``
            What the row is about.
        ``reach_<service>``
            Those who reach that service in time, one column each.
        ``reach_0, reach_1, ...``
            Those who reach none of the services, exactly one, ..., all of them, one column for
            each number, in digits; they add up to ``population``.
        ``share_any, share_all``
            Who reaches at least one, and all, as fractions of the population.
        ``mean_services``
            How many of the services one of them reaches, on average.
        ``median_minutes_to_last, p90_minutes_to_last``
            The time within which half, or nine tenths, have all services, that is the farthest
            of the nearest; as the percentiles of a coverage.
        ``reason``
            Why values are missing: ``no_population``, ``median_unreachable``,
            ``p90_unreachable``; else empty.
        ``profile, speed_kmh, minutes``
            What was asked.

        ``attrs["provenance"]`` holds under ``services`` what each was answered by, with the
        places left out; ``shared_places``, the ids that stand in more than one service; speed,
        vintages and licences; ``in_no_zone`` as in a coverage.

    Raises
    ------
    ParameterError
        If ``minutes`` makes no sense, there is no service, or one has a number for a name.
    UnknownNameError
        If the profile, some places, the zones or a group are not known.
    InputError
        If places are no table of points, or the city has no residents.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> services = {"house": "houses", "desk": "wemi"}
    >>> table = basket(milano, services, profile="walk_75", groups="over65")
    >>> bool(table["reach_0"].item() + table["reach_house"].item() < table["population"].item())
    True
    """
    require_city(city)
    traveller = profiles.get(profile)
    minutes = require_minutes(minutes)
    named = city.require_groups(groups)
    require_zone_set(city, by)
    _require_services(services)
    told: list[dict[str, Any]] = []
    nearest = []
    for name, to in services.items():
        where = f"services[{name!r}]"
        label, table = labelled_places(city, to, where=where)
        times = travel_times(city, to=table, profile=traveller)
        told.append(provenance_of(city, label, table, times.attrs))
        nearest.append(times["minutes"].fillna(np.inf).to_numpy(dtype=float))
    tidy = _by_zone(
        city,
        by,
        named,
        reached={n: in_time(m, minutes) for n, m in zip(services, nearest, strict=True)},
        last=np.max(nearest, axis=0),
    )
    asked: dict[str, Any] = {
        "profile": traveller.name,
        "speed_kmh": float(traveller.speed_kmh),
        "minutes": minutes,
    }
    for name, value in asked.items():
        tidy[name] = value
    alike, own = provenance_of_several(told)
    tidy.attrs["provenance"] = plain_json(
        {
            **alike,
            **asked,
            "by": by,
            "services": dict(zip(services, own, strict=True)),
            "shared_places": _shared([one["place_ids"] for one in own]),
            "in_no_zone": people_in_no_zone(city, by, named),
        }
    )
    return tidy


def _require_services(services: object) -> None:
    """Refuse what does not name at least one service."""
    if not isinstance(services, Mapping) or not services:
        raise ParameterError(
            f"services is {shown(services)}",
            where="services",
            mend="give places by name, for example {'house': 'houses', 'desk': 'wemi'}",
        )
    for name in services:
        require_text(name, where="services, a name")
        if name.isdigit():
            raise ParameterError(
                f"{name!r} is a number of services, and cannot name one",
                where="services",
                mend="use a word, such as 'house'",
            )


def _by_zone(
    city: City,
    by: str,
    groups: tuple[str, ...],
    *,
    reached: dict[str, NDArray[np.bool_]],
    last: NDArray[np.float64],
) -> pd.DataFrame:
    """Count people per zone and group by the services they reach."""
    ids, names, point, zone = members(city, by)
    here = counts_of(city, groups)[point]
    number = np.sum(list(reached.values()), axis=0)[point]

    def people(there: NDArray[np.bool_]) -> NDArray[np.float64]:
        return sums_by_zone(zone, here * there[:, None], len(ids)).ravel()

    exactly = [people(number == n) for n in range(len(reached) + 1)]
    # The parts added up, so that a row closes exactly and no share exceeds 1.
    population = np.sum(exactly, axis=0)

    visits = np.sum([n * count for n, count in enumerate(exactly)], axis=0)
    median, p90 = percentiles_by_zone(zone, last[point], here, len(ids))
    table = pd.DataFrame(
        {
            "by": by,
            **zone_and_group(ids, names, groups),
            "population": population,
            **{f"reach_{name}": people(there[point]) for name, there in reached.items()},
            **{f"reach_{n}": count for n, count in enumerate(exactly)},
            "share_any": per(np.sum(exactly[1:], axis=0), population),
            "share_all": per(exactly[-1], population),
            "mean_services": per(visits, population),
            "median_minutes_to_last": median.ravel(),
            "p90_minutes_to_last": p90.ravel(),
        }
    )
    table["reason"] = np.select(
        [population == 0, np.isnan(median.ravel()), np.isnan(p90.ravel())],
        ["no_population", "median_unreachable", "p90_unreachable"],
        "",
    )
    return table


def _shared(ids: list[list[str]]) -> list[str]:
    """Return the ids that stand in more than one list, in their order."""
    flat = pd.Series([name for one in ids for name in one], dtype=object)
    return flat[flat.duplicated()].drop_duplicates().tolist()
