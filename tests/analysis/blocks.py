"""A town drawn as text: every sign is an address, and says how long the way from there is."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from tests.analysis.toy_zones import row_of_zones
from tests.ascii_city import CRS, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quartieri15.model.city import City

MINUTES = {".": 10.0, "#": 20.0, "+": 30.0, "?": np.nan}


def draw_blocks(
    picture: str, *, cell: float = 100.0, over65: Sequence[float] | None = None
) -> tuple[City, pd.DataFrame]:
    """Make a town and the travel times of everyone in it.

    ``.`` is 10 minutes from the house, ``#`` 20, ``+`` 30, and from ``?`` no way leads there. Every
    sign is ``cell`` metres wide and high. Ten people live at an address, ``over65`` of them (1, 2,
    3, ... where nothing is said) over 65. The west of the town, up to 1 km, is NIL 1.
    """
    lines = [line for line in picture.splitlines() if line.strip()]
    signs = [
        (column * cell, -row * cell, MINUTES[sign])
        for row, line in enumerate(lines)
        for column, sign in enumerate(line)
        if sign in MINUTES
    ]
    counts = range(1, len(signs) + 1) if over65 is None else over65
    return town([(*sign, own) for sign, own in zip(signs, counts, strict=True)])


def town(points: Sequence[tuple[float, float, float, float]]) -> tuple[City, pd.DataFrame]:
    """Make a town of (x, y, minutes, over65), in metres from the north-western corner."""
    people = [(1 + (x >= 1000), 10 + own, own) for x, _, _, own in points]
    city = row_of_zones(people, zones=2)
    x, y = (ORIGIN[axis] + np.array([point[axis] for point in points]) for axis in (0, 1))
    city = dataclasses.replace(
        city, residents=city.residents.set_geometry(gpd.points_from_xy(x, y + 1000, crs=CRS))
    )
    minutes = np.array([point[2] for point in points])
    return city, pd.DataFrame(
        {"minutes": minutes, "place_id": np.where(np.isnan(minutes), None, "h0")},
        index=city.residents.index,
    )


def shuffled(city: City, times: pd.DataFrame, order: Sequence[int]) -> tuple[City, pd.DataFrame]:
    """Return the same town with its residents in another order."""
    rows = list(order)
    residents = city.residents.iloc[rows].reset_index(drop=True)
    return dataclasses.replace(city, residents=residents), times.iloc[rows].reset_index(drop=True)
