"""Laws: an edit along a street changes that stretch and nothing else; a facility is never made
worse; stress follows the library's rules where it is not stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import stress
from quartieri15.planning.edits import CalmTraffic, ChangeStreets, CloseStreet, CycleTrack, Edit
from tests.planning.toy_town import line, town

CITY = town(oneway=True)
EDGES = CITY.streets.edges
MEDIA = np.flatnonzero((EDGES["name"] == "Via Media").to_numpy())


def after(edit: Edit, city: Any = CITY) -> pd.DataFrame:
    """The edges after an edit; all but those of Via Media are as they were."""
    edges = edit.resolve(city).city.streets.edges
    others = city.streets.edges.index.difference(MEDIA)
    before = city.streets.edges.loc[others].astype(object)
    assert pd.DataFrame(edges.loc[others].astype(object)).equals(pd.DataFrame(before))
    return edges.loc[MEDIA]


def with_values(**values: Any) -> Any:
    changed = CITY.streets.with_edge_values(pd.DataFrame(values, index=MEDIA))
    return CITY.with_(streets=changed)


def test_a_two_way_track_opens_a_one_way_street_to_cycles() -> None:
    edges = after(CycleTrack("via media"))
    assert set(edges["cycle_facility"]) == {"track"}
    assert edges["bicycle_forward"].all()
    assert edges["bicycle_backward"].all()
    assert set(edges["oneway"]) == {"forward"}
    assert set(stress.levels(edges)) == {1}
    said = CycleTrack("via media").resolve(CITY).said
    assert "360 m may be ridden against one-way vehicles" in said
    assert "stress 2 to 1 on 360 m" in said


def test_a_lane_runs_with_the_vehicles_unless_it_is_said_to_be_two_way() -> None:
    assert not after(CycleTrack("via media", facility="lane"))["bicycle_backward"].any()
    assert after(CycleTrack("via media", facility="lane", two_way=True))["bicycle_backward"].all()
    assert not after(CycleTrack("via media", two_way=False))["bicycle_backward"].any()


def test_a_better_facility_stays_and_its_metres_are_told() -> None:
    city = with_values(cycle_facility=["track", "none"])
    edit = CycleTrack("via media", facility="lane")
    told = edit.resolve(city)
    assert told.city.streets.edges["cycle_facility"].loc[MEDIA].tolist() == ["track", "lane"]
    assert (told.edges, told.length_m, told.already_m) == (1, 180, 180)
    assert "180 m were so already" in told.said


def test_a_stated_stress_is_dropped_where_the_street_changes() -> None:
    city = with_values(stress=[4.0, 4.0])
    assert set(stress.levels(city.streets.edges.loc[MEDIA])) == {4}
    assert after(CycleTrack("via media"), city)["stress"].isna().all()
    assert set(after(CycleTrack("via media", stress=3), city)["stress"]) == {3}
    assert after(CalmTraffic("via media"), city)["stress"].isna().all()


def test_calm_traffic_lowers_limits_and_raises_none() -> None:
    city = with_values(maxspeed_kmh=[20.0, np.nan])
    assert after(CalmTraffic("via media"), city)["maxspeed_kmh"].tolist() == [20, 30]
    assert set(stress.levels(after(CalmTraffic("via media")))) == {1}


def test_a_stretch_ends_where_it_is_said_to() -> None:
    edit = CalmTraffic("via media", start="via ponente", end="via centrale")
    assert after(edit)["maxspeed_kmh"].isna().tolist() == [False, True]
    assert edit.resolve(CITY).length_m == 180


@pytest.mark.parametrize(
    ("oneway", "start", "end", "direction"),
    [
        ("along", "via ponente", "via levante", "forward"),
        ("against", "via ponente", "via levante", "backward"),
        ("along", "via levante", "via ponente", "backward"),
    ],
)
def test_a_direction_is_told_from_street_to_street(
    oneway: str, start: str, end: str, direction: str
) -> None:
    city = with_values(oneway="no", bicycle_forward=True, bicycle_backward=True)
    edges = after(ChangeStreets("via media", start=start, end=end, oneway=oneway), city)
    assert set(edges["oneway"]) == {direction}
    assert set(edges["bicycle_forward"]) == {direction == "forward"}
    assert set(edges["bicycle_backward"]) == {direction == "backward"}
    both = after(ChangeStreets("via media", oneway="no"))
    assert set(both["oneway"]) == {"no"}
    assert both["bicycle_backward"].all()


def test_a_street_becomes_a_pedestrian_one() -> None:
    edges = after(ChangeStreets("via media", highway="pedestrian"))
    assert set(edges["highway"]) == {"pedestrian"}
    assert set(stress.levels(edges)) == {1}


def test_a_street_closes_for_all_or_for_some() -> None:
    closed = after(CloseStreet("via media"))
    assert not closed[["foot", "bicycle_forward", "bicycle_backward"]].to_numpy().any()
    ridden = after(CloseStreet("via media", mode="bicycle"))
    assert ridden["foot"].all()
    again = CloseStreet("via media").resolve(CITY).city
    with pytest.raises(InputError, match="close_street changes nothing"):
        CloseStreet("via media").resolve(again)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown street"):
        CycleTrack("via che non esiste").resolve(CITY)
    with pytest.raises(ParameterError, match="it is not said what changes"):
        ChangeStreets("via media")
    with pytest.raises(ParameterError, match="say from which street to which"):
        ChangeStreets("via media", oneway="along")
    with pytest.raises(ParameterError, match="did you mean track"):
        CycleTrack("via media", facility="traks")
    stairs = with_values(highway="steps", steps=True)
    with pytest.raises(InputError, match="no street of it takes cycles"):
        CycleTrack("via media").resolve(stairs)
    with pytest.raises(InputError, match="no vehicle goes there"):
        CalmTraffic("via media").resolve(stairs)


def test_a_line_takes_the_whole_streets_under_it() -> None:
    # Along Via Media, from its start to the middle of its second half.
    edit = CycleTrack(line=line((0.05, 2.05), (4.5, 2.05)))
    told = edit.resolve(CITY)
    assert told.edges == 1
    assert told.matched.startswith("the line as drawn: Via Media, 1 edges, 180 m; 1 edges under it")
    drawn = told.city.streets.edges
    assert drawn["cycle_facility"].ne("none").to_numpy().nonzero()[0].tolist() == [MEDIA[0]]
    # All of it, drawn the other way round and round a corner.
    whole = CycleTrack(line=line((0, 0), (0, 2), (6, 2))[::-1], stress=1).resolve(CITY)
    assert whole.edges == 3
    assert (
        "Via Ponente and Via Media" in whole.matched or "Via Media and Via Ponente" in whole.matched
    )


def test_a_line_gives_what_the_words_give() -> None:
    for kind, more in ((CycleTrack, {}), (CalmTraffic, {}), (CloseStreet, {"mode": "foot"})):
        drawn = kind(line=line((0, 2), (6, 2)), **more).resolve(CITY)
        said = kind("via media", **more).resolve(CITY)
        pd.testing.assert_frame_equal(drawn.city.streets.edges, said.city.streets.edges)
    turned = ChangeStreets(line=line((6, 2), (0, 2)), oneway="along").resolve(CITY)
    said = ChangeStreets("via media", start="via levante", end="via ponente", oneway="along")
    pd.testing.assert_frame_equal(turned.city.streets.edges, said.resolve(CITY).city.streets.edges)


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"line": line((0.5, 0.5), (5.5, 0.5))}, InputError, "no street lies under the line"),
        # Across streets, and along none.
        ({"line": line((1.5, -1), (1.5, 5))}, InputError, "none of which runs along it"),
        ({}, ParameterError, "none of along and line is given"),
        ({"along": "via media", "line": line((0, 2), (6, 2))}, ParameterError, "both given"),
        ({"along": "via media", "tolerance_m": 5}, ParameterError, "tolerance_m is given"),
        ({"line": line((0, 2), (6, 2)), "start": "via levante"}, ParameterError, "from is given"),
        ({"line": [[9.19, 45.46]]}, ParameterError, "is no line"),
        ({"line": line((0, 2), (6, 2)), "tolerance_m": 0}, ParameterError, "tolerance_m"),
        ({"line": [[0.0, 0.0], [0.0, 1.0]]}, InputError, "outside the streets"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(fields: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        CycleTrack(**fields).resolve(CITY)
