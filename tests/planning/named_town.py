"""A drawn town whose streets have names, for tests that ask for them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from tests.ascii_city import CRS, ORIGIN, draw_city, node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quartieri15.model.city import City


def named_town(
    picture: str,
    names: Mapping[str, str],
    *,
    cell: float = 20.0,
    addresses: Mapping[str, tuple[float, float]] | None = None,
    **drawn: object,
) -> City:
    """Draw a city and name its streets: ``names`` maps a name to pairs of letters (``AB BC``)."""
    city = draw_city(picture, cell=cell, **drawn)
    edges = city.streets.edges
    known = {}
    for name, pairs in names.items():
        for pair in pairs.split():
            known[frozenset(map(node, pair))] = name
    found = [known.get(frozenset(ends)) for ends in zip(edges["u"], edges["v"], strict=True)]
    column = pd.DataFrame({"name": pd.Series(found, index=edges.index, dtype=object)})
    city = city.with_(streets=city.streets.with_edge_values(column))
    if addresses is None:
        return city
    written = [text.rsplit(" ", 1) for text in addresses]
    table = gpd.GeoDataFrame(
        {
            "id": [f"civic-{i}" for i in range(len(written))],
            "street": [street for street, _ in written],
            "number": [number for _, number in written],
        },
        geometry=[
            shapely.Point(ORIGIN[0] + x * cell, ORIGIN[1] - y * cell) for x, y in addresses.values()
        ],
        crs=CRS,
    )
    return city.with_(addresses=table)


def letters(city: City, edge_ids: object) -> set[str]:
    """The edges as pairs of letters, in the order of the alphabet."""
    edges = city.streets.edges.loc[edge_ids]
    ends = zip(edges["u"], edges["v"], strict=True)
    return {"".join(sorted(chr(ord("A") + n - 1) for n in pair)) for pair in ends}


def with_outline(city: City, outline: shapely.Polygon, name: str = "Centro") -> City:
    """The same city, of which only an outline is the city and the rest a ring around it."""
    zones = {
        key: table.assign(geometry=[outline], name=[name], area_km2=[outline.area / 1e6])
        for key, table in city.zones.items()
    }
    return dataclasses.replace(city, zones=zones)
