"""What metadata say of files is so: every column, every cell, every file, and nothing else.

DCAT-AP_IT: all that the profile calls mandatory is there, and every reference leads to something.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from quartieri15.publish.layers import dcat_ap_it
from quartieri15.publish.layers.csv_on_the_web import csv_metadata
from quartieri15.publish.layers.dcat_ap_it import PublishedSet, dcat_catalogue
from quartieri15.publish.layers.single_layers import write_geojson, write_geoparquet
from quartieri15.publish.tables import write_csv

if TYPE_CHECKING:
    from pathlib import Path

WHEN = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
TOLD = {"licence_line": "© OSM (ODbL)", "vintages": {"streets": "2022-06"}}
BOTH = {"it": "Prova", "en": "Trial"}

# What DCAT-AP_IT 1.0 calls mandatory (obbligatorio) for each class.
MANDATORY = {
    "dcatapit:Catalog": {
        *("dct:title", "dct:description", "dct:publisher", "dct:modified", "dcat:dataset"),
    },
    "dcatapit:Dataset": {
        *("dct:title", "dct:description", "dct:identifier", "dcat:theme", "dct:rightsHolder"),
        *("dct:modified", "dct:accrualPeriodicity", "dcat:distribution"),
    },
    "dcatapit:Distribution": {"dct:format", "dcat:accessURL", "dct:license"},
    "dcatapit:Agent": {"foaf:name", "dct:identifier"},
    "dcatapit:Organization": {"vcard:fn"},
    "dcatapit:LicenseDocument": {"dct:type"},
}


def read_as_told(text: str, datatype: Any) -> object:
    """Read a cell as CSV on the Web says: an empty one is missing."""
    if text == "":
        return None
    if datatype == "string":
        return text
    if datatype == "integer":
        return int(text)
    if datatype == "number":
        return float(text)
    assert datatype["base"] == "boolean"
    return {"True": True, "False": False}[text]


def test_every_cell_can_be_read_as_the_metadata_say(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "by": ["nil", "nil"],
            "zone": ["Cà Granda, Niguarda", None],
            "population": [1230.0, None],
            "share": [0.44, 0.5],
            "rank": pd.array([1, 2], dtype="Int64"),
            "suppressed": [True, False],
            "of_a_stranger": ["x", "y"],
        }
    )
    write_csv(table, tmp_path / "coverage_nil.csv")
    told = csv_metadata(tmp_path, provenance=TOLD, when=WHEN)
    assert told == json.loads(json.dumps(told))
    assert told["dc:rights"] == "© OSM (ODbL)"
    (own,) = told["tables"]
    columns = own["tableSchema"]["columns"]
    with (tmp_path / own["url"]).open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream, delimiter=own["dialect"]["delimiter"])
    assert [column["titles"] for column in columns] == header
    read = [
        [read_as_told(cell, column["datatype"]) for cell, column in zip(row, columns, strict=True)]
        for row in rows
    ]
    assert read[0] == ["nil", "Cà Granda, Niguarda", 1230.0, 0.44, 1, True, "x"]
    assert read[1][1:3] == [None, None]
    by_name = {column["name"]: column for column in columns}
    assert by_name["share"]["dc:description"][0]["@language"] == "it"
    assert "dc:description" not in by_name["of_a_stranger"]


def catalogue(**publisher: str) -> dict[str, Any]:
    sets = [
        PublishedSet(name="nil", title=BOTH, description=BOTH, files=["nil.csv", "nil.geojson"]),
        PublishedSet(name="milano", title=BOTH, description=BOTH, files=["milano.gpkg"]),
    ]
    return dcat_catalogue(sets, title=BOTH, publisher=publisher, provenance=TOLD, when=WHEN)


@pytest.mark.parametrize("publisher", [{"name": "Municipio 4", "contact": "casa@example.org"}, {}])
def test_all_that_the_profile_asks_for_is_there(publisher: dict[str, str]) -> None:
    graph = catalogue(**publisher)["@graph"]
    found = {}
    for part in graph:
        kind = part["@type"][0]
        assert MANDATORY[kind] <= part.keys(), kind
        found.setdefault(kind, []).append(part)
    assert found.keys() == MANDATORY.keys()
    assert len(found["dcatapit:Distribution"]) == 3


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["@id"]] if value.keys() == {"@id"} else []
        return own + [found for part in value.values() for found in references(part)]
    return (
        [found for part in value for found in references(part)] if isinstance(value, list) else []
    )


def test_references_lead_to_what_is_there_or_to_a_vocabulary() -> None:
    told = catalogue(name="Municipio 4", contact="+39 02 884")
    ids = {part["@id"] for part in told["@graph"]}
    files = {"nil.csv", "nil.geojson", "milano.gpkg"}
    for one in references(told["@graph"]):
        assert one in ids | files or one.startswith(("http://", "https://", "tel:")), one
    prefixes = {key.partition(":")[0] for part in told["@graph"] for key in part if key[0] != "@"}
    assert prefixes <= dcat_ap_it.CONTEXT.keys()


def layer() -> gpd.GeoDataFrame:
    clockwise = shapely.Polygon([(512000, 5034000), (512000, 5035000), (513000, 5034000)])
    table = {"name": ["Cà\x00sa", None], "uncovered": [10.0, None], "wemi": [True, False]}
    return gpd.GeoDataFrame(table, geometry=[clockwise, clockwise], crs=32632)


def test_geojson_is_that_of_its_standard(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    write_geojson(layer(), path, provenance=TOLD)
    told = json.loads(path.read_text("utf-8"))
    assert "crs" not in told
    assert told["description"] == "© OSM (ODbL)"
    first, second = told["features"]
    assert first["properties"] == {"name": "Cà␀sa", "uncovered": 10.0, "wemi": True}
    assert second["properties"]["uncovered"] is None
    ring = first["geometry"]["coordinates"][0]
    assert shapely.LinearRing(ring).is_ccw
    assert all(9 < x < 10 and 45 < y < 46 for x, y in ring)
    assert all(round(x, 6) == x for x, _ in ring)


def test_geoparquet_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_geoparquet(layer(), path, provenance=TOLD)
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["geometry_types"] == ["Polygon"]
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    back = gpd.read_parquet(path)
    assert back.crs == layer().crs
    assert pd.read_parquet(path).attrs["licence_line"] == "© OSM (ODbL)"
