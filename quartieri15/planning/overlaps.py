"""Where changes meet: cells of tables that two edits, or two scenarios, set one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import shapely

from quartieri15.errors import InputError
from quartieri15.planning.edits.edit import value_words
from quartieri15.planning.edits.values import listed
from quartieri15.planning.patches import same_value, same_values

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
    rows = _row_words(patch.table, table.iloc[patch.before.index.to_numpy()])
    columns = [
        (column, patch.after[column].array, ~same_values(patch.before[column], patch.after[column]))
        for column in patch.after.columns
    ]
    for i, row in enumerate(rows):
        for column, values, differs in columns:
            if differs[i]:
                yield (patch.table, row, column), values[i]
    if patch.table == "places":
        for row in _row_words("places", patch.removed):
            yield (patch.table, row, "existence"), "closed"
        if len(patch.added):
            shapes = patch.added["geometry"]
            for row, shape in zip(_row_words("places", patch.added), shapes, strict=True):
                yield (patch.table, row, "existence"), shape


def _row_words(table: str, rows: pd.DataFrame) -> list[str]:
    if not len(rows):
        return []
    if table == "places":
        return [f"{name} ({own})" for name, own in zip(rows["name"], rows["id"], strict=True)]
    middles = shapely.line_interpolate_point(rows["geometry"].to_numpy(), 0.5, normalized=True)
    return [
        f"{name or kind} at {x:.1f}, {y:.1f}"
        for name, kind, (x, y) in zip(
            rows["name"], rows["highway"], shapely.get_coordinates(middles), strict=True
        )
    ]


def _words(value: Any) -> str:
    return f"{value.x:.0f}, {value.y:.0f}" if hasattr(value, "x") else value_words(value)
