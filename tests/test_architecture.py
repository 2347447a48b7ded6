"""The law: data goes one way, nothing of a machine is in the code, and importing is light.

The rooms and their order stand in pyproject.toml ([tool.importlinter]); a room that is not
listed there breaks the contract until it is given its place.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import grimp
import pytest
from importlinter.cli import lint_imports

import quartieri15

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

# Imported where they are used, never at `import quartieri15`.
HEAVY = (
    "folium",
    "jinja2",
    "matplotlib",
    "networkx",
    "numba",
    "osmium",
    "pandera",
    "rasterio",
    "scipy.sparse",
)

NO_ROOM = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}

# Folders of one person's or one machine's disk. Spelled so that this line is not one of them.
MACHINE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?:home|Users|root|work|mnt|media|opt|srv|tmp)/[\w.]|\b[A-Z]:\\\w"
)
TEXT = {".py", ".toml", ".yml", ".yaml", ".md", ".ipynb", ".json", ".txt", ".cfg", ".html", ".csv"}
TEXT_FOLDERS = (".ci", "quartieri15", "tests", "notebooks", "benchmarks", "data", "maps")


def test_a_room_imports_only_the_rooms_below_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = lint_imports(config_filename=str(root / "pyproject.toml"), no_cache=True)
    assert not failed, capsys.readouterr().out


def test_no_room_imports_the_facade_above_it() -> None:
    graph = grimp.build_graph("quartieri15", cache_dir=None)
    assert graph.find_modules_that_directly_import("quartieri15") <= {"quartieri15.cli"}


def test_no_module_is_a_drawer_for_odds_and_ends(root: Path) -> None:
    names = {path.stem for path in (root / "quartieri15").rglob("*")}
    assert not names & NO_ROOM


def test_no_path_of_a_machine_is_in_the_code(root: Path) -> None:
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path in text_files(root)
        for match in MACHINE_PATH.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("/ho" + "me/ada/raw.csv", True),
        ('open("' + "/op" + 't/x.csv")', True),
        ("C:" + r"\Users", True),
        ("https://example.org/home/page", False),
        ("maps/work/milano", False),
        ("#!/usr/bin/env bash", False),
    ],
)
def test_what_counts_as_a_path_of_a_machine(text: str, is_one: bool) -> None:  # noqa: FBT001
    assert bool(MACHINE_PATH.search(text)) is is_one


def test_importing_brings_in_no_heavy_library() -> None:
    code = f"import sys, quartieri15; print(*sorted(sys.modules.keys() & set({HEAVY!r})))"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.split() == []


def test_every_public_name_of_the_facade_is_there_and_explained() -> None:
    names = getattr(quartieri15, "__all__", [])
    assert len(names) == len(set(names))
    for name in names:
        value = getattr(quartieri15, name)
        if inspect.ismodule(value) or inspect.isclass(value) or inspect.isroutine(value):
            assert inspect.getdoc(value), name


def test_every_public_function_and_class_has_a_docstring() -> None:
    silent = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name, value in public_members(module)
        if not (value.__doc__ or "").strip()
    ]
    assert not silent


def text_files(root: Path) -> Iterator[Path]:
    """Every text file that the project itself wrote."""
    yield from (path for path in root.iterdir() if path.is_file() and is_text(path))
    for folder in TEXT_FOLDERS:
        for path in (root / folder).rglob("*"):
            written = path.is_relative_to(root / "maps") and path.name != "README.md"
            if path.is_file() and is_text(path) and not written:
                yield path


def is_text(path: Path) -> bool:
    return path.suffix in TEXT or path.name in {"Makefile", "run", "environment"}


def modules() -> Iterator[ModuleType]:
    yield quartieri15
    for found in pkgutil.walk_packages(quartieri15.__path__, "quartieri15."):
        yield importlib.import_module(found.name)


def public_members(module: ModuleType) -> Iterator[tuple[str, object]]:
    """The module itself, its own functions and classes, and what its classes define."""
    yield "(module)", module
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            yield name, value
            for inner, member in vars(value).items():
                function = member.fget if isinstance(member, property) else member
                if not inner.startswith("_") and inspect.isroutine(function):
                    yield f"{name}.{inner}", function
        elif inspect.isroutine(value):
            yield name, value
