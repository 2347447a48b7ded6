"""How many people and households lived in Milano in other years, by NIL where that is published.

Every count stands with who published it, since two publishers may count one year differently: the
census of 2011 found 176,282 foreign residents, the register of the Comune 236,855.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.editions import milano_people
from quartieri15.editions import milano_published as published
from quartieri15.editions.packed_tables import write_table
from quartieri15.model.schemas import EARLIER_PEOPLE_COLUMNS
from quartieri15.sources import comune_by_year

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from quartieri15.editions.milano_people import Raw

FILE: Final = "people_by_year.parquet"

POPULATION = "comune/ds1494_popolazione_dal_1880.csv"
FOREIGN = "comune/ds75_stranieri_sesso_citt.csv"
HOUSEHOLDS = "comune/famiglie_nil_2007_2021.csv"

_CENSUS = "ISTAT, census of 2011"
_AGES = "Comune di Milano, residents by age class"
_CITIZENSHIP = "Comune di Milano, ds205"
_HOUSEHOLDS = "Comune di Milano, ds1440"
_POPULATION = "Comune di Milano, ds1494"
_FOREIGN = "Comune di Milano, ds75"


def build_earlier_people(
    raw: Raw, paths: Mapping[str, Path]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Make the table of people by year.

    Parameters
    ----------
    raw
        What the raw files say of 2011 and of the year of the figures per NIL.
    paths
        The raw files of many years.

    Returns
    -------
    people : pandas.DataFrame
        As :class:`~quartieri15.model.earlier.Earlier` takes it. Per NIL: residents, those of 65,
        75 and 85 and over and foreign residents in 2011 and 2021, households from 2007 to 2021.
        In the city: residents since 1880, foreign residents since 1987.
    report : dict
        Counts that are empty or have no NIL.
    """
    population, foreign, households = read_people_by_year(paths)
    tables = [
        _by_year(population).assign(by="city", zone_id=0, group="residents", source=_POPULATION),
        _by_year(foreign).assign(by="city", zone_id=0, group="foreign", source=_FOREIGN),
        households.rename(columns={"nil": "zone_id", "households": "count"}).assign(
            by="nil", group="households", source=_HOUSEHOLDS
        ),
    ]
    for year, counts, ages, citizenship in (
        (2011, milano_people.counts_by_nil_2011(raw), _CENSUS, _CENSUS),
        (raw.year, milano_people.counts_by_nil(raw), _AGES, _CITIZENSHIP),
    ):
        table = counts.melt(var_name="group", value_name="count", ignore_index=False)
        source = np.where(table["group"] == "foreign", citizenship, ages)
        table = table.rename_axis("zone_id").reset_index()
        tables.append(table.assign(year=year, by="nil", source=source))
    people = pd.concat(tables, ignore_index=True)[list(EARLIER_PEOPLE_COLUMNS)]
    people = people.sort_values(["by", "group", "year", "zone_id", "source"], ignore_index=True)
    return people, {
        "foreign_rows_without_count": foreign.attrs["empty_counts"],
        "foreign_rows_without_continent": foreign.attrs["rows_without_continent"],
        "census_residents_without_polygon": raw.sections.attrs["residents_without_polygon"],
    }


def read_people_by_year(
    paths: Mapping[str, Path],
) -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Read residents and foreign residents of the city, and households by NIL, of every year.

    A NIL without people, which the file leaves out, has a count of 0: no row would say that it was
    not counted.
    """
    population = comune_by_year.read_population_by_year(paths[POPULATION])
    foreign = comune_by_year.read_foreign_by_year(paths[FOREIGN])
    households = comune_by_year.read_households_by_year(paths[HOUSEHOLDS])
    published.check_people_by_year(
        population, foreign, households, where=f"{POPULATION}, {FOREIGN}, {HOUSEHOLDS}"
    )
    return population, foreign, _with_zeros(households)


def write_earlier_people(people: pd.DataFrame, path: Path) -> None:
    """Write the table to one Parquet file; the same table gives the same bytes."""
    write_table(people, path)


def read_earlier_people(path: Path) -> pd.DataFrame:
    """Read what :func:`write_earlier_people` wrote."""
    return pd.read_parquet(path)


def _with_zeros(households: pd.DataFrame) -> pd.DataFrame:
    """Return the households with a count of 0 where the file leaves out a NIL that has none."""
    table = households.pivot_table(index="year", columns="nil", values="households")
    none = table.columns[table.columns.isin(published.NIL_WITHOUT_PEOPLE)]
    table[none] = table[none].fillna(0)
    counts = table.melt(value_name="households", ignore_index=False).dropna()
    counts = counts.astype("int64").reset_index().sort_values(["year", "nil"], ignore_index=True)
    return counts[["year", "nil", "households"]]


def _by_year(series: pd.Series) -> pd.DataFrame:
    return series.rename("count").rename_axis("year").reset_index()
