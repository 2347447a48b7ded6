"""In short, and how to read a page: its figures in sentences, its terms, what is not known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from quartieri15.publish import words
from quartieri15.publish.maps import vintages_text
from quartieri15.publish.not_known import not_known
from quartieri15.publish.site.summary import summary
from quartieri15.publish.texts import capital, count_text, in_each

if TYPE_CHECKING:
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page


def texts(material: Material, page: Page) -> dict[str, Any]:
    """Return what the template of the section says.

    Parameters
    ----------
    material
        What the pages are made from.
    page
        The page.
    """
    return {
        "sentences": summary(material, page),
        "rounded": _rounded(material),
        "not_known": not_known(material.city, to=material.places),
        "vintages": capital(in_each(partial(vintages_text, material.city))),
        "travellers": [in_each(words.traveller_text, who) for who in material.travellers],
    }


def _rounded(material: Material) -> dict[str, str] | None:
    if not material.smallest_count:
        return None
    return words.in_all_languages("read.rounded", smallest=count_text(material.smallest_count))
