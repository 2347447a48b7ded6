"""The people of each zone beside its services, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.analysis.coverage import coverage, require_minutes
from quartieri15.analysis.need import NeedIndex
from quartieri15.analysis.zone_figures import zone_figures
from quartieri15.arguments import several, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile


class Ratio(NamedTuple):
    """A figure of a zone made of two others."""

    of: str
    per: str
    times: float = 1.0


RATIOS: Final[Mapping[str, Ratio]] = {
    "density_per_km2": Ratio("residents", "area_km2"),
    "over65_per_km2": Ratio("over65", "area_km2"),
    "foreign_per_km2": Ratio("foreign", "area_km2"),
    "minors_share": Ratio("minors", "residents"),
    "over65_share": Ratio("over65", "residents"),
    "over75_share": Ratio("over75", "residents"),
    "over85_share": Ratio("over85", "residents"),
    "foreign_share": Ratio("foreign", "residents"),
    "over65_alone_share": Ratio("over65_alone", "over65"),
    "renting_share": Ratio("renting_households", "households"),
    "residents_per_household": Ratio("residents", "households"),
    "over65_per_100_minors": Ratio("over65", "minors", 100),
    "ageing_index": Ratio("over65", "children_0_14", 100),
    "one_person_households_share": Ratio("one_person_households", "households"),
    "lone_parent_households_share": Ratio("lone_parent_households", "households"),
}
"""Figures of a zone, of those that are known of it. The ageing index is that of the Comune, people
of 65 and older per 100 of 0 to 14; where children of that age are not counted apart, those of 0 to
17 tell nearly the same. Who is over 65 and alone is a share of those over 65."""


def zone_profile(
    city: City,
    *,
    by: str = "nil",
    to: str | Iterable[str] | Mapping[str, str | gpd.GeoDataFrame] | gpd.GeoDataFrame = (
        "houses",
        "wemi",
    ),
    profile: str | TravelProfile = "walk_75",
    minutes: float = 15,
    groups: str | Iterable[str] | None = ("residents", "over65", "foreign"),
    need: NeedIndex | None = None,
    table: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Put the people of each zone beside the services they reach: one row per zone.

    Parameters
    ----------
    city
        The city.
    by
        The set of zones.
    to
        The services: the name of a set of places, several, or a mapping from a name to a set or
        a table of places; a table alone is called ``places``.
    profile, minutes
        As for :func:`~quartieri15.analysis.coverage.coverage`.
    groups
        Whose coverage and minutes to tell; all that the city knows for None.
    need
        A need index of the same zones, to be joined.
    table
        More figures by zone, as for :func:`~quartieri15.analysis.need.need_index`.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per zone, in the order of the city:

        ``zone_id, zone, area_km2``
            The zone.
        ``residents``, and the other groups
            All that the city counts, whatever ``groups``.
        other columns of the zones, and of ``table``
            As they are: an index of heat, for example.
        names of :data:`RATIOS`
            Those of whose parts both are known: densities per km2, shares (fractions), ageing.
        ``<service>_inside``
            How many of the places lie in the zone.
        ``<service>_<group>_covered, <service>_<group>_share``
            People of the group within the threshold, and their share.
        ``<service>_<group>_median_minutes``
            See ``coverage``.
        ``need, need_rank``
            Only with ``need``.
        ``reason``
            Why values are missing: names of columns and why, as in ``over65_alone_share: no
            over65``; otherwise empty.
        ``geometry``
            The zone.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`~quartieri15.analysis.coverage.coverage` and
        :func:`~quartieri15.analysis.zone_figures.zone_figures`; or if ``need`` is of other zones,
        or two columns would have one name.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> nil = zone_profile(milano, to="houses", groups="over65")
    >>> len(nil), int(nil["houses_inside"].sum())
    (88, 62)
    """
    require_city(city)
    zones = city.zones_named(by)
    figures = zone_figures(city, by, table=table)
    services = _services(to)
    require_minutes(minutes)
    known = pd.DataFrame({"area_km2": figures.pop("area_km2")} | dict(figures.items()))
    why: list[list[str]] = [[] for _ in range(len(zones))]
    for name, ratio in RATIOS.items():
        if name not in known.columns and {ratio.of, ratio.per} <= set(figures.columns) | {"area_km2"}:
            ...
    return known
