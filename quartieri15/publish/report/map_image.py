"""The map of a report: drawn in millimetres of paper from the city's own tables, as SVG.

It is one picture with one text beside it, so that a reader who does not see it is told what it
shows; every figure it carries stands in a table too. Colours go from light to dark, so that a
copy in grey says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely
from markupsafe import Markup

from quartieri15.publish import words
from quartieri15.publish.palette import colour
from quartieri15.publish.report.svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.streets import StreetNetwork

WIDTH: Final = 1740.0
"""Units across: a tenth of a millimetre on A4 between margins of 18 mm."""

HEIGHT: Final = 1400.0
"""Units down, where nothing else is said."""

MARGIN: Final = 0.04
"""Which part of the area is left free around it, on each side."""

SMALLEST_VIEW_M: Final = 2500.0

_STREETS: Final = (
    # Classes of OpenStreetMap, width of the line and of its casing in units, and how many units a
    # metre must be for them to be seen.
    (("residential", "living_street", "unclassified", "pedestrian"), 2.0, 0.0, 0.15),
    (("tertiary", "tertiary_link"), 4.5, 7.0, 0.0),
    (("secondary", "secondary_link", "primary", "primary_link"), 7.0, 10.0, 0.0),
    (("trunk", "trunk_link", "motorway", "motorway_link"), 9.0, 13.0, 0.0),
)
_TEXT: Final = 27.0
_LETTER: Final = 0.52
"""How wide a letter of Titillium Web is, about, as a part of its size."""
_DISC: Final = 22.0
EDIT: Final = "#6a1b9a"
"""What a scenario edits, as on the site."""

_SCALES_M: Final = (250, 500, 1000, 2000, 5000)


class View(NamedTuple):
    """What a map shows: where its corner lies, and how many units a metre is."""

    west: float
    north: float
    units_per_m: float
    height: float = HEIGHT

    @classmethod
    def of(cls, area: shapely.Geometry, *, height: float = HEIGHT) -> View:
        """Show an area whole, with room around it, in a picture so many units high."""
        west, south, east, north = shapely.bounds(area)
        across = max((east - west) * (1 + 2 * MARGIN), SMALLEST_VIEW_M)
        down = max((north - south) * (1 + 2 * MARGIN), SMALLEST_VIEW_M * height / WIDTH)
        scale = min(WIDTH / across, height / down)
        return cls(
            west=(west + east) / 2 - WIDTH / scale / 2,
            north=(north + south) / 2 + height / scale / 2,
            units_per_m=scale,
            height=height,
        )

    @property
    def frame(self) -> shapely.Polygon:
        """The ground that is shown."""
        return shapely.box(
            self.west,
            self.north - self.height / self.units_per_m,
            self.west + WIDTH / self.units_per_m,
            self.north,
        )

    def place(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points of the ground stand in the drawing."""
        return (xy - (self.west, self.north)) * (self.units_per_m, -self.units_per_m)


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """A place on a map.

    Parameters
    ----------
    x, y
        Where it stands, in the CRS of the city.
    number
        By which the table knows it; empty for a place the table does not hold.
    second
        Whether it has the second of two looks.
    uncertain
        Whether its position is: a dashed ring is drawn around it.
    edited
        Whether a scenario opens or changes it: a diamond stands in the place of the disc.
    """

    x: float
    y: float
    number: str = ""
    second: bool = False
    uncertain: bool = False
    edited: bool = False


@dataclass(frozen=True, kw_only=True)
class Label:
    """A name on a map.

    Parameters
    ----------
    text
        The name; a part after " - " goes on a line of its own.
    area
        The area it names, in the CRS of the city.
    """

    text: str
    area: shapely.Geometry


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """Shapes that are drawn alike.

    Parameters
    ----------
    shapes
        In the CRS of the city.
    fill, stroke
        Colours, ``"none"`` for none.
    width
        Of the line, in units.
    dashes
        Lengths of dash and gap, in units; empty for a whole line.
    """

    shapes: Sequence[shapely.Geometry]
    fill: str = "none"
    stroke: str = "none"
    width: float = 1.0
    dashes: str = ""


def map_image(
    city: City,
    view: View,
    *,
    title: str,
    area: shapely.Geometry | None = None,
    under: Iterable[Shapes] = (),
    over: Iterable[Shapes] = (),
    labels: Sequence[Label] = (),
    symbols: Sequence[Symbol] = (),
    language: str = "it",
) -> Markup:
    """Draw a piece of a city with streets, borders, names and places.

    Parameters
    ----------
    city
        The city, whose streets are drawn.
    view
        What is shown.
    title
        What the picture shows, in words: its text for who does not see it.
    area
        What the map is about, a polygon in the CRS of the city; what lies around it is paler. None
        for all that is shown.
    under, over
        Shapes below the streets and above them, from the ground up.
    labels
        Names, the more important ones first: one that would lie on another is left out.
    symbols
        Places, drawn above everything but their numbers.
    language
        In which distances are written.

    Returns
    -------
    markupsafe.Markup
        An ``svg`` element :data:`WIDTH` by :data:`HEIGHT` units, without a script or a style.
    """
    land = Markup('<rect width="{:.0f}" height="{:.0f}" fill="{}"/>')
    parts = [
        land.format(WIDTH, view.height, colour("land")),
        *(_drawn(view, one) for one in under),
        *_streets(view, city.streets),
        *(_drawn(view, one) for one in over),
        *(_outlined(view, area) if area is not None else []),
        *_names_and_places(view, labels, symbols),
        _scale_bar(view, language),
    ]
    return svg(parts, kind="map", width=WIDTH, height=view.height, title=title)


def _drawn(view: View, one: Shapes) -> Markup:
    path = _path(view, one.shapes, closed=one.fill != "none")
    if not path:
        return Markup("")
    line = Markup("")
    if one.stroke != "none":
        line = Markup(' stroke="{}" stroke-width="{:g}" stroke-linejoin="round"').format(
            one.stroke, one.width
        )
        if one.dashes:
            line += Markup(' stroke-dasharray="{}"').format(one.dashes)
    return Markup('<path d="{}" fill="{}" fill-rule="evenodd"{}/>').format(path, one.fill, line)


def _streets(view: View, streets: StreetNetwork) -> list[Markup]:
    """Draw streets by class: all casings first, so that crossings are open."""
    edges = streets.edges
    shown = edges.iloc[edges.sindex.query(view.frame, predicate="intersects")]
    casings: list[Markup] = []
    lines: list[Markup] = []
    for classes, width, casing, least in _STREETS:
        if view.units_per_m < least:
            continue
        own = shown.geometry[shown["highway"].isin(classes) & ~shown["tunnel"]].to_numpy()
        if not len(own):
            continue
        merged = shapely.line_merge(shapely.multilinestrings(own))
        path = _path(view, shapely.get_parts(merged), closed=False)
        for drawn, ink, wide in (
            (casings, colour("casing"), casing),
            (lines, colour("street"), width),
        ):
            if wide:
                drawn.append(
                    Markup(
                        '<path d="{}" fill="none" stroke="{}" stroke-width="{:g}" '
                        'stroke-linecap="round" stroke-linejoin="round"/>'
                    ).format(path, ink, wide)
                )
    return [*casings, *lines]


def _path(view: View, shapes: Iterable[shapely.Geometry], *, closed: bool) -> str:
    """Write shapes as the path of an SVG: whole units, each step from the one before."""
    found = []
    clipped = shapely.clip_by_rect(
        np.asarray(list(shapes), dtype=object), *view.frame.buffer(40 / view.units_per_m).bounds
    )
    for part in shapely.get_parts(shapely.simplify(clipped, 0.7 / view.units_per_m)):
        if part.is_empty or part.geom_type == "Point":
            continue
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            units = view.place(shapely.get_coordinates(ring)).round().astype(int)
            steps = np.diff(units, axis=0)
            steps = steps[steps.any(axis=1)]
            if len(steps) > (1 if closed else 0):
                moves = " ".join(f"{x} {y}" for x, y in steps)
                found.append(f"M{units[0][0]} {units[0][1]}l{moves}" + ("z" if closed else ""))
    return "".join(found)


def _outlined(view: View, area: shapely.Geometry) -> list[Markup]:
    """Make what lies outside an area paler, and draw its border."""
    outside = shapely.difference(view.frame.buffer(50 / view.units_per_m), area)
    veil = Markup('<path d="{}" fill="{}" fill-opacity="0.62" fill-rule="evenodd"/>')
    return [
        veil.format(_path(view, [outside], closed=True), colour("paper")),
        _drawn(view, Shapes(shapes=[area], stroke=colour("ink"), width=5.0)),
    ]


def _names_and_places(
    view: View, labels: Sequence[Label], symbols: Sequence[Symbol]
) -> list[Markup]:
    """Draw names where nothing else stands, then places above them."""
    at = _apart([view.place(np.array([[one.x, one.y]]))[0] for one in symbols], symbols)
    taken = [
        shapely.box(x - _DISC, y - _DISC, x + _DISC, y + _DISC)
        for (x, y), one in zip(at, symbols, strict=True)
        if one.number
    ]
    frame = shapely.box(10, 10, WIDTH - 10, view.height - 10)
    written = []
    for label in labels:
        lines = label.text.split(" - ")[:3]
        wide = max(map(len, lines)) * _TEXT * _LETTER
        tall = len(lines) * _TEXT * 1.1
        for x, y in _spots(view, label.area):
            box = shapely.box(x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)
            if frame.contains(box) and not any(box.intersects(other) for other in taken):
                taken.append(box)
                top = y - tall / 2 + _TEXT * 0.85
                written += [_text(x, top + i * _TEXT * 1.1, line) for i, line in enumerate(lines)]
                break
    return written + [symbol(x, y, one) for (x, y), one in zip(at, symbols, strict=True)]


def _apart(
    at: Sequence[NDArray[np.float64]], symbols: Sequence[Symbol]
) -> list[NDArray[np.float64]]:
    """Move numbered places aside that would hide one another: two houses may share a building."""
    placed: list[NDArray[np.float64]] = []
    for spot, one in zip(at, symbols, strict=True):
        moved = spot
        while one.number and any(np.abs(moved - other).max() < 2 * _DISC for other in placed):
            moved = moved + np.array([_DISC / 2, 0.0])
        if one.number:
            placed.append(moved)
    it = iter(placed)
    return [next(it) if one.number else spot for spot, one in zip(at, symbols, strict=True)]


def _spots(view: View, area: shapely.Geometry) -> NDArray[np.float64]:
    """Return where a name may stand: in the middle of its area, or a little beside it."""
    seen = shapely.intersection(area, view.frame)
    parts = shapely.get_parts(seen)
    if not len(parts):
        return np.empty((0, 2))
    largest = parts[np.argmax(shapely.area(parts))]
    middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[:1]
    (x, y), *_ = view.place(middle)
    steps = [(0, 0), *((dx, dy) for dy in (-40, 40, -80, 80) for dx in (0, -70, 70))]
    spots = np.array([(x + dx, y + dy) for dx, dy in steps])
    inside = shapely.contains_xy(
        largest,
        view.west + spots[:, 0] / view.units_per_m,
        view.north - spots[:, 1] / view.units_per_m,
    )
    return spots[inside]


def _text(x: float, y: float, text: str, *, size: float = _TEXT, anchor: str = "middle") -> Markup:
    """Write a text with a halo; drawn twice, since not every program paints a stroke first."""
    written = Markup(
        '<text x="{:.0f}" y="{:.0f}" text-anchor="{}" font-size="{:g}" font-weight="600" {}>'
        "{}</text>"
    )
    halo = Markup('fill="none" stroke="{}" stroke-width="6" stroke-linejoin="round"').format(
        colour("paper")
    )
    ink = Markup('fill="{}"').format(colour("ink"))
    return written.format(x, y, anchor, size, halo, text) + written.format(
        x, y, anchor, size, ink, text
    )


def symbol(x: float, y: float, one: Symbol) -> Markup:
    """Draw a place: a disc with its number, a small one without, a diamond where it is edited."""
    if one.edited:
        return Markup(
            '<path d="M{:.0f} {:.0f}l{r} {r} -{r} {r} -{r} -{r}z" fill="{}" stroke="{}" '
            'stroke-width="5"/>'
        ).format(x, y - _DISC, EDIT, colour("paper"), r=f"{_DISC:g}")
    radius = _DISC if one.number else _DISC * 0.5
    fill, ink = (
        (colour("paper"), colour("accent")) if one.second else (colour("accent"), colour("paper"))
    )
    ring = Markup("")
    if one.uncertain:
        ring = Markup(
            '<circle cx="{0:.0f}" cy="{1:.0f}" r="{2:g}" fill="none" stroke="{3}" '
            'stroke-width="9"/>'
            '<circle cx="{0:.0f}" cy="{1:.0f}" r="{2:g}" fill="none" stroke="{4}" '
            'stroke-width="3.5" stroke-dasharray="9 6"/>'
        ).format(x, y, radius + 9, colour("paper"), colour("accent"))
    number = Markup(
        '<text x="{:.0f}" y="{:.0f}" text-anchor="middle" font-size="26" font-weight="700" '
        'fill="{}">{}</text>'
    ).format(x, y + 9, ink, one.number)
    return (
        ring
        + Markup(
            '<circle cx="{0:.0f}" cy="{1:.0f}" r="{2:g}" fill="{4}"/>'
            '<circle cx="{0:.0f}" cy="{1:.0f}" r="{3:g}" fill="{5}" stroke="{6}" stroke-width="4"/>'
        ).format(x, y, radius + 4, radius, colour("paper"), fill, colour("accent"))
        + (number if one.number else Markup(""))
    )


def _scale_bar(view: View, language: str) -> Markup:
    fitting = [metres for metres in _SCALES_M if metres * view.units_per_m <= WIDTH / 4]
    metres = fitting[-1] if fitting else _SCALES_M[0]
    kilometres = metres >= 1000  # noqa: PLR2004 - metres in a kilometre
    text = f"{words.as_given(metres / 1000 if kilometres else metres, language)} " + (
        "km" if kilometres else "m"
    )
    x, y = 30.0, view.height - 28.0
    bar = Markup(
        '<path d="M{:.0f} {:.0f}v12h{:.0f}v-12" fill="none" stroke="{}" stroke-width="{:g}"/>'
    )
    length = metres * view.units_per_m
    return (
        bar.format(x, y - 12, length, colour("paper"), 9)
        + bar.format(x, y - 12, length, colour("ink"), 3.5)
        + _text(x + 2, y - 20, text, size=24, anchor="start")
    )
