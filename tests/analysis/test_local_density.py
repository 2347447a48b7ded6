"""Law: a density counts whoever lives within the radius, per km2 of ground that is the city's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.local_density import local_density, percentile_rank
from quartieri15.errors import ParameterError, UnknownNameError
from tests.analysis.blocks import draw_blocks, shuffled, town

SPOTS = st.tuples(
    st.integers(0, 20).map(lambda k: k * 100.0),
    st.integers(0, 10).map(lambda k: -k * 100.0),
    st.just(20.0),
    st.integers(0, 9).map(float),
)


def disc(radius_m: float) -> float:
    return math.pi * radius_m**2 / 1e6


@given(st.lists(SPOTS, min_size=1, max_size=12), st.sampled_from([50.0, 100.0, 250.0]))
@settings(max_examples=30)
def test_counts_are_those_of_everyone_compared_with_everyone(
    points: list[tuple[float, ...]], radius: float
) -> None:
    # Far from the edge, where no ground is missing.
    points = [(400 + x / 20, -400 + y / 20, minutes, own) for x, y, minutes, own in points]
    city, _ = town(points)
    found = local_density(city, groups="over65", radius_m=radius)["over65"]
    for (x, y, _, _), density in zip(points, found, strict=True):
        near = sum(own for a, b, _, own in points if math.hypot(a - x, b - y) <= radius)
        assert density == pytest.approx(near / disc(radius))


def test_at_the_edge_of_the_city_only_its_own_ground_counts() -> None:
    # A corner, an edge, and the middle of a city of two square kilometres.
    city, _ = town([(0, 0, 20, 8), (500, 0, 20, 8), (500, -500, 20, 8)])
    found = local_density(city, groups="over65", radius_m=200)
    expected = np.array([4, 2, 1]) * 8 / disc(200)
    assert found["over65"].tolist() == pytest.approx(expected.tolist(), rel=1e-6)
    assert found.attrs["provenance"]["points_at_the_edge"] == 2


def test_the_order_of_the_table_does_not_matter() -> None:
    city, times = draw_blocks("#.#\n.##\n##.")
    order = [5, 2, 8, 0, 1, 7, 3, 4, 6]
    other, _ = shuffled(city, times, order)
    found = local_density(city).to_numpy()[order]
    np.testing.assert_array_equal(found, local_density(other).to_numpy())


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1, max_size=15).filter(
        lambda pairs: any(weight for _, weight in pairs)
    )
)
def test_ranks_within_a_distribution_average_to_fifty(pairs: list[tuple[int, int]]) -> None:
    values, weights = np.array(pairs, dtype=float).T
    ranks = percentile_rank(values, values, weights)
    assert np.average(ranks, weights=weights) == pytest.approx(50)
    for value, rank in zip(values, ranks, strict=True):
        below, same = weights[values < value].sum(), weights[values == value].sum()
        assert rank == pytest.approx(100 * (below + same / 2) / weights.sum())


def test_nobody_has_no_rank() -> None:
    assert np.isnan(percentile_rank([1.0], [1.0], [0.0])).all()
    assert np.isnan(percentile_rank([np.nan], [1.0], [2.0])).all()


def test_what_makes_no_sense_is_refused() -> None:
    city, _ = draw_blocks("#")
    for radius in (0, -1, 10_001, math.nan, "near"):
        with pytest.raises(ParameterError, match="radius_m is"):
            local_density(city, radius_m=radius)
    with pytest.raises(UnknownNameError, match="over65"):
        local_density(city, groups="over66")
    with pytest.raises(ParameterError, match="2 values have 1 weights"):
        percentile_rank([1], [1, 2], [1])


def test_a_city_with_other_people_or_zones_is_counted_anew() -> None:
    city, _ = town([(0.0, 0.0, 20.0, 4.0), (100.0, 0.0, 20.0, 6.0)])
    before = local_density(city, groups="over65", radius_m=500)
    assert local_density(city, groups="over65", radius_m=500).equals(before)
    fewer = city.with_(residents=city.residents.assign(over65=[2.0, 3.0]))
    halved = local_density(fewer, groups="over65", radius_m=500)
    assert halved.to_numpy() == pytest.approx(before.to_numpy() / 2, abs=1e-5)
    near = city.residents.geometry.buffer(150).union_all()
    narrow = {
        name: table[table.intersects(near)].assign(geometry=lambda t: t.intersection(near))
        for name, table in city.zones.items()
    }
    denser = local_density(city.with_(zones=narrow), groups="over65", radius_m=500)
    assert (denser > before).all(axis=None)
