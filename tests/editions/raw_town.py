"""A town drawn as text, in the files a planner has: OpenStreetMap as XML, zones, people, a list."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from tests.ascii_city import CRS, ORIGIN, draw_streets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

PICTURE = """
A----B----C----D
|    |    |    |
E----F----G----H
|    |    |    |
I----J----K----L
"""
"""Blocks of 100 by 60 m at a cell of 20 m; the west of B-F-J is one zone, the east another."""
CELL = 20.0
WIDTH, HEIGHT = 300.0, 80.0

CITY_TOML = """\
name = "Paese"

[streets]
file = "town.osm"
vintage = "2026"

[zones.parts]
file = "zones.geojson"
counts_file = "people.csv"
counts = { residents = "tutti", over65 = "anziani" }
vintage = "2025"
licence = "CC0"

[[places]]
file = "houses.csv"
kind = "community_house"
network = "houses"
"""


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle in metres from the corner A of the town, north and east."""
    x, y = ORIGIN
    return shapely.box(x + west, y + south, x + east, y + north)


ZONES = {"1": box(-50, -130, 100, 50), "2": box(100, -130, 350, 50)}


def degrees(shape: Any) -> Any:
    """Bring a shape in metres to degrees."""
    return gpd.GeoSeries([shape], crs=CRS).to_crs("EPSG:4326").iloc[0]


def town_xml(areas: Iterable[tuple[Any, Mapping[str, str]]] = ()) -> str:
    """The town's streets, and areas with their tags, as OpenStreetMap tells them."""
    streets = draw_streets(PICTURE, cell=CELL)
    nodes = streets.nodes.to_crs("EPSG:4326")
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    ways = []
    for number, point in nodes.geometry.items():
        lines.append(f'<node id="{number}" version="1" lat="{point.y:.9f}" lon="{point.x:.9f}"/>')
    for number, row in enumerate(streets.edges.itertuples(), start=1):
        name = f"Via {chr(64 + row.u)}{chr(64 + row.v)}"
        ways.append((number, [row.u, row.v], {"highway": "residential", "name": name}))
    fresh = 1000
    for number, (shape, tags) in enumerate(areas, start=500):
        ring = []
        for lon, lat in degrees(shape).exterior.coords[:-1]:
            fresh += 1
            lines.append(f'<node id="{fresh}" version="1" lat="{lat:.9f}" lon="{lon:.9f}"/>')
            ring.append(fresh)
        ways.append((number, [*ring, ring[0]], tags))
    for number, refs, tags in ways:
        lines.append(f'<way id="{number}" version="1">')
        lines += [f'<nd ref="{ref}"/>' for ref in refs]
        lines += [f'<tag k="{key}" v="{escape(value)}"/>' for key, value in tags.items()]
        lines.append("</way>")
    return "\n".join([*lines, "</osm>", ""])


def geojson(zones: Mapping[str, Any], **properties: Mapping[str, Any]) -> str:
    """Zones as GeoJSON, with properties by zone."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": zone,
                "name": f"Zona {zone}",
                **{key: values[zone] for key, values in properties.items()},
            },
            "geometry": json.loads(shapely.to_geojson(degrees(shape))),
        }
        for zone, shape in zones.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


HOMES = (
    (box(20, -40, 40, -20), {"building": "apartments", "building:levels": "4"}),
    (box(60, -40, 80, -20), {"building": "yes", "building:levels": "2"}),
    (box(120, -40, 140, -20), {"building": "yes"}),
    (box(220, -100, 240, -80), {"building": "school", "building:levels": "2"}),
)


def write_project(
    folder: Path,
    *,
    areas: Iterable[tuple[Any, Mapping[str, str]]] = HOMES,
    toml: str = CITY_TOML,
    people: str | bytes = "id,tutti,anziani\n1,300,60\n2,90,9\n",
    houses: str | bytes | None = None,
    zones: Mapping[str, Any] | None = None,
) -> Path:
    """Write the project of the town into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    point = degrees(box(100, -60, 101, -59).centroid)
    houses = houses or f"id,name,lon,lat\nh1,Casa,{point.x:.7f},{point.y:.7f}\n"
    for name, text in {
        "city.toml": toml,
        "town.osm": town_xml(areas),
        "zones.geojson": geojson(zones or ZONES),
        "people.csv": people,
        "houses.csv": houses,
    }.items():
        raw = text if isinstance(text, bytes) else text.encode()
        (folder / name).write_bytes(raw)
    return folder
