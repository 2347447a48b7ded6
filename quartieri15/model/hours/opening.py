"""Which places are open at one time: at some weekday and hour, or on some date."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from quartieri15.arguments import is_whole, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.hours.holidays import with_dates_of_holidays

if TYPE_CHECKING:
    import geopandas as gpd

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
REFERENCE_YEAR: Final = 2026
"""The year whose days a weekday stands for."""

_WORDS: Final[dict[str, int]] = {
    word: day
    for words in (
        "mon tue wed thu fri sat sun",
        "monday tuesday wednesday thursday friday saturday sunday",
        "lun mar mer gio ven sab dom",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    )
    for day, word in enumerate(words.split())
}
_YEARS: Final = (1900, 9000)  # what opening-hours-py reads
_WEEKDAY_TIME = re.compile(r"\s*([^\W\d_]+)\s+(\d{1,2})[:.](\d{2})\s*")
_MEND: Final = "give a weekday and a time, such as 'Sat 16:00', or a datetime of local time"


class Moment(NamedTuple):
    """A time that can be asked for: what tables call it, and the dates it stands for."""

    label: str
    times: tuple[dt.datetime, ...]


def moment(when: object, *, year: int = REFERENCE_YEAR, where: str = "when") -> Moment:
    """Read a time of the week, or a time of one day.

    Parameters
    ----------
    when
        A weekday and a time (``"Sat 16:00"``, ``"sabato 16:00"``), or a datetime of local time.
    year
        The year whose Saturdays a Saturday stands for.
    where
        What the caller's parameter is called, for errors.

    Raises
    ------
    ParameterError
        If it is neither, or a datetime with a time zone.

    Examples
    --------
    >>> saturday = moment("sabato 16:00")
    >>> saturday.label, len(saturday.times), saturday.times[0].isoformat()
    ('Sat 16:00', 52, '2026-01-03T16:00:00')
    """
    if not is_whole(year) or not _YEARS[0] <= year <= _YEARS[1]:
        raise ParameterError(
            f"year is {shown(year)}", where="year", mend="give a year such as 2026"
        )
    if isinstance(when, dt.datetime) and not pd.isna(when):
        if when.tzinfo is not None:
            raise ParameterError(f"{when} has a time zone", where=where, mend=_MEND)
        time = pd.Timestamp(when).to_pydatetime(warn=False).replace(second=0, microsecond=0)
        return Moment(time.strftime("%Y-%m-%d %H:%M"), (time,))
    found = _WEEKDAY_TIME.fullmatch(when.casefold()) if isinstance(when, str) else None
    day = None if found is None else _WORDS.get(found[1])
    hour, minute = (24, 60) if found is None else (int(found[2]), int(found[3]))
    if day is None or hour > 23 or minute > 59:  # noqa: PLR2004
        raise ParameterError(f"{shown(when)} is no time of the week", where=where, mend=_MEND)
    first = dt.datetime(year, 1, 1, hour, minute)  # noqa: DTZ001 - hours of places are local
    first += dt.timedelta(days=(day - first.weekday()) % 7)
    times = [first + dt.timedelta(weeks=week) for week in range(53)]
    return Moment(
        f"{DAYS[day]} {hour:02d}:{minute:02d}", tuple(time for time in times if time.year == year)
    )


def open_at(
    places: gpd.GeoDataFrame, when: str | dt.datetime | Moment, *, year: int = REFERENCE_YEAR
) -> pd.Series[bool]:
    """Tell which places are open at some time, as far as their hours are known.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        Places with a column ``opening_hours`` in the syntax of OpenStreetMap; None, a blank text
        (or no such column) where the hours are not known.
    when
        A weekday and a time, such as ``"Sat 16:00"``, a datetime of local time, or either as read
        by :func:`moment`.
    year
        The year whose Saturdays a Saturday stands for. A place that is open on some of them only
        (from June to September, say) is neither open nor closed on a Saturday: it is unknown.

    Returns
    -------
    pandas.Series
        True, False or missing (unknown), of type ``boolean``, with the index of the places.
        On a date, ``PH`` are the public holidays of Milano, Sant'Ambrogio among them; a weekday
        and a time mean an ordinary week, without holidays. Open with a comment (``Sa 10:00-18:00
        "by appointment"``, ``"by appointment"``) is unknown.

    Raises
    ------
    InputError
        If hours are no text, or not in the syntax: with the place they belong to.
    ParameterError
        If ``when`` is no time of the week and no datetime, or ``year`` no year.

    Examples
    --------
    >>> import pandas as pd
    >>> houses = pd.DataFrame(
    ...     {
    ...         "id": ["a", "b", "c", "d"],
    ...         "opening_hours": ["Mo-Fr 09:00-19:00", "Sa 10:00-18:00", None, "Jun-Sep 08:00+"],
    ...     }
    ... )
    >>> open_at(houses, "Sat 16:00").tolist()
    [False, True, <NA>, <NA>]
    """
    asked = when if isinstance(when, Moment) else moment(when, year=year)
    if not isinstance(places, pd.DataFrame):
        raise InputError(f"{shown(places)} is no table of places", where="places")
    found: list[bool | None] = [None] * len(places)
    if "opening_hours" in places.columns:
        hours = places["opening_hours"].array
        ids = places["id"].array if "id" in places.columns else places.index.array
        found = [_state(text, asked, place) for text, place in zip(hours, ids, strict=True)]
    return pd.Series(found, index=places.index, dtype="boolean", name="open")


def require_hours(text: object, *, where: str) -> None:
    """Refuse opening hours that are not in the syntax of OpenStreetMap.

    Raises
    ------
    InputError
        If they are no text or not in the syntax.

    Examples
    --------
    >>> require_hours("Mo-Fr 9-19h", where="place 'Zante'")
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: place 'Zante': 'Mo-Fr 9-19h' are no opening hours (from \
character 7 on). Mend: write them as in OpenStreetMap, such as 'Mo-Fr 09:00-19:00; Sa 10:00-13:00'.
    """
    import opening_hours

    what = f"{shown(text)} are no opening hours"
    if isinstance(text, str) and text.strip():  # the parser takes blanks for 24/7
        try:
            opening_hours.OpeningHours(text)
        except opening_hours.ParserError as error:  # type: ignore[attr-defined]
            at = re.search(r"--> \d+:(\d+)", str(error))
            what += f" (from character {at[1]} on)" if at else ""
        else:
            return
    raise InputError(
        what,
        where=where,
        mend="write them as in OpenStreetMap, such as 'Mo-Fr 09:00-19:00; Sa 10:00-13:00'",
    )


def is_missing(hours: object) -> bool:
    """Tell whether nothing is said of the hours of a place.

    Examples
    --------
    >>> is_missing(None), is_missing("  "), is_missing("off")
    (True, True, False)
    """
    if isinstance(hours, str):
        return not hours.strip()
    return (
        hours is None
        or hours is pd.NA
        or hours is pd.NaT
        or (isinstance(hours, float) and math.isnan(hours))
    )


def state_told(state: object, comment: str) -> str:
    """Return ``open``, ``closed`` or ``unknown`` for what opening-hours-py tells of a time.

    It takes a rule with a comment for open. The specification of OpenStreetMap takes a comment
    alone for unknown, and whoever comes to ``Sa 14:00-18:00 "by appointment"`` may find it closed.
    """
    return "unknown" if comment and str(state) == "open" else str(state)


def _state(text: Any, asked: Moment, place: object) -> bool | None:
    """Tell whether hours are open at a moment; None where nobody knows."""
    if is_missing(text):
        return None
    where = f"place {place!r}, column opening_hours"
    require_hours(text, where=where)
    if len(asked.times) == 1:
        text = with_dates_of_holidays(text, (asked.times[0].year,), where=where)
    return _states(text, asked)


@lru_cache(maxsize=4096)
def _states(text: str, asked: Moment) -> bool | None:
    import opening_hours

    hours = opening_hours.OpeningHours(text)
    states = {state_told(*hours.state(time)) for time in asked.times}
    known = {"open": True, "closed": False}
    return known.get(states.pop()) if len(states) == 1 else None
