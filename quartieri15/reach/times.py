"""Travel times: to the nearest places, to the next ones, and from everyone to everything.

A travel time is the leg between the starting point and the street, the rest of that street,
the quickest way between two junctions, the beginning of the last street, and the leg between
the street and the place. Where both points are on one street, the way along it counts too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from quartieri15.arguments import is_whole, require_flag, several, shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model.ids import require_same_kind
from quartieri15.plain_json import plain_json
from quartieri15.reach import snapping
from quartieri15.reach.trips import Trips, limit_seconds, positions_checksum, told_minutes

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.trips import Direction, Origins

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
    "all_closed": "every place is closed at that time",
    "unreachable": (
        "no way leads there by the streets this traveller may use, or no place is near a street "
        "(see left_out)"
    ),
    "no_street": f"no street of this traveller within {snapping.MAX_DISTANCE_M:g} m",
    "no_position": "the point has no geometry",
}
"""What the column ``status`` of travel times says, in words."""

MOST_PLACES: Final = 1000
"""As many nearest places as are told: two columns for each make a table nobody reads."""

Closed = Iterable[Hashable] | Mapping[Any, Iterable[Hashable]]
"""Ids of places that are closed, for the whole question or for each departure."""


def travel_times(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    direction: Direction = "to",
    minutes: float | None = None,
    k: int = 1,
    origins: gpd.GeoDataFrame | None = None,
    closed: Closed | None = None,
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
        How many places to tell per origin, nearest first; at most 1000. For more than about
        twenty, :func:`travel_time_matrix` is quicker.
    origins
        Points in the city's CRS; by default the city's residents.
    closed
        Ids of places nobody can use: a collection, or for several departures at once a
        mapping from each departure to those closed then, such as
        ``{"Mon 10:00": [], "Sun 10:00": ["CSRC-02"]}``. A departure may be named by anything
        that can be a key. Only departures that differ in what is closed are searched anew.

    Returns
    -------
    pandas.DataFrame
        One row per origin, in their order and with their index; for a mapping ``closed``
        one such block per departure, in the order of the mapping:

        - ``departure``: first, and only for a mapping ``closed``;
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
        ``attrs["places_checksum"]`` tells times to places that have moved since from these;
        ``attrs["reasons"]`` explains the statuses. Places closed throughout are left out
        (``closed``); for a mapping, ``attrs["closed"]`` lists those of each departure.

    Raises
    ------
    ParameterError
        If ``minutes``, ``k``, ``direction`` or ``closed`` makes no sense.
    UnknownNameError
        If the name of the places or of the profile is unknown, or an id in ``closed`` is not
        among the places.
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

    What if one house were closed on Sundays:

    >>> closed = {"Saturday": [], "Sunday": ["CSRC-02"]}
    >>> days = travel_times(milano, to="houses", profile="walk_75", closed=closed)
    >>> days.groupby("departure")["place_id"].nunique().to_dict()
    {'Saturday': 62, 'Sunday': 61}
    """
    limit_s = limit_seconds(minutes)
    require_count(k)
    trips = Trips.plan(city, to, profile=profile, direction=direction, where="to")
    people = trips.origins(origins)
    several = isinstance(closed, Mapping)
    shut = _closed_places(closed, trips)
    if not several:
        trips, shut = trips.without(shut[0]), shut[:, ~shut[0]]
    found = nearest_places(trips, people, k=k, closed=shut, limit_s=limit_s)
    seconds, place, status = (
        np.concatenate(parts) if several else parts[0]
        for parts in zip(*((one.seconds, one.place, one.status) for one in found), strict=True)
    )
    index, distance_m = people.index, people.on_streets.distance_m
    if several:
        blocks = np.tile(np.arange(len(people)), len(found))
        index, distance_m = index.take(blocks), distance_m[blocks]
    columns: dict[str, Any] = {}
    if isinstance(closed, Mapping):
        columns["departure"] = _departures(closed).repeat(len(people))
    columns |= {
        "minutes": told_minutes(seconds[:, 0], minutes),
        "place_id": _named_quickly(trips.place_ids, place[:, 0]),
        "status": pd.Categorical.from_codes(status, categories=pd.Index(REASONS)),
        # What was found of the points is remembered, and not given out of hand.
        "snap_distance_m": distance_m.copy(),
    }
    for j in range(1, k):
        there = j < seconds.shape[1]
        columns[f"minutes_{j + 1}"] = told_minutes(seconds[:, j], minutes) if there else np.nan
        none = np.full(len(place), -1)
        columns[f"place_id_{j + 1}"] = _named(trips.place_ids, place[:, j] if there else none).array
    # The columns are new, and need not be copied once more.
    times = pd.DataFrame(columns, index=index, copy=False)
    said = trips.attrs(minutes=minutes) | _told(closed, trips, shut)
    table = city.places_named(to) if isinstance(to, str) else to
    said["places_checksum"] = positions_checksum(table)
    times.attrs |= said | {"reasons": dict(REASONS)}
    return times


def travel_time_matrix(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    direction: Direction = "to",
    minutes: float | None = None,
    origins: gpd.GeoDataFrame | None = None,
    closed: Closed | None = None,
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
    closed
        As for :func:`travel_times`. All departures are answered by one search.
    dense
        Return origins × places instead of one row per pair.

    Returns
    -------
    pandas.DataFrame
        One row per pair reached: ``origin_id`` (the origin's ``id``, or its index where it
        has none), ``place_id``, ``minutes``; ordered as the origins, then as the places.
        If ``dense``: one row per origin with the index of the origins, one column per place
        that has a position and is not closed throughout, NaN where not reached.

        For a mapping ``closed`` one such block per departure, named in a first column
        ``departure``, or in a first level of the index if ``dense``; a place is not reached
        while it is closed.

        ``attrs`` as for :func:`travel_times`; ``attrs["origins_without_place"]`` counts the
        origins that reach no place, once for each departure at which they do not.

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
    require_flag(dense, where="dense")
    trips = Trips.plan(city, to, profile=profile, direction=direction, where="to")
    people = trips.origins(origins)
    several = isinstance(closed, Mapping)
    shut = _closed_places(closed, trips)
    if not several:
        trips, shut = trips.without(shut[0]), shut[:, ~shut[0]]
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
    order = np.argsort(origin, kind="stable")
    origin, place, seconds = origin[order], place[order], seconds[order]
    # Which pairs stand in the block of each departure, one block behind the other.
    block, pair = np.nonzero(~shut[:, place])
    origin, place, seconds = origin[pair], place[pair], seconds[pair]
    row = block * len(people) + origin
    if dense:
        table = np.full((len(shut) * len(people), len(trips.place_ids)), np.nan)
        table[row, place] = told_minutes(seconds, minutes)
        index = people.index
        if isinstance(closed, Mapping):
            departures = _departures(closed).repeat(len(people))
            origins_again = index.take(np.tile(np.arange(len(people)), len(shut)))
            index = pd.MultiIndex.from_arrays(
                [departures, origins_again], names=["departure", index.name]
            )
        matrix = pd.DataFrame(table, index=index, columns=trips.place_ids.rename("place_id"))
    else:
        columns: dict[str, Any] = {}
        if isinstance(closed, Mapping):
            columns["departure"] = _departures(closed).take(block)
        columns |= {
            "origin_id": _named(people.ids, origin),
            "place_id": _named(trips.place_ids, place),
            "minutes": told_minutes(seconds, minutes),
        }
        matrix = pd.DataFrame(columns)
    matrix.attrs |= trips.attrs(minutes=minutes) | _told(closed, trips, shut)
    matrix.attrs["origins_without_place"] = int(len(shut) * len(people) - len(np.unique(row)))
    return matrix


class Nearest(NamedTuple):
    """The nearest places of all nodes and origins.

    Parameters
    ----------
    node_s, node_place : (n, k)
        Seconds between each node and its nearest places, and their rows; -1 for none.
    seconds, place : (p, k)
        The same per origin; NaN and -1 for none.
    status : (p,)
        Position in :data:`REASONS`.
    """

    node_s: NDArray[np.float64]
    node_place: NDArray[np.int32]
    seconds: NDArray[np.float64]
    place: NDArray[np.int32]
    status: NDArray[np.intp]


def nearest_places(
    trips: Trips,
    people: Origins,
    *,
    k: int = 1,
    closed: NDArray[np.bool_] | None = None,
    limit_s: float = np.inf,
) -> list[Nearest]:
    """Find the nearest places of every node and origin, for several sets of closed places.

    Parameters
    ----------
    trips, people
        The places and the origins.
    k
        How many places.
    closed : (d, places) bool
        Which places are closed, one row per answer wanted. Rows that are alike are searched
        once: the search for all places at once takes less time than one that would keep the
        next places too, in case the nearest is closed.
    limit_s
        Leave out times above this.

    Returns
    -------
    list of Nearest
        One for each row of ``closed``.
    """
    from quartieri15.reach import kernels, updating

    if closed is None:
        closed = np.zeros((1, len(trips.place_ids)), dtype=bool)
    # Travelling to a place is searched from the place, against the direction of travel.
    place_node, place_s = snapping.seeds(trips.graph, trips.places)
    origin_node, origin_s = people.points.seeds(trips.graph, people.on_streets.role)
    direct = trips.along_common_edge(people)
    k = max(1, min(k, len(trips.place_ids)))

    def search(shut: NDArray[np.bool_]) -> Nearest:
        seed_node = np.where(shut[:, None], -1, place_node)
        if k == 1:
            node_s, node_place = updating.nearest(trips.graph, trips.arcs, seed_node, place_s)
        else:
            node_s, node_place = kernels.k_nearest(trips.arcs, seed_node, place_s, k=k)
        open_then = ~shut[direct.source]
        seconds, place = kernels.nearest_of_points(
            node_s,
            node_place,
            point_node=origin_node,
            point_s=origin_s,
            direct=kernels.Pairs(
                direct.source[open_then], direct.point[open_then], direct.seconds[open_then]
            ),
        )
        beyond = np.isfinite(seconds[:, 0]) & (seconds[:, 0] > limit_s)
        place[seconds > limit_s] = -1
        seconds[place < 0] = np.nan
        none = _ALL_CLOSED if shut.all() else _UNREACHABLE
        status = _codes(people.on_streets.status)
        lost = np.flatnonzero(~(seconds[:, 0] >= 0))
        standing = people.on_streets.status[lost], people.on_streets.edge[lost]
        status[lost] = np.select(
            [standing[1] >= 0, standing[0] == snapping.NO_POSITION],
            [np.where(beyond[lost], _BEYOND, none), _NO_POSITION],
            _NO_STREET,
        )
        return Nearest(node_s, node_place, seconds, place, status)

    once = {shut.tobytes(): shut for shut in closed}
    if len(once) == 1:
        found = {key: search(shut) for key, shut in once.items()}
    else:
        with ThreadPoolExecutor(kernels.available_cores()) as pool:
            found = dict(zip(once, pool.map(search, once.values()), strict=True))
    return [found[shut.tobytes()] for shut in closed]


def _closed_places(closed: Closed | None, trips: Trips) -> NDArray[np.bool_]:
    """Tell which places are closed: one row, or one per departure."""
    if isinstance(closed, Mapping):
        if not closed:
            raise ParameterError(
                "there is no departure",
                where="closed",
                mend="give at least one departure, or None if nothing is closed",
            )
        asked = {f"closed[{departure!r}]": ids for departure, ids in closed.items()}
    else:
        asked = {"closed": () if closed is None else closed}
    shut = np.zeros((len(asked), len(trips.place_ids)), dtype=bool)
    rows = {place: row for row, place in enumerate(trips.place_ids.tolist())}
    known = rows.keys() | trips.left_out.keys()
    for row, (where, ids) in enumerate(asked.items()):
        given = several(ids)
        if len(given) == 1 and given[0] is ids:
            raise ParameterError(
                f"{shown(ids)} is not a collection of ids",
                where=where,
                mend="give the ids of the closed places in a list",
            )
        if given and all(isinstance(place, int | str) for place in given):
            require_same_kind(given, list(known), where=where, known_where="the places")
        for place in given:
            if not isinstance(place, Hashable) or place not in known:
                names = sorted(map(str, known))
                raise UnknownNameError.among(place, names, kind="place", where=where)
            if place in rows:
                shut[row, rows[place]] = True
    return shut


def _departures(closed: Mapping[Any, Any]) -> pd.Index:
    """Return what the departures are called; a tuple is one name."""
    departures: pd.Index = pd.Index(list(closed), tupleize_cols=False)
    return departures


def _told(closed: Closed | None, trips: Trips, shut: NDArray[np.bool_]) -> dict[str, Any]:
    """Say which places are closed at which departure."""
    if not isinstance(closed, Mapping):
        return {}
    return {
        "closed": {
            str(departure): plain_json(trips.place_ids[row])
            for departure, row in zip(closed, shut, strict=True)
        }
    }


def require_count(k: object) -> None:
    """Refuse a number of places that is not a whole number above 0 and at most 1000."""
    if not is_whole(k) or k < 1:
        raise ParameterError(f"k is {shown(k)}", where="k", mend="ask for 1 place or more")
    if k > MOST_PLACES:
        raise ParameterError(
            f"k is {k!r}, more than {MOST_PLACES}",
            where="k",
            mend="use travel_time_matrix, which tells the times to all places",
        )


_ORDER = list(REASONS)
_BEYOND, _ALL_CLOSED, _UNREACHABLE, _NO_STREET, _NO_POSITION = (
    _ORDER.index(name)
    for name in ("beyond_minutes", "all_closed", "unreachable", "no_street", "no_position")
)


_OF_SNAPPING: Final = np.array([_ORDER.index(name) for name in snapping.STATUSES])


def _codes(status: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Turn the numbers of snapping into those of the column ``status``."""
    codes: NDArray[np.intp] = _OF_SNAPPING[status]
    return codes


def _named_quickly(ids: pd.Index, chosen: NDArray[np.integer]) -> Any:
    """Return the same as a column of a table has it.

    A table looks at every text before it takes them for texts; a few ids are looked at sooner.
    """
    known = ids.tolist()
    if ids.dtype == object and all(type(one) is str for one in known) and (chosen >= 0).any():
        return pd.Series(known).array.take(chosen, allow_fill=True)
    return _named(ids, chosen).array


def _named(ids: pd.Index, chosen: NDArray[np.integer]) -> pd.Series:
    """Return the ids of chosen rows, missing where -1 was chosen, in the type of the ids."""
    return pd.Series(ids.array.take(chosen, allow_fill=True), dtype=ids.dtype)
