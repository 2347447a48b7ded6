"""How much of a city's coverage is left once pace, season and opening hours are counted.

After Willberg, Fink and Toivonen 2023, "The 15-minute city for all?", Journal of Transport
Geography, 103521: of the older people of the Helsinki region 93 % reach a grocery shop in 15
minutes by the usual assumptions, and 34 % when their own pace, winter and opening hours are
combined. What one step takes depends on the steps before it, so every step is told twice: what it
takes in the order asked for, and its Shapley value, which is the mean of what it takes over all
orders (Shapley 1953, "A value for n-person games").
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.coverage import labelled_places, require_minutes
from quartieri15.analysis.opening import ASSUMPTION
from quartieri15.analysis.reached_sets import ReachedSets, with_shares
from quartieri15.arguments import is_finite, several, shown
from quartieri15.errors import ParameterError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.model.hours import CALENDAR, CLOSED, OPEN, hours_of, require_times, states_at
from quartieri15.plain_json import plain_json
from quartieri15.reach.trips import ids_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

STEPS: Final = ("pace", "season", "hours")
"""What can take coverage away, in the order in which it is told unless another is asked for."""

WINTER_MINUTES_PER_KM: Final = 1.0
"""How much longer a kilometre takes on the best kept pavement of winter than on a bare one, of an
average pedestrian on flat ground; about 2 on clean ice (Fossum and Ryeng 2021, "The walking speed
of pedestrians on various pavement surface conditions during winter", Transportation Research
Part D 97, 102934; measured in Norway). That it holds for older people and for Milano is an
assumption of this project: no measure of either was found."""

WINTER_SOURCE: Final = (
    "Fossum and Ryeng 2021, Transportation Research Part D 97, 102934: about 1 min/km more on the "
    "best kept pavement of winter than on a bare one (average pedestrian, flat ground, Norway)"
)
_MOST_MINUTES_PER_KM: Final = 60.0
_BOUNDS: Final = ("unknown_closed", "unknown_open")


def pace_season_hours(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    at: str | dt.datetime,
    profile: str | TravelProfile = "walk_75",
    adult: str | TravelProfile = "walk_adult",
    season_minutes_per_km: float = WINTER_MINUTES_PER_KM,
    minutes: float = 15,
    by: str = "city",
    groups: str | Iterable[str] | None = None,
    order: Iterable[str] = STEPS,
    hours: str = "opening_hours",
    calendar: str = CALENDAR,
) -> pd.DataFrame:
    """Take coverage apart: what an older pace, a season and opening hours leave of it.

    Parameters
    ----------
    city
        The city.
    to
        The places to reach: the name of a set or a table.
    at
        When people arrive, such as ``"2026-07-11 16:00"``.
    profile
        Who really travels: the step ``pace`` goes from ``adult`` to this.
    adult
        Who is usually assumed to travel.
    season_minutes_per_km
        How many minutes more a kilometre takes in the season; see
        :data:`WINTER_MINUTES_PER_KM`. 0 for a season that slows nobody.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    by
        ``"city"`` or the name of a set of zones.
    groups
        The groups to count; all that the city knows when left out.
    order
        ``pace``, ``season`` and ``hours``, each once, in the order in which they are taken.
    hours, calendar
        As for :func:`~quartieri15.analysis.opening.coverage_by_hour`.

    Returns
    -------
    pandas.DataFrame
        Four rows per zone and group: the start, which is ``coverage`` for the adult with every
        place open, and one for each step.

        ``by, zone_id, zone, group, population``
            As in :func:`~quartieri15.analysis.coverage.coverage`.
        ``step``
            ``start``, then the steps in order.
        ``profile, speed_kmh``
            Who travels after the step.
        ``covered_unknown_closed, covered_unknown_open``
            Who is covered after the step, if places of unknown hours are closed, and if they are
            open. Before the step ``hours`` both are the same.
        ``taken_unknown_closed, taken_unknown_open``
            What the step took, in this order; 0 at the start.
        ``shapley_unknown_closed, shapley_unknown_open``
            What the step takes whatever the order. Over the steps both add up to all that is
            taken.
        ``share_unknown_closed, share_unknown_open``
            Covered by population; missing where that is 0.
        ``reason``
            ``no_population`` where the shares are missing; otherwise empty.
        ``at, minutes, places``
            What was asked.

        ``attrs["provenance"]`` holds the paces and their sources, what the season adds and its
        source, vintages and the line of licence.

    Raises
    ------
    ParameterError
        If a number, the time or the order makes no sense, the two travellers go by different
        modes, or no group is named.
    UnknownNameError
        If a profile, the places, the zones, a group, the column of hours or the calendar are not
        known.
    InputError
        If ``to`` is no table of points, hours are not in the syntax, or the city has no
        residents.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> steps = pace_season_hours(
    ...     milano,
    ...     to="houses",
    ...     at="2026-07-11 16:00",
    ...     groups="over65",
    ...     hours="summer_2026_opening_hours",
    ... )
    >>> steps["step"].tolist()
    ['start', 'pace', 'season', 'hours']
    >>> taken = steps["covered_unknown_closed"].iloc[0] - steps["covered_unknown_closed"].iloc[-1]
    >>> bool(abs(steps["shapley_unknown_closed"].sum() - taken) < 1e-6)
    True
    """
    require_city(city)
    city.require_residents()
    minutes = require_minutes(minutes)
    named = city.require_groups(groups)
    steps = _order(order)
    usual, real = profiles.get(adult), profiles.get(profile)
    if usual.mode != real.mode:
        raise ParameterError(
            f"{usual.name} goes by {usual.mode}, and {real.name} by {real.mode}",
            where="adult, profile",
            mend="name two profiles of one mode",
        )
    slower = _season(season_minutes_per_km)
    times = require_times(at, where="at")
    if len(times) != 1:
        raise ParameterError("more than one time is given", where="at", mend="give one time")
    _, places = labelled_places(city, to)
    ids = ids_of(places, where="to").tolist()
    states = states_at(hours_of(places, hours), times, ids=ids, column=hours, calendar=calendar)[
        :, 0
    ]
    everything = np.ones(len(states), dtype=bool)
    travellers = {
        (pace, season): _in_season(real if pace else usual, slower if season else 0.0)
        for pace in (False, True)
        for season in (False, True)
    }
    covered: dict[frozenset[str], NDArray[np.float64]] = {}
    for (pace, season), traveller in travellers.items():
        reached = ReachedSets.of(city, to, profile=traveller, minutes=minutes, by=by, groups=named)
        taken = frozenset(step for step, on in (("pace", pace), ("season", season)) if on)
        for key, usable in (
            (taken, (everything, everything)),
            (taken | {"hours"}, (states == OPEN, states != CLOSED)),
        ):
            covered[key] = reached.who(reached.reach(np.stack(usable)))
    table = _table(reached, steps, covered, named)
    table.insert(0, "by", by)
    after = [frozenset(steps[:i]) for i in range(len(steps) + 1)]
    walking = [travellers["pace" in done, "season" in done] for done in after]
    each = len(table) // len(after)
    table.insert(6, "profile", [one.name for one in walking] * each)
    table.insert(7, "speed_kmh", [one.speed_kmh for one in walking] * each)
    asked: dict[str, Any] = {
        "at": str(times[0]),
        "minutes": minutes,
        "places": reached.provenance["places"],
    }
    for name, value in asked.items():
        table[name] = value
    table.attrs["provenance"] = plain_json(
        {
            **reached.provenance,
            **asked,
            "by": by,
            "profile": real.name,
            "speed_kmh": float(real.speed_kmh),
            "access_speed_kmh": float(real.access_speed_kmh),
            "speed_source": real.source,
            "adult": usual.name,
            "adult_speed_kmh": float(usual.speed_kmh),
            "adult_speed_source": usual.source,
            "season_minutes_per_km": slower,
            "season_source": (
                WINTER_SOURCE if slower == WINTER_MINUTES_PER_KM else "chosen by the user"
            ),
            "hours": hours,
            "calendar": calendar,
            "assumption": ASSUMPTION,
            "order": list(steps),
            "in_no_zone": reached.in_no_zone,
        }
    )
    return table


def _order(order: object) -> tuple[str, ...]:
    steps = several(order)
    if sorted(map(str, steps)) != sorted(STEPS):
        raise ParameterError(
            f"order is {shown(order)}", where="order", mend=f"give {', '.join(STEPS)}, each once"
        )
    return tuple(map(str, steps))


def _season(minutes_per_km: object) -> float:
    if not is_finite(minutes_per_km) or not 0 <= minutes_per_km <= _MOST_MINUTES_PER_KM:
        raise ParameterError(
            f"season_minutes_per_km is {shown(minutes_per_km)}",
            where="season_minutes_per_km",
            mend=f"give minutes from 0 to {_MOST_MINUTES_PER_KM:g}",
        )
    return float(minutes_per_km)


def _in_season(traveller: TravelProfile, minutes_per_km: float) -> TravelProfile:
    """Return a traveller whose every kilometre takes some minutes more."""
    if not minutes_per_km:
        return traveller
    return traveller.with_(speed_kmh=60 / (60 / traveller.speed_kmh + minutes_per_km))


def _table(
    reached: ReachedSets,
    steps: tuple[str, ...],
    covered: dict[frozenset[str], NDArray[np.float64]],
    groups: tuple[str, ...],
) -> pd.DataFrame:
    """Return a row per zone, group and step; ``covered`` has a first axis of the two bounds."""
    after = np.stack([covered[frozenset(steps[:i])] for i in range(len(steps) + 1)], axis=-1)
    taken = np.concatenate(
        [np.zeros_like(after[..., :1]), after[..., :-1] - after[..., 1:]], axis=-1
    )
    shapley = np.stack(
        [np.zeros_like(covered[frozenset()]), *(_shapley(step, covered) for step in steps)], axis=-1
    )
    population = reached.population
    zones = len(reached.zone_ids)
    each = len(groups) * (len(steps) + 1)
    columns = {
        "zone_id": np.repeat(reached.zone_ids, each),
        "zone": np.repeat(reached.zone_names, each),
        "group": np.tile(np.repeat(np.array(groups, dtype=object), len(steps) + 1), zones),
        "population": np.repeat(population.ravel(), len(steps) + 1),
        "step": np.tile(np.array(["start", *steps], dtype=object), zones * len(groups)),
    }
    for what, values in (("covered", after), ("taken", taken), ("shapley", shapley)):
        for bound, counts in zip(_BOUNDS, values, strict=True):
            columns[f"{what}_{bound}"] = counts.ravel()
    return with_shares(pd.DataFrame(columns), _BOUNDS)


def _shapley(step: str, covered: dict[frozenset[str], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean of what a step takes over all orders of the steps."""
    others = [other for other in STEPS if other != step]
    value = np.zeros_like(covered[frozenset()])
    for size in range(len(others) + 1):
        weight = (
            math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(STEPS))
        )
        for before in map(frozenset, itertools.combinations(others, size)):
            value += weight * (covered[before] - covered[before | {step}])
    return value
