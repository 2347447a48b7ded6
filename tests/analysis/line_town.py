"""A town of one straight street, where a plain subtraction tells every travel time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import strategies as st

from quartieri15.model.city import City
from tests.ascii_city import CRS, ORIGIN, draw_streets

if TYPE_CHECKING:
    from collections.abc import Sequence

KM = 4
STREETS = draw_streets("A---B", cell=1000 * KM / 4)
METRES_A_MINUTE = 3200 / 60
"""The pace of walk_75: fifteen minutes are 800 m."""
WALK: dict[str, Any] = {"to": "houses", "profile": "walk_75"}

metres = st.integers(0, 100 * KM).map(lambda k: 10.0 * k)
place_lists = st.lists(metres, min_size=1, max_size=5)
people_lists = st.lists(
    st.tuples(metres, st.integers(0, 90), st.integers(0, 20)), min_size=1, max_size=12
)


def line_town(
    places: Sequence[float | None],
    people: Sequence[tuple[float, float, float]],
    **columns: Sequence[Any],
) -> City:
    """Make a town of places and people at metres along its street.

    ``people`` holds (metres, residents beyond those over 65, over 65). The street is cut into
    a zone ``nil`` per kilometre, and ``municipi`` of two kilometres. ``columns`` are more
    columns of the places; None is a place without a position.
    """
    zone = [min(int(x // 1000), KM - 1) + 1 for x, *_ in people]
    tables = {
        name: gpd.GeoDataFrame(
            {
                "id": range(1, KM // length + 1),
                "name": [f"{name} {k}" for k in range(1, KM // length + 1)],
                "area_km2": float(length),
            },
            geometry=[_box(k * length, (k + 1) * length) for k in range(KM // length)],
            crs=CRS,
        )
        for name, length in (("nil", 1), ("municipi", 2))
    }
    # Straight to the class: the checks at the door are tested elsewhere and cost most of the time.
    return City(
        "line",
        streets=STREETS,
        places=gpd.GeoDataFrame(
            {
                "id": [f"h{i}" for i in range(len(places))],
                "name": [f"House {i}" for i in range(len(places))],
                "kind": ["ex_csrc" if i % 2 == 0 else "ex_cam" for i in range(len(places))],
                "network": "houses",
            }
            | columns,
            geometry=[None if x is None else at(x) for x in places],
            crs=CRS,
        ),
        zones=tables,
        residents=gpd.GeoDataFrame(
            {
                "id": [f"r{i}" for i in range(len(people))],
                "nil": zone,
                "municipi": [(k + 1) // 2 for k in zone],
                "residents": [float(younger + older) for _, younger, older in people],
                "over65": [float(older) for *_, older in people],
            },
            geometry=[at(x) for x, *_ in people],
            crs=CRS,
        ),
        provenance={"vintages": {"streets": "drawn"}, "licence_line": "drawn for a test"},
    )


def at(x: float) -> shapely.Point:
    return shapely.Point(ORIGIN[0] + x, ORIGIN[1])


def minutes_between(one: float, other: float) -> float:
    return abs(one - other) / METRES_A_MINUTE


def in_reach(one: float, other: float, minutes: float = 15) -> bool:
    return minutes_between(one, other) <= minutes + 1e-9


def percentile(values: Sequence[tuple[float, float]], part: float) -> float:
    """The shortest time within which a part of the people are, one by one."""
    total, below = sum(n for _, n in values), 0.0
    for time, n in sorted(values):
        below += n
        if total and below >= part * total * (1 - 1e-12):
            return time if time < np.inf else np.nan
    return np.nan


def _box(west_km: float, east_km: float) -> shapely.Polygon:
    x, y = ORIGIN
    return shapely.box(x + 1000 * west_km, y - 500, x + 1000 * east_km, y + 500)
