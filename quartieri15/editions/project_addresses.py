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
from quartieri15.editions.project_files import naming_keys
from quartieri15.errors import InputError
from quartieri15.model.zones import OUTSIDE, containing
from quartieri15.sources import tabular
from quartieri15.sources.located_tables import LISTS, read_list, read_shapes, refuse_ids, texts_of
from quartieri15.sources.osm.addresses import read_addresses
from quartieri15.sources.points_in_city import points_in_city

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.editions.project import Project
    from quartieri15.editions.project_files import ProjectFile
    from quartieri15.model.city import City

COLUMNS: Final = ("id", "street", "number")
CivicNumbers = tuple[gpd.GeoDataFrame, dict[str, Any]]
"""Civic numbers, and what is told of how they were read."""


def read_civic_numbers(file: ProjectFile, city: City, zones: gpd.GeoDataFrame) -> CivicNumbers:
    """Read the civic numbers that a project names.

    Parameters
    ----------
    file
        A list (CSV) or a layer, with the columns that the project names; or a file of
        OpenStreetMap.
    city
        The streets: where civic numbers must lie.
    zones
        Of the city, in its CRS: of OpenStreetMap the numbers in them are taken.

    Returns
    -------
    addresses : geopandas.GeoDataFrame
        ``id``, ``street``, ``number``, ``residential``, ``geometry`` (points in the CRS of the
        city). The index and its name (``line``, ``feature``, ``row``) say where in the file a
        row stands; ``attrs["file"]``, ``attrs["position"]`` (the columns of the position, of a
        list) too.
    report : dict
        How many were ``read``, how many lay ``outside_streets`` (left out), and how many are
        ``residential``.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If a column, an id or a position is missing, an id stands twice, a mark of homes is
        neither yes nor no, or coordinates are swapped, in another CRS than is said, or outside
        the city and ``outside`` is not ``"leave_out"``; with the row.
    """
    if file.is_osm:
        return mapped_civic_numbers(file, zones)
    columns = {what: file.columns.get(what, what) for what in COLUMNS}
    residential = file.columns.get("residential")
    wanted = [*columns.values(), *filter(None, [residential])]
    with naming_keys(file):
        if file.path.suffix.lower() in LISTS:
            crs = crs_named(file.settings.get("crs", GEOGRAPHIC), where=file.where)
            position = file.columns.get("lon", "lon"), file.columns.get("lat", "lat")
            table = read_list(file.path, wanted, position, crs=crs)
        else:
            table = read_shapes(file.path, wanted, layer=file.settings.get("layer"))
    told = {what: texts_of(table[name]) for what, name in columns.items()}
    refuse_ids(told["id"], file=table.attrs["file"], mend="give every civic number its own id")
    homes = np.ones(len(table), dtype=bool)
    if residential is not None:
        homes = _flags(texts_of(table[residential]), table.attrs["file"], residential)
        if not homes.any():
            raise InputError(
                "none of them is marked as residential",
                where=f"{table.attrs['file']}, column {residential}",
                mend="name the column that marks homes with 1, or leave residential out",
            )
    points, kept, _ = points_in_city(
        table, city, outside=file.settings.get("outside", "refuse"), file=table.attrs["file"]
    )
    addresses = gpd.GeoDataFrame(
        {"id": "civic-" + told["id"], "street": told["street"], "number": told["number"]},
        geometry=points,
    ).assign(residential=homes)
    addresses.attrs = {"file": table.attrs["file"], "position": table.attrs.get("position")}
    return addresses[kept], {
        "read": len(table),
        "outside_streets": int((~kept).sum()),
        "residential": int(homes[kept].sum()),
    }


def mapped_civic_numbers(file: ProjectFile, zones: gpd.GeoDataFrame) -> CivicNumbers:
    """Read the civic numbers of an extract of OpenStreetMap that lie in the zones.

    An extract reaches beyond the city, and another town has its own Via Roma 1.
    """
    table, report = read_addresses(file.path)
    table = table.to_crs(zones.crs)
    rows = zones[["geometry"]].assign(id=np.arange(len(zones)))
    inside = table[containing(table.geometry, rows) != OUTSIDE].reset_index(drop=True)
    inside = inside.rename_axis(index="row").assign(residential=True)
    inside.attrs = {"file": file.path.name, "position": None}
    return inside, {
        "read": report["addresses"],
        "without_street": report["without_street"],
        "without_a_place": report["without_a_place"],
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
    table = civic[[*COLUMNS, "geometry"]].reset_index(drop=True)
    table.attrs = {}
    return table.assign(street=pd.Categorical(table["street"])), report


def place_of(addresses: gpd.GeoDataFrame, row: object) -> str:
    """Say where a row of civic numbers stands.

    Parameters
    ----------
    addresses
        Of :func:`read_civic_numbers`.
    row
        Its label in the index.
    """
    position = addresses.attrs["position"]
    column = f", column {position}" if position else ""
    return f"{addresses.attrs['file']}, {addresses.index.name} {row}{column}"


def _flags(texts: pd.Series, file: str, column: str) -> NDArray[np.bool_]:
    """Read yes and no in some of the ways in which they are written."""
    flags = texts.str.lower().map(tabular.YES_NO | {"": False})
    if flags.isna().any():
        row = texts.index[flags.isna()][0]
        raise InputError(
            f"{texts[row]!r} is neither yes nor no",
            where=f"{file}, {texts.index.name} {row}, column {column}",
            mend="write 1 or 0",
        )
    values: NDArray[np.bool_] = flags.to_numpy(dtype=bool)
    return values
