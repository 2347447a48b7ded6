"""Checking levels: what a bound on person-minutes or people proves, summed up again.

Nothing here is shared with the search that found the levels. Sums are exact before they are
rounded once (``math.fsum``), and every comparison leaves the rounding to the doubter's side.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quartieri15.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.planning.siting.gains import Gains
    from quartieri15.planning.siting.subset import Certificate

_SLACK = 1e-12
"""Part by which a sum may be off after one rounding, and then some."""


class CheckedLevels(NamedTuple):
    """What levels were found to prove.

    Parameters
    ----------
    value
        What the choice gains.
    bound
        What no choice of as many candidates exceeds, of all candidates.
    ruled_out
        Candidates of which is shown that no better choice holds them.
    left
        Candidates of which that is not shown. If they are no more than may be chosen, the choice
        is proven best by the levels alone; otherwise that rests on the search among them.
    """

    value: float
    bound: float
    ruled_out: int
    left: int


def check_levels(
    gains: Gains,
    certificate: Certificate,
    chosen: NDArray[np.integer],
    *,
    costs: NDArray[np.float64] | None = None,
    budget: float = math.inf,
) -> CheckedLevels:
    """Sum up again what a certificate claims, from the gains and its levels alone.

    Parameters
    ----------
    gains
        What candidates bring to points.
    certificate
        What the bound is said to rest on.
    chosen
        The choice.
    costs, budget
        What candidates cost, and what all may cost together, if that was asked.

    Returns
    -------
    CheckedLevels

    Raises
    ------
    InputError
        If a level or price is negative, the bound is below what the levels prove, the choice is
        larger than allowed, or a candidate is ruled out that the levels do not rule out.

    Examples
    --------
    >>> import numpy as np
    >>> from quartieri15.planning.siting.gains import Gains
    >>> from quartieri15.planning.siting.subset import best_subset
    >>> town = Gains(
    ...     3, np.array([0, 2, 4]), np.array([0, 1, 1, 2], np.int32), np.array([3.0, 2.0, 2.0, 1.0])
    ... )
    >>> found = best_subset(town, 1)
    >>> check_levels(town, found.certificate, found.chosen).value
    5.0
    """
    if len(set(np.asarray(chosen).tolist())) > certificate.n:
        raise _refused("more candidates are chosen than may be")
    best: dict[int, float] = {}
    for one in np.asarray(chosen).tolist():
        for row, gain in _pairs(gains, one):
            best[row] = max(best.get(row, 0.0), gain)
    value = math.fsum(best.values())
    everyone = np.ones(len(gains.indptr) - 1, dtype=bool)
    proven, _ = _proven(
        gains, certificate.level, certificate.price, certificate.n, everyone, costs, budget
    )
    if certificate.bound < proven * (1 - _SLACK):
        raise _refused(f"the bound {certificate.bound!r} is below {proven!r}, which is proven")
    alive = everyone
    for number, stage in enumerate(certificate.stages):
        with_each = _proven(gains, stage.level, stage.price, certificate.n, alive, costs, budget)[1]
        doubtful = with_each[stage.removed] > value * (1 + 1e-8) + _SLACK
        if doubtful.any():
            one = int(stage.removed[doubtful][0])
            raise _refused(f"stage {number} rules out candidate {one}, and its levels do not")
        alive = alive.copy()
        alive[stage.removed] = False
    return CheckedLevels(value, proven * (1 + _SLACK), int((~alive).sum()), int(alive.sum()))


def _pairs(gains: Gains, candidate: int) -> list[tuple[int, float]]:
    first, last = int(gains.indptr[candidate]), int(gains.indptr[candidate + 1])
    return list(zip(gains.rows[first:last].tolist(), gains.gain[first:last].tolist(), strict=True))


def _proven(  # noqa: PLR0917
    gains: Gains,
    level: NDArray[np.float64],
    price: float,
    n: int,
    alive: NDArray[np.bool_],
    costs: NDArray[np.float64] | None,
    budget: float,
) -> tuple[float, NDArray[np.float64]]:
    """Return what no choice among the living exceeds, and what none with each of them does."""
    if (level < 0).any() or price < 0:
        raise _refused("a level or a price is below 0")
    if price > 0 and (costs is None or not math.isfinite(budget)):
        raise _refused("there is a price and no budget")
    worth = np.full(len(alive), -math.inf)
    for one in np.flatnonzero(alive).tolist():
        if costs is not None and costs[one] > budget:
            continue
        first, last = gains.indptr[one], gains.indptr[one + 1]
        above = gains.gain[first:last] - level[gains.rows[first:last]]
        worth[one] = math.fsum(above[above > 0]) - (price * costs[one] if price > 0 else 0.0)  # type: ignore[index]
    fixed = math.fsum(level) + (price * budget if price > 0 else 0.0)
    largest = np.sort(worth[worth > 0])[::-1][:n]
    bound = fixed + math.fsum(largest)
    # With one that is not among the largest, the last of these has to make room.
    last = float(largest[-1]) if len(largest) == n else 0.0
    return bound, np.where(worth >= last, bound, bound - last + worth)


def _refused(what: str) -> InputError:
    return InputError(
        what,
        where="certificate",
        mend="do not believe it: solve again, and see that gains and certificate belong together",
    )
