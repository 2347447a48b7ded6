"""Law: every row of a series is counted once, in its year; what cannot be one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.errors import InputError
from quartieri15.sources import comune_by_year

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, *lines: str) -> Path:
    path = folder / "series.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_population_is_read_by_year(tmp_path: Path) -> None:
    told = comune_by_year.read_population_by_year(
        written(tmp_path, "Anno;Popolazione", "1881;20", "1880;10")
    )
    assert told.to_dict() == {1880: 10, 1881: 20}
    assert told.index.tolist() == [1880, 1881]


def test_foreign_residents_are_added_up_those_without_a_continent_too(tmp_path: Path) -> None:
    told = comune_by_year.read_foreign_by_year(
        written(
            tmp_path,
            "Anno;Cittadinanza;Continente;Genere;Residenti",
            "1991;Cuba;America;Femmine;3",
            "1991;United Arab Emirates;Femmine;4",
            "1992;Cuba;America;Maschi;",
        )
    )
    assert told.to_dict() == {1991: 7, 1992: 0}
    assert told.attrs == {"empty_counts": 1, "rows_without_continent": 1}


def test_households_are_read_by_year_and_zone(tmp_path: Path) -> None:
    told = comune_by_year.read_households_by_year(
        written(tmp_path, "ID_NIL,anno,nil_label,famiglie", "2,2007,B (2),5", "1,2007,A (1),4")
    )
    assert told.to_numpy().tolist() == [[2007, 1, 4], [2007, 2, 5]]


@pytest.mark.parametrize("row", ["1880;10\n1880;10", "1880;-1", "18;10", "1880;ten"])
def test_a_series_that_cannot_be_right_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(InputError, match=r"series\.csv, line"):
        comune_by_year.read_population_by_year(written(tmp_path, "Anno;Popolazione", row))


def test_a_zone_that_stands_twice_in_a_year_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "ID_NIL,anno,famiglie", "1,2007,4", "1,2007,5")
    with pytest.raises(InputError, match="twice"):
        comune_by_year.read_households_by_year(path)
