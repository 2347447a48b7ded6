"""Residents of zones put at points by weights: dasymetric mapping.

For a city of which no more is known than how many people live in each zone, and where in it there
are homes. Every group of people is spread as all residents of its zone are: that the old or the
foreign live in other streets than their neighbours is not known, and not assumed.

References
----------
Wright, J. K. (1936), A method of mapping densities of population, Geographical Review 26(1).
Eicher, C. L., Brewer, C. A. (2001), Dasymetric mapping and areal interpolation, Cartography and
Geographic Information Science 28(2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from quartieri15.errors import InputError
from quartieri15.model.residents.fitting import apportion
from quartieri15.model.residents.groups import GROUPS
from quartieri15.model.residents.placing import MICRO

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int64]

PART_OF: Final = {
    "over65": ("residents",),
    "over75": ("over65", "residents"),
    "over85": ("over75", "over65", "residents"),
    "minors": ("residents",),
    "foreign": ("residents",),
    "households": ("residents",),
    "over65_alone": ("over65", "residents"),
    "renting_households": ("households", "residents"),
}
"""Each group with the groups it is part of, the nearest first; of residents households are no
part, but there are no more of them."""


def spread_residents(
    counts: pd.DataFrame, *, zone: ArrayLike, weights: ArrayLike
) -> dict[str, NDArray[np.float64]]:
    """Put the people of every zone at its points, in proportion to their weights.

    Parameters
    ----------
    counts
        One row per zone, one column per group, ``residents`` among them.
    zone
        The zone of each point: its row in ``counts``, from 0.
    weights
        Of each point; not negative.

    Returns
    -------
    dict of str to numpy.ndarray
        The expected number of each group at each point: multiples of 1e-6 that add up to the
        count of each zone, rounded to 1e-6. No group is larger anywhere than one it is part of.

    Raises
    ------
    InputError
        If a count is no number or negative, a group is larger than the one it is part of, or a
        zone with people has no point of a weight.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"residents": [30.0], "over65": [10.0]})
    >>> spread = spread_residents(people, zone=[0, 0], weights=[2, 1])
    >>> {group: points.tolist() for group, points in spread.items()}
    {'residents': [20.0, 10.0], 'over65': [6.666667, 3.333333]}
    """
    whole = {group: _whole(counts[group]) for group in GROUPS if group in counts.columns}
    require_parts(counts)
    home = np.asarray(zone, dtype=np.intp)
    found = {"residents": apportion(whole["residents"], weights, within=home)}
    for group, wholes in PART_OF.items():
        if group not in whole:
            continue
        above = next(name for name in wholes if name in found)
        among = found[above]
        if group == "minors" and "over65" in found:
            # Nobody is both: with the old taken out, the two are never more than all.
            among = among - found["over65"]
        found[group] = apportion(whole[group], among, within=home)
    return {group: found[group] / MICRO for group in GROUPS if group in found}


def require_parts(counts: pd.DataFrame) -> None:
    """Refuse counts of zones in which a group is larger than one it is part of.

    Parameters
    ----------
    counts
        One row per zone, one column per group; ``attrs["file"]`` and the name of the index
        (``line``, ``feature``) say where they come from.

    Raises
    ------
    InputError
        For the first such zone, with its row.
    """
    groups = [group for group in PART_OF if group in counts.columns]
    pairs = [(group, above) for group in groups for above in PART_OF[group]]
    for group, above in pairs:
        if above in counts.columns:
            _refuse(counts, group, counts[group], above, counts[above])
    if {"minors", "over65"} <= {*groups}:
        both = counts["minors"] + counts["over65"]
        _refuse(counts, "minors and over65", both, "residents", counts["residents"])


def _refuse(
    counts: pd.DataFrame, group: str, part: pd.Series, above: str, whole: pd.Series
) -> None:
    more = (part > whole).to_numpy()
    if more.any():
        row = counts.index[more][0]
        word = "row" if counts.index.name is None else counts.index.name
        raise InputError(
            f"{part.loc[row]:g} {group} among {whole.loc[row]:g} {above}",
            where=f"{counts.attrs.get('file', 'counts')}, {word} {row}",
            mend="correct one of the two",
        )


def _whole(counts: pd.Series) -> Ints:
    """Return counts in whole millionths of a person, so that sums are exact."""
    values = counts.to_numpy(dtype=float)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        raise InputError(
            f"{values[wrong][0]:g} counts nobody",
            where=f"counts, row {counts.index[wrong][0]}, column {counts.name}",
            mend="correct it; 0 where nobody lives",
        )
    whole: Ints = np.rint(values * MICRO).astype(np.int64)
    return whole


def misplaced_share(counts: ArrayLike, weights: ArrayLike) -> float | None:
    """Measure a way of weighing: put all people at zones by it, and count who is in a wrong one.

    Nothing of the zones' own counts is used, but their sum. It tells how well the weights know
    between zones where people live; inside a zone they may do better or worse.

    Parameters
    ----------
    counts
        Residents of each zone.
    weights
        The sum of the weights of the points in each zone.

    Returns
    -------
    float or None
        The share of all people who would be put into a wrong zone: half the sum of what is too
        much and too little (0 for none). None where there is one zone, or nothing to go by.

    Examples
    --------
    >>> misplaced_share([30, 10], [1, 1])
    0.25
    """
    people, weight = np.asarray(counts, dtype=float), np.asarray(weights, dtype=float)
    if len(people) < 2 or not people.sum() > 0 or not weight.sum() > 0:  # noqa: PLR2004
        return None
    told = people.sum() * weight / weight.sum()
    return float(np.abs(told - people).sum() / 2 / people.sum())
