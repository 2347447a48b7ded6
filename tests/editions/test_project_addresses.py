"""Law: a place whose list states an address stands at that civic number, or nowhere.

What is not found for sure is told with its row and what it may mean, by ``build`` as by ``check``,
and nothing is built; nobody's position is guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import shapely

import quartieri15 as q15
from quartieri15.editions.checking.folder import check
from quartieri15.errors import InputError, Quartieri15Error, RefusedRowsError
from quartieri15.model.geocoding.geocode import SAFE, geocode
from quartieri15.progress import quiet
from tests.editions.raw_town import CITY_TOML, HOMES, box, degrees, write_project

if TYPE_CHECKING:
    from pathlib import Path

CIVIC = '\n[residents.civic_numbers]\nfile = "civici.csv"\n'
LIBRARIES = CITY_TOML + (
    '[[places]]\nfile = "libraries.csv"\nkind = "library"\nnetwork = "libraries"\n'
)
DOORS = {
    "c1": ("Via Carlo Parea", "13", box(20, -40, 21, -39).centroid),
    "c2": ("Via Carlo Parea", "15/A", box(60, -40, 61, -39).centroid),
    "c3": ("Via Pietro Boifava", "10", box(120, -40, 121, -39).centroid),
    "c4": ("Via Roma", "1", box(10, -5, 11, -4).centroid),
    "c5": ("Via Roma", "1", box(280, -80, 281, -79).centroid),
}


def project(folder: Path, libraries: str, *, how: str, civic: bool = True, **more: Any) -> Path:
    """The town with a list of libraries, and a register of five doors."""
    toml = LIBRARIES + how + "\n" + (CIVIC if civic else "")
    write_project(folder, toml=toml, **more)
    (folder / "libraries.csv").write_text(libraries, encoding="utf-8")
    rows = ["id,street,number,lon,lat"]
    for own, (street, number, shape) in DOORS.items():
        point = degrees(shape)
        rows.append(f"{own},{street},{number},{point.x:.8f},{point.y:.8f}")
    (folder / "civici.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def refusals(folder: Path) -> list[tuple[str, str, str]]:
    found = check(folder, progress=quiet)
    found = found[found["severity"] == "error"]
    return list(found[["file", "row", "problem"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("header", "how", "rows"),
    [
        (
            "name,address",
            'address = "address"',
            ["Rho,Via Carlo Parea 13", "Pi,v. P. Boifava n.10"],
        ),
        (
            "name;via;civico",
            'street = "via"\nnumber = "civico"',
            ["Rho;PAREA CARLO;13", "Pi;Via Pietro Boifava;10"],
        ),
    ],
)
def test_places_stand_at_the_civic_numbers_of_their_addresses(
    tmp_path: Path, header: str, how: str, rows: list[str]
) -> None:
    folder = project(tmp_path / "project", "\n".join([header, *rows, ""]), how=how)
    assert refusals(folder) == []
    city = q15.load(q15.build(folder, out=tmp_path / "city"))
    libraries = city.places_named("libraries").set_index("id")
    assert libraries.index.tolist() == ["Rho", "Pi"]
    assert libraries["location_precision"].tolist() == ["civic", "civic"]
    for name, door in {"Rho": "c1", "Pi": "c3"}.items():
        assert libraries.geometry[name].distance(DOORS[door][2]) < 0.02
    # A list with positions says nothing of how they were found.
    assert city.houses["location_precision"].isna().all()
    assert city.houses["address"].isna().all()
    told = city.provenance["left_out"]["places"]["places.2"]
    assert told["found_by_address"] == 2
    found = geocode(city, "Via Carlo Parea 15A")
    assert found["precision"].tolist() == ["civic"]


def test_what_is_not_found_for_sure_is_told_row_by_row_and_never_built(tmp_path: Path) -> None:
    rows = [
        "name,address,lon,lat",
        "Rho,Via Carlo Parea 13,,",
        "Tau,Via Carlo Paera 13,,",
        "Phi,Via Pietro Boifava 12,,",
        "Chi,Via Roma 1,,",
        "Psi,Piazza Che Non È 4,,",
    ]
    folder = project(tmp_path / "project", "\n".join([*rows, ""]), how='address = "address"')
    with pytest.raises(RefusedRowsError, match="4 of 5 addresses are not found for sure") as told:
        q15.build(folder, out=tmp_path / "city")
    assert not (tmp_path / "city").exists()
    assert "libraries.csv: 4 of 5 addresses are not found for sure. line 3, col" in str(told.value)
    by_build = [
        ("libraries.csv", re.search(r"line \d+", str(one.where))[0], one.what)  # type: ignore[index]
        for one in told.value.each
    ]
    assert refusals(folder) == by_build
    lines, problems = zip(*((line, problem) for _, line, problem in by_build), strict=True)
    assert lines == ("line 3", "line 4", "line 5", "line 6")
    for problem, words in zip(
        problems,
        ("Via Carlo Parea 13 (0.8", "12 is not in the register", "at 2 points", "no street"),
        strict=True,
    ):
        assert words in problem
    assert "position" in str(told.value.mend)
    # A row that is refused is mended by what the message asks for.
    point = degrees(box(100, -60, 101, -59).centroid)
    mended = [
        *rows[:2],
        "Tau,Via Carlo Parea 15/A,,",
        f"Psi,Piazza,{point.x:.7f},{point.y:.7f}",
        "",
    ]
    (folder / "libraries.csv").write_text("\n".join(mended), encoding="utf-8")
    city = q15.load(q15.build(folder, out=tmp_path / "city"))
    libraries = city.places_named("libraries").set_index("id")
    assert libraries["location_precision"].to_dict() == {
        "Rho": "civic",
        "Tau": "civic",
        "Psi": "point",
    }


@pytest.mark.parametrize("role", ["places", "services"])
def test_a_position_far_from_the_address_beside_it_is_told(tmp_path: Path, role: str) -> None:
    near, far = degrees(box(120, -40, 121, -39).centroid), degrees(box(270, -80, 271, -79).centroid)
    rows = [
        "name,address,lon,lat",
        f"Rho,Via Carlo Parea 13,{far.x:.7f},{far.y:.7f}",
        f"Pi,Via Pietro Boifava 10,{near.x:.7f},{near.y:.7f}",
        f"Tau,Piazza Che Non È 4,{near.x:.7f},{near.y:.7f}",
        # The number stands at two doors, and this is at the second.
        f"Chi,Via Roma 1,{far.x:.7f},{far.y:.7f}",
    ]
    folder = project(tmp_path / "project", "\n".join([*rows, ""]), how='address = "address"')
    toml = folder / "city.toml"
    text = toml.read_text(encoding="utf-8")
    if role == "services":
        at = text.index('[[places]]\nfile = "libraries.csv"')
        text = text[:at] + text[at:].replace("[[places]]", "[[services]]", 1)
        toml.write_text(text.replace('network = "libraries"\n', ""), encoding="utf-8")
    found = check(folder, progress=quiet)
    found = found[found["rule"].str.startswith("addresses.")]
    ((rule, severity, row, problem),) = found[["rule", "severity", "row", "problem"]].to_numpy()
    assert (rule, severity, row) == ("addresses.far", "warning", "Rho")
    assert "it stands 253 m from Via Carlo Parea 13 (score 1.00)" in problem
    assert refusals(folder) == []


def test_a_number_at_two_doors_is_never_sure(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", "name,address\nA,Via Roma 1\n", how='address="address"')
    with pytest.raises(InputError, match="at 2 points up to 2") as told:
        q15.build(folder, out=tmp_path / "city")
    # It is written as the civic numbers have it.
    assert told.value.mend == "give this row a position, in the columns lon and lat"
    (folder / "libraries.csv").write_text("name,address\nA,Via Carlo Parea 13\n")
    city = q15.load(q15.build(folder, out=tmp_path / "city"))
    found = geocode(city, "Via Roma 1").iloc[0]
    assert found["score"] < SAFE


def with_doors(shapes: dict[str, Any]) -> tuple[Any, ...]:
    return (
        *HOMES,
        *(
            (shape, {"building": "yes", "addr:street": "Via AB", "addr:housenumber": number})
            for number, shape in shapes.items()
        ),
    )


def test_without_a_register_the_addresses_of_openstreetmap_do(tmp_path: Path) -> None:
    # The last of them lies beyond the zones: another town's.
    doors = with_doors({"3;5": box(22, 5, 32, 15), "9": box(20, 60, 30, 70)})
    folder = project(
        tmp_path / "project",
        "name,address\nRho,Via AB 5\n",
        how='address = "address"',
        civic=False,
        areas=doors,
    )
    assert refusals(folder) == []
    city = q15.load(q15.build(folder, out=tmp_path / "city"))
    rho = city.places_named("libraries").geometry.iloc[0]
    assert box(22, 5, 32, 15).contains(rho)
    assert city.provenance["left_out"]["addresses"] == {
        "read": 3,
        "without_street": 0,
        "without_a_place": 0,
        "outside_the_zones": 1,
    }
    assert "addresses and places found by them" in (tmp_path / "city" / "LICENSES.md").read_text()
    # People live where they lived before: nobody named these numbers for that.
    assert city.provenance["left_out"]["residents"]["method"] == "buildings"
    (folder / "libraries.csv").write_text("name,address\nRho,Via AB 9\n")
    assert [row for _, row, _ in refusals(folder)] == ["line 2"]


def test_the_register_may_be_a_file_of_openstreetmap(tmp_path: Path) -> None:
    doors = with_doors({"3": box(22, 5, 32, 15), "5": box(122, 5, 132, 15)})
    folder = project(
        tmp_path / "project",
        "name,address\nRho,Via AB 5\n",
        how='address = "address"',
        civic=False,
        areas=doors,
    )
    toml = folder / "city.toml"
    toml.write_text(toml.read_text() + '[residents.civic_numbers]\nfile = "town.osm"\n')
    city = q15.load(q15.build(folder, out=tmp_path / "city"))
    assert city.provenance["left_out"]["residents"]["method"] == "civic_numbers"
    assert set(city.residents["id"]) == set(city.addresses["id"])


def test_a_city_without_civic_numbers_says_so_and_how_to_name_them(tmp_path: Path) -> None:
    folder = project(
        tmp_path / "project", "name,address\nA,Via AB 5\n", how='address="address"', civic=False
    )
    with pytest.raises(InputError, match=r"no civic numbers") as told:
        q15.build(folder, out=tmp_path / "city")
    assert "[residents.civic_numbers]" in str(told.value.mend)
    assert [(file, problem) for file, _, problem in refusals(folder)] == [
        ("city.toml", told.value.what)
    ]
    toml = folder / "city.toml"
    toml.write_text(toml.read_text() + CIVIC.replace("civici", "absent"))
    found = check(folder, progress=quiet)
    assert found[found["severity"] == "error"]["rule"].tolist() == ["files.missing"]


@pytest.mark.parametrize(
    ("how", "libraries", "message"),
    [
        (
            'street = "via"',
            "name,via\nA,b\n",
            r"street do not name .* street = 'COLUMN' and number",
        ),
        ('address="a"\nstreet="b"\nnumber="c"', "name,a\nA,b\n", "address and street and number"),
        ('address = "dove"', "name,address\nA,b\n", "column dove is missing"),
        (
            'address = "address"',
            "name,address\nA,\n",
            "line 2, column address: there is no address",
        ),
        ('address = "address"', "name,address,lon,lat\nA,b,9.1,\n", "half of the position"),
        (
            'address = "address"',
            "name,address\nA,Via Carlo Parea 13\nA,Via Pietro Boifava 10\n",
            "line 3, column name: 'A' stands twice, first in line 2.*add a column of ids",
        ),
        ('address = "email"', "name,email\nA,b\n", "personal data"),
        ('address = "address"', "name,address\n", "there is no row in it"),
    ],
)
def test_a_list_that_says_no_address_is_refused_where_it_is_wrong(
    tmp_path: Path, how: str, libraries: str, message: str
) -> None:
    folder = project(tmp_path / "project", libraries, how=how)
    with pytest.raises(Quartieri15Error, match=message):
        q15.build(folder, out=tmp_path / "city")


def test_a_layer_has_positions_of_its_own(tmp_path: Path) -> None:
    toml = LIBRARIES.replace("libraries.csv", "libraries.geojson") + 'address = "address"\n'
    folder = write_project(tmp_path / "project", toml=toml)
    with pytest.raises(InputError, match=r"libraries.geojson has positions of its own"):
        q15.build(folder, out=tmp_path / "city")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("case.xlsx", r"case.xlsx is a file that ends in .xlsx, which is not .* save it as CSV"),
        ("case", r"case is a file whose name has no ending, which is not .* save it as CSV"),
        ("kept", r"kept is a folder. Mend: name the list in it, a CSV"),
    ],
)
def test_what_is_no_list_is_to_be_saved_as_one(tmp_path: Path, name: str, message: str) -> None:
    folder = project(tmp_path / "project", "", how='address = "address"')
    (folder / "kept").mkdir()
    toml = folder / "city.toml"
    text = toml.read_text(encoding="utf-8").replace("libraries.csv", name)
    toml.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        q15.build(folder, out=tmp_path / "city")
    assert [file for file, _, _ in refusals(folder)] == ["city.toml"]


def test_services_may_be_told_by_address_too(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", "name,address\nA,Via Carlo Parea 13\n", how="")
    toml = folder / "city.toml"
    toml.write_text(
        CITY_TOML
        + '[[services]]\nfile = "libraries.csv"\nkind = "library"\naddress = "address"\n'
        + CIVIC
    )
    city = q15.load(q15.build(folder, out=tmp_path / "city"))
    assert city.services["location_precision"].tolist() == ["civic"]
    assert isinstance(city.services.geometry.iloc[0], shapely.Point)
