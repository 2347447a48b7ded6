"""Whether counts of people close: groups within groups, ages, the stated total of the city."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from quartieri15.editions.checking.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from quartieri15.editions.checking.findings import Severity

PARTS: Final = (
    ("minors", "residents"),
    ("over65", "residents"),
    ("over75", "over65"),
    ("over85", "over75"),
    ("foreign", "residents"),
    ("over65_alone", "over65"),
    ("households", "residents"),
    ("renting_households", "households"),
    ("single_person", "households"),
)
"""Groups, and the one that each is part of. A household has at least one person."""
OF_ANOTHER_COUNT: Final = ("households",)
"""Counted by themselves, perhaps on another day: more than there are people is a warning."""

ODD_SHARES: Final[Mapping[tuple[str, str], float]] = {("foreign", "residents"): 0.5}
"""From which share of the whole on a group is looked at twice; both figures may be right."""

DENSE_PER_KM2: Final = 100_000
"""From here on a count is looked at twice: about twice the densest square kilometre of Europe,
between Barcelona and L'Hospitalet (52,767 people; Eurostat, grid of 2018)."""
DENSE_PEOPLE: Final = 1_000
"""So many may live in a zone drawn around one building."""

_TOLERANCE: Final = 1e-6


def check_groups(counts: pd.DataFrame, *, files: Mapping[str, str]) -> Iterator[Finding]:
    """Find groups larger than the one they are part of, odd shares, and groups that are equal.

    Parameters
    ----------
    counts
        People per group, one row per zone (the index).
    files
        The file of every group's column.

    Yields
    ------
    Finding
        ``residents.group_larger`` (error; a warning of more households than residents),
        ``residents.negative`` (error),
        ``residents.odd_share``, ``residents.same_counts`` (warnings).
    """
    for group in counts.columns:
        for zone, value in counts.loc[counts[group] < 0, group].items():
            yield Finding(
                file=files[group],
                row=f"zone {zone}",
                column=str(group),
                problem=f"the count is {value:g}",
                mend="correct it",
                severity="error",
                rule="residents.negative",
            )
    for part, whole in PARTS:
        if part not in counts.columns or whole not in counts.columns:
            continue
        for zone in counts.index[counts[part] > counts[whole] + _TOLERANCE]:
            yield Finding(
                file=files[part],
                row=f"zone {zone}",
                column=part,
                problem=f"{counts.loc[zone, part]:,.0f} {part} among "
                f"{counts.loc[zone, whole]:,.0f} {whole}",
                mend="correct one of the two, or give both of the same year",
                severity="warning" if part in OF_ANOTHER_COUNT else "error",
                rule="residents.group_larger",
            )
    for (part, whole), limit in ODD_SHARES.items():
        if part not in counts.columns or whole not in counts.columns:
            continue
        share = counts[part] / counts[whole].where(counts[whole] > 0)
        for zone, value in share[(share > limit) & (share <= 1)].items():
            yield Finding(
                file=files[part],
                row=f"zone {zone}",
                column=part,
                problem=f"{value:.1%} of the {whole} are {part}, which looks odd",
                mend="see whether the publisher states it; if so, leave it, and say so",
                severity="warning",
                rule="residents.odd_share",
            )
    yield from _same_counts(counts, files)


def _same_counts(counts: pd.DataFrame, files: Mapping[str, str]) -> Iterator[Finding]:
    for one, other in combinations(counts.columns, 2):
        if counts[one].sum() > 0 and (counts[one] == counts[other]).all():
            yield Finding(
                file=files[str(other)],
                column=str(other),
                problem=f"{other} and {one} are the same number in every zone",
                mend="see whether a column was taken for another one, or copied",
                severity="warning",
                rule="residents.same_counts",
            )


def check_density(
    counts: pd.DataFrame, areas_km2: NDArray[np.float64], *, file: str
) -> Iterator[Finding]:
    """Find zones in which people would live more densely than in any city (``residents.dense``).

    Parameters
    ----------
    counts
        People per group, one row per zone (the index).
    areas_km2
        The ground of each zone.
    file
        The file of the counts.
    """
    for zone, people, area in zip(counts.index, counts["residents"], areas_km2, strict=True):
        if people <= max(DENSE_PER_KM2 * area, DENSE_PEOPLE):
            continue
        yield Finding(
            file=file,
            row=f"zone {zone}",
            column="residents",
            problem=f"{people:,.0f} residents on {area:,.3f} km² are {people / area:,.0f} per km², "
            "which looks odd",
            mend="see whether the count and the outline are of one zone; if so, leave it",
            severity="warning",
            rule="residents.dense",
        )


def check_totals(
    found: Mapping[str, float],
    stated: Mapping[str, float],
    *,
    file: str,
    source: str,
    tolerance: float = 0.5,
    severity: Severity = "error",
) -> Iterator[Finding]:
    """Find totals of zones that are not the ones stated of the city (``residents.total``).

    Parameters
    ----------
    found, stated
        People by group: what the zones add up to, and what is stated. Groups that only one of
        them has are not compared.
    file
        The file of the zones' counts.
    source
        Who states the totals.
    tolerance
        How far apart the two may be.
    severity
        How severe it is if they differ.
    """
    for group in [name for name in stated if name in found]:
        if not abs(found[group] - stated[group]) <= tolerance:
            yield Finding(
                file=file,
                column=group,
                problem=f"the zones add up to {found[group]:,.0f} {group}, and {source} states "
                f"{stated[group]:,.0f}",
                mend="look for a row that is missing or stands twice, or give both of one year",
                severity=severity,
                rule="residents.total",
            )
