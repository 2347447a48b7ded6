"""The signs of a legend: small drawings that look as what they explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from quartieri15.publish.palette import colour
from quartieri15.publish.report.contents import Sign
from quartieri15.publish.report.map_image import symbol
from quartieri15.publish.report.svg import svg

if TYPE_CHECKING:
    from quartieri15.publish.report.map_image import Symbol

WIDTH: Final = 66
HEIGHT: Final = 66


def area_sign(fill: str, words: str) -> Sign:
    """Return a patch of a colour."""
    patch = Markup(
        '<rect x="2" y="10" width="62" height="46" fill="{}" stroke="{}" stroke-width="2"/>'
    )
    return _sign(patch.format(fill, colour("quiet")), words)


def line_sign(ink: str, words: str, *, width: float = 4, dashes: str = "") -> Sign:
    """Return a piece of a line."""
    line = Markup('<path d="M2 33H64" stroke="{}" stroke-width="{:g}"{}/>')
    dashed = Markup(' stroke-dasharray="{}"').format(dashes) if dashes else ""
    return _sign(line.format(ink, width, dashed), words)


def symbol_sign(one: Symbol, words: str) -> Sign:
    """Return a place as it stands on the map."""
    return _sign(symbol(WIDTH / 2, HEIGHT / 2, one), words)


def _sign(drawing: Markup, words: str) -> Sign:
    # The words stand beside it; a picture needs a text of its own in a tagged file.
    drawn = svg([drawing], kind="sign", width=WIDTH, height=HEIGHT, title=words)
    return Sign(drawing=drawn, words=words)
