"""How long a changed city takes to answer, beside one made anew of its tables, in one run.

    python benchmarks/planning_scenarios.py [--quick] [--repeats 9] [--scenarios 1000]

Every question is the travel times of all addresses to the houses and the coverage of all groups by
NIL. *Made anew* is a network and a city from their tables, and the same question: nothing that was
prepared is found again. Each changed city is asked once, so that nothing of its own is found.
Answers are compared byte by byte. Figures are medians, and everything is asked in turn, so that a
slow minute of the machine falls on all alike.
"""

from __future__ import annotations

import argparse
import gc
import pickle
import resource
import statistics
import time
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from quartieri15.analysis.coverage import coverage
from quartieri15.editions.loading import load
from quartieri15.model.city import City
from quartieri15.model.streets import StreetNetwork
from quartieri15.reach.times import travel_times

if TYPE_CHECKING:
    from collections.abc import Callable

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
    if chance.random() < 0.5:  # noqa: PLR2004
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


def compared(city: City, profile: str, *, repeats: int, seed: int = 15) -> list[dict[str, Any]]:
    """Return one row per kind of scenario: seconds, and their share of a city made anew."""
    chance = np.random.default_rng(seed)
    ask(city, profile)
    seconds: dict[str, list[float]] = {name: [] for name in (*SCENARIOS, "made anew")}
    same = dict.fromkeys(SCENARIOS, True)
    for turn in range(repeats + 1):
        for name, change in SCENARIOS.items():
            start = time.perf_counter()
            changed = change(city, chance)
            answer = ask(changed, profile)
            if turn:
                seconds[name].append(time.perf_counter() - start)
            start = time.perf_counter()
            expected = ask(made_anew(changed), profile)
            seconds["made anew"].append(time.perf_counter() - start)
            same[name] &= written(answer) == written(expected)
    anew = statistics.median(seconds["made anew"])
    rows = []
    for name in SCENARIOS:
        taken = statistics.median(seconds[name])
        rows.append(
            {
                "profile": profile,
                "scenario": name,
                "ratio": round(taken / anew, 3),
                "met": taken / anew <= TARGET,
                "ms": round(1000 * taken),
                "made anew, ms": round(1000 * anew),
                "same bytes": same[name],
            }
        )
    return rows


def many(city: City, profile: str, number: int, *, seed: int = 15) -> dict[str, Any]:
    """Return what a number of random scenarios take in all, one after the other, and in memory."""
    chance = np.random.default_rng(seed)
    kinds = [one_place, ten_edges]
    ask(city, profile)
    start, after_tenth = time.perf_counter(), 0
    for turn in range(number):
        ask(kinds[turn % len(kinds)](city, chance), profile)
        if turn == number // 10:
            gc.collect()
            after_tenth = _resident_mb()
    seconds = time.perf_counter() - start
    gc.collect()
    return {
        "profile": profile,
        "scenarios": number,
        "s": round(seconds, 1),
        "ms each": round(1000 * seconds / number, 1),
        "MB after a tenth": after_tenth,
        "MB after all": _resident_mb(),
        "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _resident_mb() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
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
    rows = [row for name in profiles for row in compared(city, name, repeats=repeats)]
    totals = [many(city, name, scenarios) for name in profiles[:1]]
    return (
        "## Scenarios\n\n"
        "One changed city, made and asked once: travel times of all addresses and coverage of all "
        f"groups by NIL. The aim is a ratio of {TARGET:g} to a city made anew of its tables.\n\n"
        f"{table_of(rows)}\n\n"
        "Random scenarios one after the other, a place and ten edges in turn:\n\n"
        f"{table_of(totals)}\n"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="everything once over, in small")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--scenarios", type=int, default=1000)
    asked = parser.parse_args()
    if asked.quick:
        print(section(repeats=1, scenarios=20, profiles=PROFILES[:1]))
    else:
        print(section(repeats=asked.repeats, scenarios=asked.scenarios))


if __name__ == "__main__":
    main()
