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
    build_streets,
    read_streets,
    ring_km,
    write_streets,
)
from quartieri15.errors import InputError, MissingFileError
from quartieri15.model.streets import StreetNetwork
from tests.ascii_city import CRS, ORIGIN, draw_streets

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


def test_the_ring_is_measured_side_by_side():
    x, y = ORIGIN
    streets = draw_streets("A-B-C-D\nE-F-G-H\nI-J-K-L", cell=1000.0)
    city = shapely.box(x + 1000, y - 1900, x + 5500, y - 300)
    assert ring_km(streets, city) == {
        "west": {"median": 1.0, "narrowest": 1.0},
        "south": {"median": 0.1, "narrowest": 0.1},
        "east": {"median": 0.5, "narrowest": 0.5},
        "north": {"median": 0.3, "narrowest": 0.3},
    }


@pytest.fixture(scope="module")
def built(sources):
    for name in ("osm/milano-2022.osm.pbf", "comune/ds60.bike_ciclabili.geojson"):
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
    assert (len(streets.nodes), len(streets.edges)) == (147_833, 212_572)
    assert report["walkable"]["largest_component"] == pytest.approx(0.982, abs=0.001)
    assert report["bike_lanes"]["lanes"]["km"] == pytest.approx(232.2, abs=0.1)
    assert report["bike_lanes"]["lanes"]["matched_km"] > 210
    assert report["left_out"] == {}


def test_the_ring_of_milano_is_narrower_than_four_kilometres(built):
    ring = built[1]["ring_km"]
    assert {side for side, km in ring.items() if km["narrowest"] < 2} == {"west", "south", "north"}
    assert ring["east"]["narrowest"] == pytest.approx(3.9, abs=0.1)


def test_the_stored_edition_is_what_the_raw_files_give(built, root):
    embedded = root / "data" / "milano" / "streets.parquet"
    assert_same(read_streets(embedded), built[0])
