"""Small charts as SVG inside a page: no script, readable in grey, every value in a table beside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from quartieri15.publish import words
from quartieri15.publish.page import both

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INK, SOFT, GRID, ACCENT = "#1c1f24", "#4a5058", "#d9dce0", "#0b4f9e"
WIDTH, HEIGHT = 640.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 24.0, 16.0, 48.0

_TICKS: Final = 4


def curve_chart(
    points: Sequence[tuple[float, float]],
    *,
    x_title: Mapping[str, str],
    y_title: Mapping[str, str],
    label: Mapping[str, str],
    marked: float | None = None,
) -> Markup:
    """Draw how a figure grows with a number, as a line with a dot at every value.

    Parameters
    ----------
    points
        Pairs of number and figure, in order.
    x_title, y_title, label
        What the axes and the chart show, by language.
    marked
        The number whose dot is filled.
    """
    if not points:
        return Markup("")
    xs, ys = zip(*points, strict=True)
    to_x, to_y, ticks = _axes((min(xs), max(xs)), (0.0, max(ys)))
    line = " ".join(f"{to_x(x):.1f},{to_y(y):.1f}" for x, y in points)
    dots = Markup("").join(
        Markup(
            '<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}" stroke="{}" stroke-width="2"/>'
        ).format(
            to_x(x), to_y(y), 6 if x == marked else 4, ACCENT if x == marked else "#fff", ACCENT
        )
        for x, y in points
    )
    step = max(1, math.ceil(len(points) / 10))
    names = Markup("").join(
        Markup(
            '<text x="{:.1f}" y="{}" text-anchor="middle" font-size="15" fill="{}">{}</text>'
        ).format(to_x(x), HEIGHT - BOTTOM + 20, SOFT, f"{x:g}")
        for x, _ in points[::step]
    )
    body = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2.5"/>').format(
        line, ACCENT
    )
    return _chart(_grid(to_y, ticks) + body + dots + names, x_title, y_title, label)


def front_chart(
    points: Sequence[Mapping[str, Any]],
    *,
    x_title: Mapping[str, str],
    y_title: Mapping[str, str],
    label: Mapping[str, str],
) -> Markup:
    """Draw cost against people, with a line through those that no other beats.

    Parameters
    ----------
    points
        Each with ``cost``, ``people``, the ``number`` it has in the table, and whether it is on
        the ``front``.
    x_title, y_title, label
        What the axes and the chart show, by language.
    """
    known = [one for one in points if math.isfinite(one["cost"]) and math.isfinite(one["people"])]
    if not known:
        return Markup("")
    costs, people = ([one[name] for one in known] for name in ("cost", "people"))
    to_x, to_y, ticks = _axes((0.0, max(costs) or 1.0), (min(0.0, *people), max(*people, 1.0)))
    front = sorted((one for one in known if one["front"]), key=lambda one: one["cost"])
    line = " ".join(f"{to_x(one['cost']):.1f},{to_y(one['people']):.1f}" for one in front)
    body = Markup(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-dasharray="5 4"/>'
    ).format(line, ACCENT)
    for one in known:
        x, y = to_x(one["cost"]), to_y(one["people"])
        fill, ink = (ACCENT, "#fff") if one["front"] else ("#fff", INK)
        body += Markup(
            '<circle cx="{0:.1f}" cy="{1:.1f}" r="13" fill="{2}" stroke="{3}" stroke-width="2"/>'
            '<text x="{0:.1f}" y="{4:.1f}" text-anchor="middle" font-size="15" font-weight="700" '
            'fill="{5}">{6}</text>'
        ).format(x, y, fill, ACCENT if one["front"] else INK, y + 5, ink, int(one["number"]))
    for cost in _round_steps(0.0, max(costs) or 1.0):
        body += Markup(
            '<text x="{:.1f}" y="{}" text-anchor="middle" font-size="15" fill="{}">{}</text>'
        ).format(to_x(cost), HEIGHT - BOTTOM + 20, SOFT, _svg_both(_in_each(cost)))
    return _chart(_grid(to_y, ticks) + body, x_title, y_title, label)


def _in_each(value: float) -> dict[str, str]:
    return {language: words.number(value, language) for language in words.LANGUAGES}


def _axes(across: tuple[float, float], up: tuple[float, float]) -> tuple[Any, Any, list[float]]:
    ticks = _round_steps(*up)
    low, high = min(ticks[0], up[0]), max(ticks[-1], up[1])
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    start, end = across

    def to_x(value: float) -> float:
        # A margin of half a dot, so that the first stands beside the axis.
        share = 0.5 if end == start else (value - start) / (end - start)
        return LEFT + 16 + share * (width - 32)

    def to_y(value: float) -> float:
        return TOP + (high - value) / ((high - low) or 1.0) * height

    return to_x, to_y, ticks


def _round_steps(low: float, high: float) -> list[float]:
    """Return round values from below the low to above the high."""
    span = (high - low) or 1.0
    step = 10.0 ** math.floor(math.log10(span / _TICKS))
    while span / step > _TICKS:
        step *= 2.5 if str(step).lstrip("0.")[:1] == "2" else 2
    first = math.floor(low / step)
    return [step * i for i in range(first, math.ceil(high / step) + 1)]


def _grid(to_y: Any, ticks: Sequence[float]) -> Markup:
    return Markup("").join(
        Markup(
            '<path d="M{0} {1:.1f}H{2}" stroke="{3}"/>'
            '<text x="{4}" y="{5:.1f}" text-anchor="end" font-size="15" fill="{6}">{7}</text>'
        ).format(
            LEFT,
            to_y(tick),
            WIDTH - RIGHT,
            GRID,
            LEFT - 8,
            to_y(tick) + 5,
            SOFT,
            _svg_both(_in_each(tick)),
        )
        for tick in ticks
    )


def _svg_both(texts: Mapping[str, str]) -> Markup:
    """Write a text of a drawing in all languages, as spans of the drawing's own."""
    if len(set(texts.values())) == 1:
        return Markup("{}").format(next(iter(texts.values())))
    return Markup("").join(
        Markup('<tspan lang="{}">{}</tspan>').format(language, text)
        for language, text in texts.items()
    )


def _chart(
    body: Markup, x_title: Mapping[str, str], y_title: Mapping[str, str], label: Mapping[str, str]
) -> Markup:
    titles = Markup(
        '<text x="{}" y="{}" text-anchor="middle" font-size="15" fill="{}">{}</text>'
    ).format(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 6, INK, _svg_both(x_title))
    drawing = Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, " / ".join(dict.fromkeys(label.values())), body + titles)
    return Markup('<p class="axis">{}</p>').format(both(y_title)) + drawing
