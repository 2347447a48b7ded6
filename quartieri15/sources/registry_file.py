"""A registry of places as text: one row is written anew, all others stay byte for byte."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from quartieri15.arguments import require_flag, require_path, require_text
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError, Quartieri15Error, UnknownNameError
from quartieri15.sources.registry import REGISTRY_COLUMNS, read_registry
from quartieri15.sources.tabular import require_file
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.model.city import City


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
        If it is no registry in UTF-8.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = require_path(path, where="path")
        require_file(self.path)
        try:
            self.text = self.path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                "the text is not in UTF-8", where=self.path.name, mend="save the file as UTF-8"
            ) from error
        self.end = "\r\n" if "\r\n" in self.text else "\n"
        lines = self.text.removeprefix("\ufeff").splitlines(keepends=True)
        lines = _joined(lines)
        reader = csv.reader(iter(lines), strict=True)
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
                mend="give the registry of places",
            )

    def row(self, place: str) -> dict[str, str]:
        """Return the cells of a place."""
        require_text(place, where="place")
        return self._cells(self._at(place))

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
        require_flag(dry_run, where="dry_run")
        texts = [text for text, _ in self.records]
        if row:
            at = self._at(place)
            texts[at] = self._written([{**row, **after}[name] for name in self.header])
            if not self.records[at][0].endswith("\n"):
                texts[at] = texts[at].removesuffix(self.end)
        else:
            if not texts[-1].endswith("\n"):
                texts[-1] += self.end
            texts.append(self._written([after[name] for name in self.header]))
        mark = "\ufeff" if self.text.startswith("\ufeff") else ""
        raw = (mark + "".join(texts)).encode()
        self._require_readable(raw, city)
        if not dry_run:
            with replacing_file(self.path) as unfinished:
                unfinished.write_bytes(raw)
        return RegistryEdit(
            place=place,
            what=what,
            before={name: row[name] for name in after if row},
            after=dict(after),
            written=not dry_run,
        )

    def _written(self, cells: list[str]) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=self.end).writerow(cells)
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
