"""Results of one file: where they may stand, and that no line of somebody else is written over."""

from __future__ import annotations

import codecs
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quartieri15.arguments import require_path, shown
from quartieri15.errors import OutputError, ParameterError
from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


def require_single_file(
    path: str | Path,
    *,
    endings: Sequence[str],
    read: Iterable[str | Path] = (),
    first_line: str = "",
    where: str,
) -> Path:
    """Return where a result of one file may stand, or say why it cannot, before any work is done.

    Parameters
    ----------
    path
        Where the file shall stand.
    endings
        What its name may end in, such as ``.csv``.
    read
        The files that the result is made of.
    first_line
        What the first line of an earlier result holds, where that is known.
    where
        How the parameter is called.

    Raises
    ------
    ParameterError
        If it is one of the files that are read, or its name ends in something else.
    OutputError
        If something else than an earlier result stands there, or it cannot be looked at.
    """
    out = require_path(path, where=where)
    given = [require_path(file, where="files") for file in read]
    try:
        if any(_is_same(out, file) for file in given):
            raise ParameterError(
                f"{out} is one of the files that are read, and would be written over",
                where=where,
                mend=f"give another name, for example new{endings[0]}",
            )
        if out.suffix.lower() not in endings:
            raise ParameterError(
                f"{out} does not end in {' or '.join(endings)}",
                where=where,
                mend=f"give the name of such a file, for example new{endings[0]}",
            )
        if out.exists() and not (
            out.is_file() and first_line.encode() in b"".join(_lines(out)[:1])
        ):
            raise OutputError(
                "what stands there is no result of an earlier call, and nothing was changed",
                where=str(out),
                mend="give another name, or move it away",
            )
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"cannot be read ({error.strerror or error}), and nothing was changed",
            where=str(out),
            mend="give another name",
        ) from error
    return out


@contextmanager
def replacing_own_file(
    path: str | Path, *, mend: str = "give another name, or delete the file if nobody needs it"
) -> Iterator[Path]:
    """Write a text file as :func:`~quartieri15.writing.replacing_file`, and lose no line of it.

    What stands there is replaced where each of its lines is written again: by the same result, or
    by one that holds it whole. So no file of another kind is written over, nor one of this kind
    that somebody has corrected by hand.

    Parameters
    ----------
    path
        Where the file shall stand.
    mend
        What to do where a line would be lost.

    Yields
    ------
    pathlib.Path
        The temporary path to write to.

    Raises
    ------
    OutputError
        If a line would be lost: it is named, and the file is untouched. Else as
        :func:`~quartieri15.writing.replacing_file` raises it.
    """
    with replacing_file(path) as unfinished:
        yield unfinished
        out = require_path(path, where="path")
        if out.exists():
            written = set(_lines(unfinished))
            for number, line in enumerate(_lines(out), start=1):
                if line and line not in written:
                    raise OutputError(
                        f"line {number} of what stands there would be lost, "
                        f"{shown(line.decode(errors='replace'))}; nothing was changed",
                        where=str(out),
                        mend=mend,
                    )


def _is_same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _lines(path: Path) -> list[bytes]:
    """Return the lines of a file without their ends, which programs write each in their way."""
    data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    return [line.strip() for line in data.splitlines()]
