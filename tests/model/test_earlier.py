"""Law: what is known of other years is read once, when asked for, and goes with its streets."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.earlier import Earlier
from tests.analysis.sensitivity.towns import LONGER, TOWN

ROW = {"year": 2011, "by": "nil", "zone_id": 1, "group": "over65", "count": 5, "source": "census"}


def test_streets_and_people_are_read_once_and_only_when_asked_for() -> None:
    asked: list[str] = []

    def streets() -> Any:
        asked.append("streets")
        return LONGER

    def people() -> pd.DataFrame:
        asked.append("people")
        return pd.DataFrame([ROW])

    earlier = Earlier(streets={"then": streets}, people=people)
    city = TOWN.with_(earlier=earlier)
    assert city.earlier.vintages == ("then",)
    assert asked == []
    assert city.earlier.streets("then") is city.earlier.streets("then") is LONGER
    assert city.earlier.people is city.earlier.people
    assert asked == ["streets", "people"]


def test_a_city_on_streets_of_another_year_says_so_and_shares_the_rest() -> None:
    city = TOWN.with_(earlier=Earlier(streets={"then": LONGER}))
    before = city.on_streets_of("then")
    assert before.streets is LONGER
    assert before.residents is city.residents
    assert before.provenance["vintages"]["streets"] == "then"
    with pytest.raises(UnknownNameError, match="then"):
        city.on_streets_of("them")


def test_streets_that_were_edited_have_no_other_years_and_people_keep_theirs() -> None:
    city = TOWN.with_(earlier=Earlier(streets={"then": LONGER}, people=pd.DataFrame([ROW])))
    assert city.with_(places=city.places.iloc[:1]).earlier is city.earlier
    edited = city.with_(streets=LONGER)
    assert edited.earlier.vintages == ()
    assert len(edited.earlier.people) == 1
    assert len(TOWN.earlier.people) == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROW, ROW], "twice"),
        ([ROW | {"count": -1}], "below 0"),
        ([ROW | {"year": "then"}], "whole number"),
        ([{name: value for name, value in ROW.items() if name != "source"}], "source"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Earlier(people=pd.DataFrame(rows))


def test_what_is_no_table_and_no_network_is_refused() -> None:
    with pytest.raises(InputError):
        Earlier(people=[ROW])  # type: ignore[arg-type]
    with pytest.raises(ParameterError):
        Earlier(streets=LONGER)  # type: ignore[arg-type]
    with pytest.raises(ParameterError):
        Earlier(streets={"then": 3})  # type: ignore[dict-item]
    with pytest.raises(ParameterError):
        TOWN.with_(earlier="before")  # type: ignore[arg-type]
