"""What names a row: ids keep their type, and both sides of a join are of one kind.

One rule for places, zones and people: an id is a whole number or a text (or, in a table of
one's own, anything that can name a row), it is never converted, and where two tables are joined
both must hold the same kind. "007" is not 7, and a join of the two would find nobody.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from quartieri15.errors import InputError

_KINDS = {
    "string": "text",
    "empty": "",
    "integer": "whole numbers",
    "mixed-integer": "numbers and text",
    "mixed": "several kinds of values",
}
_NOT_CONVERTED = "ids are not converted, for 007 is not 7: give both the same type"


def kind_of(ids: Any) -> str:
    """Say what kind of values ids are; nothing where there is none.

    Whole numbers that had to become floats beside a missing one are whole numbers.

    Examples
    --------
    >>> kind_of(["001", "2"]), kind_of([1, 2]), kind_of([1.0, None]), kind_of([])
    ('text', 'whole numbers', 'whole numbers', '')
    """
    if isinstance(getattr(ids, "dtype", None), pd.StringDtype):
        return "text" if not pd.isna(ids).all() else ""
    if getattr(ids, "dtype", None) == np.int64:
        return "whole numbers" if len(ids) else ""
    values = pd.Series(ids).astype(object).dropna()
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found in ("floating", "mixed-integer-float"):
        numbers = values.to_numpy(dtype=float)
        return "whole numbers" if (numbers % 1 == 0).all() else "fractions"
    return _KINDS.get(found, found)


def checked(ids: pd.Series, *, where: str) -> pd.Series:
    """Return a column of codes, whole numbers or text as it is written.

    Raises
    ------
    InputError
        If a code is missing, or they are neither, or both.
    """
    missing = ids.isna().to_numpy()
    if missing.any():
        raise InputError(
            "the value is missing",
            where=f"{where}, row {ids.index[missing][0]}",
            mend="fill it in or leave the row out",
        )
    kind = kind_of(ids)
    if kind == "whole numbers":
        return ids.astype("int64")
    if kind in ("text", ""):
        return ids.astype(object)
    raise InputError(
        f"it holds {kind}",
        where=where,
        mend="give whole numbers alone, or text alone, such as '001'",
    )


def require_hashable(ids: pd.Series, *, where: str) -> None:
    """Refuse what cannot name a row, such as a list."""
    for row, name in zip(ids.index, ids, strict=True):
        if not isinstance(name, Hashable):
            raise InputError(
                f"the id is a {type(name).__name__}",
                where=f"{where}, row {row}",
                mend="give every row its own id",
            )


def require_same_kind(ids: Any, known: Any, *, where: str, known_where: str) -> None:
    """Refuse to join ids to others of another kind.

    Parameters
    ----------
    ids, known
        The two columns.
    where, known_where
        What messages call them.

    Raises
    ------
    InputError
        If both hold values, of different kinds.

    Examples
    --------
    >>> require_same_kind([1], ["001"], where="residents, column nil", known_where="zones nil, id")
    Traceback (most recent call last):
    ...
    quartieri15.errors.InputError: residents, column nil: it holds whole numbers (1), and zones \
nil, id holds text ('001'). Mend: ids are not converted, for 007 is not 7: give both the same type.
    """
    kinds = [kind_of(ids), kind_of(known)]
    if "" in kinds or kinds[0] == kinds[1]:
        return
    first = [_first(ids), _first(known)]
    raise InputError(
        f"it holds {kinds[0]} ({first[0]!r}), and {known_where} holds {kinds[1]} ({first[1]!r})",
        where=where,
        mend=_NOT_CONVERTED,
    )


def _first(ids: Any) -> Any:
    """Return the first value there is, as Python knows it."""
    value = pd.Series(ids).dropna().iloc[0]
    return value.item() if isinstance(value, np.generic) else value
