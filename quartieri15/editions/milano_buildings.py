"""The buildings of the Milano edition: outlines in decimetres, in one compact file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.editions import milano_published as published
from quartieri15.editions.milano_people import BUILDINGS
from quartieri15.editions.milano_streets import CRS, EXTENT
from quartieri15.editions.packed_tables import write_packed
from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FORMAT: Final = "quartieri15 buildings 1"
PER_METRE: Final = 10
"""Stored coordinates are decimetres."""
SIMPLIFIED_M: Final = 0.2
"""How far a corner that is left out may lie from the line that is drawn. With the rounding to
decimetres no point of an outline is moved by more than 0.3 m."""
LEAST_M2: Final = 10.0
"""What covers less ground, a kiosk or a shed, is left out."""
LEAST_COURTYARD_M2: Final = 20.0
"""A smaller opening in a building is filled."""


def build_buildings(paths: Mapping[str, Path]) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read the footprints of OpenStreetMap, one row per building.

    Parameters
    ----------
    paths
        The raw files.

    Returns
    -------
    buildings : geopandas.GeoDataFrame
        ``area_m2`` (of the footprint as mapped, in whole square metres) and ``geometry`` (its
        outline, simplified), along a Hilbert curve, as :func:`read_buildings` will read them.
    report : dict
        What was left out, filled, or mended.
    """
    table = tabular.read_geoparquet(paths[BUILDINGS], columns=["render_height"])
    published.check_buildings(table, extent=EXTENT, where=BUILDINGS)
    mapped = shapely.get_parts(table.geometry.to_crs(CRS).to_numpy())
    area = shapely.area(mapped)
    kept = mapped[area >= LEAST_M2]
    filled, courtyards = _filled(kept)
    outlines, mended = _simplified(filled)
    ground = np.rint(area[area >= LEAST_M2])
    curve = gpd.GeoSeries(shapely.centroid(outlines), crs=CRS).hilbert_distance(level=16)
    order = np.argsort(curve.to_numpy(), kind="stable")
    buildings = gpd.GeoDataFrame({"area_m2": ground[order]}, geometry=outlines[order], crs=CRS)
    return buildings, {
        "rows_read": len(table),
        "shapes_read": len(mapped),
        "smaller_than_10_m2": int((area < LEAST_M2).sum()),
        "outlines_that_crossed_themselves": int(mended.sum()),
        "courtyards_smaller_than_20_m2_filled": courtyards,
    }


def write_buildings(buildings: gpd.GeoDataFrame, path: str | Path) -> None:
    """Write buildings to one Parquet file; the same buildings give the same bytes.

    Parameters
    ----------
    buildings
        As :func:`build_buildings` makes them.
    path
        Where the file shall stand.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import pyarrow as pa

    kind, xy, (ring_at, building_at) = shapely.to_ragged_array(buildings.geometry.to_numpy())
    if kind is not shapely.GeometryType.POLYGON:
        raise InputError(
            "an outline is no polygon", where="buildings", mend="take it apart with .explode()"
        )
    # The last corner of a ring is the first again.
    whole = np.rint(np.delete(xy, ring_at[1:] - 1, axis=0) * PER_METRE).astype(np.int64)
    ring_at = ring_at - np.arange(len(ring_at))
    first = ring_at[building_at]
    steps = np.diff(whole, axis=0, prepend=0)
    steps[first[:-1]] = np.diff(whole[first[:-1]], axis=0, prepend=0)
    corners = np.diff(ring_at)
    courtyard_at = building_at - np.arange(len(building_at))
    lists = {
        "x": (first, steps[:, 0]),
        "y": (first, steps[:, 1]),
        "courtyards": (courtyard_at, corners[_is_courtyard(building_at)]),
    }
    columns: dict[str, Any] = {
        "area_m2": pa.array(buildings["area_m2"].to_numpy().astype(np.int32)),
        **{
            name: pa.ListArray.from_arrays(
                pa.array(offsets.astype(np.int32)), pa.array(values.astype(np.int32))
            )
            for name, (offsets, values) in lists.items()
        },
    }
    table = pa.table(columns).replace_schema_metadata({"format": FORMAT, "crs": CRS})
    numbers = ("area_m2", *(f"{name}.list.element" for name in lists))
    write_packed(table, path, numbers=numbers, encoding="BYTE_STREAM_SPLIT")


def read_buildings(path: str | Path) -> gpd.GeoDataFrame:
    """Read buildings that :func:`write_buildings` wrote.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    geopandas.GeoDataFrame
        ``area_m2``, ``geometry``.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no file of this kind, or cut off.
    """
    import pyarrow.parquet as pq

    mend = "fetch the file again, or build the edition again"
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("there is no such file", where=str(path), mend=mend)
    try:
        table = pq.read_table(path)
        said = table.schema.metadata or {}
        if said.get(b"format") != FORMAT.encode() or said.get(b"crs") != CRS.encode():
            raise ValueError(f"it does not say it is {FORMAT!r}")
        lists = [table.column(name).combine_chunks() for name in ("x", "y", "courtyards")]
        area_m2 = table.column("area_m2").to_numpy().astype(float)
        outlines = _outlines(*((_whole(one.offsets), _whole(one.flatten())) for one in lists))
    except _DAMAGE as error:
        raise InputError(
            f"the file cannot be read as a table of buildings ({error})",
            where=str(path),
            mend=mend,
        ) from error
    return gpd.GeoDataFrame({"area_m2": area_m2}, geometry=outlines, crs=CRS)


# What reading a file of another kind, or of columns that do not fit together, may raise.
_DAMAGE = (OSError, ValueError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError)


def _whole(numbers: Any) -> NDArray[np.int64]:
    whole: NDArray[np.int64] = numbers.to_numpy(zero_copy_only=False).astype(np.int64)
    return whole


_List = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def _outlines(x: _List, y: _List, courtyards: _List) -> NDArray[Any]:
    """Return polygons of lists: where those of each building stand, and what is in them.

    ``x`` and ``y`` are steps from corner to corner, ``courtyards`` how many corners each has.
    """
    (first, _), (courtyard_at, corners) = x, courtyards
    if not np.array_equal(first, y[0]):
        raise ValueError("x and y differ in length")
    steps = np.column_stack([x[1], y[1]])
    begin = first[:-1]
    start = np.cumsum(steps[begin], axis=0)
    walked = np.cumsum(steps, axis=0)
    number = np.diff(first)
    whole = walked + np.repeat(start - walked[begin], number, axis=0)
    building_at = courtyard_at + np.arange(len(courtyard_at))
    rings = np.empty(building_at[-1], dtype=np.int64)
    is_courtyard = _is_courtyard(building_at)
    rings[is_courtyard] = corners
    inside = np.append(0, np.cumsum(corners))[courtyard_at]
    rings[~is_courtyard] = number - np.diff(inside)
    ring_at = np.append(0, np.cumsum(rings))
    # The last corner of a ring is the first again.
    closed = np.insert(whole, ring_at[1:], whole[ring_at[:-1]], axis=0)
    outlines: NDArray[Any] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON,
        closed / PER_METRE,
        (ring_at + np.arange(len(ring_at)), building_at),
    )
    return outlines


def _is_courtyard(building_at: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Tell which rings are courtyards: all but the first of each building."""
    courtyard = np.ones(building_at[-1], dtype=bool)
    courtyard[building_at[:-1]] = False
    return courtyard


def _filled(shapes: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Return polygons without their small courtyards, and how many those were."""
    filled = shapes.copy()
    count = 0
    for row in np.flatnonzero(shapely.get_num_interior_rings(shapes)).tolist():
        rings = list(shapes[row].interiors)
        large = [ring for ring in rings if shapely.Polygon(ring).area >= LEAST_COURTYARD_M2]
        count += len(rings) - len(large)
        filled[row] = shapely.Polygon(shapes[row].exterior, large)
    return filled, count


def _simplified(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return sound polygons with fewer corners, in decimetres, and which had to be mended.

    Of a building whose walls cross or touch, the largest part is kept.
    """
    outlines = _rounded(shapely.simplify(shapes, SIMPLIFIED_M))
    wrong = ~shapely.is_valid(outlines)
    for row in np.flatnonzero(wrong).tolist():
        parts = shapely.get_parts(shapely.make_valid(outlines[row]))
        outlines[row] = _rounded(parts[[np.argmax(shapely.area(parts))]])[0]
    return outlines, wrong


def _rounded(shapes: NDArray[Any]) -> NDArray[Any]:
    rounded: NDArray[Any] = shapely.transform(
        shapes, lambda xy: np.rint(xy * PER_METRE) / PER_METRE
    )
    return rounded
