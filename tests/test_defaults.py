"""Law: in a city without NIL, Municipi and houses every question answers as it stands, or says
which argument to give; and with what it says it answers.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

import quartieri15 as q15
from quartieri15.errors import Quartieri15Error

if TYPE_CHECKING:
    from collections.abc import Callable

    from quartieri15.model.city import City

NO_QUESTIONS = {"build", "load", "update", "read_facilities", "facilities_from_osm", "record_run"}
NO_QUESTIONS |= {"parse_edit"}
WRITES = {"write_comparison", "write_links", "write_reports", "write_site", "write_sites"}
NEEDS_MORE = {
    "trends": "earlier",
    "coverage_by_year": "earlier",
    "coverage_by_hour": "week_of",
    "open_when": "week_of",
    "geocode": r"\[residents.civic_numbers\]",
    "locate": r"\[residents.civic_numbers\]",
}
"""What no argument with a default gives: other years, a moment, a register. Each says so."""


@pytest.fixture(scope="module")
def centro() -> City:
    """A city of one set of zones, whose places are a network called libraries."""
    return q15.load("centro-2019")


def questions() -> list[str]:
    """The public functions that ask something of a city."""
    found = []
    for name in dir(q15):
        verb = getattr(q15, name)
        if inspect.isfunction(verb) and "city" in inspect.signature(verb).parameters:
            found.append(name)
    return sorted({*found} - NO_QUESTIONS - WRITES)


def needed(verb: Callable[..., Any], city: City) -> dict[str, Any]:
    """What a question cannot do without, as somebody in that city would say it."""
    first = city.places["id"].iloc[0]
    closing = q15.Scenario("closing", [q15.edits.ClosePlace(first)])
    known: dict[str, Any] = {
        "city": city,
        "to": "libraries",
        "places": "libraries",
        "profile": "walk_75",
        "n": 1,
        "scenarios": closing,
        "services": {"library": "libraries"},
        "distribution": q15.PaceDistribution.normal(mean_kmh=4, sd_kmh=1, name="some"),
        "text": "Via Larga 6",
        "words": "Via Larga",
        "cover": q15.coverage(city, to="libraries", profile="walk_75", minutes=15, by="blocks"),
        "quarters": city.zones["blocks"][["id", "name", "residents", "geometry"]],
        "along": "Via Larga",
        "first": "libraries",
        "second": "pharmacy",
        "place": first,
        "opens": "Sa 10:00-18:00",
        "at": "2026-07-06 10:00",
    }
    wanted = inspect.signature(verb).parameters.values()
    empty, any_number = inspect.Parameter.empty, inspect.Parameter.VAR_POSITIONAL
    return {
        one.name: known[one.name]
        for one in wanted
        if one.default is empty and one.kind is not any_number
    }


def given(error: Quartieri15Error, verb: Callable[..., Any]) -> dict[str, Any]:
    """The argument that an error says to give."""
    argument = str(error.where).partition(",")[0]
    assert argument in inspect.signature(verb).parameters, str(error)
    said = re.search(rf"give {argument}=(?:'(\w+)')?", str(error.mend))
    assert said is not None, str(error)
    said_in_words = {
        "need": ("over65", "residents"),
        "components": q15.NeedComponent(name="old", of="over65", per="residents"),
        "units": ("blocks", "hexagons"),
        "least_people": 0,
    }
    if argument in said_in_words:
        return {argument: said_in_words[argument]}
    return {argument: "libraries" if "'libraries'" in str(error.mend) else said[1]}


@pytest.mark.parametrize("name", questions())
def test_a_question_answers_as_it_stands_or_says_which_argument_to_give(
    name: str, centro: City
) -> None:
    verb = getattr(q15, name)
    said = needed(verb, centro)
    for _ in range(4):
        refused = refusal_of(verb, said)
        if refused is None:
            return
        if name in NEEDS_MORE:
            assert re.search(NEEDS_MORE[name], str(refused)), str(refused)
            return
        more = given(refused, verb)
        assert not (set(more) & set(said)) - {"to", "places"}, str(refused)
        said |= more
    pytest.fail(f"{name} still has no answer with {said}")


def refusal_of(verb: Callable[..., Any], said: dict[str, Any]) -> Quartieri15Error | None:
    try:
        verb(**said)
    except Quartieri15Error as error:
        return error
    return None
