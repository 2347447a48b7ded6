"""A street network as one traveller sees it: flat arrays with directed costs."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quartieri15.errors import InputError
from quartieri15.model.lineage import descent_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS
    from scipy.sparse import csr_array

    from quartieri15.model.profiles import TravelProfile
    from quartieri15.model.streets import StreetNetwork


@dataclass(frozen=True, eq=False)
class Arcs:
    """Directed arcs by tail: those of node ``i`` stand at ``indptr[i]:indptr[i + 1]``.

    Parameters
    ----------
    indptr : (n + 1,) int32
    head : (a,) int32
        The node each arc leads to.
    cost : (a,) float64
        Seconds, never negative.
    """

    indptr: NDArray[np.int32]
    head: NDArray[np.int32]
    cost: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.head)

    @cached_property
    def longest_s(self) -> float:
        """Seconds of the slowest arc, 0 without arcs."""
        return float(self.cost.max(initial=0.0))

    @cached_property
    def mean_s(self) -> float:
        """Mean seconds of the arcs, 0 without arcs."""
        return float(self.cost.mean()) if len(self.cost) else 0.0


@dataclass(frozen=True, eq=False)
class EdgeLines:
    """The drawn lines of some edges, and the barriers between them.

    What depends on these alone is remembered by this object.

    Parameters
    ----------
    edge_ids
        Index of each line in the edges of the network.
    lines
        shapely LineStrings, drawn from ``u`` to ``v``.
    barriers
        shapely LineStrings that nobody crosses but by a street.
    """

    edge_ids: NDArray[np.int64]
    lines: NDArray[np.object_]
    barriers: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class ArcChanges:
    """How the arcs of an edited network differ from those before.

    Parameters
    ----------
    tail_before, head_before : (b,) int32
        Ends of the arcs that were there between junctions between which something changed, by
        the numbers of the nodes before.
    cost_before, cost_now : (b,) float64
        Seconds before and now; infinite where there is no such arc any more.
    tail, head : (c,) int32
        Ends of those there now, by the numbers of the nodes now.
    cost : (c,) float64
        Seconds now.
    is_new : (c,) bool
        Whether there was none.
    """

    tail_before: NDArray[np.int32]
    head_before: NDArray[np.int32]
    cost_before: NDArray[np.float64]
    cost_now: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    cost: NDArray[np.float64]
    is_new: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Before:
    """The graph of the network before some edits, and what of it is where now.

    Parameters
    ----------
    graph
        That graph, built in full.
    edge : (m,) int32
        Position of each edge among its edges, -1 for one it does not have. Those that it has
        are drawn as they were.
    node : (n,) int32
        Number of each node among its nodes, -1 for one it does not have.
    outward, inward
        How the arcs differ.
    """

    graph: TravelGraph
    edge: NDArray[np.int32]
    node: NDArray[np.int32]
    outward: ArcChanges
    inward: ArcChanges


@dataclass(frozen=True, eq=False, repr=False)
class TravelGraph:
    """One street network seen by one traveller, built once and queried many times.

    Nodes are numbered along a Hilbert curve, so that a search that stays in one quarter
    stays in one stretch of memory. Only edges that may be travelled in some direction are
    kept, and only nodes at their ends.

    Parameters
    ----------
    profile
        The traveller.
    crs
        The metric CRS of all coordinates.
    node_ids : (n,) int64
        Id of each node in the network's table of nodes.
    node_xy : (n, 2) float64
        Coordinates in metres.
    edge_ids : (m,) int64
        Index of each usable edge in the network's table of edges, ascending.
    edge_u, edge_v : (m,) int32
        Ends of each usable edge, as positions among the nodes.
    length_m : (m,) float64
        Length on the ground.
    forward_s, backward_s : (m,) float64
        Seconds from u to v and from v to u; infinite where that is not allowed.
    component : (n,) int32
        Number of the piece of the network a node lies on when directions are ignored;
        0 is the piece with the most metres of street.
    leaves_main, enters_main : (m,) bool
        Whether a traveller on this edge can get to the main part of the network, and can
        get onto this edge from there. The main part is the largest piece in which everyone
        can reach everyone, directions obeyed.
    lines
        The drawn lines of the usable edges, and the barriers between them.
    outward
        Arcs by tail, for searches in the direction of travel. Of parallel edges only the
        quickest is an arc; loops are no arcs, because nobody gets anywhere by them. Both
        stay in the edge list.
    inward
        The same arcs by head, for searches against the direction of travel.
    frontage : (m,) bool or None
        Whether points may be put on each edge; None where they may on all.
    before
        For the graph of an edited network, that of the network before.
    """

    profile: TravelProfile
    crs: CRS
    node_ids: NDArray[np.int64]
    node_xy: NDArray[np.float64]
    edge_ids: NDArray[np.int64]
    edge_u: NDArray[np.int32]
    edge_v: NDArray[np.int32]
    length_m: NDArray[np.float64]
    forward_s: NDArray[np.float64]
    backward_s: NDArray[np.float64]
    component: NDArray[np.int32]
    leaves_main: NDArray[np.bool_]
    enters_main: NDArray[np.bool_]
    lines: EdgeLines
    outward: Arcs
    inward: Arcs
    frontage: NDArray[np.bool_] | None = None
    before: Before | None = None

    @classmethod
    def build(
        cls, streets: StreetNetwork, profile: TravelProfile, *, like: Iterable[TravelGraph] = ()
    ) -> TravelGraph:
        """Derive a traveller's graph from a street network.

        Parameters
        ----------
        streets
            The network.
        profile
            The traveller.
        like
            Graphs of other travellers on the same nodes and edges. What they have in common
            with this one is taken over from them: the lines, where the edges and barriers
            are the same, and all but the seconds, where the same ways are open. A graph for
            another pace then takes a third of the time.

        Returns
        -------
        TravelGraph

        Raises
        ------
        InputError
            If the network has no edge this traveller may use.
        """
        edges = streets.edges
        forward, backward = profile.seconds(edges, streets.nodes)
        edge_ids = np.flatnonzero(np.isfinite(forward) | np.isfinite(backward))
        if not len(edge_ids):
            raise InputError(
                f"none of the {len(edges):,} edges may be used by {profile.name}",
                where="streets",
                mend=(
                    f"check the columns of permission that mode {profile.mode!r} reads, and what "
                    "the profile refuses"
                ),
            )
        forward, backward = forward[edge_ids], backward[edge_ids]
        walls = streets.barriers.geometry.to_numpy()
        same_edges = [g for g in like if np.array_equal(g.edge_ids, edge_ids)]
        lines = next(
            (g.lines for g in same_edges if np.array_equal(g.lines.barriers, walls)), None
        ) or EdgeLines(edge_ids, edges.geometry.to_numpy()[edge_ids], walls)
        ways = _Ways(np.isfinite(forward), np.isfinite(backward))
        model = next((g for g in same_edges if ways.are_those_of(g)), None)
        if model is not None:
            outward, inward = _both_arcs(
                len(model.node_ids), model.edge_u, model.edge_v, forward, backward, like=model
            )
            return replace(
                model,
                profile=profile,
                forward_s=forward,
                backward_s=backward,
                lines=lines,
                outward=outward,
                inward=inward,
                frontage=frontage_of(edges, edge_ids),
                before=None,
            )
        node_rows, edge_u, edge_v = _ends_along_hilbert_curve(
            streets.nodes, edges["u"].to_numpy()[edge_ids], edges["v"].to_numpy()[edge_ids]
        )
        outward, inward = _both_arcs(len(node_rows), edge_u, edge_v, forward, backward)
        length_m = edges["length_m"].to_numpy(dtype=float)[edge_ids]
        component = components(outward, edge_u, edge_v, length_m, strong=False)
        if np.array_equal(ways.forward, ways.backward):
            leaves_main = enters_main = component[edge_u] == 0
        else:
            _, there, back = main_part(outward, inward, (edge_u, edge_v), length_m)
            leaves_main, enters_main = ties(there, back, (edge_u, edge_v), ways)
        nodes = streets.nodes.geometry.array
        return cls(
            profile=profile,
            crs=streets.crs,
            node_ids=streets.nodes.index.to_numpy(dtype=np.int64)[node_rows],
            node_xy=np.column_stack([nodes.x, nodes.y])[node_rows],
            edge_ids=edge_ids,
            edge_u=edge_u,
            edge_v=edge_v,
            length_m=length_m,
            forward_s=forward,
            backward_s=backward,
            component=component,
            leaves_main=leaves_main,
            enters_main=enters_main,
            lines=lines,
            outward=outward,
            inward=inward,
            frontage=frontage_of(edges, edge_ids),
        )

    @property
    def edge_component(self) -> NDArray[np.int32]:
        """Number of the piece of the network each edge lies on; see ``component``."""
        return self.component[self.edge_u]

    def __repr__(self) -> str:
        return (
            f"TravelGraph({self.profile.name}: {len(self.node_ids):,} nodes, "
            f"{len(self.edge_ids):,} edges, {len(self.outward):,} arcs)"
        )


class _Ways(NamedTuple):
    """Which edges are open from u to v, and which from v to u."""

    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]

    def are_those_of(self, graph: TravelGraph) -> bool:
        return np.array_equal(self.forward, np.isfinite(graph.forward_s)) and np.array_equal(
            self.backward, np.isfinite(graph.backward_s)
        )


MOST_REMEMBERED: Final = 16
"""Travellers whose graphs of one network are remembered, the last asked for."""

# Networks and profiles never change, so a graph once built stays true; it goes when its
# network goes, or when many others were asked for since.
_built: weakref.WeakKeyDictionary[StreetNetwork, dict[TravelProfile, TravelGraph]] = (
    weakref.WeakKeyDictionary()
)
_lock = threading.Lock()


def travel_graph(streets: StreetNetwork, profile: TravelProfile) -> TravelGraph:
    """Return the graph of a network for a traveller, built at the first call.

    Parameters
    ----------
    streets
        The network. The graphs of the last :data:`MOST_REMEMBERED` travellers are
        remembered as long as it lives.
    profile
        The traveller.

    Returns
    -------
    TravelGraph

    Raises
    ------
    InputError
        If the network has no edge this traveller may use.
    """
    with _lock:
        graph = _built.get(streets, {}).get(profile)
    if graph is None:
        graph = _of_line(streets, profile)
    if graph is None:
        with _lock:
            like = list(_built.get(streets, {}).values())[::-1]
        graph = TravelGraph.build(streets, profile, like=like)
    with _lock:
        known = _built.setdefault(streets, {})
        # Whoever was first: what is prepared for a graph is found again by its identity.
        graph = known.pop(profile, graph)
        known[profile] = graph
        while len(known) > MOST_REMEMBERED:
            known.pop(next(iter(known)))
    return graph


def forget_others(streets: StreetNetwork, profiles: Iterable[TravelProfile]) -> None:
    """Forget the graphs of a network that are not of some travellers, such as those of drawn paces.

    Parameters
    ----------
    streets
        The network.
    profiles
        The travellers whose graphs stay remembered.
    """
    kept = set(profiles)
    with _lock:
        known = _built.get(streets, {})
        for other in [profile for profile in known if profile not in kept]:
            del known[other]


def _of_line(streets: StreetNetwork, profile: TravelProfile) -> TravelGraph | None:
    """Return the graph of an edited network, made of that of the first of its line."""
    descent = descent_of(streets)
    if descent is None:
        return None
    from quartieri15.reach.patching import patched

    try:
        before = travel_graph(descent.ancestor, profile)
    except InputError:  # The edits open the first edge for this traveller.
        return None
    return patched(streets, profile, before, descent)


def _ends_along_hilbert_curve(
    nodes: gpd.GeoDataFrame, u: NDArray[np.int64], v: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Give the used nodes numbers along a Hilbert curve; return their rows and the edges' ends."""
    ends = nodes.index.get_indexer(np.concatenate([u, v]))
    used = np.zeros(len(nodes), dtype=bool)
    used[ends] = True
    rows = np.flatnonzero(used)
    curve = nodes.geometry.iloc[rows].hilbert_distance(level=16).to_numpy()
    rows = rows[np.argsort(curve, kind="stable")]
    number = np.empty(len(nodes), dtype=np.int32)
    number[rows] = np.arange(len(rows), dtype=np.int32)
    numbered = number[ends]
    return rows, numbered[: len(u)], numbered[len(u) :]


def _both_arcs(
    n: int,
    edge_u: NDArray[np.int32],
    edge_v: NDArray[np.int32],
    forward_s: NDArray[np.float64],
    backward_s: NDArray[np.float64],
    *,
    like: TravelGraph | None = None,
) -> tuple[Arcs, Arcs]:
    """Return arcs by tail and by head: the same ones where every way takes equally long back.

    Those of a graph in which the same ways are open differ in their seconds alone.
    """
    outward = _arcs(n, edge_u, edge_v, forward_s, backward_s)
    if like is not None:
        outward = Arcs(like.outward.indptr, like.outward.head, outward.cost)
    if np.array_equal(forward_s, backward_s):
        return outward, outward
    inward = _arcs(n, edge_v, edge_u, forward_s, backward_s)
    if like is not None:
        inward = Arcs(like.inward.indptr, like.inward.head, inward.cost)
    return outward, inward


def _arcs(
    n: int,
    edge_u: NDArray[np.int32],
    edge_v: NDArray[np.int32],
    forward_s: NDArray[np.float64],
    backward_s: NDArray[np.float64],
) -> Arcs:
    """Sort directed arcs by tail, then head, and keep the quickest of each pair.

    scipy.sparse would add the costs of parallel streets up, hence by hand.
    """
    tail = np.concatenate([edge_u, edge_v])
    head = np.concatenate([edge_v, edge_u])
    cost = np.concatenate([forward_s, backward_s])
    keep = np.isfinite(cost) & (tail != head)
    pair = tail[keep].astype(np.int64) * n + head[keep]
    order = np.argsort(pair, kind="stable")
    pair, cost = pair[order], cost[keep][order]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    if len(first):
        pair, cost = pair[first], np.minimum.reduceat(cost, first)
    indptr = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(pair // n, minlength=n), out=indptr[1:])
    return Arcs(indptr, (pair % n).astype(np.int32), cost)


def frontage_of(edges: gpd.GeoDataFrame, edge_ids: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Tell on which of some edges points may be put; None where on all."""
    if "frontage" not in edges.columns:
        return None
    frontage: NDArray[np.bool_] = edges["frontage"].to_numpy(dtype=bool)[edge_ids]
    return None if frontage.all() else frontage


def components(
    arcs: Arcs,
    edge_u: NDArray[np.int32],
    edge_v: NDArray[np.int32],
    length_m: NDArray[np.float64],
    *,
    strong: bool,
) -> NDArray[np.int32]:
    """Give connected pieces numbers by falling length of street, then by their first node."""
    from scipy.sparse.csgraph import connected_components

    _, label = connected_components(
        _pattern(arcs), directed=True, connection="strong" if strong else "weak"
    )
    return ranked(label, edge_u, edge_v, length_m)


def ranked(
    label: NDArray[np.int32],
    edge_u: NDArray[np.int32],
    edge_v: NDArray[np.int32],
    length_m: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Give pieces new numbers by falling length of street inside them, then by their first node."""
    pieces = int(label.max(initial=-1)) + 1
    inside = label[edge_u] == label[edge_v]
    length = np.bincount(label[edge_u[inside]], weights=length_m[inside], minlength=pieces)
    first_node = np.full(pieces, len(label))
    # Of several values for one place the last is kept.
    first_node[label[::-1]] = np.arange(len(label))[::-1]
    rank = np.empty(pieces, dtype=np.int32)
    rank[np.lexsort([first_node, -length])] = np.arange(pieces, dtype=np.int32)
    return rank[label]


def main_part(
    outward: Arcs,
    inward: Arcs,
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    length_m: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the pieces in which everyone can reach everyone, the main one being number 0.

    And of each node whether the main one can be reached from it, and whether it can be reached
    from the main one.
    """
    part = components(outward, *ends, length_m, strong=True)
    some_node = int(np.argmax(part == 0))
    return part, _reached(inward, some_node), _reached(outward, some_node)


def ties(
    there: NDArray[np.bool_],
    back: NDArray[np.bool_],
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    allowed: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell from which edges the main part can be reached, and which can be reached from it."""
    (u, v), (forward, backward) = ends, allowed
    return (
        (forward & there[v]) | (backward & there[u]),
        (forward & back[u]) | (backward & back[v]),
    )


def _reached(arcs: Arcs, start: int) -> NDArray[np.bool_]:
    from scipy.sparse.csgraph import breadth_first_order

    reached = np.zeros(len(arcs.indptr) - 1, dtype=bool)
    reached[breadth_first_order(_pattern(arcs), start, return_predecessors=False)] = True
    return reached


def _pattern(arcs: Arcs) -> csr_array:
    """Which nodes are joined, without the costs: scipy takes a stored zero for no arc."""
    from scipy.sparse import csr_array

    n = len(arcs.indptr) - 1
    return csr_array((np.ones(len(arcs)), arcs.head, arcs.indptr), shape=(n, n))
