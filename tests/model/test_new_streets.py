"""Laws: a new street joins what it should and nothing else; splitting changes no length and no
travel time; an end that joins nothing is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError
from quartieri15.model import new_streets
from quartieri15.model.new_streets import NewStreets, join, with_new_streets
from quartieri15.model.profiles import WALK_75
from quartieri15.reach.graph import travel_graph
from tests.ascii_city import CRS, draw_streets
from tests.planning.toy_town import at_m

if TYPE_CHECKING:
    from quartieri15.model.streets import StreetNetwork

# 0, 3 and 6 cells across, 0, 2 and 4 down, a cell of 60 m.
PICTURE = """
A--B--C
|  |  |
D--E--F
|  |  |
G--H--I
"""
STREETS = draw_streets(PICTURE, cell=60)
WALKED = {"highway": "path", "foot": True, "bicycle_forward": True, "bicycle_backward": True}


def drawn(*lines: list[tuple[float, float]], **columns: Any) -> gpd.GeoDataFrame:
    shapes = [shapely.LineString([at_m(*one) for one in line]) for line in lines]
    return gpd.GeoDataFrame([WALKED | columns] * len(lines), geometry=shapes, crs=CRS)


def joined(new: NewStreets) -> int:
    return new.joined["node_id"].nunique()


def assert_whole(streets: StreetNetwork, before: StreetNetwork, new: NewStreets) -> None:
    """Every edge is drawn from u to v, and the old streets are as long as they were."""
    xy = streets.nodes.geometry
    ends = shapely.get_coordinates(
        [
            point
            for line in streets.edges.geometry
            for point in (shapely.get_point(line, 0), shapely.get_point(line, -1))
        ]
    ).reshape(-1, 4)
    for column, at in (("u", slice(0, 2)), ("v", slice(2, 4))):
        nodes = shapely.get_coordinates(xy.loc[streets.edges[column]].to_numpy())
        assert np.abs(nodes - ends[:, at]).max() < 1e-6
    total = streets.edges["length_m"].sum() - new.length_m
    assert total == pytest.approx(before.edges["length_m"].sum(), abs=1e-9)


def test_a_street_at_ground_level_joins_every_street_it_crosses() -> None:
    new = join(STREETS, drawn([(1, 0), (1, 4)]))
    after = with_new_streets(STREETS, new)
    assert joined(new) == 3
    assert new.joined["how"].tolist() == ["start", "end", "crossing"]
    assert (len(new.removed), len(new.pieces), len(new.added)) == (3, 6, 2)
    assert new.length_m == pytest.approx(240, rel=1e-3)
    assert_whole(after, STREETS, new)


def test_a_bridge_joins_at_its_ends_alone() -> None:
    for columns in ({"bridge": True}, {"tunnel": True}, {"joins": "ends"}):
        new = join(STREETS, drawn([(1, 0), (1, 4)], **columns))
        assert joined(new) == 2
        assert len(new.added) == 1


def test_an_end_near_a_junction_is_the_junction() -> None:
    new = join(STREETS, drawn([(0.05, 0.02), (3, 1.97)]))
    assert new.joined["node_id"].tolist() == [1, 5]
    assert len(new.removed) == len(new.nodes) == 0
    assert_whole(with_new_streets(STREETS, new), STREETS, new)


def test_a_line_that_ends_before_or_beyond_a_street_joins_it() -> None:
    # 12 m short of Via D-E, and 12 m beyond A-B.
    new = join(STREETS, drawn([(1, -0.2), (1, 1.8)]))
    assert joined(new) == 2
    assert len(new.added) == 1
    assert new.length_m == pytest.approx(120, rel=1e-3)
    ends = shapely.get_coordinates(new.nodes.geometry.to_numpy())
    assert np.abs(ends - [at_m(1, 0), at_m(1, 2)]).max() < 1e-6


def test_an_end_that_joins_nothing_is_an_error_with_the_distance() -> None:
    with pytest.raises(InputError, match=r"the end of the line.*joins no street within 15 m.*60 m"):
        join(STREETS, drawn([(1, 0), (1, 1)]))
    assert joined(join(STREETS, drawn([(1, 0), (1, 1.2)]), tolerance_m=61)) == 2


def test_two_lines_may_join_each_other() -> None:
    new = join(STREETS, drawn([(0, 1), (3, 1)], [(1, 0), (1, 2)]))
    after = with_new_streets(STREETS, new)
    assert len(new.added) == 4
    assert_whole(after, STREETS, new)
    crossing = [
        n for n, p in new.nodes.geometry.items() if p.distance(shapely.Point(at_m(1, 1))) < 1e-6
    ]
    assert len(crossing) == 1
    assert (after.edges[["u", "v"]] == crossing[0]).to_numpy().sum() == 4


def test_only_streets_of_the_same_travellers_are_joined() -> None:
    closed = {"foot": False, "bicycle_forward": False, "bicycle_backward": False}
    edges = STREETS.edges
    row = edges.index[(edges["u"] == 4) & (edges["v"] == 5)]
    import pandas as pd

    motorway = STREETS.with_edge_values(pd.DataFrame(closed | {"highway": "motorway"}, index=row))
    with pytest.raises(InputError, match="closed to everyone on foot or by bicycle, at ground"):
        join(motorway, drawn([(1, 0), (1, 4)]))
    assert joined(join(motorway, drawn([(1, 0), (1, 4)], bridge=True))) == 2
    with pytest.raises(InputError, match="joins no street"):
        join(motorway, drawn([(1, 0), (1, 2)]))
    walked_only = STREETS.with_edge_values(
        pd.DataFrame({"bicycle_forward": False, "bicycle_backward": False}, index=row)
    )
    ridden = drawn([(1, 0), (1, 4)], foot=False)
    assert joined(join(walked_only, ridden)) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.iloc[:0], "there is no line"),
        (lambda table: table.drop(columns="foot"), "column foot is missing"),
        (lambda table: table.to_crs(4326), "the city is in EPSG:32632|coordinates are in"),
        (lambda table: table.assign(joins="some"), "joins is 'some'"),
        (lambda table: table.set_geometry(table.buffer(3)), "not a LineString"),
        (lambda table: table.translate(1e5).to_frame("geometry").assign(**WALKED), "within 1000 m"),
        (lambda table: table.assign(oneway="both"), "not one of no, forward, backward"),
    ],
)
def test_bad_lines_are_named(change: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        join(STREETS, change(drawn([(1, 0), (1, 4)])))


def test_a_tolerance_is_a_distance() -> None:
    for wrong in (0, -1, float("nan"), "15"):
        with pytest.raises(ParameterError, match="tolerance_m"):
            join(STREETS, drawn([(1, 0), (1, 4)]), tolerance_m=wrong)


def test_nothing_given_is_changed_and_what_stays_stays() -> None:
    edges = STREETS.edges.copy()
    new = join(STREETS, drawn([(1, 0), (1, 4)], name="Via Nuova", surface="asphalt"))
    after = with_new_streets(STREETS, new)
    assert STREETS.edges.equals(edges)
    kept = len(edges) - len(new.removed)
    assert after.edges["osm_way_id"].iloc[:kept].tolist() == [0] * kept
    assert after.edges["name"].iloc[-1] == "Via Nuova"
    assert after.edges["surface"].iloc[-1] == "asphalt"
    assert after.barriers is STREETS.barriers


@given(st.tuples(st.floats(0, 6), st.floats(0, 4)), st.tuples(st.floats(0, 6), st.floats(0, 4)))
@settings(max_examples=40)
def test_splitting_makes_no_way_longer_or_shorter(one: Any, other: Any) -> None:
    line = drawn([one, other if other != one else (0, 0)], foot=False)
    # Ridden only: for who walks, the streets are split and nothing else.
    try:
        new = join(STREETS, line, tolerance_m=120)
    except InputError:
        return
    after = with_new_streets(STREETS, new)
    assert_whole(after, STREETS, new)
    from scipy.sparse.csgraph import dijkstra

    times = []
    for streets in (STREETS, after):
        graph = travel_graph(streets, WALK_75)
        arcs = graph.outward
        from scipy.sparse import csr_array

        matrix = csr_array((arcs.cost, arcs.head, arcs.indptr), shape=(len(graph.node_ids),) * 2)
        rows = np.array([np.flatnonzero(graph.node_ids == n)[0] for n in range(1, 10)])
        times.append(dijkstra(matrix)[np.ix_(rows, rows)])
    assert np.allclose(*times, rtol=1e-12)


def test_the_module_says_its_rule() -> None:
    assert "An end that joins nothing is refused" in (new_streets.__doc__ or "")
