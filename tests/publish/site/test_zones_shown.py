"""Law: a page shows the areas that are its own, and borders that were common stay common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
import shapely.affinity
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.publish.site.drawn_shapes import outlines
from quartieri15.publish.site.zones_shown import also_in, zones_of, zones_on
from tests.publish.site.towns import material_of, page_of, town_material

if TYPE_CHECKING:
    from quartieri15.model.city import City


def test_the_page_of_a_municipio_shows_its_own_zones() -> None:
    material = town_material()
    shown = {
        slug: zones_of(material)["id"].to_numpy()[zones_on(material, page_of(material, slug))]
        for slug in ("index", "municipio-1", "municipio-2", "area-zone-1")
    }
    assert {slug: own.tolist() for slug, own in shown.items()} == {
        "index": [1, 2, 3, 4],
        "municipio-1": [1, 2],
        "municipio-2": [3, 4],
        "area-zone-1": [1, 2],
    }
    assert also_in(material, np.arange(4)) == [[1], [1], [2], [2]]


def test_in_milano_every_nil_is_on_the_page_of_a_municipio(milano: City) -> None:
    material = material_of(milano)
    municipi = also_in(material, np.arange(88))
    assert all(municipi), "a NIL is on no page"
    pages = [page_of(material, f"municipio-{k}") for k in range(1, 10)]
    shown = [set(zones_on(material, page).tolist()) for page in pages]
    for position, own in enumerate(municipi):
        assert own == [k for k, here in enumerate(shown, start=1) if position in here]
    # More than one person in 200 of a NIL lives in a Municipio only where the page shows it.
    lived = milano.residents.groupby(["nil", "municipi"])["residents"].sum()
    part = lived / lived.groupby("nil").transform("sum")
    ids = zones_of(material)["id"].to_list()
    for (nil, municipio), own in part.items():
        assert own < 0.01 or municipio in municipi[ids.index(nil)], (nil, municipio)


def test_simplified_borders_of_milano_stay_common(milano: City) -> None:
    zones = zones_of(material_of(milano))
    assert shapely.coverage_is_valid(zones.geometry.to_numpy())
    exact = milano.zones["nil"].geometry.area
    assert (abs(zones.geometry.area / exact.to_numpy() - 1) < 0.02).all()


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=12),
    st.integers(1, 4),
)
def test_outlines_are_the_shapes_in_whole_units(corners: list[tuple[int, int]], unit: int) -> None:
    shape = shapely.MultiPoint(corners).convex_hull
    if shape.geom_type != "Polygon":
        return
    scaled = shapely.affinity.scale(shape, unit, unit, origin=(0, 0))
    told = outlines(np.array([scaled]), unit_m=unit)
    ring = list(zip(told["x"].tolist(), told["y"].tolist(), strict=True))
    assert told["corners"].sum() == len(ring)
    assert told["owner"].tolist() == [0] * len(told["corners"])
    assert shapely.Polygon(ring).equals(shape)


def test_what_closes_up_is_left_out() -> None:
    sliver = shapely.box(0, 0, 0.2, 30)
    square = shapely.box(0, 0, 40, 40) - shapely.box(10, 10, 20, 20)
    told = outlines(np.array([sliver, square]), unit_m=1)
    assert told["owner"].tolist() == [1, 1]
    assert told["corners"].tolist() == [4, 4]
