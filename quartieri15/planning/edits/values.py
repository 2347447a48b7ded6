"""What the fields of an edit may hold, and what is said of anything else.

Every rule takes a value and what it is called, and returns the value in the one form in which it
is kept, so that an edit read from a file equals the same edit written as code.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import shapely

from quartieri15.arguments import is_finite, is_number, is_whole, several, shown
from quartieri15.errors import ParameterError, UnknownNameError

Rule = Callable[[Any, str], Any]

MOST_POINTS: Final = 100_000
"""Points of the longest line that is taken; the longest street of Milano has some thousands."""

Point = tuple[float, float]
Line = tuple[Point, ...]


_PAIR: Final = 2
"""A name and what it stands for, or two coordinates, or the ends of a line."""


def given(rule: Rule, default: Any = dataclasses.MISSING, *, key: str | None = None) -> Any:
    """Return a field of an edit that obeys a rule; ``key`` is its name in a file."""
    metadata = {"rule": rule, "key": key}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def text(value: Any, where: str) -> str:
    """Take a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(f"{shown(value)} is no text", where=where, mend="give a text")
    if len(value) > MOST_POINTS or not _is_unicode(value):
        raise ParameterError("the text cannot be kept", where=where, mend="give a plain text")
    return value.strip()


def number(low: float | None = None, high: float | None = None) -> Rule:
    """Take a number within bounds, both included."""

    def rule(value: Any, where: str) -> float:
        if not is_finite(value):
            raise ParameterError(f"{shown(value)} is no number", where=where, mend="give a number")
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = f"{low:g} or more" if high is None else f"{low or 0:g} to {high:g}"
            raise ParameterError(
                f"{shown(value)} is not {bounds}", where=where, mend=f"give {bounds}"
            )
        return float(value)

    return rule


def flag(value: Any, where: str) -> bool:
    """Take True or False."""
    if not isinstance(value, bool):
        raise ParameterError(
            f"{shown(value)} is neither true nor false", where=where, mend="give true or false"
        )
    return value


def choice(*words: str) -> Rule:
    """Take one of some words."""

    def rule(value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in words:
            mend = UnknownNameError.among(value, words, kind="word").mend
            raise ParameterError(f"{shown(value)} is not known here", where=where, mend=mend)
        return value

    return rule


def texts(value: Any, where: str) -> tuple[str, ...]:
    """Take several texts, or one."""
    found = tuple(text(one, where) for one in several(value))
    if not found:
        raise ParameterError("nothing is named", where=where, mend="give one or more")
    if len(set(found)) < len(found):
        raise ParameterError("one is named twice", where=where, mend="name each once")
    return found


def maybe(rule: Rule) -> Rule:
    """Take what a rule takes, or None for nothing said."""

    def either(value: Any, where: str) -> Any:
        return None if value is None else rule(value, where)

    return either


def point(value: Any, where: str) -> Point:
    """Take a position in degrees: longitude, then latitude."""
    if isinstance(value, shapely.Point) and not value.is_empty:
        value = (value.x, value.y)
    pair = several(value)
    if len(pair) != _PAIR or not all(is_finite(one) for one in pair):
        raise ParameterError(
            f"{shown(value)} is no position",
            where=where,
            mend="give [longitude, latitude] in degrees, such as [9.19, 45.46]",
        )
    lon, lat = (float(one) for one in pair)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - degrees
        raise ParameterError(
            f"{shown(value)} is no position in degrees",
            where=where,
            mend="give [longitude, latitude] in degrees, such as [9.19, 45.46]",
        )
    return lon, lat


def lines(value: Any, where: str) -> tuple[Line, ...]:
    """Take one line or several, each of two positions or more."""
    if isinstance(value, shapely.LineString):
        value = [list(value.coords)]
    elif isinstance(value, shapely.MultiLineString):
        value = [list(part.coords) for part in value.geoms]
    parts = several(value)
    if parts and len(several(parts[0])) == _PAIR and all(is_number(x) for x in several(parts[0])):
        parts = [parts]
    found = []
    for part in parts:
        pairs = several(part)
        if len(pairs) > MOST_POINTS:
            raise ParameterError("the line is too long", where=where, mend="draw it with less")
        line = tuple(point(one, where) for one in pairs)
        if len(set(line)) < _PAIR:
            raise ParameterError(
                f"{shown(part)} is no line", where=where, mend="give two positions or more"
            )
        found.append(line)
    if not found:
        raise ParameterError(
            f"{shown(value)} is no line",
            where=where,
            mend="give positions such as [[9.19, 45.46], [9.20, 45.46]]",
        )
    return tuple(found)


def counts(value: Any, where: str) -> tuple[tuple[str, float], ...]:
    """Take numbers by name, none below 0."""
    given = _mapping(value, where, "numbers by name", "{residents: 500}")
    return tuple((text(name, where), number(0)(n, f"{where}, {name}")) for name, n in given.items())


def zone_counts(value: Any, where: str) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    """Take, by the name of a zone, numbers by name."""
    given = _mapping(value, where, "zones", "{Lambrate: {residents: 500}}")
    return tuple((str(name), counts(found, f"{where}, {name}")) for name, found in given.items())


def _mapping(value: Any, where: str, what: str, example: str) -> Mapping[Any, Any]:
    """Return what was given by name; pairs are what this module makes of it, and come back."""
    if isinstance(value, tuple) and all(
        isinstance(one, tuple) and len(one) == _PAIR for one in value
    ):
        value = dict(value)
    if not isinstance(value, Mapping) or not value:
        raise ParameterError(
            f"{shown(value)} holds no {what}", where=where, mend=f"give some such as {example}"
        )
    return value


def year(value: Any, where: str) -> int:
    """Take a year."""
    if not is_whole(value) or not 1900 <= value <= 2200:  # noqa: PLR2004 - what people plan for
        raise ParameterError(f"{shown(value)} is no year", where=where, mend="give one, as 2030")
    return int(value)


def opening_hours(value: Any, where: str) -> str:
    """Take opening hours in the syntax of OpenStreetMap."""
    hours = text(value, where)
    from opening_hours import OpeningHours

    try:
        OpeningHours(hours)
    except Exception as error:  # the parser names its errors differently from version to version
        raise ParameterError(
            f"{shown(hours)} are no opening hours",
            where=where,
            mend='write them as OpenStreetMap does, such as "Mo-Fr 09:00-19:00; Sa 10:00-13:00"',
        ) from error
    return hours


def plain(value: Any) -> Any:
    """Return a value in the words of YAML: lists and mappings."""
    if isinstance(value, tuple):
        pairs = value and all(
            isinstance(one, tuple) and len(one) == _PAIR and isinstance(one[0], str)
            for one in value
        )
        if pairs:
            return {name: plain(one) for name, one in value}
        return [plain(one) for one in value]
    return value


def listed(words: Iterable[str]) -> str:
    """Return words with commas and an "and".

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    known = list(words)
    return " and ".join(filter(None, [", ".join(known[:-1]), *known[-1:]]))


def _is_unicode(value: str) -> bool:
    return not re.search(r"[\ud800-\udfff\0]", value)
