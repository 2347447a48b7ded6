"""From words to streets: a street by its name, and a stretch of it between two others.

``streets_named`` finds a street however it is spelled; ``stretch`` walks along it from one cross
street, address, square or place to another. What was matched is always told, and a name that
fits nothing, or several things equally well, is an error that names the nearest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

from quartieri15.arguments import require_text, shown
from quartieri15.errors import AmbiguousNameError, InputError, ParameterError, UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.model.street_index import Found, margin, quarter, street_index, worth
from quartieri15.model.street_names import ACCEPTED, folded
from quartieri15.planning.axes import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.planning.axes import Axis, Way

EXACT: Final = 0.97
"""A likeness from which on a street is meant for certain: no other is looked at."""
MEETS_M: Final = 30.0
"""How near a cross street must come where the two share no junction."""
SHORT_OF_M: Final = 100.0
"""How near it must come where nothing else meets, and then it is told: across a square, a canal."""
ONE_PLACE_M: Final = 150.0
"""A street that is near along more than this runs beside the other, and ends nothing."""
REGISTER_MEETS_M: Final = 60.0
"""The same for a street that has addresses and is not on the map."""
POINT_MEETS_M: Final = 150.0
"""How far from a street an address or a place may stand that ends a stretch of it."""
ONE_STREET_M: Final = 1000.0
"""Pieces of one name in the city that lie farther apart are streets of their own."""
ONE_STREET_OUTSIDE_M: Final = 300.0
"""The same in the ring, where every village has its Via Roma."""
AT_THE_END_M: Final = 50.0
"""How much of a street may be left behind where a stretch has one end only."""
_NAMED = 12
_ABOUT_M = 10.0


@dataclass(frozen=True)
class Match:
    """A street that was found by its name.

    Parameters
    ----------
    name
        As the map has it.
    edge_ids
        Rows of ``city.streets.edges``, in ascending order.
    length_m
        How long the street is, along its axis: the two carriageways of one street count once.
    edges_m
        Length of all its edges together.
    score
        How alike its name is to what was asked, from 0 to 1.
    geometry
        Its edges, as one MultiLineString in the city's CRS.
    said
        What was matched, in words.
    """

    name: str
    edge_ids: NDArray[np.int64] = field(repr=False)
    length_m: float
    edges_m: float
    score: float
    geometry: shapely.MultiLineString = field(repr=False)
    said: str


@dataclass(frozen=True)
class Stretch:
    """A stretch of a street.

    Parameters
    ----------
    name
        The street, as the map has it.
    start, end
        Where it begins and ends: streets as the map has them, addresses, places; None where
        it is the end of the street.
    edge_ids
        Rows of ``city.streets.edges``, in ascending order: both carriageways, and service
        lanes, cycleways and footways of the same name beside them. An edge belongs to the
        stretch if more than half of it lies between the ends.
    length_m
        How long the stretch is, along the axis of the street.
    edges_m
        Length of its edges together.
    geometry
        Its edges, as one MultiLineString in the city's CRS.
    axis
        The line it was measured on, from start to end.
    score
        How alike the names are to what was asked: the least of them.
    said
        What was matched, in words.
    """

    name: str
    start: str | None
    end: str | None
    edge_ids: NDArray[np.int64] = field(repr=False)
    length_m: float
    edges_m: float
    geometry: shapely.MultiLineString = field(repr=False)
    axis: shapely.LineString = field(repr=False)
    score: float
    said: str


class _End(NamedTuple):
    """What may end a stretch: its name, its shape, how near it must come, its edges if any."""

    name: str
    score: float
    shape: shapely.Geometry
    within_m: float
    edge_ids: NDArray[np.int64]
    known_by: str
    apart_m: float = 0.0
    several: bool = False


def streets_named(city: City, words: str, *, near: object = None) -> Match:
    """Find a street by what people call it.

    Type words and their abbreviations, capitals, accents, small words, saints, numerals, the
    order of given name and surname and a missing given name do not matter; a misprint lowers
    the score. A street of the city goes before one of the ring around it.

    Parameters
    ----------
    city
        Where to look.
    words
        The name, such as ``"via Boifava"``, ``"V.le Famagosta"`` or ``"PAREA CARLO"``.
    near
        Which of several equally good ones is meant: the nearest to a shape in the city's CRS,
        or to a zone named here, such as a quarter.

    Returns
    -------
    Match

    Raises
    ------
    UnknownNameError
        If no street has such a name; the nearest names are given.
    AmbiguousNameError
        If several fit equally well, or streets far apart share the name; all are named with
        their quarter.
    ParameterError
        If the words are no text.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.planning.naming import streets_named
    >>> match = streets_named(q15.load("milano"), "v. salomone")
    >>> match.name, len(match.edge_ids), round(match.length_m, -1)
    ('Via Oreste Salomone', 28, 1350.0)
    """
    require_city(city)
    require_text(words, where="street")
    found = _one_street(city, words, near=_near(city, near), where="street")
    axis = _axis_of(city, found)
    whole = axis.whole()
    edges_m = float(city.streets.edges["length_m"].to_numpy()[found.edge_ids].sum())
    return Match(
        name=found.name,
        edge_ids=found.edge_ids,
        length_m=whole.length_m,
        edges_m=edges_m,
        score=found.score,
        geometry=_lines(city, found.edge_ids),
        said=_said_of_name(words, found) + _size(found.edge_ids, whole),
    )


def stretch(
    city: City,
    along: str,
    *,
    start: str | None = None,
    end: str | None = None,
    near: object = None,
) -> Stretch:
    """Find the stretch of a street between two others.

    Parameters
    ----------
    city
        Where to look.
    along
        The street, as :func:`streets_named` understands it.
    start, end
        A cross street, a square, an address (``"via Boifava 10"``, ``"civico 12"`` of the
        street itself) or a place of the city, by its name or id. A cross street ends the
        stretch at the junctions it shares with the street, or where it comes within
        :data:`MEETS_M` of it; where it meets the street more than once, the shortest stretch is
        meant. Without both, the whole street within the city. With one, from there to the end of
        the street; if the street goes on by more than :data:`AT_THE_END_M` both ways, it is not
        known which end is meant, and that is an error.
    near
        As for :func:`streets_named`.

    Returns
    -------
    Stretch

    Raises
    ------
    UnknownNameError
        If a name fits nothing; the nearest names are given.
    AmbiguousNameError
        If a name fits several things, or one end is missing and either may be meant.
    InputError
        If a cross street does not meet the street: it is told where it is, and what does meet
        the street; or if nothing lies between the two ends.
    ParameterError
        If a name is no text.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.planning.naming import stretch
    >>> milano = q15.load("milano")
    >>> part = stretch(milano, "v.le Famagosta", start="via San Vigilio", end="via del Mare")
    >>> part.name, part.start, part.end, len(part.edge_ids) > 10
    ('Viale Famagosta', 'Via San Vigilio', 'Via del Mare', True)
    """
    require_city(city)
    require_text(along, where="along")
    asked = {"from": start, "to": end}
    for where, words in asked.items():
        if words is not None:
            require_text(words, where=where)
    street, ends = _street_with_ends(city, along, asked, near=_near(city, near))
    axis = _axis_of(city, street)
    contacts = {
        where: axis.contacts(one.shape, one.edge_ids, one.within_m) for where, one in ends.items()
    }
    if len(ends) == 2:  # noqa: PLR2004 - both ends
        way = axis.between(contacts["from"], contacts["to"])
        ends = {
            where: one._replace(several=axis.spread_m(contacts[where]) > ONE_PLACE_M)
            for where, one in ends.items()
        }
    elif ends:
        (where, one), *_ = ends.items()
        way = _to_one_end(city, street, axis, contacts[where], one, backwards=where == "to")
    else:
        way = axis.whole()
    chosen = street.edge_ids[axis.beside(way.line)] if ends else street.edge_ids
    if not len(chosen) or way.length_m <= 0:
        raise InputError(
            f"no edge of {street.name} lies between "
            f"{' and '.join(one.name for one in ends.values())}",
            where="from, to",
            mend="name two streets that meet it farther apart",
        )
    names = {where: ends[where].name if where in ends else None for where in asked}
    said = [_said_of_name(along, street)]
    said += [
        f"{where} {_said(words, ends[where].name, ends[where].score)}{_how_met(ends[where])}"
        for where, words in asked.items()
        if words is not None
    ]
    edges_m = float(city.streets.edges["length_m"].to_numpy()[chosen].sum())
    return Stretch(
        name=street.name,
        start=names["from"],
        end=names["to"],
        edge_ids=chosen,
        length_m=way.length_m,
        edges_m=edges_m,
        geometry=_lines(city, chosen),
        axis=way.line,
        score=min([street.score, *(one.score for one in ends.values())]),
        said=", ".join(said) + _size(chosen, way),
    )


# What was matched, in words.


def _size(edge_ids: NDArray[np.int64], way: Way) -> str:
    gap = f", and {way.gap_m:,.0f} m of gaps" if way.gap_m >= 1 else ""
    return f" ({len(edge_ids)} edges along {way.length_m:,.0f} m{gap})"


def _how_met(end: _End) -> str:
    if end.several:
        return ", at the nearer of the places where they meet"
    if end.known_by != "street" or end.apart_m <= MEETS_M:
        return ""
    return f", which ends {end.apart_m:,.0f} m away"


def _said(words: str, name: str, score: float) -> str:
    same = folded(words) == folded(name)
    sure = "" if score >= EXACT - COST_OF_GUESS else f", likeness {score:.2f}"
    return name if same else f"{name} (for {words.strip()!r}{sure})"


COST_OF_SHORT: Final = 0.05
"""What it costs a cross street to end short of the street."""
COST_OF_GUESS: Final = 0.06
"""Beyond a missing given name, the likeness is told."""


def _said_of_name(words: str, found: Found) -> str:
    said = _said(words, found.name, found.score)
    return said if found.within else f"{said}, outside the city"


# Which street.


def _near(city: City, near: object) -> shapely.Geometry | None:
    if near is None or isinstance(near, shapely.Geometry):
        return near
    if not isinstance(near, str) or not near.strip():
        raise ParameterError(
            f"near is {shown(near)}",
            where="near",
            mend="give a shape in the city's CRS, or the name of a zone",
        )
    for table in city.zones.values():
        here = [folded(str(name)) == folded(near) for name in table["name"]]
        if any(here):
            return shapely.union_all(table.geometry.to_numpy()[here])
    names = [str(name) for table in city.zones.values() for name in table["name"]]
    raise UnknownNameError.among(near, names, kind="zone", where="near")


def _one_street(city: City, words: str, *, near: shapely.Geometry | None, where: str) -> Found:
    """Return the one street that words mean, or say which they may be."""
    possible = _possible(city, words, where=where, anywhere=near is not None)
    streets = [street for one in possible for street in _apart(city, one)]
    if len(streets) > 1 and near is not None:
        return min(streets, key=lambda one: shapely.distance(near, _lines(city, one.edge_ids)))
    if len(streets) > 1:
        raise _ambiguous(city, words, streets, where=where)
    return streets[0]


def _ambiguous(
    city: City, words: str, streets: Sequence[Found], *, where: str
) -> AmbiguousNameError:
    names = [f"{one.name} ({quarter(city, _lines(city, one.edge_ids))})" for one in streets]
    same = len({one.name for one in streets}) < len(streets)
    return AmbiguousNameError.between(
        words,
        names,
        where=where,
        mend="say near which quarter, or between which streets"
        if same
        else "write the full name, as it stands here",
    )


def _accepted(city: City, words: str, *, where: str) -> list[Found]:
    """Return the streets of the network that words may mean, the likeliest first."""
    index = street_index(city)
    found = [one for one in index.search(words) if len(one.edge_ids)]
    accepted = [one for one in found if one.score >= ACCEPTED]
    if not accepted:
        near = [one.name for one in found][:3] or index.nearest_names(words)
        raise UnknownNameError(
            f"unknown street {words!r}",
            where=where,
            mend=f"did you mean {', '.join(near)}?" if near else "give a street of the city",
        )
    return accepted


def _possible(city: City, words: str, *, where: str, anywhere: bool = False) -> list[Found]:
    """Return the streets that words fit best, more than one if equally well.

    A street outside the city is worth less, unless it is said near where it is.
    """
    accepted = _accepted(city, words, where=where)
    worths = [one.score if anywhere else worth(one) for one in accepted]
    least = max(worths) - margin(max(worths))
    return [one for one, its in zip(accepted, worths, strict=True) if its >= least]


def _apart(city: City, found: Found) -> list[Found]:
    """Take apart streets that share a name and lie far from each other, the longest first."""
    edges = city.streets.edges
    u, v = (edges[end].to_numpy()[found.edge_ids] for end in ("u", "v"))
    piece = pieces(u, v)
    if piece.max() == 0:
        return [found]
    lines = edges.geometry.to_numpy()[found.edge_ids]
    shapes = [shapely.multilinestrings(lines[piece == k]) for k in range(piece.max() + 1)]
    apart_m = ONE_STREET_M if found.within else ONE_STREET_OUTSIDE_M
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=apart_m)
    # Of a shape and itself there is always a pair, so that none is lost.
    of_shape = np.empty(len(shapes), dtype=np.int64)
    of_shape[one] = pieces(one, other)
    own = of_shape[piece]
    lengths = np.bincount(own, weights=shapely.length(lines))
    return [
        replace(found, edge_ids=found.edge_ids[own == k])
        for k in np.argsort(-lengths, kind="stable")
    ]


def _lines(city: City, edge_ids: NDArray[np.int64]) -> shapely.MultiLineString:
    return shapely.MultiLineString(list(city.streets.edges.geometry.to_numpy()[edge_ids]))


def _axis_of(city: City, street: Found) -> Axis:
    from quartieri15.planning.axes import Axis

    edges = city.streets.edges
    u, v = (edges[end].to_numpy()[street.edge_ids] for end in ("u", "v"))
    return Axis(edges.geometry.to_numpy()[street.edge_ids], u, v, network=edges)


# Where a stretch begins and ends.


def _street_with_ends(
    city: City, along: str, asked: dict[str, str | None], *, near: shapely.Geometry | None
) -> tuple[Found, dict[str, _End]]:
    """Choose the street, and what ends the stretch, so that they fit each other."""
    wanted = {where: words for where, words in asked.items() if words is not None}
    streets = [one for each in _possible(city, along, where="along") for one in _apart(city, each)]
    if near is not None or not wanted:
        streets = [_one_street(city, along, near=near, where="along")]
    fits: list[tuple[Found, dict[str, _End]]] = []
    refused: Exception | None = None
    for street in streets:
        try:
            ends = {
                where: _end(city, street, words, where=where) for where, words in wanted.items()
            }
        except (InputError, UnknownNameError) as error:
            refused = refused or error
            continue
        fits.append((street, ends))
    if refused is not None and not fits:
        if len(streets) > 1:
            raise _ambiguous(city, along, streets, where="along") from refused
        raise refused
    if len(fits) > 1:
        raise _ambiguous(city, along, [street for street, _ in fits], where="along")
    street, ends = fits[0]
    if len(ends) == 2 and ends["from"].name == ends["to"].name:  # noqa: PLR2004 - both ends
        raise InputError(
            f"the stretch begins and ends at {ends['to'].name}",
            where="from, to",
            mend="name two different streets",
        )
    return street, ends


_NUMBER_ALONE = re.compile(
    r"(?:(?:il|al|dal|alla|dalla)\s+)?(?:civico|numero|num\.?|n\.?|n°|nr\.?)?\s*(\d+\s*(?:/?\s*[a-z]\b|bis|ter)?(?:\s*/\s*\d+)?)",
    re.IGNORECASE,
)
_NUMBER_AT_END = re.compile(
    r"[^\d\s].*?[\s,]+(?:n\.?|n°|civico|numero)?\s*\d+\s*(?:[/ ]?\s*[a-z]|bis|ter)?$", re.IGNORECASE
)


def _end(city: City, street: Found, words: str, *, where: str) -> _End:
    """Return what ends the stretch of a street."""
    alone = _NUMBER_ALONE.fullmatch(words.strip())
    if alone:
        return _address(city, f"{street.name} {alone[1]}", where=where)
    possible = _possible_ends(city, words, where=where)
    apart = [_apart_m(city, street, one) for one in possible]
    possible = [one._replace(apart_m=m) for one, m in zip(possible, apart, strict=True)]
    meeting = [one for one in possible if one.apart_m <= one.within_m]
    # A house is often called like a street beside it: of the two, the street ends a stretch.
    meeting = [one for one in meeting if one.known_by == "street"] or meeting
    if not meeting:
        meeting = [one for one in possible if _is_near_at_one_place(city, street, one)]
        meeting = [one._replace(score=one.score - COST_OF_SHORT) for one in meeting]
    if not meeting:
        raise _does_not_meet(city, street, possible[0], where=where)
    best = max(one.score for one in meeting)
    meeting = [one for one in meeting if one.score >= best - margin(best)]
    if len(meeting) > 1:
        raise AmbiguousNameError.between(
            words,
            [f"{one.name} ({quarter(city, one.shape)})" for one in meeting],
            where=where,
            mend="write the full name, as it stands here",
        )
    return meeting[0]


def _possible_ends(city: City, words: str, *, where: str) -> list[_End]:
    """Return streets, addresses and places that words may mean, the likeliest first."""
    numbered = len(city.addresses) and _NUMBER_AT_END.fullmatch(words.strip())
    if numbered and not any(one.score >= EXACT for one in street_index(city).search(words)):
        return [_address(city, words, where=where)]
    ends = [
        _End(
            name=one.name,
            score=worth(one),
            shape=_lines(city, one.edge_ids) if len(one.edge_ids) else _register_points(city, one),
            within_m=MEETS_M if len(one.edge_ids) else REGISTER_MEETS_M,
            edge_ids=one.edge_ids,
            known_by="street",
        )
        for one in street_index(city).search(words)
        if one.score >= ACCEPTED
    ]
    ends += _places(city, words)
    ends.sort(key=lambda one: -one.score)
    if not ends:
        near = street_index(city).nearest_names(words)
        raise UnknownNameError(
            f"unknown street, address or place {words!r}",
            where=where,
            mend=f"did you mean {', '.join(near)}?",
        )
    if ends[0].score >= EXACT:
        return [one for one in ends if one.score >= EXACT]
    return ends


def found_at(city: City, words: str, *, where: str) -> shapely.Geometry:
    """Return the shape of the one street, address or place that words mean."""
    ends = _possible_ends(city, words, where=where)
    best = [one for one in ends if one.score >= ends[0].score - margin(ends[0].score)]
    if len(best) > 1:
        raise AmbiguousNameError.between(
            words,
            [f"{one.name} ({quarter(city, one.shape)})" for one in best],
            where=where,
            mend="write the full name, as it stands here",
        )
    return best[0].shape


def _register_points(city: City, one: Found) -> shapely.Geometry:
    own = (city.addresses["street"] == one.name).to_numpy()
    return shapely.MultiPoint(list(city.addresses.geometry.to_numpy()[own]))


def _address(city: City, words: str, *, where: str) -> _End:
    from quartieri15.model.addresses import locate

    found = locate(city, words, where=where)
    return _End(
        name=found.address,
        score=found.score,
        shape=found.point,
        within_m=POINT_MEETS_M,
        edge_ids=np.empty(0, dtype=np.int64),
        known_by="address",
    )


def _places(city: City, words: str) -> list[_End]:
    asked = folded(words)
    ids, names = (city.places[column].tolist() for column in ("id", "name"))
    called = [
        i
        for i, (one, name) in enumerate(zip(ids, names, strict=True))
        if asked in (folded(str(one)), folded(str(name)))
    ]
    shapes = city.places.geometry.to_numpy()[called]
    return [
        _End(
            name=str(names[i]),
            score=1.0,
            shape=shape,
            within_m=POINT_MEETS_M,
            edge_ids=np.empty(0, dtype=np.int64),
            known_by="place",
        )
        for i, shape in zip(called, shapes, strict=True)
        if shape is not None and not shape.is_empty
    ]


def _apart_m(city: City, street: Found, one: _End) -> float:
    """Return how far what ends a stretch is from the street: 0 where they share a junction."""
    edges = city.streets.edges
    if len(one.edge_ids):
        own, other = (
            np.concatenate([edges[end].to_numpy()[ids] for end in ("u", "v")])
            for ids in (street.edge_ids, one.edge_ids)
        )
        if np.isin(own, other).any():
            return 0.0
    return float(shapely.distance(_lines(city, street.edge_ids), one.shape))


def _is_near_at_one_place(city: City, street: Found, one: _End) -> bool:
    if one.known_by != "street" or one.apart_m > SHORT_OF_M:
        return False
    near = shapely.intersection(
        _lines(city, street.edge_ids), shapely.buffer(one.shape, one.apart_m + _ABOUT_M)
    )
    west, south, east, north = shapely.bounds(near)
    return bool(np.hypot(east - west, north - south) <= ONE_PLACE_M)


def _does_not_meet(city: City, street: Found, one: _End, *, where: str) -> InputError:
    met = streets_meeting(city, street.edge_ids)
    listed = ", ".join(met[:_NAMED]) + (f" and {len(met) - _NAMED} more" if met[_NAMED:] else "")
    return InputError(
        f"{one.name} does not meet {street.name}: it is {one.apart_m:,.0f} m from it, in "
        f"{quarter(city, one.shape)}",
        where=where,
        mend=f"name a street that meets it ({listed})" if met else "name an address of the street",
    )


def streets_meeting(city: City, edge_ids: NDArray[np.int64]) -> list[str]:
    """Return the names of the streets that share a junction with some edges, sorted."""
    edges = city.streets.edges
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    own = np.unique(np.concatenate([u[edge_ids], v[edge_ids]]))
    touching = np.flatnonzero(np.isin(u, own) | np.isin(v, own))
    names = edges["name"].iloc[touching].dropna()
    mine = set(edges["name"].iloc[edge_ids].dropna())
    names = names[~names.isin(mine)].drop_duplicates()
    return sorted(str(name) for name in names)


def _to_one_end(
    city: City,
    street: Found,
    axis: Axis,
    contacts: NDArray[np.int64],
    one: _End,
    *,
    backwards: bool,
) -> Way:
    """Return the way from one end of a stretch to the end of the street."""
    longest, *others = sorted(axis.sides(contacts), key=lambda way: -way.line.length)
    rest = [way for way in others if way.line.length > AT_THE_END_M]
    if rest:
        ways = [
            f"{way.line.length:,.0f} m to {_at(city, street, way.line)}" for way in (longest, *rest)
        ]
        raise AmbiguousNameError(
            f"from {one.name}, {street.name} goes on {' and '.join(ways)}",
            where="from" if backwards else "to",
            mend="say both ends of the stretch",
            candidates=ways,
        )
    return longest._replace(line=shapely.reverse(longest.line)) if backwards else longest


def _at(city: City, street: Found, line: shapely.LineString) -> str:
    """Name what is at the far end of a line."""
    end = shapely.get_point(line, -1)
    names = city.streets.edges["name"]
    lines = city.streets.edges.geometry
    near = lines.sindex.query(end, predicate="dwithin", distance=MEETS_M)
    others = sorted(set(names.iloc[near].dropna()) - {street.name})
    return str(others[0]) if others else f"its end in {quarter(city, end)}"
