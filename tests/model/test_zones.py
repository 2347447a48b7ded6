"""Law: zones keep their shared borders, and every point belongs to exactly one of them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model import zones as z

CRS = "EPSG:32632"


def squares():
    """Draw two neighbours whose common border has corners off the grid: |1|2|."""
    border = [(1000.0123, 0), (1000.0451, 333.3333), (1000.0349, 1000)]
    return gpd.GeoDataFrame(
        {"id": [1, 2], "name": ["A", "B"]},
        geometry=[
            shapely.Polygon([(0, 0), *border, (0, 1000)]),
            shapely.Polygon([*border[::-1], (2000, 0), (2000, 1000)]),
        ],
        crs=CRS,
    )


def points(*xy):
    return gpd.GeoDataFrame(geometry=[shapely.Point(*p) for p in xy], crs=CRS)


def test_corners_go_to_the_grid_and_neighbours_still_fit():
    table = z.zones_table(squares())
    corners = shapely.get_coordinates(table.geometry.to_numpy())
    assert np.allclose(corners * 10, np.round(corners * 10), atol=1e-6)
    assert table.is_valid.all()
    overlap = table.geometry.iloc[0].intersection(table.geometry.iloc[1])
    assert overlap.area == 0
    assert table.union_all().area == pytest.approx(table.area.sum())
    assert table["area_km2"].tolist() == pytest.approx((table.area / 1e6).tolist())


def test_a_spike_that_the_grid_folds_is_untangled():
    spike = shapely.Polygon([(0, 0), (10, 0), (10, 5), (20, 5.02), (10, 5.03), (10, 10), (0, 10)])
    moved = z.quantised(np.array([spike]), grid_m=0.1)
    assert shapely.is_valid(moved).all()
    assert shapely.area(moved[0]) == pytest.approx(100, abs=0.5)


def test_counts_stand_beside_their_zone_and_a_zone_without_figures_has_nobody():
    table = z.zones_table(squares(), pd.DataFrame({"residents": [7.0]}, index=[2]))
    assert table["residents"].tolist() == [0.0, 7.0]
    assert list(table.columns) == ["id", "name", "area_km2", "residents", "geometry"]
    with pytest.raises(InputError, match="counts for zone 3, which is not there"):
        z.zones_table(squares(), pd.DataFrame({"residents": [7.0]}, index=[3]))


def test_a_point_on_a_shared_border_belongs_to_the_smaller_id():
    table = z.zones_table(squares())
    found = z.zone_of(points((5, 5), (1500, 5), (1000, 0)), table)
    assert found.ids.tolist() == [1, 2, 1]
    assert found.outside == 0


def test_a_point_just_outside_goes_to_the_nearest_zone_and_is_counted():
    table = z.zones_table(squares())
    found = z.zone_of(points((-10, 5), (1500, 5)), table)
    assert (found.ids.tolist(), found.outside) == ([1, 2], 1)
    with pytest.raises(InputError, match="points, row 0: the point is more than 5 m outside"):
        z.zone_of(points((-10, 5)), table, slack_m=5)


def test_sums_by_zone_are_sums():
    table = pd.DataFrame({"nil": [2, 1, 2], "residents": [0.1, 1.0, 0.2]})
    assert z.summed(table, "nil", ["residents"])["residents"].to_dict() == {1: 1.0, 2: 0.3}


def test_target_areas_are_zones_under_another_name():
    areas = z.target_areas(z.zones_table(squares()), [2], ["Chiesarossa"])
    assert areas[["id", "name"]].to_numpy().tolist() == [[2, "Chiesarossa"]]
    with pytest.raises(UnknownNameError, match="unknown zone '9'"):
        z.target_areas(z.zones_table(squares()), [9], ["Nowhere"])


@pytest.mark.parametrize("ids", [["001", "2"], ["A", "B"], [1, "2"]])
def test_ids_of_text_are_not_made_numbers(ids):
    squares = gpd.GeoDataFrame(
        {"id": ids, "name": ["a", "b"]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
        crs=32632,
    )
    point = gpd.GeoSeries([shapely.Point(0.5, 0.5)], crs=32632)
    for make in (z.zones_table, lambda zones: z.containing(point, zones)):
        with pytest.raises(InputError, match=r"column id: it holds .*whole numbers are needed"):
            make(squares)
