"""What a map says in words and numbers: popups and the table beside it, all text escaped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from quartieri15.model.places import SUMMER_2026, contradicted
from quartieri15.publish import words
from quartieri15.publish.catalogue import of_zones
from quartieri15.publish.dictionary import column_label, value_text
from quartieri15.publish.disclosure import LIMITS
from quartieri15.publish.page import fill, quoted, source_words
from quartieri15.publish.texts import (
    capital,
    count_text,
    in_each,
    minutes_text,
    missing,
    place_blanks,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from markupsafe import Markup

    from quartieri15.publish.texts import Texts

COLUMNS: Final = ("population", "covered", "uncovered", "share")


@dataclass(frozen=True)
class Counts:
    """The figures of one group in one area, as they may be published.

    Parameters
    ----------
    population, covered, uncovered
        People; NaN where the count is not published.
    share
        ``covered / population``; NaN where that is not defined or not published.
    covered_at_least, uncovered_at_least
        Lower limits told in place of a count; NaN where there is none.
    """

    population: float
    covered: float
    uncovered: float
    share: float
    covered_at_least: float = math.nan
    uncovered_at_least: float = math.nan

    @property
    def known_uncovered(self) -> float:
        """The uncovered, or else the lower limit that is told of them."""
        return self.uncovered_at_least if math.isnan(self.uncovered) else self.uncovered

    def texts(self) -> list[Texts]:
        """Write the four figures in words, in the order of :data:`COLUMNS`."""
        return [
            count_text(self.population),
            self._side(self.covered, self.covered_at_least, self.uncovered_at_least),
            self._side(self.uncovered, self.uncovered_at_least, self.covered_at_least),
            # Not of the share, which is rounded already: 0.365 may stand for 36.504 %.
            in_each(words.percent, self.covered / self.population if self.population else math.nan),
        ]

    def _side(self, count: float, at_least: float, others: float) -> Texts:
        """Write the people on one side: how many, or what is told in place of that."""
        if math.isnan(count) and not math.isnan(at_least):
            return words.in_all_languages("at_least", count=count_text(at_least))
        if math.isnan(count) and not math.isnan(others):
            # The limit stands two of the smallest counts that may be told below the population.
            least = count_text((self.population - others) / 2)
            return words.in_all_languages("fewer_than", count=least)
        return count_text(count)

    def orders(self) -> list[float]:
        """Return the four figures as a table sorts them; what is not published comes last."""
        figures = [getattr(self, column) for column in COLUMNS]
        figures[1:3] = [
            self.covered_at_least if math.isnan(self.covered) else self.covered,
            self.known_uncovered,
        ]
        places = (0, 0, 0, 4)
        return [
            -1 if math.isnan(figure) else round(figure, decimals)
            for figure, decimals in zip(figures, places, strict=True)
        ]


Area = dict[str, Counts]
"""The figures of an area by group."""


def popup(
    name: Texts | Markup,
    *,
    kind: Texts | None = None,
    facts: Sequence[tuple[Texts | str, Texts | str]] = (),
    counts: Mapping[str, Any] | None = None,
    foot: Texts | None = None,
) -> Markup:
    """Write a popup.

    Parameters
    ----------
    name, kind
        What it is about, and what that is.
    facts
        What is known of it, each with its name.
    counts
        A table of people: ``columns``, and ``rows`` with their names.
    foot
        A sentence on how to read it.
    """
    return fill("popup", name=name, kind=kind, facts=facts, counts=counts, foot=foot)


def counts_by_area(coverage: pd.DataFrame, groups: Sequence[str]) -> dict[Any, Area]:
    """Sort the rows of a coverage by area and group.

    Parameters
    ----------
    coverage
        A table of :func:`quartieri15.analysis.coverage.coverage`.
    groups
        The groups to keep.

    Returns
    -------
    dict
        By ``zone_id``, then by group.
    """
    areas: dict[Any, Area] = {}
    kept = coverage[coverage["group"].isin(groups)]
    limits = [name for name in LIMITS if {*LIMITS} <= set(kept.columns)]
    told = kept[["zone_id", "group", *COLUMNS, *limits]]
    for zone, group, *figures in told.itertuples(index=False):
        areas.setdefault(zone, {})[group] = Counts(*map(float, figures))
    return areas


def summed(areas: Mapping[Any, Area]) -> Area:
    """Add the areas of a city up; a figure of which a part is not published is not told."""
    whole = {}
    for group in next(iter(areas.values()), {}):
        population, covered, uncovered = (
            math.fsum(getattr(area[group], column) for area in areas.values())
            for column in COLUMNS[:3]
        )
        share = covered / population if population else math.nan
        whole[group] = Counts(population, covered, uncovered, share)
    return whole


def area_popup(
    name: str,
    area: Area,
    *,
    minutes: float,
    rank: Mapping[str, Any] | None = None,
    places: str = "places",
) -> str:
    """Write the popup of an area: who lives there, who is within reach, who is not.

    Parameters
    ----------
    name
        Name of the area.
    area
        Its figures.
    minutes
        The threshold.
    rank
        ``rank``, ``count``, ``group`` and ``reason_codes`` of the area among the gaps, if it
        is one.
    places
        The name of the set of places to reach.
    """
    facts: list[tuple[Texts, Texts]] = []
    if rank:
        facts.append(
            (
                words.in_all_languages("priority", group=words.in_all_languages(rank["group"])),
                words.in_all_languages("priority_rank", rank=rank["rank"], count=rank["count"]),
            )
        )
        if rank["reason_codes"]:
            facts.append(
                (words.in_all_languages("reasons"), _reasons(rank["reason_codes"], places))
            )
    return popup(quoted(name), facts=facts, counts=_count_table(area, minutes))


def place_popup(
    place: Mapping[str, Any],
    *,
    kind: str,
    reached: Area | None,
    minutes: float,
    date: dt.date,
    places: str = "places",
) -> str:
    """Write the popup of a place: where it is, how surely, when it is open, who reaches it.

    Parameters
    ----------
    place
        A row of the places.
    kind
        The key of what it is called, for example ``"ex_csrc"``.
    reached
        The people within the threshold, if known.
    minutes
        The threshold.
    date
        The date of the page: hours that ended before it are not told.
    places
        The name of the set of places that ``reached`` is about.
    """
    facts = [
        (words.in_all_languages("address"), _address(place.get("address"))),
        (words.in_all_languages("municipio"), _plain(place.get("municipio"))),
        (words.in_all_languages("position"), _position(place)),
        (words.in_all_languages("confidence"), _confidence(place.get("confidence"))),
        *_hours(place, date),
    ]
    if "hosts_wemi" in place and not kind.startswith("wemi"):
        facts.append((words.in_all_languages("wemi_inside"), _desk(place)))
    counts = foot = None
    if reached:
        counts = {
            "columns": [words.in_all_languages("reach_column", minutes=minutes_text(minutes))],
            "rows": [
                (words.in_all_languages(group), [counts.texts()[COLUMNS.index("covered")]])
                for group, counts in reached.items()
            ],
        }
        foot = words.in_all_languages("reach_of_house_foot", **place_blanks(places))
    return popup(
        known(place["name"], column="name"),
        kind=known(kind, column="kind"),
        facts=facts,
        counts=counts,
        foot=foot,
    )


def row_popup(name: str, row: Mapping[str, Any]) -> str:
    """Write the popup of a row of any table: what its columns are called, and their values."""
    facts = [
        (
            {language: quoted(text) for language, text in column_label(str(column)).items()},
            quoted(value) if isinstance(value, str) else value_text(str(column), value),
        )
        for column, value in row.items()
        if not missing(value)
    ]
    return popup(quoted(name), facts=facts)


def area_table(
    names: Mapping[Any, str],
    areas: Mapping[Any, Area],
    *,
    whole: Area,
    minutes: float,
    by: str = "nil",
) -> str:
    """Write the table that says what the colours of the map say.

    Parameters
    ----------
    names
        The areas to list, by id.
    areas
        Their figures.
    whole
        The figures of the whole city; its first group is the one the map is coloured by.
    minutes
        The threshold.
    by
        The name of the set of zones that they are.
    """
    rows = [
        {
            "id": zone,
            "name": name,
            "cells": [
                {"text": text, "order": order}
                for group in whole
                for text, order in zip(
                    areas[zone][group].texts(), areas[zone][group].orders(), strict=True
                )
            ],
        }
        for zone, name in names.items()
    ]
    rows.sort(key=lambda row: (-row["cells"][2]["order"], row["name"]))
    return fill(
        "table",
        groups=[capital(words.in_all_languages(group)) for group in whole],
        columns=_column_names(minutes),
        rows=rows,
        total=[text for counts in whole.values() for text in counts.texts()],
        help=of_zones("table_help", nil=by == "nil"),
        heading=of_zones("nil", nil=by == "nil"),
    )


def _count_table(area: Area, minutes: float) -> dict[str, Any]:
    return {
        "columns": [capital(words.in_all_languages(group)) for group in area],
        "rows": list(
            zip(
                _column_names(minutes),
                map(list, zip(*(counts.texts() for counts in area.values()), strict=True)),
                strict=True,
            )
        ),
    }


def _column_names(minutes: float) -> list[Texts]:
    return [
        words.in_all_languages("all_people"),
        *(
            words.in_all_languages(key, minutes=minutes_text(minutes))
            for key in ("covered", "uncovered", "share")
        ),
    ]


def _reasons(codes: str, places: str) -> Texts:
    return {
        language: "; ".join(
            words.say(key, language, **words.place_words(places, language))
            if words.is_phrase(key := f"reason_{code}")
            else code
            for code in codes.split()
        )
        for language in words.LANGUAGES
    }


def known(value: object, *, column: str) -> Texts:
    """Write a cell of a table: the phrase there is for it, or else its own text."""
    return {
        language: quoted(words.known(value, language, column=column))
        for language in words.LANGUAGES
    }


def _address(value: object) -> Texts:
    if missing(value):
        return words.in_all_languages("not_known")
    unknown = words.in_all_languages("civic_unknown")
    return {k: quoted(str(value).replace("civic unknown", text)) for k, text in unknown.items()}


def _position(place: Mapping[str, Any]) -> Texts:
    precision, metres = place.get("location_precision"), place.get("location_uncertainty_m")
    if missing(precision):
        return words.in_all_languages("position_not_known")
    told = [
        {
            language: words.isolated(words.known(precision, language, column="location_precision"))
            for language in words.LANGUAGES
        }
    ]
    if not missing(metres):
        assumed = place.get("location_uncertainty_assumed")
        key = "within_metres" if missing(assumed) or not assumed else "within_assumed_metres"
        told.append(words.in_all_languages(key, metres=count_text(float(str(metres)))))
    if contradicted(place):
        apart = count_text(float(place["location_contradiction_m"]))
        told.append(words.in_all_languages("sources_apart", metres=apart))
    return {language: ", ".join(text[language] for text in told) for language in words.LANGUAGES}


def _confidence(value: object) -> Texts:
    if missing(value):
        return words.in_all_languages("position_not_known")
    return known(value, column="confidence")


def _hours(place: Mapping[str, Any], date: dt.date) -> list[tuple[Texts, Texts]]:
    """Tell when a place is open, as far as that is known on a date."""
    own, summer = place.get("opening_hours"), place.get("summer_2026_hours")
    if not missing(own):
        return [(words.in_all_languages("opening_hours"), _quotation(own))]
    if missing(summer) or date > SUMMER_2026[1]:
        label, unknown = "opening_hours", "hours_not_known"
        return [(words.in_all_languages(label), words.in_all_languages(unknown))]
    # Free text with slips of the pen: quoted, as a reading of it may err.
    return [
        (words.in_all_languages(column), _quotation(place[column]))
        for column in ("summer_2026_hours", "summer_2026_closures")
        if not missing(place.get(column))
    ]


def _quotation(value: object) -> Texts:
    return dict.fromkeys(words.LANGUAGES, source_words(value))


def _desk(place: Mapping[str, Any]) -> Texts:
    if missing(place["hosts_wemi"]) or not place["hosts_wemi"]:
        return words.in_all_languages("inside_no")
    name = place.get("wemi_desk")
    if missing(name):
        return words.in_all_languages("inside_yes")
    return words.in_all_languages("inside_named", name=words.isolated(str(name)))


def _plain(value: object) -> Texts:
    if missing(value):
        return words.in_all_languages("not_known")
    return dict.fromkeys(words.LANGUAGES, quoted(value))
