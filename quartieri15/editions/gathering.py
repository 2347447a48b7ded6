"""The raw files of a city as they are now: the last ones that are known, newer ones in their place.

What cannot be fetched, or not be read any more, is named with what keeps the update going without
it; all that cannot be read is named at once.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import time
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from quartieri15.arguments import require_path
from quartieri15.editions import milano, milano_feeds, milano_fetched
from quartieri15.editions.loading import MANIFEST
from quartieri15.editions.milano_fetched import Fetched
from quartieri15.editions.updating import kept_editions
from quartieri15.errors import (
    DownloadError,
    InputError,
    MissingFileError,
    ParameterError,
    UnknownNameError,
)
from quartieri15.sources import comune, tabular
from quartieri15.sources import portal as portals
from quartieri15.sources.downloading import MEGABYTE, require_url
from quartieri15.sources.osm import extracts
from quartieri15.sources.schema_drift import Drift, columns_of, compare_columns, member_like

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from quartieri15.editions.milano_feeds import Feed
    from quartieri15.sources.cache import Cache, Kept
    from quartieri15.sources.downloading import Downloader

OVERPASS: Final = "overpass"
"""Says that the streets are to be asked of Overpass."""
STREETS: Final = "streets"
NAMES: Final = (*milano_feeds.FEEDS, STREETS)
"""What can be fetched, as it is called in ``keep``."""

_MOST_UNPACKED: Final = 500 * MEGABYTE
_KEEP = "run again with --keep {name}, which leaves that one as it is"


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
        ``"new"``, ``"unchanged"`` (fetched, and the same as before) or ``"kept"`` (not fetched).
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
        """Refuse names that are none, and addresses that may not be asked."""
        for where, names in (("keep", self.keep), ("dataset", self.datasets)):
            for name in names:
                if name not in NAMES:
                    raise UnknownNameError.among(name, NAMES, kind="input", where=where)
        if STREETS in self.datasets:
            raise ParameterError(
                "streets are no dataset of the portal",
                where="dataset",
                mend="say where they are from with --streets",
            )
        require_url(self.portal, where="portal")
        require_url(self.overpass, where="overpass")
        if "://" in self.streets:
            require_url(self.streets, where="streets")
        elif self.streets != OVERPASS and STREETS not in self.keep:
            tabular.require_file(require_path(self.streets, where="streets"))


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
    in_use = _in_use(edition)
    known = _known_files(edition, wanted.sources, downloader.cache, in_use)
    for name, path in known.items():
        _copy(path, folder / name)
    rows, fetched, drifted = [], {}, []
    for name, feed in milano_feeds.FEEDS.items():
        row, record = _kept(name, feed.file, folder, in_use), None
        if name in wanted.keep:
            row = dataclasses.replace(row, remark="as asked")
        else:
            try:
                row, record = _fetched(feed, row, folder, (wanted, downloader))
            except ChangedInputError as error:
                drifted.append(error)
        rows.append(row)
        if record is not None:
            fetched[feed.file] = record
    if drifted:
        raise ChangedInputError.of(drifted)
    row = dataclasses.replace(
        _kept(STREETS, milano_feeds.STREETS, folder, in_use), remark="as asked"
    )
    if STREETS not in wanted.keep:
        row, fetched[milano_feeds.STREETS] = _fetched_streets(row, folder, wanted, downloader)
    rows.append(row)
    base = milano_fetched.read_fetched(folder)
    for row in rows:
        if row.file not in fetched and row.origin:
            fetched[row.file] = base.get(row.file) or Fetched(
                vintage=row.vintage, origin=row.origin, fetched=in_use[row.file].get("fetched", "")
            )
    milano_fetched.write_fetched(fetched, folder)
    return rows


class ChangedInputError(InputError):
    """What a publisher gives out now cannot be read as before."""

    def __init__(
        self, what: str, *, where: str | None = None, mend: str | None = None, name: str = ""
    ) -> None:
        self.name = name
        super().__init__(what, where=where, mend=mend)

    @classmethod
    def of(cls, errors: Sequence[ChangedInputError]) -> ChangedInputError:
        """Say several at once."""
        if len(errors) == 1:
            return errors[0]
        return cls(
            "; ".join(f"{error.where}: {error.what}" for error in errors),
            where=f"{len(errors)} files",
            mend="run again with "
            + " ".join(f"--keep {error.name}" for error in errors)
            + ", which leaves those as they are, and tell the makers of the library",
        )


def known_folder(cache: Cache) -> Path:
    """Return where the raw files of the last update are kept."""
    return cache.folder / "sources" / "milano"


def _in_use(edition: Path) -> dict[str, dict[str, str]]:
    """Return what the manifest of an edition says of its raw files, by name."""
    manifest = tabular.read_json(edition / MANIFEST)
    try:
        return {source["file"]: source for source in manifest["sources"]}
    except (KeyError, TypeError):
        raise InputError(
            "it does not tell the raw files of the edition",
            where=str(edition / MANIFEST),
            mend="fetch the edition again, or build it",
        ) from None


def _known_files(
    edition: Path, sources: Path | None, cache: Cache, in_use: Mapping[str, Mapping[str, str]]
) -> dict[str, Path]:
    """Return the last raw file that is known of every name: as given, else as of the last update.

    One that a former edition was built from is not given anew, where that of the edition in use is
    here.
    """
    older = defaultdict(set)
    for former in kept_editions(edition):
        for name, source in _in_use(former).items():
            older[name].add(source.get("sha256"))
    cached = known_folder(cache)
    folders = [folder for folder in (sources, cached) if folder is not None]
    found = {}
    for name in milano.SOURCES:
        file = name.rpartition("/")[2]
        if file in milano.EDITABLE:
            found[name] = edition / file
            continue
        there = [folder / name for folder in folders if (folder / name).is_file()]
        told = in_use.get(name, {}).get("sha256")
        if len(there) > 1 and _sha256(there[0]) in older[name] and _sha256(there[1]) == told:
            # Who gives the folder of the first update again does not mean its old files.
            found[name] = there[1]
        elif there:
            found[name] = there[0]
    missing = [name for name in milano.SOURCES if name not in found]
    if missing:
        listed = ", ".join(missing)
        raise MissingFileError(
            f"{len(missing)} raw files are not fetched and not here: {listed}",
            where=str(sources or cached),
            mend="give the folder of raw files that the edition was built from, with --sources; "
            "it is remembered after the first update",
        )
    record = folders[0] / milano_fetched.FILE
    return found | ({milano_fetched.FILE: record} if record.is_file() else {})


def _kept(name: str, file: str, folder: Path, in_use: Mapping[str, Mapping[str, str]]) -> Gathered:
    """Say of a file that was not fetched what it is."""
    told = in_use.get(file, {})
    same = _sha256(folder / file) == told.get("sha256")
    return Gathered(
        name=name,
        file=file,
        state="kept" if same else "new",
        vintage=told.get("vintage", "") if same else "as given",
        origin=told.get("origin", "") if same else "given among the sources",
        remark="",
    )


def _fetched(
    feed: Feed, before: Gathered, folder: Path, asked: tuple[Wanted, Downloader]
) -> tuple[Gathered, Fetched | None]:
    """Fetch one file from the portal into the folder, unless it cannot be used there."""
    name, (wanted, downloader) = before.name, asked
    dataset = wanted.datasets.get(name, feed.dataset)
    if dataset is None:
        return dataclasses.replace(
            before, remark=f"no dataset of the portal is known; name it with --dataset {name}=..."
        ), None
    where = f"{wanted.portal}, dataset {dataset} ({name})"
    keep = _KEEP.format(name=name)
    try:
        resources = portals.find_resources(
            downloader,
            dataset,
            name=feed.name if dataset == feed.dataset else None,
            portal=wanted.portal,
        )
        one = _chosen(feed, resources, name=name, where=where)
        kept = portals.fetch_resource(downloader, one, kind=feed.kind, portal=wanted.portal)
    except DownloadError as error:
        raise DownloadError(
            error.what,
            where=error.where,
            mend=f"{(error.mend or '').rstrip('.')}; or {keep}",
            status=error.status,
        ) from error
    vintage = one.modified[:10] or kept.fetched[:10]
    if feed.only_in is not None and not vintage.startswith(str(feed.only_in)):
        return dataclasses.replace(
            before,
            remark=f"{one} is not of {feed.only_in}, the only summer the edition has a place for",
        ), None
    try:
        drift = _drift(feed, kept, folder / feed.file)
        if not drift.breaks:
            same = before.state == "kept" and _same(feed, kept.path, folder / feed.file)
            if not same:
                _copy_feed(feed, kept.path, folder / feed.file)
    except InputError as error:
        raise ChangedInputError(
            error.what,
            where=f"{dataset}, {one.file_name}",
            mend=f"{keep}, and look at what came: {one.url}",
            name=name,
        ) from error
    if drift.breaks:
        raise ChangedInputError(
            str(drift),
            where=f"{dataset}, {one.file_name}",
            mend=f"{keep}, and tell the makers of the library",
            name=name,
        )
    if same:
        return dataclasses.replace(before, state="unchanged", remark=str(drift)), None
    row = dataclasses.replace(
        before, state="new", vintage=vintage, origin=one.url, remark=str(drift)
    )
    return row, Fetched(vintage=vintage, origin=one.url, fetched=kept.fetched)


def _chosen(
    feed: Feed, resources: list[portals.Resource], *, name: str, where: str
) -> portals.Resource:
    try:
        return portals.choose_resource(
            resources, formats=feed.formats, pattern=feed.pattern, where=where
        )
    except DownloadError as error:
        raise ChangedInputError(
            error.what, where=where, mend=f"{error.mend}; {_KEEP.format(name=name)}", name=name
        ) from error


def _fetched_streets(
    before: Gathered, folder: Path, wanted: Wanted, downloader: Downloader
) -> tuple[Gathered, Fetched]:
    """Cut the streets of the city out of what is given, or ask Overpass for them."""
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    extent = milano_feeds.STREETS_EXTENT
    if wanted.streets == OVERPASS:
        kept = extracts.fetch_overpass(downloader, extent, overpass=wanted.overpass)
        # The reader tells a format by the name's ending, and files of the cache have none.
        path, origin, when = _named(kept, folder, ".osm"), wanted.overpass, kept.fetched
    elif "://" in wanted.streets:
        kept = downloader.fetch(wanted.streets, kind="pbf", most_bytes=extracts.MOST_OF_AN_EXTRACT)
        path, origin, when = _named(kept, folder, ".osm.pbf"), wanted.streets, kept.fetched
    else:
        path, origin = Path(wanted.streets), Path(wanted.streets).name
    downloader.say("cutting out the streets")
    target = folder / milano_feeds.STREETS
    known = _sha256(target)
    cut = extracts.cut_out(path, target, extent=extent)
    if path.parent == folder:
        path.unlink()
    vintage = cut.date or when[:10]
    same = before.state == "kept" and _sha256(target) == known
    row = dataclasses.replace(
        before,
        state="unchanged" if same else "new",
        vintage=vintage,
        origin=origin,
        remark=f"{cut.ways:,} ways",
    )
    return row, Fetched(vintage=vintage, origin=origin, fetched=when)


def _named(kept: Kept, folder: Path, suffix: str) -> Path:
    path = folder / f"fetched{suffix}"
    _copy(kept.path, path)
    return path


def _drift(feed: Feed, kept: Kept, known: Path) -> Drift:
    """Compare the columns of what has come with those that are read, and with the last known."""
    if not isinstance(feed.needed, tuple):
        drifts = [
            _drift_of(kept.path, known, feed.kind, needed, member)
            for member, needed in feed.needed.items()
        ]
        return Drift(
            missing=tuple(name for drift in drifts for name in drift.missing),
            renamed={old: new for drift in drifts for old, new in drift.renamed.items()},
            new=tuple(name for drift in drifts for name in drift.new),
        )
    return _drift_of(kept.path, known, feed.kind, feed.needed, None)


def _drift_of(
    path: Path, known: Path, kind: str, needed: Collection[str], member: str | None
) -> Drift:
    found = columns_of(path, kind=kind, member=member)
    before = columns_of(known, kind=kind, member=member)
    years = [name[-4:] for name in found if comune.FOREIGN_OF.fullmatch(name)] or ["2021"]
    return compare_columns(
        found,
        needed=[name.format(year=years[0]) for name in needed],
        before=[*before, *(name.format(year=years[0]) for name in needed)],
    )


def _same(feed: Feed, path: Path, known: Path) -> bool:
    """Tell whether a fetched file is the known one; of archives, what is read in them."""
    if feed.members is None:
        return _sha256(path) == _sha256(known)
    contents = []
    for archive_path in (path, known):
        with zipfile.ZipFile(archive_path) as archive:
            infos = [archive.getinfo(member_like(archive_path, one)) for one in feed.members]
            contents.append([(info.CRC, info.file_size) for info in infos])
    return contents[0] == contents[1]


def _copy_feed(feed: Feed, path: Path, target: Path) -> None:
    """Put a fetched file in the place of the known one; of an archive, with the known names."""
    if feed.members is None:
        _copy(path, target)
        return
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w") as packed:
        for pattern, name in feed.members.items():
            member = archive.getinfo(member_like(path, pattern))
            if member.file_size > _MOST_UNPACKED:
                raise InputError(
                    f"{member.filename} would be {member.file_size / MEGABYTE:,.0f} MB unpacked",
                    where=path.name,
                    mend="keep the file you have: it is hardly the register",
                )
            packed.writestr(
                zipfile.ZipInfo(name), archive.read(member), compress_type=zipfile.ZIP_DEFLATED
            )


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
