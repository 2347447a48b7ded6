"""Three lines from any osmnx graph to times and catchments; ours means the same to other libraries.

The oracles are those libraries: the shortest paths of osmnx and pandana, the graph of momepy.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import momepy
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
import shapely

import quartieri15 as q15
from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import find_gaps
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.interchange import city_of_streets, junction_tables
from quartieri15.model.streets import StreetNetwork
from quartieri15.publish.analysis_folder import Question
from quartieri15.publish.maps import city_map
from quartieri15.reach.graph import travel_graph
from tests.ascii_city import draw_city, draw_streets, node
from tests.model.osmnx_town import osmnx_town, write_town

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

TOWN = """
A--B>>C
|  |  |
D==E--F
"""
NEEDS_PANDANA = "pandana is not installed (pip install quartieri15[benchmarks])"
LINE = "© OpenStreetMap contributors, ODbL 1.0"


@pytest.fixture
def graph(tmp_path: Path) -> nx.MultiDiGraph:
    return osmnx_town(tmp_path)


@pytest.fixture
def city(graph: nx.MultiDiGraph) -> City:
    return city_of_streets(graph, licence_line=LINE)


def junctions(city: City, profile: Any = "walk_adult") -> gpd.GeoDataFrame:
    """All junctions of the part of the town that hangs together for a traveller."""
    graph = travel_graph(city.streets, profiles.get(profile))
    inside = graph.leaves_main & graph.enters_main
    ends = np.concatenate([graph.edge_u[inside], graph.edge_v[inside]])
    return city.streets.nodes.loc[np.unique(graph.node_ids[ends]), ["geometry"]]


def test_three_lines(graph: nx.MultiDiGraph) -> None:
    city = city_of_streets(graph)
    homes = points = junctions(city)
    times = q15.travel_times(city, to=points, origins=homes, profile="walk_75")
    areas = q15.catchments(city, points, profile="walk_75", minutes=15)
    assert (times["minutes"] == 0).all()
    assert (times["status"] == "ok").all()
    assert len(areas) == len(points)
    assert areas.geometry.is_valid.all()
    assert areas.contains(points.union_all()).all()
    assert times.attrs["provenance"]["licence_line"] == "not stated"


@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=str.__call__)
def test_times_are_those_of_osmnx(graph: nx.MultiDiGraph, profile: Any) -> None:
    city = city_of_streets(graph)
    points = junctions(city, profile)
    assert len(points) > 5
    matrix = q15.travel_time_matrix(city, to=points, origins=points, profile=profile, dense=True)
    arcs = routable(graph, profile, city)
    for origin in points.index:
        for place in points.index:
            path = ox.shortest_path(arcs, origin, place, weight="seconds")
            seconds = sum(
                min(data["seconds"] for data in arcs[u][v].values()) for u, v in pairwise(path)
            )
            assert 60 * matrix.loc[origin, place] == pytest.approx(seconds, abs=1e-6)


def routable(graph: nx.MultiDiGraph, profile: Any, city: City) -> nx.MultiDiGraph:
    """The arcs of osmnx that a traveller uses, by the rules told in the documentation.

    What a traveller refuses has tests of its own, so it is asked of the profile.
    """
    arcs = nx.MultiDiGraph(**graph.graph)
    arcs.add_nodes_from(graph.nodes(data=True))
    edges = city.streets.edges
    on_the_move = dataclasses.replace(profile, push_speed_kmh=None)
    refused = edges[~np.logical_or(*on_the_move.allowed(edges, city.streets.nodes))]
    closed = {
        (frozenset((u, v)), round(metres, 2))
        for u, v, metres in zip(refused["u"], refused["v"], refused["length_m"], strict=True)
    }
    for tail, head, data in graph.edges(data=True):
        classes = {data["highway"]} if isinstance(data["highway"], str) else set(data["highway"])
        if "motorway" in classes or (profile.mode == "bike" and "steps" in classes):
            continue
        if profile.mode == "bike":
            metres_a_second = profile.push_speed_kmh / 3.6
            for ends in ((tail, head), (head, tail)):
                arcs.add_edge(*ends, seconds=data["length"] / metres_a_second)
            if "footway" in classes:
                continue
        if profile.refusals and (frozenset((tail, head)), round(data["length"], 2)) in closed:
            continue
        slower = profile.steps_factor if "steps" in classes else 1.0
        seconds = slower * data["length"] / (profile.speed_kmh / 3.6)
        arcs.add_edge(tail, head, seconds=seconds)
        if profile.mode == "walk":
            arcs.add_edge(head, tail, seconds=seconds)
    return arcs


def test_an_unsimplified_graph_gives_the_same_times(tmp_path: Path) -> None:
    simple, raw = (
        city_of_streets(osmnx_town(tmp_path, simplify=simplify)) for simplify in (True, False)
    )
    points = junctions(simple)
    one, other = (
        q15.travel_time_matrix(city, to=points, origins=points, profile="bike_65", dense=True)
        for city in (simple, raw)
    )
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_points_in_degrees_are_refused_with_the_mend(city: City) -> None:
    points = junctions(city)
    for wrong in (points.to_crs(4326), points.to_crs(3857)):
        with pytest.raises(InputError, match=r"origins: coordinates .* \.to_crs\(city\.crs\)"):
            q15.travel_times(city, to=points, origins=wrong, profile="walk_75")
        with pytest.raises(InputError, match=r"places: coordinates .* \.to_crs\(city\.crs\)"):
            q15.catchments(city, wrong, profile="walk_75")
        with pytest.raises(InputError, match=r"places: coordinates .* \.to_crs\(city\.crs\)"):
            city_of_streets(city.streets, places=wrong)


def test_it_says_what_it_was_made_of(graph: nx.MultiDiGraph, city: City) -> None:
    read = {"arcs": 27, "left_out": {}, "remarks": {}}
    assert city.provenance["streets"] == read | {"edges": 16, "oneway_edges": 5}
    assert city.provenance["vintages"] == {"streets": graph.graph["created_date"]}
    assert city.provenance["licence_line"] == LINE
    assert repr(city) == f"City('streets': {city.streets!r})"
    assert LINE in city._repr_html_()
    named = city_of_streets(city.streets, name="a town")
    assert named.name == "a town"
    assert named.streets is city.streets
    assert named.provenance == {"streets": {"edges": 16, "oneway_edges": 5}}


def test_places_get_the_columns_of_a_registry(city: City) -> None:
    points = junctions(city)[:2]
    bare = city_of_streets(city.streets, places=points.rename_geometry("point")).places
    assert bare[["id", "name"]].to_numpy().tolist() == [["1", "1"], ["5", "5"]]
    houses = points.assign(id=["x", "y"], name="Casa", network="houses", kind="ex_csrc")
    city = city_of_streets(city.streets, places=houses)
    assert city.houses["id"].tolist() == ["x", "y"]
    assert "2 places" in repr(city)
    areas = q15.catchments(city, "houses", profile="walk_75", minutes=5)
    assert areas["place_id"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ([(0, 0)], "places: a list without geometry"),
        (pd.DataFrame({"id": [1]}), "places: a DataFrame without geometry"),
        (gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]), "places: the table has no coordinate"),
        (
            gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=32632),
            "places, row 0, column geometry: the geometry is not a Point",
        ),
    ],
)
def test_places_that_are_no_points_are_refused(city: City, places: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        city_of_streets(city.streets, places=places)


def test_what_counts_people_is_refused(city: City) -> None:
    points = junctions(city)
    no_people = r"city: streets has no residents\. Mend: make it with City\.from_tables"
    with pytest.raises(InputError, match=no_people):
        coverage(city, to=points, profile="walk_75", by="city")
    with pytest.raises(InputError, match=no_people):
        q15.travel_times(city, to=points, profile="walk_75")
    with pytest.raises(InputError, match=no_people):
        q15.travel_time_matrix(city, to=points, profile="walk_75")
    with pytest.raises(InputError, match=no_people):
        city.require_groups(None)
    toy = draw_city("A---B")
    cover = coverage(toy, to="houses", profile="walk_75")
    with pytest.raises(InputError, match=no_people):
        find_gaps(city, cover)
    areas = q15.catchments(toy, "houses", profile="walk_75")
    with pytest.raises(InputError, match=no_people):
        city_map(city, coverage=cover, catchments=areas, profile="walk_75")
    with pytest.raises(ParameterError, match="the city has no zones"):
        Question.of(city)
    with pytest.raises(InputError, match="city: streets has no zones"):
        city.zones_named("nil")


@pytest.mark.parametrize("name", ["houses", "wemi", "places"])
def test_places_are_refused_by_name(city: City, name: str) -> None:
    with pytest.raises(InputError, match=f"places '{name}': streets has streets alone.*points"):
        city.places_named(name)


def test_it_can_be_looked_at(city: City) -> None:
    areas = q15.catchments(city, junctions(city)[:1], profile="walk_75", minutes=5)
    assert "5" in q15.explore(city, areas).get_root().render()


@pytest.mark.parametrize("profile", [None, *profiles.PROFILES])
def test_our_tables_are_a_graph_of_osmnx(profile: str | None) -> None:
    streets = draw_streets(TOWN)
    nodes, edges = junction_tables(streets, profile)
    made = ox.graph_from_gdfs(nodes, edges)
    ours = streets.to_networkx(None if profile is None else profiles.get(profile))
    assert set(made.edges(keys=True)) == set(ours.edges(keys=True))
    for arc in ours.edges(keys=True):
        assert made.edges[arc]["length"] == ours.edges[arc]["length"]
        assert made.edges[arc].get("travel_time") == ours.edges[arc].get("travel_time")
    assert {n: made.nodes[n]["x"] for n in made} == {n: ours.nodes[n]["x"] for n in ours}
    again = StreetNetwork.from_networkx(made)
    if profile is None or profile.startswith("walk"):
        assert len(again.edges) == len(streets.edges)
    _, arcs = ox.graph_to_gdfs(made)
    assert arcs.crs == streets.crs


def test_arcs_lead_where_their_lines_lead() -> None:
    rides = profiles.BIKE_ADULT.with_(push_speed_kmh=None)
    nodes, edges = junction_tables(draw_streets(TOWN), rides)
    for end, column in ((0, "from"), (-1, "to")):
        drawn = shapely.get_point(edges.geometry.array, end)
        assert (drawn == nodes.geometry[edges[column]].to_numpy()).all()
    assert edges.index.get_level_values("u").tolist() == edges["from"].tolist()
    assert (node("C"), node("B")) not in set(zip(edges["from"], edges["to"], strict=True))


def test_momepy_takes_streets_and_arcs(city: City) -> None:
    primal = momepy.gdf_to_nx(city.streets.edges)
    assert primal.number_of_edges() == len(city.streets.edges)
    assert nx.number_connected_components(primal) == 2
    metres = sorted(data["length_m"] for *_, data in primal.edges(data=True))
    assert metres == sorted(city.streets.edges["length_m"])
    _, edges = junction_tables(city.streets, "bike_adult")
    arcs = momepy.gdf_to_nx(edges.reset_index(drop=True), directed=True)
    assert arcs.number_of_edges() == len(edges)
    seconds = sorted(data["travel_time"] for *_, data in arcs.edges(data=True))
    assert seconds == sorted(edges["travel_time"])
    at = {shapely.Point(xy).wkb for xy in arcs}
    assert at == set(city.streets.nodes.geometry.loc[edges["from"]].to_wkb())


@pytest.mark.skipif(not importlib.util.find_spec("pandana"), reason=NEEDS_PANDANA)
@pytest.mark.parametrize("profile", profiles.PROFILES)
def test_pandana_finds_our_times(city: City, profile: str) -> None:
    import pandana

    nodes, edges = junction_tables(city.streets, profile)
    arcs = edges.reset_index(drop=True)
    network = pandana.Network(
        nodes["x"], nodes["y"], arcs["from"], arcs["to"], arcs[["travel_time"]], twoway=False
    )
    points = junctions(city, profile)
    origins, ends = np.repeat(points.index, len(points)), np.tile(points.index, len(points))
    seconds = network.shortest_path_lengths(origins, ends, imp_name="travel_time")
    ours = q15.travel_time_matrix(city, to=points, origins=points, profile=profile, dense=True)
    # pandana counts in thousandths, arc by arc.
    np.testing.assert_allclose(60 * ours.to_numpy().ravel(), seconds, atol=0.02)


def test_tables_of_nobody_are_refused() -> None:
    streets = draw_streets("A=B")
    with pytest.raises(InputError, match="none of the 1 edges may be used by bike_adult"):
        junction_tables(streets, "bike_adult")
    with pytest.raises(UnknownNameError, match="did you mean walk_75"):
        junction_tables(streets, "wolk_75")


def test_the_page_of_documentation_runs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_town(tmp_path / "town.osm")
    monkeypatch.chdir(tmp_path)
    page = (root / "docs" / "interchange.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        if "import pandana" in code and not importlib.util.find_spec("pandana"):
            continue
        exec(compile(code, "docs/interchange.md", "exec"), names)  # noqa: S102 (our own page)
    assert names["times"]["minutes"].between(1, 15).all()
    assert names["areas"]["area_km2"][0] > 0
    assert len(names["back"].edges) == len(names["city"].streets.edges)
    assert names["route"][0] == 1
    assert names["ridden"].number_of_edges() == len(names["edges"])
