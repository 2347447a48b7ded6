"""What two cities differ in: places, and metres of street of each kind. Nobody is counted here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.reaching import place_ids
from quartieri15.model import schemas, stress

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

PLACE_FACTS: Final = (
    *("name", "kind", "network", "hosts_wemi", "opening_hours", "capacity", "entrance_steps"),
)
"""What is compared of a place beside where it is."""

MOVED_M: Final = 0.01
"""A place is where it was if it is no farther away: positions are written to the centimetre."""

STREET_MEASURES: Final = (
    *("walkable", "rideable", "low_stress", "cycle_track", "cycle_lane", "up_to_30_kmh"),
    *("one_way", "steps"),
)
"""Kinds of street whose length is told before and after."""

_CALM_KMH: Final = 30.0
_LOW_STRESS: Final = 2


def compare_places(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell of every place of two tables what became of it.

    Parameters
    ----------
    before, after : geopandas.GeoDataFrame
        Places in the same CRS, named by their ids.

    Returns
    -------
    pandas.DataFrame
        One row per place, those before first: ``place_id``, ``place``, ``change`` (``opened``,
        ``closed``, ``moved``, ``changed``, ``unchanged``; a place that moved may have changed
        too), ``facts`` (the names of the columns that changed, joined by commas), ``moved_m``,
        then each of :data:`PLACE_FACTS` but the name ``_before`` and ``_after``; missing where it
        is not known or the place is not there.
    """
    ids_before, ids_after = place_ids(before), place_ids(after)
    ids = ids_before.append(ids_after[~ids_after.isin(ids_before)])
    row = ids_before.get_indexer(ids), ids_after.get_indexer(ids)
    known = row[0] >= 0, row[1] >= 0
    values = {
        fact: (_fact(before, fact, row[0]), _fact(after, fact, row[1])) for fact in PLACE_FACTS
    }
    xy = _coordinates(before)[row[0]], _coordinates(after)[row[1]]
    far = np.hypot(*(xy[1] - xy[0]).T)
    both = known[0] & known[1]
    placed = [np.isfinite(side[:, 0]) for side in xy]
    moved = both & ((far > MOVED_M) | (placed[0] != placed[1]))
    changed = [
        [fact for fact in PLACE_FACTS if not _same(values[fact][0][k], values[fact][1][k])]
        if both[k]
        else []
        for k in range(len(ids))
    ]
    name = [b if a is None else a for b, a in zip(*values["name"], strict=True)]
    return pd.DataFrame(
        {
            "place_id": ids,
            "place": pd.Series(name, dtype=object),
            "change": np.select(
                # Of no place at all the list would be one of numbers.
                [~known[0], ~known[1], moved, np.array([*map(bool, changed)], dtype=bool)],
                ["opened", "closed", "moved", "changed"],
                "unchanged",
            ).astype(object),
            "facts": pd.Series([", ".join(facts) for facts in changed], dtype=object),
            "moved_m": np.where(moved, far, np.nan),
        }
        | {
            f"{fact}_{side}": pd.Series(values[fact][k], dtype=object)
            for fact in PLACE_FACTS[1:]
            for k, side in enumerate(("before", "after"))
        }
    )


def street_metres(streets: StreetNetwork) -> dict[str, float]:
    """Return the metres of street of each kind of :data:`STREET_MEASURES`.

    A street counts in every kind it is of. ``low_stress`` is level 1 or 2 of
    :func:`~quartieri15.model.stress.levels` where cycling is allowed; ``up_to_30_kmh`` are those
    whose limit is stated; ``one_way`` is told of vehicles.
    """
    edges = streets.edges
    length = edges["length_m"].to_numpy(dtype=float)
    nowhere = np.zeros(len(edges), dtype=bool)

    def flag(column: str) -> NDArray[np.bool_]:
        if column not in edges.columns:
            return nowhere
        values = edges[column].astype("boolean").fillna(value=False)
        found: NDArray[np.bool_] = values.to_numpy(dtype=bool)
        return found

    def text(column: str) -> NDArray[Any]:
        if column not in edges.columns:
            return np.full(len(edges), "", dtype=object)
        found: NDArray[Any] = edges[column].astype(object).to_numpy()
        return found

    rideable = flag("bicycle_forward") | flag("bicycle_backward")
    facility = text("cycle_facility")
    known = {"highway", "cycle_facility", "maxspeed_kmh"} <= set(edges.columns)
    speed = (
        edges["maxspeed_kmh"].to_numpy(dtype=float, na_value=np.nan)
        if "maxspeed_kmh" in edges.columns
        else np.full(len(edges), np.nan)
    )
    chosen = {
        "walkable": flag("foot"),
        "rideable": rideable,
        "low_stress": rideable & (stress.levels(edges) <= _LOW_STRESS) if known else nowhere,
        "cycle_track": facility == "track",
        "cycle_lane": facility == "lane",
        "up_to_30_kmh": speed <= _CALM_KMH,
        "one_way": ~np.isin(text("oneway"), ["no", ""]),
        "steps": flag("steps"),
    }
    return {name: float(length[chosen[name]].sum()) for name in STREET_MEASURES}


def compare_streets(before: Mapping[str, float], after: Mapping[str, float]) -> pd.DataFrame:
    """Tell by how many metres each kind of street differs.

    Returns
    -------
    pandas.DataFrame
        ``measure``, ``before_m``, ``after_m``, ``difference_m``. What a scenario adds and removes
        of one kind is netted.
    """
    table = pd.DataFrame({"measure": list(STREET_MEASURES)})
    table["before_m"] = [before[name] for name in STREET_MEASURES]
    table["after_m"] = [after[name] for name in STREET_MEASURES]
    # Sums of the same metres in another order differ by less than a millimetre.
    table["difference_m"] = (table["after_m"] - table["before_m"]).round(3) + 0.0
    return table


def _fact(places: gpd.GeoDataFrame, fact: str, rows: NDArray[np.intp]) -> list[Any]:
    if fact not in places.columns:
        return [None] * len(rows)
    values = places[fact].astype(object).tolist()
    return [None if row < 0 or pd.isna(values[row]) else values[row] for row in rows.tolist()]


def _same(one: object, other: object) -> bool:
    return one is other or bool(one == other)


def _coordinates(places: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return positions, and behind the last one NaN for whatever is not there."""
    xy = np.full((len(places) + 1, 2), np.nan)
    placed = ~schemas.unplaced(places.geometry)
    xy[:-1][placed] = shapely.get_coordinates(places.geometry.to_numpy()[placed])
    return xy
