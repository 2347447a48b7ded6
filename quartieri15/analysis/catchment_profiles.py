"""Who lives around a place: the ages and citizenships it could bring together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from quartieri15.analysis.counting import counts_of, per, sums_by_zone
from quartieri15.analysis.reached_pairs import reached_pairs
from quartieri15.arguments import several
from quartieri15.errors import InputError, UnknownNameError
from quartieri15.model.city import require_city
from quartieri15.model.places import in_doubt
from quartieri15.plain_json import plain_json

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from quartieri15.model.city import City
    from quartieri15.model.profiles import TravelProfile


def catchment_profile(
    city: City,
    place: Hashable | Iterable[Hashable] | None = None,
    *,
    to: str | gpd.GeoDataFrame,
    profile: str | TravelProfile,
    minutes: float = 15,
) -> pd.DataFrame:
    """Tell who lives within reach of a place, by age and by citizenship, beside the whole city.

    It says who could come, not who comes.

    Parameters
    ----------
    city
        The city.
    place
        The id of a place, or several; None for all of them.
    to
        The places it is one of: the name of a set (``"houses"``, ...) or a table of points.
    profile
        Who travels, for example ``"walk_75"``.
    minutes
        The threshold, in minutes; above 0 and at most a day.

    Returns
    -------
    pandas.DataFrame
        One row per place and part of the people.

        ``place_id, place``
            The place.
        ``by, part``
            ``age`` with ``0-17``, ``18-64``, ``65-74``, ``75-84``, ``85+``; ``citizenship`` with
            ``italian`` and ``foreign``. Ages that the city does not tell apart are one part.
        ``people, residents``
            Expected people of the part within the minutes, and all residents there. The parts
            of one ``by`` add up to the residents.
        ``share, city_share``
            Both as fractions: of the residents there, and of those of the whole city.
        ``ratio``
            The first divided by the second: above 1, the part is stronger around this place than
            in the city (a location quotient).
        ``position_in_doubt``
            Whether nobody is sure where the place stands.
        ``reason``
            Why shares are missing: ``not_on_streets``, ``nobody_in_reach``; and why only the
            ratio is: ``not_in_city`` (the city has nobody of that part). Else empty.
        ``profile, speed_kmh, minutes``
            What was asked.

        ``attrs["provenance"]`` as for a coverage.

    Raises
    ------
    ParameterError
        If ``minutes`` makes no sense.
    UnknownNameError
        If a place, the set of places or the profile is not known.
    InputError
        If ``to`` is no table of points, no place is named, or the city has no residents.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> zante = catchment_profile(milano, "CSRC-10", to="houses", profile="walk_75")
    >>> zante.loc[zante["ratio"] > 1.2, "part"].tolist()
    ['75-84', '85+']
    """
    require_city(city)
    pairs = reached_pairs(city, to, profile=profile, minutes=minutes)
    rows = _rows(pairs.ids, place)
    parts, people = _parts(city)
    there = sums_by_zone(pairs.place, people[pairs.point], len(pairs.ids))[rows]
    # The parts of the ages are all residents.
    ages = [i for i, (by, _) in enumerate(parts) if by == "age"]
    residents = there[:, ages].sum(axis=1)
    whole = people.sum(axis=0)
    share = per(there, residents[:, None])
    city_share = np.broadcast_to(per(whole, whole[ages].sum()), share.shape)
    told = pairs.provenance
    each = len(parts)
    columns: dict[str, Any] = {
        "place_id": np.repeat(pairs.ids.to_numpy(dtype=object)[rows], each),
        "place": np.repeat(pairs.names[rows], each),
        "by": [by for by, _ in parts] * len(rows),
        "part": [part for _, part in parts] * len(rows),
        "people": there.ravel(),
        "residents": np.repeat(residents, each),
        "share": share.ravel(),
        "city_share": city_share.ravel(),
        "ratio": per(share, city_share).ravel(),
        "position_in_doubt": np.repeat(in_doubt(pairs.places)[rows], each),
        "reason": np.select(
            [
                np.repeat(pairs.left_out[rows], each),
                np.repeat(residents == 0, each),
                city_share.ravel() == 0,
            ],
            ["not_on_streets", "nobody_in_reach", "not_in_city"],
            "",
        ),
    }
    columns |= {name: told[name] for name in ("profile", "speed_kmh", "minutes")}
    table = pd.DataFrame(columns)
    table.attrs["provenance"] = plain_json(told)
    return table


def _rows(ids: pd.Index, place: object) -> list[int]:
    """Return the rows of some places, or say which one is unknown."""
    if place is None:
        return list(range(len(ids)))
    position = {name: row for row, name in enumerate(ids.tolist())}
    # A tuple may be the name of one place.
    named = [place] if isinstance(place, tuple) and place in position else several(place)
    if not named:
        raise InputError("no place is named", where="place", mend="name one, or None for all")
    rows = []
    for name in named:
        known = isinstance(name, int | str | tuple) and not isinstance(name, bool)
        if not known or name not in position:
            raise UnknownNameError.among(name, map(str, position), kind="place", where="place")
        rows.append(position[name])
    return list(dict.fromkeys(rows))


def _parts(city: City) -> tuple[list[tuple[str, str]], NDArray[np.float64]]:
    """Return the parts of the people, and how many of each live at each point."""
    known = [
        name
        for name in ("residents", "minors", "over65", "over75", "over85", "foreign")
        if name in city.groups
    ]
    count = dict(zip(known, counts_of(city, tuple(known)).T, strict=True))
    everyone = count["residents"]
    # How many are of some age or older, at each age that the city knows.
    older = {0: everyone}
    if "minors" in count:
        older[18] = everyone - count["minors"]
    older |= {age: count[f"over{age}"] for age in (65, 75, 85) if f"over{age}" in count}
    start = list(older)
    parts, columns = [], []
    for age, end in zip(start, [*start[1:], None], strict=True):
        parts.append(("age", f"{age}+" if end is None else f"{age}-{end - 1}"))
        columns.append(older[age] if end is None else older[age] - older[end])
    if "foreign" in count:
        parts += [("citizenship", "italian"), ("citizenship", "foreign")]
        columns += [everyone - count["foreign"], count["foreign"]]
    return parts, np.column_stack(columns)
