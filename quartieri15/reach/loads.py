"""Which street carries how many people on their quickest way to the nearest place.

Everyone goes to the place that :func:`~quartieri15.reach.times.travel_times` names, by the
quickest way. Where several ways are equally quick, to the last bit, one is chosen:

1. straight along one's own street, if the place stands on it;
2. else away from home by the beginning of the drawn line of that street before its end;
3. at each junction straight to the place, if it stands on a street there; else by a street
   that takes time before one that takes none, then by the one with the smallest index among
   ``city.streets.edges``.

The quickest ways to the nearest place form a forest: from a junction everyone goes on alike.
So people are added up from the leaves to the roots, and no way is ever written out. (This is
the assignment of all traffic to one shortest path, "all-or-nothing" in Y. Sheffi 1985, Urban
Transportation Networks, ch. 5; nobody is slowed down by the others.)
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.arguments import require_flag, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.plain_json import plain_json
from quartieri15.reach import snapping
from quartieri15.reach.times import REASONS, nearest_places
from quartieri15.reach.trips import Trips, limit_seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.times import Nearest
    from quartieri15.reach.trips import Direction, Origins


def street_loads(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float | None = None,
    group: str = "residents",
    direction: Direction = "to",
    origins: gpd.GeoDataFrame | None = None,
    by_place: bool = False,
) -> gpd.GeoDataFrame:
    """Tell how many people every street carries on their way to the nearest place.

    If everyone went once by the quickest way, so many would pass here: a measure of which
    streets matter most for getting there, not a count of traffic.

    Parameters
    ----------
    city
        The city.
    to
        The places: a name that :meth:`~quartieri15.model.city.City.places_named` knows, or
        a table of points in the city's CRS, whose column ``id`` (or index) names them.
    profile
        The traveller, or its name.
    minutes
        Only people who get there within this many minutes; at most a day. None for all who
        get there at all.
    group
        Who is counted: a group of the city, or a column of ``origins``.
    direction
        ``"to"``: people travel to the places. ``"from"``: from the places to the people.
    origins
        Points in the city's CRS with a column of that group; by default the city's
        residents.
    by_place
        Whether to tell people apart by the place they go to.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per street that anyone travels on, in the order of the streets; if
        ``by_place``, one per place and street, in the order of the places first.

        ``place_id``
            The place, if ``by_place``.
        ``edge_id``
            The index of the street in ``city.streets.edges``.
        ``people``
            Those who travel on the street, on all of it or on a part, each counted once.
            Who lives on it or goes to a place on it travels on a part of it; who stands at
            its very end does not travel on it.
        ``people_forward, people_backward``
            Those who travel on it from u to v, and from v to u. Someone who leaves home by a
            one-way street and comes back to a place on it stands in these twice.
        ``person_km``
            Kilometres that all of them together travel on it, parts of the street as parts.
            Divided by ``length_m / 1000``, the mean number of people along the street.
        ``length_m``
            Length of the whole street on the ground.
        ``geometry``
            The whole street, drawn from u to v.

        ``attrs`` as for :func:`~quartieri15.reach.times.travel_times`;
        ``attrs["people_served"]`` tells how many go to each place, also where no street is
        travelled on, and ``attrs["people_not_served"]`` how many get to none, by status.

        People at an address are expected values, fractions of people among them, and a
        street near its end carries those of a few addresses. The table is for analysis:
        round it as :mod:`quartieri15.publish.disclosure` does before it is shown.

    Raises
    ------
    ParameterError
        If ``minutes``, ``direction`` or ``group`` makes no sense.
    UnknownNameError
        If the name of the places, of the profile or of the group is unknown.
    InputError
        As for :func:`~quartieri15.reach.times.travel_times`, or if a number of people is
        missing, infinite or negative.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> loads = street_loads(milano, to="houses", profile="walk_75", group="over75")
    >>> served = sum(loads.attrs["people_served"].values())
    >>> not_served = sum(loads.attrs["people_not_served"].values())
    >>> bool(abs(served + not_served - milano.residents["over75"].sum()) < 1e-6)
    True
    """
    limit_s = limit_seconds(minutes)
    require_flag(by_place, where="by_place")
    trips = Trips.plan(city, to, profile=profile, direction=direction, where="to")
    people = trips.origins(origins)
    number = _numbers(city, origins, group)
    (found,) = nearest_places(trips, people, limit_s=limit_s)
    uses, arrived = _uses(trips, people, found, number)
    graph = trips.graph
    streets = len(graph.edge_ids)
    used = uses["edge"].to_numpy()
    keys, row = np.unique(
        used + (uses["place"].to_numpy() * streets if by_place else 0), return_inverse=True
    )
    count, forward = uses["people"].to_numpy(), uses["forward"].to_numpy()
    metres = uses["part"].to_numpy() * graph.length_m[used]
    edge = keys % streets
    columns: dict[str, Any] = {
        "edge_id": graph.edge_ids[edge],
        "people": _total(row, count * uses["first"].to_numpy(), len(keys)),
        "people_forward": _total(row, count * forward, len(keys)),
        "people_backward": _total(row, count * ~forward, len(keys)),
        "person_km": _total(row, count * metres, len(keys)) / 1000,
        "length_m": graph.length_m[edge],
    }
    if by_place:
        columns = {"place_id": trips.place_ids.take(keys // streets)} | columns
    loads = gpd.GeoDataFrame(columns, geometry=graph.lines.lines[edge], crs=city.crs)
    loads.attrs |= trips.attrs(minutes=minutes)
    loads.attrs["provenance"]["group"] = group
    loads.attrs["people_served"] = plain_json(dict(zip(trips.place_ids, arrived, strict=True)))
    none = found.place[:, 0] < 0
    lost = _total(found.status[none], number[none], len(REASONS))
    loads.attrs["people_not_served"] = {
        status: count for status, count in zip(REASONS, lost.tolist(), strict=True) if count
    }
    return loads


class _Forest(NamedTuple):
    """How everyone goes on from each node: over an edge to another node, or to the place.

    ``onward`` is the next node, -1 at a root; ``edge`` the street taken there, -1 where no
    place is reached. At a root ``place`` stands on that street, at ``part`` of it away.
    ``toward_v`` tells whether one leaves towards the end v of the street.
    """

    onward: NDArray[np.int64]
    edge: NDArray[np.int64]
    toward_v: NDArray[np.bool_]
    place: NDArray[np.int64]
    part: NDArray[np.float64]


def _uses(
    trips: Trips, people: Origins, found: Nearest, number: NDArray[np.float64]
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Tell who travels on which part of which street, and how many arrive at each place.

    The columns: ``people`` go to ``place`` on ``part`` of ``edge``, ``forward`` (from u to v)
    or not; ``first`` is false where the same people have been on the street before.
    """
    graph, points, places = trips.graph, people.on_streets, trips.places
    nodes = len(graph.node_ids)
    forest = _forest(trips, found)
    direct = trips.along_common_edge(people)
    straight = (direct.seconds == found.seconds[direct.point, 0]) & (
        direct.source == found.place[direct.point, 0]
    )
    near, there = direct.point[straight], direct.source[straight]
    ahead = places.fraction[there] - points.fraction[near]
    away = np.flatnonzero(found.place[:, 0] >= 0)
    away = np.setdiff1d(away, near, assume_unique=True)
    end = _ends(trips, people, found, forest, away)
    edge = points.edge[away]
    node = np.where(end == 0, graph.edge_u[edge], graph.edge_v[edge])
    left = np.where(end == 0, points.fraction[away], 1 - points.fraction[away])
    passing, root = _gathered(forest.onward, _total(node, number[away], nodes))
    goal = forest.place[root]
    # Whoever comes back to a place on the own street is on it for the second time.
    again = (forest.edge[root[node]] == edge) & (left > 0)
    twice = _total(root[node][again], number[away][again], nodes)
    on = {"edge": forest.edge, "place": goal, "part": forest.part, "forward": forest.toward_v}
    parts = [
        {"edge": points.edge[near], "place": there, "people": number[near]}
        | {"part": np.abs(ahead), "forward": ahead > 0},
        {"edge": edge, "place": goal[node], "people": number[away]}
        | {"part": left, "forward": end == 1},
        on | {"people": passing - twice},
        on | {"people": twice, "first": False},
    ]
    uses = pd.concat([pd.DataFrame({"first": True} | part) for part in parts])
    arrived = _total(there, number[near], len(places))
    arrived += _total(goal[node], number[away], len(places))
    uses = uses[(uses["part"] > 0) & (uses["people"] > 0)]
    if trips.direction == "from":
        uses = uses.assign(forward=~uses["forward"])
    return uses, arrived


def _total(
    index: NDArray[np.integer], weights: NDArray[np.float64], length: int
) -> NDArray[np.float64]:
    """Add weights up by index."""
    return np.bincount(index, weights, length).astype(np.float64)


def _ends(
    trips: Trips, people: Origins, found: Nearest, forest: _Forest, away: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Tell by which end people leave their street: 0 for u, 1 for v."""
    node, seconds = (column[away] for column in snapping.seeds(trips.graph, people.on_streets))
    quickest = (
        (node >= 0)
        & (found.node_s[node, 0] + seconds == found.seconds[away])
        & (found.node_place[node, 0] == found.place[away])
    )
    # Of two ends equally near, not the one from which the way leads back along the street.
    back = (forest.edge[node] == people.on_streets.edge[away, None]) & (forest.onward[node] >= 0)
    end: NDArray[np.intp] = np.argmax(quickest * 2 - back, axis=1)
    return end


def _forest(trips: Trips, found: Nearest) -> _Forest:
    """Choose from each node the one way on, by the rule of the module."""
    graph = trips.graph
    time, label = found.node_s[:, 0], found.node_place[:, 0]
    n = len(time)
    forest = _Forest(
        onward=np.full(n, -1),
        edge=np.full(n, -1),
        toward_v=np.zeros(n, dtype=bool),
        place=np.full(n, -1),
        part=np.ones(n),
    )
    # Straight to the place. Written backwards, because of several the first must stay.
    node, seconds = snapping.seeds(graph, trips.places)
    row = np.arange(len(node))[:, None]
    place, end = np.nonzero((node >= 0) & (time[node] == seconds) & (label[node] == row))
    place, end = place[::-1], end[::-1]
    root = node[place, end]
    fraction = trips.places.fraction[place]
    forest.edge[root] = trips.places.edge[place]
    forest.place[root] = place
    forest.toward_v[root] = end == 0
    forest.part[root] = np.where(end == 0, fraction, 1 - fraction)
    # Every street both ways: from its end v to u, and from u to v.
    from_u, from_v = graph.backward_s, graph.forward_s
    if trips.direction == "from":
        from_u, from_v = from_v, from_u
    m = len(graph.edge_ids)
    edge = np.repeat(np.arange(m), 2)
    tail = np.column_stack([graph.edge_v, graph.edge_u]).ravel()
    head = np.column_stack([graph.edge_u, graph.edge_v]).ravel()
    step = np.column_stack([from_u, from_v]).ravel()
    toward_v = np.tile([False, True], m)
    settled = forest.edge >= 0
    quickest = (time[head] + step == time[tail]) & np.isfinite(time[tail]) & ~settled[tail]
    way = np.flatnonzero(quickest & (tail != head))[::-1]

    def go(chosen: NDArray[np.intp]) -> None:
        forest.onward[tail[chosen]] = head[chosen]
        forest.edge[tail[chosen]] = edge[chosen]
        forest.toward_v[tail[chosen]] = toward_v[chosen]
        settled[tail[chosen]] = True

    alike = label[head[way]] == label[tail[way]]
    go(way[alike & (time[head[way]] < time[tail[way]])])
    # What is left lies at the end of streets that take no time; or rounding has made two
    # places equally near of which only one lies at the end of this way.
    while True:
        way = way[~settled[tail[way]]]
        known = way[settled[head[way]]]
        if not len(known):
            return forest
        alike = label[head[known]] == label[tail[known]]
        go(known[alike] if alike.any() else known)


def _gathered(
    onward: NDArray[np.int64], starting: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Add people up along a forest; return those who pass each node, and its root.

    Depths and roots are found by jumping twice as far each time; then people move on one
    node at a time, the farthest first.
    """
    root = np.where(onward >= 0, onward, np.arange(len(onward)))
    depth = (onward >= 0).astype(np.int64)
    while not np.array_equal(further := root[root], root):
        depth += depth[root]
        root = further
    passing = starting.copy()
    order = np.argsort(-depth, kind="stable")
    at = np.searchsorted(-depth[order], np.arange(-depth.max(initial=0), 1))
    for first, last in pairwise(at.tolist()):
        here = order[first:last]
        here = here[passing[here] > 0]
        np.add.at(passing, onward[here], passing[here])
    return passing, root


def _numbers(city: City, origins: gpd.GeoDataFrame | None, group: str) -> NDArray[np.float64]:
    """Return how many people of a group each origin stands for."""
    if not isinstance(group, str):
        raise ParameterError(f"group is {shown(group)}", where="group", mend="name one group")
    if origins is None:
        city.require_groups(group)
        return np.asarray(city.residents[group], dtype=np.float64)
    if group not in origins.columns:
        columns = [str(column) for column in origins.select_dtypes("number").columns]
        if not columns:
            raise UnknownNameError(
                f"there is no column {group!r}, nor any column of numbers",
                where="origins",
                mend="add a column of how many people each origin stands for, and name it as group",
            )
        raise UnknownNameError.among(group, columns, kind="group", where="origins")
    number = np.asarray(pd.to_numeric(origins[group], errors="coerce"), dtype=np.float64)
    bad = ~(np.isfinite(number) & (number >= 0))
    if bad.any():
        row = origins.index[bad][0]
        raise InputError(
            f"{origins[group][bad].iloc[0]!r} is no number of people",
            where=f"origins, row {row}, column {group}",
            mend="give a finite number, 0 or more",
        )
    return number
