"""Who has an open place within reach, hour by hour; and who gains if one opens longer.

A place counts for those who arrive while it is open: a time is the minute at which people are at
its door, whenever they left home. How long it stays open after that is not asked.

Where hours are not known they are neither open nor closed, and every count has two bounds: at
least (what is unknown is closed) and at most (what is unknown is open).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import zone_and_group
from quartieri15.analysis.reached_sets import ReachedSets, with_shares
from quartieri15.arguments import require_flag, require_whole, several, shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.model.hours import (
    CALENDAR,
    CLOSED,
    DAYS,
    OPEN,
    UNKNOWN,
    hours_of,
    is_missing,
    require_hours,
    require_times,
    states_at,
)
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

DAY_MINUTES: Final = 1440
ASSUMPTION: Final = (
    "a place counts for those who arrive while it is open; how long it stays open is not asked"
)
_STATES: Final = {OPEN: "open", CLOSED: "closed", UNKNOWN: "unknown"}


def coverage_by_hour(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "city",
    groups: str | Iterable[str] | None = None,
    week_of: str | dt.date | None = None,
    dates: str | dt.date | Iterable[str | dt.date] | None = None,
    at: str | dt.datetime | Iterable[str | dt.datetime] | None = None,
    every_minutes: int = 60,
    hours: str = "opening_hours",
    calendar: str = CALENDAR,
) -> pd.DataFrame:
    """Count who has an open place within some minutes, at each hour of a week or of some dates.

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
        ``"city"`` or the name of a set of zones (``"nil"``, ``"municipi"``, ...).
    groups
        The groups to count; all that the city knows when left out.
    week_of
        A day of the week to ask for, Monday to Sunday. Give this, ``dates`` or ``at``.
    dates
        Days to ask for, each from midnight to midnight.
    at
        Single times to ask for, such as ``"2026-07-11 16:00"``; each counts once.
    every_minutes
        How far apart the times of a day are, from 1 to 1440.
    hours
        The column of the places that holds their hours, in the syntax of OpenStreetMap. No source
        tells the hours of the houses of Milano but those of 34 of them as cool spaces in the
        summer of 2026: these are asked for by name, with ``"summer_2026_opening_hours"``. Of
        places without a column ``opening_hours`` no hours are known.
    calendar
        Whose public holidays; see :func:`~quartieri15.model.hours.public_holidays`.

    Returns
    -------
    pandas.DataFrame
        One row per time, zone and group.

        ``time, weekday``
            When people arrive, in local time; ``Mon`` to ``Sun``.
        ``by, zone_id, zone, group, population``
            As in :func:`~quartieri15.analysis.coverage.coverage`.
        ``covered_at_least, covered_at_most``
            Those with a place within the threshold that is surely open, and those with one that
            is open or of unknown hours.
        ``share_at_least, share_at_most``
            The same divided by the population; missing where it is 0.
        ``reason``
            ``no_population`` where the shares are missing; otherwise empty.
        ``places_open, places_unknown``
            How many of the places are open, and of how many it is not known.
        ``profile, speed_kmh, minutes, places``
            What was asked.

        ``attrs["provenance"]`` holds what :func:`~quartieri15.reach.times.travel_time_matrix`
        tells, the column of ``hours``, the ``calendar``, the ``assumption`` about arrival,
        ``places_without_hours`` (ids), ``places_left_out`` (with the reason) and the people who
        live ``in_no_zone``.

    Raises
    ------
    ParameterError
        If ``minutes`` or ``every_minutes`` makes no sense, a date or a time is none, not exactly
        one of ``week_of``, ``dates`` and ``at`` is given, or no group is named.
    UnknownNameError
        If the profile, the places, the zones, a group, the column of hours or the calendar are
        not known.
    InputError
        If ``to`` is no table of points, hours are not in the syntax, or the city has no
        residents.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> saturday = coverage_by_hour(
    ...     milano,
    ...     to="houses",
    ...     profile="walk_75",
    ...     groups="over65",
    ...     at="2026-07-11 16:00",
    ...     hours="summer_2026_opening_hours",
    ... )
    >>> saturday[["places_open", "places_unknown"]].to_numpy().tolist()
    [[13, 32]]
    """
    question = _Question.asked(
        city, to, profile=profile, minutes=minutes, by=by, groups=groups, hours=hours
    )
    times = _times(week_of, dates, at, every_minutes)
    states = question.states(times, calendar)
    covered = {
        f"covered_{bound}": question.reached.who(question.reached.reach(usable.T))
        for bound, usable in (("at_least", states == OPEN), ("at_most", states != CLOSED))
    }
    table = question.table(times, **covered)
    table = with_shares(table, ("at_least", "at_most"))
    rows = len(table) // len(times)
    table["places_open"] = np.repeat((states == OPEN).sum(axis=0), rows)
    table["places_unknown"] = np.repeat((states == UNKNOWN).sum(axis=0), rows)
    return question.told(table, calendar)


def open_when(
    city: City,
    *,
    place: Hashable,
    opens: str,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "city",
    groups: str | Iterable[str] | None = None,
    week_of: str | dt.date | None = None,
    dates: str | dt.date | Iterable[str | dt.date] | None = None,
    at: str | dt.datetime | Iterable[str | dt.datetime] | None = None,
    every_minutes: int = 60,
    at_any_time: bool = False,
    hours: str = "opening_hours",
    calendar: str = CALENDAR,
) -> pd.DataFrame:
    """Count who gains an open place if one place opens at more hours.

    Someone gains at a time if this place is within the threshold, was not open, and no other open
    place is within it.

    Parameters
    ----------
    city, to, profile, minutes, by, groups, week_of, dates, at, every_minutes, hours, calendar
        As for :func:`coverage_by_hour`.
    place
        The id of the place.
    opens
        When it would open too, in the syntax of OpenStreetMap: ``"Sa 14:00-18:00"``.
    at_any_time
        Whether to count together who gains at one of the times or at several.

    Returns
    -------
    pandas.DataFrame
        One row per time at which it would open, zone and group; one per zone and group for
        ``at_any_time``, where ``times`` stands for the three columns that tell of one time: at
        how many it was not open.

        ``time, weekday, by, zone_id, zone, group, population``
            As for :func:`coverage_by_hour`.
        ``was``
            What the place was at that time: ``open`` (then nobody gains), ``closed``, or
            ``unknown``, which is taken for closed, as the question does.
        ``gained_at_least, gained_at_most``
            Those who gain if the other places of unknown hours are open, and if they are closed.
        ``profile, speed_kmh, minutes, places``
            What was asked.

        ``attrs["provenance"]`` as for :func:`coverage_by_hour`, with ``place`` and ``opens``.

    Raises
    ------
    ParameterError
        As for :func:`coverage_by_hour`, or if ``opens`` opens at none of the times.
    UnknownNameError
        As for :func:`coverage_by_hour`, or if the place is not among the places.
    InputError
        As for :func:`coverage_by_hour`, or if ``opens`` is not in the syntax.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> evening = open_when(
    ...     milano,
    ...     place="CSRC-10",
    ...     opens="Mo-Fr 20:00-22:00",
    ...     to="houses",
    ...     profile="walk_75",
    ...     groups="over65",
    ...     week_of="2026-07-06",
    ...     hours="summer_2026_opening_hours",
    ... )
    >>> len(evening), bool((evening["gained_at_least"] <= evening["gained_at_most"]).all())
    (10, True)
    """
    question = _Question.asked(
        city, to, profile=profile, minutes=minutes, by=by, groups=groups, hours=hours
    )
    ids = question.reached.place_ids
    if not pd.api.types.is_hashable(place) or place not in ids:
        raise UnknownNameError.among(place, map(str, ids), kind="place", where="place")
    own = ids.get_loc(place)
    require_hours(opens, where="opens")
    require_flag(at_any_time, where="at_any_time")
    times = _times(week_of, dates, at, every_minutes)
    added = states_at([opens], times, ids=["opens"], column="opens", calendar=calendar)[0] == OPEN
    if not added.any():
        raise ParameterError(
            f"{opens!r} opens at none of the times asked about",
            where="opens",
            mend="ask about a week or a day in which it does",
        )
    times = [time for time, opened in zip(times, added, strict=True) if opened]
    states = question.states(times, calendar)
    was = states[own].copy()
    states[own] = CLOSED
    # The others, as good as they may be, and as good as they surely are.
    others = {"at_least": states != CLOSED, "at_most": states == OPEN}
    gaining = {
        f"gained_{bound}": question.reached.sets[:, own]
        & ~question.reached.reach(usable.T)
        & (was != OPEN)[:, None]
        for bound, usable in others.items()
    }
    if at_any_time:
        gaining = {bound: sets.any(axis=0, keepdims=True) for bound, sets in gaining.items()}
    gained = {bound: question.reached.who(sets) for bound, sets in gaining.items()}
    if at_any_time:
        table = question.table(times[:1], **gained).drop(columns=["time", "weekday"])
        table.insert(0, "times", int((was != OPEN).sum()))
    else:
        table = question.table(times, **gained)
        rows = len(table) // len(times)
        table.insert(2, "was", np.repeat([_STATES[int(state)] for state in was], rows))
    return question.told(table, calendar, place=place, opens=opens)


@dataclass(frozen=True, eq=False)
class _Question:
    """Who reaches which places, the hours of these, and what was asked."""

    by: str
    groups: tuple[str, ...]
    reached: ReachedSets
    texts: list[Any]
    asked_for: dict[str, Any]
    provenance: dict[str, Any]

    @classmethod
    def asked(
        cls,
        city: City,
        to: str | gpd.GeoDataFrame,
        *,
        profile: str | TravelProfile,
        minutes: float,
        by: str,
        groups: str | Iterable[str] | None,
        hours: str,
    ) -> Self:
        require_city(city)
        traveller = profiles.get(profile)
        named = city.require_groups(groups)
        reached = ReachedSets.of(city, to, profile=traveller, minutes=minutes, by=by, groups=named)
        texts = hours_of(reached.places, hours)
        without = [
            str(name)
            for name, text in zip(reached.place_ids, texts, strict=True)
            if is_missing(text)
        ]
        names = ("profile", "speed_kmh", "minutes", "places")
        asked = {name: reached.provenance[name] for name in names}
        provenance = {
            **reached.provenance,
            "by": by,
            "hours": hours,
            "assumption": ASSUMPTION,
            "places_without_hours": without,
            "in_no_zone": reached.in_no_zone,
        }
        return cls(by, named, reached, texts, asked, provenance)

    def states(self, times: list[dt.datetime], calendar: str) -> NDArray[np.int8]:
        """Return the state of each place (rows) at each time (columns)."""
        hours = self.provenance["hours"]
        ids = list(self.reached.place_ids)
        return states_at(self.texts, times, ids=ids, column=hours, calendar=calendar)

    def table(self, times: list[dt.datetime], **counts: NDArray[np.float64]) -> pd.DataFrame:
        """Return one row per time, zone and group."""
        population = self.reached.population
        zones, groups = population.shape
        each = zones * groups
        rows = zone_and_group(self.reached.zone_ids, self.reached.zone_names, self.groups)
        weekdays = [DAYS[time.weekday()] for time in times]
        return pd.DataFrame(
            {
                "time": np.repeat(np.array(times, dtype="datetime64[us]"), each),
                "weekday": np.repeat(np.array(weekdays, dtype=object), each),
                "by": self.by,
                **{name: np.tile(values, len(times)) for name, values in rows.items()},
                "population": np.tile(population.ravel(), len(times)),
                **{name: values.ravel() for name, values in counts.items()},
            }
        )

    def told(self, table: pd.DataFrame, calendar: str, **more: Any) -> pd.DataFrame:
        """Add to a table what was asked."""
        for name, value in self.asked_for.items():
            table[name] = value
        table.attrs["provenance"] = plain_json(self.provenance | {"calendar": calendar} | more)
        return table


def _times(week_of: object, dates: object, at: object, every_minutes: object) -> list[dt.datetime]:
    """Return the times that are asked about."""
    given = [value for value in (week_of, dates, at) if value is not None]
    if len(given) != 1:
        raise ParameterError(
            f"{len(given)} of week_of, dates and at are given",
            where="week_of, dates, at",
            mend="give one of them, such as week_of='2026-07-06'",
        )
    step = require_whole(every_minutes, where="every_minutes", least=1, most=DAY_MINUTES)
    if at is not None:
        return list(dict.fromkeys(require_times(at, where="at")))
    if week_of is not None:
        day = _days(week_of, where="week_of")
        if len(day) != 1:
            raise ParameterError(
                f"week_of is {shown(week_of)}", where="week_of", mend="give one day of the week"
            )
        monday = day[0] - dt.timedelta(days=day[0].weekday())
        days = [monday + dt.timedelta(days=i) for i in range(7)]
    else:
        days = _days(dates, where="dates")
    return [
        dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
        for day in days
        for minute in range(0, DAY_MINUTES, step)
    ]


def _days(dates: object, *, where: str) -> list[dt.date]:
    """Return days, each once and in order."""
    asked = [
        dt.datetime.combine(day, dt.time()) if type(day) is dt.date else day
        for day in several(dates)
    ]
    return sorted({time.date() for time in require_times(asked, where=where)})
