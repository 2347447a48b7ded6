"""Law: a file is read as it is written or refused, and a refusal names file, line and column."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest

from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources import tabular

CRS = "EPSG:32632"
EXTENT = (8.9, 45.3, 9.4, 45.65)
NAN = math.nan
SQUARE = [[9.1, 45.4], [9.2, 45.4], [9.2, 45.5], [9.1, 45.5], [9.1, 45.4]]


def csv(tmp_path, text, encoding="utf-8", name="t.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def geojson(tmp_path, coordinates, *, crs="EPSG:4326", kind="Polygon", **properties):
    document = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": 1, **properties},
                "geometry": {"type": kind, "coordinates": coordinates},
            }
        ],
    }
    if crs is not None:
        document["crs"] = {"type": "name", "properties": {"name": crs}}
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def read(path, **options):
    return tabular.read_geojson(path, columns=["id"], crs=CRS, **options)


def test_utf8_is_tried_before_windows_1252_and_the_choice_is_stated(tmp_path):
    text = "età;n\npiù;1\nl’altro, 5 €;2\n"
    utf8 = tabular.read_csv(csv(tmp_path, text), columns=["età"], separator=";")
    windows = tabular.read_csv(csv(tmp_path, text, "cp1252"), columns=["età"], separator=";")
    assert (utf8.attrs["encoding"], windows.attrs["encoding"]) == ("utf-8-sig", "cp1252")
    assert windows["età"].tolist() == ["più", "l’altro, 5 €"]
    pd.testing.assert_frame_equal(utf8, windows)


def test_a_byte_of_no_encoding_is_refused_with_its_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"id,name\n1,per\xf9\n2,a\x81\n")
    with pytest.raises(InputError, match=r"not in UTF-8 or Windows-1252: byte 18 \(line 3\)"):
        tabular.read_csv(path, columns=["id"])


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    table = tabular.read_csv(csv(tmp_path, "id,n\n1,2\n", "utf-8-sig"), columns=["id"])
    assert list(table.columns) == ["id", "n"]


def test_a_wrong_encoding_names_the_line(tmp_path):
    path = csv(tmp_path, "id,name\n1,a\n2,perù\n", "latin-1")
    with pytest.raises(
        InputError, match=r"t\.csv: .*not in UTF-8: .*line 3.*Mend: save the file as UTF-8"
    ):
        tabular.read_csv(path, columns=["id"], encodings=("utf-8-sig",))


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised_by_its_mark(tmp_path, order):
    path = csv(tmp_path, "\ufeffid,n\n1,2\n", order)
    with pytest.raises(InputError, match=r"t\.csv: the text is in UTF-16. Mend: save .* UTF-8"):
        tabular.read_csv(path, columns=["id"])


def test_a_folder_for_a_file_and_a_file_for_a_folder_are_called_so(tmp_path):
    for reader in (tabular.read_csv, lambda path, **_: read(path)):
        with pytest.raises(MissingFileError, match="this is a folder, not a file"):
            reader(tmp_path, columns=["id"])
    with pytest.raises(MissingFileError, match="this is a file, not a folder"):
        tabular.require_files(csv(tmp_path, "id\n"), ["a.csv"])


def test_a_wrong_separator_is_recognised(tmp_path):
    with pytest.raises(InputError, match="separated by ';', not by ','"):
        tabular.read_csv(csv(tmp_path, "id;n\n1;2\n"), columns=["id", "n"])


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path):
    with pytest.raises(InputError, match=r"line 1: column lat is missing \(there are: id, n\)"):
        tabular.read_csv(csv(tmp_path, "id,n\n1,2\n"), columns=["id", "lat"])


def test_a_short_row_is_named_by_its_line_even_after_a_quoted_line_break(tmp_path):
    path = csv(tmp_path, 'id,n\n"a\nb",1\n\nc\n')
    with pytest.raises(InputError, match=r"line 5: 1 fields where the header has 2"):
        tabular.read_csv(path, columns=["id"])


def test_the_line_that_tells_excel_the_separator_is_no_header(tmp_path):
    path = csv(tmp_path, "sep=;\r\nid;n\r\n1;2\r\n", "utf-8-sig")
    assert tabular.first_line(path) == "id;n"
    mark = tabular.separator_of(path, ["id", "n"])
    table = tabular.read_csv(path, columns=["id", "n"], separator=mark)
    assert (table.index.tolist(), table["n"].tolist()) == ([3], ["2"])
    with pytest.raises(InputError, match=r"line 2: column x is missing \(there are: id, n\)"):
        tabular.read_csv(path, columns=["x"], separator=mark)


@pytest.mark.parametrize("title", ["Elenco delle case", "Elenco delle case;;", "Elenco; e altro"])
def test_a_title_above_the_header_is_told(tmp_path, title):
    path = csv(tmp_path, f"{title}\n\nid;n\n1;2\n")
    mark = tabular.separator_of(path, ["id", "n"])
    with pytest.raises(
        InputError, match=rf"must be the header, which is line 3; line 1 is '{title}'.*above"
    ):
        tabular.read_csv(path, columns=["id", "n"], separator=mark)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('id,n\n1,"two\n2,3\n', r"line 2: a quote that opens here is not closed"),
        ('id,n\n1,2\n3,"two\n4,"x"\n', r"line 3: .* expected after .* goes on to line 4"),
        ('id,"n\n1,2\n', r"line 1: a quote that opens here is not closed"),
    ],
)
def test_a_quote_that_is_not_closed_is_told_where_it_opens(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        tabular.read_csv(csv(tmp_path, text), columns=["id"])


def test_columns_that_hold_personal_data_are_dropped_and_named(tmp_path):
    personal = ["e-mail", "Mail", "indirizzoMail", "posta", "Posta elettronica", "PEC", "cell."]
    personal += ["Cellulare", "cellulari", "tel", "tel_2", "Telefono", "telefax", "FAX"]
    kept = ["id", "Celle", "codice_postale", "hotel", "postazioni", "pecora"]
    columns = [*kept, *personal]
    text = f"{','.join(columns)}\n{','.join('1' for _ in columns)}\n"
    table = tabular.read_csv(csv(tmp_path, text), columns=["id"])
    assert list(table.columns) == kept
    assert table.attrs["dropped_columns"] == personal


def test_a_missing_file_and_a_missing_member_say_so(tmp_path):
    with pytest.raises(MissingFileError, match="no such file"):
        tabular.read_csv(tmp_path / "none.csv", columns=["id"])
    with pytest.raises(InputError, match="not a zip archive"):
        tabular.read_csv(csv(tmp_path, "id\n1\n"), columns=["id"], member="a.csv")


def test_all_missing_files_are_listed_at_once(tmp_path):
    csv(tmp_path, "id\n", name="a.csv")
    with pytest.raises(MissingFileError, match=r"2 files are missing: b\.csv, c/d\.csv"):
        tabular.require_files(tmp_path, ["a.csv", "b.csv", "c/d.csv"])
    with pytest.raises(MissingFileError, match="no such folder"):
        tabular.require_files(tmp_path / "none", ["a.csv"])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("-1", r"'-1' is below 0"),
        ("many", r"'many' is not a number"),
        ("nan", r"'nan' is not a number"),
        ("inf", r"'inf' is not a finite number"),
        ("1.5", r"'1.5' is not a whole number"),
        ("", r"the value is empty"),
        ("1.000", r"'1.000' holds what may be a thousands separator.*digits alone"),
        ("12.500", r"'12.500' holds what may be a thousands separator"),
        ("1.000.000", r"'1.000.000' holds what may be a thousands separator"),
    ],
)
def test_a_count_that_is_none_is_named_by_line_and_column(tmp_path, value, said):
    table = tabular.read_csv(csv(tmp_path, f"id,n\na,3\nb,{value}\n"), columns=["n"])
    with pytest.raises(InputError, match=rf"t\.csv, line 3, column n: {said}"):
        tabular.numbers(table, "n", whole=True, low=0)


@pytest.mark.parametrize(
    ("value", "mend"),
    [
        ("1.500", "write 1500, or 1,5 if that is meant"),
        ("12,000", "write 12000, or 12 if that is meant"),
        ("1.000.000", "write 1000000, with digits alone"),
    ],
)
def test_a_count_with_a_fraction_is_read_and_one_that_may_be_thousands_is_not(
    tmp_path, value, mend
):
    text = "n\n1,5\n0,125\n1500,25\n"
    table = tabular.read_csv(csv(tmp_path, text), columns=["n"], separator=";")
    read = tabular.numbers(table, "n", counts=True, decimal=",")
    assert read.tolist() == [1.5, 0.125, 1500.25]
    table = tabular.read_csv(csv(tmp_path, f"n\n1,5\n{value}\n"), columns=["n"], separator=";")
    with pytest.raises(InputError, match=f"line 3, column n: .*thousands.*Mend: {mend}"):
        tabular.numbers(table, "n", counts=True, decimal=",")


def test_a_count_that_a_program_wrote_with_a_fraction_of_zero_is_whole(tmp_path):
    table = tabular.read_csv(csv(tmp_path, "n\n2239.0\n7\n"), columns=["n"])
    assert tabular.numbers(table, "n", whole=True).tolist() == [2239, 7]


def test_an_empty_field_is_what_the_caller_says(tmp_path):
    table = tabular.read_csv(csv(tmp_path, "id,n\na,\nb,2\n"), columns=["n"])
    assert tabular.numbers(table, "n", whole=True, missing=0).tolist() == [0, 2]
    assert tabular.numbers(table, "n", nullable=True).isna().tolist() == [True, False]


def test_a_decimal_comma_is_read_only_where_it_is_announced(tmp_path):
    table = tabular.read_csv(csv(tmp_path, "n\n45,5\n"), columns=["n"], separator=";")
    assert tabular.numbers(table, "n", decimal=",").tolist() == [45.5]
    with pytest.raises(InputError, match="'45,5' is not a number"):
        tabular.numbers(table, "n")


def test_a_duplicate_names_both_lines(tmp_path):
    table = tabular.read_csv(csv(tmp_path, "id\na\nb\na\n"), columns=["id"])
    with pytest.raises(InputError, match="line 4, column id: 'a' stands twice, first on line 2"):
        tabular.refuse_duplicates(table, "id")


def test_a_geojson_without_crs_is_in_degrees_as_its_standard_says(tmp_path):
    table = read(geojson(tmp_path, [SQUARE], crs=None), extent=EXTENT)
    assert table.crs == CRS
    assert "RFC 7946" in table.attrs["crs_read"]


def test_metres_without_a_stated_crs_are_refused(tmp_path):
    metres = [[[512000, 5034000], [513000, 5034000], [513000, 5035000], [512000, 5034000]]]
    with pytest.raises(InputError, match=r"no coordinate reference system is stated.*not degrees"):
        read(geojson(tmp_path, metres, crs=None))


def test_a_stated_crs_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"states EPSG:3003.*look like degrees"):
        read(geojson(tmp_path, [SQUARE], crs="EPSG:3003"))
    with pytest.raises(InputError, match=r"'EPSG:0' is not known"):
        read(geojson(tmp_path, [SQUARE], crs="EPSG:0"))


def test_a_projected_file_that_states_its_crs_is_read(tmp_path):
    metres = [[[512000, 5034000], [513000, 5034000], [513000, 5035000], [512000, 5034000]]]
    table = read(geojson(tmp_path, metres, crs="EPSG:32632"), extent=EXTENT)
    assert table.geometry.area.item() == pytest.approx(500_000)


def test_swapped_coordinates_are_recognised(tmp_path):
    swapped = [[[lat, lon] for lon, lat in SQUARE]]
    with pytest.raises(InputError, match=r"feature 0: .*latitude and longitude are swapped"):
        read(geojson(tmp_path, swapped), extent=EXTENT)


def test_a_polygon_that_crosses_itself_is_refused_or_repaired_and_counted(tmp_path):
    bow = [[[9.1, 45.4], [9.2, 45.5], [9.2, 45.4], [9.1, 45.5], [9.1, 45.4]]]
    path = geojson(tmp_path, bow)
    with pytest.raises(InputError, match=r"feature 0: the polygon is not valid: Self-inter"):
        read(path)
    table = read(path, repair=True)
    assert table.is_valid.all()
    assert table.attrs["repaired"] == 1


def test_an_empty_or_other_geometry_is_refused(tmp_path):
    with pytest.raises(InputError, match="a Point where a Polygon must be"):
        read(geojson(tmp_path, [9.1, 45.4], kind="Point"), shapes=["Polygon"])
    path = tmp_path / "zones.geojson"
    path.write_text('{"features": []}', encoding="utf-8")
    with pytest.raises(InputError, match="no features"):
        read(path)
    path.write_text("not json", encoding="utf-8")
    with pytest.raises(InputError, match="not a JSON file"):
        read(path)


def test_personal_properties_of_a_geojson_are_dropped(tmp_path):
    table = read(geojson(tmp_path, [SQUARE], email="a@b.it", name="x"))
    assert "email" not in table.columns
    assert table.attrs["dropped_columns"] == ["email"]


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        (None, "this is no feature"),
        ({"properties": {"id": 1}}, "the feature has no geometry"),
        ({"geometry": None, "properties": {"id": 1}}, "the feature has no geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [SQUARE]}}, "has no properties"),
        ({"type": "Polygon"}, "the geometry cannot be read"),
        ({"type": "Polygon", "coordinates": [SQUARE[:2]]}, "the geometry cannot be read"),
        ({"type": "Polygon", "coordinates": 3}, "the geometry cannot be read"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, "the geometry cannot be read"),
        ({"type": "Circle", "coordinates": [9, 45]}, "the geometry cannot be read"),
        ("a square", "the geometry cannot be read"),
        ({"type": "Polygon", "coordinates": [[[NAN, 45.4], *SQUARE[1:4]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[SQUARE[0], [NAN, 45.4], *SQUARE[1:]]]}, "finite"),
    ],
)
def test_a_feature_that_is_none_is_named(tmp_path, feature, said):
    path = geojson(tmp_path, [SQUARE])
    document = json.loads(path.read_text(encoding="utf-8"))
    if feature is not None and "properties" not in feature and "geometry" not in feature:
        feature = {"properties": {"id": 2}, "geometry": feature}
    document["features"].append(feature)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=rf"zones\.geojson, feature 1: .*{said}"):
        read(path)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"features": {"a": 1}}, "'features' is not a list"),
        ({"crs": "EPSG:4326"}, "'crs' names no coordinate reference system"),
        ({"crs": {"properties": ["EPSG:4326"]}}, "'crs' names no coordinate reference system"),
        ({"crs": {"properties": {"name": 4326}}}, "'crs' names no coordinate reference system"),
    ],
)
def test_a_document_of_another_shape_is_refused(tmp_path, members, said):
    path = geojson(tmp_path, [SQUARE])
    document = json.loads(path.read_text(encoding="utf-8")) | members
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read(path)


def test_a_missing_property_is_named_with_those_that_are_there(tmp_path):
    with pytest.raises(InputError, match=r"property NIL is missing \(there are: id\).*rename"):
        tabular.read_geojson(geojson(tmp_path, [SQUARE]), columns=["NIL"], crs=CRS)


@pytest.mark.parametrize(
    ("crs", "corner", "said"),
    [
        ("EPSG:32632", 1e300, "is nowhere on earth"),
        ("EPSG:32633", 4e7, "nowhere on earth|no number"),
        ("EPSG:3857", -1e308, "nowhere on earth|no number"),
        ("EPSG:4326", 1e300, "are not degrees"),
        ("EPSG:5703", 5e6, "no longitude and latitude, and no metres"),
        ("EPSG:4978", 5e6, "no longitude and latitude, and no metres"),
        ("IAU_2015:30100", None, "no way leads from IAU_2015:30100"),
    ],
)
def test_a_coordinate_that_is_nowhere_on_earth_is_refused(tmp_path, crs, corner, said):
    square = SQUARE if corner is None else [[corner, corner], *SQUARE[1:-1], [corner, corner]]
    path = geojson(tmp_path, [square], crs=crs)
    with pytest.raises(InputError, match=rf"zones\.geojson.*({said})") as caught:
        read(path, shapes=(), repair=True)
    assert caught.value.mend
