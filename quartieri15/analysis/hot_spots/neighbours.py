"""Which areas are neighbours of which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from libpysal.graph import Graph
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

APART_M: Final = 1.0
"""Outlines this far apart or nearer touch: two surveys of one border differ by less."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Who is whose neighbour, all alike: binary weights, nobody a neighbour of itself.

    Parameters
    ----------
    indptr, indices
        The neighbours of area ``i`` are ``indices[indptr[i]:indptr[i + 1]]``, ascending: positions
        of areas.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]

    @classmethod
    def of_pairs(cls, area: NDArray[Any], neighbour: NDArray[Any], areas: int) -> Neighbours:
        """Make them of pairs of positions, in any order, each once.

        Examples
        --------
        >>> row = Neighbours.of_pairs(np.array([1, 0, 1, 2]), np.array([2, 1, 0, 1]), 4)
        >>> row.number.tolist(), row.sums(np.array([[1.0], [10.0], [100.0], [5.0]])).T.tolist()
        ([1, 2, 1, 0], [[10.0, 101.0, 10.0, 0.0]])
        """
        order = np.lexsort((neighbour, area))
        indptr = np.zeros(areas + 1, dtype=np.int64)
        np.cumsum(np.bincount(area, minlength=areas), out=indptr[1:])
        return cls(indptr, np.asarray(neighbour, dtype=np.int64)[order])

    @classmethod
    def of_graph(cls, graph: Graph) -> Neighbours:
        """Make them of a graph of PySAL, in the order of its ``unique_ids``.

        Raises
        ------
        InputError
            If its weights are not all 1, or an area is its own neighbour.
        """
        weights = graph.sparse.tocsr()
        # An island is its own neighbour there, with weight 0.
        weights.eliminate_zeros()
        weights = weights.tocoo()
        if not (weights.data == 1).all() or (weights.row == weights.col).any():
            raise InputError(
                "the graph is not binary, or an area is its own neighbour",
                where="neighbours",
                mend="use graph.transform('B'), and no assign_self_weight",
            )
        return cls.of_pairs(weights.row, weights.col, weights.shape[0])

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @cached_property
    def number(self) -> NDArray[np.int64]:
        """How many neighbours each area has; 0 for an island."""
        return np.diff(self.indptr)

    @cached_property
    def sparse(self) -> csr_array:
        """The same as a sparse matrix of ones."""
        from scipy.sparse import csr_array

        return csr_array(
            (np.ones(len(self.indices)), self.indices, self.indptr), shape=(len(self), len(self))
        )

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up the values of each area's neighbours, column by column."""
        sums: NDArray[np.float64] = self.sparse @ values
        return sums

    def among(self, kept: NDArray[np.bool_]) -> Neighbours:
        """Return the neighbours among some of the areas, in positions of those."""
        position = np.cumsum(kept) - 1
        area = np.repeat(np.arange(len(self)), self.number)
        both = kept[area] & kept[self.indices]
        return Neighbours.of_pairs(
            position[area[both]], position[self.indices[both]], int(kept.sum())
        )


def contiguous(areas: gpd.GeoDataFrame) -> Neighbours:
    """Find who shares a border or a corner: queen contiguity, as PySAL tells it.

    Parameters
    ----------
    areas
        Polygons in metres. Outlines within :data:`APART_M` of each other touch.
    """
    from libpysal.graph import Graph

    outlines = areas.geometry.reset_index(drop=True)
    return Neighbours.of_graph(Graph.build_fuzzy_contiguity(outlines, buffer=APART_M / 2))


def edge_share(areas: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Tell which part of each area's outline has none of the other areas on its other side.

    Parameters
    ----------
    areas
        Polygons in metres that divide a city; gaps narrower than :data:`APART_M` are none.

    Returns
    -------
    numpy.ndarray
        0 for an area in the middle, 1 for one that stands alone.
    """
    import shapely

    outlines = areas.geometry.to_numpy()
    whole = shapely.union_all(shapely.buffer(outlines, APART_M / 2, quad_segs=2))
    border = shapely.STRtree(_segments(shapely.boundary(np.array([whole])))[0])
    pieces, owner = _segments(shapely.boundary(outlines))
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    outer = np.zeros(len(pieces), dtype=bool)
    outer[border.query(middle, predicate="dwithin", distance=APART_M)[0]] = True
    length = shapely.length(pieces)
    share: NDArray[np.float64] = np.bincount(
        owner, weights=length * outer, minlength=len(outlines)
    ) / np.bincount(owner, weights=length, minlength=len(outlines))
    return share


def _segments(lines: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Take lines apart into straight pieces; tell which line each is of."""
    import shapely

    rings, of_line = shapely.get_parts(lines, return_index=True)
    xy, of_ring = shapely.get_coordinates(rings, return_index=True)
    joined = of_ring[1:] == of_ring[:-1]
    pieces = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)[joined])
    return pieces, of_line[of_ring[1:][joined]]
