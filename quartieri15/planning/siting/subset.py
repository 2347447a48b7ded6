"""The best few of many candidates: greedy, swap, a bound from the dual, and the search between.

The bound is the Lagrangian dual of the radius formulation (S. García, M. Labbé, A. Marín 2011,
Solving large p-median problems with a radius formulation, INFORMS Journal on Computing
23(4):546-556; for the dual, G. Cornuéjols, M. Fisher, G. Nemhauser 1977, Management Science
23(8):789-810). With a level ``v[i] >= 0`` for each demand point, no choice of ``n`` candidates
gains more than

    sum(v) + the n largest of  sum_i max(gain[i, j] - v[i], 0)

whatever the levels are: a bound needs no trust in how they were found. A subgradient descent
lowers it, candidates that cannot be part of a better choice are taken out on the way, and what
is left is settled by branch and bound with the same bound.
"""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from quartieri15.progress import quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.planning.siting.gains import Gains
    from quartieri15.progress import Say

EQUAL: Final = 1e-9
"""A choice that is better by less than this part of the value counts as equally good."""

_PATIENCE: Final = 30
"""Rounds without a lower bound after which the step is halved."""
_SHORTEST_STEP: Final = 1e-3
_MEMORY: Final = 0.95
"""How much of the last direction goes into the next: what oscillates cancels out."""
_LOOKS: Final = 30
"""Rounds after which the candidates often taken lately are tried as a choice."""
_SURE: Final = 0.999
"""A candidate taken in nearly every round is no matter to split by."""

_ROUNDING: Final = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Stage:
    """Levels that show which candidates cannot be part of a better choice.

    Parameters
    ----------
    level : (points,) float64
        Of the whole instance.
    price
        Of a unit of cost; 0 where there is no budget.
    removed : (r,) int64
        Candidates without which the best choice is as good, given those removed before.
    """

    level: NDArray[np.float64]
    price: float
    removed: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Certificate:
    """What a bound rests on, so that it can be summed up again without the solver.

    Parameters
    ----------
    n
        How many candidates may be chosen.
    level, price
        The dual values of the bound over all candidates.
    bound
        That bound, rounded outwards: no choice is better. It needs nothing but these values.
    stages
        Candidates taken out because of the value found, in their order.
    remaining : (m,) int64
        Candidates left for the search; the bound of the whole rests on it where it is below
        ``bound``.
    nodes
        How many parts that search looked at; 0 where it was not needed.
    finished
        Whether it left nothing open.
    """

    n: int
    level: NDArray[np.float64]
    price: float
    bound: float
    stages: tuple[Stage, ...]
    remaining: NDArray[np.int64]
    nodes: int
    finished: bool


@dataclass(frozen=True, eq=False)
class Subset:
    """Some candidates, what they gain, and what no choice exceeds.

    Parameters
    ----------
    chosen : (m,) int64
        In the order in which each adds most to those before it; fewer than were allowed where
        no other adds anything.
    value, bound
        What they gain; what no choice of as many exceeds.
    greedy, swap
        What the greedy choice gains, and that choice after exchanges of one for another.
    certificate
        What the bound rests on.
    seconds_by_stage
        How long it took.
    """

    chosen: NDArray[np.int64]
    value: float
    bound: float
    greedy: float
    swap: float
    certificate: Certificate
    seconds_by_stage: dict[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """How far the value may be below the best, as a part of the bound."""
        return max(self.bound - self.value, 0.0) / self.bound if self.bound > 0 else 0.0

    @property
    def proven(self) -> bool:
        """Whether no choice is better, but for :data:`EQUAL` parts."""
        return self.bound <= self.value * (1 + 2 * EQUAL)


def best_subset(
    gains: Gains,
    n: int,
    *,
    costs: NDArray[np.float64] | None = None,
    budget: float = math.inf,
    gap: float = 0.0,
    time_limit_s: float = 60.0,
    enough: float = math.inf,
    start: NDArray[np.int64] | None = None,
    level: NDArray[np.float64] | None = None,
    whole: bool = False,
    say: Say = quiet,
) -> Subset:
    """Choose at most ``n`` candidates that gain most together.

    Parameters
    ----------
    gains
        What candidates bring to points.
    n
        How many at most.
    costs : (c,) float64, optional
        What each costs, not negative.
    budget
        What those chosen may cost together.
    gap
        Stop where the value is proven to be within this part of the best.
    time_limit_s
        Stop looking after so many seconds; the bound then tells how good the value is.
    enough
        Stop as soon as a value of this much is found, or shown to be out of reach.
    start, level
        A choice and levels to begin with, such as those of a similar question.
    whole
        Look for levels that bound all candidates, and for no more: none is taken out.
    say
        Told how far the work is.

    Returns
    -------
    Subset
    """
    search = _Search(gains, n, costs, budget, gap, time_limit_s, enough, whole, say)
    return search.run(start, level)


def greedy(
    gains: Gains,
    n: int,
    *,
    costs: NDArray[np.float64] | None = None,
    budget: float = math.inf,
    enough: float = math.inf,
) -> NDArray[np.int64]:
    """Choose one candidate after the other, each the one that adds most to those before it.

    Of equally good ones the first is taken. Where there is a budget it is the one that adds most
    of those that can still be paid. Without costs the value is at least ``1 - 1/e`` of the best
    (G. Nemhauser, L. Wolsey, M. Fisher 1978, Mathematical Programming 14:265-294). No more are
    chosen once they gain ``enough`` together.
    """
    best = np.zeros(gains.points)
    chosen: list[int] = []
    left = budget
    while len(chosen) < n and best.sum() < enough:
        added = gains.sums(best)
        if costs is not None:
            added[costs > left] = 0
        if not len(added) or added.max() <= 0:
            break
        one = int(added.argmax())
        chosen.append(one)
        if costs is not None:
            left -= costs[one]
        pairs = gains.of(one)
        best[gains.rows[pairs]] = np.maximum(best[gains.rows[pairs]], gains.gain[pairs])
    return np.array(chosen, dtype=np.int64)


def interchange(
    gains: Gains,
    chosen: NDArray[np.int64],
    *,
    costs: NDArray[np.float64] | None = None,
    budget: float = math.inf,
    until: float = math.inf,
) -> NDArray[np.int64]:
    """Exchange one chosen candidate for another as long as that helps, the best exchange first.

    Stops when the clock (``time.monotonic``) passes ``until``.
    """
    chosen = chosen.copy()
    value = gains.value(chosen)
    while len(chosen) and time.monotonic() < until:
        gain, loss, kept = gains.swaps(chosen)
        change = gain[:, None] - loss[None, :] + kept
        change[chosen] = -np.inf
        if costs is not None:
            spent = costs[chosen].sum()
            change[spent - costs[chosen][None, :] + costs[:, None] > budget] = -np.inf
        new, old = np.unravel_index(int(change.argmax()), change.shape)
        if change[new, old] <= EQUAL * max(value, 1.0):
            break
        chosen[old] = new
        value = gains.value(chosen)
    return chosen


def in_order(gains: Gains, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the chosen in the order in which each adds most, without those that add nothing."""
    some, _ = gains.restricted(chosen)
    return chosen[greedy(some, len(chosen))]


def outward(value: float, terms: int) -> float:
    """Return a sum of so many numbers above 0, raised by more than rounding can have lost."""
    return value * (1 + (terms + 8) * _ROUNDING)


@dataclass
class _Search:
    gains: Gains
    n: int
    costs: NDArray[np.float64] | None
    budget: float
    gap: float
    time_limit_s: float
    enough: float
    whole: bool
    say: Say

    def run(self, start: NDArray[np.int64] | None, level: NDArray[np.float64] | None) -> Subset:
        begun = time.monotonic()
        self.until = begun + self.time_limit_s
        gains, n = self.gains, self.n
        clock: dict[str, float] = {}
        self.say("greedy choice")
        by_greedy = greedy(gains, n, costs=self.costs, budget=self.budget)
        greedy_value = gains.value(by_greedy)
        clock["greedy"] = time.monotonic() - begun
        self.say("exchanges")
        chosen = self._improved(by_greedy)
        swap_value = gains.value(chosen)
        if start is not None and len(start) <= n and self._affordable(start):
            other = self._improved(start)
            if gains.value(other) > swap_value:
                chosen, swap_value = other, gains.value(other)
        self.chosen, self.value = chosen, swap_value
        clock["swap"] = time.monotonic() - begun - clock["greedy"]
        self.stages: list[Stage] = []
        candidates = np.arange(len(gains))
        best = gains.best(chosen)
        # The gains beyond a good choice, and the levels given, are two places to begin from.
        levels = [best, *([] if level is None else [level])]
        bounds = [_bound(gains, one, 0.0, n, self.costs, self.budget)[0] for one in levels]
        first = levels[int(np.argmin(bounds))]
        root = _Node(gains, candidates, np.arange(gains.points), n, first, 0.0, (), 0.0)
        self.root_level, self.root_price, self.root_bound = first, 0.0, min(bounds)
        self.say("bound")
        self._descend(root, iterations=900, at_root=True)
        clock["bound"] = time.monotonic() - begun - sum(clock.values())
        remaining = root.candidates
        nodes, left_over = self._branch(root)
        clock["search"] = time.monotonic() - begun - sum(clock.values())
        # What was taken out is no better than the target, which grew with the value.
        bound = min(self.root_bound, max(self.target, left_over))
        certificate = Certificate(
            n=n,
            level=self.root_level,
            price=self.root_price,
            bound=self.root_bound,
            stages=tuple(self.stages),
            remaining=remaining,
            nodes=nodes,
            finished=left_over <= self.target,
        )
        ordered = in_order(gains, self.chosen)
        return Subset(
            ordered,
            gains.value(ordered),
            max(bound, self.value),
            greedy_value,
            swap_value,
            certificate,
            clock,
        )

    @property
    def target(self) -> float:
        """A part whose bound is no higher than this holds nothing that is looked for."""
        value = self.value * (1 + EQUAL)
        if self.enough < math.inf:
            # Only whether so much can be reached is asked.
            value = max(value, np.nextafter(self.enough, 0.0))
        return max(value, self.value / (1 - self.gap)) if self.gap < 1 else math.inf

    @property
    def done(self) -> bool:
        return self.value >= self.enough or time.monotonic() > self.until

    def _affordable(self, chosen: NDArray[np.int64]) -> bool:
        return self.costs is None or float(self.costs[chosen].sum()) <= self.budget

    def _improved(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        return interchange(
            self.gains, chosen, costs=self.costs, budget=self.budget, until=self.until
        )

    def _propose(self, chosen: NDArray[np.int64]) -> None:
        """Take a choice if it is better than the one at hand."""
        if not self._affordable(chosen):
            return
        value = self.gains.value(chosen)
        if value > self.value * (1 + EQUAL / 2):
            chosen = self._improved(chosen)
            self.chosen, self.value = chosen, self.gains.value(chosen)

    def _try(
        self, node: _Node, few: NDArray[np.int64], tried: set[bytes], *, swaps: bool = False
    ) -> None:
        """Look at some candidates of a part as a choice, each time others."""
        key = np.sort(node.candidates[few]).tobytes()
        if key in tried:
            return
        tried.add(key)
        if swaps:
            # Among what is left, which is quicker; nothing better was taken out.
            costs, budget = self._node_costs(node)
            if costs is None or float(costs[few].sum()) <= budget:
                few = interchange(node.gains, few, costs=costs, budget=budget, until=self.until)
        chosen = np.concatenate([np.array(node.taken, dtype=np.int64), node.candidates[few]])
        self._propose(chosen)

    def _node_costs(self, node: _Node) -> tuple[NDArray[np.float64] | None, float]:
        if self.costs is None:
            return None, math.inf
        return self.costs[node.candidates], self.budget - float(
            self.costs[np.array(node.taken, dtype=np.int64)].sum()
        )

    def _descend(  # noqa: C901, PLR0912, PLR0915 - one loop with its state in sight
        self, node: _Node, *, iterations: int, at_root: bool = False
    ) -> None:
        """Lower the bound of a part, and take out what cannot be part of a better choice."""
        level, price = node.level, node.price
        node.bound = math.inf
        step, since = 1.0, 0
        costs, budget = self._node_costs(node)
        direction = np.zeros(len(level))
        used = np.zeros(len(node.candidates))
        tried: set[bytes] = set()
        for turn in range(iterations):
            sums = node.gains.sums(level)
            bound, top, reduced = _bound_of(sums, level, price, node.n, costs, budget)
            bound += node.offset
            if bound < node.bound - 1e-7 * abs(node.bound):
                since = 0
            else:
                since += 1
            if bound < node.bound:
                node.bound, node.level, node.price = bound, level.copy(), price
                if at_root and bound < self.root_bound:
                    full = np.zeros(self.gains.points)
                    if len(node.candidates) == len(self.gains):
                        full[node.points] = level
                        self.root_bound, self.root_level = bound, full
                        self.root_price = price
            used *= 0.95
            used[top] += 0.05
            if turn % 10 == 0:
                self._try(node, top, tried)
                if at_root and turn % _LOOKS == _LOOKS - 10:
                    # What the bound has often taken lately is near the best fractional choice.
                    self._try(node, np.argsort(-used, kind="stable")[: node.n], tried, swaps=True)
            if node.bound <= self.target or self.done:
                break
            if since >= _PATIENCE:
                step, since = step / 2, 0
                level, price = node.level.copy(), node.price
                direction[:] = 0
                if step < _SHORTEST_STEP:
                    break
                continue
            # What a candidate that is not chosen would cost beside the best bound.
            last = reduced[top].min() if len(top) == node.n and len(top) else 0.0
            alive = bound - max(last, 0.0) + reduced > self.target
            alive[top] = True
            if not self.whole and alive.sum() < 0.8 * len(alive):
                if at_root:
                    full = np.zeros(self.gains.points)
                    full[node.points] = level
                    self.stages.append(Stage(full, price, node.candidates[~alive]))
                keep = np.flatnonzero(alive)
                used = used[keep]
                some, points = node.gains.restricted(keep)
                node.gains, node.candidates = some, node.candidates[keep]
                node.points = node.points[points]
                # A level where nobody is left to gain is only ever paid for.
                node.level, level = node.level[points], level[points]
                direction = direction[points]
                costs, budget = self._node_costs(node)
                continue
            counts = node.gains.counts_above(top, level)
            slope = 1.0 - counts
            slope[(level <= 0) & (slope > 0)] = 0
            direction = slope + _MEMORY * direction
            direction[(level <= 0) & (direction > 0)] = 0
            size = float(direction @ direction)
            slack = 0.0
            if costs is not None and math.isfinite(budget):
                slack = budget - float(costs[top].sum())
            aim = max(bound - max(self.value, 0.0), 1e-9 * bound)
            if size == 0 and (slack == 0 or (price <= 0 and slack > 0)):
                break
            if size > 0:
                level = np.maximum(level - step * aim / size * direction, 0.0)
            if slack and not (price <= 0 and slack > 0):
                price = max(price - step * aim / (slack * slack) * slack, 0.0)
        node.used = used

    def _branch(self, root: _Node) -> tuple[int, float]:
        """Settle what is left. Return how many parts were looked at, and the highest bound."""
        if root.bound <= self.target or self.done or self.whole:
            return 0, root.bound
        heap = [(-root.bound, 0, root)]
        number = 0
        pruned = 0.0
        while heap:
            top = -heap[0][0]
            if top <= self.target or self.done:
                pruned = max(pruned, top)
                break
            _, _, node = heapq.heappop(heap)
            if number % 20 == 0:
                self.say(f"search, {number} parts, {len(heap)} open, at most {top:,.1f}")
            for child in self._children(node):
                number += 1
                if child.n <= 0 or not len(child.candidates):
                    self._propose(np.array(child.taken, dtype=np.int64))
                    continue
                if child.n >= len(child.candidates) and self.costs is None:
                    self._propose(
                        np.concatenate([np.array(child.taken, dtype=np.int64), child.candidates])
                    )
                    continue
                if child.n == 1:
                    child.level, child.price = np.zeros(child.gains.points), 0.0
                    self._last_one(child)
                    continue
                self._descend(child, iterations=150)
                child.bound = min(child.bound, node.bound)
                if child.bound > self.target:
                    heapq.heappush(heap, (-child.bound, number, child))
        return number, max(pruned, self.value)

    def _last_one(self, node: _Node) -> None:
        """Choose the best of a part that has one choice left."""
        costs, budget = self._node_costs(node)
        sums = node.gains.sums(node.level)
        if costs is not None:
            sums[costs > budget] = -1
        one = int(sums.argmax())
        if sums[one] > 0:
            self._propose(np.array([*node.taken, int(node.candidates[one])], dtype=np.int64))
        elif node.taken:
            self._propose(np.array(node.taken, dtype=np.int64))

    def _children(self, node: _Node) -> list[_Node]:
        """Divide a part by one candidate: with it, and without it."""
        used = node.used
        # The candidate of which the bound is least sure, of those the bound would take.
        pick = int(np.argmax(np.where(used < _SURE, used, 0.0)))
        if used[pick] <= 0:
            pick = int(used.argmax()) if len(used) else 0
        one = int(node.candidates[pick])
        others = np.delete(np.arange(len(node.candidates)), pick)
        children = []
        without, points = node.gains.restricted(others)
        children.append(
            _Node(
                without,
                node.candidates[others],
                node.points[points],
                node.n,
                node.level[points],
                node.price,
                node.taken,
                node.offset,
            )
        )
        if self.costs is None or self.costs[one] <= self._node_costs(node)[1]:
            pairs = node.gains.of(pick)
            best = np.zeros(node.gains.points)
            best[node.gains.rows[pairs]] = node.gains.gain[pairs]
            more, points = node.gains.beyond(best).restricted(others)
            children.append(
                _Node(
                    more,
                    node.candidates[others],
                    node.points[points],
                    node.n - 1,
                    np.maximum(node.level - best, 0)[points],
                    node.price,
                    (*node.taken, one),
                    node.offset + math.fsum(best),
                )
            )
        return children


@dataclass
class _Node:
    """A part of all choices: some candidates taken, some out, the rest open."""

    gains: Gains
    candidates: NDArray[np.int64]
    points: NDArray[np.int64]
    n: int
    level: NDArray[np.float64]
    price: float
    taken: tuple[int, ...]
    offset: float
    bound: float = math.inf
    used: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


def _bound(  # noqa: PLR0917
    gains: Gains,
    level: NDArray[np.float64],
    price: float,
    n: int,
    costs: NDArray[np.float64] | None,
    budget: float,
) -> tuple[float, NDArray[np.int64], NDArray[np.float64]]:
    return _bound_of(gains.sums(level), level, price, n, costs, budget)


def _bound_of(  # noqa: PLR0917
    sums: NDArray[np.float64],
    level: NDArray[np.float64],
    price: float,
    n: int,
    costs: NDArray[np.float64] | None,
    budget: float,
) -> tuple[float, NDArray[np.int64], NDArray[np.float64]]:
    """Return the bound, the candidates it takes, and what each is worth beyond its price."""
    worth = sums if costs is None else sums - price * costs
    fixed = float(level.sum())
    if costs is not None and math.isfinite(budget):
        fixed += price * budget
        # Whoever cannot be paid alone is never chosen.
        worth = np.where(costs > budget, -1.0, worth)
    n = min(n, len(worth))
    top = np.argpartition(worth, len(worth) - n)[len(worth) - n :] if n else np.empty(0, int)
    top = top[worth[top] > 0]
    value = fixed + float(worth[top].sum())
    return outward(value, len(level) + 50), top.astype(np.int64), worth
