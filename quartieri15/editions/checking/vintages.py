"""How old the files are, and where they are of different years."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from quartieri15.editions.checking.findings import Finding, listed
from quartieri15.editions.project_files import NOT_STATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FAR_APART_YEARS: Final = 5
"""Files that are to be of one year may be this far apart before it is more than a note."""

_YEAR: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:\d{4})?(?!\d)")


def years_in(text: str) -> list[int]:
    """Return the years that a text names, in its order.

    Examples
    --------
    >>> years_in("level 2021, pattern 2011"), years_in("vedovelle_20260118.geojson")
    ([2021, 2011], [2026])
    """
    return [int(found) for found in _YEAR.findall(text)]


def of_each_file(stated: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what is stated of the age of each file, once, however often it is named.

    Parameters
    ----------
    stated
        A file and its vintage, wherever one is named; where nothing is stated beside one name of
        a file, what is stated beside another holds.

    Examples
    --------
    >>> of_each_file([("a.osm", "2019"), ("b.csv", "not stated"), ("a.osm", "not stated")])
    {'a.osm': '2019', 'b.csv': 'not stated'}
    """
    found: dict[str, list[str]] = {}
    for file, vintage in stated:
        known = found.setdefault(file, [])
        if vintage not in (NOT_STATED, *known):
            known.append(vintage)
    return {file: "; ".join(known) or NOT_STATED for file, known in found.items()}


def check_vintages(
    vintages: Mapping[str, str], *, far_apart: int = FAR_APART_YEARS
) -> Iterator[Finding]:
    """Tell of which year each file is, and what does not fit together.

    Parameters
    ----------
    vintages
        What is stated of the age of every file, in words that hold a year.
    far_apart
        How many years files of one city may be apart before that is a warning.

    Yields
    ------
    Finding
        ``vintages.year`` (note): the files of each year. ``vintages.apart`` (warning): how far
        the oldest and the newest are apart. ``vintages.name`` (warning): a file whose name says
        another year than is stated. ``vintages.not_stated`` (note).
    """
    latest: dict[str, int] = {}
    for file, said in vintages.items():
        years = years_in(said)
        named = years_in(file.rsplit("/", 1)[-1])
        if not years:
            yield Finding(
                file=file,
                problem=f"its year is not stated ({said!r})",
                mend="ask its publisher, and state it",
                severity="note",
                rule="vintages.not_stated",
            )
            continue
        latest[file] = max(years)
        if named and not set(named) & set(range(min(years), max(years) + 1)):
            yield Finding(
                file=file,
                problem=f"its name says {listed(named)}, and {said!r} is stated",
                mend="correct the name or what is stated",
                severity="warning",
                rule="vintages.name",
            )
    by_year: dict[int, list[str]] = {}
    for file, year in latest.items():
        by_year.setdefault(year, []).append(file)
    for year in sorted(by_year) if len(by_year) > 1 else ():
        yield Finding(
            file="",
            problem=f"of {year}: {listed(by_year[year], 30)}",
            mend="say the years wherever figures of these files stand together",
            severity="note",
            rule="vintages.year",
        )
    if by_year and max(by_year) - min(by_year) > far_apart:
        oldest, newest = min(by_year), max(by_year)
        yield Finding(
            file="",
            problem=f"the files are up to {newest - oldest} years apart: "
            f"{listed(by_year[oldest], 3)} of {oldest}, {listed(by_year[newest], 3)} of {newest}",
            mend="take files of one year where there are such; else state the years",
            severity="warning",
            rule="vintages.apart",
        )
