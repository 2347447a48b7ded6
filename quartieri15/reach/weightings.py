"""How travellers weigh streets: who weighs them alike, and what each street is to all of them.

Who may use an edge, at what pace, and whether it belongs to the main part of the network is one
number, its *use*; travellers whose seconds are in the same proportion to the length on every edge
share a *weighting*, and differ by their speed alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from quartieri15.errors import ParameterError
from quartieri15.reach.graph import travel_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from quartieri15.model.profiles import TravelProfile
    from quartieri15.model.streets import StreetNetwork

_FACTOR_DECIMALS: Final = 9
"""Paces that agree to so many decimals are the same; what differs later is rounding."""


@dataclass(frozen=True, eq=False)
class Weighting:
    """How travellers who differ by their speed alone weigh the streets.

    A way costs its length in millimetres, times the factor of its use; divided by the speed that
    is a time.

    Parameters
    ----------
    name
        That of the first of its travellers.
    travellers
        Who weighs the streets so.
    forward, backward : (uses,) float64
        Times as long as at the traveller's own speed an edge takes from u to v and from v to u;
        infinite where that is not allowed.
    leaves_main, enters_main : (uses,) bool
        Whether points may be put on the edge to start or to end a journey, because it is tied to
        the main part of the network.
    leg_factor
        The same for the leg between a point and its street.
    """

    name: str
    travellers: tuple[TravelProfile, ...]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    leaves_main: NDArray[np.bool_]
    enters_main: NDArray[np.bool_]
    leg_factor: float


class Uses(NamedTuple):
    """The uses that travellers make of streets.

    Parameters
    ----------
    weightings
        How the travellers weigh the streets, use by use.
    frontage : (uses,) bool
        Whether points may be put on an edge at all.
    flipped : (uses,) int64
        Which use each one is on an edge that is drawn the other way.
    of_edge : (edges,) int64
        Which use each edge of the network has.
    """

    weightings: tuple[Weighting, ...]
    frontage: NDArray[np.bool_]
    flipped: NDArray[np.int64]
    of_edge: NDArray[np.int64]


def uses_of(streets: StreetNetwork, travellers: Sequence[TravelProfile]) -> Uses:
    """Return the uses that travellers make of the streets of a network.

    Parameters
    ----------
    streets
        The network.
    travellers
        Who is to travel.

    Raises
    ------
    ParameterError
        If the seconds of a traveller are not in proportion to the length of a street: who is
        slowed by slopes or by waiting.
    InputError
        If a traveller may use no street.
    """
    different: list[_Factors] = []
    different_of = []
    for traveller in travellers:
        factors = _factors(streets, _proportional(traveller))
        same = (i for i, other in enumerate(different) if factors.same_as(other))
        at = next(same, len(different))
        if at == len(different):
            different.append(factors)
        different_of.append(at)
    edges = streets.edges
    frontage = (
        edges["frontage"].to_numpy(dtype=bool)
        if "frontage" in edges.columns
        else np.ones(len(edges), dtype=bool)
    )
    there = np.column_stack([frontage, *(column for each in different for column in each)])
    backwards = [
        (each.backward, each.forward, each.leaves_main, each.enters_main) for each in different
    ]
    back = np.column_stack([frontage, *(column for each in backwards for column in each)])
    table, number = _numbered_rows(np.concatenate([there, back]))
    use, reverse = number[: len(edges)], number[len(edges) :]
    flipped = np.empty(len(table), dtype=np.int64)
    flipped[use], flipped[reverse] = reverse, use
    return Uses(
        weightings=_weightings(travellers, different_of, table[:, 1:]),
        frontage=table[:, 0].astype(bool),
        flipped=flipped,
        of_edge=use,
    )


def _proportional(profile: TravelProfile) -> TravelProfile:
    if profile.slope != "flat" or profile.crossing_wide_road_s:
        raise ParameterError(
            f"the seconds of {profile.name} depend on more than the length of a street",
            where="travellers",
            mend="leave slope 'flat' and crossing_wide_road_s 0",
        )
    return profile


class _Factors(NamedTuple):
    """What one traveller makes of each edge of the network."""

    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    leaves_main: NDArray[np.bool_]
    enters_main: NDArray[np.bool_]

    def same_as(self, other: _Factors) -> bool:
        return all(np.array_equal(one, two) for one, two in zip(self, other, strict=True))


def _factors(streets: StreetNetwork, traveller: TravelProfile) -> _Factors:
    metre = pd.DataFrame(streets.edges.drop(columns="geometry")).assign(length_m=1.0)
    seconds = traveller.seconds(metre, streets.nodes)
    forward, backward = (np.round(way * traveller.speed_m_s, _FACTOR_DECIMALS) for way in seconds)
    graph = travel_graph(streets, traveller)
    main = np.zeros((2, len(metre)), dtype=bool)
    main[0, graph.edge_ids] = graph.leaves_main
    main[1, graph.edge_ids] = graph.enters_main
    return _Factors(forward, backward, main[0], main[1])


def _numbered_rows(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the different rows in order, and which each is: column by column, which is quick."""
    number = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        codes, values = pd.factorize(column, sort=True)
        number = pd.factorize(number * len(values) + codes, sort=True)[0].astype(np.int64)
    first = np.zeros(number.max(initial=-1) + 1, dtype=np.int64)
    first[number[::-1]] = np.arange(len(rows))[::-1]
    return rows[first], number


def _weightings(
    travellers: Sequence[TravelProfile], different_of: Sequence[int], table: NDArray[np.float64]
) -> tuple[Weighting, ...]:
    """Put travellers together who make the same of each edge, and of the leg to it."""
    groups: dict[tuple[int, float], list[TravelProfile]] = {}
    for traveller, at in zip(travellers, different_of, strict=True):
        leg = round(traveller.speed_kmh / traveller.access_speed_kmh, _FACTOR_DECIMALS)
        groups.setdefault((at, leg), []).append(traveller)
    return tuple(
        Weighting(
            name=alike[0].name,
            travellers=tuple(alike),
            forward=table[:, 4 * at],
            backward=table[:, 4 * at + 1],
            leaves_main=table[:, 4 * at + 2].astype(bool),
            enters_main=table[:, 4 * at + 3].astype(bool),
            leg_factor=leg,
        )
        for (at, leg), alike in groups.items()
    )
