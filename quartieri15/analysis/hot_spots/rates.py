"""Values that can be compared from area to area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIKE: Final = 1e-12
"""Values that spread by less than this part of the largest are alike, but for rounding."""


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column with mean 0 and standard deviation 1; NaN where all values are alike.

    Examples
    --------
    >>> standardised(np.array([[1.0, 7.0], [3.0, 7.0]])).tolist()
    [[-1.0, nan], [1.0, nan]]
    """
    spread = values.std(axis=0)
    alike = spread <= ALIKE * np.abs(values).max(axis=0, initial=0.0)
    each: NDArray[np.float64] = (values - values.mean(axis=0)) / np.where(alike, np.nan, spread)
    return np.ascontiguousarray(each)


def empirical_bayes(
    events: NDArray[np.float64], population: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return rates less their mean, each in standard deviations of what so many people let expect.

    A share of 3 people says less than one of 300. Assunção and Reis 1999, Statistics in Medicine
    18(16):2147-2162; as ``esda.smoothing.assuncao_rate``.

    Parameters
    ----------
    events, population : (n, fields)
        Counts; the population above 0.

    Returns
    -------
    numpy.ndarray
        0 where the rate is that of all areas together. Where all rates are alike and no spread
        is expected, all are 0.

    Examples
    --------
    >>> events, population = np.array([[1.0], [30.0], [9.0]]), np.array([[2.0], [60.0], [100.0]])
    >>> empirical_bayes(events, population).ravel().round(2).tolist()
    [0.64, 1.28, -0.81]
    """
    rate = events / population
    total = population.sum(axis=0)
    mean = events.sum(axis=0) / total
    spread = (population * (rate - mean) ** 2).sum(axis=0) / total
    between = spread - mean / (total / len(events))
    expected = mean / population
    variance = np.where(between + expected < 0, expected, between + expected)
    deviation = rate - mean
    score: NDArray[np.float64] = np.divide(
        deviation, np.sqrt(variance), out=np.zeros_like(deviation), where=variance > 0
    )
    return score
