"""What a page tells of people in groups of addresses gives nobody away, and adds up."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.publish.site.sections.cells import rounded_in_turn

COUNTS = st.lists(
    st.tuples(st.integers(0, 2), st.just(0.0) | st.floats(0.01, 60.0)), min_size=1, max_size=30
)


@given(COUNTS)
@settings(max_examples=100)
def test_rounded_counts_are_multiples_and_their_sums_are_right(drawn):
    area = np.sort(np.array([one for one, _ in drawn]))
    counts = pd.DataFrame({"over65": [count for _, count in drawn]})
    told = rounded_in_turn(counts, area, smallest_count=10)["over65"].to_numpy()
    exact = counts["over65"].to_numpy()
    few = (exact > 0) & (exact < 10)
    assert (np.isnan(told) == few).all()
    assert (told[~few] % 10 == 0).all()
    assert (np.abs(told[~few] - exact[~few]) < 10 + 1e-6).all()
    assert ((told[~few] == 0) == (exact[~few] == 0)).all()
    for one in set(area.tolist()):
        here = (area == one) & ~few
        assert abs(told[here].sum() - exact[here].sum()) <= 5 + 1e-6


def test_without_a_smallest_count_nothing_is_rounded():
    counts = pd.DataFrame({"over65": [3.2, 14.0]})
    assert rounded_in_turn(counts, np.zeros(2, dtype=int), smallest_count=0).equals(counts)
