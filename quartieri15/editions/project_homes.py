"""What the files of a project know of where people may live: points, their weights, their zones.

One method per way to tell it; :mod:`~quartieri15.editions.project_people` says what each is, and
chooses among them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.editions.project_addresses import place_of
from quartieri15.editions.project_files import METHODS, naming_keys
from quartieri15.errors import InputError
from quartieri15.model.residents.homes import BUILDINGS_WITHOUT_HOMES, LAND_WITHOUT_HOMES
from quartieri15.model.residents.placing import address_weights
from quartieri15.model.zones import OUTSIDE, containing
from quartieri15.sources.located_tables import read_shapes, texts_of
from quartieri15.sources.osm.areas import read_areas
from quartieri15.sources.population_rasters import population_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from quartieri15.editions.project import Project
    from quartieri15.editions.project_addresses import CivicNumbers
    from quartieri15.progress import Say

GRID_M: Final = 50.0
"""Distance between the points on land of which nothing finer is known."""
TALLEST_LEVELS: Final = 200
"""No building has more storeys; a greater number is a slip."""
NEAR_M: Final = 100.0
"""How far around the zones buildings are looked at: they take addresses from each other."""

RESIDENTIAL: Final = ("residential",)
"""Values of ``landuse=*`` of land with homes."""


@dataclass(frozen=True, eq=False)
class Points:
    """Points at which people may live: where, of what weight, in which zone (its row)."""

    ids: NDArray[np.object_]
    shapes: NDArray[np.object_]
    weight: NDArray[np.float64]
    zone: NDArray[np.int64]

    def sums(self, zones: int) -> NDArray[np.float64]:
        """Return the weight in each zone."""
        sums: NDArray[np.float64] = np.bincount(
            self.zone, weights=self.weight, minlength=zones
        ).astype(np.float64)
        return sums


class Homes:
    """What a project knows of where people may live, each read once and only where asked for.

    Parameters
    ----------
    project
        Its files say where people may live.
    civic
        The civic numbers, as
        :func:`~quartieri15.editions.project_addresses.read_civic_numbers` returns them; None for
        none.
    zones
        Where people live: ``id`` (numbers from 0), ``geometry`` in the CRS of the city.
    say
        Told what is being read.
    """

    def __init__(
        self, project: Project, civic: CivicNumbers | None, zones: gpd.GeoDataFrame, say: Say
    ) -> None:
        self._project = project
        self._civic = civic
        self._zones = zones
        self._crs = zones.crs
        self._say = say
        self.buildings: gpd.GeoDataFrame | None = None
        self.report: dict[str, Any] = {}
        self._read_land: tuple[gpd.GeoSeries, pd.Series] | None = None

    def methods(self) -> Iterator[str]:
        """Return the ways, the one that the project names first, then the others, best first."""
        wanted = self._project.method
        if wanted is not None:
            yield wanted
        yield from (method for method in METHODS if method != wanted)

    def points(self, method: str) -> Points | None:
        """Return the points of a way; None where the project has nothing for it."""
        read = {
            "civic_numbers": self._civic_numbers,
            "buildings": self._buildings,
            "population_raster": self._raster,
            "landuse": self._landuse,
            "area": self._area,
        }
        return read[method]()

    def _civic_numbers(self) -> Points | None:
        if self._civic is None:
            return None
        table, told = self._civic
        ids = table["id"].to_numpy(dtype=object)
        homes = table["residential"].to_numpy()
        buildings = self._footprints()
        weight = np.ones(len(table))
        if buildings is not None:
            weight = address_weights(table, buildings)
        self.report["civic_numbers"] = {
            **told,
            "weighed_by": "one each" if buildings is None else "the buildings around them",
        }
        found = self._located(
            "civic_numbers", ids[homes], table.geometry.to_numpy()[homes], weight[homes]
        )
        if not len(found.zone):
            raise InputError(
                f"none of the {homes.sum():,} civic numbers with homes lies in a zone",
                where=place_of(table, table.index[0]),
                mend="give those of these zones, or correct the CRS of one of the two files",
            )
        return found

    def _footprints(self) -> gpd.GeoDataFrame | None:
        """Return the buildings around the zones: ``id, levels, homes, geometry``; None for none."""
        if "buildings" in self.report:
            return self.buildings
        file = self._project.weights.get("buildings")
        osm = self._project.streets if file is None else file
        if file is not None and not osm.is_osm:
            self._say("reading the buildings")
            use, levels = file.columns.get("use"), file.columns.get("levels")
            wanted = [name for name in (use, levels) if name is not None]
            with naming_keys(file):
                table = read_shapes(file.path, wanted, layer=file.settings.get("layer"))
            read: dict[str, Any] = {"shapes": len(table)}
            uses = texts_of(table[use]) if use else pd.Series("", index=table.index)
            storeys = texts_of(table[levels]) if levels else pd.Series("", index=table.index)
            ids = pd.Series([f"building-{n}" for n in range(len(table))], index=table.index)
        else:
            self._say("reading the buildings of OpenStreetMap")
            table, read = read_areas(osm.path, "building", also=("building:levels",))
            uses, storeys, ids = table["building"], table["building:levels"], table["id"]
        table = gpd.GeoDataFrame(
            {"id": ids, "use": uses, "storeys": storeys}, geometry=table.geometry
        ).to_crs(self._crs)
        polygonal = table.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
        west, south, east, north = self._zones.total_bounds
        near = table[polygonal].cx[west - NEAR_M : east + NEAR_M, south - NEAR_M : north + NEAR_M]
        if file is not None and near.empty:
            raise InputError(
                f"none of the {len(table):,} shapes is a building within {NEAR_M:g} m of the zones",
                where=file.path.name,
                mend="give the buildings of this city, or correct the CRS of one of the two files",
            )
        known = _levels(near["storeys"])
        homes = ~near["use"].isin(BUILDINGS_WITHOUT_HOMES)
        shapes, land_use = self._land()
        elsewhere = shapes[land_use.isin(LAND_WITHOUT_HOMES).to_numpy()].to_numpy()
        middle = shapely.point_on_surface(near.geometry.to_numpy())
        on_it = np.unique(shapely.STRtree(elsewhere).query(middle, predicate="intersects")[0])
        of_use = homes.copy()
        homes.iloc[on_it] = False
        self.report["buildings"] = {
            **read,
            "no_outline": int((~polygonal).sum()),
            "around_the_zones": len(near),
            "on_land_without_homes": int((of_use & ~homes).sum()),
            "that_may_hold_homes": int(homes.sum()),
            "with_known_levels": int(np.isfinite(known[homes.to_numpy()]).sum()),
        }
        if not homes.any():
            return None
        self.buildings = near.assign(levels=known, homes=homes)[
            ["id", "levels", "homes", "geometry"]
        ].reset_index(drop=True)
        return self.buildings

    def _buildings(self) -> Points | None:
        table = self._footprints()
        if table is None:
            return None
        table = table[table["homes"]]
        levels = table["levels"].to_numpy()
        mean = float(np.nanmean(levels)) if np.isfinite(levels).any() else 1.0
        weight = table.area.to_numpy() * np.where(np.isfinite(levels), levels, mean)
        return self._located(
            "buildings",
            table["id"].to_numpy(dtype=object),
            shapely.point_on_surface(table.geometry.to_numpy()),
            weight,
        )

    def _raster(self) -> Points | None:
        file = self._project.weights.get("population_raster")
        if file is None:
            return None
        self._say("reading the population raster")
        cells, told = population_cells(
            file.path, self._zones.geometry, band=file.settings.get("band")
        )
        self.report["population_raster"] = told
        ids = np.array([f"cell-{n}" for n in range(len(cells))], dtype=object)
        return self._located(
            "population_raster", ids, cells.geometry.to_numpy(), cells["people"].to_numpy()
        )

    def _land(self) -> tuple[gpd.GeoSeries, pd.Series]:
        """Return the land that is known, and its use."""
        if self._read_land is None:
            file = self._project.weights.get("landuse")
            osm = self._project.streets if file is None else file
            self._say("reading the land use")
            if file is not None and not osm.is_osm:
                column = file.columns.get("class", "class")
                with naming_keys(file):
                    table = read_shapes(file.path, [column], layer=file.settings.get("layer"))
                use = texts_of(table[column])
            else:
                table, _ = read_areas(osm.path, "landuse")
                use = table["landuse"]
            flat = table.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
            self._read_land = table.geometry[flat].to_crs(self._crs), use[flat]
        return self._read_land

    def _landuse(self) -> Points | None:
        shapes, use = self._land()
        file = self._project.weights.get("landuse")
        wanted = RESIDENTIAL if file is None else file.settings.get("residential", RESIDENTIAL)
        land = shapes[use.isin(wanted).to_numpy()]
        self.report["landuse"] = {"areas": len(shapes), "residential": len(land)}
        if land.empty and file is not None:
            classes = ", ".join(sorted(set(use))[:10])
            raise InputError(
                f"none of the {len(shapes):,} areas is of a class with homes, {', '.join(wanted)} "
                f"(there are: {classes})",
                where=f"{file.path.name}, column {file.columns.get('class', 'class')}",
                mend="name the classes with homes in city.toml: residential = ['...']",
            )
        if land.empty:
            return None
        homes = shapely.union_all(shapely.make_valid(land.to_numpy()))
        return self._gridded("landuse", homes)

    def _area(self) -> Points:
        return self._gridded("area", None)

    def _gridded(self, method: str, land: Any) -> Points:
        """Return points every 50 m in each zone, on some land; where none falls on it, one.

        A point weighs the area of the land in its zone, divided by its points.
        """
        shapes, weights, zones = [], [], []
        for number, zone in enumerate(self._zones.geometry.to_numpy()):
            ground = zone if land is None else shapely.intersection(zone, land)
            area = float(shapely.area(ground))
            if not area > 0:
                continue
            inside = _grid_in(ground)
            shapes.append(inside)
            weights.append(np.full(len(inside), area / len(inside)))
            zones.append(np.full(len(inside), number))
        xy = np.concatenate(shapes) if shapes else np.empty(0, dtype=object)
        ids = np.array([f"{method}-{n}" for n in range(len(xy))], dtype=object)
        weight = np.concatenate(weights) if weights else np.empty(0)
        zone = np.concatenate(zones) if zones else np.empty(0)
        return Points(ids, xy, weight, zone.astype(np.int64))

    def _located(
        self,
        method: str,
        ids: NDArray[np.object_],
        shapes: NDArray[np.object_],
        weight: NDArray[np.float64],
    ) -> Points:
        """Find the zone of each point, and leave out what lies in none."""
        zone = containing(gpd.GeoSeries(shapes, crs=self._zones.crs), self._zones)
        inside = zone != OUTSIDE
        self.report.setdefault("outside_all_zones", {})[method] = int((~inside).sum())
        return Points(ids[inside], shapes[inside], weight[inside], zone[inside])


def _grid_in(ground: Any) -> NDArray[np.object_]:
    west, south, east, north = shapely.bounds(ground)
    x = np.arange(np.floor(west / GRID_M), np.ceil(east / GRID_M)) * GRID_M + GRID_M / 2
    y = np.arange(np.floor(south / GRID_M), np.ceil(north / GRID_M)) * GRID_M + GRID_M / 2
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shapely.prepare(ground)
    inside = grid[shapely.contains_xy(ground, grid)]
    if len(inside):
        return np.asarray(shapely.points(inside), dtype=object)
    return np.array([shapely.point_on_surface(ground)], dtype=object)


def _levels(texts: pd.Series) -> NDArray[np.float64]:
    """Read storeys as they are mapped: ``3``, ``3.5``, ``2;3`` (the higher); others are unknown."""
    found = [re.findall(r"\d+(?:\.\d+)?", str(text)) for text in texts]
    levels = [max(map(float, numbers), default=np.nan) for numbers in found]
    values = np.array(levels, dtype=float)
    values[~((values > 0) & (values <= TALLEST_LEVELS))] = np.nan
    return values
