"""The p-median: places from which the people of a group are the fewest minutes away in all.

What is kept stays; a new place counts for those to whom it is nearer than what is there. Nobody
counts for more than the cap, so that a few who cannot get there, or live far outside, do not
decide for everyone else; how many they are is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.subset import Subset, best_subset
from quartieri15.progress import quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.planning.siting.timed_pairs import TimedPairs
    from quartieri15.progress import Say


@dataclass(frozen=True, eq=False)
class MedianSolution:
    """Candidates that bring people nearest, in person-minutes.

    Parameters
    ----------
    subset
        What was chosen, with value and bound in person-minutes saved.
    before, after
        Person-minutes to the nearest place, each person counted with at most the cap.
    least
        Person-minutes that no choice of as many candidates goes below.
    people
        All people of the group.
    beyond_cap_before, beyond_cap_after
        People who count with the cap because they are farther away, or cannot get there.
    unreachable
        People who reach none of the places, neither before nor after.
    """

    subset: Subset
    before: float
    after: float
    least: float
    people: float
    beyond_cap_before: float
    beyond_cap_after: float
    unreachable: float

    @property
    def mean_minutes_before(self) -> float:
        """Minutes to the nearest place, on average over the people."""
        return self.before / self.people

    @property
    def mean_minutes(self) -> float:
        """The same with the new places."""
        return self.after / self.people

    @property
    def least_mean_minutes(self) -> float:
        """What no choice of as many candidates goes below, on average."""
        return self.least / self.people


def minutes_saved(pairs: TimedPairs, cap_minutes: float) -> Gains:
    """Return the person-minutes each candidate would save each point, nobody above the cap."""
    base_s = np.minimum(pairs.base_s, cap_minutes * 60)
    saved = np.maximum(base_s[pairs.rows] - pairs.seconds, 0.0)
    return Gains(
        len(pairs.point), pairs.indptr, pairs.rows, saved * (pairs.weight[pairs.rows] / 60)
    )


def median_sites(
    pairs: TimedPairs,
    n: int,
    *,
    cap_minutes: float,
    costs: NDArray[np.float64] | None = None,
    budget: float = math.inf,
    gap: float = 0.0,
    time_limit_s: float = 60.0,
    say: Say = quiet,
) -> MedianSolution:
    """Choose candidates so that the group spends the fewest minutes on the way to the nearest.

    Parameters
    ----------
    pairs
        People and the candidates that would be nearer than what is kept.
    n
        How many candidates at most.
    cap_minutes
        Nobody counts with more minutes than this.
    costs, budget, gap, time_limit_s, say
        As for :func:`~quartieri15.planning.siting.subset.best_subset`.

    Returns
    -------
    MedianSolution
    """
    gains = minutes_saved(pairs, cap_minutes)
    subset = best_subset(
        gains, n, costs=costs, budget=budget, gap=gap, time_limit_s=time_limit_s, say=say
    )
    before_s = np.minimum(pairs.base_s, cap_minutes * 60)
    before = math.fsum(before_s * pairs.weight) / 60
    after_s = pairs.nearest_s(subset.chosen)
    return MedianSolution(
        subset=subset,
        before=before,
        after=before - subset.value,
        least=max(before - subset.bound, 0.0),
        people=pairs.people,
        beyond_cap_before=float(pairs.weight[pairs.base_s > cap_minutes * 60].sum()),
        beyond_cap_after=float(pairs.weight[after_s > cap_minutes * 60].sum()),
        unreachable=float(pairs.weight[np.isinf(after_s)].sum()),
    )
