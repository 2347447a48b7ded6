"""A mean lies between the lowest and the highest value of its zone, and all three within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quartieri15.errors import InputError
from quartieri15.sources.comune_environment import FIGURES, read_environment

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "id_nil," + ",".join(
    f"{name}_{what}"
    for name in ("verde", "calore", "rischioCalore")
    for what in ("max", "min", "value")
)


def written(folder: Path, *rows: str) -> Path:
    path = folder / "ambiente.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def test_the_means_are_read_by_zone(tmp_path: Path) -> None:
    read = read_environment(
        written(tmp_path, "2,90,0,12.5,0.9,0.1,0.5,0.7,0,0.25", "1,80,0,4,0.8,0.2,0.6,0.6,0,0.125")
    )
    assert read.index.tolist() == [1, 2]
    assert read.loc[2, list(FIGURES)].tolist() == [0.25, 0.5, 12.5]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "1,90,0,95,0.9,0.1,0.5,0.7,0,0.2",
            "line 2, column verde_value: 95 is not between 0 and 90",
        ),
        ("1,90,0,5,0.9,0.1,0.5,1.7,0,0.2", "column rischioCalore_max"),
        ("1,90,0,,0.9,0.1,0.5,0.7,0,0.2", "column verde_value"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_environment(written(tmp_path, row))


def test_a_zone_stands_once(tmp_path: Path) -> None:
    row = "1,90,0,5,0.9,0.1,0.5,0.7,0,0.2"
    with pytest.raises(InputError, match="twice"):
        read_environment(written(tmp_path, row, row))
