"""One file on its way: asked for, gone on with, waited for, and checked before it is kept.

What a busy server asks for (``Retry-After``) is done; what broke off is gone on with (``Range``
with ``If-Range``), what has not changed is not sent again (``If-None-Match``,
``If-Modified-Since``). Headers and answers are those of RFC 9110.
"""

from __future__ import annotations

import math
import random
import re
import time
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from quartieri15.errors import DownloadError
from quartieri15.sources.cache import Stated
from quartieri15.sources.manners import wait_asked_s
from quartieri15.sources.web_addresses import LOCAL, host_of, require_url, same_server

if TYPE_CHECKING:
    from pathlib import Path

    import requests

    from quartieri15.sources.cache import Kept
    from quartieri15.sources.downloading import Downloader

MEGABYTE: Final = 10**6
_CHUNK: Final = 1 << 16
_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_OK, _PARTIAL, _NOT_MODIFIED, _NOT_SATISFIABLE, _ERROR = 200, 206, 304, 416, 400
# Asked again after a pause: the server is busy, or broken for a moment.
_BUSY: Final = (408, 425, 429, 500, 502, 503, 504)
_RESUME = "run again: what has come is kept, and the rest is asked for"
_HEAD_BYTES: Final = 512
_TOLD_EVERY_S: Final = 2.0
"""How often it is told how much of a file has come."""
_ATTEMPTS_UNANSWERED: Final = 2
"""How often a host is asked that has never answered: it is rather the network, or the address."""

_SIGNS: Final = {
    "json": (rb"\s*[{\[]", "JSON"),
    "geojson": (rb"\s*\{", "GeoJSON"),
    # Neither a page, nor JSON, nor something packed, nor a PDF.
    "csv": (rb"\s*+(?!PK\x03\x04|\x1f\x8b|%PDF)[^<{\[\x00]", "CSV"),
    "zip": (rb"PK\x03\x04", "a zip archive"),
    "osm": (rb"\s*(<\?xml[^>]*>\s*)?<osm", "OpenStreetMap XML"),
    "pbf": (rb".{0,16}OSMHeader", "OpenStreetMap PBF"),
}
"""How a file of each kind begins."""
_PART: Final = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")


class NoAnswerError(DownloadError):
    """A host has not answered at all: nothing else will come from it now."""


class _Again(Exception):  # noqa: N818 (it is no error yet)
    """One attempt has failed, and another may succeed."""

    def __init__(self, why: str, *, wait_s: float | None = None, status: int | None = None) -> None:
        super().__init__(why)
        self.wait_s, self.status = wait_s, status


@dataclass
class Transfer:
    """One file on its way."""

    downloader: Downloader
    url: str
    key: str
    kind: str
    most_bytes: int
    asked: str | None

    def __post_init__(self) -> None:
        self.manners, self.cache = self.downloader.manners, self.downloader.cache
        self.until = time.monotonic() + self.manners.total_s

    def run(self) -> Kept:
        """Return the file, as :meth:`Downloader.fetch` says."""
        host, wait_s, attempt = host_of(self.url), self.manners.first_wait_s, 1
        self.downloader.say(f"asking {host}")
        while True:
            try:
                return self._attempt()
            except _Again as failed:
                why = failed
            most = self.manners.attempts
            if host not in self.downloader.answered:
                most = min(most, _ATTEMPTS_UNANSWERED)
            pause = why.wait_s
            if pause is None:
                pause = wait_s * random.uniform(0.5, 1)  # noqa: S311 (no secret)
                wait_s = min(2 * wait_s, self.manners.longest_wait_s)
            elif pause > self.manners.longest_wait_s:
                raise DownloadError(
                    f"the server asks to wait {pause:,.0f} s ({why})",
                    where=self.url,
                    mend="run again after that; what has come is kept",
                    status=why.status,
                )
            if attempt >= most or time.monotonic() + pause > self.until:
                raise self._given_up(why, attempt)
            attempt += 1
            again = f"attempt {attempt} of {most}"
            self.downloader.say(f"{host}: {why}; {again} in {math.ceil(pause)} s")
            time.sleep(pause)
            self.downloader.say(f"asking {host}, {again}")

    def _given_up(self, why: _Again, attempts: int) -> DownloadError:
        times = "once" if attempts == 1 else f"{attempts} times"
        kept = "; or take what is in the cache with --offline" if self.cache.find(self.key) else ""
        if host_of(self.url) not in self.downloader.answered:
            return NoAnswerError(
                f"{host_of(self.url)} does not answer, asked {times}: {why}",
                where=self.url,
                mend=f"check the network and the address, or run again later{kept}",
            )
        return DownloadError(
            f"it was asked for {times} and did not come: {why}",
            where=self.url,
            mend=f"{_RESUME}{kept}",
            status=why.status,
        )

    def _attempt(self) -> Kept:
        import requests
        import urllib3

        try:
            with requests.Session() as session:
                # Without this, a password for the host in ~/.netrc would be sent.
                session.auth = _without_credentials
                session.trust_env = host_of(self.url) not in LOCAL
                response = self._response(session)
                with response:
                    return self._taken(response)
        except requests.exceptions.SSLError as error:
            raise DownloadError(
                f"its certificate is not valid ({_short(error)})",
                where=self.url,
                mend="check the address, and the clock of this machine; it is never left unchecked",
            ) from error
        except requests.exceptions.ConnectTimeout as error:
            raise _Again(f"no connection within {self.manners.connect_s:g} s") from error
        except requests.exceptions.Timeout as error:
            raise _Again(f"silence for {self.manners.silence_s:g} s") from error
        except requests.exceptions.ConnectionError as error:
            raise _Again(f"no connection ({_short(error)})") from error
        except urllib3.exceptions.ReadTimeoutError as error:
            raise _Again(f"silence for {self.manners.silence_s:g} s") from error
        except urllib3.exceptions.HTTPError as error:
            raise _Again("it broke off") from error
        except requests.exceptions.RequestException as error:
            raise DownloadError(
                f"it cannot be asked for ({_short(error)})",
                where=self.url,
                mend="check the address and the proxy",
            ) from error

    def _response(self, session: requests.Session) -> requests.Response:
        """Ask, and follow redirects that stay where they may."""
        import requests

        url, asked = self.url, self.asked
        for _ in range(_MOST_REDIRECTS + 1):
            self.downloader.await_turn(host_of(url))
            request = requests.Request(
                "GET" if asked is None else "POST",
                url,
                data=None if asked is None else {"data": asked},
                headers=self._headers(),
            )
            # Not through the session, which would read the whole body of a redirect.
            settings = session.merge_environment_settings(url, {}, True, None, None)  # noqa: FBT003
            try:
                response = session.get_adapter(url).send(
                    session.prepare_request(request),
                    timeout=(self.manners.connect_s, self.manners.silence_s),
                    **settings,
                )
            finally:
                self.downloader.note_turn(host_of(url))
            self.downloader.answered.add(host_of(url))
            if response.status_code not in _REDIRECTS:
                return response
            response.close()
            target = self._permitted(url, response.headers.get("Location", ""))
            url, asked = target, asked if response.status_code in (307, 308) else None
        raise DownloadError(
            f"it was redirected more than {_MOST_REDIRECTS} times",
            where=self.url,
            mend="check the address",
        )

    def _headers(self) -> dict[str, str]:
        headers = {
            "User-Agent": f"quartieri15/{metadata.version('quartieri15')} "
            "(open data of cities; one request at a time)",
            # Lengths and ranges are those of the file itself.
            "Accept-Encoding": "identity",
        }
        begun = self.cache.begun(self.key)
        if begun is not None:
            size = self.cache.partial(self.key).stat().st_size
            headers |= {"Range": f"bytes={size}-", "If-Range": str(begun.validator)}
        elif (kept := self.cache.find(self.key)) is not None:
            if kept.etag:
                headers["If-None-Match"] = kept.etag
            if kept.last_modified:
                headers["If-Modified-Since"] = kept.last_modified
        return headers

    def _permitted(self, url: str, target: str) -> str:
        """Return where a redirect leads, if that is the same server or a listed host."""
        try:
            target = require_url(urljoin(url, target), where="Location")
            fits = same_server(self.url, target) or host_of(target) in self.downloader.hosts
        except ValueError:
            fits = False
        if not fits:
            raise DownloadError(
                f"it is redirected elsewhere, to {target}",
                where=self.url,
                mend="open the address in a browser; if the data have moved there, allow it with "
                "--host, or save them and give the file",
            )
        return target

    def _taken(self, response: requests.Response) -> Kept:
        status, headers = response.status_code, response.headers
        if status == _NOT_MODIFIED:
            kept = self.cache.find(self.key)
            if kept is None:
                raise _Again("the server says that nothing has changed, and nothing is here")
            return kept
        if status == _NOT_SATISFIABLE:
            self.cache.forget_partial(self.key)
            raise _Again("the file has become shorter", wait_s=0)
        if status in _BUSY:
            wait_s = wait_asked_s(headers.get("Retry-After"))
            raise _Again(
                f"the server answers {status} ({response.reason})", wait_s=wait_s, status=status
            )
        if status not in (_OK, _PARTIAL):
            gone = status in (404, 410)
            raise DownloadError(
                f"the server answers {status} ({response.reason})",
                where=self.url,
                mend="look for it on the site of its publisher: it has moved or is gone"
                if gone
                else "open the address in a browser: it may need a login, or be closed",
                status=status,
            )
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise DownloadError(
                f"it comes packed ({headers['Content-Encoding']}), which was not asked for",
                where=self.url,
                mend="save it with a browser and give the file",
            )
        path, stated, there = self._opened(response)
        self._require_length(stated.size_bytes)
        came = self._written(response, path, there)
        if stated.size_bytes is not None and came != stated.size_bytes:
            if came > stated.size_bytes:
                self.cache.forget_partial(self.key)
            raise _Again(f"{came:,} of {stated.size_bytes:,} bytes came")
        self._require_kind(path, headers.get("Content-Type", ""))
        return self.cache.keep(self.key, stated)

    def _opened(self, response: requests.Response) -> tuple[Path, Stated, int]:
        """Return where to write, what is stated of the whole file, and how much is there."""
        headers = response.headers
        length = re.fullmatch(r"[0-9]{1,18}", headers.get("Content-Length", ""))
        begun = self.cache.begun(self.key)
        if response.status_code == _PARTIAL:
            there = self.cache.partial(self.key).stat().st_size if begun else -1
            told = _PART.fullmatch(headers.get("Content-Range", ""))
            whole = int(told[2]) if told and told[2] != "*" else None
            same = begun and (begun.size_bytes is None or whole in (None, begun.size_bytes))
            if begun is None or told is None or int(told[1]) != there or not same:
                self.cache.forget_partial(self.key)
                raise _Again("another part came than was asked for", wait_s=0)
            return self.cache.partial(self.key), begun, there
        stated = Stated(
            etag=headers.get("ETag"),
            last_modified=headers.get("Last-Modified"),
            content_type=headers.get("Content-Type"),
            size_bytes=int(length[0]) if length else None,
        )
        return self.cache.begin(self.key, stated), stated, 0

    def _written(self, response: requests.Response, path: Path, there: int) -> int:
        name, came = urlsplit(self.url).path.rpartition("/")[2], there
        name = host_of(self.url) if self.kind in ("json", "osm") else name
        told = time.monotonic()
        if self.kind != "json":
            self.downloader.say(f"fetching {name}")
        with path.open("ab") as file:
            # What has come is taken at once, so that nothing of it is lost when the line breaks,
            # and a trickle is seen.
            while chunk := response.raw.read1(_CHUNK):
                file.write(chunk)
                came += len(chunk)
                self._require_length(came)
                now = time.monotonic()
                if now > self.until:
                    raise DownloadError(
                        f"it had not come whole after {self.manners.total_s:,.0f} s "
                        f"({came / MEGABYTE:,.1f} MB came)",
                        where=self.url,
                        mend=_RESUME,
                    )
                if now - told > _TOLD_EVERY_S:
                    told = now
                    self.downloader.say(f"fetching {name}: {came / MEGABYTE:,.1f} MB")
        return came

    def _require_length(self, size: int | None) -> None:
        if size is not None and size > self.most_bytes:
            self.cache.forget_partial(self.key)
            raise DownloadError(
                f"it is longer than {self.most_bytes / MEGABYTE:,.0f} MB, the most that is taken",
                where=self.url,
                mend="check the address: it is hardly the file that is meant",
            )

    def _require_kind(self, path: Path, content_type: str) -> None:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf")
        sign, said = _SIGNS[self.kind]
        page = re.match(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html)", head, re.IGNORECASE)
        if page is None and re.match(sign, head, re.DOTALL):
            return
        self.cache.forget_partial(self.key)
        if not head:
            what = "an empty answer came"
        elif page or "html" in content_type:
            what = "a web page (HTML) came"
        else:
            what = f"something else came ({content_type or 'of no stated kind'})"
        raise DownloadError(
            f"{what} where {said} was expected",
            where=self.url,
            mend="open the address in a browser: it may ask for a login, or say that the site is "
            "being worked on",
        )


def _without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _short(error: BaseException) -> str:
    """Return what was wrong at the bottom of an error of the network library."""
    inner = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
