"""Series of the Comune di Milano over many years: population, foreign residents, households."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from quartieri15.sources import tabular
from quartieri15.sources.comune import MOST_OF_A_ZONE

if TYPE_CHECKING:
    from pathlib import Path

MOST_OF_A_CITY = 50_000_000
YEARS = (1800, 2100)


def read_population_by_year(
    path: str | Path, *, year_column: str = "Anno", count_column: str = "Popolazione"
) -> pd.Series:
    """Read the residents of the whole city, year by year (ds1494).

    Returns
    -------
    pandas.Series
        Residents (int64), index ``year``, rising.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If a column is missing, a value is no number or out of range, or a year stands twice.
    """
    table = tabular.read_csv(path, columns=[year_column, count_column], separator=";")
    years = _years(table, year_column)
    tabular.refuse_duplicates(table, year_column, values=years)
    counts = tabular.numbers(table, count_column, whole=True, low=0, high=MOST_OF_A_CITY)
    return pd.Series(counts.to_numpy(), index=pd.Index(years, name="year")).sort_index()


def read_foreign_by_year(
    path: str | Path,
    *,
    year_column: str = "Anno",
    continent_column: str = "Continente",
    count_column: str = "Residenti",
) -> pd.Series:
    """Read the foreign residents of the whole city, year by year (ds75).

    The file has a row per year, citizenship and sex; they are added up.

    Returns
    -------
    pandas.Series
        Foreign residents (int64), index ``year``, rising. ``attrs["empty_counts"]``: in how many
        rows no number stands; ``attrs["rows_without_continent"]``: in how many the field of the
        continent is missing altogether, which are counted all the same.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If a column is missing, or a value is no number or out of range.
    """
    columns = [year_column, continent_column, count_column]
    table = tabular.read_csv(path, columns=columns, separator=";", may_lack=continent_column)
    counts = tabular.numbers(table, count_column, whole=True, low=0, high=MOST_OF_A_CITY, missing=0)
    years = pd.Index(_years(table, year_column), name="year")
    summed = pd.Series(counts.to_numpy(), index=years).groupby(level="year").sum()
    summed.attrs = {
        "empty_counts": int((table[count_column] == "").sum()),
        "rows_without_continent": table.attrs["rows_lacking"],
    }
    return summed


def read_households_by_year(
    path: str | Path,
    *,
    zone_column: str = "ID_NIL",
    year_column: str = "anno",
    count_column: str = "famiglie",
) -> pd.DataFrame:
    """Read households per zone and year (ds1440).

    Returns
    -------
    pandas.DataFrame
        ``year``, ``nil``, ``households`` (int64), by year and zone. A zone without households has
        no row.

    Raises
    ------
    MissingFileError
        If the file is missing.
    InputError
        If a column is missing, a value is no number or out of range, or a zone stands twice in
        one year.
    """
    table = tabular.read_csv(path, columns=[zone_column, year_column, count_column])
    found = pd.DataFrame(
        {
            "year": _years(table, year_column),
            "nil": tabular.numbers(table, zone_column, whole=True, low=0),
            "households": tabular.numbers(
                table, count_column, whole=True, low=0, high=MOST_OF_A_ZONE
            ),
        }
    )
    pairs = pd.Series(list(zip(found["year"], found["nil"], strict=True)), index=table.index)
    tabular.refuse_duplicates(table, f"{zone_column} and {year_column}", values=pairs)
    return found.sort_values(["year", "nil"], ignore_index=True)


def _years(table: pd.DataFrame, column: str) -> pd.Series:
    low, high = YEARS
    return tabular.numbers(table, column, whole=True, low=low, high=high)
