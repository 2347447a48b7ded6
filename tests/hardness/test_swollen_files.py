"""Law: what a file unpacks to, or says twice or in two ways, is told before it does any harm."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import struct
import time
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from quartieri15.errors import InputError, MissingFileError
from quartieri15.model.profiles import TravelProfile
from quartieri15.plain_json import from_json
from quartieri15.publish.folders import LONGEST_RECORD, told_in
from quartieri15.publish.site.publisher import Publisher
from quartieri15.sources import tabular, whole_files
from quartieri15.sources.facilities import read_facilities
from quartieri15.sources.osm.reading import read_pbf
from tests.ascii_city import draw_city
from tests.hardness.readers import GEOJSON, OSM, PROFILE, PUBLISHER, READERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIB = 2**20
CSV = b"id,v\n1,a\n"


def read_csv(path: Path, **options: Any) -> Any:
    return tabular.read_csv(path, columns=["id", "v"], **options)


def zip_of(path: Path, **mib: int) -> Path:
    """Write an archive with ``t.csv`` and files of so many MiB of zeros."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", CSV)
        for name, size in mib.items():
            with archive.open(name, "w") as member:
                for _ in range(size):
                    member.write(bytes(MIB))
    return path


def test_an_archive_that_swells_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "t.zip", bomb=70)
    assert archive.stat().st_size < MIB
    began = time.process_time()
    with pytest.raises(InputError, match=r"t\.zip: it would unpack to more than 67 MB"):
        read_csv(archive, member="t.csv")
    with pytest.raises(InputError, match="would unpack"):
        tabular.read_layer(archive, columns=["a"], inside="a.shp")
    with pytest.raises(InputError, match="would unpack"):
        read_facilities(archive, city=draw_city("A--B"), kind="shop")
    assert time.process_time() - began < 5
    assert len(read_csv(zip_of(tmp_path / "small.zip", more=1), member="t.csv")) == 1


def test_what_an_archive_states_too_small_is_not_unpacked_further(tmp_path: Path) -> None:
    octets = bytearray(zip_of(tmp_path / "t.zip", bomb=2).read_bytes())
    size = (2 * MIB).to_bytes(4, "little")
    small = (100).to_bytes(4, "little")
    assert octets.count(size) >= 1
    (tmp_path / "t.zip").write_bytes(octets.replace(size, small))
    with pytest.raises(InputError, match=r"damaged"):
        whole_files.read_member(tmp_path / "t.zip", "bomb")


def test_a_name_that_leads_out_of_an_archive_leads_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_bytes(CSV)
    (tmp_path / "in").mkdir()
    archive = tmp_path / "in" / "t.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("../outside.csv", b"id,v\n2,b\n")
        opened.writestr("/etc/hostname", b"id,v\n3,c\n")
    assert read_csv(archive, member="../outside.csv")["id"].tolist() == ["2"]
    assert read_csv(archive, member="/etc/hostname")["id"].tolist() == ["3"]
    assert outside.read_bytes() == CSV
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["in", "outside.csv", "t.zip"]


@pytest.mark.parametrize(("ending", "packed"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_a_map_that_swells_is_refused(
    tmp_path: Path, ending: str, packed: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"t.osm.{ending}"
    path.write_bytes(packed(OSM[:-6] + b" " * 70 * MIB + OSM[-6:]))
    with pytest.raises(InputError, match=r"t\.osm\..*would unpack to more than 67 MB"):
        read_pbf(path)
    path.write_bytes(packed(OSM))
    assert len(read_pbf(path)[0].edges)


def number(value: int) -> bytes:
    """Write a whole number as Protocol Buffers do."""
    more, octets = value, b""
    while more > 127:
        octets, more = octets + bytes([more & 127 | 128]), more >> 7
    return octets + bytes([more])


def field(tag: int, octets: bytes) -> bytes:
    return bytes([tag << 3 | 2]) + number(len(octets)) + octets


def block(kind: bytes, unpacked: bytes) -> bytes:
    """Return a block of a PBF."""
    body = b"\x10" + number(len(unpacked)) + field(3, zlib.compress(unpacked, 9))
    header = field(1, kind) + b"\x18" + number(len(body))
    return struct.pack(">I", len(header)) + header + body


def test_a_binary_map_that_swells_is_refused(tmp_path: Path) -> None:
    """A few kilobytes with a street of fifteen million corners, again and again."""
    told = field(4, b"OsmSchema-V0.6")
    street = b"\x08\x01" + field(2, b"\1") + field(3, b"\2") + field(8, bytes(15 * MIB))
    words = field(1, b"") + field(1, b"highway") + field(1, b"residential")
    streets = block(b"OSMData", field(1, words) + field(2, field(3, street)))
    path = tmp_path / "t.osm.pbf"
    path.write_bytes(block(b"OSMHeader", told) + streets * 8)
    assert path.stat().st_size < MIB / 4
    began = time.process_time()
    with pytest.raises(InputError, match=r"t\.osm\.pbf: it would unpack to more than 67 MB"):
        read_pbf(path)
    assert time.process_time() - began < 5
    path.write_bytes(READERS["osm_pbf"][1])
    assert len(read_pbf(path)[0].edges)


ENTITIES = {
    "laughs": b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)),
    "quadratic": b'<!ENTITY b "' + b"x" * 100_000 + b'">',
    "external": b'<!ENTITY b SYSTEM "file:///etc/hostname">',
    "parameter": b'<!ENTITY % b SYSTEM "file:///etc/hostname"> %b;',
}


@pytest.mark.parametrize("entities", ENTITIES.values(), ids=ENTITIES)
@pytest.mark.parametrize("action", [b"", b' action="delete"'], ids=["", "JOSM"])
def test_no_entity_of_a_map_is_followed(tmp_path: Path, entities: bytes, action: bytes) -> None:
    path = tmp_path / "t.osm"
    head, body = OSM.split(b"\n", 1)
    body = body.replace(b"residential", b"&b;").replace(b'<node id="3"', b'<node id="3"' + action)
    path.write_bytes(head + b"\n<!DOCTYPE osm [" + entities + b"]>\n" + body)
    with pytest.raises(InputError, match=r"XML entities are not supported.*DOCTYPE"):
        read_pbf(path)


def test_a_file_of_more_than_a_city_has_is_not_read(tmp_path: Path) -> None:
    huge = tmp_path / "t.csv"
    huge.write_bytes(CSV)
    os.truncate(huge, 20 * 2**30)  # it takes no room on the disk
    for read in (read_csv, tabular.read_json):
        with pytest.raises(InputError, match=r"t\.csv: it holds 21,475 MB, and at most 268 MB"):
            read(huge)


def test_a_file_that_grows_while_it_is_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(CSV)
    before = os.stat_result((*path.stat()[:6], len(CSV) - 2, *path.stat()[7:]))
    monkeypatch.setattr(os, "fstat", lambda _: before)
    with pytest.raises(InputError, match="changes while it is read"):
        read_csv(path)


def test_what_is_no_file_is_told_and_waited_for_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", "/dev/zero"):
        with pytest.raises(MissingFileError, match="a pipe or a device"):
            read_csv(path)  # type: ignore[arg-type]
    with pytest.raises(MissingFileError, match="there is no such file"):
        read_csv(tmp_path / ("long" * 999))


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (
            "id,v\n1,città\n".encode() + "2,perché\n".encode("cp1252"),
            "line 2 is in UTF-8 and line 3",
        ),
        ("id,v\n1,Ã²\n".encode() + b"2,\xe9\n", "line 2 is in UTF-8 and line 3 is not"),
        (b"id,v\n1,a\0b\n", "line 2: a byte of zero"),
        ("id,v\n1,a\n".encode("utf-16-le"), "a byte of zero"),
    ],
)
def test_a_text_is_in_one_encoding(tmp_path: Path, octets: bytes, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(octets)
    with pytest.raises(InputError, match=message):
        read_csv(tmp_path / "t.csv")


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n"], ids=["Windows", "old Mac", "Unix"])
def test_any_ends_of_lines_say_the_same(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(CSV.replace(b"\n", end))
    table = read_csv(tmp_path / "t.csv")
    assert (table.values.tolist(), table.index.tolist()) == ([["1", "a"]], [2])


FOREIGN = (
    "1.234,56",
    "1,234.56",
    "1\u202f234",
    "1 234",
    "1'234",
    "١٢٣",
    "0x10",
    "1_000",
    "1d3",
    "5%",
)


@pytest.mark.parametrize("written", [*FOREIGN, "9007199254740993", "nan", "inf", "1e400", "True"])
@pytest.mark.parametrize("options", [{"whole": True}, {"counts": True, "high": 1e9}], ids=str)
def test_a_number_of_another_country_is_never_another_number(
    tmp_path: Path, written: str, options: dict[str, Any]
) -> None:
    (tmp_path / "t.csv").write_text(f'id,v\n1,"{written}"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.csv, line 2, column v"):
        tabular.numbers(read_csv(tmp_path / "t.csv"), "v", **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ('[{"b": {"c": 1, "c": 1}}]', "'c' stands twice"),
        ("[" * 100_000, "nested too deeply"),
        ('["\\ud800"]', "surrogates"),
        ("[" + "9" * 5_000 + "]", "4300 digits"),
        ("{'a': 1}", "Expecting property name"),
    ],
)
def test_json_says_everything_once(text: str, message: str) -> None:
    for given in (text, text.encode()):
        with pytest.raises(ValueError, match=message):
            from_json(given)
    assert from_json('["\\ud83d\\ude00"]') == ["\U0001f600"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_is_read_in_every_encoding_it_may_have(encoding: str) -> None:
    assert from_json('{"name": "Città"}'.encode(encoding)) == {"name": "Città"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["Unix", "Windows"])
def test_what_an_editor_puts_before_a_text_is_read_or_told(
    tmp_path: Path, encoding: str, end: str
) -> None:
    texts = {"t.yaml": PROFILE.decode(), "publisher.toml": PUBLISHER.decode()}
    for name, read in (
        ("t.yaml", TravelProfile.from_yaml),
        ("publisher.toml", Publisher.from_toml),
    ):
        path = tmp_path / name
        path.write_bytes(texts[name].replace("\n", end).encode(encoding))
        if encoding == "utf-8-sig":
            assert read(path)
            continue
        with pytest.raises(InputError, match="no text in UTF-8"):
            read(path)


def test_a_feature_that_says_a_thing_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.geojson"
    path.write_bytes(GEOJSON.replace(b'"id": 1', b'"id": 1, "id": 2'))
    with pytest.raises(InputError, match=r"t\.geojson: .*the key 'id' stands twice"):
        tabular.read_geojson(path, columns=["id"], crs="EPSG:32632")


@pytest.mark.parametrize("value", ["[" * 9_000, "9" * 5_000], ids=["deep", "long"])
def test_a_publisher_of_brackets_or_digits_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "publisher.toml"
    path.write_text(f"name = {value}")
    with pytest.raises(InputError, match="this is no TOML"):
        Publisher.from_toml(path)


@pytest.mark.parametrize(
    "record", [b"", b"[1]", b"[" * 99_999, b"\xff", b'{"a": 1, "a": 2}', b"null"], ids=str
)
def test_a_record_that_somebody_changed_says_nothing(tmp_path: Path, record: bytes) -> None:
    path = tmp_path / "summary.json"
    path.write_bytes(record)
    assert told_in(path) == {}
    path.write_text(json.dumps({"city": "x" * 10}))
    assert told_in(path) == {"city": "x" * 10}
    path.unlink()
    assert told_in(path) == {}
    os.mkfifo(path)
    assert told_in(path) == {}
    assert LONGEST_RECORD > 10**6


def test_names_without_end_are_told_in_no_time(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(100_000)]
    began = time.process_time()
    with pytest.raises(ValueError, match="'n7' stands twice"):
        from_json("{" + ",".join(f'"{name}":1' for name in [*names, "n7"]) + "}")
    (tmp_path / "t.csv").write_text(",".join(["id", "v", *names, "n7"]) + "\n")
    with pytest.raises(InputError, match="column n7 stands twice"):
        read_csv(tmp_path / "t.csv")
    assert time.process_time() - began < 5


def test_a_file_that_only_names_another_is_no_layer(tmp_path: Path) -> None:
    """GDAL reads by content: what is called a GeoPackage may send it anywhere."""
    (tmp_path / "secret.csv").write_text("id,name,x,y\n1,secret,9.155,45.459\n")
    leading = f"""<OGRVRTDataSource><OGRVRTLayer name="secret">
        <SrcDataSource>{tmp_path}/secret.csv</SrcDataSource><LayerSRS>EPSG:4326</LayerSRS>
        <GeometryField encoding="PointFromColumns" x="x" y="y"/>
        </OGRVRTLayer></OGRVRTDataSource>"""
    for name in ("t.gpkg", "t.fgb", "t.shp"):
        (tmp_path / name).write_text(leading)
        with pytest.raises(InputError, match=r"t\..*: it is no GeoPackage, shapefile or FlatGeob"):
            read_facilities(tmp_path / name, city=draw_city("A--B"), kind="shop")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.shp", leading)
        for ending in ("dbf", "shx", "prj"):
            archive.writestr(f"t.{ending}", b"")
    with pytest.raises(InputError, match=r"t\.zip/t\.shp: it is no GeoPackage, shapefile"):
        read_facilities(tmp_path / "t.zip", city=draw_city("A--B"), kind="shop")
