"""How densely people live around every address, and how dense that is for the city."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.counting import counts_by_row
from quartieri15.analysis.distributions import LARGEST
from quartieri15.arguments import is_finite, require_numbers, shown
from quartieri15.errors import ParameterError
from quartieri15.model.city import require_city
from quartieri15.model.prepared import Prepared
from quartieri15.plain_json import plain_json
from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from quartieri15.model.city import City

RADIUS_M: Final = 564.19
"""Radius of a circle of one square kilometre, in metres.

A square kilometre is the ground over which Eurostat tells how densely people live (Eurostat 2018,
Methodological manual on territorial typologies, ch. 1: the population grid of 1 km2).
"""

MOST_RADIUS_M: Final = 10_000.0
"""As far around an address as is looked, in metres."""


def local_density(
    city: City, *, groups: str | Iterable[str] | None = None, radius_m: float = RADIUS_M
) -> pd.DataFrame:
    """Tell how densely each group lives around every residents point.

    The density at a point is the people of the group within ``radius_m`` of it, in a straight
    line and with its own, per square kilometre of the city's ground there. Ground outside every
    zone is not counted, since nobody who lives on it is known: without that correction (Diggle
    1985, Journal of the Royal Statistical Society C 34(2):138-147) the edge of the city would look
    half as dense as it is. Averaged over people instead of ground this is the
    population-weighted density (Craig 1984, Demography 21(3):405-412; Ottensmann 2018,
    SSRN 3119965), which a park in a neighbourhood does not dilute.

    Parameters
    ----------
    city
        The city.
    groups
        The groups; all that the city knows when left out.
    radius_m
        How far around a point to look, in metres; above 0 and at most 10,000.

    Returns
    -------
    pandas.DataFrame
        One row per residents point, with their index, and one column per group: people (or
        households) per km2. ``attrs["provenance"]`` tells the radius and how many points lie so
        near the edge of the city that their ground was corrected.

    Raises
    ------
    ParameterError
        If ``radius_m`` makes no sense, or no group is named.
    UnknownNameError
        If a group is not known.
    InputError
        If the city has no residents.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> density = local_density(milano, groups="over65")
    >>> len(density) == len(milano.residents), bool((density["over65"] >= 0).all())
    (True, True)
    """
    require_city(city)
    wanted = city.require_groups(groups)
    if not is_finite(radius_m) or not 0 < radius_m <= MOST_RADIUS_M:
        raise ParameterError(
            f"radius_m is {shown(radius_m)}",
            where="radius_m",
            mend=f"give metres above 0 and up to {MOST_RADIUS_M:g}",
        )
    radius = float(radius_m)
    density, at_edge = _density(city, wanted, radius)
    table = pd.DataFrame(density, columns=list(wanted), index=city.residents.index)
    table.attrs["provenance"] = plain_json(
        {**city.provenance, "radius_m": radius, "points_at_the_edge": at_edge}
    )
    return table


Density = tuple["NDArray[np.float64]", int]
Zones = tuple[weakref.ref["gpd.GeoDataFrame"], ...]
_densities: Prepared[dict[tuple[tuple[str, ...], float], tuple[Zones, Density]]] = Prepared()


def _density(city: City, wanted: tuple[str, ...], radius: float) -> Density:
    """Return people per km2 around every point, and how many circles the edge of the city cuts."""
    residents, zones = city.residents, list(city.zones.values())
    known = _densities.of(residents, [*wanted, residents.active_geometry_name], dict)
    kept = known.get((wanted, radius))
    if kept is None or [id(ref()) for ref in kept[0]] != [id(table) for table in zones]:
        kept = tuple(map(weakref.ref, zones)), _counted_around(city, wanted, radius)
        known[wanted, radius] = kept
    return kept[1]


def _counted_around(city: City, wanted: tuple[str, ...], radius: float) -> Density:
    points = city.residents.geometry.to_numpy()
    xy = shapely.get_coordinates(points)
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    people = np.zeros((len(xy), len(wanted)))
    _add_up_around(xy[order], counts_by_row(city, wanted)[order], radius, people)
    ground_km2, at_edge = _ground(city, points, radius)
    # Sums in another order differ in the last digits; places that are alike are told alike.
    density: NDArray[np.float64] = (people[np.argsort(order)] / ground_km2[:, None]).round(6)
    return density, int(at_edge.sum())


def percentile_rank(values: ArrayLike, among: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Return which percentile of a weighted distribution some values are.

    The part of the weight that lies below, and half of that which is equal (the ridit of Bross
    1958, Biometrics 14(1):18-38): the ranks of a distribution within itself average to 50, and do
    not depend on how ties are ordered.

    Parameters
    ----------
    values
        What to rank.
    among, weights
        The distribution: its values and the weight of each.

    Returns
    -------
    numpy.ndarray
        From 0 to 100, one per value; NaN where the value is, or where nothing has weight.

    Raises
    ------
    ParameterError
        If something is no number, a weight is negative, or ``among`` and ``weights`` differ in
        length.

    Examples
    --------
    >>> percentile_rank([5, 7, 9], among=[5, 7, 9], weights=[1, 2, 1])
    array([12.5, 50. , 87.5])
    """
    found, known, weight = (
        np.atleast_1d(require_numbers(numbers, where=where))
        for numbers, where in ((values, "values"), (among, "among"), (weights, "weights"))
    )
    if known.shape != weight.shape or known.ndim != 1:
        raise ParameterError(
            f"{known.size} values have {weight.size} weights",
            where="weights",
            mend="give one weight per value, in a row",
        )
    if not ((weight >= 0) & (weight <= LARGEST)).all():
        raise ParameterError(
            f"a weight is not from 0 to {LARGEST:g}", where="weights", mend="give people, 0 or more"
        )
    order = np.argsort(known, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(weight[order])])
    if not below[-1] > 0:
        return np.full(found.shape, np.nan)
    first, last = (np.searchsorted(known[order], found, side=side) for side in ("left", "right"))
    rank: NDArray[np.float64] = 50 * (below[first] + below[last]) / below[-1]
    return np.where(np.isnan(found), np.nan, rank)


def _ground(
    city: City, points: NDArray[Any], radius: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the km2 of the city around each point, and which circles its edge cuts."""
    ground = np.full(len(points), np.pi * radius**2 / 1e6)
    inside = shapely.union_all(np.concatenate([t.geometry.array for t in city.zones.values()]))
    edge = inside.boundary
    shapely.prepare(edge)
    cut = shapely.dwithin(edge, points, radius)
    circles = shapely.buffer(points[cut], radius, quad_segs=16)
    # Cut into tiles first: every circle is then laid over a few corners of the outline, not all.
    tiles = shapely.intersection(_tiles(inside, 2 * radius), inside)
    circle, tile = shapely.STRtree(tiles).query(circles)
    common = shapely.area(shapely.intersection(circles[circle], tiles[tile]))
    part = np.bincount(circle, common, minlength=len(circles)) / shapely.area(circles)
    # Around a point that lies outside every zone there may be no ground at all.
    ground[cut] *= np.where(part > 0, part, 1)
    return ground, cut


def _tiles(shape: shapely.Geometry, side: float) -> NDArray[Any]:
    """Return squares that cover a shape, at most a thousand or so."""
    west, south, east, north = shapely.bounds(shape)
    side = max(side, (east - west) / 32, (north - south) / 32)
    x, y = np.meshgrid(np.arange(west, east, side), np.arange(south, north, side))
    return np.asarray(shapely.box(x.ravel(), y.ravel(), x.ravel() + side, y.ravel() + side))


@compiled
def _add_up_around(
    xy: NDArray[np.float64],
    counts: NDArray[np.float64],
    radius: float,
    people: NDArray[np.float64],
) -> None:
    """Add up the counts within a radius of each point; the points go from west to east."""
    west = 0
    for i in range(len(xy)):
        while xy[west, 0] < xy[i, 0] - radius:
            west += 1
        j = west
        while j < len(xy) and xy[j, 0] <= xy[i, 0] + radius:
            across, along = xy[j, 0] - xy[i, 0], xy[j, 1] - xy[i, 1]
            if across * across + along * along <= radius * radius:
                for group in range(counts.shape[1]):
                    people[i, group] += counts[j, group]
            j += 1
