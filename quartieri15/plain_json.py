"""What a table says of itself, in words that every file can hold, and how such files are read."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

_HALF_A_LETTER: Final = re.compile(r"\\u[dD][89a-fA-F]")


def plain_json(value: Any, *, decimals: int | None = None) -> Any:
    """Return a value in the words of JSON: no numpy, no NaN, nothing that is not there.

    Parameters
    ----------
    value
        Anything. Keys become text; what JSON has no word for is told as text, a table by its
        kind and length.
    decimals
        To how many decimals numbers are rounded; None for all they have.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> plain_json({"a": np.float64("nan"), "b": (np.int64(3), pd.NA), 7: "x"})
    {'a': None, 'b': [3, None], '7': 'x'}
    >>> plain_json([pd.DataFrame({"a": [1, 2]}), pd.Timestamp(2026, 1, 1), 1 / 3], decimals=2)
    ['DataFrame of 2 rows', '2026-01-01T00:00:00', 0.33]
    """
    # Most values are plain already.
    if value is None or type(value) in (str, bool, int):
        return value
    import numpy as np
    import pandas as pd

    if isinstance(value, dict | Mapping):
        return {str(key): plain_json(item, decimals=decimals) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        value = f"{type(value).__name__} of {len(value)} rows"
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset | pd.Series | pd.Index):
        return [plain_json(item, decimals=decimals) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, float) and decimals is not None:
        value = round(value, decimals)
    if isinstance(value, dt.date):
        value = value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def from_json(text: str | bytes) -> Any:
    """Return what a JSON text says, where it says everything once.

    Python alone would take the last of two values under one key. ``NaN`` and ``Infinity``, which
    other programs write, are read: whoever asks for a number says where it is not finite.

    Parameters
    ----------
    text
        The text, or its octets in UTF-8, UTF-16 or UTF-32.

    Raises
    ------
    ValueError
        If it is no JSON (then ``json.JSONDecodeError``, with the line), is nested too deeply, a
        key stands twice in an object, or a value is half a letter, which can be written to no file.

    Examples
    --------
    >>> from_json('{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    >>> from_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    ValueError: the key 'a' stands twice
    """
    try:
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text))
        value = json.loads(text, object_pairs_hook=_each_once)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if _HALF_A_LETTER.search(text):
        # Two halves are a letter; one alone can be written to no file.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice[:40]!r} stands twice")
    return found
