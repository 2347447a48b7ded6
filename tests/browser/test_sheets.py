"""A sheet works as the map page does: offline, by keyboard, on a phone, and on one A4 page."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest

from quartieri15.planning.comparing.compare import compare
from quartieri15.planning.links.missing import missing_links
from quartieri15.planning.siting.sites import best_sites, site_curve
from quartieri15.publish.comparison import write_comparison
from quartieri15.publish.links import write_links
from quartieri15.publish.sites import write_sites
from tests.ascii_city import draw_city
from tests.browser.test_map_page import (
    DESK,
    PHONE,
    open_page,
    violations,
    wait_for_popup,
)
from tests.hostile_city import HOSTILE, hostile_city

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

__all__ = ["open_page"]

TOWN = """
A--------B--------C--------D
|        |                 |
E--------F        G--------H
"""
LARGEST_BYTES = 3_000_000
KINDS = ("comparison", "scenarios", "sites", "links", "hostile")


class Plan:
    """A scenario that opens places, with all that a page may be told of it."""

    def __init__(self, city: City, name: str, at: dict[str, tuple[float, float]], cost: float):
        self.name, self.cost_eur, self.date = name, cost, dt.date(2026, 12, 31)
        self.cost_source = "ours"
        self.assumptions = [SimpleNamespace(text=f"Ci sono locali liberi: {name}", source=name)]
        rows = [
            city.places.iloc[[0]]
            .assign(id=place, name=place.title())
            .set_geometry(city.places.geometry.iloc[[0]].translate(*step))
            for place, step in at.items()
        ]
        self.places = gpd.GeoDataFrame(pd.concat([city.places, *rows], ignore_index=True))
        self.new = self.places.iloc[len(city.places) :]

    def apply(self, city: City) -> City:
        return city.with_(places=self.places)

    def effects(self, _: City) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "edit": range(1, len(self.new) + 1),
                "kind": "open_place",
                "what": [f"apri {name}" for name in self.new["name"]],
                "matched": [f"{name} (in via Zante)" for name in self.new["name"]],
                "length_m": 0.0,
                "people": 0.0,
            }
        )

    def preview(self, city: City) -> gpd.GeoDataFrame:
        street = city.streets.edges.geometry.iloc[:1]
        rows = {"table": "places", "change": "added", "name": self.new["name"].to_list()}
        drawn = gpd.GeoDataFrame(rows, geometry=self.new.geometry.to_numpy(), crs=city.crs)
        line = {"table": ["edges"], "change": ["changed"], "name": ["via Zante"]}
        edges = gpd.GeoDataFrame(line, geometry=street.to_numpy(), crs=city.crs)
        return gpd.GeoDataFrame(pd.concat([drawn, edges], ignore_index=True))


def town() -> City:
    return draw_city(
        TOWN,
        cell=40.0,
        places={"house": (0.0, 0.0)},
        people={(1.0, 0.0): 2000.0, (17.0, 3.0): 900.0, (26.0, 1.0): 1400.0, (10.0, 0.0): 330.0},
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    city, root = town(), tmp_path_factory.mktemp("sheets")
    plans = [
        Plan(city, "Casa a est", {"est": (1040.0, 0.0)}, 600_000.0),
        Plan(city, "Due case", {"sud": (700.0, -120.0), "est": (1040.0, 0.0)}, 900_000.0),
        Plan(city, "Casa in mezzo", {"mezzo": (400.0, 0.0)}, 700_000.0),
    ]
    text = "".join(text.replace("hit()", "window.hit=1") for text in HOSTILE.values())
    evil = hostile_city(f"{{{{ 6 * 7 }}}} {{# gone #}} {text}")
    hostile = [Plan(evil, f"Plan {text}", {f"new {text}": (200.0, 0.0)}, 1.0)]
    asked: dict[str, Any] = {"profile": "walk_75", "minutes": 5, "draws": 20}
    for name, where, given in (
        ("comparison", city, plans[:1]),
        ("scenarios", city, plans),
        ("hostile", evil, hostile),
    ):
        found = compare(where, given, areas="municipi", **asked)
        write_comparison(where, found, root / name, scenarios=given)
    asked = {"profile": "walk_75", "minutes": 5}
    sites = best_sites(city, 2, **asked)
    write_sites(city, sites, root / "sites", curve=site_curve(city, (1, 2, 3), **asked))
    links = missing_links(city, max_length_m=400, detour_m=100, detour_ratio=1.2, **asked)
    write_links(city, links, root / "links")
    return {name: root / name / "index.html" for name in KINDS}


@pytest.mark.parametrize(
    ("size", "language"), [(DESK, "it"), (PHONE, "en")], ids=["desk-it", "phone-en"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(
    open_page: Any, folders: dict[str, Path], kind: str, language: str, size: dict[str, int]
) -> None:
    assert folders[kind].stat().st_size <= LARGEST_BYTES
    page = open_page(folders[kind], size, f"#{language}")
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert violations(page) == []
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "hostile"])
def test_it_prints_on_one_page_with_map_and_legend(
    open_page: Any, folders: dict[str, Path], kind: str
) -> None:
    page = open_page(folders[kind])
    assert not page.locator(".still-map").is_visible()
    data = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", data)) == 1
    page.emulate_media(media="print")
    assert page.locator(".still-map svg path").count() > 1
    assert page.locator(".still-map figcaption li").count() > 1
    assert not page.locator(".folium-map").is_visible()
    assert not page.locator(".languages").is_visible()
    for part in ("h1", ".assumptions", "#licence", ".notes h2"):
        assert page.locator(part).first.is_visible(), part


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "hostile"])
def test_the_language_changes_everywhere(
    open_page: Any, folders: dict[str, Path], kind: str
) -> None:
    page = open_page(folders[kind])
    italian = page.locator("main").inner_text()
    page.click("button[data-language=en]")
    english = page.locator("main").inner_text()
    for word in ("Come leggere", "Legenda", "minuti", "persone", "più", "luoghi"):
        assert word not in english, word
    assert "How to read" in english
    assert "Come leggere" in italian


def test_a_zone_of_the_table_opens_on_the_map(open_page: Any, folders: dict[str, Path]) -> None:
    page = open_page(folders["comparison"])
    button = page.locator("button[data-zone]").first
    button.focus()
    page.keyboard.press("Enter")
    popup = wait_for_popup(page)
    assert popup.locator("h3").inner_text() == "Centro"
    assert "In più" in popup.inner_text()
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("document.activeElement.dataset.zone") == "1"


def test_each_scenario_has_its_map(open_page: Any, folders: dict[str, Path]) -> None:
    page = open_page(folders["scenarios"])
    edits = page.locator(".leaflet-marker-icon svg path[d^='M12 7v10']")
    themes = page.locator("input[name=theme]")
    first = edits.count()
    assert first == 2
    for i in range(themes.count()):
        value = themes.nth(i).get_attribute("value")
        themes.nth(i).check()
        shown = {"change0": 2, "minutes0": 2, "change1": 1, "change2": 1}.get(value)
        if shown is not None:
            assert edits.count() == shown, value
        elif value in ("nil", "none"):
            assert edits.count() == 0


def test_numbers_on_the_map_are_those_of_the_table(
    open_page: Any, folders: dict[str, Path]
) -> None:
    page = open_page(folders["sites"])
    numbers = page.locator(".leaflet-marker-icon .number")
    assert sorted(numbers.all_inner_texts()) == ["1", "2"]
    assert page.locator("#sites .in-order").all_inner_texts() == ["1", "2"]
    page.locator(".leaflet-marker-icon.numbered").first.focus()
    page.keyboard.press("Enter")
    assert "Persone in più" in wait_for_popup(page).inner_text()
    assert violations(page) == []


def test_without_scripts_the_still_map_stands_in(browser: Any, folders: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(folders["comparison"].as_uri())
    assert page.locator(".still-map svg.still").is_visible()
    context.close()
