"""Whether the addresses of places are known, and where their places stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quartieri15.editions.checking.findings import Finding, listed
from quartieri15.errors import AmbiguousNameError, Quartieri15Error
from quartieri15.model import schemas
from quartieri15.model.addresses import locate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from quartieri15.model.city import City

FAR_M: Final = 100.0
"""A place farther than this from the address it states stands at another one."""


def check_addresses(places: gpd.GeoDataFrame, city: City, *, file: str) -> Iterator[Finding]:
    """Find addresses that the civic numbers do not have, or have elsewhere.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        With ``id``, ``address``, ``geometry``; places that state a ``location_precision`` other
        than ``civic`` say themselves that their address is not known, and are not asked about.
    city
        With addresses.
    file
        The file of the places.

    Yields
    ------
    Finding
        ``addresses.not_found``, ``addresses.far`` (warnings).
    """
    if "address" not in places.columns or not len(city.addresses):
        return
    asked = places[places["address"].notna() & ~schemas.unplaced(places.geometry)]
    if "location_precision" in asked.columns:
        asked = asked[(asked["location_precision"].astype(object) == "civic").to_numpy()]
    for place, address, point in zip(asked["id"], asked["address"], asked.geometry, strict=True):
        try:
            found = locate(city, str(address))
        except AmbiguousNameError as error:
            yield Finding(
                file=file,
                row=str(place),
                column="address",
                problem=f"{address!r} may be {listed(error.candidates, 5)}",
                mend="write the street with its given name",
                severity="warning",
                rule="addresses.not_found",
            )
            continue
        except Quartieri15Error as error:
            yield Finding(
                file=file,
                row=str(place),
                column="address",
                problem=f"{address!r}: {error.what}",
                mend=error.mend or "correct the address",
                severity="warning",
                rule="addresses.not_found",
            )
            continue
        apart = point.distance(found.point)
        if apart > FAR_M:
            others = listed((text for text, _ in found.alternatives), 3)
            yield Finding(
                file=file,
                row=str(place),
                column="address",
                problem=f"it stands {apart:,.0f} m from {found.address}"
                + (f"; it may also be {others}" if others else ""),
                mend="correct the address or the position",
                severity="warning",
                rule="addresses.far",
            )
