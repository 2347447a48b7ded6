"""Law: a page says in text who answers for it and how its figures come about, and writes numbers
as the tables do; on paper it is one sheet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from quartieri15.publish import words
from quartieri15.publish.site import Publisher, write_site
from tests.ascii_city import draw_city
from tests.browser.site_pages import Watched, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

TOWN = """
A--------B--------C
|        |        |
D--------E--------F
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
NUMBERS = [0, 7, 999, 1234, 12_345, -1234, 1_386_290]
SHARES = [0, 0.004, 0.225, 0.445, 0.455, 0.5, 0.996, 1]
DAYS = ["2026-11-01", "2026-11-26", "2026-03-11"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the site of a town whose publisher has a crest and a statement."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "crest.svg").write_text(SVG, encoding="utf-8")
    publisher = Publisher(
        name="Municipio di Prova",
        contact="casa@example.org",
        crest=folder / "crest.svg",
        conformance="partial",
        statement_date=dt.date(2025, 9, 23),
        statement_method="self_assessment",
    )
    city = draw_city(
        TOWN,
        cell=40.0,
        places={"house": (2.0, 0.0)},
        people={(1.0, 0.0): 2000.0, (17.0, 3.0): 900.0, (9.0, 1.0): 400.0},
    )
    write_site(city, folder / "out", publisher=publisher)
    return folder / "out"


def test_text_is_there_without_a_script(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name, said in (
        ("informazioni", ["casa@example.org", "parzialmente conformi", "23 settembre 2025"]),
        ("metodo", ["entro 15 minuti", "Highway Capacity Manual"]),
        ("index", ["persone di 65 anni e più su", "Che cosa non si sa"]),
    ):
        page.goto(f"{site.as_uri()}/{name}.html")
        text = page.inner_text("body")
        for phrase in said:
            assert phrase in text, (name, phrase)
    context.close()


@pytest.mark.parametrize("form", ["disk", "server"])
def test_the_publisher_stands_at_the_head_with_its_crest(
    browser: Browser, site: Path, form: str
) -> None:
    with served(site / "server") as root:
        where = root if form == "server" else site.as_uri()
        opened = Watched(browser, f"{where}/index.html")
        assert opened.page.inner_text(".publisher").strip() == "Municipio di Prova"
        assert opened.page.evaluate("document.querySelector('.crest').naturalWidth") > 0
        assert opened.complaints == []
        opened.page.click("a[data-element=privacy-policy-link]")
        opened.page.wait_for_selector("html[data-ready]")
        assert opened.page.is_visible("#privacy")
        opened.close()


def test_without_a_publisher_the_pages_say_so(browser: Browser, tmp_path: Path) -> None:
    city = draw_city(TOWN, cell=40.0, places={"house": (2.0, 0.0)}, people={(1.0, 0.0): 2000.0})
    write_site(city, tmp_path / "out", only=["index", "informazioni"])
    opened = Watched(browser, f"{(tmp_path / 'out').as_uri()}/informazioni.html#lang=en")
    text = opened.page.inner_text("body")
    assert "no public body publishes this page" in text
    assert "This demonstration has no contact to write to." in text
    assert "this is no statement" in text
    assert "mailto:" not in opened.page.content()
    opened.close()


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_page_writes_numbers_and_dates_as_the_tables_do(
    browser: Browser, site: Path, language: str
) -> None:
    opened = Watched(browser, f"{site.as_uri()}/index.html#lang={language}")
    written = opened.page.evaluate(f"{NUMBERS}.map((n) => Q15.app.number(n))")
    assert written == [words.number(number, language) for number in NUMBERS]
    shares = opened.page.evaluate(f"{SHARES}.map((n) => Q15.app.share(n))")
    assert shares == [words.percent(share, language) for share in SHARES]
    days = opened.page.evaluate(f"{DAYS}.map((day) => Q15.app.date(day))")
    assert days == [words.date_text(dt.date.fromisoformat(day), language) for day in DAYS]
    opened.close()


CANVASES = "[...document.querySelectorAll('#map canvas')].filter((one) => !one.hidden)"
BORDERS_ON_GROUND = """() => {
    const canvas = document.querySelector(".leaflet-ground-pane canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const ink = parseInt(Q15.app.colour("--border").slice(1), 16);
    for (let at = 0; at < data.length; at += 4) {
        if (((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]) === ink) { return true; }
    }
    return false;
}"""


@pytest.mark.parametrize("name", ["index", "municipio-1"])
def test_a_page_is_one_sheet_of_paper_and_the_map_comes_back(
    browser: Browser, site: Path, name: str
) -> None:
    opened = Watched(browser, f"{site.as_uri()}/{name}.html")
    seen = "[Q15.app.map.getZoom(), Q15.app.map.getCenter(), Q15.app.map.getSize(), location.hash]"
    opened.page.click("#zoom-in")
    opened.page.wait_for_url("**at=*")
    before = opened.page.evaluate(seen)
    assert opened.sheets() == 1
    assert not opened.page.evaluate(BORDERS_ON_GROUND)
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.page.evaluate("Q15.app.map.getSize().x") == pytest.approx(703, abs=2)
    # On paper a canvas wipes out those below it, and its pixels are 64ths of those of the page.
    assert opened.page.evaluate(f"{CANVASES}.length") == 1
    assert 64 % opened.page.evaluate(f"{CANVASES}[0].width / Q15.app.map.getSize().x") == 0
    assert opened.page.evaluate(BORDERS_ON_GROUND)
    opened.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    opened.page.wait_for_function(
        f"before => JSON.stringify({seen}) === JSON.stringify(before)", arg=before
    )
    assert opened.page.evaluate(f"{CANVASES}.length") > 1
    opened.page.emulate_media(media="print")
    for control in (".languages", ".map-buttons", "footer nav"):
        assert not opened.page.is_visible(f"{control} >> nth=0"), control
    opened.close()


@pytest.mark.parametrize("name", ["metodo", "informazioni"])
@pytest.mark.parametrize("options", [{"forced_colors": "active"}, {"width": 320, "height": 640}])
def test_pages_bear_forced_colours_and_a_zoom_of_400_per_cent(
    browser: Browser, site: Path, name: str, options: dict[str, Any]
) -> None:
    """320 pixels are 1280 at a zoom of 400 % (WCAG 2.2, 1.4.10)."""
    opened = Watched(browser, f"{site.as_uri()}/{name}.html", **options)
    assert opened.violations() == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= options.get(
        "width", 1440
    )
    opened.close()
