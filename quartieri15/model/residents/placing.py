"""Putting people at addresses: weights, patterns, levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from quartieri15.errors import InputError
from quartieri15.model.residents.fitting import apportion, fit_margins, odds_shifted, steadied
from quartieri15.model.residents.groups import (
    BANDS,
    GROUPS,
    MINORS,
    OVER65,
    OVER75,
    OVER85,
    WORKING_AGE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ITALIAN, FOREIGN = 0, 1
# Counts are whole numbers of millionths of a person, so that sums are exact.
MICRO = 1_000_000
# A citizenship or an age that the census of a zone does not know, and its recent figures do, is
# seeded with this share of the city's own mix.
BACKGROUND = 1e-3
# Bounds of the share of foreign citizens in an age band: estimated, so never nobody.
RAREST, COMMONEST = 0.005, 0.95
# Finer ages cannot be told apart from section totals: an estimate by the nine bands finds 95 % of
# those aged 25-34 foreign, and nobody older.
BROAD_AGES = (MINORS, WORKING_AGE, OVER65)


class Expected(NamedTuple):
    """What :func:`expected_residents` returns: the table and what was done to make it."""

    residents: gpd.GeoDataFrame
    report: dict[str, Any]


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
    floor = np.bincount(address, weights=(ground * levels)[building] * part, minlength=len(points))
    storeys = np.divide(floor, area, out=np.full(len(points), typical), where=area > 0)
    weights: Floats = (np.minimum(area, cap_m2) + base_m2) * storeys
    return weights


def foreign_share_by_age(bands: ArrayLike, foreign: ArrayLike) -> Floats:
    """Estimate the share of foreign citizens among minors, at working age and over 65.

    No table of age by citizenship is published. The three shares are those that, applied to
    the ages of every section, come nearest to its foreign residents (bounded least squares,
    weighted by 1 / residents; Goodman's regression). They serve as a pattern only: section by
    section and then zone by zone they are moved until the counts are met.

    Parameters
    ----------
    bands
        Shape (sections, bands): residents.
    foreign
        Shape (sections,): foreign residents.

    Returns
    -------
    numpy.ndarray
        One share per band, between :data:`RAREST` and :data:`COMMONEST`, the same for all bands
        of a broad age.

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
    broad = np.stack([ages[used, years].sum(axis=1) for years in BROAD_AGES], axis=1)
    fit = lsq_linear(
        broad / root[:, None], abroad[used] / root, bounds=(RAREST, COMMONEST), method="bvls"
    )
    shares = np.empty(ages.shape[1])
    for years, share in zip(BROAD_AGES, fit.x, strict=True):
        shares[years] = share
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
    most_alone: pd.Series | None = None,
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
    most_alone
        How many of them can live alone at most, indexed by zone: no more than one-person
        households, or than households whose head is that old. By default, nothing is known.
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
    most = _most(most_alone, zones)
    zone = _positions(points[zone_column], zones, where=f"points, column {zone_column}")
    seeds = _seeds(points, sections, zone, len(zones))
    seed, background = _with_background(seeds.cells, zone, level)
    cells = _fitted_cells(seed, zone, level)
    people = _total(cells)
    over65 = _total(cells[:, OVER65])
    alone = _alone(seeds.alone, over65, alone_share * over65.sum(), zone=zone, most=most)
    homes = _households(seeds.not_alone, people, alone, zone, level.households)
    renting = np.floor(homes * seeds.renting).astype(np.int64)
    counts = {
        "residents": people,
        "minors": _total(cells[:, MINORS]),
        "over65": over65,
        "over75": _total(cells[:, OVER75]),
        "over85": _total(cells[:, OVER85]),
        "foreign": _total(cells[:, :, FOREIGN:]),
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
    return _Level(bands.astype(np.int64), citizenship.astype(np.int64), homes.astype(np.int64))


def _positions(values: pd.Series, known: Sequence[Any] | NDArray[Any], *, where: str) -> Ints:
    position = pd.Index(known).get_indexer(values)
    if (position < 0).any():
        row = values.index[position < 0][0]
        raise InputError(
            f"zone {values.loc[row]} has no figures",
            where=f"{where}, row {row}",
            mend="add its figures (0 if nobody lives there) or correct the zone",
        )
    found: Ints = position.astype(np.int64)
    return found


def _seeds(points: gpd.GeoDataFrame, sections: pd.DataFrame, zone: Ints, zones: int) -> _Seeds:
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

    rates = [
        _rate(steadied(few, many), part * many[home], home=home, zone=zone, zones=zones)
        for few, many in ((alone, over65), (homes - alone, size - alone), (renting, homes))
    ]
    return _Seeds(
        cells=cells,
        alone=rates[0],
        not_alone=rates[1],
        renting=rates[2],
        has_pattern=populated,
        abroad=abroad,
    )


def _total(cells: Ints) -> Ints:
    total: Ints = cells.sum(axis=(1, 2))
    return total


def _by_zone(values: Floats, zone: Ints, zones: int) -> Floats:
    summed = np.zeros((zones, *values.shape[1:]))
    np.add.at(summed, zone, values)
    return summed


def _rate(share: Floats, people: Floats, *, home: Ints, zone: Ints, zones: int) -> Floats:
    """Give each point the share of its section; where nobody was counted, that of its zone."""
    sums = np.bincount(zone, weights=people * share[home], minlength=zones)
    size = np.bincount(zone, weights=people, minlength=zones)
    city = sums.sum() / size.sum() if size.sum() > 0 else 0.0
    mean = np.divide(sums, size, out=np.full(zones, city), where=size > 0)
    return np.where(people > 0, share[home], mean[zone])


def _with_background(cells: Floats, zone: Ints, level: _Level) -> tuple[Floats, NDArray[np.intp]]:
    """Give a zone that lacks people it should have, by age and citizenship, a trace of the city's.

    With that every zone has a table that meets its figures.
    """
    sums = _by_zone(cells, zone, len(level.bands))
    wanted = (level.bands > 0)[:, :, None] & (level.citizenship > 0)[:, None, :]
    lacking = (wanted & (sums == 0)).any(axis=(1, 2))
    if not lacking.any():
        return cells, np.flatnonzero(lacking)
    # Whom the census of the whole city does not know is spread evenly.
    city = sums.sum(axis=0) / sums.sum()
    city = (1 - BACKGROUND) * city + BACKGROUND / city.size
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


def _most(most_alone: pd.Series | None, zones: NDArray[Any]) -> Floats:
    if most_alone is None:
        return np.full(len(zones), np.inf)
    limits: Floats = most_alone.reindex(zones).fillna(0).to_numpy(dtype=float) * MICRO
    return limits


def _alone(share: Floats, over65: Ints, total: float, *, zone: Ints, most: Floats) -> Ints:
    """Bring the shares to the city's total; a zone that would pass its limit stays at it."""
    moved = odds_shifted(share, over65, total)
    at_limit = np.zeros(len(most), dtype=bool)
    while True:
        sums = np.bincount(zone, weights=over65 * moved, minlength=len(most))
        passing = ~at_limit & (sums > most)
        if not passing.any():
            break
        at_limit |= passing
        held = at_limit[zone]
        limits = np.where(at_limit, most, 0.0)
        moved[held] = odds_shifted(share[held], over65[held], limits, within=zone[held])
        moved[~held] = odds_shifted(share[~held], over65[~held], total - limits.sum())
    return np.minimum(np.rint(over65 * moved).astype(np.int64), over65)


def _households(share: Floats, people: Ints, alone: Ints, zone: Ints, households: Ints) -> Ints:
    """Whoever lives alone is a household; the others form the rest of the zone's households."""
    zones = len(households)
    of_alone = np.zeros(zones, dtype=np.int64)
    np.add.at(of_alone, zone, alone)
    rest = households - of_alone
    others = people - alone
    moved = odds_shifted(share, others, rest, within=zone)
    homes = apportion(rest, others * moved, within=zone)
    all_homes: Ints = alone + np.minimum(homes, others)
    return all_homes


def _nearest(
    origins: NDArray[Any], targets: NDArray[Any], reach_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair each origin with its nearest target within reach; among equals, the first."""
    pairs = shapely.STRtree(targets).query_nearest(origins, max_distance=reach_m)
    order = np.lexsort((pairs[1], pairs[0]))
    origin, target = pairs[0][order], pairs[1][order]
    _, first = np.unique(origin, return_index=True)
    return origin[first], target[first]
