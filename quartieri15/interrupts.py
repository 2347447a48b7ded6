"""Being asked to end, by Ctrl-C or by another program: quietly, at any moment."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

INTERRUPTED: Final = 128 + signal.SIGINT
TERMINATED: Final = 128 + signal.SIGTERM


class Terminated(KeyboardInterrupt):
    """The process was asked to end, as by Ctrl-C."""


def end_at_once() -> None:
    """Let this process end at once when it is asked to, with one word on standard error.

    For a program, as the first thing it does. An exception would not do: raised while a library
    is being imported, it is at times swallowed, and at times printed by the interpreter.
    """
    _answer_with(_end)


@contextmanager
def tidying_up() -> Iterator[None]:
    """Raise KeyboardInterrupt instead within this block, so that what is half done is removed.

    It is raised where the block is, and at the latest at its end: what is raised within a
    finalizer, or in a callback of a compiled library, is printed by the interpreter and lost.

    Where :func:`end_at_once` was not called, the process is not this library's, and keeps its
    ways.

    Examples
    --------
    >>> with tidying_up():
    ...     print("writing")
    writing
    """
    if _end not in _answers():
        yield
        return
    asked: list[KeyboardInterrupt] = []

    def interrupt(number: int, _: FrameType | None) -> NoReturn:
        # A second request would interrupt the tidying up.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        asked.append(Terminated() if number == signal.SIGTERM else KeyboardInterrupt())
        raise asked[0]

    _answer_with(interrupt)
    try:
        yield
    finally:
        if not asked:
            _answer_with(_end)
    if asked:
        raise asked[0]


def _answers() -> list[object]:
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


def _answer_with(answer: Callable[[int, FrameType | None], NoReturn]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        # What was started to run on whatever happens (nohup, a job in the background) runs on.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, answer)


def _end(number: int, _: FrameType | None) -> NoReturn:
    os.write(2, b"Interrupted.\n")
    os._exit(128 + number)
