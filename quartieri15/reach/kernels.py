"""Shortest paths, compiled: exact, bounded, on all cores, the same to the last bit each time.

All searches sort nodes into buckets of a few seconds instead of a heap. A node whose time
improves goes into the bucket of its new time; buckets are emptied in order of time. A node
may be taken up again when a shorter way shows within its own bucket. That costs a few per
cent of extra work and nothing in exactness: a time only ever falls to the length of a real
path, and the search ends when no arc improves any. Because adding is monotone also in
floating point, those final times are the ones Dijkstra's algorithm gives, bit for bit,
whatever the order of the work.

R. Dial 1969, Algorithm 360, Communications of the ACM 12(11):632-633 (buckets); U. Meyer,
P. Sanders 2003, Delta-stepping, Journal of Algorithms 49(1):114-152 (buckets wider than the
shortest arc).

Three habits make the loops quick, and each roughly halves the time on a city:

- an arc is relaxed without a branch: everything is written, and the counters move on only
  where the time improved, because whether it did is a coin the processor cannot guess;
- indices are unsigned, so that no negative index has to be looked for;
- nodes stand in the order of a space-filling curve (see ``graph``).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numba
import numpy as np
from numba import uint64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from quartieri15.reach.graph import Arcs


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile at the first call, free of the interpreter lock, and keep it between processes.

    numba keeps the machine code beside the module, or in the user's cache folder when that
    is read-only. Where neither can be written, each process compiles for itself.
    """
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def work_together(work: Callable[[], None], threads: int) -> None:
    """Let this thread and some others work until nothing is left to do.

    ``work`` takes its tasks from one iterator shared by all. The other threads stay for the
    next call, because starting one takes longer than many a question. This thread does not
    wait for one that has not begun: by then nothing is left for it. So calls may come from
    several threads at once, and from within each other, and none waits for a turn.
    """
    if threads <= 1:
        work()
        return
    others = []
    # No thread starts any more while the interpreter ends; this one is enough.
    with suppress(RuntimeError):
        others += [_workers().submit(work) for _ in range(threads - 1)]
    try:
        work()
    finally:
        begun = [other for other in others if not other.cancel()]
        wait(begun)
    for other in begun:
        other.result()


@cache
def _workers() -> ThreadPoolExecutor:
    """Return the threads that stay. The pool starts one only when all others are at work."""
    return ThreadPoolExecutor(_MOST_WORKERS, thread_name_prefix="quartieri15")


# A child process has none of its parent's threads and must start its own.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_workers.cache_clear)


@dataclass(frozen=True, eq=False)
class Reached:
    """What each source of a search reached, in what time.

    ``reached[i]`` gives two arrays for source ``i``: what was reached (nodes or points) and
    the seconds it takes. Nothing stands twice; the order is roughly by time and always the
    same.
    """

    parts: tuple[tuple[NDArray[np.int32], NDArray[np.float64]], ...]

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, source: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        return self.parts[source]

    def __iter__(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float64]]]:
        return iter(self.parts)

    def joined(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """Return all sources in one: ``indptr``, then what was reached, then the seconds."""
        indptr = np.zeros(len(self.parts) + 1, dtype=np.int64)
        np.cumsum([len(what) for what, _ in self.parts], out=indptr[1:])
        if not self.parts:
            return indptr, np.empty(0, dtype=np.int32), np.empty(0)
        return (
            indptr,
            np.concatenate([what for what, _ in self.parts]),
            np.concatenate([seconds for _, seconds in self.parts]),
        )


class Attached(NamedTuple):
    """Points that hang on nodes: those of node ``i`` stand at ``indptr[i]:indptr[i + 1]``."""

    indptr: NDArray[np.int64]
    point: NDArray[np.int32]
    seconds: NDArray[np.float64]
    points: int

    @classmethod
    def to_nodes(
        cls, n: int, point_node: NDArray[np.int32], point_s: NDArray[np.float64]
    ) -> Attached:
        """Hang points on up to ``w`` nodes each, -1 for none, at so many seconds."""
        points, width = point_node.shape
        order = np.argsort(point_node, axis=None, kind="stable")
        node = point_node.ravel()[order]
        order, node = order[node >= 0], node[node >= 0]
        return cls(
            _indptr(node, n),
            (order // width).astype(np.int32),
            point_s.ravel()[order],
            points,
        )


class Pairs(NamedTuple):
    """Points a source also reaches without passing a node, along their common edge."""

    source: NDArray[np.int32]
    point: NDArray[np.int32]
    seconds: NDArray[np.float64]


def reach_within(
    arcs: Arcs,
    seed_node: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    *,
    limit_s: float,
    threads: int | None = None,
) -> Reached:
    """Find all nodes within a time of each source.

    Parameters
    ----------
    arcs
        ``graph.outward`` to travel from the sources, ``graph.inward`` to travel to them.
    seed_node : (sources, w) int32
        Where the search of each source begins, -1 where there is no such node. A point on a
        street begins at both ends of it.
    seed_s : (sources, w) float64
        Seconds already spent at each of those nodes.
    limit_s
        Seconds, included. May be infinite.
    threads
        How many threads share the sources; all cores by default. The result does not
        depend on it.

    Returns
    -------
    Reached
        Node numbers and seconds, per source.
    """
    network = _Network.of(arcs)
    order = _neighbours_in_turn(seed_node)
    seeds = _Seeds.in_order(seed_node[order], seed_s[order])

    def search(queue: _Queue, out: _Output, span: _Span, _: _Space) -> Any:
        return _reach_block(network, seeds, queue, out, span)

    return _shared_out(search, arcs, order, limit_s=limit_s, threads=threads)


def points_within(
    arcs: Arcs,
    seed_node: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    *,
    attached: Attached,
    direct: Pairs,
    limit_s: float,
    threads: int | None = None,
) -> Reached:
    """Find all attached points within a time of each source.

    Parameters
    ----------
    arcs, seed_node, seed_s, limit_s, threads
        As for :func:`reach_within`.
    attached
        Points that hang on nodes, with the seconds between node and point.
    direct
        Points and sources on a common edge, with the seconds along it.

    Returns
    -------
    Reached
        Point numbers and seconds, per source.
    """
    network = _Network.of(arcs)
    order = _neighbours_in_turn(seed_node)
    seeds = _Seeds.in_order(seed_node[order], seed_s[order])
    turn = np.empty(len(order), dtype=np.int32)
    turn[order] = np.arange(len(order), dtype=np.int32)
    by_turn = np.argsort(turn[direct.source], kind="stable")
    pairs = Pairs(turn[direct.source[by_turn]], direct.point[by_turn], direct.seconds[by_turn])
    pairs_at = _indptr(pairs.source, len(seed_node))

    def search(queue: _Queue, out: _Output, span: _Span, space: _Space) -> Any:
        points = _Points(attached, pairs, pairs_at, space.best_of(attached.points))
        return _points_block(network, seeds, queue, out, span, points)

    return _shared_out(
        search, arcs, order, limit_s=limit_s, threads=threads, points=attached.points
    )


def nearest(
    arcs: Arcs,
    seed_node: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    *,
    limit_s: float = np.inf,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Find the nearest source of every node, all sources searching at once.

    Parameters
    ----------
    arcs, seed_node, seed_s, limit_s
        As for :func:`reach_within`.

    Returns
    -------
    seconds : (n,) float64
        Infinite where no source is within the limit.
    source : (n,) int32
        Row of the nearest source, the smallest of those equally near; -1 for none.
    """
    seconds, source = k_nearest(arcs, seed_node, seed_s, k=1, limit_s=limit_s)
    return seconds[:, 0], source[:, 0]


def k_nearest(
    arcs: Arcs,
    seed_node: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    *,
    k: int,
    limit_s: float = np.inf,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Find the ``k`` nearest sources of every node, all sources searching at once.

    Parameters
    ----------
    arcs, seed_node, seed_s, limit_s
        As for :func:`reach_within`.
    k
        How many sources to keep per node.

    Returns
    -------
    seconds : (n, k) float64
        Ascending; infinite where fewer than ``k`` sources are within the limit.
    source : (n, k) int32
        Rows of those sources, the smaller first of those equally near; -1 for none.
    """
    network = _Network.of(arcs)
    n = len(arcs.indptr) - 1
    node, seconds = seed_node.ravel(), seed_s.ravel()
    kept = np.flatnonzero(node >= 0)
    order = kept[np.argsort(seconds[kept], kind="stable")]
    seeds = _Seeds(node[order].astype(np.int32, copy=False), seconds[order].astype(np.float64))
    label = (order // seed_node.shape[1]).astype(np.int32)
    space = _take_space()
    # All sources advance together, so buckets are fuller than those of one source.
    room = _more(space.room)
    while True:
        if k == 1:
            state = np.empty((n, 2))
            state[:, 0], state[:, 1] = _beyond(limit_s), -1.0
            queue = space.buckets(arcs, limit_s, room, state)
            finished = _nearest(network, seeds, label, queue)
            time, source = state[:, :1].copy(), state[:, 1:].astype(np.int32)
        else:
            time = np.full((n, k), _beyond(limit_s))
            source = np.full((n, k), -1, dtype=np.int32)
            queue = space.buckets(arcs, limit_s, room, time)
            finished = _k_nearest(network, seeds, label, queue, source)
        if finished:
            _keep_space(space)
            time[source < 0] = np.inf
            return time, source
        space.forget()
        room = _more(room)


def nearest_of_points(
    seconds: NDArray[np.float64],
    source: NDArray[np.int32],
    *,
    point_node: NDArray[np.int32],
    point_s: NDArray[np.float64],
    direct: Pairs,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Carry the nearest sources over from nodes to the points that hang on them.

    Parameters
    ----------
    seconds, source : (n, k)
        What :func:`k_nearest` returns.
    point_node, point_s : (p, w)
        Nodes of each point, -1 for none, and the seconds between them.
    direct
        Points and sources on a common edge, with the seconds along it.

    Returns
    -------
    seconds : (p, k) float64
    source : (p, k) int32
        As for :func:`k_nearest`, per point.
    """
    shape = (len(point_node), seconds.shape[1])
    out = _Labels(np.full(shape, np.inf), np.full(shape, -1, dtype=np.int32))
    choose = _choose_one if seconds.shape[1] == 1 else _choose
    choose(_Labels(seconds, source), _Seeds(point_node, point_s), direct, out)
    return out.time, out.source


# Nodes per bucket at first: an odd number of lines of the cache, 16 nodes each. Buckets a
# power of two apart would compete for the same few places in it.
_ROOM = 65 * 16

# Results a thread collects before it copies them out.
_STRETCH = 1 << 16

# Sources a thread takes at once, at most.
_BLOCK = 16

_MOST_WORKERS = 64

# The largest space to search in that is kept for the next question.
_KEPT_BYTES = 64 << 20


class _Network(NamedTuple):
    """The arcs as the kernels read them."""

    indptr: NDArray[np.uint32]
    head: NDArray[np.uint32]
    cost: NDArray[np.float64]

    @classmethod
    def of(cls, arcs: Arcs) -> _Network:
        return cls(arcs.indptr.view(np.uint32), arcs.head.view(np.uint32), arcs.cost)


class _Seeds(NamedTuple):
    """Where searches begin, the earliest first."""

    node: NDArray[np.int32]
    seconds: NDArray[np.float64]

    @classmethod
    def in_order(cls, node: NDArray[np.int32], seconds: NDArray[np.float64]) -> _Seeds:
        seconds = np.where(node < 0, np.inf, seconds)
        order = np.argsort(seconds, axis=1, kind="stable")
        return cls(
            np.take_along_axis(node.astype(np.int32, copy=False), order, axis=1),
            np.take_along_axis(seconds, order, axis=1),
        )


class _Labels(NamedTuple):
    """The nearest sources and the seconds to them, one row per node or point."""

    time: NDArray[np.float64]
    source: NDArray[np.int32]


class _Span(NamedTuple):
    """Sources still to be searched from."""

    start: int
    stop: int


class _Points(NamedTuple):
    """Points to be reached, and the best time of each for the source at hand."""

    attached: Attached
    pairs: Pairs
    pairs_at: NDArray[np.int64]
    best: NDArray[np.float64]


class _Queue(NamedTuple):
    """Buckets of ``1 / per_step`` seconds each, used in turn, and the times known so far.

    ``filled`` counts the nodes in each bucket; ``taken`` lists the nodes taken from them.
    """

    limit_s: float
    per_step: float
    bucket: NDArray[np.uint32]
    filled: NDArray[np.uint64]
    taken: NDArray[np.uint32]
    time: NDArray[np.float64]


class _Output(NamedTuple):
    """Room for the results of several sources of one thread."""

    what: NDArray[np.int32]
    seconds: NDArray[np.float64]
    ends: NDArray[np.int64]


class _Space:
    """What one thread needs to search, kept from question to question.

    Fresh memory is slow: the system hands it out page by page as it is touched. So a space
    grows to the largest question and serves all others too. Between searches every bucket
    is empty and every time stands at its mark of "not reached": nothing has to be cleared,
    unless the mark itself changes with the limit.
    """

    def __init__(self) -> None:
        self.room = _ROOM
        self.forget()

    def forget(self) -> None:
        """Let go of all memory."""
        self.bucket = np.empty(0, dtype=np.uint32)
        self.filled = np.zeros(0, dtype=np.uint64)
        self.taken = np.empty(0, dtype=np.uint32)
        self.mark = np.nan
        self.time = np.empty(0)
        self.best = np.empty(0)
        self.out = _Output(np.empty(0, dtype=np.int32), np.empty(0), np.empty(_BLOCK, np.int64))

    def grow(self) -> None:
        """Ask for more room after a search that did not finish, and forget what it left."""
        self.room = _more(self.room)
        self.forget()

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        held = (self.bucket, self.filled, self.taken, self.time, self.best, *self.out)
        return sum(array.nbytes for array in held)

    def queue(self, arcs: Arcs, limit_s: float) -> _Queue:
        """Return buckets and times for a search in a network, ready for use."""
        n = len(arcs.indptr) - 1
        mark = _beyond(limit_s)
        if len(self.time) < n:
            self.time = np.full(n, mark)
        elif self.mark != mark:
            self.time.fill(mark)
        self.mark = mark
        return self.buckets(arcs, limit_s, self.room, self.time[:n])

    def buckets(self, arcs: Arcs, limit_s: float, room: int, time: NDArray[np.float64]) -> _Queue:
        """Return buckets for a search that keeps its times elsewhere."""
        # The mean arc: wider buckets repeat work, narrower ones are mostly empty. At most
        # about 4000 buckets, however long the longest arc is; wider ones are only slower.
        step_s = max(arcs.mean_s, arcs.longest_s / 4000) or 1.0
        # The buckets must span the longest arc; a power of two of them, to turn by a mask.
        buckets = 1 << int(arcs.longest_s / step_s + 2).bit_length()
        if len(self.bucket) < buckets * room:
            self.bucket = np.empty(buckets * room, dtype=np.uint32)
        if len(self.filled) < buckets:
            self.filled = np.zeros(buckets, dtype=np.uint64)
        most = max(2 * len(arcs.indptr), room)
        if len(self.taken) < most:
            self.taken = np.empty(most, dtype=np.uint32)
        return _Queue(
            limit_s=float(limit_s),
            per_step=1.0 / step_s,
            bucket=self.bucket[: buckets * room],
            filled=self.filled[:buckets],
            taken=self.taken,
            time=time,
        )

    def best_of(self, points: int) -> NDArray[np.float64]:
        """Return the best time of each point: none yet."""
        if len(self.best) < points:
            self.best = np.full(points, np.inf)
        return self.best[:points]

    def output(self, most: int) -> _Output:
        """Return room for the results of a source, at most so many, and for some before it."""
        # One more than a source can reach, because the kernels write before they count.
        size = 1 + most + _STRETCH
        if len(self.out.what) < size:
            self.out = _Output(np.empty(size, dtype=np.int32), np.empty(size), self.out.ends)
        return self.out


# Spaces not in use, the last used at the end. Taking and giving back are single steps of a
# list, so threads need no lock for it.
_kept: list[_Space] = []


def _keep_space(space: _Space) -> None:
    """Keep a space for the next question, unless it is huge or there are enough.

    Only after a search that went to its end: one broken off leaves times behind.
    """
    if space.nbytes <= _KEPT_BYTES and len(_kept) < available_cores():
        _kept.append(space)


def _take_space() -> _Space:
    """Return a space nobody else uses."""
    try:
        return _kept.pop()
    except IndexError:
        return _Space()


def _more(room: int) -> int:
    """Return about four times the room, again an odd number of lines of the cache."""
    return 4 * room | 16


def _beyond(limit_s: float) -> float:
    """Return the mark of a node not reached: the first time beyond the limit.

    One comparison then tells both whether a time is better and whether it is within the
    limit.
    """
    return float(np.nextafter(limit_s, np.inf))


def _neighbours_in_turn(seed_node: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the sources in the order of their nodes.

    Nodes with numbers close together are close together, so the streets around one source
    are still in the processor's cache when the next one asks for them.
    """
    return np.argsort(seed_node.max(axis=1, initial=-1), kind="stable")


def _indptr(ascending: NDArray[Any], n: int) -> NDArray[np.int64]:
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(ascending, minlength=n), out=indptr[1:])
    return indptr


def _shared_out(
    search: Callable[[_Queue, _Output, _Span, _Space], Any],
    arcs: Arcs,
    order: NDArray[np.intp],
    *,
    limit_s: float,
    threads: int | None,
    points: int | None = None,
) -> Reached:
    """Let threads take blocks of sources in turn, and give each source its own results.

    ``order[i]`` is the source whose turn is the ``i``-th.
    """
    threads = threads or available_cores()
    sources = len(order)
    source_of = order.tolist()
    block = max(1, min(_BLOCK, sources // (8 * threads)))
    todo = iter([slice(i, min(i + block, sources)) for i in range(0, sources, block)])
    parts: list[Any] = [None] * sources
    most = len(arcs.indptr) - 1 if points is None else points

    def work() -> None:
        one = next(todo, None)
        if one is None:
            return
        space = _take_space()
        try:
            while one is not None:
                start = one.start
                while start < one.stop:
                    first, begin = start, 0
                    queue, out = space.queue(arcs, limit_s), space.output(most)
                    start, used, finished = search(queue, out, _Span(start, one.stop), space)
                    # Copied, so that what is handed out holds no more memory than it needs.
                    what, seconds = out.what[:used].copy(), out.seconds[:used].copy()
                    ends = out.ends[: start - first].tolist()
                    for i, end in zip(source_of[first:start], ends, strict=True):
                        parts[i] = (what[begin:end], seconds[begin:end])
                        begin = end
                    if not finished:
                        space.grow()
                one = next(todo, None)
        except BaseException:
            # Whoever shares the work stops too, instead of finishing it for nobody.
            for _ in todo:
                pass
            raise
        _keep_space(space)

    work_together(work, min(threads, -(-sources // block)))
    return Reached(tuple(parts))


@compiled
def _search(
    network: _Network,
    node: NDArray[np.int32],
    seconds: NDArray[np.float64],
    queue: _Queue,
) -> np.int64:
    """Fill ``queue.time`` from some seeds; list in ``queue.taken`` nodes taken up, some twice.

    ``time`` comes in holding the mark of "not reached" everywhere, and the buckets empty.
    Returns how many nodes were taken up, or -1 if there was no room to finish.
    """
    indptr, head, cost = network
    bucket, filled, taken, per_step = queue.bucket, queue.filled, queue.taken, queue.per_step
    time = queue.time
    one = uint64(1)
    mask = uint64(len(filled)) - one
    room = uint64(len(bucket)) // uint64(len(filled))
    most = uint64(len(taken))
    last_step = uint64(np.int64(min(queue.limit_s * per_step, 1e18)))
    beyond = np.nextafter(queue.limit_s, np.inf)
    seeds = uint64(len(node))
    while seeds > uint64(0) and not seconds[seeds - one] < beyond:
        seeds -= one
    number = uint64(0)
    if seeds == uint64(0):
        return np.int64(0)
    seed = uint64(0)
    empty = uint64(0)
    step = uint64(np.int64(seconds[0] * per_step))
    while step <= last_step:
        b = step & mask
        first = b * room
        while seed < seeds and uint64(np.int64(seconds[seed] * per_step)) <= step:
            v = uint64(node[seed])
            if seconds[seed] < time[v]:
                time[v] = seconds[seed]
                bucket[first + filled[b]] = v
                filled[b] += one
                if filled[b] == room:
                    return np.int64(-1)
            seed += one
        if filled[b] == uint64(0):
            # A whole turn of empty buckets: nothing is under way.
            empty += one
            if empty > mask:
                if seed == seeds:
                    break
                step = uint64(np.int64(seconds[seed] * per_step)) - one
                empty = uint64(0)
        else:
            empty = uint64(0)
            i = uint64(0)
            while i < filled[b]:
                u = uint64(bucket[first + i])
                i += one
                t = time[u]
                # Reached by a shorter way since, and done with then.
                if uint64(np.int64(t * per_step)) != step:
                    continue
                if number == most:
                    return np.int64(-1)
                taken[number] = u
                number += one
                arc = uint64(indptr[u])
                end = uint64(indptr[u + one])
                while arc < end:
                    v = uint64(head[arc])
                    new = t + cost[arc]
                    old = time[v]
                    better = new < old
                    time[v] = new if better else old
                    k = uint64(np.int64(new * per_step)) & mask
                    c = filled[k]
                    bucket[k * room + c] = v
                    c += uint64(better)
                    filled[k] = c
                    if c == room:
                        return np.int64(-1)
                    arc += one
            filled[b] = uint64(0)
        step += one
    return np.int64(number)


@compiled
def _reach_block(
    network: _Network,
    seeds: _Seeds,
    queue: _Queue,
    out: _Output,
    span: _Span,
) -> tuple[int, np.int64, bool]:
    """Search from each source of a span; stop early where the results have no room left.

    Returns the first source not done, the results written so far, and whether the last
    search finished.
    """
    beyond = np.nextafter(queue.limit_s, np.inf)
    time = queue.time
    start, used = span.start, np.int64(0)
    while start < span.stop and used + len(time) < len(out.what):
        number = _search(network, seeds.node[start], seeds.seconds[start], queue)
        if number < 0:
            return start, used, False
        at = uint64(used)
        for i in range(number):
            # A node taken up twice has lost its time to the first visit here.
            v = uint64(queue.taken[i])
            t = time[v]
            out.what[at] = v
            out.seconds[at] = t
            time[v] = beyond
            at += uint64(t < beyond)
        used = np.int64(at)
        out.ends[start - span.start] = used
        start += 1
    return start, used, True


@compiled
def _points_block(  # noqa: PLR0917 - a compiled function has no keyword-only options
    network: _Network,
    seeds: _Seeds,
    queue: _Queue,
    out: _Output,
    span: _Span,
    points: _Points,
) -> tuple[int, int, bool]:
    """As ``_reach_block``, for the points that hang on the nodes reached."""
    beyond = np.nextafter(queue.limit_s, np.inf)
    time = queue.time
    attached, pairs, pairs_at, best = points
    start, used = span.start, 0
    while start < span.stop and used + len(best) < len(out.what):
        number = _search(network, seeds.node[start], seeds.seconds[start], queue)
        if number < 0:
            return start, used, False
        first = used
        for i in range(number):
            v = queue.taken[i]
            t = time[v]
            time[v] = beyond
            if t == beyond:
                continue
            for j in range(attached.indptr[v], attached.indptr[v + 1]):
                new = t + attached.seconds[j]
                if new < beyond:
                    used = _improve(best, out.what, used, attached.point[j], new)
        for j in range(pairs_at[start], pairs_at[start + 1]):
            if pairs.seconds[j] < beyond:
                used = _improve(best, out.what, used, pairs.point[j], pairs.seconds[j])
        for i in range(first, used):
            out.seconds[i] = best[out.what[i]]
            best[out.what[i]] = np.inf
        out.ends[start - span.start] = used
        start += 1
    return start, used, True


@compiled
def _improve(
    best: NDArray[np.float64],
    what: NDArray[np.int32],
    used: int,
    point: int,
    new: float,
) -> int:
    """Note a time for a point, list the point at its first, and return the length of the list."""
    if new < best[point]:
        if best[point] == np.inf:
            what[used] = point
            used += 1
        best[point] = new
    return used


@compiled
def _nearest(
    network: _Network,
    seeds: _Seeds,
    label: NDArray[np.int32],
    queue: _Queue,
) -> bool:
    """As ``_search``, each node also keeping the smallest label of those equally near.

    A row of ``queue.time`` is the seconds and the label of a node, both as floats: side by
    side they are one access to memory, and waiting for memory is most of the time here.
    Returns whether there was room to finish.
    """
    indptr, head, cost = network
    state = queue.time
    node, seconds = seeds
    bucket, filled, per_step = queue.bucket, queue.filled, queue.per_step
    one = uint64(1)
    seconds_of, label_of = uint64(0), uint64(1)
    mask = uint64(len(filled)) - one
    room = uint64(len(bucket)) // uint64(len(filled))
    last_step = uint64(np.int64(min(queue.limit_s * per_step, 1e18)))
    beyond = np.nextafter(queue.limit_s, np.inf)
    most = uint64(len(node))
    while most > uint64(0) and not seconds[most - one] < beyond:
        most -= one
    if most == uint64(0):
        return True
    seed = uint64(0)
    empty = uint64(0)
    step = uint64(np.int64(seconds[0] * per_step))
    while step <= last_step:
        b = step & mask
        first = b * room
        while seed < most and uint64(np.int64(seconds[seed] * per_step)) <= step:
            v = uint64(node[seed])
            s = seconds[seed]
            old = state[v, seconds_of]
            if s < old or (s == old and label[seed] < state[v, label_of]):
                state[v, seconds_of] = s
                state[v, label_of] = label[seed]
                bucket[first + filled[b]] = v
                filled[b] += one
                if filled[b] == room:
                    return False
            seed += one
        if filled[b] == uint64(0):
            empty += one
            if empty > mask:
                if seed == most:
                    break
                step = uint64(np.int64(seconds[seed] * per_step)) - one
                empty = uint64(0)
        else:
            empty = uint64(0)
            i = uint64(0)
            while i < filled[b]:
                u = uint64(bucket[first + i])
                i += one
                t = state[u, seconds_of]
                if uint64(np.int64(t * per_step)) != step:
                    continue
                own = state[u, label_of]
                arc = uint64(indptr[u])
                end = uint64(indptr[u + one])
                while arc < end:
                    v = uint64(head[arc])
                    new = t + cost[arc]
                    old = state[v, seconds_of]
                    old_label = state[v, label_of]
                    # Bitwise, because `and` and `or` would branch.
                    better = (new < old) | ((new == old) & (own < old_label))
                    state[v, seconds_of] = new if better else old
                    state[v, label_of] = own if better else old_label
                    k = uint64(np.int64(new * per_step)) & mask
                    c = filled[k]
                    bucket[k * room + c] = v
                    c += uint64(better)
                    filled[k] = c
                    if c == room:
                        return False
                    arc += one
            filled[b] = uint64(0)
        step += one
    return True


@compiled
def _k_nearest(
    network: _Network,
    seeds: _Seeds,
    label: NDArray[np.int32],
    queue: _Queue,
    source: NDArray[np.int32],
) -> bool:
    """As ``_nearest``, each node keeping its ``k`` nearest labels in ascending order.

    What is not among the best ``k`` at a node cannot be among them further on, because the
    ``k`` better ones go on along the same way.
    """
    indptr, head, cost = network
    time = queue.time
    node, seconds = seeds
    bucket, filled, per_step = queue.bucket, queue.filled, queue.per_step
    mask = len(filled) - 1
    room = len(bucket) // len(filled)
    beyond = np.nextafter(queue.limit_s, np.inf)
    last_step = np.int64(min(queue.limit_s * per_step, 1e18))
    most = len(node)
    while most > 0 and not seconds[most - 1] < beyond:
        most -= 1
    if most == 0:
        return True
    seed = 0
    empty = 0
    step = np.int64(seconds[0] * per_step)
    while step <= last_step:
        b = step & mask
        while seed < most and np.int64(seconds[seed] * per_step) <= step:
            v = np.int64(node[seed])
            if _keep(time, source, v, seconds[seed], label[seed]):
                bucket[b * room + np.int64(filled[b])] = v
                filled[b] += uint64(1)
                if filled[b] == uint64(room):
                    return False
            seed += 1
        if filled[b] == uint64(0):
            empty += 1
            if empty > mask:
                if seed == most:
                    break
                step = np.int64(seconds[seed] * per_step) - 1
                empty = 0
        else:
            empty = 0
            i = 0
            while i < np.int64(filled[b]):
                u = np.int64(bucket[b * room + i])
                i += 1
                for j in range(time.shape[1]):
                    if source[u, j] < 0 or np.int64(time[u, j] * per_step) != step:
                        continue
                    for arc in range(np.int64(indptr[u]), np.int64(indptr[u + 1])):
                        v = np.int64(head[arc])
                        new = time[u, j] + cost[arc]
                        if new < beyond and _keep(time, source, v, new, source[u, j]):
                            c = np.int64(new * per_step) & mask
                            bucket[c * room + np.int64(filled[c])] = v
                            filled[c] += uint64(1)
                            if filled[c] == uint64(room):
                                return False
            filled[b] = uint64(0)
        step += 1
    return True


@compiled
def _choose(known: _Labels, seeds: _Seeds, pairs: Pairs, out: _Labels) -> None:
    """Keep the nearest labels of points: those of their nodes, and those along their edge."""
    for i in range(len(seeds.node)):
        for w in range(seeds.node.shape[1]):
            v = seeds.node[i, w]
            if v < 0:
                continue
            for j in range(known.time.shape[1]):
                if known.source[v, j] >= 0:
                    time = known.time[v, j] + seeds.seconds[i, w]
                    _keep(out.time, out.source, i, time, known.source[v, j])
    for j in range(len(pairs.point)):
        if pairs.seconds[j] < np.inf:
            _keep(out.time, out.source, pairs.point[j], pairs.seconds[j], pairs.source[j])


@compiled
def _choose_one(known: _Labels, seeds: _Seeds, pairs: Pairs, out: _Labels) -> None:
    """Keep the nearest label of points, as :func:`_choose` does where one is kept."""
    for i in range(len(seeds.node)):
        best, label = out.time[i, 0], out.source[i, 0]
        for w in range(seeds.node.shape[1]):
            v = seeds.node[i, w]
            if v < 0 or known.source[v, 0] < 0:
                continue
            time, source = known.time[v, 0] + seeds.seconds[i, w], known.source[v, 0]
            if not (time > best or (time == best and source >= label >= 0)):
                best, label = time, source
        out.time[i, 0], out.source[i, 0] = best, label
    for j in range(len(pairs.point)):
        if pairs.seconds[j] < np.inf:
            _keep(out.time, out.source, pairs.point[j], pairs.seconds[j], pairs.source[j])


@compiled
def _keep(
    time: NDArray[np.float64], source: NDArray[np.int32], v: int, new: float, label: int
) -> bool:
    """Put a label among the nearest of a node if it belongs there; tell whether it did."""
    last = time.shape[1] - 1
    if new > time[v, last] or (new == time[v, last] and label >= source[v, last] >= 0):
        return False
    at = last
    for j in range(last + 1):
        if source[v, j] == label:
            if new >= time[v, j]:
                return False
            at = j
            break
    while at > 0 and (
        new < time[v, at - 1] or (new == time[v, at - 1] and label < source[v, at - 1])
    ):
        time[v, at] = time[v, at - 1]
        source[v, at] = source[v, at - 1]
        at -= 1
    time[v, at] = new
    source[v, at] = label
    return True
