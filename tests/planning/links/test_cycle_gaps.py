"""Law: a cycle gap is a short busy stretch between calm streets that are far apart by calm ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from quartieri15.model import profiles
from quartieri15.planning.links.candidates import Rule
from quartieri15.planning.links.cycle_gaps import calmed, cycle_gaps
from quartieri15.progress import quiet
from quartieri15.reach.graph import travel_graph
from tests.ascii_city import draw_streets

if TYPE_CHECKING:
    from quartieri15.model.streets import StreetNetwork

# Two calm quarters above and below a busy road B-C-D: A and E end on it, 60 m apart.
QUARTERS = """
A     X
|     |
B-----C-----D
      |     |
      E-----F
"""


def town(busy: tuple[tuple[int, int], ...], *, highway: str = "primary") -> StreetNetwork:
    streets = draw_streets(QUARTERS, cell=10)
    edges = streets.edges.astype({"highway": object})
    pairs = list(zip(edges["u"], edges["v"], strict=True))
    edges.loc[[pair in busy for pair in pairs], "highway"] = highway
    return type(streets).from_tables(streets.nodes, edges)


def found(streets: StreetNetwork, rule: Rule) -> list[tuple[frozenset[int], float]]:
    graph = travel_graph(streets, profiles.BIKE_LOW_STRESS)
    gaps = cycle_gaps(graph, calmed(streets, graph), rule, quiet)
    ends = []
    for i in range(len(gaps)):
        nodes = [
            int(graph.node_ids[(graph.edge_v if f else graph.edge_u)[e]])
            for e, f in (
                (gaps.a.edge[i], gaps.a.fraction[i]),
                (gaps.b.edge[i], gaps.b.fraction[i]),
            )
        ]
        ends.append((frozenset(nodes), float(gaps.length_m[i])))
        assert gaps.kind[i] == "cycle_gap"
        assert gaps.lines[i].length == pytest.approx(gaps.length_m[i])
    return ends


B, C, D = 2, 3, 4


def test_a_busy_stretch_between_calm_streets_that_do_not_meet_is_a_gap():
    assert found(town(((B, C),)), Rule(400, 3, 300)) == [(frozenset({B, C}), 60.0)]


def test_a_calm_way_round_that_is_short_enough_closes_the_gap():
    # Between C and D one rides 100 m round by way of E and F.
    streets = town(((B, C), (C, D)))
    both = {frozenset({B, C}), frozenset({C, D})}
    assert set(dict(found(streets, Rule(400, 1.5, 40)))) == both
    # Then only B-C is a gap, and not B-D either, of which it is a part.
    for rule in (Rule(400, 1.5, 41), Rule(400, 1.7, 40)):
        assert set(dict(found(streets, rule))) == {frozenset({B, C})}


def test_a_gap_is_no_longer_than_asked_for():
    assert found(town(((B, C),)), Rule(59, 3, 300)) == []


def test_trunk_roads_are_not_calmed_and_calm_streets_need_it_not():
    assert found(town(((B, C),), highway="trunk"), Rule(400, 3, 300)) == []
    assert found(town(()), Rule(400, 3, 300)) == []


def test_a_track_opens_both_directions_at_the_pace_of_riding():
    streets = town(((B, C),))
    graph = travel_graph(streets, profiles.BIKE_LOW_STRESS)
    tracks = calmed(streets, graph)
    assert tracks.busy.sum() == 1
    pace = profiles.BIKE_LOW_STRESS.speed_m_s
    np.testing.assert_allclose(tracks.forward_s * pace, graph.length_m)
    np.testing.assert_allclose(tracks.backward_s * pace, graph.length_m)
    assert (tracks.forward_s <= graph.forward_s).all()
    # Whoever refuses no stress has nothing to calm.
    assert not calmed(streets, travel_graph(streets, profiles.BIKE_ADULT)).busy.any()
