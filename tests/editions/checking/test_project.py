"""Law: all faults of a project are found in one pass, nothing else is; no damage stops that."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.editions.checking.findings import COLUMNS, SEVERITIES
from quartieri15.editions.checking.folder import check
from quartieri15.editions.loading import build, load
from quartieri15.errors import InputError
from quartieri15.progress import quiet

TOML = """
name = "Centro"
crs = "EPSG:32632"
[streets]
file = "centro-2019.osm.gz"
vintage = "2019"
[zones.blocks]
file = "zones.geojson"
id = "id"
name = "name"
counts_file = "people.csv"
counts_id = "zone"
counts = { residents = "residents", over65 = "over65", households = "households" }
vintage = "2019"
[[places]]
file = "places.csv"
kind = "library"
vintage = "2019"
[residents.civic_numbers]
file = "civics.csv"
vintage = "2019"
"""
PEOPLE = [
    ("zone", "residents", "over65", "households"),
    ("1", "412", "97", "221"),
    ("2", "178", "36", "93"),
    ("3", "106", "11", "48"),
]
SERVICES = '[[services]]\nfile = "none.csv"\nkind = "bar"\nvintage = "2019"\n'
PLACE = ("id", "name", "address", "blocks", "lon", "lat", "opening_hours")
HOURS = "Mo-Fr 09:00-18:00"
NUMBERS = ("10", "11", "12", "20", "21", "22", "30", "31", "32")
NAMED = (
    "Sormani",
    "Braidense",
    "Ambrosiana",
    "Verri",
    "Chiesa",
    "Gallo",
    "Baggio",
    "Dergano",
    "Zara",
)
NAMES = dict(zip(NUMBERS, NAMED, strict=True))


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """Half a square kilometre of Milano, with addresses and places that fit."""
    folder = tmp_path_factory.mktemp("town")
    project = root / "data" / "centro-2019" / "project"
    for name in ("centro-2019.osm.gz", "zones.geojson"):
        shutil.copy(project / name, folder)
    (folder / "city.toml").write_text(TOML)
    write(folder / "people.csv", PEOPLE)
    zones = gpd.read_file(folder / "zones.geojson").to_crs(32632)
    inside = zones.representative_point()
    degrees = [gpd.GeoSeries([point], crs=32632) for point in inside]
    civics, places = [("id", "street", "number", "lon", "lat")], [PLACE]
    for zone, point in zip(zones["id"], degrees, strict=True):
        for step in range(3):
            at = point.translate(20.0 * step, 0).to_crs(4326).iloc[0]
            number = f"{10 * int(zone) + step}"
            lon, lat = f"{at.x:.6f}", f"{at.y:.6f}"
            civics.append((f"c{number}", "Via Larga", number, lon, lat))
            places.append(
                (f"P{number}", NAMES[number], f"Via Larga {number}", str(zone), lon, lat, HOURS)
            )
    write(folder / "civics.csv", civics)
    write(folder / "places.csv", places)
    return folder


def write(path: Path, rows: list[Any]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def copied(town: Path, folder: Path) -> Path:
    return Path(shutil.copytree(town, folder / "city"))


def edited(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def told(folder: Path) -> list[tuple[Any, ...]]:
    """What was found, but for notes about the streets, which are as OpenStreetMap has them."""
    found = check(folder, progress=quiet)
    found = found[~found["rule"].str.startswith("streets.")]
    return sorted(map(tuple, found[["rule", "file", "row", "column"]].fillna("").to_numpy()))


def test_a_project_that_fits_is_well(town: Path) -> None:
    assert told(town) == []


def test_all_faults_are_found_in_one_pass_and_nothing_else(town: Path, tmp_path: Path) -> None:
    folder = copied(town, tmp_path)
    edited(
        folder / "city.toml",
        (
            "[[places]]",
            '[[services]]\nfile = "none.csv"\nkind = "bar"\nvintage = "2019"\n[[places]]',
        ),
        ('file = "zones.geojson"', 'file = "zones-2011.geojson"'),
        ('file = "civics.csv"\nvintage = "2019"', 'file = "civics.csv"\nvintage = "1999"'),
    )
    document = json.loads((folder / "zones.geojson").read_text(encoding="utf-8"))
    features = document["features"]
    first, second = features[0]["properties"], features[1]["properties"]
    second["name"] = first["name"].upper()
    extra = json.loads(json.dumps(features[2]))
    extra["properties"] |= {"id": 4, "name": "Nuova"}
    # With one corner more it is no copy of an outline, which the reader refuses.
    ring = extra["geometry"]["coordinates"][0]
    ring.insert(1, [(ring[0][0] + ring[1][0]) / 2, (ring[0][1] + ring[1][1]) / 2])
    features.append(extra)
    (folder / "zones.geojson").unlink()
    (folder / "zones-2011.geojson").write_text(json.dumps(document))
    wrong = [("1", "412", "497", "221"), ("2", "178", "36", "-93")]
    write(folder / "people.csv", [PEOPLE[0], *wrong, PEOPLE[3], ("99", "5", "1", "2")])
    civics = (folder / "civics.csv").read_text(encoding="utf-8").splitlines()
    (folder / "civics.csv").write_text(
        "\n".join([*civics, civics[1], "c99,Via Larga,99,45.46,9.19"]) + "\n", encoding="utf-8"
    )
    rows = [line.split(",") for line in (folder / "places.csv").read_text().splitlines()]
    by_id = {row[0]: row for row in rows}
    twin = [*by_id["P10"]]
    twin[:3] = "P40", "SORMANI", "Via Larga 11"
    twin[4] = f"{float(twin[4]) + 0.0005:.6f}"
    by_id["P11"][6] = "lunedì 9-12"
    by_id["P12"][1] = "=HYPERLINK(1)"
    by_id["P20"][2] = "Via Larga 31"
    by_id["P21"][2] = "Via Inesistente 5"
    by_id["P22"][3] = "3"
    by_id["P30"][1] = "La piÃ¹ bella"
    by_id["P31"][4] = "x"
    by_id["P32"][4], by_id["P32"][5] = by_id["P32"][5], by_id["P32"][4]
    write(folder / "places.csv", [*rows, twin, ["P10", *by_id["P10"][1:]]])
    assert len(FAULTS) == 20
    assert told(folder) == sorted([*FAULTS, *YEARS])


FAULTS = (
    ("files.missing", "none.csv", "", ""),
    ("files.not_checked", "places.csv", "", ""),
    ("files.refused", "civics.csv", "line 11", "id"),
    ("files.refused", "civics.csv", "line 12", "lon, lat"),
    ("files.refused", "people.csv", "line 2", ""),
    ("files.refused", "people.csv", "line 3", "households"),
    ("files.refused", "places.csv", "line 3", "opening_hours"),
    ("files.refused", "places.csv", "line 9", "lon"),
    ("files.refused", "places.csv", "line 10", "lon, lat"),
    ("files.refused", "places.csv", "line 12", "id"),
    ("places.near_duplicate", "places.csv", "P40", "name"),
    ("places.other_zone", "places.csv", "P22", "blocks"),
    ("texts.decoded_twice", "places.csv", "line 8", ""),
    ("texts.formula", "places.csv", "line 4", "name"),
    ("vintages.apart", "", "", ""),
    ("vintages.name", "zones-2011.geojson", "", ""),
    ("zones.name", "zones-2011.geojson", "zone 1", "name"),
    ("zones.overlap", "zones-2011.geojson", "zone 3", "geometry"),
    ("zones.unknown", "people.csv", "", "zone"),
    ("zones.without_residents", "people.csv", "", "zone"),
)


def test_addresses_that_are_elsewhere_or_nowhere_are_told(town: Path, tmp_path: Path) -> None:
    folder = copied(town, tmp_path)
    changes = ("Via Larga 20", "Via Larga 31"), ("Via Larga 21", "Via Inesistente 5")
    edited(folder / "places.csv", *changes)
    assert told(folder) == [
        ("addresses.far", "places.csv", "P20", "address"),
        ("addresses.not_found", "places.csv", "P21", "address"),
        ("places.same_address", "places.csv", "P31", "address"),
    ]


def spoilt(features: list[Any], how: str) -> None:
    """Break the second zone."""
    second = features[1]
    if how == "null":
        second["geometry"] = None
    elif how == "crossed":
        ring = second["geometry"]["coordinates"][0]
        ring[1], ring[2] = ring[2], ring[1]
    elif how == "id":
        second["properties"]["id"] = features[0]["properties"]["id"]
    else:
        second["geometry"] = features[0]["geometry"]


@pytest.mark.parametrize("broken", ["null", "crossed", "id", "outline", "civics"])
def test_what_depends_on_a_broken_file_is_not_judged(
    town: Path, tmp_path: Path, broken: str
) -> None:
    folder = copied(town, tmp_path)
    write(folder / "case.csv", [("name", "street", "number"), ("Casa", "Via Larga", "20")])
    text = (folder / "city.toml").read_text()
    by_address = (
        '[[places]]\nfile = "case.csv"\nkind = "house"\nstreet = "street"\n'
        'number = "number"\nvintage = "2019"\n'
    )
    if broken == "civics":
        text = text.replace("[residents.civic", by_address + "[residents.civic")
        rows = (folder / "civics.csv").read_text().splitlines()
        number = next(at for at, row in enumerate(rows) if row.startswith("c20,"))
        rows[number] = rows[number].replace("c20,", "c10,")
        (folder / "civics.csv").write_text("\n".join(rows) + "\n")
    else:
        # The civic numbers of OpenStreetMap are those in the zones.
        text = text.partition("[residents.civic")[0] + by_address
        document = json.loads((folder / "zones.geojson").read_text())
        spoilt(document["features"], broken)
        (folder / "zones.geojson").write_text(json.dumps(document))
    (folder / "city.toml").write_text(text)
    spoilt_file = "civics.csv" if broken == "civics" else "zones.geojson"
    found = told(folder)
    assert {file for rule, file, *_ in found if rule != "files.not_checked"} == {spoilt_file}
    assert ("files.not_checked", "case.csv", "", "") in found


# The files of each of two years, told because there are two.
YEARS = [("vintages.year", "", "", "")] * 2


def damaged(raw: bytes, how: tuple[str, float, int]) -> bytes:
    kind, share, byte = how
    at = int(share * len(raw))
    if kind == "cut":
        return raw[:at]
    if kind == "drop":
        return raw[:at] + raw[at + 1 + byte :]
    return raw[:at] + bytes([byte]) + raw[at + 1 :]


FILES = st.sampled_from(["city.toml", "people.csv", "places.csv", "civics.csv", "zones.geojson"])
DAMAGE = st.tuples(st.sampled_from(["cut", "drop", "flip"]), st.floats(0, 1), st.integers(0, 255))


@settings(max_examples=16)
@given(damage=st.lists(st.tuples(FILES, DAMAGE), min_size=1, max_size=3))
def test_no_damage_stops_the_check(
    damage: list[tuple[str, tuple[str, float, int]]],
    town: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    for path in town.iterdir():
        shutil.copy(path, folder)
    for name, how in damage:
        (folder / name).write_bytes(damaged((folder / name).read_bytes(), how))
    found = check(folder, progress=quiet)
    assert list(found.columns) == list(COLUMNS)
    assert set(found["severity"]) <= set(SEVERITIES)
    assert found[["file", "problem", "mend", "rule"]].notna().all(axis=None)
    assert isinstance(found, pd.DataFrame)


@pytest.mark.parametrize("raw", [b"", b"\x1f\x8b", b"<osm>", b"\x00" * 100])
def test_streets_that_are_none_are_told(town: Path, tmp_path: Path, raw: bytes) -> None:
    folder = copied(town, tmp_path)
    (folder / "centro-2019.osm.gz").write_bytes(raw)
    assert {file for _, file, *_ in told(folder)} == {"centro-2019.osm.gz"}


def with_streets(folder: Path, *changes: tuple[str, str]) -> Path:
    """Change the text of the extract."""
    path = folder / "centro-2019.osm.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_bytes(gzip.compress(text.encode()))
    return folder


@pytest.mark.parametrize(
    ("changes", "severity", "said"),
    [
        ([('id="21226712" lat="45.', 'id="21226712" lat="95.')], "warning", "1 nodes have no pla"),
        ([('lat="45.4606', 'lat="95.4606')], "error", " km are left out"),
        ([('id="21226712" lat="45.', 'id="21226712" lat="35.')], "warning", "for more than 50 km"),
    ],
)
def test_coordinates_that_cannot_be_are_told_with_what_is_lost(
    town: Path, tmp_path: Path, changes: list[tuple[str, str]], severity: str, said: str
) -> None:
    folder = with_streets(copied(town, tmp_path), *changes)
    found = check(folder, progress=quiet)
    (one,) = found[found["rule"] == "streets.coordinates"].to_dict("records")
    assert (one["severity"], one["file"]) == (severity, "centro-2019.osm.gz")
    assert said in one["problem"]
    if severity == "error":
        with pytest.raises(InputError, match="km are left out"):
            build(folder, out=tmp_path / "edition", progress=quiet)


@pytest.mark.parametrize("count", ["1e15", "170000"])
def test_more_people_than_the_ground_holds_are_refused_with_their_row(
    town: Path, tmp_path: Path, count: str
) -> None:
    folder = copied(town, tmp_path)
    edited(folder / "people.csv", ("412,97,221", f"{count},97,221"))
    found = check(folder, progress=quiet)
    (error,) = found[found["severity"] == "error"].to_dict("records")
    assert (error["file"], error["row"], error["column"]) == ("people.csv", "line 2", "residents")
    assert "on 0.083 km²" in error["problem"]
    with pytest.raises(InputError, match=r"people.csv, line 2, column residents: 1"):
        build(folder, out=tmp_path / "edition", progress=quiet)
    # What could be, and nowhere is, is a warning.
    edited(folder / "people.csv", (f"{count},97,221", "9000,97,221"))
    assert told(folder) == [
        ("residents.dense", "people.csv", "zone 1", "residents"),
        ("residents.few_civic_numbers", "civics.csv", "", ""),
    ]


def test_civic_numbers_that_cannot_be_all_are_told(town: Path, tmp_path: Path) -> None:
    folder = copied(town, tmp_path)
    # The three civic numbers of zone 1 now have 274 residents each.
    edited(folder / "people.csv", ("412,97,221", "822,97,221"))
    found = check(folder, progress=quiet)
    (one,) = found[found["rule"] == "residents.few_civic_numbers"].to_dict("records")
    assert (one["file"], one["severity"]) == ("civics.csv", "warning")
    assert "in 1 of 3 zones: 1 (" in one["problem"]
    assert ": 274)" in one["problem"]


def test_a_zone_without_a_name_is_called_by_its_id_and_that_is_told(
    town: Path, tmp_path: Path
) -> None:
    folder = copied(town, tmp_path)
    document = json.loads((folder / "zones.geojson").read_text())
    document["features"][0]["properties"]["name"] = None
    document["features"][1]["properties"]["name"] = " "
    (folder / "zones.geojson").write_text(json.dumps(document))
    found = check(folder, progress=quiet)
    (one,) = found[found["rule"] == "zones.name"].to_dict("records")
    assert one["problem"] == "2 zones have no name, and are called by their ids: 1, 2"
    city = load(build(folder, out=tmp_path / "edition", progress=quiet))
    assert city.zones["blocks"]["name"].tolist()[:2] == ["1", "2"]
    told = city.provenance["left_out"]["zones"]["blocks"]
    assert told["called_by_their_id"] == ["1", "2"]


@pytest.mark.parametrize(
    ("change", "file", "key"),
    [
        (
            ('over65 = "over65"', 'over65 = "pop"'),
            "people.csv",
            "13, key zones.blocks.counts.over65",
        ),
        (('counts_id = "zone"', 'counts_id = "z"'), "people.csv", "12, key zones.blocks.counts_id"),
        (('name = "name"', 'name = "nome"'), "zones.geojson", "10, key zones.blocks.name"),
        (('kind = "library"', 'kind = "x"\nlat = "y"'), "places.csv", "18, key places.1.lat"),
        (
            ('"civics.csv"', '"civics.csv"\nstreet = "via"'),
            "civics.csv",
            "21, key residents.civic_numbers.street",
        ),
        # No key says it: the table is named, and the key that may.
        (('"places.csv"', '"people.csv"'), "people.csv", "15, key places.1.id"),
    ],
)
def test_a_column_that_is_not_there_names_the_key_that_names_it(
    town: Path, tmp_path: Path, change: tuple[str, str], file: str, key: str
) -> None:
    folder = copied(town, tmp_path)
    edited(folder / "city.toml", change)
    found = check(folder, progress=quiet)
    errors = found[(found["severity"] == "error") & (found["file"] == file)]
    assert "is missing (there are: " in errors["problem"].iloc[0]
    assert f"name the column that holds it in city.toml, line {key}" in errors["mend"].iloc[0]


def test_a_layer_that_lacks_a_column_says_which_it_has(town: Path, tmp_path: Path) -> None:
    folder = copied(town, tmp_path)
    gpd.read_file(folder / "zones.geojson").to_file(folder / "zones.gpkg")
    changes = ('file = "zones.geojson"', 'file = "zones.gpkg"'), ('name = "name"', 'name = "nome"')
    edited(folder / "city.toml", *changes)
    found = check(folder, progress=quiet)
    (error,) = found[found["severity"] == "error"].to_dict("records")
    assert error["problem"].startswith("column nome is missing (there are: id, name")
    assert "city.toml, line 10, key zones.blocks.name" in error["mend"]
