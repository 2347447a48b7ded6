"""Law: every row of the registry is a place, known or not where; nothing unknown is filled in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from quartieri15.model import places as p

CRS = "EPSG:32632"


def registry(*rows):
    base = {
        "municipio": 1,
        "has_wemi": False,
        "wemi_desk": None,
        "address": None,
        "lat": 45.46,
        "lon": 9.19,
        "location_precision": "civic",
        "location_uncertainty_m": float("nan"),
        "confidence": "one source",
        "ds3017_id": pd.NA,
        "source": "a",
    }
    table = pd.DataFrame([base | row for row in rows])
    return table.astype({"municipio": "Int64", "ds3017_id": "Int64", "has_wemi": bool})


def town():
    return registry(
        {"id": "C-1", "name": "One", "kind": "ex_csrc", "has_wemi": True, "wemi_desk": "Desk"},
        {"id": "M-1", "name": "Two", "kind": "ex_cam", "ds3017_id": 7, "municipio": 2},
        {"id": "W-1", "name": "Out", "kind": "wemi_external", "has_wemi": True},
        {"id": "W-2", "name": "Lost", "kind": "wemi_external", "has_wemi": True, "lat": None}
        | {"lon": None, "location_precision": "none"},
        {"id": "L-1", "name": "Books", "kind": "library"},
    )


def test_a_desk_inside_a_house_is_no_place_of_its_own():
    table = p.places_table(town(), crs=CRS)
    assert table["network"].tolist() == ["houses", "houses", "wemi", "wemi", "library"]
    assert table["hosts_wemi"].tolist() == [True, False, False, False, False]
    assert p.hosted_desks(table).to_numpy().tolist() == [["Desk", "C-1", "One"]]


def test_what_is_unknown_stays_unknown():
    listed = pd.DataFrame(
        {
            "ds3017_id": [7, 8],
            "summer_2026_hours": ["Lun 9-12", "never read"],
            "summer_2026_closures": ["", "agosto"],
            "lat": [45.461, 45.0],
            "lon": [9.19, 9.0],
        }
    )
    table = p.places_table(town(), crs=CRS, cool_spaces=listed)
    assert table.geometry.isna().tolist() == [False, False, False, True, False]
    assert table["location_uncertainty_m"].isna().all()
    assert table["summer_2026_hours"].tolist() == [None, "Lun 9-12", None, None, None]
    assert table["summer_2026_closures"].isna().all()
    assert table["location_contradiction_m"].notna().tolist() == [False, True, False, False, False]
    assert tuple(table.columns) == p.COLUMNS
    second = shapely.points(table[["location_second_x_m", "location_second_y_m"]].to_numpy())
    assert shapely.distance(second, table.geometry.to_numpy())[1] == pytest.approx(
        table["location_contradiction_m"][1], abs=0.1
    )
    assert np.isnan(table["location_second_x_m"]).tolist() == [True, False, True, True, True]
    # A thousandth of a degree of latitude is 111 m; one source alone contradicts nobody.
    assert table["location_contradiction_m"].round().fillna(-1).tolist() == [-1, 111, -1, -1, -1]


def test_an_assumed_uncertainty_is_never_taken_for_a_stated_one():
    rows = town()
    rows.loc[0, "location_uncertainty_m"] = 20.0
    rows.loc[4, "location_precision"] = "street"
    table = p.places_table(rows, crs=CRS, assumed_uncertainty_m={"civic": 480.0})
    assert table["location_uncertainty_m"].fillna(-1).tolist() == [20, 480, 480, -1, -1]
    assert table["location_uncertainty_assumed"].tolist() == [False, True, True, False, False]
    assert rows["location_uncertainty_m"].isna().sum() == 4


def test_a_place_outside_the_zone_it_states_is_reported_and_left_there():
    table = p.places_table(town(), crs=CRS)
    x, y = shapely.get_coordinates(table.geometry.iloc[0])[0]
    zones = gpd.GeoDataFrame(
        {"id": [1, 2]},
        geometry=[
            shapely.box(x - 10, y - 10, x + 10, y + 10),
            shapely.box(x + 10, y, x + 20, y + 5),
        ],
        crs=CRS,
    )
    found = p.outside_stated_zone(table, zones)
    assert found.to_dict("records") == [
        {"id": "M-1", "name": "Two", "stated": 2, "found": 1, "distance_m": 10.0}
        | {"within_uncertainty": False}
    ]
