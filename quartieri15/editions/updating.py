"""A newer edition of a city: gather the raw files as they are now, build, and put it in place.

The raw files are the last ones that are known, with the fetched ones in their place. Nothing of
the edition in use is touched until :func:`put_in_place`, which keeps it beside the new one, so
that :func:`go_back` can bring it back.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import shutil
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path
from quartieri15.editions import milano, milano_feeds, milano_fetched
from quartieri15.editions.loading import MANIFEST, find_edition
from quartieri15.editions.milano_fetched import Fetched
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
from quartieri15.writing import replacing_folder, require_writable, take_along

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from quartieri15.editions.milano_feeds import Feed
    from quartieri15.progress import Say
    from quartieri15.sources.cache import Cache, Kept
    from quartieri15.sources.downloading import Downloader

OVERPASS: Final = "overpass"
"""Says that the streets are to be asked of Overpass."""
STREETS: Final = "streets"
NAMES: Final = (*milano_feeds.FEEDS, STREETS)
"""What can be fetched, as it is called in ``keep``."""
MOST_KEPT: Final = 5
"""How many former editions are kept beside the one in use."""

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
            except DriftError as error:
                drifted.append(error)
        rows.append(row)
        if record is not None:
            fetched[feed.file] = record
    if drifted:
        raise DriftError.of(drifted)
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


class DriftError(InputError):
    """The columns of a file have changed, so that it can no longer be read."""

    def __init__(
        self, what: str, *, where: str | None = None, mend: str | None = None, name: str = ""
    ) -> None:
        self.name = name
        super().__init__(what, where=where, mend=mend)

    @classmethod
    def of(cls, errors: Sequence[DriftError]) -> DriftError:
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


def build_newer(raw: Path, out: Path, edition: Path, *, progress: Say | None = None) -> None:
    """Build an edition of gathered raw files, in a folder of its own.

    Raises
    ------
    InputError
        If a raw file is not what it must be, or the streets are far fewer than before.
    """
    manifest = milano.build(raw, out, progress=progress)
    before = tabular.read_json(edition / MANIFEST)
    km = [told["left_out"]["streets"]["km"] for told in (before, manifest)]
    if km[1] < milano_feeds.LEAST_STREET_KM * km[0]:
        raise InputError(
            f"it has {km[1]:,.0f} km of streets, where the edition in use has {km[0]:,.0f}",
            where=_origin_of_streets(manifest),
            mend="give an extract with all streets of the city, or keep the streets: "
            "--keep streets",
        )


def put_in_place(new: Path, edition: Path, *, along: Path | None = None) -> Path | None:
    """Let a finished edition take the place of the one in use, which is kept beside it.

    Parameters
    ----------
    new
        The folder of the new edition; it stays.
    edition
        The folder of the edition in use. What else stands in it, such as scenarios, comes along.
    along
        Where there is no edition yet: the one whose scenarios come along.

    Returns
    -------
    pathlib.Path or None
        Where the former one is kept; None where there was none.

    Raises
    ------
    OutputError
        If it cannot be written. The edition in use is as it was.
    """
    own = [new / name for name in (*milano.FILES, MANIFEST)]
    former = None
    if (edition / MANIFEST).is_file():
        former = _shelf(edition) / dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")
        with replacing_folder(former) as folder:
            take_along(edition.iterdir(), folder)
    with replacing_folder(edition) as folder:
        take_along(own, folder)
        # Last, so that what a user puts there meanwhile comes along too.
        others = edition if former is not None else along or new
        names = {path.name for path in own}
        take_along((path for path in others.iterdir() if path.name not in names), folder)
    for path in kept_editions(edition)[MOST_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
    return former


def go_back(edition: str | Path = "milano") -> Path:
    """Bring the edition back that was in use before the last change.

    The one in use now is kept in its turn, so that going back twice changes nothing.

    Parameters
    ----------
    edition
        A city that comes with the library, or the folder of an edition.

    Returns
    -------
    pathlib.Path
        The folder of the edition.

    Raises
    ------
    MissingFileError
        If there is no edition, or none is kept beside it.
    OutputError
        If it cannot be written.
    UnknownNameError
        If there is no such city.

    Examples
    --------
    >>> go_back("milan")
    Traceback (most recent call last):
    ...
    quartieri15.errors.UnknownNameError: unknown city 'milan'. Mend: did you mean milano?
    """
    folder = find_edition(edition)
    kept = kept_editions(folder)
    if not kept:
        raise MissingFileError(
            "no former edition is kept beside it",
            where=str(folder),
            mend=f"put one back yourself: a folder with a {MANIFEST}",
        )
    milano.load(kept[0])
    put_in_place(kept[0], folder)
    shutil.rmtree(kept[0], ignore_errors=True)
    return folder


def kept_editions(edition: str | Path = "milano") -> list[Path]:
    """Return the former editions that are kept beside one, the latest first.

    Parameters
    ----------
    edition
        A city that comes with the library, or the folder of an edition.

    Returns
    -------
    list of pathlib.Path
        Each holds an edition that ``load`` opens. Its name is when it was replaced (UTC).

    Raises
    ------
    UnknownNameError, MissingFileError, ParameterError, InputError
        If there is no such edition.

    Examples
    --------
    >>> kept_editions("milan")
    Traceback (most recent call last):
    ...
    quartieri15.errors.UnknownNameError: unknown city 'milan'. Mend: did you mean milano?
    """
    folder = find_edition(edition)
    return sorted(
        (path.parent for path in _shelf(folder).glob(f"[0-9]*/{MANIFEST}")),
        key=lambda path: path.name,
        reverse=True,
    )


def target_of(city: str, out: str | Path | None) -> tuple[Path, Path]:
    """Return the edition in use, and the folder in which the newer one shall stand.

    Without a folder both are that of the city. A folder that holds an edition is the one in use;
    else it will hold the new one, and is compared with the city's own.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    own = find_edition(city)
    target = own if out is None else require_path(out, where="out")
    place = require_writable(target, folder=True)
    in_use = place if (place / MANIFEST).is_file() else own
    return in_use, place


def known_folder(cache: Cache) -> Path:
    """Return where the raw files of the last update are kept."""
    return cache.folder / "sources" / "milano"


def _origin_of_streets(manifest: Mapping[str, Any]) -> str:
    told = {source["file"]: source for source in manifest["sources"]}[milano_feeds.STREETS]
    return str(told.get("origin", told["file"]))


def _shelf(edition: Path) -> Path:
    return edition.with_name(f"{edition.name}.kept")


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
    """Return the last raw file that is known of every name: that of the edition, if it is here."""
    cached = known_folder(cache)
    folders = [folder for folder in (sources, cached) if folder is not None]
    found = {}
    for name in milano.SOURCES:
        file = name.rpartition("/")[2]
        if file in milano.EDITABLE:
            found[name] = edition / file
            continue
        there = [folder / name for folder in folders if (folder / name).is_file()]
        there.sort(key=lambda path: _sha256(path) != in_use.get(name, {}).get("sha256"))
        if there:
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
    told = folders[0] / milano_fetched.FILE
    return found | ({milano_fetched.FILE: told} if told.is_file() else {})


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
    resources = portals.find_resources(
        downloader,
        dataset,
        name=feed.name if dataset == feed.dataset else None,
        portal=wanted.portal,
    )
    where = f"{wanted.portal}, dataset {dataset} ({name})"
    try:
        one = portals.choose_resource(
            resources, formats=feed.formats, pattern=feed.pattern, where=where
        )
        kept = portals.fetch_resource(downloader, one, kind=feed.kind, portal=wanted.portal)
    except DownloadError as error:
        raise DownloadError(
            error.what,
            where=error.where,
            mend=f"{(error.mend or '').rstrip('.')}; or {_KEEP.format(name=name)}",
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
        raise InputError(
            error.what,
            where=f"{dataset}, {one.file_name}",
            mend=f"{_KEEP.format(name=name)}, and look at what came: {one.url}",
        ) from error
    if drift.breaks:
        raise DriftError(
            str(drift),
            where=f"{dataset}, {one.file_name}",
            mend=f"{_KEEP.format(name=name)}, and tell the makers of the library",
            name=name,
        )
    if same:
        return dataclasses.replace(before, state="unchanged", remark=str(drift)), None
    row = dataclasses.replace(
        before, state="new", vintage=vintage, origin=one.url, remark=str(drift)
    )
    return row, Fetched(vintage=vintage, origin=one.url, fetched=kept.fetched)


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
