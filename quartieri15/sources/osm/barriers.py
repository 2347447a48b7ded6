"""What nobody crosses but by a street: railways, watercourses and motorways of OpenStreetMap.

From an extract with all tags, :func:`read_barriers` takes lines:

- railways of any gauge that run on the ground of their own (``railway=rail``,
  ``light_rail``, ``subway``, ``narrow_gauge``). Trams share the street and are none, nor are
  lines not in use (``disused``, ``abandoned``, ``razed``, ``construction``, ``proposed`` are
  other values of the key);
- rivers and canals (``waterway=river``, ``canal``). Streams, ditches and drains are stepped
  over, piped or planked too often, and mapped too unevenly, to say that nobody crosses them;
- not where they run in a tunnel or are covered, and not where they run on a bridge: people
  pass above the one and below the other.

Fences and walls (``barrier=*``) are left alone: gates in them are mapped far less often than
they are there, and a wall without its gate would put people on the wrong street.

Where a city has the land of its railways but not the tracks, :func:`middle_lines` takes the
line in the middle of the land. A motorway is a barrier by law: it is fenced and closed to
people on foot (Codice della Strada, art. 2 c. 3 A and art. 175), and :func:`motorways` takes it
from the streets. Its ramps are left alone, because they begin beside houses in streets of the
city, and no fence does; so are other fast roads, which have houses at their sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import require_path
from quartieri15.crs import GEOGRAPHIC, crs_named, metric_crs, require_crs
from quartieri15.errors import InputError, MissingFileError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

RAILWAYS: Final = frozenset({"rail", "light_rail", "subway", "narrow_gauge"})
WATERWAYS: Final = frozenset({"river", "canal"})

STEP_M: Final = 5.0
"""How far apart the points are of the rim that a middle line is taken from, in metres."""
RATIO: Final = 3.0
"""A middle line runs where the rim is this many times as long between two sides as straight."""
SHORTEST_M: Final = 50.0
"""A middle line shorter than this is that of a station building or a siding, not of a line."""
SEAM_M: Final = 1.0
"""Gaps of up to twice this between two pieces of land are seams of the map."""


def read_barriers(
    path: str | Path, *, crs: object = None
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Read the railways and watercourses of an OpenStreetMap file that nobody walks across.

    Parameters
    ----------
    path
        A local ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file.
    crs
        Metric CRS of the result; by default the UTM zone of the barriers' middle.

    Returns
    -------
    barriers : geopandas.GeoDataFrame
        ``kind`` (``railway``, ``river`` or ``canal``), ``osm_way_id``, ``geometry``; ascending by
        way. Fit for :meth:`~quartieri15.model.streets.StreetNetwork.with_barriers`.
    report : dict
        ``km`` by kind; ``left_out``: ways by reason.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the file is cut off or no OpenStreetMap file, or if the CRS is missing and there is
        no barrier to take it from.

    Examples
    --------
    >>> barriers, report = read_barriers("tests/data/osm/barriers.osm", crs="EPSG:32632")
    >>> barriers["kind"].tolist()
    ['railway', 'canal', 'river']
    """
    path = require_path(path, where="path")
    if not path.is_file():
        raise MissingFileError(
            "there is no such file", where=str(path), mend="check the path or download the file"
        )
    rows, left_out = _read_ways(path)
    if not rows and crs is None:
        raise InputError(
            "the file has no railway, river or canal",
            where=str(path),
            mend="take an extract with all tags, or give the CRS of an empty table",
        )
    table = gpd.GeoDataFrame(
        {
            "kind": pd.Categorical([kind for _, kind, _ in rows]),
            "osm_way_id": np.array([way for way, _, _ in rows], dtype=np.int64),
        },
        geometry=[shapely.LineString(xy) for _, _, xy in rows],
        crs=GEOGRAPHIC,
    )
    table = table.to_crs(metric_crs(table) if crs is None else crs_named(crs, where="crs"))
    table = table.sort_values("osm_way_id", kind="stable", ignore_index=True)
    return table, {"km": _km_by_kind(table), "left_out": dict(sorted(left_out.items()))}


def kind_of(tags: dict[str, str]) -> tuple[str | None, str | None]:
    """Tell what barrier a way is, and if it is none although it looks like one, why.

    Parameters
    ----------
    tags
        The tags of a way.

    Returns
    -------
    kind : str or None
        ``railway``, ``river`` or ``canal``.
    left_out : str or None
        The reason.

    Examples
    --------
    >>> kind_of({"railway": "rail"}), kind_of({"waterway": "canal", "tunnel": "culvert"})
    (('railway', None), (None, 'in a tunnel or covered'))
    >>> kind_of({"railway": "tram"}), kind_of({"highway": "residential"})
    ((None, 'railway=tram'), (None, None))
    """
    railway, waterway = tags.get("railway"), tags.get("waterway")
    if railway is None and waterway is None:
        return None, None
    if railway in RAILWAYS:
        kind = "railway"
    elif waterway in WATERWAYS:
        kind = str(waterway)
    else:
        named = ("railway", railway) if railway is not None else ("waterway", waterway)
        return None, "=".join(map(str, named))
    if tags.get("tunnel", "no") != "no" or tags.get("covered", "no") != "no":
        return None, "in a tunnel or covered"
    if tags.get("bridge", "no") != "no":
        return None, "on a bridge"
    return kind, None


def middle_lines(
    land: gpd.GeoDataFrame | gpd.GeoSeries, *, kind: str = "railway"
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return the lines in the middle of long pieces of land, such as those of railways.

    Of the Voronoi cells around points of the rim, the sides that lie between two points far
    apart along the rim are the middle (the medial axis, with the branches into corners pruned by
    the length of rim they stand for; Ogniewicz and Kübler 1995, Pattern Recognition 28).

    Parameters
    ----------
    land
        Polygons in a metric CRS; those that touch, or all but touch, are one.
    kind
        What the barriers are.

    Returns
    -------
    barriers : geopandas.GeoDataFrame
        ``kind``, ``osm_way_id`` (0) and ``geometry``, simplified to 1 m.
    report : dict
        ``pieces`` of land and their ``km2``; ``km`` of lines; ``left_out_short``: the number of
        lines shorter than :data:`SHORTEST_M`.

    Raises
    ------
    InputError
        If the land has no CRS.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> corridor = gpd.GeoSeries([shapely.box(0, 0, 1000, 30)], crs="EPSG:32632")
    >>> lines, report = middle_lines(corridor)
    >>> report["pieces"], round(float(lines.geometry.iloc[0].centroid.y))
    (1, 15)
    """
    crs = require_crs(land, where="land")
    wider = shapely.union_all(shapely.buffer(land.geometry.array, SEAM_M, join_style="mitre"))
    whole = shapely.get_parts(shapely.buffer(wider, -SEAM_M, join_style="mitre"))
    whole = whole[shapely.area(whole) > 0]
    found = [line for piece in whole for line in _middle(piece)]
    lines = np.array(found, dtype=object)
    long = shapely.length(lines) >= SHORTEST_M if len(lines) else np.empty(0, dtype=bool)
    table = gpd.GeoDataFrame(
        {"kind": pd.Categorical([kind] * int(long.sum())), "osm_way_id": np.int64(0)},
        geometry=lines[long],
        crs=crs,
        index=pd.RangeIndex(int(long.sum())),
    )
    return table, {
        "pieces": len(whole),
        "km2": round(float(shapely.area(whole).sum()) / 1e6, 3),
        "km": round(float(table.length.sum()) / 1000, 3),
        "left_out_short": int((~long).sum()),
    }


def motorways(streets: StreetNetwork) -> gpd.GeoDataFrame:
    """Return the motorways of a network as barriers, where they run on the ground.

    Parameters
    ----------
    streets
        The network. Edges on a bridge and in a tunnel are left out, and those open on foot.

    Returns
    -------
    geopandas.GeoDataFrame
        ``kind`` (``motorway``), ``osm_way_id`` and ``geometry``.
    """
    edges = streets.edges
    closed = (edges["highway"] == "motorway") & ~edges["foot"]
    ground = closed & ~edges["bridge"] & ~edges["tunnel"] & (edges.length > 0)
    table = edges.loc[ground, ["osm_way_id", "geometry"]].reset_index(drop=True)
    return table.assign(kind=pd.Categorical(["motorway"] * len(table)))


def _read_ways(
    path: Path,
) -> tuple[list[tuple[int, str, list[tuple[float, float]]]], dict[str, int]]:
    import osmium

    rows: list[tuple[int, str, list[tuple[float, float]]]] = []
    left_out: dict[str, int] = {}
    ways: Any = (
        osmium.FileProcessor(path, osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.KeyFilter("railway", "waterway"))
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    )
    try:
        for way in ways:
            kind, reason = kind_of({tag.k: tag.v for tag in way.tags})
            xy = [
                (node.location.lon, node.location.lat)
                for node in way.nodes
                if node.location.valid()
            ]
            if kind is not None and len(set(xy)) < 2:  # noqa: PLR2004 - a line has two points
                kind, reason = None, "without its nodes"
            if kind is not None:
                rows.append((way.id, kind, xy))
            elif reason is not None:
                left_out[reason] = left_out.get(reason, 0) + 1
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"the file cannot be read as OpenStreetMap data ({error})",
            where=str(path),
            mend="download it again: it may be cut off or of another format",
        ) from error
    return rows, left_out


def _middle(land: shapely.Polygon) -> list[shapely.LineString]:
    """Return the middle line of one piece of land, in as many parts as it branches into."""
    from scipy.spatial import Voronoi

    rim = [_along(ring) for ring in (land.exterior, *land.interiors)]
    xy = np.concatenate([points for points, _, _ in rim])
    at = np.concatenate([metres for _, metres, _ in rim])
    whole = np.concatenate([np.full(len(metres), length) for _, metres, length in rim])
    ring = np.repeat(np.arange(len(rim)), [len(points) for points, _, _ in rim])
    # Coordinates of millions of metres would cost the diagram its digits.
    origin = xy.mean(axis=0)
    # Straight rims have many points on one circle; Q12 takes the wide facets they make.
    cells = Voronoi(xy - origin, qhull_options="Qbb Qc Qz Q12")
    ridge = np.array(cells.ridge_vertices)
    finite = (ridge >= 0).all(axis=1)
    ridge, (i, j) = ridge[finite], cells.ridge_points[finite].T
    around = np.abs(at[i] - at[j])
    around = np.minimum(around, whole[i] - around)
    straight = np.hypot(*(xy[i] - xy[j]).T)
    between = (ring[i] != ring[j]) | ((around >= RATIO * straight) & (around > RATIO * STEP_M))
    sides = shapely.linestrings(cells.vertices[ridge[between]] + origin)
    shapely.prepare(land)
    sides = sides[shapely.contains(land, sides)]
    if not len(sides):
        return []
    line = shapely.simplify(shapely.line_merge(shapely.multilinestrings(list(sides))), 1.0)
    parts = shapely.get_parts(shapely.normalize(line))
    return list(parts[np.lexsort(shapely.bounds(parts).T)])


def _along(
    ring: shapely.LinearRing,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return points along a ring, how far along they lie, and its length."""
    length = float(ring.length)
    number = max(8, int(np.ceil(length / STEP_M)))
    metres = np.arange(number, dtype=np.float64) * (length / number)
    points = shapely.get_coordinates(shapely.line_interpolate_point(ring, metres))
    return points, metres, length


def _km_by_kind(table: gpd.GeoDataFrame) -> dict[str, float]:
    km = table.length.groupby(table["kind"].astype(str)).sum() / 1000
    return {str(kind): round(float(value), 3) for kind, value in km.sort_index().items()}
