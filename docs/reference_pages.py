"""The pages of the reference: one for each module, for the public names and for the commands."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import typer

import quartieri15
from quartieri15.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ROOMS: Final = {
    "model": "What a city is",
    "sources": "How raw data becomes a model",
    "editions": "The recipes of cities",
    "reach": "How long it takes",
    "analysis": "What it means for people",
    "planning": "What could change",
    "publish": "How people see it",
}
"""The rooms of the library, in the order in which data goes through them."""
FLOOR: Final = (
    *("errors", "crs", "progress", "writing", "locking", "interrupts", "arguments", "plain_json"),
)
"""What every room stands on."""


def write_reference(folder: Path) -> None:
    """Write the pages, and remove those of modules that are gone."""
    pages = {"commands": _commands()}
    for room, answers in ROOMS.items():
        package = import_module(f"quartieri15.{room}")
        modules = [
            one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        ]
        pages |= {name: _module(name) for name in modules}
        pages[room] = (
            f"# {answers}: `{room}`\n\n{_documented(package.__name__)}\n{_listed(modules)}"
        )
    floor = [f"quartieri15.{name}" for name in FLOOR]
    pages |= {name: _module(name) for name in floor}
    pages["index"] = _index(floor)
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        if path.stem not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.md"
        # A page that is the same keeps its time: Sphinx reads again only what has changed.
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _index(floor: Iterable[str]) -> str:
    """Return the page of the names people import, by the room they come from."""
    parts = [
        "# Reference\n",
        (
            "What `import quartieri15 as q15` offers, by the question it answers. Every example "
            "of these pages is run by the test suite.\n"
        ),
    ]
    homes = {
        name: f"quartieri15.{module}.{name}"
        for module, names in quartieri15._NAMES_OF.items()
        for name in names
    } | {name: f"quartieri15.{module}" for name, module in quartieri15._MODULES.items()}
    for room, answers in ROOMS.items():
        parts.append(f"## {answers}\n\n| name | what it answers |\n|---|---|")
        parts += [
            f"| {{py:obj}}`q15.{name} <{home}>` | {_in_short(getattr(quartieri15, name))} |"
            for name, home in sorted(homes.items())
            if home.startswith(f"quartieri15.{room}.")
        ]
        parts.append("")
    parts.append("## On the command line\n\nThe same questions, in a terminal: [](commands.md).\n")
    parts.append("## Every module\n")
    parts.append(_listed(["commands", *ROOMS, *floor], depth=1))
    return "\n".join(parts)


def _in_short(thing: object) -> str:
    first = (inspect.getdoc(thing) or "").partition("\n\n")[0]
    return " ".join(first.split()).replace("|", "\\|")


def _module(name: str) -> str:
    return f"# `{name.removeprefix('quartieri15.')}`\n\n{_documented(name)}"


def _documented(module: str) -> str:
    return f"```{{eval-rst}}\n.. automodule:: {module}\n   :members:\n```\n"


def _listed(pages: Iterable[str], *, depth: int = 2) -> str:
    return "\n".join(["```{toctree}", f":maxdepth: {depth}", "", *pages, "```", ""])


def _commands() -> str:
    """Return the page of the command line, from what ``--help`` says."""
    group: Any = typer.main.get_command(app)
    parts = ["# Commands\n", f"{group.help}\n"]
    for name, command in _each(group):
        parts.append(f"## `quartieri15 {name}`\n\n{inspect.cleandoc(command.help or '')}\n")
        options = [one for one in command.params if not getattr(one, "hidden", False)]
        parts.append("| | |\n|---|---|")
        parts += [f"| {_called(one)} | {_in_words(one)} |" for one in options]
        parts.append("")
    return "\n".join(parts)


def _each(group: Any, before: str = "") -> Iterable[tuple[str, Any]]:
    """Give every command by its whole name, those of a group in the place of the group."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _each(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _called(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _in_words(parameter: Any) -> str:
    return " ".join((getattr(parameter, "help", None) or "").split()).replace("|", "\\|")
