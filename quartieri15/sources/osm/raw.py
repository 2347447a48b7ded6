"""The highways of an OpenStreetMap file as flat arrays; nothing is judged here."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quartieri15.arguments import require_path
from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources.osm.tag_rules import NODE_KEYS, WAY_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_PER_DEGREE = 1e7
"""OpenStreetMap stores coordinates as whole numbers of this part of a degree."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RawStreets:
    """The ways with ``highway`` of one file.

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
        For each vertex of each way, its place in ``node_ids``, -1 where the file does not
        have the node.
    node_ids
        int64, ascending, without repetition: the nodes the file has of those asked for.
    lon, lat
        Degrees (WGS84), one per node.
    node_tags
        Tags of the nodes that carry any that matter, by place in ``node_ids``.
    keys_seen
        Every tag that matters and stands on at least one way.
    conditional_ways
        How many ways carry a tag with a condition (``access:conditional``); it is not read.
    """

    way_ids: NDArray[np.int64]
    names: list[str | None]
    combinations: list[dict[str, str]]
    combination_of_way: NDArray[np.int64]
    first_vertex: NDArray[np.int64]
    vertices: NDArray[np.int64]
    node_ids: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    node_tags: dict[int, dict[str, str]]
    keys_seen: frozenset[str]
    conditional_ways: int


def read_raw(path: str | Path) -> RawStreets:
    """Read the ways with ``highway``, and the nodes they go through.

    The file is read twice, ways first, so that of a large extract only the nodes on streets
    are ever held. Of the tags only those that a rule reads are looked at.

    Parameters
    ----------
    path
        An ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file.

    Returns
    -------
    RawStreets

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If the file is cut off, no OpenStreetMap file, or has no way with ``highway``.
    """
    path = require_path(path, where="path")
    if not path.is_file():
        raise MissingFileError(
            "there is no such file", where=str(path), mend="check the path or download the file"
        )
    import osmium

    way_ids, references, first_vertex = array("q"), array("q"), array("q", [0])
    names: list[str | None] = []
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    combination_of_way = array("q")
    keys_seen: set[str] = set()
    conditional = 0
    ways = osmium.FileProcessor(path, osmium.osm.WAY).with_filter(
        osmium.filter.KeyFilter("highway")
    )
    for way in _read(ways, path):
        way_ids.append(way.id)
        references.extend([node.ref for node in way.nodes])
        first_vertex.append(len(references))
        tags = {tag.k: tag.v for tag in way.tags}
        names.append(tags.get("name"))
        keys_seen.update(tags)
        conditional += any(key.endswith(":conditional") for key in tags)
        telling = tuple(sorted(item for item in tags.items() if item[0] in WAY_KEYS))
        combination_of_way.append(numbers.setdefault(telling, len(numbers)))
    if not way_ids:
        raise InputError(
            "the file has no way with a highway tag",
            where=str(path),
            mend="take an extract that has the streets; this one may be cut or filtered",
        )
    wanted = np.asarray(references, dtype=np.int64)
    node_ids, lon, lat, node_tags = _read_nodes(path, np.unique(wanted))
    return RawStreets(
        way_ids=np.asarray(way_ids, dtype=np.int64),
        names=names,
        combinations=[dict(items) for items in numbers],
        combination_of_way=np.asarray(combination_of_way, dtype=np.int64),
        first_vertex=np.asarray(first_vertex, dtype=np.int64),
        vertices=_places(wanted, node_ids),
        node_ids=node_ids,
        lon=lon,
        lat=lat,
        node_tags=node_tags,
        keys_seen=frozenset(keys_seen & WAY_KEYS),
        conditional_ways=conditional,
    )


def _read_nodes(
    path: Path, wanted: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], dict[int, dict[str, str]]]:
    import osmium

    ids, xs, ys = array("q"), array("q"), array("q")
    tags_of: dict[int, dict[str, str]] = {}
    nodes = osmium.FileProcessor(path, osmium.osm.NODE).with_filter(
        osmium.filter.IdFilter(wanted.tolist())
    )
    for node in _read(nodes, path):
        location = node.location
        if not location.valid():
            continue
        ids.append(node.id)
        xs.append(location.x)
        ys.append(location.y)
        if len(node.tags):
            tags = {tag.k: tag.v for tag in node.tags if tag.k in NODE_KEYS}
            if "barrier" in tags or "kerb" in tags:
                tags_of[node.id] = tags
    # A file may hold several versions of a node; the last one stands.
    backwards = np.asarray(ids, dtype=np.int64)[::-1]
    node_ids, last = np.unique(backwards, return_index=True)
    lon, lat = (
        (np.asarray(whole, dtype=np.float64) / _PER_DEGREE)[::-1][last] for whole in (xs, ys)
    )
    tagged = np.searchsorted(node_ids, np.array(sorted(tags_of), dtype=np.int64))
    node_tags = {int(place): tags_of[int(node_ids[place])] for place in tagged}
    return node_ids, lon, lat, node_tags


def _places(wanted: NDArray[np.int64], node_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each wanted id stands in the ascending ids, -1 where it does not."""
    if not len(node_ids):
        return np.full(len(wanted), -1, dtype=np.int64)
    places = np.minimum(np.searchsorted(node_ids, wanted), len(node_ids) - 1)
    return np.where(node_ids[places] == wanted, places, -1)


def _read(processor: Any, path: Path) -> Iterator[Any]:
    try:
        yield from processor
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"the file cannot be read as OpenStreetMap data ({error})",
            where=str(path),
            mend="download it again, and compare its size with the publisher's: it may be cut off "
            "or of another format",
        ) from error
