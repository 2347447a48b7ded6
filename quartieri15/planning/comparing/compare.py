"""Before and after: what scenarios change for whom, how surely, and at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from quartieri15.analysis import draws as drawing
from quartieri15.analysis.reaching import Reaching
from quartieri15.arguments import (
    shown,
)
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.city import City, places_there
from quartieri15.model.hours import open_at
from quartieri15.planning.comparing.asking import question_of, scenarios_given
from quartieri15.planning.comparing.differences import (
    compare_places,
    compare_streets,
    street_metres,
)
from quartieri15.planning.comparing.gains import (
    People,
    Zones,
    count_by_zone,
    medians,
    saved_by_area,
)
from quartieri15.planning.comparing.paired import Alternative, DrawnReaching, paired_differences
from quartieri15.planning.comparing.question import Answer, Asked, Given, Opening, Plan
from quartieri15.planning.comparing.tabulating import comparison_of, count_places
from quartieri15.progress import saying

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Hashable, Iterable, Sequence

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from quartieri15.analysis.paces import PaceDistribution
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.progress import Say


def compare(
    city: City,
    scenarios: Any,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile | Iterable[str | TravelProfile],
    minutes: float | Iterable[float] = 15,
    by: str | Iterable[str] = "nil",
    groups: str | Iterable[str] | None = None,
    at: str | dt.datetime | Iterable[str | dt.datetime] | None = None,
    areas: str | gpd.GeoDataFrame | None = None,
    draws: int = 200,
    seed: int = 0,
    uncertain: str | Iterable[str] = drawing.PARTS,
    paces: str | PaceDistribution | None = None,
    progress: Say | None = None,
) -> Comparison:
    """Tell what scenarios change: who gains, who loses, how surely, and at what cost.

    People are compared at their address: who gains is there in time after and was not before, and
    nobody's gain hides another's loss in the same zone.

    Parameters
    ----------
    city
        The city before. It is not changed.
    scenarios
        A scenario or several: anything with a ``name`` and ``apply(city)`` that returns the city
        after; where it has them, ``date``, ``cost_eur`` and ``effects(city)`` are told too. Or a
        mapping of names to scenarios or to cities that are edited already.
    to
        The places to reach: the name of a set (``"houses"``, ``"wemi"``, ...), looked up before
        and after, or a table of points, which are the same in all scenarios.
    profile
        Who travels, one or several.
    minutes
        The threshold, one or several, in minutes; above 0 and at most a day.
    by
        The zones of the table, one set or several: ``"city"``, ``"nil"``, ``"municipi"``, ...
    groups
        The groups to count; all that the city knows when left out.
    at
        A time at which the places must be open, one or several: a weekday and a time such as
        ``"Sat 16:00"``, or a datetime. Places whose hours are not known are counted once as closed
        and once as open. Left out, hours do not matter.
    areas
        Areas of the summary beside the whole city: the name of a set of zones, or a table of
        polygons with ``id`` and ``name``.
    draws
        How many draws the intervals are made of; 0 for none. Of fewer than 20 the sentences tell
        no interval.
    seed
        The seed of the draws: the same seed gives the same bytes.
    uncertain
        What is drawn, some of ``"positions"``, ``"pace"``, ``"residents"``. What the city does not
        tell the error of is not drawn, and the provenance says so.
    paces
        The distribution of paces that ``"pace"`` is drawn from, for people on foot: a key of
        :data:`~quartieri15.analysis.paces.PACES` or a distribution. Left out, the pace of each
        profile, give or take a tenth (standard deviation): an assumption of this project.
    progress
        Called with a few words at the start of every step; left out, a moving line is shown where
        somebody is looking.

    Returns
    -------
    Comparison
        Tables and sentences; see there for the columns.

    Raises
    ------
    ParameterError
        If there is no scenario, something is none, two have one name, a cost is negative or no
        number, a date is no date, or a number or a time makes no sense.
    UnknownNameError
        If the places, a profile, zones, a group, the paces or what is uncertain are not known.
    InputError
        If a scenario returns no city, one in another CRS or with other zones or groups, if places
        are given as a table and a scenario changes places, if opening hours cannot be read, or if
        the city has no residents. What applying a scenario raises is passed on.

    Notes
    -----
    Before and after share every draw, so the interval is that of the gain, not of two figures; see
    ``docs/comparing.md`` for what is drawn, how, and what is not in the interval.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> without_zante = milano.with_(places=milano.places[milano.places["id"] != "CSRC-10"])
    >>> found = compare(
    ...     milano, {"Zante closed": without_zante}, profile="walk_75", groups="over65", draws=0
    ... )
    >>> row = found.summary.iloc[0]
    >>> bool(row["gained"] == 0), bool(row["lost"] > 1000), bool(row["difference"] == -row["lost"])
    (True, True, True)
    """
    asked = question_of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        by=by,
        groups=groups,
        at=at,
        areas=areas,
        draws=draws,
        seed=seed,
        uncertain=uncertain,
        paces=paces,
    )
    given = scenarios_given(scenarios)
    with saying(progress, city.name) as say:
        return _compare(city, given, asked, say)


def _compare(city: City, given: Sequence[Given], asked: Asked, say: Say) -> Comparison:
    plans = _plans(city, given, asked, say)
    places = _places_of(city, asked.to)
    moved = _Moved.of(city, places, plans, asked)
    residents = (
        drawing.ResidentsDraws.of(city, asked.groups, number=asked.draws, seed=asked.seed)
        if asked.draws and "residents" in asked.uncertain
        else None
    )
    answers: dict[tuple[str, Opening], list[Answer]] = {}
    counted: dict[str, list[pd.DataFrame]] = {}
    paces: dict[str, drawing.PaceDraws] = {}
    for traveller in asked.profiles:
        paces[traveller.name] = drawing.drawn_paces(
            traveller,
            asked.paces,
            number=asked.draws,
            seed=asked.seed,
            is_drawn="pace" in asked.uncertain,
        )
        whenever = _sides(city, places, plans, [None] * (1 + len(plans)), traveller)
        done: dict[tuple[bytes, ...], list[Answer]] = {}
        for opening in asked.openings:
            masks = [_is_open(table, opening) for table in (places, *(p.places for p in plans))]
            key = tuple(b"" if mask is None else mask.tobytes() for mask in masks)
            if key not in done:
                say(f"{traveller.name}: {opening.said}")
                sides = (
                    whenever
                    if opening.moment is None
                    else _sides(city, places, plans, masks, traveller, like=whenever[0])
                )
                differences = _draw(
                    sides,
                    plans,
                    asked,
                    traveller=traveller,
                    masks=masks,
                    moved=moved,
                    residents=residents,
                    pace=paces[traveller.name],
                )
                done[key] = [
                    _answer(sides[0], side, plan, asked, drawn)
                    for side, plan, drawn in zip(sides[1:], plans, differences, strict=True)
                ]
            answers[traveller.name, opening] = done[key]
        say(f"{traveller.name}: place by place")
        counted[traveller.name] = count_places(whenever[0], whenever[1:], plans, asked)
    return comparison_of(
        city,
        plans,
        asked,
        places=places,
        answers=answers,
        place_counts=counted,
        hours=_hours(places, plans, asked),
        drawn={
            "positions": sorted(map(str, moved.before)),
            "pace": {name: _told_paces(one) for name, one in paces.items()},
            "residents": drawing.misplaced_shares(city, asked.groups) if residents else None,
        },
    )


class _Moved(NamedTuple):
    """Drawn positions of the places before, and after each scenario."""

    before: dict[Hashable, NDArray[np.float64]]
    after: list[dict[Hashable, NDArray[np.float64]]]

    @classmethod
    def of(
        cls, city: City, places: gpd.GeoDataFrame, plans: Sequence[Plan], asked: Asked
    ) -> _Moved:
        if not asked.draws or "positions" not in asked.uncertain:
            return cls({}, [{} for _ in plans])
        told = drawing.positions_of(places)
        drawn = drawing.drawn_positions(told, city.streets, number=asked.draws, seed=asked.seed)
        after = [
            drawing.positions_after(
                told,
                drawing.positions_of(plan.places),
                drawn,
                plan.after.streets,
                number=asked.draws,
                seed=asked.seed,
            )
            for plan in plans
        ]
        return cls(drawn, after)


def _sides(
    city: City,
    places: gpd.GeoDataFrame,
    plans: Sequence[Plan],
    masks: Sequence[NDArray[np.bool_] | None],
    traveller: TravelProfile,
    *,
    like: Reaching | None = None,
) -> list[Reaching]:
    """Return everybody's way before, and after each scenario."""
    before = Reaching.of(city, places, profile=traveller, is_open=masks[0], like=like)
    return [
        before,
        *(
            Reaching.of(plan.after, plan.places, profile=traveller, is_open=mask, like=before)
            for plan, mask in zip(plans, masks[1:], strict=True)
        ),
    ]


def _draw(
    sides: Sequence[Reaching],
    plans: Sequence[Plan],
    asked: Asked,
    *,
    traveller: TravelProfile,
    masks: Sequence[NDArray[np.bool_] | None],
    moved: _Moved,
    residents: drawing.ResidentsDraws | None,
    pace: drawing.PaceDraws,
) -> list[list[Any] | None]:
    """Draw the differences of every scenario, per threshold; None without draws."""
    if not asked.draws or not asked.uncertain:
        return [None] * len(plans)

    def at_paces(side: Reaching, mask: NDArray[np.bool_] | None) -> list[Reaching]:
        return [
            side
            if speed == traveller.speed_kmh
            else Reaching.of(
                side.city,
                side.places,
                profile=traveller.with_(speed_kmh=speed, name=f"{traveller.name} at {speed:g}"),
                is_open=mask,
                like=side,
            )
            for speed in pace.speeds_kmh
        ]

    before, *after = (
        DrawnReaching(at_paces(side, mask), positions, pace)
        for side, mask, positions in zip(sides, masks, (moved.before, *moved.after), strict=True)
    )
    found: list[list[Any] | None] = list(
        paired_differences(
            before,
            [
                Alternative(way, plan.people, (*plan.zones, *plan.areas))
                for way, plan in zip(after, plans, strict=True)
            ],
            minutes=asked.minutes,
            residents=residents,
            number=asked.draws,
        )
    )
    return found


def _answer(
    before: Reaching, after: Reaching, plan: Plan, asked: Asked, differences: list[Any] | None
) -> Answer:
    """Count who gains and loses, and the minutes saved."""
    was, place_before = before.nearest
    # The same ways take the same time to the last bit, and are not searched twice.
    is_now, place_after = (was, place_before) if before.is_same(after) else after.nearest
    return Answer(
        minutes_before=was,
        minutes_after=is_now,
        place_before=place_before,
        place_after=place_after,
        counts=[
            {
                zones.by: count_by_zone(plan.people, zones, was, is_now, minutes=limit)
                for zones in (*plan.zones, *plan.areas)
            }
            for limit in asked.minutes
        ],
        medians={
            zones.by: medians(plan.people, zones, was, is_now)
            for zones in (*plan.zones, *plan.areas)
        },
        saved={zones.by: saved_by_area(plan.people, zones, was, is_now) for zones in plan.areas},
        differences=differences,
    )


def _plans(city: City, given: Sequence[Given], asked: Asked, say: Say) -> list[Plan]:
    """Apply every scenario, and see that it can be compared."""
    before_m = street_metres(city.streets)
    plans = []
    for one in given:
        say(f"applying {one.name}")
        after = one.apply(city)
        where = f"scenario {one.name!r}"
        if not isinstance(after, City):
            raise InputError(
                f"it makes {shown(after)} of the city",
                where=where,
                mend="let apply(city) return a City",
            )
        if after.crs != city.crs:
            raise InputError(
                f"its city is in {after.crs.name}, and the one before in {city.crs.name}",
                where=where,
                mend="make both in one CRS",
            )
        lost = [group for group in asked.groups if group not in after.groups]
        if lost:
            raise InputError(
                f"its residents have no column {', '.join(lost)}",
                where=where,
                mend="keep all groups that are compared",
            )
        same_streets = after.streets is city.streets
        changes = compare_places(city.places, after.places)
        changes = changes[changes["change"] != "unchanged"].reset_index(drop=True)
        if not isinstance(asked.to, str) and len(changes):
            raise InputError(
                f"it changes place {changes['place_id'].iloc[0]!r}, and the places to reach are a "
                "table that no scenario changes",
                where=where,
                mend="name the set of places, such as to='houses'",
            )
        areas = (
            Zones.named(city, after, asked.areas, scenario=one.name)
            if isinstance(asked.areas, str)
            else None
            if asked.areas is None
            else Zones.drawn(city, after, asked.areas)
        )
        plans.append(
            Plan(
                given=one,
                after=after,
                places=_places_of(after, asked.to),
                people=People(city, after, asked.groups),
                zones=tuple(Zones.named(city, after, by, scenario=one.name) for by in asked.by),
                areas=(
                    Zones.named(city, after, "city", scenario=one.name),
                    *(() if areas is None else (areas,)),
                ),
                place_changes=changes,
                street_changes=compare_streets(
                    before_m, before_m if same_streets else street_metres(after.streets)
                ),
                effects=_effects(one, city),
            )
        )
    known = dict.fromkeys(
        name for side in (city, *(p.after for p in plans)) for name in side.place_sets
    )
    if isinstance(asked.to, str) and asked.to not in known:
        raise UnknownNameError.among(asked.to, known, kind="set of places", argument="to")
    if isinstance(asked.to, str) and all(_places_of(p.after, asked.to).empty for p in plans):
        # Nor before: nobody reaches a place, whatever is planned.
        places_there(city, asked.to, where="to")
    return plans


def _effects(given: Given, city: City) -> pd.DataFrame | None:
    if given.effects is None:
        return None
    told = given.effects(city)
    if not isinstance(told, pd.DataFrame):
        raise InputError(
            f"its effects are {shown(told)}",
            where=f"scenario {given.name!r}",
            mend="let effects(city) return a table of one row per edit",
        )
    return told


def _places_of(city: City, to: str | gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places to reach; none where an edit closed the last of them."""
    if not isinstance(to, str):
        return to
    return city.places_named(to) if to in city.place_sets else city.places.iloc[:0]


def _is_open(places: gpd.GeoDataFrame, opening: Opening) -> NDArray[np.bool_] | None:
    if opening.moment is None:
        return None
    known = open_at(places, opening.moment)
    return known.fillna(value=opening.unknown == "open").to_numpy(dtype=bool)


def _hours(places: gpd.GeoDataFrame, plans: Sequence[Plan], asked: Asked) -> pd.DataFrame:
    """Count the places that are open, closed and of unknown hours, before and after."""

    def counts(table: gpd.GeoDataFrame, opening: Opening, side: str) -> dict[str, int]:
        known = open_at(table, opening.moment) if opening.moment is not None else None
        if known is None:
            return {}
        return {
            f"known_open_{side}": int((known == True).sum()),  # noqa: E712 - it may be missing too
            f"known_closed_{side}": int((known == False).sum()),  # noqa: E712 - it may be missing too
            f"unknown_{side}": int(known.isna().sum()),
        }

    columns = ["known_open", "known_closed", "unknown"]
    rows = [
        {
            "scenario": plan.given.name,
            "at": opening.label,
            **counts(places, opening, "before"),
            **counts(plan.places, opening, "after"),
        }
        for plan in plans
        for opening in asked.openings
        if opening.unknown == "closed"
    ]
    return pd.DataFrame(
        rows,
        columns=["scenario", "at", *(f"{c}_{s}" for s in ("before", "after") for c in columns)],
    )


def _told_paces(paces: drawing.PaceDraws) -> dict[str, Any] | None:
    if paces.distribution is None:
        return None
    return {
        "distribution": paces.distribution.name,
        "source": paces.distribution.source,
        "searches": len(paces.speeds_kmh),
    }
