"""The tests of all fields: what surrounds each area, beside what chance would put there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.analysis.hot_spots.false_discovery import q_values
from quartieri15.analysis.hot_spots.getis_ord import gi_star
from quartieri15.analysis.hot_spots.moran import local_moran
from quartieri15.analysis.hot_spots.permutations import count_permutations, surroundings
from quartieri15.analysis.hot_spots.rates import standardised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.neighbours import Neighbours


@dataclass(frozen=True, eq=False)
class Findings:
    """What the tests say: arrays of areas × fields.

    Parameters
    ----------
    statistic, z_value, p_value, q_value
        NaN where an area was not tested.
    neighbours
        How many neighbours with a value each area has.
    reason
        Why an area was not tested; empty where it was.
    high, side
        Whether the area (for Gi*: with what is around it) is above the mean, and whether its
        surroundings are high (1) or low (-1) among the permutations.
    """

    statistic: NDArray[np.float64]
    z_value: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    neighbours: NDArray[np.int64]
    reason: NDArray[np.object_]
    high: NDArray[np.bool_]
    side: NDArray[np.int64]


def tested(
    values: NDArray[np.float64],
    around: NDArray[np.float64] | None,
    reason: NDArray[Any],
    neighbours: Neighbours,
    *,
    statistic: str,
    permutations: int,
    seed: int,
) -> Findings:
    """Test every area in every field.

    Parameters
    ----------
    values : (n, fields)
        One value per area and field, NaN where there is none.
    around : (n, fields)
        What is looked at in the neighbours; None for the same.
    reason : (n, fields)
        Why a value of either is missing.
    neighbours
        Of all areas. Those without a value are nobody's neighbours.
    statistic
        ``"getis_ord"`` or ``"moran"``.
    permutations, seed
        As for :func:`~quartieri15.analysis.hot_spots.permutations.count_permutations`.
    """
    shape = values.shape
    found = Findings(
        statistic=np.full(shape, np.nan),
        z_value=np.full(shape, np.nan),
        p_value=np.full(shape, np.nan),
        q_value=np.full(shape, np.nan),
        neighbours=np.zeros(shape, dtype=np.int64),
        reason=reason.copy(),
        high=np.zeros(shape, dtype=bool),
        side=np.zeros(shape, dtype=np.int64),
    )
    for there, fields in alike(reason == ""):
        among = neighbours.among(there)
        cell = np.ix_(np.flatnonzero(there), fields)
        own = values[cell]
        others = None if around is None else around[cell]
        theirs = own if others is None else others
        found.neighbours[cell] = among.number[:, None]
        measured = (
            gi_star(own, among) if statistic == "getis_ord" else local_moran(own, among, others)
        )
        z_value = surroundings(theirs, among)
        counts = count_permutations(theirs, among, permutations=permutations, seed=seed)
        island = np.broadcast_to((among.number == 0)[:, None], own.shape)
        untested = island | np.isnan(z_value) | np.isnan(measured)
        found.reason[cell] = np.select([island, untested], ["no_neighbour", "no_variation"], "")
        found.statistic[cell] = np.where(untested, np.nan, measured)
        found.z_value[cell] = np.where(untested, np.nan, z_value)
        found.p_value[cell] = np.where(untested, np.nan, counts.p_values())
        found.high[cell] = (measured if statistic == "getis_ord" else standardised(own)) > 0
        found.side[cell] = counts.side()
    for field in range(shape[1]):
        found.q_value[:, field] = q_values(found.p_value[:, field])
    return found


def alike(there: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.intp]]]:
    """Give the fields that have values in the same areas, together: they can share shuffles."""
    patterns, which = np.unique(there, axis=1, return_inverse=True)
    for pattern in range(patterns.shape[1]):
        if patterns[:, pattern].any():
            yield patterns[:, pattern], np.flatnonzero(which.ravel() == pattern)
