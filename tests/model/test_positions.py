"""Law: a position is known, or unknown and said so, or impossible and refused by its row."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

import quartieri15 as q15
from quartieri15.errors import InputError
from quartieri15.model import schemas
from tests.ascii_city import CRS, draw_city

if TYPE_CHECKING:
    from collections.abc import Callable

ASK: dict[str, Any] = {"to": "houses", "profile": "walk_75"}
TOY = draw_city(
    "A------B",
    cell=60,
    places={"west": (0, 0), "east": (6, 0)},
    people={(1, 0): 20.0, (5, 0): 30.0},
)
NOWHERE = {
    "missing": None,
    "empty": shapely.Point(),
    "no x": shapely.Point(math.nan, 5_034_000),
    "no number": shapely.Point(math.nan, math.nan),
}
IMPOSSIBLE = {
    "infinite": shapely.Point(math.inf, 5_034_000),
    "beyond the earth": shapely.Point(1e30, 5_034_000),
    "minus infinite": shapely.Point(512_000, -math.inf),
}


def rebuilt(**tables: Any) -> q15.City:
    """The toy city with other tables."""
    own = {"places": TOY.places, "zones": TOY.zones, "residents": TOY.residents}
    return q15.City.from_tables("toy", streets=TOY.streets, **(own | tables))


def moved(table: gpd.GeoDataFrame, row: int, shape: Any) -> gpd.GeoDataFrame:
    """Put one row of a table elsewhere."""
    shapes = table.geometry.tolist()
    shapes[row] = shape
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))


def answers(city: q15.City, to: Any) -> dict[str, Any]:
    """What all verbs say where one of two houses stands."""
    ask = ASK | {"to": to}
    areas = q15.catchments(city, to, profile="walk_75", minutes=5)
    cover = q15.coverage(city, minutes=5, by="nil", **ask)
    by_place = q15.coverage(city, minutes=5, by="place", **ask)
    return {
        "minutes": q15.travel_times(city, **ask)["minutes"].tolist(),
        "matrix": len(q15.travel_time_matrix(city, **ask)),
        "left out": areas.attrs["left_out"],
        "areas": areas["place_id"].tolist(),
        "covered": cover["covered"].tolist(),
        "places inside": cover["places_inside"].tolist(),
        "by place": by_place["covered"].tolist(),
        "without position": cover.attrs["provenance"]["places_without_position"],
    }


@pytest.mark.parametrize("name", NOWHERE)
def test_every_unknown_position_of_a_place_means_the_same(name: str) -> None:
    known_alone = answers(TOY, moved(TOY.houses, 1, None))
    assert known_alone["left out"] == {"east": "no_position"}
    assert known_alone["without position"] == ["east"]
    lost = moved(TOY.places, 1, NOWHERE[name])
    assert answers(TOY, lost) == known_alone
    city = rebuilt(places=lost)
    assert city.places.geometry.isna().tolist() == [False, True]
    assert answers(city, "houses") == known_alone
    assert q15.explore(city) is not None


@pytest.mark.parametrize("name", [*NOWHERE, *IMPOSSIBLE])
@pytest.mark.parametrize("what", ["residents", "zones"])
def test_residents_and_zones_stand_somewhere_or_are_refused_by_their_row(
    name: str, what: str
) -> None:
    shape = (NOWHERE | IMPOSSIBLE)[name]
    row, table = (1, TOY.residents) if what == "residents" else (0, TOY.zones["nil"])
    with np.errstate(invalid="ignore"):
        if what == "zones" and shape is not None:
            xy = [(512_000, 5_034_000), (512_001, 5_034_000)]
            shape = shapely.Polygon([] if shape.is_empty else [*xy, (shape.x, shape.y), xy[0]])
        lost = moved(table, row, shape)
        with pytest.raises(InputError, match=rf"{what}( nil)?, row {row}, column geometry: "):
            rebuilt(**{what: lost if what == "residents" else {"nil": lost}})


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_position_is_refused_by_its_row(name: str) -> None:
    lost = moved(TOY.houses, 1, IMPOSSIBLE[name])
    said = r", row 1, column geometry: the position .* (nowhere on earth|no number)"
    with pytest.raises(InputError, match="places" + said):
        rebuilt(places=lost)
    with pytest.raises(InputError, match="to" + said):
        q15.travel_times(TOY, to=lost, profile="walk_75")
    with pytest.raises(InputError, match="places" + said):
        q15.catchments(TOY, lost, profile="walk_75")
    with pytest.raises(InputError, match="origins" + said):
        q15.travel_times(TOY, **ASK, origins=lost)


def swapped(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return moved_by(table, lambda xy: xy[:, ::-1])


def in_degrees(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return table.to_crs(4326).set_crs(CRS, allow_override=True)


def degrees_latitude_first(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return swapped(in_degrees(table))


def far_away(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return moved_by(table, lambda xy: xy + 50_000)


def moved_by(table: gpd.GeoDataFrame, move: Callable[[Any], Any]) -> gpd.GeoDataFrame:
    shapes = shapely.transform(table.geometry.to_numpy(), move)
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))


SLIPS = {
    swapped: "x and y are swapped",
    in_degrees: "these are degrees",
    degrees_latitude_first: "these are degrees, latitude first",
    far_away: "the first is at",
}


@pytest.mark.parametrize(("slip", "said"), SLIPS.items())
def test_a_table_that_lies_elsewhere_is_refused_with_the_likely_cause(
    slip: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], said: str
) -> None:
    lost = slip(TOY.houses)
    with pytest.raises(InputError, match=rf"to, row 0, column geometry: no row is .*{said}"):
        q15.coverage(TOY, to=lost, profile="walk_75")
    with pytest.raises(InputError, match=rf"places, row 0, .*{said}"):
        q15.catchments(TOY, lost, profile="walk_75")
    with pytest.raises(InputError, match=rf"places, row 0, .*{said}"):
        q15.city_of_streets(TOY.streets, places=lost)
    with pytest.raises(InputError, match=rf"residents, row 0, .*{said}"):
        rebuilt(residents=slip(TOY.residents))
    if slip is not far_away:
        with pytest.raises(InputError, match=rf"origins, row 0, .*{said}"):
            q15.travel_times(TOY, **ASK, origins=slip(TOY.residents))
        wall = gpd.GeoDataFrame(geometry=TOY.streets.edges.geometry.to_numpy(), crs=CRS)
        with pytest.raises(InputError, match=rf"barriers, row 0, .*{said}"):
            TOY.streets.with_barriers(slip(wall))


def test_zones_that_lie_elsewhere_are_refused() -> None:
    nil = TOY.zones["nil"]
    with pytest.raises(InputError, match=r"zones nil, row 0, column geometry: no row is within"):
        rebuilt(zones={"nil": far_away(nil)})


def test_barriers_and_origins_may_be_of_another_quarter() -> None:
    wall = gpd.GeoDataFrame(geometry=TOY.streets.edges.geometry.to_numpy(), crs=CRS)
    assert len(TOY.streets.with_barriers(far_away(wall)).barriers) == 1
    away = q15.travel_times(TOY, **ASK, origins=far_away(TOY.residents))
    assert set(away["status"]) == {"no_street"}


def test_one_of_several_that_lies_elsewhere_is_counted() -> None:
    lost = moved(TOY.houses, 1, shapely.Point(9.19, 45.46))
    found = answers(TOY, lost)
    assert found["left out"] == {"east": "no_street"}
    cover = q15.coverage(TOY, to=lost, profile="walk_75")
    assert cover.attrs["provenance"]["places_without_street"] == ["east"]
    city = rebuilt(places=lost, residents=moved(TOY.residents, 0, shapely.Point(9.19, 45.46)))
    assert city.provenance["outside_streets"] == {"places": 1, "residents": 1}
    assert "outside_streets" not in rebuilt().provenance


def test_exactly_as_far_out_as_a_street_may_be_is_not_elsewhere() -> None:
    low_x, low_y, high_x, high_y = TOY.streets.edges.total_bounds
    assert TOY.streets.extent.tolist() == [low_x - 1000, low_y - 1000, high_x + 1000, high_y + 1000]
    at = [(high_x + 1000, low_y), (high_x + 1000.1, low_y), (low_x, low_y), (low_x, low_y - 1001)]
    points = gpd.GeoDataFrame(geometry=[*map(shapely.Point, at), None], crs=CRS)
    assert TOY.streets.outside(points).tolist() == [False, True, False, True, False]


def twice(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A table with its own geometry under another name, and what it was read from beside it."""
    table = table.rename_geometry("metric")
    table["geometry"] = table["metric"].to_crs(4326)
    return table


def test_the_active_geometry_is_the_one_that_is_used() -> None:
    house, people, nil = TOY.houses, TOY.residents, TOY.zones["nil"]
    city = rebuilt(places=twice(house), residents=twice(people), zones={"nil": twice(nil)})
    for table, own in ((city.places, house), (city.residents, people), (city.zones["nil"], nil)):
        assert table.geometry.name == "geometry"
        assert table.geometry.equals(own.geometry)
        assert table["other_geometry"].crs == "EPSG:4326"
    assert answers(city, "houses") == answers(TOY, "houses")
    assert answers(TOY, twice(house)) == answers(TOY, "houses")
    there = q15.travel_times(TOY, **ASK, origins=twice(people))
    assert there["minutes"].equals(q15.travel_times(TOY, **ASK)["minutes"])
    surface = q15.travel_time_surface(TOY, twice(house), profile="walk_75")
    assert np.isfinite(surface.at(twice(house))).all()
    assert q15.explore(TOY, twice(house), twice(nil)) is not None


def test_streets_and_barriers_are_read_by_their_active_geometry() -> None:
    streets = TOY.streets
    again = q15.StreetNetwork.from_tables(twice(streets.nodes), twice(streets.edges))
    assert again.edges.geometry.equals(streets.edges.geometry)
    assert again.nodes.geometry.equals(streets.nodes.geometry)
    wall = gpd.GeoDataFrame(geometry=streets.edges.geometry.to_numpy(), crs=CRS)
    assert again.with_barriers(twice(wall)).barriers.geometry.equals(wall.geometry)
    alone = q15.city_of_streets(streets, places=twice(TOY.houses[["geometry"]]))
    assert q15.travel_times(alone, to="places", profile="walk_75", origins=TOY.houses) is not None


def test_a_name_that_is_taken_twice_gives_way_and_columns_of_one_name_are_refused() -> None:
    table = twice(TOY.houses).assign(other_geometry="mine")
    assert {"geometry", "other_geometry", "other_geometry_"} <= set(
        schemas.with_geometry(table, where="places")
    )
    names = TOY.places.rename(columns={"kind": "name"})
    with pytest.raises(InputError, match="places: there are 2 columns name"):
        rebuilt(places=names.assign(kind="ex_csrc"))
