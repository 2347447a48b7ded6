"""What names a row: ids keep their type, and both sides of a join are of one kind.

One rule for places, zones and people: an id is a whole number or a text (or, in a table of
one's own, anything that can name a row), it is never converted, and where two tables are joined
both must hold the same kind. "007" is not 7, and a join of the two would find nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, NamedTuple

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
_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "blanks": lambda text: re.sub(r"\s", "", text),
    "capitals": str.casefold,
    "a decimal point": lambda text: re.sub(r"(?<=\d)[.,]0+$", "", text),
    "leading zeros": lambda text: re.sub(r"^0+(?=.)", "", text),
}
"""What programs change in an id on its way from one file to another, and how it is undone."""
SPELLING_MEND = (
    "write the ids of both files alike; a spreadsheet keeps leading zeros in columns that are "
    "formatted as text before the file is opened in it"
)
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


class Spelling(NamedTuple):
    """One id in two spellings, and what they differ in."""

    one: str
    other: str
    differs_in: str


def spelt_otherwise(ids: Iterable[object], others: Iterable[object]) -> list[Spelling]:
    """Pair ids with those of another file that are the same but for how a program wrote them.

    Parameters
    ----------
    ids, others
        Ids of two files, those of each file that the other has not.

    Returns
    -------
    list of Spelling
        In the order of ``ids``. An id that could be paired with several is paired with none.

    Examples
    --------
    >>> for pair in spelt_otherwise(["0101", "a1", "7"], ["101", "42.0", "A 1"]):
    ...     print(pair.one, pair.other, pair.differs_in)
    0101 101 leading zeros
    a1 A 1 blanks, capitals
    """
    written, written_there = ([str(name) for name in side] for side in (ids, others))
    known = {_bare(name): name for name in written_there}
    once = Counter(map(_bare, written)), Counter(map(_bare, written_there))
    return [
        Spelling(name, known[bare], _difference(name, known[bare]))
        for name, bare in ((name, _bare(name)) for name in written)
        if bare and once[0][bare] == once[1][bare] == 1 and name != known[bare]
    ]


def _bare(name: str, *, but: str | None = None) -> str:
    """Return an id without what programs change in it, or with one of these left."""
    for what, undone in _SPELLINGS.items():
        name = name if what == but else undone(name)
    return name


def _difference(one: str, other: str) -> str:
    needed = [what for what in _SPELLINGS if _bare(one, but=what) != _bare(other, but=what)]
    return ", ".join(needed) or " or ".join(_SPELLINGS)


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
