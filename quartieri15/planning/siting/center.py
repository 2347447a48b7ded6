"""The p-center: the shortest time within which everyone, or a share of the people, gets there.

Whether so many candidates bring a share of the people within some minutes is a question of
covering; the answer changes once from no to yes as the minutes grow. The search halves the times
between the longest for which no is proven and the shortest for which a choice is known, down to
the times that occur.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.set_covering import cover_everyone
from quartieri15.planning.siting.subset import EQUAL, best_subset
from quartieri15.progress import quiet
from quartieri15.reach.trips import LIMIT_TOLERANCE_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.planning.siting.timed_pairs import TimedPairs
    from quartieri15.progress import Say


@dataclass(frozen=True, eq=False)
class CenterSolution:
    """Candidates that bring a share of the people within the fewest minutes.

    Parameters
    ----------
    chosen : (m,) int64
        Candidates, in the order in which each adds most people within ``minutes``.
    minutes
        Within so many minutes is the share with these; infinite if it never is.
    bound_minutes
        No choice of as many brings the share within less than this.
    minutes_before
        Within so many minutes it is without any of them.
    share
        The part of the people asked for.
    proven
        Whether no choice is better.
    decisions
        Which minutes were decided, and how: True, False, or None for undecided.
    """

    chosen: NDArray[np.int64]
    minutes: float
    bound_minutes: float
    minutes_before: float
    share: float
    proven: bool
    decisions: tuple[tuple[float, bool | None], ...]


def center_sites(
    pairs: TimedPairs,
    n: int,
    *,
    share: float = 1.0,
    time_limit_s: float = 60.0,
    say: Say = quiet,
) -> CenterSolution:
    """Choose candidates so that a share of the people gets there within the fewest minutes.

    Parameters
    ----------
    pairs
        People and the candidates that would be nearer than what is kept.
    n
        How many candidates at most.
    share
        The part of the people, above 0 and at most 1; 1 for everyone.
    time_limit_s
        Stop looking after so many seconds; ``bound_minutes`` then says what is known.
    say
        Told how far the work is.

    Returns
    -------
    CenterSolution
    """
    until = time.monotonic() + time_limit_s
    wanted = share * pairs.people * (1 - 1e-12)
    nothing = np.empty(0, dtype=np.int64)
    before = time_of_share(pairs.base_s, pairs.weight, wanted)
    chosen, high, low = nothing, before, -1.0
    level: NDArray[np.float64] | None = None
    decisions: list[tuple[float, bool | None]] = []
    times: NDArray[np.float64] | None = None
    finite = pairs.base_s[np.isfinite(pairs.base_s)]
    most = max(float(np.max(pairs.seconds, initial=0.0)), float(np.max(finite, initial=0.0)))
    proven = False
    while n > 0:
        left = until - time.monotonic()
        if left <= 0:
            break
        if times is None and min(high, most) - low < _FEW_S:
            between = (pairs.seconds > low) & (pairs.seconds < high)
            kept = pairs.base_s[(pairs.base_s > low) & (pairs.base_s < high)]
            times = np.unique(np.concatenate([pairs.seconds[between], kept]))
        if times is not None:
            times = times[(times > low) & (times < high - LIMIT_TOLERANCE_S)]
            if not len(times):
                proven = True
                break
            limit = float(times[len(times) // 2])
        elif high > most and np.isinf(high):
            limit = most
        else:
            limit = (max(low, 0.0) + min(high, most)) / 2
        say(f"within {limit / 60:.1f} minutes? between {max(low, 0) / 60:.1f} and {high / 60:.1f}")
        answer, found, level = _within(pairs, limit, n, wanted, level, max(left / 4, 1.0), say)
        decisions.append((limit / 60, answer))
        if answer is None:
            break
        if answer:
            nearest = pairs.nearest_s(found)
            chosen, high = found, time_of_share(nearest, pairs.weight, wanted)
        else:
            low = limit
            if np.isinf(high) and limit >= most:
                break
    else:
        proven = True
    bound = high if proven else max(low, 0.0)
    return CenterSolution(
        chosen=_by_gain(pairs, chosen, high),
        minutes=high / 60,
        bound_minutes=bound / 60,
        minutes_before=before / 60,
        share=share,
        proven=proven,
        decisions=tuple(decisions),
    )


_FEW_S = 2.0
"""Where so few seconds are left, the times that occur are tried instead of halves."""


def time_of_share(
    seconds: NDArray[np.float64], weight: NDArray[np.float64], wanted: float
) -> float:
    """Return the shortest time within which so many people are; infinite if never."""
    order = np.argsort(seconds, kind="stable")
    below = np.cumsum(weight[order])
    first = int(np.searchsorted(below, wanted * (1 - 1e-12)))
    return float(seconds[order][min(first, len(seconds) - 1)])


def within(pairs: TimedPairs, limit_s: float) -> tuple[Gains, NDArray[np.int64], float]:
    """Return whom candidates bring within a limit, at which points, and who is there already."""
    far = pairs.base_s > limit_s + LIMIT_TOLERANCE_S
    points = np.flatnonzero(far)
    renamed = np.cumsum(far) - 1
    near = (pairs.seconds <= limit_s + LIMIT_TOLERANCE_S) & far[pairs.rows]
    counted = np.concatenate([[0], np.cumsum(near)])
    rows = renamed[pairs.rows[near]].astype(np.int32)
    gains = Gains(
        len(points), counted[pairs.indptr].astype(np.int64), rows, pairs.weight[points][rows]
    )
    return gains, points, float(pairs.weight[~far].sum())


def _within(  # noqa: PLR0917
    pairs: TimedPairs,
    limit_s: float,
    n: int,
    wanted: float,
    level: NDArray[np.float64] | None,
    time_limit_s: float,
    say: Say,
) -> tuple[bool | None, NDArray[np.int64], NDArray[np.float64] | None]:
    """Tell whether ``n`` candidates bring so many people within a limit, and which."""
    gains, points, already = within(pairs, limit_s)
    nothing = np.empty(0, dtype=np.int64)
    missing = wanted - already
    if missing <= 0:
        return True, nothing, level
    reached = np.zeros(gains.points, dtype=bool)
    reached[gains.rows] = True
    possible = float(pairs.weight[points][reached].sum())
    if possible < missing * (1 - EQUAL):
        return False, nothing, level
    if wanted >= pairs.people * (1 - EQUAL) and reached.all():
        cover = cover_everyone(gains, stop_above=n, time_limit_s=time_limit_s, say=say)
        if len(cover.chosen) <= n:
            return True, cover.chosen, level
        return (False if cover.least > n else None), nothing, level
    # Levels of another limit are a good beginning; a point's level never exceeds its people.
    begin = None if level is None else np.minimum(level[points], pairs.weight[points])
    found = best_subset(gains, n, enough=missing, level=begin, time_limit_s=time_limit_s, say=say)
    level = np.zeros(len(pairs.point))
    level[points] = found.certificate.level
    if found.value >= missing * (1 - EQUAL):
        return True, found.chosen, level
    return (False if found.bound < missing else None), nothing, level


def _by_gain(pairs: TimedPairs, chosen: NDArray[np.int64], limit_s: float) -> NDArray[np.int64]:
    """Order candidates by how many people each brings within a limit; none is left out."""
    from quartieri15.planning.siting.subset import in_order

    if not len(chosen):
        return chosen
    ordered = in_order(within(pairs, limit_s)[0], chosen)
    rest = [one for one in chosen if one not in set(ordered.tolist())]
    return np.concatenate([ordered, np.array(rest, dtype=np.int64)])
