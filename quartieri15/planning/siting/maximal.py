"""Where so many new places bring most people within reach: the best sites, and the proof.

Maximal covering (Church, ReVelle 1974, Papers of the Regional Science Association 32:101-118).
Sites found quickly (greedy, exchanges) give a value. Prices of rows (see ``certificate``) give a
bound, and rule out the candidates with which the bound would fall to the value: of all addresses
of a city a few dozen are left. What is left is split until nothing is.

No solver is asked. A linear relaxation gives the same bound as the best prices, but prices are
found by going over the pairs a few hundred times, and every price on the way is a proof.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd

from quartieri15.arguments import (
    is_finite,
    require_progress,
    shown,
)
from quartieri15.errors import ParameterError
from quartieri15.planning.siting import kernels
from quartieri15.planning.siting.branching import Tree
from quartieri15.planning.siting.certificate import CLOSED, CONTINUED, Certificate, Step, spendable
from quartieri15.planning.siting.conditions import Conditions
from quartieri15.planning.siting.greedy import Choice, Search, greedy
from quartieri15.planning.siting.pricing import (
    FIRST_STEP,
    Bound,
    Costs,
    Prices,
    ruled_out,
    whole_bound,
)
from quartieri15.planning.siting.reduced import Reduced, in_units
from quartieri15.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from quartieri15.planning.siting.cover import CoverInstance
    from quartieri15.progress import Say

TOLERANCE: Final = 1e-10
"""Part of the value by which the bound may exceed it and the sites still be called proven best:
four millionths of a person in forty thousand."""

MANY: Final = 6000
"""Candidates above which prices are first found for the most promising ones alone."""

_PROMISING: Final = 2500
_SAMPLE: Final = 4000
_SHAKEN: Final = 40
_ROUNDS: Final = 40
_STEPS: Final = 100
_COST_BITS: Final = 40
_WORTHWHILE: Final = 0.1
_NEARLY: Final = 0.97
_SEEDS: Final = 4
_NONE: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class CoverSolution:
    """The best sites found, what they cover, and how much any others could.

    Parameters
    ----------
    chosen : (k,) int64
        Positions of the sites in the instance, each before those that add less to it.
    ids
        What the sites are called, in the same order.
    value
        The people they cover together, beyond those covered by places that stay.
    bound
        No admissible sites cover more.
    gap
        ``(bound - value) / bound``, 0 where both are 0.
    proven
        Whether the bound is the value, but for :data:`TOLERANCE`.
    greedy, swap
        What choosing one by one gives, and what exchanging single sites makes of it.
    certificate
        The proof of the bound.
    candidates_left
        How many candidates the bound of the whole did not rule out.
    parts
        How many parts the rest was split into.
    seconds_by_stage
        How long it took.
    """

    chosen: NDArray[np.int64]
    ids: pd.Index
    value: float
    bound: float
    gap: float
    proven: bool
    greedy: Choice
    swap: Choice
    certificate: Certificate
    candidates_left: int
    parts: int
    seconds_by_stage: dict[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        said = "proven best" if self.proven else f"at most {self.gap:.3%} below the best"
        return f"CoverSolution({len(self.chosen)} sites cover {self.value:,.3f}: {said})"


def maximal_cover(
    instance: CoverInstance,
    n: int | None = None,
    *,
    mandatory: Iterable[Hashable] = (),
    forbidden: Iterable[Hashable] = (),
    costs: Mapping[Any, float] | ArrayLike | None = None,
    budget: float | None = None,
    gap: float = 0.0,
    time_limit_s: float | None = None,
    progress: Say | None = None,
) -> CoverSolution:
    """Find the sites that cover most people, and prove that none cover more.

    Parameters
    ----------
    instance
        Whom each candidate would newly cover.
    n
        How many sites at most, mandatory ones included. May be left out where a budget limits
        them.
    mandatory, forbidden
        Ids of candidates that must be chosen, and of such that must not.
    costs
        The cost of each candidate: a mapping or a Series from ids, or one number per candidate in
        their order. In any currency; not negative.
    budget
        What all sites may cost together; a billionth more is let pass, for rounding.
    gap
        Stop once the bound is at most this part above the value; 0 to prove the best.
    time_limit_s
        Stop after so many seconds, with the best sites and the best bound at that time.
    progress
        Is told what is being done.

    Returns
    -------
    CoverSolution

    Raises
    ------
    ParameterError
        If ``n``, ``gap``, ``time_limit_s``, a cost or the budget makes no sense, neither ``n`` nor
        a budget is given, the budget is below the cheapest site, or the conditions leave no
        choice of sites.
    UnknownNameError
        If an id is not among the candidates.

    Examples
    --------
    >>> from quartieri15.planning.siting import CoverInstance
    >>> town = CoverInstance.of(
    ...     [30, 20, 10, 5], [[0, 1], [1, 2], [2, 3]], candidate_ids=["a", "b", "c"]
    ... )
    >>> solution = maximal_cover(town, 2)
    >>> list(solution.ids), solution.value, solution.proven
    (['a', 'c'], 65.0, True)
    >>> maximal_cover(town, 2, forbidden=["c"]).value
    60.0
    >>> maximal_cover(town, costs={"a": 3, "b": 1, "c": 1}, budget=2).value
    35.0
    """
    asked = Conditions.of(
        instance, n, mandatory=mandatory, forbidden=forbidden, costs=costs, budget=budget
    )
    return _Solver(instance, asked, _Patience.of(gap, time_limit_s, progress)).solve()


@dataclass(frozen=True)
class _Patience:
    """How long to go on, and whom to tell."""

    gap: float
    deadline: float
    say: Say

    @classmethod
    def of(cls, gap: float, time_limit_s: float | None, progress: Say | None) -> Self:
        if not is_finite(gap) or not 0 <= gap < 1:
            raise ParameterError(
                f"gap is {shown(gap)}", where="gap", mend="give a part of 1, such as 0.005"
            )
        if time_limit_s is not None and (not is_finite(time_limit_s) or not time_limit_s > 0):
            raise ParameterError(
                f"time_limit_s is {shown(time_limit_s)}",
                where="time_limit_s",
                mend="give seconds above 0, or None for no limit",
            )
        if progress is not None:
            require_progress(progress)
        deadline = math.inf if time_limit_s is None else time.monotonic() + float(time_limit_s)
        return cls(float(gap), deadline, quiet if progress is None else progress)

    @property
    def over(self) -> bool:
        return time.monotonic() > self.deadline


class _Solver:
    """One question on its way to its answer."""

    def __init__(self, instance: CoverInstance, asked: Conditions, patience: _Patience) -> None:
        self.instance = instance
        self.patience = patience
        self.asked = asked
        self.seconds: dict[str, float] = {}
        self.mark = time.monotonic()
        cost = np.zeros(len(instance)) if asked.cost is None else asked.cost
        self.limit = math.inf if asked.budget is None else spendable(asked.budget)
        self.cost_bits = _cost_bits(cost, self.limit)
        self.whole_cost = np.zeros(len(instance), dtype=np.int64)
        self.inside = asked.mandatory.copy()
        allowed = np.ones(len(instance), dtype=bool)
        allowed[asked.forbidden] = False
        if asked.budget is not None:
            with np.errstate(over="ignore"):
                scaled = np.floor(np.ldexp(cost, self.cost_bits))
            self.whole_cost = np.minimum(scaled, 2.0**61).astype(np.int64)
            allowed &= self.whole_cost <= self._budget_left()
        self.reduced = Reduced.of(
            instance,
            allowed=allowed,
            mandatory=asked.mandatory,
            cost=cost,
            need=asked.need - len(asked.mandatory),
            budget=self.limit,
        )
        self.units = in_units(instance.weight, self.reduced.bits)
        self.best = asked.mandatory.copy()
        self.best_units = self._units_of(self.best)
        self.rounds: list[Step] = []
        self.prices: list[NDArray[np.int64]] = []

    def solve(self) -> CoverSolution:
        """Find good sites, bound all others, split what is left."""
        self._done("reducing")
        self.patience.say("choosing one by one")
        chosen = greedy(self.reduced)
        one_by_one = self._offer(chosen, self.reduced)
        self._done("greedy")
        self.patience.say("exchanging sites")
        search = Search(self.reduced, chosen)
        search.swap()
        exchanged = self._offer(search.chosen, self.reduced)
        self._done("swap")
        closed = self._rounds_of_prices()
        self._done("prices")
        row_of = self.reduced.row_of
        dominated = np.empty((0, 2), dtype=np.int64)
        left, parts = len(self.reduced), 0
        steps: tuple[Step, ...] = ()
        bound = self.within(self.best_units)
        if not closed:
            dominated = self._dominated()
            row_of = self.reduced.row_of
            tree = self._tree()
            steps = tree.steps()
            # The tree counts its prices from the first of its own.
            first = len(self.prices)
            self.prices += tree.stored
            steps = tuple(step._replace(price=step.price + first) for step in steps)
            parts = tree.looked_at
            bound = max(self.within(self.best_units), tree.most_closed, self.open_bound)
        self._done("splitting")
        return self._solution(
            one_by_one,
            exchanged,
            bound=bound,
            dominated=dominated,
            row_of=row_of,
            steps=steps,
            left=left,
            parts=parts,
        )

    def within(self, units: int) -> int:
        """Return the bound that proves a value, in units."""
        return units + int(units * TOLERANCE)

    def _goal(self, bound: int, value: int) -> bool:
        return self.patience.over or bound <= max(
            self.within(value), int(value / (1 - self.patience.gap))
        )

    def _units_of(self, chosen: NDArray[np.int64]) -> int:
        covered = np.zeros(len(self.units), dtype=bool)
        for candidate in chosen.tolist():
            covered[self.instance.rows_of(candidate)] = True
        return int(self.units[covered].sum())

    def _offer(self, chosen: NDArray[np.int64], reduced: Reduced) -> Choice:
        """Note candidates of a reduced problem as the best known, if they are."""
        # What was chosen before the problem became this narrow goes with them.
        whole = np.unique(np.concatenate([self.inside, reduced.candidates[chosen]]))
        choice = Choice(whole, self.instance.gain(whole))
        units = self._units_of(whole)
        admissible = len(whole) <= self.asked.need
        if self.asked.cost is not None:
            admissible &= math.fsum(self.asked.cost[whole].tolist()) <= self.limit
        if admissible and units > self.best_units:
            self.best, self.best_units = whole, units
        return choice

    def _costs_of(self, reduced: Reduced) -> Costs:
        """Return whole costs of the candidates left, and what is left of the budget."""
        if self.asked.budget is None:
            return Costs(np.zeros(len(reduced), dtype=np.int64), None)
        return Costs(self.whole_cost[reduced.candidates], self._budget_left())

    def _budget_left(self) -> int:
        """Return the budget less what is chosen for good, in whole units of cost."""
        budget = math.ceil(Fraction(self.limit) * (1 << self.cost_bits))
        return budget - int(sum(self.whole_cost[self.inside].tolist()))

    def _bound(self, reduced: Reduced, price: NDArray[np.float64]) -> Bound:
        return whole_bound(
            reduced.problem,
            reduced.everyone,
            price,
            reduced.units,
            bits=reduced.bits,
            settled=reduced.settled,
            costs=self._costs_of(reduced),
        )

    def _rounds_of_prices(self) -> bool:
        """Find prices of the whole, and rule out what they rule out; tell whether all is proven."""
        self.price = Prices(self.reduced.problem.weight.copy(), np.zeros(len(self.reduced)))
        if len(self.reduced) > MANY:
            self.patience.say("bounding a sample of the candidates")
            self._start_from_sample()
        for number in range(_ROUNDS):
            reduced = self.reduced
            self.patience.say(f"bounding: {len(reduced):,} candidates left")
            self._descend(seed=number)
            bound = self._bound(reduced, self.price.price)
            self.open_bound = bound.units
            target = self.within(self.best_units)
            if bound.units <= target:
                self._note(bound, reduced, _NONE, _NONE, CLOSED)
                return True
            if self._goal(bound.units, self.best_units):
                return False
            out, needed = ruled_out(bound, target)
            last = self.price.worn_out or number == _ROUNDS - 1
            if out.sum() > _WORTHWHILE * len(out) or needed.any() or (last and out.any()):
                if self._rule_out(bound, np.flatnonzero(out), np.flatnonzero(needed)):
                    return True
                self._polish_best(rounds=self._tries(), seed=_SEEDS + number)
            elif last:
                return False
        return False

    def _descend(self, *, seed: int) -> None:
        """Better the prices, and take up good choices met on the way."""
        reduced = self.reduced
        if len(reduced) > MANY:
            self._descend_among_promising()
        elif len(reduced):
            target = self._target(reduced)
            most, chosen = self.price.descend(
                reduced.problem, reduced.everyone, target=target, iterations=_STEPS
            )
            if most > _NEARLY * target:
                self._polish(chosen, rounds=0, seed=seed)

    def _rule_out(self, bound: Bound, out: NDArray[np.int64], needed: NDArray[np.int64]) -> bool:
        """Go on without some candidates and with others chosen; tell whether that ends it."""
        ends = self._beyond(needed)
        self._note(bound, self.reduced, out, needed, CLOSED if ends else CONTINUED)
        if not ends:
            keep = np.ones(len(self.reduced), dtype=bool)
            keep[out] = keep[needed] = False
            self._narrow(keep, needed)
        return ends

    def _beyond(self, needed: NDArray[np.int64]) -> bool:
        """Tell whether better sets would need more candidates than there may be."""
        reduced = self.reduced
        if reduced.problem.need < len(needed):
            return True
        if self.asked.budget is None:
            return False
        spent = int(sum(self.whole_cost[reduced.candidates[needed]].tolist()))
        return spent > self._budget_left()

    def _tries(self) -> int:
        """Return how often to try from nearby: about as long as prices take."""
        pairs = len(self.reduced.problem.rows) * max(1, self.reduced.problem.need)
        return int(np.clip(2e8 / (pairs + 1), 2, 60))

    def _target(self, reduced: Reduced) -> float:
        return float(np.ldexp(float(self.best_units - reduced.settled), -reduced.bits))

    def _start_from_sample(self) -> None:
        """Find good sites and prices among a sample of many candidates, and start from there.

        Neighbours cover nearly the same, so prices that bound a tenth of them nearly bound all.
        """
        reduced = self.reduced
        keep = np.zeros(len(reduced), dtype=bool)
        keep[:: -(-len(reduced) // _SAMPLE)] = True
        place = pd.Index(reduced.candidates).get_indexer(pd.Index(self.best))
        keep[place[place >= 0]] = True
        sample = reduced.narrowed(keep, np.empty(0, dtype=np.int64))
        start = pd.Index(sample.candidates).get_indexer(pd.Index(self.best))
        search = Search(sample, start[start >= 0].astype(np.int64))
        search.shake(rounds=_SHAKEN, seed=2)
        self._offer(search.chosen, sample)
        prices = Prices(sample.problem.weight.copy(), np.zeros(len(sample)))
        for _ in range(8):
            if self.patience.over:
                break
            most, chosen = prices.descend(
                sample.problem, sample.everyone, target=self._target(sample), iterations=_STEPS
            )
            if most > _NEARLY * self._target(sample):
                search = Search(sample, chosen[: sample.problem.need])
                search.fill()
                search.swap()
                self._offer(search.chosen, sample)
            if prices.worn_out or prices.bound <= self._target(sample):
                break
        self.price.price[:] = reduced.back_from(sample, prices.price)
        self.price.share[keep] = prices.share
        self._polish_best(rounds=2, seed=3)

    def _descend_among_promising(self) -> None:
        """Find prices for the most promising of many candidates, and look what the others ask."""
        reduced = self.reduced
        problem = reduced.problem
        active = self.price.share > 1e-4  # noqa: PLR2004
        share, trial = self.price.share.copy(), self.price.price.copy()
        best_price, best_bound = trial, math.inf
        for _ in range(6):
            score = np.zeros(len(reduced))
            kernels.scores(problem.indptr, problem.rows, trial, reduced.everyone, score)
            if np.isfinite(problem.budget):
                score /= np.maximum(problem.cost, 1e-9)
            active[np.argsort(-score, kind="stable")[:_PROMISING]] = True
            chosen = np.flatnonzero(active)
            some = reduced.taken(chosen)
            prices = Prices(trial.copy(), share[chosen], step=0.15)
            most, met = prices.descend(
                some,
                np.arange(len(chosen), dtype=np.int64),
                target=self._target(reduced),
                iterations=_STEPS,
            )
            if most > _NEARLY * self._target(reduced):
                self._polish(chosen[met], rounds=0, seed=0)
            trial = prices.price
            share[:] = 0.0
            share[chosen] = prices.share
            bound = self._bound(reduced, trial)
            people = math.ldexp(float(bound.units - reduced.settled), -reduced.bits)
            if people < best_bound:
                best_price, best_bound = trial, people
            out, _ = ruled_out(bound, self.within(self.best_units))
            if out.sum() > 0.4 * len(out) or self.patience.over:
                break
        self.price.price[:] = best_price
        self.price.share[:] = share
        self.price.state[:] = (best_bound, FIRST_STEP / 2, 0.0)

    def _note(
        self,
        bound: Bound,
        reduced: Reduced,
        removed: NDArray[np.int64],
        fixed: NDArray[np.int64],
        split: int,
    ) -> None:
        """Write a round down for the certificate."""
        self.prices.append(reduced.spread(bound.price, self.units))
        self.rounds.append(
            Step(
                len(self.prices) - 1,
                bound.site_price,
                bound.euro_price,
                reduced.candidates[removed],
                reduced.candidates[fixed],
                split,
            )
        )

    def _narrow(self, keep: NDArray[np.bool_], chosen: NDArray[np.int64]) -> None:
        """Go on with fewer candidates."""
        before = self.reduced
        self.inside = np.unique(np.concatenate([self.inside, before.candidates[chosen]]))
        if self.asked.budget is not None:
            keep = keep & (self.whole_cost[before.candidates] <= self._budget_left())
        self.reduced = before.narrowed(keep, chosen)
        price = before.onto(self.reduced, self.price.price)
        known = self.price.state
        self.price = Prices(price, self.price.share[keep])
        self.price.state[1] = known[1]

    def _polish(self, chosen: NDArray[np.int64], *, rounds: int, seed: int) -> None:
        """Better candidates of the problem left by exchanges, and offer them."""
        if not len(self.reduced) or self.reduced.problem.need < 1:
            return
        search = Search(self.reduced, chosen[: self.reduced.problem.need])
        search.fill()
        search.swap()
        if rounds:
            search.shake(rounds=rounds, seed=seed)
        self._offer(search.chosen, self.reduced)

    def _polish_best(self, *, rounds: int, seed: int) -> None:
        """Try from near the best sites known, among the candidates left."""
        place = pd.Index(self.reduced.candidates).get_indexer(pd.Index(self.best))
        here = place[place >= 0].astype(np.int64)
        self._polish(here, rounds=rounds, seed=seed)

    def _dominated(self) -> NDArray[np.int64]:
        """Rule out candidates that another one makes needless; return both, pair by pair."""
        reduced = self.reduced
        problem = reduced.problem
        length = np.diff(problem.indptr)
        order = np.lexsort([problem.cost, -length]).astype(np.int64)
        above = kernels.dominators(
            problem.indptr, problem.rows, reduced.by_row, problem.cost, order
        )
        below = np.flatnonzero(above >= 0)
        if len(below):
            self._narrow(above < 0, np.empty(0, dtype=np.int64))
        return np.column_stack([reduced.candidates[below], reduced.candidates[above[below]]])

    def _tree(self) -> Tree:
        """Split what is left until it is bounded."""
        reduced = self.reduced
        bound = self._bound(reduced, self.price.price)

        def improve(chosen: NDArray[np.int64]) -> int:
            if len(chosen) <= reduced.problem.need:
                search = Search(reduced, chosen)
                search.fill()
                search.swap()
                self._offer(search.chosen, reduced)
                self._offer(chosen, reduced)
            return self.best_units

        tree = Tree(
            reduced,
            self._costs_of(reduced),
            self.price,
            bound,
            within=self.within,
            improve=improve,
        )
        self.patience.say(f"splitting: {len(reduced):,} candidates left")

        def goal(bound: int, value: int) -> bool:
            people = math.ldexp(float(bound), -reduced.bits)
            found = math.ldexp(float(value), -reduced.bits)
            self.patience.say(f"splitting: {found:,.1f} found, at most {people:,.1f}")
            return self._goal(bound, value)

        tree.search(self.best_units, goal)
        self.open_bound = tree.bound
        return tree

    def _done(self, stage: str) -> None:
        now = time.monotonic()
        self.seconds[stage] = now - self.mark
        self.mark = now

    def _solution(
        self,
        one_by_one: Choice,
        exchanged: Choice,
        *,
        bound: int,
        dominated: NDArray[np.int64],
        row_of: NDArray[np.int32],
        steps: tuple[Step, ...],
        left: int,
        parts: int,
    ) -> CoverSolution:
        asked, instance = self.asked, self.instance
        chosen = _by_gain(instance, self.best)
        value = _exact_gain(instance, chosen)
        certificate = Certificate(
            need=asked.need,
            mandatory=asked.mandatory,
            forbidden=asked.forbidden,
            cost=asked.cost,
            budget=asked.budget,
            chosen=chosen,
            value=value,
            bound_units=bound,
            bits=self.reduced.bits,
            cost_bits=self.cost_bits,
            prices=tuple(self.prices),
            rounds=tuple(self.rounds),
            dominated=dominated,
            row_of=row_of,
            tree=steps,
        )
        most = certificate.bound
        return CoverSolution(
            chosen=chosen,
            ids=instance.candidate_ids.take(chosen),
            value=value,
            bound=most,
            gap=max(0.0, (most - value) / most) if most > 0 else 0.0,
            proven=bound <= self.within(self.best_units),
            greedy=one_by_one,
            swap=exchanged,
            certificate=certificate,
            candidates_left=left,
            parts=parts,
            seconds_by_stage=self.seconds,
        )


def _cost_bits(cost: NDArray[np.float64], limit: float) -> int:
    """Return the power of two of which units of cost are the part, fine enough for the budget."""
    largest = limit if limit > 0 else float(cost[cost > 0].min(initial=1.0))
    if not math.isfinite(largest):
        return 0
    return int(np.clip(_COST_BITS - math.ceil(math.log2(largest)), 0, 1000))


def _exact_gain(instance: CoverInstance, chosen: NDArray[np.int64]) -> float:
    covered = np.zeros(len(instance.weight), dtype=bool)
    for candidate in chosen.tolist():
        covered[instance.rows_of(candidate)] = True
    return math.fsum(instance.weight[covered].tolist())


def _by_gain(instance: CoverInstance, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order sites so that each adds at least what the next one would in its place."""
    left, ordered = chosen.tolist(), []
    covered = np.zeros(len(instance.weight), dtype=bool)
    while left:
        gains = []
        for candidate in left:
            rows = instance.rows_of(candidate)
            gains.append(float(instance.weight[rows[~covered[rows]]].sum()))
        best = left.pop(int(np.argmax(gains)))
        covered[instance.rows_of(best)] = True
        ordered.append(best)
    return np.array(ordered, dtype=np.int64)
