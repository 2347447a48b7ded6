"""What lies under everything on a map: open spaces, buildings, railways, borders, and names.

Streets are not here: they travel once, in the section ``streets``.
"""

from __future__ import annotations

import re
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
LEAST_SHARE: Final = 0.05
"""A zone is of a page of which more than this part lies in its area."""
SAME_BORDER_M: Final = 25.0
"""Borders nearer to each other are one, digitised twice."""
BORDERS: Final = (("municipi", "municipi"), ("zones", "nil"))
OPEN_SPACES: Final = ("park", "cemetery", "sports_ground", "playground")
COUNTRYSIDE: Final = "countryside"
LARGEST_PARK_M2: Final = 1_600_000.0
"""Larger parks that are zones of the city hold fields and farms, and are drawn paler: Parco Nord,
the largest of the others, has 1.53 km2 in Milano."""


class Name(NamedTuple):
    """A name on the map.

    Parameters
    ----------
    text
        The name.
    kind
        What it names: ``municipio``, ``zone``, ``zone_beyond`` (the area of the page),
        ``open_space``, ``station`` or ``metro``.
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
    city, is_city, here = material.city, page.kind == "city", _area(page)
    frame = shapely.box(*shapely.bounds(shapely.buffer(here, BEYOND_M)))
    areas = _open_spaces(_near(city.open_spaces, frame), coarse=is_city)
    if not is_city:
        around = shapely.buffer(here, BUILDINGS_BEYOND_M)
        areas["building"] = _near(city.buildings, around).geometry.to_numpy()
    barriers = city.streets.barriers
    lines = {"railway": _near(barriers[barriers["kind"] == "railway"], frame).geometry.to_numpy()}
    outline = shapely.simplify(here, CITY_TOLERANCE_M / 2)
    drawn: Any = shapely.boundary(outline)
    for name, zones in BORDERS:
        if zones in city.zones:
            lines[name] = _borders(_near(city.zones[zones], frame), drawn)
            drawn = shapely.union_all([drawn, *lines[name]])
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
        "names": _told(_names(material, page, frame)),
    }


def _area(page: Page) -> shapely.Geometry:
    """Return the area of a page, which every page with a map has."""
    if page.area is None:
        raise ValueError(f"page {page.slug} has no map")
    return page.area


def _near(table: gpd.GeoDataFrame, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the rows of a table that meet an area."""
    return table.iloc[np.sort(table.sindex.query(area, predicate="intersects"))]


def _open_spaces(spaces: gpd.GeoDataFrame, *, coarse: bool) -> dict[str, NDArray[Any]]:
    """Return the outlines of open spaces, by how they are drawn."""
    has_outline = (spaces["extent"] != "unknown").to_numpy()
    shapes = spaces.geometry.to_numpy()
    is_zone = (spaces["extent"] == "zone").to_numpy() & (shapely.area(shapes) > LARGEST_PARK_M2)
    if coarse:
        has_outline = has_outline & (shapely.area(shapes) >= CITY_LEAST_M2)
        shapes = shapely.simplify(shapes, CITY_TOLERANCE_M)
    kinds = spaces["kind"].to_numpy(dtype=object)
    return {COUNTRYSIDE: shapes[is_zone]} | {
        kind: shapes[has_outline & ~is_zone & (kinds == kind)] for kind in OPEN_SPACES
    }


def _borders(zones: gpd.GeoDataFrame, drawn: shapely.Geometry) -> NDArray[Any]:
    """Return the borders of zones, each common one once, but where one is drawn already."""
    borders = shapely.union_all(shapely.boundary(simplified_zones(zones.geometry)))
    others = shapely.difference(borders, shapely.buffer(drawn, SAME_BORDER_M))
    return shapely.get_parts(shapely.line_merge(others))


def _names(material: Material, page: Page, frame: shapely.Geometry) -> list[Name]:
    """Return the names on a map: of zones, open spaces and stations."""
    city = material.city
    names: list[Name] = []
    if "municipi" in city.zones:
        near = _near(city.zones["municipi"], frame)
        if page.kind == "municipio":
            # The heading of the page names it.
            near = near[near["id"] != page.zone_id]
        names += _named("municipio", map(zone_text, near["name"]), near.geometry.to_numpy())
    if "nil" in city.zones:
        names += _zone_names(_near(city.zones["nil"], frame), _area(page))
    spaces = _near(city.open_spaces[city.open_spaces["name"].notna()], frame)
    if page.kind == "city":
        spaces = spaces[spaces.area >= CITY_LEAST_M2]
    names += _named("open_space", spaces["name"], spaces.geometry.to_numpy())
    for kind, stations in (("station", "rail_station"), ("metro", "metro_station")):
        near = _near(city.services[city.services["kind"] == stations], frame)
        texts = near["name"].map(station_text)
        once = ~texts.duplicated()
        names += _named(kind, texts[once], near.geometry[once].to_numpy())
    return names


def _zone_names(zones: gpd.GeoDataFrame, area: shapely.Geometry) -> list[Name]:
    """Return the names of zones, each within the area of the page if it is of it."""
    texts = [zone_text(name) for name in zones["name"]]
    shapes = zones.geometry.to_numpy()
    inside = shapely.intersection(shapes, area)
    here = shapely.area(inside) > LEAST_SHARE * shapely.area(shapes)
    names = _named("zone", np.array(texts, dtype=object)[here], inside[here])
    return names + _named("zone_beyond", np.array(texts, dtype=object)[~here], shapes[~here])


def station_text(name: str) -> str:
    """Write the name of a station as people write it: without its city, company and line.

    Examples
    --------
    >>> station_text("MI-GRECO PIRELLI"), station_text("LAMBRATE FS"), station_text("DUOMO M3")
    ('Greco Pirelli', 'Lambrate', 'Duomo')
    >>> station_text("LODI T.I.B.B."), station_text("S.AMBROGIO")
    ('Lodi T.I.B.B.', 'S. Ambrogio')
    """
    text = zone_text(_SAINT.sub("S. ", _AROUND_STATION.sub("", name)))
    return _INITIALS.sub(lambda found: found[0].upper(), text)


_AROUND_STATION: Final = re.compile(r"^MI-| (?:F\.?S\.?|FN|FN M\d|M\d)$")
_SAINT: Final = re.compile(r"\bS\.(?=[A-Z]{2})")
_INITIALS: Final = re.compile(r"\b\w(?:\.\w)+\b")


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
