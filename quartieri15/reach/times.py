"""Travel times: to the nearest places, to the next ones, and from everyone to everything.

A travel time is the leg between the starting point and the street, the rest of that street,
the quickest way between two junctions, the beginning of the last street, and the leg between
the street and the place. Where both points are on one street, the way along it counts too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.errors import ParameterError
from quartieri15.reach import snapping
from quartieri15.reach.trips import Trips, limit_seconds

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.trips import Direction

REASONS: dict[str, str] = {
    "ok": "reached",
    "far": f"reached; more than {snapping.FAR_M:g} m from the nearest street",
    "fragment_passed_over": (
        "reached; a street nearer than the one taken is not connected to the rest"
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
        reason; ``attrs["place_status"]`` those to be read with care; ``attrs["reasons"]``
        explains the statuses.

    Raises
    ------
    ParameterError
        If ``minutes``, ``k`` or ``direction`` makes no sense.
    UnknownNameError
        If the name of the places or of the profile is unknown.
    InputError
        If there is no place, none has a position, ids are not unique, a table is in another
        CRS than the city or holds other shapes than points, no street may be used, or there
        is no origin: a city of streets alone needs ``origins``.

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
    trips = Trips.plan(city, to, profile=profile, direction=direction, where="to")
    people = trips.origins(origins)
    # Travelling to a place is searched from the place, against the direction of travel.
    node_s, node_place = kernels.k_nearest(
        trips.arcs, *snapping.seeds(trips.graph, trips.places), k=min(k, len(trips.place_ids))
    )
    origin_node, origin_s = snapping.seeds(trips.graph, people.on_streets)
    seconds, place = kernels.nearest_of_points(
        node_s,
        node_place,
        point_node=origin_node,
        point_s=origin_s,
        direct=trips.along_common_edge(people),
    )
    beyond = np.isfinite(seconds[:, 0]) & (seconds[:, 0] > limit_s)
    place[seconds > limit_s] = -1
    seconds[place < 0] = np.nan
    status: NDArray[np.intp] = np.where(
        seconds[:, 0] >= 0,
        _codes(people.on_streets.status),
        np.select(
            [people.on_streets.edge >= 0, people.on_streets.status == snapping.NO_POSITION],
            [np.where(beyond, _BEYOND, _UNREACHABLE), _NO_POSITION],
            _NO_STREET,
        ),
    )
    columns: dict[str, Any] = {
        "minutes": seconds[:, 0] / 60,
        "place_id": _named(trips.place_ids, place[:, 0]).array,
        "status": pd.Categorical.from_codes(status, categories=pd.Index(REASONS)),
        "snap_distance_m": people.on_streets.distance_m,
    }
    for j in range(1, k):
        there = j < seconds.shape[1]
        columns[f"minutes_{j + 1}"] = seconds[:, j] / 60 if there else np.nan
        none = np.full(len(place), -1)
        columns[f"place_id_{j + 1}"] = _named(trips.place_ids, place[:, j] if there else none).array
    times = pd.DataFrame(columns, index=people.index)
    times.attrs |= trips.attrs(minutes=minutes) | {"reasons": dict(REASONS)}
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
    trips = Trips.plan(city, to, profile=profile, direction=direction, where="to")
    people = trips.origins(origins)
    attached = kernels.Attached.to_nodes(
        len(trips.graph.node_ids), *snapping.seeds(trips.graph, people.on_streets)
    )
    reached = kernels.points_within(
        trips.arcs,
        *snapping.seeds(trips.graph, trips.places),
        attached=attached,
        direct=trips.along_common_edge(people),
        limit_s=limit_s,
    )
    indptr, origin, seconds = reached.joined()
    place = np.repeat(np.arange(len(reached), dtype=np.int32), np.diff(indptr))
    if dense:
        table = np.full((len(people), len(trips.place_ids)), np.nan)
        table[origin, place] = seconds / 60
        matrix = pd.DataFrame(table, index=people.index, columns=trips.place_ids.rename("place_id"))
    else:
        order = np.argsort(origin, kind="stable")
        matrix = pd.DataFrame(
            {
                "origin_id": _named(people.ids, origin[order]),
                "place_id": _named(trips.place_ids, place[order]),
                "minutes": seconds[order] / 60,
            }
        )
    matrix.attrs |= trips.attrs(minutes=minutes)
    matrix.attrs["origins_without_place"] = int(len(people) - len(np.unique(origin)))
    return matrix


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


def _named(ids: pd.Index, chosen: NDArray[np.integer]) -> pd.Series:
    """Return the ids of chosen rows, missing where -1 was chosen, in the type of the ids."""
    return pd.Series(ids.array.take(chosen, allow_fill=True), dtype=ids.dtype)
