"""A graph in the convention of osmnx, read into the tables of a street network.

osmnx gives every street a vehicle may use both ways as two arcs. Here a street is one row with
its directions, so opposite arcs are joined: same ways, same line read backwards, same length to
the millimetre (osmnx adds the parts of a street up in the order of travel, so the last digits
of the two sums may differ). What cannot be read is refused with the name of its arc.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeGuard

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import crs_named, metric_crs
from quartieri15.errors import InputError
from quartieri15.model import schemas

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

NOT_FOR_WALKING_OR_CYCLING = ("motorway", "motorway_link")
"""Classes closed to pedestrians and cycles (Codice della Strada, art. 175)."""

SAME_LENGTH_M = 1e-3
"""Lengths of opposite arcs that differ by less are of one street, in metres."""
SAME_GRADE = 1e-3
"""Grades of opposite arcs whose sum is less are of one street, rise over run."""
FARTHEST_END_M = 1000.0
"""A line that ends farther from its node, in metres, was not drawn in the CRS of the graph."""

_PERMISSIONS = {"foot": "foot", "bicycle_forward": "bicycle", "bicycle_backward": "bicycle"}
"""Columns of permission, with the tag of OpenStreetMap that may close them."""

_READ_ANEW = ("u", "v", "length_m", "oneway", "grade", "geometry")
_TAKEN_AS_THEY_ARE = [name for name in schemas.EDGE_COLUMNS if name not in _READ_ANEW]


def tables_of_graph(
    graph: nx.MultiDiGraph[Any], *, crs: object = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Read nodes and streets of a graph; see ``StreetNetwork.from_networkx`` for the rules.

    Parameters
    ----------
    graph
        A graph in the convention of osmnx.
    crs
        Metric CRS of the result; by default the graph's own, or its UTM zone.

    Returns
    -------
    tuple of geopandas.GeoDataFrame
        Nodes by ``node_id``, and one row per street, in the metric CRS.

    Raises
    ------
    InputError
        If the graph is of another kind, has no CRS, no arc, or an arc or node that cannot be
        read.
    """
    _require_convention(graph)
    wanted = None if crs is None else crs_named(crs, where="crs")
    nodes = _nodes(graph)
    ids = list(graph.nodes)
    number = dict(zip(ids, nodes.index.tolist(), strict=True))
    position = dict(zip(ids, shapely.get_coordinates(nodes.geometry.array), strict=True))
    streets: dict[tuple[Any, ...], list[_Street]] = {}
    found = []
    arcs = [_Street(tail, head, data, position) for tail, head, data in graph.edges(data=True)]
    _draw(arcs, position)
    for arc in arcs:
        if (street := arc.opposite_among(streets)) is not None:
            street.join(arc)
        else:
            streets.setdefault(arc.key, []).append(arc)
            found.append(arc)
    edges = gpd.GeoDataFrame(
        [street.row(number) for street in found], geometry="geometry", crs=nodes.crs
    )
    metric = wanted or metric_crs(nodes, where="graph.graph['crs']")
    nodes, edges = nodes.to_crs(metric), edges.to_crs(metric)
    _require_lines_at_nodes(nodes, edges, found)
    return nodes, edges


def _require_convention(graph: Any) -> None:
    import networkx as nx

    if not isinstance(graph, nx.Graph):
        raise InputError(
            f"a {type(graph).__name__} is no graph",
            where="graph",
            mend="give a networkx.MultiDiGraph, as osmnx makes it",
        )
    if not graph.is_directed():
        raise InputError(
            f"a {type(graph).__name__} has no directions",
            where="graph",
            mend="give the MultiDiGraph that osmnx made, before osmnx.convert.to_undirected",
        )
    if not graph.is_multigraph():
        raise InputError(
            "a DiGraph holds one of several parallel streets",
            where="graph",
            mend="give the MultiDiGraph that osmnx made, before osmnx.convert.to_digraph, or "
            "networkx.MultiDiGraph(graph) if no street is parallel to another",
        )
    if graph.number_of_edges() == 0:
        raise InputError("the graph has no edge", where="graph", mend="give one with streets")
    if graph.graph.get("crs") is None:
        raise InputError(
            "the graph has no coordinate reference system",
            where="graph.graph['crs']",
            mend="set it, for example graph.graph['crs'] = 'EPSG:4326'",
        )


def _nodes(graph: nx.MultiDiGraph[Any]) -> gpd.GeoDataFrame:
    crs = crs_named(graph.graph["crs"], where="graph.graph['crs']")
    ids, data = list(graph.nodes), [graph.nodes[node] for node in graph.nodes]
    for node, known in zip(ids, data, strict=True):
        for axis in ("x", "y"):
            if not _is_number(known.get(axis)):
                raise InputError(
                    f"{axis} is {known.get(axis)!r}",
                    where=f"graph, node {node}",
                    mend="give every node its x and y, in the CRS of the graph",
                )
    columns: dict[str, Any] = {
        name: [_tag(known.get(name)) for known in data] for name in ("kerb", "barrier")
    }
    numbers = _node_numbers(ids)
    if numbers != ids:
        columns["graph_id"] = [str(node) for node in ids]
    return gpd.GeoDataFrame(
        columns,
        geometry=gpd.points_from_xy(
            [known["x"] for known in data], [known["y"] for known in data], crs=crs
        ),
        index=pd.Index(numbers, name="node_id", dtype="int64"),
    )


def _node_numbers(ids: list[Any]) -> list[int]:
    """Return whole numbers as ids: the graph's own, those its texts stand for, or new ones."""
    if all(isinstance(node, int | np.integer) for node in ids):
        numbers = [int(node) for node in ids]
        if all(-(2**63) <= number < 2**63 for number in numbers):
            return numbers
    if all(isinstance(node, str) and node.isascii() and node.isdigit() for node in ids):
        numbers = [int(node) for node in ids]
        if len(set(numbers)) == len(ids) and max(numbers) < 2**63:
            return numbers
    return list(range(len(ids)))


def _draw(arcs: list[_Street], position: dict[Any, Any]) -> None:
    """Give all arcs their lines at once; refuse those that are not drawn from tail to head."""
    # Heights have no part in it: length says how long a street is, grade how steep.
    lines = shapely.force_2d(np.array([arc.line for arc in arcs], dtype=object))
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    endless = ~np.isfinite(coordinates).all(axis=1)
    if endless.any():
        raise InputError(
            "its geometry has a coordinate that is not a number",
            where=arcs[owner[endless][0]].where,
            mend="correct the line",
        )
    first, last = (shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1))
    tail = np.array([position[arc.tail] for arc in arcs])
    head = np.array([position[arc.head] for arc in arcs])
    backward = (_squares(first, head) < _squares(first, tail)) & (
        _squares(last, tail) < _squares(last, head)
    )
    if backward.any():
        raise InputError(
            "its geometry is drawn from its head to its tail",
            where=arcs[int(backward.argmax())].where,
            mend="turn the line with .reverse(), so that it leads the way the arc leads",
        )
    shapes = shapely.to_wkb(lines), shapely.to_wkb(shapely.reverse(lines))
    for arc, line, shape, shape_back in zip(arcs, lines, *shapes, strict=True):
        arc.line, arc.shape, arc.shape_back = line, shape, shape_back


def _squares(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    squares: NDArray[np.float64] = ((a - b) ** 2).sum(axis=1)
    return squares


def _require_lines_at_nodes(
    nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, found: list[_Street]
) -> None:
    """Refuse lines drawn in another CRS than the graph's: both their ends are far away."""
    lines, points = edges.geometry.array, nodes.geometry
    for end, place in (("u", 0), ("v", -1)):
        node = points.loc[edges[end]].array
        gap = shapely.distance(np.asarray(shapely.get_point(lines, place)), np.asarray(node))
        astray = ~(gap <= FARTHEST_END_M)
        if astray.any():
            row = int(astray.argmax())
            raise InputError(
                f"its geometry ends {gap[row] / 1000:,.1f} km from its node",
                where=found[row].where,
                mend="bring lines and nodes to one CRS, for example with osmnx.project_graph",
            )


class _Street:
    """One arc of a graph, or two opposite ones, on the way to become a row.

    ``against`` tells whether it is drawn against the direction of the way it comes from.
    """

    def __init__(
        self, tail: Any, head: Any, data: dict[str, Any], position: dict[Any, Any]
    ) -> None:
        self.tail, self.head, self.data = tail, head, data
        self.where = f"graph, arc {tail} -> {head}"
        self.both = False
        self.length_m = self._length()
        self.line = self._line(position)
        self.shape = self.shape_back = b""
        self.way = data["edge_id"] if "edge_id" in data else _way(data.get("osmid"))
        # Where osmnx merged ways drawn in either direction it gives a list: neither holds.
        reversed_ = data.get("reversed", False)
        several = isinstance(reversed_, list | tuple | set)
        self.against = all(reversed_) if several else _is_true(reversed_)
        self.grade = self._grade()

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.tail, self.head, self.way, self.shape)

    def opposite_among(self, streets: dict[tuple[Any, ...], list[_Street]]) -> _Street | None:
        """Take the street out that this arc is the other direction of."""
        key = (self.head, self.tail, self.way, self.shape_back)
        alike = [
            street
            for street in streets.get(key, ())
            if abs(street.length_m - self.length_m) <= SAME_LENGTH_M
        ]
        if not alike:
            return None
        nearest = min(alike, key=lambda street: abs(street.length_m - self.length_m))
        streets[key].remove(nearest)
        return nearest

    def join(self, other: _Street) -> None:
        """Become a street for both directions, drawn along its way."""
        if self.grade is None:
            self.grade = None if other.grade is None else -other.grade
        elif other.grade is not None and abs(self.grade + other.grade) > SAME_GRADE:
            raise InputError(
                f"grade is {self.grade!r} and {other.grade!r} the other way",
                where=self.where,
                mend="give the rise over run along each arc, with its sign "
                "(osmnx.elevation.add_edge_grades)",
            )
        self.both = True
        if self.against:
            self.turn()
        # Of an arc that says nothing of its own direction the first one met is drawn.
        self.against = False

    def turn(self) -> None:
        self.tail, self.head = self.head, self.tail
        self.line = shapely.reverse(self.line)
        self.grade = None if self.grade is None else -self.grade

    def row(self, number: dict[Any, int]) -> dict[str, Any]:
        """Return the street drawn along its way."""
        data, against, both = self.data, self.against, self.both
        if against:
            self.turn()
        highway = _tag(data.get("highway")) or "unclassified"
        classes = set(highway.split(";"))
        row = {name: self._known(name) for name in _TAKEN_AS_THEY_ARE if name in data}
        row |= {
            "u": number[self.tail],
            "v": number[self.head],
            "osm_way_id": _first_number(data.get("osmid")),
            "length_m": self.length_m,
            "highway": highway,
            "name": _tag(data.get("name")),
            "bridge": _is_true(data.get("bridge")),
            "tunnel": _is_true(data.get("tunnel")),
            "layer": _first_number(data.get("layer")),
            "grade": math.nan if self.grade is None else self.grade,
            "oneway": data.get("oneway_direction")
            or ("no" if both else "backward" if against else "forward"),
            "geometry": self.line,
        }
        if not isinstance(data.get("steps"), bool | np.bool_):
            row["steps"] = "steps" in classes
        open_to_people = not classes & set(NOT_FOR_WALKING_OR_CYCLING)
        rideable = open_to_people and not row["steps"]
        allowed = {
            "foot": open_to_people,
            "bicycle_forward": rideable and (both or not against),
            "bicycle_backward": rideable and (both or against),
        }
        for name, tag in _PERMISSIONS.items():
            if not isinstance(data.get(name), bool | np.bool_):
                row[name] = allowed[name] and _tag(data.get(tag)) != "no"
        return row

    def _known(self, name: str) -> Any:
        """Return a value of a column that the library has too: texts never as lists."""
        value = self.data[name]
        kind = schemas.EDGE_COLUMNS[name].kind
        if kind in ("text", "category"):
            return _tag(value)
        if kind == "number":
            if _is_missing(value):
                return math.nan
            if not _is_number(value):
                raise InputError(
                    f"{name} is {value!r}", where=self.where, mend="give a number, or leave it out"
                )
        return value

    def _length(self) -> float:
        length = self.data.get("length")
        if not _is_number(length) or length < 0:
            raise InputError(
                f"length is {length!r}",
                where=self.where,
                mend="give every arc its length in metres (osmnx.distance.add_edge_lengths)",
            )
        return float(length)

    def _line(self, position: dict[Any, Any]) -> shapely.LineString:
        line = self.data.get("geometry")
        if _is_missing(line):
            return shapely.LineString([position[self.tail], position[self.head]])
        if not isinstance(line, shapely.LineString) or line.is_empty:
            what = type(line).__name__
            raise InputError(
                f"its geometry is {'an empty' if what == 'LineString' else 'a'} {what}",
                where=self.where,
                mend="give a shapely LineString, or none where the street is straight",
            )
        return line

    def _grade(self) -> float | None:
        """Rise over run from tail to head, None where it is not known."""
        grade = self.data.get("grade")
        if _is_missing(grade):
            return None
        # A street without length is as steep as 0 / 0 or 1 / 0: nobody knows.
        if isinstance(grade, Real) and not math.isfinite(grade) and self.length_m == 0:
            return None
        if not _is_number(grade):
            raise InputError(
                f"grade is {grade!r}",
                where=self.where,
                mend="give the rise over run from tail to head, or leave it out",
            )
        return float(grade)


def _is_number(value: Any) -> TypeGuard[float]:
    truth = type(value) is bool
    return isinstance(value, Real) and not truth and math.isfinite(value)


def _is_missing(value: Any) -> bool:
    """Whether there is nothing: tables leave NaN where a graph leaves a value out."""
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _is_true(value: Any) -> bool:
    """Read a truth, also of a tag (``"viaduct"``) or a text of GraphML (``"False"``)."""
    if isinstance(value, list | tuple | set):
        return any(_is_true(one) for one in value)
    if isinstance(value, str):
        return value.lower() not in ("no", "false", "")
    return not _is_missing(value) and bool(value)


def _tag(value: Any) -> str | None:
    """One tag as text; osmnx gives a list where it merged several ways."""
    if isinstance(value, list | tuple | set):
        return ";".join(str(one) for one in value if not _is_missing(one)) or None
    return None if _is_missing(value) else str(value)


def _way(osmid: Any) -> Any:
    """Ids of ways as one key, whatever the order they were merged in."""
    return tuple(sorted(map(str, osmid))) if isinstance(osmid, list | tuple | set) else str(osmid)


def _first_number(value: Any) -> int:
    """Return a whole number, the first of several, 0 where there is none."""
    first = next(iter(value), None) if isinstance(value, list | tuple | set) else value
    try:
        return int(first or 0)
    except (TypeError, ValueError, OverflowError):
        return 0
