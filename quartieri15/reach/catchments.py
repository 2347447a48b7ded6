"""Catchments: what lies within some minutes of a place, as streets, areas and bands.

A catchment is the reached part of the street network, cut where the time runs out (see
``cutting``). The area drawn for it is read off the ground between the streets, each bit of
which belongs to its nearest street (see ``cells``), so that area and addresses agree.

Measured on Milano (62 houses, 47,684 addresses, 15 minutes), in pairs of a house and an
address within its reach: 0.22 % lie outside the area drawn for walk_75, and as many as 0.43 %
are in it though they take longer; neither is above 0.63 % for any traveller of the catalogue. A
25 m buffer of the same streets leaves out 3.9 % and lets in 9.1 % (docs/catchments.md, where
eight constructions are compared). The three areas of 62 houses take 0.6 s on two cores for
walk_75, 0.8 s for walk_adult, after a second that labels the ground once.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.arguments import several, shown
from quartieri15.errors import ParameterError
from quartieri15.progress import quiet, saying
from quartieri15.reach import areas, cells
from quartieri15.reach.cutting import TimeField, cut_lines, joined
from quartieri15.reach.searches import Search
from quartieri15.reach.trips import limit_seconds, told_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say
    from quartieri15.reach.cutting import Direction

MINUTES = (5.0, 10.0, 15.0)

TOGETHER = 256
"""Places searched and drawn before the next are begun. What a place reaches, all of Milano at the
worst, takes 1.7 MB, so any number of places takes the memory of so many, and of the areas."""


def reached_streets(
    city: City,
    places: str | gpd.GeoDataFrame,
    *,
    profile: str | TravelProfile,
    minutes: float = 15,
    direction: Direction = "to",
) -> gpd.GeoDataFrame:
    """Return the streets within some minutes of each place, cut where the time runs out.

    Parameters
    ----------
    city
        The city.
    places
        A table of points in the city's CRS, whose column ``id`` (or index) names them, or a
        name that :meth:`~quartieri15.model.city.City.places_named` knows.
    profile
        Who travels.
    minutes
        The limit: above 0 and at most a day. The way between the place and the street
        counts.
    direction
        ``"to"``: people travel to the places. ``"from"``: from the places.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per stretch of street on which the time changes evenly; a street on which
        it rises from both ends stands in two rows, or in more if the place itself stands on
        it.

        ``place_id, edge_id``
            The place, and the index of the street in ``city.streets.edges``.
        ``from_fraction, to_fraction``
            Where on the drawn line the stretch begins and ends; times the ``length_m`` of
            the street, metres on the ground.
        ``length_m``
            Length on the ground.
        ``minutes_from, minutes_to``
            Time between there and the place; none is above ``minutes``.
        ``geometry``
            The stretch, drawn from u to v.

        ``attrs`` as for :func:`catchments`.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`catchments`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> streets = reached_streets(milano, milano.houses[:1], profile="walk_75", minutes=5)
    >>> bool(streets["minutes_to"].max() <= 5)
    True
    """
    limit_s = limit_seconds(_given(minutes))
    search = _Drawing.of(city, places, profile=profile, direction=direction)
    found = [times.reached(limit_s) for times in search.each_place(limit_s)]
    pieces = joined(found)
    graph = search.graph
    table = gpd.GeoDataFrame(
        {
            "place_id": np.repeat(search.place_ids, [len(part.edge) for part in found]),
            "edge_id": graph.edge_ids[pieces.edge],
            "from_fraction": pieces.start,
            "to_fraction": pieces.stop,
            "length_m": (pieces.stop - pieces.start) * graph.length_m[pieces.edge],
            "minutes_from": told_minutes(pieces.start_s, minutes),
            "minutes_to": told_minutes(pieces.stop_s, minutes),
        },
        geometry=cut_lines(graph, pieces),
        crs=city.crs,
    )
    table.attrs |= search.attrs(minutes=minutes)
    return table


def catchments(
    city: City,
    places: str | gpd.GeoDataFrame,
    *,
    profile: str | TravelProfile,
    minutes: float | Iterable[float] = MINUTES,
    direction: Direction = "to",
    progress: Say | None = None,
) -> gpd.GeoDataFrame:
    """Return the area within some minutes of each place.

    Parameters
    ----------
    city
        The city.
    places
        A table of points in the city's CRS, whose column ``id`` (or index) names them, or a
        name that :meth:`~quartieri15.model.city.City.places_named` knows.
    profile
        Who travels.
    minutes
        One limit or several, each above 0 and at most a day. An area does not depend on the
        other limits asked for, and lies within the areas of the longer ones.
    direction
        ``"to"``: people travel to the places. ``"from"``: from the places.
    progress
        Called with a few words at every :data:`TOGETHER` places, where there are more; left out,
        a moving line is shown where somebody is looking.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per place and limit, in the order of the places, the shortest limit first.

        ``place_id, minutes, profile, speed_kmh``
            What the row is about.
        ``street_km``
            Length of the reached streets on the ground.
        ``area_km2``
            Area of the geometry.
        ``geometry``
            Polygon or MultiPolygon, valid, around all reached streets. Ground farther than
            :func:`~quartieri15.reach.cells.farthest_m` from any street is not in it; holes
            below :data:`~quartieri15.reach.areas.HOLE_M2` are filled. Empty where the time
            does not suffice to get onto the street.

        ``attrs["provenance"]`` holds profile, speed, direction, vintages and licence;
        ``attrs["left_out"]`` names the places without an area, with the reason
        (``no_position``, ``no_street``); ``attrs["place_status"]`` those to be read with
        care.

    Raises
    ------
    ParameterError
        If a limit or the direction makes no sense.
    UnknownNameError
        If the name of the places or of the profile is unknown.
    InputError
        If there is no place, none has a position, or the table is in another CRS or holds
        other shapes than points.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> areas = catchments(milano, milano.houses[:1], profile="walk_75", minutes=(5, 10))
    >>> list(areas["minutes"])
    [5.0, 10.0]
    >>> bool(areas.geometry.iloc[1].contains(areas.geometry.iloc[0]))
    True
    """
    limits = _limits(minutes)
    with saying(progress, "catchments") as say:
        search = _Drawing.of(city, places, profile=profile, direction=direction)
        table = _areas(search, search.draw_each(limits, say), limits)
    table.insert(0, "place_id", np.repeat(search.place_ids, len(limits)))
    table.attrs |= search.attrs(minutes=limits)
    return table


def reached_area(
    city: City,
    places: str | gpd.GeoDataFrame,
    *,
    profile: str | TravelProfile,
    minutes: float | Iterable[float] = MINUTES,
    direction: Direction = "to",
) -> gpd.GeoDataFrame:
    """Return the area within some minutes of any of the places.

    Parameters
    ----------
    city, places, profile, minutes, direction
        As for :func:`catchments`.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per limit, the shortest first: ``minutes, profile, speed_kmh, street_km,
        area_km2, geometry`` as for :func:`catchments`. What two places reach is in it once.

        ``attrs`` as for :func:`catchments`.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`catchments`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> area = reached_area(milano, "houses", profile="walk_75", minutes=10)
    >>> len(area)
    1
    """
    limits = _limits(minutes)
    search = _Drawing.of(city, places, profile=profile, direction=direction)
    table = _areas(search, search.draw_together(limits), limits)
    table.attrs |= search.attrs(minutes=limits)
    return table


def _limits(minutes: float | Iterable[float]) -> list[float]:
    """Return limits in minutes, ascending, each once."""
    limits = several(minutes)
    if not limits:
        raise ParameterError(
            f"minutes is {shown(minutes)}", where="minutes", mend="give one limit or several"
        )
    for limit in limits:
        limit_seconds(_given(limit))
    return sorted({float(limit) for limit in limits})


def _given(limit: float | None) -> float:
    """Refuse the missing limit that a travel time may have."""
    if limit is None:
        raise ParameterError(
            "minutes is None", where="minutes", mend="an area needs a limit: give minutes"
        )
    return limit


def _areas(search: _Drawing, drawn: list[_Drawn], limits: list[float]) -> gpd.GeoDataFrame:
    shapes = [area for _, area in drawn]
    profile = search.graph.profile
    return gpd.GeoDataFrame(
        {
            "minutes": np.tile(limits, len(drawn) // len(limits)),
            "profile": profile.name,
            "speed_kmh": float(profile.speed_kmh),
            "street_km": [metres / 1000 for metres, _ in drawn],
            "area_km2": shapely.area(shapes) / 1e6,
        },
        geometry=shapes,
        crs=search.graph.crs,
    )


_Drawn = tuple[float, shapely.Geometry]
"""Metres of reached street, and the area."""


class _Drawing(Search):
    """A search whose areas are drawn."""

    @property
    def slack_s(self) -> float:
        return cells.slack_s(self.graph)

    def draw_each(self, limits: list[float], progress: Say = quiet) -> list[_Drawn]:
        """Draw the areas of each place, the shortest limit first."""
        limit_s = limit_seconds(limits[-1]) + self.slack_s
        drawn: list[_Drawn] = []
        number = len(self.places)
        for first in range(0, number, TOGETHER):
            if number > TOGETHER:
                progress(f"areas of {number:,} places, {first:,} are drawn")
            some = np.zeros(number, dtype=bool)
            some[first : first + TOGETHER] = True
            drawn += self._of(some).draw_at_once(limits, limit_s)
        return drawn

    def draw_at_once(self, limits: list[float], limit_s: float) -> list[_Drawn]:
        """Draw the areas of so few places that what all of them reach fits into memory."""
        from quartieri15.reach.kernels import available_cores, work_together

        found = self.found(limit_s)
        windows = cells.windows_around(self.graph, [nodes for nodes, _ in found], self.places.edge)
        self.ground.prepare(self.graph, windows)
        drawn: list[list[_Drawn]] = [[] for _ in range(len(found))]
        # The places that reach most first, so that no thread is left with a long one.
        todo = iter(sorted(range(len(found)), key=lambda place: -len(found[place][0])))

        def work() -> None:
            node_s = np.full(len(self.graph.node_ids), np.inf)
            try:
                for place in todo:
                    with self.field(found, place, node_s) as times:
                        drawn[place] = self._draw(times, windows[place], limits)
            except BaseException:
                # Ctrl-C reaches one thread only; the others find nothing left to do.
                deque(todo, maxlen=0)
                raise

        work_together(work, min(available_cores(), len(found)))
        return [one for several in drawn for one in several]

    def draw_together(self, limits: list[float]) -> list[_Drawn]:
        """Draw the areas of all places together, the shortest limit first."""
        if not len(self.places):
            return [(0.0, shapely.Polygon())] * len(limits)
        times = self.nearest_place(limit_seconds(limits[-1]) + self.slack_s)
        nodes = np.flatnonzero(np.isfinite(times.node_s)).astype(np.int32)
        (window,) = cells.windows_around(self.graph, [nodes], self.places.edge[None])
        self.ground.prepare(self.graph, window[None])
        return self._draw(times, window, limits)

    @property
    def ground(self) -> cells.Ground:
        """The cells around the streets."""
        return cells.ground_of(self.graph, "start" if self.direction == "to" else "end")

    def _draw(
        self, times: TimeField, window: NDArray[np.int64], limits: list[float]
    ) -> list[_Drawn]:
        left, low, wide, tall = window.tolist()
        seconds = cells.cell_seconds(times, self.ground.window(left, low, wide, tall))
        drawn = []
        for limit in limits:
            limit_s = limit_seconds(limit)
            streets = times.reached(limit_s)
            length_m = (streets.stop - streets.start) * self.graph.length_m[streets.edge]
            area = areas.area_within(
                seconds,
                (left, low),
                limit_s=limit_s,
                slack_s=self.slack_s,
                graph=self.graph,
                streets=streets,
            )
            drawn.append((float(length_m.sum()), area))
        return drawn
