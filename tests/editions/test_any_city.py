"""A project becomes a city of which every zone closes, whoever wrote its files.

Laws: the residents of a zone add up to its count, exactly, and none of them lives outside it; what
cannot be told by the chosen way is told by the next and counted; the same files give the same
bytes; a group that is not counted is absent; nothing that stood there is lost by a failure.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import time
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

import quartieri15 as q15
from quartieri15.editions import project_edition
from quartieri15.errors import (
    InputError,
    MissingFileError,
    OutputError,
    ParameterError,
    UnknownNameError,
)
from quartieri15.model.residents.homes import BUILDINGS_WITHOUT_HOMES
from tests.ascii_city import CRS, ORIGIN
from tests.editions.raw_town import CITY_TOML, HOMES, ZONES, box, degrees, geojson, write_project

if TYPE_CHECKING:
    from pathlib import Path

UTM = "EPSG:32632"


def built(tmp_path: Path, **files: object) -> tuple[q15.City, dict]:
    """Build the town and open it; return the account of its residents too."""
    project = write_project(tmp_path / "project", **files)
    out = q15.build(project, out=tmp_path / "city")
    city = q15.load(out)
    return city, city.provenance["left_out"]["residents"]


def by_zone(city: q15.City, group: str = "residents") -> dict:
    return city.residents.groupby("parts")[group].sum().round(6).to_dict()


def outside(city: q15.City) -> int:
    """How many residents' points lie outside the zone they are said to live in."""
    shapes = city.zones["parts"].set_index("id").geometry
    return sum(
        not shapes[zone].buffer(0.02).covers(point)
        for zone, point in zip(city.residents["parts"], city.residents.geometry, strict=True)
    )


def test_a_town_of_raw_files_becomes_a_city(tmp_path: Path) -> None:
    city, told = built(tmp_path)
    assert city.name == "paese"
    assert city.crs == CRS
    assert by_zone(city) == {"1": 300, "2": 90}
    assert by_zone(city, "over65") == {"1": 60, "2": 9}
    assert outside(city) == 0
    assert city.groups == ("residents", "over65")
    assert "foreign" not in city.residents
    assert "foreign" not in city.zones["parts"]
    assert city.houses["name"].tolist() == ["Casa"]
    assert told["method"] == "buildings"
    # Footprints are alike: four storeys hold twice as many as two; the school holds nobody.
    assert sorted(city.residents["residents"].round(3)) == [90, 100, 200]
    assert told["buildings"]["that_may_hold_homes"] == 3
    assert len(city.buildings) == 4
    cover = q15.coverage(city, to="houses", profile="walk_75", minutes=15, by="parts")
    assert cover.groupby("group")["population"].sum().to_dict() == {"residents": 390, "over65": 69}
    assert city.provenance["vintages"]["residents"] == "2025"
    assert "CC0" in city.provenance["licence_line"]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    one, other = (q15.build(project, out=tmp_path / name) for name in ("one", "other"))
    assert {path.name: path.read_bytes() for path in one.iterdir()} == {
        path.name: path.read_bytes() for path in other.iterdir()
    }


def test_every_file_of_an_edition_is_told_and_checked(tmp_path: Path) -> None:
    out = q15.build(write_project(tmp_path / "project"), out=tmp_path / "city")
    manifest = json.loads((out / "MANIFEST.json").read_text())
    assert {path.name for path in out.iterdir()} == {*manifest["files"], "MANIFEST.json"}
    assert {source["file"] for source in manifest["sources"]} == {
        "town.osm",
        "zones.geojson",
        "people.csv",
        "houses.csv",
    }
    residents = out / "residents.parquet"
    residents.write_bytes(residents.read_bytes()[:-1])
    with pytest.raises(InputError, match="checksum differs"):
        q15.load(out)
    residents.unlink()
    with pytest.raises(MissingFileError, match=re.escape("residents.parquet")):
        q15.load(out)


def test_a_failure_leaves_the_edition_and_what_stands_beside_it(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    out = q15.build(project, out=tmp_path / "city")
    (out / "scenarios").mkdir()
    (out / "scenarios" / "mine.yaml").write_text("name: mine\n")
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    (project / "people.csv").write_text("id,tutti,anziani\n1,300,60\n2,90,91\n")
    with pytest.raises(InputError, match=r"people.csv, line 3: 91 over65 among 90 residents"):
        q15.build(project, out=out)
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    (project / "people.csv").write_text("id,tutti,anziani\n1,300,60\n2,91,9\n")
    q15.build(project, out=out)
    assert q15.load(out).residents["residents"].sum() == pytest.approx(391)
    assert (out / "scenarios" / "mine.yaml").is_file()


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match=r"letter.txt and no edition"):
        q15.build(project, out=tmp_path / "mine")
    with pytest.raises(OutputError, match="a project and no edition"):
        q15.build(project, out=project)
    assert (project / "city.toml").is_file()


# --- residents


def test_zones_without_homes_fall_back_and_are_told(tmp_path: Path) -> None:
    city, told = built(tmp_path, areas=[*HOMES[:2], HOMES[3]])
    assert by_zone(city) == {"1": 300, "2": 90}
    assert told["zones_by_method"]["buildings"] == 1
    assert told["zones_not_by_the_method"] == {"area": ["Zona 2"]}
    assert outside(city) == 0
    assert set(city.residents["kind"]) == {"buildings", "area"}


def test_a_zone_in_which_nobody_lives_has_no_point(tmp_path: Path) -> None:
    city, told = built(tmp_path, people="id,tutti,anziani\n1,300,60\n2,0,0\n")
    assert by_zone(city) == {"1": 300}
    assert city.zones["parts"]["residents"].tolist() == [300, 0]
    assert told["zones_without_residents"] == ["Zona 2"]


def test_a_named_way_of_which_nothing_is_known_is_refused(tmp_path: Path) -> None:
    toml = CITY_TOML + '\n[residents]\nmethod = "landuse"\n'
    project = write_project(tmp_path / "project", toml=toml)
    with pytest.raises(InputError, match=r"key residents.method: the method is landuse, and noth"):
        q15.build(project, out=tmp_path / "city")


def test_land_use_puts_people_on_residential_land_alone(tmp_path: Path) -> None:
    land = box(120, -50, 290, -10)
    areas = [
        (land, {"landuse": "residential"}),
        (box(0, -50, 90, -10), {"landuse": "residential"}),
        (box(0, -120, 290, -70), {"landuse": "industrial"}),
    ]
    city, told = built(tmp_path, areas=areas)
    assert told["method"] == "landuse"
    assert by_zone(city) == {"1": 300, "2": 90}
    east = city.residents[city.residents["parts"] == "2"]
    assert east.geometry.within(land.buffer(0.5)).all()


def test_buildings_on_land_without_homes_hold_nobody(tmp_path: Path) -> None:
    areas = [*HOMES, (box(55, -45, 85, -15), {"landuse": "industrial"})]
    city, told = built(tmp_path, areas=areas)
    assert told["buildings"]["on_land_without_homes"] == 1
    assert told["buildings"]["that_may_hold_homes"] == 2
    assert sorted(city.residents["residents"]) == [90, 300]


def test_civic_numbers_are_weighed_by_the_homes_around_them(tmp_path: Path) -> None:
    toml = CITY_TOML + (
        '\n[residents.civic_numbers]\nfile = "civici.csv"\nid = "cod"\nstreet = "via"\n'
        'number = "civico"\nresidential = "abitato"\n'
    )
    project = write_project(tmp_path / "project", toml=toml)
    rows = ["cod;via;civico;lon;lat;abitato"]
    for number, (x, inhabited) in enumerate([(30, 1), (70, 1), (130, "sì"), (230, "no")]):
        point = degrees(shapely.Point(ORIGIN[0] + x, ORIGIN[1] - 30))
        lon, lat = (f"{value:.7f}".replace(".", ",") for value in (point.x, point.y))
        rows.append(f"{number};Via AB;{number};{lon};{lat};{inhabited}")
    (project / "civici.csv").write_text("\n".join(rows) + "\n")
    city = q15.load(q15.build(project, out=tmp_path / "city"))
    told = city.provenance["left_out"]["residents"]
    assert told["method"] == "civic_numbers"
    assert by_zone(city) == {"1": 300, "2": 90}
    west = city.residents.set_index("id")["residents"]
    # Footprints of 400 m² plus 50, four storeys against two: the rule of address_weights.
    assert west["civic-0"] == pytest.approx(200, abs=0.01)
    assert len(city.addresses) == 4
    assert "civic-3" not in west
    assert city.addresses["street"].unique().tolist() == ["Via AB"]


def write_raster(path: Path, cells: np.ndarray, *, crs: str = UTM, nodata: float | None = -200.0):
    """A raster of cells of 100 m (in metres, or as many degrees) over the town."""
    if crs == UTM:
        transform = from_origin(ORIGIN[0] - 100, ORIGIN[1] + 100, 100, 100)
    else:
        corner = degrees(shapely.Point(ORIGIN[0] - 100, ORIGIN[1] + 100))
        transform = from_origin(corner.x, corner.y, 0.00128, 0.0009)
    rows, columns = cells.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=1,
        dtype="float32",
        crs=crs,
        transform=transform,
        nodata=nodata,
    ) as file:
        file.write(cells.astype("float32"), 1)


RASTER_TOML = CITY_TOML + (
    '\n[residents]\nmethod = "population_raster"\n'
    '\n[residents.population_raster]\nfile = "pop.tif"\n'
)


def raster_town(tmp_path: Path, cells: np.ndarray, **raster: object) -> tuple[q15.City, dict]:
    project = write_project(tmp_path / "project", toml=RASTER_TOML)
    write_raster(project / "pop.tif", cells, **raster)
    city = q15.load(q15.build(project, out=tmp_path / "city"))
    return city, city.provenance["left_out"]["residents"]


def test_a_population_raster_is_the_pattern_and_the_zones_the_level(tmp_path: Path) -> None:
    cells = np.array([[9, 9, 9, 9, 9], [9, 3, 1, 1, -200], [0, 0, 0, 0, 0]], dtype=float)
    city, told = raster_town(tmp_path, cells)
    assert told["method"] == "population_raster"
    assert told["population_raster"]["parts"] == [2, 2]
    assert told["population_raster"]["cells_nodata"] == 1
    assert by_zone(city) == {"1": 300, "2": 90}
    assert outside(city) == 0
    # Of brute force: the parts (50 m) whose middle lies in the zone, by their people.
    expected = {}
    for row, column in np.ndindex(6, 10):
        people = max(cells[row // 2, column // 2], 0) / 4
        x, y = -75 + 50 * column, 75 - 50 * row
        zone = "1" if -50 < x < 100 and -130 < y < 50 else "2" if 100 < x < 350 else None
        if people and zone and -130 < y < 50:
            expected[x, y] = (zone, people)
    sums = {z: sum(p for zone, p in expected.values() if zone == z) for z in ("1", "2")}
    wanted = {at: {"1": 300, "2": 90}[z] * p / sums[z] for at, (z, p) in expected.items()}
    found = {
        (round(point.x - ORIGIN[0]), round(point.y - ORIGIN[1])): people
        for point, people in zip(city.residents.geometry, city.residents["residents"], strict=True)
    }
    assert found.keys() == wanted.keys()
    assert all(found[at] == pytest.approx(wanted[at], abs=2e-6) for at in wanted)


def test_a_raster_in_degrees_is_read_where_it_lies(tmp_path: Path) -> None:
    city, told = raster_town(tmp_path, np.full((4, 6), 5.0), crs="EPSG:4326")
    width, height = told["population_raster"]["cell_m"]
    assert (width, height) == (pytest.approx(100, abs=3), pytest.approx(100, abs=3))
    assert by_zone(city) == {"1": 300, "2": 90}
    assert outside(city) == 0


def test_a_raster_in_equal_areas_is_read_where_it_lies(tmp_path: Path) -> None:
    """GHS-POP comes in Mollweide, whose rows and columns run askew of those of the city."""
    project = write_project(tmp_path / "project", toml=RASTER_TOML)
    corner = gpd.GeoSeries([shapely.Point(*ORIGIN)], crs=UTM).to_crs("ESRI:54009").iloc[0]
    with rasterio.open(
        project / "pop.tif",
        "w",
        driver="GTiff",
        width=20,
        height=20,
        count=1,
        dtype="float32",
        crs="ESRI:54009",
        transform=from_origin(corner.x - 1000, corner.y + 1000, 100, 100),
        nodata=-200,
    ) as file:
        cells = np.full((20, 20), -200, dtype="float32")
        # The cell whose corner is that of the town: the south-east of it is all that is peopled.
        cells[10, 10] = 7
        file.write(cells, 1)
    city = q15.load(q15.build(project, out=tmp_path / "city"))
    told = city.provenance["left_out"]["residents"]
    assert told["zones_not_by_the_method"] == {"buildings": ["Zona 2"]}
    west = city.residents[city.residents["parts"] == "1"]
    assert west["residents"].sum() == pytest.approx(300)
    cell = shapely.box(corner.x, corner.y - 100, corner.x + 100, corner.y)
    assert west.geometry.within(gpd.GeoSeries([cell], crs="ESRI:54009").to_crs(UTM).iloc[0]).all()


def test_a_zone_of_which_the_raster_knows_nobody_is_told(tmp_path: Path) -> None:
    cells = np.array([[1, 1, -200, 0, 0], [1, 1, -200, 0, 0], [1, 1, -200, 0, 0]], dtype=float)
    city, told = raster_town(tmp_path, cells)
    assert by_zone(city) == {"1": 300, "2": 90}
    assert told["zones_not_by_the_method"] == {"buildings": ["Zona 2"]}


def test_negative_people_and_a_raster_of_elsewhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a cell holds -200 people .*gdal_edit.py -a_nodata"):
        raster_town(tmp_path, np.full((3, 5), -200.0), nodata=None)
    project = tmp_path / "project"
    toml = (project / "city.toml").read_text().replace("pop.tif", "far.tif")
    (project / "city.toml").write_text(toml)
    with rasterio.open(
        project / "far.tif",
        "w",
        driver="GTiff",
        width=2,
        height=2,
        count=1,
        dtype="float32",
        crs=UTM,
        transform=from_origin(0, 0, 100, 100),
    ) as file:
        file.write(np.ones((2, 2), dtype="float32"), 1)
    with pytest.raises(InputError, match="does not overlap the zones"):
        q15.build(project, out=tmp_path / "city")


@settings(max_examples=8)
@given(
    cut=st.floats(20, 280),
    people=st.tuples(st.integers(0, 5000), st.integers(1, 5000)),
    homes=st.lists(
        st.tuples(st.integers(0, 27), st.integers(0, 7), st.sampled_from(["", "1", "7", "x"])),
        max_size=8,
    ),
)
def test_totals_close_and_nobody_leaves_his_zone(
    tmp_path_factory: pytest.TempPathFactory,
    cut: float,
    people: tuple[int, int],
    homes: list[tuple[int, int, str]],
) -> None:
    areas = [
        (box(10 * x, -10 * y - 9, 10 * x + 9, -10 * y), {"building": "yes", "building:levels": n})
        for x, y, n in dict.fromkeys(homes)
    ]
    zones = {"1": box(-50, -130, cut, 50), "2": box(cut, -130, 350, 50)}
    old = [number // 3 for number in people]
    text = "".join(f"{zone + 1},{people[zone]},{old[zone]}\n" for zone in (0, 1))
    city, _ = built(
        tmp_path_factory.mktemp("town"),
        areas=areas,
        zones=zones,
        people=f"id,tutti,anziani\n{text}",
    )
    for group, wanted in (("residents", people), ("over65", old)):
        sums = city.residents.groupby("parts")[group].sum()
        assert [sums.get(zone, 0) for zone in ("1", "2")] == pytest.approx(wanted, abs=1e-6)
    assert outside(city) == 0


# --- what planners write


@pytest.mark.parametrize(
    "people",
    [
        b"\xef\xbb\xbfid;tutti;anziani\r\n1;300;60\r\n2;90;9\r\n",
        "id\ttutti\tanziani\n2\t90\t9\n1\t300\t60\n",
        "id;tutti;anziani\n1;300,0;60\n2;90;9\n7;1000;0\n",
        'id,tutti,anziani,"note, città"\n1,300,60,è\n2,90,9,\n'.encode("cp1252"),
    ],
    ids=["BOM, CRLF, semicolons", "tabs, other order", "decimal commas, more rows", "cp1252"],
)
def test_a_list_of_people_is_read_as_programs_write_it(tmp_path: Path, people: str | bytes) -> None:
    city, _ = built(tmp_path, people=people)
    assert by_zone(city) == {"1": 300, "2": 90}
    assert by_zone(city, "over65") == {"1": 60, "2": 9}


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("id,tutti,anziani\n1,300,60\n1,90,9\n", "people.csv, line 3, column id: '1' stands twice"),
        ("id,tutti,anziani\n1,300,60\n", "no counts for 1 of 2 zones: 2"),
        (
            "id,tutti,anziani\n01,300,60\n2,90,9\n",
            "people.csv, line 2, column id: the ids of 1 of 2",
        ),
        (
            "id,tutti,anziani\n01,300,60\n02,90,9\n",
            "'1' of zones.geojson, column id, is '01', which differs in leading zeros (also '2' is",
        ),
        (
            "id,tutti,anziani\n1.0,300,60\n9,90,9\n",
            "is '1.0', which differs in a decimal point; of 1 others there are no counts: 2",
        ),
        (
            "id;tutti;anziani\n1,5146E+11;300;60\n1,5146E+11;90;9\n",
            "line 2, column id: '1,5146E+11' is what a spreadsheet makes of a long number",
        ),
        (
            "id,tutti,anziani\n1,300,60\n2,90,9\n,390,69\n",
            "line 4, column id: the id is missing. Mend: give every zone one row: sum its rows",
        ),
        (
            "id;tutti;anziani\n1;1.234;60\n2;90;9\n",
            "'1.234' holds what may be a thousands separator. Mend: write 1234, or 1,2340 if",
        ),
        ("id,tutti,anziani\n1,1.300,60\n2,90,9\n", "'1.300' holds what may be a thousands"),
        ("id,tutti,anziani\n1,-3,0\n2,90,9\n", "line 2, column tutti: '-3' is below 0"),
        ("id,tutti,anziani\n1,,60\n2,90,9\n", "line 2, column tutti: the value is empty"),
        ("id,tutti,anziani\n1,0,0\n2,0,0\n", "nobody lives in any zone"),
        ("id,tutti\n1,300\n2,90\n", "anziani"),
    ],
)
def test_wrong_counts_are_named_by_file_and_line(tmp_path: Path, people: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        built(tmp_path, people=people)
    assert not (tmp_path / "city").exists()


def test_places_outside_twice_or_swapped_are_refused(tmp_path: Path) -> None:
    point = degrees(shapely.Point(*ORIGIN))
    good = f"h1,Casa,{point.x},{point.y}\n"
    for rows, said in (
        (good + "h2,Lontana,12.5,41.9\n", "is outside Paese"),
        (good + f"h2,Storta,{point.y},{point.x}\n", "the two are swapped"),
        (good + good, "'h1' stands twice"),
    ):
        with pytest.raises(InputError, match=re.escape(said)):
            built(tmp_path, houses="id,name,lon,lat\n" + rows)
    toml = CITY_TOML + 'outside = "leave_out"\n'
    city, _ = built(
        tmp_path, houses="id,name,lon,lat\n" + good + "h2,Lontana,12.5,41.9\n", toml=toml
    )
    assert city.houses["id"].tolist() == ["h1"]
    assert city.provenance["left_out"]["places"]["places.1"]["outside"] == 1


def test_one_id_in_two_lists_names_both(tmp_path: Path) -> None:
    toml = CITY_TOML + '\n[[places]]\nfile = "houses.csv"\nkind = "library"\n'
    said = re.escape("'h1' stands in places.1 (houses.csv) and places.2 (houses.csv)")
    with pytest.raises(InputError, match=said):
        built(tmp_path, toml=toml)


def test_zones_that_cannot_be_are_refused(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (50, 50), (50, 0), (0, 50)])
    bow = shapely.transform(bow, lambda xy: xy + ORIGIN)
    with pytest.raises(InputError, match=r"zones.geojson, feature 0: the polygon is not valid"):
        built(tmp_path, zones={"1": bow, "2": ZONES["2"]})


def test_ids_of_text_stay_as_they_are_written(tmp_path: Path) -> None:
    zones = {"007": ZONES["1"], "7": ZONES["2"]}
    people = "id,tutti,anziani\n007,300,60\n7,90,9\n"
    city, _ = built(tmp_path, zones=zones, people=people)
    assert by_zone(city) == {"007": 300, "7": 90}


def test_two_sets_of_zones_nest_by_where_people_live(tmp_path: Path) -> None:
    toml = CITY_TOML + '\n[zones.town]\nfile = "whole.geojson"\n'
    project = write_project(tmp_path / "project", toml=toml)
    (project / "whole.geojson").write_text(geojson({"9": box(-60, -140, 360, 60)}))
    city = q15.load(q15.build(project, out=tmp_path / "city"))
    assert city.zones["town"]["residents"].tolist() == [390]
    assert set(city.residents["town"]) == {"9"}


def test_zones_that_do_not_cover_the_people_and_counts_that_differ_are_told(
    tmp_path: Path,
) -> None:
    toml = CITY_TOML + (
        '\n[zones.town]\nfile = "whole.geojson"\ncounts = { residents = "residents" }\n'
    )
    project = write_project(tmp_path / "project", toml=toml)
    whole = geojson({"9": box(-60, -140, 360, 60)}, residents={"9": 400})
    (project / "whole.geojson").write_text(whole)
    city = q15.load(q15.build(project, out=tmp_path / "city"))
    told = city.provenance["left_out"]["residents"]
    assert told["level"] == "parts"
    assert told["counts_that_do_not_close"] == {
        "town": {"zones_that_differ": 1, "most_residents_apart": 10}
    }
    west = geojson({"9": box(-60, -140, 50, 60)}, residents={"9": 400})
    (project / "whole.geojson").write_text(west)
    with pytest.raises(InputError, match=r"whole.geojson: people of parts live more than 50 m"):
        q15.build(project, out=tmp_path / "city")


@pytest.mark.parametrize(
    ("crs", "said"),
    [
        ("EPSG:32633", None),  # The zone beside its own: 0.2 % off, which a check warns of.
        ("EPSG:3003", None),
        ("EPSG:32618", "39.* off; it is made for Between 78°W and 72°W"),
        ("EPSG:27700", "0.9% off; it is made for United Kingdom"),
        # Made for all of Europe, and for no distances.
        ("EPSG:3034", "3.0% off; it is made for Europe"),
        (None, None),
    ],
)
def test_the_crs_is_the_one_that_is_named_and_fits(
    tmp_path: Path, crs: str | None, said: str | None
) -> None:
    toml = CITY_TOML if crs is None else f'crs = "{crs}"\n{CITY_TOML}'
    if said is not None:
        where = (
            rf"city.toml, line 1, key crs: at 9.1. degrees east, 45.4. north distances in {crs} "
        )
        mend = r"write crs = 'EPSG:32632' \(WGS 84 / UTM zone 32N\), or leave the key out"
        with pytest.raises(InputError, match=f"{where}are up to {said}.*{mend}"):
            built(tmp_path, toml=toml)
        return
    city, _ = built(tmp_path, toml=toml)
    assert city.crs == (crs or "EPSG:32632")
    assert by_zone(city) == {"1": 300, "2": 90}


def test_the_ways_of_telling_are_measured_against_each_other(tmp_path: Path) -> None:
    _, told = built(tmp_path)
    floors = {"1": 400 * 4 + 400 * 2, "2": 400 * 3}
    share = abs(390 * floors["1"] / sum(floors.values()) - 300) / 390
    assert told["misplaced_share"]["buildings"] == pytest.approx(share, abs=1e-3)
    areas = {"1": 150 * 180, "2": 250 * 180}
    share = abs(390 * areas["1"] / sum(areas.values()) - 300) / 390
    assert told["misplaced_share"]["area"] == pytest.approx(share, abs=1e-3)


def test_what_nobody_lives_in_is_no_home() -> None:
    assert {"school", "church", "garage", "roof", "industrial"} <= BUILDINGS_WITHOUT_HOMES
    assert not {"yes", "apartments", "house", "residential", "detached"} & BUILDINGS_WITHOUT_HOMES


# --- by which name


def test_a_project_is_no_city_yet(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    with pytest.raises(MissingFileError, match=r"a project \(city.toml\).* quartieri15 build"):
        q15.load(project)
    with pytest.raises(UnknownNameError, match=r"quartieri15 new torino begins one"):
        q15.build("torino", out=tmp_path / "city")
    with pytest.raises(ParameterError, match="where the edition shall stand"):
        q15.build(project)
    with pytest.raises(ParameterError, match="a project names its own files"):
        q15.build(project, sources=tmp_path, out=tmp_path / "city")
    with pytest.raises(ParameterError, match="needs the raw files"):
        q15.build("milano")
    with pytest.raises(UnknownNameError, match=r"did you mean milano\?"):
        q15.build("milan", out=tmp_path / "city")


def test_no_project_takes_the_name_of_milano(tmp_path: Path) -> None:
    toml = CITY_TOML.replace("Paese", "Milano")
    with pytest.raises(InputError, match="comes with the library"):
        built(tmp_path, toml=toml)


def test_missing_files_are_named_all_at_once(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    for name in ("people.csv", "houses.csv"):
        (project / name).unlink()
    with pytest.raises(MissingFileError, match=r"2 files are missing: people.csv .*houses.csv"):
        q15.build(project, out=tmp_path / "city")


def test_a_damaged_manifest_is_told(tmp_path: Path) -> None:
    out = q15.build(write_project(tmp_path / "project"), out=tmp_path / "city")
    manifest = json.loads((out / "MANIFEST.json").read_text())
    for member in ("zones", "files", "city"):
        wrong = {**manifest, member: None}
        (out / "MANIFEST.json").write_text(json.dumps(wrong))
        assert project_edition.is_edition(out)
        with pytest.raises(InputError, match="not the manifest"):
            q15.load(out)


# --- the edition that ships


def test_the_shipped_edition_is_what_its_project_gives(tmp_path: Path, root: Path) -> None:
    folder = root / "data" / "centro-2019"
    out = q15.build(folder / "project", out=tmp_path / "centro")
    was, now = (json.loads((one / "MANIFEST.json").read_text()) for one in (folder, out))
    if was["written_with"] != now["written_with"]:
        pytest.skip(f"written with {was['written_with']}, and here are {now['written_with']}")
    assert was == now


def test_raw_xml_becomes_a_map_in_seconds(tmp_path: Path, root: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(root / "data" / "centro-2019" / "project", project)
    packed = project / "centro-2019.osm.gz"
    packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    toml = (project / "city.toml").read_text(encoding="utf-8")
    (project / "city.toml").write_text(toml.replace(".osm.gz", ".osm"), encoding="utf-8")
    # Of the processor: the machine may be busy with other things.
    began = time.process_time()
    city = q15.load(q15.build(project, out=tmp_path / "city"))
    cover = q15.coverage(city, to="libraries", profile="walk_75", minutes=5, by="blocks")
    areas = q15.catchments(city, city.places_named("libraries"), profile="walk_75", minutes=(5,))
    q15.explore(city, cover, areas).save(tmp_path / "map.html")
    assert time.process_time() - began < 20
    assert (tmp_path / "map.html").stat().st_size > 10_000
    assert city.residents["residents"].sum() == pytest.approx(696)
    shipped = q15.load("centro-2019")
    assert city.residents.drop(columns="geometry").equals(
        shipped.residents.drop(columns="geometry")
    )


def test_the_shipped_edition_counts_whom_the_census_counted() -> None:
    city = q15.load("centro-2019")
    zones = city.zones["blocks"].set_index("name")
    # Census of 2011, sections 171 176 177, 164 178 179, 162 163 165 166 167 of Milano.
    assert zones["residents"].to_dict() == {"Ca' Granda": 412, "Laghetto": 178, "Guastalla": 106}
    assert zones["over65"].to_dict() == {"Ca' Granda": 97, "Laghetto": 36, "Guastalla": 11}
    assert zones["households"].to_dict() == {"Ca' Granda": 221, "Laghetto": 93, "Guastalla": 48}
    assert city.groups == ("residents", "over65", "households")
    assert city.residents.groupby("blocks")["residents"].sum().tolist() == [412, 178, 106]


def test_nobody_who_mapped_or_answers_is_named_in_the_shipped_extract(root: Path) -> None:
    packed = (root / "data/centro-2019/project/centro-2019.osm.gz").read_bytes()
    text = gzip.decompress(packed).decode()
    assert not re.search(r' (user|uid|changeset|timestamp)="', text)
    assert not re.search(r'<tag k="[^"]*(phone|mail|fax)', text)


def test_people_of_the_shipped_edition_are_where_the_census_sections_say(
    sources: Path,
) -> None:
    table = pd.read_csv(sources / "istat" / "istat_2011_milano.csv", sep=";")
    people = table.set_index(table["SEZ2011"] % 10_000_000)["P1"]
    parts = {412: (171, 176, 177), 178: (164, 178, 179), 106: (162, 163, 165, 166, 167)}
    for counted, sections in parts.items():
        assert people.reindex(sections).fillna(0).sum() == counted
