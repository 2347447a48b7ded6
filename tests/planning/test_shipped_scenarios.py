"""The scenarios that come with Milano apply to it, say where they come from, and move no house."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

import quartieri15 as q15
from quartieri15.editions.milano import edition_folder
from quartieri15.errors import UnknownNameError
from quartieri15.planning.edits import CalmTraffic, CycleTrack, OpenPlace
from quartieri15.planning.scenario import OURS
from quartieri15.planning.wording import by_language

if TYPE_CHECKING:
    from quartieri15.model.city import City

FOLDER = edition_folder() / "scenarios"
SHIPPED = {path.stem.removeprefix("mi-over-net-"): path for path in sorted(FOLDER.glob("*.yaml"))}


def shipped(name: str, **parameters: object) -> q15.Scenario:
    return q15.Scenario.from_file(SHIPPED[name], parameters=parameters)


def test_both_actions_alone_and_together_at_both_horizons_are_there() -> None:
    wanted = {f"{what}{year}" for what in ("azione-1-", "azione-2-", "") for year in (2026, 2029)}
    assert wanted | {"locale-aler", "residenti-2029"} == set(SHIPPED)
    for name in wanted:
        assert str(shipped(name).date) == f"{name[-4:]}-12-31"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_edit_changes_something_and_every_assumption_has_its_source(
    name: str, milano: City
) -> None:
    scenario = shipped(name)
    applied = scenario.resolve(milano)
    assert len(applied.effects) == len(scenario.edits) > 0
    assert scenario.assumptions
    assert all(one.text and one.source for one in scenario.assumptions)
    known = milano.houses.geometry
    after = applied.city.houses.set_index("id").geometry.reindex(milano.houses["id"])
    assert (known.to_numpy() == after.to_numpy()).all()


@pytest.mark.parametrize("name", SHIPPED)
def test_whatever_it_says_it_says_in_both_languages_with_the_same_figures(name: str) -> None:
    scenario = shipped(name)
    texts = [scenario.description, scenario.cost_source]
    texts += [said for one in scenario.assumptions for said in (one.text, one.source)]
    for text in texts:
        if text in (None, OURS):
            continue
        assert set(by_language(text)) == {"it", "en"}
        # Thousands are set apart by points in one language and by commas in the other.
        figures = [re.findall(r"\d[\d.,/-]*", text[one]) for one in ("it", "en")]
        plain = [[re.sub(r"[.,]", "", figure) for figure in found] for found in figures]
        assert plain[0] == plain[1]
        assert all("." not in one.rstrip(".,") for one in figures[1])


@pytest.mark.parametrize("year", [2026, 2029])
def test_together_is_one_action_and_then_the_other(year: int) -> None:
    both = shipped(str(year)).edits
    alone = [shipped(f"azione-{action}-{year}").edits for action in (1, 2)]
    assert set(alone[0]) | set(alone[1]) <= set(both)
    assert both[: len(shipped("azione-1-2026").edits)] == shipped("azione-1-2026").edits


def test_the_cycle_tracks_run_where_the_sheet_says(milano: City) -> None:
    places = (edition_folder() / "interventions.csv").read_text(encoding="utf-8")
    edits = shipped("azione-2-2026").edits
    tracks = [edit.along for edit in edits if isinstance(edit, CycleTrack)]
    assert tracks == ["via Boifava", "via Zante", "via Salomone", "piazzale Ovidio"]
    for track in tracks:
        assert re.search(track, places, flags=re.IGNORECASE)
    assert {edit.maxspeed_kmh for edit in edits if isinstance(edit, CalmTraffic)} == {30}
    slower = shipped("azione-2-2026", zona=20)
    assert {edit.maxspeed_kmh for edit in slower.edits if isinstance(edit, CalmTraffic)} == {20}
    names = milano.streets.edges["name"].to_numpy()
    changed = shipped("azione-2-2026").apply(milano).streets.edges["cycle_facility"] == "track"
    new = changed.to_numpy() & (milano.streets.edges["cycle_facility"] != "track").to_numpy()
    assert set(names[new]) == {
        "Via Pietro Boifava",
        "Via Zante",
        "Via Oreste Salomone",
        "Piazza Ovidio",
    }


def test_on_foot_nobody_s_way_changes_and_the_comparison_says_so(milano: City) -> None:
    found = q15.compare(
        milano,
        shipped("2026"),
        profile="walk_75",
        by="target_areas",
        areas="target_areas",
        groups="over65",
        draws=5,
    )
    assert (found.summary[["gained", "lost", "low", "high"]] == 0).all(axis=None)
    assert "la copertura non cambia affatto" in found.statement("it")[0]
    assert "does not change at all" in found.statement("en")[0]


def test_the_locale_aler_opens_where_it_is_told(milano: City) -> None:
    scenario = shipped("locale-aler", address="via Mecenate 25")
    (edit,) = scenario.edits
    assert isinstance(edit, OpenPlace)
    after = scenario.apply(milano)
    opened = after.houses[after.houses["id"] == "MO-A1-4"].iloc[0]
    told = q15.locate(milano, "via Mecenate 25").point
    assert np.hypot(opened.geometry.x - told.x, opened.geometry.y - told.y) < 1
    with pytest.raises(UnknownNameError, match="parameter"):
        shipped("locale-aler", adress="via Mecenate 25")


def test_a_place_closed_twice_is_told_with_the_edit_that_closed_it(milano: City) -> None:
    twice = q15.Scenario(
        "twice", [q15.edits.ClosePlace("Zante"), q15.edits.ClosePlace("CSRC via Zante")]
    )
    with pytest.raises(UnknownNameError, match="unknown place 'CSRC via Zante' since edit 1"):
        twice.apply(milano)
