"""A councillor reads who gains and who loses: by pointer and by keyboard, in words and on a map."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from quartieri15.planning.scenario import Scenario
from quartieri15.publish.site import write_site
from tests.ascii_city import draw_city
from tests.browser.site_pages import AXE, WIDTHS, Watched, served
from tests.publish.site.test_scenarios import CLOSES, PEOPLE, TOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

IDLE = Scenario("Nothing", [{"change_place": {"place": "Zante", "capacity": 50}}])
EMPTY = Scenario("Empty")
SLUG = "scenario-zante-closes"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    city = draw_city(
        TOWN, cell=40.0, places={"Acquabella": (0.0, 0.0), "Zante": (26.0, 3.0)}, people=PEOPLE
    )
    out = tmp_path_factory.mktemp("site") / "out"
    write_site(city, out, scenarios=[CLOSES, IDLE, EMPTY])
    return out


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator[Watched]:
    watched = Watched(browser, (site / f"{SLUG}.html").as_uri())
    yield watched
    watched.close()
    assert watched.complaints == []
    assert watched.requests == []


def rows(page: Page) -> dict[str, list[str]]:
    """The table of groups: the cells of each row of the city by its heading."""
    found: dict[str, list[str]] = {}
    for row in page.locator("#groups tbody").first.locator("tr").all()[1:]:
        found[row.locator("th").inner_text()] = row.locator("td").all_inner_texts()
    return found


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("name", [SLUG, "scenario-nothing"])
def test_axe_finds_nothing_in_either_language(
    browser: Browser, site: Path, name: str, size: str
) -> None:
    width, height = WIDTHS[size]
    watched = Watched(browser, (site / f"{name}.html").as_uri(), width=width, height=height)
    for language in ("en", "it"):
        watched.page.locator(f"button[data-language={language}]").click()
        watched.page.wait_for_selector(f"html[lang={language}]")
        assert watched.violations() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    watched.close()
    assert watched.complaints == []


def test_what_it_says_is_shown_in_the_language_of_the_page_or_marked_as_its_own(
    opened: Watched,
) -> None:
    page = opened.page
    for language, said in CLOSES.description.items():
        page.locator(f"button[data-language={language}]").click()
        story = page.locator("#scenario-story [lang]")
        assert (story.inner_text(), story.get_attribute("lang")) == (said, language)
        cost, assumed = page.locator("#assumed li").all()
        assert "1" in cost.inner_text()
        assert assumed.locator("[lang=it]").inner_text() == "Nessuna casa apre"
    assert "own assumption" in cost.inner_text()


@pytest.mark.parametrize("name", [SLUG, "scenario-nothing", "scenario-empty"])
def test_a_scenario_is_one_sheet_of_paper(browser: Browser, site: Path, name: str) -> None:
    watched = Watched(browser, (site / f"{name}.html").as_uri())
    assert watched.sheets() == 1
    watched.page.emulate_media(media="print")
    chosen = watched.page.locator("#scenario-who .who-choice")
    assert [one.is_visible() for one in chosen.all()].count(True) == 1
    assert watched.page.is_visible("#groups")
    watched.close()


def test_the_number_in_the_headline_is_the_one_of_the_table(opened: Watched) -> None:
    page = opened.page
    lost = page.locator("#scenario-figures .is-loss strong").first.inner_text()
    assert int(re.sub(r"\D", "", lost)) > 0
    assert rows(page)["65 anni e più"][3] == lost.lstrip("−")
    gist = page.locator("#scenario-who input:checked + span .who-gist").inner_text()
    assert gist.startswith(f"{lost.lstrip('−')} in meno entro 15 minuti")


def test_the_sides_switch_by_keyboard_and_stand_in_the_address(opened: Watched) -> None:
    page = opened.page
    legend = page.locator("#shown-legend")
    assert "esce dai 15 minuti" in legend.inner_text()
    page.locator("#shown-sides input:checked").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("shown=after"))
    assert "oltre 20" in legend.inner_text()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("shown=before"))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#shown-sides input:checked").get_attribute("value") == "before"


def test_before_and_after_are_other_pictures(opened: Watched) -> None:
    page = opened.page
    picture = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
      () => done(document.querySelector(".leaflet-theme-pane canvas").toDataURL()))))"""
    found = set()
    for side in ("before", "after", "change"):
        page.locator(f"#shown-sides input[value={side}]").check()
        found.add(page.evaluate(picture))
    assert len(found) == 3


def test_another_traveller_changes_every_figure_of_the_page(opened: Watched) -> None:
    page = opened.page
    before = rows(page)
    page.locator("#scenario-who input[value=bike_adult]").check()
    after = rows(page)
    assert after != before
    told = json.loads(page.locator("#data").inner_text())["scenario"]["answers"]["bike_adult"]
    assert after["65 anni e più"][0] == str(told["groups"][0]["covered_before"])
    assert "in bicicletta" in page.locator("#shown-title").inner_text()
    assert "in bicicletta" in page.locator("#groups-help").inner_text()


def test_an_edit_of_the_list_opens_and_gives_the_focus_back(opened: Watched) -> None:
    page = opened.page
    button = page.locator("#edits button").first
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("#card-title").inner_text() == "Zante"
    page.keyboard.press("Escape")
    assert not page.locator("#card").is_visible()
    assert page.evaluate("document.activeElement.textContent").endswith("Zante")


def test_a_hexagon_says_what_becomes_of_those_who_live_there(opened: Watched) -> None:
    page = opened.page
    page.locator("#map").scroll_into_view_if_needed()
    spot = page.evaluate(
        """() => {
          const { where, crossing, side_m } = Q15.app.data.scenario.hexagons;
          const k = crossing.walk_75.lost_at[0];
          const x = (where.column[k] + (where.row[k] & 1 ? 0.5 : 0)) * Math.sqrt(3) * side_m;
          const at = Q15.app.map.latLngToContainerPoint(
            Q15.app.latlng(x, where.row[k] * 1.5 * side_m));
          const box = document.getElementById("map").getBoundingClientRect();
          return [box.x + at.x + 12, box.y + at.y + 12];
        }"""
    )
    page.mouse.click(*spot)
    told = page.locator("#card-content").inner_text()
    assert "prima:" in told
    assert "dopo:" in told
    assert "escono dai 15 minuti" in told


def test_where_nothing_changes_it_says_so(browser: Browser, site: Path) -> None:
    watched = Watched(browser, (site / "scenario-nothing.html").as_uri())
    gists = watched.page.locator(".who-gist").all_inner_texts()
    assert set(gists) == {"non cambia nulla"}
    assert "non cambia in nessun punto" in watched.page.locator("#shown-note").inner_text()
    watched.close()
    assert watched.complaints == []


def test_without_edits_of_places_or_streets_there_is_no_map(browser: Browser, site: Path) -> None:
    watched = Watched(browser, (site / "scenario-empty.html").as_uri())
    assert not watched.page.locator("#map").count()
    assert rows(watched.page)["65 anni e più"][2:] == ["0", "0"]
    watched.close()
    assert watched.complaints == []


def test_the_index_leads_to_every_page(browser: Browser, site: Path) -> None:
    watched = Watched(browser, (site / "index.html").as_uri())
    links = [link.get_attribute("href") for link in watched.page.locator("#page-groups a").all()]
    assert {path.name for path in site.glob("*.html")} - {"index.html"} == set(links)
    watched.page.evaluate(AXE.read_text(encoding="utf-8"))
    assert watched.page.evaluate("axe.run('#pages').then((found) => found.violations)") == []
    watched.close()
    assert watched.complaints == []


def test_a_server_gives_the_same_page(browser: Browser, site: Path) -> None:
    with served(site / "server") as address:
        watched = Watched(browser, f"{address}/{SLUG}.html")
        assert watched.page.locator("#scenario-figures .is-loss").count()
        assert rows(watched.page)["65 anni e più"]
        watched.close()
    assert watched.complaints == []
    assert watched.requests == []
