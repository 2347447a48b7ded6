"""Bringing counts to totals: fitting, shifting, sharing out. Functions over arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quartieri15.errors import InputError, ParameterError
from quartieri15.model.residents.groups import BANDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# Logarithms of odds ratios are sought between these bounds, halving them until they are one number.
FARTHEST, HALVINGS = 80.0, 80


# After so many rounds of fitting, tables that still do not fit are moved by Newton's steps.
SLOW_ROUNDS = 100


def rebin(
    counts: pd.DataFrame,
    classes: Mapping[str, tuple[int, int]],
    *,
    bands: Mapping[str, tuple[int, int]] = BANDS,
) -> pd.DataFrame:
    """Bring counts by age class to other age bands, evenly by year inside a class.

    Parameters
    ----------
    counts
        One column per key of ``classes``.
    classes
        First and last year of age of each column.
    bands
        First and last year of age of each wanted band.

    Returns
    -------
    pandas.DataFrame
        One float column per band, on the same index. Rows add up to what they did before.

    Raises
    ------
    ParameterError
        If a year of age of a class is in no band, or in two.

    Examples
    --------
    Four fifths of the class 14-18 are minors.

    >>> import pandas as pd
    >>> rebin(pd.DataFrame({"14-18": [50]}), {"14-18": (14, 18)}).T.head(2)
              0
    0-17   40.0
    18-24  10.0
    """
    share = np.zeros((len(classes), len(bands)))
    for i, (low, high) in enumerate(classes.values()):
        years = high - low + 1
        for j, (first, last) in enumerate(bands.values()):
            share[i, j] = max(0, min(high, last) - max(low, first) + 1) / years
    if not np.allclose(share.sum(axis=1), 1):
        name = list(classes)[int(np.argmax(np.abs(share.sum(axis=1) - 1)))]
        raise ParameterError(
            f"age class {name!r} does not fall into the bands once",
            where="bands",
            mend="give bands that cover every age, without overlap",
        )
    values = counts[list(classes)].to_numpy(dtype=float) @ share
    return pd.DataFrame(values, index=counts.index, columns=list(bands))


def fit_margins(
    seed: ArrayLike,
    rows: ArrayLike,
    columns: ArrayLike,
    *,
    tolerance: float = 1e-12,
    max_rounds: int = 20_000,
) -> Floats:
    """Bring tables to given row and column sums by iterative proportional fitting.

    Parameters
    ----------
    seed
        Shape (tables, rows, columns), not negative: the pattern.
    rows, columns
        Shapes (tables, rows) and (tables, columns), not negative: the sums to reach.
    tolerance
        How far a sum may be off, as a share of the table's total.
    max_rounds
        After how many rounds to give up.

    Returns
    -------
    numpy.ndarray
        The seed, every row and every column of which has been multiplied by one number.
        Zeros stay zero.

    Raises
    ------
    InputError
        If the two sums of a table differ, a sum is wanted where the pattern is empty, or no
        table with these zeros can have these sums.

    References
    ----------
    Deming, W. E., Stephan, F. F. (1940), On a least squares adjustment of a sampled frequency
    table when the expected marginal totals are known, Annals of Mathematical Statistics 11(4).

    Examples
    --------
    >>> fit_margins([[[1, 1], [1, 1]]], [[6, 2]], [[4, 4]])
    array([[[3., 3.],
            [1., 1.]]])
    """
    table = np.array(seed, dtype=float)
    rows, columns = np.asarray(rows, dtype=float), np.asarray(columns, dtype=float)
    if (table < 0).any() or (rows < 0).any() or (columns < 0).any():
        raise InputError("a count is negative", where="fit_margins", mend="correct it")
    total = rows.sum(axis=1)
    differ = ~np.isclose(total, columns.sum(axis=1), rtol=1e-9, atol=1e-6)
    if differ.any():
        n = int(np.flatnonzero(differ)[0])
        raise InputError(
            f"the rows add up to {total[n]:g}, the columns to {columns[n].sum():g}",
            where=f"fit_margins, table {n}",
            mend="give sums of the same people",
        )
    for name, wanted, axis in (("row", rows, 2), ("column", columns, 1)):
        empty = (wanted > 0) & (table.sum(axis=axis) == 0)
        if empty.any():
            n, k = (int(value) for value in np.argwhere(empty)[0])
            raise InputError(
                f"{name} {k} must have {wanted[n, k]:g}, and its pattern is empty",
                where=f"fit_margins, table {n}",
                mend="give it a pattern",
            )
    scale = np.maximum(total, 1)[:, None]
    # A table of one's own keeps its rounds: it stops when it fits, whoever else is fitted.
    open_ = np.arange(len(table))
    for done in range(max_rounds):
        if done == SLOW_ROUNDS:
            for n in open_.tolist():
                table[n] = _columns_by_newton(table[n], rows[n], columns[n])
        part = table[open_]
        part *= ratio(rows[open_], part.sum(axis=2))[:, :, None]
        part *= ratio(columns[open_], part.sum(axis=1))[:, None, :]
        table[open_] = part
        off = (np.abs(part.sum(axis=2) - rows[open_]) / scale[open_]).max(axis=1)
        open_ = open_[off > tolerance]
        if not len(open_):
            return table
    raise InputError(
        "these sums were not met: most likely no table with these empty cells can have them",
        where=f"fit_margins, table {int(open_[0])}",
        mend="correct the sums, or give the empty cells a pattern",
    )


def _columns_by_newton(table: Floats, rows: Floats, columns: Floats) -> Floats:
    """Come near the end of slow rounds at once; the rounds that follow finish the work.

    Rounds creep where a pattern all but falls apart into blocks. Their limit is the minimum of
    a convex function of the column factors, and Newton's steps find it quickly (Csiszar and
    Shields 2004, Information theory and statistics, section 5). Returns the table as it came
    if that does not lead anywhere.
    """
    row, column = rows > 0, columns > 0
    with np.errstate(divide="ignore"):
        pattern = np.log(table[np.ix_(row, column)])
    wanted, sums = columns[column], rows[row]
    factor = np.zeros(len(wanted))

    def share(log_factor: Floats) -> tuple[Floats, float]:
        shifted = pattern + log_factor
        top = shifted.max(axis=1, keepdims=True)
        parts = np.exp(shifted - top)
        total = parts.sum(axis=1, keepdims=True)
        height = float(sums @ (np.log(total) + top)[:, 0] - wanted @ log_factor)
        return sums[:, None] * parts / total, height

    cells, height = share(factor)
    for _ in range(200):
        off = wanted - cells.sum(axis=0)
        slope = np.diag(cells.sum(axis=0)) - cells.T @ (cells / sums[:, None])
        step = np.linalg.lstsq(slope, off, rcond=1e-15)[0]
        for length in 0.5 ** np.arange(20):
            further, lower = share(factor + length * step)
            # Close to the minimum the height is flat to the last bit: there the slope decides.
            nearer = np.abs(wanted - further.sum(axis=0)).max() < np.abs(off).max()
            if np.isfinite(lower) and (lower < height or (nearer and lower <= height + 1e-9)):
                break
        else:
            break
        factor, cells, height = factor + length * step, further, lower
    if not np.isfinite(cells).all():
        return table
    found = np.zeros_like(table)
    found[np.ix_(row, column)] = cells
    return found


def odds_shifted(
    shares: ArrayLike, sizes: ArrayLike, totals: ArrayLike, *, within: ArrayLike | None = None
) -> Floats:
    """Move shares so that they give wanted totals: every odds times one number per group.

    A share of a half that moves at odds ratio 2 becomes two thirds. Nothing leaves the range
    0 to 1, and what is 0 or 1 stays so, unless the total cannot be had otherwise.

    Parameters
    ----------
    shares
        Between 0 and 1.
    sizes
        How many each share is of, not negative.
    totals
        What sizes times shares must add up to: one number, or one per group.
    within
        The group of each share, 0 to len(totals) - 1. By default all are one group.

    Returns
    -------
    numpy.ndarray
        The new shares.

    Raises
    ------
    InputError
        If a total is negative or more than the sizes together.

    Examples
    --------
    >>> odds_shifted([0.5, 0.2], [10, 10], 10).round(3)
    array([0.667, 0.333])
    """
    shares, sizes = np.asarray(shares, dtype=float), np.asarray(sizes, dtype=float)
    totals = np.atleast_1d(np.asarray(totals, dtype=float))
    groups = (
        np.zeros(len(shares), dtype=np.intp)
        if within is None
        else np.asarray(within, dtype=np.intp)
    )
    count = len(totals)
    possible = np.bincount(groups, weights=sizes, minlength=count)
    outside = (totals < 0) | (totals > possible * (1 + 1e-12) + 1e-9)
    if outside.any():
        n = int(np.flatnonzero(outside)[0])
        raise InputError(
            f"{totals[n]:g} of {possible[n]:g} is no share",
            where=f"odds_shifted, group {n}",
            mend="give a total between 0 and the sizes together",
        )

    def given(shares: Floats, log_odds: Floats) -> Floats:
        moved = sizes * _shifted(shares, log_odds[groups])
        return np.bincount(groups, weights=moved, minlength=count).astype(np.float64)

    low, high = np.full(count, -FARTHEST), np.full(count, FARTHEST)
    # Where zeros or ones stand in the way of the total, they give way just enough to move.
    stuck = (totals > given(shares, high)) | (totals < given(shares, low))
    shares = np.where(stuck[groups], np.clip(shares, 1e-6, 1 - 1e-6), shares)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = given(shares, middle) >= totals
        high = np.where(enough, middle, high)
        low = np.where(enough, low, middle)
    moved = _shifted(shares, ((low + high) / 2)[groups])
    moved[(totals <= 0)[groups]] = 0
    moved[(totals >= possible)[groups] & (sizes > 0)] = 1
    return moved


def apportion(totals: ArrayLike, weights: ArrayLike, *, within: ArrayLike) -> Ints:
    """Share out whole numbers in proportion to weights, by largest remainder.

    Parameters
    ----------
    totals
        One whole number per group, not negative.
    weights
        Not negative.
    within
        The group of each weight, 0 to len(totals) - 1.

    Returns
    -------
    numpy.ndarray
        Whole numbers that add up to the total of each group; each is its proportion, rounded
        down or up. Equal remainders are served in the order given. Weight 0 gets 0.

    Raises
    ------
    InputError
        If a group has something to share and no weight to share it by.

    Examples
    --------
    >>> apportion([10], [1, 1, 1], within=[0, 0, 0])
    array([4, 3, 3])
    """
    totals = np.asarray(totals, dtype=np.int64)
    weights, groups = np.asarray(weights, dtype=float), np.asarray(within, dtype=np.intp)
    sums = np.bincount(groups, weights=weights, minlength=len(totals))
    lost = (totals > 0) & ~(sums > 0)
    if lost.any():
        n = int(np.flatnonzero(lost)[0])
        raise InputError(
            f"{totals[n]} to share out, and nobody to give it to",
            where=f"apportion, group {n}",
            mend="give the group a weight",
        )
    exact = totals[groups] * np.divide(
        weights, sums[groups], out=np.zeros_like(weights), where=sums[groups] > 0
    )
    parts = np.floor(exact).astype(np.int64)
    given = np.zeros(len(totals), dtype=np.int64)
    np.add.at(given, groups, parts)
    left = totals - given
    # A remainder just under one may be lost to rounding: zero weights still get nothing.
    remainder = np.where(weights > 0, exact - parts, -1.0)
    order = np.lexsort((np.arange(len(weights)), -remainder, groups))
    starts = np.searchsorted(groups[order], np.arange(len(totals)))
    rank = np.empty(len(weights), dtype=np.int64)
    rank[order] = np.arange(len(weights)) - starts[groups[order]]
    shared: Ints = parts + (rank < left[groups])
    return shared


def steadied(part: ArrayLike, whole: ArrayLike) -> Floats:
    """Return part / whole, drawn to the common share as far as chance explains the spread.

    Of three people over 65, none or all may live alone by chance; of three hundred hardly. The
    spread of the shares beyond chance gives a number of people m (method of moments for the
    beta-binomial); each share becomes (part + m * common) / (whole + m).

    Parameters
    ----------
    part, whole
        Counts, 0 <= part <= whole.

    Returns
    -------
    numpy.ndarray
        Shares; the common share where whole is 0.

    References
    ----------
    Kleinman, J. C. (1973), Proportions with extraneous variance: single and independent
    samples, Journal of the American Statistical Association 68(341).

    Examples
    --------
    Two people of whom none says little; sixty of whom 36 says more.

    >>> steadied([0, 15, 36], [2, 50, 60]).round(2)
    array([0.32, 0.31, 0.59])
    """
    few = np.clip(np.asarray(part, dtype=float), 0, None)
    many = np.asarray(whole, dtype=float)
    few = np.minimum(few, many)
    total = many.sum()
    if not 0 < few.sum() < total:
        return np.full(len(many), few.sum() / total if total > 0 else 0.0)
    common = few.sum() / total
    counted = many > 0
    share = np.divide(few, many, out=np.full(len(many), common), where=counted)
    chance = common * (1 - common)
    samples = int(counted.sum()) - 1
    spread = (many * (share - common) ** 2).sum() - chance * samples
    beyond = spread / (chance * (total - (many**2).sum() / total - samples)) if samples else 0.0
    likeness = min(max(beyond, 1e-6), 1.0)
    draw = 1 / likeness - 1
    steady: Floats = (few + draw * common) / (many + draw) if draw else share
    return steady


def ratio(wanted: Floats, given: Floats) -> Floats:
    """Return wanted / given, 0 where nothing is given."""
    return np.divide(wanted, given, out=np.zeros_like(wanted), where=given > 0)


def _shifted(shares: Floats, log_odds: Floats) -> Floats:
    factor = np.exp(log_odds)
    moved: Floats = shares * factor / (1 - shares + shares * factor)
    return moved
