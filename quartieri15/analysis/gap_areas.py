"""Where the people are who are left out: areas of addresses beyond the threshold, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.counting import column_of, minutes_of, percentiles_by_zone
from quartieri15.analysis.coverage import coverage, labelled_places, require_minutes
from quartieri15.analysis.local_density import RADIUS_M, local_density, percentile_rank
from quartieri15.analysis.outlines import NearestGround
from quartieri15.analysis.reached_pairs import names_of
from quartieri15.arguments import is_finite, is_one_of, several, shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.model import profiles
from quartieri15.model.city import require_city
from quartieri15.model.prepared import Prepared
from quartieri15.model.residents.groups import LEADING
from quartieri15.plain_json import plain_json
from quartieri15.progress import shown as shown_progress
from quartieri15.reach.times import travel_times
from quartieri15.reach.trips import ids_of, in_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

NEIGHBOURS_M: Final = 200.0
"""Addresses up to this far apart are neighbours, in metres.

A settlement is what no gap of more than 200 m divides (UNECE 2015, Conference of European
Statisticians Recommendations for the 2020 Censuses of Population and Housing, on localities; INSEE
defines its unites urbaines likewise).
"""

MOST_NEIGHBOURS_M: Final = 500.0
"""As far apart as neighbours may be, in metres."""

FEWEST: Final = 10.0
"""Areas with fewer uncovered people of a group are counted, and not listed: as few as are not told
where figures are published."""

STREETS_TOLD: Final = 3
"""How many streets name an area."""

_IS: Final = ("gap_id", "group", "rank", "uncovered", "addresses", "area_km2", "streets")
_HAS: Final = (
    *("density_per_km2", "density_percentile", "place_id", "place", "place_share"),
    *("min_minutes", "median_minutes", "max_minutes", "reason"),
)


def gap_areas(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
    groups: str | Iterable[str] = LEADING,
    within: str | Iterable[str] | None = "nil",
    neighbours_m: float = NEIGHBOURS_M,
    density_percentile: float = 0,
    density_radius_m: float = RADIUS_M,
    fewest: float = FEWEST,
    times: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Find the areas where people live beyond the threshold, side by side.

    An address is in a gap when the nearest place is more than ``minutes`` away. Two such addresses
    are in the same area when a chain of them leads from one to the other in steps of at most
    ``neighbours_m``, in a straight line, all within one zone of ``within``. These are the clusters
    of single linkage, cut at a distance (Gower and Ross 1969, Journal of the Royal Statistical
    Society C 18(1):54-64): every address is in one area, whatever order the table has, and a place
    that is added divides areas or makes them smaller, and never joins two.

    Borders are needed because chains grow long where much is uncovered. In Milano, for ``walk_75``
    and 15 minutes, 160,640 of the 173,110 uncovered people over 65 are in one area if
    ``within=None``: it is the covered parts that are islands. With the NIL as borders the list
    hardly depends on the step: with 150 or 250 m in place of 200 m, the twenty largest areas of
    people over 65 share on average 96 % or more of them with an area of the other list (those in
    both, divided by those in either; the table stands in ``docs/gap_areas.md``).

    Parameters
    ----------
    city
        The city.
    to, profile, minutes, groups, times
        As for :func:`~quartieri15.analysis.coverage.coverage`; each group is ranked by itself.
    within
        The set of zones whose borders divide areas, or several: sets that the residents name,
        such as ``"nil"`` or ``("nil", "municipi")``. None for no borders.
    neighbours_m
        How far apart neighbours may be, in metres; above 0 and at most 500.
    density_percentile
        Leave out addresses where the group lives less densely than at this percentile of the
        city, from 0 to 100: with 80, what is left are gaps in the densest fifth of the city. 0
        leaves out nobody.
    density_radius_m
        As ``radius_m`` for :func:`~quartieri15.analysis.local_density.local_density`.
    fewest
        Areas with fewer uncovered people of the group than this are not listed, and counted.
        At least 0; an area without anybody of the group is never listed.
    times
        As for coverage.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per group and area, the largest of a group first.

        ``gap_id``
            The ``id`` of the residents point in it that is farthest from a place (of several as
            far, the most western). Without a ``density_percentile`` all groups have the same areas.
        ``group, rank``
            The group, and 1 for its largest area.
        ``uncovered``
            Expected people of the group who live there.
        ``addresses``
            How many residents points it has.
        ``streets``
            The three streets where most of its residents live, separated by commas; addresses
            without a street count for that of the nearest address. Empty where the city has no
            addresses.
        ``nil, nil_name, municipi, municipi_name``
            Id and name of the zone where most of its residents live, for each set of zones that
            the residents name.
        ``density_per_km2``
            The local density of the group, averaged over its people in the area.
        ``density_percentile``
            The part of the group in the whole city, in per cent, that lives less densely (half of
            who lives as densely counts).
        ``place_id, place, place_share``
            The place that is nearest for most of these people, and for what fraction of them.
        ``min_minutes, median_minutes, max_minutes``
            Travel time to the nearest place, whichever it is: of the nearest address, the median
            of these people (as coverage tells it), and of the farthest address.
        ``reason``
            Why something is missing: ``unreachable`` (nobody gets to a place),
            ``median_unreachable`` (half cannot), ``partly_unreachable`` (some address cannot);
            otherwise empty.
        ``area_km2``
            Area of the outline.
        ``profile, speed_kmh, minutes, places``
            What was asked.
        ``geometry``
            The outline: all ground within half of ``neighbours_m`` of one of its addresses to
            which no other address of the city is nearer. So outlines of a group do not overlap,
            and hold the addresses of their own area and no others.

        ``attrs["provenance"]`` holds what coverage tells, the rule, and, per group, where the
        uncovered people are who are not listed: ``uncovered`` (all), ``too_sparse``,
        ``in_small_areas`` and the number of ``small_areas``. With what is listed they add up.

    Raises
    ------
    ParameterError
        If a number makes no sense, or no group is named.
    UnknownNameError
        If the profile, the places, the zones or a group are not known.
    InputError
        As for coverage.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> gaps = gap_areas(milano, to="houses", profile="walk_75", groups="over65")
    >>> told = gaps.attrs["provenance"]
    >>> all_told = gaps["uncovered"].sum() + told["in_small_areas"]["over65"]
    >>> bool(abs(all_told - told["uncovered"]["over65"]) < 1e-6)
    True
    """
    require_city(city)
    wanted = city.require_groups(groups)
    require_minutes(minutes)
    step_m = _number(neighbours_m, "neighbours_m", most=MOST_NEIGHBOURS_M)
    if not step_m:
        raise ParameterError("neighbours_m is 0", where="neighbours_m", mend="give some metres")
    least_rank = _number(density_percentile, "density_percentile", most=100)
    fewest = _number(fewest, "fewest", most=np.inf)
    profile = profiles.get(profile)
    borders = [] if within is None else several(within)
    points = _points(city, borders)
    with shown_progress("gap areas") as say:
        say("travel times")
        if times is None:
            times = travel_times(city, to=to, profile=profile)
        cover = coverage(
            city, to=to, profile=profile, minutes=minutes, by="city", groups=wanted, times=times
        )
        points["minutes"] = minutes_of(city, times, profile)
        points["place_id"] = column_of(times, "place_id").astype(object).to_numpy()
        beyond = ~in_time(points["minutes"].to_numpy(), minutes)
        say("densities")
        density = local_density(city, groups=wanted, radius_m=density_radius_m)
        ground = _ground(city, step_m / 2)
        not_listed: dict[str, dict[str, float]] = {
            name: {} for name in ("too_sparse", "in_small_areas", "small_areas")
        }
        found, drawn = [], dict[bytes, Any]()
        for group in wanted:
            say(group)
            own, dense = (table[group].to_numpy(dtype=float) for table in (city.residents, density))
            sparse = beyond & (percentile_rank(dense, dense, own) < least_rank)
            rows = np.flatnonzero(beyond & ~sparse)
            area = _side_by_side(points.iloc[rows], step_m)
            size = np.bincount(area, own[rows])
            small = (size > 0) & (size < fewest)
            not_listed["too_sparse"][group] = own[sparse].sum()
            not_listed["in_small_areas"][group] = size[small].sum()
            not_listed["small_areas"][group] = small.sum()
            listed = (size > 0) & ~small
            rows, area = rows[listed[area]], (np.cumsum(listed) - 1)[area[listed[area]]]
            table = _described(
                points.iloc[rows].assign(area=area, own=own[rows], dense=dense[rows]),
                zones=_zones_named(city),
            ).assign(group=group)
            table["geometry"] = ground.outlines(rows, area, areas=len(table), drawn=drawn)
            table["density_percentile"] = percentile_rank(table["density_per_km2"], dense, own)
            found.append(table.sort_values(["uncovered", "gap_id"], ascending=[False, True]))
            found[-1]["rank"] = np.arange(1, len(table) + 1)
    gaps = _named(city, to, pd.concat(found, ignore_index=True), cover)
    gaps.attrs["provenance"] = plain_json(
        {
            **cover.attrs["provenance"],
            "by": "gap",
            "within": borders,
            "neighbours_m": step_m,
            "density_percentile": least_rank,
            "density_radius_m": float(density_radius_m),
            "fewest": fewest,
            "rank": "by uncovered people of the group",
            "uncovered": dict(zip(cover["group"], cover["uncovered"], strict=True)),
            **not_listed,
        }
    )
    return gaps


_grounds: Prepared[dict[float, NearestGround]] = Prepared()


def _ground(city: City, reach_m: float) -> NearestGround:
    """Return the ground of every residents point, whoever travels."""
    residents = city.residents
    known = _grounds.of(residents, [residents.active_geometry_name], dict)
    if reach_m not in known:
        xy = shapely.get_coordinates(residents.geometry.array)
        known[reach_m] = NearestGround.of(xy, reach_m)
    return known[reach_m]


def _named(
    city: City, to: str | gpd.GeoDataFrame, found: pd.DataFrame, cover: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return the table of areas as it is told: with names, what was asked, and all in order."""
    gaps = gpd.GeoDataFrame(found, geometry="geometry", crs=city.crs)
    gaps["area_km2"] = gaps.geometry.area / 1e6
    _, places = labelled_places(city, to)
    ids = ids_of(places, where="to")
    gaps["place"] = gaps["place_id"].map(dict(zip(ids, names_of(places, ids), strict=True)))
    where = []
    for zones in _zones_named(city):
        table = city.zones_named(zones)
        name = f"{zones}_name"
        gaps[name] = gaps[zones].map(dict(zip(table["id"], table["name"], strict=True)))
        where += [zones, name]
    asked = {name: cover[name].iloc[0] for name in ("profile", "speed_kmh", "minutes", "places")}
    return gaps.assign(**asked)[[*_IS, *where, *_HAS, *asked, "geometry"]]


def _number(value: object, name: str, *, most: float) -> float:
    """Return a number from 0 to ``most``, or say that it is none."""
    if not is_finite(value) or not 0 <= value <= most:
        upto = "" if np.isinf(most) else f" and up to {most:g}"
        raise ParameterError(
            f"{name} is {shown(value)}", where=name, mend=f"give a number of at least 0{upto}"
        )
    return float(value)


def _zones_named(city: City) -> list[str]:
    """Return the sets of zones that the residents name."""
    return [name for name in city.zones if name in city.residents.columns]


def _points(city: City, within: list[str]) -> pd.DataFrame:
    """Return what is known of every residents point before anybody travels."""
    residents, zones = city.residents, _zones_named(city)
    for name in within:
        if not is_one_of(name, zones):
            raise UnknownNameError.among(
                name, zones, kind="set of zones that the residents name", argument="within"
            )
    points = pd.DataFrame(residents[["id", "residents", *zones]]).rename(columns={"id": "gap_id"})
    border = (
        points.groupby([*dict.fromkeys(within)]).ngroup().to_numpy()
        if within
        else np.zeros(len(points))
    )
    xy = shapely.get_coordinates(residents.geometry.array)
    return points.assign(x=xy[:, 0], y=xy[:, 1], border=border, streets=_streets(city, xy))


def _streets(city: City, xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return the street of each residents point: of its address, or else of the nearest one."""
    from scipy.spatial import cKDTree

    addresses = city.addresses
    if not len(addresses):
        return np.full(len(xy), "", dtype=object)
    row = pd.Index(addresses["id"]).get_indexer(pd.Index(city.residents["id"]))
    lost = row < 0
    row[lost] = cKDTree(shapely.get_coordinates(addresses.geometry.array)).query(xy[lost])[1]
    streets: NDArray[np.object_] = addresses["street"].astype(object).to_numpy()[row]
    return streets


def _side_by_side(points: pd.DataFrame, step_m: float) -> NDArray[np.intp]:
    """Tell the area of each point, by number: chains of steps within a border."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    if points.empty:
        return np.empty(0, dtype=np.intp)
    one, other = cKDTree(points[["x", "y"]]).query_pairs(step_m, output_type="ndarray").T
    border = points["border"].to_numpy()
    same = border[one] == border[other]
    steps = coo_array(
        (np.ones(same.sum()), (one[same], other[same])), shape=(len(points), len(points))
    )
    return connected_components(steps, directed=False)[1].astype(np.intp)


def _described(points: pd.DataFrame, *, zones: list[str]) -> pd.DataFrame:
    """Return a row per area, of its points and of the people of one group (``own``) there."""
    area, own, minutes = (points[name].to_numpy() for name in ("area", "own", "minutes"))
    far = points.sort_values(["minutes", "x", "y", "gap_id"], ascending=[False, True, True, True])
    table = far.groupby("area").agg(
        gap_id=("gap_id", "first"),
        uncovered=("own", "sum"),
        addresses=("own", "size"),
        min_minutes=("minutes", "min"),
        max_minutes=("minutes", "max"),
    )
    table["median_minutes"] = percentiles_by_zone(area, minutes, own[:, None], len(table))[0][:, 0]
    lived = (points["own"] * points["dense"]).groupby(area).sum()
    table["density_per_km2"] = lived / table["uncovered"]
    for name in zones:
        table[name] = _leading(points, name, "residents").groupby("area")[name].first()
    streets = _leading(points, "streets", "residents").groupby("area")["streets"]
    table["streets"] = streets.agg(lambda names: ", ".join(names.head(STREETS_TOLD)))
    nearest = _leading(points, "place_id", "own").groupby("area")["place_id"].first()
    table["place_id"] = nearest.astype(object)
    its_own = (points["place_id"] == points["area"].map(nearest)).to_numpy()
    # Two sums of the same numbers in the same order, some of them 0: no part is above the whole.
    part = np.bincount(area, own * its_own) / np.bincount(area, own)
    table["place_share"] = np.where(table["place_id"].notna(), part, np.nan)
    table["reason"] = np.select(
        [
            np.isinf(table["min_minutes"]),
            table["median_minutes"].isna(),
            np.isinf(table["max_minutes"]),
        ],
        ["unreachable", "median_unreachable", "partly_unreachable"],
        "",
    )
    return table.replace({"min_minutes": np.inf, "max_minutes": np.inf}, np.nan)


def _leading(points: pd.DataFrame, what: str, people: str) -> pd.DataFrame:
    """Return what most people of each area have, first what most have."""
    sums = points.groupby(["area", what])[people].sum().round(6).reset_index()
    return sums.sort_values(["area", people, what], ascending=[True, False, True])
