"""Answers of the geocoder that leave the house: a table beside the addresses, records, a count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.arguments import require_path, require_text
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError
from quartieri15.model.geocoding.geocode import SAFE, geocode
from quartieri15.plain_json import plain_json
from quartieri15.progress import quiet
from quartieri15.publish.single_files import require_single_file
from quartieri15.publish.tables import Decimal, require_decimal, write_csv
from quartieri15.publish.words import visible
from quartieri15.sources import tabular
from quartieri15.sources.personal_data import (
    LEFT_OUT,
    cells_without_personal_data,
    without_personal_data,
)

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.progress import Say

PREFIX: Final = "geocoded_"
"""What the names of the columns that are added begin with."""
_ADDED: Final = ("street", "number", "address_id", "score", "precision", "reason", "lon", "lat")
_DEGREES: Final = 6


def geocode_csv(
    city: City,
    path: str | Path,
    out: str | Path,
    *,
    column: str,
    municipio: str | None = None,
    decimal: Decimal = ".",
    progress: Say = quiet,
) -> gpd.GeoDataFrame:
    """Geocode a column of a CSV and write all of it again, with the answers beside it.

    Parameters
    ----------
    city
        With addresses.
    path
        The file. Columns that can hold personal data (e-mail, telephone) are neither read nor
        written; of an e-mail address, a telephone number or a codice fiscale in another cell
        ``[...]`` is left.
    out
        Where the table shall stand; it ends in ``.csv``. One of an earlier call is
        replaced where each of its lines is written again: not where somebody has corrected it.
    column
        Which column holds the addresses.
    municipio
        Which column holds the Municipio of each, if one does.
    decimal
        As for :func:`~quartieri15.publish.tables.write_csv`.
    progress
        Called with a few words now and then.

    Returns
    -------
    geopandas.GeoDataFrame
        The answers, as :func:`~quartieri15.model.geocoding.geocode.geocode` returns them, on the
        numbers of the lines; ``attrs["dropped_columns"]`` names the columns that were left out,
        ``attrs["personal_cells"]`` counts by column the cells of which a part was. In the file
        their columns are called ``geocoded_street``, ``geocoded_number``,
        ``geocoded_address_id``, ``geocoded_score``, ``geocoded_precision``,
        ``geocoded_reason``, ``geocoded_lon`` and ``geocoded_lat``.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no CSV, has no row, or has not the column, or has one of those that are added.
    OutputError
        If something else stands at ``out``, a line of it would be lost, or it cannot be written.
    ParameterError
        If ``out`` is ``path`` or does not end in ``.csv``, or another value makes no sense.
    """
    source = require_path(path, where="path")
    target = require_single_file(
        out, endings=(".csv",), read=[source], first_line=f"{PREFIX}score", where="out"
    )
    require_text(column, where="column")
    if municipio is not None:
        require_text(municipio, where="municipio")
    require_decimal(decimal)
    columns = [column] if municipio is None else [column, municipio]
    table = tabular.read_csv(
        source, columns=columns, separator=tabular.separator_of(source, columns)
    )
    tabular.require_rows(table, of="address")
    if any(without_personal_data(name)[1] for name in table.columns):
        raise InputError(
            "a heading is an e-mail address or a telephone number",
            where=f"{table.attrs['file']}, line 1",
            mend="put a line above that says what the columns hold",
        )
    added = [name for name in table.columns if name.startswith(PREFIX)]
    if added:
        raise InputError(
            f"column {added[0]} is one of those that are added",
            where=f"{table.attrs['file']}, line 1",
            mend="rename it, or give the file as it was before",
        )
    table, personal_cells = cells_without_personal_data(table)
    areas = None if municipio is None else [one or None for one in table[municipio]]
    # What was left out of a cell says nothing of the address.
    addresses = table[column].str.replace(LEFT_OUT, " ", regex=False)
    found = geocode(city, addresses, municipio=areas, progress=progress)
    answers = with_degrees(found)[list(_ADDED)].add_prefix(PREFIX)
    write_csv(pd.concat([table, answers], axis=1), target, decimal=decimal, losing_no_line=True)
    found.attrs["dropped_columns"] = table.attrs["dropped_columns"]
    found.attrs["personal_cells"] = personal_cells
    return found


def with_degrees(found: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return answers with ``lon`` and ``lat`` (EPSG:4326, 6 decimals) for their points."""
    degrees = found.geometry.to_crs(GEOGRAPHIC)
    return pd.DataFrame(found.drop(columns="geometry")).assign(
        lon=degrees.x.round(_DEGREES), lat=degrees.y.round(_DEGREES)
    )


def geocoded_records(found: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return answers in the words of JSON, one record each.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> record, = geocoded_records(geocode(q15.load("milano"), "via Carlo Parea 18"))
    >>> record["address_id"], record["score"], record["lon"]
    ('civic-25191', 1.0, 9.262615)
    """
    records: list[dict[str, Any]] = plain_json(with_degrees(found).to_dict("records"))
    return [
        {name: visible(value) if isinstance(value, str) else value for name, value in one.items()}
        for one in records
    ]


def how_sure(found: gpd.GeoDataFrame) -> str:
    """Say how many answers may be taken unseen.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> print(how_sure(geocode(q15.load("milano"), ["via Boifava 10", "via Paera 13", "Boh"])))
    3 addresses: 1 safe (score 0.9 or more), 1 to be looked at, 1 without an answer
    """
    first = found[found["rank"] == 1]
    safe = int((first["score"] >= SAFE).sum())
    none = int((first["precision"] == "none").sum())
    noun = "address" if len(first) == 1 else "addresses"
    said = (
        f"{len(first):,} {noun}: {safe:,} safe (score {SAFE:g} or more), "
        f"{len(first) - safe - none:,} to be looked at, {none:,} without an answer"
    )
    left_out = [f"column {name}" for name in found.attrs.get("dropped_columns", ())]
    for name, cells in found.attrs.get("personal_cells", {}).items():
        left_out.append(f"a part of {cells:,} cell{'s' * (cells > 1)} of column {name}")
    return f"{said}. Left out, as personal data: {', '.join(left_out)}" if left_out else said
