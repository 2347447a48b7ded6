"""Small cities drawn as text, so that a reader sees the city a test is about.

Upper-case letters are junctions. ``-`` and ``|`` are two-way streets, ``>`` ``<`` ``v`` ``^``
inside a street make it one-way for vehicles, ``=`` makes it a flight of steps. Every
character is ``cell`` metres wide and high, so ``A---B`` is a street of 4 cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.model.city import City
from quartieri15.model.residents import GROUPS
from quartieri15.model.streets import StreetNetwork

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CRS = "EPSG:32632"
ACROSS_AND_DOWN = (((1, 0), "->=<", ">", "<"), ((0, 1), "|v=^", "v", "^"))
ORIGIN = (512_000.0, 5_034_000.0)


def node(letter: str) -> int:
    """The node id of a letter: A is 1."""
    return ord(letter) - ord("A") + 1


def draw_streets(
    picture: str,
    *,
    cell: float = 10.0,
    extra: Iterable[Mapping[str, Any]] = (),
) -> StreetNetwork:
    """Make a network of a drawing; ``extra`` adds edges such as loops and parallel streets."""
    lines = [line for line in picture.splitlines() if line.strip()]
    width = max(map(len, lines))
    grid = [line.ljust(width) for line in lines]
    where = {
        character: (column, row)
        for row, line in enumerate(grid)
        for column, character in enumerate(line)
        if character.isupper()
    }
    xy = {letter: _position(column, row, cell) for letter, (column, row) in where.items()}
    rows = []
    for letter, (column, row) in where.items():
        for step, street, along, against in ACROSS_AND_DOWN:
            found = _follow(grid, column, row, step, street)
            if found is None:
                continue
            end, passed = found
            oneway = "forward" if along in passed else "backward" if against in passed else "no"
            rows.append(edge(letter, end, xy, oneway=oneway, steps="=" in passed))
    rows += [edge(item["u"], item["v"], xy, **_rest(item)) for item in extra]
    nodes = table_of(
        {},
        shapely.points(list(xy.values())),
        index=pd.Index([node(letter) for letter in xy], name="node_id", dtype="int64"),
    )
    return StreetNetwork.from_tables(nodes, table_of_rows(rows))


def table_of(
    columns: Mapping[str, Any], shapes: Any, *, index: pd.Index | None = None
) -> gpd.GeoDataFrame:
    """Make a table in the quickest of many ways: hypothesis makes thousands of them."""
    geometry = gpd.array.from_shapely(np.asarray(shapes, dtype=object), crs=CRS)
    return gpd.GeoDataFrame(columns | {"geometry": geometry}, geometry="geometry", index=index)


def table_of_rows(rows: Iterable[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Make a table of rows that hold a shape each."""
    columns = dict(pd.DataFrame(rows).items())
    return table_of(columns, columns.pop("geometry"))


def edge(
    u: str,
    v: str,
    xy: Mapping[str, tuple[float, float]],
    *,
    oneway: str = "no",
    steps: bool = False,
    length_m: float | None = None,
    through: Iterable[tuple[float, float]] = (),
    **columns: Any,
) -> dict[str, Any]:
    """One row of edges between two letters."""
    line = shapely.LineString([xy[u], *through, xy[v]])
    return {
        "u": node(u),
        "v": node(v),
        "length_m": line.length if length_m is None else length_m,
        "highway": "steps" if steps else "residential",
        "oneway": oneway,
        "foot": True,
        "bicycle_forward": oneway != "backward" and not steps,
        "bicycle_backward": oneway != "forward" and not steps,
        "steps": steps,
        "geometry": line,
    } | columns


def draw_city(
    picture: str,
    *,
    cell: float = 10.0,
    places: Mapping[str, tuple[float, float]] | None = None,
    people: Mapping[tuple[float, float], float] | None = None,
    extra: Iterable[Mapping[str, Any]] = (),
) -> City:
    """Make a whole city: places and people stand at (column, row) of the drawing.

    All people live in one NIL and one Municipio, each with its own square kilometre counts;
    a tenth of them per group other than ``residents``.
    """
    streets = draw_streets(picture, cell=cell, extra=extra)
    places = places or {"house": (0.0, 0.0)}
    people = people or {(0.0, 0.0): 10.0}
    place_table = table_of(
        {
            "id": list(places),
            "name": [name.title() for name in places],
            "kind": "ex_csrc",
            "network": "houses",
            "hosts_wemi": False,
        },
        [_point(at, cell) for at in places.values()],
    )
    counts = {
        group: [n if group == "residents" else n / 10 for n in people.values()] for group in GROUPS
    }
    residents = table_of(
        {"id": [f"r{i}" for i in range(len(people))], "nil": 1, "municipi": 1} | counts,
        [_point(at, cell) for at in people],
    )
    outline = shapely.box(*streets.edges.total_bounds).buffer(50)
    zone = table_of(
        {"id": [1], "name": ["Centro"], "area_km2": [outline.area / 1e6]}
        | {group: [sum(values)] for group, values in counts.items()},
        [outline],
    )
    return City.from_tables(
        "toy",
        streets=streets,
        places=place_table,
        zones={"nil": zone, "municipi": zone},
        residents=residents,
        provenance={"vintages": {"streets": "drawn"}, "licence_line": "drawn for a test"},
    )


def _position(column: float, row: float, cell: float) -> tuple[float, float]:
    return ORIGIN[0] + column * cell, ORIGIN[1] - row * cell


def _point(at: tuple[float, float], cell: float) -> shapely.Point:
    return shapely.Point(_position(*at, cell))


def _rest(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in ("u", "v")}


def _follow(
    grid: list[str], column: int, row: int, step: tuple[int, int], street: str
) -> tuple[str, str] | None:
    passed = ""
    while True:
        column, row = column + step[0], row + step[1]
        if row >= len(grid) or column >= len(grid[row]):
            return None
        character = grid[row][column]
        if character.isupper():
            return (character, passed) if passed else None
        if character not in street:
            return None
        passed += character
