"""Opening hours in Italian words, read into the syntax of OpenStreetMap.

``Dal 1 giugno al 24 luglio: Lun 15:30-19:00, Mar 9-12 e 15-18`` becomes rules with dates. What is
not understood is never guessed: it is listed, and the hours it may bear on become ``unknown``,
which is neither open nor closed:

- dates that no rule speaks of are unknown, where the text speaks of dates at all;
- a day without readable times is unknown; times without a readable day are unknown on every day
  that is not named; words that are not understood make the hours they stand with unknown, and in
  notes or closures all hours;
- a public holiday is unknown unless the text names holidays or the date, or says that the place
  never closes;
- where two statements contradict each other, what they disagree about is unknown. A closure
  inside a season is an exception to it and no contradiction; one that covers a whole season, or
  reaches over its end, is.

``festivi`` are the public holidays and all Sundays (law 260 of 27 May 1949, article 2).
``feriali`` is not read: by law it includes Saturdays, and in many timetables it does not.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quartieri15.arguments import is_whole, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.hours import public_holidays
from quartieri15.sources.italian_dates import FROM, SPACE, ItalianText
from quartieri15.sources.stated_hours import HOLIDAY, Closures, Dates, Season, written_rules

if TYPE_CHECKING:
    from quartieri15.sources.stated_hours import Span

_DAYS: Final = ("lunedi", "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica")
_LATEST_CLOSING_H: Final = 6
_GAP = re.compile(
    r"(?:[\s,;.:/&]|\b(?:ed?|il|la|i|le|lo|gli|di|nei|nel|giorn[oi]|ogni|orari[oi]?|apert[oaie]"
    r"|apertura|anche)\b)+"
)
_DAY_TO = re.compile(r"\s*(?:-|all?a?\b|a\b)\s*")
_EVERY_DAY = re.compile(r"tutti i giorni|tutta la settimana|7 giorni su 7|7/7")
_HOLIDAYS = re.compile(r"festiv[oi]\b|festivita\b")
_WITH_HOLIDAYS = re.compile(
    r"(?:compres|inclus)[oi] (?:i )?(?:giorni )?festivi\b"
    r"|(?:giorni )?festivi (?:compres|inclus)[oi]\b"
)
_AND = re.compile(r"\s*\be\s+(?:(?:il|la|i|le)\s+)?")
_NOTE_GAP = re.compile(r"(?:[\s,;.]|\be\b)+")
_EXCEPT = re.compile(r"(?:tranne|esclus[oaie]|eccetto)\b(?:\s+(?:il|la|i|le|lo|gli)\b)?\s*")
_CLOSED = re.compile(r"(?:chius[oaie]|chiusura|riposo)\b")
_ALL_DAY = re.compile(r"h ?24\b|24 ?h\b|24 ore su 24|24/24")
_CLOCK = r"(?:(\d{1,2})(?:[:.,](\d{2}))?|(mezzogiorno|mezzanotte))(?!\d|[:.]\d)"
_SPAN = re.compile(
    rf"(?:dalle\s+(?:ore\s+)?|ore\s+)?{_CLOCK}\s*(?:-|alle(?: ore)?\b|a\b)\s*"
    # In 9-12,14-18 the comma parts two spans; in 9-12,30 it stands before minutes.
    r"(?:(\d{1,2})(?:[:.](\d{2})|,(\d{2})(?!\s*-))?|(mezzogiorno|mezzanotte))(?!\d|[:.]\d)"
)
_ALSO_OPEN = re.compile(r"apert[oa] anche(?: il)?\s+")
_ONLY_UNTIL = re.compile(r"(?:orari(?: di apertura)?(?: indicati)? )?solo fino al\s+")
# What a place has says nothing of its hours, unless days, numbers or such words stand with it.
_EQUIPMENT = re.compile(
    r"(?:aria condizionata|wi-?fi|ascensore|giardino|parcheggio)\b"
    r"(?:(?!apert|chius|orari|appuntament|prenotazion|mattin|pomerig|ser[ae]\b)[^,;.\d])*(?=[,;.]|$)"
)
_LESS_OPEN = re.compile(
    r"(?!.*\banche\b).*(?:\b(?:sol[oaie]|soltanto)\b|appuntament|prenotazion|\bchius)", re.DOTALL
)


@dataclass(frozen=True)
class HoursRead:
    """What a text says of opening hours, and what of it could not be read.

    Parameters
    ----------
    opening_hours
        In the syntax of OpenStreetMap; None where nothing could be read.
    not_read
        The pieces of the text that were not understood, as they stand in it.
    contradictions
        What contradicts what, in words.
    """

    opening_hours: str | None
    not_read: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()


def read_italian_hours(
    text: str | None,
    *,
    year: int,
    closures: str | None = None,
    notes: str | None = None,
    calendar: str = "IT-MI",
) -> HoursRead:
    """Read opening hours in Italian words.

    Parameters
    ----------
    text
        The hours: days or ranges of days with times, by period where a period is named.
    year
        The year of dates that name none.
    closures
        When it is closed (``tutto agosto``, ``dal 9 al 17 agosto``). None, an empty text or
        ``ND`` tells nothing, and the hours stand as they are.
    notes
        Remarks. Read of them are ``aperto anche il 15 agosto``, ``solo fino al 7 agosto``, what
        is closed (``chiuso il lunedì``), and that there is air conditioning and the like, which
        says nothing of hours. What else stands there may bear on all hours.
    calendar
        Whose public holidays; see :func:`~quartieri15.model.hours.public_holidays`.

    Returns
    -------
    HoursRead

    Raises
    ------
    InputError
        If a text is none.
    ParameterError
        If ``year`` is no year.
    UnknownNameError
        If the calendar is not known.

    Examples
    --------
    >>> read_italian_hours("lun-ven 9-12 e 14,30-18; dom e festivi chiuso", year=2026)
    HoursRead(opening_hours='Mo-Fr 09:00-12:00,14:30-18:00; Su,PH off', not_read=(), \
contradictions=())
    >>> text = "Dal 1 al 31 luglio: Sab 15:00-18:00, Ven 15:30:19:00"
    >>> summer = read_italian_hours(text, year=2026)
    >>> print(summer.opening_hours)
    unknown; 2026 Jul 01-2026 Jul 31 off; 2026 Jul 01-2026 Jul 31 Sa 15:00-18:00; \
2026 Jul 01-2026 Jul 31 Fr unknown
    >>> summer.not_read
    ('15:30:19:00',)
    """
    if not is_whole(year) or not dt.MINYEAR < year < dt.MAXYEAR:
        raise ParameterError(f"year is {shown(year)}", where="year", mend="give a year as 2026")
    for where, value in (("text", text), ("closures", closures), ("notes", notes)):
        if value is not None and not isinstance(value, str):
            raise InputError(f"{shown(value)} is no text", where=where, mend="give a text or None")
    public_holidays([year], calendar=calendar)
    hours = _Hours(text or "", year)
    shut = hours.read_hours()
    reader = _Hours(closures or "", year)
    reader.read_closures(shut)
    if not hours.unread and any(season.spans_of_unread_days for season in hours.seasons):
        # Times without a day.
        hours.unread.append((0, len(hours.text)))
    not_read = [*hours.not_read, *reader.not_read]
    contradictions = [*hours.contradictions, *reader.contradictions]
    remarks = _Hours(notes or "", year)
    also_open = remarks.read_notes(hours.seasons, shut)
    not_read += remarks.not_read
    contradictions += remarks.contradictions
    before = hours.seasons[0]
    for season in hours.seasons:
        # Words before all periods may bear on each of them.
        season.doubtful |= before.doubtful and not before.says_something
    seasons = [season for season in hours.seasons if season.readable and season.says_something]
    if not seasons and not shut.closed:
        return HoursRead(None, tuple(not_read), tuple(contradictions))
    years = {day.year for season in seasons for dates in season.dates for day in dates.ends}
    holidays = public_holidays(years, calendar=calendar)
    rules = written_rules(seasons, shut, also_open, holidays, contradictions)
    return HoursRead("; ".join(rules), tuple(not_read), tuple(contradictions))


class _Listed:
    """The hours of one season as they are listed: days before their times, or times first."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self.waiting: set[int] = set()  # days whose times are not yet read
        self._waiting_at: list[tuple[int, int]] = []  # where these stand in the text
        self._timed: set[int] = set()  # days to which more times belong
        self._carried: list[Span] = []  # times whose days come after them
        self._given = False
        self._times_first: bool | None = None

    @property
    def has_days(self) -> bool:
        return bool(self._times_first or self._timed)

    @property
    def begun(self) -> bool:
        return self._times_first is not None

    def add_days(self, days: set[int], closed: set[int], at: tuple[int, int]) -> None:
        self.season.closed |= closed
        self._times_first = bool(self._times_first)
        if self._times_first:
            self._give_carried()
        self._waiting_at = [*self._waiting_at, at] if self.waiting else [at]
        self.waiting |= days
        self._timed = set()

    def add_span(self, span: Span) -> None:
        if self._times_first is None:
            self._times_first = True
        if self._times_first:
            self._give_carried()
            self._carried = [span] if self._given else [*self._carried, span]
            self._given = False
            return
        self._timed, self.waiting = self.waiting or self._timed, set()
        for day in self._timed:
            self.season.spans.setdefault(day, []).append(span)
        if not self._timed:
            self.season.spans_of_unread_days.append(span)

    def _give_carried(self) -> None:
        for day in self.waiting:
            self.season.spans.setdefault(day, []).extend(self._carried)
        self._given |= bool(self.waiting)
        self.waiting = set()

    def add_unread(self, *, before_a_span: bool) -> None:
        if self.waiting:
            # Times may follow; they are those of a day that is not sure.
            self.season.unread_days |= self.waiting
            self._timed, self.waiting = self.waiting, set()
        else:
            self._timed = set()
            self.season.doubtful |= not before_a_span or bool(self._times_first)
        self._times_first = bool(self._times_first)

    def close(self, days: set[int]) -> None:
        self._times_first = bool(self._times_first)
        self.season.closed |= days
        self.waiting = set()

    def end(self) -> list[tuple[int, int]]:
        """End the season; return where the days stand whose times were never told."""
        if self._times_first:
            self._give_carried()
        self.season.unread_days |= self.waiting
        if not self._given:
            self.season.spans_of_unread_days += self._carried
        untimed = self._waiting_at if self.waiting else []
        self.waiting = set()
        return untimed


class _Hours(ItalianText):
    """A text of hours."""

    def __init__(self, text: str, year: int) -> None:
        super().__init__(text, year)
        self.seasons: list[Season] = []

    def read_hours(self) -> Closures:
        """Fill the seasons; return the closures that the text of hours names."""
        shut = Closures()
        listed = _Listed(Season([]))
        self.seasons = [listed.season]
        while self.skip(_GAP):
            start = self.at
            if (dates := self.period(lead=True)) is not None:
                # Periods that follow each other have the same hours.
                if listed.begun or not listed.season.dates:
                    listed = self._next_season(listed, Season([]))
                listed.season.dates.append(dates)
            elif self._unreadable_head():
                listed = self._next_season(listed, Season([], readable=False))
            else:
                self._read_item(listed, shut)
            if not listed.season.readable:
                self.unread.append((start, self.at))
        self.unread += listed.end()
        return shut

    def read_notes(self, seasons: list[Season], shut: Closures) -> list[dt.date]:
        """Apply what notes say to seasons and closures; return the days they tell to be open."""
        also_open: list[dt.date] = []
        if self.is_nothing():
            return also_open
        listed = _Listed(Season([]))
        while self.skip(_NOTE_GAP):
            start = self.at
            if self.take(_ALSO_OPEN) and (day := self.date()) is not None:
                also_open.append(day)
                continue
            self.at = start
            if self.take(_ONLY_UNTIL) and (day := self.date()) is not None:
                _end_on(day, self.year, seasons, shut)
                continue
            self.at = start
            if self.take(_CLOSED):
                self._read_closed(start, listed, shut)
            elif not self.take(_EQUIPMENT):
                self.pass_over()
                listed.season.doubtful = True
                said = re.split("[,;.]", self.plain[: self.at])[-1]
                shut.open_longer |= _LESS_OPEN.match(said) is None
        shut.unread |= listed.season.doubtful
        for season in seasons:
            if season.says_something:
                season.closed |= listed.season.closed
        return also_open

    def _next_season(self, listed: _Listed, season: Season) -> _Listed:
        self.unread += listed.end()
        self.seasons.append(season)
        return _Listed(season)

    def _read_item(self, listed: _Listed, shut: Closures) -> None:
        """Read days, times, a closure, or pass over what is none of them."""
        start = self.at
        if self.take(_WITH_HOLIDAYS):
            listed.season.on_holidays_too = True
        elif days := self._days():
            listed.add_days(*days, (start, self.at))
        elif span := self._span():
            listed.add_span(span)
            if not listed.has_days:
                # The day that stood before these times was not understood.
                self.unread.append((start, self.at))
        elif self.take(_CLOSED):
            self._read_closed(start, listed, shut)
        else:
            self.pass_over(self._span, self._days)
            listed.add_unread(before_a_span=self._next_is_a_span())

    def _read_closed(self, start: int, listed: _Listed, shut: Closures) -> None:
        """Read what is closed: the days before the word, those after it, or some dates."""
        if listed.waiting:
            listed.close(listed.waiting)
        elif self.skip(_GAP) and (found := self._days()):
            listed.close(found[0])
            while (more := self._more_days()) is not None:
                listed.close(more)
        elif listed.season.dates and not listed.begun:
            listed.close(set(range(7)))
        elif not self.closure(shut):
            self.unread.append((start, self.at))
            listed.add_unread(before_a_span=False)

    def _next_is_a_span(self) -> bool:
        kept = self.at
        self.take(SPACE)
        found = self.understood(self._span)
        self.at = kept
        return found

    def _day(self) -> int | None:
        return self.word((name,) for name in _DAYS)

    def _days(self) -> tuple[set[int], set[int]] | None:
        """Take one day, a range or all of them: the days, and those that are told closed."""
        kept = self.at
        closed: set[int] = set()
        if self.take(_EVERY_DAY):
            days = set(range(7))
        elif self.take(_HOLIDAYS):
            days = {6, HOLIDAY}
        else:
            self.take(FROM)
            first = self._day()
            if first is None:
                self.at = kept
                return None
            days = {first}
            end = self.at
            if self.take(_DAY_TO) and (last := self._day()) is not None:
                days = {(first + i) % 7 for i in range((last - first) % 7 + 1)}
            else:
                self.at = end
        end = self.at
        self.take(SPACE)
        if self.take(_EXCEPT) and (less := self._days()):
            return days - less[0], closed | less[0]
        self.at = end
        return days, closed

    def _more_days(self) -> set[int] | None:
        """Take days that *e* joins to the days before."""
        kept = self.at
        found = self._days() if self.take(_AND) else None
        if found is None:
            self.at = kept
        return None if found is None else found[0]

    def _span(self) -> Span | None:
        """Take times from ... to ...; those that end before they begin are not taken."""
        if self.take(_ALL_DAY):
            return "00:00", "24:00"
        kept = self.at
        found = self.take(_SPAN)
        if found is None:
            return None
        opens = _clock(found[1], found[2], found[3])
        closes = _clock(found[4], found[5] or found[6], found[7])
        if opens is None or closes is None or not _is_span(opens, closes):
            self.at = kept
            return None
        return opens, closes

    def _unreadable_head(self) -> bool:
        """Take a period that cannot be read, up to the hours that belong to it."""
        start = self.at
        if not re.match(r"dal?(?:l')?\s*\d|fino al", self.plain[start:]):
            return False
        end = self.plain.find(":", start)
        day = re.compile(r"\b(?:lun|mar|mer|gio|ven|sab|dom)[a-z]*\s*\d").search(self.plain, start)
        stops = [stop for stop in (end, day.start() if day else -1) if stop >= 0]
        self.at = min(stops, default=len(self.plain))
        self.unread.append((start, self.at))
        return True


def _clock(hour: str | None, minute: str | None, word: str | None) -> str | None:
    if word is not None:
        return "12:00" if word == "mezzogiorno" else "24:00"
    h, m = int(hour or 0), int(minute or 0)
    return f"{h:02d}:{m:02d}" if (h < 24 and m < 60) or (h, m) == (24, 0) else None  # noqa: PLR2004


def _is_span(opens: str, closes: str) -> bool:
    past_midnight = closes < opens and closes <= f"{_LATEST_CLOSING_H:02d}:00"
    return opens < "24:00" and (opens < closes or past_midnight)


def _end_on(last: dt.date, year: int, seasons: list[Season], shut: Closures) -> None:
    """Cut the seasons that are told to end on a day; after it nothing is known."""
    until = Dates(dt.date.min, last)
    shut.doubtful.append(Dates(last + dt.timedelta(days=1), dt.date(year, 12, 31)))
    for season in [season for season in seasons if season.dates]:
        shared = (until.shared(dates) for dates in season.dates)
        season.dates = [dates for dates in shared if dates is not None]
        season.readable = bool(season.dates)
