"""Who gains and who loses between two cities, counted address by address.

People are compared who live at an address before and after. Whoever comes or leaves is counted
apart, so that in every row ``covered_after - covered_before`` is ``gained - lost`` plus what the
change of the population alone has done.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.counting import (
    counts_of,
    members,
    per,
    percentiles_by_zone,
    sums_by_zone,
    weighted_percentile,
)
from quartieri15.errors import InputError
from quartieri15.reach.trips import LIMIT_TOLERANCE_S, in_time

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City

CHANGE_MINUTES: Final = LIMIT_TOLERANCE_S / 60
"""Times that differ by less are the same time, summed in another order."""

EDGES_MINUTES: Final = (
    *(-np.inf, -30.0, -15.0, -10.0, -5.0, -2.0, -1.0, 0.0),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0, np.inf),
)
"""Minutes saved are told in classes between these; those whose time is the same have their own."""

PERCENTILES: Final = (10, 50, 90)
"""Percentiles told of the minutes saved by those whose time changes."""


@dataclass(frozen=True, eq=False)
class Zones:
    """Some areas, and which residents points are in them before and after.

    Parameters
    ----------
    by
        What the set of areas is called.
    ids, names
        One per area.
    before_point, before_zone, after_point, after_zone
        Pairs of a residents row and the position of its area.
    """

    by: str
    ids: NDArray[Any]
    names: NDArray[Any]
    before_point: NDArray[np.intp]
    before_zone: NDArray[np.intp]
    after_point: NDArray[np.intp]
    after_zone: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def named(cls, before: City, after: City, by: str, *, scenario: str) -> Zones:
        """Return a set of zones that both cities have, or ``"city"`` for all of it."""
        ids, names, point, zone = members(before, by)
        same = after.residents is before.residents and (
            by == "city" or after.zones.get(by) is before.zones[by]
        )
        if same:
            return cls(by, ids, names, point, zone, point, zone)
        if by not in (*after.zones, "city"):
            raise InputError(
                f"it has no zones {by!r} any more",
                where=f"scenario {scenario!r}",
                mend="compare by zones that no edit removes",
            )
        ids_after, _, point_after, zone_after = members(after, by)
        order = pd.Index(ids).get_indexer(pd.Index(ids_after))
        if len(ids) != len(ids_after) or (order < 0).any():
            raise InputError(
                f"its zones {by!r} are not those of the city",
                where=f"scenario {scenario!r}",
                mend="compare by zones that no edit changes",
            )
        return cls(by, ids, names, point, zone, point_after, order[zone_after])

    @classmethod
    def drawn(cls, before: City, after: City, areas: gpd.GeoDataFrame) -> Zones:
        """Return areas of a table of polygons; people are in the area their point lies in."""

        def inside(city: City) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
            zone, point = city.residents.sindex.query(areas.geometry, predicate="intersects")
            return point.astype(np.intp), zone.astype(np.intp)

        first = inside(before)
        then = first if after.residents is before.residents else inside(after)
        return cls(
            "(areas)", areas["id"].to_numpy(), areas["name"].astype(str).to_numpy(), *first, *then
        )


@dataclass(frozen=True, eq=False)
class People:
    """The people of two cities, address by address.

    Parameters
    ----------
    before, after
        The two cities.
    groups
        The groups that are counted.
    """

    before: City
    after: City
    groups: tuple[str, ...]

    @cached_property
    def rows(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of the addresses that are the same before and after: id, point and zones."""
        first, then = self.before.residents, self.after.residents
        if first is then:
            everyone = np.arange(len(first))
            return everyone, everyone
        found = pd.Index(then["id"]).get_indexer(pd.Index(first["id"]))
        old = np.flatnonzero(found >= 0)
        new = found[old]
        same = (
            shapely.get_coordinates(first.geometry.to_numpy()[old])
            == shapely.get_coordinates(then.geometry.to_numpy()[new])
        ).all(axis=1)
        for key in self.before.zones:
            if key in first.columns and key in then.columns:
                same &= first[key].to_numpy()[old] == then[key].to_numpy()[new]
        return old[same], new[same]

    @cached_property
    def compared_row(self) -> NDArray[np.intp]:
        """Position among the compared addresses of each row before; -1 for none."""
        position = np.full(len(self.before.residents), -1, dtype=np.intp)
        position[self.rows[0]] = np.arange(len(self.rows[0]))
        return position

    @cached_property
    def counts_before(self) -> NDArray[np.float64]:
        """People per row before and group."""
        return counts_of(self.before, self.groups)

    @cached_property
    def counts_after(self) -> NDArray[np.float64]:
        """People per row after and group."""
        if self.after.residents is self.before.residents:
            return self.counts_before
        return counts_of(self.after, self.groups)

    @cached_property
    def stayed(self) -> NDArray[np.float64]:
        """People per compared address and group who live there before and after."""
        first, then = self.rows
        return np.minimum(self.counts_before[first], self.counts_after[then])

    @cached_property
    def left(self) -> NDArray[np.float64]:
        """People per row before who are not there after."""
        left = self.counts_before.copy()
        left[self.rows[0]] -= self.stayed
        return left

    @cached_property
    def arrived(self) -> NDArray[np.float64]:
        """People per row after who are not there before."""
        arrived = self.counts_after.copy()
        arrived[self.rows[1]] -= self.stayed
        return arrived

    @property
    def is_same(self) -> bool:
        """Whether nobody comes nor leaves."""
        return self.after.residents is self.before.residents


def count_by_zone(
    people: People,
    zones: Zones,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    *,
    minutes: float,
) -> dict[str, NDArray[np.float64]]:
    """Count who is covered before and after, who gains and who loses.

    Parameters
    ----------
    people, zones
        Who lives where.
    before, after
        Minutes of every residents point before and after, infinite where there is no way.
    minutes
        The threshold.

    Returns
    -------
    dict
        ``population_before``, ``population_after``, ``covered_before``, ``covered_after``,
        ``gained``, ``lost``, ``population_change``, ``covered_by_population_change``: arrays of
        zones and groups.
    """
    number = len(zones)

    def total(
        zone: NDArray[np.intp], counts: NDArray[np.float64], chosen: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        if chosen is not None:
            zone, counts = zone[chosen], counts[chosen]
        return sums_by_zone(zone, counts, number)

    in_before, in_after = in_time(before, minutes), in_time(after, minutes)
    old_point, old_zone = zones.before_point, zones.before_zone
    new_point, new_zone = zones.after_point, zones.after_zone
    old, new = people.counts_before[old_point], people.counts_after[new_point]
    first, then = people.rows
    compared = people.compared_row[old_point]
    there = compared >= 0
    compared, zone = compared[there], old_zone[there]
    stayed = people.stayed[compared]
    was, is_now = in_before[first][compared], in_after[then][compared]
    population_before, population_after = total(old_zone, old), total(new_zone, new)
    moved = np.zeros_like(population_before)
    if not people.is_same:
        moved = total(new_zone, people.arrived[new_point], in_after[new_point])
        moved = moved - total(old_zone, people.left[old_point], in_before[old_point])
    return {
        "population_before": population_before,
        "population_after": population_after,
        "covered_before": total(old_zone, old, in_before[old_point]),
        "covered_after": total(new_zone, new, in_after[new_point]),
        "gained": total(zone, stayed, is_now & ~was),
        "lost": total(zone, stayed, was & ~is_now),
        "population_change": population_after - population_before,
        "covered_by_population_change": moved,
    }


def medians(
    people: People, zones: Zones, before: NDArray[np.float64], after: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return median minutes per zone and group before and after; see ``coverage``."""
    number = len(zones)
    first, _ = percentiles_by_zone(
        zones.before_zone,
        before[zones.before_point],
        people.counts_before[zones.before_point],
        number,
    )
    if people.is_same and np.array_equal(before, after):
        return {"median_minutes_before": first, "median_minutes_after": first}
    then, _ = percentiles_by_zone(
        zones.after_zone, after[zones.after_point], people.counts_after[zones.after_point], number
    )
    return {"median_minutes_before": first, "median_minutes_after": then}


def saved_minutes(
    people: People, before: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return minutes saved at every compared address.

    0 where the time is the same, NaN where a place is not reached before and after. Negative
    where it takes longer.
    """
    first, then = people.rows
    old, new = before[first], after[then]
    both = np.isfinite(old) & np.isfinite(new)
    saved = np.full(len(old), np.nan)
    saved[both] = old[both] - new[both]
    saved[np.abs(saved) <= CHANGE_MINUTES] = 0.0
    return saved


def saved_by_area(
    people: People, zones: Zones, before: NDArray[np.float64], after: NDArray[np.float64]
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Tell the distribution of the minutes saved, area by area.

    Returns
    -------
    figures : dict
        Arrays of areas and groups: ``people_quicker``, ``people_slower``, ``people_same``,
        ``people_newly_reaching`` and ``people_no_longer_reaching`` (any place at all),
        ``minutes_saved_mean`` (of all in reach before and after) and
        ``minutes_saved_p10``, ``_p50``, ``_p90`` of those whose time changes.
    classes : (areas, classes, groups)
        People in reach before and after per class of :func:`saved_classes`.
    """
    saved = saved_minutes(people, before, after)
    first, then = people.rows
    reached = np.isfinite(before[first]).astype(int), np.isfinite(after[then]).astype(int)
    compared = people.compared_row[zones.before_point]
    there = compared >= 0
    compared, zone = compared[there], zones.before_zone[there]
    number, groups = len(zones), len(people.groups)
    lower, upper = saved_classes()
    figures = {
        name: np.zeros((number, groups))
        for name in (
            *("people_quicker", "people_slower", "people_same"),
            *("people_newly_reaching", "people_no_longer_reaching"),
        )
    }
    figures |= {
        name: np.full((number, groups), np.nan)
        for name in ("minutes_saved_mean", *(f"minutes_saved_p{part}" for part in PERCENTILES))
    }
    classes = np.zeros((number, len(lower), groups))
    for area in range(number):
        row = compared[zone == area]
        weight, minutes = people.stayed[row], saved[row]
        both = np.isfinite(minutes)
        for name, chosen in (
            ("people_quicker", minutes > 0),
            ("people_slower", minutes < 0),
            ("people_same", minutes == 0),
            ("people_newly_reaching", reached[1][row] > reached[0][row]),
            ("people_no_longer_reaching", reached[1][row] < reached[0][row]),
        ):
            figures[name][area] = weight[chosen].sum(axis=0)
        total = weight[both].sum(axis=0)
        sums = (weight[both] * minutes[both, None]).sum(axis=0)
        figures["minutes_saved_mean"][area] = per(sums, total)
        changed = np.flatnonzero(both & (minutes != 0))
        changed = changed[np.argsort(minutes[changed], kind="stable")]
        for part in PERCENTILES:
            figures[f"minutes_saved_p{part}"][area] = weighted_percentile(
                minutes[changed], weight[changed], part / 100
            )
        for k, (low, high) in enumerate(zip(lower, upper, strict=True)):
            if low == high:
                inside = minutes == 0
            elif low >= 0:
                inside = (minutes > low) & (minutes <= high)
            else:
                inside = (minutes >= low) & (minutes < high)
            classes[area, k] = weight[inside].sum(axis=0)
    return figures, classes


def saved_classes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the classes of minutes saved, from slower to quicker.

    The class from 0 to 0 holds those whose time is the same. Of the others the end nearer to 0 is
    not part of a class, and the farther one is.
    """
    edges = np.array(EDGES_MINUTES)
    same = int(np.flatnonzero(edges == 0)[0])
    lower = np.concatenate([edges[:same], [0.0], edges[same:-1]])
    upper = np.concatenate([edges[1 : same + 1], [0.0], edges[same + 1 :]])
    return lower, upper
