"""Prices of rows that bound what any sites can cover: found in float, stated in whole units."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quartieri15.planning.siting import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.planning.siting.kernels import Problem

FIRST_STEP: Final = 0.3
"""Length of the first steps; on covers of Milano twice and half as much took longer."""

AT_ONCE: Final = 20
"""Steps between looks at the clock."""


class Bound(NamedTuple):
    """What whole prices prove, in units.

    Parameters
    ----------
    units
        No choice covers more.
    adds : (len(live),) int64
        What each live candidate adds; below 0 the bound falls by so much with it forced in, above
        0 with it forced out.
    price : (d,) int64
        The prices of rows.
    site_price, euro_price
        The prices of a site and of a unit of cost.
    """

    units: int
    adds: NDArray[np.int64]
    price: NDArray[np.int64]
    site_price: int
    euro_price: int


@dataclass(eq=False)
class Prices:
    """Prices on their way down.

    Parameters
    ----------
    price : (d,)
        The best prices so far.
    share : (len(live),)
        The averaged choice.
    step
        How long steps are at first.
    """

    price: NDArray[np.float64]
    share: NDArray[np.float64]
    step: float = FIRST_STEP
    state: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.state = np.array([math.inf, self.step, 0.0])

    @property
    def bound(self) -> float:
        """The bound in people, as far as float tells."""
        return float(self.state[0])

    @property
    def worn_out(self) -> bool:
        """Whether steps have become so short that little more is to be had."""
        return bool(self.state[1] < 2e-4)  # noqa: PLR2004

    def descend(
        self, problem: Problem, live: NDArray[np.int64], *, target: float, iterations: int
    ) -> tuple[float, NDArray[np.int64]]:
        """Go down, and return the best choice met with what it covers, as positions in ``live``."""
        part = np.zeros(len(live))
        most, best = 0.0, np.empty(0, dtype=np.int64)
        for start in range(0, iterations, AT_ONCE):
            covered = kernels.descend(
                problem,
                live,
                self.price,
                self.share,
                self.state,
                target,
                min(AT_ONCE, iterations - start),
                part,
            )
            if covered > most:
                most, best = covered, np.flatnonzero(part)
            if self.bound <= target or self.worn_out:
                break
        return most, best


class Costs(NamedTuple):
    """Whole costs, rounded down, and a whole budget, rounded up; None for no budget."""

    cost: NDArray[np.int64]
    budget: int | None


def whole_bound(
    problem: Problem,
    live: NDArray[np.int64],
    price: NDArray[np.float64],
    units: NDArray[np.int64],
    *,
    bits: int,
    settled: int,
    costs: Costs,
) -> Bound:
    """State prices in whole units, and the bound they prove.

    Parameters
    ----------
    problem, live
        The problem, and the candidates that may be chosen.
    price
        Prices of rows in people.
    units
        Weights of rows in units, 0 for rows that are covered.
    bits
        A unit is two to the minus this many people.
    settled
        Units that are covered whatever is chosen.
    costs
        Of the live candidates.
    """
    whole = np.floor(np.ldexp(price, bits))
    prices = np.minimum(np.maximum(whole, 0), units.astype(np.float64)).astype(np.int64)
    prices = np.minimum(prices, units)
    score = np.zeros(len(live), dtype=np.int64)
    kernels.scores(problem.indptr, problem.rows, prices, live, score)
    counted = np.zeros(len(units), dtype=bool)
    kernels.mark(problem.indptr, problem.rows, live, counted)
    free = settled + int((units - prices)[counted].sum())
    return _best_prices(score, free, prices, problem.need, costs)


def ruled_out(bound: Bound, within: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which live candidates no set above so many units has, and which all of them have."""
    out = bound.units + np.minimum(bound.adds, 0) <= within
    needed = ~out & (bound.units - np.maximum(bound.adds, 0) <= within)
    return out, needed


def _best_prices(
    score: NDArray[np.int64], free: int, prices: NDArray[np.int64], need: int, costs: Costs
) -> Bound:
    """Choose the prices of a site and of a euro that bound most, for given scores."""
    need = max(need, 0)

    def bound(euro: int) -> Bound:
        adds = score - euro * costs.cost if euro else score
        site = 0
        if 0 < need < len(adds):
            site = max(0, int(np.partition(adds, len(adds) - need)[len(adds) - need]))
        elif need == 0:
            site = max(0, int(adds.max(initial=0)))
        adds = adds - site
        total = free + site * need + euro * max(costs.budget or 0, 0)
        return Bound(total + sum(adds[adds > 0].tolist()), adds, prices, site, euro)

    best = bound(0)
    if costs.budget is None or not len(score):
        return best
    # The bound is convex in the price of a euro: thirds of the range are left out in turn.
    with np.errstate(divide="ignore"):
        high = int(max(score / np.maximum(costs.cost, 1), default=0)) + 1
    low = 0
    while high - low > 2:  # noqa: PLR2004
        left, right = low + (high - low) // 3, high - (high - low) // 3
        one, other = bound(left), bound(right)
        best = min(best, one, other, key=lambda found: found.units)
        if one.units <= other.units:
            high = right
        else:
            low = left
    return min(best, bound(low), bound(low + 1), bound(high), key=lambda found: found.units)
