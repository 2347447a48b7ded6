"""The signs of a legend: small drawings that look as what they explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from quartieri15.publish.report.contents import Sign
from quartieri15.publish.report.map_image import symbol

if TYPE_CHECKING:
    from quartieri15.publish.report.map_image import Symbol

WIDTH: Final = 66
HEIGHT: Final = 66


def area_sign(colour: str, words: str) -> Sign:
    """Return a patch of a colour."""
    patch = Markup(
        '<rect x="2" y="10" width="62" height="46" fill="{}" stroke="#4a5058" stroke-width="2"/>'
    )
    return _sign(patch.format(colour), words)


def line_sign(colour: str, words: str, *, width: float = 4, dashes: str = "") -> Sign:
    """Return a piece of a line."""
    line = Markup('<path d="M2 33H64" stroke="{}" stroke-width="{:g}"{}/>')
    dashed = Markup(' stroke-dasharray="{}"').format(dashes) if dashes else ""
    return _sign(line.format(colour, width, dashed), words)


def symbol_sign(one: Symbol, words: str) -> Sign:
    """Return a place as it stands on the map."""
    return _sign(symbol(WIDTH / 2, HEIGHT / 2, one), words)


def _sign(drawing: Markup, words: str) -> Sign:
    # The words stand beside it; a picture needs a text of its own in a tagged file.
    return Sign(
        drawing=Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" class="sign" role="img" '
            'font-family="Titillium Web" viewBox="0 0 {} {}" aria-label="{}"><title>{}</title>{}</svg>'
        ).format(WIDTH, HEIGHT, words, words, drawing),
        words=words,
    )
