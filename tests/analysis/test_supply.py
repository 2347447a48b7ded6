"""Law: every place is counted in one zone, and the next one is never nearer than the one before."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.supply import supply
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from tests.analysis.line_town import (
    KM,
    WALK,
    in_reach,
    line_town,
    minutes_between,
    people_lists,
    percentile,
    place_lists,
)

if TYPE_CHECKING:
    from quartieri15.model.city import City


def zone_of(x: float) -> int:
    return min(int(x // 1000), KM - 1) + 1


@settings(max_examples=40)
@given(place_lists, people_lists)
def test_it_agrees_with_a_plain_count(places: list[float], people: list[tuple]) -> None:
    # A place on a border counts in the first of its zones.
    home = [max(1, math.ceil(x / 1000)) for x in places]
    table = supply(line_town(places, people), by="nil", k=2, **WALK).set_index("zone_id")
    for zone, row in table.iterrows():
        there = [(x, older) for x, _, older in people if zone_of(x) == zone]
        population = sum(older for _, older in there)
        seen = [sum(in_reach(x, p) for p in places) for x, _ in there]
        lived_in = [x for x, older in there if older]
        assert row["population"] == population
        assert row["places_inside"] == home.count(zone)
        assert row["places_in_reach"] == sum(any(in_reach(x, p) for x in lived_in) for p in places)
        assert row["covered"] == sum(older for (_, older), n in zip(there, seen, strict=True) if n)
        if population:
            visits = sum(older * n for (_, older), n in zip(there, seen, strict=True))
            assert row["mean_places_in_reach"] == pytest.approx(visits / population)
            assert row["places_per_1000"] == pytest.approx(1000 * home.count(zone) / population)
        next_ones = [(sorted(minutes_between(x, p) for p in places), older) for x, older in there]
        for nth, ending in enumerate(("", "_2")):
            times = [(near[nth] if nth < len(near) else math.inf, n) for near, n in next_ones]
            for name, part in (("median_minutes", 0.5), ("p90_minutes", 0.9)):
                told = row[name + ending]
                assert told == pytest.approx(percentile(times, part), nan_ok=True)
                assert not math.isnan(told) or row["reason"]


@settings(max_examples=30)
@given(place_lists, people_lists)
def test_zones_add_up_to_the_city(places: list[float], people: list[tuple]) -> None:
    town = line_town(places, people)
    whole = supply(town, by="city", **WALK).iloc[0]
    for by in ("nil", "municipi"):
        parts = supply(town, by=by, **WALK)
        for column in ("population", "covered", "places_inside"):
            assert parts[column].sum() == whole[column]
        assert parts["places_inside_least"].sum() <= len(places)
        assert parts["places_inside_most"].sum() >= len(places)
        assert parts["places_in_reach"].max() <= whole["places_in_reach"]
    reached = [whole[f"median_minutes{end}"] for end in ("", "_2", "_3")]
    known = [value for value in reached if not math.isnan(value)]
    assert known == sorted(known)


@settings(max_examples=30)
@given(place_lists, people_lists, st.lists(st.sampled_from([0.0, 90, 1500, None]), min_size=5))
def test_the_bounds_hold_the_places_that_may_be_there(
    places: list[float], people: list[tuple], metres: list[float | None]
) -> None:
    vague = metres[: len(places)]
    town = line_town(places, people, location_uncertainty_m=vague)
    table = supply(town, by="nil", **WALK).set_index("zone_id")
    for zone, row in table.iterrows():
        near = []
        for x, u in zip(places, vague, strict=True):
            gap = [max(0.0, 1000 * (z - 1) - x, x - 1000 * z) for z in range(1, KM + 1)]
            may = [z for z, d in enumerate(gap, 1) if d <= (u or 0)]
            near.append(may if u else may[:1])
        assert row["places_inside_most"] == sum(zone in may for may in near)
        assert row["places_inside_least"] == sum(may == [zone] for may in near)
    assert (table["places_inside_least"] <= table["places_inside"]).all()
    assert (table["places_inside"] <= table["places_inside_most"]).all()


def test_each_zone_has_an_access_point_or_says_what_it_lacks() -> None:
    # A house in the first km; someone in the second reaches it, in the third nobody; the fourth
    # is empty.
    town = line_town([900], [(500, 0, 5), (1100, 0, 4), (2900, 0, 3)])
    table = supply(town, by="nil", k=2, **WALK)
    assert table["access"].tolist() == ["inside", "within_minutes", "none", "nobody"]
    assert table["reason"].tolist() == [*["too_few_places"] * 3, "no_population"]
    # One house is just enough for the nearest one.
    one = supply(town, by="nil", k=1, **WALK)
    assert one["reason"].tolist() == ["", "", "", "no_population"]
    empty = table.iloc[3]
    assert empty["places_inside"] == 0
    assert math.isnan(empty["places_per_1000"])
    assert math.isnan(empty["share"])


def test_who_finds_no_way_is_told() -> None:
    # The second point lives too far from every street.
    town = line_town([900, 1000], [(500, 0, 5), (1500, 0, 4)])
    far = town.residents.geometry.translate(0, 5000).where(town.residents["id"] == "r1")
    moved = town.residents.assign(geometry=far.fillna(town.residents.geometry))
    town = type(town)(
        town.name, town.streets, town.places, town.zones, moved, dict(town.provenance)
    )
    table = supply(town, by="nil", k=1, **WALK)
    assert table.loc[1, "reason"] == "unreachable:median_minutes unreachable:p90_minutes"
    assert table.loc[0, "reason"] == ""


def test_what_makes_no_sense_is_refused() -> None:
    town = line_town([1000], [(1000, 0, 10)])
    for wrong, error, words in (
        ({"k": 0}, ParameterError, "k is 0"),
        ({"k": 21}, ParameterError, "from 1 to 20"),
        ({"k": True}, ParameterError, "k is True"),
        ({"by": "place"}, UnknownNameError, "set of zones"),
        ({"by": "nils"}, UnknownNameError, "nil"),
        ({"group": None}, ParameterError, "name one group"),
        ({"minutes": None}, ParameterError, "minutes is None"),
        ({"to": town.places.iloc[:0]}, InputError, "there is no place"),
    ):
        with pytest.raises(error, match=words):
            supply(town, **WALK | wrong)
    vague = town.places.assign(location_uncertainty_m=["far"])
    with pytest.raises(
        InputError, match="row 0, column location_uncertainty_m: 'far' is not a number"
    ):
        supply(town, by="nil", **WALK | {"to": vague})


def test_milano_has_the_published_houses_and_its_zones_add_up(milano: City) -> None:
    """The deck states 62 houses; the ex-CAM list by Municipio is 4, 5, 1, 3, 5, 5, 4, 4, 2."""
    table = supply(milano, **WALK)
    assert table["places_inside"].sum() == 62
    cam = supply(milano, **WALK | {"to": "ex_cam"})
    assert cam["places_inside"].tolist() == [4, 5, 1, 3, 5, 5, 4, 4, 2]
    cover = coverage(milano, by="municipi", groups="over65", **WALK)
    np.testing.assert_allclose(table["covered"], cover["covered"], rtol=1e-9)
    np.testing.assert_allclose(table["median_minutes"], cover["median_minutes"])


def test_milano_q4_and_q18(milano: City) -> None:
    municipi = supply(milano, **WALK).set_index("zone_id")
    fewest = municipi["places_per_1000"].idxmin()
    assert fewest == 3
    assert municipi.loc[3, "places_per_1000"] == pytest.approx(0.09, abs=0.005)
    # It stays the fewest wherever the uncertain houses stand.
    others = municipi.drop(index=3)
    assert municipi.loc[3, "places_per_1000_most"] < others["places_per_1000_least"].min()
    nil = supply(milano, by="nil", **WALK)
    assert nil["access"].value_counts().to_dict() == {
        "inside": 36,
        "within_minutes": 33,
        "none": 18,
        "nobody": 1,
    }
