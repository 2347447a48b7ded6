"""A traveller's graph has the streets this traveller may use, at the right price, once."""

from __future__ import annotations

import dataclasses
import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.model import profiles
from quartieri15.model.streets import StreetNetwork
from quartieri15.reach.graph import MOST_REMEMBERED, TravelGraph, forget_others, travel_graph
from tests.ascii_city import draw_streets, node
from tests.reach.towns import towns

WALK, RIDE = profiles.WALK_ADULT, profiles.BIKE_ADULT.with_(push_speed_kmh=None)


def arcs_of(arcs, graph: TravelGraph) -> dict[tuple[int, int], float]:
    """Arcs by node ids; fails if one stands twice."""
    tail = np.repeat(np.arange(len(graph.node_ids)), np.diff(arcs.indptr))
    pairs = list(zip(graph.node_ids[tail], graph.node_ids[arcs.head], strict=True))
    assert len(set(pairs)) == len(pairs)
    return dict(zip(pairs, arcs.cost, strict=True))


@given(towns())
@settings(max_examples=60)
def test_arcs_are_the_cheapest_allowed_edges(town):
    for profile in (WALK, RIDE):
        graph = TravelGraph.build(town.streets, profile)
        expected: dict[tuple[int, int], float] = {}
        allowed = profile.allowed(town.streets.edges)
        for edge, ahead, back in zip(town.streets.edges.itertuples(), *allowed, strict=True):
            seconds = edge.length_m / profile.speed_m_s
            for permitted, pair in ((ahead, (edge.u, edge.v)), (back, (edge.v, edge.u))):
                if permitted and edge.u != edge.v:
                    expected[pair] = min(seconds, expected.get(pair, np.inf))
        assert arcs_of(graph.outward, graph) == expected
        against = {(head, tail): cost for (tail, head), cost in expected.items()}
        assert arcs_of(graph.inward, graph) == against


def test_only_streets_and_nodes_of_the_traveller():
    streets = draw_streets("""
A====B>>>C
""")
    graph = TravelGraph.build(streets, RIDE)
    assert sorted(graph.node_ids) == [node("B"), node("C")]
    assert graph.edge_ids.tolist() == [1]
    assert graph.forward_s.tolist() == [pytest.approx(40 * 3.6 / 15)]
    assert graph.backward_s.tolist() == [np.inf]
    assert len(TravelGraph.build(streets, WALK).edge_ids) == 2


def test_loops_and_twins_stay_among_the_edges():
    loop = {"u": "B", "v": "B", "through": [(512_100, 5_034_000)]}
    twin = {"u": "A", "v": "B", "length_m": 5.0}
    graph = TravelGraph.build(draw_streets("A----B", extra=[loop, twin]), WALK)
    assert len(graph.edge_ids) == 3
    assert arcs_of(graph.outward, graph) == {(1, 2): 4.0, (2, 1): 4.0}


def test_pieces_are_numbered_by_length_of_street():
    graph = TravelGraph.build(
        draw_streets("""
A--B   C-----D   E----F
"""),
        WALK,
    )
    piece = dict(zip(graph.node_ids, graph.component, strict=True))
    assert [piece[node(letter)] for letter in "ABCDEF"] == [2, 2, 0, 0, 1, 1]
    assert graph.edge_component.tolist() == [2, 0, 1]
    assert graph.leaves_main.tolist() == [False, True, False]


def test_the_main_part_obeys_one_way_streets():
    graph = TravelGraph.build(
        draw_streets("""
A>>>B----C>>>D
    |    |
    E----F
"""),
        RIDE,
    )
    pairs = zip(graph.node_ids[graph.edge_u], graph.node_ids[graph.edge_v], strict=True)
    ties = dict(zip(pairs, zip(graph.leaves_main, graph.enters_main, strict=True), strict=True))
    assert ties.pop((node("A"), node("B"))) == (True, False)
    assert ties.pop((node("C"), node("D"))) == (False, True)
    assert set(ties.values()) == {(True, True)}
    assert (graph.component == 0).all()


def test_milano_is_built_whole(milano):
    for profile in (WALK, RIDE):
        graph = TravelGraph.build(milano.streets, profile)
        ahead, back = profile.allowed(milano.streets.edges)
        assert len(graph.edge_ids) == (ahead | back).sum()
        assert graph.leaves_main.mean() > 0.95
        assert graph.enters_main.mean() > 0.95
        for arcs in (graph.outward, graph.inward):
            assert (np.diff(arcs.indptr) >= 0).all()
            assert np.isfinite(arcs.cost).all()


def test_neighbours_in_the_city_are_neighbours_in_memory(milano):
    graph = travel_graph(milano.streets, WALK)
    step = np.hypot(*np.diff(graph.node_xy, axis=0).T)
    assert np.median(step) < 50


def test_a_graph_is_remembered_as_long_as_its_network_lives():
    streets = draw_streets("A--B")
    graph = travel_graph(streets, WALK)
    assert travel_graph(streets, WALK) is graph
    assert travel_graph(streets, WALK.with_(speed_kmh=3)) is not graph
    assert travel_graph(streets, WALK.with_(speed_kmh=3)).lines is graph.lines
    assert travel_graph(draw_streets("A--B"), WALK) is not graph
    gone = weakref.ref(graph)
    del streets, graph
    gc.collect()
    assert gone() is None


def test_a_network_without_a_street_for_the_traveller():
    with pytest.raises(InputError, match="bike_adult"):
        TravelGraph.build(draw_streets("A==B"), RIDE)


HILLY = draw_streets("""
A---B---C
|   |   |
D---E>>>F
|       |
G===H---I
""")
COLUMNS = {
    "grade": st.sampled_from([np.nan, 0.0, 0.03, -0.05, 0.09, -0.11, 0.2]),
    "highway": st.sampled_from(["residential", "residential", "primary", "footway"]),
    "surface": st.sampled_from([None, None, "asphalt", "sett"]),
}


@pytest.mark.parametrize(
    "profile",
    [
        profiles.WALK_75.with_(slope="tobler", steps_factor=2.0, crossing_wide_road_s=20),
        profiles.STEP_FREE.with_(slope="tobler", max_grade=0.12),
        profiles.BIKE_LOW_STRESS,
        profiles.BIKE_ADULT.with_(max_grade=0.1, refusals=["rough_surfaces"]),
    ],
    ids=lambda profile: profile.name,
)
@settings(max_examples=20)
@given(st.data())
def test_the_arcs_of_any_traveller_are_those_of_networkx(
    profile: profiles.TravelProfile, data: st.DataObject
) -> None:
    """Slopes, stairs, crossings, refusals and kerbs of nodes, in both directions."""

    def drawn(of: st.SearchStrategy, table: object) -> list[object]:
        return data.draw(st.lists(of, min_size=len(table), max_size=len(table)))

    edges = HILLY.edges.assign(**{name: drawn(of, HILLY.edges) for name, of in COLUMNS.items()})
    kerb = drawn(st.sampled_from([None, None, None, "raised"]), HILLY.nodes)
    streets = StreetNetwork.from_tables(HILLY.nodes.assign(kerb=kerb), edges)
    expected = {
        (tail, head): arc["travel_time"]
        for tail, head, arc in streets.to_networkx(profile).edges(data=True)
    }
    if not expected:
        with pytest.raises(InputError, match="what the profile refuses"):
            TravelGraph.build(streets, profile)
        return
    graph = TravelGraph.build(streets, profile)
    assert arcs_of(graph.outward, graph) == expected
    against = arcs_of(graph.inward, graph)
    assert {(tail, head): cost for (head, tail), cost in against.items()} == expected


def test_a_graph_for_another_pace_is_the_one_built_alone(milano):
    """What is taken over from another traveller's graph is what would have been built."""
    walker = travel_graph(milano.streets, profiles.WALK_75)
    uphill = profiles.WALK_75.with_(slope="tobler", crossing_wide_road_s=20.0)
    for profile in (profiles.WALK_75.with_(speed_kmh=3.0), uphill, profiles.STEP_FREE):
        like = TravelGraph.build(milano.streets, profile, like=[walker])
        alone = TravelGraph.build(milano.streets, profile)
        for field in dataclasses.fields(TravelGraph):
            one, other = getattr(like, field.name), getattr(alone, field.name)
            if isinstance(one, np.ndarray):
                assert np.array_equal(one, other), field.name
        for arcs in ("outward", "inward"):
            one, other = getattr(like, arcs), getattr(alone, arcs)
            assert np.array_equal(one.indptr, other.indptr)
            assert np.array_equal(one.head, other.head)
            assert np.array_equal(one.cost, other.cost)
        assert like.profile == profile
    assert TravelGraph.build(milano.streets, uphill, like=[walker]).lines is walker.lines


def test_graphs_of_many_paces_are_forgotten_in_turn():
    streets = draw_streets("A--B")
    first = travel_graph(streets, profiles.WALK_75)
    assert travel_graph(streets, profiles.WALK_75) is first
    for i in range(MOST_REMEMBERED):
        travel_graph(streets, profiles.WALK_75.with_(speed_kmh=5.0 + i / 10))
    assert travel_graph(streets, profiles.WALK_75) is not first


def test_graphs_of_drawn_paces_are_forgotten_and_the_others_stay():
    streets, other = draw_streets("A--B"), draw_streets("A--B")
    paces = [profiles.WALK_75.with_(speed_kmh=speed) for speed in (3.0, 3.3, 3.6)]
    kept, *drawn = [travel_graph(streets, pace) for pace in paces]
    elsewhere = travel_graph(other, paces[1])
    forget_others(streets, paces[:1])
    assert travel_graph(streets, paces[0]) is kept
    assert all(
        travel_graph(streets, pace) is not one for pace, one in zip(paces[1:], drawn, strict=True)
    )
    assert travel_graph(other, paces[1]) is elsewhere
    forget_others(draw_streets("A--B"), [])


def test_who_sees_the_same_streets_at_another_pace_shares_the_ways():
    streets = draw_streets("A--B--C")
    slow, quick = (travel_graph(streets, profiles.get(who)) for who in ("walk_75", "walk_adult"))
    assert slow.outward.head is quick.outward.head
    assert slow.outward.indptr is quick.outward.indptr
    assert not np.array_equal(slow.outward.cost, quick.outward.cost)
