"""The law: the checker believes only what it can recompute, and whatever was altered is refused.

It shares no code with the search: it imports nothing of it.
"""

from __future__ import annotations

import ast
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.planning.siting import certificate as checker
from quartieri15.planning.siting.certificate import CLOSED, Certificate, check_certificate
from quartieri15.planning.siting.cover import CoverInstance
from quartieri15.planning.siting.maximal import maximal_cover
from tests.planning.siting.sets import Question, questions

if TYPE_CHECKING:
    from collections.abc import Callable


def hard() -> tuple[CoverInstance, Certificate]:
    """A problem that prices alone do not close: rounds, then a tree."""
    some = np.random.default_rng(3)
    covers = [some.choice(40, 8, replace=False).tolist() for _ in range(30)]
    instance = CoverInstance.of(some.integers(1, 20, 40), covers)
    proof = maximal_cover(instance, 4).certificate
    assert proof.tree
    assert any(len(step.removed) for step in (*proof.rounds, *proof.tree))
    return instance, proof


INSTANCE, PROOF = hard()


def test_it_shares_no_code_with_the_search() -> None:
    tree = ast.parse(Path(checker.__file__).read_text(encoding="utf-8"))
    imported = {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    own = {name for name in imported if name.startswith("quartieri15")}
    assert own == {"quartieri15.errors"}


def test_what_the_search_proves_holds() -> None:
    checked = check_certificate(INSTANCE, PROOF)
    assert checked.value == PROOF.value
    assert checked.bound - checked.value < 1e-6
    assert checked.gap < 1e-9
    assert checked.steps == len(PROOF.rounds) + len(PROOF.tree)


def test_it_outlives_a_file() -> None:
    kept = json.dumps(PROOF.to_plain())
    again = Certificate.from_plain(json.loads(kept))
    assert check_certificate(INSTANCE, again) == check_certificate(INSTANCE, PROOF)
    assert json.dumps(again.to_plain()) == kept


@pytest.mark.parametrize(
    "spoiled",
    [
        {"prices": [[0.5]]},
        {"tree": [[1, 2]]},
        {"need": "four"},
        {"row_of": None},
        {"dominated": [1, 2, 3]},
    ],
)
def test_a_spoiled_file_is_refused(spoiled: dict[str, object]) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Certificate.from_plain(PROOF.to_plain() | spoiled)
    with pytest.raises(InputError, match="cannot be read"):
        Certificate.from_plain([])


def _first(steps: tuple[Any, ...], what: Callable[[Any], bool]) -> int:
    return next(i for i, step in enumerate(steps) if what(step))


def _with_step(proof: Certificate, number: int, **changed: Any) -> Certificate:
    tree = list(proof.tree)
    tree[number] = tree[number]._replace(**changed)
    return replace(proof, tree=tuple(tree))


def _wrongly_removed(proof: Certificate) -> Certificate:
    """Rule a site of the optimum out at the start."""
    best = np.array([proof.chosen[0]])
    first = proof.tree[0]
    return _with_step(proof, 0, removed=np.union1d(first.removed, best), fixed=first.fixed[:0])


def _wrongly_needed(proof: Certificate) -> Certificate:
    """Hold a candidate to be in every good set that is not."""
    other = np.setdiff1d(np.arange(30), proof.chosen)
    there = [i for i in other.tolist() if i not in proof.dominated[:, 0].tolist()]
    gone = {i for step in proof.rounds for i in step.removed.tolist()}
    free = np.array([i for i in there if i not in gone][:1])
    return _with_step(proof, 0, removed=free[:0], fixed=free)


def _price_above_weight(proof: Certificate) -> Certificate:
    last = max(i for i, step in enumerate(proof.tree) if step.split == CLOSED)
    number = proof.tree[last].price
    prices = list(proof.prices)
    prices[number] = prices[number] + (1 << 55)
    return replace(proof, prices=tuple(prices))


def _no_prices(proof: Certificate) -> Certificate:
    return replace(proof, prices=tuple(np.zeros_like(price) for price in proof.prices))


def _negative_price(proof: Certificate) -> Certificate:
    return replace(proof, prices=tuple(price - (1 << 40) for price in proof.prices))


def _wrong_replacement(proof: Certificate) -> Certificate:
    pair = np.array([[proof.chosen[0], proof.chosen[1]]])
    return replace(proof, dominated=np.concatenate([pair, proof.dominated]))


def _wrongly_merged(proof: Certificate) -> Certificate:
    row_of = proof.row_of.copy()
    there = np.flatnonzero(row_of >= 0)
    one, other = there[0], there[-1]
    assert row_of[one] != row_of[other]
    row_of[row_of == row_of[other]] = row_of[one]
    return replace(proof, row_of=row_of)


TAMPERED: dict[str, tuple[Callable[[Certificate], Certificate], str]] = {
    "a site that is not what it covers": (
        lambda p: replace(p, value=p.value + 1),
        "the sites cover",
    ),
    "other sites": (lambda p: replace(p, chosen=(p.chosen + 1) % 30), "the sites cover"),
    "a site twice": (lambda p: replace(p, chosen=p.chosen[[0, 0, 1, 2]]), "not different"),
    "too many sites": (lambda p: replace(p, need=3), "4 sites for 3"),
    "a forbidden site": (lambda p: replace(p, forbidden=p.chosen[:1]), "forbidden"),
    "a mandatory site that is not there": (
        lambda p: replace(p, mandatory=np.setdiff1d(np.arange(30), p.chosen)[:1]),
        "mandatory",
    ),
    "a lower bound": (lambda p: replace(p, bound_units=p.bound_units - (1 << 50)), "certificate"),
    "a bound below the value": (lambda p: replace(p, bound_units=0), "certificate"),
    "a site ruled out": (_wrongly_removed, "could cover more"),
    "a site held needed": (_wrongly_needed, "held to be needed"),
    "a price above its weight": (_price_above_weight, "above its weight"),
    "a negative price": (_negative_price, "negative"),
    "no prices": (_no_prices, "certificate"),
    "a wrong replacement": (_wrong_replacement, "does not replace"),
    "wrongly merged rows": (_wrongly_merged, "certificate"),
    "a row left out": (
        lambda p: replace(p, row_of=np.full_like(p.row_of, -1)),
        "left out",
    ),
    "a part left out": (lambda p: replace(p, tree=p.tree[:-1]), "not bounded"),
    "a step too many": (lambda p: replace(p, tree=(*p.tree, p.tree[-1])), "more steps than parts"),
    "no tree": (lambda p: replace(p, tree=()), "not bounded"),
    "a tree closed at its root": (
        lambda p: replace(p, tree=(p.tree[0]._replace(split=CLOSED),)),
        "the prices bound a part by",
    ),
    "prices that are not there": (
        lambda p: _with_step(p, _first(p.tree, lambda s: s.split == CLOSED), price=10**6),
        "no such prices",
    ),
    "a split by nobody": (
        lambda p: _with_step(p, _first(p.tree, lambda s: s.split >= 0), split=10**6),
        "to split by is not there",
    ),
    "a negative price of sites": (
        lambda p: _with_step(p, _first(p.tree, lambda s: s.split == CLOSED), site_price=-1),
        "makes no sense",
    ),
    "units too small": (lambda p: replace(p, bits=70), "too small"),
    "units that make no sense": (lambda p: replace(p, bits=-1), "makes no sense"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_altered_is_refused(what: str) -> None:
    alter, said = TAMPERED[what]
    with pytest.raises(InputError, match=said) as refused:
        check_certificate(INSTANCE, alter(PROOF))
    assert refused.value.where.startswith("certificate, ")


@pytest.mark.parametrize("broken", [None, 3, "proof", replace(PROOF, prices=None)])
def test_what_is_no_certificate_is_refused(broken: Any) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        check_certificate(INSTANCE, broken)


def test_a_certificate_of_another_city_is_refused() -> None:
    heavier = CoverInstance(
        INSTANCE.weight + 1, INSTANCE.indptr, INSTANCE.rows, INSTANCE.candidate_ids
    )
    with pytest.raises(InputError, match="certificate"):
        check_certificate(heavier, PROOF)


def test_sites_beyond_the_budget_are_refused() -> None:
    costs = np.ones(30)
    proof = maximal_cover(INSTANCE, costs=costs, budget=3).certificate
    check_certificate(INSTANCE, proof)
    with pytest.raises(InputError, match="cost more than the budget"):
        check_certificate(INSTANCE, replace(proof, budget=2.0))
    with pytest.raises(InputError, match="certificate"):
        # With more money more can be covered than was proven.
        check_certificate(INSTANCE, replace(proof, budget=4.0))


@settings(max_examples=150)
@given(questions(), st.data())
def test_no_claim_below_the_best_is_ever_believed(question: Question, data: st.DataObject) -> None:
    """Whatever prices and exclusions say: a bound below what some sites cover is refused."""
    solution = maximal_cover(question.instance, question.n, **question.asked)
    proof = solution.certificate
    worse = data.draw(st.sampled_from(question.admissible()))
    value = question.covered(worse)
    if value >= solution.value - 1e-6:
        return
    between = (value + solution.value) / 2
    claimed = replace(
        proof,
        chosen=np.array(worse, dtype=np.int64),
        value=value,
        bound_units=math.floor(between * 2**proof.bits),
    )
    with pytest.raises(InputError, match="certificate"):
        check_certificate(question.instance, claimed)
