"""Law: buildings are read as they were written, and stand where they are mapped to 0.3 m."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.editions import milano as edition
from quartieri15.editions import milano_buildings as buildings
from quartieri15.editions import milano_people
from quartieri15.errors import InputError, MissingFileError


def table(*outlines: shapely.Polygon) -> gpd.GeoDataFrame:
    shapes = np.array(outlines, dtype=object)
    area = np.rint(shapely.area(shapes))
    return gpd.GeoDataFrame({"area_m2": area}, geometry=shapes, crs=edition.CRS)


@st.composite
def houses(draw: st.DrawFn) -> shapely.Polygon:
    west, south = (draw(st.integers(4_000_000, 6_000_000)) for _ in range(2))
    courtyards = draw(st.integers(0, 3))
    corners = [(0, 0), (50 + 60 * courtyards, 0), (50 + 60 * courtyards, 90), (0, 90)]
    holes = [
        [(60 * i + 10, 20), (60 * i + 10, 70), (60 * i + 40, draw(st.integers(30, 70)))]
        for i in range(courtyards)
    ]
    rings = [[((west + x) / 10, (south + y) / 10) for x, y in ring] for ring in (corners, *holes)]
    return shapely.Polygon(rings[0], rings[1:])


@given(st.lists(houses(), min_size=1, max_size=8))
def test_what_is_written_is_read(tmp_path_factory, outlines):
    path = tmp_path_factory.mktemp("buildings") / "buildings.parquet"
    one = table(*outlines)
    buildings.write_buildings(one, path)
    assert_geodataframe_equal(buildings.read_buildings(path), one)


def test_outlines_stand_where_they_are_mapped(milano, sources):
    report = milano.provenance["left_out"]["buildings"]
    stored = milano.buildings
    assert stored.geometry.is_valid.all()
    assert report["rows_read"] == 113_074
    assert len(stored) + report["smaller_than_10_m2"] == report["shapes_read"]
    mapped = gpd.read_parquet(sources / milano_people.BUILDINGS).to_crs(edition.CRS)
    parts = mapped.geometry.explode(ignore_index=True)
    parts = parts[parts.area >= buildings.LEAST_M2].reset_index(drop=True)
    outer = gpd.GeoSeries(shapely.polygons(shapely.get_exterior_ring(parts.to_numpy())))
    own = gpd.GeoSeries(shapely.polygons(shapely.get_exterior_ring(stored.geometry.to_numpy())))
    # Of each stored outline the mapped one that it is of: the most alike around its middle.
    inside, near = outer.sindex.query(own.representative_point(), predicate="intersects")
    apart = shapely.hausdorff_distance(own.to_numpy()[inside], outer.to_numpy()[near])
    nearest = pd.Series(apart).groupby(inside).min().reindex(range(len(own)))
    assert (nearest > 0.3).sum() + nearest.isna().sum() <= report[
        "outlines_that_crossed_themselves"
    ]
    assert stored["area_m2"].sum() == pytest.approx(parts.area.sum(), rel=1e-4)


@pytest.mark.parametrize("damage", ["cut", "text", "table", "column", "lengths", "kind", "none"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "buildings.parquet"
    outline = shapely.box(0, 0, 10, 10)
    buildings.write_buildings(table(outline, shapely.box(20, 0, 30, 10)), path)
    stored = pq.read_table(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "text":
        path.write_text("id,name\n", encoding="utf-8")
    elif damage == "table":
        table(outline).to_parquet(path)
    elif damage == "column":
        pq.write_table(stored.drop_columns("courtyards"), path)
    elif damage == "lengths":
        y = pa.array([[0, 0, 100], [0, 0, 100, 0]], type=pa.list_(pa.int32()))
        pq.write_table(stored.set_column(stored.column_names.index("y"), "y", y), path)
    elif damage == "kind":
        y = pa.array(["a", "b"])
        pq.write_table(stored.set_column(stored.column_names.index("y"), "y", y), path)
    else:
        path.unlink()
    with pytest.raises((InputError, MissingFileError), match=r"buildings\.parquet: "):
        buildings.read_buildings(path)


def test_the_licence_and_the_vintage_are_stated():
    folder = edition.edition_folder("milano")
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    assert manifest["vintages"]["buildings"] == "2022"
    assert "ODbL" in manifest["licences"]["buildings"]
    assert manifest["files"]["buildings.parquet"]["bytes"] < 4_000_000
    assert "`buildings.parquet`" in (folder / "LICENSES.md").read_text(encoding="utf-8")
