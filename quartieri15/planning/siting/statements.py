"""The sentences of a choice of sites, Italian first: what was found, and what is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quartieri15.planning.speaking import (
    GROUPS,
    as_given,
    number,
    people,
    percent,
    require_language,
)

if TYPE_CHECKING:
    from quartieri15.planning.siting.result import Sites

WORDS: Final[dict[str, dict[str, str]]] = {
    "asked": {
        "it": "{sites} tra {candidates} candidati, {group}, {profile} ({speed} km/h), "
        "{minutes} minuti: {value}.",
        "en": "{sites} of {candidates} candidates, {group}, {profile} ({speed} km/h), "
        "{minutes} minutes: {value}.",
    },
    "one_site": {"it": "Un luogo", "en": "1 site"},
    "sites": {"it": "{count} luoghi", "en": "{count} sites"},
    "coverage": {
        "it": "{value} persone in più entro i minuti",
        "en": "{value} people newly within the minutes",
    },
    "in_all": {
        "it": "{value} persone entro i minuti",
        "en": "{value} people within the minutes",
    },
    "fewest": {"it": "{value} nuovi luoghi", "en": "{value} new places"},
    "neediest": {
        "it": "{value} persone in più entro i minuti nelle zone più bisognose",
        "en": "{value} people of the neediest zones newly within the minutes",
    },
    "median": {
        "it": "{value} minuti-persona risparmiati",
        "en": "{value} person-minutes saved",
    },
    "center": {
        "it": "entro {value} minuti la quota chiesta",
        "en": "the share asked for within {value} minutes",
    },
    "worst_zone": {
        "it": "{value} entro i minuti nella zona più sfavorita",
        "en": "{value} within the minutes in the worst-off zone",
    },
    "covered": {
        "it": "Entro {minutes} minuti sono {after} su {population} ({share_after}), prima erano "
        "{before} ({share_before}).",
        "en": "Within {minutes} minutes are {after} of {population} ({share_after}), before "
        "{before} ({share_before}).",
    },
    "proven": {
        "it": "Dimostrato: su questi dati nessun’altra scelta di altrettanti luoghi fa meglio.",
        "en": "Proven: no other sites of as many do better, on these data.",
    },
    "not_proven": {
        "it": "Non è dimostrato che siano i migliori: nessuna scelta di altrettanti fa meglio di "
        "{bound}, quindi questi ne distano al più {gap}.",
        "en": "Not proven best: no sites of as many do better than {bound}, so these are at most "
        "{gap} from the best.",
    },
    "fewer_cannot": {
        "it": "Con meno di {least} non si può.",
        "en": "Fewer than {least} cannot do.",
    },
    "least_needed": {
        "it": "Il minimo è {least}: con meno non si può.",
        "en": "{least} are needed, and fewer cannot do.",
    },
}
"""Every phrase, in both languages."""

_COUNTS: Final = ("coverage", "neediest")


def statement(found: Sites, language: str) -> list[str]:
    """Say what a choice of sites found; see :meth:`Sites.statement`."""
    require_language(language)
    asked = found.provenance
    minutes = as_given(asked["minutes"], language)

    def say(key: str, **blanks: str) -> str:
        return WORDS[key][language].format(**blanks)

    def told(value: float) -> str:
        if found.objective in _COUNTS:
            return people(value, language)
        if found.objective == "worst_zone":
            return percent(value, language, decimals=1)
        return number(value, language, decimals=int(found.objective == "center"))

    count = number(len(found), language)
    # Where no place stays, the people are all that are reached.
    in_all = found.objective == "coverage" and "newly" not in found.unit
    value = say("in_all" if in_all else found.objective, value=told(found.value))
    group = GROUPS.get(asked["group"], {}).get(language, asked["group"])
    said = [
        say(
            "asked",
            sites=say("one_site") if len(found) == 1 else say("sites", count=count),
            candidates=number(asked["candidates"], language),
            group=group,
            profile=asked["profile"],
            speed=number(asked["speed_kmh"], language, decimals=1),
            minutes=minutes,
            value=value,
        )
    ]
    if len(found) and found.population > 0:
        after = float(found.sites["covered_total"].iloc[-1])
        said.append(
            say(
                "covered",
                minutes=minutes,
                after=people(after, language),
                population=people(found.population, language),
                share_after=percent(after / found.population, language, decimals=1),
                before=people(found.covered_before, language),
                share_before=percent(found.covered_before / found.population, language, decimals=1),
            )
        )
    if found.proven:
        said.append(say("proven"))
    else:
        gap = percent(found.gap, language, decimals=2)
        said.append(say("not_proven", bound=told(found.bound), gap=gap))
    if "least" in found.figures:
        least = number(found.figures["least"], language)
        fewer = found.figures["least"] < len(found)
        said.append(say("fewer_cannot" if fewer else "least_needed", least=least))
    return said
