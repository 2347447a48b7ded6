"""Rasters laid under the streets: the elevation of points, and the grade of every street.

Any raster that GDAL reads will do, as one file or as tiles, in any CRS: the points are brought
to the raster, never the raster to the points. It should hold the ground (a terrain model); in
a surface model the roofs and trees beside a street are part of its slope.
"""

from __future__ import annotations

import dataclasses
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.arguments import is_finite, require_path, several, shown
from quartieri15.crs import crs_named
from quartieri15.errors import InputError, MissingFileError, ParameterError
from quartieri15.model.streets import StreetNetwork, require_streets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

SMOOTHING_M: Final = 50.0
"""Elevations are smoothed over the streets within this many metres of a junction.

Raster noise becomes slope in proportion to how short a street is, and half of Milano's edges
are shorter than 22 m. Measured on them with errors of 1 m, each cell of 10 m on its own
(standard deviation): grades of streets of 5 to 10 m are 9 points off, smoothed over 30 m 2.3,
over 50 m 1.2, over 100 m 0.4; those above 100 m 0.6, 0.4, 0.3 and 0.2. Slopes shorter than the
smoothing are lost, hence no more than this.
"""

SAMPLE_M: Final = 10.0
"""Distance between the points at which a street is sampled, in metres."""

STEEPEST_STREET: Final = 0.348
"""Grade of the steepest residential street, Baldwin Street in Dunedin (Guinness World Records)."""

LOWEST_M: Final = -450.0
HIGHEST_M: Final = 8900.0
"""Elevations of dry land: the shore of the Dead Sea lies at -439 m, Mount Everest at 8,849 m."""

_CHUNK = 1024
# How far the pixels of tiles of one raster may be out of step, as a part of a pixel.
_OUT_OF_STEP = 0.01
_METRES = ("", "m", "metre", "metres", "meter", "meters")
# Junctions of streets on one spot are as good as joined; nothing may be divided by 0.
_SHORTEST_M = 1e-3


def elevations(
    rasters: str | Path | Iterable[str | Path],
    points_xy: NDArray[np.float64],
    *,
    crs: object,
    band: int | None = None,
) -> NDArray[np.float64]:
    """Read the elevation at points off a raster, between the middles of its cells.

    Parameters
    ----------
    rasters
        A raster file, or several. Tiles of one raster (same CRS, cells in step) are read as
        if they were one file. Of other files, the first that has a value counts.
    points_xy : (p, 2) float64
        Coordinates of the points.
    crs
        The CRS of the points; the rasters may be in others.
    band
        Which band holds the elevation in metres, counted from 1. Its scale and offset are
        applied. None for the first, unless the file is a picture in red, green and blue.

    Returns
    -------
    (p,) float64
        Metres, bilinear between the four cells around the point. NaN where one of them is
        missing: beyond the raster (or within half a cell of its border), at nodata, and under
        a mask. Nothing is filled in.

    Raises
    ------
    MissingFileError
        If a file is not there.
    InputError
        If the points are no table of x and y, or the CRS of either is none that is known or
        leads to the other; if a file is no raster, has no CRS, no georeference, not that band,
        complex numbers, or another unit than metres; if it is a picture and no band was named;
        if no raster overlaps the points, or none has a value at any of them; or
        if a value is no elevation on land, as where nodata is not declared.
    ParameterError
        If no file or no whole band number is given.

    Examples
    --------
    A slope that rises by 1 m in 10 m towards the east:

    >>> import tempfile, rasterio
    >>> from rasterio.transform import from_origin
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "dtm.tif"
    ...     with rasterio.open(
    ...         path, "w", driver="GTiff", width=4, height=4, count=1, dtype="float32",
    ...         crs="EPSG:32632", transform=from_origin(512000, 5034040, 10, 10),
    ...     ) as file:
    ...         file.write(np.tile([[100, 101, 102, 103]], (4, 1)), 1)
    ...     elevations(path, np.array([[512010.0, 5034020.0]]), crs="EPSG:32632").tolist()
    [100.5]
    """
    return _sample(rasters, points_xy, crs=crs, band=band, where="points").elevation_m


def with_grades(
    streets: StreetNetwork,
    rasters: str | Path | Iterable[str | Path],
    *,
    band: int | None = None,
    smoothing_m: float = SMOOTHING_M,
) -> tuple[StreetNetwork, dict[str, Any]]:
    """Give every street its grade, from an elevation raster.

    Every junction has one elevation, so that what is climbed on the way round a block is
    walked down again. The grade of a street is that of the straight line between its ends:
    a hump between them is not in it.

    Parameters
    ----------
    streets
        Any network.
    rasters, band
        As for :func:`elevations`: a model of the ground, in metres.
    smoothing_m
        The elevation of a junction is that of the plane that fits best to the streets within
        so many metres (points every :data:`SAMPLE_M`, nearer ones weighing more), read at the
        junction. 0 for the elevation at the junction itself.

    Returns
    -------
    streets : StreetNetwork
        A new network whose column ``grade`` is rise over run from u to v: 0.05 climbs by 5 m
        in 100 m on the ground, -0.05 falls. NaN where it is not known.
    report : dict
        ``rasters``, ``smoothing_m``; ``junctions_outside`` and ``junctions_nodata``: those
        without an elevation, because of the border of the raster or of what it holds there;
        ``bridge_junctions``: those whose elevation is not that of the ground;
        ``edges``, ``edges_with_grade``; those without by reason, in
        ``edges_without_grade``: ``end_not_sampled``, ``bridge_not_sampled`` (an end of the
        bridge or tunnel has no elevation, or it has no end), ``no_length``;
        ``edges_steeper_than_any_street``: steps apart, grades beyond
        :data:`STEEPEST_STREET`, which are left as they are and speak of a fault in the
        raster or of a missing bridge.

    Raises
    ------
    MissingFileError
        As for :func:`elevations`.
    InputError
        As for :func:`elevations`, and if ``streets`` is no network.
    ParameterError
        As for :func:`elevations`, and if ``smoothing_m`` is negative or no number.

    Notes
    -----
    *Bridges and tunnels.* The raster holds the valley under a bridge and the hill above a
    tunnel. So bridges and tunnels that are joined to each other are followed to the junctions
    where they meet the other streets, and run straight between the elevations there (where
    they fork, elevations in between are those of taut strings: harmonic, weighted by one over
    the length; one with a single end is level). GraphHopper does much the same
    (``EdgeElevationInterpolator``). Steps that lead up to a bridge from below do not bring it
    down, unless it has no other end.

    *Smoothing.* Local linear regression with the tricube weights of W. S. Cleveland (1979),
    Robust Locally Weighted Regression and Smoothing Scatterplots, JASA 74, 829-836. It keeps
    an even slope as it is, also at a dead end and beside a hole in the raster, where a mean
    would flatten it (J. Fan, I. Gijbels (1996), Local Polynomial Modelling and Its
    Applications). Only streets on the ground are looked at, so that what lies under a bridge
    does not pull its ends down. Ramps shorter than the smoothing appear less steep than they
    are.

    Examples
    --------
    Ground that rises by 2 m in 100 m towards the east, under the streets around a house:

    >>> import tempfile, rasterio
    >>> from rasterio.transform import from_origin
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> house = milano.houses.geometry.iloc[0]
    >>> block = milano.streets.subset(house.buffer(200))
    >>> west, _, _, north = block.edges.total_bounds
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "dtm.tif"
    ...     with rasterio.open(
    ...         path, "w", driver="GTiff", width=300, height=300, count=1, dtype="float32",
    ...         crs="EPSG:32632", transform=from_origin(west - 100, north + 100, 10, 10),
    ...     ) as file:
    ...         file.write(np.tile(100 + 0.2 * np.arange(300), (300, 1)), 1)
    ...     graded, report = with_grades(block, path)
    >>> bool(graded.edges["grade"].abs().max() < 0.0201)
    True
    >>> report["edges_with_grade"] == len(block.edges)
    True
    """
    require_streets(streets)
    _require_metres(smoothing_m)
    files = _files(rasters)
    nodes, edges = streets.nodes.geometry.array, streets.edges
    node_xy = np.column_stack([nodes.x, nodes.y])
    ends = _Ends.of(streets)
    junctions = _sample(files, node_xy, crs=streets.crs, band=band, where="streets")
    ground_m = junctions.elevation_m
    if smoothing_m > 0:
        points_xy, metres = _points_along(edges[~ends.bridged])
        along = _sample(files, points_xy, crs=streets.crs, band=band, where=None)
        smooth_m = _fitted(node_xy, points_xy, along.elevation_m, metres, smoothing_m)
        # A hole in the raster is not filled from around it.
        ground_m = np.where(np.isnan(ground_m), np.nan, smooth_m)
    elevation_m = ends.strung(ground_m)
    length_m = edges["length_m"].to_numpy(dtype=float)
    rise_m = elevation_m[ends.v] - elevation_m[ends.u]
    with np.errstate(invalid="ignore", divide="ignore"):
        grade = np.where(length_m > 0, rise_m / length_m, np.nan)
    graded = dataclasses.replace(streets, edges=edges.assign(grade=grade))
    unknown = np.isnan(rise_m)
    missing = np.isnan(junctions.elevation_m) & ~ends.hung
    steep = (np.abs(grade) > STEEPEST_STREET) & ~edges["steps"].to_numpy()
    return graded, {
        "rasters": [file.name for file in files],
        "smoothing_m": float(smoothing_m),
        "junctions_outside": int((missing & ~junctions.inside).sum()),
        "junctions_nodata": int((missing & junctions.inside).sum()),
        "bridge_junctions": int(ends.hung.sum()),
        "edges": len(edges),
        "edges_with_grade": int(np.isfinite(grade).sum()),
        "edges_without_grade": {
            "end_not_sampled": int((unknown & ~ends.bridged).sum()),
            "bridge_not_sampled": int((unknown & ends.bridged).sum()),
            "no_length": int((~unknown & (length_m <= 0)).sum()),
        },
        "edges_steeper_than_any_street": int(steep.sum()),
    }


def _require_metres(smoothing_m: object) -> None:
    if not is_finite(smoothing_m) or smoothing_m < 0:
        raise ParameterError(
            f"smoothing_m is {shown(smoothing_m)}",
            where="smoothing_m",
            mend="give metres, 0 or more",
        )


@dataclass(frozen=True, eq=False)
class _Ends:
    """Which junctions each edge joins, and which of them hang in a bridge or a tunnel.

    ``u`` and ``v`` are positions among the nodes; ``bridged`` tells bridges and tunnels among
    the edges, ``hung`` the nodes whose elevation is not that of the ground.
    """

    u: NDArray[np.int64]
    v: NDArray[np.int64]
    length_m: NDArray[np.float64]
    bridged: NDArray[np.bool_]
    hung: NDArray[np.bool_]

    @classmethod
    def of(cls, streets: StreetNetwork) -> _Ends:
        """Follow bridges and tunnels to where they end."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        edges = streets.edges
        u = streets.nodes.index.get_indexer(edges["u"])
        v = streets.nodes.index.get_indexer(edges["v"])
        bridged = (edges["bridge"] | edges["tunnel"]).to_numpy()
        steps = edges["steps"].to_numpy()
        n = len(streets.nodes)

        def touched(which: NDArray[np.bool_]) -> NDArray[np.bool_]:
            nodes = np.zeros(n, dtype=bool)
            nodes[u[which]] = nodes[v[which]] = True
            return nodes

        on_bridge, on_steps = touched(bridged), touched(~bridged & steps)
        end = on_bridge & touched(~bridged & ~steps)
        pattern = coo_array((np.ones(bridged.sum()), (u[bridged], v[bridged])), shape=(n, n))
        _, structure = connected_components(pattern, directed=False)
        ended = np.zeros(n, dtype=bool)
        ended[structure[end]] = True
        end |= on_bridge & on_steps & ~ended[structure]
        length_m = edges["length_m"].to_numpy(dtype=float)
        return cls(u, v, length_m, bridged, on_bridge & ~end)

    def strung(self, ground_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return elevations in which bridges and tunnels run straight between their ends."""
        from scipy.sparse import coo_array, diags_array
        from scipy.sparse.csgraph import connected_components
        from scipy.sparse.linalg import spsolve

        elevation_m = np.where(self.hung, np.nan, ground_m)
        n = len(ground_m)
        chosen = self.bridged & (self.u != self.v) & (self.hung[self.u] | self.hung[self.v])
        u, v = self.u[chosen], self.v[chosen]
        pull = 1 / np.maximum(self.length_m[chosen], _SHORTEST_M)
        pulls = coo_array((pull, (u, v)), shape=(n, n)).tocsr()
        pulls = pulls + pulls.T
        among = pulls[self.hung][:, self.hung]
        # Parts that hang together; ends are no part of them, as they stay where they are.
        parts, part = connected_components(among, directed=False)
        rope = pulls[self.hung][:, ~self.hung].tocoo()
        at_end = elevation_m[~self.hung][rope.coords[1]]
        tied, loose = np.zeros(parts, dtype=bool), np.zeros(parts, dtype=bool)
        tied[part[rope.coords[0]]] = True
        loose[part[rope.coords[0][np.isnan(at_end)]]] = True
        firm = (tied & ~loose)[part]
        if not firm.any():
            return elevation_m
        weight = among.sum(axis=1) + np.bincount(
            rope.coords[0], weights=rope.data, minlength=len(part)
        )
        pulled = np.bincount(rope.coords[0], weights=rope.data * at_end, minlength=len(part))
        system = (diags_array(weight) - among).tocsr()[firm][:, firm].tocsc()
        hung = np.flatnonzero(self.hung)
        elevation_m[hung[firm]] = spsolve(system, pulled[firm])
        return elevation_m


def _points_along(edges: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points along edges, both ends among them, and the metres each stands for."""
    import shapely

    lines = edges["geometry"].to_numpy()
    length = shapely.length(lines)
    parts = np.maximum(1, np.ceil(length / SAMPLE_M)).astype(int)
    line = np.repeat(np.arange(len(lines)), parts + 1)
    first = np.cumsum(parts + 1) - parts - 1
    nth = np.arange(len(line)) - first[line]
    points = shapely.line_interpolate_point(lines[line], nth / parts[line], normalized=True)
    at_end = (nth == 0) | (nth == parts[line])
    metres = np.maximum(length / parts, _SHORTEST_M)[line] * np.where(at_end, 0.5, 1.0)
    return shapely.get_coordinates(points), metres


def _fitted(
    node_xy: NDArray[np.float64],
    points_xy: NDArray[np.float64],
    elevation_m: NDArray[np.float64],
    metres: NDArray[np.float64],
    radius_m: float,
) -> NDArray[np.float64]:
    """Read at each node the plane that fits best to the points around it.

    NaN where no point is near. Where the points lie on one line, the plane is level across.
    """
    from scipy.spatial import cKDTree

    known = np.flatnonzero(np.isfinite(elevation_m))
    n = len(node_xy)
    if not len(known):
        return np.full(n, np.nan)
    sums = np.zeros((9, n))
    tree = cKDTree(points_xy[known])
    for first in range(0, n, _NODES_AT_ONCE):
        here = slice(first, first + _NODES_AT_ONCE)
        near = cKDTree(node_xy[here]).sparse_distance_matrix(tree, radius_m, output_type="ndarray")
        node, point = near["i"] + first, known[near["j"]]
        weight = metres[point] * (1 - (near["v"] / radius_m) ** 3) ** 3
        x, y = (points_xy[point] - node_xy[node]).T / radius_m
        z = elevation_m[point]
        terms = (np.ones_like(z), x, y, z, x * x, x * y, y * y, x * z, y * z)
        for i, term in enumerate(terms):
            sums[i] += np.bincount(node, weights=weight * term, minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y, z, xx, xy, yy, xz, yz = sums[1:] / sums[0]
    xx, xy, yy, xz, yz = xx - x * x, xy - x * y, yy - y * y, xz - x * z, yz - y * z
    known_somewhere = sums[0] > 0
    spread = np.nan_to_num(np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], -2))
    slope = np.linalg.pinv(spread, rcond=1e-6, hermitian=True) @ np.stack([xz, yz], -1)[..., None]
    read = z - slope[:, 0, 0] * x - slope[:, 1, 0] * y
    return np.where(known_somewhere, read, np.nan)


_NODES_AT_ONCE = 4_000


@dataclass(frozen=True, eq=False)
class _Sampled:
    """Elevations at points, NaN for none, and whether a raster extends over them."""

    elevation_m: NDArray[np.float64]
    inside: NDArray[np.bool_]


def _sample(
    rasters: str | Path | Iterable[str | Path],
    points_xy: NDArray[np.float64],
    *,
    crs: object,
    band: int | None,
    where: str | None,
) -> _Sampled:
    """Sample rasters at points; ``where`` names points of which some must have a value."""
    files = _files(rasters)
    xy = _coordinates(points_xy)
    own = crs_named(crs, where="crs")
    elevation_m = np.full(len(xy), np.nan)
    inside = np.zeros(len(xy), dtype=bool)
    with ExitStack() as stack:
        tiles = [_Tile(file, opened_raster(file, band, stack)) for file in files]
        grids = _grids(tiles)
        for grid in grids:
            row, column = grid.positions(xy, own)
            over = grid.extends_over(row, column)
            inside |= over
            todo = np.flatnonzero(over & np.isnan(elevation_m))
            elevation_m[todo] = grid.bilinear(row[todo], column[todo], band or 1)
        placed = np.isfinite(xy).all(axis=1)
        if where is not None and placed.any() and not inside.any():
            raise _no_overlap(tiles, xy[placed], own, where)
    if where is not None and placed.any() and np.isnan(elevation_m).all():
        raise InputError(
            f"there is no value at any of {placed.sum():,} points: all is nodata or masked there",
            where=", ".join(map(str, files)),
            mend="give a raster that has values there, or the band that has them",
        )
    odd = (elevation_m < LOWEST_M) | (elevation_m > HIGHEST_M)
    if odd.any():
        raise InputError(
            f"{elevation_m[odd][0]:g} at {xy[odd][0].tolist()} is no elevation on land in metres",
            where=", ".join(map(str, files)),
            mend="declare it as nodata (gdal_edit.py -a_nodata), or give the band of elevations",
        )
    return _Sampled(elevation_m, inside)


def _coordinates(points_xy: object) -> NDArray[np.float64]:
    try:
        xy = np.asarray(points_xy, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        xy = np.empty(0)
    # An empty list has no second axis, and nothing to mistake.
    if isinstance(points_xy, list | tuple) and not len(points_xy):
        xy = np.empty((0, 2))
    if xy.shape != (len(xy) if xy.ndim else 0, 2):
        raise InputError(
            f"a {type(points_xy).__name__} of shape {getattr(points_xy, 'shape', xy.shape)} "
            "does not hold the x and y of points",
            where="points_xy",
            mend="give an array of shape (p, 2); of a table of points, "
            "shapely.get_coordinates(points.geometry)",
        )
    return xy


def _files(rasters: object) -> list[Path]:
    files = several(rasters)
    if not files:
        raise ParameterError("there is no raster", where="rasters", mend="give at least one file")
    for file in files:
        require_path(file, where="rasters")
    return [Path(file) for file in files]


@dataclass(frozen=True, eq=False)
class _Tile:
    """An open raster file; ``row`` and ``column`` tell where it begins in its grid."""

    file: Path
    data: Any
    row: int = 0
    column: int = 0


def opened_raster(
    file: Path,
    named: int | None,
    stack: ExitStack,
    *,
    holds: str = "elevations",
    units: Sequence[str] | None = _METRES,
) -> Any:
    """Open a raster and refuse one of which nobody can say where and what it is.

    Parameters
    ----------
    file, named
        The file, and the band that is wanted; None for the first.
    stack
        What closes it.
    holds, units
        What it should hold, in words, and in which units; None for any.

    Returns
    -------
    rasterio.DatasetReader
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    if not file.exists():
        raise MissingFileError(
            "the raster is not there", where=str(file), mend="correct the path or fetch the file"
        )
    try:
        with warnings.catch_warnings():
            # Said below, as an error.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            data = stack.enter_context(rasterio.open(file))
    except RasterioIOError as error:
        raise InputError(
            f"the file is no raster that can be read ({error})",
            where=str(file),
            mend="give a GeoTIFF or another format that GDAL reads, and fetch it anew if damaged",
        ) from error
    if data.crs is None:
        raise InputError(
            "the raster has no coordinate reference system",
            where=str(file),
            mend="write it in, for example: gdal_edit.py -a_srs EPSG:32632 FILE",
        )
    if data.transform.is_identity:
        raise InputError(
            "the raster does not say where its cells lie",
            where=str(file),
            mend="keep its world file beside it, or write the corners in: gdal_edit.py -a_ullr",
        )
    band = 1 if named is None else named
    if isinstance(band, bool) or not isinstance(band, int | np.integer):
        raise ParameterError(f"band is {band!r}", where="band", mend="count bands from 1")
    if not 1 <= band <= data.count:
        raise InputError(
            f"there is no band {band}; bands 1 to {data.count} are there",
            where=str(file),
            mend=f"name the band that holds the {holds}",
        )
    if named is None and {"red", "green", "blue"} & {kind.name for kind in data.colorinterp}:
        raise InputError(
            f"the file is a picture: its {data.count} bands are "
            f"{', '.join(kind.name for kind in data.colorinterp)}",
            where=str(file),
            mend=f"give a raster of {holds}; if a band does hold them, name it: band=1",
        )
    if np.issubdtype(data.dtypes[band - 1], np.complexfloating):
        raise InputError(
            f"band {band} holds complex numbers ({data.dtypes[band - 1]})",
            where=str(file),
            mend=f"give a raster of {holds}",
        )
    unit = (data.units[band - 1] or "").strip().lower()
    if units is not None and unit not in units:
        raise InputError(
            f"band {band} is in {unit!r}",
            where=str(file),
            mend="convert it to metres, for example with gdal_calc.py",
        )
    return data


@dataclass(frozen=True, eq=False)
class _Grid:
    """Tiles whose cells are in step: one raster, cut up."""

    tiles: list[_Tile]

    def positions(
        self, xy: NDArray[np.float64], crs: CRS
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return rows and columns of points, in which cells have their middles at n + 0.5."""
        from pyproj import CRS, Transformer
        from pyproj.exceptions import CRSError, ProjError

        data = self.tiles[0].data
        try:
            there = Transformer.from_crs(crs, CRS.from_user_input(data.crs), always_xy=True)
        except (CRSError, ProjError) as error:
            raise InputError(
                f"nothing leads from {crs.name} to the coordinate reference system of the raster, "
                f"{data.crs.to_string()[:60]}",
                where=str(self.tiles[0].file),
                mend="write the true one in, for example: gdal_edit.py -a_srs EPSG:32632 FILE",
            ) from error
        x, y = there.transform(xy[:, 0], xy[:, 1])
        x, y = np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)
        column, row, _ = np.linalg.inv(_matrix(data.transform)) @ [x, y, np.ones_like(x)]
        return row, column

    def extends_over(
        self, row: NDArray[np.float64], column: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Tell which positions lie on a tile."""
        inside = np.zeros(len(row), dtype=bool)
        for tile in self.tiles:
            inside |= (
                (row >= tile.row)
                & (row <= tile.row + tile.data.height)
                & (column >= tile.column)
                & (column <= tile.column + tile.data.width)
            )
        return inside

    def bilinear(
        self, row: NDArray[np.float64], column: NDArray[np.float64], band: int
    ) -> NDArray[np.float64]:
        """Read between the middles of cells, chunk by chunk so that any raster fits."""
        top, left = np.floor(row - 0.5).astype(np.int64), np.floor(column - 0.5).astype(np.int64)
        down, right = row - 0.5 - top, column - 0.5 - left
        value = np.full(len(row), np.nan)
        chunk = np.column_stack([top // _CHUNK, left // _CHUNK])
        chunks, of_chunk = np.unique(chunk, axis=0, return_inverse=True)
        order = np.argsort(of_chunk, kind="stable")
        cut = np.searchsorted(of_chunk[order], np.arange(len(chunks) + 1))
        for number, (first_row, first_column) in enumerate((chunks * _CHUNK).tolist()):
            cells = self._read(first_row, first_column, band)
            if cells is None:
                continue
            here = order[cut[number] : cut[number + 1]]
            i, j, a, b = top[here] - first_row, left[here] - first_column, down[here], right[here]
            corners = (
                (cells[i, j], (1 - a) * (1 - b)),
                (cells[i, j + 1], (1 - a) * b),
                (cells[i + 1, j], a * (1 - b)),
                (cells[i + 1, j + 1], a * b),
            )
            # A cell that has no part in the value need not be there.
            value[here] = sum(np.where(part > 0, cell * part, 0.0) for cell, part in corners)
        return value

    def _read(self, first_row: int, first_column: int, band: int) -> NDArray[np.float64] | None:
        """Return the cells of a chunk and the next row and column, NaN where none has a value."""
        from rasterio.windows import Window

        side = _CHUNK + 1
        cells = np.full((side, side), np.nan)
        touched = False
        for tile in self.tiles:
            top, left = max(first_row, tile.row), max(first_column, tile.column)
            bottom = min(first_row + side, tile.row + tile.data.height)
            right = min(first_column + side, tile.column + tile.data.width)
            if top >= bottom or left >= right:
                continue
            touched = True
            window = Window(left - tile.column, top - tile.row, right - left, bottom - top)
            read = _band(tile, band, window)
            part = cells[
                top - first_row : bottom - first_row, left - first_column : right - first_column
            ]
            np.copyto(part, read, where=np.isnan(part))
        return cells if touched else None


def _band(tile: _Tile, band: int, window: Any) -> NDArray[np.float64]:
    """Read part of a band: what it means, not how it is packed."""
    from rasterio.errors import RasterioIOError

    try:
        read = tile.data.read(band, window=window, masked=True)
    except RasterioIOError as error:
        raise InputError(
            f"the raster cannot be read to its end ({error})",
            where=str(tile.file),
            mend="fetch the file anew",
        ) from error
    packed = read.astype(np.float64).filled(np.nan)
    values: NDArray[np.float64] = packed * tile.data.scales[band - 1] + tile.data.offsets[band - 1]
    return values


def _grids(tiles: list[_Tile]) -> list[_Grid]:
    """Put tiles of one raster together, in the order of their first tiles."""
    grids: list[_Grid] = []
    for tile in tiles:
        for grid in grids:
            begins = _begins(tile.data, grid.tiles[0].data)
            if begins is not None:
                grid.tiles.append(_Tile(tile.file, tile.data, *begins))
                break
        else:
            grids.append(_Grid([tile]))
    return grids


def _begins(data: Any, of: Any) -> tuple[int, int] | None:
    """Return row and column at which a raster begins in another; None if out of step."""
    if data.crs != of.crs:
        return None
    # The same far corner tells whether cells have the same size and turn.
    corners = np.array([[0, 0, 1], [data.width, data.height, 1]]).T
    shift = np.linalg.inv(_matrix(of.transform)) @ _matrix(data.transform)
    (column, far_column), (row, far_row), _ = (shift @ corners).tolist()
    begins = round(row), round(column)
    gaps = (
        row - begins[0],
        column - begins[1],
        far_row - begins[0] - data.height,
        far_column - begins[1] - data.width,
    )
    return begins if max(map(abs, gaps)) < _OUT_OF_STEP else None


def _matrix(transform: Any) -> NDArray[np.float64]:
    """Return the matrix that takes (column, row, 1) to (x, y, 1)."""
    t = transform
    return np.array([[t.a, t.b, t.c], [t.d, t.e, t.f], [0.0, 0.0, 1.0]])


def _no_overlap(tiles: list[_Tile], xy: NDArray[np.float64], own: CRS, where: str) -> InputError:
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    first = tiles[0]
    asked = np.concatenate([xy.min(axis=0), xy.max(axis=0)])
    try:
        bounds = np.array(
            [
                Transformer.from_crs(
                    CRS.from_user_input(tile.data.crs), own, always_xy=True
                ).transform_bounds(*tile.data.bounds)
                for tile in tiles
            ]
        )
        there = _extent(np.concatenate([bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)]))
    except ProjError:
        there = "ground that this system cannot express"
    more = f" (and {len(tiles) - 1} more)" if len(tiles) > 1 else ""
    return InputError(
        f"the raster does not overlap the {where}: in {own.to_string()} it covers {there}, "
        f"the {where} {_extent(asked)}",
        where=f"{first.file}{more}",
        mend="give the raster of this city; if it is, the CRS written in the file "
        f"({first.data.crs.to_string()}) or that of the {where} is wrong",
    )


def _extent(bounds: NDArray[np.float64]) -> str:
    west, south, east, north = (f"{value:.10g}" for value in bounds)
    return f"x {west} to {east}, y {south} to {north}"
