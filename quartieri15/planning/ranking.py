"""Which of several scenarios is best: ranks by people, and the Pareto front of cost and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def ranks(people: ArrayLike, cost_eur: ArrayLike) -> NDArray[np.int64]:
    """Rank by people, the most first; of as many people the cheapest, an unknown cost last.

    Those alike in both have the same rank.

    Examples
    --------
    >>> ranks([10, 30, 30, 10], [5, 9, 8, 5]).tolist()
    [3, 2, 1, 3]
    """
    gained = np.asarray(people, dtype=float)
    cost = np.nan_to_num(np.asarray(cost_eur, dtype=float), nan=np.inf)
    better = (gained[None, :] > gained[:, None]) | (
        (gained[None, :] == gained[:, None]) & (cost[None, :] < cost[:, None])
    )
    found: NDArray[np.int64] = 1 + better.sum(axis=1)
    return found


def pareto_front(people: ArrayLike, cost_eur: ArrayLike) -> pd.arrays.BooleanArray:
    """Tell which scenarios no other beats in people and in cost.

    One beats another if it gains at least as many people at no higher cost, and is better in one
    of the two. Doing nothing, which gains nobody and costs nothing, may beat a scenario too.

    Parameters
    ----------
    people
        People gained less people lost by each scenario.
    cost_eur
        What each costs; NaN where that is not known.

    Returns
    -------
    pandas.arrays.BooleanArray
        Missing where the cost is not known.

    Examples
    --------
    >>> pareto_front([100, 80, 120, 0], [10, 12, 30, 1]).tolist()
    [True, False, True, False]
    """
    gained = np.asarray(people, dtype=float)
    cost = np.asarray(cost_eur, dtype=float)
    others = np.append(gained, 0.0), np.append(cost, 0.0)
    with np.errstate(invalid="ignore"):
        at_least = (others[0][None, :] >= gained[:, None]) & (others[1][None, :] <= cost[:, None])
        more = (others[0][None, :] > gained[:, None]) | (others[1][None, :] < cost[:, None])
    beaten = (at_least & more).any(axis=1)
    return pd.arrays.BooleanArray(np.asarray(~beaten), np.isnan(cost))
