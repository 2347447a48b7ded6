"""A report opens by a double click, at every width, runs nothing and asks nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from quartieri15.planning.edits import ClosePlace
from quartieri15.planning.scenario import Scenario
from quartieri15.publish.report import writing
from quartieri15.publish.report.writing import write_reports
from tests.ascii_city import draw_city

AXE = Path(__file__).with_name("axe.min.js")


@pytest.fixture(scope="module", params=["it", "en"])
def folder(request, tmp_path_factory):
    people = {(x, 0): 400.0 for x in range(0, 21, 2)}
    places = {"west": (0, 0), "east": (20, 0)}
    town = draw_city("A---------B---------C", cell=100.0, people=people, places=places)
    out = tmp_path_factory.mktemp("reports") / "out"
    plan = Scenario("West closes", [ClosePlace("West")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "pdf_trouble", lambda: "looked at elsewhere")
        write_reports(town, out, scenarios=[plan], language=request.param)
    return out


@pytest.mark.parametrize("name", ["municipio-1", "scenario-west-closes"])
@pytest.mark.parametrize("width", [360, 1440])
def test_a_report_is_whole_at_every_width(folder, browser, name, width) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("request", lambda one: asked.append(one.url))
    page.goto((folder / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.fonts.check('600 16px \"Titillium Web\"')")
    assert complaints == []
    assert [one for one in asked if not one.startswith(("file:", "data:"))] == []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert [one["id"] for one in found["violations"]] == []
    page.close()
