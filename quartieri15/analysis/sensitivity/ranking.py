"""How much of a ranking is left when what it rests on is not known for sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def gap_order(
    covered: NDArray[np.float64], uncovered: NDArray[np.float64], ids: NDArray[np.generic]
) -> NDArray[np.int64]:
    """Return the place of each zone in the order of :func:`~quartieri15.analysis.gaps.find_gaps`.

    Parameters
    ----------
    covered, uncovered : (..., zones)
        People of one group within and beyond the threshold, in any number of draws.
    ids : (zones,)
        Ids of the zones: the last of what parts those that tie.

    Returns
    -------
    numpy.ndarray
        Of the same shape: 1 for the zone with most uncovered people. Zones without a gap stand
        last, those where nobody lives behind all others.

    Examples
    --------
    >>> gap_order(np.array([5.0, 1, 9]), np.array([2.0, 7, 0]), np.array([1, 2, 3]))
    array([2, 1, 3])
    """
    population = covered + uncovered
    share = np.divide(covered, population, out=np.full_like(covered, np.inf), where=population > 0)
    by_id = np.argsort(np.argsort(ids, kind="stable"), kind="stable")
    keys = (np.broadcast_to(by_id, covered.shape), share, population <= 0, -uncovered)
    order = np.lexsort(keys, axis=-1)
    place = np.empty(covered.shape, dtype=np.int64)
    np.put_along_axis(
        place, order, np.broadcast_to(np.arange(1, len(ids) + 1), covered.shape), axis=-1
    )
    return place


def top_frequency(
    place: NDArray[np.int64], uncovered: NDArray[np.float64], top: int
) -> NDArray[np.float64]:
    """Return in which part of the draws (rows) each zone (columns) is among the first with a gap.

    The frequencies add up to ``top`` where at least so many zones have a gap in every draw.
    """
    among: NDArray[np.float64] = ((place <= top) & (uncovered > 0)).mean(axis=0)
    return among


def kendall_tau(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how alike two rankings are: 1 for the same, 0 for no relation, -1 for the reverse.

    The tau-b of Kendall 1945, Biometrika 33(3):239-251, which minds ties; NaN where all of one
    ranking tie.

    Parameters
    ----------
    one, other : (zones,)
        What the zones are ranked by.

    Examples
    --------
    >>> round(kendall_tau(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 4, 3])), 2)
    0.67
    """
    from scipy.stats import kendalltau

    if len(one) < 2 or (one == one[0]).all() or (other == other[0]).all():  # noqa: PLR2004
        return float("nan")
    return float(kendalltau(one, other).statistic)
