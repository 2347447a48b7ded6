"""Streets with as few junctions as some travellers need: what a page can carry and search.

Where two streets meet and no third does, and nothing changes for any of the travellers, the two
are drawn as one. What the travellers make of an edge is its *use*
(:mod:`~quartieri15.reach.weightings`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import several
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.streets import require_streets
from quartieri15.reach.weightings import uses_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from quartieri15.model.profiles import TravelProfile
    from quartieri15.model.streets import StreetNetwork
    from quartieri15.reach.weightings import Weighting

_OFF_MM: Final = 20.0
"""How far a junction that goes may be from where it is by the drawing: positions along an edge are
found from its line."""


class Positions(NamedTuple):
    """Where points stand: an edge (-1 for none), and the millimetres from its beginning."""

    edge: NDArray[np.int64]
    at_mm: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ContractedStreets:
    """The streets of a network for some travellers, without the junctions that none of them needs.

    Parameters
    ----------
    streets
        The network they were made of.
    weightings
        How its travellers weigh the streets.
    frontage : (uses,) bool
        Whether points may be put on an edge at all.
    node_ids : (n,) int64
        Id of each remaining junction in the network's table of nodes, along a Hilbert curve.
    node_xy : (n, 2) float64
        Coordinates in metres.
    u, v : (m,) int64
        Ends of each edge, as positions among the junctions; u is never above v.
    length_mm : (m,) int64
        Length on the ground.
    use, kind, name : (m,) int64
        Which use; which of ``kinds``; which of ``names``, -1 for none.
    kinds
        Class of road and whether it is in a tunnel, as ``(highway, tunnel)``.
    names
        The names of streets.
    line_start : (m + 1,) int64
        Where the line of each edge begins among ``line_xy``.
    line_xy : (p, 2) float64
        The corners of all lines from u to v, both ends included.
    edge_of, start_mm, reversed_ : (edges,)
        For each edge of the network, the edge it is a part of, where it begins there, and whether
        it is drawn the other way.
    """

    streets: StreetNetwork
    weightings: tuple[Weighting, ...]
    frontage: NDArray[np.bool_]
    node_ids: NDArray[np.int64]
    node_xy: NDArray[np.float64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    use: NDArray[np.int64]
    kind: NDArray[np.int64]
    name: NDArray[np.int64]
    kinds: tuple[tuple[str, bool], ...]
    names: tuple[str, ...]
    line_start: NDArray[np.int64]
    line_xy: NDArray[np.float64]
    edge_of: NDArray[np.int64]
    start_mm: NDArray[np.int64]
    reversed_: NDArray[np.bool_]

    def weighting(self, profile: str) -> Weighting:
        """Return how the traveller of a name weighs the streets.

        Raises
        ------
        UnknownNameError
            If the streets were not contracted for such a traveller.
        """
        for weighting in self.weightings:
            if any(traveller.name == profile for traveller in weighting.travellers):
                return weighting
        names = [traveller.name for each in self.weightings for traveller in each.travellers]
        raise UnknownNameError.among(profile, names, kind="traveller")

    def positions(self, edge_row: NDArray[np.integer], fraction: NDArray[np.float64]) -> Positions:
        """Turn positions on edges of the network into positions on these.

        Parameters
        ----------
        edge_row
            Positions in the network's table of edges, -1 for none.
        fraction
            Where on the line of each, from u (0) to v (1).

        Notes
        -----
        Positions are rounded to whole millimetres, and none is rounded onto a junction where it
        was not.
        """
        found = edge_row >= 0
        row = np.where(found, edge_row, 0)
        part = np.where(found, fraction, 0.0)
        along = np.where(self.reversed_[row], 1 - part, part)
        edge = self.edge_of[row]
        own_mm = _millimetres(self.streets)[row]
        at_mm = self.start_mm[row] + np.rint(along * own_mm).astype(np.int64)
        length_mm = self.length_mm[edge]
        at_start = (self.start_mm[row] == 0) & (along == 0)
        at_end = (self.start_mm[row] + own_mm == length_mm) & (along == 1)
        inside = np.clip(at_mm, np.minimum(1, length_mm), np.maximum(length_mm - 1, 0))
        at_mm = np.where(at_start, 0, np.where(at_end, length_mm, inside))
        return Positions(np.where(found, edge, -1), np.where(found, at_mm, 0))


def contracted(
    streets: StreetNetwork, travellers: Iterable[str | TravelProfile]
) -> ContractedStreets:
    """Merge the streets of a network that no traveller needs to tell apart.

    Two edges that meet at a junction of no others become one where they have the same use for all
    the travellers, the same class of road and the same name, and are drawn in proportion. Edges
    that no traveller may use stay, since they are drawn. Lengths are whole millimetres, so that
    sums of them are exact.

    Parameters
    ----------
    streets
        The network.
    travellers
        Who is to travel.

    Returns
    -------
    ContractedStreets

    Raises
    ------
    ParameterError
        If there is no traveller, or one whose seconds are not in proportion to the length of a
        street: who is slowed by slopes or by waiting.
    UnknownNameError
        If the name of a traveller is unknown.
    InputError
        If a traveller may use no street.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> streets = q15.load("milano").streets
    >>> fewer = contracted(streets, ["walk_75", "walk_adult", "bike_adult"])
    >>> [weighting.name for weighting in fewer.weightings]
    ['walk_75', 'bike_adult']
    >>> len(fewer.u) < len(streets.edges)
    True
    """
    require_streets(streets)
    who = [profiles.get(traveller) for traveller in several(travellers)]
    if not who:
        raise ParameterError("there is no traveller", where="travellers", mend="name one or more")
    uses = uses_of(streets, who)
    kinds, kind = _kinds(streets)
    names, name = _names(streets)
    at = streets.nodes.index.get_indexer
    edges = _Edges(
        u=at(streets.edges["u"]).astype(np.int64),
        v=at(streets.edges["v"]).astype(np.int64),
        length_mm=_millimetres(streets),
        drawn_m=shapely.length(streets.edges.geometry.to_numpy()),
        use=uses.of_edge,
        kind=kind,
        name=name,
    )
    return _assembled(
        streets,
        edges,
        _chains(edges, uses.flipped),
        uses.flipped,
        weightings=uses.weightings,
        frontage=uses.frontage,
        kinds=kinds,
        names=names,
    )


class _Edges(NamedTuple):
    """The edges of the network: ends, lengths, and what must be the same along a chain."""

    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length_mm: NDArray[np.int64]
    drawn_m: NDArray[np.float64]
    use: NDArray[np.int64]
    kind: NDArray[np.int64]
    name: NDArray[np.int64]


def _kinds(streets: StreetNetwork) -> tuple[tuple[tuple[str, bool], ...], NDArray[np.int64]]:
    # A value of several classes counts as the first.
    highway = streets.edges["highway"].astype(object).astype(str).str.partition(";")[0]
    pairs = pd.MultiIndex.from_arrays([highway, streets.edges["tunnel"].to_numpy(dtype=bool)])
    codes, unique = pd.factorize(pairs, sort=True)
    return tuple((str(one), bool(two)) for one, two in unique), codes.astype(np.int64)


def _names(streets: StreetNetwork) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    names = streets.edges["name"].astype(object)
    codes, unique = pd.factorize(names.where(names.notna(), None), sort=True)
    return tuple(map(str, unique)), codes.astype(np.int64)


def _millimetres(streets: StreetNetwork) -> NDArray[np.int64]:
    length_m = streets.edges["length_m"].to_numpy(dtype=float)
    whole: NDArray[np.int64] = np.rint(length_m * 1000).astype(np.int64)
    return whole


class _Chains(NamedTuple):
    """Edges of the network put in rows: ``edge[start[c]:start[c + 1]]`` are those of chain c."""

    start: NDArray[np.int64]
    edge: NDArray[np.int64]
    reversed_: NDArray[np.bool_]


def _chains(edges: _Edges, flipped: NDArray[np.int64]) -> _Chains:
    """Put the edges in rows that pass only junctions nobody needs."""
    m = len(edges.u)
    # The ends of edges at each junction: end e is the tail of edge e, end m + e its head.
    end_node = np.concatenate([edges.u, edges.v])
    degree = np.bincount(end_node)
    order = np.argsort(end_node, kind="stable")
    first = np.cumsum(degree) - degree
    inner = np.flatnonzero(degree == 2)  # noqa: PLR2004  (two ends meet)
    one, two = order[first[inner]], order[first[inner] + 1]
    into, out_of = one % m, two % m
    use_in = np.where(one >= m, edges.use[into], flipped[edges.use[into]])
    use_out = np.where(two < m, edges.use[out_of], flipped[edges.use[out_of]])
    same = (into != out_of) & (use_in == use_out) & _in_proportion(edges, into, out_of)
    for column in (edges.kind, edges.name):
        same &= column[into] == column[out_of]
    partner = np.full(2 * m, -1, dtype=np.int64)
    partner[one[same]], partner[two[same]] = two[same], one[same]
    return _walked(m, partner.tolist())


def _in_proportion(
    edges: _Edges, one: NDArray[np.int64], two: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell whether two edges in a row are drawn as long as they are, in proportion."""
    drawn, length = edges.drawn_m, edges.length_mm
    together = drawn[one] + drawn[two]
    part = np.divide(drawn[one], together, out=np.zeros_like(together), where=together > 0)
    off = np.abs(part * (length[one] + length[two]) - length[one])
    agrees: NDArray[np.bool_] = off <= _OFF_MM
    return agrees


def _walked(m: int, partner: list[int]) -> _Chains:
    """Follow the edges from end to end; a ring that has no end begins at its first edge."""
    start, edges, turned = [0], [], []
    seen = bytearray(m)

    def follow(tail: int) -> None:
        while True:
            edge = tail % m
            seen[edge] = 1
            edges.append(edge)
            turned.append(tail >= m)
            head = edge if tail >= m else edge + m
            tail = partner[head]
            if tail < 0 or seen[tail % m]:
                start.append(len(edges))
                return

    for edge in range(m):
        if not seen[edge] and partner[edge] < 0:
            follow(edge)
        elif not seen[edge] and partner[edge + m] < 0:
            follow(edge + m)
    for edge in range(m):
        if not seen[edge]:
            follow(edge)
    return _Chains(
        np.array(start, dtype=np.int64),
        np.array(edges, dtype=np.int64),
        np.array(turned, dtype=bool),
    )


def _assembled(
    streets: StreetNetwork,
    edges: _Edges,
    chains: _Chains,
    flipped: NDArray[np.int64],
    **told: Any,
) -> ContractedStreets:
    """Sort the junctions along a curve and the edges by their ends, and join their lines."""
    begin, end = chains.start[:-1], chains.start[1:] - 1
    first, last = chains.edge[begin], chains.edge[end]
    tail = np.where(chains.reversed_[begin], edges.v[first], edges.u[first])
    head = np.where(chains.reversed_[end], edges.u[last], edges.v[last])
    rows, number = _along_curve(streets, tail, head)
    tail, head = number[tail], number[head]
    backwards = tail > head
    u, v = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort([first, v, u])
    chain = np.empty(len(order), dtype=np.int64)
    chain[order] = np.arange(len(order))
    # Every edge of the network with the chain it is in, in the order of travel from u to v.
    size = np.diff(chains.start)
    of = np.repeat(np.arange(len(size)), size)
    step = np.arange(len(of)) - np.repeat(begin, size)
    step = np.where(backwards[of], np.repeat(size, size) - 1 - step, step)
    in_turn = np.lexsort([step, chain[of]])
    edge, turned = chains.edge[in_turn], (chains.reversed_ ^ backwards[of])[in_turn]
    of = chain[of][in_turn]
    length_mm = edges.length_mm[edge]
    before = np.cumsum(length_mm) - length_mm
    start = np.flatnonzero(np.diff(of, prepend=-1))
    first = edge[start]
    use = edges.use[first]
    edge_of, start_mm = np.empty_like(of), np.empty_like(of)
    is_turned = np.empty_like(turned)
    edge_of[edge], start_mm[edge], is_turned[edge] = of, before - before[start][of], turned
    line_start, line_xy = _joined(streets, edge, turned, of)
    points = streets.nodes.geometry.array
    return ContractedStreets(
        streets=streets,
        node_ids=streets.nodes.index.to_numpy(dtype=np.int64)[rows],
        node_xy=np.column_stack([points.x, points.y])[rows],
        u=u[order],
        v=v[order],
        length_mm=np.add.reduceat(length_mm, start),
        use=np.where(turned[start], flipped[use], use),
        kind=edges.kind[first],
        name=edges.name[first],
        line_start=line_start,
        line_xy=line_xy,
        edge_of=edge_of,
        start_mm=start_mm,
        reversed_=is_turned,
        **told,
    )


def _along_curve(
    streets: StreetNetwork, tail: NDArray[np.int64], head: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the junctions that remain, along a Hilbert curve, and their numbers."""
    remains = np.zeros(len(streets.nodes), dtype=bool)
    remains[tail] = remains[head] = True
    rows = np.flatnonzero(remains)
    curve = streets.nodes.geometry.iloc[rows].hilbert_distance(level=16).to_numpy()
    rows = rows[np.argsort(curve, kind="stable")]
    number = np.full(len(streets.nodes), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    return rows, number


def _joined(
    streets: StreetNetwork,
    edge: NDArray[np.int64],
    turned: NDArray[np.bool_],
    of: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Join the lines of edges in turn, each shared corner once."""
    lines = streets.edges.geometry.to_numpy()[edge]
    lines = np.where(turned, shapely.reverse(lines), lines)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    begins = np.diff(line, prepend=-1) > 0
    goes_on = np.append(False, of[1:] == of[:-1])
    kept = ~(begins & goes_on[line])
    start = np.zeros(int(of[-1]) + 2, dtype=np.int64)
    np.cumsum(np.bincount(of[line[kept]], minlength=len(start) - 1), out=start[1:])
    return start, xy[kept]
