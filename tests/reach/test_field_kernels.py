"""The law: a stretch of street is cut where the time runs out, or where both ways take as long."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quartieri15.reach.cutting import Pieces
from quartieri15.reach.field_kernels import cut

LOW, HIGH = 0.2, 0.8
SECONDS = st.floats(0, 100)
RISES = st.floats(1, 200)


@given(SECONDS, SECONDS, RISES, RISES, st.floats(0, 200))
@example(10.0, 20.0, 100.0, 100.0, 200.0)
def test_every_part_is_told_its_least_time(
    low_s: float, high_s: float, from_u: float, from_v: float, limit_s: float
) -> None:
    whole = Pieces(
        np.zeros(1, np.int32), *(np.array([value]) for value in (LOW, HIGH, low_s, high_s))
    )
    found = cut(whole, np.array([from_u]), np.array([from_v]), limit_s)
    for at in np.linspace(LOW, HIGH, 25)[1:-1]:
        ways = (low_s, (at - LOW) * from_u), (high_s, (HIGH - at) * from_v)
        least = min([begin + along for begin, along in ways if begin <= limit_s], default=np.inf)
        here = (found.start <= at) & (at <= found.stop)
        part = (at - found.start) / (found.stop - found.start)
        told = (found.start_s + part * (found.stop_s - found.start_s))[here]
        if least <= limit_s - 1e-6:
            assert told.min() == pytest.approx(least, abs=1e-6)
        elif least > limit_s + 1e-6:
            assert not len(told)
