"""Whatever goes wrong, the edition in use stays as it was, byte for byte, and the mend is told."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import signal
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from quartieri15.editions import gathering, milano, milano_feeds, milano_fetched, updating
from quartieri15.editions.fetched_feeds import ChangedInputError
from quartieri15.editions.inputs import Gathered, Wanted
from quartieri15.editions.known_raw_files import known_folder
from quartieri15.editions.loading import MANIFEST
from quartieri15.editions.milano_feeds import FEEDS
from quartieri15.editions.milano_fetched import Fetched
from quartieri15.errors import (
    DownloadError,
    InputError,
    MissingFileError,
    OutputError,
    ParameterError,
    Quartieri15Error,
    UnknownNameError,
)
from quartieri15.publish import updating as publish_updating
from quartieri15.publish.updating import update
from quartieri15.sources import comune
from quartieri15.sources.cache import Cache
from quartieri15.sources.completeness import Change, newer, require_totals
from quartieri15.sources.osm.extracts import cut_out
from tests.sources.open_data_server import LOGIN_PAGE, Answer, open_data_server
from tests.sources.test_downloading import QUICK
from tests.sources.test_osm_extracts import HEAD, town

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sources.open_data_server import OpenDataServer

CENTRO = milano.edition_folder("centro-2019")
OVERPASS = "/api/interpreter"
HOUSEHOLDS = "/d/ds1440_popolazione_famiglie_quartiere.csv"
CIVICS = "/d/ds634_civici_20260901.zip"
LANES = "/d/bike_ciclabili.geojson"


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def geojson(*properties: dict[str, Any]) -> bytes:
    features = [{"type": "Feature", "properties": one, "geometry": None} for one in properties]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def archive(day: str, rows: str = "1;2\n") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        for name, columns in (
            (f"CIVICI_{day}.CSV", comune.CIVIC_COLUMNS),
            (f"VIARIO_{day}.CSV", comune.STREET_COLUMNS),
            ("TIPOVIA.CSV", comune.STREET_KIND_COLUMNS),
            ("STATOVIA.Csv", ("CODICE",)),
        ):
            written.writestr(name, ";".join(columns) + "\n" + rows)
    return packed.getvalue()


def contents(name: str, *, day: str = "20200302", year: int = 2021) -> bytes:
    """Return a file of the columns that are read."""
    feed = FEEDS[name]
    if feed.kind == "zip":
        return archive(day)
    columns = [column.format(year=year) for column in feed.needed]
    if feed.kind == "geojson":
        return geojson(dict.fromkeys(columns, 1))
    separator = ";" if name in ("ages", "cool_spaces") else ","
    return (separator.join(columns) + "\n" + separator.join("1" * len(columns)) + "\n").encode()


def osm(**more: Any) -> bytes:
    return f"{HEAD}{town(milano_feeds.STREETS_EXTENT, **more)}\n</osm>\n".encode()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make raw files and an edition of them: tiny ones, of the true names and columns."""
    root = tmp_path_factory.mktemp("small")
    raw, edition = root / "raw", root / "milano"
    for name in milano.SOURCES:
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_bytes(f"this stands for {name}".encode())
    for name, feed in FEEDS.items():
        (raw / feed.file).write_bytes(contents(name))
    (root / "town.osm").write_bytes(osm())
    cut_out(root / "town.osm", raw / milano_feeds.STREETS, extent=milano_feeds.STREETS_EXTENT)
    edition.mkdir()
    for name in milano.FILES:
        (edition / name).write_text(f"the old {name}")
    sources = [
        {"file": name, "vintage": "old", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for name in milano.SOURCES
        if (path := raw / name)
    ]
    for name in milano.EDITABLE:
        (edition / name).write_bytes((raw / "registry" / name).read_bytes())
    (edition / MANIFEST).write_text(json.dumps({"city": "milano", "sources": sources}))
    (edition / "scenarios").mkdir()
    (edition / "scenarios" / "mine.yaml").write_text("mine")
    return root


class World:
    """A portal and Overpass that answer well, and an edition in use."""

    def __init__(self, server: OpenDataServer, small: Path, folder: Path) -> None:
        self.server, self.raw, self.folder = server, small / "raw", folder
        self.edition = folder / "milano"
        shutil.copytree(small / "milano", self.edition)
        self.before = digest(self.edition)
        for name, path in (
            ("nil", "/d/ds964_nil_wm.geojson"),
            ("municipi", "/d/ds379_municipi_label.geojson"),
            ("civic_numbers", CIVICS),
            ("foreign", "/d/ds205.csv"),
            ("households", HOUSEHOLDS),
            ("bike_lanes", LANES),
            ("cool_spaces", "/d/ds3017.csv"),
        ):
            self.give(name, path, contents(name, day="20260901"))
        server.put(OVERPASS, Answer(body=osm(), plain=True, chunked=True))

    def give(self, name: str, path: str, body: bytes, **more: Any) -> None:
        """Let the portal have a file."""
        feed = FEEDS[name]
        self.server.file(path, body)
        self.server.package(
            feed.name or f"{feed.dataset}-nome-di-oggi",
            self.server.resource(path, feed.kind, **more),
        )

    def asked(self, **more: Any) -> dict[str, Any]:
        return {
            "sources": self.raw,
            "out": self.edition,
            "cache": self.folder / "cache",
            "portal": self.server.base,
            "overpass": self.server.base + OVERPASS,
            "manners": QUICK,
            "progress": lambda _: None,
            **more,
        }

    def gathered(self, folder: Path, **more: Any) -> dict[str, Gathered]:
        """Gather without building."""
        from quartieri15.sources.downloading import Downloader

        wanted = Wanted(
            sources=self.raw,
            streets="overpass",
            keep=frozenset(),
            datasets={},
            portal=self.server.base,
            overpass=self.server.base + OVERPASS,
        )
        cache = Cache(self.folder / "cache")
        folder.mkdir()
        with cache.locked():
            rows = gathering.gather(
                folder, self.edition, replace(wanted, **more), Downloader(cache, manners=QUICK)
            )
        return {row.name: row for row in rows}


@pytest.fixture
def world(small: Path, tmp_path: Path) -> Iterator[World]:
    with open_data_server() as server:
        yield World(server, small, tmp_path)


def test_where_nothing_is_new_nothing_is_built(world) -> None:
    found = update("milano", **world.asked(confirm=lambda _: pytest.fail("asked for nothing")))
    assert found.inputs.set_index("name")["state"].to_dict() == {
        **dict.fromkeys([*FEEDS, "streets"], "unchanged"),
        "ages": "kept",
    }
    assert (found.changes, found.replaced, found.former) == (None, False, None)
    assert digest(world.edition) == world.before
    assert json.loads(json.dumps(found.to_dict()))["inputs"][3]["remark"] == (
        "no dataset of the portal is known; name it with --dataset ages=..."
    )
    # The network is not needed a second time.
    asked = len(world.server.asked)
    again = update("milano", **world.asked(offline=True))
    assert again.inputs.equals(found.inputs)
    assert len(world.server.asked) == asked


def test_what_is_new_takes_the_place_of_the_known_and_says_whence(world, tmp_path) -> None:
    lanes = geojson(*[{**dict.fromkeys(comune.LANE_COLUMNS, 1), "norma": "x"}] * 2)
    world.give("bike_lanes", LANES, lanes, modified="2026-10-01T00:00:00")
    world.give("civic_numbers", CIVICS, archive("20260901", rows="3;4\n"))
    world.server.put(OVERPASS, Answer(body=osm(rows=6), plain=True))
    (world.edition / "registry.csv").write_text("corrected here")
    raw = tmp_path / "new"
    rows = world.gathered(raw)
    assert {name for name, row in rows.items() if row.state == "new"} == {
        *("bike_lanes", "civic_numbers", "streets")
    }
    assert rows["bike_lanes"].remark == "new: norma"
    assert (raw / FEEDS["bike_lanes"].file).read_bytes() == lanes
    assert (raw / "registry/registry.csv").read_text() == "corrected here"
    # The archive has the names that the recipe knows, and no file that is not read.
    with zipfile.ZipFile(raw / FEEDS["civic_numbers"].file) as packed:
        assert packed.namelist() == ["CIVICI_20200302.CSV", "VIARIO_20200302.CSV", "TIPOVIA.CSV"]
        assert packed.read("TIPOVIA.CSV").endswith(b"3;4\n")
    fetched = milano_fetched.read_fetched(raw)
    assert fetched.keys() == {
        rows[name].file for name in ("bike_lanes", "civic_numbers", "streets")
    }
    assert fetched[FEEDS["bike_lanes"].file].vintage == "2026-10-01"
    assert fetched[FEEDS["bike_lanes"].file].origin == world.server.base + LANES
    assert fetched[milano_feeds.STREETS].vintage == "2026-11-25"
    unread = {path for path in raw.rglob("*") if path.is_file()}
    assert {path.relative_to(raw).as_posix() for path in unread} == {
        *milano.SOURCES,
        milano_fetched.FILE,
    }


def test_what_was_fetched_before_stays_named_when_it_is_kept(world, tmp_path) -> None:
    origin = "https://dati.comune.milano.it/lanes.geojson"
    manifest = json.loads((world.edition / MANIFEST).read_text())
    told = next(one for one in manifest["sources"] if one["file"] == FEEDS["bike_lanes"].file)
    told |= {"vintage": "2025-01-01", "origin": origin, "fetched": "2025-02-01T00:00:00Z"}
    (world.edition / MANIFEST).write_text(json.dumps(manifest))
    world.gathered(tmp_path / "new", keep=frozenset(["bike_lanes"]))
    assert milano_fetched.read_fetched(tmp_path / "new") == {
        FEEDS["bike_lanes"].file: Fetched(
            vintage="2025-01-01", origin=origin, fetched="2025-02-01T00:00:00Z"
        ),
        milano_feeds.STREETS: milano_fetched.read_fetched(tmp_path / "new")[milano_feeds.STREETS],
    }


def test_a_file_given_among_the_sources_counts_as_newer(world, small, tmp_path) -> None:
    given = tmp_path / "given"
    shutil.copytree(small / "raw", given)
    ages = contents("ages") + contents("ages").splitlines(keepends=True)[1]
    (given / FEEDS["ages"].file).write_bytes(ages)
    rows = world.gathered(tmp_path / "new", sources=given)
    assert (rows["ages"].state, rows["ages"].origin) == ("new", "given among the sources")
    assert (tmp_path / "new" / FEEDS["ages"].file).read_bytes() == ages
    assert FEEDS["ages"].file in milano_fetched.read_fetched(tmp_path / "new")


def test_a_given_file_is_taken_unless_a_former_edition_was_built_from_it(world, tmp_path) -> None:
    """Who gives the folder of the first update again does not go back to its lanes."""
    file = FEEDS["bike_lanes"].file
    lanes = geojson(*[dict.fromkeys(comune.LANE_COLUMNS, 2)] * 3)
    known = known_folder(Cache(world.folder / "cache"))
    shutil.copytree(world.raw, known)
    (known / file).write_bytes(lanes)
    former = world.folder / "milano.kept" / "2026-01-01T000000.000000Z"
    former.mkdir(parents=True)
    manifest = json.loads((world.edition / MANIFEST).read_text())
    (former / MANIFEST).write_text(json.dumps(manifest))
    told = next(one for one in manifest["sources"] if one["file"] == file)
    told["sha256"] = hashlib.sha256(lanes).hexdigest()
    (world.edition / MANIFEST).write_text(json.dumps(manifest))
    rows = world.gathered(tmp_path / "a", keep=frozenset(["bike_lanes"]))
    assert rows["bike_lanes"].state == "kept"
    assert (tmp_path / "a" / file).read_bytes() == lanes
    given = tmp_path / "given"
    shutil.copytree(world.raw, given)
    newest = geojson(*[dict.fromkeys(comune.LANE_COLUMNS, 3)] * 4)
    (given / file).write_bytes(newest)
    rows = world.gathered(tmp_path / "b", keep=frozenset(["bike_lanes"]), sources=given)
    assert rows["bike_lanes"].state == "new"
    assert (tmp_path / "b" / file).read_bytes() == newest


def test_a_list_of_another_summer_is_kept_out(world, tmp_path) -> None:
    body = contents("cool_spaces") + b"\n"
    world.give("cool_spaces", "/d/ds3017.csv", body, modified="2027-06-01T00:00:00")
    row = world.gathered(tmp_path / "new")["cool_spaces"]
    assert row.state == "kept"
    assert "is not of 2026" in row.remark


def test_another_dataset_can_be_named(world, tmp_path) -> None:
    world.server.file("/d/eta_nil_2024.csv", contents("ages") + b"\n")
    world.server.package("ds9999-eta", world.server.resource("/d/eta_nil_2024.csv", "CSV"))
    rows = world.gathered(tmp_path / "new", datasets={"ages": "ds9999"})
    assert (rows["ages"].state, rows["ages"].vintage) == ("new", "2026-09-01")


DRIFTED = b"Anno;Quartiere;Famiglie\n2025;DUOMO (1);8433\n"
REDIRECT = Answer(status=302, headers={"Location": "https://elsewhere.example/x"})


@pytest.mark.parametrize(
    ("path", "answers", "error", "said"),
    [
        (LANES, [Answer(status=404)], DownloadError, r"404 .*; or run again with --keep bike_la"),
        (LANES, [Answer(status=429)], DownloadError, r"429"),
        (LANES, [Answer(status=500)], DownloadError, r"500 .*run again: what has come is kept"),
        (LANES, [Answer(body=b"{" * 99, silence_s=0.8)], DownloadError, r"silence for 0.3 s"),
        (
            LANES,
            [Answer(body=b"{" * 99, cut_after=9)],
            DownloadError,
            r"of 99 bytes|broke",
        ),
        (LANES, [Answer(body=LOGIN_PAGE)], DownloadError, r"web page .* GeoJSON was expected"),
        (LANES, [REDIRECT], DownloadError, r"redirected elsewhere, to https://elsewhere.example/x"),
        (LANES, [Answer(body=b'{"features"')], InputError, r"not a JSON file"),
        (HOUSEHOLDS, [Answer(body=DRIFTED)], InputError, r"ID_NIL is gone.*new: Anno, Quartiere.*"),
        (CIVICS, [Answer(body=b"PK\x03\x04 not")], InputError, r"not a zip archive"),
        ("/api/3/action/package_show", [Answer(status=503)], DownloadError, r"503"),
        ("/api/3/action/package_show", [Answer(body=b"{]")], DownloadError, r"not JSON"),
        (
            "/api/3/action/package_show",
            [Answer(body=b'{"success": false, "error": {"message": "down"}}')],
            DownloadError,
            r"failed \(down\)",
        ),
        (
            OVERPASS,
            [Answer(status=504)],
            DownloadError,
            r"504.*--streets FILE.osm.pbf; or .*--keep",
        ),
        (OVERPASS, [Answer(body=LOGIN_PAGE)], DownloadError, r"web page .* OpenStreetMap XML"),
        (OVERPASS, [Answer(body=osm()[:-30])], DownloadError, r"cut off.*--streets FILE.osm.pbf"),
    ],
)
def test_what_goes_wrong_is_named_and_the_edition_stays(world, path, answers, error, said) -> None:
    world.server.put(path, *answers)
    with pytest.raises(error, match=said) as caught:
        update("milano", **world.asked(confirm=lambda _: True))
    assert isinstance(caught.value, Quartieri15Error)
    assert caught.value.mend
    assert digest(world.edition) == world.before
    assert not (world.folder / "milano.kept").exists()
    assert not (world.folder / "cache" / "work").exists()
    # What the mend says is enough.
    name = {LANES: "bike_lanes", HOUSEHOLDS: "households", CIVICS: "civic_numbers"}.get(path)
    if name or path == OVERPASS:
        found = update("milano", **world.asked(keep=name or "streets"))
        assert (found.inputs.set_index("name").loc[name or "streets", "state"]) == "kept"


def test_every_file_with_changed_columns_is_named_at_once(world) -> None:
    world.server.file(HOUSEHOLDS, DRIFTED)
    world.server.file("/d/ds964_nil_wm.geojson", geojson({"ID_NIL": 1, "Nome": "x"}))
    said = r"2 files: .*ds964.*column NIL is gone.*ds1440.*--keep nil --keep households"
    with pytest.raises(ChangedInputError, match=said):
        update("milano", **world.asked())
    assert digest(world.edition) == world.before


def test_an_archive_without_the_columns_of_the_register_is_named(world) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        written.writestr(
            "ds634_civici_coordinategeografiche_20260901_final.csv", "CODICE_VIA;NIL\n"
        )
    world.give("civic_numbers", CIVICS, packed.getvalue())
    with pytest.raises(InputError, match=r"no file is called like .*CIVICI.*--keep civic_numbers"):
        update("milano", **world.asked())


def test_what_the_portal_gives_out_in_another_form_is_named_together(world) -> None:
    """As a portal lists them today: households in an archive, a register in one table."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        written.writestr("ds634_civici_coordinategeografiche_20260901_final.csv", "CODICE_VIA\n")
    world.give("civic_numbers", CIVICS, packed.getvalue())
    path = "/d/ds1440_popolazione_residenti_famiglie_quartiere.zip"
    world.server.package("ds1440-nome-di-oggi", world.server.resource(path, "ZIP"))
    said = r"2 files: ds634, .*no file is called like.*; .*ds1440.*no file of it is a csv.*--keep "
    with pytest.raises(ChangedInputError, match=said) as caught:
        update("milano", **world.asked())
    assert "--keep civic_numbers --keep households" in caught.value.mend
    found = update("milano", **world.asked(keep=["civic_numbers", "households"]))
    assert found.changes is None


def test_an_interrupt_between_two_files_leaves_the_first_in_the_cache(world) -> None:
    def stop(step: str) -> None:
        if "ds634" in step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update("milano", **world.asked(progress=stop))
    assert digest(world.edition) == world.before
    assert not (world.folder / "cache" / "work").exists()
    update("milano", **world.asked())
    first = world.server.requests_of("/d/ds964_nil_wm.geojson")
    assert "If-None-Match" in first[-1]


def test_only_raw_files_that_are_not_fetched_are_asked_for(world) -> None:
    """Each with what it is, from when and by whom; the others are fetched."""
    with pytest.raises(MissingFileError, match=r"no such folder.*--sources"):
        update("milano", **world.asked(sources=world.folder / "none"))
    (world.folder / "empty").mkdir()
    for sources in (None, world.folder / "empty"):
        with pytest.raises(MissingFileError) as caught:
            update("milano", **world.asked(sources=sources))
        said = str(caught.value)
        assert "18 raw files that are not fetched must be brought" in said
        assert "\n  istat/istat_2011_milano.csv: residents by section, 2011 (ISTAT)\n" in said
        assert "comune/eta_nil_2021.csv: residents by age class" in said
        assert "or name its dataset on the portal: --dataset ages=..." in said
        fetched = [feed.file for name, feed in FEEDS.items() if name != "ages"]
        assert not [file for file in (*fetched, milano_feeds.STREETS) if file in said]
        assert "are fetched: nil, municipi, civic_numbers, foreign," in said
        assert "registry" not in said
        assert said.startswith("sources: " if sources is None else str(sources))
    (world.folder / "half").mkdir()
    for folder in ("osm", "istat"):
        shutil.copytree(world.raw / folder, world.folder / "half" / folder)
    with pytest.raises(MissingFileError) as caught:
        update("milano", **world.asked(sources=world.folder / "half", keep="nil"))
    assert "istat/" not in str(caught.value)
    assert "the 88 NIL (PGT 2030), 2020 (Comune di Milano); --keep nil leaves it" in str(
        caught.value
    )
    assert not world.server.asked


def without_the_fetched(world: World, folder: Path) -> Path:
    """Return raw files without those that are fetched."""
    shutil.copytree(world.raw, folder)
    for name, feed in FEEDS.items():
        if name != "ages":
            (folder / feed.file).unlink()
    (folder / milano_feeds.STREETS).unlink()
    return folder


def test_what_is_fetched_need_not_be_brought(world, tmp_path) -> None:
    brought = without_the_fetched(world, tmp_path / "brought")
    rows = world.gathered(tmp_path / "new", sources=brought)
    # The archive of the portal is packed anew, and cannot be told from another one.
    assert {name: row.state for name, row in rows.items()} == {
        **dict.fromkeys([*FEEDS, "streets"], "unchanged"),
        "ages": "kept",
        "civic_numbers": "new",
    }
    assert not [row.remark for row in rows.values() if "new:" in row.remark]
    for name in milano.SOURCES:
        assert (tmp_path / "new" / name).is_file()
    world.give("cool_spaces", "/d/ds3017.csv", contents("cool_spaces"), modified="2027-06-01")
    with pytest.raises(MissingFileError, match=r"is not of 2026.*put comune/ds3017\S+ among your"):
        world.gathered(tmp_path / "newer", sources=brought)
    world.server.put(LANES, Answer(status=404))
    with pytest.raises(DownloadError, match=r"404.*or put comune/ds60\S+ among your sources"):
        world.gathered(tmp_path / "newest", sources=brought, keep=frozenset())


def test_a_given_file_is_not_lost_where_the_portal_has_the_one_before(world, tmp_path) -> None:
    given = tmp_path / "given"
    shutil.copytree(world.raw, given)
    lanes = geojson(*[dict.fromkeys(comune.LANE_COLUMNS, 7)] * 2)
    (given / FEEDS["bike_lanes"].file).write_bytes(lanes)
    row = world.gathered(tmp_path / "new", sources=given)["bike_lanes"]
    assert (row.state, row.remark) == ("new", "the portal has the one before it")
    assert (tmp_path / "new" / row.file).read_bytes() == lanes


def test_a_portal_that_does_not_answer_ends_it_at_once(world) -> None:
    said = r"127.0.0.1 does not answer, .*refused.*: --keep nil --keep mun.*--streets FILE"
    steps: list[str] = []
    with pytest.raises(DownloadError, match=said):
        update(
            "milano",
            **world.asked(portal="http://127.0.0.1:9", progress=steps.append, sources=world.raw),
        )
    assert steps[:2] == ["nil: dataset ds964", "asking 127.0.0.1"]
    assert not [step for step in steps if step.startswith("municipi")]
    assert digest(world.edition) == world.before


def test_offline_all_that_was_never_fetched_is_named_at_once(world) -> None:
    with pytest.raises(DownloadError) as caught:
        update("milano", **world.asked(offline=True))
    names = ["nil", "municipi", "civic_numbers", "foreign", "households", "bike_lanes"]
    names += ["cool_spaces", "streets"]
    assert caught.value.where == "offline"
    assert f"nothing is in the cache of {', '.join(names)}" in caught.value.what
    assert " ".join(f"--keep {name}" for name in names) in caught.value.mend
    assert not world.server.asked


def test_personal_data_are_kept_nowhere(world, tmp_path) -> None:
    lanes = geojson({**dict.fromkeys(comune.LANE_COLUMNS, 2), "email": "lane@example.org"})
    world.give("bike_lanes", LANES, lanes)
    head, row = contents("cool_spaces").splitlines()
    world.give("cool_spaces", "/d/ds3017.csv", head + b";Telefono\n" + row + b";02 99887766\n")
    raw = tmp_path / "new"
    rows = world.gathered(raw)
    assert rows["bike_lanes"].remark == "left out, as personal data: email"
    assert rows["cool_spaces"].remark == "left out, as personal data: Telefono"
    # Without the column it is the file that is there.
    assert (rows["bike_lanes"].state, rows["cool_spaces"].state) == ("new", "unchanged")
    for path in [*raw.rglob("*"), *(world.folder / "cache").rglob("*")]:
        if path.is_file():
            assert b"lane@example.org" not in path.read_bytes()
            assert b"99887766" not in path.read_bytes()
    # It is asked for again only if it changed, and is there without the network.
    world.gathered(tmp_path / "again")
    assert "If-None-Match" in world.server.requests_of(LANES)[-1]


def test_shapes_in_the_place_of_a_table_are_named(world) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        for ending in ("shp", "dbf", "shx", "prj"):
            written.writestr(f"civici.{ending}", "x")
    world.give("civic_numbers", "/d/ds634_civici_shp.zip", packed.getvalue())
    with pytest.raises(ChangedInputError, match=r"no file is called like.*civici\.shp"):
        update("milano", **world.asked())
    assert digest(world.edition) == world.before


def test_an_archive_that_is_damaged_inside_is_named(world) -> None:
    whole = bytearray(archive("20260901", rows="7;8\n" * 50))
    at = whole.index(b"7;8\n")
    whole[at] = ord("6")
    world.give("civic_numbers", CIVICS, bytes(whole))
    with pytest.raises(ChangedInputError, match=r"the archive is damaged.*--keep civic_numbers"):
        update("milano", **world.asked())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("most_bytes", [0, 300, 3000])
def test_a_full_disk_is_named_and_the_edition_stays(world, most_bytes) -> None:
    """A limit of the system on the length of a file stands for a disk that is full."""
    import resource

    world.give("bike_lanes", LANES, geojson(*[dict.fromkeys(comune.LANE_COLUMNS, 2)] * 200))
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
            update("milano", **world.asked())
        except OutputError as error:
            os.write(writing, str(error).encode())
        except Exception as error:  # noqa: BLE001 (it is told)
            os.write(writing, f"no: {error!r}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    assert "File too large" in said
    assert not said.startswith("no:")
    assert "free some space" in said
    assert digest(world.edition) == world.before
    assert not (world.folder / "cache" / "work").exists()
    found = update("milano", **world.asked(keep="bike_lanes"))
    assert found.changes is None


@pytest.mark.parametrize(
    ("keep", "more", "said"),
    [
        ("ages", {"datasets": {"ages": "ds9"}}, r"--keep ages and --dataset ages=ds9 contradict"),
        ("streets", {"streets": "a.pbf"}, r"--keep streets and --streets a.pbf contradict"),
    ],
)
def test_what_contradicts_is_refused_by_both_names(world, keep, more, said) -> None:
    with pytest.raises(ParameterError, match=said):
        update("milano", **world.asked(keep=keep, **more))
    assert not world.server.asked


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"keep": "trees"}, UnknownNameError),
        ({"keep": 3}, ParameterError),
        ({"datasets": {"trees": "ds1"}}, UnknownNameError),
        ({"datasets": {"streets": "ds1"}}, ParameterError),
        ({"datasets": "ages"}, ParameterError),
        ({"portal": "http://dati.comune.milano.it"}, ParameterError),
        ({"overpass": "overpass-api.de"}, ParameterError),
        ({"streets": "http://download.example/x.osm.pbf"}, ParameterError),
        ({"streets": "https://download.example/x.zip"}, ParameterError),
        ({"sources": None, "hosts": "bad host"}, ParameterError),
        ({"hosts": "https://files.example.org"}, ParameterError),
        ({"streets": "none.osm.pbf"}, MissingFileError),
        ({"streets": 5}, ParameterError),
        ({"confirm": True}, ParameterError),
        ({"offline": "yes"}, ParameterError),
        ({"manners": "good"}, ParameterError),
        ({"hosts": 3}, ParameterError),
        ({"cache": 4}, ParameterError),
        ({"out": "/proc/nothing/here"}, OutputError),
    ],
)
def test_arguments_that_make_no_sense(world, more, error) -> None:
    with pytest.raises(error):
        update("milano", **world.asked(**more))
    assert not world.server.asked
    assert digest(world.edition) == world.before


def test_the_edition_of_another_city_is_not_replaced(world) -> None:
    for said in ({"city": "centro", "sources": []}, []):
        (world.edition / MANIFEST).write_text(json.dumps(said))
        before = digest(world.edition)
        with pytest.raises(InputError, match=r"it is the edition of (centro|no city), not of mila"):
            update("milano", **world.asked())
        assert digest(world.edition) == before


def test_other_cities_are_made_again_by_build(world, tmp_path) -> None:
    project = tmp_path / "torino"
    shutil.copytree(CENTRO / "project", project)
    for city, said in {
        "torino": r"'torino' cannot be updated: only milano can.*build PROJECT --out FOLDER",
        "milan": r"only milano can",
        str(project): rf"it is a project, .*quartieri15 build {project} --out FOLDER",
        str(CENTRO): rf"made of a project, .*quartieri15 build PROJECT --out {CENTRO}",
        "centro-2019": r"made of a project, .*quartieri15 build PROJECT --out FOLDER",
        str(world.edition): rf"quartieri15 update milano --out {world.edition}",
        "x" * 5000: r"cannot be updated",
        "a\0b": r"cannot be updated|no path",
    }.items():
        with pytest.raises((UnknownNameError, ParameterError), match=said):
            update(city)


def newer_edition(world: World, folder: Path, *, text: str) -> Path:
    """Return an edition that differs in every file."""
    shutil.copytree(world.edition, folder)
    for name in (*milano.FILES, MANIFEST):
        with (folder / name).open("a") as file:
            # A manifest is read again: blanks differ, and are still JSON.
            file.write(" " * int(text) if name == MANIFEST else text)
    shutil.rmtree(folder / "scenarios")
    return folder


@pytest.fixture
def built(monkeypatch) -> None:
    """Editions that are made in a moment: the one in use, which says what it was made of."""

    def build_newer(raw: Path, out: Path, edition: Path, **_: object) -> None:
        shutil.copytree(edition, out)
        manifest = json.loads((out / MANIFEST).read_text())
        for source in manifest["sources"]:
            source["sha256"] = hashlib.sha256((raw / source["file"]).read_bytes()).hexdigest()
        (out / MANIFEST).write_text(json.dumps(manifest))

    monkeypatch.setattr(updating, "build_newer", build_newer)
    monkeypatch.setattr(publish_updating.milano, "load", lambda _: None)
    monkeypatch.setattr(publish_updating, "edition_changes", lambda *_: "changes")


NEW_LANES = geojson(*[dict.fromkeys(comune.LANE_COLUMNS, 2)] * 3)


@pytest.mark.usefixtures("built")
def test_a_full_disk_at_the_last_step_leaves_the_edition_and_is_gone_on_with(
    world, monkeypatch
) -> None:
    world.give("bike_lanes", LANES, NEW_LANES)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(updating, "put_in_place", full)
        with pytest.raises(OutputError, match=r"No space left.*the edition in use is as it was"):
            update("milano", **world.asked(confirm=lambda _: True))
    assert digest(world.edition) == world.before
    again = update("milano", **world.asked(sources=None, confirm=lambda _: True, offline=True))
    assert again.replaced
    assert again.inputs.set_index("name").loc["bike_lanes", "state"] == "new"
    assert update("milano", **world.asked(sources=None, offline=True)).changes is None


@pytest.mark.usefixtures("built")
def test_of_two_at_once_the_second_finds_nothing_new(world) -> None:
    world.give("bike_lanes", LANES, NEW_LANES)
    with ThreadPoolExecutor() as pool:
        both = list(
            pool.map(
                lambda _: update("milano", **world.asked(confirm=lambda _: True)),
                range(2),
            )
        )
    assert sorted(found.replaced for found in both) == [False, True]
    assert len(updating.kept_editions(world.edition)) == 1


def test_the_former_edition_is_kept_and_what_else_stands_there_comes_along(world, tmp_path) -> None:
    new = newer_edition(world, tmp_path / "new", text="1")
    former = updating.put_in_place(new, world.edition)
    after = digest(world.edition)
    assert {name: after[name] for name in digest(new)} == digest(new)
    assert after["scenarios/mine.yaml"] == world.before["scenarios/mine.yaml"]
    assert digest(former) == world.before
    assert updating.kept_editions(world.edition) == [former]


def test_back_leads_back_also_after_a_run_that_was_killed_half_way(
    world, tmp_path, monkeypatch
) -> None:
    """Killed when the edition in use had been kept, and not yet been replaced."""
    new = newer_edition(world, tmp_path / "new", text="1")
    updating.put_in_place(new, world.edition)
    after = digest(world.edition)
    monkeypatch.setattr(updating, "load", lambda _: None)
    with monkeypatch.context() as killed:
        killed.setattr(updating, "kept_editions", lambda _: [])
        updating._put_on_shelf(world.edition)
    assert len(updating.kept_editions(world.edition)) == 2
    updating.go_back(world.edition)
    assert digest(world.edition) == world.before
    (kept,) = updating.kept_editions(world.edition)
    assert digest(kept) == after
    with monkeypatch.context() as killed:
        killed.setattr(updating, "remove_folder", lambda _: None)
        updating.go_back(world.edition)
    # Nothing is kept twice, whatever was left.
    updating.put_in_place(new, world.edition)
    kept = [json.dumps(digest(one)) for one in updating.kept_editions(world.edition)]
    assert len(kept) == len(set(kept))


def test_into_a_folder_of_ones_own_the_scenarios_come_too(world, tmp_path) -> None:
    new = newer_edition(world, tmp_path / "new", text="1")
    mine = tmp_path / "mine"
    assert updating.put_in_place(new, mine, along=world.edition) is None
    assert digest(mine) == {**world.before, **digest(new)}
    assert updating.kept_editions(mine) == []


def test_only_the_last_few_are_kept(world, tmp_path) -> None:
    formers = []
    for number in range(updating.MOST_KEPT + 2):
        new = newer_edition(world, tmp_path / f"new{number}", text=str(number))
        formers.append(updating.put_in_place(new, world.edition))
    assert updating.kept_editions(world.edition) == formers[: -updating.MOST_KEPT - 1 : -1]


def test_one_can_go_back_and_forth(tmp_path) -> None:
    edition = tmp_path / "milano"
    shutil.copytree(milano.edition_folder("milano"), edition)
    with pytest.raises(MissingFileError, match="no former edition is kept"):
        updating.go_back(edition)
    before, new = digest(edition), tmp_path / "new"
    shutil.copytree(edition, new)
    (new / "registry.csv").write_bytes((new / "registry.csv").read_bytes() + b"\n")
    updating.put_in_place(new, edition)
    after = digest(edition)
    assert after != before
    assert updating.go_back(edition) == edition
    assert digest(edition) == before
    updating.go_back(edition)
    assert digest(edition) == after
    assert len(updating.kept_editions(edition)) == 1


def test_a_damaged_former_edition_is_not_put_back(tmp_path) -> None:
    edition = tmp_path / "milano"
    shutil.copytree(milano.edition_folder("milano"), edition)
    former = updating.put_in_place(edition, edition)
    (former / "nil.parquet").write_bytes(b"")
    before = digest(edition)
    with pytest.raises(InputError, match=r"nil\.parquet"):
        updating.go_back(edition)
    assert digest(edition) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_moment_the_edition_is_the_old_or_the_new(world, tmp_path) -> None:
    """Fifty times ``kill -9`` at a random moment of fetching and putting in place."""
    world.server.put(OVERPASS, Answer(body=osm(), plain=True, piece=200, between_s=0.002))
    new = newer_edition(world, tmp_path / "new", text="1")
    states = {json.dumps(world.before), json.dumps({**world.before, **digest(new)})}
    chance = random.Random(15)  # noqa: S311 (no secret)
    for turn in range(50):
        child = os.fork()
        if not child:
            try:
                folder = tmp_path / f"raw{turn}"
                world.gathered(folder)
                updating.put_in_place(new, world.edition)
            finally:
                os._exit(0)
        moment = time.monotonic() + chance.uniform(0, 0.25)
        while time.monotonic() < moment:
            time.sleep(0.001)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert json.dumps(digest(world.edition)) in states
    rows = world.gathered(tmp_path / "after")
    assert rows["streets"].state == "unchanged"


def test_the_record_of_newer_files_is_read_as_it_was_written(tmp_path) -> None:
    assert milano_fetched.read_fetched(tmp_path) == {}
    one = Fetched(vintage="2026", origin="https://x.it/è", fetched="2026-11-26T12:00:00Z")
    milano_fetched.write_fetched({milano_feeds.STREETS: one}, tmp_path)
    assert milano_fetched.read_fetched(tmp_path) == {milano_feeds.STREETS: one}
    path = tmp_path / milano_fetched.FILE
    told = {"vintage": "", "origin": "", "fetched": ""}
    for said in (
        [],
        {"format": 2, "files": {}},
        {"format": 1, "files": []},
        {"format": 1, "files": {milano_feeds.STREETS: {**told, "more": ""}}},
        {"format": 1, "files": {milano_feeds.STREETS: {**told, "origin": 3}}},
        {"format": 1, "files": {"istat/istat_2011_milano.csv": told}},
    ):
        path.write_text(json.dumps(said))
        with pytest.raises(InputError):
            milano_fetched.read_fetched(tmp_path)


def test_the_vintages_of_newer_files_are_told() -> None:
    files = [milano_feeds.STREETS, *(FEEDS[name].file for name in ("nil", "civic_numbers"))]
    fetched = {file: Fetched(vintage="2026-09-01", origin="x", fetched="y") for file in files}
    told = milano_fetched.vintages(milano.VINTAGES, fetched, 2024)
    changed = {part: text for part, text in told.items() if text != milano.VINTAGES[part]}
    assert changed == {
        "streets": "2026-09-01; beyond that extract 2021-08",
        "residents": "level 2024 (NIL), pattern 2011 (census sections), addresses 2026-09-01",
        "renting_households": "share of 2011, households of 2024",
        "nil": "2026-09-01",
        "nil_figures": "ages and households 2024, heat and green 2024-07",
        "addresses": "2026-09-01",
        "open_spaces": "2021-08; buildings 2022; streets around them 2026-09-01; NIL 2026-09-01",
    }
    assert milano_fetched.vintages(milano.VINTAGES, {}, 2021) == milano.VINTAGES
    table = milano_fetched.sources_table(milano.SOURCES, fetched, 2024)
    assert table[FEEDS["ages"].file][3] == "2024"
    assert table[milano_feeds.STREETS][3] == "2026-09-01"
    assert milano_fetched.sources_table(milano.SOURCES, {}, 2021) == milano.SOURCES


def test_only_a_newer_file_may_have_other_totals_and_only_so_far() -> None:
    def close(found: float, total: float = 1000, where: str = "new.csv") -> None:
        require_totals({"n": found}, {"n": total}, source="x", where=where, mend="y")

    for where in ("new.csv", "other.csv"):
        with pytest.raises(InputError):
            close(1001, where=where)
    with newer({"new.csv": Change(less=0.1, more=0.2)}):
        for found in (900, 1000, 1200):
            close(found)
        for found in (899, 1201, float("nan")):
            with pytest.raises(InputError):
                close(found)
        with pytest.raises(InputError):
            close(1001, where="other.csv")
        # A few may become none, or many times as many.
        close(0, 34)
        close(100, 34)
        # What must not occur at all must not in a newer file.
        close(0, 0)
        with pytest.raises(InputError):
            close(401, 34)
    with pytest.raises(InputError):
        close(1001)
