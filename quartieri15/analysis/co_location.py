"""Which places stand so near each other that they are, for who walks there, one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.coverage import labelled_places, require_minutes
from quartieri15.analysis.reached_pairs import names_of, provenance_of
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.model.places import EXACT, uncertainty_m
from quartieri15.reach.times import travel_time_matrix
from quartieri15.reach.trips import ids_of, in_time

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

AT_BUILDING_M: Final = 25.0
"""A place whose position is a door or a house number belongs to the building nearest to it, if
one is this near: of the houses of Milano that stand in no outline, most are within 20 m of one."""


def co_located(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 5,
) -> pd.DataFrame:
    """Find the pairs of places that are a few minutes apart, or may be.

    Parameters
    ----------
    city
        The city.
    to
        The places: the name of a set (``"houses"``, ``"places"``, ...) or a table of points.
    profile
        Who travels from one to the other, for example ``"walk_75"``.
    minutes
        How far apart counts as together, in minutes; above 0 and at most a day.

    Returns
    -------
    pandas.DataFrame
        One row per pair, the nearest first, each pair once; none for a single place.

        ``place_id, place, other_id, other``
            The two, in the order of the table.
        ``minutes``
            From one to the other by the quicker of the two directions; missing where no way
            leads there.
        ``distance_m``
            The same in a straight line.
        ``uncertainty_m``
            How far apart from that distance they may be: both ``location_uncertainty_m``.
        ``minutes_least``
            No pair can be quicker than this on the flat: the straight line, shorter by the
            uncertainty, at the traveller's pace. There is no such bound from above, for streets
            wind.
        ``within``
            Whether they are within the minutes as their positions stand. The other rows are
            pairs that may be, somewhere within their uncertainty, or that state one address.
        ``same_address``
            Whether both state the same house number; missing where one states none.
        ``same_building``
            Whether both belong to the same outline of ``city.buildings``, by their positions;
            missing where one is farther than 25 m from every outline.
        ``reason``
            ``no_way`` where the minutes are missing; else empty.

        ``attrs["provenance"]`` holds speed, vintages, licences, the places left out and how
        surely the others are located.

    Raises
    ------
    ParameterError
        If ``minutes`` makes no sense.
    UnknownNameError
        If the profile or the places are not known.
    InputError
        If ``to`` is no table of points, an id stands twice, or an uncertainty is no number of
        metres.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> pairs = co_located(milano, to="houses", profile="walk_75")
    >>> pairs.loc[pairs["same_address"].fillna(False), ["place_id", "other_id"]].values.tolist()
    [['CSRC-27', 'CAM-32']]
    """
    require_city(city)
    traveller = profiles.get(profile)
    minutes = require_minutes(minutes)
    label, asked = labelled_places(city, to)
    apart = travel_time_matrix(city, to=asked, profile=traveller, origins=asked, dense=True)
    there = ids_of(asked, where="to").isin(apart.columns)
    places = asked[there]
    walk = apart.to_numpy()[there]
    walk = np.fmin(walk, walk.T)
    one, other = np.triu_indices(len(places), k=1)
    points = np.asarray(places.geometry.array)
    distance = shapely.distance(points[one], points[other])
    vague = uncertainty_m(places, where="to")
    vague = vague[one] + vague[other]
    walk = walk[one, other]
    fastest = max(traveller.speed_kmh, traveller.access_speed_kmh)
    # Downhill some are faster than on the flat, but no pair is nearer than it is.
    least = np.fmin(np.maximum(distance - vague, 0.0) / (fastest * 1000 / 60), walk)
    within = in_time(walk, minutes)
    same_address = _same(_addresses(places), one, other)
    together = within | in_time(least, minutes) | same_address.to_numpy(na_value=False)
    keep = np.flatnonzero(together)
    keep = keep[np.argsort(np.where(np.isnan(walk), np.inf, walk)[keep], kind="stable")]
    ids = ids_of(places, where="to")
    names = names_of(places, ids)
    columns: dict[str, Any] = {
        "place_id": ids[one[keep]],
        "place": names[one[keep]],
        "other_id": ids[other[keep]],
        "other": names[other[keep]],
        "minutes": walk[keep],
        "distance_m": distance[keep],
        "uncertainty_m": vague[keep],
        "minutes_least": least[keep],
        "within": within[keep],
        "same_address": same_address[keep],
        "same_building": _same(_buildings(city, points), one, other)[keep],
        "reason": np.where(np.isnan(walk[keep]), "no_way", ""),
    }
    table = pd.DataFrame(columns)
    table.attrs["provenance"] = provenance_of(city, label, asked, apart.attrs, minutes=minutes)
    return table


def _same(
    values: pd.Series, one: NDArray[np.intp], other: NDArray[np.intp]
) -> pd.arrays.BooleanArray:
    """Tell of pairs whether both hold the same value; missing where one holds none."""
    first, second = values.iloc[one].array, values.iloc[other].array
    known = pd.notna(first) & pd.notna(second)
    equal = np.array([a == b for a, b in zip(first, second, strict=True)], dtype=bool)
    return pd.arrays.BooleanArray(equal & known, ~known)


def _addresses(places: gpd.GeoDataFrame) -> pd.Series:
    """Return the addresses that tell a house number, missing elsewhere."""
    if "address" not in places.columns:
        return pd.Series(None, index=places.index, dtype=object)
    told: pd.Series = places["address"].astype(object).map(str, na_action="ignore")
    if "location_precision" in places.columns:
        told = told.where(places["location_precision"].astype(object).isin(EXACT))
    return told


def _buildings(city: City, points: NDArray[np.object_]) -> pd.Series:
    """Return the row of the building each point belongs to, missing where none is near."""
    row = np.full(len(points), np.nan)
    if len(city.buildings):
        near = city.buildings.sindex.nearest(points, max_distance=AT_BUILDING_M, return_all=False)
        row[near[0]] = near[1]
    return pd.Series(row)
