"""What a reader tries on a page does what it says: by pointer, by keyboard and by list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

from quartieri15.publish.site import write_site
from quartieri15.reach.times import travel_times
from tests.ascii_city import CRS, draw_city
from tests.browser.site_pages import AXE, Watched, wait_for_frames

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
PEOPLE = {
    (1.0, 0.0): 2000.0,
    (5.0, 0.0): 500.0,
    (9.0, 1.0): 400.0,
    (17.0, 2.0): 900.0,
    (12.0, 0.0): 600.0,
}


@pytest.fixture(scope="module")
def town() -> City:
    """A town of 1.8 km whose only house is in its western corner."""
    return draw_city(TOWN, cell=100.0, places={"house": (0.0, 0.0)}, people=PEOPLE)


@pytest.fixture(scope="module")
def site(town: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("what-if") / "out"
    write_site(town, out, only="municipio-1")
    return out


@pytest.fixture
def watched(browser: Browser, site: Path) -> Iterator[Watched]:
    opened = Watched(browser, (site / "municipio-1.html").as_uri())
    opened.page.click("#what-if-panel > summary")
    yield opened
    assert opened.complaints == []
    assert opened.requests == []
    opened.close()


def edits_of(watched: Watched) -> str:
    found = watched.page.evaluate("Q15.app.state.get('edits')")
    return "" if found is None else str(found)


def figures(watched: Watched, group: str) -> list[int]:
    """The row of a group: now, in the trial, gained, lost."""
    watched.page.evaluate("document.getElementById('what-if-counts').open = true")
    cells = watched.page.locator(f"#what-if-table tbody >> nth=0 >> tr[data-group={group}] td")
    return [
        int(re.sub(r"[.,+]", "", text).replace("\u2212", "-")) for text in cells.all_inner_texts()
    ]


def within(town: City, houses: gpd.GeoDataFrame, group: str) -> set[tuple[int, float]]:
    """Where people are in time, and how many: as the library says."""
    times = travel_times(town, to=houses, profile="walk_75")["minutes"].to_numpy()
    counts = town.residents[group].to_numpy()
    return {(i, counts[i]) for i in range(len(counts)) if times[i] <= 15}


def expected(town: City, houses: gpd.GeoDataFrame, group: str) -> list[int]:
    before, after = (within(town, table, group) for table in (town.houses, houses))
    total = lambda chosen: round(sum(people for _, people in chosen))  # noqa: E731
    return [total(before), total(after), total(after - before), -total(before - after)]


def houses_at(*at: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": [str(i) for i in range(len(at))]}, geometry=[shapely.Point(one) for one in at],
        crs=CRS,
    )  # fmt: skip


def test_a_house_put_by_pointer_is_counted_as_the_library_counts_it(watched: Watched, town: City):
    watched.page.click("#what-if-tap")
    box = watched.page.locator("#map").bounding_box()
    # Not in the very middle, where two streets are as near.
    watched.page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.45)
    found = re.fullmatch(r"new1_(\d+)_(\d+)", edits_of(watched))
    at = float(found[1]), float(found[2])
    old = shapely.get_coordinates(town.houses.geometry.to_numpy())[0]
    for group in ("over65", "residents"):
        told = expected(town, houses_at(tuple(old), at), group)
        assert told[2] > 0
        assert figures(watched, group) == told
    assert watched.page.locator(".tried-house").count() == 1
    # Whoever opens the address sees the same.
    address = watched.page.url.split("#")[0] + f"#edits={edits_of(watched)}"
    shown = figures(watched, "residents")
    watched.page.goto("about:blank")
    watched.page.goto(address)
    watched.page.wait_for_selector("html[data-ready]")
    assert figures(watched, "residents") == shown


def test_an_address_that_somebody_wrote_by_hand_tries_what_can_be_tried(
    browser: Browser, site: Path
):
    address = (site / "municipio-1.html").as_uri()
    opened = Watched(browser, address + "#edits=new1_closed*%2525_closed*other_1_2*house_closed")
    assert opened.page.evaluate("Q15.app.whatIf.edits()") == [{"id": "house", "closed": True}]
    assert opened.complaints == []
    opened.close()


def test_a_house_closed_is_undone(watched: Watched, town: City):
    watched.page.click("#what-if-houses > summary")
    watched.page.click("#what-if-list button >> text=Chiudi")
    assert edits_of(watched) == "house_closed"
    reached = expected(town, town.houses, "residents")[0]
    assert reached > 0
    assert figures(watched, "residents") == [reached, 0, 0, -reached]
    watched.page.click("#what-if-edits >> text=Annulla l'ultima")
    assert edits_of(watched) == ""
    assert watched.page.locator("#what-if-figure").inner_text() == ""


def test_without_a_pointer_a_house_is_put_moved_and_taken_away(watched: Watched):
    watched.page.focus("#what-if-where")
    watched.page.keyboard.press("Tab")
    watched.page.keyboard.press("Enter")
    assert watched.page.evaluate("document.activeElement.className").startswith("leaflet-marker")
    before = [int(part) for part in edits_of(watched).split("_")[1:]]
    watched.page.keyboard.press("ArrowRight")
    watched.page.keyboard.press("ArrowUp")
    after = [int(part) for part in edits_of(watched).split("_")[1:]]
    assert after[0] > before[0]
    assert after[1] > before[1]
    watched.page.keyboard.press("Delete")
    assert edits_of(watched) == ""
    assert watched.page.evaluate("document.activeElement.id") == "what-if-tap"


def test_a_house_is_dragged(watched: Watched, town: City):
    watched.page.click("#what-if-houses > summary")
    watched.page.click("#what-if-list button >> text=Sposta")
    marker = watched.page.locator(".tried-house").bounding_box()
    x, y = marker["x"] + 22, marker["y"] + 22
    watched.page.mouse.move(x, y)
    watched.page.mouse.down()
    watched.page.mouse.move(x + 120, y + 10, steps=5)
    watched.page.mouse.up()
    watched.page.wait_for_function("Q15.app.state.get('edits')")
    found = re.fullmatch(r"house_(\d+)_(\d+)", edits_of(watched))
    old = shapely.get_coordinates(town.houses.geometry.to_numpy())[0]
    assert float(found[1]) > old[0] + 50
    there = houses_at((float(found[1]), float(found[2])))
    assert figures(watched, "residents") == expected(town, there, "residents")


def test_a_slower_pace_loses_people(watched: Watched):
    slider = watched.page.locator("#what-if-speed")
    slider.focus()
    for _ in range(17):
        watched.page.keyboard.press("ArrowLeft")
    assert watched.page.evaluate("Q15.app.state.get('pace')") == "1.5"
    before, after, gained, lost = figures(watched, "residents")
    assert (gained, lost) == (0, after - before)
    assert lost < 0
    watched.page.evaluate("Q15.app.state.set({ who: 'bike_adult' })")
    assert watched.page.locator("#what-if-speed").is_disabled()
    assert watched.page.evaluate("Q15.app.state.get('pace')") is None


@pytest.mark.parametrize("language", ["it", "en"])
def test_axe_finds_nothing_in_a_trial(watched: Watched, language: str):
    watched.page.click(f"button[data-language={language}]")
    watched.page.evaluate("Q15.app.whatIf.close('house')")
    for name in ("what-if-houses", "what-if-counts", "what-if-limits"):
        watched.page.evaluate(f"document.getElementById('{name}').open = true")
    watched.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = watched.page.evaluate("axe.run('#what_if')")
    undecided = [one for one in found["incomplete"] if one["id"].startswith("color-contrast")]
    assert [*found["violations"], *undecided] == []


def test_escape_leaves_a_house_that_is_not_put_yet(watched: Watched):
    watched.page.click("#what-if-tap")
    assert watched.page.get_attribute("#what-if-tap", "aria-pressed") == "true"
    watched.page.keyboard.press("Escape")
    assert watched.page.get_attribute("#what-if-tap", "aria-pressed") == "false"
    assert edits_of(watched) == ""


@pytest.mark.parametrize(
    ("fragment", "unclear"),
    [
        ("edits=%25_closed", 1),
        ("edits=new1_closed*constructor_closed*__proto___closed", 3),
        ("edits=nobody_closed*new1_99999999999_1", 2),
        ("edits=%%%", 1),
        *((f"pace={text}", 1) for text in ("1e9", "abc", "0", "-1", "NaN", "Infinity")),
        ("theme=constructor&who=__proto__&group=toString", 3),
        ("place=nobody&at=1e99,0,1&lang=xx&pace=", 4),
        ("from=constructor", 0),
        ("from=99999999999,1", 0),
        ("who=walk_65&pace=2", 0),
    ],
)
def test_whatever_stands_in_the_address_the_page_stands_and_says_what_it_leaves_out(
    browser: Browser, site: Path, fragment: str, unclear: int
) -> None:
    opened = Watched(browser, f"{(site / 'municipio-1.html').as_uri()}#{fragment}")
    said = opened.page.inner_text("#unclear")
    opened.page.evaluate("location.hash = ''")
    opened.page.wait_for_selector("#unclear", state="hidden")
    # And while the page stands.
    opened.page.evaluate("(text) => { location.hash = text; }", fragment)
    if said:
        opened.page.wait_for_selector("#unclear", state="visible")
    wait_for_frames(opened.page)
    assert opened.page.inner_text("#unclear") == said
    assert opened.complaints == []
    count = re.match(r"\d+", said)
    assert (int(count[0]) if count else 1 if said else 0) == unclear


def test_a_pace_nobody_walks_at_is_no_trial(browser: Browser, site: Path) -> None:
    opened = Watched(browser, f"{(site / 'municipio-1.html').as_uri()}#pace=1e9")
    assert opened.page.evaluate("document.getElementById('what-if-panel').open") is False
    assert opened.page.text_content("#what-if-edits") == ""
    assert opened.complaints == []


def test_what_the_page_writes_itself_is_understood(watched: Watched) -> None:
    watched.page.click("#what-if-put .what-if-row button")
    watched.page.wait_for_url("**edits=new1_**")
    watched.page.reload()
    watched.page.wait_for_selector("html[data-ready]")
    assert watched.page.is_hidden("#unclear")
    assert "1" in watched.page.inner_text("#what-if-edits")
