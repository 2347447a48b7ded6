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
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import (
    is_finite,
    is_number,
    is_whole,
    require_numbers,
    require_progress,
    shown,
)
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.planning.siting import kernels
from quartieri15.planning.siting.branching import Tree
from quartieri15.planning.siting.certificate import CLOSED, CONTINUED, Certificate, Step
from quartieri15.planning.siting.cover import CoverInstance
from quartieri15.planning.siting.greedy import Choice, Search, greedy
from quartieri15.planning.siting.pricing import Bound, Costs, Prices, whole_bound
from quartieri15.planning.siting.reduced import Reduced, in_units

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from numpy.typing import ArrayLike, NDArray

    from quartieri15.progress import Say

TOLERANCE: Final = 1e-10
"""Part of the value by which the bound may exceed it and the sites still be called proven best:
four millionths of a person in forty thousand."""

MANY: Final = 6000
"""Candidates above which prices are first found for the most promising ones alone."""

_PROMISING: Final = 1500
_ROUNDS: Final = 40
_STEPS: Final = 100
_COST_BITS_TOTAL: Final = 40


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
        What all sites may cost together.
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
    asked = _Asked.of(
        instance,
        n,
        mandatory=mandatory,
        forbidden=forbidden,
        costs=costs,
        budget=budget,
        gap=gap,
        time_limit_s=time_limit_s,
        progress=progress,
    )
    return _Solver(instance, asked).solve()


@dataclass(frozen=True, eq=False)
class _Asked:
    """What was asked, checked: candidates by their positions."""

    need: int
    mandatory: NDArray[np.int64]
    forbidden: NDArray[np.int64]
    cost: NDArray[np.float64] | None
    budget: float | None
    gap: float
    deadline: float
    say: Callable[[str], None]

    @classmethod
    def of(
        cls,
        instance: CoverInstance,
        n: int | None,
        *,
        mandatory: Iterable[Hashable],
        forbidden: Iterable[Hashable],
        costs: Mapping[Any, float] | ArrayLike | None,
        budget: float | None,
        gap: float,
        time_limit_s: float | None,
        progress: Say | None,
    ) -> _Asked:
        if not isinstance(instance, CoverInstance):
            raise ParameterError(
                f"instance is {shown(instance)}",
                where="instance",
                mend="make one with cover_instance(city, ...)",
            )
        if not len(instance):
            raise ParameterError(
                "there is no candidate", where="instance", mend="give at least one candidate"
            )
        if n is None and budget is None:
            raise ParameterError(
                "neither n nor budget is given", where="n", mend="say how many sites there may be"
            )
        if n is not None and (not is_whole(n) or n < 1):
            raise ParameterError(f"n is {shown(n)}", where="n", mend="ask for 1 site or more")
        must = instance.positions(mandatory, where="mandatory")
        barred = instance.positions(forbidden, where="forbidden")
        both = np.intersect1d(must, barred)
        if len(both):
            raise ParameterError(
                f"candidate {instance.candidate_ids[both[0]]!r} is mandatory and forbidden",
                where="mandatory",
                mend="take it out of one of them",
            )
        free = len(instance) - len(barred)
        if n is not None and n > free:
            raise ParameterError(
                f"there are {free:,} candidates for {n:,} sites",
                where="n",
                mend="ask for fewer sites, or give more candidates",
            )
        if n is not None and len(must) > n:
            raise ParameterError(
                f"{len(must)} sites are mandatory and {n} are asked for",
                where="mandatory",
                mend=f"ask for at least {len(must)} sites",
            )
        cost, most = _costs(instance, costs, budget, must, barred)
        if not is_finite(gap) or not 0 <= gap < 1:
            raise ParameterError(
                f"gap is {shown(gap)}", where="gap", mend="give a part of 1, such as 0.005"
            )
        if time_limit_s is not None and (not is_number(time_limit_s) or not time_limit_s > 0):
            raise ParameterError(
                f"time_limit_s is {shown(time_limit_s)}",
                where="time_limit_s",
                mend="give seconds above 0, or None for no limit",
            )
        if progress is not None:
            require_progress(progress)
        return cls(
            need=free if n is None else int(n),
            mandatory=must,
            forbidden=barred,
            cost=cost,
            budget=most,
            gap=float(gap),
            deadline=math.inf if time_limit_s is None else time.monotonic() + float(time_limit_s),
            say=(lambda _: None) if progress is None else progress,
        )


def _costs(
    instance: CoverInstance,
    costs: Mapping[Any, float] | ArrayLike | None,
    budget: float | None,
    mandatory: NDArray[np.int64],
    forbidden: NDArray[np.int64],
) -> tuple[NDArray[np.float64] | None, float | None]:
    """Return one cost per candidate and the budget, both checked; None for no budget."""
    if costs is None:
        if budget is not None:
            raise ParameterError(
                "a budget is given and no costs",
                where="costs",
                mend="give the cost of each candidate, or n instead of a budget",
            )
        return None, None
    ids = instance.candidate_ids
    if isinstance(costs, pd.Series):
        costs = costs.to_dict()
    if isinstance(costs, Mapping):
        missing = [name for name in ids.tolist() if name not in costs]
        if missing:
            raise ParameterError(
                f"{len(missing)} candidates have no cost, the first is {missing[0]!r}",
                where="costs",
                mend="give the cost of every candidate",
            )
        known = set(ids.tolist())
        for name in costs:
            if name not in known:
                raise UnknownNameError.among(name, map(str, ids), kind="candidate", where="costs")
        costs = [costs[name] for name in ids.tolist()]
    cost = require_numbers(costs, where="costs")
    if cost.shape != (len(ids),):
        raise ParameterError(
            f"there are {cost.size} costs for {len(ids)} candidates",
            where="costs",
            mend="give one per candidate, in their order",
        )
    wrong = ~np.isfinite(cost) | (cost < 0)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ParameterError(
            f"the cost of {ids[first]!r} is {cost[first]:g}",
            where="costs",
            mend="give costs that are finite and not negative",
        )
    if budget is None:
        return None, None
    if not is_finite(budget) or budget < 0:
        raise ParameterError(
            f"budget is {shown(budget)}", where="budget", mend="give an amount, not negative"
        )
    allowed = np.ones(len(ids), dtype=bool)
    allowed[forbidden] = False
    if not allowed.any() or cost[allowed].min() > budget:
        least = f"{cost[allowed].min():,.2f}" if allowed.any() else "not allowed"
        raise ParameterError(
            f"the budget is {float(budget):,.2f}, and the cheapest site is {least}",
            where="budget",
            mend="give a larger budget",
        )
    needed = math.fsum(cost[mandatory].tolist())
    if needed > budget:
        raise ParameterError(
            f"the budget is {float(budget):,.2f}, and the mandatory sites cost {needed:,.2f}",
            where="budget",
            mend="give a larger budget, or fewer mandatory sites",
        )
    return cost, float(budget)


class _Solver:
    """One question on its way to its answer."""

    def __init__(self, instance: CoverInstance, asked: _Asked) -> None:
        self.instance = instance
        self.asked = asked
        self.seconds: dict[str, float] = {}
        self.mark = time.monotonic()
        limited = asked.cost is not None and asked.budget is not None
        cost = np.zeros(len(instance)) if asked.cost is None else asked.cost
        budget = math.inf if asked.budget is None else asked.budget
        self.cost_bits = 0
        if limited and budget > 0:
            self.cost_bits = max(0, _COST_BITS_TOTAL - math.ceil(math.log2(budget)))
        self.whole_cost = np.zeros(len(instance), dtype=np.int64)
        allowed = np.ones(len(instance), dtype=bool)
        allowed[asked.forbidden] = False
        if limited:
            left = budget - math.fsum(cost[asked.mandatory].tolist())
            allowed &= cost <= left
            scaled = np.floor(np.ldexp(cost, self.cost_bits))
            self.whole_cost = np.minimum(scaled, 2.0**61).astype(np.int64)
        self.reduced = Reduced.of(
            instance,
            allowed=allowed,
            mandatory=asked.mandatory,
            cost=cost,
            need=asked.need - len(asked.mandatory),
            budget=budget,
        )
        self.units = in_units(instance.weight, self.reduced.bits)
        self.best = asked.mandatory.copy()
        self.best_units = self._units_of(self.best)
        self.rounds: list[Step] = []
        self.prices: list[NDArray[np.int64]] = []
        self.inside = asked.mandatory.copy()

    def solve(self) -> CoverSolution:
        """Find good sites, bound all others, split what is left."""
        asked = self.asked
        self._done("reducing")
        asked.say("choosing one by one")
        chosen = greedy(self.reduced)
        one_by_one = self._offer(chosen, self.reduced)
        self._done("greedy")
        asked.say("exchanging sites")
        search = Search(self.reduced, chosen)
        search.swap()
        exchanged = self._offer(search.chosen, self.reduced)
        search.shake(rounds=4, seed=1)
        self._offer(search.chosen, self.reduced)
        self._done("swap")
        closed = self._rounds_of_prices()
        self._done("prices")
        row_of = self.reduced.row_of
        dominated = np.empty((0, 2), dtype=np.int64)
        left, parts, steps = len(self.reduced), 0, ()
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
            one_by_one, exchanged, bound, dominated, row_of, steps, left=left, parts=parts
        )

    def within(self, units: int) -> int:
        """Return the bound that proves a value, in units."""
        return units + int(units * TOLERANCE)

    def _goal(self, bound: int, value: int) -> bool:
        late = time.monotonic() > self.asked.deadline
        return late or bound <= max(self.within(value), int(value / (1 - self.asked.gap)))

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
        if self.asked.cost is not None and self.asked.budget is not None:
            spent = math.fsum(self.asked.cost[whole].tolist())
            admissible &= spent <= self.asked.budget
        if admissible and units > self.best_units:
            self.best, self.best_units = whole, units
        return choice

    def _costs_of(self, reduced: Reduced) -> Costs:
        """Return whole costs of the candidates left, and what is left of the budget."""
        if self.asked.budget is None:
            return Costs(np.zeros(len(reduced), dtype=np.int64), None)
        budget = math.ceil(Fraction(self.asked.budget) * (1 << self.cost_bits))
        spent = sum(self.whole_cost[self.inside].tolist())
        return Costs(self.whole_cost[reduced.candidates], budget - spent)

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
        seed = 2
        for number in range(_ROUNDS):
            reduced = self.reduced
            self.asked.say(f"bounding: {len(reduced):,} candidates left")
            if len(reduced) > MANY:
                self._descend_among_promising()
            elif len(reduced):
                most, chosen = self.price.descend(
                    reduced.problem,
                    reduced.everyone,
                    target=self._target(reduced),
                    iterations=_STEPS,
                )
                if most > 0.97 * self._target(reduced):
                    self._polish(chosen, rounds=0, seed=seed)
            self.first = bound = self._bound(reduced, self.price.price)
            self.open_bound = bound.units
            target = self.within(self.best_units)
            if bound.units <= target:
                self._note(bound, reduced, np.empty(0, np.int64), np.empty(0, np.int64), CLOSED)
                return True
            if self._goal(bound.units, self.best_units):
                return False
            out = bound.units + np.minimum(bound.adds, 0) <= target
            needed = ~out & (bound.units - np.maximum(bound.adds, 0) <= target)
            last = self.price.worn_out or number == _ROUNDS - 1
            if out.sum() > 0.1 * len(out) or needed.any() or (last and out.any()):
                self._note(bound, reduced, np.flatnonzero(out), np.flatnonzero(needed), CONTINUED)
                self._narrow(~out & ~needed, np.flatnonzero(needed))
                if not len(self.reduced):
                    continue
                self._polish_best(rounds=self._patience(), seed=seed)
                seed += 1
            elif last:
                return False
        return False

    def _patience(self) -> int:
        """Return how often to try from nearby: about as long as prices take."""
        pairs = len(self.reduced.problem.rows) * max(1, self.reduced.problem.need)
        return int(np.clip(2e8 / (pairs + 1), 2, 60))

    def _target(self, reduced: Reduced) -> float:
        return float(np.ldexp(float(self.best_units - reduced.settled), -reduced.bits))

    def _descend_among_promising(self) -> None:
        """Find prices for the most promising of many candidates, and look what the others ask."""
        reduced = self.reduced
        problem = reduced.problem
        score = np.zeros(len(reduced))
        kernels.scores(problem.indptr, problem.rows, self.price.price, reduced.everyone, score)
        worth = score
        if np.isfinite(problem.budget):
            worth = score / np.maximum(problem.cost, 1e-9)
        every = max(1, len(reduced) // _PROMISING)
        active = np.zeros(len(reduced), dtype=bool)
        active[::every] = True
        active[self.price.share > 0] = True
        best_price, best_bound = self.price.price.copy(), math.inf
        share = self.price.share.copy()
        trial = self.price.price.copy()
        for _ in range(14):
            if self._late():
                break
            order = np.argpartition(-worth, min(_PROMISING, len(worth) - 1))[:_PROMISING]
            active[order] = True
            chosen = np.flatnonzero(active)
            some = reduced.taken(chosen)
            prices = Prices(trial, share[chosen], step=0.3)
            prices.descend(
                some,
                np.arange(len(chosen), dtype=np.int64),
                target=self._target(reduced),
                iterations=80,
            )
            trial = prices.price.copy()
            share[:] = 0.0
            share[chosen] = prices.share
            kernels.scores(problem.indptr, problem.rows, trial, reduced.everyone, score)
            worth = score
            if np.isfinite(problem.budget):
                worth = score / np.maximum(problem.cost, 1e-9)
            bound = self._bound(reduced, trial)
            people = math.ldexp(float(bound.units - reduced.settled), -reduced.bits)
            if people < best_bound:
                best_price, best_bound = trial.copy(), people
            out = bound.units + np.minimum(bound.adds, 0) <= self.within(self.best_units)
            if out.sum() > 0.5 * len(out):
                break
        self.price.price[:] = best_price
        self.price.share[:] = share
        self.price.state[:] = (best_bound, 0.3, 0.0)

    def _late(self) -> bool:
        return time.monotonic() > self.asked.deadline

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
        self.reduced = before.narrowed(keep, chosen)
        self.inside = np.unique(np.concatenate([self.inside, before.candidates[chosen]]))
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
            self.first = self._bound(self.reduced, self.price.price)
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
        self.asked.say(f"splitting: {len(reduced):,} candidates left")

        def goal(bound: int, value: int) -> bool:
            people = math.ldexp(float(bound), -reduced.bits)
            found = math.ldexp(float(value), -reduced.bits)
            self.asked.say(f"splitting: {found:,.1f} found, at most {people:,.1f}")
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
        bound: int,
        dominated: NDArray[np.int64],
        row_of: NDArray[np.int32],
        steps: tuple[Step, ...],
        *,
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
