"""What else would do: sites nearly as good as the best, and candidates that never are."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.arguments import is_finite, shown
from quartieri15.errors import ParameterError
from quartieri15.planning.siting import kernels
from quartieri15.planning.siting.certificate import spendable
from quartieri15.planning.siting.cover import CoverInstance
from quartieri15.planning.siting.maximal import CoverSolution
from quartieri15.planning.siting.reduced import in_units

if TYPE_CHECKING:
    from numpy.typing import NDArray


def exchanges(
    instance: CoverInstance, solution: CoverSolution, *, within: float = 0.01
) -> pd.DataFrame:
    """Tell which candidates could take the place of a site at little loss.

    Every single exchange is looked at. Of a site where a whole street would do as well, this names
    the street.

    Parameters
    ----------
    instance
        The instance the sites were found in.
    solution
        The sites.
    within
        The part of the value that may be lost.

    Returns
    -------
    pandas.DataFrame
        One row per exchange, by site in their order, then by loss:

        ``site, candidate_id``
            The site given up, and what is chosen instead.
        ``value``
            The people covered then.
        ``loss, loss_share``
            How many fewer, and which part of the value. Below 0 where the sites were not the best.
        ``tie``
            Whether the value is the same, but for a billionth.

    Raises
    ------
    ParameterError
        If ``within`` is not a part of 1, or the solution is not one of this instance.

    Examples
    --------
    >>> from quartieri15.planning.siting import maximal_cover
    >>> town = CoverInstance.of([30, 20, 10], [[0, 1], [1, 2], [2]])
    >>> best = maximal_cover(town, 2)
    >>> exchanges(town, best)[["site", "candidate_id", "value", "tie"]].values.tolist()
    [[1, 2, 60.0, True]]
    """
    within = _part(within)
    _require_of(instance, solution)
    asked = solution.certificate
    cost = asked.cost if asked.budget is not None else None
    allowed = np.ones(len(instance), dtype=bool)
    allowed[asked.forbidden] = allowed[solution.chosen] = False
    tables = []
    for site in solution.chosen.tolist():
        if site in asked.mandatory:
            continue
        others = solution.chosen[solution.chosen != site]
        covered = np.zeros(len(instance.weight), dtype=bool)
        kernels.mark(instance.indptr, instance.rows, others, covered)
        left = np.where(covered, 0.0, instance.weight)
        possible = allowed
        if cost is not None and asked.budget is not None:
            room = spendable(asked.budget) - math.fsum(cost[others].tolist())
            possible = allowed & (cost <= room)
        candidates = np.flatnonzero(possible)
        gain = np.zeros(len(candidates))
        kernels.scores(instance.indptr, instance.rows, left, candidates, gain)
        value = float(instance.weight[covered].sum()) + gain
        loss = solution.value - value
        near = loss <= within * solution.value
        tables.append(
            pd.DataFrame(
                {
                    "site": instance.candidate_ids.take(np.full(int(near.sum()), site)),
                    "candidate_id": instance.candidate_ids.take(candidates[near]),
                    "value": value[near],
                    "loss": loss[near],
                }
            ).sort_values("loss", kind="stable")
        )
    empty = {"site": instance.candidate_ids[:0], "candidate_id": instance.candidate_ids[:0]}
    table = (
        pd.concat(tables, ignore_index=True)
        if tables
        else pd.DataFrame(empty | {"value": np.empty(0), "loss": np.empty(0)})
    )
    whole = max(solution.value, 1e-300)
    table["loss_share"] = table["loss"] / whole
    table["tie"] = table["loss"].abs() <= _SAME * whole
    return table


def possible_sites(
    instance: CoverInstance, solution: CoverSolution, *, within: float = 0.01
) -> pd.Index:
    """Return the candidates that are not proven to be in no good set of sites.

    A candidate is left out only if the prices of the certificate prove that every admissible set
    with it covers less than the value less the part ``within``. So whoever asks for another site
    than these asks for a loss, whichever the other sites are.

    Parameters
    ----------
    instance, solution, within
        As for :func:`exchanges`.

    Returns
    -------
    pandas.Index
        Ids, in the order of the candidates.

    Raises
    ------
    ParameterError
        As for :func:`exchanges`.

    Examples
    --------
    >>> from quartieri15.planning.siting import maximal_cover
    >>> town = CoverInstance.of([30, 20, 10], [[0, 1], [1, 2], [2]])
    >>> list(possible_sites(town, maximal_cover(town, 1), within=0.1))
    [0]
    """
    within = _part(within)
    _require_of(instance, solution)
    proof = solution.certificate
    units = in_units(instance.weight, proof.bits)
    # A little less, because the value is a rounded sum.
    wanted = solution.value * (1.0 - within) * (1.0 - 1e-12)
    least = math.floor(Fraction(wanted) * (1 << proof.bits))
    candidates = np.arange(len(instance), dtype=np.int64)
    possible = np.ones(len(instance), dtype=bool)
    possible[proof.forbidden] = False
    cost = np.zeros(len(instance), dtype=np.int64)
    budget = 0
    if proof.cost is not None and proof.budget is not None:
        with np.errstate(over="ignore"):
            scaled = np.floor(np.ldexp(proof.cost, proof.cost_bits))
        cost = np.minimum(scaled, 2.0**61).astype(np.int64)
        budget = math.ceil(Fraction(spendable(proof.budget)) * (1 << proof.cost_bits))
        possible &= cost <= budget
    # The prices of a round hold for the whole problem too, and so do full prices.
    whole = [(proof.prices[step.price], step) for step in proof.rounds]
    for price, step in [*whole, (units, None)]:
        adds = np.zeros(len(instance), dtype=np.int64)
        kernels.scores(instance.indptr, instance.rows, np.minimum(price, units), candidates, adds)
        euro = 0 if step is None else step.euro_price
        adds -= euro * np.minimum(cost, budget)
        live = adds[possible]
        number = min(proof.need, len(live))
        site = 0 if number == 0 else max(0, int(np.partition(live, -number)[-number]))
        adds -= site
        free = int((units - np.minimum(price, units)).sum()) + site * proof.need + euro * budget
        live = adds[possible]
        bound = free + int(sum(live[live > 0].tolist()))
        possible &= bound + np.minimum(adds, 0) >= least
    possible[proof.mandatory] = True
    return instance.candidate_ids[possible]


_SAME = 1e-9


def _part(within: object) -> float:
    if not is_finite(within) or not 0 <= within < 1:
        raise ParameterError(
            f"within is {shown(within)}", where="within", mend="give a part of 1, such as 0.01"
        )
    return float(within)


def _require_of(instance: object, solution: object) -> None:
    if not isinstance(instance, CoverInstance):
        raise ParameterError(
            f"instance is {shown(instance)}",
            where="instance",
            mend="make one with cover_instance(city, ...)",
        )
    if not isinstance(solution, CoverSolution):
        raise ParameterError(
            f"solution is {shown(solution)}",
            where="solution",
            mend="give what maximal_cover(instance, ...) returned",
        )
    chosen: NDArray[np.int64] = solution.chosen
    fits = not len(chosen) or int(chosen.max()) < len(instance)
    if not fits or list(instance.candidate_ids.take(chosen)) != list(solution.ids):
        raise ParameterError(
            "the sites are not candidates of this instance",
            where="solution",
            mend="give the instance the sites were found in",
        )
