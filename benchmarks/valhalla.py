"""An independent engine walks the same pairs: Valhalla's shortest ways beside this library's.

    python benchmarks/valhalla.py --sources FOLDER [--python /path/to/python] [--pairs 1000]

Valhalla reads the same OpenStreetMap extract with its own rules and code. Both are asked for
the shortest way on foot between the same two points on streets; the ratios, and why some pairs
differ, go to the screen and to valhalla.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import textwrap
import time
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from valhalla_engine import Engine

from quartieri15.crs import GEOGRAPHIC
from quartieri15.editions.loading import load
from quartieri15.editions.milano_streets import COVERED, STREETS, covered_area
from quartieri15.model import profiles
from quartieri15.reach import kernels, snapping
from quartieri15.reach.catchments import catchments
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.times import travel_time_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quartieri15.model.city import City

SEED = 15
WGS84 = Geod(ellps="WGS84")
PROFILE = profiles.WALK_ADULT
MINUTES = 30.0
"""Pairs are drawn from all addresses and houses this far apart on foot, or less."""

CLOSE, FAR = 0.005, 0.05
"""Two lengths agree within the first share; pairs farther apart than the second are listed."""

ROUNDED_M = 2.0
"""So many metres do not count: Valhalla keeps the length of each street in whole metres."""

NEIGHBOURHOOD = 1.3
"""Ways up to this many times as long as the longer of the two are looked at."""

ABOUT = """\
Valhalla {version} builds its own graph by its own rules from `{extract}`, the extract of which
the streets of the edition are made (beyond it, outside the comune, they are those of 2021, which
Valhalla does not see here). {pairs:,} pairs of an address and a house within {minutes:.0f} minutes
on foot are drawn (seed {seed}). Both ends of a pair are the points on streets where this
library puts them, so that two ways of snapping are not mixed with two ways of routing. Valhalla
is asked for the shortest way on foot (`shortest`, no penalty, every factor 1), this library for
`{profile}`, whose minutes times speed are metres.
"""

REASONS_FOUND = """
## Where and why they differ

Each pair that differs by more than {close} and {rounded:.0f} m (Valhalla's streets have whole
metres) is walked again, with a plain search of networkx on the streets around it, after one
change. The first change that brings the two that close together is the reason:

1. *metres*: none, but Valhalla's line is measured instead of adding up its whole metres. (In the
   changes below either length counts.)
2. *ways*: open and close the streets as Valhalla does (it is asked about the middle of every
   street around the pair). Named are the kinds of way on the two routes that the two see
   differently.
3. *ends*: put both ends where Valhalla's way begins and ends.
4. *ends and ways*: both.

Without a change networkx finds this library's length to {oracle_m:.3f} m in all of them.

The extract has no tag `foot`. Without it Valhalla closes a `cycleway` to people on foot; here it
is open, because people do walk there and closing them tears parks and bridges off the network.
Valhalla lets people on foot obey `oneway` on a `path` or `footway`; here it binds vehicles alone.

| reason | pairs differing by more than {close} | by more than {far} |
|---|---:|---:|
"""


@dataclass(frozen=True)
class Pairs:
    """Pairs of an address and a house: where on streets both stand, and the metres between."""

    city: City
    number: int

    @cached_property
    def drawn(self) -> pd.DataFrame:
        """The pairs, in the order of the addresses."""
        every = travel_time_matrix(self.city, to="houses", profile=PROFILE, minutes=MINUTES)
        chosen = np.random.default_rng(SEED).choice(len(every), self.number, replace=False)
        return every.iloc[np.sort(chosen)].reset_index(drop=True)

    @cached_property
    def starts(self) -> gpd.GeoDataFrame:
        """One row per pair: where its address stands on a street."""
        addresses = self.city.residents.set_index("id").geometry.loc[self.drawn["origin_id"]]
        return self._on_street(addresses, self.drawn.index, "start")

    @cached_property
    def ends(self) -> gpd.GeoDataFrame:
        """One row per house: where it stands on a street."""
        houses = self.city.houses.set_index("id").geometry
        return self._on_street(houses, houses.index, "end")

    @cached_property
    def end_of(self) -> Any:
        """Where the house of each pair stands on a street."""
        return self.ends.set_index("id").geometry.loc[self.drawn["place_id"]].array

    @cached_property
    def metres(self) -> np.ndarray:
        """The length of the shortest way of each pair."""
        table = travel_time_matrix(
            self.city, to=self.ends, origins=self.starts, profile=PROFILE, dense=True
        )
        column = table.columns.get_indexer(self.drawn["place_id"])
        minutes = table.to_numpy()[np.arange(len(table)), column]
        return minutes * 60 * PROFILE.speed_m_s

    @property
    def degrees(self) -> list[list[float]]:
        """Longitude and latitude of both ends of each pair."""
        ends = gpd.GeoSeries(self.end_of, crs=self.city.crs)
        both = [
            shapely.get_coordinates(table.to_crs(GEOGRAPHIC).geometry.array)
            for table in (self.starts, ends)
        ]
        return np.round(np.hstack(both), 7).tolist()  # type: ignore[no-any-return]

    def _on_street(self, points: gpd.GeoSeries, ids: Any, role: Any) -> gpd.GeoDataFrame:
        graph = travel_graph(self.city.streets, PROFILE)
        found = snapping.snap(graph, shapely.get_coordinates(points.array), role=role)
        lines = graph.lines.lines[found.edge]
        on = shapely.line_interpolate_point(lines, found.fraction, normalized=True)
        return gpd.GeoDataFrame({"id": ids}, geometry=on, crs=self.city.crs)


class Around:
    """The streets around one pair, for a plain search after a change."""

    def __init__(self, city: City, ends: tuple[Any, Any], metres: float) -> None:
        self.ends = ends
        edges = city.streets.edges
        near = edges.sindex.query(shapely.LineString(ends).buffer(metres / 2))
        # A way that touches a street is at least as long as the two bows to it.
        away = sum(shapely.distance(edges.geometry.array[near], end) for end in ends)
        self.edges = edges.iloc[near[away <= metres]]

    def metres(self, allowed: np.ndarray, ends: Iterable[Any] | None = None) -> Any:
        """Return the metres of the shortest way on what is allowed, and the edges it takes.

        ``allowed`` has two columns: along and against the drawn direction of each edge.
        """
        open_ = allowed.any(axis=1)
        usable, allowed = self.edges[open_], allowed[open_]
        places = []
        for point in ends or self.ends:
            i = usable.geometry.distance(point).to_numpy().argmin()
            along = usable.geometry.iloc[i].project(point, normalized=True)
            places.append((i, along * usable["length_m"].iloc[i]))
        graph = nx.MultiDiGraph()
        columns = (usable[column] for column in ("u", "v", "length_m"))
        for i, (u, v, length) in enumerate(zip(*columns, strict=True)):
            on_it = sorted((at, f"end {end}") for end, (own, at) in enumerate(places) if own == i)
            stops = [(0.0, u), *on_it, (length, v)]
            for part, ((a, here), (b, there)) in enumerate(pairwise(stops)):
                if allowed[i, 0]:
                    graph.add_edge(here, there, key=(i, part, 0), length=b - a)
                if allowed[i, 1]:
                    graph.add_edge(there, here, key=(i, part, 1), length=b - a)
        try:
            way = nx.shortest_path(graph, "end 0", "end 1", weight="length")
        except nx.NetworkXNoPath:
            return np.inf, []
        steps = [
            min((data["length"], key) for key, data in graph[a][b].items())
            for a, b in pairwise(way)
        ]
        taken = usable.index[[key[0] for _, key in steps]]
        return sum(length for length, _ in steps), taken


def decoded(shape: str) -> np.ndarray:
    """Return longitudes and latitudes of a line in Valhalla's notation (polyline, 6 digits)."""
    values, value, shift = [], 0, 0
    more = 32
    for letter in shape:
        bits = ord(letter) - 63
        value |= (bits & (more - 1)) << shift
        shift += 5
        if bits < more:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    lat_lon = np.cumsum(np.array(values).reshape(-1, 2), axis=0) / 1e6
    return lat_lon[:, ::-1]


def reasons(pairs: Pairs, engine: Engine, routes: Any, differing: np.ndarray) -> Any:
    """Tell why the lengths of some pairs differ; and the largest difference of the plain search."""
    city, theirs = pairs.city, np.array([route["metres"] for route in routes], dtype=float)
    around = {}
    for i in differing:
        ends = (pairs.starts.geometry.iloc[i], pairs.end_of[i])
        longest = np.nanmax([pairs.metres[i], theirs[i]])
        around[i] = Around(city, ends, NEIGHBOURHOOD * longest)
    asked = pd.concat([near.edges for near in around.values()])
    asked = asked[~asked.index.duplicated()]
    middle = gpd.GeoSeries(
        shapely.line_interpolate_point(asked.geometry.array, 0.5, normalized=True), crs=city.crs
    ).to_crs(GEOGRAPHIC)
    xy = shapely.get_coordinates(middle.array).tolist()
    ways = asked["osm_way_id"].tolist()
    known = shapely.intersects(covered_area(COVERED), asked.geometry.array)
    answer = engine.ask("walkable", [[*at, way] for at, way in zip(xy, ways, strict=True)])
    open_there = pd.DataFrame(np.array(answer, dtype=bool) & known[:, None], index=asked.index)
    rows, worst = [], 0.0
    for i, near in around.items():
        here = np.repeat(near.edges[["foot"]].to_numpy(dtype=bool), 2, axis=1)
        there = open_there.loc[near.edges.index].to_numpy()
        line = gpd.GeoSeries(gpd.points_from_xy(*decoded(routes[i]["shape"]).T), crs=GEOGRAPHIC)
        line = line.to_crs(city.crs)
        other_ends = [line.iloc[0], line.iloc[-1]]
        plain, way = near.metres(here)
        worst = max(worst, abs(plain - pairs.metres[i]))
        measured = WGS84.line_length(*decoded(routes[i]["shape"]).T)
        reason = "not found"
        for name, allowed, ends in (
            ("metres", here, None),
            ("ways", there, None),
            ("ends", here, other_ends),
            ("ends and ways", there, other_ends),
        ):
            metres, other_way = near.metres(allowed, ends)
            away = min(abs(measured - metres), abs(theirs[i] - metres))
            if away <= max(CLOSE * metres, ROUNDED_M):
                kinds = _said(near.edges, here, there, way, other_way)
                reason = f"{name}: {kinds}" if "ways" in name else name
                break
        moved = max(a.distance(b) for a, b in zip(near.ends, other_ends, strict=True))
        rows.append((i, reason, moved))
    return pd.DataFrame(rows, columns=["pair", "reason", "ends_apart_m"]), worst


def _said(edges: Any, here: np.ndarray, there: np.ndarray, way: Any, other_way: Any) -> str:
    """Name the kinds of way that the two engines see differently, on either way."""
    kinds = edges["highway"].astype(str).to_numpy()
    on_way, on_other = edges.index.isin(way), edges.index.isin(other_way)
    differently = {
        "closed there": on_way & here.any(axis=1) & ~there.any(axis=1),
        "one-way there": on_way & here.all(axis=1) & (there.sum(axis=1) == 1),
        "closed here": on_other & ~here.any(axis=1) & there.any(axis=1),
    }
    said = [
        f"`{'`, `'.join(sorted(set(kinds[which])))}` {what}"
        for what, which in differently.items()
        if which.any()
    ]
    return "; ".join(said)


def timed_areas(city: City, engine: Engine) -> list[tuple[str, float]]:
    """Time the areas of 15 minutes on foot around the middles of the 88 NIL, in both engines."""
    middle = city.zones["nil"].geometry.representative_point()
    xy = shapely.get_coordinates(middle.to_crs(GEOGRAPHIC).array).tolist()
    asked = {"minutes": 15, "speed_kmh": PROFILE.speed_kmh, "points": xy}
    theirs = engine.ask("isochrones", asked | {"denoise": 0, "generalize_m": 0})
    places = gpd.GeoDataFrame({"id": np.arange(len(middle))}, geometry=middle.array, crs=city.crs)
    spent = []
    for _ in range(2):
        before = time.perf_counter()
        catchments(city, places, profile=PROFILE, minutes=15)
        spent.append(time.perf_counter() - before)
    cores = kernels.available_cores()
    return [
        ("Valhalla, 1 thread", sum(theirs["seconds"])),
        (f"quartieri15, {cores} threads, first call (the ground is labelled)", spent[0]),
        (f"quartieri15, {cores} threads, any later call", spent[1]),
    ]


def report(pairs: Pairs, engine: Engine, pbf: Path) -> str:
    """Compare, and write the results in Markdown."""
    built = engine.ask("build", {"pbf": str(pbf)})
    routes = engine.ask("routes", pairs.degrees)
    theirs = np.array([route["metres"] for route in routes], dtype=float)
    ratio = theirs / pairs.metres
    apart = np.abs(ratio - 1)
    lines = [
        "# The same walks in Valhalla",
        "",
        textwrap.fill(
            ABOUT.format(
                version=built["version"],
                extract=STREETS,
                pairs=len(theirs),
                minutes=MINUTES,
                seed=SEED,
                profile=PROFILE.name,
            ),
            100,
        ),
        "",
        "| Valhalla's metres / this library's | |",
        "|---|---:|",
        f"| median ratio | {np.nanmedian(ratio):.4f} |",
        f"| pairs within {_percent(CLOSE)} | {_percent(np.mean(apart <= CLOSE))} |",
        f"| pairs within {_percent(FAR)} | {_percent(np.mean(apart <= FAR))} |",
        f"| pairs without a way in Valhalla | {int(np.isnan(theirs).sum())} |",
        f"| sum of all lengths, ratio | {np.nansum(theirs) / pairs.metres.sum():.4f} |",
    ]
    metres_apart = np.abs(theirs - pairs.metres)
    differing = np.flatnonzero(~((apart <= CLOSE) | (metres_apart <= ROUNDED_M)))
    if len(differing):
        lines += _why_in_words(pairs, theirs, *reasons(pairs, engine, routes, differing))
    lines += [
        "",
        "## The time of areas",
        "",
        "Areas of 15 minutes on foot around the middles of the 88 NIL, seconds in all. Valhalla's",
        f"tiles were built in {built['seconds']:.0f} s.",
        "",
        "| engine | s |",
        "|---|---:|",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in timed_areas(pairs.city, engine)),
    ]
    return "\n".join(lines) + "\n"


def _why_in_words(pairs: Pairs, theirs: np.ndarray, why: Any, worst: float) -> list[str]:
    ratio = theirs / pairs.metres
    far = why[~(np.abs(ratio[why["pair"]] - 1) <= FAR)]
    text = REASONS_FOUND.format(
        close=_percent(CLOSE), far=_percent(FAR), rounded=ROUNDED_M, oracle_m=worst
    )
    of_far = Counter(far["reason"])
    lines = [text.rstrip("\n")]
    lines += [
        f"| {reason} | {n} | {of_far[reason]} |"
        for reason, n in Counter(why["reason"]).most_common()
    ]
    lines += [
        "",
        f"All pairs that differ by more than {_percent(FAR)}:",
        "",
        "| address | house | here, m | Valhalla, m | ratio | reason | ends apart, m |",
        "|---|---|---:|---:|---:|---|---:|",
    ]
    for i, reason, moved in far.itertuples(index=False):
        origin, house = pairs.drawn.loc[i, ["origin_id", "place_id"]]
        lines.append(
            f"| {origin} | {house} | {pairs.metres[i]:,.0f} | {theirs[i]:,.0f} | "
            f"{ratio[i]:.3f} | {reason} | {moved:.1f} |"
        )
    return lines


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def main() -> None:
    """Read the command line, compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    sources = os.environ.get("QUARTIERI15_SOURCES", ".")
    parser.add_argument("--sources", type=Path, default=Path(sources))
    parser.add_argument("--python", default=sys.executable, help="a Python that has Valhalla")
    parser.add_argument("--pairs", type=int, default=1000)
    asked = parser.parse_args()
    pbf = asked.sources.resolve() / STREETS
    if not pbf.is_file():
        sys.exit(f"there is no {pbf}: say with --sources where the raw files are")
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(asked.python, Path(folder))
        engine.require()
        text = report(Pairs(load("milano"), asked.pairs), engine, pbf)
    print(text)
    target = Path(__file__).with_suffix(".md")
    unfinished = target.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(target)


if __name__ == "__main__":
    main()
