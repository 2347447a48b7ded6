"""A city with a link in it, built anew from edited tables: what an evaluation must agree with."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from quartieri15.model.streets import StreetNetwork
from quartieri15.planning.links.cycle_gaps import CALMED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quartieri15.model.city import City

FAR_M = 4000.0
"""Links are drawn so far outside the streets that nobody is put on them: they have no frontage."""


def with_links(city: City, links: Iterable[Any]) -> City:
    """Split streets where links end, add the links as streets, and make a city of the tables."""
    links = list(links)
    nodes, edges = city.streets.nodes, city.streets.edges
    cuts: dict[int, dict[float, int]] = {}
    points: dict[int, shapely.Point] = {}
    ends = []
    for link in links:
        pair = []
        for which in ("from", "to"):
            edge, fraction = int(link[f"{which}_edge"]), float(link[f"{which}_fraction"])
            if fraction in (0.0, 1.0):
                pair.append(int(edges["v" if fraction else "u"].iloc[edge]))
                continue
            known = cuts.setdefault(edge, {})
            if fraction not in known:
                known[fraction] = int(nodes.index.max()) + 1 + len(points)
                line = edges.geometry.iloc[edge]
                points[known[fraction]] = line.interpolate(fraction, normalized=True)
            pair.append(known[fraction])
        ends.append(pair)
    rows = []
    for edge, known in cuts.items():
        row = edges.iloc[edge].to_dict()
        stops = [(0.0, row["u"]), *sorted(known.items()), (1.0, row["v"])]
        for (a, u), (b, v) in pairwise(stops):
            piece = substring(row["geometry"], a, b, normalized=True)
            length = row["length_m"] * (b - a)
            rows.append(row | {"u": u, "v": v, "geometry": piece, "length_m": length})
    west, south, _, _ = edges.total_bounds
    plain = edges.iloc[0].to_dict() | {"steps": False, "grade": np.nan, "incline": None}
    plain |= {"surface": None, "tracktype": None, "wheelchair": None, "kerb": None}
    plain |= {"foot": True, "oneway": "no", "highway": "path", "bridge": False} | CALMED
    for i, (link, (u, v)) in enumerate(zip(links, ends, strict=True)):
        line = shapely.LineString([(west - FAR_M, south - i), (west - FAR_M + 1, south - i)])
        rows.append(plain | {"u": u, "v": v, "geometry": line, "length_m": link["length_m"]})
    kept = edges.drop(index=list(cuts))
    columns = list(edges.columns)
    table = pd.concat([kept.astype(object), pd.DataFrame(rows, columns=columns).astype(object)])
    table = gpd.GeoDataFrame(table, geometry="geometry", crs=edges.crs)
    more = gpd.GeoDataFrame(geometry=list(points.values()), index=list(points), crs=nodes.crs)
    after = pd.concat([nodes, more]) if points else nodes
    barriers = city.streets.barriers
    streets = StreetNetwork.from_tables(after, table, barriers=barriers if len(barriers) else None)
    return city.with_(streets=streets)


def with_track(city: City, edges: Iterable[int]) -> City:
    """Put a cycle track along some edges."""
    rows = sorted(set(edges))
    values = pd.DataFrame({name: [value] * len(rows) for name, value in CALMED.items()}, index=rows)
    return city.with_(streets=city.streets.with_edge_values(values))


def gains(before: Any, after: Any, weight: Any, minutes: float) -> tuple[float, float, float]:
    """Count plainly who gains: newly covered, minutes saved, people who are quicker."""
    gained = saved = quicker = 0.0
    for was, now, people in zip(_times(before), _times(after), list(weight), strict=True):
        if now * 60 <= minutes * 60 + 1e-6 < was * 60:
            gained += people
        saved += people * (min(was, 60) - min(now, 60))
        quicker += people * (now < was - 1e-9)
    return gained, saved, quicker


def _times(minutes: Any) -> list[float]:
    return [np.inf if np.isnan(time) else float(time) for time in minutes]
