"""Law: a text that lost letters, holds formulas or nothing is told; a plain one is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from quartieri15.editions.checking.texts import check_text

if TYPE_CHECKING:
    from pathlib import Path


def told(folder: Path, raw: bytes, name: str = "table.csv") -> list[tuple[str, str, str | None]]:
    path = folder / name
    path.write_bytes(raw)
    return [(one.rule, one.severity, one.row) for one in check_text(path, file=name)]


@pytest.mark.parametrize(
    "raw",
    [
        b"a,b\n1,2\n",
        "a;b\r\npiù;Perù\r\n".encode(),
        "\ufeffa,b\n1,2\n".encode(),
        "a;b\nViganò;€ 5\n".encode("cp1252"),
        b"a,b\n-1.5,+39\n-,- \n",
        "a,b\nÃngela,Âge\n".encode(),
    ],
    ids=["plain", "windows ends", "mark at the start", "windows letters", "signs", "own letters"],
)
def test_a_plain_text_is_well(tmp_path: Path, raw: bytes) -> None:
    assert told(tmp_path, raw) == []


@pytest.mark.parametrize(
    ("raw", "rule", "severity", "row"),
    [
        (b"", "files.empty", "error", None),
        (b"\xef\xbb\xbf\r\n", "files.empty", "error", None),
        ("a,b\nx,piÃ¹\n".encode(), "texts.decoded_twice", "warning", "line 2"),
        ("a,b\nx,y\nVigan\ufffd,1\n".encode(), "texts.lost_letter", "warning", "line 3"),
        (b"a,b\n1,=HYPERLINK(1)\n", "texts.formula", "warning", "line 2"),
        (b'a,b\n"x\ny",1\n@SUM(A1),2\n', "texts.formula", "warning", "line 4"),
        ("a,b\n1,2\n\ufeffa,b\n".encode(), "texts.mark", "warning", "line 3"),
    ],
    ids=["empty", "mark alone", "twice", "lost", "formula", "after a long cell", "mark within"],
)
def test_what_is_wrong_is_told_once(
    tmp_path: Path, raw: bytes, rule: str, severity: str, row: str | None
) -> None:
    assert told(tmp_path, raw) == [(rule, severity, row)]


def test_json_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    assert told(tmp_path, '{"a": "Viganò"}'.encode("cp1252"), "zones.geojson") == [
        ("files.encoding", "error", None)
    ]


def test_a_formula_names_its_column(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"id,name\n1,=1+1\n")
    (found,) = check_text(path, file="table.csv")
    assert (found.column, found.file) == ("name", "table.csv")


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    huge, pipe = tmp_path / "huge.csv", tmp_path / "pipe.csv"
    huge.write_bytes(b"a,b\n")
    os.truncate(huge, 20 * 2**30)  # it takes no room on the disk
    os.mkfifo(pipe)
    for path in (huge, pipe):
        (found,) = check_text(path, file=path.name)
        assert (found.rule, found.severity) == ("files.unreadable", "error")
