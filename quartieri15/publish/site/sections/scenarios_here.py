"""The scenarios that change places or streets of an area or a Municipio, and what they do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from quartieri15.publish.file_names import scenario_slug
from quartieri15.publish.site import scenarios
from quartieri15.publish.site.edits_drawn import edit_list, lines_of_edits
from quartieri15.publish.site.hexagons import limits_of
from quartieri15.publish.site.packing import pack
from quartieri15.publish.texts import in_own_words

if TYPE_CHECKING:
    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page
    from quartieri15.publish.site.scenarios import Edited


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return the scenarios of an area.

    Returns
    -------
    dict
        ``scenarios``: ``page``, ``name``, ``description`` and what each changes in the city;
        ``edits`` and ``lines``: what the one of most edits here does, for the map. Nothing where
        no scenario has a page.
    """
    if not material.scenarios:
        return {}
    here = {
        name: edits
        for name, edited in scenarios.edited(material).items()
        if (edits := _edits_here(edited, scenarios.published(material)[name], page))
    }
    largest = max(here, key=lambda name: len(here[name]), default=None)
    return {
        "scenarios": [
            {
                "page": scenario_slug(name),
                "name": name,
                "description": told and in_own_words(told),
                **scenarios.gist(material, name),
            }
            for name in here
            for told in [scenarios.edited(material)[name].scenario.description]
        ],
        "least": round(limits_of(material)[0]),
        "edits": [] if largest is None else here[largest],
        "lines": None
        if largest is None
        else pack(lines_of_edits(scenarios.edited(material)[largest])),
    }


def _edits_here(edited: Edited, told: Comparison, page: Page) -> list[dict[str, Any]]:
    return [
        edit
        for edit in edit_list(edited, told)
        if edit["at"] is not None and shapely.contains_xy(page.area, *edit["at"])
    ]
