"""A newer edition of a city: built beside the one in use, put in its place, and taken back.

Nothing of the edition in use is touched until :func:`put_in_place`, which keeps it beside the new
one, so that :func:`go_back` can bring it back.
"""

from __future__ import annotations

import datetime as dt
import filecmp
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from quartieri15.arguments import require_path
from quartieri15.editions import milano, milano_feeds, project_edition
from quartieri15.editions.loading import EDITIONS, MANIFEST, RECIPES, find_edition, load
from quartieri15.editions.project import is_project
from quartieri15.errors import InputError, MissingFileError, OutputError, UnknownNameError
from quartieri15.sources import tabular
from quartieri15.writing import (
    remove_folder,
    remove_leftovers,
    replacing_folder,
    require_writable,
    take_along,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from quartieri15.progress import Say

MOST_KEPT: Final = 5
"""How many former editions are kept beside the one in use."""
_OWN: Final = (*milano.FILES, MANIFEST)
"""The files of an edition; what else stands in its folder is its user's."""


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
    own = [new / name for name in _OWN]
    former = None
    if (edition / MANIFEST).is_file():
        former = _put_on_shelf(edition)
    with replacing_folder(edition) as folder:
        take_along(own, folder)
        # Last, so that what a user puts there meanwhile comes along too.
        others = edition if former is not None else along or new
        names = {path.name for path in own}
        take_along((path for path in others.iterdir() if path.name not in names), folder)
    for path in kept_editions(edition)[MOST_KEPT:]:
        # The edition is in its place: what cannot be removed is no failure.
        with suppress(OutputError):
            remove_folder(path)
    return former


def _put_on_shelf(edition: Path) -> Path:
    """Keep what an edition holds; what is kept already, of a run that was killed, is not twice."""
    shelf = _shelf(edition)
    remove_leftovers(shelf)
    former = shelf / dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")
    names = _names_in(edition)
    for one in kept_editions(edition):
        if _names_in(one) == names and _same(one, edition, names):
            return one.replace(former)
    with replacing_folder(former) as folder:
        take_along(edition.iterdir(), folder)
    return former


def _same(one: Path, other: Path, names: Collection[str]) -> bool:
    """Tell whether files of two folders hold the same."""
    alike, _, _ = filecmp.cmpfiles(one, other, names, shallow=False)
    return len(alike) == len(names)


def _names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


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
    # A run that was killed when it had kept the one in use has not replaced it.
    kept = [one for one in kept_editions(folder) if not _same(one, folder, _OWN)]
    if not kept:
        raise MissingFileError(
            "no former edition is kept beside it",
            where=str(folder),
            mend=f"put one back yourself: a folder with a {MANIFEST}",
        )
    load(kept[0])
    put_in_place(kept[0], folder)
    with suppress(OutputError):
        remove_folder(kept[0])
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


def require_updatable(city: str) -> None:
    """Refuse a city whose publishers cannot be asked, and say how it is made again.

    Raises
    ------
    UnknownNameError
        If the library has no recipe for it; also of a project, and of the folder of an edition.

    Examples
    --------
    >>> require_updatable("torino")
    Traceback (most recent call last):
    ...
    quartieri15.errors.UnknownNameError: 'torino' cannot be updated: only milano can, whose \
publishers are known. Mend: a city of your own is made again of its files: quartieri15 build \
PROJECT --out FOLDER.
    """
    if city in RECIPES:
        return
    folder, known, there = Path(city), " and ".join(RECIPES), False
    # The name may be too long for a folder.
    with suppress(OSError):
        there = folder.is_dir()
    if there and is_project(folder):
        mend = f"it is a project, made again of its files: quartieri15 build {city} --out FOLDER"
    elif city in EDITIONS or (there and project_edition.is_edition(folder)):
        place = "FOLDER" if city in EDITIONS else city
        mend = (
            "it is made of a project, with a city.toml, and made again by: quartieri15 build "
            f"PROJECT --out {place}"
        )
    elif there and (folder / MANIFEST).is_file():
        mend = f"say whose edition it is: quartieri15 update {RECIPES[0]} --out {city}"
    else:
        mend = (
            "a city of your own is made again of its files: quartieri15 build PROJECT --out FOLDER"
        )
    raise UnknownNameError(
        f"{city!r} cannot be updated: only {known} can, whose publishers are known", mend=mend
    )


def target_of(city: str, out: str | Path | None) -> tuple[Path, Path]:
    """Return the edition in use, and the folder in which the newer one shall stand.

    Without a folder both are that of the city. A folder that holds an edition is the one in use;
    else it will hold the new one, and is compared with the city's own.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    InputError
        If it holds the edition of another city.
    """
    own = find_edition(city)
    target = own if out is None else require_path(out, where="out")
    place = require_writable(target, folder=True)
    in_use = place if (place / MANIFEST).is_file() else own
    manifest = tabular.read_json(in_use / MANIFEST)
    there = manifest.get("city") if isinstance(manifest, dict) else None
    if there != city:
        raise InputError(
            f"it is the edition of {there or 'no city'}, not of {city}",
            where=str(in_use),
            mend="give another folder, or one with an edition of this city",
        )
    return in_use, place


def _origin_of_streets(manifest: Mapping[str, Any]) -> str:
    told = {source["file"]: source for source in manifest["sources"]}[milano_feeds.STREETS]
    return str(told.get("origin", told["file"]))


def _shelf(edition: Path) -> Path:
    return edition.with_name(f"{edition.name}.kept")
