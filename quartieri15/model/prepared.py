"""What was prepared for a table: found again by the identity of the table, and gone with it."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

Value = TypeVar("Value")


class Prepared(Generic[Value]):
    """Values prepared for tables, each held for as long as its table is in use.

    A value is given again only while the columns it was made of are the very same: they are held
    here, so that pandas copies them before it writes into them (copy-on-write), and a table that
    was written into after all is noticed.

    Examples
    --------
    >>> import pandas as pd
    >>> totals = Prepared()
    >>> table = pd.DataFrame({"people": [1.0, 2.0]})
    >>> totals.of(table, ["people"], lambda: table["people"].sum())
    np.float64(3.0)
    >>> table.loc[0, "people"] = 5.0
    >>> totals.of(table, ["people"], lambda: table["people"].sum())
    np.float64(7.0)
    """

    def __init__(self) -> None:
        self._known: dict[int, _Entry[Value]] = {}
        self._lock = threading.Lock()

    def of(
        self, table: pd.DataFrame, columns: Sequence[str], prepare: Callable[[], Value]
    ) -> Value:
        """Return what was prepared for a table, and prepare it if nothing was.

        Parameters
        ----------
        table
            Any table.
        columns
            What the value is made of, beside the index.
        prepare
            Makes the value.
        """
        key = id(table)
        entry = self._known.get(key)
        if entry is not None and entry.table() is table and entry.holds(columns):
            return entry.value
        # Held before the value is made: whoever writes into the table meanwhile is noticed.
        held = {name: table[name] for name in columns}
        index, value = table.index, prepare()

        def forget(gone: weakref.ref[pd.DataFrame]) -> None:
            known = self._known.get(key)
            if known is not None and known.table is gone:
                self._known.pop(key, None)

        with self._lock:
            self._known[key] = _Entry(weakref.ref(table, forget), index, held, value)
        return value


@dataclass(frozen=True, eq=False)
class _Entry(Generic[Value]):
    """A value, the table it was made for, and what it was made of."""

    table: weakref.ref[pd.DataFrame]
    index: pd.Index
    columns: dict[str, pd.Series]
    value: Value

    def holds(self, columns: Sequence[str]) -> bool:
        table = self.table()
        return (
            table is not None
            and table.index is self.index
            and all(
                name in self.columns
                and name in table.columns
                and _is_same(self.columns[name], table[name])
                for name in columns
            )
        )


def _is_same(one: pd.Series, other: pd.Series) -> bool:
    """Tell whether two columns are one and the same in memory."""
    if one.dtype != other.dtype:
        return False
    if isinstance(one.dtype, np.dtype):
        here, there = one.to_numpy(), other.to_numpy()
        return (
            here.__array_interface__["data"] == there.__array_interface__["data"]
            and here.strides == there.strides
            and here.shape == there.shape
        )
    return one.array is other.array
