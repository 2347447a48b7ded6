"""The Milano edition: from the raw files to ``data/milano``, and from there to a city.

``build`` reads the raw files and writes the edition as a whole; the same files give the same
bytes. ``load`` opens an edition in under a second and reads nothing else.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions import milano_people, milano_streets
from quartieri15.editions.milano_people import EXTENT
from quartieri15.editions.milano_streets import CRS
from quartieri15.errors import InputError, OutputError, ParameterError, UnknownNameError
from quartieri15.model import places as model_places
from quartieri15.model import zones as model_zones
from quartieri15.model.city import City
from quartieri15.model.residents import GROUPS
from quartieri15.progress import quiet
from quartieri15.sources import comune, registry, tabular
from quartieri15.writing import put_back, replacing_folder, require_writable, take_along

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.progress import Say
    from quartieri15.sources.tabular import Extent

FORMAT = 1

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
        "streets beyond the extract of mid 2022",
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
    "municipi": "2020",
    "places": "2020-2026, stated row by row",
}
LICENCES: Mapping[str, str] = {
    "streets": "© OpenStreetMap contributors, ODbL 1.0",
    "barriers": "© OpenStreetMap contributors, ODbL 1.0",
    "residents": "Comune di Milano (CC BY 4.0), ISTAT (CC BY), © OpenStreetMap contributors (ODbL)",
    "nil": "Comune di Milano, CC BY 4.0",
    "municipi": "Comune di Milano, CC BY 4.0",
    "places": "compiled; Comune di Milano (CC BY 4.0), © OpenStreetMap contributors (ODbL)",
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
# What people may edit: its checksum may differ from the manifest's.
EDITABLE = ("registry.csv", "interventions.csv", "erp_quarters.csv")
COOL_SPACES_FILE = "cool_spaces.csv"
ERROR_FILE = "residents_error.json"
MANIFEST_FILE = "MANIFEST.json"
LICENSES_FILE = "LICENSES.md"
FILES = (
    STREETS_FILE,
    BARRIERS_FILE,
    *(f"{name}.parquet" for name in TABLES),
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
    say("reading people, addresses, sections and buildings")
    raw = milano_people.read_raw(sources)
    say("reading the streets")
    streets, streets_report = milano_streets.build_streets(sources)
    extent = _extent(streets)
    barriers, barriers_report = milano_streets.build_barriers(sources, streets)
    streets = streets.with_barriers(barriers)
    say("placing the people at their addresses")
    residents, residents_report = milano_people.place_residents(raw)
    say("measuring how wrong that is")
    error = milano_people.error_of(raw)
    say("reading the registry of places")
    spaces = comune.read_cool_spaces(
        paths["comune/ds3017_spazi_freschi_case_di_quartiere.csv"], crs=CRS, extent=EXTENT
    )
    written = registry.read_registry(
        paths["registry/registry.csv"],
        extent=extent,
        municipi=raw.municipi["id"].tolist(),
        nil=raw.nil["id"].tolist(),
    )
    registry.read_interventions(paths["registry/interventions.csv"], extent=extent)
    registry.read_erp_quarters(paths["registry/erp_quarters.csv"], extent=extent)
    nil = model_zones.zones_table(raw.nil, model_zones.summed(residents, "nil", GROUPS))
    municipi = model_zones.zones_table(
        raw.municipi, model_zones.summed(residents, "municipi", GROUPS)
    )
    places = model_places.places_table(written, crs=CRS)
    City.from_tables(
        "milano",
        streets=streets,
        places=places,
        zones={"nil": nil, "municipi": municipi},
        residents=residents,
    )
    left_out = {
        "streets": streets_report,
        "barriers": barriers_report,
        "residents": residents_report,
        "places": _places_left_out(written, places, municipi),
    }
    say("writing the edition")
    with replacing_folder(out) as folder:
        milano_streets.write_streets(streets, folder / STREETS_FILE)
        _write_table(barriers, folder / BARRIERS_FILE)
        rows = {STREETS_FILE: len(streets.edges), BARRIERS_FILE: len(barriers)}
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
        With ``zones`` ``nil``, ``municipi`` and ``target_areas``. ``provenance["edited"]``
        names the CSV files that someone has edited since the edition was built; what an edited
        registry leaves out is counted anew;
        ``provenance["files"]`` states every file's checksum.

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
        milano_streets.read_streets(paths[STREETS_FILE]),
        barriers=barriers.astype({"kind": "category"}).rename_axis("barrier_id"),
    )
    tables = {
        name: _read_table(paths[f"{name}.parquet"], columns) for name, columns in TABLES.items()
    }
    extent = _extent(streets)
    written = registry.read_registry(
        paths["registry.csv"],
        extent=extent,
        municipi=tables["municipi"]["id"].tolist(),
        nil=tables["nil"]["id"].tolist(),
    )
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
    places = model_places.places_table(
        written, crs=CRS, opening_hours=_opening_hours(paths[COOL_SPACES_FILE])
    )
    left_out = manifest.get("left_out", {})
    if "registry.csv" in edited:
        found = _places_left_out(written, places, tables["municipi"])
        left_out = left_out | {"places": json.loads(json.dumps(found, default=_plain))}
    # All tables are numpy's now. What Arrow read them through, a quarter of the whole process,
    # would stay with this process unused.
    pa.default_memory_pool().release_unused()
    return City(
        name=manifest["city"],
        streets=streets,
        places=places,
        zones=zones,
        residents=tables["residents"],
        provenance={
            **{key: value for key, value in manifest.items() if key != "format"},
            "left_out": left_out,
            "edited": edited,
        },
    )


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


def _places_left_out(
    written: pd.DataFrame, places: gpd.GeoDataFrame, municipi: gpd.GeoDataFrame
) -> dict[str, Any]:
    """Count what a registry does not tell of its places, or tells in contradiction."""
    elsewhere = model_places.outside_stated_zone(places, municipi)
    return {
        "without_position": written.attrs["without_position"],
        "without_stated_uncertainty": int(places["location_uncertainty_m"].isna().sum()),
        "outside_the_stated_municipio": elsewhere.to_dict("records"),
        "without_known_opening_hours": int((~written["ds3017_id"].notna()).sum()),
    }


def _read_table(path: Path, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Read a table of the edition; a damaged one is told from one that is merely another."""
    import pyarrow as pa

    mend = "fetch the file again, or build the edition again"
    try:
        table = gpd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"the file cannot be read as a table with geometry ({error})",
            where=str(path),
            mend=mend,
        ) from error
    missing = [column for column in columns if column not in table.columns]
    if missing or table.empty:
        what = f"column {', '.join(missing)} is missing" if missing else "there is no row in it"
        raise InputError(what, where=str(path), mend=mend)
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
        int(number): text for number, text in zip(ids, table["opening_hours"], strict=True) if text
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
        "written_with": {
            "geopandas": gpd.__version__,
            "pandas": pd.__version__,
            "pyarrow": pa.__version__,
        },
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


def _licenses() -> str:
    lines = [
        "# Licences of the Milano edition",
        "",
        f"To be stated wherever it is shown: **{LICENCE_LINE}**.",
        "",
        "| file | derived from | licence |",
        "|---|---|---|",
        f"| `{STREETS_FILE}` | OpenStreetMap | ODbL 1.0 |",
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
            for name, (what, publisher, licence, vintage) in SOURCES.items()
        ),
        "",
    ]
    return "\n".join(lines)
