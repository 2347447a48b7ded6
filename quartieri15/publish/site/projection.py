"""From degrees to the metres of a city, as a few numbers that a page can compute with."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from pyproj import Transformer

from quartieri15.crs import GEOGRAPHIC
from quartieri15.publish.basemap import city_area

if TYPE_CHECKING:
    from quartieri15.model.city import City

DEGREE: Final = 4
"""Of the polynomials in latitude and longitude: over a city they are off by millimetres."""


@functools.lru_cache(maxsize=1)
def to_degrees(city: City) -> dict[str, Any]:
    """Return how a page turns degrees into the metres of its map and back.

    Parameters
    ----------
    city
        The city, whose CRS is the one of the map.

    Returns
    -------
    dict
        ``projection``: ``metres`` (the coefficients of x and of y) and ``degrees`` (those of
        longitude and of latitude), polynomials of :data:`DEGREE` in what goes in, moved by
        ``origin`` and divided by ``scale``; ``latitude``, of the middle of the city.
    """
    west, south, east, north = shapely.bounds(city_area(city))
    x, y = (
        grid.ravel()
        for grid in np.meshgrid(
            np.linspace(west - 5000, east + 5000, 24), np.linspace(south - 5000, north + 5000, 24)
        )
    )
    longitude, latitude = Transformer.from_crs(city.crs, GEOGRAPHIC, always_xy=True).transform(x, y)
    return {
        "latitude": round(float(np.mean(latitude)), 4),
        "projection": {
            "metres": _fitted((longitude, latitude), (x, y)),
            "degrees": _fitted((x, y), (longitude, latitude)),
        },
    }


def _fitted(given: Any, wanted: Any) -> dict[str, Any]:
    origin = [float(np.mean(values)) for values in given]
    scale = [float(np.ptp(values)) / 2 for values in given]
    u, v = ((values - o) / s for values, o, s in zip(given, origin, scale, strict=True))
    terms = np.stack(
        [u**i * v**j for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)], axis=1
    )
    found = [np.linalg.lstsq(terms, values, rcond=None)[0].tolist() for values in wanted]
    return {"origin": origin, "scale": scale, "first": found[0], "second": found[1]}
