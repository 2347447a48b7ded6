"""A city of one's own: from a project folder to an edition.

What the Milano edition is made of by a recipe of its own, a project says in ``city.toml``. The
edition is of the same kind: Parquet tables, ``MANIFEST.json``, ``LICENSES.md``; the same files
give the same bytes. What a city lacks (a group of people, addresses, opening hours, target areas)
is absent from it, and never zero.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from quartieri15.editions import project_tables as tables
from quartieri15.editions.packed_tables import write_table
from quartieri15.editions.project import PROJECT_FILE, read_project
from quartieri15.editions.project_addresses import addresses_of, read_civic_numbers
from quartieri15.editions.project_counts import read_counts
from quartieri15.editions.project_crs import city_crs
from quartieri15.editions.project_edition import (
    BARRIERS_FILE,
    DEFERRED,
    FORMAT,
    LICENSES_FILE,
    MANIFEST_FILE,
    PLACES_FILE,
    RESIDENTS_FILE,
    STREETS_FILE,
    sha256,
    zone_file,
)
from quartieri15.editions.project_files import NOT_STATED
from quartieri15.editions.project_people import place_people
from quartieri15.editions.stored_streets import as_stored, write_streets
from quartieri15.errors import OutputError
from quartieri15.model.city import City
from quartieri15.model.residents import GROUPS
from quartieri15.plain_json import plain_json
from quartieri15.progress import saying
from quartieri15.sources import tabular
from quartieri15.sources.osm import read_pbf
from quartieri15.writing import replacing_folder, require_writable, take_along

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from quartieri15.editions.project import Project
    from quartieri15.editions.project_addresses import CivicNumbers
    from quartieri15.progress import Say

RING_M: Final = 5000.0
"""How far around the zones streets are kept, so that the border is no edge of the world: more than
fifteen minutes by bicycle."""
HALF_A_PERSON: Final = 0.5


def build_city(
    project: str | Path, out: str | Path, *, progress: Say | None = None
) -> dict[str, Any]:
    """Make an edition of the city that a project describes.

    The folder is written beside ``out`` and put in its place when it is complete: a failure
    leaves what stood there as it was. What else stands in an edition's folder, such as
    scenarios, is kept.

    Parameters
    ----------
    project
        The folder with ``city.toml``, as
        :func:`~quartieri15.editions.new_project.new_project` makes one.
    out
        The folder of the edition.
    progress
        Called with a sentence at the start of every step.

    Returns
    -------
    dict
        The manifest: files, sources, vintages, licences, and what was left out.
        ``left_out["residents"]`` tells by which way residents were placed (``method``), in how
        many zones another one had to do (``zones_by_method``), and the error of each
        (``misplaced_share``).

    Raises
    ------
    MissingFileError
        If files are missing: all of them are named at once.
    InputError
        If ``city.toml`` or a file is not what it must be, with line, row and column.
    OutputError
        If the edition cannot be written, or ``out`` holds files and no edition.
    ParameterError
        If a path is none.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     told = build_city("data/centro-2019/project", Path(folder) / "centro")
    >>> told["left_out"]["residents"]["method"], told["crs"]
    ('buildings', 'EPSG:32632')
    """
    said = read_project(project)
    before = require_writable(out, folder=True)
    kept = _others(before)
    said.require_city()
    said.require_files()
    with saying(progress, said.name) as say:
        city, report, layers = _made(said, say)
        say("writing the edition")
        with replacing_folder(out) as folder:
            rows = _write_tables(city, layers, folder)
            line = said.licence_line or _licence_line(said)
            (folder / LICENSES_FILE).write_text(
                _licenses(said, line, mapped=_addresses_are_mapped(said, report)),
                encoding="utf-8",
                newline="\n",
            )
            manifest = _manifest(said, city, folder, rows=rows, line=line, report=report)
            text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
            (folder / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8", newline="\n")
            # Last, so that what a user puts there meanwhile comes along too.
            take_along(_others(before) if kept else [], folder)
    return manifest


def _made(project: Project, say: Say) -> tuple[City, dict[str, Any], dict[str, gpd.GeoDataFrame]]:
    """Read everything, check it, and make a city of it."""
    say("reading the zones and their people")
    read = {key: tables.read_zones(file) for key, file in project.zones.items()}
    without_name = {key: table.attrs["without_name"] for key, table in read.items()}
    counted = {
        key: read_counts(file, read[key], zones_file=project.zones[key])
        for key, file in project.counts.items()
    }
    # The finest zones that count people know most of where they live.
    level = max(counted, key=lambda key: len(read[key]))
    crs = city_crs(project, read[level])
    zones = {key: tables.on_grid(table, crs) for key, table in read.items()}
    say("reading the streets")
    ring = gpd.GeoSeries([zones[level].union_all().buffer(RING_M)], crs=crs)
    streets, streets_report = read_pbf(project.streets.path, area=ring, crs=crs)
    tables.require_coordinates(streets_report, file=project.streets.path.name)
    tables.require_streets(zones[level], counted[level][0], streets, file=project.streets.path.name)
    streets = as_stored(streets)
    barriers, barriers_report = tables.read_ground_barriers(streets, project.streets)
    streets = streets.with_barriers(barriers)
    ground = City.from_tables(project.name, streets=streets)
    civic: CivicNumbers | None = None
    if "civic_numbers" in project.weights:
        say("reading the civic numbers")
        civic = read_civic_numbers(project.weights["civic_numbers"], ground, zones[level])
    say("reading the places")
    addresses, mapped = addresses_of(project, None if civic is None else civic[0], zones[level])
    # By the name that people write behind an address.
    ground = City.from_tables(project.name, streets=streets, addresses=addresses)
    places, places_report = tables.read_places(project.places, ground)
    services, services_report = tables.read_places(project.services, ground)
    people = place_people(project, civic, zones, counted[level][0], level=level, say=say)
    groups = [group for group in GROUPS if group in people.residents.columns]
    layers = {
        key: tables.zone_table(table, key, people.residents, groups) for key, table in zones.items()
    }
    buildings = people.buildings
    city = City.from_tables(
        project.slug,
        streets=streets,
        places=places,
        zones=layers,
        residents=people.residents,
        addresses=addresses,
        buildings=None if buildings is None else tables.building_outlines(buildings),
        services=services,
    )
    report = {
        "streets": streets_report,
        "barriers": barriers_report,
        "zones": {
            key: {
                "zones": len(table),
                "overlap_m2": tables.overlap_m2(table),
                **(counted[key][1] if key in counted else {}),
                **({"called_by_their_id": names} if (names := without_name[key]) else {}),
            }
            for key, table in zones.items()
        },
        "places": places_report,
        "services": services_report,
        **({"addresses": mapped} if mapped else {}),
        "residents": people.report
        | {
            "counts_that_do_not_close": {
                key: _apart(layers[key], counts)
                for key, (counts, _) in counted.items()
                if key != level
            }
        },
        "outside_streets": city.provenance.get("outside_streets", {}),
    }
    return city, report, layers


def _apart(zones: gpd.GeoDataFrame, counts: pd.DataFrame) -> dict[str, float]:
    """Tell how far the sums of a set of zones are from the counts that its own file gives."""
    apart = (zones["residents"] - counts["residents"]).abs()
    return {
        "zones_that_differ": int((apart > HALF_A_PERSON).sum()),
        "most_residents_apart": round(float(apart.max()), 3),
    }


def _write_tables(
    city: City, layers: Mapping[str, gpd.GeoDataFrame], folder: Path
) -> dict[str, int]:
    """Write every table that the city has; return the rows of each file."""
    write_streets(city.streets, folder / STREETS_FILE)
    rows = {STREETS_FILE: len(city.streets.edges)}
    found = {
        BARRIERS_FILE: city.streets.barriers.reset_index(drop=True),
        RESIDENTS_FILE: city.residents,
        PLACES_FILE: city.places,
        **{zone_file(key): table for key, table in layers.items()},
        **{f"{name}.parquet": getattr(city, name) for name in DEFERRED},
    }
    for name, table in found.items():
        if not len(table) and name != PLACES_FILE:
            continue
        plain = table.copy()
        plain.attrs = {}
        write_table(plain, folder / name)
        rows[name] = len(plain)
    return rows


def _manifest(
    project: Project,
    city: City,
    folder: Path,
    *,
    rows: Mapping[str, int],
    line: str,
    report: Mapping[str, Any],
) -> dict[str, Any]:
    import pyarrow as pa
    import pyproj
    import shapely

    stated: dict[str, dict[str, None]] = {}
    for role, vintage in project.vintages.items():
        stated.setdefault(_spoken(role), {})[vintage] = None
    vintages = {spoken: "; ".join(told) for spoken, told in stated.items()}
    level = project.counts[report["residents"]["level"]]
    vintages["residents"] = level.vintage
    return plain_json(  # type: ignore[no-any-return]
        {
            "city": project.slug,
            "name": project.name,
            "format": FORMAT,
            "crs": city.crs.to_string(),
            "zones": list(project.zones),
            "vintages": vintages,
            "licences": {_spoken(role): licence for role, licence in project.licences.items()},
            "licence_line": line,
            "files": {
                name: {
                    "sha256": sha256(folder / name),
                    "bytes": (folder / name).stat().st_size,
                    **({"rows": rows[name]} if name in rows else {}),
                }
                for name in [*rows, LICENSES_FILE]
            },
            "sources": [
                {
                    "file": one.path.name,
                    "name": role,
                    "publisher": one.publisher,
                    "licence": one.licence,
                    "vintage": one.vintage,
                    "sha256": sha256(one.path),
                }
                for role, one in project.files.items()
            ],
            "project_sha256": sha256(project.path),
            "left_out": report,
            # Other versions may write the same tables in other bytes.
            "written_with": {
                "geopandas": gpd.__version__,
                "pandas": pd.__version__,
                "pyarrow": pa.__version__,
                "geos": shapely.geos_version_string,
                "proj": pyproj.proj_version_str,
            },
        }
    )


def _spoken(role: str) -> str:
    """Return what readers call what a file is for: ``quartieri`` for ``zones.quartieri``."""
    first, _, rest = role.partition(".")
    return first if first in ("places", "services") or not rest else rest.replace(".", " ")


def _licence_line(project: Project) -> str:
    """Return the licences of all files, each once, in their order."""
    stated = [licence for licence in project.licences.values() if licence != NOT_STATED]
    line = "; ".join(dict.fromkeys(stated))
    silent = len({one.path for one in project.files.values() if one.licence == NOT_STATED})
    return f"{line}; of {silent} other files the licence is not stated" if silent else line


def _addresses_are_mapped(project: Project, report: Mapping[str, Any]) -> bool:
    """Tell whether the addresses are those of OpenStreetMap."""
    named = project.weights.get("civic_numbers")
    return "addresses" in report if named is None else named.is_osm


def _licenses(project: Project, line: str, *, mapped: bool) -> str:
    """Return the page of licences; ``mapped`` says that the addresses are of OpenStreetMap."""
    addresses = "addresses and places found by them, " if mapped else ""
    rows = [
        f"| `{one.path.name}` | {role} | {one.publisher} | {one.licence} | {one.vintage} |"
        for role, one in project.files.items()
    ]
    return "\n".join(
        [
            f"# Licences of {project.name}",
            "",
            f"To be stated wherever it is shown: **{line}**.",
            "",
            (
                f"What is derived of OpenStreetMap (streets, barriers, buildings, {addresses}and "
                "residents placed at buildings or on land use) is under the ODbL 1.0, naming the "
                "other publishers too."
            ),
            "",
            "| file | for | publisher | licence | vintage |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _others(out: Path) -> list[Path]:
    """List what stands in a folder beside an edition; refuse a folder of other things."""
    inside = sorted(out.iterdir()) if out.is_dir() else []
    if not inside:
        return []
    if not (out / MANIFEST_FILE).is_file():
        what = "a project" if (out / PROJECT_FILE).is_file() else inside[0].name
        raise OutputError(
            f"the folder holds {what} and no edition",
            where=str(out),
            mend="give a new or an empty folder, or one with an edition in it",
        )
    former = tabular.read_json(out / MANIFEST_FILE)
    known = former.get("files", {}) if isinstance(former, dict) else {}
    return [path for path in inside if path.name not in {*known, MANIFEST_FILE}]
