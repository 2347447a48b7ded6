"""Where next: the best sites for new places, how few would do, which to keep, what a move would do.

Each answer says what is proven: ``value`` is what the sites do, ``bound`` what no other sites can
beat, and ``proven`` is true only where the two meet.
"""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd

from quartieri15.arguments import require_choice, several
from quartieri15.errors import ParameterError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.planning.siting.candidates import candidates_of
from quartieri15.planning.siting.described import people_within
from quartieri15.planning.siting.fairness import NEED
from quartieri15.planning.siting.fairness_price import price_table
from quartieri15.planning.siting.fewest import for_share
from quartieri15.planning.siting.questions import (
    Asked,
    Found,
    Objective,
    for_center,
    for_coverage,
    for_median,
    for_neediest,
    for_worst_zone,
    instance_of,
    maximal,
    places_of,
    require_number,
    require_share,
)
from quartieri15.planning.siting.telling import told
from quartieri15.progress import saying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.siting.result import Sites
    from quartieri15.progress import Say


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
        For ``neediest``: see :func:`~quartieri15.planning.siting.fairness.neediest_zones`. The
        zones are the NIL; of a city without them, its finest set.
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
    asked = Asked.of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        group=group,
        keep=keep,
        gap=gap,
        time_limit_s=time_limit_s,
        cap_minutes=cap_minutes,
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
        require_number(n)
    require_share(share)
    if objective in ("center", "worst_zone") and (costs is not None or n is None):
        raise ParameterError(
            f"{objective} takes no costs, and a number of sites",
            where="costs",
            mend="give n, or use another objective",
        )
    where = candidates_of(
        city,
        candidates,
        n=n,
        forbidden=forbidden,
        mandatory=mandatory,
        costs=costs,
        budget=budget,
    )
    with saying(progress, "best sites") as say:
        solvers: dict[str, Callable[..., Found]] = {
            "coverage": for_coverage,
            "median": for_median,
            "center": for_center,
            "worst_zone": for_worst_zone,
            "neediest": for_neediest,
        }
        found = solvers[objective](asked, where, n, say, share=share, by=by, need=need)
        return told(asked, where, found, objective, say)


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
    >>> curve = site_curve(milano, (1, 2, 3), profile="walk_75", candidates="LORENTEGGIO")
    >>> bool(curve["value"].is_monotonic_increasing), bool(curve["proven"].all())
    (True, True)
    """
    asked = Asked.of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        group=group,
        keep=keep,
        gap=gap,
        time_limit_s=time_limit_s,
    )
    numbers = several(n)
    if not numbers:
        raise ParameterError("no number is given", where="n", mend="give one, such as range(1, 21)")
    for one in numbers:
        require_number(one)
    where = candidates_of(
        city, candidates, n=max(numbers), forbidden=forbidden, mandatory=mandatory
    )
    rows: list[dict[str, Any]] = []
    with saying(progress, "curve") as say:
        instance = instance_of(asked, where, say)
        for one in numbers:
            begun = time.monotonic()
            say(f"the best {one}")
            found = maximal(asked, where, instance, one, say)
            covered = instance.covered_by_kept + found.value
            rows.append(
                {
                    "n": int(one),
                    "value": found.value,
                    "bound": found.bound,
                    "gap": found.gap,
                    "proven": found.proven,
                    "greedy": min(found.greedy.value, found.value),
                    "swap": min(found.swap.value, found.value),
                    "covered": covered,
                    "share": covered / instance.population,
                    "candidate_ids": [where.table["id"].iloc[i] for i in found.chosen.tolist()],
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
    asked = Asked.of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        group=group,
        keep=keep,
        time_limit_s=time_limit_s,
    )
    require_share(share)
    where = candidates_of(city, candidates, forbidden=forbidden, mandatory=mandatory)
    with saying(progress, "fewest places") as say:
        found = for_share(asked, where, share, say)
        return told(asked, where, found, "fewest", say)


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
    table = places_of(city, to, some=True)
    found = best_sites(
        city,
        n,
        to=to,
        profile=profile,
        minutes=minutes,
        group=group,
        objective=objective,
        candidates=table,
        keep=False,
        mandatory=mandatory,
        cap_minutes=cap_minutes,
        time_limit_s=time_limit_s,
        progress=progress,
    )
    stay = set(found.sites["candidate_id"])
    placed = table[~schemas.unplaced(table.geometry)]
    ids = placed["id"] if "id" in placed.columns else placed.index.to_series()
    # Places that add nothing stay before they are closed for nothing: as many as are asked for.
    spare = [one for one in ids.tolist() if one not in stay]
    fill = spare[: max(0, n - len(stay))]
    closed = [one for one in spare if one not in set(fill)]
    before = people_within(city, table, profile=profiles.get(profile), minutes=minutes, group=group)
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
    table = places_of(city, to, some=True)
    placed = int((~schemas.unplaced(table.geometry)).sum())
    found = best_sites(
        city,
        placed if n is None else n,
        to=to,
        profile=profile,
        minutes=minutes,
        group=group,
        candidates=candidates,
        keep=False,
        gap=gap,
        time_limit_s=time_limit_s,
        progress=progress,
    )
    now = people_within(city, table, profile=profiles.get(profile), minutes=minutes, group=group)
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
    asked = Asked.of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        group=group,
        time_limit_s=time_limit_s,
    )
    require_number(n)
    where = candidates_of(city, candidates, n=n)
    with saying(progress, "what fairness costs") as say:
        return price_table(asked, where, int(n), by=by, need=need, say=say)
