"""The services of the Milano edition: pharmacies, libraries, schools, stops and the like.

Points of OpenStreetMap, and lists of the Comune di Milano. Places in the ring around the city are
kept: the nearest pharmacy may stand across its border.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.editions import milano_published as published
from quartieri15.editions.milano_streets import CRS, EXTENT
from quartieri15.model import schemas
from quartieri15.model.city import City
from quartieri15.sources import tabular
from quartieri15.sources.facilities import read_facilities

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from quartieri15.model.streets import StreetNetwork

POINTS: Final = "osm/poi-2021.parquet"
KINDS: Final[Mapping[str, str]] = {
    "pharmacy": "health",
    "doctors": "health",
    "clinic": "health",
    "hospital": "health",
    "community_centre": "social",
    "nursing_home": "social",
    "library": "culture",
    "school": "education",
    "kindergarten": "education",
    "supermarket": "food",
    "marketplace": "food",
    "post_office": "post_and_bank",
    "bank": "post_and_bank",
    "townhall": "public_office",
    "toilets": "comfort",
}
"""The kinds that are kept of the points of OpenStreetMap, each with its network.

A kind is the ``subclass`` of the file, the value of the tag. The ``class`` is no guide: that of
libraries has bookshops in it, that of post offices letter boxes. A chemist sells no medicines.
"""
NAMELESS: Final = ("doctors",)
"""Kinds whose names are those of people: they are left out."""
DECIMETRE: Final = 0.1


class CityList(NamedTuple):
    """A list of the Comune: what it is of, and the columns of its ids and names."""

    kind: str
    network: str
    id_column: str
    name_column: str | None


LISTS: Final[Mapping[str, CityList]] = {
    "comune/vedovelle_20260118.geojson": CityList("drinking_fountain", "comfort", "objectid", None),
    "comune/tpl_fermate_2022.csv": CityList("surface_stop", "transport", "id_amat", "ubicazione"),
    "comune/tpl_metrofermate_2022.csv": CityList("metro_station", "transport", "id_amat", "nome"),
    "comune/ds80.ferrovie_stazioni_milano.geojson": CityList(
        "rail_station", "transport", "ID", "nome"
    ),
}


def build_services(
    paths: Mapping[str, Path], streets: StreetNetwork
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read the services of all files.

    Parameters
    ----------
    paths
        The raw files.
    streets
        The network, near which the services must lie.

    Returns
    -------
    services : geopandas.GeoDataFrame
        ``id``, ``name``, ``kind``, ``network``, ``geometry`` (to a decimetre), in the order of
        the files. Who has no name is called as the kind is.
    report : dict
        Rows by kind, and what was left out.
    """
    points, report = read_points(paths[POINTS])
    tables = [points, *(read_list(paths[name], name, streets) for name in LISTS)]
    services = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=CRS)
    services["kind"] = services["kind"].astype("category")
    services["network"] = services["network"].astype("category")
    services = schemas.check(services, schemas.place_columns(services), where="services")
    services.attrs = {}
    counts = services["kind"].value_counts().sort_index()
    outside = {
        LISTS[name].kind: table.attrs["outside"]
        for name, table in zip(LISTS, tables[1:], strict=True)
    }
    return services, {
        "by_kind": {str(kind): int(count) for kind, count in counts.items()},
        **report,
        "outside_the_streets": {kind: count for kind, count in outside.items() if count},
        "completeness": published.COMPLETENESS,
    }


def read_points(path: Path) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read the points of OpenStreetMap that are services, and count the others."""
    table = tabular.read_geoparquet(path, columns=["name:latin", "class", "subclass"])
    published.check_points(table, extent=EXTENT, where=POINTS)
    chosen = table["subclass"].isin(list(KINDS)).to_numpy()
    kept = table[chosen]
    kinds = kept["subclass"].astype(object)
    names = kept["name:latin"].astype(object).where(~kinds.isin(NAMELESS), None)
    unnamed = names.isna()
    services = gpd.GeoDataFrame(
        {
            "id": [f"poi2021-{row}" for row in np.flatnonzero(chosen)],
            "name": names.mask(unnamed, kinds),
            "kind": kinds,
            "network": kinds.map(dict(KINDS)),
        },
        geometry=_on_grid(kept.geometry.to_crs(CRS)),
        crs=CRS,
    ).reset_index(drop=True)
    return services, {
        "points_read": len(table),
        "points_of_other_kinds": int((~chosen).sum()),
        "without_name": int(kept["name:latin"].isna().sum()),
        "names_of_people_left_out": int((kinds.isin(NAMELESS) & kept["name:latin"].notna()).sum()),
    }


def read_list(path: Path, name: str, streets: StreetNetwork) -> gpd.GeoDataFrame:
    """Read one list of the Comune; ``attrs["outside"]`` counts what lies beyond the streets."""
    kind, network, id_column, name_column = LISTS[name]
    table = read_facilities(
        path,
        city=City.from_tables("milano", streets=streets),
        kind=kind,
        network=network,
        id_column=id_column,
        name_column=name_column,
        outside="leave_out",
        # Of the two lists that are no GeoJSON.
        lon_column="LONG_X_4326",
        lat_column="LAT_Y_4326",
    )
    told = table.attrs["facilities"]
    told = {"outside": told["outside"], "made_points": told["made_points"]}
    published.check_list(table, told, kind=kind, where=name)
    table = table.assign(id=f"{kind}-" + table["id"]).set_geometry(_on_grid(table.geometry))
    table.attrs = {"outside": told["outside"]}
    return table


def _on_grid(points: gpd.GeoSeries) -> gpd.GeoSeries:
    """Move points to decimetres, so that the file is small."""
    xy = np.round(np.rint(shapely.get_coordinates(points.to_numpy()) / DECIMETRE) * DECIMETRE, 1)
    return gpd.GeoSeries(shapely.points(xy), index=points.index, crs=points.crs)
