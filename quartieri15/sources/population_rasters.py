"""Population rasters, such as GHS-POP and WorldPop: how many people live in each cell.

A cell counts people; it says nothing of where in it they live. Cells wider than
:data:`FINEST_M` are cut into equal parts, so that a cell which lies in two zones gives each its
part. Sources: GHS-POP (Schiavina et al. 2023, Joint Research Centre, CC BY 4.0, in Mollweide or
degrees), WorldPop (Tatem 2017, Scientific Data 4:170004, CC BY 4.0, in degrees).
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.arguments import require_path
from quartieri15.crs import crs_named
from quartieri15.errors import InputError
from quartieri15.sources.rasters import opened_raster

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FINEST_M: Final = 50.0
"""Cells are cut into parts of about this width, and no finer."""
MOST_PARTS: Final = 20
"""Into how many parts a side of a cell is cut at most: those of 1 km into parts of 50 m."""
MOST_CELLS: Final = 50_000_000
"""A window of more cells is no city."""


def population_cells(
    path: str | Path, area: gpd.GeoSeries, *, band: int | None = None
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read how many people live in the cells of a raster over an area.

    Parameters
    ----------
    path
        A raster that GDAL reads, in any CRS; the points are brought to the city, never the
        raster.
    area
        What the cells must touch, in the CRS that the points shall have.
    band
        Which band counts people, from 1. None for the first.

    Returns
    -------
    points : geopandas.GeoDataFrame
        ``people`` (more than 0) and ``geometry``: the middle of each cell, or of each part of
        it; row by row from the north-west.
    report : dict
        ``file``, ``crs``, ``cell_m`` (width and height on the ground), ``parts`` (into which
        each cell is cut), ``cells`` over the box around the area, of which ``cells_nodata`` and
        ``cells_empty``, ``people`` in the others.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no raster, has no CRS, no georeference or not that band, is a picture, does not
        overlap the area, or a cell is negative or infinite, as where nodata is not declared.
    """
    import rasterio
    from rasterio.errors import RasterioIOError
    from rasterio.windows import Window, from_bounds

    file = require_path(path, where="path")
    with ExitStack() as stack:
        data = opened_raster(file, band, stack, holds="people per cell", units=None)
        raster_crs = crs_named(data.crs, where=str(file))
        west, south, east, north = gpd.GeoSeries(area).to_crs(raster_crs).total_bounds
        if data.transform.b or data.transform.d or data.transform.e > 0:
            raise InputError(
                "its rows do not run from north to south along its CRS",
                where=str(file),
                mend="warp it first: gdalwarp FILE NEW.tif",
            )
        window = from_bounds(west, south, east, north, data.transform)
        top, left = (max(0, int(np.floor(at))) for at in (window.row_off, window.col_off))
        bottom = min(data.height, int(np.ceil(window.row_off + window.height)))
        right = min(data.width, int(np.ceil(window.col_off + window.width)))
        if top >= bottom or left >= right:
            reach = ", ".join(f"{value:.6g}" for value in data.bounds)
            raise InputError(
                f"the raster does not overlap the zones: it covers {reach} (west, south, east, "
                f"north in {data.crs.to_string()[:40]})",
                where=str(file),
                mend="give the tile of this city",
            )
        if (bottom - top) * (right - left) > MOST_CELLS:
            raise InputError(
                f"{(bottom - top) * (right - left):,} cells lie over the zones",
                where=str(file),
                mend="give a coarser raster: 100 m is fine enough",
            )
        part = Window(left, top, right - left, bottom - top)
        try:
            read = data.read(band or 1, window=part, masked=True)
        except RasterioIOError as error:
            raise InputError(
                f"the raster cannot be read to its end ({error})",
                where=str(file),
                mend="fetch the file anew",
            ) from error
        scale, offset = data.scales[(band or 1) - 1], data.offsets[(band or 1) - 1]
        packed: NDArray[np.float64] = read.astype(np.float64).filled(np.nan)
        people = packed * scale + offset
        transform = rasterio.windows.transform(part, data.transform)
    wrong = np.isinf(people) | (people < 0)
    if wrong.any():
        raise InputError(
            f"a cell holds {people[wrong][0]:g} people ({wrong.sum():,} such cells)",
            where=str(file),
            mend="declare the value as nodata: gdal_edit.py -a_nodata VALUE FILE",
        )
    row, column = np.nonzero(people > 0)
    cell_m = _cell_m(transform, people.shape, raster_crs, area.crs)
    parts = [int(np.clip(np.ceil(side / FINEST_M - 1e-6), 1, MOST_PARTS)) for side in cell_m]
    across = (np.arange(parts[0]) + 0.5) / parts[0]
    down = (np.arange(parts[1]) + 0.5) / parts[1]
    shift_y, shift_x = (grid.ravel() for grid in np.meshgrid(down, across, indexing="ij"))
    x = transform.c + transform.a * (column[:, None] + shift_x)
    y = transform.f + transform.e * (row[:, None] + shift_y)
    share = np.repeat(people[row, column], len(shift_x)) / len(shift_x)
    points = gpd.GeoDataFrame(
        {"people": share}, geometry=gpd.points_from_xy(x.ravel(), y.ravel()), crs=raster_crs
    ).to_crs(area.crs)
    return points, {
        "file": file.name,
        "crs": data.crs.to_string()[:80],
        "cell_m": [round(side, 1) for side in cell_m],
        "parts": parts,
        "cells": int(people.size),
        "cells_nodata": int(np.isnan(people).sum()),
        "cells_empty": int((people == 0).sum()),
        "people": round(float(np.nansum(people)), 3),
    }


def _cell_m(transform: Any, shape: tuple[int, int], crs: Any, metric: Any) -> tuple[float, float]:
    """Return how wide and how high the middle cell is on the ground, in metres."""
    row, column = shape[0] / 2, shape[1] / 2
    corners = [(column, row), (column + 1, row), (column, row + 1)]
    xy = [(transform.c + transform.a * c, transform.f + transform.e * r) for c, r in corners]
    middle, right, below = gpd.GeoSeries(map(shapely.Point, xy), crs=crs).to_crs(metric)
    return float(middle.distance(right)), float(middle.distance(below))
