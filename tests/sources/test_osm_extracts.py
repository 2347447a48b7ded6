"""The streets that touch a box come out whole, with nobody's name, or it is said why not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import osmium
import pytest

from quartieri15.errors import DownloadError, InputError, MissingFileError
from quartieri15.sources.cache import Cache
from quartieri15.sources.downloading import Downloader
from quartieri15.sources.osm import read_pbf
from quartieri15.sources.osm.extracts import cut_out, fetch_overpass, overpass_query
from tests.sources.open_data_server import LOGIN_PAGE, Answer, open_data_server
from tests.sources.test_downloading import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quartieri15.sources.tabular import Extent
    from tests.sources.open_data_server import OpenDataServer

BOX: Extent = (9.1, 45.4, 9.2, 45.5)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="Overpass API 0.7.62.8">'
    "\n<note>The data included in this document is from www.openstreetmap.org.</note>"
    '\n<meta osm_base="2026-11-25T21:04:12Z"/>\n'
)
INTERPRETER = "/api/interpreter"


def town(box: Extent = BOX, *, rows: int = 5) -> str:
    """Return a grid of streets across a box, as Overpass sends it."""
    west, south, east, north = box
    nodes, ways = [], []

    def number(i: int, j: int) -> int:
        return 1 + i * rows + j

    for i in range(rows):
        for j in range(rows):
            lon = west + (east - west) * i / (rows - 1)
            lat = south + (north - south) * j / (rows - 1)
            nodes.append(
                f'<node id="{number(i, j)}" version="1" timestamp="2020-05-01T00:00:00Z" '
                f'user="who" uid="7" changeset="9" lat="{lat:.7f}" lon="{lon:.7f}"/>'
            )
        for way, line in (
            (100 + i, [number(i, j) for j in range(rows)]),
            (200 + i, [number(j, i) for j in range(rows)]),
        ):
            refs = "".join(f'<nd ref="{ref}"/>' for ref in line)
            ways.append(
                f'<way id="{way}" version="3" timestamp="2024-02-03T00:00:00Z" user="who" uid="7" '
                f'changeset="9">{refs}<tag k="highway" v="residential"/>'
                f'<tag k="name" v="Via {way}"/></way>'
            )
    return "\n".join([*nodes, *ways])


def whole(box: Extent = BOX) -> str:
    return f"{HEAD}{town(box)}\n</osm>\n"


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "town.osm"
    path.write_text(whole(), encoding="utf-8")
    return path


@pytest.fixture
def server() -> Iterator[OpenDataServer]:
    with open_data_server() as running:
        yield running


@pytest.fixture
def downloader(tmp_path: Path) -> Downloader:
    return Downloader(Cache(tmp_path / "cache"), manners=QUICK)


def test_the_streets_are_those_of_the_file(extract, tmp_path) -> None:
    target = tmp_path / "cut.osm.pbf"
    cut = cut_out(extract, target, extent=BOX)
    assert dataclasses.asdict(cut) == {"ways": 10, "nodes": 25, "date": "2026-11-25"}
    old, new = (read_pbf(path, crs="EPSG:32632")[0] for path in (extract, target))
    assert old.edges.equals(new.edges)
    assert old.nodes.equals(new.nodes)


def test_nobody_is_named_in_it(extract, tmp_path) -> None:
    target = tmp_path / "cut.osm.pbf"
    cut_out(extract, target, extent=BOX)
    told = [(thing.user, thing.uid, thing.changeset) for thing in osmium.FileProcessor(target)]
    assert told == [("", 0, 0)] * 35
    assert b"who" not in target.read_bytes()


def test_a_street_that_touches_the_box_stays_whole_and_others_are_left(extract, tmp_path) -> None:
    target = tmp_path / "cut.osm.pbf"
    inner = (9.12, 45.42, 9.155, 45.455)
    cut = cut_out(extract, target, extent=inner)
    # Of the lines at 9.1, 9.125, 9.15 ... the two within, both ways.
    assert cut.ways == 4
    streets, _ = read_pbf(target, crs="EPSG:32632")
    assert set(streets.edges["osm_way_id"]) == {101, 102, 201, 202}
    lon = streets.nodes.to_crs("EPSG:4326").geometry.x
    assert lon.min() < 9.101
    assert lon.max() > 9.199


def test_without_a_stated_day_the_newest_way_tells_it(tmp_path) -> None:
    path = tmp_path / "town.osm"
    path.write_text(f'<osm version="0.6">{town()}</osm>', encoding="utf-8")
    assert cut_out(path, tmp_path / "a.osm.pbf", extent=BOX).date == "2024-02-03"
    path.write_text(
        f'<osm version="0.6">{town()}</osm>'.replace('timestamp="2024-02-03T00:00:00Z" ', ""),
        encoding="utf-8",
    )
    assert not cut_out(path, tmp_path / "a.osm.pbf", extent=BOX).date


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((9.1, 45.4, 9.2, 45.52), "do not reach to the north of"),
        ((9.05, 45.4, 9.25, 45.5), "do not reach to the west and the east of"),
        ((10.1, 45.4, 10.2, 45.5), "no street of it touches 10.1-10.2 E"),
    ],
)
def test_an_extract_that_is_too_small_is_refused(extract, tmp_path, box, said) -> None:
    target = tmp_path / "cut.osm.pbf"
    target.write_bytes(b"former")
    with pytest.raises(InputError, match=said):
        cut_out(extract, target, extent=box)
    assert target.read_bytes() == b"former"


def test_what_is_no_extract_is_named_and_what_was_there_stays(extract, tmp_path) -> None:
    target = tmp_path / "cut.osm.pbf"
    target.write_bytes(b"former")
    with pytest.raises(MissingFileError):
        cut_out(tmp_path / "none.osm", target, extent=BOX)
    for content in (b"", LOGIN_PAGE, whole().encode()[:3000]):
        extract.write_bytes(content)
        with pytest.raises(InputError):
            cut_out(extract, target, extent=BOX)
    assert target.read_bytes() == b"former"


def test_overpass_is_asked_once_and_its_answer_is_kept(server, downloader) -> None:
    body = whole().encode()
    url = server.put(INTERPRETER, Answer(body=body, chunked=True, plain=True))
    kept = fetch_overpass(downloader, BOX, overpass=url)
    assert kept.path.read_bytes() == body
    method, _, _, sent, _ = server.asked[0]
    assert method == "POST"
    assert parse_qs(sent.decode())["data"] == [overpass_query(BOX)]
    assert "bbox:45.4,9.1,45.5,9.2" in overpass_query(BOX)
    offline = Downloader(downloader.cache, offline=True)
    assert fetch_overpass(offline, BOX, overpass=url).path.read_bytes() == body
    with pytest.raises(DownloadError, match="without --offline"):
        fetch_overpass(offline, (9.0, 45.4, 9.2, 45.5), overpass=url)


TIMED_OUT = (
    f"{HEAD}<remark> runtime error: Query timed out in &quot;query&quot; at line 1 after 301 "
    "seconds. </remark>\n</osm>\n"
)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([Answer(body=TIMED_OUT.encode())], r"not whole: runtime error: Query timed out.*extract"),
        ([Answer(body=whole().encode()[:-20])], r"not whole: it is cut off"),
        ([Answer(body=LOGIN_PAGE)], r"web page \(HTML\) came where OpenStreetMap XML"),
        ([Answer(status=429)], r"3 times .*429"),
        ([Answer(status=504)], r"3 times .*504"),
        ([Answer(status=400, body=b"<html>parse error</html>")], r"answers 400"),
        ([Answer(body=whole().encode(), cut_after=500, chunked=True, plain=True)], "broke off"),
        ([Answer(body=whole().encode(), silence_s=0.8)], "silence for 0.3 s"),
    ],
    ids=["timeout", "cut", "page", "429", "504", "400", "broken", "slow"],
)
def test_an_answer_of_overpass_that_is_none_is_named(server, downloader, answers, said) -> None:
    url = server.put(INTERPRETER, *answers)
    with pytest.raises(DownloadError, match=said):
        fetch_overpass(downloader, BOX, overpass=url)
    # It is not taken from the cache afterwards.
    with pytest.raises(DownloadError, match="not in the cache"):
        fetch_overpass(Downloader(downloader.cache, offline=True), BOX, overpass=url)


def test_too_many_requests_first_and_then_the_answer(server, downloader) -> None:
    url = server.put(INTERPRETER, Answer(status=429), Answer(body=whole().encode()))
    assert fetch_overpass(downloader, BOX, overpass=url).path.is_file()
