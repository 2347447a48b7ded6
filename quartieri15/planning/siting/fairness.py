"""Fair siting: the worst-off zone first, or the people of the neediest zones alone.

The share of the worst-off zone is never above any weighted mean of the shares of all zones, and
the best weighted mean is a question of maximal covering. So every set of weights gives a bound;
the weights are moved to where the bound is lowest, together with the levels of the points.
"""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.need import LEAST_PEOPLE, NeedIndex, need_index
from quartieri15.analysis.need_components import NeedComponent
from quartieri15.arguments import shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.subset import outward
from quartieri15.progress import quiet
from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.progress import Say

_TURNS: Final = 1500
_PATIENCE: Final = 30
"""Turns without a better bound after which steps are halved, until they are the smallest."""
_SMALLEST_STEP: Final = 1e-3
_KEPT_EVERY: Final = 10
"""Turns of which one is kept as a choice to begin a search with."""

_WEIGHT_PACE: Final = 1e5
"""How much faster weights move than levels: there are few of them, and each moves many points."""

_ENOUGH: Final = 5
"""Of fewer zones than these there is no fifth that is the neediest."""
NEED = ("renting_households", "households")
"""By default a zone is in need as far as its households rent: of what the city counts, the share
nearest to income (owners with no rent to pay are the better-off in every Italian survey)."""


@dataclass(frozen=True, eq=False)
class FairSolution:
    """Candidates that raise the coverage of the worst-off zone most.

    Parameters
    ----------
    chosen : (m,) int64
        Candidates, in the order in which they were found to help.
    worst, bound
        The share of the worst-off zone with them; what no choice of as many exceeds.
    worst_before
        The same without any of them.
    share : (z,) float64
        The share of each zone with them; NaN where nobody of the group lives.
    weight : (z,) float64
        The weights of zones the bound rests on; they add up to 1.
    level : (points,) float64
        The levels of points the bound rests on.
    """

    chosen: NDArray[np.int64]
    worst: float
    bound: float
    worst_before: float
    share: NDArray[np.float64]
    weight: NDArray[np.float64]
    level: NDArray[np.float64]

    @property
    def proven(self) -> bool:
        """Whether no choice is better, but for a part in a billion."""
        return self.bound <= self.worst + 1e-9


def neediest_zones(
    city: City,
    *,
    by: str = "nil",
    need: Any = NEED,
    part: float = 0.2,
    least_people: float = LEAST_PEOPLE,
) -> pd.DataFrame:
    """Rank zones by need, and say which belong to the neediest part of them.

    Parameters
    ----------
    city
        The city.
    by
        The set of zones.
    need
        Two groups, of which the first as a share of the second tells the need
        (``("over65_alone", "over65")``); or a Series of any index of need by zone id, the higher
        the needier.
    part
        Which part of the zones counts as the neediest: 0.2 for a fifth.
    least_people
        Zones of fewer residents are left out of the ranking.

    Returns
    -------
    pandas.DataFrame
        ``zone_id, zone, residents, need, rank, neediest``, the neediest zone first; those left
        out of the ranking at the end, with a missing rank.

    Raises
    ------
    UnknownNameError
        If the zones or a group are unknown.
    ParameterError
        If ``part``, ``least_people`` or ``need`` makes no sense.
    InputError
        If the need is of other zones or the same in all, or fewer than two zones can be ranked.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> int(neediest_zones(milano)["neediest"].sum())
    16
    """
    require_city(city)
    index = _index_of(city, by, need, least_people)
    neediest = index.neediest(part)["zone_id"]
    table = index.zones[["zone_id", "zone", "residents", "rank"]].copy()
    table.insert(3, "need", index.figures.loc[table["zone_id"], "need"].to_numpy())
    return table.assign(neediest=table["zone_id"].isin(neediest))


def homes_in_need(city: City, need: Any) -> tuple[pd.DataFrame, pd.Series]:
    """Rank the zones of a city by need, and tell who lives in the neediest.

    Parameters
    ----------
    city
        The city. Its zones are the NIL, where it has them, else its finest set. Where fewer than
        five of them have the residents that a rank asks for, the small ones are ranked too.
    need
        As for :func:`neediest_zones`.

    Returns
    -------
    ranked : pandas.DataFrame
        As :func:`neediest_zones` returns it.
    home : pandas.Series
        Of every residents point, whether it lies in one of the neediest.
    """
    zones, residents = city.require_zones(), city.require_residents()
    named = [key for key in zones if key in residents.columns] or [*zones]
    by = "nil" if "nil" in zones else max(named, key=lambda key: len(zones[key]))
    people = residents.groupby(by)["residents"].sum()
    enough = (people >= LEAST_PEOPLE).sum() >= _ENOUGH
    least = LEAST_PEOPLE if enough else 0.0
    ranked = neediest_zones(city, by=by, need=need, least_people=least)
    return ranked, residents[by].isin(set(ranked.loc[ranked["neediest"], "zone_id"]))


def _index_of(city: City, by: str, need: Any, least_people: float) -> NeedIndex:
    """Rank zones by one figure: a share, or one of the user's own."""
    if isinstance(need, pd.Series):
        component, table = NeedComponent(name="need", of="need"), need.to_frame("need")
    elif (
        isinstance(need, tuple | list)
        and len(need) == 2  # noqa: PLR2004 - a share is one of another
        and all(isinstance(one, str) for one in need)
    ):
        lacking = [one for one in need if one not in city.groups]
        if need == NEED and lacking:
            # Nobody wrote them: a city of one's own seldom counts them.
            raise UnknownNameError(
                f"{city.name} does not count {' and '.join(lacking)}, of which need is made where "
                "nothing is said",
                where="need",
                mend=f"give need= two of {', '.join(city.groups)}, the first a part of the second, "
                "or a Series of numbers by zone id",
            )
        of, per = map(city.require_group, need)
        component, table = NeedComponent(name="need", of=of, per=per), None
    else:
        raise ParameterError(
            f"need is {shown(need)}",
            where="need",
            mend="give two groups, or a Series of numbers by zone id",
        )
    # Of one component there are no weights to draw.
    return need_index(
        city, by=by, components=component, table=table, least_people=least_people, draws=1
    )


def worst_zone_sites(
    gains: Gains,
    zone: NDArray[np.int64],
    population: NDArray[np.float64],
    kept: NDArray[np.float64],
    n: int,
    *,
    time_limit_s: float = 60.0,
    say: Say = quiet,
) -> FairSolution:
    """Choose candidates so that the worst-off zone is covered as well as can be.

    Parameters
    ----------
    gains
        People each candidate would newly cover, by point.
    zone : (points,) int64
        The zone of each point.
    population : (z,) float64
        People of each zone; zones without any do not count.
    kept : (z,) float64
        Those of them who are covered without any candidate.
    n
        How many candidates at most.
    time_limit_s, say
        As for :func:`~quartieri15.planning.siting.subset.best_subset`.

    Returns
    -------
    FairSolution
        Of two choices that are equal for the worst-off zone the one that covers more people in
        all is preferred, as far as the exchanges see.
    """
    begun = time.monotonic()
    until = begun + time_limit_s
    people = population > 0
    part = np.where(people, 1 / np.where(people, population, 1.0), 0.0)
    start = kept * part
    parts = Gains(gains.points, gains.indptr, gains.rows, gains.gain * part[zone[gains.rows]])
    state = _Shares(gains, parts, zone, start, people)
    say("one after the other, for the worst-off zone")
    chosen = _filled(state, [], n, until)
    chosen = _exchanged(state, chosen, begun + time_limit_s / 6, say, most=1)
    bound, weight, level, tops = _bound(
        parts, zone, start, people, n, state.value(chosen)[0], begun + time_limit_s / 2, say
    )
    # What the bound takes is good for the worst zones together: other places to begin from.
    tops.sort(key=state.value, reverse=True)
    for other in tops[:_STARTS]:
        if time.monotonic() > begun + time_limit_s * 2 / 3:
            break
        tried = _exchanged(state, _filled(state, other, n, until), until, say, most=1)
        if state.value(tried) > state.value(chosen):
            chosen = tried
    if state.value(chosen)[0] < bound - 1e-9:
        chosen = _exchanged(state, chosen, until, say, most=2)
    share = state.shares(chosen)
    worst = float(share[people].min())
    return FairSolution(
        chosen=np.array(chosen, dtype=np.int64),
        worst=worst,
        bound=max(bound, worst),
        worst_before=float(start[people].min()),
        share=np.where(people, share, np.nan),
        weight=weight,
        level=level,
    )


_STARTS = 12
_FIRST = 12
"""Of a pair put in for a pair, as many candidates are tried as the first."""


def _filled(state: _Shares, chosen: list[int], n: int, until: float) -> list[int]:
    """Choose one after the other, each for the zone that is then the worst off."""
    chosen = list(chosen)
    while len(chosen) < n and time.monotonic() < until:
        worst, total = state.after(chosen)
        one = int(np.lexsort([total, worst])[-1])
        if total[one] <= state.gains.value(chosen) * (1 + 1e-12):
            break
        chosen.append(one)
    return chosen


def _exchanged(
    state: _Shares, chosen: list[int], until: float, say: Say, *, most: int
) -> list[int]:
    """Exchange one, or two at once, as long as the worst-off zone gains, or else all people."""
    best = state.value(chosen)
    improved = True
    while improved and time.monotonic() < until:
        improved = False
        say(f"exchanges, the worst-off zone at {best[0]:.2%}")
        for gone in itertools.chain.from_iterable(
            itertools.combinations(chosen, k) for k in range(1, most + 1)
        ):
            if time.monotonic() > until:
                break
            others = [one for one in chosen if one not in gone]
            worst, total = state.after(others)
            order = np.lexsort([total, worst])[::-1]
            tried = [[int(order[0])]]
            if len(gone) > 1:
                # The first of a pair is a good one for the zones that lost one.
                tried = []
                for first in order[:_FIRST]:
                    worst, total = state.after([*others, int(first)])
                    tried.append([int(first), int(np.lexsort([total, worst])[-1])])
            for new in tried:
                if len(set(others) | set(new)) < len(chosen):
                    continue
                value = state.value([*others, *new])
                if value[0] > best[0] + 1e-12 or (
                    value[0] >= best[0] - 1e-12 and value[1] > best[1] * (1 + 1e-9)
                ):
                    chosen, best, improved = [*others, *new], value, True
            if improved:
                break
    return chosen


@dataclass(frozen=True, eq=False)
class _Shares:
    """The shares of zones once some candidates are open."""

    gains: Gains
    parts: Gains
    zone: NDArray[np.int64]
    start: NDArray[np.float64]
    people: NDArray[np.bool_]

    def shares(self, chosen: list[int]) -> NDArray[np.float64]:
        return self.start + np.bincount(
            self.zone, weights=self.parts.best(chosen), minlength=len(self.start)
        )

    def value(self, chosen: list[int]) -> tuple[float, float]:
        return float(self.shares(chosen)[self.people].min()), self.gains.value(chosen)

    def after(self, chosen: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the worst share and the people covered, with each candidate added."""
        shares = np.where(self.people, self.shares(chosen), np.inf)
        worst = np.empty(len(self.gains))
        _worst_after(
            self.parts.indptr,
            self.parts.rows,
            self.parts.gain,
            self.parts.best(chosen),
            self.zone,
            shares,
            worst,
        )
        total = self.gains.value(chosen) + self.gains.sums(self.gains.best(chosen))
        total[chosen] = -1.0
        worst[chosen] = -1.0
        return worst, total


@compiled
def _worst_after(  # noqa: PLR0917
    indptr: NDArray[np.int64],
    rows: NDArray[np.int32],
    gain: NDArray[np.float64],
    best: NDArray[np.float64],
    zone: NDArray[np.int64],
    shares: NDArray[np.float64],
    worst: NDArray[np.float64],
) -> None:
    here = shares.copy()
    for j in range(len(worst)):
        here[:] = shares
        for p in range(indptr[j], indptr[j + 1]):
            i = rows[p]
            here[zone[i]] += max(gain[p] - best[i], 0.0)
        worst[j] = here.min()


def _bound(  # noqa: PLR0917
    parts: Gains,
    zone: NDArray[np.int64],
    start: NDArray[np.float64],
    people: NDArray[np.bool_],
    n: int,
    value: float,
    until: float,
    say: Say,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64], list[list[int]]]:
    """Lower the bound over weights of zones and levels of points together."""
    zones = len(start)
    weight = np.where(people & (start <= np.min(start[people]) + 1e-12), 1.0, 0.0)
    weight /= weight.sum()
    level = np.zeros(parts.points)
    best = (math.inf, weight, level)
    tops: dict[bytes, list[int]] = {}
    step, since = 1.0, 0
    slope_w, slope_v = np.zeros(zones), np.zeros(parts.points)
    for turn in range(_TURNS):
        if turn % 50 == 0:
            say(f"bound, at most {min(best[0], 1.0):.2%}")
        factor = weight[zone]
        sums = replace(parts, gain=parts.gain * factor[parts.rows]).sums(level)
        some = min(n, len(sums))
        top = np.argpartition(sums, len(sums) - some)[len(sums) - some :]
        top = top[sums[top] > 0]
        bound = outward(
            float((weight * start).sum() + level.sum() + sums[top].sum()), parts.points + zones + n
        )
        if turn % _KEPT_EVERY == _KEPT_EVERY // 2:
            tops[np.sort(top).tobytes()] = top.tolist()
        since = 0 if bound < best[0] - 1e-6 else since + 1
        if bound < best[0]:
            best = (bound, weight.copy(), level.copy())
        if best[0] <= value + 1e-9 or time.monotonic() > until:
            break
        if since >= _PATIENCE:
            step, since = step / 2, 0
            _, weight, level = best
            slope_w, slope_v = np.zeros(zones), np.zeros(parts.points)
            if step < _SMALLEST_STEP:
                break
            continue
        push = np.ones(parts.points)
        pull = start.copy()
        for one in top:
            pairs = parts.of(int(one))
            rows = parts.rows[pairs]
            used = parts.gain[pairs] * factor[rows] > level[rows]
            push[rows[used]] -= 1
            pull += np.bincount(zone[rows[used]], weights=parts.gain[pairs][used], minlength=zones)
        push[(level <= 0) & (push > 0)] = 0
        # Weights move within those that add up to one; scaled like the levels, which are small.
        pull = np.where(people, pull, np.inf)
        pull = np.where(people, pull - pull[people].mean(), 0.0)
        slope_w = pull + 0.9 * slope_w
        slope_v = push + 0.9 * slope_v
        size = float(slope_w @ slope_w) * _WEIGHT_PACE + float(slope_v @ slope_v)
        if size <= 0:
            break
        move = step * max(bound - value, 1e-12) / size
        weight = _on_simplex(weight - move * _WEIGHT_PACE * slope_w, people)
        level = np.maximum(level - move * slope_v, 0.0)
    return (*best, list(tops.values()))


def _on_simplex(weight: NDArray[np.float64], people: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the nearest weights that are not negative and add up to one.

    J. Duchi and others 2008, Efficient projections onto the l1-ball, ICML.
    """
    some = weight[people]
    order = np.sort(some)[::-1]
    excess = (np.cumsum(order) - 1) / np.arange(1, len(order) + 1)
    last = np.flatnonzero(order > excess)[-1]
    out = np.zeros(len(weight))
    out[people] = np.maximum(some - excess[last], 0.0)
    return out
