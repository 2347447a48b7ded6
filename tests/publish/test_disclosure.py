"""Nothing that a folder publishes tells of fewer people than the threshold, alone or together.

The law is attacked rather than restated: see ``folder_attack``. The attack must be able to win, so
it is first let loose on tables of exact counts with the small ones left out, and on what they hide.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import find_gaps
from quartieri15.errors import ParameterError
from quartieri15.model import profiles
from quartieri15.model.city import City
from quartieri15.publish.disclosure import (
    LIMITS,
    publishable,
    publishable_counts,
    publishable_gaps,
    publishable_together,
    rounded,
)
from quartieri15.reach.times import travel_times
from tests.analysis.toy_zones import row_of_zones, times_of
from tests.ascii_city import CRS, ORIGIN, draw_streets
from tests.publish.folder_attack import attack, known_about, read_exact, read_rounded, recovered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.publish.folder_attack import Known

CELL = 100.0
LENGTH = 40
STREET = draw_streets("A" + "-" * (LENGTH - 1) + "B", cell=CELL)
ADULT, OLDER = profiles.get("walk_adult"), profiles.get("walk_75")
BASE = 10.0


def street_city(
    people: Sequence[tuple[float, Mapping[str, float]]],
    *,
    houses: Sequence[float],
    nil: Sequence[int] = (20,),
    municipi: Sequence[int] = (),
) -> City:
    """Make a city along a street of 4 km: in 15 minutes an adult walks 11, an older person 8 cells.

    ``people`` and ``houses`` stand at cells of the street; NIL and Municipi end at the cells given
    and at the end of the street. The target area is the first NIL.
    """
    x, y = ORIGIN
    at = [column for column, _ in people]

    def zones(cuts: Sequence[int]) -> gpd.GeoDataFrame:
        ends = [0, *cuts, LENGTH + 1]
        shapes = [
            shapely.box(x + (low - 0.5) * CELL, y - 500, x + (high - 0.5) * CELL, y + 500)
            for low, high in itertools.pairwise(ends)
        ]
        ids = range(1, len(shapes) + 1)
        named = {"id": ids, "name": [f"Zone {i}" for i in ids], "area_km2": 1.0}
        return gpd.GeoDataFrame(named, geometry=shapes, crs=CRS)

    def points(columns: Sequence[float]) -> list[shapely.Point]:
        return [shapely.Point(x + column * CELL, y) for column in columns]

    groups = list(dict.fromkeys(group for _, counts in people for group in counts))
    counts = {group: [float(told.get(group, 0)) for _, told in people] for group in groups}
    return City(
        "street",
        streets=STREET,
        places=gpd.GeoDataFrame(
            {
                "id": [f"h{i}" for i in range(len(houses))],
                "name": [f"House {i}" for i in range(len(houses))],
                "kind": "ex_csrc",
                "network": "houses",
            },
            geometry=points(houses),
            crs=CRS,
        ),
        zones={
            "nil": zones(nil),
            "municipi": zones(municipi),
            "target_areas": zones(nil).iloc[:1],
        },
        residents=gpd.GeoDataFrame(
            {
                "id": [f"r{i}" for i in range(len(people))],
                "nil": 1 + np.searchsorted(nil, at, side="right"),
                "municipi": 1 + np.searchsorted(municipi, at, side="right"),
            }
            | counts,
            geometry=points(at),
            crs=CRS,
        ),
        provenance={"vintages": {"streets": "drawn"}, "licence_line": "drawn for a test"},
    )


def answers(city: City, **asked: Any) -> list[pd.DataFrame]:
    """Every table of coverage that a folder would hold, exact."""
    asked = {"profiles": [ADULT, OLDER], "minutes": [14.0, 15.0]} | asked
    times = {
        profile.name: travel_times(city, to="houses", profile=profile)
        for profile in asked["profiles"]
    }
    return [
        coverage(
            city, to="houses", profile=profile, minutes=minutes, by=by, times=times[profile.name]
        )
        for by in (*city.zones, "city", "place")
        for profile in asked["profiles"]
        for minutes in asked["minutes"]
    ]


def published(answers: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Every table of coverage, as it leaves the house."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for table in answers:
        tables.setdefault(str(table["by"].iloc[0]), []).append(table)
    exact = {by: pd.concat(found, ignore_index=True) for by, found in tables.items()}
    return list(publishable_together(exact).values())


def known_of(city: City, **asked: Any) -> Known:
    asked = {"profiles": [ADULT, OLDER], "minutes": [14.0, 15.0]} | asked
    return known_about(city, asked["profiles"], asked["minutes"])


def old(counts: float, *, of: float = 4.0) -> dict[str, float]:
    return {"over75": counts, "over65": of * counts}


TWO_HOUSES = street_city(
    [
        (4, {"over65": 4.3, "over75": 2.0}),
        (12, {"over65": 90.0, "over75": 40.0}),
        (17, {"over65": 61.0, "over75": 30.0}),
        (35, {"over65": 70.0, "over75": 35.0}),
    ],
    houses=[8, 16],
)
"""Two houses overlap only each other; 4.3 people older than 65 reach the first house alone."""

CASES: dict[str, City] = {
    "two houses that overlap only each other": TWO_HOUSES,
    "all but a few of those covered have another house": street_city(
        [(3, old(30)), (12, old(0.9)), (25, old(25)), (38, old(40))], houses=[4, 20]
    ),
    "over 75 within over 65": street_city(
        [(5, {"over65": 104.2, "over75": 101.1}), (19, old(20)), (30, old(30))], houses=[6]
    ),
    "the older reach a little less": street_city(
        [(5, old(30)), (13.5, {"over65": 3.4, "over75": 1.1}), (30, old(30))], houses=[4]
    ),
    "a minute less": street_city(
        [(5, old(30)), (14.9, {"over65": 6.0, "over75": 2.5}), (33, old(30))], houses=[4]
    ),
    "a zone that is another set's zone": street_city(
        [(3, old(29.5)), (13, old(2.2)), (25, old(60)), (38, old(2))],
        houses=[4, 24],
        municipi=[22, 36],
    ),
    "all but a few of a zone, at the end of a multiple": street_city(
        [(3, old(24.0)), (18, {"over65": 0.4, "over75": 0.2}), (30, old(60))], houses=[2, 33]
    ),
    "few have one house nearest, few the other, and both reach everybody": street_city(
        [(0, {"over65": 18.0, "over75": 9.25}), (1, {"over65": 10.0, "over75": 8.75})],
        houses=[0, 1],
    ),
    "all but one have the other house nearest, at the start of a multiple": street_city(
        [(0, old(1.0)), (1, old(15.0))], houses=[0, 1]
    ),
    "a zone of one, beside one of whom all are covered, near the end of a multiple": street_city(
        [(5, old(53.3)), (22, old(0.4)), (38, old(60))], houses=[6, 20], nil=[20]
    ),
    "a few who live where two sets of zones cross": street_city(
        [(5, old(29.5)), (20, old(1.4)), (21.5, old(20)), (30, old(60))],
        houses=[12],
        municipi=[22],
    ),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Known, list[pd.DataFrame]]:
    """What is known of a city, and all that there is to publish."""
    city = CASES[request.param]
    return known_of(city), answers(city)


def test_no_small_count_comes_back(case: tuple[Known, list[pd.DataFrame]]) -> None:
    known, exact = case
    targets = attack(known, read_rounded(published(exact), known, base=BASE), "over75", "over65")
    assert targets, "the case has something to find"
    assert recovered(targets) == []


def test_the_attack_finds_what_exact_tables_give_away(
    case: tuple[Known, list[pd.DataFrame]],
) -> None:
    """The same tables, exact where they are large and empty where they are small."""
    known, exact = case
    tables = [hiding(table, ("covered", "exclusive", "nearest")) for table in exact]
    assert recovered(attack(known, read_exact(tables, known, smallest=BASE), "over75", "over65"))


def test_the_attack_subtracts_two_houses_that_overlap_only_each_other() -> None:
    tables = answers(TWO_HOUSES, profiles=[OLDER], minutes=[15.0])
    known = known_of(TWO_HOUSES, profiles=[OLDER], minutes=[15.0])
    place = tables[-1].set_index(["zone_id", "group"])
    alone = place.loc[("h0", "over65"), "exclusive"]
    by_hand = place["covered"]["h0"] - place["covered"]["h1"] + place["exclusive"]["h1"]
    assert alone == pytest.approx(by_hand["over65"]) == pytest.approx(4.3)
    tables = [hiding(table, ("exclusive",)) for table in tables[-1:]]
    found = recovered(attack(known, read_exact(tables, known, smallest=BASE), "over75", "over65"))
    assert ("h0", pytest.approx(4.3, abs=1e-4)) in [
        (target.what.split("'")[3], target.low) for target in found if "exclusive" in target.what
    ]


def hiding(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Empty the small cells of exact tables, and nothing else."""
    told = table.copy()
    for name in told.columns.intersection(list(names)):
        told[name] = told[name].mask((told[name] > 0) & (told[name] < BASE))
    return told


people_of = st.tuples(
    st.one_of(st.floats(0, 12), st.integers(0, 130).map(float), st.floats(0, 400)),
    st.floats(0, 1),
).map(lambda counts: {"over65": counts[0], "over75": counts[0] * counts[1]})


@given(
    people=st.lists(st.tuples(st.integers(0, LENGTH), people_of), min_size=3, max_size=9),
    houses=st.lists(st.integers(0, LENGTH), min_size=1, max_size=3, unique=True),
    nil=st.lists(st.integers(1, LENGTH), min_size=1, max_size=3, unique=True).map(sorted),
    municipi=st.lists(st.integers(1, LENGTH), max_size=2, unique=True).map(sorted),
)
@settings(max_examples=8)
def test_no_small_count_comes_back_from_any_street(
    people: list[tuple[float, dict[str, float]]],
    houses: list[float],
    nil: list[int],
    municipi: list[int],
) -> None:
    """Whoever lives where, and but for edges of several roundings that happen to meet."""
    city = street_city(people, houses=houses, nil=nil, municipi=municipi)
    asked: dict[str, Any] = {"profiles": [ADULT, OLDER], "minutes": [15.0]}
    known = known_of(city, **asked)
    told = read_rounded(published(answers(city, **asked)), known, base=BASE, room=BASE / 4)
    assert recovered(attack(known, told, "over75", "over65", rounds=4)) == []


def test_a_total_at_the_edge_of_its_rounding_gives_no_zone_away() -> None:
    """1 uncovered of 102 beside 104 of 204 covered: 205 in all leave the 1 hardly any room."""
    zones = table_of([(101, 1), (104, 100), (0, 40)], by="nil")
    city = table_of([(205, 141)], by="city")
    told = publishable_together({"nil": zones, "city": city})
    assert told["city"]["covered"].tolist() == [210]
    assert told["nil"]["covered"].isna().tolist() == [True, True, False]
    assert told["nil"]["suppressed"].tolist() == [True, True, False]
    # A total in the middle of its rounding leaves the second one as it is.
    middle = publishable_together(
        {
            "nil": table_of([(101, 1), (109, 100), (0, 40)], by="nil"),
            "city": table_of([(210, 141)], by="city"),
        }
    )
    assert middle["nil"]["covered"].isna().tolist() == [True, False, False]


counts = st.one_of(
    st.just(0.0), st.floats(0.01, 12), st.floats(0, 500), st.integers(0, 40).map(float)
)
splits = st.lists(st.tuples(counts, counts), min_size=1, max_size=12)


def table_of(splits: list[tuple[float, float]], **columns: object) -> pd.DataFrame:
    covered, uncovered = np.array(splits, dtype=float).reshape(-1, 2).T
    population = covered + uncovered
    with np.errstate(invalid="ignore"):
        share = covered / population
    return pd.DataFrame(
        {
            "by": "nil",
            "zone_id": range(1, len(splits) + 1),
            "group": "over65",
            "population": population,
            "covered": covered,
            "uncovered": uncovered,
            "share": share,
            "median_minutes": 7.0,
        }
        | columns
    )


@given(splits)
@settings(max_examples=50)
def test_a_row_adds_up_and_tells_no_small_count(split: list[tuple[float, float]]) -> None:
    exact = table_of(split)
    told = publishable(exact)
    for was, row in zip(exact.itertuples(), told.itertuples(), strict=True):
        sides = (was.covered, was.uncovered)
        for name in ("population", "covered", "uncovered"):
            count = getattr(row, name)
            assert math.isnan(count) or count % BASE == 0
            assert math.isnan(count) or (count == 0) == (getattr(was, name) <= 1e-9)
            assert math.isnan(count) or abs(count - getattr(was, name)) <= 2 * BASE
        assert row.suppressed == math.isnan(row.covered)
        if any(1e-9 < side < BASE for side in sides):
            assert row.suppressed
            assert math.isnan(row.share)
        if not row.suppressed:
            assert row.covered + row.uncovered == row.population
            assert math.isnan(row.share) or row.share == round(row.covered / row.population, 3)
        for limit, side in zip((row.covered_at_least, row.uncovered_at_least), sides, strict=True):
            assert math.isnan(limit) or (row.suppressed and limit < side)


@given(st.floats(0.1, 300))
@settings(max_examples=30)
def test_a_known_population_leaves_every_told_count_room(population: float) -> None:
    """All splits of one population that are published alike lie far apart."""
    steps = np.linspace(0, population, 1501)[1:-1]
    exact = table_of([(step, population - step) for step in steps])
    told = publishable(exact).assign(exact=exact["covered"])
    marks = ["covered", *LIMITS]
    alike = told.groupby(marks, dropna=False)["exact"].agg(["min", "max"])
    narrow = alike["max"] - alike["min"] < min(BASE / 2, population) - 3 * population / 1500
    assert not narrow.any()


@given(splits)
@settings(max_examples=50)
def test_the_order_of_the_rows_does_not_matter(split: list[tuple[float, float]]) -> None:
    table = table_of(split)
    turned = publishable(table.iloc[::-1]).iloc[::-1]
    pd.testing.assert_frame_equal(publishable(table), turned)


def test_a_quarter_of_42_residents() -> None:
    told = publishable(table_of([(30, 12), (38, 4), (900, 350), (0, 0), (0, 44), (36, 0), (3, 4)]))
    nan = math.nan
    expected = {
        "population": [40, 40, 1250, 0, 40, 40, nan],
        "covered": [30, nan, 900, 0, 0, 40, nan],
        "uncovered": [10, nan, 350, 0, 40, 0, nan],
        "covered_at_least": [nan, 20, nan, nan, nan, nan, nan],
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(told[name], values)
    assert told["suppressed"].tolist() == [False, True, False, False, False, False, True]
    # Half within 7 minutes would be a limit of a split that is not told.
    assert told["median_minutes"].isna().tolist() == told["suppressed"].tolist()


def test_what_has_been_made_publishable_stays_as_it_is() -> None:
    told = publishable(table_of([(38, 4), (500, 500), (93, 81)]))
    pd.testing.assert_frame_equal(publishable(told), told)


def test_another_smallest_count_is_another_base() -> None:
    told = publishable(table_of([(38, 4), (1, 70)]), smallest_count=3)
    assert told["covered"].tolist()[0] == 39
    assert told["suppressed"].tolist() == [False, True]


def test_a_smallest_count_of_zero_hides_and_rounds_nothing() -> None:
    exact = table_of([(38.2, 4.1), (1, 0)])
    told = publishable(exact, smallest_count=0)
    assert not told["suppressed"].any()
    pd.testing.assert_frame_equal(told[exact.columns], exact)
    together = publishable_together({"nil": exact}, smallest_count=0)["nil"]
    pd.testing.assert_frame_equal(together, told)


@pytest.mark.parametrize("senseless", [math.nan, -1, math.inf, "10", None, True])
def test_a_senseless_smallest_count_is_refused(senseless: object) -> None:
    with pytest.raises(ParameterError, match="smallest_count"):
        publishable(table_of([(38, 4)]), smallest_count=senseless)  # type: ignore[arg-type]


def test_a_place_and_a_zone_of_the_same_people_tell_the_same() -> None:
    zones = table_of([(95.2, 0.3), (500, 300)])
    place = table_of([(95.2, 700.1)], by="place", nearest=95.2, exclusive=95.2)
    told = publishable_together({"nil": zones, "place": place})
    assert told["nil"]["covered"].isna().tolist() == [True, False]
    assert told["place"][["covered", "uncovered", "exclusive", "nearest"]].isna().all(axis=None)
    assert told["place"]["suppressed"].all()


def test_places_round_what_only_they_cover() -> None:
    rows = table_of([(503, 901)] * 2, by="place", nearest=[418.0, 4.0], exclusive=[3.0, 77.0])
    told = publishable(rows)
    assert told["covered"].tolist() == [500, 500]
    np.testing.assert_array_equal(told["nearest"], [420, math.nan])
    np.testing.assert_array_equal(told["exclusive"], [math.nan, 80])
    np.testing.assert_array_equal(told["median_minutes"], [7, math.nan])
    assert told["suppressed"].all()


def test_few_who_have_places_nearest_do_not_come_back_from_everybody() -> None:
    """9.25 and 8.75 of 18 people in all would be 8 to 10 each, if empty meant fewer than 10."""
    nan = math.nan
    for nearest, expected in (
        ([9.25, 8.75, 0.0], [nan, nan, 0]),
        # The one of 13 may stand for any number below 15, so the one of 9 lies in 7 to 15.
        ([9.0, 13.0], [nan, nan]),
        # 16 people less at least 15 of them would leave at most 1.
        ([1.0, 15.0], [nan, nan]),
        ([1.0, 21.0], [nan, 20]),
        ([1.0, 15.0, 200.0], [nan, 20, 200]),
        ([15.0, 24.0], [20, 20]),
    ):
        rows = table_of([(300, 901)] * len(nearest), by="place", nearest=nearest)
        told = publishable(rows)
        np.testing.assert_array_equal(told["nearest"], expected)
        np.testing.assert_array_equal(told["suppressed"], np.isnan(expected))
        assert publishable(rows, smallest_count=0)["nearest"].tolist() == nearest


def test_a_total_is_not_told_where_no_zone_is_left_to_hide() -> None:
    """1 covered of 61, beside 53.3 of whom all are covered: 50 in all would be fewer than 55."""
    told = publishable_together(
        {
            "nil": table_of([(53.3, 0), (1, 60)], by="nil"),
            "city": table_of([(54.3, 60)], by="city"),
        }
    )
    assert told["nil"]["suppressed"].tolist() == [False, True]
    assert told["city"]["suppressed"].tolist() == [True]
    assert told["city"][["covered", "uncovered", "share", *LIMITS]].isna().all(axis=None)


def test_gaps_are_made_of_what_is_published() -> None:
    city = row_of_zones([(1, 100, 80), (1, 9, 4), (2, 304, 93), (2, 200, 74)], zones=2)
    cover = coverage(city, to="houses", profile="walk_75", times=times_of(city, [1.0, 40, 1, 40]))
    gaps = find_gaps(city, cover, groups="over65")
    told = publishable(gaps)
    assert isinstance(told, gpd.GeoDataFrame)
    assert told["zone_id"].tolist() == [2, 1]
    few, many = told.loc[1], told.loc[0]
    assert few[["covered", "uncovered", "share", "uncovered_per_km2", "score"]].isna().all()
    assert (few["population"], few["covered_at_least"]) == (80, 60)
    assert few["reason_codes"] == "suppressed"
    assert many[["rank", "population", "uncovered", "uncovered_per_km2"]].tolist() == [
        *(1, 170, 80, 80)
    ]
    assert (many["score"], many["incidence"]) == (1, 170 / 500)
    again = publishable_gaps(gaps, publishable(cover))
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(told), check_like=True)


def test_a_zone_of_few_people_hides_its_own_reasons_and_no_others() -> None:
    city = row_of_zones([(1, 600, 160), (2, 304, 90), (2, 300, 30), (3, 5, 2)], zones=3)
    cover = coverage(city, to="houses", profile="walk_75", times=times_of(city, [1, 40, 1, 40]))
    told = publishable(find_gaps(city, cover, groups="over65")).set_index("zone_id")
    assert {"below_city", "dense"} <= {*told.loc[2, "reason_codes"].split()}
    assert told.loc[3, "reason_codes"] == "suppressed"
    assert told.loc[3, ["population", "density_per_km2", "incidence"]].isna().all()


def test_what_cannot_be_made_of_rounded_counts_is_left_out() -> None:
    table = table_of([(500, 303), (700, 902)], rank=[2, 1], score=[0.25, 0.75])
    assert not {"rank", "score"} & {*publishable(table).columns}
    loads = pd.DataFrame({"edge_id": [1], "people": [41.7], "person_km": [1.3]})
    assert publishable_counts(loads, ()).to_dict("list") == {"edge_id": [1], "people": [40]}


@pytest.mark.parametrize("sides", [["uncovered"], ["covered", "population"], ["population"]])
def test_a_side_without_the_others_is_no_exception(sides: list[str]) -> None:
    exact = pd.DataFrame({name: [412.3, 4.2, 0.0] for name in sides} | {"share": [0.91234] * 3})
    told = publishable(exact)
    for name in sides:
        assert told[name].tolist() == pytest.approx([410, math.nan, 0], nan_ok=True)
    assert told["share"].tolist() == pytest.approx([0.912, math.nan, 0.912], nan_ok=True)
    assert told["suppressed"].tolist() == [False, True, False]
    same = publishable(exact, smallest_count=0)
    pd.testing.assert_frame_equal(same.drop(columns="suppressed"), exact)


def test_equal_counts_that_were_added_up_in_another_order_are_told_alike() -> None:
    one, other = 85 - 1e-12, 85 + 1e-12
    assert one < 85 < other
    assert rounded([one, other]).tolist() == [90, 90]
