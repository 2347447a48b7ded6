"""What the figures of a page say, in plain sentences that never state more than is published.

A number in a sentence is the one of the table beside it: rounded to tens, or said to be hidden. Two
shares are only called different where they still are after rounding to whole per cents.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from quartieri15.publish import words
from quartieri15.publish.maps import city_title
from quartieri15.publish.shares import share_text
from quartieri15.publish.texts import (
    Texts,
    capital,
    count_text,
    in_each,
    minutes_text,
    place_blanks,
)

if TYPE_CHECKING:
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

ZONES: Final = {"city": "city", "municipio": "municipi", "area": "target_areas"}
"""What the table of coverage is by, for the kinds of pages that are about people in an area."""

LEAST_DIFFERENCE: Final = 2
"""Per cents between two shares that are called different: one may come from rounding alone."""


def summary(material: Material, page: Page) -> list[Texts]:
    """Say what the figures of a page say.

    Returns
    -------
    list of dict
        Sentences by language: who is within the minutes and who is not, how that compares with the
        whole city, for a faster traveller, and for the second group.
    """
    if page.kind not in ZONES:
        return []
    first, second = material.travellers[0], material.travellers[1:2]
    group = material.groups[0]
    row = _row(material, page, first, group)
    said = [_within(material, page, first, row)]
    if not _is_told(row):
        return said
    if page.kind != "city":
        said += _compared(material, row, _row(material, None, first, group))
    said.append(
        words.in_all_languages(
            "summary.beyond",
            uncovered=count_text(row["uncovered"]),
            minutes=minutes_text(material.minutes),
        )
    )
    said += [
        words.in_all_languages("summary.other", who=_who(who), **_counts(other))
        for who in second
        if _is_told(other := _row(material, page, who, group))
    ]
    said += [
        words.in_all_languages(
            "summary.group", group=words.in_all_languages(others), **_counts(other)
        )
        for others in material.groups[1:2]
        if _is_told(other := _row(material, page, first, others))
    ]
    return said


def _row(material: Material, page: Page | None, who: TravelProfile, group: str) -> dict[str, Any]:
    """Return what is published of a group in the area of a page, or in the whole city."""
    kind = "city" if page is None else page.kind
    table = material.coverage(who, ZONES[kind])
    own = table[table["group"] == group]
    if kind != "city" and page is not None:
        own = own[own["zone_id"] == page.zone_id]
    (row,) = own.to_dict("records")
    return {str(name): value for name, value in row.items()}


def _is_told(row: dict[str, Any]) -> bool:
    return row["population"] > 0 and not math.isnan(row["covered"])


def _within(material: Material, page: Page, who: TravelProfile, row: dict[str, Any]) -> Texts:
    """Say how many are within the minutes, or why that is not told."""
    common = {
        "where": words.in_all_languages(f"summary.in_{page.kind}", name=_name(material, page)),
        "group": words.in_all_languages(material.groups[0]),
        "smallest": count_text(material.smallest_count),
    }
    if row["population"] == 0:
        return capital(words.in_all_languages("summary.nobody", **common))
    if math.isnan(row["population"]):
        return capital(words.in_all_languages("summary.few", **common))
    common |= {
        "who": _who(who),
        "minutes": minutes_text(material.minutes),
        **place_blanks(material.places),
    }
    if not _is_told(row):
        return words.in_all_languages(
            "summary.hidden", population=count_text(row["population"]), **common
        )
    return words.in_all_languages("summary.within", **common, **_counts(row))


def _compared(material: Material, row: dict[str, Any], city: dict[str, Any]) -> list[Texts]:
    """Say whether a share is that of the whole city."""
    if not _is_told(city):
        return []
    here, there = (round(100 * one["covered"] / one["population"]) for one in (row, city))
    key = "alike"
    if abs(here - there) >= LEAST_DIFFERENCE:
        key = "more" if here > there else "less"
    return [
        words.in_all_languages(
            f"summary.{key}",
            city=city_title(material.city),
            share=_counts(city)["share"],
        )
    ]


def _counts(row: dict[str, Any]) -> dict[str, Texts]:
    return {
        "covered": count_text(row["covered"]),
        "population": count_text(row["population"]),
        "share": _share(row["covered"], row["population"]),
    }


def _share(covered: float, population: float) -> Texts:
    return in_each(lambda language: share_text(covered, population, language))


def _who(who: TravelProfile) -> Texts:
    return in_each(words.traveller_text, who)


def _name(material: Material, page: Page) -> str:
    if page.kind == "city":
        return city_title(material.city)
    zones = material.city.zones[ZONES[page.kind]]
    (name,) = zones.loc[zones["id"] == page.zone_id, "name"]
    return words.isolated(words.zone_text(name))
