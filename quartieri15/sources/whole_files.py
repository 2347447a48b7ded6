"""Files that are read whole: never more than a city has, however little they seem to hold.

A packed file of a few kilobytes may unpack to more than the memory or the patience of a machine.
What is unpacked is therefore bounded, by itself and by the size of what it is unpacked from,
before it is unpacked or while it is.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from quartieri15.errors import InputError, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST: Final = 256 * 2**20
"""Bytes of the largest table that is read, packed or not; a city's largest has some 50 MiB."""
MOST_TIMES: Final = 200
"""How many times as large a file may become when it is unpacked; text becomes 5 to 30 times."""
ALWAYS_UNPACKED: Final = 64 * 2**20
"""Bytes that may be unpacked from however little: so many harm nobody."""
_DAMAGED_ARCHIVE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError),
    *(struct.error, ValueError, UnicodeError),
)
"""What a damaged archive raises."""


def require_file(path: Path) -> None:
    """Refuse a path at which there is no file.

    Raises
    ------
    MissingFileError
        If there is nothing, a folder, or what is no file of a disk.
    """
    try:
        if path.is_file():
            return
        kind = "folder" if path.is_dir() else "something" if path.exists() else "nothing"
    except (OSError, ValueError):
        # The name is too long for a file, or goes round in a circle.
        kind = "nothing"
    what, mend = {
        "folder": ("this is a folder, not a file", "give a file in it"),
        "something": ("this is no file of a disk but a pipe or a device", "write it to a file"),
        "nothing": ("there is no such file", "put it there"),
    }[kind]
    raise MissingFileError(what, where=os.fspath(path), mend=mend)


def read_whole(path: Path) -> bytes:
    """Return what a file holds.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    MissingFileError
        As for :func:`require_file`.
    InputError
        If it is larger than :data:`LARGEST`, grows while it is read, or cannot be read.
    """
    require_file(path)
    try:
        with path.open("rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            if size > LARGEST:
                raise _too_large(size, LARGEST, where=path.name)
            octets = opened.read(size + 1)
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"the file cannot be read ({error.strerror or error})",
            where=str(path),
            mend="check whether you may read it, and the disk it is on",
        ) from error
    if len(octets) != size:
        raise InputError(
            "the file changes while it is read",
            where=path.name,
            mend="wait until it is written, then try again",
        )
    return octets


def read_member(path: Path, member: str) -> bytes:
    """Return what a file in a zip archive holds.

    Parameters
    ----------
    path
        The archive. Nothing of it is written to the disk.
    member
        Name of the file in it.

    Raises
    ------
    MissingFileError
        If there is no such archive, or no such file in it.
    InputError
        If the archive is damaged or none, or would unpack to too much.
    """
    try:
        with _opened(path) as archive:
            return archive.read(member)
    except KeyError as error:
        raise MissingFileError(
            f"the archive has no {member}", where=path.name, mend="download it again"
        ) from error


def names_in(path: Path) -> list[str]:
    """Return the names of the files in a zip archive.

    Raises
    ------
    MissingFileError, InputError
        As for :func:`read_member`.
    """
    with _opened(path) as archive:
        return archive.namelist()


def damaged_in(path: Path) -> str | None:
    """Return the name of a file in a zip archive that is damaged, if one is.

    Raises
    ------
    MissingFileError, InputError
        As for :func:`read_member`.
    """
    with _opened(path) as archive:
        return archive.testzip()


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive that would not unpack to too much, and say where it is damaged."""
    require_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _require_sizes(archive, path)
            yield archive
    except (KeyError, InputError):
        raise
    except _DAMAGED_ARCHIVE as error:
        damaged = zipfile.is_zipfile(path)
        raise InputError(
            f"the archive is damaged ({error})" if damaged else "not a zip archive",
            where=path.name,
            mend="download it again",
        ) from error


def _require_sizes(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse a zip archive whose files would unpack to too much, before any is unpacked.

    No more of a file is unpacked than the archive states: a false statement ends in a wrong
    checksum. Files that share their octets count once each.
    """
    packed = path.stat().st_size
    require_size(sum(entry.file_size for entry in archive.infolist()), packed, where=path.name)


def require_size(unpacked: int, packed: int, *, where: str, largest: int = LARGEST) -> None:
    """Refuse what unpacks to too much.

    Parameters
    ----------
    unpacked, packed
        Bytes of a file unpacked, as far as that is known, and as it lies on the disk.
    where
        The file, for the message.
    largest
        How many bytes it may have at the most.

    Raises
    ------
    InputError
        If it is more than ``largest``, or more than :data:`MOST_TIMES` what is packed.

    Examples
    --------
    >>> require_size(20 * 10**6, 10**6, where="a.zip")
    >>> require_size(500 * 10**6, 10**6, where="a.zip", largest=10**12)
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: a.zip: it would unpack to more than 200 MB, which no data of a \
city of 1 MB do. Mend: take it from its publisher again.
    """
    most = min(largest, max(ALWAYS_UNPACKED, MOST_TIMES * packed))
    if unpacked <= most:
        return
    if most == largest:
        raise _too_large(unpacked, largest, where=where)
    raise InputError(
        f"it would unpack to more than {most / 1e6:,.0f} MB, which no data of a city "
        f"of {packed / 1e6:.3g} MB do",
        where=where,
        mend="take it from its publisher again",
    )


def _too_large(size: int, largest: int, *, where: str) -> InputError:
    return InputError(
        f"it holds {size / 1e6:,.0f} MB, and at most {largest / 1e6:,.0f} MB are read",
        where=where,
        mend="take the part of the city alone",
    )
