"""Public holidays: whose they are, and hours that speak of them written with their dates.

opening-hours-py knows the holidays of a country and no other; that of the patron saint
(Sant'Ambrogio in Milano, on 7 December) is not among them. The library holidays knows it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from quartieri15.arguments import is_whole, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

CALENDAR: Final = "IT-MI"
"""The holidays of Milano: those of Italy and Sant'Ambrogio."""

_YEARS: Final = (1900, 2100)
_DAY: Final = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_DAY_OR_RANGE: Final = rf"{_DAY}(?:\s*-\s*{_DAY})?"
_ITEM: Final = rf"(?:{_DAY_OR_RANGE}|PH)"
# What stands before the days (months, dates, weeks), the days with PH among them, and the rest.
_RULE = re.compile(
    rf"(?P<when>(?:[^:]|:(?!\d))*?)(?<![\w])(?P<days>{_ITEM}(?:\s*,\s*{_ITEM})*)"
    rf"(?:\s+(?P<only>{_DAY_OR_RANGE}(?:\s*,\s*{_DAY_OR_RANGE})*)(?![\w]))?(?![\w])(?P<rest>.*)",
    re.DOTALL,
)
_ANY_HOLIDAY = re.compile(r"\b[PS]H\b")
_PH = re.compile(r"\bPH\b")
_QUOTED = re.compile(r'"[^"]*"')
_COMMENT = re.compile(r"\0(\d+)\0")
_SEPARATORS = re.compile(r"(;|\|\|)")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def public_holidays(years: Iterable[int], *, calendar: str = CALENDAR) -> frozenset[dt.date]:
    """Return the public holidays of some years.

    Parameters
    ----------
    years
        From 1900 to 2100.
    calendar
        A country, or a country and a part of it, by the codes of the library holidays
        (``"IT"``, ``"IT-MI"``: Italy with the patron saint of the province of Milano).

    Raises
    ------
    ParameterError
        If a year is none.
    UnknownNameError
        If the calendar is not known.

    Examples
    --------
    >>> import datetime as dt
    >>> days = public_holidays([2026])
    >>> dt.date(2026, 12, 7) in days, dt.date(2026, 12, 7) in public_holidays([2026], calendar="IT")
    (True, False)
    """
    asked = tuple(years) if isinstance(years, tuple | list | set | frozenset | range) else (years,)
    for year in asked:
        if not is_whole(year) or not _YEARS[0] <= year <= _YEARS[1]:
            raise ParameterError(
                f"year is {shown(year)}", where="years", mend="give years such as 2026"
            )
    if not isinstance(calendar, str):
        raise ParameterError(
            f"calendar is {shown(calendar)}", where="calendar", mend="give a text such as 'IT-MI'"
        )
    return _public_holidays(tuple(map(int, asked)), calendar)


@lru_cache(maxsize=64)
def _public_holidays(years: tuple[int, ...], calendar: str) -> frozenset[dt.date]:
    import holidays

    country, _, part = calendar.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))
    except NotImplementedError as error:
        raise UnknownNameError(
            f"unknown calendar of holidays {calendar!r}",
            where="calendar",
            mend="give a country, or a country and a part of it, such as 'IT' or 'IT-MI'",
        ) from error


def written_day(day: dt.date) -> str:
    """Write a day in the syntax of OpenStreetMap, which is English whatever the locale is.

    Examples
    --------
    >>> written_day(dt.date(2026, 7, 1))
    '2026 Jul 01'
    """
    return f"{day:%Y} {_MONTHS[day.month - 1]} {day:%d}"


def with_dates_of_holidays(
    text: str, years: Iterable[int], *, calendar: str = CALENDAR, where: str | None = None
) -> str:
    """Write the dates of the holidays in place of ``PH``.

    Parameters
    ----------
    text
        Hours in the syntax of OpenStreetMap.
    years
        The years whose dates are written; the hours hold in these years.
    calendar
        Whose holidays; see :func:`public_holidays`.
    where
        What messages call the hours.

    Raises
    ------
    InputError
        If ``PH`` stands in the hours otherwise than among the days of a rule of its own.
    ParameterError, UnknownNameError
        As for :func:`public_holidays`.

    Examples
    --------
    >>> with_dates_of_holidays("Mo-Fr 09:00-19:00; Dec Su,PH off", [2026], calendar="IT-MI")
    'Mo-Fr 09:00-19:00; Dec Su off; 2026 Dec 07,2026 Dec 08,2026 Dec 25,2026 Dec 26 off'
    """
    if not _PH.search(_QUOTED.sub("", text)):
        return text
    days = sorted(public_holidays(years, calendar=calendar))
    # Comments may hold any sign: numbers stand for them.
    comments = _QUOTED.findall(text)
    count = itertools.count()
    parts = _SEPARATORS.split(_QUOTED.sub(lambda _: f"\0{next(count)}\0", text))
    try:
        for i in range(0, len(parts), 2):
            if _PH.search(parts[i]):
                join = " || " if i and parts[i - 1] == "||" else "; "
                parts[i] = _dated(parts[i], days, join)
    except _NotReadError as error:
        raise InputError(
            f"{text!r} names PH in a way that is not read",
            where=where,
            mend="give holidays a rule of their own, such as 'PH off' or 'PH Mo-Fr 10:00-12:00'",
        ) from error
    written = "".join(parts)
    return _COMMENT.sub(lambda found: comments[int(found[1])], written)


def _dated(rule: str, holidays: list[dt.date], join: str) -> str:
    """Write one rule as two: of its days of the week, and of the dates of its holidays.

    Raises
    ------
    _NotReadError
        If ``PH`` stands elsewhere than among its days.
    """
    found = _RULE.fullmatch(rule)
    if found is None or _ANY_HOLIDAY.search(found["when"] + found["rest"]):
        raise _NotReadError
    when, rest = found["when"], found["rest"]
    items = [item.strip() for item in found["days"].split(",")]
    week = [item for item in items if item != "PH"]
    # PH +1 day is the day after; Mo,PH Tu has no meaning that is sure.
    if rest.lstrip()[:1] in ("+", "-") or (found["only"] and week):
        raise _NotReadError
    chosen = _within(f"{when.strip()} {found['only'] or ''}".strip(), holidays)
    rules = [f"{when}{','.join(week)}{rest}"] if week else []
    if chosen:
        dates = ",".join(map(written_day, chosen))
        space = "" if rules or not when[:1].isspace() else " "
        rules.append(f"{space}{dates}{rest}")
    # A rule of no day at all.
    return join.join(rule.rstrip() for rule in rules) or f" {holidays[0]:%Y} Feb 30 off"


class _NotReadError(Exception):
    """Hours that name holidays in a way that is not read."""


def _within(selector: str, days: list[dt.date]) -> list[dt.date]:
    """Return the days that a selector of dates and weekdays takes in; an empty one takes all."""
    if not selector:
        return days
    import opening_hours

    try:
        chosen = opening_hours.OpeningHours(f"{selector.rstrip(':')} 00:00-24:00")
    except opening_hours.ParserError as error:  # type: ignore[attr-defined]
        raise _NotReadError from error
    noon = dt.time(12)
    return [day for day in days if chosen.is_open(dt.datetime.combine(day, noon))]
