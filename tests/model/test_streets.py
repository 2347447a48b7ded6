"""A network keeps length, geometry and direction, whatever graph it goes through."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.model import profiles, schemas
from quartieri15.model.streets import StreetNetwork
from tests.ascii_city import draw_streets, node
from tests.reach.towns import towns

TOWN = """
A--B>>C
|  |  |
D==E--F
"""
LOOP = {"u": "C", "v": "C", "through": [(512_200, 5_034_000), (512_200, 5_033_900)]}
TWIN = {"u": "A", "v": "B", "through": [(512_015, 5_034_050)]}
BACKWARD = {"u": "E", "v": "F", "oneway": "backward", "through": [(512_045, 5_033_900)]}


@pytest.fixture
def town() -> StreetNetwork:
    return draw_streets(TOWN, extra=[LOOP, TWIN, BACKWARD])


def rows(network: StreetNetwork) -> list[tuple[object, ...]]:
    """Every street as a tuple that does not depend on the order of the rows."""
    edges = network.edges
    return sorted(
        zip(
            edges["u"],
            edges["v"],
            edges["length_m"],
            edges["oneway"].astype(str),
            edges["foot"],
            edges["bicycle_forward"],
            edges["bicycle_backward"],
            edges["steps"],
            shapely.to_wkt(edges.geometry.array, rounding_precision=6),
            strict=True,
        )
    )


def test_the_drawing_is_the_town(town: StreetNetwork) -> None:
    assert len(town.nodes) == 6
    assert len(town.edges) == 10
    oneway = town.edges[town.edges["oneway"] == "forward"].iloc[0]
    assert (oneway["u"], oneway["v"]) == (node("B"), node("C"))
    assert town.edges["steps"].sum() == 1


def test_there_and_back_through_networkx(town: StreetNetwork) -> None:
    again = StreetNetwork.from_networkx(town.to_networkx())
    assert rows(again) == rows(town)
    assert again.crs == town.crs


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "oneway": st.sampled_from(schemas.ONEWAY),
    "foot": st.booleans(),
    "bridge": st.booleans(),
    "tunnel": st.booleans(),
    "steps": st.booleans(),
    "layer": st.integers(-2, 2),
    "name": st.none() | st.sampled_from(["Via Padova", "no", "Via A;B"]),
    "highway": st.sampled_from(["residential", "steps", "motorway"]),
    "cycle_facility": st.sampled_from(schemas.CYCLE_FACILITIES),
    "stress": st.sampled_from([np.nan, 1.0, 4.0]),
    "grade": st.just(np.nan) | st.floats(-0.3, 0.3),
    "maxspeed_kmh": st.sampled_from([np.nan, 30.0]),
    "incline": st.sampled_from([None, "up", "-5%"]),
}
KERBS = st.sampled_from([None, "lowered"])


@st.composite
def networks(draw: Any) -> StreetNetwork:
    """Random towns of which everything is known that can be, or nothing."""
    streets = draw(towns()).streets
    n = len(streets.edges)
    columns = {
        name: draw(st.lists(values, min_size=n, max_size=n)) for name, values in VALUES.items()
    }
    # By this number a street is found again: rows come back in another order.
    columns["osm_way_id"] = list(range(100, 100 + n))
    kerbs = draw(st.lists(KERBS, min_size=len(streets.nodes), max_size=len(streets.nodes)))
    return StreetNetwork.from_tables(
        streets.nodes.assign(kerb=kerbs), streets.edges.assign(**columns)
    )


@given(networks(), st.booleans())
def test_nothing_is_lost_there_and_back(streets: StreetNetwork, through_tables: bool) -> None:  # noqa: FBT001
    graph = streets.to_networkx()
    if through_tables:
        graph = ox.graph_from_gdfs(*ox.graph_to_gdfs(graph))
    again = StreetNetwork.from_networkx(graph)
    before, after = (
        network.edges.sort_values("osm_way_id", ignore_index=True) for network in (streets, again)
    )
    assert len(after) == len(before)
    for name, column in schemas.EDGE_COLUMNS.items():
        if column.kind == "geometry":
            assert shapely.equals_exact(after[name].array, before[name].array, 0.0).all()
            continue
        one, other = (table[name].astype(object) for table in (before, after))
        pd.testing.assert_series_equal(
            one.where(one.notna(), None), other.where(other.notna(), None)
        )
    kerbs = again.nodes["kerb"].astype(object).loc[streets.nodes.index]
    assert kerbs.where(kerbs.notna(), None).tolist() == [
        None if pd.isna(kerb) else kerb for kerb in streets.nodes["kerb"]
    ]
    assert again.nodes.geometry.loc[streets.nodes.index].geom_equals(streets.nodes.geometry).all()


def test_the_way_back_falls_where_the_way_there_rises(town: StreetNetwork) -> None:
    edges = town.edges.assign(grade=np.linspace(-0.2, 0.2, len(town.edges)))
    hilly = StreetNetwork.from_tables(town.nodes, edges)
    for *_, data in hilly.to_networkx().edges(data=True):
        grade = hilly.edges["grade"][data["edge_id"]]
        assert data["grade"] == (-grade if data["reversed"] else grade)


def test_osmnx_accepts_the_graph(town: StreetNetwork) -> None:
    graph = town.to_networkx()
    nodes, edges = ox.graph_to_gdfs(graph)
    assert len(nodes) == 6
    assert edges["length"].sum() == pytest.approx(2 * town.edges["length_m"].sum())
    assert ox.routing.shortest_path(graph, node("A"), node("F"), weight="length") is not None
    assert ox.basic_stats(graph)["n"] == 6


def test_an_osmnx_graph_comes_in_whole() -> None:
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for letter, (x, y) in {1: (9.19, 45.46), 2: (9.191, 45.46), 3: (9.191, 45.461)}.items():
        graph.add_node(letter, x=x, y=y)
    bend = shapely.LineString([(9.19, 45.46), (9.1905, 45.4604), (9.191, 45.46)])
    street = {"osmid": 7, "highway": "residential", "length": 101.0, "oneway": False}
    graph.add_edge(1, 2, geometry=bend, reversed=False, **street)
    graph.add_edge(2, 1, geometry=shapely.reverse(bend), reversed=True, **street)
    graph.add_edge(2, 3, osmid=[8, 9], highway=["tertiary", "primary"], length=111.0, oneway=True)
    graph.add_edge(3, 1, osmid=4, highway="motorway", length=140.0, oneway=True)
    network = StreetNetwork.from_networkx(graph)
    edges = network.edges.set_index("length_m")
    assert sorted(edges.index) == [101.0, 111.0, 140.0]
    assert edges.loc[101.0, "oneway"] == "no"
    assert len(edges.loc[101.0, "geometry"].coords) == 3
    assert edges.loc[111.0, "oneway"] == "forward"
    assert edges.loc[111.0, "highway"] == "tertiary;primary"
    assert bool(edges.loc[111.0, "foot"])
    assert not edges.loc[111.0, "bicycle_backward"]
    assert not edges.loc[140.0, "foot"]
    assert network.crs.to_epsg() == 32632


def test_only_the_arcs_of_the_traveller(town: StreetNetwork) -> None:
    graph = town.to_networkx(profiles.BIKE_ADULT.with_(push_speed_kmh=None))
    assert not graph.has_edge(node("C"), node("B"))
    assert not graph.has_edge(node("D"), node("E"))
    assert graph.edges[node("B"), node("C"), 0]["travel_time"] == pytest.approx(30 / (15 / 3.6))
    walking = town.to_networkx(profiles.WALK_75)
    assert walking.number_of_edges() == 2 * len(town.edges)


def test_subset_keeps_whole_streets(town: StreetNetwork) -> None:
    corner = shapely.Point(512_000, 5_034_000).buffer(5)
    part = town.subset(corner)
    assert set(part.nodes.index) == {node("A"), node("B"), node("D")}
    assert part.edges["length_m"].isin(town.edges["length_m"]).all()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("length_m", -1.0, "row 2, column length_m: -1.0 is below 0"),
        ("length_m", np.nan, "row 2, column length_m: nan is not a number"),
        ("length_m", np.inf, "row 2, column length_m: inf is not a finite number"),
        ("u", 99, "row 2, column u: node 99 is not among the nodes"),
        ("oneway", "both", "row 2, column oneway: both is not one of no, forward, backward"),
        ("foot", "yes", "row 2, column foot: 'yes' is not true or false"),
        ("geometry", shapely.Point(0, 0), "row 2, column geometry: the geometry is not a Line"),
        ("geometry", None, "row 2, column geometry: the value is missing"),
    ],
)
def test_a_bad_row_is_named(town: StreetNetwork, column: str, value: object, message: str) -> None:
    edges = town.edges.copy()
    values = edges[column].astype(object).tolist()
    values[2] = value
    if column == "geometry":
        edges = edges.set_geometry(values, crs=edges.crs)
    else:
        edges[column] = values
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        StreetNetwork.from_tables(town.nodes, edges)


def test_degrees_are_refused(town: StreetNetwork) -> None:
    with pytest.raises(InputError, match="degrees"):
        StreetNetwork.from_tables(town.nodes.to_crs(4326), town.edges.to_crs(4326))


def test_a_missing_column_is_named(town: StreetNetwork) -> None:
    with pytest.raises(InputError, match="column foot is missing"):
        StreetNetwork.from_tables(town.nodes, town.edges.drop(columns="foot"))


def test_a_graph_without_length_names_the_arc() -> None:
    graph = nx.MultiDiGraph(crs="EPSG:32632")
    graph.add_node(1, x=0.0, y=0.0)
    graph.add_node(2, x=1.0, y=0.0)
    graph.add_edge(1, 2, osmid=1)
    with pytest.raises(InputError, match="arc 1 -> 2: length is None"):
        StreetNetwork.from_networkx(graph)


def walls(*lines: object, crs: object = "EPSG:32632", **columns: object) -> gpd.GeoDataFrame:
    table = gpd.GeoDataFrame(geometry=list(lines), crs=crs)
    return table.assign(**columns) if columns else table


CANAL = shapely.LineString([(512_000, 5_033_985), (512_060, 5_033_985)])
WALL = shapely.LineString([(512_015, 5_034_000), (512_015, 5_033_990)])


def test_a_network_has_no_barriers_until_they_are_given(town: StreetNetwork) -> None:
    assert len(town.barriers) == 0
    walled = town.with_barriers(walls(CANAL, kind="canal", osm_way_id=7, name="Martesana"))
    assert len(town.barriers) == 0
    assert walled.barriers[["kind", "osm_way_id"]].to_numpy().tolist() == [["canal", 7]]
    assert "name" not in walled.barriers.columns
    more = walled.with_barriers(walls(WALL).rename_geometry("drawn"))
    assert more.barriers["kind"].tolist() == ["canal", "barrier"]
    assert more.barriers.index.tolist() == [0, 1]
    others = more.with_barriers(walls(WALL, kind="wall"), keep=False)
    assert others.barriers["kind"].tolist() == ["wall"]
    assert len(others.with_barriers(others.barriers[:0], keep=False).barriers) == 0


def test_barriers_stay_with_a_part_and_come_with_tables(town: StreetNetwork) -> None:
    walled = StreetNetwork.from_tables(town.nodes, town.edges, barriers=walls(CANAL, WALL))
    assert len(walled.barriers) == 2
    part = walled.subset(shapely.Point(512_000, 5_034_000).buffer(5))
    assert part.barriers.geometry.tolist() == [CANAL, WALL]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (walls(CANAL, crs="EPSG:3003"), "barriers: coordinates are in EPSG:3003"),
        (walls(CANAL, crs=None), "barriers: the table has no coordinate reference system"),
        (walls(CANAL, shapely.Point(0, 0)), "barriers, row 1, .* is not a LineString"),
        (walls(CANAL, None), "barriers, row 1, column geometry: the value is missing"),
        (walls(shapely.MultiLineString([CANAL, WALL])), r"row 0, .*MultiLineString.*explode\(\)"),
        (walls(shapely.LineString([(1, 1), (1, 1)])), "row 0, .* no length"),
        (walls(CANAL, osm_way_id="x"), "column osm_way_id: 'x' is not a whole number"),
        (walls(CANAL, kind=None), "column kind: the value is missing"),
        ([CANAL], "barriers: a list without geometry was given"),
    ],
)
def test_a_barrier_that_is_none_is_refused(
    town: StreetNetwork, table: gpd.GeoDataFrame, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        town.with_barriers(table)


@pytest.mark.parametrize(
    ("crs", "said"),
    [
        ("EPSG:4326", "in degrees"),
        ("+proj=utm +zone=32 +units=us-ft", "in US survey foot"),
        ("EPSG:2263", "in US survey foot"),
        ("EPSG:3857", "in web mercator"),
    ],
)
def test_streets_are_in_true_metres(town: StreetNetwork, crs: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"nodes: coordinates are {said}.*estimate_utm_crs"):
        StreetNetwork.from_tables(town.nodes.to_crs(crs), town.edges.to_crs(crs))


def test_streets_with_heights_are_in_metres(town: StreetNetwork) -> None:
    crs = "EPSG:32632+5703"
    nodes, edges = town.nodes.set_crs(crs, allow_override=True), town.edges
    edges = edges.set_crs(crs, allow_override=True)
    assert StreetNetwork.from_tables(nodes, edges).crs == crs


@pytest.mark.parametrize(
    "coordinates",
    [[], [(512_000, 5_034_000), (np.nan, 5_034_000)], [(512_000, np.inf), (512_100, 5_034_000)]],
)
def test_a_street_that_is_nowhere_is_refused_by_its_row(
    town: StreetNetwork, coordinates: list[tuple[float, float]]
) -> None:
    edges, nodes = town.edges.copy(), town.nodes.copy()
    with np.errstate(invalid="ignore"):
        edges.loc[3, "geometry"] = shapely.LineString(coordinates)
    with pytest.raises(InputError, match=r"edges, row 3, column geometry: .*no number"):
        StreetNetwork.from_tables(nodes, edges)
    nodes.loc[2, "geometry"] = shapely.Point()
    with pytest.raises(InputError, match=r"nodes, row 2, column geometry: .*empty"):
        StreetNetwork.from_tables(nodes, town.edges)


def test_a_table_without_geometry_is_refused(town: StreetNetwork) -> None:
    plain = pd.DataFrame(town.edges.drop(columns="geometry"))
    for nodes, edges in (
        (town.nodes, plain),
        (town.nodes, gpd.GeoDataFrame(plain)),
        (plain, town.edges),
    ):
        with pytest.raises(InputError, match=r"Frame without geometry.*give a GeoDataFrame"):
            StreetNetwork.from_tables(nodes, edges)


def test_a_street_without_frontage_says_so_and_all_others_say_nothing(town: StreetNetwork) -> None:
    bare = town.with_edge_values(pd.DataFrame({"frontage": [False]}, index=[1]))
    assert bare.edges["frontage"].tolist() == [i != 1 for i in range(len(town.edges))]
    again = bare.with_edge_values(pd.DataFrame({"frontage": [True]}, index=[1]))
    pd.testing.assert_frame_equal(again.edges, town.edges)
    told = StreetNetwork.from_tables(town.nodes, town.edges.assign(frontage=True))
    pd.testing.assert_frame_equal(told.edges, town.edges)
    # New streets say it or not, whatever those that are there say.
    more = town.edges.iloc[[0]]
    joined = bare.with_edges(added=more)
    assert joined.edges["frontage"].tolist() == [*bare.edges["frontage"], True]
    joined = town.with_edges(added=more.assign(frontage=False))
    assert joined.edges["frontage"].tolist() == [*[True] * len(town.edges), False]
    assert "frontage" not in joined.with_edges(removed=[len(town.edges)]).edges.columns
    # It goes through a graph, and is refused where it is no truth.
    back = StreetNetwork.from_networkx(bare.to_networkx())
    assert back.edges["frontage"].tolist() == bare.edges["frontage"].tolist()
    with pytest.raises(InputError, match="frontage: 3 is not true or false"):
        town.with_edge_values(pd.DataFrame({"frontage": [3]}, index=[1]))
