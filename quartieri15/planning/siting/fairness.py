"""Fair siting: the worst-off zone first, or the people of the neediest zones alone.

The share of the worst-off zone is never above any weighted mean of the shares of all zones, and
the best weighted mean is a question of maximal covering. So every set of weights gives a bound;
the weights are moved to where the bound is lowest, together with the levels of the points.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.arguments import is_finite, is_one_of, shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.subset import outward
from quartieri15.progress import quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.progress import Say

NEED = ("renting_households", "households")
"""By default a zone is in need as far as its households rent: of what the city counts, the share
nearest to income (owners with no rent to pay are the better-off in every Italian survey)."""

LEAST_PEOPLE = 500.0
"""Shares of fewer people than this say little, and the zone is left out of the ranking."""


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
    need: tuple[str, str] | pd.Series = NEED,
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
        If ``part`` or ``need`` makes no sense.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> int(neediest_zones(milano)["neediest"].sum())
    16
    """
    zones = city.zones_named(by)
    if not is_finite(part) or not 0 < part <= 1:
        raise ParameterError(
            f"part is {shown(part)}", where="part", mend="give a part of 1, such as 0.2"
        )
    if not is_finite(least_people) or least_people < 0:
        raise ParameterError(
            f"least_people is {shown(least_people)}", where="least_people", mend="give 0 or more"
        )
    residents = city.require_residents()
    if by not in residents.columns:
        raise ParameterError(
            f"the residents do not say in which of {by} they live",
            where="by",
            mend=f"use one of {', '.join(k for k in city.zones if k in residents.columns)}",
        )
    sums = residents.groupby(by, observed=True)[list(city.groups)].sum()
    sums = sums.reindex(zones["id"]).fillna(0.0)
    if isinstance(need, pd.Series):
        value = pd.to_numeric(need, errors="coerce").reindex(zones["id"])
        if value.notna().sum() == 0:
            raise ParameterError(
                "need says nothing of any zone",
                where="need",
                mend=f"give numbers by the ids of {by}",
            )
    elif (
        isinstance(need, tuple | list)
        and len(need) == 2  # noqa: PLR2004 - a share is one of another
        and all(isinstance(one, str) for one in need)
    ):
        of, whole = city.require_groups(need[0])[0], city.require_groups(need[1])[0]
        value = sums[of] / sums[whole].where(sums[whole] > 0)
    else:
        raise ParameterError(
            f"need is {shown(need)}",
            where="need",
            mend="give two groups, or a Series of numbers by zone id",
        )
    table = pd.DataFrame(
        {
            "zone_id": zones["id"].to_numpy(),
            "zone": zones["name"].to_numpy(),
            "residents": sums["residents"].to_numpy(),
            "need": value.to_numpy(dtype=float),
        }
    )
    ranked = table["need"].notna() & (table["residents"] >= least_people)
    table["rank"] = table["need"].where(ranked).rank(ascending=False, method="first")
    table["rank"] = table["rank"].astype("Int64")
    number = math.ceil(part * int(ranked.sum()) - 1e-9)
    table["neediest"] = (table["rank"] <= number).fillna(value=False).astype(bool)
    return table.sort_values("rank", na_position="last").reset_index(drop=True)


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
    until = time.monotonic() + time_limit_s
    people = population > 0
    part = np.where(people, 1 / np.where(people, population, 1.0), 0.0)
    start = kept * part
    owner = np.repeat(np.arange(len(gains)), np.diff(gains.indptr))
    shares = Gains(
        gains.points, gains.indptr, gains.rows, gains.gain * part[zone[gains.rows]]
    )
    state = _Shares(gains, shares, owner, zone, len(population), start, people)
    say("one after the other, for the worst-off zone")
    chosen: list[int] = []
    while len(chosen) < n and time.monotonic() < until:
        worst, total = state.after(chosen)
        one = int(np.lexsort([total, worst])[-1])
        if total[one] <= 0:
            break
        chosen.append(one)
    improved = True
    while improved and time.monotonic() < until:
        improved = False
        best = state.value(chosen)
        for place in range(len(chosen)):
            say(f"exchanges, the worst-off zone at {best[0]:.2%}")
            others = chosen[:place] + chosen[place + 1 :]
            worst, total = state.after(others)
            one = int(np.lexsort([total, worst])[-1])
            if (worst[one], total[one]) > (best[0] + 1e-12, -math.inf) or (
                worst[one] >= best[0] - 1e-12 and total[one] > best[1] * (1 + 1e-9)
            ):
                chosen = [*others, one]
                best = state.value(chosen)
                improved = True
    share = state.shares(chosen)
    bound, weight, level = _bound(
        shares, zone, start, people, n, float(share[people].min()), until, say
    )
    return FairSolution(
        chosen=np.array(chosen, dtype=np.int64),
        worst=float(share[people].min()),
        bound=max(bound, float(share[people].min())),
        worst_before=float(start[people].min()),
        share=np.where(people, share, np.nan),
        weight=weight,
        level=level,
    )


@dataclass(frozen=True, eq=False)
class _Shares:
    """The shares of zones once some candidates are open."""

    gains: Gains
    parts: Gains
    owner: NDArray[np.int64]
    zone: NDArray[np.int64]
    zones: int
    start: NDArray[np.float64]
    people: NDArray[np.bool_]

    def shares(self, chosen: list[int]) -> NDArray[np.float64]:
        return self.start + np.bincount(
            self.zone, weights=self.parts.best(chosen), minlength=self.zones
        )

    def value(self, chosen: list[int]) -> tuple[float, float]:
        return float(self.shares(chosen)[self.people].min()), self.gains.value(chosen)

    def after(self, chosen: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the worst share and the people covered, with each candidate added."""
        best = self.parts.best(chosen)
        more = self.parts.gain - best[self.parts.rows]
        table = np.bincount(
            self.owner * self.zones + self.zone[self.parts.rows],
            weights=np.maximum(more, 0),
            minlength=len(self.gains) * self.zones,
        ).reshape(-1, self.zones)
        shares = self.shares(chosen) + table
        total = self.gains.value(chosen) + self.gains.sums(self.gains.best(chosen))
        total[chosen] = -1.0
        return shares[:, self.people].min(axis=1), total


def _bound(
    parts: Gains,
    zone: NDArray[np.int64],
    start: NDArray[np.float64],
    people: NDArray[np.bool_],
    n: int,
    value: float,
    until: float,
    say: Say,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Lower the bound over weights of zones and levels of points together."""
    zones = len(start)
    weight = np.where(people & (start <= np.min(start[people]) + 1e-12), 1.0, 0.0)
    weight /= weight.sum()
    level = np.zeros(parts.points)
    best = (math.inf, weight, level)
    step, since = 1.0, 0
    slope_w, slope_v = np.zeros(zones), np.zeros(parts.points)
    for turn in range(1500):
        if turn % 50 == 0:
            say(f"bound, at most {min(best[0], 1.0):.2%}")
        factor = weight[zone]
        scaled = Gains(parts.points, parts.indptr, parts.rows, parts.gain * factor[parts.rows])
        sums = scaled.sums(level)
        some = min(n, len(sums))
        top = np.argpartition(sums, len(sums) - some)[len(sums) - some :]
        top = top[sums[top] > 0]
        bound = outward(
            float((weight * start).sum() + level.sum() + sums[top].sum()), parts.points + zones + n
        )
        since = 0 if bound < best[0] - 1e-6 else since + 1
        if bound < best[0]:
            best = (bound, weight.copy(), level.copy())
        if best[0] <= value + 1e-9 or time.monotonic() > until:
            break
        if since >= 30:  # noqa: PLR2004
            step, since = step / 2, 0
            _, weight, level = best
            slope_w, slope_v = np.zeros(zones), np.zeros(parts.points)
            if step < 1e-3:  # noqa: PLR2004
                break
            continue
        counts = scaled.counts_above(top, level)
        push = 1.0 - counts
        push[(level <= 0) & (push > 0)] = 0
        pull = start.copy()
        for one in top:
            pairs = parts.of(int(one))
            rows = parts.rows[pairs]
            used = parts.gain[pairs] * factor[rows] > level[rows]
            pull += np.bincount(
                zone[rows[used]], weights=parts.gain[pairs][used], minlength=zones
            )
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
    return best


_WEIGHT_PACE = 100.0
"""How much faster weights move than levels: there are few of them, and each moves many points."""


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
