"""A registry of places as text: one row is written anew, all others stay byte for byte.

The file keeps its ways: what stands between its cells, its decimal mark, its encoding, its line
ends, and whether its whole numbers are written ``42`` or, as programs do, ``42.0``.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import tempfile
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd

from quartieri15.arguments import require_flag, require_path, require_text
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError, OutputError, Quartieri15Error, UnknownNameError
from quartieri15.locking import locked
from quartieri15.sources import tabular
from quartieri15.sources.registry import REGISTRY_COLUMNS, read_registry
from quartieri15.sources.whole_files import require_file
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from quartieri15.model.city import City

WHOLE: Final = ("municipio", "has_wemi", "ds3017_id", "nil_id")
"""Columns of whole numbers."""
NUMBERS: Final = (*WHOLE, "lat", "lon", "location_uncertainty_m")
LOCK_WAIT_S: Final = 10.0
"""How long to wait for another process that edits the same registry."""


@contextmanager
def edited_registry(path: str | Path, *, dry_run: bool) -> Iterator[RegistryFile]:
    """Read a registry to edit it, and let no other process edit it until the block ends.

    Parameters
    ----------
    path
        The ``registry.csv``.
    dry_run
        Whether nothing will be written: then nobody need wait.

    Raises
    ------
    MissingFileError, InputError
        As for :class:`RegistryFile`.
    OutputError
        If another process has been editing it for :data:`LOCK_WAIT_S`, or nothing can be
        written beside it.
    """
    require_flag(dry_run, where="dry_run")
    file = Path(os.path.realpath(require_path(path, where="path")))
    require_file(file)
    only_here = locked(
        file.with_name(f".{file.name}.lock"),
        wait_s=LOCK_WAIT_S,
        what=f"{file.name}",
        mend_busy="run again when it has ended; nothing was changed",
        mend_unwritable="copy the registry to a folder you may write to; nothing was changed",
    )
    with nullcontext() if dry_run else only_here:
        yield RegistryFile(path)


@dataclass(frozen=True, kw_only=True)
class RegistryEdit:
    """What an edit changes, or would change.

    Parameters
    ----------
    place
        The id of the place.
    what
        ``added``, ``corrected`` or ``confirmed``.
    before, after
        The cells that change, by column; ``before`` is empty for a place that is added.
    written
        Whether the file was changed.
    """

    place: str
    what: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    written: bool


class RegistryFile:
    """A registry, and which text each of its rows is.

    Parameters
    ----------
    path
        The ``registry.csv``.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no registry.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = require_path(path, where="path")
        require_file(self.path)
        self.raw = self.path.read_bytes()
        text, read_as = tabular.decoded(self.raw, tabular.ENCODINGS, where=self.path.name)
        self.mark = codecs.BOM_UTF8 if self.raw.startswith(codecs.BOM_UTF8) else b""
        self.encoding = "utf-8" if read_as == "utf-8-sig" else read_as
        self.end = "\r\n" if "\r\n" in text else "\n"
        lines = _joined(text.splitlines(keepends=True))
        self.separator = tabular.separator_in(lines[0] if lines else "", REGISTRY_COLUMNS)
        reader = csv.reader(iter(lines), delimiter=self.separator, strict=True)
        self.records: list[tuple[str, list[str]]] = []
        start = 0
        try:
            for row in reader:
                self.records.append(("".join(lines[start : reader.line_num]), row))
                start = reader.line_num
        except csv.Error as error:
            raise InputError(
                str(error),
                where=f"{self.path.name}, line {reader.line_num}",
                mend="check the quotes around this line",
            ) from error
        self.header = [name.strip() for name in self.records[0][1]] if self.records else []
        missing = [name for name in REGISTRY_COLUMNS if name not in self.header]
        if missing:
            raise InputError(
                f"column {', '.join(missing)} is missing",
                where=f"{self.path.name}, line 1",
                mend="give the registry.csv of an edition of Milano; the list of places of a "
                "project is edited as any table, and checked by: quartieri15 check",
            )
        # What a number looks like in this file.
        self.decimal = "."
        if self.separator != "," and any(self._has(one, r"-?\d+,\d+") for one in NUMBERS):
            self.decimal = ","
        self.with_nought = {one for one in WHOLE if self._has(one, r"\d+[.,]0")}

    def _has(self, column: str, pattern: str) -> bool:
        place = self.header.index(column)
        return any(
            len(row) > place and re.fullmatch(pattern, row[place].strip())
            for _, row in self.records[1:]
        )

    def row(self, place: str) -> dict[str, str]:
        """Return the cells of a place, numbers with a decimal point and whole ones without."""
        require_text(place, where="place")
        cells = self._cells(self._at(place))
        return {column: self._plain(column, text) for column, text in cells.items()}

    def _plain(self, column: str, text: str) -> str:
        if column not in NUMBERS:
            return text
        plain = text.replace(self.decimal, ".")
        return re.sub(r"(?<=\d)\.0+$", "", plain) if column in WHOLE else plain

    def _as_here(self, column: str, text: str) -> str:
        """Write a number as this file does."""
        if column in self.with_nought and text.isdecimal():
            text += ".0"
        return text.replace(".", self.decimal) if column in NUMBERS else text

    def _at(self, place: str) -> int:
        column = self.header.index("id")
        ids = {
            row[column].strip(): at
            for at, (_, row) in enumerate(self.records)
            if at and len(row) > column
        }
        if place not in ids:
            raise UnknownNameError.among(place, ids, kind="place", where=self.path.name)
        return ids[place]

    def _cells(self, at: int) -> dict[str, str]:
        _, row = self.records[at]
        if len(row) != len(self.header):
            raise InputError(
                f"{len(row)} fields where the header has {len(self.header)}",
                where=f"{self.path.name}, {row[0] if row else 'an empty row'}",
                mend="see what else is wrong with: quartieri15 check",
            )
        return {name: cell.strip() for name, cell in zip(self.header, row, strict=True)}

    def next_id(self, prefix: str) -> str:
        """Return the id after the last of a kind: ``CSRC-30``."""
        column = self.header.index("id")
        found = [
            re.fullmatch(rf"{prefix}-(\d+)", row[column].strip())
            for _, row in self.records[1:]
            if len(row) > column
        ]
        numbers = [match[1] for match in found if match]
        width = max(map(len, numbers), default=2)
        return f"{prefix}-{max(map(int, numbers), default=0) + 1:0{width}d}"

    def edited(
        self,
        place: str,
        what: str,
        row: Mapping[str, str],
        after: Mapping[str, str],
        *,
        city: City,
        dry_run: bool,
    ) -> RegistryEdit:
        """Put a row in its place, unless the reader refuses the file as it would then be."""
        texts = [text for text, _ in self.records]
        told = {column: self._as_here(column, text) for column, text in after.items()}
        if row:
            at = self._at(place)
            cells = {**self._cells(at), **told}
            texts[at] = self._written([cells[name] for name in self.header])
            if not self.records[at][0].endswith("\n"):
                texts[at] = texts[at].removesuffix(self.end)
        else:
            if not texts[-1].endswith("\n"):
                texts[-1] += self.end
            texts.append(self._written([told[name] for name in self.header]))
        raw = self.mark + self._encoded("".join(texts))
        self._require_readable(raw, city)
        if not dry_run:
            with replacing_file(self.path) as unfinished:
                unfinished.write_bytes(raw)
                # A program that knows no lock, such as a spreadsheet, may have saved it meanwhile.
                if self.path.read_bytes() != self.raw:
                    raise OutputError(
                        "somebody else has changed the file meanwhile",
                        where=self.path.name,
                        mend="run again; nothing was changed",
                    )
        return RegistryEdit(
            place=place,
            what=what,
            before={name: row[name] for name in after if row},
            after=dict(after),
            written=not dry_run,
        )

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise InputError(
                f"{text[error.start]!r} cannot be written in {tabular.ENCODING_NAMES['cp1252']}, "
                "in which the file is",
                where=self.path.name,
                mend="write it otherwise, or save the file as CSV UTF-8; nothing was changed",
            ) from error

    def _written(self, cells: list[str]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.separator, lineterminator=self.end).writerow(cells)
        return out.getvalue()

    def _require_readable(self, raw: bytes, city: City) -> None:
        zones = city.zones
        nil = zones.get("nil")
        municipi = zones.get("municipi")
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / self.path.name
            copy.write_bytes(raw)
            try:
                read_registry(
                    copy,
                    extent=_extent(city),
                    municipi=None if municipi is None else municipi["id"].tolist(),
                    nil=None if nil is None else dict(zip(nil["id"], nil["name"], strict=True)),
                )
            except Quartieri15Error as error:
                error.mend = f"{(error.mend or 'correct it').rstrip('.')}; nothing was changed"
                raise


def _joined(lines: list[str]) -> list[str]:
    """Put lines together again that a text parts and a file does not."""
    joined: list[str] = []
    for line in lines:
        if joined and not joined[-1].endswith("\n"):
            joined[-1] += line
        else:
            joined.append(line)
    return joined


def _extent(city: City) -> tuple[float, float, float, float]:
    west, south, east, north = (
        gpd.GeoSeries(
            gpd.points_from_xy(city.streets.extent[[0, 2]], city.streets.extent[[1, 3]]),
            crs=city.crs,
        )
        .to_crs(GEOGRAPHIC)
        .total_bounds
    )
    return float(west), float(south), float(east), float(north)
