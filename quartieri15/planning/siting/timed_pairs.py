"""Which candidate would be reached sooner than what is there, by whom, and in what time.

Every question of siting by time needs the same pairs: a residents point and a candidate that is
nearer than the nearest place kept. They are searched from the residents, each only as far as its
own nearest place, so that a city with many places asks for little.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.progress import quiet
from quartieri15.reach import snapping
from quartieri15.reach.times import nearest_places
from quartieri15.reach.trips import LIMIT_TOLERANCE_S, Trips, ids_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say

_AT_ONCE = 1024
"""Residents searched for in one go: their pairs are sifted before the next ones are asked for."""


@dataclass(frozen=True, eq=False, repr=False)
class TimedPairs:
    """People, the places they keep, and the candidates that would be nearer.

    Parameters
    ----------
    candidate_ids
        What the candidates are called, in the order of their table.
    point : (d,) int64
        Rows of the residents who count: those with somebody of the group.
    weight : (d,) float64
        People of the group at each.
    base_s : (d,) float64
        Seconds to the nearest place kept; infinite where there is none.
    indptr : (c + 1,) int64
        Where the pairs of each candidate begin. One that stands on no street has none.
    rows : (pairs,) int32
        Positions in ``point``.
    seconds : (pairs,) float64
        From that point to the candidate; below what was asked for.
    left_out
        Candidates without a position or a street, with the reason.
    provenance
        What was asked, in plain JSON.
    """

    candidate_ids: pd.Index
    point: NDArray[np.int64]
    weight: NDArray[np.float64]
    base_s: NDArray[np.float64]
    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    seconds: NDArray[np.float64]
    left_out: dict[Any, str]
    provenance: dict[str, Any]

    @property
    def people(self) -> float:
        """All people of the group."""
        return float(self.weight.sum())

    def nearest_s(self, chosen: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the seconds of each point once some candidates are open."""
        nearest = self.base_s.copy()
        for candidate in chosen:
            pairs = slice(self.indptr[candidate], self.indptr[candidate + 1])
            np.minimum.at(nearest, self.rows[pairs], self.seconds[pairs])
        return nearest

    def with_open(self, chosen: NDArray[np.integer]) -> TimedPairs:
        """Return the same once some candidates are among the places kept."""
        if not len(chosen):
            return self
        nearest = self.nearest_s(chosen)
        nearer = self.seconds < nearest[self.rows]
        counted = np.concatenate([[0], np.cumsum(nearer)])
        return dataclasses.replace(
            self,
            base_s=nearest,
            indptr=counted[self.indptr].astype(np.int64),
            rows=self.rows[nearer],
            seconds=self.seconds[nearer],
        )

    def __repr__(self) -> str:
        return (
            f"TimedPairs({len(self.candidate_ids):,} candidates, {len(self.point):,} points, "
            f"{len(self.rows):,} pairs)"
        )


def timed_pairs(
    city: City,
    candidates: gpd.GeoDataFrame,
    *,
    kept: gpd.GeoDataFrame | None,
    profile: str | TravelProfile,
    group: str,
    cap_s: float = np.inf,
    only_beyond_s: float = 0.0,
    say: Say = quiet,
) -> TimedPairs:
    """Find all pairs of residents and candidates that would be nearer than what is kept.

    Parameters
    ----------
    city
        The city.
    candidates : geopandas.GeoDataFrame
        Points in the city's CRS with unique ids.
    kept : geopandas.GeoDataFrame or None
        Places that stay open whatever is chosen; None for none.
    profile
        The traveller, or its name.
    group
        The group of people that counts.
    cap_s
        Pairs of more seconds than this are left out.
    only_beyond_s
        Only people farther than this from what is kept ask for pairs.
    say
        Told how far the work is.

    Returns
    -------
    TimedPairs

    Raises
    ------
    UnknownNameError, InputError
        As for :func:`~quartieri15.reach.times.travel_times`.
    """
    from scipy import sparse

    from quartieri15.reach import kernels

    group = city.require_group(group)
    say("putting the candidates on the streets")
    trips = Trips.plan(
        city, candidates, profile=profile, direction="to", where="candidates"
    ).on_streets()
    people = trips.origins(None)
    count = city.residents[group].to_numpy(dtype=np.float64)
    point = np.flatnonzero(count > 0)
    base_s = np.full(len(point), np.inf)
    if kept is not None and len(kept):
        there = Trips.plan(city, kept, profile=profile, direction="to", where="to")
        found = nearest_places(there, people)[0].seconds[point, 0]
        base_s = np.where(np.isnan(found), np.inf, found)
    graph = trips.graph
    attached = kernels.Attached.to_nodes(len(graph.node_ids), *snapping.seeds(graph, trips.places))
    node, node_s = snapping.seeds(graph, people.on_streets)
    common = trips.along_common_edge(people)
    by_point = np.argsort(common.point, kind="stable")
    common_point = common.point[by_point]
    reach_s = np.minimum(base_s, cap_s + LIMIT_TOLERANCE_S)
    asking = np.flatnonzero(base_s > only_beyond_s)
    # Those with the same reach ask together: a search goes as far as the farthest of them.
    asking = asking[np.argsort(reach_s[asking], kind="stable")]
    parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]] = []
    for first in range(0, len(asking), _AT_ONCE):
        say(f"times to the candidates, {first:,} of {len(asking):,} points")
        some = asking[first : first + _AT_ONCE]
        # Sources keep the order of their rows, so that pairs on a common edge are found.
        some = np.sort(some)
        here = np.searchsorted(point[some], common_point)
        here = np.minimum(here, len(some) - 1)
        mine = point[some][here] == common_point
        direct = kernels.Pairs(
            source=here[mine].astype(np.int32),
            point=common.source[by_point][mine].astype(np.int32),
            seconds=common.seconds[by_point][mine],
        )
        reached = kernels.points_within(
            graph.outward,
            node[point[some]],
            node_s[point[some]],
            attached=attached,
            direct=direct,
            limit_s=float(reach_s[some].max()),
        )
        start, candidate, seconds = reached.joined()
        row = np.repeat(some, np.diff(start)).astype(np.int32)
        nearer = (seconds <= cap_s + LIMIT_TOLERANCE_S) & (seconds < base_s[row])
        parts.append((candidate[nearer], row[nearer], seconds[nearer]))
    all_ids = ids_of(candidates, where="candidates")
    at = all_ids.get_indexer(trips.place_ids)
    shape = (len(all_ids), len(point))
    if parts:
        pairs = sparse.coo_matrix(
            (
                np.concatenate([part[2] for part in parts]),
                (
                    at[np.concatenate([part[0] for part in parts])],
                    np.concatenate([part[1] for part in parts]),
                ),
            ),
            shape=shape,
        ).tocsr()
        pairs.sort_indices()
    else:
        pairs = sparse.csr_matrix(shape)
    return TimedPairs(
        candidate_ids=all_ids,
        point=point,
        weight=count[point],
        base_s=base_s,
        indptr=pairs.indptr.astype(np.int64),
        rows=pairs.indices.astype(np.int32),
        seconds=pairs.data,
        left_out=trips.left_out,
        provenance=trips.attrs(minutes=None)["provenance"] | {"group": group},
    )
