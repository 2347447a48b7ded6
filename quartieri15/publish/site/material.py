"""What all pages of a site are made from: a city, who publishes, and tables computed once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quartieri15.model import profiles
from quartieri15.progress import quiet
from quartieri15.publish.analysis_folder import Answers, Question, answer
from quartieri15.publish.disclosure import SMALLEST_COUNT
from quartieri15.reach.times import travel_times

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.scenario import Scenario
    from quartieri15.progress import Say
    from quartieri15.publish.site.publisher import Publisher

TRAVELLERS: Final = (
    "walk_75",
    "walk_adult",
    "walk_65",
    "walk_80plus",
    "step_free",
    "bike_adult",
)
"""Who can be chosen on a page, and who travels at first."""

GROUPS: Final = ("over65", "foreign", "residents", "over75")
"""Who is counted on a page, first the group of the first view."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Material:
    """What all pages are made from. A table asked for twice is computed once.

    Parameters
    ----------
    city
        The city.
    publisher
        Who answers for the pages.
    when
        The time of writing.
    travellers
        Who can be chosen, first the traveller of the first view.
    minutes
        The threshold.
    groups
        Who is counted, first the group of the first view.
    places
        The set of places to reach.
    scenarios
        The scenarios that have a page.
    smallest_count
        Smaller counts of people are hidden, the others rounded to multiples of it.
    language
        In which the pages open.
    progress
        Called with a few words at the start of every step.
    folder
        Where the site is being written: the files to download are there before the pages.
    """

    city: City
    publisher: Publisher
    when: dt.datetime
    travellers: tuple[TravelProfile, ...] = tuple(profiles.get(name) for name in TRAVELLERS)
    minutes: float = 15.0
    groups: tuple[str, ...] = GROUPS
    places: str = "houses"
    scenarios: tuple[Scenario, ...] = ()
    smallest_count: float = SMALLEST_COUNT
    language: str = "it"
    progress: Say = quiet
    folder: Path | None = None

    @functools.cached_property
    def question(self) -> Question:
        """What the pages and the tables beside them answer: all travellers, all groups."""
        return Question.of(
            self.city, profiles=self.travellers, minutes=self.minutes, places=self.places
        )

    @functools.cached_property
    def answers(self) -> Answers:
        """The tables of all travellers, as they are published."""
        # On a bicycle each house reaches most of a city: those areas are drawn together only.
        exact = answer(self.city, self.question, modes=("walk",), progress=self.progress)
        return exact.published(self.smallest_count)

    def times(self, who: TravelProfile) -> pd.DataFrame:
        """Return the travel times of a traveller from all addresses to the nearest place."""
        if who.name not in self._times:
            self._times[who.name] = travel_times(self.city, to=self.places, profile=who)
        return self._times[who.name]

    @functools.cached_property
    def _times(self) -> dict[str, pd.DataFrame]:
        return {}

    def coverage(self, who: TravelProfile, by: str) -> pd.DataFrame:
        """Return the coverage for a traveller, as it is published.

        Parameters
        ----------
        who
            The traveller.
        by
            A set of zones, ``"city"`` or ``"place"``.
        """
        table = self.answers.coverage[by]
        asked = (table["profile"] == who.name) & table["group"].isin(self.groups)
        return table[asked].reset_index(drop=True)
