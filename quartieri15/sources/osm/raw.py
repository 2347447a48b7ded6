"""The ways of an OpenStreetMap file as flat arrays; nothing is judged here."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.crs import crs_named, metric_crs
from quartieri15.errors import InputError
from quartieri15.sources.osm.files import OsmFile, Records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

_PER_DEGREE = 1e7
"""OpenStreetMap stores coordinates as whole numbers of this part of a degree."""
_EAST_WEST, _NORTH_SOUTH = 180 * 10**7, 90 * 10**7

Tags = Mapping[str, str]

OUTER: Final = frozenset({"outer", ""})
"""Roles of the ways around an area (Relation:multipolygon); none was written in older times."""
CONDITIONAL: Final = ":conditional"
MISSING: Final = -1
NOWHERE: Final = -2


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for of a file.

    Parameters
    ----------
    keys
        A way or an area without any of these tags is not looked at.
    read_as
        Its tags as they are to be read; None for one that is not asked for.
    way_keys
        The tags of it that are kept.
    node_keys
        The tags that are kept of a node with any of ``node_kinds``.
    node_kinds
        The tags that make a node worth keeping.
    outlines
        Whether to read the outer ways of areas drawn as relations as if they had the area's
        tags, where they have none that are asked for.
    """

    keys: tuple[str, ...]
    read_as: Callable[[Tags], Tags | None]
    way_keys: frozenset[str]
    node_keys: tuple[str, ...] = ()
    node_kinds: tuple[str, ...] = ()
    outlines: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class RawWays:
    """The ways of one file that were asked for, as they stand.

    Parameters
    ----------
    way_ids
        int64, one per way.
    names
        ``name`` of each way, None where untagged.
    combinations
        The distinct sets of tags that matter; most ways share theirs with many others.
    combination_of_way
        For each way, its place in ``combinations``.
    first_vertex
        Where each way begins in ``vertices``; one value more than there are ways.
    vertices
        For each vertex of each way, its place in ``node_ids``, :data:`MISSING` where the file
        does not have the node, :data:`NOWHERE` where it has no place for it.
    node_ids
        int64, ascending, without repetition: the nodes the file has of those asked for.
    lon, lat
        Degrees (WGS84), one per node.
    node_tags
        Tags of the nodes that carry any that matter, by place in ``node_ids``.
    areas
        The areas drawn as relations (``type=multipolygon``) that were asked for.
    other_relations
        How many relations of another type carry tags that were asked for; they are not read.
    conditional_ways, conditional_barriers
        How many ways, and how many barriers on them, carry a tag with a condition
        (``access:conditional``); it is not read.
    nodes_without_a_place
        How many of the nodes have no coordinates, such as are nowhere on earth, or 0, 0.
    versions
        For ``ways``, ``nodes`` and ``relations``: how many versions are ``superseded`` and how
        many objects ``deleted``, of those asked for.
    """

    way_ids: NDArray[np.int64]
    names: list[str | None]
    combinations: list[Tags]
    combination_of_way: NDArray[np.int64]
    first_vertex: NDArray[np.int64]
    vertices: NDArray[np.int64]
    node_ids: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    node_tags: dict[int, Tags]
    areas: list[Area]
    other_relations: int
    conditional_ways: int
    conditional_barriers: int
    nodes_without_a_place: int
    versions: dict[str, dict[str, int]]

    @property
    def keys_seen(self) -> frozenset[str]:
        """Every tag that matters and stands on at least one way."""
        return frozenset[str]().union(*self.combinations)


@dataclass(frozen=True, kw_only=True)
class Area:
    """An area drawn as a relation (Relation:multipolygon).

    Parameters
    ----------
    tags
        As they are to be read, with ``area=yes``.
    outer, inner
        The ids of the ways around it and around the holes in it.
    """

    tags: Tags
    outer: tuple[int, ...]
    inner: tuple[int, ...]


def read_raw(path: str | Path, asked: Asked) -> RawWays:
    """Read the ways of a file that are asked for, and the nodes they go through.

    The file is read once for relations, once for ways and once for nodes, so that objects may
    stand in any order, and that of a large extract only the nodes on those ways are ever held.
    Which of several versions stands is told by :mod:`quartieri15.sources.osm.files`.

    Parameters
    ----------
    path
        An ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file, or one with the history.
    asked
        What is asked for.

    Returns
    -------
    RawWays

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the file is empty, cut off, no OpenStreetMap file, or a file of changes.
    """
    file = OsmFile(path)
    areas, other_relations, relation_versions = _read_areas(file, asked)
    outlines = {way: area.tags for area in reversed(areas) for way in area.outer}
    ways, way_versions = _read_ways(file, asked, outlines if asked.outlines else {})
    wanted = np.asarray(ways.references, dtype=np.int64)
    nodes, node_versions = _read_nodes(file, asked, np.unique(wanted))
    vertices = _places(wanted, nodes.ids)
    vertices[np.isin(wanted, nodes.nowhere)] = NOWHERE
    return RawWays(
        way_ids=np.asarray(ways.ids, dtype=np.int64),
        names=ways.names,
        combinations=[dict(items) for items in ways.combinations],
        combination_of_way=np.asarray(ways.combination, dtype=np.int64),
        first_vertex=np.asarray(ways.first_vertex, dtype=np.int64),
        vertices=vertices,
        node_ids=nodes.ids,
        lon=nodes.lon,
        lat=nodes.lat,
        node_tags=nodes.tags,
        areas=areas,
        other_relations=other_relations,
        conditional_ways=sum(ways.conditional),
        conditional_barriers=nodes.conditional,
        nodes_without_a_place=len(nodes.nowhere),
        versions={"ways": way_versions, "nodes": node_versions, "relations": relation_versions},
    )


def to_metric(
    table: gpd.GeoDataFrame | gpd.GeoSeries, crs: object, *, where: str
) -> gpd.GeoDataFrame | gpd.GeoSeries:
    """Bring a table from degrees into a metric CRS, by default the UTM zone of its middle.

    Raises
    ------
    InputError
        If something lies where the CRS has no coordinates.
    """
    import shapely

    table = table.to_crs(
        metric_crs(table, where=where) if crs is None else crs_named(crs, where="crs")
    )
    wrong = ~np.isfinite(shapely.get_coordinates(table.geometry.array)).all(axis=1)
    if wrong.any():
        raise InputError(
            f"{wrong.sum()} points have no coordinates in {table.crs.to_string()}",
            where=where,
            mend="give the metric CRS of the place with crs=, or look for coordinates that lie "
            "elsewhere on earth",
        )
    return table


@dataclass(kw_only=True, eq=False)
class _Ways:
    """Ways as they were met; ``combinations`` are numbered."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    names: list[str | None] = field(default_factory=list)
    combinations: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)
    combination: array[int] = field(default_factory=lambda: array("q"))
    conditional: array[int] = field(default_factory=lambda: array("b"))
    references: array[int] = field(default_factory=lambda: array("q"))
    first_vertex: array[int] = field(default_factory=lambda: array("q", [0]))

    def add(self, way: int, references: list[int], tags: Tags, kept: frozenset[str]) -> None:
        self.ids.append(way)
        self.references.extend(references)
        self.first_vertex.append(len(self.references))
        self.names.append(tags.get("name"))
        self.conditional.append(any(key.endswith(CONDITIONAL) for key in tags))
        telling = tuple(sorted(item for item in tags.items() if item[0] in kept))
        self.combination.append(self.combinations.setdefault(telling, len(self.combinations)))

    def take(self, which: NDArray[np.int64]) -> _Ways:
        """Return some of the ways, with the tags that they have."""
        taken = _Ways()
        combinations = list(self.combinations)
        for i in which.tolist():
            taken.ids.append(self.ids[i])
            taken.references.extend(
                self.references[self.first_vertex[i] : self.first_vertex[i + 1]]
            )
            taken.first_vertex.append(len(taken.references))
            taken.names.append(self.names[i])
            taken.conditional.append(self.conditional[i])
            items = combinations[self.combination[i]]
            taken.combination.append(taken.combinations.setdefault(items, len(taken.combinations)))
        return taken


def _read_ways(
    file: OsmFile, asked: Asked, outlines: Mapping[int, Tags]
) -> tuple[_Ways, dict[str, int]]:
    found, records, place = _Ways(), Records(), array("q")
    with file.reading():
        for way in file.ways():
            records.note(way)
            tags = _tags_read(way, asked)
            if tags is None:
                tags = outlines.get(way.id)
            if tags is None:
                place.append(-1)
                continue
            place.append(len(found.ids))
            found.add(way.id, [node.ref for node in way.nodes], tags, asked.way_keys)
        standing = records.standing(erased=file.erased["way"], again=file.ways)
    places = np.asarray(place, dtype=np.int64)
    alive = places[standing.alive]
    alive = alive[alive >= 0]
    if len(alive) < len(found.ids):
        found = found.take(alive)
    return found, standing.counts(places >= 0)


def _read_areas(file: OsmFile, asked: Asked) -> tuple[list[Area], int, dict[str, int]]:
    """Read the areas drawn as relations, ascending by id, and count other relations."""
    found: dict[int, Area | None] = {}
    records = Records()
    with file.reading():
        for relation in file.relations():
            tags = _tags_read(relation, asked)
            if tags is not None:
                found[len(records.ids)] = _area(relation, tags)
            records.note(relation)
        standing = records.standing(erased=file.erased["relation"], again=file.relations)
    order = standing.alive[np.argsort(standing.ids[standing.alive], kind="stable")]
    read = [found[i] for i in order.tolist() if i in found]
    areas = [area for area in read if area is not None]
    asked_for = np.isin(np.arange(len(records.ids)), list(found))
    return areas, len(read) - len(areas), standing.counts(asked_for)


def _area(relation: Any, tags: Tags) -> Area | None:
    if relation.tags.get("type") != "multipolygon":
        return None
    ways = [(member.ref, member.role) for member in relation.members if member.type == "w"]
    return Area(
        tags={**tags, "area": "yes"},
        outer=tuple(way for way, role in ways if role in OUTER),
        inner=tuple(way for way, role in ways if role == "inner"),
    )


def _tags_read(thing: Any, asked: Asked) -> Tags | None:
    """Return the tags of a way or a relation as they are to be read, None if not asked for."""
    tags = thing.tags
    for key in asked.keys:
        if key in tags:
            return asked.read_as({tag.k: tag.v for tag in tags})
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Nodes:
    ids: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    tags: dict[int, Tags]
    conditional: int
    nowhere: NDArray[np.int64]


def _read_nodes(
    file: OsmFile, asked: Asked, wanted: NDArray[np.int64]
) -> tuple[_Nodes, dict[str, int]]:
    records, xs, ys = Records(), array("q"), array("q")
    tags_of: dict[int, dict[str, str]] = {}

    def again() -> Iterator[Any]:
        return file.nodes(wanted)

    with file.reading():
        for node in again():
            location = node.location
            xs.append(location.x)
            ys.append(location.y)
            if asked.node_kinds and len(node.tags):
                tags = {tag.k: tag.v for tag in node.tags}
                if any(kind in tags for kind in asked.node_kinds):
                    tags_of[len(records.ids)] = tags
            records.note(node)
        standing = records.standing(erased=file.erased["node"], again=again)
    order = standing.alive[np.argsort(standing.ids[standing.alive], kind="stable")]
    x, y = (np.asarray(whole, dtype=np.int64)[order] for whole in (xs, ys))
    # Exactly 0, 0, far out at sea, is what programs write that do not know the place.
    somewhere = (abs(x) <= _EAST_WEST) & (abs(y) <= _NORTH_SOUTH) & ((x != 0) | (y != 0))
    placed = order[somewhere]
    tagged = [(i, tags_of[row]) for i, row in enumerate(placed.tolist()) if row in tags_of]
    return _Nodes(
        ids=standing.ids[placed],
        lon=x[somewhere] / _PER_DEGREE,
        lat=y[somewhere] / _PER_DEGREE,
        tags={i: {key: tags[key] for key in asked.node_keys if key in tags} for i, tags in tagged},
        conditional=sum(
            "barrier" in tags and any(key.endswith(CONDITIONAL) for key in tags)
            for _, tags in tagged
        ),
        nowhere=standing.ids[order[~somewhere]],
    ), standing.counts(np.ones(len(records.ids), dtype=bool))


def _places(wanted: NDArray[np.int64], node_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each wanted id stands in the ascending ids, MISSING where it does not."""
    if not len(node_ids):
        return np.full(len(wanted), MISSING, dtype=np.int64)
    places = np.minimum(np.searchsorted(node_ids, wanted), len(node_ids) - 1)
    return np.where(node_ids[places] == wanted, places, MISSING)
