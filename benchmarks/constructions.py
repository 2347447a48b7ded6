"""Eight ways to draw the area within some minutes of a place, from the same travel times.

catchments.py measures them and pictures.py shows them. A construction is prepared once for a
city and a traveller, then asked for the areas of some houses. All start from this library's
exact times, but for two that bring their own: the recipe of osmnx, which knows junctions
only, and Valhalla.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.crs import GEOGRAPHIC
from quartieri15.reach.catchments import catchments, reached_streets
from quartieri15.reach.graph import travel_graph
from quartieri15.reach.times import travel_time_matrix

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.graph import TravelGraph

FARTHEST_MINUTES = {"walk": 30.0, "bike": 15.0}
"""No catchment that is measured reaches beyond the ground labelled for these."""
BUFFER_M = 25.0
"""The width of the recipe in the examples of osmnx."""
RATIOS = {"walk": 0.3, "bike": 0.1}
"""Of the concave hull: of 0.05, 0.1, 0.2, 0.3, 0.4 and 0.5 those that err least, left out and let
in together, for walk_adult and bike_adult in 15 minutes."""
GRID_M = 20.0
"""Side of a square of the grid on which times between junctions are interpolated."""
PIECE_M = 20.0
"""Streets are cut into pieces at most this long, each with a cell of its own."""
EMPTY_M = 150.0
"""Ground farther than this from any street belongs to no piece of street."""


@dataclass
class Construction(ABC):
    """One way to draw areas, for one city and one traveller."""

    city: City
    profile: TravelProfile
    name: ClassVar[str]

    def prepare(self) -> Any:
        """Do once what all areas of this traveller have in common."""
        return travel_graph(self.city.streets, self.profile)

    @abstractmethod
    def areas(self, houses: gpd.GeoDataFrame, minutes: float) -> np.ndarray:
        """Return the polygon of each house, in their order; empty where nothing is reached."""

    def suits(self) -> bool:
        """Tell whether this construction can be made for this traveller."""
        return True


class Cells(Construction):
    """What this library draws: the ground labelled once with its nearest street."""

    name = "cells labelled once with their nearest street (this library)"

    def prepare(self) -> None:
        """Label the ground, which the library remembers: what a first call takes longer."""
        spent = []
        for _ in range(2):
            before = time.perf_counter()
            self.areas(self.city.houses, FARTHEST_MINUTES[self.profile.mode])
            spent.append(time.perf_counter() - before)
        self.prepared_s = max(spent[0] - spent[1], 0.0)

    def areas(self, houses: gpd.GeoDataFrame, minutes: float) -> np.ndarray:
        """Ask the library."""
        table = catchments(self.city, houses, profile=self.profile, minutes=minutes)
        return _in_order(houses, table["place_id"].to_numpy(), table.geometry.to_numpy())


class Buffer(Construction):
    """The reached streets, buffered."""

    name = f"buffer of {BUFFER_M:.0f} m around reached streets"

    def areas(self, houses: gpd.GeoDataFrame, minutes: float) -> np.ndarray:
        """Buffer first and unite then: many times faster than the other way round."""
        streets = reached_streets(self.city, houses, profile=self.profile, minutes=minutes)
        owner, lines = streets["place_id"].to_numpy(), streets.geometry.to_numpy()
        ids, areas = _by_place(owner, shapely.buffer(lines, BUFFER_M, quad_segs=4), self._united)
        return _in_order(houses, ids, areas)

    @staticmethod
    def _united(bands: np.ndarray) -> Any:
        return shapely.union_all(bands)


class FilledBuffer(Buffer):
    """The same with all holes filled, as one recipe of osmnx does."""

    name = f"buffer of {BUFFER_M:.0f} m around reached streets, holes filled"

    @staticmethod
    def _united(bands: np.ndarray) -> Any:
        parts = shapely.get_parts(shapely.union_all(bands))
        return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(parts)))


class ConcaveHull(Construction):
    """The concave hull of all vertices of the reached streets."""

    name = f"concave hull of reached vertices (ratio {RATIOS['walk']}, riding {RATIOS['bike']})"

    def areas(self, houses: gpd.GeoDataFrame, minutes: float) -> np.ndarray:
        """Draw the hull around vertices, cut ends among them."""
        streets = reached_streets(self.city, houses, profile=self.profile, minutes=minutes)
        owner, lines = streets["place_id"].to_numpy(), streets.geometry.to_numpy()
        ids, areas = _by_place(owner, lines, self._hull)
        return _in_order(houses, ids, areas)

    def _hull(self, lines: np.ndarray) -> Any:
        vertices = shapely.MultiPoint(np.unique(shapely.get_coordinates(lines), axis=0))
        return shapely.concave_hull(vertices, ratio=RATIOS[self.profile.mode])


class Junctions(Construction):
    """What is known of a traveller's junctions alone: their times, and where they stand."""

    def prepare(self) -> None:
        """Make a table of the junctions from which the houses can be reached."""
        graph = travel_graph(self.city.streets, self.profile)
        ends = np.unique([graph.edge_u[graph.leaves_main], graph.edge_v[graph.leaves_main]])
        self.xy = graph.node_xy[ends]
        points = shapely.points(self.xy)
        self.table = gpd.GeoDataFrame({"id": np.arange(len(ends))}, geometry=points, crs=graph.crs)

    def times(self, houses: gpd.GeoDataFrame, minutes: float) -> list[tuple[Any, Any]]:
        """Return, for each house, which junctions are within the minutes, and their minutes."""
        return _times(self.city, self.table, houses, self.profile, minutes)


class Surface(Junctions):
    """Times of junctions, interpolated between them, and the line of equal time."""

    name = f"contour of times interpolated between junctions ({GRID_M:.0f} m grid)"

    def prepare(self) -> None:
        """Join the junctions by triangles."""
        from scipy.spatial import Delaunay
        from threadpoolctl import threadpool_limits

        super().prepare()
        # Coordinates of seven digits squared leave Qhull few digits to tell triangles by.
        self.middle = self.xy.mean(axis=0)
        self.triangles = Delaunay(self.xy - self.middle)
        # A tiny system of equations per triangle: threads of the BLAS only wait for each other.
        with threadpool_limits(1):
            _ = self.triangles.transform

    def areas(self, houses: gpd.GeoDataFrame, minutes: float) -> np.ndarray:
        """Draw contours on a grid around what is reached."""
        # Junctions a little beyond the limit say where between them it is met.
        beyond = 1.5 * minutes
        drawn = [
            self._contour(junctions, values, minutes, beyond)
            for junctions, values in self.times(houses, beyond)
        ]
        return np.array(drawn, dtype=object)

    def _contour(self, junctions: Any, values: Any, minutes: float, beyond: float) -> Any:
        import contourpy
        from scipy.interpolate import LinearNDInterpolator

        reached = values <= minutes
        if not reached.any():
            return shapely.Polygon()
        everywhere = np.full(len(self.xy), beyond)
        everywhere[junctions] = values
        low = np.floor(self.xy[junctions[reached]].min(axis=0) / GRID_M - 10) * GRID_M
        high = np.ceil(self.xy[junctions[reached]].max(axis=0) / GRID_M + 10) * GRID_M
        x, y = (np.arange(a, b + 1, GRID_M) for a, b in zip(low, high, strict=True))
        grid = np.stack(np.meshgrid(x, y), axis=-1)
        between = LinearNDInterpolator(self.triangles, everywhere, fill_value=beyond)
        surface = between(grid - self.middle)
        generator = contourpy.contour_generator(
            x, y, surface, name="serial", fill_type=contourpy.FillType.OuterOffset
        )
        found: Any = generator.filled(-1.0, minutes)
        return shapely.union_all(
            [
                shapely.make_valid(shapely.Polygon(rings[0], rings[1:]))
                for points, offsets in zip(*found, strict=True)
                for rings in [[points[a:b] for a, b in pairwise(offsets)]]
            ]
        )


class Tessellation(Construction):
    """Voronoi cells of short pieces of street; those of reached pieces, united."""

    name = f"Voronoi cells of pieces of street of {PIECE_M:.0f} m"
    known: ClassVar[dict[bytes, tuple[gpd.GeoDataFrame, np.ndarray, float]]] = {}
    """The cells cut last: travellers of the same streets share them."""

    def prepare(self) -> None:
        """Cut the traveller's streets into pieces, and the ground into their cells."""
        graph = travel_graph(self.city.streets, self.profile)
        edge = np.flatnonzero(graph.leaves_main)
        key = graph.edge_ids[edge].tobytes()
        if key not in self.known:
            before = time.perf_counter()
            self.known.clear()
            made = self._cells(graph, edge)
            self.known[key] = (*made, time.perf_counter() - before)
        self.pieces, self.cells, self.prepared_s = self.known[key]

    def _cells(self, graph: TravelGraph, edge: np.ndarray) -> tuple[gpd.GeoDataFrame, np.ndarray]:
        pieces = np.maximum(1, np.ceil(graph.length_m[edge] / PIECE_M)).astype(int)
        own = np.repeat(edge, pieces)
        number = np.arange(len(own)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        middle = (number + 0.5) / np.repeat(pieces, pieces)
        points = shapely.line_interpolate_point(graph.lines.lines[own], middle, normalized=True)
        xy = np.unique(np.round(shapely.get_coordinates(points), 2), axis=0)
        table = gpd.GeoDataFrame(
            {"id": np.arange(len(xy))}, geometry=shapely.points(xy), crs=graph.crs
        )
        everything = shapely.MultiPoint(np.vstack([xy, self._empty(graph.lines.lines[edge], xy)]))
        cells = shapely.voronoi_polygons(everything, ordered=True)
        return table, shapely.get_parts(cells)[: len(xy)]

    @staticmethod
    def _empty(lines: np.ndarray, xy: np.ndarray) -> np.ndarray:
        """Return points of the ground that is far from all streets."""
        axes = (
            np.arange(a, b, EMPTY_M / 2)
            for a, b in zip(xy.min(axis=0) - 1000, xy.max(axis=0) + 1000, strict=True)
        )
        grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
        tree = shapely.STRtree(lines)
        near = tree.query(shapely.points(grid), predicate="dwithin", distance=EMPTY_M)[0]
        far: np.ndarray = np.delete(grid, near, axis=0)
        return far

    def areas(self, houses: gpd.GeoDataFrame, minutes: float) -> np.ndarray:
        """Unite the cells of the pieces whose middle is reached."""
        times = _times(self.city, self.pieces, houses, self.profile, minutes)
        united = [shapely.coverage_union_all(self.cells[pieces]) for pieces, _ in times]
        return np.array(united, dtype=object)


class OsmnxHull(Construction):
    """The recipe of osmnx: the convex hull of an ego graph."""

    name = "convex hull of an ego graph (recipe of osmnx)"

    def prepare(self) -> None:
        """Make the graph as osmnx would: its largest part, and turned round towards the house."""
        import networkx as nx

        graph = self.city.streets.to_networkx(self.profile)
        largest = max(nx.weakly_connected_components(graph), key=len)
        graph.remove_nodes_from(set(graph) - largest)
        self.graph = graph.reverse(copy=False)

    def areas(self, houses: gpd.GeoDataFrame, minutes: float) -> np.ndarray:
        """Take the junction nearest to each house, its ego graph, and the hull of that."""
        import networkx as nx
        import osmnx

        nearest = osmnx.distance.nearest_nodes(self.graph, houses.geometry.x, houses.geometry.y)
        hulls = []
        for node in nearest:
            ego = nx.ego_graph(self.graph, node, radius=60 * minutes, distance="travel_time")
            xy = [(data["x"], data["y"]) for data in ego.nodes.values()]
            hulls.append(shapely.MultiPoint(xy).convex_hull)
        return np.array(hulls, dtype=object)


@dataclass
class Valhalla(Construction):
    """Valhalla's own isochrones, at this traveller's pace."""

    engine: Any = None
    prepared_s: float = 0.0
    name = "Valhalla's isochrone (its own streets and times)"

    def suits(self) -> bool:
        """Only for whoever walks at one pace everywhere."""
        edges = self.city.streets.edges
        forward, backward = self.profile.seconds(edges)
        even = edges["length_m"].to_numpy() / self.profile.speed_m_s
        foot = edges["foot"].to_numpy(dtype=bool)
        both = (forward, backward)
        return self.profile.mode == "walk" and all(np.allclose(s[foot], even[foot]) for s in both)

    def areas(self, houses: gpd.GeoDataFrame, minutes: float) -> np.ndarray:
        """Ask valhalla_engine.py."""
        xy = shapely.get_coordinates(houses.geometry.to_crs(GEOGRAPHIC).array).tolist()
        pace = {"minutes": minutes, "speed_kmh": self.profile.speed_kmh}
        smooth = {"denoise": 0, "generalize_m": 0}
        answer = self.engine.ask("isochrones", {"points": xy} | pace | smooth)
        self.seconds = sum(answer["seconds"])
        shapes = [shapely.from_geojson(json.dumps(area)) for area in answer["areas"]]
        drawn = gpd.GeoSeries(shapes, crs=GEOGRAPHIC).to_crs(self.city.crs)
        return np.asarray(shapely.make_valid(drawn.to_numpy()))


CONSTRUCTIONS: tuple[type[Construction], ...] = (
    Cells,
    Tessellation,
    Surface,
    ConcaveHull,
    FilledBuffer,
    Buffer,
    OsmnxHull,
)


def _times(
    city: City, points: gpd.GeoDataFrame, houses: gpd.GeoDataFrame, profile: Any, minutes: float
) -> list[tuple[Any, Any]]:
    """Return, for each house, which rows of points are within the minutes, and their minutes."""
    pairs = travel_time_matrix(city, to=houses, origins=points, profile=profile, minutes=minutes)
    place = pairs["place_id"].astype("category").cat.set_categories(houses["id"])
    order = np.argsort(place.cat.codes.to_numpy(), kind="stable")
    cuts = np.cumsum(np.bincount(place.cat.codes, minlength=len(houses)))[:-1]
    rows = np.split(pairs["origin_id"].to_numpy()[order], cuts)
    values = np.split(pairs["minutes"].to_numpy()[order], cuts)
    return list(zip(rows, values, strict=True))


def _by_place(owner: np.ndarray, shapes: np.ndarray, draw: Any) -> tuple[np.ndarray, np.ndarray]:
    """Draw the shapes of each place; they stand place by place."""
    first = np.flatnonzero(owner[1:] != owner[:-1]) + 1
    drawn = [draw(own) for own in np.split(shapes, first)] if len(owner) else []
    return owner[np.r_[0, first]] if len(owner) else owner, np.array(drawn, dtype=object)


def _in_order(houses: gpd.GeoDataFrame, ids: np.ndarray, areas: np.ndarray) -> np.ndarray:
    known = dict(zip(ids, areas, strict=True))
    return np.array([known.get(house, shapely.Polygon()) for house in houses["id"]], dtype=object)
