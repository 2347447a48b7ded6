"""The Milano edition: from the raw files to ``data/milano``, and from there to a city.

``build`` reads the raw files and writes the edition as a whole; the same files give the same
bytes. ``load`` opens an edition in under a second and reads nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions import milano_streets
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model import places as model_places
from quartieri15.model import residents as model_residents
from quartieri15.model import zones as model_zones
from quartieri15.model.city import City
from quartieri15.model.residents import BANDS, GROUPS
from quartieri15.sources import comune, istat, registry, tabular
from quartieri15.writing import replacing_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.sources.tabular import Extent

CRS = "EPSG:32632"
# Where anything of Milano must lie: degrees west, south, east, north.
EXTENT: Extent = (8.9, 45.3, 9.4, 45.65)
FORMAT = 1

# Older people living alone and people of 65 and over in 2020: Comune di Milano, Piano di
# Sviluppo del Welfare (60,279 + 70,761 single-person households of 65-79 and 80+; 312,619).
ALONE_2020, OVER65_2020 = 131_040, 312_619
# OpenStreetMap tiles draw a building of unknown height with one storey of 12 feet.
STOREY_M = 3.66
# Land on which a building is hardly a home.
NOT_HOMES = (
    "cemetery",
    "college",
    "commercial",
    "hospital",
    "industrial",
    "kindergarten",
    "library",
    "military",
    "railway",
    "retail",
    "school",
    "stadium",
    "university",
)
ODD_FOREIGN_SHARE = 0.5
GREW_FAST = 1.5

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
    "osm/buildings-2022.parquet": (
        "building footprints",
        "OpenStreetMap contributors",
        _ODBL,
        "2022",
    ),
    "osm/landuse-2021.parquet": ("land use", "OpenStreetMap contributors", _ODBL, "2021"),
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
    "comune/ds634_civici_20200302.zip": ("civic numbers", _COMUNE, _CC_BY, "2 March 2020"),
    "comune/ds3017_spazi_freschi_case_di_quartiere.csv": (
        "cool spaces in 34 of the 62 Case di Quartiere",
        _COMUNE,
        _CC_BY,
        "25 September 2026",
    ),
    "istat/ds98_sezioni_censimento_2011_shp.zip": ("census sections", "ISTAT", _ISTAT, "2011"),
    "istat/istat_2011_milano.csv": ("residents by section", "ISTAT", _ISTAT, "2011"),
    "istat/eta_famiglie_sezioni_2011.json": ("ages by section", "ISTAT", _ISTAT, "2011"),
    "istat/ds385_indicatori_sezioni_2011.csv": ("44 indicators by section", "ISTAT", _ISTAT, "2011"),
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
    "streets": "2022-06",
    "residents": "level 2021 (NIL), pattern 2011 (census sections), addresses 2020",
    "over65_alone": "level 2020 (city), pattern 2011",
    "renting_households": "share of 2011, households of 2021",
    "nil": "2020",
    "municipi": "2020",
    "places": "2020-2026, stated row by row",
}
LICENCES: Mapping[str, str] = {
    "streets": "© OpenStreetMap contributors, ODbL 1.0",
    "residents": "Comune di Milano (CC BY 4.0), ISTAT (CC BY), © OpenStreetMap contributors (ODbL)",
    "nil": "Comune di Milano, CC BY 4.0",
    "municipi": "Comune di Milano, CC BY 4.0",
    "places": "compiled; Comune di Milano (CC BY 4.0), © OpenStreetMap contributors (ODbL)",
}
LICENCE_LINE = (
    "© OpenStreetMap contributors (ODbL); Comune di Milano (CC BY 4.0); ISTAT (CC BY)"
)

STREETS_FILE = "streets.parquet"
TABLES = ("residents", "nil", "municipi")
# What people may edit: its checksum may differ from the manifest's.
EDITABLE = ("registry.csv", "interventions.csv", "erp_quarters.csv")
COOL_SPACES_FILE = "cool_spaces.csv"
ERROR_FILE = "residents_error.json"
MANIFEST_FILE = "MANIFEST.json"
LICENSES_FILE = "LICENSES.md"
FILES = (
    STREETS_FILE,
    *(f"{name}.parquet" for name in TABLES),
    *EDITABLE,
    COOL_SPACES_FILE,
    ERROR_FILE,
    LICENSES_FILE,
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Raw:
    """What the raw files say about zones and people, before anything is modelled."""

    nil: gpd.GeoDataFrame
    municipi: gpd.GeoDataFrame
    ages: pd.DataFrame
    foreign: pd.DataFrame
    households: pd.DataFrame
    civics: gpd.GeoDataFrame
    sections: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame


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
        if (home / name / MANIFEST_FILE).is_file():
            return home / name
    known = {path.parent.name for home in homes for path in home.glob(f"*/{MANIFEST_FILE}")}
    raise UnknownNameError.among(name, sorted(known) or ["(none is built)"], kind="edition")


def build(
    sources: str | Path, out: str | Path, *, progress: Progress | None = None
) -> dict[str, Any]:
    """Make the Milano edition of the raw files.

    The folder is written beside ``out`` and put in its place when it is complete: a failure, a
    full disk included, leaves the former edition as it was. The same raw files and the same
    versions of the libraries that write the files give the same bytes.

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
        If the edition cannot be written.
    """
    say = progress or _silent
    paths = tabular.require_files(sources, SOURCES)
    say("reading people, addresses, sections and buildings")
    raw = read_raw(sources)
    say("reading the streets")
    streets, streets_report = milano_streets.build_streets(sources)
    extent = _extent(streets)
    say("placing the people at their addresses")
    residents, residents_report = place_residents(raw)
    say("measuring how wrong that is")
    error = _error(raw)
    say("reading the registry of places")
    spaces = comune.read_cool_spaces(
        paths["comune/ds3017_spazi_freschi_case_di_quartiere.csv"], crs=CRS, extent=EXTENT
    )
    written = registry.read_registry(paths["registry/registry.csv"], extent=extent)
    registry.read_interventions(paths["registry/interventions.csv"], extent=extent)
    registry.read_erp_quarters(paths["registry/erp_quarters.csv"], extent=extent)
    nil = model_zones.zones_table(raw.nil, _published(raw, residents))
    municipi = model_zones.zones_table(
        raw.municipi, model_zones.summed(residents, "municipio", GROUPS)
    )
    places = model_places.places_table(written, crs=CRS)
    elsewhere = model_places.outside_stated_zone(places, municipi)
    left_out = {
        "streets": streets_report,
        "residents": residents_report,
        "places": {
            "without_position": written.attrs["without_position"],
            "without_stated_uncertainty": int(places["location_uncertainty_m"].isna().sum()),
            "outside_the_stated_municipio": elsewhere.to_dict("records"),
            "without_known_opening_hours": int((~written["ds3017_id"].notna()).sum()),
        },
    }
    say("writing the edition")
    with replacing_folder(out) as folder:
        milano_streets.write_streets(streets, folder / STREETS_FILE)
        rows = {STREETS_FILE: len(streets.edges)}
        for name, table in (("residents", residents), ("nil", nil), ("municipi", municipi)):
            _write_table(table, folder / f"{name}.parquet")
            rows[f"{name}.parquet"] = len(table)
        for name in EDITABLE:
            rows[name] = _copy_csv(paths[f"registry/{name}"], folder / name)
        rows[COOL_SPACES_FILE] = _write_cool_spaces(spaces, folder / COOL_SPACES_FILE)
        _write_json(error, folder / ERROR_FILE)
        (folder / LICENSES_FILE).write_text(_licenses(), encoding="utf-8", newline="\n")
        manifest = _manifest(folder, rows, paths, left_out)
        _write_json(manifest, folder / MANIFEST_FILE)
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
        With ``zones`` ``nil``, ``municipi`` and ``target_areas``. ``provenance["edited"]``
        names the CSV files that someone has edited since the edition was built;
        ``provenance["files"]`` states every file's checksum.

    Raises
    ------
    MissingFileError
        If files are missing: all of them are named at once.
    InputError
        If a file is damaged, or an edited registry has an error: with its line and column.
    """
    folder = Path(folder)
    paths = tabular.require_files(folder, [MANIFEST_FILE, *FILES])
    manifest = _read_manifest(paths[MANIFEST_FILE])
    edited = _verified(paths, manifest)
    streets = milano_streets.read_streets(paths[STREETS_FILE])
    tables = {name: gpd.read_parquet(paths[f"{name}.parquet"]) for name in TABLES}
    extent = _extent(streets)
    written = registry.read_registry(paths["registry.csv"], extent=extent)
    planned = registry.read_interventions(paths["interventions.csv"], extent=extent)
    areas = planned[(planned["action"] == registry.AREA_ACTION) & planned["nil_id"].notna()]
    zones = {
        "nil": tables["nil"],
        "municipi": tables["municipi"],
        "target_areas": model_zones.target_areas(
            tables["nil"],
            areas["nil_id"],
            areas["place"].str.replace(r"\s*\(NIL \d+\)\s*$", "", regex=True),
        ),
    }
    return City(
        name=manifest["city"],
        streets=streets,
        places=model_places.places_table(
            written, crs=CRS, opening_hours=_opening_hours(paths[COOL_SPACES_FILE])
        ),
        zones=zones,
        residents=tables["residents"],
        provenance={
            **{key: value for key, value in manifest.items() if key != "format"},
            "edited": edited,
        },
    )


def read_raw(sources: str | Path) -> Raw:
    """Read the raw files about zones and people.

    Parameters
    ----------
    sources
        Folder of the raw files.
    """
    paths = tabular.require_files(sources, SOURCES)
    nil = comune.read_nil(paths["comune/ds964_nil_wm.geojson"], crs=CRS, extent=EXTENT)
    ages = comune.read_ages(paths["comune/eta_nil_2021.csv"])
    bands = model_residents.rebin(ages, comune.AGE_CLASSES).reindex(nil["id"]).fillna(0.0)
    bands.attrs = ages.attrs
    return Raw(
        nil=nil,
        municipi=comune.read_municipi(
            paths["comune/ds379_municipi_label.geojson"], crs=CRS, extent=EXTENT
        ),
        ages=bands,
        foreign=comune.read_foreign(paths["comune/stranieri_nil_2021.csv"]),
        households=comune.read_households(paths["comune/famiglie_nil_2021.csv"]),
        civics=comune.read_civics(
            paths["comune/ds634_civici_20200302.zip"], crs=CRS, extent=EXTENT
        ),
        sections=_sections(paths),
        buildings=_buildings(
            paths["osm/buildings-2022.parquet"], paths["osm/landuse-2021.parquet"], nil
        ),
    )


def place_residents(raw: Raw) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Expect people at every residential address, and say what was left out or odd.

    Parameters
    ----------
    raw
        As read by :func:`read_raw`.

    Returns
    -------
    residents : geopandas.GeoDataFrame
        ``id``, ``kind``, ``nil``, ``municipio``, ``section``, the groups, ``geometry``.
    report : dict
    """
    points, report = _points(raw)
    expected = model_residents.expected_residents(
        points,
        _pattern(raw.sections),
        ages=raw.ages,
        foreign=raw.foreign["foreign"],
        households=raw.households["households"],
        alone_share=ALONE_2020 / OVER65_2020,
    )
    census, civics = raw.sections.attrs, raw.civics.attrs
    report |= expected.report
    report |= {
        "civic_numbers_read": civics["rows_read"],
        "civic_numbers_suppressed": civics["suppressed"],
        "civic_numbers_in_force": len(raw.civics),
        "civic_numbers_residential": int(raw.civics["residential"].sum()),
        "sections_without_polygon": len(census["without_polygon"]),
        "census_residents_without_polygon": census["residents_without_polygon"],
        "census_residents_without_ages": census["residents_without_ages"],
        "age_classes_absent_and_read_as_0": raw.ages.attrs["absent_rows"],
        "household_rows_of_another_year": {
            str(zone): year for zone, year in raw.households.attrs["other_years"].items()
        },
        "odd": _odd(raw, expected.residents),
    }
    return expected.residents, report


def measure_error(sources: str | Path) -> dict[str, Any]:
    """Measure the error of the residents model, as written in ``residents_error.json``.

    Parameters
    ----------
    sources
        Folder of the raw files.

    Returns
    -------
    dict
        ``sections_from_nil``: every 2011 section predicted from its NIL's 2011 total, by
        several ways of weighing; ``nil_from_city``: every NIL of 2021 predicted from the 2011
        pattern and the city's figures of 2021. See ``docs/residents.md``.
    """
    return _error(read_raw(sources))


def _error(raw: Raw) -> dict[str, Any]:
    sections = _with_zone(raw)
    weights = _section_weights(raw)
    groups = ("residents", "over65", "foreign")
    by_section = model_residents.leave_sections_out(sections, weights, groups=groups)
    by_nil = model_residents.leave_zones_out(
        sections, ages=raw.ages, foreign=raw.foreign["foreign"]
    )
    return {
        "sections_from_nil": {
            "what": "2011 counts of each section, predicted from the 2011 total of its NIL",
            "sections": len(sections),
            "totals": {group: int(sections[group].sum()) for group in groups},
            "chosen": CHOSEN,
            "error": _rounded(by_section),
        },
        "nil_from_city": {
            "what": "2021 counts of each NIL, predicted from the 2011 pattern and the 2021 "
            "figures of the city",
            "chosen": "estimated foreign share by age",
            "error": _rounded(by_nil),
        },
    }


CHOSEN = "floor of the homes nearest to each residential civic number"


def _section_weights(raw: Raw) -> dict[str, pd.Series]:
    sections = raw.sections
    index = pd.Index(sections["section"])
    middle = raw.buildings.set_geometry(raw.buildings.representative_point())
    inside = _section_of(middle, sections)
    ground = raw.buildings.area.to_numpy()
    levels = raw.buildings["levels"].to_numpy()
    storeys = np.where(np.isnan(levels), np.nanmean(levels), levels)
    homes = raw.buildings["homes"].to_numpy()
    of_civic = _section_of(raw.civics, sections)
    residential = raw.civics["residential"].to_numpy()

    def total(section: Any, weight: Any) -> pd.Series:
        sums = pd.Series(weight).groupby(np.asarray(section)).sum()
        return sums.reindex(index).fillna(0.0)

    civics = total(of_civic[residential], np.ones(int(residential.sum())))
    weight = model_residents.address_weights(raw.civics, raw.buildings)
    return {
        "area": pd.Series(sections.area.to_numpy(), index=index),
        "building footprint": total(inside, ground),
        "building floor": total(inside, ground * storeys),
        "building floor, homes only": total(inside, ground * storeys * homes),
        "residential civic numbers": civics,
        CHOSEN: total(of_civic[residential], weight[residential]),
    }


def _rounded(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            key: (None if pd.isna(value) else round(value, 4)) if isinstance(value, float) else value
            for key, value in row.items()
        }
        for row in table.to_dict("records")
    ]


def _sections(paths: Mapping[str, Path]) -> gpd.GeoDataFrame:
    return istat.read_sections(
        polygons=paths["istat/ds98_sezioni_censimento_2011_shp.zip"],
        totals=paths["istat/istat_2011_milano.csv"],
        ages=paths["istat/eta_famiglie_sezioni_2011.json"],
        indicators=paths["istat/ds385_indicatori_sezioni_2011.csv"],
        households=paths["istat/ds383_famiglie_sezioni_2011.json"],
        crs=CRS,
    )


def _pattern(sections: gpd.GeoDataFrame) -> pd.DataFrame:
    """Bring the census to the bands; its oldest class is split by the published share of 85+."""
    oldest = np.minimum(sections["over85"], sections["75-100"])
    younger = [key for key in istat.AGE_CLASSES if key != "75-100"]
    ages = sections[younger].assign(**{"75-84": sections["75-100"] - oldest, "85+": oldest})
    classes = {key: istat.AGE_CLASSES[key] for key in younger}
    bands = model_residents.rebin(
        ages, classes | {"75-84": BANDS["75-84"], "85+": BANDS["85+"]}
    )
    counts = sections[["foreign", "over65_alone", "households", "renting_households"]]
    return pd.concat([bands, counts], axis=1).set_index(pd.Index(sections["section"]))


def _with_zone(raw: Raw) -> pd.DataFrame:
    pattern = _pattern(raw.sections)
    middle = raw.sections.set_geometry(raw.sections.representative_point())
    return pattern.assign(
        nil=model_zones.zone_of(middle, raw.nil).ids,
        residents=pattern[list(BANDS)].sum(axis=1).round().astype("int64"),
        over65=pattern[["65-74", "75-84", "85+"]].sum(axis=1).round().astype("int64"),
    )


def _buildings(path: Path, landuse: Path, nil: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read footprints around the comune: storeys where the height is mapped, homes or not."""
    table = gpd.read_parquet(path)[["render_height", "geometry"]].to_crs(CRS)
    west, south, east, north = nil.total_bounds
    table = table.cx[west - 100 : east + 100, south - 100 : north + 100].reset_index(drop=True)
    height = table["render_height"].to_numpy()
    unknown = np.isclose(height, STOREY_M) | (height <= 0)
    land = gpd.read_parquet(landuse)[["class", "geometry"]].to_crs(CRS)
    other = land.geometry[land["class"].isin(NOT_HOMES)].to_numpy()
    middle = shapely.point_on_surface(table.geometry.to_numpy())
    pairs = shapely.STRtree(other).query(middle, predicate="intersects")
    homes = np.ones(len(table), dtype=bool)
    homes[pairs[0]] = False
    return gpd.GeoDataFrame(
        {"levels": np.where(unknown, np.nan, height / STOREY_M), "homes": homes},
        geometry=table.geometry,
        crs=CRS,
    )


def _section_of(points: gpd.GeoDataFrame, sections: gpd.GeoDataFrame) -> Any:
    """Return the section of each point, -1 outside all sections."""
    tree = shapely.STRtree(sections.geometry.to_numpy())
    ids = sections["section"].to_numpy(dtype=np.int64)
    found = np.full(len(points), np.iinfo(np.int64).max)
    point, section = tree.query(points.geometry.to_numpy(), predicate="intersects")
    np.minimum.at(found, point, ids[section])
    found[found == np.iinfo(np.int64).max] = -1
    return found


def _points(raw: Raw) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Make the points people may live at: residential civics, and sections without one."""
    weight = model_residents.address_weights(raw.civics, raw.buildings)
    residential = raw.civics["residential"].to_numpy()
    civics = raw.civics[residential]
    located = model_zones.zone_of(civics, raw.sections, id_column="section")
    sections = raw.sections
    bare = (sections["residents"] > 0) & ~sections["section"].isin(located.ids)
    without = sections[bare]
    shapes = np.concatenate(
        [civics.geometry.to_numpy(), shapely.point_on_surface(without.geometry.to_numpy())]
    )
    # A centimetre is finer than any of the sources.
    shapes = shapely.points(np.round(shapely.get_coordinates(shapes), 2))
    points = gpd.GeoDataFrame(
        {
            "id": [
                *(f"civic-{number}" for number in civics["id"]),
                *(f"section-{number}" for number in without["section"]),
            ],
            "kind": pd.Categorical(
                ["civic"] * len(civics) + ["section"] * len(without),
                categories=["civic", "section"],
            ),
        },
        geometry=shapes,
        crs=CRS,
    )
    in_nil = model_zones.zone_of(points, raw.nil)
    in_municipio = model_zones.zone_of(points, raw.municipi)
    points.insert(2, "nil", in_nil.ids)
    points.insert(3, "municipio", in_municipio.ids)
    points.insert(4, "section", np.concatenate([located.ids, without["section"].to_numpy()]))
    points.insert(5, "weight", np.concatenate([weight[residential], np.ones(len(without))]))
    stated = civics["municipio"].to_numpy(dtype=float, na_value=np.nan)
    found = in_municipio.ids[: len(civics)]
    report = {
        "addresses_just_outside_all_sections": located.outside,
        "points_just_outside_all_nil": in_nil.outside,
        "points_just_outside_all_municipi": in_municipio.outside,
        "civic_numbers_without_stated_municipio": int(np.isnan(stated).sum()),
        "civic_numbers_in_another_municipio_than_stated": int(
            (~np.isnan(stated) & (stated != found)).sum()
        ),
    }
    return points, report


def _published(raw: Raw, residents: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the counts of each NIL: published where they are, summed where they are modelled."""
    return model_zones.summed(residents, "nil", GROUPS).reindex(raw.nil["id"]).fillna(0.0)


def _odd(raw: Raw, residents: gpd.GeoDataFrame) -> dict[str, Any]:
    """Name what looks odd in the figures and was kept."""
    names = raw.nil.set_index("id")["name"]
    total = raw.ages.sum(axis=1)
    abroad = raw.foreign["foreign"].reindex(total.index).fillna(0) / total.where(total > 0)
    old = _with_zone(raw).groupby("nil")["residents"].sum().reindex(total.index).fillna(0)
    growth = total / old.where(old > 0)
    sums = residents.groupby("nil")["over65_alone"].sum().reindex(total.index).fillna(0)
    single = raw.households["single_person"].reindex(total.index).fillna(0)

    def listed(values: pd.Series, limit: float) -> list[dict[str, Any]]:
        return [
            {"nil": int(zone), "name": str(names[zone]), "value": round(float(value), 3)}
            for zone, value in values[values > limit].items()
        ]

    return {
        "nil_where_most_residents_are_foreign_citizens": listed(abroad, ODD_FOREIGN_SHARE),
        "nil_that_grew_by_half_or_more_since_2011": listed(growth, GREW_FAST),
        "nil_with_more_people_over_65_alone_than_single_person_households": listed(
            sums / single.where(single > 0), 1.0
        ),
    }


def _extent(streets: Any) -> Extent:
    """Return the degrees that the streets reach over."""
    from pyproj import Transformer

    bounds = shapely.total_bounds(streets.nodes.geometry.to_numpy())
    transformer = Transformer.from_crs(streets.crs, GEOGRAPHIC, always_xy=True)
    west, south, east, north = transformer.transform_bounds(*bounds)
    return round(west, 4), round(south, 4), round(east, 4), round(north, 4)


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
    table = tabular.read_csv(source, columns=["id"], encodings=("utf-8-sig",))
    if table.attrs["dropped_columns"]:
        raise InputError(
            "personal data is not published",
            where=f"{source.name}, column {', '.join(table.attrs['dropped_columns'])}",
            mend="delete the column",
        )
    target.write_bytes(source.read_bytes())
    return len(table)


def _write_cool_spaces(spaces: gpd.GeoDataFrame, path: Path) -> int:
    table = spaces.drop(columns="geometry").rename(columns={"id": "ds3017_id"})
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return len(table)


def _opening_hours(path: Path) -> dict[int, str]:
    table = tabular.read_csv(path, columns=["ds3017_id", "opening_hours"])
    ids = tabular.numbers(table, "ds3017_id", whole=True)
    return {
        int(number): text
        for number, text in zip(ids, table["opening_hours"], strict=True)
        if text
    }


def _write_json(document: Mapping[str, Any], path: Path) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if value is pd.NA:
        return None
    raise TypeError(type(value).__name__)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(
    folder: Path,
    rows: Mapping[str, int],
    paths: Mapping[str, Path],
    left_out: Mapping[str, Any],
) -> dict[str, Any]:
    import pyarrow as pa

    return {
        "city": "milano",
        "format": FORMAT,
        "crs": CRS,
        "vintages": dict(VINTAGES),
        "licences": dict(LICENCES),
        "licence_line": LICENCE_LINE,
        "files": {
            name: {
                "sha256": _sha256(folder / name),
                "bytes": (folder / name).stat().st_size,
                **({"rows": rows[name]} if name in rows else {}),
            }
            for name in FILES
        },
        "sources": [
            {
                "file": name,
                "name": what,
                "publisher": publisher,
                "licence": licence,
                "vintage": vintage,
                "sha256": _sha256(paths[name]),
            }
            for name, (what, publisher, licence, vintage) in SOURCES.items()
        ],
        "left_out": dict(left_out),
        # Other versions may write the same tables in other bytes.
        "written_with": {"geopandas": gpd.__version__, "pandas": pd.__version__, "pyarrow": pa.__version__},
    }


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(
            f"not a JSON file ({error})", where=str(path), mend="build the edition again"
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(
            f"not an edition of format {FORMAT}", where=str(path), mend="build the edition again"
        )
    return manifest


def _verified(paths: Mapping[str, Path], manifest: Mapping[str, Any]) -> list[str]:
    """Compare every file with its checksum; return the editable ones that differ."""
    edited = []
    for name in FILES:
        if _sha256(paths[name]) == manifest["files"].get(name, {}).get("sha256"):
            continue
        if name not in EDITABLE:
            raise InputError(
                "the file is not the one that belongs to this edition (its checksum differs)",
                where=str(paths[name]),
                mend="fetch the file again, or build the edition again",
            )
        edited.append(name)
    return edited


def _silent(_: str) -> None:
    pass


def _licenses() -> str:
    lines = [
        "# Licences of the Milano edition",
        "",
        f"To be stated wherever it is shown: **{LICENCE_LINE}**.",
        "",
        "| file | derived from | licence |",
        "|---|---|---|",
        f"| `{STREETS_FILE}` | OpenStreetMap | ODbL 1.0 |",
        "| `residents.parquet` | census sections (ISTAT), figures per NIL and civic numbers "
        "(Comune di Milano), weighed by building footprints and land use (OpenStreetMap) | "
        "ODbL 1.0, naming ISTAT and the Comune di Milano too |",
        "| `nil.parquet`, `municipi.parquet` | zones and figures of the Comune di Milano; figures "
        "that are not published per zone are sums of `residents.parquet` | CC BY 4.0; the sums "
        "as `residents.parquet` |",
        "| `registry.csv`, `interventions.csv`, `erp_quarters.csv` | public documents of the "
        "Comune di Milano and of ALER Milano, civic numbers, OpenStreetMap: named row by row | "
        "CC BY 4.0; positions taken from OpenStreetMap ODbL 1.0 |",
        f"| `{COOL_SPACES_FILE}` | ds3017 of the Comune di Milano | CC BY 4.0 |",
        "",
        "## Raw files",
        "",
        "| file | what | publisher | licence | vintage |",
        "|---|---|---|---|---|",
        *(
            f"| `{name}` | {what} | {publisher} | {licence} | {vintage} |"
            for name, (what, publisher, licence, vintage) in SOURCES.items()
        ),
        "",
    ]
    return "\n".join(lines)
