"""From a line drawn over streets to the streets under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.errors import InputError
from quartieri15.planning.edits import positions, values
from quartieri15.planning.naming import Stretch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.planning.edits.values import Line

TOLERANCE_M: Final = 10.0
"""How far from a street a line may be drawn that is meant to run along it: about half of its
width."""

SAME_DIRECTION_DEGREES: Final = 30.0
"""How far a street may turn from the line and still run along it."""

WHOLE: Final = 0.9
"""Which part of an edge must lie under the line."""

_STEP_M: Final = 5.0
_MOST_NAMES: Final = 4


def streets_under(
    city: City, lines: tuple[Line, ...], *, tolerance_m: float = TOLERANCE_M
) -> Stretch:
    """Find the edges that a drawn line runs along.

    An edge lies under the line if at least :data:`WHOLE` of it is within the tolerance and runs
    in the direction of the line, or against it, to :data:`SAME_DIRECTION_DEGREES`. So a street
    that crosses it does not, nor one that goes on where the line ends.

    Parameters
    ----------
    city
        The city.
    lines
        Lines in degrees.
    tolerance_m
        How far from the line an edge may lie, in metres.

    Returns
    -------
    Stretch
        With the streets' names as its name, and the longest line as its axis.

    Raises
    ------
    InputError
        If no edge lies under the line, or it lies outside the streets.
    """
    drawn = positions.metric_lines(city, lines)
    edges = city.streets.edges
    _, near = edges.sindex.query(drawn, predicate="dwithin", distance=tolerance_m)
    rows = np.unique(near)
    share = _share_under(edges.geometry.to_numpy()[rows], drawn, tolerance_m)
    chosen = rows[share >= WHOLE].astype(np.int64)
    length_m = float(sum(line.length for line in drawn))
    if not len(chosen):
        raise InputError(
            f"no street lies under the line of {length_m:,.0f} m: {len(rows)} come within "
            f"{tolerance_m:g} m of it, none of which runs along it from end to end",
            where="line",
            mend="draw it along streets, from junction to junction, or raise tolerance_m",
        )
    geometry = shapely.MultiLineString(list(edges.geometry.to_numpy()[chosen]))
    names = [name for name in edges["name"].iloc[chosen].drop_duplicates() if not pd.isna(name)]
    name = _listed(names)
    metres = float(edges["length_m"].to_numpy()[chosen].sum())
    bare = shapely.MultiLineString(drawn).difference(geometry.buffer(tolerance_m)).length
    said = f"the line as drawn: {name}, {len(chosen)} edges, {metres:,.0f} m"
    if in_part := int(((share < WHOLE) & (share * _lengths(city, rows) > tolerance_m)).sum()):
        said += f"; {in_part} edges under it in part are left out"
    if bare > tolerance_m:
        said += f"; no street under {bare:,.0f} m of it"
    return Stretch(
        name=name,
        start=None,
        end=None,
        edge_ids=chosen,
        length_m=length_m,
        edges_m=metres,
        geometry=geometry,
        axis=max(drawn, key=lambda line: line.length),
        score=1.0,
        said=said,
    )


def _share_under(
    edges: NDArray[np.object_], drawn: list[shapely.LineString], tolerance_m: float
) -> NDArray[np.float64]:
    """Tell which part of each edge is near some lines, and runs in their direction."""
    if not len(edges):
        return np.zeros(0)
    start, stop, edge = _pieces(shapely.segmentize(edges, _STEP_M))
    from_, to, _ = _pieces(np.array(drawn, dtype=object))
    pieces: Any = shapely.linestrings(np.stack([from_, to], axis=1))
    tree = shapely.STRtree(pieces)
    middle = shapely.points((start + stop) / 2)
    # Where several pieces of the line are equally near, one in the direction is enough.
    piece, beside = tree.query_nearest(middle, max_distance=tolerance_m, all_matches=True)
    ways, lines = (stop - start)[piece], (to - from_)[beside]
    along = np.abs((ways * lines).sum(axis=1))
    straight = np.hypot(*ways.T) * np.hypot(*lines.T)
    under = np.zeros(len(start), dtype=bool)
    under[piece[along >= np.cos(np.radians(SAME_DIRECTION_DEGREES)) * straight]] = True
    metres = np.hypot(*(stop - start).T)
    whole = np.bincount(edge, weights=metres, minlength=len(edges))
    found = np.bincount(edge, weights=metres * under, minlength=len(edges))
    return np.divide(found, whole, out=np.zeros(len(edges)), where=whole > 0)


def _pieces(
    lines: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Return the straight pieces of lines: from, to, and of which line."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    joined = line[1:] == line[:-1]
    return xy[:-1][joined], xy[1:][joined], line[:-1][joined]


def _lengths(city: City, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = city.streets.edges["length_m"].to_numpy(dtype=float)[rows]
    return lengths


def _listed(names: list[str]) -> str:
    if not names:
        return "streets without a name"
    more = len(names) - _MOST_NAMES
    return values.listed([*names[:_MOST_NAMES], *([f"{more} more"] if more > 0 else [])])
