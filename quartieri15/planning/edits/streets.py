"""Edits that draw new streets into the network."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.crs import GEOGRAPHIC, crs_named
from quartieri15.errors import ParameterError
from quartieri15.model import new_streets, tag_rules
from quartieri15.planning.edits import positions, values
from quartieri15.planning.edits.edit import Change, Edit
from quartieri15.planning.edits.values import Line, given

if TYPE_CHECKING:
    from quartieri15.model.city import City

KINDS: Final[dict[str, str]] = {
    "street": "residential",
    "path": "path",
    "footway": "footway",
    "cycleway": "cycleway",
    "crossing": "footway",
    "bridge": "path",
    "underpass": "path",
    "steps": "steps",
}
"""What may be drawn, and the class of street it becomes: who may walk and ride it is told by
:mod:`quartieri15.model.tag_rules`."""

OVER_OR_UNDER: Final = {"bridge": ("bridge", 1), "underpass": ("tunnel", -1)}


@dataclass(frozen=True, repr=False)
class AddStreet(Edit):
    """New streets, paths, crossings or bridges, drawn as lines.

    Where they join the network is told by :mod:`quartieri15.model.new_streets`: at ground level a
    line joins every street it crosses, a bridge or an underpass only those at its ends.

    Parameters
    ----------
    place_kind
        ``street``, ``path``, ``footway``, ``cycleway``, ``crossing`` (on foot, and by bicycle
        pushed), ``bridge``, ``underpass`` or ``steps``; in a file ``kind``.
    line
        Positions in degrees, longitude before latitude: one line, or a list of lines. In a file
        also ``geometry``, the name of a GeoJSON file beside it.
    name
        What it is called.
    joins
        ``all`` or ``ends``: whether a line at ground level joins what it crosses. A bridge and an
        underpass join at their ends alone.
    tolerance_m
        How far from a street an end may lie that joins it, in metres.
    frontage
        Whether people and places may stand on it: who lives nearer to it than to another street is
        put on it. With false nobody is: it is a connection and nothing else, as a bridge is.
    foot, bicycle
        Whether people may walk it, or ride it both ways, where that is other than usual.
    oneway
        ``no``, or ``forward`` for vehicles and cycles in the direction drawn.
    facility, maxspeed_kmh, stress, surface
        As for :class:`~quartieri15.planning.edits.along.ChangeStreets`; ``facility`` is the
        ``cycle_facility``.
    """

    place_kind: str = given(values.choice(*KINDS), key="kind")
    _: KW_ONLY
    line: tuple[Line, ...] = given(values.lines)
    name: str | None = given(values.maybe(values.text), None)
    joins: str = given(values.choice(*new_streets.JOINS), new_streets.ALL)
    tolerance_m: float = given(values.number(0.1, 200), new_streets.TOLERANCE_M)
    frontage: bool = given(values.flag, default=True)
    foot: bool | None = given(values.maybe(values.flag), None)
    bicycle: bool | None = given(values.maybe(values.flag), None)
    oneway: str = given(values.choice("no", "forward"), "no")
    facility: str | None = given(
        values.maybe(values.choice("none", "track", "lane", "shared_path", "shared_road")), None
    )
    maxspeed_kmh: float | None = given(values.maybe(values.number(1, 130)), None)
    stress: float | None = given(values.maybe(values.number(1, 4)), None)
    surface: str | None = given(values.maybe(values.text), None)

    kind: ClassVar[str] = "add_street"

    @classmethod
    def from_geometry(cls, kind: str, geometry: Any, *, crs: object, **options: Any) -> AddStreet:
        """Make an edit of a shape in some CRS, such as that of a city.

        Parameters
        ----------
        kind
            As ``place_kind``.
        geometry
            A shapely LineString or MultiLineString.
        crs
            Its CRS.
        **options
            Other fields.

        Raises
        ------
        ParameterError
            If it is no line, or a field makes no sense.
        InputError
            If the CRS is unknown.
        """
        if not isinstance(geometry, shapely.LineString | shapely.MultiLineString):
            raise ParameterError("the geometry is no line", where="geometry", mend="give a line")
        known = crs_named(crs, where="crs")
        shape = gpd.GeoSeries([geometry], crs=known).to_crs(GEOGRAPHIC).iloc[0]
        return cls(kind, line=shape, **options)

    def _check(self) -> None:
        if self.foot is False and self.bicycle is False:
            raise ParameterError(
                "nobody may walk or ride it", where=self.kind, mend="say foot or bicycle: true"
            )

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        drawn = positions.metric_lines(city, self.line)
        lines = self._table(city, drawn)
        new = new_streets.join(city.streets, lines, tolerance_m=self.tolerance_m, where=self.kind)
        joined = new.joined
        names = [
            name if isinstance(name, str) else "an unnamed way"
            for name in joined["street"].drop_duplicates()
        ]
        crossed = self._barriers_crossed(city, drawn)
        notes = [f"joins {values.listed(names)} at {joined['node_id'].nunique()} places"]
        if crossed:
            notes.append(f"crosses {values.listed(crossed)}")
        return Change(
            matched=f"{len(drawn)} line{'s' * (len(drawn) > 1)} as drawn",
            new_streets=new,
            notes=tuple(notes),
        )

    def _table(self, city: City, drawn: list[shapely.LineString]) -> gpd.GeoDataFrame:
        highway = KINDS[self.place_kind]
        tags = {"highway": highway}
        if self.oneway == "forward":
            tags["oneway"] = "yes"
        way = tag_rules.way(tags)
        foot = way.foot_forward if self.foot is None else self.foot
        forward, backward = way.bicycle_forward, way.bicycle_backward
        if self.bicycle is not None:
            forward = backward = self.bicycle
            backward &= self.oneway == "no"
        facility = self.facility
        if facility is None:
            facility = "track" if self.place_kind == "cycleway" else "none"
        told: dict[str, Any] = {
            "highway": highway,
            "name": self.name,
            "oneway": way.oneway,
            "foot": foot,
            "bicycle_forward": forward,
            "bicycle_backward": backward,
            "steps": highway == "steps",
            "cycle_facility": facility,
            "stress": np.nan if self.stress is None else self.stress,
            "maxspeed_kmh": np.nan if self.maxspeed_kmh is None else self.maxspeed_kmh,
            "surface": self.surface,
            "joins": self.joins,
        }
        if not self.frontage:
            told["frontage"] = False
        if self.place_kind in OVER_OR_UNDER:
            column, layer = OVER_OR_UNDER[self.place_kind]
            told |= {column: True, "layer": layer}
        return gpd.GeoDataFrame([told] * len(drawn), geometry=drawn, crs=city.crs)

    @staticmethod
    def _barriers_crossed(city: City, drawn: list[shapely.LineString]) -> list[str]:
        barriers = city.streets.barriers
        if not len(barriers):
            return []
        _, rows = barriers.sindex.query(drawn, predicate="intersects")
        kinds = barriers["kind"].astype(str).iloc[np.unique(rows)].value_counts()
        return [f"{n} {kind} line{'s' * (n > 1)}" for kind, n in kinds.items()]
