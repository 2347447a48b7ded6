"""Law: the figures of docs/hot_spots.md are those of the code."""

from __future__ import annotations

import pytest

from quartieri15.analysis.hot_spots.agreement import units_agree
from quartieri15.analysis.hot_spots.hot_spots import hot_spots

QUESTION = {"to": "houses", "profile": "walk_75", "groups": ("over65", "foreign")}
UNITS = ("nil", "sections", "hexagons")


def tens(people: float) -> str:
    return f"{round(people, -1):,.0f}"


@pytest.fixture(scope="module")
def page(root):
    return " ".join((root / "docs" / "hot_spots.md").read_text(encoding="utf-8").split())


def test_the_table_of_milano(milano, page):
    alike = units_agree(milano, **QUESTION).set_index(["units", "group"])
    over65, foreign = (alike.xs(group, level="group") for group in QUESTION["groups"])
    number = {
        (units, group): int((rows["class"] == "hot").sum())
        for units in UNITS
        for group, rows in hot_spots(milano, **QUESTION, units=units).groupby("group")
    }

    def both(units: str) -> tuple[str, str]:
        return tuple(tens(table["uncovered_hot"][units]) for table in (over65, foreign))

    def areas(units: str) -> tuple[int, int]:
        return number[units, "over65"], number[units, "foreign"]

    uncovered = tuple(tens(table["uncovered"].iloc[0]) for table in (over65, foreign))
    assert f"| uncovered | {uncovered[0]} | {uncovered[1]} |" in page
    (one, other), (n, m) = both("hexagons"), areas("hexagons")
    assert f"| in hot hexagons | {one} ({n} hexagons) | {other} ({m}) |" in page
    assert f"while {other} of them live in hot hexagons" in page
    (one, other), (n, m) = both("sections"), areas("sections")
    assert f"| in hot census sections | {one} ({n} sections) | {other} ({m}) |" in page
    (one, other), (n, m) = both("nil"), areas("nil")
    assert f"| in hot NIL | {one} ({n} NIL) | {other} |" in page
    assert m == 0
    one, other = both("nil + sections + hexagons")
    assert f"| in hot areas of all three | {one} | {other} |" in page
    row = over65.loc["sections + hexagons"]
    assert f"in a hot hexagon or in a hot section, {row['jaccard']:.0%}".replace("%", " %") in page
    assert f"(by chance {row['by_chance']:.0%} of".replace("%", " %") in page
    assert f"section; {row['share_hot']:.0%} are)".replace("%", " %") in page
    told = over65.loc["nil + hexagons", "jaccard"]
    assert f"in a hot hexagon, {told:.0%}.".replace("%", " %") in page


def test_the_tests_and_their_factor(milano, page):
    found = hot_spots(milano, to="houses", profile="walk_75", groups="foreign", permutations=99)
    told = found.attrs["provenance"]["hot_spots"]
    assert f"With {told['tests']['most']:,} tests" in page
    assert f"({told['any_dependence']:.1f} for the hexagons of Milano)" in page


def test_names_that_are_told(milano):
    found = hot_spots(milano, **QUESTION, units="nil")
    hot = set(found.loc[found["class"] == "hot", "unit"])
    assert hot == {
        "BANDE NERE",
        "PORTA MAGENTA",
        "PORTA GENOVA",
        "DE ANGELI - MONTE ROSA",
        "PAGANO",
        "XXII MARZO",
    }
    hexagons = hot_spots(milano, **QUESTION)
    hexagons = hexagons[hexagons["class"] == "hot"]
    for group, names in (("over65", hot), ("foreign", {"BOVISA", "SAN SIRO", "GIAMBELLINO"})):
        named = hexagons.loc[hexagons["group"] == group, "unit"].str.split(", hexagon").str[0]
        assert names <= set(named)
