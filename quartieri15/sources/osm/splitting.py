"""Ways split into the pieces between junctions; arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """The segments between junctions.

    Parameters
    ----------
    way
        For each piece, the place of its way among the ways given.
    first_vertex
        Where each piece begins in ``vertices``; one value more than there are pieces. A
        junction between two pieces stands in both.
    vertices
        Nodes along each piece, first and last included; at least two per piece.
    broken_ways
        How many ways have a hole where a node is missing.
    missing_vertices
        How many vertices are missing.
    lone_vertices
        How many vertices were left alone between holes and make no piece.
    repeated_vertices
        How many vertices repeat the one before.
    """

    way: NDArray[np.int64]
    first_vertex: NDArray[np.int64]
    vertices: NDArray[np.int64]
    broken_ways: int
    missing_vertices: int
    lone_vertices: int
    repeated_vertices: int

    @property
    def u(self) -> NDArray[np.int64]:
        """The node at which each piece begins."""
        return self.vertices[self.first_vertex[:-1]]

    @property
    def v(self) -> NDArray[np.int64]:
        """The node at which each piece ends."""
        return self.vertices[self.first_vertex[1:] - 1]


def split(
    first_vertex: NDArray[np.int64],
    vertices: NDArray[np.int64],
    *,
    also_at: NDArray[np.int64] | None = None,
) -> Pieces:
    """Split ways wherever they meet, meet themselves, end, or have a hole.

    A vertex is a junction when the ways given go through it more than once in all, whether
    two ways share it or one comes back to it. Closed ways, dead ends and parallel pieces stay
    what they are.

    Parameters
    ----------
    first_vertex
        Where each way begins in ``vertices``; one value more than there are ways.
    vertices
        Node of each vertex, counted from 0; -1 for a node the file does not have.
    also_at
        Nodes at which to split as well, for example where a barrier stands.

    Returns
    -------
    Pieces
        In the order of the ways, then along each.

    Examples
    --------
    A street 0-1-2-3 that a second one crosses at 2:

    >>> import numpy as np
    >>> pieces = split(np.array([0, 4, 7]), np.array([0, 1, 2, 3, 4, 2, 5]))
    >>> pieces.way.tolist(), pieces.u.tolist(), pieces.v.tolist()
    ([0, 0, 1, 1], [0, 2, 4, 2], [2, 3, 2, 5])
    """
    way = np.repeat(np.arange(len(first_vertex) - 1), np.diff(first_vertex))
    missing = vertices < 0
    # Vertices between which nothing is missing share a stretch.
    stretch = way + np.cumsum(missing)
    broken_ways = len(np.unique(way[missing]))
    way, node, stretch = way[~missing], vertices[~missing], stretch[~missing]

    repeated = np.zeros(len(node), dtype=bool)
    repeated[1:] = (node[1:] == node[:-1]) & (stretch[1:] == stretch[:-1])
    way, node, stretch = way[~repeated], node[~repeated], stretch[~repeated]

    begins, ends = _edges_of_runs(stretch)
    alone = begins & ends
    way, node, begins, ends = way[~alone], node[~alone], begins[~alone], ends[~alone]

    visits = np.bincount(node, minlength=int(vertices.max(initial=0)) + 1)
    junction = visits > 1
    if also_at is not None:
        junction[also_at[also_at < len(junction)]] = True
    cut = begins | ends | junction[node]
    place = np.flatnonzero(cut)
    starts = np.flatnonzero(~ends[place])
    head, tail = place[starts], place[starts + 1]
    sizes = tail - head + 1
    first = np.concatenate([[0], np.cumsum(sizes)])
    along = np.arange(first[-1]) - np.repeat(first[:-1], sizes) + np.repeat(head, sizes)
    return Pieces(
        way=way[head],
        first_vertex=first,
        vertices=node[along],
        broken_ways=broken_ways,
        missing_vertices=int(missing.sum()),
        lone_vertices=int(alone.sum()),
        repeated_vertices=int(repeated.sum()),
    )


def _edges_of_runs(
    label: NDArray[np.int64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark the first and the last of every run of equal labels."""
    changes = label[1:] != label[:-1]
    begins = np.concatenate([np.ones(min(1, len(label)), dtype=bool), changes])
    ends = np.concatenate([changes, np.ones(min(1, len(label)), dtype=bool)])
    return begins, ends


@dataclass(frozen=True, kw_only=True, eq=False)
class CutEnds:
    """The end nodes of pieces after some nodes were cut in two.

    Parameters
    ----------
    u, v
        End nodes of each piece. A twin has the number of the last node plus its rank, from 1.
    twin_of
        The nodes that were cut, ascending; the first twin belongs to the first of them.
    not_cut
        How many of the nodes asked for join more than two pieces and were left whole.
    """

    u: NDArray[np.int64]
    v: NDArray[np.int64]
    twin_of: NDArray[np.int64]
    not_cut: int


def cut_at(pieces: Pieces, nodes: NDArray[np.int64], *, node_count: int) -> CutEnds:
    """Part the two pieces that meet at each of some nodes.

    Parameters
    ----------
    pieces
        Pieces that were split at these nodes.
    nodes
        Where to cut. A node where one piece ends needs no cut; one where more than two meet
        is left whole.
    node_count
        How many nodes there are; twins are numbered from here on.

    Returns
    -------
    CutEnds

    Examples
    --------
    >>> import numpy as np
    >>> gate = np.array([1])
    >>> pieces = split(np.array([0, 3]), np.array([0, 1, 2]), also_at=gate)
    >>> ends = cut_at(pieces, gate, node_count=3)
    >>> ends.u.tolist(), ends.v.tolist()
    ([0, 3], [1, 2])
    """
    ends = np.stack([pieces.u, pieces.v], axis=1).ravel()
    met, counts = np.unique(ends[np.isin(ends, nodes)], return_counts=True)
    two = 2
    twin_of = met[counts == two]
    order = np.argsort(ends, kind="stable")
    second = order[np.searchsorted(ends[order], twin_of) + 1]
    ends[second] = node_count + np.arange(len(twin_of))
    return CutEnds(u=ends[0::2], v=ends[1::2], twin_of=twin_of, not_cut=int((counts > two).sum()))
