"""Streets of others in, streets of ours out: osmnx, momepy, pandana and what reads networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from quartieri15.arguments import require_text
from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import City
from quartieri15.model.streets import StreetNetwork, require_streets

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    from numpy.typing import NDArray

    from quartieri15.model.profiles import TravelProfile


def city_of_streets(
    graph: nx.MultiDiGraph[Any] | StreetNetwork,
    *,
    places: gpd.GeoDataFrame | None = None,
    name: str = "streets",
    licence_line: str | None = None,
) -> City:
    """Make a city of a street network alone, such as a graph of osmnx.

    ``travel_times(city, to=points, origins=points, profile=...)``,
    ``travel_time_matrix`` and ``catchments(city, points, profile=...)`` work on it. What
    counts people (``coverage``, ``find_gaps``, the published pages) needs residents and zones,
    and refuses: make that city with :meth:`~quartieri15.model.city.City.from_tables`.

    Parameters
    ----------
    graph
        A graph as osmnx makes it, or a network of this library. A graph in degrees is brought
        to its UTM zone: points must be brought to ``city.crs``, and are refused otherwise.
    places
        Points for ``city.places_named``, in the CRS of the network: read a graph in degrees
        with ``StreetNetwork.from_networkx(graph)`` to know it. Where a column is missing,
        ``id`` is the index, ``name`` is the id, ``kind`` is ``"place"`` and ``network`` is
        ``"places"``.
    name
        What results call the city.
    licence_line
        Whose data it is, told beside every result; "not stated" where it is left out. For
        streets of OpenStreetMap: ``"© OpenStreetMap contributors, ODbL 1.0"``.

    Returns
    -------
    City
        Without residents and zones. ``provenance["streets"]`` counts what was read: arcs of
        the graph, edges made of them, and those of the edges that are one-way.

    Raises
    ------
    InputError
        If the graph or one of its arcs cannot be read, see
        :meth:`~quartieri15.model.streets.StreetNetwork.from_networkx`, or ``places`` is no
        table of points in the CRS of the city.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> block = milano.streets.subset(milano.houses.geometry.iloc[0].buffer(200))
    >>> graph = block.to_networkx()    # or osmnx.graph_from_place(...)
    >>> city = city_of_streets(graph, name="a block")
    >>> city.provenance["streets"]["arcs"] == 2 * len(city.streets.edges)
    True
    """
    require_text(name, where="name")
    if licence_line is not None:
        require_text(licence_line, where="licence_line")
    if places is not None:
        places = schemas.with_geometry(places, where="places")
    streets = graph if isinstance(graph, StreetNetwork) else StreetNetwork.from_networkx(graph)
    told: dict[str, Any] = {"edges": len(streets.edges)}
    told["oneway_edges"] = int((streets.edges["oneway"] != "no").sum())
    provenance: dict[str, Any] = {"streets": told}
    if not isinstance(graph, StreetNetwork):
        told["arcs"] = graph.number_of_edges()
        # osmnx writes the day on which it asked OpenStreetMap.
        if (day := graph.graph.get("created_date")) is not None:
            provenance["vintages"] = {"streets": str(day)}
    if licence_line is not None:
        provenance["licence_line"] = licence_line
    return City.from_tables(
        name,
        streets=streets,
        places=None if places is None else _registry(places, streets),
        provenance=provenance,
    )


def junction_tables(
    streets: StreetNetwork, profile: str | TravelProfile | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return junctions and directed arcs as two tables that other libraries take.

    Parameters
    ----------
    streets
        The network.
    profile
        If given, only the arcs this traveller may use, each with its ``travel_time``.
        Otherwise both directions of every street.

    Returns
    -------
    nodes : geopandas.GeoDataFrame
        One row per junction, index ``osmid`` (the ids of ``streets.nodes``): ``x, y,
        street_count, geometry``.
    edges : geopandas.GeoDataFrame
        One row per arc, index ``u, v, key`` as osmnx numbers them:

        ``from, to``
            The ends again, as columns, for pandana.
        ``length``
            Metres on the ground.
        ``travel_time``
            Seconds of the traveller; only with ``profile``.
        ``edge_id, reversed``
            The row of ``streets.edges``, and whether the arc leads from its v to its u.
        ``geometry``
            The line, drawn in the direction of the arc.

        and the other attributes of :meth:`~quartieri15.model.streets.StreetNetwork.to_networkx`.

        They go as they are into ``osmnx.graph_from_gdfs(nodes, edges)``,
        ``momepy.gdf_to_nx(edges, directed=True)`` and ``pandana.Network(nodes["x"], nodes["y"],
        edges["from"], edges["to"], edges[["travel_time"]], twoway=False)`` (with
        ``edges.reset_index(drop=True)``).

    Raises
    ------
    UnknownNameError
        If no profile has this name.
    InputError
        If the traveller may use no edge.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> city = q15.load("milano")
    >>> block = city.streets.subset(city.houses.geometry.iloc[0].buffer(200))
    >>> nodes, edges = junction_tables(block, "walk_75")
    >>> edges.index.names, bool((edges["travel_time"] >= 0).all())
    (FrozenList(['u', 'v', 'key']), True)
    """
    require_streets(streets)
    traveller = None if profile is None else profiles.get(profile)
    graph = streets.to_networkx(traveller)
    if graph.number_of_edges() == 0:
        who = "anybody" if traveller is None else traveller.name
        raise InputError(
            f"none of the {len(streets.edges):,} edges may be used by {who}",
            where="streets",
            mend="check the columns of permission",
        )
    return _node_table(graph, streets.crs), _arc_table(graph, streets.crs)


def _node_table(graph: nx.MultiDiGraph[Any], crs: object) -> gpd.GeoDataFrame:
    data = [known for _, known in graph.nodes(data=True)]
    table = pd.DataFrame(
        {name: [known[name] for known in data] for name in ("x", "y", "street_count")},
        index=pd.Index(list(graph.nodes), name="osmid", dtype="int64"),
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["x"], table["y"]), crs=crs)


def _arc_table(graph: nx.MultiDiGraph[Any], crs: object) -> gpd.GeoDataFrame:
    ends: list[tuple[int, int, int]] = list(graph.edges(keys=True))
    table = pd.DataFrame(
        [data for *_, data in graph.edges(data=True)],
        index=pd.MultiIndex.from_tuples(ends, names=["u", "v", "key"]),
    )
    table.insert(0, "from", [tail for tail, _, _ in ends])
    table.insert(1, "to", [head for _, head, _ in ends])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def _registry(places: gpd.GeoDataFrame, streets: StreetNetwork) -> gpd.GeoDataFrame:
    """Give a table of points the columns a registry has."""
    require_same_crs(places, streets.crs, where="places")
    ids = places["id"] if "id" in places.columns else places.index.to_series()
    texts: NDArray[np.object_] = ids.map(str).to_numpy(dtype=object)
    known = {"id": texts, "name": texts, "kind": "place", "network": "places"}
    missing = {name: value for name, value in known.items() if name not in places.columns}
    return places.assign(**missing)
