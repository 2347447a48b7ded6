"""What sites must satisfy: how many, which, and at what cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from quartieri15.arguments import is_finite, is_whole, require_numbers, shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.planning.siting.certificate import spendable
from quartieri15.planning.siting.cover import CoverInstance

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Conditions:
    """What was asked of the sites, checked; candidates are positions in the instance.

    Parameters
    ----------
    need
        How many sites at most, mandatory ones included.
    mandatory, forbidden
        Candidates that must be chosen, and that must not.
    cost, budget
        The cost of each candidate and what all may cost; None where that is no matter.
    """

    need: int
    mandatory: NDArray[np.int64]
    forbidden: NDArray[np.int64]
    cost: NDArray[np.float64] | None
    budget: float | None

    @classmethod
    def of(
        cls,
        instance: CoverInstance,
        n: int | None,
        *,
        mandatory: Iterable[Hashable] = (),
        forbidden: Iterable[Hashable] = (),
        costs: Mapping[Any, float] | ArrayLike | None = None,
        budget: float | None = None,
    ) -> Self:
        """Check conditions at the door.

        Parameters
        ----------
        instance
            The candidates.
        n, mandatory, forbidden, costs, budget
            As for :func:`~quartieri15.planning.siting.maximal.maximal_cover`.

        Raises
        ------
        ParameterError
            If one makes no sense, or all together leave no choice of sites.
        UnknownNameError
            If an id is not among the candidates.
        """
        if not isinstance(instance, CoverInstance):
            raise ParameterError(
                f"instance is {shown(instance)}",
                where="instance",
                mend="make one with cover_instance(city, ...)",
            )
        if not len(instance):
            raise ParameterError(
                "there is no candidate", where="instance", mend="give at least one candidate"
            )
        must = instance.positions(mandatory, where="mandatory")
        barred = instance.positions(forbidden, where="forbidden")
        both = np.intersect1d(must, barred)
        if len(both):
            raise ParameterError(
                f"candidate {instance.candidate_ids[both[0]]!r} is mandatory and forbidden",
                where="mandatory",
                mend="take it out of one of them",
            )
        free = len(instance) - len(barred)
        if n is None and budget is None:
            raise ParameterError(
                "neither n nor budget is given", where="n", mend="say how many sites there may be"
            )
        need = free if n is None else _number(n, must=len(must), free=free)
        cost = None if costs is None else _costs(instance, costs)
        return cls(need, must, barred, *_within_budget(cost, budget, must, barred))


def _number(n: object, *, must: int, free: int) -> int:
    if not is_whole(n) or n < 1:
        raise ParameterError(f"n is {shown(n)}", where="n", mend="ask for 1 site or more")
    if n > free:
        raise ParameterError(
            f"there are {free:,} candidates for {n:,} sites",
            where="n",
            mend="ask for fewer sites, or give more candidates",
        )
    if must > n:
        raise ParameterError(
            f"{must} sites are mandatory and {n} are asked for",
            where="mandatory",
            mend=f"ask for at least {must} sites",
        )
    return int(n)


def _costs(instance: CoverInstance, costs: Mapping[Any, float] | ArrayLike) -> NDArray[np.float64]:
    """Return one cost per candidate, in their order."""
    ids = instance.candidate_ids
    if isinstance(costs, pd.Series):
        costs = costs.to_dict()
    if isinstance(costs, Mapping):
        costs = _in_order(costs, ids)
    cost = require_numbers(costs, where="costs")
    if cost.shape != (len(ids),):
        raise ParameterError(
            f"there are {cost.size} costs for {len(ids)} candidates",
            where="costs",
            mend="give one per candidate, in their order",
        )
    wrong = ~np.isfinite(cost) | (cost < 0)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ParameterError(
            f"the cost of {ids[first]!r} is {cost[first]:g}",
            where="costs",
            mend="give costs that are finite and not negative",
        )
    return cost


def _in_order(costs: Mapping[Any, float], ids: pd.Index) -> list[float]:
    names = ids.tolist()
    missing = [name for name in names if name not in costs]
    if missing:
        raise ParameterError(
            f"{len(missing)} candidates have no cost, the first is {missing[0]!r}",
            where="costs",
            mend="give the cost of every candidate",
        )
    known = set(names)
    for name in costs:
        if name not in known:
            raise UnknownNameError.among(name, map(str, names), kind="candidate", where="costs")
    return [costs[name] for name in names]


def _within_budget(
    cost: NDArray[np.float64] | None,
    budget: object,
    mandatory: NDArray[np.int64],
    forbidden: NDArray[np.int64],
) -> tuple[NDArray[np.float64] | None, float | None]:
    """Return costs and budget, or None for both where nothing limits the costs."""
    if budget is None:
        return None, None
    if cost is None:
        raise ParameterError(
            "a budget is given and no costs",
            where="costs",
            mend="give the cost of each candidate, or n instead of a budget",
        )
    if not is_finite(budget) or budget < 0:
        raise ParameterError(
            f"budget is {shown(budget)}", where="budget", mend="give an amount, not negative"
        )
    allowed = np.ones(len(cost), dtype=bool)
    allowed[forbidden] = False
    if not allowed.any():
        raise ParameterError(
            "every candidate is forbidden", where="forbidden", mend="leave some of them"
        )
    if cost[allowed].min() > spendable(budget):
        raise ParameterError(
            f"the budget is {float(budget):,.2f}, and the cheapest site costs "
            f"{cost[allowed].min():,.2f}",
            where="budget",
            mend="give a larger budget",
        )
    needed = math.fsum(cost[mandatory].tolist())
    if needed > spendable(budget):
        raise ParameterError(
            f"the budget is {float(budget):,.2f}, and the mandatory sites cost {needed:,.2f}",
            where="budget",
            mend="give a larger budget, or fewer mandatory sites",
        )
    return cost, float(budget)
