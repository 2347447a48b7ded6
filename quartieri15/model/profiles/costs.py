"""What closes an edge to a traveller, and what makes it slower than its length.

Every rule reads the columns of the edges, most of which come from tags of OpenStreetMap. A tag
that is not there closes nothing and slows nobody: :func:`unknown_km` counts what that concerns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quartieri15.arguments import is_finite, shown
from quartieri15.errors import ParameterError
from quartieri15.model import stress

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

RAISED_KERBS: Final = frozenset({"raised", "regular", "rolled", "yes"})
"""Kerbs that wheels do not get over: higher than 3 cm, or rounded (Key:kerb of the OpenStreetMap
wiki). ``yes`` says that there is a kerb and not that it is lowered."""

ROUGH_SURFACES: Final = frozenset(
    {"unpaved", "compacted", "fine_gravel", "gravel", "pebblestone", "rock", "ground", "dirt"}
    | {"earth", "grass", "grass_paver", "mud", "sand", "woodchips", "shells", "snow", "ice"}
    | {"cobblestone", "cobblestone:flattened", "unhewn_cobblestone", "sett", "stepping_stones"}
    | {"dirt/sand", "stone", "clay", "soil", "bushes", "salt"}
)
"""Unpaved grounds and natural stones (the groups *unpaved* and *sett, cobblestone* of Key:surface).
DM 236/1989, 4.2.2, asks for a firm and even ground that does not slip."""
ROUGH_TRACKS: Final = frozenset({"grade2", "grade3", "grade4", "grade5"})
"""All but solid surfaces (Key:tracktype)."""

WIDE_ROADS: Final = frozenset(
    f"{road}{kind}" for road in ("trunk", "primary", "secondary") for kind in ("", "_link")
)
"""Classes of road whose carriageway takes a wait to cross: the inter-quarter streets and above."""

MOST_STRESS: Final = {"stress_above_1": 1, "stress_above_2": 2, "stress_above_3": 3}

REFUSALS: Final[Mapping[str, str]] = {
    "steps": "stairs",
    "raised_kerbs": "kerbs tagged as raised, on the way or at either end of it",
    "rough_surfaces": "unpaved ground, cobbles and setts, soft tracks",
    "wheelchair": (
        "ways tagged wheelchair=no; wheelchair=yes or designated opens what steps, raised_kerbs "
        "and rough_surfaces would close"
    ),
    **{
        name: f"streets above Level of Traffic Stress {level}"
        for name, level in MOST_STRESS.items()
    },
}
"""The rules a profile may name in ``refusals``, and what each closes."""

OF_ONE_MODE: Final = {
    "raised_kerbs": "walk",
    "steps": "walk",
    "wheelchair": "walk",
} | dict.fromkeys(MOST_STRESS, "bike")
"""Rules that make sense for one mode only; nobody rides stairs in any case (:func:`stairs`)."""

TOBLER_DECAY: Final = 3.5
TOBLER_BEST_GRADE: Final = -0.05
"""Tobler 1993, Three presentations on geographical analysis and modeling, NCGIA Technical Report
93-1: a walker makes ``6 exp(-3.5 |s + 0.05|)`` km/h on a slope of s, most at 5 % downhill."""

STEPS_FACTOR: Final = 2.0
"""Weidmann 1993, Transporttechnik der Fussgaenger, ETH Zuerich: 0.61 m/s up and 0.69 m/s down
stairs, measured horizontally, against 1.34 m/s on the level: 2.2 and 1.9 times as long. One factor,
because most stairs do not tell which end is up."""


def refused(
    edges: pd.DataFrame, refusals: tuple[str, ...], nodes: pd.DataFrame | None = None
) -> NDArray[np.bool_]:
    """Tell which edges the rules close.

    Parameters
    ----------
    edges
        The edges of a :class:`~quartieri15.model.streets.StreetNetwork`.
    refusals
        Names of rules, keys of :data:`REFUSALS`.
    nodes
        The nodes of the network; without them, kerbs at the ends of an edge are not seen.

    Returns
    -------
    numpy.ndarray
        One boolean per edge.
    """
    closed = np.zeros(len(edges), dtype=bool)
    for rule in refusals:
        closed |= _broken(edges, rule, nodes)
    if "wheelchair" in refusals:
        opened = _is_one_of(edges, "wheelchair", {"yes", "designated"})
        closed &= ~opened
    return closed


def stairs(edges: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which edges are stairs; none where the table does not say."""
    if "steps" not in edges.columns:
        return np.zeros(len(edges), dtype=bool)
    steps: NDArray[np.bool_] = edges["steps"].to_numpy(dtype=bool)
    return steps


def _broken(edges: pd.DataFrame, rule: str, nodes: pd.DataFrame | None) -> NDArray[np.bool_]:
    if rule == "steps":
        return stairs(edges)
    if rule == "raised_kerbs":
        return _is_one_of(edges, "kerb", RAISED_KERBS) | _ends_at_kerb(edges, nodes)
    if rule == "rough_surfaces":
        rough = _is_one_of(edges, "surface", ROUGH_SURFACES)
        return rough | _is_one_of(edges, "tracktype", ROUGH_TRACKS)
    if rule == "wheelchair":
        return _is_one_of(edges, "wheelchair", {"no"})
    return stress.levels(edges) > MOST_STRESS[rule]


def _is_one_of(
    edges: pd.DataFrame, column: str, values: frozenset[str] | set[str]
) -> NDArray[np.bool_]:
    if column not in edges.columns:
        return np.zeros(len(edges), dtype=bool)
    found: NDArray[np.bool_] = edges[column].isin(values).to_numpy(dtype=bool)
    return found


def _ends_at_kerb(edges: pd.DataFrame, nodes: pd.DataFrame | None) -> NDArray[np.bool_]:
    if nodes is None or "kerb" not in nodes.columns:
        return np.zeros(len(edges), dtype=bool)
    kerbs = nodes.index[nodes["kerb"].isin(RAISED_KERBS)]
    if not len(kerbs):
        return np.zeros(len(edges), dtype=bool)
    ends: NDArray[np.bool_] = (edges["u"].isin(kerbs) | edges["v"].isin(kerbs)).to_numpy(dtype=bool)
    return ends


def grades(edges: pd.DataFrame) -> NDArray[np.float64]:
    """Return rise over run from u to v, NaN where neither ``grade`` nor ``incline`` has a number.

    Examples
    --------
    >>> import pandas as pd
    >>> grades(pd.DataFrame({"grade": [0.02, None], "incline": [None, "-5%"]})).tolist()
    [0.02, -0.05]
    """
    if "grade" in edges.columns:
        known = edges["grade"].to_numpy(dtype=float, na_value=np.nan).copy()
    else:
        known = np.full(len(edges), np.nan)
    if "incline" in edges.columns and np.isnan(known).any():
        percent = edges["incline"].astype(object).astype(str).str.extract(_PERCENT, expand=False)
        told = percent.str.replace(",", ".").astype(float).to_numpy() / 100
        known = np.where(np.isnan(known), told, known)
    return known


_PERCENT: Final = r"^\s*([+-]?\d+(?:[.,]\d+)?)\s*%\s*$"


def tobler_factor(grade: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many times as long a slope takes as the level; NaN counts as level.

    Tobler's function, divided by its value on the level, so that the pace on the level stays the
    traveller's own. No variant for old people is published that could be used: measurements on
    slopes exist (Thomson, Liston and Gupta 2019, European Review of Aging and Physical Activity
    16:11) for one slope of 8 degrees and a walk of 10 m, which is no function of the slope.

    Examples
    --------
    >>> tobler_factor(np.array([0.0, 0.1, -0.05, np.nan])).round(3).tolist()
    [1.0, 1.419, 0.839, 1.0]
    """
    slope = np.where(np.isnan(grade), 0.0, grade)
    best = abs(TOBLER_BEST_GRADE)
    factor: NDArray[np.float64] = np.exp(TOBLER_DECAY * (np.abs(slope - TOBLER_BEST_GRADE) - best))
    return factor


def wide_crossings(edges: pd.DataFrame) -> NDArray[np.float64]:
    """Count the wide roads that walking an edge crosses: 0, a half or 1.

    An edge that is no wide road itself crosses half of one at each end where it meets one
    (:data:`WIDE_ROADS`): who goes straight over passes two such ends and pays one crossing, who
    turns along the road pays a half, as the pavement aimed at is on the far side one time in two.
    A road drawn as two carriageways is crossed twice. Bridges and tunnels cross nothing.

    Parameters
    ----------
    edges
        ``u, v, highway, bridge, tunnel`` of the edges. Roads that are not among them are not seen.

    Returns
    -------
    numpy.ndarray
        One number per edge.
    """
    highway = edges["highway"].astype(object).astype(str).str.partition(";")[0]
    wide = highway.isin(WIDE_ROADS).to_numpy(dtype=bool)
    above_or_below = (edges["bridge"] | edges["tunnel"]).to_numpy(dtype=bool)
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    at_grade = wide & ~above_or_below
    on_wide_road = np.unique(np.concatenate([u[at_grade], v[at_grade]]))
    ends = np.isin(u, on_wide_road) * 0.5 + np.isin(v, on_wide_road) * 0.5
    return np.where(wide | above_or_below, 0.0, ends)


def signal_wait_s(*, cycle_s: float, green_s: float) -> float:
    """Return the mean wait at a signalised crossing, for ``crossing_wide_road_s``.

    Highway Capacity Manual 2000, equation 18-5: ``(cycle - green)^2 / (2 cycle)``, for people who
    arrive at any moment and obey.

    Parameters
    ----------
    cycle_s, green_s
        Seconds of the whole cycle, and of it those in which people may step off the kerb.

    Raises
    ------
    ParameterError
        If the green is not between 0 and the cycle.

    Examples
    --------
    >>> round(signal_wait_s(cycle_s=90, green_s=25), 1)
    23.5
    """
    known = is_finite(cycle_s) and is_finite(green_s)
    if not known or not 0 <= green_s <= cycle_s or cycle_s <= 0:
        raise ParameterError(
            f"a green of {shown(green_s)} s does not fit in a cycle of {shown(cycle_s)} s",
            where="signal_wait_s",
            mend="give 0 <= green_s <= cycle_s",
        )
    return (cycle_s - green_s) ** 2 / (2 * cycle_s)
