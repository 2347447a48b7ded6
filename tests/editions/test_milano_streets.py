"""The network that is analysed is the one that is stored; its bytes follow from it alone."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.editions.milano_streets import (
    COVERED,
    COVERED_BEYOND,
    LANES,
    MUNICIPI,
    RING_KM,
    STREETS,
    STREETS_BEYOND,
    build_barriers,
    build_streets,
    covered_area,
    ring_km,
)
from quartieri15.editions.stored_streets import read_streets, write_streets
from quartieri15.errors import InputError, MissingFileError
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources import comune
from tests.ascii_city import CRS, draw_streets

TOWN = """
A--B>>C
|  |  =
D<<E--F
"""
LOOP = {"u": "C", "v": "C", "through": [(512_200.004, 5_034_000.0), (512_200.0, 5_033_900.0)]}
TWIN = {"u": "A", "v": "B", "through": [(512_015, 5_034_050)], "length_m": 123.4567}
TOLD_OF_THE_TWIN = {
    "name": "Via dell’Arco",
    "highway": "pedestrian",
    "osm_way_id": 2**40,
    "bridge": True,
    "layer": -1,
    "cycle_facility": "lane",
    "stress": 2.0,
    "grade": 0.0625,
    "surface": "sett",
    "incline": "up",
    "kerb": "lowered",
    "lit": "yes",
    "maxspeed_kmh": 30.0,
}


def town() -> StreetNetwork:
    streets = draw_streets(TOWN, extra=[LOOP, TWIN])
    edges = streets.edges.astype(dict.fromkeys(TOLD_OF_THE_TWIN, object))
    for column, value in TOLD_OF_THE_TWIN.items():
        edges.loc[len(edges) - 1, column] = value
    kerb = pd.Series([None] * 6, index=streets.nodes.index, dtype=object)
    kerb.loc[2] = "flush"
    return StreetNetwork.from_tables(streets.nodes.assign(kerb=kerb), edges)


def through_a_file(streets: StreetNetwork, path) -> StreetNetwork:
    write_streets(streets, path)
    return read_streets(path)


def assert_same(one: StreetNetwork, other: StreetNetwork) -> None:
    assert_geodataframe_equal(one.edges, other.edges)
    assert_geodataframe_equal(one.nodes, other.nodes)
    assert one.crs == other.crs


def test_what_is_read_is_written_again_to_the_same_bytes(tmp_path):
    stored = through_a_file(town(), tmp_path / "one.parquet")
    again = through_a_file(stored, tmp_path / "two.parquet")
    assert_same(again, stored)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_nothing_is_lost_but_what_is_finer_than_a_centimetre(tmp_path):
    streets = town()
    stored = through_a_file(streets, tmp_path / "streets.parquet")
    rounded = ["length_m", "geometry"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(stored.edges.drop(columns=rounded)).astype(object),
        pd.DataFrame(streets.edges.drop(columns=rounded)).astype(object),
        check_dtype=False,
        check_like=True,
    )
    assert stored.nodes["kerb"].dropna().to_dict() == {2: "flush"}
    lengths = stored.edges["length_m"] - streets.edges["length_m"]
    assert lengths.abs().max() <= 0.0005
    moved = shapely.get_coordinates(stored.edges.geometry.array) - shapely.get_coordinates(
        streets.edges.geometry.array
    )
    assert 0 < np.abs(moved).max() <= 0.005 + 1e-9


def test_what_is_read_passes_the_door_unchanged(tmp_path):
    stored = through_a_file(town(), tmp_path / "streets.parquet")
    assert_same(StreetNetwork.from_tables(stored.nodes, stored.edges), stored)


@given(
    xy=st.lists(
        st.tuples(st.floats(4e5, 6e5), st.floats(4.9e6, 5.2e6)), min_size=2, max_size=6, unique=True
    ),
    length=st.floats(0, 1e5),
)
@settings(max_examples=50)
def test_rounding_once_is_rounding_for_good(xy, length, tmp_path_factory):
    line = shapely.LineString(xy)
    nodes = gpd.GeoDataFrame(
        geometry=[shapely.Point(xy[0]), shapely.Point(xy[-1])],
        index=pd.Index([-5, 2**50], name="node_id"),
        crs=CRS,
    )
    edge = draw_streets("A-B").edges.assign(u=-5, v=2**50, length_m=length).set_geometry([line])
    folder = tmp_path_factory.mktemp("rounding")
    once = through_a_file(
        StreetNetwork.from_tables(nodes, edge.set_crs(CRS)), folder / "once.parquet"
    )
    assert_same(through_a_file(once, folder / "twice.parquet"), once)


def test_a_node_without_a_street_is_not_lost_silently(tmp_path):
    streets = town()
    without = StreetNetwork(nodes=streets.nodes, edges=streets.edges.iloc[:2])
    with pytest.raises(InputError, match="belong to no edge"):
        write_streets(without, tmp_path / "streets.parquet")
    assert not (tmp_path / "streets.parquet").exists()


def test_a_file_that_is_not_there_or_not_ours_is_refused(tmp_path):
    with pytest.raises(MissingFileError, match=r"streets\.parquet"):
        read_streets(tmp_path / "streets.parquet")
    whole, cut, other = (tmp_path / name for name in ("whole", "cut", "other"))
    write_streets(town(), whole)
    cut.write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_streets(cut)
    pd.DataFrame({"a": [1]}).to_parquet(other)
    with pytest.raises(InputError, match="does not say it is 'quartieri15 streets 1'"):
        read_streets(other)


def test_the_ring_is_measured_from_the_border_outwards():
    # Seen every 10 m, the corners counting with the one side they belong to.
    city = shapely.box(0, 0, 10_000, 10_000)
    covered = shapely.box(-5_000, -1_000, 13_000, 14_000)
    assert ring_km(covered, city) == {
        "narrowest_km": 1.0,
        # All of the south and the east, and the ends of the west and the north beside them.
        "border_km_below": pytest.approx(10 + 10 + 3 + 1, abs=0.05),
        "north": {"narrowest_km": 3.01, "median_km": 4.0},
        "east": {"narrowest_km": 1.01, "median_km": 3.0},
        "south": {"narrowest_km": 1.0, "median_km": 1.0},
        "west": {"narrowest_km": 1.0, "median_km": 5.0},
    }


@pytest.fixture(scope="module")
def built(sources):
    for name in (STREETS, STREETS_BEYOND, LANES):
        if not (sources / name).is_file():
            pytest.skip(f"{name} is not among the raw files")
    return build_streets(sources)


def test_milano_is_stored_as_it_was_built(built, tmp_path):
    streets, report = built
    path = tmp_path / "streets.parquet"
    assert_same(through_a_file(streets, path), streets)
    assert path.stat().st_size < 14e6
    assert json.loads(json.dumps(report)) == report


def test_milano_holds_together(built):
    streets, report = built
    assert report["before"]["edges"] == 212_572
    assert (len(streets.nodes), len(streets.edges)) == (170_753, 243_733)
    for totals in (report["before"], report):
        assert totals["walkable"]["largest_component"] == pytest.approx(0.982, abs=0.001)
    assert report["bike_lanes"]["lanes"]["km"] == pytest.approx(232.2, abs=0.1)
    assert report["bike_lanes"]["lanes"]["matched_km"] > 210
    assert report["left_out"] == {}


def test_the_two_extracts_make_one_network(built, sources):
    streets, report = built
    beyond = report["beyond"]
    assert beyond["kept_km"] + beyond["cut_off_km"] == pytest.approx(
        report["before"]["km"], abs=0.1
    )
    assert beyond["kept_km"] + beyond["added_km"] == pytest.approx(report["km"], abs=0.1)
    assert beyond["joined"]["ends"] == 656
    assert beyond["joined"]["of_another_highway_class"] == 24
    assert beyond["joined"]["median_gap_m"] < 0.2
    assert sum(beyond["unjoined"]["inside"].values()) == 61
    assert sum(beyond["unjoined"]["outside"].values()) == 7
    lines, seam = streets.edges.geometry.to_numpy(), covered_area(COVERED)
    # Corners are stored to whole centimetres; what runs along the seam may lie on it.
    inside = shapely.contains(seam.buffer(0.02), lines)
    assert not shapely.intersects(seam.buffer(-0.02), lines[~inside]).any()
    assert (~inside).sum() == beyond["added_edges"]
    city = comune.read_municipi(sources / MUNICIPI, crs=CRS).union_all()
    assert city.distance(seam.boundary) > 745


@pytest.mark.parametrize("box", [COVERED, COVERED_BEYOND])
def test_the_streets_reach_the_edge_of_what_is_said_to_be_covered(built, box):
    """Streets cross every kilometre of the rim, or come as near to it as fields let them."""
    rim = covered_area(box).exterior
    points = shapely.line_interpolate_point(rim, np.arange(0, rim.length, 1000))
    _, away = built[0].edges.sindex.nearest(points, return_all=False, return_distance=True)
    assert np.median(away) < 100
    assert away.max() < 900


def test_the_ring_of_milano_is_four_kilometres_wide_but_for_two_stretches(built):
    before, after = built[1]["ring_km"]["before"], built[1]["ring_km"]["after"]
    assert before["narrowest_km"] == before["south"]["narrowest_km"] == 0.75
    assert after["narrowest_km"] == after["north"]["narrowest_km"] == 3.55
    assert after["south"]["narrowest_km"] == 3.84
    assert min(after[side]["narrowest_km"] for side in ("east", "west")) > RING_KM
    assert after["border_km_below"] == pytest.approx(3.9, abs=0.1)


def test_the_stored_edition_is_what_the_raw_files_give(built, root):
    embedded = root / "data" / "milano" / "streets.parquet"
    assert_same(read_streets(embedded), built[0])


def test_the_barriers_of_the_edition_are_those_of_its_raw_files(sources, milano):
    barriers, report = build_barriers(sources, milano.streets)
    again, _ = build_barriers(sources, milano.streets)
    assert_geodataframe_equal(again, barriers)
    stored = milano.streets.barriers
    assert stored["kind"].astype(str).tolist() == barriers["kind"].tolist()
    assert stored.geometry.to_wkb().tolist() == barriers.geometry.to_wkb().tolist()
    told = milano.provenance["left_out"]["barriers"]
    assert told == json.loads(json.dumps(report))
    assert told["not_in_the_raw_files"] == ["railway tracks", "watercourses", "fences and walls"]


def test_the_railways_of_milano_are_barriers_and_its_motorways(milano):
    barriers = milano.streets.barriers
    km = barriers.length.groupby(barriers["kind"].astype(str)).sum() / 1000
    assert km["railway"] == pytest.approx(71.4, abs=0.5)
    assert km["motorway"] > 200
    # The line of the Cintura at Greco, the station of Lambrate, and Porta Genova.
    for x, y in ((515_950, 5_038_420), (518_650, 5_036_000), (513_230, 5_033_350)):
        near = barriers[barriers["kind"] == "railway"].distance(shapely.Point(x, y)).min()
        assert near < 60, (x, y)


def test_the_barriers_that_are_read_pass_the_door_unchanged(milano):
    stored = milano.streets.barriers
    checked = milano.streets.with_barriers(stored, keep=False).barriers
    assert_geodataframe_equal(checked, stored)


def test_land_use_without_railways_is_refused(tmp_path, milano):
    (tmp_path / "osm").mkdir()
    # As many as published, so that nothing seems cut.
    school = [shapely.box(9.1, 45.4, 9.2, 45.5)] * 10_398
    land = gpd.GeoDataFrame({"class": ["school"] * len(school)}, geometry=school)
    land.set_crs(4326).to_parquet(tmp_path / "osm" / "landuse-2021.parquet")
    with pytest.raises(InputError, match="railway: 0 are in the file and 168 are stated"):
        build_barriers(tmp_path, milano.streets)
