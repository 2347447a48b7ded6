"""From the words of an address to its place: ``via Boifava 10`` is a point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from quartieri15.arguments import require_text
from quartieri15.errors import AmbiguousNameError, InputError, UnknownNameError
from quartieri15.model.city import require_addresses, require_city
from quartieri15.model.geocoding.civic_numbers import in_order, leading
from quartieri15.model.geocoding.civic_streets import civic_streets
from quartieri15.model.geocoding.written_addresses import readings
from quartieri15.model.street_index import margin, quarter, street_index, worth
from quartieri15.model.street_names import ACCEPTED, TOO_CLOSE

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

    from quartieri15.model.city import City
    from quartieri15.model.geocoding.civic_numbers import CivicNumber
    from quartieri15.model.geocoding.civic_streets import CivicStreet
    from quartieri15.model.street_index import Found

_NEAREST = 4


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
    require_addresses(city, where=where, instead="give a point")
    index = street_index(city)
    read = [one for one in readings(words, city=city.name) if not one.unread and not one.elsewhere]
    numbered = [one for one in read if one.number is not None and not one.corner]
    whole = next((one.street for one in read if one.number is None), words)
    if not numbered or any(
        one.score >= 1 - TOO_CLOSE and one.within for one in index.search(whole)
    ):
        raise _no_number(city, words, index.search(whole), where=where)
    asked = numbered[0].street
    number = numbered[0].number
    assert number is not None  # noqa: S101 - for mypy: those without are not in the list
    found = [one for one in index.search(asked) if one.score >= ACCEPTED]
    if not found:
        near = index.nearest_names(asked)
        raise UnknownNameError(
            f"unknown street {asked!r}", where=where, mend=f"did you mean {', '.join(near)}?"
        )
    best = max(map(worth, found))
    rivals = [one for one in found if worth(one) >= best - margin(best)]
    register = civic_streets(city.addresses)
    of_street = {
        one.name: [civic for name in index.written(one.name) for civic in register.get(name, ())]
        for one in rivals
    }
    hits: list[tuple[float, int]] = []
    for one in rivals:
        for spelled, cost in number.spellings():
            rows = [
                row for civic in of_street[one.name] for row in civic.of_number.get(spelled, ())
            ]
            if rows:
                hits += [(one.score - cost, row) for row in rows]
                break
    if not hits:
        street = max(rivals, key=lambda one: sum(len(civic.rows) for civic in of_street[one.name]))
        raise _no_such_number(city, street, of_street[street.name], number, where=where)
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
    register = civic_streets(city.addresses)
    names = street_index(city).written(known[0].name)
    numbers = _numbers(city, [civic for name in names for civic in register.get(name, ())])
    return InputError(
        f"{words!r} says no number of {known[0].name}",
        where=where,
        mend=f"add one, from {numbers[0]} to {numbers[-1]}"
        if numbers
        else "give a point: the street has no addresses",
    )


def _no_such_number(
    city: City, street: Found, civics: list[CivicStreet], number: CivicNumber, *, where: str
) -> InputError:
    own = _numbers(city, civics)
    if not own:
        return InputError(
            f"no address of {street.name} is known"
            if street.within
            else f"{street.name} lies outside the zones of the city, and no civic number there is "
            "kept",
            where=where,
            mend="give a point, or an address of another street",
        )
    first = int(number.first)
    # Even numbers stand on one side of the street, odd ones on the other.
    near = sorted(own, key=lambda one: (abs(leading(one) - first), leading(one) % 2 != first % 2))
    return InputError(
        f"{street.name} has no number {number.said}",
        where=where,
        mend=f"use one of its numbers, such as {', '.join(in_order(near[:_NEAREST]))}",
    )


def _numbers(city: City, civics: list[CivicStreet]) -> list[str]:
    numbers = city.addresses["number"].to_numpy()
    return in_order(numbers[row] for civic in civics for row in civic.rows)
