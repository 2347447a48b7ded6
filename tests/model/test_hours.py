"""Law: a place is open, closed, or nobody knows; what is not known is never guessed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours

from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.model.hours import (
    CLOSED,
    OPEN,
    UNKNOWN,
    moment,
    open_at,
    open_slots,
    open_spans,
    public_holidays,
    require_hours,
    states_at,
    with_dates_of_holidays,
)

local = dt.datetime.fromisoformat


def places(*hours: object) -> pd.DataFrame:
    return pd.DataFrame({"id": [f"h{i}" for i in range(len(hours))], "opening_hours": hours})


def told(when: object, *hours: object) -> list[object]:
    return open_at(places(*hours), when).astype(object).where(lambda x: x.notna(), None).tolist()


WEEK = "Mo-Fr 09:00-12:00,14:00-19:00; Sa 10:00-18:00"


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("Mon 09:00", True),
        ("mon 8:59", False),
        ("lunedì 12.00", False),
        ("Tuesday 14:00", True),
        ("sab 17:59", True),
        ("SABATO 18:00", False),
        ("dom 11:00", False),
        (local("2026-01-03 16:00"), True),
        (pd.Timestamp("2026-01-04 16:00"), False),
    ],
)
def test_a_week_is_read_as_it_is_written(when: object, is_open: object) -> None:
    assert told(when, WEEK) == [is_open]


def test_unknown_is_neither_open_nor_closed() -> None:
    blank = (None, np.nan, pd.NA, pd.NaT, "", "  ", "\n")
    assert told("Mon 10:00", *blank, WEEK, "off") == [*[None] * 7, True, False]
    assert states_at([*blank, WEEK], [local("2026-07-06 10:00")]).ravel().tolist() == [
        *[UNKNOWN] * 7,
        OPEN,
    ]
    for text in ("", "  "):
        with pytest.raises(InputError, match="no opening hours"):
            require_hours(text, where="here")
    assert open_at(places(WEEK).drop(columns="opening_hours"), "Mon 10:00").isna().all()
    assert open_at(places(), "Mon 10:00").tolist() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"su appuntamento"', [UNKNOWN] * 3),
        ('24/7 "on request"', [UNKNOWN] * 3),
        ('Sa 14:00-18:00 "by appointment"', [UNKNOWN, CLOSED, CLOSED]),
        ('Sa 14:00-18:00 "by appointment"; Su 10:00-12:00', [UNKNOWN, CLOSED, OPEN]),
        ('Sa-Su 10:00-22:00, Sa 15:00-17:00 "tour"', [UNKNOWN, OPEN, OPEN]),
        ('Sa 14:00-18:00; Su off "on leave"', [OPEN, CLOSED, CLOSED]),
        ('Mo-Su 08:00-22:00; Sa off "closed"', [CLOSED, CLOSED, OPEN]),
    ],
)
def test_open_with_a_comment_is_not_surely_open(text: str, expected: list[int]) -> None:
    times = ("2026-07-11 16:00", "2026-07-11 20:00", "2026-07-12 10:00")
    assert states(text, *times) == expected
    known = {OPEN: True, CLOSED: False, UNKNOWN: None}
    assert [told(local(time), text)[0] for time in times] == [known[code] for code in expected]
    weekdays = ("Sat 16:00", "Sat 20:00", "Sun 10:00")
    assert [told(when, text)[0] for when in weekdays] == [known[code] for code in expected]


def test_a_season_makes_a_weekday_unknown_and_a_date_known() -> None:
    season = "Jun-Sep Mo-Fr 08:00-20:00"
    assert told("Mon 10:00", season) == [None]
    assert told("Sun 10:00", season) == [False]
    assert told(local("2026-07-06 10:00"), season) == [True]
    assert told(local("2026-12-07 10:00"), season) == [False]
    assert told("Mon 10:00", 'Mo unknown "ask"') == [None]


@pytest.mark.parametrize(
    "hours", ["9-19", "Mo-Fr 9-19h", "lunedì 9:00", '""', 9, ["Mo 9:00-10:00"]]
)
def test_hours_that_cannot_be_read_name_their_place(hours: object) -> None:
    with pytest.raises(InputError, match=r"place 'h1', column opening_hours: .* no opening hours"):
        open_at(places(WEEK, hours), "Mon 10:00")
    with pytest.raises(InputError, match="here"):
        require_hours(hours, where="here")


@pytest.mark.parametrize(
    "when",
    [
        *("Mon", "10:00", "Mon 25:00", "Mon 10:60", "Mond 10:00", "", None, 10, b"Mon 10:00"),
        *(pd.NaT, dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), np.array(1)),
    ],
)
def test_a_time_that_is_none_is_refused(when: object) -> None:
    with pytest.raises(ParameterError, match="when"):
        open_at(places(WEEK), when)


def test_a_weekday_stands_for_all_its_days_of_the_year() -> None:
    days = moment("Thu 08:30", year=2026)
    assert days.label == "Thu 08:30"
    assert len(days.times) == 53
    assert {time.weekday() for time in days.times} == {3}
    assert {time.year for time in days.times} == {2026}
    assert moment(local("2026-07-06 10:05:59")).label == "2026-07-06 10:05"
    with pytest.raises(ParameterError, match="year"):
        moment("Thu 08:30", year=26)


def test_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="no table of places"):
        open_at([WEEK], "Mon 10:00")


def states(text: str | None, *times: str, calendar: str = "IT-MI") -> list[int]:
    return states_at([text], [local(time) for time in times], calendar=calendar)[0].tolist()


def test_the_patron_day_is_a_holiday_in_milano_and_not_in_roma() -> None:
    days = ("2026-12-04 10:00", "2026-12-07 10:00", "2026-12-08 10:00")
    assert states("Mo-Fr 09:00-19:00; PH off", *days) == [OPEN, CLOSED, CLOSED]
    assert states("Mo-Fr 09:00-19:00; PH off", *days, calendar="IT-RM") == [OPEN, OPEN, CLOSED]
    assert states("Mo-Fr 09:00-19:00", *days) == [OPEN, OPEN, OPEN]
    table = places("Mo-Fr 09:00-19:00; PH off")
    assert [open_at(table, local(day)).tolist() for day in days] == [[True], [False], [False]]


@pytest.mark.parametrize(
    ("rules", "written"),
    [
        ("Mo-Fr 09:00-12:00", "Mo-Fr 09:00-12:00"),
        ('Mo 09:00-12:00 "PH on request"', 'Mo 09:00-12:00 "PH on request"'),
        (
            "2026 Dec 01-2026 Dec 10: Su,PH off",
            "2026 Dec 01-2026 Dec 10: Su off; 2026 Dec 07,2026 Dec 08 off",
        ),
        ("Dec PH off", "2026 Dec 07,2026 Dec 08,2026 Dec 25,2026 Dec 26 off"),
        ("Dec PH Mo,Tu 10:00-12:00", "2026 Dec 07,2026 Dec 08 10:00-12:00"),
        (
            "Mo 09:00-10:00 || Dec 01-07 Su,PH off",
            "Mo 09:00-10:00 || Dec 01-07 Su off || 2026 Dec 07 off",
        ),
        ("Dec 01-20 Su,PH off", "Dec 01-20 Su off; 2026 Dec 07,2026 Dec 08 off"),
        (
            'Mo-Fr 09:00-12:00; 2026 Dec 01-2026 Dec 10 PH,Sa 10:00-12:00 unknown "ask"',
            (
                'Mo-Fr 09:00-12:00; 2026 Dec 01-2026 Dec 10 Sa 10:00-12:00 unknown "ask"; '
                '2026 Dec 07,2026 Dec 08 10:00-12:00 unknown "ask"'
            ),
        ),
    ],
)
def test_holidays_are_written_with_their_dates(rules: str, written: str) -> None:
    assert with_dates_of_holidays(rules, [2026]) == written
    require_hours(written, where="here")


def test_a_holiday_that_no_year_has_leaves_the_other_days() -> None:
    assert states("Mo-Fr 09:00-12:00; Feb PH 15:00-18:00", "2026-02-02 10:00") == [OPEN]


@pytest.mark.parametrize(
    "rules",
    [
        "PH +1 day 09:00-12:00",
        "Mo 09:00-12:00, PH 10:00-11:00",
        "PH,SH off",
        '"x":PH,Mo 09:00-12:00',
    ],
)
def test_holidays_in_a_way_that_is_not_read_are_refused(rules: str) -> None:
    with pytest.raises(InputError, match=r"place 0, column opening_hours: .* names PH"):
        states(rules, "2026-12-07 10:00")
    with pytest.raises(InputError, match=r"place 'h1', column opening_hours: .* names PH"):
        open_at(places(WEEK, rules), local("2026-12-07 10:00"))
    # On an ordinary Monday no holiday is asked for.
    assert open_at(places(rules), "Tue 08:00").tolist() == [False]


def test_hours_past_midnight_belong_to_the_day_they_begin() -> None:
    late = "Fr 22:00-02:00"
    assert states(late, "2026-07-10 23:59", "2026-07-11 01:59", "2026-07-11 02:00") == [1, 1, 0]
    assert states("2026 Dec 31 22:00-02:00", "2027-01-01 01:00", "2026-12-31 21:00") == [1, 0]


WEEKS = st.sampled_from(
    [
        *("Mo-Fr 09:00-12:00,14:00-19:00; Sa 10:00-18:00", "24/7", "off", "Fr 22:00-02:00"),
        *("Jun-Sep Mo-Fr 08:00-20:00", "unknown; 2026 Jul 01-2026 Jul 31 off", "Su unknown"),
        "Mo-Sa 09:00-19:00; PH off",
    ]
)
MINUTES_OF_2026 = st.lists(st.integers(0, 365 * 1440 - 1), min_size=1, max_size=20)


@settings(max_examples=60)
@given(WEEKS, MINUTES_OF_2026)
def test_many_times_at_once_are_the_times_one_by_one(text: str, when: list[int]) -> None:
    times = [local("2026-01-01") + dt.timedelta(minutes=minute) for minute in when]
    dated = OpeningHours(with_dates_of_holidays(text, [2025, 2026, 2027]))
    codes = {"open": OPEN, "closed": CLOSED, "unknown": UNKNOWN}
    one_by_one = [codes[str(dated.state(time)[0])] for time in times]
    assert states_at([text, None], times).tolist() == [one_by_one, [UNKNOWN] * len(times)]


def test_a_week_as_open_closed_and_unknown_slots() -> None:
    week = pd.date_range("2026-07-06", periods=7 * 24, freq="h")
    slots = open_slots(places("Sa 10:00-18:00", None, "Su unknown"), week)
    assert list(slots.index) == ["h0", "h1", "h2"]
    assert (slots.loc["h0"] == "open").sum() == 8
    assert (slots.loc["h1"] == "unknown").all()
    assert (slots.loc["h2"].iloc[-24:] == "unknown").all()
    none = places(WEEK).drop(columns="opening_hours")
    assert (open_slots(none, week) == "unknown").all(axis=None)
    with pytest.raises(UnknownNameError, match=r"hours: .*did you mean opening_hours"):
        open_slots(places(WEEK), week, hours="openning_hours")


def test_what_is_no_time_no_table_and_no_calendar_is_refused() -> None:
    for times in ([], ["soon"], [7], [local("2026-07-06T10:00+02:00")], None, ["1492-10-12"]):
        with pytest.raises(ParameterError, match="times"):
            open_slots(places(WEEK), times)
    with pytest.raises(InputError, match="no table of places"):
        open_slots([WEEK], ["2026-07-06"])
    for calendar in ("XX", "IT-XX", ""):
        with pytest.raises(UnknownNameError, match="calendar"):
            open_slots(places(WEEK), ["2026-07-06"], calendar=calendar)
    with pytest.raises(ParameterError, match="years"):
        public_holidays([26])


@settings(max_examples=50)
@given(
    st.sampled_from([WEEK, "24/7", "off", "Fr 20:00-26:00", 'Mo-We 10:00-12:00 "by appointment"']),
    st.integers(0, 5 * 1440 - 1),
)
def test_spans_of_days_tell_every_minute(text: str, minute: int) -> None:
    first = dt.date(2026, 12, 4)
    spans = open_spans([text, None], first, first + dt.timedelta(days=4))
    time = dt.datetime.combine(first, dt.time()) + dt.timedelta(minutes=minute)
    day, of_day = divmod(minute, 1440)
    at = spans[
        (spans["day"] == day) & (spans["start_minute"] <= of_day) & (of_day < spans["end_minute"])
    ]
    told = [(at.loc[at["place"] == place, "state"].tolist() or [CLOSED]) for place in (0, 1)]
    assert told == states_at([text, None], [time]).tolist()
    assert (spans["start_minute"] < spans["end_minute"]).all()
