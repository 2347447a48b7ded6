"""Laws: the quick counts are those of the slow way, and a test at 5 % errs in 5 % of the cases."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from quartieri15.analysis.hot_spots import permutations
from quartieri15.analysis.hot_spots.false_discovery import q_values
from quartieri15.analysis.hot_spots.moran import moran, permuted_moran
from quartieri15.analysis.hot_spots.neighbours import Neighbours
from tests.analysis.hot_spots.lattices import lattice, neighbours_of

FIELDS = 1000


@st.composite
def relations(draw: st.DrawFn) -> Neighbours:
    n = draw(st.integers(2, 9))
    pairs = list(itertools.permutations(range(n), 2))
    some = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs)))
    area, neighbour = np.array(some, dtype=np.int64).reshape(-1, 2).T
    return Neighbours.of_pairs(area, neighbour, n)


@given(st.data(), relations(), st.integers(0, 2**32))
@settings(max_examples=80)
def test_counts_are_those_of_the_slow_way(data, relation, seed):
    whole = st.lists(st.integers(0, 4), min_size=len(relation), max_size=len(relation))
    values = np.array(data.draw(whole), dtype=float)
    counts = permutations.count_permutations(values[:, None], relation, permutations=40, seed=seed)
    first = permutations.first_places(len(relation), relation.number, permutations=40, seed=seed)
    for i in range(len(relation)):
        observed = sum(int(values[j]) for j in neighbours_of(relation, i))
        k = relation.number[i]
        sums = [
            sum(int(values[j]) for j in [j for j in shuffle if j != i][:k])
            for shuffle in first.tolist()
        ]
        assert counts.at_least[i, 0] == sum(s >= observed for s in sums)
        assert counts.at_most[i, 0] == sum(s <= observed for s in sums)


def test_every_arrangement_of_the_others_is_as_likely():
    first = permutations.first_places(4, np.array([2, 1, 0, 1]), permutations=60_000, seed=3)
    assert first.shape == (60_000, 3)
    _, number = np.unique(first, axis=0, return_counts=True)
    assert len(number) == 24
    assert stats.chisquare(number).pvalue > 0.001


def test_equal_sums_count_on_both_sides_in_whatever_order_they_are_added():
    _, relation = lattice(6, 6)
    whole = np.random.default_rng(2).integers(0, 9, size=(36, 4)).astype(float)
    asked = {"permutations": 999, "seed": 0}
    exact = permutations.count_permutations(whole, relation, **asked)
    for part in (0.1, 1 / 3, 1e-9, 7e11):
        counts = permutations.count_permutations(part * whole + part, relation, **asked)
        assert (counts.at_least == exact.at_least).all()
        assert (counts.at_most == exact.at_most).all()
    assert (exact.at_least + exact.at_most > 999).mean() > 0.9
    # What is as low as can be is not extreme where most shuffles are just as low.
    zeros = np.zeros((36, 1))
    zeros[35] = 1.0
    p = permutations.count_permutations(zeros, relation, permutations=999, seed=0).p_values()
    assert (p[:20] == 1).all()


def test_fields_share_the_shuffles_and_do_not_disturb_each_other():
    _, relation = lattice(5, 7)
    values = np.random.default_rng(1).normal(size=(35, 6))
    asked = {"permutations": 199, "seed": 5}
    together = permutations.count_permutations(values, relation, **asked)
    for field in range(6):
        alone = permutations.count_permutations(values[:, [field]], relation, **asked)
        assert (alone.at_least[:, 0] == together.at_least[:, field]).all()
        assert (alone.at_most[:, 0] == together.at_most[:, field]).all()


def test_the_same_seed_gives_the_same_counts_on_any_number_of_cores(monkeypatch):
    _, relation = lattice(5, 7)
    values = np.random.default_rng(1).normal(size=(35, 9))
    asked = {"permutations": 299, "seed": 5}
    found = permutations.count_permutations(values, relation, **asked)
    for cores in (1, 3):
        monkeypatch.setattr(permutations, "available_cores", lambda n=cores: n)
        again = permutations.count_permutations(values, relation, **asked)
        assert again.at_least.tobytes() == found.at_least.tobytes()
    other = permutations.count_permutations(values, relation, permutations=299, seed=6)
    assert (other.at_least != found.at_least).any()


def test_moments_are_those_of_all_arrangements():
    _, relation = lattice(2, 3)
    values = np.array([1.0, 4.0, 4.0, 0.0, 7.0, 2.0])
    z = permutations.surroundings(values[:, None], relation)[:, 0]
    for i in range(6):
        others = [v for j, v in enumerate(values) if j != i]
        k = relation.number[i]
        sums = [sum(some) for some in itertools.combinations(others, k)]
        observed = sum(values[j] for j in neighbours_of(relation, i))
        assert z[i] == pytest.approx((observed - np.mean(sums)) / np.std(sums))


@pytest.mark.parametrize("bivariate", [False, True])
def test_shuffled_moran_is_moran_of_what_is_shuffled(bivariate):
    _, touching = lattice(3, 4)
    # The last area is an island.
    area = np.repeat(np.arange(12), touching.number)
    relation = Neighbours.of_pairs(area, touching.indices, 13)
    rng = np.random.default_rng(4)
    values, around = rng.normal(size=(13, 3)), rng.normal(size=(13, 3)) if bivariate else None
    found = permuted_moran(values, relation, around, permutations=20, seed=9)
    again = np.random.default_rng(np.random.SeedSequence(9).spawn(1)[0])
    for m in range(20):
        order = again.permutation(13)
        expected = (
            moran(values[order], relation)
            if around is None
            else moran(values, relation, around[order])
        )
        np.testing.assert_allclose(found[m], expected, rtol=1e-10, atol=1e-14)


def test_where_nothing_can_vary_there_is_no_z_value():
    pair = Neighbours.of_pairs(np.array([0, 1, 3, 4]), np.array([1, 0, 4, 3]), 5)
    values = np.array([[0.1, 0.1], [0.1, 9.0], [0.1, 0.1], [0.1, 0.1], [0.1, 0.1]])
    z = permutations.surroundings(values, pair)
    assert np.isnan(z[:, 0]).all()
    assert np.isnan(z[1, 1])
    assert np.isnan(z[2, 1])
    assert np.isfinite(z[[0, 3, 4], 1]).all()
    triangle = Neighbours.of_pairs(np.array([0, 0, 1, 1, 2, 2]), np.array([1, 2, 0, 2, 0, 1]), 3)
    assert np.isnan(permutations.surroundings(np.array([[1.0], [2.0], [9.0]]), triangle)).all()


def random_field(kind: str, rng: np.random.Generator, areas: int) -> np.ndarray:
    values = rng.lognormal(sigma=1.5, size=areas)
    return values if kind == "skewed" else np.where(rng.random(areas) < 0.6, 0.0, np.rint(values))


@pytest.mark.parametrize("kind", ["skewed", "mostly zero"])
def test_permutation_tests_hold_their_size_on_random_fields(kind):
    """Rejections at 5 % of 1,000 random fields lie where 1,000 throws at 5 % would lie."""
    _, relation = lattice(8, 9)
    rng = np.random.default_rng(20261126)
    least, most = stats.binom.interval(0.999, FIELDS, 0.05)
    area = np.zeros(FIELDS, dtype=bool)
    whole = np.zeros(FIELDS, dtype=bool)
    any_found = np.zeros(FIELDS, dtype=bool)
    for field in range(FIELDS):
        values = random_field(kind, rng, len(relation))[:, None]
        # So many that one area alone may be called among 72: 2 / 3,000 is below 0.05 / 72.
        counts = permutations.count_permutations(values, relation, permutations=2999, seed=field)
        p = counts.p_values()[:, 0]
        area[field] = p[31] <= 0.05
        any_found[field] = (q_values(p) <= 0.05).any()
        shuffled = permuted_moran(values, relation, permutations=199, seed=field)
        counts = permutations.counts_among(moran(values, relation), shuffled)
        whole[field] = counts.p_values()[0] <= 0.05
    # Ties make a test careful, never bold; that any area is called is rare and does happen.
    assert any_found.sum() > 0
    assert area.sum() <= most
    assert whole.sum() <= most
    assert any_found.sum() <= most
    assert whole.sum() >= least
    if kind == "skewed":
        assert area.sum() >= least


def test_half_of_both_sides_errs_twice_as_often():
    """The size test can fail: one side at a time, as the data point, is no test at 5 %."""
    _, relation = lattice(8, 9)
    rng = np.random.default_rng(1)
    called = 0
    for field in range(FIELDS):
        values = rng.normal(size=(len(relation), 1))
        counts = permutations.count_permutations(values, relation, permutations=199, seed=field)
        called += counts.p_values()[31, 0] / 2 <= 0.05
    assert called > stats.binom.interval(0.999, FIELDS, 0.05)[1]


def test_p_values_are_never_zero_and_never_above_one():
    counts = permutations.Counts(np.array([[0, 50, 99]]), np.array([[99, 60, 0]]), 99)
    assert counts.p_values().tolist() == [[0.02, 1.0, 0.02]]
    assert counts.side().tolist() == [[1, 1, -1]]


@given(st.lists(st.fractions(0, 1), min_size=1, max_size=12))
def test_q_values_are_those_of_the_step_up_procedure(p):
    """By their definition: the least level at which the procedure of 1995 rejects."""
    q = q_values(np.array([float(one) for one in p]))
    n = len(p)
    for i in range(n):
        levels = [min(Fraction(1), max(p[i], one)) for one in p]
        # The procedure rejects p[i] at level a if some k has k p-values at or below k a / n.
        candidates = [
            Fraction(n, sum(o <= level for o in p)) * level
            for level in set(levels)
            if level >= p[i]
        ]
        assert q[i] == pytest.approx(float(min(candidates)))
