"""Law: of every minute of a day a page tells what the hours tell, and of days they do not speak of
nothing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.model.hours import CLOSED, states_at
from quartieri15.model.places import SUMMER_2026
from quartieri15.publish.site.known_hours import OWN_DAYS, known_hours

WHEN = dt.date(2026, 11, 26)
HOURS = (
    "Mo-Fr 09:00-12:00,14:00-19:00; Sa 10:00-18:00; PH off",
    "unknown; 2026 Jun 01-2026 Jul 14 off; 2026 Jun 01-2026 Jul 14 Mo,We 15:15-18:00",
    'Fr 20:00-26:00; Tu 10:00-12:00 "on call"',
    "24/7",
    None,
)


def state(known: dict, place: int, time: dt.datetime) -> int:
    """Return what a set of hours tells of a time, as a page reads it."""
    day = (time.date() - dt.date.fromisoformat(known["first"])).days
    days = (dt.date.fromisoformat(known["last"]) - dt.date.fromisoformat(known["first"])).days + 1
    assert 0 <= day < days
    minute = 60 * time.hour + time.minute
    plan = known["plans"][known["plan"][place * days + day]]
    return next((told for start, end, told in plan if start <= minute < end), CLOSED)


@settings(max_examples=30)
@given(st.lists(st.integers(0, OWN_DAYS * 1440 - 1), min_size=1, max_size=40))
def test_every_minute_is_told_as_the_hours_tell_it(minutes):
    places = pd.DataFrame({"id": list("abcde"), "opening_hours": HOURS})
    (known,) = known_hours(places, when=WHEN)["sets"]
    start = dt.datetime.combine(WHEN, dt.time())
    times = [start + dt.timedelta(minutes=minute) for minute in minutes]
    told = [[state(known, place, time) for time in times] for place in range(len(HOURS))]
    assert told == states_at(HOURS, times).tolist()


def test_hours_are_known_for_a_year_and_no_longer():
    (known,) = known_hours(pd.DataFrame({"id": ["a"], "opening_hours": ["24/7"]}), when=WHEN)[
        "sets"
    ]
    assert (known["first"], known["last"]) == ("2026-11-26", "2027-11-26")


def test_a_city_of_which_no_hours_are_known_has_none():
    nothing = pd.DataFrame({"id": ["a"], "opening_hours": [None]})
    assert known_hours(nothing, when=WHEN)["sets"] == []
    assert known_hours(nothing[["id"]], when=WHEN)["sets"] == []


def test_the_hours_of_milano_are_those_of_summer_and_speak_of_no_other_day(milano):
    (known,) = known_hours(milano.places, when=WHEN)["sets"]
    assert known["name"] == "summer_2026_opening_hours"
    assert (known["first"], known["last"]) == tuple(day.isoformat() for day in SUMMER_2026)
    acquabella = list(milano.places["id"]).index("CSRC-09")
    assert state(known, acquabella, dt.datetime(2026, 6, 1, 15)) == 1
    hours = milano.places["summer_2026_opening_hours"]
    times = list(pd.date_range("2026-06-01", "2026-09-30 23:00", freq="37h"))
    told = np.array([[state(known, i, time) for time in times] for i in range(len(hours))])
    assert (told == states_at(list(hours), times)).all()
