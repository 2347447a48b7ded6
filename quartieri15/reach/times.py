"""Travel times: to the nearest places, to the next ones, and from everyone to everything.

A travel time is the leg between the starting point and the street, the rest of that street,
the quickest way between two junctions, the beginning of the last street, and the leg between
the street and the place. Where both points are on one street, the way along it counts too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import profiles
from quartieri15.reach import snapping
from quartieri15.reach.graph import TravelGraph, travel_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.kernels import Pairs
    from quartieri15.reach.snapping import Snapped

Direction = Literal["to", "from"]

MOST_MINUTES = 1440.0
"""A day: whoever asks for more minutes most likely gave seconds."""

REASONS: dict[str, str] = {
    "ok": "reached",
    "far": f"reached; more than {snapping.FAR_M:g} m from the street it is put on",
    "fragment_passed_over": (
        "reached; a street nearer than the one taken is not connected to the rest"
    ),
    "barrier_passed_over": (
        "reached; a street nearer than the one taken lies across a barrier, such as a railway"
    ),
    "across_barrier": (
        "reached; the nearest street lies across a barrier, such as a railway, and no other is near"
    ),
    "on_fragment": "reached on a part of the network that is not connected to the rest",
    "beyond_minutes": "the nearest place is further than the minutes asked for",
    "unreachable": "no way leads there by the streets this traveller may use",
    "no_street": f"no street of this traveller within {snapping.MAX_DISTANCE_M:g} m",
    "no_position": "the point has no geometry",
}
"""What the column ``status`` of travel times says, in words."""


def travel_times(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    direction: Direction = "to",
    minutes: float | None = None,
    k: int = 1,
    origins: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Tell how long everyone takes to the nearest place, or to the nearest few.

    Parameters
    ----------
    city
        The city.
    to
        The places: a name that :meth:`~quartieri15.model.city.City.places_named` knows, or
        a table of points in the city's CRS, whose column ``id`` (or index) names them.
    profile
        The traveller, or its name.
    direction
        ``"to"``: people travel to the places. ``"from"``: from the places to the people.
        They differ where streets are one-way.
    minutes
        Leave out times above this, in minutes; at most a day. None for no limit.
    k
        How many places to tell per origin, nearest first. For more than about twenty,
        :func:`travel_time_matrix` is quicker.
    origins
        Points in the city's CRS; by default the city's residents.

    Returns
    -------
    pandas.DataFrame
        One row per origin, in their order and with their index:

        - ``minutes``: to the nearest place, NaN if none is reached;
        - ``place_id``: that place; of places equally near, the one that stands first;
        - ``status``: a key of :data:`REASONS`, which says why a time is missing, or what
          should be known of one that is not;
        - ``snap_distance_m``: from the origin to the street it was put on;
        - ``minutes_2``, ``place_id_2``, ... for ``k`` above 1.

        ``attrs["provenance"]`` holds profile, speed, limit, direction, vintages and the line
        of licence; ``attrs["left_out"]`` names places that could not be used, with the
        reason; ``attrs["place_status"]`` those to be read with care;
        ``attrs["place_snap_m"]`` tells how far each place was moved to its street;
        ``attrs["reasons"]`` explains the statuses.

    Raises
    ------
    ParameterError
        If ``minutes``, ``k`` or ``direction`` makes no sense.
    UnknownNameError
        If the name of the places or of the profile is unknown.
    InputError
        If there is no place, none has a position, ids are not unique, a table is in another
        CRS than the city or holds other shapes than points, or no street may be used.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> times = travel_times(milano, to="houses", profile="walk_75")
    >>> len(times) == len(milano.residents)
    True
    """
    from quartieri15.reach import kernels

    limit_s = limit_seconds(minutes)
    require_count(k)
    trip = _Trip.plan(city, to=to, profile=profile, direction=direction, origins=origins)
    # Travelling to a place is searched from the place, against the direction of travel.
    node_s, node_place = kernels.k_nearest(
        trip.arcs, *snapping.seeds(trip.graph, trip.places), k=min(k, len(trip.place_ids))
    )
    origin_node, origin_s = snapping.seeds(trip.graph, trip.origins)
    seconds, place = kernels.nearest_of_points(
        node_s,
        node_place,
        point_node=origin_node,
        point_s=origin_s,
        direct=trip.along_common_edge(),
    )
    beyond = np.isfinite(seconds[:, 0]) & (seconds[:, 0] > limit_s)
    place[seconds > limit_s] = -1
    seconds[place < 0] = np.nan
    status: NDArray[np.intp] = np.where(
        seconds[:, 0] >= 0,
        _codes(trip.origins.status),
        np.select(
            [trip.origins.edge >= 0, trip.origins.status == snapping.NO_POSITION],
            [np.where(beyond, _BEYOND, _UNREACHABLE), _NO_POSITION],
            _NO_STREET,
        ),
    )
    columns: dict[str, Any] = {
        "minutes": seconds[:, 0] / 60,
        "place_id": _named(trip.place_ids, place[:, 0]).array,
        "status": pd.Categorical.from_codes(status, categories=pd.Index(REASONS)),
        "snap_distance_m": trip.origins.distance_m,
    }
    for j in range(1, k):
        there = j < seconds.shape[1]
        columns[f"minutes_{j + 1}"] = seconds[:, j] / 60 if there else np.nan
        none = np.full(len(place), -1)
        columns[f"place_id_{j + 1}"] = _named(trip.place_ids, place[:, j] if there else none).array
    times = pd.DataFrame(columns, index=trip.origin_index)
    times.attrs |= trip.attrs(minutes=minutes) | {"reasons": dict(REASONS)}
    return times


def travel_time_matrix(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    direction: Direction = "to",
    minutes: float | None = None,
    origins: gpd.GeoDataFrame | None = None,
    dense: bool = False,
) -> pd.DataFrame:
    """Tell how long everyone takes to every place.

    Parameters
    ----------
    city, to, profile, direction, origins
        As for :func:`travel_times`.
    minutes
        Only pairs within this many minutes, at most a day. None for all pairs that are
        connected at all, which is slower and larger by far.
    dense
        Return origins × places instead of one row per pair.

    Returns
    -------
    pandas.DataFrame
        One row per pair reached: ``origin_id`` (the origin's ``id``, or its index where it
        has none), ``place_id``, ``minutes``; ordered as the origins, then as the places.
        If ``dense``: one row per origin with the index of the origins, one column per place
        that has a position, NaN where not reached.

        ``attrs`` as for :func:`travel_times`; ``attrs["origins_without_place"]`` counts the
        origins that reach no place.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`travel_times`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> matrix = travel_time_matrix(milano, to="houses", profile="walk_adult", minutes=5)
    >>> list(matrix.columns)
    ['origin_id', 'place_id', 'minutes']
    """
    from quartieri15.reach import kernels

    limit_s = limit_seconds(minutes)
    trip = _Trip.plan(city, to=to, profile=profile, direction=direction, origins=origins)
    attached = kernels.Attached.to_nodes(
        len(trip.graph.node_ids), *snapping.seeds(trip.graph, trip.origins)
    )
    reached = kernels.points_within(
        trip.arcs,
        *snapping.seeds(trip.graph, trip.places),
        attached=attached,
        direct=trip.along_common_edge(),
        limit_s=limit_s,
    )
    indptr, origin, seconds = reached.joined()
    place = np.repeat(np.arange(len(reached), dtype=np.int32), np.diff(indptr))
    if dense:
        table = np.full((len(trip.origins), len(trip.place_ids)), np.nan)
        table[origin, place] = seconds / 60
        matrix = pd.DataFrame(
            table, index=trip.origin_index, columns=pd.Index(trip.place_ids.array, name="place_id")
        )
    else:
        order = np.argsort(origin, kind="stable")
        matrix = pd.DataFrame(
            {
                "origin_id": _named(trip.origin_ids, origin[order]),
                "place_id": _named(trip.place_ids, place[order]),
                "minutes": seconds[order] / 60,
            }
        )
    matrix.attrs |= trip.attrs(minutes=minutes)
    matrix.attrs["origins_without_place"] = int(len(trip.origins) - len(np.unique(origin)))
    return matrix


def limit_seconds(minutes: object) -> float:
    """Return a limit of time in seconds, infinite for None.

    Raises
    ------
    ParameterError
        If it is not a number above 0 and at most a day.

    Examples
    --------
    >>> limit_seconds(15)
    900.0
    """
    if minutes is None:
        return math.inf
    if (
        isinstance(minutes, bool)
        or not isinstance(minutes, int | float | np.integer | np.floating)
        or not 0 < minutes <= MOST_MINUTES
    ):
        raise ParameterError(
            f"minutes is {minutes!r}",
            where="minutes",
            mend=f"give a number above 0 and up to {MOST_MINUTES:g}",
        )
    return float(minutes) * 60


def require_count(k: object) -> None:
    """Refuse a number of places that is not a whole number above 0."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ParameterError(f"k is {k!r}", where="k", mend="ask for 1 place or more")


_ORDER = list(REASONS)
_BEYOND, _UNREACHABLE, _NO_STREET, _NO_POSITION = (
    _ORDER.index(name) for name in ("beyond_minutes", "unreachable", "no_street", "no_position")
)


def _codes(status: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Turn the numbers of snapping into those of the column ``status``."""
    return np.array([_ORDER.index(name) for name in snapping.STATUSES])[status]


def _named(ids: pd.Series, chosen: NDArray[np.integer]) -> pd.Series:
    """Return the ids of chosen rows, missing where -1 was chosen, in the type of the ids."""
    return pd.Series(ids.array.take(chosen, allow_fill=True), dtype=ids.dtype)


@dataclass(frozen=True, eq=False)
class _Trip:
    """Who travels where: points on the streets at both ends, and which way the arcs go."""

    city: City
    graph: TravelGraph
    direction: Direction
    origin_index: pd.Index
    origin_ids: pd.Series
    origins: Snapped
    place_ids: pd.Series
    places: Snapped
    left_out: dict[Any, str]

    @classmethod
    def plan(
        cls,
        city: City,
        *,
        to: str | gpd.GeoDataFrame,
        profile: str | TravelProfile,
        direction: Direction,
        origins: gpd.GeoDataFrame | None,
    ) -> _Trip:
        if direction not in ("to", "from"):
            raise ParameterError(
                f"direction is {direction!r}",
                where="direction",
                mend="use 'to' (people travel to the places) or 'from'",
            )
        traveller = profiles.get(profile)
        places = city.places_named(to) if isinstance(to, str) else to
        place_xy = point_coordinates(places, city, where="to")
        place_ids = _ids(places)
        placed = np.isfinite(place_xy).all(axis=1)
        if not placed.any():
            said = "there is no place" if not len(places) else "no place has a position"
            raise InputError(said, where="to", mend="give at least one place with a point")
        if not place_ids.is_unique:
            raise InputError(
                f"the id {place_ids[place_ids.duplicated()].iloc[0]!r} stands twice",
                where="to",
                mend="give every place its own id",
            )
        points = city.residents if origins is None else origins
        origin_xy = point_coordinates(points, city, where="origins")
        graph = travel_graph(city.streets, traveller)
        here: snapping.Role = "start" if direction == "to" else "end"
        there: snapping.Role = "end" if direction == "to" else "start"
        return cls(
            city=city,
            graph=graph,
            direction=direction,
            origin_index=points.index,
            origin_ids=_ids(points),
            origins=snapping.snap(graph, origin_xy, role=here),
            place_ids=_named(place_ids, np.flatnonzero(placed)),
            places=snapping.snap(graph, place_xy[placed], role=there),
            left_out=dict.fromkeys(_named(place_ids, np.flatnonzero(~placed)), "no_position"),
        )

    @property
    def arcs(self) -> Any:
        return self.graph.inward if self.direction == "to" else self.graph.outward

    def along_common_edge(self) -> Pairs:
        """Join origins and places that stand on one edge, with the time along it."""
        from quartieri15.reach.kernels import Pairs

        order = np.argsort(self.places.edge, kind="stable").astype(np.int32)
        order = order[self.places.edge[order] >= 0]
        edges = self.places.edge[order]
        first = np.searchsorted(edges, self.origins.edge, side="left")
        number = np.searchsorted(edges, self.origins.edge, side="right") - first
        origin = np.repeat(np.arange(len(number), dtype=np.int32), number)
        nth = np.arange(len(origin)) - np.repeat(np.cumsum(number) - number, number)
        place = order[np.repeat(first, number) + nth]
        ends = [self.origins.fraction[origin], self.places.fraction[place]]
        if self.direction == "from":
            ends.reverse()
        seconds = snapping.along_edge_seconds(self.graph, self.origins.edge[origin], *ends)
        seconds += snapping.access_seconds(self.graph, self.origins)[origin]
        seconds += snapping.access_seconds(self.graph, self.places)[place]
        return Pairs(source=place, point=origin, seconds=seconds)

    def attrs(self, *, minutes: float | None) -> dict[str, Any]:
        """Return what a result must say of itself."""
        profile, source = self.graph.profile, self.city.provenance
        said = {
            place: snapping.STATUSES[status]
            for place, status in zip(self.place_ids.tolist(), self.places.status, strict=True)
        }
        return {
            "provenance": {
                "city": self.city.name,
                "profile": profile.name,
                "speed_kmh": profile.speed_kmh,
                "access_speed_kmh": profile.access_speed_kmh,
                "speed_source": profile.source,
                "minutes": minutes,
                "direction": self.direction,
                "places": len(self.place_ids),
                "vintages": dict(source.get("vintages", {})),
                "licence_line": source.get("licence_line", "not stated"),
            },
            "left_out": self.left_out
            | {place: what for place, what in said.items() if what == "no_street"},
            "place_status": {place: what for place, what in said.items() if what != "ok"},
            "place_snap_m": dict(
                zip(self.place_ids.tolist(), self.places.distance_m.tolist(), strict=True)
            ),
        }


def point_coordinates(table: gpd.GeoDataFrame, city: City, *, where: str) -> NDArray[np.float64]:
    """Return the coordinates of a table of points, NaN where a point is missing.

    Raises
    ------
    InputError
        If the table has no geometry, another CRS than the city, or other shapes than points.
    """
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(
            f"a {type(table).__name__} was given",
            where=where,
            mend="give a GeoDataFrame of points, or the name of a set of places",
        )
    require_same_crs(table, city.crs, where=where)
    points = table.geometry.array
    none = points.isna() | points.is_empty
    other = ~none & (points.geom_type != "Point")
    if other.any():
        row = table.index[other][0]
        raise InputError(
            f"the geometry is a {points.geom_type[other][0]}",
            where=f"{where}, row {row}",
            mend="give points, for example table.geometry.representative_point()",
        )
    xy = np.full((len(table), 2), np.nan)
    xy[~none] = shapely.get_coordinates(np.asarray(points)[~none])
    return xy


def _ids(table: gpd.GeoDataFrame) -> pd.Series:
    column = table["id"] if "id" in table.columns else table.index.to_series()
    ids = pd.Series(column.array)
    return ids.astype("Int64") if pd.api.types.is_integer_dtype(ids.dtype) else ids
