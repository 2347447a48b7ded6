"""Law: the share of the worst-off zone lies between what is found and what no choice exceeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.planning.siting.fairness import neediest_zones, worst_zone_sites
from tests.planning.siting.instances import choices, gains_of, tables


@settings(max_examples=30)
@given(data=st.data(), table=tables(most=6), n=st.integers(1, 4))
def test_the_worst_share_is_between_the_two(data, table, n) -> None:
    weight = np.arange(1.0, len(table) + 1)
    table = np.where(table > 0, weight[:, None], 0.0)
    zone = np.array(
        data.draw(st.lists(st.integers(0, 2), min_size=len(table), max_size=len(table)))
    )
    kept = np.array(data.draw(st.lists(st.sampled_from([0.0, 1.0, 4.0]), min_size=3, max_size=3)))
    population = kept + np.bincount(zone, weights=weight, minlength=3)
    if not (population > 0).any():
        return
    found = worst_zone_sites(gains_of(table), zone, population, kept, n, time_limit_s=1)

    def worst(chosen: tuple[int, ...]) -> float:
        best = table[:, list(chosen)].max(axis=1, initial=0.0)
        covered = kept + np.bincount(zone, weights=best, minlength=3)
        some = population > 0
        return float((covered[some] / population[some]).min())

    truth = max(worst(chosen) for chosen in choices(table.shape[1], n))
    assert found.worst == pytest.approx(worst(tuple(found.chosen)))
    assert found.worst <= truth + 1e-9 <= found.bound + 2e-9
    assert found.worst_before <= found.worst + 1e-12
    assert found.weight.sum() == pytest.approx(1)
    assert len(found.chosen) <= n


def test_the_neediest_are_a_fifth_of_those_ranked(milano) -> None:
    table = neediest_zones(milano)
    ranked = table["rank"].notna()
    assert (table["residents"][~ranked] < 500).all()
    assert table["neediest"].sum() == -(-ranked.sum() // 5)
    assert table["need"][ranked].is_monotonic_decreasing
    own = neediest_zones(milano, need=pd.Series({9: 3.0, 10: 2.0, 11: 1.0}), part=1)
    assert own["zone_id"][own["neediest"]].tolist() == [9, 10, 11]
    alone = neediest_zones(milano, need=("over65_alone", "over65"))
    assert set(alone["zone_id"]) == set(table["zone_id"])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"need": "rent"}, ParameterError),
        ({"need": ("over65", "nobody")}, UnknownNameError),
        ({"part": 0}, ParameterError),
        ({"by": "wards"}, UnknownNameError),
        ({"need": pd.Series({"x": 1})}, InputError),
        ({"least_people": -1}, ParameterError),
    ],
)
def test_what_makes_no_sense_is_named(milano, wrong, error) -> None:
    with pytest.raises(error):
        neediest_zones(milano, **wrong)
