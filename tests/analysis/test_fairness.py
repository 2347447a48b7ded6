"""What is told of a group is what is true of its people at their addresses, one by one.

A group and the rest are everybody; inequality between the zones and within them is the whole; a
headcount beyond the line is what coverage leaves uncovered; and need tells nothing where all have
the same.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from quartieri15.analysis.concentration import concentration_index
from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.fairness import REASONS, Fairness, fairness
from quartieri15.analysis.need import need_index
from quartieri15.analysis.need_components import COMPONENTS, NeedComponent
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from tests.analysis.toy_zones import row_of_zones, times_of

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

NAN = math.nan
OLD = NeedComponent(name="old", of="over65", per="residents")
MUNICIPI = {1: 1, 2: 1, 3: 2, 4: 2}
PEOPLE = [(1, 100, 40), (2, 100, 20), (2, 50, 5), (3, 100, 10), (4, 60, 30)]
TIMES = [5.0, 10.0, 20.0, 30.0, 12.0]


def town(people: list[tuple] = PEOPLE) -> City:
    return row_of_zones(people, zones=4, municipi=MUNICIPI)


def fair(city: City, minutes: list[float], **options: object) -> Fairness:
    need = need_index(city, components=OLD, draws=100, least_people=0)
    asked = {"profile": "walk_75", "need": need, "times": times_of(city, minutes)}
    return fairness(city, **asked | options)


@pytest.fixture(scope="module")
def toy() -> Fairness:
    return fair(town(), TIMES)


def test_a_group_against_the_rest_by_hand(toy: Fairness) -> None:
    row = toy.groups.set_index("group").loc["over65"]
    # Old: 40 at 5 minutes, 20 at 10, 5 at 20, 10 at 30, 30 at 12. The rest: 60, 80, 45, 90, 30.
    assert row[["population", "covered"]].tolist() == [105, 90]
    assert row[["rest_population", "rest_covered"]].tolist() == [305, 170]
    assert row["share_difference"] == pytest.approx(90 / 105 - 170 / 305)
    assert row[["median_minutes", "rest_median_minutes"]].tolist() == [10, 12]
    assert row["median_difference"] == -2
    everybody = toy.groups.set_index("group").loc["residents"]
    assert everybody["reason"] == "no_rest"
    assert np.isnan(everybody["rest_share"])


def test_a_city_without_the_components_of_need_is_told_all_that_needs_none(toy: Fairness) -> None:
    told = fairness(town(), profile="walk_75", times=times_of(town(), TIMES))
    for name in ("groups", "inequality", "theil", "sufficiency", "zones", "extremes"):
        pd.testing.assert_frame_equal(getattr(told, name), getattr(toy, name))
    assert list(told.need.columns) == list(toy.need.columns)
    assert set(told.need["reason"]) == {"no_need_index"} <= REASONS.keys()
    assert told.need["in_no_ranked_zone"].tolist() == told.inequality["population"].tolist()
    assert told.need[["mean", "palma", "concentration", "rank_correlation"]].isna().all(axis=None)
    assert list(told.curves.columns) == list(toy.curves.columns)
    assert told.curves.empty
    of_need = told.need.attrs["provenance"]["need"]
    assert "does not count over75" in of_need["why"]
    assert "need_index(city, components=" in of_need["mend"]


def test_inequality_by_hand(toy: Fairness) -> None:
    row = toy.inequality.set_index(["group", "variable"]).loc[("residents", "minutes")]
    people, mean = np.array([100, 100, 50, 100, 60]), (500 + 1000 + 1000 + 3000 + 720) / 410
    ratio = np.array(TIMES) / mean
    assert row["mean"] == pytest.approx(mean)
    assert row["theil"] == pytest.approx((people * ratio * np.log(ratio)).sum() / 410)
    first, second = 2500 / 250 / mean, 3720 / 160 / mean
    between = (250 * first * np.log(first) + 160 * second * np.log(second)) / 410
    assert row["theil_between"] == pytest.approx(between)
    assert row["between_part"] == pytest.approx(between / row["theil"])
    covered = toy.inequality.set_index(["group", "variable"]).loc[("residents", "covered")]
    assert covered["gini"] == pytest.approx(1 - 260 / 410)
    parts = toy.theil[(toy.theil["group"] == "residents") & (toy.theil["variable"] == "minutes")]
    assert parts["mean"].tolist() == pytest.approx([10, 23.25])
    assert parts["zone"].tolist() == ["Municipio 1", "Municipio 2"]


def test_enough_by_hand(toy: Fairness) -> None:
    row = toy.sufficiency.set_index("group").loc["over65"]
    assert row["beyond"] == 15
    assert row["fgt0"] == pytest.approx(15 / 105)
    assert row["fgt1"] == pytest.approx((5 * 5 / 15 + 10 * 15 / 15) / 105)
    assert row["fgt2"] == pytest.approx((5 * (5 / 15) ** 2 + 10) / 105)
    assert row["mean_minutes_beyond"] == pytest.approx((5 * 5 + 10 * 15) / 15)


def test_the_best_served_zone_and_the_worst(toy: Fairness) -> None:
    row = toy.extremes.set_index("group").loc["residents"]
    assert row[["best_zone", "worst_zone"]].tolist() == ["Municipio 1", "Municipio 2"]
    assert row["difference"] == pytest.approx(200 / 250 - 60 / 160)


def test_need_by_hand(toy: Fairness) -> None:
    row = toy.need.set_index(["group", "variable"]).loc[("residents", "minutes")]
    # By share of old: NIL 4 (0.5), 1 (0.4), 2 (25 of 150), 3 (0.1); means 12, 5, 40/3, 30.
    minutes, need = [12, 5, 40 / 3, 30], [4, 3, 2, 1]
    people = [60, 100, 150, 100]
    assert row["concentration"] == pytest.approx(concentration_index(minutes, need, people))
    assert row["rank_correlation"] == pytest.approx(spearmanr(minutes, need).statistic)
    # The tenth least in need are 41 of NIL 3, the four tenths most in need NIL 4, 1 and 4 of 2.
    assert row["palma"] == pytest.approx(30 / ((60 * 12 + 100 * 5 + 4 * 40 / 3) / 164))
    assert row["reason"] == "no_bound"
    assert row[["population", "zones", "in_no_ranked_zone"]].tolist() == [410, 4, 0]
    curve = toy.curves[(toy.curves["group"] == "residents") & (toy.curves["variable"] == "minutes")]
    assert curve["population_share"].tolist() == pytest.approx(
        [0, 60 / 410, 160 / 410, 310 / 410, 1]
    )


def test_every_draw_of_zones_counted_by_hand(toy: Fairness) -> None:
    need = need_index(town(), components=OLD, draws=100, least_people=0)
    zones = need.ranked.index.to_numpy()
    chance = np.random.default_rng([need.seed, 4])
    drawn = chance.multinomial(4, np.full(4, 1 / 4), size=100)
    minutes = dict(zip([4, 1, 2, 3], [12, 5, 40 / 3, 30], strict=True))
    people = dict(zip([4, 1, 2, 3], [60, 100, 150, 100], strict=True))
    indices, correlations = [], []
    for counts in drawn:
        rows = [zone for zone, n in zip(zones, counts, strict=True) for _ in range(n)]
        own, degree = [minutes[zone] for zone in rows], [need.ranked[zone] for zone in rows]
        indices.append(concentration_index(own, degree, [people[zone] for zone in rows]))
        if len(set(rows)) > 1:
            correlations.append(spearmanr(own, degree).statistic)
    row = toy.need.set_index(["group", "variable"]).loc[("residents", "minutes")]
    ends = ["concentration_low", "concentration_high"]
    assert row[ends].tolist() == pytest.approx(np.quantile(indices, [0.05, 0.95]).tolist())
    ends = ["rank_correlation_low", "rank_correlation_high"]
    assert row[ends].tolist() == pytest.approx(np.quantile(correlations, [0.05, 0.95]).tolist())


POINTS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 50), st.sampled_from([0.0, 5.0, 15.0, 30.0, NAN])),
    min_size=1,
    max_size=10,
)


@given(POINTS)
@settings(max_examples=24)
def test_parts_add_up_and_nothing_is_missing_without_its_reason(points: list[tuple]) -> None:
    base = [(1, 10, 5), (2, 10, 1)]
    people = [*base, *((zone, n, n // 3) for zone, n, _ in points)]
    minutes = [1.0, 2.0, *(time for *_, time in points)]
    city = town(people)
    told = fair(city, minutes)
    for table in (told.groups, told.inequality, told.need, told.sufficiency, told.extremes):
        values = table.drop(columns="reason").map(lambda value: not pd.notna(value)).any(axis=1)
        assert (table.loc[values, "reason"] != "").all()
        assert set(table["reason"].str.split().explode().dropna()) <= {*REASONS}
        assert table.attrs["provenance"]["minutes"] == 15
    groups = told.groups.set_index("group")
    everybody = groups.loc["residents", "population"]
    both = groups["population"] + groups["rest_population"]
    assert both.tolist() == pytest.approx([everybody] * len(groups))
    parts = told.inequality
    assert (parts["theil_between"] + parts["theil_within"]).tolist() == pytest.approx(
        parts["theil"].tolist(), abs=1e-12
    )
    by_city = coverage(
        city, to="houses", profile="walk_75", by="city", times=times_of(city, minutes)
    )
    assert told.sufficiency["beyond"].tolist() == pytest.approx(by_city["uncovered"].tolist())
    assert (1 - told.sufficiency["fgt0"]).tolist() == pytest.approx(by_city["share"].tolist())
    cut_off = sum(n for _, n, time in points if np.isnan(time))
    assert told.sufficiency.set_index("group").loc["residents", "cannot_reach"] == cut_off


@given(st.sampled_from([5.0, 15.0, 30.0]))
def test_where_all_have_the_same_nobody_is_better_served(minutes: float) -> None:
    told = fair(town(), [minutes] * len(PEOPLE))
    row = told.groups.set_index("group").loc["over65"]
    assert row[["share_difference", "median_difference"]].tolist() == [0, 0]
    assert told.inequality[["gini", "theil"]].to_numpy() == pytest.approx(0, abs=1e-12)
    assert told.need["concentration"].to_numpy() == pytest.approx(0, abs=1e-12)
    ends = told.need[["concentration_low", "concentration_high"]].to_numpy()
    assert ends == pytest.approx(0, abs=1e-12)
    assert told.need["rank_correlation"].isna().all()
    assert told.need["reason"].str.contains("same_everywhere").all()
    assert (told.extremes["difference"] == 0).all()


def test_the_same_seed_tells_the_same(toy: Fairness) -> None:
    again = fair(town(), TIMES)
    for field in dataclasses.fields(Fairness):
        pd.testing.assert_frame_equal(getattr(toy, field.name), getattr(again, field.name))


def test_zones_that_overlap_have_no_inside() -> None:
    city = town()
    twice = city.zones["nil"].iloc[[0, 0]].assign(id=[1, 2], name=["One", "Two"])
    city = dataclasses.replace(city, zones={**city.zones, "areas": twice})
    with pytest.raises(InputError, match="zones areas: r0 lies in One and Two"):
        fair(city, TIMES, by="areas")
    # Zones that leave some people out make one more part of them.
    one = dataclasses.replace(city, zones={**city.zones, "areas": twice.iloc[:1]})
    told = fair(one, TIMES, by="areas").theil
    assert set(told["zone"]) == {"One", "in no zone"}


def test_what_makes_no_sense_is_refused_in_words() -> None:
    city = town()
    with pytest.raises(UnknownNameError, match="unknown set of zones 'place'"):
        fairness(city, profile="walk_75", by="place", times=times_of(city, TIMES))
    with pytest.raises(ParameterError, match="need is 'high'"):
        fair(city, TIMES, need="high")
    other = row_of_zones([(1, 9, 3), (2, 9, 4)], zones=2)
    need = need_index(other, components=OLD, least_people=0)
    with pytest.raises(InputError, match="its zones are not the nil of row"):
        fair(city, TIMES, need=need)


@pytest.fixture(scope="module")
def milano_fairness(milano: City) -> Fairness:
    groups = ["residents", "over65", "over75", "foreign", "over65_alone"]
    return fairness(milano, profile="walk_75", groups=groups)


def test_milano_adds_up_to_its_published_people(milano_fairness: Fairness) -> None:
    groups = milano_fairness.groups.set_index("group")
    assert groups.loc["over65", "population"] == pytest.approx(311_777)
    assert groups.loc["over65", ["population", "rest_population"]].sum() == pytest.approx(1_386_285)
    # 131,040 in 2020: the model keeps the share of those over 65 and has the people of 2021.
    alone = groups.loc["over65_alone", "population"]
    assert alone == pytest.approx(131_040 / 312_619 * 311_777, abs=1)
    assert len(milano_fairness.zones) == 5 * 9
    worst, best = (milano_fairness.extremes[f"{end}_zone"].unique() for end in ("worst", "best"))
    assert (worst.tolist(), best.tolist()) == (["Municipio 6"], ["Municipio 5"])


def test_in_milano_need_and_coverage_go_together_but_not_beyond_doubt(
    milano_fairness: Fairness,
) -> None:
    need = milano_fairness.need.set_index(["group", "variable"])
    old = need.loc[("over65", "covered")]
    assert old["erreygers_low"] < old["erreygers"] < 0 < old["erreygers_high"]
    assert old["palma"] < 1
    between = milano_fairness.inequality.set_index(["group", "variable"])["between_part"]
    assert between.between(0.02, 0.08).all()


def test_the_page_says_what_the_code_says(
    milano: City, root: Path, milano_fairness: Fairness
) -> None:
    page = " ".join((root / "docs/fairness.md").read_text(encoding="utf-8").split())
    told = milano_fairness
    groups = told.groups.set_index("group")
    for group, name in (
        ("over65", "over 65"),
        ("over75", "over 75"),
        ("foreign", "foreign citizens"),
        ("over65_alone", "over 65 and alone"),
    ):
        row = groups.loc[group]
        assert (
            f"| {name} | {row['share']:.1%} | {row['median_minutes']:.1f} min "
            f"| {row['rest_share']:.1%} | {row['rest_median_minutes']:.1f} min |"
        ).replace("%", " %") in page
    need = told.need[told.need["variable"] == "covered"].set_index("group").loc["over65"]
    spread = told.inequality[told.inequality["variable"] == "minutes"].set_index("group")
    spread = spread.loc["over65"]
    ends = told.extremes.set_index("group").loc["over65"]
    enough = told.sufficiency.set_index("group").loc["over65"]
    alone = coverage(milano, to="houses", profile="walk_75", groups="over65_alone")
    most = alone.sort_values("uncovered", ascending=False).head(3)
    without = int(((alone["population"] > 0) & (alone["covered"] == 0)).sum())
    interval = f"{need['erreygers_low']:.2f} to {need['erreygers_high']:.2f}"
    ranks = f"{need['rank_correlation_low']:.3f} to {need['rank_correlation_high']:.3f}"
    said = [
        f"is {need['erreygers']:.2f} (90 % interval {interval};",
        f"the {need['zones']} NIL {need['rank_correlation']:.3f} ({ranks})",
        f"covered {need['palma']:.2f} times",
        f"(Gini {spread['gini']:.2f}) {spread['between_part']:.0%} is",
        f"{ends['best_share']:.1%} are covered in {ends['best_zone']}",
        f"{ends['worst_share']:.1%} in {ends['worst_zone']}",
        f"{enough['fgt0']:.1%} of those over 65 are beyond the line",
        f"by {enough['mean_minutes_beyond']:.1f} minutes",
        f"order 1 is {enough['fgt1']:.2f}, of order 2 {enough['fgt2']:.2f}",
        f"The model has {in_tens(alone['population'].sum())} (",
        f"{in_tens(alone['uncovered'].sum())} of them have no house",
        *(f"{row.zone_id} ({in_tens(row.uncovered)})" for row in most.itertuples()),
        f"in {without} NIL none of them",
    ]
    said = [text.replace("%", " %").replace("  %", " %") for text in said]
    missing = [text for text in said if text not in page]
    assert not missing


def in_tens(people: float) -> str:
    return f"{round(people, -1):,.0f}"


def test_the_page_says_how_sure_the_ranking_is(milano: City, root: Path) -> None:
    page = " ".join((root / "docs/fairness.md").read_text(encoding="utf-8").split())
    need = need_index(milano)
    rows = need.stability.set_index("rank")
    named = {1: "San Siro is first", 6: "Giambellino, sixth,", 4: "Barona, fourth,"}
    for rank, words in named.items():
        assert words in page
        assert rows.loc[rank, "zone"].lower() in words.lower()
        assert f"in {rows.loc[rank, 'top_share']:.0%}".replace("%", " %") in page
    assert (
        f"the tenth, {rows.loc[10, 'zone'].title()}, in {rows.loc[10, 'top_share']:.0%}".replace(
            "%", " %"
        )
        in page
    )
    without = need_index(milano, components=[one for one in COMPONENTS if one != "renting"])
    barona = without.stability.set_index("zone_id").loc[rows.loc[4, "zone_id"]]
    assert f"so many rent there ({barona['rank']}th without that component)" in page
    ranked = need.figures.loc[need.ranked.index]
    assert f"is {ranked['over75'].corr(ranked['foreign']):.2f}" in page
    assert {24, 32} < set(need.stability["zone_id"].head(10))
