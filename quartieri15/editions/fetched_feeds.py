"""One raw file of the Comune as it is now: found, fetched, held against what is read of it.

What does not come, or can no longer be read, is named with what keeps the update going without it.
"""

from __future__ import annotations

import dataclasses
import shutil
import zipfile
from typing import TYPE_CHECKING

from quartieri15.editions.inputs import OVERPASS
from quartieri15.editions.milano_feeds import FEEDS
from quartieri15.editions.milano_fetched import Fetched
from quartieri15.editions.project_edition import sha256
from quartieri15.errors import DownloadError, InputError, MissingFileError
from quartieri15.sources import comune
from quartieri15.sources import portal as portals
from quartieri15.sources.downloading import NotInCacheError
from quartieri15.sources.personal_columns import personal_among, without_columns
from quartieri15.sources.schema_drift import Drift, columns_of, compare_columns, member_like
from quartieri15.sources.transfers import NoAnswerError
from quartieri15.sources.whole_files import read_member

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from quartieri15.editions.inputs import Gathered, Wanted
    from quartieri15.editions.milano_feeds import Feed
    from quartieri15.sources.cache import Kept
    from quartieri15.sources.downloading import Downloader


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
            mend=f"run again with {keep_flags(error.name for error in errors)}, which leaves those "
            "as they are, and tell the makers of the library",
        )


def keep_flags(names: Iterable[str]) -> str:
    """Return what to add to a command so that some inputs are left as they are."""
    return " ".join(f"--keep {name}" for name in names)


def fetch_feed(
    before: Gathered, folder: Path, wanted: Wanted, downloader: Downloader, *, in_use: str | None
) -> tuple[Gathered, Fetched | None]:
    """Fetch one file from the portal into the folder, unless it is there or is of no use.

    Parameters
    ----------
    before
        What is there.
    folder
        Of raw files.
    wanted
        Where to look.
    downloader
        Fetches into its cache.
    in_use
        The checksum of the file that the edition in use was built from.

    Returns
    -------
    tuple
        What has become of it; and where it is from, if it is newer.

    Raises
    ------
    NoAnswerError
        If the portal does not answer at all.
    NotInCacheError
        If the network is not to be asked, and it was never fetched.
    DownloadError
        If it does not come.
    ChangedInputError
        If it can no longer be read.
    MissingFileError
        If it is of no use, and none is there.
    """
    feed, dataset = FEEDS[before.name], wanted.dataset_of(before.name)
    if dataset is None:
        remark = f"no dataset of the portal is known; name it with --dataset {before.name}=..."
        return dataclasses.replace(before, remark=remark), None
    downloader.say(f"{before.name}: dataset {dataset}")
    one, kept = _newest(before, dataset, wanted, downloader)
    vintage = one.modified[:10] or kept.fetched[:10]
    where = f"{dataset}, {one.file_name}"
    keep = _instead(before)
    try:
        kept, left_out = _without_personal_data(feed, kept, downloader)
        if feed.only_in is not None and not vintage.startswith(str(feed.only_in)):
            remark = f"{one} is not of {feed.only_in}, the only summer the edition has a place for"
            if before.state == "missing":
                raise MissingFileError(remark, where=str(folder / feed.file), mend=keep)
            return dataclasses.replace(before, remark=remark), None
        drift = _drift(feed, kept, folder / feed.file)
        if drift.breaks:
            raise ChangedInputError(  # noqa: TRY301
                str(drift),
                where=where,
                mend=f"{keep}, and tell the makers of the library",
                name=before.name,
            )
        new = folder / "fetched"
        _put(feed, kept.path, new)
        same = sha256(new) == in_use or _same_members(feed, kept.path, folder / feed.file, before)
    except ChangedInputError:
        raise
    except InputError as error:
        raise ChangedInputError(
            error.what,
            where=where,
            mend=f"{keep}, and look at what came: {one.url}",
            name=before.name,
        ) from error
    remark = "; ".join(filter(None, [str(drift), left_out]))
    if same and before.state == "new":
        new.unlink()
        return dataclasses.replace(before, remark="the portal has the one before it"), None
    if same:
        if before.state == "missing":
            _move(new, folder / feed.file)
        new.unlink(missing_ok=True)
        return dataclasses.replace(before, state="unchanged", remark=remark), None
    _move(new, folder / feed.file)
    row = dataclasses.replace(before, state="new", vintage=vintage, origin=one.url, remark=remark)
    return row, Fetched(vintage=vintage, origin=one.url, fetched=kept.fetched)


def _instead(before: Gathered) -> str:
    """Say what to do without a file that has not come, or cannot be read."""
    if before.state == "missing":
        return f"put {before.file} among your sources, and run again with --keep {before.name}"
    return f"run again with --keep {before.name}, which leaves that one as it is"


def _without_the_portal(before: Gathered, wanted: Wanted) -> str:
    """Say how to go on when nothing at all comes from the portal."""
    if before.state == "missing":
        return ""
    flags = keep_flags(name for name in FEEDS if wanted.fetches(name))
    file = " --streets FILE.osm.pbf" if wanted.streets == OVERPASS else ""
    return f"; or leave what it has as it is, and take the streets alone: {flags}{file}"


def _newest(
    before: Gathered, dataset: str, wanted: Wanted, downloader: Downloader
) -> tuple[portals.Resource, Kept]:
    """Find and fetch the file that the portal has now."""
    feed, keep = FEEDS[before.name], _instead(before)
    try:
        resources = portals.find_resources(
            downloader,
            dataset,
            name=feed.name if dataset == feed.dataset else None,
            portal=wanted.portal,
        )
        try:
            one = portals.choose_resource(
                resources,
                formats=(feed.kind,),
                pattern=feed.pattern,
                where=f"{wanted.portal}, dataset {dataset} ({before.name})",
            )
        except DownloadError as error:
            raise ChangedInputError(
                error.what, where=error.where, mend=f"{error.mend}; {keep}", name=before.name
            ) from error
        kept = portals.fetch_resource(downloader, one, kind=feed.kind, portal=wanted.portal)
    except NotInCacheError:
        raise
    except NoAnswerError as error:
        raise NoAnswerError(
            error.what, where=error.where, mend=f"{error.mend}{_without_the_portal(before, wanted)}"
        ) from error
    except DownloadError as error:
        raise DownloadError(
            error.what,
            where=error.where,
            mend=f"{(error.mend or '').rstrip('.')}; or {keep}",
            status=error.status,
        ) from error
    return one, kept


def _without_personal_data(feed: Feed, kept: Kept, downloader: Downloader) -> tuple[Kept, str]:
    """Take columns of personal data out of a fetched file, in the cache too; say which."""
    if feed.members is not None:
        return kept, ""
    personal = personal_among(columns_of(kept.path, kind=feed.kind))
    if not personal:
        return kept, ""
    rest = without_columns(kept.path, personal, kind=feed.kind)
    return (
        downloader.cache.keep_instead(kept, rest),
        f"left out, as personal data: {', '.join(personal)}",
    )


def _drift(feed: Feed, kept: Kept, known: Path) -> Drift:
    """Compare the columns of what has come with those that are read, and with the last known."""
    if isinstance(feed.needed, tuple):
        return _drift_of(kept.path, known, feed.kind, feed.needed, None)
    drifts = [
        _drift_of(kept.path, known, feed.kind, needed, member)
        for member, needed in feed.needed.items()
    ]
    return Drift(
        missing=tuple(name for drift in drifts for name in drift.missing),
        renamed={old: new for drift in drifts for old, new in drift.renamed.items()},
        new=tuple(name for drift in drifts for name in drift.new),
    )


def _drift_of(
    path: Path, known: Path, kind: str, needed: Collection[str], member: str | None
) -> Drift:
    found = columns_of(path, kind=kind, member=member)
    years = [name[-4:] for name in found if comune.FOREIGN_OF.fullmatch(name)] or ["2021"]
    needed = [name.format(year=years[0]) for name in needed]
    there = known.is_file()
    before = columns_of(known, kind=kind, member=member) if there else []
    drift = compare_columns(found, needed=needed, before=[*before, *needed])
    # Without a former file nobody knows which columns are new.
    return drift if there or drift.breaks else dataclasses.replace(drift, new=())


def _same_members(feed: Feed, path: Path, known: Path, before: Gathered) -> bool:
    """Tell whether in a fetched archive is what is read in the one in use."""
    if feed.members is None or before.state != "kept":
        return False
    contents = []
    for archive_path in (path, known):
        with zipfile.ZipFile(archive_path) as archive:
            infos = [archive.getinfo(member_like(archive_path, one)) for one in feed.members]
            contents.append([(info.CRC, info.file_size) for info in infos])
    return contents[0] == contents[1]


def _put(feed: Feed, path: Path, target: Path) -> None:
    """Put a fetched file in a place; of an archive what is read in it, with the known names."""
    if feed.members is None:
        shutil.copyfile(path, target)
        return
    with zipfile.ZipFile(target, "w") as packed:
        for pattern, name in feed.members.items():
            octets = read_member(path, member_like(path, pattern))
            packed.writestr(zipfile.ZipInfo(name), octets, compress_type=zipfile.ZIP_DEFLATED)


def _move(new: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    new.replace(target)
