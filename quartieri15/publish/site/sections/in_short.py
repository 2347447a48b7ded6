"""In short: the figures of a page in sentences, and what is not known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from quartieri15.publish.maps import vintages_text
from quartieri15.publish.site.doubts import doubts
from quartieri15.publish.site.summary import summary
from quartieri15.publish.texts import in_each

if TYPE_CHECKING:
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page


def texts(material: Material, page: Page) -> dict[str, Any]:
    """Return what the template of the section says."""
    return {
        "sentences": summary(material, page),
        "not_known": doubts(material),
        "vintages": in_each(partial(vintages_text, material.city)),
    }
