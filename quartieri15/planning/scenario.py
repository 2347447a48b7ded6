"""A scenario: an ordered list of edits with a name, a date and a cost, that makes a city another.

A scenario is a function from a city to a city, with its story. Its edits are made in the order
in which they are written, each in the city that the ones before it left; all of them, or none. The
city that is given stays as it is, and what no edit touches is shared with it.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.arguments import is_finite, require_text, several, shown
from quartieri15.errors import InputError, ParameterError, Quartieri15Error, UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json
from quartieri15.planning.edits import Edit, Undo, edit_of
from quartieri15.planning.edits.edit import value_words
from quartieri15.planning.edits.named_places import place_named
from quartieri15.planning.edits.values import listed
from quartieri15.planning.patches import same_values

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.planning.edits import Resolved
    from quartieri15.planning.patches import TablePatch

OURS: Final = "ours"
"""The source of an assumption that is the author's own."""

APPLIED: Final = "scenarios"
"""Where the provenance of a city tells which scenarios it went through."""

MOST_POINTS_DRAWN: Final = 2000
"""Points of residents that a preview draws; of more, it draws the zones they are in."""


@dataclass(frozen=True)
class Assumption:
    """What a scenario takes for granted, and who says so.

    Parameters
    ----------
    text
        The assumption.
    source
        Where it comes from; ``"ours"`` where it is the author's own.
    """

    text: str
    source: str = OURS

    def __post_init__(self) -> None:
        require_text(self.text, where="assumptions, text")
        require_text(self.source, where="assumptions, source")


@dataclass(frozen=True, eq=False, repr=False)
class Applied:
    """What a scenario came to in a city.

    Parameters
    ----------
    scenario
        The scenario.
    before, city
        The city before and after.
    steps
        What each edit came to, in order.
    """

    scenario: Scenario
    before: City
    city: City
    steps: tuple[Resolved, ...]

    def __repr__(self) -> str:
        return f"Applied({self.scenario.name!r} to {self.before.name!r}: {len(self.steps)} edits)"

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What each edit matched and changed; see :meth:`Scenario.effects`."""
        rows = [
            {
                "edit": i + 1,
                "kind": step.edit.kind,
                "what": step.edit.words,
                "matched": step.matched,
                "edges": step.edges,
                "length_m": step.length_m,
                "already_m": step.already_m,
                "places": step.places,
                "people": step.people,
                "said": step.said,
            }
            for i, step in enumerate(self.steps)
        ]
        table = pd.DataFrame(rows, columns=list(_EFFECTS)).astype(_EFFECTS)
        table.attrs = plain_json({"provenance": self._provenance()})
        return table

    @cached_property
    def preview(self) -> gpd.GeoDataFrame:
        """What changes, ready for a map; see :meth:`Scenario.preview`."""
        import geopandas as gpd

        rows = [
            {"edit": i + 1, "kind": step.edit.kind} | row
            for i, step in enumerate(self.steps)
            for row in _drawn(step)
        ]
        columns = ["edit", "kind", "table", "change", "name", "values", "geometry"]
        table = gpd.GeoDataFrame(
            pd.DataFrame(rows, columns=columns), geometry="geometry", crs=self.before.crs
        )
        table.attrs = plain_json({"provenance": self._provenance()})
        return table

    def _provenance(self) -> dict[str, Any]:
        told = self.scenario
        return {
            "city": self.before.name,
            "scenario": told.name,
            "date": told.date,
            "vintages": dict(self.before.provenance.get("vintages", {})),
            "licence_line": self.before.provenance.get("licence_line", "not stated"),
        }


@dataclass(frozen=True, repr=False)
class Scenario:
    """An ordered, named, dated list of edits.

    Parameters
    ----------
    name
        What it is called.
    edits
        The edits, in the order in which they are made: objects of
        :mod:`quartieri15.planning.edits`, or what a file holds for them.
    date
        The day from which all of it is so: the horizon.
    until
        The day on which it ends, where it is for a time.
    description
        What it is, for a reader.
    cost_eur
        What it costs, in euro.
    cost_source
        Who says what it costs.
    assumptions
        What it takes for granted, each with its source.
    requires
        Names of scenarios that must come before it.
    conflicts
        Names of scenarios that it cannot be together with.
    parameters
        What a file let be chosen, as it was chosen.
    sources
        Where each edit stands, for errors.
    undoes
        The scenario that this is the inverse of.
    made_of
        The scenarios that were put together to this one.

    Raises
    ------
    ParameterError
        If a value makes no sense: a cost below 0, an end before the start, a scenario that
        requires itself or what it conflicts with.
    UnknownNameError
        If there is no such kind of edit or field; the nearest are told.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> from quartieri15.planning.edits import ClosePlace
    >>> from quartieri15.planning.scenario import Scenario
    >>> milano = q15.load("milano")
    >>> without = Scenario("Zante closes", [ClosePlace("Zante")]).apply(milano)
    >>> len(milano.houses) - len(without.houses), without.streets is milano.streets
    (1, True)
    """

    name: str
    edits: tuple[Edit, ...] = ()
    _: KW_ONLY
    date: dt.date | None = None
    until: dt.date | None = None
    description: str | None = None
    cost_eur: float | None = None
    cost_source: str | None = None
    assumptions: tuple[Assumption, ...] = ()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = field(default=(), compare=False)
    undoes: str | None = field(default=None, compare=False)
    made_of: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        require_text(self.name, where="scenario")
        for name in ("description", "cost_source", "undoes"):
            if getattr(self, name) is not None:
                require_text(getattr(self, name), where=name)
        kept: dict[str, Any] = {
            "edits": _edits(self.edits),
            "date": _day(self.date, where="date"),
            "until": _day(self.until, where="until"),
            "cost_eur": _cost(self.cost_eur),
            "assumptions": tuple(_assumption(one) for one in _list(self.assumptions)),
            "requires": _names(self.requires, where="requires"),
            "conflicts": _names(self.conflicts, where="conflicts"),
            "parameters": _parameters(self.parameters),
            "sources": _names(self.sources, where="sources"),
            "made_of": _names(self.made_of, where="made_of"),
        }
        for name, value in kept.items():
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        if self.date is not None and self.until is not None and self.until < self.date:
            raise ParameterError(
                f"it ends on {self.until}, before it begins on {self.date}",
                where="until",
                mend="correct one of the two days",
            )
        if self.name in self.requires:
            raise ParameterError(
                f"{self.name} requires itself", where="requires", mend="leave it out"
            )
        if both := set(self.requires) & set(self.conflicts):
            raise ParameterError(
                f"{min(both)} is required, and conflicts with it",
                where="conflicts",
                mend="keep one of the two",
            )

    def __hash__(self) -> int:
        return hash((self.name, self.edits, self.date))

    @classmethod
    def from_file(
        cls, path: str | Path, *, parameters: Mapping[str, Any] | None = None
    ) -> Scenario:
        """Read a scenario from a YAML file; ``docs/scenarios.md`` shows how to write one.

        A file never executes anything.

        Parameters
        ----------
        path
            The file.
        parameters
            Other values of its parameters.

        Returns
        -------
        Scenario

        Raises
        ------
        MissingFileError
            If it, a file that it extends or one of its geometries is not there.
        InputError
            If something is wrong in it; file, line and column are told.
        UnknownNameError
            If a parameter is chosen that it does not have.
        """
        from quartieri15.planning import scenario_files

        return scenario_files.read(path, parameters=parameters)

    def to_file(self, path: str | Path) -> None:
        """Write the scenario to a YAML file that :meth:`from_file` reads back equal.

        Long lines are written to GeoJSON files beside it.

        Parameters
        ----------
        path
            The file; one that is there is replaced.

        Raises
        ------
        OutputError
            If it cannot be written.
        InputError
            If it is the inverse of another, which no file can hold.
        """
        from quartieri15.planning import scenario_files

        scenario_files.write(self, path)

    def resolve(self, city: City) -> Applied:
        """Make the edits one after the other, and keep what each came to.

        Parameters
        ----------
        city
            The city; it stays as it is.

        Returns
        -------
        Applied
            ``city`` (the city after), ``effects``, ``preview`` and ``steps``.

        Raises
        ------
        UnknownNameError, AmbiguousNameError, InputError
            If an edit matches nothing, or several things, or changes nothing; where the edit
            stands is told. Also if the city was not through what this scenario requires, or was
            through what it conflicts with. Nothing is then applied.
        """
        require_city(city)
        self._require_its_turn(city)
        steps: list[Resolved] = []
        changed_by: dict[tuple[str, str, str], int] = {}
        now = city
        for i, edit in enumerate(self.edits):
            try:
                step = edit.resolve(now)
            except Quartieri15Error as error:
                _tell_who_closed(error, edit, city, steps)
                raise _placed(error, self._place_of(i)) from error
            now = step.city
            steps.append(_told_again(step, i, changed_by) if len(self.edits) > 1 else step)
        if now is not city:
            now = now.with_(provenance=self._provenance(now))
        return Applied(self, city, now, tuple(steps))

    def apply(self, city: City) -> City:
        """Return the city that this scenario makes of another.

        Parameters
        ----------
        city
            The city; it stays as it is.

        Returns
        -------
        City
            The same one where there is no edit. Tables that do not change are shared.
            ``provenance["scenarios"]`` names what it went through.

        Raises
        ------
        UnknownNameError, AmbiguousNameError, InputError
            As for :meth:`resolve`.
        """
        return self.resolve(city).city

    def effects(self, city: City) -> pd.DataFrame:
        """Say what each edit matches in a city, and what it changes there.

        Parameters
        ----------
        city
            The city.

        Returns
        -------
        pandas.DataFrame
            One row per edit: ``edit`` (from 1), ``kind``, ``what`` (in its own words),
            ``matched`` (what they were taken for), ``edges`` and ``length_m`` (streets that
            change, come or go), ``already_m`` (metres that were as asked for already), ``places``
            (that change, open or close), ``people`` (residents more or fewer), ``said`` (what
            changes, in a sentence).

        Raises
        ------
        UnknownNameError, AmbiguousNameError, InputError
            As for :meth:`resolve`.
        """
        return self.resolve(city).effects

    def preview(self, city: City) -> gpd.GeoDataFrame:
        """Return what changes, ready for a map.

        Parameters
        ----------
        city
            The city.

        Returns
        -------
        geopandas.GeoDataFrame
            One row per edge, place, barrier, point of residents or zone that changes: ``edit``,
            ``kind``, ``table``, ``change`` (``added``, ``removed``, ``changed``, ``moved_from``,
            ``moved_to``), ``name``, ``values`` (from what to what), ``geometry``, in the CRS of
            the city. Where many points of residents change, their zones are drawn.

        Raises
        ------
        UnknownNameError, AmbiguousNameError, InputError
            As for :meth:`resolve`.
        """
        return self.resolve(city).preview

    def inverse(self, city: City) -> Scenario:
        """Return the scenario that takes this one back in the city it is applied to.

        Parameters
        ----------
        city
            The city before.

        Returns
        -------
        Scenario
            Applied to ``self.apply(city)`` it gives the tables of ``city`` back: the same
            values, rows, order, types and index.

        Raises
        ------
        UnknownNameError, AmbiguousNameError, InputError
            As for :meth:`resolve`.
        """
        steps = self.resolve(city).steps
        edits = tuple(Undo(step, may_change_nothing=True) for step in reversed(steps))
        return Scenario(f"inverse of {self.name}", edits, undoes=self.name)

    def then(self, other: Scenario) -> Scenario:
        """Return this scenario and another after it, as one.

        Parameters
        ----------
        other
            What comes after.

        Returns
        -------
        Scenario
            With the edits of both in their order, the later date, both costs together (None
            where one is not known), and the assumptions of both.

        Raises
        ------
        ParameterError
            If it is no scenario.
        InputError
            If the two conflict, or this one requires the other.
        """
        _require_scenario(other)
        _require_no_conflict([self, other])
        if other.name in self.requires:
            raise InputError(
                f"{self.name} requires {other.name}, which comes after it",
                where="then",
                mend="turn the two round",
            )
        return _joined([self, other])

    def _place_of(self, i: int) -> str:
        place = self.sources[i] if i < len(self.sources) else ""
        return place or f"{self.name}, edit {i + 1} ({self.edits[i].kind})"

    def _require_its_turn(self, city: City) -> None:
        """Refuse a city that lacks what this requires, or has what it conflicts with."""
        done = {
            name
            for one in city.provenance.get(APPLIED, [])
            for name in (one["name"], *one.get("made_of", ()))
        }
        if missing := [name for name in self.requires if name not in done]:
            raise InputError(
                f"{self.name} requires {listed(missing)}, which {city.name} has not been through",
                where="requires",
                mend="apply it first, or put both together with combined([...])",
            )
        if both := [name for name in self.conflicts if name in done]:
            raise InputError(
                f"{self.name} conflicts with {listed(both)}, which {city.name} has been through",
                where="conflicts",
                mend="apply it to the city before",
            )

    def _provenance(self, city: City) -> dict[str, Any]:
        said = dict(city.provenance)
        applied = list(said.pop(APPLIED, []))
        if self.undoes is None:
            told = {"name": self.name, "date": plain_json(self.date)}
            applied.append(told | ({"made_of": list(self.made_of)} if self.made_of else {}))
        elif applied and applied[-1].get("name") == self.undoes:
            applied.pop()
        return said | ({APPLIED: applied} if applied else {})

    def __repr__(self) -> str:
        when = f", {self.date}" if self.date else ""
        return f"Scenario({self.name!r}{when}: {len(self.edits)} edits)"

    def _repr_html_(self) -> str:
        rows = [
            *([("date", str(self.date))] if self.date else []),
            *([("description", self.description)] if self.description else []),
            *([("cost", f"{self.cost_eur:,.0f} €")] if self.cost_eur is not None else []),
            *([("cost: source", self.cost_source)] if self.cost_source else []),
            *((f"edit {i + 1}", edit.words) for i, edit in enumerate(self.edits)),
            *((f"assumption ({one.source})", one.text) for one in self.assumptions),
            *(("requires", name) for name in self.requires),
            *(("conflicts with", name) for name in self.conflicts),
            *((f"parameter {name}", str(value)) for name, value in self.parameters.items()),
        ]
        body = "".join(
            f"<tr><th scope='row'>{html.escape(str(a))}</th><td>{html.escape(str(b))}</td></tr>"
            for a, b in rows
        )
        return f"<table><caption>{html.escape(self.name)}</caption><tbody>{body}</tbody></table>"


def combined(
    scenarios: Iterable[Scenario], *, city: City | None = None, name: str | None = None
) -> Scenario:
    """Return several scenarios as one, each after those it requires, then by date.

    Parameters
    ----------
    scenarios
        The scenarios; those without a date come first, and equal ones in the order given.
    city
        If given, what they change in it is compared: two that give one place, street or barrier
        different values conflict.
    name
        What the whole is called; the names of all where it is left out.

    Returns
    -------
    Scenario

    Raises
    ------
    ParameterError
        If there is none, or one is no scenario.
    InputError
        If two conflict or have one name, one requires what is not there or comes later, or
        they require each other in a circle.

    Examples
    --------
    >>> from quartieri15.planning.scenario import Scenario, combined
    >>> track = Scenario("track", ["pista ciclabile in via Zante"], requires=["bridge"])
    >>> bridge = Scenario("bridge", [{"close_place": "Zante"}])
    >>> combined([track, bridge]).name
    'bridge, then track'
    """
    given = _list(scenarios)
    for one in given:
        _require_scenario(one)
    if not given:
        raise ParameterError("there is no scenario", where="scenarios", mend="give at least one")
    if name is not None:
        require_text(name, where="name")
    names = [one.name for one in given]
    for one in names:
        if names.count(one) > 1:
            raise InputError(
                f"two scenarios are called {one}", where="scenarios", mend="rename one"
            )
    _require_no_conflict(given)
    ordered = _in_order(given)
    if city is not None:
        _require_apart(ordered, city)
    whole = _joined(ordered)
    return whole if name is None else replace(whole, name=name)


_EFFECTS: Final = {
    "edit": "int64",
    "kind": "object",
    "what": "object",
    "matched": "object",
    "edges": "int64",
    "length_m": "float64",
    "already_m": "float64",
    "places": "int64",
    "people": "float64",
    "said": "object",
}


def _joined(scenarios: list[Scenario]) -> Scenario:
    names = [one.name for one in scenarios]
    days = [one.date for one in scenarios if one.date is not None]
    costs = [one.cost_eur for one in scenarios]
    sources = dict.fromkeys(one.cost_source for one in scenarios if one.cost_source)
    parameters: dict[str, Any] = {}
    for one in scenarios:
        for key, value in one.parameters.items():
            same = parameters.get(key, value) == value
            parameters[key if same else f"{one.name}: {key}"] = value
    return Scenario(
        ", then ".join(names),
        tuple(edit for one in scenarios for edit in one.edits),
        date=max(days, default=None),
        description=" ".join(one.description for one in scenarios if one.description) or None,
        cost_eur=None if None in costs else float(sum(cost or 0.0 for cost in costs)),
        cost_source="; ".join(sources) or None,
        assumptions=tuple(dict.fromkeys(a for one in scenarios for a in one.assumptions)),
        requires=tuple(
            dict.fromkeys(r for one in scenarios for r in one.requires if r not in names)
        ),
        conflicts=tuple(dict.fromkeys(c for one in scenarios for c in one.conflicts)),
        parameters=parameters,
        made_of=tuple(name for one in scenarios for name in (*one.made_of, one.name)),
        sources=tuple(one._place_of(i) for one in scenarios for i in range(len(one.edits))),  # noqa: SLF001
    )


def _in_order(scenarios: list[Scenario]) -> list[Scenario]:
    """Sort scenarios by what they require, then by date, then as given."""
    by_name = {one.name: one for one in scenarios}
    for one in scenarios:
        for needed in one.requires:
            if needed not in by_name:
                near = UnknownNameError.among(needed, by_name, kind="scenario")
                raise InputError(
                    f"{one.name} requires {needed}, which is not there",
                    where="scenarios",
                    mend=f"add it ({near.mend})" if len(by_name) > 1 else "add it",
                )
            before = by_name[needed].date
            if before is not None and one.date is not None and before > one.date:
                raise InputError(
                    f"{one.name} ({one.date}) requires {needed}, which comes later ({before})",
                    where="scenarios",
                    mend="correct one of the two dates",
                )
    left = sorted(scenarios, key=lambda one: (one.date or dt.date.min, scenarios.index(one)))
    ordered: list[Scenario] = []
    while left:
        done = {one.name for one in ordered}
        ready = [one for one in left if done.issuperset(one.requires)]
        if not ready:
            raise InputError(
                f"they require each other in a circle: {_circle(left)}",
                where="scenarios",
                mend="leave one of the requirements out",
            )
        ordered.append(ready[0])
        left.remove(ready[0])
    return ordered


def _circle(scenarios: list[Scenario]) -> str:
    """Name scenarios that require each other, from one back to itself."""
    by_name = {one.name: one for one in scenarios}
    path = [scenarios[0].name]
    while True:
        following = next(name for name in by_name[path[-1]].requires if name in by_name)
        if following in path:
            return " requires ".join([*path[path.index(following) :], following])
        path.append(following)


def _require_no_conflict(scenarios: list[Scenario]) -> None:
    names = {one.name for one in scenarios}
    for one in scenarios:
        for other in one.conflicts:
            if other in names and other != one.name:
                raise InputError(
                    f"{one.name} conflicts with {other}",
                    where="scenarios",
                    mend="take one of the two",
                )


def _require_apart(scenarios: list[Scenario], city: City) -> None:
    """Refuse scenarios that give one cell of a table different values.

    What a scenario requires it builds on: it may change that again.
    """
    known: dict[tuple[str, str, str], list[tuple[str, Any]]] = {}
    builds_on: dict[str, set[str]] = {}
    for one in scenarios:
        before = set(one.requires).union(*(builds_on.get(name, ()) for name in one.requires))
        builds_on[one.name] = before
        ground = city
        for other in scenarios:
            if other.name in before:
                ground = replace(other, requires=(), conflicts=()).apply(ground)
        own: dict[tuple[str, str, str], Any] = {}
        for step in replace(one, requires=(), conflicts=()).resolve(ground).steps:
            for patch in step.patch.tables:
                own |= dict(_cells(patch, step.before))
        for key, value in own.items():
            for name, other_value in known.get(key, ()):
                if name in before or _alike(other_value, value):
                    continue
                table, row, column = key
                raise InputError(
                    f"{name} and {one.name} change {column} of {row} differently: "
                    f"{_words(other_value)} and {_words(value)}",
                    where=table,
                    mend="take one of the two, or put both into one scenario in the order meant",
                )
            known.setdefault(key, []).append((one.name, value))


def _told_again(
    step: Resolved, number: int, changed_by: dict[tuple[str, str, str], int]
) -> Resolved:
    """Say where an edit changes again what an earlier one of the same scenario changed."""
    cells = [key for patch in step.patch.tables for key, _ in _cells(patch, step.before)]
    again = sorted({changed_by[key] + 1 for key in cells if key in changed_by})
    changed_by |= dict.fromkeys(cells, number)
    if not again:
        return step
    said = f"{step.said}; changes again what edit {listed(map(str, again))} changed"
    return replace(step, said=said)


def _cells(patch: TablePatch, before: City) -> Iterable[tuple[tuple[str, str, str], Any]]:
    """Return what a patch makes of rows, named so that their numbers do not matter."""
    if patch.table not in ("places", "edges"):
        return
    table = before.places if patch.table == "places" else before.streets.edges
    for old, new in zip(patch.before.index, patch.after.index, strict=True):
        row = _row_words(patch.table, table.iloc[old])
        for column in patch.after.columns:
            value, was = patch.after[column].loc[new], patch.before[column].loc[old]
            if not _alike(value, was):
                yield (patch.table, row, column), value
    if patch.table == "places":
        for _, gone in patch.removed.iterrows():
            yield (patch.table, _row_words("places", gone), "existence"), "closed"
        for _, came in patch.added.iterrows():
            yield (patch.table, _row_words("places", came), "existence"), came["geometry"]


def _row_words(table: str, row: Any) -> str:
    if table == "places":
        return f"{row['name']} ({row['id']})"
    point = row["geometry"].interpolate(0.5, normalized=True)
    return f"{row['name'] or row['highway']} at {point.x:.1f}, {point.y:.1f}"


def _alike(one: Any, other: Any) -> bool:
    return bool(same_values(pd.Series([one], dtype=object), pd.Series([other], dtype=object))[0])


def _words(value: Any) -> str:
    return f"{value.x:.0f}, {value.y:.0f}" if hasattr(value, "x") else value_words(value)


def _drawn(step: Resolved) -> list[dict[str, Any]]:
    """Return what an edit changes, one shape each."""
    rows: list[dict[str, Any]] = []
    for patch in step.patch.tables:
        if patch.table == "nodes" or patch.table.startswith("zones "):
            continue
        if patch.table == "residents" and len(patch.after) > MOST_POINTS_DRAWN:
            rows += _zones_drawn(step)
            continue
        before, after = _tables(step, patch.table)
        new = set(step.patch.new_edges) if patch.table == "edges" else set(range(len(patch.added)))
        rows += [
            _row(patch.table, "added", came)
            for i, (_, came) in enumerate(patch.added.iterrows())
            if i in new
        ]
        if patch.table != "edges":
            rows += [_row(patch.table, "removed", gone) for _, gone in patch.removed.iterrows()]
        for old, now in zip(patch.before.index, patch.after.index, strict=True):
            told = _values(patch, old, now)
            if patch.table == "places" and "geometry" in patch.after.columns:
                rows.append(_row("places", "moved_from", before.iloc[old], told))
                rows.append(_row("places", "moved_to", after.iloc[now], told))
            else:
                rows.append(_row(patch.table, "changed", after.iloc[now], told))
        known = set(patch.after.index)
        for column in patch.gained.columns:
            rows += [
                _row(patch.table, "changed", after.iloc[i], f"{column}: {value_words(value)}")
                for i, value in patch.gained[column].dropna().items()
                if i not in known
            ]
    return rows


def _zones_drawn(step: Resolved) -> list[dict[str, Any]]:
    patches = step.patch.zones
    if not patches:
        return []
    patch = max(patches, key=lambda one: len(one.after))
    table = step.city.zones[patch.table.removeprefix("zones ")]
    return [
        _row(patch.table, "changed", table.iloc[now], _values(patch, old, now))
        for old, now in zip(patch.before.index, patch.after.index, strict=True)
    ]


def _tables(step: Resolved, name: str) -> tuple[Any, Any]:
    if name in ("edges", "barriers"):
        return getattr(step.before.streets, name), getattr(step.city.streets, name)
    return getattr(step.before, name), getattr(step.city, name)


def _values(patch: TablePatch, old: Any, now: Any) -> str:
    said = []
    for column in patch.after.columns:
        was, value = patch.before[column].loc[old], patch.after[column].loc[now]
        if column != "geometry" and not _alike(was, value):
            said.append(f"{column}: {value_words(was)} → {value_words(value)}")
    return "; ".join(said)


def _row(table: str, change: str, row: Any, values: str = "") -> dict[str, Any]:
    name = next((row[c] for c in ("name", "kind", "id") if c in row.index), None)
    return {
        "table": table,
        "change": change,
        "name": None if name is None or pd.isna(name) else str(name),
        "values": values,
        "geometry": row["geometry"],
    }


def _tell_who_closed(
    error: Quartieri15Error, edit: Edit, city: City, steps: list[Resolved]
) -> None:
    """Say of a place that is not there any more which edit took it."""
    words = getattr(edit, "place", None)
    if not isinstance(error, UnknownNameError) or not isinstance(words, str):
        return
    try:
        place = city.places["id"].iloc[place_named(city, words)]
    except Quartieri15Error:
        return
    for i, step in enumerate(steps, start=1):
        if place not in set(step.city.places["id"]):
            error.what = f"{words!r} is not there any more: edit {i} took it ({step.edit.words})"
            error.mend = "leave one of the two out, or change their order"
            return


def _placed(error: Quartieri15Error, place: str) -> Quartieri15Error:
    """Say where the edit stands that could not be made."""
    error.where = f"{place}, {error.where}" if error.where else place
    error.args = (str(error),)
    return error


def _require_scenario(scenario: object) -> None:
    if not isinstance(scenario, Scenario):
        raise ParameterError(
            f"a {type(scenario).__name__} is no scenario",
            where="scenario",
            mend="give a Scenario, or read one with Scenario.from_file(path)",
        )


def _list(value: object) -> list[Any]:
    if isinstance(value, Scenario | Assumption | Edit):
        return [value]
    return several(value)


def _edits(value: object) -> tuple[Edit, ...]:
    edits = []
    for i, one in enumerate(_list(value)):
        try:
            edits.append(one if isinstance(one, Edit) else edit_of(one))
        except Quartieri15Error as error:
            raise _placed(error, f"edit {i + 1}") from error
    return tuple(edits)


def _day(value: object, *, where: str) -> dt.date | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ParameterError(f"{shown(value)} is no day", where=where, mend="give one as 2026-12-31")


def _cost(value: object) -> float | None:
    if value is None:
        return None
    if not is_finite(value) or value < 0:
        raise ParameterError(
            f"cost_eur is {shown(value)}", where="cost_eur", mend="give euro, 0 or more"
        )
    return float(value)


def _names(value: object, *, where: str) -> tuple[str, ...]:
    found = _list(value)
    for one in found:
        require_text(one, where=where)
    return tuple(dict.fromkeys(found)) if where != "sources" else tuple(found)


def _assumption(value: object) -> Assumption:
    if isinstance(value, Assumption):
        return value
    if isinstance(value, str):
        return Assumption(value)
    if isinstance(value, Mapping) and "text" in value:
        unknown = [key for key in value if key not in ("text", "source")]
        if unknown:
            raise UnknownNameError.among(
                unknown[0], ("text", "source"), kind="key", where="assumptions"
            )
        return Assumption(**value)
    raise ParameterError(
        f"{shown(value)} is no assumption",
        where="assumptions",
        mend="give {text: ..., source: ...}; source: ours for your own",
    )


def _parameters(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ParameterError(
            f"parameters is {shown(value)}", where="parameters", mend="give values by name"
        )
    for name, one in value.items():
        require_text(name, where="parameters")
        if not isinstance(one, str | bool | np.bool_) and not is_finite(one):
            raise ParameterError(
                f"{name} is {shown(one)}",
                where=f"parameters, {name}",
                mend="give a text, a number, or true or false",
            )
    return dict(value)
