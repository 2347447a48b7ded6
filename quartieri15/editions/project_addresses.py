"""The civic numbers of a project: those of a register, or those that OpenStreetMap has.

They tell where people live, where the project names them for that, and where a place is whose list
states an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.crs import GEOGRAPHIC, crs_named
from quartieri15.errors import InputError
from quartieri15.model.zones import OUTSIDE, containing
from quartieri15.sources import tabular
from quartieri15.sources.facilities import LISTS, read_list, read_shapes, texts_of
from quartieri15.sources.osm.addresses import read_addresses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.editions.project import Project, ProjectFile

COLUMNS: Final = ("id", "street", "number")


def read_civic_numbers(
    file: ProjectFile, zones: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Read the civic numbers that a project names.

    Parameters
    ----------
    file
        A list, a layer, or a file of OpenStreetMap.
    zones
        Of the city, in its CRS.

    Returns
    -------
    civic_numbers : geopandas.GeoDataFrame
        ``id``, ``street``, ``number``, ``residential``, ``geometry`` (a point in the CRS of the
        zones).
    report : dict
        How many were ``read``, and of OpenStreetMap also what was left out.

    Raises
    ------
    InputError
        If a column is missing, an id is missing or stands twice, or what tells whether somebody
        lives there is neither yes nor no.
    """
    if file.is_osm:
        return mapped_civic_numbers(file, zones)
    columns = {what: file.columns.get(what, what) for what in COLUMNS}
    residential = file.columns.get("residential")
    wanted = [*columns.values(), *filter(None, [residential])]
    table = _points(file, wanted).to_crs(zones.crs)
    told = {what: texts_of(table[name]) for what, name in columns.items()}
    twice = told["id"].duplicated() | (told["id"] == "")
    if twice.any():
        row = table.index[twice][0]
        raise InputError(
            f"the id {told['id'][row]!r} stands twice, or is missing",
            where=f"{file.path.name}, {table.index.name} {row}, column {columns['id']}",
            mend="give every civic number its own id",
        )
    homes = np.ones(len(table), dtype=bool)
    if residential is not None:
        homes = _flags(texts_of(table[residential]), file, residential)
    civic = gpd.GeoDataFrame(
        told | {"id": "civic-" + told["id"], "residential": homes}, geometry=table.geometry
    )
    return civic.reset_index(drop=True), {"read": len(civic)}


def mapped_civic_numbers(
    file: ProjectFile, zones: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Read the civic numbers of an extract of OpenStreetMap that lie in the zones.

    An extract reaches beyond the city, and another town has its own Via Roma 1.
    """
    table, report = read_addresses(file.path)
    table = table.to_crs(zones.crs)
    rows = zones[["geometry"]].assign(id=np.arange(len(zones)))
    inside = table[containing(table.geometry, rows) != OUTSIDE].reset_index(drop=True)
    return inside.assign(residential=True), {
        "read": report["addresses"],
        "without_street": report["without_street"],
        "outside_the_zones": len(table) - len(inside),
    }


def addresses_of(
    project: Project, civic: gpd.GeoDataFrame | None, zones: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame | None, dict[str, Any]]:
    """Return the addresses of a city: its civic numbers, or those mapped, where a list needs them.

    Parameters
    ----------
    project
        The project.
    civic
        The civic numbers that it names; None for none.
    zones
        Of the city, in its CRS.

    Returns
    -------
    addresses : geopandas.GeoDataFrame or None
        ``id``, ``street``, ``number``, ``geometry``.
    report : dict
        What was read of OpenStreetMap for it; empty where nothing was.
    """
    report: dict[str, Any] = {}
    if civic is None and any(file.addressed for file in (*project.places, *project.services)):
        civic, report = mapped_civic_numbers(project.streets, zones)
    if civic is None or civic.empty:
        return None, report
    table = civic[[*COLUMNS, "geometry"]]
    return table.assign(street=pd.Categorical(table["street"])), report


def _points(file: ProjectFile, columns: list[str]) -> gpd.GeoDataFrame:
    """Read points of a list or of a layer."""
    if file.path.suffix.lower() in LISTS:
        crs = crs_named(file.settings.get("crs", GEOGRAPHIC), where=file.where)
        position = file.columns.get("lon", "lon"), file.columns.get("lat", "lat")
        return read_list(file.path, columns, position, crs=crs).rename_axis(index="line")
    table = read_shapes(file.path, columns, layer=file.settings.get("layer"))
    points = table.geometry.representative_point()
    return table.set_geometry(points)


def _flags(texts: pd.Series, file: ProjectFile, column: str) -> NDArray[np.bool_]:
    """Read yes and no in some of the ways in which they are written."""
    flags = texts.str.lower().map(tabular.YES_NO | {"": False})
    if flags.isna().any():
        row = texts.index[flags.isna()][0]
        raise InputError(
            f"{texts[row]!r} is neither yes nor no",
            where=f"{file.path.name}, {texts.index.name} {row}, column {column}",
            mend="write 1 or 0",
        )
    values: NDArray[np.bool_] = flags.to_numpy(dtype=bool)
    return values
