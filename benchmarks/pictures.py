"""The same catchments in four constructions, side by side, with the addresses they get wrong.

    python benchmarks/pictures.py [--sources FOLDER] [--minutes 15] [--profile walk_75]

Writes docs/catchments.png. Which houses are shown is said, with the measure that picked them, on
the picture. The land of railways, by which one of them is picked, is among the raw files.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from catchments import Truth
from constructions import Buffer, Cells, ConcaveHull, Surface

from quartieri15.editions.loading import load
from quartieri15.model import profiles
from quartieri15.reach.catchments import reached_streets

if TYPE_CHECKING:
    from quartieri15.model.city import City

NAMED = ("Zante", "De André", "Boifava")
LANDUSE = "osm/landuse-2021.parquet"
SHOWN = {
    Cells: "celle della strada più vicina\n(questa libreria)",
    Surface: "isolinea dei tempi\ninterpolati tra incroci",
    ConcaveHull: "inviluppo concavo\ndei vertici raggiunti",
    Buffer: "fascia di 25 m lungo\nle strade raggiunte",
}
TARGET = Path(__file__).parent.parent / "docs" / "catchments.png"

AREA, BORDER, STREET, RAIL = "#f2d59b", "#a8741a", "#c9c9c9", "#dcd6e4"
LEFT_OUT, LET_IN, REACHED = "#d01c1c", "#1f5fbf", "#6b6b6b"
PANEL_IN = 3.5
MARGIN_M = 120.0
DOTS_PER_INCH = 110


def chosen(city: City, rails: Any) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the five houses, and why each is shown."""
    houses = city.houses.reset_index(drop=True)
    certain = houses[houses["location_precision"] == "civic"]
    to_rails = certain.distance(rails)
    border = city.zones["municipi"].union_all().boundary
    to_border = certain.drop(to_rails.idxmin()).distance(border)
    rows = [houses.index[houses["name"] == name][0] for name in NAMED]
    rows += [to_rails.idxmin(), to_border.idxmin()]
    why = ["scelta per nome"] * len(NAMED) + [
        f"la più vicina a una ferrovia ({to_rails.min():.0f} m)",
        f"la più vicina al confine comunale ({to_border.min():.0f} m)",
    ]
    return houses.loc[rows], why


def draw(city: City, profile: Any, minutes: float, rails: gpd.GeoSeries) -> Any:
    """Draw one row per house and one column per construction."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    houses, why = chosen(city, rails.union_all())
    truth = Truth(city, houses, profile, minutes)
    areas = {}
    for kind in SHOWN:
        construction = kind(city, profile)
        construction.prepare()
        areas[kind] = construction.areas(houses, minutes)
    ground = reached_streets(city, houses, profile=profile, minutes=minutes)
    figure, axes = plt.subplots(
        len(houses),
        len(SHOWN),
        figsize=(PANEL_IN * len(SHOWN), PANEL_IN * len(houses) + 1.3),
        squeeze=False,
    )
    # One scale for all: the widest catchment sets it.
    side = max(
        np.ptp(shapely.total_bounds(streets.geometry.to_numpy()).reshape(2, 2), axis=0).max()
        for _, streets in ground.groupby("place_id")
    )
    for row, (house, reason) in enumerate(zip(houses.itertuples(), why, strict=True)):
        own = ground[ground["place_id"] == house.id]
        middle = shapely.total_bounds(own.geometry.to_numpy()).reshape(2, 2).mean(axis=0)
        window = np.array([middle - side / 2 - MARGIN_M, middle + side / 2 + MARGIN_M])
        for column, kind in enumerate(SHOWN):
            panel = axes[row, column]
            wrong = _panel(
                panel,
                city=city,
                own=own,
                rails=rails,
                area=areas[kind][row],
                truth=truth,
                row=row,
                window=window,
            )
            panel.plot(*house.geometry.coords[0], "*", ms=13, mfc="white", mec="black", zorder=9)
            panel.text(
                0.98,
                0.02,
                f"fuori {wrong[0]}, in più {wrong[1]} su {wrong[2]}",
                transform=panel.transAxes,
                ha="right",
                fontsize=9.5,
                bbox={"fc": "white", "ec": "none", "alpha": 0.85, "pad": 2},
                zorder=10,
            )
            if row == 0:
                panel.set_title(SHOWN[kind], fontsize=12.5)
        axes[row, 0].set_ylabel(f"{house.name}\n{reason}", fontsize=12)
    _furnish(figure, axes, city, profile, minutes)
    return figure


def _panel(
    panel: Any,
    *,
    city: City,
    own: gpd.GeoDataFrame,
    rails: gpd.GeoSeries,
    area: Any,
    truth: Truth,
    row: int,
    window: np.ndarray,
) -> tuple[int, int, int]:
    """Draw one catchment; return how many addresses it leaves out, lets in, and should hold."""
    from matplotlib.collections import LineCollection

    west, south, east, north = window.ravel()
    box = shapely.box(*window.ravel())
    shapes = gpd.GeoSeries(rails.clip(box))
    if len(shapes):
        shapes.plot(ax=panel, color=RAIL, zorder=0)
    gpd.GeoSeries([area]).plot(ax=panel, color=AREA, zorder=1)
    gpd.GeoSeries([area]).boundary.plot(ax=panel, color=BORDER, lw=1.0, zorder=4)
    streets = city.streets.edges
    streets = streets[streets["foot"].to_numpy(dtype=bool)]
    near = streets.geometry.array[streets.sindex.query(box)]
    for lines, colour, width, level in (
        (near, STREET, 0.35, 2),
        (own.geometry.array, REACHED, 0.6, 3),
    ):
        drawn = [shapely.get_coordinates(line) for line in lines]
        panel.add_collection(LineCollection(drawn, colors=colour, lw=width, zorder=level))
    number = len(truth.addresses)
    reached = truth.reached[truth.reached // number == row] % number
    inside = truth.tree.query(area, predicate="intersects")
    wrong = np.setdiff1d(reached, inside), np.setdiff1d(inside, reached)
    for which, colour in zip(wrong, (LEFT_OUT, LET_IN), strict=True):
        xy = shapely.get_coordinates(truth.addresses[which])
        panel.scatter(*xy.T, s=15, color=colour, lw=0.3, ec="white", zorder=5)
    panel.set(xlim=(west, east), ylim=(south, north), aspect="equal", xticks=[], yticks=[])
    panel.set(xlabel="", ylabel="")
    for spine in panel.spines.values():
        spine.set_color("#bbbbbb")
    return len(wrong[0]), len(wrong[1]), len(reached)


def _furnish(figure: Any, axes: Any, city: City, profile: Any, minutes: float) -> None:
    """Set title, key, scale bar and the line of licences."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    first = axes[0, 0]
    (west, east), (south, north) = first.get_xlim(), first.get_ylim()
    x, y = west + 0.04 * (east - west), south + 0.05 * (north - south)
    first.plot([x, x + 500], [y, y], color="black", lw=2.5, solid_capstyle="butt", zorder=10)
    first.text(x + 250, y + 0.015 * (north - south), "500 m", ha="center", fontsize=10, zorder=10)
    figure.suptitle(
        f"{minutes:g} minuti {profile.label_it}: la stessa area disegnata in quattro modi",
        fontsize=17,
        y=0.995,
    )
    dots = {"marker": "o", "ls": "", "ms": 7, "mec": "white"}
    key = [
        Patch(fc=AREA, ec=BORDER, label="area disegnata"),
        Line2D([], [], color=REACHED, lw=2, label="strade raggiunte"),
        Line2D([], [], color=STREET, lw=2, label="altre strade"),
        Line2D([], [], color=LEFT_OUT, label="civico raggiunto, ma fuori", **dots),
        Line2D([], [], color=LET_IN, label="civico dentro, ma non raggiunto", **dots),
        Patch(fc=RAIL, label="ferrovia"),
        Line2D([], [], color="black", marker="*", ms=12, mfc="white", ls="", label="casa"),
    ]
    figure.legend(
        handles=key,
        ncol=len(key),
        loc="lower center",
        frameon=False,
        fontsize=10.5,
        bbox_to_anchor=(0.5, 0.013),
        columnspacing=1.2,
        handletextpad=0.5,
    )
    figure.text(
        0.5,
        0.006,
        f"{city.provenance['licence_line']}. Strade: {city.provenance['vintages']['streets'][:7]}.",
        ha="center",
        fontsize=9.5,
        color="#444444",
    )
    figure.subplots_adjust(
        left=0.045, right=0.995, top=0.945, bottom=0.04, wspace=0.03, hspace=0.03
    )


def main() -> None:
    """Read the command line, draw and write."""
    from PIL import Image

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    sources = os.environ.get("QUARTIERI15_SOURCES", ".")
    parser.add_argument("--sources", type=Path, default=Path(sources))
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--profile", choices=profiles.PROFILES, default="walk_75")
    asked = parser.parse_args()
    path = asked.sources.resolve() / LANDUSE
    if not path.is_file():
        sys.exit(f"there is no {path}: say with --sources where the raw files are")
    city = load("milano")
    land = gpd.read_parquet(path)
    rails = land[land["class"] == "railway"].to_crs(city.crs).geometry
    figure = draw(city, profiles.get(asked.profile), asked.minutes, rails)
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn.png"
        figure.savefig(drawn, dpi=DOTS_PER_INCH)
        # It has few colours, some of them in a few dots only: a third of the bytes without loss.
        small = (
            Image.open(drawn)
            .convert("RGB")
            .quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        )
        unfinished = TARGET.with_suffix(".part")
        small.save(unfinished, format="PNG", optimize=True)
    unfinished.replace(TARGET)
    print(f"{TARGET}: {TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
