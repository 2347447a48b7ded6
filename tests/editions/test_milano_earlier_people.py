"""Law: a NIL that has nobody is counted as 0, so that one without a row was not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.editions import milano_earlier_people as earlier

if TYPE_CHECKING:
    from pathlib import Path


def test_every_nil_has_its_households_in_every_year(sources: Path) -> None:
    files = (earlier.POPULATION, earlier.FOREIGN, earlier.HOUSEHOLDS)
    *_, households = earlier.read_people_by_year({name: sources / name for name in files})
    assert households.groupby("year")["nil"].apply(list).tolist() == [list(range(1, 89))] * 15
    assert households["households"].sum() == 10_079_346
    # Parco Sempione, which the file leaves out in two of its years.
    nobody = households[households["households"] == 0]
    assert nobody[["year", "nil"]].to_numpy().tolist()[-2:] == [[2020, 8], [2021, 8]]
