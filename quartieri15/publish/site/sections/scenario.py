"""What a scenario changes: edits, who gains and who loses, where, how surely, what is unknown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.plain_json import plain_json
from quartieri15.planning.comparing import statements
from quartieri15.planning.scenario import OURS
from quartieri15.publish import words
from quartieri15.publish.cells import SIDE_M
from quartieri15.publish.comparing.figures import figures
from quartieri15.publish.comparing.sentences import sentences
from quartieri15.publish.comparing.view import View
from quartieri15.publish.comparison import assumptions_of
from quartieri15.publish.legends import MINUTES_LIMITS
from quartieri15.publish.not_known import not_known
from quartieri15.publish.plan_layers import SAVED_LIMITS
from quartieri15.publish.sheet import Figure
from quartieri15.publish.site import scenarios
from quartieri15.publish.site.edits_drawn import edit_list, lines_of_edits
from quartieri15.publish.site.hexagons import crossing, hexagons_of, limits_of, minutes_after
from quartieri15.publish.site.packing import pack
from quartieri15.publish.texts import count_text, in_own_words, signed_text

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page
    from quartieri15.publish.site.scenarios import Edited
    from quartieri15.publish.texts import Texts

AROUND_M: Final = 1500.0
"""So far beyond the area of the page people are drawn too: their houses may be inside."""

MOST_ZONES: Final = 12

COUNTS: Final = (
    *("covered_before", "covered_after", "gained", "lost", "low", "high"),
    *("people_quicker", "people_slower", "population_change"),
    *("population_before", "population_after", "uncovered_before", "uncovered_after"),
)
"""What a row of a table tells of some people, in whole numbers; null where it is not told."""


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return what the page of a scenario is made from."""
    name = str(page.scenario)
    edited = scenarios.edited(material)[name]
    told, exact = scenarios.published(material)[name], scenarios.compared(material)[name]
    plan, zones = edited.scenario, scenarios.zones_of_edits(material.city, edited)
    return {
        "name": name,
        "description": plan.description and in_own_words(plan.description),
        "date": plain_json(plan.date),
        "cost_eur": plan.cost_eur,
        "assumptions": [
            {
                "text": None if row["about"] else in_own_words(row["text"]),
                "source": None if row["source"] == OURS else in_own_words(row["source"]),
            }
            # Scenarios put together may say the same twice.
            for row in assumptions_of({name: plan}).drop_duplicates().to_dict("records")
        ],
        "unknown": not_known(material.city, to=material.places),
        "areas": [
            {"name": name, "bounds": _whole(shape.bounds)}
            for name, shape in zip(_names(material, zones), zones.geometry, strict=True)
        ],
        "group": words.in_all_languages(material.groups[0]),
        "who": scenarios.first_to_move(material, exact),
        "answers": {
            who: _answer(material, told, exact, who) for who in scenarios.travellers(material)
        },
        "least": round(limits_of(material)[0]),
        **(_on_the_map(material, page, edited, told, exact) if page.area is not None else {}),
    }


def _on_the_map(
    material: Material, page: Page, edited: Edited, told: Comparison, exact: Comparison
) -> dict[str, Any]:
    return {
        "edits": edit_list(edited, told),
        "lines": pack(lines_of_edits(edited)),
        "hexagons": _hexagons(material, page, exact),
    }


def _answer(material: Material, told: Comparison, exact: Comparison, who: str) -> dict[str, Any]:
    """Say for one traveller who gains and who loses: figures, sentences, rows of tables."""
    told, exact = (scenarios.narrowed(one, profile=who) for one in (told, exact))
    view = View.of(told, material.groups[0])
    whole = view.summary(area_set="city", group=view.group).iloc[0]
    return {
        "figures": [
            {"value": one.value, "caption": one.caption, "tone": one.tone} for one in _figures(view)
        ],
        "sentences": _sentences(view, exact, material.smallest_count),
        "drawn": bool(np.isfinite(exact.summary["low"]).any()),
        "probability": plain_json(whole["probability_of_gain"]),
        "whole": {name: plain_json(whole[name]) for name in ("gained", "lost", "low", "high")},
        "groups": _rows(_moving_areas(_with_uncovered(told.summary)), "area"),
        "gist": scenarios.in_few_words(whole) | scenarios.who_comes(told.summary),
        "zones": {
            by: _rows(_moved(rows[rows["group"] == view.group]), "zone")
            for by, rows in told.table.groupby("by", sort=False)
            if by != "city"
        },
    }


def _figures(view: View) -> list[Figure]:
    """Tell who gains and who loses; where only people change, how many there are of each group."""
    rows = _with_uncovered(view.summary(area_set="city"))
    rows = rows[rows["population_change"].fillna(0) != 0]
    if view.any_moves or rows.empty:
        return figures(view)
    told = []
    for row in rows.to_dict("records"):
        sides = {
            f"{kind}_{side}": count_text(row[f"{column}_{side}"])
            for kind, column in (("people", "population"), ("beyond", "uncovered"))
            for side in ("before", "after")
            if np.isfinite(row[f"{column}_{side}"])
        }
        key = f"scenario.figure_people{'_only' if len(sides) < _SIDES else ''}"
        blanks = {**view.blanks, **sides, "group": words.in_all_languages(row["group"])}
        told.append(
            Figure(
                value=signed_text(row["population_change"]),
                caption=words.in_all_languages(key, **blanks),
            )
        )
    return told


_SIDES: Final = 4
"""Figures of a group before and after: people, and those beyond the threshold."""


def _with_uncovered(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a summary with how many are beyond the threshold; NaN where that is not told."""
    beyond = {
        f"uncovered_{side}": (summary[f"population_{side}"] - summary[f"covered_{side}"]).clip(0)
        for side in ("before", "after")
    }
    return summary.assign(**beyond)


def _sentences(view: View, exact: Comparison, smallest_count: float) -> list[Texts]:
    """Say what changes for people; intervals and edits have their own place on the page."""
    undrawn = dataclasses.replace(view.told, provenance={**view.told.provenance, "draws": 0})
    said = sentences(dataclasses.replace(view, told=undrawn), exact, smallest_count)
    about_edits = tuple(
        statements.WORDS[key]["it"].partition("{")[0] for key in ("changes", "nothing_changes")
    )
    return [texts for texts in said if not texts["it"].startswith(about_edits)]


def _moving_areas(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the city, and of the areas in which anything changes for anybody."""
    still = (summary[[*scenarios.CHANGES]] == 0).all(axis=1) & (summary["population_change"] == 0)
    moving = set(summary.loc[~still, "area"])
    return summary[(summary["area_set"] == "city") | summary["area"].isin(moving)]


def _names(material: Material, zones: gpd.GeoDataFrame) -> list[str]:
    """Return the names of zones: a target area has the name that its programme gives it."""
    areas = material.city.zones.get("target_areas")
    own = {} if areas is None else dict(zip(areas["id"], areas["name"], strict=True))
    return [
        words.isolated(words.zone_text(own.get(zone, name)))
        for zone, name in zip(zones["id"], zones["name"], strict=True)
    ]


def _moved(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of zones in which somebody gains or loses, most people first."""
    rows = rows[(rows["gained"] != 0) | (rows["lost"] != 0)]
    size = rows[["gained", "lost"]].fillna(0).max(axis=1)
    return rows.loc[size.sort_values(ascending=False, kind="stable").index][:MOST_ZONES]


def _rows(table: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """Return rows of counts, the name of the whole city left out."""
    counts = [column for column in COUNTS if column in table.columns]
    return [
        {
            "name": None if row.get("area_set") == "city" else words.zone_text(row[name]),
            "group": row["group"],
            **{column: None if np.isnan(row[column]) else round(row[column]) for column in counts},
        }
        for row in table.to_dict("records")
    ]


def _hexagons(material: Material, page: Page, exact: Comparison) -> dict[str, Any]:
    """Return where people live: minutes before and after, and who crosses the threshold."""
    cells = hexagons_of(material)
    here = shapely.contains_xy(_around(page), *cells.centres())
    number = np.cumsum(here) - 1
    minutes, crossings = {}, {}
    for who in material.travellers:
        if who.name not in scenarios.travellers(material):
            continue
        addresses = scenarios.narrowed(exact, profile=who.name).addresses
        before = material.times(who)["minutes"].to_numpy(dtype=float)
        after = minutes_after(material, before, addresses)
        minutes[who.name] = pack(
            {
                "before": cells.mean_minutes(before)[here],
                "after": cells.mean_minutes(after)[here],
            }
        )
        found = crossing(material, addresses, material.groups[0])
        for side in ("gained", "lost"):
            shown = here[found[f"{side}_at"]]
            found[side] = found[side][shown]
            found[f"{side}_at"] = number[found[f"{side}_at"][shown]]
        crossings[who.name] = pack(found)
    return {
        "side_m": SIDE_M,
        "limits": [round(limit) for limit in limits_of(material)],
        "minutes_limits": MINUTES_LIMITS,
        "saved_limits": SAVED_LIMITS,
        "where": pack({"column": cells.column[here], "row": cells.row[here]}),
        "people": pack({"size": cells.size[here]}),
        "minutes": minutes,
        "crossing": crossings,
    }


def _around(page: Page) -> shapely.Geometry:
    """Return the box round the area of a page in which people are drawn."""
    return shapely.box(*shapely.bounds(shapely.buffer(page.map_area, AROUND_M)))


def _whole(bounds: Any) -> list[int]:
    return [round(float(value)) for value in bounds]
