"""Law: a group is never larger than the one it is part of, and zones add up to what is stated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quartieri15.editions.checking.residents import (
    PARTS,
    check_density,
    check_groups,
    check_totals,
)

WELL = {
    "residents": 100.0,
    "minors": 21.0,
    "over65": 30.0,
    "over75": 20.0,
    "over85": 5.0,
    "foreign": 40.0,
    "over65_alone": 10.0,
    "households": 50.0,
    "renting_households": 22.0,
    "single_person": 25.0,
}
FILES = dict.fromkeys(WELL, "counts.csv")


def counts(**changed: float) -> pd.DataFrame:
    return pd.DataFrame([WELL, WELL | changed], index=[1, 2])


def test_two_groups_of_the_same_people_are_told() -> None:
    table = counts().assign(foreign=counts()["over65"])
    (found,) = check_groups(table, files=FILES)
    assert (found.rule, found.severity) == ("residents.same_counts", "warning")
    assert (found.file, found.column) == ("counts.csv", "foreign")
    # Nobody in any zone is no figure taken twice; nor are figures that differ somewhere.
    assert list(check_groups(counts().assign(foreign=0.0, over85=0.0), files=FILES)) == []


def test_counts_that_nest_are_well() -> None:
    assert list(check_groups(counts(), files=FILES)) == []


@pytest.mark.parametrize(("part", "whole"), PARTS)
def test_a_group_larger_than_its_whole(part: str, whole: str) -> None:
    # Only this pair: whatever is part of the part is well within it.
    found = list(check_groups(counts(**{part: WELL[whole] + 1}), files=FILES))
    (found,) = [one for one in found if one.problem.endswith(f" {whole}") and one.column == part]
    severity = "warning" if part == "households" else "error"
    assert (found.rule, found.severity, found.row) == ("residents.group_larger", severity, "zone 2")


def test_a_negative_count() -> None:
    (found,) = check_groups(counts(over85=-1), files=FILES)
    assert (found.rule, found.column) == ("residents.negative", "over85")


def test_a_share_that_looks_odd_is_a_warning() -> None:
    (found,) = check_groups(counts(foreign=66.9), files=FILES)
    assert (found.rule, found.severity) == ("residents.odd_share", "warning")
    assert "66.9% of the residents are foreign" in found.problem
    assert list(check_groups(counts(foreign=50), files=FILES)) == []


def test_totals_close_or_are_told() -> None:
    asked = {"file": "counts.csv", "source": "the Comune"}
    stated = {"residents": 200.0, "over65": 60.0, "not counted": 1.0}
    assert list(check_totals(counts().sum(), stated, **asked)) == []
    (found,) = check_totals(counts(over65=29).sum(), stated, **asked)
    assert (found.rule, found.column) == ("residents.total", "over65")
    assert "59 over65, and the Comune states 60" in found.problem
    (found,) = check_totals({"residents": float("nan")}, stated, **asked)
    assert found.rule == "residents.total"


def test_the_oldest_are_held_against_the_next_oldest() -> None:
    (found,) = check_groups(counts(over85=25), files=FILES)
    assert found.problem == "25 over85 among 20 over75"
    (found,) = check_groups(counts(over75=35, over85=5), files=FILES)
    assert found.problem == "35 over75 among 30 over65"


def test_people_as_dense_as_nowhere_are_told() -> None:
    table = pd.DataFrame({"residents": [30_000.0, 900.0, 30_000.0]}, index=["a", "b", "c"])
    (found,) = check_density(table, np.array([0.29, 0.001, 0.31]), file="p.csv")
    assert (found.rule, found.row) == ("residents.dense", "zone a")
    assert "103,448 per km²" in found.problem
