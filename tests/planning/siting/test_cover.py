"""The law: a candidate covers the people by whom the coverage grows when a place opens there.

Residents points are merged into rows only where the same candidates cover them, and nobody is lost:
rows, covered already and out of reach add up to the city.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.planning.siting import cover
from quartieri15.planning.siting.cover import CoverInstance, cover_instance
from quartieri15.reach.times import travel_time_matrix
from tests.ascii_city import CRS, draw_city
from tests.reach.towns import towns

if TYPE_CHECKING:
    from quartieri15.model.city import City

LINE = """
A----------B----------C----------D
"""
"""Four junctions 110 m apart, on one street."""


def line_city() -> City:
    """People at A, B, C and D, and a house at A."""
    return draw_city(
        LINE,
        places={"house": (0.0, 0.0)},
        people={(0.0, 0.0): 10.0, (11.0, 0.0): 20.0, (22.0, 0.0): 30.0, (33.0, 0.0): 40.0},
    )


def covered_points(instance: CoverInstance, candidate: int) -> set[int]:
    """The residents points whose rows a candidate covers."""
    rows = set(instance.rows_of(candidate).tolist())
    return {i for i, row in enumerate(instance.row_of_point.tolist()) if row in rows}


def test_only_people_that_no_house_covers_are_left() -> None:
    # 1.2 m/s: 110 m take 1.53 minutes.
    city = line_city()
    instance = cover_instance(city, profile="walk_adult", minutes=2, group="residents")
    assert instance.row_of_point.tolist()[:2] == [cover.COVERED_BY_KEPT] * 2
    assert instance.covered_by_kept == 30
    assert instance.weight.sum() == 70
    assert instance.gains().tolist() == [0, 30, 70, 70]


def test_points_that_the_same_candidates_cover_are_one_row() -> None:
    city = line_city()
    far = city.residents.iloc[[3]]
    instance = cover_instance(
        city, profile="walk_adult", minutes=2, group="residents", candidates=far
    )
    assert instance.weight.tolist() == [70]
    assert instance.row_of_point.tolist() == [-1, -1, 0, 0]


def test_points_kept_apart_are_never_merged() -> None:
    city = line_city()
    instance = cover_instance(
        city,
        profile="walk_adult",
        minutes=2,
        group="residents",
        candidates=city.residents.iloc[[3]],
        apart=["x", "x", "y", None],
    )
    assert sorted(instance.weight.tolist()) == [30, 40]


def test_who_no_candidate_reaches_is_told_and_who_is_nobody_too() -> None:
    city = draw_city(
        LINE,
        places={"house": (0.0, 0.0)},
        people={(0.0, 0.0): 10.0, (11.0, 0.0): 20.0, (22.0, 0.0): 0.0, (33.0, 0.0): 40.0},
    )
    instance = cover_instance(
        city,
        profile="walk_adult",
        minutes=1,
        group="residents",
        candidates=city.residents.iloc[[1]],
    )
    assert instance.out_of_reach == 40
    assert instance.row_of_point.tolist() == [
        cover.COVERED_BY_KEPT,
        0,
        cover.NOBODY,
        cover.OUT_OF_REACH,
    ]
    assert instance.population == 70


def test_places_may_be_given_up() -> None:
    city = line_city()
    asked = {"profile": "walk_adult", "minutes": 1, "group": "residents"}
    assert cover_instance(city, keep=[], **asked).gains().tolist() == [10, 20, 30, 40]
    assert cover_instance(city, keep=["house"], **asked).gains().tolist() == [0, 20, 30, 40]


def test_a_candidate_without_street_or_position_covers_nobody_and_is_counted() -> None:
    city = line_city()
    table = gpd.GeoDataFrame(
        {"id": ["here", "nowhere", "far"]},
        geometry=[
            city.residents.geometry.iloc[3],
            None,
            city.residents.geometry.iloc[3].__class__(512_000, 5_050_000),
        ],
        crs=CRS,
    )
    instance = cover_instance(
        city, profile="walk_adult", minutes=2, group="residents", candidates=table
    )
    assert instance.gains().tolist() == [70, 0, 0]
    assert instance.provenance["candidates_without_street"] == 2


@settings(max_examples=24)
@given(towns(), st.sampled_from([0.5, 2.0, 8.0]), st.sampled_from(["walk_adult", "bike_adult"]))
def test_a_candidate_covers_whom_a_new_place_there_would(
    city: City, minutes: float, profile: str
) -> None:
    candidates = city.residents.assign(id=[f"new {i}" for i in range(len(city.residents))])
    try:
        instance = cover_instance(
            city, profile=profile, minutes=minutes, group="residents", candidates=candidates
        )
    except InputError as no_street:
        assert "may be used by" in str(no_street)  # noqa: PT017 - a town of stairs alone
        return
    people = city.residents["residents"].to_numpy()

    def reached(table: gpd.GeoDataFrame) -> dict[str, set[int]]:
        matrix = travel_time_matrix(city, to=table, profile=profile, minutes=minutes)
        at = pd.Index(city.residents["id"]).get_indexer(pd.Index(matrix["origin_id"]))
        found: dict[str, set[int]] = {name: set() for name in table["id"]}
        for place, point in zip(matrix["place_id"], at.tolist(), strict=True):
            found[place].add(point)
        return found

    before = set().union(*reached(city.houses).values())
    for i, points in enumerate(reached(candidates).values()):
        assert covered_points(instance, i) == points - before
        assert instance.gain([i]) == pytest.approx(people[sorted(points - before)].sum())
    assert instance.population == pytest.approx(people.sum())


def test_gains_in_milano_are_those_of_coverage(milano: City) -> None:
    chosen = np.random.default_rng(15).choice(len(milano.residents), 40, replace=False)
    table = milano.residents.iloc[np.sort(chosen)]
    instance = cover_instance(milano, profile="walk_75", candidates=table)
    asked = {"profile": "walk_75", "by": "city", "groups": "over65"}
    before = coverage(milano, to="houses", **asked)["covered"].item()
    assert instance.covered_by_kept == pytest.approx(before, abs=1e-6)
    order = np.argsort(-instance.gains())
    for chosen_now in (order[:1], order[5:6], order[:7]):
        new = table.iloc[chosen_now][["id", "geometry"]]
        opened = gpd.GeoDataFrame(
            pd.concat([milano.houses[["id", "geometry"]], new], ignore_index=True), crs=milano.crs
        )
        after = coverage(milano, to=opened, **asked)["covered"].item()
        assert instance.gain(chosen_now) == pytest.approx(after - before, abs=1e-6)


def test_merging_changes_no_gain(milano: City) -> None:
    table = milano.residents.iloc[::400]
    asked = {"profile": "walk_65", "candidates": table}
    merged = cover_instance(milano, **asked)
    apart = cover_instance(milano, apart=np.arange(len(milano.residents)), **asked)
    assert len(merged.weight) < len(apart.weight)
    some = np.random.default_rng(1)
    for _ in range(20):
        chosen = some.choice(len(table), 5, replace=False)
        assert merged.gain(chosen) == pytest.approx(apart.gain(chosen), abs=1e-6)
    assert merged.gains() == pytest.approx(apart.gains(), abs=1e-6)


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"minutes": 0}, ParameterError, "minutes is 0"),
        ({"minutes": None}, ParameterError, "minutes is None"),
        ({"group": "over66"}, UnknownNameError, "did you mean over65"),
        ({"group": ["over65"]}, ParameterError, "name one group"),
        ({"keep": "house"}, ParameterError, "not a collection of ids"),
        ({"keep": ["hose"]}, UnknownNameError, "did you mean house"),
        ({"keep": [["house"]]}, UnknownNameError, "unknown place"),
        ({"apart": [1]}, ParameterError, "1 values for 4 residents points"),
        ({"candidates": "hoses"}, UnknownNameError, "did you mean houses"),
        ({"candidates": 3}, InputError, "a int was given"),
        ({"to": 3}, InputError, "a int was given"),
        ({"profile": "wolk_75"}, UnknownNameError, "did you mean walk_75"),
    ],
)
def test_what_makes_no_sense_is_named(
    wrong: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        cover_instance(line_city(), **({"profile": "walk_adult"} | wrong))


@pytest.mark.parametrize("wrong", [4, -1, 1.0, True, None, "r0"])
def test_a_position_that_is_none_is_named(wrong: object) -> None:
    instance = cover_instance(line_city(), profile="walk_adult", minutes=1, group="residents")
    with pytest.raises(ParameterError, match="is no candidate"):
        instance.rows_of(wrong)
    with pytest.raises(ParameterError, match="is no candidate"):
        instance.gain([0, wrong])


def test_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover, "MOST_PAIRS", 3)
    with pytest.raises(ParameterError, match="more than 3 pairs"):
        cover_instance(line_city(), profile="walk_adult", minutes=5, group="residents", keep=[])


@pytest.mark.parametrize(
    ("weight", "covers", "ids", "said"),
    [
        ([1, -1], [[0]], None, "weight is"),
        ([1, float("inf")], [[0]], None, "weight is"),
        ([[1]], [[0]], None, "weight is"),
        (["a"], [[0]], None, "weight is"),
        ([1], [[1]], None, "1 is no row"),
        ([1], [[0.0]], None, "is no row"),
        ([1], [[0], [0]], ["a"], "no 2 different ids"),
        ([1], [[0], [0]], ["a", "a"], "no 2 different ids"),
        ([1], [[0], [0]], [["a"], ["b"]], "no 2 different ids"),
    ],
)
def test_sets_written_by_hand_are_checked(
    weight: list[float], covers: list[list[int]], ids: list[str] | None, said: str
) -> None:
    with pytest.raises(ParameterError, match=said):
        CoverInstance.of(weight, covers, candidate_ids=ids)
