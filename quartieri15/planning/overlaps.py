"""Where changes meet: cells of tables that two edits, or two scenarios, set one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from quartieri15.errors import InputError
from quartieri15.planning.edits.edit import value_words
from quartieri15.planning.edits.values import listed
from quartieri15.planning.patches import same_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.planning.edits import Resolved
    from quartieri15.planning.patches import TablePatch
    from quartieri15.planning.scenario import Scenario

    Cell = tuple[str, str, str]
    """Table, row in words, and column."""


def told_again(step: Resolved, number: int, changed_by: dict[Cell, int]) -> Resolved:
    """Say where an edit changes again what an earlier one of the same scenario changed."""
    cells = [key for patch in step.patch.tables for key, _ in _cells(patch, step.before)]
    again = sorted({changed_by[key] + 1 for key in cells if key in changed_by})
    changed_by |= dict.fromkeys(cells, number)
    if not again:
        return step
    said = f"{step.said}; changes again what edit {listed(map(str, again))} changed"
    return replace(step, said=said)


def require_apart(scenarios: Sequence[Scenario], city: City) -> None:
    """Refuse scenarios that give one cell of a table different values.

    What a scenario requires it builds on: it may change that again.
    """
    known: dict[Cell, list[tuple[str, Any]]] = {}
    builds_on: dict[str, set[str]] = {}
    for one in scenarios:
        before = set(one.requires).union(*(builds_on.get(name, ()) for name in one.requires))
        builds_on[one.name] = before
        ground = city
        for other in scenarios:
            if other.name in before:
                ground = replace(other, requires=(), conflicts=()).apply(ground)
        own: dict[Cell, Any] = {}
        for step in replace(one, requires=(), conflicts=()).resolve(ground).steps:
            for patch in step.patch.tables:
                own |= dict(_cells(patch, step.before))
        for key, value in own.items():
            for name, other_value in known.get(key, ()):
                if name in before or same_value(other_value, value):
                    continue
                table, row, column = key
                raise InputError(
                    f"{name} and {one.name} change {column} of {row} differently: "
                    f"{_words(other_value)} and {_words(value)}",
                    where=table,
                    mend="take one of the two, or put both into one scenario in the order meant",
                )
            known.setdefault(key, []).append((one.name, value))


def _cells(patch: TablePatch, before: City) -> Iterator[tuple[Cell, Any]]:
    """Return what a patch makes of rows, named so that their numbers do not matter."""
    if patch.table not in ("places", "edges"):
        return
    table = before.places if patch.table == "places" else before.streets.edges
    for old, new in zip(patch.before.index, patch.after.index, strict=True):
        row = _row_words(patch.table, table.iloc[old])
        for column in patch.after.columns:
            value, was = patch.after[column].loc[new], patch.before[column].loc[old]
            if not same_value(value, was):
                yield (patch.table, row, column), value
    if patch.table == "places":
        for _, gone in patch.removed.iterrows():
            yield (patch.table, _row_words("places", gone), "existence"), "closed"
        for _, came in patch.added.iterrows():
            yield (patch.table, _row_words("places", came), "existence"), came["geometry"]


def _row_words(table: str, row: pd.Series[Any]) -> str:
    if table == "places":
        return f"{row['name']} ({row['id']})"
    point = row["geometry"].interpolate(0.5, normalized=True)
    return f"{row['name'] or row['highway']} at {point.x:.1f}, {point.y:.1f}"


def _words(value: Any) -> str:
    return f"{value.x:.0f}, {value.y:.0f}" if hasattr(value, "x") else value_words(value)
