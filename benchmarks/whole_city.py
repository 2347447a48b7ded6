"""What all answers about gaps, need and fairness take for the whole city, for six travellers.

One process on two cores: every group of people, hexagons with 9,999 permutations, and all that is
asked of houses beside. Writes ``whole_city.md`` next to it. ``--again`` runs all of it twice and
compares the two, byte by byte.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import quartieri15 as q15

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quartieri15.model.city import City

PROFILES = ("walk_adult", "walk_65", "walk_75", "walk_80plus", "walk_with_child", "step_free")
HERE = Path(__file__).parent
HOURS = {"hours": "summer_2026_opening_hours"}


def answers(city: City, profile: str, need: q15.NeedIndex) -> Iterator[tuple[str, Any]]:
    """Ask everything for one traveller."""
    one: dict[str, Any] = {"to": "houses", "profile": profile}
    times = q15.travel_times(city, **one)
    cover = q15.coverage(city, **one, times=times)
    yield "coverage by NIL", cover
    yield "flags", q15.flag_gaps(city, cover, groups=city.groups)
    yield "gap areas", q15.gap_areas(city, **one, groups=city.groups, times=times)
    told = q15.fairness(city, **one, need=need, times=times)
    yield "fairness", (told.groups, told.inequality, told.theil, told.need, told.zones)
    yield "supply", q15.supply(city, **one, by="nil")
    yield "floating catchments", q15.floating_catchments(city, **one).zones
    yield "contributions", q15.contributions(city, **one)
    yield "overlap", q15.overlap(city, **one)
    yield "networks", q15.network_overlap(city, "ex_csrc", "ex_cam", profile=profile)
    yield "a week by the hour", q15.coverage_by_hour(city, **one, week_of="2026-07-06", **HOURS)
    yield "other services", q15.service_times(city, profile=profile).by_kind
    yield "years", q15.coverage_by_year(city, **one)
    yield "zone profiles", q15.zone_profile(city, to="houses", profile=profile, need=need)


def everything(city: City) -> tuple[dict[str, list[float]], str]:
    """Return seconds on the clock and of the processor by answer, and a checksum of all answers."""
    spent: dict[str, list[float]] = {}
    checksum = hashlib.sha256()

    def note(name: str, answer: Any, began: tuple[float, float]) -> None:
        known = spent.setdefault(name, [0.0, 0.0])
        known[0] += time.perf_counter() - began[0]
        known[1] += time.process_time() - began[1]
        for table in answer if isinstance(answer, tuple) else (answer,):
            checksum.update(pd.DataFrame(table).to_csv().encode())

    began = time.perf_counter(), time.process_time()
    need = q15.need_index(city)
    note("need index", need.zones, began)
    for profile in PROFILES:
        began = time.perf_counter(), time.process_time()
        for name, answer in answers(city, profile, need):
            note(name, answer, began)
            began = time.perf_counter(), time.process_time()
    began = time.perf_counter(), time.process_time()
    spots = q15.hot_spots(
        city, to="houses", profile=PROFILES, groups=city.groups, permutations=9_999
    )
    note("hot spots, 54 fields, 9,999 permutations", spots, began)
    began = time.perf_counter(), time.process_time()
    moran = q15.global_moran(
        city, to="houses", profile=PROFILES, groups=city.groups, permutations=9_999
    )
    note("global Moran, 9,999 permutations", moran, began)
    return spent, checksum.hexdigest()


def main() -> None:
    """Ask everything, and write what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="run twice and compare the answers")
    again = parser.parse_args().again
    city = q15.load("milano")
    spent, checksum = everything(city)
    same = ""
    if again:
        same = "the same bytes" if everything(city)[1] == checksum else "OTHER BYTES"
        same = f" A second run with the same seed gave {same}."
    clock, processor = (sum(pair[i] for pair in spent.values()) for i in (0, 1))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = (
        f"One run on {os.cpu_count()} cores, Python {platform.python_version()}, {len(PROFILES)} "
        f"travellers ({', '.join(PROFILES)}), {len(city.groups)} groups, 62 houses, 15 minutes. "
        f"**{clock:.0f} s on the clock, {processor:.0f} s of the processor**, {peak_mb:,.0f} MB at "
        f"most; load of the machine {os.getloadavg()[0]:.1f}.{same}"
    )
    lines = [
        "# The whole city",
        "",
        said,
        "",
        "| answer, for all travellers | s on the clock | s of the processor |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {pair[0]:.1f} | {pair[1]:.1f} |" for name, pair in spent.items()),
    ]
    text = "\n".join(lines) + "\n"
    (HERE / "whole_city.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
