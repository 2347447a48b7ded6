"""Whether the people of a project stand where they may: by which way, and how many at a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quartieri15.editions.checking.findings import Finding, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from quartieri15.editions.project import Project
    from quartieri15.editions.project_people import People

MOST_AT_A_NUMBER: Final = 250
"""Residents to a civic number, as the mean of a zone. Of Milano's 88 NIL the median has 27 and the
highest 115 (47,684 residential numbers, 2026); twice that is no city of this kind."""


def check_people(people: People, project: Project, zones: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Find zones whose people are placed by another way, or at too few civic numbers.

    Parameters
    ----------
    people
        Of the project.
    project
        The project.
    zones
        Those whose counts close: ``id``, ``name``.

    Yields
    ------
    Finding
        ``project.other_way`` (note), ``residents.few_civic_numbers`` (warning).
    """
    level = people.report["level"]
    yield from _other_ways(people, project.relative(project.zones[level]))
    if "civic_numbers" in project.weights:
        file = project.relative(project.weights["civic_numbers"])
        yield from _crowded(people, zones, level, file)


def _other_ways(people: People, file: str) -> Iterator[Finding]:
    """Tell in which zones people are placed by another way than in the others."""
    told = people.report
    for method, names in told.get("zones_not_by_the_method", {}).items():
        yield Finding(
            file=file,
            problem=f"in {len(names)} zones {told['method']} knows no place where people live, and "
            f"{method} is taken: {listed(names)}",
            mend="see whether something is missing there; else leave it, it is told in the edition",
            severity="note",
            rule="project.other_way",
        )


def _crowded(people: People, zones: gpd.GeoDataFrame, level: str, file: str) -> Iterator[Finding]:
    """Find zones with so few civic numbers that these cannot be all."""
    numbers = people.residents[people.residents["kind"] == "civic_numbers"]
    mean = numbers.groupby(level, sort=True)["residents"].mean()
    crowded = mean[mean > MOST_AT_A_NUMBER]
    if len(crowded):
        named = zones.set_index("id").loc[crowded.index, "name"]
        told = zip(crowded.index, named, crowded, strict=True)
        yield Finding(
            file=file,
            problem=f"more than {MOST_AT_A_NUMBER} residents stand at one civic number in "
            f"{len(crowded)} of {len(zones)} zones: "
            + listed(f"{zone} ({name}: {count:,.0f})" for zone, name, count in told),
            mend="see whether civic numbers are missing there; without the file, the buildings of "
            "OpenStreetMap tell where people live",
            severity="warning",
            rule="residents.few_civic_numbers",
        )
