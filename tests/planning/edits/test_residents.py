"""Laws: people come in whole, no group grows beyond the one it is part of, zones and addresses add
up to the same, and published totals are kept to the millionth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.planning.edits import AddResidents, ProjectResidents
from quartieri15.planning.edits.residents import PART_OF, _projected
from tests.planning.toy_town import at, town

CITY = town()


def assert_whole(city: Any) -> None:
    people, zone = city.residents, city.zones["nil"].iloc[0]
    for group, whole in PART_OF.items():
        assert people[group].sum() == pytest.approx(zone[group], abs=1e-5)
        if whole is not None:
            assert (people[group] <= people[whole] + 1e-9).all()


def test_a_new_estate_is_a_point_of_its_own() -> None:
    told = AddResidents(100, at=at(1, 1), over65=20, name="Estate").resolve(CITY)
    people = told.city.residents
    assert people["id"].tolist() == [*CITY.residents["id"], "estate"]
    new = people.iloc[-1]
    assert (new["residents"], new["over65"], new["minors"]) == (100, 20, 10)
    assert (new["nil"], new["municipi"]) == (1, 1)
    assert new["over75"] == 20
    assert "minors, over75, over85, foreign" in told.said
    assert told.people == 100
    assert_whole(told.city)


def test_people_of_a_zone_come_where_people_live() -> None:
    told = AddResidents(110, zone="centro").resolve(CITY)
    assert told.city.residents["residents"].tolist() == pytest.approx([40, 60, 100, 20])
    assert_whole(told.city)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="9 over65 among 5 residents"):
        AddResidents(5, zone="Centro", over65=9)
    with pytest.raises(ParameterError, match="minors and over65 are 6 of 5"):
        AddResidents(5, zone="Centro", over65=3, minors=3)
    with pytest.raises(ParameterError, match="at and zone are both given"):
        AddResidents(5, zone="Centro", at=at(1, 1))
    with pytest.raises(UnknownNameError, match="did you mean Centro"):
        AddResidents(5, zone="Centrò Storico").resolve(CITY)
    with pytest.raises(InputError, match="lies in no zone of nil"):
        AddResidents(5, at=at(9, 1)).resolve(CITY)
    with pytest.raises(UnknownNameError, match="did you mean over65"):
        ProjectResidents(2030, totals={"over_65": 3})
    with pytest.raises(ParameterError, match="totals and zones"):
        ProjectResidents(2030)
    with pytest.raises(InputError, match="leave room for 110"):
        ProjectResidents(2030, totals={"foreign": 111}).resolve(CITY)
    zones = {"Centro": {"residents": 5}, "1": {"residents": 5}}
    with pytest.raises(InputError, match="a zone is named twice"):
        ProjectResidents(2030, by="nil", zones=zones).resolve(CITY)


def test_a_projection_by_zone_is_kept() -> None:
    edit = ProjectResidents(2030, by="nil", zones={"Centro": {"residents": 200, "minors": 50}})
    after = edit.resolve(CITY).city
    assert after.zones["nil"][["residents", "minors"]].to_numpy().tolist() == [[200, 50]]
    assert after.residents["over65"].sum() == pytest.approx(20)
    assert_whole(after)


COUNTS = st.integers(0, 10**8).map(lambda n: n / 1e6)


@given(
    st.lists(st.tuples(COUNTS, *[st.floats(0, 1)] * 3), min_size=1, max_size=8),
    st.floats(0, 1000),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
@settings(max_examples=200)
def test_totals_are_kept_to_the_millionth_and_no_part_exceeds_its_whole(
    rows: list[tuple[float, ...]], total: float, shares: tuple[float, float, float]
) -> None:
    residents = np.array([row[0] for row in rows])
    if residents.sum() == 0:
        return

    def part(of: Any, share: Any) -> Any:
        return np.floor(np.asarray(of) * share * 1e6) / 1e6

    over65 = part(residents, [row[1] for row in rows])
    old = {
        "residents": residents,
        "over65": over65,
        "over75": part(over65, [row[2] for row in rows]),
        "minors": part(residents - over65, [row[3] for row in rows]),
        "foreign": part(residents, [row[2] for row in rows]),
    }
    wanted = {"residents": round(total, 6)}
    wanted["over65"] = round(total * shares[0] * 0.999, 6)
    wanted["minors"] = round((total - wanted["over65"]) * shares[1] * 0.999, 6)
    wanted["foreign"] = round(total * shares[2] * 0.999, 6)
    new, _ = _projected(old, wanted, what="here")
    whole = {name: np.rint(column * 1e6).astype(np.int64) for name, column in new.items()}
    for group, number in wanted.items():
        assert whole[group].sum() == round(number * 1e6)
        assert (whole[group] >= 0).all()
    assert (whole["over65"] + whole["minors"] <= whole["residents"]).all()
    assert (whole["foreign"] <= whole["residents"]).all()
    assert (whole["over75"] <= whole["over65"]).all()
    again = pd.DataFrame(_projected(new, wanted, what="here")[0])
    assert np.allclose(again.sum(), pd.DataFrame(new)[list(again.columns)].sum(), atol=1e-5)
