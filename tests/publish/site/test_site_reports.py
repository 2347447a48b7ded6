"""Beside a page about a Municipio or a scenario stands its report, in the language of the page."""

from __future__ import annotations

import datetime as dt

from quartieri15.model import profiles
from quartieri15.planning.edits import ClosePlace
from quartieri15.planning.scenario import Scenario
from quartieri15.publish.report import writing
from quartieri15.publish.site.material import Material
from quartieri15.publish.site.pages import pages_of
from quartieri15.publish.site.publisher import Publisher
from quartieri15.publish.site.reports import site_reports
from tests.ascii_city import draw_city


def test_every_page_that_asks_for_one_has_its_report(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(writing, "pdf_trouble", lambda: "not asked for here")
    people = {(x, 0): 400.0 for x in range(0, 21, 2)}
    town = draw_city(
        "A---------B---------C",
        cell=100.0,
        people=people,
        places={"west": (0, 0), "east": (20, 0)},
    )
    material = Material(
        city=town,
        publisher=Publisher(name="Municipio 1", contact="casa@example.org"),
        when=dt.datetime(2026, 11, 26, tzinfo=dt.UTC),
        travellers=(profiles.WALK_75,),
        scenarios=(
            Scenario(
                "West closes",
                [ClosePlace("West")],
                description={"it": "Chiude", "en": "It closes <b>"},
                assumptions=["Nessuna apre <b>"],
            ),
        ),
        language="en",
    )
    pages = pages_of(material)
    with site_reports(material, pages, tmp_path) as written:
        pass
    names = [one["name"] for one in written["reports"]]
    assert names == ["municipio-1", "scenario-west-closes"]
    text = (tmp_path / "report" / "scenario-west-closes.html").read_text("utf-8")
    assert "casa@example.org" in text
    assert "<strong>−200</strong>" in text
    assert "<p><bdi>It closes &lt;b&gt;</bdi></p>" in text
    assert "Chiude" not in text
    assert '<q lang="it"><bdi>Nessuna apre &lt;b&gt;</bdi></q>' in text
    with site_reports(material, pages[:1], tmp_path / "none") as written:
        assert written["reports"] == []
    assert not (tmp_path / "none").exists()
