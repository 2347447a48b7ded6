"""A file comes whole, from where it should come, or not at all; the one before it stays.

Against a real server on this machine: it breaks off, lies, redirects, is busy, slow or gone.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from quartieri15.errors import DownloadError, OutputError, ParameterError
from quartieri15.sources.cache import FOLDER_VARIABLE, Cache, cache_folder
from quartieri15.sources.downloading import Downloader
from quartieri15.sources.manners import Manners
from quartieri15.sources.transfers import NoAnswerError
from quartieri15.sources.web_addresses import require_url
from tests.sources.open_data_server import LOGIN_PAGE, Answer, open_data_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sources.open_data_server import OpenDataServer

QUICK = Manners(
    attempts=3,
    pause_s=0,
    connect_s=2,
    silence_s=0.3,
    total_s=20,
    first_wait_s=0.01,
    longest_wait_s=0.5,
)
CSV = b"ID_NIL,NIL\n" + b"".join(b"%d,zona %d\n" % (i, i) for i in range(2000))
MORE = 10**6


@pytest.fixture
def server() -> Iterator[OpenDataServer]:
    with open_data_server() as running:
        yield running


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def fetch(cache: Cache, url: str, *, manners: Manners = QUICK, **more) -> bytes:
    with cache.locked():
        kept = Downloader(cache, manners=manners, **more).fetch(url, kind="csv", most_bytes=MORE)
    return kept.path.read_bytes()


def test_a_file_comes_once_and_is_asked_for_again_only_if_it_changed(server, cache) -> None:
    url = server.file("/a.csv", CSV)
    assert fetch(cache, url) == CSV
    assert fetch(cache, url) == CSV
    first, second = server.requests_of("/a.csv")
    assert "If-None-Match" not in first
    assert second["If-None-Match"]
    assert second["If-Modified-Since"]
    assert first["User-Agent"].startswith("quartieri15/")
    assert first["Accept-Encoding"] == "identity"
    server.file("/a.csv", CSV + b"9999,nuova\n")
    assert fetch(cache, url).endswith(b"nuova\n")
    # The former version, which no entry names now, goes with the next run.
    with cache.locked():
        assert len(list((cache.folder / "contents").iterdir())) == 1


@pytest.mark.parametrize("cut", [1, 700, len(CSV) - 1])
def test_what_broke_off_is_gone_on_with(server, cache, cut) -> None:
    url = server.put("/a.csv", Answer(body=CSV, cut_after=cut), Answer(body=CSV))
    assert fetch(cache, url) == CSV
    assert server.requests_of("/a.csv")[1]["Range"] == f"bytes={cut}-"


def test_an_answer_in_chunks_that_breaks_off_is_not_taken_for_whole(server, cache) -> None:
    """Its length is not told before, as Overpass does."""
    cut = Answer(body=CSV, chunked=True, cut_after=9000, piece=1000, plain=True)
    url = server.put("/a.csv", cut, Answer(body=CSV, chunked=True, piece=1000))
    assert fetch(cache, url) == CSV
    assert len(server.asked) == 2


def test_a_file_that_changed_meanwhile_is_begun_anew(server, cache) -> None:
    newer = CSV.replace(b"zona", b"zone")
    url = server.put("/a.csv", Answer(body=CSV, cut_after=900), Answer(body=newer))
    assert fetch(cache, url) == newer


def test_a_file_that_always_breaks_off_is_named_and_resumed_by_the_next_run(server, cache) -> None:
    url = server.put("/a.csv", *[Answer(body=CSV, cut_after=400)] * 3, Answer(body=CSV))
    with pytest.raises(DownloadError, match=r"asked for 3 times and did not come: .*run again"):
        fetch(cache, url)
    assert cache.find(url) is None
    assert cache.partial(url).stat().st_size == 1200
    assert fetch(cache, url) == CSV
    assert server.requests_of("/a.csv")[-1]["Range"] == "bytes=1200-"


def test_a_part_that_ends_early_is_not_taken_for_the_rest(server, cache) -> None:
    def part(first: int, last: int, whole: int = len(CSV)) -> Answer:
        told = {"Content-Range": f"bytes {first}-{last}/{whole}"}
        return Answer(status=206, body=CSV[first : last + 1], headers=told)

    url = server.put("/a.csv", Answer(body=CSV, cut_after=400), part(400, 499), Answer(body=CSV))
    assert fetch(cache, url) == CSV
    assert [one.get("Range") for one in server.requests_of("/a.csv")] == [
        *(None, "bytes=400-", "bytes=500-")
    ]
    # Another part than was asked for, or of another file, is thrown away with what was there.
    for wrong in (part(300, len(CSV) - 1), part(400, len(CSV) - 1, whole=9)):
        newer = Answer(body=CSV, cut_after=400, etag='"newer"')
        url = server.put("/a.csv", newer, wrong, Answer(body=CSV, etag='"newer"'))
        assert fetch(cache, url) == CSV
        assert "Range" not in server.requests_of("/a.csv")[-1]
        server.put("/a.csv", Answer(body=b"a,b\n"))
        fetch(cache, url)


def test_a_server_without_ranges_sends_it_all_again(server, cache) -> None:
    url = server.put("/a.csv", Answer(body=CSV, cut_after=50, plain=True), Answer(body=CSV))
    assert fetch(cache, url) == CSV
    assert "Range" not in server.requests_of("/a.csv")[1]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(server, cache, status) -> None:
    url = server.put("/a.csv", Answer(status=status), Answer(status=status), Answer(body=CSV))
    assert fetch(cache, url) == CSV


@pytest.mark.parametrize("after", ["1", "date"])
def test_the_pause_a_server_asks_for_is_made(server, cache, after) -> None:
    text = formatdate(time.time() + 1.9, usegmt=True) if after == "date" else after
    busy = Answer(status=429, headers={"Retry-After": text})
    url = server.put("/a.csv", busy, Answer(body=CSV))
    patient = Manners(attempts=2, pause_s=0, first_wait_s=0.01, longest_wait_s=5)
    assert fetch(cache, url, manners=patient) == CSV
    first, second = (asked[-1] for asked in server.asked)
    assert second - first >= 0.85


def test_too_long_a_pause_is_told_and_not_made(server, cache) -> None:
    url = server.put("/a.csv", Answer(status=503, headers={"Retry-After": "3600"}))
    with pytest.raises(DownloadError, match=r"asks to wait 3,600 s .*503.*run again after that"):
        fetch(cache, url)
    assert len(server.asked) == 1


def test_between_two_requests_there_is_a_pause(server, cache) -> None:
    for name in ("/a.csv", "/b.csv"):
        server.file(name, CSV)
    polite = Manners(pause_s=0.2)
    with cache.locked():
        downloader = Downloader(cache, manners=polite)
        for name in ("/a.csv", "/b.csv"):
            downloader.fetch(server.base + name, kind="csv", most_bytes=MORE)
    first, second = (asked[-1] for asked in server.asked)
    assert second - first >= 0.19


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(status=404), r"answers 404 .*it has moved or is gone"),
        (Answer(status=403), r"answers 403 .*open the address in a browser"),
        (Answer(status=500), r"3 times and did not come: the server answers 500"),
        (Answer(status=429), r"3 times and did not come: the server answers 429"),
        (Answer(body=CSV, silence_s=1.0), r"silence for 0.3 s"),
        (Answer(body=LOGIN_PAGE), r"a web page \(HTML\) came where CSV was expected.*login"),
        (Answer(body=b"\n  <HTML>ciao"), r"a web page \(HTML\) came where CSV was expected"),
        (Answer(body=b""), r"an empty answer came where CSV was expected"),
        (Answer(body=b"\n\n<div>manutenzione</div>"), r"something else came"),
        (Answer(body=b'\n{"error": "down"}'), r"something else came"),
        (Answer(body=b"\x00\x01\x02"), r"something else came"),
        (Answer(body=b"\x1f\x8b\x08\x00\x00"), r"something else came"),
        (Answer(body=b"PK\x03\x04rest"), r"something else came"),
        (Answer(body=b"%PDF-1.7"), r"something else came"),
        (Answer(body=b"x" * (MORE + 1)), r"longer than 1 MB"),
        (Answer(body=b"x" * (MORE + 1), length=False), r"longer than 1 MB"),
        (Answer(body=CSV + b"\n", headers={"Content-Encoding": "gzip"}), r"comes packed \(gzip\)"),
        (
            Answer(status=302, headers={"Location": "https://elsewhere.example/a.csv"}),
            r"redirected elsewhere, to https://elsewhere.example/a.csv.*open the address",
        ),
        (
            Answer(status=301, headers={"Location": "http://elsewhere.example/a.csv"}),
            r"redirected elsewhere, to http://elsewhere",
        ),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), r"redirected elsewhere"),
        (Answer(status=302, headers={"Location": "http://[x"}), r"redirected elsewhere"),
        (Answer(status=302), r"redirected more than 5 times"),
    ],
    ids=lambda value: f"{value.status}-{len(value.body)}" if isinstance(value, Answer) else "",
)
def test_what_goes_wrong_is_named_with_its_mend_and_what_was_there_stays(
    server, cache, answer, said
) -> None:
    url = server.file("/a.csv", CSV)
    assert fetch(cache, url) == CSV
    server.put("/a.csv", answer)
    with pytest.raises(DownloadError, match=said) as caught:
        fetch(cache, url)
    assert caught.value.where == url
    assert caught.value.mend
    assert cache.find(url).path.read_bytes() == CSV
    with cache.locked():
        offline = Downloader(cache, offline=True).fetch(url, kind="csv", most_bytes=MORE)
    assert offline.path.read_bytes() == CSV


def test_a_redirect_on_the_same_host_or_a_listed_one_is_followed(server, cache) -> None:
    server.file("/there.csv", CSV)
    url = server.put("/a.csv", Answer(status=302, headers={"Location": "/there.csv"}))
    assert fetch(cache, url) == CSV
    other = server.base.replace("127.0.0.1", "localhost")
    url = server.put("/b.csv", Answer(status=302, headers={"Location": f"{other}/there.csv"}))
    with pytest.raises(DownloadError, match="redirected elsewhere"):
        fetch(cache, url)
    assert fetch(cache, url, hosts=["localhost"]) == CSV


def test_the_body_of_a_redirect_is_not_read(server, cache) -> None:
    server.file("/there.csv", CSV)
    endless = Answer(
        status=302,
        headers={"Location": "/there.csv"},
        body=b"x" * 10**6,
        piece=1000,
        between_s=0.05,
    )
    assert fetch(cache, server.put("/a.csv", endless)) == CSV


def test_a_slow_trickle_has_an_end(server, cache) -> None:
    url = server.put("/a.csv", Answer(body=CSV, piece=100, between_s=0.05))
    short = Manners(attempts=1, pause_s=0, silence_s=1, total_s=0.4)
    with pytest.raises(DownloadError, match=r"had not come whole after 0 s .*run again"):
        fetch(cache, url, manners=short)
    server.file("/a.csv", CSV)
    assert fetch(cache, url) == CSV
    assert "Range" in server.requests_of("/a.csv")[-1]


def test_a_redirect_to_another_server_of_the_same_host_is_refused(server, cache) -> None:
    with open_data_server() as other:
        there = other.file("/there.csv", CSV)
        url = server.put("/a.csv", Answer(status=302, headers={"Location": there}))
        with pytest.raises(DownloadError, match="redirected elsewhere"):
            fetch(cache, url)
        assert not other.asked


def test_redirects_in_a_circle_have_an_end(server, cache) -> None:
    url = server.put("/a.csv", Answer(status=302, headers={"Location": "/b.csv"}))
    server.put("/b.csv", Answer(status=302, headers={"Location": "/a.csv"}))
    with pytest.raises(DownloadError, match="redirected more than 5 times"):
        fetch(cache, url)
    assert len(server.asked) == 6


@pytest.mark.parametrize("length", ["\u00b2", "9" * 5000, "-1", "many"])
def test_a_length_that_is_no_number_is_not_believed(server, cache, length) -> None:
    answer = Answer(body=CSV, headers={"Content-Length": length}, length=False)
    assert fetch(cache, server.put("/a.csv", answer)) == CSV


def test_a_range_that_is_no_number_is_asked_for_anew(server, cache) -> None:
    told = {"Content-Range": f"bytes {'9' * 5000}-{'9' * 5001}/*"}
    wrong = Answer(status=206, body=CSV[400:], headers=told)
    url = server.put("/a.csv", Answer(body=CSV, cut_after=400), wrong, Answer(body=CSV))
    assert fetch(cache, url) == CSV


def test_it_is_told_who_is_asked_how_often_and_when_again(server, cache) -> None:
    steps: list[str] = []
    busy = Answer(status=503, headers={"Retry-After": "0"})
    fetch(cache, server.put("/a.csv", busy, busy, Answer(body=CSV)), progress=steps.append)
    assert steps == [
        "asking 127.0.0.1",
        "127.0.0.1: the server answers 503 (Service Unavailable); attempt 2 of 3 in 0 s",
        "asking 127.0.0.1, attempt 2 of 3",
        "127.0.0.1: the server answers 503 (Service Unavailable); attempt 3 of 3 in 0 s",
        "asking 127.0.0.1, attempt 3 of 3",
        "fetching a.csv",
    ]


def test_nobody_there(cache) -> None:
    """A host that has never answered is asked once more, not five times."""
    steps: list[str] = []
    with pytest.raises(NoAnswerError, match=r"asked 2 times: no connection \(Connection refused\)"):
        fetch(cache, "http://127.0.0.1:9/a.csv", progress=steps.append)
    assert [step for step in steps if step.startswith("asking")] == [
        "asking 127.0.0.1",
        "asking 127.0.0.1, attempt 2 of 2",
    ]


def test_a_host_that_takes_a_call_and_never_answers(cache) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a.csv"
        with pytest.raises(NoAnswerError, match=r"127.0.0.1 does not answer, .*silence for 0.3 s"):
            fetch(cache, url)


def test_without_anything_in_the_cache_it_is_not_offered(server, cache) -> None:
    url = server.put("/a.csv", Answer(body=CSV), Answer(status=500))
    with pytest.raises(DownloadError) as caught:
        fetch(cache, server.put("/b.csv", Answer(status=500)))
    assert "--offline" not in str(caught.value)
    fetch(cache, url)
    with pytest.raises(DownloadError, match="take what is in the cache with --offline"):
        fetch(cache, url)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(cache, tmp_path) -> None:
    pem = tmp_path / "own.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=127.0.0.1"),
            *("-keyout", str(pem), "-out", str(tmp_path / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    pem.write_text(pem.read_text() + (tmp_path / "cert.pem").read_text())
    with open_data_server(certificate=pem) as server:
        url = server.file("/a.csv", CSV)
        with pytest.raises(DownloadError, match=r"certificate is not valid \(.*self.signed"):
            fetch(cache, url)
        assert not server.asked


def test_no_password_is_sent(server, cache, tmp_path, monkeypatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    fetch(cache, server.file("/a.csv", CSV))
    assert "Authorization" not in server.asked[0][2]


@pytest.mark.parametrize(
    "url",
    [
        "http://dati.comune.milano.it/a.csv",
        "ftp://dati.comune.milano.it/a.csv",
        "https://me:secret@dati.comune.milano.it/a.csv",
        "https:///a.csv",
        "dati.comune.milano.it",
        "https://x.it/a b",
        "https://[x.it",
        "https://x.it:port/",
        "",
        None,
        3,
    ],
)
def test_addresses_that_are_not_asked(url) -> None:
    with pytest.raises(ParameterError):
        require_url(url, where="url")


def test_a_damaged_cache_counts_as_empty(server, cache) -> None:
    url = server.file("/a.csv", CSV)
    fetch(cache, url)
    kept = cache.find(url)
    kept.path.write_bytes(CSV[:-1])
    assert cache.find(url) is None
    assert fetch(cache, url) == CSV
    entry = next((cache.folder / "entries").iterdir())
    for said in (b"", b"[]", b'{"url": 1}', entry.read_bytes()[:40], b"\xff"):
        entry.write_bytes(said)
        assert cache.find(url) is None
    assert fetch(cache, url) == CSV


def test_a_beginning_that_nobody_goes_on_with_is_removed(server, cache) -> None:
    url = server.put("/a.csv", Answer(body=CSV, cut_after=400))
    with pytest.raises(DownloadError):
        fetch(cache, url)
    begun = cache.partial(url)
    for path in (begun, begun.with_suffix(".json")):
        os.utime(path, (0, 0))
    with cache.locked():
        assert not list((cache.folder / "partial").iterdir())


def test_what_killed_runs_have_left_hidden_is_removed(server, cache) -> None:
    url = server.file("/a.csv", CSV)
    fetch(cache, url)
    for within in ("entries", "partial"):
        left = cache.folder / within / ".0123.json.abcd1234"
        left.mkdir()
        (left / "0123.json").write_bytes(b"{")
        os.utime(left, (0, 0))
    with cache.locked():
        assert not list(cache.folder.glob("*/.*"))
    assert cache.find(url) is not None


def test_offline_without_the_file_says_so(server, cache) -> None:
    url = server.file("/a.csv", CSV)
    with pytest.raises(DownloadError, match="run once without --offline"):
        Downloader(cache, offline=True).fetch(url, kind="csv", most_bytes=MORE)
    assert not server.asked


def test_a_second_process_waits_for_the_first(cache) -> None:
    script = (
        "import sys; from quartieri15.sources.cache import Cache\n"
        "with Cache(sys.argv[1]).locked():\n    print('in', flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(cache.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "in\n"
        with (
            pytest.raises(OutputError, match="another run has used this cache"),
            cache.locked(wait_s=0.3),
        ):
            pass
        # Killed outright, it leaves no lock behind.
        other.kill()
        other.wait()
    with cache.locked(wait_s=5):
        pass


def _fetch_two(cache: Cache, urls: list[str]) -> None:
    with cache.locked():
        for url in urls:
            Downloader(cache, manners=QUICK).fetch(url, kind="csv", most_bytes=MORE)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_two_processes_at_once_fetch_into_one_cache(server, cache) -> None:
    bodies = {f"/{name}.csv": name.encode() * 20000 for name in ("a", "b")}
    for path, body in bodies.items():
        server.put(path, Answer(body=body, piece=4000, between_s=0.002))
    urls = [server.base + path for path in bodies]
    children = []
    for _ in range(3):
        children.append(os.fork())
        if not children[-1]:
            try:
                _fetch_two(cache, urls)
            except BaseException:  # noqa: BLE001 (told by the status)
                os._exit(1)
            os._exit(0)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    for url, body in zip(urls, bodies.values(), strict=True):
        assert cache.find(url).path.read_bytes() == body
    assert len([*(cache.folder / "contents").iterdir()]) == 2
    assert not [*(cache.folder / "partial").iterdir()]


def test_killed_at_any_moment_a_fetch_leaves_whole_files_only(server, cache) -> None:
    """Fifty times ``kill -9`` at a random moment of a process that fetches two files."""
    bodies = {f"/{name}.csv": name.encode() * 20000 for name in ("a", "b")}
    for path, body in bodies.items():
        server.put(path, Answer(body=body, piece=4000, between_s=0.002))
    urls = [server.base + path for path in bodies]
    # Forked from one process that has imported everything: fifty interpreters take a minute.
    chance = random.Random(15)  # noqa: S311 (no secret)
    for _ in range(50):
        for url in urls:
            if chance.random() < 0.5:
                kept = cache.find(url)
                if kept is not None:
                    cache.forget(kept)
        child = os.fork()
        if not child:
            try:
                _fetch_two(cache, urls)
            finally:
                os._exit(0)
        moment = time.monotonic() + chance.uniform(0, 0.12)
        while time.monotonic() < moment:
            time.sleep(0.001)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for url, body in zip(urls, bodies.values(), strict=True):
            kept = cache.find(url)
            assert kept is None or kept.path.read_bytes() == body
            begun = cache.partial(url)
            assert not begun.is_file() or body.startswith(begun.read_bytes())
    for url, body in zip(urls, bodies.values(), strict=True):
        assert fetch(cache, url) == body


def test_the_folder_of_the_cache(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert cache_folder() == tmp_path == Cache().folder
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert cache_folder().name == "quartieri15"


def test_a_cache_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match=r"name another one with --cache"),
        Cache(tmp_path / "file" / "cache").locked(),
    ):
        pass


def test_an_entry_is_plain_to_read(server, cache) -> None:
    url = server.file("/a.csv", CSV)
    fetch(cache, url)
    said = json.loads(next((cache.folder / "entries").iterdir()).read_text())
    assert (said["url"], said["size_bytes"]) == (url, len(CSV))
    assert said.keys() == {
        *("url", "sha256", "size_bytes", "fetched", "etag", "last_modified", "content_type")
    }
