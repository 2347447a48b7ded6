"""Writing loses nothing: a result stands complete in its place, or the former one still does."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from quartieri15 import writing
from quartieri15.errors import MissingFileError, OutputError, ParameterError
from quartieri15.writing import (
    put_back,
    replacing_file,
    replacing_folder,
    require_writable,
    take_along,
)

FULL_DISK = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """A folder with a file of an earlier run in it."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.txt").write_text("former")
    return folder


@pytest.fixture
def two_renames(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system on which two folders cannot change places in one step."""
    monkeypatch.setattr(writing, "_renameat2", lambda: None)


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


def test_who_may_read_a_file_that_is_replaced_stays(former: Path) -> None:
    (former / "a.txt").chmod(0o640)
    with replacing_file(former / "a.txt") as unfinished:
        unfinished.write_text("new")
    assert (former / "a.txt").stat().st_mode & 0o777 == 0o640


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


@pytest.mark.usefixtures("two_renames")
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


@pytest.mark.usefixtures("two_renames")
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


@pytest.mark.usefixtures("two_renames")
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
    # Killed while it tidied up what had been replaced.
    (former.parent / ".out.mnop3456" / "former").mkdir(parents=True)
    os.utime(former.parent / ".out.mnop3456", (0, 0))
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


def test_a_file_in_the_way_further_up_is_named(former: Path) -> None:
    for make, path in (
        (replacing_folder, former / "a.txt" / "sub" / "sub"),
        (replacing_file, former / "a.txt" / "table.csv"),
    ):
        told = "a file is in the way: .*a.txt is no folder.*name another folder"
        with pytest.raises(OutputError, match=told), make(path):
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


def test_trouble_inside_an_unfinished_folder_names_the_folder_given(tmp_path: Path) -> None:
    def write() -> None:
        with replacing_folder(tmp_path / "site") as folder, replacing_file(folder / "a" / "b.gpkg"):
            raise FULL_DISK

    with pytest.raises(OutputError) as full:
        write()
    assert str(full.value).startswith(f"{tmp_path / 'site'}, a/b.gpkg: cannot be written")
    assert "new" not in str(full.value).removeprefix(str(tmp_path))
    assert not (tmp_path / "site").exists()


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


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from quartieri15 import writing

room = Path(sys.argv[1])
if sys.argv[2] == "two renames":
    writing._renameat2 = lambda: None
WATCHED = ("os.", "shutil.", "tempfile.", "open", "ctypes.")
left = None

def kill(event, _):
    global left
    if left is not None and event.startswith(WATCHED):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)

def write(text):
    with writing.replacing_folder(room / "link") as new:
        (new / "deep").mkdir()
        for name in ("a", "deep/b"):
            (new / name).write_text(text)

def found():
    return [path.read_text() for path in (room / "out" / "a", room / "out" / "deep" / "b")]

calls, ways = 0, set()
while True:
    calls += 1
    for path in room.iterdir():
        path.unlink() if path.is_symlink() else shutil.rmtree(path)
    (room / "link").symlink_to("out")
    (room / "out").mkdir()
    write("former")
    child = os.fork()
    if not child:
        left = calls
        write("new")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if sys.argv[2] == "two renames":
        ways.add("put back" if writing.put_back(room / "link") else "stood there")
    assert found() in (["former"] * 2, ["new"] * 2), calls
    ways.add(found()[0])
    assert (room / "link").is_symlink()
    # The next run is not in the way of what the killed one left, and ends well.
    write("next")
    assert found() == ["next"] * 2, calls
    if os.WIFEXITED(status):
        break
print(calls, *sorted(ways))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("way", ["one step", "two renames"])
def test_killed_at_any_call_a_whole_folder_has_the_name(tmp_path: Path, way: str) -> None:
    """Killed before the first call to the system, the second, ... until it gets through."""
    if way == "one step" and not exchanges(tmp_path):
        pytest.skip("two folders cannot change places in one step here")
    room = tmp_path / "room"
    room.mkdir()
    run = subprocess.run(
        [sys.executable, "-B", "-c", KILLED, str(room), way],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    calls, *ways = run.stdout.split(maxsplit=1)
    assert int(calls) > 15
    expected = "former new" if way == "one step" else "former new put back stood there"
    assert ways == [expected + "\n"]


def exchanges(folder: Path) -> bool:
    one, other = folder / "one", folder / "other"
    one.mkdir()
    (other / "deep").mkdir(parents=True)
    return writing._exchange(one, other)


def test_two_folders_change_places_in_one_step(tmp_path: Path) -> None:
    if not exchanges(tmp_path):
        pytest.skip("two folders cannot change places in one step here")
    assert state(tmp_path) == {"one": "folder", "one/deep": "folder", "other": "folder"}


@pytest.mark.parametrize("number", writing._NO_EXCHANGE)
def test_where_the_file_system_cannot_two_renames_do(
    former: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(writing, "_renameat2", lambda: lambda *_: number)
    with replacing_folder(former) as new:
        (new / "b.txt").write_text("new")
    assert state(former.parent) == {"out": "folder", "out/b.txt": "new"}


def test_another_error_of_the_one_step_is_told(
    former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(former.parent)
    monkeypatch.setattr(writing, "_renameat2", lambda: lambda *_: errno.EIO)
    with (
        pytest.raises(OutputError, match=r"Input/output error.*nothing was changed"),
        replacing_folder(former) as new,
    ):
        (new / "b.txt").write_text("new")
    assert state(former.parent) == before


@pytest.mark.parametrize(
    ("inside", "stands", "back"),
    [
        (("former", "new"), False, True),
        (("former", "new"), True, False),
        (("former",), False, False),
        (("new",), False, False),
        (("former", "new", "mine"), False, False),
    ],
)
def test_only_what_was_moved_aside_is_put_back(
    tmp_path: Path, inside: tuple[str, ...], *, stands: bool, back: bool
) -> None:
    for name in inside:
        (tmp_path / ".out.abcd1234" / name).mkdir(parents=True)
        (tmp_path / ".out.abcd1234" / name / "a").write_text(name)
    if stands:
        (tmp_path / "out").mkdir()
    before = state(tmp_path)
    assert put_back(tmp_path / "out") is back
    if back:
        assert (tmp_path / "out" / "a").read_text() == "former"
    else:
        assert state(tmp_path) == before


@pytest.mark.usefixtures("two_renames")
def test_a_reader_between_the_two_renames_does_no_harm(
    former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.replace

    def read_once(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            monkeypatch.setattr(os, "replace", rename)
            assert put_back(target)
        rename(source, target)

    monkeypatch.setattr(os, "replace", read_once)
    with replacing_folder(former) as new:
        (new / "b.txt").write_text("new")
    assert state(former.parent) == {"out": "folder", "out/b.txt": "new"}


def test_a_link_stays_a_link(former: Path) -> None:
    for name, target in (("link", "out"), ("file", "out/a.txt"), ("second", "link")):
        (former.parent / name).symlink_to(target)
    with replacing_file(former.parent / "file") as unfinished:
        assert unfinished.suffix == ".txt"
        unfinished.write_text("new")
    assert (former / "a.txt").read_text() == "new"
    with replacing_folder(former.parent / "second") as new:
        (new / "b.txt").write_text("newer")
    assert {path.name: path.is_symlink() for path in former.parent.iterdir()} == {
        "out": False,
        "link": True,
        "file": True,
        "second": True,
    }
    assert state(former) == {"b.txt": "newer"}


@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dangling", r"this is a symbolic link that leads to .*nowhere, which is not there"),
        ("dangling/out", r"dangling is a symbolic link that leads to .*nowhere, which is not"),
        ("loop", "this is a symbolic link that leads round in a circle"),
        ("loop/out", "loop is a symbolic link that leads round in a circle"),
        ("below", r"leads to .*a\.txt/b, which is below a file"),
        ("two\nlines", r"'.*two\\nlines': the path holds a character .*U\+000A"),
        ("tab\there", r"U\+0009"),
        ("nul\0", r"U\+0000"),
        ("escape\x1b[1m", r"U\+001B"),
        ("next\x85line", r"U\+0085"),
        ("other\u2028line", r"U\+2028"),
        ("latin\udce8", r"'.*latin\\udce8': the path holds a byte that is not UTF-8 \(U\+DCE8"),
        ("n" * 300, "File name too long"),
    ],
)
def test_a_name_that_will_not_do_is_refused_before_any_work(
    former: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str, *, folder: bool
) -> None:
    """By the name given: relative here, so not the resolved one."""
    for link, target in (("dangling", "nowhere"), ("loop", "pool"), ("pool", "loop")):
        (former / link).symlink_to(target)
    (former / "below").symlink_to("a.txt/b")
    before = sorted(path.name for path in former.iterdir())
    monkeypatch.chdir(former)
    for door in (
        lambda: require_writable(name, folder=folder),
        lambda: (replacing_folder if folder else replacing_file)(name).__enter__(),
    ):
        with pytest.raises(OutputError, match=told) as caught:
            door()
        assert caught.value.where in (name, ascii(name))
        assert caught.value.mend
    assert sorted(path.name for path in former.iterdir()) == before


def test_what_a_link_leads_to_must_be_of_the_kind(former: Path) -> None:
    (former.parent / "file").symlink_to("out/a.txt")
    (former.parent / "folder").symlink_to("out")
    with pytest.raises(OutputError, match="a file of this name is in the way"):
        require_writable(former.parent / "file", folder=True)
    with pytest.raises(OutputError, match="no file that could be replaced"):
        require_writable(former.parent / "folder", folder=False)


@pytest.mark.parametrize("path", [None, 3, b"out", ""])
def test_what_is_no_path_is_told(path: object) -> None:
    with pytest.raises(ParameterError, match="path"):
        require_writable(path, folder=True)  # type: ignore[arg-type] # that is the point


@pytest.mark.parametrize(
    ("mounted", "told"),
    [
        ("out", "a disk is mounted here"),
        ("out/a.txt", r"a disk is mounted inside it, on .*out/a\.txt"),
        ("out/two\\040words", r"inside it, on .*out/two words"),
        ("outer", None),
    ],
)
def test_a_folder_with_a_disk_in_it_is_refused(
    former: Path, monkeypatch: pytest.MonkeyPatch, mounted: str, told: str | None
) -> None:
    """Replaced, it would take the disk along, and emptying it would empty the disk."""
    table = former.parent / "mountinfo"
    table.write_text(f"36 35 0:3 / {former.parent}/{mounted} rw - ext4 /dev/sda rw\n")
    monkeypatch.setattr(writing, "_MOUNTS", table)
    if told is None:
        assert require_writable(former, folder=True) == former
        return
    with pytest.raises(OutputError, match=told):
        require_writable(former, folder=True)
    if mounted == "out/a.txt":
        with pytest.raises(OutputError, match="a disk is mounted here"):
            require_writable(former / "a.txt", folder=False)


def test_what_is_taken_along_stays_what_it_is(former: Path) -> None:
    (former / "deep").mkdir()
    for name, target in (("link", "a.txt"), ("away", "nowhere"), ("deep/up", "..")):
        (former / name).symlink_to(target)
    with replacing_folder(former) as new:
        take_along(former.iterdir(), new)
    assert (former / "a.txt").read_text() == "former"
    for name, target in (("link", "a.txt"), ("away", "nowhere"), ("deep/up", "..")):
        assert str((former / name).readlink()) == target


@pytest.mark.parametrize("name", [".", "..", "inside/.."])
def test_the_folder_one_stands_in_is_not_pulled_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "here" / "inside").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="started in this folder"), replacing_folder(name):
        pytest.fail("nothing may be begun")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def asked(path: Path) -> Any:
    return nullcontext(require_writable(path, folder=True))


@pytest.mark.parametrize("door", [asked, replacing_file, replacing_folder])
def test_who_is_asked_to_end_while_the_hidden_folder_is_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, door: Any
) -> None:
    make = os.mkdir

    def interrupted(path: Any, *args: Any, **options: Any) -> None:
        make(path, *args, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt), door(tmp_path / "out"):
        pytest.fail("nothing may be begun")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_removed_in_one_step(former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    remove = shutil.rmtree

    def looking(path: Path, **options: Any) -> None:
        seen.append(former.exists())
        remove(path, **options)

    monkeypatch.setattr(shutil, "rmtree", looking)
    writing.remove_folder(former)
    assert seen == [False]
    assert not list(former.parent.iterdir())


def test_what_was_left_under_names_that_do_not_come_again_is_removed(former: Path) -> None:
    shelf = former.parent
    names = (".2025.abcd1234", ".2026.abcd1234", ".mine", ".2024.efgh5678")
    for name in names:
        (shelf / name / "new").mkdir(parents=True)
    (shelf / names[3] / "former").mkdir()
    for name in (names[0], *names[2:]):
        os.utime(shelf / name, (0, 0))
    writing.remove_leftovers(shelf)
    assert {path.name for path in shelf.iterdir()} == {"out", *names[1:]}
    writing.remove_leftovers(shelf / "nowhere")
