"""One process at a time: a lock that the system gives back however its holder ends."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Final

from quartieri15.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LOOK_AGAIN_S: Final = 0.2


@contextmanager
def locked(
    path: Path,
    *,
    wait_s: float,
    what: str,
    mend_busy: str,
    mend_unwritable: str,
    waiting: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Keep other processes out of this block; wait for one that is in it.

    Parameters
    ----------
    path
        The file that is locked. It is made with its folder, and removed when the block ends.
    wait_s
        How long to wait for another process, in seconds.
    what
        What is kept for one process, for the error: ``"this cache"``.
    mend_busy, mend_unwritable
        What to do where the other process does not end, and where the file cannot be made.
    waiting
        Called now and then while waiting.

    Raises
    ------
    OutputError
        If the other process has not ended within ``wait_s``, or the file cannot be made.
    """
    until = time.monotonic() + wait_s
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a+b")
        except OSError as error:
            raise OutputError(
                f"the folder cannot be written to ({error.strerror or error})",
                where=str(path.parent),
                mend=mend_unwritable,
            ) from error
        # Who had the lock has removed its file: a lock on what has no name any more is none.
        if _lock(file) and _still_there(path, file):
            break
        file.close()
        if time.monotonic() > until:
            raise OutputError(
                f"another run has used {what} for {wait_s:,.0f} s and more",
                where=str(path.parent),
                mend=mend_busy,
            )
        if waiting is not None:
            waiting()
        time.sleep(_LOOK_AGAIN_S)
    with file:
        try:
            yield
        finally:
            # Windows removes no file that is open: there it stays, empty, for the next.
            with suppress(OSError):
                path.unlink()


def _still_there(path: Path, file: IO[bytes]) -> bool:
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
