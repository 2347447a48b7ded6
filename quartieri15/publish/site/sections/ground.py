"""What lies under everything on a map: open spaces, buildings, railways, borders, and names.

Streets are not here: they travel once, in the section ``streets``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import shapely

from quartieri15.publish.basemap import simplified_zones
from quartieri15.publish.site.drawn_shapes import drawn_lines, drawn_rings
from quartieri15.publish.site.packing import pack
from quartieri15.publish.words import zone_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

UNIT_M: Final = 0.5
"""Coordinates are half metres: a pixel at the closest look."""
BEYOND_M: Final = 1500.0
"""How far the ground reaches beyond the area of a page, as its streets do."""
BUILDINGS_BEYOND_M: Final = 250.0
"""How far buildings do: who looks at them is near."""
CITY_TOLERANCE_M: Final = 8.0
CITY_LEAST_M2: Final = 4000.0
"""On the page of the whole city outlines are coarser, smaller open spaces are left out, and so are
buildings: 60,000 would weigh a megabyte."""
OPEN_SPACES: Final = ("park", "cemetery", "sports_ground", "playground")
COUNTRYSIDE: Final = "countryside"
"""The parks that are zones of the city: they hold fields, and are drawn paler."""


class Name(NamedTuple):
    """A name on the map.

    Parameters
    ----------
    text
        The name.
    kind
        What it names: ``municipio``, ``zone``, ``open_space``, ``station`` or ``metro``.
    x, y
        Where it stands, in metres.
    size_m
        How wide what it names is.
    """

    text: str
    kind: str
    x: float
    y: float
    size_m: float


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return the ground of the map of a page.

    Parameters
    ----------
    material
        What the pages are made from.
    page
        A page with a map.

    Returns
    -------
    dict
        ``unit``, of the coordinates, in metres. ``areas``: packed outlines by kind (``park``,
        ``countryside``, ``cemetery``, ``sports_ground``, ``playground``, ``building``), those that
        there are. ``lines``: packed lines, ``railway``, ``zones`` and ``municipi`` (borders).
        ``here``: the outline of the area of the page. ``names``: the ``kinds``, and of each name
        its ``text`` and packed (``at``) its ``kind`` (position in ``kinds``), ``x``, ``y`` and
        ``size`` in whole metres.
    """
    city, is_city = material.city, page.kind == "city"
    frame = shapely.box(*shapely.buffer(page.area, BEYOND_M).bounds)
    areas = _open_spaces(_near(city.open_spaces, frame), coarse=is_city)
    if not is_city:
        around = shapely.buffer(page.area, BUILDINGS_BEYOND_M)
        areas["building"] = _near(city.buildings, around).geometry.to_numpy()
    barriers = city.streets.barriers
    lines = {"railway": _near(barriers[barriers["kind"] == "railway"], frame).geometry.to_numpy()}
    lines |= {
        name: _borders(_near(city.zones[zones], frame))
        for name, zones in (("zones", "nil"), ("municipi", "municipi"))
        if zones in city.zones
    }
    outline = shapely.simplify(page.area, CITY_TOLERANCE_M / 2)
    return {
        "unit": UNIT_M,
        "areas": {
            kind: pack(drawn_rings(shapes, unit_m=UNIT_M))
            for kind, shapes in areas.items()
            if len(shapes)
        },
        "lines": {
            kind: pack(drawn_lines(shapes, unit_m=UNIT_M))
            for kind, shapes in lines.items()
            if len(shapes)
        },
        "here": pack(drawn_rings(np.array([outline]), unit_m=UNIT_M)),
        "names": _told(_names(material, frame, coarse=is_city)),
    }


def _near(table: gpd.GeoDataFrame, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the rows of a table that meet an area."""
    return table.iloc[np.sort(table.sindex.query(area, predicate="intersects"))]


def _open_spaces(spaces: gpd.GeoDataFrame, *, coarse: bool) -> dict[str, NDArray[Any]]:
    """Return the outlines of open spaces, by how they are drawn."""
    has_outline = (spaces["extent"] != "unknown").to_numpy()
    is_zone = (spaces["extent"] == "zone").to_numpy()
    shapes = spaces.geometry.to_numpy()
    if coarse:
        has_outline = has_outline & (shapely.area(shapes) >= CITY_LEAST_M2)
        shapes = shapely.simplify(shapes, CITY_TOLERANCE_M)
    kinds = spaces["kind"].to_numpy(dtype=object)
    return {COUNTRYSIDE: shapes[is_zone]} | {
        kind: shapes[has_outline & ~is_zone & (kinds == kind)] for kind in OPEN_SPACES
    }


def _borders(zones: gpd.GeoDataFrame) -> NDArray[Any]:
    """Return the borders of zones, each common one once."""
    simple = simplified_zones(zones.geometry)
    merged = shapely.line_merge(shapely.union_all(shapely.boundary(simple)))
    return np.array([merged])


def _names(material: Material, frame: shapely.Geometry, *, coarse: bool) -> list[Name]:
    """Return the names on a map: of zones, open spaces and stations."""
    city = material.city
    names: list[Name] = []
    for kind, zones in (("municipio", "municipi"), ("zone", "nil")):
        if zones in city.zones:
            near = _near(city.zones[zones], frame)
            texts = [zone_text(name) for name in near["name"]]
            names += _named(kind, texts, near.geometry.to_numpy())
    spaces = _near(city.open_spaces[city.open_spaces["name"].notna()], frame)
    if coarse:
        spaces = spaces[spaces.area >= CITY_LEAST_M2]
    names += _named("open_space", spaces["name"], spaces.geometry.to_numpy())
    for kind, stations in (("station", "rail_station"), ("metro", "metro_station")):
        near = _near(city.services[city.services["kind"] == stations], frame)
        near = near.drop_duplicates("name")
        names += _named(kind, [zone_text(name) for name in near["name"]], near.geometry.to_numpy())
    return names


def _named(kind: str, texts: Iterable[str], shapes: NDArray[Any]) -> list[Name]:
    """Return the names of areas and points, where there is most room for them."""
    names = []
    for text, shape in zip(texts, shapes, strict=True):
        if shapely.get_dimensions(shape) == 0:
            names.append(Name(str(text), kind, shape.x, shape.y, 0.0))
            continue
        # From the middle of the largest circle inside to its rim.
        radius = shapely.maximum_inscribed_circle(shape, tolerance=10.0)
        (x, y), _ = radius.coords
        names.append(Name(str(text), kind, x, y, 2 * radius.length))
    return names


def _told(names: list[Name]) -> dict[str, Any]:
    kinds = [*dict.fromkeys(name.kind for name in names)]
    numbers = {
        "kind": [kinds.index(name.kind) for name in names],
        "x": [round(name.x) for name in names],
        "y": [round(name.y) for name in names],
        "size": [round(name.size_m) for name in names],
    }
    return {
        "kinds": kinds,
        "text": [name.text for name in names],
        "at": pack({key: np.array(own, dtype=np.int64) for key, own in numbers.items()}),
    }
