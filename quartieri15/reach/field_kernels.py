"""Compiled loops over the streets and the cells of one field of times.

The modules that call them (``cutting``, ``cells``, ``areas``) say what they are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quartieri15.reach.cells import CELL_M
from quartieri15.reach.cutting import Pieces
from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.reach.cells import Labels
    from quartieri15.reach.cutting import Standing, Ways


@compiled
def time_on_edge(ways: Ways, standing: Standing, edge: int, fraction: float) -> float:
    """Return the seconds at a position on an edge: the quicker of its ends, or of its points."""
    from_u, from_v = ways.from_u[edge], ways.from_v[edge]
    seconds = ways.node_s[ways.u[edge]]
    # Nothing of a closed way takes no time; infinite times nothing would be no number.
    if fraction > 0:
        seconds += fraction * from_u
    other = ways.node_s[ways.v[edge]]
    if fraction < 1:
        other += (1 - fraction) * from_v
    seconds = min(seconds, other)
    places = len(standing.edge)
    if places > 0 and standing.edge[0] <= edge <= standing.edge[places - 1]:
        for place in range(np.searchsorted(standing.edge, edge), places):
            if standing.edge[place] != edge:
                break
            ahead = fraction - standing.fraction[place]
            if ahead == 0:
                along = 0.0
            elif ahead > 0:
                along = ahead * from_u
            else:
                along = -ahead * from_v
            seconds = min(seconds, standing.access_s[place] + along)
    time: float = seconds
    return time


@compiled
def times_on_edges(
    ways: Ways,
    standing: Standing,
    edge: NDArray[np.int32],
    fraction: NDArray[np.float64],
    seconds: NDArray[np.float64],
) -> None:
    """Fill in the seconds at some positions on edges."""
    for i in range(len(edge)):
        seconds[i] = time_on_edge(ways, standing, edge[i], fraction[i])


@compiled
def cut(
    spans: Pieces, rise_u: NDArray[np.float64], rise_v: NDArray[np.float64], limit_s: float
) -> Pieces:
    """Cut spans where the time runs out: one piece from the low end, one from the high end.

    Nobody goes on from an end by a way that is closed, or from one never reached.
    """
    most = 2 * len(spans.edge)
    edge = np.empty(most, dtype=np.int32)
    start, stop = np.empty(most), np.empty(most)
    start_s, stop_s = np.empty(most), np.empty(most)
    found = 0
    for i in range(len(spans.edge)):
        e, low, high = spans.edge[i], spans.start[i], spans.stop[i]
        low_s, high_s = spans.start_s[i], spans.stop_s[i]
        from_u, from_v = rise_u[e], rise_v[e]
        rising = low_s <= limit_s and from_u < np.inf
        falling = high_s <= limit_s and from_v < np.inf
        up, down = low, high
        if rising:
            up = high if from_u == 0 else min(low + (limit_s - low_s) / from_u, high)
        if falling:
            down = low if from_v == 0 else max(high - (limit_s - high_s) / from_v, low)
        if rising and falling and up > down:
            # Where both ways take equally long: the watershed of the span.
            if from_u + from_v > 0:
                shed = (high_s - low_s + high * from_v + low * from_u) / (from_u + from_v)
                shed = min(max(shed, low), high)
            else:
                shed = high if low_s <= high_s else low
            up, down = min(up, shed), max(down, shed)
        if rising and up > low:
            edge[found], start[found], stop[found] = e, low, up
            start_s[found], stop_s[found] = low_s, low_s + (up - low) * from_u
            found += 1
        if falling and down < high:
            edge[found], start[found], stop[found] = e, down, high
            start_s[found], stop_s[found] = high_s + (high - down) * from_v, high_s
            found += 1
    return Pieces(
        edge[:found].copy(),
        start[:found].copy(),
        stop[:found].copy(),
        start_s[:found].copy(),
        stop_s[:found].copy(),
    )


@compiled
def straight_parts(
    xy: NDArray[np.float64], key: NDArray[np.float64], first: NDArray[np.int64], pieces: Pieces
) -> NDArray[np.float64]:
    """Return the straight parts of pieces of edges as rows of ``x0, y0, x1, y1``."""
    most = 0
    for edge in pieces.edge:
        most += first[edge + 1] - first[edge] - 1
    parts = np.empty((most, 4))
    number = 0
    for i in range(len(pieces.edge)):
        edge, start, stop = pieces.edge[i], pieces.start[i], pieces.stop[i]
        for vertex in range(first[edge], first[edge + 1] - 1):
            before, after = key[vertex] - 2.0 * edge, key[vertex + 1] - 2.0 * edge
            if after <= start or before >= stop or after <= before:
                continue
            x, y = xy[vertex]
            dx, dy = xy[vertex + 1, 0] - x, xy[vertex + 1, 1] - y
            begin = max(start - before, 0.0) / (after - before)
            end = min((stop - before) / (after - before), 1.0)
            parts[number] = x + begin * dx, y + begin * dy, x + end * dx, y + end * dy
            number += 1
    return parts[:number]


@compiled
def cell_seconds(
    ways: Ways,
    standing: Standing,
    labels: Labels,
    access_m_s: float,
    seconds: NDArray[np.float64],
) -> None:
    """Fill in the seconds at the middle of each cell."""
    for row in range(seconds.shape[0]):
        for column in range(seconds.shape[1]):
            edge = labels.edge[row, column]
            if edge < 0:
                seconds[row, column] = np.inf
                continue
            on_street = time_on_edge(ways, standing, edge, labels.fraction[row, column])
            seconds[row, column] = on_street + float(labels.distance_m[row, column]) / access_m_s


@compiled
def sticking_out(
    level: NDArray[np.float64], straight: NDArray[np.float64], left: int, low: int
) -> NDArray[np.float64]:
    """Return those parts of straight lines ``x0, y0, x1, y1`` that are near unreached cells."""
    found = np.empty((1024, 4))
    number = 0
    for i in range(len(straight)):
        x0, y0, x1, y1 = straight[i]
        # In squares between the middles of four cells.
        gx, gy = x0 / CELL_M - 0.5 - left, y0 / CELL_M - 0.5 - low
        hx, hy = x1 / CELL_M - 0.5 - left, y1 / CELL_M - 0.5 - low
        column, row = int(np.floor(gx)), int(np.floor(gy))
        more = abs(int(np.floor(hx)) - column) + abs(int(np.floor(hy)) - row)
        step_x, wide, next_x = _first_crossing(gx, hx)
        step_y, tall, next_y = _first_crossing(gy, hy)
        entered, began = 0.0, -1.0
        while True:
            leaves = 1.0 if more == 0 else min(next_x, next_y, 1.0)
            among_reached = _among_reached(level, row, column)
            if not among_reached and began < 0:
                began = entered
            if began >= 0 and (among_reached or more == 0):
                ended = entered if among_reached else leaves
                if number == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[number] = (
                    x0 + began * (x1 - x0),
                    y0 + began * (y1 - y0),
                    x0 + ended * (x1 - x0),
                    y0 + ended * (y1 - y0),
                )
                number += 1
                began = -1.0
            if more == 0:
                break
            more -= 1
            entered = leaves
            if next_x < next_y:
                column += step_x
                next_x += wide
            else:
                row += step_y
                next_y += tall
    return found[:number].copy()


@compiled
def _first_crossing(start: float, stop: float) -> tuple[int, float, float]:
    """Return which way a line goes, how much of it crosses one square, and how much the first.

    J. Amanatides, A. Woo 1987, A fast voxel traversal algorithm for ray tracing, Eurographics.
    """
    if start == stop:
        return 0, np.inf, np.inf
    whole = 1 / abs(stop - start)
    if stop > start:
        return 1, whole, (np.floor(start) + 1 - start) * whole
    return -1, whole, (start - np.floor(start)) * whole


@compiled
def _among_reached(level: NDArray[np.float64], row: int, column: int) -> bool:
    """Tell whether the corners of a square and of the eight around it are all reached."""
    rows, columns = level.shape
    if not (1 <= row < rows - 2 and 1 <= column < columns - 2):
        return False
    for r in range(row - 1, row + 3):
        for c in range(column - 1, column + 3):
            if level[r, c] > 0:
                return False
    return True
