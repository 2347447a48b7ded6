"""How long everyone takes to the places of one city, and how long if the places stood elsewhere.

The streets, the residents' positions on them and the searches are those of ``reach``: a time here
is the time that :func:`~quartieri15.reach.times.travel_times` tells.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.model import schemas
from quartieri15.reach import snapping
from quartieri15.reach.trips import Trips, ids_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.graph import TravelGraph
    from quartieri15.reach.kernels import Attached
    from quartieri15.reach.snapping import Snapped
    from quartieri15.reach.trips import Origins


@dataclass(frozen=True, eq=False)
class Reaching:
    """Everybody's way to some places, by one traveller.

    Parameters
    ----------
    city
        The city.
    places
        The places, one row each, those without a position or a street too.
    trips, people
        Places and residents on the streets; None where no place has a position.
    """

    city: City
    places: gpd.GeoDataFrame
    trips: Trips | None
    people: Origins | None

    @classmethod
    def of(
        cls,
        city: City,
        places: gpd.GeoDataFrame,
        *,
        profile: TravelProfile,
        is_open: NDArray[np.bool_] | None = None,
        like: Reaching | None = None,
    ) -> Reaching:
        """Put places and people on the streets.

        Parameters
        ----------
        city
            The city.
        places : geopandas.GeoDataFrame
            The places; there may be none. Where ``entrance_steps`` is True, a traveller who
            refuses steps does not get in.
        profile
            The traveller.
        is_open
            Which of them are open; all when left out.
        like
            Other ways, whose people are taken over where they stand on the same streets.
        """
        chosen = places if is_open is None else places[is_open]
        if "steps" in profile.refusals and "entrance_steps" in chosen.columns:
            # Whoever takes no steps gets in nowhere, if steps lead into every place.
            steps = chosen["entrance_steps"].astype(object)
            chosen = chosen[[not isinstance(one, bool | np.bool_) or not one for one in steps]]
        if schemas.unplaced(chosen.geometry).all():
            return cls(city, places, None, None)
        trips = Trips.plan(city, chosen, profile=profile, direction="to", where="to")
        people = None if like is None else like.people_of(city, trips.graph)
        return cls(city, places, trips, trips.origins(None) if people is None else people)

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """Which row of the places each place on the streets is."""
        if self.trips is None:
            return np.empty(0, dtype=np.intp)
        return place_ids(self.places).get_indexer(self.trips.place_ids)

    @cached_property
    def nearest(self) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Minutes of every residents point to the nearest place, and the row of that; inf, -1."""
        if self.trips is None:
            nobody = len(self.city.residents)
            return np.full(nobody, np.inf), np.full(nobody, -1, dtype=np.intp)
        seconds, place = self._search(self.trips.places)
        return seconds / 60, np.where(place >= 0, self.rows[place], -1)

    def seconds_with(self, places: Snapped, *, limit_s: float = np.inf) -> NDArray[np.float64]:
        """Return seconds to the nearest place, infinite for none, with the places elsewhere.

        A time above the limit may be told as infinite, so that no search goes farther.
        """
        return self._search(places, limit_s=limit_s)[0]

    def within(self, minutes: float) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[Any]]:
        """Return all pairs of a place and a residents point within some minutes, with the minutes.

        The places are rows of :attr:`places`.
        """
        from quartieri15.reach import kernels
        from quartieri15.reach.trips import limit_seconds

        if self.trips is None or self.people is None:
            none = np.empty(0, dtype=np.intp)
            return none, none, np.empty(0)
        reached = kernels.points_within(
            self.trips.arcs,
            *snapping.seeds(self.trips.graph, self.trips.places),
            attached=self._attached,
            direct=self.trips.along_common_edge(self.people),
            limit_s=limit_seconds(minutes),
        )
        indptr, point, seconds = reached.joined()
        place = self.rows[np.repeat(np.arange(len(reached)), np.diff(indptr))]
        return place, point.astype(np.intp), seconds / 60

    def drawn_places(self, positions: Mapping[Hashable, NDArray[np.float64]]) -> DrawnPlaces | None:
        """Put drawn positions of some places on the streets; None where no place has any.

        Parameters
        ----------
        positions
            By place id, one position (x, y in metres) per draw.
        """
        if self.trips is None:
            return None
        ids = self.trips.place_ids.tolist()
        moved = [row for row, name in enumerate(ids) if name in positions]
        if not moved:
            return None
        xy = np.stack([positions[ids[row]] for row in moved], axis=1)
        snapped = snapping.snap(self.trips.graph, xy.reshape(-1, 2), role="end")
        return DrawnPlaces(self.trips.places, np.array(moved), snapped)

    def is_same(self, other: Reaching) -> bool:
        """Tell at a glance whether both are the same ways; what is no more than equal is not."""
        mine, theirs = self.trips, other.trips
        if mine is None or theirs is None:
            return mine is theirs and self.city.residents is other.city.residents
        return (
            _same_streets(mine.graph, theirs.graph)
            and place_ids(self.places).equals(place_ids(other.places))
            and self.city.residents is other.city.residents
            and mine.place_ids.equals(theirs.place_ids)
            and all(
                np.array_equal(one, another, equal_nan=True)
                for one, another in zip(
                    _columns(mine.places).values(), _columns(theirs.places).values(), strict=True
                )
            )
        )

    def people_of(self, city: City, graph: TravelGraph) -> Origins | None:
        """Return the people, if those of a city stand on the same edges of another graph."""
        if self.trips is None or city.residents is not self.city.residents:
            return None
        mine = self.trips.graph
        # Where a point is put depends on the lines and on what is tied to the main part alone.
        same = mine is graph or (
            mine.lines is graph.lines and np.array_equal(mine.leaves_main, graph.leaves_main)
        )
        return self.people if same else None

    @cached_property
    def _seeds(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        if self.trips is None or self.people is None:  # pragma: no cover - callers ask before
            raise AssertionError
        return snapping.seeds(self.trips.graph, self.people.on_streets)

    @cached_property
    def _attached(self) -> Attached:
        from quartieri15.reach import kernels

        if self.trips is None:  # pragma: no cover - callers ask before
            raise AssertionError
        return kernels.Attached.to_nodes(len(self.trips.graph.node_ids), *self._seeds)

    def _search(
        self, places: Snapped, *, limit_s: float = np.inf
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        from quartieri15.reach import kernels

        if self.trips is None or self.people is None:  # pragma: no cover - callers ask before
            raise AssertionError
        trips = dataclasses.replace(self.trips, places=places)
        node_s, node_place = kernels.k_nearest(
            trips.arcs, *snapping.seeds(trips.graph, places), k=1, limit_s=limit_s
        )
        point_node, point_s = self._seeds
        seconds, place = kernels.nearest_of_points(
            node_s,
            node_place,
            point_node=point_node,
            point_s=point_s,
            direct=trips.along_common_edge(self.people),
        )
        return np.where(place[:, 0] >= 0, seconds[:, 0], np.inf), place[:, 0]


@dataclass(frozen=True, eq=False)
class DrawnPlaces:
    """Places on the streets, some of them somewhere else in every draw.

    Parameters
    ----------
    fixed
        All places, where they are said to be.
    moved
        Rows of those that are drawn.
    drawn
        Their positions, draw by draw.
    """

    fixed: Snapped
    moved: NDArray[np.intp]
    drawn: Snapped

    def moved_in_draw(self, draw: int) -> Snapped:
        """Return the places that are drawn, as they stand in one draw."""
        return _rows(self.drawn, slice(draw * len(self.moved), (draw + 1) * len(self.moved)))

    @property
    def still(self) -> Snapped:
        """The places that stand in every draw where they are said to be."""
        return _rows(self.fixed, np.setdiff1d(np.arange(len(self.fixed)), self.moved))


class DrawnTimes:
    """Seconds to the nearest place at one pace, draw by draw.

    The places that stand still are searched from once; in every draw those that moved are, as far
    as it matters. The nearest of all is the nearest of the two.

    Parameters
    ----------
    reaching
        Everybody's way.
    positions
        By place id, one position (x, y in metres) per draw, of the places that are drawn.
    limit_s
        Seconds beyond which it does not matter how far a place is that moved.
    """

    def __init__(
        self,
        reaching: Reaching,
        positions: Mapping[Hashable, NDArray[np.float64]],
        *,
        limit_s: float = np.inf,
    ) -> None:
        self.reaching = reaching
        self._limit_s = limit_s
        self._moved = reaching.drawn_places(positions)
        # Made once, before many threads ask for it.
        self._still_s = (
            self.as_told_s if self._moved is None else reaching.seconds_with(self._moved.still)
        )

    @property
    def as_told_s(self) -> NDArray[np.float64]:
        """Seconds with every place where it is said to be, infinite where there is no way."""
        return self.reaching.nearest[0] * 60

    def seconds(self, draw: int) -> NDArray[np.float64]:
        """Return seconds in one draw, infinite where there is no way.

        Beyond the limit they may be too long.
        """
        if self._moved is None:
            return self._still_s
        moved = self._moved.moved_in_draw(draw)
        return np.minimum(self._still_s, self.reaching.seconds_with(moved, limit_s=self._limit_s))


def _same_streets(one: TravelGraph, other: TravelGraph) -> bool:
    """Tell whether a traveller finds the same streets, as fast, in two networks."""
    if one is other:
        return True
    alike = ("edge_ids", "edge_u", "edge_v", "forward_s", "backward_s", "enters_main")
    return (
        one.lines is other.lines
        and np.array_equal(one.leaves_main, other.leaves_main)
        and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in alike)
    )


def place_ids(places: gpd.GeoDataFrame) -> pd.Index[Any]:
    """Return what names the places of a table."""
    return ids_of(places, where="to")


def _rows(snapped: Snapped, rows: slice | NDArray[np.intp]) -> Snapped:
    columns: dict[str, Any] = {name: column[rows] for name, column in _columns(snapped).items()}
    return dataclasses.replace(snapped, **columns)


def _columns(snapped: Snapped) -> dict[str, NDArray[Any]]:
    return {
        field.name: column
        for field in dataclasses.fields(snapped)
        if isinstance(column := getattr(snapped, field.name), np.ndarray)
    }
