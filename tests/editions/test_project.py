"""What a city.toml says is read as it is written, and what is wrong in it is named by its line."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.editions.project import Project, read_project, slug_of
from quartieri15.editions.project_files import METHODS
from quartieri15.errors import InputError, MissingFileError, ParameterError, Quartieri15Error

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
name = "Forlì"

[streets]
file = "osm/forli.osm.pbf"
vintage = "2026-11-01"

[zones.quartieri]
file = "zones/quartieri.geojson"
id = "COD"
counts = { residents = "POP", over65 = "P65" }
licence = "CC BY 4.0"

[zones.districts]
file = "zones/districts.gpkg"
layer = "d"

[[places]]
file = "places/houses.csv"
kind = "community_house"
network = "houses"
kind_column = "tipo"

[[places]]
file = "osm/forli.osm.pbf"
tags = { amenity = ["library"] }

[residents]
method = "buildings"

[residents.buildings]
file = "zones/buildings.gpkg"
levels = "piani"
"""


def read(folder: Path, text: str) -> Project:
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return read_project(folder)


def test_everything_is_read_with_its_default(tmp_path: Path) -> None:
    project = read(tmp_path, WHOLE)
    assert (project.name, project.slug, project.crs) == ("Forlì", "forli", None)
    assert project.method == "buildings"
    files = project.files
    assert list(files) == [
        "streets",
        "zones.quartieri",
        "zones.districts",
        "places.1",
        "places.2",
        "residents.buildings",
    ]
    assert files["streets"].path == tmp_path / "osm" / "forli.osm.pbf"
    assert files["streets"].licence == "© OpenStreetMap contributors, ODbL 1.0"
    quarters = files["zones.quartieri"]
    assert quarters.columns == {
        "id": "COD",
        "name": "name",
        "residents": "POP",
        "over65": "P65",
    }
    assert project.counts == {"quartieri": quarters}
    assert quarters.vintage == "not stated"
    assert files["places.1"].columns == {"kind": "tipo"}
    assert files["places.2"].settings == {"tags": {"amenity": ["library"]}}
    assert files["residents.buildings"].columns == {"levels": "piani"}
    assert project.vintages["streets"] == "2026-11-01"
    assert project.licences["zones.quartieri"] == "CC BY 4.0"


def test_a_list_of_people_stands_beside_its_zones(tmp_path: Path) -> None:
    text = WHOLE.replace('id = "COD"\n', 'id = "COD"\ncounts_file = "p.csv"\ncounts_id = "z"\n')
    project = read(tmp_path, text)
    assert project.counts["quartieri"].path.name == "p.csv"
    assert project.counts["quartieri"].columns == {"id": "z", "residents": "POP", "over65": "P65"}
    assert project.zones["quartieri"].columns == {"id": "COD", "name": "name"}


def test_missing_files_are_named_with_their_lines(tmp_path: Path) -> None:
    project = read(tmp_path, WHOLE)
    with pytest.raises(MissingFileError) as caught:
        project.require_files()
    for said in (
        "6 files are missing",
        "houses.csv (city.toml, line 18, key places.1.file)",
        "buildings.gpkg (city.toml, line 31, key residents.buildings.file)",
    ):
        assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('vintage = "2026', 'vintge = "2026', "line 5, key streets.vintge: the key 'vintge' is un"),
        ("2026-11-01", '2026-11-01" "', "it is no TOML: "),
        ('name = "Forlì"', "", "key name: the key 'name' is missing"),
        ('name = "Forlì"', "name = 7", "line 1, key name: it is 7, and a text is needed"),
        ('name = "Forlì"', 'name = " "', "line 1, key name: it is blank"),
        ('name = "Forlì"', 'name = "北京"', "key slug: '' cannot stand in names of files"),
        ('name = "Forlì"', 'name = "x"\ncrs = "EPSG:4326"', "line 2, key crs: coordinates are in"),
        ('name = "Forlì"', 'name = "x"\ncrs = "EPSG:3857"', "web mercator"),
        ('name = "Forlì"', 'name = "x"\ncrs = "moon"', "is no coordinate reference system"),
        ("residents = ", "residenti = ", "key zones.quartieri.counts.residenti: the group 'resid"),
        ('residents = "POP", ', "", "the group residents is missing, of which all others are part"),
        (
            'over65 = "P65"',
            'over65 = "POP"',
            "key zones.quartieri.counts.over65: the column 'POP' is named here and as zones.quar",
        ),
        ('over65 = "P65"', 'over65 = "COD"', "'COD' is named here and as zones.quartieri.id"),
        (
            'id = "COD"',
            'id = "COD"\ncounts_file = "p.csv"\ncounts_id = "P65"',
            "'P65' is named here and as zones.quartieri.counts_id",
        ),
        (
            'kind = "community_house"',
            'kind = "x"\nlon = "lat"',
            "places.1.lat: the column 'lat' is named here and as places.1.lon",
        ),
        (
            'kind = "community_house"',
            'kind = "x"\nlon = "x"\nlat = "x"',
            "line 21, key places.1.lat: the column 'x' is named here and as places.1.lon",
        ),
        (
            "[residents.buildings]",
            '[residents.civic_numbers]\nfile = "c"\nstreet = "id"\n[residents.buildings]',
            "line 32, key residents.civic_numbers.street: the column 'id' is named here and as",
        ),
        ('"POP"', '""', "line 10, key zones.quartieri.counts.residents: it is blank"),
        ("counts = {", "# counts = {", "line 7, key zones: no set of zones has counts of people"),
        ("[zones.quartieri]", "[zones.city]", "'city' cannot name a set of zones"),
        ("forli.osm.pbf", "forli.shp", "line 4, key streets.file: forli.shp is no file of OpenStr"),
        ('kind = "community_house"', "", "line 17, key places.1.kind: the kind is missing"),
        ('tags = { amenity = ["library"] }', "", "line 24, key places.2.file: a file of OpenStr"),
        ('method = "buildings"', 'method = "bilding"', "key residents.method: 'bilding' is no me"),
        ("[residents.buildings]", "[residents.houses]", "key residents.houses: the key 'houses'"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in WHOLE
    with pytest.raises(InputError) as caught:
        read(tmp_path, WHOLE.replace(old, new, 1))
    assert said in str(caught.value)
    assert "city.toml" in str(caught.value)
    assert caught.value.mend


def test_a_mark_at_the_beginning_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert read_project(tmp_path / "city.toml").name == "Forlì"
    (tmp_path / "city.toml").write_bytes(WHOLE.encode("cp1252"))
    with pytest.raises(InputError, match="no text in UTF-8"):
        read_project(tmp_path)


@pytest.mark.parametrize("text", ["a = " + "[" * 9000, "a = " + "9" * 5000, "a" * 2_000_000])
def test_what_would_fill_a_machine_is_refused(tmp_path, text):
    (tmp_path / "city.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"no TOML|longer than"):
        read_project(tmp_path)


def test_no_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"there is no city.toml.*quartieri15 new NAME"):
        read_project(tmp_path)
    for wrong in (None, 7, ""):
        with pytest.raises(ParameterError):
            read_project(wrong)


@given(text=st.text(max_size=200) | st.sampled_from(WHOLE.splitlines()))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "city.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(Quartieri15Error):
        assert read_project(folder).name


@given(name=st.text(max_size=40))
def test_a_slug_can_stand_in_names_of_files(name: str) -> None:
    assert re.fullmatch("[a-z0-9-]*", slug_of(name))


def test_area_needs_no_file() -> None:
    assert METHODS[-1] == "area"
