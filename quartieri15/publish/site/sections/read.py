"""What the words on a page mean: which of them a city needs explained, and its own counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quartieri15.model.places import position_certainty

if TYPE_CHECKING:
    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page


def data(material: Material, page: Page) -> dict[str, Any]:  # noqa: ARG001  (as every section)
    """Return the terms to explain, in the order of reading, and the counts they speak of."""
    city = material.city
    kinds = city.places["kind"].astype(str).value_counts()
    uncertain = position_certainty(city.places_named(material.places))["in_doubt"]
    needed = {
        "house": {"ex_csrc", "ex_cam"} <= set(kinds.index),
        "wemi": "wemi" in city.place_sets and not city.places_named("wemi").empty,
        "nil": "nil" in city.zones,
        "minutes": True,
        "people": True,
        "hidden": bool(material.smallest_count),
        "positions": bool(uncertain),
        "hours": True,
        "parks": "inferred" in set(city.open_spaces["extent"]),
    }
    return {
        "terms": [term for term, is_needed in needed.items() if is_needed],
        "counts": {
            "houses": len(city.places_named(material.places)),
            "ex_csrc": int(kinds.get("ex_csrc", 0)),
            "ex_cam": int(kinds.get("ex_cam", 0)),
            "nil": len(city.zones["nil"]) if "nil" in city.zones else 0,
        },
    }
