"""A hexagon tells a class of at least ten people, and stands where they live."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.publish.cells import hexagon_of, hexagons, people_cells
from tests.ascii_city import CRS


def points(xy: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.Point(x, y) for x, y in xy], crs=CRS)


def test_every_point_lies_in_its_hexagon() -> None:
    lots = np.random.default_rng(15)
    x, y = lots.uniform(-3000, 3000, (2, 2000))
    cells = hexagons(*hexagon_of(x, y))
    assert (shapely.distance(cells, shapely.points(x, y)) < 1e-6).all()


def test_hexagons_fill_the_plane_without_overlap() -> None:
    columns, rows = (side.ravel() for side in np.meshgrid(range(-4, 4), range(-4, 4)))
    cells = hexagons(columns, rows)
    assert np.isclose(shapely.union_all(cells).area, shapely.area(cells).sum())


def test_few_people_are_not_drawn_and_many_are_a_class() -> None:
    table = points([(0, 0), (5, 5), (1000, 0), (2000, 0), (3000, 0)])
    people = pd.Series([6.0, 5.0, 9.9, 260.0, 49.9])
    cells = people_cells(table, people)
    assert cells["people_from"].tolist() == [10, 200, 10]
    np.testing.assert_array_equal(cells["people_below"], [50, np.nan, 50])
    assert cells.attrs == {"left_out": 1, "smallest_count": 10.0}
    assert set(cells.columns) == {"people_from", "people_below", "geometry"}
    # Not even where exact tables were asked for.
    assert len(people_cells(table, people, smallest_count=0)) == 3
    assert len(people_cells(table, people, smallest_count=5)) == 4


def test_the_mean_is_that_of_people() -> None:
    table = points([(0, 0), (5, 5)])
    cells = people_cells(table, pd.Series([30.0, 10.0]), minutes=pd.Series([1.0, 5.0]))
    assert cells["minutes"].tolist() == [2.0]


def test_nobody_makes_no_hexagon() -> None:
    assert len(people_cells(points([]), pd.Series([], dtype=float))) == 0
    assert len(people_cells(points([(0, 0)]), pd.Series([0.0]))) == 0
