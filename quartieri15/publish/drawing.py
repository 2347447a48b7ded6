"""What is on a map: zones, bands, streets and places as layers, each with its legend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from markupsafe import Markup

from quartieri15.errors import InputError
from quartieri15.model import schemas
from quartieri15.model.places import contradicted
from quartieri15.plain_json import plain_json
from quartieri15.publish import basemap, palette, words
from quartieri15.publish.catalogue import of_zones
from quartieri15.publish.page import both, quoted
from quartieri15.publish.popups import (
    Area,
    area_popup,
    known,
    place_popup,
)
from quartieri15.publish.texts import capital, count_text, minutes_text, missing, place_blanks

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from quartieri15.model.city import City
    from quartieri15.publish.texts import Texts

ZONE_COLOURS: Final = tuple(palette.colour(f"lack-{step}") for step in range(1, 6))
"""Few to many, light to dark: an order that grey print and colour-blind eyes keep."""

BAND_COLOURS: Final = ("#08519c", "#3d8dc4", "#9fcbe6", "#d3e6f3")
"""Near to far, dark to light (Blues of the same source)."""

NUMBER: Final = "#1c1f24"
NOBODY, NO_RESIDENTS, HIDDEN = "#ffffff", "#d4d6d9", "#ddd5ea"
ZONE_BORDER, MUNICIPIO_BORDER, LIMIT, STREET = "#77706a", "#33373d", "#0b3d91", "#9a9ea5"
STREET_WEIGHTS: Final = {"motorway": 1.6, "main": 1.1, "minor": 0.6}

_YELLOW = 'fill="#ffd21f" stroke="#1c1f24" stroke-width="2"'
_DRAWINGS: Final = {
    "ex_csrc": '<circle class="shape" cx="12" cy="12" r="8" fill="#1f4e9c" stroke="#fff" '
    'stroke-width="2"/>',
    "ex_cam": '<rect class="shape" x="4.5" y="4.5" width="15" height="15" fill="#8e1b6b" '
    'stroke="#fff" stroke-width="2"/>',
    "wemi_hosted": f'<path class="shape" d="M12 4 20 12 12 20 4 12Z" {_YELLOW}/>',
    "wemi_external": f'<path class="shape" d="M12 3.5 21 19.5 3 19.5Z" {_YELLOW}/>',
    "wemi_central": '<path class="shape" d="M12 2 14.9 8.6 22 9.3 16.6 14.1 18.2 21 12 17.4 '
    f'5.8 21 7.4 14.1 2 9.3 9.1 8.6Z" {_YELLOW}/>',
    "opened": '<circle class="shape" cx="12" cy="12" r="10" fill="#0f6b5c" stroke="#fff" '
    'stroke-width="2"/><path d="M12 7v10M7 12h10" stroke="#fff" stroke-width="2.6"/>',
    "closed": '<circle class="shape" cx="12" cy="12" r="10" fill="#fff" stroke="#b2182b" '
    'stroke-width="2.4"/><path d="M8 8l8 8M16 8l-8 8" stroke="#b2182b" stroke-width="2.6"/>',
    "changed": '<rect class="shape" x="3" y="3" width="18" height="18" rx="4" fill="#6a1b9a" '
    'stroke="#fff" stroke-width="2"/><path d="M8 10h8M8 14h8" stroke="#fff" stroke-width="2.2"/>',
    "place": '<path class="shape" d="M12 3 20 9 17 20 7 20 4 9Z" fill="#0f6b5c" stroke="#fff" '
    'stroke-width="2"/>',
}
_FRAME: Final = '<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>'
SHAPES: Final = {name: _FRAME.format(drawing) for name, drawing in _DRAWINGS.items()}
"""Markers, told apart by shape as well as by colour."""

SLIVER_M2: Final = 400.0
"""Parts of a band below this, a cell of the ground, are left out: simplifying makes them."""

PANES: Final = {"area": 390, "bands": 402, "streets": 404, "lines": 410}
"""Heights of what lies still; zones (400) and markers (600) have Leaflet's own."""


@dataclass(frozen=True, kw_only=True)
class MapLayer:
    """Features on the map, and their entry in the panel.

    Parameters
    ----------
    id
        Name of the layer in the page: ours, never a text of the data.
    text
        What the panel calls it.
    features
        GeoJSON; ``style``, ``label`` and ``popup`` among the properties of a feature say how
        it looks and what it tells.
    role
        ``"theme"`` (one at a time colours the map), ``"layer"`` (switched by itself),
        ``"part"`` (goes with the layer whose id its own starts with) or ``"ground"``.
    pane
        A key of :data:`PANES` for what cannot be clicked.
    shown
        Whether it is on the map at first.
    point
        The function of the page that draws its points.
    sign, signs
        Its sign in the panel (see :func:`line_sign`), or several with a text each.
    """

    id: str
    text: Texts
    features: dict[str, Any]
    role: str = "layer"
    pane: str | None = None
    shown: bool = True
    point: str = "marker"
    sign: Mapping[str, Any] | None = None
    signs: Sequence[Mapping[str, Any]] = ()


def ground(city: City) -> list[MapLayer]:
    """Draw the area of the city and its main streets."""
    area = basemap.city_area(city)
    streets = basemap.main_streets(city.streets, shapely.buffer(area, 1500))
    white = {"fill": True, "fillColor": "#ffffff", "fillOpacity": 1, "stroke": False}
    return [
        MapLayer(
            id="area",
            text={},
            features=basemap.small_geojson(
                [shapely.simplify(area, basemap.TOLERANCE_M)], [{"style": white}], crs=city.crs
            ),
            role="ground",
            pane="area",
        ),
        MapLayer(
            id="streets",
            text=words.in_all_languages("layer_streets"),
            features=basemap.small_geojson(
                streets.values(),
                [{"style": _line(STREET, STREET_WEIGHTS[weight], 0.75)} for weight in streets],
                crs=city.crs,
            ),
            pane="streets",
            sign=line_sign(STREET, 2),
        ),
    ]


def zone_layer(
    zones: gpd.GeoDataFrame,
    areas: Mapping[Any, Area],
    *,
    group: str,
    minutes: float,
    ranks: Mapping[Any, Mapping[str, Any]],
    places: str = "places",
    by: str = "nil",
    layer: str = "nil",
    role: str = "theme",
) -> MapLayer:
    """Colour zones by the people of a group who are not within reach.

    Parameters
    ----------
    zones
        The zones; every id must be among ``areas``.
    areas
        The figures to tell and to colour by.
    group
        The group that colours the map.
    minutes
        The threshold.
    ranks
        Rank and reasons of those zones that are gaps.
    places
        The name of the set of places to reach.
    by
        The name of the set of zones.
    layer, role
        As in :class:`MapLayer`.
    """
    uncovered = np.array([areas[zone][group].known_uncovered for zone in zones["id"]])
    population = np.array([areas[zone][group].population for zone in zones["id"]])
    breaks = class_breaks(uncovered)
    properties = [
        {
            "zone": plain_json(zone),
            "label": quoted(name),
            "popup": area_popup(
                name, areas[zone], minutes=minutes, rank=ranks.get(zone), places=places
            ),
            "style": _area(colour),
        }
        for zone, name, colour in zip(
            zones["id"],
            zones["name"].map(words.zone_text),
            _zone_colours(uncovered, population, breaks),
            strict=True,
        )
    ]
    text = words.in_all_languages(
        of_zones("theme_nil", nil=by == "nil"),
        group=capital(words.in_all_languages(group)),
        minutes=minutes_text(minutes),
    )
    return MapLayer(
        id=layer,
        text=text,
        features=basemap.small_geojson(
            basemap.simplified_zones(zones.geometry), properties, crs=zones.crs
        ),
        role=role,
        signs=_zone_signs(uncovered, population, breaks),
    )


def band_layers(
    catchments: gpd.GeoDataFrame,
    *,
    minutes: float | None,
    places: str = "places",
    role: str = "theme",
) -> list[MapLayer]:
    """Draw reached areas as bands that do not overlap, and the line where time runs out.

    Parameters
    ----------
    catchments
        Areas with ``minutes``, of many places or of all together, in any CRS in metres.
    minutes
        The threshold; its line is drawn if the catchments have it.
    places
        The name of the set of places to reach.
    role
        As in :class:`MapLayer`.

    Raises
    ------
    InputError
        If the table has no ``minutes``.
    """
    limits, shapes = merged_bands(catchments)
    if not limits:
        return []
    texts = [
        words.in_all_languages(
            "band" if low else "first_band", low=minutes_text(low), high=minutes_text(high)
        )
        for low, high in pairwise([0.0, *limits])
    ]
    colours = _spread(BAND_COLOURS[: max(len(limits), 3)], len(limits))
    opacity = 1 if role == "theme" else 0.6
    styles = [
        {"fill": True, "fillColor": colour, "fillOpacity": opacity, "stroke": False}
        for colour in colours
    ]
    layers = [
        MapLayer(
            id="bands",
            text=words.in_all_languages("theme_bands", **place_blanks(places)),
            features=basemap.small_geojson(
                shapes, [{"style": style} for style in styles], crs=catchments.crs
            ),
            role=role,
            pane="bands",
            signs=[area_sign(colour, text) for colour, text in zip(colours, texts, strict=True)],
        )
    ]
    if minutes in limits:
        within = shapely.union_all(shapes[: limits.index(minutes) + 1], grid_size=0.01)
        layers.append(
            MapLayer(
                id="limit",
                text=words.in_all_languages("layer_limit", minutes=minutes_text(minutes)),
                features=basemap.small_geojson(
                    [shapely.boundary(within)],
                    [{"style": _line(LIMIT, 1.6, 0.9)}],
                    crs=catchments.crs,
                ),
                pane="lines",
                sign=line_sign(LIMIT, 2),
            )
        )
    return layers


def merged_bands(
    catchments: gpd.GeoDataFrame,
) -> tuple[list[float], list[shapely.MultiPolygon]]:
    """Merge the areas of many places, simplify them, and cut every band out of the next.

    Returns
    -------
    tuple
        The limits in minutes, ascending, and for each the area reached in that time but not
        within the limit before.

    Raises
    ------
    InputError
        If the table has no ``minutes``.
    """
    if "minutes" not in catchments.columns:
        raise InputError(
            "column minutes is missing",
            where="catchments",
            mend="give the result of catchments(city, ...)",
        )
    limits: list[float] = []
    shapes: list[shapely.MultiPolygon] = []
    before: shapely.Geometry = shapely.MultiPolygon()
    for limit, table in catchments.groupby("minutes", sort=True):
        # Simplified one by one, before they are cut: a fifth of the vertices is left to cut.
        area = (
            shapely.union_all(table.geometry.to_numpy())
            if len(table) > 1
            else table.geometry.iloc[0]
        )
        simple = shapely.coverage_simplify([area], basemap.TOLERANCE_M)[0]
        ring = shapely.difference(simple, before, grid_size=0.01)
        parts = [part for part in shapely.get_parts(ring) if shapely.area(part) >= SLIVER_M2]
        limits.append(float(limit))
        shapes.append(shapely.MultiPolygon(parts))
        before = shapely.union_all([before, simple], grid_size=0.01)
    return limits, shapes


def municipio_layers(municipi: gpd.GeoDataFrame) -> list[MapLayer]:
    """Draw the outlines of the Municipi, with their numbers."""
    simple = basemap.simplified_zones(municipi.geometry)
    text = words.in_all_languages("layer_municipi")
    return [
        MapLayer(
            id="municipi",
            text=text,
            features=basemap.small_geojson(
                [shapely.union_all(shapely.boundary(simple))],
                [{"style": _line(MUNICIPIO_BORDER, 2, 0.9)}],
                crs=municipi.crs,
            ),
            pane="lines",
            sign=line_sign(MUNICIPIO_BORDER, 3),
        ),
        MapLayer(
            id="municipi-numbers",
            text=text,
            features=basemap.small_geojson(
                shapely.point_on_surface(simple),
                [{"label": quoted(zone)} for zone in municipi["id"]],
                crs=municipi.crs,
            ),
            role="part",
            pane="lines",
            point="municipio",
        ),
    ]


def place_layers(
    places: gpd.GeoDataFrame,
    *,
    reached: Mapping[Any, Area],
    minutes: float,
    date: dt.date,
    asked: str = "places",
) -> list[MapLayer]:
    """Draw places by kind; a WeMi desk stands beside the house that hosts it.

    Parameters
    ----------
    places
        The places; those without a position are left out.
    reached
        The people within reach of each place, by its id, as far as known.
    minutes
        The threshold of ``reached``.
    date
        The date of the page, for hours that have ended.
    asked
        The name of the set of places ``reached`` is about.
    """
    kinds = places["kind"].astype(str)
    hosting = places.get("hosts_wemi")
    hosts = (
        places.iloc[:0]
        if hosting is None
        else places[hosting.fillna(value=False).astype(bool).to_numpy()]
    )
    desks = {
        "wemi_hosted": hosts,
        **{kind: places[kinds == kind] for kind in ("wemi_external", "wemi_central")},
    }

    def markers(table: gpd.GeoDataFrame, kind: str) -> list[dict[str, Any]]:
        return _markers(
            _located(table), kind, reached=reached, minutes=minutes, date=date, asked=asked
        )

    layers = [
        MapLayer(
            id=f"places-{kind if kind in SHAPES else number}",
            text=_withcount_text(kind, table),
            features=_collection(markers(table, kind)),
            sign=place_sign(kind if kind in SHAPES else "place"),
        )
        for number, (kind, table) in enumerate(places.groupby(kinds, sort=False))
        if kind not in desks and len(_located(table))
    ]
    drawn = {kind: table for kind, table in desks.items() if len(_located(table))}
    if drawn:
        layers.append(
            MapLayer(
                id="wemi",
                text=_withcount_text("wemi", *desks.values()),
                features=_collection(
                    [feature for kind, table in drawn.items() for feature in markers(table, kind)]
                ),
                signs=[
                    {**place_sign(kind), "text": _withcount_text(kind, table)}
                    for kind, table in drawn.items()
                ],
            )
        )
    return layers


def class_breaks(values: ArrayLike, classes: int = len(ZONE_COLOURS)) -> list[int]:
    """Return round limits that split counts into classes of about as many areas.

    Parameters
    ----------
    values
        Counts; those below one half and missing ones are left out.
    classes
        How many classes at most.

    Returns
    -------
    list of int
        Upper limits of all classes but the last, ascending: quantiles rounded to 1, 2 or
        5 times a power of ten, so that every class is at least twice the one before.

    Examples
    --------
    >>> class_breaks([3, 40, 130, 260, 480, 900, 1400, 2600, 4100, 7300])
    [100, 500, 1000, 2000]
    """
    counts = np.asarray(values, dtype=float)
    counts = counts[np.isfinite(counts) & (counts >= 0.5)]  # noqa: PLR2004  (rounds to nobody)
    if not len(counts):
        return []
    wanted = np.quantile(counts, np.arange(1, classes) / classes)
    limits = sorted({_round_limit(float(value)) for value in wanted})
    return [limit for limit in limits if counts.min() <= limit < counts.max()]


def area_sign(colour: str, text: Texts) -> dict[str, Any]:
    """Return the sign of a coloured area."""
    drawn = '<rect x="1" y="3" width="22" height="18" fill="{}" stroke="#6b6b6b"/>'
    return {**_sign(drawn, colour), "text": text}


def line_sign(colour: str, width: int) -> dict[str, Any]:
    """Return the sign of a line."""
    return _sign('<path d="M1 12h22" stroke="{}" stroke-width="{}"/>', colour, width)


def number_sign() -> dict[str, Any]:
    """Return the sign of a place with a number."""
    return _sign('<circle cx="12" cy="12" r="10" fill="{}"/>', NUMBER)


def place_sign(shape: str) -> dict[str, Any]:
    """Return the sign of a kind of place, one of :data:`SHAPES`."""
    return {"drawing": Markup(SHAPES[shape])}  # noqa: S704  (ours)


def _sign(drawing: str, *values: object) -> dict[str, Any]:
    # Drawn, not styled: a page forbids style attributes, and paper leaves backgrounds out.
    return {"drawing": Markup(_FRAME).format(Markup(drawing).format(*values))}  # noqa: S704


def _round_limit(value: float) -> int:
    scale = 10.0 ** math.floor(math.log10(value))
    steps = (1, 2, 5, 10)
    step = min(steps, key=lambda step: abs(math.log(step * scale / value)))
    return max(1, round(scale * step))


def _zone_colours(
    uncovered: NDArray[np.float64], population: NDArray[np.float64], breaks: Sequence[int]
) -> list[str]:
    scale = _spread(ZONE_COLOURS, len(breaks) + 1)
    place = np.searchsorted(breaks, np.round(np.nan_to_num(uncovered)), side="left")
    colours = np.array(scale)[place]
    colours[np.round(uncovered) == 0] = NOBODY
    colours[np.isnan(uncovered)] = HIDDEN
    colours[population == 0] = NO_RESIDENTS
    return [str(colour) for colour in colours]


def _zone_signs(
    uncovered: NDArray[np.float64], population: NDArray[np.float64], breaks: Sequence[int]
) -> list[dict[str, Any]]:
    signs = []
    if (population == 0).any():
        signs.append(area_sign(NO_RESIDENTS, words.in_all_languages("no_residents")))
    if (np.isnan(uncovered) & (population != 0)).any():
        signs.append(area_sign(HIDDEN, words.in_all_languages("not_published")))
    if ((population != 0) & (np.round(uncovered) == 0)).any():
        signs.append(area_sign(NOBODY, words.in_all_languages("nobody_beyond")))
    colours = _spread(ZONE_COLOURS, len(breaks) + 1)
    lows = [0, *breaks]
    for low, high, colour in zip(lows, [*breaks, None], colours, strict=True):
        text = (
            words.in_all_languages("more_than", low=count_text(low))
            if high is None
            else words.in_all_languages("from_to", low=count_text(low + 1), high=count_text(high))
        )
        signs.append(area_sign(colour, text))
    return signs


def _spread(colours: Sequence[str], classes: int) -> list[str]:
    """Take colours from the whole range, also for few classes."""
    places = np.linspace(0, len(colours) - 1, classes) if classes > 1 else np.array([1.0])
    return [colours[round(float(place))] for place in places]


def _located(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return places[~schemas.unplaced(places.geometry)]


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _markers(
    table: gpd.GeoDataFrame,
    kind: str,
    *,
    reached: Mapping[Any, Area],
    minutes: float,
    date: dt.date,
    asked: str,
) -> list[dict[str, Any]]:
    hosted = kind == "wemi_hosted"
    properties = []
    for row in table.to_dict("records"):
        desk = row.get("wemi_desk")
        name = str(desk) if hosted and not missing(desk) else str(row["name"])
        names, kinds = known(name, column="name"), known(kind, column="kind")
        own: dict[str, Any] = {
            "shape": kind if kind in SHAPES else "place",
            "size": 18 if hosted else 24,
            "label": both(
                {
                    language: Markup("{}, {}").format(names[language], kinds[language])
                    for language in words.LANGUAGES
                }
            ),
            "popup": place_popup(
                {**row, "name": name},
                kind=kind,
                reached=None if hosted else reached.get(row["id"]),
                minutes=minutes,
                date=date,
                places=asked,
            ),
        }
        if hosted:
            own["beside"] = True
        if _approximate(row):
            own["approximate"] = True
            metres = row.get("location_uncertainty_m")
            if not missing(metres):
                own["radius"] = round(float(metres))
        properties.append(own)
    drawn: list[dict[str, Any]] = basemap.small_geojson(table.geometry, properties, crs=table.crs)[
        "features"
    ]
    return drawn


def _approximate(row: Mapping[str, Any]) -> bool:
    rough = "location_precision" in row and row["location_precision"] != "civic"
    return rough or contradicted(row)


def _withcount_text(kind: str, *tables: gpd.GeoDataFrame) -> Texts:
    """Say how many places there are of a kind, and how many of them can be drawn."""
    count, located = (sum(map(len, found)) for found in (tables, map(_located, tables)))
    return {
        language: words.say(
            "with_count" if count == located else "with_count_located",
            language,
            kind=words.isolated(words.known(kind, language, column="kind")),
            count=words.number(count, language),
            located=words.number(located, language),
        )
        for language in words.LANGUAGES
    }


def _line(colour: str, weight: float, opacity: float) -> dict[str, Any]:
    return {"color": colour, "weight": weight, "opacity": opacity, "fill": False}


def _area(colour: str) -> dict[str, Any]:
    return {
        "color": ZONE_BORDER,
        "weight": 0.8,
        "fill": True,
        "fillColor": colour,
        "fillOpacity": 1,
    }
