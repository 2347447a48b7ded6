"""The tables of a comparison: scenarios, groups, zones, edits, and what is taken for granted."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from markupsafe import Markup

from quartieri15.plain_json import plain_json
from quartieri15.planning.edits.residents import WHOLE_CITY
from quartieri15.planning.scenario import OURS
from quartieri15.publish import words
from quartieri15.publish.charts import front_chart
from quartieri15.publish.page import own_words, quoted
from quartieri15.publish.sheet import Row, Table, columns_of
from quartieri15.publish.texts import capital, count_text, euro_text, in_each, signed_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.publish.comparing.view import View
    from quartieri15.publish.texts import Texts

    Rows = list[tuple[Hashable, Row]]
    """Rows of a table, each with what tells whether two of them say the same."""

MOST_ZONES: Final = 12
"""So many zones are on the page; all are in the tables beside it."""

_FEWEST_DRAWN: Final = 2
"""Of so few scenarios a chart says no more than a table."""

_MOST_PRINTED: Final = 24
"""So many rows of groups fit on paper, with names of areas among them."""

_COUNTS: Final = ("covered_before", "covered_after", "gained", "lost")
_SHARES: Final = ("share_before", "share_after")

_RESIDENTS_EDITS: Final = ("add_residents", "project_residents")
_MOST_CHANGES: Final = 4
"""So many changes of one edit are told on the page; all of them are in the tables."""

_CHANGE: Final = re.compile(r"(?:^|; )(\w+): (?:(.*?) → )?(.*?)(?=; \w+: |$)")
"""How a preview tells what becomes of a column; of a column that is new, without a before."""


def tables(
    city: City,
    view: View,
    previews: Mapping[str, gpd.GeoDataFrame],
    assumptions: pd.DataFrame,
) -> list[Table]:
    """Return the tables of the page, those without a row left out.

    Parameters
    ----------
    city
        The city before.
    view
        What the page is about.
    previews
        By scenario, what it edits.
    assumptions
        What the scenarios take for granted: ``scenario, about, text, source``.
    """
    found = [_scenario_table(view)] if len(view.scenarios) > 1 else []
    found += [_group_table(view), _zone_table(city, view)]
    found += [_edit_table(view, previews), _assumption_table(view, assumptions)]
    return [table for table in found if table.rows]


def _scenario_table(view: View) -> Table:
    rows, points = [], []
    summary = view.told.summary
    known = summary.drop_duplicates("scenario")["cost_eur"].notna().sum()
    columns = ["gained", "lost", "interval", "quicker", "slower"]
    if known:
        columns.append("cost")
    if summary["cost_per_newly_covered_eur"].notna().any():
        columns.append("cost_per_person")
    if known >= _FEWEST_DRAWN:
        columns.append("front")
    for one in view.each():
        if len(view.questions) > 1:
            rows.append(Row(name=capital(one.question), head=True))
        whole = one.summary(area_set="city", group=view.group).set_index("scenario")
        for number, scenario in enumerate(view.scenarios, start=1):
            row: Any = whole.loc[scenario]
            on_front = bool(pd.notna(row["on_pareto_front"]) and row["on_pareto_front"])
            cells = {
                **_changes(row),
                "slower": count_text(row["people_slower"]),
                "cost": euro_text(row["cost_eur"]),
                "cost_per_person": euro_text(row["cost_per_newly_covered_eur"]),
                "front": words.in_all_languages("yes") if on_front else "–",
            }
            rows.append(
                Row(name=quoted(scenario), number=number, cells=[cells[name] for name in columns])
            )
            if one.asked is view.asked:
                points.append(
                    {
                        "number": number,
                        "cost": float(row["cost_eur"]) / 1e3,
                        "people": float(row["difference"]),
                        "front": on_front,
                    }
                )
    chart = front_chart(
        points,
        x_title=words.in_all_languages("chart_cost"),
        y_title=words.in_all_languages("chart_people", group=view.group_text),
        label=words.in_all_languages("chart_front"),
    )
    return Table(
        name="scenarios",
        title=words.in_all_languages("table_scenarios", group=view.group_text),
        columns=columns_of("scenario", *columns),
        rows=rows,
        help=words.in_all_languages("help_front") if "front" in columns else None,
        before=chart if sum(math.isfinite(one["cost"]) for one in points) > _FEWEST_DRAWN else "",
        most_printed=_MOST_PRINTED // 2,
    )


def _group_table(view: View) -> Table:
    rows: list[Row] = []
    several = len(view.questions) > 1
    columns = [*_COUNTS, "interval", "quicker", *_SHARES]
    for one in view.each():
        rows_of = one.summary(scenario=view.best)
        areas = rows_of.groupby(["area_set", "area_id", "area"], sort=False, dropna=False)
        if several:
            rows.append(Row(name=capital(one.question), head=True))
        for (area_set, _, area), part in areas:
            named: Texts = (
                words.in_all_languages("city_total")
                if area_set == "city"
                else dict.fromkeys(words.LANGUAGES, words.isolated(words.zone_text(area)))
            )
            if len(areas) > 1 and not several:
                rows.append(Row(name=named, head=True))
            before = named if several and len(areas) > 1 else None
            for row in part.to_dict("records"):
                cells = _changes(row)
                rows.append(
                    Row(
                        name=_in_area(capital(words.in_all_languages(row["group"])), before),
                        printed=row["group"] == view.group or (area_set == "city" and not several),
                        cells=[cells[name] for name in columns],
                    )
                )
    return Table(
        name="groups",
        title=_titled("table_groups", view),
        most_printed=_MOST_PRINTED,
        columns=columns_of("group", *columns),
        rows=rows,
        help=words.in_all_languages("help_interval"),
    )


def _in_area(group: Texts, area: Texts | None) -> Texts:
    if area is None:
        return group
    return {
        language: f"{area[language]}: {text[:1].lower()}{text[1:]}"
        for language, text in group.items()
    }


def _zone_table(city: City, view: View) -> Table:
    columns = [*_COUNTS, "interval", *_SHARES]
    rows_of = view.rows(view.told.table, by=view.by, scenario=view.best, group=view.group)
    moved = rows_of[(rows_of["gained"] != 0) | (rows_of["lost"] != 0)]
    size = moved[["gained", "lost"]].fillna(0).max(axis=1)
    moved = moved.loc[size.sort_values(ascending=False, kind="stable").index][:MOST_ZONES]
    rows = []
    for row in moved.to_dict("records"):
        cells = _changes(row)
        rows.append(
            Row(
                name=quoted(words.zone_text(row["zone"])),
                zone=plain_json(row["zone_id"]) if view.by in city.zones else None,
                cells=[cells[name] for name in columns],
            )
        )
    title = _titled("table_zones", view)
    return Table(
        name="zones",
        title=view.with_question(title) if len(view.questions) > 1 else title,
        columns=columns_of("zone", *columns),
        rows=rows,
        help=words.in_all_languages("help_zones", count=MOST_ZONES),
    )


def _changes(row: Any) -> dict[str, Texts | str]:
    """Write what becomes of the people of a row, by the names of columns."""
    return {
        **{name: count_text(row[name]) for name in _COUNTS},
        "interval": _interval(row["low"], row["high"]),
        # Zones have no times.
        "quicker": count_text(row.get("people_quicker", math.nan)),
        **{name: in_each(words.percent, row[name], decimals=1) for name in _SHARES},
    }


def _interval(low: float, high: float) -> Texts | str:
    if math.isnan(low) or math.isnan(high):
        return "–"
    if low == high:
        return count_text(low)
    return words.in_all_languages("interval", low=count_text(low), high=count_text(high))


def _titled(key: str, view: View) -> Texts:
    texts = words.in_all_languages(key, group=view.group_text)
    if len(view.scenarios) == 1:
        return texts
    name = words.isolated(view.best)
    return {language: f"{text}: {name}" for language, text in texts.items()}


def _edit_table(view: View, previews: Mapping[str, gpd.GeoDataFrame]) -> Table:
    # A plan that is no scenario may tell no edits.
    effects = view.told.effects.reindex(
        columns=["scenario", "edit", "kind", "what", "matched", "length_m", "people", "said"]
    )
    done: dict[str, Rows] = {
        scenario: [
            (
                tuple(str(row[name]) for name in ("kind", "what", "matched", "said")),
                _edit_row(row, previews.get(scenario)),
            )
            for row in effects[effects["scenario"] == scenario].to_dict("records")
        ]
        for scenario in view.scenarios
    }
    return Table(
        name="edits",
        title=words.in_all_languages("table_edits"),
        columns=columns_of("edit", "matched", "from_to", "metres"),
        rows=_told_once(done, view),
        help=words.in_all_languages("help_edits"),
        left=2,
        printed=False,
    )


def _edit_row(row: Mapping[Hashable, Any], drawn: gpd.GeoDataFrame | None) -> Row:
    key = f"edit_{row['kind']}"
    # How it was matched stands in the file; the page names what was.
    whole = str(row["matched"]).startswith(WHOLE_CITY)
    residents = row["kind"] in _RESIDENTS_EDITS
    return Row(
        name=words.in_all_languages(key) if words.is_phrase(key) else quoted(row["what"]),
        cells=[
            words.in_all_languages("city_total")
            if whole
            else quoted(str(row["matched"]).partition(" (")[0]),
            edit_people(row["people"]) if residents else edit_changes(drawn, row["edit"]),
            count_text(row["length_m"]) if row["length_m"] else "–",
        ],
    )


def _told_once(rows_of: Mapping[str, Rows], view: View) -> list[Row]:
    """Put rows under the scenarios that share them, so that none is told twice."""
    holders: dict[Hashable, list[int]] = {}
    rows: dict[Hashable, Row] = {}
    for number, scenario in enumerate(view.scenarios, start=1):
        for key, row in rows_of[scenario]:
            rows.setdefault(key, row)
            if number not in holders.setdefault(key, []):
                holders[key].append(number)
    blocks: dict[tuple[int, ...], list[Row]] = {}
    for key, numbers in holders.items():
        blocks.setdefault(tuple(numbers), []).append(rows[key])
    told: list[Row] = []
    for among, block in sorted(blocks.items(), key=lambda one: (-len(one[0]), one[0])):
        if len(view.scenarios) > 1:
            told.append(Row(name=_holders(among, view), head=True))
        told += block
    return told


def _holders(numbers: Sequence[int], view: View) -> Texts | Markup:
    if len(numbers) == len(view.scenarios):
        return words.in_all_languages("in_all_scenarios")
    names = [f"{number}. {view.scenarios[number - 1]}" for number in numbers]
    return Markup(" · ").join(quoted(name) for name in names)


def edit_changes(drawn: gpd.GeoDataFrame | None, edit: Any) -> Texts | str:
    """Say of how many metres what changes, and from what to what."""
    if drawn is None or not {"edit", "values", "table"} <= {*drawn.columns}:
        return "–"
    own = drawn[(drawn["edit"] == edit) & drawn["table"].isin(["edges", "places"])]
    metres: dict[tuple[str, str, str], float] = {}
    for values, length in zip(own["values"].astype(str), own.geometry.length, strict=True):
        for what in _CHANGE.findall(values):
            if words.is_phrase(f"column_of_{what[0]}"):
                metres[what] = metres.get(what, 0.0) + float(length)
    if not metres:
        return "–"
    longest = sorted(metres.items(), key=lambda one: -one[1])[:_MOST_CHANGES]
    told = [
        words.in_all_languages(
            "changes_on" if length else "changes_from",
            what=words.in_all_languages(f"column_of_{what}"),
            before=_value_text(before),
            after=_value_text(after),
            metres=count_text(length),
        )
        for (what, before, after), length in longest
    ]
    return {language: "; ".join(one[language] for one in told) for language in words.LANGUAGES}


def edit_people(people: Any) -> Texts:
    """Say how many people an edit brings or takes, as published; few are not told."""
    if pd.isna(people):
        return words.in_all_languages("not_told")
    return words.in_all_languages("edit_people", people=signed_text(float(people)))


def _value_text(value: str) -> Texts:
    key = f"value_{value.lower() or 'unknown'}"
    if words.is_phrase(key):
        return words.in_all_languages(key)
    return dict.fromkeys(words.LANGUAGES, words.isolated(value))


def _assumption_table(view: View, assumptions: pd.DataFrame) -> Table:
    done: dict[str, Rows] = {
        scenario: [
            (
                (row["about"], row["text"], row["source"]),
                Row(
                    name=words.in_all_languages("assumed_cost", cost=euro_text(float(row["text"])))
                    if row["about"]
                    else own_words(row["text"]),
                    cells=[
                        words.in_all_languages("source_ours")
                        if row["source"] == OURS
                        else own_words(row["source"])
                    ],
                ),
            )
            for row in assumptions[assumptions["scenario"] == scenario].to_dict("records")
        ]
        for scenario in view.scenarios
    }
    return Table(
        name="assumptions",
        title=words.in_all_languages("table_assumptions"),
        columns=columns_of("assumed", "source"),
        rows=_told_once(done, view),
        left=1,
        printed=False,
    )
