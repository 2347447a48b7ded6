"""A map that stands still: layers of the interactive map as SVG, for paper and without scripts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import shapely
from markupsafe import Markup, escape

from quartieri15.publish.drawing import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from quartieri15.publish.drawing import MapLayer

WIDTH: Final = 1000.0
"""Units of the drawing across; its height follows from the view."""

MARKER: Final = 26.0
NUMBER_RADIUS: Final = 17.0
_STROKE: Final = 1.5
"""Units of the drawing per pixel of a line on the screen."""
_SIMPLE: Final = 0.6
_METRES_PER_DEGREE: Final = 111_320.0
_SCALES_M: Final = (100, 200, 500, 1000, 2000, 5000)


def still_map(
    layers: Iterable[MapLayer], view: Sequence[Sequence[float]], *, label: Mapping[str, str]
) -> Markup:
    """Draw layers as they look on the map, without what tells more at a click.

    Parameters
    ----------
    layers
        The layers to draw, from the ground up.
    view
        South-west and north-east corner, latitude before longitude, in degrees.
    label
        What the drawing shows, by language: its name for who does not see it.

    Returns
    -------
    markupsafe.Markup
        An ``svg`` element whose texts are numbers and metres only.
    """
    (south, west), (north, east) = view
    across = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / max((east - west) * across, 1e-9)
    height = max((north - south) * scale, 1.0)
    frame = shapely.box(west, south, east, north)

    def place(x: float, y: float) -> tuple[float, float]:
        return (x - west) * across * scale, (north - y) * scale

    drawn: list[Markup] = []
    for layer in layers:
        for feature in layer.features["features"]:
            shape = shapely.geometry.shape(feature["geometry"])
            if shape.is_empty or not shape.intersects(frame):
                continue
            own = feature["properties"]
            if shape.geom_type == "Point":
                drawn.append(_point(own, layer.point, *place(*shape.coords[0][:2])))
            else:
                drawn.append(_shape(shape, own.get("style", {}), frame, place))
    drawn.append(_scale_bar(scale / across / _METRES_PER_DEGREE * across, height))
    texts = " / ".join(dict.fromkeys(label.values()))
    return Markup(
        '<svg class="still" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, height, texts, Markup("").join(drawn))


def _shape(shape: shapely.Geometry, style: Mapping[str, Any], frame: Any, place: Any) -> Markup:
    clipped = shapely.clip_by_rect(shape, *shapely.buffer(frame, 0.002).bounds)
    parts = []
    for part in shapely.get_parts(clipped):
        lines = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for line in lines:
            points = shapely.LineString([place(x, y) for x, y in line.coords])
            xy = shapely.get_coordinates(shapely.simplify(points, _SIMPLE))
            steps = "L".join(f"{x:.0f} {y:.0f}" for x, y in xy)
            parts.append(f"M{steps}" + ("Z" if part.geom_type == "Polygon" else ""))
    fill = style.get("fillColor", style.get("color", "none")) if style.get("fill") else "none"
    stroke = "none" if style.get("stroke") is False else style.get("color", "none")
    dashes = style.get("dashArray")
    return Markup('<path d="{}" fill="{}" fill-opacity="{}" stroke="{}"{}{}{}/>').format(
        "".join(parts),
        fill,
        style.get("fillOpacity", 1),
        stroke,
        Markup(' stroke-width="{:.1f}"').format(style.get("weight", 1) * _STROKE),
        Markup(' stroke-opacity="{}"').format(style.get("opacity", 1)),
        Markup(' stroke-dasharray="{}"').format(dashes) if dashes else "",
    )


def _point(own: Mapping[str, Any], kind: str, x: float, y: float) -> Markup:
    if kind == "numbered":
        return Markup(
            '<circle cx="{0:.0f}" cy="{1:.0f}" r="{2}" fill="#1c1f24" stroke="#fff" '
            'stroke-width="2"/>'
            '<text x="{0:.0f}" y="{3:.0f}" text-anchor="middle" font-size="20" font-weight="700" '
            'fill="#fff">{4}</text>'
        ).format(x, y, NUMBER_RADIUS, y + 7, int(own["number"]))
    if kind == "municipio":
        return Markup(
            '<text x="{:.0f}" y="{:.0f}" text-anchor="middle" font-size="22" font-weight="700" '
            'fill="#33373d" stroke="#fff" stroke-width="4" paint-order="stroke">{}</text>'
        ).format(x, y + 7, Markup(own["label"]).striptags())  # noqa: S704  (ours)
    drawing = SHAPES.get(str(own.get("shape")), SHAPES["place"])
    size = MARKER * float(own.get("size", 24)) / 24
    inner = drawing[drawing.index(">") + 1 : drawing.rindex("<")]
    return Markup('<g transform="translate({:.0f} {:.0f}) scale({:.2f})">{}</g>').format(
        x - size / 2,
        y - size / 2,
        size / 24,
        Markup(inner),  # noqa: S704  (ours)
    )


def _scale_bar(units_per_m: float, height: float) -> Markup:
    fitting = [metres for metres in _SCALES_M if metres * units_per_m <= WIDTH / 4]
    metres = fitting[-1] if fitting else _SCALES_M[0]
    text = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"  # noqa: PLR2004
    x, y, length = 16.0, height - 16.0, metres * units_per_m
    return Markup(
        '<path d="M{0:.0f} {1:.0f}v8h{2:.0f}v-8" fill="none" stroke="#1c1f24" stroke-width="2"/>'
        '<text x="{3:.0f}" y="{4:.0f}" font-size="18" fill="#1c1f24" stroke="#fff" '
        'stroke-width="4" paint-order="stroke">{5}</text>'
    ).format(x, y - 8, length, x + 4, y - 8, escape(text))
