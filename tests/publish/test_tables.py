"""A table opens in any program, says where it comes from, and is the same file every time."""

from __future__ import annotations

import datetime as dt
import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from quartieri15.errors import OutputError
from quartieri15.publish.tables import (
    with_sources,
    write_csv,
    write_json,
    write_layers,
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
    assert back["licence"].unique().tolist() == ["© OSM"]
    assert back["vintages"].unique().tolist() == ["streets: 2022-06"]
    assert gpd.read_file(path)["by"].tolist() == ["nil", "nil"]


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
