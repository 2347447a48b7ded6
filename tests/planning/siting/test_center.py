"""Law: nobody could bring the share sooner, and the choice brings it when it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.planning.siting.center import center_sites, time_of_share
from tests.planning.siting.instances import choices, timed

SECONDS = st.sampled_from([10.0, 60.0, 60.0, 90.0, 200.0, 333.3, np.inf])


@settings(max_examples=150)
@given(
    st.data(),
    st.integers(1, 7),
    st.integers(1, 6),
    st.integers(1, 4),
    st.sampled_from([0.5, 0.8, 0.95, 1.0]),
)
def test_it_is_the_shortest_time_of_all_choices(data, points, candidates, n, share) -> None:
    cells = data.draw(st.lists(SECONDS, min_size=points * candidates, max_size=points * candidates))
    times = np.array(cells).reshape(points, candidates)
    base = np.array(data.draw(st.lists(SECONDS, min_size=points, max_size=points)))
    weight = np.array(
        data.draw(st.lists(st.sampled_from([1.0, 2.0, 5.5]), min_size=points, max_size=points))
    )
    found = center_sites(timed(times, base, weight), n, share=share)
    wanted = share * weight.sum()
    best = min(
        time_of_share(
            np.minimum(base, times[:, list(chosen)].min(axis=1, initial=np.inf)), weight, wanted
        )
        for chosen in choices(candidates, n)
    )
    assert found.minutes * 60 == pytest.approx(best, abs=1e-5)
    assert found.bound_minutes <= found.minutes
    assert len(found.chosen) <= n
    assert found.minutes <= found.minutes_before
    if np.isfinite(best):
        assert found.proven
    with_them = np.minimum(base, times[:, found.chosen].min(axis=1, initial=np.inf))
    assert time_of_share(with_them, weight, wanted) == pytest.approx(best, abs=1e-5)
