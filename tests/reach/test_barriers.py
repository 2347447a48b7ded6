"""Nobody is put across a railway or a canal if a street on this side is near, or it is told."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import ParameterError
from quartieri15.model import profiles
from quartieri15.reach.graph import TravelGraph, travel_graph
from quartieri15.reach.snapping import BARRIER_DETOUR_M, STATUSES, snap
from quartieri15.reach.times import travel_times
from tests.ascii_city import CRS, ORIGIN, draw_city, draw_streets
from tests.reach.towns import towns
from tests.reach.walls import rule

# The canal runs along row 1.5; C--D--E is a bridge over it.
CANAL = """
A-----B--C--F
.........|..|
.........|..|
G-----H--E--I
"""

CUT = [(-90, 1), (40.5, 1)]


def at(*cells: tuple[float, float]) -> np.ndarray:
    """Coordinates of (column, row) in a drawing."""
    return np.array([(ORIGIN[0] + 10 * x, ORIGIN[1] - 10 * y) for x, y in cells])


def lines(*drawn: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    walls = [shapely.LineString(at(*cells)) for cells in drawn]
    return gpd.GeoDataFrame(geometry=walls, crs=CRS).assign(kind="canal")


def walk(picture: str, *drawn: list[tuple[float, float]]) -> TravelGraph:
    streets = draw_streets(picture).with_barriers(lines(*drawn))
    return TravelGraph.build(streets, profiles.WALK_ADULT)


def said(snapped) -> list[str]:
    return [STATUSES[code] for code in snapped.status]


def there(graph: TravelGraph, snapped) -> np.ndarray:
    """Where the points stand, in cells of the drawing."""
    places = shapely.line_interpolate_point(
        graph.lines.lines[snapped.edge], snapped.fraction, normalized=True
    )
    return (shapely.get_coordinates(places) - ORIGIN) / (10, -10)


corner = st.tuples(st.integers(-3, 13), st.integers(-3, 13)).map(
    lambda cell: (ORIGIN[0] + 20.0 * cell[0], ORIGIN[1] + 20.0 * cell[1])
)
barriers = st.lists(
    st.lists(corner, min_size=2, max_size=4)
    .map(shapely.LineString)
    .filter(lambda line: line.length > 0),
    min_size=1,
    max_size=4,
)
anywhere = st.tuples(st.integers(-150, 350), st.integers(-150, 350))
on_the_lattice = st.tuples(st.integers(-5, 15), st.integers(-5, 15)).map(
    lambda cell: (20 * cell[0], 20 * cell[1])
)


@given(
    towns(),
    barriers,
    st.lists(anywhere | on_the_lattice, min_size=1, max_size=6),
    st.sampled_from([0.0, 20.0, 100.0]),
    st.sampled_from([90.0, 1000.0]),
)
@settings(max_examples=120)
def test_every_point_stands_where_the_rule_says(town, walls, offsets, detour_m, most):
    table = gpd.GeoDataFrame(geometry=walls, crs=CRS)
    graph = travel_graph(town.streets.with_barriers(table), profiles.BIKE_ADULT)
    xy = np.array(offsets, dtype=float) + ORIGIN
    snapped = snap(graph, xy, role="end", max_distance_m=most, barrier_detour_m=detour_m)
    main = graph.enters_main
    for i, point in enumerate(xy.tolist()):
        expected = rule(
            tuple(point),
            list(graph.lines.lines[main]),
            list(graph.lines.lines[~main]),
            walls,
            max_distance_m=most,
            detour_m=detour_m,
        )
        if expected is None:
            assert said(snapped)[i] == "no_street"
            continue
        assert snapped.distance_m[i] == pytest.approx(expected.distance_m, abs=1e-6)
        assert snapped.nearest_m[i] == pytest.approx(expected.nearest_m, abs=1e-6)
        assert snapped.across_barrier[i] == expected.across
        moved = expected.distance_m > expected.nearest_m + 1e-6
        assert snapped.barrier_passed_over[i] == moved
        assert main[snapped.edge[i]] == (not expected.fragment)
        if not expected.tie:
            assert snapped.passed_over[i] == expected.fragment_nearer
            assert said(snapped)[i] == (
                "on_fragment"
                if expected.fragment
                else "across_barrier"
                if expected.across
                else "far"
                if expected.distance_m > 250
                else "barrier_passed_over"
                if moved
                else "fragment_passed_over"
                if expected.fragment_nearer
                else "ok"
            )


@given(towns(), st.lists(anywhere, min_size=1, max_size=6))
@settings(max_examples=30)
def test_barriers_that_nobody_meets_change_nothing(town, offsets):
    xy = np.array(offsets, dtype=float) + ORIGIN
    far_off = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(500_000, 5_030_000), (500_010, 5_030_000)])], crs=CRS
    )
    bare = travel_graph(town.streets, profiles.WALK_ADULT)
    walled = travel_graph(town.streets.with_barriers(far_off), profiles.WALK_ADULT)
    one, other = snap(bare, xy, role="start"), snap(walled, xy, role="start")
    for column in ("edge", "fraction", "distance_m", "status", "passed_over"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))


def test_a_nearer_street_across_the_canal_is_passed_over_and_told():
    graph = walk(CANAL, [(-5, 1.5), (20, 1.5)])
    snapped = snap(graph, at((3, 1.6), (3, 1.4)), role="start")
    assert said(snapped) == ["ok", "ok"]
    # With the canal near the lower bank, the upper street is the farther one.
    graph = walk(CANAL, [(-5, 2.5), (20, 2.5)])
    snapped = snap(graph, at((3, 2.4), (3, 2.6)), role="start")
    assert said(snapped) == ["barrier_passed_over", "ok"]
    assert snapped.distance_m.tolist() == pytest.approx([24, 4])
    assert snapped.nearest_m.tolist() == pytest.approx([6, 4])
    assert there(graph, snapped) == pytest.approx(np.array([(3, 0), (3, 3)]))


def test_where_no_other_street_is_near_the_nearest_is_kept_and_told():
    graph = walk("A-----B", [(-5, 1), (20, 1)])
    point = at((3, 2))
    assert said(snap(graph, point, role="start")) == ["across_barrier"]
    # Farther than far: the graver of the two is told.
    assert said(snap(graph, at((3, 30)), role="start")) == ["across_barrier"]
    around = walk("A-----B\n.     |\n.     |\n.     |\nC-----D", [(-5, 1), (5, 1)])
    snapped = snap(around, at((1, 1.2)), role="start", barrier_detour_m=15.9)
    assert said(snapped) == ["across_barrier"]
    assert snapped.distance_m.tolist() == pytest.approx([12])
    snapped = snap(around, at((1, 1.2)), role="start", barrier_detour_m=16)
    assert said(snapped) == ["barrier_passed_over"]
    assert snapped.distance_m.tolist() == pytest.approx([28])


def test_the_longest_detour_is_the_stated_one():
    wide = "A" + 40 * "-" + "B"
    side = 41 * " " + "|"
    graph = walk("\n".join([wide, *[side] * 20, wide.replace("A", "C").replace("B", "D")]), CUT)
    rows = np.array([5.4, 5.5, 5.6])
    nearest, farther = 10 * rows, 210 - 10 * rows
    assert (farther - nearest <= BARRIER_DETOUR_M).tolist() == [False, True, True]
    snapped = snap(graph, at(*[(5, row) for row in rows]), role="start")
    assert said(snapped) == ["across_barrier", "barrier_passed_over", "barrier_passed_over"]
    assert snapped.distance_m.tolist() == pytest.approx([54, 155, 154])


def test_of_a_bridge_the_half_on_this_side_counts():
    # The bridge slants, so that the point nearest to the person lies on the other bank.
    slanted = draw_streets(
        "A..........B", extra=[{"u": "A", "v": "B", "through": [(ORIGIN[0] + 60, ORIGIN[1] - 60)]}]
    )
    canal = lines([(-20, 3), (20, 3)])
    graph = TravelGraph.build(slanted.with_barriers(canal), profiles.WALK_ADULT)
    snapped = snap(graph, at((2, 2.5), (2, 3.4)), role="start")
    bare = TravelGraph.build(slanted, profiles.WALK_ADULT)
    freely = snap(bare, at((2, 2.5), (2, 3.4)), role="start")
    assert there(bare, freely)[1, 1] < 3
    assert said(snapped) == ["ok", "barrier_passed_over"]
    # It ends on the bridge where the bridge crosses the canal.
    assert there(graph, snapped)[1] == pytest.approx((3, 3))


def test_whoever_stands_on_a_barrier_or_a_street_that_ends_there_crosses_nothing():
    graph = walk("A-----B", [(3, 0), (3, 9)], [(-5, 2), (2, 2)])
    on_canal, at_street, beside = at((3, 4)), at((3, 0)), at((0, 2))
    assert said(snap(graph, np.vstack([on_canal, at_street, beside]), role="start")) == ["ok"] * 3


def test_a_barrier_in_two_pieces_has_no_gap():
    joint = [(3, 1), (-9, 1)], [(3, 1), (9, 1)]
    graph = walk("A-----B", *joint)
    assert said(snap(graph, at((3, 2)), role="start")) == ["across_barrier"]
    corner = walk("A-----B", [(-9, 1), (3, 1), (9, 1)])
    assert said(snap(corner, at((3, 2)), role="start")) == ["across_barrier"]


def test_two_barriers_are_not_one():
    graph = walk(CANAL, [(-5, 1), (20, 1)], [(-5, 2), (20, 2)])
    snapped = snap(graph, at((3, 1.4)), role="start")
    assert said(snapped) == ["barrier_passed_over"]
    # Between the two there is only the bridge.
    assert there(graph, snapped)[0] == pytest.approx((9, 1.4))


def test_a_fragment_is_no_way_around_a_barrier():
    graph = walk("A-----B\n.\n.\nC-D", [(-5, 1), (20, 1)])
    snapped = snap(graph, at((1, 2)), role="start")
    assert said(snapped) == ["across_barrier"]
    assert snapped.passed_over.tolist() == [True]
    assert snapped.distance_m.tolist() == [20]
    near = snap(graph, at((1, 2)), role="start", max_distance_m=15)
    assert said(near) == ["on_fragment"]
    assert near.across_barrier.tolist() == [False]


def test_times_go_around_and_say_so():
    picture = "A-----B\n|     |\n|     |\nC-----D"
    city = draw_city(picture, places={"house": (3.0, 0.0)}, people={(3.0, 1.4): 5.0})
    wall = lines([(0.5, 1), (5.5, 1)])
    walled = replace(city, streets=city.streets.with_barriers(wall))
    before = travel_times(city, to="houses", profile="walk_adult")
    after = travel_times(walled, to="houses", profile="walk_adult")
    assert before["status"].tolist() == ["ok"]
    assert after["status"].tolist() == ["barrier_passed_over"]
    assert after["snap_distance_m"].tolist() == pytest.approx([16])
    assert after["minutes"].iloc[0] > before["minutes"].iloc[0]
    assert after.attrs["place_snap_m"] == {"house": 0.0}


def test_milano_as_shapely_says(milano):
    """Legs that cross nothing cross nothing; the others are told, and where they were led."""
    graph = travel_graph(milano.streets, profiles.WALK_ADULT)
    bare = travel_graph(
        milano.streets.with_barriers(milano.streets.barriers[:0], keep=False), profiles.WALK_ADULT
    )
    xy = shapely.get_coordinates(milano.residents.geometry)
    snapped, freely = snap(graph, xy, role="start"), snap(bare, xy, role="start")
    np.testing.assert_allclose(snapped.nearest_m, freely.distance_m, rtol=0, atol=1e-9)
    tree = shapely.STRtree(milano.streets.barriers.geometry.array)
    crossing = []
    for lines, where in ((graph.lines.lines, snapped), (bare.lines.lines, freely)):
        ends = shapely.line_interpolate_point(lines[where.edge], where.fraction, normalized=True)
        legs = shapely.linestrings(np.stack([xy, shapely.get_coordinates(ends)], axis=1))
        hit, _ = tree.query(legs, predicate="crosses")
        crossing.append(np.isin(np.arange(len(xy)), hit))
    assert not crossing[0].any()
    assert not snapped.across_barrier.any()
    np.testing.assert_array_equal(snapped.barrier_passed_over, crossing[1])
    assert 20 <= crossing[1].sum() <= 40
    # The longest way farther: what BARRIER_DETOUR_M is chosen by.
    farther = (snapped.distance_m - snapped.nearest_m).max()
    assert 0.9 * BARRIER_DETOUR_M < farther < BARRIER_DETOUR_M


def test_the_maggiolina_is_not_reached_across_its_railway(milano):
    """The private streets between two railways open to via Pallanza and via Dario Papa alone."""
    between = shapely.box(515_930, 5_038_480, 516_100, 5_038_690)
    homes = milano.residents[milano.residents.within(between)]
    graph = travel_graph(milano.streets, profiles.WALK_ADULT)
    snapped = snap(graph, shapely.get_coordinates(homes.geometry), role="start")
    moved = snapped.barrier_passed_over
    assert moved.sum() >= 10
    names = milano.streets.edges["name"].to_numpy()[graph.edge_ids[snapped.edge[moved]]]
    assert set(names) <= {"Via Pallanza", "Via Dario Papa", "Via Eugenio Torelli Viollier"}


def test_other_barriers_are_another_network():
    streets = draw_streets(CANAL)
    walled = streets.with_barriers(lines([(-5, 2.5), (20, 2.5)]))
    bare = travel_graph(streets, profiles.WALK_ADULT)
    other = TravelGraph.build(walled, profiles.WALK_ADULT, like=[bare])
    assert other.lines is not bare.lines
    again = TravelGraph.build(walled, profiles.WALK_75, like=[other])
    assert again.lines is other.lines


def test_a_detour_that_makes_no_sense():
    graph = walk("A--B")
    for wrong in (-1, np.nan, np.inf):
        with pytest.raises(ParameterError, match="barrier_detour_m"):
            snap(graph, at((0, 0)), role="start", barrier_detour_m=wrong)
