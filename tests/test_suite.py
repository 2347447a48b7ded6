"""The law: the suite says the same of the same code, in every run, on however busy a machine."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW_EXAMPLES = """
from hypothesis import given, settings, strategies as st

@settings(max_examples=6)
@given(st.integers())
def test_a_law(number):
    print("one example")

@settings(max_examples=30)
@given(st.integers())
def test_a_law_of_more_examples(number):
    print("one of more")

@given(st.integers())
def test_a_law_that_names_no_number(number):
    print("one of a hundred")

def test_no_law():
    print("one example")
"""


def told_by_pytest(root: Path, folder: Path, *words: str) -> str:
    """What pytest tells of a file of laws, as it stands among the tests of this suite."""
    (folder / "conftest.py").write_text((root / "tests" / "conftest.py").read_text("utf-8"))
    (folder / "test_a_law.py").write_text(NEW_EXAMPLES)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-s", "-c", os.devnull, *words, str(folder)],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def test_a_law_is_tried_on_some_of_its_examples_and_on_many_more_to_look_for_new_ones(
    root: Path, tmp_path: Path
) -> None:
    told = told_by_pytest(root, tmp_path)
    counted = [told.count(said) for said in ("one example", "one of more", "one of a hundred")]
    assert counted == [3 + 1, 10, 25]
    looking = told_by_pytest(root, tmp_path, "--hypothesis-profile=fuzz", "-m", "hypothesis")
    assert looking.count("one example") == 60
    assert "1 deselected" in looking


def test_every_law_is_tried_on_the_same_examples_in_every_run(
    request: pytest.FixtureRequest,
) -> None:
    for item in request.session.items:
        test = getattr(item, "obj", None)
        own = getattr(test, "_hypothesis_internal_use_settings", None)
        if own is not None:
            assert own.derandomize, item.nodeid
            assert own.database is None, item.nodeid
            assert own.deadline is None, item.nodeid


def test_a_test_waits_for_a_sign_and_never_for_a_time(root: Path) -> None:
    """A pause is one between two looks: within a loop that ends when the sign is there."""
    found = [
        f"{path.relative_to(root)}, line {line}"
        for path in sorted((root / "tests").rglob("*.py"))
        for line in pauses(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("import time\ntime.sleep(2)", [2]),
        ("for _ in range(3):\n    sleep(1)", [2]),
        ("page.wait_for_timeout(300)", [1]),
        ("while not ready():\n    time.sleep(0.01)", []),
    ],
)
def test_what_counts_as_waiting_for_a_time(code: str, lines: list[int]) -> None:
    assert list(pauses(ast.parse(code))) == lines


def pauses(tree: ast.AST) -> Iterator[int]:
    """The lines that wait for a time, outside of any loop that looks for a sign."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Call):
            name = getattr(child.func, "attr", getattr(child.func, "id", ""))
            if name in ("sleep", "wait_for_timeout"):
                yield child.lineno
        if not isinstance(child, ast.While):
            yield from pauses(child)
