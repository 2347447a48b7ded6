"""The door for counts of people: what leaves is rounded, and what is few is not told.

Hiding single cells does not protect them. What one folder publishes hangs together (by zone and
by place, group within group, pace within pace, minutes within minutes), and a hidden count comes
back as the difference of two that are shown. So every count is rounded to a multiple of the
smallest count that may be told, and whatever is derived from counts (the other side of a row,
shares, densities, scores, ranks, reasons) is derived from the rounded ones. A difference of two
published counts then leaves as much open as the counts themselves.

This is deterministic rounding to a base, in rows that still add up, with the small counts
suppressed (Hundepool et al. 2012, Statistical Disclosure Control, Wiley, ch. 5). Totals over zones
do not have to add up exactly: they are rounded on their own.

Populations of zones are published exactly elsewhere, so nobody is covered beyond them, and the
people who have the places of a question nearest are everybody. Two things follow:

- Few who have one place nearest, and few another, of 18 in all would be told to be 8 to 10 each.
  So nobody is told to have a place nearest below one and a half times the smallest count.
- Edges can meet. If a total lies just above the edge of its rounding, and the covered of each of
  its zones just below theirs, one of them for want of people, then 1 uncovered of 102, beside 104
  covered, of 205 covered in all, would be told to be fewer than 2. Where a total leaves so little
  open, the next smallest of its zones is not told either, or the total, if no zone is left; and so
  it is with places and everybody. In Milano none need be.

A table does not show whose people two sets of zones share, so edges that meet across sets are not
seen: where all of a Municipio are covered, and it makes up a NIL but for one covered person, the
rounded count of the NIL can tell that they are fewer than 2. It takes a count at the edge of its
rounding beside one that is told exactly.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import pandas as pd

from quartieri15.analysis.gaps import rank_areas
from quartieri15.arguments import is_finite, shown
from quartieri15.errors import ParameterError
from quartieri15.publish.parts_of_a_whole import confined, parts_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    Table = TypeVar("Table", pd.DataFrame, gpd.GeoDataFrame)

SMALLEST_COUNT: Final = 10.0
"""Counts of people above 0 and below this are not published; the others are multiples of it.

The deontological rules of the Italian statistical system (Gazzetta Ufficiale, 14 January 2019,
art. 5) ask for a threshold of at least 3; handbooks of statistical offices use 3 to 10
(Hundepool et al. 2012, Statistical Disclosure Control, Wiley, ch. 5). Counts here are expected
values, so the true count behind a 10 may be smaller: hence the upper end.
"""

NEARLY_NOBODY: Final = 1e-9
"""Less than this is a rounding error of a sum, not a part of a person."""

LIMITS: Final = ("covered_at_least", "uncovered_at_least")

_SIDES: Final = ("population", "covered", "uncovered")
_PERCENTILES: Final = ("median_minutes", "p90_minutes")
_OTHER_COUNTS: Final = (
    *("nearest", "exclusive", "residents", "people", "people_forward", "people_backward"),
)
_TELLS_COUNTS: Final = ("person_km",)
"""Measures from which exact counts can be told, and which cannot be made anew from rounded ones."""
_MADE_OF_COUNTS: Final = (
    *("rank", "score", "density_per_km2", "uncovered_per_km2", "incidence"),
    *("reason_codes", "reasons"),
)
"""What a table of gaps adds to the counts."""

_RANKED_BY: Final = (
    *("zone_id", *_SIDES, "share", "median_minutes", "minutes"),
    *("area_km2", "residents", "places_inside"),
)
_ASKED: Final = ("by", "profile", "speed_kmh", "minutes", "places", "group")
_SHARE_DECIMALS: Final = 3
_SUM_DECIMALS: Final = 6


def require_smallest_count(smallest_count: object) -> float:
    """Return the smallest count that may be published, or say why it makes no sense.

    Raises
    ------
    ParameterError
        If it is not a finite number of at least 0.

    Examples
    --------
    >>> require_smallest_count(10)
    10.0
    """
    if not is_finite(smallest_count) or smallest_count < 0:
        raise ParameterError(
            f"smallest_count is {shown(smallest_count)}",
            mend="give a number of people, for example 10; 0 hides and rounds nothing",
        )
    return float(str(smallest_count))


def rounded(counts: ArrayLike, smallest_count: float = SMALLEST_COUNT) -> NDArray[np.float64]:
    """Round counts of people as they may be told.

    Parameters
    ----------
    counts
        Counts of people or households.
    smallest_count
        The smallest count that may be told, and the base of the rounding; 0 changes nothing.

    Returns
    -------
    numpy.ndarray
        The nearest multiple of ``smallest_count``, upwards where two are as near; 0 for nobody,
        NaN for more than nobody and fewer than ``smallest_count``.

    Examples
    --------
    >>> rounded([0.0, 0.4, 9.99, 12.0, 85.0, 1234.0])
    array([   0.,   nan,   nan,   10.,   90., 1230.])
    """
    exact = np.asarray(counts, dtype=float)
    if not smallest_count:
        return exact.copy()
    # Equal counts that were added up in another order must not fall to different sides.
    told = np.floor(exact.round(_SUM_DECIMALS) / smallest_count + 0.5) * smallest_count
    told[_few(exact, smallest_count)] = np.nan
    told[exact <= NEARLY_NOBODY] = 0
    return told


def publishable(table: Table, *, smallest_count: float = SMALLEST_COUNT) -> Table:
    """Return a table as it may leave the house: counts rounded, small ones not told.

    In a row of coverage:

    - ``population`` and ``covered`` are rounded by :func:`rounded`, and ``uncovered`` is their
      difference, so that the row adds up. Where that would leave nobody, or fewer than
      ``smallest_count``, of an uncovered side that is larger, ``covered`` is rounded down.
      So a published population, exact as its publisher may tell it elsewhere, never narrows a
      count to less than half of ``smallest_count``.
    - Where either side is more than nobody and fewer than ``smallest_count``, both are empty.
      The larger one has a lower limit instead, ``population - 2 * smallest_count``: a function of
      the published population alone. Where the published population is at most
      ``2 * smallest_count`` there is no limit, and the sides are told only if one is nobody.
    - ``share`` is made of the published counts, to a tenth of a per cent. Percentiles are told
      in whole minutes, since which address is the median would divide the people on two sides of
      it; and only where the split is told, since nine tenths within some minutes are a limit of it.
    - ``nearest`` and ``exclusive`` of a table by place are rounded likewise. ``nearest`` is told
      from one and a half times ``smallest_count`` on, since those of all places add up to people
      whose number is known; give all places of a question together.

    Where not all three of ``population``, ``covered`` and ``uncovered`` are there, as in areas of
    gaps, those that are stand for themselves: rounded, and ``share`` is empty beside a small one.

    In a table of gaps everything else, the reasons too, is computed again from these figures;
    ranks follow what is published, a lower limit in the place of a number. It is left out where
    a column that it takes is not there.

    Other tables (street loads, residents, zones) have their counts of people rounded, and lose
    ``person_km``.

    Parameters
    ----------
    table
        The result of ``coverage`` or ``find_gaps``, several of them under each other, or any
        other table. A table that has the column ``suppressed`` has been here before and comes
        back as it is.
    smallest_count
        The smallest count of people or households that may be published, and the base of the
        rounding; 0 hides and rounds nothing.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A copy, with a column ``suppressed`` that is true for rows of which something is
        hidden; coverage and gaps also get ``covered_at_least`` and ``uncovered_at_least``.

    Raises
    ------
    ParameterError
        If ``smallest_count`` is not a number of at least 0.

    Examples
    --------
    >>> few = pd.DataFrame({"population": [42.0, 1234.0], "covered": [38.0, 700.0]})
    >>> few["uncovered"] = few["population"] - few["covered"]
    >>> publishable(few).drop(columns="suppressed")
       population  covered  uncovered  covered_at_least  uncovered_at_least
    0        40.0      NaN        NaN              20.0                 NaN
    1      1230.0    700.0      530.0               NaN                 NaN
    """
    smallest = require_smallest_count(smallest_count)
    table = table.copy()
    if "suppressed" in table.columns:
        return table
    has_both_sides = {*_SIDES} <= {*table.columns}
    hidden = (_round_sides if has_both_sides else _round_lone_sides)(table, smallest)
    nearest = table["nearest"].to_numpy(dtype=float) if "nearest" in table.columns else None
    hidden |= _round_others(table, _OTHER_COUNTS, smallest)
    if smallest and nearest is not None:
        hidden |= _hide_nearest(table, nearest, smallest)
    table["suppressed"] = hidden
    return _ranked(table) if smallest and {*_MADE_OF_COUNTS} & {*table.columns} else table


def publishable_together(
    tables: Mapping[str, pd.DataFrame], *, smallest_count: float = SMALLEST_COUNT
) -> dict[str, pd.DataFrame]:
    """Make the coverage by several sets of zones and by place publishable, so that they agree.

    The people whom a place covers may be just those of a zone who are covered, and a zone of one
    set may have the covered of a zone of another. What is not told of a zone, or is rounded down
    there because nearly all of its people are covered, is then not told of the other either.

    Parameters
    ----------
    tables
        Results of ``coverage`` by what they are by; each may hold several questions.
    smallest_count
        As in :func:`publishable`.

    Returns
    -------
    dict
        The publishable tables by the same names.
    """
    told = {by: publishable(table, smallest_count=smallest_count) for by, table in tables.items()}
    if not require_smallest_count(smallest_count):
        return told
    for by, exact in tables.items():
        if by != "city" and "city" in tables:
            _keep_open(exact, told[by], tables["city"], told["city"], smallest_count)
    lowered: dict[tuple[Any, ...], float] = {}
    for by, exact in tables.items():
        plain, kept = rounded(exact["covered"], smallest_count), told[by]["covered"].to_numpy()
        # What few are, and where all are covered, every table tells alike.
        differs = _divided(exact) & (plain > 0) & np.not_equal(kept, plain)
        if by != "place":
            for key, count in zip(
                _counted(exact, "covered", differs).values(), kept[differs], strict=True
            ):
                lowered[key] = float(np.minimum(lowered.get(key, np.inf), count))
    for by, table in told.items():
        for name in table.columns.intersection(["covered", "exclusive", "nearest"]):
            keys = _counted(tables[by], name, _divided(tables[by]))
            twins = [(row, lowered[key]) for row, key in keys.items() if key in lowered]
            for row, count in twins:
                table.loc[row, name] = count
                table.loc[row, "suppressed"] |= np.isnan(count)
        table["uncovered"] = table["population"] - table["covered"]
        table["share"] = (table["covered"] / table["population"]).round(_SHARE_DECIMALS)
        _mask(table, _PERCENTILES, where=table["covered"].isna().to_numpy())
    return told


def publishable_gaps(
    gaps: gpd.GeoDataFrame, coverage: pd.DataFrame, *, smallest_count: float = SMALLEST_COUNT
) -> gpd.GeoDataFrame:
    """Make gaps publishable with the figures that are published of the same zones elsewhere.

    Parameters
    ----------
    gaps
        Results of ``find_gaps``.
    coverage
        The coverage they were found in, publishable.
    smallest_count
        As in :func:`publishable`.
    """
    smallest = require_smallest_count(smallest_count)
    keys = ["by", "profile", "minutes", "places", "group", "zone_id"]
    figures = [*_SIDES, "share", *_PERCENTILES, *LIMITS, "suppressed"]
    told = gaps.drop(columns=gaps.columns.intersection(figures)).merge(
        coverage[[*keys, *figures]], on=keys, how="left", validate="one_to_one"
    )[[*gaps.columns, *LIMITS, "suppressed"]]
    _round_others(told, _OTHER_COUNTS, smallest)
    return _ranked(told) if smallest else told


def _keep_open(
    exact: pd.DataFrame,
    told: pd.DataFrame,
    city: pd.DataFrame,
    told_of_city: pd.DataFrame,
    smallest: float,
) -> None:
    """Hide zones of a set that holds everybody, or its total, until that narrows no hidden one."""
    asked = [name for name in _ASKED if name != "by" and name in exact.columns]
    totals = {key: rows[0] for key, rows in city.groupby(asked, dropna=False).indices.items()}
    for key, rows in exact.groupby(asked, dropna=False).indices.items():
        whole = totals.get(key)
        if whole is None or not math.isclose(
            exact["population"].iloc[rows].sum(), city["population"].iloc[whole], abs_tol=1e-6
        ):
            continue
        (least,), (most,) = _between(city.iloc[[whole]], told_of_city.iloc[[whole]], smallest)
        zones = exact.iloc[rows]
        smallest_first = np.argsort(zones["population"].to_numpy(), kind="stable")
        shown = _divided(zones) & told["covered"].iloc[rows].notna().to_numpy()
        for zone in (*smallest_first[shown[smallest_first]], None):
            low, high = _between(zones, told.iloc[rows], smallest)
            hidden = told["covered"].iloc[rows].isna().to_numpy()
            if not (hidden & confined(low, high, (least, most), smallest)).any():
                break
            # Where no zone is left to hide, it is the total that is not told.
            table, at = (told_of_city, whole) if zone is None else (told, rows[zone])
            row = table.index[at]
            table.loc[row, ["covered", "uncovered", "share", *LIMITS]] = np.nan
            table.loc[row, "suppressed"] = True


def _hide_nearest(
    table: pd.DataFrame, exact: NDArray[np.float64], smallest: float
) -> NDArray[np.bool_]:
    """Round who has a place nearest in a table that is ours, as parts of everybody; tell where."""
    told = table["nearest"].to_numpy(dtype=float, copy=True)
    asked = [table[name] for name in _ASKED if name in table.columns]
    for rows in table.groupby(asked or np.zeros(len(table)), dropna=False).indices.values():
        told[rows] = parts_told(exact[rows], told[rows], smallest)
    table["nearest"] = told
    hidden: NDArray[np.bool_] = np.isnan(told)
    _mask(table, _PERCENTILES, where=hidden)
    return hidden


def _between(
    exact: pd.DataFrame, told: pd.DataFrame, smallest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the most that can be covered, for who knows the exact populations."""
    people, covered, uncovered = (exact[name].to_numpy(dtype=float) for name in _SIDES)
    count = told["covered"].to_numpy(dtype=float)
    whole_bases = np.floor(people.round(_SUM_DECIMALS) / smallest) * smallest
    cases = [
        covered <= NEARLY_NOBODY,
        uncovered <= NEARLY_NOBODY,
        ~np.isnan(count),
        _few(covered, smallest),
        _few(uncovered, smallest),
    ]
    nobody = np.zeros_like(people)
    half = smallest / 2
    low = np.select(cases, [nobody, people, count - half, nobody, people - smallest], nobody)
    # The count next to everybody was rounded down to it.
    near = np.where(count == whole_bases - smallest, people - smallest, count + half)
    high = np.select(cases, [nobody, people, near, nobody + smallest, people], people)
    return np.maximum(low, 0), np.minimum(high, people)


def _divided(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell where some are covered and some are not."""
    covered, uncovered = (table[name].to_numpy(dtype=float) for name in _SIDES[1:])
    divided: NDArray[np.bool_] = (covered > NEARLY_NOBODY) & (uncovered > NEARLY_NOBODY)
    return divided


def _counted(table: pd.DataFrame, name: str, rows: NDArray[np.bool_]) -> dict[Any, tuple[Any, ...]]:
    """Say of some rows what is counted and how many that are: the same people give the same."""
    asked = [column for column in _ASKED if column != "by" and column in table.columns]
    keys = table.loc[rows, asked].assign(count=table.loc[rows, name].round(_SUM_DECIMALS))
    return dict(zip(keys.index, keys.itertuples(index=False, name=None), strict=True))


def publishable_counts(
    table: Table, groups: Iterable[str], *, smallest_count: float = SMALLEST_COUNT
) -> Table:
    """Round the counts of a table that has a column per group, as residents and zones have.

    Parameters
    ----------
    table
        Any table.
    groups
        The groups of people that may be columns.
    smallest_count
        As in :func:`publishable`.

    Examples
    --------
    >>> addresses = pd.DataFrame({"id": ["a", "b"], "over65": [3.2, 48.0]})
    >>> publishable_counts(addresses, ["over65", "foreign"])
      id  over65
    0  a     NaN
    1  b    50.0
    """
    smallest = require_smallest_count(smallest_count)
    told = table.copy()
    _round_others(told, (*_SIDES, *_OTHER_COUNTS, *groups), smallest)
    return told


def _round_sides(table: pd.DataFrame, smallest: float) -> NDArray[np.bool_]:
    """Round the two sides of every row of a table that is ours, so that it still adds up."""
    nothing = np.zeros(len(table), dtype=bool)
    exact, covered, uncovered = (table[name].to_numpy(dtype=float) for name in _SIDES)
    limits = np.full((len(table), 2), np.nan)
    if not smallest:
        table[list(LIMITS)] = limits
        return nothing
    population = rounded(exact, smallest)
    nobody, everybody = covered <= NEARLY_NOBODY, uncovered <= NEARLY_NOBODY
    whole_bases = np.floor(exact.round(_SUM_DECIMALS) / smallest) * smallest
    within = np.minimum(rounded(covered, smallest), whole_bases - smallest)
    within = np.select([nobody, everybody], [np.zeros_like(population), population], within)
    divided = ~(nobody | everybody)
    small = _few(covered, smallest), _few(uncovered, smallest)
    too_few_to_divide = ~(population > 2 * smallest)
    no_split = np.isnan(population) | (divided & (small[0] | small[1] | too_few_to_divide))
    told = no_split & ~too_few_to_divide
    for column, few in enumerate(reversed(small)):
        limits[told & few, column] = population[told & few] - 2 * smallest
    table["population"] = population
    table["covered"] = np.where(no_split, np.nan, within)
    table["uncovered"] = table["population"] - table["covered"]
    table[list(LIMITS)] = limits
    if "share" in table.columns:
        table["share"] = (table["covered"] / table["population"]).round(_SHARE_DECIMALS)
    for name in table.columns.intersection(list(_PERCENTILES)):
        table[name] = table[name].round()
    # Half or nine tenths within some minutes is a limit of the covered, close to a few people.
    _mask(table, _PERCENTILES, where=no_split)
    return no_split


def _round_lone_sides(table: pd.DataFrame, smallest: float) -> NDArray[np.bool_]:
    """Round the sides of every row of a table that is ours and has not all of them."""
    few = _round_others(table, _SIDES, smallest)
    if smallest and "share" in table.columns:
        table["share"] = table["share"].round(_SHARE_DECIMALS)
        _mask(table, ["share"], where=few)
    return few


def _round_others(table: pd.DataFrame, names: Iterable[str], smallest: float) -> NDArray[np.bool_]:
    """Round every count of a table that is ours and stands for itself; tell which rows hide one."""
    few = np.zeros(len(table), dtype=bool)
    if not smallest:
        return few
    for name in table.columns.intersection(list(names)):
        if pd.api.types.is_numeric_dtype(table[name]):
            few |= _few(table[name].to_numpy(dtype=float), smallest)
            table[name] = rounded(table[name].to_numpy(dtype=float), smallest)
    for name in table.columns.intersection(list(_TELLS_COUNTS)):
        del table[name]
    return few


def _ranked(table: Table) -> Table:
    """Compute everything in a table of gaps again, from what is published of it."""
    made = table.columns.intersection(list(_MADE_OF_COUNTS))
    if not {*_RANKED_BY} <= {*table.columns}:
        return table.drop(columns=made)
    stand_ins = {
        side: table[side].fillna(table[f"{side}_at_least"]).fillna(0)
        for side in ("covered", "uncovered")
    }
    # Who is not told counts for nobody in the sums of the city, and must not make them unknown.
    stand_ins |= {name: table[name].fillna(0) for name in ("population", "residents")}
    filled = pd.DataFrame(table).assign(**stand_ins, row=np.arange(len(table)))
    asked = [name for name in _ASKED if name in table.columns]
    blocks = filled.groupby(asked, sort=False, dropna=False).indices.values()
    ranked = pd.concat([rank_areas(filled.iloc[rows]) for rows in blocks], ignore_index=True)
    told = table.iloc[ranked["row"]].reset_index(drop=True)
    no_split = told["covered"].isna().to_numpy()
    told[made] = ranked[made]
    _mask(told, ("score", "uncovered_per_km2"), where=no_split)
    _mask(told, ("density_per_km2", "incidence"), where=told["population"].isna().to_numpy())
    _mask(told, ("incidence",), where=told["residents"].isna().to_numpy())
    for name, hidden in (("reason_codes", "suppressed"), ("reasons", "too few people to publish")):
        if name in made:
            told[name] = told[name].mask(no_split, hidden)
    return told


def _few(counts: NDArray[np.float64], smallest: float) -> NDArray[np.bool_]:
    return (counts > NEARLY_NOBODY) & (counts < smallest)


def _mask(table: pd.DataFrame, names: Iterable[str], *, where: NDArray[np.bool_]) -> None:
    """Empty cells of a table that is ours already."""
    for name in table.columns.intersection(list(names)):
        table[name] = table[name].mask(where)
