"""The law: every exchange is what it says, and a candidate left out is in no good set of sites."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import ParameterError
from quartieri15.planning.siting.alternatives import exchanges, possible_sites
from quartieri15.planning.siting.cover import CoverInstance
from quartieri15.planning.siting.maximal import maximal_cover
from tests.planning.siting.sets import Question, questions

TOWN = CoverInstance.of([30, 20, 10], [[0, 1], [1, 2], [2]], candidate_ids=["a", "b", "c"])


@settings(max_examples=150)
@given(questions(), st.sampled_from([0.0, 0.1, 0.5]))
def test_exchanges_are_all_that_lose_little(question: Question, within: float) -> None:
    instance = question.instance
    solution = maximal_cover(instance, question.n, **question.asked)
    table = exchanges(instance, solution, within=within)
    found = set(zip(table["site"], table["candidate_id"], strict=True))
    admissible = set(question.admissible())
    chosen = set(solution.chosen.tolist())
    for site in chosen - set(question.asked.get("mandatory", ())):
        for other in set(range(len(instance))) - chosen:
            new = tuple(sorted(chosen - {site} | {other}))
            loss = solution.value - question.covered(new)
            if abs(loss - within * solution.value) > 1e-9:
                near = new in admissible and loss <= within * solution.value
                assert ((site, other) in found) == near
    for row in table.itertuples():
        new = tuple(sorted(chosen - {row.site} | {row.candidate_id}))
        assert row.value == pytest.approx(question.covered(new), abs=1e-9)


@settings(max_examples=150)
@given(questions(), st.sampled_from([0.0, 0.1, 0.5]))
def test_who_is_left_out_is_in_no_good_set(question: Question, within: float) -> None:
    instance = question.instance
    solution = maximal_cover(instance, question.n, **question.asked)
    possible = set(possible_sites(instance, solution, within=within))
    for chosen in question.admissible():
        if question.covered(chosen) >= (1 - within) * solution.value:
            assert set(chosen) <= possible


def test_ties_are_told() -> None:
    best = maximal_cover(TOWN, 2)
    table = exchanges(TOWN, best, within=0.5)
    assert table[["site", "candidate_id", "loss", "tie"]].to_numpy().tolist() == [
        ["a", "c", 30.0, False],
        ["b", "c", 0.0, True],
    ]


@pytest.mark.parametrize("ask", [exchanges, possible_sites])
def test_what_makes_no_sense_is_named(ask: object) -> None:
    best = maximal_cover(TOWN, 2)
    other = CoverInstance.of([1], [[0], [0], [0]])
    for instance, solution, within, said in (
        (TOWN, best, 1, "within is 1"),
        (TOWN, best, "a", "within is 'a'"),
        (TOWN, "best", 0.1, "solution is 'best'"),
        ("town", best, 0.1, "instance is 'town'"),
        (other, best, 0.1, "not candidates of this instance"),
    ):
        with pytest.raises(ParameterError, match=said):
            ask(instance, solution, within=within)
