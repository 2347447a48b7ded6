"""Where people live: expected people and households at every address.

An old census knows the pattern inside a neighbourhood, recent neighbourhood figures know its
level, the register of addresses knows the places. :func:`expected_residents` brings the three
together: section counts are put on the addresses of the section, and all addresses of a zone are
then brought to the zone's published figures, age by age and citizenship by citizenship, by
iterative proportional fitting. Counts are kept as whole millionths of a person until the end, so
that every zone adds up to its published figure and no group is larger than the group it is
part of. The method and its measured error: ``docs/residents.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from quartieri15.errors import InputError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

GROUPS = (
    "residents",
    "minors",
    "over65",
    "over75",
    "over85",
    "foreign",
    "over65_alone",
    "households",
    "renting_households",
)

# The finest age bands that both the 2011 census and the counts of 2021 can be brought to: years
# of age, both ends included.
BANDS: Mapping[str, tuple[int, int]] = {
    "0-17": (0, 17),
    "18-24": (18, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65-74": (65, 74),
    "75-84": (75, 84),
    "85+": (85, 120),
}
OLDEST = 120
OVER65 = slice(6, None)
OVER75 = slice(7, None)
OVER85 = slice(8, None)
ITALIAN, FOREIGN = 0, 1
# Counts are whole numbers of millionths of a person, so that sums are exact.
MICRO = 1_000_000
# A citizenship or an age that the census of a zone does not know, and its recent figures do, is
# seeded with this share of the city's own mix.
BACKGROUND = 1e-3
# Bounds of the share of foreign citizens in an age band: estimated, so never nobody.
RAREST, COMMONEST = 0.005, 0.95


class Expected(NamedTuple):
    """What :func:`expected_residents` returns: the table and what was done to make it."""

    residents: gpd.GeoDataFrame
    report: dict[str, Any]


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
    for _ in range(max_rounds):
        part = table[open_]
        part *= _ratio(rows[open_], part.sum(axis=2))[:, :, None]
        part *= _ratio(columns[open_], part.sum(axis=1))[:, None, :]
        table[open_] = part
        off = (np.abs(part.sum(axis=2) - rows[open_]) / scale[open_]).max(axis=1)
        open_ = open_[off > tolerance]
        if not len(open_):
            return table
    raise InputError(
        "no table with these empty cells can have these sums",
        where=f"fit_margins, table {int(open_[0])}",
        mend="correct the sums, or give the empty cells a pattern",
    )


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
    # Where zeros or ones stand in the way of the total, they give way just enough to move.
    certain = np.bincount(groups, weights=sizes * (shares >= 1), minlength=count)
    movable = np.bincount(groups, weights=sizes * (shares > 0), minlength=count)
    stuck = (totals > movable) | (totals < certain)
    shares = np.where(stuck[groups], np.clip(shares, 1e-6, 1 - 1e-6), shares)
    low, high = np.full(count, -80.0), np.full(count, 80.0)
    for _ in range(80):
        middle = (low + high) / 2
        given = np.bincount(
            groups, weights=sizes * _shifted(shares, middle[groups]), minlength=count
        )
        high = np.where(given >= totals, middle, high)
        low = np.where(given < totals, middle, low)
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
    return parts + (rank < left[groups])


def address_weights(
    addresses: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    reach_m: float = 25.0,
    cap_m2: float = 1000.0,
    base_m2: float = 50.0,
) -> Floats:
    """Weigh addresses by the homes that the buildings around them can hold.

    A building belongs to the addresses for which it is the nearest within ``reach_m``, in
    equal parts; one that is nobody's nearest belongs to the address nearest to it. The weight
    is the footprint, at most ``cap_m2``, plus ``base_m2``, times the mean number of storeys.
    Why so: the measured error in ``docs/residents.md``.

    Parameters
    ----------
    addresses : geopandas.GeoDataFrame
        Points, in a metric CRS.
    buildings : geopandas.GeoDataFrame
        ``levels`` (float, NaN where unknown: the mean of the known is taken), ``homes`` (bool:
        may hold homes; others only take addresses from those that may), ``geometry``.
    reach_m
        How far an address may be from its building.
    cap_m2
        The footprint beyond which more of it does not mean more people.
    base_m2
        What every address has, building or not, so that nobody is left without a place.

    Returns
    -------
    numpy.ndarray
        One weight per address, in m² of floor, more than 0.
    """
    points = addresses.geometry.to_numpy()
    outlines = buildings.geometry.to_numpy()
    known = buildings["levels"].to_numpy(dtype=float)
    typical = float(np.nanmean(known)) if np.isfinite(known).any() else 1.0
    levels = np.where(np.isfinite(known), known, typical)
    ground = np.where(buildings["homes"].to_numpy(dtype=bool), shapely.area(outlines), 0.0)
    address, building = _nearest(points, outlines, reach_m)
    sharers = np.bincount(building, minlength=len(outlines))
    # A building that is nobody's nearest goes to the address nearest to it.
    alone = np.flatnonzero(sharers == 0)
    orphan, parent = _nearest(outlines[alone], points, reach_m)
    address = np.concatenate([address, parent])
    building = np.concatenate([building, alone[orphan]])
    part = 1 / np.maximum(sharers, 1)[building]
    area = np.bincount(address, weights=ground[building] * part, minlength=len(points))
    floor = np.bincount(
        address, weights=(ground * levels)[building] * part, minlength=len(points)
    )
    storeys = np.divide(floor, area, out=np.full(len(points), typical), where=area > 0)
    return (np.minimum(area, cap_m2) + base_m2) * storeys


def foreign_share_by_age(bands: ArrayLike, foreign: ArrayLike) -> Floats:
    """Estimate the share of foreign citizens in each age band from section totals.

    No table of age by citizenship is published. The shares are those that, applied to the ages
    of every section, come nearest to its foreign residents (bounded least squares, weighted by
    1 / residents; Goodman's regression). They serve as a pattern only: section by section and
    then zone by zone they are moved until the published totals are met.

    Parameters
    ----------
    bands
        Shape (sections, bands): residents.
    foreign
        Shape (sections,): foreign residents.

    Returns
    -------
    numpy.ndarray
        One share per band, between :data:`RAREST` and :data:`COMMONEST`.

    References
    ----------
    Goodman, L. A. (1953), Ecological regressions and behavior of individuals, American
    Sociological Review 18(6).
    """
    from scipy.optimize import lsq_linear

    ages, abroad = np.asarray(bands, dtype=float), np.asarray(foreign, dtype=float)
    size = ages.sum(axis=1)
    used = size > 0
    root = np.sqrt(size[used])
    fit = lsq_linear(
        ages[used] / root[:, None], abroad[used] / root, bounds=(RAREST, COMMONEST), method="bvls"
    )
    shares: Floats = fit.x
    return shares


def age_by_citizenship(bands: ArrayLike, foreign: ArrayLike, shares: ArrayLike) -> Floats:
    """Split the ages of each section by citizenship, keeping its ages and its foreign residents.

    Parameters
    ----------
    bands
        Shape (sections, bands): residents.
    foreign
        Shape (sections,): foreign residents.
    shares
        Shape (bands,): the share of foreign citizens in each band, as a pattern.

    Returns
    -------
    numpy.ndarray
        Shape (sections, bands, 2): Italian, foreign.
    """
    ages = np.asarray(bands, dtype=float)
    sections, width = ages.shape
    pattern = np.tile(np.asarray(shares, dtype=float), sections)
    group = np.repeat(np.arange(sections), width)
    moved = odds_shifted(pattern, ages.ravel(), foreign, within=group).reshape(ages.shape)
    return np.stack([ages * (1 - moved), ages * moved], axis=2)


def expected_residents(
    points: gpd.GeoDataFrame,
    sections: pd.DataFrame,
    *,
    ages: pd.DataFrame,
    foreign: pd.Series,
    households: pd.Series,
    alone_share: float,
    zone_column: str = "nil",
) -> Expected:
    """Expect people and households at every point, so that every zone adds up.

    Parameters
    ----------
    points : geopandas.GeoDataFrame
        ``id``, ``kind``, zone columns, ``section``, ``weight`` (of the point among the points
        of its section), ``geometry``.
    sections
        Indexed by section; one column per :data:`BANDS`, then ``foreign``, ``over65_alone``,
        ``households``, ``renting_households``: the old census, the pattern.
    ages
        Indexed by zone; one column per :data:`BANDS`: recent residents, the level.
    foreign
        Recent foreign residents, indexed by zone.
    households
        Recent households, indexed by zone.
    alone_share
        The recent share of people of 65 and over who live alone, in the whole city.
    zone_column
        The column of ``points`` that the recent figures are of.

    Returns
    -------
    Expected
        ``residents``: the points in their order without ``weight``, with one float64 column
        per group, multiples of 1e-6, that add up to the recent figures of each zone (people
        living alone and renting households: of the city only). At every point
        ``over85 <= over75 <= over65 <= residents``, ``minors + over65 <= residents``,
        ``foreign <= residents``, ``over65_alone <= over65``, ``over65_alone <= households <=
        residents`` and ``renting_households <= households``.
        ``report``: what was done, counted.

    Raises
    ------
    InputError
        If a zone has more foreign residents or households than residents, a zone with people
        has no point, or a column is missing.
    """
    zones = np.sort(ages.index.to_numpy())
    level = _level(ages, foreign, households, zones)
    zone = _positions(points[zone_column], zones, where=f"points, column {zone_column}")
    seeds = _seeds(points, sections, zone, len(zones))
    seed, background = _with_background(seeds.cells, zone, level)
    cells = _fitted_cells(seed, zone, level)
    people = cells.sum(axis=(1, 2))
    over65 = cells[:, OVER65].sum(axis=(1, 2))
    moved = odds_shifted(seeds.alone, over65, alone_share * over65.sum())
    alone = np.minimum(np.rint(over65 * moved).astype(np.int64), over65)
    homes = _households(seeds.not_alone, people, alone, zone, level.households)
    renting = np.floor(homes * seeds.renting).astype(np.int64)
    counts = {
        "residents": people,
        "minors": cells[:, 0].sum(axis=1),
        "over65": over65,
        "over75": cells[:, OVER75].sum(axis=(1, 2)),
        "over85": cells[:, OVER85].sum(axis=(1, 2)),
        "foreign": cells[:, :, FOREIGN].sum(axis=1),
        "over65_alone": alone,
        "households": homes,
        "renting_households": renting,
    }
    table = points.drop(columns="weight").assign(**{k: counts[k] / MICRO for k in GROUPS})
    geometry = table.pop(points.geometry.name)
    table = table.set_geometry(geometry)
    section_points = (points["kind"] == "section").to_numpy()
    empty = ~seeds.has_pattern
    report = {
        "points": len(points),
        "points_of_sections_without_address": int(section_points.sum()),
        "residents_at_points_of_sections": round(float(people[section_points].sum()) / MICRO),
        "addresses_in_sections_without_census_residents": int(empty.sum()),
        "residents_at_addresses_in_sections_without_census_residents": round(
            float(people[empty].sum()) / MICRO
        ),
        "zones_with_background_pattern": [int(zones[n]) for n in background],
        "foreign_share_by_age_2011": {
            band: round(float(share), 4) for band, share in zip(BANDS, seeds.abroad, strict=True)
        },
    }
    return Expected(table, report)


class _Level(NamedTuple):
    bands: Ints
    citizenship: Ints
    households: Ints


class _Seeds(NamedTuple):
    cells: Floats
    alone: Floats
    not_alone: Floats
    renting: Floats
    has_pattern: NDArray[np.bool_]
    abroad: Floats


def _level(
    ages: pd.DataFrame, foreign: pd.Series, households: pd.Series, zones: NDArray[Any]
) -> _Level:
    bands = np.rint(ages.reindex(zones)[list(BANDS)].to_numpy(dtype=float) * MICRO)
    abroad = np.rint(foreign.reindex(zones).fillna(0).to_numpy(dtype=float) * MICRO)
    homes = np.rint(households.reindex(zones).fillna(0).to_numpy(dtype=float) * MICRO)
    total = bands.sum(axis=1)
    for name, values in (("foreign residents", abroad), ("households", homes)):
        more = values > total
        if more.any():
            n = int(np.flatnonzero(more)[0])
            raise InputError(
                f"{values[n] / MICRO:g} {name}, {total[n] / MICRO:g} residents",
                where=f"zone {zones[n]}",
                mend="correct one of the two",
            )
    citizenship = np.stack([total - abroad, abroad], axis=1)
    return _Level(
        bands.astype(np.int64), citizenship.astype(np.int64), homes.astype(np.int64)
    )


def _positions(values: pd.Series, known: Sequence[Any] | NDArray[Any], *, where: str) -> Ints:
    position = pd.Index(known).get_indexer(values)
    if (position < 0).any():
        row = values.index[position < 0][0]
        raise InputError(
            f"zone {values.loc[row]} has no figures",
            where=f"{where}, row {row}",
            mend="add its figures (0 if nobody lives there) or correct the zone",
        )
    return position.astype(np.int64)


def _seeds(
    points: gpd.GeoDataFrame, sections: pd.DataFrame, zone: Ints, zones: int
) -> _Seeds:
    """Put the section counts on the points; points without a pattern get their zone's."""
    ages = sections[list(BANDS)].to_numpy(dtype=float)
    abroad = foreign_share_by_age(ages, sections["foreign"])
    joint = age_by_citizenship(ages, sections["foreign"], abroad)
    size = ages.sum(axis=1)
    over65 = ages[:, OVER65].sum(axis=1)
    alone = sections["over65_alone"].to_numpy(dtype=float)
    homes = sections["households"].to_numpy(dtype=float)
    renting = sections["renting_households"].to_numpy(dtype=float)

    home = pd.Index(sections.index).get_indexer(points["section"])
    weight = points["weight"].to_numpy(dtype=float)
    inside = home >= 0
    populated = np.zeros(len(points), dtype=bool)
    populated[inside] = size[home[inside]] > 0
    shared = np.bincount(home[populated], weights=weight[populated], minlength=len(sections))
    part = np.zeros(len(points))
    part[populated] = weight[populated] / shared[home[populated]]
    cells = np.zeros((len(points), len(BANDS), 2))
    cells[populated] = part[populated, None, None] * joint[home[populated]]

    # An address where the census found nobody: the mean of its zone per unit of weight.
    mix = _by_zone(cells, zone, zones)
    per_weight = np.bincount(zone[populated], weights=weight[populated], minlength=zones)
    city = mix.sum(axis=0) / max(per_weight.sum(), 1e-300)
    mean = np.where(
        (per_weight > 0)[:, None, None],
        mix / np.maximum(per_weight, 1e-300)[:, None, None],
        city,
    )
    empty = ~populated
    cells[empty] = weight[empty, None, None] * mean[zone[empty]]

    source = np.stack([alone, over65, homes - alone, size - alone, renting, homes], axis=1)
    counts = np.zeros((len(points), source.shape[1]))
    counts[populated] = part[populated, None] * source[home[populated]]
    rates = [
        _rate(counts[:, k], counts[:, k + 1], zone, zones) for k in range(0, source.shape[1], 2)
    ]
    return _Seeds(
        cells=cells,
        alone=rates[0],
        not_alone=rates[1],
        renting=rates[2],
        has_pattern=populated,
        abroad=abroad,
    )


def _by_zone(values: Floats, zone: Ints, zones: int) -> Floats:
    summed = np.zeros((zones, *values.shape[1:]))
    np.add.at(summed, zone, values)
    return summed


def _rate(part: Floats, whole: Floats, zone: Ints, zones: int) -> Floats:
    """Return part / whole; where a point has no whole, that of its zone, or of the city."""
    parts = np.bincount(zone, weights=part, minlength=zones)
    wholes = np.bincount(zone, weights=whole, minlength=zones)
    city = part.sum() / whole.sum() if whole.sum() > 0 else 0.0
    of_zone = np.divide(parts, wholes, out=np.full(zones, city), where=wholes > 0)
    rate = np.divide(part, whole, out=of_zone[zone].copy(), where=whole > 0)
    return np.clip(rate, 0.0, 1.0)


def _with_background(
    cells: Floats, zone: Ints, level: _Level
) -> tuple[Floats, NDArray[np.intp]]:
    """Give a zone that lacks an age or a citizenship it should have a trace of the city's mix."""
    sums = _by_zone(cells, zone, len(level.bands))
    lacking = ((level.bands > 0) & (sums.sum(axis=2) == 0)).any(axis=1)
    lacking |= ((level.citizenship > 0) & (sums.sum(axis=1) == 0)).any(axis=1)
    if not lacking.any():
        return cells, np.flatnonzero(lacking)
    city = sums.sum(axis=0) / sums.sum()
    traced = cells + np.where(
        lacking[zone][:, None, None],
        BACKGROUND * cells.sum(axis=(1, 2))[:, None, None] * city,
        0.0,
    )
    return traced, np.flatnonzero(lacking)


def _fitted_cells(cells: Floats, zone: Ints, level: _Level) -> Ints:
    """Bring the cells of all points to the level of their zone, in whole millionths."""
    zones = len(level.bands)
    seed = _by_zone(cells, zone, zones)
    lost = (level.bands.sum(axis=1) > 0) & (np.bincount(zone, minlength=zones) == 0)
    if lost.any():
        raise InputError(
            f"{level.bands[lost].sum() / MICRO:g} residents in zones without any point",
            where=f"zone number {int(np.flatnonzero(lost)[0])}",
            mend="give the zone an address or a section",
        )
    fitted = fit_margins(seed, level.bands, level.citizenship)
    bands = len(BANDS)
    table = np.repeat(np.arange(zones), bands)
    abroad = apportion(
        level.citizenship[:, FOREIGN], fitted[:, :, FOREIGN].ravel(), within=table
    ).reshape(zones, bands)
    whole = np.stack([level.bands - abroad, abroad], axis=2)
    result = np.empty(cells.shape, dtype=np.int64)
    for band in range(bands):
        for citizenship in (ITALIAN, FOREIGN):
            result[:, band, citizenship] = apportion(
                whole[:, band, citizenship], cells[:, band, citizenship], within=zone
            )
    return result


def _households(
    share: Floats, people: Ints, alone: Ints, zone: Ints, households: Ints
) -> Ints:
    """Whoever lives alone is a household; the others form the rest of the zone's households."""
    zones = len(households)
    of_alone = np.zeros(zones, dtype=np.int64)
    np.add.at(of_alone, zone, alone)
    rest = households - of_alone
    others = people - alone
    moved = odds_shifted(share, others, rest, within=zone)
    homes = apportion(rest, others * moved, within=zone)
    return alone + np.minimum(homes, others)


def _ratio(wanted: Floats, given: Floats) -> Floats:
    return np.divide(wanted, given, out=np.zeros_like(wanted), where=given > 0)


def _shifted(shares: Floats, log_odds: Floats) -> Floats:
    factor = np.exp(log_odds)
    moved: Floats = shares * factor / (1 - shares + shares * factor)
    return moved


def _nearest(
    origins: NDArray[Any], targets: NDArray[Any], reach_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair each origin with its nearest target within reach; among equals, the first."""
    pairs = shapely.STRtree(targets).query_nearest(origins, max_distance=reach_m)
    order = np.lexsort((pairs[1], pairs[0]))
    origin, target = pairs[0][order], pairs[1][order]
    _, first = np.unique(origin, return_index=True)
    return origin[first], target[first]


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
    patterns = {"old counts, scaled": None}
    patterns |= {"same foreign share at every age": even, "estimated foreign share by age": estimated}
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
            joint = joint * _ratio(fitted, seed)
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
                    "misplaced_share": float(
                        (predicted - counted).abs().sum() / 2 / counted.sum()
                    ),
                    "correlation": _correlation(predicted, counted),
                }
            )
    return pd.DataFrame(rows)


def _correlation(one: pd.Series, other: pd.Series) -> float:
    if one.nunique() < 2 or other.nunique() < 2:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])
