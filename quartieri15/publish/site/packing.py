"""Whole numbers packed for a page: differences, in as few bytes as they need, compressed.

A page unpacks them before it draws (``assets/site/packing.js``). The bytes are those of gzip round:
four bytes with the length of the header, the header as JSON (name and number of values of each
array), and the values of all arrays, each as the difference to the one before, zigzag-coded and cut
into groups of seven bits as in Protocol Buffers.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LARGEST: Final = 2**30 - 1
"""What a script can add up in 32 bits, twice."""

MORE: Final = 128
"""The bit of an octet that says that the number goes on in the next one."""


def pack(arrays: Mapping[str, NDArray[Any]]) -> dict[str, str]:
    """Pack arrays of whole numbers.

    Parameters
    ----------
    arrays
        One-dimensional arrays of whole numbers (or booleans) between -2^30 and 2^30, by name.

    Returns
    -------
    dict
        ``{"packed": text}``, to be put into the data of a page as it is.

    Raises
    ------
    InputError
        If values are no whole numbers, or too large.

    Examples
    --------
    >>> unpack(pack({"x": np.array([5, 5, -3])}))["x"].tolist()
    [5, 5, -3]
    """
    header, parts = [], []
    for name, values in arrays.items():
        whole = _whole(values, name)
        header.append([name, len(whole)])
        parts.append(_varints(_zigzag(np.diff(whole, prepend=0))))
    told = json.dumps(header, separators=(",", ":")).encode()
    body = len(told).to_bytes(4, "little") + told + b"".join(parts)
    return {"packed": base64.b64encode(gzip.compress(body, 9, mtime=0)).decode()}


def unpack(packed: Mapping[str, str]) -> dict[str, NDArray[np.int64]]:
    """Return the arrays that :func:`pack` has packed, as a page reads them."""
    body = gzip.decompress(base64.b64decode(packed["packed"]))
    start = 4 + int.from_bytes(body[:4], "little")
    header = json.loads(body[4:start])
    octets = np.frombuffer(body, dtype=np.uint8, offset=start).astype(np.int64)
    last = octets < MORE
    number: NDArray[np.int64] = np.cumsum(last) - last
    first = np.flatnonzero(np.concatenate([[True], last[:-1]])) if len(octets) else octets
    place = np.arange(len(octets)) - first[number]
    coded = np.bincount(number, weights=(octets % MORE) * float(MORE) ** place).astype(np.int64)
    differences = (coded >> 1) ^ -(coded & 1)
    found, start = {}, 0
    for name, length in header:
        found[name] = np.cumsum(differences[start : start + length])
        start += length
    return found


def _whole(values: NDArray[Any], name: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.dtype.kind not in "iub" or array.ndim != 1:
        raise InputError(
            f"an array of {array.ndim} dimensions of {array.dtype}",
            where=name,
            mend="give whole numbers in one dimension",
        )
    whole = array.astype(np.int64)
    if len(whole) and np.abs(whole).max() > LARGEST:
        raise InputError(
            f"a number as large as {np.abs(whole).max()}", where=name, mend=f"at most {LARGEST}"
        )
    return whole


def _zigzag(differences: NDArray[np.int64]) -> NDArray[np.uint64]:
    return ((differences << 1) ^ (differences >> 63)).astype(np.uint64)


def _varints(values: NDArray[np.uint64]) -> bytes:
    groups = np.stack(
        [(values >> np.uint64(7 * i)) & np.uint64(MORE - 1) for i in range(5)], axis=1
    )
    length = 1 + sum((values >> np.uint64(7 * i)) > 0 for i in range(1, 5))
    place = np.arange(5)
    groups[place < (np.asarray(length) - 1)[:, None]] |= np.uint64(MORE)
    return groups[place < np.asarray(length)[:, None]].astype(np.uint8).tobytes()
