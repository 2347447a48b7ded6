"""What is asked of a sensitivity, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from quartieri15.analysis import draws as drawing
from quartieri15.analysis.coverage import labelled_places, require_minutes, require_zone_set
from quartieri15.analysis.paces import distribution_named
from quartieri15.arguments import require_text, require_whole, several, shown
from quartieri15.errors import ParameterError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.model.profiles.traveller import FASTEST_KMH
from quartieri15.model.streets import require_streets
from quartieri15.reach.trips import MOST_MINUTES

if TYPE_CHECKING:
    import geopandas as gpd

    from quartieri15.analysis.paces import PaceDistribution
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

OTHER_PACES: Final = (0.7, 0.8, 0.9, 1.1, 1.2, 1.3)
"""Paces that are tried where none are named, as parts of the traveller's own."""

OTHER_THRESHOLDS: Final = (2 / 3, 4 / 3)
"""Thresholds that are tried where none are named, as parts of the one asked: 10 and 20 of 15."""


class Asked(NamedTuple):
    """The question, checked."""

    city: City
    to: str | gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    traveller: TravelProfile
    minutes: float
    by: tuple[str, ...]
    groups: tuple[str, ...]
    draws: int
    seed: int
    speeds: tuple[float, ...]
    thresholds: tuple[float, ...]
    cities: dict[str, City]
    uncertain: tuple[str, ...]
    paces: PaceDistribution | None
    top: int

    @property
    def ranked_by(self) -> str:
        """The set of zones that are ranked."""
        return self.by[-1]


def asked_of(
    city: City,
    *,
    to: Any,
    profile: Any,
    minutes: Any,
    by: Any,
    groups: Any,
    draws: Any,
    seed: Any,
    speeds: Any,
    thresholds: Any,
    vintages: Any,
    uncertain: Any,
    paces: Any,
    top: Any,
) -> Asked:
    """Check everything that is asked, as ``sensitivity`` says it."""
    require_city(city)
    city.require_residents()
    traveller = profiles.get(profile)
    require_zone_set(city, by)
    if paces is not None:
        drawing.require_walks(traveller)
    number = drawing.require_draws(draws, least=1)
    top = require_whole(top, where="top", least=1)
    limit = require_minutes(minutes)
    own = float(traveller.speed_kmh)
    return Asked(
        city=city,
        to=to,
        places=labelled_places(city, to)[1],
        traveller=traveller,
        minutes=limit,
        by=tuple(dict.fromkeys(("city", by))),
        groups=city.require_groups(groups),
        draws=number,
        seed=require_whole(seed, where="seed", least=0),
        speeds=(
            tuple(own * part for part in OTHER_PACES if own * part <= FASTEST_KMH[traveller.mode])
            if speeds is None
            else tuple(traveller.with_(speed_kmh=speed).speed_kmh for speed in several(speeds))
        ),
        thresholds=(
            tuple(limit * part for part in OTHER_THRESHOLDS if limit * part <= MOST_MINUTES)
            if thresholds is None
            else tuple(require_minutes(other) for other in several(thresholds))
        ),
        cities=_cities(city, vintages),
        uncertain=drawing.require_parts(uncertain),
        paces=None if paces is None else distribution_named(paces),
        top=top,
    )


def _cities(city: City, vintages: Any) -> dict[str, City]:
    """Return the city on its streets of other years, by their names."""
    if vintages is None:
        return {name: city.on_streets_of(name) for name in city.earlier.vintages}
    if not isinstance(vintages, Mapping):
        raise ParameterError(
            f"vintages is {shown(vintages)}",
            where="vintages",
            mend="give a mapping of names to streets, {} for none",
        )
    for name in vintages:
        require_text(name, where="vintages")
    for network in vintages.values():
        require_streets(network)
    return {name: city.with_(streets=network) for name, network in vintages.items()}
