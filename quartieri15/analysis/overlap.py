"""Who has several places within reach, and which places share their people.

Two networks of places may complete each other or stand twice in the same streets. What decides is
not where they are on a map but whom they reach: the same people, or others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import (
    counts_of,
    members,
    people_in_no_zone,
    per,
    sums_by_zone,
    zone_and_group,
)
from quartieri15.analysis.coverage import require_zone_set
from quartieri15.analysis.reached_pairs import provenance_of_several, reached_pairs
from quartieri15.model.city import require_city
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile

PARTS = ("both", "only_first", "only_second", "neither")


def overlap(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
    group: str = "over65",
) -> pd.DataFrame:
    """Count the people of each pair of places who are within reach of both.

    Parameters
    ----------
    city
        The city.
    to
        The places: the name of a set (``"houses"``, ``"wemi"``, ...) or a table of points.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    group
        Who is counted.

    Returns
    -------
    pandas.DataFrame
        Places × places, by their ids, in their order: expected people of the group with both
        within the minutes; on the diagonal, those with the one place. It is symmetric. A place
        without a position or a street has nobody, and stands in
        ``attrs["provenance"]["places_left_out"]`` with the reason.

        A column divided by its diagonal tells which part of its people a place shares with
        each other: ``matrix / np.diag(matrix)``.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`~quartieri15.analysis.coverage.coverage`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> matrix = overlap(q15.load("milano"), to="houses", profile="walk_75")
    >>> matrix.shape, bool(matrix.loc["CSRC-27", "CAM-32"] > 0.9 * matrix.loc["CSRC-27", "CSRC-27"])
    ((62, 62), True)
    """
    from scipy import sparse

    require_city(city)
    group = city.require_group(group)
    pairs = reached_pairs(city, to, profile=profile, minutes=minutes)
    people = counts_of(city, (group,))[:, 0]
    shape = (len(people), len(pairs.ids))
    where = (pairs.point, pairs.place)
    reached = sparse.csr_array((np.ones(len(pairs.point)), where), shape=shape)
    weighted = sparse.csr_array((people[pairs.point], where), shape=shape)
    names = pairs.ids.rename("place_id")
    matrix = pd.DataFrame((reached.T @ weighted).toarray(), index=names, columns=names)
    matrix.attrs["provenance"] = plain_json({**pairs.provenance, "group": group})
    return matrix


def network_overlap(
    city: City,
    first: str | gpd.GeoDataFrame,
    second: str | gpd.GeoDataFrame,
    *,
    profile: str | TravelProfile,
    minutes: float = 15,
    by: str = "city",
    groups: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Count who is within reach of two networks of places: of both, of one alone, of neither.

    Parameters
    ----------
    city
        The city.
    first, second
        The two networks: names of sets (``"ex_csrc"``, ``"ex_cam"``) or tables of points. A
        place may stand in both.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.
    by
        ``"city"``, or the name of a set of zones (``"nil"``, ``"municipi"``, ...).
    groups
        The groups to count; all that the city knows when left out.

    Returns
    -------
    pandas.DataFrame
        One row per zone and group: ``by, zone_id, zone, group, population``; ``both,
        only_first, only_second, neither``, which add up to it; ``share_both``,
        ``share_only_first``, ``share_only_second``, ``share_neither``, fractions of it;
        ``doubled``, the part of those whom any reaches that both reach; ``reason``, why a value
        is missing: ``no_population``, ``nobody_covered`` (``doubled`` of nobody) or empty; and
        ``first, second, profile, speed_kmh, minutes``, what was asked.

        ``attrs["provenance"]`` holds under ``networks`` the places of each and those left out,
        ``shared_places`` (ids in both), speed, vintages, licences and ``in_no_zone``.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for :func:`~quartieri15.analysis.coverage.coverage`.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> row = network_overlap(milano, "ex_csrc", "ex_cam", profile="walk_75", groups="over65")
    >>> bool(row["only_first"].item() > row["both"].item() < row["only_second"].item())
    True
    """
    require_city(city)
    named = city.require_groups(groups)
    require_zone_set(city, by)
    sides = [
        reached_pairs(city, places, profile=profile, minutes=minutes, where=where)
        for where, places in (("first", first), ("second", second))
    ]
    counts = counts_of(city, named)
    in_first, in_second = (np.bincount(s.point, minlength=len(counts)) > 0 for s in sides)
    there = (
        in_first & in_second,
        in_first & ~in_second,
        in_second & ~in_first,
        ~in_first & ~in_second,
    )
    ids, names, point, zone = members(city, by)
    parts = {
        part: sums_by_zone(zone, (counts * rows[:, None])[point], len(ids)).ravel()
        for part, rows in zip(PARTS, there, strict=True)
    }
    # The parts added up, so that a row closes exactly and no share exceeds 1.
    population = np.sum(list(parts.values()), axis=0)
    covered = parts["both"] + parts["only_first"] + parts["only_second"]
    told, own = provenance_of_several([side.provenance for side in sides])
    table = pd.DataFrame(
        {
            "by": by,
            **zone_and_group(ids, names, named),
            "population": population,
            **parts,
            **{f"share_{part}": per(count, population) for part, count in parts.items()},
            "doubled": per(parts["both"], covered),
            "reason": np.select(
                [population == 0, covered == 0], ["no_population", "nobody_covered"], ""
            ),
            "first": own[0]["places"],
            "second": own[1]["places"],
            **{name: told[name] for name in ("profile", "speed_kmh", "minutes")},
        }
    )
    table.attrs["provenance"] = plain_json(
        {
            **told,
            "by": by,
            "networks": own,
            "shared_places": sorted(set(own[0]["place_ids"]) & set(own[1]["place_ids"])),
            "in_no_zone": people_in_no_zone(city, by, named),
        }
    )
    return table
