"""Whether the addresses of places are known, and where their places stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from quartieri15.editions.checking.findings import Finding, listed
from quartieri15.model import schemas
from quartieri15.model.geocoding.geocode import geocode
from quartieri15.model.places import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from quartieri15.model.city import City

FAR_M: Final = 100.0
"""A place farther than this from the address it states stands at another one."""
LIKELY: Final = 0.6
"""An answer of a lower score is a guess, and not held against a place."""
ALTERNATIVES: Final = 3


def check_addresses(places: gpd.GeoDataFrame, city: City, *, file: str) -> Iterator[Finding]:
    """Find addresses that the civic numbers do not have, or have elsewhere.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        With ``id``, ``address``, ``geometry``; places that state a ``location_precision`` that is
        not exact say themselves that their address is not known, and are not asked about. One of
        ``point`` may have an address that the civic numbers do not have.
    city
        With addresses.
    file
        The file of the places.

    Yields
    ------
    Finding
        ``addresses.not_found``, ``addresses.far`` (warnings), with what else it may mean.
    """
    if "address" not in places.columns or not len(city.addresses):
        return
    asked = places[places["address"].notna() & ~schemas.unplaced(places.geometry)]
    if "location_precision" in asked.columns:
        asked = asked[asked["location_precision"].isin(EXACT).to_numpy()]
    if asked.empty:
        return
    answers = geocode(city, asked["address"].astype(str).tolist(), alternatives=ALTERNATIVES)
    precisions = asked.get("location_precision", pd.Series("civic", index=asked.index))
    rows = zip(asked["id"], asked.geometry, precisions, strict=True)
    for row, (place, point, precision) in enumerate(rows):
        best, *others = answers.loc[[row]].to_dict("records")
        also = listed(f"{one['street']} {one['number'] or ''}".strip() for one in others)
        told = {"file": file, "row": str(place), "column": "address"}
        if best["precision"] != "civic" or best["score"] < LIKELY:
            if precision == "point":
                continue
            yield Finding(
                **told,
                problem=f"{best['query']!r} is no civic number: {best['reason']}"
                + (f"; it may be {also}" if also else ""),
                mend="correct the address, or say that only the street is known",
                severity="warning",
                rule="addresses.not_found",
            )
            continue
        # One number may stand at several points.
        doors = city.addresses[
            (city.addresses["street"] == best["street"])
            & (city.addresses["number"] == best["number"])
        ]
        apart = min(point.distance(best["geometry"]), doors.distance(point).min())
        if apart > FAR_M:
            yield Finding(
                **told,
                problem=f"it stands {apart:,.0f} m from {best['street']} {best['number']} "
                f"(score {best['score']:.2f})" + (f"; it may also be {also}" if also else ""),
                mend="correct the address or the position",
                severity="warning",
                rule="addresses.far",
            )
