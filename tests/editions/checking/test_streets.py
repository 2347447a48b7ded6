"""Law: a fragment, a trap of one-ways, a crossing without a junction is told, and where."""

from __future__ import annotations

import pandas as pd

from quartieri15.editions.checking.streets import check_streets
from tests.ascii_city import draw_streets

BLOCK = """
A---B---C
|   |   |
D---E---F
|   |   |
G---H---I
"""


def told(picture: str, **drawn: object) -> dict[str, tuple[str, str]]:
    found = check_streets(draw_streets(picture, cell=50, **drawn), file="streets")
    return {one.rule: (one.severity, one.problem) for one in found}


def test_a_block_that_hangs_together_is_well() -> None:
    assert told(BLOCK) == {}


def test_a_fragment_is_measured() -> None:
    severity, problem = told(BLOCK + "\n\nX-Y")["streets.fragments"]
    assert severity == "note"
    assert problem.startswith("1 fragments with 0.1 walkable km")
    assert " N, " in problem


def test_a_network_in_two_halves_is_a_warning() -> None:
    assert told("A---B\n\n\nC---D")["streets.fragments"][0] == "warning"


def test_a_oneway_that_nobody_can_leave() -> None:
    into = told("""
A---B---C
|   |   |
D->-E-<-F
|   |   |
G---H---I
""")
    assert into == {}
    trap = told("""
A---B---C
|       |
D->-E   F
|       |
G---H---I
""")["streets.oneway_dead_end"]
    assert trap[0] == "note"
    assert trap[1].startswith("1 ends of one-way streets can be entered and not left")
    source = told("""
A---B---C
|       |
D-<-E   F
|       |
G---H---I
""")["streets.oneway_dead_end"]
    assert source[1].startswith("1 ends of one-way streets can be left and not entered")


def test_a_oneway_at_the_rim_is_cut_off_and_no_mistake() -> None:
    assert (
        told("""
A---B---C
|   |   |
D---E---F
    v
    H
""")
        == {}
    )


def test_a_foot_way_with_a_direction() -> None:
    path = {"u": "B", "v": "F", "highway": "footway", "oneway": "forward"}
    assert told(BLOCK, extra=[path])["streets.oneway_foot"][0] == "note"


def test_foot_ways_that_cross_without_a_junction() -> None:
    crossing = [
        {"u": "A", "v": "E", "highway": "footway"},
        {"u": "B", "v": "D", "highway": "footway"},
    ]
    assert told(BLOCK, extra=crossing)["streets.crossing"][1].startswith("1 crossings")
    streets = draw_streets(BLOCK, cell=50, extra=crossing)
    over = pd.DataFrame({"bridge": False}, index=streets.edges.index)
    over.iloc[-1] = True
    assert list(check_streets(streets.with_edge_values(over), file="streets")) == []
    roads = [one | {"highway": "residential"} for one in crossing]
    assert told(BLOCK, extra=roads) == {}


def test_streets_without_length_and_very_long_ones() -> None:
    assert told(BLOCK, extra=[{"u": "A", "v": "B", "length_m": 0.0}])["streets.no_length"][0] == (
        "warning"
    )
    long = {"u": "A", "v": "I", "length_m": 4000.0}
    assert told(BLOCK, extra=[long])["streets.long"][1].startswith("1 streets have no junction")
    assert told(BLOCK, extra=[long | {"highway": "motorway"}]) == {}
