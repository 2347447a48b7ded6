"""A table opens in any program, says where it comes from, and is the same file every time."""

from __future__ import annotations

import datetime as dt
import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from quartieri15.errors import OutputError, ParameterError
from quartieri15.publish import tables
from quartieri15.publish.layers.geopackage import write_layers
from quartieri15.publish.tables import (
    with_sources,
    write_csv,
    write_json,
)

NAN = math.nan


def test_a_csv_opens_anywhere(tmp_path) -> None:
    table = pd.DataFrame(
        {
            "by": "nil",
            "zone_id": [1, 2],
            "zone": ["Niguarda - Cà Granda", "=1+1"],
            "when": pd.array([1, pd.NA], dtype="Int64"),
        }
    )
    path = tmp_path / "deep" / "table.csv"
    told = {"vintages": {"streets": "2022-06"}, "licence_line": "© OSM"}
    write_csv(with_sources(table, told), path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfby,zone_id,")
    back = pd.read_csv(path)
    assert back["zone"].tolist() == ["Niguarda - Cà Granda", "'=1+1"]
    assert back["when"].isna().tolist() == [False, True]
    assert back["licence"].fillna("").tolist() == ["© OSM", ""]
    assert back["vintages"].fillna("").tolist() == ["streets: 2022-06", ""]
    assert gpd.read_file(path)["by"].tolist() == ["nil", "nil"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        *((f"{sign}1+1", f"'{sign}1+1") for sign in "=+-@"),
        *(
            (f"{sign}1+1", f"'{sign}1+1")
            for sign in "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a"
        ),
        ("  =1+1", "'  =1+1"),
        ("\u00a0=1+1", "'\u00a0=1+1"),
        ("\ufeff\u200b=1+1", "'\ufeff\u200b=1+1"),
        ("\tCasa", "'\tCasa"),
        ("\rCasa", "'\rCasa"),
        ("\nCasa", "'\nCasa"),
        ("\x00=1+1", "'\x00=1+1"),
        ("Casa;=1+1", "Casa;'=1+1"),
        ("Casa; \uff1d1+1;b", "Casa;' \uff1d1+1;b"),
        ("Casa\n@SUM(A1)", "Casa\n'@SUM(A1)"),
        ("Niguarda - Cà Granda", "Niguarda - Cà Granda"),
        ("Mi@over.net; 09:00-12:00", "Mi@over.net; 09:00-12:00"),
        ("a=b, +39", "a=b, +39"),
        ("  Casa", "  Casa"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula_in_any_spreadsheet(text: str, written: str) -> None:
    """With commas or semicolons between cells, and where full-width signs are plain ones."""
    assert tables._harmless(text) == written


def test_no_kind_of_column_holds_a_formula(tmp_path) -> None:
    text = ["=1+1", "Casa"]
    table = pd.DataFrame(
        {
            "object": text,
            "string": pd.array(text, dtype="string"),
            "arrow": pd.array(text, dtype=pd.ArrowDtype(pa.string())),
            "category": pd.Categorical(text),
            "=2+2": [-1, 2.5],
        }
    )
    write_csv(table, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines() == [
        "object,string,arrow,category,'=2+2",
        "'=1+1,'=1+1,'=1+1,'=1+1,-1.0",
        "Casa,Casa,Casa,Casa,2.5",
    ]
    assert list(table) == ["object", "string", "arrow", "category", "=2+2"]


def test_excel_in_italian_opens_a_csv_by_a_double_click(tmp_path) -> None:
    table = pd.DataFrame(
        {"zone": ["Lodi; Corvetto", "=1;@SUM(A1)"], "share": [0.445, NAN], "people": [8230.0, 10.0]}
    )
    write_csv(table, tmp_path / "it.csv", decimal=",")
    assert (tmp_path / "it.csv").read_text("utf-8-sig").splitlines() == [
        "zone;share;people",
        '"Lodi; Corvetto";0,445;8230,0',
        "\"'=1;'@SUM(A1)\";;10,0",
    ]
    back = pd.read_csv(tmp_path / "it.csv", sep=";", decimal=",")
    assert back["share"].iloc[0] == 0.445
    with pytest.raises(ParameterError, match="decimal"):
        write_csv(table, tmp_path / "no.csv", decimal=";")
    assert not (tmp_path / "no.csv").exists()


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_table_says_its_sources_once(rows: int) -> None:
    table = pd.DataFrame({"a": range(rows)}, index=range(10, 10 + rows))
    told = with_sources(table, {"licence_line": "© OSM"})
    assert told["licence"].notna().sum() == min(rows, 1)
    assert list(told.index) == list(table.index)


def test_json_has_no_nan(tmp_path) -> None:
    path = tmp_path / "a.json"
    write_json({"a": NAN, "b": np.float64(1 / 3), "c": [np.int64(2), pd.NA], "d": "è"}, path)
    assert json.loads(path.read_text("utf-8")) == {
        "a": None,
        "b": 0.333333,
        "c": [2, None],
        "d": "è",
    }


def test_the_same_layers_give_the_same_file(tmp_path) -> None:
    layer = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=32632)
    when = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    for name in ("one", "two"):
        write_layers({"a": layer, "b": layer}, tmp_path / f"{name}.gpkg", when=when)
    one, two = ((tmp_path / f"{name}.gpkg").read_bytes() for name in ("one", "two"))
    assert one == two
    assert gpd.read_file(tmp_path / "one.gpkg", layer="b").crs == layer.crs


def test_layers_that_cannot_be_written_are_an_error_in_plain_words(tmp_path) -> None:
    twice = pd.DataFrame([[1, 2, shapely.Point(1, 2)]], columns=["a", "A", "geometry"])
    layer = gpd.GeoDataFrame(twice, geometry="geometry", crs=32632)
    with pytest.raises(OutputError, match="nothing was changed"):
        write_layers({"a": layer}, tmp_path / "a.gpkg", when=dt.datetime.now(dt.UTC))
    assert list(tmp_path.iterdir()) == []
