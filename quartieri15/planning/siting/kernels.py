"""Sets of rows by candidate and sets of candidates by row, compiled.

Both are kept as lists one behind the other (compressed sparse rows): those of item ``i`` stand
at ``indptr[i]:indptr[i + 1]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import uint64

from quartieri15.reach.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def transposed(
    indptr: NDArray[np.int64], members: NDArray[np.int32], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Turn the members of each item into the items of each member, ascending.

    Parameters
    ----------
    indptr, members
        Lists of members, one behind the other.
    size
        How many members there are in all.
    """
    at = np.zeros(size + 1, np.int64)
    for k in range(len(members)):
        at[members[k] + 1] += 1
    for member in range(size):
        at[member + 1] += at[member]
    turned = at.copy()
    items = np.empty(len(members), np.int32)
    for item in range(len(indptr) - 1):
        for k in range(indptr[item], indptr[item + 1]):
            member = members[k]
            items[turned[member]] = item
            turned[member] += 1
    return at, items


@compiled
def fingerprints(indptr: NDArray[np.int64], members: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return a number per list that is the same for equal lists, and hardly ever for others.

    FNV-1a over whole members instead of bytes, mixed at the end; equality is not proven by it.
    """
    prints = np.empty(len(indptr) - 1, np.uint64)
    for item in range(len(prints)):
        mixed = uint64(14695981039346656037)
        for k in range(indptr[item], indptr[item + 1]):
            mixed ^= uint64(members[k])
            mixed *= uint64(1099511628211)
            mixed ^= mixed >> uint64(29)
        prints[item] = mixed
    return prints


@compiled
def numbered_alike(
    order: NDArray[np.int64],
    label: NDArray[np.int64],
    indptr: NDArray[np.int64],
    members: NDArray[np.int32],
    items: int,
) -> NDArray[np.int32]:
    """Give equal neighbours in an order the same number: same label, same members one by one.

    Parameters
    ----------
    order
        Items, so that equal ones stand side by side.
    label
        What else must be equal.
    indptr, members
        The lists that are compared.
    items
        How many items there are; those not in the order get -1.
    """
    number = np.full(items, -1, np.int32)
    numbers = -1
    for i in range(len(order)):
        item = order[i]
        begin, end = indptr[item], indptr[item + 1]
        alike = i > 0
        if alike:
            before = order[i - 1]
            first = indptr[before]
            alike = label[before] == label[item] and indptr[before + 1] - first == end - begin
            k = 0
            while alike and k < end - begin:
                alike = members[first + k] == members[begin + k]
                k += 1
        if not alike:
            numbers += 1
        number[item] = numbers
    return number


@compiled
def chosen_lists(
    indptr: NDArray[np.int64], members: NDArray[np.int32], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the lists of some items, one behind the other."""
    at = np.zeros(len(chosen) + 1, np.int64)
    for i in range(len(chosen)):
        at[i + 1] = at[i] + indptr[chosen[i] + 1] - indptr[chosen[i]]
    kept = np.empty(at[len(chosen)], np.int32)
    for i in range(len(chosen)):
        kept[at[i] : at[i + 1]] = members[indptr[chosen[i]] : indptr[chosen[i] + 1]]
    return at, kept
