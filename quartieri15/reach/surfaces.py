"""Travel time everywhere: a raster of the minutes to the nearest place, for any GIS to read.

Each cell tells what :func:`~quartieri15.reach.times.travel_times` tells of a point at its
middle. Catchments answer who is within a limit; a surface shows how the time falls off, and
can be laid under anything else that has a map.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.arguments import shown
from quartieri15.errors import InputError, OutputError, ParameterError
from quartieri15.model.city import require_city
from quartieri15.model.notebook_tables import facts_html
from quartieri15.reach import cells
from quartieri15.reach.searches import Search
from quartieri15.reach.trips import limit_seconds, point_coordinates, told_minutes
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.cutting import Direction, TimeField
    from quartieri15.reach.graph import TravelGraph

BLOCK: Final = 512
"""Cells per side of a block of the written file, as the COG driver of GDAL has it."""

MOST_CELLS: Final = 400_000_000
"""Cells of the largest surface: 40,000 km2, which take 1.6 GB of memory as float32."""

SUFFIXES: Final = (".tif", ".tiff")
"""How the name of a GeoTIFF ends."""


@dataclass(frozen=True, eq=False, repr=False)
class TravelTimeSurface:
    """Minutes to the nearest place (or from it) on a grid of square cells.

    Parameters
    ----------
    city
        The city it is about.
    minutes : (rows, columns) float32
        Time at the middle of each cell, the northernmost row first; NaN where there is none:
        ``attrs["cells"]`` counts why.
    left, top
        The north-western corner in metres, in the city's CRS.
    cell_m
        Side of a cell in metres.
    attrs
        ``provenance``, ``left_out`` and ``place_status`` as for
        :func:`~quartieri15.reach.catchments.catchments`. ``cells`` counts the cells:
        ``reached``; ``beyond_minutes`` (or not connected to any place at all); ``no_street``:
        farther than :func:`~quartieri15.reach.cells.farthest_m` from every street of the
        traveller; ``outside``: not in the area asked for.
    """

    city: City
    minutes: NDArray[np.float32]
    left: float
    top: float
    cell_m: float
    attrs: dict[str, Any]

    def _repr_html_(self) -> str:
        rows, columns = self.minutes.shape
        cells = {what.replace("_", " "): count for what, count in self.attrs["cells"].items()}
        return facts_html(
            "Travel times",
            [
                ("cells", f"{columns:,} by {rows:,} of {self.cell_m:g} m"),
                *((f"cells: {what}", f"{count:,}") for what, count in cells.items()),
                ("traveller", self.attrs.get("provenance", {}).get("profile", "")),
                ("CRS", self.crs.to_string()),
            ],
        )

    @property
    def crs(self) -> CRS:
        """The CRS of the city."""
        return self.city.crs

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north, in metres."""
        rows, columns = self.minutes.shape
        right, bottom = self.left + columns * self.cell_m, self.top - rows * self.cell_m
        return self.left, bottom, right, self.top

    def at(self, points: gpd.GeoDataFrame) -> NDArray[np.float32]:
        """Return the minutes of the cells in which points lie.

        Parameters
        ----------
        points
            A table of points in the city's CRS.

        Returns
        -------
        (p,) float32
            In the order of the table; NaN where the cell has no time, the point lies beyond
            the surface, or it has no position.

        Raises
        ------
        InputError
            If the table is in another CRS or holds other shapes than points.
        """
        xy = point_coordinates(points, self.city, where="points")
        rows, columns = self.minutes.shape
        with np.errstate(invalid="ignore"):
            column = np.floor((xy[:, 0] - self.left) / self.cell_m)
            row = np.floor((self.top - xy[:, 1]) / self.cell_m)
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        found = np.full(len(xy), np.nan, dtype=np.float32)
        found[inside] = self.minutes[row[inside].astype(int), column[inside].astype(int)]
        return found

    def write(self, path: str | Path) -> None:
        """Write the surface as a Cloud-Optimized GeoTIFF.

        One band, ``minutes``, in float32 with NaN for nodata; compressed without loss
        (DEFLATE), in blocks of :data:`BLOCK` cells, with overviews that hold the mean of the
        cells that have a time. Tags say what it shows: traveller, speed, limit, direction,
        places, vintages, licence, version of this library, counts of cells; places left out.
        The same surface gives the same bytes.

        Parameters
        ----------
        path
            The file, ``.tif`` or ``.tiff``. It appears whole or not at all; its folder is
            made if missing.

        Raises
        ------
        ParameterError
            If the path does not name a GeoTIFF.
        OutputError
            If it cannot be written. What stood there before is untouched.
        """
        import rasterio
        from rasterio.errors import RasterioError
        from rasterio.transform import Affine

        _require_geotiff(path)
        rows, columns = self.minutes.shape
        with replacing_file(path) as unfinished:
            try:
                with rasterio.open(
                    unfinished,
                    "w",
                    driver="COG",
                    width=columns,
                    height=rows,
                    count=1,
                    dtype="float32",
                    nodata=np.nan,
                    crs=self.crs.to_wkt(),
                    transform=Affine(self.cell_m, 0.0, self.left, 0.0, -self.cell_m, self.top),
                    compress="DEFLATE",
                    predictor="YES",
                    blocksize=BLOCK,
                    overview_resampling="AVERAGE",
                    # One thread: so blocks are always in the same order.
                    num_threads=1,
                ) as file:
                    file.write(self.minutes, 1)
                    file.set_band_description(1, "minutes")
                    file.set_band_unit(1, "min")
                    file.update_tags(**self._tags())
            except RasterioError as error:
                raise OutputError(
                    f"cannot be written ({error})",
                    where=str(path),
                    mend="free some space or choose a folder you may write to; nothing was changed",
                ) from error

    def _tags(self) -> dict[str, str]:
        """Return what the file says of itself, in words and numbers."""
        said: dict[str, Any] = dict(self.attrs["provenance"])
        said["software"] = f"quartieri15 {metadata.version('quartieri15')}"
        said["cells"] = self.attrs["cells"]
        said["left_out"] = self.attrs["left_out"]
        return {
            f"QUARTIERI15_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in said.items()
        } | {
            "TIFFTAG_IMAGEDESCRIPTION": self._title(),
            "TIFFTAG_SOFTWARE": said["software"],
            "TIFFTAG_COPYRIGHT": str(said["licence_line"]),
        }

    def _title(self) -> str:
        told = self.attrs["provenance"]
        way = "to the nearest of" if told["direction"] == "to" else "from the nearest of"
        limit = "" if told["minutes"] is None else f", up to {told['minutes']:g} minutes"
        return (
            f"Minutes {way} {told['places']} places in {told['city']}, {told['profile']} at "
            f"{told['speed_kmh']:g} km/h{limit}"
        )

    def __repr__(self) -> str:
        rows, columns = self.minutes.shape
        return (
            f"TravelTimeSurface({self._title()}; {rows:,} rows of {columns:,} cells of "
            f"{self.cell_m:g} m, {self.attrs['cells']['reached']:,} reached)"
        )


def travel_time_surface(
    city: City,
    places: str | gpd.GeoDataFrame,
    *,
    profile: str | TravelProfile,
    minutes: float | None = 60,
    direction: Direction = "to",
    area: shapely.Polygon | shapely.MultiPolygon | None = None,
    path: str | Path | None = None,
) -> TravelTimeSurface:
    """Tell how long it takes to the nearest place from everywhere, as a raster.

    Parameters
    ----------
    city
        The city.
    places
        A table of points in the city's CRS, whose column ``id`` (or index) names them, or a
        name that :meth:`~quartieri15.model.city.City.places_named` knows.
    profile
        Who travels.
    minutes
        Leave out times above this; at most a day. None for no limit.
    direction
        ``"to"``: people travel to the places. ``"from"``: from the places.
    area
        Where to tell the time, a polygon in the city's CRS: in cells whose middle lies in it.
        By default the zones of the city, all together; beyond them the network thins out, and
        times near its end are too long. Without zones, the extent of the streets.
    path
        Where to write it as a Cloud-Optimized GeoTIFF, as :meth:`TravelTimeSurface.write`
        does. None to write nothing.

    Returns
    -------
    TravelTimeSurface
        Cells of :data:`~quartieri15.reach.cells.CELL_M`, counted from the origin of the CRS,
        so that the surfaces of two travellers lie on top of each other. ``minutes`` holds the
        times, ``attrs`` what was left out and why.

    Raises
    ------
    ParameterError
        If the limit or the direction makes no sense, or the path does not name a GeoTIFF.
    UnknownNameError
        If the name of the places or of the profile is unknown.
    InputError
        If there is no place, none has a position, the table is in another CRS or holds other
        shapes than points; if the area is no polygon, does not touch the extent of the
        streets, holds the middle of no cell, or has an extent of more than
        :data:`MOST_CELLS`.
    OutputError
        If the file cannot be written.

    Notes
    -----
    The time of a cell is that of a point at its middle, put on the nearest street by the rule
    of :mod:`~quartieri15.reach.snapping`, except that ground farther than
    :func:`~quartieri15.reach.cells.farthest_m` from any street has none.

    Worked out in strips of cells, so that little more than the result is in memory.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> house = milano.houses[:1]
    >>> near = house.geometry.iloc[0].buffer(500)
    >>> surface = travel_time_surface(milano, house, profile="walk_75", area=near)
    >>> bool(surface.at(house)[0] < 2)
    True
    """
    limit_s = limit_seconds(minutes)
    if path is not None:
        _require_geotiff(path)
    require_city(city)
    search = Search.of(city, places, profile=profile, direction=direction)
    shape = _area_of(city) if area is None else area
    x, y, wide, tall = _window(shape, city)
    times = search.nearest_place(limit_s)
    told = np.full((tall, wide), np.nan, dtype=np.float32)
    counts = dict.fromkeys(("reached", "beyond_minutes", "no_street", "outside"), 0)
    for low in range(y - y % cells.TILE, y + tall, cells.TILE):
        first, last = max(low, y), min(low + cells.TILE, y + tall)
        inside = _cells_in(shape, (x, first, wide, last - first))
        seconds, on_street = _strip(search.graph, times, inside, (x, first), direction)
        reached = inside & (seconds <= limit_s) & np.isfinite(seconds)
        # Rows of cells are counted northwards, those of a raster southwards.
        strip = told[tall - (last - y) : tall - (first - y)][::-1]
        strip[reached] = told_minutes(seconds[reached], minutes)
        counts["reached"] += int(reached.sum())
        counts["beyond_minutes"] += int((inside & on_street & ~reached).sum())
        counts["no_street"] += int((inside & ~on_street).sum())
        counts["outside"] += int((~inside).sum())
    if counts["outside"] == told.size:
        raise InputError(
            f"it holds the middle of none of the cells of {cells.CELL_M:g} m",
            where="area",
            mend=f"give a wider area, for example area.buffer({cells.CELL_M:g})",
        )
    attrs = search.attrs(minutes=minutes)
    surface = TravelTimeSurface(
        city=city,
        minutes=told,
        left=x * cells.CELL_M,
        top=(y + tall) * cells.CELL_M,
        cell_m=cells.CELL_M,
        attrs=attrs | {"cells": counts},
    )
    if path is not None:
        surface.write(path)
    return surface


_Window = tuple[int, int, int, int]
"""First column, first row, columns, rows; counted from the origin of the CRS."""


def _area_of(city: City) -> shapely.Geometry:
    """Return the ground of all zones; that under the streets where there is none."""
    if not city.zones:
        # A street from west to east has no height, but the cells it runs through have.
        west, south, east, north = city.streets.edges.total_bounds
        side = cells.CELL_M
        ground: shapely.Polygon = shapely.box(west - side, south - side, east + side, north + side)
        return ground
    shapes = [table.geometry.array for table in city.zones.values()]
    zones: shapely.Geometry = shapely.union_all(np.concatenate(shapes))
    return zones


def _require_geotiff(path: object) -> None:
    given = isinstance(path, str | os.PathLike) and os.fspath(path)
    if not isinstance(given, str) or "\0" in given or not given.lower().endswith(SUFFIXES):
        raise ParameterError(
            f"path is {path if isinstance(path, os.PathLike) else shown(path)}",
            where="path",
            mend="name a GeoTIFF, for example 'minutes.tif'",
        )


def _window(area: object, city: City) -> _Window:
    """Return the cells that an area may hold the middles of."""
    if not isinstance(area, shapely.Polygon | shapely.MultiPolygon):
        raise InputError(
            f"a {type(area).__name__} was given",
            where="area",
            mend="give a shapely Polygon or MultiPolygon in the city's CRS",
        )
    if area.is_empty or not area.is_valid:
        said = "it is empty" if area.is_empty else shapely.is_valid_reason(area)
        raise InputError(said, where="area", mend="give a valid polygon, as .make_valid() makes")
    (west, south, east, north), streets = area.bounds, city.streets.edges.total_bounds
    if west > streets[2] or south > streets[3] or east < streets[0] or north < streets[1]:
        raise InputError(
            f"it covers {_extent(area.bounds)}, the streets of the city {_extent(streets)}",
            where="area",
            mend="bring it into the city's CRS, for example with "
            "geopandas.GeoSeries([area], crs=4326).to_crs(city.crs).item()",
        )
    west, south, east, north = (bound / cells.CELL_M for bound in area.bounds)
    x, y = int(np.floor(west)), int(np.floor(south))
    wide, tall = int(np.ceil(east)) - x or 1, int(np.ceil(north)) - y or 1
    if wide * tall > MOST_CELLS:
        raise InputError(
            f"its extent has {wide * tall:,} cells of {cells.CELL_M:g} m, and a surface at most "
            f"{MOST_CELLS:,}",
            where="area",
            mend="give a smaller one: beyond the streets there are no times",
        )
    return x, y, wide, tall


def _extent(bounds: Iterable[float]) -> str:
    west, south, east, north = (f"{value:.10g}" for value in bounds)
    return f"x {west} to {east}, y {south} to {north}"


def _cells_in(area: shapely.Geometry, window: _Window) -> NDArray[np.bool_]:
    """Tell which cells have their middle in an area, the southernmost row first."""
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    x, y, wide, tall = window
    side = cells.CELL_M
    inside: NDArray[np.uint8] = rasterize(
        [area],
        out_shape=(tall, wide),
        transform=Affine(side, 0.0, x * side, 0.0, side, y * side),
        dtype="uint8",
    )
    return inside.astype(bool)


def _strip(
    graph: TravelGraph,
    times: TimeField,
    inside: NDArray[np.bool_],
    corner: tuple[int, int],
    direction: Direction,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the seconds of a strip of cells, and which have a street; by columns of tiles.

    Labels are made for the strip and let go with it: those of a whole city would fill more
    memory than the surface.
    """
    tall, wide = inside.shape
    seconds = np.full((tall, wide), np.inf)
    on_street = np.zeros((tall, wide), dtype=bool)
    (x, y), tile = corner, cells.TILE
    ground = cells.Ground("start" if direction == "to" else "end", cells.farthest_m(graph))
    starts = [max(x, at) for at in range(x - x % tile, x + wide, tile)]
    ends = [*starts[1:], x + wide]
    held = [
        (first, last)
        for first, last in zip(starts, ends, strict=True)
        if inside[:, first - x : last - x].any()
    ]
    windows = np.array([(first, y, last - first, tall) for first, last in held], dtype=np.int64)
    ground.prepare(graph, windows.reshape(-1, 4))
    for first, last in held:
        labels = ground.window(first, y, last - first, tall)
        here = slice(first - x, last - x)
        seconds[:, here] = cells.cell_seconds(times, labels)
        on_street[:, here] = labels.edge >= 0
    return seconds, on_street
