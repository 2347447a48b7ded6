"""Law: whatever stands at a result's name is whole, the former or the new, at whatever moment the
run that writes it is killed; the next run works, and takes away what the killed one left.

Each kind of result is written twice in full, the former and the new. Then the new is written over
the former again and again by a process of its own, which after a random time is killed (kill -9),
or asked to end (Ctrl-C, SIGTERM), which leaves nothing behind at all.

By hand, with how many times, a seed, and the results if not all of them:
``python -m tests.hardness.kill_writers 200 1 layers.gpkg site``.
"""

from __future__ import annotations

import atexit
import datetime as dt
import functools
import hashlib
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest import mock

import geopandas as gpd

from quartieri15 import interrupts
from quartieri15.editions import milano, updating
from quartieri15.editions.any_city import build_city
from quartieri15.editions.loading import MANIFEST
from quartieri15.model.profiles import WALK_75
from quartieri15.planning.edits import ClosePlace
from quartieri15.planning.scenario import Scenario
from quartieri15.progress import quiet
from quartieri15.publish.analysis_folder import write_analysis
from quartieri15.publish.layers.geopackage import write_layers
from quartieri15.publish.layers.single_layers import write_geoparquet
from quartieri15.publish.site.building import write_site
from quartieri15.publish.tables import write_csv
from quartieri15.publish.workbook import write_workbook
from quartieri15.sources.cache import Cache, Stated
from quartieri15.sources.registry_edits import correct_place
from quartieri15.writing import LEFTOVER_AGE_S
from tests.ascii_city import draw_city
from tests.editions.raw_town import write_project
from tests.sources.test_registry_edits import registered_town, row, written

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from quartieri15.model.city import City

WHEN: Final = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)


def _city(people: float) -> City:
    return draw_city(
        "A" + "-" * 15 + "B",
        cell=100,
        places={"west": (0, 0), "east": (16, 0)},
        people={(1, 0): people, (8, 0): 400.0, (16, 0): 600.0},
    )


def _table(people: float) -> gpd.GeoDataFrame:
    table = _city(people).places[["id", "name", "geometry"]]
    return gpd.GeoDataFrame(table.loc[table.index.repeat(5_000)].reset_index(drop=True)).assign(
        people=people
    )


def _layers(people: float, path: Path) -> None:
    write_layers({"houses": _table(people)}, path, when=WHEN)


def _workbook(people: float, path: Path) -> None:
    table = _table(people).drop(columns="geometry").head(1_000)
    write_workbook({"houses": table}, path, provenance={}, title="Town", when=WHEN)


def _scenario(people: float, path: Path) -> None:
    Scenario("West closes", [ClosePlace("West")], description=f"{people} " * 9_000).to_file(path)


def _analysis(people: float, path: Path) -> None:
    write_analysis(_city(people), path, profiles=["walk_75"], minutes=[5], groups=["residents"])


def _town(people: float, path: Path) -> None:
    build_city(project_of(people), path, progress=quiet)


@functools.cache
def _room() -> Path:
    """Return a folder for what is read, until this process ends."""
    room = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    return Path(room)


@functools.cache
def project_of(people: float) -> Path:
    """Return the project of a town with so many people."""
    counts = f"id,tutti,anziani\n1,{people:.0f},60\n2,90,9\n"
    return write_project(_room() / f"town-{people:.0f}", people=counts)


@functools.cache
def _edition_of(people: float) -> Path:
    """Return a folder with the files of an edition, and what they hold."""
    folder = _room() / f"edition-{people:.0f}"
    folder.mkdir()
    for name in (*milano.FILES, MANIFEST):
        (folder / name).write_text(f'{{"{name}": {people}}}' + " " * 100_000)
    return folder


@functools.cache
def _registered() -> tuple[City, bytes]:
    """Return a town, and a registry of two places in it."""
    town = registered_town()
    with tempfile.TemporaryDirectory() as folder:
        return town, written(Path(folder), row(1), row(7)).read_bytes()


def content(path: Path) -> dict[str, str]:
    """Return a checksum of every file of a result, by its name in it."""
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    return {
        str(one.relative_to(path)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files
    }


class Result:
    """A kind of result: how the former and the new one are made, and what is read of it.

    Parameters
    ----------
    name
        The name it stands under.
    write
        Writes the result of so many people.
    """

    def __init__(self, name: str, write: Callable[[float, Path], object] | None = None) -> None:
        self.name, self.write = name, write

    def begin(self, room: Path) -> None:
        """Make the former one."""
        assert self.write is not None
        self.write(FORMER, room / self.name)

    def run(self, room: Path) -> None:
        """Make the new one of it."""
        assert self.write is not None
        self.write(NEW, room / self.name)

    def read(self, room: Path) -> object:
        """Return what a reader finds at its name."""
        return content(room / self.name)

    def left(self, room: Path) -> list[Path]:
        """Return what stands there and is no part of a result."""
        return [one for one in room.iterdir() if one.name != self.name]


class _Registry(Result):
    """A registry in which a place is corrected."""

    def begin(self, room: Path) -> None:
        (room / self.name).write_bytes(_registered()[1])

    def run(self, room: Path) -> None:
        day = dt.date(2026, 11, 26)
        asked = {"column": "name", "new": "Casa nuova", "source": "a visit", "date": day}
        correct_place(room / self.name, "CAM-07", city=_registered()[0], **asked)


class _Cache(Result):
    """A cache into which a file is fetched again, in pieces, that has changed since."""

    url = "https://example.org/a.csv"
    bodies: Final = {'"former"': b"former" * 50_000, '"new"': b"new" * 100_000}

    def begin(self, room: Path) -> None:
        self._fetch(room, '"former"')

    def run(self, room: Path) -> None:
        self._fetch(room, '"new"')

    def _fetch(self, room: Path, etag: str) -> None:
        cache, octets = Cache(room / self.name), self.bodies[etag]
        stated = Stated(etag=etag, size_bytes=len(octets))
        with cache.locked():
            path = cache.begin(self.url, stated)
            with path.open("ab") as file:
                for at in range(0, len(octets), 10_000):
                    file.write(octets[at : at + 10_000])
            cache.keep(self.url, stated)
        # Whoever comes next takes away what nothing names.
        with cache.locked():
            assert len([*cache.folder.glob("contents/*")]) == 1
            assert not [*cache.folder.glob("partial/*")]

    def read(self, room: Path) -> object:
        cache = Cache(room / self.name)
        kept, begun = cache.find(self.url), cache.begun(self.url)
        if begun is not None:
            came = cache.partial(self.url).read_bytes()
            assert self.bodies[str(begun.etag)].startswith(came), "gone on with, it would be wrong"
        return None if kept is None else hashlib.sha256(kept.path.read_bytes()).hexdigest()

    def left(self, room: Path) -> list[Path]:
        return [*(room / self.name).glob("*/.*")]


class _Edition(Result):
    """An edition in use that a newer one replaces; the former is kept beside it."""

    def begin(self, room: Path) -> None:
        shutil.copytree(_edition_of(FORMER), room / self.name)
        (room / self.name / "mine.yaml").write_text("mine")

    def run(self, room: Path) -> None:
        updating.put_in_place(_edition_of(NEW), room / self.name)

    def read(self, room: Path) -> object:
        found = content(room / self.name)
        whole = [content(_edition_of(people)) for people in (FORMER, NEW)]
        assert found.pop("mine.yaml")
        kept = [content(one) for one in updating.kept_editions(room / self.name)]
        assert all(one.pop("mine.yaml") and one in whole for one in kept), "half of one is kept"
        assert len(kept) == len({str(one) for one in kept}), "one is kept twice"
        return found

    def left(self, room: Path) -> list[Path]:
        shelf = room / f"{self.name}.kept"
        return [one for folder in (room, shelf) for one in folder.glob(".*")]


class _EditionBack(_Edition):
    """An edition in use that is taken back to the former one."""

    def begin(self, room: Path) -> None:
        super().begin(room)
        super().run(room)

    def run(self, room: Path) -> None:
        # Whether it can be opened is asked first, and changes nothing.
        with mock.patch.object(updating, "load"):
            updating.go_back(room / self.name)


RESULTS: Final = {
    result.name: result
    for result in (
        Result("table.csv", lambda people, path: write_csv(_table(people), path)),
        Result("table.parquet", lambda people, path: write_geoparquet(_table(people), path)),
        Result("layers.gpkg", _layers),
        Result("tables.xlsx", _workbook),
        Result("plan.yaml", _scenario),
        Result(
            "walk.yaml",
            lambda people, path: WALK_75.with_(speed_kmh=people / 100).to_yaml(path),
        ),
        Result("analysis", _analysis),
        Result("site", lambda people, path: write_site(_city(people), path)),
        Result("town", _town),
        _Registry("registry.csv"),
        _Cache("cache"),
        _Edition("milano"),
        _EditionBack("milano-back"),
    )
}
"""Each kind of result, by the name it stands under."""

FORMER, NEW = 200.0, 300.0


def in_a_process(
    run: Callable[[], object], *, ended_after_s: float = math.inf, ended_by: int = signal.SIGKILL
) -> float:
    """Run something in a process of its own, and end it; return how long it took."""
    began = time.monotonic()
    # Asked to end before it can answer, it would go back into what this process is doing.
    asking = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, asking)
    child = os.fork()
    if child == 0:
        try:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            interrupts.end_at_once()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, asking)
            with interrupts.tidying_up():
                run()
        except BaseException:  # noqa: BLE001  (told by the status)
            os._exit(1)
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, asking)
    undisturbed = math.isinf(ended_after_s)
    if not undisturbed:
        while time.monotonic() < began + ended_after_s:
            time.sleep(0.001)
        os.kill(child, ended_by)
    _, status = os.waitpid(child, 0)
    if undisturbed and status:
        raise AssertionError("a run that nobody disturbs failed")
    return time.monotonic() - began


def kill_again_and_again(
    name: str, room: Path, *, times: int, chance: random.Random
) -> dict[str, int]:
    """Kill the writer of one kind of result at random moments, and look at what stands there.

    Returns
    -------
    dict
        ``former``, ``new``: how often each stood there whole; ``left``: what was left behind, and
        taken away by the next run a day later.
    """
    result = RESULTS[name]
    # What is imported and compiled at the first time would take most of the time.
    result.begin(room)
    before = Path(shutil.copytree(room, room.with_name(f"{room.name}-before"), symlinks=True))
    former = result.read(room)
    result.run(room)
    _put(before, room)
    took_s = in_a_process(lambda: result.run(room))
    new = result.read(room)
    assert former != new
    assert not result.left(room)
    found = {"former": 0, "new": 0, "left": 0}
    for _ in range(times):
        _put(before, room)
        # Every other time towards the end, where names are changed.
        after_s = took_s * chance.uniform(chance.choice([0, 0.7]), 1.1)
        # Twice out of three times without being asked.
        ended_by = chance.choice([*(signal.SIGKILL,) * 4, signal.SIGINT, signal.SIGTERM])
        in_a_process(lambda: result.run(room), ended_after_s=after_s, ended_by=ended_by)
        seen = result.read(room)
        assert seen in (former, new), f"{name} is neither the former nor the new: {seen}"
        found["new" if seen == new else "former"] += 1
        left = result.left(room)
        assert not left or ended_by == signal.SIGKILL, f"asked to end, it left {left}"
        found["left"] += len(left)
        a_day_ago = time.time() - LEFTOVER_AGE_S - 60
        for one in left:
            os.utime(one, (a_day_ago, a_day_ago))
        if seen == new:
            _put(before, room, beside=left)
        # How long it takes depends on what else the machine does.
        took_s = in_a_process(lambda: result.run(room))
        assert result.read(room) == new
        assert not result.left(room), f"the next run left {result.left(room)}"
    shutil.rmtree(before)
    return found


def _put(before: Path, room: Path, *, beside: Collection[Path] = ()) -> None:
    """Bring the former result back by hand, beside what was left."""
    for path in sorted(room.rglob("*"), reverse=True):
        if not any(one == path or one in path.parents for one in beside):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
    shutil.copytree(before, room, dirs_exist_ok=True)


def main() -> None:
    """Kill as often as is asked, in turn over all kinds of results."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)  # noqa: S311
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)  # noqa: S311
    os.environ["SOURCE_DATE_EPOCH"] = str(int(WHEN.timestamp()))
    names = sys.argv[3:] or list(RESULTS)
    for i, name in enumerate(names):
        share = times // len(names) + (i < times % len(names))
        with tempfile.TemporaryDirectory() as folder:
            room = Path(folder, "room")
            room.mkdir()
            found = kill_again_and_again(name, room, times=share, chance=chance)
        sys.stdout.write(f"{name} {found}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
