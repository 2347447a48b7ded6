"""A town along a street of 4 km, of four NIL and two Municipi, with large and with small counts."""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING

from quartieri15.publish.site.material import Material
from quartieri15.publish.site.pages import pages_of
from quartieri15.publish.site.publisher import Publisher
from tests.publish.test_disclosure import street_city

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.publish.site.page import Page

PEOPLE = [
    (1, {"residents": 900, "over65": 240, "over75": 120, "foreign": 3}),
    (6, {"residents": 700, "over65": 161, "over75": 77, "foreign": 210}),
    (13, {"residents": 1234, "over65": 304, "over75": 150, "foreign": 333}),
    (19, {"residents": 500, "over65": 6, "over75": 2, "foreign": 80}),
    (24, {"residents": 800, "over65": 410, "over75": 204, "foreign": 61}),
    (33, {"residents": 9, "over65": 4, "over75": 0, "foreign": 0}),
    (38, {"residents": 300, "over65": 90, "over75": 40, "foreign": 5}),
]
"""At cells of 100 m: in the first NIL some foreign residents are too few to tell, in the second
some of the covered, in the last the whole group is nearly nobody."""


def town() -> City:
    """Return the town: houses stand in the west and in the middle, nobody else near the east."""
    return street_city(PEOPLE, houses=(3, 21), nil=(10, 20, 30), municipi=(20,))


@functools.cache
def town_material() -> Material:
    """Return what the pages of the town are made from: the same for all tests, as nothing of it is
    changed.
    """
    return material_of(town())


def material_of(city: City, **more: object) -> Material:
    """Return what the pages of a city are made from."""
    when = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    return Material(city=city, publisher=Publisher(), when=when, **more)  # type: ignore[arg-type]


def page_of(material: Material, slug: str) -> Page:
    """Return one page of a site by its name."""
    return next(page for page in pages_of(material) if page.slug == slug)
