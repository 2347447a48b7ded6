"""Writing that never loses what was there: to a temporary name first, then rename."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from quartieri15.errors import OutputError, Quartieri15Error

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it onto ``path`` when the block succeeds.

    Parameters
    ----------
    path
        Where the finished file shall stand. Its folder is made if missing.

    Yields
    ------
    pathlib.Path
        The temporary path to write to. It has the same suffix as ``path``.

    Raises
    ------
    OutputError
        If the folder cannot be written or the disk is full. The file that stood there
        before is untouched.
    """
    target = Path(path)
    with _said_plainly(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            unfinished = folder / target.name
            yield unfinished
            unfinished.replace(target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; put it in the place of ``path`` on success.

    Parameters
    ----------
    path
        The folder that shall hold the finished files. An existing folder is replaced as a
        whole, and stays as it was when the block fails.

    Yields
    ------
    pathlib.Path
        The temporary folder to write into.

    Raises
    ------
    OutputError
        If the folder cannot be written or the disk is full.
    """
    target = Path(path)
    with _said_plainly(target):
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(20, "a file of this name is in the way", str(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            unfinished = aside / "new"
            unfinished.mkdir()
            yield unfinished
            former = aside / "former"
            if target.exists():
                target.replace(former)
            try:
                unfinished.replace(target)
            except OSError:
                if former.exists():
                    former.replace(target)
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _said_plainly(target: Path) -> Iterator[None]:
    try:
        yield
    except Quartieri15Error:
        raise
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename not in (None, str(target)):
            raise
        raise OutputError(
            f"cannot be written ({error.strerror or error})",
            where=str(target),
            mend="free some space or choose a folder you may write to; nothing was changed",
        ) from error
