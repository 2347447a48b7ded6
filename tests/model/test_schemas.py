"""A column of numbers holds numbers, or the library says in which row it does not."""

from __future__ import annotations

import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from quartieri15.arguments import shown
from quartieri15.errors import InputError
from quartieri15.model.schemas import Column, check

NO_NUMBER: list[Any] = [
    *(10**400, -(10**5000), Fraction(10**400), Decimal("1e500"), float("inf"), "1e999"),
    *(np.array(15), np.array([1, 2]), [1], {}, object(), "many"),
    *(1 + 2j, np.complex64(3), pd.Timestamp("2021-01-01"), pd.Timedelta(days=1)),
]


def column(values: Any, **contract: Any) -> pd.Series:
    table = pd.DataFrame({"a": values}, index=["x", "y"])
    return check(table, {"a": Column(**contract)}, where="t")["a"]


@pytest.mark.parametrize("kind", ["number", "id"])
@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize("value", NO_NUMBER, ids=shown)
def test_what_is_no_number_is_refused_by_its_row(value: Any, kind: Any, *, nullable: bool) -> None:
    mixed = pd.Series([1, None], index=["x", "y"], dtype=object)
    mixed.array[1] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=r"t, row y, column a: .* is not a"):
            column(mixed, kind=kind, nullable=nullable)


@pytest.mark.parametrize("dtype", ["complex128", "datetime64[ns]", "timedelta64[ns]"])
def test_a_column_of_another_type_is_no_column_of_numbers(dtype: str) -> None:
    with pytest.raises(InputError, match=r"t, row x, column a: .* is not a number"):
        column(np.array([1, 2]).astype(dtype), kind="number")


@pytest.mark.parametrize("values", [[1, 2.0], ["1", "2"], [np.int8(1), Decimal(2)], [True, 2]])
def test_numbers_however_they_are_written_are_read(values: list[Any]) -> None:
    assert column(pd.Series(values, index=["x", "y"], dtype=object), kind="number").tolist() == [
        1.0,
        2.0,
    ]


def test_an_id_too_large_to_keep_is_refused_and_not_made_another() -> None:
    assert column([1, 2**62], kind="id").tolist() == [1, 2**62]
    with pytest.raises(InputError, match=r"row y, column a: .* is not a whole number of 64 bits"):
        column([1.0, 2.0**63], kind="id")
