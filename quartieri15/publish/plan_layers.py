"""What a plan changes, as layers of a map: who gains and loses, edits, new sites, missing links."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.model import schemas
from quartieri15.plain_json import plain_json
from quartieri15.publish import basemap, words
from quartieri15.publish.cells import CLASSES, people_cells
from quartieri15.publish.drawing import (
    HIDDEN,
    NO_RESIDENTS,
    NOBODY,
    ZONE_BORDER,
    MapLayer,
    area_sign,
    class_breaks,
    ground,
    line_sign,
    municipio_layers,
    number_sign,
    place_layers,
    place_sign,
)
from quartieri15.publish.page import both, quoted
from quartieri15.publish.popups import popup
from quartieri15.publish.texts import count_text, minutes_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from markupsafe import Markup

    from quartieri15.model.city import City
    from quartieri15.publish.texts import Texts

GAIN_COLOURS: Final = ("#bdd7ee", "#6baed6", "#2f7fbd", "#08519c")
LOSS_COLOURS: Final = ("#fbd0bf", "#f4886a", "#d6443a", "#99000d")
"""Blue for who gains and red for who loses, few to many: an order that grey print keeps, and two
hues that colour-blind eyes tell apart (Blues and Reds of Harrower and Brewer 2003)."""

SAVED_LIMITS: Final = (0.5, 1.0, 2.0, 5.0)
"""Lower limits of the classes of minutes saved."""

EDIT, CASING = "#6a1b9a", "#ffffff"
_MOVED: Final = {
    "added": "opened",
    "removed": "closed",
    "moved_from": "closed",
    "moved_to": "opened",
}


def change_layer(
    addresses: gpd.GeoDataFrame,
    group: str,
    *,
    layer: str,
    text: Texts,
    smallest_count: float,
    edits: Sequence[Mapping[str, Any]] = (),
) -> MapLayer:
    """Draw where people newly reach a place in time, and where they no longer do.

    Parameters
    ----------
    addresses
        Those of a comparison: ``change``, a column per group, points.
    group
        Whom to count.
    layer, text
        As in :class:`~quartieri15.publish.drawing.MapLayer`.
    smallest_count
        Hexagons of fewer people are not drawn.
    edits
        Signs to add to the legend.
    """
    features, signs = [], []
    for change, colours in (("newly_covered", GAIN_COLOURS), ("no_longer_covered", LOSS_COLOURS)):
        rows = addresses[addresses["change"] == change]
        cells = people_cells(rows, rows[group], smallest_count=smallest_count)
        if not len(cells):
            continue
        limits = np.array(CLASSES) * cells.attrs["smallest_count"]
        place = np.searchsorted(limits, cells["people_from"])
        styles = [{"style": _cell(colours[k])} for k in place]
        features += basemap.small_geojson(cells.geometry, styles, crs=cells.crs)["features"]
        told = cells.drop_duplicates("people_from").sort_values("people_from")
        signs += [
            area_sign(colours[k], _class_text(change, row["people_from"], row["people_below"]))
            for k, row in zip(sorted(set(place)), told.to_dict("records"), strict=True)
        ]
    if not features:
        signs.append(
            area_sign(
                NOBODY, words.in_all_languages("cells_none", group=words.in_all_languages(group))
            )
        )
    return MapLayer(
        id=layer,
        text=text,
        features={"type": "FeatureCollection", "features": features},
        role="theme",
        pane="bands",
        signs=[*signs, *edits],
    )


def minutes_layer(
    addresses: gpd.GeoDataFrame, group: str, *, layer: str, text: Texts, smallest_count: float
) -> MapLayer | None:
    """Draw by how many minutes the way to the nearest place gets shorter, or longer."""
    rows = addresses[addresses["minutes_saved"].notna()]
    cells = people_cells(
        rows, rows[group], minutes=rows["minutes_saved"], smallest_count=smallest_count
    )
    cells = cells[cells["minutes"].abs() >= SAVED_LIMITS[0]] if len(cells) else cells
    if not len(cells):
        return None
    saved = cells["minutes"].to_numpy(dtype=float)
    place = np.searchsorted(SAVED_LIMITS, np.abs(saved), side="right") - 1
    styles = [
        {"style": _cell((GAIN_COLOURS if minutes > 0 else LOSS_COLOURS)[k])}
        for minutes, k in zip(saved, place, strict=True)
    ]
    signs = []
    for quicker, colours in ((True, GAIN_COLOURS), (False, LOSS_COLOURS)):
        for k in sorted(
            {int(k) for k, one in zip(place, saved, strict=True) if (one > 0) == quicker}
        ):
            key = "minutes_less" if quicker else "minutes_more"
            last = k + 1 == len(SAVED_LIMITS)
            signs.append(
                area_sign(
                    colours[k],
                    words.in_all_languages(
                        f"{key}_above" if last else key,
                        low=minutes_text(SAVED_LIMITS[k]),
                        high=minutes_text(SAVED_LIMITS[min(k + 1, len(SAVED_LIMITS) - 1)]),
                    ),
                )
            )
    return MapLayer(
        id=layer,
        text=text,
        features=basemap.small_geojson(cells.geometry, styles, crs=cells.crs),
        role="theme",
        pane="bands",
        signs=signs,
    )


def difference_layer(
    zones: gpd.GeoDataFrame,
    difference: Mapping[Any, float],
    popups: Mapping[Any, Markup],
    *,
    empty: set[Any],
    text: Texts,
) -> MapLayer:
    """Colour zones by how many more, or fewer, people reach a place in time.

    Parameters
    ----------
    zones
        The zones.
    difference
        Published differences by zone id, NaN where one is not told.
    popups
        What each zone tells at a click.
    empty
        Zones in which nobody of the group lives.
    text
        What the panel calls it.
    """
    values = np.array([difference.get(zone, np.nan) for zone in zones["id"]], dtype=float)
    breaks = class_breaks(np.abs(values), classes=len(GAIN_COLOURS))
    properties = []
    used: dict[tuple[bool, int], float] = {}
    for zone, name, value in zip(zones["id"], zones["name"], values, strict=True):
        k = int(np.searchsorted(breaks, abs(value))) if np.isfinite(value) else 0
        if zone in empty:
            colour = NO_RESIDENTS
        elif np.isnan(value):
            colour = HIDDEN
        elif value == 0:
            colour = NOBODY
        else:
            used[value > 0, k] = value
            colour = (GAIN_COLOURS if value > 0 else LOSS_COLOURS)[k]
        properties.append(
            {
                "zone": plain_json(zone),
                "label": quoted(words.zone_text(name)),
                "popup": popups.get(zone, quoted(words.zone_text(name))),
                "style": {
                    "color": ZONE_BORDER,
                    "weight": 0.8,
                    "fill": True,
                    "fillColor": colour,
                    "fillOpacity": 0.9,
                },
            }
        )
    signs = []
    lows = [0, *breaks]
    for gains in (True, False):
        for k in sorted(k for more, k in used if more == gains):
            key = "zone_more" if gains else "zone_fewer"
            high = breaks[k] if k < len(breaks) else None
            low = lows[k] + 1 if lows[k] else None
            signs.append(
                area_sign(
                    (GAIN_COLOURS if gains else LOSS_COLOURS)[k],
                    _range_text(key, low, high),
                )
            )
    signs.append(area_sign(NOBODY, words.in_all_languages("zone_same")))
    told = np.isnan(values) & ~zones["id"].isin(empty).to_numpy()
    if told.any():
        signs.append(area_sign(HIDDEN, words.in_all_languages("not_published")))
    return MapLayer(
        id="nil",
        text=text,
        features=basemap.small_geojson(
            basemap.simplified_zones(zones.geometry), properties, crs=zones.crs
        ),
        role="theme",
        signs=signs,
    )


def edit_layers(preview: gpd.GeoDataFrame, *, layer: str) -> tuple[list[MapLayer], list[Any]]:
    """Draw what a scenario edits, and give the signs of what is drawn.

    Parameters
    ----------
    preview
        The result of ``scenario.preview(city)``: ``change``, ``name``, ``values``, geometry.
    layer
        The name that the names of the layers begin with.
    """
    preview = preview[~schemas.unplaced(preview.geometry)]
    kinds = preview.geometry.geom_type
    lines = preview[kinds.isin(["LineString", "MultiLineString"])]
    residents = preview["table"].astype(str) == "residents" if "table" in preview else False
    points = _without_own_values(preview[(kinds == "Point") & ~residents])
    layers, signs = [], []
    if len(lines):
        drawn = shapely.line_merge(shapely.union_all(lines.geometry.to_numpy()))
        white = {"color": CASING, "weight": 7, "opacity": 0.95, "fill": False}
        ink = {"color": EDIT, "weight": 4, "opacity": 1, "fill": False}
        layers.append(
            MapLayer(
                id=f"{layer}-edits",
                text=words.in_all_languages("edited_streets"),
                features=basemap.small_geojson(
                    [drawn, drawn], [{"style": white}, {"style": ink}], crs=preview.crs
                ),
                role="part",
                pane="lines",
            )
        )
        signs.append({**line_sign(EDIT, 4), "text": words.in_all_languages("edited_streets")})
    if len(points):
        shapes = [_MOVED.get(str(change), "changed") for change in points["change"]]
        properties = [
            {
                "shape": shape,
                "size": 26,
                "label": both(_edit_text(shape, row)),
                "popup": popup(
                    quoted(row.get("name") or ""), kind=words.in_all_languages(f"place_{shape}")
                ),
            }
            for shape, row in zip(shapes, points.to_dict("records"), strict=True)
        ]
        layers.append(
            MapLayer(
                id=f"{layer}-places",
                text={},
                features=basemap.small_geojson(points.geometry, properties, crs=preview.crs),
                role="part",
            )
        )
        signs += [
            {**place_sign(shape), "text": words.in_all_languages(f"place_{shape}")}
            for shape in dict.fromkeys(shapes)
        ]
    return layers, signs


def ground_layers(
    city: City, *, to: str | None, minutes: float, date: dt.date
) -> tuple[list[MapLayer], list[MapLayer]]:
    """Return what lies under an answer, and the places over it; desks only where they are asked.

    Parameters
    ----------
    city
        The city.
    to
        The name of the set of places that is asked about, None where it has none.
    minutes
        The threshold.
    date
        The date of the page.
    """
    municipi = municipio_layers(city.zones["municipi"]) if "municipi" in city.zones else []
    places = [
        dataclasses.replace(layer, shown=layer.id != "wemi" or (to or "").startswith("wemi"))
        for layer in place_layers(city.places, reached={}, minutes=minutes, date=date)
    ]
    return [*ground(city), *municipi], places


def numbered_layer(
    points: gpd.GeoSeries,
    labels: Sequence[Texts | Markup],
    popups: Sequence[Markup],
    *,
    layer: str,
    text: Texts,
) -> MapLayer:
    """Draw points with their numbers, in order from 1."""
    properties = [
        {"number": number, "label": both(label), "popup": popup}
        for number, (label, popup) in enumerate(zip(labels, popups, strict=True), start=1)
    ]
    return MapLayer(
        id=layer,
        text=text,
        features=basemap.small_geojson(points, properties, crs=points.crs),
        point="numbered",
        sign=number_sign(),
    )


def _without_own_values(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out what changes at a place that opens: the place is new, and all of it with it."""
    if not len(points):
        return points
    names = points["name"].astype(str) if "name" in points else [""] * len(points)
    places = list(zip(names, points.geometry.x, points.geometry.y, strict=True))
    opened = {
        place
        for place, change in zip(places, points["change"], strict=True)
        if _MOVED.get(str(change)) == "opened"
    }
    kept = [
        str(change) in _MOVED or place not in opened
        for place, change in zip(places, points["change"], strict=True)
    ]
    return points[kept]


def _cell(colour: str) -> dict[str, Any]:
    return {
        "fill": True,
        "fillColor": colour,
        "fillOpacity": 0.85,
        "color": "#ffffff",
        "weight": 0.6,
    }


def _class_text(change: str, low: float, below: float) -> Texts:
    key = f"cells_{change}"
    if np.isnan(below):
        return words.in_all_languages(f"{key}_above", low=count_text(low))
    return words.in_all_languages(key, low=count_text(low), high=count_text(below))


def _range_text(key: str, low: float | None, high: float | None) -> Texts:
    if high is None:
        return words.in_all_languages(f"{key}_above", low=count_text(low or 0))
    if low is None:
        return words.in_all_languages(f"{key}_up_to", high=count_text(high))
    return words.in_all_languages(key, low=count_text(low), high=count_text(high))


def _edit_text(shape: str, row: Mapping[str, Any]) -> Texts:
    from markupsafe import Markup

    return {
        language: Markup("{}: {}").format(
            words.say(f"place_{shape}", language), quoted(row.get("name") or "")
        )
        for language in words.LANGUAGES
    }
