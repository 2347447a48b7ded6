"""Everything wrong with a project: its ``city.toml``, and every file that it names."""

from __future__ import annotations

import functools
import itertools
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions import project_tables
from quartieri15.editions.any_city import RING_M
from quartieri15.editions.checking.addresses import check_addresses
from quartieri15.editions.checking.asking import Asked
from quartieri15.editions.checking.findings import Finding, of_error
from quartieri15.editions.checking.places import check_inside, check_places, check_stated_zones
from quartieri15.editions.checking.residents import check_groups, check_totals
from quartieri15.editions.checking.streets import check_streets
from quartieri15.editions.checking.texts import check_text
from quartieri15.editions.checking.vintages import check_vintages
from quartieri15.editions.checking.zones import check_same_ground, check_zone_ids, check_zones
from quartieri15.editions.project import PROJECT_FILE, read_project
from quartieri15.editions.project_addresses import addresses_of, read_civic_numbers
from quartieri15.editions.project_people import place_people
from quartieri15.errors import Quartieri15Error
from quartieri15.model.city import City
from quartieri15.sources import tabular
from quartieri15.sources.facilities import LISTS, read_shapes, texts_of
from quartieri15.sources.osm import read_pbf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from quartieri15.editions.project import Project, ProjectFile
    from quartieri15.model.streets import StreetNetwork
    from quartieri15.progress import Say

ADDRESS_COLUMNS: Final = ("address", "indirizzo", "Indirizzo")
"""Columns of a list of places that hold street and number, where it has one of them."""


def check_project(folder: Path, say: Say) -> list[Finding]:
    """Find everything wrong with a project.

    Parameters
    ----------
    folder
        With a ``city.toml``.
    say
        Told which step the check is at.
    """
    asked = Asked(folder)
    say("looking at the files")
    asked.add(check_text(folder / PROJECT_FILE, file=PROJECT_FILE))
    try:
        project = read_project(folder)
    except Quartieri15Error as error:
        asked.findings.append(of_error(error, file=PROJECT_FILE, rule="project.refused"))
        return asked.findings
    names = {one.path: _name(project, one) for one in project.files.values()}
    for path, name in names.items():
        asked.add(check_text(path, file=name) if path.is_file() else _missing(project, path, name))
    asked.add(check_vintages({names[one.path]: one.vintage for one in project.files.values()}))
    say("zones and people")
    zones = _zones(asked, project)
    counts = _counts(asked, project, zones)
    say("streets")
    crs, streets = _streets(asked, project, zones)
    say("places")
    city = civic = None
    metric = {key: project_tables.on_grid(table, crs) for key, table in zones.items()}
    if streets is not None:
        level = max(counts or zones, key=lambda key: len(zones[key]))
        civic, addresses = _addresses(asked, project, metric[level])
        city = City.from_tables(project.name, streets=streets, addresses=addresses)
        if civic is None and "civic_numbers" in project.weights:
            # What is wrong with them has been told; without them no address can be looked up.
            asked.refused |= {names[file.path] for file in _by_address(project)}
    if city is not None and counts:
        asked.settle(
            tuple(names.values()),
            lambda: place_people(project, metric, counts[level], level=level, civic=civic, say=say),
            rule="project.people",
        )
    if city is not None:
        _places(asked, project, city, zones, crs)
    return asked.findings


def _name(project: Project, file: ProjectFile) -> str:
    return os.path.relpath(file.path, project.folder).replace(os.sep, "/")


def _missing(project: Project, path: Path, name: str) -> list[Finding]:
    where = ", ".join(one.where for one in project.files.values() if one.path == path)
    return [
        Finding(
            file=name,
            problem=f"the file is missing, which {where} names",
            mend=f"put it there, or correct its name in {PROJECT_FILE}",
            severity="error",
            rule="files.missing",
        )
    ]


def _zones(asked: Asked, project: Project) -> dict[str, gpd.GeoDataFrame]:
    zones = {}
    for key, file in project.zones.items():
        name = _name(project, file)
        table = asked.read(
            name,
            lambda path, f=file: project_tables.read_zones(replace(f, path=path)),  # type: ignore[misc]
        )
        if table is None:
            continue
        zones[key] = table
        asked.add(check_zones(_in_metres(project, table), file=name))
    keys = list(zones)
    for one, other in itertools.pairwise(keys):
        files = (_name(project, project.zones[one]), _name(project, project.zones[other]))
        first = _in_metres(project, zones[one])
        asked.add(check_same_ground(first, zones[other].to_crs(first.crs), files=files))
    return zones


def _in_metres(project: Project, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring zones to the CRS of the city: the one it names, or the UTM zone they lie in."""
    return table.to_crs(project.crs or table.to_crs(GEOGRAPHIC).estimate_utm_crs())


def _counts(
    asked: Asked, project: Project, zones: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = {}
    for key, file in project.counts.items():
        name = _name(project, file)
        table = zones.get(key)
        if table is None or not file.path.is_file():
            continue
        own = file is project.zones[key]
        counts = asked.read(
            name,
            lambda path, f=file, z=table, o=own: _counted(replace(f, path=path), z, own=o),  # type: ignore[misc]
        )
        if counts is None:
            continue
        files = dict.fromkeys(counts.columns, name)
        asked.add(check_groups(counts, files=files))
        ids = asked.also(lambda f=file: _counted_ids(f))  # type: ignore[misc]
        if not own and ids is not None:
            told = table.assign(id=texts_of(table["id"]))
            asked.add(
                check_zone_ids(
                    told,
                    ids,
                    file=_name(project, project.zones[key]),
                    counts_file=name,
                    lacking="error",
                    unknown="note",
                )
            )
        if len(counts) == len(table) and name not in asked.refused:
            found[key] = counts.reset_index(drop=True)
    keys = list(found)
    for one, other in itertools.pairwise(keys):
        asked.add(
            check_totals(
                {str(group): float(count) for group, count in found[other].sum().items()},
                {str(group): float(count) for group, count in found[one].sum().items()},
                file=_name(project, project.counts[other]),
                source=f"the sum of {one}",
                severity="warning",
            )
        )
    return found


def _counted(file: ProjectFile, zones: gpd.GeoDataFrame, *, own: bool) -> pd.DataFrame:
    """Read the counts of the zones that have a row; which have none is told by itself."""
    there = zones[texts_of(zones["id"]).isin(_counted_ids(file))].reset_index(drop=True)
    counts, _ = project_tables.read_counts(file, there, own=own)
    return counts.set_index(pd.Index(there["id"], name="zone"))


def _counted_ids(file: ProjectFile) -> list[str]:
    column = file.columns["id"]
    if file.path.suffix.lower() not in LISTS:
        table: pd.DataFrame = read_shapes(file.path, [column], layer=file.settings.get("layer"))
    else:
        table = tabular.read_csv(
            file.path, columns=[column], separator=tabular.separator_of(file.path, [column])
        )
    return texts_of(table[column]).tolist()


def _streets(
    asked: Asked, project: Project, zones: Mapping[str, gpd.GeoDataFrame]
) -> tuple[Any, StreetNetwork | None]:
    """Read the streets around the zones, in the CRS of the city."""
    if not zones:
        return None, None
    finest = max(zones, key=lambda key: (key in project.counts, len(zones[key])))
    own = _in_metres(project, zones[finest])
    ring = gpd.GeoSeries([own.union_all().buffer(RING_M)], crs=own.crs)
    name = _name(project, project.streets)
    read = asked.read(name, lambda path: read_pbf(path, area=ring, crs=own.crs))
    if read is None:
        return own.crs, None
    asked.add(check_streets(read[0], file=name))
    return own.crs, read[0]


def _addresses(
    asked: Asked, project: Project, zones: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame | None, gpd.GeoDataFrame | None]:
    """Read the civic numbers, where the project has them, and the addresses that they make."""
    file = project.weights.get("civic_numbers")
    civic = None
    if file is not None:
        civic = asked.read(
            _name(project, file),
            lambda path: read_civic_numbers(replace(file, path=path), zones)[0],
        )
    if file is not None and civic is None:
        return None, None
    return civic, addresses_of(project, civic, zones)[0]


def _places(
    asked: Asked, project: Project, city: City, zones: Mapping[str, gpd.GeoDataFrame], crs: Any
) -> None:
    read = {}
    for file in (*project.places, *project.services):
        name = _name(project, file)
        if file.addressed and not len(city.addresses):
            asked.add(_without_civic_numbers(file, city) if name not in asked.refused else [])
            asked.refused.add(name)
            continue
        found = asked.read(
            name,
            lambda path, f=file: _with_more(  # type: ignore[misc]
                project_tables.read_places([replace(f, path=path)], city)[0], f, path, zones
            ),
        )
        if found is not None and file in project.places:
            read[name] = found
    for name, places in read.items():
        asked.add(check_places(places, file=name))
        if zones:
            whole = max(zones.values(), key=len).to_crs(crs)
            asked.add(check_inside(places, whole, file=name))
        for key, table in zones.items():
            if key in places.columns:
                asked.add(_stated(places, table.to_crs(crs), key, name))
        asked.add(check_addresses(places, city, file=name))
    for files in (project.places, project.services):
        used = tuple(_name(project, file) for file in files)
        if used:
            asked.settle(
                used,
                functools.partial(project_tables.read_places, files, city),
                rule="files.refused",
            )


def _by_address(project: Project) -> list[ProjectFile]:
    return [file for file in (*project.places, *project.services) if file.addressed]


def _without_civic_numbers(file: ProjectFile, city: City) -> Iterator[Finding]:
    try:
        project_tables.require_civic_numbers(file, city)
    except Quartieri15Error as error:
        yield of_error(error, file=PROJECT_FILE, rule="project.civic_numbers")


def _with_more(
    places: gpd.GeoDataFrame | None,
    file: ProjectFile,
    path: Path,
    zones: Mapping[str, gpd.GeoDataFrame],
) -> gpd.GeoDataFrame | None:
    """Add the addresses and the zones that a list states of its places, where it has them."""
    if places is None or path.suffix.lower() not in LISTS:
        return places
    own = project_tables.id_column(file) or file.columns.get("name", "name")
    table = tabular.read_csv(path, columns=[own], separator=tabular.separator_of(path, [own]))
    row_of = table.set_index(own)
    addresses = () if "address" in places.columns else ADDRESS_COLUMNS
    for column, name in (
        *((column, "address") for column in addresses),
        *((key, key) for key in zones),
    ):
        if column in table.columns:
            said = row_of[column].reindex(places["id"].astype(str)).to_numpy()
            places = places.assign(**{name: pd.Series(said).replace("", None).to_numpy()})
    return places


def _stated(
    places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, key: str, file: str
) -> Iterator[Finding]:
    """Compare zones that a list states by id with those its places lie in."""
    numbers = pd.Series(np.arange(len(zones)), index=texts_of(zones["id"]))
    known = places[places[key].isin(numbers.index)]
    for place, zone in places.loc[
        places[key].notna() & ~places[key].isin(numbers.index), ["id", key]
    ].itertuples(index=False):
        yield Finding(
            file=file,
            row=str(place),
            column=key,
            problem=f"zone {zone!r} is not there",
            mend="write the id as the zones have it",
            severity="error",
            rule="places.other_zone",
        )
    if len(known):
        rows = known.assign(**{key: numbers.loc[known[key]].to_numpy()})
        numbered = zones.assign(id=np.arange(len(zones)))
        yield from check_stated_zones(rows, numbered, column=key, file=file, zones_file="the zones")
