"""Facilities of an OpenStreetMap file, by their tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import require_text, several, shown
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError, ParameterError
from quartieri15.model.city import require_city
from quartieri15.model.hours import is_missing, require_hours
from quartieri15.sources.facilities import facilities_table
from quartieri15.sources.osm.areas import AREAS, name_of, refuse_history, shape_of
from quartieri15.sources.osm.files import OsmFile
from quartieri15.sources.points_in_city import require_outside

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.sources.points_in_city import Outside

ALL: Final = "*"
"""Stands for every value of a tag."""

Wanted = Mapping[str, tuple[str, ...]]


def facilities_from_osm(
    path: str | Path,
    *,
    city: City,
    tags: Mapping[str, str | Iterable[str]],
    network: str | None = None,
    outside: Outside = "leave_out",
) -> gpd.GeoDataFrame:
    """Read the facilities of an OpenStreetMap file that have some tags.

    A node is a point; an area, drawn as a closed way or as a relation (``type=multipolygon``),
    has a point inside it. A facility mapped twice, as an area and as a node in it with the same
    name or with none, is one: the area. What it misses is what nobody mapped: a list of its
    publisher is more complete than OpenStreetMap wherever there is one.

    Parameters
    ----------
    path
        An ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file, without the history.
    city
        The city that the facilities are for.
    tags
        Values by key: ``{"amenity": ["pharmacy", "doctors"], "healthcare": "*"}``, where ``"*"``
        stands for all. Of several that a facility has the first asked for counts.
    network
        What they belong to, such as ``"health"``; the kind, when left out.
    outside
        What lies outside the streets of the city: ``"leave_out"`` and count, or ``"refuse"``
        the file.

    Returns
    -------
    geopandas.GeoDataFrame
        As :func:`~quartieri15.sources.facilities.read_facilities` returns it. ``id`` is
        ``osm-node-``, ``osm-way-`` or ``osm-relation-`` with the number that OpenStreetMap gives
        it, ``kind`` the value of the tag, ``opening_hours`` those that are mapped.
        ``attrs["facilities"]`` also tells how many are ``mapped_twice``, ``open_ways`` (no area,
        left out), ``broken_areas`` (that cannot be drawn, left out), ``other_relations`` (left
        out), ``hours_not_read`` (not in the syntax, so that they are unknown) and, where there are
        any, ``nodes_without_a_place`` (nowhere on earth, left out).

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the file is none of OpenStreetMap, holds changes or the history, or nothing in it has
        the tags.
    ParameterError
        If the tags, or another parameter, are not what they must be.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> tags = {"amenity": ["pharmacy", "library"]}
    >>> facilities_from_osm("tests/data/osm/crossing.osm", city=milano, tags=tags)
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: crossing.osm: nothing has amenity=pharmacy or amenity=library. \
Mend: ask for other tags, or take an extract that is not reduced to streets.
    """
    require_city(city)
    wanted = _wanted(tags)
    if network is not None:
        require_text(network, where="network")
    require_outside(outside)
    file = OsmFile(path)
    table, told = _read(file, wanted)
    name = file.path.name
    if table.empty:
        said = " or ".join(f"{key}={value}" for key, values in wanted.items() for value in values)
        raise InputError(
            f"nothing has {said}",
            where=name,
            mend="ask for other tags, or take an extract that is not reduced to streets",
        )
    twice = _mapped_twice(table)
    table = table[~twice]
    unread = ~table["opening_hours"].map(_is_read)
    told["hours_not_read"] = int(unread.sum())
    table = table.assign(opening_hours=table["opening_hours"].mask(unread, None))
    table.attrs = {"file": name}
    places = facilities_table(
        table,
        city=city,
        kind="facility",
        network=network,
        id_column="id",
        name_column="name",
        kind_column="kind",
        outside=outside,
    )
    places.attrs["facilities"] |= {"mapped_twice": int(twice.sum()), **told}
    return places


def _wanted(tags: object) -> Wanted:
    """Return the values asked for by key, in the order in which they were asked for."""
    mend = "give values by key, such as {'amenity': ['pharmacy', 'doctors']}"
    if not isinstance(tags, Mapping) or not tags:
        raise ParameterError(f"tags is {shown(tags)}", where="tags", mend=mend)
    wanted = {}
    for key, values in tags.items():
        words = several(values)
        for word in (key, *words):
            require_text(word, where="tags")
        if not words:
            raise ParameterError(f"no value of {key} is asked for", where="tags", mend=mend)
        wanted[key] = tuple(dict.fromkeys(words))
    return wanted


def _kind(tags: Any, wanted: Wanted) -> str | None:
    for key, values in wanted.items():
        value: str | None = tags.get(key)
        if value is not None and (value in values or ALL in values):
            return value
    return None


def _read(file: OsmFile, wanted: Wanted) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Read what has the tags, nodes first, and count what is neither point nor area."""
    import osmium

    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    closed: set[tuple[str, int]] = set()
    drawn: set[tuple[str, int]] = set()
    told = {"open_ways": 0, "broken_areas": 0, "other_relations": 0}
    keyed = osmium.filter.KeyFilter(*wanted)
    with file.reading():
        refuse_history(file)
        things: Any = osmium.FileProcessor(file.path).with_areas(keyed).with_filter(keyed)
        for thing in things:
            kind, of, number = _kind(thing.tags, wanted), *name_of(thing)
            erased = thing.version <= file.erased[of].get(number, -1)
            if kind is None or thing.deleted or erased:
                continue
            shape = shape_of(thing)
            if shape is not None:
                name, hours = thing.tags.get("name", ""), thing.tags.get("opening_hours")
                where = f"osm-{of}-{number}"
                rows.append({"id": where, "name": name, "kind": kind, "opening_hours": hours})
                shapes.append(shape)
                drawn.add((of, number))
            elif thing.is_node():
                told["nodes_without_a_place"] = told.get("nodes_without_a_place", 0) + 1
            elif thing.is_way() and not thing.is_closed():
                told["open_ways"] += 1
            elif thing.is_relation() and thing.tags.get("type") not in AREAS:
                told["other_relations"] += 1
            elif thing.is_way() or thing.is_relation():
                # Told once more as an area, further on in the file.
                closed.add((of, number))
    told["broken_areas"] = len(closed - drawn)
    table = pd.DataFrame(rows, columns=["id", "name", "kind", "opening_hours"])
    return gpd.GeoDataFrame(table, geometry=shapes, crs=GEOGRAPHIC), told


def _is_read(hours: str | None) -> bool:
    """Tell whether hours, which many hands have mapped, are missing or in the syntax."""
    if is_missing(hours):
        return True
    try:
        require_hours(hours, where="opening_hours")
    except InputError:
        return False
    return True


def _mapped_twice(table: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell which rows are a facility once more: in its area, or on the spot under its name."""
    shapes = table.geometry.to_numpy()
    xy = shapely.get_coordinates(table.geometry.representative_point().to_numpy())
    kind, name = (table[column].to_numpy(dtype=object) for column in ("kind", "name"))
    spots = pd.DataFrame({"kind": kind, "name": name, "x": xy[:, 0], "y": xy[:, 1]})
    twice: NDArray[np.bool_] = spots.duplicated().to_numpy() & (name != "")
    nodes = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    areas = np.flatnonzero(shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
    node, area = shapely.STRtree(shapes[areas]).query(shapes[nodes], predicate="intersects")
    node, area = nodes[node], areas[area]
    same = (kind[node] == kind[area]) & (
        (name[node] == name[area]) | (name[node] == "") | (name[area] == "")
    )
    twice[node[same]] = True
    return twice
