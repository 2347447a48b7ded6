"""How long a changed city takes to answer, beside one made anew of its tables, in one run.

    python benchmarks/planning_scenarios.py [--quick] [--repeats 5] [--scenarios 1000]

Every question is the travel times of all addresses to the houses and the coverage of all groups by
NIL. *Made anew* is a network and a city from their tables, and the same question: nothing that was
prepared is found again. Each changed city is asked once, so that nothing of its own is found.
Answers are compared byte by byte. Figures are medians, and everything is asked in turn, so that a
slow minute of the machine falls on all alike. The processor's time is told beside that on the
clock, and is what ratios are of: what else runs on the machine changes it less.
"""

from __future__ import annotations

import argparse
import gc
import os
import pickle
import platform
import resource
import statistics
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from quartieri15.analysis.coverage import coverage
from quartieri15.editions.loading import load
from quartieri15.model.city import City
from quartieri15.model.streets import StreetNetwork
from quartieri15.planning.edits import AddStreet, CalmTraffic, ClosePlace, Edit, OpenPlace
from quartieri15.planning.evaluating import evaluate
from quartieri15.planning.scenario import Scenario
from quartieri15.reach.times import travel_times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGET = 0.02
"""Of the time a city made anew takes."""

PROFILES = ("walk_75", "bike_65", "bike_low_stress")
OPEN = ["foot", "bicycle_forward", "bicycle_backward"]


def ask(city: City, profile: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return travel times to the houses, and coverage of all groups by NIL."""
    times = travel_times(city, to="houses", profile=profile)
    return times, coverage(city, to="houses", profile=profile, by="nil", times=times)


def made_anew(city: City) -> City:
    """Return the same city, made of its tables."""
    streets = StreetNetwork.from_tables(
        city.streets.nodes, city.streets.edges, barriers=city.streets.barriers
    )
    return City.from_tables(
        city.name,
        streets=streets,
        places=city.places,
        zones=city.zones,
        residents=city.residents.copy(),
        provenance=city.provenance,
    )


def made_anew_and_asked(city: City, profile: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the same city of its tables, and ask it."""
    return ask(made_anew(city), profile)


def written(answer: tuple[pd.DataFrame, ...]) -> bytes:
    """Return every value, type and remark of an answer."""
    return pickle.dumps(
        [
            [one.to_dict("list"), one.index.tolist(), one.dtypes.astype(str).to_dict(), one.attrs]
            for one in answer
        ]
    )


def one_place(city: City, chance: np.random.Generator) -> City:
    """Open a house at some address, or close one."""
    houses = city.houses
    if chance.random() < 0.5:  # noqa: PLR2004 - one in two
        return city.with_(places=city.places.drop(index=chance.choice(houses.index)))
    at = city.residents.geometry.iloc[int(chance.integers(len(city.residents)))]
    new = houses.iloc[[0]].assign(id="new", geometry=gpd.GeoSeries([at], houses.index[:1]))
    return city.with_(places=pd.concat([city.places, new.set_crs(city.crs)], ignore_index=True))


def ten_edges(city: City, chance: np.random.Generator) -> City:
    """Calm ten edges and give them a cycle track."""
    edges = chance.choice(len(city.streets.edges), 10, replace=False)
    values = {"maxspeed_kmh": 30.0, "stress": 1.0, "cycle_facility": "track"}
    return city.with_(
        streets=city.streets.with_edge_values(pd.DataFrame(values | _ALL_OPEN, index=edges))
    )


def ten_closed(city: City, chance: np.random.Generator) -> City:
    """Close ten edges to everyone."""
    edges = chance.choice(len(city.streets.edges), 10, replace=False)
    return city.with_(
        streets=city.streets.with_edge_values(pd.DataFrame(dict.fromkeys(OPEN, False), index=edges))
    )


def one_street(city: City, chance: np.random.Generator) -> City:
    """Join the middle of a street, split there, to a junction nearby."""
    streets = city.streets
    edge = int(chance.integers(len(streets.edges)))
    old = streets.edges.iloc[[edge]]
    line = old.geometry.iloc[0]
    middle = line.interpolate(0.5, normalized=True)
    node = int(streets.nodes.index.max()) + 1
    near = streets.nodes.index[streets.nodes.sindex.query(middle.buffer(200.0))]
    aim = int(chance.choice(near)) if len(near) else int(old["v"].iloc[0])
    halves = [substring(line, a, b, normalized=True) for a, b in ((0, 0.5), (0.5, 1))]
    way = shapely.LineString([middle, streets.nodes.geometry.loc[aim]])
    added = pd.concat([old.assign(v=node), old.assign(u=node), old.assign(u=node, v=aim)])
    added = added.assign(**_ALL_OPEN).set_geometry(gpd.GeoSeries([*halves, way]).array)
    added = added.set_crs(city.crs, allow_override=True)
    return city.with_(
        streets=streets.with_edges(
            removed=[edge],
            added=added.assign(length_m=added.length.to_numpy()),
            nodes=gpd.GeoDataFrame(geometry=[middle], index=[node], crs=city.crs),
        )
    )


_ALL_OPEN: dict[str, Any] = dict.fromkeys(OPEN, True)
SCENARIOS: dict[str, Callable[[City, np.random.Generator], City]] = {
    "one place": one_place,
    "ten edges": ten_edges,
    "ten edges closed": ten_closed,
    "one added street": one_street,
}


class Taken(NamedTuple):
    """Seconds on the clock, and of the processor."""

    clock: float
    processor: float

    @classmethod
    def by(cls, work: Callable[[], Any]) -> tuple[Taken, Any]:
        """Do some work, and tell how long it took."""
        start = time.perf_counter(), time.process_time()
        done = work()
        return cls(time.perf_counter() - start[0], time.process_time() - start[1]), done

    @classmethod
    def median(cls, several: list[Taken]) -> Taken:
        """Return the medians of both."""
        return cls(*(statistics.median(column) for column in zip(*several, strict=True)))


@dataclass(frozen=True)
class Change:
    """A scenario that is made by chance, always the same for one seed."""

    name: str
    change: Callable[[City, np.random.Generator], City]
    seed: int

    def apply(self, city: City) -> City:
        """Return the changed city."""
        return self.change(city, np.random.default_rng(self.seed))


def compared(
    city: City, profile: str, *, repeats: int, in_bulk: int, seed: int = 15
) -> list[dict[str, Any]]:
    """Return one row per kind of scenario: times, and their share of a city made anew."""
    chance = np.random.default_rng(seed)
    ask(city, profile)
    taken: dict[str, list[Taken]] = {name: [] for name in SCENARIOS}
    anew: list[Taken] = []
    same = dict.fromkeys(SCENARIOS, True)
    for turn in range(repeats + 1):
        for name, change in SCENARIOS.items():
            made: list[City] = []

            def changed_and_asked(
                change: Callable[..., City] = change, made: list[City] = made
            ) -> tuple[pd.DataFrame, pd.DataFrame]:
                made.append(change(city, chance))
                return ask(made[0], profile)

            one, answer = Taken.by(changed_and_asked)
            other, expected = Taken.by(partial(made_anew_and_asked, made[0], profile))
            same[name] &= written(answer) == written(expected)
            if turn:
                taken[name].append(one)
                anew.append(other)
    whole = Taken.median(anew)
    return [
        _row(profile, name, Taken.median(taken[name]), whole, same=same[name])
        | _bulk(city, profile, SCENARIOS[name], whole, number=in_bulk)
        for name in SCENARIOS
    ]


def _row(profile: str, name: str, taken: Taken, anew: Taken, *, same: bool) -> dict[str, Any]:
    ratio = taken.processor / anew.processor
    return {
        "profile": profile,
        "scenario": name,
        "ratio": f"{ratio:.3f}",
        "on the clock": f"{taken.clock / anew.clock:.3f}",
        "ms": f"{1000 * taken.clock:.0f} ({1000 * taken.processor:.0f})",
        "made anew, ms": f"{1000 * anew.clock:,.0f} ({1000 * anew.processor:,.0f})",
        "same bytes": "yes" if same else "NO",
    }


def _bulk(
    city: City, profile: str, change: Callable[..., City], anew: Taken, *, number: int
) -> dict[str, Any]:
    """Tell what each of several scenarios of a kind takes when they are evaluated together."""
    several = [Change(str(seed), change, seed) for seed in range(number)]
    taken, _ = Taken.by(lambda: evaluate(city, several, profile=profile, by="nil", progress=_quiet))
    each = Taken(taken.clock / number, taken.processor / number)
    return {
        "ratio in bulk": f"{each.processor / anew.processor:.3f}",
        "ms in bulk": f"{1000 * each.clock:.0f} ({1000 * each.processor:.0f})",
    }


def _quiet(step: str) -> None:
    del step


def many(city: City, profile: str, number: int) -> dict[str, Any]:
    """Return what a number of random scenarios take in all, and in memory."""
    kinds = [one_place, ten_edges]
    several = [Change(str(seed), kinds[seed % 2], seed) for seed in range(number)]
    memory: list[int] = []

    def say(step: str) -> None:
        if step.startswith(f"scenario {number // 10:,} of"):
            gc.collect()
            memory.append(_resident_mb())

    taken, told = Taken.by(lambda: evaluate(city, several, profile=profile, by="nil", progress=say))
    right = all(
        np.array_equal(
            coverage(one.apply(city), to="houses", profile=profile, by="nil")["covered"],
            told.loc[told["scenario"] == one.name, "covered_after"],
        )
        for one in several[:: max(1, number // 20)]
    )
    gc.collect()
    return {
        "profile": profile,
        "scenarios": f"{number:,}",
        "s": f"{taken.clock:.1f} ({taken.processor:.1f})",
        "ms each": f"{1000 * taken.clock / number:.1f} ({1000 * taken.processor / number:.1f})",
        "MB after a tenth": memory[0],
        "MB after all": _resident_mb(),
        "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "one in twenty as coverage": "yes" if right else "NO",
    }


def edits(city: City, *, repeats: int) -> Iterator[dict[str, Any]]:
    """Return what it takes to make an edit in words, with all it says of itself."""
    degrees = city.residents.geometry.to_crs("EPSG:4326")
    ends = city.streets.nodes.geometry.to_crs("EPSG:4326")
    near = [
        city.streets.nodes.sindex.query(city.streets.nodes.geometry.iloc[row].buffer(150))[-1]
        for row in range(3, 3 + 37 * (repeats + 1), 37)
    ]
    along = ["via Boifava", "via Zante", "viale Famagosta", "via Salomone", "via Spaventa"]
    kinds: dict[str, list[Edit]] = {
        "open_place": [
            OpenPlace("Nuova", at=(degrees.iloc[i].x, degrees.iloc[i].y))
            for i in range(0, 500 * (repeats + 1), 500)
        ],
        "close_place": [ClosePlace(name) for name in city.houses["id"].head(repeats + 1)],
        "calm_traffic": [
            CalmTraffic(along[i % len(along)], maxspeed_kmh=30) for i in range(repeats + 1)
        ],
        "add_street": [
            AddStreet(
                "path",
                line=tuple((ends.iloc[row].x, ends.iloc[row].y) for row in (3 + 37 * i, near[i])),
            )
            for i in range(repeats + 1)
        ],
    }
    for kind, several in kinds.items():
        taken = [Taken.by(partial(Scenario(kind, (one,)).apply, city))[0] for one in several]
        middle = Taken.median(taken[1:])
        yield {"edit": kind, "ms": f"{1000 * middle.clock:.0f} ({1000 * middle.processor:.0f})"}


def _resident_mb() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no file of a folder
        pages = int(file.read().split()[1])
    return round(pages * resource.getpagesize() / 2**20)


def table_of(rows: list[dict[str, Any]]) -> str:
    """Return rows as a table of Markdown."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([row[name] for name in head] for row in rows)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def section(*, repeats: int, scenarios: int, profiles: tuple[str, ...] = PROFILES) -> str:
    """Return the section on scenarios of the planning benchmarks, ratios first."""
    city = load("milano")
    bulk = 40 if repeats > 1 else 4
    rows = [row for name in profiles for row in compared(city, name, repeats=repeats, in_bulk=bulk)]
    totals = [many(city, name, scenarios) for name in profiles[:1]]
    made = list(edits(city, repeats=repeats))
    return (
        "# Scenarios\n\n"
        f"One run on {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}. "
        f"Medians of {repeats}. The machine was shared: its load was {os.getloadavg()[1]:.1f}, so "
        "times on the clock are longer than on a machine with nothing else to do. Times are on the "
        "clock; in brackets, and in the ratios, of the processor.\n\n"
        "## Beside a city made anew\n\n"
        "A changed city, made and asked once: travel times of all addresses, and coverage of all "
        f"groups by NIL, as tables. The aim is a ratio of {TARGET:g}, about 50 ms. *In bulk* is "
        f"what each of {bulk} takes in `evaluate`, which counts the same people and makes one "
        "table for all.\n\n"
        f"{table_of(rows)}\n\n"
        "## A thousand scenarios\n\n"
        "Random ones by `evaluate`, a place and ten edges in turn, for all groups by NIL. The aim "
        "is about 30 s for 1,000.\n\n"
        f"{table_of(totals)}\n\n"
        "## Edits in words\n\n"
        "What `Scenario.apply` takes, with all that it says of the edit; a street is calmed from "
        "end to end.\n\n"
        f"{table_of(made)}\n"
    )


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="everything once over, in small")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--scenarios", type=int, default=1000)
    asked = parser.parse_args()
    if asked.quick:
        print(section(repeats=1, scenarios=20, profiles=PROFILES[:1]))
        return
    told = section(repeats=asked.repeats, scenarios=asked.scenarios)
    print(told)
    Path(__file__).with_suffix(".md").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
