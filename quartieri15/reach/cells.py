"""The ground between the streets: each square of it belongs to the street nearest its middle.

An address is reached through its nearest street, wherever the drawn area of that street may
end. So the ground is labelled once, square by square, by the rule that puts addresses on
streets, and a reached area is read off these labels: it agrees with what is said of the
addresses in it. Areas drawn as a buffer around reached streets do not.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

from quartieri15.model.profiles.costs import MOST_STRESS
from quartieri15.reach.snapping import MAX_DISTANCE_M, NO_STREET, ON_FRAGMENT, Footing, snap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quartieri15.reach.cutting import TimeField
    from quartieri15.reach.graph import EdgeLines, TravelGraph
    from quartieri15.reach.snapping import Role

CELL_M: Final = 10.0
"""Side of a cell in metres. With cells of 20 m twice as many addresses are on the wrong side of the
border: in Milano (walk_75) 0.36 % left out and 0.69 % let in, against 0.10 and 0.43 % (both with
ground up to 150 m from a street)."""

FARTHEST_M: Final = 75.0
"""Ground farther than this from any street belongs to no street, in metres. So holes that are real
stay open: a railway yard or a park without paths wider than 150 m. At 150 m an area for walk_75
would leave out 0.11 % fewer addresses in Milano, and have half as many holes."""

FARTHEST_CALM_M: Final = 500.0
"""The same for a cyclist who keeps to calm streets and never pushes. These lie far apart: in Milano
3.3 % of the addresses such a cyclist is said to reach are farther than 150 m from one, 0.2 % than
500 m."""

TILE: Final = 64
"""Cells per side of a tile: tiles are labelled whole, and remembered."""


class Labels(NamedTuple):
    """The street of each cell in a window; edge -1 where there is none.

    A fraction is kept in full: at 0 and 1, and only there, a traveller stands on a junction
    and may leave by another street.
    """

    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    distance_m: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ground:
    """The cells around a network as its travellers see them, labelled where needed.

    Cells are counted from the origin of the CRS, so that a cell is the same one whatever
    is asked. A window is ``(first column, first row, columns, rows)``.
    """

    role: Role
    farthest_m: float = FARTHEST_M
    tiles: dict[tuple[int, int], Labels] = field(default_factory=dict)

    def prepare(self, graph: TravelGraph, windows: NDArray[np.int64]) -> None:
        """Label all tiles that some windows touch."""
        missing = sorted(
            {
                (column, row)
                for x, y, wide, tall in windows.tolist()
                for column in range(x // TILE, (x + wide - 1) // TILE + 1)
                for row in range(y // TILE, (y + tall - 1) // TILE + 1)
            }
            - self.tiles.keys()
        )
        if not missing:
            return
        corner = np.array(missing, dtype=np.float64) * TILE
        offset = np.stack(np.meshgrid(np.arange(TILE), np.arange(TILE)), axis=-1).reshape(-1, 2)
        middle = ((corner[:, None] + offset[None]).reshape(-1, 2) + 0.5) * CELL_M
        found = snap(
            graph, middle, role=self.role, far_m=self.farthest_m, max_distance_m=self.farthest_m
        )
        found.edge[self._not_of_a_fragment(graph, middle, found.status == ON_FRAGMENT)] = -1
        shape = (len(missing), TILE, TILE)
        edge = found.edge.reshape(shape)
        fraction = found.fraction.reshape(shape)
        distance = found.distance_m.astype(np.float32).reshape(shape)
        for i, tile in enumerate(missing):
            self.tiles[tile] = Labels(edge[i], fraction[i], distance[i])

    def _not_of_a_fragment(
        self, graph: TravelGraph, middle: NDArray[np.float64], on_fragment: NDArray[np.bool_]
    ) -> NDArray[np.intp]:
        """Return cells on a fragment whose addresses are put on the main part, farther away.

        Asking every cell of a fragment is dear where the main part is nowhere near, as on an
        island, so its tiles are asked first.
        """
        (lost,) = np.nonzero(on_fragment)
        if not len(lost):
            return lost
        tiles, tile = np.unique(lost // TILE**2, return_inverse=True)
        side = TILE * CELL_M
        middles = middle.reshape(-1, TILE**2, 2)[tiles].mean(axis=1)
        near = snap(graph, middles, role=self.role, max_distance_m=MAX_DISTANCE_M + side)
        lost = lost[~np.isin(near.status, (ON_FRAGMENT, NO_STREET))[tile]]
        still = snap(graph, middle[lost], role=self.role).status == ON_FRAGMENT
        farther: NDArray[np.intp] = lost[~still]
        return farther

    def window(self, x: int, y: int, wide: int, tall: int) -> Labels:
        """Return the labels of a window, rows first."""
        cut = Labels(
            np.empty((tall, wide), dtype=np.int32),
            np.empty((tall, wide)),
            np.empty((tall, wide), dtype=np.float32),
        )
        for column in range(x // TILE, (x + wide - 1) // TILE + 1):
            for row in range(y // TILE, (y + tall - 1) // TILE + 1):
                left, low = max(x, column * TILE), max(y, row * TILE)
                right = min(x + wide, (column + 1) * TILE)
                high = min(y + tall, (row + 1) * TILE)
                there = (slice(low - y, high - y), slice(left - x, right - x))
                own = (
                    slice(low - row * TILE, high - row * TILE),
                    slice(left - column * TILE, right - column * TILE),
                )
                tile = self.tiles[column, row]
                cut.edge[there] = tile.edge[own]
                cut.fraction[there] = tile.fraction[own]
                cut.distance_m[there] = tile.distance_m[own]
        return cut


# A label depends on the lines and barriers, and on which edges tie to the main part of the
# network: never on how fast somebody is.
_grounds: weakref.WeakKeyDictionary[EdgeLines, list[tuple[Footing, Ground]]] = (
    weakref.WeakKeyDictionary()
)


def ground_of(graph: TravelGraph, role: Role) -> Ground:
    """Return the labelled ground of a network, remembered as long as its lines live."""
    footing = Footing.of(graph, role)
    known = _grounds.setdefault(graph.lines, [])
    for other, ground in known:
        if ground.farthest_m == farthest_m(graph) and footing.is_that_of(other):
            return ground
    known.append((footing, Ground(role, farthest_m(graph))))
    return known[-1][1]


def farthest_m(graph: TravelGraph) -> float:
    """Return how far from a street of this traveller ground belongs to it, in metres."""
    calm = set(graph.profile.refusals) & set(MOST_STRESS)
    # Who pushes is on any street that is walked, and those lie as near as to who walks.
    pushes = graph.profile.push_speed_kmh is not None
    return FARTHEST_CALM_M if calm and not pushes else FARTHEST_M


def slack_s(graph: TravelGraph) -> float:
    """Return the seconds it takes to cross a cell.

    Times are looked at no farther than this from the limit, so that an area depends on its
    own limit alone.
    """
    return CELL_M / graph.profile.access_speed_m_s


def windows_around(
    graph: TravelGraph, nodes: Sequence[NDArray[np.int32]], edges: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return windows that hold all ground of the streets at some nodes, and of some edges.

    Parameters
    ----------
    graph
        The traveller's graph.
    nodes
        One array of nodes per window.
    edges
        One edge, or one row of edges, per window.

    Returns
    -------
    (w, 4) numpy.ndarray
        Windows that reach :func:`farthest_m` beyond those streets.
    """
    of_edge, of_node = bounds_of(graph)
    low, high = np.empty((len(nodes), 2)), np.empty((len(nodes), 2))
    for i, own in enumerate(nodes):
        boxes = np.concatenate([of_node[own], np.atleast_2d(of_edge[edges[i]])])
        low[i], high[i] = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    beyond = farthest_m(graph)
    low = np.floor((low - beyond) / CELL_M) - 1
    high = np.floor((high + beyond) / CELL_M) + 2
    return np.hstack([low, high - low]).astype(np.int64)


# Lines never change, and who sees the same ones has the same junctions: the bounds of their streets
# go when the lines go.
_bounds: weakref.WeakKeyDictionary[EdgeLines, tuple[NDArray[np.float64], NDArray[np.float64]]] = (
    weakref.WeakKeyDictionary()
)


def bounds_of(graph: TravelGraph) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bounds of each edge, and of all edges at each node, as rows of x0 y0 x1 y1."""
    if graph.lines not in _bounds:
        of_edge = shapely.bounds(graph.lines.lines)
        of_node = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(graph.node_ids), 1))
        for ends in (graph.edge_u, graph.edge_v):
            np.minimum.at(of_node[:, :2], ends, of_edge[:, :2])
            np.maximum.at(of_node[:, 2:], ends, of_edge[:, 2:])
        _bounds[graph.lines] = of_edge, of_node
    return _bounds[graph.lines]


def forget_ground() -> None:
    """Forget the ground of all networks: 100 MB of a large city, from which areas are drawn.

    It is labelled anew where another area is drawn.
    """
    _grounds.clear()
    _bounds.clear()


def cell_seconds(times: TimeField, labels: Labels) -> NDArray[np.float64]:
    """Return the seconds at the middle of each cell, infinite where no street is near."""
    from quartieri15.reach import field_kernels

    seconds = np.empty(labels.edge.shape)
    field_kernels.cell_seconds(
        times.ways, times.standing, labels, times.graph.profile.access_speed_m_s, seconds
    )
    return seconds
