"""The tables of a project: zones, the people in them, places, barriers, buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC, metric_crs
from quartieri15.editions.project_files import naming_keys
from quartieri15.errors import InputError
from quartieri15.model import zones as model_zones
from quartieri15.model.ids import checked as checked_ids
from quartieri15.sources import tabular
from quartieri15.sources.facilities import read_facilities
from quartieri15.sources.listed_addresses import ADDRESS, PRECISION
from quartieri15.sources.located_tables import read_shapes, refuse_ids, texts_of
from quartieri15.sources.osm.barriers import motorways, read_barriers
from quartieri15.sources.osm.facilities import facilities_from_osm
from quartieri15.sources.osm.reading import NO_PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quartieri15.editions.project_files import ProjectFile
    from quartieri15.model.city import City
    from quartieri15.model.streets import StreetNetwork

PER_METRE: Final = 100
"""Stored coordinates of barriers are centimetres."""
NOWHERE_MEND: Final = "take the extract again: OpenStreetMap holds no such nodes"
FAR_M: Final = 1000.0
"""Farther than this from every street lies no zone with people, but beyond a cut extract."""
TRACE: Final = 0.01
"""Above this share of the ways, streets with impossible coordinates are no slip: it is damage."""
BUILDINGS_PER_METRE: Final = 10
"""Stored coordinates of buildings are decimetres."""


def read_zones(file: ProjectFile) -> gpd.GeoDataFrame:
    """Read a set of zones: ``id``, ``name``, ``geometry`` in the CRS of the file.

    A zone without a name is called by its id; ``attrs["without_name"]`` lists them.
    Groups that the file itself counts are read by :func:`read_counts`.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If a column is missing, an id is missing or stands twice, a shape is no polygon or
        crosses itself, or the coordinates are none of the CRS that the file states.
    """
    names = {what: file.columns[what] for what in ("id", "name")}
    with naming_keys(file):
        table = read_shapes(file.path, [*names.values()], layer=file.settings.get("layer"))
    where, word = file.path.name, table.index.name
    told = texts_of(table[names["id"]])
    refuse_ids(
        told,
        file=where,
        mend="give every zone its own id; put a zone of several parts into one row",
    )
    ids = checked_ids(table[names["id"]], where=f"{where}, column {names['id']}")
    shapes = table.geometry
    flat = ~shapes.geom_type.isin(["Polygon", "MultiPolygon"])
    for wrong, said in (
        (flat, "the shape is no polygon"),
        (~shapes.is_valid, "the outline crosses itself"),
    ):
        if wrong.any():
            row = table.index[wrong][0]
            raise InputError(
                said,
                where=f"{where}, {word} {row}",
                mend="correct it in QGIS: Vector, Geometry tools, Fix geometries",
            )
    outlines = pd.Series(shapes.normalize().to_wkb(), index=table.index)
    if outlines.duplicated().any():
        row = table.index[outlines.duplicated()][0]
        first = table.index[outlines == outlines[row]][0]
        raise InputError(
            f"zone {told[row]} has the outline of zone {told[first]}, {word} {first}",
            where=f"{where}, {word} {row}",
            mend="delete one of the two: who lives there would be counted twice",
        )
    metric_crs(table.to_crs(GEOGRAPHIC), where=where)
    called = texts_of(table[names["name"]])
    blank = called == ""
    zones = gpd.GeoDataFrame(
        {"id": ids, "name": called.mask(blank, told)}, geometry=shapes, crs=table.crs
    )
    zones.attrs = {"without_name": told[blank].tolist()}
    return zones.reset_index(drop=True)


def on_grid(zones: gpd.GeoDataFrame, crs: object) -> gpd.GeoDataFrame:
    """Bring zones to the CRS of the city, their corners to whole decimetres."""
    table = zones.to_crs(crs)
    return table.set_geometry(
        gpd.GeoSeries(model_zones.quantised(table.geometry.to_numpy(), grid_m=0.1), crs=crs)
    )


def require_streets(
    zones: gpd.GeoDataFrame, counts: pd.DataFrame, streets: StreetNetwork, *, file: str
) -> None:
    """Refuse streets that do not reach a zone with people: an extract that is cut too small.

    Parameters
    ----------
    zones
        ``id``, ``name``, ``geometry`` in the CRS of the streets.
    counts
        The people of each zone, row by row.
    streets
        The streets.
    file
        The file they are of.

    Raises
    ------
    InputError
        If there is no street within :data:`FAR_M` of a zone in which people live.
    """
    edges = shapely.STRtree(streets.edges.geometry.to_numpy())
    near, _ = edges.query(zones.geometry.to_numpy(), predicate="dwithin", distance=FAR_M)
    lost = (counts["residents"].to_numpy() > 0) & ~np.isin(np.arange(len(zones)), near)
    if lost.any():
        named = [f"{one.id} ({one.name})" for one in zones[lost].head(6).itertuples(index=False)]
        raise InputError(
            f"no street is within {FAR_M:g} m of {lost.sum()} of {len(zones)} zones with people: "
            f"{', '.join(named)}{', ...' if lost.sum() > len(named) else ''}",
            where=file,
            mend="take an extract of OpenStreetMap that holds all zones and 5 km around them",
        )


def nowhere_told(report: Mapping[str, Any]) -> str:
    """Say what streets lose by nodes that are nowhere on earth; empty for nothing."""
    lost = report["left_out"].get(NO_PLACE)
    if lost is None:
        return ""
    return (
        f"{report['holes']['nodes_without_a_place']:,} nodes have no place or an impossible one "
        f"(latitude beyond 90, longitude beyond 180, or 0, 0): of {lost['ways']:,} of "
        f"{report['ways_read']:,} ways at least {lost['km']:,} km are left out"
    )


def require_coordinates(report: Mapping[str, Any], *, file: str) -> None:
    """Refuse streets that lose more than a trace by nodes that are nowhere on earth.

    Parameters
    ----------
    report
        Of :func:`~quartieri15.sources.osm.read_pbf`.
    file
        The file they are of.

    Raises
    ------
    InputError
        If more than :data:`TRACE` of the ways go through such nodes.
    """
    ways = report["left_out"].get(NO_PLACE, {"ways": 0})["ways"]
    if ways > TRACE * report["ways_read"]:
        raise InputError(nowhere_told(report), where=file, mend=NOWHERE_MEND)


def overlap_m2(zones: gpd.GeoDataFrame) -> float:
    """Return the ground that lies in two zones of a set."""
    outlines = zones.geometry.to_numpy()
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    pairs = one < other
    both = shapely.intersection(outlines[one[pairs]], outlines[other[pairs]])
    return round(float(shapely.area(both).sum()), 1)


def read_places(
    files: Sequence[ProjectFile], city: City
) -> tuple[gpd.GeoDataFrame | None, dict[str, Any]]:
    """Read places of several files into one table; None for none.

    Parameters
    ----------
    files
        Lists, layers, or files of OpenStreetMap with the tags to look for.
    city
        The streets.

    Raises
    ------
    MissingFileError, InputError, ParameterError
        As for :func:`~quartieri15.sources.facilities.read_facilities`; also if an id stands in
        two files.
    """
    tables, told = [], {}
    for file in files:
        said = file.settings
        if file.is_osm:
            table = facilities_from_osm(
                file.path,
                city=city,
                tags=said["tags"],
                network=said.get("network"),
                outside=said.get("outside", "leave_out"),
            )
            if "kind" in said:
                table = table.assign(kind=pd.Categorical([said["kind"]] * len(table)))
        else:
            require_civic_numbers(file, city)
            with naming_keys(file):
                table = read_facilities(
                    file.path,
                    city=city,
                    kind=said["kind"],
                    network=said.get("network"),
                    id_column=id_column(file),
                    name_column=file.columns.get("name", "name"),
                    address_columns=file.addressed or None,
                    kind_column=file.columns.get("kind"),
                    lon_column=file.columns.get("lon", "lon"),
                    lat_column=file.columns.get("lat", "lat"),
                    crs=said.get("crs"),
                    layer=said.get("layer"),
                    outside=said.get("outside", "refuse"),
                )
        told[file.role] = {"places": len(table), **table.attrs["facilities"]}
        table.attrs = {}
        role = f"{file.role} ({file.path.name})"
        tables.append(table.astype({"kind": object, "network": object}).assign(_role=role))
    if not tables:
        return None, told
    joined = pd.concat(tables, ignore_index=True)
    twice = joined["id"].duplicated()
    if twice.any():
        name = joined.loc[twice, "id"].iloc[0]
        roles = joined.loc[joined["id"] == name, "_role"]
        raise InputError(
            f"the id {name!r} stands in {' and '.join(roles)}",
            where=", ".join(dict.fromkeys(file.path.name for file in files)),
            mend="give every place an id of its own, or leave it out of one of the files",
        )
    joined = joined.drop(columns="_role")
    few = [name for name in ("kind", "network", PRECISION) if name in joined.columns]
    kinds = {name: pd.Categorical(joined[name]) for name in few}
    if ADDRESS in joined.columns:
        joined[ADDRESS] = joined[ADDRESS].where(joined[ADDRESS].notna(), None)
    xy = np.round(shapely.get_coordinates(joined.geometry.to_numpy()), 2)
    return (
        gpd.GeoDataFrame(
            joined.drop(columns="geometry").assign(**kinds),
            geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
            crs=city.crs,
        ),
        told,
    )


def id_column(file: ProjectFile) -> str | None:
    """Return the column of ids of a list of places; None for its names, where it has no ids.

    A list with addresses often has none, and none is named then.
    """
    named = file.columns.get("id")
    if named is not None or not file.addressed or not file.path.is_file():
        return named or "id"
    header = tabular.first_line(file.path)
    columns = {
        field.strip().strip('"') for mark in tabular.SEPARATORS for field in header.split(mark)
    }
    return "id" if "id" in columns else None


def require_civic_numbers(file: ProjectFile, city: City) -> None:
    """Refuse a list that tells its places by address, where the project has no civic numbers."""
    if file.addressed and not len(city.addresses):
        raise InputError(
            f"{file.path.name} tells its places by address, and the project has no civic numbers "
            "to find them by: no file of them is named, and the extract of OpenStreetMap has none "
            "in the zones",
            where=file.where,
            mend="name a file of civic numbers in [residents.civic_numbers], or give every place "
            "a position in columns lon and lat, and leave the addresses out",
        )


def read_ground_barriers(
    streets: StreetNetwork, file: ProjectFile
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read what nobody crosses but by a street: railways, rivers, canals, motorways."""
    mapped, report = read_barriers(file.path, crs=streets.crs)
    mapped = mapped[~streets.outside(mapped)]
    roads = motorways(streets)
    table = pd.concat([one.astype({"kind": object}) for one in (mapped, roads)], ignore_index=True)
    lines = shapely.transform(table.geometry.array, lambda xy: np.rint(xy * PER_METRE) / PER_METRE)
    table = gpd.GeoDataFrame(table[["kind", "osm_way_id"]], geometry=lines, crs=streets.crs)
    table = table[table.length > 0].reset_index(drop=True)
    lengths = table.length.groupby(table["kind"]).sum() / 1000
    return table, {
        "km_near_the_streets": {str(kind): round(float(km), 3) for kind, km in lengths.items()},
        "left_out": report["left_out"],
        "holes": report["holes"],
    }


def building_outlines(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings as a city has them: ``area_m2`` and one outline each, in decimetres."""
    parts = buildings.explode(ignore_index=True).geometry.to_numpy()
    outlines = shapely.transform(
        parts, lambda xy: np.rint(xy * BUILDINGS_PER_METRE) / BUILDINGS_PER_METRE
    )
    kept = shapely.is_valid(outlines) & (shapely.area(outlines) > 0)
    return gpd.GeoDataFrame(
        {"area_m2": np.rint(shapely.area(parts[kept]))}, geometry=outlines[kept], crs=buildings.crs
    )


def zone_table(
    zones: gpd.GeoDataFrame, key: str, residents: gpd.GeoDataFrame, groups: Sequence[str]
) -> gpd.GeoDataFrame:
    """Return a set of zones with the sums of the residents in it: ``area_km2`` and the groups."""
    sums = model_zones.summed(residents, key, groups)
    table = gpd.GeoDataFrame(
        {
            "id": zones["id"],
            "name": zones["name"],
            "area_km2": zones.area / 1e6,
            **{group: sums[group].reindex(zones["id"]).fillna(0).to_numpy() for group in groups},
        },
        geometry=zones.geometry,
        crs=zones.crs,
    )
    return table.reset_index(drop=True)
