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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numba
import numpy as np
from numba import uint64

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.graph import Arcs
    from quartieri15.reach.snapping import SegmentGrid


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile at the first call, free of the interpreter lock, and keep it between processes.

    numba keeps the machine code beside the module, or in the user's cache folder when that
    is read-only. Where neither can be written, each process compiles for itself.
    """
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


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

    indptr: NDArray[np.int32]
    point: NDArray[np.int32]
    seconds: NDArray[np.float64]
    points: int


class Direct(NamedTuple):
    """Points reached without passing a node, by source: ``indptr[i]:indptr[i + 1]``."""

    indptr: NDArray[np.int64]
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
    node, seconds = _in_order_of_time(seed_node, seed_s)
    n = len(arcs.indptr) - 1
    indptr, head = arcs.indptr.view(np.uint32), arcs.head.view(np.uint32)

    def search(todo: slice, space: _Space, out: _Output, used: int) -> tuple[int, int, bool]:
        return _reach_block(  # type: ignore[no-any-return]
            indptr, head, arcs.cost, node, seconds, limit_s, todo.start, todo.stop,
            space.per_step, space.time, space.bucket, space.count, space.done,
            out.what, out.seconds, used, out.ends,
        )  # fmt: skip

    return _shared_out(search, arcs, len(node), n + 1, 0, limit_s, threads)


def points_within(
    arcs: Arcs,
    seed_node: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    attached: Attached,
    direct: Direct,
    *,
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
        Points that a source can also reach along their common edge, with those seconds.

    Returns
    -------
    Reached
        Point numbers and seconds, per source.
    """
    node, seconds = _in_order_of_time(seed_node, seed_s)
    indptr, head = arcs.indptr.view(np.uint32), arcs.head.view(np.uint32)

    def search(todo: slice, space: _Space, out: _Output, used: int) -> tuple[int, int, bool]:
        return _points_block(  # type: ignore[no-any-return]
            indptr, head, arcs.cost, node, seconds, limit_s, todo.start, todo.stop,
            attached.indptr, attached.point, attached.seconds,
            direct.indptr, direct.point, direct.seconds,
            space.per_step, space.time, space.bucket, space.count, space.done, space.best,
            out.what, out.seconds, used, out.ends,
        )  # fmt: skip

    return _shared_out(search, arcs, len(node), attached.points, attached.points, limit_s, threads)


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
    k_seconds, k_source = k_nearest(arcs, seed_node, seed_s, k=1, limit_s=limit_s)
    return k_seconds[:, 0], k_source[:, 0]


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
    width = seed_node.shape[1] if seed_node.ndim > 1 else 1
    node, seconds = seed_node.ravel(), seed_s.ravel()
    label = np.repeat(np.arange(len(seed_node), dtype=np.int32), width)
    kept = np.flatnonzero(node >= 0)
    order = kept[np.argsort(seconds[kept], kind="stable")]
    n = len(arcs.indptr) - 1
    space = _Space.for_search(arcs, limit_s, points=0)
    arguments = (
        arcs.indptr.view(np.uint32),
        arcs.head.view(np.uint32),
        arcs.cost,
        np.ascontiguousarray(node[order], dtype=np.int32),
        np.ascontiguousarray(seconds[order], dtype=np.float64),
        label[order],
        limit_s,
        space.per_step,
    )
    while True:
        if k == 1:
            time = np.full(n, _beyond(limit_s))
            source = np.full(n, -1, dtype=np.int32)
            finished = _nearest(*arguments, time, source, space.bucket, space.count)
        else:
            time = np.full((n, k), _beyond(limit_s))
            source = np.full((n, k), -1, dtype=np.int32)
            finished = _k_nearest(*arguments, time, source, space.bucket, space.count)
        if finished:
            time[source < 0] = np.inf
            return time.reshape(n, k), source.reshape(n, k)
        space.grow()


class _Output(NamedTuple):
    """Room for results: one thread's stretch of memory, shared by several sources."""

    what: NDArray[np.int32]
    seconds: NDArray[np.float64]
    ends: NDArray[np.int64]


@dataclass
class _Space:
    """What one thread needs to search, used again for every source."""

    per_step: float
    time: NDArray[np.float64]
    bucket: NDArray[np.uint32]
    count: NDArray[np.uint64]
    done: NDArray[np.uint32]
    best: NDArray[np.float64]

    @classmethod
    def for_search(cls, arcs: Arcs, limit_s: float, *, points: int) -> _Space:
        # Half the mean arc: wider buckets repeat work, narrower ones are mostly empty. At
        # most 4096 buckets, however long the longest arc is; fewer is only slower.
        step_s = max(arcs.mean_s / 2, arcs.longest_s / 4000) or 1.0
        # Buckets are used in turn, so they must span the longest arc: a power of two of them.
        buckets = 1 << int(arcs.longest_s / step_s + 2).bit_length()
        n = len(arcs.indptr) - 1
        return cls(
            per_step=1.0 / step_s,
            time=np.full(n, _beyond(limit_s)),
            bucket=np.empty(buckets * _ROOM, dtype=np.uint32),
            count=np.zeros(buckets, dtype=np.uint64),
            done=np.empty(2 * n + 16, dtype=np.uint32),
            best=np.full(points, np.inf),
        )

    def grow(self) -> None:
        """Make more room after a search did not finish, and forget what it left behind."""
        self.bucket = np.empty(2 * len(self.bucket), dtype=np.uint32)
        self.done = np.empty(2 * len(self.done), dtype=np.uint32)
        self.count[:] = 0


# Nodes per bucket at first. Not a power of two: buckets a power of two apart would compete
# for the same lines of the cache.
_ROOM = 1040

# Results per stretch of memory; at least one source must always fit.
_STRETCH = 1 << 20


def _beyond(limit_s: float) -> float:
    """The mark of a node not reached: the first time beyond the limit, so that one comparison
    tells both whether a time is an improvement and whether it is within the limit."""
    return float(np.nextafter(limit_s, np.inf))


def _in_order_of_time(
    seed_node: NDArray[np.int32], seed_s: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    seconds = np.where(seed_node < 0, np.inf, seed_s)
    order = np.argsort(seconds, axis=1, kind="stable")
    node = np.take_along_axis(np.asarray(seed_node, dtype=np.int32), order, axis=1)
    return np.ascontiguousarray(node), np.ascontiguousarray(
        np.take_along_axis(seconds, order, axis=1)
    )


def _shared_out(
    search: Callable[[slice, _Space, _Output, int], tuple[int, int, bool]],
    arcs: Arcs,
    sources: int,
    most: int,
    points: int,
    limit_s: float,
    threads: int | None,
) -> Reached:
    """Let threads take blocks of sources in turn; ``most`` is what one source may reach."""
    threads = threads or available_cores()
    block = max(1, min(16, sources // (8 * threads)))
    todo = iter([slice(i, min(i + block, sources)) for i in range(0, sources, block)])
    parts: list[Any] = [None] * sources

    def work() -> None:
        space = out = None
        used = 0
        for one in todo:
            if space is None:
                space = _Space.for_search(arcs, limit_s, points=points)
            start = one.start
            while start < one.stop:
                if out is None or used + most > len(out.what):
                    size = max(most, min(_STRETCH, most * (sources - start)))
                    out = _Output(
                        np.empty(size, dtype=np.int32),
                        np.empty(size),
                        np.empty(block, dtype=np.int64),
                    )
                    used = 0
                first, begin = start, used
                start, used, finished = search(slice(start, one.stop), space, out, used)
                for i, end in zip(range(first, start), out.ends.tolist(), strict=False):
                    parts[i] = (out.what[begin:end], out.seconds[begin:end])
                    begin = end
                if not finished:
                    space.grow()
                    space.time[:] = _beyond(limit_s)

    _run(work, min(threads, -(-sources // block)))
    return Reached(tuple(parts))


def _run(work: Callable[[], None], threads: int) -> None:
    """Let this thread and some others work until nothing is left to do."""
    if threads <= 1:
        work()
        return
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(work) for _ in range(threads - 1)]
        work()
        for other in others:
            other.result()


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@compiled
def _search(
    indptr, head, cost, node, seconds, limit_s, per_step, time, bucket, count, done
):  # fmt: skip
    """Fill ``time`` from some seeds and list in ``done`` the nodes taken up, some twice.

    ``time`` comes in holding the mark of "not reached" everywhere and ``count`` zeros.
    Returns how many nodes stand in ``done``, or -1 if there was no room to finish.
    """
    one = uint64(1)
    mask = uint64(len(count)) - one
    room = uint64(len(bucket)) // uint64(len(count))
    most = uint64(len(done))
    last_step = uint64(np.int64(min(limit_s * per_step, 1e18)))
    beyond = np.nextafter(limit_s, np.inf)
    seeds = uint64(len(node))
    while seeds > uint64(0) and not seconds[seeds - one] < beyond:
        seeds -= one
    taken = uint64(0)
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
                bucket[first + count[b]] = v
                count[b] += one
                if count[b] == room:
                    return np.int64(-1)
            seed += one
        if count[b] == uint64(0):
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
            while i < count[b]:
                u = uint64(bucket[first + i])
                i += one
                t = time[u]
                # Reached earlier by a shorter way, and done with then.
                if uint64(np.int64(t * per_step)) != step:
                    continue
                if taken == most:
                    return np.int64(-1)
                done[taken] = u
                taken += one
                arc = uint64(indptr[u])
                end = uint64(indptr[u + one])
                while arc < end:
                    v = uint64(head[arc])
                    new = t + cost[arc]
                    old = time[v]
                    better = new < old
                    time[v] = new if better else old
                    k = uint64(np.int64(new * per_step)) & mask
                    c = count[k]
                    bucket[k * room + c] = v
                    c += uint64(better)
                    count[k] = c
                    if c == room:
                        return np.int64(-1)
                    arc += one
            count[b] = uint64(0)
        step += one
    return np.int64(taken)


@compiled
def _reach_block(
    indptr, head, cost, node, seconds, limit_s, start, stop,
    per_step, time, bucket, count, done, what, out_s, used, ends,
):  # fmt: skip
    """Search from sources ``start:stop``; stop early where the results have no room left.

    Returns the first source not done, the results written so far, and whether the last
    search finished.
    """
    beyond = np.nextafter(limit_s, np.inf)
    n = len(indptr) - 1
    begin = start
    while start < stop and used + n < len(what):
        taken = _search(
            indptr, head, cost, node[start], seconds[start], limit_s,
            per_step, time, bucket, count, done,
        )  # fmt: skip
        if taken < 0:
            return start, used, False
        at = uint64(used)
        for i in range(taken):
            # A node taken up twice has lost its time to the first visit here.
            v = uint64(done[i])
            t = time[v]
            what[at] = v
            out_s[at] = t
            time[v] = beyond
            at += uint64(t < beyond)
        used = np.int64(at)
        ends[start - begin] = used
        start += 1
    return start, used, True


@compiled
def _points_block(
    indptr, head, cost, node, seconds, limit_s, start, stop,
    hung_ptr, hung_point, hung_s, direct_ptr, direct_point, direct_s,
    per_step, time, bucket, count, done, best, what, out_s, used, ends,
):  # fmt: skip
    """As ``_reach_block``, for the points that hang on the nodes reached."""
    beyond = np.nextafter(limit_s, np.inf)
    points = len(best)
    begin = start
    while start < stop and used + points <= len(what):
        taken = _search(
            indptr, head, cost, node[start], seconds[start], limit_s,
            per_step, time, bucket, count, done,
        )  # fmt: skip
        if taken < 0:
            return start, used, False
        first = used
        for i in range(taken):
            v = done[i]
            t = time[v]
            time[v] = beyond
            if t == beyond:
                continue
            for j in range(hung_ptr[v], hung_ptr[v + 1]):
                p = hung_point[j]
                new = t + hung_s[j]
                if new < beyond and new < best[p]:
                    if best[p] == np.inf:
                        what[used] = p
                        used += 1
                    best[p] = new
        for j in range(direct_ptr[start], direct_ptr[start + 1]):
            p = direct_point[j]
            new = direct_s[j]
            if new < beyond and new < best[p]:
                if best[p] == np.inf:
                    what[used] = p
                    used += 1
                best[p] = new
        for i in range(first, used):
            out_s[i] = best[what[i]]
            best[what[i]] = np.inf
        ends[start - begin] = used
        start += 1
    return start, used, True


@compiled
def _nearest(
    indptr, head, cost, node, seconds, label, limit_s, per_step, time, source, bucket, count
):  # fmt: skip
    """As ``_search``, each node also keeping the smallest label of those equally near."""
    one = uint64(1)
    mask = uint64(len(count)) - one
    room = uint64(len(bucket)) // uint64(len(count))
    last_step = uint64(np.int64(min(limit_s * per_step, 1e18)))
    beyond = np.nextafter(limit_s, np.inf)
    seeds = uint64(len(node))
    while seeds > uint64(0) and not seconds[seeds - one] < beyond:
        seeds -= one
    if seeds == uint64(0):
        return True
    seed = uint64(0)
    empty = uint64(0)
    step = uint64(np.int64(seconds[0] * per_step))
    while step <= last_step:
        b = step & mask
        first = b * room
        while seed < seeds and uint64(np.int64(seconds[seed] * per_step)) <= step:
            v = uint64(node[seed])
            s = seconds[seed]
            if s < time[v] or (s == time[v] and label[seed] < source[v]):
                time[v] = s
                source[v] = label[seed]
                bucket[first + count[b]] = v
                count[b] += one
                if count[b] == room:
                    return False
            seed += one
        if count[b] == uint64(0):
            empty += one
            if empty > mask:
                if seed == seeds:
                    break
                step = uint64(np.int64(seconds[seed] * per_step)) - one
                empty = uint64(0)
        else:
            empty = uint64(0)
            i = uint64(0)
            while i < count[b]:
                u = uint64(bucket[first + i])
                i += one
                t = time[u]
                if uint64(np.int64(t * per_step)) != step:
                    continue
                own = source[u]
                arc = uint64(indptr[u])
                end = uint64(indptr[u + one])
                while arc < end:
                    v = uint64(head[arc])
                    new = t + cost[arc]
                    old = time[v]
                    # `&` and `|` where `and` and `or` would branch.
                    better = (new < old) | ((new == old) & (own < source[v]))
                    time[v] = new if better else old
                    source[v] = own if better else source[v]
                    k = uint64(np.int64(new * per_step)) & mask
                    c = count[k]
                    bucket[k * room + c] = v
                    c += uint64(better)
                    count[k] = c
                    if c == room:
                        return False
                    arc += one
            count[b] = uint64(0)
        step += one
    return True


@compiled
def _k_nearest(
    indptr, head, cost, node, seconds, label, limit_s, per_step, time, source, bucket, count
):  # fmt: skip
    """As ``_nearest``, each node keeping its ``k`` nearest labels in ascending order.

    What is not among the best ``k`` at a node cannot be among them further on, because the
    ``k`` better ones go on along the same way.
    """
    mask = len(count) - 1
    room = len(bucket) // len(count)
    k = time.shape[1]
    beyond = np.nextafter(limit_s, np.inf)
    last_step = np.int64(min(limit_s * per_step, 1e18))
    seeds = len(node)
    while seeds > 0 and not seconds[seeds - 1] < beyond:
        seeds -= 1
    if seeds == 0:
        return True
    seed = 0
    empty = 0
    step = np.int64(seconds[0] * per_step)
    while step <= last_step:
        b = step & mask
        while seed < seeds and np.int64(seconds[seed] * per_step) <= step:
            v = np.int64(node[seed])
            if _keep(time, source, v, seconds[seed], label[seed]):
                bucket[b * room + np.int64(count[b])] = v
                count[b] += uint64(1)
                if count[b] == uint64(room):
                    return False
            seed += 1
        if count[b] == uint64(0):
            empty += 1
            if empty > mask:
                if seed == seeds:
                    break
                step = np.int64(seconds[seed] * per_step) - 1
                empty = 0
        else:
            empty = 0
            i = 0
            while i < np.int64(count[b]):
                u = np.int64(bucket[b * room + i])
                i += 1
                for j in range(k):
                    if source[u, j] < 0 or np.int64(time[u, j] * per_step) != step:
                        continue
                    for arc in range(np.int64(indptr[u]), np.int64(indptr[u + 1])):
                        v = np.int64(head[arc])
                        new = time[u, j] + cost[arc]
                        if new < beyond and _keep(time, source, v, new, source[u, j]):
                            c = np.int64(new * per_step) & mask
                            bucket[c * room + np.int64(count[c])] = v
                            count[c] += uint64(1)
                            if count[c] == uint64(room):
                                return False
            count[b] = uint64(0)
        step += 1
    return True


@compiled
def _keep(time, source, v, new, label):
    """Put a label among the nearest of a node if it belongs there; tell whether it did."""
    k = time.shape[1]
    if new > time[v, k - 1] or (new == time[v, k - 1] and label >= source[v, k - 1] >= 0):
        return False
    at = k - 1
    for j in range(k):
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


def fill_cells(
    ends: NDArray[np.float64], x0: float, y0: float, cell: float, columns: int, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Sort segments into the cells of a grid: ``indptr`` by cell, row after row, and segments."""
    indptr = np.zeros(columns * rows + 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int32)
    _fill_cells(ends, x0, y0, cell, columns, rows, indptr, nothing)
    np.cumsum(indptr, out=indptr)
    segment = np.empty(indptr[-1], dtype=np.int32)
    _fill_cells(ends, x0, y0, cell, columns, rows, indptr[:-1].copy(), segment)
    return indptr, segment


def nearest_segments(
    grid: SegmentGrid,
    points_xy: NDArray[np.float64],
    main: NDArray[np.bool_],
    max_distance_m: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Find the nearest segment of each point, preferring some edges.

    Parameters
    ----------
    grid
        The segments.
    points_xy : (p, 2) float64
        Points; NaN for none.
    main : (edges,) bool
        The edges preferred: another is taken only where none of these is within the
        distance.
    max_distance_m
        Metres, included.

    Returns
    -------
    segment : (p,) int32
        The nearest segment, -1 for none.
    along : (p,) float64
        Position of the nearest point on it, 0 to 1.
    square, square_any : (p,) float64
        Square of the distance to it, and to the nearest segment of any edge.
    """
    p = len(points_xy)
    segment = np.full(p, -1, dtype=np.int32)
    along, square, square_any = np.zeros(p), np.full(p, np.inf), np.full(p, np.inf)
    threads = available_cores() if p > 2000 else 1
    todo = iter(np.array_split(np.arange(p), 4 * threads) if p else [])

    def work() -> None:
        for rows in todo:
            _nearest_segments(
                grid.ends, grid.edge, grid.indptr, grid.segment, *grid.origin, grid.cell_m,
                *grid.shape, points_xy, main, max_distance_m, rows[0], rows[-1] + 1,
                segment, along, square, square_any,
            )  # fmt: skip

    _run(work, threads)
    return segment, along, square, square_any


@compiled
def _fill_cells(ends, x0, y0, cell, columns, rows, place, segment):
    """Count the segments of each cell into ``place[cell + 1]``, or put them at ``place[cell]``."""
    counting = len(segment) == 0
    # A hair wider than exact, so that rounding loses no cell.
    hair = 1e-6
    for s in range(len(ends)):
        ax, ay, bx, by = ends[s, 0] - x0, ends[s, 1] - y0, ends[s, 2] - x0, ends[s, 3] - y0
        first_row = max(0, int((min(ay, by) - hair) / cell))
        last_row = min(rows - 1, int((max(ay, by) + hair) / cell))
        for row in range(first_row, last_row + 1):
            # The part of the segment inside this row of cells.
            low, high = 0.0, 1.0
            if by != ay:
                one = (row * cell - hair - ay) / (by - ay)
                two = ((row + 1) * cell + hair - ay) / (by - ay)
                low, high = max(0.0, min(one, two)), min(1.0, max(one, two))
            left, right = ax + low * (bx - ax), ax + high * (bx - ax)
            first = max(0, int((min(left, right) - hair) / cell))
            last = min(columns - 1, int((max(left, right) + hair) / cell))
            for column in range(first, last + 1):
                c = row * columns + column
                if counting:
                    place[c + 1] += 1
                else:
                    segment[place[c]] = s
                    place[c] += 1


@compiled
def _nearest_segments(
    ends, edge, indptr, cell_segment, x0, y0, cell, columns, rows, points, main, max_distance,
    start, stop, segment, along, square, square_any,
):  # fmt: skip
    """Look through the cells around each point, ring after ring, until none can be nearer."""
    farthest = max_distance * max_distance
    for i in range(start, stop):
        px, py = points[i, 0], points[i, 1]
        if not (np.isfinite(px) and np.isfinite(py)):
            continue
        # Too far from the whole grid; also keeps the cell numbers below small.
        if (
            px < x0 - max_distance
            or py < y0 - max_distance
            or px > x0 + columns * cell + max_distance
            or py > y0 + rows * cell + max_distance
        ):
            continue
        column, row = int(np.floor((px - x0) / cell)), int(np.floor((py - y0) / cell))
        best, best_s, best_t = np.inf, -1, 0.0
        other, other_s, other_t = np.inf, -1, 0.0
        # Nothing outside a block of rings is nearer than the side of the block.
        margin = min(
            px - x0 - column * cell,
            py - y0 - row * cell,
            (column + 1) * cell - (px - x0),
            (row + 1) * cell - (py - y0),
        )
        ring = 0
        while True:
            for r in range(max(0, row - ring), min(rows - 1, row + ring) + 1):
                side = abs(r - row) == ring
                stride = 1 if side else max(1, 2 * ring)
                for c in range(column - ring, column + ring + 1, stride):
                    if c < 0 or c >= columns:
                        continue
                    for j in range(indptr[r * columns + c], indptr[r * columns + c + 1]):
                        s = cell_segment[j]
                        ax, ay = ends[s, 0], ends[s, 1]
                        dx, dy = ends[s, 2] - ax, ends[s, 3] - ay
                        length = dx * dx + dy * dy
                        t = 0.0
                        if length > 0:
                            t = ((px - ax) * dx + (py - ay) * dy) / length
                        # The ends exactly: streets that share a junction then tie there.
                        if not t > 0:
                            t, qx, qy = 0.0, ax, ay
                        elif t >= 1:
                            t, qx, qy = 1.0, ends[s, 2], ends[s, 3]
                        else:
                            qx, qy = ax + t * dx, ay + t * dy
                        d = (px - qx) * (px - qx) + (py - qy) * (py - qy)
                        # Segments are numbered edge by edge: the smaller number wins a tie.
                        if main[edge[s]]:
                            if d < best or (d == best and s < best_s):
                                best, best_s, best_t = d, s, t
                        elif d < other or (d == other and s < other_s):
                            other, other_s, other_t = d, s, t
            seen = max(0.0, ring * cell + margin)
            if best <= seen * seen or seen > max_distance:
                break
            ring += 1
        if best <= farthest:
            segment[i], along[i], square[i] = best_s, best_t, best
        elif other <= farthest:
            segment[i], along[i], square[i] = other_s, other_t, other
        square_any[i] = min(best, other)
