"""What is left of a covering problem once some of it is decided, in float and in whole units."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from quartieri15.planning.siting import kernels
from quartieri15.planning.siting.cover import merge_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.planning.siting.cover import CoverInstance

_UNIT_BITS: Final = 58
"""All weights together stay below two to this many units, so that no sum of them overflows."""

_MERGE_BELOW: Final = 0.8
"""Rows are merged anew once fewer than this part of the candidates are left: it takes longer than
it saves where few have gone."""


def unit_bits(weight: NDArray[np.float64]) -> int:
    """Return the power of two of which units are the part: as fine as whole numbers allow."""
    total = math.fsum(weight.tolist()) + 1e-300
    return max(0, min(_UNIT_BITS - math.ceil(math.log2(total)) - 1, 1000)) if total > 0 else 0


def in_units(weight: NDArray[np.float64], bits: int) -> NDArray[np.int64]:
    """Return weights in whole units, rounded up."""
    return np.ceil(np.ldexp(weight, bits)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Reduced:
    """Candidates that may still be chosen, and the rows that are still to be covered.

    Parameters
    ----------
    problem
        Its candidates and rows are positions here.
    candidates : (c,) int64
        Where each candidate stands in the instance.
    units : (d,) int64
        The weight of each row in whole units, rounded up.
    bits
        A unit is two to the minus this many people.
    row_of : (rows of the instance,) int32
        The row here of each row of the instance; -1 for one that is covered, or that no
        candidate left covers.
    settled
        Units that are covered whatever is chosen here.
    """

    problem: kernels.Problem
    candidates: NDArray[np.int64]
    units: NDArray[np.int64]
    bits: int
    row_of: NDArray[np.int32]
    settled: int

    @classmethod
    def of(
        cls,
        instance: CoverInstance,
        *,
        allowed: NDArray[np.bool_],
        mandatory: NDArray[np.int64],
        cost: NDArray[np.float64],
        need: int,
        budget: float,
    ) -> Self:
        """Take the mandatory candidates as chosen, and the allowed ones as those to choose from."""
        bits = unit_bits(instance.weight)
        whole = cls(
            kernels.Problem(
                instance.indptr, instance.rows, instance.weight, cost, need + len(mandatory), budget
            ),
            np.arange(len(instance), dtype=np.int64),
            in_units(instance.weight, bits),
            bits,
            np.arange(len(instance.weight), dtype=np.int32),
            0,
        )
        keep = allowed & (np.diff(instance.indptr) > 0)
        keep[mandatory] = False
        return whole.narrowed(keep, mandatory)

    def __len__(self) -> int:
        return len(self.candidates)

    @cached_property
    def by_row(self) -> kernels.ByRow:
        """The candidates of each row."""
        return kernels.ByRow(
            *kernels.transposed(self.problem.indptr, self.problem.rows, len(self.units))
        )

    @cached_property
    def everyone(self) -> NDArray[np.int64]:
        """All candidates, by their positions here."""
        return np.arange(len(self), dtype=np.int64)

    @property
    def unit(self) -> float:
        """People in a unit."""
        return math.ldexp(1.0, -self.bits)

    def taken(self, chosen: NDArray[np.int64]) -> kernels.Problem:
        """Return the problem of some candidates alone, all rows kept."""
        indptr, rows = kernels.chosen_lists(self.problem.indptr, self.problem.rows, chosen)
        return self.problem._replace(indptr=indptr, rows=rows, cost=self.problem.cost[chosen])

    def narrowed(self, keep: NDArray[np.bool_], chosen: NDArray[np.int64]) -> Self:
        """Choose some candidates, keep some, and merge the rows that are then alike.

        Parameters
        ----------
        keep
            Which candidates may still be chosen.
        chosen
            Candidates that are chosen, by their positions here; none of them is kept.
        """
        kept = np.flatnonzero(keep)
        if not len(chosen) and len(kept) > _MERGE_BELOW * len(keep):
            return self._without_merging(kept)
        covered = np.zeros(len(self.units), dtype=bool)
        for candidate in chosen:
            covered[self._rows(int(candidate))] = True
        indptr, rows = kernels.chosen_lists(self.problem.indptr, self.problem.rows, kept)
        open_rows = np.flatnonzero(~covered)
        number_open = np.full(len(self.units), -1, dtype=np.int32)
        number_open[open_rows] = np.arange(len(open_rows), dtype=np.int32)
        left = number_open[rows]
        stays = left >= 0
        before = np.concatenate([[0], np.cumsum(stays)])
        merged = merge_rows(
            before[indptr], left[stays], np.zeros(len(open_rows), np.int64), len(open_rows)
        )
        row_of = np.full(len(self.units) + 1, -1, dtype=np.int32)
        row_of[open_rows] = merged.number
        there = merged.number >= 0
        units = np.zeros(merged.size, dtype=np.int64)
        np.add.at(units, merged.number[there], self.units[open_rows[there]])
        problem = self.problem
        spent = math.fsum(problem.cost[chosen].tolist())
        return type(self)(
            kernels.Problem(
                merged.indptr,
                merged.rows,
                np.ldexp(units.astype(np.float64), -self.bits),
                problem.cost[kept],
                problem.need - len(chosen),
                problem.budget - spent,
            ),
            self.candidates[kept],
            units,
            self.bits,
            row_of[self.row_of],
            self.settled + int(self.units[covered].sum()),
        )

    def _without_merging(self, kept: NDArray[np.int64]) -> Self:
        problem = self.taken(kept) if len(kept) < len(self) else self.problem
        return replace(self, problem=problem, candidates=self.candidates[kept])

    def onto(self, other: Reduced, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """Carry prices of the rows here over to the rows of a narrower problem."""
        there = (self.row_of >= 0) & (other.row_of >= 0)
        # Rows of the instance that are one row here are one row there too.
        here, first = np.unique(self.row_of[there], return_index=True)
        carried = np.zeros(len(other.units))
        np.add.at(carried, other.row_of[there][first], price[here])
        return np.minimum(carried, other.problem.weight)

    def back_from(self, other: Reduced, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """Carry prices of a narrower problem's rows back to the rows here, in proportion.

        Rows that are not in the narrower problem ask their whole weight.
        """
        asked = self.problem.weight.copy()
        there = (self.row_of >= 0) & (other.row_of >= 0)
        here, first = np.unique(self.row_of[there], return_index=True)
        row = other.row_of[there][first]
        asked[here] *= np.minimum(price[row] / np.maximum(other.problem.weight[row], 1e-300), 1.0)
        return asked

    def spread(self, price: NDArray[np.int64], units: NDArray[np.int64]) -> NDArray[np.int64]:
        """Spread whole prices of the rows here over the rows of the instance they are made of.

        Rows of the instance that are in none here ask their whole weight.

        Parameters
        ----------
        price
            Units per row here, at most its weight.
        units
            The weight of each row of the instance.
        """
        out = units.copy()
        member = np.flatnonzero(self.row_of >= 0)
        order = member[np.argsort(self.row_of[member], kind="stable")]
        row = self.row_of[order]
        # What the rows before it in its group have not used up, a row takes as far as it can.
        total = np.cumsum(units[order])
        begins = np.flatnonzero(np.diff(row, prepend=-1))
        before = np.repeat(
            total[begins] - units[order][begins], np.diff(np.append(begins, len(row)))
        )
        taken_before = total - units[order] - before
        out[order] = np.clip(price[row] - taken_before, 0, units[order])
        return out

    def _rows(self, candidate: int) -> NDArray[np.int32]:
        indptr = self.problem.indptr
        rows: NDArray[np.int32] = self.problem.rows[indptr[candidate] : indptr[candidate + 1]]
        return rows
