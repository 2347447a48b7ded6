"""Good sites without proof: the best one again and again, then exchanges while they help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quartieri15.planning.siting import kernels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from quartieri15.planning.siting.reduced import Reduced


@dataclass(frozen=True, eq=False)
class Choice:
    """Some candidates, and the people they cover together.

    Parameters
    ----------
    chosen
        Positions of the candidates in the instance.
    value
        People.
    """

    chosen: NDArray[np.int64]
    value: float


class Search:
    """Chosen candidates of a reduced problem, kept up to date while they change."""

    def __init__(self, reduced: Reduced, chosen: Iterable[int] = ()) -> None:
        problem = reduced.problem
        self.reduced = reduced
        gain = np.zeros(len(reduced))
        kernels.scores(problem.indptr, problem.rows, problem.weight, reduced.everyone, gain)
        self.cover = kernels.Cover(np.zeros(len(reduced.units), dtype=np.int32), gain)
        self.slots = np.full(max(problem.need, 0), -1, dtype=np.int64)
        self.number = 0
        for candidate in chosen:
            kernels.add(problem, reduced.by_row, self.cover, int(candidate))
            self.slots[self.number] = candidate
            self.number += 1

    @property
    def chosen(self) -> NDArray[np.int64]:
        """The chosen candidates, by their positions in the reduced problem."""
        return self.slots[: self.number].copy()

    def fill(self, *, per_cost: bool = False) -> None:
        """Choose what adds most, again and again (Church, ReVelle 1974: greedy adding)."""
        self.number = kernels.fill(*self._all, per_cost)

    def swap(self) -> None:
        """Exchange single candidates while that adds anything (Teitz, Bart 1968)."""
        if self.number:
            self.number = kernels.swap(*self._all)

    def shake(self, *, rounds: int, seed: int) -> None:
        """Try again from nearby, and keep what is better."""
        self.number = kernels.shake(*self._all, rounds, seed)

    @property
    def _all(
        self,
    ) -> tuple[kernels.Problem, kernels.ByRow, kernels.Cover, NDArray[np.int64], int]:
        return self.reduced.problem, self.reduced.by_row, self.cover, self.slots, self.number


def greedy(reduced: Reduced) -> NDArray[np.int64]:
    """Return candidates chosen one by one, each for what it adds.

    With a budget a second choice counts what is added per euro, and the better one is kept
    (Khuller, Moss, Naor 1999).
    """
    plain = Search(reduced)
    plain.fill()
    if not np.isfinite(reduced.problem.budget):
        return plain.chosen
    thrifty = Search(reduced)
    thrifty.fill(per_cost=True)
    return max(
        (plain, thrifty),
        key=lambda one: kernels.covered_weight(reduced.problem, one.cover.times),
    ).chosen
