"""The rule of barriers by brute force, in fractions: no rounding, no grid, no tolerance."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import shapely

Place = tuple[Fraction, Fraction]
Straight = tuple[Place, Place]


class Said(NamedTuple):
    """What the rule says of one point: metres, and what is told of them."""

    distance_m: float
    nearest_m: float
    across: bool
    fragment: bool
    fragment_nearer: bool
    tie: bool


def straight(line: shapely.LineString) -> list[Straight]:
    places = [(Fraction(x), Fraction(y)) for x, y in line.coords]
    return list(pairwise(places))


def side(a: Place, b: Place, c: Place) -> Fraction:
    """Above 0 if c lies to the left of the way from a to b."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def crosses(leg: Straight, wall: Straight) -> bool:
    """Whether a leg goes from one side of a wall to the other through it; it has its ends."""
    (a, b), (c, d) = leg, wall
    return side(c, d, a) * side(c, d, b) < 0 and side(a, b, c) * side(a, b, d) <= 0


def cut(piece: Straight, walls: list[Straight]) -> list[Straight]:
    a, b = piece
    cuts = {Fraction(0), Fraction(1)}
    for wall in walls:
        if crosses(piece, wall):
            start, stop = side(*wall, a), side(*wall, b)
            cuts.add(start / (start - stop))
    stops = [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for t in sorted(cuts)]
    return list(pairwise(stops))


def nearest_on(piece: Straight, p: Place) -> Place:
    (ax, ay), (bx, by) = piece
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    t = ((p[0] - ax) * dx + (p[1] - ay) * dy) / length if length else Fraction(0)
    t = min(max(t, Fraction(0)), Fraction(1))
    return ax + t * dx, ay + t * dy


def apart(p: Place, q: Place) -> float:
    return math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2)


def rule(
    point: tuple[float, float],
    main: list[shapely.LineString],
    fragments: list[shapely.LineString],
    barriers: list[shapely.LineString],
    *,
    max_distance_m: float,
    detour_m: float,
) -> Said | None:
    """Apply the rule of ``snapping`` literally to one point; None if it has no street."""
    p = Fraction(point[0]), Fraction(point[1])
    walls = [wall for barrier in barriers for wall in straight(barrier)]

    def legs(lines: list[shapely.LineString]) -> list[tuple[float, bool]]:
        places = [
            nearest_on(piece, p)
            for line in lines
            for whole in straight(line)
            for piece in cut(whole, walls)
        ]
        return [
            (apart(p, q), any(crosses((p, q), wall) for wall in walls))
            for q in places
            if apart(p, q) <= max_distance_m
        ]

    on_main, on_fragments = legs(main), legs(fragments)
    candidates = on_main or on_fragments
    if not candidates:
        return None
    nearest = min(metres for metres, _ in candidates)
    free = [m for m, blocked in candidates if not blocked and m <= nearest + detour_m + 1e-7]
    chosen = min(free, default=nearest)
    return Said(
        distance_m=chosen,
        nearest_m=nearest,
        across=not free,
        fragment=not on_main,
        fragment_nearer=bool(on_main) and any(m < chosen for m, _ in on_fragments),
        # Rounding decides which of two is nearer.
        tie=any(abs(m - chosen) < 1e-7 for m, _ in on_fragments),
    )
