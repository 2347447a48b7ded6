"""Searches from places: the time everywhere on the streets, to or from one place or all."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from quartieri15.reach import snapping
from quartieri15.reach.cutting import TimeField
from quartieri15.reach.trips import Trips

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.cutting import Direction
    from quartieri15.reach.kernels import Reached


class Search(Trips):
    """Places that stand on the streets, to be searched from one by one or all at once."""

    @classmethod
    def of(
        cls,
        city: City,
        places: str | gpd.GeoDataFrame,
        *,
        profile: str | TravelProfile,
        direction: Direction,
    ) -> Self:
        """Check what is asked for; places without a street are told in ``left_out``.

        Parameters
        ----------
        city, places, profile, direction
            As for :meth:`Trips.plan`, which says what is refused.
        """
        return cls.plan(
            city, places, profile=profile, direction=direction, where="places"
        ).on_streets()

    def each_place(self, limit_s: float) -> Iterator[TimeField]:
        """Search from every place on its own.

        A field holds good only until the next one is asked for: all share one array.
        """
        found = self.found(limit_s)
        node_s = np.full(len(self.graph.node_ids), np.inf)
        for place in range(len(found)):
            with self.field(found, place, node_s) as times:
                yield times

    def found(self, limit_s: float) -> Reached:
        """Tell which junctions each place reaches, in what time."""
        from quartieri15.reach import kernels

        return kernels.reach_within(
            self.arcs, *snapping.seeds(self.graph, self.places), limit_s=limit_s
        )

    @contextmanager
    def field(self, found: Reached, place: int, node_s: NDArray[np.float64]) -> Iterator[TimeField]:
        """Spread what one place reaches over an array of all junctions, for a while."""
        nodes, seconds = found[place]
        node_s[nodes] = seconds
        here = slice(place, place + 1)
        try:
            yield TimeField(
                self.graph,
                self.direction,
                node_s,
                self.places.edge[here],
                self.places.fraction[here],
                self.access_s[here],
                nodes,
            )
        finally:
            node_s[nodes] = np.inf

    def nearest_place(self, limit_s: float) -> TimeField:
        """Search from all places at once."""
        from quartieri15.reach import kernels

        node_s, _ = kernels.nearest(
            self.arcs, *snapping.seeds(self.graph, self.places), limit_s=limit_s
        )
        return TimeField(
            self.graph,
            self.direction,
            node_s,
            self.places.edge,
            self.places.fraction,
            self.access_s,
        )

    @cached_property
    def access_s(self) -> NDArray[np.float64]:
        """Seconds between each place and its street."""
        return snapping.access_seconds(self.graph, self.places)
