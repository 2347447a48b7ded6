"""Law: both, one alone and neither add up to everybody, and a place shares at most its people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.overlap import PARTS, network_overlap, overlap
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.places import in_doubt
from tests.analysis.line_town import WALK, in_reach, line_town, people_lists, place_lists

if TYPE_CHECKING:
    from quartieri15.model.city import City

ASKED = {"profile": "walk_75", "groups": "over65"}


@settings(max_examples=40)
@given(place_lists, people_lists)
def test_a_pair_of_places_shares_the_people_who_reach_both(
    places: list[float], people: list[tuple]
) -> None:
    matrix = overlap(line_town(places, people), **WALK)
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            both = sum(n for x, _, n in people if in_reach(x, one) and in_reach(x, other))
            assert matrix.iloc[i, j] == both
    assert (matrix.to_numpy() == matrix.to_numpy().T).all()
    assert (matrix.to_numpy() <= np.diag(matrix)).all()


@settings(max_examples=40)
@given(place_lists, people_lists)
def test_two_networks_part_the_people(places: list[float], people: list[tuple]) -> None:
    town = line_town(places, people)
    first, second = town.places.iloc[:1], town.places.iloc[-1:]
    table = network_overlap(town, first, second, by="nil", **ASKED).set_index("zone_id")
    whole = network_overlap(town, first, second, **ASKED).iloc[0]
    for part in PARTS:
        assert table[part].sum() == whole[part]
    expected = dict.fromkeys(PARTS, 0)
    for x, _, n in people:
        there = in_reach(x, places[0]), in_reach(x, places[-1])
        name = {(True, True): "both", (True, False): "only_first", (False, True): "only_second"}
        expected[name.get(there, "neither")] += n
    assert {part: whole[part] for part in PARTS} == expected
    assert whole["population"] == sum(n for *_, n in people)
    covered = whole["population"] - whole["neither"]
    if covered:
        assert whole["doubled"] == pytest.approx(whole["both"] / covered)
    else:
        assert math.isnan(whole["doubled"])
    assert (table["share_both"].isna() == (table["reason"] == "no_population")).all()
    assert (table["doubled"].isna() == (table["reason"] != "")).all()


def test_places_in_both_networks_are_named(milano: City) -> None:
    told = network_overlap(milano, "houses", "wemi", **ASKED).attrs["provenance"]
    assert len(told["shared_places"]) == 19
    assert [one["places"] for one in told["networks"]] == ["houses", "wemi"]
    assert told["networks"][1]["places_left_out"] == {"WEMI-06": "no_position"}


def test_a_place_without_a_position_shares_nobody() -> None:
    matrix = overlap(line_town([1000, None], [(1000, 0, 10)]), **WALK)
    assert matrix.to_numpy().tolist() == [[10, 0], [0, 0]]
    assert matrix.attrs["provenance"]["places_left_out"] == {"h1": "no_position"}


def test_what_makes_no_sense_is_refused() -> None:
    town = line_town([1000, 2000], [(1000, 0, 10)])
    with pytest.raises(UnknownNameError, match="ex_cam"):
        network_overlap(town, "ex_csrc", "ex_came", **ASKED)
    with pytest.raises(InputError, match=r"^second: a list was given"):
        network_overlap(town, "ex_csrc", ["ex_cam"], **ASKED)
    with pytest.raises(UnknownNameError, match="set of zones"):
        network_overlap(town, "ex_csrc", "ex_cam", by="place", **ASKED)
    with pytest.raises(ParameterError, match="name one group"):
        overlap(town, **WALK, group=["over65"])
    with pytest.raises(InputError, match="the id 'h0' stands twice"):
        overlap(town, **WALK | {"to": town.places.assign(id="h0")})


def test_milano_closes_on_coverage(milano: City) -> None:
    row = network_overlap(milano, "ex_csrc", "ex_cam", **ASKED).iloc[0]
    for places, parts in (
        ("ex_csrc", ["both", "only_first"]),
        ("ex_cam", ["both", "only_second"]),
        ("houses", ["both", "only_first", "only_second"]),
    ):
        cover = coverage(milano, to=places, by="city", profile="walk_75", groups="over65")
        assert row[parts].sum() == pytest.approx(cover["covered"].item(), rel=1e-9)
    # A fifth of those who reach a house at all reach both networks.
    assert row["doubled"] == pytest.approx(0.20, abs=0.005)
    # What holds wherever the 28 doubtful houses stand, as the notebook tells it.
    sure = milano.houses[~in_doubt(milano.houses)]
    sides = (sure[sure["kind"] == kind] for kind in ("ex_csrc", "ex_cam"))
    floor = network_overlap(milano, *sides, **ASKED).iloc[0]
    assert len(sure) == 34
    assert floor["both"] == pytest.approx(6_980, abs=5)
    assert floor["population"] - floor["neither"] == pytest.approx(81_240, abs=5)
    matrix = overlap(milano, **WALK)
    assert (matrix.to_numpy() == matrix.to_numpy().T).all()
    cover = coverage(milano, by="place", groups="over65", **WALK)
    np.testing.assert_allclose(np.diag(matrix), cover["covered"], rtol=1e-9)
