"""From the words of an address to its place: ``via Boifava 10`` is a point."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import require_text
from quartieri15.errors import AmbiguousNameError, InputError, UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.model.street_index import margin, quarter, street_index, worth
from quartieri15.model.street_names import ACCEPTED, KIND_OF, TOO_CLOSE

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

    from quartieri15.model.city import City
    from quartieri15.model.street_index import Found

COST_OF_PART: Final = 0.05
"""What it costs to take ``71`` for ``71/73``, where the register has no such double number."""
COST_OF_BIS: Final = 0.05
"""What it costs to take ``15/A`` for ``15 bis``."""
_NEAREST = 4
# Numbers of one entrance: 71/73. A number behind a larger one is of a courtyard: 36/5.
_WIDEST = 10

_STREET_AND_NUMBER = re.compile(
    r"""(?P<street>.*?[^\W\d_].*?)                          # at least a letter
    (?:\s*,\s*|\s+)
    (?:(?:al\s+)?(?:civico|numero|num|civ|nr|n)\b\s*[.°º]*\s*|n[.°º]\s*|[°º]\s*)?
    (?P<first>\d{1,4})
    \s*[-/]?\s*(?P<letter>bis|ter|quater|[a-z](?:[a-z]?\d{2})?|[np]\d{2})?
    (?:\s*[-/]\s*(?P<second>\d{1,4}|[a-z]))?
    (?:\s*[-/]\s*(?P<third>[a-z]))?
    \s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMBER_FIRST = re.compile(
    r"(?:n[.°º]?\s*|civico\s+)?(?P<number>\d{1,4}\s*/?\s*[a-z]?)\s*,?\s+"
    rf"(?P<street>(?:{'|'.join(sorted(KIND_OF))})\b.*)",
    re.IGNORECASE,
)
# What follows the address on an envelope: a postal code, the city, its province.
_TAIL = re.compile(
    r"[\s,;-]+(?:\d{5}\b[\s,]*)?(?:[a-z]+\s*\(\w\w\)|milano(?:\s+mi)?|\d{5})\s*$", re.IGNORECASE
)
_BIS = {"bis": "A", "ter": "B", "quater": "C"}


@dataclass(frozen=True)
class Located:
    """Where an address is.

    Parameters
    ----------
    point
        In the CRS of the city.
    address
        As the city's table has it: ``Via Pietro Boifava 10``.
    score
        How alike it is to what was asked, from 0 to 1. Below 0.97 something had to be guessed,
        if only a missing given name.
    id
        Its row of ``city.addresses``; where people live there, also their row of residents.
    street, number
        The two parts of the address.
    alternatives
        Other addresses that the words may mean, the likeliest first, each with its score.
    """

    point: shapely.Point = field(repr=False)
    address: str
    score: float
    id: str
    street: str
    number: str
    alternatives: tuple[tuple[str, float], ...] = ()


def locate(city: City, words: str, *, where: str = "address") -> Located:
    """Find the place of an address.

    Parameters
    ----------
    city
        With ``addresses``.
    words
        Street and number as people write them: ``"via Boifava 10"``, ``"P.ZZA OVIDIO n. 4/A"``,
        ``"Parea Carlo, 13"``, with or without the postal code and the city behind them. Streets
        are understood as by :func:`quartieri15.planning.naming.streets_named`. A double number
        (``71/73``) that is not registered is its first half; ``15 bis`` is ``15/A`` where no
        ``bis`` is registered: both at a lower score.
    where
        What an error calls the words.

    Returns
    -------
    Located

    Raises
    ------
    UnknownNameError
        If no street has such a name at a likeness of at least 0.8; the nearest are named.
    AmbiguousNameError
        If several streets fit equally well and have the number.
    InputError
        If the street has no such number (the nearest are named) or none is said, or the city
        has no addresses.
    ParameterError
        If the words are no text.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.model.addresses import locate
    >>> milano = q15.load("milano")
    >>> locate(milano, "v. Parea Carlo n. 13").address
    'Via Carlo Parea 13'
    >>> locate(milano, "via Boifava 5000")
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: address: Via Pietro Boifava has no number 5000. Mend: use one \
of its numbers, such as 80, 80A, 82, 84.
    """
    require_city(city)
    require_text(words, where=where)
    if not len(city.addresses):
        raise InputError(
            f"{city.name} has no addresses",
            where=where,
            mend="give a point, or make the city with City.from_tables(..., addresses=table)",
        )
    text = _TAIL.sub("", words.strip())
    if first := _NUMBER_FIRST.fullmatch(text):
        text = f"{first['street']} {first['number']}"
    parts = _STREET_AND_NUMBER.fullmatch(text)
    index = street_index(city)
    if parts is None or any(
        one.score >= 1 - TOO_CLOSE and one.within for one in index.search(text)
    ):
        raise _no_number(city, words, index.search(text), where=where)
    asked = parts["street"].strip(" ,;")
    found = [one for one in index.search(asked) if one.score >= ACCEPTED]
    if not found:
        near = index.nearest_names(asked)
        raise UnknownNameError(
            f"unknown street {asked!r}", where=where, mend=f"did you mean {', '.join(near)}?"
        )
    best = max(map(worth, found))
    rivals = [one for one in found if worth(one) >= best - margin(best)]
    of_street = {
        one.name: np.concatenate([_rows(city.addresses, name) for name in index.written(one.name)])
        for one in rivals
    }
    hits: list[tuple[float, int]] = []
    for one in rivals:
        rows = of_street[one.name]
        own = np.char.upper(city.addresses["number"].to_numpy()[rows].astype(str))
        for number, cost in _numbers(parts):
            if len(same := rows[own == number]):
                hits += [(one.score - cost, int(row)) for row in same]
                break
    if not hits:
        street = max(rivals, key=lambda one: len(of_street[one.name]))
        raise _no_such_number(city, street, of_street[street.name], parts, where=where)
    return _chosen(city, words, hits, where=where)


def _chosen(city: City, words: str, hits: list[tuple[float, int]], *, where: str) -> Located:
    """Return the best hit, or say which are equally good."""
    table = city.addresses
    residential = (
        table["residential"].to_numpy()
        if "residential" in table.columns
        else np.ones(len(table), dtype=bool)
    )
    hits = sorted(hits, key=lambda hit: (-hit[0], not residential[hit[1]], hit[1]))
    score, row = hits[0]
    street = str(table["street"].iloc[row])
    rivals = {str(table["street"].iloc[other]): other for _, other in hits[::-1]}
    if len(rivals) > 1:
        raise AmbiguousNameError.between(
            words,
            [
                f"{_written(table, one)} ({quarter(city, table.geometry.iloc[one])})"
                for one in sorted(rivals.values())
            ],
            where=where,
            mend="write the full name of the street",
        )
    return Located(
        point=table.geometry.iloc[row],
        address=_written(table, row),
        score=score,
        id=str(table["id"].iloc[row]),
        street=street,
        number=str(table["number"].iloc[row]),
        alternatives=tuple((_written(table, other), its) for its, other in hits[1:]),
    )


def _written(table: gpd.GeoDataFrame, row: int) -> str:
    return f"{table['street'].iloc[row]} {table['number'].iloc[row]}"


def _rows(addresses: gpd.GeoDataFrame, street: str) -> np.ndarray:
    """Return the rows of a street, by position."""
    streets = addresses["street"]
    if isinstance(streets.dtype, pd.CategoricalDtype):
        code = streets.cat.categories.get_indexer([street])[0]
        return (
            np.flatnonzero(streets.cat.codes.to_numpy() == code) if code >= 0 else np.array([], int)
        )
    return np.flatnonzero(streets.to_numpy() == street)


def _numbers(parts: re.Match[str]) -> list[tuple[str, float]]:
    """Return the numbers that words may mean as a register writes them, with their cost."""
    first, letter, second, third = (
        (parts[name] or "").upper() for name in ("first", "letter", "second", "third")
    )
    numbers: list[tuple[str, float]] = []
    again = letter.casefold()
    if again in _BIS:
        numbers = [(f"{first}{letter}", 0.0), (f"{first}/{letter}", 0.0)]
        numbers.append((f"{first}{_BIS[again]}", COST_OF_BIS))
        return numbers
    tail = "".join(f"/{part}" for part in (second, third) if part)
    if second and second.isalpha():
        letter, second, tail = letter or second, "", f"/{third}" if third else ""
    numbers.append((f"{first}{letter}{tail}", 0.0))
    numbers.append((f"{first}/{letter}{tail}", 0.0) if letter else (f"{first}{tail}", 0.0))
    if second and int(first) < int(second) <= int(first) + _WIDEST:
        numbers.append((f"{first}{letter}", COST_OF_PART))
    return numbers


def _no_number(city: City, words: str, found: list[Found], *, where: str) -> Exception:
    """Say that a street was named, and no number of it; or that nothing was."""
    known = [one for one in found if one.score >= ACCEPTED]
    if not known:
        near = street_index(city).nearest_names(words)
        return UnknownNameError(
            f"unknown address {words!r}",
            where=where,
            mend=f"write street and number, such as {near[0]} 1" if near else None,
        )
    rows = np.concatenate(
        [_rows(city.addresses, name) for name in street_index(city).written(known[0].name)]
    )
    numbers = _in_order(city.addresses["number"].to_numpy()[rows])
    return InputError(
        f"{words!r} says no number of {known[0].name}",
        where=where,
        mend=f"add one, from {numbers[0]} to {numbers[-1]}"
        if numbers
        else "give a point: the street has no addresses",
    )


def _no_such_number(
    city: City, street: Found, rows: np.ndarray, parts: re.Match[str], *, where: str
) -> InputError:
    asked = "".join(
        [
            parts["first"],
            *(f"/{parts[name]}" for name in ("letter", "second", "third") if parts[name]),
        ]
    )
    if not len(rows):
        beyond = "" if street.within else " outside the city"
        return InputError(
            f"no address of {street.name}{beyond} is known",
            where=where,
            mend="give a point, or an address of another street",
        )
    own = _in_order(city.addresses["number"].to_numpy()[rows])
    first = int(parts["first"])
    # Even numbers stand on one side of the street, odd ones on the other.
    near = sorted(own, key=lambda one: (abs(_leading(one) - first), _leading(one) % 2 != first % 2))
    return InputError(
        f"{street.name} has no number {asked}",
        where=where,
        mend=f"use one of its numbers, such as {', '.join(_in_order(near[:_NEAREST]))}",
    )


def _leading(number: str) -> int:
    digits = re.match(r"\d+", number)
    return int(digits[0]) if digits else 0


def _in_order(numbers: object) -> list[str]:
    return sorted({str(number) for number in numbers}, key=lambda one: (_leading(one), one))  # type: ignore[attr-defined]
