"""What changed between two registries: places added and gone, moved, renamed, confirmed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.sources.registry import read_registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMPARED: Final = (
    *("name", "kind", "municipio", "has_wemi", "wemi_desk", "address"),
    *("location_precision", "location_uncertainty_m", "confidence", "ds3017_id", "nil_id"),
)
DIFFERENCE_COLUMNS: Final = (
    *("id", "name", "change", "column", "before", "after", "moved_m", "date", "source"),
)
LEAST_MOVE_M: Final = 1.0
"""A shorter way is one of rounding: six decimals of a degree are 0.1 m."""

_EARTH_RADIUS_M: Final = 6_371_008.8
# As quartieri15.sources.registry_edits writes them: [day] what: source
_EDITS: Final = re.compile(
    r"\[(\d{4}-\d\d-\d\d)\] (added|confirmed|corrected \w+, was (?:'[^']*'|\"[^\"]*\")): "
)
_PLACED: Final = ("corrected position", "corrected address")
_FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "confidence": ("confirmed", "corrected address"),
    **dict.fromkeys(
        ("municipio", "nil_id", "location_precision", "location_uncertainty_m"), _PLACED
    ),
}
"""Edits that change a column beside the one they name."""


def registry_differences(old: str | Path, new: str | Path) -> pd.DataFrame:
    """Compare two registries, place by place.

    Parameters
    ----------
    old, new
        The files, as :func:`~quartieri15.sources.registry.read_registry` reads them.

    Returns
    -------
    pandas.DataFrame
        :data:`DIFFERENCE_COLUMNS`: ``change`` is ``added``, ``gone``, ``moved`` (``moved_m``
        metres on the sphere, to a decimetre), ``changed`` (``column`` from ``before`` to
        ``after``) or ``sourced`` (a source more, and nothing else). ``date`` (text) and
        ``source`` are what the newer row says in addition to the older. In the order of the new
        file, those gone last.

    Raises
    ------
    MissingFileError, InputError
        As for ``read_registry``.
    """
    before, after = (_places(path) for path in (old, new))
    rows: list[dict[str, Any]] = []
    for place, row in after.items():
        if place in before:
            rows += _changes(place, before[place], row)
        else:
            told = _told(_text(row["source"]), ("added",))
            rows.append(_row(place, row, "added", after=row["address"], **told))
    rows += [
        _row(place, row, "gone", before=row["address"])
        for place, row in before.items()
        if place not in after
    ]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS), dtype=object)


def _places(path: str | Path) -> dict[str, dict[str, Any]]:
    return {str(row["id"]): dict(row) for row in read_registry(path).to_dict("records")}  # type: ignore[arg-type]


def _changes(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    more = _more(_text(old["source"]), _text(new["source"]))
    rows = []
    for column in COMPARED:
        before, after = _text(old[column]), _text(new[column])
        if before != after:
            told = _told(more, (f"corrected {column}", *_FOLLOWS.get(column, ())))
            rows.append(
                _row(place, new, "changed", column=column, before=before, after=after, **told)
            )
    there = [pd.notna(row["lat"]) for row in (old, new)]
    metres = _apart_m(old, new)
    if metres > LEAST_MOVE_M or there[0] != there[1]:
        ends = {
            name: f"{row['lat']:.6f}, {row['lon']:.6f}" if known else None
            for name, row, known in zip(("before", "after"), (old, new), there, strict=True)
        }
        told = _told(more, _PLACED)
        rows.append(_row(place, new, "moved", moved_m=round(metres, 1), **ends, **told))
    if not rows and _text(old["source"]) != _text(new["source"]):
        rows.append(_row(place, new, "sourced", **_told(more, ("confirmed",))))
    return rows


def _row(place: str, row: Mapping[str, Any], change: str, **told: Any) -> dict[str, Any]:
    texts = {
        name: value if name == "moved_m" else (_text(value) or None) for name, value in told.items()
    }
    empty = dict.fromkeys(DIFFERENCE_COLUMNS)
    return {**empty, "id": place, "name": row["name"], "change": change, **texts}


def _text(value: Any) -> str:
    """Return a value as it would be written: 12.0 is 12, unknown is nothing."""
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _more(old: str, new: str) -> str:
    """Return what a text says more than a former one; all of it where it begins otherwise."""
    return new.removeprefix(old).lstrip("; ")


def _told(said: str, edits: tuple[str, ...]) -> dict[str, str]:
    """Return the day and the source of the last edit of a kind that a text of sources tells.

    Where it tells of none, the text was written by hand: all of it is the source.
    """
    parts = _EDITS.split(said)
    found = {"date": "", "source": said}
    for date, what, source in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        if any(what == edit or what.startswith(f"{edit},") for edit in edits):
            found = {"date": date, "source": source.strip("; ")}
    return found


def _apart_m(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """Return how far apart two positions are, by the haversine on a sphere of the mean radius."""
    lat = np.radians([float(old["lat"]), float(new["lat"])])
    lon = np.radians([float(old["lon"]), float(new["lon"])])
    half = np.sin(np.diff(lat) / 2) ** 2
    half = half + np.cos(lat[0]) * np.cos(lat[1]) * np.sin(np.diff(lon) / 2) ** 2
    return float(2 * _EARTH_RADIUS_M * np.arcsin(np.sqrt(half))[0])
