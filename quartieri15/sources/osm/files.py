"""OpenStreetMap files of every format, and which of the objects in them stand.

A file may hold an object more than once: a history file by design, two extracts put together
by accident. Of one kind and id the highest version stands, of equal versions the one with the
latest timestamp, of equal timestamps the last in the file; nothing of the others is kept. An
object whose standing version is deleted does not exist. JOSM writes a deletion that was not
uploaded as ``action="delete"`` under the version it was made on, so it stands above that version
wherever it is in the file.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import re
import sys
import zlib
from array import array
from dataclasses import dataclass
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, Final, cast
from xml.parsers import expat

import numpy as np

from quartieri15.arguments import require_path
from quartieri15.errors import InputError, MissingFileError
from quartieri15.sources.whole_files import require_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

DOWNLOAD_AGAIN: Final = (
    "download it again, and compare its size with the publisher's: it may be cut off "
    "or of another format"
)
MENDS: Final = {
    "detect file format": "end its name in .osm, .osm.gz, .osm.bz2 or .osm.pbf, as its content is",
    "XML entities": "take the file from its publisher again, or remove its DOCTYPE: no "
    "OpenStreetMap file declares entities",
    "for coordinate": "correct the coordinate, or remove the node that has it",
    "illegal": "correct the value in the file, or take the file from its publisher again",
}
"""What mends an error of the reader, by words of its message."""

CHANGES: Final = frozenset({".osc", ".o5c"})
TEXT: Final = frozenset({".osm", ".osh", ".xml"})
COMPRESSED: Final = frozenset({".gz", ".bz2"})
_CHUNK: Final = 1 << 20
_ERASED: Final = re.compile(rb"action\s*=\s*[\"']delete[\"']")
_LONGEST_MATCH: Final = 64
_LARGEST_BLOCK: Final = 32 << 20
"""Bytes of the largest block of a PBF; greater ones no program reads."""
_OF_A_LENGTH: Final = 2
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class OsmFile:
    """One file, read once for each kind of object.

    Parameters
    ----------
    path
        An ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file, or one with the history
        (``.osh.pbf``, ``.osh``).

    Raises
    ------
    MissingFileError
        If there is no such file.
    InputError
        If it is empty, or holds changes to a map and not a map.

    Examples
    --------
    >>> file = OsmFile("tests/data/osm/crossing.osm")
    >>> [way.id for way in file.ways()]
    [10, 11]
    """

    def __init__(self, path: str | Path) -> None:
        self.path = require_path(path, where="path")
        if not self.path.is_file():
            what = "is a folder" if self.path.is_dir() else "there is no such file"
            raise MissingFileError(
                what, where=str(self.path), mend="check the path or download the file"
            )
        if not self.path.stat().st_size:
            raise InputError("the file is empty", where=str(self.path), mend=DOWNLOAD_AGAIN)
        self._mentions_erased = self._is_text and self._read_through()
        if self.path.suffix == ".pbf":
            packed = self.path.stat().st_size
            with self.reading():
                unpacked = _stated_size(self.path)
            require_size(unpacked, packed, where=str(self.path), largest=sys.maxsize)
        if self._holds_changes():
            raise InputError(
                "the file holds changes to a map (create, modify, delete), not the map itself",
                where=str(self.path),
                mend="apply it to the extract it belongs to (osmium apply-changes), and read that",
            )

    def nodes(self, wanted: NDArray[np.int64]) -> Iterator[Any]:
        """Every version of the nodes with some ids, in the order of the file."""
        import osmium

        nodes = osmium.FileProcessor(self.path, osmium.osm.NODE)
        if wanted.min(initial=0) >= 0:
            yield from nodes.with_filter(osmium.filter.IdFilter(wanted.tolist()))
            return
        # The filter knows no negative ids, which editors give to what is newly drawn.
        ids = frozenset(wanted.tolist())
        yield from (node for node in nodes if node.id in ids)

    def ways(self) -> Iterator[Any]:
        """Every version of every way, in the order of the file."""
        import osmium

        yield from osmium.FileProcessor(self.path, osmium.osm.WAY)

    def relations(self) -> Iterator[Any]:
        """Every version of every relation, in the order of the file."""
        import osmium

        yield from osmium.FileProcessor(self.path, osmium.osm.RELATION)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Say which file it was, and what helps, where reading it goes wrong."""
        import osmium

        try:
            yield
        except InputError:
            raise
        except (
            RuntimeError,
            ValueError,
            OSError,
            EOFError,
            expat.ExpatError,
            zlib.error,
            osmium.InvalidLocationError,
        ) as error:
            mends = (mend for words, mend in MENDS.items() if words in str(error))
            raise InputError(
                f"the file cannot be read as OpenStreetMap data ({error})",
                where=str(self.path),
                mend=next(mends, DOWNLOAD_AGAIN),
            ) from error

    @cached_property
    def erased(self) -> dict[str, dict[int, int]]:
        """Highest version of each ``node``, ``way`` and ``relation`` that JOSM deleted, by id."""
        found: dict[str, dict[int, int]] = {"node": {}, "way": {}, "relation": {}}
        if self._mentions_erased:

            def note(name: str, attributes: dict[str, str]) -> None:
                if name in found and attributes.get("action") == "delete":
                    thing, version = int(attributes.get("id", 0)), int(attributes.get("version", 0))
                    found[name][thing] = max(version, found[name].get(thing, version))

            # The reader has been through the file before, and lets no entities pass.
            parser = expat.ParserCreate()
            parser.StartElementHandler = note
            with self.reading(), self._opened() as text:
                parser.ParseFile(text)
        return found

    @property
    def _is_text(self) -> bool:
        suffixes = [suffix for suffix in self.path.suffixes if suffix not in COMPRESSED]
        return bool(suffixes) and suffixes[-1] in TEXT

    def _opened(self) -> IO[bytes]:
        if self.path.suffix == ".gz":
            return cast("IO[bytes]", gzip.open(self.path))
        return bz2.open(self.path) if self.path.suffix == ".bz2" else self.path.open("rb")

    def _holds_changes(self) -> bool:
        import osmium

        if CHANGES & set(self.path.suffixes):
            return True
        if not self._is_text:
            return False
        # The name tells a file with the history; that of a file of changes may tell nothing.
        with self.reading(), osmium.io.Reader(self.path, osmium.osm.NOTHING) as reader:
            told = osmium.io.File(self.path).has_multiple_object_versions
            return bool(reader.header().has_multiple_object_versions and not told)

    def _read_through(self) -> bool:
        """Tell whether a text may mention a deletion; refuse one that swells without end."""
        packed, unpacked = self.path.stat().st_size, 0
        found, before = False, b""
        with self.reading(), self._opened() as text:
            while chunk := text.read(_CHUNK):
                found = found or (not unpacked and chunk.startswith(_UTF16))
                found = found or _ERASED.search(before + chunk) is not None
                before = chunk[-_LONGEST_MATCH:]
                unpacked += len(chunk)
                require_size(unpacked, packed, where=str(self.path), largest=sys.maxsize)
        return found


def _stated_size(path: Path) -> int:
    """Return to how many bytes the blocks of a PBF say that they unpack.

    No more of a block is unpacked than it says. What is no block is for the reader to tell. A
    block is a length, a header of that length with the size of the block, and the block, which
    says what it unpacks to (OpenStreetMap Wiki, PBF Format, "File format").
    """
    unpacked = 0
    with path.open("rb") as file:
        while length := int.from_bytes(file.read(4), "big"):
            size = _whole_number(file.read(min(length, _LARGEST_BLOCK)), field=3)
            if size is None or size > _LARGEST_BLOCK:
                break
            block = file.read(size)
            unpacked += _whole_number(block, field=2) or len(block)
    return unpacked


def _whole_number(message: bytes, *, field: int) -> int | None:
    """Return a whole number in a message of Protocol Buffers, None if it is not there."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, at = _varint(message, at)
        if tag >> 3 == field and not tag & 7:
            return number
        # Of text and octets the number is their length.
        at += number if tag & 7 == _OF_A_LENGTH else 0
    return None


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, least first, and where it ends."""
    number = 0
    for place, byte in enumerate(message[at : at + 10]):
        number |= (byte & 127) << 7 * place
        if byte < 128:  # noqa: PLR2004
            return number, at + place + 1
    return number, at + 10


class Records:
    """Every version of the objects of one kind that were met, in the order of the file."""

    def __init__(self) -> None:
        self.ids, self.versions, self.deleted = array("q"), array("q"), array("b")

    def note(self, thing: Any) -> None:
        """Add one version of an object."""
        self.ids.append(thing.id)
        self.versions.append(thing.version)
        self.deleted.append(thing.deleted)

    def standing(self, *, erased: dict[int, int], again: Callable[[], Iterator[Any]]) -> Standing:
        """Tell which versions stand.

        Parameters
        ----------
        erased
            The highest version of each object that an editor deleted, by id.
        again
            Reads the same objects in the same order once more, for their timestamps: they are
            slow to read and seldom decide.
        """
        ids, versions = (np.asarray(whole, dtype=np.int64) for whole in (self.ids, self.versions))
        last = np.arange(len(ids))
        if not (ids[1:] > ids[:-1]).all():
            order = np.lexsort((versions, ids))
            tied = (np.diff(ids[order]) == 0) & (np.diff(versions[order]) == 0)
            if tied.any():
                times = np.array([thing.timestamp.timestamp() for thing in again()])
                order = np.lexsort((times, versions, ids))
            last = np.sort(order[np.append(np.diff(ids[order]) != 0, True)])
        deleted = np.asarray(self.deleted, dtype=bool)[last]
        if erased:
            until = np.array([erased.get(thing, -1) for thing in ids[last].tolist()])
            deleted |= versions[last] <= until
        return Standing(ids=ids, last=last, deleted=deleted)


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing:
    """Which versions of some objects stand.

    Parameters
    ----------
    ids
        int64, one per version.
    last
        For each object, the place of its standing version among all, ascending.
    deleted
        For each object, whether that version is a deletion.
    """

    ids: NDArray[np.int64]
    last: NDArray[np.int64]
    deleted: NDArray[np.bool_]

    @property
    def alive(self) -> NDArray[np.int64]:
        """The places of the versions that stand and are no deletions."""
        return self.last[~self.deleted]

    def counts(self, asked: NDArray[np.bool_]) -> dict[str, int]:
        """Count the versions that do not stand, and the objects that were deleted.

        Parameters
        ----------
        asked
            For each version, whether it is what was asked for. Others are not counted; an object
            counts as deleted when any of its versions was asked for.
        """
        stands = np.zeros(len(self.ids), dtype=bool)
        stands[self.last] = True
        gone = self.ids[self.last[self.deleted]]
        return {
            "superseded": int((asked & ~stands).sum()),
            "deleted": int(np.isin(gone, self.ids[asked]).sum()),
        }
