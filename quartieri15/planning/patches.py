"""What an edit changes, row by row and cell by cell, with what stood there before.

A patch is read in both directions. Forward it is what an edit did; backward it gives back the
table it was made of: the same values in the same rows, order, types and index. What an edit did
is counted from its patch, so that what is told and what was done are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Layout:
    """How a table is laid out: its rows by name, its columns by type.

    Parameters
    ----------
    index
        The index.
    dtypes
        The type of each column, in the order of the columns.
    """

    index: pd.Index
    dtypes: dict[str, Any]

    @classmethod
    def of(cls, table: pd.DataFrame) -> Layout:
        """Return how a table is laid out."""
        return cls(table.index, {str(name): table[name].dtype for name in table.columns})


@dataclass(frozen=True, eq=False, repr=False)
class TablePatch:
    """What changes in one table.

    Parameters
    ----------
    table
        Which table: ``places``, ``edges``, ``nodes``, ``barriers``, ``residents``, or
        ``zones`` and the name of a set.
    before, after : pandas.DataFrame
        Cells that change, row for row: as they were, with their positions in the table before
        as index, and as they are, with their positions in the table after. A cell that is the
        same in both stands here where another of its row or column changes.
    removed : pandas.DataFrame
        Whole rows that go, with their positions in the table before as index.
    added : pandas.DataFrame
        Whole rows that come, with their positions in the table after as index.
    lost, gained : pandas.DataFrame
        Whole columns that go, and that come.
    layout_before, layout_after
        Index and types of the two tables.
    """

    table: str
    before: pd.DataFrame
    after: pd.DataFrame
    removed: pd.DataFrame
    added: pd.DataFrame
    lost: pd.DataFrame
    gained: pd.DataFrame
    layout_before: Layout
    layout_after: Layout

    @classmethod
    def between(
        cls,
        table: str,
        before: pd.DataFrame,
        after: pd.DataFrame,
        *,
        origin: NDArray[np.int64] | None = None,
        rows: NDArray[np.int64] | None = None,
        columns: Iterable[str] | None = None,
    ) -> TablePatch:
        """Compare two tables.

        Parameters
        ----------
        table
            What the table is called.
        before, after
            The two tables. Rows that stay keep their order.
        origin
            For each row of ``after`` its position in ``before``, -1 for a new one. None where
            rows are the same.
        rows
            Positions in ``before`` of the rows that may have changed; None for all that stay.
        columns
            Columns that may have changed; None for all.

        Returns
        -------
        TablePatch

        Examples
        --------
        >>> old = pd.DataFrame({"name": ["Zante", "Boifava"], "capacity": [40.0, 60.0]})
        >>> patch = TablePatch.between("places", old, old.assign(capacity=[40.0, 80.0]))
        >>> patch.after["capacity"].to_dict(), patch.inverse().after["capacity"].to_dict()
        ({1: 80.0}, {1: 60.0})
        """
        new = gone = np.empty(0, dtype=np.int64)
        if origin is None:
            stays = came_from = np.arange(len(before)) if rows is None else rows
        else:
            new = np.flatnonzero(origin < 0)
            stays = np.flatnonzero(origin >= 0)
            gone = _others(origin[stays], len(before))
            if rows is not None:
                asked = np.zeros(len(before), dtype=bool)
                asked[rows] = True
                stays = stays[asked[origin[stays]]]
            came_from = origin[stays]
        shared = [name for name in before.columns if name in after.columns]
        wanted = shared if columns is None else [name for name in shared if name in set(columns)]
        if not len(stays):
            wanted = []
        old, now = _picked(before[wanted], came_from), _picked(after[wanted], stays)
        differs = {name: ~same_values(old[name], now[name]) for name in wanted}
        changed_columns = [name for name, differ in differs.items() if differ.any()]
        changed = np.zeros(len(stays), dtype=bool)
        for name in changed_columns:
            changed |= differs[name]
        return cls(
            table=table,
            before=_some(old, changed, changed_columns, came_from),
            after=_some(now, changed, changed_columns, stays),
            removed=_plain(before.iloc[gone], gone),
            added=_plain(after.iloc[new], new),
            lost=_columns(before, [c for c in before.columns if c not in after.columns]),
            gained=_columns(after, [c for c in after.columns if c not in before.columns]),
            layout_before=Layout.of(before),
            layout_after=Layout.of(after),
        )

    def __repr__(self) -> str:
        return (
            f"TablePatch({self.table}: {len(self.after)} rows changed, {len(self.added)} added, "
            f"{len(self.removed)} removed)"
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes: no row, no cell, no value in a column that comes or goes."""
        columns = bool(self.lost.notna().any(axis=None)) or bool(self.gained.notna().any(axis=None))
        return not (len(self.after) or len(self.added) or len(self.removed) or columns)

    def inverse(self) -> TablePatch:
        """Return the patch that gives the table before back."""
        return TablePatch(
            table=self.table,
            before=self.after,
            after=self.before,
            removed=self.added,
            added=self.removed,
            lost=self.gained,
            gained=self.lost,
            layout_before=self.layout_after,
            layout_after=self.layout_before,
        )

    def apply(self, table: pd.DataFrame) -> Any:
        """Return a table with the changes made.

        Parameters
        ----------
        table
            The table before, or one with the same rows in which what this patch changes
            stands as it was.

        Returns
        -------
        pandas.DataFrame or geopandas.GeoDataFrame
            Of the kind of ``table``.

        Raises
        ------
        InputError
            If rows or cells that this patch changes are not as they were.
        """
        self._require(table)
        new = table.copy(deep=False)
        for name in self.after.columns:
            values = table[name].astype(object).to_numpy(copy=True)
            values[self.before.index.to_numpy()] = self.after[name].astype(object).to_numpy()
            new[name] = pd.Series(values, index=table.index, dtype=object).astype(
                self.layout_after.dtypes[name]
            )
        if len(self.removed) or len(self.added):
            new = self._with_rows(new)
        new = new.drop(columns=list(self.lost.columns))
        for name in self.gained.columns:
            new[name] = self.gained[name].set_axis(new.index)
        for name, dtype in self.layout_after.dtypes.items():
            if name in new.columns and new[name].dtype != dtype:
                new[name] = new[name].astype(dtype)
        others = [name for name in new.columns if name not in self.layout_after.dtypes]
        new = new[[*self.layout_after.dtypes, *others]]
        new.index = self.layout_after.index
        new.attrs = table.attrs
        return new

    def _with_rows(self, table: pd.DataFrame) -> pd.DataFrame:
        keep = np.ones(len(table), dtype=bool)
        keep[self.removed.index.to_numpy()] = False
        kept = table[keep]
        # The columns that come and go are seen to afterwards.
        added = self.added.reindex(columns=kept.columns)
        types = {
            name: dtype
            for name, dtype in self.layout_after.dtypes.items()
            if name in kept.columns and name in added.columns
        }
        kept, added = kept.astype(types), added.astype(types)
        parts = [part for part in (kept, added) if len(part)]
        joined = pd.concat(parts, ignore_index=True) if parts else kept
        if hasattr(table, "active_geometry_name"):
            import geopandas as gpd

            # Where no row was kept, only the plain ones of the patch are there.
            joined = gpd.GeoDataFrame(joined, geometry=table.active_geometry_name, crs=table.crs)
        at = self.added.index.to_numpy()
        place = np.empty(len(joined), dtype=np.int64)
        place[len(kept) :] = at
        place[: len(kept)] = _others(at, len(joined))
        return joined.iloc[np.argsort(place)]

    def _require(self, table: pd.DataFrame) -> None:
        """Refuse a table in which what changes is not as it was."""
        mend = "undo it on the city that it was applied to, before anything else is changed there"
        if len(table) != len(self.layout_before.index):
            raise InputError(
                f"there are {len(table):,} rows and not {len(self.layout_before.index):,}",
                where=self.table,
                mend=mend,
            )
        for known in (self.before, self.removed):
            found = table.iloc[known.index.to_numpy()]
            for name in known.columns:
                if name not in found.columns:
                    raise InputError(f"column {name} is missing", where=self.table, mend=mend)
                other = ~same_values(known[name], found[name])
                if other.any():
                    row = found.index[other][0]
                    raise InputError(
                        f"{found[name].loc[row]} stands where {known[name].to_numpy()[other][0]} "
                        "is expected",
                        where=f"{self.table}, row {row}, column {name}",
                        mend=mend,
                    )


def _others(positions: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """Return all positions below a number but some, ascending."""
    others = np.ones(number, dtype=bool)
    others[positions] = False
    return np.flatnonzero(others)


def _picked(table: pd.DataFrame, positions: NDArray[np.int64]) -> pd.DataFrame:
    """Return some rows; the table itself where all are asked for in their order."""
    if len(positions) == len(table) and bool((positions == np.arange(len(table))).all()):
        return table
    return table.iloc[positions]


def same_values(first: pd.Series, second: pd.Series) -> NDArray[np.bool_]:
    """Tell row by row which values are the same; two missing ones are.

    Examples
    --------
    >>> same_values(pd.Series([1.0, None, 2.0]), pd.Series([1.0, None, 3.0])).tolist()
    [True, True, False]
    """
    if first.dtype == second.dtype and first.array is second.array:
        return np.ones(len(first), dtype=bool)
    if first.dtype.kind in "iufb" and second.dtype.kind in "iufb":
        one, other = first.to_numpy(), second.to_numpy()
        alike: NDArray[np.bool_] = (one == other) | ((one != one) & (other != other))  # noqa: PLR0124 - not a number
        return alike
    none = np.array([first.isna().to_numpy(), second.isna().to_numpy()], dtype=bool)
    texts = pd.StringDtype(na_value=np.nan)
    if first.dtype == texts and second.dtype == texts:
        # What is missing is equal to nothing here.
        equal: NDArray[np.bool_] = np.asarray(first.array == second.array, dtype=bool)
        return equal | none.all(axis=0)
    one, other = (values.astype(object).to_numpy() for values in (first, second))
    same: NDArray[np.bool_] = none[0] & none[1]
    known = np.flatnonzero(~none.any(axis=0))
    same[known] = np.asarray(one[known] == other[known], dtype=bool)
    return same


def same_value(one: object, other: object) -> bool:
    """Tell whether two values are the same, by the rule of :func:`same_values`."""
    return bool(same_values(pd.Series([one], dtype=object), pd.Series([other], dtype=object))[0])


@dataclass(frozen=True, eq=False)
class Patch:
    """What changes in a city.

    Parameters
    ----------
    tables
        One patch per table that changes.
    new_edges
        Positions among the added edges of those that were not there in any form. The others
        are the pieces of streets that new ones join.
    """

    tables: tuple[TablePatch, ...] = ()
    new_edges: tuple[int, ...] = ()

    def of(self, table: str) -> TablePatch | None:
        """Return the patch of one table, or None where it does not change."""
        return next((one for one in self.tables if one.table == table), None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes at all."""
        return all(one.is_empty for one in self.tables)

    @property
    def zones(self) -> Sequence[TablePatch]:
        """The patches of sets of zones."""
        return [one for one in self.tables if one.table.startswith("zones ")]


def _some(
    table: pd.DataFrame, rows: NDArray[np.bool_], columns: list[str], positions: NDArray[np.int64]
) -> pd.DataFrame:
    """Return cells as a plain table, its rows named by their positions."""
    if not columns:
        return pd.DataFrame(index=positions[rows])
    return _plain(table.loc[rows, columns], positions[rows])


def _columns(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return whole columns as a plain table."""
    if not names:
        return pd.DataFrame(index=pd.RangeIndex(len(table)))
    return _plain(table[names])


def _plain(table: pd.DataFrame, positions: NDArray[np.int64] | None = None) -> pd.DataFrame:
    """Return rows as a plain table, named by their positions."""
    plain = pd.DataFrame(table)
    plain.attrs = {}
    return plain.reset_index(drop=True) if positions is None else plain.set_axis(positions)
