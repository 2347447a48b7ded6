"""The graph of an edited network, made of the graph of the network before the edits.

Most of a graph stays as it is when some streets change. What is made here is equal, array by array,
to what :meth:`~quartieri15.reach.graph.TravelGraph.build` makes of the edited network; it takes a
twentieth of the time. Where an edit breaks what the patches rely on, nothing is returned, and the
graph is built in full: when wide roads are waited for, because an edge then takes longer by what
meets it, and when the outermost junction changes, because that moves the curve junctions are
numbered along.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np

from quartieri15.reach import graph as graphs
from quartieri15.reach.graph import Arcs, Before, EdgeLines, TravelGraph
from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.lineage import Descent
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.model.streets import StreetNetwork

MOST_SEEN: Final = 4096
"""Junctions that are looked at for a way around a closed street before all are."""


def patched(
    streets: StreetNetwork, profile: TravelProfile, base: TravelGraph, descent: Descent
) -> TravelGraph | None:
    """Derive the graph of an edited network from the graph before the edits.

    Parameters
    ----------
    streets
        The edited network.
    profile
        The traveller.
    base
        The same traveller's graph of the network before, built in full.
    descent
        What the networks have in common.

    Returns
    -------
    TravelGraph or None
        As it would be built; None where it must be.
    """
    if profile.crossing_wide_road_s:
        return None
    known = _known_of(base, descent.ancestor)
    edges = _Edges.of(streets, profile, base, descent, known)
    if edges is None:
        return None
    walls = streets.barriers.geometry.to_numpy()
    same_walls = walls is base.lines.barriers or np.array_equal(walls, base.lines.barriers)
    same_edges = len(edges.ids) == len(base.edge_ids) and bool((edges.before >= 0).all())
    if same_edges and same_walls and descent.edge_before is None:
        lines = base.lines
    else:
        walls = base.lines.barriers if same_walls else walls
        lines = EdgeLines(edges.ids, streets.edges.geometry.to_numpy()[edges.ids], walls)
    nodes = _Nodes.of(streets, base, descent.ancestor, known, edges, same_edges=same_edges)
    if nodes is None:
        return None
    symmetric = np.array_equal(edges.forward, edges.backward)
    outward, changes_out = _patched_arcs(base, known, edges, nodes, against=False)
    if symmetric and base.inward is base.outward:
        inward, changes_in = outward, changes_out
    else:
        inward, changes_in = _patched_arcs(base, known, edges, nodes, against=True)
        inward = outward if symmetric else inward
    patch = TravelGraph(
        profile=profile,
        crs=streets.crs,
        node_ids=base.node_ids if nodes.same else nodes.ids,
        node_xy=base.node_xy if nodes.same else nodes.xy,
        edge_ids=edges.ids,
        edge_u=nodes.u,
        edge_v=nodes.v,
        length_m=edges.length_m,
        forward_s=edges.forward,
        backward_s=edges.backward,
        component=base.component,
        leaves_main=base.leaves_main,
        enters_main=base.enters_main,
        lines=lines,
        outward=outward,
        inward=inward,
        frontage=graphs.frontage_of(streets.edges, edges.ids),
        before=Before(
            graph=base,
            edge=edges.before.astype(np.int32),
            node=nodes.before.astype(np.int32),
            outward=changes_out,
            inward=changes_in,
        ),
    )
    if same_edges and edges.same_ways and np.array_equal(edges.length_m, base.length_m):
        return patch
    return replace(patch, **_parts(patch, base, known, nodes))


@dataclass(frozen=True, eq=False)
class _Known:
    """What is asked of one graph again and again by those made of it.

    ``position`` of each edge of the network among those of the graph, -1 for none; ``row`` of each
    node of the graph among the nodes of the network, and ``number`` the other way round;
    ``curve``, where each node lies on the curve; ``pair_out`` and ``pair_in``, tail and head of
    each arc as one number; ``there`` and ``back``, which nodes get to the main part, and which
    are got to from there; ``part``, the pieces in which everyone can reach everyone; ``bounds``,
    of all nodes.
    """

    position: NDArray[np.int64]
    row: NDArray[np.int64]
    number: NDArray[np.int64]
    curve: NDArray[np.int64]
    pair_out: NDArray[np.int64]
    pair_in: NDArray[np.int64]
    part: NDArray[np.int32]
    there: NDArray[np.bool_]
    back: NDArray[np.bool_]
    bounds: NDArray[np.float64]


_known: weakref.WeakKeyDictionary[TravelGraph, _Known] = weakref.WeakKeyDictionary()


def _known_of(base: TravelGraph, streets: StreetNetwork) -> _Known:
    known = _known.get(base)
    if known is None:
        # Travellers to whom the same ways are open differ in their seconds alone.
        for other, theirs in list(_known.items()):
            if other.component is base.component and other.leaves_main is base.leaves_main:
                _known[base] = theirs
                return theirs
        position = np.full(len(streets.edges) + 1, -1)
        position[base.edge_ids] = np.arange(len(base.edge_ids))
        row = streets.nodes.index.get_indexer(base.node_ids)
        number = np.full(len(streets.nodes), -1)
        number[row] = np.arange(len(row))
        curve = streets.nodes.geometry.iloc[row].hilbert_distance(level=16).to_numpy()
        out = _pairs(base.outward)
        part, there, back = graphs.main_part(
            base.outward, base.inward, (base.edge_u, base.edge_v), base.length_m
        )
        known = _Known(
            position, row, number, curve.astype(np.int64), out,
            out if base.inward is base.outward else _pairs(base.inward), part, there, back,
            _bounds(base.node_xy),
        )  # fmt: skip
        _known[base] = known
    return known


def _pairs(arcs: Arcs) -> NDArray[np.int64]:
    n = len(arcs.indptr) - 1
    tail = np.repeat(np.arange(n, dtype=np.int64), np.diff(arcs.indptr))
    return tail * n + arcs.head


class _Edges(NamedTuple):
    """The usable edges after the edits.

    ``before`` is the position of each among the usable edges before, -1 for none; ``changed`` are
    positions of those that are new or take another time, ``gone`` positions of those that were
    usable before and are not.
    """

    ids: NDArray[np.int64]
    before: NDArray[np.int64]
    changed: NDArray[np.int64]
    gone: NDArray[np.int64]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    length_m: NDArray[np.float64]
    same_ways: bool

    @classmethod
    def of(
        cls,
        streets: StreetNetwork,
        profile: TravelProfile,
        base: TravelGraph,
        descent: Descent,
        known: _Known,
    ) -> _Edges | None:
        rows = descent.changed
        table = streets.edges.iloc[rows]
        forward_s, backward_s = profile.seconds(table, streets.nodes)
        open_ = np.isfinite(forward_s) | np.isfinite(backward_s)
        if descent.edge_before is None:
            before = known.position[:-1].copy()
        else:
            before = known.position[descent.edge_before]
        usable = before >= 0
        usable[rows] = open_
        ids = np.flatnonzero(usable)
        if not len(ids):
            return None
        before = before[ids]
        old, new = before >= 0, before < 0
        gone = np.ones(len(base.edge_ids), dtype=bool)
        gone[before[old]] = False
        at = np.searchsorted(ids, rows[open_])
        forward, backward, length_m = (
            _taken(values, before) for values in (base.forward_s, base.backward_s, base.length_m)
        )
        ways = np.isfinite(forward[at]), np.isfinite(backward[at])
        times = forward[at], backward[at]
        forward[at], backward[at] = forward_s[open_], backward_s[open_]
        length_m[at] = table["length_m"].to_numpy(dtype=float)[open_]
        differs = new[at] | (forward[at] != times[0]) | (backward[at] != times[1])
        same_ways = not gone.any() and not new.any()
        same_ways &= np.array_equal(ways[0], np.isfinite(forward[at]))
        same_ways &= np.array_equal(ways[1], np.isfinite(backward[at]))
        return cls(
            ids, before, at[differs], np.flatnonzero(gone), forward, backward, length_m, same_ways
        )


def _taken(values: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Take values by position; what has none gets the last, to be written over."""
    taken: NDArray[np.float64] = values[at]
    return taken


class _Nodes(NamedTuple):
    """The nodes after the edits, and the ends of the edges among them.

    ``before`` is the number of each before, -1 for none; ``after`` the other way round. ``same``
    tells whether they are the same nodes with the same numbers.
    """

    ids: NDArray[np.int64]
    xy: NDArray[np.float64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    same: bool

    @classmethod
    def of(
        cls,
        streets: StreetNetwork,
        base: TravelGraph,
        first: StreetNetwork,
        known: _Known,
        edges: _Edges,
        *,
        same_edges: bool,
    ) -> _Nodes | None:
        n = len(base.node_ids)
        everyone = np.arange(n)
        if same_edges:
            return cls(
                ids=base.node_ids, xy=base.node_xy, before=everyone, after=everyone,
                u=base.edge_u, v=base.edge_v, same=True,
            )  # fmt: skip
        new = np.flatnonzero(edges.before < 0)
        ends = [streets.edges[end].to_numpy()[edges.ids[new]] for end in ("u", "v")]
        rows = _rows_of(np.column_stack(ends).ravel(), streets, first)
        # Numbers of the nodes before, then those of nodes that no traveller used.
        number = np.append(known.number, np.full(len(streets.nodes) - len(known.number), -1))
        fresh = np.unique(rows[number[rows] < 0])
        number[fresh] = n + np.arange(len(fresh))
        u, v = base.edge_u[edges.before].astype(np.int64), base.edge_v[edges.before].astype(int)
        u[new], v[new] = number[rows].reshape(-1, 2).T
        used = np.zeros(n + len(fresh), dtype=bool)
        used[u] = used[v] = True
        points = streets.nodes.geometry.iloc[fresh]
        fresh_xy = np.column_stack([points.x, points.y]).reshape(-1, 2)
        xy = np.concatenate([base.node_xy, fresh_xy])
        if used.all() and not len(fresh):
            return cls(
                ids=base.node_ids, xy=base.node_xy, before=everyone, after=everyone,
                u=u.astype(np.int32), v=v.astype(np.int32), same=True,
            )  # fmt: skip
        bounds = known.bounds
        if not _within(np.concatenate([base.node_xy[~used[:n]], fresh_xy]), bounds) and (
            not np.array_equal(bounds, _bounds(xy[used]))
        ):
            return None
        curve = known.curve
        if len(fresh):
            there = points.hilbert_distance(total_bounds=bounds, level=16).to_numpy()
            curve = np.append(curve, there.astype(np.int64))
        row = np.append(known.row, fresh)
        kept = np.flatnonzero(used[:n])
        if len(fresh):
            # Those before are in order already: by the curve, then by their row.
            order = n + np.lexsort([row[n:], curve[n:]])
            place = (curve << _ROW_BITS) | row
            kept = np.insert(kept, np.searchsorted(place[kept], place[order]), order)
        after = np.full(n + len(fresh), -1)
        after[kept] = np.arange(len(kept))
        before = np.where(kept < n, kept, -1)
        ids = streets.nodes.index.to_numpy(dtype=np.int64)[row[kept]]
        return cls(
            ids=ids, xy=xy[kept], before=before, after=after[:n],
            u=after[u].astype(np.int32), v=after[v].astype(np.int32), same=False,
        )  # fmt: skip


def _rows_of(
    ids: NDArray[np.int64], streets: StreetNetwork, first: StreetNetwork
) -> NDArray[np.int64]:
    """Return the rows of nodes by their ids: those of the first network are indexed already."""
    rows: NDArray[np.int64] = first.nodes.index.get_indexer(ids).astype(np.int64)
    later = streets.nodes.index[len(first.nodes) :]
    rows[rows < 0] = len(first.nodes) + later.get_indexer(ids[rows < 0])
    return rows


_ROW_BITS: Final = 31
"""Of one number for the curve, of 32 bits, and for the row of a node."""


def _within(xy: NDArray[np.float64], bounds: NDArray[np.float64]) -> bool:
    """Tell whether points lie inside bounds, and on none of them."""
    west, south, east, north = bounds
    x, y = xy.T
    return bool(((x > west) & (y > south) & (x < east) & (y < north)).all())


def _bounds(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = xy.T
    return np.array([x.min(), y.min(), x.max(), y.max()])


class _Between(NamedTuple):
    """Arcs between junctions between which something changed.

    ``place`` is where those that were there before stand among all; ``key`` names those there now
    by tail and head in one number, ascending; ``cost`` are their seconds.
    """

    place: NDArray[np.int64]
    key: NDArray[np.int64]
    cost: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        base: TravelGraph,
        pair: NDArray[np.int64],
        edges: _Edges,
        nodes: _Nodes,
        *,
        against: bool,
    ) -> _Between:
        n0, n = len(base.node_ids), len(nodes.before)
        u, v = nodes.u.astype(np.int64), nodes.v.astype(np.int64)
        now = edges.changed
        was = np.concatenate([edges.before[now], edges.gone])
        was = was[was >= 0]
        old_u = np.append(base.edge_u[was].astype(np.int64), nodes.before[u[now]])
        old_v = np.append(base.edge_v[was].astype(np.int64), nodes.before[v[now]])
        both = (old_u >= 0) & (old_v >= 0)
        old_u, old_v = old_u[both], old_v[both]
        before = np.unique(np.concatenate([old_u * n0 + old_v, old_v * n0 + old_u]))
        place = np.searchsorted(pair, before)
        there = np.append(pair, -1)[place] == before
        new_u, new_v = nodes.after[old_u], nodes.after[old_v]
        both = (new_u >= 0) & (new_v >= 0)
        new_u, new_v = np.append(new_u[both], u[now]), np.append(new_v[both], v[now])
        wanted = np.unique(np.concatenate([new_u * n + new_v, new_v * n + new_u]))
        # All edges between them, in both directions: of parallel ones the quickest counts.
        touched = np.zeros(n, dtype=bool)
        touched[new_u] = touched[new_v] = True
        near = np.flatnonzero(touched[nodes.u] & touched[nodes.v])
        tail, head = np.concatenate([u[near], v[near]]), np.concatenate([v[near], u[near]])
        if against:
            tail, head = head, tail
        cost = np.concatenate([edges.forward[near], edges.backward[near]])
        key = tail * n + head
        chosen = np.isfinite(cost) & (tail != head) & np.isin(key, wanted)
        key, cost = key[chosen], cost[chosen]
        order = np.argsort(key, kind="stable")
        key, cost = key[order], cost[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        if len(first):
            key, cost = key[first], np.minimum.reduceat(cost, first)
        return cls(place[there], key, cost)


def _patched_arcs(
    base: TravelGraph, known: _Known, edges: _Edges, nodes: _Nodes, *, against: bool
) -> tuple[Arcs, graphs.ArcChanges]:
    """Return the arcs by tail, or by head, and which of them are not as before."""
    arcs = base.inward if against else base.outward
    pair = known.pair_in if against else known.pair_out
    n0, n = len(base.node_ids), len(nodes.before)
    place, key, cost = _Between.of(base, pair, edges, nodes, against=against)
    tail0, head0 = pair[place] // n0, pair[place] % n0
    after = nodes.after[tail0] * n + nodes.after[head0]
    after[(nodes.after[tail0] < 0) | (nodes.after[head0] < 0)] = -1
    at = np.searchsorted(key, after)
    stays = np.append(key, -2)[at] == after
    changes = graphs.ArcChanges(
        tail_before=tail0.astype(np.int32),
        head_before=head0.astype(np.int32),
        cost_before=arcs.cost[place],
        cost_now=np.where(stays, np.append(cost, np.inf)[at], np.inf),
        tail=(key // n).astype(np.int32),
        head=(key % n).astype(np.int32),
        cost=cost,
        is_new=~np.isin(key, after),
    )
    if nodes.same and np.array_equal(key, pair[place]):
        patched_cost = arcs.cost.copy()
        patched_cost[place] = cost
        return Arcs(arcs.indptr, arcs.head, patched_cost), changes
    keep = np.ones(len(pair), dtype=bool)
    keep[place] = False
    if nodes.same:
        kept_pair, kept_cost = pair[keep], arcs.cost[keep]
    else:
        tails = np.repeat(nodes.after, np.diff(arcs.indptr))
        heads = nodes.after[arcs.head]
        keep &= (tails >= 0) & (heads >= 0)
        kept_pair, kept_cost = (tails * n + heads)[keep], arcs.cost[keep]
    into = np.searchsorted(kept_pair, key)
    new_pair = np.insert(kept_pair, into, key)
    indptr = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(new_pair // n, minlength=n), out=indptr[1:])
    made = Arcs(indptr, (new_pair % n).astype(np.int32), np.insert(kept_cost, into, cost))
    return made, changes


def _parts(patch: TravelGraph, base: TravelGraph, known: _Known, nodes: _Nodes) -> dict[str, Any]:
    """Return which piece of the network each node lies on, and what is tied to the main part."""
    changes = cast("Before", patch.before).outward
    ends = patch.edge_u, patch.edge_v
    forward, backward = np.isfinite(patch.forward_s), np.isfinite(patch.backward_s)
    held = nodes.same or _only_dead_ends_are_lost(base, nodes)
    lost = _ends_after(nodes, changes)
    found = np.column_stack([changes.tail, changes.head])[changes.is_new]
    both = _joined_both_ways(patch)
    label = _grown(base.component, nodes, found, directed=False) if held else None
    if label is not None and _still_joined(both, label, lost, found):
        component = graphs.ranked(label, *ends, patch.length_m)
    else:
        component = graphs.components(patch.outward, *ends, patch.length_m, strong=False)
    if np.array_equal(forward, backward):
        main = component[patch.edge_u] == 0
        return {"component": component, "leaves_main": main, "enters_main": main}
    part = _grown(known.part, nodes, found, directed=True) if held else None
    arcs = patch.outward.indptr, patch.outward.head
    if (
        part is not None
        and _still_joined(arcs, part, lost, found)
        and (part[lost[:, 0]] == part[lost[:, 1]]).all()
        # The same piece must be the main one.
        and ((graphs.ranked(part, *ends, patch.length_m) == 0) == (part == 0)).all()
    ):
        # All nodes of a piece get to the same others.
        of_part = np.empty((int(known.part.max()) + 1, 2), dtype=bool)
        of_part[known.part] = np.column_stack([known.there, known.back])
        there, back = of_part[part].T
    else:
        _, there, back = graphs.main_part(patch.outward, patch.inward, ends, patch.length_m)
    leaves, enters = graphs.ties(there, back, ends, (forward, backward))
    return {"component": component, "leaves_main": leaves, "enters_main": enters}


def _ends_after(nodes: _Nodes, changes: graphs.ArcChanges) -> NDArray[np.int32]:
    """Return tail and head of the arcs that are no more, between nodes that are still there."""
    gone = np.isinf(changes.cost_now)
    before = np.column_stack([changes.tail_before, changes.head_before])[gone]
    after = nodes.after[before].astype(np.int32)
    return after[(after >= 0).all(axis=1)]


def _only_dead_ends_are_lost(base: TravelGraph, nodes: _Nodes) -> bool:
    """Tell whether no way can have led through the nodes that are no longer used."""
    for node in np.flatnonzero(nodes.after < 0).tolist():
        neighbours: set[int] = set()
        for arcs in (base.outward, base.inward):
            neighbours.update(arcs.head[arcs.indptr[node] : arcs.indptr[node + 1]].tolist())
        if len(neighbours) > 1 or any(nodes.after[one] < 0 for one in neighbours):
            return False
    return True


def _grown(
    label: NDArray[np.int32], nodes: _Nodes, found: NDArray[np.int32], *, directed: bool
) -> NDArray[np.int32] | None:
    """Return the pieces the nodes lay on, new nodes with those they hang on; None for on none.

    A new node belongs to a piece from which an arc leads to it, and to which one leads from it
    (either, when directions are ignored).
    """
    grown = np.where(nodes.before >= 0, label[nodes.before], -1).astype(np.int32)
    missing = set(np.flatnonzero(nodes.before < 0).tolist())
    if not missing:
        return grown
    into: dict[int, set[int]] = {node: set() for node in missing}
    out: dict[int, set[int]] = {node: set() for node in missing}
    for tail, head in found.tolist():
        if tail in missing:
            out[tail].add(head)
        if head in missing:
            into[head].add(tail)
    waiting = list(missing)
    while waiting:
        left = []
        for node in waiting:
            ahead = {int(grown[one]) for one in out[node]} - {-1}
            behind = {int(grown[one]) for one in into[node]} - {-1}
            pieces = ahead & behind if directed else ahead | behind
            if pieces:
                grown[node] = min(pieces)
            else:
                left.append(node)
        if len(left) == len(waiting):
            return None
        waiting = left
    return grown


def _joined_both_ways(graph: TravelGraph) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return which nodes are joined when directions are ignored, as indptr and head."""
    if graph.inward is graph.outward or np.array_equal(graph.inward.head, graph.outward.head):
        return graph.outward.indptr, graph.outward.head
    out, into = graph.outward, graph.inward
    indptr = out.indptr + into.indptr
    head = np.empty(int(indptr[-1]), dtype=np.int32)
    _interleave(out.indptr, out.head, into.indptr, into.head, indptr, head)
    return indptr, head


@compiled
def _interleave(  # noqa: PLR0917 - a compiled function has no keyword-only options
    one: NDArray[np.int32],
    one_head: NDArray[np.int32],
    two: NDArray[np.int32],
    two_head: NDArray[np.int32],
    indptr: NDArray[np.int32],
    head: NDArray[np.int32],
) -> None:
    for i in range(len(indptr) - 1):
        at = indptr[i]
        for j in range(one[i], one[i + 1]):
            head[at] = one_head[j]
            at += 1
        for j in range(two[i], two[i + 1]):
            head[at] = two_head[j]
            at += 1


def _still_joined(
    arcs: tuple[NDArray[np.int32], NDArray[np.int32]],
    label: NDArray[np.int32],
    lost: NDArray[np.int32],
    found: NDArray[np.int32],
) -> bool:
    """Tell whether the pieces are as before: nothing new joins two, and no lost arc parts one."""
    if (label[found[:, 0]] != label[found[:, 1]]).any():
        return False
    inside = lost[label[lost[:, 0]] == label[lost[:, 1]]]
    return bool(_ways_around(*arcs, np.ascontiguousarray(inside), MOST_SEEN))


@compiled
def _ways_around(
    indptr: NDArray[np.int32], head: NDArray[np.int32], lost: NDArray[np.int32], most: int
) -> bool:
    """Tell whether from the tail of each lost arc its head is found, not far away."""
    seen = np.full(len(indptr) - 1, -1, dtype=np.int32)
    queue = np.empty(most, dtype=np.int32)
    for i in range(len(lost)):
        start, aim = lost[i, 0], lost[i, 1]
        queue[0] = start
        seen[start] = i
        filled, at = 1, 0
        found = start == aim
        while at < filled and not found:
            u = queue[at]
            at += 1
            for j in range(indptr[u], indptr[u + 1]):
                v = head[j]
                if v == aim:
                    found = True
                    break
                if seen[v] != i and filled < most:
                    seen[v] = i
                    queue[filled] = v
                    filled += 1
        if not found:
            return False
    return True
