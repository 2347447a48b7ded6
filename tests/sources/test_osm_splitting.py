"""Splitting loses no step of any way, and cuts exactly where streets meet."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.sources.osm.splitting import Pieces, cut_at, split

MISSING = -1


def split_ways(ways: list[list[int]], also_at: set[int] = frozenset()) -> Pieces:
    first = np.concatenate([[0], np.cumsum([len(way) for way in ways])]).astype(np.int64)
    vertices = np.array([node for way in ways for node in way], dtype=np.int64)
    return split(first, vertices, also_at=np.array(sorted(also_at), dtype=np.int64))


def drawn(pieces: Pieces) -> list[tuple[int, list[int]]]:
    """Every piece as its way and the nodes along it."""
    first = pieces.first_vertex
    return [
        (int(way), pieces.vertices[first[i] : first[i + 1]].tolist())
        for i, way in enumerate(pieces.way)
    ]


def split_by_hand(ways: list[list[int]], also_at: set[int]) -> list[tuple[int, list[int]]]:
    """The same in plain Python: cut each way at holes, then wherever a vertex is met again."""
    stretches: list[tuple[int, list[int]]] = []
    for number, way in enumerate(ways):
        stretch: list[int] = []
        for node in [*way, MISSING]:
            if node != MISSING:
                if not stretch or stretch[-1] != node:
                    stretch.append(node)
                continue
            if len(stretch) > 1:
                stretches.append((number, stretch))
            stretch = []
    visits = Counter(node for _, stretch in stretches for node in stretch)
    pieces = []
    for number, stretch in stretches:
        piece = [stretch[0]]
        for node in stretch[1:]:
            piece.append(node)
            if visits[node] > 1 or node in also_at:
                pieces.append((number, piece))
                piece = [node]
        if len(piece) > 1:
            pieces.append((number, piece))
    return pieces


@pytest.mark.parametrize(
    ("ways", "pieces"),
    [
        ([[0, 1, 2]], [[0, 1, 2]]),
        ([[0, 1, 2], [3, 1, 4]], [[0, 1], [1, 2], [3, 1], [1, 4]]),
        ([[0, 1, 2], [2, 3]], [[0, 1, 2], [2, 3]]),
        # A ring on its own is one loop; a ring that a street touches is cut there.
        ([[0, 1, 2, 0]], [[0, 1, 2, 0]]),
        ([[0, 1, 2, 0], [1, 3]], [[0, 1], [1, 2, 0], [1, 3]]),
        # A way that comes back to itself: a tail and a loop.
        ([[0, 1, 2, 3, 1]], [[0, 1], [1, 2, 3, 1]]),
        # Parallel streets stay two.
        ([[0, 1], [0, 2, 1]], [[0, 1], [0, 2, 1]]),
        # There and back along the same nodes is a loop, however thin.
        ([[0, 1, 0]], [[0, 1, 0]]),
        # A missing node makes a hole; what is left alone beside it is no street.
        ([[0, 1, MISSING, 2, 3]], [[0, 1], [2, 3]]),
        ([[0, MISSING, 1]], []),
        ([[0, 0, 1, 1]], [[0, 1]]),
        ([[0, 0]], []),
        ([], []),
    ],
)
def test_shapes(ways, pieces):
    assert [piece for _, piece in drawn(split_ways(ways))] == pieces


def test_what_was_missing_is_counted():
    pieces = split_ways([[0, 1, MISSING, 2, 3], [MISSING, 4], [5, 5, 6]])
    assert pieces.broken_ways == 2
    assert pieces.missing_vertices == 2
    assert pieces.lone_vertices == 1
    assert pieces.repeated_vertices == 1


NODES = st.integers(min_value=MISSING, max_value=8)
WAYS = st.lists(st.lists(NODES, max_size=7), max_size=6)
PLACES = st.sets(st.integers(min_value=0, max_value=8), max_size=3)


@given(ways=WAYS, also_at=PLACES)
def test_agrees_with_splitting_by_hand(ways, also_at):
    assert drawn(split_ways(ways, also_at)) == split_by_hand(ways, also_at)


@given(ways=WAYS)
def test_every_step_of_every_way_is_in_exactly_one_piece(ways):
    before = Counter(
        (number, *step)
        for number, way in enumerate(ways)
        for step in itertools.pairwise(way)
        if MISSING not in step and step[0] != step[1]
    )
    after = Counter(
        (number, *step)
        for number, piece in drawn(split_ways(ways))
        for step in itertools.pairwise(piece)
    )
    assert after == before


def joined(ends: object) -> list[tuple[int, int]]:
    return list(zip(ends.u.tolist(), ends.v.tolist(), strict=True))


def test_a_gate_parts_the_two_pieces_that_meet_at_it():
    pieces = split_ways([[0, 1], [1, 2]])
    assert joined(cut_at(pieces, np.array([1]), node_count=3)) == [(0, 1), (3, 2)]


def test_a_gate_on_a_ring_opens_the_ring():
    pieces = split_ways([[0, 1, 2, 0]], {1})
    assert joined(cut_at(pieces, np.array([1]), node_count=3)) == [(0, 1), (3, 0)]


def test_a_gate_at_a_dead_end_or_a_junction_parts_nothing():
    pieces = split_ways([[0, 1, 2], [1, 3]])
    ends = cut_at(pieces, np.array([0, 1]), node_count=4)
    assert joined(ends) == [(0, 1), (1, 2), (1, 3)]
    assert ends.not_cut == 1
    assert len(ends.twin_of) == 0


@given(ways=WAYS, gates=PLACES)
def test_cutting_changes_only_second_ends_at_gates(ways, gates):
    pieces = split_ways(ways, gates)
    ends = cut_at(pieces, np.array(sorted(gates), dtype=np.int64), node_count=9)
    before = np.stack([pieces.u, pieces.v], axis=1)
    after = np.stack([ends.u, ends.v], axis=1)
    assert (after[after != before] >= 9).all()
    assert set(before[after != before]) == set(ends.twin_of) <= gates
    # Each cut node is left with one end, and its twin with the other.
    met = Counter(after.ravel().tolist())
    assert all(met[int(node)] == 1 for node in ends.twin_of)
    assert all(met[9 + rank] == 1 for rank in range(len(ends.twin_of)))
