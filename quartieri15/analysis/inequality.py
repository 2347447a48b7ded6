"""How unequal a distribution over people is, and how many have not enough.

Every function takes one value per point and, as weights, the people who have it, and returns what
it would return of a list with one row per person. The values are arrays of any meaning (minutes of
travel, covered or not), none of them negative. Whether they go with need:
:mod:`quartieri15.analysis.concentration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.analysis.distributions import (
    covariance_with_rank,
    people_having,
    ratio_or_zero,
    totals_by_rank,
)
from quartieri15.arguments import is_finite, several, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.reach.trips import in_time, limit_seconds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the Gini coefficient of values that people have.

    It is half the mean absolute difference of two people drawn at random (each may be drawn
    twice), as a part of the mean: 0 where all have the same, near 1 where one has everything.

    Parameters
    ----------
    values
        One number per point, 0 or more.
    weights
        The people at each point; one each when left out.

    Raises
    ------
    InputError
        If a number is missing, infinite or negative, the weights are not as many as the values,
        or nobody is there.
    ParameterError
        If they are no numbers.

    Notes
    -----
    Computed as twice the covariance of value and rank over the mean (Lerman and Yitzhaki 1984,
    Economics Letters 15(3-4):363-368). Of values that are all 0 it is 0: all have the same.

    Examples
    --------
    >>> gini([0, 0, 0, 1]), gini([0, 1], weights=[3, 1])
    (0.75, 0.75)
    """
    value, part = people_having(values, weights)
    return ratio_or_zero(2 * covariance_with_rank(value, value, part), float(part @ value))


def theil(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return Theil's T of values that people have: 0 where all have the same.

    Parameters
    ----------
    values, weights
        As for :func:`gini`.

    Raises
    ------
    InputError, ParameterError
        As for :func:`gini`.

    Notes
    -----
    The mean of ``r ln r``, with ``r`` the value over the mean (Theil 1967, Economics and
    Information Theory). A value of 0 adds 0, the limit.

    Examples
    --------
    >>> round(theil([1, 3]), 6), theil([2, 2])
    (0.130812, 0.0)
    """
    return _theil(*people_having(values, weights))


@dataclass(frozen=True)
class TheilParts:
    """Theil's T, taken apart.

    Parameters
    ----------
    total, between, within
        T of all people; what it would be if all people of a part had the part's mean; and the
        rest, the T of the parts weighted by what they have. ``between + within`` is ``total``.
    parts : pandas.DataFrame
        One row per part: ``part``, ``population_share``, ``value_share`` (of all that the people
        have), ``mean``, ``theil`` (its own T) and ``within`` (what it adds to ``within``). A part
        where nobody is has no row.
    """

    total: float
    between: float
    within: float
    parts: pd.DataFrame


def theil_parts(
    values: ArrayLike, parts: ArrayLike, weights: ArrayLike | None = None
) -> TheilParts:
    """Take Theil's T apart into what is between the parts of a city and what is within them.

    Parameters
    ----------
    values, weights
        As for :func:`gini`.
    parts
        The part that each point belongs to.

    Returns
    -------
    TheilParts

    Raises
    ------
    InputError
        As for :func:`gini`; or if the parts are not as many as the values, or one is missing.
    ParameterError
        As for :func:`gini`.

    Notes
    -----
    Exact (Bourguignon 1979, Econometrica 47(4):901-920; Shorrocks 1980, Econometrica
    48(3):613-625): T is the only measure that weights the parts by what they have and adds up.

    Examples
    --------
    >>> halves = theil_parts([1, 3, 2, 2], ["a", "a", "b", "b"])
    >>> round(halves.total, 6), halves.between, round(halves.within, 6)
    (0.065406, 0.0, 0.065406)
    """
    value, part = people_having(values, weights)
    names = several(parts)
    if len(names) != len(value):
        raise InputError(
            f"there are {len(names)} parts and {len(value)} values",
            where="parts",
            mend="give the part that each value belongs to",
        )
    try:
        number, labels = pd.factorize(pd.Series(names, dtype=object))
    except TypeError as error:
        raise ParameterError(
            "a part has no name that can be compared",
            where="parts",
            mend="give texts or whole numbers",
        ) from error
    if (number < 0).any():
        raise InputError(
            "no part is named",
            where=f"parts, position {int(np.flatnonzero(number < 0)[0])}",
            mend="name the part that each value belongs to",
        )
    population, own = totals_by_rank(value, number.astype(float), part)
    there = np.flatnonzero(population > 0)
    mean = own[there] / population[there]
    of_all = own[there] / own.sum() if own.sum() > 0 else population[there]
    inside = np.array([_theil(value[number == k], part[number == k]) for k in there])
    table = pd.DataFrame(
        {
            "part": np.asarray(labels, dtype=object)[there],
            "population_share": population[there],
            "value_share": of_all,
            "mean": mean,
            "theil": inside,
            "within": of_all * inside,
        }
    )
    return TheilParts(
        total=_theil(value, part),
        between=_theil(mean, population[there]),
        within=float(table["within"].sum()),
        parts=table,
    )


def fgt(
    minutes: ArrayLike,
    line: float,
    weights: ArrayLike | None = None,
    *,
    order: float = 0,
) -> float:
    """Return how many people are farther than a line, or how far beyond it they are.

    Parameters
    ----------
    minutes
        Travel times, 0 or more; for order 0 also infinite, where there is no way.
    line
        Minutes that are enough; above 0 and at most a day.
    weights
        The people at each point; one each when left out.
    order
        0: the share of people beyond the line. 1: the mean over all people of the minutes
        beyond it, as parts of the line. 2: the same of their squares, so that the farthest
        count most. 0 or more.

    Returns
    -------
    float
        0 where all are within. Of orders above 0 it may exceed 1, since a time has no upper
        bound: someone at three times the line counts 2.

    Raises
    ------
    InputError
        As for :func:`gini`.
    ParameterError
        As for :func:`gini`, or if the line or the order makes no sense.

    Notes
    -----
    Foster, Greer and Thorbecke 1984, Econometrica 52(3):761-766, with minutes too many in place
    of income too little. As a measure of enough transport: Martens and Bastiaanssen 2019, in
    Lucas et al. (eds.), Measuring Transport Equity, 39-55. Who is within the line is told as in
    :func:`~quartieri15.analysis.coverage.coverage`.

    Examples
    --------
    >>> [fgt([10, 15, 30, 45], 15, order=order) for order in (0, 1, 2)]
    [0.5, 0.75, 1.25]
    """
    if not is_finite(order) or order < 0:
        raise ParameterError(
            f"order is {shown(order)}", where="order", mend="give 0 or more, such as 1"
        )
    limit_seconds(line)
    if line is None:
        raise ParameterError("line is None", where="line", mend="give the minutes that are enough")
    time, part = people_having(minutes, weights, infinite=order == 0)
    beyond = ~in_time(time, line)
    excess = np.ones(int(beyond.sum())) if order == 0 else (time[beyond] - line) / line
    with np.errstate(over="ignore"):
        found = float(part[beyond] @ excess**order)
    if not np.isfinite(found):
        raise ParameterError(
            f"of order {order:g} the measure of these minutes has no end",
            where="order",
            mend="give a lower one, such as 2",
        )
    return found


def _theil(value: NDArray[np.float64], part: NDArray[np.float64]) -> float:
    from scipy.special import xlogy

    people = part.sum()
    mean = float(part @ value) / people if people > 0 else 0.0
    if not mean > 0:
        return 0.0
    ratio = value / mean
    return float(part @ xlogy(ratio, ratio)) / float(people)
