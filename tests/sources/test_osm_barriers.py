"""Only what nobody crosses is a barrier: not a tram, not a culvert, not what one passes beneath."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from quartieri15.errors import InputError, MissingFileError
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.osm.barriers import SHORTEST_M, middle_lines, motorways, read_barriers
from tests.ascii_city import CRS, draw_streets


@pytest.fixture
def file(root):
    return root / "tests" / "data" / "osm" / "barriers.osm"


def land(*shapes: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs=CRS)


def test_open_railways_rivers_and_canals_are_read(file):
    barriers, report = read_barriers(file, crs=CRS)
    assert barriers["osm_way_id"].tolist() == [10, 20, 30]
    assert barriers["kind"].tolist() == ["railway", "canal", "river"]
    assert barriers.crs == CRS
    # A thousandth of a degree of longitude at 45.46 degrees north.
    assert barriers.length.iloc[0] == pytest.approx(78.2, abs=0.1)
    assert report["km"] == pytest.approx({"canal": 0.078, "railway": 0.078, "river": 0.136})


def test_what_is_left_out_is_counted(file):
    _, report = read_barriers(file)
    assert report["left_out"] == {
        "in a tunnel or covered": 2,
        "on a bridge": 1,
        "railway=disused": 1,
        "railway=tram": 1,
        "waterway=stream": 1,
        "without its nodes": 1,
    }


def test_what_is_read_goes_into_a_network(file):
    barriers, _ = read_barriers(file, crs=CRS)
    assert len(draw_streets("A-B").with_barriers(barriers).barriers) == 3


def test_a_file_without_barriers_is_an_empty_table(root):
    streets_only = root / "tests" / "data" / "osm" / "crossing.osm"
    barriers, report = read_barriers(streets_only, crs=CRS)
    assert (len(barriers), report["km"], report["left_out"]) == (0, {}, {})
    assert not any(report["holes"].values())
    assert len(draw_streets("A-B").with_barriers(barriers).barriers) == 0
    with pytest.raises(InputError, match="no railway, river or canal"):
        read_barriers(streets_only)


def test_files_that_cannot_be_read_are_told(tmp_path):
    with pytest.raises(MissingFileError, match="no such file"):
        read_barriers(tmp_path / "none.osm.pbf")
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"\x00\x01 no map")
    with pytest.raises(InputError, match="cannot be read as OpenStreetMap"):
        read_barriers(broken)


@given(st.integers(10, 60), st.integers(300, 2000), st.integers(0, 359))
@example(27, 2000, 29)  # So many points on one line stopped the diagram once.
def test_the_middle_of_a_corridor_is_in_its_middle(wide, long, turned):
    corridor = shapely.box(512_000, 5_034_000, 512_000 + long, 5_034_000 + wide)
    axis = shapely.LineString(
        [(512_000, 5_034_000 + wide / 2), (512_000 + long, 5_034_000 + wide / 2)]
    )
    about = corridor.centroid
    from shapely.affinity import rotate

    lines, report = middle_lines(land(rotate(corridor, turned, origin=about)))
    assert len(lines) == 1
    assert lines.geometry.iloc[0].hausdorff_distance(rotate(axis, turned, origin=about)) < 2 * wide
    off = shapely.get_coordinates(shapely.segmentize(lines.geometry.iloc[0], 5.0))
    turned_axis = rotate(axis, turned, origin=about)
    # The points of the rim stand 5 m apart, so the middle is found to a few metres.
    assert max(turned_axis.distance(shapely.Point(xy)) for xy in off) < 4.5
    assert report["km"] == pytest.approx(lines.length.sum() / 1000, abs=5e-4)


def test_a_corridor_in_two_tiles_is_one():
    one, two = shapely.box(0, 0, 500, 20), shapely.box(500.5, 0, 1000, 20)
    lines, report = middle_lines(land(one, two))
    assert (len(lines), report["pieces"]) == (1, 1)


def test_a_junction_branches_and_a_hole_is_passed_on_both_sides():
    fork = shapely.box(0, 0, 1000, 20).union(shapely.box(490, 0, 510, 600))
    assert len(middle_lines(land(fork))[0]) == 3
    hole = shapely.box(0, 0, 1000, 100) - shapely.box(300, 40, 700, 60)
    lines, _ = middle_lines(land(hole))
    cut = shapely.LineString([(500, -10), (500, 110)])
    assert sum(lines.intersects(cut)) == 2


def test_land_that_is_no_corridor_has_no_middle_and_is_counted():
    lines, report = middle_lines(land(shapely.box(0, 0, 100, 90)))
    assert (len(lines), report["km"]) == (0, 0.0)
    short, report = middle_lines(land(shapely.box(0, 0, SHORTEST_M + 10, 10)))
    assert (len(short), report["left_out_short"]) == (0, 1)
    with pytest.raises(InputError, match="no coordinate reference system"):
        middle_lines(gpd.GeoSeries([shapely.box(0, 0, 1, 1)]))


def test_motorways_are_barriers_where_they_run_on_the_ground():
    streets = draw_streets("A-B-C-D-E-F-G")
    motorway = {"highway": "motorway", "foot": False, "bridge": False, "tunnel": False}
    told = [
        motorway,
        motorway | {"bridge": True},
        motorway | {"tunnel": True},
        motorway | {"highway": "motorway_link"},
        motorway | {"highway": "trunk"},
        motorway | {"foot": True},
    ]
    columns = {column: [one[column] for one in told] for column in motorway}
    edges = streets.edges.assign(**columns, osm_way_id=range(7, 13))
    table = motorways(StreetNetwork.from_tables(streets.nodes, edges))
    assert table["osm_way_id"].tolist() == [7]
    assert table.geometry.tolist() == [edges.geometry.iloc[0]]
    assert streets.with_barriers(table).barriers["kind"].tolist() == ["motorway"]
