"""The scenarios of a site: where each is about, and what it changes for whom."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.plain_json import plain_json
from quartieri15.planning.comparing.compare import compare
from quartieri15.planning.comparing.comparison import Comparison
from quartieri15.publish.comparison import published_comparison
from quartieri15.publish.site.memory import hand_back_memory
from quartieri15.reach.graph import forget_others

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import geopandas as gpd
    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.planning.scenario import Scenario
    from quartieri15.publish.site.material import Material

KINDS_OF_TRAVEL: Final = ("walk_75", "step_free", "bike_adult")
"""Who travels on the page of a scenario, where the site has them: the first view, and those who ask
for other streets. Other paces on foot gain and lose by the same edits."""

DRAWS: Final = 200

LEAST_CHANGE: Final = 0.5
"""So many people more or fewer are a change, and no end of a sum."""

CHANGES: Final = ("gained", "lost", "people_quicker", "people_slower")
"""What may become of people who stay where they live."""


@dataclass(frozen=True, eq=False)
class Edited:
    """A scenario, and what it edits in the city, without the city after every edit.

    Parameters
    ----------
    scenario
        The scenario.
    preview
        What it edits, see :attr:`~quartieri15.planning.applied.Applied.preview`.
    """

    scenario: Scenario
    preview: gpd.GeoDataFrame


def edited(material: Material) -> Mapping[str, Edited]:
    """Return what each scenario edits in the city, by its name."""
    return _edited(material.city, material.scenarios)


@functools.lru_cache(maxsize=1)
def _edited(city: City, scenarios: tuple[Scenario, ...]) -> Mapping[str, Edited]:
    return {one.name: Edited(one, one.resolve(city).preview) for one in scenarios}


@functools.lru_cache(maxsize=1)
def compared(material: Material) -> Mapping[str, Comparison]:
    """Return what each scenario changes, exactly, by its name.

    Intervals are drawn where somebody gains or loses; where nobody does there is none to draw.
    """
    if not material.scenarios:
        return {}
    zones = [name for name in ("nil", "municipi") if name in material.city.zones] or ["city"]

    def asked(plans: Mapping[str, SimpleNamespace], draws: int) -> Comparison:
        return compare(
            material.city,
            [*plans.values()],
            to=material.places,
            profile=[who for who in material.travellers if who.name in travellers(material)],
            minutes=material.minutes,
            by=zones,
            groups=(
                *material.groups,
                *_changing(material, [plan.apply(material.city) for plan in plans.values()]),
            ),
            areas="target_areas" if "target_areas" in material.city.zones else None,
            draws=draws,
            progress=material.progress,
        )

    plans = {one.name: _done(one, material.city) for one in material.scenarios}
    plain = asked(plans, 0)
    moved = set(plain.summary.loc[(plain.summary[["gained", "lost"]] > 0).any(axis=1), "scenario"])
    # The streets of each traveller after the other plans go before anything is drawn.
    plans = {name: plan for name, plan in plans.items() if name in moved}
    hand_back_memory()
    sure = asked(plans, DRAWS) if plans else plain
    forget_others(material.city.streets, material.travellers)
    each = {
        one.name: narrowed(sure if one.name in plans else plain, scenario=one.name)
        for one in material.scenarios
    }
    return {name: _of_own_groups(material, one) for name, one in each.items()}


def _changing(material: Material, after: Iterable[City]) -> list[str]:
    """Return the groups that pages do not count, and of whom a scenario has more or fewer."""
    before = material.city.residents
    return [
        group
        for group in material.city.groups
        if group not in material.groups
        and any(
            abs(city.residents[group].sum() - before[group].sum()) > LEAST_CHANGE
            for city in after
            if city.residents is not before
        )
    ]


def _of_own_groups(material: Material, comparison: Comparison) -> Comparison:
    """Leave out the groups that pages do not count, but for those that this scenario changes."""
    rows = comparison.summary
    changed = rows.loc[rows["population_change"].abs() > LEAST_CHANGE, "group"]
    return narrowed(comparison, group={*material.groups, *changed})


def _done(scenario: Scenario, city: City) -> SimpleNamespace:
    """Apply a scenario, and return it as a comparison takes it: without the city of every edit."""
    done = scenario.resolve(city)
    after, effects = done.city, done.effects
    return SimpleNamespace(
        name=scenario.name,
        date=scenario.date,
        cost_eur=scenario.cost_eur,
        apply=lambda _: after,
        effects=lambda _: effects,
    )


@functools.lru_cache(maxsize=1)
def published(material: Material) -> Mapping[str, Comparison]:
    """Return what each scenario changes as it may leave the house, by its name."""
    return {
        name: published_comparison(one, smallest_count=material.smallest_count)
        for name, one in compared(material).items()
    }


def travellers(material: Material) -> list[str]:
    """Return who travels on the pages of scenarios, first the traveller of the first view."""
    known = [who.name for who in material.travellers]
    return [name for name in known if name in KINDS_OF_TRAVEL] or known[:1]


def first_to_move(material: Material, exact: Comparison) -> str:
    """Return the first traveller for whom a scenario changes anything, else the first of all.

    Of the people of the first group in the whole city.
    """
    rows = exact.summary
    rows = rows[(rows["area_set"] == "city") & (rows["group"] == material.groups[0])]
    moved = rows[[*CHANGES]].fillna(0).sum(axis=1) > 0
    moving = set(rows.loc[moved, "profile"])
    known = travellers(material)
    return next((who for who in known if who in moving), known[0])


def gist(material: Material, name: str) -> dict[str, Any]:
    """Return for whom a scenario changes what in the whole city, of the first group.

    Returns
    -------
    dict
        ``who``: the first traveller for whom anything changes; and as :func:`in_few_words`
        and :func:`who_comes`.
    """
    who = first_to_move(material, compared(material)[name])
    rows = narrowed(published(material)[name], profile=who).summary
    own = rows[(rows["area_set"] == "city") & (rows["group"] == material.groups[0])]
    return {"who": who, **in_few_words(own.iloc[0]), **who_comes(rows)}


def who_comes(rows: pd.DataFrame) -> dict[str, Any]:
    """Return of which group most residents more or fewer live in the city.

    Returns
    -------
    dict
        ``come``: the ``group`` and the ``change``, a whole number; empty where none changes.
    """
    changes = rows[rows["area_set"] == "city"].set_index("group")["population_change"].dropna()
    changes = changes[changes != 0]
    if changes.empty:
        return {}
    group = str(changes.abs().idxmax())
    return {"come": {"group": group, "change": round(changes[group])}}


def in_few_words(row: pd.Series[Any]) -> dict[str, Any]:
    """Return what a row of a published summary says in a line.

    Returns
    -------
    dict
        ``gained``, ``lost``, ``people_quicker``, ``people_slower``: whole numbers, None where one
        is not told. ``saved``: the minutes that half of those who get there sooner save at most,
        and those that a tenth saves at least, to the half; None where others get there later.
    """
    sooner = row["people_quicker"] > 0 and row["people_slower"] == 0
    saved = np.rint(row[["minutes_saved_p50", "minutes_saved_p90"]].to_numpy(float) * 2) / 2
    return {
        **{column: plain_json(row[column]) for column in CHANGES},
        "saved": plain_json(saved) if sooner else None,
    }


def narrowed(comparison: Comparison, **asked: str | Collection[str]) -> Comparison:
    """Return of a comparison what is about one ``scenario`` or ``profile``, or several groups."""

    def kept(table: pd.DataFrame) -> pd.DataFrame:
        # What is said of a table is copied at every step; a comparison says it of all its tables.
        table = table.copy(deep=False)
        table.attrs = {}
        for name, value in asked.items():
            if name in table.columns:
                table = table[table[name].isin([value] if isinstance(value, str) else value)]
        return table

    told = dict(comparison.provenance)
    if "scenario" in asked:
        told["scenarios"] = [asked["scenario"]]
    if "profile" in asked:
        told["profiles"] = {
            name: one for name, one in told["profiles"].items() if name == asked["profile"]
        }
    if "group" in asked:
        told["groups"] = [group for group in told["groups"] if group in asked["group"]]
    tables = {
        field.name: kept(getattr(comparison, field.name))
        for field in fields(Comparison)
        if field.name != "provenance"
    }
    return Comparison(**tables, provenance=told)


@functools.lru_cache(maxsize=16)
def zones_of_edits(city: City, plan: Edited) -> gpd.GeoDataFrame:
    """Return the zones, NIL where the city has them, in which a scenario edits places or streets.

    None of them has a row where only people change.
    """
    shapes = plan.preview.geometry
    shapes = shapes[shapes.notna() & ~shapes.is_empty]
    # The middle of a street: along a border it touches two zones.
    middles = [
        shapely.line_interpolate_point(shape, 0.5, normalized=True)
        if shape.geom_type == "LineString"
        else shape
        for shape in shapes
        if shape.geom_type in ("LineString", "Point")
    ]
    zones = city.zones_named("nil" if "nil" in city.zones else next(iter(city.zones)))
    points = np.array(middles, dtype=object)
    found = shapely.STRtree(zones.geometry.to_numpy()).query(points, "within")[1]
    return zones.iloc[np.unique(found)]


def area_of(city: City, plan: Edited) -> shapely.Geometry | None:
    """Return the polygon that a scenario is about: the zones of its edits.

    None where it edits no place and no street: a map would show the same before and after.
    """
    zones = zones_of_edits(city, plan)
    return shapely.union_all(zones.geometry.to_numpy()) if len(zones) else None
