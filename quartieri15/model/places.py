"""Facilities: the houses, the WeMi desks and any other place that people go to."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.model import schemas
from quartieri15.model.zones import OUTSIDE, containing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# The network a kind of place belongs to. A kind that is not here is a network of its own.
NETWORKS: Mapping[str, str] = {
    "ex_csrc": "houses",
    "ex_cam": "houses",
    "wemi_external": "wemi",
    "wemi_central": "wemi",
}
COLUMNS = (
    "id",
    "name",
    "kind",
    "network",
    "hosts_wemi",
    "wemi_desk",
    "municipio",
    "address",
    "location_precision",
    "location_uncertainty_m",
    "location_uncertainty_assumed",
    "location_contradiction_m",
    "location_second_x_m",
    "location_second_y_m",
    "confidence",
    "summer_2026_hours",
    "summer_2026_closures",
    "summer_2026_opening_hours",
    "summer_2026_hours_not_read",
    "source",
    "geometry",
)
SUMMER_2026: Final = (dt.date(2026, 6, 1), dt.date(2026, 9, 30))
"""The first and the last day that ``summer_2026_hours`` speak of. These are the hours of cool
spaces, not the opening hours of a house in the rest of the year, which no source tells."""

EXACT: Final = ("civic", "point")
"""Values of ``location_precision`` of a place that stands where it is said to be."""

UNVERIFIED: Final = "unverified"
"""The ``confidence`` of a place whose address no source confirms."""

CONTRADICTION_M: Final = 100.0
"""Two sources that put a place farther apart than this cannot mean one door."""


def places_table(
    registry: pd.DataFrame,
    *,
    crs: Any,
    cool_spaces: pd.DataFrame | None = None,
    assumed_uncertainty_m: Mapping[str, float] | None = None,
) -> gpd.GeoDataFrame:
    """Make the table of places of a registry.

    Parameters
    ----------
    registry
        One row per place, as read by ``sources.registry.read_registry``.
    crs
        The metric CRS of the city.
    cool_spaces
        What the list of cool spaces of summer 2026 says, one row per ``ds3017_id``:
        ``summer_2026_hours`` and ``summer_2026_closures`` (free text), ``lat`` and ``lon``
        (degrees); where they have been read, ``summer_2026_opening_hours`` (the same hours in the
        syntax of OpenStreetMap) and ``summer_2026_hours_not_read`` (what of the texts is not in
        them). A place that is not there has no known hours, which is not closed.
    assumed_uncertainty_m
        How uncertain a position is taken to be where the registry does not say it, in metres by
        ``location_precision``. Unknown for a precision that is not there.

    Returns
    -------
    geopandas.GeoDataFrame
        :data:`COLUMNS`, in the order of the registry. ``hosts_wemi`` is true for a house that
        has a WeMi desk inside; the desk itself is no row of its own. A place without a
        position keeps its row with an empty geometry. ``location_uncertainty_assumed`` is true
        where ``location_uncertainty_m`` is an assumption and not of the registry.
        ``location_contradiction_m`` is how far the position in the list is from the one in the
        registry, missing where there are not two; beyond :data:`CONTRADICTION_M` they contradict
        each other. ``location_second_x_m, location_second_y_m`` are the position in the list, in
        ``crs``.
    """
    known = registry["lat"].notna()
    points = gpd.GeoSeries(
        gpd.points_from_xy(registry["lon"], registry["lat"]), crs=GEOGRAPHIC, index=registry.index
    ).to_crs(crs)
    xy = np.round(shapely.get_coordinates(points), 2)
    geometry = np.full(len(xy), None, dtype=object)
    geometry[known] = shapely.points(xy[known])
    listed = _listed(registry["ds3017_id"], cool_spaces)
    second = gpd.GeoSeries(
        gpd.points_from_xy(listed["lon"], listed["lat"]), crs=GEOGRAPHIC, index=registry.index
    ).to_crs(crs)
    second_xy = np.full((len(registry), 2), np.nan)
    listed_there = listed["lat"].notna().to_numpy()
    second_xy[listed_there] = np.round(shapely.get_coordinates(second[listed_there]), 2)
    stated = registry["location_uncertainty_m"].astype("float64")
    assumed = registry["location_precision"].map(dict(assumed_uncertainty_m or {})).astype(float)
    network = registry["kind"].map(lambda kind: NETWORKS.get(kind, kind))
    table = gpd.GeoDataFrame(
        {
            "id": registry["id"].astype(object),
            "name": registry["name"].astype(object),
            "kind": registry["kind"].astype("category"),
            "network": network.astype("category"),
            "hosts_wemi": registry["has_wemi"] & (network == "houses"),
            "wemi_desk": _text(registry["wemi_desk"]),
            "municipio": registry["municipio"].astype("Int64"),
            "address": _text(registry["address"]),
            "location_precision": registry["location_precision"].astype("category"),
            "location_uncertainty_m": stated.fillna(assumed),
            "location_uncertainty_assumed": stated.isna() & assumed.notna(),
            "location_contradiction_m": shapely.distance(geometry, second.to_numpy()).round(1),
            "location_second_x_m": second_xy[:, 0],
            "location_second_y_m": second_xy[:, 1],
            "confidence": registry["confidence"].astype("category"),
            "summer_2026_hours": _text(listed["summer_2026_hours"]),
            "summer_2026_closures": _text(listed["summer_2026_closures"]),
            "summer_2026_opening_hours": _text(listed["summer_2026_opening_hours"]),
            "summer_2026_hours_not_read": _text(listed["summer_2026_hours_not_read"]),
            "source": _text(registry["source"]),
        },
        geometry=geometry,
        crs=crs,
    )
    return table.reset_index(drop=True)


def contradicted(place: Mapping[str, Any]) -> bool:
    """Tell whether two sources put a place farther apart than :data:`CONTRADICTION_M`."""
    apart = place.get("location_contradiction_m")
    return apart is not None and not pd.isna(apart) and float(apart) > CONTRADICTION_M


def position_certainty(places: gpd.GeoDataFrame) -> dict[str, Any]:
    """Count how surely places are located, as far as their table tells.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        A places table, or part of one.

    Returns
    -------
    dict
        ``places``; ``without_position``; ``less_than_civic`` (by ``location_precision``, those
        with a position that is no house number or given point); ``unverified``;
        ``contradicted``, and how far the two sources are apart at those, ascending
        (``contradicted_m``); ``in_doubt``, those of whom any of the three is true. All of these
        count places with a position only. What the table has no column for is left out.

    Examples
    --------
    >>> town = gpd.GeoDataFrame(
    ...     {
    ...         "location_precision": ["civic", "street", "civic"],
    ...         "location_contradiction_m": [3, None, 244],
    ...     },
    ...     geometry=gpd.points_from_xy([0, 1, 2], [0, 0, 0]),
    ... )
    >>> told = position_certainty(town)
    >>> told["less_than_civic"], told["contradicted_m"], told["in_doubt"]
    ({'street': 1}, [244.0], 2)
    """
    nowhere = schemas.unplaced(places.geometry)
    told: dict[str, Any] = {"places": len(places), "without_position": int(nowhere.sum())}
    doubts = _doubts(places)
    if "less_than_civic" in doubts:
        vague = places["location_precision"].astype(object)[doubts["less_than_civic"]]
        counts = vague.astype(str).value_counts()
        told["less_than_civic"] = {str(name): int(n) for name, n in counts.items()}
    if "unverified" in doubts:
        told["unverified"] = int(doubts["unverified"].sum())
    if "contradicted" in doubts:
        differ = doubts["contradicted"]
        told["contradicted"] = int(differ.sum())
        apart = pd.to_numeric(places["location_contradiction_m"]).to_numpy(dtype=float)
        told["contradicted_m"] = sorted(float(metres) for metres in apart[differ])
    return told | {"in_doubt": int(in_doubt(places).sum())}


def in_doubt(places: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell of which places it is not sure where they are, as far as their table tells.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        A places table, or part of one.

    Returns
    -------
    numpy.ndarray
        True for a place with a position that is no house number or given point, or whose
        address no source confirms, or that two sources put farther apart than
        :data:`CONTRADICTION_M`. A place without any position is not among them.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> houses = q15.load("milano").houses
    >>> int(in_doubt(houses).sum()), len(houses)
    (28, 62)
    """
    doubt = np.zeros(len(places), dtype=bool)
    for told in _doubts(places).values():
        doubt |= told
    return doubt


def uncertainty_m(places: gpd.GeoDataFrame, *, where: str) -> NDArray[np.float64]:
    """Tell how uncertain the positions of places are, as far as their table tells.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        A places table, or part of one.
    where
        What messages call it.

    Returns
    -------
    numpy.ndarray
        Metres; 0 where none are known.

    Raises
    ------
    InputError
        If ``location_uncertainty_m`` holds anything else than metres of 0 or more.
    """
    column = "location_uncertainty_m"
    if column not in places.columns:
        return np.zeros(len(places))
    contract = {column: schemas.POSITION_COLUMNS_IF_THERE[column]}
    told = schemas.check(pd.DataFrame(places[[column]]), contract, where=where)
    metres: NDArray[np.float64] = told[column].fillna(0.0).to_numpy(dtype=float)
    return metres


def _doubts(places: gpd.GeoDataFrame) -> dict[str, NDArray[np.bool_]]:
    """Tell what is doubted of the position of places, for each doubt the table has a column of."""
    placed = ~schemas.unplaced(places.geometry)
    doubts: dict[str, NDArray[np.bool_]] = {}
    if "location_precision" in places.columns:
        precision = places["location_precision"].astype(object)
        vague = precision.notna().to_numpy() & ~precision.isin(EXACT).to_numpy()
        doubts["less_than_civic"] = vague & placed
    if "confidence" in places.columns:
        unverified = (places["confidence"].astype(object) == UNVERIFIED).to_numpy()
        doubts["unverified"] = unverified & placed
    if "location_contradiction_m" in places.columns:
        apart = pd.to_numeric(places["location_contradiction_m"]).to_numpy(dtype=float)
        doubts["contradicted"] = (apart > CONTRADICTION_M) & placed
    return doubts


def hosted_desks(places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say which WeMi desk is in which house.

    Returns
    -------
    pandas.DataFrame
        ``wemi_desk``, ``place_id``, ``place``; one row per desk inside a house.
    """
    hosts = places[places["hosts_wemi"]]
    return pd.DataFrame(
        {
            "wemi_desk": hosts["wemi_desk"].to_numpy(),
            "place_id": hosts["id"].to_numpy(),
            "place": hosts["name"].to_numpy(),
        }
    )


def outside_stated_zone(
    places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, column: str = "municipio"
) -> pd.DataFrame:
    """Find the places whose position is not in the zone they state. Nothing is mended.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        A places table.
    zones : geopandas.GeoDataFrame
        A zones table in the same CRS.
    column
        The column of places that states a zone id.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``name``, ``stated``, ``found`` (Int64, unknown outside all zones),
        ``distance_m`` to the zone stated, ``within_uncertainty``: whether the place may lie there
        all the same. Places without a position or a zone are left out.
    """
    placed = places[~schemas.unplaced(places.geometry) & places[column].notna()]
    inside = pd.Series(containing(placed, zones), index=placed.index, dtype="Int64")
    found = inside.mask(inside == OUTSIDE)
    differ = (found != placed[column]).fillna(value=True).to_numpy(dtype=bool)
    shapes = dict(zip(zones["id"], zones.geometry, strict=True))
    rows = placed[differ]
    distance = np.array(
        [
            round(float(shape.distance(shapes[stated])), 1) if stated in shapes else np.nan
            for shape, stated in zip(rows.geometry, rows[column], strict=True)
        ]
    )
    return pd.DataFrame(
        {
            "id": rows["id"].to_numpy(),
            "name": rows["name"].to_numpy(),
            "stated": rows[column].to_numpy(),
            "found": found[differ].to_numpy(),
            "distance_m": distance,
            "within_uncertainty": distance <= rows["location_uncertainty_m"].to_numpy(),
        }
    )


def _listed(ids: pd.Series, cool_spaces: pd.DataFrame | None) -> pd.DataFrame:
    """Return what a list says of each place of a registry, in the order of the registry."""
    texts = [name for name in COLUMNS if name.startswith("summer_2026_")]
    columns = [*texts, "lat", "lon"]
    if cool_spaces is None:
        return pd.DataFrame(np.nan, index=ids.index, columns=columns)
    found = cool_spaces.set_index("ds3017_id").reindex(columns=columns)
    return found.reindex(ids.to_numpy(dtype=float, na_value=np.nan)).set_axis(ids.index)


def _text(values: pd.Series) -> pd.Series:
    """Return texts as objects, with None for a missing or an empty one."""
    return values.astype(object).where(values.notna() & (values != ""), None)
