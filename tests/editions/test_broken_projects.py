"""Law: what a planner gets wrong is told by file, row, column and mend, by the check and the build.

Neither ends in a trace, and nothing is built of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

import quartieri15 as q15
from quartieri15.errors import Quartieri15Error
from quartieri15.progress import quiet
from tests.ascii_city import CRS, ORIGIN
from tests.editions.raw_town import CITY_TOML, ZONES, box, degrees, geojson, write_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CIVICS = (
    '\n[residents.civic_numbers]\nfile = "civici.csv"\nid = "cod"\nstreet = "via"\n'
    'number = "civico"\n'
)


def civics(*rows: str, toml: str = "") -> Callable[[Path], None]:
    """A project with civic numbers: three that are right, and these."""

    def write(project: Path) -> None:
        write_project(project, toml=CITY_TOML + CIVICS + toml)
        good = [f"{n};Via AB;{n};{position(x)}" for n, x in ((1, 30), (2, 70), (3, 130))]
        text = "\n".join(["cod;via;civico;lon;lat", *good, *rows]) + "\n"
        (project / "civici.csv").write_text(text)

    return write


def position(x: float, y: float = -30) -> str:
    """Degrees of a point of the town, as a list in Italian writes them."""
    point = degrees(shapely.Point(ORIGIN[0] + x, ORIGIN[1] + y))
    return f"{point.x:.7f};{point.y:.7f}".replace(".", ",")


def town(**files: Any) -> Callable[[Path], None]:
    return lambda project: write_project(project, **files) and None


def replaced(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """The town, with other bytes in one of its files."""

    def write(project: Path) -> None:
        write_project(project)
        (project / name).write_bytes(change((project / name).read_bytes()))

    return write


def layer(change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Callable[[Path], None]:
    """The town, with its zones as a GeoPackage in which something is changed."""

    def write(project: Path) -> None:
        write_project(project, toml=CITY_TOML.replace("zones.geojson", "zones.gpkg"))
        change(gpd.read_file(project / "zones.geojson")).to_file(project / "zones.gpkg")

    return write


def swapped(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return zones.set_geometry(shapely.transform(zones.geometry.array, lambda xy: xy[:, ::-1]))


def zones_north_before_east(project: Path) -> None:
    layer(swapped)(project)
    toml = project / "city.toml"
    toml.write_text(f'crs = "EPSG:32632"\n{toml.read_text()}')


def renumbered(raw: bytes) -> bytes:
    """Counts in the zones' file, one of which was read of 1.234 as a number."""
    document = json.loads(raw)
    for feature, count in zip(document["features"], (412, 1.234), strict=True):
        feature["properties"]["tutti"] = count
    return json.dumps(document).encode()


def own_counts(project: Path) -> None:
    toml = CITY_TOML.replace('counts_file = "people.csv"\n', "").replace(', over65 = "anziani"', "")
    write_project(project, toml=toml)
    file = project / "zones.geojson"
    file.write_bytes(renumbered(file.read_bytes()))


def folder_for_file(project: Path) -> None:
    write_project(project)
    (project / "houses.csv").unlink()
    (project / "houses.csv").mkdir()


def weighed(
    project: Path, method: str, more: str, shapes: dict[str, shapely.Polygon] | None = None
) -> None:
    """The town, with a layer that shall say where people live."""
    write_project(
        project, toml=f'{CITY_TOML}\n[residents.{method}]\nfile = "land.geojson"\n{more}\n'
    )
    (project / "land.geojson").write_text(geojson(shapes or ZONES))


HERE = position(30)
SWAPPED = ";".join(reversed(HERE.split(";")))
METRES = f"{ORIGIN[0] + 30:.1f};{ORIGIN[1] - 30:.1f}".replace(".", ",")
PEOPLE = "id,tutti,anziani\n"

BROKEN: dict[str, tuple[Callable[[Path], None], tuple[str, str, str, str], str]] = {
    "zeros that a spreadsheet took": (
        town(
            zones={"0101": ZONES["1"], "0102": ZONES["2"]}, people=PEOPLE + "101,300,60\n102,9,0\n"
        ),
        ("zones.written_otherwise", "people.csv", "", "id"),
        "'0101' of zones.geojson, column id, is '101', which differs in leading zeros",
    ),
    "ids of some zones that became decimals": (
        town(people=PEOPLE + "1,300,60\n2.0,90,9\n"),
        ("zones.written_otherwise", "people.csv", "", "id"),
        "people.csv, line 3, column id: the ids of 1 of 2 zones are written otherwise",
    ),
    "a code that a spreadsheet shortened": (
        town(people="id;tutti;anziani\n1;300;60\n1,5146E+11;90;9\n"),
        ("files.refused", "people.csv", "line 3", "id"),
        "is what a spreadsheet makes of a long number",
    ),
    "a thousand that became one": (
        own_counts,
        ("files.refused", "zones.geojson", "feature 1", "tutti"),
        "1.234 may have been read of a thousands separator. Mend: write 1234",
    ),
    "a civic number elsewhere": (
        civics("4;Via AB;4;12,5;41,9"),
        ("files.refused", "civici.csv", "line 5", "lon, lat"),
        "Mend: correct it, or leave out what lies outside: outside = 'leave_out'",
    ),
    "a civic number north before east": (
        civics(f"4;Via AB;4;{SWAPPED}"),
        ("files.refused", "civici.csv", "line 5", "lon, lat"),
        "the two are swapped. Mend: swap them",
    ),
    "a civic number in metres": (
        civics(f"4;Via AB;4;{METRES}"),
        ("files.refused", "civici.csv", "line 5", "lon, lat"),
        "are no degrees. Mend: say the right CRS: in EPSG:32632 it lies in Paese",
    ),
    "civic numbers in another CRS than is said": (
        civics(toml='crs = "EPSG:32632"\n'),
        ("files.refused", "civici.csv", "", ""),
        "look like degrees. Mend: say EPSG:4326",
    ),
    "a CRS that nobody knows": (
        civics(toml='crs = "EPSG:99999"\n'),
        ("project.refused", "city.toml", "line 24", "residents.civic_numbers.crs"),
        "'EPSG:99999' is no coordinate reference system that is known",
    ),
    "a civic number without a number": (
        civics("4;Via AB;9,1"),
        ("files.refused", "civici.csv", "line 5", ""),
        "3 fields where the header has 5",
    ),
    "a civic number that stands twice": (
        civics(f"1;Via AB;1;{HERE}"),
        ("files.refused", "civici.csv", "line 5", "cod"),
        "'1' stands twice, first in line 2. Mend: give every civic number its own id",
    ),
    "a CRS of another country": (
        town(toml=f'crs = "EPSG:27700"\n{CITY_TOML}'),
        ("project.crs", "city.toml", "line 1", "crs"),
        "write crs = 'EPSG:32632' (WGS 84 / UTM zone 32N), or leave the key out",
    ),
    "zones north before east": (
        zones_north_before_east,
        ("project.crs", "city.toml", "line 1", "crs"),
        "the coordinates of the zones look swapped: write east, then north",
    ),
    "zones in metres said to be degrees": (
        layer(lambda zones: zones.to_crs(CRS).set_crs(4326, allow_override=True)),
        ("files.refused", "zones.gpkg", "", ""),
        "zones.gpkg: the coordinates lie nowhere on earth in EPSG:4326",
    ),
    "zones of another city": (
        layer(lambda zones: zones.to_crs(CRS).set_crs(32633, allow_override=True)),
        ("files.refused", "town.osm", "", ""),
        "no street touches the area, which lies within 15.",
    ),
    "streets that end before the city does": (
        town(
            zones={**ZONES, "3": box(3000, -130, 3100, 50)},
            people=PEOPLE + "1,300,60\n2,90,9\n3,5000,9\n",
        ),
        ("streets.cut", "town.osm", "", ""),
        "no street is within 1000 m of 1 of 3 zones with people: 3 (Zona 3)",
    ),
    "land use of other classes": (
        lambda project: weighed(project, "landuse", 'class = "name"'),
        ("project.people", "land.geojson", "", "name"),
        "none of the 2 areas is of a class with homes, residential (there are: Zona 1, Zona 2)",
    ),
    "buildings of elsewhere": (
        lambda project: weighed(project, "buildings", "", {"1": box(9000, 0, 9010, 10)}),
        ("project.people", "land.geojson", "", ""),
        "none of the 1 shapes is a building within 100 m of the zones",
    ),
    "a way that nothing tells": (
        town(toml=CITY_TOML + '\n[residents]\nmethod = "population_raster"\n'),
        ("project.people", "city.toml", "", "residents.method"),
        "the method is population_raster, and nothing in the files tells it",
    ),
    "a zone twice under two ids": (
        town(
            zones={**ZONES, "3": ZONES["1"].normalize()},
            people=PEOPLE + "1,300,60\n2,90,9\n3,300,60\n",
        ),
        ("files.refused", "zones.geojson", "feature 2", ""),
        "zone 3 has the outline of zone 1, feature 0",
    ),
    "a file of zones that is not UTF-8": (
        replaced("zones.geojson", lambda raw: raw.replace(b"Zona 1", "Città".encode("cp1252"))),
        ("files.encoding", "zones.geojson", "", ""),
        "zones.geojson: the text is not UTF-8",
    ),
    "a day that is none": (
        town(toml=CITY_TOML.replace('"2026"', '"31/02/2026"')),
        ("project.refused", "city.toml", "line 5", "streets.vintage"),
        "31/02/2026 is no day of the calendar",
    ),
    "a day without quotes": (
        town(toml=CITY_TOML.replace('"2026"', "2026-02-31")),
        ("project.refused", "city.toml", "line 5", ""),
        "city.toml, line 5: it is no TOML",
    ),
    "a folder in the place of a file": (
        folder_for_file,
        ("files.missing", "houses.csv", "", ""),
        "houses.csv (a folder; city.toml, line 15, key places.1.file)",
    ),
    "a city without places": (
        town(toml=CITY_TOML.partition("[[places]]")[0]),
        ("project.refused", "city.toml", "", "places"),
        "no places are named",
    ),
    "an empty city.toml": (
        replaced("city.toml", lambda _: b"\n"),
        ("files.empty", "city.toml", "", ""),
        "the key 'name' is missing",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_check_and_the_build_tell_the_same(tmp_path: Path, name: str) -> None:
    write, finding, said = BROKEN[name]
    project = tmp_path / "project"
    write(project)
    found = q15.check(project, progress=quiet)
    errors = found[found["severity"] == "error"]
    told = set(map(tuple, errors[["rule", "file", "row", "column"]].fillna("").to_numpy()))
    assert finding in told
    # One fault is told once, but for what follows: zones of elsewhere have no streets, and a zone
    # whose row is refused has no row.
    assert told <= {
        finding,
        ("files.refused", "town.osm", "", ""),
        ("zones.without_residents", "people.csv", "", "id"),
    }
    assert "unreadable" not in " ".join(found["rule"])
    with pytest.raises(Quartieri15Error) as caught:
        q15.build(project, out=tmp_path / "city")
    assert said in str(caught.value)
    assert caught.value.mend
    assert not (tmp_path / "city").exists()


def test_what_is_only_odd_is_a_warning_and_built(tmp_path: Path) -> None:
    beyond = civics(
        f"4;Via AB;4;{position(500)}", "5;Via AB;5;12,5;41,9", toml='outside = "leave_out"\n'
    )
    beyond(tmp_path / "project")
    toml = tmp_path / "project" / "city.toml"
    toml.write_text(f'crs = "EPSG:32633"\n{toml.read_text()}')
    found = q15.check(tmp_path / "project", progress=quiet)
    warned = found[found["severity"] != "note"].set_index("rule")
    assert set(warned.index) == {"project.crs", "addresses.outside_zones"}
    assert warned.loc["addresses.outside_zones", ["row", "column"]].tolist() == [
        "line 5",
        "lon, lat",
    ]
    assert "1 of 4 civic numbers lie in no zone" in warned.loc["addresses.outside_zones", "problem"]
    assert "0.2% off; it is made for Between 12°E and 18°E" in warned.loc["project.crs", "problem"]
    city = q15.load(q15.build(tmp_path / "project", out=tmp_path / "city"))
    told = city.provenance["left_out"]["residents"]
    assert told["civic_numbers"]["outside_streets"] == 1
    assert told["outside_all_zones"]["civic_numbers"] == 1
    assert city.residents["residents"].sum() == pytest.approx(390)
    assert len(city.addresses) == 4


def test_a_file_is_of_one_year_however_often_it_is_named(tmp_path: Path) -> None:
    more = (
        '\n[[services]]\nfile = "houses.csv"\nkind = "bar"\nvintage = "2019"\n'
        '\n[[services]]\nfile = "./houses.csv"\nkind = "club"\nvintage = "2019"\nid = "name"\n'
    )
    project = write_project(tmp_path / "project", toml=CITY_TOML + more)
    out = q15.build(project, out=tmp_path / "city")
    for folder in (project, out):
        found = q15.check(folder, progress=quiet)
        years = found[found["rule"] == "vintages.year"]["problem"].tolist()
        assert years == [
            "of 2019: houses.csv",
            "of 2025: zones.geojson, people.csv",
            "of 2026: town.osm",
        ]
        assert not (found["rule"] == "vintages.not_stated").any()
    line = q15.load(out).provenance["licence_line"]
    assert line.endswith("of 1 other files the licence is not stated")


def test_a_zone_without_a_civic_number_is_told(tmp_path: Path) -> None:
    civics()(tmp_path)
    file = tmp_path / "civici.csv"
    file.write_text("\n".join(file.read_text().splitlines()[:-1]) + "\n")
    found = q15.check(tmp_path, progress=quiet).set_index("rule")
    assert (
        "in 1 zones civic_numbers knows no place where people live, and buildings is taken: Zona 2"
        in found.loc["project.other_way", "problem"]
    )
