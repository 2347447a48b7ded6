"""Getis-Ord Gi*: whether there is more in an area and around it than elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quartieri15.analysis.hot_spots.rates import standardised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.neighbours import Neighbours


def gi_star(values: NDArray[np.float64], neighbours: Neighbours) -> NDArray[np.float64]:
    """Compute Gi* of every area: how far it and its neighbours lie above the mean of all.

    Ord and Getis 1995, Geographical Analysis 27(4):286-306, equation 7, with binary weights: an
    area's neighbours and the area itself count 1. The ``Zs`` of
    ``esda.G_Local(..., transform="B", star=True)``.

    Parameters
    ----------
    values : (n, fields)
        One value per area and field, none missing.
    neighbours
        Of the same ``n`` areas.

    Returns
    -------
    numpy.ndarray
        ``(n, fields)``, in standard deviations; NaN where all values are alike, and for an area
        that all others are neighbours of.

    Examples
    --------
    >>> from quartieri15.analysis.hot_spots.neighbours import Neighbours
    >>> row = Neighbours.of_pairs(np.array([0, 1, 1, 2, 2, 3]), np.array([1, 0, 2, 1, 3, 2]), 4)
    >>> gi_star(np.array([[1.0], [1.0], [2.0], [4.0]]), row).ravel().round(2).tolist()
    [-1.41, -1.63, 0.82, 1.41]
    """
    n = len(neighbours)
    own = standardised(values)
    there = (neighbours.number + 1)[:, None]
    variance = there * (n - there) / max(n - 1, 1)
    found: NDArray[np.float64] = (neighbours.sums(own) + own) / np.sqrt(
        np.where(variance > 0, variance, np.nan)
    )
    return found
