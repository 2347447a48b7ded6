"""How many of the areas that are called hot are so by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def q_values(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least false discovery rate at which each test would be called.

    Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57(1):289-300. Calling
    every test of ``q_value <= 0.05`` keeps the expected part of false calls at 5 % or less where
    the tests are independent or positively dependent (Benjamini and Yekutieli 2001, The Annals of
    Statistics 29(4):1165-1188). For any dependence, multiply by :func:`any_dependence`.

    Parameters
    ----------
    p_values
        One per test; NaN for what was not tested.

    Returns
    -------
    numpy.ndarray
        NaN where ``p_values`` is.

    Examples
    --------
    >>> q_values(np.array([0.01, 0.04, np.nan, 0.03])).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    q = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    each = p_values[order] * (len(order) / np.arange(1, len(order) + 1))
    q[order] = np.minimum.accumulate(each[::-1])[::-1]
    return q


def any_dependence(tests: int) -> float:
    """Return by how much q-values grow where nothing is known of how the tests depend.

    Benjamini and Yekutieli 2001: the sum of ``1 / i`` over the tests.

    Examples
    --------
    >>> any_dependence(3) == 1 + 1 / 2 + 1 / 3
    True
    """
    return float((1 / np.arange(1, tests + 1)).sum())
