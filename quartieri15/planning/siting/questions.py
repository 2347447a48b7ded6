"""What a question of siting asks, checked, and how each objective is solved."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import zone_of_each_point
from quartieri15.analysis.coverage import require_minutes
from quartieri15.arguments import (
    is_finite,
    is_whole,
    require_flag,
    shown,
)
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import profiles
from quartieri15.model.city import places_there, require_city
from quartieri15.planning.siting.center import center_sites
from quartieri15.planning.siting.cover import NOBODY, CoverInstance, cover_instance
from quartieri15.planning.siting.fairness import homes_in_need, worst_zone_sites
from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.maximal import CoverSolution, maximal_cover
from quartieri15.planning.siting.median import MedianSolution, median_sites
from quartieri15.planning.siting.subset import in_order
from quartieri15.planning.siting.timed_pairs import TimedPairs, timed_pairs
from quartieri15.reach.trips import limit_seconds, point_coordinates

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.siting.candidates import Candidates
    from quartieri15.progress import Say

Objective = Literal["coverage", "median", "center", "worst_zone", "neediest"]

UNITS: Final[dict[str, str]] = {
    "coverage": "people newly within the minutes",
    "median": "person-minutes saved",
    "center": "minutes within which the share is",
    "worst_zone": "share of the worst-off zone within the minutes",
    "neediest": "people of the neediest zones newly within the minutes",
}
"""What ``Sites.value`` counts, by objective. Of ``center`` less is better, of all others more."""

MOST_SITES: Final = 500
NEAR: Final = 0.005
"""An alternative that loses at most this part of the value is told."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What every question of siting asks, checked."""

    city: City
    label: str
    network: str
    kept: gpd.GeoDataFrame | None
    profile: TravelProfile
    minutes: float
    group: str
    gap: float
    time_limit_s: float
    cap_minutes: float

    @classmethod
    def of(
        cls,
        city: City,
        *,
        to: object,
        profile: str | TravelProfile,
        minutes: float | None,
        group: object,
        time_limit_s: object,
        keep: object = True,
        gap: object = 0.0,
        cap_minutes: object = 60,
    ) -> Asked:
        """Check what was given.

        Raises
        ------
        ParameterError, UnknownNameError, InputError
            If any of it makes no sense, or is not known to the city.
        """
        require_city(city)
        city.require_residents()
        traveller = profiles.get(profile)
        limit = require_minutes(minutes)
        if cap_minutes is None:
            raise ParameterError(
                "cap_minutes is None", where="cap_minutes", mend="give a number of minutes"
            )
        limit_seconds(cap_minutes)
        counted = city.require_group(group)
        require_flag(keep, where="keep")
        label = to if isinstance(to, str) else "places of a table"
        table = places_of(city, to, some=bool(keep) and len(city.places) > 0)
        if not is_finite(gap) or not 0 <= gap < 1:
            raise ParameterError(
                f"gap is {shown(gap)}", where="gap", mend="give a part of 1, such as 0.005"
            )
        if time_limit_s is not None and (not is_finite(time_limit_s) or not time_limit_s > 0):
            raise ParameterError(
                f"time_limit_s is {shown(time_limit_s)}",
                where="time_limit_s",
                mend="give seconds above 0, or None for no limit",
            )
        networks = (
            table["network"].astype(str).unique().tolist() if "network" in table.columns else []
        )
        return cls(
            city=city,
            label=label,
            network=networks[0] if len(networks) == 1 else "houses",
            kept=table if keep and len(table) else None,
            profile=traveller,
            minutes=limit,
            group=counted,
            gap=float(gap),
            time_limit_s=math.inf if time_limit_s is None else float(time_limit_s),
            cap_minutes=float(cap_minutes),  # type: ignore[arg-type]
        )

    def said(self, where: Candidates) -> dict[str, Any]:
        """Return what a result must say of what was asked."""
        source = self.city.provenance
        return {
            "city": self.city.name,
            "profile": self.profile.name,
            "speed_kmh": float(self.profile.speed_kmh),
            "speed_source": self.profile.source,
            "minutes": self.minutes,
            "group": self.group,
            "places": self.label,
            "network": self.network,
            "places_kept": 0 if self.kept is None else len(self.kept),
            "direction": "to",
            "vintages": dict(source.get("vintages", {})),
            "licence_line": source.get("licence_line", "not stated"),
            **where.said,
        }


@dataclass(frozen=True, eq=False)
class Found:
    """What a solver found, before it is described."""

    chosen: NDArray[np.int64]
    value: float
    bound: float
    proven: bool
    greedy: float = math.nan
    swap: float = math.nan
    certificate: Any = None
    figures: dict[str, Any] = field(default_factory=dict)
    gains: Gains | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def places_of(city: City, to: Any, *, some: bool) -> gpd.GeoDataFrame:
    """Return the places that are there: a set of the city by its name, or a table of points.

    With ``some`` a set without a place is refused, where the city has places of another: nobody
    is to plan beside libraries as if there were nothing, because nothing else was said.
    """
    if isinstance(to, str):
        return places_there(city, to, where="to") if some else city.places_named(to)
    point_coordinates(to, city, where="to")
    table: gpd.GeoDataFrame = to
    return table


def require_share(share: object) -> None:
    """Refuse what is no part of the people, above 0 and at most 1."""
    if not is_finite(share) or not 0 < share <= 1:
        raise ParameterError(
            f"share is {shown(share)}", where="share", mend="give a part of 1, such as 0.9"
        )


def require_number(n: object) -> None:
    """Refuse a number of sites that is not a whole one from 1 to :data:`MOST_SITES`."""
    if not is_whole(n) or n < 1:
        raise ParameterError(f"n is {shown(n)}", where="n", mend="ask for 1 site or more")
    if n > MOST_SITES:
        raise ParameterError(
            f"n is {n!r}, more than {MOST_SITES}", where="n", mend="ask for fewer sites"
        )


def instance_of(
    asked: Asked, where: Candidates, say: Say, *, apart: pd.Series | None = None
) -> CoverInstance:
    """Return whom each candidate would newly cover."""
    say("whom each candidate would newly cover")
    return cover_instance(
        asked.city,
        to=asked.label if asked.kept is None else asked.kept,
        profile=asked.profile,
        minutes=asked.minutes,
        group=asked.group,
        candidates=where.table,
        keep=() if asked.kept is None else None,
        apart=apart,
    )


def gains_of(instance: CoverInstance) -> Gains:
    """Return an instance of covering as a table of gains."""
    return Gains(
        len(instance.weight), instance.indptr, instance.rows, instance.weight[instance.rows]
    )


def maximal(
    asked: Asked, where: Candidates, instance: CoverInstance, n: int | None, say: Say
) -> CoverSolution:
    """Solve a question of maximal covering under the conditions of the candidates."""
    ids = where.table["id"].tolist()
    return maximal_cover(
        instance,
        n,
        mandatory=[ids[i] for i in where.mandatory],
        costs=where.costs if math.isfinite(where.budget) else None,
        budget=where.budget if math.isfinite(where.budget) else None,
        gap=asked.gap,
        time_limit_s=asked.time_limit_s if math.isfinite(asked.time_limit_s) else None,
        progress=say,
    )


def for_coverage(asked: Asked, where: Candidates, n: int | None, say: Say, **_: Any) -> Found:
    """Choose the sites that cover most people."""
    instance = instance_of(asked, where, say)
    return _of_cover(maximal(asked, where, instance, n, say), instance)


def _of_cover(solution: CoverSolution, instance: CoverInstance) -> Found:
    gains = gains_of(instance)
    return Found(
        chosen=ordered(gains, solution.chosen),
        value=solution.value,
        bound=solution.bound,
        proven=solution.proven,
        # The same sites summed up in another order differ in the last digits.
        greedy=min(solution.greedy.value, solution.value),
        swap=min(solution.swap.value, solution.value),
        certificate=solution.certificate,
        gains=gains,
        figures={
            "out_of_reach_of_all_candidates": instance.out_of_reach,
            "candidates_left": solution.candidates_left,
        },
        seconds=solution.seconds_by_stage,
    )


def for_neediest(
    asked: Asked, where: Candidates, n: int | None, say: Say, *, need: Any, **_: Any
) -> Found:
    """Choose the sites that cover most people of the neediest zones."""
    table, home = homes_in_need(asked.city, need)
    instance = instance_of(asked, where, say, apart=home)
    of_poor = np.zeros(len(instance.weight), dtype=bool)
    row = instance.row_of_point
    of_poor[row[(row >= 0) & home.to_numpy(dtype=bool)]] = True
    solution = maximal(asked, where, _of_rows(instance, of_poor), n, say)
    found = _of_cover(solution, instance)
    named = table.loc[table["neediest"], "zone"].tolist()
    some = gains_of(_of_rows(instance, of_poor))
    return dataclasses.replace(found, gains=some, figures=found.figures | {"neediest_zones": named})


def _of_rows(instance: CoverInstance, rows: NDArray[np.bool_]) -> CoverInstance:
    """Return an instance of some of its rows alone."""
    renamed = np.cumsum(rows) - 1
    kept = rows[instance.rows]
    counted = np.concatenate([[0], np.cumsum(kept)])
    return dataclasses.replace(
        instance,
        weight=instance.weight[rows],
        indptr=counted[instance.indptr].astype(np.int64),
        rows=renamed[instance.rows[kept]].astype(np.int32),
        row_of_point=np.full(len(instance.row_of_point), NOBODY, dtype=np.int32),
    )


def for_worst_zone(
    asked: Asked, where: Candidates, n: int | None, say: Say, *, by: str, **_: Any
) -> Found:
    """Choose the sites with which the worst-off zone is covered best."""
    if n is None:
        raise ParameterError("n is None", where="n", mend="say how many sites there may be")
    city = asked.city
    names = city.zones_named(by, argument="by")["name"].tolist()
    zone = zone_of_each_point(city, by)
    instance = instance_of(asked, where, say, apart=pd.Series(zone))
    people = city.residents[asked.group].to_numpy(dtype=float)
    number = len(names)
    row = instance.row_of_point
    home = np.zeros(len(instance.weight), dtype=np.int64)
    home[row[row >= 0]] = zone[row >= 0]
    inside = zone >= 0
    population = np.bincount(zone[inside], weights=people[inside], minlength=number)
    kept = inside & (row == -1)
    covered = np.bincount(zone[kept], weights=people[kept], minlength=number)
    gains = gains_of(instance)
    # People of no zone count for none.
    lost = home < 0
    if lost.any():
        gains = gains.of_points(~lost)
        home = home[~lost]
    must = where.mandatory
    done = gains.best(must)
    covered = covered + np.bincount(home, weights=done, minlength=number)
    found = worst_zone_sites(
        gains.beyond(done),
        home,
        population.astype(np.float64),
        covered.astype(np.float64),
        n - len(must),
        time_limit_s=asked.time_limit_s,
        say=say,
    )
    chosen = np.concatenate([must, found.chosen]).astype(np.int64)
    return Found(
        chosen=chosen,
        value=found.worst,
        bound=min(found.bound, 1.0),
        proven=found.proven,
        certificate=found,
        figures={
            "worst_share_before": found.worst_before,
            "share_by_zone": dict(zip(names, found.share.tolist(), strict=True)),
            "weight_by_zone": dict(zip(names, found.weight.tolist(), strict=True)),
        },
    )


def _pairs(asked: Asked, where: Candidates, cap_minutes: float, say: Say) -> TimedPairs:
    pairs = timed_pairs(
        asked.city,
        where.table,
        kept=asked.kept,
        profile=asked.profile,
        group=asked.group,
        cap_s=cap_minutes * 60,
        say=say,
    )
    return pairs.with_open(where.mandatory)


def for_median(asked: Asked, where: Candidates, n: int | None, say: Say, **_: Any) -> Found:
    """Choose the sites from which the people are the fewest minutes away in all."""
    before = _pairs(
        asked, dataclasses.replace(where, mandatory=where.mandatory[:0]), asked.cap_minutes, say
    )
    pairs = before.with_open(where.mandatory)
    must = where.mandatory
    spent = 0.0 if where.costs is None else float(where.costs[must].sum())
    solution: MedianSolution = median_sites(
        pairs,
        len(where) if n is None else n - len(must),
        cap_minutes=asked.cap_minutes,
        costs=where.costs if math.isfinite(where.budget) else None,
        budget=where.budget - spent,
        gap=asked.gap,
        time_limit_s=asked.time_limit_s,
        say=say,
    )
    from quartieri15.planning.siting.median import minutes_saved

    gains = minutes_saved(before, asked.cap_minutes)
    done = gains.value(must)
    subset = solution.subset
    chosen = np.concatenate([must, subset.chosen]).astype(np.int64)
    people = solution.people
    return Found(
        chosen=ordered(gains, chosen),
        value=done + subset.value,
        bound=done + subset.bound,
        proven=subset.proven,
        greedy=done + subset.greedy,
        swap=done + subset.swap,
        certificate=subset.certificate,
        gains=gains,
        figures={
            "mean_minutes_before": (solution.before + done) / people,
            "mean_minutes": solution.mean_minutes,
            "least_mean_minutes": solution.least_mean_minutes,
            "cap_minutes": asked.cap_minutes,
            "beyond_cap_before": float(before.weight[before.base_s > asked.cap_minutes * 60].sum()),
            "beyond_cap_after": solution.beyond_cap_after,
            "unreachable": solution.unreachable,
        },
        seconds=subset.seconds_by_stage,
    )


def for_center(
    asked: Asked, where: Candidates, n: int | None, say: Say, *, share: float, **_: Any
) -> Found:
    """Choose the sites that bring a share of the people within the fewest minutes."""
    if n is None:
        raise ParameterError("n is None", where="n", mend="say how many sites there may be")
    cap = math.inf if asked.kept is not None else asked.cap_minutes
    pairs = _pairs(asked, where, cap, say)
    found = center_sites(
        pairs, n - len(where.mandatory), share=share, time_limit_s=asked.time_limit_s, say=say
    )
    chosen = np.concatenate([where.mandatory, found.chosen]).astype(np.int64)
    if not math.isfinite(found.minutes):
        nearest = pairs.nearest_s(np.arange(len(where)))
        most = float(pairs.weight[np.isfinite(nearest)].sum() / pairs.people)
        raise InputError(
            f"no {n} sites were found that bring {share:.2%} of {asked.group} there"
            f"{'' if math.isinf(cap) else f' within {cap:g} minutes'}; all candidates together "
            f"bring {most:.2%}",
            where="share",
            mend="ask for a smaller share, more sites, or a larger cap_minutes",
        )
    return Found(
        chosen=chosen,
        value=found.minutes,
        bound=found.bound_minutes,
        proven=found.proven,
        certificate=found.decisions,
        figures={"share": share, "minutes_before": found.minutes_before},
    )


def ordered(gains: Gains, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order candidates by what each adds; those that add nothing stand last."""
    if not len(chosen):
        return chosen
    ordered = in_order(gains, chosen)
    rest = np.setdiff1d(chosen, ordered)
    return np.concatenate([ordered, rest]).astype(np.int64)
