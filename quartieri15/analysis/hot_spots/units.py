"""The areas that are held against each other: zones, census sections, or hexagons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.analysis.counting import counts_of, members, sums_by_zone
from quartieri15.analysis.hot_spots.neighbours import Neighbours, contiguous, edge_share
from quartieri15.arguments import is_finite, is_one_of, shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.city import City, require_city

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

HEXAGONS: Final = "hexagons"
SECTIONS: Final = "sections"

SIDE_M: Final = 107.0
"""Side of a hexagon: 0.03 km2, as large as the 6,079 census sections of Milano are on average."""
OUTSIDE_M: Final = 50.0
"""How far outside all census sections somebody may live whose section is not stated."""
LEAST_SIDE_M, LARGEST_SIDE_M = 20.0, 5000.0

# The six hexagons around one, in axial coordinates.
_AROUND: Final = np.array([(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)])


@dataclass(frozen=True, eq=False)
class Units:
    """Areas, and who is whose neighbour.

    Parameters
    ----------
    city
        The city divided into them: they are its zones ``name``, and coverage may be asked by it.
    name
        What they are called.
    neighbours
        Of all of them, in the order of the zones.
    edge_share
        Which part of each area's surroundings lies outside the city, where nobody is counted.
    lived_in
        Where anybody lives.
    """

    city: City
    name: str
    neighbours: Neighbours
    edge_share: NDArray[np.float64]
    lived_in: NDArray[np.bool_]

    @property
    def table(self) -> gpd.GeoDataFrame:
        """The areas: ``id``, ``name``, ``area_km2``, ``geometry``."""
        return self.city.zones_named(self.name)


def units_of(city: City, units: str, *, side_m: float = SIDE_M) -> Units:
    """Divide a city into areas.

    Parameters
    ----------
    city
        The city.
    units
        ``"hexagons"``, ``"sections"``, or the name of a set of zones.
    side_m
        Side of a hexagon in metres, from 20 to 5000.

    Returns
    -------
    Units
        Zones and sections touch where they share a border or a corner. People live in the section
        that their row of residents names, else in the one they lie in (or, up to 50 m outside,
        the nearest; ``city.provenance`` counts the points). Hexagons have six
        neighbours; there is one wherever somebody's address is.

    Raises
    ------
    UnknownNameError
        If the city has no such zones.
    ParameterError
        If the side makes no sense.
    InputError
        If the city has no residents, or no census sections, or somebody lives far from them all.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> nil = units_of(q15.load("milano"), "nil")
    >>> len(nil.table), int(nil.lived_in.sum()), nil.neighbours.number.max()
    (88, 87, np.int64(10))
    """
    require_city(city)
    city.require_residents()
    known = [*city.require_zones(), SECTIONS, HEXAGONS]
    if not is_one_of(units, known):
        raise UnknownNameError.among(units, known, kind="kind of units", argument="units")
    if not is_finite(side_m) or not LEAST_SIDE_M <= side_m <= LARGEST_SIDE_M:
        raise ParameterError(
            f"side_m is {shown(side_m)}",
            where="side_m",
            mend=f"give metres from {LEAST_SIDE_M:g} to {LARGEST_SIDE_M:g}",
        )
    if units in city.zones:
        divided = city
    elif units == SECTIONS:
        divided = _in_sections(city)
    else:
        return _in_hexagons(city, float(side_m))
    table = divided.zones_named(units)
    return Units(
        divided, units, contiguous(table), edge_share(table), _lived_in(divided, units, len(table))
    )


def _in_sections(city: City) -> City:
    sections = city.sections
    if not len(sections):
        raise InputError(
            f"{city.name} has no census sections",
            where="units",
            mend=f"use {HEXAGONS!r}, or give the city its sections: city.with_(sections=table)",
        )
    stated = city.residents.get("section", pd.Series(np.nan, index=city.residents.index))
    position = pd.Index(sections["id"]).get_indexer(pd.Index(stated))
    unstated = np.flatnonzero(position < 0)
    if len(unstated):
        position[unstated] = _nearest_section(city, unstated)
    ids = sections["id"].to_numpy()
    table = sections.assign(
        name=_named(city, position, [f"section {one}" for one in ids]),
        area_km2=sections.area / 1e6,
    )
    said = {"points_put_into_the_nearest_section": len(unstated)}
    return _divided(city, SECTIONS, table, ids[position], said)


def _nearest_section(city: City, points: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return in which section some residents points lie; nearly all lie in it, not near it."""
    shapes = city.residents.geometry.to_numpy()[points]
    (_, nearest), apart = city.sections.sindex.nearest(
        shapes, return_all=False, return_distance=True
    )
    if apart.max() > OUTSIDE_M:
        far = int(apart.argmax())
        raise InputError(
            f"the point lies {apart[far]:,.0f} m from every census section",
            where=f"residents, row {city.residents.index[points[far]]}",
            mend="add its section to city.sections, or correct the position",
        )
    found: NDArray[np.intp] = nearest
    return found


def _in_hexagons(city: City, side_m: float) -> Units:
    xy = shapely.get_coordinates(city.residents.geometry.to_numpy())
    cells, home = np.unique(hexagon_of(xy, side_m), axis=0, return_inverse=True)
    home = home.ravel()
    ids = np.array([f"{q},{r}" for q, r in cells.tolist()], dtype=object)
    table = gpd.GeoDataFrame(
        {
            "id": ids,
            "name": _named(city, home, [f"hexagon {one}" for one in ids]),
            "area_km2": 1.5 * np.sqrt(3) * side_m**2 / 1e6,
        },
        geometry=hexagons(cells, side_m),
        crs=city.crs,
    )
    divided = _divided(city, HEXAGONS, table, ids[home])
    around = (cells[:, None, :] + _AROUND).reshape(-1, 2)
    found = pd.MultiIndex.from_arrays(list(cells.T)).get_indexer(
        pd.MultiIndex.from_arrays(list(around.T))
    )
    cell = np.repeat(np.arange(len(cells)), len(_AROUND))
    neighbours = Neighbours.of_pairs(cell[found >= 0], found[found >= 0], len(cells))
    first = next(iter(city.zones.values()))
    ground = shapely.union_all(first.geometry.to_numpy())
    shapely.prepare(ground)
    x, y = centres(around, side_m).T
    outside = ~shapely.contains_xy(ground, x, y) & (found < 0)
    return Units(
        divided,
        HEXAGONS,
        neighbours,
        outside.reshape(len(cells), len(_AROUND)).mean(axis=1),
        _lived_in(divided, HEXAGONS, len(cells)),
    )


def hexagon_of(xy: NDArray[np.float64], side_m: float) -> NDArray[np.int64]:
    """Return the axial coordinates of the hexagons that points lie in.

    The grid stands on a corner and has the centre of a hexagon at the origin of the CRS, so that
    the same side gives the same hexagons whatever the city holds. Rounding in cube coordinates,
    as Amit Patel explains it ("Hexagonal Grids", Red Blob Games 2013).

    Examples
    --------
    >>> hexagon_of(np.array([[0.0, 40.0], [180.0, 0.0]]), 100.0).tolist()
    [[0, 0], [1, 0]]
    """
    x, y = np.asarray(xy, dtype=float).T / side_m
    q, r = np.sqrt(3) / 3 * x - y / 3, 2 / 3 * y
    cube = np.stack([q, r, -q - r], axis=1)
    nearest = np.rint(cube)
    wrong = np.abs(nearest - cube).argmax(axis=1)
    # The three add up to 0: the one that was rounded farthest follows from the others.
    rows = np.arange(len(cube))
    nearest[rows, wrong] -= nearest.sum(axis=1)
    cells: NDArray[np.int64] = nearest[:, :2].astype(np.int64)
    return cells


def centres(cells: NDArray[np.int64], side_m: float) -> NDArray[np.float64]:
    """Return the centres of hexagons.

    Examples
    --------
    >>> centres(np.array([[0, 2]]), 100.0).round(1).tolist()
    [[173.2, 300.0]]
    """
    q, r = cells.T
    return side_m * np.stack([np.sqrt(3) * (q + r / 2), 1.5 * r], axis=1)


def hexagons(cells: NDArray[np.int64], side_m: float) -> NDArray[Any]:
    """Draw hexagons; those side by side share their corners, to the micrometre.

    Examples
    --------
    >>> one = hexagons(np.array([[0, 0]]), 100.0)[0]
    >>> round(one.area), len(one.exterior.coords)
    (25981, 7)
    """
    angle = np.radians(30 + 60 * np.arange(6))
    corner = side_m * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rings = np.round(centres(cells, side_m)[:, None, :] + corner, 6)
    return np.asarray(shapely.polygons(rings))


def _divided(
    city: City,
    name: str,
    table: gpd.GeoDataFrame,
    home: NDArray[Any],
    said: Mapping[str, Any] | None = None,
) -> City:
    """Return the city with the areas as its only zones, and what there is to say of that."""
    # Straight to the class: all of it was checked before, and no table that is read late is read.
    return City(
        name=city.name,
        streets=city.streets,
        places=city.places,
        zones={name: table},
        residents=city.residents.assign(**{name: home}),
        provenance={**city.provenance, **(said or {})},
    )


def _named(city: City, home: NDArray[np.intp], own: list[str]) -> NDArray[np.object_]:
    """Name areas by the zone that most of their people live in, of the city's first set."""
    _, names, point, zone = members(city, next(iter(city.zones)))
    weight = counts_of(city, ("residents",))[point, 0]
    pairs = pd.DataFrame({"area": home[point], "zone": zone, "people": weight})
    people = pairs[pairs["area"] >= 0].groupby(["area", "zone"], sort=True)["people"].sum()
    most = people.groupby(level="area").idxmax()
    named = np.array(own, dtype=object)
    for area, chosen in most.to_numpy():
        named[area] = f"{names[chosen]}, {own[area]}"
    return named


def _lived_in(city: City, name: str, areas: int) -> NDArray[np.bool_]:
    _, _, point, zone = members(city, name)
    people = sums_by_zone(zone, counts_of(city, ("residents",))[point], areas)
    return people[:, 0] > 0
