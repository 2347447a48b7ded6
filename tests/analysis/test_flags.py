"""Law: a zone is flagged where a group is dense and its share low, and for no other reason."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.flags import flag_gaps
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from tests.analysis.toy_zones import row_of_zones, times_of

if TYPE_CHECKING:
    import pandas as pd

    from quartieri15.model.city import City

GROUPS = ("over65", "foreign")


def asked(people: list[tuple[int, float, float, float]]) -> tuple[City, pd.DataFrame]:
    """Make a city of (zone, over65, foreign, minutes), each square 1 km2, and its coverage."""
    city = row_of_zones(
        [(zone, old + foreign, old) for zone, old, foreign, _ in people],
        zones=5,
        foreign=[foreign for _, _, foreign, _ in people],
    )
    times = times_of(city, [minutes for *_, minutes in people])
    return city, coverage(city, to="houses", profile="walk_75", times=times)


@pytest.fixture
def town() -> tuple[City, pd.DataFrame]:
    """1 many old people far away, 2 many foreigners far away, 3 both, 4 both and near, 5 nobody."""
    return asked([(1, 60, 5, 20), (2, 5, 60, 20), (3, 90, 90, 20), (4, 100, 100, 5)])


def by_zone(table: pd.DataFrame, column: str, group: str = "over65") -> list[object]:
    rows = table[table["group"] == group].sort_values("zone_id")
    return rows[column].tolist()


def test_groups_are_flagged_each_and_together(town: tuple[City, pd.DataFrame]) -> None:
    flags = flag_gaps(*town, groups=GROUPS, density_percentile=10)
    assert by_zone(flags, "flagged") == [True, False, True, False, False]
    assert by_zone(flags, "flagged", "foreign") == [False, True, True, False, False]
    assert by_zone(flags, "flagged_groups") == ["over65", "foreign", "over65 foreign", "", ""]
    assert by_zone(flags, "flagged_for_all") == [False, False, True, False, False]
    told = flags.attrs["provenance"]
    assert told["flagged"] == {"over65": 2, "foreign": 2}
    assert (told["flagged_for_all"], told["remarks"]) == (1, [])


def test_classes_of_two_groups_make_a_map_of_three_by_three(
    town: tuple[City, pd.DataFrame],
) -> None:
    flags = flag_gaps(*town, groups=GROUPS)
    # The ranks are those of people: 255 old ones, of whom 5 live less densely than the 60.
    ranks = [100 * (5 + 30) / 255, 100 * 2.5 / 255, 100 * (65 + 45) / 255, 100 * 205 / 255]
    assert by_zone(flags, "density_percentile")[:4] == pytest.approx(ranks)
    assert by_zone(flags, "density_class")[:4] == [1, 1, 2, 3]
    assert by_zone(flags, "density_classes") == ["1-1", "1-1", "2-2", "3-3", "0-0"]
    turned = flag_gaps(*town, groups=("foreign", "over65"))
    assert turned["group"].iloc[0] == "foreign"


def test_a_group_is_ranked_among_its_own_people_alone() -> None:
    city, cover = asked([(1, 60, 1, 20), (2, 5, 9, 20), (3, 90, 2, 20)])
    together = flag_gaps(city, cover, groups=GROUPS)
    for group in GROUPS:
        alone = flag_gaps(city, cover, groups=group)
        for column in ("density_percentile", "density_class", "dense"):
            told = by_zone(together, column, group)[:3]
            assert told == by_zone(alone, column, group)[:3]


def test_a_zone_without_a_known_area_is_never_dense(town: tuple[City, pd.DataFrame]) -> None:
    city, cover = town
    nil = city.zones["nil"]
    nil = nil.assign(area_km2=nil["area_km2"].where(nil["id"] != 3))
    flags = flag_gaps(replace(city, zones=city.zones | {"nil": nil}), cover, density_percentile=0)
    assert by_zone(flags, "reason") == ["", "", "no_area", "", "no_population"]
    assert by_zone(flags, "dense") == [True, True, False, True, False]


def test_where_nobody_lives_nothing_is_flagged_and_the_reason_is_told(
    town: tuple[City, pd.DataFrame],
) -> None:
    flags = flag_gaps(*town, density_percentile=0, share_below=1)
    empty = flags[flags["zone_id"] == 5]
    assert not empty[["dense", "low_share", "flagged"]].any(axis=None)
    assert (empty["reason"] == "no_population").all()
    assert empty["density_class"].isna().all()
    assert (flags["reason"] == "")[flags["zone_id"] != 5].all()


def test_a_rule_that_flags_all_or_none_says_so(town: tuple[City, pd.DataFrame]) -> None:
    none = flag_gaps(*town, groups="over65", density_percentile=100).attrs["provenance"]
    (remark,) = none["remarks"]
    assert remark == (
        "over65: no zone is flagged: of 4 where somebody lives 0 are dense enough, "
        "3 have too low a share, and none is both"
    )
    everything = asked([(k, 10, 10, 40) for k in range(1, 6)])
    (all_old, _) = flag_gaps(*everything, density_percentile=0).attrs["provenance"]["remarks"]
    assert all_old.startswith("over65: all 5 zones where somebody lives are flagged")
    no_old = flag_gaps(*asked([(1, 0, 10, 40)]), groups="over65").attrs["provenance"]
    assert no_old["remarks"] == [
        "over65: nobody of the group lives in any zone, so none is flagged"
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 5), st.integers(0, 9), st.integers(0, 9), st.sampled_from([5, 20])
        ),
        min_size=1,
        max_size=12,
    ),
    st.tuples(st.integers(0, 100), st.integers(0, 100)),
    st.tuples(st.integers(1, 100), st.integers(1, 100)),
)
@settings(max_examples=24)
def test_a_stricter_rule_flags_no_more_and_both_halves_decide(
    people: list[tuple], percentiles: tuple[int, int], shares: tuple[int, int]
) -> None:
    city, cover = asked(people)
    strict, loose = (
        flag_gaps(city, cover, density_percentile=percentile, share_below=share / 100)
        for percentile, share in (
            (max(percentiles), min(shares)),
            (min(percentiles), max(shares)),
        )
    )
    assert (strict["flagged"] <= loose["flagged"]).all()
    told = strict.attrs["provenance"]
    for row in strict.to_dict("records"):
        rule = (
            row["population"] > 0
            and row["density_percentile"] >= told["density_percentile"]
            and row["share"] < told["share_below"]
        )
        assert row["flagged"] == rule


def test_what_makes_no_sense_is_refused(town: tuple[City, pd.DataFrame]) -> None:
    for percentile in (-1, 101, math.nan, "dense"):
        with pytest.raises(ParameterError, match="density_percentile is"):
            flag_gaps(*town, density_percentile=percentile)
    for share in (0, 1.1, math.nan, None):
        with pytest.raises(ParameterError, match="share_below is"):
            flag_gaps(*town, share_below=share)
    with pytest.raises(UnknownNameError, match="over65"):
        flag_gaps(*town, groups="over66")
    with pytest.raises(InputError, match="no table"):
        flag_gaps(town[0], None)
