"""What an edit is: words that say what shall change, and what they come to in a city."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from quartieri15.arguments import shown
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model import new_streets
from quartieri15.model.city import require_city
from quartieri15.planning.edits import values
from quartieri15.planning.patches import Patch, TablePatch, same_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.new_streets import NewStreets
    from quartieri15.model.streets import StreetNetwork


@dataclass(frozen=True, eq=False, kw_only=True)
class Change:
    """What an edit asks a city to become: the tables that differ.

    Parameters
    ----------
    matched
        What its words were taken for.
    notes
        What a reader must know beside what the tables tell.
    edge_values
        Other values of some edges, as
        :meth:`~quartieri15.model.streets.StreetNetwork.with_edge_values` takes them.
    new_streets
        Streets that come.
    places, residents, zones
        Other tables. Places are the same where their ``id`` is.
    barriers
        Another table, and for each of its rows the position of it in the table before (-1 for
        none).
    already_m
        Metres of street that are as asked for already.
    """

    matched: str
    notes: tuple[str, ...] = ()
    edge_values: pd.DataFrame | None = None
    new_streets: NewStreets | None = None
    places: gpd.GeoDataFrame | None = None
    residents: gpd.GeoDataFrame | None = None
    zones: Mapping[str, gpd.GeoDataFrame] | None = None
    barriers: tuple[gpd.GeoDataFrame, NDArray[np.int64]] | None = None
    already_m: float = 0.0


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Resolved:
    """What an edit comes to in a city.

    Parameters
    ----------
    edit
        The edit.
    before, city
        The city before the edit, and after it.
    patch
        What differs between the two.
    matched
        What the words of the edit were taken for.
    said
        What changes, in one sentence.
    edges, length_m
        Streets of which some value changes, or that come or go, and their metres; not the pieces
        of streets that new ones join.
    already_m
        Metres of street that were as asked for already.
    places
        Places that change, come or go.
    people
        Residents more (or fewer) than before.
    """

    edit: Edit
    before: City
    city: City
    patch: Patch
    matched: str
    said: str
    edges: int = 0
    length_m: float = 0.0
    already_m: float = 0.0
    places: int = 0
    people: float = 0.0

    def __repr__(self) -> str:
        return f"Resolved({self.edit!r}: {self.said})"


@dataclass(frozen=True, repr=False)
class Edit(ABC):
    """One change of a city, in words that people use.

    Parameters
    ----------
    may_change_nothing
        Whether it is no error if the city is as asked for already.
    """

    may_change_nothing: bool = dataclasses.field(
        default=False, kw_only=True, metadata={"rule": values.flag, "key": None}
    )

    kind: ClassVar[str] = ""
    """What a file calls this kind of edit."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, type(field.default)) and value == field.default:
                continue
            rule = field.metadata.get("rule")
            if rule is not None:
                where = f"{self.kind}, {field.metadata['key'] or field.name}"
                object.__setattr__(self, field.name, rule(value, where))
        self._check()

    def _check(self) -> None:  # noqa: B027  (most kinds have none)
        """Refuse fields that contradict each other."""

    def __repr__(self) -> str:
        said = []
        for i, field in enumerate(_ordered(self)):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            said.append(repr(value) if i == 0 else f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(said)})"

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """The edit in a few words."""
        said = [
            f"{key} {_short(value)}" if i else _short(value)
            for i, (key, value) in enumerate(self.to_mapping().items())
        ]
        return f"{self.kind.replace('_', ' ')}: {', '.join(said)}"

    @abstractmethod
    def _change(self, city: City) -> Change:
        """Say what the city shall become."""

    def resolve(self, city: City) -> Resolved:
        """Say what this edit matches in a city, and what changes there.

        Parameters
        ----------
        city
            The city; it stays as it is.

        Returns
        -------
        Resolved
            What was matched, the patch, and the city after it.

        Raises
        ------
        UnknownNameError
            If a name fits nothing; the nearest names are told.
        AmbiguousNameError
            If it fits several things; they are told.
        InputError
            If nothing changes, and ``may_change_nothing`` is False; or if what is asked for
            cannot be in this city, such as a place outside its streets.
        """
        require_city(city)
        change = self._change(city)
        after, patch = _applied(city, change)
        if patch.is_empty and not self.may_change_nothing:
            notes = "; ".join(change.notes) or "it is as asked for already"
            raise InputError(
                f"{self.kind} changes nothing ({change.matched}: {notes})",
                where=None,
                mend="leave it out, or say may_change_nothing: true",
            )
        return told(self, city, after, patch, change)

    def to_mapping(self) -> dict[str, Any]:
        """Return the fields that are not at their default, by the names a file has for them."""
        return {
            field.metadata["key"] or field.name: values.plain(getattr(self, field.name))
            for field in _ordered(self)
            if getattr(self, field.name) != field.default
        }

    @classmethod
    def keys(cls) -> dict[str, str]:
        """Return the fields by the names a file has for them, the most important one first."""
        return {field.metadata["key"] or field.name: field.name for field in _ordered(cls)}

    @classmethod
    def from_mapping(cls, mapping: object) -> Edit:
        """Make an edit of the fields that a file has.

        Parameters
        ----------
        mapping
            Values by key; anything else is the value of the first.

        Raises
        ------
        UnknownNameError
            If there is no such key; the nearest are told.
        ParameterError
            If a value makes no sense, or one is missing.
        """
        keys = cls.keys()
        if not isinstance(mapping, dict):
            mapping = {next(iter(keys)): mapping}
        for key in mapping:
            if key not in keys:
                raise UnknownNameError.among(key, keys, kind="key", where=f"{cls.kind}, {key}")
        required = [
            field.metadata["key"] or field.name
            for field in _ordered(cls)
            if field.default is dataclasses.MISSING
        ]
        missing = [key for key in required if key not in mapping]
        if missing:
            raise ParameterError(
                f"{missing[0]} is missing",
                where=cls.kind,
                mend=f"add it; {cls.kind} knows {', '.join(keys)}",
            )
        fields: dict[str, Any] = {keys[key]: value for key, value in mapping.items()}
        return cls(**fields)


def _ordered(edit: Any) -> list[dataclasses.Field[Any]]:
    """Return the fields of an edit, those of all edits last."""
    fields = list(dataclasses.fields(edit))
    common = [field for field in fields if field.name == "may_change_nothing"]
    return [field for field in fields if field not in common] + common


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "as drawn"
    return (
        value
        if isinstance(value, str)
        else str(value)
        if isinstance(value, float)
        else shown(value)
    )


def _applied(city: City, change: Change) -> tuple[City, Patch]:
    """Make a change, and say what differs."""
    streets, patches, new_edges = _streets_after(city.streets, change)
    tables: dict[str, Any] = {} if streets is city.streets else {"streets": streets}
    for name in ("places", "residents", "zones"):
        if getattr(change, name) is not None:
            tables[name] = getattr(change, name)
    if not tables:
        return city, Patch()
    checked = {name: tables[name] for name in ("streets", "places") if name in tables}
    peopled = {name: tables[name] for name in ("residents", "zones") if name in tables}
    after = city.with_(**checked) if checked else city
    if peopled:
        # What an edit makes of residents and zones is right by how it is made; to check them anew
        # would copy all zones, and those that do not change are to be shared.
        after = dataclasses.replace(after, **peopled)
    if "places" in tables:
        origin = _rows_by_id(city.places, after.places)
        patches.append(TablePatch.between("places", city.places, after.places, origin=origin))
    if "residents" in tables:
        origin = _rows_by_id(city.residents, after.residents)
        patches.append(
            TablePatch.between(
                "residents",
                city.residents,
                after.residents,
                origin=origin,
                columns=city.groups,
            )
        )
    for name, table in (change.zones or {}).items():
        if name in city.zones and table is not city.zones[name]:
            patches.append(TablePatch.between(f"zones {name}", city.zones[name], after.zones[name]))
    patch = Patch(tuple(one for one in patches if not one.is_empty), new_edges)
    return (city if patch.is_empty else after), patch


def _streets_after(
    streets: StreetNetwork, change: Change
) -> tuple[StreetNetwork, list[TablePatch], tuple[int, ...]]:
    """Make what a change asks of the streets; keep them where it asks nothing."""
    patches: list[TablePatch] = []
    new_edges: tuple[int, ...] = ()
    wanted = change.edge_values
    if wanted is not None:
        wanted = _that_differ(streets, wanted)
    if wanted is not None:
        after = streets.with_edge_values(wanted)
        rows = wanted.index.to_numpy()
        patches.append(
            TablePatch.between(
                "edges", streets.edges, after.edges, rows=rows, columns=list(wanted.columns)
            )
        )
        streets = after
    if change.new_streets is not None:
        new = change.new_streets
        after = new_streets.with_new_streets(streets, new)
        stays = np.ones(len(streets.edges), dtype=bool)
        stays[new.removed] = False
        kept = np.flatnonzero(stays)
        more = np.full(len(after.edges) - len(kept), -1)
        nothing = np.empty(0, dtype=np.int64)
        patches.append(
            TablePatch.between(
                "edges",
                streets.edges,
                after.edges,
                origin=np.concatenate([kept, more]),
                rows=nothing,
            )
        )
        known = np.arange(len(streets.nodes))
        origin = np.concatenate([known, np.full(len(new.nodes), -1)])
        patches.append(
            TablePatch.between("nodes", streets.nodes, after.nodes, origin=origin, rows=nothing)
        )
        new_edges = tuple(range(len(new.pieces), len(new.pieces) + len(new.added)))
        streets = after
    if change.barriers is not None:
        table, origin = change.barriers
        after = streets.with_barriers(table, keep=False)
        patches.append(
            TablePatch.between("barriers", streets.barriers, after.barriers, origin=origin)
        )
        streets = after
    return streets, patches, new_edges


def _that_differ(streets: StreetNetwork, wanted: pd.DataFrame) -> pd.DataFrame | None:
    """Return the rows and columns in which something differs, or None."""
    edges = streets.edges.loc[wanted.index]
    differs = {name: ~same_values(edges[name], wanted[name]) for name in wanted.columns}
    rows = np.zeros(len(wanted), dtype=bool)
    for differ in differs.values():
        rows |= differ
    columns = [name for name, differ in differs.items() if differ.any()]
    return wanted.loc[rows, columns] if columns else None


def _rows_by_id(before: pd.DataFrame, after: pd.DataFrame) -> NDArray[np.int64]:
    """Return for each row of a table its position in the table before, by its id."""
    known = len(before)
    if len(after) >= known and before["id"].to_list() == after["id"].iloc[:known].to_list():
        return np.concatenate([np.arange(known), np.full(len(after) - known, -1)])
    rows: NDArray[np.int64] = pd.Index(before["id"]).get_indexer(after["id"]).astype(np.int64)
    return rows


def told(edit: Edit, before: City, city: City, patch: Patch, change: Change) -> Resolved:
    """Count what a patch changes, and say it."""
    said: list[str] = []
    edges, length_m = 0, 0.0
    streets = [one for one in patch.tables if one.table == "edges"]
    for one in streets:
        if len(one.after):
            lengths = before.streets.edges["length_m"].to_numpy()[one.before.index.to_numpy()]
            edges, length_m = edges + len(one.after), length_m + float(lengths.sum())
            said += _cells_said(one, lengths)
        if len(one.added):
            new = one.added.iloc[list(patch.new_edges)]
            edges, length_m = edges + len(new), length_m + float(new["length_m"].sum())
            said.append(f"{new['length_m'].sum():,.0f} m of new street in {len(new)} edges")
            if len(one.removed):
                said.append(f"{len(one.removed)} streets joined along their way")
    places = patch.of("places")
    places_changed = 0
    if places is not None:
        places_changed = len(places.after) + len(places.added) + len(places.removed)
        places_changed = max(places_changed, int(places.gained.notna().any(axis=1).sum()))
        said += _places_said(before, city, places)
    barriers = patch.of("barriers")
    if barriers is not None:
        gone = before.streets.barriers.length.sum() - city.streets.barriers.length.sum()
        said.append(f"{gone:,.0f} m of barrier removed")
    people = 0.0
    if patch.of("residents") is not None:
        more = {
            group: float(city.residents[group].sum() - before.residents[group].sum())
            for group in before.groups
        }
        people = more.get("residents", 0.0)
        said.append(", ".join(f"{group} {n:+,.0f}" for group, n in more.items() if abs(n) >= 0.5))  # noqa: PLR2004 - rounds to somebody
    if change.already_m:
        said.append(f"{change.already_m:,.0f} m were so already")
    said += change.notes
    return Resolved(
        edit=edit,
        before=before,
        city=city,
        patch=patch,
        matched=change.matched,
        said="; ".join(filter(None, said)) or "nothing changes",
        edges=edges,
        length_m=length_m,
        already_m=change.already_m,
        places=places_changed,
        people=people,
    )


def _cells_said(patch: TablePatch, lengths: NDArray[np.float64]) -> list[str]:
    """Say column by column, from what to what, and for how many metres."""
    said = []
    for name in patch.after.columns:
        pairs: dict[tuple[str, str], float] = {}
        differs = ~same_values(patch.before[name], patch.after[name])
        for old, new, metres, differ in zip(
            patch.before[name], patch.after[name], lengths, differs, strict=True
        ):
            if differ:
                pair = (value_words(old), value_words(new))
                pairs[pair] = pairs.get(pair, 0.0) + float(metres)
        told = ", ".join(
            f"{old} to {new} ({metres:,.0f} m)" for (old, new), metres in pairs.items()
        )
        said.append(f"{name} {told}")
    return said


def _places_said(before: City, city: City, patch: TablePatch) -> list[str]:
    said = [f"{row['name']} opens" for _, row in patch.added.iterrows()]
    said += [f"{row['name']} closes" for _, row in patch.removed.iterrows()]
    for old_row, new_row in zip(patch.before.index, patch.after.index, strict=True):
        name = before.places["name"].iloc[old_row]
        for column in patch.after.columns:
            old, new = before.places[column].iloc[old_row], city.places[column].iloc[new_row]
            if not same_values(pd.Series([old]), pd.Series([new]))[0]:
                said.append(f"{name}: {column} {_change_words(old, new)}")
    for column in patch.gained.columns:
        for row, value in patch.gained[column].dropna().items():
            name = city.places["name"].iloc[int(str(row))]
            said.append(f"{name}: {column} {_change_words(None, value)}")
    return said


def _change_words(old: Any, new: Any) -> str:
    if hasattr(old, "distance") and hasattr(new, "distance"):
        return f"moved by {old.distance(new):,.0f} m"
    return f"{value_words(old)} to {value_words(new)}"


def value_words(value: Any) -> str:
    """Return what a value of a table is called.

    Examples
    --------
    >>> value_words(None), value_words(True), value_words(30.0), value_words("track")
    ('unknown', 'yes', '30', 'track')
    """
    if hasattr(value, "geom_type"):
        return "a position"
    if value is None or pd.isna(value):
        return "unknown"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)
