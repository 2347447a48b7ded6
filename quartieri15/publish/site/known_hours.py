"""When places are open, as far as it is known, day by day: what a page can tell of today."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from quartieri15.model.hours import UNKNOWN, hours_of, is_missing, open_spans
from quartieri15.model.places import SUMMER_2026

if TYPE_CHECKING:
    import geopandas as gpd

OWN_DAYS: Final = 366
"""For how many days from the making of a page the hours of places are written down; who opens the
page later reads that they are not known."""

TIME_ZONE: Final = "Europe/Rome"
"""Hours are those of the clocks of the city, wherever the reader's telephone is."""


def known_hours(places: gpd.GeoDataFrame, *, when: dt.date) -> dict[str, Any]:
    """Write the hours of places day by day, each set between the days it is known for.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        A places table. Hours in ``opening_hours`` hold from ``when`` on for :data:`OWN_DAYS`;
        those in ``summer_2026_opening_hours`` hold in
        :data:`~quartieri15.model.places.SUMMER_2026` and are told as what they are: hours as a
        cool space.
    when
        The day the page is made.

    Returns
    -------
    dict
        ``time_zone``; ``sets``, one per column of which anything is known: ``name``, ``first``
        and ``last`` (the days it speaks of, ISO), ``plans`` and ``plan`` (one row of days after
        the other, one per place, each the index of a plan). A plan is the list of a day's
        ``[start, end, state]``: minutes of the day, state 1 open, -1 not known. What is not in
        it is closed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> houses = pd.DataFrame({"id": ["a", "b"], "opening_hours": ["Mo-Fr 09:00-12:00", None]})
    >>> own = known_hours(houses, when=dt.date(2026, 11, 27))["sets"][0]
    >>> own["first"], own["plans"], own["plan"][:4].tolist()
    ('2026-11-27', [[[0, 1440, -1]], [[540, 720, 1]], []], [1, 2, 2, 1])
    """
    last = when + dt.timedelta(days=OWN_DAYS - 1)
    spans = {"opening_hours": (when, last), "summer_2026_opening_hours": SUMMER_2026}
    sets = [
        _day_by_day(places, column, first, last)
        for column, (first, last) in spans.items()
        if column in places and not places[column].map(is_missing).all()
    ]
    return {"time_zone": TIME_ZONE, "sets": sets}


def _day_by_day(
    places: gpd.GeoDataFrame, column: str, first: dt.date, last: dt.date
) -> dict[str, Any]:
    days = (last - first).days + 1
    found = open_spans(hours_of(places, column), first, last, ids=list(places["id"]), column=column)
    # A day on which nobody knows anything is the first plan.
    plans: dict[tuple[tuple[int, int, int], ...], int] = {((0, 24 * 60, UNKNOWN),): 0}
    spans: list[list[tuple[int, int, int]]] = [[] for _ in range(len(places) * days)]
    for place, day, *span in found.to_numpy().tolist():
        spans[place * days + day].append(tuple(span))
    plan = [plans.setdefault(tuple(own), len(plans)) for own in spans]
    return {
        "name": column,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "plans": [[list(span) for span in own] for own in plans],
        "plan": np.array(plan, dtype=np.int64),
    }
