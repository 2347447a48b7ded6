"""The census sections of the Milano edition: every outline, in decimetres."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import shapely

PER_METRE: Final = 10
"""Stored coordinates are decimetres: finer than any survey of streets and blocks."""


def build_sections(sections: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the outlines of the census sections as the edition holds them.

    They are rounded and not simplified, so that sections which share a corner still share it and
    neighbours can be told from outlines alone.

    Parameters
    ----------
    sections
        ``section``, ``geometry``.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id``, ``geometry``; in the order of ``id``.
    """
    outlines = shapely.transform(
        sections.geometry.to_numpy(), lambda xy: np.rint(xy * PER_METRE) / PER_METRE
    )
    table = gpd.GeoDataFrame(
        {"id": sections["section"].to_numpy()}, geometry=outlines, crs=sections.crs
    )
    return table.sort_values("id", ignore_index=True)
