"""The Milano edition: from the raw files to ``data/milano``, and from there to a city.

``build`` reads the raw files and writes the edition as a whole; the same files give the same
bytes. ``load`` opens an edition in under a second and reads nothing else.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions import (
    milano_addresses,
    milano_buildings,
    milano_earlier_people,
    milano_earlier_streets,
    milano_fetched,
    milano_figures,
    milano_open_spaces,
    milano_people,
    milano_sections,
    milano_services,
    milano_streets,
    stored_streets,
)
from quartieri15.editions import milano_published as published
from quartieri15.editions.milano_feeds import COOL_SPACES
from quartieri15.editions.milano_hours import summer_hours
from quartieri15.editions.milano_streets import CRS, EXTENT
from quartieri15.errors import InputError, OutputError, ParameterError, UnknownNameError
from quartieri15.model import places as model_places
from quartieri15.model import zones as model_zones
from quartieri15.model.city import City
from quartieri15.model.earlier import Earlier
from quartieri15.model.optional_tables import DeferredTable
from quartieri15.model.residents import GROUPS
from quartieri15.progress import quiet
from quartieri15.sources import comune, registry, tabular
from quartieri15.writing import put_back, replacing_folder, require_writable, take_along

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from quartieri15.progress import Say
    from quartieri15.sources.tabular import Extent

FORMAT = 5

ASSUMED_UNCERTAINTY_M: Mapping[str, float] = {"civic": 480.0}
"""How uncertain a position is taken to be where the registry does not say it, by precision.

``location_uncertainty_assumed`` marks these places; ``registry.csv`` stays as it was written.
"""
WHY_ASSUMED = (
    "an assumption of this library: three civic positions of the registry contradict the points "
    "of ds3017, by 151, 244 and 475 m; the largest, rounded up, is taken for civic positions "
    "whose address no source names and for which the registry states no metres"
)

_COMUNE = "Comune di Milano"
_CC_BY = "CC BY 4.0"
_PORTAL = "open data of the Comune di Milano (CC BY 4.0 unless the portal says otherwise)"
_ISTAT = "ISTAT, CC BY"
_ODBL = "ODbL 1.0"
# Raw file: (what it is, publisher, licence, vintage).
SOURCES: Mapping[str, tuple[str, str, str, str]] = {
    "osm/milano-2022.osm.pbf": (
        "streets of the comune and a ring around it",
        "OpenStreetMap contributors",
        _ODBL,
        "mid 2022",
    ),
    "osm/milano-2021.osm.pbf": (
        "streets beyond the extract of mid 2022, and the streets of a year before",
        "OpenStreetMap contributors",
        _ODBL,
        "August 2021",
    ),
    "osm/buildings-2022.parquet": (
        "building footprints",
        "OpenStreetMap contributors",
        _ODBL,
        "2022",
    ),
    "osm/landuse-2021.parquet": ("land use", "OpenStreetMap contributors", _ODBL, "2021"),
    milano_services.POINTS: (
        "points of interest",
        "OpenStreetMap contributors",
        _ODBL,
        "August 2021",
    ),
    "comune/vedovelle_20260118.geojson": (
        "drinking fountains",
        _COMUNE,
        _CC_BY,
        "18 January 2026",
    ),
    "comune/tpl_fermate_2022.csv": ("stops of trams and buses", _COMUNE, _CC_BY, "2022"),
    "comune/tpl_metrofermate_2022.csv": ("metro stations", _COMUNE, _CC_BY, "2022"),
    "comune/ds80.ferrovie_stazioni_milano.geojson": (
        "railway stations",
        _COMUNE,
        _CC_BY,
        "not stated",
    ),
    "comune/ds964_nil_wm.geojson": ("the 88 NIL (PGT 2030)", _COMUNE, _CC_BY, "2020"),
    "comune/ds379_municipi_label.geojson": ("the 9 Municipi", _COMUNE, _CC_BY, "2020"),
    "comune/eta_nil_2021.csv": ("residents by age class and NIL", _COMUNE, _PORTAL, "2021"),
    "comune/stranieri_nil_2021.csv": (
        "foreign residents (by citizenship) by NIL, from ds205",
        _COMUNE,
        _PORTAL,
        "2021",
    ),
    "comune/famiglie_nil_2021.csv": ("households by NIL (ds1440)", _COMUNE, _PORTAL, "2021"),
    milano_earlier_people.HOUSEHOLDS: (
        "households by NIL and year (ds1440)",
        _COMUNE,
        _PORTAL,
        "2007-2021",
    ),
    milano_earlier_people.POPULATION: ("residents by year (ds1494)", _COMUNE, _CC_BY, "1880-2024"),
    milano_earlier_people.FOREIGN: (
        "foreign residents (by citizenship) by year (ds75)",
        _COMUNE,
        _CC_BY,
        "1987-2024",
    ),
    milano_figures.ENVIRONMENT: (
        "heat and green by NIL (ds2811, ds2812, ds2813)",
        _COMUNE,
        _PORTAL,
        "July 2024",
    ),
    milano_streets.LANES: ("bike lanes", _COMUNE, _CC_BY, "2020"),
    milano_people.CIVICS: ("civic numbers and streets", _COMUNE, _CC_BY, "2 March 2020"),
    COOL_SPACES: (
        "cool spaces in 34 of the 62 Case di Quartiere",
        _COMUNE,
        _CC_BY,
        "25 September 2026",
    ),
    "istat/ds98_sezioni_censimento_2011_shp.zip": ("census sections", "ISTAT", _ISTAT, "2011"),
    "istat/istat_2011_milano.csv": ("residents by section", "ISTAT", _ISTAT, "2011"),
    "istat/eta_famiglie_sezioni_2011.json": ("ages by section", "ISTAT", _ISTAT, "2011"),
    "istat/ds385_indicatori_sezioni_2011.csv": (
        "44 indicators by section",
        "ISTAT",
        _ISTAT,
        "2011",
    ),
    "istat/ds383_famiglie_sezioni_2011.json": ("households by section", "ISTAT", _ISTAT, "2011"),
    "registry/registry.csv": (
        "the 62 houses, the external WeMi desks and the central one",
        "compiled from public sources, named row by row",
        "see LICENSES.md",
        "2020-2026",
    ),
    "registry/interventions.csv": (
        "what Mi@over.net plans",
        "compiled from public sources, named row by row",
        "see LICENSES.md",
        "2022-2026",
    ),
    "registry/erp_quarters.csv": (
        "four quarters of public housing",
        "compiled from slides of ALER Milano",
        "see LICENSES.md",
        "2019-2021",
    ),
}
VINTAGES: Mapping[str, str] = {
    "streets": "2022-06; beyond that extract 2021-08",
    "barriers": "motorways as the streets; land of railways 2021-08",
    "residents": "level 2021 (NIL), pattern 2011 (census sections), addresses 2020",
    "over65_alone": "level 2020 (city), pattern 2011",
    "renting_households": "share of 2011, households of 2021",
    "nil": "2020",
    "nil_figures": "ages and households 2021, heat and green 2024-07",
    "municipi": "2020",
    "places": "2020-2026, stated row by row",
    "addresses": "2020-03",
    "buildings": "2022",
    "services": "2021-08; drinking fountains 2026-01; stops and metro 2022; rail not stated",
    "sections": "2011",
    "open_spaces": "2021-08; buildings and streets around them 2022; NIL 2020",
}
LICENCES: Mapping[str, str] = {
    "streets": "© OpenStreetMap contributors, ODbL 1.0",
    "barriers": "© OpenStreetMap contributors, ODbL 1.0",
    "residents": "Comune di Milano (CC BY 4.0), ISTAT (CC BY), © OpenStreetMap contributors (ODbL)",
    "nil": "Comune di Milano, CC BY 4.0",
    "municipi": "Comune di Milano, CC BY 4.0",
    "places": "compiled; Comune di Milano (CC BY 4.0), © OpenStreetMap contributors (ODbL)",
    "addresses": (
        "Comune di Milano (CC BY 4.0); names of streets © OpenStreetMap contributors (ODbL)"
    ),
    "buildings": "© OpenStreetMap contributors, ODbL 1.0",
    "services": "© OpenStreetMap contributors (ODbL); Comune di Milano (CC BY 4.0)",
    "sections": "ISTAT, CC BY",
    "open_spaces": "© OpenStreetMap contributors (ODbL); Comune di Milano (CC BY 4.0)",
}
LICENCE_LINE = "© OpenStreetMap contributors (ODbL); Comune di Milano (CC BY 4.0); ISTAT (CC BY)"

STREETS_FILE = "streets.parquet"
BARRIERS_FILE = "barriers.parquet"
# Name of a table: columns that nothing works without.
TABLES: Mapping[str, tuple[str, ...]] = {
    "residents": ("id", "nil", "municipi", *GROUPS),
    "nil": ("id", "name", "area_km2"),
    "municipi": ("id", "name", "area_km2"),
}
ADDRESSES_FILE = "addresses.parquet"
BUILDINGS_FILE = "buildings.parquet"
SERVICES_FILE = "services.parquet"
_SERVICE_COLUMNS = ("id", "name", "kind", "network")
SECTIONS_FILE = "sections.parquet"
OPEN_SPACES_FILE = "open_spaces.parquet"
EARLIER_STREETS_FILE = milano_earlier_streets.FILE
EARLIER_PEOPLE_FILE = milano_earlier_people.FILE
_ADDRESS_COLUMNS = ("id", "street", "number", "residential", "register_street")
# What people may edit: its checksum may differ from the manifest's.
REGISTRY_FILE, INTERVENTIONS_FILE, ERP_QUARTERS_FILE = EDITABLE = (
    "registry.csv",
    "interventions.csv",
    "erp_quarters.csv",
)
COOL_SPACES_FILE = "cool_spaces.csv"
# Where the account of places names those that are not in the zone they state.
_OUTSIDE = {"municipio": "outside_the_stated_municipio", "nil_id": "outside_the_stated_nil"}
ERROR_FILE = "residents_error.json"
MANIFEST_FILE = "MANIFEST.json"
LICENSES_FILE = "LICENSES.md"
FILES = (
    STREETS_FILE,
    BARRIERS_FILE,
    *(f"{name}.parquet" for name in TABLES),
    ADDRESSES_FILE,
    BUILDINGS_FILE,
    SERVICES_FILE,
    SECTIONS_FILE,
    OPEN_SPACES_FILE,
    EARLIER_STREETS_FILE,
    EARLIER_PEOPLE_FILE,
    *EDITABLE,
    COOL_SPACES_FILE,
    ERROR_FILE,
    LICENSES_FILE,
)


def edition_folder(name: str = "milano") -> Path:
    """Return the folder of an edition that comes with the library.

    Parameters
    ----------
    name
        Name of the city.

    Returns
    -------
    pathlib.Path
        ``quartieri15/data/<name>`` of an installed library, ``data/<name>`` of a clone.

    Raises
    ------
    UnknownNameError
        If there is no such edition.
    """
    package = Path(__file__).resolve().parent.parent
    homes = [package / "data", package.parent / "data"]
    for home in homes:
        put_back(home / name)
        if (home / name / MANIFEST_FILE).is_file():
            return home / name
    known = {path.parent.name for home in homes for path in home.glob(f"*/{MANIFEST_FILE}")}
    raise UnknownNameError.among(name, sorted(known) or ["(none is built)"], kind="edition")


def build(sources: str | Path, out: str | Path, *, progress: Say | None = None) -> dict[str, Any]:
    """Make the Milano edition of the raw files.

    The raw files are those that the recipe was written for; newer ones are named in a file
    ``fetched.json`` among them (:mod:`quartieri15.editions.milano_fetched`).

    The folder is written beside ``out`` and put in its place when it is complete: a failure, a
    full disk included, leaves the former edition as it was. What else stands in the folder,
    such as scenarios, is kept. The same raw files and the same versions of the libraries that
    write the files give the same bytes.

    Parameters
    ----------
    sources
        Folder of the raw files, with ``comune``, ``istat``, ``osm`` and ``registry`` in it.
    out
        The folder of the edition, for example ``data/milano``.
    progress
        Called with a sentence at the start of every step.

    Returns
    -------
    dict
        The manifest: files, sources, vintages, and what was left out.

    Raises
    ------
    MissingFileError
        If raw files are missing: all of them are named at once.
    InputError
        If a raw file is not what it must be, with row and column.
    OutputError
        If the edition cannot be written, or ``out`` holds files and no edition.
    """
    say = progress or quiet
    before = require_writable(out, folder=True)
    _others(before)
    paths = tabular.require_files(sources, SOURCES)
    fetched = milano_fetched.read_fetched(sources)
    with milano_fetched.allowed(fetched):
        return _build(sources, out, paths=paths, fetched=fetched, before=before, say=say)


def _build(
    sources: str | Path,
    out: str | Path,
    *,
    paths: Mapping[str, Path],
    fetched: Mapping[str, milano_fetched.Fetched],
    before: Path,
    say: Say,
) -> dict[str, Any]:
    """Make the edition of raw files that are all there."""
    say("reading people, addresses, sections and buildings")
    raw = milano_people.read_raw(sources)
    people, people_report = milano_earlier_people.build_earlier_people(raw, paths)
    say("reading the streets")
    streets, streets_report = milano_streets.build_streets(sources)
    extent = _extent(streets)
    barriers, barriers_report = milano_streets.build_barriers(sources, streets)
    streets = streets.with_barriers(barriers)
    say("placing the people at their addresses")
    residents, residents_report = milano_people.place_residents(raw)
    say("naming the streets of the addresses")
    addresses, addresses_report = milano_addresses.build_addresses(
        raw.civics, milano_people.read_street_register(paths), streets, raw.nil
    )
    say("drawing the buildings and the open spaces")
    buildings, buildings_report = milano_buildings.build_buildings(paths)
    open_spaces, open_spaces_report = milano_open_spaces.build_open_spaces(
        paths, streets, buildings, raw.nil
    )
    say("reading the services")
    services, services_report = milano_services.build_services(paths, streets)
    sections = milano_sections.build_sections(raw.sections)
    say("reading the streets of another year")
    earlier_streets, earlier_report = milano_earlier_streets.build_earlier_streets(sources)
    say("reading the registry of places")
    registers = read_registers(paths, zones=(raw.nil, raw.municipi), extent=extent)
    nil = milano_figures.with_figures(
        model_zones.zones_table(raw.nil, model_zones.summed(residents, "nil", GROUPS)), paths
    )
    municipi = model_zones.zones_table(
        raw.municipi, model_zones.summed(residents, "municipi", GROUPS)
    )
    City.from_tables(
        "milano",
        streets=streets,
        places=registers.places,
        zones={"nil": nil, "municipi": municipi},
        residents=residents,
        addresses=addresses,
        buildings=buildings,
        services=services,
        sections=sections,
        open_spaces=open_spaces,
        earlier=Earlier(streets={milano_earlier_streets.VINTAGE: earlier_streets}, people=people),
    )
    left_out = {
        "streets": streets_report,
        "barriers": barriers_report,
        "residents": residents_report,
        "addresses": addresses_report,
        "buildings": buildings_report,
        "services": services_report,
        "open_spaces": open_spaces_report,
        "streets_2021": earlier_report,
        "people_by_year": people_report,
        "places": _places_left_out(registers, raw.nil, raw.municipi),
    }
    say("measuring how wrong the places of people are")
    error = milano_people.error_of(raw)
    say("writing the edition")
    with replacing_folder(out) as folder:
        milano_buildings.write_buildings(buildings, folder / BUILDINGS_FILE)
        milano_earlier_people.write_earlier_people(people, folder / EARLIER_PEOPLE_FILE)
        rows = {BUILDINGS_FILE: len(buildings), EARLIER_PEOPLE_FILE: len(people)}
        for name, network in (
            (STREETS_FILE, streets),
            (EARLIER_STREETS_FILE, earlier_streets),
        ):
            stored_streets.write_streets(network, folder / name)
            rows[name] = len(network.edges)
        for name, table in (
            (BARRIERS_FILE, barriers),
            *(("residents.parquet", residents), ("nil.parquet", nil)),
            *(("municipi.parquet", municipi), (ADDRESSES_FILE, addresses)),
            *((SERVICES_FILE, services), (SECTIONS_FILE, sections)),
            (OPEN_SPACES_FILE, open_spaces),
        ):
            _write_table(table, folder / name)
            rows[name] = len(table)
        for name in EDITABLE:
            rows[name] = _copy_csv(paths[f"registry/{name}"], folder / name)
        registers.cool_spaces.to_csv(
            folder / COOL_SPACES_FILE, index=False, lineterminator="\n", encoding="utf-8"
        )
        rows[COOL_SPACES_FILE] = len(registers.cool_spaces)
        _write_json(error, folder / ERROR_FILE)
        table = milano_fetched.sources_table(SOURCES, fetched, raw.year)
        (folder / LICENSES_FILE).write_text(_licenses(table), encoding="utf-8", newline="\n")
        manifest = _manifest(
            folder,
            rows=rows,
            vintages=milano_fetched.vintages(VINTAGES, fetched, raw.year),
            sources=_sources(table, paths, fetched),
            left_out=left_out,
            registers=registers,
        )
        _write_json(manifest, folder / MANIFEST_FILE)
        # Last, so that what a user puts there meanwhile comes along too.
        take_along(_others(before), folder)
    return manifest


def load(folder: str | Path) -> City:
    """Open an edition that :func:`build` wrote.

    Parameters
    ----------
    folder
        The folder, for example ``edition_folder("milano")``.

    Returns
    -------
    City
        With ``zones`` ``nil``, ``municipi`` and, unless an edit has removed them all,
        ``target_areas``. ``provenance["edited"]`` tells of every CSV file that someone has edited
        since the edition was built how many rows of each kind it has and the edition ``had``, and
        which ids are ``gone`` or ``new``; what an edited registry leaves out is counted anew.
        ``provenance["files"]`` states every file's checksum, and ``provenance["residents_error"]``
        how wrong the residents model was measured to be: the ``misplaced_share`` of each group
        put into a wrong ``unit`` of the right zone (``within``). The addresses, the
        buildings, the services, the census sections, the open spaces and what is known of other
        years are read from the folder when ``city.addresses``, ``city.buildings``,
        ``city.services``, ``city.sections``, ``city.open_spaces`` and ``city.earlier`` are first
        asked for them.

    Raises
    ------
    MissingFileError
        If files are missing: all of them are named at once.
    InputError
        If a file is damaged, or an edited registry has an error: with its line and column.
    ParameterError
        If ``folder`` is no path.
    """
    import pyarrow as pa

    if not isinstance(folder, str | os.PathLike):
        raise ParameterError(
            f"{folder!r} is no path", where="folder", mend="give the folder of an edition"
        )
    folder = Path(folder)
    paths = tabular.require_files(folder, [MANIFEST_FILE, *FILES])
    manifest = _read_manifest(paths[MANIFEST_FILE])
    edited = _verified(paths, manifest)
    # Checked when it was built: checking it again would take longer than all the rest.
    barriers = _read_table(paths[BARRIERS_FILE], ("kind", "osm_way_id"))
    streets = dataclasses.replace(
        stored_streets.read_streets(paths[STREETS_FILE]),
        barriers=barriers.astype({"kind": "category"}).rename_axis("barrier_id"),
    )
    tables = {
        name: _read_table(paths[f"{name}.parquet"], columns) for name, columns in TABLES.items()
    }
    built = manifest["built"]
    registers = _registers(
        {name: paths[name] for name in EDITABLE},
        extent=_extent(streets),
        nil=tables["nil"],
        municipi=tables["municipi"],
        cool_spaces=_read_cool_spaces(paths[COOL_SPACES_FILE]),
        gone=[place for ids in built[REGISTRY_FILE].values() for place in ids],
    )
    areas = registers.planned[registry.is_target_area(registers.planned)]
    zones = {"nil": tables["nil"], "municipi": tables["municipi"]}
    if len(areas):
        zones["target_areas"] = model_zones.target_areas(
            tables["nil"],
            areas["nil_id"],
            areas["place"].str.replace(registry.NIL_OF_PLACE, "", regex=True),
        )
    left_out = manifest["left_out"]
    if edited:
        found = _places_left_out(registers, tables["nil"], tables["municipi"])
        left_out = left_out | {"places": json.loads(json.dumps(found, default=_plain))}
    # All tables are numpy's now. What Arrow read them through, a quarter of the whole process,
    # would stay with this process unused.
    pa.default_memory_pool().release_unused()
    return City(
        name=manifest["city"],
        streets=streets,
        places=registers.places,
        zones=zones,
        residents=tables["residents"],
        addresses=DeferredTable(
            functools.partial(_read_table, paths[ADDRESSES_FILE].resolve(), _ADDRESS_COLUMNS),
            crs=streets.crs,
        ),
        buildings=DeferredTable(
            functools.partial(milano_buildings.read_buildings, paths[BUILDINGS_FILE].resolve()),
            crs=streets.crs,
        ),
        services=DeferredTable(
            functools.partial(_read_table, paths[SERVICES_FILE].resolve(), _SERVICE_COLUMNS),
            crs=streets.crs,
        ),
        sections=DeferredTable(
            functools.partial(_read_table, paths[SECTIONS_FILE].resolve(), ("id",)),
            crs=streets.crs,
        ),
        open_spaces=DeferredTable(
            functools.partial(
                _read_table, paths[OPEN_SPACES_FILE].resolve(), ("kind", "name", "extent")
            ),
            crs=streets.crs,
        ),
        earlier=Earlier(
            streets={
                milano_earlier_streets.VINTAGE: functools.partial(
                    milano_earlier_streets.read_earlier_streets,
                    paths[EARLIER_STREETS_FILE].resolve(),
                    barriers=streets.barriers,
                )
            },
            people=functools.partial(
                milano_earlier_people.read_earlier_people, paths[EARLIER_PEOPLE_FILE].resolve()
            ),
        ),
        provenance={
            **{key: value for key, value in manifest.items() if key != "format"},
            "left_out": left_out,
            "edited": _edits(edited, had=built, has=registers.ids()),
            "residents_error": _residents_error(paths[ERROR_FILE]),
        },
    )


def load_quarters(folder: Path) -> gpd.GeoDataFrame:
    """Read the quarters of public housing of an edition; see ``editions.loading``."""
    path = tabular.require_files(folder, [ERP_QUARTERS_FILE])[ERP_QUARTERS_FILE]
    written = registry.read_erp_quarters(path, extent=EXTENT)
    points = gpd.points_from_xy(written["lon"], written["lat"], crs=GEOGRAPHIC)
    columns = {
        "name": written["quarter"],
        "residents": written["tenants"],
        "over65": written["tenants"] * written["share_over65_pct"] / 100,
        "nil": written["nil_id"],
    }
    kept = written[["id", "operator", "units", "source"]].assign(**columns)
    order = ["id", "name", "operator", "units", "residents", "over65", "nil", "source"]
    return gpd.GeoDataFrame(kept[order], geometry=points).to_crs(CRS)


def _residents_error(path: Path) -> dict[str, Any]:
    """Return what was measured of the weighting that the residents model uses."""
    measured = tabular.read_json(path)
    try:
        told = measured["sections_from_nil"]
        shares = {
            row["group"]: float(row["misplaced_share"])
            for row in told["error"]
            if row["weighting"] == told["chosen"]
        }
    except (KeyError, TypeError, ValueError):
        raise InputError(
            "it does not tell the misplaced share of sections within a NIL",
            where=str(path),
            mend="fetch the file again, or build the edition again",
        ) from None
    return {"unit": "section", "within": "nil", "misplaced_share": shares, "source": ERROR_FILE}


def _others(out: Path) -> list[Path]:
    """List what stands in a folder beside an edition; refuse a folder of other things."""
    inside = sorted(out.iterdir()) if out.is_dir() else []
    if inside and not (out / MANIFEST_FILE).is_file():
        raise OutputError(
            f"the folder holds {inside[0].name} and no edition",
            where=str(out),
            mend="give a new or an empty folder, or one with an edition in it",
        )
    return [path for path in inside if path.name not in {*FILES, MANIFEST_FILE}]


def _extent(streets: Any) -> Extent:
    """Return the degrees that the streets reach over."""
    from pyproj import Transformer

    bounds = shapely.total_bounds(streets.nodes.geometry.to_numpy())
    transformer = Transformer.from_crs(streets.crs, GEOGRAPHIC, always_xy=True)
    west, south, east, north = transformer.transform_bounds(*bounds)
    return round(west, 4), round(south, 4), round(east, 4), round(north, 4)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Registers:
    """The tables that people edit, read and checked against each other."""

    written: pd.DataFrame
    planned: pd.DataFrame
    quarters: pd.DataFrame
    places: gpd.GeoDataFrame
    cool_spaces: pd.DataFrame

    def ids(self) -> dict[str, dict[str, list[str]]]:
        """Return the ids of every file, by kind of row."""
        kinds = {
            REGISTRY_FILE: self.written["kind"],
            INTERVENTIONS_FILE: self.planned["action"],
            ERP_QUARTERS_FILE: self.quarters["operator"],
        }
        tables = (self.written, self.planned, self.quarters)
        return {
            name: {str(kind): rows["id"].tolist() for kind, rows in table.groupby(by, sort=False)}
            for (name, by), table in zip(kinds.items(), tables, strict=True)
        }


def read_registers(
    paths: Mapping[str, Path], *, zones: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], extent: Extent
) -> Registers:
    """Read the registry, what is planned and the list of cool spaces, complete.

    Parameters
    ----------
    paths
        The raw files, by their keys in :data:`SOURCES`.
    zones
        NIL and Municipi.
    extent
        Where the places must lie, in degrees.

    Raises
    ------
    MissingFileError, InputError
        With file, row and column; also if there are not as many places as published, or a place
        lies farther from the zone it states than its position is uncertain.
    """
    nil, municipi = zones
    spaces = comune.read_cool_spaces(paths[COOL_SPACES], crs=CRS, extent=EXTENT)
    published.check_cool_spaces(spaces, where=COOL_SPACES)
    registers = _registers(
        {name: paths[f"registry/{name}"] for name in EDITABLE},
        extent=extent,
        nil=nil,
        municipi=municipi,
        cool_spaces=cool_spaces_table(spaces),
    )
    published.check_places(registers.written, spaces, where=f"registry/{REGISTRY_FILE}")
    published.check_interventions(
        registers.planned,
        int(registry.is_target_area(registers.planned).sum()),
        where=f"registry/{INTERVENTIONS_FILE}",
    )
    published.check_erp_quarters(registers.quarters, where=f"registry/{ERP_QUARTERS_FILE}")
    for table, name, column, polygons in (
        (registers.written, REGISTRY_FILE, "municipio", municipi),
        (registers.written, REGISTRY_FILE, "nil_id", nil),
        (registers.planned, INTERVENTIONS_FILE, "municipio", municipi),
        (registers.quarters, ERP_QUARTERS_FILE, "nil_id", nil),
    ):
        _require_stated_zone(table, polygons, column=column, where=f"registry/{name}")
    return registers


def _require_stated_zone(
    table: pd.DataFrame, zones: gpd.GeoDataFrame, *, column: str, where: str
) -> None:
    """Refuse a row that lies farther from the zone it states than it is uncertain."""
    columns = ["id", column, "location_precision", "location_uncertainty_m"]
    rows = table.reindex(columns=columns)
    uncertain = rows["location_uncertainty_m"].astype(float)
    assumed = rows["location_precision"].map(dict(ASSUMED_UNCERTAINTY_M)).astype(float)
    points = gpd.points_from_xy(table["lon"], table["lat"], crs=GEOGRAPHIC).to_crs(CRS)
    rows = gpd.GeoDataFrame(
        rows.assign(location_uncertainty_m=uncertain.fillna(assumed), name=rows["id"]),
        geometry=points,
    )
    rows = rows[table["lat"].notna().to_numpy()].reset_index(drop=True)
    found = model_places.outside_stated_zone(rows, zones, column=column)
    for row in found[~found["within_uncertainty"]].itertuples():
        raise InputError(
            f"it lies {row.distance_m:,.0f} m from zone {row.stated}, which it states, in zone "
            f"{row.found}",
            where=f"{where}, row {row.id}, column {column}",
            mend="correct the zone or the position, or say how uncertain the position is",
        )


def _registers(
    files: Mapping[str, Path],
    *,
    extent: Extent,
    nil: gpd.GeoDataFrame,
    municipi: gpd.GeoDataFrame,
    cool_spaces: pd.DataFrame,
    gone: Collection[str] = (),
) -> Registers:
    """Read the files that people edit; ``gone`` are places an intervention may still name."""
    numbers = municipi["id"].tolist()
    names = dict(zip(nil["id"].tolist(), nil["name"], strict=True))
    written = registry.read_registry(
        files[REGISTRY_FILE], extent=extent, municipi=numbers, nil=names
    )
    planned = registry.read_interventions(
        files[INTERVENTIONS_FILE],
        extent=extent,
        places={*written["id"], *gone},
        municipi=numbers,
        nil=names,
    )
    quarters = registry.read_erp_quarters(files[ERP_QUARTERS_FILE], extent=extent, nil=names)
    places = model_places.places_table(
        written, crs=CRS, cool_spaces=cool_spaces, assumed_uncertainty_m=ASSUMED_UNCERTAINTY_M
    )
    return Registers(
        written=written, planned=planned, quarters=quarters, places=places, cool_spaces=cool_spaces
    )


def _edits(
    edited: list[str],
    *,
    had: Mapping[str, Mapping[str, list[str]]],
    has: Mapping[str, Mapping[str, list[str]]],
) -> dict[str, Any]:
    """Tell what is in the files that were edited, beside what was in them when built."""

    def ids(by_kind: Mapping[str, list[str]]) -> list[str]:
        return [row for rows in by_kind.values() for row in rows]

    return {
        name: {
            "had": {kind: len(rows) for kind, rows in had[name].items()},
            "has": {kind: len(rows) for kind, rows in has[name].items()},
            "gone": sorted(set(ids(had[name])) - set(ids(has[name]))),
            "new": sorted(set(ids(has[name])) - set(ids(had[name]))),
        }
        for name in edited
    }


def _places_left_out(
    registers: Registers, nil: gpd.GeoDataFrame, municipi: gpd.GeoDataFrame
) -> dict[str, Any]:
    """Count what a registry does not tell of its places, or tells in contradiction."""
    written, places = registers.written, registers.places
    in_nil = places.assign(nil_id=written["nil_id"].to_numpy())
    apart = places["location_contradiction_m"]
    named = registers.planned["house_id"]
    return {
        "without_position": written.attrs["without_position"],
        "without_stated_uncertainty": int(written["location_uncertainty_m"].isna().sum()),
        "uncertainty_assumed": places.loc[places["location_uncertainty_assumed"], "id"].tolist(),
        "assumed_uncertainty_m": dict(ASSUMED_UNCERTAINTY_M),
        "why_assumed": WHY_ASSUMED,
        "contradicted_by_a_second_source_m": {
            place: metres
            for place, metres in zip(places["id"], apart, strict=True)
            if metres > model_places.CONTRADICTION_M
        },
        _OUTSIDE["municipio"]: _outside(places, municipi, column="municipio"),
        _OUTSIDE["nil_id"]: _outside(in_nil, nil, column="nil_id"),
        "planned_at_places_that_are_gone": sorted(
            set(named[(named != "") & ~named.isin(written["id"])])
        ),
        # The list of cool spaces tells the hours of a summer, and no source those of the year.
        "without_known_opening_hours": len(places),
        "with_summer_2026_hours": int(places["summer_2026_hours"].notna().sum()),
        "positions": model_places.position_certainty(places),
    }


def _outside(places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, column: str) -> Any:
    return model_places.outside_stated_zone(places, zones, column=column).to_dict("records")


def _read_table(path: Path, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Read a table of the edition; a damaged one is told from one that is merely another."""
    mend = "fetch the file again, or build the edition again"
    table = tabular.read_geoparquet(path, columns=columns, mend=mend)
    if table.crs != CRS:
        raise InputError(
            f"coordinates are in {table.crs}, not in {CRS}", where=str(path), mend=mend
        )
    return table


def _write_table(table: gpd.GeoDataFrame, path: Path) -> None:
    table.to_parquet(
        path,
        index=False,
        compression="zstd",
        compression_level=19,
        write_statistics=False,
        row_group_size=len(table),
    )


def _copy_csv(source: Path, target: Path) -> int:
    """Copy a CSV that people edit as it is, unless it holds personal data."""
    separator = tabular.separator_of(source, ["id"])
    table = tabular.read_csv(source, columns=["id"], separator=separator)
    if table.attrs["dropped_columns"]:
        raise InputError(
            "personal data is not published",
            where=f"{source.name}, column {', '.join(table.attrs['dropped_columns'])}",
            mend="delete the column",
        )
    target.write_bytes(source.read_bytes())
    return len(table)


def cool_spaces_table(spaces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the list of cool spaces as the edition holds it: the season stands in the names."""
    points = spaces.geometry.to_crs(GEOGRAPHIC)
    names = {
        "id": "ds3017_id",
        "cool_space_hours": "summer_2026_hours",
        "cool_space_closures": "summer_2026_closures",
    }
    plain = pd.DataFrame(spaces.drop(columns="geometry")).rename(columns=names)
    return plain.assign(lat=points.y.round(6), lon=points.x.round(6))


def _read_cool_spaces(path: Path) -> pd.DataFrame:
    texts = ["summer_2026_hours", "summer_2026_closures"]
    table = tabular.read_csv(path, columns=["ds3017_id", *texts, "note", "lat", "lon"])
    read = summer_hours(table[texts[0]], closures=table[texts[1]], notes=table["note"])
    return (
        table[texts]
        .join(read)
        .assign(
            ds3017_id=tabular.numbers(table, "ds3017_id", whole=True),
            lat=tabular.numbers(table, "lat"),
            lon=tabular.numbers(table, "lon"),
        )
    )


def _write_json(document: Mapping[str, Any], path: Path) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if value is pd.NA:
        return None
    raise TypeError(type(value).__name__)


def sha256_of(path: Path) -> str:
    """Return the checksum of a file, as a manifest states it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(
    folder: Path,
    *,
    rows: Mapping[str, int],
    vintages: Mapping[str, str],
    sources: list[dict[str, str]],
    left_out: Mapping[str, Any],
    registers: Registers,
) -> dict[str, Any]:
    import pyarrow as pa

    return {
        "city": "milano",
        "format": FORMAT,
        "crs": CRS,
        "vintages": dict(vintages),
        "licences": dict(LICENCES),
        "licence_line": LICENCE_LINE,
        "files": {
            name: {
                "sha256": sha256_of(folder / name),
                "bytes": (folder / name).stat().st_size,
                **({"rows": rows[name]} if name in rows else {}),
            }
            for name in FILES
        },
        "sources": sources,
        "left_out": dict(left_out),
        # What an edited edition is held against: the ids of every row by its kind.
        "built": registers.ids(),
        # Other versions may write the same tables in other bytes.
        "written_with": {
            "geopandas": gpd.__version__,
            "pandas": pd.__version__,
            "pyarrow": pa.__version__,
        },
    }


def _sources(
    table: Mapping[str, tuple[str, str, str, str]],
    paths: Mapping[str, Path],
    fetched: Mapping[str, milano_fetched.Fetched],
) -> list[dict[str, str]]:
    return [
        {
            "file": name,
            "name": what,
            "publisher": publisher,
            "licence": licence,
            "vintage": vintage,
            "sha256": sha256_of(paths[name]),
            **(
                {"origin": fetched[name].origin, "fetched": fetched[name].fetched}
                if name in fetched
                else {}
            ),
        }
        for name, (what, publisher, licence, vintage) in table.items()
    ]


def _read_manifest(path: Path) -> dict[str, Any]:
    mend = "build the edition again"
    manifest = tabular.read_json(path)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(f"not an edition of format {FORMAT}", where=str(path), mend=mend)
    for member, fits in _MANIFEST.items():
        if member not in manifest or not fits(manifest[member]):
            what = "is not what it must be" if member in manifest else "is missing"
            raise InputError(f"the member {member!r} {what}", where=str(path), mend=mend)
    return manifest


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_files(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(file := value.get(name), dict)
        and isinstance(file.get("sha256"), str)
        and re.fullmatch("[0-9a-f]{64}", file["sha256"])
        for name in FILES
    )


def _is_built(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(kinds := value.get(name), dict)
        and all(
            isinstance(ids, list) and all(isinstance(row, str) for row in ids)
            for ids in kinds.values()
        )
        for name in EDITABLE
    )


def _is_sources(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_texts, value))


def _is_account(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(part, dict) for part in value.values())


# Member of a manifest: what tells whether it has the shape that it must have.
_MANIFEST: Mapping[str, Callable[[Any], bool]] = {
    "city": lambda value: isinstance(value, str) and bool(value),
    "crs": lambda value: value == CRS,
    "vintages": _is_texts,
    "licences": _is_texts,
    "licence_line": lambda value: isinstance(value, str),
    "files": _is_files,
    "sources": _is_sources,
    "left_out": _is_account,
    "built": _is_built,
    "written_with": _is_texts,
}


def _verified(paths: Mapping[str, Path], manifest: Mapping[str, Any]) -> list[str]:
    """Compare every file with its checksum; return the editable ones that differ."""
    edited = []
    for name in FILES:
        if sha256_of(paths[name]) == manifest["files"][name]["sha256"]:
            continue
        if name not in EDITABLE:
            raise InputError(
                "the file is not the one that belongs to this edition (its checksum differs)",
                where=str(paths[name]),
                mend="fetch the file again, or build the edition again",
            )
        edited.append(name)
    return edited


def _licenses(table: Mapping[str, tuple[str, str, str, str]]) -> str:
    lines = [
        "# Licences of the Milano edition",
        "",
        f"To be stated wherever it is shown: **{LICENCE_LINE}**.",
        "",
        "| file | derived from | licence |",
        "|---|---|---|",
        (
            f"| `{STREETS_FILE}` | OpenStreetMap; bike lanes of the Comune di Milano | ODbL 1.0, "
            "naming the Comune di Milano too |"
        ),
        (
            f"| `{BARRIERS_FILE}` | OpenStreetMap: motorways, and the middle lines of the land of "
            "railways | ODbL 1.0 |"
        ),
        (
            "| `residents.parquet` | census sections (ISTAT), figures per NIL and civic numbers "
            "(Comune di Milano), weighed by building footprints and land use (OpenStreetMap) | "
            "ODbL 1.0, naming ISTAT and the Comune di Milano too |"
        ),
        (
            "| `nil.parquet`, `municipi.parquet` | zones and figures of the Comune di Milano; "
            "figures that are not published per zone are sums of `residents.parquet` | CC BY 4.0; "
            "the sums as `residents.parquet` |"
        ),
        (
            f"| `{ADDRESSES_FILE}` | civic numbers and register of streets of the Comune di "
            "Milano; streets named as in OpenStreetMap where it has them | CC BY 4.0; the names "
            "ODbL 1.0 |"
        ),
        f"| `{BUILDINGS_FILE}` | building footprints (OpenStreetMap), simplified | ODbL 1.0 |",
        f"| `{SECTIONS_FILE}` | outlines of the census sections of 2011 (ISTAT) | CC BY |",
        (
            f"| `{SERVICES_FILE}` | points of interest (OpenStreetMap); drinking fountains and "
            "stops of the Comune di Milano | ODbL 1.0, naming the Comune di Milano too |"
        ),
        (
            f"| `{OPEN_SPACES_FILE}` | land use, points of parks and blocks of streets "
            "(OpenStreetMap); the NIL that are parks (Comune di Milano) | ODbL 1.0, naming the "
            "Comune di Milano too |"
        ),
        (
            f"| `{EARLIER_STREETS_FILE}` | OpenStreetMap of August 2021; bike lanes of the Comune "
            "di Milano | ODbL 1.0, naming the Comune di Milano too |"
        ),
        (
            f"| `{EARLIER_PEOPLE_FILE}` | figures of the Comune di Milano and of ISTAT, named row "
            "by row | CC BY 4.0 |"
        ),
        (
            "| `registry.csv`, `interventions.csv`, `erp_quarters.csv` | public documents of the "
            "Comune di Milano and of ALER Milano, civic numbers, OpenStreetMap: named row by row | "
            "CC BY 4.0; positions taken from OpenStreetMap ODbL 1.0 |"
        ),
        f"| `{COOL_SPACES_FILE}` | ds3017 of the Comune di Milano | CC BY 4.0 |",
        "",
        "## Raw files",
        "",
        "| file | what | publisher | licence | vintage |",
        "|---|---|---|---|---|",
        *(
            f"| `{name}` | {what} | {publisher} | {licence} | {vintage} |"
            for name, (what, publisher, licence, vintage) in table.items()
        ),
        "",
    ]
    return "\n".join(lines)
