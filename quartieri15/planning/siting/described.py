"""What a site is: its address and street, who gets there sooner, and what would do nearly as well.

The people gained are counted here by the travel times to the sites themselves, not by the tables
the solver worked on: what is told of a site is what opening it changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.model.zones import OUTSIDE, containing
from quartieri15.reach.times import travel_time_matrix, travel_times
from quartieri15.reach.trips import Trips, in_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.siting.gains import Gains

ADDRESS_WITHIN_M: Final = 100.0
"""The nearest address farther away than this is not the site's."""

GAINING: Final = ("over65", "over75", "over65_alone", "foreign")
"""The groups of whom is told how many a site gains, besides the one asked for."""

ALTERNATIVES: Final = 5
"""As many alternatives are told for each site."""


def sites_table(
    city: City,
    chosen: gpd.GeoDataFrame,
    *,
    kept: gpd.GeoDataFrame | None,
    profile: TravelProfile,
    minutes: float,
    group: str,
    cap_minutes: float,
    cost_eur: NDArray[np.float64] | None = None,
    mandatory: NDArray[np.bool_] | None = None,
) -> gpd.GeoDataFrame:
    """Describe sites in their order.

    Parameters
    ----------
    city
        The city.
    chosen : geopandas.GeoDataFrame
        ``id`` and ``geometry`` of each, in the order in which they open.
    kept : geopandas.GeoDataFrame or None
        The places that are there before.
    profile, minutes, group
        Who travels, within what time people count, and which people.
    cap_minutes
        Nobody counts with more minutes than this in the minutes saved.
    cost_eur, mandatory
        What each costs, and whether it had to be chosen.

    Returns
    -------
    geopandas.GeoDataFrame
        See ``sites`` of :class:`~quartieri15.planning.siting.result.Sites`.
    """
    residents = city.require_residents()
    groups = [g for g in dict.fromkeys((group, *GAINING)) if g in city.groups]
    counts = residents[groups].to_numpy(dtype=np.float64)
    own = counts[:, groups.index(group)]
    before = np.full(len(residents), np.nan)
    if kept is not None and len(kept):
        before = travel_times(city, to=kept, profile=profile)["minutes"].to_numpy()
    there = in_time(np.nan_to_num(before, nan=np.inf), minutes)
    now = np.nan_to_num(before, nan=np.inf)
    rows: list[dict[str, Any]] = []
    matrix = (
        travel_time_matrix(city, to=chosen, profile=profile, dense=True) if len(chosen) else None
    )
    for rank in range(len(chosen)):
        assert matrix is not None  # noqa: S101 - there is at least one site
        name = chosen["id"].iloc[rank]
        after = now
        if name in matrix.columns:
            after = np.fmin(now, matrix[name].to_numpy())
        within = in_time(after, minutes)
        new = within & ~there
        saved = np.minimum(now, cap_minutes) - np.minimum(after, cap_minutes)
        rows.append(
            {
                "rank": rank + 1,
                "candidate_id": name,
                "gain": float(own[new].sum()),
                "covered_total": float(own[within].sum()),
                "minutes_saved": float((saved * own).sum()),
                **{f"gain_{g}": float(counts[new, i].sum()) for i, g in enumerate(groups)},
            }
        )
        now, there = after, within
    told = pd.DataFrame(
        rows,
        columns=None if rows else ["rank", "candidate_id", "gain", "covered_total"],
    )
    table = gpd.GeoDataFrame(told, geometry=chosen.geometry.to_numpy(), crs=city.crs)
    where = _where(city, chosen, profile)
    for position, column in enumerate(where.columns):
        table.insert(2 + position, column, where[column].to_numpy())
    table["cost_eur"] = np.nan if cost_eur is None else cost_eur
    table["mandatory"] = False if mandatory is None else mandatory
    return table[[*(c for c in table.columns if c != "geometry"), "geometry"]]


def within(
    city: City, places: gpd.GeoDataFrame, *, profile: TravelProfile, minutes: float
) -> NDArray[np.bool_]:
    """Tell which points of residents are within the minutes of the nearest of some places."""
    times = travel_times(city, to=places, profile=profile)["minutes"]
    return in_time(times.to_numpy(), minutes)


def people_within(
    city: City,
    places: gpd.GeoDataFrame,
    *,
    profile: TravelProfile,
    minutes: float,
    group: str,
) -> float:
    """Count the people within the minutes of the nearest of some places."""
    people = city.residents[group].to_numpy(dtype=float)
    return float(people[within(city, places, profile=profile, minutes=minutes)].sum())


def _where(city: City, sites: gpd.GeoDataFrame, profile: TravelProfile) -> pd.DataFrame:
    """Tell address, street and zones of sites."""
    number = len(sites)
    columns: dict[str, Any] = {
        "address": np.full(number, None, dtype=object),
        "address_m": np.full(number, np.nan),
        "street": np.full(number, None, dtype=object),
        "street_m": np.full(number, np.nan),
        "edge_id": pd.array([pd.NA] * number, dtype="Int64"),
    }
    if not number:
        return pd.DataFrame(columns | {"nil": [], "municipio": []})
    points = sites.geometry
    addresses = city.addresses
    if len(addresses):
        near, metres = _nearest(points, addresses.geometry)
        by_id = pd.Index(addresses["id"]).get_indexer(pd.Index(sites["id"]))
        same = by_id >= 0
        near = np.where(same, by_id, near)
        metres = np.where(same, 0.0, metres)
        words = (addresses["street"].astype(str) + " " + addresses["number"].astype(str)).to_numpy(
            dtype=object
        )
        close = metres <= ADDRESS_WITHIN_M
        columns["address"] = np.where(close, words[near], None)
        columns["address_m"] = np.where(close, metres, np.nan)
    trips = Trips.plan(city, sites, profile=profile, direction="to", where="sites")
    snapped = trips.places.edge
    names = city.streets.edges["name"].astype(object)
    names = names.where(names.notna() & (names != ""), None)
    edge_ids = trips.graph.edge_ids[np.maximum(snapped, 0)]
    on = snapped >= 0
    columns["edge_id"] = pd.Series(edge_ids, dtype="Int64").where(pd.Series(on)).array
    at = city.streets.edges.index.get_indexer(edge_ids)
    street: NDArray[np.object_] = np.full(number, None, dtype=object)
    street[on] = names.to_numpy()[at[on]]
    far_m: NDArray[np.float64] = np.where(on, trips.places.distance_m, np.nan)
    unnamed = np.array([name is None for name in street])
    named = names.notna().to_numpy()
    if unnamed.any() and named.any():
        ways = city.streets.edges.geometry[named]
        near, far = _nearest(points[unnamed], ways)
        street[unnamed] = names.to_numpy()[named][near]
        far_m[unnamed] = far
    columns["street"], columns["street_m"] = street, far_m
    for column, key, told in (("nil", "nil", "name"), ("municipio", "municipi", "id")):
        columns[column] = np.full(number, None, dtype=object)
        if key in city.zones:
            zones = city.zones_named(key)
            ids = containing(sites, zones)
            title = dict(zip(zones["id"], zones[told], strict=True))
            columns[column] = np.array(
                [None if one == OUTSIDE else title.get(one) for one in ids], dtype=object
            )
    return pd.DataFrame(columns)


def _nearest(
    points: gpd.GeoSeries, shapes: gpd.GeoSeries
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the nearest shape of each point, the first of those equally near, and how far."""
    (point, shape), metres = shapes.sindex.nearest(
        np.asarray(points), return_all=True, return_distance=True
    )
    first = pd.DataFrame({"point": point, "shape": shape, "m": metres}).groupby("point").min()
    return first["shape"].to_numpy(), first["m"].to_numpy()


def alternatives_table(
    gains: Gains,
    chosen: NDArray[np.int64],
    candidates: gpd.GeoDataFrame,
    *,
    near: float,
    movable: NDArray[np.bool_],
    costs: NDArray[np.float64] | None = None,
    budget: float = np.inf,
) -> pd.DataFrame:
    """Tell which single exchanges lose next to nothing.

    Parameters
    ----------
    gains
        What candidates bring to points.
    chosen
        The choice, in the order of its ranks.
    candidates : geopandas.GeoDataFrame
        ``id`` and ``geometry``, as numbered in ``gains``.
    near
        The part of the value that may be lost.
    movable
        Which of the chosen may be exchanged.
    costs, budget
        What must still be paid for.

    Returns
    -------
    pandas.DataFrame
        ``rank`` (the site that is exchanged), ``candidate_id`` (for what), ``value``, ``loss``,
        ``loss_share``, ``tie`` (the loss is nought), ``distance_m`` between the two; the best
        first, at most :data:`ALTERNATIVES` of each site.
    """
    columns = ["rank", "candidate_id", "value", "loss", "loss_share", "tie", "distance_m"]
    value = gains.value(chosen)
    if not len(chosen) or value <= 0:
        return pd.DataFrame(columns=columns)
    gain, loss, kept = gains.swaps(chosen)
    rows: list[dict[str, Any]] = []
    points = np.asarray(candidates.geometry)
    for rank, one in enumerate(chosen):
        if not movable[rank]:
            continue
        change = gain - loss[rank] + kept[:, rank]
        change[chosen] = -np.inf
        if costs is not None:
            change[costs[chosen].sum() - costs[one] + costs > budget] = -np.inf
        best = np.argsort(-change, kind="stable")[:ALTERNATIVES]
        for other in best[change[best] >= -near * value]:
            lost = max(0.0, -float(change[other]))
            rows.append(
                {
                    "rank": rank + 1,
                    "candidate_id": candidates["id"].iloc[other],
                    "value": value - lost,
                    "loss": lost,
                    "loss_share": lost / value,
                    "tie": lost <= 1e-9 * value,
                    "distance_m": float(shapely.distance(points[one], points[other])),
                }
            )
    return pd.DataFrame(rows, columns=columns)
