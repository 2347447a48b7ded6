"""Edits of places: they open, close, move, merge and change."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import pandas as pd

from quartieri15.errors import InputError, ParameterError
from quartieri15.model import schemas
from quartieri15.model.places import NETWORKS
from quartieri15.model.zones import OUTSIDE, containing
from quartieri15.planning.edits import positions, values
from quartieri15.planning.edits.edit import Change, Edit
from quartieri15.planning.edits.named_places import called, folded, place_named
from quartieri15.planning.edits.values import given

if TYPE_CHECKING:
    import geopandas as gpd

    from quartieri15.model.city import City


def _certain(at: object) -> dict[str, Any]:
    """Say how sure a position is that an edit gives: it is where the edit puts it."""
    return {
        "location_precision": "civic" if at is None else "point",
        "location_uncertainty_m": 0.0,
        "location_uncertainty_assumed": True,
        "location_contradiction_m": np.nan,
        "confidence": "planned",
    }


MOST_CAPACITY: Final = 100_000
"""More people than any place holds."""


@dataclass(frozen=True, repr=False)
class OpenPlace(Edit):
    """A new place opens.

    Parameters
    ----------
    name
        What it is called.
    at, address
        Where it is: longitude and latitude, or a street and number. One of the two.
    id
        Its id; made of the name where it is left out.
    place_kind
        A value of the column ``kind``; in a file ``kind``.
    network
        The network it belongs to; that of its kind where it is left out, and ``houses`` for a
        kind that the library does not know.
    hosts_wemi, opening_hours, capacity, entrance_steps
        As for :class:`ChangePlace`.
    """

    name: str = given(values.text)
    _: KW_ONLY
    at: tuple[float, float] | None = given(values.maybe(values.point), None)
    address: str | None = given(values.maybe(values.text), None)
    id: str | None = given(values.maybe(values.text), None)
    place_kind: str = given(values.text, "planned", key="kind")
    network: str | None = given(values.maybe(values.text), None)
    hosts_wemi: bool = given(values.flag, default=False)
    opening_hours: str | None = given(values.maybe(values.opening_hours), None)
    capacity: float | None = given(values.maybe(values.number(0, MOST_CAPACITY)), None)
    entrance_steps: bool | None = given(values.maybe(values.flag), None)

    kind: ClassVar[str] = "open_place"

    def _check(self) -> None:
        positions.require_one_of(self.kind, at=self.at, address=self.address)

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        places = city.places
        name = self.id or _id_of(self.name)
        if name in set(places["id"]):
            row = int(np.flatnonzero((places["id"] == name).to_numpy())[0])
            raise InputError(
                f"there is a place of the id {name} already: {called(city, row)}",
                mend="give it another id, or change that place with change_place",
            )
        point, matched = positions.find(city, at=self.at, address=self.address)
        network = self.network or NETWORKS.get(self.place_kind, "houses")
        told: dict[str, Any] = {
            "id": name,
            "name": self.name,
            "kind": self.place_kind,
            "network": network,
            "hosts_wemi": self.hosts_wemi,
            "address": self.address,
            **_certain(self.at),
            "source": "a scenario",
            "geometry": point,
        }
        table = _with_new_columns(places, _asked(self))
        if "municipio" in table.columns and "municipi" in city.zones:
            told["municipio"] = _zone_of(point, city.zones["municipi"])
        told |= _asked(self)
        return Change(matched=matched, places=_with_row(table, told))


@dataclass(frozen=True, repr=False)
class ClosePlace(Edit):
    """A place closes, for good.

    Parameters
    ----------
    place
        The place, in words.
    """

    place: str = given(values.text)

    kind: ClassVar[str] = "close_place"

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        row = place_named(city, self.place)
        keep = np.arange(len(city.places)) != row
        return Change(matched=called(city, row), places=city.places[keep])


@dataclass(frozen=True, repr=False)
class MovePlace(Edit):
    """A place moves to another position.

    Parameters
    ----------
    place
        The place, in words.
    at, address
        Where it goes: longitude and latitude, or a street and number. One of the two.
    """

    place: str = given(values.text)
    _: KW_ONLY
    at: tuple[float, float] | None = given(values.maybe(values.point), None)
    address: str | None = given(values.maybe(values.text), None)

    kind: ClassVar[str] = "move_place"

    def _check(self) -> None:
        positions.require_one_of(self.kind, at=self.at, address=self.address)

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        row = place_named(city, self.place)
        point, matched = positions.find(city, at=self.at, address=self.address)
        who = called(city, row)
        old = city.places.geometry.iloc[row]
        if old is not None and old.equals(point):
            return Change(matched=who, notes=("it stands there already",), places=city.places)
        told: dict[str, Any] = {"geometry": point, "address": self.address, **_certain(self.at)}
        if "municipio" in city.places.columns and "municipi" in city.zones:
            told["municipio"] = _zone_of(point, city.zones["municipi"])
        known = {name: value for name, value in told.items() if name in city.places.columns}
        return Change(matched=f"{who}, to {matched}", places=_with_values(city.places, row, known))


@dataclass(frozen=True, repr=False)
class MergePlaces(Edit):
    """Several places become one of them.

    The one that stays hosts a desk if one of them did, and has room for as many as all of them
    where the capacity of all is known.

    Parameters
    ----------
    places
        The places, in words; in a file ``from``.
    into
        The one of them that stays.
    """

    places: tuple[str, ...] = given(values.texts, key="from")
    _: KW_ONLY
    into: str = given(values.text)

    kind: ClassVar[str] = "merge_places"

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        table = city.places
        stays = place_named(city, self.into)
        rows = [place_named(city, words) for words in self.places]
        goes = [row for row in dict.fromkeys(rows) if row != stays]
        matched = f"{values.listed(called(city, row) for row in goes)}, into {called(city, stays)}"
        if not goes:
            return Change(
                matched=called(city, stays), notes=("there is no other to merge",), places=table
            )
        told: dict[str, Any] = {}
        together = [stays, *goes]
        if "hosts_wemi" in table.columns:
            told["hosts_wemi"] = bool(table["hosts_wemi"].iloc[together].any())
        if "capacity" in table.columns:
            capacities = table["capacity"].iloc[together]
            told["capacity"] = float(capacities.sum()) if capacities.notna().all() else np.nan
        if "wemi_desk" in table.columns and pd.isna(table["wemi_desk"].iloc[stays]):
            desks = table["wemi_desk"].iloc[goes].dropna()
            told |= {"wemi_desk": desks.iloc[0]} if len(desks) else {}
        merged = _with_values(table, stays, told)
        return Change(matched=matched, places=merged[~np.isin(np.arange(len(table)), goes)])


@dataclass(frozen=True, repr=False)
class ChangePlace(Edit):
    """What is known of a place changes, and it stays where it is.

    Parameters
    ----------
    place
        The place, in words.
    name
        Its new name.
    opening_hours
        When it is open, in the syntax of OpenStreetMap.
    hosts_wemi
        Whether it has a WeMi desk inside.
    capacity
        How many people it has room for.
    entrance_steps
        Whether steps lead into it.
    """

    place: str = given(values.text)
    _: KW_ONLY
    name: str | None = given(values.maybe(values.text), None)
    opening_hours: str | None = given(values.maybe(values.opening_hours), None)
    hosts_wemi: bool | None = given(values.maybe(values.flag), None)
    capacity: float | None = given(values.maybe(values.number(0, MOST_CAPACITY)), None)
    entrance_steps: bool | None = given(values.maybe(values.flag), None)

    kind: ClassVar[str] = "change_place"

    def _check(self) -> None:
        if not _asked(self) and self.name is None and self.hosts_wemi is None:
            fields = [name for name in self.keys() if name not in ("place", "may_change_nothing")]
            raise ParameterError(
                "it is not said what changes", where=self.kind, mend=f"give {', '.join(fields)}"
            )

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        row = place_named(city, self.place)
        told = _asked(self)
        for field in ("name", "hosts_wemi"):
            if getattr(self, field) is not None:
                told[field] = getattr(self, field)
        table = _with_new_columns(city.places, told)
        if self.hosts_wemi is not None and "hosts_wemi" not in table.columns:
            table = table.assign(hosts_wemi=False)[_before_geometry(table, "hosts_wemi")]
        return Change(matched=called(city, row), places=_with_values(table, row, told))


def _asked(edit: OpenPlace | ChangePlace) -> dict[str, Any]:
    """Return what an edit says of the columns that a table of places may lack."""
    fields = {name: getattr(edit, name) for name in schemas.PLACE_COLUMNS_IF_THERE}
    return {name: value for name, value in fields.items() if value is not None}


def _with_new_columns(places: gpd.GeoDataFrame, told: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return places with the columns that are spoken of, unknown where nothing is known."""
    for name in schemas.PLACE_COLUMNS_IF_THERE:
        if name in told and name not in places.columns:
            empty = pd.Series(
                [np.nan if name == "capacity" else None] * len(places),
                index=places.index,
                dtype=float if name == "capacity" else object,
            )
            places = places.assign(**{name: empty})[_before_geometry(places, name)]
    return places


def _before_geometry(places: gpd.GeoDataFrame, name: str) -> list[str]:
    """Return the columns with a new one, the geometry last."""
    return [*(column for column in places.columns if column != "geometry"), name, "geometry"]


def _with_values(places: gpd.GeoDataFrame, row: int, told: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return places with other values in one row."""
    new = places.copy(deep=False)
    for name, value in told.items():
        if name == "geometry":
            shapes = places.geometry.to_numpy().copy()
            shapes[row] = value
            new = new.set_geometry(shapes, crs=places.crs)
            continue
        values_ = places[name].astype(object).to_numpy(copy=True)
        values_[row] = value
        new[name] = _typed(values_, places[name], places.index)
    return new


def _typed(new: Any, old: pd.Series, index: pd.Index) -> pd.Series:
    """Return values in the type of a column; categories grow, and never shrink."""
    if isinstance(old.dtype, pd.CategoricalDtype):
        known = list(old.dtype.categories)
        more = [v for v in dict.fromkeys(new) if not pd.isna(v) and v not in known]
        categories = pd.Index([*known, *more], dtype=old.dtype.categories.dtype)
        return pd.Series(pd.Categorical(new, categories=categories), index=index)
    return pd.Series(new, index=index, dtype=object).astype(old.dtype)


def _with_row(places: gpd.GeoDataFrame, told: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return places with one more row; what is not told of it is unknown."""
    import geopandas as gpd

    label = int(places.index.max()) + 1 if places.index.dtype.kind in "iu" and len(places) else None
    if not len(places):
        label = 0
    index = pd.Index(
        [*places.index, told["id"] if label is None else label], name=places.index.name
    )
    if isinstance(places.index, pd.RangeIndex) and label == len(places):
        index = pd.RangeIndex(len(places) + 1, name=places.index.name)
    columns: dict[str, Any] = {}
    for name in places.columns:
        old = places[name]
        if name == "geometry":
            continue
        value = told.get(name, False if old.dtype.kind == "b" else None)
        columns[name] = _typed([*old.astype(object), value], old, index)
    shapes = np.append(places.geometry.to_numpy(), np.array([told["geometry"]], dtype=object))
    table = gpd.GeoDataFrame(columns, geometry=shapes, crs=places.crs, index=index)
    table.attrs = places.attrs
    missing = [name for name in ("hosts_wemi", "address") if name not in places.columns]
    if told.get("hosts_wemi") and "hosts_wemi" in missing:
        flags = np.zeros(len(table), dtype=bool)
        flags[-1] = True
        table["hosts_wemi"] = flags
    return table[[*(c for c in table.columns if c != "geometry"), "geometry"]]


def _zone_of(point: Any, zones: gpd.GeoDataFrame) -> Any:
    """Return the id of the zone a point is in, missing where it is in none."""
    import geopandas as gpd

    table = gpd.GeoDataFrame(geometry=[point], crs=zones.crs)
    found = containing(table, zones)[0]
    return pd.NA if found == OUTSIDE else found


def _id_of(name: str) -> str:
    """Return an id made of a name."""
    return re.sub(r"\s+", "-", folded(name)) or "new"
