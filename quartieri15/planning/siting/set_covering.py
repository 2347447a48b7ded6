"""Set covering: the fewest candidates that cover everyone, or a share of the people.

Covering everyone is solved on a growing part of the rows: what a few rows need at least, all rows
need at least, and a choice that happens to cover all is the best. Covering a share is a search
over the number of candidates, each number settled by the value and the bound of the best choice.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.planning.siting.subset import EQUAL, best_subset, greedy, interchange
from quartieri15.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quartieri15.planning.siting.gains import Gains
    from quartieri15.progress import Say


@dataclass(frozen=True, eq=False)
class Cover:
    """The fewest candidates found, and how many it takes at least.

    Parameters
    ----------
    chosen : (m,) int64
        Candidates, in the order in which each adds most.
    least
        As many are needed at least, whatever they are.
    value
        What the chosen gain.
    wanted
        What they had to gain.
    """

    chosen: NDArray[np.int64]
    least: int
    value: float
    wanted: float

    @property
    def proven(self) -> bool:
        """Whether fewer cannot do."""
        return len(self.chosen) <= self.least


def fewest(
    gains: Gains,
    wanted: float,
    *,
    time_limit_s: float = 60.0,
    say: Say = quiet,
) -> Cover:
    """Choose as few candidates as gain a certain amount.

    Parameters
    ----------
    gains
        What candidates bring to points.
    wanted
        What is to be gained; at most what all candidates gain together.
    time_limit_s
        Stop looking after so many seconds; ``least`` then says what is known.
    say
        Told how far the work is.

    Returns
    -------
    Cover
    """
    begun = time.monotonic()
    wanted *= 1 - EQUAL
    if wanted <= 0:
        return Cover(np.empty(0, dtype=np.int64), 0, 0.0, wanted)
    best = greedy(gains, len(gains), enough=wanted * (1 + EQUAL))
    values = np.maximum.accumulate([gains.value(best[: i + 1]) for i in range(len(best))])
    most = min(int(np.searchsorted(values, wanted)) + 1, len(best))
    chosen = best[:most]
    improved = interchange(gains, chosen, until=begun + time_limit_s / 4)
    if gains.value(improved) > gains.value(chosen):
        chosen = improved
    least = 1
    level: NDArray[np.float64] | None = None
    if len(gains) > _MANY:
        # So many candidates that each question takes long: one good bound, and no more.
        level = _levels_of_many(gains, most, best[:most], begun + time_limit_s, say)
        return Cover(chosen, min(_needed(gains, level, wanted), most), gains.value(chosen), wanted)
    unsure: set[int] = set()
    while least < most:
        open_numbers = [k for k in range(least, most) if k not in unsure]
        left = begun + time_limit_s - time.monotonic()
        if not open_numbers or left <= 0:
            break
        # What greedy needs is near the truth: close to it first, then halfway.
        k = (
            open_numbers[-1]
            if not unsure and level is None
            else open_numbers[len(open_numbers) // 2]
        )
        say(f"are {k} enough? between {least} and {most}")
        found = best_subset(
            gains,
            k,
            enough=wanted,
            level=level,
            start=chosen[:k],
            time_limit_s=min(left, max(left / 3, 2.0)),
            say=say,
        )
        level = found.certificate.level
        if found.value >= wanted:
            chosen = found.chosen
            most = len(chosen)
        elif found.bound < wanted:
            least = k + 1
        else:
            unsure.add(k)
        least = max(least, _needed(gains, level, wanted))
    return Cover(chosen, min(least, most), gains.value(chosen), wanted)


_MANY = 6000
_SAMPLE = 3000
_ADDED = 1500


def _levels_of_many(
    gains: Gains, n: int, chosen: NDArray[np.int64], until: float, say: Say
) -> NDArray[np.float64]:
    """Return levels that bound all candidates, found by looking at some of them.

    Levels are as good for all as for some if no other candidate exceeds them by more. Those that
    do are looked at in the next round.
    """
    some = np.union1d(np.arange(0, len(gains), -(-len(gains) // _SAMPLE)), chosen)
    level = np.zeros(gains.points)
    best, lowest = level, math.inf
    for turn in range(_ROUNDS):
        left = until - time.monotonic()
        if left <= 0:
            break
        say(f"bound by {len(some):,} of {len(gains):,} candidates")
        small, points = gains.restricted(some)
        found = best_subset(
            small,
            n,
            whole=True,
            level=level[points] if turn else None,
            time_limit_s=left / (_ROUNDS - turn),
            say=say,
        )
        level = np.zeros(gains.points)
        level[points] = found.certificate.level
        sums = gains.sums(level)
        bound = float(level.sum() + np.sort(sums)[-n:].sum())
        if bound < lowest:
            best, lowest = level, bound
        cut = np.sort(sums[some])[-min(n, len(some))]
        others = np.setdiff1d(np.flatnonzero(sums > cut), some)
        if not len(others):
            break
        some = np.union1d(some, others[np.argsort(-sums[others], kind="stable")[:_ADDED]])
    return best


_ROUNDS = 5


def _needed(gains: Gains, level: NDArray[np.float64], wanted: float) -> int:
    """Return how many candidates the bound needs at least, whatever their number."""
    sums = np.sort(gains.sums(level))[::-1]
    reach = (float(level.sum()) + np.concatenate([[0.0], np.cumsum(sums)])) * (1 + 1e-12)
    return int(np.searchsorted(reach, wanted))


def cover_everyone(
    gains: Gains,
    *,
    stop_above: int | None = None,
    time_limit_s: float = 60.0,
    say: Say = quiet,
) -> Cover:
    """Choose as few candidates as give every point something.

    Parameters
    ----------
    gains
        What candidates bring to points; a pair of gain 0 counts as covered. Every point must have
        a candidate.
    stop_above
        Stop as soon as more candidates than this are known to be needed.
    time_limit_s, say
        As for :func:`fewest`.

    Returns
    -------
    Cover
        With the number of points as ``value`` and ``wanted``. If the search was stopped, ``chosen``
        is a choice that covers all, ``least`` what is known to be needed.
    """
    from scipy import sparse

    until = time.monotonic() + time_limit_s
    points = gains.points
    matrix = sparse.csr_matrix(
        (np.ones(len(gains.rows)), gains.rows, gains.indptr), shape=(len(gains), points)
    )
    by_row = matrix.T.tocsr()
    everyone = _cover_greedily(matrix, by_row)
    least = 1 if points else 0
    # Points that few candidates cover, far from each other, say most about how many it takes.
    number = np.diff(by_row.indptr)
    rows: list[int] = []
    blocked = np.zeros(points, dtype=bool)
    for row in np.argsort(number, kind="stable"):
        if not blocked[row]:
            rows.append(int(row))
            near = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
            blocked[matrix[near].indices] = True
    least = max(least, len(rows))
    while least < len(everyone) and time.monotonic() < until:
        if stop_above is not None and (least > stop_above or len(everyone) <= stop_above):
            break
        say(f"{len(rows)} of {points} points decide, at least {least} of at most {len(everyone)}")
        some = by_row[rows]
        columns = np.unique(some.indices).astype(np.int64)
        small = some[:, columns]
        columns, small = _distinct(columns, small)
        picked, bound = _solve_cover(small, max(until - time.monotonic(), 0.5))
        least = max(least, bound)
        if picked is None:
            break
        chosen = columns[picked]
        covered = np.zeros(points, dtype=bool)
        covered[matrix[chosen].indices] = True
        missed = np.flatnonzero(~covered)
        if not len(missed):
            everyone = chosen if len(chosen) < len(everyone) else everyone
            break
        # Add rows that are missed, the hardest first, none near another one added.
        near_added = np.zeros(points, dtype=bool)
        for row in missed[np.argsort(number[missed], kind="stable")]:
            if not near_added[row]:
                rows.append(int(row))
                near = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
                near_added[matrix[near].indices] = True
        # A cover of all is had by adding to this one what it lacks.
        fuller = _cover_greedily(matrix, by_row, start=chosen)
        if len(fuller) < len(everyone):
            everyone = fuller
    return Cover(everyone, min(least, len(everyone)), float(points), float(points))


def _cover_greedily(
    matrix: Any, by_row: Any, start: Sequence[int] | NDArray[np.int64] = ()
) -> NDArray[np.int64]:
    """Return candidates that cover all rows, one after the other the one that covers most."""
    left = np.ones(matrix.shape[1])
    chosen = list(map(int, start))
    if chosen:
        left[matrix[chosen].indices] = 0
    gain = matrix @ left
    while left.any():
        one = int(gain.argmax())
        new = matrix.indices[matrix.indptr[one] : matrix.indptr[one + 1]]
        new = new[left[new] > 0]
        left[new] = 0
        chosen.append(one)
        gain -= np.asarray(by_row[new].sum(axis=0)).ravel()
    # Without those that the others make needless.
    times = np.asarray(matrix[chosen].sum(axis=0)).ravel()
    kept = []
    for one in chosen:
        rows = matrix.indices[matrix.indptr[one] : matrix.indptr[one + 1]]
        if (times[rows] > 1).all():
            times[rows] -= 1
        else:
            kept.append(one)
    return np.array(kept, dtype=np.int64)


def _distinct(columns: NDArray[np.int64], small: Any) -> tuple[NDArray[np.int64], Any]:
    """Keep one of candidates that cover the same rows."""
    by_column = small.tocsc()
    by_column.sort_indices()
    seen: dict[bytes, int] = {}
    for column in range(len(columns)):
        rows = by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]]
        seen.setdefault(rows.tobytes(), column)
    first = np.array(sorted(seen.values()), dtype=np.int64)
    return columns[first], small[:, first]


def _solve_cover(small: Any, time_limit_s: float) -> tuple[NDArray[np.int64] | None, int]:
    """Solve a small set covering. Returns the columns taken and how many it takes at least.

    The number is what the dual values of the linear relaxation show, summed up here; only where
    that is not enough it is the bound of the solver's own search.
    """
    from quartieri15.planning.siting.highs import sound_highs

    highspy: Any = sound_highs()
    rows, columns = small.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_ = np.ones(columns)
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.ones(columns)
    model.row_lower_ = np.ones(rows)
    model.row_upper_ = np.full(rows, highspy.kHighsInf)
    by_row = small.tocsr()
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = by_row.indptr.astype(np.int32)
    model.a_matrix_.index_ = by_row.indices.astype(np.int32)
    model.a_matrix_.value_ = by_row.data.astype(np.float64)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - as HiGHS takes it
    solver.setOptionValue("time_limit", float(time_limit_s))
    solver.passModel(model)
    solver.run()
    solution = solver.getSolution()
    dual = np.maximum(np.array(solution.row_dual), 0.0)
    least = 1
    if len(dual) == rows:
        # Scaled so that no candidate covers rows worth more than one: then their sum is needed.
        heaviest = float((by_row.T @ dual).max(initial=0.0))
        if heaviest > 0:
            least = max(1, math.ceil(dual.sum() / max(heaviest, 1.0) * (1 - 1e-9)))
    model.integrality_ = [highspy.HighsVarType.kInteger] * columns
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
        taken = np.flatnonzero(np.round(solver.getSolution().col_value))
        if (np.asarray(small[:, taken].sum(axis=1)) > 0).all():
            return taken, max(least, len(taken))
    bound = solver.getInfo().mip_dual_bound
    if math.isfinite(bound):
        least = max(least, math.ceil(bound - 1e-6))
    return None, least
