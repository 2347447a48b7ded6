"""What a number that is known tells of its parts, and which parts are therefore not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_PART: Final = 1.5
"""Times the smallest count: smaller parts of a number that is known are not told.

Where several are not told, each that is below the smallest count then keeps at least half of it
to lie in: of 18, parts of 9.25 and 8.75 lie between 3 and 15, and not between 8 and 10.
"""

_ROUNDING: Final = 1e-9
"""Less than this is a rounding error of a sum."""


def parts_told(
    counts: NDArray[np.float64], rounded: NDArray[np.float64], smallest_count: float
) -> NDArray[np.float64]:
    """Return what may be told of counts that add up to a number that is known.

    Parameters
    ----------
    counts
        The parts, exact.
    rounded
        The same, rounded to multiples of ``smallest_count``: 0 only for nobody.
    smallest_count
        The smallest count that may be told, above 0.

    Returns
    -------
    numpy.ndarray
        The rounded parts, NaN for those below ``LEAST_PART`` times ``smallest_count``, and for the
        next smallest as long as what is told confines one of those.

    Examples
    --------
    >>> parts_told(np.array([9.25, 8.75, 0.0]), np.array([np.nan, np.nan, 0.0]), 10.0)
    array([nan, nan,  0.])
    >>> parts_told(np.array([4.0, 21.0]), np.array([np.nan, 20.0]), 10.0)
    array([nan, 20.])

    16 people less at least 15 would leave at most 1:

    >>> parts_told(np.array([1.0, 15.0]), np.array([np.nan, 20.0]), 10.0)
    array([nan, nan])
    """
    few = (rounded != 0) & (counts < LEAST_PART * smallest_count)
    told, whole = np.where(few, np.nan, rounded), counts.sum()
    smallest_first = np.argsort(counts, kind="stable")
    for part in smallest_first[told[smallest_first] > 0]:
        hidden, room = np.isnan(told), np.where(told > 0, smallest_count / 2, 0)
        low = np.where(hidden, 0, told - room)
        high = np.where(hidden, np.where(few, LEAST_PART * smallest_count, whole), told + room)
        if not (few & confined(low, high, (whole, whole), smallest_count)).any():
            break
        told[part] = np.nan
    return told


def confined(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    whole: tuple[float, float],
    smallest_count: float,
) -> NDArray[np.bool_]:
    """Tell which parts have less room within their whole than any count is to have.

    Parameters
    ----------
    low, high
        What each part is at the least and at the most, by itself.
    whole
        What they add up to at the least and at the most.
    smallest_count
        The smallest count that may be told: half of it is the room to have.

    Examples
    --------
    >>> confined(np.array([0.0, 15.0]), np.array([10.0, 25.0]), (16, 16), 10.0)
    array([ True,  True])
    >>> confined(np.array([0.0, 15.0]), np.array([10.0, 25.0]), (22, 22), 10.0)
    array([False, False])
    """
    left = np.minimum(high, whole[1] - (low.sum() - low))
    left -= np.maximum(low, whole[0] - (high.sum() - high))
    narrow: NDArray[np.bool_] = left < np.minimum(smallest_count / 2, high - low) - _ROUNDING
    return narrow
