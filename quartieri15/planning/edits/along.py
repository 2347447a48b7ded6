"""Edits along named streets: cycle tracks, calm traffic, other speeds, closed streets."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import pandas as pd

from quartieri15.errors import ParameterError
from quartieri15.model import schemas, stress, tag_rules
from quartieri15.planning.edits import positions, values
from quartieri15.planning.edits.edit import Change, Edit
from quartieri15.planning.edits.values import given
from quartieri15.planning.patches import same_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.planning.edits.values import Line
    from quartieri15.planning.naming import Stretch

    Told = tuple[pd.DataFrame, NDArray[np.bool_], tuple[str, ...]]
    """New values of edges, which of them had them already, and notes."""

FACILITY_RANK: Final = {"none": 0, "shared_road": 1, "lane": 2, "shared_path": 3, "track": 4}
"""What is better for who rides. A crossing is marked for cycles already, and stays one."""

TWO_WAY: Final = ("track", "shared_path")
"""Facilities that run both ways unless it is said that they do not."""

_MOTORWAYS: Final = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})


@dataclass(frozen=True, repr=False)
class _Along(Edit):
    """An edit of the streets of a name, from one cross street to another, or under a line.

    Parameters
    ----------
    along
        The street, in words.
    line
        Instead of ``along``, positions in degrees, longitude before latitude: one line, or a list
        of lines, drawn over the streets. In a file also ``geometry``, the name of a GeoJSON file
        beside it. Which streets are meant is told by :mod:`quartieri15.planning.edits.drawn`.
    tolerance_m
        How far from the line its streets may lie, in metres; where it is left out,
        :data:`~quartieri15.planning.edits.drawn.TOLERANCE_M`.
    start, end
        Where the stretch begins and ends: cross streets, squares, addresses or places; in a file
        ``from`` and ``to``. Without both, the whole street.
    near
        A zone near which it is, where several streets have the name.
    """

    along: str | None = given(values.maybe(values.text), None)
    _: KW_ONLY
    line: tuple[Line, ...] | None = given(values.maybe(values.lines), None)
    tolerance_m: float | None = given(values.maybe(values.number(0.1, 200)), None)
    start: str | None = given(values.maybe(values.text), None, key="from")
    end: str | None = given(values.maybe(values.text), None, key="to")
    near: str | None = given(values.maybe(values.text), None)

    def _check(self) -> None:
        positions.require_one_of(self.kind, along=self.along, line=self.line)
        needs = "along" if self.along is None else "line"
        others: dict[str, object] = {"from": self.start, "to": self.end, "near": self.near}
        if needs == "line":
            others = {"tolerance_m": self.tolerance_m}
        said = [name for name, value in others.items() if value is not None]
        if said:
            raise ParameterError(
                f"{said[0]} is given, and {needs} is not",
                where=self.kind,
                mend=f"leave {said[0]} out, or give {needs} instead",
            )

    def _stretch(self, city: City) -> Stretch:
        if self.along is None:
            from quartieri15.planning.edits.drawn import TOLERANCE_M, streets_under

            tolerance_m = TOLERANCE_M if self.tolerance_m is None else self.tolerance_m
            return streets_under(city, self.line or (), tolerance_m=tolerance_m)
        from quartieri15.planning.naming import stretch

        return stretch(city, self.along, start=self.start, end=self.end, near=self.near)

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        found = self._stretch(city)
        rows = self._rows(city, found.edge_ids)
        edges = city.streets.edges.loc[rows]
        if not len(rows):
            return Change(matched=found.said, notes=(self._NONE,), edge_values=edges[[]])
        new, had, notes = self._values(edges, found)
        beside = len(found.edge_ids) - len(rows)
        if beside and self._BESIDE:
            notes = (*notes, f"{beside} edges beside: {self._BESIDE}")
        return Change(
            matched=found.said,
            edge_values=new,
            already_m=float(edges["length_m"].to_numpy()[had].sum()),
            notes=notes,
        )

    _NONE: ClassVar[str] = "no street of it is of the kind that changes"
    _BESIDE: ClassVar[str] = ""
    """Why some edges of the name are left as they are, where that is to be told."""

    def _rows(self, city: City, rows: NDArray[np.int64]) -> NDArray[np.int64]:  # noqa: ARG002
        """Return which edges of the stretch the edit is about: all of them, if a kind says none."""
        return rows

    @abstractmethod
    def _values(self, edges: pd.DataFrame, found: Stretch) -> Told:
        """Say which values the edges shall have."""


@dataclass(frozen=True, repr=False)
class CycleTrack(_Along):
    """A way for cycles along a street.

    The carriageways of the stretch get it; where it has none, its paths. A facility that is
    there and better stays. A two-way one may be ridden both ways also where vehicles go one way;
    of another, the direction of the vehicles is opened. How stressful it then is to ride is told
    by the rules of :mod:`quartieri15.model.stress`; a level that the table stated, of the street
    as it was, is dropped.

    Parameters
    ----------
    along, start, end, near
        The stretch.
    line, tolerance_m
        Or a line drawn over its streets.
    facility
        ``track`` (kept apart from the vehicles), ``lane`` (painted), ``shared_path`` (with
        people on foot) or ``shared_road`` (with vehicles).
    two_way
        Whether it may be ridden both ways; where it is left out, a track and a shared path may.
    stress
        The Level of Traffic Stress it then has, from 1 to 4; where it is left out, the rules
        tell.
    """

    _: KW_ONLY
    facility: str = given(
        values.choice(*(name for name in FACILITY_RANK if name != "none")), "track"
    )
    two_way: bool | None = given(values.maybe(values.flag), None)
    stress: float | None = given(values.maybe(values.number(1, 4)), None)

    kind: ClassVar[str] = "cycle_track"
    _NONE: ClassVar[str] = "no street of it takes cycles: stairs and motorways do not"
    _BESIDE: ClassVar[str] = "ways for people on foot stay as they are"

    def _rows(self, city: City, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return _for_cycles(city, rows)

    def _values(self, edges: pd.DataFrame, found: Stretch) -> Told:  # noqa: ARG002
        before = edges["cycle_facility"].astype(str).to_numpy()
        rank = np.array([FACILITY_RANK.get(one, len(FACILITY_RANK)) for one in before])
        better = rank < FACILITY_RANK[self.facility]
        new = pd.DataFrame(index=edges.index)
        new["cycle_facility"] = np.where(better, self.facility, before)
        both = self.facility in TWO_WAY if self.two_way is None else self.two_way
        direction = edges["oneway"].astype(str).to_numpy()
        for column, other in (("bicycle_forward", "backward"), ("bicycle_backward", "forward")):
            new[column] = edges[column].to_numpy() | both | (direction != other)
        new["stress"] = _stress_after(edges, changed=better, told=self.stress)
        had = ~better & _same_cells(edges, new, ("bicycle_forward", "bicycle_backward"))
        return new, had, _contraflow_note(edges, new)


@dataclass(frozen=True, repr=False)
class CalmTraffic(_Along):
    """Slow traffic: a lower speed limit for the vehicles of a street.

    Carriageways whose limit is higher or unknown get it; one with a lower limit keeps it. How
    stressful they then are to ride is told by the rules of :mod:`quartieri15.model.stress`.

    Parameters
    ----------
    along, start, end, near
        The stretch.
    line, tolerance_m
        Or a line drawn over its streets.
    maxspeed_kmh
        The limit, in km/h.
    stress
        The Level of Traffic Stress it then has, from 1 to 4; where it is left out, the rules
        tell.
    """

    _: KW_ONLY
    maxspeed_kmh: float = given(values.number(1, 130), 30.0)
    stress: float | None = given(values.maybe(values.number(1, 4)), None)

    kind: ClassVar[str] = "calm_traffic"
    _NONE: ClassVar[str] = "no vehicle goes there"
    _BESIDE: ClassVar[str] = "have no vehicles"

    def _rows(self, city: City, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return _with_vehicles(city, rows)

    def _values(self, edges: pd.DataFrame, found: Stretch) -> Told:  # noqa: ARG002
        limit = edges["maxspeed_kmh"].to_numpy(dtype=float)
        faster = ~(limit <= self.maxspeed_kmh)
        new = pd.DataFrame(index=edges.index)
        new["maxspeed_kmh"] = np.where(faster, self.maxspeed_kmh, limit)
        new["stress"] = _stress_after(edges, changed=faster, told=self.stress)
        return new, ~faster, _stress_note(edges, new)


@dataclass(frozen=True, repr=False)
class ChangeStreets(_Along):
    """Other values of the streets of a stretch: whatever is given.

    Parameters
    ----------
    along, start, end, near
        The stretch.
    line, tolerance_m
        Or a line drawn over its streets.
    maxspeed_kmh
        The speed limit of vehicles, in km/h.
    stress
        The Level of Traffic Stress, from 1 to 4.
    oneway
        ``"no"`` for both ways; ``"along"`` for vehicles that go from ``start`` to ``end``,
        ``"against"`` for the other direction, or with and against
        the line as it is drawn. Cycles may then ride as the vehicles do, and both
        ways where a cycle facility is apart from them or ``bicycle`` says so.
    foot, bicycle
        Whether people may walk it, or ride it both ways.
    highway
        Another class of street, such as ``living_street`` or ``pedestrian``.
    surface, kerb, lit
        As OpenStreetMap writes them.
    """

    _: KW_ONLY
    maxspeed_kmh: float | None = given(values.maybe(values.number(1, 130)), None)
    stress: float | None = given(values.maybe(values.number(1, 4)), None)
    oneway: str | None = given(values.maybe(values.choice("no", "along", "against")), None)
    foot: bool | None = given(values.maybe(values.flag), None)
    bicycle: bool | None = given(values.maybe(values.flag), None)
    highway: str | None = given(
        values.maybe(values.choice(*sorted(tag_rules.WALKED - {"steps"}))), None
    )
    surface: str | None = given(values.maybe(values.text), None)
    kerb: str | None = given(values.maybe(values.text), None)
    lit: str | None = given(values.maybe(values.text), None)

    kind: ClassVar[str] = "change_streets"

    _CHOSEN: ClassVar = ("maxspeed_kmh", "stress", "oneway", "foot", "bicycle", "highway")
    _TEXTS: ClassVar = ("surface", "kerb", "lit")

    def _check(self) -> None:
        super()._check()
        names = (*self._CHOSEN, *self._TEXTS)
        if all(getattr(self, name) is None for name in names):
            raise ParameterError(
                "it is not said what changes", where=self.kind, mend=f"give {', '.join(names)}"
            )
        ends = self.start is not None and self.end is not None
        if self.oneway not in (None, "no") and self.line is None and not ends:
            raise ParameterError(
                f"oneway is {self.oneway}, and from and to are not both given",
                where=self.kind,
                mend="say from which street to which the vehicles go",
            )

    @property
    def _of_vehicles(self) -> bool:
        return any(
            getattr(self, name) is not None for name in ("maxspeed_kmh", "oneway", "highway")
        )

    def _rows(self, city: City, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if self._of_vehicles:
            return _with_vehicles(city, rows)
        if self.bicycle is not None or self.stress is not None:
            return _for_cycles(city, rows)
        return rows

    def _values(self, edges: pd.DataFrame, found: Stretch) -> Told:
        new = pd.DataFrame(index=edges.index)
        for name in ("maxspeed_kmh", "foot", "highway", *self._TEXTS):
            if getattr(self, name) is not None:
                new[name] = [getattr(self, name)] * len(edges)
        if self.oneway is not None:
            new = new.assign(**_one_way(edges, found, self.oneway))
        if self.highway is not None and self.highway in stress.NO_MOTOR_TRAFFIC:
            new["foot"] = True
        if self.bicycle is not None:
            new["bicycle_forward"] = new["bicycle_backward"] = self.bicycle
        if self.stress is not None:
            new["stress"] = self.stress
        elif self._of_vehicles:
            new["stress"] = np.nan
        return new, _same_cells(edges, new, tuple(new.columns)), _stress_note(edges, new)


@dataclass(frozen=True, repr=False)
class CloseStreet(_Along):
    """A street closes: for everyone, or for who walks or rides.

    Parameters
    ----------
    along, start, end, near
        The stretch.
    line, tolerance_m
        Or a line drawn over its streets.
    mode
        ``all``, ``foot`` or ``bicycle``.
    """

    _: KW_ONLY
    mode: str = given(values.choice("all", "foot", "bicycle"), "all")

    kind: ClassVar[str] = "close_street"

    def _values(self, edges: pd.DataFrame, found: Stretch) -> Told:  # noqa: ARG002
        new = pd.DataFrame(index=edges.index)
        if self.mode in ("all", "foot"):
            new["foot"] = False
        if self.mode in ("all", "bicycle"):
            new["bicycle_forward"] = new["bicycle_backward"] = False
        return new, _same_cells(edges, new, tuple(new.columns)), ()


def _classes(city: City, rows: NDArray[np.int64]) -> pd.Series:
    classes: pd.Series = city.streets.edges["highway"].loc[rows].astype(str)
    return classes


def _with_vehicles(city: City, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the carriageways among some edges: a way of several classes is one if any is."""
    apart = [
        all(part in stress.NO_MOTOR_TRAFFIC for part in one.split(";"))
        for one in _classes(city, rows)
    ]
    chosen: NDArray[np.int64] = rows[~np.array(apart, dtype=bool)]
    return chosen


def _for_cycles(city: City, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the carriageways among some edges that may take cycles, or the paths without any."""
    classes = _classes(city, rows)
    takes = ~classes.isin([*_MOTORWAYS, "steps", "elevator", "corridor", "platform"]).to_numpy()
    taken = rows[takes & ~city.streets.edges["steps"].loc[rows].to_numpy(dtype=bool)]
    roads = _with_vehicles(city, taken)
    chosen: NDArray[np.int64] = roads if len(roads) else taken
    return chosen


def _stress_after(
    edges: pd.DataFrame, *, changed: NDArray[np.bool_], told: float | None
) -> NDArray[np.float64]:
    """Return what is stated of the stress: as told, and nothing where the street has changed."""
    if told is not None:
        return np.full(len(edges), told)
    return np.where(changed, np.nan, edges["stress"].to_numpy(dtype=float))


def _same_cells(
    edges: pd.DataFrame, new: pd.DataFrame, columns: tuple[str, ...]
) -> NDArray[np.bool_]:
    same = np.ones(len(edges), dtype=bool)
    for name in columns:
        same &= same_values(edges[name], new[name])
    return same


def _contraflow_note(edges: pd.DataFrame, new: pd.DataFrame) -> tuple[str, ...]:
    """Say for how many metres cycles may now ride where they could not."""
    opened = np.zeros(len(edges), dtype=bool)
    for column in ("bicycle_forward", "bicycle_backward"):
        opened |= new[column].to_numpy() & ~edges[column].to_numpy()
    one_way = (edges["oneway"].astype(str) != "no").to_numpy()
    metres = float(edges["length_m"].to_numpy()[opened & one_way].sum())
    against = (f"{metres:,.0f} m may be ridden against one-way vehicles",) if metres else ()
    return (*against, *_stress_note(edges, new))


def _stress_note(edges: pd.DataFrame, new: pd.DataFrame) -> tuple[str, ...]:
    """Say what the rules make of the stress."""
    after = edges.assign(**{name: new[name] for name in new.columns})
    levels = stress.levels(edges), stress.levels(after)
    lengths = edges["length_m"].to_numpy()
    pairs: dict[tuple[int, int], float] = {}
    for old, now, metres in zip(*levels, lengths, strict=True):
        pair = (int(old), int(now))
        pairs[pair] = pairs.get(pair, 0.0) + float(metres)
    said = [
        f"stress {old} to {now} on {metres:,.0f} m"
        if old != now
        else f"stress stays {old} on {metres:,.0f} m"
        for (old, now), metres in sorted(pairs.items())
    ]
    return (", ".join(said),)


def _one_way(edges: pd.DataFrame, found: Stretch, oneway: str) -> dict[str, Any]:
    """Return the direction of vehicles and cycles of edges, told along a stretch."""
    if oneway == "no":
        both = np.ones(len(edges), dtype=bool)
        return {"oneway": "no", "bicycle_forward": both, "bicycle_backward": both}
    lines = edges.geometry
    starts = np.array([found.axis.project(line.interpolate(0)) for line in lines])
    ends = np.array([found.axis.project(line.interpolate(1, normalized=True)) for line in lines])
    with_axis = (ends >= starts) == (oneway == "along")
    apart = edges["cycle_facility"].isin(stress.SEPARATED).to_numpy()
    return {
        "oneway": np.where(with_axis, *schemas.ONEWAY[1:]),
        "bicycle_forward": with_axis | apart,
        "bicycle_backward": ~with_axis | apart,
    }
