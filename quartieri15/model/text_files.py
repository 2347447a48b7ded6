"""Text files that people give: read whole, and refused where they have no end or are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quartieri15.arguments import require_path
from quartieri15.errors import InputError, MissingFileError

if TYPE_CHECKING:
    from pathlib import Path


def read_text(path: str | Path, *, longest: int, what: str) -> str:
    """Return what a text file in UTF-8 holds, its lines ended by LF.

    Parameters
    ----------
    path
        The file. Only a regular one is read: a pipe or a device may have no end.
    longest
        How many letters it may have.
    what
        What it should hold, such as ``"a scenario"``, for errors.

    Raises
    ------
    ParameterError
        If ``path`` is no path.
    MissingFileError
        If there is no such file.
    InputError
        If it is no regular file, too long, no text in UTF-8, or cannot be read.
    """
    file = require_path(path, where="path")
    mend = f"give the file of {what}"
    try:
        if file.is_dir():
            raise InputError("this is a folder", where=str(path), mend=mend)
        if file.exists() and not file.is_file():
            raise InputError(
                "this is no file of a disk but a pipe or a device",
                where=str(path),
                mend=f"write it to a file, and {mend}",
            )
        with file.open("rb") as opened:
            # A letter has four bytes at the most.
            raw = opened.read(4 * longest + 1)
        text = raw.decode("utf-8") if len(raw) <= 4 * longest else None
    except FileNotFoundError as error:
        raise MissingFileError(
            "there is no such file", where=str(path), mend=f"check the path of {what}"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"this is no text in UTF-8: byte {error.start} is none of it",
            where=str(path),
            mend="save it as UTF-8",
        ) from error
    except OSError as error:
        raise InputError(
            f"the file cannot be read ({error.strerror or error})",
            where=str(path),
            mend=f"check the path of {what}",
        ) from error
    if text is None or len(text) > longest:
        raise InputError(
            f"the file is longer than {longest:,} letters, which {what} is not",
            where=str(path),
            mend=mend,
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")
