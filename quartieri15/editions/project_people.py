"""Where in their zones the residents of a project's city live: points and their weights.

Five ways, the first that the project has (or the one it names), and each zone on its own: where a
way knows no point in a zone that has people, the next one is taken, and it is counted and told. All
that there are are measured against each other.

- ``civic_numbers``: the residential addresses; with buildings, each weighs what the homes around
  it can hold (:func:`~quartieri15.model.residents.placing.address_weights`), else all the same.
- ``buildings``: a point in each building that may hold homes, by its use and by the land that it
  stands on, weighing its footprint times its storeys. Where storeys are not mapped, the mean of the
  mapped ones is taken.
- ``population_raster``: the middles of the cells, weighing their people.
- ``landuse``: points every 50 m on residential land.
- ``area``: points every 50 m all over the zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.crs import GEOGRAPHIC, crs_named
from quartieri15.editions.project import METHODS
from quartieri15.errors import InputError
from quartieri15.model.residents.dasymetric import misplaced_share, spread_residents
from quartieri15.model.residents.homes import BUILDINGS_WITHOUT_HOMES, LAND_WITHOUT_HOMES
from quartieri15.model.residents.placing import address_weights
from quartieri15.model.zones import OUTSIDE, containing, zone_of
from quartieri15.sources import tabular
from quartieri15.sources.facilities import LISTS, read_list, read_shapes, texts_of
from quartieri15.sources.osm.areas import read_areas
from quartieri15.sources.population_rasters import population_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from quartieri15.editions.project import Project, ProjectFile
    from quartieri15.progress import Say

GRID_M: Final = 50.0
"""Distance between the points on land of which nothing finer is known."""
TALLEST_LEVELS: Final = 200
"""No building has more storeys; a greater number is a slip."""
NEAR_M: Final = 100.0
"""How far around the zones buildings are looked at: they take addresses from each other."""

RESIDENTIAL: Final = ("residential",)
"""Values of ``landuse=*`` of land with homes."""
ADDRESS_COLUMNS: Final = ("id", "street", "number")


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """Where the residents of a city live, and how that was told."""

    residents: gpd.GeoDataFrame
    addresses: gpd.GeoDataFrame | None
    buildings: gpd.GeoDataFrame | None
    report: dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Points:
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


def place_people(
    project: Project,
    zones: Mapping[str, gpd.GeoDataFrame],
    counts: pd.DataFrame,
    *,
    level: str,
    crs: object,
    say: Say,
) -> People:
    """Put the people of every zone at points in it.

    Parameters
    ----------
    project
        Its files say where people may live.
    zones
        Every set of zones: ``id``, ``name``, ``geometry`` in the CRS of the city.
    counts
        The groups of each zone of ``level``, row by row.
    level
        The set of zones whose counts close.
    crs
        The metric CRS of the city.
    say
        Told what is being read.

    Returns
    -------
    People
        ``residents``: ``id``, ``kind`` (the way that told the point), a column for each set of
        zones, the groups, ``geometry``. No point lies outside its zone of ``level``.
    """
    own = zones[level]
    numbered = own[["geometry"]].assign(id=np.arange(len(own)))
    inhabited = counts["residents"].to_numpy() > 0
    sources = _Sources(project, numbered, crs, say)
    known: dict[str, _Points] = {}
    todo = inhabited.copy()
    told: dict[str, NDArray[np.bool_]] = {}
    for method in sources.methods():
        found = sources.points(method)
        if found is None:
            if method == project.method:
                raise InputError(
                    f"the method is {method}, and nothing in the files tells it",
                    where=f"{project.path.name}, key residents.method",
                    mend=f"give a file for it in [residents.{method}], or choose another method",
                )
            continue
        known[method] = found
        there = (found.sums(len(own)) > 0) & todo
        told[method] = there
        todo &= ~there
    chosen = next(iter(known))
    parts = [
        (method, np.flatnonzero(told[method][points.zone] & (points.weight > 0)))
        for method, points in known.items()
    ]
    shapes = np.concatenate([known[method].shapes[rows] for method, rows in parts])
    zone = np.concatenate([known[method].zone[rows] for method, rows in parts])
    weight = np.concatenate([known[method].weight[rows] for method, rows in parts])
    spread = spread_residents(counts, zone=zone, weights=weight)
    # A centimetre is finer than any of the sources.
    points = gpd.GeoSeries(shapes, crs=crs)
    residents = gpd.GeoDataFrame(
        {
            "id": np.concatenate([known[method].ids[rows] for method, rows in parts]),
            "kind": pd.Categorical(
                [method for method, rows in parts for _ in rows],
                categories=[method for method in METHODS if method in known],
            ),
        },
        geometry=points,
    )
    beyond = {}
    for place, (key, table) in enumerate(zones.items(), start=2):
        if key == level:
            residents.insert(place, key, table["id"].to_numpy()[zone])
            continue
        numbers = table[["geometry"]].assign(id=np.arange(len(table)))
        try:
            located = zone_of(residents, numbers)
        except InputError as error:
            raise InputError(
                f"people of {level} live more than 50 m outside all zones of {key}",
                where=project.zones[key].path.name,
                mend=f"give zones that cover those of {level}, or leave the set out",
            ) from error
        beyond[key] = located.outside
        residents.insert(place, key, table["id"].to_numpy()[located.ids])
    for group, expected in spread.items():
        residents.insert(len(residents.columns) - 1, group, expected)
    names = own["name"].to_numpy()
    report = {
        "method": chosen,
        "level": level,
        "points": len(residents),
        "residents": round(float(counts["residents"].sum()), 6),
        "zones_by_method": {method: int(there.sum()) for method, there in told.items()},
        "zones_not_by_the_method": {
            method: [str(names[row]) for row in np.flatnonzero(there)]
            for method, there in told.items()
            if method != chosen and there.any()
        },
        "zones_without_residents": [str(names[row]) for row in np.flatnonzero(~inhabited)],
        "points_just_outside_other_zones": beyond,
        "misplaced_share": _errors(known, counts, len(own)),
        "what_misplaced_share_is": (
            f"the share of residents put into a wrong zone of {level} by each way, if only the "
            "total of the city were known; within a zone it is not known"
        ),
        "groups": "each is spread in its zone as all residents are",
        **sources.report,
    }
    return People(
        residents=residents,
        addresses=sources.addresses,
        buildings=sources.buildings,
        report=report,
    )


def _errors(known: dict[str, _Points], counts: pd.DataFrame, zones: int) -> dict[str, float]:
    """Measure every way that there is; plain area always is one."""
    measured = {
        method: misplaced_share(counts["residents"], points.sums(zones))
        for method, points in known.items()
    }
    return {method: round(share, 4) for method, share in measured.items() if share is not None}


class _Sources:
    """What a project knows of where people may live, each read once and only where asked for."""

    def __init__(self, project: Project, zones: gpd.GeoDataFrame, crs: object, say: Say) -> None:
        self._project = project
        self._zones = zones
        self._crs = crs
        self._say = say
        self.addresses: gpd.GeoDataFrame | None = None
        self.buildings: gpd.GeoDataFrame | None = None
        self.report: dict[str, Any] = {}
        self._read_land: tuple[gpd.GeoSeries, pd.Series] | None = None

    def methods(self) -> Iterator[str]:
        """Return the ways, the one that the project names first, then the others, best first."""
        wanted = self._project.method
        if wanted is not None:
            yield wanted
        yield from (method for method in METHODS if method != wanted)

    def points(self, method: str) -> _Points | None:
        """Return the points of a way; None where the project has nothing for it."""
        read = {
            "civic_numbers": self._civic_numbers,
            "buildings": self._buildings,
            "population_raster": self._raster,
            "landuse": self._landuse,
            "area": self._area,
        }
        return read[method]()

    def _civic_numbers(self) -> _Points | None:
        file = self._project.weights.get("civic_numbers")
        if file is None:
            return None
        self._say("reading the civic numbers")
        columns = {what: file.columns.get(what, what) for what in ADDRESS_COLUMNS}
        residential = file.columns.get("residential")
        wanted = [*columns.values(), *filter(None, [residential])]
        table = _read_points(file, wanted).to_crs(self._crs)
        told = {what: texts_of(table[name]) for what, name in columns.items()}
        twice = told["id"].duplicated() | (told["id"] == "")
        if twice.any():
            row = table.index[twice][0]
            raise InputError(
                f"the id {told['id'][row]!r} stands twice, or is missing",
                where=f"{file.path.name}, {table.index.name} {row}, column {columns['id']}",
                mend="give every civic number its own id",
            )
        homes = np.ones(len(table), dtype=bool)
        if residential is not None:
            homes = _flags(texts_of(table[residential]), file, residential)
        ids = ("civic-" + told["id"]).to_numpy(dtype=object)
        buildings = self._footprints()
        weight = np.ones(len(table))
        if buildings is not None:
            weight = address_weights(table, buildings)
        self.addresses = gpd.GeoDataFrame(
            {"id": ids, "street": pd.Categorical(told["street"]), "number": told["number"]},
            geometry=table.geometry,
        ).reset_index(drop=True)
        self.report["civic_numbers"] = {
            "read": len(table),
            "residential": int(homes.sum()),
            "weighed_by": "one each" if buildings is None else "the buildings around them",
        }
        return self._located(
            "civic_numbers", ids[homes], table.geometry.to_numpy()[homes], weight[homes]
        )

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

    def _buildings(self) -> _Points | None:
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

    def _raster(self) -> _Points | None:
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
                table = read_shapes(file.path, [column], layer=file.settings.get("layer"))
                use = texts_of(table[column])
            else:
                table, _ = read_areas(osm.path, "landuse")
                use = table["landuse"]
            flat = table.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
            self._read_land = table.geometry[flat].to_crs(self._crs), use[flat]
        return self._read_land

    def _landuse(self) -> _Points | None:
        shapes, use = self._land()
        file = self._project.weights.get("landuse")
        wanted = RESIDENTIAL if file is None else file.settings.get("residential", RESIDENTIAL)
        land = shapes[use.isin(wanted).to_numpy()]
        self.report["landuse"] = {"areas": len(shapes), "residential": len(land)}
        if land.empty:
            return None
        homes = shapely.union_all(shapely.make_valid(land.to_numpy()))
        return self._gridded("landuse", homes)

    def _area(self) -> _Points:
        return self._gridded("area", None)

    def _gridded(self, method: str, land: Any) -> _Points:
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
        return _Points(ids, xy, weight, zone.astype(np.int64))

    def _located(
        self,
        method: str,
        ids: NDArray[np.object_],
        shapes: NDArray[np.object_],
        weight: NDArray[np.float64],
    ) -> _Points:
        """Find the zone of each point, and leave out what lies in none."""
        zone = containing(gpd.GeoSeries(shapes, crs=self._zones.crs), self._zones)
        inside = zone != OUTSIDE
        self.report.setdefault("outside_all_zones", {})[method] = int((~inside).sum())
        return _Points(ids[inside], shapes[inside], weight[inside], zone[inside])


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


def _read_points(file: ProjectFile, columns: list[str]) -> gpd.GeoDataFrame:
    """Read points of a list or of a layer."""
    if file.path.suffix.lower() in LISTS:
        crs = crs_named(file.settings.get("crs", GEOGRAPHIC), where=file.where)
        position = file.columns.get("lon", "lon"), file.columns.get("lat", "lat")
        return read_list(file.path, columns, position, crs=crs).rename_axis(index="line")
    table = read_shapes(file.path, columns, layer=file.settings.get("layer"))
    points = table.geometry.representative_point()
    return table.set_geometry(points)


def _flags(texts: pd.Series, file: ProjectFile, column: str) -> NDArray[np.bool_]:
    """Read yes and no in some of the ways in which they are written."""
    flags = texts.str.lower().map(tabular.YES_NO | {"": False})
    if flags.isna().any():
        row = texts.index[flags.isna()][0]
        raise InputError(
            f"{texts[row]!r} is neither yes nor no",
            where=f"{file.path.name}, {texts.index.name} {row}, column {column}",
            mend="write 1 or 0",
        )
    values: NDArray[np.bool_] = flags.to_numpy(dtype=bool)
    return values
