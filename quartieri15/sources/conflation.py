"""Bike lanes that the Comune publishes as lines, brought onto the edges of the streets.

The thresholds were read off the Comune's 2,334 lines (232.2 km, 2020) against OpenStreetMap
(2022). One changed at a time, the others as they stand, km of lane matched:

=====================  =====================================================================
``max_path_distance``  2 m 199.4, 3 m 213.6, **4 m 217.5**, 5 m 219.4, 6 m 220.3, 8 m 222.1
``max_distance``       6 m 214.0, 8 m 216.1, 10 m 217.1, **12 m 217.5**, 15 m 218.0, 20 m 218.4
``max_angle``          10° 212.0, 15° 215.2, 20° 216.7, **25° 217.5**, 35° 218.2
``min_share``          0.8 205.0, 0.65 213.4, **0.5 217.5**, 0.35 220.2, 0.2 221.6
=====================  =====================================================================

- Where OpenStreetMap draws the lane as a way of its own, the two lie together: of the lanes
  ``sede propria`` 67 % lie within 4 m of a ``cycleway`` and 24 % of a ``track``; from 4 m to
  8 m come 2 % each, mostly the lane across the street. Footpaths beyond 4 m are the
  pavement beside.
- Where it draws the street alone, the lane lies to its side: tracks 4-10 m, painted lanes 3-6 m
  off the centre line. Beyond 12 m hardly a lane is gained, but streets are opened that lie beside
  another (contraflow grows by a tenth to 15 m).
- Of the points within 4 m of a cycleway 94 % agree with it in direction to 10°; of those within 8 m
  of a street 82 %, while 12 % stand at 60-90°: streets that are crossed.
- At half its length the edges marked are 3 % longer than the lanes matched; at a third 4 %, with
  lanes spilling round corners onto side streets.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import schemas

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

TRACK, PAINTED, SHARED_PATH = (
    "corsia ciclabile - sede propria",
    "corsia ciclabile - segnaletica",
    "percorso promiscuo - pedonale e ciclabile",
)
FACILITY_OF = {
    TRACK: "track",
    PAINTED: "lane",
    SHARED_PATH: "shared_path",
    "percorso promiscuo - veicolare e ciclabile": "shared_road",
    "percorso promiscuo - tpl e ciclabile": "shared_road",
    "percorso promiscuo - pedonale, ciclabile e veicolare": "shared_road",
    "corsia ciclabile - attraversamento": "crossing",
    "percorso promiscuo - attraversamento": "crossing",
}
"""``tipologia`` of the Comune to ``cycle_facility`` of the streets."""
BOTH_WAYS, AGAINST = "bidirezionale", "monodirezionale - discorde"
"""``marcia``: both directions; against the vehicles of the street."""
MARCIA = (BOTH_WAYS, AGAINST, "monodirezionale - concorde", "monodirezionale")
"""``marcia``: all that is published."""

OWN_WAYS = ("cycleway", "track", "path")
FOOTPATHS = ("footway", "pedestrian", "bridleway")
STREETS = (
    *("primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link"),
    *("unclassified", "residential", "living_street", "service", "road", "pedestrian"),
)
_BY_CLASS = (OWN_WAYS, FOOTPATHS, STREETS)

_SAMPLE_M = 2.0
_TANGENT_M = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Samples:
    """Points along the lanes: where, how many metres each stands for, which lane, which way."""

    points: NDArray[np.object_]
    metres: NDArray[np.float64]
    lane: NDArray[np.int64]
    bearing: NDArray[np.float64]


def conflate_bike_lanes(
    streets: StreetNetwork,
    lanes: gpd.GeoDataFrame,
    *,
    max_distance_m: float = 12.0,
    max_path_distance_m: float = 4.0,
    max_angle_deg: float = 25.0,
    min_share: float = 0.5,
) -> tuple[StreetNetwork, dict[str, Any]]:
    """Say on which edges the Comune's bike lanes run, and what they allow.

    Every 2 m of lane looks for the nearest edge that runs its way: first among cycleways,
    tracks and paths, then (lanes for both directions only) among footpaths, then among
    streets. Lanes shared with vehicles look among streets first. An edge that lanes follow
    for ``min_share`` of its length takes the facility of most of them.

    Lanes open directions and never close any. A lane for both directions, or one against the
    vehicles, opens a one-way street to cycles both ways. A lane for both directions opens a
    footpath both ways. A one-way lane is never brought onto a footpath: nothing there would
    say which way it runs. A one-way cycleway stays one-way, because the map draws it for
    itself; where the lane says otherwise is counted. Steps, motorways and trunks take no lane.

    Parameters
    ----------
    streets
        Any network.
    lanes
        Lines in the CRS of the streets, columns ``tipologia`` and ``marcia``.
    max_distance_m
        How far a lane may lie from the centre line of its street, in metres.
    max_path_distance_m
        How far it may lie from a cycleway, path or footpath, in metres.
    max_angle_deg
        By how much their directions may differ, in degrees.
    min_share
        Share (0-1) of an edge that lanes must follow.

    Returns
    -------
    streets : StreetNetwork
        A new network; ``cycle_facility``, ``bicycle_forward``, ``bicycle_backward`` may differ.
    report : dict
        In km: ``lanes`` (total, matched, unmatched, and by ``tipologia``), ``matched_to``
        class of way, ``edges_km`` by facility given, and edges and km of ``contraflow_opened``,
        ``footpaths_opened`` and ``one_way_cycleways_kept``.

    Raises
    ------
    InputError
        If a lane has a ``tipologia`` nobody knows, no geometry, or another CRS.
    ParameterError
        If a threshold makes no sense.
    """
    _check_thresholds(max_distance_m, max_path_distance_m, max_angle_deg, min_share)
    _check_lanes(lanes, streets)
    samples = _sample(lanes.geometry.to_numpy())
    chosen = _choose(
        samples,
        lanes,
        streets.edges,
        reach_m=(max_path_distance_m, max_path_distance_m, max_distance_m),
        max_angle_deg=max_angle_deg,
    )
    chosen = chosen[_followed(chosen, streets.edges) >= min_share]
    facility = lanes["tipologia"].map(FACILITY_OF).to_numpy()[chosen["lane"]]
    by_edge = _most_metres(chosen["edge"].to_numpy(), facility, chosen["metres"].to_numpy())
    conflated, opened = _apply(streets, by_edge, _opened_both_ways(chosen, lanes))
    report = _report(
        lanes, samples, chosen=chosen, edges=streets.edges, by_edge=by_edge, opened=opened
    )
    return conflated, report


def _check_thresholds(
    max_distance_m: float, max_path_distance_m: float, max_angle_deg: float, min_share: float
) -> None:
    for name, value, high in (
        ("max_distance_m", max_distance_m, np.inf),
        ("max_path_distance_m", max_path_distance_m, np.inf),
        ("max_angle_deg", max_angle_deg, 90.0),
        ("min_share", min_share, 1.0),
    ):
        if not 0 < value <= high:
            raise ParameterError(
                f"{name} is {value!r}", mend=f"give a number above 0, at most {high:g}"
            )


def require_lane_kinds(lanes: gpd.GeoDataFrame) -> None:
    """Refuse lanes of a kind or a direction of travel that nobody knows.

    Raises
    ------
    InputError
        With the first row and what may stand there.
    """
    missing = [column for column in ("tipologia", "marcia") if column not in lanes.columns]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing", where="lanes", mend="give ds60 as published"
        )
    for column, known, what in (
        ("tipologia", list(FACILITY_OF), "kind of bike lane"),
        ("marcia", list(MARCIA), "direction of travel"),
    ):
        # By their text: a cell of JSON may hold a list, which is in no set.
        unknown = ~lanes[column].map(lambda value: value if isinstance(value, str) else "").isin(
            known
        )
        if unknown.any():
            row = lanes.index[unknown][0]
            raise InputError(
                f"{lanes.loc[row, column]!r} is no {what} that is known",
                where=f"lanes, row {row}, column {column}",
                mend=f"use one of {', '.join(known)}",
            )


def _check_lanes(lanes: gpd.GeoDataFrame, streets: StreetNetwork) -> None:
    require_lane_kinds(lanes)
    require_same_crs(lanes, streets.crs, where="lanes")
    empty = lanes.geometry.isna() | lanes.geometry.is_empty
    if empty.any():
        raise InputError(
            "the lane has no geometry",
            where=f"lanes, row {lanes.index[empty][0]}",
            mend="leave it out",
        )


def _sample(lines: NDArray[np.object_]) -> _Samples:
    parts, lane = shapely.get_parts(lines, return_index=True)
    length = shapely.length(parts)
    count = np.maximum(1, np.rint(length / _SAMPLE_M).astype(int))
    part = np.repeat(np.arange(len(parts)), count)
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    metres = (length / count)[part]
    at = (rank + 0.5) * metres
    return _Samples(
        points=shapely.line_interpolate_point(parts[part], at),
        metres=metres,
        lane=lane[part],
        bearing=_bearing(parts[part], at),
    )


def _bearing(lines: NDArray[np.object_], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction of lines around positions along them, in radians."""
    ends = np.minimum(at + _TANGENT_M, shapely.length(lines))
    before = shapely.get_coordinates(
        shapely.line_interpolate_point(lines, np.maximum(at - _TANGENT_M, 0))
    )
    after = shapely.get_coordinates(shapely.line_interpolate_point(lines, ends))
    step = after - before
    bearing: NDArray[np.float64] = np.arctan2(step[:, 1], step[:, 0])
    return bearing


def _choose(
    samples: _Samples,
    lanes: gpd.GeoDataFrame,
    edges: gpd.GeoDataFrame,
    *,
    reach_m: tuple[float, float, float],
    max_angle_deg: float,
) -> pd.DataFrame:
    """Give each sample its edge: the best class within reach, then the nearest."""
    highway = edges["highway"].astype(str).to_numpy()
    classes = np.array([np.isin(highway, names) for names in _BY_CLASS])
    usable = np.flatnonzero(classes.any(axis=0))
    lines = edges.geometry.to_numpy()
    tree = shapely.STRtree(lines[usable])
    sample, found = tree.query(samples.points, predicate="dwithin", distance=max(reach_m))
    edge = usable[found]
    at = shapely.line_locate_point(lines[edge], samples.points[sample])
    turn = samples.bearing[sample] - _bearing(lines[edge], at)
    # Lines have no direction here: half a turn is none.
    angle = np.degrees(np.abs((turn + np.pi / 2) % np.pi - np.pi / 2))
    distance = shapely.distance(samples.points[sample], lines[edge])

    kind = lanes["tipologia"].map(FACILITY_OF).to_numpy()[samples.lane]
    both = (lanes["marcia"] == BOTH_WAYS).to_numpy()[samples.lane]
    on_street = (kind == "shared_road")[sample]
    rank = np.full(len(edge), np.inf)
    # Pedestrian streets are footpaths and streets; the last rank given is the one that holds.
    for order, (members, reach) in reversed(list(enumerate(zip(classes, reach_m, strict=True)))):
        fits = members[edge] & (distance <= reach)
        if _BY_CLASS[order] is FOOTPATHS:
            fits &= both[sample] & ~on_street
        better = order if _BY_CLASS[order] is not STREETS else np.where(on_street, -1, order)
        rank = np.where(fits, np.minimum(rank, better), rank)
    table = pd.DataFrame(
        {
            "sample": sample,
            "edge": edge,
            "rank": rank,
            "distance": distance,
            "at": at,
        }
    )[(angle <= max_angle_deg) & np.isfinite(rank)]
    best = table.sort_values(["sample", "rank", "distance", "edge"]).drop_duplicates("sample")
    which = best["sample"].to_numpy()
    return pd.DataFrame(
        {
            "edge": best["edge"].to_numpy(),
            "at": best["at"].to_numpy(),
            "lane": samples.lane[which],
            "metres": samples.metres[which],
        }
    )


def _followed(chosen: pd.DataFrame, edges: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return for each choice the share of its edge that lanes follow."""
    length = edges.geometry.length.to_numpy()[chosen["edge"]]
    cells = np.maximum(1, np.rint(length / _SAMPLE_M))
    cell = np.minimum((chosen["at"] / np.maximum(length, 1e-9) * cells).astype(int), cells - 1)
    met = chosen.assign(cell=cell).groupby("edge")["cell"].transform("nunique").to_numpy()
    share: NDArray[np.float64] = met / cells
    return share


def _most_metres(
    edge: NDArray[np.int64], facility: NDArray[np.object_], metres: NDArray[np.float64]
) -> pd.Series[str]:
    """Return the facility that most metres of lane give each edge."""
    sums = (
        pd.DataFrame({"edge": edge, "facility": facility, "metres": metres})
        .groupby(["edge", "facility"])
        .agg(metres=("metres", "sum"))
        .reset_index()
        .sort_values(["edge", "metres", "facility"], ascending=[True, False, True])
        .drop_duplicates("edge")
    )
    return pd.Series(sums["facility"].to_numpy(), index=sums["edge"].to_numpy())


def _opened_both_ways(chosen: pd.DataFrame, lanes: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the edges that most of their lanes make legal in both directions."""
    opens = lanes["marcia"].isin([BOTH_WAYS, AGAINST]).to_numpy()[chosen["lane"]]
    edge, metres = chosen["edge"].to_numpy(), chosen["metres"].to_numpy()
    size = int(edge.max(initial=0)) + 1
    both = np.bincount(edge, weights=metres * opens, minlength=size)
    one = np.bincount(edge, weights=metres * ~opens, minlength=size)
    return np.flatnonzero(both > one)


def _apply(
    streets: StreetNetwork, by_edge: pd.Series[str], both_ways: NDArray[np.int64]
) -> tuple[StreetNetwork, dict[str, NDArray[np.int64]]]:
    edges = streets.edges.copy()
    facility = edges["cycle_facility"].astype(object).to_numpy().copy()
    facility[by_edge.index] = by_edge.to_numpy()
    edges["cycle_facility"] = pd.Categorical(facility, categories=schemas.CYCLE_FACILITIES)
    ridden = (edges["bicycle_forward"] & edges["bicycle_backward"]).to_numpy()
    closed = ~(edges["bicycle_forward"] | edges["bicycle_backward"]).to_numpy()
    newly = both_ways[~ridden[both_ways]]
    own = edges["highway"].isin(OWN_WAYS).to_numpy()[newly] & ~closed[newly]
    kept, newly = newly[own], newly[~own]
    for direction in ("bicycle_forward", "bicycle_backward"):
        allowed = edges[direction].to_numpy().copy()
        allowed[newly] = True
        edges[direction] = allowed
    return dataclasses.replace(streets, edges=edges), {
        "contraflow_opened": newly[~closed[newly]],
        "footpaths_opened": newly[closed[newly]],
        "one_way_cycleways_kept": kept,
    }


def _report(
    lanes: gpd.GeoDataFrame,
    samples: _Samples,
    *,
    chosen: pd.DataFrame,
    edges: gpd.GeoDataFrame,
    by_edge: pd.Series[str],
    opened: dict[str, NDArray[np.int64]],
) -> dict[str, Any]:
    def km(metres: float) -> float:
        return round(float(metres) / 1000, 3)

    kind = lanes["tipologia"].to_numpy()
    total = pd.Series(samples.metres).groupby(kind[samples.lane]).sum()
    matched = chosen["metres"].groupby(kind[chosen["lane"]]).sum().reindex(total.index).fillna(0.0)
    highway = edges["highway"].astype(str).to_numpy()
    to_class = chosen["metres"].groupby(highway[chosen["edge"]]).sum().sort_values(ascending=False)
    length = edges["length_m"].to_numpy()
    given = pd.Series(length[by_edge.index]).groupby(by_edge.to_numpy()).sum()
    before = edges["cycle_facility"].astype(str).to_numpy()[by_edge.index]
    replaced = (before != "none") & (before != by_edge.to_numpy())
    return {
        "lanes": {
            "lines": len(lanes),
            "km": km(total.sum()),
            "matched_km": km(matched.sum()),
            "unmatched_km": km(total.sum() - matched.sum()),
            "by_tipologia": {
                name: {"km": km(total[name]), "matched_km": km(matched[name])}
                for name in total.index
            },
        },
        "matched_to_km": {name: km(metres) for name, metres in to_class.items()},
        "edges_km": {name: km(metres) for name, metres in given.items()},
        "facility_replaced_km": km(length[by_edge.index][replaced].sum()),
        **{
            name: {"edges": len(which), "km": km(length[which].sum())}
            for name, which in opened.items()
        },
    }
