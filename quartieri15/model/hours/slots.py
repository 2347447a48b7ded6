"""The hours of many places at many times: open, closed, or unknown."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import require_text, several, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.hours.holidays import CALENDAR, public_holidays, with_dates_of_holidays
from quartieri15.model.hours.opening import is_missing, require_hours, state_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

_YEARS: Final = (1901, 2099)
_DAY_MINUTES: Final = 1440

CLOSED: Final = 0
OPEN: Final = 1
UNKNOWN: Final = -1
_STATES: Final = {"closed": CLOSED, "open": OPEN, "unknown": UNKNOWN}
_WORDS: Final = {code: word for word, code in _STATES.items()}


def states_at(
    hours: Sequence[Any],
    times: Iterable[dt.datetime],
    *,
    ids: Sequence[Any] | None = None,
    column: str = "opening_hours",
    calendar: str = CALENDAR,
) -> NDArray[np.int8]:
    """Tell the state of every place at every time.

    Parameters
    ----------
    hours
        One text per place in the syntax of OpenStreetMap, missing or blank where nobody knows.
    times
        Datetimes of local time, in any order.
    ids
        What the places are called in errors; their number when left out.
    column
        What the hours are called in errors.
    calendar
        Whose public holidays; see :func:`~quartieri15.model.hours.public_holidays`.

    Returns
    -------
    numpy.ndarray
        One row per place, one column per time: :data:`OPEN`, :data:`CLOSED` or :data:`UNKNOWN`.

    Raises
    ------
    InputError
        If hours are no text, or not in the syntax: with the place they belong to.
    UnknownNameError
        If the calendar is not known.

    Examples
    --------
    >>> import datetime as dt
    >>> ambrose = [dt.datetime(2026, 12, day, 10) for day in (4, 7)]
    >>> states_at(["Mo-Fr 09:00-19:00; PH off", None], ambrose).tolist()
    [[1, 0], [-1, -1]]
    """
    asked = np.array([np.datetime64(time, "m") for time in times], dtype="datetime64[m]")
    names = range(len(hours)) if ids is None else ids
    found = np.full((len(hours), len(asked)), UNKNOWN, dtype=np.int8)
    if not len(asked):
        return found
    first = asked.min().astype(dt.datetime)
    last = asked.max().astype(dt.datetime) + dt.timedelta(minutes=1)
    # A day may begin before midnight of the year before.
    years = tuple(range(first.year - 1, last.year + 1))
    public_holidays(years, calendar=calendar)
    known: dict[str, NDArray[np.int8]] = {}
    for row, (text, name) in enumerate(zip(hours, names, strict=True)):
        if is_missing(text):
            continue
        where = f"place {name!r}, column {column}"
        require_hours(text, where=where)
        if text not in known:
            dated = with_dates_of_holidays(text, years, calendar=calendar, where=where)
            known[text] = _states(dated, asked, first, last)
        found[row] = known[text]
    return found


def open_slots(
    places: gpd.GeoDataFrame,
    times: Iterable[dt.datetime],
    *,
    hours: str = "opening_hours",
    calendar: str = CALENDAR,
) -> pd.DataFrame:
    """Tell which places are open, closed or unknown at many times: a week, a year.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        Places with a column ``id`` (or named by their index).
    times
        Datetimes of local time, such as ``pd.date_range("2026-07-06", periods=168, freq="h")``.
    hours
        The column that holds the hours, in the syntax of OpenStreetMap. A table without
        ``opening_hours`` is one of which no hours are known.
    calendar
        Whose public holidays; see :func:`~quartieri15.model.hours.public_holidays`.

    Returns
    -------
    pandas.DataFrame
        One row per place, named by its id, and one column per time: ``open``, ``closed`` or
        ``unknown``.

    Raises
    ------
    InputError
        If ``places`` is no table, or hours are not in the syntax.
    ParameterError
        If a time is none, or has a time zone.
    UnknownNameError
        If the column or the calendar is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> houses = pd.DataFrame({"id": ["a", "b"], "opening_hours": ["Sa 10:00-18:00", None]})
    >>> week = pd.date_range("2026-07-06", periods=7 * 24, freq="h")
    >>> open_slots(houses, week).apply(lambda row: row.value_counts(), axis=1).fillna(0).to_dict()
    {'closed': {'a': 160.0, 'b': 0.0}, 'open': {'a': 8.0, 'b': 0.0}, \
'unknown': {'a': 0.0, 'b': 168.0}}
    """
    if not isinstance(places, pd.DataFrame):
        raise InputError(f"{shown(places)} is no table of places", where="places")
    asked = require_times(times, where="times")
    ids = places["id"] if "id" in places.columns else places.index
    states = states_at(
        hours_of(places, hours), asked, ids=list(ids), column=hours, calendar=calendar
    )
    words = np.array([_WORDS[code] for code in (CLOSED, OPEN, UNKNOWN)], dtype=object)
    return pd.DataFrame(
        words[states], index=pd.Index(ids, name="place_id"), columns=pd.Index(asked, name="time")
    )


def open_spans(
    hours: Sequence[Any],
    first: dt.date,
    last: dt.date,
    *,
    ids: Sequence[Any] | None = None,
    column: str = "opening_hours",
    calendar: str = CALENDAR,
) -> pd.DataFrame:
    """Tell day by day when places are open, and when nobody knows.

    Parameters
    ----------
    hours
        One text per place in the syntax of OpenStreetMap, missing or blank where nobody knows.
    first, last
        The first and the last day, both included.
    ids, column, calendar
        As for :func:`states_at`.

    Returns
    -------
    pandas.DataFrame
        ``place`` (its number among the hours), ``day`` (days since the first), ``start_minute``,
        ``end_minute`` (of the day, from 0 to 1440), ``state`` (:data:`OPEN` or
        :data:`UNKNOWN`), in that order. What is not there is closed. A place of whose hours
        nothing is said is unknown for all of every day.

    Raises
    ------
    InputError, UnknownNameError
        As for :func:`states_at`.

    Examples
    --------
    >>> import datetime as dt
    >>> friday, monday = dt.date(2026, 12, 4), dt.date(2026, 12, 7)
    >>> open_spans(["Mo-Fr 09:00-19:00; PH off"], friday, monday).to_numpy().tolist()
    [[0, 0, 540, 1140, 1]]
    """
    names = range(len(hours)) if ids is None else ids
    begin, end = (np.datetime64(day, "m") for day in (first, last + dt.timedelta(days=1)))
    midnights = np.arange(begin, end + 1, _DAY_MINUTES)
    spans = []
    for row, (text, name) in enumerate(zip(hours, names, strict=True)):
        if is_missing(text):
            starts, codes = np.array([begin]), np.array([UNKNOWN])
        else:
            where = f"place {name!r}, column {column}"
            require_hours(text, where=where)
            dated = with_dates_of_holidays(
                text, range(first.year - 1, last.year + 1), calendar=calendar, where=where
            )
            starts, codes = _intervals(dated, begin.astype(dt.datetime), end.astype(dt.datetime))
        # Every span is cut at midnight, and belongs to the day it lies in.
        cuts = np.unique(np.concatenate([np.maximum(starts, begin), midnights]))
        state = codes[np.searchsorted(starts, cuts[:-1], side="right") - 1]
        minute = (cuts - begin).astype(np.int64)
        day = minute[:-1] // _DAY_MINUTES
        offset = day * _DAY_MINUTES
        table = np.column_stack(
            [np.full(len(day), row), day, minute[:-1] - offset, minute[1:] - offset, state]
        )
        spans.append(table[state != CLOSED])
    columns = ["place", "day", "start_minute", "end_minute", "state"]
    return pd.DataFrame(np.concatenate([np.empty((0, 5), np.int64), *spans]), columns=columns)


def hours_of(places: gpd.GeoDataFrame, column: str) -> list[Any]:
    """Return the hours of places as texts; None for all where nobody has written any.

    Raises
    ------
    UnknownNameError
        If there is no such column, and it is not ``opening_hours``, which a table may lack.
    ParameterError
        If the column is no text.
    """
    require_text(column, where="hours")
    if column in places.columns:
        return list(places[column])
    if column != "opening_hours":
        columns = [name for name in map(str, places.columns) if "hours" in name]
        raise UnknownNameError.among(
            column,
            dict.fromkeys(["opening_hours", *columns]),
            kind="column of hours",
            where="hours",
        )
    return [None] * len(places)


def require_times(times: object, *, where: str) -> list[dt.datetime]:
    """Return datetimes of local time, to the minute, or say which of them is none.

    Raises
    ------
    ParameterError
        If they are no collection of datetimes, one has a time zone, or there is none.

    Examples
    --------
    >>> require_times(["2026-07-11 16:00"], where="times")
    [datetime.datetime(2026, 7, 11, 16, 0)]
    """
    mend = "give datetimes of local time, such as '2026-07-11 16:00'"
    found = []
    for time in several(times):
        read = None
        if isinstance(time, str | dt.datetime | np.datetime64):
            with suppress(ValueError, OverflowError):
                read = pd.Timestamp(time)
        if not isinstance(read, pd.Timestamp) or read.tzinfo is not None:
            raise ParameterError(f"{shown(time)} is no local time", where=where, mend=mend)
        if not _YEARS[0] <= read.year <= _YEARS[1]:
            raise ParameterError(f"{shown(time)} is too far away", where=where, mend=mend)
        found.append(read.floor("min").to_pydatetime())
    if not found:
        raise ParameterError("there is no time", where=where, mend=mend)
    return found


def _states(
    text: str, asked: NDArray[np.datetime64], first: dt.datetime, last: dt.datetime
) -> NDArray[np.int8]:
    starts, codes = _intervals(text, first, last)
    return codes[np.searchsorted(starts, asked, side="right") - 1]


def _intervals(
    text: str, first: dt.datetime, last: dt.datetime
) -> tuple[NDArray[np.datetime64], NDArray[np.int8]]:
    """Return when the states between two times begin, and what they are."""
    import opening_hours

    parts = list(opening_hours.OpeningHours(text).intervals(first, last))
    starts = np.array([np.datetime64(part[0], "m") for part in parts], dtype="datetime64[m]")
    codes = np.array([_STATES[state_told(*part[2:])] for part in parts], dtype=np.int8)
    return starts, codes
