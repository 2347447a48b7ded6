"""The inputs of an update: which are asked for, from where, and what has become of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from quartieri15.arguments import require_path
from quartieri15.editions import milano_feeds
from quartieri15.errors import MissingFileError, ParameterError, UnknownNameError
from quartieri15.sources.web_addresses import require_url
from quartieri15.sources.whole_files import require_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OVERPASS: Final = "overpass"
"""Says that the streets are to be asked of Overpass."""
STREETS: Final = "streets"
FILES: Final[Mapping[str, str]] = {
    **{name: feed.file for name, feed in milano_feeds.FEEDS.items()},
    STREETS: milano_feeds.STREETS,
}
"""What can be fetched, as it is called in ``keep``, and its raw file."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What has become of one raw file.

    Parameters
    ----------
    name
        What it is called in ``keep``.
    file
        The raw file.
    state
        ``"new"``, ``"unchanged"`` (fetched, and the same as before), ``"kept"`` (not fetched), or
        ``"missing"`` until it is fetched.
    vintage, origin
        From when and where it is; empty where it is as the recipe knows it.
    remark
        Why it was kept, or which columns are new.
    """

    name: str
    file: str
    state: str
    vintage: str
    origin: str
    remark: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Where to look for what.

    Parameters
    ----------
    sources
        A folder of raw files; None for those of the last update, in the cache.
    streets
        A file, an address, or ``"overpass"``.
    keep
        What not to fetch.
    datasets
        By name, the dataset of the portal to take instead of the one that is known.
    portal, overpass
        Their addresses.
    """

    sources: Path | None
    streets: str
    keep: frozenset[str]
    datasets: Mapping[str, str]
    portal: str
    overpass: str

    def check(self) -> None:
        """Refuse names that are none, and what may not be asked, is not there or contradicts."""
        for where, names in (("keep", self.keep), ("dataset", self.datasets)):
            for name in names:
                if name not in FILES:
                    raise UnknownNameError.among(name, FILES, kind="input", where=where)
        if STREETS in self.datasets:
            raise ParameterError(
                "streets are no dataset of the portal",
                where="dataset",
                mend="say where they are from with --streets",
            )
        for name in sorted(self.keep & self.datasets.keys()):
            raise _contradiction(name, f"--dataset {name}={self.datasets[name]}")
        if STREETS in self.keep and self.streets != OVERPASS:
            raise _contradiction(STREETS, f"--streets {self.streets}")
        require_url(self.portal, where="portal")
        require_url(self.overpass, where="overpass")
        if "://" in self.streets:
            _require_extract(self.streets)
        elif self.streets != OVERPASS:
            require_file(require_path(self.streets, where="streets"))
        if self.sources is not None and not self.sources.is_dir():
            raise MissingFileError(
                "there is no such folder",
                where=str(self.sources),
                mend="give the folder of raw files that the edition was built from, with --sources",
            )

    def dataset_of(self, name: str) -> str | None:
        """Return the dataset of the portal an input comes from; None where none is known."""
        return self.datasets.get(name, milano_feeds.FEEDS[name].dataset)

    def fetches(self, name: str) -> bool:
        """Tell whether an input is fetched."""
        return name not in self.keep and (name == STREETS or self.dataset_of(name) is not None)


def _require_extract(url: str) -> None:
    """Refuse what may not be asked, and an address that ends like another kind of file."""
    path = urlsplit(require_url(url, where="streets")).path
    if PurePosixPath(path).suffix.lower() not in ("", ".pbf"):
        raise ParameterError(
            f"{url!r} is no OpenStreetMap extract",
            where="streets",
            mend="give the address of one that ends in .osm.pbf",
        )


def _contradiction(name: str, other: str) -> ParameterError:
    return ParameterError(
        f"--keep {name} and {other} contradict each other",
        where="keep",
        mend="leave one of them out: the first leaves the file as it is, the second fetches it",
    )
