"""The streets of the Milano edition, of the raw files.

The network that is analysed is the network that is stored: :func:`build_streets` returns what
:func:`~quartieri15.editions.stored_streets.read_streets` will give, to the last bit.

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

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions import milano_published as published
from quartieri15.editions.stored_streets import LENGTH_PER_METRE, PER_METRE, as_stored
from quartieri15.sources import comune, tabular
from quartieri15.sources.conflation import conflate_bike_lanes, require_lane_kinds
from quartieri15.sources.osm import barriers, read_pbf
from quartieri15.sources.osm.merging import fill_beyond
from quartieri15.sources.osm.reading import totals

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

    from quartieri15.model.streets import StreetNetwork
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

_STEP_M = 10.0


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
