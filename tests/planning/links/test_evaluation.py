"""Law: what a link gives is the difference that it makes when it is built, and never a harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.model import profiles
from quartieri15.planning.links.candidates import Candidates
from quartieri15.planning.links.changing import changes
from quartieri15.planning.links.cycle_gaps import calmed
from quartieri15.planning.links.dividing import DividedStreets, Positions
from quartieri15.planning.links.evaluation import Evaluation
from quartieri15.reach import snapping
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import Trips, limit_seconds
from tests.ascii_city import draw_city
from tests.planning.links.rebuilding import gains, with_track
from tests.reach import oracle
from tests.reach.towns import FRACTIONS, towns

if TYPE_CHECKING:
    from quartieri15.model.city import City

PROFILES = st.sampled_from(sorted(profiles.PROFILES))
LENGTHS = st.sampled_from([0.0, 1.0, 30.0, 30.0, 200.0])
MINUTES = 3.0

Link = tuple[tuple[int, float], tuple[int, float], float]


def evaluation(city: City, profile: str, links: list[Link], tracks: list[list[int]] = ()) -> Any:
    """Evaluate links between positions (row of edges, fraction), then cycle tracks."""
    trips = Trips.plan(city, "places", profile=profile, direction="to", where="to")
    people = trips.origins(None)
    position = {int(row): i for i, row in enumerate(trips.graph.edge_ids)}
    along = [tuple(position[edge] for edge in edges) for edges in tracks]
    a, b = (
        Positions(
            np.array([position[link[k][0]] for link in links] + [e[0] for e in along], dtype=int),
            np.array([link[k][1] for link in links] + [float(k)] * len(along)),
        )
        for k in (0, 1)
    )
    number = len(links) + len(along)
    found = Candidates(
        np.full(number, "dead_end", dtype=object),
        a,
        b,
        np.array([link[2] for link in links] + [1.0] * len(along)),
        np.full(number, shapely.LineString([(0, 0), (1, 1)]), dtype=object),
        (*(() for _ in links), *along),
    )
    streets = DividedStreets.cut(
        trips.graph, Positions(*map(np.concatenate, zip(a, b, strict=True)))
    )
    calm = calmed(city.streets, trips.graph) if along else None
    return Evaluation.of(
        trips,
        people,
        streets=streets,
        changes=changes(found, streets, trips=trips, people=people, tracks=calm),
        weight=city.residents["residents"].to_numpy(),
        limit_s=limit_seconds(MINUTES),
    )


def by_brute_force(city: City, profile: str, links: list[Link]) -> np.ndarray:
    """Minutes of everyone to the nearest place, links drawn into the graph of the oracle."""
    traveller, edges = profiles.get(profile), city.streets.edges
    trips = Trips.plan(city, "places", profile=profile, direction="to", where="to")
    graph = trips.graph
    here, there = trips.origins(None).on_streets, trips.places
    on = [
        [(int(graph.edge_ids[e]), float(f)) for e, f in zip(s.edge, s.fraction, strict=True)]
        for s in (here, there)
    ]
    ends = [end for a, b, _ in links for end in (a, b)]
    whole = oracle.street_graph(edges, [*on[0], *on[1], *ends])

    def node(at: tuple[int, float]) -> Any:
        return oracle.node_at(*at, edges["u"].iloc[at[0]], edges["v"].iloc[at[0]])

    seconds = [list(way) for way in traveller.seconds(edges, city.streets.nodes)]
    for i, (a, b, length) in enumerate(links):
        row = len(edges) + i
        for way in seconds:
            way.append(length / traveller.speed_m_s)
        # By way of a node of its own, so that no street between the same two is overwritten.
        for tail, head in ((node(a), ("link", i)), (("link", i), node(b))):
            whole.add_edge(tail, head, edge=row, part=0.5, ahead=True)
            whole.add_edge(head, tail, edge=row, part=0.5, ahead=False)
    weight = oracle.weight(*seconds)
    minutes = np.full(len(here), np.nan)
    for i, start in enumerate(on[0]):
        found = oracle.seconds_from(whole, node(start), weight)
        legs = (here.distance_m[i] + there.distance_m) / traveller.access_speed_m_s
        times = [found[node(end)] + legs[j] for j, end in enumerate(on[1]) if node(end) in found]
        if times:
            minutes[i] = min(times) / 60
    return minutes


@st.composite
def linked_towns(draw: Any) -> tuple[City, str, list[Link]]:
    city, profile = draw(towns()), draw(PROFILES)
    usable = np.isfinite(profiles.get(profile).seconds(city.streets.edges, city.streets.nodes))
    rows = np.flatnonzero(usable.any(axis=0)).tolist()
    if not rows:
        return city, profile, []
    end = st.tuples(st.sampled_from(rows), FRACTIONS | st.floats(0, 1))
    return city, profile, draw(st.lists(st.tuples(end, end, LENGTHS), min_size=1, max_size=3))


@given(linked_towns())
@settings(max_examples=100)
def test_gains_are_those_of_the_town_with_the_links_built(asked):
    city, profile, links = asked
    if not links:
        return
    one = evaluation(city, profile, links)
    sets = [(row,) for row in range(len(links))] + [tuple(range(len(links)))]
    found = one.gains(sets)
    weight = city.residents["residents"]
    before = by_brute_force(city, profile, [])
    for i, rows in enumerate(sets):
        after = by_brute_force(city, profile, [links[row] for row in rows])
        gained, saved, _ = gains(before, after, weight, MINUTES)
        assert found.saved_s[i] / 60 == pytest.approx(saved, abs=1e-6)
        # Who stands on the limit to the last bit may be counted either way.
        if min(abs(np.concatenate([before, after]) - MINUTES)) > 1e-9:
            assert found.gained[i] == pytest.approx(gained, abs=1e-6)
        told = np.where(np.isnan(after), np.inf, after) * 60
        np.testing.assert_allclose(one.after(rows).point_s, told, rtol=0, atol=1e-6)


@given(linked_towns())
@settings(max_examples=60)
def test_links_never_harm_and_a_longer_one_never_helps_more(asked):
    city, profile, links = asked
    if not links:
        return
    longer = [(a, b, length + 20) for a, b, length in links]
    short, long = (evaluation(city, profile, lot) for lot in (links, longer))
    everything = tuple(range(len(links)))
    sets = [(row,) for row in everything] + [everything]
    found, less = short.gains(sets), long.gains(sets)
    for more, fewer in zip(found, less, strict=True):
        assert (more >= 0).all()
        assert (more >= fewer - 1e-6).all()
        # More links never help fewer.
        assert (more[-1] >= more[:-1] - 1e-6).all()
    # The order in which links are added does not matter.
    forward, backward = (
        short.after(second, short.after(first))
        for first, second in ((everything[:1], everything[1:]), (everything[1:], everything[:1]))
    )
    np.testing.assert_array_equal(forward.point_s, backward.point_s)
    # Nothing is left behind of links that were tried.
    again = short.gains(sets)
    for first, second in zip(found, again, strict=True):
        np.testing.assert_array_equal(first, second)


@given(linked_towns())
@settings(max_examples=40)
def test_a_link_between_equally_near_ends_gives_nothing(asked):
    city, profile, links = asked
    if not links:
        return
    one = evaluation(city, profile, links)
    streets, node_s = one.streets, one.now.node_s
    for row, (_, _, length) in enumerate(links):
        arcs = slice(*one.changes.arc_at[row : row + 2])
        (a, _), (b, _) = zip(one.changes.tail[arcs], one.changes.head[arcs], strict=True)
        apart = abs(node_s[a] - node_s[b]) if node_s[a] != node_s[b] else 0.0
        if apart <= length / streets.graph.profile.speed_m_s:
            assert one.gains([(row,)]).saved_s[0] == 0
            assert one.gains([(row,)]).quicker[0] == 0


@given(towns(), st.data())
@settings(max_examples=60)
def test_a_cycle_track_gives_what_other_values_of_its_edges_give(city, data):
    profile = profiles.BIKE_LOW_STRESS
    try:
        trips = Trips.plan(city, "places", profile=profile, direction="to", where="to")
    except ValueError:
        return  # nobody rides here
    tracks = calmed(city.streets, trips.graph)
    busy = trips.graph.edge_ids[tracks.busy].tolist()
    if not busy:
        return
    some = data.draw(st.lists(st.sampled_from(busy), min_size=1, max_size=4, unique=True))
    after = with_track(city, some)
    # What is open in more directions may be on the main part of the network, and was not before.
    moved = Trips.plan(after, "places", profile=profile, direction="to", where="to")
    for was, now in (
        (trips.places, moved.places),
        (trips.origins(None).on_streets, moved.origins(None).on_streets),
    ):
        if not np.array_equal(was.edge, now.edge):
            return
    one = evaluation(city, profile.name, [], [some])
    ask = {"to": "places", "profile": profile}
    times = [travel_times(town, **ask)["minutes"].to_numpy() for town in (city, after)]
    found = one.gains([(0,)])
    told = np.where(np.isnan(times[1]), np.inf, times[1]) * 60
    np.testing.assert_allclose(one.after((0,)).point_s, told, rtol=0, atol=1e-6)
    expected = gains(*times, city.residents["residents"], MINUTES)
    assert found.saved_s[0] / 60 == pytest.approx(expected[1], abs=1e-6)


ROUND = """
A---------B
          |
C---------D
"""


def test_people_on_the_street_that_a_link_leaves_turn_back_to_it():
    # From the middle of A-B to the house on C-D; who lives on either side walks to the middle.
    people = {(2, 0): 1.0, (8, 0): 2.0, (5, 2): 4.0}
    city = draw_city(ROUND, cell=10, places={"house": (5, 2)}, people=people)
    one = evaluation(city, "walk_75", [((0, 0.5), (2, 0.5), 20.0)])
    pace = profiles.WALK_75.speed_m_s
    np.testing.assert_allclose(one.now.point_s * pace, [150, 90, 0])
    np.testing.assert_allclose(one.after((0,)).point_s * pace, [50, 50, 0])
    found = one.gains([(0,)])
    assert found.quicker[0] == 3
    assert found.saved_s[0] * pace == pytest.approx(1 * 100 + 2 * 40)
    # 160 m are walked in three minutes: all were there in time before.
    assert found.gained[0] == 0


def test_two_links_in_series_help_only_together():
    # From E nobody gets to the house; each link alone leads to an island or from it.
    town = """
A------B
       |
E---F  |
       |
C------D
"""
    people = {(0, 0): 10.0}
    city = draw_city(town, cell=100, places={"house": (0, 4)}, people=people)
    rows = {tuple(pair): i for i, pair in enumerate(city.streets.edges[["u", "v"]].to_numpy())}
    ab, ef, cd = rows[1, 2], rows[5, 6], rows[3, 4]
    links = [((ab, 0.0), (ef, 0.0), 200.0), ((ef, 0.0), (cd, 0.0), 200.0)]
    one = evaluation(city, "walk_75", links)
    found = one.gains([(0,), (1,), (0, 1)])
    assert found.saved_s[:2].tolist() == [0, 0]
    pace = profiles.WALK_75.speed_m_s
    assert found.saved_s[2] == pytest.approx(10 * (1800 - 400) / pace)
    # The second is worth it once the first is there.
    assert one.gains([(1,)], given=one.after((0,))).saved_s[0] == pytest.approx(found.saved_s[2])


def test_cutting_streets_moves_nobody(milano):
    trips = Trips.plan(milano, "houses", profile="walk_75", direction="to", where="to")
    graph, people = trips.graph, trips.origins(None)
    random = np.random.default_rng(15)
    edge = random.choice(len(graph.edge_ids), 5000).astype(np.int32)
    at = Positions(edge, np.round(random.random(5000), 2))
    streets = DividedStreets.cut(graph, at)
    assert streets.nodes > len(graph.node_ids)
    node, seconds = streets.seeds(people.on_streets)
    whole_node, whole_s = snapping.seeds(graph, people.on_streets)
    uncut = np.isin(people.on_streets.edge, edge, invert=True)
    np.testing.assert_array_equal(node[uncut], whole_node[uncut])
    np.testing.assert_allclose(seconds[uncut], whole_s[uncut], rtol=1e-12)
    one = Evaluation.of(
        trips,
        people,
        streets=streets,
        changes=changes(
            Candidates.straight(
                np.empty(0, dtype=object),
                Positions(edge[:0], at.fraction[:0]),
                Positions(edge[:0], at.fraction[:0]),
                np.empty(0, dtype=object),
                crs=milano.crs,
            ),
            streets,
            trips=trips,
            people=people,
            tracks=None,
        ),
        weight=np.ones(len(people)),
        limit_s=900,
    )
    times = travel_times(milano, to="houses", profile="walk_75")["minutes"].to_numpy()
    np.testing.assert_allclose(one.now.point_s / 60, times, rtol=0, atol=1e-9)
