"""Whether values are found with the people most in need, or with the others.

Every function takes one value per point, how much in need its people are, and how many they are.
The order is that of need alone: how large the differences in need are does not matter.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from quartieri15.analysis.distributions import (
    LARGEST,
    covariance_with_rank,
    one_dimension,
    people_having,
    ratio_or_zero,
    running_totals,
    totals_by_rank,
)
from quartieri15.arguments import is_finite, is_one_of, require_numbers, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Correction = Literal["none", "erreygers", "wagstaff"]


def palma(
    values: ArrayLike,
    need: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    least: float = 0.1,
    most: float = 0.4,
) -> float:
    """Return what the tenth least in need have, over what the four tenths most in need have.

    Parameters
    ----------
    values, weights
        As for :func:`~quartieri15.analysis.inequality.gini`.
    need
        How much in need each point is: the higher, the more.
    least, most
        Which part of the people is compared with which; each above 0, together at most 1.

    Returns
    -------
    float
        The mean of the one over the mean of the other: 1 where both have the same. Infinite
        where those most in need have nothing, missing where neither have.

    Raises
    ------
    InputError
        As for ``gini``, of the values and of the need (which may be negative).
    ParameterError
        As for ``gini``, or if the parts of people make no sense.

    Notes
    -----
    Palma 2011, Development and Change 42(1):87-153, orders people by income, of which no figure
    per zone is known here, and compares the shares of all income that the two parts have. With
    the means compared, as the R package ``accessibility`` does it, equality is 1 and not a
    quarter. People equally in need are cut through in proportion: no order among them matters.

    Examples
    --------
    >>> palma([10, 10, 10, 10, 10, 5], need=[1, 2, 3, 4, 5, 0])
    0.5
    """
    value, part = people_having(values, weights)
    degree = _ranked_by(need, len(value))
    for name, share in (("least", least), ("most", most)):
        if not is_finite(share) or not 0 < share < 1:
            raise ParameterError(
                f"{name} is {shown(share)}", where=name, mend="give a part of 1, such as 0.1"
            )
    if least + most > 1:
        raise ParameterError(
            f"the parts {least:g} and {most:g} overlap",
            where="least, most",
            mend="give parts that are together 1 at most",
        )
    population, own = totals_by_rank(value, -degree, part)
    have = np.interp([most, 1 - least], running_totals(population), running_totals(own))
    neediest, others = float(have[0]) / most, float(own.sum() - have[1]) / least
    if neediest > 0:
        return others / neediest
    return math.inf if others > 0 else math.nan


def concentration_curve(
    values: ArrayLike, need: ArrayLike, weights: ArrayLike | None = None
) -> pd.DataFrame:
    """Return which share of the values the people most in need have.

    Parameters
    ----------
    values, need, weights
        As for :func:`palma`.

    Returns
    -------
    pandas.DataFrame
        ``population_share``, from the most in need on, and ``value_share``, what they have of
        all there is; one row per degree of need, after a first row of zeros. On the diagonal all
        have the same; above it those in need have more.

    Raises
    ------
    InputError
        As for :func:`palma`; or if nobody has anything.
    ParameterError
        As for :func:`palma`.

    Examples
    --------
    >>> concentration_curve([1, 3], need=[2, 1], weights=[1, 1])
       population_share  value_share
    0               0.0         0.00
    1               0.5         0.25
    2               1.0         1.00
    """
    value, part = people_having(values, weights)
    population, own = totals_by_rank(value, -_ranked_by(need, len(value)), part)
    if not own.sum() > 0:
        raise InputError(
            "all values are 0, so there is nothing to share",
            where="values",
            mend="ask of something that at least one person has",
        )
    return pd.DataFrame(
        {
            "population_share": running_totals(population / population.sum()),
            "value_share": running_totals(own / own.sum()),
        }
    )


def concentration_index(
    values: ArrayLike,
    need: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    correction: Correction = "none",
    bounds: tuple[float, float] = (0.0, 1.0),
) -> float:
    """Tell whether values are found with those in need (below 0) or with the others (above 0).

    Parameters
    ----------
    values, need, weights
        As for :func:`palma`.
    correction
        ``"none"`` for the relative index, of values without an upper bound such as minutes. A
        share has two bounds, and what the index can be depends on the mean; and covered and
        uncovered tell different stories. ``"erreygers"`` mends both, and measures differences
        in points; ``"wagstaff"`` keeps to what is possible at that mean.
    bounds
        The least and the most that a value can be, for a correction.

    Returns
    -------
    float
        0 where need tells nothing. From -1 to 1 for values within their bounds. People equally
        in need have one rank, the middle one.

    Raises
    ------
    InputError
        As for :func:`palma`; or if a value is out of the bounds of a correction.
    ParameterError
        As for :func:`palma`; or if the bounds make no sense.
    UnknownNameError
        If the correction is not known.

    Notes
    -----
    Kakwani, Wagstaff and van Doorslaer 1997, Journal of Econometrics 77(1):87-103 (twice the
    covariance with the rank, over the mean). Erreygers 2009, Journal of Health Economics
    28(2):504-515. Wagstaff 2005, Health Economics 14(4):429-432.

    Examples
    --------
    >>> covered, need = [1.0, 1.0, 0.0, 1.0], [1, 2, 3, 4]
    >>> concentration_index(covered, need), concentration_index([0, 0, 1, 0], need)
    (0.0833..., -0.25)
    >>> concentration_index(covered, need, correction="erreygers")
    0.25
    >>> concentration_index(covered, need, correction="wagstaff")
    0.333...
    """
    value, part = people_having(values, weights)
    degree = _ranked_by(need, len(value))
    if not is_one_of(correction, get_args(Correction)):
        raise UnknownNameError.among(correction, get_args(Correction), kind="correction")
    covariance = covariance_with_rank(value, -degree, part)
    mean = float(part @ value)
    if correction == "none":
        return ratio_or_zero(2 * covariance, mean)
    low, high = _bounds(bounds, value)
    if correction == "erreygers":
        return 8 * covariance / (high - low)
    return ratio_or_zero(2 * covariance * (high - low), (high - mean) * (mean - low))


def _ranked_by(need: object, count: int) -> NDArray[np.float64]:
    degree = one_dimension(need, "need")
    if len(degree) != count:
        raise InputError(
            f"there are {len(degree)} degrees of need and {count} values",
            where="need",
            mend="give the need of each point",
        )
    if (wrong := ~(abs(degree) <= LARGEST)).any():
        raise InputError(
            f"the need of {int(wrong.sum())} points is not known, or beyond {LARGEST:g}",
            where=f"need, position {int(np.flatnonzero(wrong)[0])}",
            mend="leave such points out and count them",
        )
    return degree


def _bounds(bounds: object, value: NDArray[np.float64]) -> tuple[float, float]:
    ends = require_numbers(bounds, where="bounds")
    if ends.shape != (2,) or not (abs(ends) <= LARGEST).all() or not ends[0] < ends[1]:
        raise ParameterError(
            f"bounds is {shown(bounds)}",
            where="bounds",
            mend="give the least and the most that a value can be, such as (0, 1)",
        )
    outside = (value < ends[0]) | (value > ends[1])
    if outside.any():
        at = int(np.flatnonzero(outside)[0])
        raise InputError(
            f"{value[at]:g} is not between {ends[0]:g} and {ends[1]:g}",
            where=f"values, position {at}",
            mend="give the bounds of these values, or use correction='none'",
        )
    return float(ends[0]), float(ends[1])
