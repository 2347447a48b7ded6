"""On ground of a known shape every street has the grade that geometry gives it.

What cannot be read off the raster is not there afterwards either, and is counted.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.transform import Affine, from_origin
from rasterio.windows import Window
from scipy.ndimage import map_coordinates

from quartieri15.errors import InputError, MissingFileError, ParameterError
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.rasters import elevations, with_grades
from tests.ascii_city import CRS, ORIGIN, draw_city, draw_streets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Height = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

# Blocks of 100 m, one street of 10 m and, from F, one that goes nowhere.
TOWN = """
A---------B---------C
|         |         |
|         |         |
|         |         |
|         |         |
D---------E-F-------G
|                   |
|                   |
|                   |
|                   |
H-------------------I----J
"""
X, Y = ORIGIN
MARGIN_M = 300.0


@functools.cache
def town() -> StreetNetwork:
    return draw_streets(TOWN)


def street_of(
    letters: str = "A---------B", *, extra: Sequence[dict[str, Any]] = (), **columns: Sequence[Any]
) -> StreetNetwork:
    """A street from west to east, ten metres a character, with columns of one's own."""
    network = draw_streets(letters, extra=extra)
    edges = network.edges.assign(**columns)
    return StreetNetwork.from_tables(network.nodes, edges)


def plane(east: float, north: float) -> Height:
    return lambda x, y: 120.0 + east * (x - X) + north * (y - Y)


def write(
    path: Path,
    height: Height,
    *,
    streets: StreetNetwork | None = None,
    crs: str = CRS,
    cell: float = 5.0,
    hole: shapely.Geometry | None = None,
    **profile: Any,
) -> Path:
    """Write the ground around some streets as a GeoTIFF, cells at their middles."""
    streets = town() if streets is None else streets
    there = Transformer.from_crs(CRS, crs, always_xy=True)
    west, south, east, north = streets.edges.total_bounds + np.array([-1, -1, 1, 1]) * MARGIN_M
    left, bottom, right, top = there.transform_bounds(west, south, east, north)
    size = cell * (right - left) / (east - west)
    columns, rows = int((right - left) / size) + 1, int((top - bottom) / size) + 1
    transform = from_origin(left, top, size, size)
    x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    x, y = there.transform(left + size * x, top - size * y, direction="INVERSE")
    values = height(x, y)
    options = {"dtype": "float64", "nodata": -9999.0, "count": 1} | profile
    if hole is not None:
        values = np.where(shapely.intersects_xy(hole, x, y), options["nodata"], values)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        crs=crs,
        transform=transform,
        **options,
    ) as file:
        for band in range(1, options["count"] + 1):
            file.write(values.astype(options["dtype"]), band)
    return path


def tiles_of(path: Path, folder: Path, row: int, column: int) -> list[Path]:
    """Cut a raster into four files, below a row and right of a column."""
    found = []
    with rasterio.open(path) as whole:
        for top, bottom in ((0, row), (row, whole.height)):
            for left, right in ((0, column), (column, whole.width)):
                window = Window(left, top, right - left, bottom - top)
                profile = whole.profile | {
                    "width": right - left,
                    "height": bottom - top,
                    "transform": whole.window_transform(window),
                }
                found.append(folder / f"tile_{top}_{left}.tif")
                with rasterio.open(found[-1], "w", **profile) as tile:
                    tile.write(whole.read(window=window))
    return found


def true_grades(streets: StreetNetwork, height: Height) -> NDArray[np.float64]:
    lines = streets.edges.geometry.array
    u = shapely.get_coordinates(shapely.get_point(lines, 0)).T
    v = shapely.get_coordinates(shapely.get_point(lines, -1)).T
    return (height(*v) - height(*u)) / streets.edges["length_m"].to_numpy()


def grades(streets: StreetNetwork, raster: Any, **options: Any) -> NDArray[np.float64]:
    return with_grades(streets, raster, **options)[0].edges["grade"].to_numpy()


@given(
    east=st.floats(-0.3, 0.3),
    north=st.floats(-0.3, 0.3),
    smoothing_m=st.sampled_from([0.0, 15.0, 50.0, 120.0]),
)
@settings(max_examples=20)
def test_an_even_slope_is_kept_however_it_is_smoothed(
    tmp_path_factory: pytest.TempPathFactory, east: float, north: float, smoothing_m: float
) -> None:
    ground = plane(east, north)
    raster = write(tmp_path_factory.mktemp("plane") / "dtm.tif", ground)
    found, report = with_grades(town(), raster, smoothing_m=smoothing_m)
    assert found.edges["grade"].to_numpy() == pytest.approx(true_grades(town(), ground), abs=1e-9)
    assert report["edges_with_grade"] == report["edges"] == len(town().edges)
    assert report["junctions_outside"] == report["junctions_nodata"] == 0


def test_the_sign_is_that_of_the_way_from_u_to_v(tmp_path: Path) -> None:
    raster = write(tmp_path / "dtm.tif", plane(0.05, 0.0))
    assert grades(street_of("A---------B"), raster) == pytest.approx([0.05])
    there = street_of("A---------B")
    back = StreetNetwork.from_tables(
        there.nodes,
        there.edges.assign(u=there.edges["v"], v=there.edges["u"], geometry=there.edges.reverse()),
    )
    assert grades(back, raster) == pytest.approx([-0.05])


def test_run_is_the_length_on_the_ground(tmp_path: Path) -> None:
    """A street that winds up the hill is less steep than the hill."""
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0))
    assert grades(street_of(length_m=[400.0]), raster) == pytest.approx([0.1 * 100 / 400])


@pytest.mark.parametrize("smoothing_m", [0.0, 50.0])
def test_a_cone_is_climbed_along_its_lines_and_level_along_its_rings(
    tmp_path: Path, smoothing_m: float
) -> None:
    top = (X - 200.0, Y + 150.0)
    distances = [50.0, 120.0, 128.0, 200.0]
    rows = [
        (top[0] + d * np.cos(angle), top[1] + d * np.sin(angle))
        for angle in (0.0, 0.7, 2.0)
        for d in distances
    ]
    xy = dict(zip("ABCDEFGHIJKL", rows, strict=True))
    along = [("AB", -0.2), ("BC", -0.2), ("CD", -0.2), ("EF", -0.2), ("GH", -0.2), ("KL", -0.2)]
    around = [("AE", 0.0), ("BF", 0.0), ("DH", 0.0), ("HL", 0.0)]
    network = straight(xy, [ends for ends, _ in along + around])
    raster = write(
        tmp_path / "cone.tif",
        lambda x, y: 300.0 - 0.2 * np.hypot(x - top[0], y - top[1]),
        streets=network,
        cell=2.0,
    )
    expected = [grade for _, grade in along + around]
    allowed = 1e-3 if smoothing_m == 0 else 0.02
    assert grades(network, raster, smoothing_m=smoothing_m) == pytest.approx(expected, abs=allowed)


def straight(xy: dict[str, Any], pairs: list[str]) -> StreetNetwork:
    """Straight streets between named points, anywhere."""
    letters = list(xy)
    nodes = gpd.GeoDataFrame(
        geometry=shapely.points(list(xy.values())), crs=CRS, index=range(1, len(xy) + 1)
    )
    rows = draw_streets("A---------B").edges.iloc[[0] * len(pairs)].reset_index(drop=True)
    lines = [shapely.LineString([xy[a], xy[b]]) for a, b in pairs]
    rows = rows.assign(
        u=[letters.index(a) + 1 for a, _ in pairs],
        v=[letters.index(b) + 1 for _, b in pairs],
        length_m=shapely.length(lines),
        geometry=gpd.GeoSeries(lines, crs=CRS),
    )
    return StreetNetwork.from_tables(nodes, rows)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3003", "EPSG:3035", "EPSG:6707"])
def test_a_raster_in_another_crs_says_the_same(tmp_path: Path, crs: str) -> None:
    ground = plane(0.07, -0.03)
    raster = write(tmp_path / "dtm.tif", ground, crs=crs)
    assert grades(town(), raster) == pytest.approx(true_grades(town(), ground), abs=1e-5)


@given(row=st.integers(40, 90), column=st.integers(40, 90), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_tiles_are_read_as_if_they_were_one_file(
    tmp_path_factory: pytest.TempPathFactory, row: int, column: int, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("tiles")
    noise = np.random.default_rng(seed)
    whole = write(folder / "dtm.tif", lambda x, _: noise.uniform(100, 200, x.shape))
    tiles = tiles_of(whole, folder, row, column)
    noise.shuffle(tiles)
    assert np.array_equal(grades(town(), tiles), grades(town(), whole))


def test_of_several_rasters_the_first_with_a_value_counts(tmp_path: Path) -> None:
    west = shapely.box(0, 0, X + 100, 9e6)
    fine = write(tmp_path / "fine.tif", plane(0.0, 0.0), cell=2.0, hole=west)
    coarse = write(tmp_path / "coarse.tif", lambda x, _: np.full_like(x, 50.0), cell=10.0)
    xy = np.array([[X + 50, Y], [X + 150, Y]])
    assert elevations([fine, coarse], xy, crs=CRS).tolist() == [50.0, 120.0]
    assert elevations([coarse, fine], xy, crs=CRS).tolist() == [50.0, 50.0]


def test_values_lie_between_the_middles_of_cells_as_another_library_reads_them(
    tmp_path: Path,
) -> None:
    """More cells than are read at once, turned by a quarter of a right angle."""
    random = np.random.default_rng(3)
    values = random.uniform(0, 1000, (1100, 2100))
    a, b = 2 * np.cos(np.pi / 8), 2 * np.sin(np.pi / 8)
    transform = Affine(a, b, X, b, -a, Y)
    profile = {"driver": "GTiff", "dtype": "float64", "count": 1, "crs": CRS}
    with rasterio.open(
        tmp_path / "turned.tif", "w", width=2100, height=1100, transform=transform, **profile
    ) as file:
        file.write(values, 1)
    column, row = random.uniform(0.5, 2099.5, 5000), random.uniform(0.5, 1099.5, 5000)
    expected = map_coordinates(values, [row - 0.5, column - 0.5], order=1)
    points_xy = np.column_stack([X + a * column + b * row, Y + b * column - a * row])
    found = elevations(tmp_path / "turned.tif", points_xy, crs=CRS)
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_value_needs_all_cells_that_have_a_part_in_it(tmp_path: Path) -> None:
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": CRS, "nodata": -1.0}
    with rasterio.open(
        tmp_path / "dtm.tif", "w", width=3, height=2, transform=from_origin(X, Y, 10, 10), **profile
    ) as file:
        file.write(np.array([[10, 20, -1], [30, 40, 60]], dtype="float32"), 1)
    points = {
        (5, -5): 10.0,  # the very middle of the first cell
        (10, -10): 25.0,
        (15, -10): 30.0,  # right above the middle: the cell of nodata has no part in it
        (15.1, -10): np.nan,
        (25, -15): 60.0,
        (2, -5): np.nan,  # within half a cell of the border
        (-5, -5): np.nan,
        (np.nan, np.nan): np.nan,
    }
    found = elevations(tmp_path / "dtm.tif", np.array(list(points)) + np.array(ORIGIN), crs=CRS)
    np.testing.assert_array_equal(found, list(points.values()))


def test_a_hole_is_not_filled_and_takes_no_street_beside_it(tmp_path: Path) -> None:
    ground = plane(0.06, 0.02)
    hole = shapely.Point(X + 100, Y - 50).buffer(30)  # around E
    raster = write(tmp_path / "dtm.tif", ground, hole=hole)
    found, report = with_grades(town(), raster)
    at_e = (found.edges[["u", "v"]] == 5).any(axis=1).to_numpy()
    assert at_e.sum() == 3
    # F lies 20 m from E, in the hole as well.
    at_f = (found.edges[["u", "v"]] == 6).any(axis=1).to_numpy()
    lost = at_e | at_f
    assert np.array_equal(found.edges["grade"].isna().to_numpy(), lost)
    kept = found.edges["grade"].to_numpy()[~lost]
    assert kept == pytest.approx(true_grades(town(), ground)[~lost], abs=1e-9)
    assert report["junctions_nodata"] == 2
    assert report["junctions_outside"] == 0
    assert report["edges_without_grade"]["end_not_sampled"] == lost.sum() == 4
    assert report["edges_with_grade"] + 4 == report["edges"]


def test_streets_beyond_the_raster_are_counted(tmp_path: Path) -> None:
    near = draw_streets("A---------B")
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0), streets=near)
    far = draw_streets("A---------B" + "-" * 60 + "C")
    found, report = with_grades(far, raster)
    assert found.edges["grade"].to_numpy() == pytest.approx([0.1, np.nan], nan_ok=True)
    assert report["junctions_outside"] == 1
    assert report["junctions_nodata"] == 0


def test_a_masked_cell_is_no_value(tmp_path: Path) -> None:
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0), nodata=None)
    with rasterio.open(raster, "r+") as file:
        mask = np.full(file.shape, 255, dtype="uint8")
        mask[:, file.index(X + 100, Y)[1] - 1 :] = 0
        file.write_mask(mask)
    found = elevations(raster, np.array([[X, Y], [X + 150, Y]]), crs=CRS)
    assert found == pytest.approx([120.0, np.nan], nan_ok=True)


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    raster = write(tmp_path / "dtm.tif", lambda x, _: np.full_like(x, 1200), dtype="int16")
    with rasterio.open(raster, "r+") as file:
        file.scales, file.offsets = (0.1,), (3.0,)
    assert elevations(raster, np.array([[X, Y]]), crs=CRS) == pytest.approx([123.0])


def test_another_band_can_be_named(tmp_path: Path) -> None:
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0), count=2)
    with rasterio.open(raster, "r+") as file:
        file.write(np.full(file.shape, 7.0), 2)
    assert elevations(raster, np.array([[X, Y]]), crs=CRS, band=2).tolist() == [7.0]


@given(seed=st.integers(0, 999), smoothing_m=st.sampled_from([0.0, 50.0]))
@settings(max_examples=15)
def test_what_is_climbed_around_a_block_is_walked_down_again(
    tmp_path_factory: pytest.TempPathFactory, seed: int, smoothing_m: float
) -> None:
    random = np.random.default_rng(seed)
    raster = write(
        tmp_path_factory.mktemp("bumpy") / "dtm.tif", lambda x, _: random.uniform(0, 9, x.shape)
    )
    edges = with_grades(town(), raster, smoothing_m=smoothing_m)[0].edges
    rise = dict(zip(zip(edges["u"], edges["v"], strict=True), edges["grade"], strict=True))
    metres = dict(zip(zip(edges["u"], edges["v"], strict=True), edges["length_m"], strict=True))

    def climbed(u: int, v: int) -> float:
        return rise[u, v] * metres[u, v] if (u, v) in rise else -rise[v, u] * metres[v, u]

    a, b, c, d, e, f, g = range(1, 8)
    for block in ((a, b, e, d, a), (b, c, g, f, e, b)):
        assert sum(climbed(*pair) for pair in itertools.pairwise(block)) == pytest.approx(
            0, abs=1e-9
        )


def test_noise_is_no_cliff(tmp_path: Path) -> None:
    """Errors of 1 m in cells of 10 m: ten points and more on short streets, one when smoothed."""
    random = np.random.default_rng(0)
    streets = draw_streets("A-B-C-D-E-F-G-H-I-J-K-L-M-N-O-P-Q-R-S-T-U-V-W-X-Y-Z", cell=4)
    raster = write(
        tmp_path / "dtm.tif", lambda x, _: random.normal(120, 1, x.shape), streets=streets, cell=10
    )
    assert np.abs(grades(streets, raster, smoothing_m=0)).max() > 0.1
    assert np.sqrt(np.mean(grades(streets, raster) ** 2)) < 0.02


# A valley of 40 m between x = 100 m and x = 300 m.
def valley(x: NDArray[np.float64], _: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where((x > X + 105) & (x < X + 295), 80.0, 120.0)


def test_a_bridge_over_a_valley_is_level_though_the_ground_dips(tmp_path: Path) -> None:
    streets = street_of(
        "A---------B---------C---------D---------E", bridge=[False, True, True, False]
    )
    raster = write(tmp_path / "dtm.tif", valley, streets=streets)
    found, report = with_grades(streets, raster)
    assert found.edges["grade"].to_numpy() == pytest.approx([0, 0, 0, 0], abs=1e-9)
    assert report["bridge_junctions"] == 1
    plain = grades(street_of("A---------B---------C---------D---------E"), raster)
    assert np.abs(plain).max() > 0.2


@pytest.mark.parametrize("smoothing_m", [0.0, 50.0])
def test_a_bridge_runs_straight_between_its_ends(tmp_path: Path, smoothing_m: float) -> None:
    """However it is cut, and also through a hole in the raster."""
    streets = street_of(
        "A---------B-----C--D-----------E---------F", bridge=[False, True, True, True, False]
    )
    slope = plane(0.04, 0.0)
    middle = shapely.box(X + 120, Y - 50, X + 290, Y + 50)
    raster = write(
        tmp_path / "dtm.tif",
        lambda x, y: slope(x, y) - 30.0 * ((x > X + 110) & (x < X + 300)),
        streets=streets,
        hole=middle,
    )
    found, report = with_grades(streets, raster, smoothing_m=smoothing_m)
    assert found.edges["grade"].to_numpy() == pytest.approx([0.04] * 5, abs=1e-9)
    assert report["junctions_nodata"] == 0


def test_a_tunnel_goes_through_the_hill(tmp_path: Path) -> None:
    streets = street_of(
        "A---------B---------C---------D---------E", tunnel=[False, True, True, False]
    )
    raster = write(tmp_path / "dtm.tif", lambda x, y: 240.0 - valley(x, y), streets=streets)
    assert grades(streets, raster) == pytest.approx([0, 0, 0, 0], abs=1e-9)


def test_a_bridge_that_forks_hangs_between_all_its_ends(tmp_path: Path) -> None:
    """At a fork of three equal arms stands the mean of their ends."""
    xy = {
        "A": (X, Y), "B": (X + 100, Y), "C": (X - 50, Y + 90), "D": (X - 50, Y - 90),
        "E": (X + 200, Y), "F": (X - 100, Y + 180), "G": (X - 100, Y - 180),
    }  # fmt: skip
    streets = straight(xy, ["AB", "AC", "AD", "BE", "CF", "DG"])
    edges = streets.edges.assign(bridge=[True] * 3 + [False] * 3)
    edges.loc[:2, "length_m"] = 100.0
    streets = StreetNetwork.from_tables(streets.nodes, edges)
    ground = plane(0.1, 0.02)
    raster = write(tmp_path / "dtm.tif", ground, streets=streets)
    ends = [float(ground(*np.array(xy[letter]))) for letter in "BCD"]
    expected = [(end - np.mean(ends)) / 100 for end in ends]
    assert grades(streets, raster)[:3] == pytest.approx(expected, abs=1e-9)


def test_steps_from_below_do_not_bring_a_bridge_down(tmp_path: Path) -> None:
    steps = {"u": "C", "v": "F", "steps": True}
    picture = "A---------B---------C---------D---------E" + "\n." * 4 + f"\n{'F':>21}"
    streets = street_of(picture, extra=[steps], bridge=[False, True, True, False, False])
    raster = write(tmp_path / "dtm.tif", valley, streets=streets)
    found = grades(streets, raster)
    assert found[:4] == pytest.approx([0, 0, 0, 0], abs=1e-9)
    assert found[4] == pytest.approx((80 - 120) / 50, abs=1e-9)


def test_a_footbridge_between_two_steps_ends_there(tmp_path: Path) -> None:
    streets = street_of("A=====B---------C=====D", bridge=[False, True, False])
    raster = write(tmp_path / "dtm.tif", plane(0.03, 0.0), streets=streets)
    found, report = with_grades(streets, raster)
    assert found.edges["grade"].to_numpy() == pytest.approx([0.03] * 3, abs=1e-9)
    assert report["bridge_junctions"] == 0


def test_a_pier_is_level_with_its_only_end(tmp_path: Path) -> None:
    streets = street_of("A---------B---------C", bridge=[False, True])
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0), streets=streets)
    assert grades(streets, raster) == pytest.approx([0.1, 0.0], abs=1e-9)


def test_a_bridge_without_a_known_end_has_no_grade_and_is_counted(tmp_path: Path) -> None:
    endless = street_of("A---------B---------C", bridge=[True, True])
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0), streets=endless)
    found, report = with_grades(endless, raster)
    assert found.edges["grade"].isna().all()
    assert report["edges_without_grade"]["bridge_not_sampled"] == 2
    assert report["bridge_junctions"] == 3

    one_end_lost = street_of(
        "A---------B---------C---------D---------E", bridge=[False, True, True, False]
    )
    hole = shapely.Point(X + 300, Y).buffer(20)
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0), streets=one_end_lost, hole=hole)
    found, report = with_grades(one_end_lost, raster)
    assert found.edges["grade"].to_numpy() == pytest.approx([0.1, *[np.nan] * 3], nan_ok=True)
    assert report["edges_without_grade"] == {
        "end_not_sampled": 1,
        "bridge_not_sampled": 2,
        "no_length": 0,
    }


def test_a_street_without_length_has_no_grade_and_a_loop_has_none_to_climb(tmp_path: Path) -> None:
    loop = {"u": "B", "v": "B", "through": [(X + 130, Y + 40), (X + 130, Y - 40)]}
    streets = street_of("A---------B", extra=[loop], length_m=[0.0, 200.0])
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0))
    found, report = with_grades(streets, raster)
    assert found.edges["grade"].to_numpy() == pytest.approx([np.nan, 0.0], nan_ok=True)
    assert report["edges_without_grade"]["no_length"] == 1


def test_cliffs_are_told_but_not_changed(tmp_path: Path) -> None:
    streets = street_of("A---------B-----C=====D")
    raster = write(tmp_path / "dtm.tif", plane(0.5, 0.0), streets=streets)
    found, report = with_grades(streets, raster)
    assert found.edges["grade"].to_numpy() == pytest.approx([0.5] * 3)
    assert report["edges_steeper_than_any_street"] == 2


def test_the_streets_given_stay_as_they_are_and_the_result_keeps_its_contract(
    tmp_path: Path,
) -> None:
    streets = town()
    before = streets.edges.copy()
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0))
    found, report = with_grades(streets, str(raster))
    assert streets.edges.equals(before)
    assert found.edges.drop(columns="grade").equals(before.drop(columns="grade"))
    assert StreetNetwork.from_tables(found.nodes, found.edges).edges["grade"].dtype == float
    assert report["rasters"] == ["dtm.tif"]


def test_a_raster_of_elsewhere_is_refused_with_both_extents(tmp_path: Path) -> None:
    raster = write(tmp_path / "roma.tif", plane(0.1, 0.0))
    with rasterio.open(raster, "r+") as file:
        file.transform = from_origin(291_000, 4_641_000, 5, 5)
    with pytest.raises(InputError) as caught:
        with_grades(town(), raster)
    said = str(caught.value)
    assert "roma.tif" in said
    assert "x 291000 to 29" in said
    assert f"x {X:.0f} to {X + 250:.0f}" in said
    assert "CRS" in caught.value.mend


def test_a_raster_in_degrees_said_to_be_in_metres_is_refused(tmp_path: Path) -> None:
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0), crs="EPSG:4326")
    with rasterio.open(raster, "r+") as file:
        file.crs = CRS
    with pytest.raises(InputError, match="does not overlap the points"):
        elevations(raster, np.array([[X, Y]]), crs=CRS)


def without_crs(path: Path) -> None:
    write(path, plane(0.1, 0.0), crs=CRS)
    with rasterio.open(path) as file:
        values, profile = file.read(), file.profile | {"crs": None}
    with rasterio.open(path, "w", **profile) as file:
        file.write(values)


def without_georeference(path: Path) -> None:
    profile = {"driver": "GTiff", "width": 9, "height": 9, "count": 1, "dtype": "float32"}
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(path, "w", crs=CRS, **profile) as file,
    ):
        file.write(np.ones((1, 9, 9), dtype="float32"))


def all_nodata(path: Path) -> None:
    write(path, lambda x, _: np.full_like(x, -9999.0))


def undeclared_nodata(path: Path) -> None:
    write(path, lambda x, _: np.full_like(x, -9999.0), nodata=None)


def in_feet(path: Path) -> None:
    write(path, plane(0.1, 0.0))
    with rasterio.open(path, "r+") as file:
        file.units = ("ft",)


def in_a_local_system(path: Path) -> None:
    write(path, plane(0.1, 0.0))
    with rasterio.open(path, "r+") as file:
        file.crs = rasterio.crs.CRS.from_wkt('LOCAL_CS["site grid",UNIT["metre",1]]')


def complex_numbers(path: Path) -> None:
    write(path, plane(0.1, 0.0), dtype="complex64", nodata=None)


def picture(path: Path) -> None:
    write(path, plane(0.1, 0.0), dtype="uint8", nodata=None, count=3, photometric="RGB")


def cut_off(path: Path) -> None:
    write(path, plane(0.1, 0.0), compress="deflate")
    path.write_bytes(path.read_bytes()[:-2000])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (without_crs, "no coordinate reference system"),
        (without_georeference, "does not say where its cells lie"),
        (all_nodata, "no value at any of"),
        (undeclared_nodata, "-9999 .* is no elevation"),
        (in_feet, "is in 'ft'"),
        (in_a_local_system, "nothing leads from .* to .* of the raster"),
        (complex_numbers, "band 1 holds complex numbers"),
        (picture, "a picture: its 3 bands are red, green, blue.*band="),
        (cut_off, "cannot be read|can be read"),
        (lambda path: path.write_text("Nord;Est\n1;2\n"), "no raster that can be read"),
        (lambda path: path.mkdir(), "no raster that can be read"),
        (lambda path: write(path, plane(0.1, 0.0)), None),
    ],
)
def test_a_raster_that_cannot_be_used_is_named_with_the_mend(
    tmp_path: Path, make: Callable[[Path], Any], said: str | None
) -> None:
    path = tmp_path / "dtm.tif"
    make(path)
    if said is None:
        # The same file, sound: it is the fault that is refused.
        assert np.isfinite(grades(town(), path)).all()
        return
    with pytest.raises(InputError, match=said) as caught:
        with_grades(town(), path)
    assert "dtm.tif" in str(caught.value)
    assert caught.value.mend


def test_a_band_of_a_picture_can_be_named(tmp_path: Path) -> None:
    picture(tmp_path / "dtm.tif")
    found = elevations(tmp_path / "dtm.tif", np.array([[X, Y]]), crs=CRS, band=1)
    assert np.isfinite(found).all()


def test_what_is_no_table_of_points_and_no_system_is_refused(tmp_path: Path) -> None:
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0))
    table = gpd.GeoDataFrame(geometry=[shapely.Point(X, Y)], crs=CRS)
    for points in (np.array([[X, Y, 0.0]] * 2), [X, Y], table, None, "here", [[X, Y], [X]]):
        with pytest.raises(InputError, match=r"points_xy: .*Mend: give an array of shape \(p, 2\)"):
            elevations(raster, points, crs=CRS)
    assert len(elevations(raster, np.empty((0, 2)), crs=CRS)) == 0
    for crs in (None, "EPSG:99999"):
        with pytest.raises(
            InputError, match=r"crs: .*no coordinate reference system that is known"
        ):
            elevations(raster, np.array([[X, Y]]), crs=crs)
    for rasters in (None, 5, [None], [raster, 5]):
        with pytest.raises(ParameterError, match=r"rasters: .* is no path"):
            with_grades(town(), rasters)


def test_a_missing_file_a_wrong_band_and_senseless_parameters_are_refused(tmp_path: Path) -> None:
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0))
    with pytest.raises(MissingFileError, match=r"none\.tif"):
        with_grades(town(), [raster, tmp_path / "none.tif"])
    for band in (0, 2):
        with pytest.raises(InputError, match=rf"dtm\.tif.*no band {band}; bands 1 to 1"):
            with_grades(town(), raster, band=band)
    with pytest.raises(ParameterError, match="band"):
        with_grades(town(), raster, band=True)
    with pytest.raises(ParameterError, match="no raster"):
        with_grades(town(), [])
    for smoothing_m in (-1.0, np.nan, np.inf, True):
        with pytest.raises(ParameterError, match="smoothing_m"):
            with_grades(town(), raster, smoothing_m=smoothing_m)


def test_a_raster_may_hold_no_more_than_a_bridge(tmp_path: Path) -> None:
    """The streets on the ground lie beyond it or in a hole: nothing is known, all is counted."""
    streets = street_of("A---------B" + "-" * 60 + "C", bridge=[True, False])
    hole = shapely.box(X + 20, Y - 500, X + 900, Y + 500)
    bridge = draw_streets("A---------B")
    raster = write(tmp_path / "dtm.tif", plane(0.1, 0.0), streets=bridge, hole=hole)
    found, report = with_grades(streets, raster)
    assert found.edges["grade"].isna().all()
    assert report["junctions_nodata"] == 1
    assert report["junctions_outside"] == 1


def test_a_city_is_no_network_of_streets():
    with pytest.raises(ParameterError, match=r"a City is no network of streets.*city\.streets"):
        with_grades(draw_city("A--B"), "dtm.tif")
