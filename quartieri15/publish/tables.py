"""Tables as files: licence and vintages once in each, and nothing a program could trip over."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import numpy as np
import pandas as pd

from quartieri15.arguments import require_choice, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.streets import require_table
from quartieri15.plain_json import plain_json
from quartieri15.publish import words
from quartieri15.publish.single_files import replacing_own_file
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    Table = TypeVar("Table", pd.DataFrame, gpd.GeoDataFrame)

DECIMALS: Final = 6
"""Of the numbers in published JSON."""

Decimal = Literal[".", ","]
"""The sign before the decimals of a CSV."""

_SEPARATORS: Final[dict[Decimal, str]] = {".": ",", ",": ";"}
_DECIMALS: Final = {"median_minutes": 2, "p90_minutes": 2}


def with_sources(table: Table, provenance: Mapping[str, Any]) -> Table:
    """Add from when the data are and under which licence: two columns, told in the first row.

    So a table goes nowhere without them, says them once, and opens as a table everywhere.

    Parameters
    ----------
    table
        Any table.
    provenance
        Of the city: ``vintages`` and ``licence_line`` are used.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A copy with the columns ``vintages`` and ``licence``, missing below the first row, and
        texts as :func:`with_visible_texts` writes them.

    Examples
    --------
    >>> told = {"vintages": {"streets": "2022-06"}, "licence_line": "© OSM"}
    >>> with_sources(pd.DataFrame({"zone": ["Centro", "Lodi"]}), told)["licence"].notna().to_list()
    [True, False]
    """
    vintages, licence = sources_of(provenance)
    stated = table.assign(
        vintages=_in_first_row(vintages, len(table)), licence=_in_first_row(licence, len(table))
    )
    told: Table = with_visible_texts(stated)
    return told


def _in_first_row(text: str, rows: int) -> NDArray[np.object_]:
    column = np.full(rows, None, dtype=object)
    column[:1] = text
    return column


def sources_of(provenance: Mapping[str, Any]) -> tuple[str, str]:
    """Return a line that tells the vintages of a city's data, and one of its licences."""
    return vintages_line(provenance), licence_line(provenance) or "not stated"


def vintages_line(provenance: Mapping[str, Any]) -> str:
    """Return from when a city's data are, in one line; empty where that is not stated."""
    return "; ".join(f"{what}: {when}" for what, when in provenance.get("vintages", {}).items())


def licence_line(provenance: Mapping[str, Any]) -> str:
    """Return under which licences a city's data are; empty where that is not stated."""
    return str(provenance.get("licence_line", ""))


def with_visible_texts(table: Table) -> Table:
    """Return a table whose texts hold no control characters, at which readers of files end a text.

    Parameters
    ----------
    table
        Any table.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A copy, in which they are signs one can see.
    """
    texts = {
        str(name): values.map(_seen, na_action="ignore")
        for name, values in table.items()
        if values.dtype == object or isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype)
    }
    return table.assign(**texts)


def require_tables(tables: object, *, where: str, of: type[pd.DataFrame]) -> dict[str, Any]:
    """Return tables by their names, or say what is none.

    Parameters
    ----------
    tables
        What was given.
    where
        The name of the parameter.
    of
        What each of them must be: a DataFrame or a GeoDataFrame.

    Raises
    ------
    ParameterError
        If they are no mapping, or a name is no text.
    InputError
        If one is no table, or has two columns of one name.
    """
    if not isinstance(tables, Mapping):
        raise ParameterError(
            f"{where} is {shown(tables)}", where=where, mend="give tables by their names"
        )
    for name, table in tables.items():
        if not isinstance(name, str):
            raise ParameterError(
                f"{shown(name)} is no name of a table", where=where, mend="name it by a text"
            )
        told = f"{where}, {name}"
        require_table(table, where=told)
        if not isinstance(table, of):
            raise InputError(
                "the table has no geometry", where=told, mend="give a geopandas GeoDataFrame"
            )
        if not table.columns.is_unique:
            twice = table.columns[table.columns.duplicated()][0]
            raise InputError(
                f"two columns are called {shown(twice)}", where=told, mend="rename one of them"
            )
    return dict(tables)


def with_whole_ids(table: Table) -> Table:
    """Return a table whose ids are whole numbers where they are numbers, also beside missing ones.

    Examples
    --------
    >>> with_whole_ids(pd.DataFrame({"area_id": [30.0, None]}))["area_id"].to_list()
    [30, <NA>]
    """
    whole = {}
    for name in table.columns:
        if name not in ("id", "municipio") and not str(name).endswith("_id"):
            continue
        values = table[name].dropna()
        numbers = all(isinstance(one, Real) and not isinstance(one, bool) for one in values)
        if len(values) < len(table) and numbers and all(float(one).is_integer() for one in values):
            whole[name] = pd.to_numeric(table[name]).astype("Int64")
    return table.assign(**whole) if whole else table


def rounded(values: pd.Series, name: str) -> pd.Series:
    """Return numbers as every table that is written holds them: to 6 decimals, minutes to 2."""
    return values.round(_DECIMALS.get(name, 6))


def write_csv(
    table: pd.DataFrame, path: str | Path, *, decimal: Decimal = ".", losing_no_line: bool = False
) -> None:
    """Write a table as CSV: UTF-8, one header line, empty = missing.

    Parameters
    ----------
    table
        Any table; its index is not written. Numbers are rounded to 6 decimals, minutes to 2.
        Text that a spreadsheet would run as a formula, names of columns too, is put behind an
        apostrophe: after white space and semicolons too, and in full-width letters.
    path
        Where the file shall stand.
    decimal
        ``"."``: decimal points, commas between cells, as programs read it. ``","``: decimal
        commas, semicolons between cells, as Excel in Italian opens it by a double click.
    losing_no_line
        Whether a file that stands there is replaced only where each of its lines is written
        again; see :func:`~quartieri15.publish.single_files.replacing_own_file`.

    Raises
    ------
    ParameterError
        If ``decimal`` is neither.
    OutputError
        If it cannot be written; a file that stood there is untouched.
    """
    require_decimal(decimal)
    plain = pd.DataFrame(table).copy()
    for name in plain.columns:
        values = plain[name]
        if pd.api.types.is_float_dtype(values):
            plain[name] = rounded(values, str(name))
        elif not (
            pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
        ):
            plain[name] = values.map(_harmless, na_action="ignore")
    plain.columns = [_harmless(name) for name in plain.columns]
    replacing = replacing_own_file if losing_no_line else replacing_file
    with replacing(path) as unfinished:
        # With a byte order mark Excel reads UTF-8, and pandas and QGIS skip it.
        plain.to_csv(
            unfinished,
            sep=_SEPARATORS[decimal],
            decimal=decimal,
            index=False,
            encoding="utf-8-sig",
            lineterminator="\n",
        )


def require_decimal(decimal: object) -> None:
    """Refuse what is neither a decimal point nor a decimal comma."""
    require_choice(
        decimal,
        tuple(_SEPARATORS),
        where="decimal",
        mend='give "." for programs or "," for Excel in Italian',
    )


def write_json(value: Mapping[str, Any], path: str | Path) -> None:
    """Write a mapping as JSON for people and machines; missing numbers become ``null``.

    Raises
    ------
    OutputError
        If it cannot be written; a file that stood there is untouched.
    """
    plain = plain_json(value, decimals=DECIMALS)
    text = json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False)
    # JSON escapes control characters itself; half a surrogate pair is in no UTF-8.
    text = words.visible(text)
    with replacing_file(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8", newline="\n")


def _seen(value: Any) -> Any:
    return words.visible(value) if isinstance(value, str) else value


_FORMULA: Final = re.compile(
    # At the start, or after what a spreadsheet of another country takes for the end of a cell.
    r"(^|[;\t\r\n])(?=[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff\x00-\x1f]*"
    # Full-width, small and raised letters become plain ones where Chinese or Japanese is written.
    r"[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a\u208a\u207c\u208c\u2212])"
)
"""Where a cell begins that a spreadsheet takes for a formula. Tabs and line ends count by
themselves (OWASP, CSV Injection), white space and letters without width are skipped."""


def _harmless(text: Any) -> Any:
    """Put an apostrophe before whatever a spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1'", text) if isinstance(text, str) else text
