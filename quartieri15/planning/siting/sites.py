"""Where next: the best sites for new places, how few would do, which to keep, what a move would do.

Each answer says what is proven: ``value`` is what the sites do, ``bound`` what no other sites can
beat, and ``proven`` is true only where the two meet.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15 import progress as progress_of
from quartieri15.arguments import (
    is_finite,
    is_number,
    is_whole,
    require_choice,
    require_flag,
    require_progress,
    require_text,
    several,
    shown,
)
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.planning.siting.candidates import Candidates, candidates_of
from quartieri15.planning.siting.center import center_sites
from quartieri15.planning.siting.cover import NOBODY, CoverInstance, cover_instance
from quartieri15.planning.siting.described import alternatives_table, sites_table
from quartieri15.planning.siting.fairness import NEED, neediest_zones, worst_zone_sites
from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.maximal import CoverSolution, maximal_cover
from quartieri15.planning.siting.median import MedianSolution, median_sites
from quartieri15.planning.siting.set_covering import cover_everyone, fewest
from quartieri15.planning.siting.subset import in_order
from quartieri15.planning.siting.timed_pairs import TimedPairs, timed_pairs
from quartieri15.reach.trips import limit_seconds, point_coordinates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
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


@dataclass(frozen=True, eq=False, repr=False)
class Sites:
    """Chosen sites, what they do, and how sure it is that none do better.

    Parameters
    ----------
    sites : geopandas.GeoDataFrame
        One row per site, in the order in which each adds most to those before it:

        - ``rank, candidate_id``;
        - ``address`` (the city's nearest, missing beyond 100 m), ``address_m``;
        - ``street``: the name of the street the site stands on, or of the nearest that has one;
          ``street_m``: how far that is; ``edge_id``: the edge it stands on;
        - ``nil, municipio``: the name of the NIL and the number of the Municipio;
        - ``gain``: people of the group newly within the minutes; ``covered_total``: all within
          the minutes once this site and those before it are open;
        - ``minutes_saved``: person-minutes, nobody counted above the cap;
        - ``gain_over65, gain_over75, gain_over65_alone, gain_foreign``: who gains;
        - ``cost_eur, mandatory, geometry``.
    objective, unit
        What was sought, and what ``value`` counts (:data:`UNITS`).
    value, bound
        What the sites do, and what no admissible sites can beat.
    proven
        Whether the two are the same, but for a part in a billion.
    greedy, swap
        The value of choosing one after the other, and of that after exchanges; NaN where the
        objective is not solved that way.
    population, covered_before
        People of the group, and those within the minutes before.
    certificate
        What the bound rests on; None where it rests on the search of a solver.
    alternatives : pandas.DataFrame
        Single exchanges that lose at most half a per cent, ties among them.
    curve : pandas.DataFrame or None
        As of :func:`site_curve`.
    figures
        Further figures of the objective, such as the mean minutes before and after.
    provenance
        What was asked, of what city, what was left out, how long it took.
    """

    sites: gpd.GeoDataFrame
    objective: str
    unit: str
    value: float
    bound: float
    proven: bool
    greedy: float
    swap: float
    population: float
    covered_before: float
    certificate: Any = None
    alternatives: pd.DataFrame = field(default_factory=pd.DataFrame)
    curve: pd.DataFrame | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sites.attrs["provenance"] = self.provenance

    def __len__(self) -> int:
        return len(self.sites)

    @property
    def gap(self) -> float:
        """How far the value may be from the best, as a part of the larger of value and bound."""
        larger = max(abs(self.bound), abs(self.value))
        if self.proven or larger == 0:
            return 0.0
        return abs(self.bound - self.value) / larger if math.isfinite(larger) else 1.0

    def statement(self) -> list[str]:
        """Say in plain sentences what was found and what is proven; never more than the figures.

        Returns
        -------
        list of str
        """
        asked = self.provenance
        who = asked["group"]
        said = [
            f"{len(self)} sites of {asked['candidates']:,} candidates for {who} by "
            f"{asked['profile']} ({asked['speed_kmh']:g} km/h), {asked['minutes']:g} minutes: "
            f"{self.value:,.4g} {self.unit}."
            if self.objective in ("worst_zone", "center")
            else f"{len(self)} sites of {asked['candidates']:,} candidates for {who} by "
            f"{asked['profile']} ({asked['speed_kmh']:g} km/h), {asked['minutes']:g} minutes: "
            f"{self.value:,.1f} {self.unit}."
        ]
        if len(self.sites) and self.population > 0:
            after = float(self.sites["covered_total"].iloc[-1])
            said.append(
                f"Within {asked['minutes']:g} minutes are {after:,.0f} of {self.population:,.0f} "
                f"({after / self.population:.1%}), before {self.covered_before:,.0f} "
                f"({self.covered_before / self.population:.1%})."
            )
        if self.proven:
            said.append("Proven: no other sites of as many do better, on these data.")
        else:
            said.append(
                f"Not proven best: no sites of as many do better than {self.bound:,.6g}, so these "
                f"are at most {self.gap:.2%} from the best."
            )
        if "least" in self.figures:
            least = self.figures["least"]
            said.append(
                f"Fewer than {least} cannot do."
                if least < len(self)
                else f"{least} are needed, and fewer cannot do."
            )
        return said

    def edits(self, *, kind: str = "planned", network: str | None = None) -> list[dict[str, Any]]:
        """Return the opening of each site as an edit of a scenario.

        Parameters
        ----------
        kind
            The kind of the new places.
        network
            The network they belong to; that of the places asked about when left out.

        Returns
        -------
        list of dict
            ``{"open_place": {"id", "name", "at": [lon, lat], "kind", "network"}}``, as a file of
            a scenario has it.
        """
        require_text(kind, where="kind")
        if network is None:
            network = str(self.provenance.get("network", "houses"))
        require_text(network, where="network")
        degrees = self.sites.geometry.to_crs(GEOGRAPHIC)
        return [
            {
                "open_place": {
                    "id": f"SITE-{rank}",
                    "name": str(address or street or name),
                    "at": [round(point.x, 9), round(point.y, 9)],
                    "kind": kind,
                    "network": network,
                }
            }
            for rank, address, street, name, point in zip(
                self.sites["rank"],
                self.sites["address"],
                self.sites["street"],
                self.sites["candidate_id"],
                degrees,
                strict=True,
            )
        ]

    def opened(self, city: City) -> City:
        """Return the city with these sites open, beside what is there.

        Parameters
        ----------
        city
            The city they were chosen for.

        Returns
        -------
        City
            With one more row of places for each site: ``id`` ``SITE-1``, ..., kind ``planned``.

        Raises
        ------
        InputError
            If the city has places of those ids.
        """
        require_city(city)
        rows = [edit["open_place"] for edit in self.edits()]
        new = gpd.GeoDataFrame(
            {
                key: [row[key] for row in rows] for key in ("id", "name", "kind", "network")
            },
            geometry=self.sites.geometry.to_numpy(),
            crs=self.sites.crs,
        )
        taken = set(city.places["id"]) & set(new["id"])
        if taken:
            raise InputError(
                f"the city has a place {sorted(taken)[0]!r} already",
                where="places",
                mend="open the sites in the city they were chosen for",
            )
        places = city.places.copy()
        for column in ("kind", "network"):
            places[column] = places[column].astype(object)
        for column in places.columns:
            if column not in new.columns:
                new[column] = False if places[column].dtype == bool else None
                new[column] = new[column].astype(places[column].dtype)
        both = pd.concat([places, new[places.columns]], ignore_index=True)
        for column in ("kind", "network"):
            both[column] = both[column].astype("category")
        return city.with_(places=gpd.GeoDataFrame(both, geometry="geometry", crs=city.crs))

    def __repr__(self) -> str:
        said = "proven best" if self.proven else f"bound {self.bound:,.6g}, gap {self.gap:.2%}"
        return f"Sites({len(self)} for {self.objective}: {self.value:,.6g} {self.unit}; {said})"

    def _repr_html_(self) -> str:
        shown_columns = ["rank", "address", "street", "nil", "municipio", "gain", "covered_total"]
        table = pd.DataFrame(self.sites[shown_columns]).round(1)
        lines = "".join(f"<p>{line}</p>" for line in self.statement())
        return f"{lines}{table.to_html(index=False)}"


def best_sites(
    city: City,
    n: int | None = 5,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    objective: Objective = "coverage",
    candidates: str | gpd.GeoDataFrame | None = None,
    keep: bool = True,
    forbidden: Any = (),
    mandatory: Any = (),
    costs: Any = None,
    budget: float | None = None,
    share: float = 1.0,
    cap_minutes: float = 60,
    by: str = "municipi",
    need: Any = NEED,
    gap: float = 0.0,
    time_limit_s: float | None = 120,
    progress: Say | None = None,
) -> Sites:
    """Choose the best sites for ``n`` new places, and prove how good they are.

    Parameters
    ----------
    city
        The city.
    n
        How many sites at most, mandatory ones among them; None where a budget limits them.
    to
        The places that are there: the name of a set (``"houses"``, ``"wemi"``) or a table.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        Within how many minutes people count as reached.
    group
        Who counts, for example ``"over65"``.
    objective
        - ``"coverage"``: most people newly within the minutes (Church, ReVelle 1974);
        - ``"median"``: fewest person-minutes to the nearest place (Hakimi 1964);
        - ``"center"``: a ``share`` of the people within the fewest minutes (Hakimi 1965);
        - ``"worst_zone"``: the largest share within the minutes in the worst-off zone of ``by``;
        - ``"neediest"``: most people newly within the minutes among those who live in the
          neediest fifth of NIL, told by ``need``.
    candidates
        Where a place may stand: None for every address where people live; the name of a zone
        for those in it; a set of places; or a layer. Of a polygon or a line a point inside it
        is taken.
    keep
        Whether the places of ``to`` stay. If not, the sites are all there is.
    forbidden, mandatory
        Ids of candidates, or polygons; see
        :func:`~quartieri15.planning.siting.candidates.candidates_of`.
    costs, budget
        A column of the candidates or a mapping from ids to euro; what all sites may cost
        together. For ``coverage``, ``median`` and ``neediest``.
    share
        For ``center``: the part of the people, above 0 and at most 1.
    cap_minutes
        For ``median``: nobody counts with more minutes than this, so that a few far away do not
        decide; with ``keep=False`` also the farthest that ``center`` looks.
    by
        For ``worst_zone``: the zones.
    need
        For ``neediest``: see :func:`~quartieri15.planning.siting.fairness.neediest_zones`.
    gap
        Stop once the value is proven to be within this part of the best.
    time_limit_s
        Stop after about so many seconds with the best sites and the best bound known then; None
        for no limit.
    progress
        Told how far the work is; shown where somebody looks when left out.

    Returns
    -------
    Sites
        Fewer than ``n`` where no other adds anything.

    Raises
    ------
    ParameterError
        If a number makes no sense, there are fewer candidates than ``n``, a candidate is both
        mandatory and forbidden, or the budget is below the cheapest site.
    UnknownNameError
        If the places, the profile, the group, a zone or an id is unknown.
    InputError
        If a table is wrong, or the share of ``center`` cannot be reached by anything; the
        largest share that can be is told.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> found = best_sites(milano, 2, profile="walk_75", candidates="LAMBRATE - ORTICA")
    >>> len(found), found.proven, found.value >= found.greedy
    (2, True, True)
    >>> bool(abs(found.sites["gain"].sum() - found.value) < 1e-6)
    True
    """
    asked = _Asked.of(
        city, to=to, profile=profile, minutes=minutes, group=group, keep=keep, gap=gap,
        time_limit_s=time_limit_s, cap_minutes=cap_minutes,
    )
    require_choice(
        objective,
        get_args(Objective),
        where="objective",
        mend=f"use one of {', '.join(get_args(Objective))}",
    )
    if n is None and budget is None:
        raise ParameterError(
            "neither n nor budget is given", where="n", mend="say how many sites there may be"
        )
    if n is not None:
        _require_number(n)
    if not is_finite(share) or not 0 < share <= 1:
        raise ParameterError(
            f"share is {shown(share)}", where="share", mend="give a part of 1, such as 0.95"
        )
    if objective in ("center", "worst_zone") and (costs is not None or n is None):
        raise ParameterError(
            f"{objective} takes no costs, and a number of sites",
            where="costs",
            mend="give n, or use another objective",
        )
    where = candidates_of(
        city, candidates, n=n, forbidden=forbidden, mandatory=mandatory, costs=costs,
        budget=budget,
    )
    with _saying(progress, "best sites") as say:
        solve = {
            "coverage": _coverage,
            "median": _median,
            "center": _center,
            "worst_zone": _worst_zone,
            "neediest": _neediest,
        }[objective]
        found = solve(asked, where, n, say, share=share, by=by, need=need)
        return _told(asked, where, found, objective, say)


def site_curve(
    city: City,
    n: Iterable[int] = range(1, 21),
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    candidates: str | gpd.GeoDataFrame | None = None,
    keep: bool = True,
    forbidden: Any = (),
    mandatory: Any = (),
    gap: float = 0.0,
    time_limit_s: float | None = 60,
    progress: Say | None = None,
) -> pd.DataFrame:
    """Tell how many people the best 1, 2, 3, ... sites would bring within the minutes.

    Parameters
    ----------
    city, to, profile, minutes, group, candidates, keep, forbidden, mandatory, gap, progress
        As for :func:`best_sites`.
    n
        The numbers of sites.
    time_limit_s
        For each number.

    Returns
    -------
    pandas.DataFrame
        One row per number: ``n, value`` (people newly within the minutes), ``bound, gap, proven,
        greedy, swap, covered, share`` (of all people, kept places among them), ``more`` (than the
        row before), ``candidate_ids`` (a list), ``seconds``. The value never falls with ``n``; that
        it rises less and less is true of greedy, not of the best.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`best_sites`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> curve = site_curve(milano, (1, 2, 3), profile="walk_75", candidates="LORETO")
    >>> bool(curve["value"].is_monotonic_increasing), bool(curve["proven"].all())
    (True, True)
    """
    asked = _Asked.of(
        city, to=to, profile=profile, minutes=minutes, group=group, keep=keep, gap=gap,
        time_limit_s=time_limit_s, cap_minutes=60,
    )
    numbers = several(n)
    if not numbers:
        raise ParameterError("no number is given", where="n", mend="give one, such as range(1, 21)")
    for one in numbers:
        _require_number(one)
    where = candidates_of(
        city, candidates, n=max(numbers), forbidden=forbidden, mandatory=mandatory
    )
    rows: list[dict[str, Any]] = []
    with _saying(progress, "curve") as say:
        instance = _instance(asked, where, say)
        for one in numbers:
            begun = time.monotonic()
            found = _maximal(asked, where, instance, one, lambda w, k=one: say(f"n = {k}: {w}"))
            covered = instance.covered_by_kept + found.value
            rows.append(
                {
                    "n": int(one),
                    "value": found.value,
                    "bound": found.bound,
                    "gap": found.gap,
                    "proven": found.proven,
                    "greedy": found.greedy.value,
                    "swap": found.swap.value,
                    "covered": covered,
                    "share": covered / instance.population,
                    "candidate_ids": [
                        where.table["id"].iloc[i] for i in found.chosen.tolist()
                    ],
                    "seconds": time.monotonic() - begun,
                }
            )
    curve = pd.DataFrame(rows)
    curve.insert(9, "more", curve["value"].diff())
    curve.attrs["provenance"] = plain_json(asked.said(where))
    return curve


def fewest_places(
    city: City,
    share: float = 0.9,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    candidates: str | gpd.GeoDataFrame | None = None,
    keep: bool = True,
    forbidden: Any = (),
    mandatory: Any = (),
    time_limit_s: float | None = 120,
    progress: Say | None = None,
) -> Sites:
    """Tell how few new places would bring a share of a group within the minutes.

    Parameters
    ----------
    city, to, profile, minutes, group, candidates, keep, forbidden, mandatory, progress
        As for :func:`best_sites`.
    share
        The part of all people of the group, above 0 and at most 1; 1 for everyone.
    time_limit_s
        Stop after about so many seconds.

    Returns
    -------
    Sites
        With ``figures["least"]``: as many are needed at least, proven by dual values;
        ``len(result)`` were found to do. ``value`` and ``bound`` are these two numbers.

    Raises
    ------
    InputError
        If all candidates together do not bring so many; the largest share they bring is told.
    ParameterError, UnknownNameError
        As for :func:`best_sites`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> found = fewest_places(
    ...     milano, 0.6, profile="walk_65", candidates=milano.residents.iloc[::50]
    ... )
    >>> found.figures["least"] <= len(found) <= 5
    True
    """
    asked = _Asked.of(
        city, to=to, profile=profile, minutes=minutes, group=group, keep=keep, gap=0.0,
        time_limit_s=time_limit_s, cap_minutes=60,
    )
    if not is_finite(share) or not 0 < share <= 1:
        raise ParameterError(
            f"share is {shown(share)}", where="share", mend="give a part of 1, such as 0.9"
        )
    where = candidates_of(city, candidates, forbidden=forbidden, mandatory=mandatory)
    with _saying(progress, "fewest places") as say:
        instance = _instance(asked, where, say)
        gains = _gains_of(instance)
        must = where.mandatory
        done = gains.best(must)
        wanted = share * instance.population - instance.covered_by_kept
        possible = instance.covered_by_kept + float(instance.weight.sum())
        if possible < share * instance.population * (1 - 1e-9):
            raise InputError(
                f"all {len(where):,} candidates together bring {possible / instance.population:.2%}"
                f" of {group} within {asked.minutes:g} minutes, and {share:.2%} are asked for",
                where="share",
                mend="ask for a smaller share, give more candidates or more minutes",
            )
        more = gains.beyond(done)
        missing = wanted - math.fsum(done)
        if share >= 1:
            open_points = np.flatnonzero(done <= 0)
            renamed = np.full(gains.points, -1)
            renamed[open_points] = np.arange(len(open_points))
            pairs = renamed[more.rows] >= 0
            counted = np.concatenate([[0], np.cumsum(pairs)])
            left = Gains(
                len(open_points),
                counted[more.indptr].astype(np.int64),
                renamed[more.rows[pairs]].astype(np.int32),
                more.gain[pairs],
            )
            cover = cover_everyone(left, time_limit_s=asked.time_limit_s, say=say)
        else:
            cover = fewest(more, missing, time_limit_s=asked.time_limit_s, say=say)
        chosen = np.concatenate([must, cover.chosen]).astype(np.int64)
        least = cover.least + len(must)
        found = _Found(
            chosen=_ordered(gains, chosen),
            value=float(len(chosen)),
            bound=float(least),
            proven=len(chosen) <= least,
            figures={"least": least, "share": share},
            gains=gains,
        )
        sites = _told(asked, where, found, "fewest", say)
    return sites


def best_to_keep(
    city: City,
    n: int,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    objective: Literal["coverage", "median"] = "coverage",
    mandatory: Any = (),
    cap_minutes: float = 60,
    time_limit_s: float | None = 120,
    progress: Say | None = None,
) -> Sites:
    """Tell which ``n`` places to keep, if the others had to close.

    Parameters
    ----------
    city, to, profile, minutes, group, cap_minutes, time_limit_s, progress
        As for :func:`best_sites`.
    n
        How many places stay.
    objective
        ``"coverage"``: they keep most people within the minutes; ``"median"``: people spend the
        fewest minutes on the way to the nearest of them.
    mandatory
        Ids of places that stay in any case.

    Returns
    -------
    Sites
        The places that stay, from the one that alone keeps most. ``figures["closed"]`` are the
        ids of the others, ``figures["lost"]`` the people who are no longer within the minutes.
        A place without a position can be neither kept nor closed, and is told.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`best_sites`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> kept = best_to_keep(milano, 50, profile="walk_75")
    >>> len(kept), kept.proven, len(kept.figures["closed"])
    (50, True, 12)
    """
    require_city(city)
    require_choice(
        objective, ("coverage", "median"), where="objective", mend="use coverage or median"
    )
    table = city.places_named(to) if isinstance(to, str) else to
    point_coordinates(table, city, where="to")
    found = best_sites(
        city, n, to=to, profile=profile, minutes=minutes, group=group, objective=objective,
        candidates=table, keep=False, mandatory=mandatory, cap_minutes=cap_minutes,
        time_limit_s=time_limit_s, progress=progress,
    )
    stay = set(found.sites["candidate_id"])
    placed = table[~schemas.unplaced(table.geometry)]
    ids = placed["id"] if "id" in placed.columns else placed.index.to_series()
    # Places that add nothing stay before they are closed for nothing: as many as are asked for.
    spare = [one for one in ids.tolist() if one not in stay]
    fill = spare[: max(0, n - len(stay))]
    closed = [one for one in spare if one not in set(fill)]
    before = _covered(city, table, found)
    after = float(found.sites["covered_total"].iloc[-1]) if len(found.sites) else 0.0
    figures = found.figures | {
        "closed": closed,
        "kept_without_adding": fill,
        "covered_now": before,
        "lost": before - after,
    }
    return dataclasses.replace(found, figures=figures)


def relocation_bound(
    city: City,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    candidates: str | gpd.GeoDataFrame | None = None,
    n: int | None = None,
    gap: float = 0.002,
    time_limit_s: float | None = 120,
    progress: Say | None = None,
) -> Sites:
    """Tell what a network of this size could do, if every place could be anywhere.

    Nobody would move all places; but what no network of as many can exceed says how much of the
    rest is a matter of number, and how much of where they are.

    Parameters
    ----------
    city, to, profile, minutes, group, candidates, gap, time_limit_s, progress
        As for :func:`best_sites`.
    n
        How many places; as many as have a position when left out.

    Returns
    -------
    Sites
        ``value`` is what the sites found cover, ``bound`` what no others of as many can;
        ``figures["covered_now"]`` what the places cover where they are.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`best_sites`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> free = relocation_bound(
    ...     milano, profile="walk_65", candidates=milano.residents.iloc[::200], time_limit_s=5
    ... )
    >>> bool(free.figures["covered_now"] <= free.bound)
    True
    """
    require_city(city)
    table = city.places_named(to) if isinstance(to, str) else to
    point_coordinates(table, city, where="to")
    placed = int((~schemas.unplaced(table.geometry)).sum())
    found = best_sites(
        city, placed if n is None else n, to=to, profile=profile, minutes=minutes, group=group,
        candidates=candidates, keep=False, gap=gap, time_limit_s=time_limit_s, progress=progress,
    )
    now = _covered(city, table, found)
    # What is there now is a network too, though not of these candidates.
    return dataclasses.replace(
        found,
        bound=max(found.bound, now),
        figures=found.figures | {"covered_now": now, "places": placed},
    )


def fairness_price(
    city: City,
    n: int = 5,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    candidates: str | gpd.GeoDataFrame | None = None,
    by: str = "municipi",
    need: Any = NEED,
    time_limit_s: float | None = 60,
    progress: Say | None = None,
) -> pd.DataFrame:
    """Tell what it costs in people to choose for the worst-off zone, or for the neediest.

    Parameters
    ----------
    city, to, profile, minutes, group, candidates, by, need, progress
        As for :func:`best_sites`.
    n
        How many sites.
    time_limit_s
        For each of the three.

    Returns
    -------
    pandas.DataFrame
        One row per objective (``coverage, worst_zone, neediest``): ``gained`` (people newly
        within the minutes), ``share``, ``worst_zone, worst_share`` (the zone of ``by`` with the
        smallest share), ``neediest_gained, neediest_share``, ``price`` (people fewer than by
        ``coverage``), ``price_at_most`` (fewer than the bound of ``coverage``), ``value, bound,
        proven`` (of the objective itself), ``candidate_ids``.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`best_sites`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> price = fairness_price(
    ...     milano, 2, profile="walk_75", candidates=milano.residents.iloc[::200]
    ... )
    >>> bool((price["price_at_most"] >= 0).all())
    True
    """
    asked = _Asked.of(
        city, to=to, profile=profile, minutes=minutes, group=group, keep=True, gap=0.0,
        time_limit_s=time_limit_s, cap_minutes=60,
    )
    _require_number(n)
    where = candidates_of(city, candidates, n=n)
    neediest = neediest_zones(city, need=need)
    poor = set(neediest.loc[neediest["neediest"], "zone_id"])
    residents = city.residents
    zones = city.zones_named(by)
    zone = _zone_of_residents(city, by)
    poor_home = residents["nil"].isin(poor).to_numpy(dtype=bool)
    people = residents[group].to_numpy(dtype=float)
    rows: list[dict[str, Any]] = []
    with _saying(progress, "what fairness costs") as say:
        results = {
            name: solve(asked, where, n, say, share=1.0, by=by, need=need)
            for name, solve in (
                ("coverage", _coverage),
                ("worst_zone", _worst_zone),
                ("neediest", _neediest),
            )
        }
    population = np.bincount(zone[zone >= 0], weights=people[zone >= 0], minlength=len(zones))
    top = results["coverage"]
    for name, found in results.items():
        covered, gained = _covered_points(asked, where, found)
        some = zone >= 0
        by_zone = np.bincount(
            zone[some], weights=np.where(covered, people, 0.0)[some], minlength=len(zones)
        )
        shares = np.divide(
            by_zone, population, out=np.full(len(zones), np.inf), where=population > 0
        )
        worst = int(shares.argmin())
        total = float(people[gained].sum())
        rows.append(
            {
                "objective": name,
                "gained": total,
                "share": float(people[covered].sum() / people.sum()),
                "worst_zone": zones["name"].iloc[worst],
                "worst_share": float(shares[worst]),
                "neediest_gained": float(people[gained & poor_home].sum()),
                "neediest_share": float(
                    people[covered & poor_home].sum() / max(people[poor_home].sum(), 1e-300)
                ),
                "price": max(top.value - total, 0.0),
                "price_at_most": max(top.bound - total, 0.0),
                "value": found.value,
                "bound": found.bound,
                "proven": found.proven,
                "candidate_ids": [where.table["id"].iloc[i] for i in found.chosen.tolist()],
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["provenance"] = plain_json(
        asked.said(where)
        | {"by": by, "need": need if isinstance(need, tuple) else "given", "n": int(n)}
    )
    table.attrs["neediest_zones"] = plain_json(
        neediest.loc[neediest["neediest"], "zone"].tolist()
    )
    return table


@dataclass(frozen=True, eq=False)
class _Asked:
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
        minutes: object,
        group: object,
        keep: object,
        gap: object,
        time_limit_s: object,
        cap_minutes: object,
    ) -> _Asked:
        require_city(city)
        city.require_residents()
        traveller = profiles.get(profile)
        if minutes is None:
            raise ParameterError(
                "minutes is None",
                where="minutes",
                mend="give the minutes within which people count",
            )
        limit_seconds(minutes)
        if cap_minutes is None:
            raise ParameterError(
                "cap_minutes is None", where="cap_minutes", mend="give a number of minutes"
            )
        limit_seconds(cap_minutes)
        if not isinstance(group, str):
            raise ParameterError(
                f"group is {shown(group)}", where="group", mend="name one group, such as 'over65'"
            )
        city.require_groups(group)
        require_flag(keep, where="keep")
        if isinstance(to, str):
            label, table = to, city.places_named(to)
        else:
            label = "places of a table"
            point_coordinates(to, city, where="to")  # type: ignore[arg-type]
            table = to
        if not is_finite(gap) or not 0 <= gap < 1:
            raise ParameterError(
                f"gap is {shown(gap)}", where="gap", mend="give a part of 1, such as 0.005"
            )
        if time_limit_s is not None and (not is_number(time_limit_s) or not time_limit_s > 0):
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
            minutes=float(minutes),  # type: ignore[arg-type]
            group=group,
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
class _Found:
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


@contextmanager
def _saying(progress: Say | None, title: str) -> Iterator[Say]:
    """Give what is told how far the work is: the caller's, or what is shown on a terminal."""
    if progress is not None:
        require_progress(progress)
        yield progress
        return
    with progress_of.shown(title) as say:
        yield say


def _require_number(n: object) -> None:
    if not is_whole(n) or n < 1:
        raise ParameterError(f"n is {shown(n)}", where="n", mend="ask for 1 site or more")
    if n > MOST_SITES:
        raise ParameterError(
            f"n is {n!r}, more than {MOST_SITES}", where="n", mend="ask for fewer sites"
        )


def _instance(
    asked: _Asked, where: Candidates, say: Say, *, apart: pd.Series | None = None
) -> CoverInstance:
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


def _gains_of(instance: CoverInstance) -> Gains:
    return Gains(
        len(instance.weight), instance.indptr, instance.rows, instance.weight[instance.rows]
    )


def _maximal(
    asked: _Asked, where: Candidates, instance: CoverInstance, n: int | None, say: Say
) -> CoverSolution:
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


def _coverage(
    asked: _Asked, where: Candidates, n: int | None, say: Say, **_: Any
) -> _Found:
    instance = _instance(asked, where, say)
    return _of_cover(_maximal(asked, where, instance, n, say), instance)


def _of_cover(solution: CoverSolution, instance: CoverInstance) -> _Found:
    gains = _gains_of(instance)
    return _Found(
        chosen=_ordered(gains, solution.chosen),
        value=solution.value,
        bound=solution.bound,
        proven=solution.proven,
        greedy=solution.greedy.value,
        swap=solution.swap.value,
        certificate=solution.certificate,
        gains=gains,
        figures={
            "out_of_reach_of_all_candidates": instance.out_of_reach,
            "candidates_left": solution.candidates_left,
        },
        seconds=solution.seconds_by_stage,
    )


def _neediest(
    asked: _Asked, where: Candidates, n: int | None, say: Say, *, need: Any, **_: Any
) -> _Found:
    table = neediest_zones(asked.city, need=need)
    poor = table.loc[table["neediest"], "zone_id"]
    home = asked.city.residents["nil"].isin(set(poor))
    instance = _instance(asked, where, say, apart=home)
    of_poor = np.zeros(len(instance.weight), dtype=bool)
    row = instance.row_of_point
    of_poor[row[(row >= 0) & home.to_numpy(dtype=bool)]] = True
    solution = _maximal(asked, where, _of_rows(instance, of_poor), n, say)
    found = _of_cover(solution, instance)
    named = table.loc[table["neediest"], "zone"].tolist()
    some = _gains_of(_of_rows(instance, of_poor))
    return dataclasses.replace(
        found, gains=some, figures=found.figures | {"neediest_zones": named}
    )


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


def _zone_of_residents(city: City, by: str) -> NDArray[np.int64]:
    """Return the zone of each residents point as a position among the zones; -1 for none."""
    zones = city.zones_named(by)
    residents = city.require_residents()
    if by not in residents.columns:
        raise ParameterError(
            f"the residents do not say in which of {by} they live",
            where="by",
            mend=f"use one of {', '.join(k for k in city.zones if k in residents.columns)}",
        )
    return pd.Index(zones["id"]).get_indexer(pd.Index(residents[by])).astype(np.int64)


def _worst_zone(
    asked: _Asked, where: Candidates, n: int | None, say: Say, *, by: str, **_: Any
) -> _Found:
    if n is None:
        raise ParameterError("n is None", where="n", mend="say how many sites there may be")
    city = asked.city
    zone = _zone_of_residents(city, by)
    instance = _instance(asked, where, say, apart=pd.Series(zone))
    people = city.residents[asked.group].to_numpy(dtype=float)
    number = len(city.zones_named(by))
    row = instance.row_of_point
    home = np.zeros(len(instance.weight), dtype=np.int64)
    home[row[row >= 0]] = zone[row >= 0]
    inside = zone >= 0
    population = np.bincount(zone[inside], weights=people[inside], minlength=number)
    kept = inside & (row == -1)
    covered = np.bincount(zone[kept], weights=people[kept], minlength=number)
    gains = _gains_of(instance)
    # People of no zone count for none.
    lost = home < 0
    if lost.any():
        gains = _gains_of(_of_rows(instance, ~lost))
        home = home[~lost]
    must = where.mandatory
    done = gains.best(must)
    covered = covered + np.bincount(home, weights=done, minlength=number)
    found = worst_zone_sites(
        gains.beyond(done), home, population, covered, n - len(must),
        time_limit_s=asked.time_limit_s, say=say,
    )
    chosen = np.concatenate([must, found.chosen]).astype(np.int64)
    names = city.zones_named(by)["name"].tolist()
    return _Found(
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


def _pairs(asked: _Asked, where: Candidates, cap_minutes: float, say: Say) -> TimedPairs:
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


def _median(
    asked: _Asked, where: Candidates, n: int | None, say: Say, **_: Any
) -> _Found:
    before = _pairs(asked, dataclasses.replace(where, mandatory=where.mandatory[:0]),
                    asked.cap_minutes, say)
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
    return _Found(
        chosen=_ordered(gains, chosen),
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
            "beyond_cap_before": float(
                before.weight[before.base_s > asked.cap_minutes * 60].sum()
            ),
            "beyond_cap_after": solution.beyond_cap_after,
            "unreachable": solution.unreachable,
        },
        seconds=subset.seconds_by_stage,
    )


def _center(
    asked: _Asked, where: Candidates, n: int | None, say: Say, *, share: float, **_: Any
) -> _Found:
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
    return _Found(
        chosen=chosen,
        value=found.minutes,
        bound=found.bound_minutes,
        proven=found.proven,
        certificate=found.decisions,
        figures={"share": share, "minutes_before": found.minutes_before},
    )


def _ordered(gains: Gains, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order candidates by what each adds; those that add nothing stand last."""
    if not len(chosen):
        return chosen
    ordered = in_order(gains, chosen)
    rest = np.setdiff1d(chosen, ordered)
    return np.concatenate([ordered, rest]).astype(np.int64)


def _told(
    asked: _Asked, where: Candidates, found: _Found, objective: str, say: Say
) -> Sites:
    """Describe what was found."""
    say("who gains")
    table = where.table.iloc[found.chosen].reset_index(drop=True)
    must = np.isin(found.chosen, where.mandatory)
    sites = sites_table(
        asked.city,
        table,
        kept=asked.kept,
        profile=asked.profile,
        minutes=asked.minutes,
        group=asked.group,
        cap_minutes=asked.cap_minutes,
        cost_eur=None if where.costs is None else where.costs[found.chosen],
        mandatory=must,
    )
    alternatives = pd.DataFrame()
    if found.gains is not None and objective != "fewest":
        alternatives = alternatives_table(
            found.gains,
            found.chosen,
            where.table,
            near=NEAR,
            movable=~must,
            costs=where.costs if math.isfinite(where.budget) else None,
            budget=where.budget,
        )
    people = asked.city.residents[asked.group].to_numpy(dtype=float)
    covered = 0.0
    if len(sites):
        covered = float(sites["covered_total"].iloc[0] - sites["gain"].iloc[0])
    elif asked.kept is not None:
        covered = _covered_by(asked, asked.kept)
    said = asked.said(where) | {
        "objective": objective,
        "value": found.value,
        "bound": found.bound,
        "proven": found.proven,
        "seconds": found.seconds,
    }
    return Sites(
        sites=sites,
        objective=objective,
        unit=UNITS.get(objective, "new places"),
        value=found.value,
        bound=found.bound,
        proven=found.proven,
        greedy=found.greedy,
        swap=found.swap,
        population=float(people.sum()),
        covered_before=covered,
        certificate=found.certificate,
        alternatives=alternatives,
        figures=found.figures,
        provenance=plain_json(said),
    )


def _covered_by(asked: _Asked, places: gpd.GeoDataFrame) -> float:
    from quartieri15.reach.times import travel_times
    from quartieri15.reach.trips import in_time

    minutes = travel_times(asked.city, to=places, profile=asked.profile)["minutes"].to_numpy()
    people = asked.city.residents[asked.group].to_numpy(dtype=float)
    return float(people[in_time(minutes, asked.minutes)].sum())


def _covered(city: City, places: gpd.GeoDataFrame, found: Sites) -> float:
    """Return the people within the minutes of some places."""
    from quartieri15.reach.times import travel_times
    from quartieri15.reach.trips import in_time

    asked = found.provenance
    minutes = travel_times(city, to=places, profile=asked["profile"])["minutes"].to_numpy()
    people = city.residents[asked["group"]].to_numpy(dtype=float)
    return float(people[in_time(minutes, asked["minutes"])].sum())


def _covered_points(
    asked: _Asked, where: Candidates, found: _Found
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell who is within the minutes with the sites, and who newly so."""
    from quartieri15.reach.times import travel_times
    from quartieri15.reach.trips import in_time

    before = np.zeros(len(asked.city.residents), dtype=bool)
    if asked.kept is not None:
        minutes = travel_times(asked.city, to=asked.kept, profile=asked.profile)["minutes"]
        before = in_time(minutes.to_numpy(), asked.minutes)
    table = where.table.iloc[found.chosen]
    if not len(table):
        return before, np.zeros_like(before)
    minutes = travel_times(asked.city, to=table, profile=asked.profile)["minutes"]
    new = in_time(minutes.to_numpy(), asked.minutes) & ~before
    return before | new, new
