"""The command line itself: its options, and how what goes wrong is told."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from quartieri15.errors import Quartieri15Error
from quartieri15.interrupts import INTERRUPTED, TERMINATED, Terminated
from quartieri15.model.residents import GROUPS

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

DATA_PROBLEM = 1
_OPTION: Final = re.compile(r"\b(?<!-)(?P<name>[a-z_]+)=(?P<value>'[^']*'|\"[^\"]*\"|[\w.]*)")
"""A parameter with its value, as a mend for Python names it."""

app = typer.Typer(
    name="quartieri15",
    help=(
        "Who reaches a city's neighbourhood services in fifteen minutes, and who is left out."
        "\n\nFor example: `quartieri15 analyze milano --out maps/milano`"
    ),
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CityName = Annotated[
    str, typer.Argument(help="A city that comes with the library, or a folder made by 'build'.")
]
CityOption = Annotated[
    str, typer.Option(help="A city that comes with the library, or a folder made by 'build'.")
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        help="Folder for the results. It is replaced if an earlier run wrote it; other folders "
        "that are not empty are left alone.",
    ),
]
Profile = Annotated[str, typer.Option(help="Who travels, as for analyze.")]
Minutes = Annotated[float, typer.Option(help="How long the way may take.")]
Group = Annotated[str, typer.Option(help=f"Whom to count: {', '.join(GROUPS)}.")]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        help=f"Which groups to count: {', '.join(GROUPS)}. Repeat it for several; all of them if "
        "you name none.",
        show_default=False,
    ),
]
To = Annotated[
    str, typer.Option(help="Which places to reach: houses, wemi, ex_csrc, ex_cam, places (all).")
]
DecimalComma = Annotated[
    bool,
    typer.Option(
        "--decimal-comma",
        help="Write CSV files as Excel in Italian opens them by a double click: semicolons between "
        "cells, decimal commas.",
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")]


@contextmanager
def plainly(context: typer.Context, *, debug: bool) -> Iterator[None]:
    """Turn what goes wrong into one line for people and an exit code for programs."""
    try:
        yield
    except KeyboardInterrupt as error:
        # Interrupted on the way into a with block, what it had made goes with its frames.
        traceback.clear_frames(error.__traceback__)
        complain("Interrupted; nothing is half-written.")
        code = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
        raise typer.Exit(code) from None
    except Quartieri15Error as error:
        if debug:
            raise
        error.where = _as_flag(error.where, context)
        if error.mend:
            error.mend = _with_flags(error.mend, context)
        complain(str(error))
        raise typer.Exit(DATA_PROBLEM) from None
    except BrokenPipeError:
        # Whoever reads the answer has read enough: the program ends without a word.
        raise
    except OSError as error:
        if debug:
            raise
        where = f"{error.filename}: " if error.filename is not None else ""
        complain(f"{where}{error.strerror or error}. Show the whole trace with --debug.")
        raise typer.Exit(DATA_PROBLEM) from None


def _tell_version(asked: bool) -> None:
    if asked:
        from quartieri15 import __version__

        typer.echo(f"quartieri15 {__version__}")
        raise typer.Exit


@app.callback()
def common(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Tell the version and exit."
        ),
    ] = False,
) -> None:
    """Take what comes before the name of a command."""


def opened_city(city: str) -> City:
    """Open a city that comes with the library, or the folder of one."""
    from quartieri15.editions.loading import load

    return load(city)


def travellers_named(names: Sequence[str], speed_kmh: float | None) -> list[TravelProfile]:
    """Return profiles of the library and of files, or the one at a pace of one's own."""
    from quartieri15.model import profiles

    found = [
        profiles.from_yaml(name) if name.lower().endswith((".yaml", ".yml")) else profiles.get(name)
        for name in names
    ]
    if speed_kmh is None:
        return found
    if len(found) > 1:
        raise typer.BadParameter(
            "goes with one --profile, and several are named", param_hint="--speed-kmh"
        )
    return [(found[0] if found else profiles.WALK_ADULT).with_(speed_kmh=speed_kmh)]


def tell_where(out: Path) -> None:
    """Say where the results are."""
    typer.echo(f"Sheet: {out / 'index.html'}\nAll results: {out}")


def _as_flag(where: str | None, context: typer.Context) -> str | None:
    """Call a parameter of the library what the command calls it: ``groups`` is ``--group``."""
    return _flag_of(where or "", context) or where


def _with_flags(mend: str, context: typer.Context) -> str:
    """Write options as the command takes them: ``by='nil'`` is ``--by 'nil'``."""

    def as_option(given: re.Match[str]) -> str:
        flag = _flag_of(given["name"], context)
        if flag is None or not flag.startswith("--"):
            return given[0]
        return flag if given["value"] == "True" else f"{flag} {given['value']}".rstrip()

    return _OPTION.sub(as_option, mend)


def _flag_of(name: str, context: typer.Context) -> str | None:
    flags = {str(option.name): option.opts[0] for option in context.command.params}
    return flags.get(name) or flags.get(name.removesuffix("s"))


def complain(text: str) -> None:
    """Say what went wrong, in red where colours show."""
    from rich.console import Console

    from quartieri15.publish.terminal import plain

    console = Console(stderr=True, soft_wrap=True)
    console.print(plain(text), style="bold red", highlight=False)
