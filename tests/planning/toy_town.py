"""A town with named streets, for edits: two streets across, three down, a railway south of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from tests.ascii_city import CRS, ORIGIN, draw_city

if TYPE_CHECKING:
    from quartieri15.model.city import City

CELL = 60.0
PICTURE = """
A--B--C
|  |  |
D--E--F
|  |  |
G--H--I
"""
COLUMNS = {0: "Via Ponente", 3: "Via Centrale", 6: "Via Levante"}
PLACES = {"alfa": (0, 0), "beta": (6, 2), "gamma": (3, 4)}
PEOPLE = {(1, 0): 20.0, (5, 2): 30.0, (2, 4): 50.0, (6, 3): 10.0}


def town(*, oneway: bool = False) -> City:
    """The town; with ``oneway`` vehicles go east on Via Media."""
    picture = PICTURE.replace("D--E--F", "D>>E>>F") if oneway else PICTURE
    city = draw_city(picture, cell=CELL, places=PLACES, people=PEOPLE)
    streets = city.streets
    middle = streets.edges.geometry.interpolate(0.5, normalized=True)
    # The drawing has a line of text for every cell, 0 to 4; streets across stand on 0, 2 and 4.
    named = []
    for line, point in zip(streets.edges.geometry, middle, strict=True):
        (_, y0), (_, y1) = line.coords[0], line.coords[-1]
        if y0 == y1:
            named.append(ACROSS[round((ORIGIN[1] - point.y) / CELL)])
        else:
            named.append(COLUMNS[round((point.x - ORIGIN[0]) / CELL)])
    streets = streets.with_edge_values(pd.DataFrame({"name": named}, index=streets.edges.index))
    rails = shapely.LineString([at_m(-1, 5), at_m(7, 5)])
    wall = gpd.GeoDataFrame({"kind": ["railway"]}, geometry=[rails], crs=CRS)
    return city.with_(streets=streets.with_barriers(wall))


ACROSS = {0: "Via Alta", 2: "Via Media", 4: "Via Bassa"}


def at_m(column: float, row: float) -> tuple[float, float]:
    """A position of the drawing in metres."""
    return ORIGIN[0] + column * CELL, ORIGIN[1] - row * CELL


def at(column: float, row: float) -> tuple[float, float]:
    """A position of the drawing in degrees."""
    point = gpd.GeoSeries([shapely.Point(at_m(column, row))], crs=CRS).to_crs(GEOGRAPHIC).iloc[0]
    return point.x, point.y


def line(*positions: tuple[float, float]) -> list[tuple[float, float]]:
    """A line of the drawing in degrees."""
    return [at(*one) for one in positions]


def assert_same_tables(one: City, other: City) -> None:
    """Tables are equal in every value, type, row, order and index."""
    pairs = {
        "places": (one.places, other.places),
        "residents": (one.residents, other.residents),
        "nodes": (one.streets.nodes, other.streets.nodes),
        "edges": (one.streets.edges, other.streets.edges),
        "barriers": (one.streets.barriers, other.streets.barriers),
        **{key: (one.zones[key], other.zones[key]) for key in one.zones},
    }
    for name, (first, second) in pairs.items():
        if first is second:
            continue
        assert list(first.columns) == list(second.columns), name
        assert list(first.dtypes) == list(second.dtypes), name
        assert type(first.index) is type(second.index), name
        assert first.index.equals(second.index), name
        assert first.index.name == second.index.name, name
        for column in first.columns:
            a, b = first[column], second[column]
            if column == "geometry":
                assert (shapely.to_wkb(a.to_numpy()) == shapely.to_wkb(b.to_numpy())).all(), name
                continue
            assert a.equals(b), (name, column)
            if a.dtype == object:
                assert list(map(type, a)) == list(map(type, b)), (name, column)
    assert one.provenance == other.provenance
    assert list(one.zones) == list(other.zones)
