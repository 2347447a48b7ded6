"""Columns that can hold personal data, taken out of a file that was fetched.

They are known by their names (:data:`~quartieri15.sources.tabular.PERSONAL_COLUMN`): e-mail,
telephone, contact. What stands in the text of other columns is not looked at.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from quartieri15.errors import InputError
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def personal_among(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that can hold personal data.

    Examples
    --------
    >>> personal_among(["id", "Nome", "E-mail", "Telefono sede"])
    ('E-mail', 'Telefono sede')
    """
    return tuple(column for column in columns if tabular.PERSONAL_COLUMN.search(column))


def without_columns(path: Path, left_out: Iterable[str], *, kind: str) -> bytes:
    """Return what a file is without some columns.

    Parameters
    ----------
    path
        The file.
    left_out
        Names of columns, or of properties.
    kind
        ``"csv"`` or ``"geojson"``.

    Raises
    ------
    InputError
        If it is none of the kind.
    """
    unwanted = {*left_out}
    if kind == "geojson":
        document = tabular.read_json(path)
        features = [_without_properties(feature, unwanted) for feature in document["features"]]
        return json.dumps({**document, "features": features}, ensure_ascii=False).encode()
    line = tabular.first_line(path)
    separator = max(tabular.SEPARATORS, key=line.count)
    # Byte for byte, whatever the encoding.
    text = io.StringIO(path.read_bytes().decode("latin-1"), newline="")
    written = io.StringIO(newline="")
    table = csv.writer(written, delimiter=separator, lineterminator="\n")
    try:
        header = next(csv.reader([line], delimiter=separator))
        stay = [place for place, name in enumerate(header) if name.strip() not in unwanted]
        for row in csv.reader(text, delimiter=separator):
            # A row with more fields than columns stays as damaged as it is, and is refused later.
            beyond = [""] * (len(row) - len(header))
            table.writerow([*(row[place] for place in stay if place < len(row)), *beyond])
    except csv.Error as error:
        raise InputError(
            f"it is no table ({error})", where=path.name, mend="download it again"
        ) from error
    return written.getvalue().encode("latin-1")


def _without_properties(feature: Any, unwanted: set[str]) -> Any:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return feature
    left = {name: value for name, value in properties.items() if name not in unwanted}
    return {**feature, "properties": left}
