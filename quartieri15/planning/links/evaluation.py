"""What a link would change, exactly: the time of everyone to the nearest place.

A link only ever makes ways shorter. So the times of a city without it are right but for those
that it improves, and these are found by one search that begins at the ends of the link and goes
on only where it improves a time. The result is what a search of the whole city with the link in
it would give, at the cost of the streets it concerns; where the end of a link is not nearer to a
place than its other end by more than the link takes, that is nothing at all.

(The decrease-only case of G. Ramalingam, T. Reps 1996, An incremental algorithm for a
generalization of the shortest-path problem, Journal of Algorithms 21(2):267-305.)
"""

from __future__ import annotations

import heapq
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np

from quartieri15.reach import kernels
from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from quartieri15.planning.links.dividing import DividedStreets
    from quartieri15.reach.trips import Origins, Trips

MOST_COUNTED_S: Final = 3600.0
"""Time beyond an hour is not counted as saved: nobody walks so far to a house in the quarter."""

_AT_ONCE: Final = 64


class Changes(NamedTuple):
    """What each link adds to the streets: arcs, and shorter ways onto them.

    The arcs of link ``i`` stand at ``arc_at[i]:arc_at[i + 1]``, and so on.

    Parameters
    ----------
    tail, head, arc_s
        Arcs in the direction of travel, and their seconds.
    source_node, source_s
        From nodes to places that stand on a street made quicker.
    point, point_node, point_s
        From people who live on a street made quicker to its nodes.
    direct, direct_s
        From people to places, both on one such street, along it.
    """

    arc_at: NDArray[np.int64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    arc_s: NDArray[np.float64]
    source_at: NDArray[np.int64]
    source_node: NDArray[np.int32]
    source_s: NDArray[np.float64]
    point_at: NDArray[np.int64]
    point: NDArray[np.int32]
    point_node: NDArray[np.int32]
    point_s: NDArray[np.float64]
    direct_at: NDArray[np.int64]
    direct: NDArray[np.int32]
    direct_s: NDArray[np.float64]

    def __repr__(self) -> str:
        return f"Changes({len(self.arc_at) - 1} links, {len(self.tail)} arcs)"


class Gains(NamedTuple):
    """What sets of links give, one value per set.

    Parameters
    ----------
    gained
        People who come within the limit.
    saved_s
        Seconds saved, summed over people; time beyond :data:`MOST_COUNTED_S` does not count.
    quicker
        People whose time falls at all.
    """

    gained: NDArray[np.float64]
    saved_s: NDArray[np.float64]
    quicker: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Situation:
    """Times to the nearest place, with some links in place.

    Parameters
    ----------
    node_s : (nodes,) float64
        Seconds from each node, infinite where there is no way.
    point_s : (points,) float64
        The same from each residents point.
    links
        Rows of the links that are in place.
    """

    node_s: NDArray[np.float64]
    point_s: NDArray[np.float64]
    links: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything needed to say what links would change.

    Parameters
    ----------
    streets
        The streets, cut at the ends of all links.
    changes
        What each link adds.
    attached
        People on the nodes.
    weight
        People at each residents point.
    limit_s
        The limit within which people count as covered, in seconds.
    now
        The times without any link.
    """

    streets: DividedStreets
    changes: Changes
    attached: kernels.Attached
    weight: NDArray[np.float64]
    limit_s: float
    now: Situation

    @classmethod
    def of(
        cls,
        trips: Trips,
        people: Origins,
        *,
        streets: DividedStreets,
        changes: Changes,
        weight: NDArray[np.float64],
        limit_s: float,
    ) -> Self:
        """Search the city without links.

        Parameters
        ----------
        trips, people
            The places and the residents on the streets of ``streets.graph``.
        streets, changes, weight, limit_s
            As for the class.
        """
        node_s, _ = kernels.nearest(streets.inward, *streets.seeds(trips.places))
        point_node, point_s = streets.seeds(people.on_streets)
        told = np.append(node_s, np.inf)
        best = (told[point_node] + point_s).min(axis=1)
        pairs = trips.along_common_edge(people)
        np.minimum.at(best, pairs.point, pairs.seconds)
        return cls(
            streets=streets,
            changes=changes,
            attached=kernels.Attached.to_nodes(streets.nodes, point_node, point_s),
            weight=weight,
            limit_s=limit_s,
            now=Situation(node_s, best),
        )

    def gains(
        self,
        sets: Sequence[Sequence[int]],
        *,
        given: Situation | None = None,
        said: Callable[[int], None] | None = None,
    ) -> Gains:
        """Tell what each set of links gives, on top of a situation.

        Parameters
        ----------
        sets
            Rows of links, one sequence per set.
        given
            The situation they are added to; :attr:`now` by default.
        said
            Told now and then how many sets are done.

        Returns
        -------
        Gains
        """
        given = given or self.now
        at = np.zeros(len(sets) + 1, dtype=np.int64)
        np.cumsum([len(given.links) + len(one) for one in sets], out=at[1:])
        rows = np.array([row for one in sets for row in (*given.links, *one)], dtype=np.int64)
        gains = Gains(*(np.zeros(len(sets)) for _ in Gains._fields))
        todo = iter(range(0, len(sets), _AT_ONCE))
        asking = threading.get_ident()

        def work() -> None:
            times = given.node_s.copy(), given.point_s.copy()
            try:
                for begin in todo:
                    stop = min(begin + _AT_ONCE, len(sets))
                    some = Gains(*(column[begin:stop] for column in gains))
                    self._try((at[begin : stop + 1], rows), given, times, some)
                    # Whoever is told hears it from the thread that asked.
                    if said is not None and threading.get_ident() == asking:
                        said(stop)
            except BaseException:
                # Whoever shares the work stops too.
                for _ in todo:
                    pass
                raise

        kernels.work_together(work, min(kernels.available_cores(), -(-len(sets) // _AT_ONCE)))
        return gains

    def after(self, links: Sequence[int], given: Situation | None = None) -> Situation:
        """Return the situation with some links added for good."""
        given = given or self.now
        times = given.node_s.copy(), given.point_s.copy()
        rows = np.array([*given.links, *links], dtype=np.int64)
        none = Gains(*(np.zeros(1) for _ in Gains._fields))
        self._try((np.array([0, len(rows)]), rows), given, times, none, keep=True)
        return Situation(*times, tuple(rows.tolist()))

    def _try(
        self,
        sets: tuple[NDArray[np.int64], NDArray[np.int64]],
        given: Situation,
        times: tuple[NDArray[np.float64], NDArray[np.float64]],
        gains: Gains,
        *,
        keep: bool = False,
    ) -> None:
        inward, attached = self.streets.inward, self.attached
        _try_sets(
            (inward.indptr, inward.head, inward.cost),
            (attached.indptr, attached.point, attached.seconds),
            tuple(self.changes),
            sets,
            times,
            (given.node_s, given.point_s),
            (self.weight, self.limit_s, MOST_COUNTED_S),
            tuple(gains),
            keep,
        )


@compiled
def _relax(network, node_s, given_s, queue, quicker_nodes):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Let improved times spread as far as they improve others; note where they do."""
    indptr, head, cost = network
    while len(queue) > 0:
        seconds, node = heapq.heappop(queue)
        if seconds > node_s[node]:
            continue
        for arc in range(indptr[node], indptr[node + 1]):
            there = head[arc]
            longer = seconds + cost[arc]
            if longer < node_s[there]:
                if node_s[there] == given_s[there]:
                    quicker_nodes.append(there)
                node_s[there] = longer
                heapq.heappush(queue, (longer, there))


@compiled
def _try_sets(network, attached, changes, sets, times, given, counting, gains, keep):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917, PLR0915, PLR0912, C901
    """Add each set of links in turn, count who gains, and take it away again.

    ``network`` holds arcs by head, against the direction of travel. ``times`` come in as those
    ``given``, and go out so unless they are to be kept.
    """
    attached_at, attached_point, attached_s = attached
    arc_at, tail, head, arc_s = changes[:4]
    source_at, source_node, source_s = changes[4:7]
    point_at, point, point_node, point_extra_s = changes[7:11]
    direct_at, direct, direct_s = changes[11:14]
    at, rows = sets
    node_s, point_s = times
    given_node_s, given_point_s = given
    weight, limit_s, most_s = counting
    gained, saved_s, quicker = gains
    # What a list holds is told by its first value.
    queue = [(0.0, np.int32(0))]
    nodes = [np.int32(0)]
    people = [np.int32(0)]
    for one in range(len(at) - 1):
        queue.clear()
        nodes.clear()
        people.clear()
        for i in range(at[one], at[one + 1]):
            row = rows[i]
            for j in range(source_at[row], source_at[row + 1]):
                node = source_node[j]
                if source_s[j] < node_s[node]:
                    if node_s[node] == given_node_s[node]:
                        nodes.append(node)
                    node_s[node] = source_s[j]
                    heapq.heappush(queue, (source_s[j], node))
        _relax(network, node_s, given_node_s, queue, nodes)
        # A time improved through one arc may improve another through the next: until none does.
        more = True
        while more:
            more = False
            for i in range(at[one], at[one + 1]):
                row = rows[i]
                for j in range(arc_at[row], arc_at[row + 1]):
                    node = tail[j]
                    longer = node_s[head[j]] + arc_s[j]
                    if longer < node_s[node]:
                        more = True
                        if node_s[node] == given_node_s[node]:
                            nodes.append(node)
                        node_s[node] = longer
                        heapq.heappush(queue, (longer, node))
            _relax(network, node_s, given_node_s, queue, nodes)
        for node in nodes:
            for j in range(attached_at[node], attached_at[node + 1]):
                who = attached_point[j]
                longer = node_s[node] + attached_s[j]
                if longer < point_s[who]:
                    if point_s[who] == given_point_s[who]:
                        people.append(who)
                    point_s[who] = longer
        for i in range(at[one], at[one + 1]):
            row = rows[i]
            for j in range(point_at[row], point_at[row + 1]):
                who = point[j]
                longer = node_s[point_node[j]] + point_extra_s[j]
                if longer < point_s[who]:
                    if point_s[who] == given_point_s[who]:
                        people.append(who)
                    point_s[who] = longer
            for j in range(direct_at[row], direct_at[row + 1]):
                who = direct[j]
                if direct_s[j] < point_s[who]:
                    if point_s[who] == given_point_s[who]:
                        people.append(who)
                    point_s[who] = direct_s[j]
        for who in people:
            before, after = given_point_s[who], point_s[who]
            quicker[one] += weight[who]
            if after <= limit_s < before:
                gained[one] += weight[who]
            saved_s[one] += weight[who] * (min(before, most_s) - min(after, most_s))
        if keep:
            continue
        for who in people:
            point_s[who] = given_point_s[who]
        for node in nodes:
            node_s[node] = given_node_s[node]
