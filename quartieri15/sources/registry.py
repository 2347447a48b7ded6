"""The registry of places, and what is planned for them: CSV files that people edit.

They stay as they were written, text for text; what a reader drops is e-mail addresses and
telephone numbers. An error names the line and the column, so that it can be mended in a
spreadsheet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.places import NETWORKS, UNVERIFIED
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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
CONFIDENCES = ("verified by two sources", "one source", "unverified")
AREA_ACTION = "ambito della strategia"
# What an intervention is: one of the actions, a budget line or a target area.
ACTION = re.compile(rf"azione \d|budget$|{AREA_ACTION}$", re.IGNORECASE)
NIL_OF_PLACE = r"(?i)\s*\(\s*nil\s*(\d+)\s*\)\s*$"
# Nobody has said less of a position than "somewhere in this part of the city".
MOST_UNCERTAINTY_M = 20_000.0
MOST_AMOUNT_EUR = 1e9
MOST_TENANTS = 100_000
MOST_NAME = 100


def read_registry(
    path: str | Path,
    *,
    extent: Extent | None = None,
    kinds: Collection[str] = KINDS,
    municipi: Collection[int] | None = None,
    nil: Collection[int] | Mapping[int, str] | None = None,
) -> pd.DataFrame:
    """Read the registry of places.

    Parameters
    ----------
    path
        A CSV, one row per place: commas between cells, or what Excel writes in Italian,
        semicolons and decimal commas, in UTF-8 or Windows-1252.
    extent
        West, south, east, north in degrees: where the places must lie.
    kinds
        The kinds of places there are.
    municipi, nil
        The ids of the zones that a place may state; any, when left out. With the names of the
        NIL by id, the name that a place states must be that of its NIL.

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
        none, a position is half given, outside the extent or swapped, a kind, a precision, a
        confidence or a zone is unknown, or a place stands twice under another id: of one kind
        and name in one Municipio, with one number of ds3017, or at one civic number.
    """
    table, decimal = _read(path, REGISTRY_COLUMNS)
    attrs = table.attrs
    file = attrs["file"]
    _refuse_header_only(table, "place")
    for column in ("id", "name", "kind"):
        _refuse_empty(table, column)
    tabular.refuse_duplicates(table, "id")
    _refuse_long(table, "name")
    other = ~table["kind"].isin(kinds)
    if other.any():
        line = table.index[other][0]
        unknown = UnknownNameError.among(table["kind"].loc[line], kinds, kind="kind of place")
        raise InputError(
            unknown.what,
            where=f"{file}, line {line}, column kind",
            mend=unknown.mend,
        )
    lat = tabular.numbers(table, "lat", nullable=True, decimal=decimal)
    lon = tabular.numbers(table, "lon", nullable=True, decimal=decimal)
    half = lat.isna() != lon.isna()
    if half.any():
        line = table.index[half.to_numpy()][0]
        raise InputError(
            "latitude or longitude is missing",
            where=f"{file}, line {line}, column lat, lon",
            mend="fill in both, or leave both empty if the position is not known",
        )
    tabular.require_positions(table, lon, lat, extent)
    _require_one_of(table, "location_precision", PRECISIONS, what="precision")
    _require_one_of(table, "confidence", ("", *CONFIDENCES), what="confidence")
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
        table,
        "location_uncertainty_m",
        low=0,
        high=MOST_UNCERTAINTY_M,
        nullable=True,
        decimal=decimal,
    )
    desks = tabular.numbers(table, "has_wemi", whole=True, low=0, high=1, decimal=decimal)
    registry["has_wemi"] = desks == 1
    for column, known in (("municipio", municipi), ("ds3017_id", None), ("nil_id", nil)):
        registry[column] = tabular.numbers(
            table, column, whole=True, low=1, nullable=True, decimal=decimal
        ).astype("Int64")
        _require_known(registry, column, known, file=file)
    if isinstance(nil, Mapping):
        _require_names(registry, nil, file=file)
    _refuse_twins(registry, file=file)
    for column in ("wemi_desk", "address", "nil_name", "confidence", "source"):
        registry[column] = table[column].where(table[column] != "", None)
    registry = registry.reset_index(drop=True)
    registry.attrs = {
        **attrs,
        "without_position": registry.loc[lat.isna().to_numpy(), "id"].tolist(),
    }
    return registry


def unverified_places(registry: pd.DataFrame) -> pd.DataFrame:
    """Return the places whose address no source confirms, by Municipio.

    Parameters
    ----------
    registry
        As :func:`read_registry` returns it.

    Returns
    -------
    pandas.DataFrame
        Its rows of confidence ``unverified`` or none, those of an unknown Municipio last.
    """
    unsure = registry["confidence"].isna() | (registry["confidence"] == UNVERIFIED)
    return registry[unsure].sort_values("municipio", kind="stable", ignore_index=True)


def read_interventions(
    path: str | Path,
    *,
    extent: Extent | None = None,
    places: Collection[str] | None = None,
    municipi: Collection[int] | None = None,
    nil: Collection[int] | None = None,
) -> pd.DataFrame:
    """Read what is planned: actions, their places, target areas, budget lines.

    Parameters
    ----------
    path
        A CSV, as of :func:`read_registry`.
    extent
        West, south, east, north in degrees: where the interventions must lie.
    places
        The ids of places that ``house_id`` may name; any, when left out.
    municipi, nil
        The ids of the zones that an intervention may state; any, when left out.

    Returns
    -------
    pandas.DataFrame
        As written; ``municipio`` Int64, ``lat``, ``lon``, ``amount_eur``, ``share_pct``
        float64 (empty is unknown); ``nil_id`` (Int64) is read from ``place`` where it ends in
        ``(NIL 30)``, in capitals or not.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If there is no row, a column is missing, an id is empty or stands twice, a number is
        none, a position is outside the extent, an action, a place or a zone is unknown, or a
        target area has no NIL, or the NIL of another one.
    """
    columns = ("id", "action", "what", "place", "municipio", "house_id", "lat", "lon")
    table, decimal = _read(path, [*columns, "amount_eur", "share_pct"])
    file = table.attrs["file"]
    _refuse_header_only(table, "intervention")
    _refuse_empty(table, "id")
    tabular.refuse_duplicates(table, "id")
    unknown = ~table["action"].str.match(ACTION)
    if unknown.any():
        line = table.index[unknown][0]
        raise InputError(
            f"{table['action'].loc[line]!r} is no kind of intervention that is known",
            where=f"{file}, line {line}, column action",
            mend=f"begin it with 'AZIONE 1' or another number, or write 'budget' or "
            f"{AREA_ACTION!r}",
        )
    lat = tabular.numbers(table, "lat", nullable=True, decimal=decimal)
    lon = tabular.numbers(table, "lon", nullable=True, decimal=decimal)
    tabular.require_positions(table, lon, lat, extent)
    result = table.copy()
    result["lat"], result["lon"] = lat, lon
    result["municipio"] = tabular.numbers(
        table, "municipio", whole=True, low=1, nullable=True, decimal=decimal
    ).astype("Int64")
    result["amount_eur"] = tabular.numbers(
        table, "amount_eur", low=0, high=MOST_AMOUNT_EUR, nullable=True, decimal=decimal
    )
    result["share_pct"] = tabular.numbers(
        table, "share_pct", low=0, high=100, nullable=True, decimal=decimal
    )
    result["nil_id"] = _nil_of_area(table)
    _require_known(result, "municipio", municipi, file=file)
    _require_known(result, "nil_id", nil, file=file, column="place")
    if places is not None:
        _require_places(table, places)
    return result.reset_index(drop=True)


def is_target_area(interventions: pd.DataFrame) -> pd.Series:
    """Return which interventions are target areas, as bool."""
    return interventions["action"].str.casefold() == AREA_ACTION


def _nil_of_area(table: pd.DataFrame) -> pd.Series:
    """Read the NIL of every target area; a place elsewhere has none."""
    numbers = pd.Series(pd.NA, index=table.index, dtype="Int64")
    areas = table[is_target_area(table)]
    areas.attrs = table.attrs
    if len(areas):
        numbers[areas.index] = tabular.numbers_in(
            areas,
            "place",
            NIL_OF_PLACE,
            said="NIL in brackets at its end",
            example="Chiesarossa (NIL 42)",
        )
    tabular.refuse_duplicates(areas, "place", values=numbers[areas.index])
    named = table["place"].str.extract(NIL_OF_PLACE, expand=False).notna() & numbers.isna()
    if named.any():
        line = table.index[named][0]
        raise InputError(
            f"{table['place'].loc[line]!r} names a NIL, and its action is no target area",
            where=f"{table.attrs['file']}, line {line}, column action",
            mend=f"write {AREA_ACTION!r}, or leave the NIL out",
        )
    return numbers


def _require_places(table: pd.DataFrame, places: Collection[str]) -> None:
    lost = (table["house_id"] != "") & ~table["house_id"].isin(places)
    if lost.any():
        line = table.index[lost][0]
        unknown = UnknownNameError.among(table["house_id"].loc[line], places, kind="place")
        raise InputError(
            unknown.what,
            where=f"{table.attrs['file']}, line {line}, column house_id",
            mend=unknown.mend,
        )


def read_erp_quarters(
    path: str | Path, *, extent: Extent | None = None, nil: Collection[int] | None = None
) -> pd.DataFrame:
    """Read the quarters of public housing: dwellings, tenants, share of people over 65.

    Returns
    -------
    pandas.DataFrame
        As written; ``units``, ``tenants``, ``nil_id`` int64, ``share_over65_pct``, ``lat``,
        ``lon`` float64. A quarter's position is a point in its NIL, not the quarter.
    """
    columns = [
        "id",
        "quarter",
        "operator",
        "units",
        "tenants",
        "share_over65_pct",
        "nil_id",
        "lat",
        "lon",
    ]
    table, decimal = _read(path, columns)
    _refuse_header_only(table, "quarter")
    _refuse_empty(table, "id")
    tabular.refuse_duplicates(table, "id")
    result = table.copy()
    for column in ("units", "tenants", "nil_id"):
        result[column] = tabular.numbers(
            table, column, whole=True, low=0, high=MOST_TENANTS, decimal=decimal
        )
    result["share_over65_pct"] = tabular.numbers(
        table, "share_over65_pct", low=0, high=100, decimal=decimal
    )
    result["lat"] = tabular.numbers(table, "lat", nullable=True, decimal=decimal)
    result["lon"] = tabular.numbers(table, "lon", nullable=True, decimal=decimal)
    tabular.require_positions(table, result["lon"], result["lat"], extent)
    _require_known(result, "nil_id", nil, file=table.attrs["file"])
    return result.reset_index(drop=True)


def _read(path: str | Path, columns: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """Return a table as text, and the decimal mark of its numbers."""
    separator = tabular.separator_of(Path(path), columns)
    table = tabular.read_csv(path, columns=columns, separator=separator)
    # Where commas part the cells, one within a number is a slip.
    return table, "." if separator == "," else ","


def _refuse_empty(table: pd.DataFrame, column: str) -> None:
    empty = table[column] == ""
    if empty.any():
        raise InputError(
            "the value is missing",
            where=f"{table.attrs['file']}, line {table.index[empty][0]}, column {column}",
            mend="fill it in, or leave the row out",
        )


def _refuse_header_only(table: pd.DataFrame, what: str) -> None:
    if table.empty:
        raise InputError(
            f"there is no {what} in it, only the header",
            where=f"{table.attrs['file']}, line 2",
            mend=f"add one row per {what}, or bring back the former file",
        )


def _refuse_long(table: pd.DataFrame, column: str) -> None:
    long = table[column].str.len() > MOST_NAME
    if long.any():
        raise InputError(
            f"a name of more than {MOST_NAME} characters",
            where=f"{table.attrs['file']}, line {table.index[long][0]}, column {column}",
            mend="see whether another column's text stands here",
        )


def _require_one_of(table: pd.DataFrame, column: str, known: Collection[str], *, what: str) -> None:
    wrong = ~table[column].isin(known)
    if wrong.any():
        line = table.index[wrong][0]
        raise InputError(
            f"{what} {table[column].loc[line]!r} is not known",
            where=f"{table.attrs['file']}, line {line}, column {column}",
            mend=f"use one of {', '.join(filter(None, known))}",
        )


def _require_names(table: pd.DataFrame, names: Mapping[int, str], *, file: str) -> None:
    """Refuse a place whose NIL has another name than the one written beside its number."""
    stated = table["nil_id"].map(names)
    differ = table["nil_id"].notna() & (stated != table["nil_name"])
    if differ.any():
        line = table.index[differ.to_numpy(dtype=bool)][0]
        raise InputError(
            f"NIL {table['nil_id'].loc[line]} is {stated.loc[line]!r}, "
            f"not {table['nil_name'].loc[line]!r}",
            where=f"{file}, line {line}, column nil_name",
            mend="correct the number or the name",
        )


def _refuse_twins(table: pd.DataFrame, *, file: str) -> None:
    """Refuse a place that stands twice under two ids."""
    named = table["name"].str.casefold().str.split().str.join(" ")
    at_civic = table["location_precision"] == "civic"
    kind = table["kind"]
    everywhere = pd.Series(data=True, index=table.index)
    for keys, asked, column, same in (
        ([kind, named, table["municipio"]], everywhere, "name", "kind, name and Municipio"),
        ([table["ds3017_id"]], table["ds3017_id"].notna(), "ds3017_id", "number of ds3017"),
        ([kind, table["lat"], table["lon"]], at_civic, "lat, lon", "kind and position"),
    ):
        key = pd.concat(keys, axis=1)[asked]
        twice = key.duplicated()
        if twice.any():
            line = key.index[twice][0]
            group = key.groupby(list(key.columns), dropna=False).ngroup()
            first = group.index[group == group.loc[line]][0]
            raise InputError(
                f"{table['id'].loc[line]} has the {same} of {table['id'].loc[first]} "
                f"on line {first}: a place stands twice under two ids",
                where=f"{file}, line {line}, column {column}",
                mend="keep one of the two, or say what tells them apart",
            )


def _require_known(
    table: pd.DataFrame,
    name: str,
    known: Collection[int] | None,
    *,
    file: str,
    column: str | None = None,
) -> None:
    """Refuse the number of a zone that is not there."""
    if known is None:
        return
    lost = table[name].notna() & ~table[name].isin(known)
    if lost.any():
        line = table.index[lost.to_numpy()][0]
        raise InputError(
            f"zone {table[name].loc[line]} is not there",
            where=f"{file}, line {line}, column {column or name}",
            mend=f"give one of {min(known)} to {max(known)}, or leave it empty if it is not known",
        )
