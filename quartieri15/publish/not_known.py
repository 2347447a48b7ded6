"""What an answer about plans does not know, in words for its readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.model.places import position_certainty
from quartieri15.publish import words
from quartieri15.publish.catalogue import of_zones
from quartieri15.publish.texts import count_text, in_each

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.publish.texts import Texts


def not_known(city: City, *, to: str, unknown_hours: str | None = None) -> list[Texts]:
    """Say what is not known of places and people of a city.

    Parameters
    ----------
    city
        The city.
    to
        The name of the set of places that people are to reach.
    unknown_hours
        ``"closed"`` or ``"open"``: as what places of unknown hours count, where a time was asked.

    Returns
    -------
    list of dict
        Texts by language: uncertain positions and unknown hours where there are any, and that
        who lives where is an estimate.
    """
    said: list[Texts] = []
    places = city.places_named(to)
    certainty = position_certainty(places)
    if certainty.get("in_doubt"):
        said.append(in_each(words.certainty_text, certainty, to))
    known = int(places["opening_hours"].notna().sum()) if "opening_hours" in places else 0
    if known < len(places):
        how = f"unknown_hours_{unknown_hours}" if unknown_hours else "hours_ignored"
        said.append(
            words.in_all_languages(
                "unknown_hours",
                unknown=count_text(len(places) - known),
                count=count_text(len(places)),
                how=words.in_all_languages(how),
            )
        )
    return [*said, unknown_residents(city)]


def unknown_residents(city: City) -> Texts:
    """Say that who lives where is an estimate, and of what."""
    return words.in_all_languages(of_zones("unknown_residents", nil="nil" in city.zones))
