"""Writing that never loses what was there: to a temporary name first, then rename.

And :func:`plain_json`: what a table says of itself, in words that every file can hold.
"""

from __future__ import annotations

import datetime as dt
import errno
import math
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quartieri15.errors import OutputError, Quartieri15Error

if TYPE_CHECKING:
    from collections.abc import Iterator


LEFTOVER_AGE_S = 24 * 3600
"""How old an unfinished result must be to be taken for that of a run that was killed."""


def plain_json(value: Any, *, decimals: int | None = None) -> Any:
    """Return a value in the words of JSON: no numpy, no NaN, nothing that is not there.

    Parameters
    ----------
    value
        Anything. Keys become text; what JSON has no word for is told as text, a table by its
        kind and length.
    decimals
        To how many decimals numbers are rounded; None for all they have.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> plain_json({"a": np.float64("nan"), "b": (np.int64(3), pd.NA), 7: "x"})
    {'a': None, 'b': [3, None], '7': 'x'}
    >>> plain_json([pd.DataFrame({"a": [1, 2]}), pd.Timestamp(2026, 1, 1), 1 / 3], decimals=2)
    ['DataFrame of 2 rows', '2026-01-01T00:00:00', 0.33]
    """
    import numpy as np
    import pandas as pd

    if isinstance(value, Mapping):
        return {str(key): plain_json(item, decimals=decimals) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        value = f"{type(value).__name__} of {len(value)} rows"
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset | pd.Series | pd.Index):
        return [plain_json(item, decimals=decimals) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, float) and decimals is not None:
        return round(value, decimals)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


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
        If the folder cannot be written or the disk is full, or if something other than a
        file stands there: a folder, a pipe, a device. What stood there before is untouched.
    """
    target = Path(path)
    with _said_plainly(target):
        # A rename would put a file in the place of a device, for the whole machine.
        if target.exists() and not target.is_file():
            raise OutputError(
                "what stands there is no file that could be replaced",
                where=str(target),
                mend="name a new file, or one of an earlier run; nothing was changed",
            )
        folder = _beside(target, holding=target.name)
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
        If the folder cannot be written, the disk is full, a disk is mounted on the folder, or
        another run puts its result there at the same moment.

    Notes
    -----
    A run that is killed outright leaves a hidden folder, ``.NAME.`` and eight characters,
    beside ``path``. The next run removes it when it is a day old, unless it holds ``former``:
    what stood at ``path`` when the run was killed while it was putting the new in its place.
    """
    target = Path(path)
    with _said_plainly(target):
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(
                errno.ENOTDIR, "a file of this name is in the way", str(target)
            )
        if target.is_mount():
            raise OutputError(
                "a disk is mounted here, which cannot be replaced as a whole",
                where=str(target),
                mend="give a new folder inside it",
            )
        aside = _beside(target, holding="new")
        try:
            unfinished = aside / "new"
            unfinished.mkdir()
            yield unfinished
            former = aside / "former"
            try:
                if target.exists():
                    target.replace(former)
                unfinished.replace(target)
            except BaseException as error:
                # Where another run has put its result meanwhile, that one stays.
                if former.exists() and not target.exists():
                    former.replace(target)
                if isinstance(error, OSError) and error.errno in _TAKEN:
                    raise OutputError(
                        "another run is writing here at the same moment",
                        where=str(target),
                        mend="run again when it has ended",
                    ) from error
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT)


def _beside(target: Path, *, holding: str) -> Path:
    """Make a hidden folder beside a target, and remove those that killed runs have left."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise OutputError(
            f"the folder {target.parent} cannot be written to ({error.strerror or error})",
            where=str(target),
            mend="free some space or choose a folder you may write to; nothing was changed",
        ) from error
    ours = re.compile(re.escape(f".{target.name}.") + "[a-z0-9_]{8}")
    with suppress(OSError):
        for path in target.parent.iterdir():
            if (
                ours.fullmatch(path.name)
                and path.is_dir()
                and not path.is_symlink()
                and time.time() - path.stat().st_mtime > LEFTOVER_AGE_S
                and {child.name for child in path.iterdir()} <= {holding}
            ):
                shutil.rmtree(path, ignore_errors=True)
    return folder


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
