"""Law: ground that lies in two zones or in none is told, how much and where; a sliver is not."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from quartieri15.editions.checking.zones import check_same_ground, check_zone_ids, check_zones
from tests.ascii_city import CRS, ORIGIN

X, Y = ORIGIN


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(X + west, Y + south, X + east, Y + north)


def zones(*shapes: shapely.Geometry, names: str = "ABCDEFGHI") -> gpd.GeoDataFrame:
    ids = range(1, len(shapes) + 1)
    return gpd.GeoDataFrame(
        {"id": ids, "name": list(names[: len(shapes)])}, geometry=list(shapes), crs=CRS
    )


def rules(found: object) -> list[tuple[str, str]]:
    return [(one.rule, one.severity) for one in found]


SIDE_BY_SIDE = (box(0, 0, 100, 100), box(100, 0, 200, 100))


def test_zones_side_by_side_are_well() -> None:
    assert list(check_zones(zones(*SIDE_BY_SIDE), file="zones")) == []


def test_an_overlap_is_measured() -> None:
    (found,) = check_zones(zones(box(0, 0, 120, 100), box(100, 0, 200, 100)), file="zones")
    assert (found.rule, found.row) == ("zones.overlap", "zone 1")
    assert "zones 1 and 2 overlap by 2,000 m², at 45." in found.problem


def test_two_drawings_of_one_border_are_no_overlap() -> None:
    assert list(check_zones(zones(box(0, 0, 104, 100), box(100, 0, 200, 100)), file="zones")) == []


def test_a_hole_is_measured() -> None:
    ring = box(0, 0, 300, 300).difference(box(100, 100, 200, 200))
    (found,) = check_zones(zones(ring), file="zones")
    assert found.rule == "zones.hole"
    assert "10,000 m²" in found.problem
    assert list(check_zones(zones(ring, box(100, 100, 200, 200)), file="zones")) == []


def test_an_outline_that_crosses_itself_is_an_error() -> None:
    bow = shapely.Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)])
    assert ("zones.outline", "error") in rules(check_zones(zones(bow), file="zones"))


@pytest.mark.parametrize(
    ("names", "said"), [(("Centro", "CENTRO"), "capitals"), (("Nord", "Nord"), "the same")]
)
def test_names_that_stand_for_two_zones(names: tuple[str, str], said: str) -> None:
    table = zones(*SIDE_BY_SIDE).assign(name=list(names))
    (found,) = check_zones(table, file="zones")
    assert (found.rule, found.column) == ("zones.name", "name")
    assert said in found.problem


def test_ground_of_one_set_only() -> None:
    one, other = zones(*SIDE_BY_SIDE), zones(box(0, 0, 250, 100))
    (found,) = check_same_ground(one, other, files=("one", "other"))
    assert (found.file, found.rule) == ("other", "zones.other_ground")
    assert "5,000 m²" in found.problem
    assert list(check_same_ground(one, zones(box(0, 0, 201, 100)), files=("one", "other"))) == []


def test_zones_and_counts_name_the_same_zones() -> None:
    table = zones(*SIDE_BY_SIDE)
    asked = {"file": "zones", "counts_file": "counts"}
    assert list(check_zone_ids(table, [1, 2], **asked)) == []
    assert rules(check_zone_ids(table, [1, 3], **asked)) == [
        ("zones.without_residents", "warning"),
        ("zones.unknown", "error"),
    ]
