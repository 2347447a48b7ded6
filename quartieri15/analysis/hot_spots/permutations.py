"""How often chance puts as much around an area: conditional permutations, shared by all fields.

The value of an area stays where it is and all others change places (Anselin 1995, Geographical
Analysis 27(2):93-115). What varies is the sum over the area's neighbours, and Gi*, local Moran's I
and its bivariate form all rise or fall with that sum, so that one count serves the three.

All areas look at the same shuffles, as in PySAL's esda: the neighbours of area ``i`` take the
first places of the shuffle, the place of ``i`` itself left out. Where ``i`` is not among the first
places, which is nearly always, the sum depends on nothing but the number of neighbours. So the
sums of each number are sorted once for all areas that have it, an area looks its own sum up, and
only the few shuffles that put it among its own neighbours are counted by hand. That takes the
time of a sort instead of areas × shuffles × neighbours, and the counts are those that the slow
way would find with the same shuffles.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quartieri15.analysis.hot_spots.rates import ALIKE, standardised
from quartieri15.reach.kernels import available_cores, compiled, work_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.neighbours import Neighbours

ROUNDING: Final = 1e-10
"""Sums that differ by less than this part of the largest value are the same: equal values add up
to sums that differ in their last digits, by the order of adding."""


class Counts(NamedTuple):
    """How many of the permutations give a sum as high, and as low, as the one observed.

    Parameters
    ----------
    at_least, at_most : (n, fields) int64
        A permutation with the same sum counts in both.
    permutations
        Of how many.
    """

    at_least: NDArray[np.int64]
    at_most: NDArray[np.int64]
    permutations: int

    def p_values(self) -> NDArray[np.float64]:
        """Return p-values of both sides together: how often chance gives as extreme a sum.

        Each side counts the observed arrangement too (North, Curtis and Sham 2002, American
        Journal of Human Genetics 71(2):439-441), and the smaller one is doubled, so that a test
        at 5 % errs in 5 % of the cases. The ``p_sim`` of esda is half of that: it looks at the
        side that the data point to.
        """
        fewer = np.minimum(self.at_least, self.at_most)
        p: NDArray[np.float64] = np.minimum(1.0, 2.0 * (fewer + 1) / (self.permutations + 1))
        return p

    def side(self) -> NDArray[np.int64]:
        """Return 1 where the sum is high among the permutations, -1 where it is low, else 0."""
        side: NDArray[np.int64] = np.sign(self.at_most - self.at_least)
        return side


def counts_among(observed: NDArray[np.float64], shuffled: NDArray[np.float64]) -> Counts:
    """Count shuffled values as high, and as low, as those observed.

    Parameters
    ----------
    observed : (fields,)
    shuffled : (permutations, fields)
    """
    apart = ROUNDING * np.abs(shuffled).max(axis=0, initial=0.0)
    return Counts(
        (shuffled >= observed - apart).sum(axis=0),
        (shuffled <= observed + apart).sum(axis=0),
        len(shuffled),
    )


def count_permutations(
    values: NDArray[np.float64], neighbours: Neighbours, *, permutations: int, seed: int
) -> Counts:
    """Count the permutations that surround each area with as much, and with as little.

    Parameters
    ----------
    values : (n, fields)
        One value per area and field, none missing. The fields share the shuffles.
    neighbours
        Of the same ``n`` areas.
    permutations
        How many.
    seed
        The same seed gives the same counts, whatever the number of cores.

    Returns
    -------
    Counts
        Those of an island mean nothing: no neighbours, no sum.

    Examples
    --------
    >>> from quartieri15.analysis.hot_spots.neighbours import Neighbours
    >>> row = Neighbours.of_pairs(np.array([0, 1, 1, 2]), np.array([1, 0, 2, 1]), 3)
    >>> counts = count_permutations(np.array([[1.0], [2.0], [9.0]]), row, permutations=99, seed=1)
    >>> counts.at_least[1], counts.at_most[1]
    (array([99]), array([99]))
    """
    columns = np.ascontiguousarray((values - values.mean(axis=0)).T)
    sums = np.ascontiguousarray(neighbours.sums(columns.T).T)
    first = first_places(len(neighbours), neighbours.number, permutations=permutations, seed=seed)
    at_least = np.zeros(columns.shape, dtype=np.int64)
    at_most = np.zeros(columns.shape, dtype=np.int64)
    by_number = np.argsort(neighbours.number, kind="stable")
    todo = iter(range(len(columns)))

    def work() -> None:
        try:
            for field in todo:
                _count(
                    columns[field],
                    sums[field],
                    neighbours.number,
                    by_number,
                    first,
                    ROUNDING * np.abs(columns[field]).max(initial=0.0),
                    at_least[field],
                    at_most[field],
                )
        except BaseException:
            # Ctrl-C reaches one thread only; the others find nothing left to do.
            deque(todo, maxlen=0)
            raise

    work_together(work, min(available_cores(), len(columns)))
    return Counts(at_least.T, at_most.T, permutations)


def surroundings(values: NDArray[np.float64], neighbours: Neighbours) -> NDArray[np.float64]:
    """Return how far each area's surroundings lie from what conditional permutation gives.

    The exact mean and variance of a sum drawn without replacement from all other areas (Sokal,
    Oden and Thomson 1998, Geographical Analysis 30(4):331-354, equations A7 and A8).

    Parameters
    ----------
    values, neighbours
        As for :func:`count_permutations`.

    Returns
    -------
    numpy.ndarray
        ``(n, fields)``, in standard deviations, above 0 where there is much around. NaN where no
        permutation changes the sum: an island, an area that all others are neighbours of, or all
        others alike.
    """
    n = len(neighbours)
    own = standardised(values)
    number = neighbours.number[:, None]
    others = n - 1
    # Standardised values add up to 0, and their squares to n.
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = -own / others
        variance = (n - own**2) / others - mean**2
        spread = number * np.where(variance > ALIKE, variance, 0.0) * (others - number)
        found: NDArray[np.float64] = (neighbours.sums(own) - number * mean) / np.sqrt(
            np.where(spread > 0, spread, np.nan) / (others - 1)
        )
    return found


def first_places(
    areas: int, number: NDArray[np.int64], *, permutations: int, seed: int
) -> NDArray[np.int64]:
    """Return who stands in the first places of each shuffle: one more than most neighbours.

    The algorithm of Fisher and Yates (Knuth, The Art of Computer Programming 2, 3.4.2 P), ended
    as soon as the places asked for are filled.
    """
    places = min(areas, int(number.max(initial=0)) + 1)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(np.arange(places), areas, size=(permutations, places))
    _shuffle(drawn, np.arange(areas))
    return drawn


@compiled
def _shuffle(drawn: NDArray[np.int64], order: NDArray[np.int64]) -> None:
    """Replace the places drawn by who stands there; every shuffle begins with the one before."""
    for m in range(drawn.shape[0]):
        for t in range(drawn.shape[1]):
            j = drawn[m, t]
            order[t], order[j] = order[j], order[t]
            drawn[m, t] = order[t]


@compiled
def _count(  # noqa: PLR0917 - a compiled function has no keyword-only options
    values: NDArray[np.float64],
    sums: NDArray[np.float64],
    number: NDArray[np.int64],
    by_number: NDArray[np.int64],
    first: NDArray[np.int64],
    apart: float,
    at_least: NDArray[np.int64],
    at_most: NDArray[np.int64],
) -> None:
    permutations, places = first.shape
    # What the first 0, 1, 2, ... places of each shuffle add up to.
    reached = np.zeros((places + 1, permutations))
    for m in range(permutations):
        total = 0.0
        for t in range(places):
            total += values[first[m, t]]
            reached[t + 1, m] = total
    begin = 0
    while begin < len(by_number):
        k = number[by_number[begin]]
        ordered = np.sort(reached[k])
        while begin < len(by_number) and number[by_number[begin]] == k:
            i = by_number[begin]
            at_least[i] = permutations - np.searchsorted(ordered, sums[i] - apart)
            at_most[i] = np.searchsorted(ordered, sums[i] + apart, side="right")
            begin += 1
    # Who stands among its own neighbours is left out, and the next place taken instead.
    for m in range(permutations):
        for t in range(places):
            i = first[m, t]
            k = number[i]
            if t < k:
                counted = reached[k, m]
                true = reached[k + 1, m] - values[i]
                at_least[i] += int(true >= sums[i] - apart) - int(counted >= sums[i] - apart)
                at_most[i] += int(true <= sums[i] + apart) - int(counted <= sums[i] + apart)
