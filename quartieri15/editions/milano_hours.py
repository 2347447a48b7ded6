"""The hours of the cool spaces of summer 2026, read from the words of the Comune."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from quartieri15.model.places import SUMMER_2026
from quartieri15.sources.italian_hours import read_italian_hours

if TYPE_CHECKING:
    from collections.abc import Iterable


def summer_hours(
    texts: pd.Series, *, closures: Iterable[str], notes: Iterable[str]
) -> pd.DataFrame:
    """Read hours, closures and notes of the list of cool spaces.

    Parameters
    ----------
    texts, closures, notes
        One text per place, empty where there is none.

    Returns
    -------
    pandas.DataFrame
        With the index of the texts: ``summer_2026_opening_hours`` in the syntax of OpenStreetMap,
        missing where nothing could be read, and ``summer_2026_hours_not_read``: the pieces that
        were not understood and what contradicts itself, parted by ``|``; empty where all was.

    Examples
    --------
    >>> import pandas as pd
    >>> read = summer_hours(
    ...     pd.Series(["Dal 1 al 12 luglio: ,er 15:00-18:00, Sab 9-12"]),
    ...     closures=["Nessuna chiusura"],
    ...     notes=[""],
    ... )
    >>> read["summer_2026_hours_not_read"].tolist()
    ['er 15:00-18:00']
    """
    year = SUMMER_2026[0].year
    read = [
        read_italian_hours(text, year=year, closures=closed, notes=note)
        for text, closed, note in zip(texts, closures, notes, strict=True)
    ]
    return pd.DataFrame(
        {
            "summer_2026_opening_hours": [one.opening_hours for one in read],
            "summer_2026_hours_not_read": [
                " | ".join([*one.not_read, *one.contradictions]) for one in read
            ],
        },
        index=texts.index,
        dtype=object,
    )
