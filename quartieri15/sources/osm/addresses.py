"""Addresses of an OpenStreetMap file: the civic numbers that its people have mapped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from quartieri15.crs import GEOGRAPHIC
from quartieri15.sources.osm.areas import name_of, refuse_history, shape_of
from quartieri15.sources.osm.files import OsmFile

if TYPE_CHECKING:
    from pathlib import Path

NUMBER: Final = "addr:housenumber"
STREETS: Final = ("addr:street", "addr:place")
"""What a number is of: a street, or a place that has numbers of its own."""
_BETWEEN: Final = re.compile(r"\s*[;,]\s*")


def read_addresses(path: str | Path) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Read the civic numbers of nodes and areas: doors, shops, buildings.

    Parameters
    ----------
    path
        An ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file, without the history.

    Returns
    -------
    addresses : geopandas.GeoDataFrame
        ``id`` (``osm-node-``, ``osm-way-`` or ``osm-relation-`` and its number; where one has
        several civic numbers, with the number behind), ``street``, ``number``, ``geometry`` (a
        point in degrees, inside the area), in the order of the ids. What is mapped twice, as a
        door and as the shop behind it, is there twice.
    report : dict
        ``addresses``; ``without_street``, ``without_a_place``: numbers that name no street, and
        those of nodes that are nowhere on earth, which are left out.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the file is none of OpenStreetMap, or holds changes or the history.

    Examples
    --------
    >>> table, told = read_addresses("data/centro-2019/project/centro-2019.osm.gz")
    >>> table.loc[table["street"] == "Via Bergamini", "number"].iloc[0], len(table) > 100
    ('10', True)
    """
    import osmium

    file = OsmFile(path)
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    without_street = without_a_place = 0
    keyed = osmium.filter.KeyFilter(NUMBER)
    with file.reading():
        refuse_history(file)
        things: Any = osmium.FileProcessor(file.path).with_areas(keyed).with_filter(keyed)
        for thing in things:
            of, number = name_of(thing)
            if thing.deleted or thing.version <= file.erased[of].get(number, -1):
                continue
            shape = shape_of(thing)
            numbers = list(filter(None, _BETWEEN.split(thing.tags.get(NUMBER, "").strip())))
            if shape is None or not numbers:
                without_a_place += len(numbers) if thing.is_node() else 0
                continue
            street = next(filter(None, (thing.tags.get(key, "").strip() for key in STREETS)), "")
            if not street:
                without_street += len(numbers)
                continue
            for one in dict.fromkeys(numbers):
                own = f"osm-{of}-{number}" + (f"-{one}" if len(numbers) > 1 else "")
                rows.append({"id": own, "street": street, "number": one})
                shapes.append(shape)
    table = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=["id", "street", "number"], dtype=object),
        geometry=shapes,
        crs=GEOGRAPHIC,
    )
    table = table.set_geometry(table.geometry.representative_point())
    table = table.sort_values("id", kind="stable", ignore_index=True)
    return table, {
        "addresses": len(table),
        "without_street": without_street,
        "without_a_place": without_a_place,
    }
