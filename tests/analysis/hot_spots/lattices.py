"""Hexagons in rows, and the slow way to do what the library does quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quartieri15.analysis.hot_spots.neighbours import Neighbours
from quartieri15.analysis.hot_spots.units import hexagons

if TYPE_CHECKING:
    from numpy.typing import NDArray

AROUND = [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)]


def lattice(rows: int, columns: int) -> tuple[NDArray[np.int64], Neighbours]:
    """A parallelogram of hexagons, and who touches whom, looked up one by one."""
    cells = [(q, r) for r in range(rows) for q in range(columns)]
    at = {cell: i for i, cell in enumerate(cells)}
    pairs = [
        (i, at[q + dq, r + dr])
        for (q, r), i in at.items()
        for dq, dr in AROUND
        if (q + dq, r + dr) in at
    ]
    area, neighbour = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return np.array(cells), Neighbours.of_pairs(area, neighbour, len(cells))


def outlines(rows: int, columns: int) -> NDArray[np.object_]:
    return hexagons(lattice(rows, columns)[0], 100.0)


def neighbours_of(neighbours: Neighbours, area: int) -> list[int]:
    return neighbours.indices[neighbours.indptr[area] : neighbours.indptr[area + 1]].tolist()
