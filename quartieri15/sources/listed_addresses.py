"""Lists of places that state an address where others state a position.

An address is looked up among the civic numbers of the city, without a network, and taken only
where it may be taken unseen: at a civic number, with a score of
:data:`~quartieri15.model.geocoding.answers.SAFE` and more. Of every other one it is said what it
may mean, and nothing is guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np

from quartieri15.errors import InputError, RefusedRowsError
from quartieri15.model.city import require_addresses
from quartieri15.model.geocoding.geocode import SAFE, geocode
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from quartieri15.model.city import City

POSITION: Final = ("lon", "lat")
"""Columns of a position in a list that names no others."""
ADDRESS: Final = "address"
PRECISION: Final = "location_precision"
TOLD: Final = (ADDRESS, PRECISION)
"""What is kept of how a place was found: its address, and how exact its position is: ``civic`` for
a civic number, ``point`` for a position that the list itself states."""
ALTERNATIVES: Final = 3


def read_addressed_list(
    path: Path,
    wanted: Sequence[str],
    position: tuple[str, str],
    address: Sequence[str],
    *,
    city: City,
    crs: Any,
) -> gpd.GeoDataFrame:
    """Read a CSV of places by their addresses: all but numbers as text.

    Parameters
    ----------
    path
        The list.
    wanted
        Columns that must be there besides.
    position
        The columns of a position, east first. A row that has one is taken as it is. Left out of
        the file as a whole where they are called :data:`POSITION`.
    address
        The column of addresses, or those of the street and of the number.
    city
        With ``addresses``, where a row has no position.
    crs
        Of the positions.

    Returns
    -------
    geopandas.GeoDataFrame
        The columns of the file, :data:`TOLD`, and ``geometry`` in ``crs``.

    Raises
    ------
    InputError
        If a column is missing, a row has neither an address nor a position, or the city has no
        addresses.
    RefusedRowsError
        If addresses are not found for sure: all of them.
    """
    columns = [*dict.fromkeys((*wanted, *address))]
    header = tabular.first_line(path)
    names = tabular.fields_in(header, tabular.separator_in(header, columns))
    there = position != POSITION or not names.isdisjoint(position)
    columns += position if there else ()
    table = tabular.read_csv(path, columns=columns, separator=tabular.separator_of(path, columns))
    tabular.require_rows(table)
    words = table[[*address]].agg(" ".join, axis=1).str.strip()
    x, y = (
        tabular.numbers(table, name, decimal=",", nullable=True).to_numpy()
        if there
        else np.full(len(table), np.nan)
        for name in position
    )
    asked = np.isnan(x) & np.isnan(y)
    for bad, column, said in (
        (np.isnan(x) & ~asked, position[0], "half of the position is missing"),
        (np.isnan(y) & ~asked, position[1], "half of the position is missing"),
        (asked & (words == "").to_numpy(), address[0], "there is no address and no position"),
    ):
        if bad.any():
            raise InputError(
                said,
                where=f"{table.attrs['file']}, line {table.index[bad][0]}, column {column}",
                mend="fill it in",
            )
    points = gpd.GeoSeries(gpd.points_from_xy(x, y), index=table.index, crs=crs)
    if asked.any():
        file = table.attrs["file"]
        require_addresses(city, where=f"{file}, column {address[0]}")
        found, refused = _found(words[asked], city)
        if refused:
            place = f"give this row a position, in the columns {' and '.join(position)}"
            better = f"write street and number as the civic numbers have them, or {place}"
            raise RefusedRowsError.of(
                [
                    InputError(
                        why,
                        where=f"{file}, line {line}, column {address[0]}",
                        mend=better if helps else place,
                    )
                    for line, (why, helps) in refused.items()
                ],
                what=f"{len(refused)} of {int(asked.sum())} addresses are not found for sure",
                where=file,
            )
        points[asked] = found.to_crs(crs).to_numpy()
    told = table.drop(columns=[*(position if there else ()), *(set(address) - {*wanted})])
    told[ADDRESS] = words
    told[PRECISION] = np.where(asked, "civic", "point")
    placed = gpd.GeoDataFrame(told, geometry=points)
    placed.attrs = table.attrs
    return placed


def _found(words: pd.Series, city: City) -> tuple[gpd.GeoSeries, dict[int, tuple[str, bool]]]:
    """Return the points of addresses, and by line why one is not taken.

    Beside the reason: whether it helps to write the address as the civic numbers have it.
    """
    answers = geocode(city, words, alternatives=ALTERNATIVES)
    best = answers[answers["rank"] == 1]
    known = best["precision"] == "civic"
    refused = best[~(known & (best["score"] >= SAFE))]
    doors = refused[refused["precision"] == "civic"]
    # A number that stands at several points is not sure as the civic numbers have it, either.
    as_known = geocode(city, (doors["street"] + " " + doors["number"]).astype(str))
    hopeless = set(doors.index[(as_known["score"] < SAFE).to_numpy()])
    return best.geometry, {
        line: (_refusal(answers.loc[[line]].to_dict("records")), line not in hopeless)
        for line in refused.index
    }


def _refusal(answers: Sequence[dict[str, Any]]) -> str:
    """Say why an address is not taken, and what it may mean."""
    best = answers[0]
    likely = [
        f"{one['street']} {one['number']} ({one['score']:.2f})"
        for one in answers
        if one["precision"] == "civic"
    ]
    return f"{best['query']!r} is not found for sure among the civic numbers: {best['reason']}" + (
        f"; it may be {', '.join(likely)}" if likely else ""
    )
