"""Tables as one workbook for Excel and LibreOffice: a sheet per table, and what its columns mean.

Numbers are numbers: a program in Italian shows 1.234 and 44,5 %, one in English 1,234 and 44.5 %.
Licence and vintages stand once, on the first sheet. The same tables give the same file.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import require_moment, require_path, require_text, shown
from quartieri15.errors import InputError
from quartieri15.model.city import require_provenance
from quartieri15.publish import words
from quartieri15.publish.dictionary import (
    CODED,
    code_text,
    codes_in,
    column_label,
    column_meaning,
    is_minutes,
    is_share,
)
from quartieri15.publish.report.method import vintage_rows
from quartieri15.publish.tables import require_tables, rounded, sources_of, with_whole_ids
from quartieri15.publish.texts import capital
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS: Final = 1_048_575
"""Rows of a sheet below its headings (ECMA-376, part 1, section 18.3.1.73)."""

LONGEST_NAME: Final = 31
LONGEST_TEXT: Final = 32_767
"""Letters of a sheet's name and of a cell, as Excel takes them."""

WIDEST: Final = 48
NARROWEST: Final = 9

_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]|^'|'$")
_CORE: Final = "docProps/core.xml"
_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")


def write_workbook(
    tables: Mapping[str, pd.DataFrame],
    path: str | Path,
    *,
    provenance: Mapping[str, Any],
    title: str,
    when: dt.datetime,
    language: str = "it",
) -> None:
    """Write tables as the sheets of one workbook.

    Parameters
    ----------
    tables
        By the name of their sheet. Index and geometry are not written. The first row of a sheet
        holds what the columns are called in the language; where two would be called the same, the
        names they have.
    path
        Where the file shall stand.
    provenance
        Of the city: ``vintages`` and ``licence_line`` stand on the first sheet.
    title
        What the tables are about.
    when
        The time of writing.
    language
        ``"it"`` or ``"en"``: of headings and explanations.

    Raises
    ------
    InputError
        If a name is none that a sheet may have, or a table has more rows than a sheet.
    ParameterError
        If title, time or provenance are none.
    UnknownNameError
        If the language is not spoken.
    OutputError
        If it cannot be written; a file that stood there is untouched.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp(), "tables.xlsx")
    >>> zones = pd.DataFrame({"zone": ["Lodi"], "share": [0.445]})
    >>> when = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    >>> write_workbook({"zones": zones}, file, provenance={}, title="Lodi", when=when)
    >>> list(pd.read_excel(file, sheet_name=None))
    ['Leggimi', 'zones', 'Dizionario']
    """
    path = require_path(path, where="path")
    words.require_language(language)
    provenance = require_provenance(provenance)
    require_text(title, where="title")
    require_moment(when, where="when")
    given = require_tables(tables, where="tables", of=pd.DataFrame)
    told = {name: _plain(table) for name, table in given.items()}
    first, last = (words.say(f"report.sheet_{name}", language) for name in ("first", "last"))
    _require_names([first, *told, last])
    for name, table in told.items():
        if len(table) > MOST_ROWS:
            raise InputError(
                f"it has {len(table):,} rows, and a sheet has room for {MOST_ROWS:,}",
                where=f"tables, {name}",
                mend="divide it, or write it as CSV",
            )
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    _write_first(book.create_sheet(first), title, provenance, when=when, language=language)
    for name, table in told.items():
        _write_table(book.create_sheet(name), table, language)
    _write_dictionary(book.create_sheet(last), told, language)
    book.properties.title, book.properties.creator = words.visible(title), "quartieri15"
    book.properties.language = language
    book.properties.created = when.replace(tzinfo=None)
    octets = _octets(book)
    with replacing_file(path) as unfinished:
        unfinished.write_bytes(_dated(octets, when))


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without shapes, and without reasons in English where their codes tell them."""
    left_out = [name for name in table.columns if str(table[name].dtype) == "geometry"]
    if "reason_codes" in table.columns and "reasons" in table.columns:
        left_out.append("reasons")
    plain: pd.DataFrame = with_whole_ids(pd.DataFrame(table.drop(columns=left_out)))
    return plain


def _require_names(names: Sequence[str]) -> None:
    small = [str(name).lower() for name in names]
    for name in names:
        if not name.strip() or not name.isprintable():
            what = f"{shown(name)} is no name of a sheet"
        elif len(name) > LONGEST_NAME or _FORBIDDEN.search(name):
            what = f"{name!r} is no name of a sheet in Excel"
        elif small.count(name.lower()) > 1:
            what = f"two sheets would be called {name!r}"
        else:
            continue
        raise InputError(
            what,
            where="tables",
            mend=f"use at most {LONGEST_NAME} letters, none of []:*?/\\, each name once",
        )


def _write_first(
    sheet: Worksheet,
    title: str,
    provenance: Mapping[str, Any],
    *,
    when: dt.datetime,
    language: str,
) -> None:
    """Write what is true of all sheets: of when they are, whose, and how to read them."""
    from openpyxl.styles import Alignment, Font

    def said(key: str) -> str:
        return words.say(f"report.workbook_{key}", language)

    _, licence = sources_of(provenance)
    rows = [
        (title, ""),
        (said("written"), words.date_text(when.date(), language)),
        (words.say("report.column_licence", language), licence),
        (said("counts"), said("rounded")),
        (said("empty"), said("missing")),
        *(
            (words.say("report.workbook_vintage", language, data=data), since)
            for data, since in vintage_rows(provenance, language)
        ),
    ]
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            _set(cell, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=place == 1, size=14 if number == 1 else 11)
    sheet.cell(1, 1).alignment = Alignment(wrap_text=False)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 32, 90


def _write_table(sheet: Worksheet, table: pd.DataFrame, language: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    heads = _headings(table.columns, language)
    for place, (name, head) in enumerate(zip(table.columns, heads, strict=True), start=1):
        cell = sheet.cell(1, place)
        _set(cell, head)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="14365C")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        style = _number_format(str(name), table[name])
        widest = len(head) / 2
        values = table[name]
        if pd.api.types.is_float_dtype(values):
            values = rounded(values, str(name))
        for row, value in enumerate(values.tolist(), start=2):
            plain = _value(_in_words(str(name), value, language))
            if plain is None:
                continue
            cell = sheet.cell(row, place)
            _set(cell, plain)
            cell.number_format = style
            widest = max(widest, len(str(plain)))
        width = min(max(widest + 2, NARROWEST), WIDEST)
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    if len(table.columns):
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table) + 1}"


def _in_words(column: str, value: Any, language: str) -> Any:
    """Return what a reader is told in the place of a code."""
    if not isinstance(value, str):
        return value
    if column == "zone":
        return words.zone_text(value)
    if column not in CODED:
        return value
    return "; ".join(code_text(column, code)[language] for code in codes_in(column, value))


def _codes_told(column: str, values: pd.Series, language: str) -> str:
    """Say of each code of a column what it means, so that a file for programs can be read too."""
    if column not in CODED:
        return ""
    cells = [value for value in values.dropna().unique().tolist() if isinstance(value, str)]
    codes = sorted({code for value in cells for code in codes_in(column, value)})
    told = [(code, code_text(column, code)[language]) for code in codes]
    return "; ".join(f"{code} = {text}" for code, text in told if code != text)


def _write_dictionary(sheet: Worksheet, tables: Mapping[str, pd.DataFrame], language: str) -> None:
    """Write of every column what it is called, and what it holds."""
    rows = []
    for name, table in tables.items():
        for column, head in zip(table.columns, _headings(table.columns, language), strict=True):
            meaning = column_meaning(str(column))
            rows.append(
                {
                    "sheet": name,
                    "heading": head,
                    "column": str(column),
                    "holds": meaning[language] if meaning else column_label(str(column))[language],
                    "codes": _codes_told(str(column), table[column], language),
                }
            )
    heads = {
        key: f"report.dictionary_{key}" for key in ("sheet", "heading", "column", "holds", "codes")
    }
    told = pd.DataFrame(rows, columns=list(heads)).rename(
        columns={name: words.say(key, language) for name, key in heads.items()}
    )
    _write_table(sheet, told, language)
    for column in "DE":
        sheet.column_dimensions[column].width = 80


def _headings(columns: Iterable[Any], language: str) -> list[str]:
    """Return what columns are called; where two would be called the same, their own names."""
    names = [str(name) for name in columns]
    # Codes are told in words here.
    called = ["reasons" if name == "reason_codes" else name for name in names]
    heads = [capital(column_label(name))[language] for name in called]
    return [
        name if heads.count(head) > 1 else head for name, head in zip(names, heads, strict=True)
    ]


def _number_format(name: str, values: pd.Series) -> str:
    """Return how the numbers of a column are shown: in the way of the program that opens it."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return "dd/mm/yyyy"
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "General"
    if name in ("id", "municipio", "year", "rank") or name.endswith("_id"):
        return "0"
    if is_share(name):
        return "0.0%"
    if name in ("longitude", "latitude"):
        return "0.00000"
    known = values.dropna().to_numpy(dtype=float)
    whole = bool((known == np.round(known)).all())
    return "#,##0" if whole else "0.0" if is_minutes(name) else "#,##0.00"


def _value(value: Any) -> Any:
    """Return what a cell holds; None for nothing."""
    if isinstance(value, str):
        return value
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, pd.Timestamp):
        return value.tz_localize(None).to_pydatetime()
    if isinstance(value, bool | int | dt.date):
        return value
    return str(value)


def _set(cell: Any, value: Any) -> None:
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = words.visible(value)[:LONGEST_TEXT]
    # A text is never a formula, whatever it begins with.
    cell.data_type = "s"


def _octets(book: Workbook) -> bytes:
    """Return a workbook as it is written, sheet by sheet in memory.

    ``book.save`` writes every sheet to a file of the system first, and where that disk is full
    leaves errors of its XML writer behind that are none of the disk.
    """
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter

    class InMemory(ExcelWriter):  # type: ignore[misc]  # it has no types
        def write_worksheet(self, ws: Worksheet) -> None:
            writer = WorksheetWriter(ws, out=io.BytesIO())
            writer.write()
            self._archive.writestr(ws.path[1:], writer.out.getvalue())
            self.manifest.append(ws)

    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        InMemory(book, archive).save()
    return octets.getvalue()


def _dated(octets: bytes, when: dt.datetime) -> bytes:
    """Return a workbook that says the time it is given, not that of the machine."""
    at = when.timetuple()[:6]
    stamp = when.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    done = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as old, zipfile.ZipFile(done, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == _CORE:
                part = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, date_time=at)
            new.writestr(entry, part, compress_type=zipfile.ZIP_DEFLATED)
    return done.getvalue()
