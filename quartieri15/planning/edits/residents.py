"""Edits of residents: people who come, and projections to a later year."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import pandas as pd

from quartieri15.errors import AmbiguousNameError, InputError, ParameterError, UnknownNameError
from quartieri15.model.residents import GROUPS
from quartieri15.model.zones import OUTSIDE
from quartieri15.planning.edits import positions, values
from quartieri15.planning.edits.edit import Change, Edit
from quartieri15.planning.edits.named_places import folded
from quartieri15.planning.edits.values import given

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import shapely
    from numpy.typing import NDArray

    from quartieri15.model.city import City

PART_OF: Final[dict[str, str | None]] = {
    "residents": None,
    "over65": "residents",
    "over75": "over65",
    "over85": "over75",
    "over65_alone": "over65",
    "minors": "residents",
    "foreign": "residents",
    "households": None,
    "renting_households": "households",
}
"""Of which group each is a part; wholes come before their parts."""

WHOLE_CITY: Final = "the whole city"
"""How an edit says that it is about everywhere."""

MOST_PEOPLE: Final = 1_000_000
"""More than live in most cities: a slip of the keyboard, not an estate."""
MILLIONTHS: Final = 1_000_000
"""People are counted in whole millionths while they are shared out, so that sums close."""


@dataclass(frozen=True, repr=False)
class AddResidents(Edit):
    """More people: a new estate at one position, or more in a zone.

    At a position a point of residents comes. In a zone people come where people live already, in
    the same proportions. Groups of which nothing is said are as large a part of their whole (people
    over 75 among those over 65, households among residents) as in the zone around.

    Parameters
    ----------
    residents
        How many people come.
    at, address, zone
        Where: longitude and latitude, a street and number, or the name or id of a zone. One of
        the three.
    zones
        Which set of zones ``zone`` is one of; the first that has it where it is left out.
    name
        What the new point is called.
    minors, over65, over75, over85, foreign, over65_alone, households, renting_households
        How many of each group.
    """

    residents: float = given(values.number(0, MOST_PEOPLE))
    _: KW_ONLY
    at: tuple[float, float] | None = given(values.maybe(values.point), None)
    address: str | None = given(values.maybe(values.text), None)
    zone: str | None = given(values.maybe(values.text), None)
    zones: str | None = given(values.maybe(values.text), None)
    name: str | None = given(values.maybe(values.text), None)
    minors: float | None = given(values.maybe(values.number(0, MOST_PEOPLE)), None)
    over65: float | None = given(values.maybe(values.number(0, MOST_PEOPLE)), None)
    over75: float | None = given(values.maybe(values.number(0, MOST_PEOPLE)), None)
    over85: float | None = given(values.maybe(values.number(0, MOST_PEOPLE)), None)
    foreign: float | None = given(values.maybe(values.number(0, MOST_PEOPLE)), None)
    over65_alone: float | None = given(values.maybe(values.number(0, MOST_PEOPLE)), None)
    households: float | None = given(values.maybe(values.number(0, MOST_PEOPLE)), None)
    renting_households: float | None = given(values.maybe(values.number(0, MOST_PEOPLE)), None)

    kind: ClassVar[str] = "add_residents"

    def _check(self) -> None:
        positions.require_one_of(self.kind, at=self.at, address=self.address, zone=self.zone)
        told = self._told()
        for part, whole in PART_OF.items():
            if whole in told and part in told and told[part] > told[whole]:
                raise ParameterError(
                    f"{told[part]:g} {part} among {told[whole]:g} {whole}",
                    where=f"{self.kind}, {part}",
                    mend="correct one of the two",
                )
        young_and_old = told.get("minors", 0.0) + told.get("over65", 0.0)
        if young_and_old > self.residents:
            raise ParameterError(
                f"minors and over65 are {young_and_old:g} of {self.residents:g} residents",
                where=f"{self.kind}, minors",
                mend="correct one of the three",
            )

    def _told(self) -> dict[str, float]:
        told = {group: getattr(self, group) for group in GROUPS}
        return {group: value for group, value in told.items() if value is not None}

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        residents = city.require_residents()
        told = self._told()
        for group in told:
            if group not in city.groups:
                raise UnknownNameError.among(group, city.groups, kind="group")
        if self.zone is not None:
            key, row = _zone_named(city, self.zone, self.zones)
            rows = _rows_in(city, key, row)
            if not residents["residents"].to_numpy()[rows].sum() > 0:
                raise InputError(
                    f"nobody lives in {self.zone}", mend="say where, with at or address"
                )
            people = _with_the_rest(city, told, rows)
            share = residents["residents"].to_numpy() * rows
            share = share / share.sum()
            more = {group: share * n for group, n in people.items()}
            table = residents.copy(deep=False)
            for group, added in more.items():
                table[group] = residents[group] + added
            matched = f"{city.zones[key]['name'].iloc[row]} of {key}"
        else:
            point, matched = positions.find(city, at=self.at, address=self.address)
            homes = _zones_at(city, point)
            key, row = next(iter(homes.items()))
            people = _with_the_rest(city, told, _rows_in(city, key, row))
            table, more = self._with_point(city, point, homes, people)
        rest = [group for group in people if group not in told]
        notes = [f"{', '.join(rest)} as in the zone around"] if rest else []
        return Change(
            matched=matched,
            residents=table,
            zones=zones_after(city, table, more),
            notes=tuple(notes),
        )

    def _with_point(
        self, city: City, point: shapely.Point, homes: Mapping[str, int], people: dict[str, float]
    ) -> tuple[gpd.GeoDataFrame, dict[str, NDArray[np.float64]]]:
        import geopandas as gpd

        old = city.residents
        name = folded(self.name or "new").replace(" ", "-") or "new"
        taken = set(old["id"])
        number = 1
        while (label := name if self.name and number == 1 else f"{name}-{number}") in taken:
            number += 1
        told: dict[str, Any] = {"id": label, "kind": "planned", **people}
        for key, row in homes.items():
            if key in old.columns:
                told[key] = city.zones[key]["id"].iloc[row]
        index: pd.Index = pd.RangeIndex(len(old) + 1, name=old.index.name)
        if not isinstance(old.index, pd.RangeIndex):
            more = label if old.index.dtype.kind not in "iu" else int(old.index.max()) + 1
            index = pd.Index([*old.index, more], name=old.index.name)
        columns: dict[str, Any] = {}
        for column in old.columns:
            if column == "geometry":
                continue
            columns[column] = _one_more(old[column], told.get(column), index)
        shapes = np.append(old.geometry.to_numpy(), np.array([point], dtype=object))
        table = gpd.GeoDataFrame(columns, geometry=shapes, crs=old.crs, index=index)
        table.attrs = old.attrs
        more_people = {g: np.append(np.zeros(len(old)), n) for g, n in people.items()}
        return table[list(old.columns)], more_people


@dataclass(frozen=True, repr=False)
class ProjectResidents(Edit):
    """The people of a later year, by published totals that are kept to the millionth of a person.

    Every address keeps its share of a group, as long as no group grows beyond the one it is part
    of; where it would, it is held there and the others take its part. A group of which no total is
    given stays the same part of its whole.

    Parameters
    ----------
    year
        Which year the totals are of.
    totals
        People by group, in the whole city. One of ``totals`` and ``zones``.
    by
        A set of zones, such as ``nil``.
    zones
        People by the name or id of a zone, and group. A zone that is not named stays as it is.
    source
        Where the totals come from.
    """

    year: int = given(values.year)
    _: KW_ONLY
    totals: tuple[tuple[str, float], ...] | None = given(values.maybe(values.counts), None)
    by: str | None = given(values.maybe(values.text), None)
    zones: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] | None = given(
        values.maybe(values.zone_counts), None
    )
    source: str | None = given(values.maybe(values.text), None)

    kind: ClassVar[str] = "project_residents"

    def _check(self) -> None:
        positions.require_one_of(self.kind, totals=self.totals, zones=self.zones)
        if (self.zones is None) != (self.by is None):
            raise ParameterError(
                "by and zones belong together", where=self.kind, mend="give both, or totals alone"
            )
        for told in [self.totals or (), *(found for _, found in self.zones or ())]:
            for group, _ in told:
                if group not in GROUPS:
                    raise UnknownNameError.among(group, GROUPS, kind="group", where=self.kind)

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        residents = city.require_residents()
        old = {group: residents[group].to_numpy(dtype=float) for group in city.groups}
        new = {group: column.copy() for group, column in old.items()}
        held = 0
        for rows, what, told in self._areas(city):
            for group in told:
                if group not in city.groups:
                    raise UnknownNameError.among(group, city.groups, kind="group")
            of_area = {group: column[rows] for group, column in old.items()}
            projected, capped = _projected(of_area, told, what=what)
            held += capped
            for group, column in projected.items():
                new[group][rows] = column
        table = residents.copy(deep=False)
        more = {}
        for group, column in new.items():
            if not np.array_equal(column, old[group]):
                table[group] = column
                more[group] = column - old[group]
        notes = [f"{held:,} numbers held at that of the group they are part of"] if held else []
        stays = [group for group in city.groups if group not in more]
        notes += [f"{values.listed(stays)} stay as they are"] if stays else []
        areas = WHOLE_CITY if self.totals else f"{len(self.zones or ())} zones of {self.by}"
        return Change(
            matched=f"{areas}, {self.year}",
            residents=table,
            zones=zones_after(city, table, more),
            notes=tuple(notes),
        )

    def _areas(self, city: City) -> list[tuple[NDArray[np.bool_], str, dict[str, float]]]:
        if self.totals is not None:
            return [(np.ones(len(city.residents), dtype=bool), city.name, dict(self.totals))]
        areas = []
        for name, told in self.zones or ():
            key, row = _zone_named(city, name, self.by)
            areas.append((_rows_in(city, key, row), name, dict(told)))
        together = np.sum([rows for rows, _, _ in areas], axis=0)
        if (together > 1).any():
            raise InputError("a zone is named twice", mend="name each once, by name or by id")
        return areas


def zones_after(
    city: City, residents: gpd.GeoDataFrame, more: Mapping[str, NDArray[np.float64]]
) -> dict[str, gpd.GeoDataFrame]:
    """Return the zones with the people that came, by group and row of residents."""
    tables = {}
    for key, table in city.zones.items():
        groups = [group for group in more if group in table.columns]
        if not groups:
            tables[key] = table
            continue
        point, zone = _members(residents, key, table)
        new = table.copy(deep=False)
        for group in groups:
            came = np.bincount(zone, weights=more[group][point], minlength=len(table))
            counts = table[group].to_numpy(dtype=float)
            new[group] = np.where(came == 0, counts, np.round(np.maximum(counts + came, 0), 6))
        tables[key] = new
    return tables


def _projected(
    old: dict[str, NDArray[np.float64]], totals: dict[str, float], *, what: str
) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Return people per group and address that close on totals, and how many numbers were held."""
    new: dict[str, NDArray[np.int64]] = {}
    floats: dict[str, NDArray[np.float64]] = {}
    held = 0
    for group, whole in PART_OF.items():
        if group not in old:
            continue
        before = old[group]
        changed_whole = whole in floats
        if group not in totals and not changed_whole:
            room = _room(group, new, old)
            if room is None or (np.rint(before * MILLIONTHS) <= room).all():
                continue
        base = before
        if changed_whole:
            assert whole is not None  # noqa: S101  (for the reader and the checker of types)
            share = np.divide(before, old[whole], out=np.zeros_like(before), where=old[whole] > 0)
            base = share * floats[whole]
        room = _room(group, new, old)
        if group in totals:
            counted, capped = _shared(base, totals[group], room, group=group, what=what)
            held += capped
        else:
            counted = np.rint(base * MILLIONTHS).astype(np.int64)
            if room is not None:
                counted = np.minimum(counted, room)
        new[group] = counted
        floats[group] = counted / MILLIONTHS
    return floats, held


def _room(
    group: str, new: Mapping[str, NDArray[np.int64]], old: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.int64] | None:
    """Return how large a group may be at each address, in millionths; None for no bound."""
    whole = PART_OF[group]

    def counted(name: str) -> NDArray[np.int64]:
        known = new.get(name)
        return np.rint(old[name] * MILLIONTHS).astype(np.int64) if known is None else known

    if whole is None or whole not in old:
        return None
    room = counted(whole)
    if group == "minors" and "over65" in old:
        room = np.maximum(room - counted("over65"), 0)
    return room


def _shared(
    base: NDArray[np.float64],
    total: float,
    room: NDArray[np.int64] | None,
    *,
    group: str,
    what: str,
) -> tuple[NDArray[np.int64], int]:
    """Share a total out by some weights, in whole millionths, none above its room."""
    wanted = round(total * MILLIONTHS)
    if room is not None and wanted > room.sum():
        raise InputError(
            f"{total:g} {group} in {what}, where the groups they are part of leave room for "
            f"{room.sum() / MILLIONTHS:,.0f}",
            mend="correct the totals",
        )
    weights = (
        base if base.sum() > 0 else np.zeros_like(base) if room is None else room.astype(float)
    )
    if weights.sum() == 0:
        if wanted == 0:
            return np.zeros(len(base), dtype=np.int64), 0
        raise InputError(
            f"{total:g} {group} in {what}, where there are none now",
            mend="leave the total out, or add them with add_residents",
        )
    limit = np.full(len(base), np.inf) if room is None else room.astype(float)
    full = np.zeros(len(base), dtype=bool)
    while True:
        free = np.where(full, 0.0, weights)
        left = wanted - limit[full].sum()
        if free.sum() == 0:
            # Who has none of the group yet takes what the others have no room for.
            weights = np.where(full, 0.0, limit)
            free = weights
        shares = np.where(full, limit, free * (max(left, 0.0) / free.sum() if free.sum() else 0.0))
        beyond = ~full & (shares > limit)
        if not beyond.any():
            break
        full |= beyond
    counted = np.minimum(np.floor(shares), limit).astype(np.int64)
    missing = int(wanted - counted.sum())
    order = np.argsort(-(shares - counted), kind="stable")
    while missing > 0:
        open_ = order if room is None else order[counted[order] < room[order]]
        some = open_[:missing]
        counted[some] += 1
        missing -= len(some)
    while missing < 0:
        some = order[::-1][counted[order[::-1]] > 0][:-missing]
        counted[some] -= 1
        missing += len(some)
    return counted, int(full.sum())


def _with_the_rest(city: City, told: dict[str, float], rows: NDArray[np.bool_]) -> dict[str, float]:
    """Return people for every group: as told, or the same part of the whole as in some rows."""
    sums = {group: float(city.residents[group].to_numpy()[rows].sum()) for group in city.groups}
    if not sums["residents"] > 0:
        sums = {group: float(city.residents[group].sum()) for group in city.groups}
    people: dict[str, float] = {}
    for group, whole in PART_OF.items():
        if group not in city.groups:
            continue
        if group in told:
            people[group] = told[group]
            continue
        like = whole or "residents"
        if like not in people:
            like = "residents"
        share = sums[group] / sums[like] if sums[like] > 0 else 0.0
        people[group] = share * people[like]
        if group == "minors":
            people[group] = min(people[group], people["residents"] - people.get("over65", 0.0))
    for part, whole in PART_OF.items():
        if part in people and whole in people and people[part] > people[whole]:
            if part not in told:
                people[part] = people[whole]
                continue
            raise InputError(
                f"{people[part]:g} {part} among {people[whole]:g} {whole}, as in the zone around",
                mend=f"give {whole} too",
            )
    return {group: people[group] for group in city.groups}


def _zone_named(city: City, words: str, key: str | None) -> tuple[str, int]:
    """Return the set of zones and the row of the one that is called so."""
    zones = city.require_zones()
    if key is not None:
        city.zones_named(key)
    asked = set(folded(words).split())
    chosen = {name: table for name, table in zones.items() if key in (None, name)}
    for name, table in chosen.items():
        for column in ("name", "id"):
            called = [folded(one) for one in table[column]]
            if folded(words) in called:
                return name, called.index(folded(words))
    for name, table in chosen.items():
        found = [i for i, one in enumerate(table["name"]) if asked <= set(folded(one).split())]
        if asked and len(found) == 1:
            return name, found[0]
        if asked and found:
            raise AmbiguousNameError.between(words, [str(table["name"].iloc[i]) for i in found])
    names = [str(one) for table in chosen.values() for one in table["name"]]
    raise UnknownNameError.among(words, names, kind="zone")


def _rows_in(city: City, key: str, row: int) -> NDArray[np.bool_]:
    """Tell which residents are in a zone."""
    point, zone = _members(city.residents, key, city.zones[key])
    inside = np.zeros(len(city.residents), dtype=bool)
    inside[point[zone == row]] = True
    return inside


def _members(
    residents: gpd.GeoDataFrame, key: str, zones: gpd.GeoDataFrame
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return who lives in which zone: positions of residents, and of their zones."""
    if key in residents.columns:
        everyone = np.arange(len(residents))
        return everyone, pd.Index(zones["id"]).get_indexer(residents[key])
    zone, point = residents.sindex.query(zones.geometry, predicate="intersects")
    return point, zone


def _zones_at(city: City, point: shapely.Point) -> dict[str, int]:
    """Return the row of the zone of each set that a point is in."""
    homes: dict[str, int] = {}
    for key, table in city.require_zones().items():
        found = np.flatnonzero(table.intersects(point).to_numpy())
        if len(found):
            homes[key] = int(found[0])
        elif key in city.residents.columns:
            raise InputError(
                f"the position lies in no zone of {key}", mend="put it inside the city"
            )
    if not homes:
        raise InputError("the position lies in no zone", mend="put it inside the city")
    return homes


def _one_more(old: pd.Series, value: Any, index: pd.Index) -> pd.Series:
    """Return a column with one more value, in its type."""
    if isinstance(old.dtype, pd.CategoricalDtype):
        known = list(old.dtype.categories)
        more = [value] if value is not None and value not in known else []
        categories = pd.Index([*known, *more], dtype=old.dtype.categories.dtype)
        return pd.Series(pd.Categorical([*old, value], categories=categories), index=index)
    if value is None and old.dtype.kind in "iu":
        value = OUTSIDE
    if value is None and old.dtype.kind == "b":
        value = False
    more_values = pd.Series([value], dtype=old.dtype)
    return pd.concat([old, more_values], ignore_index=True).set_axis(index)
