"""What many scenarios change in who reaches a place in time: a quick answer for each of them.

:func:`~quartieri15.planning.comparing.compare.compare` tells all there is to tell of a few
scenarios. Here a thousand what-ifs are asked one question, so that the best can be looked at
closely: every house closed in turn, one opened at each of many addresses, each street calmed. The
figures are those of :func:`~quartieri15.analysis.coverage.coverage`, to the last bit.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import counts_by_row, members, parted_by_zone, per
from quartieri15.analysis.coverage import require_minutes, require_zone_set
from quartieri15.arguments import is_one_of
from quartieri15.errors import InputError, ParameterError, Quartieri15Error
from quartieri15.model import profiles
from quartieri15.model.city import City, require_city
from quartieri15.plain_json import plain_json
from quartieri15.planning.comparing.asking import scenarios_given
from quartieri15.progress import saying
from quartieri15.reach.times import nearest_places
from quartieri15.reach.trips import Trips, in_time, told_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.profiles import TravelProfile
    from quartieri15.planning.comparing.question import Given
    from quartieri15.progress import Say

THREADS: Final = 2
"""Scenarios that are answered side by side. The searches run at once, the edits in turn."""


def evaluate(
    city: City,
    scenarios: Any,
    *,
    to: str | gpd.GeoDataFrame = "houses",
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "city",
    groups: str | Iterable[str] | None = None,
    progress: Say | None = None,
) -> pd.DataFrame:
    """Tell how many more, or fewer, people reach a place in time, for each of many scenarios.

    Each scenario is applied to the city as it is, never to the result of another.

    Parameters
    ----------
    city
        The city as it is; it stays so.
    scenarios
        One :class:`~quartieri15.planning.scenario.Scenario`, several, or a mapping of names to
        scenarios or to changed cities. Anything with a ``name`` and ``apply(city)`` is one.
    to
        The places to reach: the name of a set, so that what a scenario opens or closes counts, or
        a table of places, which then are the same before and after.
    profile
        Who travels.
    minutes
        The threshold in minutes; above 0 and at most a day.
    by
        ``"city"``, or the name of a set of zones.
    groups
        The groups to count; all that the city knows when left out.
    progress
        A function that is told which scenario is asked; by default a line on the terminal.

    Returns
    -------
    pandas.DataFrame
        One row per scenario (in their order), zone and group:

        - ``scenario``, ``by``, ``zone_id``, ``zone``, ``group``: what the row is about;
        - ``population_before``, ``population_after``: expected people (or households);
        - ``covered_before``, ``covered_after``: those within the threshold, as
          :func:`~quartieri15.analysis.coverage.coverage` counts them;
        - ``difference``: ``covered_after - covered_before``;
        - ``share_before``, ``share_after``: of the population, a fraction; missing where there
          is nobody.

        ``attrs["provenance"]`` holds what was asked, vintages and licences.

    Raises
    ------
    ParameterError
        If ``minutes`` makes no sense, no group is named, something is no scenario, or two have
        one name.
    UnknownNameError
        If the profile, the places, the zones or a group are not known.
    InputError
        If a scenario cannot be applied or leaves no place, which is told with its name; if the
        city of one has other zones; or if the city has no residents.

    Examples
    --------
    Which house would be missed most, were it to close:

    >>> import quartieri15 as q15
    >>> from quartieri15.planning.evaluating import evaluate
    >>> milano = q15.load("milano")
    >>> closed = {
    ...     f"without {house}": milano.with_(places=milano.places[milano.places["id"] != house])
    ...     for house in milano.houses["id"].head(3)
    ... }
    >>> told = evaluate(milano, closed, profile="walk_75", groups="over65")
    >>> bool((told["difference"] <= 0).all())
    True
    >>> missed = told.sort_values("difference")["scenario"].iloc[0]
    """
    require_city(city)
    city.require_residents()
    traveller = profiles.get(profile)
    given = scenarios_given(scenarios)
    question = _Question(to, traveller, require_minutes(minutes), by, city.require_groups(groups))
    if is_one_of(by, ("place",)):
        raise ParameterError(
            "scenarios are told by zones, for places come and go",
            where="by",
            mend="use 'city' or the name of a set of zones; compare(...).places tells of places",
        )
    require_zone_set(city, by)
    with saying(progress, city.name) as say:
        return _evaluate(city, given, question, say)


class _Question(NamedTuple):
    """What is asked of the city before and after."""

    to: str | gpd.GeoDataFrame
    profile: TravelProfile
    minutes: float
    by: str
    groups: tuple[str, ...]


class _Counts(NamedTuple):
    """Zones, and the people in them: in all, and in time; zones × groups."""

    ids: NDArray[Any]
    names: NDArray[Any]
    population: NDArray[np.float64]
    covered: NDArray[np.float64]


def _evaluate(city: City, given: list[Given], question: _Question, say: Say) -> pd.DataFrame:
    before = _counted(city, question)
    after = list(_answers(city, given, question, before, say))
    shape = len(given), len(before.ids), len(question.groups)
    population = np.stack([one.population for one in after])
    covered = np.stack([one.covered for one in after])
    columns = {
        "population_before": np.broadcast_to(before.population, shape),
        "population_after": population,
        "covered_before": np.broadcast_to(before.covered, shape),
        "covered_after": covered,
        "difference": covered - before.covered,
        "share_before": np.broadcast_to(per(before.covered, before.population), shape),
        "share_after": per(covered, population),
    }
    rows = shape[1] * shape[2]
    names = np.array([one.name for one in given], dtype=object)
    table = pd.DataFrame(
        {
            "scenario": np.repeat(names, rows),
            "by": question.by,
            "zone_id": np.tile(np.repeat(before.ids, shape[2]), shape[0]),
            "zone": np.tile(np.repeat(before.names, shape[2]), shape[0]),
            "group": np.tile(np.array(question.groups, dtype=object), shape[0] * shape[1]),
            **{name: values.ravel() for name, values in columns.items()},
        }
    )
    table.attrs["provenance"] = plain_json(
        {
            **city.provenance,
            "city": city.name,
            "scenarios": len(given),
            "profile": question.profile.name,
            "speed_kmh": question.profile.speed_kmh,
            "access_speed_kmh": question.profile.access_speed_kmh,
            "speed_source": question.profile.source,
            "minutes": question.minutes,
            "by": question.by,
            "direction": "to",
            "places": question.to if isinstance(question.to, str) else f"{len(question.to)} places",
        }
    )
    return table


def _answers(
    city: City, given: list[Given], question: _Question, before: _Counts, say: Say
) -> Iterator[_Counts]:
    """Answer for each scenario, some side by side, none long before it is asked for."""

    def answer(one: Given) -> _Counts:
        try:
            counted = _counted(one.apply(city), question)
        except Quartieri15Error as error:
            where = f"scenario {one.name!r}" + (f": {error.where}" if error.where else "")
            raise InputError(error.what, where=where, mend=error.mend) from error
        same = len(counted.ids) == len(before.ids) and (counted.ids == before.ids).all()
        if not same:
            raise InputError(
                f"its set of zones {question.by!r} is not that of the city",
                where=f"scenario {one.name!r}",
                mend="give a city made of the one it is compared with, by city.with_(...)",
            )
        return counted

    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Any] = deque()
        try:
            for number, one in enumerate(given, start=1):
                say(f"scenario {number:,} of {len(given):,}, {one.name}")
                waiting.append(pool.submit(answer, one))
                if len(waiting) > THREADS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _counted(city: City, question: _Question) -> _Counts:
    """Count who is in time, as coverage does."""
    trips = Trips.plan(city, question.to, profile=question.profile, direction="to", where="to")
    found = nearest_places(trips, trips.origins(None))[0]
    # Missing where there is no way, which is never in time.
    within = in_time(told_minutes(found.seconds[:, 0], None), question.minutes)
    ids, names, point, zone = members(city, question.by)
    counts = counts_by_row(city, question.groups)
    covered, uncovered = parted_by_zone(zone, point, within, counts, len(ids))
    return _Counts(ids, names, covered + uncovered, covered)
