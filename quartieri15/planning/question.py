"""What is compared: the question as it was asked, the scenarios applied, answers without words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from quartieri15.analysis.paces import PaceDistribution
    from quartieri15.model.city import City
    from quartieri15.model.hours import Moment
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.gains import People, Zones
    from quartieri15.planning.paired import Differences


class Opening(NamedTuple):
    """A time at which places must be open, and what is made of unknown hours; or no matter when.

    Parameters
    ----------
    moment
        The time; None if hours do not matter.
    unknown
        ``"closed"`` or ``"open"``; empty if hours do not matter.
    """

    moment: Moment | None
    unknown: str

    @property
    def label(self) -> str:
        """What tables call the time; empty if hours do not matter."""
        return "" if self.moment is None else self.moment.label

    @property
    def said(self) -> str:
        """The time, for whoever waits for the answer."""
        return (
            "whatever the hours"
            if self.moment is None
            else f"{self.label}, unknown hours {self.unknown}"
        )


@dataclass(frozen=True, eq=False)
class Asked:
    """A question of two cities, checked.

    Parameters
    ----------
    to
        The name of a set of places, or a table of points.
    profiles, minutes, by, groups, openings
        For whom, within which times, by which zones, of whom, when.
    draws, seed, uncertain, paces
        How many draws, of what, with which seed; the paces to draw from.
    areas
        Areas of the summary beside the whole city: a set of zones, or a table of polygons.
    """

    to: str | gpd.GeoDataFrame
    profiles: tuple[TravelProfile, ...]
    minutes: tuple[float, ...]
    by: tuple[str, ...]
    groups: tuple[str, ...]
    openings: tuple[Opening, ...]
    draws: int
    seed: int
    uncertain: tuple[str, ...]
    paces: PaceDistribution | None
    areas: str | gpd.GeoDataFrame | None


class Given(NamedTuple):
    """A scenario as it was given."""

    name: str
    apply: Callable[[City], Any]
    effects: Callable[[City], Any] | None
    date: dt.date | None
    cost_eur: float


@dataclass(frozen=True, eq=False)
class Plan:
    """A scenario applied.

    Parameters
    ----------
    given
        The scenario.
    after
        The city after it.
    places
        The places that are asked about, after it.
    people
        Who lives where before and after.
    zones
        The zones of the table.
    areas
        Those of the summary: the whole city first.
    place_changes
        What it changed of all places.
    street_changes
        By how many metres each kind of street differs.
    effects
        What each edit matched, if the scenario tells it.
    """

    given: Given
    after: City
    places: gpd.GeoDataFrame
    people: People
    zones: tuple[Zones, ...]
    areas: tuple[Zones, ...]
    place_changes: pd.DataFrame
    street_changes: pd.DataFrame
    effects: pd.DataFrame | None


@dataclass(frozen=True, eq=False)
class Answer:
    """One scenario, one traveller, one time: figures without words.

    Parameters
    ----------
    minutes_before, minutes_after
        Per residents row before and after, infinite where there is no way.
    place_before, place_after
        Rows of the nearest place, -1 for none.
    counts
        Per threshold and set of zones: the figures of ``count_by_zone``.
    medians
        Per set of zones of the table: the figures of ``medians``.
    saved
        Per set of areas: the figures and classes of ``saved_by_area``.
    differences
        Per threshold: the draws; None without draws.
    """

    minutes_before: NDArray[Any]
    minutes_after: NDArray[Any]
    place_before: NDArray[Any]
    place_after: NDArray[Any]
    counts: list[dict[str, dict[str, NDArray[Any]]]]
    medians: dict[str, dict[str, NDArray[Any]]]
    saved: dict[str, tuple[dict[str, NDArray[Any]], NDArray[Any]]]
    differences: list[Differences] | None
