"""No published cell tells of fewer people than the threshold: not alone, not by subtraction."""

from __future__ import annotations

import datetime as dt
import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quartieri15.analysis.gaps import find_gaps
from quartieri15.errors import OutputError, ParameterError
from quartieri15.publish import tables
from quartieri15.publish.tables import (
    SMALLEST_COUNT,
    publishable,
    with_sources,
    write_csv,
    write_json,
    write_layers,
)
from tests.analysis.toy_zones import row_of_zones, times_of

NAN = math.nan


def table_of(splits: list[tuple[float, float]], **columns: object) -> pd.DataFrame:
    covered, uncovered = np.array(splits, dtype=float).reshape(-1, 2).T
    population = covered + uncovered
    with np.errstate(invalid="ignore"):
        share = covered / population
    return pd.DataFrame(
        {
            "by": "nil",
            "zone_id": range(1, len(splits) + 1),
            "group": "over65",
            "population": population,
            "covered": covered,
            "uncovered": uncovered,
            "share": share,
            "median_minutes": 7.0,
        }
        | columns
    )


counts = st.one_of(
    st.just(0.0), st.floats(0.01, 12), st.floats(0, 500), st.integers(0, 40).map(float)
)
splits = st.lists(st.tuples(counts, counts), min_size=1, max_size=12)


def small(value: float) -> bool:
    return 1e-9 < value < SMALLEST_COUNT


@given(splits)
def test_nothing_small_is_shown_and_no_row_gives_it_away(split: list[tuple[float, float]]) -> None:
    before = table_of(split)
    after = publishable(before)
    for name in ("population", "covered", "uncovered"):
        assert not after[name].map(small).any()
    for was, row in zip(before.itertuples(), after.itertuples(), strict=True):
        if any(map(small, (was.population, was.covered, was.uncovered))):
            assert row.suppressed
            assert math.isnan(row.covered)
            assert math.isnan(row.uncovered)
            assert math.isnan(row.share)
        if small(was.population):
            assert math.isnan(row.population)
            assert math.isnan(row.median_minutes)


@given(splits)
def test_the_citys_total_gives_nothing_small_away(split: list[tuple[float, float]]) -> None:
    """Whoever knows all totals can only learn what the hidden cells of a column hold together."""
    before = table_of(split)
    after = publishable(before)
    for name in ("population", "covered", "uncovered"):
        hidden = after[name].isna()
        together = before.loc[hidden, name].sum()
        # With every zone hidden there is nothing to subtract from the total.
        nothing_left = not (after.loc[~hidden, name] > 1e-9).any()
        assert not small(together) or nothing_left


@given(splits)
def test_what_is_shown_is_true_and_large_tables_stay_whole(
    split: list[tuple[float, float]],
) -> None:
    before = table_of(split)
    after = publishable(before)
    for name in ("population", "covered", "uncovered", "share", "median_minutes"):
        shown = after[name].notna()
        assert (after.loc[shown, name] == before.loc[shown, name]).all()
    if not before[["population", "covered", "uncovered"]].map(small).any().any():
        assert not after["suppressed"].any()
        pd.testing.assert_frame_equal(after[before.columns], before)
        assert after[["covered_at_least", "uncovered_at_least"]].isna().all(axis=None)


@given(splits)
def test_the_order_of_the_rows_does_not_matter(split: list[tuple[float, float]]) -> None:
    table = table_of(split)
    turned = publishable(table.iloc[::-1]).iloc[::-1]
    pd.testing.assert_frame_equal(publishable(table), turned)


def test_a_quarter_of_42_residents() -> None:
    quarter, large, larger = (30.0, 12.0), (38.0, 4.0), (900.0, 350.0)
    assert publishable(table_of([quarter]))["covered"].tolist() == [30]
    told = publishable(table_of([large, larger, (800.0, 300.0)]))
    assert told["population"].tolist() == [42, 1250, 1100]
    # The 4 uncovered are hidden, their complement, and the next smallest zone beside them.
    assert told["uncovered"].isna().tolist() == [True, False, True]
    assert told["covered"].isna().tolist() == [True, False, True]


def test_nobody_is_nobody() -> None:
    told = publishable(table_of([(0, 0), (0, 40), (40, 0)]))
    assert not told["suppressed"].any()
    assert told["covered"].tolist() == [0, 0, 40]


def test_groups_and_questions_are_judged_each_on_its_own() -> None:
    two = pd.concat(
        [table_of([(38, 4), (50, 50)]), table_of([(38, 40), (50, 50)], group="foreign")]
    )
    assert publishable(two)["suppressed"].tolist() == [True, True, False, False]
    assert publishable(two, smallest_count=3)["suppressed"].sum() == 0


def test_what_has_been_made_publishable_stays_as_it_is() -> None:
    told = publishable(table_of([(38, 4), (500, 500), (90, 80)]))
    pd.testing.assert_frame_equal(publishable(told), told)


def test_places_hide_what_only_they_cover() -> None:
    row = table_of([(500, 900)], by="place", nearest=420.0, exclusive=3.0)
    told = publishable(row).iloc[0]
    assert told["covered"] == 500
    assert told["nearest"] == 420
    assert math.isnan(told["exclusive"])
    assert told["suppressed"]


def test_a_gap_hides_what_would_tell_its_size() -> None:
    from quartieri15.analysis.coverage import coverage

    city = row_of_zones([(1, 100, 80), (1, 9, 4), (2, 300, 90), (2, 200, 70)], zones=2)
    cover = coverage(city, to="houses", profile="walk_75", times=times_of(city, [1.0, 40, 1, 40]))
    gaps = find_gaps(city, cover, groups="over65")
    told = publishable(gaps).set_index("zone_id")
    for name in ("covered", "uncovered", "share", "uncovered_per_km2", "score", "rank"):
        assert told[name].isna().all()
    assert told.loc[1, "population"] == 84
    assert told.loc[1, "reason_codes"] == "suppressed"
    assert isinstance(publishable(gaps), gpd.GeoDataFrame)
    assert (
        publishable(gaps)["suppressed"].tolist()
        == publishable(cover[cover["group"] == "over65"])["suppressed"].tolist()
    )


def test_nearly_all_of_many_get_a_round_lower_limit() -> None:
    told = publishable(table_of([(8, 1356), (14, 4986), (900, 300), (60, 30)]))
    assert told["uncovered"].isna().tolist() == [True, True, False, False]
    assert told["uncovered_at_least"].tolist()[:2] == [1350, 4950]
    assert told["covered_at_least"].isna().all()
    assert told["uncovered_at_least"].isna().tolist() == [False, False, True, True]


def test_a_limit_that_would_tell_a_count_is_not_told() -> None:
    # At most 10 within each and 18 together would leave the 9 a range of 8 to 10.
    told = publishable(table_of([(9, 1051), (9, 1051), (900, 300)]))
    assert told["uncovered"].isna().tolist() == [True, True, False]
    assert told["uncovered_at_least"].notna().sum() < 2


lopsided = st.lists(
    st.tuples(st.floats(0, 70), st.floats(0, 4000), st.booleans()).map(
        lambda split: split[:2] if split[2] else split[1::-1]
    ),
    min_size=1,
    max_size=6,
)


@given(lopsided)
def test_limits_are_true_and_leave_every_hidden_count_room(
    split: list[tuple[float, float]],
) -> None:
    before = table_of(split)
    after = publishable(before)
    hidden = after["covered"].isna() & after["population"].notna()
    for side in ("covered", "uncovered"):
        limit = after[f"{side}_at_least"]
        assert not (limit.notna() & ~hidden).any()
        assert (limit.isna() | (limit <= before[side])).all()
        assert (limit.isna() | (limit <= before["population"] - SMALLEST_COUNT)).all()
    if not after[["covered_at_least", "uncovered_at_least"]].notna().any(axis=None):
        return
    rows = after["covered"].isna()
    people = before.loc[rows, "population"]
    low = after.loc[rows, "covered_at_least"].fillna(0)
    high = people - after.loc[rows, "uncovered_at_least"].fillna(0)
    total = before.loc[rows, "covered"].sum()
    most = np.minimum(high, total - (low.sum() - low))
    least = np.maximum(low, total - (high.sum() - high))
    assert (most - least >= np.minimum(people, SMALLEST_COUNT) - 1e-6).all()


def test_a_rank_tells_nothing_that_is_hidden() -> None:
    table = table_of([(500, 300), (40, 4), (700, 900), (100, 90)], rank=[2, 4, 1, 3])
    told = publishable(table)
    assert told["zone_id"].tolist() == [3, 1, 2, 4]
    assert told["rank"].tolist()[:2] == [1, 2]
    assert told["rank"].isna().tolist() == [False, False, True, True]


def test_the_nearest_of_the_others_do_not_give_a_place_away() -> None:
    split = [(500.0, 900.0)] * 3
    told = publishable(table_of(split, by="place", nearest=[1200.0, 4.0, 196.0], exclusive=50.0))
    assert told["nearest"].isna().tolist() == [False, True, True]
    assert told["median_minutes"].isna().tolist() == [False, True, True]
    assert told["covered"].notna().all()


def test_zones_that_do_not_part_the_city_hide_small_counts_only() -> None:
    table = table_of([(38, 4), (500, 400)], by="target_areas")
    assert publishable(table)["suppressed"].tolist() == [True, True]
    assert publishable(table, partitions=("nil",))["suppressed"].tolist() == [True, False]


@pytest.mark.parametrize("senseless", [NAN, -1, math.inf, "10", None, True])
def test_a_senseless_smallest_count_is_refused(senseless: object) -> None:
    with pytest.raises(ParameterError, match="smallest_count"):
        publishable(table_of([(38, 4)]), smallest_count=senseless)  # type: ignore[arg-type]


def test_a_smallest_count_of_zero_hides_nothing() -> None:
    assert not publishable(table_of([(38, 4), (1, 0)]), smallest_count=0)["suppressed"].any()


def test_a_csv_opens_anywhere(tmp_path) -> None:
    table = table_of([(38, 4), (500, 500)]).assign(
        zone=["Niguarda - Cà Granda", "=1+1"], when=pd.array([1, pd.NA], dtype="Int64")
    )
    path = tmp_path / "deep" / "table.csv"
    told = {"vintages": {"streets": "2022-06"}, "licence_line": "© OSM"}
    write_csv(with_sources(table, told), path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfby,zone_id,")
    back = pd.read_csv(path)
    assert back["zone"].tolist() == ["Niguarda - Cà Granda", "'=1+1"]
    assert back["when"].isna().tolist() == [False, True]
    assert back["licence"].unique().tolist() == ["© OSM"]
    assert back["vintages"].unique().tolist() == ["streets: 2022-06"]
    assert gpd.read_file(path)["by"].tolist() == ["nil", "nil"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        *((f"{sign}1+1", f"'{sign}1+1") for sign in "=+-@"),
        *(
            (f"{sign}1+1", f"'{sign}1+1")
            for sign in "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a"
        ),
        ("  =1+1", "'  =1+1"),
        ("\u00a0=1+1", "'\u00a0=1+1"),
        ("\ufeff\u200b=1+1", "'\ufeff\u200b=1+1"),
        ("\tCasa", "'\tCasa"),
        ("\rCasa", "'\rCasa"),
        ("\nCasa", "'\nCasa"),
        ("\x00=1+1", "'\x00=1+1"),
        ("Casa;=1+1", "Casa;'=1+1"),
        ("Casa; \uff1d1+1;b", "Casa;' \uff1d1+1;b"),
        ("Casa\n@SUM(A1)", "Casa\n'@SUM(A1)"),
        ("Niguarda - Cà Granda", "Niguarda - Cà Granda"),
        ("Mi@over.net; 09:00-12:00", "Mi@over.net; 09:00-12:00"),
        ("a=b, +39", "a=b, +39"),
        ("  Casa", "  Casa"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula_in_any_spreadsheet(text: str, written: str) -> None:
    """With commas or semicolons between cells, and where full-width signs are plain ones."""
    assert tables._harmless(text) == written


def test_no_kind_of_column_holds_a_formula(tmp_path) -> None:
    text = ["=1+1", "Casa"]
    table = pd.DataFrame(
        {
            "object": text,
            "string": pd.array(text, dtype="string"),
            "arrow": pd.array(text, dtype=pd.ArrowDtype(pa.string())),
            "category": pd.Categorical(text),
            "=2+2": [-1, 2.5],
        }
    )
    write_csv(table, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines() == [
        "object,string,arrow,category,'=2+2",
        "'=1+1,'=1+1,'=1+1,'=1+1,-1.0",
        "Casa,Casa,Casa,Casa,2.5",
    ]
    assert list(table) == ["object", "string", "arrow", "category", "=2+2"]


def test_json_has_no_nan(tmp_path) -> None:
    path = tmp_path / "a.json"
    write_json({"a": NAN, "b": np.float64(1 / 3), "c": [np.int64(2), pd.NA], "d": "è"}, path)
    assert json.loads(path.read_text("utf-8")) == {
        "a": None,
        "b": 0.333333,
        "c": [2, None],
        "d": "è",
    }


def test_the_same_layers_give_the_same_file(tmp_path) -> None:
    layer = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=32632)
    when = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    for name in ("one", "two"):
        write_layers({"a": layer, "b": layer}, tmp_path / f"{name}.gpkg", when=when)
    one, two = ((tmp_path / f"{name}.gpkg").read_bytes() for name in ("one", "two"))
    assert one == two
    assert gpd.read_file(tmp_path / "one.gpkg", layer="b").crs == layer.crs


def test_layers_that_cannot_be_written_are_an_error_in_plain_words(tmp_path) -> None:
    twice = pd.DataFrame([[1, 2, shapely.Point(1, 2)]], columns=["a", "A", "geometry"])
    layer = gpd.GeoDataFrame(twice, geometry="geometry", crs=32632)
    with pytest.raises(OutputError, match="nothing was changed"):
        write_layers({"a": layer}, tmp_path / "a.gpkg", when=dt.datetime.now(dt.UTC))
    assert list(tmp_path.iterdir()) == []
