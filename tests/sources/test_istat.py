"""Law: four census files joined by section give the census; an independent join agrees."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import pytest
import shapely

from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources import istat

CRS = "EPSG:32632"


@pytest.fixture(scope="module")
def sections(sources):
    return istat.read_sections(
        polygons=sources / "istat/ds98_sezioni_censimento_2011_shp.zip",
        totals=sources / "istat/istat_2011_milano.csv",
        ages=sources / "istat/eta_famiglie_sezioni_2011.json",
        indicators=sources / "istat/ds385_indicatori_sezioni_2011.csv",
        households=sources / "istat/ds383_famiglie_sezioni_2011.json",
        crs=CRS,
    )


def test_the_census_totals_come_out(sections):
    assert len(sections) == 6079
    ages = sections[list(istat.AGE_CLASSES)]
    assert (ages.sum(axis=1) == sections["residents"]).all()
    assert sections[["65-69", "70-74", "75-100"]].to_numpy().sum() == 310_064
    # 1,242,123 in all: 266 are in six sections that have no polygon.
    lost = sections.attrs["residents_without_polygon"]
    assert (lost, len(sections.attrs["without_polygon"])) == (266, 6)
    assert sections["residents"].sum() + lost == 1_242_123
    assert sections.attrs["residents_without_ages"] == 0


def test_an_independent_join_of_the_same_files_agrees(sections, sources):
    joined = istat.read_joined_sections(sources / "istat/sezioni_2011_joined.gpkg")
    joined = joined.set_index("SEZ").reindex(sections["section"])
    pairs = {
        "residents": "pop",
        "75-100": "eta_75+",
        "foreign": "stranieri_est",
        "over85": "o85_est",
        "over65_alone": "o65_soli_est",
        "households": "fam",
        "renting_households": "fam_affitto",
    }
    for ours, theirs in pairs.items():
        assert (sections[ours].to_numpy() == joined[theirs].fillna(0).to_numpy()).all(), ours
    apart = shapely.hausdorff_distance(sections.geometry.to_numpy(), joined.geometry.to_numpy())
    assert apart.max() < 0.001


def test_monte_mario_is_brought_over_as_the_comune_does(sources):
    """Every civic number is published in EPSG:3003 and in WGS 84: the two agree to 1 mm."""
    import pandas as pd

    with zipfile.ZipFile(sources / "comune/ds634_civici_20200302.zip") as archive:
        table = pd.read_csv(
            archive.open("CIVICI_20200302.CSV"), sep=";", decimal=",", encoding="latin-1"
        )
    ours = gpd.points_from_xy(table["GAUSSB_X"], table["GAUSSB_Y"], crs="EPSG:3003").to_crs(CRS)
    theirs = gpd.points_from_xy(table["LONG_WGS84"], table["LAT_WGS84"], crs=4326).to_crs(CRS)
    assert shapely.distance(ours, theirs).max() < 0.001


def shapefile(tmp_path, *, crs="EPSG:3003", numbers=(1, 2)):
    table = gpd.GeoDataFrame(
        {"SEZ": list(numbers)},
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(len(numbers))],
        crs=crs,
    )
    folder = tmp_path / "shp"
    folder.mkdir()
    table.to_file(folder / "a.shp")
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.iterdir():
            archive.write(part, f"folder (2)/{part.name}")
    return path


def test_a_shapefile_in_a_folder_inside_the_archive_is_found(tmp_path):
    table = istat.read_section_polygons(shapefile(tmp_path), crs=CRS)
    assert table["section"].tolist() == [1, 2]
    assert table.crs == CRS


def test_another_crs_or_a_double_section_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"s\.zip: the file states EPSG:4326, not EPSG:3003"):
        istat.read_section_polygons(shapefile(tmp_path, crs="EPSG:4326"), crs=CRS)


def test_a_double_section_is_refused(tmp_path):
    with pytest.raises(InputError, match="section 1 stands twice"):
        istat.read_section_polygons(shapefile(tmp_path, numbers=(1, 1)), crs=CRS)


def test_a_missing_archive_and_an_empty_one_say_so(tmp_path):
    with pytest.raises(MissingFileError, match="no such file"):
        istat.read_section_polygons(tmp_path / "none.zip", crs=CRS)
    path = tmp_path / "empty.zip"
    zipfile.ZipFile(path, "w").close()
    with pytest.raises(MissingFileError, match="0 shapefiles in the archive"):
        istat.read_section_polygons(path, crs=CRS)


def classes(**other):
    return dict.fromkeys(istat.AGE_CLASSES, 1) | other


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"sez": 1, "fasce": classes(**{"5-9": -1})}, r"record 0 \(section 1\), key '5-9': -1 is"),
        ({"sez": 1, "fasce": classes(**{"5-9": "x"})}, r"key '5-9': 'x' is not a whole number"),
        ({"sez": 1, "fasce": {"0-5": 1}}, r"record 0 \(section 1\): age class 5-9, .* is missing"),
        ({"fasce": None}, r"record 0, key 'sez': None is not a whole number"),
    ],
)
def test_a_wrong_age_record_is_named(tmp_path, record, said):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"indicatori": [record]}), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        istat.read_section_ages(path)


def test_sections_without_age_classes_are_left_out(tmp_path):
    path = tmp_path / "a.json"
    records = [{"sez": 1, "fasce": None}, {"sez": 2, "fasce": classes()}]
    path.write_text(json.dumps({"indicatori": records}), encoding="utf-8")
    assert istat.read_section_ages(path).index.tolist() == [2]


def test_a_section_of_another_comune_is_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("SEZ2011;P1\n151460000001;4\n151470000001;4\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.csv, line 3, column SEZ2011: .* not of comune 15146"):
        istat.read_section_totals(path)


def test_more_renting_than_households_is_refused(tmp_path):
    path = tmp_path / "h.json"
    record = {"Numero sezione": 1, "Famiglie residenti": 2, "Famiglie in alloggi in affitto": 3}
    path.write_text(json.dumps([record]), encoding="utf-8")
    with pytest.raises(InputError, match=r"h\.json, record 0: more households rent"):
        istat.read_section_households(path)
