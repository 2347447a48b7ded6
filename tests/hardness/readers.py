"""Every reader of the library with a small good file, for whatever attacks them.

A reader that is given any octets returns or raises one of the library's errors that says where.
"""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import json
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.editions.loading import load
from quartieri15.editions.project import read_project
from quartieri15.errors import Quartieri15Error
from quartieri15.model.profiles import TravelProfile
from quartieri15.planning.scenario import Scenario
from quartieri15.publish.folders import told_in
from quartieri15.publish.runs import read_run
from quartieri15.publish.site.crest import read_crest
from quartieri15.publish.site.publisher import Publisher
from quartieri15.sources import tabular
from quartieri15.sources.facilities import read_facilities
from quartieri15.sources.italian_hours import read_italian_hours
from quartieri15.sources.osm.reading import read_pbf
from quartieri15.sources.rasters import elevations
from quartieri15.sources.registry import read_registry
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from collections.abc import Callable

    from quartieri15.model.city import City

CRS: Final = "EPSG:32632"
REGISTRY: Final = Path(__file__).parents[2] / "data" / "milano" / "registry.csv"

OSM: Final = b"""<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="test">
<node id="1" version="1" lat="45.46" lon="9.19"/><node id="2" version="1" lat="45.47" lon="9.19"/>
<node id="3" version="2" lat="45.47" lon="9.2"><tag k="barrier" v="gate"/></node>
<way id="7" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/>
<tag k="name" v="Via Citt\xc3\xa0"/><tag k="maxspeed" v="30"/></way>
<relation id="9" version="1"><member type="way" ref="7" role="outer"/>
<tag k="type" v="multipolygon"/></relation>
</osm>"""
CSV: Final = 'id;name;lon;lat;count\n1;Città;9,15;45,46;12\n2;"B; c";9.16;45.455;3\n'.encode()
GEOJSON: Final = json.dumps(
    {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "EPSG:4326"}},
        "features": [
            {
                "type": "Feature",
                "properties": {"id": 1, "name": "Città"},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [
                        [[9.15, 45.455], [9.16, 45.455], [9.16, 45.46], [9.15, 45.455]]
                    ],
                },
            }
        ],
    }
).encode()
PROFILE: Final = b"based_on: walk_75\nspeed_kmh: 3.1\nsource: measured\n"
SCENARIO: Final = (
    b"scenario: West closes\nparameters:\n  place: West\nassumptions: []\nedits:\n"
    b"- close_place:\n    place: ${place}\n"
)
PUBLISHER: Final = (
    b'name = "Municipio 4"\ncontact = "casa@example.org"\nstatement_date = 2025-01-02\n'
    b'conformance = "full"\nstatement_method = "self_assessment"\n'
)
PROJECT: Final = (
    b'name = "Centro"\nslug = "centro"\ncrs = "EPSG:32632"\n\n[streets]\nfile = "a.osm"\n'
)
RUN: Final = b'{"kind": "quartieri15 run", "format": 1, "date": "2026-11-26", "inputs": {}}'
SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" style="fill:url(#a)"/></svg>'


def _zipped(octets: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", octets)
    return packed.getvalue()


def _pbf() -> bytes:
    """Return the same map in the binary format."""
    import osmium

    with tempfile.TemporaryDirectory() as folder:
        text, binary = Path(folder, "t.osm"), Path(folder, "t.osm.pbf")
        text.write_bytes(OSM)
        with osmium.SimpleWriter(binary) as writer:
            for thing in osmium.FileProcessor(text):
                writer.add(thing)
        return binary.read_bytes()


@functools.cache
def _city() -> City:
    return draw_city("A--B")


def _numbers(path: Path, **options: Any) -> None:
    table = tabular.read_csv(path, columns=["id", "count"], separator=";", **options)
    tabular.numbers(table, "count", whole=True, low=0)
    tabular.refuse_duplicates(table, "id")


def _table() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": [1]}, geometry=[shapely.Point(512000, 5034000)], crs=CRS)


def _parquet() -> bytes:
    octets = io.BytesIO()
    _table().to_parquet(octets)
    return octets.getvalue()


def _geopackage() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _table().to_file(Path(folder, "t.gpkg"), layer="t")
        return Path(folder, "t.gpkg").read_bytes()


def _raster() -> bytes:
    import rasterio
    from rasterio.transform import from_origin

    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            height=4,
            width=4,
            count=1,
            dtype="float32",
            crs=CRS,
            transform=from_origin(512000, 5034040, 10, 10),
            nodata=-1,
        ) as file:
            file.write(np.arange(16, dtype="float32").reshape(1, 4, 4))
        octets: bytes = memory.read()
    return octets


def _heights(path: Path) -> None:
    elevations(path, np.array([[512010.0, 5034020.0]]), crs=CRS)


def _hours(path: Path) -> None:
    read_italian_hours(path.read_bytes().decode("utf-8", "replace"), year=2026)


def _facilities(path: Path) -> None:
    crs = "EPSG:4326" if path.suffix == ".csv" else None
    read_facilities(path, city=_city(), kind="shop", crs=crs)


READERS: Final[dict[str, tuple[str, bytes, Callable[[Path], object]]]] = {
    "csv": ("t.csv", CSV, _numbers),
    "zip": ("t.zip", _zipped(CSV), lambda path: _numbers(path, member="t.csv")),
    "geojson": (
        "t.geojson",
        GEOJSON,
        lambda path: tabular.read_geojson(path, columns=["id"], crs=CRS, repair=True),
    ),
    "json": ("t.json", GEOJSON, tabular.read_json),
    "osm": ("t.osm", OSM, read_pbf),
    "osm_gz": ("t.osm.gz", gzip.compress(OSM), read_pbf),
    "osm_bz2": ("t.osm.bz2", bz2.compress(OSM), read_pbf),
    "osm_pbf": ("t.osm.pbf", _pbf(), read_pbf),
    "registry": (
        "t.csv",
        b"".join(REGISTRY.read_bytes().splitlines(keepends=True)[:4]),
        read_registry,
    ),
    "facilities": ("t.csv", CSV, _facilities),
    "facilities_geojson": ("t.geojson", GEOJSON, _facilities),
    "hours": ("t.txt", b"lun-ven 9.00-18.30, agosto chiuso fino al 31/8", _hours),
    "parquet": (
        "t.parquet",
        _parquet(),
        functools.partial(tabular.read_geoparquet, columns=["id"]),
    ),
    "geopackage": ("t.gpkg", _geopackage(), functools.partial(tabular.read_layer, columns=["id"])),
    "raster": ("t.tif", _raster(), _heights),
    "profile": ("t.yaml", PROFILE, TravelProfile.from_yaml),
    "scenario": ("t.yaml", SCENARIO, Scenario.from_file),
    "publisher": ("t.toml", PUBLISHER, Publisher.from_toml),
    "project": ("city.toml", PROJECT, lambda path: read_project(path.parent)),
    "edition": ("MANIFEST.json", b'{"format": 1}', lambda path: load(path.parent)),
    "run": ("t.json", RUN, read_run),
    "record": ("summary.json", GEOJSON, told_in),
    "crest": ("t.svg", SVG, read_crest),
}
"""For each reader the name of a file, a good one, and how it is read."""


def attack(name: str, octets: bytes) -> Quartieri15Error | None:
    """Give octets to a reader; return what it said of them, nothing if it took them.

    Raises
    ------
    AssertionError
        If an error says not where, or not what to do.
    Exception
        Whatever else than an error of the library comes out.
    """
    file, _, read = READERS[name]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder, file)
        path.write_bytes(octets)
        said = None
        try:
            read(path)
        except Quartieri15Error as error:
            said = error
    assert said is None or said.where, f"{said!r} says not where"
    assert said is None or said.mend, f"{said!r} says not what to do"
    return said
