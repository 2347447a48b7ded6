"""The areas that a page colours and lists: which they are, and their outlines for drawing."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

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

    Parameters
    ----------
    material
        What the pages are made from.

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


def outlines(shapes: NDArray[Any], *, unit_m: float) -> dict[str, NDArray[np.int64]]:
    """Return polygons as whole numbers that a page can draw.

    Parameters
    ----------
    shapes
        Polygons and MultiPolygons in metres.
    unit_m
        The unit of the numbers, in metres.

    Returns
    -------
    dict
        ``x`` and ``y`` of the corners of all rings in a row, without the last, which is the first;
        ``corners`` of each ring; ``owner``, the position of the shape that each ring is of. Rings
        that close up in this unit are left out. Drawn by the even-odd rule, holes are holes.

    Examples
    --------
    >>> square = shapely.box(0, 0, 10, 10)
    >>> {name: own.tolist() for name, own in outlines(np.array([square]), unit_m=10).items()}
    {'x': [1, 1, 0, 0], 'y': [0, 1, 1, 0], 'corners': [4], 'owner': [0]}
    """
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    owner = of_part[of_ring]
    corners: list[NDArray[np.int64]] = []
    kept = []
    for position, ring in enumerate(rings):
        xy = np.round(shapely.get_coordinates(ring)[:-1] / unit_m).astype(np.int64)
        moved = (xy != np.roll(xy, 1, axis=0)).any(axis=1)
        if moved.sum() > 2:  # noqa: PLR2004  (a line has no inside)
            corners.append(xy[moved])
            kept.append(position)
    xy = np.concatenate(corners) if corners else np.empty((0, 2), dtype=np.int64)
    return {
        "x": xy[:, 0],
        "y": xy[:, 1],
        "corners": np.array([len(own) for own in corners], dtype=np.int64),
        "owner": owner[kept].astype(np.int64),
    }


def _part_inside(zones: gpd.GeoDataFrame, area: shapely.Geometry) -> NDArray[np.float64]:
    shapes = zones.geometry.to_numpy()
    inside: NDArray[np.float64] = shapely.area(shapely.intersection(shapes, area))
    inside /= shapely.area(shapes)
    return inside
