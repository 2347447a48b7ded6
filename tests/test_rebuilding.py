"""A network made of a network has all the other had, but for what was to change.

Every function that takes streets and gives streets is asked, found by what it says it returns: a
new one is met by the first test until it is asked too.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

import quartieri15
from quartieri15.editions import stored_streets
from quartieri15.errors import InputError
from quartieri15.model import schemas
from quartieri15.model.interchange import city_of_streets, junction_tables
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.conflation import conflate_bike_lanes
from quartieri15.sources.osm.merging import fill_beyond
from quartieri15.sources.rasters import with_grades
from tests.ascii_city import CRS, ORIGIN, draw_streets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import networkx as nx

TOWN = """
A---B>>>C
|   |   |
D===E---F
"""
READ_FROM_FILES = {
    *("read_pbf", "build_streets", "read_streets", "_from_arrow"),
    *("build_earlier_streets", "read_earlier_streets", "streets", "_streets"),
}
CHECKED_TABLES = {"from_tables"}
A_STEP_OF_ANOTHER = {"_apply", "_streets_after", "as_stored"}


@pytest.fixture(scope="module")
def streets() -> StreetNetwork:
    """A network with a value in every column, columns of its own, barriers and attrs."""
    drawn = draw_streets(TOWN, cell=25.0)
    count = len(drawn.edges)
    texts = {
        name: [f"{name} {i % 2}" if i else None for i in range(count)]
        for name, column in schemas.EDGE_COLUMNS.items()
        if column.nullable and column.kind in ("text", "category")
    }
    edges = drawn.edges.assign(
        **texts,
        osm_way_id=np.arange(count) + 70,
        bridge=np.arange(count) == 1,
        layer=np.arange(count) % 2,
        cycle_facility="lane",
        stress=2.0,
        grade=np.linspace(-0.03, 0.04, count),
        maxspeed_kmh=30.0,
        lanes=np.arange(count) + 1,
        benches=[None, *["two"] * (count - 1)],
        shaded=np.arange(count) % 2 == 0,
    )
    edges.attrs["report"] = {"drawn": count}
    nodes = drawn.nodes.assign(
        kerb=["raised", None, *["lowered"] * (len(drawn.nodes) - 2)],
        barrier=["gate", *[None] * (len(drawn.nodes) - 1)],
        elevation_m=np.arange(len(drawn.nodes)) / 3,
    )
    nodes.attrs["source"] = "drawn for a test"
    x, y = ORIGIN
    lines = [
        shapely.LineString([(x + 10, y - 12.3), (x + 190, y - 12.3)]),
        shapely.LineString([(x + 300, y - 500), (x + 300, y + 500)]),
    ]
    walls = gpd.GeoDataFrame(
        {"kind": ["railway", "canal"], "osm_way_id": [5, 0]}, geometry=lines, crs=CRS
    )
    return StreetNetwork.from_tables(nodes, edges, barriers=walls)


def everything(streets: StreetNetwork) -> shapely.Geometry:
    return shapely.box(*streets.edges.total_bounds).buffer(1000)


def by_subset(streets: StreetNetwork, _: Path) -> StreetNetwork:
    return streets.subset(everything(streets))


def by_barriers(streets: StreetNetwork, _: Path) -> StreetNetwork:
    return streets.with_barriers(streets.barriers[:0])


def by_networkx(streets: StreetNetwork, _: Path) -> StreetNetwork:
    return StreetNetwork.from_networkx(streets.to_networkx())


def by_graphml(streets: StreetNetwork, folder: Path) -> StreetNetwork:
    """The file of osmnx, which writes and reads everything as text but what it knows."""
    ox.save_graphml(streets.to_networkx(), folder / "town.graphml")
    return StreetNetwork.from_networkx(ox.load_graphml(folder / "town.graphml"))


def by_tables_of_osmnx(streets: StreetNetwork, _: Path) -> StreetNetwork:
    nodes, edges = junction_tables(streets)
    graph = ox.graph_from_gdfs(nodes, edges, graph_attrs=streets.to_networkx().graph)
    return StreetNetwork.from_networkx(graph)


def by_city(streets: StreetNetwork, _: Path) -> StreetNetwork:
    return city_of_streets(streets.to_networkx()).streets


def by_grades(streets: StreetNetwork, folder: Path) -> StreetNetwork:
    x, y = ORIGIN
    with rasterio.open(
        folder / "dtm.tif",
        "w",
        driver="GTiff",
        width=200,
        height=200,
        count=1,
        dtype="float32",
        crs=CRS,
        transform=from_origin(x - 500, y + 500, 10, 10),
    ) as file:
        file.write(np.full((200, 200), 120, "float32"), 1)
    return with_grades(streets, folder / "dtm.tif")[0]


def by_lanes(streets: StreetNetwork, _: Path) -> StreetNetwork:
    line = streets.edges.geometry.iloc[0]
    lanes = gpd.GeoDataFrame(
        {"tipologia": ["corsia ciclabile - sede propria"], "marcia": ["bidirezionale"]},
        geometry=[line],
        crs=CRS,
    )
    return conflate_bike_lanes(streets, lanes)[0]


def by_filling(streets: StreetNetwork, _: Path) -> StreetNetwork:
    covered = everything(streets)
    beyond = streets.with_barriers(streets.barriers[:0], keep=False)
    return fill_beyond(streets, beyond, covered=covered, tolerance_m=1)[0]


def by_order(streets: StreetNetwork, _: Path) -> StreetNetwork:
    return stored_streets._ordered(streets)


def by_storing(streets: StreetNetwork, _: Path) -> StreetNetwork:
    own = [column for column in streets.edges if column not in schemas.EDGE_COLUMNS]
    plain = StreetNetwork(
        streets.nodes.drop(columns="elevation_m"), streets.edges.drop(columns=own), streets.barriers
    )
    stored = stored_streets._stored(plain)
    # What the file has no place for is refused below, so it is put back here.
    return StreetNetwork(
        stored.nodes.assign(elevation_m=streets.nodes["elevation_m"]),
        stored.edges.assign(**{column: streets.edges[column] for column in own}),
        stored.barriers,
    )


def by_edge_values(streets: StreetNetwork, _: Path) -> StreetNetwork:
    return streets.with_edge_values(pd.DataFrame({"maxspeed_kmh": 20.0}, index=[1, 3]))


def by_edges(streets: StreetNetwork, _: Path) -> StreetNetwork:
    """The last edge goes, and comes again."""
    last = streets.edges.iloc[-1:]
    return streets.with_edges(removed=last.index, added=last)


def by_new_streets(streets: StreetNetwork, _: Path) -> StreetNetwork:
    """A street between two junctions comes, and goes again."""
    x, y = ORIGIN
    new = gpd.GeoDataFrame(
        {"highway": ["path"], "foot": True, "bicycle_forward": True, "bicycle_backward": True},
        geometry=[shapely.LineString([(x, y), (x + 100, y - 50)])],
        crs=CRS,
    )
    made = streets.with_new_streets(new.assign(joins="ends"))
    assert len(made.edges) == len(streets.edges) + 1
    return made.with_edges(removed=[len(streets.edges)])


ASKED: dict[str, tuple[Callable[[StreetNetwork, Path], StreetNetwork], set[str]]] = {
    "subset": (by_subset, set()),
    "with_barriers": (by_barriers, set()),
    "with_edge_values": (by_edge_values, {"maxspeed_kmh"}),
    "with_edges": (by_edges, set()),
    "with_new_streets": (by_new_streets, set()),
    "from_networkx": (by_networkx, set()),
    "from_networkx of GraphML": (by_graphml, set()),
    "from_networkx of junction_tables": (by_tables_of_osmnx, set()),
    "city_of_streets": (by_city, set()),
    "with_grades": (by_grades, {"grade"}),
    "conflate_bike_lanes": (
        by_lanes,
        {"cycle_facility", "bicycle_forward", "bicycle_backward"},
    ),
    "fill_beyond": (by_filling, set()),
    "_ordered": (by_order, set()),
    "_stored": (by_storing, set()),
}
"""How each function is asked, and the columns it is there to change."""


def makers_of_streets() -> set[str]:
    """All functions of the library that say they return a network."""
    found = set()
    for module in pkgutil.walk_packages(quartieri15.__path__, "quartieri15."):
        if module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        owners = [loaded, *(o for _, o in inspect.getmembers(loaded, inspect.isclass))]
        for owner in owners:
            for name, function in inspect.getmembers(owner, inspect.isroutine):
                notes = getattr(function, "__annotations__", {})
                if "StreetNetwork" in str(notes.get("return", "")):
                    found.add(name)
    return found


def test_every_function_that_gives_streets_is_asked() -> None:
    asked = (
        {name.split()[0] for name in ASKED} | READ_FROM_FILES | CHECKED_TABLES | A_STEP_OF_ANOTHER
    )
    assert makers_of_streets() - asked == set()


def same(one: pd.DataFrame, other: pd.DataFrame, changed: set[str]) -> None:
    """Assert that two tables hold the same, whatever type a column has in them."""
    assert set(one.columns) == set(other.columns)
    for column in one.columns.difference(["geometry", *changed]):
        pd.testing.assert_series_equal(
            plain(one[column]), plain(other[column]), check_names=False, check_dtype=False
        )
    assert one.index.tolist() == other.index.tolist()
    assert np.array_equal(
        shapely.to_wkb(one.geometry.to_numpy()), shapely.to_wkb(other.geometry.to_numpy())
    )


def plain(values: pd.Series) -> pd.Series:
    values = values.astype(object)
    values = values.where(values.notna(), None)
    if values.map(lambda value: isinstance(value, float)).all():
        return values.astype(float)
    return values


@pytest.mark.parametrize("name", ASKED)
def test_only_what_was_to_change_changes(streets: StreetNetwork, tmp_path: Path, name: str) -> None:
    make, changed = ASKED[name]
    made = make(streets, tmp_path)
    ids = made.edges["osm_way_id"].to_numpy() - 70
    if name == "_ordered":
        assert sorted(ids) == list(range(len(streets.edges)))
        same(streets.edges.iloc[ids].reset_index(drop=True), made.edges, changed)
    else:
        as_text = {"shaded", "lanes"} if "GraphML" in name else set()
        same(streets.edges, made.edges, changed | as_text)
        assert (
            made.edges[list(as_text)].astype(str).equals(streets.edges[list(as_text)].astype(str))
        )
    as_text = {"elevation_m"} if "GraphML" in name else set()
    # osmnx lists nodes as its arcs name them.
    nodes = made.nodes.sort_index()
    same(streets.nodes, nodes, as_text)
    assert nodes[list(as_text)].astype(float).equals(streets.nodes[list(as_text)])
    same(streets.barriers, made.barriers, set())
    assert made.crs == streets.crs == made.barriers.crs
    for table in ("nodes", "edges", "barriers"):
        assert getattr(made, table).attrs == getattr(streets, table).attrs


def test_streets_are_not_changed_by_asking(streets: StreetNetwork, tmp_path: Path) -> None:
    tables = [table.copy() for table in (streets.nodes, streets.edges, streets.barriers)]
    for make, _ in ASKED.values():
        make(streets, tmp_path)
    for before, after in zip(tables, (streets.nodes, streets.edges, streets.barriers), strict=True):
        pd.testing.assert_frame_equal(before, after)


def test_barriers_of_a_graph_follow_it_to_another_projection(streets: StreetNetwork) -> None:
    graph = ox.project_graph(streets.to_networkx(), to_crs="EPSG:3035")
    moved = StreetNetwork.from_networkx(graph)
    assert moved.crs.to_epsg() == 3035
    back = moved.barriers.to_crs(CRS).geometry
    assert back.geom_equals_exact(streets.barriers.geometry, 0.001).all()


def test_barriers_that_cannot_be_read_are_refused(streets: StreetNetwork) -> None:
    graph: nx.MultiDiGraph[Any] = streets.to_networkx()
    graph.graph["quartieri15"] = "walls"
    with pytest.raises(InputError, match=r"graph\.graph\['quartieri15'\]: .*to_networkx"):
        StreetNetwork.from_networkx(graph)


def test_a_column_that_a_file_has_no_place_for_is_refused(
    streets: StreetNetwork, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"streets edges: .* lanes, benches, shaded"):
        stored_streets.write_streets(streets, tmp_path / "streets.parquet")
    nodes_only = StreetNetwork(
        streets.nodes, streets.edges.drop(columns=["lanes", "benches", "shaded"])
    )
    with pytest.raises(InputError, match=r"streets nodes: .* elevation_m"):
        stored_streets.write_streets(nodes_only, tmp_path / "streets.parquet")
