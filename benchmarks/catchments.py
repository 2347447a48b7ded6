"""Catchment polygons, measured by the addresses they leave out and let in.

    python benchmarks/catchments.py [--sources FOLDER --python /path/to/python] [--houses 62]

Draws the same catchments in several ways (constructions.py) and counts, over all pairs of a
house and an address, whether polygon and exact travel time agree. The tables go to the
screen, to catchments.md beside this file, and between the marks of docs/catchments.md. With a
Python that has Valhalla its isochrones are measured too.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import textwrap
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from constructions import CONSTRUCTIONS, Cells, Construction, Valhalla
from valhalla_engine import Engine

from quartieri15.editions.loading import load
from quartieri15.editions.milano_streets import STREETS
from quartieri15.model import profiles
from quartieri15.reach import kernels
from quartieri15.reach.times import travel_time_matrix, travel_times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

MINUTES = 15.0
DEFAULT = "walk_75"
MORE_MINUTES = (5.0, 10.0, 30.0)
"""Asked besides for the profile above."""

DOCS = Path(__file__).parent.parent / "docs" / "catchments.md"
BEGIN, END = "<!-- begin: benchmarks/catchments.py -->", "<!-- end: benchmarks/catchments.py -->"

ABOUT = """\
{houses} houses ({riding} of them by bicycle), {addresses:,} addresses. One run on {cores} cores,
Python {python}, {versions}. The time per polygon holds the search for what is reached; what is
made once for a city and a traveller (labels, triangles, cells, a graph) stands apart. Addresses
stand {middle:.0f} m (median), {most:.0f} m (95 %), up to {farthest:.0f} m from the nearest street
one may walk on.
"""


class Truth:
    """Which addresses each house is reached from, by exact travel time."""

    def __init__(
        self, city: City, houses: gpd.GeoDataFrame, profile: TravelProfile, minutes: float
    ) -> None:
        self.addresses = city.residents.geometry.to_numpy()
        self.tree = shapely.STRtree(self.addresses)
        pairs = travel_time_matrix(city, to=houses, profile=profile, minutes=minutes)
        house = pd.Index(houses["id"]).get_indexer(pairs["place_id"])
        address = pd.Index(city.residents["id"]).get_indexer(pairs["origin_id"])
        self.reached = np.sort(self._pairs(house, address))

    def _pairs(self, house: np.ndarray, address: np.ndarray) -> np.ndarray:
        return house.astype(np.int64) * len(self.addresses) + address

    def judge(self, areas: np.ndarray) -> dict[str, float]:
        """Return the percentages left out and let in, of all pairs that are reached."""
        inside = np.unique(self._pairs(*self.tree.query(areas, predicate="intersects")))
        number = len(self.reached)
        return {
            "pairs": number,
            "left_out": 100 * len(np.setdiff1d(self.reached, inside)) / number,
            "let_in": 100 * len(np.setdiff1d(inside, self.reached)) / number,
            "vertices": float(np.median(shapely.get_num_coordinates(areas))),
        }


def measure(
    city: City,
    asked: dict[str, gpd.GeoDataFrame],
    makers: list[Callable[..., Construction]],
    names: list[str],
) -> Iterator[dict[str, Any]]:
    """Yield one row per profile, limit and construction."""
    for name in names:
        profile = profiles.PROFILES[name]
        houses = asked[profile.mode]
        limits = (*MORE_MINUTES, MINUTES) if name == DEFAULT else (MINUTES,)
        truths = {limit: Truth(city, houses, profile, limit) for limit in sorted(limits)}
        for maker in makers:
            construction = maker(city, profile)
            if not construction.suits():
                continue
            measured = _seconds(construction.prepare)[0]
            # What travellers of the same streets share is told as if each had made it.
            prepared = getattr(construction, "prepared_s", measured)
            for limit, truth in truths.items():
                spent, areas = _seconds(partial(construction.areas, houses, limit))
                # Valhalla tells its own seconds: starting its Python is not its fault.
                spent = getattr(construction, "seconds", spent)
                row = {"construction": construction.name, "profile": name, "minutes": limit}
                seconds = {"seconds": spent / len(houses), "prepared_s": prepared}
                yield row | truth.judge(areas) | seconds


def _seconds(task: Callable[[], Any]) -> tuple[float, Any]:
    before = time.perf_counter()
    result = task()
    return time.perf_counter() - before, result


def tables(found: pd.DataFrame) -> str:
    """Write the short tables in Markdown: one profile, other limits, other profiles."""
    default = found[(found["profile"] == DEFAULT) & (found["minutes"] == MINUTES)]
    limits = found[found["profile"] == DEFAULT]
    others = found[found["minutes"] == MINUTES]
    pairs = int(default["pairs"].iloc[0])
    lines = [
        f"`{DEFAULT}`, {MINUTES:.0f} minutes, {pairs:,} pairs of a house and an address it serves:",
        "",
        "| construction | left out, % | let in, % | s per polygon | s to prepare | vertices |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.construction} | {row.left_out:.2f} | {row.let_in:.2f} | {row.seconds:.3f} "
        f"| {row.prepared_s:.1f} | {row.vertices:,.0f} |"
        for row in default.itertuples()
    ]
    lines += ["", f"`{DEFAULT}` by limit, left out / let in, %:", ""]
    lines += _crossed(limits, "minutes", lambda limit: f"{limit:g} min")
    for mode, title in (("walk", "On foot"), ("bike", "By bicycle")):
        own = others[[profiles.PROFILES[name].mode == mode for name in others["profile"]]]
        if len(own):
            lines += ["", f"{title}, {MINUTES:.0f} minutes, left out / let in, %:", ""]
            lines += _crossed(own, "profile", lambda name: f"`{name}`")
    return "\n".join(lines) + "\n"


def _crossed(rows: pd.DataFrame, by: str, title: Callable[[Any], str]) -> list[str]:
    columns = list(dict.fromkeys(rows[by]))
    lines = [
        "| construction | " + " | ".join(map(title, columns)) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for name, own in rows.groupby("construction", sort=False):
        said = {
            key: f"{left_out:.2f} / {let_in:.2f}"
            for key, left_out, let_in in zip(own[by], own["left_out"], own["let_in"], strict=True)
        }
        lines.append(f"| {name} | " + " | ".join(said.get(key, "") for key in columns) + " |")
    return lines


def every_figure(found: pd.DataFrame) -> str:
    """Write all figures in Markdown."""
    head = ("profile", "minutes", "construction", "pairs", "left out, %", "let in, %")
    lines = [
        f"| {' | '.join((*head, 's per polygon', 'vertices'))} |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| `{row.profile}` | {row.minutes:g} | {row.construction} | {row.pairs:,} "
        f"| {row.left_out:.2f} | {row.let_in:.2f} | {row.seconds:.3f} | {row.vertices:,.0f} |"
        for row in found.itertuples()
    ]
    return "\n".join(lines) + "\n"


def off_street(city: City) -> dict[str, float]:
    """Return how far addresses stand from the streets, in metres."""
    away = travel_times(city, to="houses", profile=DEFAULT)["snap_distance_m"]
    names = ("middle", "most", "farthest")
    return dict(zip(names, away.quantile([0.5, 0.95, 1.0]), strict=True))


def write(path: Path, text: str) -> None:
    """Write a file, or leave what stood there."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def between_marks(page: str, text: str) -> str:
    """Put a text between the marks of a page, in place of what stood there."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"


def main() -> None:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    sources = os.environ.get("QUARTIERI15_SOURCES", ".")
    parser.add_argument("--sources", type=Path, default=Path(sources))
    parser.add_argument("--python", help="a Python that has Valhalla; without it, no Valhalla")
    parser.add_argument("--houses", type=int, help="how many houses, spread over all; all of them")
    parser.add_argument("--riding", type=int, default=3, help="by bicycle, every so many of these")
    parser.add_argument("--profiles", nargs="+", choices=profiles.PROFILES)
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    asked = parser.parse_args()
    city = load("milano")
    every = city.houses
    number = min(asked.houses or len(every), len(every))
    houses = every.iloc[np.linspace(0, len(every) - 1, number).round().astype(int)]
    by_mode = {"walk": houses, "bike": houses.iloc[:: asked.riding]}
    names = asked.profiles or list(profiles.PROFILES)
    # Kernels are compiled at their first call: nobody's time.
    Cells(city, profiles.PROFILES[DEFAULT]).areas(houses[:1], 1)
    with tempfile.TemporaryDirectory() as folder:
        makers: list[Callable[..., Construction]] = list(CONSTRUCTIONS)
        if asked.python:
            engine = Engine(asked.python, Path(folder))
            engine.require()
            pbf = asked.sources.resolve() / STREETS
            if not pbf.is_file():
                sys.exit(f"there is no {pbf}: say with --sources where the raw files are")
            built = engine.ask("build", {"pbf": str(pbf)})
            makers.append(partial(Valhalla, engine=engine, prepared_s=built["seconds"]))
        rows = []
        for row in measure(city, by_mode, makers, names):
            print(*(f"{v:.3f}" if isinstance(v, float) else v for v in row.values()), flush=True)
            rows.append(row)
    found = pd.DataFrame(rows)
    packages = ("numpy", "scipy", "shapely", "osmnx")
    about = textwrap.fill(
        ABOUT.format(
            houses=len(houses),
            riding=len(by_mode["bike"]),
            addresses=len(city.residents),
            **off_street(city),
            cores=kernels.available_cores(),
            python=platform.python_version(),
            versions=", ".join(f"{name} {version(name)}" for name in packages),
        ),
        100,
    )
    short = f"{tables(found)}\n{about}\n"
    print(short)
    if not asked.dry:
        title = "# Catchment polygons, measured by their addresses"
        full = f"{title}\n\n{short}\n## Every figure\n\n{every_figure(found)}"
        write(Path(__file__).with_suffix(".md"), full)
        write(DOCS, between_marks(DOCS.read_text(encoding="utf-8"), short))


if __name__ == "__main__":
    main()
