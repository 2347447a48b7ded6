"""A page travels as the library does: the same seconds, the same nearest place, the same people."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quartieri15.model import profiles
from quartieri15.publish.site import extracts
from quartieri15.publish.site.assembly import assemble
from quartieri15.publish.site.material import Material
from quartieri15.publish.site.page import Kind, Page
from quartieri15.publish.site.publisher import Publisher
from quartieri15.reach.times import travel_times
from tests.reach.towns import towns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

    from quartieri15.model.city import City
    from quartieri15.publish.texts import Texts

LIMIT_S = 15 * 60 + 1e-6
SAME_S = 0.05
"""What positions in whole millimetres and centimetres may change of a time: five centimetres."""

TIMES = """(who) => {
  const field = app.travel.field(who);
  const { atMost, atLeast } = app.cells.bounds(field);
  const seconds = [...app.cells.seconds(field)].map((s) => (s === Infinity ? "beyond" : s));
  const place = seconds.map((_, cell) => {
    const spot = app.cells.spot(cell, who);
    return spot ? app.travel.placeOf(field, spot) : null;
  });
  const told = (values) => [...values].map((value) => (value === Infinity ? "beyond" : value));
  return JSON.stringify({ seconds, place, atMost: told(atMost), atLeast: told(atLeast) });
}"""

NEAREST = """([who, cell, most]) => {
  const spot = app.cells.spot(cell, who);
  return spot ? app.travel.nearest(who, spot, most).map((one) => {
    const way = app.travel.way(who, spot, one.place);
    const same = Math.abs(way.seconds - one.seconds) < 1e-6;
    return { ...one, leg: spot.leg_mm / 1000, drawn: way.points, same };
  }) : null;
}"""


@dataclass(frozen=True, kw_only=True)
class StreetsAndPeople(Page):
    """A page of streets and people that publishes no figures beside what is searched."""

    slug: str = "part"
    kind: Kind = "scenario"
    title: Texts = field(default_factory=lambda: {"it": "Strade", "en": "Streets"})
    layout = MappingProxyType({})
    sections = ("streets", "cells")


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Tab]:
    """A tab that can be given streets and people."""
    opened = browser.new_page()
    yield opened
    opened.close()


def material_of(city: City, **more: Any) -> Material:
    when = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return Material(city=city, publisher=Publisher(), when=when, **more)


def given_to(tab: Tab, material: Material, page: Page) -> None:
    """Open a page that is put together as those of a site are, with the same frame."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(assemble(material, page, [page]).alone, encoding="utf-8")
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-ready]")
    tab.evaluate("() => { window.app = Q15.app; }")


def times_of(tab: Tab, who: str) -> dict[str, Any]:
    """Seconds by cell, infinite for beyond what the page knows; their limits; the nearest place."""
    found = json.loads(tab.evaluate(TIMES, who))
    for name in ("seconds", "atMost", "atLeast"):
        values = [np.inf if s == "beyond" else np.nan if s is None else s for s in found[name]]
        found[name] = np.array(values, dtype=float)
    return found


def seconds_of(tab: Tab, who: str) -> np.ndarray:
    return times_of(tab, who)["seconds"]


def cells_of(tab: Tab, city: City) -> gpd.GeoDataFrame:
    x, y = tab.evaluate("() => [[...app.cells.x], [...app.cells.y]]")
    return gpd.GeoDataFrame(
        {"id": np.arange(len(x))}, geometry=gpd.points_from_xy(x, y), crs=city.crs
    )


def told_by_library(city: City, who: str, points: Any, houses: Any = "houses") -> np.ndarray:
    return travel_times(city, to=houses, profile=who, origins=points)["minutes"].to_numpy() * 60


@pytest.fixture(scope="module")
def municipio(tab: Tab, milano: City) -> gpd.GeoDataFrame:
    """Put Municipio 4 into the page; return where its people are."""
    given_to(tab, material_of(milano), StreetsAndPeople(area=municipio_4(milano)))
    return cells_of(tab, milano)


def municipio_4(milano: City) -> shapely.Geometry:
    zones = milano.zones_named("municipi")
    area: shapely.Geometry = zones.geometry[zones["id"] == 4].iloc[0]
    return area


def test_fifty_placements_in_milano_are_the_librarys(
    tab: Tab, milano: City, municipio: gpd.GeoDataFrame
):
    """Houses put, moved and closed, for every traveller: seconds and people covered."""
    area = municipio_4(milano)
    houses = milano.houses[["id", "geometry"]]
    here = houses.loc[houses.within(area), "id"].tolist()
    people = np.array(
        tab.evaluate("() => [...app.cells.here].map((_, cell) => app.cells.count('over65', cell))")
    )
    travellers = [who.name for who in material_of(milano).travellers]
    spots = scattered(area, 50)
    took_ms = []
    for number, (x, y) in enumerate(spots):
        other = here[number % len(here)]
        put, moved = {"id": "new1", "x": x, "y": y}, {"id": other, "x": x, "y": y}
        edits = [[put], [moved], [put, {"id": other, "closed": True}]][number % 3]
        who = travellers[number // 3 % len(travellers)]
        took_ms.append(
            tab.evaluate(
                "([edits, who]) => { const start = performance.now(); app.travel.setHouses(edits);"
                " app.cells.seconds(app.travel.field(who)); return performance.now() - start; }",
                [edits, who],
            )
        )
        found = times_of(tab, who)
        seconds = found["seconds"]
        tried = houses[~houses["id"].isin([edit["id"] for edit in edits])]
        new = [edit for edit in edits if "x" in edit]
        tried = gpd.GeoDataFrame(
            {"id": [*tried["id"], *(edit["id"] for edit in new)]},
            geometry=[*tried.geometry, *(shapely.Point(edit["x"], edit["y"]) for edit in new)],
            crs=milano.crs,
        )
        told = told_by_library(milano, who, municipio, tried)
        beyond = np.isinf(seconds)
        np.testing.assert_allclose(seconds[~beyond], told[~beyond], atol=SAME_S)
        assert (found["atLeast"] - SAME_S <= told).all()
        assert (found["atMost"] + SAME_S >= told).all()
        assert people[found["atMost"] <= LIMIT_S].sum() == people[told <= LIMIT_S].sum()
    tab.evaluate("() => app.travel.setHouses([])")
    # A hundred milliseconds on a quiet machine of two cores; this one may be busy.
    assert np.median(took_ms) < 1000


def scattered(area: shapely.Geometry, number: int) -> list[tuple[float, float]]:
    """Points anywhere in an area, to the decimetre."""
    chance = np.random.default_rng(15)
    west, south, east, north = area.bounds
    spots: list[tuple[float, float]] = []
    while len(spots) < number:
        x, y = (round(float(chance.uniform(*side)), 1) for side in ((west, east), (south, north)))
        if shapely.contains_xy(area, x, y):
            spots.append((x, y))
    return spots


@pytest.mark.parametrize("who", ["walk_75", "step_free", "bike_adult"])
def test_the_nearest_few_and_the_way_there(
    tab: Tab, milano: City, municipio: gpd.GeoDataFrame, who: str
):
    some = [3, 400, 900, 1600]
    told = travel_times(milano, to="houses", profile=who, k=5, origins=municipio.iloc[some])
    for row, cell in enumerate(some):
        found = tab.evaluate(NEAREST, [who, cell, 5])
        assert len(found) >= 3
        for rank, one in enumerate(found):
            suffix = f"_{rank + 1}" if rank else ""
            assert one["place"] == told[f"place_id{suffix}"].iloc[row]
            minutes = told[f"minutes{suffix}"].iloc[row]
            assert one["seconds"] == pytest.approx(minutes * 60, abs=SAME_S)
            assert one["same"]
            if one["complete"]:
                drawn = shapely.LineString(one["drawn"]).length
                # A cell is drawn from its street; the map's scale differs from the ground's.
                assert drawn == pytest.approx(one["metres"] - one["leg"], rel=0.002, abs=0.5)


def test_another_pace_is_a_proportion(tab: Tab, milano: City, municipio: gpd.GeoDataFrame):
    tab.evaluate("() => app.state.set({ pace: '2.4' })")
    seconds = seconds_of(tab, "walk_75")
    tab.evaluate("() => app.state.set({ pace: null })")
    slower = profiles.WALK_75.with_(speed_kmh=2.4)
    told = travel_times(milano, to="houses", profile=slower, origins=municipio)
    known = np.isfinite(seconds)
    np.testing.assert_allclose(seconds[known], told["minutes"].to_numpy()[known] * 60, atol=SAME_S)


@given(towns(shortest_m=1.0), st.integers(0, 4), st.integers(0, 4), st.booleans())
@settings(max_examples=16)
def test_towns_where_everything_is_hard(tab, town, column, row, whole):
    """Loops, parallels, islands, one-way streets; the page of the city, and of a part of it."""
    who = ("walk_75", "step_free", "bike_adult")
    assume(all(np.any(profiles.get(name).allowed(town.streets.edges)) for name in who))
    west, _, _, north = shapely.total_bounds(town.streets.nodes.geometry.to_numpy())
    corner = west + 40 * column, north - 40 * row
    area = shapely.box(corner[0], corner[1] - 60, corner[0] + 60, corner[1])
    area = area.buffer(5000) if whole else area
    page = StreetsAndPeople(area=area)
    material = material_of(
        town, travellers=tuple(map(profiles.get, who)), groups=("residents",), smallest_count=1
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extracts, "MARGIN_M", 10.0)
        assume(len(extracts.street_extract(material, page).edge) > 0)
        given_to(tab, material, page)
    points = cells_of(tab, town)
    if not len(points):
        return
    for name in who:
        found = times_of(tab, name)
        seconds, place = found["seconds"], found["place"]
        told = told_by_library(town, name, points)
        standing = ~np.isnan(seconds)
        known = np.isfinite(seconds)
        # Streets of these towns are up to fifty times as long as they are drawn.
        np.testing.assert_allclose(seconds[known], told[known], atol=20 * SAME_S)
        assert all((one is None) == (not yes) for one, yes in zip(place, known, strict=True))
        if whole:
            assert np.isnan(told[standing & ~known]).all()
