"""A rule closes what it names and nothing else; slopes, stairs and crossings cost as said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import ParameterError
from quartieri15.model import profiles
from quartieri15.model.profiles import costs
from quartieri15.model.streets import StreetNetwork
from tests.ascii_city import draw_streets, node

if TYPE_CHECKING:
    from quartieri15.model.city import City

WALK = profiles.WALK_ADULT
GRADES = st.floats(-0.4, 0.4)


def one_street(**columns: Any) -> StreetNetwork:
    streets = draw_streets("A----------B", cell=10)
    edges = streets.edges.assign(**{name: [value] for name, value in columns.items()})
    return StreetNetwork.from_tables(streets.nodes, edges)


def is_open(profile: profiles.TravelProfile, **columns: Any) -> bool:
    streets = one_street(**columns)
    forward, backward = profile.allowed(streets.edges, streets.nodes)
    assert forward.tolist() == backward.tolist()
    return bool(forward[0])


@pytest.mark.parametrize(
    ("columns", "open_"),
    [
        ({}, True),
        ({"steps": True}, False),
        ({"steps": True, "wheelchair": "yes"}, True),
        ({"wheelchair": "no"}, False),
        ({"wheelchair": "limited"}, True),
        ({"kerb": "raised"}, False),
        ({"kerb": "lowered"}, True),
        ({"kerb": "flush"}, True),
        ({"surface": "asphalt"}, True),
        ({"surface": "sett"}, False),
        ({"surface": "sett", "wheelchair": "designated"}, True),
        ({"surface": "gravel"}, False),
        ({"tracktype": "grade1"}, True),
        ({"tracktype": "grade3"}, False),
        ({"grade": 0.08}, True),
        ({"grade": -0.081}, False),
        ({"grade": 0.2, "wheelchair": "yes"}, False),
        ({"incline": "12%"}, False),
        ({"incline": "-12,5 %"}, False),
        ({"incline": "up"}, True),
        ({"incline": "3%"}, True),
        ({"grade": 0.01, "incline": "30%"}, True),
        ({"foot": False, "wheelchair": "yes"}, False),
    ],
)
def test_step_free_takes_what_is_usable_or_not_known(columns: dict[str, Any], open_: bool) -> None:  # noqa: FBT001
    assert is_open(profiles.STEP_FREE, **columns) is open_
    assert is_open(WALK, **columns) is columns.get("foot", True)


def test_a_raised_kerb_closes_both_ways_to_it() -> None:
    streets = draw_streets("A--B--C--D")
    nodes = streets.nodes.assign(kerb=["lowered", "raised", None, None])
    streets = StreetNetwork.from_tables(nodes, streets.edges)
    forward, _ = profiles.STEP_FREE.allowed(streets.edges, streets.nodes)
    assert forward.tolist() == [False, False, True]
    assert profiles.STEP_FREE.allowed(streets.edges)[0].all()
    graph = streets.to_networkx(profiles.STEP_FREE)
    assert set(graph.edges()) == {(node("C"), node("D")), (node("D"), node("C"))}


def test_one_rule_alone_reads_its_own_tags() -> None:
    streets = draw_streets("A--B==C").edges.assign(surface=["sett", None], wheelchair=[None, "yes"])
    for rules, closed in (
        (("steps",), [False, True]),
        (("rough_surfaces",), [True, False]),
        (("steps", "wheelchair"), [False, False]),
        ((), [False, False]),
    ):
        assert costs.refused(streets, rules).tolist() == closed


@pytest.fixture(scope="module")
def street() -> StreetNetwork:
    return one_street()


@given(grade=GRADES)
def test_tobler_is_his_function_with_the_pace_on_the_level(
    street: StreetNetwork, grade: float
) -> None:
    def tobler_kmh(slope: float) -> float:
        return 6 * math.exp(-3.5 * abs(slope + 0.05))

    up, down = WALK.with_(slope="tobler").seconds(street.edges.assign(grade=grade))
    level = WALK.seconds(street.edges)[0][0]
    assert up[0] == pytest.approx(level * tobler_kmh(0) / tobler_kmh(grade), rel=1e-12)
    assert down[0] == pytest.approx(level * tobler_kmh(0) / tobler_kmh(-grade), rel=1e-12)
    if abs(grade) > 1e-9:
        assert np.sign(up[0] - down[0]) == np.sign(grade)


def test_a_grade_that_is_not_known_counts_as_level() -> None:
    tobler = WALK.with_(slope="tobler")
    for columns in ({}, {"grade": 0.0}, {"incline": "up"}):
        edges = one_street(**columns).edges
        assert tobler.seconds(edges)[0][0] == WALK.seconds(edges)[0][0]
    told, measured = (one_street(**c).edges for c in ({"incline": "10%"}, {"grade": 0.1}))
    assert np.array_equal(tobler.seconds(told), tobler.seconds(measured))


def test_stairs_take_as_much_longer_as_told_and_have_no_slope_besides() -> None:
    edges = draw_streets("A--B==C").edges.assign(grade=[0.0, 0.5])
    plain, stairs = (p.seconds(edges)[0] for p in (WALK, WALK.with_(steps_factor=2.5)))
    assert (stairs / plain).tolist() == [1, 2.5]
    both = WALK.with_(steps_factor=2.5, slope="tobler").seconds(edges)[0]
    assert both.tolist() == stairs.tolist()


def cross_roads() -> StreetNetwork:
    """A lane that crosses a primary road at B, and a bridge of it over the lane at E."""
    streets = draw_streets("""
A---B---C
|   |   |
D   E   F
    |
    G
""")
    kind = {("B", "E"): "primary", ("E", "G"): "primary"}
    highway = [
        kind.get((chr(u + 64), chr(v + 64)), "residential")
        for u, v in zip(streets.edges["u"], streets.edges["v"], strict=True)
    ]
    return StreetNetwork.from_tables(streets.nodes, streets.edges.assign(highway=highway))


def test_who_goes_straight_over_a_wide_road_pays_one_crossing() -> None:
    streets = cross_roads()
    names = [
        f"{chr(u + 64)}{chr(v + 64)}"
        for u, v in zip(streets.edges["u"], streets.edges["v"], strict=True)
    ]
    crossed = dict(zip(names, costs.wide_crossings(streets.edges), strict=True))
    assert crossed == {"AB": 0.5, "BC": 0.5, "AD": 0, "CF": 0, "BE": 0, "EG": 0}
    waiting, plain = (
        p.seconds(streets.edges)[0] for p in (WALK.with_(crossing_wide_road_s=20), WALK)
    )
    lost = dict(zip(names, waiting - plain, strict=True))
    assert lost["AB"] + lost["BC"] == pytest.approx(20)
    above = streets.edges.assign(bridge=[name in ("BE", "EG") for name in names])
    assert not costs.wide_crossings(above).any()


def test_the_wait_at_a_signal_is_that_of_people_who_come_at_any_moment() -> None:
    moments = (np.arange(90_000) + 0.5) / 1000
    brute = np.where(moments < 65, 65 - moments, 0).mean()
    assert profiles.signal_wait_s(cycle_s=90, green_s=25) == pytest.approx(brute, rel=1e-6)
    assert profiles.signal_wait_s(cycle_s=60, green_s=60) == 0
    for cycle, green in ((60, 61), (0, 0), (60, -1)):
        with pytest.raises(ParameterError, match="does not fit"):
            profiles.signal_wait_s(cycle_s=cycle, green_s=green)


def test_in_milano_no_step_free_edge_is_quicker_than_the_same_walk(milano: City) -> None:
    streets = milano.streets
    wheels = profiles.STEP_FREE
    same_walk = wheels.with_(refusals=(), max_grade=None, name="same walk")
    for one, other in zip(
        wheels.seconds(streets.edges, streets.nodes),
        same_walk.seconds(streets.edges, streets.nodes),
        strict=True,
    ):
        assert (one >= other).all()
        assert np.isinf(one[streets.edges["steps"]]).all()
        assert np.isfinite(other[streets.edges["steps"]]).any()


def test_in_milano_every_cost_only_adds(milano: City) -> None:
    edges = milano.streets.edges
    plain = WALK.seconds(edges)[0]
    for dearer in (
        WALK.with_(steps_factor=2.0),
        WALK.with_(crossing_wide_road_s=20),
        WALK.with_(steps_factor=2.0, crossing_wide_road_s=20, slope="tobler"),
    ):
        more = dearer.seconds(edges)[0]
        assert (more >= plain).all()
        assert (more[np.isfinite(more)] > plain[np.isfinite(more)]).any()
