"""The open spaces of the Milano edition: parks, cemeteries, sports grounds, playgrounds.

The raw files hold no outline of a park and no water. Of a park they hold a point: where the streets
around it close a block that is hardly built on and has paths, that block is taken for the park, and
told apart from what is mapped. The large parks at the border are NIL of the Comune.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.editions import milano_published as published
from quartieri15.editions.milano_services import POINTS
from quartieri15.editions.milano_streets import CRS, EXTENT, LANDUSE
from quartieri15.sources import tabular

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

MAPPED: Final[Mapping[str, str]] = {
    "cemetery": "cemetery",
    "pitch": "sports_ground",
    "stadium": "sports_ground",
    "playground": "playground",
}
"""Classes of land use that are open spaces, with the kind that they are here."""
PARK: Final = "park"
PARK_ZONES: Final = ("parco ", "giardini ")
"""How the names of NIL begin that are parks."""
WALKED: Final = (
    *("footway", "path", "pedestrian", "steps", "cycleway", "bridleway", "corridor", "track"),
    "service",
)
"""Classes of streets that lead through a park; all others close a block."""
LARGEST_PARK_M2: Final = 1_500_000.0
MOST_BUILT: Final = 0.05
LEAST_PATHS_M_PER_HA: Final = 100.0
SMALL_M2: Final = 10_000.0
"""A block is taken for the park mapped in it if it is no larger than ``LARGEST_PARK_M2`` (with
it, Parco Forlanini and Parco Lambro are found and no field is), if buildings cover no more than
``MOST_BUILT`` of it, and if it has ``LEAST_PATHS_M_PER_HA``, or is smaller than ``SMALL_M2``:
fields have few paths, and a garden in the middle of a square needs none. Assumptions of this
library, chosen by looking at the parks of Milano."""
SIMPLIFIED_M: Final = 0.5
LEAST_M2: Final = 50.0
"""Smaller pieces are left out."""
DECIMETRE: Final = 0.1
M2_PER_HA: Final = 10_000.0
AREA: Final = 2
"""The dimension of an area."""


def build_open_spaces(
    paths: Mapping[str, Path],
    streets: StreetNetwork,
    buildings: gpd.GeoDataFrame,
    nil: gpd.GeoDataFrame,
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read open spaces, and find how far the parks reach of which only a point is mapped.

    Parameters
    ----------
    paths
        The raw files.
    streets, buildings, nil
        What the edition has of them.

    Returns
    -------
    open_spaces : geopandas.GeoDataFrame
        ``kind``, ``name`` (None where none is known, or more than one), ``extent`` and
        ``geometry``: an outline where the extent is ``mapped``, is that of a ``zone``, or was
        ``inferred`` of the block around; a point where it is ``unknown``. Coordinates are
        decimetres.
    report : dict
        How many there are of each kind and extent, and what was left out.
    """
    land = tabular.read_geoparquet(paths[LANDUSE], columns=["class"])
    published.check_landuse(land, extent=EXTENT, where=LANDUSE)
    points = tabular.read_geoparquet(paths[POINTS], columns=["name:latin", "subclass"])
    published.check_points(points, extent=EXTENT, where=POINTS)
    land = land.to_crs(CRS)
    points = points.to_crs(CRS).rename(columns={"name:latin": "name"})
    points["name"] = points["name"].astype(object)
    parks = points[points["subclass"] == PARK].reset_index(drop=True)
    built = land.loc[~land["class"].isin(list(MAPPED)), "geometry"].to_numpy()
    found = park_blocks(parks.geometry, streets, buildings=buildings.geometry, built=built)
    blocks = _named(found, parks).assign(kind=PARK, extent="inferred")
    there, _ = blocks[blocks["name"].notna()].sindex.query(parks.geometry, predicate="intersects")
    lost = parks[parks["name"].notna() & ~parks.index.isin(there)]
    spaces = pd.concat(
        [
            _mapped(land, points[points["subclass"] == "cemetery"]),
            _zones(nil),
            blocks,
            lost.assign(kind=PARK, extent="unknown"),
        ],
        ignore_index=True,
    )[["kind", "name", "extent", "geometry"]]
    spaces["geometry"] = _small(spaces.geometry.to_numpy())
    whole = ~shapely.is_empty(spaces.geometry.to_numpy())
    spaces = spaces[whole].reset_index(drop=True)
    spaces["name"] = spaces["name"].where(spaces["name"].notna(), None)
    spaces = spaces.astype({"kind": "category", "extent": "category"}).set_crs(CRS)
    counts = spaces.groupby(["kind", "extent"], observed=True).size()
    return spaces, {
        "by_kind_and_extent": {f"{kind}, {extent}": int(n) for (kind, extent), n in counts.items()},
        "points_of_parks_read": len(parks),
        "points_of_parks_in_a_block_that_was_found": len(
            np.unique(blocks.sindex.query(parks.geometry, predicate="intersects")[0])
        ),
        "smaller_than_50_m2": int((~whole).sum()),
        "not_in_the_raw_files": ["outlines of parks", "rivers, canals and lakes", "trees"],
    }


def park_blocks(
    points: gpd.GeoSeries,
    streets: StreetNetwork,
    *,
    buildings: gpd.GeoSeries,
    built: NDArray[np.object_],
) -> gpd.GeoSeries:
    """Return the blocks that are taken for the parks mapped as points in them.

    A block is what streets for cars close. What is mapped as built-up is cut out of it, unless
    the point lies on that: then the whole block is looked at.

    Parameters
    ----------
    points
        Of the parks, in the CRS of the streets.
    streets
        The network.
    buildings
        Outlines, of which a park has few.
    built
        Land mapped as built-up.

    Returns
    -------
    geopandas.GeoSeries
        One row per block, in the order of their first points.
    """
    edges = streets.edges
    walked = edges["highway"].isin(WALKED).to_numpy()
    lines = edges.geometry.to_numpy()
    closing = lines[~walked & ~edges["tunnel"].to_numpy(dtype=bool)]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(closing, grid_size=0.1)]))
    inside, face = shapely.STRtree(faces).query(points.to_numpy(), predicate="within")
    built_tree, free = shapely.STRtree(built), {}
    for row in np.unique(face).tolist():
        near = built[built_tree.query(faces[row], predicate="intersects")]
        free[row] = shapely.get_parts(shapely.difference(faces[row], shapely.union_all(near)))
    shapes: dict[bytes, shapely.Polygon] = {}
    for point, row in zip(points.to_numpy()[inside], face.tolist(), strict=True):
        around = [part for part in free[row] if part.contains(point)] or [faces[row]]
        shapes[shapely.to_wkb(around[0])] = around[0]
    found = np.array(list(shapes.values()), dtype=object)
    area = shapely.area(found)
    covered = _measured(found, buildings.to_numpy(), shapely.area)
    paths_m = _measured(found, lines[walked], shapely.length)
    fits = (
        (area <= LARGEST_PARK_M2)
        & (covered <= MOST_BUILT * area)
        & ((area < SMALL_M2) | (paths_m >= LEAST_PATHS_M_PER_HA * area / M2_PER_HA))
    )
    return gpd.GeoSeries(found[fits], crs=points.crs)


def _measured(
    shapes: NDArray[np.object_],
    others: NDArray[np.object_],
    measure: Callable[[Any], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return how much of other shapes lies within each shape."""
    row, other = shapely.STRtree(others).query(shapes, predicate="intersects")
    within = measure(shapely.intersection(shapes[row], others[other]))
    total = np.bincount(row, weights=within, minlength=len(shapes)).astype(float)
    return total


def _named(shapes: gpd.GeoSeries, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name shapes by the points in them, where all that have a name have the same."""
    named = points[points["name"].notna()]
    row, point = shapely.STRtree(named.geometry.to_numpy()).query(
        shapes.to_numpy(), predicate="intersects"
    )
    found = pd.DataFrame({"row": row, "name": named["name"].to_numpy()[point]}).drop_duplicates()
    one = found.drop_duplicates("row", keep=False).set_index("row")["name"]
    return gpd.GeoDataFrame({"name": one.reindex(range(len(shapes)))}, geometry=shapes)


def _mapped(land: gpd.GeoDataFrame, cemeteries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the open spaces of land use, put together across the borders of tiles."""
    kinds = land["class"].map(dict(MAPPED))
    tables = []
    for kind in dict.fromkeys(MAPPED.values()):
        whole = shapely.union_all(land.geometry[kinds == kind].to_numpy())
        shapes = gpd.GeoSeries(shapely.get_parts(whole), crs=CRS)
        none = cemeteries.iloc[:0]
        table = _named(shapes, cemeteries if kind == "cemetery" else none)
        tables.append(table.assign(kind=kind, extent="mapped"))
    return pd.concat(tables, ignore_index=True)


def _zones(nil: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the NIL that are parks; what they are called the NIL say."""
    is_park = nil["name"].str.lower().str.startswith(PARK_ZONES)
    return nil.loc[is_park, ["geometry"]].assign(kind=PARK, extent="zone", name=None)


def _small(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Simplify outlines, on a grid of decimetres; what is smaller than a room becomes empty."""
    small = shapely.set_precision(shapely.simplify(shapes, SIMPLIFIED_M), DECIMETRE)
    is_area = shapely.get_dimensions(small) == AREA
    small[is_area & (shapely.area(small) < LEAST_M2)] = shapely.Polygon()
    return small
