"""Law: a place is open, closed, or nobody knows; what is not known is never guessed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from quartieri15.errors import InputError, ParameterError
from quartieri15.model.hours import moment, open_at, require_hours


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
    assert told("Mon 10:00", None, np.nan, pd.NA, WEEK, "off") == [None, None, None, True, False]
    assert open_at(places(WEEK).drop(columns="opening_hours"), "Mon 10:00").isna().all()
    assert open_at(places(), "Mon 10:00").tolist() == []


def test_a_season_makes_a_weekday_unknown_and_a_date_known() -> None:
    season = "Jun-Sep Mo-Fr 08:00-20:00"
    assert told("Mon 10:00", season) == [None]
    assert told("Sun 10:00", season) == [False]
    assert told(local("2026-07-06 10:00"), season) == [True]
    assert told(local("2026-12-07 10:00"), season) == [False]
    assert told("Mon 10:00", 'Mo unknown "ask"') == [None]


@pytest.mark.parametrize("hours", ["9-19", "Mo-Fr 9-19h", "lunedì 9:00", "", 9, ["Mo 9:00-10:00"]])
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
