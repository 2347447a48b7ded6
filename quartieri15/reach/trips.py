"""Places on the streets of a traveller: what every question about reach begins with."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Self, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from quartieri15.arguments import is_number, require_choice, shown
from quartieri15.crs import require_on_earth, require_same_crs
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import profiles, schemas
from quartieri15.model.city import places_there, require_city
from quartieri15.model.ids import require_hashable
from quartieri15.model.prepared import Prepared
from quartieri15.plain_json import plain_json
from quartieri15.reach import snapping
from quartieri15.reach.graph import TravelGraph, travel_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.reach.graph import Arcs
    from quartieri15.reach.kernels import Pairs
    from quartieri15.reach.snapping import Snapped

Direction = Literal["to", "from"]

MOST_MINUTES = 1440.0
"""A day: whoever asks for more minutes most likely gave seconds."""

LIMIT_TOLERANCE_S: Final = 1e-6
"""A time so little above a limit is within it: 800 m at 3.2 km/h are 15 minutes, though their
sum may end on a 2 in the fifteenth place. Nobody walks more than a micrometre in that time."""


@dataclass(frozen=True, eq=False)
class Origins:
    """Points from which, or to which, people travel: their ids and where they stand."""

    index: pd.Index
    ids: pd.Index
    on_streets: Snapped
    points: snapping.Points

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Trips:
    """Travel to some places, or from them, by one traveller.

    Parameters
    ----------
    city
        The city.
    graph
        Its streets as the traveller sees them.
    direction
        ``"to"`` the places or ``"from"`` them.
    place_ids
        The places that have a position.
    places
        Where they stand on the streets.
    left_out
        Places that cannot be used, with the reason: ``no_position``, ``no_street``, ``closed``
        or ``steps_at_entrance``.
    place_status
        Places with a position of which snapping says something else than ``ok``.
    entrance_steps_unknown
        Of how many places nobody knows whether steps lead into them, where that matters: the
        traveller takes no steps, and the table of places has a column ``entrance_steps``. They
        count as usable. None where it does not matter.
    """

    city: City
    graph: TravelGraph
    direction: Direction
    place_ids: pd.Index
    places: Snapped
    left_out: dict[Any, str]
    place_status: dict[Any, str]
    entrance_steps_unknown: int | None = None

    @classmethod
    def plan(
        cls,
        city: City,
        places: str | gpd.GeoDataFrame,
        *,
        profile: str | TravelProfile,
        direction: Direction,
        where: str,
    ) -> Self:
        """Check what is asked for and put the places on the streets.

        Parameters
        ----------
        city
            The city.
        places
            A name that :meth:`~quartieri15.model.city.City.places_named` knows, or a table
            of points in the city's CRS, whose column ``id`` (or index) names them.
        profile
            The traveller, or its name.
        direction
            ``"to"`` the places or ``"from"`` them.
        where
            What the caller's parameter of places is called, for errors.

        Raises
        ------
        ParameterError
            If the direction makes no sense.
        UnknownNameError
            If the name of the places or of the profile is unknown.
        InputError
            If there is no place, none has a position or all lie outside the streets, an id is
            missing or stands twice, the table is in another CRS than the city or holds other
            shapes than points, no street may be used, or steps lead into every place and the
            traveller takes none.
        """
        require_city(city)
        require_choice(
            direction,
            get_args(Direction),
            where="direction",
            mend="use 'to' (people travel to the places) or 'from'",
        )
        traveller = profiles.get(profile)
        table = places_there(city, places, where=where) if isinstance(places, str) else places
        xy = point_coordinates(table, city, where=where)
        ids = ids_of(table, where=where)
        placed = np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1])
        if not placed.any():
            said = "there is no place" if not len(table) else "no place has a position"
            raise InputError(said, where=where, mend="give at least one place with a point")
        city.streets.require_near(table, where=where)
        if not ids.is_unique:
            raise InputError(
                f"the id {ids[ids.duplicated()][0]!r} stands twice",
                where=where,
                mend="give every place its own id",
            )
        up_steps, unknown = _entrances(table, traveller, where=where)
        left_out = dict.fromkeys(ids[up_steps].tolist(), "steps_at_entrance")
        left_out |= dict.fromkeys(ids[~placed].tolist(), "no_position")
        placed &= ~up_steps
        if not placed.any():
            raise InputError(
                f"steps lead into every place with a position, and {traveller.name} takes none",
                where=where,
                mend="ask for a place with entrance_steps False, or unknown",
            )
        graph = travel_graph(city.streets, traveller)
        snapped = snapping.snap(graph, xy[placed], role="end" if direction == "to" else "start")
        status = {
            place: snapping.STATUSES[code]
            for place, code in zip(ids[placed].tolist(), snapped.status, strict=True)
        }
        return cls(
            city=city,
            graph=graph,
            direction=direction,
            place_ids=ids[placed],
            places=snapped,
            left_out=left_out
            | {place: what for place, what in status.items() if what == "no_street"},
            place_status={place: what for place, what in status.items() if what != "ok"},
            entrance_steps_unknown=unknown,
        )

    @property
    def arcs(self) -> Arcs:
        """The arcs to search from the places: against the travel to them, or with it."""
        return self.graph.inward if self.direction == "to" else self.graph.outward

    def on_streets(self) -> Self:
        """Return the same without the places that have no street."""
        return self._of(self.places.edge >= 0)

    def without(self, closed: NDArray[np.bool_]) -> Self:
        """Return the same without some of the places, which are told to be closed."""
        ids = self.place_ids[closed].tolist()
        return dataclasses.replace(
            self._of(~closed),
            left_out=self.left_out | dict.fromkeys(ids, "closed"),
            place_status={
                place: what for place, what in self.place_status.items() if place not in ids
            },
        )

    def _of(self, chosen: NDArray[np.bool_]) -> Self:
        columns: dict[str, Any] = {
            field.name: column[chosen]
            for field in dataclasses.fields(self.places)
            if isinstance(column := getattr(self.places, field.name), np.ndarray)
        }
        return dataclasses.replace(
            self,
            place_ids=self.place_ids[chosen],
            places=dataclasses.replace(self.places, **columns),
        )

    def origins(self, points: gpd.GeoDataFrame | None) -> Origins:
        """Put points on the streets at the other end of the trips: the residents by default.

        Raises
        ------
        InputError
            If the table is in another CRS than the city or holds other shapes than points, an
            id is missing, or all points lie outside the streets by swapped axes or degrees.
        """
        role: snapping.Role = "start" if self.direction == "to" else "end"
        if points is None:
            standing = _residents_of(self.city)
        else:
            standing = _standing(points, self.city)
            self.city.streets.require_near(points, where="origins", may_be_elsewhere=True)
        found = standing.points.snapped(self.graph, role)
        return Origins(standing.index, standing.ids, found, standing.points)

    def along_common_edge(self, origins: Origins) -> Pairs:
        """Join origins and places that stand on one edge, with the time along it."""
        from quartieri15.reach.kernels import Pairs

        points, places = origins.on_streets, self.places
        order = np.argsort(places.edge, kind="stable").astype(np.int32)
        order = order[places.edge[order] >= 0]
        edges = places.edge[order]
        # Few points stand on an edge with a place; the spare one is of those on none.
        with_place = np.zeros(len(self.graph.edge_ids) + 1, dtype=bool)
        with_place[edges] = True
        beside = np.flatnonzero(with_place[points.edge]).astype(np.int32)
        first = np.searchsorted(edges, points.edge[beside], side="left")
        number = np.searchsorted(edges, points.edge[beside], side="right") - first
        origin = np.repeat(beside, number)
        nth = np.arange(len(origin)) - np.repeat(np.cumsum(number) - number, number)
        place = order[np.repeat(first, number) + nth]
        ends = [points.fraction[origin], places.fraction[place]]
        if self.direction == "from":
            ends.reverse()
        seconds = snapping.along_edge_seconds(self.graph, points.edge[origin], *ends)
        seconds += points.distance_m[origin] / self.graph.profile.access_speed_m_s
        seconds += snapping.access_seconds(self.graph, places)[place]
        return Pairs(source=place, point=origin, seconds=seconds)

    def attrs(self, *, minutes: float | list[float] | None) -> dict[str, Any]:
        """Return what a result must say of itself, in plain JSON."""
        profile, source = self.graph.profile, self.city.provenance
        push = profile.push_speed_kmh
        said: dict[str, Any] = {
            "provenance": {
                "city": self.city.name,
                "profile": profile.name,
                "speed_kmh": profile.speed_kmh,
                "access_speed_kmh": profile.access_speed_kmh,
                **({} if push is None else {"push_speed_kmh": push}),
                "speed_source": profile.source,
                "minutes": minutes,
                "direction": self.direction,
                "places": len(self.place_ids),
                "vintages": dict(source.get("vintages", {})),
                "licence_line": source.get("licence_line", "not stated"),
            },
            "left_out": self.left_out,
            "place_status": self.place_status,
            "place_snap_m": dict(zip(self.place_ids, self.places.distance_m, strict=True)),
        }
        if self.entrance_steps_unknown is not None:
            said["entrance_steps_unknown"] = self.entrance_steps_unknown
        plain: dict[str, Any] = plain_json(said)
        return plain


def _entrances(
    table: gpd.GeoDataFrame, traveller: TravelProfile, *, where: str
) -> tuple[NDArray[np.bool_], int | None]:
    """Tell into which places steps lead that the traveller does not take.

    And of how many it is not known whether they do; None where it does not matter.
    """
    nowhere = np.zeros(len(table), dtype=bool)
    if "steps" not in traveller.refusals or "entrance_steps" not in table.columns:
        return nowhere, None
    contract = {"entrance_steps": schemas.PLACE_COLUMNS_IF_THERE["entrance_steps"]}
    told = schemas.check(pd.DataFrame(table[["entrance_steps"]]), contract, where=where)
    steps = told["entrance_steps"]
    return (steps == True).to_numpy(dtype=bool), int(steps.isna().sum())  # noqa: E712


@dataclass(frozen=True, eq=False)
class _Standing:
    """Points of a table: their labels, their ids and where they are."""

    index: pd.Index
    ids: pd.Index
    points: snapping.Points


_residents: Prepared[_Standing] = Prepared()


def _residents_of(city: City) -> _Standing:
    """Return the residents of a city, looked at once for as long as their table lives."""
    table = city.require_residents()
    require_same_crs(table, city.crs, where="origins")
    columns = [name for name in ("id", table.active_geometry_name) if name in table.columns]
    standing = _residents.of(table, columns, lambda: _standing(table, city))
    x, y = standing.points.xy.T
    west, south, east, north = city.streets.extent
    if not ((x >= west) & (x <= east) & (y >= south) & (y <= north)).any():
        city.streets.require_near(table, where="origins", may_be_elsewhere=True)
    return standing


def _standing(table: gpd.GeoDataFrame, city: City) -> _Standing:
    xy = point_coordinates(table, city, where="origins")
    return _Standing(table.index, ids_of(table, where="origins"), snapping.Points(xy))


def limit_seconds(minutes: object) -> float:
    """Return a limit of time in seconds, with its tolerance; infinite for None.

    Every question of who or what is within some minutes is answered by ``<=`` of this limit.

    Raises
    ------
    ParameterError
        If it is not a number above 0 and at most a day.

    Examples
    --------
    >>> limit_seconds(15)
    900.000001
    """
    if minutes is None:
        return math.inf
    if not is_number(minutes) or not 0 < minutes <= MOST_MINUTES:
        raise ParameterError(
            f"minutes is {shown(minutes)}",
            where="minutes",
            mend=f"give a number above 0 and up to {MOST_MINUTES:g}",
        )
    return float(minutes) * 60 + LIMIT_TOLERANCE_S


def in_time(minutes: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    """Tell which times are within a limit, both in minutes.

    Examples
    --------
    >>> in_time(np.array([14.9, 15.000000000000002, 15.1]), 15).tolist()
    [True, True, False]
    """
    within: NDArray[np.bool_] = minutes * 60 <= limit_seconds(limit)
    return within


def told_minutes(seconds: NDArray[np.float64], limit: float | None) -> NDArray[np.float64]:
    """Return times within a limit in minutes, none of them above it."""
    minutes = seconds / 60
    return minutes if limit is None else np.minimum(minutes, float(limit))


def point_coordinates(table: gpd.GeoDataFrame, city: City, *, where: str) -> NDArray[np.float64]:
    """Return the coordinates of a table of points, NaN where a point is missing.

    Raises
    ------
    InputError
        If the table has no geometry, another CRS than the city, other shapes than points, or
        a point that is nowhere on earth.
    """
    if not isinstance(table, gpd.GeoDataFrame):
        mend = "give a GeoDataFrame of points"
        # Where a name will do it has been looked up before.
        if isinstance(table, str):
            mend += f", for example city.places_named({table!r})"
        elif where in ("to", "places"):
            mend += ", or the name of a set of places"
        raise InputError(f"a {type(table).__name__} was given", where=where, mend=mend)
    if table.active_geometry_name not in table.columns:
        raise InputError(
            "the table has no geometry", where=where, mend="set it with table.set_geometry(...)"
        )
    require_same_crs(table, city.crs, where=where)
    points = table.geometry.array
    none = points.isna() | points.is_empty
    other = ~none & (points.geom_type != "Point")
    if other.any():
        row = table.index[other][0]
        raise InputError(
            f"the geometry is a {points.geom_type[other][0]}",
            where=f"{where}, row {row}",
            mend="give points, for example table.geometry.representative_point()",
        )
    xy = np.full((len(table), 2), np.nan)
    xy[~none] = shapely.get_coordinates(np.asarray(points)[~none])
    require_on_earth(xy, table.index, where=where)
    return xy


def positions_checksum(table: gpd.GeoDataFrame) -> str:
    """Return a checksum of where places stand, whatever their order: times to them are of it.

    Examples
    --------
    >>> import geopandas as gpd
    >>> two = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=gpd.points_from_xy([0, 1], [0, 1]))
    >>> positions_checksum(two) == positions_checksum(two.iloc[::-1])
    True
    """
    placed = table[~schemas.unplaced(table.geometry)]
    xy = shapely.get_coordinates(placed.geometry.to_numpy()).tolist()
    told = sorted(f"{one!r} {at}" for one, at in zip(ids_of(placed, where="to"), xy, strict=True))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def ids_of(table: gpd.GeoDataFrame, *, where: str) -> pd.Index:
    """Return the column ``id`` of a table, or its index where it has none.

    Raises
    ------
    InputError
        If there are two columns ``id``, or an index of several levels and none; or if an id
        is missing, or nothing that can name a row.
    """
    columns = table.columns.tolist().count("id")
    if columns > 1:
        raise InputError(
            f"there are {columns} columns id", where=where, mend="keep one, or rename the others"
        )
    if not columns and table.index.nlevels > 1:
        raise InputError(
            f"the index has {table.index.nlevels} levels, and there is no column id",
            where=where,
            mend="give a column id, for example with table.reset_index()",
        )
    ids = table["id"].array if columns else table.index.array
    mend = "give every row its own id"
    missing = pd.isna(ids)
    if missing.any():
        row = int(missing.argmax())
        raise InputError("the id is missing", where=f"{where}, row {table.index[row]}", mend=mend)
    if pd.api.types.is_object_dtype(ids.dtype):
        require_hashable(pd.Series(ids, index=table.index), where=where)
    # Whole numbers must stay whole beside a missing one.
    whole = pd.api.types.is_integer_dtype(ids.dtype)
    index: pd.Index = pd.Index(ids, dtype="Int64" if whole else ids.dtype)
    return index
