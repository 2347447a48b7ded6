"""Bands between the limits of reached areas, and lighter areas for maps.

Areas for several limits lie one in another (see ``areas``). A band is what one limit adds to
the one before it, so bands of one place never overlap and make up its largest area.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import is_finite, is_number, shown
from quartieri15.crs import require_metric
from quartieri15.errors import InputError, ParameterError
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

TOLERANCE_M: Final = 4.0
"""How far, about, a simplified border may stray, in metres: less than half a cell."""

MOST_VERTICES: Final = 1500
"""As many vertices as an area on a map may have: a browser draws hundreds of such areas."""

FEWEST_VERTICES: Final = 100
"""As few as may be asked for: fewer could not draw a ring with a few holes."""

HIGHEST_TOLERANCE_M: Final = 100.0
"""The tolerance is raised no further, in metres: a block of houses is about as wide."""

MOST_CHANGE: Final = 0.1
"""Which part of its area an area may gain or lose where the tolerance is raised."""


def bands(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return what each limit adds to the one before it.

    Parameters
    ----------
    areas
        The result of :func:`~quartieri15.reach.catchments.catchments` or
        :func:`~quartieri15.reach.catchments.reached_area`.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per area, in the same order: ``minutes_from`` (0 for the first) and
        ``minutes_to`` in place of ``minutes``; ``street_km`` and ``area_km2`` of the band
        alone; the geometry without the area before. Bands of one place do not overlap, and
        together they are its largest area. ``attrs`` as before.

        A band depends on its own two limits alone.

    Raises
    ------
    InputError
        If the table does not hold valid areas by ``minutes``, an area does not hold the one
        before it, or there is a column ``minutes_from`` or ``minutes_to`` already.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> areas = q15.catchments(milano, milano.houses[:1], profile="walk_75", minutes=(5, 10))
    >>> bands(areas)[["minutes_from", "minutes_to"]].values.tolist()
    [[0.0, 5.0], [5.0, 10.0]]
    """
    table = _checked(areas)
    for name in ("minutes_from", "minutes_to"):
        if name in table.columns:
            raise InputError(
                f"there is a column {name} already",
                where="areas",
                mend=f"rename it, or drop it with .drop(columns='{name}')",
            )
    shapes = table.geometry.to_numpy()
    cut = shapes.copy()
    start = np.zeros(len(table))
    metres = table["street_km"].to_numpy(dtype=float, copy=True) if "street_km" in table else None
    for rows in _nests(table):
        for before, row in pairwise(rows):
            cut[row] = shapely.difference(shapes[row], shapes[before])
            start[row] = table["minutes"].iloc[before]
            if metres is not None:
                metres[row] -= table["street_km"].iloc[before]
    result = table.set_geometry(gpd.GeoSeries(cut, index=table.index, crs=table.crs))
    result.insert(result.columns.get_loc("minutes"), "minutes_from", start)
    result = result.rename(columns={"minutes": "minutes_to"})
    if metres is not None:
        result["street_km"] = metres
    result["area_km2"] = shapely.area(cut) / 1e6
    result.attrs = plain_json(areas.attrs)
    return result


def simplified(
    areas: gpd.GeoDataFrame,
    *,
    tolerance_m: float = TOLERANCE_M,
    max_vertices: int = MOST_VERTICES,
) -> gpd.GeoDataFrame:
    """Return lighter areas for a map, which still lie one in another.

    Borders that several areas of a place have in common are simplified once, so that bands
    cut from the result do not overlap either. Vertices go whose triangle with their
    neighbours is smallest: M. Visvalingam, J. D. Whyatt 1993, Line generalisation by repeated
    elimination of points, The Cartographic Journal 30(1):46-51.

    Parameters
    ----------
    areas
        The result of :func:`~quartieri15.reach.catchments.catchments` or
        :func:`~quartieri15.reach.catchments.reached_area`.
    tolerance_m
        Metres; the square of it is the area of the largest triangle that goes.
    max_vertices
        How many vertices an area may keep, at least :data:`FEWEST_VERTICES`. Where the
        tolerance leaves more, it is raised for that place until it does not.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows with lighter geometry, its ``area_km2``, and ``tolerance_m`` as it was
        needed. A reached street may stick out by about that much: count people with the
        areas as they came, or at their address.

    Raises
    ------
    ParameterError
        If the tolerance is not above 0, fewer than :data:`FEWEST_VERTICES` vertices are
        allowed, or an area cannot have so few: not up to :data:`HIGHEST_TOLERANCE_M`, or not
        without gaining or losing more than :data:`MOST_CHANGE` of itself. Every part and hole
        keeps four vertices, so areas of many places need many.
    InputError
        If the table does not hold valid areas by ``minutes``, or an area does not hold the
        one before it.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> areas = q15.catchments(milano, milano.houses[:1], profile="walk_adult", minutes=(10, 15))
    >>> lighter = simplified(areas)
    >>> bool(lighter.geometry.count_coordinates().max() <= 1500)
    True
    """
    if not is_finite(tolerance_m) or not tolerance_m > 0:
        raise ParameterError(
            f"tolerance_m is {shown(tolerance_m)}", where="tolerance_m", mend="give metres above 0"
        )
    if not is_number(max_vertices) or not max_vertices >= FEWEST_VERTICES:
        raise ParameterError(
            f"max_vertices is {shown(max_vertices)}",
            where="max_vertices",
            mend=f"allow {FEWEST_VERTICES} or more",
        )
    table = _checked(areas)
    shapes = table.geometry.to_numpy().copy()
    needed = np.full(len(table), float(tolerance_m))
    for rows in _nests(table):
        shapes[rows], needed[rows] = _lighter(shapes[rows], tolerance_m, max_vertices)
    result = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    result["area_km2"] = shapely.area(shapes) / 1e6
    result = result.drop(columns="tolerance_m", errors="ignore")
    result.insert(len(result.columns) - 1, "tolerance_m", needed)
    result.attrs = plain_json(areas.attrs)
    return result


def _lighter(
    nested: NDArray[np.object_], tolerance_m: float, max_vertices: float
) -> tuple[NDArray[np.object_], float]:
    """Simplify areas that lie one in another until each has few vertices enough."""
    rings = _matching_bands(nested)
    area, asked_m = shapely.area(nested), tolerance_m
    while True:
        simple = shapely.coverage_simplify(rings, tolerance_m)
        light = np.array(
            [_polygonal(shapely.union_all(simple[: i + 1])) for i in range(len(simple))],
            dtype=object,
        )
        most = max(shapely.get_num_coordinates(light), default=0)
        changed = (np.abs(shapely.area(light) - area) > MOST_CHANGE * area).any()
        if most <= max_vertices and not (changed and tolerance_m > asked_m):
            return light, tolerance_m
        if changed or tolerance_m * 1.25 > HIGHEST_TOLERANCE_M:
            lost = f", where it gains or loses more than {MOST_CHANGE:.0%} of it" if changed else ""
            raise ParameterError(
                f"an area keeps {most:,} vertices at a tolerance of {tolerance_m:.3g} m{lost}; "
                f"{max_vertices:,} are allowed",
                where="max_vertices",
                mend="allow more vertices, or give the places one by one as catchments does",
            )
        tolerance_m *= 1.25


def _matching_bands(nested: NDArray[np.object_]) -> NDArray[np.object_]:
    """Cut nested areas into bands whose common borders have the same vertices."""
    lines = shapely.union_all(shapely.boundary(nested))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inner = shapely.point_on_surface(faces)
    band = np.full(len(faces), -1)
    for i, area in reversed(list(enumerate(nested))):
        shapely.prepare(area)
        band[shapely.intersects(area, inner)] = i
    return np.array(
        [_polygonal(shapely.union_all(faces[band == i])) for i in range(len(nested))], dtype=object
    )


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """Return an empty polygon for whatever else is empty."""
    return shapely.Polygon() if shapely.is_empty(shape) else shape


def _nests(table: gpd.GeoDataFrame) -> Iterator[list[int]]:
    """Yield the rows of one place at a time, the shortest limit first, checked to nest."""
    minutes = table["minutes"].to_numpy(dtype=float)
    about = [c for c in ("place_id", "profile", "speed_kmh") if c in table.columns]
    groups: Any = (
        table.groupby(about, sort=False, dropna=False).indices
        if about
        else {"all": np.arange(len(table))}
    )
    for who, found in groups.items():
        rows = sorted(found.tolist(), key=lambda row: minutes[row])
        for before, row in pairwise(rows):
            small, large = table.geometry.iloc[before], table.geometry.iloc[row]
            if minutes[before] == minutes[row]:
                raise InputError(
                    f"{minutes[row]:g} minutes stands twice for {who}",
                    where="areas",
                    mend="keep one row per place, profile and limit",
                )
            # A square metre: what rounding leaves is millionths of that.
            if shapely.area(shapely.difference(small, large)) > 1:
                raise InputError(
                    f"the area of {minutes[before]:g} minutes does not lie in that of "
                    f"{minutes[row]:g} minutes",
                    where=f"areas, row {table.index[row]}",
                    mend="give the areas as catchments returned them",
                )
        yield rows


def _checked(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Refuse a table that is not one of areas by minutes, and return a copy."""
    if (
        not isinstance(areas, gpd.GeoDataFrame)
        or areas.active_geometry_name not in areas.columns
        or (areas.columns == "minutes").sum() != 1
    ):
        raise InputError(
            "there is no column minutes with areas beside it",
            where="areas",
            mend="give the result of catchments(city, ...) or reached_area(city, ...)",
        )
    require_metric(areas, where="areas")
    other = ~areas.geom_type.isin(["Polygon", "MultiPolygon"])
    if other.any():
        raise InputError(
            f"the geometry is {areas.geom_type[other].iloc[0]!r}",
            where=f"areas, row {areas.index[other][0]}",
            mend="give polygons",
        )
    broken = ~areas.geometry.is_valid
    if broken.any():
        raise InputError(
            f"the polygon is not valid ({shapely.is_valid_reason(areas.geometry[broken].iloc[0])})",
            where=f"areas, row {areas.index[broken][0]}",
            mend="mend it with .make_valid()",
        )
    if areas["minutes"].isna().any() or not pd.api.types.is_numeric_dtype(areas["minutes"]):
        raise InputError("minutes are not all numbers", where="areas", mend="give minutes")
    return areas.copy()
