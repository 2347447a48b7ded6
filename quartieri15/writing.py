"""Writing that never loses what was there: to a temporary name first, then in one step.

A file or folder that is replaced is written whole under a hidden name beside it. A file then
takes its name by a rename. A folder changes places with the former one, in one step of the
kernel where Linux and the file system can (``renameat2``), so that at every moment, even when
the process is killed, a whole folder has the name: the former or the new.

Elsewhere two renames are needed, and a run killed between them leaves nothing at the name, but
``former`` beside ``new`` in its hidden folder. That state, and no other, is mended by
:func:`put_back`: by the next run, and by whoever opens a city of that name.
"""

from __future__ import annotations

import errno
import functools
import os
import re
import secrets
import shutil
import sys
import time
import unicodedata
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from quartieri15.errors import OutputError, ParameterError, Quartieri15Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


LEFTOVER_AGE_S = 24 * 3600
"""How old an unfinished result must be to be taken for that of a run that was killed."""

_MOUNTS: Final = Path("/proc/self/mountinfo")
"""Where Linux tells what is mounted; its fifth column is the place, blanks written as \\040."""
_NO_EXCHANGE: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)
"""What is answered where two folders cannot change places in one step."""
_TAKEN: Final = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT)
_ASIDE: Final = re.compile(r"\.(.+)\.[a-z0-9_]{8}", re.DOTALL)
"""How the hidden folder is called in which a result of a name is written."""
_AT_CWD, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of linux/fcntl.h and linux/fs.h."""


def require_writable(path: str | Path, *, folder: bool) -> Path:
    r"""Say, before any work is done, why a result could not be written under a name.

    Parameters
    ----------
    path
        Where the result shall stand.
    folder
        Whether the result is a folder; else it is a file.

    Returns
    -------
    pathlib.Path
        Where it will stand: absolute, symbolic links followed. A link stays a link, and what
        it leads to is replaced.

    Raises
    ------
    ParameterError
        If ``path`` is no path.
    OutputError
        If the name holds a control character or is not UTF-8; if a symbolic link leads
        nowhere or round in a circle; if something of another kind stands there, or a disk is
        mounted there or further in; if it is a folder one stands in; if one may not write there.
        It names the path as given.

    Examples
    --------
    >>> require_writable("two\nlines.csv", folder=False)
    Traceback (most recent call last):
    ...
    quartieri15.errors.OutputError: 'two\nlines.csv': the path holds a character that is no letter
    of a name (U+000A). Mend: choose another name; nothing was changed.
    """
    target = _place(path, folder=folder)
    parent = next(above for above in target.parents if above.exists())
    # To try is the only sure answer: permissions lie to root and on network drives.
    with _hidden_folder(target, parent, path):
        return target


@contextmanager
def replacing_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it onto ``path`` when the block succeeds.

    Parameters
    ----------
    path
        Where the finished file shall stand. Its folder is made if missing. Of a symbolic link
        the file it leads to is replaced. Who may read and write it stays as it was.

    Yields
    ------
    pathlib.Path
        The temporary path to write to. It has the same suffix as the file to be replaced.

    Raises
    ------
    ParameterError, OutputError
        As for :func:`require_writable`, before the block begins, or if the disk is full. What
        stood there before is untouched.
    """
    target = _place(path, folder=False)
    with _said_plainly(path), _hidden_folder(target, target.parent, path) as aside:
        unfinished = aside / target.name
        yield unfinished
        if target.exists():
            shutil.copymode(target, unfinished)
        unfinished.replace(target)


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; put it in the place of ``path`` on success.

    Parameters
    ----------
    path
        The folder that shall hold the finished files. An existing folder is replaced as a
        whole, and stays as it was when the block fails. Of a symbolic link the folder it leads
        to is replaced.

    Yields
    ------
    pathlib.Path
        The temporary folder to write into.

    Raises
    ------
    ParameterError, OutputError
        As for :func:`require_writable`, before the block begins; if the disk is full, or
        another run puts its result there at the same moment.

    Notes
    -----
    A run that is killed outright leaves a hidden folder, ``.NAME.`` and eight characters,
    beside ``path``. The next run removes it when it is a day old, unless ``former`` stands in
    it beside ``new``: that is put back where nothing has the name (see :func:`put_back`), and
    kept where something has.
    """
    target = _place(path, folder=True)
    with _said_plainly(path), _hidden_folder(target, target.parent, path) as aside:
        unfinished = aside / "new"
        unfinished.mkdir()
        with _named_as_given(unfinished, path):
            yield unfinished
        _take_place(unfinished, target, path)


def take_along(others: Iterable[Path], folder: Path) -> None:
    """Copy files, folders and symbolic links, as they are, into a folder that replaces theirs."""
    for path in others:
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, folder / path.name, symlinks=True)
        else:
            shutil.copy2(path, folder / path.name, follow_symlinks=False)


def remove_folder(path: Path) -> None:
    """Remove a folder in one step: at no moment half of it has its name."""
    with _said_plainly(path), _hidden_folder(path, path.parent, path) as aside:
        path.replace(aside / "new")


def remove_leftovers(folder: Path) -> None:
    """Remove what runs have left in a folder of results, whatever they were called.

    Parameters
    ----------
    folder
        Where results of changing names stand: no later run has the name of one that was killed.
    """
    with suppress(OSError):
        for path in list(folder.iterdir()):
            name = _ASIDE.fullmatch(path.name)
            if name is not None:
                _remove_leftovers(folder / name[1], folder=True)


def put_back(path: str | Path) -> bool:
    """Put a folder back that a killed run had moved aside, where nothing has its name.

    Only a run that had to replace it in two renames, and was killed between them, leaves
    ``former`` beside ``new``; nothing else is touched.

    Parameters
    ----------
    path
        The name of the folder.

    Returns
    -------
    bool
        Whether it was put back.
    """
    target = Path(os.path.realpath(path))
    with suppress(OSError):
        if not target.exists() and target.parent.is_dir():
            left = [aside for aside in _asides(target) if _names_in(aside) == {"former", "new"}]
            for aside in sorted(left, key=lambda aside: -aside.stat().st_mtime):
                (aside / "former").rename(target)
                return True
    return False


def _take_place(new: Path, target: Path, given: str | Path) -> None:
    """Put a finished folder in its place; what stood there is then in the hidden folder."""
    former = new.with_name("former")
    while True:
        if target.exists() and _exchange(new, target):
            return
        try:
            if target.exists():
                target.replace(former)
            new.replace(target)
        except BaseException as error:
            # A reader may have put the former back, as if this run had been killed.
            again = new.exists() and target.exists() and not former.exists()
            # Where another run has put its result meanwhile, that one stays.
            if former.exists() and not target.exists():
                former.replace(target)
            if isinstance(error, OSError) and error.errno in _TAKEN:
                if again:
                    continue
                raise OutputError(
                    "another run is writing here at the same moment",
                    where=_told(given),
                    mend="run again when it has ended",
                ) from error
            raise
        return


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; tell whether that can be done here."""
    call = _renameat2()
    if call is None:
        return False
    number = call(os.fsencode(one), os.fsencode(other))
    if number in _NO_EXCHANGE or number == errno.ENOENT:
        return False
    if number:
        raise OSError(number, os.strerror(number), str(other))
    return True


@functools.cache
def _renameat2() -> Callable[[bytes, bytes], int] | None:
    """Return what lets two paths change places and gives the error number, if there is such."""
    if sys.platform != "linux":
        return None
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    call.argtypes = (
        *(ctypes.c_int, ctypes.c_char_p),
        *(ctypes.c_int, ctypes.c_char_p, ctypes.c_uint),
    )

    def exchange(one: bytes, other: bytes) -> int:
        failed = call(_AT_CWD, one, _AT_CWD, other, _EXCHANGE)
        return ctypes.get_errno() if failed else 0

    return exchange


def _place(path: str | Path, *, folder: bool) -> Path:
    """Return where a result will stand, links followed, or say why it cannot."""
    given: object = path
    if not isinstance(given, str | os.PathLike) or not isinstance(os.fspath(given), str):
        raise ParameterError(f"{path!r} is no path", mend="give the path of a file or a folder")
    if not os.fspath(path):
        raise ParameterError("the path is empty", mend="give the path of a file or a folder")
    _require_name(os.fspath(path), path)
    with _said_plainly(path):
        target = Path(os.path.realpath(path))
        _require_name(str(target), path)
        put_back(target)
        _remove_leftovers(target, folder=folder)
        _require_links_lead_somewhere(path)
        kind = "folder" if folder else "file"
        if target.exists() and not (target.is_dir() if folder else target.is_file()):
            raise OutputError(
                "a file of this name is in the way"
                if folder and target.is_file()
                else f"what stands there is no {kind} that could be replaced",
                where=_told(path),
                mend=f"name a new {kind}, or one of an earlier run; nothing was changed",
            )
        above = next(above for above in target.parents if above.exists())
        if not above.is_dir():
            raise OutputError(
                f"a file is in the way: {_told(above)} is no folder",
                where=_told(path),
                mend="name another folder; nothing was changed",
            )
        here = Path.cwd()
        if folder and target.exists() and (target == here or target in here.parents):
            raise OutputError(
                "the command was started in this folder, which would be pulled from under it",
                where=_told(path),
                mend="give another folder, or start the command outside it; nothing was changed",
            )
        mounted = _mounted(target)
        if mounted is not None:
            inside = "here" if mounted == target else f"inside it, on {mounted}"
            raise OutputError(
                f"a disk is mounted {inside}, so it cannot be replaced as a whole",
                where=_told(path),
                mend="give a new folder inside it" if mounted == target else "give another folder",
            )
    return target


def _require_name(text: str, given: str | Path) -> None:
    """Refuse letters that other programs, or the file system, cannot take."""
    for letter in text:
        kind = unicodedata.category(letter)
        if kind in ("Cc", "Zl", "Zp"):
            what = "a character that is no letter of a name"
        elif kind == "Cs":
            what = "a byte that is not UTF-8"
        else:
            continue
        raise OutputError(
            f"the path holds {what} (U+{ord(letter):04X})",
            where=_told(given),
            mend="choose another name; nothing was changed",
        )


def _require_links_lead_somewhere(given: str | Path) -> None:
    path = Path(given).absolute()
    for part in (path, *path.parents):
        if not part.is_symlink():
            continue
        try:
            part.stat()
        except FileNotFoundError:
            what = f"leads to {_told(os.path.realpath(part))}, which is not there"
        except NotADirectoryError:
            what = f"leads to {_told(os.path.realpath(part))}, which is below a file"
        except (OSError, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno != errno.ELOOP:
                raise
            what = "leads round in a circle"
        else:
            continue
        name = "this" if part == path else str(part)
        raise OutputError(
            f"{name} is a symbolic link that {what}",
            where=_told(given),
            mend="make what it leads to, or remove the link; nothing was changed",
        )


def _mounted(target: Path) -> Path | None:
    """Return where a disk is mounted, on a file or folder or inside it."""
    if target.is_mount():
        return target
    # A folder or file of the same disk may be mounted too, which only the kernel knows of.
    with suppress(OSError):
        for line in _MOUNTS.read_bytes().splitlines():
            name = re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code[1], 8)]), line.split()[4])
            place = Path(os.fsdecode(name))
            if place.is_relative_to(target):
                return place
    return None


def _asides(target: Path) -> list[Path]:
    """Return the hidden folders that runs have made beside a target."""
    return [
        path
        for path in target.parent.iterdir()
        if (name := _ASIDE.fullmatch(path.name))
        and name[1] == target.name
        and path.is_dir()
        and not path.is_symlink()
    ]


def _names_in(folder: Path) -> set[str]:
    return {child.name for child in folder.iterdir()}


def _remove_leftovers(target: Path, *, folder: bool) -> None:
    """Remove what runs have left beside a target that were killed a day ago or earlier."""
    with suppress(OSError):
        for path in _asides(target):
            names = _names_in(path)
            if folder:
                unfinished = names <= {"new"} or names == {"former"}
            else:
                # GDAL and SQLite write files beside a file, such as its -journal.
                unfinished = all(name.startswith(target.name) for name in names)
            if unfinished and time.time() - path.stat().st_mtime > LEFTOVER_AGE_S:
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _hidden_folder(target: Path, parent: Path, given: str | Path) -> Iterator[Path]:
    """Give a new hidden folder for a target, removed at the end."""
    folder = parent / f".{target.name}.{secrets.token_hex(4)}"
    # Its name is known before it is made: who is asked to end in between removes it all the same.
    try:
        try:
            parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise _unwritable(target.parent, given, error) from error
        yield folder
    finally:
        try:
            _remove_aside(folder, target)
        except KeyboardInterrupt:
            # Asked to end while tidying up: that is done first.
            _remove_aside(folder, target)
            raise


def _remove_aside(folder: Path, target: Path) -> None:
    # Where what stood there could not be put back, it is kept for put_back.
    if target.exists() or not (folder / "former").exists():
        shutil.rmtree(folder, ignore_errors=True)


def _unwritable(folder: Path, given: str | Path, error: OSError) -> OutputError:
    return OutputError(
        f"the folder {_told(folder)} cannot be written to ({error.strerror or error})",
        where=_told(given),
        mend="free some space or choose a folder you may write to; nothing was changed",
    )


def _told(path: str | Path) -> str:
    """Return a path as given, or as Python writes it where it cannot be printed."""
    text = os.fspath(path)
    return text if text.isprintable() else ascii(text)


@contextmanager
def _named_as_given(unfinished: Path, given: str | Path) -> Iterator[None]:
    """Say of a file in an unfinished folder which one of the folder given it was to be."""
    try:
        yield
    except OutputError as error:
        hidden = f"{unfinished}{os.sep}"
        if not (error.where or "").startswith(hidden):
            raise
        raise OutputError(
            error.what.replace(hidden, ""),
            where=f"{_told(given)}, {str(error.where).removeprefix(hidden)}",
            mend=error.mend,
        ) from error


@contextmanager
def _said_plainly(given: str | Path) -> Iterator[None]:
    """Say of an error of the disk which result could not be written, by the name given."""
    try:
        yield
    except Quartieri15Error:
        raise
    except OSError as error:
        # A missing file of the block's own, such as one to be read, keeps its words.
        ours = (None, os.fspath(given), os.path.realpath(given))
        if isinstance(error, FileNotFoundError) and error.filename not in ours:
            raise
        raise OutputError(
            f"cannot be written ({error.strerror or error})",
            where=_told(given),
            mend="free some space or choose a folder you may write to; nothing was changed",
        ) from error
