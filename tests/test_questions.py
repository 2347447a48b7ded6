"""Law: the page of questions says what its calls say, and no question of its list is left out."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from quartieri15.model.city import City

PAGE = Path(__file__).parents[1] / "docs" / "questions.md"
ANSWERED = [*range(1, 6), *range(7, 11), *range(16, 27)]


def test_every_question_has_its_call() -> None:
    headings = re.findall(r"^### (Q.*?)\. ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    told = sorted(int(number) for heading in headings for number in re.findall(r"\d+", heading))
    assert told == ANSWERED


def test_every_call_says_what_stands_on_the_page(
    milano: City, capsys: pytest.CaptureFixture[str]
) -> None:
    failed, tried = doctest.testfile(
        str(PAGE),
        module_relative=False,
        globs={"milano": milano},
        optionflags=doctest.NORMALIZE_WHITESPACE,
        encoding="utf-8",
    )
    assert not failed, capsys.readouterr().out
    assert tried > len(ANSWERED)
