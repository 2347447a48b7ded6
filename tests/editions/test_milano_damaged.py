"""Law: a raw file that is damaged stops the build with a word for people, or changes nothing.

Every raw file that is a table is damaged in every way of a list, and read by the step of the
recipe that reads it. What comes out is the project's own error, or the very tables that the file
as published gives. Free text that people wrote is not guarded: nothing tells one from another.
"""

from __future__ import annotations

import csv
import functools
import io
import itertools
import json
import os
import zipfile
import zlib

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pandas.testing import assert_frame_equal

from quartieri15.editions import loading
from quartieri15.editions import milano as edition
from quartieri15.editions import milano_earlier_people as earlier
from quartieri15.editions import milano_figures as figures
from quartieri15.editions import milano_people as people
from quartieri15.editions import milano_published as published
from quartieri15.editions import milano_services as services
from quartieri15.editions import milano_streets as streets
from quartieri15.errors import Quartieri15Error
from quartieri15.sources import comune, istat, tabular

SPACES = "comune/ds3017_spazi_freschi_case_di_quartiere.csv"
REGISTRY, INTERVENTIONS, ERP = (f"registry/{name}" for name in edition.EDITABLE)
FOUNTAINS, STOPS, METRO, RAIL = services.LISTS
HUGE = 10**9
# All of it takes a minute; a run of the suite tries a sixth, always the same.
EVERY_DAMAGE = bool(os.environ.get("QUARTIERI15_EVERY_DAMAGE"))
CIVICS_MEMBER = "CIVICI_20200302.CSV"

# Of both members that name the streets: the columns that the recipe reads.
REGISTER = {
    "VIARIO_20200302.CSV": (
        *("CODICE_VIA", "TIPO", "DENOMINAZIONE", "DESCRITTIVO", "ANNCSU", "OPENSTREETMAP"),
    ),
    "TIPOVIA.CSV": ("CODICE", "DESC_ESTESA"),
}

# Of every file: the columns that the recipe reads. Of every two of them the names are swapped.
TABLES = {
    people.AGES: ("Età (classi funzionali)", "NIL (Nuclei di Identità Locale)", "Residenti"),
    people.FOREIGN: ("ID_NIL", "pop_2021", "stranieri_2021"),
    people.HOUSEHOLDS: (
        *("ID_NIL", "latestYear", "tipologie|Single", "tipologie|Altre tipologie"),
        "tipologie|Monogenitore con almeno un figlio minorenne",
        *("classiEta|80 anni e più", "classiEta|Da 18 a 34 anni"),
    ),
    figures.ENVIRONMENT: (
        "id_nil",
        *("calore_value", "rischioCalore_value", "rischioCalore_max", "verde_value", "verde_min"),
    ),
    people.CIVICS: ("IDMASTER", "MUNICIPIO", "RESIDENZIALE", "STATOCIVICO", "LAT_WGS84"),
    people.SECTION_TOTALS: ("SEZ2011", "P1"),
    people.SECTION_INDICATORS: (
        "1) Numero sezione…",
        "10) Percent di anziani over 85…",
        "31) Percent di stranieri e apolidi…",
    ),
    SPACES: ("id", "Municipio", "LONG_X_4326", "LAT_Y_4326", "Wifi"),
    REGISTRY: (
        *("id", "name", "kind", "municipio", "has_wemi", "lat"),
        *("location_uncertainty_m", "confidence", "ds3017_id", "nil_id"),
    ),
    INTERVENTIONS: ("id", "action", "place", "municipio", "house_id", "lat"),
    ERP: ("id", "units", "share_over65_pct", "nil_id", "lat"),
    earlier.POPULATION: ("Anno", "Popolazione"),
    earlier.FOREIGN: ("Anno", "Residenti"),
    earlier.HOUSEHOLDS: ("ID_NIL", "anno", "famiglie"),
    STOPS: ("id_amat", "ubicazione", "LONG_X_4326", "LAT_Y_4326"),
    METRO: ("id_amat", "nome", "LONG_X_4326", "LAT_Y_4326"),
}
SEMICOLONS = (
    *(people.AGES, people.CIVICS, people.SECTION_TOTALS, people.SECTION_INDICATORS, SPACES),
    *(earlier.POPULATION, earlier.FOREIGN, STOPS, METRO),
)
RECORDS = {
    people.SECTION_AGES: ("indicatori", "fasce", ("0-5", "75-100")),
    people.SECTION_HOUSEHOLDS: (
        None,
        None,
        ("Numero sezione", "Famiglie residenti", "Famiglie in alloggi in affitto"),
    ),
    people.NIL: ("features", "properties", ("ID_NIL", "NIL", "Fonte")),
    people.MUNICIPI: ("features", "properties", ("MUNICIPIO", "AREA")),
    streets.LANES: ("features", "properties", ("tipologia", "marcia", "sede")),
    FOUNTAINS: ("features", "properties", ("objectid", "cap")),
    RAIL: ("features", "properties", ("ID", "gestore")),
}
LAYERS = {
    people.BUILDINGS: ("render_height", "area_m2"),
    people.LANDUSE: ("class", "tx"),
    services.POINTS: ("subclass", "class"),
}


def registers(paths, zones):
    read = edition.read_registers(paths, zones=zones, extent=streets.EXTENT)
    planned = read.planned[["id", "municipio", "house_id", "lat", "lon", "nil_id"]]
    spaces = read.cool_spaces[["ds3017_id", "municipio", "lat", "lon"]]
    quarters = read.quarters[["id", "units", "tenants", "nil_id", "lat", "lon"]]
    return read.places.drop(columns="source"), planned, quarters, spaces


def other_years(paths):
    population, foreign, households = earlier.read_people_by_year(paths)
    return [population.to_frame("count"), foreign.to_frame("count"), households]


STEPS = (
    ((people.NIL, people.MUNICIPI), lambda _, paths, __: people.read_zones(paths)),
    (
        (people.AGES, people.FOREIGN, people.HOUSEHOLDS),
        lambda _, paths, __: people.read_people(paths),
    ),
    ((figures.ENVIRONMENT,), lambda _, paths, __: [figures.read_heat_and_green(paths)]),
    (
        (people.CIVICS,),
        lambda _, paths, __: [
            people.read_civics(paths)[["id", "residential", "municipio", "geometry"]]
        ],
    ),
    (
        (earlier.POPULATION, earlier.FOREIGN, earlier.HOUSEHOLDS),
        lambda _, paths, __: other_years(paths),
    ),
    ((services.POINTS,), lambda name, paths, _: [services.read_points(paths[name])[0]]),
    (
        services.LISTS,
        lambda name, paths, _: [
            services.read_list(paths[name], name, loading.load("milano").streets)
        ],
    ),
    (LAYERS, lambda _, paths, zones: [people.read_buildings(paths, zones[0])]),
    (
        (streets.LANES,),
        lambda name, paths, _: [
            streets.read_bike_lanes(paths[name])[["tipologia", "marcia", "geometry"]]
        ],
    ),
    ((SPACES, REGISTRY, INTERVENTIONS, ERP), lambda _, paths, zones: registers(paths, zones)),
)
"""Which files a step of the recipe reads, and what it makes of one; of all others, sections."""


def step(name, paths, zones):
    """Read what the recipe makes of one file."""
    for names, made in STEPS:
        if name in names:
            return made(name, paths, zones)
    return [people.read_sections(paths)]


@pytest.fixture(scope="module")
def paths(sources):
    return {name: sources / name for name in edition.SOURCES}


@pytest.fixture(scope="module")
def small(paths, tmp_path_factory):
    """The two largest tables, each in a few rows, with what these add up to."""
    folder = tmp_path_factory.mktemp("small")
    with zipfile.ZipFile(paths[people.CIVICS]) as archive:
        head, *lines = archive.read(CIVICS_MEMBER).splitlines(keepends=True)
    civics = folder / "civici.zip"
    civics.write_bytes(archive_of({CIVICS_MEMBER: head + b"".join(lines[::100])}))
    read = comune.read_civics(civics, crs=streets.CRS)
    buildings = folder / "buildings.parquet"
    gpd.read_parquet(paths[people.BUILDINGS]).iloc[:2000].to_parquet(buildings)
    with pytest.MonkeyPatch.context() as patch:
        totals = {
            "rows": read.attrs["rows_read"],
            "in force": len(read),
            "residential": int(read["residential"].sum()),
            "without a Municipio": int(read["municipio"].isna().sum()),
        }
        patch.setattr(published, "CIVICS_2020", totals)
        patch.setattr(published, "BUILDINGS_2022", 2000)
        yield {people.CIVICS: civics, people.BUILDINGS: buildings}


@pytest.fixture(scope="module")
def zones(paths):
    return people.read_zones(paths)


@pytest.fixture(autouse=True, scope="module")
def each_file_read_once():
    """What stands beside the damaged file need not be read again for every damage."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "load", functools.cache(loading.load))
        for module in (comune, istat, tabular):
            for name in vars(module):
                if name.startswith("read_") and name not in ("read_sections", "read_csv"):
                    reader = getattr(module, name)
                    patch.setattr(module, name, _by_path(reader))
        yield


def _by_path(reader):
    known = {}

    @functools.wraps(reader)
    def read(path, **options):
        if "damaged" in str(path):
            return reader(path, **options)
        key = (str(path), repr(options))
        if key not in known:
            known[key] = reader(path, **options)
        return known[key].copy() if hasattr(known[key], "copy") else known[key]

    return read


def lazily(write):
    """Return what writes a damaged copy when it is called."""
    return lambda *given: functools.partial(write, *given)


def bytewise(raw):
    """Yield damage that any file can have."""
    yield "empty", b""
    yield "cut in half", raw[: len(raw) // 2]
    yield "without its end", raw[:-200]
    yield "random bytes", np.random.default_rng(7).bytes(5000)
    yield "a list", b"[]"
    yield "an object", b"{}"
    yield "a list of numbers", b"[1, 2]"
    yield "nested too deeply", b"[" * 100_000 + b"]" * 100_000
    yield "a page of a web server", b"<!DOCTYPE html><html><body>404</body></html>"


def rowwise(rows):
    """Yield damage to the number of rows."""
    yield "no row", []
    yield "first half", rows[: len(rows) // 2]
    yield "second half", rows[len(rows) // 2 :]
    yield "a row doubled", [*rows, rows[3]]
    yield "a row left out", rows[:2] + rows[3:]


def damaged_csv(raw, columns, separator):
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    header, *rows = (row for row in csv.reader(io.StringIO(text), delimiter=separator) if row)

    @lazily
    def written(head, rest):
        out = io.StringIO()
        csv.writer(out, delimiter=separator).writerows([head, *rest])
        return out.getvalue().encode()

    for what, rest in rowwise(rows):
        yield what, written(header, rest)
    for name in columns:
        at = header.index(name)
        less = [row[:at] + row[at + 1 :] for row in [header, *rows]]
        yield f"without {name}", written(less[0], less[1:])
        row = next((n for n, row in enumerate(rows) if _number(row[at])), None)
        if row is not None:
            for factor in (HUGE, -1):
                other = [*rows[row]]
                other[at] = f"{_number(other[at]) * factor:.6f}".rstrip("0").rstrip(".")
                yield (
                    f"{name} times {factor}",
                    written(header, [*rows[:row], other, *rows[row + 1 :]]),
                )
    for one, two in itertools.combinations(columns, 2):
        other = [{one: two, two: one}.get(name, name) for name in header]
        yield f"{one} and {two} swapped", written(other, rows)


def _number(text):
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return 0.0


def renamed(records, inner, new_names):
    """Call the columns otherwise; a column whose new name is None is left out."""
    for record in records:
        values = record[inner] if inner else record
        if values:
            values = {new_names[name]: values[name] for name in values if new_names[name]}
        yield {**record, inner: values} if inner else values


def revalued(records, inner, names):
    """Put other values into the first record that has any."""
    at = next(n for n, record in enumerate(records) if not inner or record[inner])
    first = records[at][inner] if inner else records[at]
    # One text is as good as another; of one column all kinds of values are tried.
    wrong = [(names[0], value) for value in (-1, HUGE, 10**30, 1.5, "x", [1], True)]
    for name, value in [*wrong, *((name, -1) for name in names[1:])]:
        values = {**first, name: value}
        other = {**records[at], inner: values} if inner else values
        yield f"{value!r} for {name}", [*records[:at], other, *records[at + 1 :]]


def damaged_records(raw, key, inner, names):
    document = json.loads(raw)
    records = document[key] if key else document

    @lazily
    def written(rest):
        rest = list(rest) if not isinstance(rest, str | int | dict | None) else rest
        return json.dumps({**document, key: rest} if key else rest).encode()

    for what, rest in itertools.chain(rowwise(records), revalued(records, inner, names)):
        yield what, written(rest)
    for wrong in (None, 3, "text", {}):
        yield f"{wrong!r} for a record", written([*records[:2], wrong, *records[3:]])
        yield f"{wrong!r} for the records", written(wrong)
    same = {name: name for record in records for name in (record[inner] if inner else record) or ()}
    for name in names:
        yield f"without {name}", written(renamed(records, inner, {**same, name: None}))
    for one, two in itertools.combinations(names, 2):
        swapped = renamed(records, inner, {**same, one: two, two: one})
        yield f"{one} and {two} swapped", written(swapped)
    if inner == "properties":
        for what, geometry in damaged_shapes(records[1]["geometry"]):
            yield what, written([records[0], {**records[1], "geometry": geometry}, *records[2:]])


def damaged_shapes(geometry):
    shape = shapely.geometry.shape(geometry)

    def moved(change):
        return shapely.geometry.mapping(shapely.transform(shape, change))

    def ring(*corners):
        return {"type": "Polygon", "coordinates": [corners]}

    deep = json.loads("[" * 500 + "]" * 500)
    yield "no geometry", None
    yield "a number for a geometry", 3
    yield "no coordinates", {**geometry, "coordinates": []}
    yield "coordinates of text", {**geometry, "coordinates": "9.1 45.4"}
    yield "coordinates nested too deeply", {**geometry, "coordinates": deep}
    yield "axes swapped", moved(lambda xy: xy[:, ::-1])
    yield "a latitude of 91", moved(lambda xy: np.column_stack([xy[:, 0], xy[:, 1] + 46]))
    yield "a huge coordinate", moved(lambda xy: xy * [HUGE, 1])
    yield "a negative longitude", moved(lambda xy: xy * [-1, 1])
    yield "three corners", ring([9.1, 45.4], [9.2, 45.5], [9.1, 45.4])
    yield "a bow tie", ring([9.1, 45.4], [9.2, 45.5], [9.2, 45.4], [9.1, 45.5], [9.1, 45.4])
    if geometry["type"] != "Point":
        yield "another kind", {"type": "Point", "coordinates": [9.19, 45.46]}


def damaged_layer(path, columns, folder):
    table = gpd.read_parquet(path)
    name, other = columns

    @lazily
    def written(changed):
        changed.to_parquet(folder / "layer.parquet")
        return (folder / "layer.parquet").read_bytes()

    yield "no row", written(table.iloc[:0])
    yield "first half", written(table.iloc[: len(table) // 2])
    yield "a row doubled", written(table.iloc[[*range(len(table)), 5]])
    yield f"without {name}", written(table.drop(columns=name))
    yield "without geometry", written(table.drop(columns="geometry").rename_axis("row"))
    yield f"{name} and {other} swapped", written(table.rename(columns={name: other, other: name}))
    if table[name].dtype == float:
        for factor in (HUGE, -1, np.nan):
            values = table[name].mask(table.index == 5, table[name] * factor)
            yield f"{name} times {factor}", written(table.assign(**{name: values}))
    shapes = table.geometry.to_numpy()
    swapped = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    yield "axes swapped", written(table.set_geometry(swapped, crs=table.crs))
    bare = shapes.copy()
    bare[7] = None
    yield "no geometry", written(table.set_geometry(bare, crs=table.crs))


def archive_of(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


zipped = lazily(archive_of)


def damaged_archive(raw, member):
    """Yield archives that lack a part, or hold a damaged one."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
        begins = archive.getinfo(member).header_offset
    for name, data in members.items():
        if name[:-4] == member[:-4] and name[-4:].lower() not in (".sbn", ".sbx"):
            rest = {other: kept for other, kept in members.items() if other != name}
            yield f"without {name}", zipped(rest)
            yield f"half of {name}", zipped({**rest, name: data[: len(data) // 2]})
            yield f"{name} empty", zipped({**rest, name: b""})
    flipped = bytearray(raw)
    flipped[begins + 3000] ^= 0xFF
    yield "a byte flipped", bytes(flipped)


def damages(name, path, folder):
    raw = path.read_bytes()
    yield from bytewise(raw)
    if name in LAYERS:
        yield from damaged_layer(path, LAYERS[name], folder)
    elif name in RECORDS:
        yield from damaged_records(raw, *RECORDS[name])
    elif name == people.SECTIONS:
        with zipfile.ZipFile(path) as archive:
            (member,) = (one for one in archive.namelist() if one.endswith(".shp"))
        yield from damaged_archive(raw, member)
    elif name == people.CIVICS:
        yield from damaged_archive(raw, CIVICS_MEMBER)
        with zipfile.ZipFile(path) as archive:
            text = archive.read(CIVICS_MEMBER)
        for what, data in damaged_csv(text, TABLES[name], ";"):
            yield what, functools.partial(lambda data: archive_of({CIVICS_MEMBER: data()}), data)
    else:
        yield from damaged_csv(raw, TABLES[name], ";" if name in SEMICOLONS else ",")


@pytest.mark.parametrize("name", [*TABLES, *RECORDS, *LAYERS, people.SECTIONS])
def test_a_damaged_file_is_refused_or_changes_nothing(name, paths, small, zones, tmp_path):
    paths = {**paths, **small}
    before = step(name, paths, zones)
    folder = tmp_path / "damaged"
    folder.mkdir()
    damaged = folder / paths[name].name
    wrong = {}
    for what, data in damages(name, paths[name], tmp_path):
        if not EVERY_DAMAGE and zlib.crc32(f"{name}: {what}".encode()) % 6:
            continue
        damaged.write_bytes(data() if callable(data) else data)
        try:
            after = step(name, {**paths, name: damaged}, zones)
        except Quartieri15Error as error:
            if not (error.where and error.mend):
                wrong[what] = f"says not where, or not what to do: {error}"
            continue
        except Exception as error:  # noqa: BLE001  (a traceback is what must not come)
            wrong[what] = repr(error)
            continue
        try:
            for one, other in zip(before, after, strict=True):
                assert_frame_equal(one, other)
        except AssertionError:
            wrong[what] = "read as other tables, without a word"
    assert wrong == {}


@pytest.mark.parametrize("member", REGISTER)
def test_a_damaged_register_of_streets_is_refused_or_changes_nothing(member, paths, tmp_path):
    before = people.read_street_register(paths)
    with zipfile.ZipFile(paths[people.CIVICS]) as archive:
        members = {name: archive.read(name) for name in REGISTER}
    folder = tmp_path / "damaged"
    folder.mkdir()
    damaged = folder / paths[people.CIVICS].name
    raw = members[member]
    left_out = {name: data for name, data in members.items() if name != member}
    wrong = {}
    for what, data in itertools.chain(
        bytewise(raw), damaged_csv(raw, REGISTER[member], ";"), [("left out", None)]
    ):
        if data is None:
            damaged.write_bytes(archive_of(left_out))
        else:
            text = data() if callable(data) else data
            damaged.write_bytes(archive_of({**left_out, member: text}))
        try:
            after = people.read_street_register({people.CIVICS: damaged})
            assert_frame_equal(before, after)
        except Quartieri15Error as error:
            if not (error.where and error.mend):
                wrong[what] = f"says not where, or not what to do: {error}"
        except AssertionError:
            wrong[what] = "read as another table, without a word"
        except Exception as error:  # noqa: BLE001  (a traceback is what must not come)
            wrong[what] = repr(error)
    assert wrong == {}
