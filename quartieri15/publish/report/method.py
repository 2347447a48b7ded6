"""How the figures of a report came about, what is not known of them, and whose data they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quartieri15.publish import words
from quartieri15.publish.catalogue import is_phrase, say
from quartieri15.publish.not_known import not_known
from quartieri15.publish.report.contents import Section, Table
from quartieri15.publish.report.figures import PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.publish.report.figures import ReportFigures


_DATA: Final = (
    *("streets", "residents", "over65_alone", "renting_households"),
    *("nil", "municipi", "places", "addresses"),
)
"""What a report is made from, of all that the edition holds."""

_YEARS: Final = {
    "level 2020 (city), pattern 2011": "report.year_over65_alone",
    "share of 2011, households of 2021": "report.year_renting_households",
    "2020-2026, stated row by row": "report.year_places",
    "motorways as the streets; land of railways 2021-08": "report.year_barriers",
    "ages and households 2021, heat and green 2024-07": "report.year_nil_figures",
    "2021-08; drinking fountains 2026-01; stops and metro 2022; rail not stated": (
        "report.year_services"
    ),
    "2021-08; buildings and streets around them 2022; NIL 2020": "report.year_open_spaces",
}
"""Vintages that are sentences, with their phrase."""

_LICENCES: Final = {
    "compiled; Comune di Milano (CC BY 4.0), © OpenStreetMap contributors (ODbL)": (
        "report.licence_places"
    ),
    "Comune di Milano (CC BY 4.0); names of streets © OpenStreetMap contributors (ODbL)": (
        "report.licence_addresses"
    ),
}
"""Licences with words beside the names, with their phrase."""


def method_sections(figures: ReportFigures, language: str) -> list[Section]:
    """Return the sections that stand at the end of every report of a zone."""
    how = [
        words.say(
            "note_counts",
            language,
            to_nearest=words.place_words(PLACES, language)["to_nearest"],
        ),
        say(
            "report.method_pace",
            language,
            traveller=words.traveller_text(figures.profile, language),
            source=words.isolated(figures.profile.source),
        ),
        words.say("note_areas", language),
    ]
    if figures.smallest_count:
        least = words.number(figures.smallest_count, language)
        how.append(words.say("note_hidden", language, smallest=least))
    return [
        Section(title=say("report.method_title", language), items=how),
        Section(
            title=words.say("not_known_title", language),
            items=[text[language] for text in not_known(figures.city, to=PLACES)],
        ),
        sources_section(figures.city.provenance, language),
    ]


def sources_section(provenance: Mapping[str, Any], language: str) -> Section:
    """Say from when the data are and under which licences, once for the whole report."""
    vintages, licences = provenance.get("vintages", {}), provenance.get("licences", {})
    rows = [
        [
            say(f"report.data_{name}", language),
            _year(vintages[name], language),
            _licence(licences.get(name, licences.get("residents", "–")), language),
        ]
        for name in _DATA
        if name in vintages
    ]
    table = Table(
        caption=say("report.sources_caption", language),
        columns=[say(f"report.column_{name}", language) for name in ("data", "year", "licence")],
        rows=rows,
        texts=2,
    )
    licence = words.isolated(str(provenance.get("licence_line", "–")))
    return Section(
        title=say("report.sources_title", language),
        tables=[table] if rows else [],
        paragraphs=[words.say("licences", language, line=licence)],
    )


def vintage_rows(provenance: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Return what each of the data of a city is called, and from which year it is, in words."""
    return [
        (
            say(key, language) if is_phrase(key := f"report.data_{name}") else str(name),
            _year(value, language),
        )
        for name, value in provenance.get("vintages", {}).items()
    ]


def _year(value: object, language: str) -> str:
    """Return a vintage in words; one that is a year stays as its publisher writes it."""
    key = _YEARS.get(str(value))
    if key is not None:
        return say(key, language)
    return words.isolated(words.known(value, language, column="vintages"))


def _licence(value: object, language: str) -> str:
    """Return whose data they are; people of the register without a line share the residents'."""
    key = _LICENCES.get(str(value))
    return words.isolated(str(value)) if key is None else say(key, language)
