"""The folder that answers *what if*: a page, tables and layers of a before and an after."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import is_one_of, several, shown
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model import schemas
from quartieri15.planning.comparing.comparison import Comparison
from quartieri15.planning.wording import said_in, wording
from quartieri15.progress import quiet
from quartieri15.publish.answers import Answer, Drawing, Writing, write_answer
from quartieri15.publish.changes import publishable_comparison, publishable_minutes
from quartieri15.publish.comparing.layers import file_layers
from quartieri15.publish.comparing.page import page, title
from quartieri15.publish.comparing.view import View
from quartieri15.publish.disclosure import SMALLEST_COUNT, require_smallest_count, rounded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.progress import Say
    from quartieri15.publish.tables import Decimal
    from quartieri15.publish.texts import Texts

OWN_FILES: Final = (
    "comparison_",
    "minutes_saved.csv",
    "edits.csv",
    "places.csv",
    "assumptions.csv",
)
"""How the names of the files written here begin."""


def write_comparison(
    city: City,
    comparison: Comparison,
    out: str | Path,
    *,
    scenarios: Any = (),
    group: str | None = None,
    smallest_count: float = SMALLEST_COUNT,
    language: str = "it",
    decimal: Decimal = ".",
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
        ``"it"`` or ``"en"``: the language in which the page opens, and in which
        ``assumptions.csv`` tells what a scenario says in both.
    decimal
        ``"."`` for programs, ``","`` for Excel in Italian; see
        :func:`~quartieri15.publish.tables.write_csv`.
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
    wanted = Writing.of(
        city,
        out,
        smallest_count=smallest_count,
        language=language,
        decimal=decimal,
        progress=progress,
    )
    _require_comparison(comparison)
    _require_group(comparison, group)
    plans = _plans(scenarios)
    wanted.require_place("comparison")
    told = published_comparison(comparison, smallest_count=wanted.smallest_count)
    view = View.of(told, group)
    previews = _previews(city, plans)
    assumed = assumptions_of(plans)

    def draw(files: Sequence[tuple[str, Texts]], date: dt.date) -> Drawing:
        return page(
            city,
            view,
            comparison,
            previews=previews,
            assumed=assumed,
            files=files,
            smallest_count=wanted.smallest_count,
            date=date,
        )

    answer = Answer(
        kind="comparison",
        own_files=OWN_FILES,
        title=title(city, view),
        tables={
            **{f"comparison_{by}": rows for by, rows in told.table.groupby("by", sort=False)},
            "comparison_summary": told.summary,
            "minutes_saved": told.minutes_saved,
            "edits": told.effects,
            "places": told.place_changes,
            "assumptions": _told_in(assumed, wanted.language),
        },
        describe=_described,
        layers=file_layers(
            view, comparison.addresses, previews, smallest_count=wanted.smallest_count
        ),
        layers_file="changes.gpkg",
        draw=draw,
        rows=told.summary,
        asked=told.provenance,
    )
    return write_answer(answer, wanted)


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


def assumptions_of(plans: Mapping[str, Any]) -> pd.DataFrame:
    """Return what scenarios take for granted, with its source; what they cost is one of these."""
    rows = []
    for name, plan in plans.items():
        cost, source = getattr(plan, "cost_eur", None), getattr(plan, "cost_source", None)
        if cost is not None and source:
            rows.append(
                {
                    "scenario": name,
                    "about": "cost_eur",
                    "text": f"{cost:.0f}",
                    "source": wording(source, where="cost_source"),
                }
            )
        rows += [
            {
                "scenario": name,
                "about": "",
                "text": wording(one.text, where="assumptions, text"),
                "source": wording(one.source, where="assumptions, source"),
            }
            for one in getattr(plan, "assumptions", ())
            if hasattr(one, "text") and hasattr(one, "source")
        ]
    return pd.DataFrame(rows, columns=["scenario", "about", "text", "source"])


def _told_in(assumed: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return what is taken for granted as a reader of a language is told it."""
    return assumed.assign(
        **{
            name: [said_in(text, language)[0] for text in assumed[name]]
            for name in ("text", "source")
        }
    )


def _described(stem: str) -> str:
    """Return which of the phrases about files a file is described by."""
    zones = stem.startswith("comparison_") and stem != "comparison_summary"
    return "comparison_zones" if zones else stem
