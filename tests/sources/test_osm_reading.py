"""A network holds what the file holds: nothing is lost, joined or invented without a count."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from pyproj import Geod

from quartieri15.errors import InputError, MissingFileError
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.osm import read_pbf

CRS = "EPSG:32632"
DATA = Path(__file__).parents[1] / "data" / "osm"


def read(name: str, **options: object) -> tuple[StreetNetwork, dict]:
    return read_pbf(DATA / name, **{"crs": CRS, **options})


def ends(streets: StreetNetwork) -> list[tuple[int, int, int]]:
    edges = streets.edges
    return list(
        zip(edges["osm_way_id"].tolist(), edges["u"].tolist(), edges["v"].tolist(), strict=True)
    )


def walkable(streets: StreetNetwork) -> nx.MultiGraph:
    edges = streets.edges[streets.edges["foot"]]
    graph = nx.MultiGraph(zip(edges["u"], edges["v"], strict=True))
    graph.add_nodes_from(streets.nodes.index)
    return graph


def test_ways_are_split_where_they_meet():
    streets, report = read("crossing.osm")
    assert ends(streets) == [(10, 1, 2), (10, 2, 3), (11, 4, 2), (11, 2, 5)]
    assert streets.edges["name"].tolist() == ["Via Lunga", "Via Lunga", None, None]
    assert (report["ways_read"], report["edges"], report["nodes"]) == (2, 4, 5)
    assert report["km_read"] == report["km"]


def test_loops_twins_and_dead_ends_stay():
    streets, report = read("shapes.osm")
    assert ends(streets) == [
        (20, 1, 1),
        (21, 4, 5),
        (22, 4, 5),
        (23, 5, 7),
        (23, 7, 7),
        (24, 4, 10),
    ]
    assert shapely.get_num_coordinates(streets.edges.geometry.array).tolist() == [4, 2, 3, 2, 4, 3]
    assert report["holes"]["vertices_repeated"] == 2
    assert report["remarks"]["outline of an area, walked along its edge"]["ways"] == 1


def test_lengths_are_geodesics_on_the_ellipsoid():
    streets, _ = read("shapes.osm")
    geod = Geod(ellps="WGS84")
    expected = [geod.geometry_length(line) for line in streets.to_geographic().geometry]
    assert streets.edges["length_m"].to_numpy() == pytest.approx(np.array(expected), abs=1e-6)


def test_geometry_begins_and_ends_at_its_nodes():
    streets, _ = read("shapes.osm")
    for end, place in (("u", 0), ("v", -1)):
        at_line = shapely.get_coordinates(shapely.get_point(streets.edges.geometry.array, place))
        at_node = shapely.get_coordinates(streets.nodes.geometry.loc[streets.edges[end]].array)
        np.testing.assert_array_equal(at_line, at_node)


def test_a_hole_parts_the_way_and_is_counted():
    streets, report = read("cut_extract.osm")
    assert ends(streets) == [(30, 1, 2), (30, 4, 5), (33, 1, 7)]
    assert report["holes"] == {
        "ways_with_a_missing_node": 3,
        "vertices_missing": 3,
        "vertices_left_alone": 3,
        "vertices_repeated": 0,
        "ways_without_nodes": 0,
        "ways_with_one_node": 0,
        "nodes_without_a_place": 0,
        "steps_over_50_km": 0,
    }


def test_a_barrier_closed_to_walkers_cuts_and_every_other_does_not():
    streets, report = read("gates.osm")
    graph = walkable(streets)
    assert nx.has_path(graph, 1, 3)
    assert not nx.has_path(graph, 11, 13), "a private gate where one way ends and one begins"
    assert nx.has_path(graph, 21, 23), "a rider gets off at a stile"
    assert not nx.has_path(graph, 31, 33), "a wall across a way"
    assert nx.has_path(graph, 41, 43)
    assert nx.has_path(graph, 51, 54), "at a junction the map does not say which street is barred"
    assert report["barriers"] == {
        "closed_to_walkers": 4,
        "cut": 2,
        "at_a_junction_not_cut": 1,
        "closed_to_cycles_only_not_cut": 1,
    }


def test_barriers_and_kerbs_stand_on_the_nodes():
    streets, _ = read("gates.osm")
    nodes = streets.nodes
    assert nodes.loc[2, "barrier"] == "gate"
    assert (nodes.loc[42, "barrier"], nodes.loc[42, "kerb"]) == ("kerb", "lowered")
    twins = nodes[nodes.index < 0]
    assert twins["barrier"].tolist() == ["wall", "gate"]
    assert twins.geometry.tolist() == nodes.geometry.loc[[32, 12]].tolist()


def test_what_is_no_street_is_left_out_by_reason():
    streets, report = read("not_streets.osm")
    assert streets.edges["osm_way_id"].tolist() == [50, 54]
    assert {reason: part["ways"] for reason, part in report["left_out"].items()} == {
        "not built": 1,
        "not a way for walking or riding": 1,
        "unknown highway value": 1,
    }
    left_out = sum(part["km"] for part in report["left_out"].values())
    assert left_out + report["km"] == pytest.approx(report["km_read"], abs=0.002)


def test_a_motorway_stays_closed_to_both():
    streets, report = read("not_streets.osm")
    motorway = streets.edges.iloc[0]
    assert not motorway[["foot", "bicycle_forward", "bicycle_backward"]].any()
    assert report["walkable"]["km"] < report["km"]


def test_tags_that_no_rule_reads_are_not_kept():
    streets, report = read("not_streets.osm")
    told = streets.edges.to_json() + json.dumps(report)
    assert "phone" not in told
    assert "+39" not in told


def test_an_area_keeps_the_edges_that_touch_it_uncut():
    whole, _ = read("crossing.osm")
    north = gpd.GeoSeries([shapely.box(9.1905, 45.4635, 9.1915, 45.4645)], crs="EPSG:4326")
    part, report = read("crossing.osm", area=north)
    assert ends(part) == [(10, 1, 2)]
    assert part.edges.geometry.iloc[0].equals(whole.edges.geometry.iloc[0])
    assert set(part.nodes.index) == {1, 2}
    assert report["outside_area_km"] == pytest.approx(report["km_read"] - report["km"], abs=0.002)


def test_without_a_crs_the_zone_of_the_streets_is_taken():
    streets, _ = read("crossing.osm", crs=None)
    assert streets.crs == CRS


def test_a_network_read_survives_networkx():
    streets, _ = read("shapes.osm")
    again = StreetNetwork.from_networkx(streets.to_networkx())
    assert sorted(ends(again)) == sorted(ends(streets))
    assert again.length_km == pytest.approx(streets.length_km)


def write_pbf(path: Path, count: int = 20_000) -> None:
    import osmium

    with osmium.SimpleWriter(path) as writer:
        for i in range(count):
            writer.add_node(
                osmium.osm.mutable.Node(id=i + 1, location=(9.0 + i * 1e-6, 45.4 + i % 7 * 1e-4))
            )
        for i in range(1, count, 2):
            writer.add_way(
                osmium.osm.mutable.Way(
                    id=i, nodes=[i, i + 1], tags={"highway": "path", "name": f"Sentiero {i}"}
                )
            )


def test_a_pbf_says_the_same_as_the_text_format(tmp_path):
    import osmium

    with osmium.SimpleWriter(tmp_path / "shapes.osm.pbf") as writer:
        for thing in osmium.FileProcessor(DATA / "shapes.osm"):
            writer.add(thing)
    text, told = read("shapes.osm")
    binary, told_too = read_pbf(tmp_path / "shapes.osm.pbf", crs=CRS)
    assert binary.edges.equals(text.edges)
    assert {**told_too, "file": ""} == {**told, "file": ""}


def test_a_pbf_cut_off_is_refused(tmp_path):
    whole, cut = tmp_path / "whole.osm.pbf", tmp_path / "cut.osm.pbf"
    write_pbf(whole)
    assert len(read_pbf(whole, crs=CRS)[0].edges) == 10_000
    data = whole.read_bytes()
    for share in (0.1, 0.5, 0.95):
        cut.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(InputError, match=r"cut\.osm\.pbf.*cannot be read"):
            read_pbf(cut)


def test_a_missing_file_is_named():
    with pytest.raises(MissingFileError, match=re.escape("nowhere.osm.pbf")):
        read_pbf("nowhere.osm.pbf")


@pytest.mark.parametrize("name", ["table.csv", "table.osm", "table.osm.pbf", "table.osm.gz"])
def test_a_file_of_another_format_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="cannot be read as OpenStreetMap data"):
        read_pbf(path)


def test_a_file_without_streets_is_refused():
    with pytest.raises(InputError, match="no way with a highway tag"):
        read("no_streets.osm")
    with pytest.raises(InputError, match="none of its ways is a street that exists"):
        read("only_planned.osm")


def test_a_file_of_ways_without_nodes_is_refused(tmp_path):
    path = tmp_path / "ways.osm"
    path.write_text(
        '<osm version="0.6"><way id="1" version="1"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="path"/></way></osm>'
    )
    with pytest.raises(InputError, match="not the nodes"):
        read_pbf(path)


def test_an_area_elsewhere_is_refused():
    roma = gpd.GeoSeries([shapely.box(12.4, 41.8, 12.6, 42.0)], crs="EPSG:4326")
    with pytest.raises(InputError, match=r"no street touches the area.*9\.190.*45\.46"):
        read("crossing.osm", area=roma)
    with pytest.raises(InputError, match="no coordinate reference system"):
        read("crossing.osm", area=gpd.GeoSeries([shapely.box(9, 45, 10, 46)]))


@pytest.fixture(scope="module")
def centro(sources) -> tuple[StreetNetwork, dict]:
    """An extract with every tag, counted by eye in the raw file."""
    path = sources / "osm" / "centro-2019.osm.gz"
    if not path.is_file():
        pytest.skip("the extract of the centre is not among the raw files")
    return read_pbf(path, crs=CRS)


def test_centro_keeps_every_way(centro):
    streets, report = centro
    # Ways with highway, platforms of trams, and the outline of a square, a relation.
    assert report["ways_read"] == 318 + 2 + 1 == streets.edges["osm_way_id"].nunique()
    assert report["left_out"] == {}
    assert report["areas"]["relations_read"] == 1


def test_centro_has_twenty_ways_closed_to_walkers(centro):
    streets, report = centro
    assert report["remarks"]["closed to walkers by access or foot"]["ways"] == 20
    closed = set(streets.edges.loc[~streets.edges["foot"], "osm_way_id"])
    assert len(closed) == 20
    # access=private; access=no; a footway with access=no.
    assert {275479719, 186120834, 330804885} <= closed
    # access=no foot=yes; access=no foot=permissive; access=customers.
    assert not {137134716, 613151154, 429719350} & closed


def test_centro_lets_bicycles_follow_their_own_tags(centro):
    edges = centro[0].edges.drop_duplicates("osm_way_id").set_index("osm_way_id")
    ridden = edges[["bicycle_forward", "bicycle_backward"]].apply(tuple, axis=1)
    assert ridden[27240617] == (True, False), "vehicle=private bicycle=yes oneway=yes"
    assert ridden[194011456] == (True, False), "access=no bicycle=yes oneway=yes"
    assert ridden[274791803] == (False, False), "bicycle=no"
    assert ridden[189272426] == (True, True), "a footway with bicycle=yes"
    assert ridden[137134716] == (False, False), "access=no foot=yes"


def test_centro_has_eight_ways_with_painted_lanes(centro):
    edges = centro[0].edges
    assert edges.loc[edges["cycle_facility"] == "lane", "osm_way_id"].nunique() == 8


def test_centro_has_kerbs_and_barriers_as_tagged(centro):
    nodes = centro[0].nodes
    kerbs = nodes["kerb"].value_counts().to_dict()
    assert kerbs == {"lowered": 39, "yes": 15, "flush": 10, "lowerd": 2}
    # A gate tagged access=no and one tagged private stand between two pieces or at an end.
    assert centro[1]["barriers"]["closed_to_walkers"] == 3
    assert centro[1]["barriers"]["cut"] == 2


def test_centro_says_what_it_does_not_carry(centro):
    assert set(centro[1]["losses"]) == {"motorroad", "junction", "layer", "tracktype", "kerb"}


def test_a_coarse_extract_says_what_it_lost(sources):
    path = sources / "osm" / "milano-2022.osm.pbf"
    if not path.is_file():
        pytest.skip("the extract of 2022 is not among the raw files")
    streets, report = read_pbf(path, crs=CRS)
    assert len(streets.edges) == report["ways_read"] == 212_572
    assert report["km"] == pytest.approx(9_659, abs=1)
    assert report["walkable"]["largest_component"] == pytest.approx(0.982, abs=0.001)
    lost = {tag for tags in report["losses"] for tag in tags.split(", ")}
    assert {"access", "foot", "bicycle", "oneway:bicycle", "surface", "kerb", "maxspeed"} <= lost
    doubtful = report["remarks"]["cycleway or track, the file does not say which"]
    assert doubtful["ways"] == 2957
