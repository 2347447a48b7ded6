"""What is shown in a notebook says what there is, and a text of the data stays a text."""

from __future__ import annotations

from typing import Any

import pytest

import quartieri15 as q15
from quartieri15.model.notebook_tables import facts_html
from tests.ascii_city import draw_city

ASK: dict[str, Any] = {"to": "houses", "profile": "walk_75"}


@pytest.fixture(scope="module")
def town() -> q15.City:
    return draw_city(
        "A--B--C", cell=60, places={"west": (0, 0)}, people={(1, 0): 20, (5, 0): 1234567}
    )


def test_every_result_of_several_tables_shows_its_first(town: q15.City) -> None:
    results = {
        "zones": q15.floating_catchments(town, by="nil", **ASK),
        "groups": q15.fairness(town, by="nil", **ASK),
        "sites": q15.best_sites(town, 1, **ASK),
        "links": q15.missing_links(town, n=1, sets=1, **ASK),
    }
    for first, result in results.items():
        shown = result._repr_html_()
        assert "<table" in shown, first
        for column in ("rank", "group", "zone_id", "link_id"):
            if column in getattr(result, first).columns:
                assert column in shown, (first, column)
        if first != "sites":
            assert f".{first} ({len(getattr(result, first)):,} rows)" in shown


def test_streets_and_surfaces_say_how_much_there_is(town: q15.City) -> None:
    assert "<th scope='row'>junctions</th><td>3</td>" in town.streets._repr_html_()
    surface = q15.travel_time_surface(town, "houses", profile="walk_75")
    rows, columns = surface.minutes.shape
    assert f"{columns:,} by {rows:,}" in surface._repr_html_()


def test_a_text_of_the_data_stays_a_text() -> None:
    shown = facts_html("<b>", [("<i>", "<script>"), ("count", 3)])
    assert "<b>" not in shown
    assert "<script>" not in shown
    assert "&lt;i&gt;" in shown
