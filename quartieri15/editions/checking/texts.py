"""What is wrong with a file as text: letters decoded twice, formulas, marks that do harm."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from quartieri15.editions.checking.findings import Finding
from quartieri15.errors import Quartieri15Error
from quartieri15.sources.tabular import SEPARATORS, UTF_16_MARKS
from quartieri15.sources.whole_files import read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT_ENDINGS: Final = (".csv", ".tsv", ".txt", ".json", ".geojson", ".toml", ".yaml", ".yml")
TABLE_ENDINGS: Final = (".csv", ".tsv", ".txt")

# UTF-8 of Latin letters, read as Windows-1252: an A with a tilde or a hat, then one more sign.
_DECODED_TWICE: Final = re.compile(
    "Ã[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|Â[\xa0-\xbf]|â€[™œ\x9d“”˜¦]|ï»¿"
)
_LOST: Final = "\ufffd"
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"[+-]?[\d.,]+(?:[eE][+-]?\d+)?%?|[+-]|[+]?[\d ()/.-]+")


def check_text(path: Path, *, file: str) -> Iterator[Finding]:
    """Find what is wrong with a text file before anybody reads it as a table.

    Parameters
    ----------
    path
        The file.
    file
        What findings call it.

    Yields
    ------
    Finding
        ``files.empty``, ``files.encoding``, ``files.unreadable`` (errors);
        ``texts.decoded_twice``, ``texts.lost_letter``, ``texts.formula``, ``texts.mark``
        (warnings).
    """
    try:
        raw = read_whole(path)
    except Quartieri15Error as error:
        yield Finding(
            file=file,
            problem=error.what,
            mend=error.mend or "put it there again",
            severity="error",
            rule="files.unreadable",
        )
        return
    if not raw.strip(b"\xef\xbb\xbf \r\n\t\0"):
        yield Finding(
            file=file,
            problem="the file is empty",
            mend="download it again, or bring back the former one",
            severity="error",
            rule="files.empty",
        )
        return
    if path.suffix.lower() not in TEXT_ENDINGS or raw.startswith(UTF_16_MARKS):
        return
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
        if path.suffix.lower() not in TABLE_ENDINGS:
            yield Finding(
                file=file,
                problem="the text is not UTF-8",
                mend="save the file as UTF-8",
                severity="error",
                rule="files.encoding",
            )
            return
    yield from _letters(text, file)
    if path.suffix.lower() in TABLE_ENDINGS:
        yield from _formulas(text, file)


def _letters(text: str, file: str) -> Iterator[Finding]:
    mark = text.find("\ufeff", 1)
    if mark > 0:
        yield Finding(
            file=file,
            row=f"line {text.count(chr(10), 0, mark) + 1}",
            problem="a byte order mark stands in the middle, so that two names alike are not equal",
            mend="remove it: files were put one behind the other",
            severity="warning",
            rule="texts.mark",
        )
    for rule, problem, hits in (
        (
            "texts.decoded_twice",
            "letters were decoded twice",
            list(_DECODED_TWICE.finditer(text)),
        ),
        (
            "texts.lost_letter",
            "a letter was lost",
            list(re.finditer(_LOST, text)),
        ),
    ):
        if not hits:
            continue
        at = hits[0].start()
        around = text[max(0, at - 12) : at + 8].replace("\n", " ").replace("\r", " ").strip()
        others = f", and {len(hits) - 1} more times" if len(hits) > 1 else ""
        yield Finding(
            file=file,
            row=f"line {text.count(chr(10), 0, at) + 1}",
            problem=f"{problem}: {around!r}{others}",
            mend="save the file anew from its source, as UTF-8",
            severity="warning",
            rule=rule,
        )


def _formulas(text: str, file: str) -> Iterator[Finding]:
    """Find cells that a spreadsheet would compute instead of showing them."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(SEPARATORS, key=first.count))
    header: list[str] = []
    start = 1
    try:
        for row in rows:
            header = header or row
            for at, cell in enumerate(row):
                if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell.strip()):
                    yield Finding(
                        file=file,
                        row=f"line {start}",
                        column=header[at] if at < len(header) else None,
                        problem=f"a spreadsheet would compute the cell {cell[:40]!r}",
                        mend="begin it with a letter",
                        severity="warning",
                        rule="texts.formula",
                    )
            start = rows.line_num + 1
    except csv.Error:
        # What is wrong with the quotes is told by whoever reads the table.
        return
