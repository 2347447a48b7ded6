"""The folder that answers *what if*: a page, tables and layers of a before and an after."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from quartieri15.arguments import is_one_of, require_path, require_progress, several, shown
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.planning.comparing import statements
from quartieri15.planning.comparing.comparison import Comparison
from quartieri15.planning.edits.residents import WHOLE_CITY
from quartieri15.progress import quiet
from quartieri15.publish import words
from quartieri15.publish.answers import Answer, Drawing, require_place, write_answer
from quartieri15.publish.cells import people_cells
from quartieri15.publish.changes import publishable_comparison, publishable_minutes
from quartieri15.publish.charts import front_chart
from quartieri15.publish.disclosure import (
    SMALLEST_COUNT,
    require_smallest_count,
    rounded,
)
from quartieri15.publish.maps import city_title, vintages_text
from quartieri15.publish.not_known import not_known
from quartieri15.publish.page import fill, quoted
from quartieri15.publish.plan_layers import (
    change_layer,
    difference_layer,
    edit_layers,
    ground_layers,
    minutes_layer,
)
from quartieri15.publish.popups import count_text, in_each
from quartieri15.publish.sheet import Figure, Row, Sheet, Table, view_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Hashable, Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.progress import Say
    from quartieri15.publish.drawing import MapLayer
    from quartieri15.publish.popups import Texts

OWN_FILES: Final = (
    "comparison_",
    "minutes_saved.csv",
    "edits.csv",
    "places.csv",
    "assumptions.csv",
)
"""How the names of the files written here begin."""

MOST_ZONES: Final = 12
"""So many zones are on the page; all are in the tables beside it."""

_FEWEST_DRAWN: Final = 2
"""Of so few scenarios a chart says no more than a table."""

_FEW: Final = 4
"""Of so many scenarios each has its sentence; more are told by the table alone."""

_MOST_FIGURES: Final = 4
_FIGURES_EACH: Final = 2
"""Of several questions each has so many large figures, as long as there is room."""

_MOST_PRINTED: Final = 24
"""So many rows of groups fit on paper, with names of areas among them."""

_RESIDENTS_EDITS: Final = ("add_residents", "project_residents")
_MOST_CHANGES: Final = 4
"""So many changes of one edit are told on the page; all of them are in the tables."""

_CHANGE: Final = re.compile(r"(?:^|; )(\w+): (?:(.*?) → )?(.*?)(?=; \w+: |$)")
"""How a preview tells what becomes of a column; of a column that is new, without a before."""

_ASKED: Final = ("profile", "minutes", "at", "unknown_hours")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shown:
    """Which of the questions of a comparison the page is about.

    Parameters
    ----------
    group
        Whose figures are drawn.
    by
        The zones that are drawn.
    asked
        ``profile, minutes, at, unknown_hours`` of what is drawn.
    questions
        Those of everything that was asked, what is drawn first.
    scenarios
        The scenarios, the best first, as the page numbers them.
    """

    group: str
    by: str
    asked: Mapping[str, Any]
    questions: tuple[Mapping[str, Any], ...]
    scenarios: tuple[str, ...]

    def of(self, table: pd.DataFrame, **more: Any) -> pd.DataFrame:
        """Return the rows of a table that are about what is shown."""
        for name, value in {**self.asked, **more}.items():
            if name in table.columns:
                table = table[table[name] == value]
        return table

    def each(self) -> list[Shown]:
        """Return one of these for every question that was asked."""
        return [dataclasses.replace(self, asked=asked) for asked in self.questions]


def write_comparison(
    city: City,
    comparison: Comparison,
    out: str | Path,
    *,
    scenarios: Any = (),
    group: str | None = None,
    smallest_count: float = SMALLEST_COUNT,
    language: str = "it",
    progress: Say = quiet,
) -> dict[str, Any]:
    """Write what scenarios change as a folder: a page of one sheet, tables, layers.

    Parameters
    ----------
    city
        The city before.
    comparison
        The result of :func:`~quartieri15.planning.comparing.compare.compare`.
    out
        The folder to write. It appears when it is complete. A folder written here before is
        replaced, other files in it are kept; any other folder that is not empty is refused.
    scenarios
        The scenarios that were compared, one or several. Where they have them, what they edit
        (``preview(city)``) is drawn on the map, and their ``assumptions`` and ``cost_source`` stand
        on the page.
    group
        Whose figures lead the page; people of 65 and over where they were asked about, else the
        first group.
    smallest_count
        Smaller counts of people are hidden and the others rounded to multiples of it; see
        :func:`~quartieri15.publish.changes.publishable_changes`. 0 hides and rounds nothing in the
        tables; the map has no hexagon of fewer than ten people in any case.
    language
        ``"it"`` or ``"en"``: the language in which the page opens.
    progress
        Called with a few words at the start of every step.

    Returns
    -------
    dict
        The summary, as written: ``city``, ``generated``, ``data``, ``comparison`` (one entry per
        scenario, area, group, traveller and threshold).

    Raises
    ------
    UnknownNameError
        If the comparison does not know the group.
    InputError
        If ``comparison`` is none.
    OutputError
        If the folder cannot be written; what stood there is untouched.

    Notes
    -----
    The folder holds ``index.html`` (the page, drawn for the first traveller and threshold),
    ``comparison_<zones>.csv`` and ``comparison_summary.csv``, ``minutes_saved.csv``,
    ``edits.csv`` (what each edit matched), ``places.csv`` (what became of places),
    ``changes.gpkg`` (hexagons and edits, for QGIS), ``summary.json`` and ``README.txt``.
    """
    require_city(city)
    out = require_path(out, where="out")
    smallest_count = require_smallest_count(smallest_count)
    words.require_language(language)
    require_progress(progress)
    _require_comparison(comparison)
    _require_group(comparison, group)
    plans = _plans(scenarios)
    require_place(out, "comparison")
    told = published_comparison(comparison, smallest_count=smallest_count)
    view = _shown(told, group)
    drawn = _previews(city, plans)
    assumptions = _assumptions_of(plans)

    def draw(files: Sequence[tuple[str, Texts]], date: dt.date) -> Drawing:
        return _page(
            city,
            told,
            comparison,
            view,
            drawn,
            assumptions,
            files=files,
            smallest_count=smallest_count,
            date=date,
        )

    answer = Answer(
        kind="comparison",
        own_files=OWN_FILES,
        title=_title(city, view),
        tables={
            **{f"comparison_{by}": rows for by, rows in told.table.groupby("by", sort=False)},
            "comparison_summary": told.summary,
            "minutes_saved": told.minutes_saved,
            "edits": told.effects,
            "places": told.place_changes,
            "assumptions": assumptions,
        },
        describe=_described,
        layers=_geopackage(comparison, view, drawn, smallest_count),
        layers_file="changes.gpkg",
        draw=draw,
        rows=told.summary,
        asked=told.provenance,
    )
    return write_answer(
        city, answer, out, smallest_count=smallest_count, language=language, progress=progress
    )


def published_comparison(
    comparison: Comparison, *, smallest_count: float = SMALLEST_COUNT
) -> Comparison:
    """Return a comparison with all of its tables as they may leave the house.

    Parameters
    ----------
    comparison
        The result of :func:`~quartieri15.planning.comparing.compare.compare`.
    smallest_count
        As for :func:`write_comparison`.

    Returns
    -------
    Comparison
        Without addresses; counts place by place are left out.

    Raises
    ------
    InputError
        If it is none.
    """
    _require_comparison(comparison)
    smallest = require_smallest_count(smallest_count)
    table, summary = publishable_comparison(
        comparison.table, comparison.summary, smallest_count=smallest
    )
    saved = publishable_minutes(
        comparison.minutes_saved, comparison.summary, smallest_count=smallest
    )
    effects = comparison.effects.copy()
    if "people" in effects.columns:
        # More or fewer residents: what a planner put there, whichever sign it has.
        people = pd.to_numeric(effects["people"]).to_numpy(dtype=float)
        effects["people"] = np.sign(people) * rounded(np.abs(people), smallest)
    return dataclasses.replace(
        comparison,
        table=table,
        summary=summary,
        minutes_saved=saved,
        effects=effects,
        addresses=comparison.addresses.iloc[:0],
    )


def _require_comparison(comparison: object) -> None:
    if not isinstance(comparison, Comparison):
        raise InputError(
            f"{shown(comparison)} is no comparison",
            where="comparison",
            mend="give the result of compare(city, scenarios, ...)",
        )


def _require_group(comparison: Comparison, group: object) -> None:
    known = list(comparison.provenance["groups"])
    if group is not None and not is_one_of(group, known):
        raise UnknownNameError.among(group, known, kind="group of this comparison")


def _plans(given: Any) -> dict[str, Any]:
    """Return scenarios by their names, or say that one is none."""
    plans = several(given) if not hasattr(given, "name") else [given]
    for plan in plans:
        if not isinstance(getattr(plan, "name", None), str):
            raise InputError(
                f"{shown(plan)} is no scenario",
                where="scenarios",
                mend="give the scenarios that were compared",
            )
    return {plan.name: plan for plan in plans}


def _previews(city: City, plans: Mapping[str, Any]) -> dict[str, gpd.GeoDataFrame]:
    """Return what scenarios edit, of those that tell."""
    found = {}
    for name, plan in plans.items():
        if not callable(getattr(plan, "preview", None)):
            continue
        table = plan.preview(city)
        if not {"table", "change", "name"} <= {*getattr(table, "columns", ())}:
            raise InputError(
                f"{shown(table)} is no preview of a scenario",
                where="scenarios",
                mend="let preview(city) return what Scenario.preview does",
            )
        found[name] = schemas.with_geometry(table, where="scenarios")
    return found


def _assumptions_of(plans: Mapping[str, Any]) -> pd.DataFrame:
    """Return what scenarios take for granted, with its source; what they cost is one of these."""
    rows = []
    for name, plan in plans.items():
        cost, source = getattr(plan, "cost_eur", None), getattr(plan, "cost_source", None)
        if cost is not None and source:
            rows.append(
                {"scenario": name, "about": "cost_eur", "text": f"{cost:.0f}", "source": source}
            )
        rows += [
            {"scenario": name, "about": "", "text": str(one.text), "source": str(one.source)}
            for one in getattr(plan, "assumptions", ())
            if hasattr(one, "text") and hasattr(one, "source")
        ]
    return pd.DataFrame(rows, columns=["scenario", "about", "text", "source"])


def _shown(told: Comparison, group: str | None) -> Shown:
    known = list(told.provenance["groups"])
    if group is not None and not is_one_of(group, known):
        raise UnknownNameError.among(group, known, kind="group of this comparison")
    columns = [name for name in _ASKED if name in told.summary.columns]
    rows: list[Any] = told.summary[columns].drop_duplicates().to_dict("records")
    questions: list[Mapping[str, Any]] = rows
    by = [name for name in told.provenance["by"] if name != "city"] or ["city"]
    own = Shown(
        group=("over65" if "over65" in known else known[0]) if group is None else group,
        by="nil" if "nil" in by else by[0],
        asked=questions[0],
        questions=tuple(questions),
        scenarios=(),
    )
    # A map of nothing helps nobody: what is drawn is the first question that has an answer.
    drawn = next((one.asked for one in own.each() if _any_moves(told, one)), own.asked)
    rest = [asked for asked in questions if asked is not drawn]
    own = dataclasses.replace(own, asked=drawn, questions=(drawn, *rest))
    whole = own.of(told.summary, area_set="city", group=own.group)
    # Where the difference does not tell them apart, the one that helps more comes first.
    quicker = whole.get("people_quicker", pd.Series(0.0, index=whole.index)).fillna(0.0)
    order = whole.assign(first=range(len(whole)), slower=-quicker)
    order = order.sort_values(["rank", "slower", "first"])
    return dataclasses.replace(own, scenarios=tuple(order["scenario"]))


def _any_moves(told: Comparison, view: Shown) -> bool:
    """Tell whether anybody gains, loses or has another way; that it is not told says yes."""
    rows = view.of(told.summary, area_set="city", group=view.group)
    moving = rows.columns.intersection(["gained", "lost", "people_quicker", "people_slower"])
    return bool((rows[moving] != 0).any(axis=None))


def _described(stem: str) -> str:
    """Return which of the phrases about files a file is described by."""
    zones = stem.startswith("comparison_") and stem != "comparison_summary"
    return "comparison_zones" if zones else stem


def _title(city: City, view: Shown) -> Texts:
    return words.in_all_languages(
        "compare_title_several" if len(view.scenarios) > 1 else "compare_title",
        city=city_title(city),
        scenario=words.isolated(view.scenarios[0]),
        count=len(view.scenarios),
    )


def _geopackage(
    comparison: Comparison,
    view: Shown,
    previews: Mapping[str, gpd.GeoDataFrame],
    smallest_count: float,
) -> dict[str, gpd.GeoDataFrame]:
    """Return hexagons and edits as layers, as a program of maps takes them."""
    import geopandas as gpd

    rows = view.of(comparison.addresses)
    cells = [
        people_cells(part, part[view.group], smallest_count=smallest_count).assign(
            scenario=scenario, change=change, group=view.group
        )
        for (scenario, change), part in rows.groupby(["scenario", "change"], sort=False)
        if change in ("newly_covered", "no_longer_covered")
    ]
    cells = [table for table in cells if len(table)]
    layers: dict[str, gpd.GeoDataFrame] = {}
    if cells:
        for table in cells:
            table.attrs = {}
        layers["changes"] = gpd.GeoDataFrame(pd.concat(cells, ignore_index=True))
    edits = [
        table[table["table"].astype(str) != "residents"].assign(scenario=scenario)
        for scenario, table in previews.items()
        if "table" in table.columns
    ]
    edits = [table for table in edits if len(table)]
    if edits:
        for table in edits:
            table.attrs = {}
        joined = gpd.GeoDataFrame(pd.concat(edits, ignore_index=True))
        texts = {
            name: joined[name].astype(str)
            for name in joined.columns
            if joined[name].dtype == object and name != joined.geometry.name
        }
        layers["edits"] = joined.assign(**texts)
    return layers


def _page(  # noqa: PLR0917  (all that a page is made of)
    city: City,
    told: Comparison,
    comparison: Comparison,
    view: Shown,
    previews: Mapping[str, gpd.GeoDataFrame],
    assumptions: pd.DataFrame,
    *,
    files: Sequence[tuple[str, Texts]],
    smallest_count: float,
    date: dt.date,
) -> Drawing:
    layers, shapes = _layers(
        city,
        told,
        comparison.addresses,
        view,
        previews,
        smallest_count=smallest_count,
        date=date,
    )
    sheet = Sheet(
        kicker=words.in_all_languages("kicker_compare"),
        title=_title(city, view),
        figures=_figures(told, view),
        sentences=_sentences(told, comparison, view, smallest_count),
        assumptions=_assumptions(city, told, view),
        tables=[*_tables(city, told, view, previews), *_assumption_tables(assumptions, view)],
        notes=_notes(told, view, smallest_count),
        unknown=not_known(
            city,
            to=str(told.provenance["places"]),
            unknown_hours=str(view.asked.get("unknown_hours") or "closed")
            if view.asked.get("at")
            else None,
        ),
        files=files,
    )
    return Drawing(sheet=sheet, layers=layers, view=view_of(city, shapes))


def _layers(
    city: City,
    told: Comparison,
    addresses: gpd.GeoDataFrame,
    view: Shown,
    previews: Mapping[str, gpd.GeoDataFrame],
    *,
    smallest_count: float,
    date: dt.date,
) -> tuple[list[MapLayer], list[Any]]:
    """Return the layers of the map, and the shapes that its first view is about."""
    themes: list[MapLayer] = []
    parts: list[MapLayer] = []
    shapes: list[Any] = []
    for number, scenario in enumerate(view.scenarios):
        layer = f"change{number}"
        edits: list[MapLayer] = []
        signs: list[Any] = []
        if scenario in previews:
            edits, signs = edit_layers(previews[scenario], layer=layer)
            shapes += _drawn_shapes(previews[scenario])
        rows = view.of(addresses, scenario=scenario)
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
        crossing = rows[rows["change"].isin(["newly_covered", "no_longer_covered"])]
        moved = crossing if crossed else rows
        shapes += list(moved.geometry[moved[view.group] > 0])
    if view.by in city.zones:
        themes.append(_zones(city, told, view))
    under, places = ground_layers(
        city,
        to=str(told.provenance["places"]),
        minutes=float(view.asked["minutes"]),
        date=date,
    )
    split = 2
    return [*under[:split], *themes, *under[split:], *places, *parts], shapes


def _copied(layers: Sequence[MapLayer], theme: str) -> list[MapLayer]:
    """Return parts of one theme as parts of another."""
    return [
        dataclasses.replace(layer, id=f"{theme}-{layer.id.partition('-')[2]}") for layer in layers
    ]


def _drawn_shapes(preview: gpd.GeoDataFrame) -> list[Any]:
    shapes = preview.geometry[preview.geometry.notna() & ~preview.geometry.is_empty]
    return list(shapes)


def _zones(city: City, told: Comparison, view: Shown) -> MapLayer:
    best = view.scenarios[0]
    rows = view.of(told.table, by=view.by, scenario=best)
    own = rows[rows["group"] == view.group].set_index("zone_id")
    empty = set(own.index[own["population_after"] == 0])
    groups = [view.group, *(name for name in ("residents",) if name != view.group)]
    popups = {}
    for zone, part in rows.groupby("zone_id", sort=False):
        by_group = {row["group"]: row for row in part.to_dict("records")}
        kept = [name for name in groups if name in by_group]
        popups[zone] = fill(
            "popup",
            name=quoted(words.zone_text(part["zone"].iloc[0])),
            kind=None,
            facts=[],
            counts={
                "columns": [_capital(words.in_all_languages(name)) for name in kept],
                "rows": [
                    (
                        words.in_all_languages(f"column_{column}"),
                        [_count(by_group[name][column]) for name in kept],
                    )
                    for column in ("covered_before", "covered_after", "gained", "lost")
                ],
            },
            foot=None,
        )
    return difference_layer(
        city.zones_named(view.by),
        own["difference"].to_dict(),
        popups,
        empty=empty,
        text=_theme_text("theme_zones", view, best),
    )


def _theme_text(key: str, view: Shown, scenario: str) -> Texts:
    texts = words.in_all_languages(
        key,
        group=lambda language: words.say(view.group, language),
        minutes=lambda language: words.as_given(float(view.asked["minutes"]), language),
    )
    if len(view.scenarios) == 1:
        return texts
    number = view.scenarios.index(scenario) + 1
    return {
        language: f"{number}. {words.isolated(scenario)}: {text[:1].lower()}{text[1:]}"
        for language, text in texts.items()
    }


def _figures(told: Comparison, view: Shown) -> list[Figure]:
    if len(view.questions) == 1:
        return _figures_of(told, view)
    figures: list[Figure] = []
    for one in view.each()[: _MOST_FIGURES // _FIGURES_EACH]:
        # Who passes the threshold, and who is left behind or else gets there sooner.
        first, lost, *others = _figures_of(told, one)
        second = [lost] if lost.tone == "loss" else [*others[1:], lost]
        figures += [
            dataclasses.replace(
                figure, caption=_with_question(figure.caption, told, view, one.asked, " · ")
            )
            for figure in (first, second[0])
        ]
    return figures


def _with_question(
    texts: Texts, told: Comparison, view: Shown, asked: Mapping[str, Any], between: str
) -> Texts:
    """Say of which question something is told, where there are several."""
    question = _question(told, view, asked)
    return {language: f"{text}{between}{question[language]}" for language, text in texts.items()}


def _question(told: Comparison, view: Shown, asked: Mapping[str, Any]) -> Texts:
    """Name a question by what tells it from the others."""
    differing = {name for name in asked if len({one[name] for one in view.questions}) > 1}
    texts = {}
    for language in words.LANGUAGES:
        parts = []
        if "profile" in differing or not differing:
            own = told.provenance["profiles"][asked["profile"]]
            parts.append(words.isolated(str(own.get(f"label_{language}", asked["profile"]))))
        if "minutes" in differing:
            minutes = words.as_given(float(asked["minutes"]), language)
            parts.append(words.say("question_minutes", language, minutes=minutes))
        if differing & {"at", "unknown_hours"}:
            parts.append(_at_text(asked, language))
        texts[language] = ", ".join(parts)
    return texts


def _at_text(asked: Mapping[str, Any], language: str) -> str:
    if not asked.get("at"):
        return words.say("at_any_time", language)
    unknown = statements.WORDS.get(str(asked.get("unknown_hours")), {}).get(language, "")
    how = words.say("unknown_counted_as", language, unknown=unknown) if unknown else ""
    return f"{_time_text(asked, language)} {how}".strip()


def _time_text(asked: Mapping[str, Any], language: str) -> str:
    day, _, hour = str(asked["at"]).partition(" ")
    name = statements.WORDS[day][language] if day in statements.WORDS else day
    return words.isolated(" ".join(part for part in (name, hour) if part))


def _figures_of(told: Comparison, view: Shown) -> list[Figure]:
    row = view.of(told.summary, area_set="city", group=view.group, scenario=view.scenarios[0]).iloc[
        0
    ]
    blanks: dict[str, Any] = {
        "group": lambda language: words.say(view.group, language),
        "minutes": lambda language: words.as_given(float(view.asked["minutes"]), language),
    }
    figures = [
        Figure(
            value=_signed(row["gained"], "+"),
            caption=words.in_all_languages("figure_gained", **blanks),
            tone="gain" if row["gained"] != 0 else "plain",
        ),
        Figure(
            value=_signed(row["lost"], "−"),
            caption=words.in_all_languages("figure_lost", **blanks),
            tone="loss" if row["lost"] != 0 else "plain",
        ),
        Figure(
            value=words.in_all_languages(
                "from_to_share",
                before=lambda language: words.percent(row["share_before"], language, decimals=1),
                after=lambda language: words.percent(row["share_after"], language, decimals=1),
            ),
            caption=words.in_all_languages("figure_share", **blanks),
        ),
    ]
    cost = row.get("cost_per_newly_covered_eur", math.nan)
    if pd.notna(cost):
        figures.append(
            Figure(
                value=_euro(cost),
                caption=words.in_all_languages(
                    "figure_cost", cost=_euro(row["cost_eur"]).__getitem__
                ),
            )
        )
    elif row.get("population_change", 0) != 0 and pd.notna(row.get("population_change")):
        figures.append(
            Figure(
                value=_signed(
                    row["population_change"], "+" if row["population_change"] > 0 else ""
                ),
                caption=words.in_all_languages("figure_population", **blanks),
            )
        )
    elif row.get("people_slower", math.nan) > row.get("people_quicker", math.nan):
        figures.append(
            Figure(
                value=_count(row["people_slower"]),
                caption=words.in_all_languages("figure_slower", **blanks),
                tone="loss",
            )
        )
    elif pd.notna(row.get("people_quicker", math.nan)):
        figures.append(
            Figure(
                value=_count(row["people_quicker"]),
                caption=words.in_all_languages("figure_quicker", **blanks),
                tone="gain" if row["people_quicker"] else "plain",
            )
        )
    return figures


def _sentences(
    told: Comparison, exact: Comparison, view: Shown, smallest_count: float
) -> list[Texts]:
    """Say in words what the published figures say: all of the best scenario, of others the gist."""
    least = smallest_count or 0.0
    # The sentences have a word of their own for what is below ten.
    usual = smallest_count == SMALLEST_COUNT

    def as_told(value: float) -> float | None:
        return None if 0 < value < least else value

    rows = told.summary
    rows = rows[(rows["area_set"] == "city") & (rows["group"] == view.group)]
    # A count that is not told is neither nobody nor a number: below the least, and so not said.
    hidden = {
        name: rows[name].mask(
            rows[name].isna() & (exact.summary.loc[rows.index, name] > 0), least / 2
        )
        for name in ("gained", "lost", "people_quicker", "people_slower")
        if name in rows.columns
    }
    summary = rows.assign(**hidden)

    def spoken(scenario: str, asked: Mapping[str, Any] | None = None) -> list[Texts]:
        names = list(dict.fromkeys(one["profile"] for one in view.questions))
        about = summary
        if asked is not None:
            names, about = [asked["profile"]], dataclasses.replace(view, asked=asked).of(summary)
        one = dataclasses.replace(
            told,
            summary=about,
            addresses=exact.addresses,
            provenance={
                **told.provenance,
                "scenarios": [scenario],
                "profiles": {name: told.provenance["profiles"][name] for name in names},
            },
        )
        pairs = (
            _without_idle_median(
                one.statement(language, rounded=None if usual else as_told), language
            )
            for language in words.LANGUAGES
        )
        return [dict(zip(words.LANGUAGES, pair, strict=True)) for pair in zip(*pairs, strict=True)]

    best, *others = view.scenarios
    said = [*spoken(best), *_population_sentences(told, view)]
    if len(view.scenarios) <= _FEW:
        for scenario in others:
            said += [spoken(scenario, asked)[0] for asked in view.questions]
    return said


def _population_sentences(told: Comparison, view: Shown) -> list[Texts]:
    """Say of every group whose number changes by how many, scenario by scenario."""
    summary = told.summary
    if "population_change" not in summary.columns:
        return []
    said: list[Texts] = []
    for scenario in view.scenarios:
        rows = view.of(summary, area_set="city", scenario=scenario)
        # A change that is not told is no change that can be spoken of.
        rows = rows[rows["population_change"].fillna(0) != 0]
        if rows.empty:
            continue
        pairs = list(zip(rows["group"], rows["population_change"].astype(float), strict=True))
        changes = [
            (str(group), _signed(change, "+" if change > 0 else "")) for group, change in pairs
        ]
        said.append(
            {
                language: words.say(
                    "population_changes" if len(view.scenarios) == 1 else "population_changes_in",
                    language,
                    scenario=words.isolated(scenario),
                    changes="; ".join(
                        f"{words.say(group, language)} {text[language]}" for group, text in changes
                    ),
                )
                for language in words.LANGUAGES
            }
        )
    return said


def _without_idle_median(said: list[str], language: str) -> list[str]:
    """Leave out a median that is rounded to no minute at all, or not told."""
    phrases = [
        statements.WORDS["median"][language].format(
            minutes=words.number(value, language, decimals=1)
        )
        for value in (0.0, math.nan)
    ]
    for phrase in phrases:
        said = [text.replace(phrase, "") for text in said]
    return said


def _assumptions(city: City, told: Comparison, view: Shown) -> Texts:
    profiles_asked = list(dict.fromkeys(one["profile"] for one in view.questions))
    limits = list(dict.fromkeys(float(one["minutes"]) for one in view.questions))
    texts = {}
    for language in words.LANGUAGES:
        text = words.say(
            "assumptions",
            language,
            traveller="; ".join(_traveller(told, name, language) for name in profiles_asked),
            minutes=", ".join(words.as_given(minutes, language) for minutes in limits),
            vintages=vintages_text(city, language),
        )
        if len(view.questions) > 1:
            drawn = _question(told, view, view.asked)[language]
            text += " " + words.say("drawn_for", language, question=drawn)
        texts[language] = text
    return texts


def _traveller(told: Comparison, name: str, language: str) -> str:
    if name in profiles.PROFILES:
        return words.traveller_text(profiles.get(name), language)
    own = told.provenance["profiles"][name]
    label = str(own.get(f"label_{language}", name))
    return words.say(
        "traveller",
        language,
        profile=words.isolated(label[:1].upper() + label[1:]),
        speed=words.as_given(float(own["speed_kmh"]), language),
    )


def _tables(
    city: City, told: Comparison, view: Shown, previews: Mapping[str, gpd.GeoDataFrame]
) -> list[Table]:
    tables = []
    if len(view.scenarios) > 1:
        tables.append(_scenario_table(told, view))
    tables += [_group_table(told, view), _zone_table(city, told, view)]
    tables += _edit_tables(told, view, previews)
    return [table for table in tables if table.rows]


def _scenario_table(told: Comparison, view: Shown) -> Table:
    rows, points = [], []
    known = told.summary.drop_duplicates("scenario")["cost_eur"].notna().sum()
    costs, front = bool(known), known >= _FEWEST_DRAWN
    per_person = bool(told.summary["cost_per_newly_covered_eur"].notna().any())
    for one in view.each():
        if len(view.questions) > 1:
            rows.append(Row(name=_capital(_question(told, view, one.asked)), head=True))
        whole = one.of(told.summary, area_set="city", group=view.group).set_index("scenario")
        for number, scenario in enumerate(view.scenarios, start=1):
            row: Any = whole.loc[scenario]
            on_front = bool(pd.notna(row["on_pareto_front"]) and row["on_pareto_front"])
            rows.append(
                Row(
                    name=quoted(scenario),
                    number=number,
                    cells=[
                        _count(row["gained"]),
                        _count(row["lost"]),
                        _interval(row),
                        _count(row.get("people_quicker", math.nan)),
                        _count(row.get("people_slower", math.nan)),
                        *((_euro(row["cost_eur"]),) if costs else ()),
                        *((_euro(row["cost_per_newly_covered_eur"]),) if per_person else ()),
                        *((words.in_all_languages("yes") if on_front else "–",) if front else ()),
                    ],
                )
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
    group = _group(view)
    chart = front_chart(
        points,
        x_title=words.in_all_languages("chart_cost"),
        y_title=words.in_all_languages("chart_people", group=group),
        label=words.in_all_languages("chart_front"),
    )
    return Table(
        name="scenarios",
        title=words.in_all_languages("table_scenarios", group=group),
        columns=[
            words.in_all_languages(f"column_{name}")
            for name in (
                *("scenario", "gained", "lost", "interval", "quicker", "slower"),
                *(("cost",) if costs else ()),
                *(("cost_per_person",) if per_person else ()),
                *(("front",) if front else ()),
            )
        ],
        rows=rows,
        help=words.in_all_languages("help_front") if front else None,
        before=chart if sum(math.isfinite(one["cost"]) for one in points) > _FEWEST_DRAWN else "",
        most_printed=_MOST_PRINTED // 2,
    )


def _in_area(group: Texts, area: Texts | None) -> Texts:
    if area is None:
        return group
    return {
        language: f"{area[language]}: {text[:1].lower()}{text[1:]}"
        for language, text in group.items()
    }


def _group_table(told: Comparison, view: Shown) -> Table:
    rows: list[Row] = []
    several = len(view.questions) > 1
    for one in view.each():
        rows_of = one.of(told.summary, scenario=view.scenarios[0])
        areas = rows_of.groupby(["area_set", "area_id", "area"], sort=False, dropna=False)
        if several:
            rows.append(Row(name=_capital(_question(told, view, one.asked)), head=True))
        for (area_set, _, area), part in areas:
            named: Texts = (
                words.in_all_languages("city_total")
                if area_set == "city"
                else dict.fromkeys(words.LANGUAGES, words.isolated(words.zone_text(area)))
            )
            if len(areas) > 1 and not several:
                rows.append(Row(name=named, head=True))
            before = named if several and len(areas) > 1 else None
            rows += [
                Row(
                    name=_in_area(_capital(words.in_all_languages(row["group"])), before),
                    printed=row["group"] == view.group or (area_set == "city" and not several),
                    cells=[
                        _count(row["covered_before"]),
                        _count(row["covered_after"]),
                        _count(row["gained"]),
                        _count(row["lost"]),
                        _interval(row),
                        _count(row.get("people_quicker", math.nan)),
                        in_each(words.percent, row["share_before"], decimals=1),
                        in_each(words.percent, row["share_after"], decimals=1),
                    ],
                )
                for row in part.to_dict("records")
            ]
    columns = _change_columns("group")
    columns.insert(-2, words.in_all_languages("column_quicker"))
    return Table(
        name="groups",
        title=_titled("table_groups", view),
        most_printed=_MOST_PRINTED,
        columns=columns,
        rows=rows,
        help=words.in_all_languages("help_interval"),
    )


def _zone_table(city: City, told: Comparison, view: Shown) -> Table:
    rows_of = view.of(told.table, by=view.by, scenario=view.scenarios[0], group=view.group)
    moved = rows_of[(rows_of["gained"] != 0) | (rows_of["lost"] != 0)]
    size = moved[["gained", "lost"]].fillna(0).max(axis=1)
    moved = moved.loc[size.sort_values(ascending=False, kind="stable").index][:MOST_ZONES]
    rows = [
        Row(
            name=quoted(words.zone_text(row["zone"])),
            zone=plain_json(row["zone_id"]) if view.by in city.zones else None,
            cells=[
                _count(row["covered_before"]),
                _count(row["covered_after"]),
                _count(row["gained"]),
                _count(row["lost"]),
                _interval(row),
                in_each(words.percent, row["share_before"], decimals=1),
                in_each(words.percent, row["share_after"], decimals=1),
            ],
        )
        for row in moved.to_dict("records")
    ]
    title = _titled("table_zones", view)
    if len(view.questions) > 1:
        title = _with_question(title, told, view, view.asked, " · ")
    return Table(
        name="zones",
        title=title,
        columns=_change_columns("zone"),
        rows=rows,
        help=words.in_all_languages("help_zones", count=MOST_ZONES),
    )


def _edit_tables(
    told: Comparison, view: Shown, previews: Mapping[str, gpd.GeoDataFrame]
) -> list[Table]:
    effects = told.effects
    if not {"kind", "matched", "scenario"} <= {*effects.columns} or not len(effects):
        return []
    done: dict[str, list[tuple[Any, Row]]] = {}
    for scenario in view.scenarios:
        part = effects[effects["scenario"] == scenario]
        drawn = previews.get(scenario)
        done[scenario] = [
            (
                tuple(str(row.get(name)) for name in ("kind", "what", "matched", "said")),
                Row(
                    name=_edit_text(row),
                    cells=[
                        # How it was matched stands in the file; the page names what was.
                        words.in_all_languages("city_total")
                        if str(row["matched"]).startswith(WHOLE_CITY)
                        else quoted(str(row["matched"]).partition(" (")[0]),
                        _edit_changes(drawn, row.get("edit"))
                        if str(row["kind"]) not in _RESIDENTS_EDITS
                        else _edit_people(row.get("people")),
                        _count(row["length_m"]) if row.get("length_m") else "–",
                    ],
                ),
            )
            for row in part.to_dict("records")
        ]
    return [
        Table(
            name="edits",
            title=words.in_all_languages("table_edits"),
            columns=[
                words.in_all_languages(f"column_{name}")
                for name in ("edit", "matched", "from_to", "metres")
            ],
            rows=_told_once(done, view),
            help=words.in_all_languages("help_edits"),
            left=2,
            printed=False,
        )
    ]


def _told_once(rows_of: Mapping[str, Sequence[tuple[Any, Row]]], view: Shown) -> list[Row]:
    """Put rows under the scenarios that share them, so that none is told twice."""
    holders: dict[Any, list[int]] = {}
    rows: dict[Any, Row] = {}
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


def _holders(numbers: Sequence[int], view: Shown) -> Texts | Markup:
    if len(numbers) == len(view.scenarios):
        return words.in_all_languages("in_all_scenarios")
    names = [f"{number}. {view.scenarios[number - 1]}" for number in numbers]
    return Markup(" · ").join(quoted(name) for name in names)


def _edit_changes(drawn: gpd.GeoDataFrame | None, edit: Any) -> Texts | str:
    """Say of how many metres what changes, and from what to what."""
    if drawn is None or not {"edit", "values", "table"} <= {*drawn.columns}:
        return "–"
    own = drawn[(drawn["edit"] == edit) & drawn["table"].isin(["edges", "places"])]
    metres: dict[tuple[str, str, str], float] = {}
    for values, length in zip(own["values"].astype(str), own.geometry.length, strict=True):
        for what in _CHANGE.findall(values):
            if f"column_of_{what[0]}" in words.WORDS:
                metres[what] = metres.get(what, 0.0) + float(length)
    if not metres:
        return "–"
    longest = sorted(metres.items(), key=lambda one: -one[1])[:_MOST_CHANGES]
    return {
        language: "; ".join(
            words.say(
                "changes_on" if length else "changes_from",
                language,
                what=words.say(f"column_of_{what}", language),
                before=_value_text(before, language),
                after=_value_text(after, language),
                metres=words.number(length, language),
            )
            for (what, before, after), length in longest
        )
        for language in words.LANGUAGES
    }


def _edit_people(people: Any) -> Texts | str:
    """Say how many people an edit brings or takes, as published; few are not told."""
    if people is None or pd.isna(people):
        return words.in_all_languages("not_told")
    change = float(people)
    signed = _signed(change, "+" if change > 0 else "")
    return words.in_all_languages("edit_people", people=signed.__getitem__)


def _value_text(value: str, language: str) -> str:
    key = f"value_{value.lower() or 'unknown'}"
    return words.say(key, language) if key in words.WORDS else words.isolated(value)


def _assumption_tables(assumptions: pd.DataFrame, view: Shown) -> list[Table]:
    done: dict[str, list[tuple[Any, Row]]] = {}
    for scenario in view.scenarios:
        part = assumptions[assumptions["scenario"] == scenario]
        done[scenario] = [
            (
                (row["about"], row["text"], row["source"]),
                Row(
                    name=words.in_all_languages(
                        "assumed_cost", cost=_euro(float(row["text"])).__getitem__
                    )
                    if row["about"]
                    else quoted(row["text"]),
                    cells=[
                        words.in_all_languages("source_ours")
                        if row["source"] == "ours"
                        else quoted(row["source"])
                    ],
                ),
            )
            for row in part.to_dict("records")
        ]
    rows = _told_once(done, view)
    if not rows:
        return []
    return [
        Table(
            name="assumptions",
            title=words.in_all_languages("table_assumptions"),
            columns=[words.in_all_languages(f"column_{name}") for name in ("assumed", "source")],
            rows=rows,
            left=1,
            printed=False,
        )
    ]


def _edit_text(row: Mapping[Hashable, Any]) -> Texts | Markup:
    key = f"edit_{row['kind']}"
    return words.in_all_languages(key) if key in words.WORDS else quoted(row.get("what", ""))


def _notes(told: Comparison, view: Shown, smallest_count: float) -> list[Texts]:
    notes: list[Texts] = [words.in_all_languages("note_compare")]
    if smallest_count:
        least = count_text(smallest_count)
        notes.append(words.in_all_languages("note_hidden", smallest=least.__getitem__))
        notes.append(words.in_all_languages("note_cells", smallest=least.__getitem__))
    if told.summary["low"].notna().any():
        notes.append(words.in_all_languages("note_interval"))
    else:
        notes.append(words.in_all_languages("note_no_interval"))
    if view.asked.get("at"):
        notes.append(
            words.in_all_languages(
                "note_hours",
                at=lambda language: _time_text(view.asked, language),
                how=lambda language: words.say(
                    f"unknown_hours_{view.asked.get('unknown_hours') or 'closed'}", language
                ),
            )
        )
    return notes


def _change_columns(first: str) -> list[Texts]:
    names = ("covered_before", "covered_after", "gained", "lost", "interval")
    return [
        words.in_all_languages(f"column_{name}")
        for name in (first, *names, "share_before", "share_after")
    ]


def _titled(key: str, view: Shown) -> Texts:
    several = len(view.scenarios) > 1
    texts = words.in_all_languages(key, group=_group(view))
    if not several:
        return texts
    name = words.isolated(view.scenarios[0])
    return {language: f"{text}: {name}" for language, text in texts.items()}


def _group(view: Shown) -> Any:
    return lambda language: words.say(view.group, language)


def _count(value: Any) -> Texts:
    return count_text(float(value))


def _signed(value: float, sign: str) -> Texts:
    texts = _count(value)
    if math.isnan(value):
        return words.in_all_languages("not_told")
    return texts if value == 0 else {name: f"{sign}{text}" for name, text in texts.items()}


def _interval(row: Any) -> Texts | str:
    low, high = row["low"], row["high"]
    if pd.isna(low) or pd.isna(high):
        return "–"
    if low == high:
        return _count(low)
    return words.in_all_languages(
        "interval", low=_count(low).__getitem__, high=_count(high).__getitem__
    )


def _euro(value: Any) -> Texts:
    if pd.isna(value):
        return dict.fromkeys(words.LANGUAGES, "–")
    return words.in_all_languages("euro", value=_count(value).__getitem__)


def _capital(texts: Texts) -> Texts:
    return {language: text[:1].upper() + text[1:] for language, text in texts.items()}
