"""Why an area is on the list of gaps, in one sentence a row: Italian first, counts rounded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.errors import InputError
from quartieri15.model import schemas
from quartieri15.planning.speaking import GROUPS, number, people, require_language

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final[dict[str, dict[str, str]]] = {
    "sentence": {
        "it": "{where}: {people} {group}, {dense}; {far}.",
        "en": "{where}: {people} {group}, {dense}; {far}.",
    },
    "where": {"it": "{streets} ({zones})", "en": "{streets} ({zones})"},
    "far": {
        "it": "in mediana sono a {minutes} minuti, a {speed} km/h, {place}",
        "en": "in the median they are {minutes} minutes at {speed} km/h {place}",
    },
    "from_one": {"it": "{nearest}, {place}", "en": "{nearest}, {place}"},
    "from_most": {
        "it": "{nearest}, che per circa {tenths} su 10 è {place}",
        "en": "{nearest}, which for about {tenths} in 10 is {place}",
    },
    "nearest_houses": {
        "it": "dalla Casa di Quartiere più vicina",
        "en": "from the nearest Casa di Quartiere",
    },
    "nearest_wemi": {
        "it": "dallo Sportello WeMi più vicino",
        "en": "from the nearest WeMi desk",
    },
    "nearest_place": {"it": "dal luogo più vicino", "en": "from the nearest place"},
    "cut_off": {
        "it": "almeno la metà non ha modo di arrivare a un luogo",
        "en": "half of them or more have no way to a place",
    },
    "fifth_5": {
        "it": "nel quinto più denso della città",
        "en": "in the densest fifth of the city",
    },
    "fifth_4": {
        "it": "nel secondo quinto più denso della città",
        "en": "in the second densest fifth of the city",
    },
    "fifth_3": {
        "it": "nel quinto di densità media della città",
        "en": "in the middle fifth of the city by density",
    },
    "fifth_2": {
        "it": "nel secondo quinto meno denso della città",
        "en": "in the second least dense fifth of the city",
    },
    "fifth_1": {
        "it": "nel quinto meno denso della città",
        "en": "in the least dense fifth of the city",
    },
}
"""Every phrase, in both languages. A fifth of the city is a fifth of the group."""

_NUMBERS: Final = (
    *("uncovered", "density_percentile", "place_share", "median_minutes", "speed_kmh"),
)
_NEEDED: Final = ("group", "streets", "place", "places", *_NUMBERS)
_ALL_TENTHS: Final = 10


def gap_sentences(gaps: pd.DataFrame, *, language: str = "it") -> list[str]:
    """Say of every area who lives there beyond the threshold, how densely, and how far away.

    People are rounded to tens, above 0 and below 10 they are "fewer than 10"; minutes are whole,
    and parts are told in tenths, so that no count can be read from them.

    Parameters
    ----------
    gaps
        The result of :func:`~quartieri15.analysis.gap_areas.gap_areas`, or some of its rows.
    language
        ``"it"`` or ``"en"``.

    Returns
    -------
    list of str
        One sentence per row, in the order of the rows.

    Raises
    ------
    InputError
        If ``gaps`` is no table of gap areas.
    UnknownNameError
        If the language is not spoken.

    Examples
    --------
    >>> row = {"group": "over65", "uncovered": 412.3, "streets": "Via Zante"}
    >>> row |= {"nil_name": "FORLANINI", "density_percentile": 86.0, "median_minutes": 19.2}
    >>> row |= {"speed_kmh": 3.6, "places": "houses", "place": "Calvi", "place_share": 1.0}
    >>> gap_sentences(pd.DataFrame([row]), language="en")[0]
    'Via Zante (FORLANINI): 410 people aged 65 and over, in the densest fifth of the city; in the \
median they are 19 minutes at 3.6 km/h from the nearest Casa di Quartiere, Calvi.'
    """
    require_language(language)
    if not isinstance(gaps, pd.DataFrame):
        raise InputError(
            f"a {type(gaps).__name__} is no table",
            where="gaps",
            mend="give the result of gap_areas(city, ...)",
        )
    missing = [name for name in _NEEDED if name not in gaps.columns]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing",
            where="gaps",
            mend="give the result of gap_areas(city, ...)",
        )
    for name in _NUMBERS:
        if not pd.api.types.is_numeric_dtype(gaps[name]):
            raise InputError(
                "it holds no numbers", where=f"gaps, column {name}", mend="leave it as it was"
            )
    counts = {"uncovered": schemas.Column(kind="number", low=0)}
    schemas.check(pd.DataFrame(gaps[["uncovered"]]), counts, where="gaps")
    wrong = ~gaps["group"].isin(list(GROUPS)) | gaps["density_percentile"].isna()
    if wrong.any():
        raise InputError(
            "its group is not known, or how densely it lives",
            where=f"gaps, row {gaps.index[wrong][0]}",
            mend="leave the columns group and density_percentile as they were",
        )
    zones = [name for name in gaps.columns if str(name).endswith("_name")]
    return [_sentence(row, zones, language) for row in pd.DataFrame(gaps).to_dict("records")]


def _sentence(row: Mapping[Any, Any], zones: list[str], language: str) -> str:
    where = ", ".join(str(row[name]) for name in zones)
    if row["streets"]:
        where = _say("where", language, streets=row["streets"], zones=where)
    fifth = min(int(row["density_percentile"] // 20) + 1, 5)
    return _say(
        "sentence",
        language,
        where=where,
        people=people(row["uncovered"], language),
        group=GROUPS[row["group"]][language],
        dense=_say(f"fifth_{fifth}", language),
        far=_far(row, language),
    )


def _far(row: Mapping[Any, Any], language: str) -> str:
    """Say how far away the nearest place is."""
    if math.isnan(row["median_minutes"]):
        return _say("cut_off", language)
    tenths = max(1, round(row["place_share"] * _ALL_TENTHS))
    kind = f"nearest_{row['places']}"
    place = _say(
        "from_one" if tenths == _ALL_TENTHS else "from_most",
        language,
        nearest=_say(kind if kind in WORDS else "nearest_place", language),
        tenths=tenths,
        place=row["place"],
    )
    return _say(
        "far",
        language,
        minutes=number(row["median_minutes"], language),
        speed=number(row["speed_kmh"], language, decimals=1),
        place=place,
    )


def _say(key: str, language: str, **values: object) -> str:
    return WORDS[key][language].format(**values)
