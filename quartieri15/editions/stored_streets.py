"""Streets of an edition in one compact file, and back, to the last bit.

Coordinates are whole centimetres and lengths whole millimetres, both finer than OpenStreetMap
itself (in Milano about 10 cm).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.editions.packed_tables import write_packed
from quartieri15.errors import InputError, MissingFileError
from quartieri15.model import schemas
from quartieri15.model.streets import StreetNetwork
from quartieri15.sources.osm.reading import TEXT_FIELDS, categorical

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

FORMAT = "quartieri15 streets 1"
PER_METRE = 100
"""Stored coordinates are centimetres."""
LENGTH_PER_METRE = 1000
"""Stored lengths are millimetres."""

_BOOLS = ("foot", "bicycle_forward", "bicycle_backward", "bridge", "tunnel", "steps")
_CATEGORIES = ("highway", "oneway", "cycle_facility", *TEXT_FIELDS)
_NODE_COLUMNS = ("kerb", "barrier")


def write_streets(streets: StreetNetwork, path: str | Path) -> None:
    """Write a network to one compact Parquet file; the same network gives the same bytes.

    Coordinates are rounded to 1 cm and lengths to 1 mm. A network from :func:`read_streets`
    or :func:`as_stored` has nothing left to round.

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
    write_packed(
        _to_arrow(streets),
        path,
        numbers=("u", "v", "osm_way_id", "length_mm", "x.list.element", "y.list.element"),
        encoding="DELTA_BINARY_PACKED",
        dictionaries=(*_CATEGORIES, "name", *_END_COLUMNS),
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
