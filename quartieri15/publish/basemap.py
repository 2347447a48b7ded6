"""The ground of a map, drawn from the city's own tables: no tile server is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import shapely

from quartieri15.crs import GEOGRAPHIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.streets import StreetNetwork

DECIMALS: Final = 5
"""Decimals of a coordinate in degrees: a metre on the ground."""

TOLERANCE_M: Final = 10.0
"""How far a simplified line may stray, in metres: a pixel at the zoom of a quarter."""

MAIN_STREETS: Final = {
    "motorway": ("motorway", "trunk"),
    "main": ("primary", "secondary"),
    "minor": ("tertiary",),
}
"""OSM classes of the streets that are drawn, by how heavily."""

SHORTEST_M: Final = 60.0
"""Pieces of street below this are left out of the ground: they are dots at any zoom."""


def simplified_zones(
    zones: gpd.GeoSeries, *, tolerance_m: float = TOLERANCE_M
) -> NDArray[np.object_]:
    """Simplify neighbouring areas so that their common borders stay common.

    Parameters
    ----------
    zones
        Areas that do not overlap, in a metric CRS. Gaps and overlaps narrower than a metre,
        as digitising leaves them, are closed first.
    tolerance_m
        Triangles of less than half this side are cut off, as in Visvalingam and Whyatt 1993,
        The Cartographic Journal 30(1):46-51.

    Returns
    -------
    numpy.ndarray
        Polygons and MultiPolygons, in the order of ``zones``.
    """
    shapes = zones.to_numpy()
    if not shapely.coverage_is_valid(shapes):
        shapes = shapely.coverage_clean(shapes, gap_width=1.0)  # type: ignore[attr-defined]
    simple: NDArray[np.object_] = shapely.coverage_simplify(shapes, tolerance_m)
    return simple


def main_streets(
    streets: StreetNetwork, area: shapely.Geometry, *, tolerance_m: float = TOLERANCE_M
) -> dict[str, shapely.Geometry]:
    """Return the main streets in an area, merged and simplified.

    Parameters
    ----------
    streets
        The network.
    area
        A polygon in the CRS of the network; streets are cut at its border.
    tolerance_m
        How far the drawn line may stray from the street.

    Returns
    -------
    dict of str to shapely.Geometry
        A MultiLineString per weight of :data:`MAIN_STREETS`, without the empty ones.
    """
    edges = streets.edges
    shapely.prepare(area)
    drawn = {}
    for weight, classes in MAIN_STREETS.items():
        lines = edges.geometry[edges["highway"].isin(classes)].to_numpy()
        lines = lines[shapely.intersects(area, lines)]
        if not len(lines):
            continue
        crossing = ~shapely.contains(area, lines)
        lines[crossing] = shapely.intersection(lines[crossing], area)
        merged = shapely.line_merge(shapely.union_all(lines))
        parts = shapely.get_parts(merged)
        parts = parts[(shapely.length(parts) >= SHORTEST_M) & (shapely.get_type_id(parts) == 1)]
        if len(parts):
            drawn[weight] = shapely.multilinestrings(list(shapely.simplify(parts, tolerance_m)))
    return drawn


def city_area(city: City) -> shapely.Geometry:
    """Return the area of a city: its zones together, or the box of its streets without any."""
    zones = next(iter(city.zones.values()), None)
    if zones is None or not len(zones):
        west, south, east, north = city.streets.edges.total_bounds
        return shapely.Polygon([(west, south), (east, south), (east, north), (west, north)])
    area: shapely.Geometry = shapely.union_all(zones.geometry.to_numpy(), grid_size=0.5)
    return area


def small_geojson(
    geometries: Iterable[shapely.Geometry], properties: Iterable[Mapping[str, Any]], *, crs: object
) -> dict[str, Any]:
    """Return features in degrees, rounded to :data:`DECIMALS`.

    Parameters
    ----------
    geometries
        Any geometries; empty ones are left out.
    properties
        What goes with each geometry.
    crs
        The CRS of the geometries.

    Returns
    -------
    dict
        A GeoJSON FeatureCollection (RFC 7946) of plain Python values.

    Examples
    --------
    A hole that closes up when rounded is gone:

    >>> sliver = [(0, 0), (0.1, 0), (0, 0.1)]
    >>> area = shapely.Polygon([(-50, -50), (50, -50), (0, 50)], [sliver])
    >>> drawn = small_geojson([area], [{}], crs=32632)["features"][0]["geometry"]
    >>> drawn["type"], len(drawn["coordinates"])
    ('Polygon', 1)
    """
    table = gpd.GeoSeries(list(geometries), crs=crs).to_crs(GEOGRAPHIC)
    # Rounding point by point would leave rings of two points where a sliver closes up.
    rounded = shapely.set_precision(table.to_numpy(), 10.0**-DECIMALS)
    features = [
        {"type": "Feature", "properties": dict(own), "geometry": shapely.geometry.mapping(shape)}
        for shape, own in zip(rounded, properties, strict=True)
        if shape is not None and not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}
