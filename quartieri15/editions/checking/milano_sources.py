"""Everything wrong with the raw files of Milano, in one pass over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions import milano, milano_addresses, milano_figures, milano_services
from quartieri15.editions import milano_earlier_people as earlier
from quartieri15.editions import milano_people as people
from quartieri15.editions import milano_published as published
from quartieri15.editions import milano_streets as streets_of
from quartieri15.editions.checking.addresses import check_addresses
from quartieri15.editions.checking.asking import Asked
from quartieri15.editions.checking.findings import Finding
from quartieri15.editions.checking.places import check_inside, check_places
from quartieri15.editions.checking.registers import read_registers
from quartieri15.editions.checking.residents import check_groups
from quartieri15.editions.checking.streets import check_streets
from quartieri15.editions.checking.texts import check_text
from quartieri15.editions.checking.vintages import check_vintages
from quartieri15.editions.checking.zones import check_same_ground, check_zone_ids, check_zones
from quartieri15.editions.milano_feeds import COOL_SPACES
from quartieri15.editions.milano_hours import summer_hours
from quartieri15.editions.milano_streets import CRS, EXTENT
from quartieri15.model.city import City
from quartieri15.sources import comune, comune_by_year, istat, tabular
from quartieri15.sources.comune_environment import read_environment
from quartieri15.sources.conflation import require_lane_kinds
from quartieri15.sources.osm import read_pbf
from quartieri15.sources.osm.merging import fill_beyond

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.streets import StreetNetwork
    from quartieri15.progress import Say

REGISTRY = f"registry/{milano.REGISTRY_FILE}"


def check_milano_sources(folder: Path, say: Say) -> list[Finding]:
    """Find everything wrong with a folder of raw files of Milano.

    Parameters
    ----------
    folder
        With ``comune``, ``istat``, ``osm`` and ``registry`` in it.
    say
        Told which step the check is at.
    """
    asked = Asked(folder)
    paths = {name: folder / name for name in milano.SOURCES}
    say("looking at the files")
    asked.add(_missing(folder))
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            asked.add(check_text(path, file=path.relative_to(folder).as_posix()))
    say("zones and people")
    nil, municipi = _zones(asked)
    _people(asked, nil)
    _figures(asked, paths)
    say("civic numbers, sections and buildings")
    civics, register = _civics(asked)
    _sections(asked, paths)
    _layers(asked, paths, nil)
    say("streets")
    streets = _streets(asked)
    if streets is not None and not asked.refused & {streets_of.STREETS, streets_of.STREETS_BEYOND}:
        # How many stops lie beyond the streets is known of the whole network.
        for name in milano_services.LISTS:
            asked.read(name, lambda path, n=name: milano_services.read_list(path, n, streets))  # type: ignore[misc]
    say("places")
    city = None
    if streets is not None and civics is not None and register is not None and nil is not None:
        city = asked.also(lambda: _with_addresses(streets, civics, register, nil))
    _places(asked, nil, municipi, city)
    _others(asked)
    asked.add(check_vintages({name: said[3] for name, said in milano.SOURCES.items()}))
    return asked.findings


def _with_addresses(
    streets: StreetNetwork, civics: gpd.GeoDataFrame, register: pd.DataFrame, nil: gpd.GeoDataFrame
) -> City:
    addresses, _ = milano_addresses.build_addresses(civics, register, streets, nil)
    return City.from_tables("milano", streets=streets, addresses=addresses)


def _missing(folder: Path) -> Iterator[Finding]:
    for name, (what, publisher, *_) in milano.SOURCES.items():
        if not (folder / name).is_file():
            yield Finding(
                file=name,
                problem=f"the file is missing: {what} ({publisher})",
                mend="put it there under this name",
                severity="error",
                rule="files.missing",
            )


def _zones(asked: Asked) -> tuple[gpd.GeoDataFrame | None, gpd.GeoDataFrame | None]:
    nil = asked.read(people.NIL, lambda path: comune.read_nil(path, crs=CRS, extent=EXTENT))
    municipi = asked.read(
        people.MUNICIPI, lambda path: comune.read_municipi(path, crs=CRS, extent=EXTENT)
    )
    for file, zones, ids, kind in (
        (people.NIL, nil, published.NIL, "NIL"),
        (people.MUNICIPI, municipi, published.MUNICIPI, "Municipi"),
    ):
        if zones is None:
            continue
        asked.settle(
            file,
            lambda z=zones, i=ids, k=kind, f=file: published.check_zones(z, i, kind=k, where=f),  # type: ignore[misc]
        )
        asked.add(check_zones(zones, file=file))
    if nil is not None and municipi is not None:
        asked.add(check_same_ground(nil, municipi, files=(people.NIL, people.MUNICIPI)))
    return nil, municipi


def _people(asked: Asked, nil: gpd.GeoDataFrame | None) -> None:
    ages = asked.read(people.AGES, comune.read_ages)
    foreign = asked.read(people.FOREIGN, comune.read_foreign)
    households = asked.read(people.HOUSEHOLDS, comune.read_households)
    if ages is not None:
        asked.settle(people.AGES, lambda: published.check_ages(ages, where=people.AGES))
    if foreign is not None and ages is not None:
        asked.settle(
            (people.FOREIGN, people.AGES),
            lambda: published.check_foreign(foreign, ages, where=people.FOREIGN),
        )
    if households is not None:
        asked.settle(
            people.HOUSEHOLDS,
            lambda: published.check_households(households, where=people.HOUSEHOLDS),
        )
    counts: dict[str, pd.Series] = {}
    files: dict[str, str] = {}
    if ages is not None:
        oldest = ages.iloc[:, -3:]
        counts |= {
            "residents": ages.sum(axis=1),
            "over65": oldest.sum(axis=1),
            "over75": oldest.iloc[:, 1:].sum(axis=1),
            "over85": oldest.iloc[:, 2],
        }
        files |= dict.fromkeys(counts, people.AGES)
        if nil is not None:
            asked.add(check_zone_ids(nil, ages.index, file=people.NIL, counts_file=people.AGES))
    if foreign is not None:
        counts["foreign"] = foreign["foreign"]
        files["foreign"] = people.FOREIGN
    if households is not None:
        own = ["households", "single_person"]
        counts |= {name: households[name] for name in own}
        files |= dict.fromkeys(own, people.HOUSEHOLDS)
    if counts:
        # A zone that one of the tables has no row for is told of above.
        asked.add(check_groups(pd.DataFrame(counts).dropna(), files=files))


def _figures(asked: Asked, paths: dict[str, Path]) -> None:
    environment = asked.read(milano_figures.ENVIRONMENT, read_environment)
    if environment is not None:
        asked.settle(
            milano_figures.ENVIRONMENT,
            lambda: published.check_environment(environment, where=milano_figures.ENVIRONMENT),
        )
    asked.read(earlier.POPULATION, comune_by_year.read_population_by_year)
    asked.read(earlier.FOREIGN, comune_by_year.read_foreign_by_year)
    asked.read(earlier.HOUSEHOLDS, comune_by_year.read_households_by_year)
    asked.settle(
        (earlier.POPULATION, earlier.FOREIGN, earlier.HOUSEHOLDS),
        lambda: earlier.read_people_by_year(paths),
    )


def _civics(asked: Asked) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    civics = asked.read(
        people.CIVICS, lambda path: comune.read_civics(path, crs=CRS, extent=EXTENT)
    )
    if civics is not None:
        asked.settle(people.CIVICS, lambda: published.check_civics(civics, where=people.CIVICS))
    register = asked.read(people.CIVICS, comune.read_street_register)
    if register is not None:
        asked.settle(
            people.CIVICS, lambda: published.check_street_register(register, where=people.CIVICS)
        )
    return civics, register


def _sections(asked: Asked, paths: dict[str, Path]) -> None:
    asked.read(people.SECTIONS, lambda path: istat.read_section_polygons(path, crs=CRS))
    asked.read(people.SECTION_TOTALS, istat.read_section_totals)
    asked.read(people.SECTION_AGES, istat.read_section_ages)
    asked.read(people.SECTION_INDICATORS, istat.read_section_indicators)
    asked.read(people.SECTION_HOUSEHOLDS, istat.read_section_households)
    files = (
        people.SECTIONS,
        *(people.SECTION_TOTALS, people.SECTION_AGES),
        *(people.SECTION_INDICATORS, people.SECTION_HOUSEHOLDS),
    )
    asked.settle(files, lambda: people.read_sections(paths))


def _layers(asked: Asked, paths: dict[str, Path], nil: gpd.GeoDataFrame | None) -> None:
    if nil is not None:
        asked.settle(
            (people.BUILDINGS, people.LANDUSE),
            lambda: people.read_buildings(paths, nil),
            rule="files.refused",
        )
    asked.read(milano_services.POINTS, milano_services.read_points)
    lanes = asked.read(
        streets_of.LANES, lambda path: comune.read_bike_lanes(path, crs=CRS, extent=EXTENT)
    )
    if lanes is not None:
        asked.settle(streets_of.LANES, lambda: require_lane_kinds(lanes), rule="files.refused")
        asked.settle(
            streets_of.LANES, lambda: published.check_bike_lanes(lanes, where=streets_of.LANES)
        )


def _streets(asked: Asked) -> StreetNetwork | None:
    """Read both extracts and make one network of them, as the edition does."""
    names = (streets_of.STREETS, streets_of.STREETS_BEYOND)
    read = {}
    for name in names:
        found = asked.read(name, lambda path: read_pbf(path, crs=CRS))
        if found is not None:
            read[name], ways = found[0], found[1]["ways_read"]
            asked.settle(name, lambda n=name, w=ways: published.check_ways(w, name=n))  # type: ignore[misc]
    if len(read) < len(names):
        return next(iter(read.values()), None)
    streets, older = (read[name] for name in names)
    asked.add(check_streets(streets, file=streets_of.STREETS))
    joined = asked.settle(
        names,
        lambda: fill_beyond(
            streets,
            older,
            covered=streets_of.covered_area(streets_of.COVERED),
            tolerance_m=streets_of.SEAM_TOLERANCE_M,
        ),
        rule="streets.seam",
    )
    return streets if joined is None else joined[0]


def _places(
    asked: Asked,
    nil: gpd.GeoDataFrame | None,
    municipi: gpd.GeoDataFrame | None,
    city: City | None,
) -> None:
    spaces = asked.read(
        COOL_SPACES, lambda path: comune.read_cool_spaces(path, crs=CRS, extent=EXTENT)
    )
    if spaces is not None:
        asked.settle(COOL_SPACES, lambda: published.check_cool_spaces(spaces, where=COOL_SPACES))
        asked.add(_hours(spaces))
    read = read_registers(
        asked,
        {name: f"registry/{name}" for name in milano.EDITABLE},
        nil=nil,
        municipi=municipi,
        cool_spaces=None if spaces is None else milano.cool_spaces_table(spaces),
    )
    written, places = read.written, read.places
    if written is not None and spaces is not None:
        asked.settle(
            (REGISTRY, COOL_SPACES),
            lambda: published.check_places(written, spaces, where=REGISTRY),
        )
    if places is None:
        return
    asked.add(check_places(places, file=REGISTRY))
    asked.add(_desks(places))
    if nil is not None:
        asked.add(check_inside(places, nil, file=REGISTRY))
    if city is not None:
        asked.add(check_addresses(places, city, file=REGISTRY))


def _hours(spaces: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Find what could not be read of opening hours in words."""
    table = milano.cool_spaces_table(spaces)
    read = summer_hours(
        table["summer_2026_hours"].fillna(""),
        closures=table["summer_2026_closures"].fillna(""),
        notes=table["note"].fillna(""),
    )
    lost = read["summer_2026_hours_not_read"]
    for place, words in zip(table["ds3017_id"][lost != ""], lost[lost != ""], strict=True):
        yield Finding(
            file=COOL_SPACES,
            row=f"id {place}",
            column="Orari di apertura",
            problem=f"of the opening hours this is not understood, or contradicts the rest: "
            f"{words!r}",
            mend="write days and times plainly, such as 'Lun-Ven 9:00-12:00'",
            severity="warning",
            rule="places.hours_in_words",
        )


def _desks(places: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Compare the WeMi desks of each Municipio with those stated of it."""
    desks = places["hosts_wemi"] | (places["kind"] == "wemi_external")
    found = places.loc[desks, "municipio"].value_counts().to_dict()
    stated = published.WEMI_BY_MUNICIPIO
    differ = [number for number in stated if found.get(number, 0) != stated[number]]
    pair = 2
    swapped = len(differ) == pair and all(
        found.get(one, 0) == stated[other] for one, other in (differ, differ[::-1])
    )
    for number in differ:
        yield Finding(
            file=REGISTRY,
            column="has_wemi",
            problem=f"Municipio {number} has {found.get(number, 0)} WeMi desks here, and "
            f"{stated[number]} are stated"
            + (f"; the figures of {differ[0]} and {differ[1]} look swapped" if swapped else ""),
            mend="ask the Comune which figure is right",
            severity="warning",
            rule="places.stated_number",
        )


def _others(asked: Asked) -> None:
    """Look at the layers that nothing is built of; what is wrong in them harms no figure."""
    for path in sorted(asked.folder.rglob("*.geojson")):
        name = path.relative_to(asked.folder).as_posix()
        if name not in milano.SOURCES:
            asked.read(
                name,
                lambda path: tabular.read_geojson(path, columns=[], crs=GEOGRAPHIC),
                severity="warning",
                rule="files.not_used",
            )
