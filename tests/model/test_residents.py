"""Law: nobody is lost and nobody is invented.

Whatever the pattern, every zone adds up to its published figures, nobody is negative, no group
is larger than the group it is part of, and the order in which rows come changes nothing.
"""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from quartieri15.errors import InputError, ParameterError
from quartieri15.model.residents import BANDS, GROUPS, OVER65
from quartieri15.model.residents.error import leave_sections_out, leave_zones_out
from quartieri15.model.residents.fitting import (
    apportion,
    fit_margins,
    odds_shifted,
    rebin,
    steadied,
)
from quartieri15.model.residents.placing import (
    address_weights,
    age_by_citizenship,
    expected_residents,
    foreign_share_by_age,
)
from quartieri15.sources.comune import AGE_CLASSES

CRS = "EPSG:32632"
positive = st.floats(0.01, 1000)


@st.composite
def tables(draw):
    """Draw a pattern with empty cells, and sums that some table with these empty cells has."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(st.integers(1, 4)))
    seed = draw(hnp.arrays(float, shape, elements=positive))
    empty = draw(hnp.arrays(bool, shape))
    other = draw(hnp.arrays(float, shape, elements=positive))
    seed[empty] = 0
    other[empty] = 0
    return seed, other.sum(axis=2), other.sum(axis=1)


@given(tables())
def test_fitted_tables_meet_both_sums_and_keep_their_zeros(case):
    seed, rows, columns = case
    fitted = fit_margins(seed, rows, columns, tolerance=1e-9)
    scale = max(rows.sum(), 1)
    assert np.abs(fitted.sum(axis=2) - rows).max() <= 1e-8 * scale
    assert np.abs(fitted.sum(axis=1) - columns).max() <= 1e-8 * scale
    assert (fitted >= 0).all()
    assert (fitted[seed == 0] == 0).all()


@given(tables(), st.randoms(use_true_random=False))
def test_fitting_does_not_depend_on_the_order_of_rows_columns_and_tables(case, random):
    seed, rows, columns = case
    n, r, c = (random.sample(range(size), size) for size in seed.shape)
    fitted = fit_margins(seed, rows, columns, tolerance=1e-9)
    again = fit_margins(seed[n][:, r][:, :, c], rows[n][:, r], columns[n][:, c], tolerance=1e-9)
    assert again == pytest.approx(fitted[n][:, r][:, :, c], abs=1e-7 * max(rows.sum(), 1))


def test_a_pattern_that_all_but_falls_apart_is_fitted_too():
    """Plain rounds would need tens of thousands here."""
    fitted = fit_margins([[[64, 1 / 64], [1 / 64, 194]]], [[2, 2]], [[2, 2]], max_rounds=200)
    assert fitted.sum(axis=1) == pytest.approx(2)
    assert fitted.sum(axis=2) == pytest.approx(2)
    odds = fitted[0, 0, 0] * fitted[0, 1, 1] / (fitted[0, 0, 1] * fitted[0, 1, 0])
    assert odds == pytest.approx(64 * 194 * 64 * 64)


@given(tables())
def test_fitting_keeps_the_odds_ratios_of_the_pattern(case):
    """What makes it proportional: each cell is seed x row factor x column factor."""
    seed, rows, columns = case
    fitted = fit_margins(seed, rows, columns, tolerance=1e-9)
    for table, pattern in zip(fitted, seed, strict=True):
        cells = np.argwhere((pattern[:-1, :-1] * pattern[1:, 1:]) > 0)
        for i, j in cells:
            if pattern[i, j + 1] * pattern[i + 1, j] == 0:
                continue
            left = table[i, j] * table[i + 1, j + 1] * pattern[i, j + 1] * pattern[i + 1, j]
            right = table[i, j + 1] * table[i + 1, j] * pattern[i, j] * pattern[i + 1, j + 1]
            assert left == pytest.approx(right, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("seed", "rows", "columns", "said"),
    [
        ([[[1, 1], [1, 1]]], [[1, 2]], [[2, 2]], "the rows add up to 3, the columns to 4"),
        ([[[1, 1], [0, 0]]], [[1, 2]], [[1, 2]], "row 1 must have 2, and its pattern is empty"),
        ([[[1, 0], [0, 1]]], [[1, 2]], [[2, 1]], "no table with these empty cells"),
        ([[[-1, 1], [1, 1]]], [[1, 2]], [[2, 1]], "a count is negative"),
    ],
)
def test_sums_that_no_table_can_have_are_refused(seed, rows, columns, said):
    with pytest.raises(InputError, match=said):
        fit_margins(seed, rows, columns, max_rounds=200)


@given(
    st.lists(st.tuples(st.floats(0, 50), st.integers(0, 2)), min_size=1, max_size=30),
    st.lists(st.integers(0, 10_000), min_size=3, max_size=3),
)
def test_shared_out_numbers_add_up_and_are_rounded_proportions(items, totals):
    weights = np.array([weight for weight, _ in items])
    groups = np.array([group for _, group in items])
    sums = np.bincount(groups, weights=weights, minlength=3)
    totals = np.where(sums > 0, totals, 0)
    parts = apportion(totals, weights, within=groups)
    given_out = np.bincount(groups, weights=parts, minlength=3)
    assert given_out.tolist() == totals.tolist()
    exact = np.divide(
        totals[groups] * weights, sums[groups], out=np.zeros(len(items)), where=weights > 0
    )
    assert (np.abs(parts - exact) < 1 + 1e-9).all()
    assert (parts[weights == 0] == 0).all()


def test_something_to_share_and_nobody_to_give_it_to_is_refused():
    with pytest.raises(InputError, match="group 1: 5 to share out, and nobody"):
        apportion([1, 5], [1.0, 0.0], within=[0, 1])


@given(
    hnp.arrays(float, 12, elements=st.floats(0, 1)),
    hnp.arrays(float, 12, elements=st.floats(0, 500)),
    st.floats(0, 1),
)
def test_shifted_shares_give_the_total_stay_shares_and_keep_their_order(shares, sizes, level):
    total = level * sizes.sum()
    moved = odds_shifted(shares, sizes, total)
    assert (sizes * moved).sum() == pytest.approx(total, rel=1e-6, abs=1e-6)
    assert ((moved >= 0) & (moved <= 1)).all()
    held = sizes > 0
    order = np.argsort(shares[held], kind="stable")
    assert (np.diff(moved[held][order]) >= -1e-12).all()


def test_a_share_of_more_than_there_is_is_refused():
    with pytest.raises(InputError, match="group 0: 11 of 10 is no share"):
        odds_shifted([0.5], [10], 11)


@given(
    hnp.arrays(float, 8, elements=st.floats(0, 1)),
    hnp.arrays(np.int64, 8, elements=st.integers(0, 200)),
)
def test_steadied_shares_lie_between_their_own_and_the_common_share(shares, whole):
    part = np.floor(shares * whole)
    steady = steadied(part, whole)
    common = part.sum() / whole.sum() if whole.sum() else 0
    own = np.divide(part, whole, out=np.full(8, float(common)), where=whole > 0)
    low, high = np.minimum(own, common), np.maximum(own, common)
    assert ((steady >= low - 1e-9) & (steady <= high + 1e-9)).all()


@given(hnp.arrays(np.int64, (3, len(AGE_CLASSES)), elements=st.integers(0, 1000)))
def test_ages_in_other_bands_are_the_same_people(counts):
    table = pd.DataFrame(counts, columns=list(AGE_CLASSES))
    bands = rebin(table, AGE_CLASSES)
    assert bands.sum(axis=1).tolist() == pytest.approx(table.sum(axis=1).tolist())
    over65 = table.loc[:, "65-74 anni":].sum(axis=1)
    assert bands[list(BANDS)[OVER65]].sum(axis=1).tolist() == over65.tolist()


def test_bands_that_leave_an_age_out_are_refused():
    with pytest.raises(ParameterError, match="'0-2' does not fall into the bands once"):
        rebin(pd.DataFrame({"0-2": [1]}), {"0-2": (0, 2)}, bands={"1+": (1, 120)})


def test_four_fifths_of_the_class_14_to_18_fits_what_is_known_of_2020():
    """14-17 in 2020 were 48,243; four fifths of the class 14-18 of 2021 (60,710) are 48,568.

    Nearly the same people a year on: those of 13 come in, those of 17 leave. The ages of 11-13
    were 12,385 a year in 2020, those of 14-17 12,061, so about 300 more come than leave.
    """
    expected = 48_243 + 37_154 / 3 - 48_243 / 4
    assert pytest.approx(expected, rel=0.002) == 60_710 * 4 / 5


def test_ages_split_by_citizenship_keep_both_sums():
    bands = np.array([[10, 0, 30, 0, 0, 0, 20, 0, 5], [0] * 9, [1, 1, 1, 1, 1, 1, 1, 1, 1]])
    foreign = np.array([12, 0, 9])
    joint = age_by_citizenship(bands, foreign, foreign_share_by_age(bands, foreign))
    assert joint.sum(axis=2) == pytest.approx(bands)
    assert joint[:, :, 1].sum(axis=1) == pytest.approx(foreign)
    assert (joint >= 0).all()


def buildings(*boxes, levels=None, homes=None):
    return gpd.GeoDataFrame(
        {
            "levels": levels or [1.0] * len(boxes),
            "homes": homes if homes is not None else [True] * len(boxes),
        },
        geometry=[shapely.box(*box) for box in boxes],
        crs=CRS,
    )


def addresses(*xy):
    return gpd.GeoDataFrame(geometry=[shapely.Point(*point) for point in xy], crs=CRS)


def weights(points, houses):
    return address_weights(points, houses, base_m2=1.0).tolist()


def test_two_addresses_of_a_building_share_it():
    assert weights(addresses((0, -1), (10, -1)), buildings((0, 0, 10, 10))) == [51, 51]


def test_a_building_in_the_yard_belongs_to_the_nearest_address():
    houses = buildings((0, 0, 10, 10), (0, 15, 10, 20))
    assert weights(addresses((5, -1), (0, 400)), houses) == [151, 1]
    assert weights(addresses((5, -1), (5, 21)), houses) == [101, 51]


def test_storeys_count_and_unknown_ones_are_the_mean_of_the_known():
    houses = buildings((0, 0, 10, 10), (100, 0, 110, 10), levels=[4.0, np.nan])
    assert weights(addresses((5, 0), (105, 0)), houses) == [404, 404]


def test_a_building_that_holds_no_homes_gives_no_weight_and_a_large_one_is_capped():
    houses = buildings((0, 0, 10, 10), (500, 0, 600, 100), homes=[False, True])
    assert weights(addresses((5, 0), (550, 0)), houses) == [1, 1001]


def census(**columns):
    """Draw sections: ages as 'section: people of 25-34, 65-74, 0-17'."""
    table = pd.DataFrame(0.0, index=[10, 11, 12], columns=list(BANDS))
    table.loc[10, ["25-34", "65-74", "0-17"]] = [50, 30, 20]
    table.loc[11, ["25-34", "65-74", "85+"]] = [80, 10, 10]
    extra = {
        "foreign": [10, 30, 0],
        "over65_alone": [10, 12, 0],
        "households": [60, 70, 0],
        "renting_households": [20, 70, 0],
    }
    return table.assign(**(extra | columns))


def figures():
    ages = pd.DataFrame(0.0, index=[1, 2, 3], columns=list(BANDS))
    ages.loc[1, list(BANDS)] = [30, 5, 60, 10, 5, 5, 40, 3, 2]
    ages.loc[2, ["25-34", "65-74"]] = [70, 30]
    return {
        "ages": ages,
        "foreign": pd.Series({1: 25, 2: 60, 3: 0}),
        "households": pd.Series({1: 90, 2: 55, 3: 0}),
        "alone_share": 0.4,
    }


def points():
    """Draw points: zone 1 holds section 10 and half of 11; 12 is new; zone 3 is a park."""
    table = pd.DataFrame(
        [
            ("civic-1", "civic", 1, 10, 2.0),
            ("civic-2", "civic", 1, 10, 1.0),
            ("civic-3", "civic", 1, 11, 1.0),
            ("section-11", "section", 2, 11, 1.0),
            ("civic-4", "civic", 2, 12, 0.5),
            ("civic-5", "civic", 3, 12, 0.5),
        ],
        columns=["id", "kind", "nil", "section", "weight"],
    )
    return gpd.GeoDataFrame(table, geometry=shapely.points(np.arange(6.0), np.zeros(6)), crs=CRS)


def assert_logical(table):
    pairs = [
        ("over85", "over75"),
        ("over75", "over65"),
        ("over65", "residents"),
        ("foreign", "residents"),
        ("over65_alone", "over65"),
        ("over65_alone", "households"),
        ("households", "residents"),
        ("renting_households", "households"),
    ]
    for part, whole in pairs:
        assert (table[part] <= table[whole]).all(), (part, whole)
    assert (table["minors"] + table["over65"] <= table["residents"] + 1e-9).all()
    assert (table[list(GROUPS)] >= 0).all(axis=None)


def assert_closed(table, numbers):
    sums = table.groupby("nil")[list(GROUPS)].sum()
    ages = numbers["ages"].reindex(sums.index)
    wanted = {
        "residents": ages.sum(axis=1),
        "minors": ages["0-17"],
        "over65": ages[list(BANDS)[OVER65]].sum(axis=1),
        "foreign": numbers["foreign"],
        "households": numbers["households"],
    }
    for group, values in wanted.items():
        assert np.abs(sums[group] - values.reindex(sums.index)).max() < 1e-6, group
    alone = numbers["alone_share"] * sums["over65"].sum()
    assert sums["over65_alone"].sum() == pytest.approx(alone, abs=1e-4)


def test_every_zone_adds_up_and_no_group_is_larger_than_its_own():
    table, report = expected_residents(points(), census(), **figures())
    assert_closed(table, figures())
    assert_logical(table)
    assert table["residents"].iloc[0] == pytest.approx(2 * table["residents"].iloc[1], rel=1e-6)
    assert report["points_of_sections_without_address"] == 1
    assert report["addresses_in_sections_without_census_residents"] == 2


def test_an_address_the_census_did_not_know_gets_the_mean_of_its_zone():
    table, _ = expected_residents(points(), census(), **figures())
    known, new = table.set_index("id").loc[["section-11", "civic-4"], "residents"]
    assert new == pytest.approx(known / 2, rel=1e-6)


def test_no_more_live_alone_in_a_zone_than_can_and_the_city_keeps_its_total():
    free, _ = expected_residents(points(), census(), **figures())
    held, _ = expected_residents(
        points(), census(), most_alone=pd.Series({1: 30.0, 2: 2.0, 3: 0.0}), **figures()
    )
    sums = held.groupby("nil")["over65_alone"].sum()
    assert free.groupby("nil")["over65_alone"].sum().loc[2] > 2
    assert sums.to_dict() == pytest.approx({1: 28.0, 2: 2.0, 3: 0.0}, abs=1e-5)
    assert_logical(held)


def test_the_order_of_points_and_sections_changes_nothing():
    table, _ = expected_residents(points(), census(), **figures())
    order = [4, 2, 0, 5, 3, 1]
    other, _ = expected_residents(
        points().iloc[order].reset_index(drop=True), census().iloc[::-1], **figures()
    )
    other = other.set_index("id").loc[table["id"]]
    assert np.abs(other[list(GROUPS)].to_numpy() - table[list(GROUPS)].to_numpy()).max() < 3e-6


def test_a_zone_whose_pattern_lacks_a_citizenship_gets_a_trace_of_the_city():
    table, report = expected_residents(points(), census(foreign=[0, 30, 0]), **figures())
    assert_closed(table, figures())
    assert_logical(table)
    # The figures of zone 1 have ages that no section knows; those of zone 2 have none.
    assert report["zones_with_background_pattern"] == [1]


@given(st.data())
def test_any_figures_close(data):
    numbers = figures()
    ages = data.draw(
        hnp.arrays(np.int64, (2, len(BANDS)), elements=st.integers(0, 300)), label="ages"
    )
    numbers["ages"].loc[[1, 2]] = ages.astype(float)
    total = ages.sum(axis=1)
    over65 = ages[:, OVER65].sum(axis=1)
    foreign = [data.draw(st.integers(0, int(people)), label="foreign") for people in total]
    # Older people living alone are households: there are at least as many.
    homes = [
        data.draw(st.integers(int(old), int(people)), label="households")
        for old, people in zip(over65, total, strict=True)
    ]
    numbers["foreign"].loc[[1, 2]] = foreign
    numbers["households"].loc[[1, 2]] = homes
    table, _ = expected_residents(points(), census(), **numbers)
    assert_closed(table, numbers)
    assert_logical(table)


def test_more_foreign_or_households_than_residents_is_refused():
    numbers = figures() | {"foreign": pd.Series({1: 25, 2: 101, 3: 0})}
    with pytest.raises(InputError, match="zone 2: 101 foreign residents, 100 residents"):
        expected_residents(points(), census(), **numbers)


def test_a_point_in_a_zone_without_figures_is_named():
    with pytest.raises(InputError, match=r"points, column nil, row 0: zone 9 has no figures"):
        expected_residents(points().assign(nil=[9, 1, 1, 2, 2, 3]), census(), **figures())


def test_people_in_a_zone_without_any_point_are_not_lost_in_silence():
    few = points().iloc[:3]
    with pytest.raises(InputError, match="100 residents in zones without any point"):
        expected_residents(few, census(), **figures())


def test_a_perfect_weighting_has_no_error_and_one_wrong_half_misplaces_half():
    town = pd.DataFrame({"nil": [1, 1, 2], "residents": [40, 0, 7]})
    found = leave_sections_out(
        town,
        {"true": town["residents"] * 3.0, "even": pd.Series([1.0, 1.0, 1.0])},
        groups=["residents"],
    ).set_index("weighting")
    assert found["misplaced_share"].tolist() == pytest.approx([0, 20 / 47])
    assert found["mean_absolute_error"].tolist() == pytest.approx([0, 40 / 3])


def test_zones_that_all_changed_alike_are_predicted_without_error():
    old = census().assign(nil=[1, 2, 2])
    ages = old.groupby("nil")[list(BANDS)].sum() * 1.5
    found = leave_zones_out(old, ages=ages, foreign=pd.Series({1: 15.0, 2: 45.0}))
    assert found["misplaced_share"].tolist() == pytest.approx([0] * 9, abs=1e-9)


def test_areal_weighting_agrees_with_tobler():
    """An independent implementation of the same weighting, on zones that sections fill."""
    interpolate = pytest.importorskip("tobler.area_weighted").area_interpolate
    widths = np.array([1.0, 3.0, 2.0, 2.0, 4.0])
    edges = np.concatenate([[0], widths.cumsum()])
    town = gpd.GeoDataFrame(
        {"nil": [1, 1, 2, 2, 2], "residents": [50.0, 10.0, 30.0, 30.0, 5.0]},
        geometry=[shapely.box(a, 0, b, 1) for a, b in itertools.pairwise(edges)],
        crs=CRS,
    )
    zones = town.dissolve("nil", aggfunc={"residents": "sum"}).reset_index()
    theirs = interpolate(zones, town, extensive_variables=["residents"])["residents"]
    ours = leave_sections_out(town, {"area": town.area}, groups=["residents"])
    off = (theirs.to_numpy() - town["residents"]).abs()
    assert ours["misplaced_share"].item() == pytest.approx(off.sum() / 2 / 125)
    assert ours["mean_absolute_error"].item() == pytest.approx(off.mean())
