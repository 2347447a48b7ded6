"""The areas that a page colours and lists: which they are."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from quartieri15.publish.basemap import simplified_zones

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

ZONES: Final = "nil"
"""The set of zones by which pages tell their figures, where a city has it."""

SLIVER: Final = 0.02
"""A zone is of a Municipio when more than this part of it lies there: borders that were digitised
apart overlap by less."""


@functools.lru_cache(maxsize=1)
def zones_of(material: Material) -> gpd.GeoDataFrame:
    """Return the zones by which the pages tell their figures, outlines simplified for drawing.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id, name, area_km2, geometry`` in the order of the city; ``attrs["by"]`` is the name of
        the set. Common borders stay common.
    """
    city = material.city
    by = ZONES if ZONES in city.zones else next(iter(city.zones))
    zones = city.zones_named(by)[["id", "name", "area_km2", "geometry"]].copy()
    zones["geometry"] = simplified_zones(zones.geometry)
    zones.attrs = {"by": by}
    return zones


def zones_on(material: Material, page: Page) -> NDArray[np.intp]:
    """Return the positions of the zones that a page colours and lists.

    Parameters
    ----------
    material
        What the pages are made from.
    page
        A page with a map. That of a Municipio shows the zones of which more than :data:`SLIVER`
        lies in it, that of a target area the zones that touch it, that of the city all.
    """
    zones = zones_of(material)
    if page.kind == "city":
        return np.arange(len(zones))
    part = _part_inside(zones, page.map_area)
    if page.kind == "municipio":
        return np.flatnonzero(part > SLIVER)
    return np.flatnonzero(shapely.dwithin(zones.geometry.to_numpy(), page.map_area, 1.0))


def also_in(material: Material, positions: NDArray[np.intp]) -> list[list[int]]:
    """Return in which Municipi each of some zones lies, by position; none where there is no such.

    Parameters
    ----------
    material
        What the pages are made from.
    positions
        The zones.
    """
    municipi = material.city.zones.get("municipi")
    if municipi is None:
        return [[] for _ in positions]
    zones = zones_of(material).iloc[positions]
    parts = np.stack([_part_inside(zones, area) for area in municipi.geometry])
    ids = municipi["id"].to_numpy()
    return [ids[part > SLIVER].tolist() for part in parts.T]


def _part_inside(zones: gpd.GeoDataFrame, area: shapely.Geometry) -> NDArray[np.float64]:
    shapes = zones.geometry.to_numpy()
    inside: NDArray[np.float64] = shapely.area(shapely.intersection(shapes, area))
    inside /= shapely.area(shapes)
    return inside
