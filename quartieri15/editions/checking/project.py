"""Everything wrong with a project: its ``city.toml``, and every file that it names."""

from __future__ import annotations

import functools
import itertools
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
from quartieri15.editions.checking.findings import Finding, of_error, place_in
from quartieri15.editions.checking.places import check_inside, check_places, check_stated_zones
from quartieri15.editions.checking.project_people import check_people
from quartieri15.editions.checking.residents import check_density, check_groups, check_totals
from quartieri15.editions.checking.streets import check_coordinates, check_streets
from quartieri15.editions.checking.texts import check_text
from quartieri15.editions.checking.vintages import check_vintages, of_each_file
from quartieri15.editions.checking.zones import check_same_ground, check_zone_ids, check_zones
from quartieri15.editions.project import PROJECT_FILE, read_project
from quartieri15.editions.project_addresses import (
    addresses_of,
    place_of,
    read_civic_numbers,
)
from quartieri15.editions.project_counts import area_km2, counts_of, read_ids, read_rows
from quartieri15.editions.project_crs import city_crs, made_for_elsewhere
from quartieri15.editions.project_people import place_people
from quartieri15.errors import Quartieri15Error
from quartieri15.model.city import City
from quartieri15.model.zones import OUTSIDE, containing
from quartieri15.sources import tabular
from quartieri15.sources.located_tables import LISTS, texts_of
from quartieri15.sources.osm import read_pbf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from quartieri15.editions.project import Project
    from quartieri15.editions.project_addresses import CivicNumbers
    from quartieri15.editions.project_files import ProjectFile
    from quartieri15.model.streets import StreetNetwork
    from quartieri15.progress import Say

ADDRESS_COLUMNS: Final = ("address", "indirizzo", "Indirizzo")
"""Columns of a list of places that hold street and number, where it has one of them."""

NOT_LOOKED_UP: Final = "its addresses were not looked up"


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
    if any(one.severity == "error" for one in asked.findings):
        return asked.findings
    try:
        project = read_project(folder)
        project.require_city()
    except Quartieri15Error as error:
        asked.findings.append(of_error(error, file=PROJECT_FILE, rule="project.refused"))
        return asked.findings
    files = _files(asked, project)
    say("zones and people")
    zones = _zones(asked, project)
    counts = _counts(asked, project, zones)
    say("streets")
    finest = max(zones, key=lambda key: (key in counts, len(zones[key])), default=None)
    if finest is None:
        for name in dict.fromkeys(project.relative(file) for file in project.zones.values()):
            asked.not_checked("streets, places and people were not checked", file=name)
        return asked.findings
    for name in dict.fromkeys(_refused_zones(asked, project).values()):
        asked.not_checked("nothing was said to lie in no zone", file=name)
    crs = _crs(asked, project, zones[finest])
    streets = _streets(asked, project, zones[finest].to_crs(crs))
    if streets is None:
        name = project.relative(project.streets)
        asked.not_checked("places and people were not checked", file=name)
        return asked.findings
    say("places")
    city = City.from_tables(project.name, streets=streets)
    metric = {key: project_tables.on_grid(table, crs) for key, table in zones.items()}
    civic = _civic_numbers(asked, project, city, metric[finest])
    broken = _broken_below_addresses(asked, project, finest)
    if broken is None:
        table = None if civic is None else civic[0]
        city = city.with_(addresses=addresses_of(project, table, metric[finest])[0])
    if counts:
        asked.settle(
            project.relative(project.streets),
            lambda: project_tables.require_streets(
                metric[finest], counts[finest], streets, file=project.streets.path.name
            ),
            rule="streets.cut",
        )
        people = asked.settle(
            (*files, PROJECT_FILE),
            lambda: place_people(project, civic, metric, counts[finest], level=finest, say=say),
            rule="project.people",
        )
        asked.add([] if people is None else check_people(people, project, metric[finest]))
    _places(asked, project, city, zones, crs, broken=broken)
    return asked.findings


def _files(asked: Asked, project: Project) -> list[str]:
    """Look at every file as it stands; return their names."""
    files = {project.relative(one): one for one in project.files.values()}
    for name, file in files.items():
        if file.path.is_file():
            asked.look(file.path, file=name)
        else:
            asked.add(_missing(project, name))
    stated = ((project.relative(one), one.vintage) for one in project.files.values())
    asked.add(check_vintages(of_each_file(stated)))
    return list(files)


def _missing(project: Project, name: str) -> list[Finding]:
    there = [one for one in project.files.values() if project.relative(one) == name]
    where = ", ".join(one.where for one in there)
    what = "this is a folder and no file" if there[0].path.is_dir() else "the file is missing"
    return [
        Finding(
            file=name,
            problem=f"{what}, which {where} names",
            mend=f"put it there, or correct its name in {PROJECT_FILE}",
            severity="error",
            rule="files.missing",
        )
    ]


def _zones(asked: Asked, project: Project) -> dict[str, gpd.GeoDataFrame]:
    zones = {}
    for key, file in project.zones.items():
        name = project.relative(file)
        table = asked.read(
            name,
            lambda path, f=file: project_tables.read_zones(replace(f, path=path)),  # type: ignore[misc]
        )
        if table is None:
            continue
        zones[key] = table
        asked.add(check_zones(_in_metres(table), file=name, whole=name not in asked.refused))
    keys = list(zones)
    for one, other in itertools.pairwise(keys):
        files = (project.relative(project.zones[one]), project.relative(project.zones[other]))
        if asked.refused & set(files):
            continue
        first = _in_metres(zones[one])
        asked.add(check_same_ground(first, zones[other].to_crs(first.crs), files=files))
    return zones


def _in_metres(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring zones to the UTM zone they lie in."""
    return table.to_crs(table.to_crs(GEOGRAPHIC).estimate_utm_crs())


def _counts(
    asked: Asked, project: Project, zones: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = {}
    for key, file in project.counts.items():
        name = project.relative(file)
        table = zones.get(key)
        if table is None or not file.path.is_file():
            continue
        own = file is project.zones[key]
        whole = project.relative(project.zones[key]) not in asked.refused
        counts = asked.read(
            name,
            lambda path, f=file, z=table, o=own: _counted(replace(f, path=path), z, own=o),  # type: ignore[misc]
        )
        if counts is None:
            continue
        asked.add(check_groups(counts, files=dict.fromkeys(counts.columns, name)))
        asked.add(check_density(counts, area_km2(_rows_of(table, counts)), file=name))
        ids = asked.also(lambda f=file, o=own: read_ids(f, own=o))  # type: ignore[misc]
        if not own and ids is not None:
            told = table.assign(id=texts_of(table["id"]))
            asked.add(
                check_zone_ids(
                    told,
                    # Of zones that are refused there are counts all the same.
                    ids if whole else set(ids) & set(told["id"]),
                    file=project.relative(project.zones[key]),
                    counts_file=name,
                    column=file.columns["id"],
                    lacking="error",
                    unknown="note",
                )
            )
        if len(counts) == len(table) and whole and name not in asked.refused:
            found[key] = counts.reset_index(drop=True)
    keys = list(found)
    for one, other in itertools.pairwise(keys):
        asked.add(
            check_totals(
                {str(group): float(count) for group, count in found[other].sum().items()},
                {str(group): float(count) for group, count in found[one].sum().items()},
                file=project.relative(project.counts[other]),
                source=f"the sum of {one}",
                severity="warning",
            )
        )
    return found


def _rows_of(zones: gpd.GeoDataFrame, counts: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the zones that were counted, row by row."""
    return zones.set_index("id").loc[counts.index]


def _counted(file: ProjectFile, zones: gpd.GeoDataFrame, *, own: bool) -> pd.DataFrame:
    """Read the counts of the zones that have a row; which have none is told by itself."""
    rows = read_rows(file, own=own)
    there = zones[texts_of(zones["id"]).isin(rows.ids)].reset_index(drop=True)
    if there.empty:
        return rows.counts.iloc[:0]
    counts, _ = counts_of(rows, there, zones_file=file)
    return counts.set_index(pd.Index(there["id"], name="zone"))


def _crs(asked: Asked, project: Project, zones: gpd.GeoDataFrame) -> Any:
    """Return the CRS of the city; where the one that is named is none for there, the UTM zone."""
    try:
        crs = city_crs(project, zones)
    except Quartieri15Error as error:
        asked.findings.append(of_error(error, file=PROJECT_FILE, rule="project.crs"))
        return _in_metres(zones).crs
    elsewhere = made_for_elsewhere(project, zones)
    if elsewhere is not None:
        problem, mend = elsewhere
        asked.findings.append(
            Finding(
                file=PROJECT_FILE,
                column="crs",
                problem=problem,
                mend=mend,
                severity="warning",
                rule="project.crs",
            )
        )
    return crs


def _streets(asked: Asked, project: Project, zones: gpd.GeoDataFrame) -> StreetNetwork | None:
    """Read the streets around the zones, in their CRS."""
    ring = gpd.GeoSeries([zones.union_all().buffer(RING_M)], crs=zones.crs)
    name = project.relative(project.streets)
    read = asked.read(name, lambda path: read_pbf(path, area=ring, crs=zones.crs))
    if read is None:
        return None
    streets, told = read
    asked.settle(
        name,
        lambda: project_tables.require_coordinates(told, file=project.streets.path.name),
        rule="streets.coordinates",
    )
    if name not in asked.refused:
        asked.add(check_coordinates(told, file=name))
    asked.add(check_streets(streets, file=name))
    return streets


def _civic_numbers(
    asked: Asked, project: Project, city: City, zones: gpd.GeoDataFrame
) -> CivicNumbers | None:
    """Read the civic numbers, where the project has them."""
    file = project.weights.get("civic_numbers")
    if file is None:
        return None
    name = project.relative(file)
    civic = asked.read(name, lambda path: read_civic_numbers(replace(file, path=path), city, zones))
    if civic is None:
        return None
    addresses = civic[0]
    numbered = zones[["geometry"]].assign(id=np.arange(len(zones)))
    outside = containing(addresses, numbered) == OUTSIDE
    if outside.any() and not _refused_zones(asked, project):
        row, column = place_in(place_of(addresses, addresses.index[outside][0]))
        asked.findings.append(
            Finding(
                file=name,
                row=row,
                column=column,
                problem=f"{outside.sum():,} of {len(addresses):,} civic numbers lie in no zone, "
                "this one first: nobody is placed at them",
                mend="see whether a zone is missing, or a position is wrong",
                severity="warning",
                rule="addresses.outside_zones",
            )
        )
    return civic


def _places(
    asked: Asked,
    project: Project,
    city: City,
    zones: Mapping[str, gpd.GeoDataFrame],
    crs: Any,
    *,
    broken: str | None,
) -> None:
    """Check every list of places; without all of ``broken`` no address can be looked up."""
    read = {}
    for file in (*project.places, *project.services):
        name = project.relative(file)
        if file.addressed and not len(city.addresses):
            _not_by_address(asked, file, city, name, broken=broken)
            continue
        found = asked.read(
            name,
            lambda path, f=file: _with_more(  # type: ignore[misc]
                project_tables.read_places([replace(f, path=path)], city)[0], f, path, zones
            ),
        )
        if found is None:
            continue
        if broken is not None and "address" in found.columns:
            asked.not_checked(NOT_LOOKED_UP, file=name, because=broken)
        else:
            asked.add(check_addresses(found, city, file=name))
        if file in project.places:
            read[name] = found
    whole = {key: zones[key] for key in zones if key not in _refused_zones(asked, project)}
    metric = {key: table.to_crs(crs) for key, table in whole.items()}
    for name, places in read.items():
        asked.add(check_places(places, file=name))
        asked.add(_in_zones(places, metric, name))
    for files in (project.places, project.services):
        used = tuple(project.relative(file) for file in files)
        if used:
            asked.settle(
                used,
                functools.partial(project_tables.read_places, files, city),
                rule="files.refused",
            )


def _in_zones(
    places: gpd.GeoDataFrame, zones: Mapping[str, gpd.GeoDataFrame], file: str
) -> Iterator[Finding]:
    """Find places outside the zones, or outside those that they state."""
    if zones:
        yield from check_inside(places, max(zones.values(), key=len), file=file)
    for key, table in zones.items():
        if key in places.columns:
            yield from _stated(places, table, key, file)


def _refused_zones(asked: Asked, project: Project) -> dict[str, str]:
    """Return the file of every set of zones in which something is refused."""
    names = {key: project.relative(file) for key, file in project.zones.items()}
    return {key: name for key, name in names.items() if name in asked.refused}


def _broken_below_addresses(asked: Asked, project: Project, finest: str) -> str | None:
    """Return a refused file without all of which addresses cannot be judged.

    Of OpenStreetMap the civic numbers in the zones are taken.
    """
    named = project.weights.get("civic_numbers")
    below = [] if named is None else [named]
    if named is None or named.is_osm:
        below += [project.zones[finest], project.streets]
    names = [project.relative(file) for file in below]
    missing = [name for name in names if not (asked.folder / name).is_file()]
    return next((name for name in names if name in asked.refused or name in missing), None)


def _not_by_address(
    asked: Asked, file: ProjectFile, city: City, name: str, *, broken: str | None
) -> None:
    """Tell why a list cannot be read that states addresses."""
    if broken is not None:
        asked.not_checked(NOT_LOOKED_UP, file=name, because=broken)
    elif name not in asked.refused:
        try:
            project_tables.require_civic_numbers(file, city)
        except Quartieri15Error as error:
            asked.add([of_error(error, file=PROJECT_FILE, rule="project.civic_numbers")])
    asked.refused.add(name)


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
        yield from check_stated_zones(
            rows,
            numbered,
            column=key,
            file=file,
            zones_file="the zones",
            written=texts_of(zones["id"]).tolist(),
        )
