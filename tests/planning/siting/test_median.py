"""Law: nobody walks fewer minutes in all by any other choice; spopt's models agree.

The pairs the solvers work on are those of the travel times, on towns with everything that makes
streets hard.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.planning.siting.center import center_sites
from quartieri15.planning.siting.gains import Gains
from quartieri15.planning.siting.median import median_sites
from quartieri15.planning.siting.set_covering import cover_everyone
from quartieri15.planning.siting.subset import best_subset
from quartieri15.planning.siting.timed_pairs import timed_pairs
from quartieri15.reach.times import travel_time_matrix, travel_times
from tests.planning.siting.instances import choices, lists_of, timed
from tests.reach.towns import towns


@settings(max_examples=30)
@given(city=towns(), keep=st.booleans(), n=st.integers(1, 3))
def test_the_pairs_are_those_of_the_travel_times(city, keep, n) -> None:
    candidates = city.residents[["id", "geometry"]]
    kept = city.houses if keep else None
    pairs = timed_pairs(city, candidates, kept=kept, profile="bike_adult", group="residents")
    base = np.full(len(city.residents), np.inf)
    if keep:
        minutes = travel_times(city, to=kept, profile="bike_adult")["minutes"].to_numpy()
        base = np.nan_to_num(minutes * 60, nan=np.inf)
    matrix = travel_time_matrix(city, to=candidates, profile="bike_adult", dense=True)
    times = np.full((len(base), len(candidates)), np.inf)
    for j, name in enumerate(candidates["id"]):
        if name in matrix.columns:
            times[:, j] = np.nan_to_num(matrix[name].to_numpy() * 60, nan=np.inf)
    assert pairs.base_s == pytest.approx(base[pairs.point])
    for j in range(len(candidates)):
        opened = pairs.nearest_s(np.array([j]))
        assert opened == pytest.approx(np.minimum(base, times[:, j])[pairs.point], abs=1e-6)
    cap = 7.0
    found = median_sites(pairs, n, cap_minutes=cap)
    weight = city.residents["residents"].to_numpy()

    def minutes_of(chosen: tuple[int, ...]) -> float:
        nearest = np.minimum(base, times[:, list(chosen)].min(axis=1, initial=np.inf))
        return float((np.minimum(nearest, cap * 60) * weight).sum() / 60)

    best = min(minutes_of(chosen) for chosen in choices(len(candidates), n))
    assert found.after == pytest.approx(best, abs=1e-6)
    assert found.least <= best + 1e-6
    assert found.before == pytest.approx(minutes_of(()))
    nowhere = np.isinf(np.minimum(base, times[:, found.subset.chosen].min(axis=1, initial=np.inf)))
    assert found.unreachable == pytest.approx(weight[nowhere].sum())
    assert found.beyond_cap_before == pytest.approx(weight[base > cap * 60].sum())


@pytest.fixture(scope="module")
def square() -> tuple[np.ndarray, np.ndarray]:
    """Seconds between points and candidates in a square, and people."""
    seed = np.random.default_rng(11)
    points, candidates = seed.random((40, 2)), seed.random((15, 2))
    times = np.hypot(*(points[:, None] - candidates[None]).transpose(2, 0, 1)) * 1000
    return times.round(3), seed.integers(1, 9, 40).astype(float)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("n", [1, 3, 6])
def test_spopt_finds_the_same(square, n) -> None:
    pulp = pytest.importorskip("pulp")
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    times, weight = square
    solver = pulp.HiGHS(msg=False)

    def value(problem) -> float:
        return float(problem.solve(solver).problem.objective.value())

    nothing = np.full(len(times), np.inf)
    pairs = timed(times, nothing, weight)
    median = median_sites(pairs, n, cap_minutes=100)
    assert median.subset.proven
    assert median.after * 60 == pytest.approx(
        value(PMedian.from_cost_matrix(times, weight, p_facilities=n)), rel=1e-6
    )
    center = center_sites(pairs, n)
    assert center.proven
    assert center.minutes * 60 == pytest.approx(
        value(PCenter.from_cost_matrix(times, p_facilities=n)), rel=1e-6
    )
    indptr, rows, _ = lists_of(times, times <= 250)
    covered = best_subset(Gains(len(times), indptr, rows, weight[rows]), n)
    assert covered.proven
    assert covered.value == pytest.approx(
        value(MCLP.from_cost_matrix(times, weight, 250, p_facilities=n))
    )
    indptr, rows, _ = lists_of(times, times <= 400)
    everyone = cover_everyone(Gains(len(times), indptr, rows, np.ones(len(rows))))
    assert everyone.proven
    assert len(everyone.chosen) == value(LSCP.from_cost_matrix(times, 400))


def test_more_sites_are_never_worse(square) -> None:
    times, weight = square
    pairs = timed(times, np.full(len(times), 600.0), weight)
    after = [median_sites(pairs, n, cap_minutes=100).after for n in range(1, 8)]
    longest = [center_sites(pairs, n).minutes for n in range(1, 8)]
    assert (np.diff(after) <= 1e-9).all()
    assert (np.diff(longest) <= 1e-9).all()
