"""The law: no admissible sites cover more than those found, and the bound is never below them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.planning.siting import maximal
from quartieri15.planning.siting.certificate import check_certificate
from quartieri15.planning.siting.cover import CoverInstance, cover_instance
from quartieri15.planning.siting.highs import sound_highs
from quartieri15.planning.siting.maximal import maximal_cover
from tests.planning.siting.sets import Question, questions

TOWN = CoverInstance.of(
    [30, 20, 10, 5], [[0, 1], [1, 2], [2, 3]], candidate_ids=["north", "middle", "south"]
)


def scattered(candidates: int, rows: int, *, seed: int, reach: float = 0.12) -> CoverInstance:
    """People and candidates anywhere in a square, and reach as the crow flies."""
    some = np.random.default_rng(seed)
    people, places = some.random((rows, 2)), some.random((candidates, 2))
    near = np.linalg.norm(places[:, None] - people[None], axis=2) <= reach
    return CoverInstance.of(
        np.round(some.gamma(2.0, 5.0, rows), 2), [np.flatnonzero(row).tolist() for row in near]
    )


def by_highs(instance: CoverInstance, n: int) -> float:
    """The optimum of the plain model: a variable per candidate and row, a constraint per row."""
    highspy = sound_highs()
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS knows no keywords
    model.setOptionValue("mip_rel_gap", 1e-9)
    sites = [
        model.addVariable(0, 1, type=highspy.HighsVarType.kInteger) for _ in range(len(instance))
    ]
    indptr, candidates = instance.by_row
    counted = []
    for row, weight in enumerate(instance.weight):
        covered = model.addVariable(0, 1, obj=-float(weight))
        here = candidates[indptr[row] : indptr[row + 1]]
        model.addConstr(covered <= sum(sites[i] for i in here) if len(here) else covered <= 0)
        counted.append(covered)
    model.addConstr(sum(sites) <= n)
    model.run()
    return -float(model.getInfo().objective_function_value)


@settings(max_examples=300)
@given(questions())
def test_nothing_covers_more_whatever_is_asked(question: Question) -> None:
    solution = maximal_cover(question.instance, question.n, **question.asked)
    assert solution.proven
    assert tuple(sorted(solution.chosen.tolist())) in question.admissible()
    assert solution.value == pytest.approx(question.best(), abs=1e-9)
    assert solution.value <= solution.bound <= solution.value + 1e-8
    assert solution.value >= solution.swap.value - 1e-9 >= solution.greedy.value - 2e-9
    checked = check_certificate(question.instance, solution.certificate)
    assert (checked.value, checked.bound) == (solution.value, solution.bound)


@pytest.mark.parametrize(("n", "seed"), [(3, 1), (6, 2), (12, 3)])
def test_the_optimum_of_a_plain_model_is_found(n: int, seed: int) -> None:
    instance = scattered(120, 250, seed=seed)
    solution = maximal_cover(instance, n)
    assert solution.proven
    assert solution.value == pytest.approx(by_highs(instance, n), abs=1e-5)
    check_certificate(instance, solution.certificate)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulp")
@pytest.mark.parametrize("n", [1, 2, 4])
def test_spopt_finds_the_same(n: int) -> None:
    spopt = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    instance = scattered(30, 80, seed=4, reach=0.2)
    cost = np.ones((80, 30))
    for i in range(30):
        cost[instance.rows_of(i), i] = 0.0
    model = spopt.MCLP.from_cost_matrix(
        cost, instance.weight, service_radius=0.5, p_facilities=n
    ).solve(pulp.PULP_CBC_CMD(msg=False))
    assert maximal_cover(instance, n).value == pytest.approx(model.problem.objective.value())


def test_many_candidates_are_bounded_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = scattered(700, 900, seed=5, reach=0.09)
    plain = maximal_cover(instance, 6)
    for name, value in {"MANY": 100, "_SAMPLE": 60, "_PROMISING": 80}.items():
        monkeypatch.setattr(maximal, name, value)
    sampled = maximal_cover(instance, 6)
    assert plain.proven
    assert sampled.proven
    assert sampled.value == pytest.approx(plain.value, abs=1e-9)
    check_certificate(instance, sampled.certificate)


def test_a_budget_is_kept_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = scattered(300, 500, seed=6)
    costs = np.random.default_rng(6).integers(1, 9, 300).astype(float)
    plain = maximal_cover(instance, costs=costs, budget=14)
    assert plain.proven
    assert costs[plain.chosen].sum() <= 14
    check_certificate(instance, plain.certificate)
    for name, value in {"MANY": 100, "_SAMPLE": 60, "_PROMISING": 80}.items():
        monkeypatch.setattr(maximal, name, value)
    assert maximal_cover(instance, costs=costs, budget=14).value == pytest.approx(plain.value)


def test_more_sites_never_cover_fewer() -> None:
    instance = scattered(80, 200, seed=7)
    values = [maximal_cover(instance, n).value for n in range(1, 9)]
    assert values == sorted(values)
    # What one more site adds to the best grows smaller in no law, but never above the first.
    assert max(np.diff(values)) <= values[0]


def test_the_same_question_has_the_same_answer() -> None:
    instance = scattered(200, 400, seed=8)
    first, second = maximal_cover(instance, 7), maximal_cover(instance, 7)
    assert first.chosen.tolist() == second.chosen.tolist()
    assert first.certificate.bound_units == second.certificate.bound_units
    assert len(first.certificate.tree) == len(second.certificate.tree)


def test_a_search_that_stops_early_says_how_far_it_is() -> None:
    instance = scattered(300, 600, seed=9)
    best = maximal_cover(instance, 15)
    for early in (
        maximal_cover(instance, 15, time_limit_s=1e-9),
        maximal_cover(instance, 15, gap=0.3),
    ):
        assert early.value <= best.value + 1e-9
        assert early.bound >= best.value - 1e-9
        assert early.gap == pytest.approx((early.bound - early.value) / early.bound)
        checked = check_certificate(instance, early.certificate)
        assert checked.bound == early.bound
    assert early.gap <= 0.3
    assert not early.proven


def test_progress_is_told() -> None:
    said: list[str] = []
    maximal_cover(scattered(100, 200, seed=10), 4, progress=said.append)
    assert said[0] == "choosing one by one"
    assert any("candidates left" in step for step in said)


def test_an_interruption_ends_it() -> None:
    def interrupt(step: str) -> None:
        if step.startswith("bounding"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        maximal_cover(scattered(100, 200, seed=10), 4, progress=interrupt)


def test_nothing_to_cover_is_an_answer() -> None:
    empty = CoverInstance.of([], [[], []])
    solution = maximal_cover(empty, 1)
    assert (solution.value, solution.bound, solution.proven) == (0.0, 0.0, True)
    check_certificate(empty, solution.certificate)


@pytest.mark.parametrize(
    ("n", "asked", "said"),
    [
        (0, {}, "n is 0"),
        (1.5, {}, "n is 1.5"),
        (True, {}, "n is True"),
        (4, {}, "3 candidates for 4 sites"),
        (3, {"forbidden": ["north"]}, "2 candidates for 3 sites"),
        (None, {}, "neither n nor budget"),
        (1, {"mandatory": ["north", "south"]}, "2 sites are mandatory"),
        (2, {"mandatory": ["north"], "forbidden": ["north"]}, "mandatory and forbidden"),
        (1, {"budget": 3}, "a budget is given and no costs"),
        (1, {"costs": [1, 2], "budget": 3}, "2 costs for 3 candidates"),
        (1, {"costs": [1, -2, 3], "budget": 3}, "the cost of 'middle' is -2"),
        (1, {"costs": [1, np.nan, 3], "budget": 3}, "the cost of 'middle' is nan"),
        (1, {"costs": {"north": 1}, "budget": 3}, "2 candidates have no cost"),
        (1, {"costs": [4, 5, 6], "budget": 3}, "budget is 3.00, and the cheapest site costs 4.00"),
        (1, {"costs": [4, 5, 6], "budget": -1}, "budget is -1"),
        (1, {"costs": [4, 5, 6], "budget": np.inf}, "budget is"),
        (2, {"costs": [4, 5, 6], "budget": 8, "mandatory": ["north", "middle"]}, "mandatory sites"),
        (1, {"costs": [1, 1, 1], "budget": 3, "forbidden": ["north", "middle", "south"]}, "0 cand"),
        (1, {"gap": 1}, "gap is 1"),
        (1, {"time_limit_s": 0}, "time_limit_s is 0"),
        (1, {"progress": 3}, "progress is 3"),
    ],
)
def test_what_makes_no_sense_is_named(n: Any, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        maximal_cover(TOWN, n, **asked)


def test_an_unknown_candidate_is_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean north"):
        maximal_cover(TOWN, 1, forbidden=["nord"])
    with pytest.raises(UnknownNameError, match="unknown candidate"):
        maximal_cover(TOWN, 1, costs={"north": 1, "middle": 1, "south": 1, "east": 2}, budget=1)
    with pytest.raises(ParameterError, match="cover_instance"):
        maximal_cover([[0]], 1)


def test_costs_may_be_a_column() -> None:
    costs = pd.Series({"south": 1.0, "north": 3.0, "middle": 1.0})
    assert list(maximal_cover(TOWN, costs=costs, budget=3).ids) == ["north"]


def test_in_milano_five_houses_are_proven_and_no_greedy_is_as_good(milano: Any) -> None:
    instance = cover_instance(milano, profile="walk_65", candidates=milano.residents.iloc[::11])
    solution = maximal_cover(instance, 5)
    assert solution.proven
    assert solution.greedy.value < solution.swap.value < solution.value
    checked = check_certificate(instance, solution.certificate)
    assert checked.bound - checked.value < 1e-4
