"""Bands of one place never overlap and make up its area; lighter areas still lie one in another."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError
from quartieri15.model import profiles
from quartieri15.reach.bands import bands, simplified
from quartieri15.reach.catchments import catchments, reached_area
from tests.ascii_city import CRS, draw_city
from tests.reach.test_catchments import WALKER, cities, lies_in

if TYPE_CHECKING:
    from quartieri15.model.city import City

LIMITS = st.lists(st.floats(0.5, 15), min_size=2, max_size=4, unique=True)


@settings(max_examples=40)
@given(cities(), LIMITS)
def test_bands_partition_the_largest_area(city: City, minutes: list[float]) -> None:
    areas = catchments(city, "houses", profile=WALKER, minutes=minutes)
    cut = bands(areas)
    assert cut.geometry.is_valid.all()
    for place, rows in cut.groupby("place_id"):
        whole = areas[areas["place_id"] == place]
        assert rows["minutes_from"].tolist() == [0.0, *rows["minutes_to"].tolist()[:-1]]
        assert rows["minutes_to"].tolist() == pytest.approx(sorted(minutes))
        for one, other in itertools.combinations(rows.geometry, 2):
            assert shapely.area(shapely.intersection(one, other)) < 1e-6
        together = shapely.union_all(rows.geometry.array)
        largest = whole.geometry.iloc[-1]
        assert shapely.area(shapely.symmetric_difference(together, largest)) < 1e-6
        assert rows["area_km2"].sum() == pytest.approx(whole["area_km2"].iloc[-1])
        assert rows["street_km"].sum() == pytest.approx(whole["street_km"].iloc[-1])


@settings(max_examples=20)
@given(cities(), LIMITS)
def test_a_band_depends_on_its_own_limits_alone(city: City, minutes: list[float]) -> None:
    several = bands(catchments(city, "houses", profile=WALKER, minutes=minutes))
    pair = sorted(minutes)[-2:]
    alone = bands(catchments(city, "houses", profile=WALKER, minutes=pair))
    assert several.groupby("place_id").geometry.last().to_list() == (
        alone.groupby("place_id").geometry.last().to_list()
    )


@settings(max_examples=40)
@given(cities(), LIMITS, st.floats(0.5, 20))
def test_lighter_areas_nest_and_stay_near(
    city: City, minutes: list[float], tolerance_m: float
) -> None:
    areas = catchments(city, "houses", profile=WALKER, minutes=minutes)
    light = simplified(areas, tolerance_m=tolerance_m)
    assert light.geometry.is_valid.all()
    assert set(light.geom_type) <= {"Polygon", "MultiPolygon"}
    assert list(light["minutes"]) == list(areas["minutes"])
    assert (light["tolerance_m"] == tolerance_m).all()
    for _, rows in light.groupby("place_id"):
        for smaller, larger in itertools.pairwise(rows.geometry):
            assert lies_in(smaller, larger)
    before = shapely.get_num_coordinates(areas.geometry.array).sum()
    assert shapely.get_num_coordinates(light.geometry.array).sum() <= before + 4 * len(areas)


def test_an_area_with_too_many_vertices_is_simplified_further() -> None:
    angle = np.linspace(0, 2 * np.pi, 4001)[:-1]
    radius = 1000 + 40 * np.sin(100 * angle)
    ring = shapely.Polygon(
        np.column_stack([512000 + radius * np.cos(angle), 5034000 + radius * np.sin(angle)])
    )
    table = gpd.GeoDataFrame({"minutes": [15.0]}, geometry=[ring], crs=CRS)
    light = simplified(table, tolerance_m=0.01, max_vertices=300)
    assert light.geometry.count_coordinates().item() <= 300
    assert light["tolerance_m"].item() > 0.01
    assert light["area_km2"].item() == pytest.approx(ring.area / 1e6, rel=0.02)


def squares(many: int, side: float) -> gpd.GeoDataFrame:
    """One area of many parts, each with a vertex every tenth of its side."""
    parts = [shapely.box(x, 0, x + side, side) for x in np.arange(many) * 3 * side]
    area = shapely.segmentize(shapely.MultiPolygon(parts), side / 10)
    return gpd.GeoDataFrame({"minutes": [15.0]}, geometry=[area], crs=CRS)


def test_an_area_that_cannot_have_so_few_vertices_is_refused_with_their_number() -> None:
    with pytest.raises(ParameterError, match=r"max_vertices: .* vertices .*Mend: allow more") as at:
        simplified(squares(60, 1000.0), max_vertices=200)
    assert "300 vertices" in str(at.value)
    light = simplified(squares(60, 1000.0), max_vertices=300)
    assert light.geometry.count_coordinates().item() == 300


def test_a_raised_tolerance_does_not_make_an_area_shrink_in_silence() -> None:
    angle = np.linspace(0, 2 * np.pi, 801)[:-1]
    radius = 30 + 15 * (np.arange(800) % 2) * (np.arange(800) % 8 < 4)
    star = shapely.Polygon(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
    parts = [shapely.affinity.translate(star, 200.0 * i) for i in range(10)]
    table = gpd.GeoDataFrame({"minutes": [5.0]}, geometry=[shapely.MultiPolygon(parts)], crs=CRS)
    with pytest.raises(ParameterError, match=r"gains or loses more than 10% of it; 100 are"):
        simplified(table, tolerance_m=0.01, max_vertices=100)
    light = simplified(table, tolerance_m=0.01, max_vertices=8_000)
    assert light["area_km2"].item() == pytest.approx(table.area.item() / 1e6, rel=0.1)


def test_areas_of_many_places_end_in_an_answer_or_an_error(milano: City) -> None:
    areas = reached_area(milano, "houses", profile="walk_75", minutes=15)
    with pytest.raises(ParameterError, match=r"200 are allowed"):
        simplified(areas, max_vertices=200)
    people = gpd.GeoDataFrame(
        geometry=milano.residents.geometry[:: len(milano.residents) // 450], crs=milano.crs
    )
    many = reached_area(milano, people, profile="walk_75", minutes=1)
    with pytest.raises(ParameterError, match=r"1,500 are allowed"):
        simplified(many)


def test_simplified_twice_is_simplified() -> None:
    areas = catchments(draw_city("A--B"), "houses", profile=WALKER, minutes=(1, 2))
    once = simplified(areas)
    again = simplified(once, tolerance_m=6)
    assert again.columns.tolist() == once.columns.tolist()
    assert again["tolerance_m"].tolist() == [6.0, 6.0]


def test_every_place_has_its_own_bands_and_what_was_known_is_kept() -> None:
    city = draw_city("A--------------------B", places={"p": (0.0, 0.0), "q": (20.0, 1.0)})
    areas = catchments(city, "houses", profile=WALKER, minutes=(1, 2, 4))
    cut = bands(areas.sample(frac=1, random_state=1))
    assert cut.groupby("place_id")["minutes_from"].apply(sorted).to_dict() == {
        "p": [0.0, 1.0, 2.0],
        "q": [0.0, 1.0, 2.0],
    }
    assert cut.attrs["provenance"]["profile"] == WALKER.name
    assert cut.crs == areas.crs
    together = bands(reached_area(city, "houses", profile=WALKER, minutes=(1, 2)))
    assert together["minutes_to"].tolist() == [1.0, 2.0]


def test_what_is_no_table_of_areas_is_refused() -> None:
    city = draw_city("A--B")
    areas = catchments(city, "houses", profile=WALKER, minutes=(1, 2))
    with pytest.raises(InputError, match="no column minutes"):
        bands(areas.drop(columns="minutes"))
    for minutes in (["1", "2"], [1.0, np.nan]):
        with pytest.raises(InputError, match="minutes are not all numbers"):
            bands(areas.assign(minutes=minutes))
    with pytest.raises(InputError, match="'Point'"):
        bands(areas.set_geometry(areas.centroid))
    turned = areas.assign(minutes=areas["minutes"].tolist()[::-1])
    with pytest.raises(InputError, match="1 minutes does not lie in that of 2 minutes"):
        bands(turned)
    with pytest.raises(InputError, match="stands twice"):
        simplified(areas.assign(minutes=5.0))
    with pytest.raises(InputError, match="reference system"):
        bands(gpd.GeoDataFrame(areas.drop(columns="geometry"), geometry=areas.geometry.to_list()))
    for name in ("minutes_from", "minutes_to"):
        with pytest.raises(InputError, match=f"column {name} already"):
            bands(areas.assign(**{name: 0.0}))
    bowtie = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    for verb in (bands, simplified):
        with pytest.raises(InputError, match=r"not valid \(Self-intersection.*make_valid"):
            verb(areas.set_geometry([bowtie] * len(areas), crs=CRS))
    for tolerance_m in (0, np.nan, np.inf, "4", None, True):
        with pytest.raises(ParameterError, match="tolerance_m"):
            simplified(areas, tolerance_m=tolerance_m)
    for max_vertices in (3, np.nan, "500", None, True):
        with pytest.raises(ParameterError, match="max_vertices"):
            simplified(areas, max_vertices=max_vertices)


@pytest.mark.parametrize("name", ["walk_adult", "bike_adult"])
def test_in_milano_areas_for_maps_have_few_vertices(milano: City, name: str) -> None:
    areas = catchments(milano, milano.houses[::12], profile=name, minutes=(5, 10, 15))
    light = simplified(areas)
    assert light.geometry.count_coordinates().max() <= 1500
    assert light["tolerance_m"].max() < 30
    changed = shapely.area(
        shapely.symmetric_difference(areas.geometry.to_numpy(), light.geometry.to_numpy())
    )
    assert (changed / 1e6 / areas["area_km2"]).max() < 0.05
    cut = bands(light)
    assert cut["area_km2"].sum() == pytest.approx(light.groupby("place_id")["area_km2"].max().sum())
    assert profiles.get(name).name == cut["profile"].iloc[0]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2263", "EPSG:3857"])
def test_areas_that_are_not_in_metres_are_refused(crs: str) -> None:
    square = shapely.box(0, 0, 1, 1)
    areas = gpd.GeoDataFrame({"minutes": [5.0]}, geometry=[square], crs=crs)
    for ask in (bands, simplified):
        with pytest.raises(InputError, match=r"areas: coordinates are in .* Mend: .*to_crs"):
            ask(areas)
