"""The report of a scenario: who gains and who loses, where, and what it takes for granted."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.model import schemas
from quartieri15.publish import words
from quartieri15.publish.basemap import city_area
from quartieri15.publish.catalogue import say
from quartieri15.publish.cells import CLASSES, people_cells
from quartieri15.publish.comparing.figures import figures
from quartieri15.publish.comparing.layers import CROSSING
from quartieri15.publish.comparing.sentences import assumptions, notes, sentences
from quartieri15.publish.comparing.tables import tables
from quartieri15.publish.comparing.view import View as Compared
from quartieri15.publish.comparison import assumptions_of
from quartieri15.publish.not_known import not_known
from quartieri15.publish.page import own_words
from quartieri15.publish.palette import colour
from quartieri15.publish.plan_layers import GAIN_COLOURS, LOSS_COLOURS, SAVED_LIMITS
from quartieri15.publish.report.contents import Figure, Picture, Report, Section, Table
from quartieri15.publish.report.legend import area_sign, line_sign, symbol_sign
from quartieri15.publish.report.map_image import EDIT, Shapes, Symbol, View, map_image
from quartieri15.publish.report.method import sources_section

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.planning.scenario import Scenario
    from quartieri15.publish import sheet
    from quartieri15.publish.report.contents import Sign
    from quartieri15.publish.texts import Texts

MAP_HEIGHT: Final = 1000.0
"""So high that it stands below the figures on the first page, in units of the map."""

_EDIT_WIDTH: Final = 8.0


def scenario_report(
    city: City,
    scenario: Scenario,
    *,
    slug: str,
    exact: Comparison,
    told: Comparison,
    group: str | None = None,
    smallest_count: float,
    language: str,
    date: dt.date,
    publisher: Sequence[str] = (),
    preview: gpd.GeoDataFrame | None = None,
) -> Report:
    """Return the report of a scenario.

    Parameters
    ----------
    city
        The city before.
    scenario
        The scenario.
    slug
        The name of the files.
    exact, told
        What it changes: as ``compare`` tells it of this one scenario, and as it may leave the
        house.
    group
        Whose figures lead; people of 65 and over where they were asked about, else the first.
    smallest_count
        The smallest count that is told.
    language
        ``"it"`` or ``"en"``.
    date
        The date on it.
    publisher
        Who publishes it, line by line.
    preview
        The result of ``scenario.preview(city)``, if it is at hand.
    """
    view = Compared.of(told, group)
    if preview is None:
        preview = scenario.preview(city)

    def one(texts: Texts) -> str:
        return texts[language]

    unknown = not_known(
        city,
        to=str(told.provenance["places"]),
        unknown_hours=view.asked["unknown_hours"] if view.asked["at"] else None,
    )
    assumed = assumptions_of({scenario.name: scenario})
    said = [
        *([one(own_words(scenario.description))] if scenario.description else []),
        *(one(text) for text in sentences(view, exact, smallest_count)),
    ]
    return Report(
        slug=slug,
        language=language,
        kicker=say("report.kicker_scenario", language),
        title=words.isolated(scenario.name),
        lead=one(assumptions(city, view)),
        figures=[Figure(value=one(each.value), words=one(each.caption)) for each in figures(view)],
        sections=[
            Section(title=words.say("in_short", language), paragraphs=said),
            _map_section(
                city,
                view,
                view.rows(exact.addresses, scenario=view.best),
                preview,
                smallest_count=smallest_count,
                language=language,
            ),
            *(
                Section(title=one(table.title), tables=[_plain_table(table, language)])
                for table in tables(city, view, {scenario.name: preview}, assumed)
            ),
            Section(
                title=words.say("not_known_title", language), items=[one(text) for text in unknown]
            ),
            Section(
                title=say("report.method_title", language),
                items=[one(text) for text in notes(view, smallest_count)],
            ),
            sources_section(city.provenance, language),
        ],
        date=date,
        publisher=publisher,
    )


def _plain_table(table: sheet.Table, language: str) -> Table:
    """Write a table of a sheet in one language."""

    def plain(text: Any) -> str:
        written: str = text if isinstance(text, str) else text[language]
        return written

    return Table(
        caption="",
        columns=[plain(column) for column in table.columns],
        rows=[[plain(row.name), *map(plain, row.cells)] for row in table.rows],
        texts=table.left,
        # What is said of files stands on the page beside them.
        note=plain(table.help) if table.help and table.name in ("groups", "scenarios") else "",
    )


def _map_section(
    city: City,
    view: Compared,
    rows: gpd.GeoDataFrame,
    preview: gpd.GeoDataFrame,
    *,
    smallest_count: float,
    language: str,
) -> Section:
    preview = preview[~schemas.unplaced(preview.geometry)]
    kinds = preview.geometry.geom_type
    lines = preview.geometry[kinds.isin(["LineString", "MultiLineString"])]
    points = preview.geometry[kinds == "Point"].drop_duplicates()
    drawn, legend, caption = _changes(rows, view, smallest_count, language)
    own = [*drawn, *_edited(lines)]
    if len(lines):
        legend.append(line_sign(EDIT, words.say("edited_streets", language), width=_EDIT_WIDTH))
    symbols = [Symbol(x=point.x, y=point.y, edited=True) for point in points]
    if symbols:
        legend.append(symbol_sign(Symbol(x=0, y=0, edited=True), say("report.sign_edit", language)))
    houses = city.houses[~schemas.unplaced(city.houses.geometry)]
    symbols = [*(Symbol(x=point.x, y=point.y) for point in houses.geometry), *symbols]
    legend.append(symbol_sign(Symbol(x=0, y=0), words.say("houses", language)))
    shapes = [shape for layer in own for shape in layer.shapes] + list(points)
    drawing = map_image(
        city,
        View.of(shapely.union_all(shapes) if shapes else city_area(city), height=MAP_HEIGHT),
        title=say("report.scenario_map_text", language, caption=caption),
        under=drawn,
        over=_edited(lines),
        symbols=symbols,
        language=language,
    )
    return Section(
        title=say("report.scenario_map_title", language),
        picture=Picture(drawing=drawing, caption=caption, legend=legend),
    )


def _edited(lines: Iterable[shapely.Geometry]) -> list[Shapes]:
    """Draw streets that are edited, so that they stand out of streets and of areas."""
    shapes = list(lines)
    if not shapes:
        return []
    return [
        Shapes(shapes=shapes, stroke=colour("paper"), width=_EDIT_WIDTH + 7),
        Shapes(shapes=shapes, stroke=EDIT, width=_EDIT_WIDTH),
    ]


def _changes(
    rows: gpd.GeoDataFrame, view: Compared, smallest_count: float, language: str
) -> tuple[list[Shapes], list[Sign], str]:
    """Draw who crosses the threshold; where nobody does, who gets there sooner or later."""
    blanks = {name: text[language] for name, text in view.blanks.items()}
    drawn: list[Shapes] = []
    legend: list[Sign] = []
    for change, colours in zip(CROSSING, (GAIN_COLOURS, LOSS_COLOURS), strict=True):
        part = rows[rows["change"] == change]
        cells = people_cells(part, part[view.group], smallest_count=smallest_count)
        least = cells.attrs["smallest_count"]
        for (low, high), ink in zip(pairwise((*CLASSES, np.inf)), colours, strict=True):
            shapes = list(cells.geometry[cells["people_from"] == low * least])
            if shapes:
                drawn.append(_cells(shapes, ink))
                text = _class_text(f"cells_{change}", low * least, high * least, language)
                legend.append(area_sign(ink, text))
    if drawn:
        return drawn, legend, words.say("theme_change", language, **blanks)
    for longer, colours in ((False, GAIN_COLOURS), (True, LOSS_COLOURS)):
        part = rows[rows["minutes_saved"].notna()]
        cells = people_cells(
            part, part[view.group], minutes=part["minutes_saved"], smallest_count=smallest_count
        )
        if not len(cells):
            continue
        saved = cells["minutes"].to_numpy(dtype=float) * (-1 if longer else 1)
        key = "minutes_more" if longer else "minutes_less"
        for (low, high), ink in zip(pairwise((*SAVED_LIMITS, np.inf)), colours, strict=True):
            shapes = list(cells.geometry[(saved >= low) & (saved < high)])
            if shapes:
                drawn.append(_cells(shapes, ink))
                legend.append(area_sign(ink, _class_text(key, low, high, language)))
    if drawn:
        return drawn, legend, words.say("theme_minutes", language, **blanks)
    return drawn, legend, say("report.nobody_moves", language, **blanks)


def _cells(shapes: Sequence[shapely.Geometry], ink: str) -> Shapes:
    return Shapes(shapes=shapes, fill=ink, stroke=colour("paper"), width=1.5)


def _class_text(key: str, low: float, high: float, language: str) -> str:
    blanks = {"low": words.as_given(low, language)}
    if np.isinf(high):
        return words.say(f"{key}_above", language, **blanks)
    return words.say(key, language, high=words.as_given(high, language), **blanks)
