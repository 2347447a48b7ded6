"""A cell of a surface says what is said of a person at its middle, and the file is a sound COG."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.errors import RasterioIOError
from rio_cogeo.cogeo import cog_validate

from quartieri15.errors import InputError, OutputError, ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.reach import cells
from quartieri15.reach.surfaces import TravelTimeSurface, travel_time_surface
from quartieri15.reach.times import travel_times
from tests.ascii_city import CRS, ORIGIN, draw_city
from tests.reach.towns import towns

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from quartieri15.model.city import City

X, Y = ORIGIN
METRE_A_SECOND = profiles.WALK_ADULT.with_(
    name="one m/s", speed_kmh=3.6, access_speed_kmh=3.6, source="round numbers"
)

# Two kilometres across, so that it takes several tiles; C>>>D is one-way for bicycles.
WIDE = """
A-------B----C>>>>>>D
|       |    |      |
|       |    |      |
E-------F----G------H
"""


def wide() -> City:
    return draw_city(WIDE, cell=100.0, places={"a": (0.0, 0.3), "d": (20.0, 0.0)})


def middles(surface: TravelTimeSurface) -> gpd.GeoDataFrame:
    """The middle of every cell, in the order of the raster."""
    rows, columns = surface.minutes.shape
    x = surface.left + (np.arange(columns) + 0.5) * surface.cell_m
    y = surface.top - (np.arange(rows) + 0.5) * surface.cell_m
    x, y = np.meshgrid(x, y)
    return gpd.GeoDataFrame(geometry=shapely.points(x.ravel(), y.ravel()), crs=surface.crs)


def agrees_with_travel_times(
    city: City, surface: TravelTimeSurface, area: shapely.Geometry
) -> NDArray[np.bool_]:
    """Check every cell against a person who stands at its middle; return which have a time."""
    told = surface.attrs["provenance"]
    profile = METRE_A_SECOND if told["profile"] == "one m/s" else told["profile"]
    times = travel_times(
        city,
        to="houses",
        profile=profile,
        direction=told["direction"],
        minutes=told["minutes"],
        origins=middles(surface),
    )
    minutes = surface.minutes.ravel().astype(float)
    expected = times["minutes"].to_numpy()
    reached = np.isfinite(minutes)
    # Float32 holds a time of an hour to a hundredth of a second.
    assert minutes[reached] == pytest.approx(expected[reached], rel=1e-6, abs=1e-5)
    outside = ~shapely.intersects(area, middles(surface).geometry.to_numpy())
    far = ~(times["snap_distance_m"] <= cells.FARTHEST_M).to_numpy()
    near_limit = np.abs(expected - (told["minutes"] or np.inf)) < 1e-5
    assert (np.isnan(expected) | outside | far | near_limit)[~reached].all()
    return reached


@pytest.mark.parametrize("profile", ["walk_75", "bike_adult"])
@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("minutes", [7.0, None])
def test_every_cell_says_what_travel_times_say_of_its_middle(
    profile: str, direction: Any, minutes: float | None
) -> None:
    city = wide()
    around = shapely.box(X - 300, Y - 500, X + 2200, Y + 300)
    surface = travel_time_surface(
        city, "houses", profile=profile, direction=direction, minutes=minutes, area=around
    )
    reached = agrees_with_travel_times(city, surface, around)
    assert reached.any()
    assert not reached.all()


@given(
    city=towns(),
    profile=st.sampled_from(["walk_adult", "bike_65"]),
    direction=st.sampled_from(["to", "from"]),
    minutes=st.sampled_from([None, 0.4, 3.0]),
)
@settings(max_examples=15)
def test_it_does_so_in_any_town(
    city: City, profile: str, direction: Any, minutes: float | None
) -> None:
    area = shapely.box(*city.streets.edges.total_bounds).buffer(30.3)
    surface = travel_time_surface(
        city, "houses", profile=profile, direction=direction, minutes=minutes, area=area
    )
    agrees_with_travel_times(city, surface, area)


def test_it_does_so_in_milano(milano: City) -> None:
    area = milano.houses.geometry.iloc[0].buffer(600)
    surface = travel_time_surface(milano, "houses", profile="walk_75", area=area)
    reached = agrees_with_travel_times(milano, surface, area)
    assert reached.sum() > 0.7 * area.area / cells.CELL_M**2


def test_a_time_is_the_way_along_the_street_and_to_it() -> None:
    city = draw_city("A---------B", cell=100.0, places={"a": (0.0, 0.0)})
    surface = travel_time_surface(city, "houses", profile=METRE_A_SECOND)
    points = middles(surface)
    x, y = points.geometry.x.to_numpy() - X, points.geometry.y.to_numpy() - Y
    along = (x >= 0) & (x <= 1000) & (np.abs(y) < 50)
    found = surface.minutes.ravel()[along]
    assert found == pytest.approx((x + np.abs(y))[along] / 60, rel=1e-6)
    # The zone of the drawing reaches 50 m around the street.
    assert np.isfinite(found).all()


def test_every_cell_is_accounted_for() -> None:
    city = wide()
    area = shapely.Point(X, Y).buffer(700)
    surface = travel_time_surface(city, "houses", profile="walk_75", minutes=5, area=area)
    counts = surface.attrs["cells"]
    assert sum(counts.values()) == surface.minutes.size
    assert counts["reached"] == np.isfinite(surface.minutes).sum()
    assert min(counts.values()) > 0
    inside = shapely.intersects(area, middles(surface).geometry.to_numpy())
    assert counts["outside"] == (~inside).sum()
    assert np.isnan(surface.minutes.ravel()[~inside]).all()


def test_by_default_it_covers_the_zones_and_no_more() -> None:
    city = wide()
    surface = travel_time_surface(city, "houses", profile="walk_75")
    west, south, east, north = city.zones["nil"].total_bounds
    left, bottom, right, top = surface.bounds
    assert west - cells.CELL_M < left <= west
    assert south - cells.CELL_M < bottom <= south
    assert east <= right < east + cells.CELL_M
    assert north <= top < north + cells.CELL_M


@pytest.mark.parametrize("picture", ["A------B", "A\n|\n|\n|\nB"])
def test_without_zones_it_covers_the_ground_under_the_streets(picture: str) -> None:
    city = replace(draw_city(picture, places={"a": (0.0, 0.0)}), zones={})
    surface = travel_time_surface(city, "houses", profile=METRE_A_SECOND)
    ground = shapely.box(*city.streets.edges.total_bounds)
    assert shapely.box(*surface.bounds).contains_properly(ground)
    assert surface.attrs["cells"]["outside"] == 0
    assert np.isfinite(surface.minutes).all()


def test_a_cell_is_the_same_one_whatever_is_asked() -> None:
    city = wide()
    whole = travel_time_surface(city, "houses", profile="walk_75")
    area = shapely.box(X + 137, Y - 211, X + 1700, Y - 20)
    part = travel_time_surface(city, "houses", profile="walk_75", area=area)
    points = middles(part)
    inside = shapely.intersects(area, points.geometry.to_numpy())
    np.testing.assert_array_equal(whole.at(points[inside]), part.at(points[inside]))
    assert np.isfinite(part.at(points[inside])).any()


def test_a_limit_takes_cells_away_and_changes_none() -> None:
    city = wide()
    free = travel_time_surface(city, "houses", profile="walk_75", minutes=None).minutes
    limited = travel_time_surface(city, "houses", profile="walk_75", minutes=6).minutes
    # On the very limit, float32 does not tell which side of it a time lies.
    clear = ~(np.abs(free - 6) <= 1e-5)
    np.testing.assert_array_equal(limited[clear], np.where(free <= 6, free, np.nan)[clear])
    assert clear.mean() > 0.99
    assert np.isnan(limited).sum() > np.isnan(free).sum()


def test_one_way_streets_make_to_and_from_differ() -> None:
    city = wide()
    rides = profiles.BIKE_ADULT.with_(push_speed_kmh=None)
    there, back = (
        travel_time_surface(
            city, city.places[city.places["id"] == "d"], profile=rides, direction=direction
        ).minutes
        for direction in ("to", "from")
    )
    assert np.nanmax(np.abs(there - back)) > 0.5


def test_a_point_is_told_the_time_of_its_cell() -> None:
    surface = travel_time_surface(wide(), "houses", profile="walk_75")
    points = middles(surface)
    moved = points.set_geometry(points.translate(0.49 * surface.cell_m, -0.49 * surface.cell_m))
    np.testing.assert_array_equal(surface.at(moved), surface.minutes.ravel())
    left, bottom, right, top = surface.bounds
    beyond = [
        (left - 1, top - 1),
        (right + 1, top - 1),
        (left + 1, bottom - 1),
        (left + 1, top + 1),
    ]
    nowhere = gpd.GeoDataFrame(geometry=[*map(shapely.Point, beyond), None], crs=CRS)
    assert np.isnan(surface.at(nowhere)).all()
    with pytest.raises(InputError, match="EPSG:4326"):
        surface.at(points.to_crs(4326))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[TravelTimeSurface, Path]:
    """A surface large enough to have overviews, and its file."""
    path = tmp_path_factory.mktemp("surface") / "new" / "minutes.tif"
    area = shapely.box(X - 7000, Y - 6000, X + 7000, Y + 6000)
    return travel_time_surface(wide(), "houses", profile="walk_75", area=area, path=path), path


def test_the_file_is_a_valid_cog(written: tuple[TravelTimeSurface, Path]) -> None:
    valid, errors, warnings = cog_validate(written[1], strict=True)
    assert (valid, errors, warnings) == (True, [], [])
    with rasterio.open(written[1]) as file:
        assert file.overviews(1)
        assert file.block_shapes == [(512, 512)]
        assert file.compression.value == "DEFLATE"
        assert file.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "3"


def test_the_file_holds_the_surface_where_it_is(written: tuple[TravelTimeSurface, Path]) -> None:
    surface, path = written
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(1), surface.minutes)
        assert file.crs.to_epsg() == 32632
        assert file.bounds == surface.bounds
        assert file.dtypes == ("float32",)
        assert np.isnan(file.nodata)
        assert (file.descriptions, file.units) == (("minutes",), ("min",))
        points = middles(surface).geometry[::9973]
        read = [value[0] for value in file.sample(zip(points.x, points.y, strict=True))]
        np.testing.assert_array_equal(read, surface.at(points.to_frame()))


def test_an_overview_holds_the_mean_of_the_cells_with_a_time(
    written: tuple[TravelTimeSurface, Path],
) -> None:
    surface, path = written
    with rasterio.open(path, overview_level=0) as file:
        small = file.read(1)
    rows, columns = (n // 2 * 2 for n in surface.minutes.shape)
    blocks = surface.minutes[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2)
    full = np.isfinite(blocks).all(axis=(1, 3))
    small = small[: rows // 2, : columns // 2]
    assert full.any()
    if surface.minutes.shape == (rows, columns):
        assert small[full] == pytest.approx(blocks.mean(axis=(1, 3))[full], rel=1e-5)
    assert np.isfinite(small[np.isfinite(blocks).any(axis=(1, 3))]).all()


def test_the_file_says_what_it_shows(written: tuple[TravelTimeSurface, Path]) -> None:
    surface, path = written
    with rasterio.open(path) as file:
        tags = file.tags()
    told = surface.attrs["provenance"]
    assert tags["QUARTIERI15_PROFILE"] == "walk_75"
    assert json.loads(tags["QUARTIERI15_SPEED_KMH"]) == told["speed_kmh"]
    assert json.loads(tags["QUARTIERI15_MINUTES"]) == 60
    assert tags["QUARTIERI15_DIRECTION"] == "to"
    assert json.loads(tags["QUARTIERI15_VINTAGES"]) == {"streets": "drawn"}
    assert json.loads(tags["QUARTIERI15_CELLS"]) == surface.attrs["cells"]
    assert tags["QUARTIERI15_LICENCE_LINE"] == tags["TIFFTAG_COPYRIGHT"] == "drawn for a test"
    assert tags["QUARTIERI15_SOFTWARE"].startswith("quartieri15 ")
    assert "to the nearest of 2 places in toy, walk_75" in tags["TIFFTAG_IMAGEDESCRIPTION"]


def test_places_left_out_are_told() -> None:
    city = wide()
    places = city.places.copy()
    places.loc[0, "geometry"] = None
    surface = travel_time_surface(city, places, profile="walk_75")
    assert surface.attrs["left_out"] == {"a": "no_position"}
    assert surface.attrs["provenance"]["places"] == 1


def test_the_same_question_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.tif", "two.tif"):
        travel_time_surface(wide(), "houses", profile="walk_75", path=tmp_path / name)
    assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "two.tif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.tif", "two.tif"]


def test_a_file_that_cannot_be_written_is_said_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    surface = travel_time_surface(wide(), "houses", profile="walk_75")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="nothing was changed"):
        surface.write(tmp_path / "file" / "minutes.tif")
    (tmp_path / "folder.tif").mkdir()
    with pytest.raises(OutputError, match=r"folder\.tif"):
        surface.write(tmp_path / "folder.tif")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.tif"]


def test_a_full_disk_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RasterioIOError("no space left on device")

    surface = travel_time_surface(wide(), "houses", profile="walk_75")
    (tmp_path / "minutes.tif").write_text("older")
    monkeypatch.setattr(rasterio, "open", refuse)
    with pytest.raises(OutputError, match=r"minutes\.tif.*no space left on device"):
        surface.write(tmp_path / "minutes.tif")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["older"]


def test_senseless_questions_are_refused() -> None:
    city = wide()
    for minutes in (0, -5, 2000, np.nan):
        with pytest.raises(ParameterError, match="minutes"):
            travel_time_surface(city, "houses", profile="walk_75", minutes=minutes)
    with pytest.raises(ParameterError, match="direction"):
        travel_time_surface(city, "houses", profile="walk_75", direction="there")
    with pytest.raises(UnknownNameError, match="walk_57"):
        travel_time_surface(city, "houses", profile="walk_57")
    with pytest.raises(InputError, match="no place"):
        travel_time_surface(city, city.places[:0], profile="walk_75")
    bowtie = shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])
    for area in (shapely.Polygon(), bowtie, shapely.Point(X, Y), "nil"):
        with pytest.raises(InputError, match="area"):
            travel_time_surface(city, "houses", profile="walk_75", area=area)


def test_an_area_that_holds_nothing_is_refused_with_the_mend() -> None:
    city = wide()
    for area, said in (
        (shapely.box(9.18, 45.45, 9.19, 45.46), r"x 9\.18 to 9\.19.*streets.*x 512.*to_crs"),
        (shapely.box(X + 5e4, Y, X + 6e4, Y + 1e4), r"the streets of the city x 512"),
        (shapely.box(X + 7, Y - 3, X + 9, Y - 1), r"middle of none.*Mend: give a wider area"),
        (shapely.Point(X, Y).buffer(3_000_000), r"has 3.*,.* cells of 10 m.*Mend: give a smaller"),
    ):
        with pytest.raises(InputError, match=said):
            travel_time_surface(city, "houses", profile="walk_75", area=area)
    # An area that lies over the streets in part is told of where it is.
    part = shapely.box(X - 500, Y - 500, X + 50, Y + 50)
    counts = travel_time_surface(city, "houses", profile="walk_75", area=part).attrs["cells"]
    assert counts["reached"] > 0


@pytest.mark.parametrize("path", ["", 5, "minutes", "minutes.png", "folder.tif/minutes"])
def test_a_path_that_names_no_geotiff_is_refused(path: Any) -> None:
    with pytest.raises(ParameterError, match=r"path: path is .*Mend: name a GeoTIFF"):
        travel_time_surface(wide(), "houses", profile="walk_75", path=path)
