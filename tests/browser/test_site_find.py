"""From an address, typed in a hurry, to the nearest house: the minutes are the library's, the way
is drawn, hours are told as known, and what is not there is said in words."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest

from quartieri15.errors import Quartieri15Error
from quartieri15.model.addresses import locate
from quartieri15.publish.site import write_site
from quartieri15.publish.site.address_book import (
    address_book,
    addresses_near,
    street_grammar,
    streets_elsewhere,
)
from quartieri15.reach.times import travel_times
from tests.ascii_city import CRS, ORIGIN, draw_city
from tests.browser.site_pages import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from quartieri15.model.city import City

TOWN = """
A--------B--------C
|        |        |
D--------E--------F
"""
CELL = 40.0
ADDRESSES = {
    ("Via Carlo Parea", "1"): (3, 0),
    ("Via Carlo Parea", "10"): (6, 0),
    ("Via Carlo Parea", "12A"): (8, 0),
    ("Via Eugenio Chiesa", "2"): (0, 1),
    ("Via Damiano Chiesa", "2"): (18, 1),
}
JUNE, LATER = "2026-06-05T08:00:00Z", "2026-11-26T10:00:00Z"


@pytest.fixture(scope="module")
def town() -> City:
    city = draw_city(
        TOWN,
        cell=CELL,
        places={"near": (1.0, 0.0), "far": (17.0, 3.0), "twin": (17.2, 3.0)},
        people={(3.0, 0.0): 2000.0, (17.0, 3.0): 900.0},
    )
    columns, rows = np.array(list(ADDRESSES.values())).T
    addresses = gpd.GeoDataFrame(
        {
            "id": [f"a{i}" for i in range(len(ADDRESSES))],
            "street": [street for street, _ in ADDRESSES],
            "number": [number for _, number in ADDRESSES],
        },
        geometry=gpd.points_from_xy(ORIGIN[0] + columns * CELL, ORIGIN[1] - rows * CELL),
        crs=CRS,
    )
    places = city.places.assign(
        kind=["ex_csrc", "ex_cam", "ex_cam"],
        address=["Via Carlo Parea 3", "Via Lontana (civic unknown)", None],
        location_precision=["civic", "street", "civic"],
        location_uncertainty_m=[20.0, 200.0, 20.0],
        confidence=["one source", "one source", "unverified"],
        summer_2026_opening_hours=["2026 Jun Mo-Fr 09:00-12:30", None, None],
        summer_2026_hours=["Giugno: Lun-Ven 9:00-12:30", None, None],
    )
    return city.with_(addresses=addresses, places=places)


@pytest.fixture(scope="module")
def site(town: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("find") / "out"
    write_site(town, out, only="municipio-1")
    return out


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator[Any]:
    """Opens the page at some time, and fails on any complaint."""
    pages = []

    def open_at(fragment: str = "", *, now: str = LATER, **more: Any) -> Any:
        watched = Watched(browser, f"{site.as_uri()}/municipio-1.html{fragment}", **more)
        watched.page.clock.set_fixed_time(now)
        pages.append(watched)
        return watched.page

    yield open_at
    for watched in pages:
        assert (watched.complaints, watched.requests) == ([], [])
        watched.close()


def ask(page: Any, text: str) -> None:
    page.fill("#find-address", text)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")


def test_the_minutes_are_those_of_the_library(town: City, opened: Any) -> None:
    page = opened()
    ask(page, "Via Carlo Parea 1")
    for who in ("walk_75", "walk_adult"):
        page.select_option("#find-who", who)
        for (street, number), (column, row) in ADDRESSES.items():
            ask(page, f"{street} {number}")
            point = gpd.GeoDataFrame(
                {"id": ["x"]},
                geometry=gpd.points_from_xy([ORIGIN[0] + column * CELL], [ORIGIN[1] - row * CELL]),
                crs=CRS,
            )
            wanted = travel_times(town, origins=point, to="houses", profile=who)
            minutes = round(float(wanted["minutes"].iloc[0]))
            said = page.inner_text("#find-sentence")
            expected = "Meno di un minuto" if minutes < 1 else f"{minutes} minut"
            assert said.startswith(expected), (who, street, number, said)
            nearest = town.places.set_index("id").loc[wanted["place_id"].iloc[0], "name"]
            assert f"Casa di Quartiere {nearest}" in said


def test_hours_are_told_only_of_the_days_they_speak_of(opened: Any) -> None:
    assert "Aperto fino alle 12:30 (orario dell'estate 2026" in sentence(opened(now=JUNE))
    assert "apre alle 9" in sentence(opened(now="2026-06-05T06:00:00Z"))
    assert "Chiuso per oggi" in sentence(opened(now="2026-06-06T08:00:00Z"))
    later = sentence(opened(now=LATER))
    assert "Gli orari di oggi non sono noti" in later
    assert "Aperto" not in later


def sentence(page: Any) -> str:
    ask(page, "v. parea 10")
    return str(page.inner_text("#find-sentence"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v. Parea, 99", "Il numero 99 non è nel registro: il conto parte da Via Carlo Parea 10"),
        ("parea", "Manca il numero: il conto parte da Via Carlo Parea"),
        ("via chiesa 2", "Quale indirizzo intendi?"),
        ("via Par 10", "Quale indirizzo intendi?"),
        ("via Parec 10", "Da Via Carlo Parea 10"),
        ("corso qwertyuiop 3", "Nessuna via conosciuta si chiama «corso qwertyuiop 3»"),
        ("", "Scrivi via e numero"),
    ],
)
def test_what_is_not_there_is_said_in_words(opened: Any, text: str, said: str) -> None:
    page = opened()
    ask(page, text)
    assert said in page.inner_text("#find")


def test_an_embedded_page_shows_the_answer_it_is_asked_for(opened: Any) -> None:
    assert not opened("?embed").is_visible("#find")
    page = opened("?embed#from=via+Parea+10")
    assert page.is_visible("#find-sentence")
    assert not page.is_visible("#find-form")


def test_one_of_several_is_chosen_and_the_view_can_be_shared(opened: Any) -> None:
    page = opened()
    ask(page, "via chiesa 2")
    page.click("#find-said button:has-text('Damiano')")
    assert page.input_value("#find-address") == "Via Damiano Chiesa 2"
    page.wait_for_url("**from=Via+Damiano+Chiesa+2**")
    again = opened("#" + page.url.split("#")[1])
    assert again.inner_text("#find-sentence") == page.inner_text("#find-sentence")


def test_suggestions_are_chosen_by_keyboard(opened: Any) -> None:
    page = opened()
    page.fill("#find-address", "par 10")
    assert page.locator("#find-choices li").all_inner_texts() == ["Via Carlo Parea 10"]
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#find-address", "aria-activedescendant") == "find-choice-0"
    page.keyboard.press("Enter")
    assert page.get_attribute("#find-address", "aria-expanded") == "false"
    assert "Near" in page.inner_text("#find-sentence")


def test_the_list_draws_the_way_and_opens_the_card(opened: Any) -> None:
    page = opened()
    ask(page, "via Carlo Parea 10")
    rows = page.locator(".house-row")
    assert rows.count() == 3
    assert rows.nth(0).get_attribute("aria-pressed") == "true"
    rows.nth(1).click()
    assert rows.nth(1).get_attribute("aria-pressed") == "true"
    page.click(".house-way button:has-text('scheda')")
    card = page.inner_text("#card")
    assert "da Via Carlo Parea 10" in card
    page.keyboard.press("Escape")
    assert not page.is_visible("#card")
    assert page.evaluate("document.activeElement.closest('.house-way') !== null")


def test_on_a_telephone_the_map_and_the_card_come_into_sight(opened: Any) -> None:
    page = opened(width=360, height=740)
    ask(page, "via Carlo Parea 10")
    page.tap(".house-way button:has-text('mappa')")
    assert in_sight(page, "#map")
    page.tap(".house-way button:has-text('scheda')")
    assert in_sight(page, "#card")


def in_sight(page: Any, element: str) -> bool:
    top, bottom = page.locator(element).evaluate(
        "(one) => [one.getBoundingClientRect().top, one.getBoundingClientRect().bottom]"
    )
    return bool(top >= -1 and bottom <= page.viewport_size["height"] + 1)


def test_places_are_one_stop_with_arrows_inside(opened: Any) -> None:
    page = opened()
    stops = page.locator(".place-marker[tabindex='0']")
    assert stops.count() == 1
    stops.focus()
    here = page.evaluate("document.activeElement.getAttribute('aria-label')")
    side = "ArrowRight" if "Near" in here else "ArrowLeft"
    page.keyboard.press(side)
    there = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert there != here
    assert stops.count() == 1


def test_places_on_each_other_open_a_choice(opened: Any) -> None:
    page = opened()
    far = page.locator(".place-marker[aria-label*='Far']")
    box = far.bounding_box()
    assert (box["width"], box["height"]) == (44, 44)
    far.dispatch_event("click")
    assert page.inner_text("#card-title") == "Qui ci sono più luoghi: quale?"
    page.click("#card .choices button:has-text('Far')")
    card = page.inner_text("#card")
    assert "Via Lontana (numero civico non noto)" in card
    assert "posizione incerta, entro 200 m" in card


def test_near_me_answers_where_the_browser_allows(browser: Browser, site: Path) -> None:
    asked = Watched(browser, f"{site.as_uri()}/municipio-1.html")
    where = asked.page.evaluate(
        "(({ x, y }) => Q15.app.toGeographic(x, y))(Q15.app.places.byId('near'))"
    )
    asked.close()
    allowed = {"permissions": ["geolocation"]}
    near = Watched(
        browser,
        f"{site.as_uri()}/municipio-1.html",
        geolocation={"latitude": where[0], "longitude": where[1]},
        **allowed,
    )
    near.page.click("#find-near")
    near.page.wait_for_selector("#find-answer:not([hidden])")
    assert "Meno di un minuto" in near.page.inner_text("#find-sentence")
    near.close()
    away = Watched(
        browser,
        f"{site.as_uri()}/municipio-1.html",
        geolocation={"latitude": 41.9, "longitude": 12.5},
        **allowed,
    )
    away.page.click("#find-near")
    away.page.wait_for_selector(".notice-text")
    assert "fuori dalla zona" in away.page.inner_text("#find-said")
    away.close()


@pytest.mark.parametrize("language", ["it", "en"])
def test_everyone_can_use_the_answer(browser: Browser, site: Path, language: str) -> None:
    address = f"{site.as_uri()}/municipio-1.html#lang={language}&from=Via+Carlo+Parea+10&place=far"
    for width in (360, 1440):
        page = Watched(browser, address, width=width)
        assert page.page.is_visible("#card")
        for part in ("#find", "#places", ".map-frame"):
            assert page.violations(within=part) == []
        assert page.page.evaluate("document.documentElement.scrollWidth") == width
        touched = page.page.locator("#find :is(button, select, input), #places button")
        heights = touched.evaluate_all("(all) => all.map((one) => one.offsetHeight)")
        assert all(height >= 44 or not height for height in heights)
        page.close()


def test_a_page_reads_addresses_as_the_library_does(milano: City, browser: Browser) -> None:
    """Addresses of a Municipio written in many ways mean what the library takes them for."""
    area = milano.zones["municipi"].set_index("id").geometry.loc[5]
    near = addresses_near(milano.addresses, area)
    book = address_book(near)
    elsewhere = streets_elsewhere(milano.addresses, np.full(len(milano.addresses), 1), near)
    spelled = near.iloc[:: len(near) // 60][["street", "number"]].astype(str).to_numpy()
    asked = [ways(street, number)[i % 6] for i, (street, number) in enumerate(spelled)]
    page = browser.new_page()
    page.evaluate("window.Q15 = {}")
    for name in ("street_names", "addresses"):
        script = files("quartieri15.publish") / "assets" / "site" / f"{name}.js"
        page.evaluate(f"() => {{ {script.read_text(encoding='utf-8')} }}")
    data = {"book": as_read(book), "elsewhere": as_read(elsewhere), "grammar": street_grammar()}
    told = page.evaluate(
        "([data, asked]) => { const { locate } = Q15.addresses(data); return asked.map(locate); }",
        [data, [*asked, "via Padova 10"]],
    )
    page.close()
    assert told.pop()["elsewhere"]["name"] == "Via Padova"
    same = 0
    for words, answer in zip(asked, told, strict=True):
        try:
            wanted = locate(milano, words)
        except Quartieri15Error:
            continue
        assert [one["text"] for one in answer["found"]] == [wanted.address], words
        assert (
            np.hypot(
                answer["found"][0]["x"] - wanted.point.x, answer["found"][0]["y"] - wanted.point.y
            )
            < 1
        )
        same += 1
    assert same > 50


def ways(street: str, number: str) -> list[str]:
    kind, _, name = street.partition(" ")
    last = street.rsplit(maxsplit=1)[-1]
    short = {"Via": "v.", "Viale": "v.le", "Piazza": "p.zza", "Corso": "c.so"}.get(kind, kind)
    return [
        f"{street} {number}",
        f"{short} {name}, {number}",
        f"{kind.upper()} {last.upper()} n. {number}",
        f"{street}, {number}, 20141 Milano",
        f"{number} {street}",
        f"{last} {number}",
    ]


def as_read(told: dict[str, Any]) -> dict[str, Any]:
    """Return what a page has of packed data."""
    lists = {name: value for name, value in told.items() if isinstance(value, list)}
    numbers = {name: own.tolist() for name, own in told.items() if isinstance(own, np.ndarray)}
    return json.loads(json.dumps({**lists, "numbers": numbers}))
