"""Small random questions of siting, and what plain counting answers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.timed_pairs import TimedPairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

VALUES = st.sampled_from([0.0, 1.0, 1.0, 2.0, 3.5, 7.0]) | st.floats(0.01, 50)


@st.composite
def tables(draw: Any, *, most: int = 8) -> np.ndarray:
    """Gains of points (rows) by candidates (columns); nought where there is no pair."""
    points, candidates = draw(st.integers(1, 9)), draw(st.integers(1, most))
    cells = draw(
        st.lists(st.none() | VALUES, min_size=points * candidates, max_size=points * candidates)
    )
    return np.array([0.0 if cell is None else cell for cell in cells]).reshape(points, candidates)


def gains_of(table: np.ndarray) -> Gains:
    """The same as lists by candidate."""
    indptr, rows, gain = lists_of(table, table > 0)
    return Gains(len(table), indptr, rows, gain)


def lists_of(table: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [np.flatnonzero(column) for column in there.T]
    indptr = np.concatenate([[0], np.cumsum([len(one) for one in rows])]).astype(np.int64)
    gain = np.concatenate([table[one, j] for j, one in enumerate(rows)])
    return indptr, np.concatenate(rows).astype(np.int32), gain.astype(float)


def timed(times: np.ndarray, base: np.ndarray, weight: np.ndarray) -> TimedPairs:
    """Seconds of points by candidates, infinite for no way, as the solvers take them."""
    indptr, rows, seconds = lists_of(times, times < base[:, None])
    return TimedPairs(
        candidate_ids=pd.RangeIndex(times.shape[1]),
        point=np.arange(len(times)),
        weight=weight,
        base_s=base,
        indptr=indptr,
        rows=rows,
        seconds=seconds,
        left_out={},
        provenance={},
    )


def choices(candidates: int, n: int) -> Iterable[tuple[int, ...]]:
    """Every choice of at most ``n``."""
    for k in range(min(n, candidates) + 1):
        yield from itertools.combinations(range(candidates), k)


def best_of_all(candidates: int, n: int, value: Callable[[tuple[int, ...]], float]) -> float:
    """The largest value of any choice of at most ``n``."""
    return max(value(chosen) for chosen in choices(candidates, n))


def total(table: np.ndarray, chosen: Iterable[int]) -> float:
    """What a choice gains: of each point the best."""
    columns = list(chosen)
    return float(table[:, columns].max(axis=1, initial=0.0).sum())
