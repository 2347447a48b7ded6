"""One network where it covers the ground, another beyond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.osm.splitting import Pieces, split

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

ON_BORDER_M = 0.01
"""What lies this near the border lies on it: no vertex is put beside one that is there."""


def fill_beyond(
    streets: StreetNetwork,
    other: StreetNetwork,
    *,
    covered: Polygon | MultiPolygon,
    tolerance_m: float,
) -> tuple[StreetNetwork, dict[str, Any]]:
    """Keep a network where it covers the ground, and take another one beyond.

    Both are cut at the border of the covered area, the one loses what lies outside and the
    other what lies inside, so that no street stands twice. Where an end of the one and an end
    of the other lie on the border, no farther apart than the tolerance and each the best for
    the other (one of the same class before any other, then the nearest), they become one
    node: that of ``streets``. The other's line is led to it, its length is kept. All other
    ends at the border stay dead ends and are counted.

    A cut edge keeps its columns; its length is shared out by the length of its geometry.

    Parameters
    ----------
    streets
        The network that holds inside. Edges that do not cross the border stay as they are,
        node ids included.
    other
        The network that holds outside, in the same CRS. Its node ids mean something else and
        are not kept: what is added is numbered on from the highest id of ``streets``, first
        where ``streets`` was cut, then the other's nodes in ascending order, then where the
        other was cut. ``osm_way_id`` is kept and counts in the file it comes from.
    covered
        The area that ``streets`` covers, in the same CRS; its border belongs to it.
    tolerance_m
        How far apart two ends on the border may be and still be the same street, in metres.

    Returns
    -------
    streets : StreetNetwork
        First the edges of ``streets`` in their order, then those of ``other`` in theirs; so too
        the barriers of both, cut at the border.
    report : dict
        ``kept_km`` and ``cut_off_km`` (of ``streets``), ``added_km``, ``added_edges`` and
        ``left_out_km`` (of ``other``); ``joined``: how many pairs of ends, by the class of
        the street inside (``by_highway``), how many of them change class at the border, and
        the median and largest gap closed; ``unjoined``: dead ends left on the border, of
        either network, by class.

    Raises
    ------
    ParameterError
        If the tolerance is no distance, or the area is empty.
    InputError
        If the networks have different CRS, or ``streets`` has nothing in the area.

    Examples
    --------
    A network filled up with itself is as long as it was:

    >>> import quartieri15 as q15
    >>> city = q15.load("milano")
    >>> around = city.houses.geometry.iloc[0].buffer(300)
    >>> block = city.streets.subset(around)
    >>> filled, report = fill_beyond(block, block, covered=around, tolerance_m=1)
    >>> round(filled.length_km - block.length_km, 6), report["unjoined"]
    (0.0, {'inside': {}, 'outside': {}})
    """
    if not 0 <= tolerance_m < np.inf:
        raise ParameterError(
            f"tolerance_m is {tolerance_m!r}", mend="give a distance in metres, for example 5"
        )
    if covered.is_empty:
        raise ParameterError("covered is empty", mend="give the area that the streets cover")
    require_same_crs(other.edges, streets.crs, where="other")
    inner, outer = (_cut(network, covered) for network in (streets, other))
    inside, outside = inner.take(inner.within), outer.take(~outer.within)
    if not len(inside.row):
        raise InputError(
            "no street lies in the area that is said to be covered",
            where="streets",
            mend="check the area's coordinates and CRS",
        )
    ends = _ends_on_border(inside, covered), _ends_on_border(outside, covered)
    highway = inside.highway_at(streets, ends[0]), outside.highway_at(other, ends[1])
    joined = _paired((inside.points[ends[0]], outside.points[ends[1]]), highway, tolerance_m)
    pairs = ends[0][joined[0]], ends[1][joined[1]]

    ids_inside = _numbered(streets, inside)
    ids_outside = np.full(len(outside.points), -1, dtype=np.int64)
    ids_outside[pairs[1]] = ids_inside[pairs[0]]
    new = np.setdiff1d(outside.nodes_used, pairs[1])
    ids_outside[new] = max(ids_inside.max(), streets.nodes.index.max()) + 1 + np.arange(len(new))
    led = outside.led_to(pairs[1], inside.points[pairs[0]])

    edges = pd.concat(
        [_edges(streets, inside, ids_inside), _edges(other, led, ids_outside)], ignore_index=True
    )
    nodes = pd.concat(
        [
            _nodes(streets, inside, ids_inside, inside.nodes_used),
            _nodes(other, outside, ids_outside, new),
        ]
    )
    # What is told of the one network as a whole goes on being told; concat may drop it.
    edges.attrs, nodes.attrs = dict(streets.edges.attrs), dict(streets.nodes.attrs)
    filled = StreetNetwork.from_tables(
        gpd.GeoDataFrame(nodes, crs=streets.crs).sort_index().rename_axis("node_id"),
        gpd.GeoDataFrame(edges, crs=streets.crs),
        barriers=_barriers(streets, other, covered),
    )
    gaps = shapely.distance(inside.points[pairs[0]], outside.points[pairs[1]])
    report = {
        "kept_km": _km(inside.length_m),
        "cut_off_km": _km(inner.take(~inner.within).length_m),
        "added_km": _km(outside.length_m),
        "added_edges": len(outside.row),
        "left_out_km": _km(outer.take(outer.within).length_m),
        "joined": {
            "ends": len(gaps),
            "by_highway": _counts(highway[0][joined[0]]),
            "of_another_highway_class": int((highway[0][joined[0]] != highway[1][joined[1]]).sum()),
            "median_gap_m": round(float(np.median(gaps)), 2) if len(gaps) else 0.0,
            "largest_gap_m": round(float(gaps.max(initial=0.0)), 2),
        },
        "unjoined": {
            side: _counts(np.delete(classes, taken)[np.delete(pieces.ends_alone(found), taken)])
            for side, pieces, found, classes, taken in zip(
                ("inside", "outside"), (inside, outside), ends, highway, joined, strict=True
            )
        },
    }
    return filled, report


@dataclass(frozen=True, kw_only=True, eq=False)
class _CutEdges:
    """Edges cut at a border.

    Nodes are counted: first those of the network in the order of its table, then those where
    an edge was cut.

    Parameters
    ----------
    row
        For each piece, the row of its edge.
    u, v
        The nodes it runs between.
    length_m
        Its length on the ground.
    lines
        Its geometry.
    within
        Whether it lies in the area.
    points
        Every node.
    """

    row: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length_m: NDArray[np.float64]
    lines: NDArray[np.object_]
    within: NDArray[np.bool_]
    points: NDArray[np.object_]

    @property
    def nodes_used(self) -> NDArray[np.int64]:
        """The nodes at which a piece ends, ascending."""
        return np.union1d(self.u, self.v)

    def take(self, which: NDArray[np.bool_]) -> _CutEdges:
        """Return some of the pieces; the nodes are counted as before."""
        return _CutEdges(
            row=self.row[which],
            u=self.u[which],
            v=self.v[which],
            length_m=self.length_m[which],
            lines=self.lines[which],
            within=self.within[which],
            points=self.points,
        )

    def led_to(self, nodes: NDArray[np.int64], points: NDArray[np.object_]) -> _CutEdges:
        """Return the pieces with the ends at some nodes moved to other points."""
        moved = self.points.copy()
        moved[nodes] = points
        ended = np.flatnonzero(np.isin(self.u, nodes) | np.isin(self.v, nodes))
        xy, piece = shapely.get_coordinates(self.lines[ended], return_index=True)
        first = np.searchsorted(piece, np.arange(len(ended)))
        last = np.searchsorted(piece, np.arange(len(ended)), side="right") - 1
        for vertices, ends in ((first, self.u[ended]), (last, self.v[ended])):
            meets = np.isin(ends, nodes)
            xy[vertices[meets]] = shapely.get_coordinates(moved[ends[meets]])
        lines = self.lines.copy()
        lines[ended] = shapely.linestrings(xy, indices=piece)
        return _CutEdges(
            row=self.row,
            u=self.u,
            v=self.v,
            length_m=self.length_m,
            lines=lines,
            within=self.within,
            points=moved,
        )

    def highway_at(self, streets: StreetNetwork, nodes: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return the class of the first street that ends at each of some nodes."""
        ends, first = np.unique(np.stack([self.u, self.v], axis=1).ravel(), return_index=True)
        piece = first[np.searchsorted(ends, nodes)] // 2
        highway: NDArray[np.object_] = streets.edges["highway"].astype(object).to_numpy()
        return highway[self.row[piece]]

    def ends_alone(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell at which of some nodes a single piece ends."""
        ending = np.bincount(np.concatenate([self.u, self.v]), minlength=len(self.points))
        return np.equal(ending[nodes], 1)


def _cut(streets: StreetNetwork, covered: Polygon | MultiPolygon) -> _CutEdges:
    """Cut the edges of a network where they cross the border of an area."""
    edges, nodes = streets.edges, streets.nodes
    lines = edges.geometry.to_numpy()
    border = covered.boundary
    shapely.prepare([border, covered])
    meets = shapely.intersects(border, lines)
    crossing, apart = np.flatnonzero(meets), np.flatnonzero(~meets)
    vertices, pieces, within = _cut_lines(lines[crossing], covered)
    parts = shapely.linestrings(
        vertices[pieces.vertices],
        indices=np.repeat(np.arange(len(pieces.way)), np.diff(pieces.first_vertex)),
    )
    goes_on = np.diff(pieces.way, prepend=-1) == 0
    cut_points = shapely.points(vertices[pieces.vertices[pieces.first_vertex[:-1][goes_on]]])

    row = np.concatenate([apart, crossing[pieces.way]])
    ends = [nodes.index.get_indexer(edges[end])[row].astype(np.int64) for end in ("u", "v")]
    begins_cut = len(apart) + np.flatnonzero(goes_on)
    cut_nodes = len(nodes) + np.arange(len(cut_points))
    ends[0][begins_cut] = cut_nodes
    ends[1][begins_cut - 1] = cut_nodes
    geometry = np.concatenate([lines[apart], parts])
    total = shapely.length(lines)[row]
    share = np.divide(shapely.length(geometry), total, where=total > 0, out=np.ones(len(row)))
    share[: len(apart)] = 1.0
    inside = np.concatenate([shapely.intersects(covered, lines[apart]), within])
    order = np.argsort(row, kind="stable")
    return _CutEdges(
        row=row[order],
        u=ends[0][order],
        v=ends[1][order],
        length_m=(edges["length_m"].to_numpy()[row] * share)[order],
        lines=geometry[order],
        within=inside[order],
        points=np.concatenate([nodes.geometry.to_numpy(), cut_points]),
    )


def _cut_lines(
    lines: NDArray[np.object_], covered: Polygon | MultiPolygon
) -> tuple[NDArray[np.float64], Pieces, NDArray[np.bool_]]:
    """Cut lines where they change sides of a border; touching it cuts nothing."""
    vertices, first, on_border, drawn = _with_border_vertices(lines, covered.boundary)
    pieces, within = _sides(vertices, first, np.flatnonzero(on_border), covered)
    changes = (np.diff(pieces.way, prepend=-1) == 0) & (np.diff(within, prepend=False))
    cuts = np.isin(np.arange(len(vertices)), pieces.vertices[pieces.first_vertex[:-1][changes]])
    kept = drawn | cuts
    first = np.concatenate([[0], np.cumsum(kept)])[first]
    vertices, cuts = vertices[kept], cuts[kept]
    return vertices, *_sides(vertices, first, np.flatnonzero(cuts), covered)


def _sides(
    vertices: NDArray[np.float64],
    first: NDArray[np.int64],
    cuts: NDArray[np.int64],
    covered: Polygon | MultiPolygon,
) -> tuple[Pieces, NDArray[np.bool_]]:
    """Cut lines at some vertices, and tell which pieces lie in the area."""
    # Every vertex counts as a node of its own: lines are cut for themselves.
    pieces = split(first, np.arange(len(vertices)), also_at=cuts)
    parts = shapely.linestrings(
        vertices[pieces.vertices],
        indices=np.repeat(np.arange(len(pieces.way)), np.diff(pieces.first_vertex)),
    )
    middle = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    away = np.asarray(shapely.distance(middle, covered))
    return pieces, away <= ON_BORDER_M


def _with_border_vertices(
    lines: NDArray[np.object_], border: shapely.Geometry
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the vertices of lines, with one more wherever a segment meets the border.

    Returns
    -------
    vertices, first, on_border, drawn
        Coordinates, where each line begins in them, which lie on the border, and which the
        lines had before.
    """
    xy, line = shapely.get_coordinates(lines, return_index=True)
    tail = np.flatnonzero(line[1:] == line[:-1])
    segments = shapely.linestrings(np.stack([xy[tail], xy[tail + 1]], axis=1))
    met, which = shapely.get_coordinates(shapely.intersection(segments, border), return_index=True)
    start = tail[which]
    from_start = np.hypot(*(met - xy[start]).T)
    from_end = np.hypot(*(met - xy[start + 1]).T)
    between = np.minimum(from_start, from_end) > ON_BORDER_M
    on_border = np.zeros(len(xy), dtype=bool)
    on_border[np.where(from_start <= from_end, start, start + 1)[~between]] = True

    place = np.concatenate([np.arange(len(xy)), start[between]])
    along = np.concatenate([np.zeros(len(xy)), from_start[between]])
    order = np.lexsort((along, place))
    vertices = np.concatenate([xy, met[between]])[order]
    added = np.ones(int(between.sum()), dtype=bool)
    first = np.searchsorted(line[place[order]], np.arange(len(lines) + 1))
    return (
        vertices,
        first,
        np.concatenate([on_border, added])[order],
        np.concatenate([np.ones(len(xy), dtype=bool), ~added])[order],
    )


def _ends_on_border(pieces: _CutEdges, covered: Polygon | MultiPolygon) -> NDArray[np.int64]:
    """Return the nodes that lie on the border, ascending."""
    used = pieces.nodes_used
    tree = shapely.STRtree(pieces.points[used])
    return np.sort(used[tree.query(covered.boundary, predicate="dwithin", distance=ON_BORDER_M)])


def _paired(
    points: tuple[NDArray[np.object_], NDArray[np.object_]],
    highway: tuple[NDArray[np.object_], NDArray[np.object_]],
    within_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair the ends that are each the best for the other: of the same class, then the nearest."""
    tree = shapely.STRtree(points[1])
    one, two = tree.query(points[0], predicate="dwithin", distance=within_m)
    apart = shapely.distance(points[0][one], points[1][two])
    order = np.lexsort((two, one, apart, highway[0][one] != highway[1][two]))
    one, two = one[order], two[order]
    best = np.zeros((2, len(order)), dtype=bool)
    for row, ends in enumerate((one, two)):
        best[row, np.unique(ends, return_index=True)[1]] = True
    both = best.all(axis=0)
    return one[both], two[both]


def _numbered(streets: StreetNetwork, pieces: _CutEdges) -> NDArray[np.int64]:
    """Return an id for every node: its own, or one above all where a street was cut."""
    own = streets.nodes.index.to_numpy()
    added = len(pieces.points) - len(own)
    return np.concatenate([own, own.max() + 1 + np.arange(added)]).astype(np.int64)


def _edges(streets: StreetNetwork, pieces: _CutEdges, ids: NDArray[np.int64]) -> pd.DataFrame:
    """Return the pieces as edges."""
    edges = (
        pd.DataFrame(streets.edges)
        .iloc[pieces.row]
        .assign(u=ids[pieces.u], v=ids[pieces.v], length_m=pieces.length_m, geometry=pieces.lines)
    )
    return _without_categories(edges)


def _nodes(
    streets: StreetNetwork,
    pieces: _CutEdges,
    ids: NDArray[np.int64],
    which: NDArray[np.int64],
) -> pd.DataFrame:
    """Return some of the nodes under their ids; one where a street was cut has nothing on it."""
    nodes = _without_categories(pd.DataFrame(streets.nodes)).reset_index(drop=True).reindex(which)
    return nodes.assign(geometry=pieces.points[which]).set_index(ids[which])


def _without_categories(table: pd.DataFrame) -> pd.DataFrame:
    """Two tables have different categories, and can only be put together without."""
    categories = table.select_dtypes("category").columns
    return table.astype(dict.fromkeys(categories, object))


def _counts(labels: NDArray[np.object_]) -> dict[str, int]:
    """Count each label, the most frequent first."""
    names, counts = np.unique(labels.astype(str), return_counts=True)
    order = np.lexsort((names, -counts))
    return dict(zip(names[order].tolist(), counts[order].tolist(), strict=True))


def _km(metres: NDArray[np.float64]) -> float:
    return round(float(metres.sum()) / 1000, 3)


def _barriers(
    streets: StreetNetwork, other: StreetNetwork, covered: Polygon | MultiPolygon
) -> gpd.GeoDataFrame:
    """Return the barriers of one network inside an area and those of another outside."""
    inside = shapely.intersection(streets.barriers.geometry.array, covered)
    outside = shapely.difference(other.barriers.geometry.array, covered)
    both = pd.concat(
        [
            pd.DataFrame(network.barriers[["kind", "osm_way_id"]].astype({"kind": object}))
            for network in (streets, other)
        ],
        ignore_index=True,
    )
    cut = gpd.GeoDataFrame(both, geometry=[*inside, *outside], crs=streets.crs)
    cut = cut.explode(ignore_index=True)
    # What only touches the border leaves a point, or nothing.
    return cut[(cut.geom_type == "LineString") & (cut.length > 0)]
