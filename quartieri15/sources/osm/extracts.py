"""Streets of OpenStreetMap as they are now: asked of Overpass, or cut out of a larger extract.

Both end as one small PBF file of the ways with a ``highway`` tag that touch a box, whole, and
their nodes. Who drew them, and in which session, is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.errors import DownloadError, InputError, OutputError
from quartieri15.sources.osm.files import OsmFile
from quartieri15.sources.transfers import MEGABYTE
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from numpy.typing import NDArray

    from quartieri15.sources.cache import Kept
    from quartieri15.sources.downloading import Downloader
    from quartieri15.sources.tabular import Extent

OVERPASS: Final = "https://overpass-api.de/api/interpreter"
"""The public instance; its rules: https://dev.overpass-api.de/overpass-doc/en/preface/commons.html."""
MOST_OF_OVERPASS: Final = 1000 * MEGABYTE
MOST_OF_AN_EXTRACT: Final = 3000 * MEGABYTE
TIMEOUT_S: Final = 300
"""How long Overpass may work on the query before it gives up."""
RIM_DEGREES: Final = 0.01
"""How far from each side of the box the nearest street may be: about a kilometre."""

_HEAD_BYTES = 4096
_TAIL_BYTES = 4096
_BASE = re.compile(rb'osm_base="(\d{4}-\d\d-\d\d)')
_REMARK = re.compile(rb"<remark>\s*(runtime error.*?)\s*</remark>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Extract:
    """What was cut out.

    Parameters
    ----------
    ways, nodes
        How many.
    date
        What the map was like on this day (ISO 8601): as the file states it, else that of the
        newest way; empty where neither is known.
    """

    ways: int
    nodes: int
    date: str


def overpass_query(extent: Extent) -> str:
    """Return what is asked of Overpass: all ways with a ``highway`` tag in a box, nodes first.

    Parameters
    ----------
    extent
        West, south, east, north in degrees.

    Examples
    --------
    >>> print(overpass_query((9.1, 45.4, 9.2, 45.5)))
    [out:xml][timeout:300][maxsize:1073741824][bbox:45.4,9.1,45.5,9.2];way[highway];(node(w);._;);\
out body;
    """
    west, south, east, north = extent
    return (
        f"[out:xml][timeout:{TIMEOUT_S}][maxsize:{1 << 30}][bbox:{south},{west},{north},{east}];"
        "way[highway];(node(w);._;);out body;"
    )


def fetch_overpass(downloader: Downloader, extent: Extent, *, overpass: str = OVERPASS) -> Kept:
    """Ask Overpass for the streets in a box.

    Parameters
    ----------
    downloader
        Fetches the answer.
    extent
        West, south, east, north in degrees.
    overpass
        The address of the interpreter.

    Raises
    ------
    DownloadError
        If it does not answer, or ran out of time or memory half-way, which it says at the end of
        an answer that looks whole.
    """
    # Overpass sets no length before it answers, so that only its last line tells the whole.
    kept = downloader.fetch(
        overpass, kind="osm", most_bytes=MOST_OF_OVERPASS, asked=overpass_query(extent)
    )
    with kept.path.open("rb") as file:
        file.seek(max(0, kept.size_bytes - _TAIL_BYTES))
        tail = file.read()
    remark = _REMARK.search(tail)
    if remark or not tail.rstrip().endswith(b"</osm>"):
        said = remark[1].decode(errors="replace") if remark else "it is cut off"
        downloader.cache.forget(kept)
        raise DownloadError(
            f"the answer is not whole: {said}",
            where=overpass,
            mend="run again later, or give an extract with --streets FILE.osm.pbf",
        )
    return kept


def cut_out(source: str | Path, target: str | Path, *, extent: Extent) -> Extract:
    """Write the streets of an OpenStreetMap file that touch a box to a PBF file.

    Parameters
    ----------
    source
        Any OpenStreetMap file, nodes before ways.
    target
        The file to write; its name ends in ``.osm.pbf``.
    extent
        West, south, east, north in degrees.

    Returns
    -------
    Extract

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is no OpenStreetMap file, or its streets do not reach to all sides of the box.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> cut_out("tests/data/osm/crossing.osm", "/dev/null", extent=(0, 0, 1, 1))
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: crossing.osm: no street of it touches 0-1 E, 0-1 N. Mend: give \
an extract of the city: it may be of another region, or cut.
    """
    file = OsmFile(source)
    with file.reading():
        ways, nodes, bounds, newest = _touching(file.path, extent)
    _require_covered(ways, bounds, extent, where=file.path.name)
    with replacing_file(target) as unfinished:
        try:
            _write(file, unfinished, frozenset(ways), nodes)
        except RuntimeError as error:
            raise OutputError(
                f"cannot be written ({error})",
                where=str(target),
                mend="free some space or choose a folder you may write to; nothing was changed",
            ) from error
    return Extract(ways=len(ways), nodes=len(nodes), date=_stated_date(file.path) or newest)


def _require_covered(ways: list[int], bounds: list[float], extent: Extent, *, where: str) -> None:
    """Refuse an extract whose streets do not reach over the whole box."""
    west, south, east, north = extent
    box = f"{west}-{east} E, {south}-{north} N"
    if not ways:
        raise InputError(
            f"no street of it touches {box}",
            where=where,
            mend="give an extract of the city: it may be of another region, or cut",
        )
    gaps = {
        "west": bounds[0] - west,
        "south": bounds[1] - south,
        "east": east - bounds[2],
        "north": north - bounds[3],
    }
    short = [side for side, gap in gaps.items() if gap > RIM_DEGREES]
    if short:
        raise InputError(
            f"its streets do not reach to the {' and the '.join(short)} of {box}",
            where=where,
            mend="give an extract that covers the whole of it",
        )


def _write(file: OsmFile, target: Path, ways: frozenset[int], nodes: NDArray[np.int64]) -> None:
    """Write some ways of a file and their nodes, without who drew them."""
    import osmium

    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        for node in file.nodes(nodes):
            place = (node.location.lon, node.location.lat)
            writer.add_node(
                osmium.osm.mutable.Node(
                    id=node.id, version=node.version, tags=node.tags, location=place
                )
            )
        drawn: Any = osmium.FileProcessor(file.path, osmium.osm.WAY)
        for way in drawn.with_filter(osmium.filter.KeyFilter("highway")):
            if way.id in ways:
                refs = [node.ref for node in way.nodes]
                writer.add_way(
                    osmium.osm.mutable.Way(
                        id=way.id, version=way.version, tags=way.tags, nodes=refs
                    )
                )


def _touching(path: Path, extent: Extent) -> tuple[list[int], NDArray[np.int64], list[float], str]:
    """Return the ids of the streets that touch a box and of their nodes, and where they reach."""
    import osmium

    west, south, east, north = extent
    ways: list[int] = []
    nodes: list[int] = []
    bounds = [180.0, 90.0, -180.0, -90.0]
    newest: dt.datetime | None = None
    read: Any = osmium.FileProcessor(path, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    read.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    read.with_filter(osmium.filter.KeyFilter("highway"))
    for way in read:
        inside = [
            (place.lon, place.lat)
            for node in way.nodes
            if (place := node.location).valid()
            and west <= place.lon <= east
            and south <= place.lat <= north
        ]
        if not inside:
            continue
        ways.append(way.id)
        nodes.extend(node.ref for node in way.nodes)
        for lon, lat in inside:
            bounds = [
                min(bounds[0], lon),
                min(bounds[1], lat),
                max(bounds[2], lon),
                max(bounds[3], lat),
            ]
        newest = way.timestamp if newest is None else max(newest, way.timestamp)
    known = newest is not None and newest.year > 2003  # noqa: PLR2004 (OpenStreetMap began in 2004)
    date = newest.date().isoformat() if newest is not None and known else ""
    return ways, np.unique(np.array(nodes, dtype=np.int64)), bounds, date


def _stated_date(path: Path) -> str:
    """Return the day of the map that the file itself states; empty where it does not."""
    import osmium

    with path.open("rb") as file:
        base = _BASE.search(file.read(_HEAD_BYTES))
    if base:
        return base[1].decode()
    with osmium.io.Reader(str(path)) as reader:
        stated = reader.header().get("osmosis_replication_timestamp", "")
    return str(stated)[:10]
