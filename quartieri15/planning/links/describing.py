"""What is told of a link: the streets it joins, what it crosses, how one gets round without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.planning.links.candidates import Candidates, Ground
    from quartieri15.planning.links.cycle_gaps import Calmed

WORK: Final[dict[str, str]] = {
    "barrier": "bridge or underpass",
    "dead_end": "path",
    "cycle_gap": "cycle track",
}
"""What would have to be built, by kind."""

SHORT_M: Final = 15.0
"""A gap shorter than this is as often one of the map as one of the city."""

NAMED_WITHIN_M: Final = 250.0
"""Farther than this no street names the end of a link."""

_SEARCHED_M: Final = (1000.0, 4000.0, np.inf)


def described(
    city: City,
    ground: Ground,
    links: Candidates,
    tracks: Calmed | None,
) -> gpd.GeoDataFrame:
    """Say of each link what it joins and crosses, and how one gets round now.

    Parameters
    ----------
    city
        The city.
    ground
        Its streets as the traveller sees them.
    links
        The links.
    tracks
        What cycle tracks do, for the calm ways round a cycle gap.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per link; see :class:`~quartieri15.planning.links.missing.Links` for the columns.
    """
    graph = ground.graph
    remark = np.where(
        links.length_m < SHORT_M, f"shorter than {SHORT_M:g} m: is it there already?", ""
    )
    columns: dict[str, Any] = {
        "kind": links.kind.astype(str),
        "work": [WORK[kind] for kind in links.kind],
        **_names(city, ground, links),
        "length_m": links.length_m,
        "crosses": _crossed(city, ground, links),
        "detour_before_m": _ways_before(ground, links, tracks),
        "nil": _nil(city, links.lines),
        "remark": remark.astype(str),
        "from_edge": graph.edge_ids[links.a.edge],
        "from_fraction": links.a.fraction,
        "to_edge": graph.edge_ids[links.b.edge],
        "to_fraction": links.b.fraction,
        "along_edges": [tuple(graph.edge_ids[list(edges)].tolist()) for edges in links.edges],
    }
    return gpd.GeoDataFrame(columns, geometry=links.lines, crs=city.crs)


def _names(city: City, ground: Ground, links: Candidates) -> dict[str, Any]:
    """Name the streets at the ends of each link, and those a cycle track runs along.

    A street is named by itself, or by the nearest that has a name. Where a cycle track ends, the
    street it meets is told, not its own.
    """
    known = city.streets.edges["name"].iloc[ground.graph.edge_ids]
    named = np.flatnonzero(known.notna().to_numpy())
    names = known.to_numpy(dtype=object)
    tree = shapely.STRtree(ground.lines[named])
    columns: dict[str, list[Any]] = {"along_street": []}
    for edges in links.edges:
        own = dict.fromkeys(names[edge] for edge in edges if isinstance(names[edge], str))
        columns["along_street"].append("; ".join(own) or None)
    for which, vertex in (("from", 0), ("to", -1)):
        points = shapely.get_point(links.lines, vertex)
        end, street = tree.query(points, predicate="dwithin", distance=NAMED_WITHIN_M)
        away = shapely.distance(points[end], ground.lines[named[street]])
        order = np.lexsort((named[street], away, end))
        nearest: dict[int, tuple[str, float]] = {}
        for i, k, metres in zip(end[order], street[order], away[order], strict=True):
            own_street = columns["along_street"][i]
            name = names[named[k]]
            if i not in nearest and (own_street is None or name not in own_street.split("; ")):
                nearest[i] = (name, round(float(metres), 1))
        none = (None, np.nan)
        found = [nearest.get(i, none) for i in range(len(links))]
        columns[f"{which}_street"] = [name for name, _ in found]
        columns[f"{which}_street_m"] = [metres for _, metres in found]
    told: dict[str, Any] = {}
    for column, values in columns.items():
        texts = not column.endswith("_m")
        told[column] = pd.Series(values, dtype=object if texts else float)
    return told


def _crossed(city: City, ground: Ground, links: Candidates) -> list[str]:
    """Say which barriers a new street crosses, and streets closed to the traveller."""
    crossed: list[set[str]] = [set() for _ in range(len(links))]
    kinds = city.streets.barriers["kind"].astype(str).to_numpy()
    edges = city.streets.edges
    shut = ~(edges["bridge"] | edges["tunnel"]).to_numpy(dtype=bool)
    shut[ground.graph.edge_ids] = False
    closed = np.flatnonzero(shut)
    tree = shapely.STRtree(edges.geometry.to_numpy()[closed])
    for i, (line, along) in enumerate(zip(links.lines, links.edges, strict=True)):
        if along:
            continue
        rows = ground.barriers.query(line, predicate="intersects")
        crossed[i].update(kinds[rows])
        # A motorway is a barrier, and its lanes are closed streets too.
        if not crossed[i] & {"motorway"} and len(tree.query(line, predicate="crosses")):
            crossed[i].add("closed street")
    return ["; ".join(sorted(one)) for one in crossed]


def _ways_before(ground: Ground, links: Candidates, tracks: Calmed | None) -> NDArray[np.float64]:
    """Measure the shortest way between the ends of each link without it."""
    metres = np.full(len(links), np.nan)
    gap = np.array([bool(edges) for edges in links.edges], dtype=bool)
    for kind, usable in ((~gap, None), (gap, None if tracks is None else tracks.calm)):
        # Few ways are long, and a search without end sees the whole city.
        for limit_m in _SEARCHED_M:
            rows = np.flatnonzero(kind & ~np.isfinite(metres))
            if len(rows):
                some = links.a.take(rows), links.b.take(rows)
                metres[rows] = ground.detour_m(*some, limit_m, usable=usable)
    return np.where(np.isfinite(metres), metres, np.nan)


def _nil(city: City, lines: NDArray[np.object_]) -> NDArray[np.object_]:
    names = np.full(len(lines), None, dtype=object)
    if "nil" not in city.zones or not len(lines):
        return names
    zones = city.zones_named("nil")
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    line, zone = zones.sindex.query(middle, predicate="intersects")
    # In the order of the zones, so that on a common border the first one is named.
    for i, j in sorted(zip(line.tolist(), zone.tolist(), strict=True), reverse=True):
        names[i] = zones["name"].iloc[j]
    return names
