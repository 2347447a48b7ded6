"""Method and sources: how the figures come about, from what, and how far they can be trusted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from quartieri15.publish import words
from quartieri15.publish.file_names import slug_of
from quartieri15.publish.maps import vintages_text
from quartieri15.publish.site.doubts import doubts
from quartieri15.publish.texts import (
    Texts,
    capital,
    count_text,
    in_each,
    minutes_text,
    place_blanks,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page


def texts(material: Material, page: Page) -> dict[str, Any]:
    """Return what the template of the section says."""
    del page  # the method is the same for all
    told = material.city.provenance
    minutes = minutes_text(material.minutes)
    return {
        "question": words.in_all_languages(
            "method.question_is", minutes=minutes, **place_blanks(material.places)
        ),
        "threshold": words.in_all_languages("method.threshold_is", minutes=minutes),
        "travellers": [
            {"who": in_each(words.traveller_text, who), "source": who.source}
            for who in material.travellers
        ],
        "misplaced": _misplaced(told.get("residents_error") or {}),
        "hidden": words.in_all_languages(
            "method.hidden_are", smallest=count_text(material.smallest_count)
        )
        if material.smallest_count
        else None,
        "not_known": doubts(material),
        "vintages": capital(in_each(partial(vintages_text, material.city))),
        "sources": _by_publisher(told.get("sources", ())),
    }


def _by_publisher(sources: Sequence[Mapping[str, str]]) -> list[tuple[Texts, list[Any]]]:
    """Return what each publisher gave, in the order of the edition."""
    found: dict[str, list[Any]] = {}
    for source in sources:
        # What an edition does not say is a dash.
        publisher, name, since, licence = (
            str(source.get(key) or "–") for key in ("publisher", "name", "vintage", "licence")
        )
        found.setdefault(publisher, []).append(
            {
                "name": _known(f"source.{slug_of(name)}", name),
                "since": _known(f"since.{slug_of(since)}", since),
                "licence": _known(f"licence.{slug_of(licence)}", licence),
            }
        )
    return [
        (capital(_known(f"by.{slug_of(publisher)}", publisher)), given)
        for publisher, given in found.items()
    ]


def _misplaced(error: Mapping[str, Any]) -> Texts | None:
    """Say how many people the model puts into a wrong section, as measured."""
    shares = error.get("misplaced_share", {})
    if not {"residents", "over65", "foreign"} <= {*shares}:
        return None
    return words.in_all_languages(
        "method.misplaced",
        **{name: in_each(words.percent, share) for name, share in shares.items()},
    )


def _known(key: str, text: str) -> Texts:
    """Return the phrase for what an edition says of a source, or else its own words."""
    if words.is_phrase(key):
        return words.in_all_languages(key)
    return dict.fromkeys(words.LANGUAGES, words.isolated(text))
