"""Opening hours: whether a place is open at some time, is closed, or nobody knows.

Hours are written in the syntax of OpenStreetMap (``Mo-Fr 09:00-19:00; Sa 10:00-13:00``) and read
by the library opening-hours-py. Public holidays (``PH``) are those of a calendar of the library
holidays, which knows the day of the patron saint too. School holidays (``SH``) never come: no
calendar tells them.
"""

from quartieri15.model.hours.holidays import (
    CALENDAR,
    public_holidays,
    with_dates_of_holidays,
    written_day,
)
from quartieri15.model.hours.opening import (
    DAYS,
    REFERENCE_YEAR,
    Moment,
    is_missing,
    moment,
    open_at,
    require_hours,
)
from quartieri15.model.hours.slots import (
    CLOSED,
    OPEN,
    UNKNOWN,
    hours_of,
    open_slots,
    open_spans,
    require_times,
    states_at,
)

__all__ = [
    "CALENDAR",
    "CLOSED",
    "DAYS",
    "OPEN",
    "REFERENCE_YEAR",
    "UNKNOWN",
    "Moment",
    "hours_of",
    "is_missing",
    "moment",
    "open_at",
    "open_slots",
    "open_spans",
    "public_holidays",
    "require_hours",
    "require_times",
    "states_at",
    "with_dates_of_holidays",
    "written_day",
]
