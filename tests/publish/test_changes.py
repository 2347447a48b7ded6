"""A before and an after tell of no few people, neither each by itself nor by their difference.

The law is attacked, as that of a folder is: see ``folder_attack``. A row adds up, what is nobody is
told as nobody, and ranks and costs are made of what is published.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.publish.changes import publishable_changes, publishable_comparison
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import in_time
from tests.ascii_city import CRS, ORIGIN
from tests.publish.folder_attack import (
    attack,
    known_about,
    public,
    read_changes,
    recovered,
)
from tests.publish.test_disclosure import ADULT, CELL, LENGTH, OLDER, old, street_city

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quartieri15.model.city import City
    from tests.publish.folder_attack import Known

BASE = 10.0
PROFILES = (ADULT, OLDER)


def with_houses(city: City, columns: Sequence[float]) -> City:
    x, y = ORIGIN
    points = [shapely.Point(x + column * CELL, y) for column in columns]
    places = gpd.GeoDataFrame(
        {
            "id": [f"n{i}" for i in range(len(points))],
            "name": "House",
            "kind": "ex_csrc",
            "network": "houses",
        },
        geometry=points,
        crs=CRS,
    )
    return city.with_(places=places)


def changes(
    city: City, plans: Mapping[str, City], *, minutes: Sequence[float] = (15.0,)
) -> dict[str, pd.DataFrame]:
    """What a comparison holds, counted address by address in plain Python."""
    tables: dict[str, list[dict[str, Any]]] = {"nil": [], "municipi": [], "city": []}
    for plan, later in plans.items():
        for profile in PROFILES:
            reached = [
                travel_times(one, to="houses", profile=profile)["minutes"].to_numpy()
                for one in (city, later)
            ]
            for limit in minutes:
                before, after = (in_time(found, limit) for found in reached)
                for by, rows in tables.items():
                    zones = [0] if by == "city" else list(city.zones[by]["id"])
                    for zone in zones:
                        inside = (
                            np.ones(len(before), dtype=bool)
                            if by == "city"
                            else (city.residents[by] == zone).to_numpy()
                        )
                        for group in city.groups:
                            people = np.where(inside, city.residents[group], 0.0)
                            rows.append(
                                {
                                    "scenario": plan,
                                    "by": by,
                                    "zone_id": zone,
                                    "group": group,
                                    "profile": profile.name,
                                    "minutes": limit,
                                    "population_before": people.sum(),
                                    "population_after": people.sum(),
                                    "covered_before": people[before].sum(),
                                    "covered_after": people[after].sum(),
                                    "gained": people[after & ~before].sum(),
                                    "lost": people[before & ~after].sum(),
                                    "difference": people[after].sum() - people[before].sum(),
                                }
                            )
    return {by: pd.DataFrame(rows) for by, rows in tables.items()}


CASES: dict[str, tuple[City, list[list[float]]]] = {
    "a few gain beside many who stay": (
        street_city([(4, old(30)), (19, old(1.2)), (30, old(40))], houses=[4]),
        [[4, 24]],
    ),
    "a few lose and many gain": (
        street_city([(3, old(1.1)), (12, old(40)), (30, old(50))], houses=[9]),
        [[20]],
    ),
    "two plans, one a little further": (
        street_city([(6, old(30)), (20, old(25)), (23.5, old(1.3)), (36, old(30))], houses=[6]),
        [[6, 14], [6, 17]],
    ),
    "all but a few of a zone, after": (
        street_city([(3, old(24)), (18, old(0.5)), (30, old(60))], houses=[33]),
        [[2, 33]],
    ),
    "a few more at the edge of a multiple": (
        street_city(
            [(4, {"over65": 94.5, "over75": 44.6}), (18, old(0.6, of=3)), (30, old(60))],
            houses=[4],
        ),
        [[10]],
    ),
    "what one zone gains another loses": (
        street_city([(3, old(15)), (18, old(1.4)), (22, old(1.6)), (37, old(15))], houses=[12]),
        [[28]],
    ),
}


def case_of(name: str) -> tuple[Known, dict[str, pd.DataFrame]]:
    city, moves = CASES[name]
    plans = {f"plan {i}": with_houses(city, houses) for i, houses in enumerate(moves)}
    return known_about(city, PROFILES, [15.0], plans=plans), changes(city, plans)


def told_of(tables: Mapping[str, pd.DataFrame], known: Known) -> Any:
    told = public(known)
    read_changes(told, publishable_changes(tables).values(), known, base=BASE)
    return told


@pytest.mark.parametrize("name", CASES)
def test_no_small_count_comes_back(name: str) -> None:
    known, exact = case_of(name)
    targets = attack(known, told_of(exact, known), "over75", "over65")
    assert targets, "the case has something to find"
    assert recovered(targets) == []


@pytest.mark.parametrize("name", CASES)
def test_the_attack_finds_what_exact_differences_give_away(name: str) -> None:
    """The same tables with exact counts, small gains and losses left empty, are no secret."""
    known, exact = case_of(name)
    told = public(known)
    for table in exact.values():
        for row in table.to_dict("records"):
            who = f"{row['profile']} after {row['scenario']}"
            for profile, side in ((row["profile"], "before"), (who, "after")):
                count = row[f"covered_{side}"]
                key = (row["by"], row["zone_id"], "covered", profile, row["minutes"])
                if count == 0 or count >= BASE:
                    told.between(row["group"], key, count, count)
    assert recovered(attack(known, told, "over75", "over65"))


people_of = st.tuples(
    st.one_of(st.floats(0, 12), st.integers(0, 130).map(float), st.floats(0, 400)),
    st.floats(0, 1),
).map(lambda counts: {"over65": counts[0], "over75": counts[0] * counts[1]})


@given(
    people=st.lists(st.tuples(st.integers(0, LENGTH), people_of), min_size=3, max_size=8),
    houses=st.lists(st.integers(0, LENGTH), min_size=1, max_size=2, unique=True),
    later=st.lists(st.integers(0, LENGTH), min_size=1, max_size=3, unique=True),
    nil=st.lists(st.integers(1, LENGTH), min_size=1, max_size=2, unique=True).map(sorted),
)
@settings(max_examples=10)
def test_no_small_count_comes_back_from_any_plan(
    people: list[tuple[float, dict[str, float]]],
    houses: list[int],
    later: list[int],
    nil: list[int],
) -> None:
    city = street_city(people, houses=houses, nil=nil)
    plans = {"plan": with_houses(city, later)}
    known = known_about(city, PROFILES, [15.0], plans=plans)
    exact = changes(city, plans)
    assert recovered(attack(known, told_of(exact, known), "over75", "over65", rounds=4)) == []


def row(before: float, gained: float, lost: float, *, people: float = 500.0) -> pd.DataFrame:
    after = before + gained - lost
    return pd.DataFrame(
        {
            "scenario": ["plan"],
            "zone_id": 0,
            "group": "over65",
            "profile": "walk_75",
            "minutes": 15.0,
            "population_before": people,
            "population_after": people,
            "covered_before": before,
            "covered_after": after,
            "gained": gained,
            "lost": lost,
            "difference": after - before,
            "low": gained - lost - 7.0,
            "high": gained - lost + 7.0,
            "probability_of_gain": 0.98765,
        }
    )


counts = st.one_of(st.just(0.0), st.floats(0.01, 12), st.floats(0, 150))


@given(before=counts, gained=counts, lost=counts, rest=counts)
@settings(max_examples=60)
def test_a_row_adds_up_and_zero_is_nobody(
    before: float, gained: float, lost: float, rest: float
) -> None:
    lost = min(lost, before)
    exact = row(before, gained, lost, people=before + gained + rest)
    told = publishable_changes({"city": exact})["city"].iloc[0]
    for name, count in (("gained", gained), ("lost", lost)):
        whole = before + gained + rest
        few = 1e-9 < min(count, whole - count) < BASE or (count > 1e-9 and whole < 25)
        assert math.isnan(told[name]) <= (few and count > 1e-9)
        assert not 1e-9 < count < BASE or math.isnan(told[name])
        assert (told[name] == 0) == (count <= 1e-9)
        assert math.isnan(told[name]) or abs(told[name] - count) <= 3 * BASE
        assert math.isnan(told[name]) or told[name] % BASE == 0
    if not math.isnan(told["covered_before"] + told["covered_after"]):
        assert told["difference"] == told["covered_after"] - told["covered_before"]
    if not (math.isnan(told["difference"]) or told["suppressed"]) and told["gained"] > 0:
        made = told["gained"] - told["lost"] == told["difference"]
        assert made or min(gained, lost + BASE) < 3 * BASE
    if not math.isnan(told["low"]):
        assert told["low"] <= exact["low"][0] <= exact["high"][0] <= told["high"]


def test_where_nothing_changes_nothing_is_hidden_of_it() -> None:
    told = publishable_changes({"city": row(4, 0, 0)})["city"].iloc[0]
    assert math.isnan(told["covered_before"])
    assert told[["gained", "lost", "difference"]].tolist() == [0, 0, 0]


def test_by_hand() -> None:
    told = publishable_changes({"nil": row(103, 47, 0), "city": row(103, 47, 22)})
    one = told["nil"].iloc[0]
    assert one[["covered_before", "covered_after", "difference", "gained", "lost"]].tolist() == [
        *(100, 150, 50, 50, 0)
    ]
    assert one[["low", "high", "probability_of_gain"]].tolist() == [40, 60, 0.99]
    other = told["city"].iloc[0]
    assert other[["covered_before", "covered_after", "difference", "gained", "lost"]].tolist() == [
        *(100, 130, 30, 50, 20)
    ]


def test_zero_hides_and_rounds_nothing() -> None:
    exact = row(103.2, 4.1, 0)
    told = publishable_changes({"city": exact}, smallest_count=0)["city"]
    pd.testing.assert_frame_equal(told[exact.columns], exact)


def test_a_summary_is_made_of_what_is_published() -> None:
    plans = [("a", 203.0, 900_000.0), ("b", 61.0, 900_000.0), ("c", 4.0, 10.0), ("d", 333.0, 2e6)]
    exact = pd.concat(
        [row(103, gained, 0, people=900.0).assign(scenario=name) for name, gained, _ in plans],
        ignore_index=True,
    )
    summary = exact.drop(columns="zone_id").assign(
        area_set="city",
        area_id=0,
        people_quicker=[500.0, 61.0, 4.0, 333.0],
        people_slower=0.0,
        minutes_saved_mean=[1.26, 2.0, 1.0, 3.1],
        cost_eur=[cost for *_, cost in plans],
        cost_per_newly_covered_eur=1.0,
        rank=0,
        on_pareto_front=True,
    )
    zones, told = publishable_comparison(exact.assign(by="nil"), summary)
    assert zones["gained"].equals(told["gained"])
    np.testing.assert_array_equal(told["gained"], [210, 60, math.nan, 340])
    np.testing.assert_array_equal(told["people_quicker"], [500, 60, math.nan, 330])
    np.testing.assert_array_equal(told["minutes_saved_mean"], [1.5, math.nan, math.nan, 3.0])
    np.testing.assert_array_equal(
        told["cost_per_newly_covered_eur"], [4290, 15_000, math.nan, 5880]
    )
    assert told["rank"].tolist() == [2, 3, 4, 1]
    assert told["on_pareto_front"].tolist() == [True, False, True, True]


def test_people_who_come_and_leave_are_told_apart_from_who_gains() -> None:
    exact = row(103, 47, 0).assign(
        population_after=700.0,
        population_change=200.0,
        covered_after=103 + 47 + 155.0,
        covered_by_population_change=155.0,
    )
    told = publishable_changes({"city": exact})["city"].iloc[0]
    assert told[["covered_before", "covered_after", "gained", "difference"]].tolist() == [
        *(100, 310, 50, 50)
    ]
    assert told[["covered_by_population_change", "population_change"]].tolist() == [160, 200]
