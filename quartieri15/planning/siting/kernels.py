# ruff: noqa: C901, FBT001, FBT003, PLR0912, PLR0915, PLR0917 - a compiled kernel is one loop with
# its state in sight, has no keyword-only options and cannot call out without cost.
"""Sets of rows by candidate and sets of candidates by row, compiled.

Both are kept as lists one behind the other (compressed sparse rows): those of item ``i`` stand
at ``indptr[i]:indptr[i + 1]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numba import uint64

from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST: Final = 1e-7
"""People by whom an exchange must be better, so that rounding never makes one seem so."""

DRAWN: Final = 48
"""Candidates drawn by chance, of which the best is taken."""

NEW_SHARE: Final = 0.1
"""How much the newest choice counts in the average."""

LITTLE: Final = 1e-6
"""Part of the bound by which a step must lower it to count as one."""

PATIENCE: Final = 10
"""Steps in vain before steps become shorter."""


@compiled
def transposed(
    indptr: NDArray[np.int64], members: NDArray[np.int32], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Turn the members of each item into the items of each member, ascending.

    Parameters
    ----------
    indptr, members
        Lists of members, one behind the other.
    size
        How many members there are in all.
    """
    at = np.zeros(size + 1, np.int64)
    for k in range(len(members)):
        at[members[k] + 1] += 1
    for member in range(size):
        at[member + 1] += at[member]
    turned = at.copy()
    items = np.empty(len(members), np.int32)
    for item in range(len(indptr) - 1):
        for k in range(indptr[item], indptr[item + 1]):
            member = members[k]
            items[turned[member]] = item
            turned[member] += 1
    return at, items


@compiled
def fingerprints(indptr: NDArray[np.int64], members: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return a number per list that is the same for equal lists, and hardly ever for others.

    FNV-1a over whole members instead of bytes, mixed at the end; equality is not proven by it.
    """
    prints = np.empty(len(indptr) - 1, np.uint64)
    for item in range(len(prints)):
        mixed = uint64(14695981039346656037)
        for k in range(indptr[item], indptr[item + 1]):
            mixed ^= uint64(members[k])
            mixed *= uint64(1099511628211)
            mixed ^= mixed >> uint64(29)
        prints[item] = mixed
    return prints


@compiled
def numbered_alike(
    order: NDArray[np.int64],
    label: NDArray[np.int64],
    indptr: NDArray[np.int64],
    members: NDArray[np.int32],
    items: int,
) -> NDArray[np.int32]:
    """Give equal neighbours in an order the same number: same label, same members one by one.

    Parameters
    ----------
    order
        Items, so that equal ones stand side by side.
    label
        What else must be equal.
    indptr, members
        The lists that are compared.
    items
        How many items there are; those not in the order get -1.
    """
    number = np.full(items, -1, np.int32)
    numbers = -1
    for i in range(len(order)):
        item = order[i]
        begin, end = indptr[item], indptr[item + 1]
        alike = i > 0
        if alike:
            before = order[i - 1]
            first = indptr[before]
            alike = label[before] == label[item] and indptr[before + 1] - first == end - begin
            k = 0
            while alike and k < end - begin:
                alike = members[first + k] == members[begin + k]
                k += 1
        if not alike:
            numbers += 1
        number[item] = numbers
    return number


@compiled
def chosen_lists(
    indptr: NDArray[np.int64], members: NDArray[np.int32], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the lists of some items, one behind the other."""
    at = np.zeros(len(chosen) + 1, np.int64)
    for i in range(len(chosen)):
        at[i + 1] = at[i] + indptr[chosen[i] + 1] - indptr[chosen[i]]
    kept = np.empty(at[len(chosen)], np.int32)
    for i in range(len(chosen)):
        kept[at[i] : at[i + 1]] = members[indptr[chosen[i]] : indptr[chosen[i] + 1]]
    return at, kept


class Problem(NamedTuple):
    """A covering problem as the kernels read it.

    Candidate ``i`` covers ``rows[indptr[i]:indptr[i + 1]]`` and costs ``cost[i]``; at most
    ``need`` candidates are chosen, and they cost at most ``budget`` (infinite for no matter).
    """

    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    weight: NDArray[np.float64]
    cost: NDArray[np.float64]
    need: int
    budget: float


class ByRow(NamedTuple):
    """The candidates of each row, one list behind the other."""

    indptr: NDArray[np.int64]
    candidates: NDArray[np.int32]


class Cover(NamedTuple):
    """Chosen candidates: how often each row is covered, and what one more would add.

    ``gain[i]`` is the weight of the rows of candidate ``i`` that no chosen one covers.
    """

    times: NDArray[np.int32]
    gain: NDArray[np.float64]


@compiled
def scores(
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    value: NDArray[Any],
    live: NDArray[np.int64],
    out: NDArray[Any],
) -> None:
    """Sum the values of the rows of some candidates; whole numbers are summed exactly."""
    for a in range(len(live)):
        total = value[0] * 0
        for k in range(indptr[live[a]], indptr[live[a] + 1]):
            total += value[rows[k]]
        out[a] = total


@compiled
def add(problem: Problem, by_row: ByRow, cover: Cover, candidate: int) -> None:
    """Choose a candidate."""
    for k in range(problem.indptr[candidate], problem.indptr[candidate + 1]):
        row = problem.rows[k]
        if cover.times[row] == 0:
            for q in range(by_row.indptr[row], by_row.indptr[row + 1]):
                cover.gain[by_row.candidates[q]] -= problem.weight[row]
        cover.times[row] += 1


@compiled
def drop(problem: Problem, by_row: ByRow, cover: Cover, candidate: int) -> None:
    """Give a chosen candidate up."""
    for k in range(problem.indptr[candidate], problem.indptr[candidate + 1]):
        row = problem.rows[k]
        cover.times[row] -= 1
        if cover.times[row] == 0:
            for q in range(by_row.indptr[row], by_row.indptr[row + 1]):
                cover.gain[by_row.candidates[q]] += problem.weight[row]


@compiled
def covered_weight(problem: Problem, times: NDArray[np.int32]) -> float:
    """Return the weight of the rows covered at least once."""
    total = 0.0
    for row in range(len(times)):
        if times[row] > 0:
            total += problem.weight[row]
    return total


@compiled
def best_addition(
    problem: Problem, cover: Cover, taken: NDArray[np.bool_], room: float, per_cost: bool
) -> int:
    """Return the candidate that adds most (or most for its cost), the first of equals; or -1."""
    best, most = -1, 0.0
    for i in range(len(taken)):
        if taken[i] or problem.cost[i] > room:
            continue
        worth = cover.gain[i]
        if per_cost:
            worth /= max(problem.cost[i], 1e-12)
        if worth > most:
            best, most = i, worth
    return best


@compiled
def fill(
    problem: Problem,
    by_row: ByRow,
    cover: Cover,
    chosen: NDArray[np.int64],
    number: int,
    per_cost: bool,
) -> int:
    """Choose what adds most, again and again, while there is room; return how many are chosen."""
    taken = np.zeros(len(problem.indptr) - 1, np.bool_)
    room = problem.budget
    for k in range(number):
        taken[chosen[k]] = True
        room -= problem.cost[chosen[k]]
    while number < problem.need:
        best = best_addition(problem, cover, taken, room, per_cost)
        if best < 0 or cover.gain[best] <= LEAST:
            break
        add(problem, by_row, cover, best)
        chosen[number] = best
        taken[best] = True
        room -= problem.cost[best]
        number += 1
    return number


@compiled
def swap(
    problem: Problem, by_row: ByRow, cover: Cover, chosen: NDArray[np.int64], number: int
) -> int:
    """Exchange one chosen candidate for another while that adds anything; return how many are.

    Each in turn is given up, and the best one takes its place; all that could is looked at.
    """
    taken = np.zeros(len(problem.indptr) - 1, np.bool_)
    room = problem.budget
    for k in range(number):
        taken[chosen[k]] = True
        room -= problem.cost[chosen[k]]
    in_vain, k = 0, 0
    while in_vain < number:
        own = chosen[k]
        drop(problem, by_row, cover, own)
        taken[own] = False
        room += problem.cost[own]
        best = best_addition(problem, cover, taken, room, False)
        if best < 0 or cover.gain[best] <= cover.gain[own] + LEAST:
            best = own
            in_vain += 1
        else:
            in_vain = 0
        add(problem, by_row, cover, best)
        chosen[k] = best
        taken[best] = True
        room -= problem.cost[best]
        if in_vain == 0 and number < problem.need:
            more = fill(problem, by_row, cover, chosen, number, False)
            for j in range(number, more):
                taken[chosen[j]] = True
                room -= problem.cost[chosen[j]]
            number = more
        k = (k + 1) % number
    return number


@compiled
def shake(
    problem: Problem,
    by_row: ByRow,
    cover: Cover,
    chosen: NDArray[np.int64],
    number: int,
    rounds: int,
    seed: int,
) -> int:
    """Give a few chosen ones up, choose others nearly at random, swap; keep what is better.

    Lourenço, Martin, Stützle 2003, Iterated local search. Random numbers are Marsaglia's
    xorshift64 from the seed, so that a search is the same each time.
    """
    state = uint64(seed) * uint64(2685821657736338717) + uint64(88172645463325252)
    candidates = len(problem.indptr) - 1
    taken = np.zeros(candidates, np.bool_)
    kept, kept_number = chosen.copy(), number
    kept_weight = covered_weight(problem, cover.times)
    for _ in range(rounds):
        if number == 0:
            break
        state ^= state << uint64(13)
        state ^= state >> uint64(7)
        state ^= state << uint64(17)
        out = 1 + int(np.int64(state % uint64(min(4, number))))
        for _ in range(out):
            state ^= state << uint64(13)
            state ^= state >> uint64(7)
            state ^= state << uint64(17)
            k = int(np.int64(state % uint64(number)))
            drop(problem, by_row, cover, chosen[k])
            number -= 1
            chosen[k] = chosen[number]
        room = problem.budget
        for k in range(number):
            taken[chosen[k]] = True
            room -= problem.cost[chosen[k]]
        while number < problem.need:
            # The best of some taken by chance: good ones mostly, seldom the same.
            best, most = -1, LEAST
            for _ in range(DRAWN):
                state ^= state << uint64(13)
                state ^= state >> uint64(7)
                state ^= state << uint64(17)
                i = int(np.int64(state % uint64(candidates)))
                if not taken[i] and problem.cost[i] <= room and cover.gain[i] > most:
                    best, most = i, cover.gain[i]
            if best < 0:
                break
            add(problem, by_row, cover, best)
            chosen[number] = best
            taken[best] = True
            room -= problem.cost[best]
            number += 1
        for k in range(number):
            taken[chosen[k]] = False
        number = fill(problem, by_row, cover, chosen, number, False)
        number = swap(problem, by_row, cover, chosen, number)
        weight = covered_weight(problem, cover.times)
        if weight > kept_weight + LEAST:
            kept[:number] = chosen[:number]
            kept_number, kept_weight = number, weight
        else:
            for k in range(number):
                drop(problem, by_row, cover, chosen[k])
            number = kept_number
            for k in range(number):
                chosen[k] = kept[k]
                add(problem, by_row, cover, chosen[k])
    return number


@compiled
def choose_by_score(
    score: NDArray[np.float64],
    cost: NDArray[np.float64],
    need: int,
    budget: float,
    part: NDArray[np.float64],
) -> float:
    """Solve what is left of the problem once rows are priced, and return its value.

    ``part`` receives how much of each candidate is chosen: the ``need`` highest scores, or with
    a budget the best mixture of two such choices (the linear relaxation of a knapsack).
    """
    part[:] = 0.0
    if budget == np.inf:
        return float(_highest(score, need, part))
    low, high = 0.0, 0.0
    for a in range(len(score)):
        if cost[a] > 0.0:
            high = max(high, score[a] / cost[a])
    value = float(_highest(score, need, part))
    spent = (part * cost).sum()
    if spent <= budget:
        return value
    high += 1e-9 * (1.0 + high)
    other = np.empty(len(score))
    for _ in range(60):
        middle = 0.5 * (low + high)
        other[:] = 0.0
        _highest(score - middle * cost, need, other)
        if (other * cost).sum() > budget:
            low = middle
        else:
            high = middle
    part[:] = 0.0
    value = float(_highest(score - high * cost, need, part)) + high * budget
    within = (part * cost).sum()
    other[:] = 0.0
    _highest(score - low * cost, need, other)
    beyond = (other * cost).sum()
    if beyond > within:
        mixed = (budget - within) / (beyond - within)
        for a in range(len(part)):
            part[a] += mixed * (other[a] - part[a])
    return value


@compiled
def _highest(score: NDArray[np.float64], need: int, part: NDArray[np.float64]) -> float:
    """Choose the ``need`` highest scores above 0, the first of equals; return their sum."""
    value = 0.0
    if need <= 0:
        return value
    threshold = 0.0
    if need < len(score):
        threshold = max(0.0, np.partition(score, len(score) - need)[len(score) - need])
    left = need
    for a in range(len(score)):
        if score[a] > threshold:
            part[a] = 1.0
            value += score[a]
            left -= 1
    if threshold > 0.0:
        for a in range(len(score)):
            if left > 0 and score[a] == threshold:
                part[a] = 1.0
                value += threshold
                left -= 1
    return value


@compiled
def descend(
    problem: Problem,
    live: NDArray[np.int64],
    price: NDArray[np.float64],
    share: NDArray[np.float64],
    state: NDArray[np.float64],
    target: float,
    iterations: int,
    best_part: NDArray[np.float64],
) -> float:
    """Lower the bound that prices give, by steps against an averaged subgradient.

    A row may be counted without being covered, at a price: that relaxes the problem to choosing
    the candidates of the highest sums of prices, and gives an upper bound for any prices from 0
    to the weights. Barahona, Anbil 2000, The volume algorithm, Mathematical Programming
    87:385-399.

    Parameters
    ----------
    problem, live
        The problem, and the candidates that may still be chosen.
    price : (d,)
        Where to begin; receives the best prices found.
    share : (len(live),)
        The averaged choice, which comes near a solution of the linear relaxation; goes on from
        what it holds.
    state : (3,)
        The bound at ``price`` (infinite if not known), the length of steps, the steps in vain;
        goes on from what it holds.
    target
        The bound wanted; the search ends there.
    iterations
        How many steps at most.
    best_part : (len(live),)
        Receives the relaxed choice that covers most, if one covers more than ``state[3]``.

    Returns
    -------
    float
        The weight that ``best_part`` covers; meaningful where all parts are whole.
    """
    indptr, rows, weight = problem.indptr, problem.rows, problem.weight
    d = len(weight)
    cost = problem.cost[live]
    trial = price.copy()
    score, part = np.empty(len(live)), np.empty(len(live))
    hits, mean = np.empty(d), np.zeros(d)
    for a in range(len(live)):
        if share[a] > 0.0:
            for k in range(indptr[live[a]], indptr[live[a] + 1]):
                mean[rows[k]] += share[a]
    fresh = state[0] == np.inf
    most = 0.0
    for _ in range(iterations):
        free = 0.0
        for row in range(d):
            free += weight[row] - trial[row]
        for a in range(len(live)):
            total = 0.0
            for k in range(indptr[live[a]], indptr[live[a] + 1]):
                total += trial[rows[k]]
            score[a] = total
        bound = free + choose_by_score(score, cost, problem.need, problem.budget, part)
        hits[:] = 0.0
        whole = True
        for a in range(len(live)):
            if part[a] > 0.0:
                whole = whole and part[a] == 1.0
                for k in range(indptr[live[a]], indptr[live[a] + 1]):
                    hits[rows[k]] += part[a]
        if whole:
            covered = 0.0
            for row in range(d):
                if hits[row] > 0.0:
                    covered += weight[row]
            if covered > most:
                most = covered
                best_part[:] = part
        first = fresh and state[0] == np.inf and share.sum() == 0.0
        new = 1.0 if first else NEW_SHARE
        for row in range(d):
            mean[row] += new * (hits[row] - mean[row])
        for a in range(len(live)):
            share[a] += new * (part[a] - share[a])
        if bound < state[0]:
            if bound < state[0] - LITTLE * abs(state[0]) or state[0] == np.inf:
                state[2] = 0.0
                state[1] = min(state[1] * 1.05, 2.0)
            else:
                state[2] += 1.0
            state[0] = bound
            price[:] = trial
        else:
            state[2] += 1.0
        if state[0] <= target:
            break
        if state[2] >= PATIENCE:
            state[1] *= 0.66
            state[2] = 0.0
        norm = 0.0
        for row in range(d):
            slope = mean[row] - 1.0
            if (slope < 0.0 and price[row] < weight[row]) or (slope > 0.0 and price[row] > 0.0):
                norm += slope * slope
        if norm == 0.0:
            break
        step = state[1] * max(state[0] - target, 1e-9 * abs(state[0])) / norm
        for row in range(d):
            trial[row] = min(max(price[row] - step * (mean[row] - 1.0), 0.0), weight[row])
    return most


@compiled
def dominators(
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    by_row: ByRow,
    cost: NDArray[np.float64],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return for each candidate one that covers all it covers and costs no more; -1 for none.

    ``order`` has the candidates by falling number of rows, then by rising cost: one that
    dominates stands before what it dominates, and is dominated by none itself.
    """
    above = np.full(len(order), -1, np.int64)
    kept = np.zeros(len(order), np.bool_)
    for i in order:
        begin, end = indptr[i], indptr[i + 1]
        rarest, fewest = -1, np.int64(1 << 62)
        for k in range(begin, end):
            number = by_row.indptr[rows[k] + 1] - by_row.indptr[rows[k]]
            if number < fewest:
                rarest, fewest = rows[k], number
        if rarest >= 0:
            for q in range(by_row.indptr[rarest], by_row.indptr[rarest + 1]):
                other = by_row.candidates[q]
                if not kept[other] or cost[other] > cost[i]:
                    continue
                at, last = indptr[other], indptr[other + 1]
                inside = last - at >= end - begin
                k = begin
                while inside and k < end:
                    while at < last and rows[at] < rows[k]:
                        at += 1
                    inside = at < last and rows[at] == rows[k]
                    k += 1
                if inside:
                    above[i] = other
                    break
        kept[i] = above[i] < 0
    return above


@compiled
def mark(
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    live: NDArray[np.int64],
    out: NDArray[np.bool_],
) -> None:
    """Mark the rows of some candidates."""
    for i in live:
        for k in range(indptr[i], indptr[i + 1]):
            out[rows[k]] = True
