"""Law: one list of facilities gives one table, whatever file it comes in; a wrong row is named."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from quartieri15.analysis.coverage import coverage
from quartieri15.errors import (
    InputError,
    MissingFileError,
    ParameterError,
    Quartieri15Error,
)
from quartieri15.planning.siting.sites import best_sites
from quartieri15.reach.catchments import catchments
from quartieri15.reach.times import travel_times
from quartieri15.sources.facilities import read_facilities
from tests.ascii_city import CRS, draw_city

TOWN = draw_city(
    """
    A-----B
    |     |
    C-----D
    """,
    cell=50,
)
ROWS = gpd.GeoDataFrame(
    {
        "id": ["7", "8", "9"],
        "name": ["Sportello Est", "Sportello Ovest", ""],
        "hours": ["Mo-Fr", "", ""],
        "telefono": ["02", "02", ""],
    },
    geometry=gpd.points_from_xy([512_100, 512_300, 512_300], [5_033_900, 5_033_900, 5_033_950]),
    crs=CRS,
)


def degrees():
    return ROWS.to_crs("EPSG:4326")


def as_list(separator, decimal, encoding="utf-8", rows=None):
    table = degrees() if rows is None else rows
    x, y = table.geometry.x, table.geometry.y

    def written(path):
        plain = pd.DataFrame(table.drop(columns="geometry")).assign(lon=x, lat=y)
        plain.to_csv(path, sep=separator, decimal=decimal, encoding=encoding, index=False)

    return written


def zipped(path):
    folder = path.with_suffix("")
    folder.mkdir()
    ROWS.to_file(folder / "layer.shp")
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)


FILES = {
    "points.csv": as_list(",", "."),
    "italian.csv": as_list(";", ","),
    "quoted.csv": as_list(",", ","),
    "tabs.tsv": as_list("\t", "."),
    "latin.csv": as_list(";", ",", encoding="latin-1"),
    "layer.geojson": lambda path: degrees().to_file(path, driver="GeoJSON"),
    "layer.parquet": lambda path: ROWS.to_crs("EPSG:3857").to_parquet(path),
    "layer.gpkg": ROWS.to_file,
    "layer.shp": ROWS.to_file,
    "layer.zip": zipped,
}


def read(path, **options):
    return read_facilities(path, **{"city": TOWN, "kind": "desk"} | options)


@pytest.mark.parametrize("name", FILES)
def test_one_list_is_one_table_in_every_file(tmp_path, name):
    FILES[name](tmp_path / name)
    found = read(tmp_path / name)
    assert found["id"].tolist() == ["7", "8", "9"]
    assert found["name"].tolist() == ["Sportello Est", "Sportello Ovest", "desk"]
    assert found["kind"].tolist() == found["network"].tolist() == ["desk"] * 3
    assert found.crs == TOWN.crs
    assert found.distance(ROWS.geometry).max() < 0.01
    told = found.attrs["facilities"]
    assert told["dropped_columns"] == ["telefono"]
    assert told["columns_not_read"] == ["hours"]
    assert (told["without_name"], told["outside"], told["made_points"]) == (1, 0, 0)
    assert "telefono" not in found.columns


@pytest.mark.parametrize(
    ("ids", "read_as"),
    [([7.0, 8.0, 9.0], ["7", "8", "9"]), ([7.0, 8.0, 1e300], ["7.0", "8.0", "1e+300"])],
)
def test_ids_stored_as_floats_are_whole_where_they_are_exact(tmp_path, ids, read_as):
    table = ROWS.assign(id=ids)
    table.to_parquet(tmp_path / "layer.parquet")
    assert read(tmp_path / "layer.parquet")["id"].tolist() == read_as


def test_what_is_read_can_be_asked_about_as_a_table_and_by_name(tmp_path):
    FILES["italian.csv"](tmp_path / "desks.csv")
    desks = read(tmp_path / "desks.csv", network="digital")
    town = TOWN.with_(services=desks)
    there = travel_times(TOWN, to=desks, profile="walk_75")
    for name in ("desk", "digital", "services"):
        assert_frame_equal(travel_times(town, to=name, profile="walk_75"), there)
    asked = {"profile": "walk_75", "minutes": 10}
    by_table, by_name = (coverage(town, to=to, **asked) for to in (desks, "digital"))
    assert_frame_equal(by_table.drop(columns="places"), by_name.drop(columns="places"))
    assert by_name["covered"].sum() > 0
    assert len(catchments(town, "desk", profile="walk_75", minutes=10)) == len(desks)
    best = best_sites(town, 1, to="desk", group="residents", **asked)
    assert best.value == best_sites(TOWN, 1, to=desks, group="residents", **asked).value


def test_kinds_may_be_told_row_by_row_and_what_is_known_of_places_is_kept(tmp_path):
    path = tmp_path / "desks.csv"
    path.write_text(
        "code;sort;capacity;entrance_steps;opening_hours;lon;lat\n"
        "1;library;1,5;TRUE;Mo-Fr 09:00-18:00;9,1530;45,4595\n"
        "2;;;;  ;9,1540;45,4595\n",
        encoding="utf-8",
    )
    found = read(path, id_column="code", name_column=None, kind_column="sort")
    assert found["kind"].tolist() == found["name"].tolist() == ["library", "desk"]
    assert found["capacity"].tolist()[0] == 1.5
    assert found["entrance_steps"].tolist() == [True, None]
    assert found["opening_hours"].tolist() == ["Mo-Fr 09:00-18:00", None]


@pytest.mark.parametrize(
    ("word", "known"),
    [("yes", True), ("Sì", True), ("VERO", True), ("1", True), ("no", False), ("FALSO", False)],
)
def test_steps_are_yes_or_no_in_both_languages(tmp_path, word, known):
    path = tmp_path / "desks.csv"
    path.write_text(f"code;entrance_steps;lon;lat\n1;{word};9,153;45,4595\n", encoding="utf-8")
    assert read(path, id_column="code", name_column=None)["entrance_steps"].tolist() == [known]


def test_steps_that_are_neither_are_told_with_what_may_be_written(tmp_path):
    path = tmp_path / "desks.csv"
    path.write_text("code;entrance_steps;lon;lat\n1;two;9,153;45,4595\n", encoding="utf-8")
    said = r"desks\.csv, line 2, column entrance_steps: 'two' is neither yes nor no.*take steps to"
    with pytest.raises(InputError, match=said):
        read(path, id_column="code", name_column=None)


def test_hours_that_are_not_in_the_syntax_are_refused_with_their_row(tmp_path):
    path = tmp_path / "desks.csv"
    rows = ["1;24/7;9,1530;45,4595", *(f"{i};lun-ven 9-12;9,15{i}0;45,4595" for i in (2, 3))]
    path.write_text("\n".join(["code;opening_hours;lon;lat", *rows, ""]), encoding="utf-8")
    said = r"desks\.csv, row 3, column opening_hours: 'lun-ven 9-12' are no opening hours"
    with pytest.raises(InputError, match=said):
        read(path, id_column="code", name_column=None)


def test_numbers_of_people_that_are_numbers_are_read_as_they_are(tmp_path):
    with_capacity([3, 12.345, None])(tmp_path / "desks.geojson")
    assert read(tmp_path / "desks.geojson")["capacity"].tolist()[:2] == [3, 12.345]


def test_windows_1252_is_read_as_it_was_written(tmp_path):
    rows = degrees().assign(name=["L’Età", "5 €", "più"])
    as_list(";", ",", encoding="cp1252", rows=rows)(tmp_path / "desks.csv")
    assert read(tmp_path / "desks.csv")["name"].tolist() == rows["name"].tolist()


def test_one_column_may_be_the_id_and_the_name_but_no_position(tmp_path):
    for name in ("points.csv", "layer.gpkg", "layer.geojson", "layer.parquet"):
        FILES[name](tmp_path / name)
        assert read(tmp_path / name, name_column="id")["name"].tolist() == ["7", "8", "9"]


def test_other_shapes_have_a_point_in_them(tmp_path):
    square = shapely.box(512_100, 5_033_900, 512_140, 5_033_940)
    ring = square - square.buffer(-5)
    FILES["layer.gpkg"](tmp_path / "points.gpkg")
    ROWS.set_geometry([square, ring, ROWS.geometry.iloc[2]]).to_file(tmp_path / "shapes.gpkg")
    found = read(tmp_path / "shapes.gpkg")
    assert found.attrs["facilities"]["made_points"] == 2
    assert shapely.contains(ring, found.geometry.iloc[1])


def test_what_lies_beyond_the_streets_is_refused_or_counted(tmp_path):
    near = degrees()
    one, _, three = near.geometry
    far = near.set_geometry([one, shapely.Point(12.5, 41.9), three], crs=4326)
    as_list(",", ".", rows=far)(tmp_path / "far.csv")
    with pytest.raises(
        InputError, match=r"far\.csv, line 3, column lon, lat: the position 12\.5, 41\.9 .*outside"
    ):
        read(tmp_path / "far.csv")
    found = read(tmp_path / "far.csv", outside="leave_out")
    assert found["id"].tolist() == ["7", "9"]
    assert found.index.tolist() == [0, 1]
    assert found.attrs["facilities"]["outside"] == 1


def changed(**columns):
    return degrees().assign(**columns)


def swapped():
    table = degrees()
    return table.set_geometry(gpd.points_from_xy(table.geometry.y, table.geometry.x), crs=4326)


def with_capacity(capacity):
    return lambda path: changed(capacity=capacity).to_file(path)


HEAD = "id,name,lon,lat\n"
WRONG = {
    "swapped.csv": (
        as_list(",", ".", rows=swapped()),
        r"swapped\.csv, column lon, lat: .*of line 2, as in all others,.*the two are swapped",
    ),
    "swapped.geojson": (
        lambda path: swapped().to_file(path, driver="GeoJSON"),
        r"swapped\.geojson: .*of feature 0, as in all others,.*the two are swapped",
    ),
    "metres.csv": (
        as_list(",", ".", rows=ROWS),
        r"column lon, lat: .* of line 2, as in all others, are no degrees.* in EPSG:32632 it lies",
    ),
    "one_swapped.csv": (
        as_list(",", ".", rows=pd.concat([degrees().iloc[:2], swapped().iloc[2:]])),
        r"one_swapped\.csv, line 4, column lon, lat: .*the two are swapped\. Mend: swap them",
    ),
    "no_ending": (
        lambda path: path.write_bytes(b""),
        r"a file whose name has no ending is not read here\. Mend: save shapes as one of \.geojson",
    ),
    "degrees.gpkg": (
        lambda path: degrees().set_crs(CRS, allow_override=True).to_file(path),
        r"degrees\.gpkg: .*EPSG:32632.*look like degrees",
    ),
    "twice.csv": (
        as_list(";", ",", rows=changed(id=["7", "8", "7"])),
        r"line 4, column id: '7' stands twice, first in line 2",
    ),
    "no_id.csv": (
        as_list(";", ",", rows=changed(id=["7", "", "9"])),
        r"line 3, column id: the id is missing",
    ),
    "no_id.gpkg": (
        lambda path: ROWS.assign(id=["7", None, "9"]).to_file(path),
        r"row 1, column id: the id is missing",
    ),
    "twins.csv": (
        as_list(",", ".", rows=degrees().iloc[[0, 1, 0]].assign(id=["7", "8", "9"])),
        r"line 4: 'Sportello Est' has the kind, name and position of line 2",
    ),
    "no_position.csv": (
        lambda path: path.write_text(HEAD + "1,A,,45.46\n", encoding="utf-8"),
        r"line 2, column lon: the value is empty",
    ),
    "no_number.csv": (
        lambda path: path.write_text(HEAD + "1,A,9°11',45.46\n", encoding="utf-8"),
        r"line 2, column lon: .* is not a number",
    ),
    "no_column.csv": (
        lambda path: path.write_text("id;name;x;y\n1;A;9,1;45,4\n", encoding="utf-8"),
        r"line 1: column lon, lat is missing \(there are: id, name, x, y\)",
    ),
    "header.csv": (
        lambda path: path.write_text(HEAD, encoding="utf-8"),
        r"line 2: there is no row in it",
    ),
    "ragged.csv": (
        lambda path: path.write_text(HEAD + "1,A,9,1,45,4\n", encoding="utf-8"),
        r"line 2: 6 fields where the header has 4",
    ),
    "empty.csv": (lambda path: path.write_bytes(b""), r"line 1: column id, name, lon, lat"),
    "no_geometry.geojson": (
        lambda path: path.write_text(
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": '
            '{"id": 1, "name": "A"}, "geometry": null}]}',
            encoding="utf-8",
        ),
        r"feature 0: the feature has no geometry",
    ),
    "no_geometry.parquet": (
        lambda path: pd.DataFrame({"id": [1], "name": ["A"]}).to_parquet(path),
        r"no_geometry\.parquet: ",
    ),
    "no_crs.shp": (
        lambda path: ROWS.set_crs(None, allow_override=True).to_file(path),
        r"no coordinate reference system is stated",
    ),
    "no_name.gpkg": (
        lambda path: ROWS.drop(columns="name").to_file(path),
        r"column name is missing",
    ),
    "page.geojson": (
        lambda path: path.write_text("<!DOCTYPE html>", encoding="utf-8"),
        r"not a JSON file .*Mend: open it in QGIS: it may be damaged; .*export it again",
    ),
    "thousands.csv": (
        as_list(";", ",", rows=changed(capacity=["3", "1.500", ""])),
        r"line 3, column capacity: '1\.500' .*thousands separator.*write 1500, or 1,5",
    ),
    "thousands.geojson": (
        with_capacity(["3", "1.500", ""]),
        r"feature 1, column capacity: '1\.500' .*thousands separator.*write 1500, or 1,5",
    ),
    "thousands.gpkg": (
        with_capacity(["3", None, "1.500"]),
        r"row 2, column capacity: '1\.500' .*thousands separator",
    ),
    "null.csv": (
        as_list(";", ",", rows=changed(name=["A", "B\0", "C"])),
        r"line 3: a byte of zero is in it",
    ),
    "control.geojson": (
        lambda path: changed(id=["7", "8", "9\x92"]).to_file(path),
        r"feature 2, column id: '9\\x92' has a control character",
    ),
    "damaged.gpkg": (lambda path: path.write_bytes(b"no database"), r"it is no GeoPackage"),
    "cut.gpkg": (
        lambda path: path.write_bytes(b"SQLite format 3\0 and no more"),
        r"cannot be read",
    ),
    "damaged.zip": (lambda path: path.write_bytes(b"no archive"), r"not a zip archive"),
    "table.xlsx": (lambda path: path.write_bytes(b"PK"), r"a file that ends in \.xlsx is not read"),
}


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_the_row_to_mend(tmp_path, name):
    write, said = WRONG[name]
    write(tmp_path / name)
    with pytest.raises(InputError, match=said) as caught:
        read(tmp_path / name)
    assert caught.value.mend
    assert name in (caught.value.where or "")


def test_a_file_of_several_layers_wants_to_know_which(tmp_path):
    path = tmp_path / "layers.gpkg"
    ROWS.to_file(path, layer="desks")
    ROWS.iloc[:1].to_file(path, layer="others")
    with pytest.raises(InputError, match=r"there are 2 layers in it: desks, others"):
        read(path)
    assert len(read(path, layer="others")) == 1
    with pytest.raises(InputError, match="cannot be read"):
        read(path, layer="houses")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": None}, "kind"),
        ({"network": 3}, "network"),
        ({"id_column": "email"}, "'email' holds personal data"),
        ({"name_column": "Telefono"}, "'Telefono' holds personal data"),
        ({"name_column": "mail"}, "'mail' holds personal data"),
        ({"kind_column": "posta"}, "'posta' holds personal data"),
        ({"lon_column": "tel"}, "'tel' holds personal data"),
        ({"id_column": "geometry"}, "'geometry' holds positions"),
        ({"id_column": "lon"}, "id_column: the column 'lon' is named as id_column and as lon_col"),
        ({"name_column": "lon", "kind_column": "lat"}, "name_column: the column 'lon'"),
        ({"kind_column": "lat"}, "named as kind_column and as lat_column"),
        ({"lat_column": "lon"}, "named as lon_column and as lat_column"),
        ({"layer": "desks"}, r"a file that ends in \.csv has no layers"),
        ({"outside": "drop"}, "outside"),
        ({"crs": "EPSG:0"}, "coordinate reference system"),
        ({"city": "milano"}, "no city"),
    ],
)
def test_parameters_are_looked_at(tmp_path, options, said):
    FILES["points.csv"](tmp_path / "desks.csv")
    with pytest.raises(Quartieri15Error, match=said):
        read(tmp_path / "desks.csv", **options)


def test_a_file_that_states_its_crs_is_not_told_another(tmp_path):
    FILES["layer.gpkg"](tmp_path / "layer.gpkg")
    with pytest.raises(ParameterError, match="states its own"):
        read(tmp_path / "layer.gpkg", crs=CRS)
    as_list(",", ".", rows=ROWS)(tmp_path / "metres.csv")
    assert read(tmp_path / "metres.csv", crs=CRS).distance(ROWS.geometry).max() == 0
    with pytest.raises(MissingFileError, match="there is no such file"):
        read(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    "index",
    [[0, 0, 0], pd.MultiIndex.from_tuples([(1, 2), (1, 3), (1, 4)], names=["id", None])],
    ids=["labels that stand twice", "labels of two parts"],
)
def test_a_table_that_another_program_has_numbered_is_counted_anew(tmp_path, index):
    rows = degrees().set_axis(index)
    rows.to_parquet(tmp_path / "t.parquet")
    read = read_facilities(tmp_path / "t.parquet", city=TOWN, kind="digital_desk")
    assert read["id"].tolist() == ["7", "8", "9"]
    rows.assign(id=["7", "", "9"]).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"t\.parquet, row 1, column id: the id is missing"):
        read_facilities(tmp_path / "t.parquet", city=TOWN, kind="digital_desk")
