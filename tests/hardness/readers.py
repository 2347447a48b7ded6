"""Every reader of the library with a small good file, for whatever attacks them.

A reader that is given any octets returns or raises one of the library's errors that says where.
"""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import json
import re
import struct
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.editions import project_counts, project_tables
from quartieri15.editions.checking.folder import check
from quartieri15.editions.loading import load
from quartieri15.editions.milano_feeds import STREETS as STREETS_FED
from quartieri15.editions.milano_fetched import read_fetched
from quartieri15.editions.project import read_project
from quartieri15.errors import Quartieri15Error
from quartieri15.model.profiles import TravelProfile
from quartieri15.planning.scenario import Scenario
from quartieri15.progress import quiet
from quartieri15.publish.folders import told_in
from quartieri15.publish.runs import read_run
from quartieri15.publish.site.crest import read_crest
from quartieri15.publish.site.publisher import Publisher
from quartieri15.sources import tabular
from quartieri15.sources.cache import Cache
from quartieri15.sources.facilities import read_facilities
from quartieri15.sources.italian_hours import read_italian_hours
from quartieri15.sources.osm.reading import read_pbf
from quartieri15.sources.rasters import elevations
from quartieri15.sources.registry import read_registry
from quartieri15.sources.registry_file import RegistryFile
from quartieri15.sources.schema_drift import columns_of
from tests.ascii_city import draw_city
from tests.editions.raw_town import write_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from quartieri15.model.city import City

CRS: Final = "EPSG:32632"
DATA: Final = Path(__file__).parents[2] / "data"
REGISTRY: Final = DATA / "milano" / "registry.csv"
CENTRO: Final = DATA / "centro-2019"

PIECES: Final = (
    *(b"\0", b"\r", b"\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\xe9"),
    *(b'"', b"'", b";", b",", b"NaN", b"1e999", b"-1", b"9" * 40, b"null", b"{}", b"[]"),
    *(b"[" * 99, b"&a;", b"<", b"*a", "\u202e".encode(), "١".encode(), "\u2028".encode()),
    *(b"\\ud800", b"../", b"=1+1", b": &a", b"EPSG:4978", b"EPSG:5703", b"1e308", b"true"),
    *(b'"Point"', b'"GeometryCollection"', b'"geometries"', b'"coordinates"', b'"crs"'),
    *(b'"geometry"', b'"properties"', b"<!DOCTYPE a>", b'encoding="', b"cp037", b"utf-7"),
    *(b' action="delete"', b' visible="false"', b' version="2"', b"IDAT", b"IEND", b"href="),
)
"""What a file may hold that its author never thought of."""

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
POINTS: Final = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "id": "a",
                    "name": "Città",
                    "capacity": 30,
                    "entrance_steps": False,
                    "opening_hours": "Mo-Fr 09:00-18:30",
                    "telefono": "02",
                },
                "geometry": {"type": "Point", "coordinates": [9.155, 45.459, 120]},
            },
            {
                "type": "Feature",
                "properties": {"id": 2, "name": None, "capacity": "1,5"},
                "geometry": {
                    "type": "GeometryCollection",
                    "geometries": [{"type": "Point", "coordinates": [9.154, 45.458]}],
                },
            },
        ],
    }
).encode()
LIST: Final = (
    b"id\tname\tlon\tlat\tcapacity\tentrance_steps\topening_hours\temail\r\n"
    b"1\tCitt\xe0\t9.155\t45.459\t30\ttrue\tMo-Fr 09:00-18:00\ta@b.it\r\n"
)
ZONES: Final = (CENTRO / "project" / "zones.geojson").read_bytes()
PEOPLE: Final = (CENTRO / "project" / "people-2011.csv").read_bytes()
FETCHED: Final = json.dumps(
    {"format": 1, "files": {STREETS_FED: {"vintage": "2026", "origin": "x", "fetched": "y"}}}
).encode()
ENTRY: Final = (
    b'{"url": "https://example.org/a.csv", "sha256": "e3b0", "size_bytes": 0, "fetched": "",'
    b' "etag": "x", "last_modified": null, "content_type": null, "stated": {"etag": "x"}}'
)
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
RUN: Final = b"""{"kind": "quartieri15 run", "format": 1, "date": "2026-11-26", "note": null,
"library": "1", "licence_line": "CC0", "smallest_count": 10.0,
"question": {"city": "toy", "to": "houses", "profile": "walk_75", "speed_kmh": 3.2, "minutes": 5.0,
"by": ["city"], "groups": ["residents"]},
"inputs": {"profile": {"sha256":
"6f34f72a87d3db03b1efb57c1a90f2c10caff00dcb41354d42c3356b90ab6b01"}},
"answers": {"columns": ["by", "zone_id", "zone", "group", "population", "covered", "uncovered",
"share", "median_minutes", "p90_minutes", "suppressed"], "count": 1, "rows": [
["city", "0", "toy", "residents", 2900, 2900, 0, 1, 1, 4, false]]}}"""
SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" style="fill:url(#a)"/></svg>'


def _streets() -> bytes:
    """Return four ways of the centre with their nodes."""
    whole = gzip.decompress((CENTRO / "project" / "centro-2019.osm.gz").read_bytes())
    ways = re.findall(rb"<way .*?</way>", whole, re.DOTALL)[:4]
    needed = set(re.findall(rb'ref="([0-9]+)"', b"".join(ways)))
    nodes = re.findall(rb'<node id="([0-9]+)"([^>]*?)/?>', whole)
    kept = [b'<node id="' + name + b'"' + rest + b"/>" for name, rest in nodes if name in needed]
    return b"\n".join([b'<osm version="0.6">', *kept, *ways, b"</osm>"])


STREETS: Final = _streets()


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


def _png() -> bytes:
    """Return a picture of one point (PNG, ISO/IEC 15948)."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


@functools.cache
def _town() -> dict[str, bytes]:
    """Return the files of a project by their names."""
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def _among_its_files(path: Path) -> Path:
    """Put the other files of the project beside one, and return their folder."""
    for name, octets in _town().items():
        if name != path.name:
            (path.parent / name).write_bytes(octets)
    return path.parent


def _checked(path: Path) -> None:
    check(_among_its_files(path), progress=quiet)


def _project(path: Path) -> None:
    read_project(_among_its_files(path)).require_files()


def _zones_and_people(path: Path) -> None:
    said = read_project(_among_its_files(path))
    zones = project_tables.read_zones(said.zones["parts"])
    project_counts.read_counts(said.counts["parts"], zones, zones_file=said.zones["parts"])
    project_tables.overlap_m2(project_tables.on_grid(zones, CRS))


def _edition(path: Path) -> Path:
    """Put the other files of an edition beside its manifest, and return their folder."""
    for other in CENTRO.glob("*.*"):
        if other.name != path.name:
            (path.parent / other.name).symlink_to(other)
    return path.parent


def _cached(path: Path) -> None:
    cache, address = Cache(path.parent), "https://example.org/a.csv"
    for entry in (cache._entry(address), cache.partial(address).with_suffix(".json")):
        entry.parent.mkdir(exist_ok=True)
        entry.write_bytes(path.read_bytes())
    cache.partial(address).touch()
    cache.find(address)
    cache.begun(address)
    with cache.locked():
        pass


def _row(path: Path) -> None:
    file = RegistryFile(path)
    file.next_id("CSRC")
    file.row("CSRC-01")


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
    "project": ("city.toml", _town()["city.toml"], _project),
    "zones": ("zones.geojson", _town()["zones.geojson"], _zones_and_people),
    "counts": ("people.csv", _town()["people.csv"], _zones_and_people),
    "edition": (
        "MANIFEST.json",
        (CENTRO / "MANIFEST.json").read_bytes(),
        lambda path: load(_edition(path)),
    ),
    "fetched": ("fetched.json", FETCHED, lambda path: read_fetched(path.parent)),
    "cache": ("t.json", ENTRY, _cached),
    "columns": ("t.csv", CSV, lambda path: columns_of(path, kind="csv")),
    "registry_row": (
        "t.csv",
        b"".join(REGISTRY.read_bytes().splitlines(keepends=True)[:4]),
        _row,
    ),
    "run": ("t.json", RUN, read_run),
    "record": ("summary.json", GEOJSON, told_in),
    "crest": ("t.svg", SVG, read_crest),
    "crest_png": ("t.png", _png(), read_crest),
}
"""For each reader the name of a file, a good one, and how it is read."""

CHECKS: Final[dict[str, tuple[str, bytes, Callable[[Path], object]]]] = {
    f"check_{name}": (file, _town()[file], _checked)
    for name, file in (
        ("project", "city.toml"),
        ("zones", "zones.geojson"),
        ("people", "people.csv"),
        ("places", "houses.csv"),
        ("streets", "town.osm"),
    )
} | {
    "check_edition": (
        "MANIFEST.json",
        (CENTRO / "MANIFEST.json").read_bytes(),
        lambda path: check(_edition(path), progress=quiet),
    )
}
"""The same of what looks for everything that is wrong; each looks at a whole city."""

SEEDS: Final[dict[str, tuple[bytes, ...]]] = {
    "geojson": (POINTS, ZONES[:1200], ZONES),
    "facilities_geojson": (POINTS,),
    "facilities": (LIST,),
    "json": (ZONES, b"{}", b"[1, 2.5, null]"),
    "csv": (PEOPLE, LIST),
    "zip": (_zipped(PEOPLE),),
    "zones": (ZONES,),
    "counts": (PEOPLE,),
    "osm": (STREETS,),
    "osm_gz": (gzip.compress(STREETS),),
    "osm_bz2": (bz2.compress(STREETS),),
    "project": ((CENTRO / "project" / "city.toml").read_bytes(), PROJECT),
    "registry": (REGISTRY.read_bytes(),),
    "registry_row": (REGISTRY.read_bytes().replace(b"\n", b"\r\n"),),
    "record": (RUN, b'{"city": "milano", "profiles": []}'),
    "check_zones": (ZONES, POINTS),
}
"""More good files for some of them, of the edition that comes with the library and others."""


def attack(name: str, octets: bytes) -> Quartieri15Error | None:
    """Give octets to a reader; return what it said of them, nothing if it took them.

    Raises
    ------
    AssertionError
        If an error says not where, or not what to do.
    Exception
        Whatever else than an error of the library comes out.
    """
    file, _, read = (READERS | CHECKS)[name]
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
