"""The search for an address on a page: its civic numbers, and where the others are."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.model.zones import containing
from quartieri15.publish.site.address_book import (
    address_book,
    addresses_near,
    street_grammar,
    streets_elsewhere,
)
from quartieri15.publish.site.packing import pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.publish.site.material import Material
    from quartieri15.publish.site.page import Page

_zones: weakref.WeakKeyDictionary[Material, NDArray[np.int64]] = weakref.WeakKeyDictionary()


def data(material: Material, page: Page) -> dict[str, Any]:
    """Return what a page needs to find an address.

    Returns
    -------
    dict
        ``book``, the addresses of the page's area and those a little beyond
        (:func:`~quartieri15.publish.site.address_book.address_book`), all of them on the page of
        the whole city; ``elsewhere``, the streets that have others, each with its Municipio;
        ``grammar``, how names of streets are read.
    """
    addresses = material.city.addresses
    near = addresses
    elsewhere: dict[str, Any] = {
        "streets": [],
        "surnames": np.array([], int),
        "zone": np.array([], int),
    }
    if page.kind != "city":
        near = addresses_near(addresses, page.map_area)
        elsewhere = streets_elsewhere(addresses, _municipio(material), near)
    return {
        "book": _packed(address_book(near)),
        "elsewhere": _packed(elsewhere),
        "grammar": street_grammar(),
    }


def _municipio(material: Material) -> NDArray[np.int64]:
    """Return the Municipio of every address of the city, 0 where it has none."""
    if material not in _zones:
        city = material.city
        _zones[material] = (
            containing(city.addresses, city.zones["municipi"])
            if "municipi" in city.zones
            else np.zeros(len(city.addresses), dtype=np.int64)
        )
    return _zones[material]


def _packed(told: dict[str, Any]) -> dict[str, Any]:
    """Return lists as they are, and all arrays packed into one value."""
    lists = {name: value for name, value in told.items() if isinstance(value, list)}
    arrays = {name: value for name, value in told.items() if not isinstance(value, list)}
    return {**lists, "numbers": pack(arrays)}
