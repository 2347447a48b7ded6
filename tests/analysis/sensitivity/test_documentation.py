"""What ``docs/sensitivity.md`` says is what the library answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.analysis.sensitivity import sensitivity
from quartieri15.analysis.trends import coverage_by_year

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from quartieri15.model.city import City


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "sensitivity.md").read_text(encoding="utf-8")


def percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def test_its_assumptions_are_ours(page: str, milano: City) -> None:
    found = sensitivity(milano, profile="walk_75", groups="over65")

    def row(one: pd.Series) -> str:
        share = percent(one["share"])
        if one["alternative"] == "drawn":
            share = f"{percent(one['share_low'])} to {percent(one['share_high'])}"
        return f"| {one['assumption']} | {one['alternative']} | {share} | {one['top_kept']:.2g} |"

    rows = [row(one) for _, one in found.assumptions.iloc[1:].iterrows()]
    said = [line for line in page.splitlines() if line in rows]
    assert len(said) == 10
    assert {row.split(" | ")[0] for row in said} == {row.split(" | ")[0] for row in rows}
    assert f"At 3.2 km/h {percent(found.headlines['share'].iloc[0])} are covered" in page


def test_its_years_are_ours(page: str, milano: City) -> None:
    groups = ("over65", "over75", "over85", "foreign", "residents")
    told = coverage_by_year(
        milano, profile="walk_75", by="city", groups=groups, years=(2011, 2021)
    ).set_index(["group", "year"])
    for group in groups:
        then, now = told.loc[(group, 2011)], told.loc[(group, 2021)]
        people = " | ".join(f"{10 * round(one['population'] / 10):,}" for one in (then, now))
        shares = " | ".join(percent(one["share"]) for one in (then, now))
        assert f"| {group} | {people} | {shares} |" in page
    without = told.reset_index().attrs["provenance"]["without_pattern"]
    assert without["2011 residents"] == 3
