"""Law: what a page prints is what its lines print, and every page is reached from another."""

from __future__ import annotations

import doctest
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from quartieri15.model.city import City


def test_the_tutorial_says_what_its_lines_print(
    root: Path, milano: City, capsys: pytest.CaptureFixture[str]
) -> None:
    failed, tried = doctest.testfile(
        str(root / "docs" / "tutorial.md"),
        module_relative=False,
        globs={"milano": milano},
        optionflags=doctest.NORMALIZE_WHITESPACE,
        encoding="utf-8",
    )
    assert not failed, capsys.readouterr().out
    assert tried > 10


def test_the_page_about_a_city_of_ones_own_says_what_its_lines_print(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    failed, tried = doctest.testfile(
        str(root / "docs" / "your_city.md"),
        module_relative=False,
        optionflags=doctest.NORMALIZE_WHITESPACE,
        encoding="utf-8",
    )
    assert not failed, capsys.readouterr().out
    assert tried > 10


def test_every_page_stands_in_the_table_of_contents(root: Path) -> None:
    contents = (root / "docs" / "index.md").read_text(encoding="utf-8")
    listed = {
        line
        for block in re.findall(r"```\{toctree\}(.*?)```", contents, flags=re.DOTALL)
        for line in block.split("\n")
    }
    pages = {path.stem for path in (root / "docs").glob("*.md")} - {"index"}
    assert pages <= listed, f"docs/index.md does not lead to {sorted(pages - listed)}"
