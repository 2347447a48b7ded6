"""The raw files of the edition in use, where they are still known; and which a user must bring."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from quartieri15.editions import inputs, milano
from quartieri15.editions.loading import MANIFEST
from quartieri15.editions.project_edition import sha256
from quartieri15.editions.updating import kept_editions
from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.editions.inputs import Wanted
    from quartieri15.sources.cache import Cache


def known_folder(cache: Cache) -> Path:
    """Return where the raw files of the last update are kept."""
    return cache.folder / "sources" / "milano"


def files_in_use(edition: Path) -> dict[str, dict[str, str]]:
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


def known_files(edition: Path, wanted: Wanted, cache: Cache) -> dict[str, Path]:
    """Return the last raw file that is known of every name: as given, else as of the last update.

    The registry is the one in the edition. A file that a former edition was built from is not
    given anew, where that of the edition in use is here.

    Raises
    ------
    MissingFileError
        If files are neither here nor fetched: all of them, and where they are from.
    """
    in_use, older = files_in_use(edition), defaultdict(set)
    for former in kept_editions(edition):
        for name, source in files_in_use(former).items():
            older[name].add(source.get("sha256"))
    folders = [folder for folder in (wanted.sources, known_folder(cache)) if folder is not None]
    found = {}
    for name in milano.SOURCES:
        file = name.rpartition("/")[2]
        if file in milano.EDITABLE:
            found[name] = edition / file
            continue
        there = [folder / name for folder in folders if (folder / name).is_file()]
        told = in_use.get(name, {}).get("sha256")
        if len(there) > 1 and sha256(there[0]) in older[name] and sha256(there[1]) == told:
            # Who gives the folder of the first update again does not mean its old files.
            found[name] = there[1]
        elif there:
            found[name] = there[0]
    _require_brought({name for name in milano.SOURCES if name not in found}, wanted)
    return found


def _require_brought(missing: set[str], wanted: Wanted) -> None:
    """Say which files a user must bring, of those that are missing, and where they are from."""
    names = {file: name for name, file in inputs.FILES.items()}
    brought = [
        file
        for file in milano.SOURCES
        if file in missing and not (file in names and wanted.fetches(names[file]))
    ]
    if not brought:
        return
    lines = []
    for file in brought:
        what, publisher, _, vintage = milano.SOURCES[file]
        name = names.get(file)
        why = f"; --keep {name} leaves it unfetched" if name in wanted.keep else ""
        if not why and name:
            why = f"; or name its dataset on the portal: --dataset {name}=..."
        lines.append(f"  {file}: {what}, {vintage} ({publisher}){why}")
    fetched = [name for file, name in names.items() if file in missing and file not in brought]
    others = f"\nThe others that are missing are fetched: {', '.join(fetched)}." if fetched else ""
    count = f"{len(brought)} raw files that are" if len(brought) > 1 else "a raw file that is"
    raise MissingFileError(
        f"{count} not fetched must be brought:\n" + "\n".join(lines) + others,
        where="sources" if wanted.sources is None else str(wanted.sources),
        mend="put them there"
        if wanted.sources
        else "give a folder that holds them, which is remembered after the first update",
    )
