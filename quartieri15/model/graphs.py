"""A street network as a graph in the convention of osmnx, and such a graph as a network.

osmnx gives every street a vehicle may use both ways as two arcs. Here a street is one row with
its directions, so opposite arcs are joined: same ways, same line read backwards, same length to
the millimetre (osmnx adds the parts of a street up in the order of travel, so the last digits
of the two sums may differ). What cannot be read is refused with the name of its arc.

What the tags of a graph mean is said by :mod:`quartieri15.model.tag_rules`, as for a file. Of the
direction of vehicles the graph itself tells: a street with arcs both ways is none of one way. A
graph that this library made is told by its ``edge_id``, and its columns come back as they were.
"""

from __future__ import annotations

import json
import math
from functools import cached_property, lru_cache
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeGuard

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import crs_named, metric_crs
from quartieri15.errors import InputError
from quartieri15.model import schemas, tag_rules

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

SAME_LENGTH_M = 1e-3
"""Lengths of opposite arcs that differ by less are of one street, in metres."""
SAME_GRADE = 1e-3
"""Grades of opposite arcs whose sum is less are of one street, rise over run."""
FARTHEST_END_M = 1000.0
"""A line that ends farther from its node, in metres, was not drawn in the CRS of the graph."""

NO_HIGHWAY: Final = "no highway tag"
"""Why an arc is no street that no rule is asked about: osmnx makes arcs of every line of an XML
file, of the outlines of buildings and of rivers too."""

BESIDE_THE_STREETS: Final = "quartieri15"
"""Where a graph of this library holds what belongs to no arc: barriers, attrs of the tables."""

_FLAGS: Final = {
    "foot": ("foot_forward", "foot_backward"),
    "bicycle_forward": ("bicycle_forward",),
    "bicycle_backward": ("bicycle_backward",),
    "steps": ("steps",),
    "bridge": ("bridge",),
    "tunnel": ("tunnel",),
}
"""Columns that are true or false, with what the rules say that makes them true."""
_PERMISSIONS: Final = ("foot", "bicycle_forward", "bicycle_backward")
_TOLD_BY_TAGS: Final = (*tag_rules.TEXT_KEYS, "sidewalk", "wheelchair", "maxspeed_kmh")
_READ_ANEW: Final = ("u", "v", "osm_way_id", "length_m", "highway", "oneway", "grade", "geometry")
_OF_THE_GRAPH: Final = (
    *("edge_id", "osmid", "length", "oneway", "oneway_direction", "reversed", "from", "to"),
    *("travel_time", "geometry"),
)
"""Attributes of arcs that are no columns of a street."""
_OF_A_NODE: Final = ("x", "y", "street_count")


class Reading(NamedTuple):
    """What is read of a graph.

    Parameters
    ----------
    nodes, edges
        Nodes by ``node_id``, and one row per street, in the metric CRS.
    barriers
        Those of a network of this library, None for a graph of others.
    report
        ``arcs``; ``left_out``: edges and km by reason; ``remarks``: edges and km where a rule
        decided a doubtful point.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame | None
    report: dict[str, Any]


def read_graph(graph: nx.MultiDiGraph[Any], *, crs: object = None) -> Reading:
    """Read nodes and streets of a graph; see ``StreetNetwork.from_networkx`` for the rules.

    Parameters
    ----------
    graph
        A graph in the convention of osmnx.
    crs
        Metric CRS of the result; by default the graph's own, or its UTM zone.

    Returns
    -------
    Reading

    Raises
    ------
    InputError
        If the graph is of another kind, has no CRS, no arc, no arc that is a street, or an arc
        or node that cannot be read.
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
    kept, report = _account(found)
    edges = gpd.GeoDataFrame(
        [street.row(number) for street in kept], geometry="geometry", crs=nodes.crs
    )
    order_of_columns = [name for name in schemas.EDGE_COLUMNS if name in edges.columns]
    edges = edges[[*order_of_columns, *edges.columns.difference(order_of_columns, sort=False)]]
    # A graph lists its arcs node by node; a network has its edges in an order of their own.
    if all(isinstance(street.edge_id, int | np.integer) for street in kept):
        order = np.argsort(np.array([street.edge_id for street in kept]), kind="stable")
        edges, kept = edges.iloc[order], [kept[i] for i in order]
    metric = wanted or metric_crs(nodes, where="graph.graph['crs']")
    nodes, edges = nodes.to_crs(metric), edges.to_crs(metric)
    _require_lines_at_nodes(nodes, edges, kept)
    barriers = _from_text(graph, nodes, edges)
    return Reading(nodes, edges, barriers, {"arcs": graph.number_of_edges()} | report)


def _account(found: list[_Street]) -> tuple[list[_Street], dict[str, Any]]:
    """Return the streets among what was found, and count the others and the doubtful."""
    left_out: dict[str, list[float]] = {}
    remarks: dict[str, list[float]] = {}
    kept = []
    for street in found:
        if street.left_out is None:
            kept.append(street)
            for remark in street.way.remarks:
                remarks.setdefault(remark, []).append(street.length_m)
        else:
            left_out.setdefault(street.left_out, []).append(street.length_m)
    counts: dict[str, Any] = {
        name: {
            label: {"edges": len(metres), "km": round(sum(metres) / 1000, 3)}
            for label, metres in sorted(by_label.items())
        }
        for name, by_label in (("left_out", left_out), ("remarks", remarks))
    }
    if not kept:
        # Where nothing else is there, what is planned or gone stays, closed to everybody: whoever
        # sets out on it is told so.
        kept = [street for street in found if street.way.highway]
    if not kept:
        why = ", ".join(f"{told['edges']:,} {label}" for label, told in counts["left_out"].items())
        raise InputError(
            f"none of its {len(found):,} edges is a street ({why})",
            where="graph",
            mend="give a graph whose arcs have the tag highway of a way that exists",
        )
    return kept, counts


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


def text_beside(
    nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame
) -> str:
    """Write what belongs to no arc and no node as a text, which every format of graphs keeps."""
    return json.dumps(
        {
            "crs": barriers.crs.to_wkt(),
            "kind": barriers["kind"].astype(object).tolist(),
            "osm_way_id": barriers["osm_way_id"].tolist(),
            "geometry": shapely.to_wkb(barriers.geometry.to_numpy(), hex=True).tolist(),
            "attrs": {"nodes": nodes.attrs, "edges": edges.attrs, "barriers": barriers.attrs},
        },
        default=str,
    )


def _from_text(
    graph: nx.MultiDiGraph[Any], nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame
) -> gpd.GeoDataFrame | None:
    """Return the barriers that :func:`text_beside` wrote, and give the tables their attrs back."""
    text = graph.graph.get(BESIDE_THE_STREETS)
    if text is None:
        return None
    try:
        told = json.loads(text)
        barriers = gpd.GeoDataFrame(
            {"kind": told["kind"], "osm_way_id": told["osm_way_id"]},
            geometry=shapely.from_wkb(told["geometry"]),
            crs=told["crs"],
        ).to_crs(edges.crs)
        attrs = told["attrs"]
        for table, name in ((nodes, "nodes"), (edges, "edges"), (barriers, "barriers")):
            table.attrs = dict(attrs[name])
    except (TypeError, ValueError, LookupError, shapely.errors.ShapelyError) as error:
        raise InputError(
            "what it says of barriers cannot be read",
            where=f"graph.graph[{BESIDE_THE_STREETS!r}]",
            mend="make the graph again with to_networkx(), or delete this entry",
        ) from error
    return barriers


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
    if BESIDE_THE_STREETS in graph.graph:
        others = {name: None for known in data for name in known if name not in _OF_A_NODE}
        columns |= {
            name: [known.get(name) for known in data] for name in others if name not in columns
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
        edge_id: Any = data.get("edge_id")
        if isinstance(edge_id, str) and edge_id.isascii() and edge_id.isdigit():
            edge_id = int(edge_id)
        self.edge_id = None if _is_missing(edge_id) else edge_id
        self.ways = _way(data.get("osmid") if self.edge_id is None else self.edge_id)
        # Where osmnx merged ways drawn in either direction it gives a list: neither holds.
        reversed_ = data.get("reversed", False)
        several = isinstance(reversed_, list | tuple | set)
        self.mixed = several and len({_is_true(one) for one in reversed_}) > 1
        self.against = not self.mixed and _is_true(reversed_)
        self.grade = self._grade()
        self.flags = {name: _flag(data.get(name)) for name in _FLAGS}

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.tail, self.head, self.ways, self.shape)

    def opposite_among(self, streets: dict[tuple[Any, ...], list[_Street]]) -> _Street | None:
        """Take the street out that this arc is the other direction of."""
        key = (self.head, self.tail, self.ways, self.shape_back)
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

    @property
    def direction(self) -> str:
        """The legal direction of vehicles along the way, as the arcs tell it."""
        return "no" if self.both else "backward" if self.against else "forward"

    @cached_property
    def way(self) -> tag_rules.Way:
        """What its tags mean; ``left_out`` where it has no class."""
        # The arcs know the direction: osmnx draws a way of oneway=-1 the way it leads.
        oneway = {"no": "no", "forward": "yes", "backward": "-1"}[self.direction]
        tags = _tags(self.data) | {"oneway": (oneway,)}
        if "highway" not in tags:
            # As in a file: beside rails a platform is a street, and nothing else is.
            kinds = [tag_rules.as_street({"railway": kind}) for kind in tags.get("railway", ())]
            streets = tuple(kind["highway"] for kind in kinds if kind is not None)
            if not kinds or len(streets) < len(kinds):
                return tag_rules.Way(highway="", left_out=NO_HIGHWAY)
            tags["highway"] = streets
        tags.pop("railway", None)
        return _meaning(tuple(sorted(tags.items())))

    @property
    def left_out(self) -> str | None:
        """Why it is no street, None for one that is."""
        # Whoever says who may use a street says that it is one.
        if self.way.highway and all(self.flags[name] is not None for name in _PERMISSIONS):
            return None
        return self.way.left_out

    def row(self, number: dict[Any, int]) -> dict[str, Any]:
        """Return the street drawn along its way."""
        data, way, direction = self.data, self.way, self.direction
        if self.against:
            self.turn()
        told = {name: getattr(way, name) for name in ("cycle_facility", *_TOLD_BY_TAGS)}
        row = {name: value for name, value in told.items() if value is not None}
        if self.edge_id is not None:
            row |= {name: data[name] for name in data if name not in _OF_THE_GRAPH}
        row |= {
            name: self._known(name)
            for name in schemas.EDGE_COLUMNS
            if name in data and name not in _READ_ANEW and name not in _FLAGS
        }
        grade = math.nan if self.grade is None else self.grade
        if self.grade is None and self.edge_id is None:
            grade = way.grade
        return row | {
            "u": number[self.tail],
            "v": number[self.head],
            "osm_way_id": _first_number(data.get("osmid")),
            "length_m": self.length_m,
            "highway": way.highway,
            "name": _tag(data.get("name")),
            "layer": _first_number(data.get("layer")),
            "grade": grade,
            "oneway": data.get("oneway_direction") or direction,
            "geometry": self.line,
            **{name: self._is(name) for name in _FLAGS},
        }

    def _is(self, name: str) -> bool:
        """Return a truth: of the column where the graph has it, of the tags otherwise."""
        flag = self.flags[name]
        if flag is None:
            return any(getattr(self.way, field) for field in _FLAGS[name])
        if self.mixed and name.startswith("bicycle"):
            # Parts drawn in either sense: what is forward on one is backward on the other.
            return bool(self.flags["bicycle_forward"] and self.flags["bicycle_backward"])
        return flag

    def _known(self, name: str) -> Any:
        """Return a value of a column that the library has too: texts never as lists."""
        value = self.data[name]
        kind = schemas.EDGE_COLUMNS[name].kind
        if kind in ("text", "category"):
            return _tag(value)
        if kind == "number":
            if _is_missing(value):
                return math.nan
            number = _number(value)
            if number is None:
                raise InputError(
                    f"{name} is {value!r}", where=self.where, mend="give a number, or leave it out"
                )
            return number
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


@lru_cache(maxsize=4096)
def _meaning(tags: tuple[tuple[str, tuple[str, ...]], ...]) -> tag_rules.Way:
    """Most streets share their tags with many others."""
    return tag_rules.merged_way(dict(tags))


def _tags(data: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the tags of an arc that a rule reads: each with its values, in order."""
    found = {}
    for key in (tag_rules.WAY_KEYS | {"railway"}) & data.keys():
        value = data[key]
        several = value if isinstance(value, list | tuple | set) else [value]
        texts = [_text(one) for one in several if not _is_missing(one) and one != ""]
        if texts:
            # osmnx has them out of a set, in no order that would be the same tomorrow.
            found[key] = (
                tuple(sorted(set(texts))) if isinstance(value, set) else tuple(dict.fromkeys(texts))
            )
    return found


def _text(value: Any) -> str:
    """Return the tag that a value stands for, where a graph made a truth of it."""
    if (truth := _flag(value)) is not None:
        return "yes" if truth else "no"
    return str(value)


def _flag(value: Any) -> bool | None:
    """Read a truth of a column, also as GraphML writes it; None for what is none.

    Of several parts all must be true.
    """
    if isinstance(value, list | tuple | set):
        flags = [_flag(one) for one in value]
        return None if None in flags or not flags else all(flags)
    if isinstance(value, str):
        return {"True": True, "False": False}.get(value)
    return bool(value) if isinstance(value, bool | np.bool_) else None


def _is_number(value: Any) -> TypeGuard[float]:
    truth = type(value) is bool
    return isinstance(value, Real) and not truth and math.isfinite(value)


def _number(value: Any) -> float | None:
    """Read a number, also as GraphML writes it; None for what is none."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return value if _is_number(value) else None


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
