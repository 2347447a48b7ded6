"""Who reaches which places in time: the ground of every question of places that open and close.

People who reach the same places are alike to all these questions. They are counted together once,
and whichever places are then open, the answer is a sum over a few sets instead of a search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.analysis.counting import (
    counts_of,
    members,
    people_in_no_zone,
    per,
    sums_by_zone,
)
from quartieri15.analysis.coverage import require_zone_set
from quartieri15.analysis.reached_pairs import reached_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile


@dataclass(frozen=True, eq=False)
class ReachedSets:
    """People by zone and by the set of places they reach.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        The places asked about.
    place_ids : (p,)
        Their ids.
    zone_ids, zone_names : (z,)
        The zones.
    sets : (m, p) bool
        Different sets of places that someone reaches; the empty one too, where someone reaches
        none.
    set_of, zone_of : (k,)
        Of which set and which zone the people of a row are.
    people : (k, g)
        How many of each group.
    in_no_zone
        People of each group who live in none of the zones.
    provenance
        What was asked, of which city, and what was left out.
    """

    places: gpd.GeoDataFrame
    place_ids: pd.Index
    zone_ids: NDArray[Any]
    zone_names: NDArray[Any]
    sets: NDArray[np.bool_]
    set_of: NDArray[np.intp]
    zone_of: NDArray[np.intp]
    people: NDArray[np.float64]
    in_no_zone: dict[str, float]
    provenance: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        city: City,
        to: str | gpd.GeoDataFrame,
        *,
        profile: TravelProfile,
        minutes: float,
        by: str,
        groups: tuple[str, ...],
    ) -> ReachedSets:
        """Search once, and count together who reaches the same places.

        Raises
        ------
        ParameterError, UnknownNameError, InputError
            As for :func:`~quartieri15.analysis.coverage.coverage`.
        """
        require_zone_set(city, by)
        pairs = reached_pairs(city, to, profile=profile, minutes=minutes)
        reached = np.zeros((len(city.residents), len(pairs.ids)), dtype=bool)
        reached[pairs.point, pairs.place] = True
        packed, set_at = np.unique(np.packbits(reached, axis=1), axis=0, return_inverse=True)
        sets = np.unpackbits(packed, axis=1, count=len(pairs.ids)).astype(bool)
        zone_ids, zone_names, point, zone = members(city, by)
        # One number for each set and zone that occur together.
        both, row = np.unique(set_at.ravel()[point] * len(zone_ids) + zone, return_inverse=True)
        people = sums_by_zone(row.ravel(), counts_of(city, groups)[point], len(both))
        return cls(
            places=pairs.places,
            place_ids=pairs.ids,
            zone_ids=zone_ids,
            zone_names=zone_names,
            sets=sets,
            set_of=both // len(zone_ids),
            zone_of=both % len(zone_ids),
            people=people,
            in_no_zone=people_in_no_zone(city, by, groups),
            provenance=pairs.provenance,
        )

    @property
    def population(self) -> NDArray[np.float64]:
        """People per zone (rows) and group (columns)."""
        return sums_by_zone(self.zone_of, self.people, len(self.zone_ids))

    def reach(self, usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which sets hold a place that can be used.

        Parameters
        ----------
        usable : (t, p)
            Which places can be used, one row per question.

        Returns
        -------
        numpy.ndarray
            (t, m)
        """
        found: NDArray[np.bool_] = (usable.astype(np.float32) @ self.sets.T.astype(np.float32)) > 0
        return found

    def who(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Count the people of some of the sets.

        Parameters
        ----------
        chosen : (t, m)
            Which sets count, one row per question; rows that are alike are counted once.

        Returns
        -------
        numpy.ndarray
            People per question, zone and group.
        """
        packed, which = np.unique(np.packbits(chosen, axis=1), axis=0, return_inverse=True)
        different = np.unpackbits(packed, axis=1, count=chosen.shape[1]).astype(bool)
        zones = len(self.zone_ids)
        counts = []
        for one in different:
            rows = one[self.set_of]
            counts.append(sums_by_zone(self.zone_of[rows], self.people[rows], zones))
        return np.stack(counts)[which.ravel()]


def with_shares(table: pd.DataFrame, bounds: Iterable[str]) -> pd.DataFrame:
    """Add shares of the population beside counts of two bounds, and why a share is missing.

    Parameters
    ----------
    table
        With ``population`` and ``covered_<bound>`` for each bound.
    bounds
        What the bounds are called.
    """
    for bound in bounds:
        table[f"share_{bound}"] = per(table[f"covered_{bound}"], table["population"])
    table["reason"] = np.where(table["population"] > 0, "", "no_population")
    return table
