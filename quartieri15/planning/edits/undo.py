"""The edit that takes others back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from quartieri15.errors import InputError
from quartieri15.model.city import require_city
from quartieri15.planning.edits.edit import Change, Edit, Resolved, told
from quartieri15.planning.patches import Patch

if TYPE_CHECKING:
    from quartieri15.model.city import City

_STREETS = ("nodes", "edges", "barriers")


@dataclass(frozen=True, repr=False, eq=False)
class Undo(Edit):
    """Take an edit back, byte for byte, in the city it was applied to.

    Parameters
    ----------
    resolved
        What the edit came to.
    """

    resolved: Resolved = dataclasses.field(default=None)  # type: ignore[assignment]

    kind: ClassVar[str] = "undo"

    def _check(self) -> None:
        if not isinstance(self.resolved, Resolved):
            raise InputError(
                "it is not said what to undo", where="undo", mend="use scenario.inverse(city)"
            )

    def __repr__(self) -> str:
        return f"Undo({self.resolved.edit!r})"

    @property
    def words(self) -> str:
        """The edit in a few words."""
        return f"undo {self.resolved.edit.words}"

    def to_mapping(self) -> dict[str, Any]:
        """Refuse to be written: what was there before is no text."""
        raise InputError(
            "an inverse cannot be written to a file",
            where="undo",
            mend="write the scenario, and apply its inverse",
        )

    def _change(self, city: City) -> Change:
        """Return nothing: an inverse has its patch already."""
        return Change(matched=city.name)

    def resolve(self, city: City) -> Resolved:
        """Take the edit back.

        Raises
        ------
        InputError
            If what the edit changed is not as it left it.
        """
        require_city(city)
        done = self.resolved
        patch = Patch(tuple(one.inverse() for one in reversed(done.patch.tables)))
        if patch.is_empty and not self.may_change_nothing and not done.patch.is_empty:
            raise InputError("there is nothing to undo", where="undo")
        after = _without(city, done)
        change = Change(matched=f"what {done.edit.words} did")
        return told(self, city, after, patch, change)


def _without(city: City, done: Resolved) -> City:
    """Return a city in which an edit is taken back."""
    tables: dict[str, Any] = {}
    touched = {one.table for one in done.patch.tables}
    if touched & set(_STREETS):
        tables["streets"] = _streets(city, done)
    for name in ("places", "residents"):
        if name in touched:
            now, made, before = (getattr(one, name) for one in (city, done.city, done.before))
            tables[name] = before if now is made else _undone(now, done, name)
    if any(name.startswith("zones ") for name in touched):
        zones = dict(city.zones)
        for name, zone in city.zones.items():
            key = f"zones {name}"
            if key in touched:
                same = zone is done.city.zones[name]
                zones[name] = done.before.zones[name] if same else _undone(zone, done, key)
        tables["zones"] = zones
    if not tables:
        return city
    provenance = dict(city.provenance)
    for key in ("outside_streets",):
        if key in done.before.provenance:
            provenance[key] = done.before.provenance[key]
        else:
            provenance.pop(key, None)
    # The tables were checked when the city was made that they are taken back to.
    return dataclasses.replace(city, **tables, provenance=provenance)


def _streets(city: City, done: Resolved) -> Any:
    if city.streets is done.city.streets:
        return done.before.streets
    streets = city.streets
    parts = {
        name: _undone(getattr(streets, name), done, name)
        for name in _STREETS
        if done.patch.of(name) is not None
    }
    return dataclasses.replace(streets, **parts)


def _undone(table: Any, done: Resolved, name: str) -> Any:
    for one in reversed([patch for patch in done.patch.tables if patch.table == name]):
        table = one.inverse().apply(table)
    return table
