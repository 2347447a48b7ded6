"""A point goes to the nearest street its traveller may use, never silently to a fragment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.reach.graph import TravelGraph, travel_graph
from quartieri15.reach.snapping import STATUSES, Points, along_edge_seconds, seeds, snap
from tests.ascii_city import ORIGIN, draw_streets
from tests.reach.towns import towns


def at(*cells: tuple[float, float]) -> np.ndarray:
    """Coordinates of (column, row) in a drawing."""
    return np.array([(ORIGIN[0] + 10 * x, ORIGIN[1] - 10 * y) for x, y in cells])


def walk(picture: str, **more) -> TravelGraph:
    return TravelGraph.build(draw_streets(picture, **more), profiles.WALK_ADULT)


def ride(picture: str) -> TravelGraph:
    rides = profiles.BIKE_ADULT.with_(push_speed_kmh=None)
    return TravelGraph.build(draw_streets(picture), rides)


def said(snapped) -> list[str]:
    return [STATUSES[code] for code in snapped.status]


@given(
    towns(),
    st.lists(st.tuples(st.integers(-900, 1200), st.integers(-900, 1200)), min_size=1, max_size=8),
)
@settings(max_examples=60)
def test_nearest_as_shapely_says(town, offsets):
    graph = travel_graph(town.streets, profiles.WALK_ADULT)
    xy = np.array(offsets) + 0.5 + ORIGIN
    snapped = snap(graph, xy, role="start")
    points = shapely.points(xy)
    for lines in (graph.lines.lines[graph.leaves_main], graph.lines.lines):
        distance = shapely.distance(points[:, None], lines[None, :]).min(axis=1)
        on_main = distance <= 1000
        if lines is not graph.lines.lines:
            np.testing.assert_allclose(
                snapped.distance_m[on_main], distance[on_main], rtol=0, atol=1e-8
            )
            assert graph.leaves_main[snapped.edge[on_main]].all()
        else:
            assert ((snapped.edge >= 0) == on_main).all()
    there = shapely.line_interpolate_point(
        graph.lines.lines[snapped.edge], snapped.fraction, normalized=True
    )
    found = snapped.edge >= 0
    np.testing.assert_allclose(
        shapely.distance(there, points)[found], snapped.distance_m[found], rtol=0, atol=1e-6
    )


def test_milano_as_shapely_says(milano):
    graph = travel_graph(milano.streets, profiles.BIKE_ADULT)
    xy = shapely.get_coordinates(milano.residents.geometry)[::5]
    snapped = snap(graph, xy, role="start")
    tree = shapely.STRtree(graph.lines.lines[graph.leaves_main])
    _, distance = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    np.testing.assert_allclose(snapped.nearest_m, distance, rtol=0, atol=1e-7)
    # Whoever stands farther off has been led around a barrier.
    there = ~snapped.barrier_passed_over
    assert there.mean() > 0.999
    np.testing.assert_allclose(snapped.distance_m[there], distance[there], rtol=0, atol=1e-7)
    assert (snapped.distance_m[~there] > distance[~there]).all()


def test_order_and_company_change_nothing(milano):
    graph = travel_graph(milano.streets, profiles.WALK_ADULT)
    xy = shapely.get_coordinates(milano.residents.geometry)[:5000]
    together = snap(graph, xy, role="end")
    backwards = snap(graph, xy[::-1], role="end")
    one = snap(graph, xy[4321:4322], role="end")
    for column in ("edge", "fraction", "distance_m", "status"):
        whole = getattr(together, column)
        np.testing.assert_array_equal(getattr(backwards, column)[::-1], whole)
        np.testing.assert_array_equal(getattr(one, column)[0], whole[4321])


def test_of_streets_equally_near_the_first_is_taken():
    graph = walk("""
A--B--C
   |
   D
""")
    snapped = snap(graph, at((3, -2), (4, 1)), role="start")
    assert snapped.edge.tolist() == [0, 1]
    assert snapped.fraction.tolist() == [1.0, pytest.approx(1 / 3)]
    # Even between C and D: B--C is drawn before B--D.
    assert graph.edge_ids[snapped.edge[1]] < 2


def test_a_fragment_is_passed_over_and_told():
    graph = walk("""
A-----B
.
C-D
""")
    snapped = snap(graph, at((1, 2), (1, 0.5), (1, 1)), role="start")
    assert said(snapped) == ["fragment_passed_over", "ok", "ok"]
    assert snapped.distance_m.tolist() == [20, 5, 10]
    assert graph.component[graph.edge_u[snapped.edge]].tolist() == [0, 0, 0]


def test_a_fragment_is_taken_where_nothing_else_is_near():
    graph = walk("""
A-----B
.
C-D
""")
    snapped = snap(graph, at((1, 5), (1, 3)), role="start", max_distance_m=35)
    assert said(snapped) == ["on_fragment", "fragment_passed_over"]
    assert snapped.distance_m.tolist() == [30, 30]


def test_far_and_too_far():
    graph = walk("A---B")
    xy = at((0, 25), (0, 25.1), (0, 100), (0, 100.1), (0, 5000), (np.nan, 0))
    snapped = snap(graph, xy, role="end")
    assert said(snapped) == ["ok", "far", "far", "no_street", "no_street", "no_position"]
    assert (snapped.edge < 0).tolist() == [False, False, False, True, True, True]
    assert np.isnan(snapped.fraction[3:]).all()
    node, seconds = seeds(graph, snapped)
    assert (node[3:] == -1).all()
    assert np.isinf(seconds[3:]).all()


def test_a_one_way_street_out_of_the_world_is_for_arriving_only():
    graph = ride("""
A---B>>>C
|   |
D---E
""")
    beside = at((6, 1))
    arriving, leaving = snap(graph, beside, role="end"), snap(graph, beside, role="start")
    assert said(arriving) == ["ok"]
    assert arriving.fraction[0] == pytest.approx(0.5)
    assert said(leaving) == ["fragment_passed_over"]
    assert leaving.distance_m[0] > arriving.distance_m[0]


def test_only_streets_of_the_traveller_count():
    picture = """
A====B
|    |
C----D
"""
    beside = at((2.5, 0.1))
    assert snap(walk(picture), beside, role="start").distance_m[0] == pytest.approx(1)
    assert snap(ride(picture), beside, role="start").distance_m[0] == pytest.approx(19)


def test_whoever_stands_on_a_junction_may_use_all_its_streets():
    graph = ride("""
A>>>B>>>C
|       |
D-------E
""")
    snapped = snap(graph, at((4, 0), (0, 0)), role="start")
    node, seconds = seeds(graph, snapped)
    for i, place in enumerate(at((4, 0), (0, 0))):
        here = np.flatnonzero((graph.node_xy == place).all(axis=1))[0]
        assert seconds[i][node[i] == here].tolist() == [0.0]


def test_seeds_are_the_rest_of_the_street_and_the_leg():
    streets = draw_streets("A----B")
    streets.edges["length_m"] = 100.0
    graph = TravelGraph.build(streets, profiles.WALK_ADULT)
    snapped = snap(graph, at((1, 2)), role="start")
    node, seconds = seeds(graph, snapped)
    assert graph.node_ids[node[0]].tolist() == [1, 2]
    # 20 m to the street; a fifth of a drawn line whose ground is 100 m long.
    np.testing.assert_allclose(seconds[0] * 1.25, [20 + 20, 20 + 80])


def test_along_a_one_way_street():
    graph = ride("""
A>>>B
|   |
C---D
""")
    edge = np.zeros(3, dtype=np.int32)
    seconds = along_edge_seconds(
        graph, edge, np.array([0.25, 0.75, 0.5]), np.array([0.75, 0.25, 0.5])
    )
    assert seconds.tolist() == [pytest.approx(20 * 3.6 / 15), np.inf, 0.0]


def test_a_street_without_extent_takes_points():
    loop = {"u": "A", "v": "A", "length_m": 50.0}
    streets = draw_streets("A----B", extra=[loop])
    streets = streets.subset(shapely.Point(*ORIGIN).buffer(1))
    graph = TravelGraph.build(streets, profiles.WALK_ADULT)
    snapped = snap(graph, at((0, 1)), role="start")
    assert snapped.fraction.tolist() == [0.0]
    assert snapped.distance_m.tolist() == [10.0]


def test_parameters_that_make_no_sense():
    graph = walk("A--B")
    for wrong in (0, -5, np.nan, np.inf):
        with pytest.raises(ParameterError, match="max_distance_m"):
            snap(graph, at((0, 0)), role="start", max_distance_m=wrong)
    with pytest.raises(UnknownNameError, match="role"):
        snap(graph, at((0, 0)), role="middle")


def test_nobody_is_put_on_a_street_without_frontage():
    streets = draw_streets("""
A-----B--E
|     |  |
C-----D--F
""")
    upper = int(streets.edges.distance(shapely.Point(at((3, 0))[0])).argmin())
    bare = streets.with_edge_values(pd.DataFrame({"frontage": False}, index=[upper]))
    before, after = (travel_graph(one, profiles.WALK_ADULT) for one in (streets, bare))
    points = Points(at((3, -0.5), (2, 0.2)))
    assert points.snapped(before, "start").edge.tolist() == [upper, upper]
    # Found anew, though the lines are the same; and as a network made anew finds it.
    assert after.lines is before.lines
    found = points.snapped(after, "start")
    assert upper not in found.edge
    rebuilt = type(streets).from_tables(bare.nodes, bare.edges)
    anew = snap(TravelGraph.build(rebuilt, profiles.WALK_ADULT), points.xy, role="start")
    np.testing.assert_array_equal(found.edge, anew.edge)
    np.testing.assert_array_equal(found.fraction, anew.fraction)
    # It is walked as before.
    np.testing.assert_array_equal(after.outward.cost, before.outward.cost)
    everywhere = bare.with_edge_values(pd.DataFrame({"frontage": True}, index=[upper]))
    assert travel_graph(everywhere, profiles.WALK_ADULT).frontage is None
    none = bare.with_edge_values(pd.DataFrame({"frontage": False}, index=bare.edges.index))
    nowhere = snap(travel_graph(none, profiles.WALK_ADULT), points.xy, role="start")
    assert said(nowhere) == ["no_street", "no_street"]
