"""Drawing areas of addresses: the ground around them that is nearest to no other address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class NearestGround:
    """The ground of each of some points: all that is nearer to it than to the others.

    These are Voronoi cells (Okabe, Boots, Sugihara, Chiu 2000, Spatial Tessellations, Wiley). Areas
    drawn of them do not overlap, and hold their own points alone.

    Parameters
    ----------
    site
        Which cell is that of each point: points at one position have one cell.
    cells
        The polygons.
    """

    site: NDArray[np.intp]
    cells: NDArray[Any]

    @classmethod
    def of(cls, xy: NDArray[np.float64], reach_m: float) -> NearestGround:
        """Divide the ground among points; what is farther than ``reach_m`` from all is nobody's."""
        sites, site = np.unique(xy, axis=0, return_inverse=True)
        # Four points far off make cells of a single point too, or of points in a line.
        low, high = sites.min(axis=0) - 4 * reach_m, sites.max(axis=0) + 4 * reach_m
        corners = [[x, y] for x in (low[0], high[0]) for y in (low[1], high[1])]
        points = shapely.multipoints(np.concatenate([sites, corners]))
        cells = shapely.get_parts(shapely.voronoi_polygons(points, ordered=True))[: len(sites)]
        middle = np.asarray(shapely.points(sites))
        around = shapely.buffer(middle, reach_m, quad_segs=8)
        wide = ~shapely.contains_properly(around, cells)
        cells[wide] = shapely.intersection(cells[wide], around[wide])
        return cls(site.ravel(), cells)

    def outlines(
        self,
        rows: NDArray[np.intp],
        area: NDArray[np.intp],
        *,
        areas: int,
        drawn: dict[bytes, Any],
    ) -> NDArray[np.object_]:
        """Draw areas of points.

        Parameters
        ----------
        rows, area
            Positions of points, and the number of the area that each belongs to.
        areas
            How many areas there are.
        drawn
            Areas drawn before, by their points; those that are new are added.

        Returns
        -------
        numpy.ndarray
            One polygon (or several in one) per area.
        """
        outlines = np.empty(areas, dtype=object)
        order = np.argsort(area, kind="stable")
        ends = np.cumsum(np.bincount(area, minlength=areas))
        for number, own in enumerate(np.split(rows[order], ends[:-1]) if areas else []):
            sites = np.unique(self.site[own])
            key = sites.tobytes()
            if key not in drawn:
                drawn[key] = shapely.union_all(self.cells[sites])
            outlines[number] = drawn[key]
        return outlines
