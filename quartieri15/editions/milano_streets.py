"""The streets of the Milano edition: from the raw files to one compact file, and back.

The network that is analysed is the network that is stored: :func:`build_streets` returns what
:func:`read_streets` will give, to the last bit. Coordinates are whole centimetres and lengths
whole millimetres, both finer than OpenStreetMap itself (here about 10 cm).

Two extracts make one network: that of mid 2022 where it reaches, that of August 2021 beyond.

- The extract of 2022 is what touches a box of longitude 9.02-9.327 and latitude 45.38-45.55,
  its ways uncut. In the 200 m within its sides 97 to 100 % of the streets of 2021 have their like
  in 2022 (within 8 m); 100 to 200 m outside 4 to 34 % do. The box reaches no more than 0.75 km
  beyond the comune in the south, 1.6 km in the north and west, 3.3 km in the east.
- That of 2021 is 16 by 14 map tiles, ways cut off at their rim only. With it the ring is 4 km and
  wider but for two stretches: 3.3 km of the comune's border in the north (Comasina, Bruzzano,
  Parco Nord), 3.55 km at the narrowest, and 0.6 km in the south (Parco delle Abbazie), 3.84 km. The
  raw files hold nothing farther out. Fifteen minutes by bicycle (3.75 km) pass the rim only from
  there in the north, on a road that is nearly straight.
- At the seam, 0.75 km and more outside the comune, both are cut and joined. Of the 717 streets of
  2022 and the 663 of 2021 that cross it 656 become one, 632 of them of one class: half are drawn
  up to 0.1 m apart, nine in ten up to 1 m. Of the 17 pairs 2 to 5 m apart
  (:data:`SEAM_TOLERANCE_M`) each is of one class or of neighbouring ones; farther apart, to
  20 m, only five ends are each the nearest to the other. Half of the 61 ends that 2022 has alone
  are footways.
- So beyond the seam nothing is newer than August 2021, and fewer pavements are drawn.

What the extract of 2022 is like, measured:

- Its ways are already split at junctions: 212,572 ways become 212,572 edges. The largest part
  that hangs together on foot has 142,733 junctions and 98.2 % of the walkable km; of the two
  together it is 98.2 % as well.
- It was put together from map tiles, but no way is cut at their borders: no two nodes lie
  within 10 cm of each other, and of the nodes beside a border 9.2 % are dead ends, against
  10.8 % anywhere. So nothing is snapped together. Of the 167 km on foot that do not hang
  together, 95 % lie 5 m and more from the rest (courtyards, fenced grounds). Nor are ways of 2021
  cut within its rim: beside the borders of its tiles 11 to 13 % are dead ends, and 13 % anywhere.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions import milano_published as published
from quartieri15.errors import InputError, MissingFileError
from quartieri15.model import schemas
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources import comune, tabular
from quartieri15.sources.conflation import conflate_bike_lanes, require_lane_kinds
from quartieri15.sources.osm import barriers, read_pbf
from quartieri15.sources.osm.merging import fill_beyond
from quartieri15.sources.osm.reading import TEXT_FIELDS, categorical, totals
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from quartieri15.sources.tabular import Extent

CRS = "EPSG:32632"
STREETS = "osm/milano-2022.osm.pbf"
STREETS_BEYOND = "osm/milano-2021.osm.pbf"
LANDUSE = "osm/landuse-2021.parquet"
LANES = "comune/ds60.bike_ciclabili.geojson"
MUNICIPI = "comune/ds379_municipi_label.geojson"

EXTENT: Extent = (8.9, 45.3, 9.4, 45.65)
"""Where anything of Milano must lie: degrees west, south, east, north."""

COVERED = (9.02, 45.38, 9.327, 45.55)
"""What the extract of 2022 covers: west, south, east, north in degrees."""
COVERED_BEYOND = (8.98681640625, 45.35214524585, 9.33837890625, 45.56790960986)
"""What that of 2021 covers: the tiles 8601-8616 by 5857-5870 of zoom 14."""
SEAM_TOLERANCE_M = 5.0
"""How far apart the two extracts may draw a street where it passes from one to the other."""
RING_KM = 4.0
"""How far the streets shall reach beyond the comune, so that its border is no edge of the world."""

FORMAT = "quartieri15 streets 1"
PER_METRE = 100
"""Stored coordinates are centimetres."""
LENGTH_PER_METRE = 1000
"""Stored lengths are millimetres."""

_STEP_M = 10.0
_BOOLS = ("foot", "bicycle_forward", "bicycle_backward", "bridge", "tunnel", "steps")
_CATEGORIES = ("highway", "oneway", "cycle_facility", *TEXT_FIELDS)
_NODE_COLUMNS = ("kerb", "barrier")


def build_streets(sources: str | Path) -> tuple[StreetNetwork, dict[str, Any]]:
    """Make the streets of Milano from the raw files.

    The extract of 2022 holds where it reaches, that of 2021 beyond; both are cut at the border
    of :data:`COVERED`. The bike lanes of the Comune say where cycling is allowed beyond what the
    tags of 2022 tell. Edges stand in the order of a space-filling curve.

    Parameters
    ----------
    sources
        Folder of the raw files, with ``osm`` and ``comune`` in it.

    Returns
    -------
    streets : StreetNetwork
    report : dict
        The account of :func:`quartieri15.sources.osm.read_pbf` of the extract of 2022, with the
        totals of the whole; ``bike_lanes``, the account of
        :func:`quartieri15.sources.conflation.conflate_bike_lanes`; ``beyond``, that of
        :func:`quartieri15.sources.osm.merging.fill_beyond`, and what reading the extract of
        2021 gave (``read``); ``before`` and ``ring_km``, the totals without it, and
        :func:`ring_km` without (``before``) and with it (``after``); ``stored``, the units of
        what is stored.

    Raises
    ------
    MissingFileError
        If a raw file is missing.
    InputError
        If a raw file is not what it should be.
    """
    sources = Path(sources)
    lanes = read_bike_lanes(sources / LANES)
    streets, report = read_pbf(sources / STREETS, crs=CRS)
    published.check_ways(report["ways_read"], name=STREETS)
    streets, lane_report = conflate_bike_lanes(streets, lanes)
    older, older_report = read_pbf(sources / STREETS_BEYOND, crs=CRS)
    published.check_ways(older_report["ways_read"], name=STREETS_BEYOND)
    covered = covered_area(COVERED)
    before = totals(streets)
    streets, seam_report = fill_beyond(
        streets, older, covered=covered, tolerance_m=SEAM_TOLERANCE_M
    )
    streets = as_stored(streets)
    city = comune.read_municipi(sources / MUNICIPI, crs=CRS).union_all()
    return streets, report | totals(streets) | {
        "bike_lanes": lane_report,
        "before": before,
        "beyond": seam_report | {"read": older_report},
        "ring_km": {
            "before": ring_km(covered, city),
            "after": ring_km(covered_area(COVERED, COVERED_BEYOND), city),
        },
        "stored": {"coordinates_m": 1 / PER_METRE, "lengths_m": 1 / LENGTH_PER_METRE},
    }


def read_bike_lanes(path: str | Path) -> gpd.GeoDataFrame:
    """Read the bike lanes of the Comune, all of them."""
    lanes = comune.read_bike_lanes(path, crs=CRS, extent=EXTENT)
    require_lane_kinds(lanes)
    published.check_bike_lanes(lanes, where=LANES)
    return lanes


def build_barriers(
    sources: str | Path, streets: StreetNetwork
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Make the barriers of Milano: the middle of the land of railways, and motorways.

    The raw files hold neither tracks nor watercourses, fences or walls: the extracts of streets
    were reduced to highways. The land of railways they hold, with land use.

    Parameters
    ----------
    sources
        Folder of the raw files, with ``osm`` in it.
    streets
        The streets of :func:`build_streets`.

    Returns
    -------
    barriers : geopandas.GeoDataFrame
        As :meth:`StreetNetwork.with_barriers` takes them, in whole centimetres.
    report : dict
        The account of :func:`quartieri15.sources.osm.barriers.middle_lines` (``railway_land``),
        ``motorway_km`` and ``not_in_the_raw_files``.

    Raises
    ------
    MissingFileError
        If a raw file is missing.
    InputError
        If it is cut: it has not as much land, of railways too, as was published.
    """
    path = tabular.require_files(sources, [LANDUSE])[LANDUSE]
    land = tabular.read_geoparquet(path, columns=["class"])
    published.check_landuse(land, extent=EXTENT, where=LANDUSE)
    railways = land.loc[land["class"] == "railway", ["geometry"]].to_crs(CRS)
    middle, report = barriers.middle_lines(railways)
    roads = barriers.motorways(streets)
    table = pd.concat([one.astype({"kind": object}) for one in (middle, roads)], ignore_index=True)
    lines = shapely.transform(table.geometry.array, lambda xy: np.rint(xy * PER_METRE) / PER_METRE)
    table = gpd.GeoDataFrame(table[["kind", "osm_way_id"]], geometry=lines, crs=CRS)
    table = table[table.length > 0].reset_index(drop=True)
    return table, {
        "railway_land": report,
        "motorway_km": round(float(roads.length.sum()) / 1000, 3),
        "not_in_the_raw_files": ["railway tracks", "watercourses", "fences and walls"],
    }


def write_streets(streets: StreetNetwork, path: str | Path) -> None:
    """Write a network to one compact Parquet file; the same network gives the same bytes.

    Coordinates are rounded to 1 cm and lengths to 1 mm. A network from :func:`build_streets`
    or :func:`read_streets` has nothing left to round.

    Parameters
    ----------
    streets
        Any network. Its nodes are stored with the edges that end at them. Its barriers are
        another table, and not stored here.
    path
        Where the file shall stand.

    Raises
    ------
    InputError
        If a node belongs to no edge, or a table has a column of its own, and would be lost.
    OutputError
        If the file cannot be written.
    """
    import pyarrow.parquet as pq

    table = _to_arrow(streets)
    numbers = {"u", "v", "osm_way_id", "length_mm", "x.list.element", "y.list.element"}
    dictionaries = [*_CATEGORIES, "name", *_END_COLUMNS]
    with replacing_file(path) as unfinished:
        pq.write_table(
            table,
            unfinished,
            compression="zstd",
            compression_level=19,
            row_group_size=len(table) + 1,
            use_dictionary=dictionaries,
            column_encoding=dict.fromkeys(sorted(numbers), "DELTA_BINARY_PACKED"),
            write_statistics=False,
            version="2.6",
            data_page_version="1.0",
        )


def read_streets(path: str | Path) -> StreetNetwork:
    """Read a network that :func:`write_streets` wrote.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    StreetNetwork

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no file of this kind, or cut off.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(path)
    if not path.is_file():
        raise MissingFileError(
            "there is no such file", where=str(path), mend="build the edition again"
        )
    try:
        table = pq.read_table(path, read_dictionary=[*_CATEGORIES, "name", *_END_COLUMNS])
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"the file cannot be read as Parquet ({error})",
            where=str(path),
            mend="it may be cut off: fetch it again or build the edition again",
        ) from error
    metadata = table.schema.metadata or {}
    if metadata.get(b"format") != FORMAT.encode():
        raise InputError(
            f"the file does not say it is {FORMAT!r}",
            where=str(path),
            mend="give a file that write_streets wrote",
        )
    return _from_arrow(table)


def covered_area(*boxes: tuple[float, float, float, float]) -> Polygon | MultiPolygon:
    """Return boxes of degrees as one area in the CRS of the edition.

    Parameters
    ----------
    boxes
        Each west, south, east, north, for example :data:`COVERED`.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Its sides follow the meridians and parallels to the millimetre.
    """
    sides = [shapely.segmentize(shapely.box(*box), 0.001) for box in boxes]
    area: Polygon | MultiPolygon = gpd.GeoSeries(sides, crs=GEOGRAPHIC).to_crs(CRS).union_all()
    return area


def ring_km(covered: Polygon | MultiPolygon, city: Polygon | MultiPolygon) -> dict[str, Any]:
    """Measure how far the streets reach beyond the comune, as seen from its border.

    Parameters
    ----------
    covered
        The area that the streets cover.
    city
        The comune, within it and in the same CRS.

    Returns
    -------
    dict
        In km. ``narrowest_km``: the shortest way from the comune's border to the edge of what
        is covered. ``border_km_below``: the length of border with less than :data:`RING_KM` to
        it. For each of ``north``, ``east``, ``south``, ``west``, the quarter of the border that
        lies there as seen from the comune's centroid: ``narrowest_km`` and ``median_km`` to the
        edge, on whatever side that is nearest.

    Examples
    --------
    >>> import shapely
    >>> ring = ring_km(shapely.box(-9e3, -8e3, 7e3, 6e3), shapely.box(-2e3, -2e3, 2e3, 2e3))
    >>> ring["narrowest_km"], ring["south"], ring["border_km_below"]
    (4.0, {'narrowest_km': 5.0, 'median_km': 6.0}, 0.0)
    """
    border = city.boundary
    at = np.arange(0, border.length, _STEP_M)
    points = shapely.line_interpolate_point(border, at)
    away = shapely.distance(points, covered.boundary) / 1000
    east, north = (shapely.get_coordinates(points) - shapely.get_coordinates(city.centroid)).T
    quarter = (np.degrees(np.arctan2(east, north)) + 45) % 360 // 90
    return {
        "narrowest_km": round(border.distance(covered.boundary) / 1000, 2),
        "border_km_below": round(float((away < RING_KM).sum()) * _STEP_M / 1000, 1),
        **{
            side: {
                "narrowest_km": round(float(away[quarter == number].min()), 2),
                "median_km": round(float(np.median(away[quarter == number])), 2),
            }
            for number, side in enumerate(("north", "east", "south", "west"))
        },
    }


def as_stored(streets: StreetNetwork) -> StreetNetwork:
    """Return a network as :func:`read_streets` will give it: in its order, rounded as stored."""
    return _stored(_ordered(streets))


def _ordered(streets: StreetNetwork) -> StreetNetwork:
    """Sort edges along a Hilbert curve, so that neighbours in space are neighbours in the file."""
    edges = streets.edges
    order = np.lexsort((np.arange(len(edges)), edges.geometry.hilbert_distance().to_numpy()))
    return dataclasses.replace(
        streets, edges=edges.iloc[order].reset_index(drop=True).rename_axis("edge_id")
    )


def _stored(streets: StreetNetwork) -> StreetNetwork:
    """Return the network as it will be after writing and reading."""
    stored = _from_arrow(_to_arrow(streets))
    stored.nodes.attrs, stored.edges.attrs = streets.nodes.attrs, streets.edges.attrs
    return dataclasses.replace(streets, nodes=stored.nodes, edges=stored.edges)


_END_COLUMNS = tuple(f"{end}_{column}" for end in ("u", "v") for column in _NODE_COLUMNS)


def _to_arrow(streets: StreetNetwork) -> pa.Table:
    import pyarrow as pa

    edges, nodes = streets.edges, streets.nodes
    for what, table, known in (
        ("edges", edges, schemas.EDGE_COLUMNS),
        ("nodes", nodes, schemas.NODE_COLUMNS),
    ):
        own = [str(column) for column in table.columns if column not in known]
        if own:
            raise InputError(
                f"the file has no place for the column {', '.join(own)}",
                where=f"streets {what}",
                mend="leave it out before writing, and keep it in a table of its own",
            )
    alone = ~nodes.index.isin(np.union1d(edges["u"], edges["v"]))
    if alone.any():
        raise InputError(
            f"{alone.sum()} nodes belong to no edge and would be lost, the first is "
            f"{nodes.index[alone][0]}",
            where="streets nodes",
            mend="leave them out before writing",
        )
    coordinates, line = shapely.get_coordinates(edges.geometry.array, return_index=True)
    whole = np.rint(coordinates * PER_METRE).astype(np.int32)
    offsets = np.searchsorted(line, np.arange(len(edges) + 1)).astype(np.int32)
    columns: dict[str, Any] = {
        "u": edges["u"].to_numpy(),
        "v": edges["v"].to_numpy(),
        "osm_way_id": edges["osm_way_id"].to_numpy(),
        "length_mm": np.rint(edges["length_m"] * LENGTH_PER_METRE).to_numpy().astype(np.int64),
        "name": pa.array(edges["name"], type=pa.string(), from_pandas=True),
        "layer": edges["layer"].to_numpy().astype(np.int8),
        **{name: edges[name].to_numpy() for name in _BOOLS},
        **{name: _text(edges[name]) for name in _CATEGORIES},
        **{
            name: pa.array(edges[name], type=pa.float64(), from_pandas=True)
            for name in ("stress", "grade", "maxspeed_kmh")
        },
        **{
            f"{end}_{name}": _text(nodes[name].reindex(edges[end]))
            for end in ("u", "v")
            for name in _NODE_COLUMNS
        },
        "x": pa.ListArray.from_arrays(offsets, whole[:, 0]),
        "y": pa.ListArray.from_arrays(offsets, whole[:, 1]),
    }
    metadata = {"format": FORMAT, "crs": streets.crs.to_string()}
    return pa.table(columns).replace_schema_metadata(metadata)


def _from_arrow(table: pa.Table) -> StreetNetwork:
    import pyarrow as pa

    table = table.combine_chunks()
    crs = table.schema.metadata[b"crs"].decode()

    def numbers(name: str) -> NDArray[Any]:
        values: NDArray[Any] = table[name].to_numpy()
        return values

    xs, ys = (table[name].chunk(0) for name in ("x", "y"))
    coordinates = np.stack([xs.flatten(), ys.flatten()], axis=1) / PER_METRE
    offsets = xs.offsets.to_numpy().astype(np.int64)
    u, v = numbers("u"), numbers("v")
    edges = gpd.GeoDataFrame(
        {
            "u": u,
            "v": v,
            "osm_way_id": numbers("osm_way_id"),
            "length_m": numbers("length_mm") / LENGTH_PER_METRE,
            "highway": _category(table["highway"], "highway"),
            "name": pd.Series(_objects(table["name"]), dtype=object),
            "oneway": _category(table["oneway"], "oneway"),
            **{name: numbers(name) for name in ("foot", "bicycle_forward", "bicycle_backward")},
            **{name: numbers(name) for name in ("bridge", "tunnel")},
            "layer": numbers("layer").astype(np.int64),
            "steps": numbers("steps"),
            "cycle_facility": _category(table["cycle_facility"], "cycle_facility"),
            **{name: numbers(name).astype(float) for name in ("stress", "grade")},
            **{name: _category(table[name], name) for name in TEXT_FIELDS},
            "maxspeed_kmh": numbers("maxspeed_kmh").astype(float),
        },
        geometry=shapely.from_ragged_array(
            shapely.GeometryType.LINESTRING, coordinates, (offsets,)
        ),
        crs=crs,
    ).rename_axis("edge_id")
    ids, first = np.unique(np.concatenate([u, v]), return_index=True)
    ends = np.concatenate([offsets[:-1], offsets[1:] - 1])[first]
    nodes = gpd.GeoDataFrame(
        {
            name: _category(
                pa.chunked_array([table[f"u_{name}"].chunk(0), table[f"v_{name}"].chunk(0)]),
                name,
                rows=first,
            )
            for name in _NODE_COLUMNS
        },
        geometry=shapely.points(coordinates[ends]),
        crs=crs,
        index=pd.Index(ids, name="node_id"),
    )
    return StreetNetwork(nodes=nodes, edges=edges)


def _text(values: pd.Series) -> pa.Array:
    import pyarrow as pa

    return pa.array(values.astype(object), type=pa.string(), from_pandas=True)


def _dictionary(column: pa.ChunkedArray) -> tuple[list[str | None], NDArray[np.int64]]:
    """Return the values of a column, None for a missing one, and where each row has its own."""
    array = (
        column.unify_dictionaries().combine_chunks()
        if _coded(column)
        else (column.combine_chunks().dictionary_encode())
    )
    values = [*array.dictionary.to_pylist(), None]
    codes = array.indices.fill_null(len(values) - 1).to_numpy().astype(np.int64)
    return values, codes


def _coded(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_dictionary(column.type))


def _category(
    column: pa.ChunkedArray, name: str, *, rows: NDArray[np.int64] | None = None
) -> pd.Categorical:
    values, codes = _dictionary(column)
    return categorical(values, codes if rows is None else codes[rows], name)


def _objects(column: pa.ChunkedArray) -> NDArray[np.object_]:
    values, codes = _dictionary(column)
    return np.array(values, dtype=object)[codes]
