"""The chart of a report: a bar per zone, as SVG that says the same in grey and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from quartieri15.publish.palette import colour
from quartieri15.publish.report.svg import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 1740.0
ROW: Final = 52.0
TOP: Final = 96.0
BOTTOM: Final = 60.0
NAMES: Final = 560.0
VALUES: Final = 150.0
"""Room for the names at the left and for the last value at the right, in units."""

_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_LONGEST_NAME: Final = 38


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar.

    Parameters
    ----------
    name
        What it is about.
    share
        Its length, a fraction between 0 and 1; None where it is not told.
    text
        What stands at its end.
    """

    name: str
    share: float | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A line across all bars, to compare them with.

    Parameters
    ----------
    share
        Where it stands, a fraction between 0 and 1.
    text
        What it is.
    """

    share: float
    text: str


def bar_chart(
    bars: Sequence[Bar], *, title: str, percent: Sequence[str], marks: Sequence[Mark] = ()
) -> Markup:
    """Draw shares as bars, each with its figure in words at its end.

    Parameters
    ----------
    bars
        From the top down.
    title
        What the chart shows, in words: its text for who does not see it.
    percent
        0, 25, 50, 75 and 100 per cent, as the language writes them.
    marks
        At most two lines to compare with; their words stand above the chart.

    Returns
    -------
    markupsafe.Markup
        An ``svg`` element without a script or a style.
    """
    height = TOP + ROW * len(bars) + BOTTOM
    foot = height - BOTTOM
    parts = [
        Markup(
            '<path d="M{0:.0f} {1:.0f}V{2:.0f}" stroke="{3}" stroke-width="2"/>'
            '<text x="{0:.0f}" y="{4:.0f}" text-anchor="middle" font-size="26" fill="{5}">'
            "{6}</text>"
        ).format(_across(tick), TOP - 6, foot, colour("line"), foot + 36, colour("quiet"), text)
        for tick, text in zip(_TICKS, percent, strict=True)
    ]
    values = []
    for row, bar in enumerate(bars):
        y = TOP + row * ROW
        parts.append(
            Markup(
                '<text x="{:.0f}" y="{:.0f}" text-anchor="end" font-size="28" fill="{}">{}</text>'
            ).format(NAMES - 18, y + 34, colour("ink"), _short(bar.name))
        )
        end = _across(bar.share or 0.0)
        if bar.share is not None:
            parts.append(
                Markup('<path d="M{:.0f} {:.0f}H{:.1f}v36H{:.0f}z" fill="{}"/>').format(
                    NAMES, y + 8, max(end, NAMES + 3), NAMES, colour("ramp-5")
                )
            )
        values.append(_value(end + 14, y + 34, bar))
    for place, mark in enumerate(marks):
        parts.append(_mark(mark, 30 + 34 * place, foot, dashed=place > 0))
    return svg([*parts, *values], kind="chart", width=WIDTH, height=height, title=title)


def _across(share: float) -> float:
    return NAMES + share * (WIDTH - NAMES - VALUES)


def _value(x: float, y: float, bar: Bar) -> Markup:
    """Write the figure of a bar on a ground of paper, so that no line crosses it."""
    wide = len(bar.text) * 14.5 + 8
    return Markup(
        '<rect x="{:.0f}" y="{:.0f}" width="{:.0f}" height="34" fill="#ffffff" '
        'fill-opacity="0.86"/>'
        '<text x="{:.0f}" y="{:.0f}" font-size="28" font-weight="600" fill="{}">{}</text>'
    ).format(
        x - 5,
        y - 26,
        wide,
        x,
        y,
        colour("ink") if bar.share is not None else colour("quiet"),
        bar.text,
    )


def _mark(mark: Mark, y: float, foot: float, *, dashed: bool) -> Markup:
    x = _across(mark.share)
    right = x < (NAMES + WIDTH) / 2
    return Markup(
        '<path d="M{0:.0f} {1:.0f}V{2:.0f}" stroke="#ffffff" stroke-width="9"/>'
        '<path d="M{0:.0f} {1:.0f}V{2:.0f}" stroke="{3}" stroke-width="4"{4}/>'
        '<text x="{5:.0f}" y="{6:.0f}" text-anchor="{7}" font-size="26" font-weight="600" '
        'fill="{3}">{8}</text>'
    ).format(
        x,
        y - 18,
        foot,
        colour("ink"),
        Markup(' stroke-dasharray="12 9"') if dashed else "",
        x + (12 if right else -12),
        y,
        "start" if right else "end",
        mark.text,
    )


def _short(name: str) -> str:
    """Cut a name that has no room; it stands whole in the table."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip(" -") + "…"
