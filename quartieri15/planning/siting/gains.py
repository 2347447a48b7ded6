"""Gains: what each candidate would bring to each demand point, and the kernels that sum them.

Coverage and people-minutes are one problem: a point gains from the best of the chosen candidates,
``gain[i, j] >= 0``, and the sum over all points is to be as large as possible with few candidates.
For coverage the gain is the people of the point; for the median it is the people times the minutes
saved. Everything here works on that table of gains, kept by candidate.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.reach.kernels import available_cores, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

_WORTH_SHARING = 500_000
"""Pairs from which on it pays to let several threads sum."""


@dataclass(frozen=True, eq=False, repr=False)
class Gains:
    """What candidates would bring to demand points.

    Parameters
    ----------
    points
        How many demand points there are.
    indptr : (c + 1,) int64
        Where the pairs of each candidate begin.
    rows : (pairs,) int32
        Demand points, each at most once per candidate.
    gain : (pairs,) float64
        What the point gains if this candidate is the best one chosen; not negative.
    """

    points: int
    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    gain: NDArray[np.float64]

    def __len__(self) -> int:
        """How many candidates there are."""
        return len(self.indptr) - 1

    def of(self, candidate: int) -> slice:
        """Return where the pairs of a candidate stand."""
        return slice(int(self.indptr[candidate]), int(self.indptr[candidate + 1]))

    def best(self, chosen: Iterable[int]) -> NDArray[np.float64]:
        """Return what each point gains from the best of the chosen."""
        best = np.zeros(self.points)
        for candidate in chosen:
            pairs = self.of(candidate)
            rows = self.rows[pairs]
            best[rows] = np.maximum(best[rows], self.gain[pairs])
        return best

    def value(self, chosen: Iterable[int]) -> float:
        """Return what the chosen bring together, summed without rounding on the way."""
        return math.fsum(self.best(chosen))

    def sums(self, level: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return per candidate the sum of what exceeds the level of each point."""
        total = np.empty(len(self))
        self._shared(_sums, self.indptr, self.rows, self.gain, level, total)
        return total

    def counts_above(
        self, chosen: NDArray[np.integer], level: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return per point how many of the chosen exceed its level."""
        counts = np.zeros(self.points, dtype=np.int64)
        _count(self.indptr, self.rows, self.gain, level, chosen.astype(np.int64), counts)
        return counts

    def restricted(self, candidates: NDArray[np.integer]) -> tuple[Gains, NDArray[np.int64]]:
        """Return some candidates and the points they reach, and which points those are."""
        number = self.indptr[candidates + 1] - self.indptr[candidates]
        indptr = np.zeros(len(candidates) + 1, dtype=np.int64)
        np.cumsum(number, out=indptr[1:])
        pair = np.arange(indptr[-1]) + np.repeat(self.indptr[candidates] - indptr[:-1], number)
        touched = np.zeros(self.points, dtype=bool)
        rows = self.rows[pair]
        touched[rows] = True
        kept = np.flatnonzero(touched)
        renamed = np.cumsum(touched) - 1
        some = Gains(len(kept), indptr, renamed[rows].astype(np.int32), self.gain[pair])
        return some, kept

    def of_points(self, kept: NDArray[np.bool_]) -> Gains:
        """Return what is brought to some points alone, which are counted anew."""
        pairs = kept[self.rows]
        counted = np.concatenate([[0], np.cumsum(pairs)])
        renamed = np.cumsum(kept) - 1
        return Gains(
            int(kept.sum()),
            counted[self.indptr].astype(np.int64),
            renamed[self.rows[pairs]].astype(np.int32),
            self.gain[pairs],
        )

    def beyond(self, best: NDArray[np.float64]) -> Gains:
        """Return what is gained beyond what each point already has."""
        gain = self.gain - best[self.rows]
        more = gain > 0
        owner = np.repeat(np.arange(len(self)), np.diff(self.indptr))[more]
        indptr = np.zeros(len(self) + 1, dtype=np.int64)
        np.cumsum(np.bincount(owner, minlength=len(self)), out=indptr[1:])
        return Gains(self.points, indptr, self.rows[more], gain[more])

    def swaps(
        self, chosen: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return what any exchange of one chosen candidate for another would change.

        Returns
        -------
        gain : (c,) float64
            What each candidate would add beside all chosen ones.
        loss : (s,) float64
            What each chosen one alone gives: lost without it.
        kept : (c, s) float64
            How much of that loss the candidate makes good. An exchange changes the value by
            ``gain[j] - loss[r] + kept[j, r]``.

        Notes
        -----
        M. Resende, R. Werneck 2007, A fast swap-based local search procedure for location
        problems, Annals of Operations Research 150:205-230; R. Whitaker 1983, INFOR 21:95-108.
        """
        best = np.zeros(self.points)
        second = np.zeros(self.points)
        owner = np.full(self.points, -1, dtype=np.int64)
        _two_best(self.indptr, self.rows, self.gain, chosen.astype(np.int64), best, second, owner)
        loss: NDArray[np.float64] = np.bincount(
            owner[owner >= 0], weights=(best - second)[owner >= 0], minlength=len(chosen)
        ).astype(np.float64)
        gain = np.empty(len(self))
        kept = np.zeros((len(self), len(chosen)))
        self._shared(_exchanges, self.indptr, self.rows, self.gain, best, second, owner, gain, kept)
        return gain, loss, kept

    def _shared(self, kernel: Callable[..., None], *arrays: Any) -> None:
        """Let threads run a kernel over shares of the candidates with equally many pairs."""
        threads = available_cores() if len(self.rows) > _WORTH_SHARING else 1
        if threads == 1:
            kernel(0, len(self), *arrays)
            return
        cut = np.searchsorted(self.indptr, np.linspace(0, self.indptr[-1], threads + 1))
        cut[0], cut[-1] = 0, len(self)
        with ThreadPoolExecutor(threads) as pool:
            for done in [
                pool.submit(kernel, int(a), int(b), *arrays) for a, b in pairwise(cut.tolist())
            ]:
                done.result()

    def __repr__(self) -> str:
        return f"Gains({len(self):,} candidates, {self.points:,} points, {len(self.rows):,} pairs)"


@compiled
def _sums(  # noqa: PLR0917
    first: int,
    last: int,
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    gain: NDArray[np.float64],
    level: NDArray[np.float64],
    total: NDArray[np.float64],
) -> None:
    for j in range(first, last):
        here = 0.0
        for p in range(indptr[j], indptr[j + 1]):
            here += max(gain[p] - level[rows[p]], 0.0)
        total[j] = here


@compiled
def _count(  # noqa: PLR0917
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    gain: NDArray[np.float64],
    level: NDArray[np.float64],
    chosen: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    for j in chosen:
        for p in range(indptr[j], indptr[j + 1]):
            if gain[p] > level[rows[p]]:
                counts[rows[p]] += 1


@compiled
def _two_best(  # noqa: PLR0917
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    gain: NDArray[np.float64],
    chosen: NDArray[np.int64],
    best: NDArray[np.float64],
    second: NDArray[np.float64],
    owner: NDArray[np.int64],
) -> None:
    for r in range(len(chosen)):
        j = chosen[r]
        for p in range(indptr[j], indptr[j + 1]):
            i, value = rows[p], gain[p]
            if value > best[i]:
                second[i] = best[i]
                best[i] = value
                owner[i] = r
            elif value > second[i]:
                second[i] = value


@compiled
def _exchanges(  # noqa: PLR0917
    first: int,
    last: int,
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    gain: NDArray[np.float64],
    best: NDArray[np.float64],
    second: NDArray[np.float64],
    owner: NDArray[np.int64],
    added: NDArray[np.float64],
    kept: NDArray[np.float64],
) -> None:
    for j in range(first, last):
        here = 0.0
        for p in range(indptr[j], indptr[j + 1]):
            i, value = rows[p], gain[p]
            if value > second[i]:
                if owner[i] >= 0:
                    kept[j, owner[i]] += min(value, best[i]) - second[i]
                if value > best[i]:
                    here += value - best[i]
        added[j] = here
