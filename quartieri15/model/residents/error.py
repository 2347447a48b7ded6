"""Measuring how wrong the residents model is: predict what is known without using it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.model.residents.fitting import fit_margins, ratio
from quartieri15.model.residents.groups import BANDS, OVER65
from quartieri15.model.residents.placing import FOREIGN, age_by_citizenship, foreign_share_by_age

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


def leave_sections_out(
    sections: pd.DataFrame,
    weights: Mapping[str, pd.Series],
    *,
    groups: Sequence[str],
    zone_column: str = "nil",
) -> pd.DataFrame:
    """Measure how well ways of weighing predict sections from their zone's total alone.

    Every section is predicted as its part of the weights of its zone, times the total of the
    zone, and compared with the census. Nothing of the section's own counts is used.

    Parameters
    ----------
    sections
        Indexed by section: ``zone_column`` and the counts of each group.
    weights
        Name of the way of weighing to a weight per section (same index).
    groups
        Count columns to predict.
    zone_column
        The column with the zone of each section.

    Returns
    -------
    pandas.DataFrame
        ``weighting``, ``group``, ``misplaced_share`` (half the sum of absolute errors over
        the total: the share of people put into a wrong section), ``mean_absolute_error``
        (people per section), ``correlation`` of predicted and counted.

    Examples
    --------
    >>> import pandas as pd
    >>> town = pd.DataFrame({"nil": [1, 1], "residents": [30, 10]})
    >>> leave_sections_out(
    ...     town, {"area": pd.Series([1, 1])}, groups=["residents"]
    ... ).misplaced_share.item()
    0.25
    """
    zone = sections[zone_column]
    rows = []
    for name, weight in weights.items():
        share = (weight / weight.groupby(zone).transform("sum")).fillna(0.0)
        for group in groups:
            counted = sections[group].astype(float)
            predicted = share * counted.groupby(zone).transform("sum")
            off = (predicted - counted).abs()
            rows.append(
                {
                    "weighting": name,
                    "group": group,
                    "misplaced_share": float(off.sum() / 2 / counted.sum()),
                    "mean_absolute_error": float(off.mean()),
                    "correlation": _correlation(predicted, counted),
                }
            )
    return pd.DataFrame(rows)


def leave_zones_out(
    sections: pd.DataFrame,
    *,
    ages: pd.DataFrame,
    foreign: pd.Series,
    zone_column: str = "nil",
) -> pd.DataFrame:
    """Measure how well an old pattern, brought to the city's level alone, predicts the zones.

    The fit of :func:`expected_residents`, with the whole city as the one zone that closes. It
    tells what ten years do to a pattern, and whether the estimated ages of foreign citizens
    make it better or worse than the same share of foreign citizens at every age.

    Parameters
    ----------
    sections
        As for :func:`expected_residents`, with ``zone_column``.
    ages, foreign
        Recent figures of the zones, as for :func:`expected_residents`.
    zone_column
        The column with the zone of each section.

    Returns
    -------
    pandas.DataFrame
        ``pattern`` (``"old counts, scaled"``, ``"same foreign share at every age"``,
        ``"estimated foreign share by age"``), ``group``, ``misplaced_share`` (between zones),
        ``correlation``.
    """
    old = sections[list(BANDS)].to_numpy(dtype=float)
    abroad = sections["foreign"].to_numpy(dtype=float)
    rows_wanted = ages[list(BANDS)].to_numpy(dtype=float).sum(axis=0)
    total = float(foreign.sum())
    columns_wanted = np.array([rows_wanted.sum() - total, total])
    even = np.full(len(BANDS), abroad.sum() / old.sum())
    estimated = foreign_share_by_age(old, abroad)
    patterns: dict[str, NDArray[np.float64] | None] = {
        "old counts, scaled": None,
        "same foreign share at every age": even,
        "estimated foreign share by age": estimated,
    }
    recent = pd.DataFrame(
        {
            "residents": ages[list(BANDS)].sum(axis=1),
            "over65": ages[list(BANDS)[OVER65]].sum(axis=1),
            "foreign": foreign.reindex(ages.index).fillna(0),
        }
    )
    rows = []
    for name, shares in patterns.items():
        joint = age_by_citizenship(old, abroad, even if shares is None else shares)
        if shares is not None:
            seed = joint.sum(axis=0)
            fitted = fit_margins([seed], [rows_wanted], [columns_wanted])[0]
            joint = joint * ratio(fitted, seed)
        guess = pd.DataFrame(
            {
                "residents": joint.sum(axis=(1, 2)),
                "over65": joint[:, OVER65].sum(axis=(1, 2)),
                "foreign": joint[:, :, FOREIGN].sum(axis=1),
            },
            index=sections.index,
        )
        by_zone = guess.groupby(sections[zone_column]).sum().reindex(recent.index).fillna(0)
        for group in recent.columns:
            counted = recent[group].astype(float)
            predicted = by_zone[group] * counted.sum() / by_zone[group].sum()
            rows.append(
                {
                    "pattern": name,
                    "group": group,
                    "misplaced_share": float((predicted - counted).abs().sum() / 2 / counted.sum()),
                    "correlation": _correlation(predicted, counted),
                }
            )
    return pd.DataFrame(rows)


def _correlation(one: pd.Series, other: pd.Series) -> float:
    if not (one.std() > 0 and other.std() > 0):
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])
