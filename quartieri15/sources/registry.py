"""The registry of places, and what is planned for them: CSV files that people edit.

They stay as they were written, text for text; what a reader drops is e-mail addresses and
telephone numbers. An error names the line and the column, so that it can be mended in a
spreadsheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.places import NETWORKS
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from quartieri15.sources.tabular import Extent

REGISTRY_COLUMNS = (
    "id",
    "name",
    "kind",
    "municipio",
    "has_wemi",
    "wemi_desk",
    "address",
    "lat",
    "lon",
    "location_precision",
    "confidence",
    "location_uncertainty_m",
    "ds3017_id",
    "nil_id",
    "nil_name",
    "source",
)
KINDS = tuple(NETWORKS)
PRECISIONS = ("civic", "street", "neighbourhood", "none")
AREA_ACTION = "ambito della strategia"


def read_registry(
    path: str | Path,
    *,
    extent: Extent | None = None,
    kinds: Collection[str] = KINDS,
    municipi: Collection[int] | None = None,
    nil: Collection[int] | None = None,
) -> pd.DataFrame:
    """Read the registry of places.

    Parameters
    ----------
    path
        A CSV in UTF-8 with commas, one row per place.
    extent
        West, south, east, north in degrees: where the places must lie.
    kinds
        The kinds of places there are.
    municipi, nil
        The ids of the zones that a place may state; any, when left out.

    Returns
    -------
    pandas.DataFrame
        :data:`REGISTRY_COLUMNS`, in the order of the file. ``municipio``, ``ds3017_id`` and
        ``nil_id`` are Int64, ``has_wemi`` bool, ``lat``, ``lon`` (degrees) and
        ``location_uncertainty_m`` float64; empty is unknown, never 0. A place without a
        position has precision ``none`` and is kept; ``attrs["without_position"]`` names it.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If there is no place, a column is missing, an id is empty or stands twice, a number is
        none, a position is half given, outside the extent or swapped, or a kind, a precision or
        a zone is unknown.
    """
    table = tabular.read_csv(path, columns=REGISTRY_COLUMNS, encodings=("utf-8-sig",))
    attrs = table.attrs
    file = attrs["file"]
    if table.empty:
        raise InputError(
            "there is no place in it, only the header",
            where=f"{file}, line 2",
            mend="add one row per place, or bring back the former file",
        )
    for column in ("id", "name", "kind"):
        _refuse_empty(table, column)
    tabular.refuse_duplicates(table, "id")
    other = ~table["kind"].isin(kinds)
    if other.any():
        line = table.index[other][0]
        unknown = UnknownNameError.among(table["kind"].loc[line], kinds, kind="kind of place")
        raise InputError(
            unknown.what,
            where=f"{file}, line {line}, column kind",
            mend=unknown.mend,
        )
    lat = tabular.numbers(table, "lat", nullable=True)
    lon = tabular.numbers(table, "lon", nullable=True)
    half = lat.isna() != lon.isna()
    if half.any():
        line = table.index[half.to_numpy()][0]
        raise InputError(
            "latitude or longitude is missing",
            where=f"{file}, line {line}, column lat, lon",
            mend="fill in both, or leave both empty if the position is not known",
        )
    _require_position(table, lat, lon, extent)
    wrong = ~table["location_precision"].isin(PRECISIONS)
    if wrong.any():
        line = table.index[wrong][0]
        raise InputError(
            f"precision {table['location_precision'].loc[line]!r} is not known",
            where=f"{file}, line {line}, column location_precision",
            mend=f"use one of {', '.join(PRECISIONS)}",
        )
    unplaced = lat.isna() != (table["location_precision"] == "none")
    if unplaced.any():
        line = table.index[unplaced.to_numpy()][0]
        raise InputError(
            "precision 'none' means that there is no position, and only that",
            where=f"{file}, line {line}, column location_precision",
            mend="give the position, or the precision, that is right",
        )
    registry = table[list(REGISTRY_COLUMNS)].copy()
    registry["lat"], registry["lon"] = lat, lon
    registry["location_uncertainty_m"] = tabular.numbers(
        table, "location_uncertainty_m", low=0, nullable=True
    )
    registry["has_wemi"] = tabular.numbers(table, "has_wemi", whole=True, low=0, high=1) == 1
    for column, known in (("municipio", municipi), ("ds3017_id", None), ("nil_id", nil)):
        registry[column] = tabular.numbers(table, column, whole=True, low=1, nullable=True).astype(
            "Int64"
        )
        _require_known(registry, column, known, file=file)
    for column in ("wemi_desk", "address", "nil_name", "confidence", "source"):
        registry[column] = table[column].where(table[column] != "", None)
    registry = registry.reset_index(drop=True)
    registry.attrs = {
        **attrs,
        "without_position": registry.loc[lat.isna().to_numpy(), "id"].tolist(),
    }
    return registry


def read_interventions(path: str | Path, *, extent: Extent | None = None) -> pd.DataFrame:
    """Read what is planned: actions, their places, target areas, budget lines.

    Returns
    -------
    pandas.DataFrame
        As written; ``municipio`` Int64, ``lat``, ``lon``, ``amount_eur``, ``share_pct``
        float64 (empty is unknown); ``nil_id`` (Int64) is read from ``place`` where it ends in
        ``(NIL 30)``.
    """
    columns = ("id", "action", "what", "place", "municipio", "house_id", "lat", "lon")
    table = tabular.read_csv(
        path, columns=[*columns, "amount_eur", "share_pct"], encodings=("utf-8-sig",)
    )
    _refuse_empty(table, "id")
    tabular.refuse_duplicates(table, "id")
    lat = tabular.numbers(table, "lat", nullable=True)
    lon = tabular.numbers(table, "lon", nullable=True)
    _require_position(table, lat, lon, extent)
    result = table.copy()
    result["lat"], result["lon"] = lat, lon
    result["municipio"] = tabular.numbers(
        table, "municipio", whole=True, low=1, nullable=True
    ).astype("Int64")
    result["amount_eur"] = tabular.numbers(table, "amount_eur", low=0, nullable=True)
    result["share_pct"] = tabular.numbers(table, "share_pct", low=0, high=100, nullable=True)
    found = table["place"].str.extract(r"\(NIL (\d+)\)\s*$", expand=False)
    result["nil_id"] = pd.to_numeric(found).astype("Int64")
    return result.reset_index(drop=True)


def read_erp_quarters(path: str | Path, *, extent: Extent | None = None) -> pd.DataFrame:
    """Read the quarters of public housing: dwellings, tenants, share of people over 65.

    Returns
    -------
    pandas.DataFrame
        As written; ``units``, ``tenants``, ``nil_id`` int64, ``share_over65_pct``, ``lat``,
        ``lon`` float64. A quarter's position is a point in its NIL, not the quarter.
    """
    columns = ["id", "quarter", "units", "tenants", "share_over65_pct", "nil_id", "lat", "lon"]
    table = tabular.read_csv(path, columns=columns, encodings=("utf-8-sig",))
    _refuse_empty(table, "id")
    tabular.refuse_duplicates(table, "id")
    result = table.copy()
    for column in ("units", "tenants", "nil_id"):
        result[column] = tabular.numbers(table, column, whole=True, low=0)
    result["share_over65_pct"] = tabular.numbers(table, "share_over65_pct", low=0, high=100)
    result["lat"] = tabular.numbers(table, "lat", nullable=True)
    result["lon"] = tabular.numbers(table, "lon", nullable=True)
    _require_position(table, result["lat"], result["lon"], extent)
    return result.reset_index(drop=True)


def _refuse_empty(table: pd.DataFrame, column: str) -> None:
    empty = table[column] == ""
    if empty.any():
        raise InputError(
            "the value is missing",
            where=f"{table.attrs['file']}, line {table.index[empty][0]}, column {column}",
            mend="fill it in, or leave the row out",
        )


def _require_known(
    table: pd.DataFrame, column: str, known: Collection[int] | None, *, file: str
) -> None:
    """Refuse the number of a zone that is not there."""
    if known is None:
        return
    lost = table[column].notna() & ~table[column].isin(known)
    if lost.any():
        line = table.index[lost.to_numpy()][0]
        raise InputError(
            f"zone {table[column].loc[line]} is not there",
            where=f"{file}, line {line}, column {column}",
            mend=f"give one of {min(known)} to {max(known)}, or leave it empty if it is not known",
        )


def _require_position(
    table: pd.DataFrame, lat: pd.Series, lon: pd.Series, extent: Extent | None
) -> None:
    if extent is None:
        return
    west, south, east, north = extent
    outside = lat.notna() & lon.notna() & ~(lon.between(west, east) & lat.between(south, north))
    if outside.any():
        line = table.index[outside.to_numpy()][0]
        raise InputError(
            tabular.outside_message(float(lon.loc[line]), float(lat.loc[line]), extent),
            where=f"{table.attrs['file']}, line {line}, column lat, lon",
            mend="correct the position",
        )
