"""What a comparison puts on maps: who gains and loses where, what is edited, zone by zone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from quartieri15.publish import words
from quartieri15.publish.cells import people_cells
from quartieri15.publish.page import quoted
from quartieri15.publish.plan_layers import (
    change_layer,
    difference_layer,
    edit_layers,
    ground_layers,
    minutes_layer,
)
from quartieri15.publish.popups import popup
from quartieri15.publish.texts import capital, count_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from quartieri15.model.city import City
    from quartieri15.publish.comparing.view import View
    from quartieri15.publish.drawing import MapLayer
    from quartieri15.publish.texts import Texts

CROSSING = ("newly_covered", "no_longer_covered")
"""What becomes of people who cross the threshold."""


def map_layers(
    city: City,
    view: View,
    addresses: gpd.GeoDataFrame,
    previews: Mapping[str, gpd.GeoDataFrame],
    *,
    smallest_count: float,
    date: dt.date,
) -> tuple[list[MapLayer], list[Any]]:
    """Return the layers of the map, and the shapes that its first view is about.

    Parameters
    ----------
    city
        The city before.
    view
        What the page is about.
    addresses
        The addresses at which something changes.
    previews
        By scenario, what it edits.
    smallest_count
        Hexagons of fewer people are not drawn.
    date
        The date of the page.
    """
    themes: list[MapLayer] = []
    parts: list[MapLayer] = []
    changed: list[Any] = []
    edited: list[Any] = []
    for number, scenario in enumerate(view.scenarios):
        layer = f"change{number}"
        edits: list[MapLayer] = []
        signs: list[Any] = []
        if scenario in previews:
            edits, signs = edit_layers(previews[scenario], layer=layer)
            drawn = previews[scenario].geometry
            edited += list(drawn[drawn.notna() & ~drawn.is_empty])
        rows = view.rows(addresses, scenario=scenario)
        changes = change_layer(
            rows,
            view.group,
            layer=layer,
            text=_theme_text("theme_change", view, scenario),
            smallest_count=smallest_count,
            edits=signs,
        )
        saved = minutes_layer(
            rows,
            view.group,
            layer=f"minutes{number}",
            text=_theme_text("theme_minutes", view, scenario),
            smallest_count=smallest_count,
        )
        # Where nobody crosses the threshold, the map is of who gets there sooner.
        crossed = bool(changes.features["features"])
        if crossed or saved is None or number == 0:
            themes.append(changes)
            parts += edits
        if saved is not None and (number == 0 or not crossed):
            saved = dataclasses.replace(saved, signs=[*saved.signs, *signs])
            themes.insert(len(themes) if crossed or number else 0, saved)
            parts += _copied(edits, saved.id)
        moved = rows[rows["change"].isin(CROSSING)] if crossed else rows
        changed += list(moved.geometry[moved[view.group] > 0])
    if view.by in city.zones:
        themes.append(_zones(city, view))
    (area, streets, *under), places = ground_layers(
        city,
        to=str(view.told.provenance["places"]),
        minutes=float(view.asked["minutes"]),
        date=date,
    )
    # What is edited may be the whole city, where few people are any nearer.
    return [area, streets, *themes, *under, *places, *parts], changed or edited


def file_layers(
    view: View,
    addresses: gpd.GeoDataFrame,
    previews: Mapping[str, gpd.GeoDataFrame],
    *,
    smallest_count: float,
) -> dict[str, gpd.GeoDataFrame]:
    """Return hexagons and edits as layers of a file, as a program of maps takes them."""
    rows = view.rows(addresses)
    cells = [
        people_cells(part, part[view.group], smallest_count=smallest_count).assign(
            scenario=scenario, change=change, group=view.group
        )
        for (scenario, change), part in rows.groupby(["scenario", "change"], sort=False)
        if change in CROSSING
    ]
    edits = [
        table[table["table"].astype(str) != "residents"].assign(scenario=scenario)
        for scenario, table in previews.items()
    ]
    layers = {"changes": _stacked(cells), "edits": _stacked(edits)}
    edited = layers["edits"]
    if edited is not None:
        texts = [
            name
            for name in edited.columns
            if edited[name].dtype == object and name != edited.geometry.name
        ]
        layers["edits"] = edited.assign(**{name: edited[name].astype(str) for name in texts})
    return {name: layer for name, layer in layers.items() if layer is not None}


def _stacked(tables: Iterable[gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    """Put tables under each other, without what each says of itself; None where all are empty."""
    kept = [table.copy(deep=False) for table in tables if len(table)]
    for table in kept:
        table.attrs = {}
    return gpd.GeoDataFrame(pd.concat(kept, ignore_index=True)) if kept else None


def _copied(layers: Sequence[MapLayer], theme: str) -> list[MapLayer]:
    """Return parts of one theme as parts of another."""
    return [
        dataclasses.replace(layer, id=f"{theme}-{layer.id.partition('-')[2]}") for layer in layers
    ]


def _zones(city: City, view: View) -> MapLayer:
    rows = view.rows(view.told.table, by=view.by, scenario=view.best)
    own = rows[rows["group"] == view.group].set_index("zone_id")
    groups = list(dict.fromkeys([view.group, "residents"]))
    popups = {}
    for zone, part in rows.groupby("zone_id", sort=False):
        by_group = {row["group"]: row for row in part.to_dict("records")}
        kept = [name for name in groups if name in by_group]
        popups[zone] = popup(
            quoted(words.zone_text(part["zone"].iloc[0])),
            counts={
                "columns": [capital(words.in_all_languages(name)) for name in kept],
                "rows": [
                    (
                        words.in_all_languages(f"column_{column}"),
                        [count_text(by_group[name][column]) for name in kept],
                    )
                    for column in ("covered_before", "covered_after", "gained", "lost")
                ],
            },
        )
    return difference_layer(
        city.zones_named(view.by),
        own["difference"].to_dict(),
        popups,
        empty=set(own.index[own["population_after"] == 0]),
        text=_theme_text("theme_zones", view, view.best),
    )


def _theme_text(key: str, view: View, scenario: str) -> Texts:
    return view.of_scenario(words.in_all_languages(key, **view.blanks), scenario)
