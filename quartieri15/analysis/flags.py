"""Which zones to look at first: a group lives densely there, and few of it are covered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quartieri15.analysis.gaps import find_gaps
from quartieri15.analysis.local_density import percentile_rank
from quartieri15.arguments import is_finite, shown
from quartieri15.errors import ParameterError
from quartieri15.model.residents.groups import LEADING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    import pandas as pd

    from quartieri15.model.city import City

CLASSES = 3
"""How many classes of density a zone may be in: three by three of two groups are as many as a map
can show (Trumbo 1981, The American Statistician 35(4):220-226)."""


def flag_gaps(
    city: City,
    cover: pd.DataFrame,
    *,
    groups: str | Iterable[str] = LEADING,
    density_percentile: float = 50,
    share_below: float = 0.5,
) -> gpd.GeoDataFrame:
    """Flag the zones where a group lives densely and few of it are covered, group by group.

    A zone is flagged for a group when both are true: the group is at least as dense per km2 there
    as at ``density_percentile`` of the city, and the share of it that is covered is below
    ``share_below``. The percentile is one of people, not of zones: it is the part of the group, in
    per cent, that lives in less dense zones, half of the zone's own people counted with them. So a
    zone of a hundred people moves no limit.

    The rule may flag every zone, or none. That is an answer (by bicycle nobody may be left out),
    so it is no error: ``attrs["provenance"]["remarks"]`` says it in words, with how many zones meet
    each half of the rule.

    Parameters
    ----------
    city
        The city.
    cover
        The result of :func:`~quartieri15.analysis.coverage.coverage` by a set of zones, for one
        profile, one threshold and one set of places.
    groups
        The groups, each by itself; their order is that of the classes.
    density_percentile
        How dense a zone must be, as a percentile from 0 to 100.
    share_below
        Which share must not be reached, a fraction above 0 and at most 1.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per group and zone in the order of :func:`~quartieri15.analysis.gaps.find_gaps`,
        with its columns and:

        ``density_percentile``
            Where the zone stands among the group's people; missing where the zone has no area.
        ``dense, low_share``
            Whether the zone meets each half of the rule.
        ``flagged``
            Whether it meets both. A zone where nobody of the group lives is never flagged.
        ``flagged_groups, flagged_for_all``
            The groups for which the zone is flagged, separated by spaces, and whether those are
            all that were asked: the same in every row of a zone.
        ``density_class``
            1 in the least dense third of the group, 2, or 3 in the densest; missing where nobody
            of it lives.
        ``density_classes``
            The classes of all groups, joined in their order: ``"3-1"`` is where the first group
            lives densely and the second does not, a cell of the three by three of a bivariate map.
            0 stands for nobody.
        ``reason``
            Why there is no share, density or class: ``no_population`` or ``no_area``; otherwise
            empty. Why minutes are missing stands in ``reason_codes``.

        ``attrs["provenance"]`` holds the rule in numbers, how many zones are ``flagged`` per group
        and ``flagged_for_all``, and the ``remarks``.

    Raises
    ------
    ParameterError
        If a limit makes no sense, or no group is named.
    InputError, UnknownNameError
        As for find_gaps.

    Examples
    --------
    >>> import quartieri15 as q15
    >>> milano = q15.load("milano")
    >>> cover = q15.coverage(milano, to="houses", profile="walk_75", minutes=15)
    >>> flags = flag_gaps(milano, cover)
    >>> len(flags), sorted(flags["density_class"].dropna().unique().tolist())
    (176, [1, 2, 3])
    """
    if not is_finite(density_percentile) or not 0 <= density_percentile <= 100:  # noqa: PLR2004
        raise ParameterError(
            f"density_percentile is {shown(density_percentile)}",
            where="density_percentile",
            mend="give a number from 0 to 100",
        )
    if not is_finite(share_below) or not 0 < share_below <= 1:
        raise ParameterError(
            f"share_below is {shown(share_below)}",
            where="share_below",
            mend="give a fraction above 0 and up to 1",
        )
    gaps = find_gaps(city, cover, groups=groups)
    wanted = list(dict.fromkeys(gaps["group"]))
    lived_in = gaps["population"] > 0
    density, people = gaps["density_per_km2"].to_numpy(), gaps["population"].to_numpy()
    known = ~np.isnan(density)
    gaps["density_percentile"] = np.nan
    for group in wanted:
        rows = (gaps["group"] == group).to_numpy() & known
        gaps.loc[rows, "density_percentile"] = percentile_rank(
            density[rows], density[rows], people[rows]
        )
    rank = gaps["density_percentile"]
    gaps["dense"] = lived_in & (rank >= float(density_percentile))
    gaps["low_share"] = lived_in & (gaps["share"] < float(share_below))
    gaps["flagged"] = gaps["dense"] & gaps["low_share"]
    third = np.minimum(1 + np.floor(rank * CLASSES / 100), CLASSES)
    gaps["density_class"] = third.where(lived_in).astype("Int64")
    gaps["reason"] = np.select([~lived_in, ~known], ["no_population", "no_area"], "")
    gaps["flagged_groups"] = gaps["group"].where(gaps["flagged"], "")
    gaps["density_classes"] = gaps["density_class"].fillna(0).astype(str)
    zones = gaps.groupby("zone_id")
    gaps["flagged_groups"] = zones["flagged_groups"].transform(
        lambda said: " ".join(filter(None, said))
    )
    gaps["flagged_for_all"] = zones["flagged"].transform("all")
    gaps["density_classes"] = zones["density_classes"].transform("-".join)
    of_group = {group: gaps[gaps["group"] == group] for group in wanted}
    gaps.attrs["provenance"] |= {
        "density_percentile": float(density_percentile),
        "share_below": float(share_below),
        "flagged": {group: int(rows["flagged"].sum()) for group, rows in of_group.items()},
        "flagged_for_all": int(of_group[wanted[0]]["flagged_for_all"].sum()),
        "remarks": [remark for group, rows in of_group.items() for remark in _remarks(group, rows)],
    }
    return gaps


def _remarks(group: str, rows: gpd.GeoDataFrame) -> list[str]:
    """Say it where a rule flags nothing, or everything, of a group."""
    lived_in = int((rows["population"] > 0).sum())
    if not lived_in:
        return [f"{group}: nobody of the group lives in any zone, so none is flagged"]
    if rows["flagged"].sum() == lived_in:
        said = (
            f"all {lived_in} zones where somebody lives are flagged, which sets none apart; "
            "raise density_percentile or lower share_below"
        )
    elif not rows["flagged"].any():
        said = (
            f"no zone is flagged: of {lived_in} where somebody lives {rows['dense'].sum()} are "
            f"dense enough, {rows['low_share'].sum()} have too low a share, and none is both"
        )
    else:
        return []
    return [f"{group}: {said}"]
