"""The one door to checking: a folder goes in, a table of everything wrong with it comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quartieri15.arguments import require_path
from quartieri15.editions.checking.findings import Finding, findings_table
from quartieri15.editions.loading import MANIFEST
from quartieri15.editions.project import PROJECT_FILE
from quartieri15.errors import InputError, MissingFileError
from quartieri15.progress import saying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from quartieri15.progress import Say

SOURCE_FOLDERS: Final = ("comune", "istat", "osm", "registry")
"""What a folder of raw files of Milano has in it; two of them tell it from others."""


def check(folder: str | Path, *, progress: Say | None = None) -> pd.DataFrame:
    """Find everything that is wrong with the files of a city, in one pass.

    Nothing is changed, and nothing stops the check: what cannot be read is told, and the rest is
    looked at all the same.

    Parameters
    ----------
    folder
        A folder of raw files of Milano (``comune``, ``istat``, ``osm``, ``registry``), a project
        with a ``city.toml``, or an edition with a ``MANIFEST.json``.
    progress
        Called with a few words at the start of every step; shown on a terminal where left out.

    Returns
    -------
    pandas.DataFrame
        One row per problem, errors first, then by file: ``file``, ``row``, ``column`` (None where
        none is meant), ``problem``, ``mend``, ``severity`` (``error``: a wrong number would
        follow, or nothing can be built; ``warning``: probably wrong; ``note``: good to know),
        ``rule`` (its stable name, as in ``docs/checking.md``). ``attrs``: ``folder``, ``kind``
        (``sources``, ``project`` or ``edition``), and how many ``error``, ``warning`` and
        ``note`` there are.

    Raises
    ------
    ParameterError
        If ``folder`` is no path.
    MissingFileError
        If there is no such folder, or it holds none of the three.
    InputError
        If it is a file.

    Examples
    --------
    >>> found = check("data/milano")
    >>> found.attrs["kind"], found.attrs["error"]
    ('edition', 0)
    >>> found.loc[found["rule"] == "places.contradicted", "row"].tolist()
    ['CSRC-05', 'CSRC-08', 'CAM-15']
    """
    path = require_path(folder, where="folder")
    kind, look = _kind(path)
    with saying(progress, str(folder)) as say:
        return findings_table(look(path, say), folder=str(folder), kind=kind)


def require_no_errors(folder: str | Path, *, progress: Say | None = None) -> pd.DataFrame:
    """Check a folder and refuse it if there are errors; ``found`` of the error is the table.

    Raises
    ------
    FilesRefusedError
        If there are errors.
    """
    found = check(folder, progress=progress)
    if found.attrs["error"]:
        raise FilesRefusedError(found)
    return found


class FilesRefusedError(InputError):
    """Files of a city in which something is wrong, with the table of all of it.

    Parameters
    ----------
    found
        As :func:`check` returns it.
    """

    def __init__(self, found: pd.DataFrame) -> None:
        self.found = found
        count = found.attrs["error"]
        super().__init__(
            f"{count} errors are in the files" if count > 1 else "an error is in the files",
            where=found.attrs["folder"],
            mend=f"mend what the table says; see it again with: quartieri15 check "
            f"{found.attrs['folder']}",
        )


def _kind(folder: Path) -> tuple[str, Callable[[Path, Say], list[Finding]]]:
    """Tell what a folder holds, and what looks at that."""
    if folder.is_file():
        raise InputError(
            "this is a file", where=str(folder), mend="give the folder with the city's files"
        )
    if not folder.is_dir():
        raise MissingFileError(
            "there is no such folder",
            where=str(folder),
            mend="give the folder with the city's files",
        )
    if (folder / MANIFEST).is_file():
        from quartieri15.editions.checking.edition import check_edition

        return "edition", check_edition
    if (folder / PROJECT_FILE).is_file():
        from quartieri15.editions.checking.project import check_project

        return "project", check_project
    if sum((folder / name).is_dir() for name in SOURCE_FOLDERS) > 1:
        from quartieri15.editions.checking.milano_sources import check_milano_sources

        return "sources", check_milano_sources
    raise MissingFileError(
        f"the folder holds no {MANIFEST}, no {PROJECT_FILE} and no raw files, so no city",
        where=str(folder),
        mend=f"give an edition, a project, or a folder with {', '.join(SOURCE_FOLDERS)} in it",
    )
