"""How stressful a street is to ride: Level of Traffic Stress, from 1 to 4.

Level 1 suits children, 2 most adults, 3 those who are confident in traffic, 4 the fearless
(Mekuria, Furth and Nixon 2012, Low-stress bicycling and network connectivity, Mineta
Transportation Institute report 11-19; the criteria of 2012 are used because those of the update,
Furth 2017, Level of Traffic Stress criteria for road segments, version 2.0, ask for the daily
volume of traffic, which no column of the streets holds).

The criteria ask for more than streets usually tell. What is read here, and what stands in for
what is not known:

=============================  =====================================================
criterion of 2012              what is read
=============================  =====================================================
separated from traffic         ``cycle_facility`` track, shared_path or crossing, or a
                               way without motor traffic: level 1
speed limit                    ``maxspeed_kmh``; otherwise the limit of the law in
                               town, 50 km/h (Codice della Strada art. 142), 20 km/h in
                               a living street, 70 km/h on a trunk road. 25 mph and 30
                               mph of the criteria are 40 and 50 km/h, 35 mph is 60
lanes                          ``lanes`` (both directions together) where the table has
                               it; otherwise 4 on trunk, primary and secondary roads
                               and their links, 2 on all others
residential or no centreline   the local streets: residential, unclassified,
                               living_street, service, track; a way merged of several
                               classes has the level of the worst
width and blocking of lanes,   not known: a lane is taken as narrow and free, beside no
parking beside them            parked car, which is the milder table for it and keeps a
                               lane on level 2 or above
median, turning lanes,         not known, not read: a way across a busy road costs no
crossings without a signal     stress where it is drawn as a node
=============================  =====================================================

In mixed traffic:

====================  ============  ============  ========
speed limit           2 or 3 lanes  4 or 5 lanes  6 lanes
====================  ============  ============  ========
up to 40 km/h         1 or 2        3             4
up to 50 km/h         2 or 3        4             4
more                  4             4             4
====================  ============  ============  ========

the lower of two where the street is a local one. With a lane of its own for cycles, the worst of:
2; 3 from four lanes of traffic on; 3 above 50 km/h; 4 above 60 km/h. A lane never makes a street
worse than the same street without.

A network of low stress falls into islands: calm quarters are bounded by busy streets, and whoever
rides on levels 1 and 2 alone does not get out of many of them, but by pushing the bicycle on the
pavement (``push_speed_kmh`` of a profile). :func:`low_stress_parts` says how much of it holds
together. In the embedded Milano, which knows no limits and no lanes, 73 % of the kilometres of
levels 1 and 2 lie on one part; were unclassified streets counted as not local, and so as level 3,
it would be 5 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from quartieri15.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

NO_MOTOR_TRAFFIC: Final = frozenset(
    {"cycleway", "footway", "path", "pedestrian", "bridleway", "steps", "corridor", "platform"}
    | {"elevator"}
)
MANY_LANES: Final = frozenset(
    f"{road}{kind}"
    for road in ("motorway", "trunk", "primary", "secondary")
    for kind in ("", "_link")
)
LOCAL: Final = frozenset({"residential", "unclassified", "living_street", "service", "track"})
"""The strade locali (type F of Codice della Strada art. 2), in town streets of access."""
FAST: Final = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
SEPARATED: Final = ("track", "shared_path", "crossing")

LIMIT_IN_TOWN_KMH: Final = 50.0
LIMIT_LIVING_STREET_KMH: Final = 20.0
LIMIT_FAST_KMH: Final = 70.0

CALM_KMH, URBAN_KMH, FAST_KMH = 40.0, 50.0, 60.0
FEW_LANES, SOME_LANES = 3.0, 5.0
LEVELS: Final = (1, 2, 3, 4)


def levels(edges: pd.DataFrame) -> NDArray[np.int8]:
    """Return the Level of Traffic Stress of each edge.

    Parameters
    ----------
    edges
        The edges of a :class:`~quartieri15.model.streets.StreetNetwork`: ``highway``,
        ``cycle_facility``, ``maxspeed_kmh``, and ``lanes`` if it is there. Where the column
        ``stress`` holds a value, it wins.

    Returns
    -------
    numpy.ndarray
        1 to 4, one per edge; 4 where nobody may ride, such as a motorway.

    Examples
    --------
    >>> streets = pd.DataFrame({
    ...     "highway": ["residential", "unclassified", "primary", "primary", "secondary"],
    ...     "cycle_facility": ["none", "none", "none", "track", "lane"],
    ...     "maxspeed_kmh": [30.0, None, None, None, None],
    ... })
    >>> levels(streets).tolist()
    [1, 2, 4, 1, 3]
    """
    highway = edges["highway"].astype(object).astype(str)
    if highway.str.contains(";", regex=False).any():
        parts = highway.reset_index(drop=True).str.split(";").explode()
        of_parts = levels(edges.iloc[parts.index].assign(highway=parts.to_numpy()))
        worst: NDArray[np.int8] = pd.Series(of_parts).groupby(parts.index).max().to_numpy()
        return worst
    facility = edges["cycle_facility"].astype(object).astype(str)
    speed = _speed_kmh(edges, highway)
    lanes = _lanes(edges, highway)
    found = _in_mixed_traffic(speed, lanes, highway.isin(LOCAL).to_numpy())
    own_lane = (facility == "lane").to_numpy()
    found = np.where(own_lane, np.minimum(found, _with_a_lane(speed, lanes)), found)
    found = np.where(apart_from_traffic(edges), 1, found)
    found = np.where(highway.isin(["motorway", "motorway_link"]).to_numpy(), 4, found)
    if "stress" in edges.columns:
        told = edges["stress"].to_numpy(dtype=float, na_value=np.nan)
        found = np.where(np.isnan(told), found, np.ceil(np.nan_to_num(told)))
    return found.astype(np.int8)


def apart_from_traffic(edges: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which edges are level 1 whatever the speed and the lanes beside them.

    Parameters
    ----------
    edges
        ``highway`` and ``cycle_facility`` of the edges.

    Returns
    -------
    numpy.ndarray
        One boolean per edge.
    """
    apart = edges["cycle_facility"].isin(SEPARATED) | edges["highway"].isin(NO_MOTOR_TRAFFIC)
    return apart.to_numpy(dtype=bool)


def low_stress_parts(streets: StreetNetwork, *, most: int = 2) -> pd.DataFrame:
    """Tell how much of the streets of low stress holds together.

    Parameters
    ----------
    streets
        The network.
    most
        The highest level that counts as low: 1, 2 or 3.

    Returns
    -------
    pandas.DataFrame
        One row per part, the longest first: ``part`` (from 0), ``km``, ``share`` of all
        kilometres of low stress that may be ridden. Parts are told without regard to one-way
        streets, so each is at least as large as what a rider reaches.

    Raises
    ------
    ParameterError
        If ``most`` is no such level.
    """
    if most not in LEVELS[:-1]:
        raise ParameterError(
            f"most is {most!r}", where="low_stress_parts", mend="give a level: 1, 2 or 3"
        )
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    edges = streets.edges
    ridden = (edges["bicycle_forward"] | edges["bicycle_backward"]).to_numpy(dtype=bool)
    calm = ridden & (levels(edges) <= most)
    ends = np.concatenate([edges["u"].to_numpy()[calm], edges["v"].to_numpy()[calm]])
    nodes, number = np.unique(ends, return_inverse=True)
    u, v = number[: calm.sum()], number[calm.sum() :]
    joined = csr_array((np.ones(len(u)), (u, v)), shape=(len(nodes), len(nodes)))
    parts, label = connected_components(joined, directed=False) if len(nodes) else (0, number)
    km = np.bincount(
        label[u], weights=edges["length_m"].to_numpy(dtype=float)[calm] / 1000, minlength=parts
    )
    km = np.sort(km)[::-1]
    total = km.sum()
    share = km / total if total > 0 else np.full(len(km), np.nan)
    return pd.DataFrame({"part": np.arange(len(km)), "km": km, "share": share})


def _in_mixed_traffic(
    speed: NDArray[np.float64], lanes: NDArray[np.float64], local: NDArray[np.bool_]
) -> NDArray[np.int_]:
    few, some = lanes <= FEW_LANES, lanes <= SOME_LANES
    calm, urban = speed <= CALM_KMH, speed <= URBAN_KMH
    return np.select(
        [calm & few & local, calm & few, calm & some, urban & few & local, urban & few],
        [1, 2, 3, 2, 3],
        4,
    )


def _with_a_lane(speed: NDArray[np.float64], lanes: NDArray[np.float64]) -> NDArray[np.int_]:
    return np.select([speed > FAST_KMH, (speed > URBAN_KMH) | (lanes > FEW_LANES)], [4, 3], 2)


def _speed_kmh(edges: pd.DataFrame, highway: pd.Series) -> NDArray[np.float64]:
    assumed = np.select(
        [(highway == "living_street").to_numpy(), highway.isin(FAST).to_numpy()],
        [LIMIT_LIVING_STREET_KMH, LIMIT_FAST_KMH],
        LIMIT_IN_TOWN_KMH,
    )
    return _known(edges, "maxspeed_kmh", otherwise=assumed)


def _lanes(edges: pd.DataFrame, highway: pd.Series) -> NDArray[np.float64]:
    assumed = np.where(highway.isin(MANY_LANES).to_numpy(), 4.0, 2.0)
    return _known(edges, "lanes", otherwise=assumed)


def _known(
    edges: pd.DataFrame, column: str, *, otherwise: NDArray[np.float64]
) -> NDArray[np.float64]:
    if column not in edges.columns:
        return otherwise
    told = pd.to_numeric(edges[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(told), otherwise, told)
