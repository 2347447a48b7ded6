"""Hours as a text states them, period by period, and how they are written for OpenStreetMap.

A rule that stands later overrides the ones before on its days, so seasons come first, then what
they disagree about, then closures, then what closures and seasons contradict each other in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from quartieri15.model.hours import written_day

if TYPE_CHECKING:
    from collections.abc import Iterable

HOLIDAY: Final = 7
"""The day of the week, after Monday (0) to Sunday (6), that stands for public holidays."""

_CODES: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH")

Span = tuple[str, str]
"""When it opens and when it closes: ``("09:00", "12:00")``."""


@dataclass(frozen=True, order=True)
class Dates:
    """From a first to a last day, both included."""

    first: dt.date
    last: dt.date

    def __str__(self) -> str:
        first, last = map(written_day, self.ends)
        return first if self.first == self.last else f"{first}-{last}"

    def __contains__(self, other: Dates) -> bool:
        return self.first <= other.first and other.last <= self.last

    @property
    def ends(self) -> tuple[dt.date, dt.date]:
        """The first and the last day."""
        return self.first, self.last

    def shared(self, other: Dates) -> Dates | None:
        """Return the days of both periods."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Dates(first, last) if first <= last else None

    def without(self, other: Dates) -> list[Dates]:
        """Return the days before and after another period."""
        day = dt.timedelta(days=1)
        parts = (
            (self.first, min(self.last, other.first - day)),
            (max(self.first, other.last + day), self.last),
        )
        return [Dates(first, last) for first, last in parts if first <= last]


@dataclass
class Season:
    """The hours of one or several periods; of none: of the whole year.

    Days are numbered from Monday (0); :data:`HOLIDAY` stands for public holidays. ``doubtful`` is
    a season with words that are not understood, ``readable`` is false where its dates are not.
    """

    dates: list[Dates]
    spans: dict[int, list[Span]] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    unread_days: set[int] = field(default_factory=set)
    spans_of_unread_days: list[Span] = field(default_factory=list)
    on_holidays_too: bool = False
    doubtful: bool = False
    readable: bool = True

    @property
    def named(self) -> set[int]:
        """The days of which something is said."""
        return {*self.spans, *self.closed, *self.unread_days}

    @property
    def says_something(self) -> bool:
        """Whether any hours or days were understood."""
        return bool(self.named or self.spans_of_unread_days)


@dataclass
class Closures:
    """When it is closed, surely or perhaps; whether it never is, or is at times not understood.

    ``open_longer`` says that it may be open at more times than are stated: words that were not
    understood may tell of them.
    """

    closed: list[Dates] = field(default_factory=list)
    doubtful: list[Dates] = field(default_factory=list)
    never: bool = False
    unread: bool = False
    open_longer: bool = False


def written_rules(
    seasons: list[Season],
    shut: Closures,
    also_open: list[dt.date],
    holidays: frozenset[dt.date],
    contradictions: list[str],
) -> list[str]:
    """Write seasons, then what overrides them, day by day."""
    dated = [season for season in seasons if season.dates]
    rules = ["unknown"] if len(dated) == len(seasons) else []
    for season in seasons:
        periods: list[Dates] | list[None] = season.dates or [None]
        for dates in periods:
            rules += _rules_of(season, dates, shut, holidays)
    contradictions += [
        f"hours and closed on {_weekdays(both)}"
        for season in seasons
        if (both := season.closed & set(season.spans))
    ]
    rules += _overlaps(dated, contradictions)
    stated = _joined(dates for season in dated for dates in season.dates)
    for closed in sorted(set(shut.closed)):
        rules.append(f"{closed} off")
        contradicted = _contradicted(closed, dated, stated)
        for dates in contradicted:
            rules += _unsure(dates, dated)
            contradictions.append(f"hours and a closure on {dates}")
    for dates in sorted(set(shut.doubtful)):
        rules += _unsure(dates, seasons)
    for day in also_open:
        closed_then = any(_one(day) in closed for closed in shut.closed)
        unsure = _unsure(_one(day), seasons)
        if closed_then:
            contradictions.append(f"closed and open on {_one(day)}")
        if closed_then or not unsure:
            # Open, and at times that no day of that week tells.
            rules += unsure or [f"{_one(day)} unknown"]
    contradictions[:] = list(dict.fromkeys(contradictions))
    return rules


def _rules_of(
    season: Season, dates: Dates | None, shut: Closures, holidays: frozenset[dt.date]
) -> list[str]:
    """Write the hours of one season in one of its periods."""
    when = "" if dates is None else f"{dates} "
    if shut.open_longer:
        return [f"{when}unknown"]
    sure = not (season.doubtful or shut.unread)
    rules = [f"{when}off"] if dates is not None else []
    by_hours = _by_hours(season)
    for hours, days in by_hours.items():
        rules.append(f"{when}{_weekdays(days)} {hours}{'' if sure else ' unknown'}")
    contradicted = season.closed & set(season.spans)
    if closed := season.closed - contradicted:
        rules.append(f"{when}{_weekdays(closed)} off")
    if unread := season.unread_days | contradicted:
        rules.append(f"{when}{_weekdays(unread)} unknown")
    unnamed = set(range(7)) - season.named
    if season.spans_of_unread_days and unnamed:
        hours = _written(season.spans_of_unread_days)
        rules.append(f"{when}{_weekdays(unnamed)} {hours} unknown")
    if sure and not (HOLIDAY in season.named or season.on_holidays_too or shut.never):
        rules += _holidays_not_told(by_hours, dates, holidays)
    return rules


def _by_hours(season: Season) -> dict[str, set[int]]:
    """Return the days that have the same hours, by these."""
    days: dict[str, set[int]] = {}
    for day, spans in season.spans.items():
        days.setdefault(_written(spans), set()).add(day)
    return days


def _holidays_not_told(
    by_hours: dict[str, set[int]], dates: Dates | None, holidays: frozenset[dt.date]
) -> list[str]:
    """Write that nobody knows whether the hours of a weekday hold on a holiday."""
    if dates is None:
        return [f"PH {_weekdays(days)} {hours} unknown" for hours, days in by_hours.items()]
    return [
        f"{_one(day)} {hours} unknown"
        for day in sorted(holidays)
        if _one(day) in dates
        for hours, days in by_hours.items()
        if day.weekday() in days
    ]


def _overlaps(dated: list[Season], contradictions: list[str]) -> list[str]:
    """Write where two seasons disagree about the same days."""
    rules = []
    for i, one in enumerate(dated):
        for other in dated[i + 1 :]:
            if one.spans == other.spans and one.named == other.named:
                continue
            for dates in one.dates:
                for shared in filter(None, map(dates.shared, other.dates)):
                    contradictions.append(f"two periods have different hours on {shared}")
                    rules.append(f"{shared} unknown")
    return rules


def _contradicted(closed: Dates, dated: list[Season], stated: list[Dates]) -> list[Dates]:
    """Return the days on which a closure contradicts a season instead of excepting some days."""
    within = any(closed in dates and closed != dates for dates in stated)
    return [
        shared
        for season in dated
        for dates in season.dates
        if (shared := closed.shared(dates)) and (dates in closed or not within)
        # A day on which both say closed is closed.
        if any(_falls_on(shared, {day}) for day in season.spans)
    ]


def _unsure(dates: Dates, seasons: list[Season]) -> list[str]:
    """Write that nobody knows whether the hours of the seasons hold on some days."""
    rules = []
    for season in seasons:
        for shared in filter(None, map(dates.shared, season.dates)) if season.dates else [dates]:
            for hours, days in _by_hours(season).items():
                if _falls_on(shared, days):
                    rules.append(f"{shared} {_weekdays(days)} {hours} unknown")
    return rules


def _one(day: dt.date) -> Dates:
    return Dates(day, day)


def _falls_on(dates: Dates, days: set[int]) -> bool:
    number = (dates.last - dates.first).days + 1
    return any((dates.first.weekday() + i) % 7 in days for i in range(min(number, 7)))


def _joined(periods: Iterable[Dates]) -> list[Dates]:
    """Join periods that overlap or follow each other without a day between."""
    joined: list[Dates] = []
    for dates in sorted(periods):
        if joined and (dates.first - joined[-1].last).days <= 1:
            joined[-1] = Dates(joined[-1].first, max(joined[-1].last, dates.last))
        else:
            joined.append(dates)
    return joined


def _written(spans: Iterable[Span]) -> str:
    """Write times in order; those that overlap are joined."""
    joined: list[Span] = []
    for opens, closes in sorted(set(spans)):
        last = joined[-1] if joined else ("", "")
        if last[0] < last[1] and opens <= last[1] and opens < closes:
            joined[-1] = (last[0], max(last[1], closes))
        else:
            joined.append((opens, closes))
    return ",".join(f"{opens}-{closes}" for opens, closes in joined)


def _weekdays(days: set[int]) -> str:
    """Write days of the week, three or more in a row as a range."""
    week = sorted(day for day in days if day != HOLIDAY)
    runs: list[list[int]] = []
    for day in week:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = []
    for run in runs:
        names = [_CODES[day] for day in run]
        parts.append(f"{names[0]}-{names[-1]}" if len(run) > 2 else ",".join(names))  # noqa: PLR2004
    return ",".join([*parts, *([_CODES[HOLIDAY]] if HOLIDAY in days else [])])
