"""What one address may mean: streets and numbers weighed against each other, the best first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.geocoding.civic_numbers import canonical, in_order
from quartieri15.model.geocoding.civic_streets import civic_streets
from quartieri15.model.geocoding.corners import crossings
from quartieri15.model.geocoding.likely_streets import Likely, in_words, likely_streets
from quartieri15.model.geocoding.written_addresses import LONGEST, readings
from quartieri15.model.street_index import street_index
from quartieri15.model.street_names import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.geocoding.civic_numbers import CivicNumber
    from quartieri15.model.geocoding.civic_streets import CivicStreet
    from quartieri15.model.geocoding.written_addresses import Reading
    from quartieri15.model.street_index import StreetIndex

SAFE: Final = 0.9
"""From here on an answer may be taken unseen. Only civic numbers of the register reach it."""
LEAST: Final = 0.25
"""Below, nothing is answered."""

# What an answer is worth at most, beside how sure the street is.
MOST_OF_RIVALLED: Final = 0.85
"""Another street is as like, but has no such number."""
MOST_OF_WORSE_STREET: Final = 0.6
"""A street that is more like has no such number."""
MOST_OF_STREET: Final = 0.8
"""No number is said."""
MOST_OF_SAME_NUMBER: Final = 0.7
"""The register has the number without its letter, or with another."""
MOST_BETWEEN: Final = 0.6
"""The register has a lower and a higher number on that side."""
MOST_OF_NEAREST: Final = 0.4
"""The register has a number on that side that differs by no more than :data:`NEAR`."""
MOST_OF_NO_NUMBER: Final = 0.3
"""The register has no number near."""
NEAR: Final = 20

COST_OF_UNREAD: Final = 0.2
COST_OF_ELSEWHERE: Final = 0.55
COST_OF_NOT_HERE: Final = 0.12
"""A street beyond the city, or without addresses, is more like."""
COST_OF_OTHER_MUNICIPIO: Final = 0.15
COST_OF_BIS: Final = 0.12
COST_OF_HALF: Final = 0.05
"""``71`` or ``73`` for ``71/73``, where the register has no such double number."""
TIE: Final = 0.045
"""Streets whose scores differ by less are equally good, unless one fits to the letter."""
TO_THE_LETTER: Final = 0.993
AT_THE_BORDER_M: Final = 50.0
NOT_IN_MUNICIPIO: Final = "it is not in the Municipio that is said"
_TIMES_BEHIND: Final = 3
_NAMED: Final = 3


@dataclass(frozen=True)
class Answer:
    """One place that an address may mean.

    Parameters
    ----------
    likely
        The street, None where there is no answer.
    number, score, precision
        As :func:`~quartieri15.model.geocoding.geocode.geocode` returns them.
    point
        Gives the place.
    row
        The row of the addresses, where it is one.
    notes
        What was found, and what was guessed beside the name of the street.
    """

    likely: Likely | None
    number: str | None
    score: float
    precision: str
    point: Callable[[], shapely.Point | None]
    row: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """What was found and what was guessed, in words."""
        if self.likely is None:
            return "; ".join(self.notes)
        where = [NOT_IN_MUNICIPIO] if self.likely.elsewhere else []
        return "; ".join(dict.fromkeys((*self.notes, *where, *in_words(self.likely.differences))))


@dataclass(frozen=True)
class Register:
    """The addresses of a city, ready to be asked."""

    city: City
    index: StreetIndex
    streets: dict[str, list[CivicStreet]]
    ids: NDArray[np.object_]
    numbers: NDArray[np.object_]
    points: NDArray[np.object_]

    @classmethod
    def of(cls, city: City) -> Register:
        """Return the register of a city with addresses."""
        table = city.addresses
        ids, numbers = (table[name].to_numpy(dtype=object) for name in ("id", "number"))
        return cls(
            city,
            street_index(city),
            civic_streets(table),
            ids,
            numbers,
            table.geometry.to_numpy(),
        )

    def municipio(self, said: str) -> shapely.Geometry | None:
        """Return the Municipio that an address names, None where it is none of the city's."""
        try:
            return municipio_named(self.city, said) if said else None
        except (InputError, UnknownNameError):
            return None

    def likely(self, words: str) -> list[Likely]:
        """Return the streets that words may mean."""
        return likely_streets(self.index, self.streets, words)


def municipio_named(city: City, wanted: object) -> shapely.Geometry:
    """Return the outline of a Municipio, by its id or its name."""
    zones = city.zones.get("municipi")
    if zones is None:
        raise InputError(
            f"{city.name} has no Municipi",
            where="municipio",
            mend="leave it out, or give the city a set of zones called municipi",
        )
    said = f"{wanted:g}" if isinstance(wanted, float) else folded(str(wanted))
    names = zip(zones["id"], zones["name"], strict=True)
    for i, (own, name) in enumerate(names):
        if said in (str(own), folded(str(name))):
            return shapely.union_all(zones.geometry.to_numpy()[[i]])
    raise UnknownNameError.among(
        wanted, [str(one) for one in zones["name"]], kind="Municipio", where="municipio"
    )


def _nothing(*notes: str) -> list[Answer]:
    return [Answer(None, None, 0.0, "none", lambda: None, notes=notes)]


def answers_to(
    register: Register, words: str | None, area: shapely.Geometry | None
) -> list[Answer]:
    """Return what an address may mean, the best first; never nothing."""
    if words is None or not words.strip():
        return _nothing("no address is written")
    if len(words) > LONGEST:
        return _nothing(f"a text of {len(words):,} letters is no address")
    best: list[Answer] = []
    best_fit = -1.0
    refused: list[str] = []
    has_number = False
    for reading in readings(words, city=register.city.name):
        has_number |= reading.number is not None
        # A number that is read may still be of the name: Piazza Giovanni 23.
        if reading.number is None and has_number and not register.index.has_words(reading.street):
            continue
        where = area if area is not None else register.municipio(reading.municipio)
        likely = _in_area(register, register.likely(reading.street), where)
        of_city = [one for one in likely if one.civic is not None or one.found.within]
        if not of_city:
            refused += [f"{one.name} is outside the city" for one in likely[:1]]
            continue
        fit = of_city[0].score - COST_OF_UNREAD * bool(reading.unread)
        if fit <= best_fit:
            continue
        best_fit = fit
        best = _of_reading(register, reading, of_city, beyond=likely, area=where)
        if fit >= SAFE and best and best[0].precision == "civic":
            break
    if best and best[0].score >= LEAST:
        return [one for one in best if one.score >= LEAST]
    if best:
        return _nothing(f"hardly {_of(best[0]).name}", *best[0].notes)
    return _nothing(*(refused[:1] or ["no street of the city is like what is written"]))


def _in_area(
    register: Register, likely: list[Likely], area: shapely.Geometry | None
) -> list[Likely]:
    """Lower the score of streets that have no address in the Municipio that is meant."""
    if area is None:
        return likely
    shapely.prepare(area)
    changed = []
    for one in likely:
        rows = one.civic.rows if one.civic is not None else []
        near = shapely.dwithin(area, register.points[rows], AT_THE_BORDER_M) if rows else [True]
        if not np.any(near):
            score = one.score - COST_OF_OTHER_MUNICIPIO
            changed.append(replace(one, score=score, elsewhere=True))
        else:
            changed.append(one)
    return sorted(changed, key=lambda one: one.rank)


def _of_reading(
    register: Register,
    reading: Reading,
    likely: list[Likely],
    *,
    beyond: list[Likely],
    area: shapely.Geometry | None,
) -> list[Answer]:
    """Return what one reading of an address may mean, the best first."""
    with_numbers = [one for one in likely if one.civic is not None]
    if reading.number is not None and with_numbers:
        likely = with_numbers
        answers = _weighed([_numbered(register, one, reading.number, area) for one in likely])
    elif reading.number is None and reading.corner:
        answers = _at_corner(register, reading, likely)
    else:
        answers = _weighed([_whole(register, one, reading) for one in likely])
    cost, notes = 0.0, []
    if reading.unread:
        cost += COST_OF_UNREAD
        notes.append(f"{reading.unread!r} was not understood")
    if reading.elsewhere:
        cost = COST_OF_ELSEWHERE
        notes.append(reading.elsewhere)
    if likely[0].score < SAFE and beyond[0].score > likely[0].score:
        cost += COST_OF_NOT_HERE
        what = "has no addresses" if beyond[0].found.within else "is outside the city"
        notes.append(f"{beyond[0].name} {what}")
    if reading.postal_code:
        notes.append(f"the postal code {reading.postal_code} was not checked")
    if notes:
        answers = [
            replace(one, score=one.score - cost, notes=(*one.notes, *notes)) for one in answers
        ]
    return answers


def _numbered(
    register: Register, likely: Likely, number: CivicNumber, area: shapely.Geometry | None
) -> Answer:
    """Return the answer that a street has for a number."""
    civic, asked = _civic(likely), canonical(number.said)
    spelled = next((one for one, _ in number.spellings() if one in civic.of_number), None)
    if spelled is None:
        return _near_number(register, likely, number)
    row = civic.of_number[spelled][0]
    known = str(register.numbers[row])
    score, note = likely.score, f"number {known} is in the register"
    if spelled != asked:
        score -= COST_OF_HALF if number.is_double else COST_OF_BIS
        note += f", {number.said} is not"
    point = register.points[row]
    notes: tuple[str, ...] = (note,)
    # A long street goes through several Municipi.
    if (
        area is not None
        and not likely.elsewhere
        and not shapely.dwithin(area, point, AT_THE_BORDER_M)
    ):
        score, notes = score - COST_OF_OTHER_MUNICIPIO, (note, NOT_IN_MUNICIPIO)
    return Answer(likely, known, score, "civic", lambda: point, row=row, notes=notes)


def _near_number(register: Register, likely: Likely, number: CivicNumber) -> Answer:
    """Return where a number would be that the register has not."""
    civic = _civic(likely)
    first = int(number.first)
    missing = f"number {number.said} is not in the register"

    def answer(most: float, rows: list[int], share: float, note: str) -> Answer:
        def point() -> shapely.Point:
            ends = register.points[rows]
            x, y = (
                (1 - share) * shapely.get_coordinates(ends[0])
                + share * shapely.get_coordinates(ends[-1])
            )[0]
            return shapely.Point(x, y)

        score, notes = likely.score * most, (f"{missing}; {note}",)
        return Answer(likely, number.said, score, "number", point, notes=notes)

    def said(row: int) -> str:
        return str(register.numbers[row])

    def row_of(one: int) -> int:
        return min(civic.of_first[one], key=lambda row: (len(said(row)), str(register.ids[row])))

    if first in civic.of_first:
        row = row_of(first)
        return answer(MOST_OF_SAME_NUMBER, [row], 0.0, f"{said(row)} is")
    side = sorted(one for one in civic.of_first if one % 2 == first % 2)
    lower = max((one for one in side if one < first), default=None)
    upper = min((one for one in side if one > first), default=None)
    if lower is not None and upper is not None and upper - lower <= NEAR:
        rows = [row_of(lower), row_of(upper)]
        share = (first - lower) / (upper - lower)
        return answer(MOST_BETWEEN, rows, share, f"{said(rows[0])} and {said(rows[1])} are")
    near = [one for one in (lower, upper) if one is not None and abs(one - first) <= NEAR]
    if near:
        row = row_of(min(near, key=lambda one: abs(one - first)))
        return answer(MOST_OF_NEAREST, [row], 0.0, f"the nearest is {said(row)}")
    numbers = in_order(register.numbers[civic.rows])
    return Answer(
        likely=likely,
        number=None,
        score=likely.score * MOST_OF_NO_NUMBER,
        precision="street",
        point=lambda: _middle(register, likely),
        notes=(f"{missing}; they go from {numbers[0]} to {numbers[-1]}",),
    )


def _whole(register: Register, likely: Likely, reading: Reading) -> Answer:
    """Return a street for an address that says no number."""
    if reading.number is not None:
        most, note = MOST_OF_NO_NUMBER, "the street has no addresses"
    elif reading.without_number:
        most, note = MOST_OF_STREET, "it is said that there is no number"
    else:
        most, note = MOST_OF_STREET, "no number is said"
    return Answer(
        likely=likely,
        number=None,
        score=likely.score * most,
        precision="street",
        point=lambda: _middle(register, likely),
        notes=(note,),
    )


def _middle(register: Register, likely: Likely) -> shapely.Point:
    """Return the address of a street that is nearest to the middle of all, or a point on it."""
    if likely.civic is None:
        lines = register.city.streets.edges.geometry.to_numpy()[likely.found.edge_ids]
        street = shapely.multilinestrings(lines)
        x, y = shapely.get_coordinates(shapely.shortest_line(street, shapely.centroid(street)))[0]
        return shapely.Point(x, y)
    rows = sorted(likely.civic.rows, key=lambda row: str(register.ids[row]))
    points = register.points[rows]
    middle = shapely.centroid(shapely.multipoints(points))
    x, y = shapely.get_coordinates(points[np.argmin(shapely.distance(points, middle))])[0]
    return shapely.Point(x, y)


def _weighed(answers: list[Answer]) -> list[Answer]:
    """Lower answers that others rival, and put the best first."""
    best = max(_of(one).score for one in answers)
    margin = 1e-9 if best >= TO_THE_LETTER else TIE
    leading = [one for one in answers if _of(one).score >= best - margin]
    have_it = [one for one in leading if one.precision == "civic"]
    equal = have_it or leading
    weighed = []
    for one in answers:
        own, score, notes = _of(one), one.score, one.notes
        if one not in leading:
            if one.precision == "civic":
                behind = 0.0 if have_it else _TIMES_BEHIND * (best - own.score)
                score = min(MOST_OF_WORSE_STREET, score - behind)
        elif one in equal and len(equal) > 1:
            score = max(min(score, LEAST), score / len(equal))
            others = [_beside(one, other) for other in equal if other is not one]
            notes = (*notes, f"as good as {', '.join(others[:_NAMED])}")
        elif own.score < TO_THE_LETTER:
            rivals = [
                _of(other).name
                for other in answers
                if other is not one and _of(other).likeness >= own.likeness - TIE
            ]
            if rivals:
                score = min(score, MOST_OF_RIVALLED)
                notes = (*notes, f"{', '.join(rivals[:_NAMED])} may be meant too")
        weighed.append(replace(one, score=score, notes=notes))
    return sorted(weighed, key=lambda one: (-one.score, *_of(one).rank, one.number or ""))


def _of(answer: Answer) -> Likely:
    assert answer.likely is not None  # noqa: S101 - answers that are weighed have a street
    return answer.likely


def _civic(likely: Likely) -> CivicStreet:
    assert likely.civic is not None  # noqa: S101 - only such streets are asked for numbers
    return likely.civic


def _beside(one: Answer, other: Answer) -> str:
    """Name another answer so that it is not taken for the first."""
    own, its = _of(one), _of(other)
    name = its.civic.listed if its.civic and own.name == its.name else its.name
    return f"{name} {other.number or ''}".strip()


def _at_corner(register: Register, reading: Reading, likely: list[Likely]) -> list[Answer]:
    """Return where the street meets the other street of the corner."""
    others = [
        one
        for words in dict.fromkeys((reading.corner, *reading.corner.split("/")))
        for one in register.likely(words)
        if len(one.found.edge_ids) and one.found.within
    ]
    answers = []
    for one in likely:
        if one.score < likely[0].score - TIE or not len(one.found.edge_ids):
            continue
        for other in others:
            if other.name == one.name:
                continue
            corners = crossings(register.city, one.found.edge_ids, other.found.edge_ids)
            score = MOST_OF_STREET * min(one.score, other.score) / max(1, len(corners))
            note = f"at the corner of {other.name}"
            if len(corners) > 1:
                note += f", the first of {len(corners)} from the west"
            for point in corners[:1]:
                notes = (note, *in_words(other.differences))
                at = partial(shapely.Point, point)
                answers.append(Answer(one, None, score, "street", at, notes=notes))
        if answers:
            break
    if answers:
        return sorted(answers, key=lambda one: (-one.score, *_of(one).rank, one.notes))
    note = f"no corner of it with {reading.corner!r} is known"
    whole = _weighed([_whole(register, one, reading) for one in likely])
    return [replace(one, score=one.score / 2, notes=(*one.notes, note)) for one in whole]
