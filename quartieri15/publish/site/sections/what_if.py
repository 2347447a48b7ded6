"""What if a house were put, moved or closed: which houses a reader may try that with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from quartieri15.publish.site.extracts import MARGIN_M, placed

if TYPE_CHECKING:
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return the places of a page that may be moved or closed.

    Returns
    -------
    dict
        ``here`` and ``near``
            Ids of the places in the area of the page, and of those around it as far as its
            streets reach.
        ``names``
            What each is called, by id.
        ``margin_m``
            How far the streets reach beyond the area, in metres.
    """
    table = material.city.places_named(material.places)
    ids, xy = placed(material)
    points = shapely.points(xy)
    inside = np.asarray(shapely.intersects(points, page.area))
    known = np.asarray(shapely.dwithin(points, page.area, MARGIN_M))
    names = dict(zip(table["id"].astype(str), table["name"].astype(str), strict=True))
    return {
        "here": [str(name) for name in ids[np.flatnonzero(inside)]],
        "near": [str(name) for name in ids[np.flatnonzero(known & ~inside)]],
        "names": {str(name): names[str(name)] for name in ids[np.flatnonzero(known)]},
        "margin_m": MARGIN_M,
    }
