"""From an OpenStreetMap file to a street network, with an account of what it took."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import shown
from quartieri15.crs import GEOGRAPHIC, require_crs
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import schemas, tag_rules
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.osm.raw import NOWHERE, Asked, RawWays, read_raw, to_metric
from quartieri15.sources.osm.splitting import CutEnds, Pieces, cut_at, split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

TEXT_FIELDS = ("surface", "tracktype", "incline", "kerb", "wheelchair", "sidewalk", "lit")
FIXED_CATEGORIES = {"oneway": schemas.ONEWAY, "cycle_facility": schemas.CYCLE_FACILITIES}
"""Columns whose categories are the same in every network; others have those that occur."""

FARTHEST_STEP_KM = 50.0
"""No street runs straight so far without a vertex: a longer step has a coordinate that is wrong."""

NO_PLACE = "through nodes without a place"
"""Why a piece of a street is left out whose node has no coordinates, or such as are nowhere."""

STREETS = Asked(
    keys=("highway", "railway"),
    read_as=tag_rules.as_street,
    way_keys=tag_rules.WAY_KEYS,
    node_keys=tag_rules.NODE_KEYS,
    node_kinds=("barrier", "kerb"),
    outlines=True,
)
"""What is a street in a file: ``highway``, and platforms beside rails."""


def read_pbf(
    path: str | Path,
    *,
    area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    crs: object = None,
) -> tuple[StreetNetwork, dict[str, Any]]:
    """Read the streets of an OpenStreetMap file, for walking and cycling.

    Ways are split where they meet; every piece keeps its geometry, and loops, dead ends and
    parallel pieces stay. Ways that neither walkers nor cyclists may use stay too, closed to
    both. Lengths are geodesics on the WGS84 ellipsoid. What the tags mean is told by
    :mod:`quartieri15.model.tag_rules`.

    Ways are also split at kerbs and barriers, so that ``nodes`` can tell them. A barrier that
    is closed to people on foot cuts the way there: the two pieces end at two nodes on one
    spot, the second with a negative id, and nobody passes, since cyclists could only push
    through. Where more than two pieces meet at such a barrier the map does not say which of
    them it bars (Key:barrier asks mappers to avoid this), so it bars none and is counted. A
    barrier closed only to cycles cuts nothing: the rider gets off for a step.

    Squares and platforms drawn as a relation (``type=multipolygon``) are walked along their
    outer ways, as those drawn as one closed way are; an outer way that is a street itself keeps
    its own tags. Of an object that the file holds more than once the latest version stands,
    with its tags only, and a deleted one is not read (:mod:`quartieri15.sources.osm.files`).
    What holds at certain hours only (``access:conditional``) is not read, of ways and of
    barriers alike: the tags without a condition hold at all hours, and it is counted.

    Parameters
    ----------
    path
        A local ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file, or one with the history
        (``.osh.pbf``, ``.osh``); ids may be negative, as JOSM writes them.
    area
        Keep only the edges that touch this area, uncut. Any CRS.
    crs
        Metric CRS of the result; by default the UTM zone of the streets' middle.

    Returns
    -------
    streets : StreetNetwork
    report : dict
        Plain counts and km, fit for JSON. ``left_out``: ways and km by reason. ``remarks``: ways
        and km where a rule decided a doubtful point. ``losses``: tags the file does not carry
        at all, and what that means. ``holes``, ``barriers``: what was mended or cut, and what
        in the file is no line or lies nowhere. ``areas``: relations read, and what of them was
        not. ``versions``: how many versions did not stand, and how many objects were deleted.
        Then totals, walkable and rideable km, and the largest connected share of each.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the file is empty, cut off, no OpenStreetMap file, a file of changes, without
        streets, or if no street touches the area.

    Examples
    --------
    >>> streets, report = read_pbf("tests/data/osm/crossing.osm", crs="EPSG:32632")
    >>> streets
    StreetNetwork(5 nodes, 4 edges, 0 km, EPSG:32632)
    >>> report["losses"]["lit"]
    'lighting is not known'
    """
    if area is not None and not isinstance(area, gpd.GeoDataFrame | gpd.GeoSeries):
        raise ParameterError(
            f"area is {shown(area)}", where="area", mend="give a GeoDataFrame or a GeoSeries"
        )
    if isinstance(area, gpd.GeoDataFrame):
        area = schemas.with_geometry(area, where="area")
    raw = read_raw(path, STREETS)
    if not len(raw.way_ids):
        deleted = raw.versions["ways"]["deleted"]
        raise InputError(
            "the file has no way with a highway tag"
            + (f" but {deleted} that are deleted" if deleted else ""),
            where=str(path),
            mend="take an extract that has the streets; this one may be cut or filtered",
        )
    ways = [tag_rules.way(tags) for tags in raw.combinations]
    steps_m = _steps_m(raw, raw.first_vertex, raw.vertices)
    way_km = _per_line(steps_m, raw.first_vertex) / 1000
    kept_combination = np.array([way.left_out is None for way in ways])
    kept = kept_combination[raw.combination_of_way]
    if not kept.any():
        raise InputError(
            "none of its ways is a street that exists (all are planned, closed or unknown)",
            where=str(path),
            mend="take an extract that has the streets",
        )
    pieces = _split_kept(raw, kept)
    if not len(pieces.way):
        raise InputError(
            "the file has ways but not the nodes they go through",
            where=str(path),
            mend="make the extract again with complete ways (osmium extract does)",
        )
    closed = _places_where(raw, tag_rules.bars_walkers)
    ends = cut_at(pieces, closed, node_count=len(raw.node_ids))
    points = gpd.GeoSeries.from_xy(raw.lon, raw.lat, crs=GEOGRAPHIC)
    points = to_metric(points, crs, where=str(path))
    edges = _edges(raw, ways, pieces, ends, points)
    nodes = _nodes(raw, ends, points)
    if area is not None:
        edges, nodes = _within(edges, nodes, area, where=str(path))
    streets = StreetNetwork.from_tables(nodes, edges, where=Path(path).name)
    sizes = np.diff(raw.first_vertex)[kept]
    report = {
        "file": Path(path).name,
        "ways_read": len(raw.way_ids),
        "km_read": _km(way_km.sum()),
        "left_out": _account(raw, way_km, [way.left_out for way in ways]) | _nowhere(raw, kept),
        "remarks": _remarks(raw, way_km, ways, kept),
        "losses": tag_rules.losses(raw.keys_seen, frozenset[str]().union(*raw.node_tags.values())),
        "conditional_tags_not_read": {
            "ways": raw.conditional_ways,
            "barriers": raw.conditional_barriers,
        },
        "holes": {
            "ways_with_a_missing_node": pieces.broken_ways,
            "vertices_missing": pieces.missing_vertices,
            "vertices_left_alone": pieces.lone_vertices,
            "vertices_repeated": pieces.repeated_vertices,
            "ways_without_nodes": int((sizes == 0).sum()),
            "ways_with_one_node": int((sizes == 1).sum()),
            "nodes_without_a_place": raw.nodes_without_a_place,
            "steps_over_50_km": int((steps_m > FARTHEST_STEP_KM * 1000).sum()),
        },
        "barriers": _barrier_counts(raw, closed, pieces, ends),
        "areas": _area_counts(raw),
        "versions": raw.versions,
    }
    if area is not None:
        report["outside_area_km"] = _km(way_km[kept].sum() - streets.length_km)
    return streets, report | totals(streets)


def totals(streets: StreetNetwork) -> dict[str, Any]:
    """Count a network: nodes, edges, km, and how much of it hangs together.

    Parameters
    ----------
    streets
        Any network.

    Returns
    -------
    dict
        ``nodes``, ``edges``, ``km``, ``edges_of_no_length``, and for ``walkable`` and
        ``rideable``: ``km``, and ``largest_component``, the share (0-1) of those km in the
        largest connected part, directions ignored.
    """
    edges = streets.edges
    ridden = edges["bicycle_forward"] | edges["bicycle_backward"]
    return {
        "nodes": len(streets.nodes),
        "edges": len(edges),
        "km": _km(streets.length_km),
        "edges_of_no_length": int((edges["length_m"] == 0).sum()),
        "walkable": _connected(streets, edges["foot"].to_numpy()),
        "rideable": _connected(streets, ridden.to_numpy()),
    }


def categorical(
    values: Sequence[str | None], codes: NDArray[np.int64], name: str
) -> pd.Categorical:
    """Return a category column whose categories depend on the values alone.

    Parameters
    ----------
    values
        The values that ``codes`` count; None for a missing one.
    codes
        One per row.
    name
        The column: those in :data:`FIXED_CATEGORIES` keep all their categories in order,
        others have the ones that occur, sorted.
    """
    counts = np.bincount(codes, minlength=len(values))
    occurring = {value for value, n in zip(values, counts, strict=True) if n} - {None}
    categories = list(FIXED_CATEGORIES.get(name, sorted(filter(None, occurring))))
    place = {value: i for i, value in enumerate(categories)}
    recode = np.array([-1 if value is None else place.get(value, -1) for value in values])
    return pd.Categorical.from_codes(
        recode[codes] if len(recode) else np.empty(0, dtype=int),
        categories=pd.Index(categories, dtype=object),
    )


def _split_kept(raw: RawWays, kept: NDArray[np.bool_]) -> Pieces:
    """Split the ways that were kept; the pieces count ways as the file does."""
    sizes = np.diff(raw.first_vertex)
    first = np.concatenate([[0], np.cumsum(sizes[kept])])
    tagged = np.array(sorted(raw.node_tags), dtype=np.int64)
    pieces = split(first, raw.vertices[np.repeat(kept, sizes)], also_at=tagged)
    return dataclasses.replace(pieces, way=np.flatnonzero(kept)[pieces.way])


def _edges(
    raw: RawWays,
    ways: list[tag_rules.Way],
    pieces: Pieces,
    ends: CutEnds,
    points: gpd.GeoSeries,
) -> gpd.GeoDataFrame:
    combination = raw.combination_of_way[pieces.way]
    line = _line_of(pieces.first_vertex)
    coordinates = shapely.get_coordinates(points.array)[pieces.vertices]
    ids = _node_ids(raw, ends)

    def plain(field: str) -> NDArray[Any]:
        return np.array([getattr(way, field) for way in ways])[combination]

    def category(field: str) -> pd.Categorical:
        return categorical([getattr(way, field) for way in ways], combination, field)

    names = np.array(raw.names, dtype=object)
    return gpd.GeoDataFrame(
        {
            "u": ids[ends.u],
            "v": ids[ends.v],
            "osm_way_id": raw.way_ids[pieces.way],
            "length_m": _per_line(
                _steps_m(raw, pieces.first_vertex, pieces.vertices), pieces.first_vertex
            ),
            "highway": category("highway"),
            "name": names[pieces.way],
            "oneway": category("oneway"),
            "foot": plain("foot_forward") | plain("foot_backward"),
            "bicycle_forward": plain("bicycle_forward"),
            "bicycle_backward": plain("bicycle_backward"),
            "bridge": plain("bridge"),
            "tunnel": plain("tunnel"),
            "layer": plain("layer"),
            "steps": plain("steps"),
            "cycle_facility": category("cycle_facility"),
            "stress": np.nan,
            "grade": plain("grade"),
            **{field: category(field) for field in TEXT_FIELDS},
            "maxspeed_kmh": plain("maxspeed_kmh"),
        },
        geometry=shapely.linestrings(coordinates, indices=line),
        crs=points.crs,
    )


def _nodes(raw: RawWays, ends: CutEnds, points: gpd.GeoSeries) -> gpd.GeoDataFrame:
    used = np.unique(np.concatenate([ends.u, ends.v]))
    original = np.concatenate([np.arange(len(raw.node_ids)), ends.twin_of])[used]
    tags = [raw.node_tags.get(place, {}) for place in original.tolist()]
    return gpd.GeoDataFrame(
        {
            key: categorical(values, np.arange(len(values)), key)
            for key in ("kerb", "barrier")
            for values in [[tag.get(key) for tag in tags]]
        },
        geometry=points.array[original],
        crs=points.crs,
        index=pd.Index(_node_ids(raw, ends)[used], name="node_id"),
    ).sort_index()


def _node_ids(raw: RawWays, ends: CutEnds) -> NDArray[np.int64]:
    """Ids of the nodes and of their twins; twins count down from below the lowest id."""
    lowest = min(0, int(raw.node_ids.min(initial=0)))
    twins = lowest - 1 - np.arange(len(ends.twin_of), dtype=np.int64)
    return np.concatenate([raw.node_ids, twins])


def _within(
    edges: gpd.GeoDataFrame,
    nodes: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    where: str,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    require_crs(area, where="area")
    shape = area.to_crs(edges.crs).geometry.union_all()
    shapely.prepare(shape)
    inside = shapely.intersects(edges.geometry.array, shape)
    if not inside.any():
        asked, there = (
            f"{west:.3f}..{east:.3f} degrees east and {south:.3f}..{north:.3f} north"
            for west, south, east, north in (
                one.to_crs(GEOGRAPHIC).total_bounds for one in (area, nodes)
            )
        )
        raise InputError(
            f"no street touches the area, which lies within {asked}",
            where=where,
            mend=f"give an area within {there}, or the file of that area; check the area's CRS, "
            "and that its coordinates are not swapped",
        )
    edges = edges[inside]
    return edges, nodes[nodes.index.isin(np.union1d(edges["u"], edges["v"]))]


def _steps_m(
    raw: RawWays, first_vertex: NDArray[np.int64], vertices: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Geodesic metres from each vertex to the next of its line; 0 from or to a missing node."""
    from pyproj import Geod

    line = _line_of(first_vertex)
    tail, head = vertices[:-1], vertices[1:]
    steps = np.zeros(len(vertices))
    known = (tail >= 0) & (head >= 0) & (line[:-1] == line[1:])
    _, _, steps[:-1][known] = Geod(ellps="WGS84").inv(
        raw.lon[tail[known]], raw.lat[tail[known]], raw.lon[head[known]], raw.lat[head[known]]
    )
    return steps


def _nowhere(raw: RawWays, kept: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """Tell what streets lose by nodes without a place: at least the straight way past these."""
    line = _line_of(raw.first_vertex)
    lost = (raw.vertices == NOWHERE) & kept[line]
    if not lost.any():
        return {}
    first = np.searchsorted(line[~lost], np.arange(len(raw.first_vertex)))
    past = _steps_m(raw, first, raw.vertices[~lost]).sum()
    known = _steps_m(raw, raw.first_vertex, raw.vertices).sum()
    ways = len(np.unique(line[lost]))
    return {NO_PLACE: {"ways": ways, "km": _km((past - known) / 1000)}}


def _per_line(steps_m: NDArray[np.float64], first_vertex: NDArray[np.int64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.bincount(
        _line_of(first_vertex), weights=steps_m, minlength=len(first_vertex) - 1
    ).astype(np.float64)
    return lengths


def _line_of(first_vertex: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the line of each vertex; a line may have none."""
    return np.repeat(np.arange(len(first_vertex) - 1), np.diff(first_vertex))


def _account(
    raw: RawWays, way_km: NDArray[np.float64], labels: Sequence[str | None]
) -> dict[str, dict[str, float]]:
    """Count ways and km per label of their tags."""
    found: dict[str, dict[str, float]] = {}
    for label in sorted({label for label in labels if label is not None}):
        here = np.array([other == label for other in labels])[raw.combination_of_way]
        found[label] = {"ways": int(here.sum()), "km": _km(way_km[here].sum())}
    return found


def _remarks(
    raw: RawWays,
    way_km: NDArray[np.float64],
    ways: list[tag_rules.Way],
    kept: NDArray[np.bool_],
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for remark in sorted(frozenset[str]().union(*(way.remarks for way in ways))):
        here = np.array([remark in way.remarks for way in ways])[raw.combination_of_way] & kept
        found[remark] = {"ways": int(here.sum()), "km": _km(way_km[here].sum())}
    return found


def _places_where(raw: RawWays, holds: Callable[[tag_rules.Tags], bool]) -> NDArray[np.int64]:
    return np.array([i for i, tags in raw.node_tags.items() if holds(tags)], dtype=np.int64)


def _barrier_counts(
    raw: RawWays, closed: NDArray[np.int64], pieces: Pieces, ends: CutEnds
) -> dict[str, int]:
    joined = np.union1d(pieces.u, pieces.v)
    for_cycles = _places_where(raw, tag_rules.bars_cycles_only)
    return {
        "closed_to_walkers": int(np.isin(closed, joined).sum()),
        "cut": len(ends.twin_of),
        "at_a_junction_not_cut": ends.not_cut,
        "closed_to_cycles_only_not_cut": int(np.isin(for_cycles, joined).sum()),
    }


def _area_counts(raw: RawWays) -> dict[str, int]:
    outer = np.array([way for area in raw.areas for way in area.outer], dtype=np.int64)
    return {
        "relations_read": len(raw.areas),
        "outer_ways_missing": int((~np.isin(np.unique(outer), raw.way_ids)).sum()),
        "inner_ways_not_read": len({way for area in raw.areas for way in area.inner}),
        "relations_of_another_type_not_read": raw.other_relations,
    }


def _connected(streets: StreetNetwork, usable: NDArray[np.bool_]) -> dict[str, float]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = streets.edges[usable]
    if edges.empty:
        return {"km": 0.0, "largest_component": 0.0}
    u, v = (streets.nodes.index.get_indexer(edges[end]) for end in ("u", "v"))
    size = len(streets.nodes)
    graph = coo_array((np.ones(len(edges), dtype=bool), (u, v)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    metres = np.bincount(component[u], weights=edges["length_m"])
    return {
        "km": _km(metres.sum() / 1000),
        "largest_component": round(float(metres.max() / metres.sum()), 4),
    }


def _km(km: float) -> float:
    return round(float(km), 3)
