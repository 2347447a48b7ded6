"""The people of each zone beside its services, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.analysis.counting import per
from quartieri15.analysis.coverage import coverage, labelled_places
from quartieri15.analysis.need import require_need
from quartieri15.analysis.zone_figures import zone_figures
from quartieri15.arguments import several, shown
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.city import require_city
from quartieri15.model.residents.groups import LEADING_AMONG_ALL
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quartieri15.analysis.need import NeedIndex
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
    groups: str | Iterable[str] | None = LEADING_AMONG_ALL,
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
            Why values are missing, and in which columns, as in ``no over65:
            over65_alone_share``; otherwise empty.
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
    named = city.require_groups(groups)
    zones = city.zones_named(by, argument="by")
    services = _services(to)
    for service, places in services.items():
        where = f"to[{service!r}]" if isinstance(to, Mapping) else "to"
        labelled_places(city, places, where=where)
    columns = _counted(zone_figures(city, by, table=table))
    told: dict[str, Any] = {}
    for service, places in services.items():
        cover = coverage(city, to=places, profile=profile, minutes=minutes, by=by, groups=named)
        told[service] = cover.attrs["provenance"]
        # Without what is said of the table, which pandas copies at every step.
        columns += _served(service, pd.DataFrame(cover, copy=False))
    if need is not None:
        ranking = _ranking(city, need, by)
        for name, source in (("need", "need"), ("need_rank", "rank")):
            columns.append(_Column(name, ranking[source].array, ranking["reason"].to_numpy()))
    names = ["zone_id", "zone", "reason", "geometry", *(column.name for column in columns)]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise InputError(
                "two columns would have this name",
                where=f"zone_profile, column {name}",
                mend="give the service, or the column of the table, another name",
            )
    profiled = gpd.GeoDataFrame(
        {"zone_id": zones["id"].to_numpy(), "zone": zones["name"].to_numpy()}
        | {column.name: column.data for column in columns}
        | {"reason": _reasons(columns, len(zones))},
        geometry=zones.geometry.array,
        crs=city.crs,
    )
    profiled.attrs["provenance"] = plain_json(
        {
            **city.provenance,
            "city": city.name,
            "by": by,
            "services": {
                name: {key: own[key] for key in own if key not in city.provenance}
                for name, own in told.items()
            },
        }
        | ({} if need is None else {"need": need.zones.attrs["provenance"]["components"]})
    )
    return profiled


class _Column(NamedTuple):
    """A column of the table, and why it is missing where it is."""

    name: str
    data: Any
    why: Any


def _counted(figures: pd.DataFrame) -> list[_Column]:
    """Return what is known of the zones, the area first, and the ratios that it makes."""
    known = {"area_km2": figures["area_km2"].to_numpy()}
    known |= {name: figures[name].to_numpy() for name in figures.columns}
    found = [_Column(name, data, "not known") for name, data in known.items()]
    for name, ratio in RATIOS.items():
        if ratio.of in known and ratio.per in known:
            of, whole = known[ratio.of], known[ratio.per]
            why = np.where(np.isnan(of) | np.isnan(whole), "not known", f"no {ratio.per}")
            found.append(_Column(name, per(of * ratio.times, whole), why))
    return found


def _served(service: str, cover: pd.DataFrame) -> list[_Column]:
    """Return what a coverage by zone and group tells, one row per zone."""
    inside = cover.drop_duplicates("zone_id")["places_inside"].to_numpy()
    found = [_Column(f"{service}_inside", inside, "")]
    for group, own in cover.groupby("group", sort=False):
        found += [
            _Column(f"{service}_{group}_{name}", own[name].to_numpy(), own["reason"].to_numpy())
            for name in ("covered", "share", "median_minutes")
        ]
    return found


def _reasons(columns: list[_Column], rows: int) -> list[str]:
    """Say of every row which of its values are missing, and why."""
    missing: list[dict[str, list[str]]] = [{} for _ in range(rows)]
    for column in columns:
        why = np.broadcast_to(np.asarray(column.why, dtype=object), rows)
        for row in np.flatnonzero(pd.isna(column.data)):
            missing[row].setdefault(str(why[row]), []).append(column.name)
    return [
        "; ".join(f"{why}: {', '.join(names)}" for why, names in row.items()) for row in missing
    ]


def _services(to: object) -> dict[str, Any]:
    """Return the places of each service, by its name."""
    if isinstance(to, Mapping):
        services = dict(to)
    elif isinstance(to, pd.DataFrame):
        services = {"places": to}
    else:
        names = several(to)
        services = {name: name for name in names if isinstance(name, str)}
        if len(services) < len(names):
            services = {}
    if not services or not all(isinstance(name, str) and name for name in services):
        raise ParameterError(
            f"to is {shown(to)}",
            where="to",
            mend="name a set of places, or several, each once, or give a mapping from names",
        )
    return services


def _ranking(city: City, need: NeedIndex, by: str) -> pd.DataFrame:
    """Return the zones of a need index in the order of the city."""
    if require_need(city, need).by != by:
        raise InputError(
            f"it is about other zones than {by}",
            where="need",
            mend=f"give the result of need_index(city, by={by!r})",
        )
    ids = city.zones_named(by, argument="by")["id"]
    by_id: pd.DataFrame = pd.DataFrame(need.zones, copy=False).set_index("zone_id").loc[ids]
    return by_id
