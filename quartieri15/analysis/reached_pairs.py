"""Who reaches which places in time: what every question about several places at once starts from.

Coverage asks for the nearest place alone. Overlap, contributions and floating catchments ask for
all places within the minutes, pair by pair, by the same travel times and the same rule of what is
in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.coverage import labelled_places, require_minutes
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.model.places import position_certainty
from quartieri15.plain_json import plain_json
from quartieri15.reach.times import travel_time_matrix
from quartieri15.reach.trips import ids_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile


OF_PLACES: Final = ("places", "place_ids", "places_left_out", "position_certainty")
"""What a provenance says of the places alone."""


@dataclass(frozen=True, eq=False)
class ReachedPairs:
    """Pairs of a residents point and a place it reaches in time.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        The places asked about, those that cannot be reached too.
    ids
        Their ids, in the order of the table.
    point, place : (pairs,)
        Rows of the residents and of the places; ordered by point, then by place.
    minutes : (pairs,)
        The travel time from one to the other.
    provenance
        What was asked, of which city, and what was left out.
    """

    places: gpd.GeoDataFrame
    ids: pd.Index
    point: NDArray[np.intp]
    place: NDArray[np.intp]
    minutes: NDArray[np.float64]
    provenance: Mapping[str, Any]

    @property
    def names(self) -> NDArray[Any]:
        """What the places are called: their names, or their ids where they have none."""
        return names_of(self.places, self.ids)

    @property
    def left_out(self) -> NDArray[np.bool_]:
        """Which places have no position or no street, so that nobody reaches them."""
        lost = self.provenance["places_left_out"]
        return np.array([str(name) in lost for name in self.ids], dtype=bool)


def reached_pairs(
    city: City,
    to: str | gpd.GeoDataFrame,
    *,
    profile: str | TravelProfile,
    minutes: float,
    where: str = "to",
) -> ReachedPairs:
    """Find all pairs of a residents point and a place within some minutes of it.

    Parameters
    ----------
    city
        The city.
    to
        The places: the name of a set, or a table of points.
    profile
        Who travels.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    where
        What messages call the places.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`~quartieri15.analysis.coverage.coverage`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> pairs = reached_pairs(q15.load("milano"), "houses", profile="walk_75", minutes=15)
    >>> len(pairs.ids), bool(pairs.minutes.max() <= 15)
    (62, True)
    """
    require_city(city)
    traveller = profiles.get(profile)
    city.require_residents()
    minutes = require_minutes(minutes)
    label, table = labelled_places(city, to, where=where)
    matrix = travel_time_matrix(city, to=table, profile=traveller, minutes=minutes)
    ids = ids_of(table, where=where)
    return ReachedPairs(
        places=table,
        ids=ids,
        point=pd.Index(city.residents["id"]).get_indexer(pd.Index(matrix["origin_id"])),
        place=ids.get_indexer(pd.Index(matrix["place_id"])),
        minutes=matrix["minutes"].to_numpy(dtype=float),
        provenance=provenance_of(city, label, table, matrix.attrs, minutes=minutes),
    )


def provenance_of(
    city: City, label: str, places: gpd.GeoDataFrame, told: Mapping[Any, Any], **asked: Any
) -> dict[str, Any]:
    """Return what a result must say of itself, in plain JSON.

    Parameters
    ----------
    city, label, places
        The city and the places, with what to call them.
    told
        The ``attrs`` of the travel times.
    asked
        What else was asked.
    """
    names = ["profile", "speed_kmh", "access_speed_kmh", "push_speed_kmh"]
    names += ["speed_source", "direction", "vintages", "licence_line"]
    said: dict[str, Any] = plain_json(
        {
            **city.provenance,
            **{name: told["provenance"][name] for name in names if name in told["provenance"]},
            "city": city.name,
            "places": label,
            "place_ids": list(map(str, ids_of(places, where="to"))),
            "places_left_out": told["left_out"],
            "position_certainty": position_certainty(places),
            **asked,
        }
    )
    return said


def provenance_of_several(
    told: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what results for several sets of places say alike, and what each says of its own."""
    shared = {name: value for name, value in told[0].items() if name not in OF_PLACES}
    return shared, [{name: one[name] for name in OF_PLACES} for one in told]


def names_of(places: gpd.GeoDataFrame, ids: pd.Index) -> NDArray[Any]:
    """Return what places are called: their names, or their ids where they have none."""
    named = places["name"] if "name" in places.columns else ids
    return named.to_numpy(dtype=object)
