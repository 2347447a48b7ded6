"""An answer on one sheet: figures, sentences, a map, tables; for a screen, a phone and paper.

What :class:`Sheet` holds is texts by language and finished markup. Which texts, the module of each
answer says: :mod:`~quartieri15.publish.comparison`, :mod:`~quartieri15.publish.sites`,
:mod:`~quartieri15.publish.links`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.publish import basemap, words
from quartieri15.publish.maps import assemble, write_map
from quartieri15.publish.page import fill
from quartieri15.publish.still import still_map

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from markupsafe import Markup

    from quartieri15.model.city import City
    from quartieri15.publish.drawing import MapLayer
    from quartieri15.publish.texts import Texts

RATIO: Final = 2.4
"""How much wider than high the still map is."""

SMALLEST_VIEW_M: Final = 2500.0
MARGIN: Final = 0.08
SHOWN_IN_PRINT: Final = 6
"""So many rows of a table fit on one page beside the rest."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One large figure with what it counts.

    Parameters
    ----------
    value
        The figure, by language.
    caption
        What it counts.
    tone
        ``"gain"``, ``"loss"`` or ``"plain"``.
    """

    value: Texts
    caption: Texts
    tone: str = "plain"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    name
        What it is about.
    cells
        Its figures in words.
    zone
        The zone that its name opens on the map, if any.
    number
        The number the map knows it by, if any.
    head
        Whether it names the rows below it and has no figures.
    printed
        Whether it is on paper too, if it is among the first rows.
    """

    name: Texts | Markup | str
    cells: Sequence[Texts | Markup | str] = ()
    zone: object = None
    number: int | None = None
    head: bool = False
    printed: bool = True


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a sheet.

    Parameters
    ----------
    name
        A name for links: ours, never a text of the data.
    title
        What it shows.
    columns
        The headings: of the names, then of each figure.
    rows
        Its rows.
    help
        A sentence on how to read it.
    before
        A chart that stands above it.
    left
        How many columns after the first hold text rather than figures.
    printed
        Whether it is on paper too; of a long table the first rows are.
    most_printed
        How many.
    """

    name: str
    title: Texts
    columns: Sequence[Texts]
    rows: Sequence[Row]
    help: Texts | None = None
    before: Markup | str = ""
    left: int = 0
    printed: bool = True
    most_printed: int = SHOWN_IN_PRINT


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All that a sheet says.

    Parameters
    ----------
    kicker, title
        What kind of answer it is, and to what.
    figures
        The figures that matter, at most four.
    sentences
        What they mean, in plain words.
    unknown
        What is not known, in the size of what is.
    assumptions
        Who travels, how far, from when the data are.
    tables
        The tables.
    notes
        How to read it, and what is not known.
    files
        Names of the files beside the page, with what each holds.
    """

    kicker: Texts
    title: Texts
    figures: Sequence[Figure]
    sentences: Sequence[Texts]
    assumptions: Texts
    tables: Sequence[Table]
    notes: Sequence[Texts]
    unknown: Sequence[Texts] = ()
    files: Sequence[tuple[str, Texts]] = field(default=())


def write_sheet(
    city: City,
    sheet: Sheet,
    layers: Sequence[MapLayer],
    path: Path,
    *,
    view: list[list[float]],
    language: str,
    date: dt.date,
) -> None:
    """Write a sheet as one HTML file that asks nobody for anything.

    Parameters
    ----------
    city
        The city.
    sheet
        What it says.
    layers
        What is on its map, from the ground up.
    path
        Where the file shall stand.
    view
        What the map shows at first, see :func:`view_of`.
    language
        In which the page opens.
    date
        The date on it.
    """
    still = still_map(_shown(layers), view, label=words.in_all_languages("still_map"))
    signs = [
        {"text": layer.text, **sign}
        for layer in _shown(layers)
        for sign in (layer.signs or ([layer.sign] if layer.sign else []))
    ]
    content: dict[str, Any] = {
        "title": sheet.title,
        "kicker": sheet.kicker,
        "figures": sheet.figures,
        "sentences": sheet.sentences,
        "unknown": sheet.unknown,
        "assumptions": sheet.assumptions,
        "still": still,
        "signs": signs,
        "tables": [fill("figures", table=table) for table in sheet.tables],
        "files": sheet.files,
        "notes": sheet.notes,
    }
    page = assemble(
        city,
        layers,
        content,
        language=language,
        date=date,
        closed=True,
        template="sheet",
        view=view,
    )
    write_map(page, path)


def view_of(city: City, shapes: Iterable[shapely.Geometry]) -> list[list[float]]:
    """Return the corners of a view that shows some shapes with room around them.

    Parameters
    ----------
    city
        The city, whose whole is the view where there is no shape.
    shapes
        In the CRS of the city.

    Returns
    -------
    list
        South-west and north-east corner, latitude before longitude, in degrees, of a box
        :data:`RATIO` times as wide as it is high.
    """
    bounds = shapely.total_bounds(np.array([*shapes, shapely.Point()], dtype=object))
    if not np.isfinite(bounds).all():
        bounds = np.asarray(shapely.bounds(basemap.city_area(city)))
    (west, south), (east, north) = bounds[:2], bounds[2:]
    width = max((east - west) * (1 + 2 * MARGIN), SMALLEST_VIEW_M)
    height = max((north - south) * (1 + 2 * MARGIN), SMALLEST_VIEW_M / RATIO)
    width, height = max(width, height * RATIO), max(height, width / RATIO)
    x, y = (west + east) / 2, (south + north) / 2
    box = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    degrees = gpd.GeoSeries([box], crs=city.crs).to_crs(GEOGRAPHIC).total_bounds
    west, south, east, north = (round(float(value), basemap.DECIMALS) for value in degrees)
    return [[south, west], [north, east]]


def columns_of(*names: str) -> list[Texts]:
    """Return the headings of columns."""
    return [words.in_all_languages(f"column_{name}") for name in names]


def _shown(layers: Sequence[MapLayer]) -> list[MapLayer]:
    """Return what is on the map at first: the first theme, and what is switched on."""
    themes = [layer.id for layer in layers if layer.role == "theme"]
    hidden = [*themes[1:], *(layer.id for layer in layers if not layer.shown)]

    def goes_with(layer: MapLayer, names: Iterable[str]) -> bool:
        return any(layer.id == name or layer.id.startswith(f"{name}-") for name in names)

    return [layer for layer in layers if not goes_with(layer, hidden)]
