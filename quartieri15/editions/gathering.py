"""The raw files of a city as they are now: the last ones that are known, newer ones in their place.

``inputs.py`` says what is asked for, ``known_raw_files.py`` what is there, ``fetched_feeds.py`` how
one file comes from the portal.
"""

from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from quartieri15.editions import milano_feeds, milano_fetched
from quartieri15.editions.fetched_feeds import ChangedInputError, fetch_feed, keep_flags
from quartieri15.editions.inputs import FILES, OVERPASS, STREETS, Gathered
from quartieri15.editions.known_raw_files import files_in_use, known_files, known_folder
from quartieri15.editions.milano_fetched import Fetched
from quartieri15.editions.project_edition import sha256
from quartieri15.errors import DownloadError
from quartieri15.sources.downloading import NotInCacheError
from quartieri15.sources.osm import extracts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.editions.inputs import Wanted
    from quartieri15.sources.cache import Kept
    from quartieri15.sources.downloading import Downloader

    _Told: TypeAlias = Mapping[str, Mapping[str, str]]


def gather(folder: Path, edition: Path, wanted: Wanted, downloader: Downloader) -> list[Gathered]:
    """Fill a folder with the raw files of an edition, as new as they are to be had.

    The registry is the one in the edition, with what people have corrected there.

    Parameters
    ----------
    folder
        An empty folder.
    edition
        The folder of the edition in use.
    wanted
        Where to look.
    downloader
        Fetches into its cache.

    Returns
    -------
    list of Gathered
        A row per file that can be fetched.

    Raises
    ------
    MissingFileError
        If a raw file is neither fetched nor known, all of them at once.
    DownloadError
        If one does not come.
    InputError
        If one that has come can no longer be read: every one, with its columns.
    """
    in_use = files_in_use(edition)
    for file, path in known_files(edition, wanted, downloader.cache).items():
        _copy(path, folder / file)
    record = (wanted.sources or known_folder(downloader.cache)) / milano_fetched.FILE
    if record.is_file():
        _copy(record, folder / milano_fetched.FILE)
    rows, fetched = _each(folder, in_use, wanted, downloader)
    base = milano_fetched.read_fetched(folder)
    for row in rows:
        if row.file not in fetched and row.origin:
            fetched[row.file] = base.get(row.file) or Fetched(
                vintage=row.vintage, origin=row.origin, fetched=in_use[row.file].get("fetched", "")
            )
    milano_fetched.write_fetched(fetched, folder)
    return rows


def _each(
    folder: Path, in_use: _Told, wanted: Wanted, downloader: Downloader
) -> tuple[list[Gathered], dict[str, Fetched]]:
    """Fetch what is wanted; say at once all that can no longer be read, or was never fetched."""
    rows, fetched = [], {}
    drifted: list[ChangedInputError] = []
    absent: list[str] = []
    for name, file in FILES.items():
        row, record = _known(name, file, folder, in_use), None
        if name == STREETS and drifted:
            # They take the longest.
            break
        try:
            if name in wanted.keep:
                row = dataclasses.replace(row, remark="as asked")
            else:
                fetch = _fetch_streets if name == STREETS else fetch_feed
                checksum = in_use.get(file, {}).get("sha256")
                row, record = fetch(row, folder, wanted, downloader, in_use=checksum)
        except ChangedInputError as error:
            drifted.append(error)
        except NotInCacheError:
            absent.append(name)
        rows.append(row)
        if record is not None:
            fetched[file] = record
    if drifted:
        raise ChangedInputError.of(drifted)
    if absent:
        raise DownloadError(
            f"nothing is in the cache of {', '.join(absent)}, and the network is not to be asked",
            where="offline",
            mend=f"run once without --offline, or add {keep_flags(absent)}",
        )
    return rows, fetched


def _known(name: str, file: str, folder: Path, in_use: _Told) -> Gathered:
    """Say what a file is before it is fetched, if it is."""
    told = in_use.get(file, {})
    there = (folder / file).is_file()
    same = there and sha256(folder / file) == told.get("sha256")
    given = there and not same
    return Gathered(
        name=name,
        file=file,
        state="kept" if same else "new" if given else "missing",
        vintage="as given" if given else told.get("vintage", ""),
        origin="given among the sources" if given else told.get("origin", ""),
        remark="",
    )


def _fetch_streets(
    before: Gathered, folder: Path, wanted: Wanted, downloader: Downloader, *, in_use: str | None
) -> tuple[Gathered, Fetched]:
    """Cut the streets of the city out of what is given, or ask Overpass for them."""
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    extent = milano_feeds.STREETS_EXTENT
    if wanted.streets == OVERPASS:
        downloader.say(f"{STREETS}: Overpass")
        kept = _from_overpass(wanted, downloader)
        # The reader tells a format by the name's ending, and files of the cache have none.
        path, origin, when = _named(kept, folder, ".osm"), wanted.overpass, kept.fetched
    elif "://" in wanted.streets:
        kept = downloader.fetch(wanted.streets, kind="pbf", most_bytes=extracts.MOST_OF_AN_EXTRACT)
        path, origin, when = _named(kept, folder, ".osm.pbf"), wanted.streets, kept.fetched
    else:
        path, origin = Path(wanted.streets), Path(wanted.streets).name
    downloader.say("cutting out the streets")
    target = folder / milano_feeds.STREETS
    target.parent.mkdir(parents=True, exist_ok=True)
    cut = extracts.cut_out(path, target, extent=extent)
    if path.parent == folder:
        path.unlink()
    vintage = cut.date or when[:10]
    row = dataclasses.replace(
        before,
        state="unchanged" if before.state != "new" and sha256(target) == in_use else "new",
        vintage=vintage,
        origin=origin,
        remark=f"{cut.ways:,} ways",
    )
    return row, Fetched(vintage=vintage, origin=origin, fetched=when)


def _from_overpass(wanted: Wanted, downloader: Downloader) -> Kept:
    try:
        return extracts.fetch_overpass(
            downloader, milano_feeds.STREETS_EXTENT, overpass=wanted.overpass
        )
    except NotInCacheError:
        raise
    except DownloadError as error:
        given = "--streets FILE.osm.pbf"
        mend = (error.mend or "").rstrip(".")
        if given not in mend:
            mend = f"{mend}; or give the streets as a file: {given}"
        raise DownloadError(
            error.what,
            where=error.where,
            mend=f"{mend}; or leave them as they are: --keep {STREETS}",
            status=error.status,
        ) from error


def _named(kept: Kept, folder: Path, suffix: str) -> Path:
    path = folder / f"fetched{suffix}"
    _copy(kept.path, path)
    return path


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
