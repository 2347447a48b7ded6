"""What each candidate adds to the streets, in the terms of the evaluation."""

from __future__ import annotations

import dataclasses
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.planning.links.evaluation import Changes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.planning.links.candidates import Candidates
    from quartieri15.planning.links.cycle_gaps import Calmed
    from quartieri15.planning.links.dividing import DividedStreets
    from quartieri15.reach.trips import Origins, Trips


def changes(
    candidates: Candidates,
    streets: DividedStreets,
    *,
    trips: Trips,
    people: Origins,
    tracks: Calmed | None,
) -> Changes:
    """Write out arcs, and shorter ways onto them, for every candidate.

    A new street is one arc each way, at the traveller's pace. Nobody is put on it: it has no
    frontage. A cycle track changes the seconds of the streets it runs along, for those who stand
    on them too.

    Parameters
    ----------
    candidates
        The links.
    streets
        The streets, cut at the ends of the links.
    trips, people
        The places and the residents on the same streets.
    tracks
        What a cycle track along each edge does; None if no candidate is one.
    """
    number = len(candidates)
    new = np.array([not edges for edges in candidates.edges], dtype=bool)
    row = np.flatnonzero(new)
    a, b = streets.nodes_at(candidates.a)[row], streets.nodes_at(candidates.b)[row]
    seconds = candidates.length_m[row] / streets.graph.profile.speed_m_s
    arcs = [np.tile(row, 2), np.concatenate([a, b]), np.concatenate([b, a]), np.tile(seconds, 2)]
    source: list[NDArray[Any]] = [np.empty(0, dtype=np.int64)] * 3
    point: list[NDArray[Any]] = [np.empty(0, dtype=np.int64)] * 4
    direct: list[NDArray[Any]] = [np.empty(0, dtype=np.int64)] * 3
    if tracks is not None and not new.all():
        link = np.repeat(np.arange(number), [len(edges) for edges in candidates.edges])
        edge = np.fromiter(chain.from_iterable(candidates.edges), dtype=np.int64, count=len(link))
        along = _along(streets, tracks, link, edge)
        arcs = [np.concatenate(both) for both in zip(arcs, along, strict=True)]
        source, point, direct = _fronting(streets, tracks, trips, people, (link, edge))
    return Changes(
        *_listed(number, *arcs),
        *_listed(number, *source),
        *_listed(number, *point),
        *_listed(number, *direct),
    )


def _along(
    streets: DividedStreets, tracks: Calmed, link: NDArray[np.int64], edge: NDArray[np.int64]
) -> list[NDArray[Any]]:
    """Return the arcs of every piece of some edges, calmed, in both directions."""
    number = streets.first[edge + 1] - streets.first[edge]
    nth = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    piece = np.repeat(streets.first[edge], number) + nth
    part = streets.end[piece] - streets.start[piece]
    of = streets.edge[piece]
    tail = np.concatenate([streets.u[piece], streets.v[piece]])
    head = np.concatenate([streets.v[piece], streets.u[piece]])
    seconds = np.concatenate([part * tracks.forward_s[of], part * tracks.backward_s[of]])
    return [np.tile(np.repeat(link, number), 2), tail, head, seconds]


def _fronting(
    streets: DividedStreets,
    tracks: Calmed,
    trips: Trips,
    people: Origins,
    asked: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[list[NDArray[Any]], list[NDArray[Any]], list[NDArray[Any]]]:
    """Return how places and people on calmed edges get to the nodes, and to each other.

    ``asked`` are links, and edges they run along.
    """
    link, edge = asked
    lots: list[list[NDArray[Any]]] = []
    for snapped in (trips.places, people.on_streets):
        which, item = _standing_on(snapped.edge, edge)
        node, seconds = streets.seeds(snapped, tracks.forward_s, tracks.backward_s)
        link_of, item = np.tile(link[which], 2), np.tile(item, 2)
        end = np.repeat([0, 1], len(which))
        keep = node[item, end] >= 0
        lots.append(
            [column[keep] for column in (link_of, item, node[item, end], seconds[item, end])]
        )
    source, point = lots
    graph = dataclasses.replace(
        trips.graph, forward_s=tracks.forward_s, backward_s=tracks.backward_s
    )
    pairs = dataclasses.replace(trips, graph=graph).along_common_edge(people)
    which, pair = _standing_on(people.on_streets.edge[pairs.point], edge)
    direct: list[NDArray[Any]] = [link[which], pairs.point[pair], pairs.seconds[pair]]
    return [source[0], source[2], source[3]], point, direct


def _standing_on(
    item_edge: NDArray[np.int32], edge: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Join asked edges with what stands on them: positions of both."""
    order = np.argsort(item_edge, kind="stable")
    first = np.searchsorted(item_edge[order], edge, side="left")
    number = np.searchsorted(item_edge[order], edge, side="right") - first
    which = np.repeat(np.arange(len(edge)), number)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)
    return which, order[first[which] + nth]


def _listed(number: int, link: NDArray[Any], *columns: NDArray[Any]) -> list[NDArray[Any]]:
    """Sort by link: where the rows of each link stand, then the columns."""
    order = np.argsort(link, kind="stable")
    at = np.zeros(number + 1, dtype=np.int64)
    np.cumsum(np.bincount(link.astype(np.int64), minlength=number), out=at[1:])
    *whole, last = columns
    return [at, *(one[order].astype(np.int32) for one in whole), last[order].astype(np.float64)]
