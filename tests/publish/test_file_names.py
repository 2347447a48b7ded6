"""Every name makes a file that any system can hold, and no two scenarios share one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.errors import InputError
from quartieri15.planning.scenario import Scenario
from quartieri15.publish.file_names import require_scenarios, scenario_slug, slug_of


@given(st.text())
def test_a_name_is_small_letters_digits_and_hyphens_and_stays_what_it_is(text: str) -> None:
    name = slug_of(text)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert slug_of(name) == name


def test_accents_are_letters_and_what_is_no_letter_parts_words() -> None:
    assert slug_of("Città Studi – Lambrate") == "citta-studi-lambrate"
    assert scenario_slug("東京") == "scenario-senza-nome"


def test_one_scenario_is_a_list_of_itself() -> None:
    plan = Scenario("Nuova casa")
    assert require_scenarios(plan) == require_scenarios([plan]) == [plan]
    assert require_scenarios(()) == []


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ([Scenario("Nuova casa"), Scenario("nuova, casa")], "scenario-nuova-casa"),
        ([Scenario("東"), Scenario("京")], "scenario-senza-nome"),
        ("plan.yaml", "no scenario"),
        ([None], "no scenario"),
    ],
)
def test_what_has_no_file_of_its_own_is_refused(given_: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        require_scenarios(given_)  # type: ignore[arg-type]
