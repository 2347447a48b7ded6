"""Which areas are left out, how many people that is, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from quartieri15.analysis.counting import per
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model import schemas
from quartieri15.model.city import require_city
from quartieri15.model.ids import require_same_kind
from quartieri15.model.residents.groups import LEADING
from quartieri15.plain_json import plain_json
from quartieri15.reach.trips import limit_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quartieri15.model.city import City

_COVER_COLUMNS = (
    *("by", "zone_id", "zone", "group", "population", "covered", "uncovered", "share"),
    *("median_minutes", "p90_minutes", "places_inside", "profile", "speed_kmh", "minutes"),
    "places",
)

REASONS = {
    "no_population": "nobody of this group lives here",
    "all_covered": "everybody of this group is covered",
    "nobody_covered": "nobody of this group is covered",
    "partly_covered": "part of the group is not covered",
    "below_city": "a smaller share is covered than in the whole city",
    "no_place_inside": "no place within the area",
    "far": "half of the group lives farther than the threshold",
    "cut_off": "half of the group or more has no way to a place",
    "dense": "the group is denser per km2 than in the whole city",
    "concentrated": "the group is a larger part of the residents than in the whole city",
}
"""What each reason code says, in English."""


def find_gaps(
    city: City, cover: pd.DataFrame, *, groups: str | Iterable[str] = LEADING
) -> gpd.GeoDataFrame:
    """Rank the areas by how many people they leave uncovered.

    Parameters
    ----------
    city
        The city.
    cover
        The result of :func:`~quartieri15.analysis.coverage.coverage` by a set of zones, for
        one profile, one threshold and one set of places.
    groups
        The groups to rank by, each on its own.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per group and zone, the largest gap of a group first; areas without a gap
        stand last, without a rank.

        ``by, zone_id, zone, group``
            What the row is about.
        ``rank``
            1 for the zone with most uncovered people of the group; missing where nobody is
            uncovered. Zones that tie stand in the order of their share, then their id.
        ``score``
            The zone's part of all uncovered people of the group: ``uncovered`` divided by
            its sum over the zones. The scores of a group add up to 1 (or are all 0).
        ``population, covered, uncovered, share, median_minutes, p90_minutes``
            As in the coverage.
        ``area_km2``
            Area of the zone.
        ``residents``
            All residents of the zone, whatever their group.
        ``density_per_km2, uncovered_per_km2``
            The group's population, and its uncovered part, per km2.
        ``incidence``
            The group per resident of the zone, a fraction; missing where nobody lives.
        ``places_inside``
            How many of the places lie in the zone.
        ``reason_codes, reasons``
            Why the zone stands where it does: codes of :data:`REASONS` separated by spaces,
            and the same in words. "Than in the whole city" compares with the sum of the
            zones.
        ``profile, speed_kmh, minutes, places``
            What was asked.
        ``geometry``
            The zone.

    Raises
    ------
    InputError
        If ``cover`` is not by zones, or mixes several questions; or if the city has no
        residents or no zones.
    UnknownNameError
        If the city or the table does not know a group.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> cover = q15.coverage(milano, to="houses", profile="walk_75", by="municipi")
    >>> gaps = find_gaps(milano, cover, groups="over65")
    >>> gaps[["rank", "zone", "places_inside"]].head(2)
       rank         zone  places_inside
    0     1  Municipio 6              7
    1     2  Municipio 8              8
    """
    require_city(city)
    city.require_residents()
    city.require_zones()
    by = _one_question(city, cover)
    wanted = city.require_groups(groups)
    known = list(dict.fromkeys(cover["group"]))
    for group in wanted:
        if group not in known:
            raise UnknownNameError.among(group, known, kind="group of this coverage")
    zones = city.zones_named(by, argument="by").set_index("id")
    residents = _residents(city, by, cover)
    # What is said of a table is copied at every step.
    rows = cover.copy(deep=False)
    rows.attrs = {}
    found = pd.concat(
        [_ranked(rows[rows["group"] == group], zones, residents) for group in wanted],
        ignore_index=True,
    )
    gaps = gpd.GeoDataFrame(
        found, geometry=zones.geometry.loc[found["zone_id"]].array, crs=city.crs
    )
    gaps.attrs["provenance"] = {
        **plain_json(cover.attrs).get("provenance", {}),
        "rank": "by uncovered people of the group",
        "score": "uncovered / uncovered of the whole city, per group",
    }
    return gaps


def _one_question(city: City, cover: pd.DataFrame) -> str:
    """Return the name of the zones a coverage is about, if it asks one question only."""
    mend = "give the result of coverage(city, ..., by='nil')"
    if not isinstance(cover, pd.DataFrame):
        raise InputError(f"a {type(cover).__name__} is no table", where="cover", mend=mend)
    asked = ["by", "profile", "minutes", "places"]
    missing = [name for name in _COVER_COLUMNS if name not in cover.columns]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing",
            where="cover",
            mend=mend,
        )
    for name in asked:
        values = list(dict.fromkeys(cover[name]))
        if len(values) != 1:
            raise InputError(
                f"it holds {len(values)} values ({', '.join(map(str, values))})",
                where=f"cover, column {name}",
                mend="give one coverage at a time",
            )
    for name in ("population", "covered", "uncovered"):
        contract = {name: schemas.Column(kind="number", low=0)}
        schemas.check(pd.DataFrame(cover[[name]]), contract, where="cover")
    by = str(cover["by"].iloc[0])
    if by not in city.zones:
        raise InputError(
            f"gaps are areas, and this coverage is by {by}",
            where="cover",
            mend=f"use coverage(city, ..., by={next(iter(city.zones))!r})",
        )
    ids, known = cover["zone_id"], city.zones_named(by, argument="by")["id"]
    require_same_kind(
        ids, known, where="cover, column zone_id", known_where=f"zones {by}, column id,"
    )
    lost = ~ids.isin(known).to_numpy()
    if lost.any():
        raise InputError(
            f"zone {ids[lost].iloc[0]} is not among the zones {by} of {city.name}",
            where=f"cover, row {cover.index[lost][0]}, column zone_id",
            mend="give the coverage of this city",
        )
    return by


def _residents(city: City, by: str, cover: pd.DataFrame) -> pd.Series[Any]:
    """All residents per zone: of the coverage if it counted them, else of the zones."""
    counted = cover.loc[cover["group"] == "residents", ["zone_id", "population"]]
    if len(counted):
        return pd.Series(counted["population"].to_numpy(), index=counted["zone_id"])
    zones = city.zones_named(by, argument="by")
    values = zones["residents"].to_numpy() if "residents" in zones.columns else np.nan
    return pd.Series(values, index=zones["id"].to_numpy(), dtype=float)


def rank_areas(areas: pd.DataFrame) -> pd.DataFrame:
    """Compute what a table of gaps adds to the counts of its rows, and sort it.

    Parameters
    ----------
    areas
        The rows of one group and one question: the columns of a coverage, and ``area_km2``
        and ``residents``.

    Returns
    -------
    pandas.DataFrame
        The rows with ``score``, ``density_per_km2``, ``uncovered_per_km2``, ``incidence``,
        ``reason_codes``, ``reasons`` and ``rank`` as in :func:`find_gaps`, in its order.

    Examples
    --------
    >>> two = pd.DataFrame({"zone_id": [1, 2], "population": [50.0, 40.0], "covered": [45.0, 0.0]})
    >>> two = two.assign(uncovered=[5.0, 40.0], share=[0.9, 0.0], median_minutes=[9.0, 21.0])
    >>> two = two.assign(minutes=15.0, places_inside=[1, 0], area_km2=2.0, residents=100.0)
    >>> rank_areas(two)[["zone_id", "rank", "reason_codes"]]
       zone_id  rank                            reason_codes
    0        2     1      nobody_covered no_place_inside far
    1        1     2               partly_covered dense concentrated
    """
    total = areas["uncovered"].sum()
    area, residents = (areas[name].to_numpy(dtype=float) for name in ("area_km2", "residents"))
    population = areas["population"].to_numpy()
    gap = areas["uncovered"].to_numpy() > 0
    table = areas.assign(
        score=areas["uncovered"] / total if total else 0.0,
        density_per_km2=per(population, area),
        uncovered_per_km2=per(areas["uncovered"].to_numpy(), area),
        incidence=per(population, residents),
        gap=gap,
        lived_in=population > 0,
    )
    codes = _codes(
        table,
        share=areas["covered"].sum() / population.sum() if population.sum() else np.nan,
        density=float(per(population.sum(), area.sum())),
        incidence=float(per(population.sum(), residents.sum())),
    )
    table["reason_codes"] = [" ".join(code) for code in codes]
    table["reasons"] = ["; ".join(REASONS[name] for name in code) for code in codes]
    table = table.sort_values(
        ["gap", "uncovered", "lived_in", "share", "zone_id"],
        ascending=[False, False, False, True, True],
        ignore_index=True,
    )
    table["rank"] = pd.array(np.arange(1, len(table) + 1), dtype="Int64")
    table.loc[~table["gap"], "rank"] = pd.NA
    return table.drop(columns=["gap", "lived_in"])


def _ranked(
    cover: pd.DataFrame, zones: gpd.GeoDataFrame, residents: pd.Series[Any]
) -> pd.DataFrame:
    table = rank_areas(
        cover.assign(
            area_km2=zones["area_km2"].loc[cover["zone_id"]].to_numpy(),
            residents=residents.loc[cover["zone_id"]].to_numpy(dtype=float),
        )
    )
    return table[
        [
            *("by", "zone_id", "zone", "group", "rank", "score"),
            *("population", "covered", "uncovered", "share", "median_minutes", "p90_minutes"),
            *("area_km2", "residents", "density_per_km2", "uncovered_per_km2", "incidence"),
            *("places_inside", "reason_codes", "reasons"),
            *("profile", "speed_kmh", "minutes", "places"),
        ]
    ]


def _codes(
    table: pd.DataFrame, *, share: float, density: float, incidence: float
) -> list[list[str]]:
    """Reason codes per row, from what the whole city looks like."""
    lived_in, gap = table["lived_in"].to_numpy(), table["gap"].to_numpy()
    median = table["median_minutes"].to_numpy()
    nobody = (table["covered"] == 0).to_numpy()
    holds = {
        "no_population": ~lived_in,
        "all_covered": lived_in & ~gap,
        "nobody_covered": gap & nobody,
        "partly_covered": gap & ~nobody,
        "below_city": gap & ~nobody & (table["share"] < share).to_numpy(),
        "no_place_inside": gap & (table["places_inside"] == 0).to_numpy(),
        "far": gap & (median * 60 > limit_seconds(float(table["minutes"].iloc[0]))),
        "cut_off": gap & np.isnan(median),
        "dense": gap & (table["density_per_km2"] > density).to_numpy(),
        "concentrated": gap & (table["incidence"] > incidence).to_numpy(),
    }
    return [
        [name for name, rows in holds.items() if rows[position]] for position in range(len(table))
    ]
