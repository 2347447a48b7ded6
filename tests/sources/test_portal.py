"""The newest fitting file of a dataset is taken, and anything else the portal says is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.errors import DownloadError, InputError, ParameterError
from quartieri15.sources.cache import Cache
from quartieri15.sources.downloading import Downloader
from quartieri15.sources.portal import choose_resource, fetch_resource, find_resources
from tests.sources.open_data_server import LOGIN_PAGE, Answer, open_data_server
from tests.sources.test_downloading import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sources.open_data_server import OpenDataServer

NIL = "ds964-nil-vigenti-pgt-2030"
SHOW = "/api/3/action/package_show"


@pytest.fixture
def server() -> Iterator[OpenDataServer]:
    with open_data_server() as running:
        yield running


@pytest.fixture
def downloader(tmp_path: Path) -> Downloader:
    return Downloader(Cache(tmp_path / "cache"), manners=QUICK)


def found(downloader: Downloader, server: OpenDataServer, dataset: str, **more):
    return find_resources(downloader, dataset, portal=server.base, **more)


def chosen(resources, *formats: str, pattern: str = ""):
    return choose_resource(resources, formats=formats, pattern=pattern, where="ds1")


def test_a_dataset_is_found_by_its_name_and_by_its_number(server, downloader) -> None:
    path = "/dataset/e8e7/resource/9c4e/download/ds964_nil_wm.geojson"
    server.package(NIL, server.resource(path, "GeoJSON"), server.resource("/ds964.csv", "CSV"))
    server.package("ds96-other", server.resource("/other.geojson", "GeoJSON"))
    for name in (NIL, None, "ds964-as-it-was-called"):
        resources = found(downloader, server, "ds964", name=name)
        one = chosen(resources, "geojson", pattern="nil")
        assert (one.file_name, one.modified[:10]) == ("ds964_nil_wm.geojson", "2026-09-01")
        assert one.url == server.base + path
    assert [asked[1].partition("?")[0].rpartition("/")[2] for asked in server.asked] == [
        *("package_show", "package_search", "package_show", "package_search")
    ]


def test_a_number_is_not_the_beginning_of_another(server, downloader) -> None:
    server.package("ds60_infogeo_piste_ciclabili_localizzazione_")
    server.package("ds600-altro")
    server.package("ds60b-altro")
    assert found(downloader, server, "ds60") == []
    server.package("ds60-due")
    with pytest.raises(DownloadError, match=r"it may be ds60_infogeo\S+, ds60-due.*--dataset"):
        found(downloader, server, "ds60")
    with pytest.raises(DownloadError, match=r"dataset ds61: the portal has no such dataset"):
        found(downloader, server, "ds61")


def test_without_the_network_a_renamed_dataset_is_found_again(server, downloader) -> None:
    server.package("ds964-nuovo", server.resource("/a.csv", "CSV"))
    resources = found(downloader, server, "ds964", name=NIL)
    offline = Downloader(downloader.cache, offline=True)
    assert found(offline, server, "ds964", name=NIL) == resources


def test_the_newest_of_those_that_fit_is_taken(server, downloader) -> None:
    server.package(
        NIL,
        server.resource("/ds964_nil_2020.geojson", "GEOJSON", "2020-01-01T00:00:00"),
        server.resource("/ds964_nil_2026.geojson", "", "2026-01-01T00:00:00"),
        server.resource("/ds964_nil_2027.csv", "CSV", "2027-01-01T00:00:00"),
        server.resource("/readme.geojson", "geojson", "2028-01-01T00:00:00"),
    )
    resources = found(downloader, server, "ds964", name=NIL)
    assert chosen(resources, "geojson", pattern="nil").file_name == "ds964_nil_2026.geojson"
    with pytest.raises(DownloadError, match=r"no file of it is a zip .*readme\.geojson \(2028"):
        chosen(resources, "zip")


def test_an_earlier_year_that_was_corrected_later_is_not_the_newest(server, downloader) -> None:
    server.package(
        NIL,
        server.resource("/ds1940_2023.csv", "CSV", "2025-03-01T00:00:00"),
        server.resource("/ds1940_2024.csv", "CSV", "2024-12-01T00:00:00"),
        server.resource("/serie_2007_2022.csv", "CSV", "2026-01-01T00:00:00"),
    )
    resources = found(downloader, server, "ds964", name=NIL)
    assert [one.year for one in resources] == [2023, 2024, 2022]
    assert chosen(resources, "csv").file_name == "ds1940_2024.csv"


def test_a_file_without_a_year_may_be_the_newest(server, downloader) -> None:
    server.package(
        NIL,
        server.resource("/nil.csv", "CSV", "2026-01-01T00:00:00", name="NIL (PGT 2030)"),
        server.resource("/nil_20200302.csv", "CSV", "2020-03-02T00:00:00"),
    )
    resources = found(downloader, server, "ds964", name=NIL)
    assert [one.year for one in resources] == [None, 2020]
    assert chosen(resources, "csv").file_name == "nil.csv"


def test_what_is_not_published_is_not_taken(server, downloader) -> None:
    server.package(
        NIL,
        server.resource("/new.csv", "CSV", "2026-09-09T00:00:00", state="draft"),
        server.resource("/gone.csv", "CSV", "2026-09-09T00:00:00", state="deleted"),
        server.resource("/old.csv", "CSV", "2024-01-01T00:00:00"),
    )
    assert chosen(found(downloader, server, "ds964", name=NIL), "csv").file_name == "old.csv"
    for private in ({"private": True}, {"state": "deleted"}):
        server.packages[NIL] |= private
        with pytest.raises(DownloadError, match="it is not published"):
            found(downloader, server, "ds964", name=NIL)
        with pytest.raises(DownloadError, match="has no such dataset"):
            found(downloader, server, "ds964")


def test_a_file_on_another_server_of_the_host_is_refused(server, downloader) -> None:
    with open_data_server() as other:
        server.package(NIL, server.resource("/a.csv", "CSV", url=other.file("/a.csv", b"a,b\n")))
        one = chosen(found(downloader, server, "ds964", name=NIL), "csv")
        with pytest.raises(DownloadError, match="lies elsewhere"):
            fetch_resource(downloader, one, kind="csv", portal=server.base)
        assert not other.asked


def test_without_a_change_the_day_it_was_made_counts(server, downloader) -> None:
    server.package(
        NIL,
        server.resource("/old.csv", "CSV", None, created="2019-08-05T12:13:29"),
        server.resource("/new.csv", "CSV", None, created="2024-08-05T12:13:29"),
    )
    assert chosen(found(downloader, server, "ds964", name=NIL), "csv").file_name == "new.csv"


def test_two_that_are_equally_new_are_refused_and_named(server, downloader) -> None:
    server.package(NIL, server.resource("/a.csv", "CSV"), server.resource("/b.csv", "CSV"))
    with pytest.raises(DownloadError, match=r"2 files fit and are equally new: a\.csv .*b\.csv"):
        chosen(found(downloader, server, "ds964", name=NIL), "csv")


def test_a_file_without_an_address_is_refused(server, downloader) -> None:
    server.package(NIL, server.resource("/a.csv", "CSV", url=None))
    with pytest.raises(DownloadError, match=r"the file a\.csv \(2026-09-01\) has no address"):
        chosen(found(downloader, server, "ds964", name=NIL), "csv")


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/a.csv", "http://dati.comune.milano.it/a.csv", "/a.csv", "x"]
)
def test_a_file_that_lies_elsewhere_is_refused(server, downloader, url) -> None:
    server.package(NIL, server.resource("/a.csv", "CSV", url=url))
    one = chosen(found(downloader, server, "ds964", name=NIL), "csv")
    with pytest.raises(DownloadError, match=rf"lies elsewhere, at {url}"):
        fetch_resource(downloader, one, kind="csv", portal=server.base)


def test_a_file_on_a_listed_host_is_taken(server, downloader) -> None:
    other = server.base.replace("127.0.0.1", "localhost")
    server.file("/a.csv", b"a,b\n")
    server.package(NIL, server.resource("/a.csv", "CSV", url=f"{other}/a.csv"))
    one = chosen(found(downloader, server, "ds964", name=NIL), "csv")
    with pytest.raises(DownloadError, match="lies elsewhere"):
        fetch_resource(downloader, one, kind="csv", portal=server.base)
    listed = Downloader(downloader.cache, manners=QUICK, hosts=["localhost"])
    kept = fetch_resource(listed, one, kind="csv", portal=server.base)
    assert kept.path.read_bytes() == b"a,b\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"success": false, "error": {"message": "Access denied"}}', r"failed \(Access denied\)"),
        (b'{"success": false}', r"failed \(without a reason\)"),
        (b'{"success": "yes", "result": {"resources": []}}', "failed"),
        (b"[]", "failed"),
        (b'{"success": true, "result": ', "the answer is not JSON"),
        (b'{"success": true, "result": {}}', "lists no files"),
        (b'{"success": true, "result": {"resources": {"url": "x"}}}', "lists no files"),
        (b'{"success": true, "result": {"resources": ["x"]}}', "lists no files"),
        (b'{"success": true, "result": null}', "lists no files"),
        (b"{" + b"[" * 100_000, "the answer is not JSON"),
        (LOGIN_PAGE, r"a web page \(HTML\) came where JSON was expected"),
        (b"tomorrow", "something else came"),
    ],
)
def test_an_answer_that_is_none_is_named(server, downloader, body, said) -> None:
    server.put(SHOW, Answer(body=body))
    with pytest.raises(DownloadError, match=said) as caught:
        found(downloader, server, "ds964", name=NIL)
    assert caught.value.mend


@pytest.mark.parametrize("status", [403, 409, 500])
def test_a_portal_that_is_down_is_named(server, downloader, status) -> None:
    server.put(SHOW, Answer(status=status, body=b'{"success": false}'))
    with pytest.raises(DownloadError, match=f"answers {status}") as caught:
        found(downloader, server, "ds964", name=NIL)
    assert caught.value.status == status


@pytest.mark.parametrize("portal", ["dati.comune.milano.it", "http://dati.comune.milano.it", 5])
def test_a_portal_that_may_not_be_asked(downloader, portal) -> None:
    with pytest.raises(ParameterError, match="portal"):
        find_resources(downloader, "ds964", portal=portal)


def test_both_errors_are_of_this_library() -> None:
    assert issubclass(DownloadError, OSError)
    assert not issubclass(DownloadError, InputError)
