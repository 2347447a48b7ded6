"""The published map works in a browser without network, by keyboard, on a phone, for everyone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gaps import find_gaps
from quartieri15.analysis.sensitivity import sensitivity
from quartieri15.progress import quiet
from quartieri15.publish.exploring import explore
from quartieri15.publish.maps import city_map, write_map
from quartieri15.reach.catchments import reached_area
from tests.ascii_city import draw_city
from tests.hostile_city import HOSTILE, hostile_city

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from playwright.sync_api import Browser, Page

    from quartieri15.model.city import City

AXE = Path(__file__).with_name("axe.min.js")
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
LARGEST_BYTES = 3_000_000
TOWN = """
A--------B--------C
|        |        |
D--------E--------F
"""


def write_city(
    city: City, path: Path, minutes: float, certainty: pd.DataFrame | None = None
) -> Path:
    asked: dict[str, Any] = {"profile": "walk_75", "minutes": minutes}
    cover = coverage(city, to="houses", **asked)
    drawn = city_map(
        city,
        coverage=cover,
        catchments=reached_area(city, "houses", profile="walk_75", minutes=(minutes / 2, minutes)),
        gaps=find_gaps(city, cover),
        house_coverage=coverage(city, to="houses", by="place", **asked),
        city_coverage=coverage(city, to="houses", by="city", **asked),
        certainty=certainty,
        date=dt.date(2026, 11, 21),
        **asked,
    )
    write_map(drawn, path)
    return path


@pytest.fixture(scope="module")
def town() -> City:
    return draw_city(
        TOWN,
        cell=40.0,
        places={
            "<script>window.hit=1</script>": (2.0, 0.0),
            "<img src=x onerror=hit()>": (9.0, 3.0),
        },
        people={(1.0, 0.0): 2000.0, (17.0, 3.0): 900.0, (9.0, 1.0): 400.0},
    )


@pytest.fixture(scope="module")
def toy(town: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_city(town, tmp_path_factory.mktemp("toy") / "index.html", 5)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose every text tries to run, in a template or a browser, or to burst the page."""
    text = "".join(text.replace("hit()", "window.hit=1") for text in HOSTILE.values())
    path = tmp_path_factory.mktemp("hostile") / "index.html"
    return write_city(hostile_city(f"{{{{ 6 * 7 }}}} {{# gone #}} {text}"), path, 5)


@pytest.fixture(scope="module")
def published(milano: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    asked: dict[str, Any] = {"profile": "walk_75", "by": "city", "groups": None}
    told = sensitivity(milano, **asked, draws=5, speeds=(), thresholds=(), progress=quiet)
    path = tmp_path_factory.mktemp("milano") / "index.html"
    return write_city(milano, path, 15, certainty=told.headlines)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Any]:
    """Opens a file with the network cut, and fails on any request, error or warning."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def opened(path: Path, size: dict[str, int] = DESK, fragment: str = "") -> Page:
        context = browser.new_context(viewport=size, offline=True)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.route("http*://**", lambda route: route.abort())
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in asked if url.startswith("file:")]) == len(contexts)
    assert said == []


def violations(page: Page) -> list[tuple[str, str]]:
    # The page forbids foreign scripts, so axe comes in by the debugger's door.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    return [
        (rule["id"], node["html"][:120]) for rule in found["violations"] for node in rule["nodes"]
    ]


def wait_for_popup(page: Page) -> Any:
    """The open popup, once the map has moved to show it whole and it has faded in."""
    popup = page.locator(".leaflet-popup").last
    popup.wait_for()
    page.wait_for_function("() => !document.querySelector('.leaflet-pan-anim')")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.leaflet-popup')]"
        ".every((popup) => getComputedStyle(popup).opacity === '1')"
    )
    return popup


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["it", "en"])
def test_axe_finds_nothing_in_milano(
    open_page: Any, published: Path, size: dict[str, int], language: str
) -> None:
    assert published.stat().st_size <= LARGEST_BYTES
    page = open_page(published, size, f"#{language}")
    assert page.evaluate("document.documentElement.lang") == language
    assert violations(page) == []
    page.locator(".leaflet-marker-icon[role=button]").nth(3).focus()
    page.keyboard.press("Enter")
    wait_for_popup(page)
    assert violations(page) == []


def test_a_phone_sees_the_map_and_never_scrolls_sideways(open_page: Any, published: Path) -> None:
    page = open_page(published, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    box = page.locator(".folium-map").bounding_box()
    assert box["width"] == PHONE["width"]
    assert box["height"] > PHONE["height"] / 2
    assert box["y"] < PHONE["height"] / 2
    page.locator(".leaflet-marker-icon[role=button]").nth(3).focus()
    page.keyboard.press("Enter")
    popup = wait_for_popup(page).bounding_box()
    assert popup["x"] >= 0
    assert popup["x"] + popup["width"] <= PHONE["width"]
    assert popup["height"] < PHONE["height"] * 0.75


def test_hostile_names_are_only_text(open_page: Any, toy: Path) -> None:
    page = open_page(toy)
    icons = page.locator(".leaflet-marker-icon[role=button]")
    for i in range(icons.count()):
        icons.nth(i).focus()
        page.keyboard.press("Enter")
        assert wait_for_popup(page).locator("h3").inner_text().startswith("<")
        page.keyboard.press("Escape")
        page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_text_of_the_data_runs_or_breaks_the_page(
    open_page: Any, hostile: Path, size: dict[str, int]
) -> None:
    page = open_page(hostile, size)
    assert page.evaluate("window.hit") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    for name in ("{{ 6 * 7 }}", "{% if", "{# gone #}", "</script>", "<!--", "${window.hit=1}"):
        assert name in page.locator("table.sortable tbody th").inner_text()
    icons = page.locator(".leaflet-marker-icon[role=button]")
    for i in range(icons.count()):
        icons.nth(i).focus()
        page.keyboard.press("Enter")
        popup = wait_for_popup(page)
        assert "{{ 6 * 7 }}" in popup.locator("h3").inner_text()
        assert popup.bounding_box()["width"] <= size["width"]
        tooltip = page.locator(".leaflet-tooltip")
        assert not tooltip.count() or tooltip.bounding_box()["width"] <= size["width"]
        page.keyboard.press("Escape")
        page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("window.hit") is None


def test_what_finds_its_way_in_neither_runs_nor_styles(browser: Browser, toy: Path) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(toy.as_uri())
    page.wait_for_selector("html[data-ready]")
    found = page.evaluate(
        """async () => {
          const refused = [];
          document.addEventListener("securitypolicyviolation", (event) => {
            refused.push(event.effectiveDirective);
          });
          const script = document.createElement("script");
          script.textContent = "window.hit = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", '<p style="top:1px" onclick="hit=1"></p>');
          const last = document.body.lastElementChild;
          last.click();
          await new Promise((done) => setTimeout(done));
          return [window.hit, last.style.top, refused.sort()];
        }"""
    )
    context.close()
    assert found == [None, "", ["script-src-attr", "script-src-elem", "style-src-attr"]]


def test_by_keyboard_alone(open_page: Any, toy: Path) -> None:
    page = open_page(toy)
    page.keyboard.press("Tab")
    assert "Salta la mappa" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "table"

    page.locator(".leaflet-marker-icon[role=button]").first.focus()
    page.keyboard.press("Space")
    wait_for_popup(page)
    assert page.evaluate("document.activeElement.getAttribute('role')") == "dialog"
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert "leaflet-marker-icon" in page.evaluate("document.activeElement.className")

    page.locator("button[data-zone]").first.focus()
    page.keyboard.press("Enter")
    assert wait_for_popup(page).locator("h3").inner_text() == "Centro"
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("document.activeElement.dataset.zone") == "1"


def test_the_language_changes_everywhere(open_page: Any, toy: Path) -> None:
    page = open_page(toy)
    assert page.title().startswith("Toy: chi arriva")
    assert page.locator("h1").inner_text().startswith("Toy: chi arriva")
    assert page.locator(".leaflet-control-zoom-in").get_attribute("aria-label") == "Ingrandisci"
    page.click("button[data-language=en]")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title().startswith("Toy: who reaches")
    assert page.locator("h1").inner_text().startswith("Toy: who reaches")
    assert page.locator(".leaflet-control-zoom-in").get_attribute("aria-label") == "Zoom in"
    assert page.locator("button[aria-pressed=true]").inner_text() == "English"
    visible = page.locator("body").inner_text()
    for italian in ("Legenda", "minuti", "Quartieri", "Sulla mappa", "Tutta la città"):
        assert italian not in visible


def test_layers_and_their_legend_switch_together(open_page: Any, toy: Path) -> None:
    page = open_page(toy)
    icons = page.locator(".leaflet-marker-icon[role=button]")
    assert icons.count() == 2
    page.uncheck("input[data-layer=places-ex_csrc]")
    assert icons.count() == 0
    page.check("input[data-layer=places-ex_csrc]")
    assert icons.count() == 2
    legend = page.locator(".layer:has(input[value=bands]) ul")
    assert not legend.is_visible()
    page.check("input[value=bands]")
    assert legend.is_visible()
    assert not page.locator(".layer:has(input[value=nil]) ul").is_visible()
    page.check("input[value=none]")
    assert not legend.is_visible()


def test_the_table_sorts_by_any_column(open_page: Any, published: Path) -> None:
    page = open_page(published)
    values = "cells => cells.map(cell => Number(cell.dataset.value))"
    for column in (2, 4):
        page.locator("table.sortable thead tr:last-child button").nth(column - 1).click()
        cells = page.locator(f"table.sortable tbody td:nth-child({column})")
        sorted_values = cells.evaluate_all(values)
        assert sorted_values == sorted(sorted_values, reverse=True)
        assert len(set(sorted_values)) > 1
    page.locator("table.sortable thead button").first.click()
    names = page.locator("table.sortable tbody th").all_inner_texts()
    assert names[0] < names[-1]
    assert page.locator("th[aria-sort]").count() == 1


def test_a_notebook_map_goes_on_with_folium(open_page: Any, town: City, tmp_path: Path) -> None:
    import folium

    live = explore(town, reached_area(town, "houses", profile="walk_75", minutes=(2, 5)))
    folium.Marker([45.459, 9.158], popup="added <b>later</b>").add_to(live)
    write_map(live, tmp_path / "live.html")
    page = open_page(tmp_path / "live.html")
    added = page.locator("img.leaflet-marker-icon")
    assert added.count() == 1
    assert added.evaluate("image => image.naturalWidth") > 0
    added.dispatch_event("click")
    assert "later" in wait_for_popup(page).inner_text()
