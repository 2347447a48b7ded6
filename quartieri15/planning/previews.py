"""What a scenario changes, as shapes on a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from quartieri15.planning.edits.edit import value_words
from quartieri15.planning.patches import same_value

if TYPE_CHECKING:
    from quartieri15.planning.edits import Resolved
    from quartieri15.planning.patches import TablePatch

MOST_POINTS_DRAWN: Final = 2000
"""Points of residents that are drawn; of more, the zones they are in."""


def drawn(step: Resolved) -> list[dict[str, Any]]:
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
        if column != "geometry" and not same_value(was, value):
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
