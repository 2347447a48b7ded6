"""New streets drawn over a network: where they join it, and the pieces that this leaves.

The rule, in full:

1. An end of a line joins the nearest street that its travellers may use, if one is within
   ``tolerance_m``; one at ground level before one on a bridge, and never one in a tunnel unless
   the line itself is in one. Where a junction is within :data:`AT_JUNCTION_M` of that place, the
   junction is joined. A line that runs beyond the street is cut there.
2. A line at ground level also joins every street at ground level that it crosses. One that is
   a bridge or a tunnel, or joins at its ends alone, passes over or under whatever it crosses.
3. An end that joins nothing is refused, and so is a line at ground level across a street that
   nobody may walk or ride, such as a motorway.
4. A street is split where it is joined: its pieces keep all it is, and share its length.

Lines are taken in their order, so that a later one may join an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from quartieri15.arguments import is_finite, shown
from quartieri15.crs import GEOGRAPHIC, require_same_crs
from quartieri15.errors import InputError, ParameterError
from quartieri15.model import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from quartieri15.model.streets import StreetNetwork

TOLERANCE_M: Final = 15.0
"""How far from a street a line may end that is meant to join it: about the width of a street
with its pavements, which a hand that draws on a map takes for one."""

AT_JUNCTION_M: Final = 5.0
"""An end so near a junction is taken to mean the junction."""

AT_CROSSING_M: Final = 1.0
"""A crossing so near a junction is one with it, so that no piece is shorter."""

ALL, ENDS = "all", "ends"
JOINS: Final = (ALL, ENDS)

_MODES: Final = ("foot", "bicycle_forward", "bicycle_backward")
_NEEDED: Final = ("highway", *_MODES)


@dataclass(frozen=True, eq=False, repr=False)
class NewStreets:
    """What new streets change in a network.

    Parameters
    ----------
    removed : (r,) int64
        Rows of the edges that are split.
    pieces
        What they are split into, in the order of ``removed``, then along each.
    added
        The new edges.
    nodes
        The new junctions and dead ends.
    joined : pandas.DataFrame
        One row per place where a line joins a street: ``line`` (position among the lines),
        ``along_m`` (along the line), ``node_id``, ``edge_id`` (the street, -1 for an earlier
        line), ``street`` (its name), ``distance_m`` (between the line and the street), ``how``
        (``start``, ``end`` or ``crossing``).
    """

    removed: NDArray[np.int64]
    pieces: gpd.GeoDataFrame
    added: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    joined: pd.DataFrame

    def __repr__(self) -> str:
        return (
            f"NewStreets({len(self.added)} edges, {self.added['length_m'].sum():.0f} m, "
            f"{len(self.removed)} streets split)"
        )

    @property
    def length_m(self) -> float:
        """Metres of new street."""
        return float(self.added["length_m"].sum())


@dataclass
class _Street:
    """A street that may be joined: a line, what it is, and where it is joined."""

    key: int
    line: shapely.LineString
    tells: Any
    cuts: list[tuple[float, int]] = field(default_factory=list)

    @property
    def at_ground(self) -> bool:
        told = self.tells
        return not told["bridge"] and not told["tunnel"] and int(told["layer"]) == 0

    @property
    def is_open(self) -> bool:
        return any(bool(self.tells[mode]) for mode in _MODES)

    def shares_travellers(self, other: Any) -> bool:
        foot = bool(self.tells["foot"]) and bool(other["foot"])
        ridden = [
            bool(tells["bicycle_forward"]) or bool(tells["bicycle_backward"])
            for tells in (self.tells, other)
        ]
        return foot or all(ridden)


def join(
    streets: StreetNetwork,
    lines: gpd.GeoDataFrame,
    *,
    tolerance_m: float = TOLERANCE_M,
    where: str = "new streets",
) -> NewStreets:
    """Find where new streets join a network, and split both there; the module tells the rule.

    Parameters
    ----------
    streets
        The network.
    lines
        One row per new street: ``highway``, ``foot``, ``bicycle_forward``,
        ``bicycle_backward`` and ``geometry`` (a LineString in the CRS of the network), and what
        else is known of :data:`~quartieri15.model.schemas.EDGE_COLUMNS`. Column ``joins`` says
        ``"all"`` (the default) or ``"ends"``.
    tolerance_m
        How far from a street a line may end that joins it, in metres.
    where
        What errors call the lines.

    Returns
    -------
    NewStreets

    Raises
    ------
    InputError
        If an end joins no street (the distance to the nearest is told), a line at ground level
        crosses a street closed to everyone, is no line of some length, lies outside the streets,
        or a column is missing or wrong.
    ParameterError
        If the tolerance is no distance.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> import quartieri15 as q15
    >>> streets = q15.load("milano").streets
    >>> path = shapely.LineString([(514_110, 5_032_502), (514_250, 5_032_650)])
    >>> told = {"highway": "footway", "foot": True} | dict.fromkeys(
    ...     ("bicycle_forward", "bicycle_backward"), False)
    >>> new = join(streets, gpd.GeoDataFrame([told], geometry=[path], crs=streets.crs))
    >>> bool(new.length_m > path.length - 31)
    True
    """
    from quartieri15.model.streets import require_streets

    require_streets(streets)
    if not is_finite(tolerance_m) or tolerance_m <= 0:
        raise ParameterError(
            f"tolerance_m is {shown(tolerance_m)}", where="tolerance_m", mend="give metres above 0"
        )
    table = _checked(streets, lines, where)
    ground = _Ground(streets, float(tolerance_m))
    for row in range(len(table)):
        name = where if len(table) == 1 else f"{where}, line {row + 1}"
        ground.draw(row, table.iloc[row], where=name)
    return ground.result(table)


def with_new_streets(streets: StreetNetwork, new: NewStreets) -> StreetNetwork:
    """Return a network with new streets: split edges go, pieces and new edges come last."""
    added = [part for part in (new.pieces, new.added) if len(part)]
    return streets.with_edges(
        removed=new.removed.tolist(),
        added=_stacked(added),
        nodes=new.nodes if len(new.nodes) else None,
    )


class _Ground:
    """A network while lines are drawn over it."""

    def __init__(self, streets: StreetNetwork, tolerance_m: float) -> None:
        self.streets = streets
        self.tolerance_m = tolerance_m
        self.known: dict[int, _Street] = {}
        self.drawn: list[_Street] = []
        self.places: dict[int, tuple[float, float]] = {}
        self.next_node = int(max(streets.nodes.index.max(), 0)) + 1
        self.joined: list[dict[str, Any]] = []

    def draw(self, row: int, tells: Any, *, where: str) -> None:
        """Find where one line joins, and remember it there."""
        line = tells["geometry"]
        near = self._near(line)
        low = (0.0, self._end(row, line, tells, near, at_start=True, where=where))
        high = (line.length, self._end(row, line, tells, near, at_start=False, where=where))
        first, last = low[1][0], high[1][0]
        joints = [(first, low[1][1])]
        if tells["joins"] == ALL and not tells["bridge"] and not tells["tunnel"]:
            joints += self._crossings(row, line, tells, near, between=(first, last), where=where)
        joints.append((last, high[1][1]))
        joints = _tidied(joints)
        if len(joints) == 1:
            raise InputError(
                "both ends of the line join the same place",
                where=where,
                mend="draw it longer, or lower the tolerance",
            )
        self.drawn.append(_Street(-1 - row, line, tells, list(joints)))

    def result(self, table: gpd.GeoDataFrame) -> NewStreets:
        """Cut everything where it is joined."""
        edges, nodes = self.streets.edges, self.streets.nodes
        if "frontage" in table.columns and "frontage" not in edges.columns:
            edges = edges.assign(frontage=True)
        elif "frontage" in edges.columns and "frontage" not in table.columns:
            table = table.assign(frontage=True)
        added = []
        for row, street in enumerate(self.drawn):
            told = {name: table[name].iloc[row] for name in edges.columns if name in table.columns}
            cuts = _tidied(sorted(street.cuts))
            for (a, u), (b, v) in pairwise(cuts):
                shape = self._between(street.line, a, b, u, v)
                added.append(told | {"u": u, "v": v, "geometry": shape})
        new = _like(added, edges)
        new["length_m"] = _geodesic_m(new)
        pieces, removed = [], []
        for edge in sorted(self.known):
            cuts = self._inner_cuts(self.known[edge])
            if not cuts:
                continue
            removed.append(edge)
            pieces += self._pieces(edge, cuts)
        ids = sorted(self.places)
        points = {"geometry": [shapely.Point(self.places[node]) for node in ids]}
        more = _like([{"geometry": point} for point in points["geometry"]], nodes)
        return NewStreets(
            removed=np.array(removed, dtype=np.int64),
            pieces=_like(pieces, edges),
            added=new,
            nodes=more.set_axis(pd.Index(ids, dtype="int64", name="node_id")),
            joined=pd.DataFrame(
                self.joined,
                columns=["line", "along_m", "node_id", "edge_id", "street", "distance_m", "how"],
            ),
        )

    def _near(self, line: shapely.LineString) -> list[_Street]:
        """Return the streets within the tolerance of a line, in their order."""
        rows = self.streets.edges.sindex.query(
            line, predicate="dwithin", distance=self.tolerance_m, sort=True
        )
        edges = self.streets.edges
        for row in rows.tolist():
            if row not in self.known:
                told = edges.iloc[row]
                self.known[row] = _Street(row, told["geometry"], told)
        return [self.known[row] for row in rows.tolist()] + self.drawn

    def _end(
        self,
        row: int,
        line: shapely.LineString,
        tells: Any,
        near: list[_Street],
        *,
        at_start: bool,
        where: str,
    ) -> tuple[float, int]:
        """Return where on the line its end joins a street, and the node there."""
        along = 0.0 if at_start else line.length
        point = line.interpolate(along)
        found = [
            (not street.at_ground, street.line.distance(point), i)
            for i, street in enumerate(near)
            if street.shares_travellers(tells) and (tells["tunnel"] or not street.tells["tunnel"])
        ]
        found = [one for one in found if one[1] <= self.tolerance_m]
        which = "start" if at_start else "end"
        if not found:
            raise self._joins_nothing(point, tells, which, where)
        _, distance, i = min(found)
        street = near[i]
        met = [
            spot
            for spot in _meetings(line, street.line)
            if abs(line.project(spot) - along) <= self.tolerance_m
        ]
        if met:
            spot = min(met, key=lambda spot: abs(line.project(spot) - along))
            along = line.project(spot)
        else:
            spot = point
        node = self._node_at(street, street.line.project(spot), AT_JUNCTION_M)
        self._tell(row, along, node, street, distance, which)
        return along, node

    def _crossings(
        self,
        row: int,
        line: shapely.LineString,
        tells: Any,
        near: list[_Street],
        *,
        between: tuple[float, float],
        where: str,
    ) -> Iterator[tuple[float, int]]:
        """Return where a line at ground level crosses streets at ground level."""
        for street in near:
            if not street.at_ground:
                continue
            for spot in _meetings(line, street.line):
                along = line.project(spot)
                if not between[0] + AT_CROSSING_M < along < between[1] - AT_CROSSING_M:
                    continue
                if not street.is_open:
                    called = street.tells["name"] or f"a {street.tells['highway']}"
                    raise InputError(
                        f"the line crosses {called}, closed to everyone on foot or by bicycle, at "
                        "ground level",
                        where=where,
                        mend="draw it as a bridge, or say joins: ends if it passes under",
                    )
                if not street.shares_travellers(tells):
                    continue
                node = self._node_at(street, street.line.project(spot), AT_CROSSING_M)
                self._tell(row, along, node, street, 0.0, "crossing")
                yield along, node

    def _node_at(self, street: _Street, along: float, within_m: float) -> int:
        """Return the junction at a place of a street: its ends, one made before, or a new one."""
        first, last = self._ends(street)
        known = [(abs(at - along), node) for at, node in [first, last, *street.cuts]]
        distance, node = min(known)
        if distance <= within_m:
            return node
        made = self.next_node
        self.next_node += 1
        spot = street.line.interpolate(along)
        self.places[made] = (spot.x, spot.y)
        street.cuts.append((along, made))
        return made

    def _ends(self, street: _Street) -> tuple[tuple[float, int], tuple[float, int]]:
        if street.key < 0:
            cuts = sorted(street.cuts)
            return cuts[0], cuts[-1]
        return (0.0, int(street.tells["u"])), (street.line.length, int(street.tells["v"]))

    def _inner_cuts(self, street: _Street) -> list[tuple[float, int]]:
        return sorted(street.cuts)

    def _pieces(self, edge: int, cuts: list[tuple[float, int]]) -> list[dict[str, Any]]:
        street = self.known[edge]
        told = {"frontage": True} | {name: street.tells[name] for name in street.tells.index}
        first, last = self._ends(street)
        whole, left = float(told["length_m"]), float(told["length_m"])
        pieces = []
        stops = [first, *cuts, last]
        for i, ((a, u), (b, v)) in enumerate(pairwise(stops)):
            share = whole * (b - a) / street.line.length
            # The last takes what is left, so that the pieces are together as long as the street.
            length = left if i == len(stops) - 2 else share
            left -= length
            shape = self._between(street.line, a, b, u, v)
            pieces.append(told | {"u": u, "v": v, "length_m": length, "geometry": shape})
        return pieces

    def _between(
        self, line: shapely.LineString, a: float, b: float, u: int, v: int
    ) -> shapely.LineString:
        """Return a part of a line, drawn from junction to junction."""
        xy = [tuple(pair) for pair in shapely.get_coordinates(substring(line, a, b)).tolist()]
        start, end = self._place(u), self._place(v)
        xy = [start, *(xy[1:] if _near_by(xy[0], start) else xy)]
        xy = [*(xy[:-1] if _near_by(xy[-1], end) and len(xy) > 1 else xy), end]
        return shapely.LineString(xy)

    def _place(self, node: int) -> tuple[float, float]:
        if node in self.places:
            return self.places[node]
        point = self.streets.nodes.geometry.loc[node]
        return point.x, point.y

    def _tell(  # noqa: PLR0917
        self, row: int, along: float, node: int, street: _Street, distance: float, how: str
    ) -> None:
        name = street.tells["name"]
        self.joined.append(
            {
                "line": row,
                "along_m": along,
                "node_id": node,
                "edge_id": street.key if street.key >= 0 else -1,
                "street": None if pd.isna(name) else name,
                "distance_m": distance,
                "how": how,
            }
        )

    def _joins_nothing(
        self, point: shapely.Point, tells: Any, which: str, where: str
    ) -> InputError:
        edges = self.streets.edges
        foot = edges["foot"] & bool(tells["foot"])
        ridden = edges["bicycle_forward"] | edges["bicycle_backward"]
        ridden &= bool(tells["bicycle_forward"]) or bool(tells["bicycle_backward"])
        usable = edges[(foot | ridden) & (bool(tells["tunnel"]) | ~edges["tunnel"])]
        said = "there is none that its travellers may use"
        if len(usable):
            distance = usable.distance(point)
            nearest = distance.idxmin()
            name = usable["name"].loc[nearest]
            called = f"a {usable['highway'].loc[nearest]}" if pd.isna(name) else name
            said = f"the nearest, {called}, is {distance.loc[nearest]:.0f} m away"
        return InputError(
            f"the {which} of the line, at {point.x:.0f}, {point.y:.0f}, joins no street within "
            f"{self.tolerance_m:g} m: {said}",
            where=where,
            mend="draw it up to the street, or raise tolerance_m",
        )


def _checked(streets: StreetNetwork, lines: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """Return lines with every column of edges, or say what is wrong with them."""
    from quartieri15.model.streets import edges_with_all_columns

    table = schemas.with_geometry(lines, where=where).reset_index(drop=True)
    require_same_crs(table, streets.crs, where=where)
    if not len(table):
        raise InputError("there is no line", where=where, mend="draw at least one")
    missing = [name for name in _NEEDED if name not in table.columns]
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing", where=where, mend="say who may use the line"
        )
    table = edges_with_all_columns(table).assign(u=0, v=0, length_m=0.0)
    if "oneway" not in table.columns:
        table["oneway"] = "no"
    if "joins" not in table.columns:
        table["joins"] = ALL
    wrong = ~table["joins"].isin(JOINS)
    if wrong.any():
        raise InputError(
            f"joins is {shown(table['joins'][wrong].iloc[0])}",
            where=where,
            mend="give all or ends",
        )
    table = schemas.check(table, schemas.edge_columns(table), where=where)
    lengths = table.length.to_numpy()
    if (~(np.isfinite(lengths) & (lengths > 0))).any():
        raise InputError("the line has no length", where=where, mend="give two points or more")
    streets.require_near(table, where=where)
    return table


def _meetings(line: shapely.LineString, street: shapely.LineString) -> list[shapely.Point]:
    """Return the points in which two lines meet; where they run together, the ends of that."""
    met = shapely.intersection(line, street)
    points = []
    for part in shapely.get_parts(met):
        if part.geom_type == "Point":
            points.append(part)
        elif part.geom_type == "LineString" and part.length > 0:
            ends = shapely.get_coordinates(part)[[0, -1]]
            points += [shapely.Point(one) for one in ends]
    return sorted(points, key=line.project)


def _tidied(joints: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Sort joints along a line; of one junction met twice in a row keep one."""
    ordered = sorted(joints, key=lambda joint: joint[0])
    tidy: list[tuple[float, int]] = []
    for along, node in ordered:
        if tidy and tidy[-1][1] == node and along - tidy[-1][0] <= 2 * AT_JUNCTION_M:
            continue
        tidy.append((along, node))
    return tidy


def _near_by(one: tuple[float, ...], other: tuple[float, float]) -> bool:
    return abs(one[0] - other[0]) < AT_CROSSING_M and abs(one[1] - other[1]) < AT_CROSSING_M


def _like(rows: list[dict[str, Any]], table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make rows a table with the columns of another, and its types where they hold them."""
    made: dict[str, Any] = {}
    for name in table.columns:
        values = [row.get(name) for row in rows]
        dtype = table[name].dtype
        if name == "geometry":
            made[name] = gpd.GeoSeries(values, crs=table.crs)
        elif isinstance(dtype, pd.CategoricalDtype):
            plain = [None if pd.isna(value) else value for value in values]
            made[name] = pd.Series(plain, dtype=_widened(dtype, plain))
        elif dtype.kind == "O" or (dtype.kind == "b" and None in values):
            made[name] = pd.Series([None if pd.isna(v) else v for v in values], dtype=object)
        else:
            # A column of the table's own, of which nothing is said for a new street.
            unknown = dtype.kind in "iu" and None in values
            made[name] = pd.Series(values, dtype=float if unknown else dtype)
    return gpd.GeoDataFrame(made, geometry="geometry", crs=table.crs)


def _widened(dtype: pd.CategoricalDtype, values: list[Any]) -> pd.CategoricalDtype:
    """Return categories in which some values have their place too."""
    known = list(dtype.categories)
    more = sorted({value for value in values if value is not None} - set(known))
    if not more:
        return dtype
    return pd.CategoricalDtype(pd.Index([*known, *more], dtype=dtype.categories.dtype))


def _stacked(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Put tables of the same columns under each other, categories as the texts they are."""
    plain = [
        table.astype({name: object for name in table.columns if table[name].dtype == "category"})
        for table in tables
    ]
    stacked: gpd.GeoDataFrame = pd.concat(plain, ignore_index=True)
    return stacked


def _geodesic_m(table: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the length of lines on the ground, by geodesics on the WGS84 ellipsoid."""
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    lines = table.geometry.to_crs(GEOGRAPHIC)
    return np.array([geod.geometry_length(line) for line in lines], dtype=np.float64)
