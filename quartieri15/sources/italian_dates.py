"""Italian texts: dates, periods, and when a place is closed.

A text is read from its beginning, piece by piece; what is not understood is kept.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from quartieri15.sources.stated_hours import Closures, Dates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MONTHS: Final = (
    ("gennaio", "january"),
    ("febbraio", "february"),
    ("marzo", "march"),
    ("aprile", "april"),
    ("maggio", "may"),
    ("giugno", "june"),
    ("luglio", "july"),
    ("agosto", "august"),
    ("settembre", "september"),
    ("ottobre", "october"),
    ("novembre", "november"),
    ("dicembre", "december"),
)
# A text as it is compared: small letters without accents, letter by letter.
_PLAIN: Final = str.maketrans("àèéìíòùú’‘–—\u00a0\u2011", "aeeiiouu''-- -")
_SHORTEST_NAME: Final = 3
_CLOSURE_GAP = re.compile(
    r"(?:[\s,;.]|\b(?:ed?|il|di|in|ad?|nel|per|ferie|mese|tutt[oi]|estiv[ao]|chius[oaie]"
    r"|chiusur[ae]|compres[oi]|inclus[oi])\b)+"
)
SPACE = re.compile(r"\s+")
_EDGES: Final = " ,;.:\n\t"
_WORD = re.compile(r"[a-z]+")
FROM = re.compile(r"dal?(?:l')?(?![a-z])\s*")
_UNTIL = re.compile(r"\s*(?:(?:fino )?all?'?(?![a-z])|-|\bad?\b)\s*")
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?![\d:.,]\d)(?=\D|$)\s*[°º]?")
_DATE = re.compile(
    r"(\d{1,2})[°º]?(?:\s*[-/]?\s*([a-z]{3,})|/(\d{1,2}))(?:/(\d{4}|\d{2})(?!\d)|\s+(20\d\d)(?!\d))?"
)
_SOME_DAYS = re.compile(r"(\d{1,2}(?:\s*(?:,|ed?)\s*\d{1,2})+)\s+([a-z]{3,})")
_JUNK = re.compile(r"[^\s,;]*[^\s,;.]")
_FERRAGOSTO_WEEK = re.compile(r"settimana di ferragosto\b[\s:,(]*")
_FERRAGOSTO_DAY: Final = (8, 15)
_FERRAGOSTO = re.compile(r"ferragosto\b")
_NEVER = re.compile(r"(?:nessuna(?: chiusura)?|mai|sempre apert[oa])\b")
_NOT_TOLD = re.compile(r"\s*(?:n\.?\s*d\.?|non (?:disponibile|indicat[oa]|comunicat[oa])|-)?\s*")
_PART_OF_MONTH = re.compile(r"(?:inizio|meta|fine)\s+([a-z]{3,})")


WrittenDate = tuple[int, int, "int | None"]
"""Day, month, and the year if it is written."""


class ItalianText:
    """A text, how far it is read, and what was found on the way.

    Parameters
    ----------
    text
        The text.
    year
        The year of dates that name none.
    """

    def __init__(self, text: str, year: int) -> None:
        self.text = unicodedata.normalize("NFC", text)
        plain = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.text)
        self.plain = plain.translate(_PLAIN)
        self.year = year
        self.at = 0
        self.contradictions: list[str] = []
        self.unread: list[tuple[int, int]] = []

    @property
    def not_read(self) -> list[str]:
        """The pieces that were not understood; what stands side by side is one piece."""
        pieces: list[tuple[int, int]] = []
        for start, end in self.unread:
            if pieces and not self.plain[pieces[-1][1] : start].strip(_EDGES):
                pieces[-1] = (pieces[-1][0], max(end, pieces[-1][1]))
            else:
                pieces.append((start, end))
        return list(dict.fromkeys(self.text[start:end].strip(_EDGES) for start, end in pieces))

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read on past a pattern, if it stands here."""
        found = pattern.match(self.plain, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def is_nothing(self) -> bool:
        """Tell whether the text is empty or tells that nothing is told, as "ND" does."""
        return _NOT_TOLD.fullmatch(self.plain) is not None

    def read_closures(self, shut: Closures) -> None:
        """Add what a text of closures says."""
        if self.is_nothing():
            # "ND" tells that nothing is told.
            if self.plain.strip(" -"):
                self.unread.append((0, len(self.plain)))
            return
        while self.skip(_CLOSURE_GAP):
            if self.take(_NEVER):
                shut.never = True
            elif not self.closure(shut):
                self.pass_over()
                shut.unread = True

    def skip(self, gap: re.Pattern[str]) -> bool:
        """Go on to what comes next; tell whether there is something."""
        self.take(gap)
        return self.at < len(self.plain)

    def pass_over(self, *until: Callable[[], object]) -> None:
        """Pass over what is not understood, up to something that is or to a comma."""
        start = end = self.at
        while self.take(_JUNK):
            end = self.at
            self.take(SPACE)
            if any(map(self.understood, until)):
                break
        self.at = end
        self.unread.append((start, end))

    def understood(self, read: Callable[[], object]) -> bool:
        """Tell whether something can be read here, and stay."""
        kept = self.at
        found = read() is not None
        self.at = kept
        return found

    def word(self, names: Iterable[tuple[str, ...]]) -> int | None:
        """Take a name or its beginning, three letters at least; return which."""
        found = _WORD.match(self.plain, self.at)
        if found is None or len(found[0]) < _SHORTEST_NAME:
            return None
        for place, spellings in enumerate(names):
            if any(name.startswith(found[0]) for name in spellings):
                self.at = found.end()
                return place
        return None

    def month(self) -> int | None:
        """Take the name of a month."""
        found = self.word(_MONTHS)
        return None if found is None else found + 1

    def date(self) -> dt.date | None:
        """Take a date that the calendar has."""
        kept = self.at
        written = self._written_date()
        day = None if written is None else day_of(written, self.year)
        if day is None:
            self.at = kept
        return day

    def _written_date(self) -> WrittenDate | None:
        """Take a date: day, month, and the year if it is written."""
        found = _DATE.match(self.plain, self.at)
        if found is None:
            return None
        month = int(found[3]) if found[3] else month_named(found[2])
        if month is None:
            return None
        self.at = found.end()
        year = found[4] or found[5]
        return int(found[1]), month, None if year is None else int(f"20{year}"[-4:])

    def period(self, *, lead: bool) -> Dates | None:
        """Take a period of days, or of whole months.

        Parameters
        ----------
        lead
            Only one that begins with *dal* or *da*: other numbers may be times.
        """
        kept = self.at
        led = self.take(FROM) is not None
        if led or not lead:
            found = self._ends(led=led)
            if found is None:
                found = self._months_named()
            if found is not None and found[0] <= found[1]:
                return Dates(*found)
        self.at = kept
        return None

    def _reversed_period(self) -> bool:
        """Take a period that ends before it begins, which is told as a contradiction."""
        start = self.at
        found = self._ends(led=self.take(FROM) is not None)
        if found is None or found[0] <= found[1]:
            self.at = start
            return False
        said = self.text[start : self.at].strip()
        self.contradictions.append(f"{said!r} ends before it begins")
        return True

    def _ends(self, *, led: bool) -> tuple[dt.date, dt.date] | None:
        """Take the first and the last day of a period, after its *dal* if it is led by one."""
        kept = self.at
        first = self._written_date()
        number = None if first is not None else self.take(_DAY_OF_MONTH)
        until = self.take(_UNTIL) is not None
        self.take(SPACE)
        if (led or until) and (first or number) and (last := self._written_date()):
            # "Dal 1 al 7 agosto": both are days of the month that is named last.
            found = self._days_of(first or (int(number[1]), *last[1:]), last)  # type: ignore[index]
            if found is not None:
                return found
        self.at = kept
        return None

    def _days_of(self, first: WrittenDate, last: WrittenDate) -> tuple[dt.date, dt.date] | None:
        over = first[1] > last[1]  # from December to January: over the end of the year
        year = first[2] or (self.year if last[2] is None else last[2] - over)
        start, end = day_of(first, year), day_of(last, year + over)
        return None if start is None or end is None else (start, end)

    def _months_named(self) -> tuple[dt.date, dt.date] | None:
        first = self.month()
        until = self.take(_UNTIL) is not None
        self.take(SPACE)
        last = self.month() if until else None
        return None if first is None or last is None else self._months(first, last).ends

    def _months(self, first: int, last: int) -> Dates:
        year = self.year + (last < first)
        after = dt.date(year + last // 12, last % 12 + 1, 1)
        return Dates(dt.date(self.year, first, 1), after - dt.timedelta(days=1))

    def closure(self, shut: Closures) -> bool:
        """Take one statement of when it is closed."""
        kept = self.at
        self.take(_CLOSURE_GAP)
        if self._week_of_ferragosto(shut):
            return True
        if self._reversed_period():
            shut.unread = True
        elif (dates := self.period(lead=False)) is not None:
            shut.closed.append(dates)
        elif vague := self._vague_period():
            shut.closed += vague[:-1]
            shut.doubtful.append(vague[-1])
        elif days := self._single_days():
            shut.closed += [Dates(day, day) for day in days]
        elif (month := self.month()) is not None:
            shut.closed.append(self._months(month, month))
        else:
            self.at = kept
            return False
        return True

    def _week_of_ferragosto(self, shut: Closures) -> bool:
        """Take *settimana di Ferragosto*, and the dates that may stand beside it."""
        start = self.at
        if self.take(_FERRAGOSTO_WEEK) is None:
            return False
        ferragosto = dt.date(self.year, *_FERRAGOSTO_DAY)
        monday = ferragosto - dt.timedelta(days=ferragosto.weekday())
        week = Dates(monday, monday + dt.timedelta(days=6))
        stated = self.period(lead=False) or week
        if week in stated and week != stated:
            shut.closed.append(week)
            shut.doubtful += stated.without(week)
            said = self.text[start : self.at].strip()
            self.contradictions.append(f"{said!r} is longer than a week")
        else:
            shut.closed.append(stated)
        return True

    def _vague_period(self) -> list[Dates]:
        """Take a period that ends somewhere in a month: what is sure of it, then that month."""
        kept = self.at
        first = self.date() if self.take(FROM) else None
        self.take(_UNTIL)
        start = self.at
        found = self.take(_PART_OF_MONTH)
        last = None if found is None else month_named(found[1])
        if first is None or last is None:
            self.at = kept
            return []
        month = self._months(last, last)
        if month.last < first:
            # It ends in the next year, or before it begins.
            self.at = kept
            return []
        self.unread.append((start, self.at))
        sure = Dates(first, month.first - dt.timedelta(days=1))
        return [*([sure] if sure.first <= sure.last else []), month]

    def _single_days(self) -> list[dt.date]:
        """Take one date, or days of one month such as *15 e 16 agosto*."""
        kept = self.at
        if (day := self.date()) is not None:
            return [day]
        if self.take(_FERRAGOSTO):
            return [dt.date(self.year, *_FERRAGOSTO_DAY)]
        found = self.take(_SOME_DAYS)
        month = None if found is None else month_named(found[2])
        if found is None or month is None:
            self.at = kept
            return []
        days = [day_of((int(n), month, None), self.year) for n in re.findall(r"\d+", found[1])]
        if None in days:
            self.at = kept
        return [day for day in days if day is not None and self.at != kept]


def month_named(word: str) -> int | None:
    """Return the number of a month by its name or the beginning of it, Italian or English."""
    for number, spellings in enumerate(_MONTHS, start=1):
        if len(word) >= _SHORTEST_NAME and any(name.startswith(word) for name in spellings):
            return number
    return None


def day_of(date: WrittenDate, year: int) -> dt.date | None:
    """Return a day of the calendar; None where there is no such day."""
    try:
        return dt.date(date[2] or year, date[1], date[0])
    except ValueError:
        return None
