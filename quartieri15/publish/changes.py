"""What may be told of a before and an after: the two, and who gains and loses between them.

A comparison opens a new way to subtract. That few people gain must come back neither from the
count before and the count after, nor from those who lose. So both counts leave by the door of all
others (:mod:`quartieri15.publish.disclosure`), as answers to two questions of one folder, and what
lies between them is derived from what is published:

- ``difference`` is the published count after, less the published count before.
- Who gains, or loses, is a part of a zone whose people are counted elsewhere, as who is covered is:
  where it is few, or nearly everybody, neither is told.
- Where nobody loses, ``gained`` is the difference, and likewise ``lost`` where nobody gains. Where
  both gain and lose, ``lost`` is rounded and ``gained`` is made of it, so that a row adds up:
  before, plus gained, less lost, is after.
- Nobody is told as 0: that a plan takes a house from nobody is what its readers must know.

Intervals are widened to multiples of the smallest count; ranks, costs per person and the Pareto
front are made of what is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.planning.comparing.ranking import pareto_front, ranks
from quartieri15.publish.disclosure import (
    NEARLY_NOBODY,
    SMALLEST_COUNT,
    publishable_together,
    require_smallest_count,
    rounded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SIDES: Final = ("before", "after")
QUESTION: Final = ("scenario", "group", "profile", "minutes", "at", "unknown_hours")
"""What tells one comparison of people from another, beside the zone."""

_DISTRIBUTION: Final = (
    *("scenario", "area_set", "area_id", "area", "group"),
    *("profile", "at", "unknown_hours"),
)
"""What tells one distribution of minutes saved from another."""

_SHARE_DECIMALS: Final = 3
_COST_STEP_EUR: Final = 10.0
_MINUTES_STEP: Final = 0.5
_ENOUGH: Final = 10
"""How many times the smallest count people must be for a distribution of theirs to be told."""


def publishable_changes(
    tables: Mapping[str, pd.DataFrame], *, smallest_count: float = SMALLEST_COUNT
) -> dict[str, pd.DataFrame]:
    """Make comparisons publishable, all that leave the house together at once.

    Parameters
    ----------
    tables
        By what they are by (``"city"`` for the total): the columns ``scenario, zone_id, group,
        profile, minutes``, and ``population``, ``covered`` and, where known, ``median_minutes``,
        each with ``_before`` and ``_after``; ``gained`` and ``lost``. What else a comparison holds
        (``share_before``, ``low``, ``high``, ``probability_of_gain``) is told or hidden with it.
    smallest_count
        As in :func:`~quartieri15.publish.disclosure.publishable`; 0 hides and rounds nothing.

    Returns
    -------
    dict
        The publishable tables by the same names, with a column ``suppressed``.
    """
    smallest = require_smallest_count(smallest_count)
    if not smallest:
        return {by: table.assign(suppressed=False) for by, table in tables.items()}
    sides = publishable_together(
        {by: _both_sides(table, by) for by, table in tables.items()}, smallest_count=smallest
    )
    return {by: _told(table, sides[by], smallest) for by, table in tables.items()}


def publishable_comparison(
    table: pd.DataFrame, summary: pd.DataFrame, *, smallest_count: float = SMALLEST_COUNT
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the zones and the totals of a comparison publishable together.

    Parameters
    ----------
    table, summary
        Those of a :class:`~quartieri15.planning.comparing.comparison.Comparison`.
    smallest_count
        As in :func:`~quartieri15.publish.disclosure.publishable`; 0 hides and rounds nothing.

    Returns
    -------
    tuple of pandas.DataFrame
        Copies with a column ``suppressed``. In the summary, minutes saved are to half a minute, or
        to a tenth where they are those of a hundred times ``smallest_count`` people; where they are
        those of fewer than ten times as many, only the median is told. A cost per person is to 10
        euro.
    """
    smallest = require_smallest_count(smallest_count)
    parts = {("zones", by): rows for by, rows in table.groupby("by", sort=False)}
    parts |= {("areas", by): rows for by, rows in summary.groupby("area_set", sort=False)}
    exact = {
        "city" if (what, by) == ("areas", "city") else f"{what} {by}": (
            rows if what == "zones" else rows.rename(columns={"area_id": "zone_id"})
        )
        for (what, by), rows in parts.items()
    }
    told = publishable_changes(exact, smallest_count=smallest_count)
    zones = [found for name, found in told.items() if name.startswith("zones ")]
    areas = [found for name, found in told.items() if not name.startswith("zones ")]
    totals = pd.concat(areas).loc[summary.index].rename(columns={"zone_id": "area_id"})
    if smallest:
        totals = _summary(totals, summary, smallest)
    return pd.concat(zones).loc[table.index], totals


def _summary(told: pd.DataFrame, exact: pd.DataFrame, smallest: float) -> pd.DataFrame:
    """Round what a summary tells beside who is covered, and make ranks and costs anew."""
    moving = [
        name
        for name in ("people_quicker", "people_slower", "people_newly_reaching")
        if name in exact.columns
    ]
    people = exact[moving].sum(axis=1).to_numpy(dtype=float)
    for name in told.columns:
        if str(name).startswith("people_"):
            counts = exact[name].to_numpy(dtype=float)
            told[name] = _part(counts, _staying(exact), smallest)
        elif str(name).startswith("minutes_saved"):
            saved = exact[name].astype(float)
            halves = (saved / _MINUTES_STEP).round() * _MINUTES_STEP
            # Half of ten people are some; a tenth of them is one.
            least = smallest if str(name).endswith("_p50") else _ENOUGH * smallest
            fine = people >= _ENOUGH**2 * smallest
            told[name] = saved.round(1).where(fine, halves).where(people >= least)
    if "cost_per_newly_covered_eur" in told.columns:
        per_person = told["cost_eur"].astype(float) / told["gained"].where(told["gained"] > 0)
        told["cost_per_newly_covered_eur"] = (per_person / _COST_STEP_EUR).round() * _COST_STEP_EUR
    return _ranked(told)


def publishable_minutes(
    saved: pd.DataFrame, summary: pd.DataFrame, *, smallest_count: float = SMALLEST_COUNT
) -> pd.DataFrame:
    """Make the distribution of minutes saved publishable.

    Parameters
    ----------
    saved, summary
        Those of a :class:`~quartieri15.planning.comparing.comparison.Comparison`.
    smallest_count
        As in :func:`~quartieri15.publish.disclosure.publishable`; 0 hides and rounds nothing.

    Returns
    -------
    pandas.DataFrame
        A copy. A class of few people, or of nearly everybody, is not told. Classes of nobody at
        either end of a distribution are left out, and a class without an end has none.
    """
    smallest = require_smallest_count(smallest_count)
    told = saved.copy()
    told.attrs = {}
    if not len(told):
        return told
    keys = [name for name in _DISTRIBUTION if name in saved.columns and name in summary.columns]
    counts = told["people"].to_numpy(dtype=float)
    inhabited = told[keys].assign(someone=counts > NEARLY_NOBODY)
    someone = inhabited.groupby(keys, sort=False, dropna=False)["someone"]
    kept = someone.cummax() & inhabited[::-1].groupby(keys, dropna=False)["someone"].cummax()[::-1]
    if smallest:
        whole = summary[keys].assign(staying=_staying(summary)).drop_duplicates(keys)
        staying = told[keys].merge(whole, on=keys, how="left")["staying"].to_numpy(dtype=float)
        told["people"] = _part(counts, staying, smallest)
    for name in ("from_minutes", "to_minutes"):
        told[name] = told[name].astype(float).where(np.isfinite(told[name].astype(float)))
    return told[kept.to_numpy()].reset_index(drop=True)


def _staying(summary: pd.DataFrame) -> NDArray[np.float64]:
    """Return how many people are compared: of whom everybody knows how many they are."""
    people: NDArray[np.float64] = np.minimum(
        summary["population_before"].to_numpy(dtype=float),
        summary["population_after"].to_numpy(dtype=float),
    )
    return people


def _part(
    counts: NDArray[np.float64], whole: NDArray[np.float64], smallest: float
) -> NDArray[np.float64]:
    """Round parts of a whole that is known: nearly everybody would tell who is left."""
    left = whole - counts
    told: NDArray[np.float64] = rounded(counts, smallest)
    told[(left > NEARLY_NOBODY) & (left < smallest)] = np.nan
    return told


def _both_sides(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Put before, after, who gains and who loses under each other, as parts of one population."""
    parts = []
    for side, people, covered in (
        ("before", "population_before", "covered_before"),
        ("after", "population_after", "covered_after"),
        ("gained", "population_after", "gained"),
        ("lost", "population_before", "lost"),
    ):
        scenario = table["scenario"].astype(str) if "scenario" in table.columns else ""
        at: Any = ""
        for name in ("at", "unknown_hours"):
            if name in table.columns:
                at = at + "\0" + table[name].fillna("").astype(str)
        count, whole = table[covered].astype(float), table[people].astype(float)
        part = pd.DataFrame(
            {
                "by": by,
                "zone_id": table["zone_id"] if "zone_id" in table.columns else 0,
                "profile": table["profile"],
                "minutes": table["minutes"],
                # Other plans have other places.
                "places": side + "\0" + scenario + "\0" + at,
                "group": table["group"],
                "population": whole,
                "covered": count,
                "uncovered": np.maximum(whole - count, 0.0),
                "share": np.nan,
            },
            index=table.index,
        )
        if f"median_minutes_{side}" in table.columns:
            part["median_minutes"] = table[f"median_minutes_{side}"].astype(float)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _told(exact: pd.DataFrame, sides: pd.DataFrame, smallest: float) -> pd.DataFrame:
    told = exact.copy()
    half = len(exact)
    own = {
        side: sides.iloc[i * half : (i + 1) * half]
        for i, side in enumerate((*SIDES, "gained", "lost"))
    }
    for side in SIDES:
        published = own[side]
        for name in ("population", "covered", "share", "median_minutes"):
            if name in published.columns:
                told[f"{name}_{side}"] = published[name].to_numpy()
        if f"uncovered_{side}" in exact.columns:
            told[f"uncovered_{side}"] = published["uncovered"].to_numpy()
    before, after = (told[f"covered_{side}"].to_numpy(dtype=float) for side in SIDES)
    gain, loss = (exact[name].to_numpy(dtype=float) for name in ("gained", "lost"))
    difference = after - before
    moved = np.zeros(len(told), dtype=bool)
    if "covered_by_population_change" in told.columns:
        moved = np.abs(exact["covered_by_population_change"].to_numpy(dtype=float)) > NEARLY_NOBODY
        difference[moved] = np.nan
    nothing = (gain <= NEARLY_NOBODY) & (loss <= NEARLY_NOBODY)
    difference[nothing] = 0.0
    gained, lost = (own[name]["covered"].to_numpy(dtype=float) for name in ("gained", "lost"))
    gained, lost = _between(gained, lost, difference, smallest)
    gained[gain <= NEARLY_NOBODY], lost[loss <= NEARLY_NOBODY] = 0.0, 0.0
    # Where people come and leave, the difference is that of those who stay.
    difference[moved] = (gained - lost)[moved]
    if "covered_by_population_change" in told.columns:
        told["covered_by_population_change"] = np.where(moved, after - before - difference, 0.0)
    if "population_change" in told.columns:
        told["population_change"] = told["population_after"] - told["population_before"]
    told["gained"], told["lost"], told["difference"] = gained, lost, difference
    told["suppressed"] = np.isnan(before) | np.isnan(after) | np.isnan(gained) | np.isnan(lost)
    _widen(told, np.isnan(difference), smallest)
    if {"share_before", "share_after", "share_difference"} <= {*told.columns}:
        change = told["share_after"] - told["share_before"]
        told["share_difference"] = change.round(_SHARE_DECIMALS)
    return told


def _between(
    gained: NDArray[np.float64],
    lost: NDArray[np.float64],
    difference: NDArray[np.float64],
    smallest: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Make of who gains and loses, rounded one by one, a row that adds up where all is told."""
    made_gain = np.where(lost == 0, difference, difference + lost)
    use_gain = (gained > 0) & (made_gain >= smallest)
    use_loss = (gained == 0) & (lost > 0) & (-difference >= smallest)
    return np.where(use_gain, made_gain, gained), np.where(use_loss, -difference, lost)


def _widen(told: pd.DataFrame, hidden: NDArray[np.bool_], smallest: float) -> None:
    """Widen intervals to whole multiples, and hide them where their middle is not told."""
    for name, towards in (("low", np.floor), ("high", np.ceil)):
        if name in told.columns:
            limit = towards(told[name].to_numpy(dtype=float).round(6) / smallest) * smallest
            told[name] = np.where(hidden, np.nan, limit)
    if "probability_of_gain" in told.columns:
        told["probability_of_gain"] = told["probability_of_gain"].round(2).mask(hidden)


def _ranked(told: pd.DataFrame) -> pd.DataFrame:
    """Rank scenarios, and find the Pareto front of cost against people, from published figures."""
    if "rank" not in told.columns and "on_pareto_front" not in told.columns:
        return told
    keys = [name for name in ("area_set", "area_id", *QUESTION[1:]) if name in told.columns]
    people = told["difference"].fillna(0.0).to_numpy(dtype=float)
    cost = (
        told["cost_eur"].to_numpy(dtype=float)
        if "cost_eur" in told.columns
        else np.full(len(told), np.nan)
    )
    rank = np.zeros(len(told), dtype="int64")
    front = pd.array([pd.NA] * len(told), dtype="boolean")
    blocks = told.groupby(keys, dropna=False).indices.values() if keys else [np.arange(len(told))]
    for block in blocks:
        rows = np.asarray(block)
        rank[rows] = ranks(people[rows], cost[rows])
        front[rows] = pareto_front(people[rows], cost[rows])
    own: dict[str, Any] = {"rank": rank, "on_pareto_front": front}
    return told.assign(**{name: own[name] for name in told.columns.intersection(list(own))})
