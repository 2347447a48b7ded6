"""Fetching a file over the network: politely, whole, from where it should come, or not at all.

One request at a time, with a pause between two to the same host; what a busy server asks for
(``Retry-After``) is done; what broke off is gone on with (``Range`` with ``If-Range``), what has
not changed is not sent again (``If-None-Match``, ``If-Modified-Since``). Headers and answers are
those of RFC 9110.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import random
import re
import time
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from quartieri15.arguments import is_finite, require_whole, shown
from quartieri15.errors import DownloadError, ParameterError
from quartieri15.progress import quiet
from quartieri15.sources.cache import Stated

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import requests

    from quartieri15.progress import Say
    from quartieri15.sources.cache import Cache, Kept

MEGABYTE: Final = 10**6
_CHUNK: Final = 1 << 16
_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_OK, _PARTIAL, _NOT_MODIFIED, _NOT_SATISFIABLE, _ERROR = 200, 206, 304, 416, 400
# Asked again after a pause: the server is busy, or broken for a moment.
_BUSY: Final = (408, 425, 429, 500, 502, 503, 504)
_RESUME = "run again: what has come is kept, and the rest is asked for"
_HEAD_BYTES: Final = 512
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that need no encryption: this machine."""

_SIGNS: Final = {
    "json": (rb"\s*[{\[]", "JSON"),
    "geojson": (rb"\s*\{", "GeoJSON"),
    "csv": (rb"[^<\x00]", "CSV"),
    "zip": (rb"PK\x03\x04", "a zip archive"),
    "osm": (rb"\s*(<\?xml[^>]*>\s*)?<osm", "OpenStreetMap XML"),
    "pbf": (rb".{0,16}OSMHeader", "OpenStreetMap PBF"),
}
"""How a file of each kind begins."""


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How patient and how polite to be.

    Parameters
    ----------
    attempts
        How often to ask for one file.
    pause_s
        The least time between two requests to one host.
    connect_s, silence_s
        How long a connection may take, and how long it may stay silent.
    total_s
        How long one file may take, all attempts together.
    first_wait_s, longest_wait_s
        The pause after the first failure, twice as long after every further one, up to the
        longest; a random part of up to a half is taken off, so that many clients do not come
        back at once. A server that asks for a longer pause than the longest is not waited for.

    Raises
    ------
    ParameterError
        If one is no number, or too small.

    Examples
    --------
    >>> Manners(attempts=0)
    Traceback (most recent call last):
    ...
    quartieri15.errors.ParameterError: attempts: attempts is 0. Mend: give a whole number, 1 or \
more.
    """

    attempts: int = 5
    pause_s: float = 1.0
    connect_s: float = 15.0
    silence_s: float = 60.0
    total_s: float = 3600.0
    first_wait_s: float = 2.0
    longest_wait_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse what is no number of attempts, or of seconds."""
        require_whole(self.attempts, where="attempts", least=1)
        for name in self.__dataclass_fields__.keys() - {"attempts"}:
            value = getattr(self, name)
            if not is_finite(value) or value < 0:
                raise ParameterError(
                    f"{name} is {shown(value)}", where=name, mend="give seconds, 0 or more"
                )


class Downloader:
    """Fetches files into a cache.

    Parameters
    ----------
    cache
        Where files are kept. Whoever fetches holds its lock.
    manners
        How patient and polite to be.
    offline
        Take what is in the cache, and ask nobody.
    hosts
        Other hosts that a file may come from by a redirect.
    progress
        Told what is being fetched.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        manners: Manners | None = None,
        offline: bool = False,
        hosts: Collection[str] = (),
        progress: Say | None = None,
    ) -> None:
        self.cache, self.offline, self.hosts = cache, offline, frozenset(hosts)
        self.manners, self.say = manners or Manners(), progress or quiet
        self._last: dict[str, float] = {}

    def fetch(
        self,
        url: str,
        *,
        kind: str,
        most_bytes: int,
        asked: str | None = None,
    ) -> Kept:
        """Return a file as it is now, from the cache where the server says it is the same.

        Parameters
        ----------
        url
            Its address: https, or http on this machine.
        kind
            What it must be: ``json``, ``geojson``, ``csv``, ``zip``, ``osm`` or ``pbf``.
        most_bytes
            The most it may be long.
        asked
            What to send (POST, ``data=``), as Overpass takes its queries. The answer is kept under
            address and question together.

        Raises
        ------
        DownloadError
            If it does not come, comes from elsewhere, is too long or of another kind. What was in
            the cache is as it was.
        ParameterError
            If the address is none that may be asked.
        """
        require_url(url, where="url")
        key = url if asked is None else f"{url}?data={asked}"
        if self.offline:
            kept = self.cache.find(key)
            if kept is None:
                raise DownloadError(
                    "it is not in the cache, and the network is not to be asked",
                    where=url,
                    mend="run once without --offline",
                )
            return kept
        return _Transfer(self, url, key, kind, most_bytes, asked).run()

    def await_turn(self, host: str) -> None:
        """Pause, so that two requests to a host are not too close."""
        left = self._last.get(host, -1e9) + self.manners.pause_s - time.monotonic()
        if left > 0:
            time.sleep(left)

    def note_turn(self, host: str) -> None:
        """Note that a host was asked just now."""
        self._last[host] = time.monotonic()


def require_url(url: object, *, where: str) -> str:
    """Return an address that may be asked, or say why it is none.

    Examples
    --------
    >>> require_url("http://example.org/nil.geojson", where="portal")
    Traceback (most recent call last):
    ...
    quartieri15.errors.ParameterError: portal: 'http://example.org/nil.geojson' is not encrypted. \
Mend: give an address that begins with https://.
    """
    if not isinstance(url, str):
        raise ParameterError(f"{url!r} is no address", where=where, mend="give a text")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or re.search(r"[\s\x00-\x20\x7f]", url):
        raise ParameterError(f"{url!r} is no address", where=where, mend="begin it with https://")
    if parts.username is not None:
        raise ParameterError(
            "the address holds a user's name", where=where, mend="give one that everybody may ask"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise ParameterError(
            f"{url!r} is not encrypted",
            where=where,
            mend="give an address that begins with https://",
        )
    return url


class _Again(Exception):  # noqa: N818 (it is no error yet)
    """One attempt has failed, and another may succeed."""

    def __init__(self, why: str, *, wait_s: float | None = None, status: int | None = None) -> None:
        super().__init__(why)
        self.wait_s, self.status = wait_s, status


@dataclass
class _Transfer:
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
        wait_s = self.manners.first_wait_s
        for attempt in range(1, self.manners.attempts + 1):
            try:
                return self._attempt()
            except _Again as failed:
                why = failed
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
            if attempt == self.manners.attempts or time.monotonic() + pause > self.until:
                break
            self.downloader.say(f"{_host(self.url)}: {why}; asking again in {pause:,.0f} s")
            time.sleep(pause)
        times = "once" if attempt == 1 else f"{attempt} times"
        raise DownloadError(
            f"it was asked for {times} and did not come: {why}",
            where=self.url,
            mend=f"{_RESUME}; or take what is in the cache with --offline",
            status=why.status,
        )

    def _attempt(self) -> Kept:
        import requests
        import urllib3

        try:
            with requests.Session() as session:
                # Without this, a password for the host in ~/.netrc would be sent.
                session.auth = _without_credentials
                session.trust_env = _host(self.url) not in LOCAL
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
            self.downloader.await_turn(_host(url))
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
                self.downloader.note_turn(_host(url))
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
        """Return where a redirect leads, if that is the same host or a listed one."""
        hosts = {_host(self.url), *self.downloader.hosts}
        try:
            target = require_url(urljoin(url, target), where="Location")
            fits = _host(target) in hosts
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
            wait_s = _retry_after(headers.get("Retry-After"))
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
        if headers.get("Content-Encoding", "identity") != "identity":
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
        length = headers.get("Content-Length", "")
        begun = self.cache.begun(self.key)
        if response.status_code == _PARTIAL:
            there = self.cache.partial(self.key).stat().st_size if begun else -1
            told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", ""))
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
            size_bytes=int(length) if length.isdigit() else None,
        )
        return self.cache.begin(self.key, stated), stated, 0

    def _written(self, response: requests.Response, path: Path, there: int) -> int:
        name, came = urlsplit(self.url).path.rpartition("/")[2], there
        name = _host(self.url) if self.kind in ("json", "osm") else name
        self.downloader.say(f"fetching {name}")
        with path.open("ab") as file:
            told = came
            # What has come is taken at once, so that nothing of it is lost when the line breaks,
            # and a trickle is seen.
            while chunk := response.raw.read1(_CHUNK):
                file.write(chunk)
                came += len(chunk)
                self._require_length(came)
                if time.monotonic() > self.until:
                    raise DownloadError(
                        f"it had not come whole after {self.manners.total_s:,.0f} s "
                        f"({came / MEGABYTE:,.1f} MB came)",
                        where=self.url,
                        mend=_RESUME,
                    )
                if came - told > MEGABYTE:
                    told = came
                    self.downloader.say(f"fetching {name}: {came / MEGABYTE:,.0f} MB")
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


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _retry_after(text: str | None) -> float | None:
    """Return the seconds a server asks to wait: it says a number or a date."""
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}", text.strip()):
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())


def _short(error: BaseException) -> str:
    """Return what was wrong at the bottom of an error of the network library."""
    inner = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
