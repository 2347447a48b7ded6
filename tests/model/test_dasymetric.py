"""Dasymetric weights: zones close for any weights, and no group is larger than its whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.model.residents.dasymetric import (
    PART_OF,
    misplaced_share,
    require_parts,
    spread_residents,
)
from quartieri15.model.residents.groups import GROUPS


@st.composite
def towns(draw: st.DrawFn) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Zones with counts that nest, and points of any weight, at least one in each zone."""
    zones = draw(st.integers(1, 4))

    def part(whole: int) -> int:
        return draw(st.integers(0, whole) | st.just(whole))

    rows = []
    for _ in range(zones):
        # In millionths, of which counts are whole numbers.
        residents = draw(st.integers(0, 10**6).map(lambda people: people * 10**6))
        residents = draw(st.just(residents) | st.integers(0, 10**12))
        over65 = part(residents)
        over75 = part(over65)
        households = part(residents)
        rows.append(
            {
                "residents": residents,
                "minors": part(residents - over65),
                "over65": over65,
                "over75": over75,
                "over85": part(over75),
                "foreign": part(residents),
                "over65_alone": part(over65),
                "households": households,
                "renting_households": part(households),
            }
        )
    weight = st.floats(1e-6, 1e6) | st.just(0.0)
    points = draw(st.lists(st.tuples(st.integers(0, zones - 1), weight), max_size=30))
    points += [(zone, draw(st.floats(1e-6, 1e6))) for zone in range(zones)]
    kept = draw(st.sets(st.sampled_from(GROUPS[1:])))
    counts = (pd.DataFrame(rows) / 1e6)[["residents", *(g for g in GROUPS[1:] if g in kept)]]
    zone, weights = map(np.array, zip(*points, strict=True))
    return counts, zone, weights


@given(town=towns())
def test_zones_close_and_groups_nest(town: tuple[pd.DataFrame, np.ndarray, np.ndarray]) -> None:
    counts, zone, weights = town
    spread = spread_residents(counts, zone=zone, weights=weights)
    micro = {group: np.rint(points * 1e6).astype(np.int64) for group, points in spread.items()}
    assert list(spread) == [group for group in GROUPS if group in counts]
    for group, points in micro.items():
        sums = np.zeros(len(counts), dtype=np.int64)
        np.add.at(sums, zone, points)
        assert sums.tolist() == np.rint(counts[group] * 1e6).astype(np.int64).tolist()
        assert (points >= 0).all()
        assert (points[weights == 0] == 0).all()
        for above in PART_OF.get(group, ()):
            if above in micro:
                assert (points <= micro[above]).all()
    if {"minors", "over65"} <= micro.keys():
        assert (micro["minors"] + micro["over65"] <= micro["residents"]).all()


@given(town=towns())
def test_every_point_has_its_proportion(
    town: tuple[pd.DataFrame, np.ndarray, np.ndarray],
) -> None:
    counts, zone, weights = town
    spread = spread_residents(counts, zone=zone, weights=weights)
    for point in range(len(zone)):
        beside = [other for other in range(len(zone)) if zone[other] == zone[point]]
        total = sum(weights[other] for other in beside)
        wanted = counts["residents"].iloc[zone[point]] * weights[point] / total
        assert spread["residents"][point] == pytest.approx(wanted, rel=1e-9, abs=2e-6)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"residents": [3.0], "over65": [4.0]}, "4 over65 among 3 residents"),
        ({"residents": [9.0], "over75": [3.0], "over65": [2.0]}, "3 over75 among 2 over65"),
        ({"residents": [9.0], "minors": [5.0], "over65": [5.0]}, "10 minors and over65 among 9"),
        ({"residents": [2.0], "households": [3.0]}, "3 households among 2 residents"),
        ({"residents": [-1.0]}, "-1 counts nobody"),
        ({"residents": [np.nan]}, "nan counts nobody"),
    ],
)
def test_counts_that_cannot_be_are_refused(counts: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        spread_residents(pd.DataFrame(counts), zone=[0], weights=[1])


def test_people_without_a_point_are_refused() -> None:
    with pytest.raises(InputError, match="nobody to give it to"):
        spread_residents(pd.DataFrame({"residents": [3, 1]}), zone=[0], weights=[1])


def test_the_row_of_the_file_is_named() -> None:
    counts = pd.DataFrame({"residents": [3], "over65": [4]}, index=pd.Index([7], name="line"))
    counts.attrs = {"file": "people.csv"}
    with pytest.raises(InputError, match=r"^people.csv, line 7: "):
        require_parts(counts)


@given(
    counts=st.lists(st.integers(0, 1000), min_size=2, max_size=6),
    weights=st.lists(st.floats(0, 100), min_size=6, max_size=6),
)
def test_the_misplaced_are_those_who_would_have_to_move(
    counts: list[int], weights: list[float]
) -> None:
    weights = weights[: len(counts)]
    share = misplaced_share(counts, weights)
    if not sum(counts) or not sum(weights):
        assert share is None
        return
    told = [sum(counts) * weight / sum(weights) for weight in weights]
    too_many = sum(max(0, t - c) for t, c in zip(told, counts, strict=True))
    assert share == pytest.approx(too_many / sum(counts), abs=1e-9)
    assert 0 <= share <= 1 + 1e-9


def test_one_zone_tells_no_error() -> None:
    assert misplaced_share([5], [1]) is None
