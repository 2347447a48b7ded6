"""Whether zones, census sections and hexagons find the same hot spots."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import counts_of, zone_of_each_point
from quartieri15.analysis.hot_spots.hot_spots import found_hot_spots
from quartieri15.analysis.hot_spots.question import PERMUTATIONS, question_of
from quartieri15.analysis.hot_spots.units import HEXAGONS, SECTIONS, SIDE_M, units_of
from quartieri15.arguments import several, shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.plain_json import plain_json
from quartieri15.progress import saying
from quartieri15.reach.trips import in_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.analysis.hot_spots.question import Question
    from quartieri15.analysis.hot_spots.units import Units
    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile
    from quartieri15.progress import Say

ALL: Final = ("nil", SECTIONS, HEXAGONS)


def units_agree(
    city: City,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile | Iterable[str | TravelProfile],
    minutes: float = 15,
    units: Iterable[str] = ALL,
    groups: str | Iterable[str] | None = None,
    statistic: str = "getis_ord",
    field: str = "uncovered_per_km2",
    around: str | None = None,
    level: float = 0.05,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    side_m: float = SIDE_M,
    progress: Say | None = None,
) -> pd.DataFrame:
    """Tell how many uncovered people live in a hot spot, whichever areas it is looked for in.

    Where borders are drawn decides what is seen (the modifiable areal unit problem; Openshaw 1984,
    Concepts and Techniques in Modern Geography 38). What is hot in zones, sections and hexagons
    alike does not hang on the borders.

    Parameters
    ----------
    city, to, profile, minutes, groups, statistic, field, around, level, permutations, seed, side_m
        As for :func:`~quartieri15.analysis.hot_spots.hot_spots.hot_spots`.
    units
        Two or more kinds of areas.
    progress
        As for ``hot_spots``.

    Returns
    -------
    pandas.DataFrame
        For each profile and group one row per kind of areas, per pair of kinds, and so on to all
        of them.

        ``profile, group, units, kinds``
            What the row is about: the kinds joined by a plus sign, and how many they are.
        ``uncovered``
            People of the group beyond the threshold, in the whole city.
        ``uncovered_hot``
            Those of them whose address lies in a hot area of each of the kinds.
        ``share_hot``
            ``uncovered_hot / uncovered``; missing where nobody is uncovered.
        ``by_chance``
            What ``share_hot`` would be if each kind chose its people regardless of the others:
            the product of the shares of each.
        ``jaccard``
            ``uncovered_hot`` over those in a hot area of any of the kinds: 1 where the kinds agree
            fully, 0 where they have nobody in common; missing where none finds a hot area.
        ``reason``
            ``all_covered`` or ``no_hot_spot`` where a value is missing, otherwise empty.

        ``attrs["provenance"]["hot_spots"]`` tells the method of each kind of areas.

    Raises
    ------
    ParameterError, UnknownNameError, InputError
        As for ``hot_spots``; also if fewer than two kinds of areas are named, or one twice.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> question = {"to": "houses", "profile": "walk_75", "groups": "over65"}
    >>> alike = units_agree(milano, units=("nil", "hexagons"), **question)
    >>> alike[["units", "share_hot", "jaccard"]].round(2).to_dict("records")
    [{'units': 'nil', 'share_hot': 0.18, 'jaccard': 1.0},
     {'units': 'hexagons', 'share_hot': 0.3, 'jaccard': 1.0},
     {'units': 'nil + hexagons', 'share_hot': 0.09, 'jaccard': 0.24}]
    """
    asked = question_of(
        city,
        to=to,
        profile=profile,
        minutes=minutes,
        groups=groups,
        statistic=statistic,
        field=field,
        around=around,
        level=level,
        permutations=permutations,
        seed=seed,
    )
    kinds = several(units)
    if len(kinds) < 2 or any(kinds.count(one) > 1 for one in kinds):  # noqa: PLR2004
        raise ParameterError(
            f"units is {shown(units)}",
            where="units",
            mend=f"name two kinds of areas or more, each once, such as {', '.join(ALL)}",
        )
    if kinds == [*ALL]:
        _require_all(city)
    divided = [units_of(city, one, side_m=side_m) for one in kinds]
    with saying(progress, city.name) as say:
        return _units_agree(city, divided, asked, say)


def _require_all(city: City) -> None:
    """Refuse the kinds of areas that nobody named, where the city has not all of them."""
    there = [*city.require_zones(), *([SECTIONS] if len(city.sections) else []), HEXAGONS]
    lacking = [one for one in ALL if one not in there]
    if lacking:
        raise UnknownNameError(
            f"{city.name} has no {' and no '.join(lacking)}",
            where="units",
            mend=f"give units={tuple(there)}",
        )


def _units_agree(city: City, divided: list[Units], asked: Question, say: Say) -> pd.DataFrame:
    times = asked.times(city, say)
    found = [found_hot_spots(units, asked, times, say) for units in divided]
    counts = counts_of(city, asked.groups)
    homes = [zone_of_each_point(units.city, units.name) for units in divided]
    rows: list[dict[str, Any]] = []
    for traveller in asked.travellers:
        reached = times[traveller.name]["minutes"].fillna(np.inf).to_numpy()
        beyond = ~in_time(reached, asked.minutes)
        for column, group in enumerate(asked.groups):
            uncovered = counts[:, column] * beyond
            hot = {
                units.name: _in_hot(table, home, traveller.name, group)
                for units, table, home in zip(divided, found, homes, strict=True)
            }
            asked_of = {"profile": traveller.name, "group": group}
            rows += [asked_of | row for row in _rows(uncovered, hot)]
    table = pd.DataFrame(rows)
    said = [one.attrs["provenance"] for one in found]
    methods = {units.name: one["hot_spots"] for units, one in zip(divided, said, strict=True)}
    table.attrs["provenance"] = plain_json(said[0] | {"hot_spots": methods})
    return table


def _rows(
    uncovered: NDArray[np.float64], hot: dict[str, NDArray[np.bool_]]
) -> list[dict[str, Any]]:
    """Return one row per combination of kinds; ``hot`` tells who lives in a hot area of each."""
    total = float(uncovered.sum())
    alone = {name: float(uncovered[there].sum()) for name, there in hot.items()}
    rows = []
    for number in range(1, len(hot) + 1):
        for names in itertools.combinations(hot, number):
            there = np.stack([hot[name] for name in names])
            both = float(uncovered[there.all(axis=0)].sum())
            either = float(uncovered[there.any(axis=0)].sum())
            rows.append(
                {
                    "units": " + ".join(names),
                    "kinds": number,
                    "uncovered": total,
                    "uncovered_hot": both,
                    "share_hot": both / total if total else np.nan,
                    "by_chance": float(np.prod([alone[name] / total for name in names]))
                    if total
                    else np.nan,
                    "jaccard": both / either if either else np.nan,
                    "reason": "all_covered" if not total else "" if either else "no_hot_spot",
                }
            )
    return rows


def _in_hot(
    table: gpd.GeoDataFrame, home: NDArray[np.intp], profile: str, group: str
) -> NDArray[np.bool_]:
    """Tell which residents points lie in a hot unit."""
    rows = table[(table["profile"] == profile) & (table["group"] == group)]
    hot = np.append((rows["class"] == "hot").to_numpy(), False)
    there: NDArray[np.bool_] = hot[home]
    return there
