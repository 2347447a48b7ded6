"""The tables and sentences of a sensitivity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import per
from quartieri15.analysis.draws import FEWEST_DRAWS, INTERVAL
from quartieri15.analysis.sensitivity.ranking import gap_order, kendall_tau, top_frequency
from quartieri15.model import schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from quartieri15.analysis.sensitivity.draw_by_draw import Found
    from quartieri15.analysis.sensitivity.question import Asked


@dataclass(frozen=True)
class Ranked:
    """The zones of one group in the order of their gaps, in one draw or in many.

    Parameters
    ----------
    uncovered, place : (draws, zones)
        People beyond the threshold, and where the zone stands.
    top
        How many zones are among the first.
    """

    uncovered: NDArray[np.float64]
    place: NDArray[np.int64]
    top: int

    @classmethod
    def of(cls, found: Found, asked: Asked, group: int, ids: NDArray[Any]) -> Ranked:
        """Rank the zones of one group, named by its position."""
        covered, uncovered = (
            part[asked.ranked_by][:, :, group] for part in (found.covered, found.uncovered)
        )
        return cls(uncovered, gap_order(covered, uncovered, ids), asked.top)

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Which zones have a gap that is among the first."""
        return (self.place <= self.top) & (self.uncovered > 0)


def assumptions_table(
    rows: Iterable[tuple[str, str, Found]], asked: Asked, ids: NDArray[Any]
) -> pd.DataFrame:
    """Return what each assumption alone moves; the first row is the answer as asked."""
    first = next(iter(rows))[2]
    told = []
    for assumption, alternative, found in rows:
        covered = found.covered["city"][:, 0]
        population = covered + found.uncovered["city"][:, 0]
        for k, group in enumerate(asked.groups):
            row: dict[str, Any] = {
                "assumption": assumption,
                "alternative": alternative,
                "group": group,
                "population": float(np.median(population[:, k])),
            }
            shares = per(covered[:, k], population[:, k])
            for name, values in (("covered", covered[:, k]), ("share", shares)):
                row[name] = float(np.median(values))
                low, high = np.quantile(values, INTERVAL)
                row |= {f"{name}_low": float(low), f"{name}_high": float(high)}
            told.append(row | _likeness(first, found, asked, k, ids))
    table = pd.DataFrame(told)
    asked_for = table.groupby("group", sort=False)[["covered", "share"]].transform("first")
    for name, change in (("covered", "change"), ("share", "share_change")):
        at = table.columns.tolist().index(f"{name}_high")
        table.insert(at + 1, change, table[name] - asked_for[name])
    return table


def _likeness(
    first: Found, found: Found, asked: Asked, group: int, ids: NDArray[Any]
) -> dict[str, Any]:
    """Return how alike the ranking of one group is to that as asked, and what it kept."""
    if asked.ranked_by == "city":
        return {"kendall_tau": np.nan, "top_kept": np.nan, "ranking_reason": "no_zones"}
    before, after = (Ranked.of(one, asked, group, ids) for one in (first, found))
    tau = np.array([kendall_tau(before.uncovered[0], row) for row in after.uncovered])
    ties = bool(np.isnan(tau).any())
    return {
        "kendall_tau": np.nan if ties else float(np.median(tau)),
        "top_kept": float((before.is_first & after.is_first).sum(axis=1).mean()),
        "ranking_reason": "all_zones_tie" if ties else "",
    }


def headlines_table(told: Mapping[str, pd.DataFrame], drawn: Found) -> pd.DataFrame:
    """Return every figure of some coverages, by set of zones, with its interval."""
    tables = []
    for by, table in told.items():
        covered, uncovered = drawn.covered[by], drawn.uncovered[by]
        population = covered + uncovered
        one = table[["by", "zone_id", "zone", "group"]].copy()
        for name, values in {
            "population": population,
            "covered": covered,
            "uncovered": uncovered,
            "share": per(covered, population),
        }.items():
            one[name] = table[name]
            low, high = np.quantile(values, INTERVAL, axis=0)
            one[f"{name}_low"], one[f"{name}_high"] = low.ravel(), high.ravel()
        one["reason"] = np.where(one["population"] == 0, "no_population", "")
        tables.append(one)
    return pd.concat(tables, ignore_index=True)


def ranking_table(
    told: pd.DataFrame, first: Found, drawn: Found, asked: Asked, ids: NDArray[Any]
) -> pd.DataFrame:
    """Return where each zone stands, and how surely; no row for the city as a whole."""
    names = ["by", "zone_id", "zone", "group", "uncovered"]
    tables = []
    for k, group in enumerate(asked.groups):
        as_asked, any_draw = (Ranked.of(found, asked, k, ids) for found in (first, drawn))
        place = as_asked.place[0]
        one = told.loc[told["group"] == group, names].reset_index(drop=True)
        rank = pd.Series(place, dtype="Int64").mask(one["uncovered"] <= 0)
        # A place is a whole number: the ends are places that occur.
        low = np.quantile(any_draw.place, INTERVAL[0], axis=0, method="lower")
        high = np.quantile(any_draw.place, INTERVAL[1], axis=0, method="higher")
        frequency = top_frequency(any_draw.place, any_draw.uncovered, asked.top)
        one = one.assign(
            rank=rank, place=place, place_low=low, place_high=high, top_frequency=frequency
        )
        tables.append(one.sort_values("place", kind="stable"))
    table = pd.concat(tables, ignore_index=True)
    return table.iloc[:0] if asked.ranked_by == "city" else table


def sentences_of(
    assumptions: pd.DataFrame, headlines: pd.DataFrame, asked: Asked
) -> tuple[str, ...]:
    """Return one sentence per group about the city: share, interval, range over the speeds.

    Of fewer than :data:`~quartieri15.analysis.draws.FEWEST_DRAWS` draws no interval is told.
    """
    where = asked.to if isinstance(asked.to, str) else "places"
    number = int((~schemas.unplaced(asked.places.geometry)).sum())
    one_of = f"one of {number} {where}" if number > 1 else f"the one place of {where}"
    city = headlines[headlines["by"] == "city"].set_index("group")
    said = []
    for group in asked.groups:
        row = city.loc[group]
        if row["reason"]:
            said.append(f"{group}: nobody of this group lives in the city")
            continue
        is_speed = (assumptions["assumption"] == "speed") & (assumptions["group"] == group)
        speeds = assumptions[is_speed].sort_values("share", kind="stable")
        drawn = tried = ""
        if asked.draws >= FEWEST_DRAWS:
            drawn = f", {row['share_low']:.1%} to {row['share_high']:.1%} in nine of ten draws"
        if len(speeds):
            least, most = speeds.iloc[0], speeds.iloc[-1]
            tried = (
                f"; {least['share']:.1%} at {least['alternative']}, "
                f"{most['share']:.1%} at {most['alternative']}"
            )
        said.append(
            f"{group}: {row['share']:.1%} reach {one_of} within "
            f"{asked.minutes:g} minutes at {asked.traveller.speed_kmh:g} km/h{drawn}{tried}"
        )
    return tuple(said)
