"""What prices leave open is split in two, and each part bounded again, until nothing is left."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quartieri15.planning.siting import kernels
from quartieri15.planning.siting.certificate import CLOSED, CONTINUED, Step
from quartieri15.planning.siting.pricing import Bound, Costs, Prices, whole_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quartieri15.planning.siting.reduced import Reduced

ITERATIONS: Final = 80
"""Steps of prices in a part before it is split."""

TOGETHER: Final = 4
"""Parts looked at together, whatever the cores, so that the tree is the same everywhere."""

MOST_BYTES: Final = 800_000_000
"""Prices are kept for the proof; beyond this the search ends with the bound it has."""


@dataclass(eq=False)
class Part:
    """Some of the possibilities: candidates that are chosen, and those that still may be."""

    inside: tuple[int, ...]
    live: NDArray[np.int64]
    price: NDArray[np.float64]
    share: NDArray[np.float64]
    units: int
    """The bound it has from the part it was split off."""
    record: int
    """Where its prices stand that prove this bound."""
    site_price: int
    euro_price: int
    number: int
    steps: list[Step] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


class _Looked(NamedTuple):
    """What looking at a part gave: the proof as far as it goes, and the best choice met."""

    bounds: list[tuple[Bound, NDArray[np.int64], NDArray[np.int64]]]
    part: Part
    split: int
    covered: float
    chosen: NDArray[np.int64]


class Tree:
    """A search through all possibilities of a reduced problem, the most promising part first.

    Parameters
    ----------
    reduced
        The problem.
    costs
        Its costs in whole numbers.
    prices
        The prices found for the whole.
    first
        What those prices prove.
    within
        Parts bounded by so many units are done with, for a best value in units.
    improve
        Is given a good choice and returns the best value known, in units.
    """

    def __init__(
        self,
        reduced: Reduced,
        costs: Costs,
        prices: Prices,
        first: Bound,
        *,
        within: Callable[[int], int],
        improve: Callable[[NDArray[np.int64]], int],
    ) -> None:
        self.reduced = reduced
        self.costs = costs
        self.within = within
        self.improve = improve
        self.stored: list[NDArray[np.int64]] = [first.price]
        self.looked_at = 0
        self.root = Part(
            (),
            reduced.everyone,
            prices.price,
            prices.share,
            first.units,
            0,
            first.site_price,
            first.euro_price,
            0,
        )
        self.numbers = 0
        self.most_closed = 0
        self.open: list[tuple[int, int, Part]] = [(-first.units, 0, self.root)]

    @property
    def bound(self) -> int:
        """The highest bound of an open part, in units; 0 when none is open."""
        return -self.open[0][0] if self.open else 0

    def search(self, value: int, goal: Callable[[int, int], bool]) -> int:
        """Split and bound until no part is open or ``goal(bound, value)`` is reached.

        Returns
        -------
        int
            The best value known, in units.
        """
        with ThreadPoolExecutor(2) as pool:
            while self.open and not goal(self.bound, value):
                if self.stored[0].nbytes * len(self.stored) > MOST_BYTES:
                    break
                batch: list[Part] = []
                while self.open and len(batch) < TOGETHER:
                    part = heapq.heappop(self.open)[2]
                    if part.units <= self.within(value):
                        self._close(part)
                    else:
                        batch.append(part)
                target = self.within(value)
                best = value
                for looked in pool.map(lambda part: self._look(part, target), batch):
                    self._record(looked)
                    if looked.covered > 0:
                        best = max(best, self.improve(looked.chosen))
                value = best
                self.looked_at += len(batch)
        return value

    def steps(self) -> tuple[Step, ...]:
        """Return all steps in the order of a walk; parts still open are bounded by what they have."""
        for _, _, part in self.open:
            self._close(part)
        self.open = []
        walked: list[Step] = []
        waiting = [self.root]
        while waiting:
            part = waiting.pop()
            walked += part.steps
            waiting += reversed(part.parts)
        return tuple(walked)

    def _close(self, part: Part) -> None:
        nothing = np.empty(0, dtype=np.int64)
        part.steps.append(
            Step(part.record, part.site_price, part.euro_price, nothing, nothing, CLOSED)
        )

    def _look(self, part: Part, target: int) -> _Looked:
        """Bound a part better, and rule out what that rules out."""
        reduced = self.reduced
        inside, live = list(part.inside), part.live
        price, share = part.price, part.share
        most, chosen = 0.0, np.empty(0, dtype=np.int64)
        bounds: list[tuple[Bound, NDArray[np.int64], NDArray[np.int64]]] = []
        split = CLOSED
        for _ in range(8):
            covered = np.zeros(len(reduced.units), dtype=bool)
            kernels.mark(
                reduced.problem.indptr,
                reduced.problem.rows,
                np.array(inside, dtype=np.int64),
                covered,
            )
            units = np.where(covered, 0, reduced.units)
            settled = reduced.settled + int(reduced.units[covered].sum())
            budget, whole_budget = reduced.problem.budget, self.costs.budget
            if whole_budget is not None:
                budget -= float(reduced.problem.cost[inside].sum())
                whole_budget -= int(self.costs.cost[inside].sum())
                fits = self.costs.cost[live] <= whole_budget
                live, share = live[fits], share[fits]
            need = reduced.problem.need - len(inside)
            if need <= 0:
                live, share = live[:0], share[:0]
            problem = reduced.problem._replace(
                weight=np.where(covered, 0.0, reduced.problem.weight),
                need=max(need, 0),
                budget=budget,
            )
            price = np.where(covered, 0.0, price)
            goal = np.ldexp(float(target - settled), -reduced.bits)
            if need == 1:
                # One more: its rows are all that counts, and full prices say just that.
                price = problem.weight.copy()
            prices = Prices(price, share.copy(), step=0.15)
            if len(live):
                iterations = 1 if need == 1 else ITERATIONS
                found, best = prices.descend(problem, live, target=goal, iterations=iterations)
                if found > 0 and settled * reduced.unit + found > most:
                    most = settled * reduced.unit + found
                    chosen = np.append(np.array(inside, dtype=np.int64), live[best])
            elif not most:
                most, chosen = settled * reduced.unit, np.array(inside, dtype=np.int64)
            price, share = prices.price, prices.share
            bound = whole_bound(
                problem,
                live,
                price,
                units,
                bits=reduced.bits,
                settled=settled,
                costs=Costs(self.costs.cost[live], whole_budget),
            )
            if bound.units <= target:
                bounds.append((bound, live[:0], live[:0]))
                break
            out = bound.units + np.minimum(bound.adds, 0) <= target
            needed = ~out & (bound.units - np.maximum(bound.adds, 0) <= target)
            bounds.append((bound, live[out], live[needed]))
            inside += live[needed].tolist()
            stays = ~out & ~needed
            fewer = len(live) - int(stays.sum())
            live, share = live[stays], share[stays]
            if not needed.any() and not len(live):
                break
            if not needed.any() and fewer <= 0.3 * (fewer + len(live)):
                split = int(live[np.argmin(np.abs(share - 0.5))])
                break
        else:
            split = int(live[np.argmin(np.abs(share - 0.5))]) if len(live) else CLOSED
        return _Looked(
            bounds,
            Part(
                tuple(inside),
                live,
                price,
                share,
                bounds[-1][0].units,
                -1,
                bounds[-1][0].site_price,
                bounds[-1][0].euro_price,
                part.number,
                part.steps,
                part.parts,
            ),
            split,
            most,
            chosen,
        )

    def _record(self, looked: _Looked) -> None:
        """Write down what a look proved, and open the two parts it leaves."""
        name = self.reduced.candidates
        part = looked.part
        last = len(looked.bounds) - 1
        for i, (bound, removed, fixed) in enumerate(looked.bounds):
            self.stored.append(bound.price)
            split = CONTINUED if i < last else looked.split
            part.steps.append(
                Step(
                    len(self.stored) - 1,
                    bound.site_price,
                    bound.euro_price,
                    name[removed],
                    name[fixed],
                    int(name[split]) if split >= 0 else split,
                )
            )
        if looked.split == CLOSED:
            self.most_closed = max(self.most_closed, part.units)
            return
        record = len(self.stored) - 1
        at = int(np.flatnonzero(part.live == looked.split)[0])
        live, share = np.delete(part.live, at), np.delete(part.share, at)
        for inside in ((*part.inside, looked.split), part.inside):
            self.numbers += 1
            child = Part(
                inside,
                live,
                part.price,
                share.copy(),
                part.units,
                record,
                part.site_price,
                part.euro_price,
                self.numbers,
            )
            part.parts.append(child)
            heapq.heappush(self.open, (-child.units, child.number, child))
