"""The people of each zone, as the zones' own file or a list beside it counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.editions.project_files import naming_keys
from quartieri15.errors import InputError
from quartieri15.model.ids import SPELLING_MEND, Spelling, spelt_otherwise
from quartieri15.model.residents import GROUPS
from quartieri15.model.residents.dasymetric import require_parts
from quartieri15.sources import tabular
from quartieri15.sources.located_tables import LISTS, read_shapes, refuse_ids, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.editions.project_files import ProjectFile

ROWS_MEND: Final = (
    "give every zone one row: sum its rows if it has several, and leave out rows of totals"
)
DENSEST_PER_KM2: Final = 2_000_000
"""No ground ever held more people: Kowloon Walled City had 1.3 million per km² in the survey of
1987, and 1.9 million by the highest estimate."""
LARGEST_BUILDING: Final = 5_000
"""So many people may live in one building, however small the zone drawn around it."""
LARGEST_CITY: Final = 100_000_000
"""More than twice the people of the largest city: Jakarta, 42 million (United Nations, World
Urbanization Prospects 2025)."""
EQUAL_AREA: Final = "EPSG:6933"
_SHORTENED: Final = re.compile(r"\d[.,]\d+[eE]\+\d+")
"""What a spreadsheet makes of a long number."""
_MOST_NAMED: Final = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class CountedRows:
    """The rows of a file that counts people.

    Parameters
    ----------
    file
        The name of the file.
    columns
        Its columns by what they hold: ``id``, and the groups.
    ids
        As text; the index and its name (``line``, ``feature``) say where a row stands.
    counts
        A column per group, row by row.
    """

    file: str
    columns: Mapping[str, str]
    ids: pd.Series
    counts: pd.DataFrame

    def place(self, row: object) -> str:
        """Say where the id of a row stands."""
        return f"{self.file}, {self.ids.index.name} {row}, column {self.columns['id']}"

    def otherwise(self, zones: gpd.GeoDataFrame) -> list[Spelling]:
        """Return the zones whose rows are there, under ids that are written otherwise."""
        written = texts_of(zones["id"])
        lacking = written[~written.isin(self.ids)]
        return spelt_otherwise(lacking, self.ids[~self.ids.isin(written)])

    def row_of(self, written: str) -> object:
        """Return the label of the row with an id."""
        return self.ids.index[self.ids == written][0]


def read_rows(file: ProjectFile, *, own: bool) -> CountedRows:
    """Read the rows of a file that counts people.

    Parameters
    ----------
    file
        The zones' own file, or a list (CSV) beside it.
    own
        Whether it is the zones' own file.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If a column or a count is missing, a count is no number or negative, or an id is missing,
        stands twice or was shortened by a spreadsheet; with the row.
    """
    groups = {group: file.columns[group] for group in GROUPS if group in file.columns}
    table = _table(file, groups.values(), own=own)
    name, ids = file.path.name, texts_of(table[file.columns["id"]])
    shortened = ids.str.fullmatch(_SHORTENED)
    if shortened.any():
        row = ids.index[shortened][0]
        raise InputError(
            f"{ids[row]!r} is what a spreadsheet makes of a long number, of which digits are lost",
            where=f"{name}, {ids.index.name} {row}, column {ids.name}",
            mend="take the ids from the publisher's file again, in a column formatted as text",
        )
    refuse_ids(ids, file=name, mend=ROWS_MEND)
    counts = pd.DataFrame(
        {group: _numbers(table, column, name) for group, column in groups.items()},
        index=table.index,
    )
    counts.attrs = {"file": name}
    return CountedRows(file=name, columns=file.columns, ids=ids, counts=counts)


def read_ids(file: ProjectFile, *, own: bool) -> list[str]:
    """Return the ids of all rows, whatever else is wrong with these."""
    return texts_of(_table(file, (), own=own)[file.columns["id"]]).tolist()


def _table(file: ProjectFile, columns: Iterable[str], *, own: bool) -> pd.DataFrame:
    wanted = [file.columns["id"], *columns]
    with naming_keys(file):
        if own or file.path.suffix.lower() not in LISTS:
            table: pd.DataFrame = read_shapes(file.path, wanted, layer=file.settings.get("layer"))
            return table
        separator = tabular.separator_of(file.path, wanted)
        return tabular.read_csv(file.path, columns=wanted, separator=separator)


def counts_of(
    rows: CountedRows, zones: gpd.GeoDataFrame, *, zones_file: ProjectFile
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the counts of every zone, in the order of the zones.

    Parameters
    ----------
    rows
        Of :func:`read_rows`. Ids are compared as they are written: 007 is not 7.
    zones, zones_file
        The zones, and their file.

    Returns
    -------
    counts : pandas.DataFrame
        One row per zone, a column per group that is told.
    report : dict
        ``rows``; ``rows_of_other_zones`` that are not used.

    Raises
    ------
    InputError
        If a zone has no row, or one whose id is written otherwise; more people than its ground, or
        any city, can hold; a group is larger than the one it is part of; or nobody lives in any
        zone.
    """
    written = texts_of(zones["id"])
    lacking = written[~written.isin(rows.ids)]
    if len(lacking):
        raise _without_rows(rows, zones, lacking, zones_file)
    used = rows.counts[rows.ids.isin(written).to_numpy()]
    used.attrs = rows.counts.attrs
    row_of = pd.Series(rows.counts.index, index=rows.ids)
    ordered = rows.counts.loc[row_of[written].to_numpy()]
    _require_possible(rows, ordered, zones)
    require_parts(used)
    ordered = ordered.reset_index(drop=True)
    ordered.attrs = {}
    if not ordered["residents"].sum() > 0:
        raise InputError(
            "nobody lives in any zone",
            where=f"{rows.file}, column {rows.columns['residents']}",
            mend="name the column that counts all residents",
        )
    return ordered, {"rows": len(rows.ids), "rows_of_other_zones": len(rows.ids) - len(zones)}


def read_counts(
    file: ProjectFile, zones: gpd.GeoDataFrame, *, zones_file: ProjectFile
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read the people of each zone; see :func:`read_rows` and :func:`counts_of`."""
    rows = read_rows(file, own=file.role == zones_file.role)
    return counts_of(rows, zones, zones_file=zones_file)


def told_spelling(pairs: list[Spelling], zones: int, *, zones_file: str, zones_column: str) -> str:
    """Say that ids are there and written otherwise, with the first of them."""
    first = pairs[0]
    more = [f"{pair.one!r} is {pair.other!r}" for pair in pairs[1:_MOST_NAMED]]
    also = f" (also {', '.join(more)}{', ...' if len(pairs) > _MOST_NAMED else ''})" if more else ""
    return (
        f"the ids of {len(pairs)} of {zones} zones are written otherwise here: {first.one!r} of "
        f"{zones_file}, column {zones_column}, is {first.other!r}, which differs in "
        f"{first.differs_in}{also}"
    )


def area_km2(zones: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the ground of each zone, in whatever CRS."""
    areas: NDArray[np.float64] = zones.geometry.to_crs(EQUAL_AREA).area.to_numpy() / 1e6
    return areas


def _require_possible(rows: CountedRows, counts: pd.DataFrame, zones: gpd.GeoDataFrame) -> None:
    """Refuse more people than the ground of a zone, or any city, can hold.

    ``counts`` are in the order of the zones, with the labels of their rows.
    """
    areas = area_km2(zones)
    most = np.maximum(areas * DENSEST_PER_KM2, LARGEST_BUILDING)
    for group in counts.columns:
        wrong = np.flatnonzero(counts[group].to_numpy() > most)
        if len(wrong):
            row, at = counts.index[wrong[0]], wrong[0]
            raise InputError(
                f"{counts.loc[row, group]:,.0f} {group} on {areas[at]:,.3f} km² is more than the "
                f"densest place there ever was would hold ({DENSEST_PER_KM2:,} per km²)",
                where=f"{rows.file}, {counts.index.name} {row}, column {rows.columns[group]}",
                mend="correct the count; or the outline of the zone, if that is too small",
            )
        total = counts[group].sum()
        if total > LARGEST_CITY:
            raise InputError(
                f"{total:,.0f} {group} in all zones is more than any city has",
                where=f"{rows.file}, column {rows.columns[group]}",
                mend="name the column that counts people, or give the zones of one city",
            )


def _without_rows(
    rows: CountedRows, zones: gpd.GeoDataFrame, lacking: pd.Series, zones_file: ProjectFile
) -> InputError:
    """Return what is wrong where zones have no row: an id is written otherwise, or not there."""
    pairs = rows.otherwise(zones)
    others = [zone for zone in lacking if zone not in {pair.one for pair in pairs}]
    named = f"{', '.join(others[:_MOST_NAMED])}{', ...' if len(others) > _MOST_NAMED else ''}"
    if pairs:
        told = told_spelling(
            pairs,
            len(zones),
            zones_file=zones_file.path.name,
            zones_column=zones_file.columns["id"],
        )
        return InputError(
            told + (f"; of {len(others)} others there are no counts: {named}" if others else ""),
            where=rows.place(rows.row_of(pairs[0].other)),
            mend=SPELLING_MEND,
        )
    strange = [name for name in rows.ids if name not in set(texts_of(zones["id"]))]
    there = f"; here are {', '.join(map(repr, strange[:3]))}, which are no zones" if strange else ""
    return InputError(
        f"there are no counts for {len(lacking)} of {len(zones)} zones: {named}{there}",
        where=f"{rows.file}, column {rows.columns['id']}",
        mend="add their rows (0 where nobody lives), or write the ids as the zones have them",
    )


def _numbers(table: pd.DataFrame, column: str, file: str) -> pd.Series:
    text = pd.DataFrame({column: texts_of(table[column])}, index=table.index)
    if not pd.api.types.is_numeric_dtype(table[column]):
        text.attrs = {"file": file}
        return tabular.numbers(text, column, counts=True, low=0, decimal=",")
    values = table[column].astype(float)
    # A program that read 1.234 as a number wrote it so.
    grouped = text[column].str.fullmatch(tabular.THOUSANDS)
    wrong = ~np.isfinite(values) | (values < 0) | grouped
    if wrong.any():
        row = table.index[wrong][0]
        said = f"{values[row]:g} counts nobody"
        mend = "correct it; write 0 where nobody lives"
        if grouped[row]:
            said = f"{text.loc[row, column]} may have been read of a thousands separator"
            mend = (
                f"write {text.loc[row, column].replace('.', '')}; if a fraction of a person is "
                "meant, round it to two decimals"
            )
        raise InputError(
            "the count is missing" if np.isnan(values[row]) else said,
            where=f"{file}, {table.index.name} {row}, column {column}",
            mend=mend,
        )
    return values
