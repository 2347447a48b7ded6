"""What the pages of a site do not know, the hours of a season included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.publish import words
from quartieri15.publish.not_known import not_known
from quartieri15.publish.texts import count_text

if TYPE_CHECKING:
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.texts import Texts


def doubts(material: Material) -> list[Texts]:
    """Say what is not known of places and people.

    Returns
    -------
    list of dict
        Sentences by language, as of :func:`quartieri15.publish.not_known.not_known`; and that the
        hours of some places are known for one summer alone, where they are.
    """
    city = material.city
    said = not_known(city, to=material.places)
    places = city.places_named(material.places)
    if "summer_2026_opening_hours" in places:
        known = int(places["summer_2026_opening_hours"].notna().sum())
        if known:
            said.append(words.in_all_languages("in_short.summer_hours", count=count_text(known)))
    return said
