"""The places of a page: what each is, where, how surely, when it is open and who reaches it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from quartieri15.model import schemas
from quartieri15.model.places import EXACT, SUMMER_2026, UNVERIFIED, contradicted
from quartieri15.publish import words
from quartieri15.publish.site.known_hours import known_hours
from quartieri15.publish.site.packing import pack
from quartieri15.publish.texts import in_each, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

# What a registry notes beside an address: "Via Saponaro (civic unknown)".
_NOTE: Final = re.compile(r"\s*\([^)]*\)")
_CORNER: Final = re.compile(r",\s*corner\s+")
_QUARTER: Final = re.compile(r",\s*(.+?)\s+area$")


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return the places of the city as a page tells of them.

    Returns
    -------
    dict
        ``list``, one dict per place, those without a position too, in the order of their names;
        ``hours``, see :func:`~quartieri15.publish.site.known_hours.known_hours`, in that order;
        ``summer``, the first and the last day of the hours of summer; ``kinds`` and ``groups``,
        what each is called; ``people``, by traveller one list per place of how many of each group
        get there within the threshold, None where that is not published.
    """
    places = material.city.places.sort_values(["name", "id"], kind="stable").reset_index(drop=True)
    inside = _inside(places, page)
    hours = known_hours(places, when=material.when.date())
    return {
        "list": [
            _place(place) | {"here": here}
            for place, here in zip(places.to_dict("records"), inside, strict=True)
        ],
        "hours": {
            **hours,
            "sets": [own | {"plan": pack({"of_day": own["plan"]})} for own in hours["sets"]],
        },
        "summer": [day.isoformat() for day in SUMMER_2026],
        "kinds": {
            str(kind): in_each(words.known, kind, column="kind") for kind in places["kind"].unique()
        },
        "groups": {group: words.in_all_languages(group) for group in material.groups},
        "people": _people(material, list(places["id"])),
    }


def plain_address(text: str) -> dict[str, str]:
    """Return an address without the notes of a registry, by language.

    Examples
    --------
    >>> plain_address("Via Michele Saponaro (civic unknown)")["it"]
    'Via Michele Saponaro'
    >>> plain_address("Via Santa Monica, corner viale Suzzani (civic unknown)")["it"]
    'Via Santa Monica, angolo viale Suzzani'
    """
    told = _NOTE.sub("", text)
    return {
        "it": _QUARTER.sub(r", zona \1", _CORNER.sub(", angolo ", told)),
        "en": told,
    }


def _inside(places: gpd.GeoDataFrame, page: Page) -> list[bool]:
    placed = ~schemas.unplaced(places.geometry)
    inside = np.zeros(len(places), dtype=bool)
    inside[placed] = shapely.intersects(page.area, places.geometry.to_numpy()[placed])
    return [bool(here) for here in inside]


def _place(place: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a place; what is not known is left out."""
    point = place["geometry"]
    placed = point is not None and not point.is_empty
    told: dict[str, Any] = {
        "id": str(place["id"]),
        "name": words.visible(str(place["name"])),
        "kind": str(place["kind"]),
        "network": str(place["network"]),
        "x": round(float(point.x), 2) if placed else None,
        "y": round(float(point.y), 2) if placed else None,
        "desk": bool(place.get("hosts_wemi")) and not missing(place.get("hosts_wemi")),
    }
    if not missing(place.get("address")):
        told["address"] = plain_address(words.visible(str(place["address"])))
    if not missing(place.get("municipio")):
        told["municipio"] = int(place["municipio"])
    for column in ("location_precision", "confidence", "summer_2026_hours"):
        if not missing(place.get(column)):
            told[column] = words.visible(str(place[column]))
    if not missing(place.get("summer_2026_closures")):
        told["summer_2026_closures"] = words.visible(str(place["summer_2026_closures"]))
    if not missing(place.get("location_uncertainty_m")):
        told["uncertainty_m"] = round(float(place["location_uncertainty_m"]))
    if contradicted(place):
        told["apart_m"] = round(float(place["location_contradiction_m"]))
    told["doubtful"] = placed and (
        "apart_m" in told
        or told.get("confidence") == UNVERIFIED
        or ("location_precision" in told and told["location_precision"] not in EXACT)
    )
    return told


def _people(material: Material, ids: list[Any]) -> dict[str, list[list[int | None]]]:
    people: dict[str, list[list[int | None]]] = {}
    for who in material.travellers:
        table = material.coverage(who, "place")
        counts = table.pivot(index="zone_id", columns="group", values="covered")
        counts = counts.reindex(index=ids, columns=list(material.groups))
        people[who.name] = [
            [None if np.isnan(count) else round(count) for count in row]
            for row in counts.to_numpy(dtype=float).tolist()
        ]
    return people
