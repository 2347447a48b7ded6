"""How much of the places there is for each person, where those nearby have to share them.

A place is shared among everybody within its catchment, and a person draws on every place within
reach. The two-step floating catchment area (Luo and Wang 2003, Environment and Planning B 30(6):
865-884, https://doi.org/10.1068/b29120) divides first, place by place, and adds up then, person by
person. The enhanced method lets those who are nearer count more, band by band (Luo and Qi 2009,
Health & Place 15(4): 1100-1107, https://doi.org/10.1016/j.healthplace.2009.06.002); the three-step
method also lets people divide themselves among the places they can choose from (Wan, Zou and
Sternberg 2012, International Journal of GIS 26(6): 1073-1089,
https://doi.org/10.1080/13658816.2011.624987).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import (
    counts_of,
    members,
    people_in_no_zone,
    per,
    sums_by_zone,
)
from quartieri15.analysis.coverage import require_zone_set
from quartieri15.analysis.distributions import LARGEST
from quartieri15.analysis.reached_pairs import reached_pairs
from quartieri15.analysis.supply import PER
from quartieri15.arguments import is_number, require_numbers, require_text, several, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import schemas
from quartieri15.model.city import require_city
from quartieri15.model.notebook_tables import tables_html
from quartieri15.plain_json import plain_json
from quartieri15.reach.trips import limit_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

LUO_QI_WEIGHTS: Final = (1.0, 0.68, 0.22)
"""The slowly falling weights of three bands of Luo and Qi 2009, from a Gaussian curve."""


@dataclass(frozen=True, eq=False)
class FloatingCatchments:
    """What there is of some places for the people around them.

    Parameters
    ----------
    places : pandas.DataFrame
        One row per place: ``place_id, place``; ``capacity``, what it has to share; ``in_reach``,
        the people of the group within the last band; ``demand``, the same people weighted by
        their bands; ``per_1000``, the capacity per 1,000 of the demand, missing where nobody is
        in reach; ``reason`` (``not_on_streets``, ``nobody_in_reach`` or empty).
    points : pandas.DataFrame
        One row per residents point, with its index: ``people`` of the group, ``places_in_reach``,
        ``per_1000``, what the places within reach have for 1,000 people living there (0 where
        none is).
    zones : pandas.DataFrame
        One row per zone: ``by, zone_id, zone, group, population``; ``in_reach``, who has a place
        within the last band; ``per_1000``, the mean over all people of the group in the zone,
        missing where there are none; ``relative``, the same divided by that of the whole city;
        ``reason`` (``no_population``, ``nothing_in_reach`` of anybody in the city, or empty).

        Each table has ``attrs["provenance"]``: what was asked, ``capacity_shared`` and
        ``capacity_unused`` (of places that nobody can reach), speed, vintages and licences.
    """

    places: pd.DataFrame
    points: pd.DataFrame
    zones: pd.DataFrame

    def _repr_html_(self) -> str:
        return tables_html(self, title="Floating catchments", first="zones")


def floating_catchments(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float | Iterable[float] = (5, 10, 15),
    weights: Iterable[float] | None = None,
    by: str = "municipi",
    group: str = "over65",
    capacity: str | None = None,
    steps: int = 2,
) -> FloatingCatchments:
    """Divide places among the people around them, by exact travel times.

    Parameters
    ----------
    city
        The city.
    to
        The places: the name of a set (``"houses"``, ``"wemi"``, ...) or a table of points.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        Where the bands end, ascending, in minutes; the last is how far anybody goes. One number
        is one band, which is the two-step method without the enhancement.
    weights
        How much people of each band count, and how much of a place they have: above 0 and up to
        1, never rising. When left out, 1 for one band and :data:`LUO_QI_WEIGHTS` for three; any
        other number of bands needs weights. They are an assumption, and move the result.
    by
        ``"city"``, or the name of a set of zones (``"municipi"``, ``"nil"``, ...).
    group
        Who shares the places.
    capacity
        The column of the places that tells how much each has to share (people it has room for,
        hours, staff). When left out, every place counts 1.
    steps
        2, or 3: people then divide themselves among the places within reach, in proportion to
        the weights, instead of asking each place for all they need.

    Returns
    -------
    FloatingCatchments
        Tables by place, by residents point and by zone.

    Raises
    ------
    ParameterError
        If ``minutes``, ``weights``, ``group``, ``capacity`` or ``steps`` makes no sense.
    UnknownNameError
        If the profile, the places, the zones, the group or the column is not known.
    InputError
        If ``to`` is no table of points, a capacity is missing or no number from 0 to 1e100, or the
        city has no residents.

    Notes
    -----
    Nothing is lost and nothing made: what all people have together is the capacity of the places
    that somebody reaches, and the mean over all people is that capacity divided by all people.
    This holds exactly, whatever the weights, in two steps and in three.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> found = floating_catchments(milano, to="houses", profile="walk_75", by="city")
    >>> people = found.zones["population"].item()
    >>> round(found.zones["per_1000"].item() * people / 1000, 6)
    62.0
    """
    require_city(city)
    group = city.require_group(group)
    ends, weight_of_band = _bands(minutes, weights)
    if isinstance(steps, bool) or not is_number(steps) or steps not in (2, 3):
        raise ParameterError(f"steps is {shown(steps)}", where="steps", mend="use 2 or 3")
    pairs = reached_pairs(city, to, profile=profile, minutes=float(ends[-1]))
    require_zone_set(city, by)
    shared = _capacities(pairs.places, capacity)
    people = counts_of(city, (group,))[:, 0]
    weight = weight_of_band[_band(pairs.minutes, ends)]
    demand, ratio, score = divided(
        pairs.point, pairs.place, weight, people=people, capacity=shared, steps=steps
    )
    used = demand > 0
    near = people[pairs.point][:, None]
    reaches = np.bincount(pairs.point, minlength=len(people))
    told = pairs.provenance
    places = pd.DataFrame(
        {
            "place_id": pairs.ids.to_numpy(dtype=object),
            "place": pairs.names,
            "capacity": shared,
            "in_reach": sums_by_zone(pairs.place, near, len(pairs.ids))[:, 0],
            "demand": demand,
            "per_1000": PER * ratio,
            "reason": np.select([pairs.left_out, ~used], ["not_on_streets", "nobody_in_reach"], ""),
        }
    )
    points = pd.DataFrame(
        {
            "people": people,
            "places_in_reach": reaches,
            "per_1000": PER * score,
        },
        index=city.residents.index,
    )
    zones = _zones(city, by, group, people=people, score=score, reaches=reaches > 0)
    said = plain_json(
        {
            **told,
            "minutes": ends,
            "weights": weight_of_band,
            "by": by,
            "group": group,
            "capacity": "1 for every place" if capacity is None else f"column {capacity}",
            "steps": int(steps),
            "in_no_zone": people_in_no_zone(city, by, (group,)),
            "capacity_shared": shared[used].sum(),
            "capacity_unused": shared[~used].sum(),
        }
    )
    for table in (places, points, zones):
        table.attrs["provenance"] = dict(said)
    return FloatingCatchments(places, points, zones)


def divided(
    point: NDArray[np.intp],
    place: NDArray[np.intp],
    weight: NDArray[np.float64],
    *,
    people: NDArray[np.float64],
    capacity: NDArray[np.float64],
    steps: int = 2,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Divide places among people, given who reaches what with which weight.

    Parameters
    ----------
    point, place, weight : (pairs,)
        Rows of people and of places, and a weight above 0.
    people, capacity
        How many live at each point, and how much each place has.
    steps
        2, or 3, as for :func:`floating_catchments`.

    Returns
    -------
    demand, ratio : (places,)
        The weighted people of each place; its capacity per one of them, missing where none is.
    score : (points,)
        What each person of a point has of all places.

    Examples
    --------
    Ten people at one place, and ten who reach it and another:

    >>> pairs = np.array([0, 1, 1]), np.array([0, 0, 1]), np.ones(3)
    >>> two = {"people": np.array([10.0, 10.0]), "capacity": np.array([1.0, 1.0])}
    >>> divided(*pairs, **two)
    (array([20., 10.]), array([0.05, 0.1 ]), array([0.05, 0.15]))
    """
    if steps == 3:  # noqa: PLR2004  (its name)
        chosen = sums_by_zone(point, weight[:, None], len(people))[:, 0]
        weight = weight * weight / chosen[point]
    demand = sums_by_zone(place, (weight * people[point])[:, None], len(capacity))[:, 0]
    ratio = per(capacity, demand)
    drawn = weight * np.where(demand > 0, ratio, 0.0)[place]
    return demand, ratio, sums_by_zone(point, drawn[:, None], len(people))[:, 0]


def _bands(minutes: object, weights: object) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where bands end and what they weigh, or say why they make no sense."""
    ends = several(minutes)
    for end in ends:
        limit_seconds(np.nan if end is None else end)
    if not ends or (np.diff(ends) <= 0).any():
        raise ParameterError(
            f"minutes is {shown(minutes)}",
            where="minutes",
            mend="give the ends of the bands in ascending order, such as (5, 10, 15)",
        )
    if weights is None:
        known = {1: (1.0,), len(LUO_QI_WEIGHTS): LUO_QI_WEIGHTS}
        if len(ends) not in known:
            raise ParameterError(
                f"there are {len(ends)} bands and no weights",
                where="weights",
                mend="give a weight for each, such as (1, 0.8, 0.5, 0.2)",
            )
        weights = known[len(ends)]
    values = require_numbers(several(weights), where="weights")
    fits = values.shape == (len(ends),) and bool(((values > 0) & (values <= 1)).all())
    if not fits or (np.diff(values) > 0).any():
        raise ParameterError(
            f"weights is {shown(weights)}",
            where="weights",
            mend=f"give {len(ends)} numbers, above 0 and up to 1, none above the one before it",
        )
    return np.array(ends, dtype=float), values


def _band(minutes: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.intp]:
    """Tell in which band times are; one on the end of a band is in it, as everywhere."""
    return np.searchsorted([limit_seconds(end) for end in ends[:-1]], minutes * 60)


def _capacities(places: gpd.GeoDataFrame, column: object) -> NDArray[np.float64]:
    """Return how much each place has to share."""
    if column is None:
        return np.ones(len(places))
    require_text(column, where="capacity")
    columns = [str(name) for name in places.columns if name != places.active_geometry_name]
    if column not in columns:
        raise UnknownNameError.among(column, columns, kind="column of the places", where="capacity")
    missing = places[column].isna().to_numpy()
    if missing.any():
        raise InputError(
            "the capacity is missing",
            where=f"to, row {places.index[missing][0]}, column {column}",
            mend="find it out, or leave the place out",
        )
    contract = {column: schemas.Column(kind="number", low=0, high=LARGEST)}
    told = schemas.check(pd.DataFrame(places[[column]]), contract, where="to")
    capacities: NDArray[np.float64] = told[column].to_numpy(dtype=float)
    return capacities


def _zones(
    city: City,
    by: str,
    group: str,
    *,
    people: NDArray[np.float64],
    score: NDArray[np.float64],
    reaches: NDArray[np.bool_],
) -> pd.DataFrame:
    """Return the mean of the people of each zone."""
    ids, names, point, zone = members(city, by)
    sums = np.column_stack([people, people * reaches, people * score])[point]
    population, in_reach, had = sums_by_zone(zone, sums, len(ids)).T
    mean = per(PER * had, population)
    whole = PER * (people * score).sum() / people.sum() if people.sum() > 0 else 0.0
    columns: dict[str, Any] = {
        "by": by,
        "zone_id": ids,
        "zone": names,
        "group": group,
        "population": population,
        "in_reach": in_reach,
        "per_1000": mean,
        "relative": per(mean, whole),
        "reason": np.select(
            [population == 0, whole == 0], ["no_population", "nothing_in_reach"], ""
        ),
    }
    return pd.DataFrame(columns)
