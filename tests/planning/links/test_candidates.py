"""Law: a candidate is short, is a detour to go round, and meets no other street on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from quartieri15.model import profiles
from quartieri15.planning.links.candidates import (
    Candidates,
    Ground,
    Rule,
    across_barriers,
    at_dead_ends,
)
from quartieri15.planning.links.dividing import Positions
from quartieri15.progress import quiet
from quartieri15.reach.graph import travel_graph
from tests.ascii_city import CRS, ORIGIN, draw_streets
from tests.reach import oracle
from tests.reach.towns import towns

if TYPE_CHECKING:
    from quartieri15.model.streets import StreetNetwork

# A river runs from left to right between two streets, under one bridge at the far right.
RIVER = """
A----------B----------C
                      |
                      |
D----------E----------F
"""
# Two dead ends, B and C, face each other; a loop at the right hangs on the way round.
FACING = """
A------B  C------D
|                |
|                E---F
|                |   |
G----------------H---I
"""


def ground(streets: StreetNetwork, **options: Any) -> Ground:
    return Ground(streets, travel_graph(streets, profiles.WALK_75), **options)


def with_river(streets: StreetNetwork) -> StreetNetwork:
    x, y = ORIGIN
    # Up to the bridge and no farther: people pass above it there.
    line = shapely.LineString([(x - 100, y - 15), (x + 205, y - 15)])
    table = gpd.GeoDataFrame({"kind": ["canal"]}, geometry=[line], crs=CRS)
    return streets.with_barriers(table)


def coordinates(links: Candidates) -> list[list[tuple[float, float]]]:
    """Ends of links in cells of a drawing with cells of 10 m."""
    return [
        [(round((x - ORIGIN[0]) / 10, 2), round((ORIGIN[1] - y) / 10, 2)) for x, y in line.coords]
        for line in links.lines
    ]


def test_a_river_is_crossed_where_the_bridge_is_far():
    town = ground(with_river(draw_streets(RIVER, cell=10)))
    found = across_barriers(town, Rule(100, 3, 100), quiet)
    assert len(found) > 3
    assert set(found.kind) == {"barrier"}
    for (x, y), (to_x, to_y) in coordinates(found):
        assert {y, to_y} == {0, 3}
        assert x == to_x
        # By way of the bridge it is twice the way to it, and its length.
        around = 2 * (22 - x) * 10 + 30
        assert around >= 30 + 100
    # A higher demand finds fewer, an impossible one none.
    assert len(across_barriers(town, Rule(100, 3, 300), quiet)) < len(found)
    assert not len(across_barriers(town, Rule(100, 3, 1000), quiet))
    assert not len(across_barriers(town, Rule(20, 3, 100), quiet))


def test_without_a_barrier_nothing_crosses_one():
    assert not len(across_barriers(ground(draw_streets(RIVER, cell=10)), Rule(99, 3, 50), quiet))


def test_dead_ends_that_face_each_other_are_joined_once():
    town = ground(draw_streets(FACING, cell=10))
    found = at_dead_ends(town, Rule(60, 3, 100), quiet)
    assert [[(7, 0), (10, 0)]] in [[one] for one in coordinates(found)]
    assert set(found.kind) == {"dead_end"}
    ends = [frozenset(map(tuple, one)) for one in coordinates(found)]
    assert len(ends) == len(set(ends))
    # From both dead ends straight down to the street below, which is near enough.
    assert frozenset({(7.0, 0.0), (7.0, 4.0)}) in ends
    assert found.length_m == pytest.approx([shapely.length(one) for one in found.lines], rel=1e-3)


def test_a_dead_end_across_a_barrier_is_told_as_one():
    x, y = ORIGIN
    wall = shapely.LineString([(x + 85, y + 20), (x + 85, y - 20)])
    streets = draw_streets(FACING, cell=10).with_barriers(
        gpd.GeoDataFrame({"kind": ["railway"]}, geometry=[wall], crs=CRS)
    )
    found = at_dead_ends(ground(streets), Rule(35, 3, 100), quiet)
    assert found.kind.tolist() == ["barrier"]


def test_obstacles_are_gone_round():
    x, y = ORIGIN
    house = np.array([shapely.box(x + 80, y - 5, x + 90, y + 5)], dtype=object)
    streets = draw_streets(FACING, cell=10)
    free = at_dead_ends(ground(streets), Rule(35, 3, 100), quiet)
    built = at_dead_ends(ground(streets, obstacles=house), Rule(35, 3, 100), quiet)
    assert (len(free), len(built)) == (1, 0)


def test_no_link_ends_on_a_bridge_or_on_stairs():
    for column in ("bridge", "tunnel", "steps"):
        streets = draw_streets(FACING, cell=10)
        edges = streets.edges.copy()
        rows = edges.index[edges["u"] == 3]  # C-D
        edges.loc[rows, column] = True
        town = type(streets).from_tables(streets.nodes, edges)
        found = at_dead_ends(ground(town), Rule(35, 3, 100), quiet)
        assert not len(found)


@given(towns())
@settings(max_examples=60)
def test_every_candidate_obeys_the_rules_by_brute_force(city):
    graph = travel_graph(city.streets, profiles.WALK_ADULT)
    town = Ground(city.streets, graph)
    rule = Rule(120, 1.5, 20)
    found = at_dead_ends(town, rule, quiet)
    edges = city.streets.edges
    ends = [
        (int(graph.edge_ids[edge]), float(fraction))
        for one in (found.a, found.b)
        for edge, fraction in zip(one.edge, one.fraction, strict=True)
    ]
    whole = oracle.street_graph(edges, ends)
    lengths = edges["length_m"].tolist()
    weight = oracle.weight(lengths, lengths)
    for i in range(len(found)):
        (e, f), (g, h) = ends[i], ends[len(found) + i]
        start = oracle.node_at(e, f, edges["u"].iloc[e], edges["v"].iloc[e])
        stop = oracle.node_at(g, h, edges["u"].iloc[g], edges["v"].iloc[g])
        length = shapely.length(found.lines[i])
        assert 0 < length <= 120
        between = shapely.ops.substring(found.lines[i], 0.5, max(length - 0.5, 0.5))
        assert not edges.geometry.intersects(between).any() or length <= 2
        if nx.has_path(whole, start, stop):
            around = oracle.seconds_from(whole, start, weight)[stop]
            assert around >= max(1.5 * length, length + 20) - 1e-6


def test_detours_are_shortest_ways(milano):
    streets = milano.streets.subset(milano.houses.geometry.iloc[0].buffer(700))
    graph = travel_graph(streets, profiles.WALK_75)
    town = Ground(streets, graph)
    random = np.random.default_rng(8)
    a, b = (
        Positions(
            random.integers(0, len(graph.edge_ids), 60).astype(np.int32),
            random.choice([0.0, 0.2, 0.7, 1.0], 60),
        )
        for _ in range(2)
    )
    other = np.flatnonzero(a.edge != b.edge)
    a, b = a.take(other), b.take(other)
    metres = town.detour_m(a, b, 900.0)
    assert 0 < np.isfinite(metres).sum() < len(other)
    edges = streets.edges.iloc[graph.edge_ids].reset_index(drop=True)
    places = [
        [(int(e), float(f)) for e, f in zip(one.edge, one.fraction, strict=True)] for one in (a, b)
    ]
    whole = oracle.street_graph(edges, [*places[0], *places[1]])
    weight = oracle.weight(graph.length_m, graph.length_m)
    for i, ends in enumerate(zip(*places, strict=True)):
        start, stop = (oracle.node_at(e, f, edges["u"][e], edges["v"][e]) for e, f in ends)
        around = oracle.seconds_from(whole, start, weight).get(stop, np.inf)
        assert metres[i] == pytest.approx(around if around <= 900 else np.inf, abs=1e-6)
