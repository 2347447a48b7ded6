"""Searches give what scipy's Dijkstra gives, bit for bit, with any number of threads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from quartieri15.model import profiles
from quartieri15.reach import kernels
from quartieri15.reach.graph import Arcs, travel_graph

if TYPE_CHECKING:
    from pathlib import Path

COSTS = st.sampled_from([0.0, 0.1, 1.0, 1.0, 7.3, 60.0, 5000.0, 1e-9])


@st.composite
def networks(draw) -> Arcs:
    """Arcs at random: some without cost, some a thousand times longer than their neighbours."""
    n = draw(st.integers(1, 9))
    pairs = draw(
        st.dictionaries(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1]),
            COSTS,
            max_size=25,
        )
    )
    tail, head = (np.array([pair[end] for pair in sorted(pairs)], dtype=np.int32) for end in (0, 1))
    indptr = np.searchsorted(tail, np.arange(n + 1)).astype(np.int32)
    return Arcs(indptr, head, np.array([pairs[pair] for pair in sorted(pairs)], dtype=float))


@st.composite
def searches(draw):
    """A network, and sources that begin at none, one or two of its nodes."""
    arcs = draw(networks())
    n = len(arcs.indptr) - 1
    seeds = draw(
        st.lists(
            st.tuples(st.integers(-1, n - 1), COSTS, st.integers(-1, n - 1), COSTS),
            min_size=1,
            max_size=6,
        )
    )
    node = np.array([(a, b) for a, _, b, _ in seeds], dtype=np.int32)
    seconds = np.array([(a, b) for _, a, _, b in seeds])
    return arcs, node, np.where(node < 0, np.inf, seconds)


def times_by_bellman_ford(arcs, node, seconds):
    """Sources by nodes, by trying every arc until nothing improves."""
    n = len(arcs.indptr) - 1
    tail = np.repeat(np.arange(n), np.diff(arcs.indptr))
    times = np.full((len(node), n), np.inf)
    for time, starts, begun in zip(times, node, seconds, strict=True):
        for v, s in zip(starts, begun, strict=True):
            if v >= 0:
                time[v] = min(time[v], s)
        for _ in range(n):
            for u, v, cost in zip(tail, arcs.head, arcs.cost, strict=True):
                time[v] = min(time[v], time[u] + cost)
    return times


@given(searches(), st.sampled_from([0.0, 1.0, 8.3, 60.0, 5001.0, np.inf]))
@settings(max_examples=200)
def test_all_nodes_within_a_time(search, limit):
    arcs, node, seconds = search
    times = times_by_bellman_ford(arcs, node, seconds)
    times[times > limit] = np.inf
    for threads in (1, 2, 3):
        reached = kernels.reach_within(arcs, node, seconds, limit_s=limit, threads=threads)
        assert len(reached) == len(node)
        for expected, (found, within) in zip(times, reached, strict=True):
            assert len(set(found)) == len(found)
            whole = np.full_like(expected, np.inf)
            whole[found] = within
            np.testing.assert_array_equal(whole, expected)


@given(searches(), st.sampled_from([0.0, 8.3, 60.0, np.inf]), st.integers(1, 4))
@settings(max_examples=200)
def test_the_nearest_sources_of_every_node(search, limit, k):
    arcs, node, seconds = search
    times = times_by_bellman_ford(arcs, node, seconds)
    times[times > limit] = np.inf
    expected = np.full((k, times.shape[1]), np.inf)
    expected[: len(times)] = np.sort(times, axis=0)[:k]
    found_s, found = kernels.k_nearest(arcs, node, seconds, k=k, limit_s=limit)
    np.testing.assert_array_equal(found_s, expected.T)
    # The smallest of those equally near stands first.
    order = np.argsort(times, axis=0, kind="stable")[:k].T
    reached = np.isfinite(expected.T)
    np.testing.assert_array_equal(found >= 0, reached)
    rows, ranks = np.nonzero(reached)
    same_time = times[found[rows, ranks], rows]
    np.testing.assert_array_equal(same_time, found_s[rows, ranks])
    if float(arcs.cost.sum()).is_integer() and np.isin(seconds, [0, 1, 60, np.inf]).all():
        # Whole seconds, so that no rounding decides between two ways.
        np.testing.assert_array_equal(found[rows, ranks], order[rows, ranks])


@given(searches(), st.data())
@settings(max_examples=100)
def test_points_hang_on_nodes(search, data):
    arcs, node, seconds = search
    n = len(arcs.indptr) - 1
    hung = data.draw(
        st.lists(st.tuples(st.integers(-1, n - 1), st.integers(-1, n - 1)), max_size=5)
    )
    point_node = np.array(hung, dtype=np.int32).reshape(-1, 2)
    point_s = np.where(point_node < 0, np.inf, [2.5, 0.5])
    along = data.draw(
        st.lists(st.tuples(st.integers(0, len(node) - 1), st.integers(0, len(hung) - 1), COSTS))
        if hung
        else st.just([])
    )
    direct = kernels.Pairs(
        np.array([source for source, _, _ in along], dtype=np.int32),
        np.array([point for _, point, _ in along], dtype=np.int32),
        np.array([cost for _, _, cost in along], dtype=float),
    )
    times = times_by_bellman_ford(arcs, node, seconds)
    expected = np.full((len(node), len(hung)), np.inf)
    for i in range(len(node)):
        for j, ends in enumerate(point_node):
            ways = [times[i, v] + point_s[j, w] for w, v in enumerate(ends) if v >= 0]
            ways += [cost for source, point, cost in along if (source, point) == (i, j)]
            expected[i, j] = min(ways, default=np.inf)
    attached = kernels.Attached.to_nodes(n, point_node, point_s)
    for limit in (3.0, np.inf):
        reached = kernels.points_within(
            arcs, node, seconds, attached=attached, direct=direct, limit_s=limit
        )
        for within, (found, found_s) in zip(expected, reached, strict=True):
            whole = np.full(len(hung), np.inf)
            whole[found] = found_s
            np.testing.assert_array_equal(whole, np.where(within <= limit, within, np.inf))
    near_s, near = kernels.k_nearest(arcs, node, seconds, k=2)
    point_near_s, _ = kernels.nearest_of_points(
        near_s, near, point_node=point_node, point_s=point_s, direct=direct
    )
    best = np.full((2, len(hung)), np.inf)
    best[: len(node)] = np.sort(expected, axis=0)[:2]
    np.testing.assert_array_equal(point_near_s, best.T)


@pytest.fixture(scope="module")
def ladder() -> Arcs:
    """A grid of 60 by 60 junctions with costs that force nodes to be taken up again."""
    side = 60
    rng = np.random.default_rng(15)
    number = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    head = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
    cost = rng.exponential(10, len(tail)) * rng.integers(0, 2, len(tail))
    order = np.lexsort([head, tail])
    indptr = np.searchsorted(tail[order], np.arange(side * side + 1)).astype(np.int32)
    return Arcs(indptr, head[order].astype(np.int32), cost[order])


@pytest.mark.parametrize("k", [1, 2])
def test_a_point_is_told_nothing_by_a_node_that_it_does_not_hang_on(k):
    # The last node of all is the nearest: -1 must not be taken for it.
    seconds = np.tile([[3.0], [0.0]], k)
    source = np.tile(np.arange(k, dtype=np.int32), (2, 1))
    none = kernels.Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))
    found, named = kernels.nearest_of_points(
        seconds,
        source,
        point_node=np.array([[0, -1], [-1, -1]], dtype=np.int32),
        point_s=np.zeros((2, 2)),
        direct=none,
    )
    assert found.tolist() == [[3.0] * k, [np.inf] * k]
    assert named.tolist() == [list(range(k)), [-1] * k]


def test_little_room_is_made_more(ladder, monkeypatch):
    node = np.arange(0, 3600, 40, dtype=np.int32)[:, None]
    seconds = np.zeros((len(node), 1))
    ask = {"limit_s": 80.0}
    plenty = kernels.reach_within(ladder, node, seconds, **ask)
    nearest = kernels.k_nearest(ladder, node, seconds, k=3)
    # No space from before, which would have room enough.
    monkeypatch.setattr(kernels, "_kept", [])
    monkeypatch.setattr(kernels, "_ROOM", 3)
    monkeypatch.setattr(kernels, "_STRETCH", 1)
    for mine, theirs in zip(
        kernels.reach_within(ladder, node, seconds, **ask), plenty, strict=True
    ):
        assert dict(zip(*mine, strict=True)) == dict(zip(*theirs, strict=True))
    for mine, theirs in zip(kernels.k_nearest(ladder, node, seconds, k=3), nearest, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_any_number_of_threads_gives_the_same_bits(ladder):
    node = np.arange(0, 3600, 7, dtype=np.int32)[:, None]
    seconds = np.zeros((len(node), 1))
    one = kernels.reach_within(ladder, node, seconds, limit_s=60.0, threads=1).joined()
    for threads in (2, 5):
        more = kernels.reach_within(ladder, node, seconds, limit_s=60.0, threads=threads).joined()
        for mine, theirs in zip(one, more, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def same(mine, theirs):
    return all(
        (a == b).all()
        for one, other in zip(mine, theirs, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def test_questions_from_several_threads_and_from_within_each_other(ladder):
    node = np.arange(0, 3600, 40, dtype=np.int32)[:, None]
    seconds = np.zeros((len(node), 1))
    limits = [10.0, 80.0, 30.0, 80.0, np.inf]

    def ask(limit, threads):
        return kernels.reach_within(ladder, node, seconds, limit_s=limit, threads=threads)

    expected = [ask(limit, 1) for limit in limits]
    with ThreadPoolExecutor(len(limits)) as pool:
        for _ in range(5):
            assert all(map(same, pool.map(lambda limit: ask(limit, 3), limits), expected))
    todo = iter(range(len(limits)))
    found = {}

    def work():
        for i in todo:
            found[i] = ask(limits[i], 3)

    kernels.work_together(work, 3)
    assert all(same(found[i], expected[i]) for i in range(len(limits)))


@pytest.mark.parametrize("at", [0, 3])
def test_work_broken_off_stops_all_and_leaves_nothing_behind(ladder, monkeypatch, at):
    node = np.arange(3600, dtype=np.int32)[:, None]
    seconds = np.zeros((len(node), 1))
    expected = kernels.reach_within(ladder, node, seconds, limit_s=20.0, threads=2)
    whole, calls = kernels._reach_block, []

    def broken_off(*given):
        calls.append(given)
        found = whole(*given)
        # As if Ctrl-C came while the search left its times behind.
        if len(calls) > at:
            given[2].time[:] = 0.0
            raise KeyboardInterrupt
        return found

    with monkeypatch.context() as broken:
        broken.setattr(kernels, "_reach_block", broken_off)
        with pytest.raises(KeyboardInterrupt):
            kernels.reach_within(ladder, node, seconds, limit_s=20.0, threads=2)
    assert len(calls) <= at + 2
    again = kernels.reach_within(ladder, node, seconds, limit_s=20.0, threads=2)
    assert same(again, expected)


def test_what_is_kept_is_bounded_and_results_hold_only_what_they_need(ladder, monkeypatch):
    node = np.arange(0, 3600, 40, dtype=np.int32)[:, None]
    seconds = np.zeros((len(node), 1))
    monkeypatch.setattr(kernels, "_kept", [])
    first = kernels.reach_within(ladder, node, seconds, limit_s=20.0, threads=5)
    kernels.k_nearest(ladder, node, seconds, k=3)
    assert 0 < len(kernels._kept) <= kernels.available_cores()
    assert all(space.nbytes <= kernels._KEPT_BYTES for space in kernels._kept)
    held = {id(found.base): found.base.nbytes for found, _ in first}
    assert sum(held.values()) == sum(found.nbytes for found, _ in first)
    monkeypatch.setattr(kernels, "_kept", [])
    monkeypatch.setattr(kernels, "_KEPT_BYTES", 1000)
    assert same(kernels.reach_within(ladder, node, seconds, limit_s=20.0), first)
    assert not kernels._kept


FORKING = """
import os
import numpy as np
from quartieri15.reach import kernels
from quartieri15.reach.graph import Arcs
arcs = Arcs(np.array([0, 1, 2], "int32"), np.array([1, 0], "int32"), np.array([1.0, 2.0]))
node = np.zeros((64, 1), "int32")
def ask():
    found = kernels.reach_within(arcs, node, np.zeros((64, 1)), limit_s=9.0, threads=2)
    kernels.work_together(lambda: None, 2)
    return [seconds.tolist() for _, seconds in found] == [[0.0, 1.0]] * 64
assert ask()
child = os.fork()
if child == 0:
    os._exit(0 if ask() else 1)
assert os.waitpid(child, 0)[1] == 0
assert ask()
import atexit
atexit.register(lambda: print("at the end", ask()))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_threads_of_its_own_and_the_end_comes(root: Path):
    ran = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert ran.stdout.split() == ["at", "the", "end", "True"]


def test_milano_as_scipy_says(milano):
    for profile, limit in ((profiles.WALK_ADULT, 900.0), (profiles.BIKE_ADULT, 600.0)):
        graph = travel_graph(milano.streets, profile)
        n = len(graph.node_ids)
        node = np.linspace(0, n - 1, 20).astype(np.int32)
        for arcs in (graph.outward, graph.inward):
            # A stored zero is no arc to scipy.
            assert (arcs.cost > 0).all()
            matrix = csr_array((arcs.cost, arcs.head, arcs.indptr), shape=(n, n))
            times = dijkstra(matrix, indices=node)
            reached = kernels.reach_within(arcs, node[:, None], np.zeros((20, 1)), limit_s=limit)
            for expected, (found, seconds) in zip(times, reached, strict=True):
                assert (np.sort(found) == np.flatnonzero(expected <= limit)).all()
                np.testing.assert_array_equal(seconds, expected[found])
            seconds, source = kernels.nearest(arcs, node[:, None], np.zeros((20, 1)))
            np.testing.assert_array_equal(seconds, times.min(axis=0))
            np.testing.assert_array_equal(
                source, np.where(np.isfinite(seconds), times.argmin(axis=0), -1)
            )


PROGRAM = """
import numpy as np
from quartieri15.reach import kernels
from quartieri15.reach.graph import Arcs
arcs = Arcs(np.array([0, 1, 2], "int32"), np.array([1, 0], "int32"), np.array([1.0, 2.0]))
found = kernels.nearest(arcs, np.array([[0]], "int32"), np.zeros((1, 1)))
print(found[0].tolist(), sum(kernels._nearest.stats.cache_hits.values()))
"""


@pytest.mark.parametrize("home_writable", [True, False])
def test_a_read_only_package_still_computes(tmp_path: Path, root: Path, home_writable):
    """Installed by an administrator, used by everyone: numba must find another place, or none."""
    package, home = tmp_path / "site", tmp_path / "home"
    shutil.copytree(
        root / "quartieri15", package / "quartieri15", ignore=shutil.ignore_patterns("__pycache__")
    )
    home.mkdir()
    for folder in [package / "quartieri15" / "reach", *([] if home_writable else [home])]:
        # A file where numba wants a folder stops even the superuser.
        (folder / ("__pycache__" if folder != home else ".cache")).write_text("in the way")
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("NUMBA", "XDG"))
    } | {"PYTHONPATH": str(package), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    runs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert runs[0][:2] == runs[1][:2] == ["[0.0,", "1.0]"]
    assert runs[1][2] == ("1" if home_writable else "0")
