"""Law: one process at a time is in the block, and whoever ends leaves neither lock nor file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from quartieri15 import locking
from quartieri15.errors import OutputError
from quartieri15.locking import locked

if TYPE_CHECKING:
    from pathlib import Path

WORDS: Any = {"what": "this", "mend_busy": "run again", "mend_unwritable": "elsewhere"}


def test_nobody_is_in_the_block_with_another(tmp_path: Path) -> None:
    path, inside, most = tmp_path / "a" / ".lock", 0, 0
    count = threading.Lock()

    def enter(_: int) -> None:
        nonlocal inside, most
        with locked(path, wait_s=20, **WORDS):
            with count:
                inside += 1
                most = max(most, inside)
            # Looking at the file lets the other threads go on.
            for _ in range(20):
                path.exists()
            with count:
                inside -= 1

    with ThreadPoolExecutor(8) as at_once:
        list(at_once.map(enter, range(40)))
    assert most == 1
    assert not path.exists()


def test_who_waits_is_told_why_and_goes_on_when_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    waited: list[Any] = []
    with locked(path, wait_s=0, **WORDS):
        with (
            pytest.raises(OutputError, match=r"another run has used this for 0 s and more.*again"),
            locked(path, wait_s=0.3, waiting=lambda: waited.append(1), **WORDS),
        ):
            pass
        assert waited
    with locked(path, wait_s=0, **WORDS):
        assert path.exists()


def test_an_error_in_the_block_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with pytest.raises(ZeroDivisionError), locked(path, wait_s=0, **WORDS):
        raise ZeroDivisionError
    with locked(path, wait_s=0, **WORDS):
        pass


def test_where_no_file_can_be_made_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match=r"cannot be written to.*elsewhere"),
        locked(tmp_path / "file" / ".lock", wait_s=0, **WORDS),
    ):
        pass


def test_a_lock_on_a_file_that_has_no_name_any_more_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, lock, asked = tmp_path / ".lock", locking._lock, []

    def late(file: Any) -> bool:
        asked.append(file)
        if len(asked) == 1:  # who had it has ended, and another has come
            path.unlink()
            path.touch()
        return lock(file)

    monkeypatch.setattr(locking, "_lock", late)
    with locked(path, wait_s=5, **WORDS):
        assert len(asked) == 2
