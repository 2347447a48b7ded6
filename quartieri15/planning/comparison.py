"""What a comparison of scenarios says: tables of numbers, and sentences that say no more."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd

_SHOWN: Final = 12
"""Rows of the summary that a notebook shows."""


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """A city before and after some scenarios: the result of :func:`compare`.

    Every table is tidy and tells its ``attrs["provenance"]``. ``scenario`` is the name of the
    scenario; ``at`` the time asked for, and ``unknown_hours`` whether places of unknown hours are
    counted as ``closed`` or ``open`` then (both empty if no time was asked for).

    Parameters
    ----------
    table : pandas.DataFrame
        One row per scenario, zone, group, profile, threshold and time: ``scenario, by, zone_id,
        zone, group, profile, minutes, at, unknown_hours``, then people: ``population_before,
        population_after, covered_before, covered_after``; ``gained, lost`` (of those who live at
        the same address before and after, address by address), ``difference`` (gained less lost);
        ``population_change`` and ``covered_by_population_change`` (what those who come and leave
        do): ``covered_after - covered_before`` is ``difference`` plus the latter. Then
        ``share_before, share_after`` (fractions, missing where nobody lives),
        ``median_minutes_before, median_minutes_after`` (see ``coverage``), and the ``low`` and
        ``high`` end of the 90 % interval of the difference with its ``probability_of_gain`` (the
        share of draws in which it is above 0), missing without draws.
    summary : pandas.DataFrame
        The same for the whole city and for each of the ``areas``: one row per scenario, ``area``,
        group, profile, threshold and time, with ``date``. Also ``people_quicker``,
        ``people_slower``, ``people_same`` (of those in reach before and after),
        ``people_newly_reaching`` and ``people_no_longer_reaching`` any place at all,
        ``minutes_saved_mean`` (of all in reach before and after), ``minutes_saved_p10``, ``_p50``,
        ``_p90`` (of those whose time changes; negative where it takes longer); ``cost_eur``,
        ``cost_per_newly_covered_eur`` (the cost over ``gained``), ``rank`` by difference and
        ``on_pareto_front`` of cost and difference, both among the scenarios and missing where the
        cost is not known for the latter.
    addresses : geopandas.GeoDataFrame
        One row per address at which something changes: ``id``, ``change`` (``newly_covered``,
        ``no_longer_covered``, ``quicker``, ``slower``), ``minutes_before, minutes_after,
        minutes_saved`` (missing where no place is reached), ``place_before, place_after`` (the
        nearest), the people of each group who live there before and after, ``geometry``.
    minutes_saved : pandas.DataFrame
        How many people save how many minutes, in classes ``from_minutes`` to ``to_minutes``
        (0 to 0: the same; without a row for those who are not in reach before and after).
    places : pandas.DataFrame
        One row per place, group, profile and threshold, whatever the time: what became of the
        place (see ``place_changes``) and ``covered``, ``nearest``, ``exclusive`` people before and
        after (see ``coverage``, ``by="place"``), ``nearest_per_capacity`` where a capacity is
        known.
    place_changes : pandas.DataFrame
        Every place that a scenario opens, closes, moves or changes, of any kind.
    street_changes : pandas.DataFrame
        Metres of street by kind (``measure``): ``before_m, after_m, difference_m``.
    effects : pandas.DataFrame
        What each edit matched, as the scenario tells it.
    hours : pandas.DataFrame
        How many places are known to be open, known to be closed and of unknown hours at each
        time, before and after.
    provenance : dict
        What was asked, of what, with which draws.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    addresses: gpd.GeoDataFrame
    minutes_saved: pd.DataFrame
    places: pd.DataFrame
    place_changes: pd.DataFrame
    street_changes: pd.DataFrame
    effects: pd.DataFrame
    hours: pd.DataFrame
    provenance: dict[str, Any]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The names of the scenarios, in the order they were given."""
        return tuple(self.provenance["scenarios"])

    def statement(
        self, language: str = "it", *, rounded: Callable[[float], float | None] | None = None
    ) -> list[str]:
        """Say in plain sentences what changes, and what does not.

        Parameters
        ----------
        language
            ``"it"`` or ``"en"``.
        rounded
            How a number of people is told: a function that returns the number to say, or None
            for one too small to be told. By default numbers are rounded to tens, and what is
            above 0 and below 10 is not told.

        Returns
        -------
        list of str
            Sentences about the whole city, scenario by scenario. No sentence says more than the
            tables.

        Raises
        ------
        UnknownNameError
            If the language is not known.
        ParameterError
            If ``rounded`` is no function of a number.

        Examples
        --------
        >>> import quartieri15 as q15
        >>> from quartieri15.planning.compare import compare
        >>> milano = q15.load("milano")
        >>> found = compare(milano, {"Idle": milano}, profile="walk_75", groups="over65", draws=0)
        >>> for sentence in found.statement("en"):
        ...     print(sentence)
        Idle, on foot, pace of a person of 75: coverage does not change at all. Nobody’s way to a \
Casa di Quartiere becomes shorter or longer.
        Nothing changes in places or streets.
        """
        from quartieri15.planning.statements import statement

        return statement(self, language, rounded=rounded)

    def __repr__(self) -> str:
        return (
            f"Comparison({len(self.scenarios)} scenarios: {', '.join(self.scenarios)}; "
            f"{len(self.table):,} rows, {len(self.addresses):,} addresses that change)"
        )

    def _repr_html_(self) -> str:
        from quartieri15.planning.statements import figure

        columns = {
            "scenario": "scenario",
            "area": "area",
            "group": "group",
            "profile": "profile",
            "minutes": "minutes",
            "at": "at",
            "unknown_hours": "unknown hours are",
            "covered_before": "covered before",
            "covered_after": "after",
            "gained": "gained",
            "lost": "lost",
            "low": "difference, low",
            "high": "high",
            "probability_of_gain": "probability of gain",
            "cost_per_newly_covered_eur": "EUR per newly covered",
            "rank": "rank",
        }
        shown = self.summary.head(_SHOWN)
        kept = [name for name in columns if not _is_empty(shown[name])]
        head = "".join(f"<th scope='col'>{columns[name]}</th>" for name in kept)
        body = "".join(
            "<tr>"
            + "".join(f"<td>{html.escape(figure(row[name], name))}</td>" for name in kept)
            + "</tr>"
            for _, row in shown.iterrows()
        )
        more = len(self.summary) - len(shown)
        tail = f"<p>and {more} more rows in .summary</p>" if more else ""
        said = "".join(f"<li>{html.escape(text)}</li>" for text in self.statement("en")[:_SHOWN])
        title = html.escape(f"{self.provenance['city']}: before and after")
        return (
            f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{tail}<ul>{said}</ul>"
        )


def _is_empty(column: pd.Series) -> bool:
    return bool((column.isna() | (column.astype(object) == "")).all())
