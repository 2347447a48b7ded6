"""Writing loses nothing: a result stands complete in its place, or the former one still does."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from quartieri15.errors import MissingFileError, OutputError
from quartieri15.writing import replacing_file, replacing_folder

FULL_DISK = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """A folder with a file of an earlier run in it."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.txt").write_text("former")
    return folder


def state(folder: Path) -> dict[str, str]:
    """Everything below a folder, hidden files too."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.csv"
    with replacing_file(target) as unfinished:
        unfinished.write_text("new")
        assert unfinished.suffix == ".csv"
        assert not target.exists()
    assert state(tmp_path) == {"deep": "folder", "deep/a.csv": "new"}


@pytest.mark.parametrize("error", [RuntimeError("half-way"), KeyboardInterrupt(), FULL_DISK])
def test_a_failure_half_way_leaves_the_former_file(former: Path, error: BaseException) -> None:
    before = state(former)

    def write() -> None:
        with replacing_file(former / "a.txt") as unfinished:
            unfinished.write_text("ne")
            raise error

    with pytest.raises(OutputError if error is FULL_DISK else type(error)):
        write()
    assert state(former) == before


def test_only_a_file_is_replaced(former: Path) -> None:
    os.mkfifo(former / "pipe")
    (former / "link").symlink_to(former / "pipe")
    for target in (former / "pipe", former / "link", former):
        with (
            pytest.raises(OutputError, match=r"no file that could be replaced.*Mend: name a new"),
            replacing_file(target),
        ):
            pytest.fail("it was begun")
    assert (former / "pipe").is_fifo()
    assert (former / "link").is_symlink()
    (former / "other").symlink_to(former / "a.txt")
    with replacing_file(former / "other") as unfinished:
        unfinished.write_text("new")
    assert (former / "other").read_text() == "new"


def test_a_folder_is_replaced_as_a_whole(former: Path) -> None:
    with replacing_folder(former) as unfinished:
        (unfinished / "b.txt").write_text("new")
        assert state(former) == {"a.txt": "former"}
    assert state(former.parent) == {"out": "folder", "out/b.txt": "new"}


@pytest.mark.parametrize("error", [RuntimeError("half-way"), KeyboardInterrupt(), FULL_DISK])
def test_a_failure_half_way_leaves_the_former_folder(former: Path, error: BaseException) -> None:
    before = state(former.parent)

    def write() -> None:
        with replacing_folder(former) as unfinished:
            (unfinished / "b.txt").write_text("ne")
            raise error

    with pytest.raises(OutputError if error is FULL_DISK else type(error)):
        write()
    assert state(former.parent) == before


def test_a_folder_that_cannot_take_its_place_leaves_the_former_one(
    former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(former.parent)
    rename = os.replace

    def failing(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        rename(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OutputError, match="nothing was changed"), replacing_folder(former) as new:
        (new / "b.txt").write_text("new")
    assert state(former.parent) == before


def test_an_interruption_between_the_two_renames_brings_the_former_back(
    former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(former.parent)
    rename = os.replace

    def interrupted(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), replacing_folder(former) as new:
        (new / "b.txt").write_text("new")
    assert state(former.parent) == before


def test_another_run_that_ends_at_the_same_moment_keeps_its_place(
    former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.replace

    def overtaken(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            Path(target).mkdir()
            (Path(target) / "theirs.txt").write_text("theirs")
        rename(source, target)

    monkeypatch.setattr(os, "replace", overtaken)
    with (
        pytest.raises(OutputError, match=r"another run is writing here.*Mend: run again"),
        replacing_folder(former) as new,
    ):
        (new / "b.txt").write_text("new")
    assert state(former.parent) == {"out": "folder", "out/theirs.txt": "theirs"}


def test_what_a_killed_run_left_is_removed_when_it_is_a_day_old(former: Path) -> None:
    names = (".out.abcd1234", ".out.efgh5678", ".out.ijkl9012", ".out.mine", ".other.abcd1234")
    for name in names:
        (former.parent / name / "new").mkdir(parents=True)
    (former.parent / ".out.efgh5678" / "former").mkdir()
    for name in names:
        if name != ".out.ijkl9012":
            os.utime(former.parent / name, (0, 0))
    with replacing_folder(former):
        pass
    left = {path.name for path in former.parent.iterdir()}
    assert left == {"out", *names[1:]}


def test_a_disk_is_not_replaced(former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda self: self == former)
    with (
        pytest.raises(OutputError, match=r"a disk is mounted here.*Mend: give a new folder inside"),
        replacing_folder(former),
    ):
        pass
    assert state(former) == {"a.txt": "former"}


def test_a_file_in_the_way_of_a_folder_is_kept(former: Path) -> None:
    with (
        pytest.raises(OutputError, match="a file of this name is in the way"),
        replacing_folder(former / "a.txt"),
    ):
        pass
    assert state(former) == {"a.txt": "former"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_one_may_not_write_to_is_said_plainly(former: Path) -> None:
    former.chmod(0o500)
    try:
        with (
            pytest.raises(OutputError, match="choose a folder you may write to"),
            replacing_file(former / "a.txt") as unfinished,
        ):
            unfinished.write_text("new")
    finally:
        former.chmod(0o700)
    assert state(former) == {"a.txt": "former"}


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no /sys, where nobody may write")
def test_where_not_even_root_may_write_is_said_plainly() -> None:
    with (
        pytest.raises(OutputError, match="choose a folder you may write to"),
        replacing_folder("/sys/kernel/out"),
    ):
        pass


def test_a_path_below_a_file_is_said_plainly(former: Path) -> None:
    with pytest.raises(OutputError), replacing_file(former / "a.txt" / "b.txt"):
        pass
    assert state(former) == {"a.txt": "former"}


def test_a_really_full_disk_leaves_the_former_file(former: Path) -> None:
    """A process that may write 1 KB a file, as on a disk with no more room."""
    script = (
        "import sys; from quartieri15.writing import replacing_file\n"
        "with replacing_file(sys.argv[1]) as unfinished:\n"
        "    unfinished.write_bytes(bytes(100_000))\n"
    )

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    run = subprocess.run(
        [sys.executable, "-B", "-c", script, str(former / "a.txt")],
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "OutputError" in run.stderr
    assert "free some space" in run.stderr
    assert state(former) == {"a.txt": "former"}


def test_an_error_about_something_else_keeps_its_words(tmp_path: Path) -> None:
    with (
        pytest.raises(MissingFileError, match="there is no such folder"),
        replacing_folder(tmp_path / "out"),
    ):
        raise MissingFileError("there is no such folder", where="raw")
    assert list(tmp_path.iterdir()) == []
