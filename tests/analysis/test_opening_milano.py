"""The figures of the notebook on opening hours are those that the code gives for Milano."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from quartieri15.analysis.opening import coverage_by_hour, open_when
from quartieri15.analysis.pace_season_hours import pace_season_hours

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

ASKED = {
    "to": "houses",
    "profile": "walk_75",
    "groups": "over65",
    "hours": "summer_2026_opening_hours",
}


@pytest.fixture(scope="module")
def prose(root: Path) -> str:
    notebook = json.loads((root / "notebooks/08_when_the_doors_are_open.ipynb").read_text("utf-8"))
    return "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")


def tens(*people: float) -> str:
    return " to ".join(f"{round(number, -1):,.0f}" for number in people)


def test_hours_of_the_week_the_holidays_and_who_gains(milano: City, prose: str) -> None:
    times = [f"2026-{day}:00" for day in ("07-06 16", "07-11 16", "07-11 20", "08-15 16")]
    found = coverage_by_hour(milano, at=[*times, "2026-12-07 16:00"], **ASKED).set_index("time")
    bounds = [tens(a, b) for a, b in found[["covered_at_least", "covered_at_most"]].to_numpy()]
    assert f"Monday at 16, it is {bounds[0]} people" in prose
    assert f"On Saturday at 16 it is {bounds[1]} (12 % to 36 %)" in prose
    assert bounds[2].startswith("0 to ")
    assert found["places_open"].tolist()[-2:] == [2, 0]
    low, high = bounds[3].split(" to ")
    assert (
        f"for {low} people of 65 and older; with those of unknown hours it is at most {high}"
        in (prose)
    )
    assert f"**{bounds[4]} people**" in prose
    asked = {"opens": "Sa 14:00-18:00", "at": "2026-07-11 16:00", **ASKED}
    columns = ["gained_at_least", "gained_at_most"]
    gained = {
        place: open_when(milano, place=place, **asked)[columns].iloc[0].tolist()
        for place in ("CSRC-06", "CSRC-11")
    }
    assert gained["CSRC-06"][0] == pytest.approx(gained["CSRC-06"][1])
    assert f"surely bring most, {tens(gained['CSRC-06'][0])} people" in prose
    assert f"Mompiani would bring {tens(*gained['CSRC-11'])}" in prose


def test_the_best_hour_of_the_week_and_the_texts_not_wholly_read(milano: City, prose: str) -> None:
    week = coverage_by_hour(milano, week_of="2026-07-06", **ASKED)
    best = week.loc[week["covered_at_least"].idxmax()]
    assert f"{best['time']:%A %H}" == "Monday 16"
    not_read = milano.houses["summer_2026_hours_not_read"].notna().sum()
    assert f"Of the 34 texts {not_read} have" in prose
    assert milano.houses["summer_2026_opening_hours"].notna().sum() == 34


def test_what_pace_season_and_hours_take(milano: City, prose: str) -> None:
    steps = pace_season_hours(milano, at="2026-07-11 16:00", **ASKED).set_index("step")
    closed, opened = (steps[f"covered_unknown_{bound}"] for bound in ("closed", "open"))
    assert f"At an adult's pace {tens(opened['start'])} are covered" in prose
    taken = steps[["taken_unknown_open", "taken_unknown_closed"]]
    assert f"takes {tens(taken.loc['pace'].iloc[0])}. Winter takes" in prose
    assert f"Winter takes {tens(taken.loc['season'].iloc[0])} more" in prose
    assert f"take {tens(*taken.loc['hours'])}." in prose
    assert f"What is left is {tens(closed['hours'], opened['hours'])}" in prose
    shares = steps["shapley_unknown_closed"]
    assert f"hours take most ({tens(shares['hours'])} of {tens(shares.sum())})" in prose
    shares = steps["shapley_unknown_open"]
    assert f"pace does ({tens(shares['pace'])} of {tens(shares.sum())})" in prose


def test_the_page_on_opening_hours_tells_the_same(milano: City, root: Path) -> None:
    page = " ".join((root / "docs/opening_hours.md").read_text("utf-8").split())
    saturday = coverage_by_hour(milano, at="2026-07-11 16:00", **ASKED).iloc[0]
    always = milano.with_(places=milano.places.assign(always="24/7"))
    whole = coverage_by_hour(always, at="2026-07-11 16:00", **ASKED | {"hours": "always"}).iloc[0]
    bounds = tens(saturday["covered_at_least"], saturday["covered_at_most"])
    assert f"16:00, {bounds} of the {tens(saturday['population'])} people of 65" in page
    assert f"every house open it would have been {tens(whole['covered_at_least'])}" in page
    is_open, unknown = saturday["places_open"], saturday["places_unknown"]
    closed = len(milano.houses) - is_open - unknown
    assert f"{is_open} houses were surely open, {closed} surely closed, and of {unknown}" in page
    not_read = milano.houses["summer_2026_hours_not_read"].notna().sum()
    assert f"Of the 34 texts {34 - not_read} are read whole" in page
