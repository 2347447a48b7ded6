"""Whether places are one each, where they say they are, and as sure as they say."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions.checking.findings import Finding, listed
from quartieri15.errors import Quartieri15Error
from quartieri15.model import schemas
from quartieri15.model.hours import is_missing, require_hours
from quartieri15.model.places import CONTRADICTION_M, UNVERIFIED, outside_stated_zone
from quartieri15.model.zones import OUTSIDE, containing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd

NEAR_M: Final = 150.0
"""Two places of alike names nearer than this may be one."""
ALIKE: Final = 0.85
"""From which likeness on (``difflib``, 0 to 1) two names may be one."""
SAME_POINT_M: Final = 0.5
COARSE_DECIMALS: Final = 3
"""Degrees of so few decimals are about 100 m apart: no house number is known from them."""

_DECIMALS_TOLERANCE: Final = 2e-6


def check_places(places: gpd.GeoDataFrame, *, file: str) -> Iterator[Finding]:
    """Find places that stand twice, and positions that are not as sure as they say.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        A places table in a metric CRS: ``id``, ``name``, ``kind``, ``geometry``, and as far as
        they are known ``address``, ``location_precision``, ``confidence``,
        ``location_contradiction_m``, ``opening_hours``.
    file
        The file they are of.

    Yields
    ------
    Finding
        Warnings ``places.near_duplicate``, ``places.same_address``, ``places.same_point``,
        ``places.precision``, ``places.contradicted``, ``places.unverified``,
        ``places.without_position``; errors ``places.hours``. Of two kinds, a duplicate is a
        note.
    """
    table = places.reset_index(drop=True)
    yield from _alike(table, file)
    if "address" in table.columns:
        yield from _same_address(table, file)
    yield from _positions(table, file)
    yield from _confidence(table, file)
    if "opening_hours" in table.columns:
        yield from _hours(table, file)


def check_stated_zones(
    places: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    column: str,
    file: str,
    zones_file: str,
    written: Sequence[str] | None = None,
) -> Iterator[Finding]:
    """Find places that are not in the zone they state (``places.other_zone``).

    An error where the place is farther from that zone than its position is uncertain, else a
    warning.

    Parameters
    ----------
    places, zones : geopandas.GeoDataFrame
        As for :func:`~quartieri15.model.places.outside_stated_zone`.
    column
        The column of places that states a zone.
    file, zones_file
        The files of both.
    written
        How a zone is told, where ``id`` is its row in a table of zones that are known by text.
    """
    if "location_uncertainty_m" not in places.columns:
        places = places.assign(location_uncertainty_m=np.nan)
    for row in outside_stated_zone(places, zones, column=column).to_dict("records"):
        stated, found = (
            "none" if pd.isna(zone) else zone if written is None else written[int(zone)]
            for zone in (row["stated"], row["found"])
        )
        if pd.isna(row["distance_m"]):
            problem = f"{row['name']} states zone {stated}, which {zones_file} has not"
        else:
            problem = (
                f"{row['name']} states zone {stated} and lies {row['distance_m']:,.0f} m from it, "
                f"in zone {found}"
            )
        yield Finding(
            file=file,
            row=str(row["id"]),
            column=column,
            problem=problem,
            mend="correct the zone or the position, or say how uncertain the position is",
            severity="warning" if row["within_uncertainty"] else "error",
            rule="places.other_zone",
        )


def check_inside(
    places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, file: str
) -> Iterator[Finding]:
    """Find places outside the city, in none of its zones (``places.outside``)."""
    placed = places[~schemas.unplaced(places.geometry)].reset_index(drop=True)
    if placed.empty:
        return
    # Zones may be known by text, and are told apart here by their row.
    rows = zones.reset_index(drop=True)
    rows = rows.assign(id=np.arange(len(rows)))
    outside = np.flatnonzero(containing(placed, rows) == OUTSIDE)
    border = shapely.union_all(zones.geometry.to_numpy())
    for at in outside:
        row = placed.iloc[at]
        yield Finding(
            file=file,
            row=str(row["id"]),
            column="geometry",
            problem=f"{row['name']} lies {row.geometry.distance(border):,.0f} m outside all zones",
            mend="correct the position; a place beyond the border that people of the city use may "
            "stay",
            severity="warning",
            rule="places.outside",
        )


def _alike(table: gpd.GeoDataFrame, file: str) -> Iterator[Finding]:
    """Find places near each other whose names are alike."""
    shapes = table.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=NEAR_M)
    names = [_plain(name) for name in table["name"]]
    numbers = [{word for word in name.split() if word.isdigit()} for name in names]
    nearest: dict[int, tuple[float, int]] = {}
    for one, other in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        if one >= other or numbers[one] != numbers[other]:
            continue
        # The quick bound first: most names near each other have nothing in common.
        match = SequenceMatcher(None, names[one], names[other], autojunk=False)
        if match.quick_ratio() >= ALIKE and match.ratio() >= ALIKE:
            apart = float(shapes[one].distance(shapes[other]))
            nearest[other] = min(nearest.get(other, (apart, one)), (apart, one))
    for other, (apart, one) in sorted(nearest.items()):
        a, b = table.iloc[one], table.iloc[other]
        yield Finding(
            file=file,
            row=str(b["id"]),
            column="name",
            problem=f"{b['name']!r} ({b['kind']}) is {apart:,.0f} m from {a['name']!r} "
            f"({a['kind']}, {a['id']}): it may be one place twice",
            mend="keep one of the two, or give them names that tell them apart",
            severity="warning" if a["kind"] == b["kind"] else "note",
            rule="places.near_duplicate",
        )


def _same_address(table: gpd.GeoDataFrame, file: str) -> Iterator[Finding]:
    said = table["address"].map(lambda text: _plain(text) if isinstance(text, str) else "")
    numbered = said[said.str.contains(r"\d")]
    for _, rows in numbered.groupby(numbered, sort=True):
        if len(rows) < 2:  # noqa: PLR2004
            continue
        same = table.loc[rows.index]
        one_kind = same["kind"].astype(str).duplicated().any()
        yield Finding(
            file=file,
            row=str(same["id"].iloc[1]),
            column="address",
            problem=f"{listed(same['id'])} have the address {same['address'].iloc[0]!r}",
            mend="keep one of them, or say in the source that they share a door",
            severity="warning" if one_kind else "note",
            rule="places.same_address",
        )


def _positions(table: gpd.GeoDataFrame, file: str) -> Iterator[Finding]:
    nowhere = schemas.unplaced(table.geometry)
    for row in table[nowhere].itertuples():
        yield Finding(
            file=file,
            row=str(row.id),
            column="geometry",
            problem=f"{row.name} has no position: nobody is told to reach it",
            mend="find its address, or leave it until somebody knows",
            severity="warning",
            rule="places.without_position",
        )
    placed = table[~nowhere]
    xy = np.round(shapely.get_coordinates(placed.geometry.to_numpy()) / SAME_POINT_M)
    at = pd.Series(list(map(tuple, xy)), index=placed.index, dtype=object)
    for _, rows in at.groupby(at, sort=True):
        same = placed.loc[rows.index]
        addresses = same.get("address", same["name"]).map(_plain)
        if addresses.nunique() < 2:  # noqa: PLR2004
            continue
        yield Finding(
            file=file,
            row=str(same["id"].iloc[1]),
            column="geometry",
            problem=f"{listed(same['id'])} stand at one point, and have different addresses",
            mend="give each its own position, or say how uncertain the point is",
            severity="warning",
            rule="places.same_point",
        )
    if "location_precision" not in table.columns:
        return
    civic = placed[placed["location_precision"].astype(object) == "civic"]
    degrees = shapely.get_coordinates(civic.geometry.to_crs(GEOGRAPHIC).to_numpy())
    coarse = (np.abs(degrees - degrees.round(COARSE_DECIMALS)) < _DECIMALS_TOLERANCE).all(axis=1)
    for row in civic[coarse].itertuples():
        yield _precision(
            file, row.id, "the position has no more than three decimals, about 100 m apart"
        )
    if "address" in table.columns:
        told = civic["address"].astype(object)
        unnumbered = told.notna() & ~told.astype(str).str.contains(r"\d")
        for row in civic[unnumbered.to_numpy()].itertuples():
            yield _precision(file, row.id, f"the address {row.address!r} has no number")


def _precision(file: str, place: Any, why: str) -> Finding:
    return Finding(
        file=file,
        row=str(place),
        column="location_precision",
        problem=f"it is 'civic', and {why}",
        mend="say street or neighbourhood, and how many metres it may be off",
        severity="warning",
        rule="places.precision",
    )


def _confidence(table: gpd.GeoDataFrame, file: str) -> Iterator[Finding]:
    if "location_contradiction_m" in table.columns:
        apart = pd.to_numeric(table["location_contradiction_m"])
        for row in table[(apart > CONTRADICTION_M).to_numpy()].itertuples():
            yield Finding(
                file=file,
                row=str(row.id),
                column="lat, lon",
                problem=f"a second source puts {row.name} {row.location_contradiction_m:,.0f} m "
                "from its position",
                mend="ask on the spot which is right, and state it with the source",
                severity="warning",
                rule="places.contradicted",
            )
    if "confidence" in table.columns:
        unsure = table[(table["confidence"].astype(object) == UNVERIFIED).to_numpy()]
        if len(unsure):
            yield Finding(
                file=file,
                column="confidence",
                problem=f"no source confirms the address of {len(unsure)} of {len(table)} places: "
                f"{listed(unsure['id'], 30)}",
                mend="see them with: quartieri15 registry list --unverified",
                severity="warning",
                rule="places.unverified",
            )


def _hours(table: gpd.GeoDataFrame, file: str) -> Iterator[Finding]:
    for place, text in zip(table["id"], table["opening_hours"].astype(object), strict=True):
        if is_missing(text):
            continue
        try:
            require_hours(text, where=f"{file}, row {place}, column opening_hours")
        except Quartieri15Error as error:
            yield Finding(
                file=file,
                row=str(place),
                column="opening_hours",
                problem=error.what,
                mend=error.mend or "write them in the syntax of OpenStreetMap",
                severity="error",
                rule="places.hours",
            )


def _plain(text: object) -> str:
    """Return a text without accents, capitals and signs, so that spellings of one are equal."""
    letters = unicodedata.normalize("NFKD", str(text)).casefold()
    kept = "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join(kept.split())
