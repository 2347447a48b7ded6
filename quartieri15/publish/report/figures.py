"""What the reports of a city are made from: computed once, and publishable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gap_areas import gap_areas
from quartieri15.progress import quiet
from quartieri15.publish.disclosure import SMALLEST_COUNT, publishable_together
from quartieri15.reach.catchments import reached_area
from quartieri15.reach.times import travel_times

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say

PLACES: Final = "houses"
ZONES: Final = "nil"
MUNICIPI: Final = "municipi"
BANDS: Final = (1 / 3, 2 / 3, 1.0, 4 / 3)
"""The limits of the map, as parts of the threshold: 5, 10, 15 and 20 minutes of 15."""


@dataclass(frozen=True, kw_only=True)
class ReportFigures:
    """The tables of all reports of a city.

    Parameters
    ----------
    city
        The city.
    profile, minutes, group
        Who travels, how far, and which group leads a report.
    smallest_count
        Smaller counts of people are not told.
    coverage
        Publishable, by set of zones, by ``"city"`` and by ``"place"``.
    people_by_nil
        How many people of each NIL live in each Municipio: ``municipi, nil`` and one column per
        group. Not published; parts of it are.
    reached
        The areas within the limits of the map.
    gaps
        Areas where people of the group live beyond the threshold, within one NIL and Municipio.
    """

    city: City
    profile: TravelProfile
    minutes: float
    group: str
    smallest_count: float
    coverage: Mapping[str, pd.DataFrame]
    people_by_nil: pd.DataFrame
    reached: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame

    @classmethod
    def of(
        cls,
        city: City,
        *,
        profile: TravelProfile,
        minutes: float,
        group: str,
        smallest_count: float = SMALLEST_COUNT,
        times: pd.DataFrame | None = None,
        told: Mapping[str, pd.DataFrame] | None = None,
        progress: Say = quiet,
    ) -> ReportFigures:
        """Compute what reports need of a city.

        Parameters
        ----------
        city, profile, minutes, group, smallest_count
            As for the class.
        times
            The result of ``travel_times(city, to="houses", profile=profile)``, if it is at hand.
        told
            The publishable coverage of this traveller and threshold, by set of zones, by
            ``"city"`` and by ``"place"``, if it is at hand.
        progress
            Called with a few words at the start of every step.
        """
        asked: dict[str, Any] = {"to": PLACES, "profile": profile, "minutes": minutes}
        if times is None:
            progress("who arrives in time")
            times = travel_times(city, to=PLACES, profile=profile)
        if told is None:
            exact = {
                by: coverage(city, by=by, times=times, **asked)
                for by in (*city.zones, "city", "place")
            }
            # What is said of a table is copied at every step, and a report takes many.
            for table in exact.values():
                table.attrs = {}
            told = publishable_together(exact, smallest_count=smallest_count)
        progress("where people are too far away")
        gaps = gap_areas(city, groups=group, within=(ZONES, MUNICIPI), times=times, **asked)
        gaps.attrs = {}
        progress("the areas of the maps")
        reached = reached_area(
            city, PLACES, profile=profile, minutes=[part * minutes for part in BANDS]
        )
        people = city.residents.groupby([MUNICIPI, ZONES], as_index=False)[list(city.groups)].sum()
        return cls(
            city=city,
            profile=profile,
            minutes=minutes,
            group=group,
            smallest_count=smallest_count,
            coverage=told,
            people_by_nil=people,
            reached=reached,
            gaps=gaps,
        )

    def row(self, by: str, zone_id: object = None, group: str | None = None) -> pd.Series[Any]:
        """Return the published figures of one zone, or of the city, and one group."""
        table = self.coverage[by]
        own = table[table["group"] == (group or self.group)]
        if by != "city":
            own = own[own["zone_id"] == zone_id]
        return own.iloc[0]
