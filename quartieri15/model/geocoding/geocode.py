"""From addresses as people write them to civic numbers, each with a score that says how sure.

Nothing is asked of a network: the register of civic numbers is the city's own. The score is made
to be acted on: from :data:`SAFE` on, every word was understood and leads to one civic number of
the register; below, something was guessed, and the reason says what.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import require_progress, require_whole, several, shown
from quartieri15.errors import ParameterError
from quartieri15.model.city import require_addresses, require_city
from quartieri15.model.geocoding.answers import (
    LEAST,
    SAFE,
    Answer,
    Register,
    answers_to,
    municipio_named,
)
from quartieri15.progress import quiet

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

    from quartieri15.model.city import City
    from quartieri15.progress import Say

__all__ = ["LEAST", "SAFE", "geocode"]

_SAID_EVERY: Final = 500
_COLUMNS: Final = (
    "query",
    "rank",
    "street",
    "number",
    "address_id",
    "score",
    "precision",
    "reason",
)


def geocode(
    city: City,
    text: object,
    *,
    municipio: object = None,
    alternatives: int = 0,
    progress: Say = quiet,
) -> gpd.GeoDataFrame:
    """Find the civic numbers that addresses mean, without a network.

    Parameters
    ----------
    city
        With ``addresses``.
    text : str, pandas.Series or list of str
        Addresses as people write them: ``"v.le Monza 15/A int. 3, 20125 Milano (MI)"``,
        ``"PAREA CARLO, 13"``, ``"P.za XXV Aprile snc"``, ``"via Padova ang. via Predabissi"``.
        One that is missing has no answer.
    municipio : int, str, or a list of them
        The Municipio in which the addresses are, one for all or one for each, by its id or its
        name; None where it is not known. Answers elsewhere lose 0.15, which decides between
        streets of one name.
    alternatives
        How many other answers to list for each address, 0 to 20.
    progress
        Called with a few words now and then.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per address, in order, on the index of a Series; with ``alternatives`` their
        rows follow, on the same label.

        ``query``
            The text.
        ``rank``
            1 for the answer, 2 and more for alternatives.
        ``street``, ``number``
            As the register has them; of a number that it has not, as it was understood.
        ``address_id``
            Its row of ``city.addresses`` where ``precision`` is ``civic``, else missing.
        ``score``
            From 0 to 1. At :data:`SAFE` (0.9) and above every word was understood and means one
            civic number of the register: it may be taken unseen. 1 is its name to the letter.
            Below, something was guessed: a misprint, which of several streets, another
            number. See ``docs/geocoding.md``.
        ``precision``
            ``civic``: the number itself. ``number``: the place of the nearest numbers of the
            street. ``street``: the street or a corner of it. ``none``: no answer.
        ``reason``
            What was found, what was guessed and what was not understood.
        ``geometry``
            A point in the CRS of the city, missing where there is no answer.

    Raises
    ------
    InputError
        If the city has no addresses, or no Municipi where one is named.
    UnknownNameError
        If there is no such Municipio.
    ParameterError
        If an address is no text, there is not one Municipio for each, or another value makes no
        sense.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> found = geocode(milano, ["V. C. Parea n. 13, Milano", "via Boifava 12/A", "via Pinco 3"])
    >>> print(found[["street", "number", "score", "precision"]].to_string(index=False))
                street number  score precision
       Via Carlo Parea     13  0.980     civic
    Via Pietro Boifava   12/A  0.658    number
                  None   None  0.000      none
    """
    import geopandas as gpd

    require_city(city)
    require_whole(alternatives, where="alternatives", least=0, most=20)
    require_progress(progress)
    require_addresses(city)
    texts, index = _texts(text)
    areas = _areas(city, municipio, len(texts))
    register = Register.of(city)
    known: dict[tuple[str, int], list[Answer]] = {}
    records: list[tuple[Any, ...]] = []
    labels: list[int] = []
    points: list[shapely.Point | None] = []
    for i, (words, area) in enumerate(zip(texts, areas, strict=True)):
        if i and i % _SAID_EVERY == 0:
            progress(f"addresses: {i:,} of {len(texts):,}")
        key = (words or "", id(area))
        if key not in known:
            known[key] = answers_to(register, words, area)
        for rank, answer in enumerate(known[key][: 1 + alternatives], 1):
            labels.append(i)
            points.append(answer.point())
            records.append((words, rank, *_record(register, answer)))
    # Texts stay objects: a column of them refuses half a character, and any text has an answer.
    rows = np.empty((len(records), len(_COLUMNS)), dtype=object)
    for i, record in enumerate(records):
        rows[i] = record
    table = pd.DataFrame(rows, columns=pd.Index(_COLUMNS), index=index.take(labels), dtype=object)
    table = table.astype({"rank": np.int64, "score": np.float64})
    found = gpd.GeoDataFrame(table, geometry=np.array(points, dtype=object), crs=city.streets.crs)
    found.attrs["provenance"] = dict(city.provenance)
    return found


def _record(register: Register, answer: Answer) -> tuple[Any, ...]:
    return (
        None if answer.likely is None else answer.likely.name,
        answer.number,
        None if answer.row is None else register.ids[answer.row],
        # Cut, not rounded: what is below SAFE stays below it.
        math.floor(max(0.0, answer.score) * 1000 + 1e-6) / 1000,
        answer.precision,
        answer.reason,
    )


def _texts(text: object) -> tuple[list[str | None], pd.Index]:
    """Return addresses and their labels, or say which is no text."""
    given = text.tolist() if isinstance(text, pd.Series) else several(text)
    texts: list[str | None] = []
    for i, one in enumerate(given):
        missing = one is None or one is pd.NA or (isinstance(one, float) and math.isnan(one))
        if not missing and not isinstance(one, str):
            raise ParameterError(
                f"address {i + 1} is {shown(one)}", where="text", mend="give texts, or None"
            )
        texts.append(None if missing else one)
    return texts, text.index if isinstance(text, pd.Series) else pd.RangeIndex(len(texts))


def _areas(city: City, municipio: object, count: int) -> list[shapely.Geometry | None]:
    """Return the outline of the Municipio of every address."""
    listed = several(municipio.tolist() if isinstance(municipio, pd.Series) else municipio)
    one_for_all = not isinstance(municipio, Iterable) or isinstance(municipio, str)
    if one_for_all:
        listed = listed * count if municipio is not None else [None] * count
    if len(listed) != count:
        raise ParameterError(
            f"{len(listed)} Municipi are given for {count} addresses",
            where="municipio",
            mend="give one for all, or one for each",
        )
    known: dict[object, shapely.Geometry | None] = {}
    areas: list[shapely.Geometry | None] = []
    for one in listed:
        missing = one is None or one is pd.NA or (isinstance(one, float) and math.isnan(one))
        if missing:
            areas.append(None)
            continue
        if not isinstance(one, str | int | float | np.integer) or isinstance(one, bool):
            raise ParameterError(
                f"a Municipio is {shown(one)}", where="municipio", mend="give its id or its name"
            )
        if one not in known:
            known[one] = municipio_named(city, one)
        areas.append(known[one])
    return areas
