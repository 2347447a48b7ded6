"""Laws: everybody is in one unit, units touch where they share a border, the grid never moves."""

from __future__ import annotations

import dataclasses
import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.analysis.hot_spots.neighbours import contiguous, edge_share
from quartieri15.analysis.hot_spots.units import centres, hexagon_of, hexagons, units_of
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.city import City
from tests.analysis.hot_spots.lattices import lattice, outlines
from tests.analysis.toy_zones import row_of_zones
from tests.ascii_city import CRS, draw_city

POSITIONS = st.floats(-1e7, 1e7, allow_nan=False)
SIDES = st.floats(20, 5000)


@given(st.lists(st.tuples(POSITIONS, POSITIONS), min_size=1, max_size=20), SIDES)
def test_a_point_is_in_the_hexagon_that_it_is_given(points, side_m):
    xy = np.array(points)
    cells = hexagon_of(xy, side_m)
    apart = shapely.distance(shapely.points(xy), hexagons(cells, side_m))
    assert apart.max() < 1e-6 * side_m + 1e-5
    # The centre is the nearest of all: no centre around it is nearer.
    own = np.hypot(*(xy - centres(cells, side_m)).T)
    for step in [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)]:
        other = np.hypot(*(xy - centres(cells + np.array(step), side_m)).T)
        assert (own <= other + 1e-6 * side_m).all()


@given(SIDES)
def test_hexagons_have_their_area_and_share_their_corners(side_m):
    cells, _ = lattice(3, 3)
    drawn = hexagons(cells, side_m)
    np.testing.assert_allclose(shapely.area(drawn), 1.5 * np.sqrt(3) * side_m**2, rtol=1e-6)
    assert shapely.union_all(shapely.buffer(drawn, 1e-3)).geom_type == "Polygon"
    overlap = shapely.area(drawn).sum() - shapely.area(shapely.union_all(drawn))
    assert abs(overlap) < 1e-3 * side_m


def test_hexagons_touch_as_pysal_sees_it():
    _, relation = lattice(5, 6)
    drawn = contiguous(gpd.GeoDataFrame(geometry=outlines(5, 6), crs=CRS))
    assert (drawn.indptr == relation.indptr).all()
    assert (drawn.indices == relation.indices).all()


STREET = "A" + "-" * 40 + "B"


def town(*columns: float) -> City:
    return draw_city(STREET, cell=50.0, people={(column, 0.0): 10.0 for column in columns})


def test_a_city_has_a_hexagon_wherever_somebody_has_an_address():
    city = town(0, 1, 20, 21, 40)
    units = units_of(city, "hexagons", side_m=100)
    assert units.table["area_km2"].tolist() == pytest.approx([0.015 * 3**0.5] * len(units.table))
    home = units.city.residents["hexagons"]
    within = units.table.set_index("id").geometry.loc[home].to_numpy()
    assert shapely.intersects(within, city.residents.geometry.to_numpy()).all()
    assert set(home) == set(units.table["id"])
    assert units.table["name"].str.startswith("Centro, hexagon ").all()
    # The far end of the street has nobody beside it.
    assert units.neighbours.number[-1] == 0 or units.neighbours.number[0] == 0
    # Nobody else moves when somebody moves out.
    fewer = units_of(town(0, 1, 40), "hexagons", side_m=100)
    assert set(fewer.table["id"]) < set(units.table["id"])
    assert units_of(city, "hexagons", side_m=100).table.equals(units.table)


def test_neighbours_of_hexagons_are_those_that_touch(milano):
    units = units_of(milano, "hexagons", side_m=300)
    drawn = contiguous(units.table)
    assert (drawn.indptr == units.neighbours.indptr).all()
    assert (drawn.indices == units.neighbours.indices).all()
    people = units.city.residents.groupby("hexagons")["residents"].sum()
    assert people.sum() == pytest.approx(milano.residents["residents"].sum())
    assert (people[units.table["id"]].to_numpy() > 0).tolist() == units.lived_in.tolist()


def test_the_edge_of_hexagons_is_where_no_city_is():
    city = row_of_zones([(2, 10.0, 1.0), (1, 5.0, 1.0)], zones=3)
    units = units_of(city, "hexagons", side_m=100)
    # Both stand in the middle of a square kilometre, with a hexagon of 100 m.
    assert units.edge_share.tolist() == [0, 0]
    large = units_of(city, "hexagons", side_m=2000)
    assert (large.edge_share > 0.5).all()


def test_the_edge_of_zones_is_the_part_of_the_outline_that_nobody_shares():
    square = [
        shapely.box(x, y, x + 1000, y + 1000) for y in (0, 1000, 2000) for x in (0, 1000, 2000)
    ]
    nine = gpd.GeoDataFrame(geometry=square, crs=CRS)
    assert edge_share(nine).tolist() == pytest.approx(
        [0.5, 0.25, 0.5, 0.25, 0, 0.25, 0.5, 0.25, 0.5]
    )
    hole = nine.drop(index=4).reset_index(drop=True)
    assert edge_share(hole)[1] == pytest.approx(0.5)
    # A gap narrower than two surveys of one border differ is none.
    apart = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 999.5, 1000), shapely.box(1000, 0, 2000, 1000)], crs=CRS
    )
    assert edge_share(apart) == pytest.approx([0.75, 0.75], abs=0.01)
    assert contiguous(apart).number.tolist() == [1, 1]


def test_zones_touch_in_a_row_and_the_empty_one_is_not_lived_in():
    units = units_of(row_of_zones([(1, 5, 1), (3, 9, 2)], zones=3), "nil")
    assert units.neighbours.number.tolist() == [1, 2, 1]
    assert units.lived_in.tolist() == [True, False, True]
    assert units.edge_share.tolist() == pytest.approx([0.75, 0.5, 0.75])


def sectioned() -> City:
    city = row_of_zones([(1, 5, 1), (3, 9, 2), (3, 4, 1)], zones=3)
    nil = city.zones["nil"]
    sections = gpd.GeoDataFrame({"id": [10, 20, 30]}, geometry=nil.geometry, crs=nil.crs)
    return City(
        name="row",
        streets=city.streets,
        places=city.places,
        zones=city.zones,
        residents=city.residents.assign(section=[10, 30, 30]),
        sections=sections,
    )


def test_census_sections_are_units():
    units = units_of(sectioned(), "sections")
    assert units.table["id"].tolist() == [10, 20, 30]
    assert units.table["name"].tolist() == ["Nil 1, section 10", "section 20", "Nil 3, section 30"]
    assert units.table["area_km2"].tolist() == pytest.approx([1, 1, 1])
    assert units.neighbours.number.tolist() == [1, 2, 1]
    assert units.lived_in.tolist() == [True, False, True]


def test_sections_that_are_not_there_are_asked_for():
    city = row_of_zones([(1, 5, 1)], zones=2)
    with pytest.raises(InputError, match=r"no census sections.*use 'hexagons'"):
        units_of(city, "sections")


def test_who_names_no_section_is_in_the_one_around():
    city = sectioned()
    sections = city.sections
    for stated in ([10, np.nan, 30], [10, 99, 30], None):
        people = city.residents.drop(columns="section")
        people = people if stated is None else people.assign(section=stated)
        units = units_of(dataclasses.replace(city, residents=people), "sections")
        assert units.city.residents["sections"].tolist() == [10, 30, 30]
        told = units.city.provenance["points_put_into_the_nearest_section"]
        assert told == (3 if stated is None else 1)
    people = people.set_geometry(people.geometry.translate(yoff=-540))
    units = units_of(dataclasses.replace(city, residents=people), "sections")
    assert units.city.residents["sections"].tolist() == [10, 30, 30]
    people = people.set_geometry(people.geometry.translate(yoff=-20))
    with pytest.raises(InputError, match=r"residents, row 0: the point lies 60 m from every"):
        units_of(dataclasses.replace(city, residents=people), "sections")
    assert sections.equals(city.sections)


def test_units_and_sides_that_make_no_sense_are_named():
    city = row_of_zones([(1, 5, 1)], zones=2)
    with pytest.raises(UnknownNameError, match=r"unknown kind of units 'hexagon'.*hexagons"):
        units_of(city, "hexagon")
    for side in (0, 19, 6000, np.nan, "100", None, True):
        with pytest.raises(ParameterError, match="side_m"):
            units_of(city, "hexagons", side_m=side)


def test_areas_that_touch_nobody_raise_no_warning(milano):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        units = units_of(milano, "target_areas")
    assert units.neighbours.number.tolist() == [0, 0]
