"""Law: whatever stands at a result's name is whole, the former or the new, at whatever moment the
run that writes it is killed; the next run works, and takes away what the killed one left.

Each kind of result is written twice in full, the former and the new. Then the new is written over
the former again and again by a process of its own, which after a random time is killed (kill -9),
or asked to end (Ctrl-C, SIGTERM), which leaves nothing behind at all.

By hand, with how many times, a seed, and the results if not all of them:
``python -m tests.hardness.kill_writers 200 1 layers.gpkg site``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd

from quartieri15 import interrupts
from quartieri15.model.profiles import WALK_75
from quartieri15.planning.edits import ClosePlace
from quartieri15.planning.scenario import Scenario
from quartieri15.publish.analysis_folder import write_analysis
from quartieri15.publish.layers.geopackage import write_layers
from quartieri15.publish.layers.single_layers import write_geoparquet
from quartieri15.publish.site.building import write_site
from quartieri15.publish.tables import write_csv
from quartieri15.publish.workbook import write_workbook
from quartieri15.writing import LEFTOVER_AGE_S
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from collections.abc import Callable

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


WRITERS: Final[dict[str, Callable[[float, Path], object]]] = {
    "table.csv": lambda people, path: write_csv(_table(people), path),
    "table.parquet": lambda people, path: write_geoparquet(_table(people), path),
    "layers.gpkg": _layers,
    "tables.xlsx": _workbook,
    "plan.yaml": _scenario,
    "walk.yaml": lambda people, path: WALK_75.with_(speed_kmh=people / 100).to_yaml(path),
    "analysis": _analysis,
    "site": lambda people, path: write_site(_city(people), path),
}
"""How each kind of result is written, by the name it stands under."""

FORMER, NEW = 200.0, 300.0


def content(path: Path) -> dict[str, str]:
    """Return a checksum of every file of a result, by its name in it."""
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    return {
        str(one.relative_to(path)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files
    }


def in_a_process(
    run: Callable[[], object], *, ended_after_s: float = math.inf, ended_by: int = signal.SIGKILL
) -> float:
    """Run something in a process of its own, and end it; return how long it took."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        interrupts.end_at_once()
        try:
            with interrupts.tidying_up():
                run()
        except BaseException:  # noqa: BLE001  (told by the status)
            os._exit(1)
        os._exit(0)
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
    name: str, folder: Path, *, times: int, chance: random.Random
) -> dict[str, int]:
    """Kill the writer of one kind of result at random moments, and look at what stands there.

    Returns
    -------
    dict
        ``former``, ``new``: how often each stood there whole; ``left``: hidden folders that the
        next run a day later took away.
    """
    write, path = WRITERS[name], folder / name
    # What is imported and compiled at the first time would take most of the time.
    write(NEW, path)
    new = content(path)
    took_s = in_a_process(lambda: write(FORMER, path))
    former = content(path)
    assert former != new
    found = {"former": 0, "new": 0, "left": 0}
    for _ in range(times):
        # Every other time towards the end, where names are changed.
        after_s = took_s * chance.uniform(chance.choice([0, 0.7]), 1.1)
        # Twice out of three times without being asked.
        ended_by = chance.choice([*(signal.SIGKILL,) * 4, signal.SIGINT, signal.SIGTERM])
        in_a_process(lambda: write(NEW, path), ended_after_s=after_s, ended_by=ended_by)
        seen = content(path)
        assert seen in (former, new), f"{name} is neither the former nor the new: {sorted(seen)}"
        found["new" if seen == new else "former"] += 1
        left = [one for one in folder.iterdir() if one != path]
        assert all(one.name.startswith(f".{name}.") for one in left), left
        assert not left or ended_by == signal.SIGKILL, f"asked to end, it left {left}"
        found["left"] += len(left)
        for one in left:
            a_day_ago = time.time() - LEFTOVER_AGE_S - 60
            os.utime(one, (a_day_ago, a_day_ago))
        in_a_process(lambda: write(FORMER, path))
        assert content(path) == former
        assert [one.name for one in folder.iterdir()] == [name]
    return found


def main() -> None:
    """Kill as often as is asked, in turn over all kinds of results."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)  # noqa: S311
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)  # noqa: S311
    os.environ["SOURCE_DATE_EPOCH"] = str(int(WHEN.timestamp()))
    names = sys.argv[3:] or list(WRITERS)
    for i, name in enumerate(names):
        share = times // len(names) + (i < times % len(names))
        with tempfile.TemporaryDirectory() as folder:
            found = kill_again_and_again(name, Path(folder), times=share, chance=chance)
        sys.stdout.write(f"{name} {found}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
