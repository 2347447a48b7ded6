"""Tables as they leave the house: small counts hidden, licence and vintage in every row."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import pandas as pd

from quartieri15.arguments import is_finite, shown
from quartieri15.errors import OutputError, ParameterError
from quartieri15.writing import plain_json, replacing_file

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    Table = TypeVar("Table", pd.DataFrame, gpd.GeoDataFrame)

SMALLEST_COUNT: Final = 10.0
"""Counts of people above 0 and below this are not published.

The deontological rules of the Italian statistical system (Gazzetta Ufficiale, 14 January 2019,
art. 5) ask for a threshold of at least 3; handbooks of statistical offices use 3 to 10
(Hundepool et al. 2012, Statistical Disclosure Control, Wiley, ch. 5). Counts here are expected
values, so the true count behind a 10 may be smaller: hence the upper end.
"""

DECIMALS: Final = 6
"""Of the numbers in published JSON."""

NEARLY_NOBODY: Final = 1e-9
"""Less than this is a rounding error of a sum, not a part of a person."""

HIDDEN_WITH_POPULATION: Final = (
    *("population", "median_minutes", "p90_minutes", "density_per_km2", "incidence"),
)
"""Columns from which a population can be told."""

HIDDEN_WITH_SPLIT: Final = (
    *("covered", "uncovered", "share", "uncovered_per_km2", "score", "rank"),
)
"""Columns from which the covered and the uncovered can be told."""

HIDDEN_WITH_NEAREST: Final = ("nearest", "median_minutes", "p90_minutes")
"""Columns of a table by place that speak of those whose nearest place it is."""

NEARLY_ALL: Final = 0.9
"""A lower limit is told only where it is at least this part of the population."""

_QUESTION: Final = ("by", "profile", "speed_kmh", "minutes", "places", "group")
_DECIMALS: Final = {"median_minutes": 2, "p90_minutes": 2}
_PARTITIONS_NOT: Final = ("city", "place")
_LIMITS: Final = ("covered_at_least", "uncovered_at_least")


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
            mend="give a number of people, for example 10; 0 hides nothing",
        )
    return float(str(smallest_count))


def publishable(
    table: Table,
    *,
    smallest_count: float = SMALLEST_COUNT,
    partitions: Collection[str] | None = None,
) -> Table:
    """Hide counts so small that they could point at somebody.

    A count above 0 and below ``smallest_count`` is emptied, and with it whatever gives it
    away:

    - when the population of a row is small, all its figures;
    - when its covered or its uncovered are few, both of them and their share, because the
      two add up to the population;
    - when the figures hidden in a set of zones could be found by taking the others from the
      city's total (one zone alone, or fewer people together than ``smallest_count``), the
      next smallest zones too, until they cannot.

    Zero is nobody, so zeros stay unless they give a small count away. Where nearly all of a
    large population are on one side, a round lower limit of that side is told instead: at
    least ``smallest_count`` people below the population, and only while the totals of the
    city leave every hidden count as much room.

    Ranks are given anew, by what is published, and rows that have none stand last.

    Parameters
    ----------
    table
        The result of ``coverage`` or ``find_gaps``, or several of them under each other.
        The rows of one set of zones must be complete. A table that has the column
        ``suppressed`` has been here before and comes back as it is.
    smallest_count
        The smallest count of people or households that may be published; 0 hides nothing.
    partitions
        The sets of zones that hold everybody of the city once: only in these can a count be
        found by taking the others from the total. All sets of zones when left out.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A copy with empty cells where something is hidden, and a column ``suppressed`` that
        true for those rows; zones also get ``covered_at_least`` and ``uncovered_at_least``.
        Reasons of a gap that would tell it are replaced.

    Raises
    ------
    ParameterError
        If ``smallest_count`` is not a number of at least 0.

    Examples
    --------
    >>> few = pd.DataFrame({"population": [42.0], "covered": [38.0], "uncovered": [4.0]})
    >>> publishable(few)
       population  covered  uncovered  suppressed
    0        42.0      NaN        NaN        True
    """
    smallest = require_smallest_count(smallest_count)
    table = table.copy()
    if "suppressed" in table.columns:
        return table
    asked = [name for name in _QUESTION if name in table.columns]
    blocks = table.groupby(asked, sort=False, dropna=False).indices if asked else {}
    rows_of = list(blocks.values()) or [np.arange(len(table))]
    no_population = np.zeros(len(table), dtype=bool)
    no_split, no_nearest = no_population.copy(), no_population.copy()
    limits = np.full((len(table), 2), np.nan)
    whole = _parting(table, partitions)
    for rows in rows_of:
        block = table.iloc[rows]
        parting = bool(whole[rows].all())
        no_population[rows], no_split[rows] = _hidden(block, smallest, whole=parting)
        if parting:
            limits[rows] = _limits(block, no_split[rows], no_population[rows], smallest)
        no_nearest[rows] = _no_nearest(block, smallest)
    hidden = no_population | no_split | no_nearest
    for names, where in (
        (HIDDEN_WITH_POPULATION, no_population),
        (HIDDEN_WITH_SPLIT, no_split),
        (HIDDEN_WITH_NEAREST, no_nearest),
    ):
        for name in table.columns.intersection(list(names)):
            table[name] = table[name].mask(where)
    if "exclusive" in table.columns:
        few = _few(table["exclusive"].to_numpy(dtype=float), smallest)
        table["exclusive"] = table["exclusive"].mask(few)
        hidden |= few
    if "by" in table.columns and whole.all():
        table[list(_LIMITS)] = limits
    for name, told in (("reason_codes", "suppressed"), ("reasons", "too few people to publish")):
        if name in table.columns:
            table[name] = table[name].mask(hidden, told)
    table["suppressed"] = hidden
    return _ranked(table, rows_of) if {"rank", "zone_id"} <= set(table.columns) else table


def with_sources(table: Table, provenance: Mapping[str, Any]) -> Table:
    """Add to every row from when the data are and under which licence, as columns.

    Parameters
    ----------
    table
        Any table.
    provenance
        Of the city: ``vintages`` and ``licence_line`` are used.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A copy with the columns ``vintages`` and ``licence``.
    """
    vintages = provenance.get("vintages", {})
    return table.assign(
        vintages="; ".join(f"{what}: {when}" for what, when in vintages.items()),
        licence=provenance.get("licence_line", "not stated"),
    )


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV: UTF-8, commas, decimal points, one header line, empty = missing.

    Parameters
    ----------
    table
        Any table; its index is not written. Numbers are rounded to 6 decimals, minutes to 2.
        Text that a spreadsheet would run as a formula is put behind an apostrophe.
    path
        Where the file shall stand.

    Raises
    ------
    OutputError
        If it cannot be written; a file that stood there is untouched.
    """
    plain = pd.DataFrame(table).copy()
    for name in plain.columns:
        values = plain[name]
        if pd.api.types.is_float_dtype(values):
            plain[name] = values.round(_DECIMALS.get(str(name), 6))
        elif values.dtype == object or isinstance(
            values.dtype, pd.StringDtype | pd.CategoricalDtype
        ):
            plain[name] = values.map(_harmless, na_action="ignore")
    with replacing_file(path) as unfinished:
        # With a byte order mark Excel reads UTF-8, and pandas and QGIS skip it.
        plain.to_csv(unfinished, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_json(value: Mapping[str, Any], path: str | Path) -> None:
    """Write a mapping as JSON for people and machines; missing numbers become ``null``.

    Raises
    ------
    OutputError
        If it cannot be written; a file that stood there is untouched.
    """
    plain = plain_json(value, decimals=DECIMALS)
    text = json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False)
    with replacing_file(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_layers(
    layers: Mapping[str, gpd.GeoDataFrame], path: str | Path, *, when: dt.datetime
) -> None:
    """Write tables as the layers of one GeoPackage.

    Parameters
    ----------
    layers
        Tables by the name of their layer.
    path
        Where the file shall stand.
    when
        The date of last change that the file states, so that the same data give the same
        file.

    Raises
    ------
    OutputError
        If it cannot be written; a file that stood there is untouched.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": when.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    try:
        with replacing_file(path) as unfinished:
            for name, table in layers.items():
                pyogrio.write_dataframe(table, unfinished, layer=name, driver="GPKG")
    except (DataSourceError, DataLayerError, FeatureError, GeometryError) as error:
        raise OutputError(
            f"cannot be written ({error})",
            where=os.fspath(path),
            mend="free some space or choose a folder you may write to; nothing was changed",
        ) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _ranked(table: Table, rows_of: Sequence[Any]) -> Table:
    """Rank by what is published: the place of a row must not tell what its cells do not."""
    order, ranks = [], []
    for rows in rows_of:
        block = table.iloc[rows]
        known = block["uncovered"].to_numpy(dtype=float)
        if "uncovered_at_least" in block.columns:
            known = np.where(np.isnan(known), block["uncovered_at_least"], known)
        gap = known > 0
        key = np.where(gap, -known, np.where(np.isnan(known), 1.0, 0.0))
        share = block["share"].fillna(2.0).to_numpy(dtype=float)
        sequence = np.lexsort((block["zone_id"].to_numpy(), share, key))
        order.append(rows[sequence])
        ranks += [i if gap[row] else pd.NA for i, row in enumerate(sequence, start=1)]
    table = table.iloc[np.concatenate(order)].reset_index(drop=True) if order else table
    table["rank"] = pd.array(ranks, dtype="Int64")
    return table


def _parting(table: pd.DataFrame, partitions: Collection[str] | None) -> NDArray[np.bool_]:
    """Tell which rows are of zones that hold everybody once."""
    if "by" not in table.columns:
        return np.ones(len(table), dtype=bool)
    if partitions is None:
        return ~table["by"].isin(_PARTITIONS_NOT).to_numpy()
    return table["by"].isin(list(partitions)).to_numpy()


def _order(block: pd.DataFrame) -> NDArray[Any]:
    return block["zone_id"].to_numpy() if "zone_id" in block.columns else np.arange(len(block))


def _no_nearest(block: pd.DataFrame, smallest: float) -> NDArray[np.bool_]:
    """Tell where those nearest to a place must be hidden in a table by place."""
    if "nearest" not in block.columns:
        return np.zeros(len(block), dtype=bool)
    nearest = block["nearest"].to_numpy(dtype=float)
    few = _few(nearest, smallest)
    # Everybody has one nearest place, so places part the city as zones do.
    _protect(few, [nearest], _order(block), smallest)
    return few


def _limits(
    block: pd.DataFrame,
    hidden: NDArray[np.bool_],
    no_population: NDArray[np.bool_],
    smallest: float,
) -> NDArray[np.float64]:
    """Give lower limits of covered and uncovered where nearly all are on one side.

    A limit depends on the published population alone, and whether it is told on the hidden
    count only through that limit. Together with the city's total, every hidden count must
    keep a range of at least ``smallest`` people; else limits are taken back, those of the
    largest populations first.
    """
    covered, uncovered = (block[name].to_numpy(dtype=float) for name in ("covered", "uncovered"))
    population = covered + uncovered
    told = np.full((len(block), 2), np.nan)
    if not smallest:
        return told
    step = 5 * smallest
    limit = np.floor((population - smallest) / step) * step
    open_to = hidden & ~no_population & (limit > 0) & (limit >= NEARLY_ALL * population)
    many = np.column_stack([open_to & (covered >= limit), open_to & (uncovered >= limit)])
    total = covered[hidden].sum()
    while many.any():
        # Who is open to a limit and has none is known to be between the two.
        low = np.where(many[:, 0], limit, np.where(open_to & ~many[:, 1], population - limit, 0))
        high = np.where(
            many[:, 1], population - limit, np.where(open_to & ~many[:, 0], limit, population)
        )
        low, high, people = low[hidden], high[hidden], population[hidden]
        most = np.minimum(high, total - (low.sum() - low))
        least = np.maximum(low, total - (high.sum() - high))
        if (most - least >= np.minimum(smallest, people) - NEARLY_NOBODY).all():
            break
        left = np.flatnonzero(many.any(axis=1))
        taken = left[np.lexsort((_order(block)[left], -population[left]))[0]]
        many[taken], open_to[taken] = False, False
    told[many] = np.broadcast_to(limit[:, None], many.shape)[many]
    return told


def _hidden(
    block: pd.DataFrame, smallest: float, *, whole: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell where population, and where covered and uncovered, must be hidden in one table."""
    covered, uncovered = (block[name].to_numpy(dtype=float) for name in ("covered", "uncovered"))
    population = block["population"].to_numpy(dtype=float)
    no_population = _few(population, smallest)
    no_split = no_population | _few(covered, smallest) | _few(uncovered, smallest)
    if not whole:
        return no_population, no_split
    order = _order(block)
    _protect(no_population, [population], order, smallest)
    no_split |= no_population
    _protect(no_split, [covered, uncovered], order, smallest)
    return no_population, no_split


def _few(counts: NDArray[np.float64], smallest: float) -> NDArray[np.bool_]:
    return (counts > NEARLY_NOBODY) & (counts < smallest)


def _protect(
    hidden: NDArray[np.bool_],
    columns: list[NDArray[np.float64]],
    order: NDArray[Any],
    smallest: float,
) -> None:
    """Hide more rows until no total gives a small count away.

    Whoever knows the total of a column knows the sum of its hidden rows. So at least two are
    hidden, and what they hold together is nobody or at least ``smallest``.
    """
    while hidden.any():
        given_away = [column for column in columns if _few(column[hidden].sum(), smallest)]
        if hidden.sum() > 1 and not given_away:
            return
        for column in given_away or columns:
            left = np.flatnonzero(~hidden & (column > NEARLY_NOBODY))
            if len(left):
                hidden[left[np.lexsort((order[left], column[left]))[0]]] = True
                break
        else:
            return


def _harmless(text: Any) -> Any:
    """Put text that a spreadsheet takes for a formula behind an apostrophe."""
    dangerous = isinstance(text, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if dangerous else text
