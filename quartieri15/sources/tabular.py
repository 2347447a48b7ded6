"""Careful reading of CSV and GeoJSON: nothing guessed in silence, every error says where."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC, brought_to
from quartieri15.errors import InputError, MissingColumnsError, MissingFileError
from quartieri15.plain_json import from_json
from quartieri15.sources import whole_files
from quartieri15.sources.whole_files import require_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Extent = tuple[float, float, float, float]

# Windows-1252 is Latin-1 with the euro and curly quotes where that has control characters.
ENCODINGS = ("utf-8-sig", "cp1252")
ENCODING_NAMES = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# 1.000 is a thousand to one program and one to another.
THOUSANDS = r"[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+"
SEPARATORS = (",", ";", "\t", "|")
# A line above the header by which Excel is told the separator.
_SEPARATOR_LINE = re.compile(r"\Asep=.[ \t]*\r?\n", re.IGNORECASE)
_TITLE_LINES = 10
PERSONAL_COLUMN = re.compile(
    r"mail|telefon|telefax|phone|cellular[ei]|referente|contatt"
    r"|(?<![a-z])(?:pec|posta|tel|cell|fax)(?![a-z])",
    re.IGNORECASE,
)
"""A column that can hold a person's address or number is dropped by its name, unread."""
YES_NO = {
    **dict.fromkeys(("1", "true", "yes", "y", "t", "si", "sì", "s", "vero"), True),
    **dict.fromkeys(("0", "false", "no", "n", "f", "falso"), False),
}
"""How yes and no are written in small letters, by people and by spreadsheets of two languages."""
WORLD: Extent = (-180.0, -90.0, 180.0, 90.0)
# How a GeoPackage (SQLite), a shapefile and a FlatGeobuf begin.
_LAYER_SIGNS = (b"SQLite format 3\0", b"\0\0\x27\x0a", b"fgb\x03")
_LONGEST_SIGN = max(map(len, _LAYER_SIGNS))
# From here on a float skips whole numbers: what is read is not what is written.
LARGEST_WHOLE = 2**53


def require_files(folder: str | Path, names: Iterable[str]) -> dict[str, Path]:
    """Return the paths of files in a folder, or say which are missing, all at once.

    Parameters
    ----------
    folder
        Where the files should be.
    names
        Paths relative to ``folder``.

    Returns
    -------
    dict of str to pathlib.Path
        One path per name.

    Raises
    ------
    MissingFileError
        If the folder or any file is missing; every missing name is listed.
    """
    folder = Path(folder)
    names = list(names)
    if not folder.is_dir():
        raise MissingFileError(
            "this is a file, not a folder" if folder.is_file() else "there is no such folder",
            where=str(folder),
            mend=f"give the folder that holds {', '.join(names)}",
        )
    paths = {name: folder / name for name in names}
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing:
        count = "1 file is" if len(missing) == 1 else f"{len(missing)} files are"
        raise MissingFileError(
            f"{count} missing: {', '.join(missing)}",
            where=str(folder),
            mend="put them there under these names",
        )
    return paths


def read_csv(
    path: str | Path,
    *,
    columns: Sequence[str],
    separator: str = ",",
    encodings: Sequence[str] = ENCODINGS,
    member: str | None = None,
    may_lack: str | None = None,
) -> pd.DataFrame:
    """Read a CSV as text, strictly: encoding, separator, columns and row lengths must fit.

    Parameters
    ----------
    path
        The file, or a zip archive if ``member`` is given.
    columns
        Columns that must be there. Others are kept, except personal data.
    separator
        The one character between two fields.
    encodings
        Tried in order; the first that decodes the whole file without an error is taken and
        stated in the result's ``attrs``. Windows-1252 decodes nearly anything, so it belongs last.
    member
        Name of the file inside the archive.
    may_lack
        A column whose field some rows lack, separator and all: it is read as empty there, and
        ``attrs["rows_lacking"]`` counts them.

    Returns
    -------
    pandas.DataFrame
        All values as text, stripped, empty where the file is empty. The index is the line
        number in the file as an editor shows it. ``attrs``: ``file``, ``encoding``,
        ``dropped_columns`` (personal data).

    Raises
    ------
    MissingFileError
        If the file or the member is missing.
    InputError
        If no encoding fits, the separator is another one, a column is missing or stands
        twice, or a row has too many or too few fields.
    """
    path = Path(path)
    name = path.name if member is None else f"{path.name}/{member}"
    text, encoding = decoded(_file_bytes(path, member), encodings, where=name)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        if _SEPARATOR_LINE.match(text):
            next(rows)
        start = rows.line_num + 1
        header = [field.strip() for field in next(rows, [])]
        _require_columns(header, columns, separator, where=f"{name}, line {start}", text=text)
        width = len(header)
        records, lines = [], []
        lacking = 0
        start = rows.line_num + 1
        for row in rows:
            if any(field.strip() for field in row):
                if may_lack is not None and len(row) == width - 1:
                    row.insert(header.index(may_lack), "")
                    lacking += 1
                if len(row) != width:
                    raise InputError(
                        f"{len(row)} fields where the header has {width}",
                        where=f"{name}, line {start}",
                        mend=f"check the separators {separator!r} and the quotes of this line"
                        + ("; decimal commas need ';' between the fields" * (separator == ",")),
                    )
                records.append([field.strip() for field in row])
                lines.append(start)
            start = rows.line_num + 1
    except csv.Error as error:
        # What a quote that is not closed swallows is told where it opens.
        raise InputError(
            _wrong_quotes(str(error), goes_on=rows.line_num > start, last=rows.line_num),
            where=f"{name}, line {start}",
            mend="check the quotes of this line",
        ) from error
    table = pd.DataFrame(records, columns=header, index=pd.Index(lines, name="line"), dtype=object)
    personal = [column for column in header if PERSONAL_COLUMN.search(column)]
    for column in columns:
        if column in personal:
            raise InputError(
                f"the column {column!r} holds personal data, which is not read",
                where=f"{name}, line 1",
                mend="name another column, or give this one a heading that says what it holds",
            )
    table = table.drop(columns=personal)
    table.attrs = {"file": name, "encoding": encoding, "dropped_columns": personal}
    if may_lack is not None:
        table.attrs["rows_lacking"] = lacking
    return table


def _wrong_quotes(said: str, *, goes_on: bool, last: int) -> str:
    if "unexpected end of data" in said:
        return "a quote that opens here is not closed"
    return f"{said}, in a row that goes on to line {last}" if goes_on else said


def require_rows(table: pd.DataFrame, *, of: str = "place") -> None:
    """Refuse a list that :func:`read_csv` read and that has a header alone.

    Parameters
    ----------
    table
        The list.
    of
        What each row is of, for the message.
    """
    if table.empty:
        raise InputError(
            "there is no row in it, only the header",
            where=f"{table.attrs['file']}, line 2",
            mend=f"add one row per {of}",
        )


def numbers(
    table: pd.DataFrame,
    column: str,
    *,
    whole: bool = False,
    counts: bool = False,
    low: float | None = None,
    high: float | None = None,
    missing: float | None = None,
    nullable: bool = False,
    decimal: str = ".",
) -> pd.Series:
    """Read one text column of :func:`read_csv` as numbers.

    Parameters
    ----------
    table
        A table of text, indexed by line number (or as its index is named), with
        ``attrs["file"]``.
    column
        The column to read.
    whole
        Whether every value must be a whole number. ``12.0`` is one; ``1.000``, which some
        programs write for a thousand, is refused, and so is 2**53 and more.
    counts
        Whether it counts people or things, perhaps with a fraction: ``1.5`` is read, and
        ``1.500``, which may be meant for 1500, is refused.
    low, high
        Smallest and largest value allowed.
    missing
        What an empty field stands for, for example 0 in a table of counts.
    nullable
        Whether an empty field may stay unknown (NaN). Ignored if ``missing`` is given.
    decimal
        The decimal mark of the file.

    Returns
    -------
    pandas.Series
        int64 if ``whole`` and no value is unknown, else float64.

    Raises
    ------
    InputError
        For the first value that is empty, not a number, not whole or out of bounds, with
        its line and column.
    """
    text = table[column].fillna("").astype(str).str.strip()
    plain = text if decimal == "." else text.str.replace(decimal, ".", regex=False)
    values = pd.to_numeric(plain.where(plain != ""), errors="coerce").astype("float64")
    empty = text == ""
    grouped = text.str.fullmatch(THOUSANDS) & (whole or counts)
    checks: list[tuple[pd.Series, str]] = [
        (grouped, "holds what may be a thousands separator"),
        (values.isna() & ~empty, "is not a number"),
        (values.abs() == np.inf, "is not a finite number"),
    ]
    if missing is not None:
        values = values.mask(empty, missing)
    elif not nullable:
        checks.append((empty, "is empty"))
    if whole:
        checks.append((values.notna() & (values % 1 != 0), "is not a whole number"))
        checks.append((values.abs() >= LARGEST_WHOLE, "is too large for a whole number"))
    if low is not None:
        checks.append((values < low, f"is below {low:g}"))
    if high is not None:
        checks.append((values > high, f"is above {high:g}"))
    for bad, said in checks:
        if bad.any():
            line = table.index[bad.to_numpy()][0]
            shown = "the value" if text.loc[line] == "" else repr(text.loc[line])
            mend = "correct the value"
            if grouped.loc[line]:
                mend = _ungrouped(text.loc[line], decimal, whole=whole)
            word = "line" if table.index.name is None else table.index.name
            raise InputError(
                f"{shown} {said}",
                where=f"{table.attrs.get('file', 'table')}, {word} {line}, column {column}",
                mend=mend,
            )
    if whole and not values.isna().any():
        return values.astype("int64")
    return values


def _ungrouped(text: str, decimal: str, *, whole: bool) -> str:
    """Return how to write what may have a thousands separator."""
    digits = re.sub("[.,]", "", text)
    if whole or len(re.findall("[.,]", text)) > 1:
        return f"write {digits}, with digits alone"
    fraction = re.sub("[.,]", decimal, text).rstrip("0").rstrip(decimal)
    # A fourth decimal says that the mark is none of thousands.
    fraction += "0" if re.fullmatch(THOUSANDS, fraction) else ""
    return f"write {digits}, or {fraction} if that is meant"


def refuse_duplicates(table: pd.DataFrame, column: str, *, values: pd.Series | None = None) -> None:
    """Raise an error that names both lines on which an id stands.

    Parameters
    ----------
    table
        A table of :func:`read_csv`.
    column
        Name of the id column, for the message.
    values
        The ids, if they were derived from the column; by default the column itself.
    """
    ids = table[column] if values is None else values
    twice = ids.duplicated()
    if twice.any():
        line = table.index[twice.to_numpy()][0]
        value = ids.loc[line]
        first = table.index[(ids == value).to_numpy()][0]
        shown = value.item() if isinstance(value, np.generic) else value
        raise InputError(
            f"{shown!r} stands twice, first on line {first}",
            where=f"{table.attrs.get('file', 'table')}, line {line}, column {column}",
            mend="give every row its own id",
        )


def read_geojson(
    path: str | Path,
    *,
    columns: Sequence[str],
    crs: Any,
    extent: Extent | None = None,
    shapes: Sequence[str] = (),
    repair: bool = False,
    mend: str = "download it again",
) -> gpd.GeoDataFrame:
    """Read a GeoJSON file and bring it to a metric CRS, refusing coordinates that cannot be.

    Parameters
    ----------
    path
        The file.
    columns
        Properties that must be there. Others are kept, except personal data.
    crs
        The CRS of the result.
    extent
        West, south, east, north in degrees: where the features must lie. Coordinates
        outside are an error, and swapped ones are recognised.
    shapes
        Geometry types allowed; empty for any.
    repair
        Whether a geometry that crosses itself is mended with ``make_valid`` and counted,
        or refused.
    mend
        What to do about a file that is no JSON.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per feature, RangeIndex in the file's order. ``attrs``: ``file``, ``crs_read``,
        ``repaired`` (how many geometries), ``dropped_columns``.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the file or a feature is not what the standard says, a property is missing, or the
        coordinates cannot be. Without ``extent``, swapped ones are degrees like others.
    """
    path = Path(path)
    document = _geojson_document(path, mend=mend)
    for number, feature in enumerate(document["features"]):
        _require_feature(feature, where=f"{path.name}, feature {number}")
    table = gpd.GeoDataFrame.from_features(document["features"], crs=None)
    absent = [column for column in columns if column not in table.columns]
    if absent:
        raise MissingColumnsError(
            f"property {', '.join(absent)} is missing (there are: "
            f"{', '.join(c for c in table.columns if c != 'geometry')})",
            where=path.name,
            mend="add it, or rename the property that holds it",
            columns=absent,
        )
    stated = _stated_crs(document, where=path.name)
    coordinates_crs = stated or GEOGRAPHIC
    _require_geometry(table, shapes, where=path.name)
    _require_degrees(table, coordinates_crs, stated, extent, where=path.name)
    table = table.set_crs(coordinates_crs)
    repaired = _repaired(table, path.name, repair=repair)
    personal = [c for c in table.columns if c != "geometry" and PERSONAL_COLUMN.search(str(c))]
    table = brought_to(table.drop(columns=personal), crs, where=path.name)
    table.attrs = {
        "file": path.name,
        "crs_read": stated or f"{GEOGRAPHIC} (not stated; the GeoJSON standard, RFC 7946)",
        "repaired": repaired,
        "dropped_columns": personal,
    }
    return table


def first_line(path: Path, *, member: str | None = None) -> str:
    """Return the header of a text, or of one in an archive, as :func:`read_csv` reads it."""
    where = path.name if member is None else f"{path.name}/{member}"
    text, _ = decoded(_file_bytes(path, member), ENCODINGS, where=where)
    return next(iter(_SEPARATOR_LINE.sub("", text, count=1).splitlines()), "")


def separator_of(path: Path, columns: Sequence[str]) -> str:
    """Return the separator with which the first line of a CSV has all columns.

    Where none fits, the one that stands in it most: reading with it tells what is missing.
    """
    return separator_in(first_line(path), columns)


def separator_in(header: str, columns: Sequence[str]) -> str:
    """Return the separator of the first line of a CSV, as :func:`separator_of` does."""
    for mark in SEPARATORS:
        if {*columns} <= fields_in(header, mark):
            return mark
    return max(SEPARATORS, key=header.count)


def fields_in(line: str, separator: str) -> set[str]:
    """Return the names in the first line of a CSV."""
    return {field.strip().strip('"') for field in line.split(separator)}


def _file_bytes(path: Path, member: str | None) -> bytes:
    return whole_files.read_whole(path) if member is None else whole_files.read_member(path, member)


def decoded(raw: bytes, encodings: Sequence[str], *, where: str) -> tuple[str, str]:
    """Return a text and which of some encodings it is in, or say that it is in none."""
    if raw.startswith(UTF_16_MARKS):
        raise InputError("the text is in UTF-16", where=where, mend="save the file as UTF-8")
    reason = ""
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            reason = f"byte {error.start} (line {line})"
            continue
        if "\0" in text:
            line = text[: text.index("\0")].count("\n") + 1
            raise InputError(
                "a byte of zero is in it, which no text has",
                where=f"{where}, line {line}",
                mend="save the file as UTF-8",
            )
        if encoding != "utf-8-sig":
            _require_one_encoding(raw, where=where)
        return text, encoding
    names = " or ".join(ENCODING_NAMES.get(encoding, encoding) for encoding in encodings)
    raise InputError(
        f"the text is not in {names}: {reason} is not",
        where=where,
        mend="save the file as UTF-8",
    )


def _require_one_encoding(raw: bytes, *, where: str) -> None:
    """Refuse a text of which some lines are in UTF-8 and others are not.

    Windows-1252 would make two wrong letters of each that is in UTF-8.
    """
    lines = raw.splitlines()
    said = [not line.isascii() for line in lines]
    utf8 = [i for i, line in enumerate(lines, start=1) if said[i - 1] and _is_utf8(line)]
    if utf8:
        other = next(i for i, line in enumerate(lines, start=1) if not _is_utf8(line))
        raise InputError(
            f"line {utf8[0]} is in UTF-8 and line {other} is not",
            where=where,
            mend="save the whole file as UTF-8",
        )


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _require_columns(
    header: list[str], columns: Sequence[str], separator: str, *, where: str, text: str
) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        _refuse_title(text, columns, where=where)
    if missing and len(header) == 1:
        for other in SEPARATORS:
            if other != separator and other in header[0]:
                raise InputError(
                    f"the fields are separated by {other!r}, not by {separator!r}",
                    where=where,
                    mend=f"save it with {separator!r} between the fields",
                )
    if missing:
        raise MissingColumnsError(
            f"column {', '.join(missing)} is missing (there are: {', '.join(header)})",
            where=where,
            mend="add it, or rename the column that holds it",
            columns=missing,
        )
    twice = sorted(column for column, times in Counter(header).items() if times > 1)
    if twice:
        raise InputError(
            f"column {', '.join(twice)} stands twice",
            where=where,
            mend="rename one of them",
        )


def _refuse_title(text: str, columns: Sequence[str], *, where: str) -> None:
    """Refuse a CSV in which something stands above the header."""
    lines = text.splitlines()[:_TITLE_LINES]
    for number, line in enumerate(lines[1:], start=2):
        if {*columns} <= fields_in(line, separator_in(line, columns)):
            raise InputError(
                f"the first line must be the header, which is line {number}; line 1 is "
                f"{lines[0].strip()!r}",
                where=where,
                mend="delete what stands above the header",
            )


def read_json(path: str | Path, *, mend: str = "download it again") -> Any:
    """Read a JSON file, whatever is in it.

    Parameters
    ----------
    path
        The file.
    mend
        What to do about a file that is no JSON.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no JSON, or nested too deeply to be read.
    """
    path = Path(path)
    try:
        return from_json(whole_files.read_whole(path))
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(
            f"the text is not UTF-8: byte {error.start} is none of it",
            where=path.name,
            mend="save the file as UTF-8",
        ) from error
    except ValueError as error:
        raise InputError(f"not a JSON file ({error})", where=path.name, mend=mend) from error


def read_geoparquet(
    path: str | Path, *, columns: Sequence[str], mend: str = "download it again"
) -> gpd.GeoDataFrame:
    """Read a GeoParquet file.

    Parameters
    ----------
    path
        The file.
    columns
        Columns that must be there, beside the geometry. Others are kept.
    mend
        What to do about a file that is not what it must be.

    Returns
    -------
    geopandas.GeoDataFrame
        As stored.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it cannot be read, states no CRS, holds no row, or a column or a geometry is missing.
    """
    import pyarrow as pa

    path = Path(path)
    require_file(path)
    try:
        table = gpd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"the file cannot be read as a table with geometry ({error})",
            where=str(path),
            mend=mend,
        ) from error
    _require_layer(table, columns, where=str(path), mend=mend)
    return table


def read_layer(
    path: str | Path,
    *,
    columns: Sequence[str],
    layer: str | None = None,
    inside: str | None = None,
    mend: str = "download it again",
) -> gpd.GeoDataFrame:
    """Read a layer of a GeoPackage, or a shapefile, also inside a zip archive.

    Parameters
    ----------
    path
        The file.
    columns
        Columns that must be there, beside the geometry.
    layer
        Name of the layer, where the file has several.
    inside
        Name of the ``.shp`` in the archive. The parts that belong to it must be beside it.
    mend
        What to do about a file that is not what it must be.

    Returns
    -------
    geopandas.GeoDataFrame
        As stored.

    Raises
    ------
    MissingFileError
        If the file, or a part of the shapefile, is missing.
    InputError
        If it cannot be read, is damaged, states no CRS, holds no row, or a column or a geometry
        is missing.
    """
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

    path = Path(path)
    require_file(path)
    if inside is not None:
        _require_parts(path, inside, mend=mend)
    require_layers(path, inside=inside, mend=mend)
    source = str(path) if inside is None else f"/vsizip/{path.resolve()}/{inside}"
    wanted = None if layer else list(columns)
    errors = (DataSourceError, DataLayerError, FieldError, GeometryError, ValueError, KeyError)
    try:
        table = gpd.read_file(source, layer=layer, columns=wanted)
    except (*errors, OSError, shapely.errors.ShapelyError) as error:
        raise InputError(
            f"the layer cannot be read ({error})", where=path.name, mend=mend
        ) from error
    _require_layer(table, columns, where=path.name, mend=mend)
    return table


def require_layers(path: Path, *, inside: str | None = None, mend: str) -> None:
    """Refuse what is no GeoPackage, shapefile or FlatGeobuf, whatever its name ends in.

    GDAL goes by what a file holds, and some that it reads do nothing but name other files, or
    addresses to be fetched.

    Raises
    ------
    InputError
        If it begins as none of them does.
    """
    if inside is None:
        with path.open("rb") as file:
            begins = file.read(_LONGEST_SIGN)
    else:
        begins = whole_files.read_member(path, inside)[:_LONGEST_SIGN]
    if not begins.startswith(_LAYER_SIGNS):
        where = path.name if inside is None else f"{path.name}/{inside}"
        raise InputError("it is no GeoPackage, shapefile or FlatGeobuf", where=where, mend=mend)


def _require_parts(path: Path, inside: str, *, mend: str) -> None:
    """Refuse an archive in which a part of a shapefile is missing or damaged."""
    names = set(whole_files.names_in(path))
    damaged = whole_files.damaged_in(path)
    if damaged:
        raise InputError("the file is damaged", where=f"{path.name}/{damaged}", mend=mend)
    parts = [f"{inside[:-4]}{ending}" for ending in (".dbf", ".shx", ".prj")]
    missing = [name for name in parts if not {name, name[:-3] + name[-3:].upper()} & names]
    if missing:
        raise MissingFileError(
            f"the archive has no {', '.join(missing)}, which belongs to the shapefile",
            where=path.name,
            mend=mend,
        )


def _require_layer(table: pd.DataFrame, columns: Sequence[str], *, where: str, mend: str) -> None:
    """Refuse a layer without a column, a row, a CRS or a geometry."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        there = ", ".join(str(name) for name in table.columns if name != "geometry")
        raise MissingColumnsError(
            f"column {', '.join(missing)} is missing" + (f" (there are: {there})" if there else ""),
            where=where,
            mend="add it, or rename the column that holds it",
            columns=missing,
        )
    if table.empty:
        raise InputError("there is no row in it", where=where, mend=mend)
    if not isinstance(table, gpd.GeoDataFrame) or table.crs is None:
        what = "no coordinate reference system is stated"
        if not isinstance(table, gpd.GeoDataFrame):
            what = "there is no geometry in it"
        raise InputError(what, where=where, mend=mend)
    shapes = table.geometry
    bare = shapes.isna() | shapes.is_empty | ~np.isfinite(shapes.bounds).all(axis=1)
    if bare.any():
        raise InputError(
            "there is no geometry, or a coordinate that is no finite number",
            where=f"{where}, row {table.index[bare][0]}",
            mend=mend,
        )


def require_positions(
    table: pd.DataFrame,
    lon: pd.Series,
    lat: pd.Series,
    extent: Extent | None,
    *,
    columns: str = "lat, lon",
) -> None:
    """Refuse a position that is not where it must be; one that is not known may be.

    Parameters
    ----------
    table
        A table of :func:`read_csv`, for the message.
    lon, lat
        Degrees, with the index of the table; missing where the position is not known.
    extent
        Where the positions must lie; anywhere on earth, when None.
    columns
        What the columns are called, for the message.

    Raises
    ------
    InputError
        For the first position outside, with its line; latitude and longitude that are swapped
        are recognised.
    """
    west, south, east, north = allowed = extent or WORLD
    outside = lat.notna() & lon.notna() & ~(lon.between(west, east) & lat.between(south, north))
    if outside.any():
        line = table.index[outside.to_numpy()][0]
        raise InputError(
            outside_message(float(lon.loc[line]), float(lat.loc[line]), allowed),
            where=f"{table.attrs.get('file', 'table')}, line {line}, column {columns}",
            mend="correct the position",
        )


def numbers_in(
    table: pd.DataFrame, column: str, pattern: str, *, said: str, example: str
) -> pd.Series:
    """Read a whole number that stands inside a text column.

    Parameters
    ----------
    table
        A table of :func:`read_csv`.
    column
        The column to read.
    pattern
        A regular expression with one group of digits.
    said, example
        For the message: what a text without the number has not, and how it is written.

    Returns
    -------
    pandas.Series
        int64.

    Raises
    ------
    InputError
        For the first text without the number, or with one that is too large.
    """
    found = table[column].str.extract(pattern, expand=False)
    wrong = found.isna() | (found.str.len() > len(str(LARGEST_WHOLE)) - 1)
    if wrong.any():
        line = table.index[wrong][0]
        raise InputError(
            f"{table[column].loc[line]!r} has no {said}",
            where=f"{table.attrs.get('file', 'table')}, line {line}, column {column}",
            mend=f"write it as {example!r}",
        )
    return found.astype("int64")


def _geojson_document(path: Path, *, mend: str) -> Mapping[str, Any]:
    document = read_json(path, mend=mend)
    features = document.get("features") if isinstance(document, dict) else None
    if not features:
        raise InputError(
            "there are no features in it",
            where=path.name,
            mend="give a GeoJSON FeatureCollection with at least one feature",
        )
    if not isinstance(features, list):
        raise InputError(
            "the member 'features' is not a list",
            where=path.name,
            mend="give a GeoJSON FeatureCollection with a list of features",
        )
    found: Mapping[str, Any] = document
    return found


def _require_feature(feature: Any, *, where: str) -> None:
    """Refuse what is no feature, or a geometry that cannot be drawn."""
    if not isinstance(feature, dict):
        raise InputError("this is no feature", where=where, mend="correct it or leave it out")
    properties = feature.get("properties")
    if not isinstance(properties, dict) or "geometry" in properties:
        what = "a property is called geometry" if properties else "the feature has no properties"
        raise InputError(what, where=where, mend="give it an object of named properties")
    geometry = feature.get("geometry")
    if geometry is None:
        raise InputError(
            "the feature has no geometry", where=where, mend="draw it or leave the feature out"
        )
    try:
        with np.errstate(invalid="ignore"):
            drawn = shapely.geometry.shape(geometry)
    except (
        AttributeError,
        IndexError,
        KeyError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
        shapely.errors.ShapelyError,
    ) as error:
        raise InputError(
            f"the geometry cannot be read ({error})",
            where=where,
            mend="correct its type and coordinates: a ring has four corners or more",
        ) from error
    if not np.isfinite(shapely.get_coordinates(drawn)).all():
        raise InputError(
            "a coordinate is not a finite number", where=where, mend="correct the coordinates"
        )


def _stated_crs(document: Mapping[str, Any], *, where: str) -> str | None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    member = document.get("crs")
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    stated = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(stated, str):
        raise InputError(
            "the member 'crs' names no coordinate reference system",
            where=where,
            mend='write {"type": "name", "properties": {"name": "EPSG:4326"}}, or leave it out '
            "if the coordinates are degrees",
        )
    # RFC 7946 axis order is longitude, latitude whatever the name of the CRS says.
    if str(stated).upper().endswith(("CRS84", "EPSG:4326", "EPSG::4326")):
        return GEOGRAPHIC
    mend = "write it as EPSG:4326 or another EPSG code"
    try:
        crs = CRS.from_user_input(stated)
    except CRSError as error:
        raise InputError(
            f"the coordinate reference system {stated!r} is not known", where=where, mend=mend
        ) from error
    if not (crs.is_geographic or crs.is_projected):
        raise InputError(
            f"{stated!r} has no longitude and latitude, and no metres east and north",
            where=where,
            mend=mend,
        )
    return crs.to_string()


def _require_geometry(table: gpd.GeoDataFrame, shapes: Sequence[str], *, where: str) -> None:
    empty = table.geometry.isna() | table.geometry.is_empty
    if empty.any():
        raise InputError(
            "the feature has no geometry",
            where=f"{where}, feature {table.index[empty][0]}",
            mend="draw it or leave the feature out",
        )
    other = ~table.geom_type.isin(shapes) if shapes else empty
    if other.any():
        row = table.index[other][0]
        raise InputError(
            f"a {table.geom_type.loc[row]} where a {' or '.join(shapes)} must be",
            where=f"{where}, feature {row}",
            mend="correct the geometry",
        )


def _require_degrees(
    table: gpd.GeoDataFrame, crs: str, stated: str | None, extent: Extent | None, *, where: str
) -> None:
    from pyproj import CRS, Transformer

    bounds = table.bounds.to_numpy()
    geographic = CRS.from_user_input(crs).is_geographic
    in_degrees = bool(_inside(bounds, WORLD).all())
    sample = f"({bounds[0, 0]:.6g}, {bounds[0, 1]:.6g})"
    if geographic and not in_degrees:
        said = f"the file states {stated}" if stated else "no coordinate reference system is stated"
        raise InputError(
            f"{said}, but coordinates such as {sample} are not degrees",
            where=where,
            mend="state the right one in the member 'crs', or export the file in EPSG:4326",
        )
    if not geographic and in_degrees:
        raise InputError(
            f"the file states {stated}, but coordinates such as {sample} look like degrees",
            where=where,
            mend="state EPSG:4326, or export the file again",
        )
    if extent is None:
        return
    if not geographic:
        transformer = Transformer.from_crs(crs, GEOGRAPHIC, always_xy=True)
        bounds = np.array([transformer.transform_bounds(*row) for row in bounds])
    outside = ~_inside(bounds, extent)
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise InputError(
            outside_message(float(bounds[row, 0]), float(bounds[row, 1]), extent),
            where=f"{where}, feature {row}",
            mend="correct the coordinates: longitude first, then latitude",
        )


def outside_message(lon: float, lat: float, extent: Extent) -> str:
    """Say that a position is outside an extent, and whether swapping would bring it inside."""
    west, south, east, north = extent
    said = f"longitude {lon:.6g}, latitude {lat:.6g} is outside {west}-{east} E, {south}-{north} N"
    if west <= lat <= east and south <= lon <= north:
        said += "; latitude and longitude are swapped"
    return said


def _inside(bounds: np.ndarray, extent: Extent) -> np.ndarray:
    west, south, east, north = extent
    inside: np.ndarray = (
        (bounds[:, 0] >= west)
        & (bounds[:, 1] >= south)
        & (bounds[:, 2] <= east)
        & (bounds[:, 3] <= north)
    )
    return inside


def _repaired(table: gpd.GeoDataFrame, name: str, *, repair: bool) -> int:
    broken = ~table.geometry.is_valid.to_numpy()
    if broken.any() and not repair:
        row = int(np.flatnonzero(broken)[0])
        reason = shapely.is_valid_reason(table.geometry.iloc[row])
        raise InputError(
            f"the polygon is not valid: {reason}",
            where=f"{name}, feature {row}",
            mend="untangle its outline",
        )
    if broken.any():
        # Slivers of lines and points that make_valid may leave are no part of an area.
        mended = shapely.make_valid(table.geometry.to_numpy()[broken])
        table.loc[broken, "geometry"] = [_areas_of(shape) for shape in mended]
    return int(broken.sum())


def _areas_of(shape: Any) -> Any:
    parts = [
        part
        for piece in shapely.get_parts(shape)
        for part in shapely.get_parts(piece)
        if part.geom_type == "Polygon"
    ]
    return shapely.MultiPolygon(parts) if parts else shape
