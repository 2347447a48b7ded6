"""How objects show themselves in a notebook: facts beside their names, and the tables they hold."""

from __future__ import annotations

import dataclasses
import html
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN: Final = 10
"""Rows of a table that a notebook shows of an object."""

_DIGITS: Final = 4


def facts_html(title: str, facts: Iterable[tuple[str, object]]) -> str:
    """Return facts as a table of HTML, all texts escaped but those that are markup.

    Parameters
    ----------
    title
        What they are about.
    facts
        Each with its name.

    Examples
    --------
    >>> facts_html("Town", [("streets", "2 < 3")])  # doctest: +NORMALIZE_WHITESPACE
    "<table><caption>Town</caption><tbody><tr><th scope='row'>streets</th><td>2 &lt;
    3</td></tr></tbody></table>"
    """
    body = "".join(
        f"<tr><th scope='row'>{_escaped(name)}</th><td>{_escaped(told)}</td></tr>"
        for name, told in facts
    )
    return f"<table><caption>{html.escape(title)}</caption><tbody>{body}</tbody></table>"


def _escaped(told: object) -> str:
    markup = getattr(told, "__html__", None)
    return str(markup()) if markup else html.escape(str(told))


def tables_html(result: Any, *, title: str, first: str) -> str:
    """Return the begin of one table of a result, and how long all its tables are.

    Parameters
    ----------
    result
        A dataclass of tables.
    title
        What it is.
    first
        The name of the table that is shown.
    """
    import pandas as pd

    held = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    tables = {name: table for name, table in held.items() if isinstance(table, pd.DataFrame)}
    shown = tables[first].head(_SHOWN)
    geometry = getattr(shown, "active_geometry_name", None)
    plain: Any = shown.drop(columns=geometry) if geometry else shown
    drawn = plain.to_html(index=False, na_rep="", float_format=_number, border=0)
    rows = ", ".join(f".{name} ({len(table):,} rows)" for name, table in tables.items())
    return f"<p>{html.escape(title)}</p>{drawn}<p>{html.escape(rows)}</p>"


def _number(value: float) -> str:
    """Write a number with four digits, and the whole of a larger one."""
    digits = max(_DIGITS, len(f"{abs(value):.0f}"))
    return f"{value:,.{digits}g}"
