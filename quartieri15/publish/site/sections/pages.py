"""The list of all pages: what each is about, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quartieri15.plain_json import plain_json
from quartieri15.publish import shares, words
from quartieri15.publish.site import scenarios
from quartieri15.publish.site.hexagons import limits_of
from quartieri15.publish.site.pages import pages_of

if TYPE_CHECKING:
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

ZONES: Final = {"municipio": "municipi", "area": "target_areas"}
"""The zones that pages of a kind are about."""


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return what the list of pages says beside their names.

    Returns
    -------
    dict
        ``who`` travels and which ``group`` is counted; ``least``: the fewest people that are told;
        ``beyond``: by page, the ``name``, the ``share`` and the number of ``people`` of that group
        beyond the threshold, null where they are not published; ``scenarios``: by page, the
        ``name`` and what the scenario changes in the city.
    """
    del page
    who = material.travellers[0]
    pages = pages_of(material)
    beyond = {}
    for other in pages:
        zones = ZONES.get(other.kind)
        if zones is None:
            continue
        cover = material.coverage(who, zones)
        rows = cover[(cover["group"] == material.groups[0]) & (cover["zone_id"] == other.zone_id)]
        told = shares.beyond(rows.iloc[0])
        beyond[other.slug] = {
            "name": words.isolated(words.zone_text(rows["zone"].iloc[0])),
            "people": plain_json(rows["uncovered"].iloc[0]),
            "share": told.share if told and not told.bound else None,
        }
    return {
        "who": who.name,
        "group": words.in_all_languages(material.groups[0]),
        "least": round(limits_of(material)[0]),
        "beyond": beyond,
        "scenarios": {
            other.slug: {"name": other.scenario, **scenarios.gist(material, other.scenario)}
            for other in pages
            if other.scenario is not None
        },
    }
