"""What is packed for a page comes out as it went in, and what does not fit is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.publish.site.packing import LARGEST, pack, unpack

WHOLE = st.lists(st.integers(-LARGEST, LARGEST), max_size=30)


@given(st.dictionaries(st.text(max_size=5), WHOLE, max_size=4))
def test_unpacking_undoes_packing(arrays: dict[str, list[int]]) -> None:
    packed = pack({name: np.array(values, dtype=np.int64) for name, values in arrays.items()})
    assert {name: values.tolist() for name, values in unpack(packed).items()} == arrays


def test_the_same_numbers_give_the_same_text() -> None:
    assert pack({"x": np.arange(9)}) == pack({"x": np.arange(9)})


@pytest.mark.parametrize(
    "values", [np.array([0.5]), np.array([2**40]), np.array([[1]]), np.array(["a"])]
)
def test_what_does_not_fit_is_refused(values: np.ndarray) -> None:
    with pytest.raises(InputError, match="x"):
        pack({"x": values})
