"""What may be given for an option: numbers, texts, choices, paths, and what to say of the rest.

A number is one of Python or a scalar of numpy (``15``, ``15.0``, ``np.float64(15)``). True and
False are none, nor is an array, were it of one value and no dimension.
"""

from __future__ import annotations

import datetime as dt
import math
import os
import reprlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import pandas as pd

from quartieri15.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def shown(value: object) -> str:
    """Return what an error message calls a value that was given.

    Examples
    --------
    >>> import pandas as pd
    >>> shown("ten"), shown(pd.DataFrame())
    ("'ten'", 'a DataFrame')
    """
    plain = value is None or isinstance(
        value, int | float | str | bytes | list | tuple | dict | set | np.generic | os.PathLike
    )
    with suppress(ValueError):  # a whole number of thousands of digits is not written out
        if plain:
            return reprlib.repr(value)
    return f"a {type(value).__name__}"


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a value is a number, by the rule of this module.

    Examples
    --------
    >>> import numpy as np
    >>> is_number(np.float64(15)), is_number(True), is_number(np.array(15))
    (True, False, False)
    """
    number = isinstance(value, int | float | np.integer | np.floating)
    return number and not isinstance(value, bool)


def is_finite(value: object) -> TypeGuard[float]:
    """Tell whether a value is a number that is not infinite nor missing."""
    try:
        return is_number(value) and math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number, by its type."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def several(value: object) -> list[Any]:
    """Return the values of a collection; anything else is a list of itself.

    Of a text, a mapping or a table only letters or names would be read: they are one value.

    Examples
    --------
    >>> several((5, 10)), several("abc"), several(np.array(15))
    ([5, 10], ['abc'], [array(15)])
    """
    bare = isinstance(value, str | bytes | Mapping | pd.DataFrame)
    bare |= isinstance(value, np.ndarray) and value.ndim == 0
    return [value] if bare or not isinstance(value, Iterable) else list(value)


def require_numbers(values: object, *, where: str) -> NDArray[np.float64]:
    """Return numbers as an array of their shape, or say that they are none.

    Examples
    --------
    >>> require_numbers([1, 2.5], where="part"), require_numbers(3, where="part")
    (array([1. , 2.5]), array(3.))
    """
    with suppress(TypeError, ValueError, OverflowError):
        plain = np.asarray(values)
        kind = plain.dtype.kind
        if kind in "iuf" or (kind == "O" and all(map(is_number, plain.ravel()))):
            return plain.astype(np.float64)
    raise ParameterError(f"{where} is {shown(values)}", where=where, mend="give numbers")


def require_whole(value: object, *, where: str, least: int, most: int | None = None) -> int:
    """Return a whole number within its bounds, as one of Python, or say that it is none.

    Examples
    --------
    >>> require_whole(3, where="k", least=1, most=20)
    3
    """
    if is_whole(value) and least <= value <= (value if most is None else most):
        return int(value)
    bounds = f", {least} or more" if most is None else f" from {least} to {most:,}"
    raise ParameterError(
        f"{where} is {shown(value)}", where=where, mend=f"give a whole number{bounds}"
    )


def require_flag(value: object, *, where: str) -> None:
    """Refuse what is neither true nor false."""
    if not isinstance(value, bool | np.bool_):
        raise ParameterError(f"{where} is {shown(value)}", where=where, mend="give True or False")


def require_text(value: object, *, where: str) -> None:
    """Refuse what is no text, or an empty one."""
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(f"{where} is {shown(value)}", where=where, mend="give a text")


def is_one_of(value: object, words: Iterable[str]) -> bool:
    """Tell whether a value is one of some words; an array or a table is none."""
    return isinstance(value, str) and value in words


def require_choice(value: object, choices: Sequence[str], *, where: str, mend: str) -> None:
    """Refuse what is none of some words."""
    if not is_one_of(value, choices):
        raise ParameterError(f"{where} is {shown(value)}", where=where, mend=mend)


def require_progress(value: object) -> None:
    """Refuse what cannot be told how far the work is."""
    if not callable(value):
        raise ParameterError(
            f"progress is {shown(value)}", where="progress", mend="give a function of one text"
        )


def require_moment(value: object, *, where: str) -> None:
    """Refuse what is no date with a time."""
    # pandas calls its missing time a datetime.
    if not isinstance(value, dt.datetime) or value != value:  # noqa: PLR0124
        raise ParameterError(
            f"{where} is {shown(value)}",
            where=where,
            mend="give a time, such as datetime(2026, 11, 26, tzinfo=UTC)",
        )


def require_path(value: object, *, where: str) -> Path:
    """Return a path, or say that it is none."""
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(path, str) or not path:
        raise ParameterError(f"{shown(value)} is no path", where=where, mend="give a path of text")
    if "\0" in path:
        raise ParameterError(
            f"{shown(value)} is no path: it holds a NUL character, which no name of a file may",
            where=where,
            mend="leave the character out",
        )
    return Path(path)
