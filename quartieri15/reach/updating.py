"""The nearest place of every junction, from an answer at hand where one is.

A place that opens is nearest to a few thousand junctions of a city, one that closes was; a street
that changes lies on the way of some. Only those are searched again. The answer is the one that a
search of everything gives, to the last bit: a time is the least of all sums along a way, added up
from the place on, and which sums there are does not depend on how they were found.
"""

from __future__ import annotations

import heapq
import threading
import weakref
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quartieri15.reach import kernels
from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.graph import ArcChanges, Arcs, TravelGraph

    Found = tuple[NDArray[np.float64], NDArray[np.int32]]

MOST_KEPT: Final = 4
"""Answers that are remembered for the same arcs."""

MOST_OTHER: Final = 0.25
"""Which part of the places may differ before everything is searched."""


class _Answer(NamedTuple):
    """Seeds of places, and what was found from them."""

    seed_node: NDArray[np.int32]
    seed_s: NDArray[np.float64]
    seconds: NDArray[np.float64]
    source: NDArray[np.int32]


class _Start(NamedTuple):
    """An answer to begin from, in numbers of today; ``now`` tells the new row of each place."""

    answer: _Answer
    now: NDArray[np.int32]
    number: NDArray[np.int32] | None
    changes: ArcChanges | None


_answers: weakref.WeakKeyDictionary[Arcs, list[_Answer]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def nearest(
    graph: TravelGraph, arcs: Arcs, seed_node: NDArray[np.int32], seed_s: NDArray[np.float64]
) -> Found:
    """Find the nearest source of every node, as :func:`~quartieri15.reach.kernels.k_nearest`.

    Parameters
    ----------
    graph
        The traveller's graph.
    arcs
        Its outward or its inward arcs.
    seed_node, seed_s
        As for :func:`~quartieri15.reach.kernels.k_nearest`.

    Returns
    -------
    seconds : (n, 1) float64
    source : (n, 1) int32
    """
    seed_node = np.where(np.isfinite(seed_s), seed_node, -1).astype(np.int32)
    seed_s = np.where(seed_node >= 0, seed_s, np.inf)
    start = _start(graph, arcs, seed_node, seed_s)
    if start is not None:
        against = graph.outward if arcs is graph.inward else graph.inward
        return _again(arcs, against, seed_node, seed_s, start)
    seconds, source = kernels.k_nearest(arcs, seed_node, seed_s, k=1)
    with _lock:
        known = _answers.setdefault(arcs, [])
        known.append(_Answer(seed_node, seed_s, seconds[:, 0], source[:, 0]))
        del known[:-MOST_KEPT]
    return seconds, source


def _start(
    graph: TravelGraph, arcs: Arcs, seed_node: NDArray[np.int32], seed_s: NDArray[np.float64]
) -> _Start | None:
    """Return the answer to begin from that has most places in common; None for none."""
    found = [
        _Start(answer, _rows_now(answer, None, seed_node, seed_s), None, None)
        for answer in list(_answers.get(arcs, ()))
    ]
    before = graph.before
    if not found and before is not None:
        inward = arcs is graph.inward
        base = before.graph.inward if inward else before.graph.outward
        after = np.full(len(before.graph.node_ids) + 1, -1, dtype=np.int32)
        there = np.flatnonzero(before.node >= 0)
        after[before.node[there]] = there
        for answer in list(_answers.get(base, ())):
            now = _rows_now(answer, after, seed_node, seed_s)
            changes = before.inward if inward else before.outward
            found.append(_Start(answer, now, before.node, changes))
    if not found:
        return None
    best = max(found, key=lambda start: int((start.now >= 0).sum()))
    kept = int((best.now >= 0).sum())
    other = len(best.now) - kept + len(seed_node) - kept
    return best if other <= max(2, MOST_OTHER * len(seed_node)) else None


def _rows_now(
    answer: _Answer,
    after: NDArray[np.int32] | None,
    seed_node: NDArray[np.int32],
    seed_s: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Tell the new row of each place of an answer, -1 for one that is no more.

    Rows ascend, so that of places equally near the same one stands first.
    """
    node = answer.seed_node if after is None else after[answer.seed_node]
    old = [(*n, *s) for n, s in zip(node.tolist(), answer.seed_s.tolist(), strict=True)]
    new = [(*n, *s) for n, s in zip(seed_node.tolist(), seed_s.tolist(), strict=True)]
    rows: dict[tuple[float, ...], list[int]] = {}
    for row, seed in enumerate(new):
        rows.setdefault(seed, []).append(row)
    now = np.full(len(old), -1, dtype=np.int32)
    last = -1
    for row, seed in enumerate(old):
        later = [one for one in rows.get(seed, ()) if one > last]
        # A place that moved far down the table would leave no row for those after it.
        if later and later[0] - last <= 1 + len(new) // 8:
            now[row] = last = later[0]
    return now


def _again(
    arcs: Arcs,
    against: Arcs,
    seed_node: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    start: _Start,
) -> Found:
    """Search where the answer at hand no longer holds."""
    answer, now, number, changes = start
    if number is None:
        before_s, before_source = answer.seconds, answer.source
    else:
        before_s = np.append(answer.seconds, np.inf)[number]
        before_source = np.append(answer.source, np.int32(-1))[number]
    source = np.append(now, np.int32(-1))[before_source]
    reset = (before_source >= 0) & (source < 0)
    if changes is None:
        tail = head = np.empty(0, dtype=np.int32)
        cost = np.empty(0)
    else:
        tail, head, cost = changes.tail, changes.head, changes.cost
        reset |= _lost(arcs, before_s, _ways_before(answer, number, changes))
    seconds = np.where(reset, np.inf, before_s)
    source[reset] = -1
    _repair(
        (arcs.indptr, arcs.head, arcs.cost),
        (against.indptr, against.head, against.cost),
        (seed_node, seed_s),
        (tail, head, cost),
        np.flatnonzero(reset),
        seconds,
        source,
    )
    seconds[source < 0] = np.inf
    return seconds[:, None], source[:, None]


class _Ways(NamedTuple):
    """Arcs of before on which a time rested: their ends, by the numbers of today, -1 for none."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    is_slower: NDArray[np.bool_]


def _ways_before(answer: _Answer, number: NDArray[np.int32] | None, changes: ArcChanges) -> _Ways:
    """Return the changed arcs along which some time was the least, and whether they are slower."""
    at_tail, at_head = answer.seconds[changes.tail_before], answer.seconds[changes.head_before]
    tight = np.isfinite(at_head) & (at_tail + changes.cost_before == at_head)
    tight &= changes.cost_now != changes.cost_before
    tail, head = changes.tail_before[tight], changes.head_before[tight]
    if number is not None:
        after = np.full(len(answer.seconds), -1, dtype=np.int32)
        there = np.flatnonzero(number >= 0)
        after[number[there]] = there
        tail, head = after[tail], after[head]
    slower = (changes.cost_now > changes.cost_before)[tight]
    return _Ways(tail, head, slower)


def _lost(arcs: Arcs, seconds: NDArray[np.float64], ways: _Ways) -> NDArray[np.bool_]:
    """Tell which nodes lie behind slower arcs, so that their times may rest on them."""
    kept = ways.head >= 0
    lost = np.zeros(len(seconds), dtype=bool)
    _follow(arcs.indptr, arcs.head, arcs.cost, seconds, lost, *(column[kept] for column in ways))
    return lost


@compiled
def _follow(  # noqa: PLR0917 - a compiled function has no keyword-only options
    indptr: NDArray[np.int32],
    arc_head: NDArray[np.int32],
    cost: NDArray[np.float64],
    seconds: NDArray[np.float64],
    lost: NDArray[np.bool_],
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    is_slower: NDArray[np.bool_],
) -> None:
    stack = [np.int64(0)]
    stack.pop()
    again = True
    while again:
        again = False
        for i in range(len(head)):
            # A quicker arc is no loss, unless its beginning is lost.
            if not lost[head[i]] and (is_slower[i] or (tail[i] >= 0 and lost[tail[i]])):
                lost[head[i]] = True
                stack.append(np.int64(head[i]))
                again = True
        while len(stack) > 0:
            u = stack.pop()
            for j in range(indptr[u], indptr[u + 1]):
                v = arc_head[j]
                if not lost[v] and seconds[v] < np.inf and seconds[u] + cost[j] == seconds[v]:
                    lost[v] = True
                    stack.append(np.int64(v))


@compiled
def _repair(  # noqa: PLR0917 - a compiled function has no keyword-only options
    arcs: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]],
    against: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]],
    seeds: tuple[NDArray[np.int32], NDArray[np.float64]],
    changed: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]],
    reset: NDArray[np.int64],
    seconds: NDArray[np.float64],
    source: NDArray[np.int32],
) -> None:
    """Search on from every place and from all around what was reset; less time, then lower row."""
    indptr, head, cost = arcs
    queue = [(0.0, np.int64(0), np.int64(0))]
    queue.pop()
    _begin_at_places(queue, seeds[0], seeds[1], seconds, source)
    _begin_around(queue, against, changed, reset, seconds, source)
    heapq.heapify(queue)
    while len(queue) > 0:
        time, place, v = heapq.heappop(queue)
        if source[v] >= 0 and (time > seconds[v] or (time == seconds[v] and place >= source[v])):
            continue
        seconds[v] = time
        source[v] = np.int32(place)
        for j in range(indptr[v], indptr[v + 1]):
            w = head[j]
            new = time + cost[j]
            if source[w] < 0 or new < seconds[w] or (new == seconds[w] and place < source[w]):
                heapq.heappush(queue, (new, place, np.int64(w)))


@compiled
def _begin_at_places(
    queue: list[tuple[float, np.int64, np.int64]],
    seed_node: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    seconds: NDArray[np.float64],
    source: NDArray[np.int32],
) -> None:
    for p in range(seed_node.shape[0]):
        for w in range(seed_node.shape[1]):
            v = seed_node[p, w]
            if v >= 0 and (
                seed_s[p, w] < seconds[v] or (seed_s[p, w] == seconds[v] and p < source[v])
            ):
                queue.append((seed_s[p, w], np.int64(p), np.int64(v)))


@compiled
def _begin_around(  # noqa: PLR0917 - a compiled function has no keyword-only options
    queue: list[tuple[float, np.int64, np.int64]],
    against: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]],
    changed: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]],
    reset: NDArray[np.int64],
    seconds: NDArray[np.float64],
    source: NDArray[np.int32],
) -> None:
    indptr, head, cost = against
    for i in range(len(reset)):
        v = reset[i]
        for j in range(indptr[v], indptr[v + 1]):
            u = head[j]
            if source[u] >= 0:
                queue.append((seconds[u] + cost[j], np.int64(source[u]), np.int64(v)))
    tail, head, cost = changed
    for i in range(len(tail)):
        u = tail[i]
        if source[u] >= 0:
            queue.append((seconds[u] + cost[i], np.int64(source[u]), np.int64(head[i])))
