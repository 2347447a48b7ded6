"""Files that were fetched, kept on this machine: whole ones, and beginnings to go on from.

A file is stored under its own checksum and named by an entry that is written after it, so a
process that is killed leaves either a whole file with its entry or none. Whatever fails its
checksum, or whose entry cannot be read, counts as not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path
from quartieri15.locking import locked
from quartieri15.progress import quiet
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quartieri15.progress import Say

FOLDER_VARIABLE: Final = "QUARTIERI15_CACHE"
"""The environment variable that names another folder for the cache."""
LOCK_WAIT_S: Final = 600.0
"""How long to wait for another process that uses the same cache."""
OLDEST_PARTIAL_S: Final = 7 * 24 * 3600.0
"""How old a beginning may be to be gone on with."""


def cache_folder() -> Path:
    """Return where fetched files are kept unless another folder is named.

    Returns
    -------
    pathlib.Path
        What ``QUARTIERI15_CACHE`` names; else the place of the operating system, such as
        ``~/.cache/quartieri15`` on Linux.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_cache_path("quartieri15", appauthor=False)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A whole file in the cache, and where it is from.

    Parameters
    ----------
    path
        The file.
    url
        The address it was asked for under.
    sha256, size_bytes
        What it is.
    fetched
        When it came, ISO 8601, UTC.
    etag, last_modified, content_type
        As the server stated them; None where it did not.
    """

    path: Path
    url: str
    sha256: str
    size_bytes: int
    fetched: str
    etag: str | None
    last_modified: str | None
    content_type: str | None


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What a server stated of a file before sending it."""

    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None
    size_bytes: int | None = None

    @property
    def validator(self) -> str | None:
        """What tells one version of the file from another for certain (RFC 9110, 13.1.5)."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified


class Cache:
    """A folder of fetched files.

    Parameters
    ----------
    folder
        Where they are; :func:`cache_folder` if none is given. It is made when it is needed.

    Examples
    --------
    >>> Cache("somewhere").find("https://example.org/nil.geojson") is None
    True
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = cache_folder() if folder is None else require_path(folder, where="cache")

    @contextmanager
    def locked(self, *, wait_s: float = LOCK_WAIT_S, progress: Say | None = None) -> Iterator[None]:
        """Keep other processes out of the cache within this block; wait for one that is in it.

        The system gives the lock back when a process ends, however it ends.

        Raises
        ------
        OutputError
            If the other process has not ended within ``wait_s``, or the folder cannot be made.
        """
        say = progress or quiet
        with locked(
            self.folder / ".lock",
            wait_s=wait_s,
            what="this cache",
            mend_busy="run again when it has ended, or name another folder with --cache",
            mend_unwritable=f"name another one with --cache, or in {FOLDER_VARIABLE}",
            waiting=lambda: say("waiting for another run that uses the cache"),
        ):
            self._remove_unnamed()
            yield

    def find(self, url: str) -> Kept | None:
        """Return the file of an address, if it is there and whole."""
        entry = _read(self._entry(url))
        try:
            path = self.folder / "contents" / entry["sha256"]
            kept = Kept(path=path, **entry)
            if kept.url == url and path.is_file() and _sha256(path) == kept.sha256:
                return kept
        except (KeyError, TypeError, OSError):
            pass
        return None

    def keep(self, url: str, stated: Stated) -> Kept:
        """Take what has come of an address for the whole of it, and name it in the cache."""
        came = self.partial(url)
        size, sha256 = came.stat().st_size, _sha256(came)
        path = self.folder / "contents" / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        came.replace(path)
        kept = Kept(
            path=path,
            url=url,
            sha256=sha256,
            size_bytes=size,
            fetched=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            etag=stated.etag,
            last_modified=stated.last_modified,
            content_type=stated.content_type,
        )
        _write(self._entry(url), {k: v for k, v in asdict(kept).items() if k != "path"})
        self.forget_partial(url)
        return kept

    def keep_instead(self, kept: Kept, octets: bytes) -> Kept:
        """Let something else stand for a file, such as what is left of it; the file is removed."""
        path = self.partial(kept.url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
        stated = Stated(
            etag=kept.etag, last_modified=kept.last_modified, content_type=kept.content_type
        )
        instead = self.keep(kept.url, stated)
        self._remove_unnamed()
        return instead

    def forget(self, kept: Kept) -> None:
        """Take a file out of the cache: it has turned out not to be what it must be."""
        self._entry(kept.url).unlink(missing_ok=True)

    def partial(self, url: str) -> Path:
        """Return where what has come of a file so far is, or would be."""
        return self.folder / "partial" / _key(url)

    def begun(self, url: str) -> Stated | None:
        """Return what the server stated of a file that has come in part and can be gone on with."""
        if not self.partial(url).is_file():
            return None
        said = _read(self.partial(url).with_suffix(".json"))
        try:
            stated = Stated(**said["stated"])
            return stated if said["url"] == url and stated.validator else None
        except (KeyError, TypeError):
            return None

    def begin(self, url: str, stated: Stated) -> Path:
        """Begin a file anew, and note what the server states of it."""
        self.forget_partial(url)
        path = self.partial(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path.with_suffix(".json"), {"url": url, "stated": asdict(stated)})
        path.touch()
        return path

    def forget_partial(self, url: str) -> None:
        """Remove what has come of a file in part."""
        path = self.partial(url)
        for left in (path, path.with_suffix(".json")):
            left.unlink(missing_ok=True)

    def _entry(self, url: str) -> Path:
        return self.folder / "entries" / f"{_key(url)}.json"

    def _remove_unnamed(self) -> None:
        """Remove files that no entry names, and beginnings that nobody has gone on with.

        Also what others have left that were killed: whoever has the lock is alone here.
        """
        for within in ("entries", "partial"):
            for path in (self.folder / within).glob(".*"):
                shutil.rmtree(path, ignore_errors=True)
        named = {
            _read(path).get("sha256") for path in (self.folder / "entries").glob("[0-9a-f]*.json")
        }
        for path in (self.folder / "contents").glob("*"):
            if path.name not in named:
                path.unlink(missing_ok=True)
        for path in (self.folder / "partial").glob("*"):
            if time.time() - path.stat().st_mtime > OLDEST_PARTIAL_S:
                path.unlink(missing_ok=True)


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:32]


def _read(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        said = json.loads(path.read_bytes())
        if isinstance(said, dict):
            return said
    return {}


def _write(path: Path, said: dict[str, Any]) -> None:
    with replacing_file(path) as unfinished:
        unfinished.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
