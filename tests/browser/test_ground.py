"""Law: the ground shows what stands where, quietly, and no name stands on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from quartieri15.publish.site import write_site
from tests.ascii_city import CRS, draw_city
from tests.browser.site_pages import Watched, wait_for_frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

TOWN = """
A--------B--------C
|        |        |
D--------E--------F
"""
RECORDER = """() => {
  window.written = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const { width } = this.measureText(text);
    const place = this.getTransform();
    const height = parseFloat(this.font.match(/([\\d.]+)px/)[1]);
    window.written.push({ text, width, height,
      x: place.a * x + place.c * y + place.e, y: place.b * x + place.d * y + place.f,
      angle: Math.atan2(place.b, place.a) });
    return fillText.call(this, text, x, y);
  };
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the site of a town with a park, a building round a courtyard, and named streets."""
    city = draw_city(TOWN, cell=200.0, people={(1.0, 0.0): 2000.0, (17.0, 3.0): 400.0})
    west, south, east, north = city.streets.edges.total_bounds
    x, y = (west + east) / 2, (south + north) / 2
    park = shapely.box(x - 300, y - 100, x - 200, y - 60)
    court = shapely.box(x + 120, y - 95, x + 180, y - 75)
    house = shapely.box(x + 100, y - 100, x + 200, y - 55) - court
    spaces = gpd.GeoDataFrame(
        {"kind": ["park"], "name": ["Parco Verde"], "extent": ["mapped"]}, geometry=[park], crs=CRS
    )
    buildings = gpd.GeoDataFrame({"area_m2": [house.area]}, geometry=[house], crs=CRS)
    edges = city.streets.edges.copy()
    edges["highway"] = "residential"
    edges["name"] = [f"Via {letter}" for letter in "ABCDEFGHIJ"[: len(edges)]]
    streets = type(city.streets).from_tables(city.streets.nodes, edges)
    city = city.with_(streets=streets, open_spaces=spaces, buildings=buildings)
    out = tmp_path_factory.mktemp("site") / "out"
    write_site(city, out, only="municipio-1")
    return out


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Path) -> Iterator[Page]:
    watched = Watched(browser, f"{site.as_uri()}/municipio-1.html#theme=minutes")
    assert watched.complaints == []
    yield watched.page
    watched.close()


def look(page: Page, zoom: float) -> tuple[float, float]:
    """Look at the middle of the town, and return it."""
    page.evaluate(RECORDER)
    west, south, east, north = page.evaluate("Q15.app.page.bounds")
    x, y = (west + east) / 2, (south + north) / 2
    page.evaluate(f"Q15.app.map.setView(Q15.app.latlng({x}, {y}), {zoom}, {{ animate: false }})")
    assert page.evaluate("Q15.app.map.getZoom()") == zoom
    page.evaluate("Q15.app.repaint('ground')")
    wait_for_frames(page)
    return x, y


def colours(page: Page, *points: tuple[float, float]) -> list[str]:
    """Return the colours that the ground has at some points."""
    return page.evaluate(
        """(points) => {
          const canvas = document.querySelector(".leaflet-ground-pane canvas");
          const corner = canvas.getBoundingClientRect();
          const frame = Q15.app.map.getContainer().getBoundingClientRect();
          const ratio = canvas.width / corner.width;
          return points.map(([x, y]) => {
            const at = Q15.app.map.latLngToContainerPoint(Q15.app.latlng(x, y));
            const left = Math.floor((at.x + frame.left - corner.left) * ratio);
            const top = Math.floor((at.y + frame.top - corner.top) * ratio);
            const [r, g, b] = canvas.getContext("2d").getImageData(left, top, 1, 1).data;
            return "#" + [r, g, b].map((one) => one.toString(16).padStart(2, "0")).join("");
          });
        }""",
        [list(point) for point in points],
    )


def named(page: Page, *names: str) -> list[str]:
    return [page.evaluate(f"Q15.app.colour('{name}')") for name in names]


def test_everything_has_its_colour_where_it_stands(opened: Page) -> None:
    x, y = look(opened, 17)
    there = colours(
        opened,
        (x - 290, y - 90),
        (x + 110, y - 90),
        (x + 150, y - 85),
        (x, y - 50),
        (x + 300, y),
    )
    assert there == named(opened, "--park", "--building", "--land", "--street", "--land")


def test_parks_do_not_tinge_the_colours_of_a_theme(opened: Page) -> None:
    x, y = look(opened, 17)
    park = [(x - 290, y - 90)]
    opened.evaluate("Q15.app.state.set({ theme: 'share' })")
    wait_for_frames(opened)
    assert colours(opened, *park) == named(opened, "--paper")
    opened.evaluate("Q15.app.state.set({ theme: 'minutes' })")
    wait_for_frames(opened)
    assert colours(opened, *park) == named(opened, "--park")


def test_from_afar_there_are_no_buildings(opened: Page) -> None:
    x, y = look(opened, 15)
    assert colours(opened, (x + 110, y - 90)) == named(opened, "--land")


def words_at(page: Page, zoom: float) -> list[dict[str, Any]]:
    look(page, zoom)
    page.evaluate("window.written.length = 0; Q15.app.repaint('names')")
    wait_for_frames(page)
    return page.evaluate("window.written")


def test_streets_are_named_from_near_and_zones_from_afar(opened: Page) -> None:
    near = {one["text"] for one in words_at(opened, 17)}
    far = {one["text"] for one in words_at(opened, 14.5)}
    assert {"Via A", "Parco Verde"} <= near
    assert "Centro" in far
    assert not any(text.startswith("Via") for text in far)
    assert "Centro" not in near


def test_names_are_read_upright_along_their_streets(opened: Page) -> None:
    streets = [one for one in words_at(opened, 17) if one["text"].startswith("Via")]
    assert {round(abs(one["angle"]), 2) for one in streets} == {0.0, 1.57}
    assert all(-1.58 < one["angle"] < 1.58 for one in streets)


@pytest.mark.parametrize("zoom", [14.5, 16, 17, 18])
def test_no_name_stands_on_another(opened: Page, zoom: float) -> None:
    boxes = [
        shapely.affinity.rotate(
            shapely.box(
                one["x"] - one["width"] / 2,
                one["y"] - one["height"] / 2,
                one["x"] + one["width"] / 2,
                one["y"] + one["height"] / 2,
            ),
            one["angle"],
            use_radians=True,
        )
        for one in words_at(opened, zoom)
    ]
    assert boxes
    tree = shapely.STRtree(boxes)
    first, second = tree.query(boxes, predicate="intersects")
    overlapping = [
        (a, b) for a, b in zip(first, second, strict=True) if a < b and boxes[a].overlaps(boxes[b])
    ]
    assert overlapping == []


def test_the_ground_is_quiet(opened: Page) -> None:
    """Nothing of it but names and borders is darker than a fifth of grey."""
    quiet = ("--land", "--park", "--countryside", "--cemetery", "--sports", "--building")
    for colour in named(opened, *quiet, "--street", "--casing", "--casing-main", "--way"):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue >= 0.7 * 255, colour


def test_names_are_read_against_what_they_stand_on(opened: Page) -> None:
    def light(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    grounds = named(opened, "--land", "--park", "--countryside", "--building", "--street")
    for name in named(opened, "--name", "--name-park", "--name-street", "--ink"):
        for ground in grounds:
            assert (light(ground) + 0.05) / (light(name) + 0.05) >= 4.5, (name, ground)
