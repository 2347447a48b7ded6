"""What a newer edition of a city changes: people, places, addresses, zones, streets, coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.coverage import coverage
from quartieri15.errors import ParameterError
from quartieri15.model.city import City, require_city
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    import geopandas as gpd

MOVED_M: Final = 1.0
"""Farther than this a place, or an address, has moved."""
_SIDES: Final = ("_before", "_after")
ASKED: Final = {"to": "houses", "profile": "walk_75", "minutes": 15}
"""What coverage is told for."""


@dataclass(frozen=True, kw_only=True)
class EditionChanges:
    """What has changed between two editions of a city; every table is complete.

    Parameters
    ----------
    people
        ``group, before, after, change, share``: residents of the whole city, and the change as a
        share of those before.
    places
        ``id, name, what, columns, moved_m``: those that are ``added``, ``gone`` or ``changed``.
    addresses
        ``what, count``: before, after, added, gone, moved (by a metre and more); turned
        residential or no longer so, where both editions tell.
    zones
        ``zones, id, name, what, area_km2_before, area_km2_after``: those that are added, gone,
        renamed or of another area (by 0.01 km² and more).
    streets
        ``by, class, km_before, km_after, change_km``: all of them, by ``highway``, and those with
        a cycle facility by ``cycle_facility``.
    coverage
        ``group, covered_before, covered_after, population_before, population_after,
        share_before, share_after``: the houses, at the pace of 75, within 15 minutes.
    """

    people: pd.DataFrame
    places: pd.DataFrame
    addresses: pd.DataFrame
    zones: pd.DataFrame
    streets: pd.DataFrame
    coverage: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return the tables as plain lists of rows, fit for JSON."""
        return {
            name: plain_json(getattr(self, name).to_dict("records"), decimals=4)
            for name in self.__dataclass_fields__
        }


def edition_changes(before: City, after: City) -> EditionChanges:
    """Compare two editions of a city.

    Parameters
    ----------
    before, after
        The edition in use, and the newer one.

    Returns
    -------
    EditionChanges

    Raises
    ------
    ParameterError
        If one is no city, or they are not of the same one.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> without = milano.with_(places=milano.places[milano.places["id"] != "CSRC-02"])
    >>> changes = edition_changes(milano, without)
    >>> changes.places[["id", "what"]].values.tolist()
    [['CSRC-02', 'gone']]
    >>> int(changes.people["change"].abs().sum()), len(changes.zones)
    (0, 0)
    """
    require_city(before)
    require_city(after)
    if before.name != after.name:
        raise ParameterError(
            f"{before.name} and {after.name} are two cities",
            where="after",
            mend="compare editions of one city",
        )
    return EditionChanges(
        people=_people(before, after),
        places=_places(before.places, after.places),
        addresses=_addresses(before.addresses, after.addresses),
        zones=_zones(before, after),
        streets=_streets(before, after),
        coverage=_coverage(before, after),
    )


def _people(before: City, after: City) -> pd.DataFrame:
    groups = [group for group in before.groups if group in after.groups]
    old, new = (city.residents[groups].sum() for city in (before, after))
    return pd.DataFrame(
        {
            "group": groups,
            "before": old.round().astype("int64").to_numpy(),
            "after": new.round().astype("int64").to_numpy(),
            "change": (new.round() - old.round()).astype("int64").to_numpy(),
            "share": ((new - old) / old.where(old > 0)).to_numpy(),
        }
    )


def _places(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    old, new = before.set_index("id"), after.set_index("id").to_crs(before.crs)
    rows: list[dict[str, Any]] = [
        {"id": place, "name": table.loc[place, "name"], "what": what, "columns": "", "moved_m": 0.0}
        for what, table, other in (("added", new, old), ("gone", old, new))
        for place in table.index.difference(other.index)
    ]
    both = old.index.intersection(new.index)
    columns = [name for name in old.columns if name in new.columns and name != "geometry"]
    moved = _moved_m(old.geometry.loc[both], new.geometry.loc[both])
    for place, metres in zip(both, moved, strict=True):
        was, now = old.loc[place], new.loc[place]
        differ = [column for column in columns if not _same(was[column], now[column])]
        if differ or metres > MOVED_M:
            rows.append(
                {
                    "id": place,
                    "name": now["name"],
                    "what": "changed",
                    "columns": ", ".join(differ),
                    "moved_m": round(metres, 1),
                }
            )
    return pd.DataFrame(rows, columns=["id", "name", "what", "columns", "moved_m"])


def _addresses(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    old, new = before.set_index("id"), after.set_index("id")
    both = old.index.intersection(new.index)
    moved = _moved_m(old.geometry.loc[both], new.geometry.loc[both].to_crs(before.crs))
    counts = {
        "before": len(old),
        "after": len(new),
        "added": len(new.index.difference(old.index)),
        "gone": len(old.index.difference(new.index)),
        "moved": int((moved > MOVED_M).sum()),
    }
    if "residential" in old.columns and "residential" in new.columns:
        lived = [table.loc[both, "residential"].to_numpy(dtype=bool) for table in (old, new)]
        counts |= {
            "residential before": int(old["residential"].sum()),
            "residential after": int(new["residential"].sum()),
            "residential now": int((lived[1] & ~lived[0]).sum()),
            "no longer residential": int((lived[0] & ~lived[1]).sum()),
        }
    return pd.DataFrame({"what": list(counts), "count": list(counts.values())})


def _zones(before: City, after: City) -> pd.DataFrame:
    rows = []
    for kind in dict.fromkeys([*before.zones, *after.zones]):
        old, new = (
            city.zones[kind].set_index("id")[["name", "area_km2"]]
            if kind in city.zones
            else pd.DataFrame(columns=["name", "area_km2"])
            for city in (before, after)
        )
        both = old.merge(new, how="outer", left_index=True, right_index=True, suffixes=_SIDES)
        for zone, row in both.iterrows():
            if zone not in new.index or zone not in old.index:
                what = "gone" if zone in old.index else "added"
            elif row["name_before"] != row["name_after"]:
                what = f"renamed, was {row['name_before']}"
            elif abs(row["area_km2_after"] - row["area_km2_before"]) >= 0.01:  # noqa: PLR2004
                what = "of another area"
            else:
                continue
            name = row["name_after"] if zone in new.index else row["name_before"]
            areas = [row["area_km2_before"], row["area_km2_after"]]
            rows.append((kind, zone, name, what, *areas))
    columns = ["zones", "id", "name", "what", "area_km2_before", "area_km2_after"]
    return pd.DataFrame(rows, columns=columns)


def _streets(before: City, after: City) -> pd.DataFrame:
    tables = []
    for by in ("highway", "cycle_facility"):
        old, new = (
            city.streets.edges.groupby(city.streets.edges[by].astype(object))["length_m"].sum()
            / 1000
            for city in (before, after)
        )
        table = pd.DataFrame({"km_before": old, "km_after": new}).fillna(0.0)
        table = table.assign(change_km=table["km_after"] - table["km_before"]).round(3)
        table = table.sort_values("km_before", ascending=False, kind="stable")
        tables.append(table.rename_axis("class").reset_index().assign(by=by))
    columns = ["by", "class", "km_before", "km_after", "change_km"]
    return pd.concat(tables, ignore_index=True)[columns]


def _coverage(before: City, after: City) -> pd.DataFrame:
    old, new = (
        coverage(city, **ASKED, by="city").set_index("group")[["covered", "population", "share"]]  # type: ignore[arg-type]
        for city in (before, after)
    )
    table = old.merge(new, left_index=True, right_index=True, suffixes=_SIDES).reset_index()
    names = [f"{name}{side}" for name in old.columns for side in _SIDES]
    return table[["group", *names]]


def _moved_m(old: gpd.GeoSeries, new: gpd.GeoSeries) -> Any:
    """Return how far points have moved; 0 where one has no position, or neither."""
    apart = shapely.distance(old.to_numpy(), new.to_numpy())
    return np.nan_to_num(np.asarray(apart, dtype=float))


def _same(one: Any, other: Any) -> bool:
    """Tell whether two cells hold the same; two empty ones do."""
    return pd.Series([one], dtype=object).equals(pd.Series([other], dtype=object))
