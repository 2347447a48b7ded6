"""Open-data portals that run CKAN: which file of a dataset is the current one, and where it is.

A dataset is known by its number (``ds964``), which the portal of Milano writes at the beginning of
the dataset's name; the rest of the name changes. Of its files (resources) a rule picks one: the
format, a pattern of the file's name, the latest year in the name, and the last changed of those.
The answers are those of the CKAN API, version 3: https://docs.ckan.org/en/2.11/api/.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, urlsplit

from quartieri15.errors import DownloadError, ParameterError
from quartieri15.sources.transfers import MEGABYTE
from quartieri15.sources.web_addresses import host_of, require_url, same_server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quartieri15.sources.cache import Kept
    from quartieri15.sources.downloading import Downloader

MILANO: Final = "https://dati.comune.milano.it"
"""The portal of the Comune di Milano."""
MOST_OF_AN_ANSWER: Final = 20 * MEGABYTE
MOST_OF_A_RESOURCE: Final = 500 * MEGABYTE
_NOT_FOUND: Final = 404
_NUMBER: Final = r"ds\d+"
_MOST_FOUND: Final = 50
_OTHER_PORTAL = "check the address of the portal, or run again later"
_YEAR: Final = re.compile(r"(?<!\d)(?<!ds)((?:19|20)\d\d)(?:\d\d){0,2}(?!\d)", re.IGNORECASE)
"""A year in a file's name, or a month or day that begins with one; not the number of a dataset."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One file of a dataset, as the portal lists it.

    Parameters
    ----------
    id, name, format
        As the portal has them; empty where it has none.
    url
        Where the file is; empty where the portal does not say.
    modified
        When it was last changed, or made where that is not told (ISO 8601); empty where neither
        is.
    """

    id: str
    name: str
    format: str
    url: str
    modified: str

    @property
    def file_name(self) -> str:
        """What the file is called at its address."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])

    @property
    def year(self) -> int | None:
        """The last year in its name, of those before it was changed; None where it has none.

        Examples
        --------
        >>> Resource(id="1", name="NIL (PGT 2030)", format="", url="https://x.it/ds1950_2023.csv",
        ...     modified="2024-05-08").year
        2023
        """
        years = _YEAR.findall(f"{self.file_name}\n{self.name}")
        return max(
            (int(year) for year in years if year <= (self.modified[:4] or "9")), default=None
        )

    def __str__(self) -> str:
        """Say which it is, and from when."""
        named = self.file_name or self.name or self.id
        return f"{named} ({self.modified[:10] or 'of no date'})"


def find_resources(
    downloader: Downloader, dataset: str, *, name: str | None = None, portal: str = MILANO
) -> list[Resource]:
    """Return the files of a dataset.

    Parameters
    ----------
    downloader
        Fetches the answers.
    dataset
        Its number, as ``"ds964"``, or its whole name.
    name
        The whole name it had when last seen: it is asked for first. A dataset that has another
        name now is sought by its number.
    portal
        The address of the portal.

    Raises
    ------
    DownloadError
        If the portal does not answer, answers with an error, or knows no such dataset.
    ParameterError
        If the portal's address is none that may be asked.
    """
    api = f"{require_url(portal, where='portal').rstrip('/')}/api/3/action"
    where = f"{portal}, dataset {dataset}"
    shown = name or ("" if re.fullmatch(_NUMBER, dataset) else dataset)
    package = None
    if shown:
        try:
            package = _answer(downloader, f"{api}/package_show?id={quote(shown, safe='')}")
        except DownloadError as error:
            # Renamed; and of a renamed one the cache has no such answer.
            if error.status != _NOT_FOUND and not downloader.offline:
                raise
    if package is None:
        package = _sought(downloader, api, dataset, where=where)
    if isinstance(package, dict) and not _is_public(package):
        raise DownloadError(
            "the portal shows it, and says that it is not published (a draft, private or deleted)",
            where=where,
            mend="keep the file you have, and ask the portal for it",
        )
    listed = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise DownloadError("the answer lists no files", where=where, mend=_OTHER_PORTAL)
    return [
        Resource(
            id=_text(one.get("id")),
            name=_text(one.get("name")),
            format=_text(one.get("format")),
            url=_text(one.get("url")),
            modified=_text(one.get("last_modified")) or _text(one.get("created")),
        )
        for one in listed
        if _is_public(one)
    ]


def choose_resource(
    resources: Sequence[Resource], *, formats: Sequence[str], pattern: str, where: str
) -> Resource:
    """Return the newest of the files of some format whose name fits a pattern.

    A file whose name states an earlier year than another one's is not the newest, however late it
    was changed: an old year is corrected now and then. Of the others the last changed is.

    Parameters
    ----------
    resources
        The files of a dataset.
    formats
        As ``("geojson",)``: what the portal calls the format, or how the file's name ends.
    pattern
        A regular expression sought in the file's name, capital or not.
    where
        For the message.

    Raises
    ------
    DownloadError
        If none fits, the newest has no address, or two are equally new.

    Examples
    --------
    >>> one = Resource(id="1", name="NIL", format="GeoJSON", url="https://x.it/nil.geojson",
    ...     modified="2024-05-08")
    >>> choose_resource([one], formats=["geojson"], pattern="nil", where="ds964").id
    '1'
    >>> choose_resource([one], formats=["csv"], pattern="nil", where="ds964")
    Traceback (most recent call last):
    ...
    quartieri15.errors.DownloadError: ds964: no file of it is a csv called like 'nil' (there are: \
nil.geojson (2024-05-08)). Mend: keep the file you have and tell the makers of the library.
    """
    fit = [
        one
        for one in resources
        if {one.format.lower().lstrip("."), one.file_name.lower().rpartition(".")[2]} & {*formats}
        and re.search(pattern, f"{one.file_name}\n{one.name}", re.IGNORECASE)
    ]
    if not fit:
        there = ", ".join(map(str, resources)) or "none"
        raise DownloadError(
            f"no file of it is a {' or '.join(formats)} called like {pattern!r} (there are: "
            f"{there})",
            where=where,
            mend="keep the file you have and tell the makers of the library",
        )
    latest = max((one.year for one in fit if one.year is not None), default=None)
    fit = [one for one in fit if one.year in (None, latest)]
    newest = max(one.modified for one in fit)
    last = [one for one in fit if one.modified == newest]
    if len(last) > 1:
        raise DownloadError(
            f"{len(last)} files fit and are equally new: {', '.join(map(str, last))}",
            where=where,
            mend="look which is meant, save it among your sources, and keep that one",
        )
    if not last[0].url:
        raise DownloadError(
            f"the file {last[0]} has no address",
            where=where,
            mend="keep the file you have, and ask the portal for it",
        )
    return last[0]


def fetch_resource(
    downloader: Downloader, resource: Resource, *, kind: str, portal: str = MILANO
) -> Kept:
    """Fetch a file of a dataset; it must lie on the portal's own server or a listed host.

    Raises
    ------
    DownloadError
        If it lies elsewhere, or does not come; see
        :meth:`~quartieri15.sources.downloading.Downloader.fetch`.
    """
    try:
        url = require_url(resource.url, where="url")
        fits = same_server(url, portal) or host_of(url) in downloader.hosts
    except ParameterError:
        fits = False
    if not fits:
        raise DownloadError(
            f"the portal says that {resource} lies elsewhere, at {resource.url}",
            where=portal,
            mend="open the address in a browser; if it is right, allow its host with --host, or "
            "save the file among your sources",
        )
    return downloader.fetch(resource.url, kind=kind, most_bytes=MOST_OF_A_RESOURCE)


def _sought(downloader: Downloader, api: str, dataset: str, *, where: str) -> Any:
    """Return the dataset whose name begins with a number."""
    query = quote(f"name:{dataset}*", safe="")
    found = _answer(downloader, f"{api}/package_search?q={query}&rows={_MOST_FOUND}")
    results = found.get("results") if isinstance(found, dict) else None
    fit = [
        one
        for one in results or []
        if isinstance(one, dict)
        and _is_public(one)
        and re.match(rf"{re.escape(dataset)}(?![0-9a-z])", _text(one.get("name")))
    ]
    if len(fit) != 1:
        names = ", ".join(_text(one.get("name")) for one in fit)
        raise DownloadError(
            f"it may be {names}" if fit else "the portal has no such dataset",
            where=where,
            mend="look for it on the portal, and give its whole name with --dataset; or keep the "
            "file you have",
        )
    return fit[0]


def _is_public(listed: Mapping[str, Any]) -> bool:
    """Tell whether a dataset or a file is published, as far as the portal says."""
    return listed.get("private") is not True and _text(listed.get("state")) in ("", "active")


def _answer(downloader: Downloader, url: str) -> Any:
    """Return the result in an answer of the API."""
    kept = downloader.fetch(url, kind="json", most_bytes=MOST_OF_AN_ANSWER)
    try:
        said = json.loads(kept.path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DownloadError(
            f"the answer is not JSON ({error})", where=url, mend=_OTHER_PORTAL
        ) from error
    if not isinstance(said, dict) or said.get("success") is not True:
        told = said.get("error") if isinstance(said, dict) else None
        told = told.get("message") if isinstance(told, dict) else told
        raise DownloadError(
            f"the portal says that it failed ({told or 'without a reason'})",
            where=url,
            mend=_OTHER_PORTAL,
        )
    return said.get("result") or {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
