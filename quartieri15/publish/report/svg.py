"""Drawings of a report: one element with its own text, in the letters of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable


def svg(parts: Iterable[Markup], *, kind: str, width: float, height: float, title: str) -> Markup:
    """Return a drawing that is one picture to who does not see it.

    Parameters
    ----------
    parts
        What is drawn, from the ground up.
    kind
        The class by which the stylesheet knows it.
    width, height
        In the units of the parts.
    title
        What it shows, in words: a browser reads the label, WeasyPrint the title.
    """
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" role="img" viewBox="0 0 {:.0f} {:.0f}" '
        'font-family="Titillium Web" aria-label="{}"><title>{}</title>{}</svg>'
    ).format(kind, width, height, title, title, Markup("").join(parts))
