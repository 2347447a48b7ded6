"""What a check has found: one row per problem, each with where it is and its mend."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quartieri15.errors import Quartieri15Error

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final = ("error", "warning", "note")
"""A wrong number would follow, or nothing can be built; probably wrong: look; good to know."""

COLUMNS: Final = ("file", "row", "column", "problem", "mend", "severity", "rule")
FORMAT: Final = "quartieri15 check 1"
"""What the document of :func:`findings_document` is called. The number rises when a key changes."""

MOST_ROWS: Final = 100
"""Of one rule in one file more findings than this are counted, and not listed one by one."""

_ROW = re.compile(r"(?:^|, )((?:line|feature|record|row) [^,(]+)")
_COLUMN = re.compile(r", (?:column|key) '?([^']+)'?$")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One problem.

    Parameters
    ----------
    file
        The file it is in, relative to the folder; empty for the folder as a whole.
    row
        Where in the file: ``line 12``, ``feature 3``, the id of a place; None for all of it.
    column
        The column or property; None for none in particular.
    problem, mend
        What is wrong, and what to do about it.
    severity
        One of :data:`SEVERITIES`.
    rule
        The stable name of what was looked for, such as ``places.near_duplicate``.
    """

    file: str
    problem: str
    mend: str
    severity: Severity
    rule: str
    row: str | None = None
    column: str | None = None


def place_in(where: str | None) -> tuple[str | None, str | None]:
    """Return the row and the column that an error names.

    Examples
    --------
    >>> place_in("registry.csv, line 12, column lat, lon")
    ('line 12', 'lat, lon')
    >>> place_in("nil.geojson, feature 3")
    ('feature 3', None)
    >>> place_in("nil.geojson")
    (None, None)
    """
    row, column = _ROW.search(where or ""), _COLUMN.search(where or "")
    return (row[1].strip() if row else None), (column[1] if column else None)


def of_error(error: Quartieri15Error, *, file: str, rule: str) -> Finding:
    """Return what a reader refused as a finding."""
    row, column = place_in(error.where)
    return Finding(
        file=file,
        row=row,
        column=column,
        problem=error.what,
        mend=error.mend or "correct the file",
        severity="error",
        rule=rule,
    )


def limited(findings: Iterable[Finding], *, most: int = MOST_ROWS) -> Iterator[Finding]:
    """Give the first findings of every rule and file, and one that counts the rest."""
    seen: dict[tuple[str, str, Severity], int] = {}
    for finding in findings:
        key = (finding.file, finding.rule, finding.severity)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= most:
            yield finding
    for (file, rule, severity), count in seen.items():
        if count > most:
            yield Finding(
                file=file,
                problem=f"{count - most:,} more of the same kind",
                mend=f"mend the {most} that are listed, and check again",
                severity=severity,
                rule=rule,
            )


def findings_table(findings: Iterable[Finding], *, folder: str, kind: str) -> pd.DataFrame:
    """Return findings as a table, errors first, then by file.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, all text; ``row`` and ``column`` None where there is none. ``attrs``:
        ``folder``, ``kind`` (what the folder was taken for), and how many findings there are of
        every severity (``error``, ``warning``, ``note``).
    """
    found = list(dict.fromkeys(limited(findings)))
    # Sorting keeps the order of a file's own findings.
    found.sort(key=lambda one: (SEVERITIES.index(one.severity), one.file))
    table = pd.DataFrame([asdict(one) for one in found], columns=list(COLUMNS), dtype=object)
    table.attrs = {"folder": folder, "kind": kind}
    for word in SEVERITIES:
        table.attrs[word] = sum(one.severity == word for one in found)
    return table


def findings_document(table: pd.DataFrame) -> dict[str, Any]:
    """Return a table of findings as plain JSON for programs; see ``docs/checking.md``."""
    told = table.attrs
    return {
        "format": FORMAT,
        "folder": told["folder"],
        "kind": told["kind"],
        "counts": {word: told[word] for word in SEVERITIES},
        "findings": [
            {name: None if pd.isna(row[name]) else row[name] for name in COLUMNS}
            for row in table.to_dict("records")
        ],
    }


def told_at(shape: Any, crs: Any) -> str:
    """Say where a shape is, in degrees that a map understands.

    Examples
    --------
    >>> import shapely
    >>> told_at(shapely.Point(514_500, 5_034_500), "EPSG:32632")
    '45.46388 N, 9.18548 E'
    """
    import shapely
    from pyproj import Transformer

    from quartieri15.crs import GEOGRAPHIC

    point = shapely.point_on_surface(shape)
    to_degrees = Transformer.from_crs(crs, GEOGRAPHIC, always_xy=True)
    lon, lat = to_degrees.transform(point.x, point.y)
    return f"{abs(lat):.5f} {'N' if lat >= 0 else 'S'}, {abs(lon):.5f} {'E' if lon >= 0 else 'W'}"


def listed(names: Iterable[object], most: int = 10) -> str:
    """Name things, the first of many.

    Examples
    --------
    >>> listed("abc", 2)
    'a, b and 1 more'
    """
    told = [str(name) for name in names]
    more = f" and {len(told) - most:,} more" if len(told) > most else ""
    return ", ".join(told[:most]) + more
