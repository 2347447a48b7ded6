"""Whom a new place would bring within reach: the sets that every question of siting is about.

A new place at a candidate's position covers the people who are within some minutes of it, and
who are not within those minutes of a place that is there already. Those people are the rows of an
instance, the candidates its sets. Residents points that the same candidates cover are one row.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd

from quartieri15.analysis.coverage import require_minutes
from quartieri15.arguments import is_whole, require_numbers, several, shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import places_there, require_city
from quartieri15.plain_json import plain_json
from quartieri15.reach import snapping
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import Trips, ids_of, in_time, limit_seconds, point_coordinates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

COVERED_BY_KEPT: Final = -1
OUT_OF_REACH: Final = -2
NOBODY: Final = -3
"""What ``row_of_point`` says of a point that is in no row."""

MOST_PAIRS: Final = 600_000_000
"""As many pairs of candidate and point as are kept: 2.4 GB, and twice that while merging."""

_AT_ONCE: Final = 4096
"""Candidates searched from before their seconds are let go of."""


@dataclass(frozen=True, eq=False, repr=False)
class CoverInstance:
    """Weighted rows, and for each candidate the rows it covers.

    Parameters
    ----------
    weight : (d,) float64
        People of each row, all above 0.
    indptr : (c + 1,) int64
        Candidate ``i`` covers ``rows[indptr[i]:indptr[i + 1]]``.
    rows : (pairs,) int32
        Rows, ascending within a candidate.
    candidate_ids
        What the candidates are called.
    covered_by_kept
        People within reach of the places that stay, who are in no row.
    out_of_reach
        People whom neither a place that stays nor any candidate covers, who are in no row.
    row_of_point : (points,) int32
        The row of each residents point; :data:`COVERED_BY_KEPT`, :data:`OUT_OF_REACH` or
        :data:`NOBODY` (none of the group lives there) for those in no row.
    provenance
        What was asked, of which city, and what was left out.
    """

    weight: NDArray[np.float64]
    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    candidate_ids: pd.Index
    covered_by_kept: float = 0.0
    out_of_reach: float = 0.0
    row_of_point: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        weight: ArrayLike,
        covers: Sequence[Iterable[int]],
        *,
        candidate_ids: Sequence[Hashable] | None = None,
    ) -> Self:
        """Make an instance of sets written by hand, or made elsewhere.

        Parameters
        ----------
        weight
            People of each row, finite and not negative.
        covers
            The rows of each candidate, as positions in ``weight``.
        candidate_ids
            What the candidates are called; 0, 1, ... when left out.

        Returns
        -------
        CoverInstance
            With the rows as given: none is merged, those without people or candidate stay.

        Raises
        ------
        ParameterError
            If a weight is no number, negative or infinite, a row is not among the weights, or
            the ids are not as many as the candidates or stand twice.

        Examples
        --------
        >>> town = CoverInstance.of([30, 20, 10], [[0, 1], [1, 2]], candidate_ids=["a", "b"])
        >>> town.gain([0]), town.gain([0, 1])
        (50.0, 60.0)
        """
        people = require_numbers(weight, where="weight")
        if people.ndim != 1 or not np.isfinite(people).all() or (people < 0).any():
            raise ParameterError(
                f"weight is {shown(weight)}",
                where="weight",
                mend="give one number per row, finite and not negative",
            )
        indptr, rows = _listed(covers, len(people))
        ids: pd.Index = pd.RangeIndex(len(indptr) - 1)
        if candidate_ids is not None:
            ids = pd.Index(several(candidate_ids), tupleize_cols=False)
            named = all(isinstance(name, Hashable) for name in ids)
            if not named or len(ids) != len(indptr) - 1 or not ids.is_unique:
                raise ParameterError(
                    f"these are no {len(indptr) - 1} different ids: {shown(candidate_ids)}",
                    where="candidate_ids",
                    mend="give every candidate its own id",
                )
        return cls(people, indptr, rows, ids)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def __repr__(self) -> str:
        return (
            f"CoverInstance({len(self):,} candidates, {len(self.weight):,} rows of "
            f"{self.weight.sum():,.1f} people, {len(self.rows):,} pairs)"
        )

    @property
    def population(self) -> float:
        """All people of the group: in rows, covered already, and out of reach."""
        return float(self.weight.sum() + self.covered_by_kept + self.out_of_reach)

    @cached_property
    def by_row(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The candidates of each row, ascending: ``indptr`` and candidates."""
        from quartieri15.planning.siting import kernels

        turned: tuple[NDArray[np.int64], NDArray[np.int32]] = kernels.transposed(
            self.indptr, self.rows, len(self.weight)
        )
        return turned

    def rows_of(self, candidate: int) -> NDArray[np.int32]:
        """Return the rows that a candidate, given by its position, covers.

        Raises
        ------
        ParameterError
            If there is no candidate at that position.
        """
        if not is_whole(candidate) or not 0 <= candidate < len(self):
            raise ParameterError(
                f"{shown(candidate)} is no candidate",
                where="candidate",
                mend=f"give a position from 0 to {len(self) - 1}; positions(ids) tells it",
            )
        return self.rows[self.indptr[candidate] : self.indptr[candidate + 1]]

    def gain(self, chosen: Iterable[int]) -> float:
        """Return the people whom some candidates, given by their positions, cover together.

        Raises
        ------
        ParameterError
            If there is no candidate at one of the positions.
        """
        covered = np.zeros(len(self.weight), dtype=bool)
        for candidate in several(chosen):
            covered[self.rows_of(candidate)] = True
        return float(self.weight[covered].sum())

    def gains(self) -> NDArray[np.float64]:
        """Return the people whom each candidate would cover alone."""
        return np.add.reduceat(np.append(self.weight[self.rows], 0.0), self.indptr[:-1]) * (
            np.diff(self.indptr) > 0
        )

    def positions(self, ids: Iterable[Hashable], *, where: str) -> NDArray[np.int64]:
        """Return the positions of candidates by their ids.

        Raises
        ------
        UnknownNameError
            If an id is not among the candidates; the nearest ones are suggested.
        """
        wanted = several(ids)
        known = {name: i for i, name in enumerate(self.candidate_ids.tolist())}
        at = []
        for name in wanted:
            try:
                at.append(known[name])
            except (KeyError, TypeError):
                raise UnknownNameError.among(
                    name, map(str, known), kind="candidate", where=where
                ) from None
        return np.array(sorted(set(at)), dtype=np.int64)


def cover_instance(
    city: City,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    candidates: str | gpd.GeoDataFrame | None = None,
    keep: Iterable[Hashable] | None = None,
    apart: ArrayLike | None = None,
) -> CoverInstance:
    """Tell whom each candidate would newly cover.

    A place at a candidate's position is put on the streets as every place is, with the leg
    between the street and its door. People count if they get there within the minutes, by the
    rule of :func:`~quartieri15.analysis.coverage.coverage`: the people a candidate gains here are
    those by whom the coverage grows when a place opens there.

    Parameters
    ----------
    city
        The city.
    to
        The places that are there: the name of a set (``"houses"``, ``"wemi"``, ...) or a table.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    group
        Who counts, for example ``"over65"``.
    candidates
        Where a new place could be: a table of points, or the name of a set of places. By
        default every address of the residents.
    keep
        Ids of the places of ``to`` that stay; all when left out, none for ``()``.
    apart
        One value per residents point (a zone, for example). Points of different values are
        never merged into one row; a missing value is a value of its own.

    Returns
    -------
    CoverInstance
        Candidates in the order of their table. One without position or street covers nobody and
        is counted in ``provenance["candidates_without_street"]``.

    Raises
    ------
    ParameterError
        If ``minutes`` makes no sense, ``apart`` has not one value per residents point, or more
        pairs than :data:`MOST_PAIRS` would have to be kept.
    UnknownNameError
        If the profile, the places, the group or an id in ``keep`` is not known.
    InputError
        If a table is not one of points in the city's CRS, an id stands twice, or the city has no
        residents.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> instance = cover_instance(
    ...     milano, profile="walk_75", candidates=milano.residents.iloc[::100]
    ... )
    >>> len(instance), bool((instance.gains() <= instance.weight.sum()).all())
    (477, True)

    Of the whole city nobody is lost:

    >>> bool(abs(instance.population - milano.residents["over65"].sum()) < 1e-6)
    True
    """
    require_city(city)
    traveller = profiles.get(profile)
    residents = city.require_residents()
    limit_s = limit_seconds(require_minutes(minutes))
    named = city.require_group(group)
    people = residents[named].to_numpy(dtype=np.float64)
    label = _labels(apart, len(residents))
    label_of_places, kept = _kept_places(city, to, keep)
    table = residents if candidates is None else candidates
    if isinstance(table, str):
        table = city.places_named(table)
    trips = Trips.plan(city, table, profile=traveller, direction="to", where="candidates")
    all_ids = ids_of(table, where="candidates")
    covered = np.zeros(len(residents), dtype=bool)
    if len(kept):
        times = travel_times(city, to=kept, profile=traveller)
        covered = in_time(times["minutes"].to_numpy(), float(minutes))
    wanted = np.flatnonzero(~covered & (people > 0))
    trips = trips.on_streets()
    at = all_ids.get_indexer(trips.place_ids)
    indptr, members = _pairs(trips, residents.iloc[wanted], at, len(all_ids), limit_s)
    merged = merge_rows(indptr, members, label[wanted], len(wanted))
    there = merged.number >= 0
    weight = np.zeros(merged.size)
    np.add.at(weight, merged.number[there], people[wanted][there])
    row_of_point = np.where(covered, COVERED_BY_KEPT, NOBODY).astype(np.int32)
    row_of_point[wanted] = np.where(there, merged.number, OUT_OF_REACH)
    provenance = {
        **city.provenance,
        **trips.attrs(minutes=float(minutes))["provenance"],
        "group": named,
        "places": label_of_places,
        "places_kept": len(kept),
        "candidates": len(all_ids),
        "candidates_without_street": len(all_ids) - len(at),
    }
    return CoverInstance(
        weight=weight,
        indptr=merged.indptr,
        rows=merged.rows,
        candidate_ids=all_ids,
        covered_by_kept=float(people[covered].sum()),
        out_of_reach=float(people[wanted][~there].sum()),
        row_of_point=row_of_point,
        provenance=plain_json(provenance),
    )


def _labels(apart: ArrayLike | None, points: int) -> NDArray[np.int64]:
    if apart is None:
        return np.zeros(points, dtype=np.int64)
    values = apart if isinstance(apart, pd.Series | pd.Index) else pd.Index(several(apart))
    if len(values) != points:
        raise ParameterError(
            f"apart has {len(values)} values for {points} residents points",
            where="apart",
            mend="give one value per row of city.residents",
        )
    try:
        codes, _ = pd.factorize(values)
    except TypeError:
        raise ParameterError(
            f"apart is {shown(apart)}", where="apart", mend="give texts or numbers"
        ) from None
    return codes.astype(np.int64)


def _kept_places(
    city: City, to: str | gpd.GeoDataFrame, keep: Iterable[Hashable] | None
) -> tuple[str, gpd.GeoDataFrame]:
    """Return what the places are called, and those that stay."""
    if isinstance(to, str):
        some = keep is None and len(city.places) > 0
        name = to
        table = places_there(city, to, where="to") if some else city.places_named(to)
    else:
        name, table = f"{len(to) if isinstance(to, pd.DataFrame) else 0} places", to
    point_coordinates(table, city, where="to")
    ids = ids_of(table, where="to")
    if keep is None:
        return name, table
    wanted = several(keep)
    if len(wanted) == 1 and wanted[0] is keep:
        raise ParameterError(
            f"{shown(keep)} is not a collection of ids",
            where="keep",
            mend="give the ids of the places that stay in a list",
        )
    known = set(ids.tolist())
    for place in wanted:
        try:
            there = place in known
        except TypeError:
            there = False
        if not there:
            raise UnknownNameError.among(place, map(str, known), kind="place", where="keep")
    return name, table[ids.isin(wanted)]


def _pairs(
    trips: Trips,
    points: gpd.GeoDataFrame,
    at: NDArray[np.intp],
    candidates: int,
    limit_s: float,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the points within the limit of each candidate, as positions."""
    from quartieri15.reach import kernels

    number = np.zeros(candidates + 1, dtype=np.int64)
    if not len(points) or not len(at):
        return number, np.empty(0, dtype=np.int32)
    origins = trips.origins(points)
    attached = kernels.Attached.to_nodes(
        len(trips.graph.node_ids), *snapping.seeds(trips.graph, origins.on_streets)
    )
    direct = trips.along_common_edge(origins)
    node, seconds = snapping.seeds(trips.graph, trips.places)
    # Neighbours are searched from one after the other, so that the streets stay at hand.
    turns = np.argsort(node.max(axis=1), kind="stable")
    parts: list[Any] = [None] * candidates
    nothing = np.empty(0, dtype=np.int32)
    total = 0
    place_turn = np.empty(len(turns), dtype=np.int64)
    place_turn[turns] = np.arange(len(turns))
    turn_of_pair = place_turn[direct.source]
    for start in range(0, len(turns), _AT_ONCE):
        block = turns[start : start + _AT_ONCE]
        here = np.flatnonzero((turn_of_pair >= start) & (turn_of_pair < start + len(block)))
        reached = kernels.points_within(
            trips.arcs,
            node[block],
            seconds[block],
            attached=attached,
            direct=kernels.Pairs(
                (turn_of_pair[here] - start).astype(np.int32),
                direct.point[here],
                direct.seconds[here],
            ),
            limit_s=limit_s,
        )
        for i, (what, _) in zip(at[block].tolist(), reached, strict=True):
            # A copy: what a thread collects for several sources is one array.
            parts[i] = what.copy()
            number[i + 1] = len(what)
            total += len(what)
        if total > MOST_PAIRS:
            raise ParameterError(
                f"more than {MOST_PAIRS:,} pairs of candidate and address are within "
                f"{limit_s / 60:g} minutes",
                where="candidates",
                mend="give fewer candidates, or fewer minutes",
            )
    np.cumsum(number, out=number)
    return number, np.concatenate([nothing if part is None else part for part in parts])


@dataclass(frozen=True, eq=False)
class Merged:
    """Rows of which no two are covered by the same candidates.

    Parameters
    ----------
    size
        How many rows.
    indptr, rows
        The rows of each candidate, ascending.
    number
        The row of each member; -1 for one that no candidate covers.
    """

    size: int
    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    number: NDArray[np.int32]


def merge_rows(
    indptr: NDArray[np.int64],
    members: NDArray[np.int32],
    label: NDArray[np.int64],
    size: int,
) -> Merged:
    """Make one row of members that have one label and are covered by the same candidates.

    Whether two are alike is found by fingerprints and then proven, candidate by candidate.

    Parameters
    ----------
    indptr, members
        Candidate ``i`` covers ``members[indptr[i]:indptr[i + 1]]``.
    label
        Members of different labels stay apart.
    size
        How many members there are.
    """
    from quartieri15.planning.siting import kernels

    by_member, candidates = kernels.transposed(indptr, members, size)
    prints = kernels.fingerprints(by_member, candidates)
    covered = np.flatnonzero(np.diff(by_member) > 0)
    order = covered[np.lexsort([prints[covered], label[covered]])]
    alike = kernels.numbered_alike(order, label, by_member, candidates, size)
    # Rows are numbered in the order of their first members: neighbours stay neighbours.
    number = np.full(size, -1, dtype=np.int32)
    _, first, inverse = np.unique(alike[covered], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    number[covered] = rank[inverse]
    one = np.sort(covered[first])
    kept = kernels.chosen_lists(by_member, candidates, one)
    back_at, rows = kernels.transposed(*kept, len(indptr) - 1)
    return Merged(len(one), back_at, rows, number)


def _listed(
    covers: Sequence[Iterable[int]], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return sets as lists one behind the other, ascending, or say which row is none."""
    sets = []
    for i, cover in enumerate(several(covers)):
        wanted = several(cover)
        for row in wanted:
            if not is_whole(row) or not 0 <= row < size:
                raise ParameterError(
                    f"{shown(row)} is no row",
                    where=f"covers[{i}]",
                    mend=f"give whole numbers from 0 to {size - 1}",
                )
        sets.append(np.unique(np.array(wanted, dtype=np.int32)))
    indptr = np.zeros(len(sets) + 1, dtype=np.int64)
    np.cumsum([len(cover) for cover in sets], out=indptr[1:])
    return indptr, np.concatenate(sets) if sets else np.empty(0, dtype=np.int32)
