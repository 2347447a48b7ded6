"""Random small towns with everything that makes streets hard, and people standing in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from hypothesis import strategies as st

from quartieri15.model.city import City
from quartieri15.model.streets import StreetNetwork
from tests.ascii_city import ORIGIN, table_of, table_of_rows

if TYPE_CHECKING:
    import geopandas as gpd

LENGTHS = st.sampled_from([0.0, 1.0, 10.0, 10.0, 25.0, 40.0, 333.3, 2000.0])
FRACTIONS = st.sampled_from([0.0, 0.2, 0.5, 0.5, 0.7, 1.0])


GRADES = st.sampled_from([None, 0.0, 0.04, -0.12])
STRESS = st.sampled_from([None, 1.0, 2.0, 4.0])


@st.composite
def towns(draw: Any, *, both_ways: bool = False, shortest_m: float = 0.0) -> City:
    """One to nine streets: one-way, looped, parallel, without length, or on an island.

    Lengths have nothing to do with the drawing. Most points stand on a street, so that two
    of them often share one. If ``both_ways``, every street takes as long there as back; no
    street is shorter than ``shortest_m``.
    """
    n = draw(st.integers(2, 6))
    cells = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=n, max_size=n))
    xy = np.array(cells) * 40.0 + ORIGIN
    ends = draw(
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=9)
    )
    rows = [street(draw, xy, u, v) for u, v in ends]
    for row in rows:
        row["length_m"] = max(row["length_m"], shortest_m)
    if both_ways:
        rows = [
            row | {"grade": 0.0, "bicycle_forward": True, "bicycle_backward": True} for row in rows
        ]
    if all(row["steps"] for row in rows):
        # Nobody rides stairs.
        rows[0]["steps"] = False
    edges = table_of_rows(rows)
    nodes = table_of({}, shapely.points(xy))
    people = draw(st.lists(point(edges), min_size=1, max_size=5))
    houses = draw(st.lists(point(edges), min_size=1, max_size=5))
    return City(
        name="town",
        streets=StreetNetwork.from_tables(nodes, edges),
        places=table(houses, "h", network="houses", kind="ex_csrc", hosts_wemi=False),
        zones={},
        residents=table(people, "r", residents=[float(3**i) for i in range(len(people))]),
        provenance={"vintages": {"streets": "drawn"}, "licence_line": "drawn for a test"},
    )


def street(draw: Any, xy: Any, u: int, v: int) -> dict[str, Any]:
    forward, backward = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    bend = [xy[u] + [13.0, 29.0], xy[u] + [31.0, 7.0]] if u == v else []
    return {
        "u": u,
        "v": v,
        "osm_way_id": 0,
        "length_m": draw(LENGTHS),
        "highway": "residential",
        "oneway": "no",
        "foot": True,
        "bicycle_forward": forward,
        "bicycle_backward": backward,
        "steps": draw(st.sampled_from([False, False, False, True])),
        "grade": draw(GRADES),
        "stress": draw(STRESS),
        "geometry": shapely.LineString([xy[u], *bend, xy[v]]),
    }


def point(edges: gpd.GeoDataFrame) -> st.SearchStrategy[shapely.Point]:
    def beside(where: tuple[int, float, float, float]) -> shapely.Point:
        edge, fraction, dx, dy = where
        on_street = edges.geometry.iloc[edge].interpolate(fraction, normalized=True)
        return shapely.Point(on_street.x + dx, on_street.y + dy)

    offset = st.sampled_from([0.0, 0.0, 1.0, -3.5])
    return st.tuples(
        st.integers(0, len(edges) - 1), FRACTIONS | st.floats(0, 1), offset, offset
    ).map(beside)


def table(points: list[shapely.Point], letter: str, **columns: Any) -> gpd.GeoDataFrame:
    ids = [f"{letter}{i}" for i in range(len(points))]
    return table_of({"id": ids} | columns, points)
