"""Moran's I: whether areas are like their neighbours, one by one and on the whole."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np

from quartieri15.analysis.hot_spots.rates import standardised
from quartieri15.reach.kernels import available_cores, compiled, work_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.neighbours import Neighbours

TOGETHER: Final = 128
"""Permutations that one thread shuffles at a time; each such block has a seed of its own."""


def local_moran(
    values: NDArray[np.float64], neighbours: Neighbours, around: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Compute local Moran's I of every area: whether it is like its neighbours.

    Anselin 1995, Geographical Analysis 27(2):93-115; with another field ``around``, its bivariate
    form (Anselin, Syabri and Smirnov 2002). An area's value is held against the mean of its
    neighbours', as in ``esda.Moran_Local`` and ``esda.Moran_Local_BV`` with row-standardised
    weights. The bivariate form does not see how the two fields go together within an area.

    Parameters
    ----------
    values : (n, fields)
        One value per area and field, none missing.
    neighbours
        Of the same ``n`` areas.
    around : (n, fields)
        What is looked at in the neighbours, for the bivariate form; None for ``values``.

    Returns
    -------
    numpy.ndarray
        ``(n, fields)``: above 0 where area and neighbours lie on one side of the mean. 0 for an
        island, NaN where a field has one value only.

    Examples
    --------
    >>> from quartieri15.analysis.hot_spots.neighbours import Neighbours
    >>> row = Neighbours.of_pairs(np.array([0, 1, 1, 2, 2, 3]), np.array([1, 0, 2, 1, 3, 2]), 4)
    >>> values = np.array([[1.0], [1.0], [3.0], [3.0]])
    >>> local_moran(values, row).T
    array([[ 0.75, -0.  ,  0.  ,  0.75]])
    """
    n = len(neighbours)
    theirs = standardised(values if around is None else around)
    lag = neighbours.sums(theirs) / np.maximum(neighbours.number, 1)[:, None]
    found: NDArray[np.float64] = (n - 1) / n * standardised(values) * lag
    return found


def moran(
    values: NDArray[np.float64], neighbours: Neighbours, around: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Compute Moran's I of each field, or its bivariate form.

    Moran 1950, Biometrika 37(1/2):17-23, with row-standardised weights, as ``esda.Moran``; of two
    fields, as ``esda.Moran_BV``.

    Parameters
    ----------
    values, neighbours, around
        As for :func:`local_moran`. Islands have no neighbours to be like; NaN where
        all are islands, or a field has one value only.

    Returns
    -------
    numpy.ndarray
        One value per field.
    """
    own = standardised(values)
    theirs = own if around is None else standardised(around)
    number = np.maximum(neighbours.number, 1)[:, None]
    products: NDArray[np.float64] = (own * (neighbours.sums(theirs) / number)).sum(axis=0)
    # The univariate form divides by the weights, which an island has none of.
    connected = (neighbours.number > 0).sum() if around is None else len(neighbours)
    return products / (connected or np.nan)


def permuted_moran(
    values: NDArray[np.float64],
    neighbours: Neighbours,
    around: NDArray[np.float64] | None = None,
    *,
    permutations: int,
    seed: int,
) -> NDArray[np.float64]:
    """Compute Moran's I of shuffled fields; all fields share the shuffles.

    Parameters
    ----------
    values, neighbours, around
        As for :func:`local_moran`. Of the bivariate form only ``around`` is shuffled.
    permutations, seed
        How many; the same seed gives the same values, whatever the number of cores.

    Returns
    -------
    numpy.ndarray
        ``(permutations, fields)``.
    """
    own = standardised(values)
    theirs = own if around is None else standardised(around)
    number = np.maximum(neighbours.number, 1)
    weights = neighbours.sparse.multiply(1 / number[:, None]).tocsr()
    found = np.empty((permutations, values.shape[1]))
    if around is None:
        # Each pair once, with the weights of both directions.
        pairs = (weights + weights.T).tocoo()
        upper = pairs.row < pairs.col
        first, second = (np.ascontiguousarray(x[upper], dtype=np.int64) for x in pairs.coords)
        weight = pairs.data[upper] / max((neighbours.number > 0).sum(), 1)
    else:
        held = (weights.T @ own) / len(neighbours)
    blocks = -(-permutations // TOGETHER)
    seeds = np.random.SeedSequence(seed).spawn(blocks)
    todo = iter(range(blocks))

    def work() -> None:
        order = np.arange(len(neighbours))
        try:
            for block in todo:
                rng = np.random.default_rng(seeds[block])
                for m in range(block * TOGETHER, min((block + 1) * TOGETHER, permutations)):
                    shuffled = rng.permutation(order)
                    if around is None:
                        _products(theirs, shuffled, first, second, weight, found[m])
                    else:
                        found[m] = (held * theirs[shuffled]).sum(axis=0)
        except BaseException:
            # Ctrl-C reaches one thread only; the others find nothing left to do.
            deque(todo, maxlen=0)
            raise

    work_together(work, min(available_cores(), blocks))
    return found


@compiled
def _products(  # noqa: PLR0917 - a compiled function has no keyword-only options
    values: NDArray[np.float64],
    shuffled: NDArray[np.int64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    weight: NDArray[np.float64],
    found: NDArray[np.float64],
) -> None:
    found[:] = 0.0
    for pair in range(len(first)):
        one, other = values[shuffled[first[pair]]], values[shuffled[second[pair]]]
        for field in range(len(found)):
            found[field] += weight[pair] * one[field] * other[field]
