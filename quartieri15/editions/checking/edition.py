"""Everything wrong with a built edition: its files, the tables people edit, what they tell."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from quartieri15.editions import milano
from quartieri15.editions.checking.addresses import check_addresses
from quartieri15.editions.checking.asking import Asked
from quartieri15.editions.checking.findings import Finding, of_error
from quartieri15.editions.checking.places import check_inside, check_places
from quartieri15.editions.checking.registers import read_registers
from quartieri15.editions.checking.residents import check_groups, check_totals
from quartieri15.editions.checking.streets import check_streets
from quartieri15.editions.checking.vintages import check_vintages, of_each_file
from quartieri15.editions.checking.zones import check_same_ground, check_zones
from quartieri15.editions.loading import MANIFEST, load
from quartieri15.editions.project_edition import FORMAT
from quartieri15.editions.project_files import NOT_STATED
from quartieri15.errors import Quartieri15Error
from quartieri15.model import schemas
from quartieri15.model.residents import GROUPS
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quartieri15.editions.checking.findings import Severity
    from quartieri15.model.city import City
    from quartieri15.progress import Say


def check_edition(folder: Path, say: Say) -> list[Finding]:
    """Find everything wrong with a built edition.

    Parameters
    ----------
    folder
        With a ``MANIFEST.json``.
    say
        Told which step the check is at.
    """
    asked = Asked(folder)
    say("looking at the files")
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix != ".md":
            asked.look(path, file=path.name)
    manifest = _manifest(asked)
    if manifest is None:
        return asked.findings
    editable = set(milano.EDITABLE)
    asked.add(_files(asked, manifest, editable))
    asked.add(check_vintages(_vintages(manifest)))
    _registers(asked, manifest)
    say("opening the city")
    names = (MANIFEST, *manifest["files"])
    city = asked.settle(names, lambda: load(folder), rule="edition.load")
    if city is None:
        return asked.findings
    say("tables")
    asked.add(_contracts(city))
    say("zones and people")
    asked.add(_zones(city))
    say("places")
    file = milano.REGISTRY_FILE if (folder / milano.REGISTRY_FILE).is_file() else "places"
    asked.add(check_places(city.places, file=file))
    zones = next(iter(city.zones.values()), None)
    if zones is not None:
        asked.add(check_inside(city.places, zones, file=file))
    asked.add(check_addresses(city.places, city, file=file))
    say("streets")
    asked.add(check_streets(city.streets, file=milano.STREETS_FILE))
    return asked.findings


def _manifest(asked: Asked) -> dict[str, Any] | None:
    """Read the manifest as far as any edition has one."""
    path = asked.folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        files = manifest["files"]
        if all(isinstance(told["sha256"], str) for told in files.values()):
            return dict(manifest)
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass
    asked.findings.append(
        Finding(
            file=MANIFEST,
            problem="it does not name the files of the edition and their checksums",
            mend="build the edition again",
            severity="error",
            rule="edition.manifest",
        )
    )
    return None


def _files(asked: Asked, manifest: dict[str, Any], editable: set[str]) -> Iterator[Finding]:
    """Find files that are missing or are not the ones that were built."""
    for name, told in manifest["files"].items():
        path = asked.folder / name
        if not path.is_file():
            asked.refused.add(name)
            yield _file(name, "files.missing", "the file is missing")
            continue
        if milano.sha256_of(path) == told["sha256"]:
            continue
        edited = name in editable
        if not edited:
            asked.refused.add(name)
        yield _file(
            name,
            "edition.edited" if edited else "edition.checksum",
            "the file was edited since the edition was built"
            if edited
            else "the file is not the one that belongs to this edition (its checksum differs)",
            severity="note" if edited else "error",
        )


def _file(name: str, rule: str, problem: str, severity: Severity = "error") -> Finding:
    mend = "fetch the file again, or build the edition again"
    if severity != "error":
        mend = "nothing is wrong with that; figures differ from those of the edition as built"
    return Finding(file=name, problem=problem, mend=mend, severity=severity, rule=rule)


def _vintages(manifest: dict[str, Any]) -> dict[str, str]:
    """Return what is stated of the age of every file, or of every table."""
    sources = manifest.get("sources")
    if manifest.get("format") == FORMAT and isinstance(sources, list):
        told = [_texts(source) for source in sources]
        return of_each_file((one.get("file", ""), one.get("vintage", NOT_STATED)) for one in told)
    return _texts(manifest.get("vintages"))


def _texts(told: object) -> dict[str, str]:
    items = told.items() if isinstance(told, dict) else ()
    return {str(name): str(text) for name, text in items}


def _contracts(city: City) -> Iterator[Finding]:
    """Find what breaks the column contracts of the tables."""
    groups = tuple(group for group in GROUPS if group in city.residents.columns)
    tables: dict[str, tuple[Any, dict[str, schemas.Column]]] = {
        "places": (city.places, schemas.place_columns(city.places)),
        "residents": (
            city.residents,
            schemas.RESIDENT_COLUMNS | schemas.count_columns(groups),
        ),
        milano.STREETS_FILE: (city.streets.edges, schemas.edge_columns(city.streets.edges)),
        **{name: (zones, schemas.ZONE_COLUMNS) for name, zones in city.zones.items()},
    }
    for name, (table, columns) in tables.items():
        try:
            schemas.check(table, columns, where=name)
        except Quartieri15Error as error:
            yield of_error(error, file=name, rule="edition.contract")


def _zones(city: City) -> Iterator[Finding]:
    residents = city.residents
    groups = [group for group in city.groups if group in residents.columns]
    covering = [(name, zones) for name, zones in city.zones.items() if name in residents.columns]
    for name, zones in covering:
        file = f"{name}.parquet"
        yield from check_zones(zones, file=file)
        counted = [group for group in groups if group in zones.columns]
        own = zones.set_index("id")[counted]
        yield from check_groups(own, files=dict.fromkeys(counted, file))
        found = residents.groupby(name, observed=True)[counted].sum().reindex(own.index).fillna(0.0)
        for zone in own.index:
            yield from check_totals(
                found.loc[zone].to_dict(),
                own.loc[zone].to_dict(),
                file="residents.parquet",
                source=f"zone {zone} of {name}",
            )
    for (name, zones), (other, others) in itertools.pairwise(covering):
        yield from check_same_ground(zones, others, files=(f"{name}.parquet", f"{other}.parquet"))


def _registers(asked: Asked, manifest: dict[str, Any]) -> None:
    """Find everything wrong in the tables that people edit, where the zones can be read."""
    if not all((asked.folder / name).is_file() for name in milano.EDITABLE):
        return
    zones = {
        name: asked.read(
            f"{name}.parquet", lambda path: tabular.read_geoparquet(path, columns=["id", "name"])
        )
        for name in ("nil", "municipi")
        if f"{name}.parquet" not in asked.refused
    }
    built = manifest.get("built", {}).get(milano.REGISTRY_FILE, {})
    read_registers(
        asked,
        {name: name for name in milano.EDITABLE},
        nil=zones.get("nil"),
        municipi=zones.get("municipi"),
        cool_spaces=None,
        gone=[place for ids in built.values() for place in ids],
    )
