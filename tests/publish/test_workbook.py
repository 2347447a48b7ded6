"""A workbook opens in any program, holds numbers as numbers, and is the same file every time."""

from __future__ import annotations

import datetime as dt
import math

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.analysis.gaps import REASONS
from quartieri15.errors import InputError, OutputError, UnknownNameError
from quartieri15.model.places import NETWORKS
from quartieri15.model.profiles import PROFILES
from quartieri15.planning.speaking import GROUPS
from quartieri15.publish.dictionary import code_text
from quartieri15.publish.tables import write_csv
from quartieri15.publish.workbook import write_workbook

WHEN = dt.datetime(2026, 11, 26, 10, tzinfo=dt.UTC)
TOLD = {
    "licence_line": "© OSM; Comune di Milano",
    "vintages": {"streets": "2022-06", "places": "2020-2026, stated row by row"},
}


@pytest.fixture
def zones() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "zone_id": [1, 2, 3],
            "zone": ["Lodi", "=1+1", None],
            "uncovered": [1880.0, 10.0, math.nan],
            "share": [0.445, 1.0, math.nan],
            "median_minutes": [11.5, 14.0, math.nan],
            "suppressed": [False, False, True],
        }
    )


def write(tables, path, **more):
    write_workbook(tables, path, **({"provenance": TOLD, "title": "Milano", "when": WHEN} | more))
    return openpyxl.load_workbook(path)


def test_numbers_are_numbers_and_shown_as_the_reader_writes_them(zones, tmp_path) -> None:
    sheet = write({"coverage_nil": zones}, tmp_path / "a.xlsx")["coverage_nil"]
    cells = {sheet.cell(1, column).value: sheet.cell(2, column) for column in range(1, 7)}
    people, share = cells["Persone oltre la soglia"], cells["Quota entro la soglia"]
    assert (people.value, people.number_format) == (1880, "#,##0")
    assert (share.value, share.number_format) == (0.445, "0.0%")
    assert cells["Codice della zona"].number_format == "0"
    assert sheet.cell(2, 5).number_format == "0.0"
    assert sheet.cell(4, 6).value is True
    assert [sheet.cell(4, column).value for column in (2, 3, 4, 5)] == [None] * 4
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F4"


def test_a_text_is_never_a_formula(zones, tmp_path) -> None:
    sheet = write({"a": zones}, tmp_path / "a.xlsx")["a"]
    cell = sheet.cell(3, 2)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    raw = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=False)["a"].cell(3, 2)
    assert raw.data_type == "s"


def test_licence_and_vintages_stand_once(zones, tmp_path) -> None:
    book = write({"a": zones, "b": zones}, tmp_path / "a.xlsx")
    assert book.sheetnames == ["Leggimi", "a", "b", "Dizionario"]
    texts = [
        str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value
    ]
    assert sum("© OSM; Comune di Milano" in text for text in texts) == 1
    assert texts.count("2022-06") == 1
    assert texts.count("2020-2026, detto riga per riga") == 1


@pytest.mark.parametrize(("language", "last"), [("it", "Dizionario"), ("en", "Dictionary")])
def test_the_dictionary_holds_every_column(zones, tmp_path, language, last) -> None:
    book = write({"a": zones}, tmp_path / "a.xlsx", language=language)
    rows = list(book[last].iter_rows(min_row=2, values_only=True))
    assert [row[2] for row in rows] == list(zones.columns)
    assert [row[1] for row in rows] == [cell.value for cell in book["a"][1]]
    assert all(row[3] for row in rows)


def test_people_read_words_where_programs_read_codes(tmp_path) -> None:
    table = pd.DataFrame(
        {
            "by": "nil",
            "zone": "CITTA' STUDI",
            "group": ["over65_alone", "of a stranger"],
            "profile": ["walk_75", "my_own"],
            "places": ["houses", "parks"],
            "reason_codes": ["partly_covered far", ""],
            "reasons": ["part of the group is not covered; ...", ""],
        }
    )
    book = write({"gaps_nil": table}, tmp_path / "a.xlsx")
    heads, first, second = book["gaps_nil"].iter_rows(values_only=True)
    assert dict(zip(heads, first, strict=True)) == {
        "Suddivisione": "Quartieri (NIL)",
        "Zona": "Città Studi",
        "Gruppo": "persone di 65 anni e più che vivono sole",
        "Chi si sposta": "A piedi, passo di una persona di 75 anni",
        "Luoghi da raggiungere": "Case di Quartiere",
        "Motivi": "una parte non è raggiunta; metà del gruppo vive oltre la soglia",
    }
    assert second[2:5] == ("of a stranger", "my_own", "parks")
    rows = {row[2]: row for row in book["Dizionario"].iter_rows(min_row=2, values_only=True)}
    assert rows["group"][4] == "over65_alone = persone di 65 anni e più che vivono sole"
    assert "far = metà del gruppo vive oltre la soglia" in rows["reason_codes"][4]


def test_every_code_of_the_tables_has_words() -> None:
    known = {
        "group": GROUPS,
        "profile": PROFILES,
        "reason_codes": REASONS,
        "kind": NETWORKS,
        "network": set(NETWORKS.values()),
    }
    for column, codes in known.items():
        for code in codes:
            assert set(code_text(column, code).values()) != {code}, (column, code)


def test_two_columns_of_one_heading_have_their_own_names(tmp_path) -> None:
    table = pd.DataFrame({"gain": [1], "gained": [2]})
    sheet = write({"a": table}, tmp_path / "a.xlsx")["a"]
    assert [cell.value for cell in sheet[1]] == ["gain", "gained"]


def test_the_same_tables_give_the_same_file(zones, tmp_path) -> None:
    for name in ("one", "two"):
        write({"a": zones}, tmp_path / f"{name}.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_shapes_are_left_out_and_ids_are_whole(tmp_path) -> None:
    table = gpd.GeoDataFrame({"area_id": [30.0, None]}, geometry=[shapely.Point(0, 0)] * 2)
    back = pd.read_excel(write_and_name(table, tmp_path), sheet_name="a")
    assert len(back.columns) == 1
    assert back.iloc[0, 0] == 30


def write_and_name(table, folder):
    write({"a": table}, folder / "a.xlsx")
    return folder / "a.xlsx"


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.text(max_size=20),
    st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)).map(pd.Timestamp),
)


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_whatever_stands_in_a_table_can_be_written(tmp_path_factory, cells) -> None:
    path = tmp_path_factory.mktemp("workbook") / "a.xlsx"
    sheet = write({"a": pd.DataFrame({"x": pd.Series(cells, dtype=object)})}, path)["a"]
    for row, cell in enumerate(cells, start=2):
        read = sheet.cell(row, 1).value
        if isinstance(cell, bool | int):
            assert read == cell
        elif isinstance(cell, str) and cell.isprintable():
            assert (read or "") == cell


@pytest.mark.parametrize("name", ["", "a/b", "x" * 32, "leggimi", "A\n", "'a'", "[a]"])
def test_a_name_that_no_sheet_may_have_is_refused(zones, tmp_path, name) -> None:
    with pytest.raises(InputError, match="sheet"):
        write({name: zones}, tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


def test_what_cannot_be_written_is_said(zones, tmp_path) -> None:
    with pytest.raises(UnknownNameError):
        write({"a": zones}, tmp_path / "a.xlsx", language="fr")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError):
        write({"a": zones}, tmp_path / "folder")


def test_its_numbers_have_the_digits_of_the_csv(zones, tmp_path) -> None:
    zones["score"] = [0.06048876307123462, 1 / 3, math.nan]
    sheet = write({"gaps_nil": zones}, tmp_path / "a.xlsx")["gaps_nil"]
    write_csv(zones, tmp_path / "a.csv")
    column = len(zones.columns)
    told = [sheet.cell(row, column).value for row in (2, 3)]
    assert told == pd.read_csv(tmp_path / "a.csv")["score"].tolist()[:2]
