"""The addresses of the Milano edition: every civic number in force, on the street it is on.

The register lists ``PAREA CARLO``; people read ``Via Carlo Parea``. A street that the map has is
written as on the map, by which it is found again among the street edges; another as its sign
says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.model.street_index import StreetIndex, within_areas
from quartieri15.model.street_names import SMALL_WORDS, read_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from quartieri15.model.streets import StreetNetwork

LIKELY: Final = 0.84
"""A likeness at which two names are one, if the addresses stand along the street."""
ALONG_M: Final = 60.0
"""How far from the street the addresses of it stand, at the median."""


def build_addresses(
    civics: gpd.GeoDataFrame, register: pd.DataFrame, streets: StreetNetwork, nil: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Give every civic number its street.

    Parameters
    ----------
    civics
        As :func:`quartieri15.sources.comune.read_civics` returns them.
    register
        As :func:`quartieri15.sources.comune.read_street_register` returns it.
    streets
        The network, for the names of the map.
    nil
        The zones that make up the city.

    Returns
    -------
    addresses : geopandas.GeoDataFrame
        ``id`` (``civic-`` and the register's own), ``street``, ``number``, ``residential``,
        ``register_street``, ``geometry``; in the order of ``civics``.
    report : dict
        How many streets have the name of the map, and by which rule, and what was left out.
    """
    known = civics["street_code"].isin(register.index)
    kept = civics[known]
    used = register.loc[np.unique(kept["street_code"])]
    names, report = _names(used, kept, streets, within_areas(streets, nil))
    listed = used["kind"].str.upper() + " " + used["listed"]
    addresses = gpd.GeoDataFrame(
        {
            "id": ("civic-" + kept["id"].astype(str)).astype(object),
            "street": pd.Categorical(kept["street_code"].map(names)),
            "number": kept["number"].astype(object),
            "residential": kept["residential"],
            "register_street": pd.Categorical(kept["street_code"].map(listed)),
        },
        geometry=kept.geometry,
        crs=civics.crs,
    ).reset_index(drop=True)
    return addresses, {
        "streets_of_addresses": len(used),
        **report,
        "numbers_of_streets_that_are_not_registered": int((~known).sum()),
    }


def _names(
    used: pd.DataFrame, civics: gpd.GeoDataFrame, streets: StreetNetwork, within: np.ndarray
) -> tuple[pd.Series, dict[str, Any]]:
    """Return the name of every street of the register, and count by which rule it was found."""
    index = StreetIndex(streets.edges["name"], within, {})
    inside = {index.written(name)[0] for name in index.names if index.edges_of(name)[1]}
    codes = [int(code) for code in used.index]
    kinds, writings = used["kind"].tolist(), used["written"].tolist()
    others = zip(writings, used["national"], used["map"], strict=True)
    spelled = {
        code: [f"{kind} {text}" for text in texts if text]
        for code, kind, texts in zip(codes, kinds, others, strict=True)
    }
    # What the register takes for the map's name is now and then that of another street.
    same = _same_names(
        {
            code: [f"{kind} {text}" for text in texts if text]
            for code, kind, texts in zip(
                codes, kinds, zip(writings, used["national"], strict=True), strict=True
            )
        },
        inside,
    )
    taken = set(same.values())
    points = civics.geometry.groupby(civics["street_code"])
    lines = streets.edges.geometry.to_numpy()
    like: dict[int, str] = {}
    for code in sorted(spelled.keys() - same.keys()):
        found = index.search_all(spelled[code], least=LIKELY)
        own = points.get_group(code).to_numpy()
        for name in [one.name for one in found if one.name in inside and one.name not in taken]:
            street = shapely.multilinestrings(lines[index.edges_of(name)[0]])
            if np.median(shapely.distance(street, own)) <= ALONG_M:
                like[code] = name
                taken.add(name)
                break
    signs = {
        code: sign(kind, written)
        for code, kind, written in zip(codes, kinds, writings, strict=True)
        if code not in same and code not in like
    }
    names: dict[int, str] = {**same, **like, **signs}
    return pd.Series(names), {
        "streets_named_as_on_the_map": len(same),
        "streets_named_like_one_of_the_map_along_them": len(like),
        "streets_that_the_map_has_not": len(signs),
    }


def _same_names(spelled: Mapping[int, list[str]], names: Collection[str]) -> dict[int, str]:
    """Return the name of the map that is one of the spellings, but for order and small words."""
    known: dict[tuple[object, ...], str] = {}
    for name in sorted(names):
        read = read_name(name)
        known[read.kind, read.private, read.key] = name
        # A private street is one of several, and often only one says so.
        known.setdefault((read.kind, read.key), name)
    found = {}
    for code, texts in spelled.items():
        readings = [read_name(text) for text in texts]
        keys = [
            *((read.kind, read.private, read.key) for read in readings),
            *((read.kind, read.key) for read in readings),
        ]
        for key in keys:
            if key in known:
                found[code] = known[key]
                break
    return found


_ROMAN = re.compile(r"(?=[XVI])X{0,3}(IX|IV|V?I{0,3})")
_ACCENTS = dict(zip("AEIOU", "àèìòù", strict=True))


def sign(kind: str, written: str) -> str:
    """Return a name in capitals as a sign shows it.

    Examples
    --------
    >>> sign("Via", "NICCOLO' PAGANINI"), sign("Piazza", "DELL'ORSO"), sign("Via", "PIO XI")
    ('Via Niccolò Paganini', "Piazza dell'Orso", 'Via Pio XI')
    """
    words = [_sign_word(word) for word in written.split()]
    return " ".join([kind, *words])


def _sign_word(word: str) -> str:
    if _ROMAN.fullmatch(word):
        return word
    if word.casefold() in SMALL_WORDS:
        return word.casefold()
    if word[-1:] == "'" and word[-2:-1] in _ACCENTS and len(word) > 2:  # noqa: PLR2004
        return (word[:-2].capitalize() + _ACCENTS[word[-2]]) if word[:-2] else word
    parts = word.split("'")
    shown = [
        part.casefold()
        if part.casefold() in SMALL_WORDS - {"d", "de"} and i < len(parts) - 1
        else part.capitalize()
        for i, part in enumerate(parts)
    ]
    return "'".join(shown)
