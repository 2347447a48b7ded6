"""Where in their zones the residents of a project's city live: points and their weights.

Five ways, the first that the project has (or the one it names), and each zone on its own: where a
way knows no point in a zone that has people, the next one is taken, and it is counted and told. All
that there are are measured against each other.

- ``civic_numbers``: the residential addresses; with buildings, each weighs what the homes around
  it can hold (:func:`~quartieri15.model.residents.placing.address_weights`), else all the same.
- ``buildings``: a point in each building that may hold homes, by its use and by the land that it
  stands on, weighing its footprint times its storeys. Where storeys are not mapped, the mean of the
  mapped ones is taken.
- ``population_raster``: the middles of the cells, weighing their people.
- ``landuse``: points every 50 m on residential land.
- ``area``: points every 50 m all over the zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.editions.project_files import METHODS
from quartieri15.editions.project_homes import Homes
from quartieri15.errors import InputError
from quartieri15.model.residents.dasymetric import misplaced_share, spread_residents
from quartieri15.model.zones import zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from quartieri15.editions.project import Project
    from quartieri15.editions.project_addresses import CivicNumbers
    from quartieri15.editions.project_homes import Points
    from quartieri15.progress import Say


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """Where the residents of a city live, and how that was told."""

    residents: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame | None
    report: dict[str, Any]


def place_people(
    project: Project,
    civic: CivicNumbers | None,
    zones: Mapping[str, gpd.GeoDataFrame],
    counts: pd.DataFrame,
    *,
    level: str,
    say: Say,
) -> People:
    """Put the people of every zone at points in it.

    Parameters
    ----------
    project
        Its files say where people may live.
    civic
        The civic numbers of the project, as
        :func:`~quartieri15.editions.project_addresses.read_civic_numbers` returns them; None for
        none.
    zones
        Every set of zones: ``id``, ``name``, ``geometry`` in the CRS of the city.
    counts
        The groups of each zone of ``level``, row by row.
    level
        The set of zones whose counts close.
    say
        Told what is being read.

    Returns
    -------
    People
        ``residents``: ``id``, ``kind`` (the way that told the point), a column for each set of
        zones, the groups, ``geometry``. No point lies outside its zone of ``level``.
    """
    own = zones[level]
    numbered = own[["geometry"]].assign(id=np.arange(len(own)))
    inhabited = counts["residents"].to_numpy() > 0
    sources = Homes(project, civic, numbered, say)
    known: dict[str, Points] = {}
    todo = inhabited.copy()
    told: dict[str, NDArray[np.bool_]] = {}
    for method in sources.methods():
        found = sources.points(method)
        if found is None:
            if method == project.method:
                raise InputError(
                    f"the method is {method}, and nothing in the files tells it",
                    where=f"{project.path.name}, key residents.method",
                    mend=f"give a file for it in [residents.{method}], or choose another method",
                )
            continue
        known[method] = found
        there = (found.sums(len(own)) > 0) & todo
        told[method] = there
        todo &= ~there
    chosen = next(iter(known))
    parts = [
        (method, np.flatnonzero(told[method][points.zone] & (points.weight > 0)))
        for method, points in known.items()
    ]
    shapes = np.concatenate([known[method].shapes[rows] for method, rows in parts])
    zone = np.concatenate([known[method].zone[rows] for method, rows in parts])
    weight = np.concatenate([known[method].weight[rows] for method, rows in parts])
    spread = spread_residents(counts, zone=zone, weights=weight)
    # A centimetre is finer than any of the sources.
    points = gpd.GeoSeries(shapes, crs=own.crs)
    residents = gpd.GeoDataFrame(
        {
            "id": np.concatenate([known[method].ids[rows] for method, rows in parts]),
            "kind": pd.Categorical(
                [method for method, rows in parts for _ in rows],
                categories=[method for method in METHODS if method in known],
            ),
        },
        geometry=points,
    )
    beyond = {}
    for place, (key, table) in enumerate(zones.items(), start=2):
        if key == level:
            residents.insert(place, key, table["id"].to_numpy()[zone])
            continue
        numbers = table[["geometry"]].assign(id=np.arange(len(table)))
        try:
            located = zone_of(residents, numbers)
        except InputError as error:
            raise InputError(
                f"people of {level} live more than 50 m outside all zones of {key}",
                where=project.zones[key].path.name,
                mend=f"give zones that cover those of {level}, or leave the set out",
            ) from error
        beyond[key] = located.outside
        residents.insert(place, key, table["id"].to_numpy()[located.ids])
    for group, expected in spread.items():
        residents.insert(len(residents.columns) - 1, group, expected)
    names = own["name"].to_numpy()
    report = {
        "method": chosen,
        "level": level,
        "points": len(residents),
        "residents": round(float(counts["residents"].sum()), 6),
        "zones_by_method": {method: int(there.sum()) for method, there in told.items()},
        "zones_not_by_the_method": {
            method: [str(names[row]) for row in np.flatnonzero(there)]
            for method, there in told.items()
            if method != chosen and there.any()
        },
        "zones_without_residents": [str(names[row]) for row in np.flatnonzero(~inhabited)],
        "points_just_outside_other_zones": beyond,
        "misplaced_share": _errors(known, counts, len(own)),
        "what_misplaced_share_is": (
            f"the share of residents put into a wrong zone of {level} by each way, if only the "
            "total of the city were known; within a zone it is not known"
        ),
        "groups": "each is spread in its zone as all residents are",
        **sources.report,
    }
    return People(
        residents=residents,
        buildings=sources.buildings,
        report=report,
    )


def _errors(known: dict[str, Points], counts: pd.DataFrame, zones: int) -> dict[str, float]:
    """Measure every way that there is; plain area always is one."""
    measured = {
        method: misplaced_share(counts["residents"], points.sums(zones))
        for method, points in known.items()
    }
    return {method: round(share, 4) for method, share in measured.items() if share is not None}
