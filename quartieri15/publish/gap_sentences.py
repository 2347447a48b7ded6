"""Why an area is on the list of gaps, in one sentence a row: Italian first, counts rounded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.errors import InputError
from quartieri15.model import schemas
from quartieri15.planning.speaking import GROUPS, number, people, require_language
from quartieri15.publish.catalogue import is_phrase, say

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        where = say("gap_area.where", language, streets=row["streets"], zones=where)
    fifth = min(int(row["density_percentile"] // 20) + 1, 5)
    return say(
        "gap_area.sentence",
        language,
        where=where,
        people=people(row["uncovered"], language),
        group=GROUPS[row["group"]][language],
        dense=say(f"gap_area.fifth_{fifth}", language),
        far=_far(row, language),
    )


def _far(row: Mapping[Any, Any], language: str) -> str:
    """Say how far away the nearest place is."""
    if math.isnan(row["median_minutes"]):
        return say("gap_area.cut_off", language)
    tenths = max(1, round(row["place_share"] * _ALL_TENTHS))
    nearest = f"gap_area.nearest_{row['places']}"
    place = say(
        "gap_area.from_one" if tenths == _ALL_TENTHS else "gap_area.from_most",
        language,
        nearest=say(nearest if is_phrase(nearest) else "gap_area.nearest_place", language),
        tenths=tenths,
        place=row["place"],
    )
    return say(
        "gap_area.far",
        language,
        minutes=number(row["median_minutes"], language),
        speed=number(row["speed_kmh"], language, decimals=1),
        place=place,
    )
