"""Candidates: where a new place could stand, where it must or must not, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import is_number, require_numbers, several, shown
from quartieri15.crs import require_same_crs
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import schemas
from quartieri15.reach.trips import ids_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City

AREAS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, eq=False)
class Candidates:
    """Where new places could stand.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        ``id`` and ``geometry`` (a point), one row per candidate that may be chosen or must be.
    mandatory : (m,) int64
        Rows of those that must be.
    costs : (c,) float64 or None
        What each costs.
    budget
        What all may cost together; infinite without one.
    said
        What was left out and how shapes became points.
    """

    table: gpd.GeoDataFrame
    mandatory: NDArray[np.int64]
    costs: NDArray[np.float64] | None
    budget: float
    said: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.table)


def candidates_of(
    city: City,
    candidates: object = None,
    *,
    n: int | None = None,
    forbidden: object = (),
    mandatory: object = (),
    costs: object = None,
    budget: object = None,
) -> Candidates:
    """Return where new places could stand, or say why there is no way to place them.

    Parameters
    ----------
    city
        The city.
    candidates
        None for every address where people live; the name of a zone (``"Lambrate"``,
        ``"municipi 5"``) for those in it; the name of a set of places; or any layer. Of a shape
        that is no point a point inside it is taken (``representative_point``).
    n
        How many are to be chosen; None if that is not said.
    forbidden
        Ids of candidates, or a polygon or a layer of polygons within which nothing may stand.
    mandatory
        Ids of candidates that must be chosen, or a polygon in which exactly one of them lies.
    costs
        The name of a column of ``candidates``, or a mapping from ids to costs.
    budget
        What the chosen may cost together.

    Returns
    -------
    Candidates

    Raises
    ------
    UnknownNameError
        If a zone or an id is unknown.
    InputError
        If the layer has no row with a position, two rows of one id, or another CRS.
    ParameterError
        If there are fewer candidates than wanted, a candidate is both mandatory and forbidden, a
        cost is missing, negative or not a number, or the budget is below the cheapest candidate
        or does not pay for the mandatory ones.
    """
    layer, said = _layer(city, candidates)
    ids = ids_of(layer, where="candidates")
    if not ids.is_unique:
        raise InputError(
            f"the id {ids[ids.duplicated()][0]!r} stands twice",
            where="candidates",
            mend="give every candidate its own id",
        )
    must = _chosen(city, layer, ids, mandatory, where="mandatory")
    must_not = _chosen(city, layer, ids, forbidden, where="forbidden")
    both = must & must_not
    if both.any():
        raise ParameterError(
            f"candidate {ids[both][0]!r} is mandatory and forbidden",
            where="mandatory",
            mend="take it out of one of the two",
        )
    price, most = _costs(layer, ids, costs, budget)
    allowed = ~must_not
    if not allowed.any():
        raise ParameterError(
            f"all {len(ids):,} candidates are forbidden",
            where="forbidden",
            mend="allow at least one",
        )
    if n is not None and n > allowed.sum():
        raise ParameterError(
            f"{n} sites are asked for, and there are {allowed.sum():,} candidates",
            where="n",
            mend=f"ask for at most {allowed.sum()}, or give more candidates",
        )
    if n is not None and must.sum() > n:
        raise ParameterError(
            f"{must.sum()} sites are mandatory and {n} are asked for",
            where="mandatory",
            mend=f"ask for at least {must.sum()} sites",
        )
    if price is not None:
        cheapest = float(price[allowed].min())
        if most < cheapest:
            raise ParameterError(
                f"the budget of {most:,.2f} is below the cheapest site ({cheapest:,.2f})",
                where="budget",
                mend="give a larger budget or cheaper candidates",
            )
        if most < price[must].sum():
            raise ParameterError(
                f"the budget of {most:,.2f} does not pay for the mandatory sites "
                f"({price[must].sum():,.2f})",
                where="budget",
                mend="give a larger budget or fewer mandatory sites",
            )
    if must_not.any():
        said["candidates_forbidden"] = int(must_not.sum())
    columns: dict[str, Any] = {"id": ids[allowed]}
    table = gpd.GeoDataFrame(columns, geometry=layer.geometry.array[allowed], crs=city.crs)
    return Candidates(
        table=table,
        mandatory=np.flatnonzero(must[allowed]),
        costs=None if price is None else price[allowed],
        budget=most,
        said=said | {"candidates": int(allowed.sum())},
    )


def _layer(city: City, candidates: object) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return a layer of points, and what became of it."""
    if candidates is None:
        return city.require_residents(), {"candidates_are": "every address where people live"}
    if isinstance(candidates, str):
        if candidates in city.place_sets:
            return _points(city.places_named(candidates), f"the places {candidates!r}")
        rows, name = _in_zone(city, candidates)
        return city.residents[rows], {"candidates_are": f"every address of {name}"}
    if not isinstance(candidates, gpd.GeoDataFrame):
        raise InputError(
            f"{shown(candidates)} was given",
            where="candidates",
            mend="give a GeoDataFrame, the name of a zone, or None for every address",
        )
    if candidates.active_geometry_name not in candidates.columns:
        raise InputError(
            "the layer has no geometry",
            where="candidates",
            mend="set it with candidates.set_geometry(...)",
        )
    require_same_crs(candidates, city.crs, where="candidates")
    return _points(candidates, "a layer")


def _points(layer: gpd.GeoDataFrame, name: str) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    placed = ~schemas.unplaced(layer.geometry)
    if not placed.any():
        what = "no candidate has a position" if len(layer) else "there is no candidate"
        raise InputError(what, where="candidates", mend="give at least one with a position")
    said: dict[str, Any] = {"candidates_are": name}
    if not placed.all():
        said["candidates_without_position"] = int((~placed).sum())
    layer = layer[placed]
    shapes = (layer.geom_type != "Point").to_numpy()
    if shapes.any():
        said["candidates_made_points"] = (
            f"{int(shapes.sum())} of {len(layer)} are no points; a point inside each stands for it"
        )
        layer = layer.set_geometry(
            layer.geometry.where(~shapes, layer.geometry.representative_point())
        )
    return layer, said


def _in_zone(city: City, name: str) -> tuple[NDArray[np.bool_], str]:
    """Tell which residents live in a zone of some set, by its name or by set and id."""
    found: list[tuple[str, Any, str]] = []
    known: list[str] = []
    asked = " ".join(name.lower().split())
    for key, zones in city.require_zones().items():
        for zone_id, zone in zip(zones["id"], zones["name"], strict=True):
            known.append(str(zone))
            if asked in (str(zone).lower(), f"{key} {zone_id}".lower()):
                found.append((key, zone_id, str(zone)))
    if not found:
        raise UnknownNameError.among(
            name, [*known, *city.place_sets], kind="zone", where="candidates"
        )
    if len(found) > 1:
        ways = " or ".join(repr(f"{key} {zone_id}") for key, zone_id, _ in found)
        raise ParameterError(
            f"{name!r} names {len(found)} zones", where="candidates", mend=f"say {ways}"
        )
    key, zone_id, title = found[0]
    residents = city.require_residents()
    if key in residents.columns:
        rows = (residents[key] == zone_id).to_numpy(dtype=bool)
    else:
        zones = city.zones_named(key)
        outline = zones.geometry[(zones["id"] == zone_id).to_numpy()].iloc[0]
        rows = residents.geometry.intersects(outline).to_numpy()
    if not rows.any():
        raise InputError(
            f"nobody lives in {title}",
            where="candidates",
            mend="name another zone, or give a layer of candidates",
        )
    return rows, f"{title} ({key} {zone_id})"


def _chosen(  # noqa: C901 - ids or shapes, each refused in its own words
    city: City, layer: gpd.GeoDataFrame, ids: pd.Index, given: object, *, where: str
) -> NDArray[np.bool_]:
    """Tell which candidates are meant by ids or by polygons."""
    if given is None:
        return np.zeros(len(ids), dtype=bool)
    area = None
    if isinstance(given, gpd.GeoDataFrame | gpd.GeoSeries):
        if isinstance(given, gpd.GeoDataFrame) and given.active_geometry_name not in given.columns:
            raise InputError("the layer has no geometry", where=where, mend="give polygons")
        require_same_crs(given, city.crs, where=where)
        if not len(given) or not given.geom_type.isin(AREAS).all():
            raise InputError(
                "the layer holds other shapes than polygons", where=where, mend="give polygons"
            )
        area = given.geometry.union_all()
    elif isinstance(given, shapely.Geometry):
        if not isinstance(given, shapely.Polygon | shapely.MultiPolygon) or given.is_empty:
            raise ParameterError(
                f"{where} is {shown(given)}", where=where, mend="give a polygon, or ids"
            )
        area = given
    if area is not None:
        inside = np.asarray(layer.geometry.intersects(area), dtype=bool)
        if where == "mandatory" and inside.sum() != 1:
            raise ParameterError(
                f"{inside.sum():,} candidates lie in the polygon",
                where=where,
                mend="name the one that must be chosen by its id",
            )
        return inside
    wanted = several(given)
    if len(wanted) == 1 and wanted[0] is given:
        raise ParameterError(
            f"{shown(given)} is not a collection of ids",
            where=where,
            mend="give ids in a list, or a polygon",
        )
    known = {name: row for row, name in enumerate(ids.tolist())}
    chosen = np.zeros(len(ids), dtype=bool)
    for name in wanted:
        try:
            chosen[known[name]] = True
        except (KeyError, TypeError):
            raise UnknownNameError.among(
                name, map(str, ids), kind="candidate", where=where
            ) from None
    return chosen


def _costs(  # noqa: C901 - each wrong cost is refused in its own words
    layer: gpd.GeoDataFrame, ids: pd.Index, costs: object, budget: object
) -> tuple[NDArray[np.float64] | None, float]:
    """Return what each candidate costs, and what all may cost together."""
    if costs is None:
        if budget is not None:
            raise ParameterError(
                "there is a budget and no costs",
                where="costs",
                mend="give the column of costs, or a mapping from ids",
            )
        return None, math.inf
    if isinstance(costs, str):
        if costs not in layer.columns:
            raise UnknownNameError.among(
                costs, map(str, layer.columns), kind="column", where="costs"
            )
        values: list[Any] = layer[costs].tolist()
    elif isinstance(costs, Mapping | pd.Series):
        missing = [name for name in ids.tolist() if name not in costs]
        if missing:
            raise ParameterError(
                f"{len(missing):,} candidates have no cost, the first is {missing[0]!r}",
                where="costs",
                mend="give the cost of every candidate",
            )
        values = [costs[name] for name in ids.tolist()]
    else:
        raise ParameterError(
            f"costs is {shown(costs)}",
            where="costs",
            mend="give the name of a column, or a mapping from ids to costs",
        )
    price = require_numbers(values, where="costs")
    if price.shape != (len(ids),):
        raise ParameterError(
            "the costs are not one number each", where="costs", mend="give one per candidate"
        )
    wrong = ~np.isfinite(price) | (price < 0)
    if wrong.any():
        first = int(wrong.argmax())
        raise ParameterError(
            f"the cost of {ids[first]!r} is {price[first]:g}",
            where="costs",
            mend="give costs that are finite and not negative",
        )
    if budget is None:
        return price, math.inf
    if not is_number(budget) or not budget >= 0:
        raise ParameterError(
            f"budget is {shown(budget)}", where="budget", mend="give an amount, not negative"
        )
    return price, float(budget)
