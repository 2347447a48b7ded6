"""What is looked at: counts, densities, shares and minutes of every area, as columns of fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import per
from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.hot_spots.rates import empirical_bayes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.units import Units
    from quartieri15.model.profiles import TravelProfile

FIELDS: Final = {
    "uncovered_per_km2": "people of the group beyond the threshold, per km2",
    "density_per_km2": "people of the group, per km2",
    "uncovered_share": (
        "share of the group beyond the threshold, less that of all areas together, in standard "
        "deviations of what so many people let expect (empirical Bayes, Assunção and Reis 1999)"
    ),
    "median_minutes": "minutes to the nearest place within which half of the group lives",
}
"""What may be looked at."""

REASONS: Final = {
    "no_residents": "nobody lives here",
    "no_area": "its area is 0, so there is no density",
    "no_population": "nobody of this group lives here, so there is no share and no time",
    "median_unreachable": "half of the group or more has no way to a place, so there is no time",
    "no_neighbour": "no area with a value touches this one",
    "no_variation": (
        "its surroundings are the same in every permutation: all other areas have one value, or "
        "all are neighbours"
    ),
}
"""Why an area is not tested."""


@dataclass(frozen=True, eq=False)
class Counted:
    """The coverage of every area, for several profiles.

    Parameters
    ----------
    table
        Rows of coverage: profile after profile, in each area after area, in each group after group.
    shape
        Numbers of profiles, areas and groups.
    provenance
        What coverage says of itself; a value that differs between profiles is told by profile.
    """

    table: pd.DataFrame
    shape: tuple[int, int, int]
    provenance: dict[str, Any]

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a column as areas × fields, a field for each profile and group."""
        values = self.table[name].to_numpy(dtype=float).reshape(self.shape)
        columns: NDArray[np.float64] = values.transpose(1, 0, 2).reshape(self.shape[1], -1)
        return columns

    def by_row(self, fields: NDArray[Any]) -> NDArray[Any]:
        """Return areas × fields in the order of the table."""
        profiles, areas, groups = self.shape
        rows: NDArray[Any] = fields.reshape(areas, profiles, groups).transpose(1, 0, 2).ravel()
        return rows


def count(
    units: Units,
    *,
    to: str | gpd.GeoDataFrame,
    travellers: list[TravelProfile],
    minutes: float,
    groups: tuple[str, ...],
    times: Mapping[str, pd.DataFrame],
) -> Counted:
    """Count who is covered in each area; ``times`` holds the travel times by profile."""
    tables = [
        coverage(
            units.city,
            to=to,
            profile=traveller,
            minutes=minutes,
            by=units.name,
            groups=groups,
            times=times[traveller.name],
        )
        for traveller in travellers
    ]
    said = [table.attrs["provenance"] for table in tables]
    provenance = {
        key: value
        if all(other[key] == value for other in said)
        else {t.name: other[key] for t, other in zip(travellers, said, strict=True)}
        for key, value in said[0].items()
    }
    for table in tables:
        table.attrs = {}
    joined = pd.concat(tables, ignore_index=True)
    area = units.table["area_km2"].to_numpy(dtype=float)
    joined["area_km2"] = np.tile(np.repeat(area, len(groups)), len(travellers))
    for name, people in (("density", "population"), ("uncovered", "uncovered")):
        joined[f"{name}_per_km2"] = per(joined[people], joined["area_km2"])
    joined["uncovered_share"] = 1 - joined.pop("share")
    return Counted(joined, (len(travellers), len(area), len(groups)), provenance)


def field_of(counted: Counted, units: Units, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the values of a field, NaN where it has none, and why: a key of :data:`REASONS`."""
    population = counted.column("population")
    why = np.full(population.shape, "", dtype=object)
    values = counted.column(name).copy()
    why[np.isnan(values)] = "no_area"
    if name in ("uncovered_share", "median_minutes"):
        why[np.isnan(values)] = "median_unreachable"
        why[population == 0] = "no_population"
    if name == "uncovered_share":
        for field in range(values.shape[1]):
            there = population[:, field] > 0
            uncovered = counted.column("uncovered")[there, field, None]
            values[there, field] = empirical_bayes(uncovered, population[there, field, None])[:, 0]
    why[~units.lived_in] = "no_residents"
    values[why != ""] = np.nan
    return values, why
