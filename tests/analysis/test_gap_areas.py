"""Laws of gap areas: they part the uncovered, none is lost, and no order of rows changes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.analysis import gap_areas as module
from quartieri15.analysis.coverage import coverage
from quartieri15.analysis.gap_areas import gap_areas
from quartieri15.errors import InputError, ParameterError, UnknownNameError
from quartieri15.reach.times import travel_times
from tests.analysis.blocks import draw_blocks, shuffled, town
from tests.ascii_city import draw_city

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from quartieri15.model.city import City

ASK: dict[str, Any] = {"to": "houses", "profile": "walk_75"}
EVERYBODY: dict[str, Any] = ASK | {"groups": "over65", "fewest": 0}
SPOTS = st.tuples(
    st.integers(0, 19).map(lambda k: k * 97.0),
    st.integers(0, 9).map(lambda k: -k * 97.0),
    st.sampled_from([10.0, 20.0, 30.0, math.nan]),
    st.integers(1, 9).map(float),
)
TOWNS = st.lists(SPOTS, min_size=1, max_size=25, unique_by=lambda spot: spot[:2])


def chains(points: list[tuple[float, ...]], step: float) -> set[frozenset[int]]:
    """Follow every step from every point, in plain Python."""
    left = {i for i, point in enumerate(points) if not point[2] <= 15}
    found = set()
    while left:
        todo = [left.pop()]
        area = set(todo)
        while todo:
            x, y, *_ = points[todo.pop()]
            near = {
                j
                for j in left
                if math.hypot(points[j][0] - x, points[j][1] - y) <= step
                and (points[j][0] >= 1000) == (x >= 1000)
            }
            left -= near
            area |= near
            todo += near
        found.add(frozenset(area))
    return found


def held(city: City, gaps: gpd.GeoDataFrame) -> list[frozenset[int]]:
    """Which residents points lie in each outline."""
    points = city.residents.geometry.to_numpy()
    return [
        frozenset(np.flatnonzero(shapely.contains(outline, points)).tolist())
        for outline in gaps.geometry
    ]


@given(TOWNS, st.sampled_from([100.0, 140.0, 200.0]))
@settings(max_examples=24)
def test_areas_are_chains_of_steps_and_their_outlines_hold_them_alone(
    points: list[tuple[float, ...]], step: float
) -> None:
    city, times = town(points)
    gaps = gap_areas(city, **EVERYBODY, times=times, neighbours_m=step)
    areas = held(city, gaps)
    assert len(areas) == len(set(areas))
    assert set(areas) == chains(points, step)
    for area, row in zip(areas, gaps.to_dict("records"), strict=True):
        assert row["uncovered"] == sum(points[i][3] for i in area)
        assert row["addresses"] == len(area)
        assert row["gap_id"] in {f"r{i}" for i in area}
        assert row["nil"] == 1 + (points[min(area)][0] >= 1000)
    overlap = gaps.geometry.area.sum() - gaps.geometry.union_all().area
    assert overlap == pytest.approx(0, abs=1e-3)


@given(
    TOWNS, st.sampled_from([0, 30, 60, 100]), st.sampled_from([0, 5, 12]), st.sampled_from([10, 25])
)
@settings(max_examples=24)
def test_what_is_listed_and_what_is_not_add_up_to_all_who_are_uncovered(
    points: list[tuple[float, ...]], percentile: float, fewest: float, minutes: float
) -> None:
    city, times = town(points)
    asked = ASK | {"groups": ["residents", "over65"], "minutes": minutes, "times": times}
    gaps = gap_areas(city, **asked, density_percentile=percentile, fewest=fewest)
    cover = coverage(city, **asked, by="city").set_index("group")["uncovered"]
    told = gaps.attrs["provenance"]
    for group, total in cover.items():
        assert told["uncovered"][group] == total
        listed = gaps.loc[gaps["group"] == group, "uncovered"]
        left_out = told["too_sparse"][group] + told["in_small_areas"][group]
        assert listed.sum() + left_out == pytest.approx(total, abs=1e-9)
        assert (listed >= max(fewest, 1e-12)).all()
        assert (np.diff(listed) <= 0).all()
        assert gaps.loc[gaps["group"] == group, "rank"].tolist() == [*range(1, len(listed) + 1)]
    # What no column can tell has its reason.
    empty = gaps.drop(columns=["place", "place_id"]).isna().any(axis=1)
    assert (gaps["reason"] != "")[empty].all()


@given(TOWNS, st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_another_order_of_rows_gives_the_same_areas(
    points: list[tuple[float, ...]], chance: Any
) -> None:
    city, times = town(points)
    order = list(range(len(points)))
    chance.shuffle(order)
    asked = {"groups": ["over65", "residents"], "fewest": 0, "density_percentile": 20}
    found, again = (
        gap_areas(some, **ASK, **asked, times=its)
        for some, its in ((city, times), shuffled(city, times, order))
    )
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.drop(columns="geometry")),
        pd.DataFrame(again.drop(columns="geometry")),
    )
    assert shapely.equals(
        shapely.normalize(shapely.set_precision(found.geometry, 0.01)),
        shapely.normalize(shapely.set_precision(again.geometry, 0.01)),
    ).all()


STREET = "A-----B-----C-----D-----E-----F-----G-----H"


@given(st.lists(st.integers(0, 42), min_size=1, max_size=3))
@settings(max_examples=10)
def test_a_place_that_is_added_only_divides_areas_and_makes_them_smaller(
    columns: list[int],
) -> None:
    people = {(float(column), 1.0): 10.0 + column for column in range(0, 43, 2)}
    places = {f"new {k}": (float(column), 0.0) for k, column in enumerate(columns)}
    asked = EVERYBODY | {"minutes": 5, "neighbours_m": 90}
    before, after = (
        gap_areas(draw_city(STREET, cell=40, people=people, places=some), **asked)
        for some in ({"old": (0.0, 0.0)}, {"old": (0.0, 0.0)} | places)
    )
    assert after["uncovered"].sum() <= before["uncovered"].sum() + 1e-9
    city = draw_city(STREET, cell=40, people=people)
    for area in held(city, after):
        assert sum(area <= other for other in held(city, before)) == 1


def test_the_row_of_an_area_can_be_read() -> None:
    city, times = draw_blocks(
        """
        ##+...#
        #.....?
        """.replace("        ", ""),
        over65=[1, 2, 4, 0, 0, 0, 8, 1, 0, 0, 0, 0, 0, 16],
    )
    times["place_id"] = ["h0", "h0", "h1", *["h0"] * 10, None]
    places = pd.concat([city.houses, city.houses.assign(id="h1", name="Calvi")])
    asked = EVERYBODY | {"to": places, "neighbours_m": 100}
    gaps = gap_areas(city, **asked, times=times).set_index("rank")
    far, near = gaps.loc[1], gaps.loc[2]
    assert (far["uncovered"], near["uncovered"]) == (24, 8)
    assert (near["addresses"], near["gap_id"], near["nil_name"]) == (4, "r2", "Nil 1")
    assert near[["min_minutes", "median_minutes", "max_minutes"]].tolist() == [20, 20, 30]
    assert near[["place_id", "place", "place_share"]].tolist() == ["h0", "House 0", 0.5]
    assert near["reason"] == ""
    assert far[["min_minutes", "place_id", "reason"]].tolist() == [20, "h0", "median_unreachable"]
    assert math.isnan(far["median_minutes"])
    assert math.isnan(far["max_minutes"])


def test_no_place_is_nearest_for_more_people_than_there_are() -> None:
    city, times = draw_blocks("####")
    # Sums of these end on digits that six decimals round up.
    people = city.residents.assign(over65=[10.3333333, 2.1111117, 4.7777776, 1e-7])
    gaps = gap_areas(
        city.with_(residents=people), to="houses", profile="walk_75", times=times, groups="over65"
    )
    assert gaps["place_share"].tolist() == [1.0]


def test_areas_are_named_by_the_streets_where_most_people_live() -> None:
    city, times = draw_blocks("####")
    own = city.residents[["id", "geometry"]]
    streets = pd.Series(["Via A", "Via B", "Via B", "Via C"])
    # The last point has no address: it counts for the street of the nearest one.
    addresses = own.assign(street=streets, number="1").iloc[:3]
    gaps = gap_areas(city.with_(addresses=addresses), **EVERYBODY, times=times)
    assert gaps["streets"].tolist() == ["Via B, Via A"]
    assert gap_areas(city, **EVERYBODY, times=times)["streets"].tolist() == [""]
    # An address of one's own counts wherever it stands, also the first of the table.
    elsewhere = addresses.geometry.iloc[[2, 1, 0]].to_numpy()
    moved = city.with_(addresses=addresses.set_geometry(elsewhere, crs=addresses.crs))
    streets = module._streets(moved, shapely.get_coordinates(city.residents.geometry.array))
    assert streets[:3].tolist() == ["Via A", "Via B", "Via B"]


def test_borders_divide_areas_unless_there_are_none() -> None:
    city, times = draw_blocks("############")
    assert gap_areas(city, **EVERYBODY, times=times)["nil"].tolist() == [1, 2]
    of_all = gap_areas(city, **EVERYBODY, times=times, within=("nil", "municipi"))
    assert of_all.attrs["provenance"]["within"] == ["nil", "municipi"]
    assert of_all["nil"].tolist() == [1, 2]
    whole = gap_areas(city, **EVERYBODY, times=times, within=None)
    assert whole["nil_name"].tolist() == ["Nil 1"]
    assert whole["uncovered"].tolist() == [sum(range(1, 13))]


def test_dense_areas_alone() -> None:
    city, times = draw_blocks("##....##", over65=[1, 1, 0, 0, 0, 0, 9, 9])
    asked = EVERYBODY | {"times": times, "density_radius_m": 150}
    assert gap_areas(city, **asked)["density_percentile"].tolist() == pytest.approx([55, 5])
    dense = gap_areas(city, **asked, density_percentile=50)
    assert dense["uncovered"].tolist() == [18]
    assert dense.attrs["provenance"]["too_sparse"] == {"over65": 2}


def test_where_everybody_is_covered_the_table_is_empty_and_whole() -> None:
    city, times = draw_blocks("...")
    gaps = gap_areas(city, **ASK, groups="over65", times=times)
    full = gap_areas(*draw_blocks("###")[:1], **EVERYBODY, times=draw_blocks("###")[1])
    assert len(gaps) == 0
    assert gaps.columns.tolist() == full.columns.tolist()
    assert gaps.crs == city.crs
    assert gaps.attrs["provenance"]["uncovered"] == {"over65": 0}


def test_nothing_given_is_changed() -> None:
    city, times = draw_blocks("##.#")
    before = city.residents.copy(), times.copy()
    gap_areas(city, **EVERYBODY, times=times)
    pd.testing.assert_frame_equal(city.residents, before[0])
    pd.testing.assert_frame_equal(times, before[1])


def test_what_makes_no_sense_is_refused() -> None:
    city, times = draw_blocks("##.#")
    asked = EVERYBODY | {"times": times}
    for name, values in {
        "neighbours_m": (0, -1, 501, math.nan, "near"),
        "density_percentile": (-1, 101, None),
        "fewest": (-1, math.inf, "few"),
        "density_radius_m": (0, math.inf),
        "minutes": (0, None),
    }.items():
        for value in values:
            with pytest.raises(ParameterError, match=r"is "):
                gap_areas(city, **asked | {name: value})
    for within in ("quarters", ["nil", "quarters"], 3, {}):
        with pytest.raises(UnknownNameError, match="that the residents name"):
            gap_areas(city, **asked, within=within)
    with pytest.raises(UnknownNameError, match="group"):
        gap_areas(city, **asked | {"groups": "over66"})
    with pytest.raises(InputError, match="not one row per residents point"):
        gap_areas(city, **asked | {"times": times.iloc[1:]})


def test_in_milano_the_list_hardly_depends_on_the_step(milano: City, root: Path) -> None:
    """The figures of the docstring and of the page of documentation."""
    page = (root / "docs" / "gap_areas.md").read_text(encoding="utf-8")
    minutes = travel_times(milano, **ASK)["minutes"]
    rows = np.flatnonzero(~(minutes <= 15))
    people = pd.Series(milano.residents["over65"].to_numpy()[rows])

    def areas(step: float, within: list[str]) -> np.ndarray:
        return module._side_by_side(module._points(milano, within).iloc[rows], step)

    whole = people.groupby(areas(200, [])).sum().max()
    assert f"{round(whole, -1):,.0f} of the {round(people.sum(), -1):,.0f} people over 65" in page
    usual = areas(200, ["nil"])
    largest = people.groupby(usual).sum().nlargest(20)
    for step in (100, 150, 200, 250, 300):
        other = areas(step, ["nil"])
        sizes = people.groupby(other).sum().sort_values(ascending=False)
        both = people.groupby([usual, other]).sum()
        overlaps = [
            (both[area] / (size + sizes[both[area].index] - both[area])).max()
            for area, size in largest.items()
        ]
        most = (sizes.cumsum() < 0.8 * sizes.sum()).sum() + 1
        figures = f"{np.mean(overlaps):.2f} | {min(overlaps):.2f}"
        assert f"| {step} m | {(sizes >= 10).sum()} | {most} | {figures} |" in page
