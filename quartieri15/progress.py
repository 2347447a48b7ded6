"""Saying how far a long task is, where somebody is looking; silence elsewhere."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from quartieri15 import arguments
from quartieri15.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Say: TypeAlias = Callable[[str], None]


_DONE: Final = re.compile(r"([\d,]*\d) of ([\d,]*\d)\b")
"""How a step says how much of it is done."""

_COUNTER, _BAR = "{desc} [{elapsed}]", "{desc} |{bar:24}| [{elapsed}]"


def quiet(step: str) -> None:
    """Say nothing, whatever the step is."""


@contextmanager
def shown(title: str) -> Iterator[Say]:
    """Give a function that shows which step a long task is at.

    On a terminal a moving line is drawn on standard error, in a notebook a counter, and a bar
    where a step says how much of it is done (``3 of 20``); elsewhere (a log, a pipe, a test)
    nothing is shown. Ctrl-C ends the task and leaves the terminal as
    it was.

    Parameters
    ----------
    title
        What the whole task is called.

    Yields
    ------
    callable
        To be called with a few words at the start of every step.

    Examples
    --------
    >>> with shown("Milano") as say:
    ...     say("reading the streets")
    """
    if _in_notebook():
        with _in_cell(title) as say:
            yield say
    elif sys.stderr is not None and sys.stderr.isatty():
        with _on_terminal(title) as say:
            yield say
    else:
        yield quiet


def in_lines(title: str) -> Say | None:
    """Return what prints every step on a line of standard error, for a log or a pipe.

    Parameters
    ----------
    title
        What the whole task is called.

    Returns
    -------
    callable or None
        None where :func:`shown` shows the steps: on a terminal, and in a notebook.

    Examples
    --------
    >>> say = in_lines("Milano")
    """
    if _in_notebook() or sys.stderr is None or sys.stderr.isatty():
        return None
    last = ""

    def say(step: str) -> None:
        nonlocal last
        if step != last:
            sys.stderr.write(f"{title}: {step}\n")
            sys.stderr.flush()
        last = step

    return say


@contextmanager
def saying(progress: Say | None, title: str) -> Iterator[Say]:
    """Give what is told how far the work is: the caller's function, or as :func:`shown`.

    Parameters
    ----------
    progress
        A function of one text; None where nothing was given.
    title
        What the whole task is called.

    Raises
    ------
    ParameterError
        If it is no function, or none of one text.
    """
    if progress is not None:
        arguments.require_progress(progress)
        yield _guarded(progress)
        return
    with shown(title) as say:
        yield say


def _guarded(progress: Say) -> Say:
    """Say what is wrong with a function that cannot be told a text."""

    def say(step: str) -> None:
        try:
            progress(step)
        except (TypeError, ValueError) as error:
            raise ParameterError(
                f"progress is {arguments.shown(progress)}, and fails: {error}",
                where="progress",
                mend="give a function of one text",
            ) from error

    return say


@contextmanager
def _on_terminal(title: str) -> Iterator[Say]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    line = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with line:
        task = line.add_task(title, total=None)
        yield lambda step: line.update(task, description=f"{title}: {step}")


@contextmanager
def _in_cell(title: str) -> Iterator[Say]:
    from tqdm import tqdm

    with tqdm(desc=title, leave=False, bar_format=_COUNTER) as line:

        def say(step: str) -> None:
            done = _DONE.search(step)
            if done:
                line.n, line.total = (int(number.replace(",", "")) for number in done.groups())
            line.bar_format = _BAR if done else _COUNTER
            line.set_description_str(f"{title}: {step}")

        yield say


def _in_notebook() -> bool:
    """Tell whether this runs in a Jupyter kernel, without importing IPython for it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and "IPKernelApp" in shell.config
