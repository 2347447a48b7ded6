"""Outlines and lines as whole numbers that a page can draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray


def outlines(shapes: NDArray[Any], *, unit_m: float) -> dict[str, NDArray[np.int64]]:
    """Return the outlines of areas. Drawn one by one by the even-odd rule, holes are holes.

    Parameters
    ----------
    shapes
        Polygons and MultiPolygons in metres.
    unit_m
        The unit of the numbers, in metres.

    Returns
    -------
    dict
        ``x`` and ``y`` of the corners of all rings in a row, without the last, which is the first;
        ``corners`` of each ring; ``owner``, the position of the shape that each ring is of. Rings
        that close up in this unit are left out.

    Examples
    --------
    >>> square = shapely.box(0, 0, 10, 10)
    >>> {name: own.tolist() for name, own in outlines(np.array([square]), unit_m=10).items()}
    {'x': [1, 1, 0, 0], 'y': [0, 1, 1, 0], 'corners': [4], 'owner': [0]}
    """
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    drawn, kept = _whole(rings, unit_m, closed=True)
    return {**drawn, "owner": of_part[of_ring][kept].astype(np.int64)}


def drawn_rings(shapes: NDArray[Any], *, unit_m: float) -> dict[str, NDArray[np.int64]]:
    """Return the outlines of areas, those of their holes turning the other way.

    Filled all at once by the non-zero rule, areas may overlap and holes are holes.

    Parameters
    ----------
    shapes
        Polygons and MultiPolygons in metres.
    unit_m
        The unit of the numbers, in metres.

    Returns
    -------
    dict
        ``x, y, corners`` as of :func:`outlines`.

    Examples
    --------
    >>> square = shapely.box(0, 0, 10, 10)
    >>> {name: own.tolist() for name, own in drawn_rings(np.array([square]), unit_m=10).items()}
    {'x': [1, 1, 0, 0], 'y': [0, 1, 1, 0], 'corners': [4]}
    """
    turned = shapely.orient_polygons(shapely.get_parts(shapes))
    return _whole(shapely.get_rings(turned), unit_m, closed=True)[0]


def drawn_lines(shapes: NDArray[Any], *, unit_m: float) -> dict[str, NDArray[np.int64]]:
    """Return lines as :func:`drawn_rings` returns outlines, with both their ends.

    Parameters
    ----------
    shapes
        LineStrings and MultiLineStrings in metres.
    unit_m
        The unit of the numbers, in metres.

    Returns
    -------
    dict
        ``x, y, corners``. Lines that are points in this unit are left out.
    """
    return _whole(shapely.get_parts(shapes), unit_m, closed=False)[0]


def _whole(
    lines: NDArray[Any], unit_m: float, *, closed: bool
) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.bool_]]:
    """Round lines, leave out what falls together, and tell which lines remain."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint(xy / unit_m).astype(np.int64)
    moved = np.ones(len(whole), dtype=bool)
    moved[1:] = (whole[1:] != whole[:-1]).any(axis=1) | (line[1:] != line[:-1])
    whole, line = whole[moved], line[moved]
    if closed:
        last = np.append(line[1:] != line[:-1], np.ones(min(len(line), 1), dtype=bool))
        whole, line = whole[~last], line[~last]
    corners = np.bincount(line, minlength=len(lines))
    enough = corners >= (3 if closed else 2)
    kept = enough[line]
    return {"x": whole[kept, 0], "y": whole[kept, 1], "corners": corners[enough]}, enough
