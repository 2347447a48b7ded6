"""Areas of an OpenStreetMap file, such as buildings and land use, with some of their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError
from quartieri15.sources.osm.files import OsmFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AREAS: Final = ("multipolygon", "boundary")
"""Types of relations that draw an area."""


def read_areas(
    path: str | Path, key: str, *, also: Sequence[str] = ()
) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Read the areas that have a tag: closed ways, and relations of ways.

    Parameters
    ----------
    path
        An ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file, without the history.
    key
        The tag, such as ``"building"``; one whose value is ``no`` has none.
    also
        Other tags that are read of the areas.

    Returns
    -------
    areas : geopandas.GeoDataFrame
        ``id`` (``osm-way-`` or ``osm-relation-`` and its number), the tags as text, empty where
        there is none, ``geometry`` in degrees; in the order of the ids.
    report : dict
        ``areas``; ``not_drawn``: those whose ways or nodes the file lacks, or that cross
        themselves.

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the file is none of OpenStreetMap, or holds changes or the history.

    Examples
    --------
    >>> areas, report = read_areas("tests/data/osm/shapes.osm", "building")
    >>> report["areas"] == len(areas)
    True
    """
    import osmium

    file = OsmFile(path)
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    tagged: set[tuple[str, int]] = set()
    keyed = osmium.filter.KeyFilter(key)
    with file.reading():
        refuse_history(file)
        things: Any = osmium.FileProcessor(file.path).with_areas(keyed).with_filter(keyed)
        for thing in things:
            of, number = name_of(thing)
            erased = thing.version <= file.erased[of].get(number, -1)
            if thing.is_node() or thing.deleted or erased or thing.tags.get(key) == "no":
                continue
            if thing.is_area():
                shape = shape_of(thing)
                if shape is not None:
                    told = {name: thing.tags.get(name, "") for name in (key, *also)}
                    rows.append({"id": f"osm-{of}-{number}", **told})
                    shapes.append(shape)
            elif thing.is_way() or thing.tags.get("type") in AREAS:
                # Told once more as an area, further on in the file.
                tagged.add((of, number))
    table = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=["id", key, *also], dtype=object),
        geometry=shapes,
        crs=GEOGRAPHIC,
    )
    table = table.sort_values("id", kind="stable", ignore_index=True)
    return table, {"areas": len(table), "not_drawn": len(tagged) - len(table)}


def refuse_history(file: OsmFile) -> None:
    """Refuse a file that holds every version of the map there ever was."""
    import osmium

    with osmium.io.Reader(file.path, osmium.osm.NOTHING) as reader:
        history = reader.header().has_multiple_object_versions
    if history or osmium.io.File(file.path).has_multiple_object_versions:
        raise InputError(
            "the file holds the history of the map",
            where=file.path.name,
            mend="take one moment of it (osmium time-filter), and read that",
        )


def shape_of(thing: Any) -> Any:
    """Return the point of a node or the outline of an area; None of all else, or of no place."""
    import osmium

    if thing.is_node() and thing.location.valid():
        return shapely.Point(thing.location.lon, thing.location.lat)
    # An area that crosses itself has no ring.
    if thing.is_area() and thing.num_rings()[0]:
        return shapely.from_wkb(osmium.geom.WKBFactory().create_multipolygon(thing))
    return None


def name_of(thing: Any) -> tuple[str, int]:
    """Return what an object is called in OpenStreetMap: an area is a way or a relation."""
    if thing.is_area():
        return ("way" if thing.from_way() else "relation"), thing.orig_id()
    return ("node" if thing.is_node() else "way" if thing.is_way() else "relation"), thing.id
