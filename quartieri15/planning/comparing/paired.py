"""Paired uncertainty: the same draws before and after, so that a gain has an interval.

Before and after share what is uncertain: if a house stands 200 m from where it is said to be, it
does so in both. So the gain is drawn, not the two figures it is the difference of, and what they
have in common does not widen it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quartieri15.analysis.draws import INTERVAL
from quartieri15.analysis.reaching import DrawnTimes
from quartieri15.reach.trips import limit_seconds

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from quartieri15.analysis.draws import PaceDraws, ResidentsDraws
    from quartieri15.analysis.reaching import Reaching
    from quartieri15.planning.comparing.gains import People, Zones

ANY_PEOPLE: Final = 1e-6
"""A gain counts as above zero if it is more people than this: counts are whole millionths."""


class DrawnReaching:
    """Everybody's way in every draw.

    Parameters
    ----------
    at_paces
        The ways at every pace that is searched; the first is asked where the pace is not drawn.
    positions
        Where places stand in every draw, by place id.
    paces
        How fast the traveller goes in every draw.
    """

    def __init__(
        self,
        at_paces: Sequence[Reaching],
        positions: Mapping[Hashable, NDArray[np.float64]],
        paces: PaceDraws,
    ) -> None:
        self.at_paces = tuple(DrawnTimes(reaching, positions) for reaching in at_paces)
        self.paces = paces
        self.positions = positions

    def seconds(self, draw: int) -> NDArray[np.float64]:
        """Return seconds of every residents point in one draw, infinite where there is no way."""
        times = self.at_paces[int(self.paces.searched[draw])]
        return times.seconds(draw) / float(self.paces.ratio[draw])

    def is_same(self, other: DrawnReaching) -> bool:
        """Tell at a glance whether the ways are the same in every draw."""
        return (
            all(
                mine.reaching.is_same(theirs.reaching)
                for mine, theirs in zip(self.at_paces, other.at_paces, strict=True)
            )
            and self.positions.keys() == other.positions.keys()
            and all(drawn is other.positions[name] for name, drawn in self.positions.items())
        )


@dataclass(frozen=True, eq=False)
class Differences:
    """Gained less lost in every draw: arrays of draws, areas and groups, by set of areas."""

    by: dict[str, NDArray[np.float64]]

    def interval(self, by: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lower and the upper end of the interval of each area and group."""
        low, high = np.quantile(self.by[by], INTERVAL, axis=0)
        return low, high

    def probability_of_gain(self, by: str) -> NDArray[np.float64]:
        """Return the share of draws with more people gained than lost."""
        share: NDArray[np.float64] = (self.by[by] > ANY_PEOPLE).mean(axis=0)
        return share


@dataclass(frozen=True, eq=False)
class Alternative:
    """One scenario to be drawn: everybody's way after it, and the people it concerns."""

    after: DrawnReaching
    people: People
    zones: tuple[Zones, ...]


def paired_differences(
    before: DrawnReaching,
    alternatives: Sequence[Alternative],
    *,
    minutes: Sequence[float],
    residents: ResidentsDraws | None,
    number: int,
) -> list[list[Differences]]:
    """Draw the gain of several scenarios, all with the same draws as before them.

    Parameters
    ----------
    before
        Everybody's way before.
    alternatives
        The scenarios.
    minutes
        The thresholds.
    residents
        Draws of who lives where; None where they are not drawn.
    number
        How many draws.

    Returns
    -------
    list of list of Differences
        Per scenario and threshold.
    """
    found = [
        [
            {
                zones.by: np.zeros((number, len(zones), len(one.people.groups)))
                for zones in one.zones
            }
            for _ in minutes
        ]
        for one in alternatives
    ]
    limits = [limit_seconds(limit) for limit in minutes]
    told = [k for k, one in enumerate(alternatives) if not before.is_same(one.after)]

    def draw(n: int) -> None:
        was = before.seconds(n)
        factors = None if residents is None else residents.factors(n)
        for k in told:
            one = alternatives[k]
            first, then = one.people.rows
            old, new = was[first], one.after.seconds(n)[then]
            for at, limit in enumerate(limits):
                gained = (new <= limit).astype(np.int8) - (old <= limit).astype(np.int8)
                changed = np.flatnonzero(gained)
                people = one.people.stayed[changed] * gained[changed, None]
                if factors is not None and residents is not None:
                    people *= factors[residents.unit[first[changed]]]
                for zones in one.zones:
                    found[k][at][zones.by][n] = _sums(zones, one.people, changed, people)

    if told and number:
        for block in _blocks(number):
            with ThreadPoolExecutor(_threads()) as pool:
                list(pool.map(draw, block))
    return [[Differences(by) for by in scenario] for scenario in found]


def _sums(
    zones: Zones, people: People, changed: NDArray[np.intp], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Add up people of some compared addresses area by area."""
    where = np.full(len(people.rows[0]), -1, dtype=np.intp)
    where[changed] = np.arange(len(changed))
    compared = people.compared_row[zones.before_point]
    row = np.where(compared >= 0, where[np.maximum(compared, 0)], -1) if len(where) else compared
    there = row >= 0
    zone, weights = zones.before_zone[there], counts[row[there]]
    return np.column_stack(
        [np.bincount(zone, weights=column, minlength=len(zones)) for column in weights.T]
    )


def _blocks(number: int) -> Iterator[range]:
    """Part the draws, so that an interruption waits for a few of them only."""
    size = 8 * _threads()
    for start in range(0, number, size):
        yield range(start, min(start + size, number))


def _threads() -> int:
    from quartieri15.reach import kernels

    return kernels.available_cores()
