"""Expected coverage is the mean of coverages: of one pace it is that coverage itself."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import find_gaps
from quartieri15.analysis.paces import PACES, PaceDistribution, expected_coverage
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from tests.ascii_city import draw_city
from tests.reach.towns import towns

if TYPE_CHECKING:
    from quartieri15.model.city import City

SPREAD = {"mean_kmh": 3.3, "sd_kmh": 1.0, "name": "spread"}
KINDS = [
    PaceDistribution.one(3.2),
    PaceDistribution.normal(**SPREAD),
    PaceDistribution.lognormal(**SPREAD),
    PaceDistribution.normal(**SPREAD, slowest_kmh=2.0, fastest_kmh=3.5),
    PaceDistribution.from_quantiles([0.1, 0.5, 0.9], [2.0, 3.0, 5.0], name="quantiles"),
    PaceDistribution.from_quantiles([0, 1], [2.0, 5.0], name="even"),
    *PACES.values(),
]
SLOW_OFF_STREETS = profiles.WALK_ADULT.with_(access_speed_kmh=3)
EVERY = pytest.mark.parametrize("paces", KINDS, ids=lambda p: f"{p.kind} {p.name}")
ALIKE = ["zone_id", "zone", "group", "population", "covered", "uncovered", "share"]
ALIKE += ["median_minutes", "p90_minutes", "reason", "places_inside", "speed_kmh", "minutes"]


@pytest.fixture(scope="module")
def street() -> City:
    """A street of 2 km with a house at its west end and someone every 100 m."""
    people = {(x, 0): 10.0 + x for x in range(21)} | {(7, 3000): 5.0}
    return draw_city("A" + "-" * 19 + "B", cell=100, places={"house": (0, 0)}, people=people)


@EVERY
def test_shares_fall_with_the_pace_and_go_with_the_quantiles(paces: PaceDistribution) -> None:
    speeds = np.linspace(0, 12, 1201)
    share = paces.share_at_least(speeds)
    assert (np.diff(share) <= 0).all()
    assert share[0] == 1
    assert share[-1] == paces.share_at_least(math.inf) == 0
    part = np.linspace(0, 1, 101)
    at = paces.quantile(part)
    assert (np.diff(at) >= 0).all()
    assert (paces.share_at_least(at) >= 1 - part - 1e-9).all()
    assert (paces.share_at_least(np.nextafter(at, 99)) <= 1 - part + 1e-9).all() or paces.kind in (
        "one",
        "quantiles",
    )


@EVERY
@pytest.mark.parametrize("n", [1, 7, 50])
def test_paces_of_equal_probability_miss_a_share_by_half_of_one_at_most(
    paces: PaceDistribution, n: int
) -> None:
    speeds, number = paces.paces(n)
    assert number.sum() == n
    assert (np.diff(speeds) > 0).all()
    asked = np.linspace(0.5, 8, 400)
    counted = (number[None, :] * (speeds[None, :] >= asked[:, None])).sum(axis=1) / n
    assert (np.abs(counted - paces.share_at_least(asked)) <= 1 / (2 * n) + 1e-9).all()


def test_normal_and_lognormal_have_the_moments_they_were_given() -> None:
    wide = {"slowest_kmh": 0.01, "fastest_kmh": 50.0, "name": "wide", "mean_kmh": 4, "sd_kmh": 0.5}
    for paces in (PaceDistribution.normal(**wide), PaceDistribution.lognormal(**wide)):
        speeds = paces.quantile((np.arange(100_000) + 0.5) / 100_000)
        assert speeds.mean() == pytest.approx(4, abs=1e-4)
        assert speeds.std() == pytest.approx(0.5, abs=1e-3)


def test_older_people_are_slower_and_every_distribution_names_its_source() -> None:
    medians = [PACES[f"paces_{age}_healthy"].median_kmh for age in ("60_69", "70_79", "80_99")]
    assert medians == sorted(medians, reverse=True)
    assert PACES["paces_65plus"].median_kmh == pytest.approx(0.92 * 3.6, abs=0.05)
    for name, paces in PACES.items():
        assert paces.name == name
        assert "20" in paces.source


@settings(max_examples=15)
@given(towns(), st.floats(0.5, 15), st.floats(0.05, 60))
def test_one_pace_is_coverage_itself(city: City, speed: float, minutes: float) -> None:
    city = with_zones(city)
    paces = PaceDistribution.one(speed)
    for profile in ("walk_adult", "step_free", SLOW_OFF_STREETS):
        who = profiles.get(profile)
        if not np.isfinite(who.seconds(city.streets.edges, city.streets.nodes)).any():
            continue  # a town of stairs alone
        question = {"to": "houses", "minutes": minutes, "by": "city"}
        found = expected_coverage(city, distribution=paces, profile=who, **question)
        alone = coverage(city, profile=who.with_(speed_kmh=speed), **question)
        pd.testing.assert_frame_equal(found[ALIKE], alone[ALIKE], check_exact=True)


@settings(max_examples=15)
@given(towns(), st.sampled_from(KINDS), st.floats(0.05, 30), st.floats(0.05, 30))
def test_more_minutes_never_cover_fewer(
    city: City, paces: PaceDistribution, one: float, other: float
) -> None:
    city = with_zones(city)
    less, more = (
        expected_coverage(city, to="houses", distribution=paces, minutes=m, by="city")
        for m in sorted((one, other))
    )
    assert (more["covered"] >= less["covered"] - 1e-9).all()
    assert ((more["covered"] + more["uncovered"]) == more["population"]).all()


@pytest.mark.parametrize(
    ("profile", "paces"),
    [
        *(pytest.param("walk_adult", p, id=f"scales {p.kind} {p.name}") for p in KINDS),
        # The measured paces are of the kinds before them.
        *(
            pytest.param(who, p, id=f"{told} {p.kind} {p.name}")
            for told, who in (
                ("crossings", profiles.WALK_ADULT.with_(crossing_wide_road_s=30)),
                ("off the streets", SLOW_OFF_STREETS),
            )
            for p in KINDS[: -len(PACES)]
        ),
    ],
)
def test_it_is_the_mean_of_coverages_at_many_paces(
    street: City, paces: PaceDistribution, profile: str | profiles.TravelProfile
) -> None:
    who = profiles.get(profile)
    question = {"to": "houses", "minutes": 15, "by": "city", "groups": "residents"}
    found = expected_coverage(
        street, distribution=paces, profile=who, searches=10, **question
    ).iloc[0]
    many = [float(paces.quantile((k + 0.5) / 40)) for k in range(40)]
    brute = np.mean(
        [coverage(street, profile=who.with_(speed_kmh=v), **question)["share"][0] for v in many]
    )
    exact = who.scales_with_pace
    # The brute mean itself is wrong by up to half of a fortieth, ten searches by half of a tenth.
    assert found["share"] == pytest.approx(brute, abs=1 / 80 + (0 if exact else 1 / 20) + 1e-9)


def test_crossings_that_do_not_scale_are_searched_pace_by_pace(street: City) -> None:
    question = {"to": "houses", "distribution": "paces_65plus", "by": "city"}
    flat = expected_coverage(street, **question).attrs["provenance"]
    assert (flat["searches"], flat["method"].split(":")[0]) == (1, "exact")
    waits = profiles.WALK_ADULT.with_(crossing_wide_road_s=30)
    told = expected_coverage(street, profile=waits, searches=8, **question).attrs["provenance"]
    assert told["searches"] == 9
    assert told["method"] == "8 paces of equal probability, a share wrong by 1/16"
    assert told["distribution"] == "paces_65plus"
    assert told["speed_source"] == PACES["paces_65plus"].source


def test_a_straight_street_is_covered_as_the_law_of_the_paces_says(street: City) -> None:
    """Someone at x metres is in time at 15 minutes with 0.004 x km/h or more."""
    paces = PaceDistribution.normal(**SPREAD)
    row = expected_coverage(
        street, to="houses", distribution=paces, by="city", groups="residents"
    ).iloc[0]
    metres = np.arange(21) * 100.0
    people = 10.0 + np.arange(21)
    assert row["covered"] == pytest.approx((people * paces.share_at_least(metres * 0.004)).sum())
    assert row["population"] == people.sum() + 5


def test_gaps_are_found_in_it_as_in_any_coverage(milano: City) -> None:
    table = expected_coverage(milano, to="houses", distribution="paces_65plus", groups="over65")
    assert table["profile"].unique().tolist() == ["walk_adult, paces_65plus"]
    gaps = find_gaps(milano, table, groups="over65")
    assert gaps["rank"].iloc[0] == 1
    whole = expected_coverage(
        milano, to="houses", distribution="paces_65plus", groups="over65", by="city"
    )
    assert table["covered"].sum() == pytest.approx(whole["covered"].sum(), abs=1e-6)
    slow, fast = (
        coverage(milano, to="houses", profile="walk_adult", by="city", groups="over65", minutes=m)
        for m in (5, 30)
    )
    assert slow["covered"][0] < whole["covered"][0] < fast["covered"][0]


def with_zones(city: City) -> City:
    """A town whose people are counted."""
    counts = {"residents": np.arange(1.0, len(city.residents) + 1), "over65": 1.0}
    return dataclasses.replace(city, residents=city.residents.assign(**counts))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: PaceDistribution.one(0), "speed_kmh is 0"),
        (lambda: PaceDistribution.one(math.nan), "speed_kmh is nan"),
        (lambda: PaceDistribution.normal(mean_kmh=0.9, sd_kmh=0.3, name="m/s"), "not between"),
        (lambda: PaceDistribution.normal(mean_kmh=3, sd_kmh=-1, name="x"), "sd_kmh is -1"),
        (lambda: PaceDistribution.lognormal(mean_kmh=True, sd_kmh=1, name="x"), "mean_kmh is True"),
        (lambda: PaceDistribution.from_quantiles([0.5], [3], name="x"), "two or more"),
        (lambda: PaceDistribution.from_quantiles([0.5, 0.4], [3, 4], name="x"), "rise"),
        (lambda: PaceDistribution.from_quantiles([0, 1], [3, 3], name="x"), "rise"),
        (lambda: PaceDistribution.from_quantiles([0, 1.1], [3, 4], name="x"), "from 0 to 1"),
        (lambda: PaceDistribution.from_quantiles([0, math.nan], [3, 4], name="x"), "rise"),
        (lambda: PaceDistribution.from_quantiles(["a", "b"], [3, 4], name="x"), "no list of num"),
        (lambda: PaceDistribution.from_quantiles(0.5, 3, name="x"), "no list of numbers"),
        (lambda: PACES["paces_65plus"].paces(0), "n is 0"),
        (lambda: made("one", ()), r"speeds_kmh is \(\)"),
        (lambda: made("one", (-3.0,)), r"speeds_kmh is \(-3.0,\)"),
        (lambda: made("normal", (5.0, 2.0), location=3.0, scale=1.0), "PaceDistribution.normal"),
        (lambda: made("lognormal", (2.0, 5.0), location=1.0), "not those of kind 'lognormal'"),
        (lambda: made("quantiles", (2.0, 5.0)), "PaceDistribution.from_quantiles"),
    ],
)
def test_a_distribution_without_sense_is_refused(make, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        make()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown kind of distribution 'weird'"):
        made("weird", ())


def made(kind: str, speeds_kmh: tuple[float, ...], **other: float) -> PaceDistribution:
    return PaceDistribution(name="x", source="y", kind=kind, speeds_kmh=speeds_kmh, **other)


def test_numbers_of_numpy_and_groups_named_twice_change_nothing(street: City) -> None:
    question = {"to": "houses", "distribution": "paces_65plus", "by": "city"}
    plain = expected_coverage(street, groups="residents", searches=5, **question)
    other = expected_coverage(
        street, groups=["residents", "residents"], searches=np.int64(5), **question
    )
    pd.testing.assert_frame_equal(plain, other, check_exact=True)


def test_a_question_without_sense_is_refused(street: City) -> None:
    def ask(**changes: object) -> None:
        expected_coverage(street, **({"to": "houses", "distribution": "paces_65plus"} | changes))

    with pytest.raises(UnknownNameError, match="did you mean paces_65plus"):
        ask(distribution="pace_65plus")
    with pytest.raises(InputError, match="a float is no distribution"):
        ask(distribution=3.2)
    with pytest.raises(ParameterError, match="told by area"):
        ask(by="place")
    with pytest.raises(ParameterError, match=r"bike_adult goes by bike.*a profile that walks"):
        ask(profile="bike_adult")
    with pytest.raises(ParameterError, match="searches: 100000 is no number of searches"):
        ask(searches=100_000)
    for changes in ({"minutes": 0}, {"minutes": 1441}, {"searches": 0}, {"searches": 2.5}):
        with pytest.raises(ParameterError):
            ask(**changes)
