"""Three readers of the pages of Milano find what they came for, and it is what the library says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import quartieri15 as q15
from quartieri15.publish.site import Publisher, write_site
from tests.browser.site_pages import WIDTHS, Watched, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from quartieri15.model.city import City

LARGEST_OF_A_MUNICIPIO = 4_000_000
SCENARIO = "scenario-mi-over-net-locale-aler"
HERS = Publisher(name="Municipio 4 di Milano", contact="municipio4@example.org")


@pytest.fixture(scope="module")
def site(milano: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the pages of the city, of a Municipio and of a scenario, under the Municipio's name."""
    out = tmp_path_factory.mktemp("milano") / "site"
    write_site(milano, out, only=("index", "municipio-4", SCENARIO), publisher=HERS)
    return out


def number(text: str) -> float:
    """Read the first number of an Italian text."""
    found = re.search(r"\d[\d.]*(,\d+)?", text)
    assert found, text
    return float(found[0].replace(".", "").replace(",", "."))


def test_a_woman_of_78_finds_the_nearest_house(browser: Browser, site: Path, milano: City) -> None:
    """Via Boifava 10, on a phone: which house, how far, open now?"""
    width, height = WIDTHS["phone"]
    opened = Watched(browser, f"{site.as_uri()}/index.html", width=width, height=height)
    page = opened.page
    box = page.locator("#find-address").bounding_box()
    assert box is not None
    assert box["y"] < height / 2, "the search is the first thing"
    page.fill("#find-address", "v. boifava, 10")
    page.press("#find-address", "Enter")
    page.wait_for_selector("#find-answer:not([hidden])")
    addresses = milano.addresses
    hers = addresses[
        addresses["street"].str.contains("BOIFAVA", case=False)
        & (addresses["number"].astype(str) == "10")
    ]
    told = q15.travel_times(milano, to="houses", profile="walk_75", origins=hers, k=5).iloc[0]
    names = milano.places.set_index("id")["name"]
    said = page.inner_text("#find-sentence")
    assert names[told["place_id"]] in said
    assert number(said) == round(told["minutes"])
    assert "orari" in said.lower(), "it says what is known of the hours"
    listed = page.locator("#find-list > li").all_inner_texts()
    nearest = [told["place_id"], *(told[f"place_id_{k}"] for k in range(2, 6))]
    assert names[nearest[0]] in listed[0]
    for place, text in zip(nearest, listed, strict=False):
        assert names[place] in text
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert opened.complaints == []
    assert opened.requests == []
    opened.close()


@pytest.mark.parametrize("name", ["index", SCENARIO])
def test_a_page_of_milano_is_one_sheet_of_paper(browser: Browser, site: Path, name: str) -> None:
    opened = Watched(browser, f"{site.as_uri()}/{name}.html")
    assert opened.sheets() == 1
    if name == "index":
        opened.page.fill("#find-address", "v. boifava, 10")
        opened.page.press("#find-address", "Enter")
        opened.page.wait_for_selector("#find-answer:not([hidden])")
        assert opened.sheets() == 1
    opened.close()


def test_a_municipio_publishes_its_own_page_and_links_a_view(browser: Browser, site: Path) -> None:
    """Municipio 4 writes its page under its name, and sends a view of it."""
    names = {path.stem for path in site.glob("*.html")}
    assert names == {"index", "municipio-4", SCENARIO, "metodo", "informazioni"}
    weight = (site / "municipio-4.html").stat().st_size
    assert weight <= LARGEST_OF_A_MUNICIPIO
    table = pd.read_csv(site / "dati" / "coverage_municipi.csv", comment="#")
    asked = (table["profile"] == "walk_75") & (table["group"] == "over65")
    row = table[asked & (table["zone_id"].astype(str) == "4")].iloc[0]
    with served(site / "server") as root:
        opened = Watched(browser, f"{root}/municipio-4.html")
        page = opened.page
        assert opened.sheets() == 1
        assert HERS.name in page.inner_text("header")
        assert HERS.contact in page.content() or HERS.contact in page.inner_text("footer")
        assert number(page.inner_text("#figures-list")) == row["uncovered"]
        page.select_option("#themes-who", "walk_adult")
        page.click("button[data-language=en]")
        page.wait_for_url("**lang=en*")
        assert "who=walk_adult" in page.url
        again = Watched(browser, page.url)
        assert again.page.input_value("#themes-who") == "walk_adult"
        assert again.page.evaluate("document.documentElement.lang") == "en"
        figures = again.page.inner_text("#figures-list")
        adult = table[
            (table["profile"] == "walk_adult")
            & (table["group"] == "over65")
            & (table["zone_id"].astype(str) == "4")
        ].iloc[0]
        assert f"{adult['uncovered']:,.0f}" in figures
        for one in (opened, again):
            assert one.complaints == []
            assert one.requests == []
            one.close()


def test_a_councillor_closes_a_house_and_reads_who_loses_it(
    browser: Browser, site: Path, milano: City
) -> None:
    """Zante closed: how many people of 65 and older lose their house in fifteen minutes?"""
    zante = milano.places.set_index("name").loc["Zante", "id"]
    opened = Watched(browser, f"{site.as_uri()}/municipio-4.html")
    page = opened.page
    page.evaluate("document.getElementById('what-if-panel').open = true")
    page.evaluate("document.getElementById('what-if-houses').open = true")
    page.click(f'button[data-key="what_if.close {zante}"]')
    page.wait_for_selector("#what-if-edits [data-key=undo]")
    said = page.inner_text("#what-if-figure")
    row = page.locator("#what-if-table tr[data-group=over65]").first.text_content()
    exact = q15.coverage(milano, to="houses", profile="walk_75", minutes=15, by="place")
    exclusive = exact[(exact["group"] == "over65") & (exact["zone_id"] == zante)]["exclusive"]
    lost = float(exclusive.iloc[0])
    assert abs(number(said) - lost) <= 0.1 * lost + 10, (said, row, lost)
    page.wait_for_url("**edits=*")
    closed = Watched(browser, page.url)
    closed.page.wait_for_selector("#what-if-edits [data-key=restart]", state="attached")
    closed.page.evaluate("document.getElementById('what-if-panel').open = true")
    assert closed.page.inner_text("#what-if-figure") == said, "the trial stands in the address"
    page.click("[data-key=undo]")
    page.wait_for_selector("#what-if-edits [data-key=undo]", state="detached")
    for one in (opened, closed):
        assert one.complaints == []
        one.close()


@pytest.mark.parametrize("name", ["index", "municipio-4", SCENARIO, "metodo", "informazioni"])
def test_every_kind_of_page_is_for_everyone(browser: Browser, site: Path, name: str) -> None:
    for size in ("phone", "desk"):
        width, height = WIDTHS[size]
        for language in ("it", "en"):
            address = f"{site.as_uri()}/{name}.html#lang={language}"
            opened = Watched(browser, address, width=width, height=height)
            said = (name, size, language)
            assert (said, opened.violations()) == (said, [])
            assert (said, opened.complaints, opened.requests) == (said, [], [])
            wide = opened.page.evaluate("document.documentElement.scrollWidth")
            assert (said, wide) == (said, width), "the page scrolls sideways"
            if size == "phone":
                head = opened.page.locator("header").first.bounding_box()
                assert head is not None
                assert (said, head["height"] <= height / 5) == (said, True), head
            opened.close()


def test_at_four_hundred_per_cent_nothing_is_cut(browser: Browser, site: Path) -> None:
    """1280 pixels at 400 % are 320: WCAG 2.1, 1.4.10."""
    for name in ("index", "municipio-4", SCENARIO):
        opened = Watched(browser, f"{site.as_uri()}/{name}.html", width=320, height=256)
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
        assert (name, wide) == (name, 320)
        opened.close()
