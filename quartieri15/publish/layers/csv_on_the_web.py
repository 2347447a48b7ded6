"""What the columns of CSV files mean, for programs: CSV on the Web.

One ``csv-metadata.json`` describes all the tables of its folder, under the name at which programs
look for it. It states once what would otherwise stand in every row: licence, vintages, who made it.

Source: W3C, Metadata Vocabulary for Tabular Data, Recommendation of 17 December 2015.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.publish.dictionary import column_label, column_meaning
from quartieri15.publish.layers.linked_texts import linked_texts
from quartieri15.publish.tables import licence_line, vintages_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


CSVW_FILE: Final = "csv-metadata.json"
"""Where programs look for the description of the tables of a folder (section 5.4)."""

ODBL: Final = "https://opendatacommons.org/licenses/odbl/1-0/"


def csv_metadata(
    folder: str | Path, *, provenance: Mapping[str, Any], when: dt.datetime
) -> dict[str, Any]:
    """Describe the CSV files of a folder.

    Parameters
    ----------
    folder
        The folder; its files are read for their columns, and for what those hold.
    provenance
        Of the city: ``licence_line`` and ``vintages`` are told.
    when
        The time of writing.

    Returns
    -------
    dict
        The description as plain JSON.
    """
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "it"}],
        "dc:license": {"@id": ODBL},
        "dc:rights": licence_line(provenance),
        "dc:modified": {"@value": when.date().isoformat(), "@type": "xsd:date"},
        "dc:source": vintages_line(provenance),
        "tables": [_table(path) for path in sorted(Path(folder).glob("*.csv"))],
    }


def _table(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline()
    delimiter = ";" if first.count(";") > first.count(",") else ","
    header = next(csv.reader([first], delimiter=delimiter))
    decimal = "," if delimiter == ";" else "."
    cells = pd.read_csv(path, sep=delimiter, decimal=decimal, encoding="utf-8-sig")
    return {
        "url": path.name,
        "dialect": {
            "encoding": "utf-8",
            "delimiter": delimiter,
            "header": True,
            "lineTerminators": ["\n"],
        },
        "tableSchema": {
            "columns": [
                _column(name, cells.iloc[:, place], decimal) for place, name in enumerate(header)
            ]
        },
    }


def _column(name: str, cells: pd.Series, decimal: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        # The title is what stands in the file; what people call it is the label.
        "titles": name,
        "name": name,
        "rdfs:label": linked_texts(column_label(name)),
        "datatype": _datatype(cells, decimal),
        "null": "",
    }
    meaning = column_meaning(name)
    if meaning is not None:
        told["dc:description"] = linked_texts(meaning)
    return told


def _datatype(cells: pd.Series, decimal: str) -> Any:
    known = cells.dropna()
    if not len(known):
        return "string"
    if known.map(lambda cell: isinstance(cell, bool)).all():
        return {"base": "boolean", "format": "True|False"}
    if not pd.api.types.is_numeric_dtype(known):
        return "string"
    if pd.api.types.is_integer_dtype(cells):
        return "integer"
    return "number" if decimal == "." else {"base": "number", "format": {"decimalChar": decimal}}
