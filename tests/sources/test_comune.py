"""Law: what the Comune published is what is counted; every trap of its files is met by name."""

from __future__ import annotations

import json
import zipfile

import pytest
import shapely

from quartieri15.errors import InputError
from quartieri15.sources import comune

CRS = "EPSG:32632"
EXTENT = (8.9, 45.3, 9.4, 45.65)
AGE_HEADER = '"Età (classi funzionali)";"NIL (Nuclei di Identità Locale)";"Residenti"\r\n'


def zones(tmp_path, *features):
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "EPSG:4326"}},
        "features": [
            {
                "type": "Feature",
                "properties": {"ID_NIL": number, "NIL": f"N{number}"},
                "geometry": shapely.geometry.mapping(
                    shapely.box(9.1 + i / 100, 45.4, 9.11 + i / 100, 45.41)
                ),
            }
            for i, number in enumerate(features)
        ],
    }
    path = tmp_path / "nil.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def ages(tmp_path, rows, encoding="latin-1"):
    path = tmp_path / "eta.csv"
    text = AGE_HEADER + "".join(f'"{age}";"{nil}";{count}\r\n' for age, nil, count in rows)
    path.write_bytes(text.encode(encoding))
    return path


def all_classes(nil, count=1):
    return [(age, nil, count) for age in comune.AGE_CLASSES]


def civics(tmp_path, *rows):
    header = (
        "IDMASTER;CODICE_VIA;NUMEROCOMPLETO;MUNICIPIO;RESIDENZIALE;STATOCIVICO;"
        "DATA_SOPPRESSIONE;LAT_WGS84;LONG_WGS84"
    )
    path = tmp_path / "civici.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("CIVICI_20200302.CSV", "\n".join([header, *rows]).encode("latin-1"))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_portal_may_write_commas_or_semicolons(tmp_path, separator):
    known = comune.read_ages(ages(tmp_path, all_classes("Duomo (1)")))
    path = tmp_path / "other.csv"
    path.write_bytes((tmp_path / "eta.csv").read_bytes().replace(b";", separator.encode()))
    assert comune.read_ages(path).equals(known)
    path.write_text("ID_NIL,stranieri_2024,pop_2024\n1,2,30\n".replace(",", separator))
    assert comune.read_foreign(path, year=2024).loc[1].tolist() == [2, 30]


def test_ids_are_numbers_whatever_the_file_makes_of_them(tmp_path):
    table = comune.read_nil(zones(tmp_path, "10", "9"), crs=CRS, extent=EXTENT)
    assert table["id"].tolist() == [9, 10]
    assert table["id"].dtype == "int64"


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (("1", "1"), r"feature 1, column ID_NIL: zone 1 stands twice, first in feature 0"),
        (("1", None), r"feature 1, column ID_NIL: the id is missing"),
        (("1", "x"), r"feature 1, column ID_NIL: 'x' is not a whole number"),
        (("1", True), r"feature 1, column ID_NIL: True is not a whole number"),
        (("1", [2]), r"feature 1, column ID_NIL: \[2\] is not a whole number"),
        ((1, 1.5), r"feature 1, column ID_NIL: 1.5 is not a whole number"),
        ((1, -1), r"feature 1, column ID_NIL: -1 is not between 0 and"),
        ((1, 1e30), r"feature 1, column ID_NIL: 1e\+30 is not between 0 and"),
    ],
)
def test_a_missing_or_double_zone_id_is_named(tmp_path, ids, said):
    with pytest.raises(InputError, match=said):
        comune.read_nil(zones(tmp_path, *ids), crs=CRS)


@pytest.mark.parametrize("name", ["", " ", None, 3])
def test_a_zone_without_a_name_is_named(tmp_path, name):
    path = zones(tmp_path, "1", "2")
    document = json.loads(path.read_text(encoding="utf-8"))
    document["features"][1]["properties"]["NIL"] = name
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="feature 1, column NIL: the name is missing"):
        comune.read_nil(path, crs=CRS)


def test_zones_of_milano_are_looked_for_in_milano(tmp_path):
    path = zones(tmp_path, "1")
    document = json.loads(path.read_text(encoding="utf-8"))
    geometry = document["features"][0]["geometry"]
    geometry["coordinates"] = [[[lat, lon] for lon, lat in geometry["coordinates"][0]]]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="latitude and longitude are swapped"):
        comune.read_nil(path, crs=CRS)


def test_ages_are_read_in_either_encoding(tmp_path):
    one = comune.read_ages(ages(tmp_path, all_classes("Duomo (1)", 3)))
    other = comune.read_ages(ages(tmp_path, all_classes("Duomo (1)", 3), "utf-8"))
    assert one.equals(other)
    assert one.attrs["encoding"] == "cp1252"
    assert one.loc[1].sum() == 39


def test_an_absent_pair_is_zero_and_counted(tmp_path):
    rows = [*all_classes("Duomo (1)"), ("0-2 anni", "Parco (Nord) (2)", 4)]
    table = comune.read_ages(ages(tmp_path, rows))
    assert table.loc[2].sum() == 4
    assert table.attrs["absent_rows"] == 12


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("0-2 anni", "Brera", 1), r"line 15.*'Brera' has no id in brackets"),
        (("0-3 anni", "Brera (2)", 1), r"line 15.*age class '0-3 anni' is not known"),
        (("0-2 anni", "Duomo (1)", 1), r"line 15.*stands twice, first on line 2"),
        (("0-2 anni", "Brera (2)", -1), r"line 15, column Residenti: '-1' is below 0"),
        (("0-2 anni", "Brera (2)", "NaN"), r"line 15, column Residenti: 'NaN' is not a number"),
    ],
)
def test_a_wrong_age_row_is_named(tmp_path, row, said):
    with pytest.raises(InputError, match=said):
        comune.read_ages(ages(tmp_path, [*all_classes("Duomo (1)"), row]))


def test_an_age_class_that_never_occurs_is_named(tmp_path):
    with pytest.raises(InputError, match="85 anni e più does not occur"):
        comune.read_ages(ages(tmp_path, all_classes("Duomo (1)")[:-1]))


def test_more_foreign_than_residents_is_refused(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("ID_NIL,pop_2021,stranieri_2021\n1,10,3.0\n2,5,6\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"s\.csv, line 3.*6 foreign among 5 residents"):
        comune.read_foreign(path)


def households(tmp_path, header, *rows, encoding="utf-8"):
    path = tmp_path / "f.csv"
    path.write_bytes("\n".join([header, *rows]).encode(encoding))
    return path


HOUSEHOLD_HEADER = (
    "ID_NIL,latestYear,tipologie|Single,tipologie|Monogenitore con almeno un figlio minorenne,"
    "classiEta|Da 18 a 34 anni,classiEta|Da 65 a 79 anni,classiEta|80 anni e più"
)


def test_households_of_another_year_are_left_out_and_named(tmp_path):
    path = households(tmp_path, HOUSEHOLD_HEADER, "1,2021,3,1,2,1,1", "8,2019,2,,2,,")
    table = comune.read_households(path)
    assert table.loc[1].tolist() == [4, 3, 1, 2]
    assert table.attrs["other_years"] == {8: 2019}


def test_headers_decoded_twice_are_mended_and_named(tmp_path):
    twice = HOUSEHOLD_HEADER.encode("utf-8").decode("latin-1")
    table = comune.read_households(households(tmp_path, twice, "1,2021,3,,1,1,1"))
    assert table.loc[1, "head_65_and_over"] == 2
    assert table.attrs["mended_columns"] == ["classiEta|80 anni e piÃ¹"]


def test_households_that_do_not_add_up_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"line 2: 3 households by type, 4 by age"):
        comune.read_households(households(tmp_path, HOUSEHOLD_HEADER, "1,2021,3,,1,1,2"))


def test_a_suppressed_number_is_dropped_whatever_its_end_date_says(tmp_path):
    path = civics(
        tmp_path,
        "3;1;21;1;1;2;;45,46;9,18",
        "1;1;19;;1;2;0;45,47;9,19",
        "2;1;17;2;0;4;;45,47;9,19",
        "4;1;15;2;1;99;;45,47;9,19",
        "5;1;13;2;1;2;20120101;45,47;9,19",
    )
    table = comune.read_civics(path, crs=CRS, extent=EXTENT)
    assert table["id"].tolist() == [1, 2, 3, 5]
    assert table["residential"].tolist() == [True, False, True, True]
    assert table["municipio"].isna().tolist() == [True, False, False, False]
    assert (table.attrs["suppressed"], table.attrs["live_with_end_date"]) == (1, 1)


def test_a_civic_number_with_swapped_coordinates_is_named(tmp_path):
    path = civics(tmp_path, "3;1;21;1;1;2;;9,18;45,46")
    with pytest.raises(InputError, match=r"line 2, column LONG_WGS84, LAT_WGS84: .*swapped"):
        comune.read_civics(path, crs=CRS, extent=EXTENT)


KINDS = "ID;CODICE;DESC_ESTESA;DESC_ABBREVIATA\n1;1;Via;Via\n2;3;Piazza;Pza"
STREETS = "CODICE_VIA;TIPO;DENOMINAZIONE;DESCRITTIVO;ANNCSU;OPENSTREETMAP"


def register(tmp_path, *rows, kinds=KINDS):
    path = tmp_path / "register.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("VIARIO_20200302.CSV", "\n".join([STREETS, *rows]).encode("latin-1"))
        archive.writestr("TIPOVIA.CSV", kinds.encode("latin-1"))
    return path


def test_a_street_is_listed_and_written(tmp_path):
    rows = "7;1;PAREA CARLO;CARLO PAREA;CARLO PAREA;", "3;3;DUOMO (DEL);;DEL DUOMO;DEL DUOMO"
    table = comune.read_street_register(register(tmp_path, *rows))
    assert table.index.tolist() == [3, 7]
    assert table["kind"].tolist() == ["Piazza", "Via"]
    assert table["written"].tolist() == ["DUOMO (DEL)", "CARLO PAREA"]
    assert table.attrs["listed_alone"] == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("7;9;PAREA CARLO;;;",), r"line 2, column TIPO: '9' is no kind of street"),
        (("7;1;;CARLO PAREA;;",), r"line 2, column DENOMINAZIONE: the name is missing"),
        (("7;1;A;A;;", "7;1;B;B;;"), r"line 3, column CODICE_VIA: 7 stands twice"),
        (("x;1;A;A;;",), r"line 2, column CODICE_VIA: 'x' is not a number"),
    ],
)
def test_a_street_that_is_not_told_is_named(tmp_path, rows, said):
    with pytest.raises(InputError, match=said):
        comune.read_street_register(register(tmp_path, *rows))


def test_the_published_totals_come_out(sources):
    table = comune.read_ages(sources / "comune/eta_nil_2021.csv")
    assert table.to_numpy().sum() == 1_386_285
    assert table.loc[:, "65-74 anni":].to_numpy().sum() == 311_777
    assert table.loc[:, "75-84 anni":].to_numpy().sum() == 178_374
    assert table["85 anni e più"].sum() == 60_109
    assert table.attrs["encoding"] == "cp1252"
    assert table.attrs["absent_rows"] == 3
    assert sorted(set(range(1, 89)) - set(table.index)) == [8]
    foreign = comune.read_foreign(sources / "comune/stranieri_nil_2021.csv")
    assert foreign["foreign"].sum() == 280_819
    assert foreign["residents"].drop(8).equals(table.sum(axis=1))
    homes = comune.read_households(sources / "comune/famiglie_nil_2021.csv")
    assert homes["households"].sum() == 706_915
    assert homes["single_person"].sum() == 335_921
    assert homes.attrs["other_years"] == {8: 2019}


def test_zones_and_addresses_are_complete(sources):
    nil = comune.read_nil(sources / "comune/ds964_nil_wm.geojson", crs=CRS, extent=EXTENT)
    assert nil["id"].tolist() == list(range(1, 89))
    assert nil.area.sum() / 1e6 == pytest.approx(181.76, abs=0.005)
    municipi = comune.read_municipi(
        sources / "comune/ds379_municipi_label.geojson", crs=CRS, extent=EXTENT
    )
    assert municipi["id"].tolist() == list(range(1, 10))
    assert municipi.area.sum() / 1e6 == pytest.approx(181.76, abs=0.005)
    numbers = comune.read_civics(
        sources / "comune/ds634_civici_20200302.zip", crs=CRS, extent=EXTENT
    )
    assert numbers.attrs["rows_read"] == 63_046
    assert (len(numbers), numbers["residential"].sum()) == (60_693, 47_632)


def test_lanes_areas_and_cool_spaces_are_complete(sources):
    lanes = comune.read_bike_lanes(
        sources / "comune/ds60.bike_ciclabili.geojson", crs=CRS, extent=EXTENT
    )
    assert len(lanes) == 2334
    assert lanes.length.sum() == pytest.approx(lanes["lunghezza"].sum(), rel=0.001)
    areas = comune.read_traffic_areas(
        sources / "comune/ds51.disciplina_aree.geojson", crs=CRS, extent=EXTENT
    )
    assert areas["tipo"].value_counts()[["AP", "ZTL"]].tolist() == [104, 52]
    assert areas.attrs["repaired"] == 3
    assert areas.is_valid.all()
    spaces = comune.read_cool_spaces(
        sources / "comune/ds3017_spazi_freschi_case_di_quartiere.csv", crs=CRS, extent=EXTENT
    )
    assert len(spaces) == 34
    assert spaces["cool_space_hours"].notna().all()
    assert spaces["air_conditioning"].sum() > 0
