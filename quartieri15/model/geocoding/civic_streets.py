"""The civic numbers of every street of a register, found by street and by number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.model.geocoding.civic_numbers import canonical, leading
from quartieri15.model.prepared import Prepared

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True, eq=False)
class CivicStreet:
    """A street of a register and where its numbers stand in the table of addresses.

    Parameters
    ----------
    street
        Its name, as the addresses have it.
    listed
        How the register spells it, empty where it does not say.
    rows
        Positions of its addresses.
    of_number
        The same by the number in
        :func:`~quartieri15.model.geocoding.civic_numbers.canonical` form; where one stands
        twice, the residential first, then by id.
    of_first
        The same by the number without letters.
    """

    street: str
    listed: str
    rows: list[int] = field(default_factory=list)
    of_number: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    of_first: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


_PREPARED: Prepared[dict[str, list[CivicStreet]]] = Prepared()


def civic_streets(addresses: gpd.GeoDataFrame) -> dict[str, list[CivicStreet]]:
    """Return the streets of a register by the name of the addresses, once per table.

    Two streets of a register may have one name: there is a ``VIA FILIPPI FILIPPO`` and a
    ``VIA DE FILIPPI FILIPPO``.

    Parameters
    ----------
    addresses : geopandas.GeoDataFrame
        As ``addresses`` of a :class:`~quartieri15.model.city.City`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> table = gpd.GeoDataFrame(
    ...     {"id": ["a", "b"], "street": ["Via Zante"] * 2, "number": ["4", "15/A"]},
    ...     geometry=gpd.points_from_xy([0, 10], [0, 0]),
    ... )
    >>> zante, = civic_streets(table)["Via Zante"]
    >>> dict(zante.of_number), dict(zante.of_first)
    ({'4': [0], '15A': [1]}, {4: [0], 15: [1]})
    """
    also = [name for name in ("register_street", "residential") if name in addresses.columns]
    columns = ["id", "street", "number", *also]
    return _PREPARED.of(addresses, columns, lambda: _by_street(addresses))


def _by_street(addresses: gpd.GeoDataFrame) -> dict[str, list[CivicStreet]]:
    ids = addresses["id"].to_numpy(dtype=object).astype(str)
    streets = addresses["street"].to_numpy(dtype=object)
    numbers = addresses["number"].to_numpy(dtype=object)
    count = len(addresses)
    listed = (
        addresses["register_street"].to_numpy(dtype=object)
        if "register_street" in addresses.columns
        else np.full(count, "", dtype=object)
    )
    lived_in = (
        addresses["residential"].to_numpy(dtype=bool)
        if "residential" in addresses.columns
        else np.ones(count, dtype=bool)
    )
    found: dict[tuple[str, str], CivicStreet] = {}
    for row in np.lexsort((ids, ~lived_in)).tolist():
        spelled = "" if pd.isna(listed[row]) else str(listed[row])
        key = (str(streets[row]), spelled)
        one = found.get(key) or found.setdefault(key, CivicStreet(*key))
        number = canonical(str(numbers[row]))
        one.rows.append(row)
        one.of_number[number].append(row)
        one.of_first[leading(number)].append(row)
    by_name: dict[str, list[CivicStreet]] = defaultdict(list)
    for key in sorted(found):
        by_name[key[0]].append(found[key])
    return dict(by_name)
