"""Law: a table that is not whole is refused, with everything that it lacks."""

from __future__ import annotations

import math

import pytest

from quartieri15.errors import InputError
from quartieri15.sources.completeness import require_ids, require_totals

TOLD = {"where": "file", "mend": "fetch it again"}


def test_every_total_that_differs_is_told_at_once() -> None:
    found, stated = {"a": 1, "b": 3, "c": 5}, {"a": 2, "b": 3, "c": 6}
    said = r"a: 1 are in the file and 2 are stated; c: 5 are in the file and 6 are stated \(s\)"
    with pytest.raises(InputError, match=said):
        require_totals(found, stated, source="s", **TOLD)
    require_totals(found, found, source="s", **TOLD)
    require_totals(found, stated, source="s", tolerance=1, **TOLD)
    with pytest.raises(InputError, match="a: nan"):
        require_totals({"a": math.nan}, {"a": 1}, source="s", tolerance=9, **TOLD)


def test_ids_that_are_missing_or_unknown_are_named() -> None:
    require_ids([1, 2], [2, 1], kind="NIL", **TOLD)
    with pytest.raises(InputError, match="2 of 3 NIL are missing: 2, 3"):
        require_ids([1], [1, 2, 3], kind="NIL", **TOLD)
    with pytest.raises(InputError, match="there are no NIL 9"):
        require_ids([1, 9], [1], kind="NIL", **TOLD)
