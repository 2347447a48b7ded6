"""Law: a text file comes back whole, or an error of the library says what stands there; reading it
ends, whatever it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from quartieri15.errors import InputError, MissingFileError, ParameterError
from quartieri15.model import profiles
from quartieri15.model.text_files import read_text
from quartieri15.planning.scenario import Scenario
from quartieri15.publish.runs import read_run

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path | str, longest: int = 10) -> str:
    return read_text(path, longest=longest, what="a thing")


def test_a_text_comes_back_with_one_kind_of_line_end(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes("è\r\n→\rc\n".encode())
    assert read(path) == "è\n→\nc\n"


@pytest.mark.parametrize("letter", ["a", "è", "→", "𝄞"])
def test_the_longest_is_read_and_no_longer(tmp_path: Path, letter: str) -> None:
    path = tmp_path / "text"
    path.write_text(10 * letter, encoding="utf-8")
    assert read(path) == 10 * letter
    path.write_text(11 * letter, encoding="utf-8")
    with pytest.raises(InputError, match="longer than 10 letters, which a thing is not"):
        read(path)


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="there is no such file"):
        read(tmp_path / "none")
    with pytest.raises(InputError, match="this is a folder"):
        read(tmp_path)
    with pytest.raises(ParameterError, match=r"NUL character.*leave the character out"):
        read("a\0b")
    (tmp_path / "latin").write_bytes(b"abc\xe8")
    with pytest.raises(InputError, match="no text in UTF-8: byte 3"):
        read(tmp_path / "latin")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
@pytest.mark.parametrize("reader", [Scenario.from_file, profiles.from_yaml, read_run])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, reader) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(InputError, match=r"pipe\.yaml: this is no file of a disk but a pipe"):
        reader(tmp_path / "pipe.yaml")
    with pytest.raises(InputError, match="this is no file of a disk"):
        reader("/dev/null")
