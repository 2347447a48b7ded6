"""Law: inside the covered area one network stays as it is; beyond it stands the other, and a
street that both draw up to the border is one way through.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from quartieri15.errors import InputError, ParameterError
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.osm.merging import fill_beyond
from tests.ascii_city import ORIGIN, draw_streets, node

X, Y = ORIGIN
TOWN = """
A--B--C--D
|  |  |  |
E--F>>G--H
"""
# The border runs between the second and the third column of junctions, 45 m from the first.
WEST = shapely.box(X - 100, Y - 100, X + 45, Y + 100)


def moved(streets: StreetNetwork, east: float = 0.0, north: float = 0.0) -> StreetNetwork:
    return StreetNetwork(
        nodes=streets.nodes.set_geometry(streets.nodes.translate(east, north)),
        edges=streets.edges.set_geometry(streets.edges.translate(east, north)),
    )


def tagged(streets: StreetNetwork, **columns: object) -> StreetNetwork:
    return StreetNetwork.from_tables(streets.nodes, streets.edges.assign(**columns))


def components(streets: StreetNetwork) -> int:
    u, v = (streets.nodes.index.get_indexer(streets.edges[end]) for end in ("u", "v"))
    size = len(streets.nodes)
    graph = coo_array((np.ones(len(u)), (u, v)), shape=(size, size))
    return int(connected_components(graph, directed=False)[0])


def edges_between(streets: StreetNetwork, one: str, other: str) -> pd.DataFrame:
    ends = {node(one), node(other)}
    return streets.edges[[{u, v} == ends for u, v in streets.edges[["u", "v"]].to_numpy()]]


def assert_sound(streets: StreetNetwork) -> None:
    """Every edge is drawn from its one node to its other, and no two stand on one spot."""
    lines = streets.edges.geometry.to_numpy()
    for place, end in ((0, "u"), (-1, "v")):
        points = streets.nodes.geometry.loc[streets.edges[end]].to_numpy()
        assert shapely.equals(shapely.get_point(lines, place), points).all()
    assert streets.nodes.index.is_unique
    assert set(streets.nodes.index) == set(streets.edges[["u", "v"]].to_numpy().ravel())
    normal = shapely.to_wkb(shapely.normalize(lines))
    assert len(set(normal)) == len(normal)


def test_inside_nothing_changes_and_outside_stands_the_other():
    new, old = tagged(draw_streets(TOWN), name="new"), tagged(draw_streets(TOWN), name="old")
    filled, _ = fill_beyond(new, old, covered=WEST, tolerance_m=1)
    assert_sound(filled)
    for street in ("AB", "AE", "BF", "EF"):
        pd.testing.assert_frame_equal(
            edges_between(filled, *street).reset_index(drop=True),
            edges_between(new, *street).reset_index(drop=True),
            check_categorical=False,
        )
    within = shapely.within(filled.edges.geometry.to_numpy(), WEST)
    assert filled.edges["name"].tolist() == np.where(within, "new", "old").tolist()


def test_a_street_across_the_border_becomes_one_way_through():
    new, old = draw_streets("A>>>B"), moved(draw_streets("A>>>B"), north=2.5)
    filled, report = fill_beyond(
        new, old, covered=shapely.box(X - 5, Y - 9, X + 10, Y + 9), tolerance_m=3
    )
    assert_sound(filled)
    assert filled.edges[["u", "v"]].to_numpy().tolist() == [[1, 3], [3, 4]]
    assert filled.edges["length_m"].tolist() == [10.0, 30.0]
    assert filled.edges["oneway"].tolist() == ["forward", "forward"]
    assert shapely.get_coordinates(filled.edges.geometry.array).tolist() == [
        [X, Y],
        [X + 10, Y],
        [X + 10, Y],
        [X + 40, Y + 2.5],
    ]
    assert report["joined"] == {
        "ends": 1,
        "by_highway": {"residential": 1},
        "of_another_highway_class": 0,
        "median_gap_m": 2.5,
        "largest_gap_m": 2.5,
    }


def test_ends_too_far_apart_stay_dead_ends_and_are_counted():
    new = draw_streets("A--B")
    old = tagged(moved(draw_streets("A--B"), north=2.5), highway="track")
    area = shapely.box(X - 5, Y - 9, X + 15, Y + 9)
    filled, report = fill_beyond(new, old, covered=area, tolerance_m=2)
    assert components(filled) == 2
    assert report["joined"]["ends"] == 0
    assert report["unjoined"] == {"inside": {"residential": 1}, "outside": {"track": 1}}


def test_of_two_streets_side_by_side_each_goes_on_as_itself():
    new = draw_streets("A---B\nC---D", cell=4)
    old = moved(new, north=0.9)
    area = shapely.box(X - 5, Y - 9, X + 5, Y + 9)
    filled, report = fill_beyond(new, old, covered=area, tolerance_m=5)
    assert report["joined"]["ends"] == 2
    assert components(filled) == 2
    # With one of them gone, the other still goes to the nearer of the two.
    alone = StreetNetwork(nodes=old.nodes, edges=old.edges.iloc[1:])
    filled, report = fill_beyond(new, alone, covered=area, tolerance_m=5)
    assert report["unjoined"] == {"inside": {"residential": 1}, "outside": {}}
    met = pd.Series(filled.edges[["u", "v"]].to_numpy().ravel()).value_counts().idxmax()
    assert filled.nodes.geometry[met].y == Y - 4


def test_a_street_goes_on_as_its_like_before_a_nearer_pavement():
    new = draw_streets("A--B")
    road, pavement = (moved(new, north=north) for north in (3, 1))
    old = StreetNetwork.from_tables(
        pd.concat([road.nodes, pavement.nodes.set_axis([3, 4])]),
        pd.concat([road.edges, pavement.edges.assign(u=3, v=4, highway="footway")]),
    )
    area = shapely.box(X - 5, Y - 9, X + 15, Y + 9)
    _, report = fill_beyond(new, old, covered=area, tolerance_m=5)
    assert report["joined"]["largest_gap_m"] == 3
    assert report["unjoined"] == {"inside": {}, "outside": {"footway": 1}}
    _, report = fill_beyond(new, old, covered=area, tolerance_m=2)
    assert report["joined"]["of_another_highway_class"] == 1


def test_a_street_only_the_other_has_stays_unjoined():
    new, old = draw_streets("A-B", cell=5), draw_streets("A--B")
    area = shapely.box(X - 5, Y - 9, X + 20, Y + 9)
    filled, report = fill_beyond(new, old, covered=area, tolerance_m=5)
    assert report["unjoined"] == {"inside": {}, "outside": {"residential": 1}}
    assert len(filled.edges) == 2
    assert components(filled) == 2


def test_a_way_that_leaves_and_comes_back_is_cut_at_every_crossing():
    bay = [(X + 30, Y + 20), (X + 60, Y + 20), (X + 60, Y - 20), (X + 30, Y - 20)]
    streets = draw_streets("A-B", extra=[{"u": "A", "v": "B", "through": bay}])
    filled, report = fill_beyond(streets, streets, covered=WEST, tolerance_m=0.5)
    assert_sound(filled)
    assert report["joined"]["ends"] == 2
    assert len(filled.edges) == 1 + 3
    assert filled.length_km == pytest.approx(streets.length_km)


def test_touching_the_border_cuts_nothing():
    tip = [(X + 10, Y + 10), (X + 45, Y + 5), (X + 10, Y + 5)]
    streets = draw_streets("A-B", extra=[{"u": "A", "v": "B", "through": tip}])
    filled, report = fill_beyond(streets, streets, covered=WEST, tolerance_m=1)
    pd.testing.assert_frame_equal(filled.edges, streets.edges, check_categorical=False)
    assert report["added_edges"] == 0


def test_a_junction_on_the_border_is_a_junction_of_both():
    area = shapely.box(X - 100, Y - 100, X + 30, Y + 100)
    streets = draw_streets(TOWN)
    filled, report = fill_beyond(streets, streets, covered=area, tolerance_m=1)
    assert_sound(filled)
    assert len(filled.nodes) == len(streets.nodes)
    assert report["joined"]["ends"] == 2
    assert report["unjoined"] == {"inside": {}, "outside": {}}
    assert len(filled.edges) == len(streets.edges)


def test_ids_of_the_added_nodes_begin_above_all_and_barriers_come_along():
    new, old = draw_streets(TOWN), draw_streets(TOWN)
    barrier = pd.Series("gate", index=old.nodes.index)
    new = StreetNetwork.from_tables(new.nodes.assign(kerb="flush"), new.edges)
    old = StreetNetwork.from_tables(
        old.nodes.assign(barrier=barrier), old.edges.assign(osm_way_id=7)
    )
    filled, _ = fill_beyond(new, old, covered=WEST, tolerance_m=1)
    # Kept: A, B, E, F. Cut: two. Added: C, D, G, H.
    assert filled.nodes.index.tolist() == [1, 2, 5, 6, 9, 10, 11, 12, 13, 14]
    assert filled.nodes["kerb"].dropna().index.tolist() == [1, 2, 5, 6]
    assert filled.nodes["barrier"].dropna().index.tolist() == [11, 12, 13, 14]
    assert filled.nodes.geometry[11].x == old.nodes.geometry[node("C")].x
    assert filled.edges["osm_way_id"].max() == 7


@settings(max_examples=40)
@given(
    corner=st.tuples(st.floats(-20, 110), st.floats(-50, 20)),
    size=st.tuples(st.floats(1, 90), st.floats(1, 90)),
)
def test_a_network_filled_up_with_itself_is_the_same_network(corner, size):
    streets = tagged(draw_streets(TOWN), length_m=draw_streets(TOWN).edges["length_m"] * 1.001)
    west, south = X + corner[0], Y + corner[1]
    area = shapely.box(west, south, west + size[0], south + size[1])
    if not shapely.length(shapely.intersection(streets.edges.geometry.array, area)).sum() > 1:
        return
    filled, report = fill_beyond(streets, streets, covered=area, tolerance_m=0.1)
    assert filled.length_km == pytest.approx(streets.length_km, abs=1e-9)
    assert components(filled) == 1
    assert report["kept_km"] + report["cut_off_km"] == pytest.approx(streets.length_km, abs=0.0011)
    assert report["added_km"] + report["left_out_km"] == pytest.approx(
        streets.length_km, abs=0.0011
    )
    added = filled.edges.geometry.iloc[len(filled.edges) - report["added_edges"] :]
    kept = filled.edges.geometry.iloc[: len(filled.edges) - report["added_edges"]]
    inside = area.buffer(-0.011)
    assert inside.is_empty or not added.intersects(inside).any()
    assert kept.within(area.buffer(0.011)).all()
    again, _ = fill_beyond(streets, streets, covered=area, tolerance_m=0.1)
    pd.testing.assert_frame_equal(pd.DataFrame(again.edges), pd.DataFrame(filled.edges))


def test_what_makes_no_sense_is_refused():
    streets = draw_streets(TOWN)
    with pytest.raises(ParameterError, match="tolerance_m is -1"):
        fill_beyond(streets, streets, covered=WEST, tolerance_m=-1)
    with pytest.raises(ParameterError, match="covered is empty"):
        fill_beyond(streets, streets, covered=shapely.Polygon(), tolerance_m=1)
    with pytest.raises(InputError, match="no street lies in the area"):
        fill_beyond(streets, streets, covered=shapely.box(0, 0, 1, 1), tolerance_m=1)
    elsewhere = StreetNetwork(
        nodes=gpd.GeoDataFrame(streets.nodes).to_crs(32633), edges=streets.edges.to_crs(32633)
    )
    with pytest.raises(InputError, match="coordinates are in EPSG:32633"):
        fill_beyond(streets, elsewhere, covered=WEST, tolerance_m=1)


def test_barriers_of_both_meet_at_the_border():
    old = draw_streets(TOWN)
    along = shapely.LineString([(X - 50, Y - 5), (X + 150, Y - 5)])
    touching = shapely.LineString([(X + 45, Y - 20), (X + 45, Y - 40)])
    walls = gpd.GeoDataFrame(geometry=[along, touching], crs=old.crs)
    inner = old.with_barriers(walls.assign(kind="canal"))
    outer = old.with_barriers(walls.assign(kind="railway"))
    filled, _ = fill_beyond(inner, outer, covered=WEST, tolerance_m=1)
    barriers = filled.barriers
    assert barriers["kind"].tolist() == ["canal", "canal", "railway"]
    assert barriers.length.tolist() == pytest.approx([95, 20, 105])
    assert barriers.geometry.iloc[0].within(WEST)
    assert barriers.geometry.iloc[2].touches(WEST)
