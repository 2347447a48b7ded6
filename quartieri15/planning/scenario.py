"""A scenario: an ordered list of edits with a name, a date and a cost, that makes a city another.

A scenario is a function from a city to a city, with its story. Its edits are made in the order
in which they are written, each in the city that the ones before it left; all of them, or none. The
city that is given stays as it is, and what no edit touches is shared with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from markupsafe import Markup

from quartieri15.arguments import is_finite, require_text, several, shown
from quartieri15.errors import (
    AmbiguousNameError,
    InputError,
    ParameterError,
    Quartieri15Error,
    UnknownNameError,
)
from quartieri15.model.city import require_city
from quartieri15.model.notebook_tables import facts_html
from quartieri15.plain_json import plain_json
from quartieri15.planning.applied import Applied
from quartieri15.planning.combining import in_order, joined, require_no_conflict
from quartieri15.planning.edits import Edit, Undo, edit_of
from quartieri15.planning.edits.values import listed
from quartieri15.planning.overlaps import require_apart, told_again
from quartieri15.planning.sources import place_of_edit, place_of_name
from quartieri15.planning.wording import Wording, said_in, wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.planning.edits import Resolved
    from quartieri15.planning.overlaps import Cell

OURS: Final = "ours"
"""The source of an assumption that is the author's own."""

APPLIED: Final = "scenarios"
"""Where the provenance of a city tells which scenarios it went through."""


@dataclass(frozen=True)
class Assumption:
    """What a scenario takes for granted, and who says so.

    Parameters
    ----------
    text
        The assumption: a text in Italian, or texts by language (``{"it": ..., "en": ...}``).
    source
        Where it comes from, said in the same way; ``"ours"`` where it is the author's own.

    Raises
    ------
    ParameterError
        If one is no text, or an empty one.
    UnknownNameError
        If a language is neither ``"it"`` nor ``"en"``.

    Examples
    --------
    >>> from quartieri15.planning.scenario import Assumption
    >>> Assumption({"it": "Resta aperta", "en": "It stays open"}).text["en"]
    'It stays open'
    """

    text: Wording
    source: Wording = OURS

    def __post_init__(self) -> None:
        for name in ("text", "source"):
            told = wording(getattr(self, name), where=f"assumptions, {name}")
            object.__setattr__(self, name, told)


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
        What it is, for a reader: a text in Italian, or texts by language
        (``{"it": ..., "en": ...}``).
    cost_eur
        What it costs, in euro.
    cost_source
        Who says what it costs, said in the same way.
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
    named_at
        Where ``("requires", name)`` and ``("conflicts", name)`` stand, for errors.
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
        If there is no such kind of edit or field, or a text is in a language that is neither
        ``"it"`` nor ``"en"``; the nearest are told.

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
    description: Wording | None = None
    cost_eur: float | None = None
    cost_source: Wording | None = None
    assumptions: tuple[Assumption, ...] = ()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = field(default=(), compare=False)
    named_at: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False)
    undoes: str | None = field(default=None, compare=False)
    made_of: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        require_text(self.name, where="scenario")
        if self.undoes is not None:
            require_text(self.undoes, where="undoes")
        kept: dict[str, Any] = {
            **{
                name: wording(getattr(self, name), where=name)
                for name in ("description", "cost_source")
                if getattr(self, name) is not None
            },
            "edits": _edits(self.edits),
            "date": _day(self.date, where="date"),
            "until": _day(self.until, where="until"),
            "cost_eur": _cost(self.cost_eur),
            "assumptions": tuple(assumption_of(one) for one in _list(self.assumptions)),
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
        changed_by: dict[Cell, int] = {}
        now = city
        for i, edit in enumerate(self.edits):
            try:
                step = edit.resolve(now)
            except Quartieri15Error as error:
                _tell_what_took_it(error, edit, steps)
                _ask_for_its_city(error, self.edits, city)
                raise _placed(error, place_of_edit(self, i)) from error
            now = step.city
            steps.append(told_again(step, i, changed_by) if len(self.edits) > 1 else step)
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
        require_no_conflict([self, other])
        if other.name in self.requires:
            raise InputError(
                f"{self.name} requires {other.name}, which comes after it",
                where="then",
                mend="turn the two round",
            )
        return joined([self, other])

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
                where=place_of_name(self, "requires", missing[0]),
                mend="apply it first, or put both together with combined([...])",
            )
        if both := [name for name in self.conflicts if name in done]:
            raise InputError(
                f"{self.name} conflicts with {listed(both)}, which {city.name} has been through",
                where=place_of_name(self, "conflicts", both[0]),
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
            *([("description", _tagged(self.description))] if self.description else []),
            *([("cost", f"{self.cost_eur:,.0f} €")] if self.cost_eur is not None else []),
            *([("cost: source", _tagged(self.cost_source))] if self.cost_source else []),
            *((f"edit {i + 1}", edit.words) for i, edit in enumerate(self.edits)),
            *(
                (Markup("assumption ({})").format(_tagged(one.source)), _tagged(one.text))
                for one in self.assumptions
            ),
            *(("requires", name) for name in self.requires),
            *(("conflicts with", name) for name in self.conflicts),
            *((f"parameter {name}", str(value)) for name, value in self.parameters.items()),
        ]
        return facts_html(self.name, rows)


def _tagged(text: Wording) -> Markup:
    """Write a text as a notebook shows it, which speaks English."""
    told, language = (text, "en") if text == OURS else said_in(text, "en")
    return Markup('<span lang="{}">{}</span>').format(language, told)


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
    require_no_conflict(given)
    ordered = in_order(given)
    if city is not None:
        require_apart(ordered, city)
    whole = joined(ordered)
    return whole if name is None else replace(whole, name=name)


def _ask_for_its_city(error: Quartieri15Error, edits: Sequence[Edit], city: City) -> None:
    """Ask whether a plan is of another city, where most of it names what this one does not have."""
    if not _is_unknown(error):
        return
    unknown = 0
    for edit in edits:
        try:
            edit.resolve(city)
        except Quartieri15Error as own:
            unknown += _is_unknown(own)
    if unknown > max(1, len(edits) / 2):
        error.mend = (
            f"{unknown} of its {len(edits)} edits name what {city.name} does not have: is it a "
            "plan of another city? Name that one (--city)"
        )


def _is_unknown(error: Quartieri15Error) -> bool:
    return isinstance(error, UnknownNameError) and not isinstance(error, AmbiguousNameError)


def _tell_what_took_it(error: Quartieri15Error, edit: Edit, steps: Sequence[Resolved]) -> None:
    """Say of an edit that cannot be made any more which one before it is why."""
    for i, step in reversed([*enumerate(steps, start=1)]):
        try:
            edit.resolve(step.before)
        except Quartieri15Error:
            continue
        error.what = f"{error.what} since edit {i} ({step.edit.words})"
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


def assumption_of(value: object) -> Assumption:
    """Return an assumption as it was given: itself, its text, or its text and source by name.

    Raises
    ------
    ParameterError, UnknownNameError
        If it is none.
    """
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
