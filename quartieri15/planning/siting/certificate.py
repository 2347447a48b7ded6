"""The proof that no other sites cover more, and its checker.

A certificate holds prices. Let every row ask a price, at most its weight, for being counted
without being covered. Any choice of sites then covers at most: the weights of all rows less their
prices, and the prices of the rows of each chosen site. The second part is largest for the sites
whose rows ask most, which needs no search. So any prices give an upper bound, and good prices a
good one (Lagrangian relaxation; Fisher 1981, Management Science 27(1):1-18). A price per site and
one per euro do the same for the number of sites and for the budget.

Where that bound is too high, candidates are ruled out: with one forced in, the bound may fall to
the one claimed. What then remains is split in two, with some candidate and without it, until each
part has prices that bound it.

The checker works in whole numbers alone (weights are rounded up to units of a power of two, costs
down), so nothing is lost to rounding. It shares no code with the search and believes nothing it is
told: neither prices nor what they are said to rule out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, Self

import numpy as np

from quartieri15.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

CLOSED: Final = -1
"""Instead of a candidate to split by: the prices bound this part."""

CONTINUED: Final = -2
"""Instead of a candidate to split by: the next step is about what is left of this part."""

OVERSPENT: Final = 1e-9
"""Part of a budget that sites may cost above it: three of 0.1 cost a little more than 0.3."""

_LARGEST: Final = 1 << 62


class Instance(Protocol):
    """What the checker reads of an instance."""

    @property
    def weight(self) -> NDArray[np.float64]:
        """People of each row."""

    @property
    def indptr(self) -> NDArray[np.int64]:
        """Where the rows of each candidate begin."""

    @property
    def rows(self) -> NDArray[np.int32]:
        """Rows, candidate by candidate."""


class Step(NamedTuple):
    """Prices, what they rule out, and how it goes on.

    Parameters
    ----------
    price
        Which of the certificate's prices of rows.
    site_price, euro_price
        Units for each site and for each unit of cost.
    removed
        Candidates that no better set has.
    fixed
        Candidates that every better set has.
    split
        A candidate to split by: the steps of the part with it follow, then those of the part
        without it. Or :data:`CLOSED`, or :data:`CONTINUED`.
    """

    price: int
    site_price: int
    euro_price: int
    removed: NDArray[np.int64]
    fixed: NDArray[np.int64]
    split: int


@dataclass(frozen=True, eq=False, repr=False)
class Certificate:
    """A set of sites, and the proof of how much any other could cover at most.

    Candidates and rows are positions in the instance.

    Parameters
    ----------
    need
        How many sites at most, the mandatory ones included.
    mandatory, forbidden
        Candidates that must be chosen, and that must not.
    cost, budget
        The cost of each candidate and what all may cost; None where that is no matter.
    chosen, value
        The sites, and the people they cover.
    bound_units, bits
        No admissible set covers more than ``bound_units`` times two to the minus ``bits``.
    cost_bits
        Costs are counted in units of two to the minus this many.
    prices
        Prices of rows, in units; those of ``rounds`` per row of the instance, those of ``tree``
        per merged row.
    rounds
        Steps about the whole problem, one after the other.
    dominated : (k, 2)
        Candidates ruled out after the rounds because another one (the second) covers all that
        they still could, and costs no more.
    row_of
        The merged row of each row, -1 for one that nothing left covers or that is covered.
    tree
        Steps about the rest, in the order of a walk through the parts.
    """

    need: int
    mandatory: NDArray[np.int64]
    forbidden: NDArray[np.int64]
    cost: NDArray[np.float64] | None
    budget: float | None
    chosen: NDArray[np.int64]
    value: float
    bound_units: int
    bits: int
    cost_bits: int
    prices: tuple[NDArray[np.int64], ...]
    rounds: tuple[Step, ...]
    dominated: NDArray[np.int64]
    row_of: NDArray[np.int32]
    tree: tuple[Step, ...]

    @property
    def bound(self) -> float:
        """No admissible set covers more people than this; rounded up."""
        bound = math.ldexp(float(self.bound_units), -self.bits)
        exact = Fraction(self.bound_units, 1 << self.bits)
        return bound if Fraction(bound) >= exact else math.nextafter(bound, math.inf)

    def to_plain(self) -> dict[str, Any]:
        """Return the certificate as plain lists and numbers, ready for JSON.

        Whole numbers stay whole, so that nothing of the proof is lost.
        """
        steps = {
            name: [
                [*step[:3], step.removed.tolist(), step.fixed.tolist(), step.split]
                for step in getattr(self, name)
            ]
            for name in ("rounds", "tree")
        }
        listed = {
            name: getattr(self, name).tolist()
            for name in ("mandatory", "forbidden", "chosen", "dominated", "row_of")
        }
        alone = ("need", "budget", "value", "bound_units", "bits", "cost_bits")
        return {
            **{name: getattr(self, name) for name in alone},
            **listed,
            **steps,
            "cost": None if self.cost is None else self.cost.tolist(),
            "prices": [price.tolist() for price in self.prices],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_plain` gave, perhaps through a file; nothing is believed by it.

        Raises
        ------
        InputError
            If something is missing, or is no list of whole numbers where one is due.

        Examples
        --------
        >>> import json
        >>> from quartieri15.planning.siting import CoverInstance, maximal_cover
        >>> town = CoverInstance.of([30, 20, 10], [[0, 1], [1, 2], [2]])
        >>> kept = json.dumps(maximal_cover(town, 2).certificate.to_plain())
        >>> check_certificate(town, Certificate.from_plain(json.loads(kept))).value
        60.0
        """
        try:
            cost, budget = plain["cost"], plain["budget"]
            return cls(
                need=int(plain["need"]),
                mandatory=_whole(plain["mandatory"]),
                forbidden=_whole(plain["forbidden"]),
                cost=None if cost is None else np.array(cost, dtype=np.float64),
                budget=None if budget is None else float(budget),
                chosen=_whole(plain["chosen"]),
                value=float(plain["value"]),
                bound_units=int(plain["bound_units"]),
                bits=int(plain["bits"]),
                cost_bits=int(plain["cost_bits"]),
                prices=tuple(map(_whole, plain["prices"])),
                rounds=tuple(map(_step, plain["rounds"])),
                dominated=_whole(plain["dominated"]).reshape(-1, 2),
                row_of=_whole(plain["row_of"]).astype(np.int32),
                tree=tuple(map(_step, plain["tree"])),
            )
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as broken:
            raise _refused(f"it cannot be read ({type(broken).__name__})", "as a whole") from None

    def __repr__(self) -> str:
        return (
            f"Certificate({len(self.chosen)} sites cover {self.value:,.4f}, none more than "
            f"{self.bound:,.4f}: {len(self.rounds)} rounds, {len(self.tree)} steps)"
        )


class Checked(NamedTuple):
    """What a certificate was found to prove.

    Parameters
    ----------
    value
        The people its sites cover.
    bound
        What no admissible set exceeds.
    steps
        How many steps were checked.
    """

    value: float
    bound: float
    steps: int

    @property
    def gap(self) -> float:
        """How far the bound is above the value, as a part of the bound."""
        return max(0.0, 1.0 - self.value / self.bound) if self.bound > 0 else 0.0


def check_certificate(instance: Instance, certificate: Certificate) -> Checked:
    """Recompute what a certificate claims, from the instance alone.

    The question stands in the certificate (``need``, ``mandatory``, ``forbidden``, ``cost``,
    ``budget``) and is proven as it stands there.

    Parameters
    ----------
    instance
        The instance: its weights, and the rows of each candidate.
    certificate
        What :func:`~quartieri15.planning.siting.maximal.maximal_cover` returned with its sites.

    Returns
    -------
    Checked
        The value and the bound, both recomputed.

    Raises
    ------
    InputError
        If anything does not hold: the sites break a condition or cover something else than is
        claimed, a price is negative or above its weight, a bound is above the one claimed, a
        candidate is ruled out that is not, or a part of the possibilities is left out.

    Examples
    --------
    >>> from quartieri15.planning.siting import CoverInstance, maximal_cover
    >>> town = CoverInstance.of([30, 20, 10], [[0, 1], [1, 2], [2]])
    >>> solution = maximal_cover(town, 2)
    >>> checked = check_certificate(town, solution.certificate)
    >>> checked.value, round(checked.bound, 6)
    (60.0, 60.0)
    """
    try:
        return _checked(instance, certificate)
    except InputError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as broken:
        raise _refused(f"it cannot be read ({type(broken).__name__})", "as a whole") from None


def _checked(instance: Instance, certificate: Certificate) -> Checked:
    value = _checked_value(instance, certificate)
    proof = _Proof(instance, certificate)
    proof.check()
    if Fraction(value) * (1 << certificate.bits) > certificate.bound_units:
        raise _refused("the bound is below the value", "bound_units")
    return Checked(value, certificate.bound, len(certificate.rounds) + len(certificate.tree))


def _whole(numbers: Any) -> NDArray[np.int64]:
    """Return a list of whole numbers as an array, and nothing else."""
    array = np.array(numbers)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError
    return array.astype(np.int64)


def _step(plain: Any) -> Step:
    price, site_price, euro_price, removed, fixed, split = plain
    return Step(
        int(price), int(site_price), int(euro_price), _whole(removed), _whole(fixed), int(split)
    )


def spendable(budget: float) -> float:
    """Return what sites may cost in all: the budget, and :data:`OVERSPENT` of it for rounding."""
    return budget * (1.0 + OVERSPENT)


def _refused(what: str, where: str) -> InputError:
    return InputError(
        what,
        where=f"certificate, {where}",
        mend="do not believe it; see that it belongs to this instance, and solve again",
    )


def _checked_value(instance: Instance, certificate: Certificate) -> float:
    """Recompute what the sites cover, and see that they are allowed."""
    candidates = len(instance.indptr) - 1
    chosen = [int(i) for i in certificate.chosen]
    if len(set(chosen)) < len(chosen) or not all(0 <= i < candidates for i in chosen):
        raise _refused("the sites are not different candidates", "chosen")
    if len(chosen) > certificate.need:
        raise _refused(f"there are {len(chosen)} sites for {certificate.need}", "chosen")
    if not set(certificate.mandatory.tolist()) <= set(chosen):
        raise _refused("a mandatory site is missing", "chosen")
    if set(certificate.forbidden.tolist()) & set(chosen):
        raise _refused("a forbidden site is chosen", "chosen")
    if certificate.budget is not None and certificate.cost is not None:
        if math.fsum(certificate.cost[chosen].tolist()) > spendable(certificate.budget):
            raise _refused("the sites cost more than the budget", "chosen")
        if (certificate.cost < 0).any() or not np.isfinite(certificate.cost).all():
            raise _refused("a cost is negative or not a number", "cost")
    rows: set[int] = set()
    for i in chosen:
        rows.update(instance.rows[instance.indptr[i] : instance.indptr[i + 1]].tolist())
    value = math.fsum(instance.weight[sorted(rows)].tolist())
    if abs(value - certificate.value) > 1e-9 * max(1.0, value):
        raise _refused(f"the sites cover {value!r}, not {certificate.value!r}", "value")
    return value


class _State(NamedTuple):
    """A part of the possibilities: who may still be chosen, who is, and what that leaves."""

    live: NDArray[np.bool_]
    open_rows: NDArray[np.bool_]
    settled: int
    need: int
    budget: int


class _Sets:
    """Rows of candidates and weights in units, of the instance or of its merged rows."""

    def __init__(
        self,
        indptr: NDArray[np.int64],
        rows: NDArray[np.int32],
        units: NDArray[np.int64],
        candidates: NDArray[np.int64],
    ) -> None:
        self.indptr = indptr
        self.rows = rows
        self.units = units
        self.candidates = candidates
        self.place = {int(name): i for i, name in enumerate(candidates)}
        self.length = np.diff(indptr)

    def of(self, i: int) -> NDArray[np.int32]:
        own: NDArray[np.int32] = self.rows[self.indptr[i] : self.indptr[i + 1]]
        return own

    def sums(self, value: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sum whole numbers over the rows of each candidate."""
        out = np.zeros(len(self.length), dtype=np.int64)
        full = np.flatnonzero(self.length)
        if len(full):
            out[full] = np.add.reduceat(value[self.rows], self.indptr[full])
        return out

    def coverable(self, live: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which rows a live candidate covers."""
        out = np.zeros(len(self.units), dtype=bool)
        out[self.rows[np.repeat(live, self.length)]] = True
        return out


class _Proof:
    """A certificate, step by step."""

    def __init__(self, instance: Instance, certificate: Certificate) -> None:
        self.certificate = certificate
        if not 0 <= certificate.bits <= 1000:  # noqa: PLR2004 - within floats
            raise _refused("the unit makes no sense", "bits")
        weight = instance.weight
        if not np.isfinite(weight).all() or (weight < 0).any():
            raise _refused("a weight of the instance is negative or no number", "instance")
        scaled = np.ceil(np.ldexp(weight, certificate.bits))
        if scaled.sum() >= _LARGEST / 2:
            raise _refused("the unit is too small for whole numbers", "bits")
        units = scaled.astype(np.int64)
        candidates = np.arange(len(instance.indptr) - 1)
        self.sets = _Sets(instance.indptr, instance.rows, units, candidates)
        self.cost = np.zeros(len(candidates), dtype=np.int64)
        budget = 0
        if certificate.cost is not None and certificate.budget is not None:
            if not 0 <= certificate.cost_bits <= 1000:  # noqa: PLR2004 - within floats
                raise _refused("the unit of cost makes no sense", "cost_bits")
            # Rounded down, and those beyond all budgets down to the largest number.
            with np.errstate(over="ignore"):
                scaled_cost = np.floor(np.ldexp(certificate.cost, certificate.cost_bits))
            self.cost = np.minimum(scaled_cost, _LARGEST / 2).astype(np.int64)
            budget = math.ceil(
                Fraction(spendable(certificate.budget)) * (1 << certificate.cost_bits)
            )
            if budget >= _LARGEST / 2:
                raise _refused("the unit of cost is too small for whole numbers", "cost_bits")
        live = np.ones(len(candidates), dtype=bool)
        live[certificate.forbidden] = False
        start = _State(live, np.ones(len(units), dtype=bool), 0, certificate.need, budget)
        self.state = self._with(start, self.sets, certificate.mandatory)

    def check(self) -> None:
        """Go through all steps; whatever does not hold is refused."""
        state = self.state
        for number, step in enumerate(self.certificate.rounds):
            where = f"round {number}"
            state = self._after(state, self.sets, step, where)
            if step.split == CLOSED:
                self._require_closed(state, self.sets, step, where)
                return
        state = self._without_dominated(state)
        sets, state = self._merged(state)
        waiting = [state]
        for number, step in enumerate(self.certificate.tree):
            where = f"step {number}"
            if not waiting:
                raise _refused("there are more steps than parts", where)
            state = self._after(waiting.pop(), sets, step, where)
            if step.split == CLOSED:
                self._require_closed(state, sets, step, where)
            elif step.split == CONTINUED:
                waiting.append(state)
            else:
                i = sets.place.get(int(step.split), -1)
                if i < 0 or not state.live[i]:
                    raise _refused("a candidate to split by is not there", where)
                without = state.live.copy()
                without[i] = False
                waiting.append(state._replace(live=without))
                waiting.append(self._with(state, sets, np.array([step.split])))
        if waiting:
            raise _refused(f"{len(waiting)} parts are not bounded", "tree")

    def _with(self, state: _State, sets: _Sets, chosen: NDArray[np.int64]) -> _State:
        """Choose some candidates."""
        live, open_rows = state.live.copy(), state.open_rows.copy()
        settled, budget = state.settled, state.budget
        for name in chosen.tolist():
            i = sets.place[int(name)]
            rows = sets.of(i)
            rows = rows[open_rows[rows]]
            settled += sum(sets.units[rows].tolist())
            open_rows[rows] = False
            live[i] = False
            budget -= int(self.cost[int(name)])
        if self.certificate.budget is not None:
            live &= self.cost[sets.candidates] <= budget
        return _State(live, open_rows, settled, state.need - len(chosen), budget)

    def _bound(
        self, state: _State, sets: _Sets, step: Step, where: str
    ) -> tuple[int, NDArray[np.int64], NDArray[np.bool_]]:
        """Return the bound of a part, what each candidate adds to it, and who may be chosen."""
        if not 0 <= step.price < len(self.certificate.prices):
            raise _refused("there are no such prices", where)
        price = self.certificate.prices[step.price]
        if len(price) != len(sets.units) or not np.issubdtype(price.dtype, np.integer):
            raise _refused("the prices are not one whole number per row", where)
        cost = self.cost[sets.candidates]
        live = state.live if state.need > 0 else np.zeros_like(state.live)
        counted = state.open_rows & sets.coverable(live)
        if ((price < 0) | (price > sets.units))[counted].any():
            raise _refused("a price is negative or above its weight", where)
        most_cost = int(cost[live].max(initial=0))
        site, euro = int(step.site_price), int(step.euro_price)
        if site < 0 or euro < 0 or site + euro * most_cost >= _LARGEST:
            raise _refused("the price of a site or a euro makes no sense", where)
        asked = np.where(counted, price, 0)
        adds = sets.sums(asked) - site - euro * np.where(live, cost, 0)
        bound = state.settled + sum((sets.units - asked)[counted].tolist())
        bound += site * max(state.need, 0) + euro * max(state.budget, 0)
        bound += sum(adds[live & (adds > 0)].tolist())
        return bound, adds, live

    def _after(self, state: _State, sets: _Sets, step: Step, where: str) -> _State:
        """Rule out what a step rules out, if its prices do."""
        if not len(step.removed) and not len(step.fixed):
            return state
        bound, adds, live = self._bound(state, sets, step, where)
        most = self.certificate.bound_units
        kept = state.live.copy()
        for name in step.removed.tolist():
            i = sets.place.get(int(name), -1)
            if i < 0:
                raise _refused(f"candidate {name} is not there to be ruled out", where)
            if live[i] and bound + min(int(adds[i]), 0) > most:
                raise _refused(f"candidate {name} is ruled out, and could cover more", where)
            kept[i] = False
        for name in step.fixed.tolist():
            i = sets.place.get(int(name), -1)
            if i < 0 or not kept[i]:
                raise _refused(f"candidate {name} is not there to be chosen", where)
            if bound - max(int(adds[i]), 0) > most:
                raise _refused(f"candidate {name} is held to be needed, and is not", where)
        return self._with(state._replace(live=kept), sets, step.fixed)

    def _require_closed(self, state: _State, sets: _Sets, step: Step, where: str) -> None:
        if state.need < 0 or (self.certificate.budget is not None and state.budget < 0):
            return  # Nothing admissible is in this part.
        bound, _, _ = self._bound(state, sets, step, where)
        if bound > self.certificate.bound_units:
            raise _refused(
                f"the prices bound a part by {bound} units, more than "
                f"{self.certificate.bound_units}",
                where,
            )

    def _without_dominated(self, state: _State) -> _State:
        live = state.live.copy()
        cost = self.certificate.cost
        for one, other in self.certificate.dominated.tolist():
            if not (0 <= one < len(live) and 0 <= other < len(live)):
                raise _refused("there is no such candidate", "dominated")
            if one == other or not live[one] or not live[other]:
                raise _refused(f"candidate {other} is not there to replace {one}", "dominated")
            rows = self.sets.of(one)
            rows = rows[state.open_rows[rows]]
            inside = np.isin(rows, self.sets.of(other)).all()
            dearer = cost is not None and cost[other] > cost[one]
            if not inside or dearer:
                raise _refused(f"candidate {other} does not replace {one}", "dominated")
            live[one] = False
        return state._replace(live=live)

    def _merged(self, state: _State) -> tuple[_Sets, _State]:
        """Make one row of rows that are alike, if they are."""
        row_of = self.certificate.row_of
        if len(row_of) != len(self.sets.units):
            raise _refused("there is not one merged row per row", "row_of")
        left = np.flatnonzero(state.live)
        coverable = state.open_rows & self.sets.coverable(state.live)
        if (row_of[coverable] < 0).any():
            raise _refused("a row that can be covered is left out", "row_of")
        size = int(row_of.max(initial=-1)) + 1
        units = np.zeros(size, dtype=np.int64)
        members = np.zeros(size, dtype=np.int64)
        np.add.at(units, row_of[coverable], self.sets.units[coverable])
        np.add.at(members, row_of[coverable], 1)
        indptr, lists = [0], []
        for i in left.tolist():
            rows = self.sets.of(i)
            own, times = np.unique(row_of[rows[coverable[rows]]], return_counts=True)
            # A candidate covers all members of a merged row, or none.
            if (times != members[own]).any():
                raise _refused("rows are merged that are not alike", "row_of")
            lists.append(own.astype(np.int32))
            indptr.append(indptr[-1] + len(own))
        rows = np.concatenate(lists) if lists else np.empty(0, dtype=np.int32)
        sets = _Sets(np.array(indptr, dtype=np.int64), rows, units, left)
        everything = _State(
            np.ones(len(left), dtype=bool),
            np.ones(size, dtype=bool),
            state.settled,
            state.need,
            state.budget,
        )
        return sets, everything
