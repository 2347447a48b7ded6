"""Need is what its components say: the needier by one, all else the same, the higher in rank.

The unit of a component and the size of the weights do not matter; every zone has its row, ranked or
with a reason; and the same seed draws the same weights.
"""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.need import REASONS, NeedIndex, need_index
from quartieri15.analysis.need_components import COMPONENTS, NeedComponent
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.planning.siting.fairness import neediest_zones
from tests.analysis.toy_zones import row_of_zones

OLD = NeedComponent(name="old", of="over65", per="residents")
FOREIGN = NeedComponent(name="foreign", of="foreign", per="residents")
SCALES = ("z", "rank", "min_max")


def town(*people: tuple[int, float, float], foreign: list[float] | None = None, zones: int = 4):
    return row_of_zones(people, zones=zones, foreign=foreign or [n / 10 for _, n, _ in people])


TOWN = town((1, 1000, 100), (2, 1000, 300), (3, 1000, 200), foreign=[500.0, 100.0, 300.0])


def index_of(city=TOWN, **options: object) -> NeedIndex:
    return need_index(city, **{"components": [OLD, FOREIGN], "draws": 50} | options)


def test_z_scores_by_hand() -> None:
    told = index_of(weights={"old": 3, "foreign": 1})
    # Shares 0.1, 0.3, 0.2 and 0.5, 0.1, 0.3: evenly spaced, so scores of 0 and +-sqrt(3/2).
    far = np.sqrt(1.5)
    assert told.scores.loc[[1, 2, 3]].to_numpy() == pytest.approx(
        np.array([[-far, far], [far, -far], [0, 0]])
    )
    assert told.zones["zone_id"].tolist() == [2, 3, 1, 4]
    assert told.zones["need"].tolist()[:3] == pytest.approx([far / 2, 0, -far / 2])
    assert told.zones["rank"].tolist() == [1, 2, 3, pd.NA]
    assert told.components["weight"].tolist() == [0.75, 0.25]
    assert told.components["mean"].tolist() == pytest.approx([0.2, 0.3])
    assert told.components["correlation"].tolist() == pytest.approx([1, -1])
    assert told.figures.loc[1].tolist() == [0.1, 0.5]


def test_every_component_by_default_says_why_it_tells_need() -> None:
    unsaid = NeedComponent.why
    assert [name for name, component in COMPONENTS.items() if component.why == unsaid] == []


def test_the_other_scales_by_hand() -> None:
    least_and_most = index_of(scale="min_max").scores.loc[[1, 2, 3]]
    assert least_and_most.to_numpy() == pytest.approx(np.array([[0, 1], [1, 0], [0.5, 0.5]]))
    ranks = index_of(scale="rank").scores.loc[[1, 2, 3]]
    assert ranks.to_numpy() == pytest.approx(np.array([[1, 5], [5, 1], [3, 3]]) / 6)
    less = NeedComponent(name="old", of="over65", per="residents", direction=-1)
    turned = index_of(scale="min_max", components=[less, FOREIGN]).scores.loc[[1, 2, 3]]
    assert turned["old"].tolist() == pytest.approx([1, 0, 0.5])


@pytest.mark.parametrize("scale", SCALES)
def test_zones_that_tie_have_one_rank_whatever_their_order(scale: str) -> None:
    people = [(1, 1000, 200), (2, 1000, 300), (3, 1000, 200), (4, 1000, 100)]
    told = need_index(town(*people), components=OLD, scale=scale, draws=5)
    assert told.zones[["zone_id", "rank"]].to_numpy().tolist() == [[2, 1], [1, 2], [3, 2], [4, 4]]
    ends = told.stability[["rank", "rank_p05", "rank_p95"]]
    assert ends.to_numpy().tolist() == [[1] * 3, [2] * 3, [2] * 3, [4] * 3]
    assert told.neediest(0.5)["zone_id"].tolist() == [2, 1]


def test_zones_without_a_rank_are_kept_with_their_reason() -> None:
    few = town((1, 1000, 100), (2, 1000, 300), (3, 50, 20), zones=5, foreign=[5.0, 9.0, 1.0])
    own = pd.DataFrame({"own": [1.0, 2.0, 3.0, 4.0]}, index=[1, 2, 3, 4])
    told = index_of(few).zones.set_index("zone_id")
    assert told["reason"].tolist() == ["", "", "few_people", "no_population", "no_population"]
    assert told["reason_text"].tolist()[2] == REASONS["few_people"]
    assert told["need"].notna().tolist() == [True, True, True, False, False]
    component = NeedComponent(name="own", of="own")
    with pytest.raises(InputError, match="1 of 5 zones can be ranked"):
        index_of(few, components=[component], table=own.iloc[1:], least_people=100)
    told = index_of(few, components=[component], table=own.iloc[1:], least_people=0)
    assert told.zones.set_index("zone_id").loc[1, "reason"] == "unknown_component"
    assert told.zones["zone_id"].tolist()[:2] == [3, 2]


def test_a_constant_component_is_refused_in_words() -> None:
    even = town((1, 1000, 100), (2, 2000, 200))
    with pytest.raises(InputError, match=r"component old: it is 0.1 in every one of the 2 zones"):
        index_of(even)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=5).filter(
        lambda shares: all(len(set(column)) > 1 for column in zip(*shares, strict=True))
    ),
    st.sampled_from(SCALES),
    st.sampled_from([1, -1]),
)
@settings(max_examples=40)
def test_a_zone_that_is_needier_by_every_component_is_needier(
    shares: list[tuple[int, int]], scale: str, direction: int
) -> None:
    old, foreign = (list(column) for column in zip(*shares, strict=True))
    city = town(
        *((k, 10, n) for k, n in enumerate(old, start=1)), foreign=foreign, zones=len(shares)
    )
    turned = NeedComponent(name="old", of="over65", per="residents", direction=direction)
    told = index_of(city, scale=scale, components=[turned, FOREIGN], least_people=0)
    need = told.zones.set_index("zone_id")["need"]
    for (a, one), (b, other) in itertools.permutations(enumerate(shares, start=1), 2):
        if one[0] * direction >= other[0] * direction and one[1] >= other[1]:
            assert need[a] >= need[b] - 1e-12
    rank = told.zones.set_index("zone_id")["rank"]
    assert all(rank[a] == 1 + (need > need[a]).sum() for a in need.index)
    assert told.components.drop(columns="per").notna().all(axis=None)


@pytest.mark.parametrize("scale", SCALES)
def test_neither_the_unit_nor_the_size_of_the_weights_matters(scale: str) -> None:
    figures = pd.DataFrame(
        {"zone_id": [1, 2, 3], "euro": [20.0, 5, 12], "cent": [2000.0, 500, 1200]}
    )
    told = [
        index_of(
            scale=scale,
            table=figures,
            components=[OLD, NeedComponent(name="income", of=of, direction=-1)],
            weights={"old": weight, "income": 2 * weight},
        )
        for of, weight in (("euro", 1), ("cent", 50))
    ]
    for one, other in itertools.pairwise(told):
        pd.testing.assert_frame_equal(one.zones, other.zones)
        pd.testing.assert_frame_equal(one.stability, other.stability)


def test_the_stability_is_that_of_every_draw_counted_by_hand() -> None:
    told = index_of(top=1, draws=400)
    first = [
        int(np.argmax(told.scores.loc[told.stability["zone_id"]].to_numpy() @ weights))
        for weights in told.weights_drawn
    ]
    by_hand = [first.count(zone) / 400 for zone in range(3)]
    assert told.stability["top_share"].tolist() == pytest.approx(by_hand)
    assert told.stability["top_share"].sum() == pytest.approx(1)
    # Either component alone: zone 1 is first by one of them and last by the other.
    lone = told.stability.set_index("zone_id").loc[1]
    assert lone[["rank_lowest", "rank_highest", "top_without_one"]].tolist() == [1, 3, 1]
    # For equal weights every set of weights is as likely: uniform, with a mean of a half.
    assert told.weights_drawn.sum(axis=1) == pytest.approx(np.ones(400))
    assert told.weights_drawn[:, 0].mean() == pytest.approx(0.5, abs=0.05)
    assert told.weights_drawn[:, 0].std() == pytest.approx(np.sqrt(1 / 12), abs=0.03)


def test_the_same_seed_draws_the_same() -> None:
    one, same, other = (index_of(seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.weights_drawn, same.weights_drawn)
    assert (one.weights_drawn != other.weights_drawn).any()


def test_one_component_has_no_weights_to_draw() -> None:
    told = index_of(components="foreign")
    assert (told.stability["rank_p05"] == told.stability["rank_p95"]).all()
    assert "rank_lowest" not in told.stability.columns


def test_what_makes_no_sense_is_refused_in_words() -> None:
    with pytest.raises(UnknownNameError, match="did you mean foreign"):
        index_of(components="foreing")
    with pytest.raises(UnknownNameError, match="component lost: unknown figure 'over66'"):
        index_of(components=[NeedComponent(name="lost", of="over66")])
    with pytest.raises(ParameterError, match="a component stands twice"):
        index_of(components=[OLD, OLD])
    with pytest.raises(ParameterError, match="give a weight for each of old, foreign"):
        index_of(weights={"old": 1})
    with pytest.raises(ParameterError, match="the weight of foreign is 0"):
        index_of(weights={"old": 1, "foreign": 0})
    with pytest.raises(ParameterError, match="next to nothing"):
        index_of(weights={"old": 1, "foreign": 1e-300})
    with pytest.raises(ParameterError, match="direction is 2"):
        NeedComponent(name="two", of="foreign", direction=2)
    with pytest.raises(UnknownNameError, match="unknown scale"):
        index_of(scale="t")
    with pytest.raises(InputError, match="zone 9 is not among the zones"):
        index_of(table=pd.DataFrame({"own": [1.0]}, index=[9]))
    with pytest.raises(InputError, match="over65 is known of the city already"):
        index_of(table=pd.DataFrame({"over65": [1.0]}, index=[1]))
    words, own = pd.DataFrame({"own": ["x"]}, index=[1]), NeedComponent(name="own", of="own")
    with pytest.raises(InputError, match="table, row 1, column own: 'x' is not a number"):
        index_of(table=words, components=[own])


@pytest.mark.parametrize(
    ("value", "per", "said"),
    [
        (1e308, None, "figure own, zone 1: it is 1e\\+308, beyond"),
        (-math.inf, None, "row 1, column own: -inf is not a finite number"),
        (1e-320, "own", "component own, zone 1: it is inf, beyond"),
        (1 + 2j, None, "row 1, column own: a complex is not a number"),
    ],
)
def test_figures_that_nobody_can_reckon_with_are_refused(
    value: object, per: str | None, said: str
) -> None:
    table = pd.DataFrame({"own": [value]}, index=[1])
    own = NeedComponent(name="own", of="residents" if per else "own", per=per)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=said):
            index_of(table=table, components=[own])


@pytest.fixture(scope="module")
def milano_need(milano) -> NeedIndex:
    return need_index(milano)


def test_milano_is_ranked_but_for_the_parks(milano_need: NeedIndex) -> None:
    zones = milano_need.zones
    assert len(zones) == 88
    assert zones["reason"].value_counts().to_dict() == {"": 80, "few_people": 7, "no_population": 1}
    assert zones.loc[zones["residents"] == 0, "zone_id"].tolist() == [8]
    ten = zones["zone"].head(10).tolist()
    assert ten[0] == "SAN SIRO"
    assert {"BARONA", "GIAMBELLINO"} < set(ten)
    assert milano_need.stability["top_share"].sum() == pytest.approx(10)
    assert milano_need.components["component"].tolist() == list(COMPONENTS)


def test_it_serves_where_a_ranking_of_need_is_asked_for(milano, milano_need: NeedIndex) -> None:
    told = neediest_zones(milano, need=milano_need.ranked)
    fifth = milano_need.neediest(0.2)
    assert told.loc[told["neediest"], "zone_id"].tolist() == fifth["zone_id"].tolist()
    # Its ranking by default is the index of one component.
    renting = need_index(milano, components="renting")
    by_default = neediest_zones(milano).dropna(subset="rank")["zone_id"].tolist()
    assert renting.ranked.index.tolist() == by_default
