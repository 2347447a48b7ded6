"""Law: what is mapped is kept whole; what is inferred says so, and a park is no built-up block."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from quartieri15.editions import milano as edition
from quartieri15.editions import milano_open_spaces as open_spaces
from quartieri15.model.schemas import OPEN_SPACE_EXTENTS
from tests.ascii_city import CRS, draw_streets

if TYPE_CHECKING:
    from quartieri15.model.city import City

# Two blocks of 200 by 100 m, side by side, and a path through the right one.
STREETS = """
A---------B---------C
|         |         |
|         |         |
D---------E---------F
"""


@pytest.fixture
def town():
    return draw_streets(STREETS, cell=20.0)


def found(town, points, *, names=None, buildings=(), built=()):
    names = names or [None] * len(points)
    west, _, _, north = town.edges.total_bounds
    shift = (west, north)

    def moved(shapes):
        return [shapely.transform(shape, lambda xy: xy * (1, -1) + shift) for shape in shapes]

    blocks = open_spaces.park_blocks(
        gpd.GeoDataFrame({"name": names}, geometry=moved(map(shapely.Point, points)), crs=CRS),
        town,
        buildings=gpd.GeoSeries(moved(buildings), crs=CRS),
        built=np.array(moved(built), dtype=object),
    )
    return [(round(block.area), block) for block in blocks.geometry]


def paths(town):
    """Make the street between the blocks a path."""
    edges = town.edges.copy()
    middle = (edges["u"] == 2) & (edges["v"] == 5)
    edges["highway"] = edges["highway"].astype(object).where(~middle, "footway")
    return type(town).from_tables(town.nodes, edges)


def test_the_block_around_a_point_is_the_park(town):
    assert [area for area, _ in found(town, [(60, 30)], built=[shapely.box(900, 0, 901, 1)])] == []
    # Fields have no paths, and these blocks are larger than a garden in a square.
    both = found(paths(town), [(60, 30), (300, 30)])
    assert [area for area, _ in both] == [], "60 m of path are too few for 2.4 ha"


def test_paths_make_a_park(town, monkeypatch):
    monkeypatch.setattr(open_spaces, "LEAST_PATHS_M_PER_HA", 20.0)
    both = found(paths(town), [(60, 30), (300, 30)])
    assert [area for area, _ in both] == [24_000], "two points, one block, once"
    monkeypatch.setattr(open_spaces, "LEAST_PATHS_M_PER_HA", 30.0)
    monkeypatch.setattr(open_spaces, "LEAST_PATHS_OF_A_NAME_M_PER_HA", 20.0)
    assert found(paths(town), [(60, 30)]) == []
    assert len(found(paths(town), [(60, 30)], names=["Parco"])) == 1, "a name needs fewer paths"


def test_a_small_block_needs_no_paths(town, monkeypatch):
    monkeypatch.setattr(open_spaces, "SMALL_M2", 13_000.0)
    (area, block), *others = found(town, [(60, 30)])
    assert (area, others) == (12_000, [])
    houses = [shapely.box(10, 10, 40, 40)]
    assert found(town, [(60, 30)], buildings=houses) == [], "7.5 % of it is built on"
    # What is mapped as built-up is cut off.
    ((area, cut),) = found(town, [(150, 30)], built=[shapely.box(0, 0, 100, 60)])
    assert area == 6000
    assert cut.within(block)
    # Where the point lies on built-up land, the whole block is looked at.
    assert [area for area, _ in found(town, [(60, 30)], built=[shapely.box(0, 0, 100, 60)])] == [
        12_000
    ]


def test_the_table_of_milano(milano: City):
    spaces = milano.open_spaces
    assert set(spaces["extent"].cat.categories) == set(OPEN_SPACE_EXTENTS)
    assert spaces.geometry.is_valid.all()
    is_point = spaces.geom_type == "Point"
    assert (is_point == (spaces["extent"] == "unknown")).all()
    assert spaces.loc[is_point, "name"].notna().all(), "a point without a name tells nothing"
    counts = spaces.groupby(["kind", "extent"], observed=True).size()
    report = milano.provenance["left_out"]["open_spaces"]
    assert {f"{kind}, {extent}": n for (kind, extent), n in counts.items()} == report[
        "by_kind_and_extent"
    ]
    inferred = spaces[spaces["extent"] == "inferred"]
    row, building = milano.buildings.sindex.query(inferred.geometry, predicate="intersects")
    inside = shapely.intersection(
        inferred.geometry.to_numpy()[row], milano.buildings.geometry.to_numpy()[building]
    )
    built = np.bincount(row, weights=shapely.area(inside), minlength=len(inferred))
    # Outlines are simplified afterwards.
    assert (built <= (open_spaces.MOST_BUILT + 0.01) * inferred.area.to_numpy() + 20).all()
    assert inferred.area.max() <= open_spaces.LARGEST_PARK_M2 * 1.001


@pytest.mark.parametrize(
    ("name", "latitude", "longitude"),
    [
        ("Giardini pubblici Indro Montanelli", 45.4745, 9.1995),
        ("Cimitero Monumentale", 45.4870, 9.1780),
        ("Parco Forlanini", 45.4650, 9.2620),
    ],
)
def test_well_known_parks_are_where_they_are(milano: City, name, latitude, longitude):
    there = gpd.GeoSeries([shapely.Point(longitude, latitude)], crs=4326).to_crs(milano.crs)
    spaces = milano.open_spaces
    assert name in set(spaces.loc[spaces.contains(there.iloc[0]), "name"])


def test_what_is_mapped_is_kept_whole(milano: City, sources):
    land = gpd.read_parquet(sources / open_spaces.LANDUSE).to_crs(edition.CRS)
    for kind in ("cemetery", "playground"):
        mapped = shapely.union_all(land.geometry[land["class"] == kind].to_numpy())
        spaces = milano.open_spaces
        own = spaces[(spaces["kind"] == kind) & (spaces["extent"] == "mapped")]
        assert own.area.sum() == pytest.approx(mapped.area, rel=0.01)


def test_the_edition_states_them():
    folder = edition.edition_folder("milano")
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    assert "2021-08" in manifest["vintages"]["open_spaces"]
    assert "ODbL" in manifest["licences"]["open_spaces"]
    assert manifest["files"]["open_spaces.parquet"]["bytes"] < 300_000
    assert "`open_spaces.parquet`" in (folder / "LICENSES.md").read_text(encoding="utf-8")
    account = manifest["left_out"]["open_spaces"]
    assert "rivers, canals and lakes" in account["not_in_the_raw_files"]
