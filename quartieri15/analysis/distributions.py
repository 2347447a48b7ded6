"""Values that people have, and people in the order of something: where inequality starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quartieri15.arguments import require_numbers
from quartieri15.errors import InputError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray


LARGEST: Final = 1e100
"""No figure of a city is larger; the squares and sums of larger ones have no end."""


def people_having(
    values: object, weights: object, *, infinite: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values and the part of all people who have each, or say what is wrong with them."""
    value = one_dimension(values, "values")
    weight = np.ones(len(value)) if weights is None else one_dimension(weights, "weights")
    if len(weight) != len(value):
        raise InputError(
            f"there are {len(weight)} weights and {len(value)} values",
            where="weights",
            mend="give the people who have each value",
        )
    for where, row in (("values", value), ("weights", weight)):
        wrong = np.isnan(row) | (row < 0) | (row > LARGEST)
        if where == "values" and infinite:
            wrong &= ~np.isposinf(row)
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"{row[at]:g} is not from 0 to {LARGEST:g} (so are {int(wrong.sum())} in all)",
                where=f"{where}, position {at}",
                mend="leave such points out and count them, or correct the numbers",
            )
    total = weight.sum()
    if not total > 0:
        raise InputError(
            "nobody has any of the values",
            where="weights",
            mend="give at least one point with people",
        )
    return value, weight / total


def one_dimension(values: object, where: str) -> NDArray[np.float64]:
    """Return a row of numbers, or say that it is none."""
    row = require_numbers(values, where=where)
    if row.ndim != 1:
        raise ParameterError(
            f"{where} has {row.ndim} dimensions", where=where, mend="give one number per point"
        )
    return row


def totals_by_rank(
    value: NDArray[np.float64], order: NDArray[np.float64], part: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the people at each step of an ascending order, and what they have in all."""
    steps, at = np.unique(order, return_inverse=True)
    population, own = np.zeros((2, len(steps)))
    np.add.at(population, at, part)
    np.add.at(own, at, part * value)
    return population, own


def running_totals(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of the first none, one, two, ... of some parts."""
    return np.concatenate([[0.0], np.cumsum(parts)])


def covariance_with_rank(
    value: NDArray[np.float64], order: NDArray[np.float64], part: NDArray[np.float64]
) -> float:
    """Return the covariance of values and the fractional rank of people in an ascending order."""
    population, own = totals_by_rank(value, order, part)
    rank = np.cumsum(population) - population / 2
    return float((own - population * (part @ value)) @ (rank - 0.5))


def ratio_or_zero(measure: float, base: float) -> float:
    """Divide; where the base is 0 all have the same, so that nothing is unequal: 0."""
    return measure / base if base > 0 else 0.0
