"""Law: what is drawn has the shape it has, each border once, and names as people write them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.publish.site import Publisher
from quartieri15.publish.site.drawn_shapes import drawn_lines, drawn_rings
from quartieri15.publish.site.material import Material
from quartieri15.publish.site.packing import unpack
from quartieri15.publish.site.page import Page
from quartieri15.publish.site.pages import pages_of
from quartieri15.publish.site.sections import ground
from tests.ascii_city import CRS, draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def rings_of(drawn: dict[str, Any]) -> list[np.ndarray[Any, Any]]:
    xy = np.column_stack([drawn["x"], drawn["y"]])
    return np.split(xy, np.cumsum(drawn["corners"])[:-1]) if len(drawn["corners"]) else []


def signed_area(ring: np.ndarray[Any, Any]) -> float:
    x, y = ring.T.astype(float)
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


@given(
    st.lists(
        st.tuples(*(st.integers(0, 500) for _ in range(2)), st.integers(4, 60), st.booleans()),
        max_size=6,
    )
)
def test_outlines_have_the_area_of_what_they_outline(
    boxes: list[tuple[int, int, int, bool]],
) -> None:
    shapes = []
    for x, y, size, has_hole in boxes:
        hole = shapely.box(x + 1, y + 1, x + size - 1, y + size - 1)
        whole = shapely.box(x, y, x + size, y + size)
        shapes.append(whole - hole if has_hole else whole)
    drawn = drawn_rings(np.array(shapes, dtype=object), unit_m=0.5)
    areas = [signed_area(ring) for ring in rings_of(drawn)]
    assert sum(areas) / 4 == pytest.approx(sum(shape.area for shape in shapes))
    assert sum(area < 0 for area in areas) == sum(has_hole for *_, has_hole in boxes)
    # A hole stands behind what it is a hole of.
    assert not areas or areas[0] > 0


def test_what_closes_up_is_left_out() -> None:
    small = shapely.box(0.1, 0.1, 0.2, 0.2)
    drawn = drawn_rings(np.array([small, shapely.box(0, 0, 3, 3)]), unit_m=1.0)
    assert drawn["corners"].tolist() == [4]
    point = shapely.LineString([(0, 0), (0.1, 0.1)])
    line = shapely.LineString([(0, 0), (0.2, 0), (5, 0)])
    drawn = drawn_lines(np.array([point, line]), unit_m=1.0)
    assert (drawn["x"].tolist(), drawn["corners"].tolist()) == ([0, 5], [2])


def told(city: City, kind: str = "municipio", **changes: Any) -> dict[str, Any]:
    material = Material(city=city, publisher=Publisher(), when=NOON)
    page = next(page for page in pages_of(material) if page.kind == kind)
    if changes:
        page = Page(slug=page.slug, kind=page.kind, title=page.title, **changes)
    return ground.data(material, page)


def test_a_city_of_streets_and_zones_alone_has_a_ground() -> None:
    own = told(draw_city("A----B\n|    |\nC----D", cell=40.0))
    assert own["areas"] == {}
    assert own["lines"] == {}, "the one border is that of the page"
    assert own["names"]["text"] == ["Centro"]


def test_a_border_that_two_sets_of_zones_share_is_drawn_once() -> None:
    city = draw_city("A------------B\n|            |\nC------------D", cell=40.0)
    west, south, east, north = city.zones["nil"].total_bounds
    middle = (west + east) / 2
    halves = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    # The Municipi are digitised apart from the NIL, by a few metres.
    line = middle + 6
    moved = [shapely.box(west, south, line, north), shapely.box(line, south, east, north)]
    zone = city.zones["nil"].iloc[[0, 0]].assign(id=[1, 2], name=["UNO", "DUE"])
    zone = zone.reset_index(drop=True)
    city = city.with_(
        zones={
            "nil": zone.assign(geometry=halves),
            "municipi": zone.assign(geometry=moved),
        },
        residents=city.residents,
    )
    own = told(city, kind="city")
    assert set(own["lines"]) == {"municipi"}
    drawn = unpack(own["lines"]["municipi"])
    length = np.hypot(*np.diff(np.column_stack([drawn["x"], drawn["y"]]), axis=0).T).sum() / 2
    # Without both its ends, which lie at the border of the page.
    assert length == pytest.approx(north - south - 2 * ground.SAME_BORDER_M, abs=1.0)


def test_a_large_park_that_is_a_zone_is_countryside_and_a_small_one_a_park() -> None:
    city = draw_city("A----B\n|    |\nC----D", cell=400.0)
    west, south, *_ = city.zones["nil"].total_bounds
    spaces = gpd.GeoDataFrame(
        {
            "kind": ["park", "park", "park", "cemetery"],
            "name": [None, None, "Parco Uno", "Cimitero"],
            "extent": ["zone", "zone", "unknown", "mapped"],
        },
        geometry=[
            shapely.box(west, south, west + 1300, south + 1300),
            shapely.box(west, south, west + 300, south + 300),
            shapely.Point(west + 100, south + 100),
            shapely.box(west + 1400, south, west + 1500, south + 100),
        ],
        crs=CRS,
    )
    own = told(city.with_(open_spaces=spaces))
    assert {kind: len(unpack(own["areas"][kind])["corners"]) for kind in own["areas"]} == {
        "countryside": 1,
        "park": 1,
        "cemetery": 1,
    }
    names = dict(zip(own["names"]["text"], unpack(own["names"]["at"])["size"], strict=True))
    assert names["Parco Uno"] == 0, "nobody knows how far it reaches"
    assert names["Cimitero"] == pytest.approx(100, abs=10)


def test_buildings_are_not_told_of_the_whole_city() -> None:
    city = draw_city("A----B\n|    |\nC----D", cell=40.0)
    west, south, *_ = city.zones["nil"].total_bounds
    house = gpd.GeoDataFrame(
        {"area_m2": [400.0]}, geometry=[shapely.box(west, south, west + 20, south + 20)], crs=CRS
    )
    city = city.with_(buildings=house)
    assert set(told(city)["areas"]) == {"building"}
    assert set(told(city, kind="city")["areas"]) == set()


def test_the_ground_of_milano(milano: City) -> None:
    material = Material(city=milano, publisher=Publisher(), when=NOON)
    pages = {page.slug: page for page in pages_of(material) if page.area is not None}
    own = ground.data(material, pages["municipio-4"])
    # The budget for buildings and ground together.
    assert len(json.dumps(own)) < 600_000
    texts = own["names"]["text"]
    assert {"Municipio 3", "Città Studi", "Lodi T.I.B.B.", "Parco Forlanini"} <= set(texts)
    assert [text for text in texts if text.isupper() and text not in ("QT 8", "QT8")] == []
    drawn = unpack(own["areas"]["building"])
    within = milano.buildings[
        milano.buildings.intersects(pages["municipio-4"].area.buffer(ground.BUILDINGS_BEYOND_M))
    ]
    area = sum(signed_area(ring) for ring in rings_of(drawn)) * ground.UNIT_M**2
    assert area == pytest.approx(within.area.sum(), rel=0.002)
