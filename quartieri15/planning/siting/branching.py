"""What prices leave open is split in two, and each part bounded again, until nothing is left."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count, repeat
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quartieri15.planning.siting import kernels
from quartieri15.planning.siting.certificate import CLOSED, CONTINUED, Step
from quartieri15.planning.siting.pricing import (
    FIRST_STEP,
    Bound,
    Costs,
    Prices,
    ruled_out,
    whole_bound,
)
from quartieri15.reach.kernels import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from quartieri15.planning.siting.reduced import Reduced

ITERATIONS: Final = 80
"""Steps of prices in a part before it is split."""

WORTHWHILE: Final = 0.7
"""A part is looked at again while less than this part of its candidates stays."""

MOST_LOOKS: Final = 8
"""How often a part is looked at again at most."""

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


class _Proof(NamedTuple):
    """A bound, and the candidates it rules out or shows to be needed."""

    bound: Bound
    removed: NDArray[np.int64]
    fixed: NDArray[np.int64]


class _Looked(NamedTuple):
    """What looking at a part gave: the proof so far, where to split, the best choice met."""

    proofs: list[_Proof]
    part: Part
    split: int | None
    covered: float
    chosen: NDArray[np.int64]


class _Rest(NamedTuple):
    """What is left of a problem once some candidates are chosen, in float and in whole units."""

    problem: kernels.Problem
    units: NDArray[np.int64]
    settled: int
    budget: int | None


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
        with ThreadPoolExecutor(min(TOGETHER, available_cores())) as pool:
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
                for looked in pool.map(self._look, batch, repeat(target)):
                    self._record(looked)
                    if looked.covered > 0:
                        best = max(best, self.improve(looked.chosen))
                value = best
                self.looked_at += len(batch)
        return value

    def steps(self) -> tuple[Step, ...]:
        """Return all steps in the order of a walk; open parts are bounded by what they have."""
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
        inside, live, price, share = part.inside, part.live, part.price, part.share
        most, chosen = 0.0, np.empty(0, dtype=np.int64)
        proofs: list[_Proof] = []
        for look in count():
            rest = self._rest(inside)
            live, share = self._still_possible(rest, live, share)
            price = np.where(rest.units == 0, 0.0, price)
            if rest.problem.need == 1:
                # One more: its rows are all that counts, and full prices say just that.
                price = rest.problem.weight.copy()
            prices = Prices(price, share.copy(), step=FIRST_STEP / 2)
            met = np.empty(0, dtype=np.int64)
            if len(live):
                _, met = prices.descend(
                    rest.problem,
                    live,
                    target=float(np.ldexp(float(target - rest.settled), -reduced.bits)),
                    iterations=1 if rest.problem.need == 1 else ITERATIONS,
                )
            whole = np.append(np.array(inside, dtype=np.int64), live[met])
            covered = self._covered(whole)
            if covered > most:
                most, chosen = covered, whole
            price, share = prices.price, prices.share
            bound = whole_bound(
                rest.problem,
                live,
                price,
                rest.units,
                bits=reduced.bits,
                settled=rest.settled,
                costs=Costs(self.costs.cost[live], rest.budget),
            )
            if bound.units <= target or not len(live):
                proofs.append(_Proof(bound, live[:0], live[:0]))
                return self._looked(part, proofs, most, chosen, units=bound.units)
            out, needed = ruled_out(bound, target)
            proofs.append(_Proof(bound, live[out], live[needed]))
            inside = (*inside, *live[needed].tolist())
            if self._beyond(rest, live[needed]):
                # Better sets need more than there may be: no set of this part is better.
                return self._looked(part, proofs, most, chosen, units=0)
            stays = ~out & ~needed
            few = not needed.any() and stays.sum() >= WORTHWHILE * len(stays)
            live, share = live[stays], share[stays]
            if len(live) and (few or look >= MOST_LOOKS):
                at = int(np.argmin(np.abs(share - 0.5)))
                left = replace(part, inside=inside, live=live, price=price, share=share)
                return self._looked(left, proofs, most, chosen, units=bound.units, split=at)
        raise AssertionError  # counting does not end

    def _rest(self, inside: tuple[int, ...]) -> _Rest:
        """Return what is left of the problem once some candidates are chosen."""
        reduced = self.reduced
        taken = np.array(inside, dtype=np.int64)
        covered = self._rows(taken)
        budget, whole_budget = reduced.problem.budget, self.costs.budget
        if whole_budget is not None:
            budget -= float(reduced.problem.cost[taken].sum())
            whole_budget -= int(self.costs.cost[taken].sum())
        return _Rest(
            reduced.problem._replace(
                weight=np.where(covered, 0.0, reduced.problem.weight),
                need=max(reduced.problem.need - len(inside), 0),
                budget=budget,
            ),
            np.where(covered, 0, reduced.units),
            reduced.settled + int(reduced.units[covered].sum()),
            whole_budget,
        )

    def _rows(self, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
        covered = np.zeros(len(self.reduced.units), dtype=bool)
        kernels.mark(self.reduced.problem.indptr, self.reduced.problem.rows, chosen, covered)
        return covered

    def _covered(self, chosen: NDArray[np.int64]) -> float:
        return float(self.reduced.problem.weight[self._rows(chosen)].sum()) + (
            self.reduced.settled * self.reduced.unit
        )

    def _still_possible(
        self, rest: _Rest, live: NDArray[np.int64], share: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Leave out what there is no room or no money for."""
        if rest.problem.need == 0:
            return live[:0], share[:0]
        if rest.budget is None:
            return live, share
        fits = self.costs.cost[live] <= rest.budget
        return live[fits], share[fits]

    def _beyond(self, rest: _Rest, needed: NDArray[np.int64]) -> bool:
        """Tell whether candidates are more than there is room or money for."""
        dear = rest.budget is not None and int(self.costs.cost[needed].sum()) > rest.budget
        return dear or len(needed) > rest.problem.need

    @staticmethod
    def _looked(
        part: Part,
        proofs: list[_Proof],
        covered: float,
        chosen: NDArray[np.int64],
        *,
        units: int,
        split: int | None = None,
    ) -> _Looked:
        last = proofs[-1].bound
        known = replace(part, units=units, site_price=last.site_price, euro_price=last.euro_price)
        return _Looked(proofs, known, split, covered, chosen)

    def _record(self, looked: _Looked) -> None:
        """Write down what a look proved, and open the two parts it leaves."""
        name = self.reduced.candidates
        part, at = looked.part, looked.split
        split = CLOSED if at is None else int(name[part.live[at]])
        for i, proof in enumerate(looked.proofs):
            self.stored.append(proof.bound.price)
            part.steps.append(
                Step(
                    len(self.stored) - 1,
                    proof.bound.site_price,
                    proof.bound.euro_price,
                    name[proof.removed],
                    name[proof.fixed],
                    split if i == len(looked.proofs) - 1 else CONTINUED,
                )
            )
        if at is None:
            self.most_closed = max(self.most_closed, part.units)
            return
        for inside in ((*part.inside, int(part.live[at])), part.inside):
            self.numbers += 1
            child = replace(
                part,
                inside=inside,
                live=np.delete(part.live, at),
                share=np.delete(part.share, at),
                record=len(self.stored) - 1,
                number=self.numbers,
                steps=[],
                parts=[],
            )
            part.parts.append(child)
            heapq.heappush(self.open, (-child.units, child.number, child))
