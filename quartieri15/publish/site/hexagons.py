"""Where people live, as hexagons of a page: minutes on the way, before and after a scenario.

A hexagon tells the class its people fall in and the mean of their minutes, to the half; one of
fewer people than may be told is not there. See :mod:`quartieri15.publish.cells`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from quartieri15.publish.cells import CLASSES, SIDE_M, hexagon_of
from quartieri15.publish.disclosure import SMALLEST_COUNT

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.publish.site.material import Material

UNREACHED: Final = -1
"""Stands for minutes where most people of a hexagon reach no place at all."""


@dataclass(frozen=True, kw_only=True)
class Hexagons:
    """The hexagons of a city in which enough people live to be told.

    Parameters
    ----------
    column, row
        Which hexagon, see :func:`~quartieri15.publish.cells.hexagon_of`.
    size
        The class of its people: a position in :data:`~quartieri15.publish.cells.CLASSES`.
    of_address
        The hexagon of each row of the residents, -1 where it is not told.
    people
        The people at each row of the residents.
    """

    column: NDArray[np.int64]
    row: NDArray[np.int64]
    size: NDArray[np.int64]
    of_address: NDArray[np.int64]
    people: NDArray[np.float64]

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the coordinates of the middle of each hexagon."""
        across, up = 3**0.5 * SIDE_M, 1.5 * SIDE_M
        x = (self.column + np.where(self.row % 2 == 1, 0.5, 0.0)) * across
        return x.astype(np.float64), (self.row * up).astype(np.float64)

    def mean_minutes(self, minutes: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return twice the mean minutes of the people of each hexagon, whole.

        Parameters
        ----------
        minutes
            At each row of the residents; NaN where no place is reached.
        """
        told = (self.of_address >= 0) & (self.people > 0)
        reached = told & np.isfinite(minutes)

        def summed(which: NDArray[np.bool_], weight: NDArray[np.float64]) -> NDArray[np.float64]:
            at = self.of_address[which]
            return np.bincount(at, weight[which], minlength=len(self.column)).astype(np.float64)

        who, everybody = summed(reached, self.people), summed(told, self.people)
        mean = summed(reached, self.people * np.nan_to_num(minutes)) / np.maximum(who, 1e-9)
        return np.where(who * 2 >= everybody, np.rint(mean * 2), UNREACHED).astype(np.int64)


@functools.lru_cache(maxsize=1)
def hexagons_of(material: Material) -> Hexagons:
    """Put the residents of a city into hexagons."""
    city = material.city
    group = "residents" if "residents" in city.groups else material.groups[0]
    people = city.residents[group].to_numpy(dtype=float)
    points = city.residents.geometry
    column, row = hexagon_of(points.x.to_numpy(), points.y.to_numpy())
    keys = pd.DataFrame({"row": row, "column": column})
    hexagon = keys.groupby(["row", "column"]).ngroup().to_numpy()
    which = keys.drop_duplicates().sort_values(["row", "column"])
    count = np.bincount(hexagon, people, minlength=len(which)).round(6)
    limits = limits_of(material)
    enough = count >= limits[0]
    number = np.where(enough, np.cumsum(enough) - 1, -1)
    return Hexagons(
        column=which["column"].to_numpy()[enough],
        row=which["row"].to_numpy()[enough],
        size=np.searchsorted(limits, count[enough], side="right") - 1,
        of_address=number[hexagon],
        people=people,
    )


def crossing(
    material: Material, addresses: gpd.GeoDataFrame, group: str
) -> dict[str, NDArray[np.int64]]:
    """Return where people newly reach a place in time, and where they no longer do.

    Parameters
    ----------
    material
        What the pages are made from.
    addresses
        Those of a comparison for one traveller: ``id``, ``change``, people of ``group``.
    group
        Who is counted.

    Returns
    -------
    dict
        ``gained_at``, ``lost_at`` (numbers of hexagons), ``gained``, ``lost`` (classes of how many
        people: positions in :data:`~quartieri15.publish.cells.CLASSES`). Where fewer than may be
        told cross the threshold, the hexagon is left out.
    """
    cells = hexagons_of(material)
    limits = limits_of(material)
    found = {}
    for name, change in (("gained", "newly_covered"), ("lost", "no_longer_covered")):
        rows = addresses[addresses["change"] == change]
        at = cells.of_address[_rows_of(material, rows["id"])]
        people = rows[group].to_numpy(dtype=float)
        count = np.bincount(at[at >= 0], people[at >= 0], minlength=len(cells.column)).round(6)
        here = np.flatnonzero(count >= limits[0])
        found[f"{name}_at"] = here
        found[name] = np.searchsorted(limits, count[here], side="right") - 1
    return found


def minutes_after(
    material: Material, before: NDArray[np.float64], addresses: gpd.GeoDataFrame
) -> NDArray[np.float64]:
    """Return the minutes after a scenario: those of before, but where something changes.

    Parameters
    ----------
    material
        What the pages are made from.
    before
        Minutes at each row of the residents.
    addresses
        Those of a comparison for one traveller: ``id``, ``minutes_after``.
    """
    after = before.copy()
    after[_rows_of(material, addresses["id"])] = addresses["minutes_after"].to_numpy(dtype=float)
    return after


def _rows_of(material: Material, ids: pd.Series) -> NDArray[np.int64]:
    return np.asarray(pd.Index(material.city.residents["id"]).get_indexer(ids), dtype=np.int64)


def limits_of(material: Material) -> NDArray[np.float64]:
    """Return the lower limits of the classes of people, the first the fewest of a hexagon."""
    # Ten where all counts are told: a hexagon of one person says who.
    return np.array(CLASSES) * (material.smallest_count or SMALLEST_COUNT)
