"""Facilities: the houses, the WeMi desks and any other place that people go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.model import schemas
from quartieri15.model.zones import OUTSIDE, containing

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    "confidence",
    "opening_hours",
    "source",
    "geometry",
)


def places_table(
    registry: pd.DataFrame, *, crs: Any, opening_hours: Mapping[int, str] | None = None
) -> gpd.GeoDataFrame:
    """Make the table of places of a registry.

    Parameters
    ----------
    registry
        One row per place, as read by ``sources.registry.read_registry``.
    crs
        The metric CRS of the city.
    opening_hours
        Free text of the opening hours by ``ds3017_id``. A place that is not there has unknown
        hours, which is not closed.

    Returns
    -------
    geopandas.GeoDataFrame
        :data:`COLUMNS`, in the order of the registry. ``hosts_wemi`` is true for a house that
        has a WeMi desk inside; the desk itself is no row of its own. A place without a
        position keeps its row with an empty geometry.
    """
    hours = registry["ds3017_id"].map(dict(opening_hours or {})).astype(object)
    known = registry["lat"].notna()
    points = gpd.GeoSeries(
        gpd.points_from_xy(registry["lon"], registry["lat"]), crs=GEOGRAPHIC, index=registry.index
    ).to_crs(crs)
    xy = np.round(shapely.get_coordinates(points), 2)
    geometry = np.full(len(xy), None, dtype=object)
    geometry[known] = shapely.points(xy[known])
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
            "location_uncertainty_m": registry["location_uncertainty_m"].astype("float64"),
            "confidence": registry["confidence"].astype("category"),
            "opening_hours": _text(hours),
            "source": _text(registry["source"]),
        },
        geometry=geometry,
        crs=crs,
    )
    return table.reset_index(drop=True)


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
        ``distance_m`` to the zone stated. Places without a position or a zone are left out.
    """
    placed = places[~schemas.unplaced(places.geometry) & places[column].notna()]
    inside = pd.Series(containing(placed, zones), index=placed.index, dtype="Int64")
    found = inside.mask(inside == OUTSIDE)
    differ = (found != placed[column]).fillna(value=True).to_numpy(dtype=bool)
    shapes = dict(zip(zones["id"], zones.geometry, strict=True))
    rows = placed[differ]
    return pd.DataFrame(
        {
            "id": rows["id"].to_numpy(),
            "name": rows["name"].to_numpy(),
            "stated": rows[column].to_numpy(),
            "found": found[differ].to_numpy(),
            "distance_m": [
                round(float(shape.distance(shapes[stated])), 1) if stated in shapes else np.nan
                for shape, stated in zip(rows.geometry, rows[column], strict=True)
            ],
        }
    )


def _text(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), None)
