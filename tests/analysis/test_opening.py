"""Laws: unknown hours are neither open nor closed, and opening a place longer harms nobody.

Places that never close cover as many as coverage() counts, whatever the hour.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.opening import coverage_by_hour, open_when
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.hours import open_at
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    import shapely

    from quartieri15.model.city import City

# 100 m a cell: 15 minutes at 3.2 km/h are 8 cells.
TOWN = """
A---------B---------C---------D
|         |         |         |
E---------F---------G---------H
"""
WHO = {(1.0, 0.0): 100.0, (9.0, 0.0): 200.0, (19.0, 0.0): 50.0, (29.0, 0.0): 400.0, (21.0, 3.0): 30}
AT = {"west": (2.0, 0.0), "middle": (12.0, 0.0), "east": (22.0, 3.0)}
ASKED = {"to": "houses", "profile": "walk_75"}
SLOTS = tuple(f"2026-07-1{day} {hour:02d}:00" for day in (1, 2) for hour in (9, 12, 16, 20))


NO_HOURS = draw_city(TOWN, cell=100.0, places=AT, people=WHO)


def town(*hours: str | None) -> City:
    return NO_HOURS.with_(places=NO_HOURS.places.assign(opening_hours=list(hours)))


REACHED = [
    {name for name, place in AT.items() if abs(x - place[0]) + abs(y - place[1]) <= 8}
    for x, y in WHO
]
"""Which houses each of the points reaches: none of the streets between them makes a detour."""

local = dt.datetime.fromisoformat
ALWAYS = town("24/7", "24/7", "24/7")

SATURDAY = "Sa 10:00-18:00"
weeks = st.sampled_from(
    [None, SATURDAY, "Sa-Su 08:00-13:00", "24/7", "off", "Su unknown", "Sa 12:00-24:00; Su off"]
)
three = st.tuples(weeks, weeks, weeks)


@settings(max_examples=12)
@given(three, st.sampled_from(["city", "nil"]))
def test_each_hour_is_the_coverage_of_the_places_open_then(
    hours: tuple[str | None, ...], by: str
) -> None:
    city = town(*hours)
    found = coverage_by_hour(city, at=SLOTS, by=by, **ASKED)
    houses = city.houses
    for time, rows in found.groupby("time"):
        known = open_at(houses, time.to_pydatetime())
        for bound, unknown in (("at_least", False), ("at_most", True)):
            usable = houses[known.fillna(unknown).to_numpy(dtype=bool)]
            expected = np.zeros(len(rows))
            if len(usable):
                expected = coverage(city, to=usable, profile="walk_75", by=by)["covered"]
            np.testing.assert_allclose(rows[f"covered_{bound}"], expected, rtol=1e-12)
        assert set(rows["places_open"]) == {int((known == True).sum())}  # noqa: E712
        assert set(rows["places_unknown"]) == {int(known.isna().sum())}


@settings(max_examples=30)
@given(three)
def test_the_bounds_are_in_order_and_shares_are_of_the_population(
    hours: tuple[str | None, ...],
) -> None:
    found = coverage_by_hour(town(*hours), at=SLOTS, **ASKED)
    assert (found["covered_at_least"] <= found["covered_at_most"]).all()
    assert (found["covered_at_most"] <= found["population"] * (1 + 1e-12)).all()
    np.testing.assert_allclose(
        found["share_at_least"] * found["population"], found["covered_at_least"], rtol=1e-12
    )
    if None not in hours and "Su unknown" not in hours:
        assert found["covered_at_least"].tolist() == found["covered_at_most"].tolist()


def test_a_week_of_places_that_never_close_is_coverage_at_every_hour() -> None:
    whole = coverage(ALWAYS, by="nil", **ASKED)
    week = coverage_by_hour(ALWAYS, by="nil", week_of="2026-07-08", **ASKED)
    assert len(week) == 7 * 24 * len(whole)
    assert week["time"].iloc[0] == pd.Timestamp("2026-07-06")
    for bound in ("at_least", "at_most"):
        np.testing.assert_allclose(week[f"covered_{bound}"], np.tile(whole["covered"], 7 * 24))
    np.testing.assert_allclose(week["population"], np.tile(whole["population"], 7 * 24))


longer = st.sampled_from(["Sa 10:00-18:00", "Sa-Su 08:00-21:00", "24/7"])


@settings(max_examples=40)
@given(three, st.sampled_from(list(AT)), longer)
def test_who_gains_is_who_reaches_no_other_open_place(
    hours: tuple[str | None, ...], place: str, opens: str
) -> None:
    city = town(*hours)
    gains = open_when(city, place=place, opens=opens, at=SLOTS, groups="residents", **ASKED)
    for row in gains.itertuples():
        known = open_at(city.houses, row.time.to_pydatetime()).iloc[list(AT).index(place)]
        assert row.was == {True: "open", False: "closed"}.get(known, "unknown")
        for gained, surely in ((row.gained_at_least, True), (row.gained_at_most, False)):
            people = [WHO[who] for who in gainers(city, place, row.time, surely=surely)]
            assert gained == pytest.approx(sum(people))
    # Whoever gains at one time or at several is counted once.
    question = {"place": place, "opens": opens, "groups": "residents", **ASKED}
    together = open_when(city, at=SLOTS, at_any_time=True, **question).iloc[0]
    assert together["times"] == (gains["was"] != "open").sum()
    for bound in ("gained_at_least", "gained_at_most"):
        ever = {
            who
            for time in gains["time"]
            for who in gainers(city, place, time, surely=bound == "gained_at_least")
        }
        assert together[bound] == pytest.approx(sum(WHO[who] for who in ever))


def gainers(
    city: City, place: str, time: pd.Timestamp, *, surely: bool
) -> set[tuple[float, float]]:
    """Who reaches a place that was not open, and no other that is open or may be."""
    known = dict(zip(AT, open_at(city.houses, time.to_pydatetime()), strict=True))
    if known[place] not in {False, pd.NA}:
        return set()
    shut = {False} if surely else {False, pd.NA}
    return {
        who
        for who, near in zip(WHO, REACHED, strict=True)
        if place in near and all(known[other] in shut for other in near - {place})
    }


@settings(max_examples=20)
@given(three, longer)
def test_opening_longer_never_harms_in_either_bound(
    hours: tuple[str | None, ...], opens: str
) -> None:
    at = [time for time in SLOTS if open_at(town(opens, None, None).houses, local(time)).iloc[0]]
    before, after = (
        coverage_by_hour(town(west, *hours[1:]), at=at, **ASKED) for west in (hours[0], opens)
    )
    assert (after["covered_at_least"] >= before["covered_at_least"] - 1e-9).all()
    assert (after["covered_at_most"] >= before["covered_at_most"] - 1e-9).all()


def test_the_gain_of_one_house_by_hand() -> None:
    city = town(SATURDAY, None, "off")
    gains = open_when(
        city, place="east", opens="Sa 16:00-20:00", at=SLOTS, groups="residents", **ASKED
    )
    # The east house reaches the 30 and, 6 cells off, the 50; nobody else is within 8 cells. The
    # middle one, of unknown hours, reaches the 50 too, the west one, which is open, neither.
    assert gains.columns[:3].tolist() == ["time", "weekday", "was"]
    assert gains[["weekday", "was"]].to_numpy().tolist() == [["Sat", "closed"]]
    assert gains[["gained_at_least", "gained_at_most"]].to_numpy().tolist() == [[30, 80]]


def test_a_place_that_is_open_already_gains_nothing_and_says_so() -> None:
    gains = open_when(
        town(SATURDAY, "off", "off"), place="west", opens="24/7", at=SLOTS, by="nil", **ASKED
    )
    was = gains.drop_duplicates("time").set_index("time")["was"]
    assert was.tolist() == ["closed", "open", "open", *["closed"] * 5]
    assert (gains.loc[gains["was"] == "open", "gained_at_most"] == 0).all()
    unknown = open_when(town(None, None, None), place="west", opens="24/7", at=SLOTS, **ASKED)
    assert set(unknown["was"]) == {"unknown"}


def test_a_time_that_is_asked_for_twice_counts_once() -> None:
    city = town(SATURDAY, None, "off")
    twice = [SLOTS[1], SLOTS[0], local(SLOTS[1])]
    found = coverage_by_hour(city, at=twice, groups="residents", **ASKED)
    assert found["time"].tolist() == [pd.Timestamp(time) for time in twice[:2]]
    gains = open_when(
        city, place="east", opens="24/7", at=twice, groups="residents", at_any_time=True, **ASKED
    )
    assert gains["times"].tolist() == [2]


def test_hours_are_looked_at_when_the_city_is_made() -> None:
    city = town("  ", '"su appuntamento"', "")
    assert city.places["opening_hours"].tolist() == [None, '"su appuntamento"', None]
    found = coverage_by_hour(city, at=SLOTS[0], groups="residents", **ASKED)
    assert found[["places_open", "places_unknown"]].to_numpy().tolist() == [[0, 3]]
    assert found.attrs["provenance"]["places_without_hours"] == ["west", "east"]
    for bad in ("lun-ven 9-12", 7, [SATURDAY]):
        with pytest.raises(InputError, match=r"places, row 1, column opening_hours: .* no opening"):
            town(SATURDAY, bad, bad)


def test_without_hours_nothing_is_known_and_the_table_says_of_which_places() -> None:
    found = coverage_by_hour(NO_HOURS, at="2026-07-11 16:00", groups="residents", **ASKED)
    assert found[["covered_at_least", "places_open", "places_unknown"]].to_numpy().tolist() == [
        [0, 0, 3]
    ]
    told = found.attrs["provenance"]
    assert told["places_without_hours"] == list(AT)
    assert told["speed_kmh"] == 3.2
    assert told["licence_line"] == "drawn for a test"
    assert "arrive while it is open" in told["assumption"]


def test_people_in_no_zone_are_told() -> None:
    zone = ALWAYS.zones["nil"]
    west = zone.assign(geometry=zone.geometry.intersection(square_around(ALWAYS, "west")))
    city = ALWAYS.with_(zones={**ALWAYS.zones, "quarters": west})
    found = coverage_by_hour(city, at=SLOTS[0], by="quarters", groups="residents", **ASKED)
    assert found["population"].tolist() == [300]
    assert found.attrs["provenance"]["in_no_zone"] == {"residents": 480}


def square_around(city: City, place: str) -> shapely.Polygon:
    return city.places.set_index("id").geometry[place].buffer(800)


def test_a_group_of_nobody_has_no_share_and_the_reason_is_told() -> None:
    nobody = ALWAYS.residents.assign(over85=0.0)
    zones = {name: table.assign(over85=0.0) for name, table in ALWAYS.zones.items()}
    city = ALWAYS.with_(residents=nobody, zones=zones)
    found = coverage_by_hour(city, at="2026-07-11 16:00", groups="over85", **ASKED)
    assert found["share_at_least"].isna().all()
    assert found["reason"].tolist() == ["no_population"]


def test_hours_over_midnight_and_the_patron_day() -> None:
    city = town("Fr 22:00-02:00", "Mo-Su 09:00-19:00; PH off", "off")
    times = ("2026-07-10 23:00", "2026-07-11 01:00", "2026-07-11 03:00")
    found = coverage_by_hour(city, at=times, groups="residents", **ASKED)
    assert found["places_open"].tolist() == [1, 1, 0]
    december = coverage_by_hour(
        city, dates=["2026-12-07", dt.date(2026, 12, 9)], groups="residents", **ASKED
    ).set_index("time")["places_open"]
    assert december["2026-12-07 10:00"] == 0
    assert december["2026-12-09 10:00"] == 1
    roma = coverage_by_hour(
        city, at="2026-12-07 10:00", groups="residents", calendar="IT-RM", **ASKED
    )
    assert roma["places_open"].tolist() == [1]


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({}, ParameterError, "0 of week_of, dates and at"),
        ({"at": SLOTS, "dates": "2026-07-11"}, ParameterError, "2 of week_of, dates and at"),
        ({"at": "noon"}, ParameterError, "at: 'noon' is no local time"),
        ({"dates": []}, ParameterError, "dates: there is no time"),
        ({"week_of": ["2026-07-01", "2026-07-09"]}, ParameterError, "week_of"),
        ({"at": SLOTS, "every_minutes": 0}, ParameterError, "every_minutes is 0"),
        ({"at": SLOTS, "by": "quarters"}, UnknownNameError, "quarters"),
        ({"at": SLOTS, "by": "place"}, UnknownNameError, "place"),
        ({"at": SLOTS, "hours": "winter_hours"}, UnknownNameError, "column of hours"),
        ({"at": SLOTS, "hours": 7}, ParameterError, "hours is 7"),
        ({"at": SLOTS, "hours": "name"}, InputError, "place 'west', column name: 'West'"),
        ({"at": SLOTS, "calendar": "XX"}, UnknownNameError, "calendar"),
        ({"at": SLOTS, "minutes": 0}, ParameterError, "minutes"),
    ],
)
def test_what_makes_no_sense_is_refused(
    wrong: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        coverage_by_hour(ALWAYS, **ASKED, **wrong)


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"place": "north"}, UnknownNameError, "place: unknown place 'north'"),
        ({"place": ["west"]}, UnknownNameError, "place"),
        ({"opens": "Saturdays"}, InputError, "opens: 'Saturdays' are no opening hours"),
        ({"opens": "Mo 09:00-12:00"}, ParameterError, "opens at none of the times"),
    ],
)
def test_a_place_or_hours_that_make_no_sense_are_refused(
    wrong: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        open_when(ALWAYS, **{"place": "west", "opens": "24/7", "at": SLOTS, **ASKED, **wrong})
