"""Whether streets hang together: fragments, one-ways without a way out, crossings, lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from quartieri15.editions.checking.findings import Finding, listed, told_at
from quartieri15.editions.project_tables import NOWHERE_MEND, nowhere_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

FOOT_WAYS: Final = ("footway", "path", "pedestrian", "steps", "corridor")
"""Ways on which direction means nothing to people on foot."""
LONG_EDGE_M: Final = 3_000.0
"""A street other than a motorway without a junction for longer than this is rare in a city."""
LEAST_IN_LARGEST: Final = 0.9
"""In a network that was read whole, this share of the walkable length hangs together."""
MOST_NAMED: Final = 5


def check_streets(streets: StreetNetwork, *, file: str) -> Iterator[Finding]:
    """Find what is suspicious in a network of streets.

    Parameters
    ----------
    streets
        The network.
    file
        The file it is of.

    Yields
    ------
    Finding
        ``streets.fragments`` (note; a warning if less than 90 % hangs together),
        ``streets.oneway_dead_end`` and ``streets.oneway_foot`` (notes), ``streets.crossing``
        (note), ``streets.no_length`` and ``streets.long`` (warnings). Each is told once for the
        whole network, with how many, how long, and where the largest are.
    """
    yield from _fragments(streets, file)
    yield from _oneways(streets, file)
    yield from _crossings(streets, file)
    yield from _lengths(streets, file)


def check_coordinates(report: Mapping[str, Any], *, file: str) -> Iterator[Finding]:
    """Find coordinates that cannot be (``streets.coordinates``, warnings).

    Parameters
    ----------
    report
        Of :func:`~quartieri15.sources.osm.read_pbf`.
    file
        The file of the streets.
    """
    far = report["holes"]["steps_over_50_km"]
    elsewhere = (
        f"{far:,} pieces of streets run straight for more than 50 km: a node of each is elsewhere "
        "on earth, and what lies outside the area that is read is left out"
    )
    for problem in filter(None, (nowhere_told(report), elsewhere if far else "")):
        yield Finding(
            file=file,
            problem=problem,
            mend=NOWHERE_MEND,
            severity="warning",
            rule="streets.coordinates",
        )


def _fragments(streets: StreetNetwork, file: str) -> Iterator[Finding]:
    edges = streets.edges
    foot = edges["foot"].to_numpy()
    u, v, count = _ends(streets)
    ones = np.ones(int(foot.sum()), dtype=np.int8)
    joined = coo_array((ones, (u[foot], v[foot])), shape=(count, count))
    _, label = connected_components(joined, directed=False)
    length = edges["length_m"].to_numpy()
    km = np.bincount(label[u[foot]], weights=length[foot]) / 1000
    main = int(np.argmax(km))
    apart = np.flatnonzero(km > 0)
    apart = apart[apart != main]
    if not len(apart):
        return
    largest = apart[np.argsort(-km[apart], kind="stable")][:MOST_NAMED]
    first = {piece: int(np.flatnonzero(foot & (label[u] == piece))[0]) for piece in largest}
    where = "; ".join(
        f"{km[piece]:,.1f} km at {told_at(edges.geometry.iloc[first[piece]], streets.crs)}"
        for piece in largest
    )
    share = km[main] / km.sum()
    yield Finding(
        file=file,
        problem=f"{len(apart):,} fragments with {km[apart].sum():,.1f} walkable km do not hang "
        f"together with the rest ({1 - share:.1%}); the largest: {where}",
        mend="look at the largest on the map: a gate, a bridge or a junction may be missing",
        severity="note" if share >= LEAST_IN_LARGEST else "warning",
        rule="streets.fragments",
    )


def _oneways(streets: StreetNetwork, file: str) -> Iterator[Finding]:
    edges = streets.edges
    oneway = edges["oneway"].astype(object).to_numpy()
    directed = oneway != "no"
    on_foot = edges["highway"].astype(object).isin(FOOT_WAYS).to_numpy()
    if (both := directed & on_foot).any():
        yield Finding(
            file=file,
            column="oneway",
            problem=f"{int(both.sum()):,} foot ways are one-way; {_where(streets, both)}",
            mend="on foot the direction is not heeded; where it is meant, such as in a station, "
            "say so on the map",
            severity="note",
            rule="streets.oneway_foot",
        )
    u, v, count = _ends(streets)
    driven = ~on_foot & (u != v)
    out = np.zeros(count, dtype=np.int64)
    into = np.zeros(count, dtype=np.int64)
    for ends, others, here in (
        (u, v, driven & (oneway != "backward")),
        (v, u, driven & (oneway != "forward")),
    ):
        np.add.at(out, ends[here], 1)
        np.add.at(into, others[here], 1)
    # At the rim of what was read every one-way ends: those are no one's mistake.
    x, y = shapely.get_coordinates(streets.nodes.geometry.to_numpy()).T
    inner = _inner(x, y)
    for trapped, what in (
        ((into > 0) & (out == 0) & inner, "can be entered and not left"),
        ((out > 0) & (into == 0) & inner, "can be left and not entered"),
    ):
        ending = directed & driven & (trapped[u] | trapped[v])
        if ending.any():
            yield Finding(
                file=file,
                column="oneway",
                problem=f"{int(trapped.sum()):,} ends of one-way streets {what} by vehicles; "
                f"{_where(streets, ending)}",
                mend="see whether the direction is right, or a street is missing there",
                severity="note",
                rule="streets.oneway_dead_end",
            )


def _crossings(streets: StreetNetwork, file: str) -> Iterator[Finding]:
    edges = streets.edges
    shapes = edges.geometry.to_numpy()
    # Roads that pass over each other are common; ways on foot that cross share a vertex.
    on_foot = np.flatnonzero(edges["highway"].astype(object).isin(FOOT_WAYS).to_numpy())
    own = shapes[on_foot]
    first, second = shapely.STRtree(own).query(own, predicate="crosses")
    pairs = first < second
    first, second = on_foot[first[pairs]], on_foot[second[pairs]]
    level = [edges[name].to_numpy() for name in ("layer", "bridge", "tunnel")]
    same = np.logical_and.reduce([values[first] == values[second] for values in level])
    if same.any():
        crossing = np.zeros(len(edges), dtype=bool)
        crossing[first[same]] = True
        yield Finding(
            file=file,
            column="geometry",
            problem=f"{int(same.sum()):,} crossings of foot ways have no common vertex, so that "
            f"nobody can turn there; {_where(streets, crossing)}",
            mend="join them on the map, or say which is a bridge or a tunnel",
            severity="note",
            rule="streets.crossing",
        )


def _lengths(streets: StreetNetwork, file: str) -> Iterator[Finding]:
    length = streets.edges["length_m"].to_numpy()
    fast = streets.edges["highway"].astype(str).str.startswith(("motorway", "trunk")).to_numpy()
    for rule, wrong, what, mend in (
        (
            "streets.no_length",
            length <= 0,
            "streets have no length",
            "merge their two junctions, or draw them",
        ),
        (
            "streets.long",
            (length > LONG_EDGE_M) & ~fast,
            f"streets have no junction for more than {LONG_EDGE_M / 1000:g} km",
            "see whether they are split where others join",
        ),
    ):
        if wrong.any():
            yield Finding(
                file=file,
                column="length_m",
                problem=f"{int(wrong.sum()):,} {what}; {_where(streets, wrong)}",
                mend=mend,
                severity="warning",
                rule=rule,
            )


def _ends(streets: StreetNetwork) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Return the positions of the two nodes of every edge, and how many nodes there are."""
    ids = streets.nodes.index
    edges = streets.edges
    return ids.get_indexer(edges["u"]), ids.get_indexer(edges["v"]), len(ids)


def _inner(x: Any, y: Any, share: float = 0.02) -> Any:
    """Tell which nodes are not at the rim of the network."""
    margin_x, margin_y = share * np.ptp(x), share * np.ptp(y)
    return (
        (x > x.min() + margin_x)
        & (x < x.max() - margin_x)
        & (y > y.min() + margin_y)
        & (y < y.max() - margin_y)
    )


def _where(streets: StreetNetwork, chosen: Any) -> str:
    """Say where the first of the chosen edges are, by name or by place."""
    rows = np.flatnonzero(chosen)[:MOST_NAMED]
    edges = streets.edges.iloc[rows]
    told = [
        f"{name} at {told_at(shape, streets.crs)}"
        if isinstance(name, str)
        else f"{told_at(shape, streets.crs)}"
        for name, shape in zip(edges["name"].astype(object), edges.geometry, strict=True)
    ]
    return f"such as {listed(told)}"
