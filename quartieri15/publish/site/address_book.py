"""The civic numbers of a city as whole numbers that travel in a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from quartieri15.model import street_names
from quartieri15.model.street_names import read_name

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

BEYOND_M: Final = 500.0
"""How far beyond its area the addresses of a page reach: who lives across the street of the
border looks for a house on this page too."""

_NUMBER = re.compile(r"(\d+)(.*)")


def address_book(addresses: gpd.GeoDataFrame) -> dict[str, Any]:
    """Write addresses by street, as whole numbers that differ little from one to the next.

    Parameters
    ----------
    addresses : geopandas.GeoDataFrame
        ``street, number, geometry`` and perhaps ``residential``, as in
        ``addresses`` of a :class:`~quartieri15.model.city.City`.

    Returns
    -------
    dict
        ``streets``, the names in alphabetical order; ``surnames``, how many of the last words
        that name a street are the name itself, 0 for all (see
        :class:`~quartieri15.model.street_names.StreetName`); ``count``, how many addresses each
        has. Then one value per address, street by street, one side of it after the other:
        ``number`` and ``suffix`` (index into ``suffixes``) and ``x``, ``y`` in whole metres.
        Names are lists, all else is arrays.

    Examples
    --------
    >>> import geopandas as gpd
    >>> table = gpd.GeoDataFrame(
    ...     {"street": ["Via Zante"] * 3, "number": ["4", "1", "2A"]},
    ...     geometry=gpd.points_from_xy([40.2, 10, 20], [5, 6, 7]),
    ... )
    >>> book = address_book(table)
    >>> book["number"].tolist(), book["suffix"].tolist(), book["suffixes"], book["x"].tolist()
    ([2, 4, 1], [1, 0, 0], ['', 'A'], [20, 40, 10])
    """
    parts = addresses["number"].astype(str).str.extract(_NUMBER, expand=True)
    parts.columns = ["number", "suffix"]
    xy = np.rint(shapely.get_coordinates(addresses.geometry.to_numpy())).astype(np.int64)
    table = pd.DataFrame(
        {
            "street": addresses["street"].astype(str).to_numpy(),
            "number": parts["number"].fillna("0").astype(np.int64).to_numpy(),
            "suffix": parts["suffix"].fillna("").to_numpy(),
            "x": xy[:, 0],
            "y": xy[:, 1],
            # Of two rows of one number the page takes the first: the one where people live.
            "other": ~addresses["residential"].to_numpy() if "residential" in addresses else False,
        }
    )
    table["side"] = table["number"] % 2
    table = table.sort_values(["street", "side", "number", "suffix", "other"], kind="stable")
    suffixes = sorted(set(table["suffix"]))
    count = table.groupby("street", sort=True).size()
    return {
        "streets": list(count.index),
        "suffixes": suffixes,
        "surnames": _surnames(addresses, list(count.index)),
        "count": count.to_numpy(),
        "suffix": np.searchsorted(suffixes, table["suffix"].to_numpy(dtype=str)),
        **{name: table[name].to_numpy() for name in ("number", "x", "y")},
    }


def addresses_near(
    addresses: gpd.GeoDataFrame, area: shapely.Geometry, *, beyond_m: float = BEYOND_M
) -> gpd.GeoDataFrame:
    """Return the addresses of an area and those a little beyond it.

    Parameters
    ----------
    addresses : geopandas.GeoDataFrame
        Points.
    area
        In the CRS of the addresses.
    beyond_m
        How far beyond.
    """
    rows = addresses.sindex.query(area, predicate="dwithin", distance=beyond_m)
    return addresses.iloc[np.sort(rows)]


def streets_elsewhere(
    addresses: gpd.GeoDataFrame, zone: NDArray[np.int64], near: gpd.GeoDataFrame
) -> dict[str, Any]:
    """Tell in which zones the addresses are that a page has not.

    Parameters
    ----------
    addresses : geopandas.GeoDataFrame
        All addresses of the city.
    zone
        The number of the zone of each.
    near : geopandas.GeoDataFrame
        Those of them that the page has.

    Returns
    -------
    dict
        ``streets`` that have other addresses, in alphabetical order; ``surnames`` as in
        :func:`address_book`; ``zone``, the one most of the other addresses of each lie in.
    """
    away = ~addresses.index.isin(near.index)
    street = pd.factorize(addresses["street"].to_numpy(dtype=object)[away], sort=True)
    pairs, count = np.unique(np.stack([street[0], zone[away]]), axis=1, return_counts=True)
    most = np.lexsort([-count, pairs[0]])
    first = most[np.unique(pairs[0][most], return_index=True)[1]]
    names = [str(name) for name in street[1]]
    return {
        "streets": names,
        "surnames": _surnames(addresses, names),
        "zone": pairs[1][first],
    }


def street_grammar() -> dict[str, Any]:
    """Return what the page needs to read the name of a street as the library reads it.

    Returns
    -------
    dict
        The words and costs of :mod:`quartieri15.model.street_names`, as plain values.

    Examples
    --------
    >>> street_grammar()["kinds"]["pza"], street_grammar()["numbers"]["ventuno"]
    ('piazza', 21)
    """
    costs = {
        name.removeprefix("COST_").lower(): value
        for name, value in vars(street_names).items()
        if name.startswith("COST_")
    }
    return {
        "kinds": dict(street_names.KIND_OF),
        "squares": sorted(street_names.SQUARES),
        "roads": sorted(street_names.ROADS),
        "small": sorted(street_names.SMALL_WORDS),
        "saints": sorted(street_names.SAINTS),
        "titles": sorted(street_names.TITLES),
        "spellings": dict(street_names.SPELLINGS),
        "numbers": dict(street_names.NUMBERS),
        "costs": costs,
        "accepted": street_names.ACCEPTED,
        "close": street_names.TOO_CLOSE,
    }


def _surnames(addresses: gpd.GeoDataFrame, names: list[str]) -> NDArray[np.int64]:
    """Return how many of the last words of each name are the name itself, 0 for all."""
    spelled: dict[str, object] = {}
    if "register_street" in addresses:
        first = addresses[["street", "register_street"]].astype(object).drop_duplicates("street")
        spelled = dict(zip(first["street"], first["register_street"], strict=True))
    counts = []
    for name in names:
        register = spelled.get(name)
        read = read_name(name, register=register if isinstance(register, str) else None)
        counts.append(len(read.surname) if len(read.surname) < len(set(read.words)) else 0)
    return np.array(counts, dtype=np.int64)
