"""Contracting streets changes no way: it is as long, as open and in the same place for all."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.reach.contraction import contracted
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.snapping import snap
from tests.ascii_city import draw_streets, node
from tests.reach.towns import towns

TRAVELLERS = ("walk_75", "walk_adult", "step_free", "bike_adult")


def streets_of(town):
    """The streets of a town in which every traveller may go somewhere."""
    assume(all(np.any(profiles.get(name).allowed(town.streets.edges)) for name in TRAVELLERS))
    return contracted(town.streets, TRAVELLERS)


def ways_of(streets, weighting) -> nx.DiGraph:
    """The shortest of all ways between two junctions, by node id, in mm at the own speed."""
    graph = nx.DiGraph()
    graph.add_nodes_from(streets.node_ids.tolist())
    for u, v, length, use in zip(
        streets.node_ids[streets.u],
        streets.node_ids[streets.v],
        streets.length_mm,
        streets.use,
        strict=True,
    ):
        for tail, head, factor in (
            (u, v, weighting.forward[use]),
            (v, u, weighting.backward[use]),
        ):
            cost = length * factor
            if math.isfinite(cost) and cost < graph.get_edge_data(tail, head, {}).get(
                "cost", math.inf
            ):
                graph.add_edge(tail, head, cost=cost)
    return graph


@given(towns(shortest_m=1.0))
@settings(max_examples=30)
def test_every_way_is_as_long_as_before(town):
    streets = streets_of(town)
    for name in TRAVELLERS:
        who = profiles.get(name)
        weighting = streets.weighting(name)
        graph = travel_graph(town.streets, who)
        whole = nx.DiGraph()
        tail = np.repeat(np.arange(len(graph.node_ids)), np.diff(graph.outward.indptr))
        whole.add_weighted_edges_from(
            zip(
                graph.node_ids[tail],
                graph.node_ids[graph.outward.head],
                graph.outward.cost,
                strict=True,
            ),
            weight="cost",
        )
        fewer = ways_of(streets, weighting)
        for start in set(streets.node_ids.tolist()) & set(whole):
            before = nx.single_source_dijkstra_path_length(whole, start, weight="cost")
            after = nx.single_source_dijkstra_path_length(fewer, start, weight="cost")
            kept = {end: s for end, s in before.items() if end in fewer}
            assert kept.keys() == after.keys()
            for end, seconds in kept.items():
                assert after[end] / 1000 / who.speed_m_s == pytest.approx(seconds, abs=0.01)


@given(towns(shortest_m=1.0))
@settings(max_examples=30)
def test_a_point_stands_where_it_stood(town):
    streets = streets_of(town)
    graph = travel_graph(town.streets, profiles.WALK_75)
    xy = shapely.get_coordinates(town.residents.geometry.to_numpy())
    found = snap(graph, xy, role="start")
    edge, at_mm = streets.positions(graph.edge_ids[found.edge], found.fraction)
    lines = town.streets.edges.geometry.to_numpy()[graph.edge_ids[found.edge]]
    before = shapely.line_interpolate_point(lines, found.fraction, normalized=True)
    for point, one, at in zip(before, edge, at_mm, strict=True):
        corners = streets.line_xy[streets.line_start[one] : streets.line_start[one + 1]]
        line, length = shapely.LineString(corners), streets.length_mm[one]
        now = line.interpolate(at / length, normalized=True)
        # A millimetre on the ground, and what a junction that went may be off, on the drawing.
        assert now.distance(point) <= 0.03 * max(1.0, line.length / (length / 1000))
        assert (at in {0, length}) == (
            shapely.Point(corners[0 if at == 0 else -1]).distance(point) == 0
        )


def test_a_street_without_crossings_is_one():
    streets = contracted(draw_streets("A---B--C-D"), ["walk_75"])
    assert len(streets.u) == 1
    assert streets.length_mm.tolist() == [90_000]
    assert sorted(streets.node_ids.tolist()) == [node("A"), node("D")]


def test_a_ring_without_crossings_is_one_street_from_a_junction_to_itself():
    streets = contracted(draw_streets("A--B\n|  |\nC--D"), ["walk_75"])
    assert streets.u.tolist() == streets.v.tolist() == [0]
    assert streets.length_mm.tolist() == [100_000]


def test_a_chain_is_one_street_from_whichever_end_its_first_edge_leads():
    # The edge drawn first, B to C, leads away from the end; the last one comes from it.
    towards = draw_streets("B--C   A", extra=[{"u": "A", "v": "B"}])
    streets = contracted(towards, ["walk_75"])
    assert sorted(streets.node_ids.tolist()) == [node("A"), node("C")]
    assert streets.length_mm.tolist() == [100_000]


def test_a_junction_stays_where_something_changes():
    assert len(contracted(draw_streets("A--B==C"), ["step_free"]).u) == 2
    assert len(contracted(draw_streets("A-->B--C"), ["bike_adult", "walk_75"]).u) == 2
    # One way or both is the same to who walks.
    assert len(contracted(draw_streets("A-->B--C"), ["walk_75"]).u) == 1


def test_what_cannot_be_weighed_by_length_is_refused():
    streets = draw_streets("A---B")
    with pytest.raises(ParameterError, match="depend on more than the length"):
        contracted(streets, [profiles.WALK_75.with_(slope="tobler")])
    with pytest.raises(ParameterError, match="no traveller"):
        contracted(streets, [])
    with pytest.raises(UnknownNameError):
        contracted(streets, ["walk_75"]).weighting("walk_65")
