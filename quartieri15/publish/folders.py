"""Folders of results: which may be replaced, what stays in them, and what time it is in them."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any, Final

from quartieri15.errors import OutputError, ParameterError
from quartieri15.model.text_files import read_text
from quartieri15.plain_json import from_json
from quartieri15.writing import require_writable, take_along

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

SUMMARY: Final = "summary.json"
"""The file by which a folder of ours is known."""
LONGEST_RECORD: Final = 10_000_000
"""Letters of the longest record of a run that is read; that of a site has some 300,000."""


def require_room(
    out: str | Path, *, holding: Collection[str], or_holding: Collection[str] | None = None
) -> Path:
    """Return where a folder will stand; refuse a place where it cannot, before any work.

    Parameters
    ----------
    out
        Where it shall stand.
    holding
        What the summary of an earlier run of the same kind holds: a folder with such a one may be
        replaced.
    or_holding
        The same of another kind whose folder may be replaced too.

    Raises
    ------
    OutputError
        If it cannot be written, or a folder stands there that is not empty and not of that kind.
    """
    folder = require_writable(out, folder=True)
    kinds = [kind for kind in (holding, or_holding) if kind is not None]
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder, kinds):
        raise OutputError(
            f"the folder is not empty and holds no {SUMMARY} of an earlier run",
            where=str(out),
            mend="choose an empty or a new folder; nothing was changed",
        )
    return folder


SIDECARS: Final = ("-wal", "-shm", "-journal", ".lock")
"""What a program leaves beside a file it has open: it goes with the file."""


def keep_others(before: Path, now: Path, *, own: Collection[str]) -> None:
    """Take along what a user has put among our files.

    Parameters
    ----------
    before
        The folder that is replaced.
    now
        The one that replaces it; what it holds already stays.
    own
        The names of our files, with the folders they stand in; one that ends in ``_`` or ``-`` is
        how names begin.
    """
    if before.is_dir():
        names = {name + sidecar for name in own for sidecar in ("", *SIDECARS)}
        _keep(before, now, names, tuple(name for name in own if name.endswith(("_", "-"))))


def _keep(
    before: Path, now: Path, own: Collection[str], beginnings: tuple[str, ...], within: str = ""
) -> None:
    for path in before.iterdir():
        name = within + path.name
        if name in own or name.startswith(beginnings):
            continue
        ours = any(one.startswith(f"{name}/") for one in own)
        if ours and path.is_dir() and not path.is_symlink():
            _keep(path, now / path.name, own, beginnings, f"{name}/")
        elif not (now / path.name).exists():
            now.mkdir(parents=True, exist_ok=True)
            take_along([path], now)


def time_of_writing() -> dt.datetime:
    """Return the time of writing, or the one a reproducible build sets.

    Raises
    ------
    ParameterError
        If ``SOURCE_DATE_EPOCH`` is no number of seconds.
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed is None:
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        return dt.datetime.fromtimestamp(int(fixed), dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ParameterError(
            f"SOURCE_DATE_EPOCH is {fixed!r}", mend="give whole seconds since 1970, or unset it"
        ) from error


def told_in(record: Path) -> dict[str, Any]:
    """Return what an earlier run has written of itself; nothing where that cannot be read.

    Somebody may have changed the file, or put something else in its place.
    """
    try:
        told = from_json(read_text(record, longest=LONGEST_RECORD, what="a record"))
    except (ValueError, OSError):
        return {}
    return told if isinstance(told, dict) else {}


def _is_ours(folder: Path, kinds: Iterable[Collection[str]]) -> bool:
    summary = told_in(folder / SUMMARY)
    return any({*holding} <= summary.keys() for holding in kinds)
