"""Folders of results: which may be replaced, what stays in them, and what time it is in them."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from typing import TYPE_CHECKING, Final

from quartieri15.errors import OutputError, ParameterError
from quartieri15.writing import require_writable, take_along

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

_BESIDE: Final = re.compile(r"-(wal|shm|journal)$")

SUMMARY: Final = "summary.json"
"""The file by which a folder of ours is known."""


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


def keep_others(before: Path, now: Path, *, own: tuple[str, ...]) -> None:
    """Take along what a user has put beside our files, which begin with ``own``."""
    if not before.is_dir():
        return
    # A prefix, so that a lock or a journal beside a replaced file goes with it.
    take_along((path for path in before.iterdir() if not path.name.startswith(own)), now)


def keep_rest(before: Path, now: Path, *, ours: Collection[str]) -> None:
    """Take along whatever a user has put into a folder of ours, at any depth.

    Parameters
    ----------
    before
        The folder that stands there.
    now
        The one that replaces it.
    ours
        The files that are ours, by their path in the folder, with ``/``. What GDAL leaves beside
        them (a lock, a journal) goes with them.
    """
    folders = {name[: i + 1] for name in ours for i, letter in enumerate(name) if letter == "/"}

    def walk(folder: Path, target: Path, within: str) -> None:
        for path in folder.iterdir():
            name = f"{within}{path.name}"
            if f"{name}/" in folders and path.is_dir() and not path.is_symlink():
                walk(path, target / path.name, f"{name}/")
            elif _BESIDE.sub("", name) not in ours:
                target.mkdir(parents=True, exist_ok=True)
                take_along([path], target)

    if before.is_dir():
        walk(before, now, "")


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


def _is_ours(folder: Path, kinds: Iterable[Collection[str]]) -> bool:
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(summary, dict):
        return False
    return any({*holding} <= summary.keys() for holding in kinds)
