"""Whether supply is distributed in line with need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from quartieri15.analysis.concentration import concentration_curve, concentration_index, palma
from quartieri15.analysis.counting import zone_of_each_point
from quartieri15.analysis.need import INTERVAL, NeedIndex
from quartieri15.reach.trips import in_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from quartieri15.model.city import City

VARIABLES: Final = ("minutes", "covered")
"""What is compared: the minutes to the nearest place; and 1 for who is within the threshold, 0 for
who is not."""

REASONS: Final = {
    "no_population": "nobody of this group lives here",
    "nobody_reaches": "nobody of this group has a way to a place",
    "cannot_reach": "some have no way to a place; the minutes are those of the others",
    "no_ranked_zone": "nobody of this group lives in a zone that the need index ranks",
    "no_need_index": "the default need index cannot be made of what the city knows",
    "none_in_need": "the four tenths most in need have none of it",
    "same_everywhere": "the mean is the same in all zones, so its rank is not known",
    "no_bound": "minutes have no upper bound, so that there is no corrected index",
}
"""What each reason code says."""

_COLUMNS: Final = (
    *("mean", "palma", "concentration", "concentration_low", "concentration_high"),
    *("erreygers", "erreygers_low", "erreygers_high", "wagstaff"),
    *("rank_correlation", "rank_correlation_low", "rank_correlation_high"),
)
_CURVE: Final = ("group", "variable", "population_share", "value_share")


class Served(NamedTuple):
    """One variable of one group at every residents point."""

    group: str
    variable: str
    value: NDArray[np.float64]
    people: NDArray[np.float64]
    """Those who have the value: 0 where the value means nothing."""
    reasons: list[str]
    """Codes of what to know of it."""


def served_by_need(
    city: City, served: Iterable[Served], need: NeedIndex
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tell whether those most in need have more of something than the others, or less.

    Everyone has the need of the zone they live in. Zones that the index does not rank are left
    out, and their people counted.

    Parameters
    ----------
    city
        The city.
    served
        What is looked at.
    need
        How much in need the zones are.

    Returns
    -------
    table : pandas.DataFrame
        As ``need`` of :class:`~quartieri15.analysis.fairness.Fairness`.
    curves : pandas.DataFrame
        As ``curves``.

    Notes
    -----
    The interval is a bootstrap of zones (Efron and Tibshirani 1993, An Introduction to the
    Bootstrap, chapter 13) over draws of the weights.
    """
    order = need.ranked.index.get_indexer(pd.Index(city.zones_named(need.by)["id"]))
    rank = np.append(order, -1)[zone_of_each_point(city, need.by)]
    draws = _Draws.of(need)
    rows, curves = [], []
    for one in served:
        # All people of a zone are equally in need, so that their sums tell everything.
        here = rank >= 0
        people, mean = np.zeros((2, len(draws.need)))
        np.add.at(people, rank[here], one.people[here])
        np.add.at(mean, rank[here], one.people[here] * one.value[here])
        mean[people > 0] /= people[people > 0]
        about = {"group": one.group, "variable": one.variable}
        lost = one.people[~here].sum()
        rows.append(about | _told(mean, people, draws, one) | {"in_no_ranked_zone": lost})
        if mean.any():
            curves.append(concentration_curve(mean, draws.need, people).assign(**about))
    lines = pd.concat(curves) if curves else pd.DataFrame(columns=_CURVE)
    return pd.DataFrame(rows), lines[list(_CURVE)].reset_index(drop=True)


def without_need(served: Iterable[Served]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of :func:`served_by_need` where no zone has a need: all is missing."""
    nothing = {"population": 0.0, "zones": 0} | dict.fromkeys(_COLUMNS, np.nan)
    rows = [
        {"group": one.group, "variable": one.variable}
        | nothing
        | {"reason": " ".join([*one.reasons, "no_need_index"])}
        | {"in_no_ranked_zone": one.people.sum()}
        for one in served
    ]
    return pd.DataFrame(rows), pd.DataFrame(columns=_CURVE)


def served(
    group: str, reached: NDArray[np.float64], people: NDArray[np.float64], limit: float
) -> Iterator[Served]:
    """Give each of :data:`VARIABLES` of one group."""
    there = np.isfinite(reached)
    cut_off = bool(people[~there].any())
    if not people.any():
        reasons = ["no_population"]
    elif cut_off:
        reasons = ["cannot_reach" if people[there].any() else "nobody_reaches"]
    else:
        reasons = []
    minutes = np.where(there, reached, 0.0)
    yield Served(group, "minutes", minutes, np.where(there, people, 0.0), reasons)
    covered = in_time(reached, limit).astype(float)
    yield Served(group, "covered", covered, people, reasons if "no_population" in reasons else [])


def _told(
    mean: NDArray[np.float64], people: NDArray[np.float64], draws: _Draws, of: Served
) -> dict[str, Any]:
    """Tell one variable of one group by the means of the ranked zones and the people there."""
    row: dict[str, Any] = {"population": people.sum(), "zones": int((people > 0).sum())}
    row |= dict.fromkeys(_COLUMNS, np.nan)
    if not people.any():
        return row | {"reason": " ".join(of.reasons or ["no_ranked_zone"])}
    corrected = of.variable == "covered"
    row["mean"] = mean @ people / people.sum()
    row["palma"] = palma(mean, draws.need, people)
    row["concentration"] = concentration_index(mean, draws.need, people)
    if corrected:
        for name in ("erreygers", "wagstaff"):
            row[name] = concentration_index(mean, draws.need, people, correction=name)
    row |= draws.intervals(mean, people, corrected=corrected)
    if math.isinf(row["palma"]):
        row["palma"] = math.nan
    reasons = {
        **dict.fromkeys(of.reasons, True),
        "none_in_need": math.isnan(row["palma"]),
        "same_everywhere": math.isnan(row["rank_correlation"]),
        "no_bound": not corrected,
    }
    return row | {"reason": " ".join(code for code, holds in reasons.items() if holds)}


@dataclass(frozen=True, eq=False)
class _Draws:
    """Weights of need and zones drawn together, one draw per row.

    Parameters
    ----------
    need : (zones,) float64
        The need of each ranked zone by the weights given, the neediest first.
    steps, drawn_steps : (draws, zones) int64
        The place of each zone in the order of need, from the neediest on, those equal at one: by
        the weights given (one row) and by those drawn.
    count : (draws, zones) float64
        How often each zone is drawn.
    """

    need: NDArray[np.float64]
    steps: NDArray[np.int64]
    drawn_steps: NDArray[np.int64]
    count: NDArray[np.float64]

    @classmethod
    def of(cls, need: NeedIndex) -> _Draws:
        degree = np.asarray(need.ranked, dtype=np.float64)
        drawn = np.asarray(need.drawn(), dtype=np.float64).T
        zones = len(degree)
        chance = np.random.default_rng([need.seed, zones])
        count = chance.multinomial(zones, np.full(zones, 1 / zones), size=len(drawn))
        return cls(degree, _steps(-degree[None]), _steps(-drawn), count.astype(float))

    def intervals(
        self,
        mean: NDArray[np.float64],
        people: NDArray[np.float64],
        *,
        corrected: bool,
    ) -> dict[str, float]:
        """Return the rank correlation, and the ends of the intervals."""
        lived_in = people > 0
        once = lived_in[None].astype(float)
        found = {"rank_correlation": float(_correlation(self.steps, mean, once)[0])}
        count = self.count * lived_in
        some = count.any(axis=1)
        steps, count = self.drawn_steps[some], count[some]
        covariance, overall = _covariance(steps, mean, count * people)
        drawn = {
            "concentration": np.divide(
                2 * covariance, overall, out=np.zeros_like(overall), where=overall > 0
            ),
            "rank_correlation": _correlation(steps, mean, count),
        }
        if corrected:
            drawn["erreygers"] = 8 * covariance
        for name, values in drawn.items():
            known = values[np.isfinite(values)]
            if len(known):
                ends = np.quantile(known, INTERVAL)
                found |= {f"{name}_low": float(ends[0]), f"{name}_high": float(ends[1])}
        return found


def _steps(order: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place of each column in the ascending order of its row, those equal at one."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(order, method="dense", axis=1)).astype(np.int64) - 1


def _ranks(steps: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the fractional rank of each column in its row, the middle one of those at a step."""
    at = steps + weight.shape[1] * np.arange(len(weight))[:, None]
    people = np.bincount(at.ravel(), weights=weight.ravel(), minlength=weight.size)
    people = people.reshape(weight.shape) / weight.sum(axis=1, keepdims=True)
    return np.take_along_axis(people.cumsum(axis=1) - people / 2, steps, axis=1)


def _covariance(
    steps: NDArray[np.int64], mean: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the covariance of means with the rank of need in every row, and the overall mean."""
    part = weight / weight.sum(axis=1, keepdims=True)
    overall = part @ mean
    off = mean - overall[:, None]
    return (part * off * (_ranks(steps, weight) - 0.5)).sum(axis=1), overall


def _correlation(
    steps: NDArray[np.int64], mean: NDArray[np.float64], count: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return Spearman's correlation of need and means in every row, missing where one is flat."""
    part = count / count.sum(axis=1, keepdims=True)
    need = 0.5 - _ranks(steps, count)
    off = _ranks(np.broadcast_to(_steps(mean[None]), count.shape), count) - 0.5
    spread = np.sqrt((part * need**2).sum(axis=1) * (part * off**2).sum(axis=1))
    found = np.full(len(count), np.nan)
    np.divide((part * need * off).sum(axis=1), spread, out=found, where=spread > 0)
    return found
