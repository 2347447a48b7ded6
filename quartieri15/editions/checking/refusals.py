"""Everything a reader refuses in a file, where it raises one error at a time.

A reader of ``sources`` stops at the first thing wrong. It is asked again with a copy of the file
that lacks the row it refused, until it refuses nothing more: so the rules stand once, in the
readers, and all that breaks them is found. A row with two faults is put back with the value of
another row in the place of the first, to find the second.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from quartieri15.editions.checking.findings import place_in
from quartieri15.errors import Quartieri15Error, RefusedRowsError
from quartieri15.sources.tabular import SEPARATORS
from quartieri15.sources.whole_files import read_member, read_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_REFUSALS: Final = 50
"""After so many refused rows a file is not asked again: it is another file, not a few slips."""
MOST_REFUSALS_OF_LARGE: Final = 10
_LARGE_BYTES: Final = 2_000_000

Table = TypeVar("Table")


class Refusals(Generic[Table]):
    """What a reader refused of a file, and what it read of the rest.

    Attributes
    ----------
    errors
        Every refusal, in the order they were met; rows are named as in the file.
    table
        What was read without the refused rows; None where nothing could be read.
    stopped
        Whether the file was given up with rows left to be asked about.
    """

    def __init__(self) -> None:
        self.errors: list[Quartieri15Error] = []
        self.table: Table | None = None
        self.stopped = False


def every_refusal(read: Callable[[Path], Table], path: Path) -> Refusals[Table]:
    """Ask a reader again and again, each time without the row that it refused.

    Parameters
    ----------
    read
        A reader that takes a path and raises a :class:`Quartieri15Error` that names the line,
        the feature or the record it refuses.
    path
        The file; a copy is made only if something is refused.

    Returns
    -------
    Refusals
    """
    found: Refusals[Table] = Refusals()
    try:
        found.table = read(path)
    except Quartieri15Error as error:
        with tempfile.TemporaryDirectory() as folder:
            _ask_again(read, path, Path(folder) / path.name, error, found)
    return found


def _ask_again(
    read: Callable[[Path], Table],
    path: Path,
    copy: Path,
    error: Quartieri15Error,
    found: Refusals[Table],
) -> None:
    large = path.stat().st_size > _LARGE_BYTES if path.is_file() else False
    most = MOST_REFUSALS_OF_LARGE if large else MOST_REFUSALS
    draft = _draft(path, _each(error)[0])
    while True:
        left_out = []
        for each in _each(error):
            number, column = _named(each, draft)
            found.errors.append(each)
            gone = draft is not None and number is not None and draft.leave_out(number, column)
            left_out.append(gone)
        if draft is None or not all(left_out):
            return
        if len(found.errors) >= most:
            found.stopped = True
            return
        copy.write_bytes(draft.written())
        try:
            found.table = read(copy)
        except Quartieri15Error as next_error:
            error = next_error
            continue
        break
    if isinstance(draft, _Csv):
        found.errors += _second_faults(read, copy, draft, most - len(found.errors))


def _each(error: Quartieri15Error) -> tuple[Quartieri15Error, ...]:
    """Return the errors of several rows that were told as one."""
    return error.each if isinstance(error, RefusedRowsError) else (error,)


def _second_faults(
    read: Callable[[Path], Any], copy: Path, draft: _Csv, most: int
) -> list[Quartieri15Error]:
    """Find what else is wrong in refused rows, with the refused value taken from other rows.

    What is refused must not depend on the value that was put in: only what is refused in the same
    words with the values of two different rows is told.
    """
    errors: list[Quartieri15Error] = []
    for line, first in draft.refused.items():
        columns = [first]
        while len(errors) < most and all(column in draft.header for column in columns):
            told = []
            for donor in draft.donors():
                copy.write_bytes(draft.written(back=line, columns=columns, donor=donor))
                try:
                    read(copy)
                except Quartieri15Error as error:
                    told.append(error)
            places = {(error.what, error.where) for error in told}
            if len(told) < _DONORS or len(places) > 1:
                break
            number, column = _named(told[0], draft)
            if number != line or column is None or column in columns:
                break
            errors.append(told[0])
            columns.append(column)
    return errors


_DONORS: Final = 2


def _named(error: Quartieri15Error, draft: _Draft | None) -> tuple[int | None, str | None]:
    """Return the row and the column that an error names, the row as the file counts it."""
    row, column = place_in(error.where)
    digits = (row or "").split()[-1:]
    if not digits or not digits[0].isdigit():
        return None, column
    number = int(digits[0])
    if draft is not None:
        number = draft.original(number)
        word = draft.word or str(row).split()[0]
        error.where = (error.where or "").replace(str(row), f"{word} {number}")
    return number, column


class _Draft(Protocol):
    """A file from which rows can be left out; ``word`` is what its rows are called, if always."""

    word: str

    def original(self, number: int) -> int: ...

    def leave_out(self, number: int, column: str | None) -> bool: ...

    def written(self) -> bytes: ...


def _draft(path: Path, error: Quartieri15Error) -> _Draft | None:
    """Return a file as rows, if it is of a kind of which rows can be left out."""
    row, _ = place_in(error.where)
    if row is None or not path.is_file() or isinstance(error.__cause__, csv.Error):
        return None
    try:
        if path.suffix.lower() in (".csv", ".tsv", ".txt", ".zip"):
            member = (error.where or "").split(",")[0].partition(f"{path.name}/")[2]
            return _Csv(path, member)
        return _Json(path)
    except (OSError, ValueError, csv.Error, RecursionError, zipfile.BadZipFile, KeyError):
        return None


class _Csv:
    """The rows of a CSV by the line they begin on; what is left out leaves blank lines."""

    # A contract of columns calls a line by its label: row 12 is line 12.
    word = "line"

    def __init__(self, path: Path, member: str) -> None:
        self.path, self.member = path, member
        raw = read_member(path, member) if member else read_whole(path)
        try:
            text, self.encoding = raw.decode("utf-8-sig"), "utf-8-sig"
        except UnicodeDecodeError:
            text, self.encoding = raw.decode("cp1252"), "cp1252"
        first = text.partition("\n")[0]
        self.separator = max(SEPARATORS, key=first.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=self.separator, strict=True)
        self.rows: dict[int, list[str]] = {}
        start = 1
        for row in rows:
            self.rows[start] = row
            start = rows.line_num + 1
        self.end = start
        self.header = [field.strip() for field in self.rows.get(1, [])]
        self.refused: dict[int, str | None] = {}

    def original(self, number: int) -> int:
        return number

    def leave_out(self, number: int, column: str | None) -> bool:
        if number <= 1 or number not in self.rows or number in self.refused:
            return False
        self.refused[number] = column
        # Without a row that is well there is nothing to read, which nobody needs to be told.
        return bool(self.donors())

    def donors(self) -> list[list[str]]:
        """Return two accepted rows, to take values from."""
        width = len(self.header)
        kept = (
            row
            for line, row in self.rows.items()
            if line > 1 and line not in self.refused and len(row) == width and any(row)
        )
        return [row for row, _ in zip(kept, range(_DONORS), strict=False)]

    def written(
        self, *, back: int = 0, columns: list[Any] | None = None, donor: list[str] | None = None
    ) -> bytes:
        """Return the file without what was refused; one row may be put back, mended."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=self.separator, lineterminator="\n")
        starts = [*self.rows, self.end]
        for line, after in zip(self.rows, starts[1:], strict=True):
            row = self.rows[line]
            if line == back:
                own = [self.header.index(column) for column in columns or ()]
                row = [donor[at] if donor and at in own else cell for at, cell in enumerate(row)]
            elif line in self.refused:
                row = []
            if any(row):
                writer.writerow(row)
            else:
                out.write("\n" * (after - line))
        raw = out.getvalue().encode(self.encoding)
        if not self.member:
            return raw
        return _with_member(self.path, self.member, raw)


def _with_member(path: Path, member: str, raw: bytes) -> bytes:
    """Return an archive with another text in the place of one of its files."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(out, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, raw if name == member else archive.read(name))
    return out.getvalue()


class _Json:
    """The features or records of a JSON file, each with the number it has in the file."""

    word = ""

    def __init__(self, path: Path) -> None:
        document: Any = json.loads(read_whole(path))
        self.key: str | None = None
        if isinstance(document, dict):
            self.key = next(key for key, value in document.items() if isinstance(value, list))
        self.document: Mapping[str, Any] | list[Any] = document
        records = document if self.key is None else document[self.key]
        self.kept = list(range(len(records)))
        self.records = list(records)

    def original(self, number: int) -> int:
        return self.kept[number] if number < len(self.kept) else number

    def leave_out(self, number: int, column: str | None) -> bool:  # noqa: ARG002
        if number not in self.kept or len(self.kept) == 1:
            return False
        self.kept.remove(number)
        return True

    def written(self) -> bytes:
        records = [self.records[number] for number in self.kept]
        if isinstance(self.document, list):
            return json.dumps(records).encode()
        return json.dumps({**self.document, str(self.key): records}).encode()
