"""Whether a publisher has changed the columns of a file: which are gone, renamed or new."""

from __future__ import annotations

import csv
import re
import zipfile
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Final

from quartieri15.errors import InputError
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALIKE: Final = 0.7
"""How alike two names must be to be taken for one column renamed, from 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How the columns of a file differ from those that are read.

    Parameters
    ----------
    missing
        Columns that are read and gone.
    renamed
        Of those, what they seem to be called now.
    new
        Columns that were not there before, and are not read.

    Examples
    --------
    >>> drift = compare_columns(["ID_NIL", "Nome"], needed=["ID_NIL", "NIL"],
    ...     before=["ID_NIL", "NIL"])
    >>> drift.missing, drift.renamed, drift.new
    (('NIL',), {}, ('Nome',))
    >>> print(compare_columns(["Municipio"], needed=["MUNICIPIO"], before=["MUNICIPIO"]))
    column MUNICIPIO is gone (it seems to be called Municipio now)
    """

    missing: tuple[str, ...]
    renamed: Mapping[str, str]
    new: tuple[str, ...]

    @property
    def breaks(self) -> bool:
        """Whether the file can no longer be read."""
        return bool(self.missing)

    def __str__(self) -> str:
        """Say it in a sentence; nothing where nothing has changed."""
        said = []
        if self.missing:
            now = ", ".join(
                f"{old} is gone (it seems to be called {self.renamed[old]} now)"
                if old in self.renamed
                else f"{old} is gone"
                for old in self.missing
            )
            said.append(f"column {now}")
        if self.new:
            said.append(f"new: {', '.join(self.new)}")
        return "; ".join(said)


def compare_columns(found: Iterable[str], *, needed: Iterable[str], before: Iterable[str]) -> Drift:
    """Tell how columns differ from those that are read, and from those that were there.

    Parameters
    ----------
    found
        The columns of the file as it is now.
    needed
        The columns that are read.
    before
        The columns of the last file that is known.
    """
    now, old = list(dict.fromkeys(found)), {*before}
    missing = tuple(column for column in needed if column not in now)
    new = tuple(column for column in now if column not in old)
    left, renamed = list(new), {}
    for column in missing:
        best = max(left, key=lambda other: _alike(column, other), default=None)
        if best is not None and _alike(column, best) >= ALIKE:
            renamed[column] = best
            left.remove(best)
    return Drift(missing=missing, renamed=renamed, new=tuple(left))


def columns_of(path: str | Path, *, kind: str, member: str | None = None) -> list[str]:
    """Return the names of the columns of a CSV, or of the properties in a GeoJSON.

    Parameters
    ----------
    path
        The file.
    kind
        ``"csv"``, ``"geojson"``, or ``"zip"`` for a CSV in an archive.
    member
        A regular expression: which file of the archive.

    Raises
    ------
    MissingFileError, InputError
        If the file is missing, or is none of the kind; if no file of the archive fits.
    """
    path = Path(path)
    if kind == "geojson":
        document = tabular.read_json(path)
        features = document.get("features") if isinstance(document, dict) else None
        if not isinstance(features, list):
            raise InputError(
                "it is no GeoJSON with features", where=path.name, mend="download it again"
            )
        names: dict[str, None] = {}
        for feature in features:
            properties = feature.get("properties") if isinstance(feature, dict) else None
            names.update(dict.fromkeys(properties if isinstance(properties, dict) else ()))
        return list(names)
    line = tabular.first_line(path, member=None if member is None else member_like(path, member))
    separator = max(tabular.SEPARATORS, key=line.count)
    try:
        header = next(csv.reader([line], delimiter=separator), [])
    except csv.Error as error:
        raise InputError(
            f"its first line is no header ({error})", where=path.name, mend="download it again"
        ) from error
    return [field.strip() for field in header]


def member_like(path: str | Path, pattern: str) -> str:
    """Return the one file of an archive whose name fits a pattern, capital or not.

    Raises
    ------
    InputError
        If none fits, or several do, or it is no archive.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError("not a zip archive", where=path.name, mend="download it again") from error
    fit = [name for name in names if re.fullmatch(pattern, name, re.IGNORECASE)]
    if len(fit) != 1:
        what = f"{len(fit)} files are" if fit else "no file is"
        raise InputError(
            f"{what} called like {pattern!r} in the archive (there are: {', '.join(names)})",
            where=path.name,
            mend="keep the file you have and tell the makers of the library",
        )
    return fit[0]


def _alike(one: str, other: str) -> float:
    first, second = (re.sub(r"[\W_]+", "", name).lower() for name in (one, other))
    return float(SequenceMatcher(None, first, second).ratio())
