"""What each place adds: what is lost without it, and its fair part of what all places do together.

Several places serve the same people, so that what a place adds depends on which others are there.
Two answers leave nothing to taste. The *marginal* contribution is what would be lost if this
place alone were not there. The *Shapley* share is what a place adds on average over all orders in
which the places might have been opened; the shares of all places add up to the whole.

Both are exact here. What a person gets is decided by the best place alone (whether one is in
time, how many minutes the nearest one saves), which is the airport game of Littlechild and Owen
1973 (A simple expression for the Shapley value in a special case, Management Science 20(3):
370-372) once per person: sorted by what they give, the places share each step among all that give
at least that much. For coverage every place in time gives the same, and the rule says: who is
covered by m places gives each of them 1/m. No order is drawn by lot, and the error is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import counts_of, sums_by_zone
from quartieri15.analysis.reached_pairs import names_of, reached_pairs
from quartieri15.arguments import is_one_of, require_choice, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.model.ids import require_hashable
from quartieri15.model.places import in_doubt
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

Value = Literal["coverage", "minutes"]
UNITS: Final[dict[str, str]] = {"coverage": "people", "minutes": "person_minutes"}


def contributions(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
    value: Value = "coverage",
    by: str = "place",
) -> pd.DataFrame:
    """Tell what each place adds to what all of them do for a group.

    Parameters
    ----------
    city
        The city.
    to
        The places: the name of a set (``"houses"``, ``"wemi"``, ...) or a table of points.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    group
        Who is counted.
    value
        What the places are there for. ``"coverage"``: people with a place within the minutes.
        ``"minutes"``: person-minutes saved, compared with a walk of ``minutes`` for everyone; who
        is farther from every place than that saves nothing.
    by
        ``"place"``, or a column of the places (``"kind"``, ``"network"``, ``"municipio"``, ...):
        then all places with the same value there act as one, there or not there together.

    Returns
    -------
    pandas.DataFrame
        One row per place, in their order, or per value of the column ``by``, as they appear.

        ``place_id, place``
            What the row is about: id and name, or twice the value of the column.
        ``places``
            How many places it is.
        ``alone``
            What it would do if no other place were there.
        ``marginal``
            What would be lost without it, the others staying; by place and of coverage, the
            ``exclusive`` of :func:`~quartieri15.analysis.coverage.coverage`.
        ``shapley``
            Its part of what all do together, exact; the parts add up to the whole.
        ``shapley_share``
            The same as a fraction of the whole; missing where the whole is 0.
        ``positions_in_doubt``
            How many of its places stand where nobody is sure
            (:func:`~quartieri15.model.places.in_doubt`).
        ``reason``
            ``not_on_streets`` for a place without a position or a street (its values are 0),
            ``nobody_in_reach`` for one that nobody of the group reaches in time; else empty.
        ``unit, group, profile, speed_kmh, minutes``
            What was asked; ``unit`` is ``people`` or ``person_minutes``.

        ``attrs["provenance"]`` holds ``total``, what all places do together, beside speed,
        vintages, licences and the places that were left out.

    Raises
    ------
    ParameterError
        If ``minutes``, ``group``, ``value`` or ``by`` makes no sense.
    UnknownNameError
        If the profile, the places, the group or the column is not known.
    InputError
        If ``to`` is no table of points, an id stands twice, a value of the column ``by`` is
        missing, or the city has no residents.

    Notes
    -----
    ``marginal`` is at most ``shapley``, and that at most ``alone``, row by row: a place is worth
    most where it is the only one.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> each = contributions(milano, to="houses", profile="walk_75")
    >>> each.nlargest(3, "shapley")["place"].tolist()
    ['Calvi', 'Boscovich', 'Acquabella']
    """
    require_choice(
        value, get_args(Value), where="value", mend="use 'coverage' (people in time) or 'minutes'"
    )
    require_city(city)
    group = city.require_group(group)
    pairs = reached_pairs(city, to, profile=profile, minutes=minutes)
    ids, names, player = _players(pairs.places, pairs.ids, by)
    told = pairs.provenance
    people = counts_of(city, (group,))[:, 0]
    minutes = told["minutes"]
    benefit = np.ones(len(pairs.point)) if value == "coverage" else minutes - pairs.minutes
    point, of, benefit = _best_of_each(pairs.point, player[pairs.place], benefit)
    alone, marginal, shapley = shares_of_best(point, of, benefit, people, len(ids))
    total = float(shapley.sum())
    placed = np.bincount(player[~pairs.left_out], minlength=len(ids)) > 0
    table = pd.DataFrame(
        {
            "place_id": ids,
            "place": names,
            "places": np.bincount(player, minlength=len(ids)),
            "alone": alone,
            "marginal": marginal,
            "shapley": shapley,
            "shapley_share": shapley / total if total > 0 else np.nan,
            "positions_in_doubt": np.bincount(player[in_doubt(pairs.places)], minlength=len(ids)),
            "reason": np.select(
                [~placed, alone == 0], ["not_on_streets", "nobody_in_reach"], default=""
            ),
            "unit": UNITS[value],
            "group": group,
            "profile": told["profile"],
            "speed_kmh": told["speed_kmh"],
            "minutes": minutes,
        }
    )
    table.attrs["provenance"] = plain_json(
        {**told, "group": group, "by": by, "unit": UNITS[value], "total": total}
        | {"shapley": "exact, in closed form: Littlechild and Owen 1973, person by person"}
    )
    return table


def shares_of_best(
    point: NDArray[np.intp],
    player: NDArray[np.intp],
    benefit: NDArray[np.float64],
    people: NDArray[np.float64],
    players: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Share out what people get of the best of several players, exactly.

    Parameters
    ----------
    point, player, benefit : (pairs,)
        What a player gives to each person of a point: 0 or more. A player stands once per point.
    people
        How many live at each point.
    players
        How many players there are.

    Returns
    -------
    alone, marginal, shapley : (players,)
        What each gives with no other there; what is lost without it; its Shapley value in the
        game whose value is what people get of the best player that is there.

    Examples
    --------
    One person gets 3 of player 0 and 5 of player 1: both share the first 3, the rest is of 1.

    >>> rows = np.array([0, 0]), np.array([0, 1])
    >>> shares_of_best(*rows, np.array([3.0, 5.0]), np.array([1.0]), 2)
    (array([3., 5.]), array([0., 2.]), array([1.5, 3.5]))
    """
    order = np.lexsort((benefit, point))
    point, player, benefit = point[order], player[order], benefit[order]
    first = np.diff(point, prepend=-1) != 0
    last = np.append(first[1:], True)[: len(point)]
    # Each step from one benefit to the next is shared by all who give at least that much.
    step = np.diff(benefit, prepend=0.0)
    step[first] = benefit[first]
    start = np.flatnonzero(first)
    size = np.diff(np.append(start, len(point)))
    nth = np.arange(len(point)) - np.repeat(start, size)
    part = step / (np.repeat(size, size) - nth)
    climbed = np.cumsum(part)
    shared = climbed - np.repeat(climbed[start] - part[start], size)
    weight = people[point]

    def of_players(given: NDArray[np.float64]) -> NDArray[np.float64]:
        return sums_by_zone(player, (given * weight)[:, None], players)[:, 0]

    return of_players(benefit), of_players(np.where(last, step, 0.0)), of_players(shared)


def _best_of_each(
    point: NDArray[np.intp], player: NDArray[np.intp], benefit: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return what each player gives to each point by the best of its places."""
    order = np.lexsort((benefit, player, point))
    point, player, benefit = point[order], player[order], benefit[order]
    best = (np.diff(point, append=-1) != 0) | (np.diff(player, append=-1) != 0)
    return point[best], player[best], benefit[best]


def _players(
    places: gpd.GeoDataFrame, ids: pd.Index, by: object
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.intp]]:
    """Return ids and names of the players, and which of them each place belongs to."""
    if is_one_of(by, ["place"]):
        return ids.to_numpy(dtype=object), names_of(places, ids), np.arange(len(ids))
    columns = [str(name) for name in places.columns if name != places.active_geometry_name]
    if not isinstance(by, str):
        raise ParameterError(
            f"by is {shown(by)}", where="by", mend="use 'place' or a column of the places"
        )
    if by not in columns:
        raise UnknownNameError.among(by, ["place", *columns], kind="column of the places")
    values = places[by].astype(object)
    missing = values.isna().to_numpy()
    if missing.any():
        raise InputError(
            "the value is missing",
            where=f"to, row {places.index[missing][0]}, column {by}",
            mend="fill it in, or leave the place out",
        )
    require_hashable(values, where=f"to, column {by}")
    player, known = pd.factorize(values)
    named = np.asarray(known, dtype=object)
    return named, named, player
