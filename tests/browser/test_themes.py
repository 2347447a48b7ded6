"""What a page says of its areas, in colours, cards, numbers, chart and table, is what is published.

The page is read as its reader sees it: texts, and the pixels of the map.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from quartieri15.publish import catalogue
from quartieri15.publish.site.assembly import assemble
from quartieri15.publish.site.pages import pages_of
from quartieri15.reach.times import travel_times
from tests.browser.site_pages import Watched
from tests.publish.site.towns import page_of, town_material

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from quartieri15.publish.site.material import Material

CELL = 100.0


@pytest.fixture(scope="module")
def material() -> Material:
    return town_material()


@pytest.fixture(scope="module")
def addresses(material: Material, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of the town by name, from disk."""
    folder: Path = tmp_path_factory.mktemp("pages")
    pages = pages_of(material)
    found = {}
    for slug in ("index", "municipio-1", "municipio-2"):
        path = folder / f"{slug}.html"
        path.write_text(assemble(material, page_of(material, slug), pages).alone, encoding="utf-8")
        found[slug] = path.as_uri()
    return found


@pytest.fixture
def opened(browser: Browser, addresses: dict[str, str]) -> Iterator[Any]:
    """Open a page; none may complain of anything or ask anybody."""
    watched: list[Watched] = []

    def open_(slug: str, fragment: str = "", **more: Any) -> Page:
        watched.append(Watched(browser, addresses[slug] + fragment, **more))
        return watched[-1].page

    yield open_
    for one in watched:
        assert (one.complaints, one.requests) == ([], [])
        one.close()


def number(text: str) -> float | None:
    """Read a number of a page; None where it says that there is none."""
    found = re.search(r"\d[\d.]*", text)
    return float(found[0].replace(".", "")) if found else None


@pytest.mark.parametrize("group", ["over65", "residents", "foreign"])
def test_the_table_says_what_is_published(opened: Any, material: Material, group: str) -> None:
    page = opened("index", f"#group={group}")
    for who in material.travellers:
        page.select_option("#themes-who", who.name)
        table = material.coverage(who, "nil")
        known = table[table["group"] == group].set_index("zone")
        rows = page.eval_on_selector_all(
            "#table-table tbody tr",
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))",
        )
        assert {row[0] for row in rows} == {*known.index}
        for name, population, beyond, share, _ in rows:
            own = known.loc[name]
            if np.isnan(own["population"]):
                assert population == "meno di 10"
            else:
                assert number(population) == own["population"]
            if not np.isnan(own["uncovered"]):
                assert number(beyond) == own["uncovered"] or own["population"] == 0
                assert own["population"] == 0 or number(share) == pytest.approx(
                    100 * own["uncovered"] / own["population"], abs=0.51
                )
            elif not np.isnan(own["uncovered_at_least"]):
                assert beyond.startswith("almeno ")
                assert number(beyond) == own["uncovered_at_least"]


def test_three_numbers_are_those_of_the_municipio(opened: Any, material: Material) -> None:
    page = opened("municipio-2")
    for who in material.travellers[:3]:
        page.select_option("#themes-who", who.name)
        table = material.coverage(who, "municipi")
        own = table[(table["group"] == "over65") & (table["zone_id"] == 2)].iloc[0]
        said = page.eval_on_selector_all("#figures-list strong", "all => all.map(b => b.innerText)")
        assert number(said[0]) == own["uncovered"]
        assert number(said[1]) == pytest.approx(
            100 * own["uncovered"] / own["population"], abs=0.51
        )
        assert number(said[2]) == own["median_minutes"]


def colour_at(page: Page, x: float, y: float) -> str:
    """Return the colour that the theme has at a point of the map, "" where it has none."""
    return str(
        page.evaluate(
            """async ([x, y]) => {
                await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
                const canvas = document.querySelector(".leaflet-theme-pane canvas");
                const box = canvas.getBoundingClientRect();
                const map = document.getElementById("map").getBoundingClientRect();
                const at = Q15.app.map.latLngToContainerPoint(Q15.app.latlng(x, y));
                const ratio = canvas.width / box.width;
                const own = document.createElement("canvas");
                const context = own.getContext("2d", { willReadFrequently: true });
                context.drawImage(canvas, -Math.floor((map.left + at.x - box.left) * ratio),
                    -Math.floor((map.top + at.y - box.top) * ratio));
                const pixel = context.getImageData(0, 0, 1, 1).data;
                const hex = (value) => value.toString(16).padStart(2, "0");
                return pixel[3] < 255 ? "" : "#" + [...pixel].slice(0, 3).map(hex).join("");
            }""",
            [x, y],
        )
    )


def ramp(page: Page, name: str) -> list[str]:
    return [str(page.evaluate(f"Q15.app.colour('--{name}-{k}')")) for k in range(1, 6)]


def test_far_from_streets_is_told_from_over_the_last_limit(opened: Any) -> None:
    page = opened("index", "#theme=minutes")
    last, nowhere = page.locator(".theme-legend li").all_inner_texts()[-2:]
    assert last == "oltre 20 minuti"
    assert nowhere.startswith("lontano dalle vie")
    swatches = page.eval_on_selector_all(
        ".theme-legend .theme-swatch", "all => all.map((one) => getComputedStyle(one).background)"
    )
    assert len(set(swatches)) == len(swatches)


def test_zones_have_the_colour_of_their_share(opened: Any, material: Material) -> None:
    page = opened("index", "#theme=share")
    colours = ramp(page, "lack")
    zones = material.city.zones["nil"]
    for who in material.travellers:
        page.select_option("#themes-who", who.name)
        table = material.coverage(who, "nil")
        known = table[table["group"] == "over65"].set_index("zone_id")
        for zone in zones.itertuples():
            own = known.loc[zone.id]
            if np.isnan(own["share"]):
                continue
            middle = zone.geometry.centroid
            place = np.searchsorted([20, 40, 60, 80], 100 * own["uncovered"] / own["population"])
            seen = colour_at(page, middle.x + 7, middle.y + 300)
            assert seen == colours[place], (who.name, zone.id)


def test_minutes_have_the_colour_of_their_class(opened: Any, material: Material) -> None:
    page = opened("index", "#theme=minutes")
    colours = ramp(page, "ramp")[::-1]
    points = material.city.residents.geometry
    for who in material.travellers:
        page.select_option("#themes-who", who.name)
        minutes = travel_times(material.city, to="houses", profile=who)["minutes"]
        for point, value in zip(points, minutes, strict=True):
            # Near a limit a pixel may lie on the other side of it.
            if min(abs(value - limit) for limit in (5, 10, 15, 20)) < 1:
                continue
            place = int(np.searchsorted([5, 10, 15, 20], value))
            wanted = colours[place] if place < 4 else ""
            assert colour_at(page, point.x, point.y) == wanted, (who.name, value)


def test_a_click_opens_the_card_of_the_zone(opened: Any, material: Material) -> None:
    page = opened("municipio-2", "#theme=count")
    zone = material.city.zones["nil"].iloc[2]
    middle = zone.geometry.centroid
    page.evaluate("document.getElementById('map').scrollIntoView()")
    x, y = page.evaluate(
        """([x, y]) => {
            const box = document.getElementById("map").getBoundingClientRect();
            const at = Q15.app.map.latLngToContainerPoint(Q15.app.latlng(x, y));
            return [box.left + at.x, box.top + at.y];
        }""",
        [middle.x, middle.y + 300],
    )
    page.mouse.click(x, y)
    assert page.inner_text("#card-title") == "Zone 3"
    table = material.coverage(material.travellers[0], "nil")
    own = table[(table["group"] == "over65") & (table["zone_id"] == 3)].iloc[0]
    assert number(page.inner_text("#card .card-figure strong")) == own["uncovered"]
    page.keyboard.press("Escape")
    assert not page.is_visible("#card")


def test_the_table_opens_the_same_card_by_keyboard_and_gives_the_focus_back(opened: Any) -> None:
    page = opened("municipio-2")
    button = page.locator("#table-table tbody button").first
    button.focus()
    page.keyboard.press("Enter")
    assert page.inner_text("#card-title") == button.inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == button.inner_text()


def test_what_is_chosen_stands_in_the_address(opened: Any) -> None:
    page = opened("index")
    page.select_option("#themes-theme", "count")
    page.select_option("#themes-group", "foreign")
    page.wait_for_url("**theme=count*group=foreign*")
    page.select_option("#themes-theme", "density")
    assert not page.is_visible("#themes-who"), "density has no traveller"


def test_a_municipio_looks_at_shares_and_a_citizen_at_minutes(opened: Any) -> None:
    assert opened("index").input_value("#themes-theme") == "minutes"
    page = opened("municipio-1")
    assert page.input_value("#themes-theme") == "share"
    page.evaluate("Q15.app.state.set({ edits: 'x' })")
    assert page.evaluate("Q15.app.theme()") == "minutes"


def test_gaps_are_listed_with_their_reasons(opened: Any) -> None:
    page = opened("index", "#theme=gaps&lang=en")
    page.click("#themes-gaps summary")
    first = page.locator("#themes-gaps li button").first
    people = number(first.locator("strong").inner_text())
    first.click()
    assert number(page.inner_text("#card .card-figure strong")) == people
    reasons = page.eval_on_selector_all("#card li", "all => all.map(one => one.textContent)")
    assert len(reasons) == 3
    assert any("fifth of the city" in reason for reason in reasons)
    assert any("House" in reason for reason in reasons)


THEMES = ("minutes", "share", "count", "gaps", "density", "both")


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_theme_is_for_everyone(
    browser: Browser, addresses: dict[str, str], language: str
) -> None:
    fragment = f"#lang={language}&group=foreign"
    watched = Watched(browser, addresses["index"] + fragment, width=360, height=740)
    titles = set()
    for theme in THEMES:
        watched.page.select_option("#themes-theme", theme)
        titles.add(watched.page.inner_text("#themes-title"))
        assert (theme, watched.violations()) == (theme, [])
        assert watched.page.evaluate("document.documentElement.scrollWidth") == 360
    assert watched.complaints == []
    assert len(titles) == len(THEMES)
    watched.close()
