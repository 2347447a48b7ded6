"""Figures of a comparison as tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.analysis.counting import counts_of, per, sums_by_zone
from quartieri15.analysis.draws import INTERVAL
from quartieri15.analysis.reaching import place_ids
from quartieri15.plain_json import plain_json
from quartieri15.planning.comparing.comparison import Comparison
from quartieri15.planning.comparing.differences import compare_places
from quartieri15.planning.comparing.gains import PERCENTILES, saved_classes, saved_minutes
from quartieri15.planning.comparing.ranking import pareto_front, ranks
from quartieri15.reach.trips import in_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from quartieri15.analysis.reaching import Reaching
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.comparing.gains import Zones
    from quartieri15.planning.comparing.question import Answer, Asked, Opening, Plan

COUNTS: Final = (
    *("population_before", "population_after", "covered_before", "covered_after"),
    *("gained", "lost", "difference", "population_change", "covered_by_population_change"),
)
SHARES: Final = ("share_before", "share_after")
MEDIANS: Final = ("median_minutes_before", "median_minutes_after")
DRAWN: Final = ("low", "high", "probability_of_gain")
SAVED: Final = (
    *("people_quicker", "people_slower", "people_same"),
    *("people_newly_reaching", "people_no_longer_reaching"),
    *("minutes_saved_mean", *(f"minutes_saved_p{part}" for part in PERCENTILES)),
)
PLACE_COUNTS: Final = ("covered", "nearest", "exclusive", "nearest_per_capacity")


def comparison_of(
    city: City,
    plans: Sequence[Plan],
    asked: Asked,
    *,
    answers: Mapping[tuple[str, Opening], Sequence[Answer]],
    place_counts: Mapping[str, Sequence[pd.DataFrame]],
    hours: pd.DataFrame,
    places: gpd.GeoDataFrame,
    drawn: Mapping[str, Any],
) -> Comparison:
    """Put the answers to a question into tables, each with its provenance.

    Parameters
    ----------
    city, plans, asked
        The city before, the scenarios applied, and what was asked.
    answers
        Per traveller and time, one per scenario.
    place_counts
        Per traveller, a table per scenario.
    hours
        The table of hours.
    places
        The places asked about, before.
    drawn
        What was drawn, for the provenance.
    """
    provenance = _provenance(city, plans, asked, drawn)
    rows = [
        (plan, traveller, opening, k, answers[traveller.name, opening][k])
        for k, plan in enumerate(plans)
        for traveller in asked.profiles
        for opening in asked.openings
    ]
    tables = {
        "table": _joined([_zone_rows(row, asked, row[0].zones) for row in rows]),
        "summary": _summary(rows, city, asked),
        "minutes_saved": _joined([_saved_rows(row, city, asked) for row in rows]),
        "addresses": _addresses(rows, city, asked, places),
        "places": _joined(
            [
                table.assign(scenario=plan.given.name, profile=traveller.name)
                for k, plan in enumerate(plans)
                for traveller in asked.profiles
                for table in [place_counts[traveller.name][k]]
            ],
            first=["scenario", "profile", "minutes", "group"],
        ),
        "place_changes": _per_scenario(plans, [plan.place_changes for plan in plans]),
        "street_changes": _per_scenario(plans, [plan.street_changes for plan in plans]),
        "effects": _per_scenario(plans, [plan.effects for plan in plans]),
        "hours": hours,
    }
    for table in tables.values():
        table.attrs["provenance"] = provenance
    return Comparison(**tables, provenance=provenance)


def count_places(
    before: Reaching, afters: Sequence[Reaching], plans: Sequence[Plan], asked: Asked
) -> list[pd.DataFrame]:
    """Count whom each place covers and serves before and after, whatever the hours.

    Returns
    -------
    list of pandas.DataFrame
        Per scenario, one row per threshold, group and place: what became of the place, and the
        people.
    """
    first = _per_place(before, counts_of(before.city, asked.groups), asked.minutes)
    return [
        _place_rows(
            before,
            after,
            first,
            first
            if before.is_same(after) and before.places is after.places
            else _per_place(after, plan.people.counts_after, asked.minutes),
            asked,
        )
        for after, plan in zip(afters, plans, strict=True)
    ]


_PerPlace = dict[str, list["NDArray[np.float64]"]]

Row = tuple["Plan", "TravelProfile", "Opening", int, "Answer"]


def _per_place(
    reaching: Reaching, counts: NDArray[np.float64], minutes: Sequence[float]
) -> _PerPlace:
    """Covered, nearest and exclusive people of each place, per threshold."""
    number = len(reaching.places)
    place, point, times = reaching.within(max(minutes))
    reached, home = reaching.nearest
    there = np.isfinite(reached)
    nearest = sums_by_zone(home[there], counts[there], number)
    found: _PerPlace = {"covered": [], "nearest": [], "exclusive": []}
    for limit in minutes:
        within = in_time(times, limit)
        alone = np.bincount(point[within], minlength=len(counts)) == 1
        only = within & alone[point]
        found["covered"].append(sums_by_zone(place[within], counts[point[within]], number))
        found["exclusive"].append(sums_by_zone(place[only], counts[point[only]], number))
        found["nearest"].append(nearest)
    return found


def _place_rows(
    before: Reaching,
    after: Reaching,
    first: _PerPlace,
    then: _PerPlace,
    asked: Asked,
) -> pd.DataFrame:
    facts = compare_places(before.places, after.places)
    ids = pd.Index(facts["place_id"])
    sides = {
        side: (place_ids(reaching.places).get_indexer(ids), counts)
        for side, reaching, counts in (("before", before, first), ("after", after, then))
    }
    tables = []
    for at, limit in enumerate(asked.minutes):
        for g, group in enumerate(asked.groups):
            columns: dict[str, Any] = {"minutes": limit, "group": group}
            for name in PLACE_COUNTS[:-1]:
                for side, (row, counts) in sides.items():
                    # Behind the last place stands the one that is not there, with nobody.
                    columns[f"{name}_{side}"] = np.append(counts[name][at][:, g], 0.0)[row]
            for side in sides:
                capacity = pd.to_numeric(facts[f"capacity_{side}"]).to_numpy(dtype=float)
                columns[f"{PLACE_COUNTS[-1]}_{side}"] = per(columns[f"nearest_{side}"], capacity)
            tables.append(facts.assign(**columns))
    return _joined(tables)


def _asked_columns(row: Row, limit: float | None = None) -> dict[str, Any]:
    _, traveller, opening, _, _ = row
    threshold = {} if limit is None else {"minutes": limit}
    return {
        "profile": traveller.name,
        **threshold,
        "at": opening.label,
        "unknown_hours": opening.unknown,
    }


def _figures(row: Row, zones: Zones, at: int) -> dict[str, NDArray[np.float64]]:
    """Return the columns of people, shares and draws of some areas, area by area and group."""
    answer = row[-1]
    counts = dict(answer.counts[at][zones.by])
    counts["difference"] = counts["gained"] - counts["lost"]
    columns = {name: counts[name].ravel() for name in COUNTS}
    for side in ("before", "after"):
        columns[f"share_{side}"] = per(columns[f"covered_{side}"], columns[f"population_{side}"])
    columns |= {name: values.ravel() for name, values in answer.medians[zones.by].items()}
    if answer.differences is None:
        columns |= {name: np.full(len(columns["gained"]), np.nan) for name in DRAWN}
    else:
        drawn = answer.differences[at]
        low, high = drawn.interval(zones.by)
        columns |= {
            "low": low.ravel(),
            "high": high.ravel(),
            "probability_of_gain": drawn.probability_of_gain(zones.by).ravel(),
        }
    return columns


def _zone_rows(row: Row, asked: Asked, sets: Sequence[Zones]) -> pd.DataFrame:
    tables = []
    for at, limit in enumerate(asked.minutes):
        for zones in sets:
            groups = len(asked.groups)
            figures = _figures(row, zones, at)
            tables.append(
                pd.DataFrame(
                    {
                        "scenario": row[0].given.name,
                        "by": zones.by,
                        "zone_id": np.repeat(zones.ids, groups),
                        "zone": np.repeat(zones.names, groups),
                        "group": np.tile(np.array(asked.groups, dtype=object), len(zones)),
                        **_asked_columns(row, limit),
                        **{n: figures[n] for n in (*COUNTS, *SHARES, *MEDIANS, *DRAWN)},
                    }
                )
            )
    return _joined(tables)


def _summary(rows: Sequence[Row], city: City, asked: Asked) -> pd.DataFrame:
    tables = []
    for row in rows:
        plan, answer = row[0], row[-1]
        for at, limit in enumerate(asked.minutes):
            for zones in plan.areas:
                saved, _ = answer.saved[zones.by]
                figures = _figures(row, zones, at)
                figures |= {name: saved[name].ravel() for name in SAVED}
                tables.append(
                    pd.DataFrame(
                        {
                            "scenario": plan.given.name,
                            "date": plan.given.date,
                            **_area_columns(zones, city, asked),
                            **_asked_columns(row, limit),
                            **{n: figures[n] for n in (*COUNTS, *SHARES, *MEDIANS, *DRAWN, *SAVED)},
                            "cost_eur": plan.given.cost_eur,
                        }
                    )
                )
    table = _joined(tables).astype({"date": object})
    gained, cost = table["gained"].to_numpy(), table["cost_eur"].to_numpy()
    table["cost_per_newly_covered_eur"] = per(cost, gained)
    rank, best = np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=bool)
    question = ["area_set", "area_id", "group", "profile", "minutes", "at", "unknown_hours"]
    net = table["difference"].to_numpy()
    for where in table.groupby(question, sort=False, dropna=False).indices.values():
        rank[where] = ranks(net[where], cost[where])
        best[where] = pareto_front(net[where], cost[where]).fillna(value=False)
    table["rank"] = rank
    table["on_pareto_front"] = pd.arrays.BooleanArray(best, np.isnan(cost))
    return table


def _area_columns(zones: Zones, city: City, asked: Asked) -> dict[str, Any]:
    whole = zones.by == "city"
    ids, names = ([None], [city.name]) if whole else (zones.ids, zones.names)
    groups = len(asked.groups)
    return {
        "area_set": zones.by,
        "area_id": np.repeat(np.asarray(ids, dtype=object), groups),
        "area": np.repeat(np.asarray(names, dtype=object), groups),
        "group": np.tile(np.array(asked.groups, dtype=object), len(zones)),
    }


def _saved_rows(row: Row, city: City, asked: Asked) -> pd.DataFrame:
    lower, upper = saved_classes()
    tables = []
    for zones in row[0].areas:
        _, classes = row[-1].saved[zones.by]
        table = pd.DataFrame(
            {
                "scenario": row[0].given.name,
                **_area_columns(zones, city, asked),
                **_asked_columns(row),
            }
        )
        table = table.loc[table.index.repeat(len(lower))].reset_index(drop=True)
        table["from_minutes"] = np.tile(lower, len(zones) * len(asked.groups))
        table["to_minutes"] = np.tile(upper, len(zones) * len(asked.groups))
        table["people"] = classes.transpose(0, 2, 1).ravel()
        tables.append(table)
    return _joined(tables)


def _addresses(
    rows: Sequence[Row], city: City, asked: Asked, places: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    tables = []
    for row in rows:
        plan, answer = row[0], row[-1]
        first, then = plan.people.rows
        was, is_now = answer.minutes_before[first], answer.minutes_after[then]
        saved = saved_minutes(plan.people, answer.minutes_before, answer.minutes_after)
        newly = np.isfinite(is_now) & ~np.isfinite(was)
        gone = np.isfinite(was) & ~np.isfinite(is_now)
        ids = place_ids(places), place_ids(plan.places)
        for limit in asked.minutes:
            inside = in_time(was, limit), in_time(is_now, limit)
            change = np.select(
                [
                    inside[1] & ~inside[0],
                    inside[0] & ~inside[1],
                    newly | (saved > 0),
                    gone | (saved < 0),
                ],
                ["newly_covered", "no_longer_covered", "quicker", "slower"],
                "",
            )
            at = np.flatnonzero(change != "")
            points = city.residents.iloc[first[at]]
            tables.append(
                gpd.GeoDataFrame(
                    {
                        "scenario": row[0].given.name,
                        **_asked_columns(row, limit),
                        "id": points["id"].to_numpy(),
                        "change": change[at].astype(object),
                        "minutes_before": _or_missing(was[at]),
                        "minutes_after": _or_missing(is_now[at]),
                        "minutes_saved": saved[at],
                        "place_before": _named(ids[0], answer.place_before[first[at]]),
                        "place_after": _named(ids[1], answer.place_after[then[at]]),
                        **{
                            group: plan.people.stayed[at, g] for g, group in enumerate(asked.groups)
                        },
                    },
                    geometry=points.geometry.to_numpy(),
                    crs=city.crs,
                )
            )
    return gpd.GeoDataFrame(_joined(tables), geometry="geometry", crs=city.crs)


def _or_missing(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(minutes), minutes, np.nan)


def _named(ids: pd.Index[Any], rows: NDArray[np.intp]) -> NDArray[np.object_]:
    found = np.empty(len(ids) + 1, dtype=object)
    found[:-1] = ids
    named: NDArray[np.object_] = found[rows]
    return named


def _per_scenario(plans: Sequence[Plan], tables: Sequence[pd.DataFrame | None]) -> pd.DataFrame:
    told = [
        table.drop(columns="scenario", errors="ignore").assign(scenario=plan.given.name)
        for plan, table in zip(plans, tables, strict=True)
        if table is not None
    ]
    return _joined(told, first=["scenario"])


def _joined(tables: Sequence[pd.DataFrame], first: Sequence[str] = ()) -> pd.DataFrame:
    """Put tables below each other; empty ones only where all are."""
    kept = [table for table in tables if len(table)] or list(tables[:1])
    if not kept:
        return pd.DataFrame(columns=list(first))
    joined = kept[0] if len(kept) == 1 else pd.concat(kept, ignore_index=True)
    columns = [*first, *(name for name in joined.columns if name not in first)]
    return joined[columns].reset_index(drop=True)


def _provenance(
    city: City, plans: Sequence[Plan], asked: Asked, drawn: Mapping[str, Any]
) -> dict[str, Any]:
    told: dict[str, Any] = plain_json(
        {
            "city": city.name,
            "scenarios": [plan.given.name for plan in plans],
            "dates": {plan.given.name: plan.given.date for plan in plans},
            "cost_eur": {plan.given.name: plan.given.cost_eur for plan in plans},
            "places": asked.to if isinstance(asked.to, str) else f"{len(asked.to)} places",
            "profiles": {
                one.name: {
                    "speed_kmh": one.speed_kmh,
                    "source": one.source,
                    "label_it": one.label_it,
                    "label_en": one.label_en,
                }
                for one in asked.profiles
            },
            "minutes": list(asked.minutes),
            "by": list(asked.by),
            "groups": list(asked.groups),
            "at": list(dict.fromkeys(opening.label for opening in asked.openings)),
            "draws": asked.draws if asked.uncertain else 0,
            "seed": asked.seed,
            "uncertain": list(asked.uncertain),
            "interval": list(INTERVAL),
            "drawn": dict(drawn),
            "vintages": dict(city.provenance.get("vintages", {})),
            "licence_line": city.provenance.get("licence_line", "not stated"),
        }
    )
    return told
