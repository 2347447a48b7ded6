"""What was asked of sites and of links, in the words of a page: who, how far, to which places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.publish import words
from quartieri15.publish.maps import city_title, speed_note
from quartieri15.publish.not_known import not_known, unknown_residents
from quartieri15.publish.texts import count_text, in_each, minutes_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.publish.texts import Texts


def asked_blanks(asked: Mapping[str, Any]) -> dict[str, Texts]:
    """Return who is counted, within which minutes, and of how many candidates.

    Parameters
    ----------
    asked
        The provenance of sites or of links.
    """
    return {
        "group": words.in_all_languages(asked["group"]),
        "minutes": minutes_text(float(asked["minutes"])),
        "candidates": count_text(float(asked["candidates"])),
    }


def asked_places(city: City, asked: Mapping[str, Any]) -> str | None:
    """Return the set of places of the city that was asked about; None for a table of places."""
    for name in ("to", "places"):
        if isinstance(asked.get(name), str):
            try:
                city.places_named(asked[name])
            except (InputError, UnknownNameError):
                return None
            return str(asked[name])
    return None


def title_of(city: City, key: str, asked: Mapping[str, Any], **values: Any) -> Texts:
    """Say what is answered, for which places and which people."""
    places = asked_places(city, asked)
    return words.in_all_languages(
        key,
        city=city_title(city),
        places=in_each(words.set_of_places, places or "places"),
        **asked_blanks(asked),
        **values,
    )


def not_known_of(city: City, asked: Mapping[str, Any]) -> list[Texts]:
    """Say what is not known of the places asked about; of those of a table nothing is."""
    to = asked_places(city, asked)
    if to is None:
        return [unknown_residents(city)]
    return not_known(city, to=to)


def notes(key: str, profile: TravelProfile, smallest_count: float) -> list[Texts]:
    """Say how to read a page: by a phrase of its own, what is hidden, and whose pace it is."""
    said: list[Texts] = [words.in_all_languages(key)]
    if smallest_count:
        said.append(words.in_all_languages("note_hidden", smallest=count_text(smallest_count)))
    return [*said, speed_note(profile)]
