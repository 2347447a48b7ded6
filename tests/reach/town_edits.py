"""Random edits of random towns: places, values of edges, edges that come and go, residents."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st

from quartieri15.model.city import City
from quartieri15.model.streets import StreetNetwork
from tests.ascii_city import CRS, ORIGIN
from tests.reach.towns import street

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "length_m": st.sampled_from([0.0, 5.0, 80.0]),
    "maxspeed_kmh": st.sampled_from([30.0, 50.0, np.nan]),
    "stress": st.sampled_from([1.0, 4.0, np.nan]),
    "cycle_facility": st.sampled_from(["none", "track"]),
    "highway": st.sampled_from(["residential", "footway", "primary"]),
    "foot": st.booleans(),
    "bicycle_forward": st.booleans(),
    "bicycle_backward": st.booleans(),
    "steps": st.booleans(),
    "grade": st.sampled_from([0.0, 0.06, np.nan]),
    "frontage": st.booleans(),
}


def edited_streets(draw: Any, streets: StreetNetwork) -> StreetNetwork:
    """Return the streets with other values, without some edges, or with new ones."""
    m = len(streets.edges)
    rows = st.lists(st.integers(0, m - 1), min_size=1, max_size=3, unique=True)
    if draw(st.booleans()):
        at = draw(rows)
        columns = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3, unique=True))
        return streets.with_edge_values(
            pd.DataFrame({c: [draw(VALUES[c]) for _ in at] for c in columns}, index=at)
        )
    removed = draw(rows) if m > 1 and draw(st.booleans()) else []
    removed = removed[: m - 1]
    first = int(streets.nodes.index.max()) + 1
    cells = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=2))
    xy = np.array(cells).reshape(-1, 2) * 40.0 + ORIGIN
    nodes = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(*xy.T, crs=CRS), index=range(first, first + len(xy))
    )
    places = np.concatenate([shapely.get_coordinates(streets.nodes.geometry), xy])
    where = dict(zip([*streets.nodes.index, *nodes.index], places, strict=True))
    ids = st.sampled_from(list(where))
    ends = draw(st.lists(st.tuples(ids, ids), min_size=0 if removed else 1, max_size=3))
    new = [street(draw, where, u, v) for u, v in ends]
    added = gpd.GeoDataFrame(new, geometry="geometry", crs=CRS) if new else None
    if added is not None and draw(st.booleans()):
        added["frontage"] = [draw(st.booleans()) for _ in new]
    return streets.with_edges(removed=removed, added=added, nodes=nodes)


def rebuilt_streets(streets: StreetNetwork) -> StreetNetwork:
    """Return the same network made of its tables anew, so that it knows of no other."""
    return StreetNetwork.from_tables(
        streets.nodes.copy(), streets.edges.copy(), barriers=streets.barriers
    )


def rebuilt(city: City) -> City:
    """Return the same city made of its tables anew, so that nothing prepared is found again."""
    return City(
        name=city.name,
        streets=rebuilt_streets(city.streets),
        places=city.places.copy(),
        zones={key: table.copy() for key, table in city.zones.items()},
        residents=city.residents.copy(),
        provenance=city.provenance,
    )
