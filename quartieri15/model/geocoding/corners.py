"""Where two streets cross."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City

MEETS_M: Final = 30.0
"""How near two streets must come to make a corner where they share no junction."""
ONE_CORNER_M: Final = 150.0
"""Junctions of two streets within so much of each other are one corner, of two carriageways."""


def crossings(city: City, one: NDArray[np.int64], other: NDArray[np.int64]) -> list[shapely.Point]:
    """Return where two streets meet, a point for every corner, from west to east.

    Parameters
    ----------
    city
        Its streets.
    one, other
        Edges of the two streets, rows of ``city.streets.edges``.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.model.street_index import street_index
    >>> milano = q15.load("milano")
    >>> padova, predabissi = (
    ...     street_index(milano).search(name)[0].edge_ids
    ...     for name in ("via Padova", "via Giovanni Predabissi")
    ... )
    >>> len(crossings(milano, padova, predabissi))
    1
    """
    edges = city.streets.edges
    ends = edges[["u", "v"]].to_numpy()
    shared = np.intersect1d(ends[one], ends[other])
    if len(shared):
        points = city.streets.nodes.geometry.loc[shared].to_numpy()
    else:
        lines = edges.geometry.to_numpy()
        apart = shapely.shortest_line(
            shapely.multilinestrings(lines[one]), shapely.multilinestrings(lines[other])
        )
        if not shapely.length(apart) <= MEETS_M:  # of a street without edges it is not a number
            return []
        points = np.array([shapely.line_interpolate_point(apart, 0.5, normalized=True)])
    around = shapely.union_all(shapely.buffer(points, ONE_CORNER_M / 2))
    corners = []
    for part in shapely.get_parts(around):
        own = points[shapely.intersects(part, points)]
        middle = shapely.centroid(shapely.multipoints(own))
        corners.append(own[np.argmin(shapely.distance(own, middle))])
    return sorted(corners, key=lambda point: (point.x, point.y))
