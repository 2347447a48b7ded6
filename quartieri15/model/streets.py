"""The street network: junctions, the segments between them, and their geometry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import is_whole, require_flag, require_text, several, shown
from quartieri15.crs import GEOGRAPHIC, likely_slip, require_metric, require_same_crs
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import lineage, schemas
from quartieri15.model.notebook_tables import facts_html
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx
    from numpy.typing import NDArray
    from pyproj import CRS

    from quartieri15.model.profiles import TravelProfile

MARGIN_M: Final = 1000.0
"""How far from its street a point may stand, and so how far outside all streets."""

# What stands in a column about which a table of edges, or of nodes, says nothing.
_EMPTY_EDGE_COLUMNS: Final[dict[str, Any]] = {
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
_EMPTY_NODE_COLUMNS: Final[dict[str, Any]] = {"kerb": None, "barrier": None}


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
        :data:`quartieri15.model.schemas.EDGE_COLUMNS` for all columns. Where some street has no
        frontage, such as a bridge, a column ``frontage`` says so: nobody and no place is put on it.
    barriers : geopandas.GeoDataFrame, optional
        One row per line that nobody crosses but by a street: columns ``kind`` (``railway``,
        ``canal``, ...), ``osm_way_id`` (0 for none) and ``geometry``. Nobody is put on a
        street across one if there is another; see :mod:`quartieri15.reach.snapping`. None for
        no barrier. The attribute is always a table.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame = None

    def __post_init__(self) -> None:
        for where in ("nodes", "edges"):
            schemas.with_geometry(getattr(self, where), where=where)
        if self.barriers is None:
            # A frozen object sets what its caller left out in this way only.
            object.__setattr__(self, "barriers", _no_barriers(self.edges.crs).copy(deep=False))

    @classmethod
    def from_tables(
        cls,
        nodes: gpd.GeoDataFrame,
        edges: gpd.GeoDataFrame,
        *,
        barriers: gpd.GeoDataFrame | None = None,
        where: str = "streets",
    ) -> StreetNetwork:
        """Check two tables and make a network of them.

        Parameters
        ----------
        nodes, edges
            Tables as described for the class. Columns about things not known (``name``,
            ``surface``, ``grade``, ...) may be missing and are then empty.
        barriers
            As :meth:`with_barriers` takes them. None for no barrier.
        where
            What error messages call the tables.

        Returns
        -------
        StreetNetwork

        Raises
        ------
        InputError
            If a column is missing or wrong, a length is negative or not a number, an edge
            names a node that is not there, a geometry is missing, empty or has a coordinate
            that is no number, the CRS is not metric, or a barrier is no line.
        """
        require_text(where, where="where")
        nodes = schemas.with_geometry(nodes, where=f"{where} nodes")
        edges = schemas.with_geometry(edges, where=f"{where} edges")
        for what, table in (("nodes", nodes), ("edges", edges)):
            require_metric(table, where=f"{where} {what}")
        if nodes.crs != edges.crs:
            raise InputError(
                "nodes and edges have different coordinate reference systems",
                where=where,
                mend="bring both to one CRS with .to_crs()",
            )
        edges = edges_with_all_columns(edges.reset_index(drop=True)).rename_axis("edge_id")
        nodes = _with_columns(nodes, _empty_node())
        edges = schemas.check(edges, schemas.edge_columns(edges), where=f"{where} edges")
        edges = _with_needed_columns(edges)
        nodes = schemas.check(nodes, schemas.NODE_COLUMNS, where=f"{where} nodes")
        if not nodes.index.is_unique:
            twice = nodes.index[nodes.index.duplicated()][0]
            raise InputError(
                f"node {twice} stands twice", where=f"{where} nodes", mend="keep one row per node"
            )
        _require_ends(edges, nodes, where=f"{where} edges")
        streets = cls(nodes=nodes, edges=edges)
        return streets if barriers is None else streets.with_barriers(barriers)

    @property
    def crs(self) -> CRS:
        """The metric CRS of all geometry."""
        return cast("CRS", self.edges.crs)

    @cached_property
    def extent(self) -> NDArray[np.float64]:
        """West, south, east, north of the ground within :data:`MARGIN_M` of the streets."""
        margin = np.array([-MARGIN_M, -MARGIN_M, MARGIN_M, MARGIN_M])
        bounds: NDArray[np.float64] = np.asarray(self.edges.total_bounds) + margin
        return bounds

    def outside(self, table: gpd.GeoDataFrame) -> NDArray[np.bool_]:
        """Tell which shapes lie wholly outside the :attr:`extent`; a missing one does not.

        Parameters
        ----------
        table
            Any shapes in the CRS of the network.
        """
        west, south, east, north = shapely.bounds(table.geometry.to_numpy()).T
        low_x, low_y, high_x, high_y = self.extent
        lost: NDArray[np.bool_] = (
            (west > high_x) | (south > high_y) | (east < low_x) | (north < low_y)
        )
        return lost

    def require_near(
        self, table: gpd.GeoDataFrame, *, where: str, may_be_elsewhere: bool = False
    ) -> int:
        """Refuse a table of which every shape lies outside the streets, and say why it may.

        Parameters
        ----------
        table
            Any shapes in the CRS of the network.
        where
            What error messages call it.
        may_be_elsewhere
            Refuse it only where swapped axes or degrees explain it.

        Returns
        -------
        int
            How many of the shapes lie outside.

        Raises
        ------
        InputError
            If all do.
        """
        outside = self.outside(table)
        placed = ~schemas.unplaced(table.geometry)
        if not outside.any() or not outside[placed].all():
            return int(outside.sum())
        bounds = shapely.bounds(table.geometry.to_numpy()[placed])
        slip = likely_slip(bounds[:, :2], self.crs, self.extent)
        if slip is None and may_be_elsewhere:
            return int(outside.sum())
        x, y = bounds[0, :2]
        west, south, east, north = self.extent
        raise InputError(
            f"no row is within {MARGIN_M:g} m of the streets (x {west:.0f} to {east:.0f}, "
            f"y {south:.0f} to {north:.0f}), the first is at {x:.10g}, {y:.10g}"
            + (f": {slip}" if slip else ""),
            where=f"{where}, row {table.index[placed][0]}, column geometry",
            mend="give x (east), then y (north), in metres of the city's CRS; degrees are brought "
            "over with .set_crs(4326, allow_override=True).to_crs(city.crs)",
        )

    @property
    def length_km(self) -> float:
        """Length of all segments on the ground, in km."""
        return float(self.edges["length_m"].sum() / 1000)

    def __repr__(self) -> str:
        return (
            f"StreetNetwork({len(self.nodes):,} nodes, {len(self.edges):,} edges, "
            f"{self.length_km:,.0f} km, {self.crs.to_string()})"
        )

    def _repr_html_(self) -> str:
        by_class = self.edges.groupby("highway", observed=True)["length_m"].sum() / 1000
        longest = by_class.sort_values(ascending=False)
        return facts_html(
            "Streets",
            [
                ("junctions", f"{len(self.nodes):,}"),
                ("edges", f"{len(self.edges):,}"),
                ("length", f"{self.length_km:,.0f} km"),
                *((f"of class {name}", f"{km:,.0f} km") for name, km in longest.items()),
                ("CRS", self.crs.to_string()),
            ],
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
            With the same node ids; edges are numbered anew. All barriers stay: one beyond
            the area may still lie between a street of it and a person.

        Raises
        ------
        ParameterError
            If the area is no shape.
        """
        if not isinstance(area, shapely.Geometry):
            raise ParameterError(
                f"{shown(area)} is no area", where="area", mend="give a shapely polygon"
            )
        keep = self.edges.geometry.intersects(area)
        edges = self.edges[keep].reset_index(drop=True).rename_axis("edge_id")
        used = self.nodes.index.isin(np.union1d(edges["u"], edges["v"]))
        return replace(self, nodes=self.nodes[used], edges=edges)

    def with_edge_values(self, values: pd.DataFrame) -> StreetNetwork:
        """Return the network with other values in some columns of some edges.

        Parameters
        ----------
        values
            One row per edge that changes, indexed by its row in :attr:`edges`; columns of
            :data:`~quartieri15.model.schemas.EDGE_COLUMNS` but ``u``, ``v`` and ``geometry``, or
            ``frontage``.

        Returns
        -------
        StreetNetwork
            With the same nodes, shapes and barriers, and the same edges in the same order.

        Raises
        ------
        InputError
            If an edge or a column is not there, an edge stands twice, or a value is none that
            the column may have.

        Examples
        --------
        >>> import pandas as pd
        >>> import quartieri15 as q15
        >>> streets = q15.load("milano").streets
        >>> calmed = streets.with_edge_values(pd.DataFrame({"maxspeed_kmh": 30.0}, index=[7, 8]))
        >>> calmed.edges["maxspeed_kmh"].iloc[7:9].tolist(), calmed.nodes is streets.nodes
        ([30.0, 30.0], True)
        """
        where = "edge values"
        require_table(values, where=where)
        fixed = ("u", "v", "geometry")
        known = schemas.EDGE_COLUMNS | schemas.EDGE_COLUMNS_IF_THERE
        for column in values.columns:
            if column in fixed or column not in known:
                raise InputError(
                    f"{shown(column)} is no column of edges that may change",
                    where=where,
                    mend="use " + ", ".join(c for c in known if c not in fixed),
                )
        rows = _rows_of(values.index, len(self.edges), where=where)
        contract = {column: known[column] for column in values.columns}
        checked = schemas.check(values, contract, where=where)
        edges = self.edges.copy(deep=False)
        edges.attrs = plain_json(edges.attrs)
        if "frontage" in contract and "frontage" not in edges.columns:
            edges["frontage"] = True
        for column, rule in contract.items():
            edges[column] = _replaced(edges[column], rows, checked[column], rule)
        edges = _with_needed_columns(edges)
        streets = replace(self, edges=edges)
        self._hand_on(streets)
        lineage.derive(streets, self, changed=np.unique(rows))
        return streets

    def with_edges(
        self,
        *,
        removed: Iterable[int] = (),
        added: gpd.GeoDataFrame | None = None,
        nodes: gpd.GeoDataFrame | None = None,
    ) -> StreetNetwork:
        """Return the network without some edges, and with new ones.

        Parameters
        ----------
        removed
            Edges to leave out, by their rows in :attr:`edges`. One named twice counts once. A
            street is split by removing it and adding its parts.
        added
            New edges, as :meth:`from_tables` takes them, in the CRS of the network. Their ``u``
            and ``v`` are nodes of the network or of ``nodes``.
        nodes
            New nodes, as :meth:`from_tables` takes them, with ids that the network does not have.

        Returns
        -------
        StreetNetwork
            As :meth:`from_tables` would make it of both tables one behind the other: the edges
            that stay, in their order, then the added ones in theirs, all numbered anew from 0. The
            nodes that the network has stay, in their order and with their ids, whether an edge
            still ends there or not; then the added ones. Categories of a column are the values
            that occur in it. The barriers stay.

        Raises
        ------
        InputError
            If an edge to leave out is not there or none is left, an id of a node is taken, or a
            table is in another CRS or breaks what :meth:`from_tables` asks for.

        Examples
        --------
        >>> import quartieri15 as q15
        >>> streets = q15.load("milano").streets
        >>> shortcut = streets.edges.iloc[[0]].assign(u=streets.edges["v"].iloc[5])
        >>> edited = streets.with_edges(removed=[7, 8], added=shortcut)
        >>> len(streets.edges) - len(edited.edges), edited.nodes is streets.nodes
        (1, True)
        >>> bool(edited.edges["u"].iloc[-1] == streets.edges["v"].iloc[5])
        True
        """
        where = "added edges"
        keep = np.ones(len(self.edges), dtype=bool)
        keep[self._removable(removed)] = False
        all_nodes = self._joined_nodes(nodes)
        if added is None:
            added = self.edges.iloc[:0]
        added = schemas.with_geometry(added, where=where)
        require_same_crs(added, self.crs, where=where)
        added = edges_with_all_columns(added.reset_index(drop=True))
        added = schemas.check(added, schemas.edge_columns(added), where=where)
        later = all_nodes.iloc[len(self.nodes) :]
        _require_ends(added, later, where=where, known=self.nodes.index)
        if not keep.any() and not len(added):
            raise InputError(
                "no edge is left", where="removed", mend="keep one, or add one with added="
            )
        kept = np.flatnonzero(keep)
        edges = _joined_edges(self.edges, kept, added)
        streets = replace(self, nodes=all_nodes, edges=edges)
        self._hand_on(streets, removed=np.flatnonzero(~keep), added=added)
        new = np.arange(len(kept), len(edges))
        before = np.concatenate([kept, np.full(len(new), -1)])
        lineage.derive(streets, self, edge_before=before, changed=new)
        return streets

    def _removable(self, removed: object) -> NDArray[np.int64]:
        """Return edges to leave out by their rows."""
        given = several(removed)
        for edge in given:
            if not is_whole(edge):
                raise InputError(
                    f"{shown(edge)} is no edge",
                    where="removed",
                    mend="name edges by their rows in streets.edges",
                )
        labels = pd.Index(given, dtype=None if given else "int64").unique()
        return _rows_of(labels, len(self.edges), where="removed")

    def _joined_nodes(self, nodes: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
        """Return the nodes, then new ones."""
        if nodes is None:
            return self.nodes
        where = "added nodes"
        nodes = schemas.with_geometry(nodes, where=where)
        if not len(nodes):
            return self.nodes
        if not pd.api.types.is_integer_dtype(nodes.index.dtype):
            raise InputError(
                f"the id {shown(nodes.index[0])} is no whole number",
                where=where,
                mend="number the nodes by their index",
            )
        require_same_crs(nodes, self.crs, where=where)
        nodes = _with_columns(nodes, _empty_node())
        nodes = schemas.check(nodes, schemas.NODE_COLUMNS, where=where)
        taken = self.nodes.index.get_indexer(nodes.index) >= 0
        if taken.any():
            raise InputError(
                f"node {nodes.index[taken][0]} is there already",
                where=where,
                mend=f"use ids above {self.nodes.index.max()}",
            )
        index = self.nodes.index.append(nodes.index).rename(self.nodes.index.name)
        joined: dict[str, Any] = {}
        for column in dict.fromkeys([*self.nodes.columns, *nodes.columns]):
            parts = [table[column] for table in (self.nodes, nodes) if column in table.columns]
            if column == "geometry":
                shapes = np.concatenate([part.to_numpy() for part in parts])
                joined[column] = gpd.array.GeometryArray(shapes, crs=self.crs)
            elif column in schemas.NODE_COLUMNS:
                joined[column] = _categories(index, [part.array for part in parts], column)
            else:
                joined[column] = pd.concat(parts).reindex(index)
        # The columns are new, and need not be copied once more.
        table = gpd.GeoDataFrame(joined, index=index, copy=False)
        table.attrs = plain_json(self.nodes.attrs)
        return table

    def _hand_on(
        self,
        streets: StreetNetwork,
        *,
        removed: NDArray[np.int64] | None = None,
        added: gpd.GeoDataFrame | None = None,
    ) -> None:
        """Tell an edited network its extent, where this one's is enough to know it."""
        extent = self.__dict__.get("extent")
        if extent is None:
            return
        margin = np.array([MARGIN_M, MARGIN_M, -MARGIN_M, -MARGIN_M])
        west, south, east, north = np.asarray(extent) + margin
        if removed is not None and len(removed):
            low_x, low_y, high_x, high_y = shapely.bounds(self.edges.geometry.to_numpy()[removed]).T
            # A metre is wider than any rounding of the margin.
            inside = (low_x > west + 1) & (low_y > south + 1) & (high_x < east - 1)
            if not (inside & (high_y < north - 1)).all():
                return
        if added is not None and len(added):
            low_x, low_y, high_x, high_y = added.total_bounds
            inside = low_x > west + 1 and low_y > south + 1 and high_x < east - 1
            if not (inside and high_y < north - 1):
                return
        streets.__dict__["extent"] = extent

    def with_new_streets(
        self, lines: gpd.GeoDataFrame, *, tolerance_m: float = 15.0
    ) -> StreetNetwork:
        """Return the network with new streets, joined to those that are there.

        Where a line joins what, and what it passes over, is told by
        :mod:`quartieri15.model.new_streets`, whose ``join`` also says what was joined.

        Parameters
        ----------
        lines
            One row per new street: ``highway``, ``foot``, ``bicycle_forward``,
            ``bicycle_backward``, ``geometry``, and what else is known of it. Column ``joins``
            says ``"all"`` (streets it crosses at ground level too) or ``"ends"``.
        tolerance_m
            How far from a street a line may end that joins it, in metres.

        Returns
        -------
        StreetNetwork
            Streets that are joined along their way are split: they are left out, and their
            pieces, and then the new streets, come last.

        Raises
        ------
        InputError
            If an end joins no street, a line at ground level crosses one that is closed to
            everyone, or a table does not hold what it must.
        ParameterError
            If the tolerance is no distance.

        Examples
        --------
        >>> import geopandas as gpd
        >>> import shapely
        >>> import quartieri15 as q15
        >>> streets = q15.load("milano").streets
        >>> told = {"highway": "footway", "foot": True}
        >>> told |= {"bicycle_forward": False, "bicycle_backward": False}
        >>> path = shapely.LineString([(514_110, 5_032_502), (514_250, 5_032_650)])
        >>> new = gpd.GeoDataFrame([told], geometry=[path], crs=streets.crs)
        >>> streets.with_new_streets(new).length_km > streets.length_km
        True
        """
        from quartieri15.model import new_streets

        joined = new_streets.join(self, lines, tolerance_m=tolerance_m)
        return new_streets.with_new_streets(self, joined)

    def with_barriers(self, barriers: gpd.GeoDataFrame, *, keep: bool = True) -> StreetNetwork:
        """Return the network with more barriers, or with others.

        Parameters
        ----------
        barriers
            Lines that nobody crosses but by a street, in the CRS of the network. Column
            ``kind`` says what they are, ``barrier`` where there is none; ``osm_way_id`` is 0
            where there is none. Other columns are left out.
        keep
            Whether the barriers that the network has stay. An empty table and False give a
            network without barriers.

        Returns
        -------
        StreetNetwork
            With the same nodes and edges.

        Raises
        ------
        InputError
            If the table is in another CRS, or holds a shape that is no line of some length
            with coordinates that are numbers.

        Examples
        --------
        >>> import geopandas as gpd
        >>> import shapely
        >>> import quartieri15 as q15
        >>> streets = q15.load("milano").streets
        >>> wall = shapely.LineString([(514_000, 5_034_000), (514_200, 5_034_000)])
        >>> wall = gpd.GeoDataFrame({"kind": ["wall"]}, geometry=[wall], crs=streets.crs)
        >>> walled = streets.with_barriers(wall)
        >>> len(walled.barriers) - len(streets.barriers), walled.barriers["kind"].iloc[-1]
        (1, 'wall')
        """
        where = "barriers"
        require_flag(keep, where="keep")
        barriers = schemas.with_geometry(barriers, where=where)
        require_same_crs(barriers, self.crs, where=where)
        self.require_near(barriers, where=where, may_be_elsewhere=True)
        table = barriers.reset_index(drop=True)
        for column, value in (("kind", "barrier"), ("osm_way_id", 0)):
            if column not in table.columns:
                table[column] = value
        several = table.geometry.geom_type == "MultiLineString"
        if several.any():
            raise InputError(
                "the geometry is a MultiLineString",
                where=f"{where}, row {table.index[several][0]}, column geometry",
                mend="take it apart with barriers.explode()",
            )
        table = schemas.check(table, schemas.BARRIER_COLUMNS, where=where)
        lengths = table.length.to_numpy()
        wrong = ~(np.isfinite(lengths) & (lengths > 0))
        if wrong.any():
            raise InputError(
                "the line has no length, or a coordinate that is no number",
                where=f"{where}, row {table.index[wrong][0]}, column geometry",
                mend="correct the geometry or leave the row out",
            )
        tables = [self.barriers, table] if keep else [table]
        columns = list(schemas.BARRIER_COLUMNS)
        tables = [one[columns].astype({"kind": object}) for one in tables if len(one)]
        if not tables:
            return replace(self, barriers=_no_barriers(self.crs).copy(deep=False))
        joined = pd.concat(tables, ignore_index=True).rename_axis("barrier_id")
        return replace(self, barriers=joined.astype({"kind": "category"}))

    def to_networkx(self, profile: str | TravelProfile | None = None) -> nx.MultiDiGraph[Any]:
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
            every other column of nodes and edges; the graph carries the barriers, as a text. So
            :meth:`from_networkx` loses nothing. ``grade`` is that of the arc: the way back falls
            where the way there rises.

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

        from quartieri15.model import profiles
        from quartieri15.model.graphs import BESIDE_THE_STREETS, text_beside

        traveller = None if profile is None else profiles.get(profile)
        graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs=self.crs, simplified=True)
        graph.graph[BESIDE_THE_STREETS] = text_beside(self.nodes, self.edges, self.barriers)
        xy = shapely.get_coordinates(self.nodes.geometry.array)
        ends = np.concatenate([self.edges["u"].to_numpy(), self.edges["v"].to_numpy()])
        streets_at = pd.Series(ends).value_counts().reindex(self.nodes.index, fill_value=0)
        street_count = streets_at.tolist()
        node_columns = [c for c in self.nodes.columns if c != "geometry"]
        plain_nodes = _plain(self.nodes[node_columns])
        for i, node in enumerate(self.nodes.index.tolist()):
            known = {c: plain_nodes[c][i] for c in node_columns if plain_nodes[c][i] is not None}
            x, y = float(xy[i, 0]), float(xy[i, 1])
            graph.add_node(node, x=x, y=y, street_count=street_count[i], **known)

        both = np.ones(len(self.edges), dtype=bool)
        tables = self.edges, self.nodes
        forward, backward = (both, both) if traveller is None else traveller.allowed(*tables)
        seconds = (None, None) if traveller is None else traveller.seconds(*tables)
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
                own = {} if travel_time is None else {"travel_time": float(travel_time[edge])}
                if is_reversed and "grade" in shared:
                    own["grade"] = -shared["grade"]
                own |= {"reversed": is_reversed, "geometry": line}
                graph.add_edge(tail, head, **(shared | own))
        return graph

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any], *, crs: object = None) -> StreetNetwork:
        """Take a graph in the convention of osmnx.

        Two opposite arcs with the same way and geometry, and lengths equal to the millimetre,
        become one two-way edge; an arc without its opposite becomes a one-way edge. Nothing is
        lost of length, geometry and direction. Who may walk and ride a street is told by its
        tags, by the same rules as for a file (:mod:`quartieri15.model.tag_rules`): what has no
        ``highway``, or one of no street that exists, is left out and counted.

        Parameters
        ----------
        graph
            Nodes with ``x`` and ``y``, arcs with ``length`` in metres; ``graph.graph["crs"]``
            set, as osmnx does. Arcs without ``geometry`` are straight. ``grade`` is the rise
            over run from tail to head, as ``osmnx.elevation`` writes it; the edge has it from
            ``u`` to ``v``. Speeds and travel times of the graph are not read: a profile says
            how fast people are.
        crs
            Metric CRS of the result. By default the graph's own, or the UTM zone of its
            middle where the graph is not in metres.

        Returns
        -------
        StreetNetwork
            Where the graph has this library's columns, they hold; where not, its tags. A tag
            that the graph does not carry says nothing: of those that tell who may walk and ride,
            osmnx asks by default for ``access`` and ``junction`` alone. A street that osmnx
            merged of several ways is closed where one of them may be
            (:func:`~quartieri15.model.tag_rules.merged_way`). The graph itself tells the
            direction of vehicles.

            ``edges.attrs["report"]`` counts ``arcs``, and edges and km of what was ``left_out``,
            by reason, and of ``remarks``, where a rule decided a doubtful point.

            Node ids that are no whole numbers, or too large, are numbered anew, and stand as
            text in ``nodes["graph_id"]``. Of several ``osmid`` an edge keeps the first; one
            that is no number becomes 0.

        Raises
        ------
        InputError
            If the graph is not a directed multigraph, has no CRS, no edge or none that is a
            street, a node has no place, or an arc has no usable ``length``, ``geometry`` or
            ``grade``.
        """
        from quartieri15.model.graphs import BESIDE_THE_STREETS, read_graph

        read = read_graph(graph, crs=crs)
        edges = read.edges
        if BESIDE_THE_STREETS not in graph.graph:
            edges.attrs["report"] = read.report
        return cls.from_tables(read.nodes, edges, barriers=read.barriers, where="graph")

    def to_geographic(self) -> gpd.GeoDataFrame:
        """Return the edges with geometry in degrees (EPSG:4326)."""
        return self.edges.to_crs(GEOGRAPHIC)


def edges_with_all_columns(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return edges with the columns they lack about things that are not known, which are empty."""
    return _with_columns(edges, _empty_edge())


def _with_columns(table: gpd.GeoDataFrame, empty: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return a table with the columns it lacks, each filled with the one row of another table."""
    absent = [column for column in empty.columns if column not in table.columns]
    if not absent:
        return table
    # All at once, and of the right types: one column after the other costs ten times as much.
    values = empty[absent].take(np.zeros(len(table), dtype=np.intp)).set_axis(table.index)
    whole: gpd.GeoDataFrame = pd.concat([table, values], axis=1)
    whole.attrs = table.attrs
    return whole


@cache
def _empty_edge() -> pd.DataFrame:
    return _row_of(_EMPTY_EDGE_COLUMNS, schemas.EDGE_COLUMNS)


@cache
def _empty_node() -> pd.DataFrame:
    return _row_of(_EMPTY_NODE_COLUMNS, schemas.NODE_COLUMNS)


def _row_of(values: dict[str, Any], columns: dict[str, schemas.Column]) -> pd.DataFrame:
    """Return a table of one row, with the types of a contract."""
    contract = {name: columns[name] for name in values}
    row: pd.DataFrame = schemas.check(pd.DataFrame([values]), contract, where="what is not known")
    return row


@lru_cache(maxsize=8)
def _no_barriers(crs: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "kind": pd.Categorical([], categories=pd.Index([], dtype=object)),
            "osm_way_id": np.empty(0, dtype=np.int64),
        },
        geometry=[],
        crs=crs,
        index=pd.RangeIndex(0, name="barrier_id"),
    )


def require_streets(streets: object, *, where: str = "streets") -> None:
    """Refuse what is no network of streets."""
    if not isinstance(streets, StreetNetwork):
        raise ParameterError(
            f"a {type(streets).__name__} is no network of streets",
            where=where,
            mend="give city.streets, or make one with StreetNetwork.from_tables(nodes, edges)",
        )


def require_table(table: object, *, where: str) -> None:
    """Refuse what is no table."""
    if not isinstance(table, pd.DataFrame):
        raise InputError(
            f"a {type(table).__name__} is no table", where=where, mend="give a pandas DataFrame"
        )


def _require_ends(
    edges: pd.DataFrame, nodes: pd.DataFrame, *, where: str, known: pd.Index | None = None
) -> None:
    """Refuse an edge that ends at none of some nodes, nor at one that is known."""
    for end in ("u", "v"):
        ends = pd.Index(edges[end])
        lost = nodes.index.get_indexer(ends) < 0
        if known is not None:
            lost &= known.get_indexer(ends) < 0
        if lost.any():
            row = edges.index[lost][0]
            raise InputError(
                f"node {edges.loc[row, end]} is not among the nodes",
                where=f"{where}, row {row}, column {end}",
                mend="add the node or leave the edge out",
            )


def _rows_of(labels: pd.Index, edges: int, *, where: str) -> NDArray[np.int64]:
    """Return edges by their rows, or say which is not there."""
    lost = np.ones(len(labels), dtype=bool)
    if pd.api.types.is_integer_dtype(labels.dtype) and not labels.hasnans:
        lost = np.asarray(~((labels >= 0) & (labels < edges)))
    if lost.any():
        label = labels[lost][0]
        name = label.item() if isinstance(label, np.generic) else label
        raise InputError(
            f"edge {shown(name)} is not among the edges",
            where=where,
            mend=f"name edges by their rows in streets.edges, from 0 to {edges - 1}",
        )
    rows: NDArray[np.int64] = labels.to_numpy(dtype=np.int64)
    return rows


def _replaced(
    old: pd.Series, rows: NDArray[np.int64], new: pd.Series, rule: schemas.Column
) -> pd.Series:
    """Return a checked column with other values in some rows."""
    if rule.kind == "category":
        return _categories(old.index, [old.array, new.array], old.name, at=rows)
    values = old.to_numpy(copy=True)
    values[rows] = new.to_numpy()
    return pd.Series(values, index=old.index, name=old.name, dtype=old.dtype)


def _categories(index: pd.Index, parts: list[Any], name: object, *, at: Any = None) -> pd.Series:
    """Return a column of categories of parts one behind the other, or of one put into another.

    As ``astype("category")`` makes it of the plain values: the categories are those that occur.

    Parameters
    ----------
    index, name
        Of the column.
    parts
        Categoricals.
    at
        Rows of the first part that the second is put into; None for one behind the other.
    """
    # The codes of the first part hold: its categories come first.
    own = [np.asarray(part.categories, dtype=object).tolist() for part in parts]
    known = {value: code for code, value in enumerate(dict.fromkeys(chain(*own)))}
    small = np.dtype(np.int16) if len(known) < np.iinfo(np.int16).max else np.dtype(np.int64)
    coded = [
        # A missing value has the code -1, which is the last.
        np.array([*(known[value] for value in values), -1], dtype=small)[part.codes]
        for part, values in zip(parts[1:], own[1:], strict=True)
    ]
    coded.insert(0, parts[0].codes.astype(small))
    if at is None:
        codes = np.concatenate(coded)
    else:
        codes, codes[at] = coded[0], coded[1]
    used = np.bincount(codes + 1, minlength=len(known) + 1)[1:] > 0
    occur = [value for value, there in zip(known, used, strict=True) if there]
    categories = _categories_of(occur)
    place = {value: code for code, value in enumerate(categories.tolist())}
    final = np.array([*(place.get(value, -1) for value in known), -1], dtype=small)
    if (final[:-1] != np.arange(len(known))).any():
        codes = final[codes]
    made = pd.Categorical.from_codes(codes, categories=categories, validate=False)
    return pd.Series(made, index=index, name=name)


def _categories_of(values: list[Any]) -> pd.Index:
    """Return the categories of a column in which some values occur."""
    if all(type(value) is str for value in values):
        return _categories_of_texts(tuple(values))
    categories: pd.Index = pd.Series(values, dtype=object).astype("category").array.categories
    return categories


@lru_cache(maxsize=256)
def _categories_of_texts(texts: tuple[str, ...]) -> pd.Index:
    categories: pd.Index = pd.Series(texts, dtype=object).astype("category").array.categories
    return categories


def _stretches(kept: NDArray[np.int64]) -> list[Any]:
    """Return ascending rows as slices, where these are few, since those are read quickly."""
    gaps = np.flatnonzero(np.diff(kept) != 1) + 1
    if not len(kept) or len(gaps) > _MOST_STRETCHES:
        return [kept]
    starts, ends = kept[[0, *gaps]], kept[[*(gaps - 1), -1]] + 1
    return [slice(a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]


_MOST_STRETCHES: Final = 64


def _joined_edges(
    old: gpd.GeoDataFrame, kept: NDArray[np.int64], added: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return some rows of checked edges, and all of others, one behind the other."""
    index = pd.RangeIndex(len(kept) + len(added), name="edge_id")
    columns: dict[str, Any] = {}
    stretches = _stretches(kept)
    for name in dict.fromkeys([*old.columns, *added.columns]):
        rule = schemas.EDGE_COLUMNS.get(name)
        if name == "geometry":
            continue
        if name in schemas.EDGE_COLUMNS_IF_THERE:
            told = [
                table[name].to_numpy() if name in table.columns else np.ones(len(table), dtype=bool)
                for table in (old.iloc[kept], added)
            ]
            columns[name] = pd.Series(np.concatenate(told), index=index, name=name)
        elif rule is not None and rule.kind == "category":
            column = old[name].array
            codes = np.concatenate([column.codes[at] for at in stretches])
            stay = pd.Categorical.from_codes(codes, dtype=column.dtype, validate=False)
            columns[name] = _categories(index, [stay, added[name].array], name)
        elif rule is not None:
            before, new = old[name].to_numpy(), added[name].to_numpy()
            values = np.concatenate([*(before[at] for at in stretches), new])
            columns[name] = pd.Series(values, index=index, name=name, dtype=old[name].dtype)
        else:
            parts = [
                table[name].set_axis(index[at], axis=0)
                for table, at in (
                    (old.iloc[kept], slice(len(kept))),
                    (added, slice(len(kept), None)),
                )
                if name in table.columns
            ]
            columns[name] = pd.concat(parts).reindex(index)
    before, new = old.geometry.to_numpy(), added.geometry.to_numpy()
    shapes = np.concatenate([*(before[at] for at in stretches), new])
    order = dict.fromkeys([*old.columns, *added.columns])
    columns["geometry"] = gpd.array.GeometryArray(shapes, crs=old.crs)
    # The columns are new, and need not be copied once more.
    table = gpd.GeoDataFrame({name: columns[name] for name in order}, index=index, copy=False)
    table.attrs = plain_json(old.attrs)
    return _with_needed_columns(table)


def _with_needed_columns(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave the column ``frontage`` out where it says of no street that it has none.

    So that a network whose last street without frontage goes is the one it was before.
    """
    if "frontage" in edges.columns and edges["frontage"].all():
        return edges.drop(columns="frontage")
    return edges


def _plain(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Columns as lists of plain Python values, None where nothing is known."""
    plain = {}
    for column in table.columns:
        values = table[column].astype(object)
        plain[column] = values.where(values.notna(), None).tolist()
    return plain
