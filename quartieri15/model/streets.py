"""The street network: junctions, the segments between them, and their geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC, require_crs
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import schemas

if TYPE_CHECKING:
    import networkx as nx
    from pyproj import CRS

    from quartieri15.model.profiles import TravelProfile

NOT_FOR_WALKING_OR_CYCLING = ("motorway", "motorway_link")
"""Classes closed to pedestrians and cycles (Codice della Strada, art. 175)."""

_EMPTY_EDGE_COLUMNS: dict[str, Any] = {
    "osm_way_id": 0,
    "name": None,
    "bridge": False,
    "tunnel": False,
    "layer": 0,
    "steps": False,
    "cycle_facility": "none",
    "stress": pd.NA,
    "grade": np.nan,
    "surface": None,
    "tracktype": None,
    "incline": None,
    "kerb": None,
    "wheelchair": None,
    "sidewalk": None,
    "lit": None,
    "maxspeed_kmh": np.nan,
}


@dataclass(frozen=True, eq=False, repr=False)
class StreetNetwork:
    """Streets as a graph with geometry; every traveller's network is derived from it.

    Build one with :meth:`from_tables`, which checks the tables, or read one with
    :mod:`quartieri15.sources`. The tables are trusted afterwards: change a copy, never the
    tables of a network in use.

    Parameters
    ----------
    nodes : geopandas.GeoDataFrame
        One row per junction or dead end, index ``node_id``; columns ``kerb``, ``barrier``,
        ``geometry`` (points).
    edges : geopandas.GeoDataFrame
        One row per street segment, drawn from ``u`` to ``v``. ``length_m`` is the length on
        the ground; a position on an edge is a fraction of its geometry times ``length_m``.
        ``oneway`` is the legal direction of vehicles; ``foot``, ``bicycle_forward`` and
        ``bicycle_backward`` say who may go where. See
        :data:`quartieri15.model.schemas.EDGE_COLUMNS` for all columns.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame

    @classmethod
    def from_tables(
        cls, nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, *, where: str = "streets"
    ) -> StreetNetwork:
        """Check two tables and make a network of them.

        Parameters
        ----------
        nodes, edges
            Tables as described for the class. Columns about things not known (``name``,
            ``surface``, ``grade``, ...) may be missing and are then empty.
        where
            What error messages call the tables.

        Returns
        -------
        StreetNetwork

        Raises
        ------
        InputError
            If a column is missing or wrong, a length is negative or not a number, an edge
            names a node that is not there, or the CRS is not metric.
        """
        require_metric(nodes, where=f"{where} nodes")
        require_metric(edges, where=f"{where} edges")
        if nodes.crs != edges.crs:
            raise InputError(
                "nodes and edges have different coordinate reference systems",
                where=where,
                mend="bring both to one CRS with .to_crs()",
            )
        edges = edges.reset_index(drop=True).rename_axis("edge_id")
        for column, value in _EMPTY_EDGE_COLUMNS.items():
            if column not in edges.columns:
                edges[column] = value
        for column in ("kerb", "barrier"):
            if column not in nodes.columns:
                nodes = nodes.assign(**{column: None})
        edges = schemas.check(edges, schemas.EDGE_COLUMNS, where=f"{where} edges")
        nodes = schemas.check(nodes, schemas.NODE_COLUMNS, where=f"{where} nodes")
        if not nodes.index.is_unique:
            twice = nodes.index[nodes.index.duplicated()][0]
            raise InputError(
                f"node {twice} stands twice", where=f"{where} nodes", mend="keep one row per node"
            )
        for end in ("u", "v"):
            lost = ~edges[end].isin(nodes.index)
            if lost.any():
                row = edges.index[lost][0]
                raise InputError(
                    f"node {edges.loc[row, end]} is not among the nodes",
                    where=f"{where} edges, row {row}, column {end}",
                    mend="add the node or leave the edge out",
                )
        return cls(nodes=nodes, edges=edges)

    @property
    def crs(self) -> CRS:
        """The metric CRS of all geometry."""
        return cast("CRS", self.edges.crs)

    @property
    def length_km(self) -> float:
        """Length of all segments on the ground, in km."""
        return float(self.edges["length_m"].sum() / 1000)

    def __repr__(self) -> str:
        return (
            f"StreetNetwork({len(self.nodes):,} nodes, {len(self.edges):,} edges, "
            f"{self.length_km:,.0f} km, {self.crs.to_string()})"
        )

    def subset(self, area: shapely.Geometry) -> StreetNetwork:
        """Return the streets that touch an area, uncut.

        Parameters
        ----------
        area
            A polygon in the CRS of the network.

        Returns
        -------
        StreetNetwork
            With the same node ids; edges are numbered anew.
        """
        keep = self.edges.geometry.intersects(area)
        edges = self.edges[keep].reset_index(drop=True).rename_axis("edge_id")
        used = self.nodes.index.isin(np.union1d(edges["u"], edges["v"]))
        return StreetNetwork(nodes=self.nodes[used], edges=edges)

    def to_networkx(self, profile: TravelProfile | None = None) -> nx.MultiDiGraph[Any]:
        """Return the network as a graph in the convention of osmnx.

        Parameters
        ----------
        profile
            If given, only the arcs this traveller may use, each with its
            ``travel_time`` in seconds. Otherwise both directions of every street, because
            people on foot go both ways; ``oneway`` says what binds vehicles.

        Returns
        -------
        networkx.MultiDiGraph
            Nodes carry ``x``, ``y`` and ``street_count``; arcs carry ``osmid``, ``length``
            (metres), ``oneway``, ``reversed``, ``highway``, ``name``, ``geometry``, ``edge_id`` and
            every other column of the edges, so that :meth:`from_networkx` loses nothing.

        Examples
        --------
        >>> import quartieri15 as q15
        >>> city = q15.load("milano")
        >>> block = city.streets.subset(city.houses.geometry.iloc[0].buffer(200))
        >>> graph = block.to_networkx()
        >>> graph.number_of_edges() == 2 * len(block.edges)
        True
        """
        import networkx as nx

        graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs=self.crs, simplified=True)
        xy = shapely.get_coordinates(self.nodes.geometry.array)
        ends = np.concatenate([self.edges["u"].to_numpy(), self.edges["v"].to_numpy()])
        streets_at = pd.Series(ends).value_counts().reindex(self.nodes.index, fill_value=0)
        street_count = streets_at.tolist()
        node_columns = ["kerb", "barrier"]
        plain_nodes = _plain(self.nodes[node_columns])
        for i, node in enumerate(self.nodes.index.tolist()):
            known = {c: plain_nodes[c][i] for c in node_columns if plain_nodes[c][i] is not None}
            x, y = float(xy[i, 0]), float(xy[i, 1])
            graph.add_node(node, x=x, y=y, street_count=street_count[i], **known)

        both = np.ones(len(self.edges), dtype=bool)
        tables = self.edges, self.nodes
        forward, backward = (both, both) if profile is None else profile.allowed(*tables)
        seconds = (None, None) if profile is None else profile.seconds(*tables)
        columns = [c for c in self.edges.columns if c not in ("u", "v", "geometry", "oneway")]
        plain = _plain(self.edges[columns])
        oneway = self.edges["oneway"].astype(str).tolist()
        lines = self.edges.geometry.to_numpy()
        backward_lines = shapely.reverse(lines)
        u, v = self.edges["u"].tolist(), self.edges["v"].tolist()
        for edge in range(len(self.edges)):
            shared = {c: plain[c][edge] for c in columns if plain[c][edge] is not None}
            shared |= {
                "edge_id": edge,
                "osmid": plain["osm_way_id"][edge],
                "length": plain["length_m"][edge],
                "oneway": oneway[edge] != "no",
                "oneway_direction": oneway[edge],
            }
            arcs = (
                (forward[edge], u[edge], v[edge], False, lines[edge], seconds[0]),
                (backward[edge], v[edge], u[edge], True, backward_lines[edge], seconds[1]),
            )
            for allowed, tail, head, is_reversed, line, travel_time in arcs:
                if not allowed:
                    continue
                timed = {} if travel_time is None else {"travel_time": float(travel_time[edge])}
                graph.add_edge(tail, head, reversed=is_reversed, geometry=line, **shared, **timed)
        return graph

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any], *, crs: object = None) -> StreetNetwork:
        """Take a graph in the convention of osmnx.

        Two opposite arcs with the same way, length and geometry become one two-way edge; an
        arc without its opposite becomes a one-way edge. Nothing is lost of length, geometry
        and direction.

        Parameters
        ----------
        graph
            Nodes with ``x`` and ``y``, arcs with ``length`` in metres; ``graph["crs"]`` set,
            as osmnx does. Arcs without ``geometry`` are straight.
        crs
            Metric CRS of the result. By default the graph's own, or the UTM zone of its
            middle where the graph is in degrees.

        Returns
        -------
        StreetNetwork
            Where the graph has none of this library's permission columns, people may walk
            every street both ways and ride every arc of the graph, except motorways, and
            except steps for cycling.

        Raises
        ------
        InputError
            If the graph has no CRS, no edge, or an arc without a usable ``length``.
        """
        if graph.number_of_edges() == 0:
            raise InputError("the graph has no edge", where="graph", mend="give one with streets")
        if graph.graph.get("crs") is None:
            raise InputError(
                "the graph has no coordinate reference system",
                where="graph.graph['crs']",
                mend="set it, for example graph.graph['crs'] = 'EPSG:4326'",
            )
        ids = list(graph.nodes)
        node_ids = ids if all(isinstance(i, int | np.integer) for i in ids) else range(len(ids))
        number = dict(zip(ids, node_ids, strict=True))
        node_data = [graph.nodes[i] for i in ids]
        nodes = gpd.GeoDataFrame(
            {
                "kerb": [d.get("kerb") for d in node_data],
                "barrier": [d.get("barrier") for d in node_data],
            },
            geometry=gpd.points_from_xy(
                [d["x"] for d in node_data], [d["y"] for d in node_data], crs=graph.graph["crs"]
            ),
            index=pd.Index(list(number.values()), name="node_id", dtype="int64"),
        )
        position = dict(zip(ids, shapely.get_coordinates(nodes.geometry.array), strict=True))
        rows = _streets_of_arcs(graph, position, number)
        edges = gpd.GeoDataFrame(rows, geometry="geometry", crs=nodes.crs)
        if crs is None:
            crs = nodes.crs if nodes.crs.is_projected else nodes.estimate_utm_crs()
        return cls.from_tables(nodes.to_crs(crs), edges.to_crs(crs), where="graph")

    def to_geographic(self) -> gpd.GeoDataFrame:
        """Return the edges with geometry in degrees (EPSG:4326)."""
        return self.edges.to_crs(GEOGRAPHIC)


def require_metric(table: gpd.GeoDataFrame, *, where: str) -> None:
    """Refuse a table whose coordinates are not metres."""
    crs = require_crs(table, where=where)
    if not crs.is_projected:
        raise InputError(
            f"coordinates are in degrees ({crs.to_string()}), but distances need metres",
            where=where,
            mend="bring it over with table.to_crs(table.estimate_utm_crs())",
        )


def _plain(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Columns as lists of plain Python values, None where nothing is known."""
    plain = {}
    for column in table.columns:
        values = table[column].astype(object)
        plain[column] = values.where(values.notna(), None).tolist()
    return plain


def _streets_of_arcs(
    graph: nx.MultiDiGraph[Any], position: dict[Any, Any], number: dict[Any, int]
) -> list[dict[str, Any]]:
    """Join opposite arcs of the same street into one row."""
    waiting: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    rows: list[dict[str, Any]] = []
    for tail, head, data in graph.edges(data=True):
        length = data.get("length")
        if length is None or not np.isfinite(length) or length < 0:
            raise InputError(
                f"length is {length!r}",
                where=f"graph, arc {tail} -> {head}",
                mend="give every arc its length in metres (osmnx.distance.add_edge_lengths)",
            )
        line = data.get("geometry")
        if line is None:
            line = shapely.LineString([position[tail], position[head]])
        way = data.get("edge_id", _text(data.get("osmid", 0)))
        against = bool(data.get("reversed", False))
        key = (head, tail, way, float(length), shapely.reverse(line).wkb)
        mates = waiting.get(key)
        if mates:
            row = mates.pop()
            if against == row["_against"]:
                against = not row["_against"]
            row["_both"] = True
            if row["_against"]:
                row |= {"u": number[tail], "v": number[head], "geometry": line, "_against": False}
            continue
        row = {k: v for k, v in data.items() if k in _EMPTY_EDGE_COLUMNS}
        row |= {c: data[c] for c in ("foot", "bicycle_forward", "bicycle_backward") if c in data}
        row |= {
            "u": number[tail],
            "v": number[head],
            "osm_way_id": _first_number(data.get("osmid", 0)),
            "length_m": float(length),
            "highway": _text(data.get("highway", "unclassified")),
            "name": _text(data["name"]) if data.get("name") is not None else None,
            "bridge": data.get("bridge") not in (None, False, "no"),
            "tunnel": data.get("tunnel") not in (None, False, "no"),
            "geometry": line,
            "_direction": data.get("oneway_direction"),
            "_against": against,
            "_both": False,
        }
        rows.append(row)
        waiting.setdefault((tail, head, way, float(length), line.wkb), []).append(row)
    for row in rows:
        _settle_direction(row)
    return rows


def _settle_direction(row: dict[str, Any]) -> None:
    against, both = row.pop("_against"), row.pop("_both")
    direction = row.pop("_direction")
    if against:
        row |= {"u": row["v"], "v": row["u"], "geometry": shapely.reverse(row["geometry"])}
    if direction is not None:
        row["oneway"] = direction
    elif both:
        row["oneway"] = "no"
    else:
        row["oneway"] = "backward" if against else "forward"
    if "steps" not in row:
        row["steps"] = "steps" in row["highway"].split(";")
    open_to_people = not set(row["highway"].split(";")) & set(NOT_FOR_WALKING_OR_CYCLING)
    row.setdefault("foot", open_to_people)
    rideable = open_to_people and not row["steps"]
    row.setdefault("bicycle_forward", rideable and (both or not against))
    row.setdefault("bicycle_backward", rideable and (both or against))


def _text(value: Any) -> str:
    """One tag value as text; osmnx gives a list where it merged several ways."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple | set) else str(value)


def _first_number(value: Any) -> int:
    first = next(iter(value)) if isinstance(value, list | tuple | set) else value
    try:
        return int(first)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"osmid {first!r} is not a number", where="graph") from error
